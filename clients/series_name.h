/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of a series' files (aggregation.md 6.5): a pattern with $columns and, for
 * windows of time, what strftime() knows. */
#ifndef CLIENTS_SERIES_NAME_H
#define CLIENTS_SERIES_NAME_H

#include "argus/base/buf.h"
#include "argus/query/fields.h"

struct series_piece {
	const struct field *field; /* NULL: the text */
	const char *text;          /* of the pattern */
	size_t length;
};

struct series_pattern {
	struct series_piece *pieces;
	size_t count;
	bool has_columns;
};

/* Whether every $ before a letter begins the name of a column: else -1, and err names it. */
int series_pattern_check(const char *text, struct err *err);

/* Takes the pattern apart; it is borrowed. `has_time`: of windows of time, which a pattern without
 * a % gets behind it. */
void series_pattern_init(struct series_pattern *p, const char *text, bool has_time);
void series_pattern_fini(struct series_pattern *p);

/* The pattern with its $columns filled in. `has_time`: a % that a value has, which
 * strftime() would take, becomes a _. `f` may be NULL if there are no columns. */
void series_pattern_fill(const struct series_pattern *p, struct flow *f, const struct style *style, bool has_time,
			 struct buf *name);

/* The suffix that follows; NULL is followed by `length` letters a. Frees the one before. */
void series_next_suffix(char **suffix, unsigned length);

#endif
