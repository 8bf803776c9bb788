/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time: microseconds since 1970 in 64 bits, unsigned (a record's seconds are
 * unsigned too, so they last until 2106), the calendar of the local zone, and
 * time stamps as text. Nothing here asks libc for a calendar once per record. */
#ifndef ARGUS_BASE_CLOCK_H
#define ARGUS_BASE_CLOCK_H

#include "argus/base/compat.h"

#define CLOCK_SECOND_US 1000000u /* microseconds a second */
#define CLOCK_TEXT_ROOM 200      /* the longest time stamp; longer ones are cut */

uint64_t clock_now(void);

/* A clock that only goes forward, for intervals; microseconds. */
uint64_t clock_monotonic(void);

/* Sets TZ (NULL: the system's zone) for everything that follows. */
void clock_set_zone(const char *zone);

/* Seconds east of UTC at a second since 1970. */
int32_t clock_offset(uint64_t second);

/* A local time: month and day from 1. */
struct clock_civil {
	int32_t year;
	int32_t month;
	int32_t day;
	int32_t hour;
	int32_t minute;
	int32_t second;
};

struct clock_civil clock_civil(uint64_t second);

/* The second since 1970 of a local time. Fields out of range roll over (day 31
 * of February is in March). A time that does not exist or exists twice when the
 * clocks change is taken as mktime takes it. */
int64_t clock_from_civil(const struct clock_civil *civil);

enum clock_unit { CLOCK_SECOND, CLOCK_MINUTE, CLOCK_HOUR, CLOCK_DAY, CLOCK_WEEK, CLOCK_MONTH, CLOCK_YEAR };

/* N[unit] with the units s m h d w M y (aggregation.md 6.1), or their names: "5m", "2.5s", "1M",
 * "5min", "1Month". No unit: seconds. False if it is anything else, less than a microsecond, or more than three
 * thousand years. */
bool clock_read_period(const char *text, double *count, enum clock_unit *unit);

/* The start of the window of `count` units that holds `when` (both in
 * microseconds), in local time: seconds, minutes and hours at multiples of the
 * size since the local 1 January 1970, days from local midnight to midnight,
 * weeks from Sunday, months from the first, years from 1 January. Fractions of
 * a count are kept up to hours and rounded to whole ones from days on. */
uint64_t clock_floor(uint64_t when, double count, enum clock_unit unit);

/* `when` plus `count` units; days and longer by the local calendar, so that the
 * start of a window plus its length is the start of the next. */
uint64_t clock_add(uint64_t when, double count, enum clock_unit unit);

/* The time by a strftime format with %f, microseconds cut to `digits` (at most 6;
 * 0 also drops a '.' before it), and %:z, +hh:mm or Z (printing.md 2.5). Returns
 * the length, at most CLOCK_TEXT_ROOM, which `to` must have room for; no NUL is
 * added. The text of recent seconds is remembered for each format. */
size_t clock_text(char *to, const char *format, unsigned digits, uint64_t when);

/* A path whose strftime conversions are filled in, however long; to be freed. %f and %:z, which strftime
 * does not know, stay as they are. */
char *clock_path(const char *pattern, uint64_t when);

/* seconds.fraction with `digits` of the fraction (at most 6); without a point if
 * 0 (printing.md 2.5, -u). Needs 28 characters. */
size_t clock_unix_text(char *to, unsigned digits, uint64_t when);

#endif
