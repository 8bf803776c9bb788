/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of columns that have a compare function of their own. */
#ifndef COMMON_QUERY_SORT_VALUES_H
#define COMMON_QUERY_SORT_VALUES_H

#include "argus/query/fields.h"

/* A number that orders flows as the column's compare function does, ascending; false
 * when the flow has no value. */
bool sort_number(const struct field *field, struct flow *f, uint64_t *word);

/* Whether it is a column of packets a second, which is sorted by another value than it shows. */
bool sort_is_rate(const struct field *field);

/* The vendor of the column's MAC address, or NULL. */
const char *sort_vendor(const struct field *field, struct flow *f);

#endif
