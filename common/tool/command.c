/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line (printing.md 1.1): options by letter, bundled or not, before or
 * after the filter's words; list options take every word up to the next option. */
#include "argus/base/buf.h"
#include "argus/base/nearest.h"
#include "argus/query/fields.h"
#include "argus/query/key.h"
#include "common/tool/run_private.h"

static const char *const long_options[] = { "--help", "--version", "--describe" };

static const char *peek(const struct command *c)
{
	return c->next < c->argc ? c->argv[c->next] : NULL;
}

static bool is_name(const char *word)
{
	size_t length = strcspn(word, "/");

	return field_by_name(word, length) != NULL || (length > 0 && key_word_length(word) == length);
}

const char *run_next_word(struct run *run)
{
	struct command *c = run->priv->command;
	const char *word = peek(c);

	if (word == NULL || (word[0] == '-' && !(c->takes_signs && is_name(word + 1))))
		return NULL;
	c->next++;
	return word;
}

static int unknown_option(const struct run *run, const char *word, struct err *err)
{
	struct nearest near = nearest_to(word, strlen(word));

	if (word[0] != '-')
		return err_set(err, ERR_USER, "unknown option -%c (%s -h lists them)", word[0], run->program);
	for (size_t i = 0; i < ARRAY_LENGTH(long_options); i++)
		nearest_offer(&near, long_options[i]);
	if (nearest_best(&near) != NULL)
		return err_set(err, ERR_USER, "unknown option %s (is it %s?)", word, nearest_best(&near));
	return err_set(err, ERR_USER, "unknown option %s (%s -h lists them)", word, run->program);
}

/* What a tool reads by itself is none of what -X forgets; nor are the ranks that are put out. */
static bool outlives_reset(char letter, const char *value)
{
	return strchr("BMPcefm%", letter) != NULL || (letter == 'N' && value[0] == 'o');
}

static bool applies(const struct command *c, char letter, const char *value)
{
	return !c->is_again || outlives_reset(letter, value);
}

static int read_again(struct run *run, struct err *err);

/* The letters of one word. */
static int read_cluster(struct run *run, const char *letters, struct err *err)
{
	struct command *c = run->priv->command;

	for (; *letters != '\0'; letters++) {
		const struct tool_option *option = option_find(run->tool, *letters);
		const char *value;
		bool is_set;

		if (*letters == 'X' && c->is_again && c->next == c->argc)
			return 0;
		if (option == NULL)
			return c->is_again ? 0 : unknown_option(run, letters, err);
		if (option->argument == NULL) {
			if (applies(c, *letters, "") && option_apply(run, option, "", err) != 0)
				return -1;
			if (*letters == 'X' && !c->is_again && read_again(run, err) != 0)
				return -1;
			continue;
		}
		value = letters[1] != '\0' ? letters + 1 : peek(c);
		if (value == NULL)
			return err_set(err, ERR_USER, "option -%c needs a value: %s", *letters, option->argument);
		if (letters[1] == '\0')
			c->next++;
		is_set = applies(c, *letters, value);
		c->is_in_list = c->takes_signs = false;
		if (is_set && option_apply(run, option, value, err) != 0)
			return -1;
		c->is_in_list = true;
		c->takes_signs = option->list == OPTION_SIGNED_LIST;
		while (option->list && (value = run_next_word(run)) != NULL)
			if (is_set && option_apply(run, option, value, err) != 0)
				return -1;
		return 0;
	}
	return 0;
}

/* After -X: of the words before it, those that outlive it. */
static int read_again(struct run *run, struct err *err)
{
	struct command *c = run->priv->command, whole = *c;
	int result = 0;

	*c = (struct command){ .argc = whole.next, .argv = whole.argv, .next = 1, .is_again = true };
	while (result == 0 && c->next < c->argc) {
		const char *word = c->argv[c->next++];

		if (word[0] == '-' && word[1] != '-')
			result = read_cluster(run, word + 1, err);
	}
	*c = whole;
	return result;
}

/* The words that are left are the filter; one "-" or "--" before it is dropped. */
static void add_filter_word(struct buf *filter, bool *is_first, const char *word)
{
	bool is_dash = strcmp(word, "-") == 0 || strcmp(word, "--") == 0;

	if (!*is_first || !is_dash) {
		if (filter->length > 0)
			buf_char(filter, ' ');
		buf_text(filter, word);
	}
	*is_first = false;
}

int command_read(struct run *run, int argc, char **argv, struct err *err)
{
	struct command c = { .argc = argc, .argv = argv, .next = 1 };
	struct buf filter = BUF_INIT;
	bool only_filter = false, is_first = true;
	int result = 0;

	run->priv->command = &c;
	while (result == 0 && c.next < argc) {
		const char *word = argv[c.next++];

		if (only_filter || word[0] != '-' || word[1] == '\0')
			add_filter_word(&filter, &is_first, word);
		else if (strcmp(word, "--") == 0)
			only_filter = true;
		else if (word[1] == '-')
			result = unknown_option(run, word, err);
		else
			result = read_cluster(run, word + 1, err);
	}
	run->priv->command = NULL;
	if (filter.length > 0) {
		free(run->priv->filter_text);
		run->priv->filter_text = buf_take(&filter);
	}
	buf_fini(&filter);
	return result;
}

/* Walks the options without setting anything. */
bool command_has(const struct run *run, int argc, char **argv, char letter)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (argv[i][0] != '-')
			continue;
		for (const char *at = argv[i] + 1; *at != '\0'; at++) {
			const struct tool_option *option = option_find(run->tool, *at);

			if (*at == letter)
				return true;
			if (option == NULL || option->argument == NULL)
				continue;
			if (at[1] == '\0')
				i++; /* the next word is its value */
			break;
		}
	}
	return false;
}

bool command_informs(struct run *run, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0)
			usage_print(run->tool, run->program, stdout);
		else if (strcmp(argv[i], "--version") == 0)
			version_print(run->program, stdout);
		else if (strcmp(argv[i], "--describe") == 0)
			describe_print(run->tool, stdout);
		else
			continue;
		return true;
	}
	return false;
}
