/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The work of the probe once it is set up: sources are read, their flows are
 * kept, and management records say how it goes. */
#ifndef ARGUS_RUN_H
#define ARGUS_RUN_H

#include "argus/settings.h"

/* What happened to the packets; each is counted in exactly one place below `packets`. */
struct tally {
	uint64_t packets, bytes; /* accepted by the filter */
	uint64_t filtered;
	uint64_t in_records;
	uint64_t undecodable[UNDECODABLE_REASONS];
	uint64_t records, flows;
	uint64_t dropped, damaged, unlinked;
	uint64_t truncated; /* files that ended within a packet */
	uint64_t queued;    /* flows in the status queues now */
	uint64_t memory;
};

/* A source: a file, or a group of interfaces. */
struct source_run {
	struct capture *capture; /* NULL: at its end */
	struct probe probe;
};

struct run {
	struct settings *s;
	struct source_run *sources; /* those that are open */
	uint32_t source_count;
	struct tally done;          /* of sources that are closed */
	struct tally reported;      /* as of the last MAR */
	uint64_t started, last_mar;    /* wall clock, microseconds */
	uint64_t next_mar, next_check; /* clock_monotonic(): also when somebody sets the clock back */
	struct err err;             /* the first thing that went wrong */
};

void run_init(struct run *r, struct settings *s);

/* Signals end the loops in good order. */
void run_catch_signals(void);
bool run_is_stopped(void);

int run_files(struct run *r);
int run_open_live(struct run *r, struct err *err); /* while there are rights to */
int run_live(struct run *r);

/* Once a batch, and while input is waited for: status MARs and moved files. */
void run_housekeeping(struct run *r);

void run_fail(struct run *r, const struct err *err); /* says it, and remembers the first */

/* Opens, feeds and closes one source; also used by the two loops. */
void source_open(struct run *r, struct source_run *source, struct capture *capture, const struct source_id *id);
void source_close(struct run *r, struct source_run *source);

/* mars.c */
struct mar run_mar(struct run *r, enum record_cause cause);
void tally_source(struct tally *t, const struct source_run *source);
void tally_print(const struct tally *t);

/* order.c: the files by the times of their first packets; names break ties. */
void order_files(struct words *files, const struct capture_options *options);

#endif
