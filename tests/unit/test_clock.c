/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calendar agrees with libc's in every zone, and windows tile the time line. */
#include "tests/unit/unit.h"

#include "argus/base/clock.h"

static const char *const zones[] = { "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
	"Africa/Monrovia", "Pacific/Apia", "EST5EDT,M3.2.0,M11.1.0", "UTC+3:30" };

static uint64_t some_second(uint64_t i)
{
	return i * 0x9e3779b97f4a7c15u >> 32;
}

static void civil_times_are_those_of_localtime(void **state)
{
	(void)state;
	for (size_t z = 0; z < ARRAY_LENGTH(zones); z++) {
		clock_set_zone(zones[z]);
		for (uint64_t i = 0; i < 5000; i++) {
			uint64_t second = i < 100 ? 1711846790 + i * 3600 : some_second(i);
			time_t when = (time_t)second;
			struct clock_civil c = clock_civil(second);
			struct tm tm;

			localtime_r(&when, &tm);
			assert_int_equal(c.year, tm.tm_year + 1900);
			assert_int_equal(c.month, tm.tm_mon + 1);
			assert_int_equal(c.day, tm.tm_mday);
			assert_int_equal(c.hour, tm.tm_hour);
			assert_int_equal(c.minute, tm.tm_min);
			assert_int_equal(c.second, tm.tm_sec);
			assert_int_equal(clock_offset(second), tm.tm_gmtoff);
		}
	}
}

static void check_text(const char *format, unsigned digits, uint64_t when, const char *want)
{
	char text[CLOCK_TEXT_ROOM + 1];

	text[clock_text(text, format, digits, when)] = '\0';
	assert_string_equal(text, want);
}

static void time_stamps_have_cut_fractions(void **state)
{
	uint64_t when = 1362692526869344u;

	(void)state;
	clock_set_zone("UTC");
	for (int again = 0; again < 2; again++) {
		check_text("%T.%f", 6, when, "21:42:06.869344");
		check_text("%T.%f", 3, when, "21:42:06.869");
		check_text("%T.%f", 0, when, "21:42:06");
		check_text("%T.%f", 9, when, "21:42:06.869344");
		check_text("%T.%f", 6, when + 200000, "21:42:07.069344");
		check_text("%Y-%m-%dT%H:%M:%S.%f%:z", 6, when, "2013-03-07T21:42:06.869344Z");
		check_text("at %a %d %b 100%% %-d %s", 6, when, "at Thu 07 Mar 100% 7 1362692526");
		check_text("%Ey %Om", 6, when, "13 03");
		check_text("", 6, when, "");
		check_text("%", 6, when, "%");
		check_text("%T.%f", 6, 0, "00:00:00.000000");
		check_text("%F %T", 6, 4294967295999999u, "2106-02-07 06:28:15");
	}
}

static void another_zone_makes_other_stamps(void **state)
{
	(void)state;
	clock_set_zone("UTC");
	check_text("%T %Z", 6, 1720000000000000u, "09:46:40 UTC");
	clock_set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	check_text("%T %Z", 6, 1720000000000000u, "11:46:40 CEST");
	check_text("%T%:z", 6, 1720000000000000u, "11:46:40+02:00");
	check_text("%T%z", 6, 1700000000000000u, "23:13:20+0100");
	clock_set_zone("NST3:30");
	check_text("%:z", 6, 1700000000000000u, "-03:30");
}

static void stamps_are_those_of_strftime(void **state)
{
	(void)state;
	clock_set_zone("America/New_York");
	for (uint64_t i = 0; i < 2000; i++) {
		time_t when = (time_t)some_second(i);
		char want[100];
		struct tm tm;

		localtime_r(&when, &tm);
		strftime(want, sizeof want, "%a %F %j %U %T %Z %z", &tm);
		check_text("%a %F %j %U %T %Z %z", 6, (uint64_t)when * CLOCK_SECOND_US, want);
	}
}

static void unix_times_have_the_digits_asked_for(void **state)
{
	char text[32];

	(void)state;
	text[clock_unix_text(text, 6, 1362692526069344u)] = '\0';
	assert_string_equal(text, "1362692526.069344");
	text[clock_unix_text(text, 2, 1362692526069344u)] = '\0';
	assert_string_equal(text, "1362692526.06");
	text[clock_unix_text(text, 0, 1362692526069344u)] = '\0';
	assert_string_equal(text, "1362692526");
}

/* Every window holds its own start, begins where the one before ended, and no two overlap. */
static void windows_tile_the_time_line(void **state)
{
	static const struct { double count; enum clock_unit unit; uint64_t step; } cases[] = {
		{ 1, CLOCK_SECOND, 333333 }, { 2.5, CLOCK_SECOND, 777777 }, { 5, CLOCK_MINUTE, 60000000 },
		{ 1, CLOCK_HOUR, 900000000 }, { 1, CLOCK_DAY, 7200000000 }, { 7, CLOCK_DAY, 43200000000 },
		{ 1, CLOCK_WEEK, 86400000000 }, { 2, CLOCK_WEEK, 86400000000 }, { 1, CLOCK_MONTH, 864000000000 },
		{ 5, CLOCK_MONTH, 864000000000 }, { 1, CLOCK_YEAR, 8640000000000 }, { 4, CLOCK_YEAR, 8640000000000 },
	};

	(void)state;
	clock_set_zone("Europe/Berlin");
	for (size_t c = 0; c < ARRAY_LENGTH(cases); c++) {
		uint64_t when = 1710000000123456u;

		for (int i = 0; i < 300; i++, when += cases[c].step) {
			uint64_t start = clock_floor(when, cases[c].count, cases[c].unit);
			uint64_t end = clock_add(start, cases[c].count, cases[c].unit);

			assert_true(start <= when);
			assert_true(end > when);
			assert_true(clock_floor(start, cases[c].count, cases[c].unit) == start);
			assert_true(clock_floor(end, cases[c].count, cases[c].unit) == end);
		}
	}
}

static uint64_t at(int year, int month, int day, int hour)
{
	struct clock_civil c = { year, month, day, hour, 0, 0 };

	return (uint64_t)clock_from_civil(&c) * CLOCK_SECOND_US;
}

static void windows_begin_with_the_calendar(void **state)
{
	(void)state;
	clock_set_zone("America/New_York");
	assert_true(clock_floor(at(2024, 3, 10, 15), 1, CLOCK_DAY) == at(2024, 3, 10, 0));
	assert_true(clock_add(at(2024, 3, 10, 0), 1, CLOCK_DAY) == at(2024, 3, 11, 0)); /* 23 hours */
	assert_true(clock_floor(at(2024, 3, 1, 5), 1, CLOCK_WEEK) == at(2024, 2, 25, 0));
	assert_true(clock_floor(at(2024, 2, 29, 5), 1, CLOCK_MONTH) == at(2024, 2, 1, 0));
	assert_true(clock_add(at(2024, 12, 1, 0), 1, CLOCK_MONTH) == at(2025, 1, 1, 0));
	assert_true(clock_floor(at(2024, 12, 31, 23), 1, CLOCK_YEAR) == at(2024, 1, 1, 0));
	assert_true(clock_floor(at(2024, 7, 1, 13), 6, CLOCK_HOUR) == at(2024, 7, 1, 12));
	assert_true(clock_add(at(2024, 1, 31, 7), 1, CLOCK_MONTH) == at(2024, 3, 2, 7)); /* rolls over */
	assert_true(clock_add(at(2024, 3, 2, 7), -2, CLOCK_DAY) == at(2024, 2, 29, 7));
}

static void periods_are_read_whole(void **state)
{
	enum clock_unit unit;
	double count;

	(void)state;
	assert_true(clock_read_period("5m", &count, &unit));
	assert_true(count == 5 && unit == CLOCK_MINUTE);
	assert_true(clock_read_period("1M", &count, &unit));
	assert_true(count == 1 && unit == CLOCK_MONTH);
	assert_true(clock_read_period("0.1", &count, &unit));
	assert_true(unit == CLOCK_SECOND);
	assert_false(clock_read_period("0", &count, &unit));
	assert_true(clock_read_period("30seconds", &count, &unit));
	assert_int_equal(unit, CLOCK_SECOND);
	assert_true(clock_read_period("5mins", &count, &unit));
	assert_int_equal(unit, CLOCK_MINUTE);
	assert_true(clock_read_period("1Mon", &count, &unit));
	assert_int_equal(unit, CLOCK_MONTH);
	assert_false(clock_read_period("5ms", &count, &unit));
	assert_false(clock_read_period("5month", &count, &unit)); /* the reference: minutes */
	assert_false(clock_read_period("5hourly", &count, &unit));
	assert_false(clock_read_period("x", &count, &unit));
	assert_false(clock_read_period("-5m", &count, &unit));
	assert_true(clock_read_period("0.000001", &count, &unit));
	assert_false(clock_read_period("0.0000001", &count, &unit)); /* no time at all */
	assert_true(clock_read_period("1000y", &count, &unit));
	assert_false(clock_read_period("1e18s", &count, &unit));
	assert_false(clock_read_period("1e400", &count, &unit));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(civil_times_are_those_of_localtime),
		cmocka_unit_test(time_stamps_have_cut_fractions),
		cmocka_unit_test(another_zone_makes_other_stamps),
		cmocka_unit_test(stamps_are_those_of_strftime),
		cmocka_unit_test(unix_times_have_the_digits_asked_for),
		cmocka_unit_test(windows_tile_the_time_line),
		cmocka_unit_test(windows_begin_with_the_calendar),
		cmocka_unit_test(periods_are_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
