/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an option of the command line and a key of ra.conf set alike. */
#include <ctype.h>
#include <strings.h>

#include "argus/base/buf.h"
#include "argus/base/num.h"
#include "common/tool/run_private.h"

int set_text(char **to, const char *value)
{
	free(*to);
	*to = xstrdup(value);
	return 0;
}

int set_number(int *to, const char *value, int least, int most, const char *what, struct err *err)
{
	bool negative = *value == '-';
	uint64_t number;

	if (!num_read_u64(value + negative, 0, INT32_MAX, &number))
		return err_set(err, ERR_USER, "%s: '%s' is not a number", what, value);
	if ((negative ? -(int64_t)number : (int64_t)number) < least ||
	    (negative ? -(int64_t)number : (int64_t)number) > most)
		return err_set(err, ERR_USER, "%s: %s is not between %d and %d", what, value, least, most);
	*to = negative ? -(int)number : (int)number;
	return 0;
}

void add_word(struct word_list *list, const char *word)
{
	list->word = xrealloc(list->word, (list->count + 1) * sizeof *list->word);
	list->word[list->count++] = xstrdup(word);
}

void clear_words(struct word_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->word[i]);
	free(list->word);
	*list = (struct word_list){ 0 };
}

/* The first input of the command line replaces those of the configuration. */
static void begin_inputs(struct run *run)
{
	struct run_private *priv = run->priv;

	if (!priv->reading_config && priv->inputs_from_config)
		source_clear(run->source);
	priv->inputs_from_config = priv->reading_config;
}

/* Files of the command line replace servers before them (printing.md 1.3). */
static void begin_files(struct run *run)
{
	begin_inputs(run);
	if (!run->priv->reading_config)
		source_clear_remote(run->source);
}

/* The prefix that says what a file holds, and moves past it. False: it has none. */
static bool take_type(const char **value, enum source_type *type)
{
	static const struct {
		const char *prefix;
		enum source_type type;
	} types[] = { { "cisco:", SOURCE_CISCO }, { "jflow:", SOURCE_CISCO }, { "sflow:", SOURCE_SFLOW } };

	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		size_t length = strlen(types[i].prefix);

		if (strncmp(*value, types[i].prefix, length) != 0)
			continue;
		*value += length;
		*type = types[i].type;
		return true;
	}
	return false;
}

/* Once said, the type holds for the rest of the words of that -r. */
int set_input(struct run *run, const char *value, struct err *err)
{
	static const char *const unread[] = { "ft:", "mysql:" };
	struct command *c = run->priv->command;
	enum source_type type = c != NULL && c->is_in_list ? c->list_type : SOURCE_ARGUS;

	for (size_t i = 0; i < ARRAY_LENGTH(unread); i++)
		if (strncmp(value, unread[i], strlen(unread[i])) == 0)
			return err_set(err, ERR_USER, "%s unknown source type: cisco:, jflow: and sflow: are read", value);
	if (take_type(&value, &type) && *value == '\0')
		return err_set(err, ERR_USER, "-r needs the name of a file behind the type");
	if (c != NULL)
		c->list_type = type;
	begin_files(run);
	if (type == SOURCE_ARGUS)
		source_add_file(run->source, value);
	else
		source_add_export(run->source, type, value);
	return 0;
}

/* One address or several, parted by blanks. */
int set_remote(struct run *run, const char *value, struct err *err)
{
	char *list, *rest, *word;
	int result = 0;

	if (value[strspn(value, " \t")] == '\0')
		return err_set(err, ERR_USER, "-S needs the name of a server");
	begin_inputs(run);
	list = rest = xstrdup(value);
	while (result == 0 && (word = strsep(&rest, " \t")) != NULL)
		if (*word != '\0')
			result = source_add_remote(run->source, word, err);
	free(list);
	return result;
}

int set_listener(struct run *run, const char *value, struct err *err)
{
	begin_inputs(run);
	return source_add_listener(run->source, value, err);
}

/* USER or USER/AUTH. */
int set_user_auth(struct run *run, const char *value, struct err *err)
{
	const char *slash = strchr(value, '/');

	if (value[0] == '\0' || slash == value || (slash != NULL && slash[1] == '\0'))
		return err_set(err, ERR_USER, "-U: '%s' is not USER or USER/AUTH", value);
	return set_text(&run->priv->user_auth, value);
}

int set_directory(struct run *run, const char *value, struct err *err)
{
	/* An entry that begins with a dot is hidden, "." and "./..." are not. */
	if (value[0] == '\0')
		return err_set(err, ERR_USER, "-R needs the name of a folder");
	if (value[0] == '.' && value[1] != '\0' && value[1] != '/' && strncmp(value, "..", 2) != 0)
		return 0;
	begin_files(run);
	run->priv->has_directories = true;
	return source_add_directory(run->source, value, err);
}

int set_output(struct run *run, const char *path, const char *filter, struct err *err)
{
	struct run_private *priv = run->priv;
	struct run_output *output;

	if (path[0] == '\0' || (path[0] == '-' && path[1] != '\0'))
		return err_set(err, ERR_USER, "-w needs the name of a file, not '%s'", path);
	if (!priv->reading_config && priv->outputs_from_config) {
		while (run->output_count > 0) {
			free(run->outputs[--run->output_count].path);
			free(run->outputs[run->output_count].filter_text);
		}
	}
	priv->outputs_from_config = priv->reading_config;
	run->outputs = xrealloc(run->outputs, (run->output_count + 1) * sizeof *run->outputs);
	output = &run->outputs[run->output_count++];
	*output = (struct run_output){ .path = xstrdup(path), .filter_text = filter != NULL ? xstrdup(filter) : NULL };
	return 0;
}

static bool read_count(const char *text, size_t length, uint64_t *v)
{
	char digits[24];

	if (length == 0 || length >= sizeof digits)
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	return num_read_u64(digits, 0, UINT64_MAX / 2, v);
}

/* printing.md 1.4: [i|o]N, A-B, A+N. */
int set_window(struct run *run, const char *value, struct err *err)
{
	const char *text = value + (*value == 'i' || *value == 'o');
	size_t length = strcspn(text, "-+");
	struct record_window window = { .given = true };
	uint64_t first, second;

	if (!read_count(text, length, &first))
		return err_set(err, ERR_USER, "-N: '%s' is not N, FIRST-LAST or FIRST+N", value);
	window.last = first;
	if (text[length] != '\0') {
		if (!read_count(text + length + 1, strlen(text + length + 1), &second))
			return err_set(err, ERR_USER, "-N: '%s' is not N, FIRST-LAST or FIRST+N", value);
		window.first = first;
		window.last = text[length] == '+' ? first + second : second;
	}
	*(*value == 'o' ? &run->out : &run->in) = window;
	return 0;
}

static char unescape(char letter)
{
	static const char from[] = "abtnvfr\\", to[] = "\a\b\t\n\v\f\r\\";
	const char *at = strchr(from, letter);

	return letter != '\0' && at != NULL ? to[at - from] : letter;
}

/* A character, bare or in quotes of either kind, or an escape; '' is none. */
int set_delimiter(struct run *run, const char *value, struct err *err)
{
	size_t length = strlen(value);
	struct run_private *priv = run->priv;

	if (length >= 2 && (value[0] == '\'' || value[0] == '"') && value[length - 1] == value[0]) {
		if (length == 2) {
			priv->delimiter = '\0';
			return 0;
		}
		value++;
	}
	if (value[0] == '\0')
		return err_set(err, ERR_USER, "-c needs a character");
	priv->delimiter = value[0] == '\\' && value[1] != '\0' ? unescape(value[1]) : value[0];
	return 0;
}

/* -z wins over -Z, wherever it stands. */
int set_tcp_flags(struct run *run, const char *value, struct err *err)
{
	enum tcp_state_form form;

	switch (value[0]) {
	case 's':
		form = STATE_FLAGS_SRC;
		break;
	case 'd':
		form = STATE_FLAGS_DST;
		break;
	case 'b':
		form = STATE_FLAGS_BOTH;
		break;
	default:
		return err_set(err, ERR_USER, "-Z: '%s' is not s (source), d (destination) or b (both)", value);
	}
	if (run->style.state != STATE_LETTERS)
		run->style.state = form;
	return 0;
}

int set_user_form(struct run *run, const char *value, struct err *err)
{
	static const struct {
		const char *name;
		size_t least; /* letters that suffice */
		enum user_form form;
	} forms[] = {
		{ "ascii", 2, USER_ASCII },       { "obfuscate", 2, USER_OBFUSCATE }, { "hex", 3, USER_HEX },
		{ "encode32", 8, USER_ENCODE32 }, { "encode64", 8, USER_ENCODE64 },
	};
	size_t length = strlen(value);

	for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
		if (length >= forms[i].least && strncasecmp(value, forms[i].name, length) == 0) {
			run->style.user = forms[i].form;
			return 0;
		}
	}
	return err_set(err, ERR_USER, "'%s' is not ascii, obfuscate, hex, encode32 or encode64", value);
}
