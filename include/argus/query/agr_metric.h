/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of what the aggregation DSR keeps statistics (RACLUSTER_AGG_METRIC, aggregation.md 5.2):
 * how long records last, unless told otherwise. */
#ifndef ARGUS_QUERY_AGR_METRIC_H
#define ARGUS_QUERY_AGR_METRIC_H

#include "argus/record/flow.h"

struct field;

struct agr_metric {
	uint8_t subtype;            /* of the DSR */
	const struct field *column; /* that has the value; NULL: duration, which is what a record without statistics has */
};

#define AGR_METRIC_DURATION ((struct agr_metric){ METRIC_DURATION, NULL })

/* The first metric whose name begins with the word. False: there is none, or no column has its values. */
bool agr_metric_find(struct agr_metric *m, const char *name);

/* A record without statistics gets the metric's value as such, for merging. False: it has some, needs
 * none, or has no packets. */
bool agr_metric_take(const struct agr_metric *m, struct flow *f);

#endif
