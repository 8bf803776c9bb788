/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a range of time is written (printing.md 1.6):
 *
 *	range  = [x][i|c|n|s] point [ ('-'|'+') point ]
 *	point  = calendar | number | units | '-' units
 *	calendar = [[[yyyy/]mm/]dd.]HH[:MM[:SS[.frac]]] or a date alone
 *	units  = N{y|M|w|d|h|m|s} ... in that order
 */
#include "argus/query/timerange.h"

#include <ctype.h>

#include "argus/base/buf.h"
#include "argus/base/clock.h"

static const char unit_letters[] = "yMdhmsw"; /* by enum time_field */

/* A number or a run of '*', `length` characters long. */
struct number {
	int64_t value;
	size_t length;
	bool wild;
};

static bool take_number(const char **at, struct number *n)
{
	const char *p = *at;

	*n = (struct number){ 0 };
	if (*p == '*') {
		n->wild = true;
		n->length = strspn(p, "*");
	} else {
		for (; isdigit((unsigned char)*p); p++)
			if (n->length++ < 18)
				n->value = n->value * 10 + (*p - '0');
	}
	*at += n->length;
	return n->length > 0 && n->length <= 18;
}

static void set_field(struct time_spec *spec, enum time_field field, const struct number *n)
{
	static const int least[TF_COUNT] = { 1970, 1, 1, 0, 0, 0 };

	spec->field[field] = n->wild ? least[field] : (int)n->value;
	if (n->wild)
		spec->wild = (uint8_t)(spec->wild | 1 << field);
	spec->finest = (uint8_t)field;
}

/* What is finer than the finest field given begins. */
static void begin_finer(struct time_spec *spec)
{
	for (int i = spec->finest + 1; i < TF_COUNT; i++) {
		spec->field[i] = i <= TF_DAY ? 1 : 0;
		spec->wild = (uint8_t)(spec->wild & ~(1 << i));
	}
}

static bool fits(enum time_field field, const struct number *n)
{
	static const int64_t most[TF_COUNT] = { 9999, 12, 31, 1000, 60, 60 };

	return n->wild || (n->value <= most[field] && n->value >= (field == TF_MONTH || field == TF_DAY));
}

/* A date, of text that ends at `end`: yyyy/mm/dd, mm/dd, yyyy/mm, yyyy; before an hour also dd. */
static bool take_date(const char **at, const char *end, bool has_hour, struct time_spec *spec)
{
	struct number part[3];
	size_t count = 0;
	int field;

	for (;;) {
		if (count == 3 || !take_number(at, &part[count++]))
			return false;
		if (*at == end)
			break;
		if (*(*at)++ != '/')
			return false;
	}
	if (part[0].length == 4)
		field = TF_YEAR;
	else if (part[0].length == 2)
		field = has_hour ? TF_DAY - (int)count + 1 : TF_MONTH;
	else
		return false;
	if (field == TF_MONTH && count != 2)
		return false;
	if (has_hour && field + (int)count - 1 != TF_DAY)
		return false;
	for (size_t i = 0; i < count; i++, field++) {
		if (part[i].length != (field == TF_YEAR ? 4 : 2) || field > TF_DAY || !fits((enum time_field)field, &part[i]))
			return false;
		set_field(spec, (enum time_field)field, &part[i]);
	}
	return true;
}

static bool take_fraction(const char **at, uint32_t *usec)
{
	uint32_t scale = 100000;

	*usec = 0;
	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); (*at)++, scale /= 10)
		*usec += (uint32_t)(**at - '0') * scale;
	return true;
}

/* HH[:MM[:SS[.frac]]]. An hour of 24 or more behind a date is no hour: the whole day. */
static bool take_clock(const char **at, bool has_day, struct time_spec *spec)
{
	for (int field = TF_HOUR; field < TF_COUNT; field++) {
		struct number n;

		if (!take_number(at, &n) || (!n.wild && n.length > 2) || !fits((enum time_field)field, &n))
			return false;
		if (field == TF_HOUR && !n.wild && n.value >= 24)
			return has_day && **at == '\0';
		set_field(spec, (enum time_field)field, &n);
		if (**at != ':')
			break;
		if (field < TF_SECOND)
			(*at)++;
	}
	if (**at == '.' && spec->finest == TF_SECOND && has_day) {
		(*at)++;
		return take_fraction(at, &spec->usec);
	}
	return true;
}

static bool parse_calendar(const char *text, struct time_spec *spec)
{
	const char *dot = strchr(text, '.'), *at = text;

	if (dot != NULL) {
		if (!take_date(&at, dot, true, spec))
			return false;
		at = dot + 1;
		return take_clock(&at, true, spec) && *at == '\0';
	}
	if (strchr(text, '/') != NULL)
		return take_date(&at, text + strlen(text), false, spec);
	return take_clock(&at, false, spec) && *at == '\0';
}

/* A bare number: a year, an hour or seconds since 1970. `this_year` bounds years;
 * behind a year, any four digits are one. */
static bool parse_bare(const char *text, int this_year, bool after_year, struct time_spec *spec)
{
	struct number n;

	if (!take_number(&text, &n) || *text != '\0')
		return false;
	if (n.wild) {
		set_field(spec, n.length == 4 ? TF_YEAR : TF_HOUR, &n);
		return true;
	}
	if ((n.value > 1900 && n.value <= this_year) || (after_year && n.length == 4)) {
		set_field(spec, TF_YEAR, &n);
	} else if (n.value < 24) {
		set_field(spec, TF_HOUR, &n);
	} else if (n.value == 24 || n.value > UINT32_MAX) {
		return false;
	} else {
		time_spec_of(spec, (uint64_t)n.value * 1000000);
		spec->is_epoch = true;
		spec->epoch = n.value;
	}
	return true;
}

/* N y N M N d ...: each unit at most once, coarse to fine. */
static bool parse_units(const char *text, struct number amount[TF_COUNT + 1], bool given[TF_COUNT + 1])
{
	static const int order[TF_COUNT + 1] = { 0, 1, 3, 4, 5, 6, 2 }; /* weeks stand between months and days */
	int last = -1;

	memset(given, 0, sizeof *given * (TF_COUNT + 1));
	while (*text != '\0') {
		struct number n;
		const char *letter;
		int unit;

		if (!take_number(&text, &n) || n.length > 9 || *text == '\0')
			return false;
		letter = strchr(unit_letters, *text++);
		if (letter == NULL)
			return false;
		unit = (int)(letter - unit_letters);
		if (order[unit] <= last)
			return false;
		last = order[unit];
		amount[unit] = n;
		given[unit] = true;
	}
	return last >= 0;
}

/* At most about three hundred years of each unit: sums stay in range. */
static bool parse_offset(const char *text, struct time_offset *offset)
{
	static const int64_t most[TF_COUNT + 1] = { 300, 3600, 110000, 2700000, 160000000, 999999999, 16000 };
	struct number amount[TF_COUNT + 1];
	bool given[TF_COUNT + 1];

	*offset = (struct time_offset){ { 0 } };
	if (!parse_units(text, amount, given))
		return false;
	for (int i = 0; i <= TF_COUNT; i++) {
		if (!given[i])
			continue;
		if (amount[i].wild || amount[i].value > most[i])
			return false;
		offset->amount[i] = (int)amount[i].value;
	}
	return true;
}

static bool parse_unit_point(const char *text, struct time_spec *spec)
{
	struct number amount[TF_COUNT + 1];
	bool given[TF_COUNT + 1];

	if (!parse_units(text, amount, given) || given[TF_WEEK])
		return false;
	for (int i = 0; i < TF_COUNT; i++) {
		if (!given[i])
			continue;
		if (!fits((enum time_field)i, &amount[i]))
			return false;
		set_field(spec, (enum time_field)i, &amount[i]);
	}
	return true;
}

static bool has_units(const char *text)
{
	return strpbrk(text, unit_letters) != NULL;
}

/* A point of time; what it does not say is as in *spec on entry. */
static bool parse_point(const char *text, int this_year, bool after_year, struct time_spec *spec)
{
	spec->usec = 0;
	spec->is_epoch = false;
	if (has_units(text)) {
		if (!parse_unit_point(text, spec))
			return false;
	} else if (strpbrk(text, "/.:") != NULL) {
		if (!parse_calendar(text, spec))
			return false;
	} else if (!parse_bare(text, this_year, after_year, spec)) {
		return false;
	}
	if (!spec->is_epoch)
		begin_finer(spec);
	return true;
}

/* -N u: the last N units including the one that runs; -N u M v: exactly that long ago. */
static bool parse_relative(struct timerange *range, const char *text, uint64_t now)
{
	struct time_offset ago;
	int units = 0, unit = 0;

	if (!parse_offset(text, &ago))
		return false;
	for (int i = 0; i <= TF_COUNT; i++)
		if (ago.amount[i] != 0) {
			units++;
			unit = i;
		}
	range->kind = RANGE_AFTER;
	range->offset = ago;
	if (units != 1) {
		time_spec_of(&range->from, time_offset_add(now, &ago, -1));
		range->kind = RANGE_TO;
		time_spec_of(&range->to, now);
		return units > 1;
	}
	ago.amount[unit]--;
	time_spec_of(&range->from, time_offset_add(now, &ago, -1));
	range->from.usec = 0;
	range->from.finest = (uint8_t)(unit == TF_WEEK ? TF_DAY : unit);
	begin_finer(&range->from);
	if (unit == TF_WEEK)
		time_spec_of(&range->from, clock_floor(time_spec_usec(&range->from), 1, CLOCK_WEEK));
	return true;
}

static bool parse_second(struct timerange *range, char separator, const char *text, int this_year)
{
	bool after_year = range->from.finest == TF_YEAR && !range->from.is_epoch;

	if (separator == '+' || (has_units(text) && strchr(text, '*') == NULL)) {
		range->kind = separator == '+' ? RANGE_AFTER : RANGE_BEFORE;
		return parse_offset(text, &range->offset);
	}
	range->kind = RANGE_TO;
	range->to = range->from;
	return parse_point(text, this_year, after_year, &range->to);
}

static const char *parse_prefix(struct timerange *range, const char *text)
{
	if (*text == 'x') {
		range->negated = true;
		text++;
	}
	switch (*text) {
	case 'c':
		range->match = MATCH_CONTAINED;
		return text + 1;
	case 'n':
	case 's':
		range->match = MATCH_INCLUDES;
		return text + 1;
	case 'i':
		return text + 1;
	default:
		return text;
	}
}

/* `text` has no blanks and is taken apart in place. */
static bool parse_range(struct timerange *range, char *text, uint64_t now)
{
	char *first = text + (*text == '-'), separator = '\0';
	char *second = first + strcspn(first, "-+");
	int this_year;

	if (*second != '\0') {
		separator = *second;
		*second++ = '\0';
	}
	time_spec_of(&range->from, now);
	this_year = range->from.field[TF_YEAR];
	range->kind = RANGE_UNIT;
	if (*text == '-') {
		if (!parse_relative(range, first, now))
			return false;
	} else if (!parse_point(first, this_year, false, &range->from)) {
		return false;
	}
	return separator == '\0' || parse_second(range, separator, second, this_year);
}

static char *without_blanks(const char *text)
{
	char *copy = xmalloc(strlen(text) + 1), *to = copy;

	for (; *text != '\0'; text++)
		if (!isspace((unsigned char)*text))
			*to++ = *text;
	*to = '\0';
	return copy;
}

int timerange_parse(struct timerange *range, const char *text, uint64_t now, struct err *err)
{
	char *plain = without_blanks(text);
	bool good;

	*range = (struct timerange){ .match = MATCH_INTERSECTS };
	good = parse_range(range, plain + (parse_prefix(range, plain) - plain), now);
	free(plain);
	if (!good)
		return err_set(err, ERR_USER, "time syntax error %s", text);
	timerange_instance(range, &range->from, &range->start, &range->end);
	if (range->end <= range->start)
		return err_set(err, ERR_USER, "error: invalid time range startime_t %llu.%06u lasttime_t %llu.%06u",
			       (unsigned long long)(range->start / 1000000), (unsigned)(range->start % 1000000),
			       (unsigned long long)(range->end / 1000000), (unsigned)(range->end % 1000000));
	return 0;
}
