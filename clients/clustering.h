/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What racluster and rabins have in common: the options that say how records are
 * merged, and the cluster that follows from them. The first member of their states. */
#ifndef CLIENTS_CLUSTERING_H
#define CLIENTS_CLUSTERING_H

#include "argus/query/cluster.h"
#include "argus/tool/tool.h"

struct clustering {
	struct cluster_options options;
	struct cluster *cluster;
	struct totals totals; /* -% */
	bool turns_if_told;   /* -M correct has records turned as they are read (1.2), whatever the keys */
};

/* Rows of a tool's table of options. */
#define CLUSTERING_OPTIONS                                                                                           \
	{ 'm', "KEY ...", OPTION_SIGNED_LIST, "what makes a flow: saddr/24, proto, ...; +KEY and -KEY change the default", NULL }, \
	{ 'f', "FILE", false, "rules, as in racluster.conf(5)", NULL },                                              \
	{ 'P', "COLUMN ...", OPTION_SIGNED_LIST, "sort the output by these columns", NULL },                                       \
	{ 'v', NULL, false, "sort the other way round", NULL }

/* Rows of its table of modes. */
#define CLUSTERING_MODES                                                                                        \
	{ "correct", 7, "merge opposite directions of a connection", clustering_correct, MODE_FLAG },           \
	{ "nocorrect", 9, "do not (the default)", clustering_nocorrect, MODE_FLAG },                            \
	{ "norep", 5, "leave out how many records were merged", clustering_norep, MODE_FLAG },                  \
	{ "rmon", 4, "count every flow for each of its ends", clustering_rmon, MODE_FLAG },                     \
	{ "memory=", 7, "SIZE: keep no more than that in memory (256m, 2g); the rest goes to files in $TMPDIR", \
	  run_set_memory, MODE_VALUE },                                                                         \
	{ "threads=", 8, "N: merge in N threads; the result is the same", run_set_threads, MODE_VALUE }

int clustering_correct(struct run *run, const char *value, struct err *err);
int clustering_nocorrect(struct run *run, const char *value, struct err *err);
int clustering_norep(struct run *run, const char *value, struct err *err);
int clustering_rmon(struct run *run, const char *value, struct err *err);

/* Makes the cluster, by the options that the tool has set and those that all have. */
int clustering_start(struct run *run, cluster_output *output);

#endif
