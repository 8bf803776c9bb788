/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the probe's records go: the -w files, each with a filter of its own
 * (probe.md 16 and 18). */
#ifndef ARGUS_OUTPUT_H
#define ARGUS_OUTPUT_H

#include "argus/base/err.h"
#include "argus/io/sink.h"
#include "argus/record/mar.h"

struct filter;

struct output {
	char *path;
	char *filter_text; /* NULL: none */
	struct filter *filter;
	struct sink *sink; /* NULL: not open, or given up after an error */
};

struct outputs {
	struct output *output;
	size_t count;
	struct mar initial; /* what each file begins with */
	struct flow *flow;  /* scratch for the filters */
	struct err err;     /* the first thing that went wrong; ERR_NONE: nothing */
};

void outputs_init(struct outputs *o);
void outputs_fini(struct outputs *o); /* closes too */
void outputs_clear(struct outputs *o);

/* A target with an optional record filter, which is compiled at once. */
int outputs_add(struct outputs *o, const char *target, const char *filter, struct err *err);

/* Opens all files and writes `initial` to each. */
int outputs_open(struct outputs *o, const struct mar *initial, struct err *err);

/* A probe_sink: `context` is the struct outputs. An output that fails is given
 * up, and o->err says why. */
void outputs_record(void *context, const uint8_t *record, size_t length);

void outputs_mar(struct outputs *o, const struct mar *mar);

/* Whether there is still an output that takes records. */
bool outputs_alive(const struct outputs *o);

/* Once a second: files that were renamed or removed are made anew, with a start MAR of `now`. */
void outputs_check(struct outputs *o, uint64_t now);

void outputs_flush(struct outputs *o);
int outputs_close(struct outputs *o, struct err *err);

#endif
