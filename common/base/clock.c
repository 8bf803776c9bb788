/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calendar. Conversions need the zone's offset only; it is asked of libc once
 * for a stretch of time in which it does not change. */
#include "argus/base/clock.h"

#include <math.h>

#include "common/base/zone.h"

#define STRETCH 21600 /* seconds; no zone changes its clocks twice within six hours */
#define DAY 86400

static _Thread_local struct zone cached = { .until = 0 };

uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * CLOCK_SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * CLOCK_SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

static unsigned zone_count = 1;

unsigned zone_generation(void) { return zone_count; }

void clock_set_zone(const char *zone)
{
	if (zone != NULL)
		setenv("TZ", zone, 1);
	else
		unsetenv("TZ");
	tzset();
	zone_count++;
}

static struct zone ask(uint64_t second)
{
	time_t when = (time_t)second;
	struct tm tm = { 0 };

	localtime_r(&when, &tm);
	return (struct zone){ second, second + 1, zone_count, (int32_t)tm.tm_gmtoff, tm.tm_isdst, tm.tm_zone };
}

static COLD void learn(uint64_t second)
{
	uint64_t start = second - second % STRETCH;
	struct zone first = ask(start), last = ask(start + STRETCH - 1);

	if (first.offset == last.offset && first.is_dst == last.is_dst) {
		cached = first;
		cached.until = start + STRETCH;
	} else {
		cached = ask(second);
	}
}

const struct zone *zone_at(uint64_t second)
{
	if (unlikely(second < cached.from || second >= cached.until || cached.generation != zone_count))
		learn(second);
	return &cached;
}

int32_t clock_offset(uint64_t second) { return zone_at(second)->offset; }

/* Days since 1970 of a date of the Gregorian calendar, by counting years from
 * March, so that the leap day is the last. */
static int64_t days_of(int64_t year, int32_t month, int32_t day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, struct clock_civil *civil)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	civil->day = (int32_t)(of_year - (153 * month + 2) / 5 + 1);
	civil->month = (int32_t)(month < 10 ? month + 3 : month - 9);
	civil->year = (int32_t)(year + era * 400 + (civil->month <= 2));
}

/* Floored division: local times before 1970 occur west of Greenwich. */
static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct clock_civil clock_civil(uint64_t second)
{
	int64_t local = (int64_t)second + clock_offset(second);
	int64_t days = floor_div(local, DAY);
	int32_t rest = (int32_t)(local - days * DAY);
	struct clock_civil civil = { .hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60 };

	date_of(days, &civil);
	return civil;
}

int64_t clock_from_civil(const struct clock_civil *civil)
{
	struct tm tm = {
		.tm_year = civil->year - 1900, .tm_mon = civil->month - 1, .tm_mday = civil->day,
		.tm_hour = civil->hour, .tm_min = civil->minute, .tm_sec = civil->second, .tm_isdst = -1,
	};

	return (int64_t)mktime(&tm);
}

void zone_fill_tm(uint64_t second, struct tm *tm)
{
	const struct zone *zone = zone_at(second);
	struct clock_civil civil = clock_civil(second);
	int64_t days = days_of(civil.year, civil.month, civil.day);

	*tm = (struct tm){
		.tm_year = civil.year - 1900, .tm_mon = civil.month - 1, .tm_mday = civil.day,
		.tm_hour = civil.hour, .tm_min = civil.minute, .tm_sec = civil.second,
		.tm_wday = (int)(((days + 4) % 7 + 7) % 7),
		.tm_yday = (int)(days - days_of(civil.year, 1, 1)),
		.tm_isdst = zone->is_dst, .tm_gmtoff = zone->offset, .tm_zone = zone->name,
	};
}

#define LONGEST_PERIOD 1e11 /* seconds, three thousand years: more than stamps can tell */

static const int64_t unit_seconds[] = { 1, 60, 3600, DAY, 7 * DAY, 28 * DAY, 364 * DAY };

/* The unit that a word means: its letter, or its name, which may be cut short and have an s behind it. */
static bool read_unit(const char *word, enum clock_unit *unit)
{
	static const char *const names[] = { "second", "minute", "hour", "day", "week", "Month", "year" };
	size_t length = strlen(word);

	if (length > 3 && word[length - 1] == 's')
		length--;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (length > 0 && length <= strlen(names[i]) && memcmp(word, names[i], length) == 0) {
			*unit = (enum clock_unit)i;
			return true;
		}
	return false;
}

bool clock_read_period(const char *text, double *count, enum clock_unit *unit)
{
	char *end;
	double seconds;

	if ((*text < '0' || *text > '9') && *text != '.')
		return false;
	*count = strtod(text, &end);
	*unit = CLOCK_SECOND;
	if (end == text || (*end != '\0' && !read_unit(end, unit)))
		return false;
	seconds = *count * (double)unit_seconds[*unit];
	return seconds >= 1e-6 && seconds <= LONGEST_PERIOD;
}

static int64_t whole(double count)
{
	return count < 1.5 ? 1 : llround(count);
}

/* Units up to the hour have one length. */
static uint64_t floor_short(uint64_t when, double count, enum clock_unit unit)
{
	int64_t size = llround(count * (double)unit_seconds[unit] * 1e6);
	int32_t offset = clock_offset(when / CLOCK_SECOND_US);
	int64_t local = (int64_t)when + (int64_t)offset * CLOCK_SECOND_US;
	int64_t start, moved, old;

	if (size < 1)
		size = 1;
	start = floor_div(local, size) * size - (int64_t)offset * CLOCK_SECOND_US;
	if (start < 0)
		return 0;
	/* The clocks changed within the window: its start is a time of the old offset. */
	moved = (int64_t)(offset - clock_offset((uint64_t)start / CLOCK_SECOND_US)) * CLOCK_SECOND_US;
	old = start + moved;
	if (old < 0 || (uint64_t)old > when)
		return (uint64_t)start;
	/* They went back, but after the window that has this name was over. */
	if (moved < 0 && clock_offset((uint64_t)(old + size) / CLOCK_SECOND_US) != offset)
		return (uint64_t)start;
	return (uint64_t)old;
}

uint64_t clock_floor(uint64_t when, double count, enum clock_unit unit)
{
	uint64_t second = when / CLOCK_SECOND_US;
	struct clock_civil civil;
	int64_t n = whole(count), days, start;

	if (unit <= CLOCK_HOUR)
		return floor_short(when, count, unit);
	civil = clock_civil(second);
	civil.hour = civil.minute = civil.second = 0;
	days = days_of(civil.year, civil.month, civil.day);
	if (unit == CLOCK_DAY) {
		civil.day -= (int32_t)(days - floor_div(days, n) * n);
	} else if (unit == CLOCK_WEEK) {
		/* 4 January 1970 was a Sunday. */
		civil.day -= (int32_t)(days - 3 - floor_div(days - 3, 7 * n) * 7 * n);
	} else {
		int64_t months = (int64_t)civil.year * 12 + civil.month - 1, size = unit == CLOCK_YEAR ? 12 * n : n;

		months -= months % size;
		civil = (struct clock_civil){ .year = (int32_t)(months / 12), .month = (int32_t)(months % 12) + 1, .day = 1 };
	}
	start = clock_from_civil(&civil);
	return start < 0 ? 0 : (uint64_t)start * CLOCK_SECOND_US;
}

uint64_t clock_add(uint64_t when, double count, enum clock_unit unit)
{
	struct clock_civil civil;
	int64_t n, end;

	if (unit <= CLOCK_HOUR) {
		end = (int64_t)when + llround(count * (double)unit_seconds[unit] * 1e6);
		return end < 0 ? 0 : (uint64_t)end;
	}
	civil = clock_civil(when / CLOCK_SECOND_US);
	n = count < 0 ? -whole(-count) : count > 0 ? whole(count) : 0;
	if (unit == CLOCK_DAY)
		civil.day += (int32_t)n;
	else if (unit == CLOCK_WEEK)
		civil.day += (int32_t)(7 * n);
	else if (unit == CLOCK_MONTH)
		civil.month += (int32_t)n;
	else
		civil.year += (int32_t)n;
	end = clock_from_civil(&civil);
	return end < 0 ? 0 : (uint64_t)end * CLOCK_SECOND_US + when % CLOCK_SECOND_US;
}
