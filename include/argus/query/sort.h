/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorting flows by columns (aggregation.md 7). The sorter keeps what flows sort by,
 * not the flows: each is known to it by a number of the caller's. */
#ifndef ARGUS_QUERY_SORT_H
#define ARGUS_QUERY_SORT_H

#include "argus/base/err.h"
#include "argus/record/flow.h"

struct sorter;

struct sorter *sorter_new(void);
void sorter_free(struct sorter *s);

/* Adds a column to sort by, after those added before: a name, of which the word may
 * be longer; addresses with /length. In the column's own direction, or ascending with
 * '+' before it, descending with '-'. Unknown names are errors. */
int sorter_add_column(struct sorter *s, const char *word, struct err *err);
size_t sorter_columns(const struct sorter *s);

/* Turns every comparison round (-v). */
void sorter_reverse(struct sorter *s);

/* Takes the flow's values. */
void sorter_add(struct sorter *s, struct flow *f, uint64_t number);

/* Sorts, stably. Then sorter_at(s, i) is the number of the flow at place i. Without
 * columns the order stays. */
void sorter_sort(struct sorter *s);
uint64_t sorter_at(const struct sorter *s, size_t place);
size_t sorter_count(const struct sorter *s);

/* Forgets the flows, not the columns. */
void sorter_clear(struct sorter *s);

/* Bytes held. */
size_t sorter_size(const struct sorter *s);


#endif
