/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Did you mean": which of a set of names is nearest to a misspelt one. Offer
 * the names one by one, then ask for the best. */
#ifndef ARGUS_BASE_NEAREST_H
#define ARGUS_BASE_NEAREST_H

#include "argus/base/compat.h"

struct nearest {
	const char *word; /* borrowed */
	size_t length;
	const char *best;
	unsigned distance;
};

/* `length` bytes of `word` are the misspelt name. */
struct nearest nearest_to(const char *word, size_t length);

/* Counts insertions, deletions, changes and swaps of neighbours, without regard
 * to case. A name of which the word is the beginning counts as near. */
void nearest_offer(struct nearest *n, const char *name);

/* The nearest name offered, or NULL when none is near enough to be what was meant. */
const char *nearest_best(const struct nearest *n);

#endif
