/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow filter (filter.md): text to an immutable program that is run against
 * opened flows and MARs. */
#ifndef ARGUS_QUERY_FILTER_H
#define ARGUS_QUERY_FILTER_H

#include "argus/base/buf.h"
#include "argus/base/err.h"
#include "argus/record/flow.h"
#include "argus/record/mar.h"

struct filter;

struct filter_options {
	bool no_optimizer; /* -O */
	int precision;     /* digits to which floats are rounded before comparing; 6 */
};

/* Compiles. An empty or blank text gives a filter that everything passes. On
 * failure returns NULL; err's first line begins "filter syntax error: '...'"
 * (filter.md 2) and names the place and what was expected. The result may be
 * shared between threads and outlives the text. `options` may be NULL. */
struct filter *filter_compile(const char *text, const struct filter_options *options, struct err *err);
void filter_free(struct filter *filter);

/* Whether the flow passes. A NULL filter lets everything through. */
bool filter_match(const struct filter *filter, struct flow *f);
bool filter_match_mar(const struct filter *filter, const struct mar *m);

/* A readable form of the program, for -b. */
void filter_dump(const struct filter *filter, struct buf *to);

#endif
