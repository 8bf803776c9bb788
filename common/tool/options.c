/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of every client (printing.md 1.2), one row each. A tool's own row
 * of the same letter comes first. */
#include "argus/base/buf.h"
#include "argus/base/num.h"
#include "common/tool/run_private.h"

#define OPTION(letter) static int set_##letter(struct run *run, const char *value, struct err *err)
#define FLAG_OPTION(letter, statement) static RUN_SETTER(set_##letter, statement)

FLAG_OPTION(A, (run->flag_A = run->priv->summary = run->style.app_rates = true))
FLAG_OPTION(b, run->priv->dump_filter = true)
FLAG_OPTION(d, run->priv->daemon = !run->priv->daemon)
FLAG_OPTION(H, run->style.abbreviate = true)
FLAG_OPTION(i, run->ignore_case = true)
FLAG_OPTION(n, run->style.names = run->style.names == NAMES_NONE ? NAMES_ALL : run->style.names + 1)
FLAG_OPTION(O, run->priv->no_optimizer = true)
FLAG_OPTION(q, run->quiet = true)
FLAG_OPTION(u, run->style.unix_time = true)
FLAG_OPTION(v, run->flag_v = true)
FLAG_OPTION(V, run->flag_V = true)
FLAG_OPTION(X, options_reset(run))
FLAG_OPTION(z, run->style.state = STATE_LETTERS)
FLAG_OPTION(percent, run->percent = run->style.percent = true)
FLAG_OPTION(nothing, (void)run) /* -3: records are written in version 3 form anyway */
FLAG_OPTION(e, set_text(&run->priv->user_regex, value))
FLAG_OPTION(m, add_word(&run->keys, value))
FLAG_OPTION(P, add_word(&run->sort, value))

OPTION(a)
{
	return set_number(&run->flag_a, value, 0, INT32_MAX, "-a", err);
}

OPTION(B)
{
	if (!num_read_seconds(value, &run->bin_seconds))
		return err_set(err, ERR_USER, "-B: '%s' is not a time, such as 5, 2.5s or 10m", value);
	return 0;
}

OPTION(c)
{
	return set_delimiter(run, value, err);
}

OPTION(D)
{
	return set_number(&run->priv->debug, value, 0, 8, "-D", err);
}

OPTION(f)
{
	(void)err;
	free((char *)run->flow_file);
	run->flow_file = xstrdup(value);
	return 0;
}

OPTION(E)
{
	if (value[0] == '\0' || (value[0] == '-' && value[1] != '\0'))
		return err_set(err, ERR_USER, "-E needs the name of a file, not '%s'", value);
	return set_text(&run->priv->reject_path, value);
}

OPTION(F)
{
	if (rarc_read_file(run, value, err) == 0)
		return 0;
	err->kind = ERR_USER;
	return -1;
}

OPTION(h)
{
	(void)value;
	(void)err;
	usage_print(run->tool, run->program, stdout);
	exit(run_has_informed(run));
}

int run_set_graph(struct run *run, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	run->flag_G = run->style.unix_time = true;
	run->priv->delimiter = ',';
	run->priv->titles = -1;
	return 0;
}

OPTION(L)
{
	return set_number(&run->priv->titles, value, -1, INT32_MAX, "-L", err);
}

OPTION(M)
{
	return mode_set(run, value, err);
}

OPTION(N)
{
	return set_window(run, value, err);
}

OPTION(o)
{
	struct err why = { ERR_NONE, "" };

	if (rc_assign(&rarc_table, value, run->priv, &why) != 0)
		return err_set(err, ERR_USER, "-o %.390s", why.text);
	run->columns.is_closed = true;
	return 0;
}

OPTION(p)
{
	return set_number(&run->style.precision, value, 0, 30, "-p", err);
}

OPTION(Q)
{
	int ignored;

	(void)run;
	return set_number(&ignored, value, 0, INT32_MAX, "-Q", err);
}

OPTION(r)
{
	return set_input(run, value, err);
}

OPTION(R)
{
	return set_directory(run, value, err);
}

OPTION(s)
{
	return columns_edit(&run->columns, value, err);
}

/* The second half of a range may be the next words: -t A - B, -t A -B. */
OPTION(t)
{
	struct command *c = run->priv->command;
	const char *word = c->next < c->argc ? c->argv[c->next] : "";
	bool is_sign = strcmp(word, "-") == 0 || strcmp(word, "+") == 0;
	struct timerange range;
	char *joined;

	(void)err;
	set_text(&run->priv->range_text, value);
	if (!is_sign && !(word[0] == '-' && strchr("0123456789*", word[1] != '\0' ? word[1] : 'x') != NULL))
		return 0;
	if (is_sign && c->next + 1 >= c->argc)
		return 0;
	joined = xasprintf("%s%s%s", value, word, is_sign ? c->argv[c->next + 1] : "");
	if (timerange_parse(&range, joined, clock_now(), NULL) != 0) {
		free(joined);
		return 0;
	}
	free(run->priv->range_text);
	run->priv->range_text = joined;
	c->next += is_sign ? 2 : 1;
	return 0;
}

OPTION(S)
{
	return set_remote(run, value, err);
}

OPTION(C)
{
	return set_listener(run, value, err);
}

OPTION(T)
{
	return set_number(&run->priv->run_seconds, value, 0, INT32_MAX, "-T", err);
}

OPTION(w)
{
	return set_output(run, value, run_next_word(run), err);
}

OPTION(Z)
{
	return set_tcp_flags(run, value, err);
}

#ifdef HAVE_SASL
#define USER_HELP "who you are to servers that ask: whose rights you want, and whose password you have"
OPTION(U)
{
	return set_user_auth(run, value, err);
}
#else
#define USER_HELP NULL
OPTION(U)
{
	(void)value;
	return err_set(err, ERR_USER, "authentication (-U) is not built into %s", run->program);
}
#endif

#define COLUMNS_HELP "columns: NAME appends, -NAME removes, +NAME adds, +NNAME inserts, NAME:WIDTH"

/* A row without help is not in the usage text. */
const struct tool_option common_options[] = {
	{ 'r', "[TYPE:]FILE[::START:STOP] ...", true, "read these files; '-' is standard input; types: cisco jflow sflow", set_r },
	{ 'R', "DIRECTORY ...", true, "read every file below these directories", set_R },
	{ 'S', "[SCHEME://][USER[:PASSWORD]@]HOST[:PORT][/PATH]", false, "read this server (argus or radium, or a file of its archive), or what is sent here: argus-udp cisco jflow sflow; may be repeated", set_S },
	{ 'C', "[HOST:]PORT", false, "read the NetFlow that is sent to this port; may be repeated", set_C },
	{ 'U', "USER[/AUTH]", false, USER_HELP, set_U },
	{ 'T', "SECONDS", false, "read servers for so long, and then end", set_T },
	{ 't', "RANGE", false, "only records of this time: 10:00-11:30, 2024/03/20+2d, -1h, **.14 ...", set_t },
	{ 'N', "[i|o]N, A-B, A+N", false, "only these records of the input (i) or of the output (o)", set_N },
	{ 'e', "[s:|d:]REGEX", false, "only records whose captured user data match", set_e },
	{ 'i', NULL, false, "-e and -M label= ignore case; give it first", set_i },
	{ 'w', "FILE [\"FILTER\"]", false, "write the records (that pass FILTER) to a file; '-' is standard output", set_w },
	{ 'E', "FILE", false, "write the records that the filter rejects to a file", set_E },
	{ 's', "COLUMN ...", true, COLUMNS_HELP, set_s },
	{ 'c', "CHARACTER", false, "part columns with this character (\\t: TAB) instead of aligning them", set_c },
	{ 'L', "N", false, "title lines: -1 never, 0 once, N before every N records", set_L },
	{ 'n', NULL, false, "fewer names: once ports, twice protocols too as numbers; three times host names", set_n },
	{ 'p', "DIGITS", false, "digits of fractions", set_p },
	{ 'u', NULL, false, "times as seconds since 1970", set_u },
	{ 'H', NULL, false, "abbreviate large numbers: 6.087K", set_H },
	{ 'z', NULL, false, "the state column shows the letters of TCP states", set_z },
	{ 'Z', "s|d|b", false, "the state column shows TCP flags of the source, the destination, both", set_Z },
	{ '%', NULL, false, "counts as percentages of all records that are shown", set_percent },
	{ 'A', NULL, false, "print a summary at the end; loads count application bytes in their titles", set_A },
	{ 'q', NULL, false, "print no records", set_q },
	{ 'M', "MODE ...", true, "modes, below", set_M },
	{ 'F', "FILE", false, "read a configuration file (rarc) now", set_F },
	{ 'o', "VARIABLE=VALUE", false, "set a variable of the configuration", set_o },
	{ 'X', NULL, false, "forget the configuration files and the options before this one but -B -M -N o -P -c -e -f -m -%", set_X },
	{ 'b', NULL, false, "show the compiled filter and end", set_b },
	{ 'O', NULL, false, "do not optimize the filter", set_O },
	{ 'd', NULL, false, "run in the background", set_d },
	{ 'D', "LEVEL", false, "tell on standard error what is done, 0 to 8", set_D },
	{ 'h', NULL, false, "this text", set_h },

	/* For the tools that describe them in a table of their own. */
	{ 'a', "N", false, NULL, set_a },
	{ 'B', "TIME", false, NULL, set_B },
	{ 'f', "FILE", false, NULL, set_f },
	{ 'G', NULL, false, NULL, set_nothing },
	{ 'J', NULL, false, NULL, set_nothing },
	{ 'l', NULL, false, NULL, set_nothing },
	{ 'm', "WORD ...", true, NULL, set_m },
	{ 'P', "WORD ...", true, NULL, set_P },
	{ 'Q', "N", false, NULL, set_Q },
	{ 'v', NULL, false, NULL, set_v },
	{ 'V', NULL, false, NULL, set_V },
	{ '3', NULL, false, NULL, set_nothing },
	{ 0 },
};

static const struct tool_option *find(const struct tool_option *table, char letter)
{
	for (; table != NULL && table->letter != '\0'; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

bool option_is_refused(const struct tool_option *option)
{
	return option->set == set_U && option->help == NULL;
}

const struct tool_option *option_find(const struct tool *tool, char letter)
{
	const struct tool_option *own = find(tool->options, letter);

	return own != NULL ? own : find(common_options, letter);
}

int option_apply(struct run *run, const struct tool_option *option, const char *value, struct err *err)
{
	if (option->set == NULL)
		option = find(common_options, option->letter);
	return option->set(run, value, err);
}

/* Everything as after -X. */
void options_init(struct run *run)
{
	struct run_private *priv = run->priv;

	style_init(&run->style);
	columns_init(&run->columns);
	if (run->tool->columns != NULL) {
		columns_edit(&run->columns, run->tool->columns, NULL);
		run->columns.is_default = run->columns.is_closed = true;
	}
	run->reading = (struct flow_reading){ .correct = !(run->tool->flags & TOOL_NO_CORRECTION) };
	run->source = source_new();
	run->print_man = (run->tool->flags & TOOL_MAN_BY_DEFAULT) != 0;
	priv->run = run;
	priv->rc.generate_bin_mars = true;
	priv->max_ssf = 128;
	run->rc = &priv->rc;
}

void options_fini(struct run *run)
{
	struct run_private *priv = run->priv;

	source_free(run->source);
	columns_fini(&run->columns);
	clear_words(&run->keys);
	clear_words(&run->sort);
	for (size_t i = 0; i < run->output_count; i++) {
		free(run->outputs[i].path);
		free(run->outputs[i].filter_text);
		filter_free(run->outputs[i].filter);
	}
	free(run->outputs);
	free((char *)run->flow_file);
	filter_free(run->filter);
	user_match_free(priv->user_match);
	user_match_free(priv->label_match);
	free(priv->filter_text);
	free(priv->range_text);
	free(priv->user_regex);
	free(priv->label_regex);
	free(priv->time_format);
	free(priv->reject_path);
	free(priv->rc.pid_path);
	free(priv->user_auth);
	free(priv->password);
	free(priv->mechanism);
}

void options_reset(struct run *run)
{
	struct run kept = *run;
	struct run_private *priv = run->priv;
	struct command *command = priv->command;
	bool lost = priv->inputs_lost || source_input_count(run->source) > 0;

	options_fini(run);
	*priv = (struct run_private){ .command = command, .inputs_lost = lost };
	*run = (struct run){ .tool = kept.tool, .program = kept.program, .state = kept.state, .priv = priv };
	if (run->state != NULL)
		memset(run->state, 0, run->tool->state_size);
	options_init(run);
}
