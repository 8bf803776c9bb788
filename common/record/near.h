/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times and counts of 32 bits in their bytes, and the statistics of one record (record-format.md 8.2,
 * 8.3, 8.6). Inlined: most that are written are those of pieces, which are kept so. */
#ifndef COMMON_RECORD_NEAR_H
#define COMMON_RECORD_NEAR_H

#include "argus/base/pen.h"
#include "common/record/agr.h"

/* Whether times_write() would count stamps from the first of them: none lies 2^31 microseconds behind
 * the moment from which these are counted. */
static INLINED bool near_is_relative(const uint32_t at[2][2])
{
	return ((at[SRC][START] | at[SRC][END] | at[DST][START] | at[DST][END]) >> 31) == 0;
}

/* Whether it would write all four, of a record both sides of which have packets, and ends only if
 * they are not their starts. */
static INLINED bool near_is_usual(uint8_t have, const uint32_t at[2][2])
{
	return have == ALL_STAMPS && near_is_relative(at);
}

/* Then these, which are counted from `start`, are written so. Returns where they end. */
static INLINED uint8_t *near_put_times(uint8_t *to, uint64_t start, const uint32_t at[2][2])
{
	uint32_t first = at[SRC][START];

	put_be32(to, TIMES_OF_CLIENT);
	times_put_stamp(to + 4, start + first);
	put_be32(to + 12, at[SRC][END] - first);
	put_be32(to + 16, at[DST][START] - first);
	put_be32(to + 20, at[DST][END] - first);
	return to + 24;
}

/* The same of some, if they are relative; `has`: whether a side's are written, as one's have to be. An
 * end that equals its start is dropped: to write over it costs less than to find out what comes. */
static INLINED uint8_t *near_put_some_times(uint8_t *to, uint64_t start, const uint32_t at[2][2], const bool has[2])
{
	uint32_t first = has[SRC] ? at[SRC][START] : at[DST][START];
	uint8_t *next = to + 8; /* where the first one's microseconds are put at last */
	unsigned stamps = 0;

	for (int side = SRC; side <= DST; side++) {
		unsigned has_start = has[side], has_end = has_start & (at[side][END] != at[side][START]);

		put_be32(next, at[side][START] - first);
		next += 4 * has_start;
		put_be32(next, at[side][END] - first);
		next += 4 * has_end;
		stamps |= (has_start | has_end << 1) << (side * 2);
	}
	put_be32(to, (uint32_t)TYPE_TIME << 24 | stamps << 19 | (next > to + 12 ? 5u : 1u) << 16 | 0x18u << 8 | (uint32_t)(next - to) / 4);
	times_put_stamp(to + 4, start + first);
	return next;
}

/* The counts as metric_write() writes them if both sides have packets, and neither has application
 * bytes. */
static INLINED uint8_t *near_put_counts(uint8_t *to, const uint32_t pkts[2], const uint32_t bytes[2])
{
	const uint32_t head = (uint32_t)TYPE_METRIC << 24 | 1u << 16;
	uint32_t all = pkts[SRC] | pkts[DST] | bytes[SRC] | bytes[DST];

	if (all <= UINT8_MAX) {
		put_be32(to, head | 1u << 8 | 2);
		put_be32(to + 4, pkts[SRC] << 24 | bytes[SRC] << 16 | pkts[DST] << 8 | bytes[DST]);
		return to + 8;
	}
	if (all <= UINT16_MAX) {
		put_be32(to, head | 2u << 8 | 3);
		put_be32(to + 4, pkts[SRC] << 16 | bytes[SRC]);
		put_be32(to + 8, pkts[DST] << 16 | bytes[DST]);
		return to + 12;
	}
	put_be32(to, head | 3u << 8 | 5);
	for (int side = SRC; side <= DST; side++) {
		put_be32(to + 4 + 8 * side, pkts[side]);
		put_be32(to + 8 + 8 * side, bytes[side]);
	}
	return to + 20;
}

/* The same if only one side has packets or bytes. */
static INLINED uint8_t *near_put_side_counts(uint8_t *to, enum side side, uint32_t pkts, uint32_t bytes)
{
	const uint32_t head = (uint32_t)TYPE_METRIC << 24 | 1u << 16 | (side == SRC ? 4u : 8u) << 8;

	if (likely((pkts | bytes) <= UINT16_MAX)) {
		put_be32(to, head + (2u << 8) + 2);
		put_be32(to + 4, pkts << 16 | bytes);
		return to + 8;
	}
	put_be32(to, head + (3u << 8) + 3);
	put_be32(to + 4, pkts);
	put_be32(to + 8, bytes);
	return to + 12;
}

/* The statistics of `count` records that lasted `seconds` in all, as of one: as agr_write() writes them. */
static INLINED uint8_t *near_put_agr(uint8_t *to, uint32_t count, float seconds)
{
	uint8_t *active = to + AGR_STATS_AT;

	memset(to + 8, 0, AGR_SIZE - 8);
	put_be32(to, AGR_HEAD(METRIC_DURATION));
	put_be32(to + 4, count);
	put_le32(active + offsetof(struct stats, n), 1);
	put_float(active + offsetof(struct stats, min), seconds);
	put_float(active + offsetof(struct stats, mean), seconds);
	put_float(active + offsetof(struct stats, max), seconds);
	return to + AGR_SIZE;
}

#endif
