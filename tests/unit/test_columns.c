/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "argus/base/buf.h"
#include "argus/query/fields.h"

/* The names of the columns, each with a blank behind it. */
static char *names_of(const struct columns *c)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < c->count; i++)
		buf_printf(&b, "%s ", c->item[i].field->name);
	buf_char(&b, ' ');
	b.data[--b.length] = '\0';
	return buf_take(&b);
}

static void expect(const char *const *words, const char *names)
{
	struct columns c;
	struct err err;
	char *got;

	columns_init(&c);
	for (; *words != NULL; words++)
		assert_int_equal(columns_edit(&c, *words, &err), 0);
	got = names_of(&c);
	assert_string_equal(got, names);
	free(got);
	columns_fini(&c);
}

#define EXPECT(names, ...) expect((const char *const[]){ __VA_ARGS__, NULL }, names)

static void the_default_list_is_that_of_ra(void **state)
{
	(void)state;
	EXPECT("stime flgs proto saddr sport dir daddr dport pkts bytes state ", "");
}

static void a_first_item_without_a_sign_empties_the_list(void **state)
{
	(void)state;
	EXPECT("saddr daddr ", "saddr daddr");
	EXPECT("saddr daddr ", "saddr,daddr");
	EXPECT("saddr daddr ", "saddr", "daddr");
	EXPECT("saddr daddr dur ", "saddr , daddr", "+dur");
}

static void a_first_item_with_a_sign_edits_the_list(void **state)
{
	(void)state;
	EXPECT("stime flgs proto saddr sport dir daddr dport pkts bytes state dur ", "+dur");
	EXPECT("stime flgs proto sport dir daddr dport pkts state ", "-saddr", "-bytes");
	EXPECT("stime flgs proto saddr sport dir daddr dport pkts bytes state dur ", "+dur", "");
	EXPECT("stime flgs proto saddr sport dir daddr dport pkts bytes state dur ", "+dur -xxx");
}

static void a_rank_says_where_a_column_goes(void **state)
{
	(void)state;
	EXPECT("dur saddr daddr ", "saddr daddr +0dur");
	EXPECT("saddr dur daddr ", "saddr daddr +1dur");
	EXPECT("saddr sport dur ", "saddr +5dur sport");
	EXPECT("saddr dur ", "saddr +300dur");
}

static void a_name_may_stand_twice_and_is_removed_once(void **state)
{
	(void)state;
	EXPECT("saddr saddr ", "saddr saddr");
	EXPECT("daddr saddr ", "saddr daddr saddr -saddr");
}

static void width_and_format_stick_to_the_name(void **state)
{
	struct columns c;
	struct err err;

	(void)state;
	columns_init(&c);
	assert_int_equal(columns_edit(&c, "saddr:12:%x daddr sport:3 -saddr saddr", &err), 0);
	assert_int_equal(c.count, 3);
	assert_string_equal(c.item[2].field->name, "saddr");
	assert_int_equal(c.item[2].width, 12);
	assert_string_equal(c.item[2].format, "%x");
	assert_int_equal(c.item[0].width, 18);
	assert_int_equal(c.item[1].width, 3);
	columns_fini(&c);
}

static void an_index_is_read_over(void **state)
{
	struct columns c;

	(void)state;
	columns_init(&c);
	assert_int_equal(columns_edit(&c, "label[0-2]:20", NULL), 0);
	assert_int_equal(c.item[0].width, 20);
	columns_fini(&c);
}

static void refuse(const char *word, const char *message)
{
	struct columns c;
	struct err err = { .kind = ERR_NONE };

	columns_init(&c);
	assert_int_equal(columns_edit(&c, word, &err), -1);
	assert_int_equal(err.kind, ERR_USER);
	assert_string_equal(err.text, message);
	columns_fini(&c);
}

static void mistakes_are_named(void **state)
{
	(void)state;
	refuse("sadr", "-s sadr: there is no such column; did you mean saddr?");
	refuse("packets", "-s packets: there is no such column; did you mean pkts?");
	refuse("+0durr", "-s durr: there is no such column; did you mean dur?");
	refuse("Q", "-s Q: there is no such column");
	refuse("saddr:0", "-s saddr:0 length must be greater than 0");
	refuse("saddr:-4", "-s saddr:-4 length must be greater than 0");
	refuse("saddr:12:%s", "-s saddr: the format '%s' must be one conversion of an integer, such as %x");
	refuse("saddr:12:%n", "-s saddr: the format '%n' must be one conversion of an integer, such as %x");
	refuse("saddr:12:%d%d", "-s saddr: the format '%d%d' must be one conversion of an integer, such as %x");
	refuse("saddr:12:%*d", "-s saddr: the format '%*d' must be one conversion of an integer, such as %x");
	refuse("label[2", "-s label: ']' is missing");
}

static void more_than_256_columns_are_refused(void **state)
{
	struct columns c;
	struct err err;

	(void)state;
	columns_init(&c);
	assert_int_equal(columns_edit(&c, "saddr", &err), 0);
	for (int i = 1; i < 256; i++)
		assert_int_equal(columns_edit(&c, "dur", &err), 0);
	assert_int_equal(columns_edit(&c, "dur", &err), -1);
	assert_string_equal(err.text, "number of -s options exceeds 256");
	columns_fini(&c);
}

static void the_record_itself_is_no_column(void **state)
{
	(void)state;
	EXPECT("saddr ", "rec saddr -rec");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_list_is_that_of_ra),
		cmocka_unit_test(a_first_item_without_a_sign_empties_the_list),
		cmocka_unit_test(a_first_item_with_a_sign_edits_the_list),
		cmocka_unit_test(a_rank_says_where_a_column_goes),
		cmocka_unit_test(a_name_may_stand_twice_and_is_removed_once),
		cmocka_unit_test(width_and_format_stick_to_the_name),
		cmocka_unit_test(an_index_is_read_over),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(more_than_256_columns_are_refused),
		cmocka_unit_test(the_record_itself_is_no_column),
	};

	return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
