/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the parts of rules. */
#ifndef COMMON_QUERY_RULES_PRIVATE_H
#define COMMON_QUERY_RULES_PRIVATE_H

#include "argus/query/rules.h"

/* rules_parse.c: adds the rules of a file. */
int rules_parse(struct rules *r, const char *path, const struct rules_defaults *defaults, struct err *err);

/* A new last rule. */
struct rule *rules_add(struct rules *r);

/* rules_index.c */
struct rules_index *rules_index_new(const struct rules *r);
void rules_index_free(struct rules_index *index);

/* Calls for each rule that may match, in order: the numbers of all rules from `from`
 * on whose constant address fits the flow's, or that have none. Returns the first for
 * which `matches` is true, or the number of rules. */
size_t rules_index_find(const struct rules_index *index, const struct rules *r, struct flow *f, size_t from,
			bool (*matches)(const struct rule *rule, struct flow *f));

#endif
