/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line (probe.md 2): one table for parsing and for the usage text.
 * Options and operands may be mixed; later options win; -F and -X act where
 * they stand. */
#include <pcap/pcap.h>

#include "argus/base/num.h"
#include "argus/log.h"
#include "argus/settings.h"

#define CONFIGURATION "/etc/argus.conf"

struct parser {
	struct settings *s;
	int argc, at;
	char **argv;
	bool *done;
	bool had_output, had_interface, had_file; /* the first one clears what the configuration said */
	struct buf filter;
};

struct option {
	char letter;
	const char *argument; /* NULL: a flag */
	bool is_list;         /* takes all words up to the next one that begins with '-' */
	const char *help;
	int (*set)(struct parser *p, const char *value, struct err *err);
};

/* The next word, if it is none of an option. */
static const char *more_words(struct parser *p)
{
	return p->at < p->argc && p->argv[p->at][0] != '-' ? p->argv[p->at++] : NULL;
}

static int read_int(const char *value, const char *what, uint64_t least, uint64_t most, int *to, struct err *err)
{
	uint64_t v;

	if (!num_read_u64(value, least, most, &v))
		return err_set(err, ERR_USER, "%s: %s must be a number from %llu to %llu", value, what,
		               (unsigned long long)least, (unsigned long long)most);
	*to = (int)v;
	return 0;
}

static int read_seconds(const char *value, const char *what, double *to, struct err *err)
{
	if (!num_read_seconds(value, to))
		return err_set(err, ERR_USER, "%s: %s is in seconds, with an optional unit (s, m, h, d)", value, what);
	return 0;
}

#define FLAG(name, statement)                                                             \
	static int name(struct parser *p, const char *value, struct err *err)             \
	{                                                                                 \
		(void)value, (void)err;                                                   \
		p->s->statement;                                                          \
		return 0;                                                                 \
	}
FLAG(set_app_bytes, rules.app_bytes = true)
FLAG(set_print_filter, prints_filter = true)
FLAG(set_control, rules.control_plane = true)
FLAG(set_daemon, is_daemon ^= true)
FLAG(set_follow, capture.is_following = true)
FLAG(set_jitter, rules.jitter = true)
FLAG(set_mac, rules.mac = true)
FLAG(set_unoptimised, capture.is_filter_unoptimised = true)
FLAG(set_unpromiscuous, capture.is_unpromiscuous = true)
FLAG(set_tsh, capture.is_tsh = true)
FLAG(set_verbose, is_verbose = true)
FLAG(set_sizes, rules.packet_size = true)

/* -R: response times are part of every TCP record. */
static int set_response(struct parser *p, const char *value, struct err *err)
{
	(void)p, (void)value, (void)err;
	return 0;
}

#define NAMED(name, member)                                                               \
	static int name(struct parser *p, const char *value, struct err *err)             \
	{                                                                                 \
		(void)err;                                                                \
		free(p->s->member);                                                       \
		p->s->member = xstrdup(value);                                            \
		return 0;                                                                 \
	}
NAMED(set_chroot, chroot_dir)
NAMED(set_group, group)
NAMED(set_user, user)

static int refuse_server(struct parser *p, const char *value, struct err *err)
{
	(void)p, (void)value;
	return err_set(err, ERR_USER, "serving clients (-B, -P) is not part of this build; write to a file with -w");
}

static int set_debug(struct parser *p, const char *value, struct err *err)
{
	return read_int(value, "-D", 0, 9, &p->s->debug_level, err);
}

static int set_id(struct parser *p, const char *value, struct err *err)
{
	if (value[0] == '`')
		return err_set(err, ERR_USER, "source id %s: commands are for the configuration file", value);
	return settings_id(&p->s->id, value, false, err);
}

static int set_configuration(struct parser *p, const char *value, struct err *err)
{
	return config_read(p->s, value, err);
}

/* Several words after one -i are the members of one bond. */
static int set_interface(struct parser *p, const char *value, struct err *err)
{
	struct buf spec = BUF_INIT;
	const char *word = more_words(p);
	int status;

	if (!p->had_interface)
		p->s->live.count = 0;
	p->had_interface = true;
	if (word != NULL && strchr(value, ':') == NULL)
		buf_text(&spec, "bond:");
	buf_text(&spec, value);
	for (; word != NULL; word = more_words(p)) {
		buf_char(&spec, ',');
		buf_text(&spec, word);
	}
	status = settings_interface(p->s, buf_string(&spec), err);
	buf_fini(&spec);
	return status;
}

static int set_mar_interval(struct parser *p, const char *value, struct err *err)
{
	return read_seconds(value, "the interval of -M", &p->s->mar_seconds, err);
}

static int set_status_interval(struct parser *p, const char *value, struct err *err)
{
	return read_seconds(value, "the interval of -S", &p->s->status_seconds, err);
}

/* -N n, or a-b: packets a+1 to b. */
static int set_window(struct parser *p, const char *value, struct err *err)
{
	struct capture_window *w = &p->s->window;
	const char *dash = strchr(value, '-');
	char *first = xstrndup(value, dash != NULL ? (size_t)(dash - value) : 0);
	bool ok = num_read_u64(dash != NULL ? dash + 1 : value, 1, UINT64_MAX, &w->last);

	w->first = 0;
	if (dash != NULL)
		ok = ok && num_read_u64(first, 0, w->last, &w->first);
	free(first);
	return ok ? 0 : err_set(err, ERR_USER, "%s: -N takes a number of packets, or a range a-b", value);
}

static int set_files(struct parser *p, const char *value, struct err *err)
{
	(void)err;
	if (!p->had_file)
		words_clear(&p->s->files);
	p->had_file = true;
	for (; value != NULL; value = more_words(p))
		words_add(&p->s->files, value);
	return 0;
}

static int set_snaplen(struct parser *p, const char *value, struct err *err)
{
	return read_int(value, "-s", 1, 262144, &p->s->snaplen, err);
}

static int set_replay(struct parser *p, const char *value, struct err *err)
{
	char *end;

	p->s->replay = strtod(value, &end);
	if (end == value || *end != '\0' || !(p->s->replay > 0) || p->s->replay > 1e9)
		return err_set(err, ERR_USER, "%s: -T takes a positive factor", value);
	return 0;
}

static int set_user_data(struct parser *p, const char *value, struct err *err)
{
	return read_int(value, "-U", 0, 65535, &p->s->rules.user_length, err);
}

/* The next word is the output's filter, unless it begins with '-'. */
static int set_output(struct parser *p, const char *value, struct err *err)
{
	if (!p->had_output)
		outputs_clear(&p->s->outputs);
	p->had_output = true;
	return outputs_add(&p->s->outputs, value, more_words(p), err);
}

static int reset(struct parser *p, const char *value, struct err *err)
{
	(void)value, (void)err;
	settings_reset(p->s);
	return 0;
}

static int help(struct parser *p, const char *value, struct err *err);

static const struct option options[] = {
	{ 'A', NULL, false, "report application bytes", set_app_bytes },
	{ 'b', NULL, false, "print the compiled packet filter and exit", set_print_filter },
	{ 'B', "address", false, NULL, refuse_server },
	{ 'c', "directory", false, "confine the probe to this directory (chroot)", set_chroot },
	{ 'C', NULL, false, "control-plane mode: keep all user data of ARP, IS-IS, LCP and OpenFlow", set_control },
	{ 'd', NULL, false, "run as a daemon (toggles what the configuration says)", set_daemon },
	{ 'D', "level", false, "say what happens, 0 to 9", set_debug },
	{ 'e', "id", false, "source id: a number, an address, a host or \"text\"", set_id },
	{ 'f', NULL, false, "at the end of a capture file wait for more", set_follow },
	{ 'F', "file", false, "read this configuration file", set_configuration },
	{ 'g', "group", false, "become this group", set_group },
	{ 'h', NULL, false, "print this text", help },
	{ 'i', "interface", true, "capture from these interfaces; [ind:|dup:|bond:]name[/id][,...]", set_interface },
	{ 'J', NULL, false, "report times between packets (jitter)", set_jitter },
	{ 'm', NULL, false, "report Ethernet addresses", set_mac },
	{ 'M', "seconds", false, "interval of management records (60)", set_mar_interval },
	{ 'N', "packets", false, "take this many packets, or those of a range a-b", set_window },
	{ 'O', NULL, false, "do not optimise the packet filter", set_unoptimised },
	{ 'p', NULL, false, "do not put interfaces into promiscuous mode", set_unpromiscuous },
	{ 'P', "port", false, NULL, refuse_server },
	{ 'r', "file", true, "read these capture files (- is standard input)", set_files },
	{ 'R', NULL, false, "report response times (they always are)", set_response },
	{ 's', "bytes", false, "bytes to capture of each packet", set_snaplen },
	{ 'S', "seconds", false, "interval of the records of a flow (5); units s m h d", set_status_interval },
	{ 't', NULL, false, "capture files are NLANR TSH", set_tsh },
	{ 'T', "factor", false, "replay capture files in real time, times this factor", set_replay },
	{ 'u', "user", false, "become this user", set_user },
	{ 'U', "bytes", false, "report this much user data for each direction", set_user_data },
	{ 'v', NULL, false, "at exit account for every packet", set_verbose },
	{ 'w', "file", false, "write records to this file (- is standard output); an optional next word is a record filter", set_output },
	{ 'X', NULL, false, "forget the configuration and all options before", reset },
	{ 'Z', NULL, false, "report packet sizes", set_sizes },
};

static int help(struct parser *p, const char *value, struct err *err)
{
	(void)value, (void)err;
	puts("usage: argus [options] [-i interface ... | -r file ...] [-w file [\"record filter\"]] [-] [packet filter]\n");
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
		if (options[i].help != NULL)
			printf("  -%c %-10s %s\n", options[i].letter, options[i].argument != NULL ? options[i].argument : "",
			       options[i].help);
	puts("  --version     print version and libraries");
	*p->done = true;
	return 0;
}

static const struct option *find_option(char letter)
{
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

/* One word of options: flags may be joined, an argument may follow its letter. */
static int parse_cluster(struct parser *p, const char *word, struct err *err)
{
	for (const char *c = word + 1; *c != '\0' && !*p->done; c++) {
		const struct option *o = find_option(*c);
		const char *value = NULL;

		if (o == NULL)
			return err_set(err, ERR_USER, "-%c is no option (-h lists them)", *c);
		if (o->argument != NULL) {
			value = c[1] != '\0' ? c + 1 : p->at < p->argc ? p->argv[p->at++] : NULL;
			if (value == NULL)
				return err_set(err, ERR_USER, "-%c needs an argument: %s", *c, o->argument);
		}
		if (o->set(p, value, err) != 0)
			return -1;
		if (value != NULL)
			break;
	}
	return 0;
}

static void add_filter(struct parser *p, const char *word)
{
	if (p->filter.length > 0)
		buf_char(&p->filter, ' ');
	buf_text(&p->filter, word);
}

static void print_version(void)
{
	printf("argus %s\n%s\n", PACKAGE_VERSION, pcap_lib_version());
}

static int parse(struct parser *p, struct err *err)
{
	while (p->at < p->argc && !*p->done) {
		const char *word = p->argv[p->at++];

		if (strcmp(word, "--version") == 0) {
			print_version();
			*p->done = true;
		} else if (strcmp(word, "--help") == 0) {
			help(p, NULL, err);
		} else if (strcmp(word, "--") == 0) {
			while (p->at < p->argc)
				add_filter(p, p->argv[p->at++]);
		} else if (word[0] != '-') {
			add_filter(p, word);
		} else if (word[1] == '-') {
			return err_set(err, ERR_USER, "%s is no option (-h lists them)", word);
		} else if (word[1] != '\0' && parse_cluster(p, word, err) != 0) {
			return -1;
		}
	}
	return 0;
}

/* Whether the command line itself says which configuration counts (-X, -F). */
static bool names_configuration(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const struct option *o = NULL;

		if (argv[i][0] != '-')
			continue;
		for (const char *c = argv[i] + 1; *c != '\0' && (o == NULL || o->argument == NULL); c++) {
			if (*c == 'X' || *c == 'F')
				return true;
			o = find_option(*c);
		}
		if (o != NULL && o->argument != NULL && !o->is_list && argv[i][2] == '\0')
			i++;
	}
	return false;
}

int options_read(struct settings *s, int argc, char **argv, bool *done, struct err *err)
{
	struct parser p = { .s = s, .argc = argc, .at = 1, .argv = argv, .done = done };
	struct err missing;
	int status;

	*done = false;
	if (!names_configuration(argc, argv))
		config_read(s, CONFIGURATION, &missing); /* there need not be one */
	status = parse(&p, err);
	if (status == 0 && p.filter.length > 0) {
		free(s->filter);
		s->filter = buf_take(&p.filter);
	}
	buf_fini(&p.filter);
	log_set_level(s->debug_level);
	return status == 0 && !*done ? settings_finish(s, err) : status;
}
