/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of the interpacket gap and jitter columns, in milliseconds (printing.md
 * 4.6). The record has microseconds, for active and idle gaps apart. */
#include <math.h>

#include "common/query/fields_rows.h"

/* The statistics of one side and activity, or NULL. */
static const struct stats *gaps(struct flow *f, unsigned side, unsigned activity)
{
	const struct jitter *j = flow_jitter(f);

	return j != NULL && j->has[side][activity] ? &j->block[side][activity] : NULL;
}

static uint32_t samples(const struct stats *s)
{
	return s != NULL ? s->n : 0;
}

/* The mean of all gaps, active and idle weighted by how many there were, in single
 * precision throughout, as 3.0.8 reckons it. */
static float weighted_mean(const struct stats *active, const struct stats *idle)
{
	float sum = 0, n = (float)samples(active) + (float)samples(idle);

	if (samples(active) > 0)
		sum += active->mean * (float)active->n;
	if (samples(idle) > 0)
		sum += idle->mean * (float)idle->n;
	return n > 0 ? sum / n : 0.0f;
}

/* The mean of one side. The destination's is not weighted when there is only one
 * kind of gap, so that it keeps its last digit. */
static float side_mean(unsigned side, const struct stats *active, const struct stats *idle)
{
	if (side == DST && (samples(active) == 0) != (samples(idle) == 0))
		return samples(active) > 0 ? active->mean : idle->mean;
	return weighted_mean(active, idle);
}

bool get_gap_mean(const struct field *field, struct flow *f, struct value *v)
{
	unsigned activity = field->param >> 4;
	const struct stats *active, *idle;

	if (activity != GAPS_ALL) {
		active = gaps(f, field->side, activity);
		return active != NULL && value_double(v, (double)active->mean / 1000.0);
	}
	active = gaps(f, field->side, ACTIVE);
	idle = gaps(f, field->side, IDLE);
	if (samples(active) + samples(idle) == 0)
		return false;
	return value_double(v, (double)side_mean(field->side, active, idle) / 1000.0);
}

/* The least or greatest gap; param is GAPS(activity, STATS_MIN or STATS_MAX). */
bool get_gap_edge(const struct field *field, struct flow *f, struct value *v)
{
	unsigned activity = field->param >> 4;
	bool is_min = (field->param & 15) == STATS_MIN;
	const struct stats *block[2] = { NULL, NULL };
	float edge = 0;
	bool found = false;

	for (unsigned i = ACTIVE; i <= IDLE; i++)
		if (activity == GAPS_ALL || activity == i)
			block[i] = gaps(f, field->side, i);
	for (unsigned i = ACTIVE; i <= IDLE; i++) {
		float x;

		if (block[i] == NULL || (activity == GAPS_ALL && block[i]->n == 0))
			continue;
		x = is_min ? block[i]->min : block[i]->max;
		if (!found || (is_min ? x < edge : x > edge))
			edge = x;
		found = true;
	}
	return found && value_double(v, (double)edge / 1000.0);
}

/* The standard deviation over both kinds of gap, from those of each. */
static double joint_deviation(const struct stats *active, const struct stats *idle)
{
	double n = (double)active->n + (double)idle->n;
	double mean = (double)weighted_mean(active, idle);
	double sum = (double)active->n * ((double)active->stddev * (double)active->stddev +
					  (double)active->mean * (double)active->mean) +
		     (double)idle->n * ((double)idle->stddev * (double)idle->stddev +
					(double)idle->mean * (double)idle->mean);
	double variance = sum / n - mean * mean;

	return variance > 0 ? sqrt(variance) : 0;
}

bool get_jitter(const struct field *field, struct flow *f, struct value *v)
{
	unsigned activity = field->param >> 4;
	const struct stats *active = NULL, *idle = NULL, *only;

	if (activity != GAPS_IDLE)
		active = gaps(f, field->side, ACTIVE);
	if (activity != GAPS_ACTIVE)
		idle = gaps(f, field->side, IDLE);
	if (samples(active) > 0 && samples(idle) > 0)
		return value_double(v, joint_deviation(active, idle) / 1000.0);
	only = samples(active) > 0 ? active : idle;
	if (samples(only) == 0)
		return false;
	return value_double(v, isnan(only->stddev) ? 0.0 : (double)only->stddev / 1000.0);
}
