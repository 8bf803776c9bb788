/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The aggregation DSR (record-format.md 8.6) in its bytes. Inlined: most that are written are
 * those of two records, much of which is 0. */
#ifndef COMMON_RECORD_AGR_H
#define COMMON_RECORD_AGR_H

#include "argus/base/pen.h"
#include "common/record/times.h"

#define AGR_SIZE 80u
#define AGR_HEAD(metric) ((uint32_t)TYPE_AGR << 24 | (uint32_t)((metric) & 0x7f) << 16 | 1u << 8 | AGR_SIZE / 4)
#define AGR_STATS_AT 24u
#define AGR_STATS_SIZE (sizeof(struct stats) + 8)

/* n, min, mean, stddev, max: little-endian, as they stand. */
static INLINED void agr_put_stats(uint8_t *p, const struct stats *s, const uint8_t hist[8])
{
	memcpy(p, s, sizeof *s);
	memcpy(p + sizeof *s, hist, 8);
}

static INLINED void agr_put_stamp(uint8_t *p, uint64_t at)
{
	put_le32(p, (uint32_t)(at / MICROSECONDS));
	put_le32(p + 4, (uint32_t)(at % MICROSECONDS));
}

static INLINED void agr_write(const struct agr *a, struct pen *pen)
{
	uint8_t *p = pen_room(pen, AGR_SIZE);

	if (unlikely(p == NULL))
		return;
	put_be32(p, AGR_HEAD(a->metric));
	put_be32(p + 4, a->count);
	agr_put_stamp(p + 8, a->last_start);
	agr_put_stamp(p + 16, a->last_time);
	agr_put_stats(p + AGR_STATS_AT, &a->active, a->active_hist);
	agr_put_stats(p + AGR_STATS_AT + AGR_STATS_SIZE, &a->idle, a->idle_hist);
}

static INLINED void agr_take_stats(const uint8_t *p, struct stats *s, uint8_t hist[8])
{
	memcpy(s, p, sizeof *s);
	memcpy(hist, p + sizeof *s, 8);
}

static INLINED uint64_t agr_stamp(const uint8_t *p) { return (uint64_t)get_le32(p) * MICROSECONDS + get_le32(p + 4); }

/* Of a DSR that has all of it. */
static INLINED void agr_read(const uint8_t *bytes, struct agr *a)
{
	a->metric = bytes[1];
	a->is_implied = false;
	a->count = get_be32(bytes + 4);
	a->last_start = agr_stamp(bytes + 8);
	a->last_time = agr_stamp(bytes + 16);
	agr_take_stats(bytes + AGR_STATS_AT, &a->active, a->active_hist);
	agr_take_stats(bytes + AGR_STATS_AT + AGR_STATS_SIZE, &a->idle, a->idle_hist);
}

#endif
