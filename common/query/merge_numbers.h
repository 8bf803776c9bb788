/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merging of times and counts (aggregation.md 2.1). Inlined: they are merged with every record. */
#ifndef COMMON_QUERY_MERGE_NUMBERS_H
#define COMMON_QUERY_MERGE_NUMBERS_H

#include "common/record/times.h"

/* The packets are those of the two records. */
static INLINED void merge_side_stamps(struct times *a, uint64_t pkts_into, const struct times *b, uint64_t pkts_from,
				      enum side side)
{
	uint8_t start = (uint8_t)TIME_BIT(side, START), end = (uint8_t)TIME_BIT(side, END);

	if (unlikely(!(b->have & (start | end)))) {
		/* Packets without a time are those of the second 0. */
		if (pkts_from > 0)
			a->at[side][START] = 0;
		return;
	}
	if (unlikely(!(a->have & (start | end)))) {
		a->at[side][START] = pkts_into > 0 ? 0 : b->at[side][START];
		a->at[side][END] = b->at[side][END];
		a->have |= b->have & (start | end);
		return;
	}
	a->at[side][START] = u64_min(a->at[side][START], b->at[side][START]);
	a->at[side][END] = u64_max(a->at[side][END], b->at[side][END]);
	if (a->at[side][END] > a->at[side][START])
		a->have |= end;
}

static INLINED void merge_stamps(struct times *a, const uint64_t pkts_into[2], const struct times *b,
				 const uint64_t pkts_from[2])
{
	merge_side_stamps(a, pkts_into[SRC], b, pkts_from[SRC], SRC);
	merge_side_stamps(a, pkts_into[DST], b, pkts_from[DST], DST);
}

static INLINED void merge_counts(struct metric *a, const struct metric *b)
{
	for (int side = SRC; side <= DST; side++) {
		a->pkts[side] += b->pkts[side];
		a->bytes[side] += b->bytes[side];
		a->appbytes[side] += b->appbytes[side];
	}
	a->has_appbytes |= b->has_appbytes;
}

static inline uint64_t merge_gap_between(uint64_t end, uint64_t start) { return start > end ? start - end : end - start; }

/* The intervals between the records, a direction. */
static INLINED void merge_gaps(const struct metric *x, const struct metric *y, const struct times *s,
			       const struct times *t, uint64_t gaps[2])
{
	for (int side = SRC; side <= DST; side++) {
		uint64_t gap = merge_gap_between(s->at[side][END], t->at[side][START]);

		gaps[side] = x->pkts[side] > 0 && y->pkts[side] > 0 ? gap : 0;
	}
}

#endif
