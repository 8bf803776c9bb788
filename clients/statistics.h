/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rahisto says about all values together. They are sorted first. */
#ifndef CLIENTS_STATISTICS_H
#define CLIENTS_STATISTICS_H

#include "argus/base/buf.h"

struct summary {
	double mean, deviation; /* of the population */
	double median, high;    /* half of the values lie below, and 95 % */
};

void values_sort(double *value, size_t n);
bool values_are_whole(const double *value, size_t n);

/* There must be a value. */
struct summary summarise(const double *value, size_t n);

/* Appends the values that occur most often, and at least three times. */
void add_modes(struct buf *to, const double *value, size_t n, int digits);

#endif
