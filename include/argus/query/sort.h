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

/* Whether it asks flows for nothing but when they begin. */
bool sorter_is_by_start(const struct sorter *s);

/* Then it is enough to tell that, of several flows at once. */
struct flow_start {
	uint64_t start, number;
};

void sorter_add_starts(struct sorter *s, const struct flow_start *starts, size_t count);

/* Whether it asks them for nothing but addresses, and the same. */
bool sorter_is_by_tuple(const struct sorter *s);
void sorter_add_tuple(struct sorter *s, const struct plain_tuple *t, uint64_t number);

/* Turns every comparison round (-v). */
void sorter_reverse(struct sorter *s);

/* Takes the flow's values. */
void sorter_add(struct sorter *s, struct flow *f, uint64_t number);

/* Sorts, stably. Then sorter_at(s, i) is the number of the flow at place i. Without
 * columns the order stays. */
void sorter_sort(struct sorter *s);
uint64_t sorter_at(const struct sorter *s, size_t place);

/* All these numbers, until something is added or sorted again. */
const uint64_t *sorter_numbers(struct sorter *s);

/* Whether two flows are alike in all columns, so that their order is that in which they were added. */
bool sorter_has_equals(const struct sorter *s);
void sorter_fetch(const struct sorter *s, size_t place); /* brings in what sorter_at() will need */
size_t sorter_count(const struct sorter *s);

/* Forgets the flows, not the columns; the memory that they took is kept for others, or given back. */
void sorter_clear(struct sorter *s);
void sorter_give_back(struct sorter *s);

/* For merging: puts the flow's values in a row of the caller's choice, and compares two
 * rows: negative when a comes first. */
void sorter_set(struct sorter *s, size_t row, struct flow *f);
int sorter_compare(const struct sorter *s, size_t a, size_t b);

/* Bytes held. */
size_t sorter_size(const struct sorter *s);

/* Records kept until they are sorted. Beyond `limit` bytes, if it is not 0, they go to
 * temporary files as sorted runs, which are merged at the end: the result is the same, as far as the
 * columns order records; those that lack one are alike to all others in it (aggregation.md 7). */
struct sorted_records;

struct sorted_records *sorted_records_new(struct sorter *s, const struct flow_reading *reading);
void sorted_records_free(struct sorted_records *r);
void sorted_records_limit(struct sorted_records *r, size_t limit);

/* Keeps a copy of the record. Fails only when a temporary file cannot be written. */
int sorted_records_add(struct sorted_records *r, struct flow *f, struct err *err);

void sorted_records_forget(struct sorted_records *r);

/* Gives the records from rank `first` to `last` (counted from 1; last 0: all) in order,
 * and forgets all. Stops when `emit` returns a negative value. */
int sorted_records_each(struct sorted_records *r, uint64_t first, uint64_t last,
			int (*emit)(void *context, struct flow *f), void *context, struct err *err);

#endif
