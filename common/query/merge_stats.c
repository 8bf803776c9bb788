/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/query/merge_stats.h"

void merge_agr(struct agr *a, const struct agr *b, const uint64_t gaps[2])
{
	merge_statistics(a, b, gaps);
}

/* Some probes write NaN or infinity for a single sample. */
static double sound(float v) { return isfinite(v) ? v : 0; }

static void merge_interval(struct stats *a, const struct stats *b)
{
	double sum_a = sound(a->mean) * a->n, sum_b = sound(b->mean) * b->n;
	double square = 0, mean, n = (double)a->n + b->n;

	if (a->n > 0)
		square += a->n * sound(a->stddev) * sound(a->stddev) + sum_a * sum_a / a->n;
	square += b->n * sound(b->stddev) * sound(b->stddev) + sum_b * sum_b / b->n;
	mean = (sum_a + sum_b) / n;
	a->stddev = (float)trunc(sqrt(fabs(square / n - mean * mean)));
	a->mean = (float)trunc(mean);
	if (a->n == 0 || b->min < a->min)
		a->min = b->min;
	if (a->n == 0 || b->max > a->max)
		a->max = b->max;
	a->n += b->n;
}

void merge_jitter(struct jitter *a, const struct jitter *b)
{
	for (int side = SRC; side <= DST; side++)
		for (int activity = ACTIVE; activity <= IDLE; activity++) {
			if (!b->has[side][activity] || b->block[side][activity].n == 0)
				continue;
			if (!a->has[side][activity])
				a->block[side][activity] = (struct stats){ 0 };
			a->has[side][activity] = true;
			merge_interval(&a->block[side][activity], &b->block[side][activity]);
			if (a->subtype == 1)
				merge_histogram(a->hist[side][activity], b->hist[side][activity]);
		}
}
