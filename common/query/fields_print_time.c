/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time stamps, and the columns that are times relative to something (printing.md 2.5). */
#include "argus/base/clock.h"
#include "common/query/fields_print.h"

#define TIME_DIGITS 6 /* microseconds are all there is */

size_t print_time(uint64_t at, const struct style *style, char *out, size_t room)
{
	unsigned digits = style->precision > TIME_DIGITS ? TIME_DIGITS : (unsigned)style->precision;
	char text[CLOCK_TEXT_ROOM];

	if (style->unix_time)
		return clock_unix_text(out, digits, at);
	if (likely(room >= CLOCK_TEXT_ROOM))
		return clock_text(out, style->time_format, digits, at);
	return put_bytes(out, room, text, clock_text(text, style->time_format, digits, at));
}

static size_t put_seconds(int64_t us, const struct style *style, char *out, size_t room)
{
	return num_fixed(out, room, (double)us / 1e6, (unsigned)style->precision);
}

/* When the record was last touched: its last packet, unless the tool has it in a cache. */
static uint64_t touched(struct flow *f)
{
	return f->received != 0 ? f->received : flow_last(f);
}

size_t print_idle(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		  size_t room)
{
	uint64_t at = touched(f);

	(void)field, (void)width;
	return put_seconds(style->now > at ? (int64_t)(style->now - at) : 0, style, out, room);
}

int compare_idle(const struct field *field, struct flow *a, struct flow *b)
{
	uint64_t x = touched(a), y = touched(b);

	(void)field;
	return (x < y) - (x > y);
}

size_t print_relative(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		      size_t room)
{
	struct value v;

	(void)width;
	field->get(field, f, &v);
	return put_seconds((int64_t)(v.u - style->origin), style, out, room);
}
