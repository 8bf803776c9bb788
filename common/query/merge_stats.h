/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merging of statistics (aggregation.md 2.4 to 2.6). The mixture of single and
 * double precision is that of the reference, so that results agree digit for digit.
 * Inlined: most statistics are those of one record, which makes it short. */
#ifndef COMMON_QUERY_MERGE_STATS_H
#define COMMON_QUERY_MERGE_STATS_H

#include <math.h>

#include "common/query/merge.h"

static inline void merge_histogram(uint8_t a[8], const uint8_t b[8])
{
	unsigned sum[8], most = 0;

	if (get_le64(b) == 0)
		return;
	for (int i = 0; i < 8; i++) {
		sum[i] = (unsigned)a[i] + b[i];
		if (sum[i] > most)
			most = sum[i];
	}
	for (int i = 0; i < 8; i++) {
		unsigned scaled = most > 255 ? sum[i] * 255 / most : sum[i];
		a[i] = (uint8_t)(scaled == 0 && sum[i] > 0 ? 1 : scaled);
	}
}

static inline double total(const struct stats *s)
{
	return s->n > 1 ? (float)((double)s->mean * s->n) : s->mean;
}

static inline double squares(const struct stats *s)
{
	double mean = s->mean, deviation = s->stddev;

	return s->n > 1 ? s->n * (deviation * deviation + mean * mean) : mean * mean;
}

static INLINED void merge_samples(struct stats *a, const struct stats *b)
{
	double sum, square, deviation;
	uint32_t n = a->n + b->n;

	if (b->n == 0)
		return;
	if (a->n == 0) {
		*a = *b;
		return;
	}
	sum = total(a) + total(b);
	square = squares(a) + squares(b);
	if (b->max > a->max)
		a->max = b->max;
	if (b->min < a->min)
		a->min = b->min;
	if (likely(n == 2)) { /* most are, and halves are exact and quick */
		sum *= 0.5;
		square *= 0.5;
	} else {
		sum /= n;
		square /= n;
	}
	a->mean = (float)sum;
	deviation = square - (double)a->mean * a->mean;
	a->stddev = (float)sqrt(fabs(deviation));
	a->n = n;
}

/* The decimal digits of a gap less one, at most 7: what its bits tell is right or one too few. */
static INLINED unsigned cell_of(uint64_t gap)
{
	static const uint8_t least[64] = { 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 6, [24 ... 63] = 7 };
	static const uint32_t next[8] = { 10, 100, 1000, 10000, 100000, 1000000, 10000000, UINT32_MAX };
	unsigned cell = least[63 - __builtin_clzll(gap | 1)];

	return cell < 7 ? cell + (gap >= next[cell]) : 7;
}

static INLINED void add_gap(struct agr *a, uint64_t gap)
{
	float value = (float)gap;
	struct stats sample = { 1, value, value, 0, value };
	unsigned cell = cell_of(gap);

	merge_samples(&a->idle, &sample);
	if (a->idle_hist[cell] < 255)
		a->idle_hist[cell]++;
}

/* What merge_agr() does. */
static INLINED void merge_statistics(struct agr *a, const struct agr *b, const uint64_t gaps[2])
{
	a->count += b->count;
	if (a->metric != b->metric)
		return;
	merge_samples(&a->active, &b->active);
	merge_histogram(a->active_hist, b->active_hist);
	for (int side = SRC; side <= DST; side++)
		if (gaps[side] > 0)
			add_gap(a, gaps[side]);
	merge_samples(&a->idle, &b->idle);
	merge_histogram(a->idle_hist, b->idle_hist);
	a->last_start = u64_max(a->last_start, b->last_start);
	a->last_time = u64_max(a->last_time, b->last_time);
	a->is_implied = false;
}

#endif
