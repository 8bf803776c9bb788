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
	bool no_optimizer; /* -O: tests run in the order in which they stand */
	bool upper_case;   /* the probe's dialect: AND OR NOT EQ ... too (filter.md 1.2) */
	bool no_lookup;    /* names of hosts are not put to the resolver but are errors */
	bool display;      /* compile what follows the word "display"; else such a filter lets everything through */
};

/* Compiles. An empty or blank text gives a filter that everything passes. On
 * failure returns NULL; err's first line is "filter syntax error: '...'"
 * (filter.md 2); further lines, indented, show the place and what was expected.
 * The result may be shared between threads and outlives the text. `options` may
 * be NULL. Names of hosts, ports and protocols are resolved now, not later. */
struct filter *filter_compile(const char *text, const struct filter_options *options, struct err *err);
void filter_free(struct filter *filter);

/* Where a client's filter works (filter.md 1.1), by its first word. */
enum filter_scope {
	FILTER_EVERYWHERE, /* sent to the server, and applied here */
	FILTER_LOCAL,      /* applied here only */
	FILTER_DISPLAY,    /* chooses what is shown; selects nothing */
};
enum filter_scope filter_scope(const struct filter *filter);

/* The text without the word that gives the scope: what is sent to a server. The
 * filter's; "" for NULL. */
const char *filter_expression(const struct filter *filter);

/* Whether the flow or event passes. A NULL filter lets everything through. */
bool filter_match(const struct filter *filter, struct flow *f);
bool filter_match_mar(const struct filter *filter, const struct mar *m);

/* The conditions as an indented tree, one a line, for -b. */
void filter_dump(const struct filter *filter, struct buf *to);

#endif
