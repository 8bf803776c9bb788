/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ra.conf and .rarc: the keys (configuration.md 5), one row each, and which files
 * are read (configuration.md 1). */
#include "argus/tool/rarc.h"

#include <strings.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/names.h"
#include "argus/query/sort.h"
#include "common/tool/run_private.h"

#define KEY_SETTER(name)                                                                  \
	static int key_##name(void *to, const struct rc_value *value, struct err *err)
#define RUN (((struct run_private *)to)->run)
#define PRIV ((struct run_private *)to)

/* What a flag of the run becomes: statements see `yes` and `text`. */
#define FLAG_KEY(name, statement)                                                         \
	KEY_SETTER(name)                                                                  \
	{                                                                                 \
		bool yes = value->yes;                                                    \
                                                                                          \
		(void)to;                                                                 \
		(void)err;                                                                \
		(void)yes;                                                                \
		statement;                                                                \
		return 0;                                                                 \
	}

FLAG_KEY(quiet, RUN->quiet = yes)
FLAG_KEY(man, RUN->print_man = yes)
FLAG_KEY(unix_time, RUN->style.unix_time = yes)
FLAG_KEY(domain_only, RUN->style.domain_only = yes)
FLAG_KEY(oui, RUN->style.oui = yes)
FLAG_KEY(summary, PRIV->summary = yes)
FLAG_KEY(tcp_states, RUN->style.state = yes ? STATE_LETTERS : STATE_WORDS)
FLAG_KEY(no_period, PRIV->no_port_period = !yes)
FLAG_KEY(precision, RUN->style.precision = (int)value->number)
FLAG_KEY(zone, clock_set_zone(value->text))
FLAG_KEY(flow_model, free((char *)RUN->flow_file); RUN->flow_file = xstrdup(value->text))

KEY_SETTER(input)
{
	if (value->is_first)
		source_clear_files(RUN->source);
	return set_input(RUN, value->text, err);
}

/* Texts are compiled when all is known, but what is wrong with them is said where they stand. */
static int check_filter(const char *text, struct err *err)
{
	struct filter *filter = filter_compile(text, NULL, err);

	filter_free(filter);
	return filter != NULL ? 0 : -1;
}

KEY_SETTER(filter)
{
	set_text(&PRIV->filter_text, value->text);
	return check_filter(value->text, err);
}

KEY_SETTER(range)
{
	struct timerange range;

	set_text(&PRIV->range_text, value->text);
	return timerange_parse(&range, value->text, clock_now(), err);
}

KEY_SETTER(output)
{
	char *path, *filter;
	int result = 0;

	if (value->is_first) /* what an earlier file said is replaced, as by a command line */
		PRIV->reading_config = false;
	rc_split(value->text, &path, &filter);
	if (filter != NULL)
		result = check_filter(filter, err);
	if (result == 0)
		result = set_output(RUN, path, filter, err);
	PRIV->reading_config = PRIV->outputs_from_config = true;
	free(path);
	free(filter);
	return result;
}

KEY_SETTER(number)
{
	return set_window(RUN, value->text, err);
}

KEY_SETTER(columns)
{
	RUN->columns.is_closed |= value->is_first;
	return columns_edit(&RUN->columns, value->text, err);
}

KEY_SETTER(sort)
{
	char *words = xstrdup(value->text), *rest = words, *word;
	struct sorter *sorter = sorter_new();
	int result = 0;

	if (value->is_first)
		clear_words(&RUN->sort);
	while (result == 0 && (word = strsep(&rest, ", \t")) != NULL) {
		if (*word == '\0')
			continue;
		result = sorter_add_column(sorter, word, err) < 0 ? -1 : 0;
		add_word(&RUN->sort, word);
	}
	sorter_free(sorter);
	free(words);
	return result;
}

KEY_SETTER(delimiter)
{
	return set_delimiter(RUN, value->text, err);
}

KEY_SETTER(quoted)
{
	if (strcasecmp(value->text, "double") == 0)
		PRIV->quote = '"';
	else if (strcasecmp(value->text, "single") == 0)
		PRIV->quote = '\'';
	else if (strcasecmp(value->text, "none") == 0 || strcasecmp(value->text, "no") == 0)
		PRIV->quote = '\0';
	else
		return err_set(err, ERR_USER, "'%s' is not double, single or none", value->text);
	return 0;
}

KEY_SETTER(width)
{
	if (strcasecmp(value->text, "fixed") != 0 && strcasecmp(value->text, "variable") != 0)
		return err_set(err, ERR_USER, "'%s' is not fixed or variable", value->text);
	PRIV->variable_width = strcasecmp(value->text, "variable") == 0;
	return 0;
}

/* One of several words, by its place in a list that ends with NULL; -1 if none. */
static int word_of(const char *const *words, const char *text, struct err *err)
{
	struct buf list = BUF_INIT;

	for (int i = 0; words[i] != NULL; i++) {
		if (strcasecmp(words[i], text) == 0) {
			buf_fini(&list);
			return i;
		}
		buf_printf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	err_set(err, ERR_USER, "'%s' is not one of %s", text, buf_string(&list));
	buf_fini(&list);
	return -1;
}

KEY_SETTER(names)
{
	static const char *const words[] = { "all", "port", "proto", "none", NULL };
	int level = word_of(words, value->text, err);

	if (level < 0)
		return -1;
	RUN->style.names = (enum names_level)level;
	return 0;
}

KEY_SETTER(cidr)
{
	static const char *const words[] = { "no", "yes", "strict", NULL };
	int form = word_of(words, value->text, err);

	if (form < 0)
		return -1;
	RUN->style.cidr = (enum cidr)form;
	return 0;
}

KEY_SETTER(asn)
{
	static const char *const words[] = { "asplain", "asdot", "asdot+", NULL };
	int form = word_of(words, value->text, err);

	if (form < 0)
		return -1;
	RUN->style.asn = (enum asn_format)form;
	return 0;
}

KEY_SETTER(tcp_flags)
{
	return set_tcp_flags(RUN, value->text, err);
}

KEY_SETTER(user_form)
{
	return set_user_form(RUN, value->text, err);
}

KEY_SETTER(vendors)
{
	(void)to;
	return names_vendors_load(value->text, err);
}

KEY_SETTER(port_direction)
{
	static const char *const words[] = { "services", "wellknown", "registered", NULL };
	char *list = xstrdup(value->text), *rest = list, *word;
	unsigned classes = 0;
	int result = 0;

	while (result >= 0 && (word = strsep(&rest, ", \t")) != NULL) {
		if (*word == '\0')
			continue;
		result = word_of(words, word, err);
		if (result >= 0)
			classes |= 1u << result;
	}
	free(list);
	if (result < 0)
		return -1;
	PRIV->port_direction = classes;
	return 0;
}

KEY_SETTER(remote)
{
	if (value->is_first)
		source_clear_servers(RUN->source);
	return set_remote(RUN, value->text, err);
}

KEY_SETTER(netflow)
{
	if (value->is_first)
		source_clear_listeners(RUN->source);
	return set_listener(RUN, value->text, err);
}

KEY_SETTER(user_auth)
{
	return set_user_auth(RUN, value->text, err);
}

#define TEXT(key, member, text) { .name = key, .type = RC_TEXT, .offset = offsetof(struct run_private, member), .help = text }
#define BOOL(key, member, text) { .name = key, .type = RC_BOOL, .offset = offsetof(struct run_private, member), .help = text }
#define INT(key, member, from, to, text) \
	{ .name = key, .type = RC_INT, .least = from, .most = to, .offset = offsetof(struct run_private, member), .help = text }
#define SET(key, as, setter, text) { .name = key, .type = as, .set = key_##setter, .help = text }
#define LIST(key, setter, text) { .name = key, .type = RC_TEXT, .flags = RC_LIST, .set = key_##setter, .help = text }
#define SOFT(key, setter, text) { .name = key, .type = RC_TEXT, .flags = RC_LENIENT, .set = key_##setter, .help = text }
#define NONE(key, text) { .name = key, .type = RC_TEXT, .flags = RC_NO_EFFECT, .help = text }

static const struct rc_key keys[] = {
	LIST("RA_INPUT_FILE", input, "a file to read, as -r"),
	LIST("RA_OUTPUT_FILE", output, "PATH [FILTER]: write records to a file, as -w"),
	TEXT("RA_EXCEPTION_OUTPUT_FILE", reject_path, "write what the filter rejects to a file, as -E"),
	SET("RA_FILTER", RC_TEXT, filter, "the filter when the command line has none"),
	SET("RA_TIMERANGE", RC_TEXT, range, "only records of this time, as -t"),
	SET("RA_NUMBER", RC_TEXT, number, "only these records, as -N"),
	SET("RA_FLOW_MODEL", RC_TEXT, flow_model, "the file of rules that the tool takes, as -f"),
	LIST("RA_FIELD_SPECIFIER", columns, "columns, as -s"),
	SET("RA_FIELD_DELIMITER", RC_TEXT, delimiter, "the character between columns, as -c; '' is none"),
	SET("RA_FIELD_QUOTED", RC_TEXT, quoted, "double, single or none: quotes around cells that hold the delimiter"),
	SET("RA_FIELD_WIDTH", RC_TEXT, width, "fixed or variable"),
	SET("RA_SEPARATE_ADDR_FROM_PORT_WITH_PERIOD", RC_BOOL, no_period, "print address.port joined (yes)"),
	INT("RA_PRINT_LABELS", titles, -1, INT32_MAX, "title lines, as -L"),
	SET("RA_PRINT_MAN_RECORDS", RC_BOOL, man, "print management records, as -M man"),
	BOOL("RA_PRINT_EVENT_RECORDS", print_events, "print event records"),
	SET("RA_PRINT_SUMMARY", RC_BOOL, summary, "print totals at the end, as -A"),
	SET("RA_NO_OUTPUT", RC_BOOL, quiet, "print no records, as -q"),
	SET("RA_PRINT_NAMES", RC_TEXT, names, "none, proto, port or all: what is shown by name, as -n"),
	SET("RA_PRINT_DOMAINONLY", RC_BOOL, domain_only, "of host names, only the domain"),
	SET("RA_PRINT_UNIX_TIME", RC_BOOL, unix_time, "times as seconds since 1970, as -u"),
	SET("RA_PRINT_TCPSTATES", RC_BOOL, tcp_states, "letters of TCP states in the state column, as -z"),
	SET("RA_PRINT_TCPFLAGS", RC_TEXT, tcp_flags, "s, d or b: TCP flags in the state column, as -Z"),
	SET("RA_PRINT_ETHERNET_VENDORS", RC_BOOL, oui, "name the vendors of MAC addresses, as -M oui"),
	SOFT("RA_ETHERNET_VENDORS", vendors, "file of vendors, in Wireshark's manuf format"),
	SET("RA_CIDR_ADDRESS_FORMAT", RC_TEXT, cidr, "yes, strict or no: print mask lengths when they say something, always, never"),
	SET("RA_ASN_PRINT_FORMAT", RC_TEXT, asn, "asplain, asdot or asdot+"),
	TEXT("RA_TIME_FORMAT", time_format, "how times are shown: strftime, and %f for the fraction (%T.%f)"),
	SET("RA_TZ", RC_TEXT, zone, "the zone of local times, as -M TZ="),
	{ .name = "RA_USEC_PRECISION", .type = RC_INT, .most = 30, .set = key_precision, .help = "digits of fractions, as -p (6)" },
	SET("RA_USERDATA_ENCODE", RC_TEXT, user_form, "Ascii, Obfuscate, Hex, Encode32 or Encode64, as -M printer="),
	SET("RA_PORT_DIRECTION", RC_TEXT, port_direction,
	    "services, wellknown, registered: turn TCP records of unknown direction towards such a port, the lower of two"),
	LIST("RA_SORT_ALGORITHMS", sort, "sort keys of rasort, racluster and rabins, as -P"),
	INT("RA_DEBUG_LEVEL", debug, 0, 8, "what is told on standard error, as -D"),
	BOOL("RA_SET_PID", rc.set_pid, "write the process id to a file (no)"),
	TEXT("RA_PID_PATH", rc.pid_path, "folder of that file (/var/run)"),

	BOOL("RA_GENERATE_BIN_MAR_RECORDS", rc.generate_bin_mars, "rabins begins and ends bins with management records (yes)"),

	LIST("RA_ARGUS_SERVER", remote, "a server to read, as -S"),
	INT("RA_ARGUS_SERVERPORT", server_port, 0, UINT16_MAX, "port of servers that are named without one (561)"),
	INT("RA_SOURCE_PORT", source_port, 0, UINT16_MAX, "port that connections to servers come from (any)"),
	INT("RA_CONNECT_TIME", connect_seconds, 0, 3600, "seconds to wait for a server (5; 10 with RA_RELIABLE_CONNECT)"),
	BOOL("RA_RELIABLE_CONNECT", reliable, "connect again to servers that cannot be reached or are lost, for ever (no)"),
	INT("RA_RUN_TIME", run_seconds, 0, INT32_MAX, "seconds to read servers for, as -T (no end)"),
	SOFT("RA_CISCONETFLOW_PORT", netflow, "[HOST:]PORT to which NetFlow is sent, as -C"),
	SET("RA_USER_AUTH", RC_TEXT, user_auth, "who you are to servers that ask, as -U"),
	TEXT("RA_AUTH_PASS", password, "your password for servers that ask"),
	INT("RA_MIN_SSF", min_ssf, 0, INT32_MAX, "least strength of the protection of connections: 0 none, 1 integrity, else bits of a key (0)"),
	INT("RA_MAX_SSF", max_ssf, 0, INT32_MAX, "greatest strength, likewise (128)"),
	NONE("RA_FILTER_TIMEOUT", "no filter takes long to compile"),
	NONE("RA_PRINT_LOCALONLY", "names are looked up in the background, for all addresses alike"),
	NONE("RA_PRINT_RESPONSE_DATA", "of Argus 2"),
	NONE("RA_UPDATE_INTERVAL", "of ratop"),
	NONE("RA_TIMEOUT_INTERVAL", "of ratop"),
	NONE("RA_COLOR_SUPPORT", "of ratop"),
	NONE("RA_COLOR_CONFIG", "of ratop"),
	NONE("RA_DELEGATED_IP", "of ralabel"),
	NONE("RA_LOCAL", "of ralabel"),
	NONE("RA_LOCAL_DIRECTION", "of ralabel"),
	NONE("RA_SERVICES_SIGNATURES", "of raservices"),
	NONE("RA_SERVICE_SIGNATURES", "of raservices, by its name of Argus 5"),
	NONE("RA_CORRELATE_EVENTS", "of clients of event records"),
	NONE("RAMON_MODE", "of ramon"),
	NONE("ARGUS_ARCHIVE", "of programs that keep an archive"),
	NONE("RA_AIS_CACHE", "the same"),
	NONE("RA_DATABASE", "of database clients"),
	NONE("RA_DB_TABLE", "of database clients"),
	NONE("RA_DB_USER", "of database clients"),
	NONE("RA_DB_PASS", "of database clients"),
	NONE("RA_DB_HOST", "of database clients"),
	NONE("RA_DB_PORT", "of database clients"),
	NONE("MYSQL_DB_ENGINE", "of database clients"),
	NONE("RA_HASHTABLE_SIZE", "of Argus 5; tables grow as they must"),
};

const struct rc_table rarc_table = { keys, ARRAY_LENGTH(keys), true };

static void warn(void *who, const char *text)
{
	run_message(who, "%s", text);
}

int rarc_read_file(struct run *run, const char *path, struct err *err)
{
	struct run_private *priv = run->priv;
	int result;

	if (priv->debug >= 1)
		run_message(run, "configuration file %s", path);
	priv->reading_config = true;
	result = rc_read(&rarc_table, path, priv, warn, run, err);
	run->columns.is_closed = true;
	priv->reading_config = false;
	return result;
}

/* Reads FOLDER/NAME if it is there: 1; unreadable ones are passed over: 0. */
static int read_if_there(struct run *run, const char *folder, size_t length, const char *name, struct err *err)
{
	char *path = xasprintf("%.*s/%s", (int)length, folder, name);
	int result = 0;

	if (access(path, R_OK) == 0)
		result = rarc_read_file(run, path, err) == 0 ? 1 : -1;
	free(path);
	return result;
}

/* The first .rarc in a list of folders that is parted by colons. */
static int read_along(struct run *run, const char *path, struct err *err)
{
	int result = 0;

	while (result == 0 && *path != '\0') {
		size_t length = strcspn(path, ":");

		if (length > 0)
			result = read_if_there(run, path, length, ".rarc", err);
		path += length + (path[length] == ':');
	}
	return result;
}

/* /etc/ra.conf, $ARGUSHOME/ra.conf, and one .rarc. */
int rarc_read_all(struct run *run, struct err *err)
{
	const char *argus_home = getenv("ARGUSHOME"), *path = getenv("ARGUSPATH"), *home = getenv("HOME");
	int result = read_if_there(run, "/etc", 4, "ra.conf", err);

	if (result >= 0 && argus_home != NULL)
		result = read_if_there(run, argus_home, strlen(argus_home), "ra.conf", err);
	if (result < 0)
		return -1;
	if (path != NULL)
		return read_along(run, path, err) < 0 ? -1 : 0;
	result = home != NULL ? read_if_there(run, home, strlen(home), ".rarc", err) : 0;
	if (result == 0 && argus_home != NULL)
		result = read_if_there(run, argus_home, strlen(argus_home), ".rarc", err);
	return result < 0 ? -1 : 0;
}
