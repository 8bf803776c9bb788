/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/statistics.h"

#include <math.h>

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void values_sort(double *value, size_t n)
{
	if (n > 0)
		qsort(value, n, sizeof *value, ascending);
}

bool values_are_whole(const double *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (value[i] != floor(value[i]))
			return false;
	return true;
}

void add_modes(struct buf *to, const double *value, size_t n, int digits)
{
	size_t most = 3, begin = 0;

	for (size_t i = 1; i <= n; i++) {
		if (i < n && value[i] == value[begin])
			continue;
		if (i - begin > most)
			buf_clear(to);
		if (i - begin >= most) {
			buf_printf(to, "%s%.*f", to->length > 0 ? "," : "", digits, value[begin]);
			most = i - begin;
		}
		begin = i;
	}
}

struct summary summarise(const double *value, size_t n)
{
	struct summary sum = { 0 };
	double squares = 0;

	for (size_t i = 0; i < n; i++) { /* step by step: no difference of large sums */
		double step = value[i] - sum.mean;

		sum.mean += step / (double)(i + 1);
		squares += step * (value[i] - sum.mean);
	}
	sum.deviation = sqrt(squares / (double)n);
	sum.median = n % 2 != 0 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
	sum.high = value[(size_t)(0.95 * (double)n)];
	return sum;
}
