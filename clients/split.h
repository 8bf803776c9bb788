/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rasplit and rastream have in common: their modes, and the way of a record. */
#ifndef CLIENTS_SPLIT_H
#define CLIENTS_SPLIT_H

#include "clients/cutting.h"
#include "clients/series.h"

struct split_state {
	struct series_options options;
	struct filter *trigger;
	struct series *series;
	struct cutting cutting;
	struct sink *standard_output; /* the pattern begins with '-': everything goes there */
	bool to_standard_output, is_whole, has_mode;
	bool has_begun; /* the first management record, for which files have their own, was read */
};

/* Rows of a tool's table of options. */
#define SPLIT_OPTIONS                                                                                              \
	{ 'w', "PATTERN [\"FILTER\"]", false, "names of files, with $COLUMN and strftime conversions (x)", NULL }, \
	{ 'a', "N", false, "letters that are added to names in the modes without time (2)", NULL }

/* The state is the run's. */
extern const struct tool_mode split_modes[];
int split_mode(struct run *run, const char *word, struct err *err);

int split_start(struct run *run, series_closed *closed, void *context);
int split_record(struct run *run, struct flow *f);
int split_mar(struct run *run, const struct mar *m);
int split_tick(struct run *run, uint64_t now);
int split_finish(struct run *run);

#endif
