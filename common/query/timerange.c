/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of calendar fields, and whether a record matches a range. */
#include "argus/query/timerange.h"

#include "argus/base/clock.h"

#define SECOND CLOCK_SECOND_US

/* The largest and least value of each field; the day's depends on the month. */
static const int field_least[TF_COUNT] = { 1970, 1, 1, 0, 0, 0 };
static const int field_most[TF_COUNT] = { 2105, 12, 31, 23, 59, 59 };

static int days_in_month(int year, int month)
{
	static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

static uint64_t usec_of_civil(const struct clock_civil *civil, uint32_t usec)
{
	int64_t seconds = clock_from_civil(civil);

	return seconds < 0 ? 0 : (uint64_t)seconds * SECOND + usec;
}

static struct clock_civil civil_of_spec(const struct time_spec *spec)
{
	return (struct clock_civil){
		.year = spec->field[TF_YEAR], .month = spec->field[TF_MONTH],   .day = spec->field[TF_DAY],
		.hour = spec->field[TF_HOUR], .minute = spec->field[TF_MINUTE], .second = spec->field[TF_SECOND],
	};
}

uint64_t time_spec_usec(const struct time_spec *spec)
{
	struct clock_civil civil = civil_of_spec(spec);

	if (spec->is_epoch)
		return (uint64_t)spec->epoch * SECOND;
	return usec_of_civil(&civil, spec->usec);
}

void time_spec_of(struct time_spec *spec, uint64_t at)
{
	struct clock_civil civil = clock_civil(at / SECOND);

	*spec = (struct time_spec){
		.field = { civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second },
		.finest = TF_SECOND,
		.usec = (uint32_t)(at % SECOND),
	};
}

/* Years, months, weeks and days are added on the calendar, so that a day later is
 * the same hour; hours, minutes and seconds are exact. */
uint64_t time_offset_add(uint64_t at, const struct time_offset *offset, int sign)
{
	const int *by = offset->amount;
	int64_t exact = ((int64_t)by[TF_HOUR] * 60 + by[TF_MINUTE]) * 60 + by[TF_SECOND];

	if (by[TF_YEAR] != 0 || by[TF_MONTH] != 0 || by[TF_DAY] != 0 || by[TF_WEEK] != 0) {
		struct time_spec spec;
		struct clock_civil civil;

		time_spec_of(&spec, at);
		civil = civil_of_spec(&spec);
		civil.year += sign * by[TF_YEAR];
		civil.month += sign * by[TF_MONTH];
		civil.day += sign * (by[TF_DAY] + 7 * by[TF_WEEK]);
		at = usec_of_civil(&civil, spec.usec);
	}
	exact *= sign * (int64_t)SECOND;
	if (exact < 0 && (uint64_t)-exact > at)
		return 0;
	return at + (uint64_t)exact;
}

/* The second point of A-B: what it leaves to the first, or to anything, is the first's. */
static uint64_t usec_of_second(const struct timerange *range, const struct time_spec *from)
{
	struct time_spec to = range->to;

	for (int i = 0; i < TF_COUNT; i++)
		if (to.wild & (1 << i))
			to.field[i] = from->field[i];
	return time_spec_usec(&to);
}

void timerange_instance(const struct timerange *range, const struct time_spec *from, uint64_t *start, uint64_t *end)
{
	struct time_offset unit = { { 0 } };
	uint64_t at = time_spec_usec(from);

	*start = at;
	switch (range->kind) {
	case RANGE_UNIT:
		unit.amount[from->is_epoch ? TF_SECOND : from->finest] = 1;
		*end = time_offset_add(at, &unit, 1);
		break;
	case RANGE_TO:
		*end = usec_of_second(range, from);
		break;
	case RANGE_AFTER:
		*end = time_offset_add(at, &range->offset, 1);
		break;
	case RANGE_BEFORE:
		*start = time_offset_add(at, &range->offset, -1);
		*end = at;
		break;
	}
}

/* The largest (up false) or least value that field `i` may have. */
static int extreme(const struct time_spec *pattern, int i, bool up)
{
	if (!(pattern->wild & (1 << i)))
		return pattern->field[i];
	return up ? field_least[i] : field_most[i];
}

/* A wild day beyond the month's end becomes its last on the way down; any other
 * day that the month lacks has no instance there. */
static bool settle_day(const struct time_spec *pattern, bool up, struct time_spec *found)
{
	int days = days_in_month(found->field[TF_YEAR], found->field[TF_MONTH]);

	if (found->field[TF_DAY] <= days)
		return true;
	if (up || !(pattern->wild & (1 << TF_DAY)))
		return false;
	found->field[TF_DAY] = days;
	return true;
}

/* The instance of the pattern that shares its first `keep` fields with `at`, comes
 * before it (up: after) in the next one, and is nearest otherwise. */
static bool instance_at(const struct time_spec *pattern, const struct time_spec *at, int keep, bool up,
			struct time_spec *found)
{
	*found = *pattern;
	for (int i = 0; i < keep; i++) {
		int value = at->field[i];

		if (pattern->wild & (1 << i) ? value < field_least[i] || value > field_most[i] : value != pattern->field[i])
			return false;
		found->field[i] = value;
	}
	if (keep < TF_COUNT) {
		int value = at->field[keep] + (up ? 1 : -1);

		if (!(pattern->wild & (1 << keep))) {
			value = pattern->field[keep];
			if (up ? value <= at->field[keep] : value >= at->field[keep])
				return false;
		} else if (value < field_least[keep] || value > field_most[keep]) {
			return false;
		}
		found->field[keep] = value;
	}
	for (int i = keep + 1; i < TF_COUNT; i++)
		found->field[i] = extreme(pattern, i, up);
	return true;
}

/* The last instance of a wild pattern that does not begin after `at`, or the
 * first that does not begin before it. */
static bool nearest_instance(const struct time_spec *pattern, uint64_t at, bool up, struct time_spec *found)
{
	struct time_spec limit;

	time_spec_of(&limit, at);
	if (up && (limit.usec > pattern->usec))
		time_spec_of(&limit, at + SECOND);
	/* A fixed day that most months lack (the 29th of February) costs a few rounds. */
	for (int round = 0; round < 100; round++) {
		int keep = TF_COUNT;

		while (keep >= 0 && !instance_at(pattern, &limit, keep, up, found))
			keep--;
		if (keep < 0)
			return false;
		if (settle_day(pattern, up, found)) {
			uint64_t there = time_spec_usec(found);

			if (up ? there >= at : there <= at)
				return true;
			limit = *found;
			limit.field[TF_SECOND] += up ? 1 : -1;
			continue;
		}
		limit = *found;
		limit.field[TF_DAY] = up ? 32 : days_in_month(found->field[TF_YEAR], found->field[TF_MONTH]);
		limit.field[TF_HOUR] = up ? 0 : 24;
	}
	return false;
}

/* What ends as the range begins has nothing of it. */
static bool intersects(uint64_t from, uint64_t to, uint64_t start, uint64_t last)
{
	return start <= to && (last > from || start >= from);
}

/* A wild range matches when one of its instances does. They follow one another,
 * so one of them decides: the last that begins in time to reach into the record,
 * or, when the record is to include it, the first that begins with it or later. */
static bool match_wild(const struct timerange *range, uint64_t start, uint64_t last)
{
	bool up = range->match == MATCH_INCLUDES;
	uint64_t at = range->match == MATCH_INTERSECTS && last > start ? last - 1 : start, from, to;
	struct time_spec found;

	if (range->kind == RANGE_BEFORE)
		at = time_offset_add(at, &range->offset, 1);
	if (!nearest_instance(&range->from, at, up, &found))
		return false;
	timerange_instance(range, &found, &from, &to);
	switch (range->match) {
	case MATCH_INTERSECTS:
		return intersects(from, to, start, last);
	case MATCH_CONTAINED:
		return from <= start && last <= to;
	case MATCH_INCLUDES:
		break;
	}
	return start <= from && last >= to;
}

static bool match_plain(const struct timerange *range, uint64_t start, uint64_t last)
{
	switch (range->match) {
	case MATCH_INTERSECTS:
		return intersects(range->start, range->end, start, last);
	case MATCH_CONTAINED:
		return range->start <= start && last <= range->end;
	case MATCH_INCLUDES:
		break;
	}
	return start <= range->start && last >= range->end;
}

bool timerange_match(const struct timerange *range, uint64_t start, uint64_t last)
{
	if (range->from.wild != 0)
		return match_wild(range, start, last) != range->negated;
	return match_plain(range, start, last) != range->negated;
}

/* Whole seconds: the first MAR of a probe lasts from its start, others are a moment. */
bool timerange_match_mar(const struct timerange *range, const struct mar *m)
{
	uint64_t now = m->now / SECOND * SECOND;
	uint64_t start = m->cause == CAUSE_START ? m->start / SECOND * SECOND : now;

	if (range->from.wild != 0)
		return match_wild(range, now, now) != range->negated;
	return (start >= range->start && now <= range->end) != range->negated;
}
