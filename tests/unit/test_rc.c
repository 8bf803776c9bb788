/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The syntax of configuration files (configuration.md 2), and that nothing in
 * one passes unnoticed. */
#include "tests/unit/unit.h"

#include "argus/base/buf.h"
#include "argus/tool/rc.h"

struct conf {
	char *text, *other;
	bool on;
	int number;
	double seconds;
	char list[64];
	bool was_quoted;
};

static int set_list(void *to, const struct rc_value *value, struct err *err)
{
	struct conf *conf = to;
	size_t used;

	if (strcmp(value->text, "bad") == 0)
		return err_set(err, ERR_USER, "'bad' is not good");
	if (value->is_first)
		conf->list[0] = '\0';
	used = strlen(conf->list);
	snprintf(conf->list + used, sizeof conf->list - used, "%s;", value->text);
	conf->was_quoted = value->is_quoted;
	return 0;
}

static const struct rc_key keys[] = {
	{ .name = "RA_TEXT", .type = RC_TEXT, .flags = RC_MAY_EMPTY, .offset = offsetof(struct conf, text) },
	{ .name = "RA_OTHER", .type = RC_TEXT, .offset = offsetof(struct conf, other) },
	{ .name = "RA_ON", .type = RC_BOOL, .offset = offsetof(struct conf, on) },
	{ .name = "RA_NUMBER", .type = RC_INT, .least = 0, .most = 9, .offset = offsetof(struct conf, number) },
	{ .name = "RA_SECONDS", .type = RC_SECONDS, .offset = offsetof(struct conf, seconds) },
	{ .name = "RA_LIST", .type = RC_TEXT, .flags = RC_LIST, .set = set_list },
	{ .name = "RA_OLD", .type = RC_TEXT, .flags = RC_NO_EFFECT },
};
static const struct rc_table table = { keys, ARRAY_LENGTH(keys), false };
static const struct rc_table strict = { keys, ARRAY_LENGTH(keys), true };

struct fixture {
	struct conf conf;
	struct buf warnings;
};

static void collect(void *who, const char *text)
{
	buf_text(who, text);
	buf_char(who, '\n');
}

static int setup(void **state)
{
	*state = xcalloc(1, sizeof(struct fixture));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *t = *state;

	free(t->conf.text);
	free(t->conf.other);
	buf_fini(&t->warnings);
	free(t);
	return 0;
}

static const char *parse(struct fixture *t, const char *text)
{
	buf_clear(&t->warnings);
	assert_int_equal(rc_parse(&table, "f", text, strlen(text), &t->conf, collect, &t->warnings, NULL), 0);
	return buf_string(&t->warnings);
}

static void values_are_stored_by_type(void **state)
{
	struct fixture *t = *state;

	assert_string_equal(parse(t, "RA_TEXT=a b\nRA_ON=YES\nRA_NUMBER=7\nRA_SECONDS=1.5m\nRA_OLD=x"), "");
	assert_string_equal(t->conf.text, "a b");
	assert_true(t->conf.on);
	assert_int_equal(t->conf.number, 7);
	assert_true(t->conf.seconds == 90);
	assert_string_equal(parse(t, "RA_ON=no\nRA_SECONDS=-1\n"), "");
	assert_false(t->conf.on);
	assert_true(t->conf.seconds == -1);
}

static void comments_blanks_and_carriage_returns_are_no_part_of_a_value(void **state)
{
	struct fixture *t = *state;

	assert_string_equal(parse(t, "# one\n ! two\n\n \t RA_TEXT=v // why\r\nRA_OTHER=w # why\r\nRA_NUMBER=3 \n"), "");
	assert_string_equal(t->conf.text, "v");
	assert_string_equal(t->conf.other, "w");
	assert_int_equal(t->conf.number, 3);
	assert_string_equal(parse(t, "RA_TEXT=http://x#y\n"), "");
	assert_string_equal(t->conf.text, "http://x#y");
}

static void quotes_keep_blanks_and_comment_signs(void **state)
{
	struct fixture *t = *state;

	assert_string_equal(parse(t, "RA_TEXT=\" a // # b \" // c\n"), "");
	assert_string_equal(t->conf.text, " a // # b ");
	assert_string_equal(parse(t, "RA_TEXT=\"a\" b\n"), "f:1: RA_TEXT: 'b' after the closing quote is ignored\n");
	assert_string_equal(t->conf.text, "a");
	assert_string_equal(parse(t, "RA_TEXT=\"c\n"), "f:1: RA_TEXT: string unterminated\n");
	assert_string_equal(t->conf.text, "c");
}

static void an_empty_value_changes_nothing_unless_it_may(void **state)
{
	struct fixture *t = *state;

	parse(t, "RA_TEXT=x\nRA_OTHER=y\n");
	assert_string_equal(parse(t, "RA_TEXT=\nRA_OTHER=\nRA_NUMBER=\n"), "");
	assert_string_equal(t->conf.text, "");
	assert_string_equal(t->conf.other, "y");
}

static void a_backslash_continues_a_line(void **state)
{
	struct fixture *t = *state;

	assert_string_equal(parse(t, "RA_TEXT=tcp and \\\nport 80\nRA_NOTHING_LIKE_IT=1\n"), "f:3: unknown variable 'RA_NOTHING_LIKE_IT'\n");
	assert_string_equal(t->conf.text, "tcp and port 80");
	assert_string_equal(parse(t, "RA_TEXT=end\\"), "");
	assert_string_equal(t->conf.text, "end");
}

static void a_list_adds_up_and_each_file_begins_anew(void **state)
{
	struct fixture *t = *state;

	parse(t, "RA_LIST=a\nRA_LIST=\nRA_LIST=\"b\"\n");
	assert_string_equal(t->conf.list, "a;b;");
	assert_true(t->conf.was_quoted);
	parse(t, "RA_LIST=c\n");
	assert_string_equal(t->conf.list, "c;");
}

static void what_is_wrong_is_named_with_its_line_and_the_rest_counts(void **state)
{
	struct fixture *t = *state;

	assert_string_equal(parse(t, "RA_NUMBR=1\nRA_NUMBER=x\nRA_NUMBER=10\nhello\nRA_ON=maybe\nRA_LIST=bad\nRA_OTHER=z\n"),
			    "f:1: unknown variable 'RA_NUMBR' (is it RA_NUMBER?)\n"
			    "f:2: RA_NUMBER: 'x' is not a number\n"
			    "f:3: RA_NUMBER: 10 is not between 0 and 9\n"
			    "f:4: syntax error: 'hello' is not of the form NAME=value\n"
			    "f:5: RA_ON: 'maybe' is taken as no: it is neither yes nor no\n"
			    "f:6: RA_LIST: 'bad' is not good\n");
	assert_string_equal(t->conf.other, "z");
}

static void a_wrong_value_ends_the_reading_of_a_strict_file(void **state)
{
	static const struct {
		const char *text, *wrong;
	} files[] = {
		{ "RA_NUMBR=1\nRA_ON=maybe\nRA_OLD=9\n\nRA_NUMBER=x\nRA_OTHER=z\n", "f:5: RA_NUMBER: 'x' is not a number" },
		{ "RA_NUMBR=1\nRA_ON=maybe\nhello\nRA_OTHER=z\n", "f:3: syntax error: 'hello' is not of the form NAME=value" },
		{ "RA_NUMBR=1\nRA_ON=maybe\nRA_TEXT=\"hello\nRA_OTHER=z\n", "f:3: RA_TEXT: string unterminated" },
	};
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		struct err err = { 0 };

		buf_clear(&t->warnings);
		assert_int_equal(rc_parse(&strict, "f", files[i].text, strlen(files[i].text), &t->conf, collect,
					  &t->warnings, &err), -1);
		assert_string_equal(err.text, files[i].wrong);
		assert_int_equal(err.kind, ERR_USER);
		assert_string_equal(buf_string(&t->warnings),
				    "f:1: unknown variable 'RA_NUMBR' (is it RA_NUMBER?)\n"
				    "f:2: RA_ON: 'maybe' is taken as no: it is neither yes nor no\n");
		assert_null(t->conf.other);
	}
}

static void one_line_of_a_command_line_must_be_right(void **state)
{
	struct fixture *t = *state;
	struct err err = { 0 };

	assert_int_equal(rc_assign(&table, "RA_NUMBER=4", &t->conf, &err), 0);
	assert_int_equal(t->conf.number, 4);
	assert_int_equal(rc_assign(&table, "RA_NUMBER=four", &t->conf, &err), -1);
	assert_int_equal(err.kind, ERR_USER);
	assert_string_equal(err.text, "RA_NUMBER: 'four' is not a number");
	assert_int_equal(rc_assign(&table, "RA_TXET=4", &t->conf, &err), -1);
	assert_string_equal(err.text, "unknown variable 'RA_TXET' (is it RA_TEXT?)");
	assert_int_equal(rc_assign(&table, "RA_TEXT", &t->conf, &err), -1);
}

static void a_value_parts_into_word_and_expression(void **state)
{
	char *first, *rest;

	(void)state;
	rc_split("/file \"tcp and port 80\"", &first, &rest);
	assert_string_equal(first, "/file");
	assert_string_equal(rest, "tcp and port 80");
	free(first);
	free(rest);
	rc_split("/file", &first, &rest);
	assert_string_equal(first, "/file");
	assert_null(rest);
	free(first);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
	struct fixture *t = *state;
	struct err err = { 0 };

	assert_int_equal(rc_read(&table, "/nonexistent/rc", &t->conf, collect, &t->warnings, &err), -1);
	assert_string_equal(err.text, "/nonexistent/rc: No such file or directory");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(values_are_stored_by_type),
		T(comments_blanks_and_carriage_returns_are_no_part_of_a_value),
		T(quotes_keep_blanks_and_comment_signs),
		T(an_empty_value_changes_nothing_unless_it_may),
		T(a_backslash_continues_a_line),
		T(a_list_adds_up_and_each_file_begins_anew),
		T(what_is_wrong_is_named_with_its_line_and_the_rest_counts),
		T(a_wrong_value_ends_the_reading_of_a_strict_file),
		T(one_line_of_a_command_line_must_be_right),
		cmocka_unit_test(a_value_parts_into_word_and_expression),
		T(a_file_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
