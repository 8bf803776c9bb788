/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bins of rahisto: how they are asked for, and which value belongs to which. */
#ifndef CLIENTS_HISTOGRAM_H
#define CLIENTS_HISTOGRAM_H

#include "argus/base/err.h"
#include "argus/query/fields.h"

/* Bins are numbered from 1 to `bins`; 0 is what lies below, bins + 1 what lies above. */
struct histogram {
	const struct field *field;
	bool absolute, logarithmic;
	bool has_range;
	size_t bins;
	double start, end;
};

/* Reads "METRIC" and "BINS[L][:FROM-TO|:SIZE]". Return -1 for what is none. */
int histogram_set_metric(struct histogram *h, const char *word, struct err *err);
int histogram_set_bins(struct histogram *h, const char *word, struct err *err);

/* Without a range: from 0, or the least value if that is negative, to the greatest or
 * a little above, so that a bin's width has two digits. */
void histogram_fit(struct histogram *h, double least, double greatest);

/* Whether the flow has the metric, and its value. */
bool histogram_value(const struct histogram *h, struct flow *f, double *v);

size_t histogram_bin(const struct histogram *h, double v);

/* Where bin `bin` (from 1 to bins + 1) begins. */
double histogram_edge(const struct histogram *h, size_t bin);

#endif
