/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every row of printing.md 1.6: what a range of time stands for, and what
 * matches it. Now is Monday, 2011/06/27 13:24:56.5 (UTC). */
#include "tests/unit/unit.h"

#include "argus/base/clock.h"
#include "argus/query/timerange.h"

#define NOW 1309181096500000u

struct row {
	const char *text;
	const char *range; /* "start end"; NULL: a syntax error */
};

static void show(char *to, size_t room, uint64_t at)
{
	time_t seconds = (time_t)(at / 1000000);
	struct tm tm;
	size_t used;

	gmtime_r(&seconds, &tm);
	used = strftime(to, room, "%Y/%m/%d.%H:%M:%S", &tm);
	if (at % 1000000 != 0)
		snprintf(to + used, room - used, ".%06u", (unsigned)(at % 1000000));
}

static void check_rows(const struct row *row, size_t count)
{
	for (; count-- > 0; row++) {
		char start[64], end[64], both[140];
		struct timerange range;
		struct err err = { 0 };
		int result = timerange_parse(&range, row->text, NOW, &err);

		if (row->range == NULL) {
			if (result == 0)
				fail_msg("'%s' is accepted", row->text);
			continue;
		}
		if (result != 0)
			fail_msg("'%s': %s", row->text, err.text);
		show(start, sizeof start, range.start);
		show(end, sizeof end, range.end);
		snprintf(both, sizeof both, "%s %s", start, end);
		if (strcmp(both, row->range) != 0)
			fail_msg("'%s' is %s, not %s", row->text, both, row->range);
	}
}

#define CHECK(rows) check_rows(rows, ARRAY_LENGTH(rows))

static void a_point_alone_lasts_one_unit_of_its_finest_field(void **state)
{
	static const struct row rows[] = {
		{ "2011/06/20", "2011/06/20.00:00:00 2011/06/21.00:00:00" },
		{ "06/20", "2011/06/20.00:00:00 2011/06/21.00:00:00" },
		{ "2011/05", "2011/05/01.00:00:00 2011/06/01.00:00:00" },
		{ "2010", "2010/01/01.00:00:00 2011/01/01.00:00:00" },
		{ "2011/06/20.10", "2011/06/20.10:00:00 2011/06/20.11:00:00" },
		{ "06/20.10:30", "2011/06/20.10:30:00 2011/06/20.10:31:00" },
		{ "20.10:30:15", "2011/06/20.10:30:15 2011/06/20.10:30:16" },
		{ "20.10:30:15.25", "2011/06/20.10:30:15.250000 2011/06/20.10:30:16.250000" },
		{ "10:30", "2011/06/27.10:30:00 2011/06/27.10:31:00" },
		{ "10:30:15", "2011/06/27.10:30:15 2011/06/27.10:30:16" },
		{ "9:3", "2011/06/27.09:03:00 2011/06/27.09:04:00" },
		{ "0", "2011/06/27.00:00:00 2011/06/27.01:00:00" },
		{ "23", "2011/06/27.23:00:00 2011/06/28.00:00:00" },
		{ "1309144887", "2011/06/27.03:21:27 2011/06/27.03:21:28" },
		{ "25", "1970/01/01.00:00:25 1970/01/01.00:00:26" },
		{ "2011y6M27d3h21m28s", "2011/06/27.03:21:28 2011/06/27.03:21:29" },
		{ "3h", "2011/06/27.03:00:00 2011/06/27.04:00:00" },
		{ "5d10m", "2011/06/05.13:10:00 2011/06/05.13:11:00" },
		{ "2024/11/15.24", "2024/11/15.00:00:00 2024/11/16.00:00:00" },
		{ "2011/02/30", "2011/03/02.00:00:00 2011/03/03.00:00:00" },
		{ "i 10:30 ", "2011/06/27.10:30:00 2011/06/27.10:31:00" },
	};

	(void)state;
	CHECK(rows);
}

static void a_second_point_is_an_instant(void **state)
{
	static const struct row rows[] = {
		{ "11/15-11/17", "2011/11/15.00:00:00 2011/11/17.00:00:00" },
		{ "12-13", "2011/06/27.12:00:00 2011/06/27.13:00:00" },
		{ "2024/02-2024/04", "2024/02/01.00:00:00 2024/04/01.00:00:00" },
		{ "10:00-11:30", "2011/06/27.10:00:00 2011/06/27.11:30:00" },
		{ "10:00 - 11:30", "2011/06/27.10:00:00 2011/06/27.11:30:00" },
		{ "2009/03/04.10-11:15:30", "2009/03/04.10:00:00 2009/03/04.11:15:30" },
		{ "2005-2007", "2005/01/01.00:00:00 2007/01/01.00:00:00" },
		{ "2005-2040", "2005/01/01.00:00:00 2040/01/01.00:00:00" },
		{ "1309144887-1309144890", "2011/06/27.03:21:27 2011/06/27.03:21:30" },
	};

	(void)state;
	CHECK(rows);
}

static void offsets_are_exact_sums(void **state)
{
	static const struct row rows[] = {
		{ "12:30+1h30m", "2011/06/27.12:30:00 2011/06/27.14:00:00" },
		{ "2024/11+3M", "2024/11/01.00:00:00 2025/02/01.00:00:00" },
		{ "2024/03/20-5d", "2024/03/15.00:00:00 2024/03/20.00:00:00" },
		{ "08:25+5h", "2011/06/27.08:25:00 2011/06/27.13:25:00" },
		{ "13:20+1d", "2011/06/27.13:20:00 2011/06/28.13:20:00" },
		{ "13:25-5h", "2011/06/27.08:25:00 2011/06/27.13:25:00" },
		{ "-10m+1h", "2011/06/27.13:15:00 2011/06/27.14:15:00" },
		{ "1309144887+2s", "2011/06/27.03:21:27 2011/06/27.03:21:29" },
		{ "2011/06/27.03:21:28 +2s", "2011/06/27.03:21:28 2011/06/27.03:21:30" },
		{ "06/20+1w", "2011/06/20.00:00:00 2011/06/27.00:00:00" },
		{ "10:00+90s", "2011/06/27.10:00:00 2011/06/27.10:01:30" },
	};

	(void)state;
	CHECK(rows);
}

static void relative_ranges_are_whole_units_including_the_present_one(void **state)
{
	static const struct row rows[] = {
		{ "-1d", "2011/06/27.00:00:00 2011/06/28.00:00:00" },
		{ "-10m", "2011/06/27.13:15:00 2011/06/27.13:25:00" },
		{ "-1M", "2011/06/01.00:00:00 2011/07/01.00:00:00" },
		{ "-1h", "2011/06/27.13:00:00 2011/06/27.14:00:00" },
		{ "-1y", "2011/01/01.00:00:00 2012/01/01.00:00:00" },
		{ "-2w", "2011/06/19.00:00:00 2011/07/03.00:00:00" },
		{ "-30s", "2011/06/27.13:24:27 2011/06/27.13:24:57" },
		{ "-1M+1d", "2011/06/01.00:00:00 2011/06/02.00:00:00" },
		{ "-3d+1d", "2011/06/25.00:00:00 2011/06/26.00:00:00" },
		{ "-1d-2h", "2011/06/26.22:00:00 2011/06/27.00:00:00" },
		{ "-2h5m", "2011/06/27.11:19:56.500000 2011/06/27.13:24:56.500000" },
		{ "-2h5m+5m", "2011/06/27.11:19:56.500000 2011/06/27.11:24:56.500000" },
	};

	(void)state;
	CHECK(rows);
}

static void what_is_no_time_is_refused(void **state)
{
	static const struct row rows[] = {
		{ "foo", NULL },     { "2011/6", NULL },      { "13:20:00.5", NULL }, { "24", NULL },
		{ "5.03", NULL },    { "2011/13/01", NULL },  { "2011/06/32", NULL }, { "10:61", NULL },
		{ "", NULL },        { "x", NULL },           { "-", NULL },          { "-5", NULL },
		{ "10:00+5", NULL }, { "10:00+", NULL },      { "10:00-", NULL },     { "1h1d", NULL },
		{ "01/02:", NULL },  { "2011/06/27:13", NULL }, { "10:30:", NULL },   { "1/2/3/4", NULL },
		{ "12-11", NULL },   { "10:00-10:00", NULL }, { "10:00+*h", NULL },   { "3q", NULL },
		{ "99999999999999999999", NULL },
	};

	(void)state;
	CHECK(rows);
}

static void errors_say_what_was_wrong(void **state)
{
	struct timerange range;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(timerange_parse(&range, "foo", NOW, &err), -1);
	assert_string_equal(err.text, "time syntax error foo");
	assert_int_equal(err.kind, ERR_USER);
	assert_int_equal(timerange_parse(&range, "12-11", NOW, &err), -1);
	assert_string_equal(err.text,
			    "error: invalid time range startime_t 1309176000.000000 lasttime_t 1309172400.000000");
}

/* Seconds of a day that begins at midnight on 2011/06/27. */
#define DAY 1309132800u
#define AT(h, m, s) ((uint64_t)(DAY + (h) * 3600 + (m) * 60 + (s)) * 1000000)

static bool matches(const char *text, uint64_t start, uint64_t last)
{
	struct timerange range;
	struct err err = { 0 };

	if (timerange_parse(&range, text, NOW, &err) != 0)
		fail_msg("'%s': %s", text, err.text);
	return timerange_match(&range, start, last);
}

static void intersection_includes_both_ends_and_records_that_span_the_range(void **state)
{
	(void)state;
	assert_true(matches("10:00-11:00", AT(10, 30, 0), AT(10, 31, 0)));
	assert_true(matches("10:00-11:00", AT(9, 30, 0), AT(10, 1, 0)));
	assert_true(matches("10:00-11:00", AT(10, 59, 0), AT(12, 0, 0)));
	assert_true(matches("10:00-11:00", AT(11, 0, 0), AT(12, 0, 0)));
	assert_true(matches("10:00-11:00", AT(9, 0, 0), AT(12, 0, 0)));
	assert_true(matches("10:00-11:00", AT(10, 0, 0), AT(10, 0, 0)));
	assert_true(matches("10:00-11:00", AT(9, 0, 0), AT(10, 0, 0) + 1));
	assert_false(matches("10:00-11:00", AT(9, 0, 0), AT(10, 0, 0)));
	assert_false(matches("10:00-11:00", AT(9, 0, 0), AT(10, 0, 0) - 1));
	assert_false(matches("10:00-11:00", AT(11, 0, 0) + 1, AT(12, 0, 0)));
}

static void what_ends_as_a_wild_range_begins_may_have_some_of_the_one_before(void **state)
{
	(void)state;
	assert_false(matches("*:10", AT(9, 20, 0), AT(10, 10, 0)));
	assert_true(matches("*:10", AT(10, 10, 0), AT(10, 10, 0)));
	assert_true(matches("*:10", AT(9, 10, 30), AT(10, 10, 0)));
}

static void containment_inclusion_and_negation(void **state)
{
	(void)state;
	assert_true(matches("c10:00-11:00", AT(10, 0, 0), AT(11, 0, 0)));
	assert_false(matches("c10:00-11:00", AT(9, 59, 0), AT(10, 30, 0)));
	assert_true(matches("n10:00-11:00", AT(10, 0, 0), AT(11, 0, 0)));
	assert_true(matches("s10:00-11:00", AT(9, 0, 0), AT(12, 0, 0)));
	assert_false(matches("n10:00-11:00", AT(10, 1, 0), AT(12, 0, 0)));
	assert_true(matches("xc10:00-11:00", AT(9, 59, 0), AT(10, 30, 0)));
	assert_false(matches("x10:00-11:00", AT(9, 59, 0), AT(10, 30, 0)));
	assert_true(matches("xi10:00-11:00", AT(8, 0, 0), AT(9, 0, 0)));
}

static void a_wild_field_may_have_any_value(void **state)
{
	const uint64_t hour = 3600000000u, day = 24 * hour;

	(void)state;
	assert_true(matches("**.14", AT(14, 10, 0), AT(14, 20, 0)));
	assert_true(matches("**.14", AT(14, 10, 0) - 9 * day, AT(14, 20, 0) - 9 * day));
	assert_false(matches("**.14", AT(15, 10, 0), AT(16, 0, 0)));
	assert_false(matches("**.14", AT(14, 10, 0) - 40 * day, AT(14, 20, 0) - 40 * day)); /* in May */
	assert_true(matches("*:10", AT(3, 10, 30), AT(3, 10, 31)));
	assert_false(matches("*:10", AT(3, 11, 30), AT(3, 11, 31)));
	assert_false(matches("*:10", AT(3, 10, 30) - day, AT(3, 10, 31) - day));
	assert_true(matches("****/06/27", AT(3, 10, 30), AT(3, 10, 31)));
	assert_true(matches("****/06/27", AT(3, 10, 30) - 365 * day, AT(3, 10, 31) - 365 * day));
	assert_false(matches("****/06/27", AT(3, 10, 30) - 366 * day, AT(3, 10, 31) - 366 * day));
	assert_true(matches("*y6M", AT(1, 0, 0), AT(2, 0, 0)));
	assert_false(matches("*y3M", AT(1, 0, 0), AT(2, 0, 0)));
	assert_true(matches("2011/**/27", AT(1, 0, 0), AT(2, 0, 0)));
	assert_true(matches("2011/**/27", AT(1, 0, 0) - 31 * day, AT(2, 0, 0) - 31 * day));
	assert_false(matches("2011/**/01", AT(1, 0, 0), AT(2, 0, 0)));
	assert_true(matches("*d10h", AT(10, 0, 0), AT(10, 1, 0)));
	assert_true(matches("*h*m15s", AT(5, 6, 15), AT(5, 6, 15)));
	assert_false(matches("*h*m15s", AT(5, 6, 17), AT(5, 6, 18)));
	assert_true(matches("*M", AT(5, 6, 17), AT(5, 6, 18)));
	assert_true(matches("****/**/15", AT(5, 0, 0) - 12 * day, AT(6, 0, 0) - 12 * day));
}

static void wild_ranges_see_records_that_cross_a_boundary(void **state)
{
	const uint64_t day = 24ull * 3600 * 1000000;

	(void)state;
	assert_true(matches("**.00", AT(23, 30, 0) - day, AT(0, 30, 0)));
	assert_true(matches("**.10-12", AT(11, 59, 0), AT(13, 0, 0)));
	assert_false(matches("**.10-12", AT(12, 0, 1), AT(13, 0, 0)));
	assert_true(matches("**.10+2h", AT(11, 59, 0), AT(13, 0, 0)));
	assert_true(matches("**.10-2h", AT(8, 30, 0), AT(8, 40, 0)));
	assert_false(matches("**.10-2h", AT(10, 30, 0), AT(10, 40, 0)));
	assert_true(matches("n**.10", AT(9, 0, 0), AT(12, 0, 0)));
	assert_true(matches("n**.10", AT(10, 30, 0), AT(12, 0, 0) + day));
	assert_false(matches("n**.10", AT(10, 30, 0), AT(12, 0, 0)));
	assert_true(matches("c*:10", AT(3, 10, 0), AT(3, 10, 59)));
	assert_false(matches("c*:10", AT(3, 10, 0), AT(3, 11, 1)));
	assert_true(matches("xc*:10", AT(3, 10, 0), AT(3, 11, 1)));
	assert_true(matches("****/02/29", 1330473600000000u + 5, 1330473600000000u + 6)); /* 2012 */
	assert_false(matches("****/02/29", 1298937600000000u + 5, 1298937600000000u + 6)); /* 2011/03/01 */
	assert_true(matches("****/**/31", 1296432000000000u, 1296432000000001u)); /* 2011/01/31 */
	assert_false(matches("****/**/31", 1301616000000000u + day, 1301616000000000u + day)); /* 2011/04/02 */
}

static void management_records_match_by_whole_seconds(void **state)
{
	struct timerange range;
	struct err err = { 0 };
	struct mar m = { .cause = CAUSE_STATUS, .start = AT(9, 0, 0), .now = AT(11, 0, 0) + 900000 };

	(void)state;
	assert_int_equal(timerange_parse(&range, "10:00-11:00", NOW, &err), 0);
	assert_true(timerange_match_mar(&range, &m));
	m.cause = CAUSE_START;
	assert_false(timerange_match_mar(&range, &m));
	m.start = AT(10, 0, 0);
	assert_true(timerange_match_mar(&range, &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_point_alone_lasts_one_unit_of_its_finest_field),
		cmocka_unit_test(a_second_point_is_an_instant),
		cmocka_unit_test(offsets_are_exact_sums),
		cmocka_unit_test(relative_ranges_are_whole_units_including_the_present_one),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(errors_say_what_was_wrong),
		cmocka_unit_test(intersection_includes_both_ends_and_records_that_span_the_range),
		cmocka_unit_test(what_ends_as_a_wild_range_begins_may_have_some_of_the_one_before),
		cmocka_unit_test(containment_inclusion_and_negation),
		cmocka_unit_test(a_wild_field_may_have_any_value),
		cmocka_unit_test(wild_ranges_see_records_that_cross_a_boundary),
		cmocka_unit_test(management_records_match_by_whole_seconds),
	};

	clock_set_zone("UTC");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
