/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output files of rasplit and rastream (aggregation.md 6.5, 6.6): named by a pattern,
 * a new one for each window of time, so many records or bytes, or each record that a
 * filter matches. Every set of values of the $columns in the pattern is a series of
 * its own. */
#ifndef CLIENTS_SERIES_H
#define CLIENTS_SERIES_H

#include "argus/query/bins.h"
#include "argus/tool/tool.h"

enum series_mode { SERIES_COUNT, SERIES_TIME, SERIES_SIZE, SERIES_FLOW };

struct series_options {
	enum series_mode mode;
	const char *pattern;
	struct period period;         /* SERIES_TIME */
	uint64_t amount;              /* records or bytes */
	const struct filter *trigger; /* SERIES_FLOW: a record that passes begins a file */
	unsigned suffix_length;       /* -a */
	bool is_atomic;               /* files appear under their names when they are complete */
	size_t open_limit;            /* files that may be open at a time */
};

/* Is called with each file that is finished, in the order in which they are closed. */
typedef int series_closed(void *context, const char *path);

struct series *series_new(struct run *run, const struct series_options *options, series_closed *closed, void *context);
void series_free(struct series *s);

/* Writes a record to the file it belongs to. `f` NULL: a management record, which goes
 * to every series that is open and whose window holds its time. */
int series_put(struct series *s, struct flow *f, const struct mar *m);

/* Once a second: what was put is in its file, and a file that was moved, removed or
 * emptied by somebody is made anew (6.5, 5). */
int series_tick(struct series *s);

/* Closes the files whose window ended `hold` microseconds before `now`; later records
 * of those windows are dropped and counted. */
int series_expire(struct series *s, uint64_t now, uint64_t hold);

/* Closes all files, in the order in which they were made; also after an error, for that is one of few. */
int series_finish(struct series *s);

uint64_t series_late(const struct series *s);

#endif
