/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels: `:`-separated items, each a word or name=value,value (aggregation.md 2.7). */
#ifndef ARGUS_QUERY_LABEL_H
#define ARGUS_QUERY_LABEL_H

#include "argus/base/buf.h"

/* Writes the union of two labels to `to` (cleared first): the items of `a`, each with
 * the values that `b` adds to it, then what only `b` has. */
void label_union(struct buf *to, const char *a, size_t a_length, const char *b, size_t b_length);

#endif
