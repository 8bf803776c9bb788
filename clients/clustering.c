/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/clustering.h"

static struct cluster_options *options_of(struct run *run)
{
	return &((struct clustering *)run->state)->options;
}

static void tell_correcting(struct cluster_options *options, bool is_correcting)
{
	options->is_correcting = is_correcting;
	options->tells_correcting = true;
}

RUN_SETTER(clustering_correct, tell_correcting(options_of(run), true))
RUN_SETTER(clustering_nocorrect, tell_correcting(options_of(run), false))
RUN_SETTER(clustering_norep, options_of(run)->drops_counts = true)
RUN_SETTER(clustering_rmon, options_of(run)->is_rmon = run->style.rmon = true)

static int emit_written(void *context, const void *record, size_t length)
{
	return run_emit_written(context, record, length);
}

static void *place_of(void *context, size_t length) { return run_place(context, length); }

static void commit_made(void *context, size_t length, size_t count) { run_commit(context, length, count); }

static void begin_list(void *context, uint64_t rank) { ((struct run *)context)->rank = rank; }

static void take_options(struct run *run, struct clustering *c)
{
	struct cluster_options *options = &c->options;

	options->rules_path = run->flow_file;
	options->keys = run->keys.word;
	options->key_count = run->keys.count;
	options->sort = run->sort.word;
	options->sort_count = run->sort.count;
	options->is_reversed = run->flag_v;
	options->ignore_case = run->ignore_case;
	options->first = run->out.first;
	options->last = run->out.last;
	options->memory = run_memory(run);
	options->threads = run->threads;
	options->write = run_only_writes(run) ? emit_written : NULL;
	options->place = place_of;
	options->commit = commit_made;
	options->rank = begin_list;
	run->rank = NO_RANK;
	if (run->percent)
		run->style.totals = options->totals = &c->totals;
}

int clustering_start(struct run *run, cluster_output *output)
{
	struct clustering *c = run->state;
	bool corrects = c->options.is_correcting && c->turns_if_told;

	take_options(run, c);
	c->cluster = cluster_new(&c->options, &run->reading, output, run, &run->err);
	if (c->cluster == NULL)
		return -1;
	run->reading.correct = corrects || (cluster_is_directed(c->cluster) && !cluster_is_rmon(c->cluster));
	run->reading.leaves_icmp = !run->reading.correct;
	run->style.rmon |= cluster_is_rmon(c->cluster);
	return 0;
}
