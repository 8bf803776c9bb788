/* SPDX-License-Identifier: GPL-3.0-or-later */
/* -t: ranges of time, absolute, relative to now, and with wildcards
 * (printing.md 1.6). All times are local (TZ). */
#ifndef ARGUS_QUERY_TIMERANGE_H
#define ARGUS_QUERY_TIMERANGE_H

#include "argus/base/err.h"
#include "argus/record/flow.h"
#include "argus/record/mar.h"

enum time_field { TF_YEAR, TF_MONTH, TF_DAY, TF_HOUR, TF_MINUTE, TF_SECOND, TF_COUNT, TF_WEEK = TF_COUNT };

/* A point of local time, as far as it was written. */
struct time_spec {
	int field[TF_COUNT]; /* year 1970 .., month and day from 1 */
	uint8_t wild;        /* 1 << time_field of those that may have any value */
	uint8_t finest;      /* enum time_field */
	uint32_t usec;
	bool is_epoch;       /* given as seconds since 1970: `epoch` */
	int64_t epoch;
};

/* A sum of calendar units, to be added or taken away. */
struct time_offset {
	int amount[TF_COUNT + 1]; /* by enum time_field, weeks last */
};

enum range_end {
	RANGE_UNIT,   /* one unit of the finest field given */
	RANGE_TO,     /* a second point of time, `to` */
	RANGE_AFTER,  /* start + offset */
	RANGE_BEFORE, /* start - offset is the start, the point the end */
};

enum range_match { MATCH_INTERSECTS, MATCH_CONTAINED, MATCH_INCLUDES };

struct timerange {
	enum range_match match;
	bool negated;
	uint64_t start, end; /* microseconds since 1970; E itself belongs to the range. Not used with wildcards */

	/* How the range was written; needed to find the instances of a wild one. */
	struct time_spec from, to;
	struct time_offset offset;
	enum range_end kind;
};

/* Parses `text`; `now` is in microseconds since 1970. On failure returns -1 with
 * "time syntax error TEXT" or "error: invalid time range startime_t S lasttime_t E". */
int timerange_parse(struct timerange *range, const char *text, uint64_t now, struct err *err);

/* Whether a record that lasts from `start` to `last` matches. */
bool timerange_match(const struct timerange *range, uint64_t start, uint64_t last);
bool timerange_match_mar(const struct timerange *range, const struct mar *m);

static inline bool timerange_match_flow(const struct timerange *range, struct flow *f)
{
	return timerange_match(range, flow_start(f), flow_last(f));
}

/* For the parser: the times that a point and a range of points stand for. */
uint64_t time_spec_usec(const struct time_spec *spec);
uint64_t time_offset_add(uint64_t at, const struct time_offset *offset, int sign);
void timerange_instance(const struct timerange *range, const struct time_spec *from, uint64_t *start, uint64_t *end);
void time_spec_of(struct time_spec *spec, uint64_t at);

#endif
