/* SPDX-License-Identifier: GPL-3.0-or-later */
/* racluster: merges records of the same flow (aggregation.md 4). */
#include "argus/base/clock.h"
#include "argus/tool/replace.h"
#include "clients/clustering.h"

struct state {
	struct clustering by; /* first: clustering.c finds it here */
	struct cluster_group flows;
	bool per_input;
	bool is_input_done;
	size_t input; /* that is done */
};

static struct state *state_of(struct run *run) { return run->state; }

static void tell_blanking(struct cluster_options *options, bool is_blanking)
{
	options->is_blanking = is_blanking;
	options->tells_blanking = true;
}

static RUN_SETTER(mode_preserve, tell_blanking(&state_of(run)->by.options, false))
static RUN_SETTER(mode_nopreserve, tell_blanking(&state_of(run)->by.options, true))
static RUN_SETTER(mode_ind, state_of(run)->per_input = true)

static const struct tool_mode modes[] = {
	CLUSTERING_MODES,
	{ "preserve", 8, "keep flow fields outside the key as far as records agree (the default)", mode_preserve, MODE_FLAG },
	{ "nopreserve", 10, "blank them", mode_nopreserve, MODE_FLAG },
	{ "ind", 3, "aggregate each input by itself", mode_ind, MODE_FLAG },
	{ "replace", 7, "the same, and put the result in the place of the input", run_set_replace, MODE_FLAG },
	{ NULL, 0, NULL, NULL, MODE_FLAG },
};

static const struct tool_option options[] = {
	CLUSTERING_OPTIONS,
	{ 'V', NULL, false, "tell which inputs -M replace has replaced", NULL },
	{ 'A', NULL, false, "put a flow out when its service begins or ceases to answer", NULL },
	{ 0, NULL, false, NULL, NULL },
};

static int emit(void *context, struct flow *f)
{
	struct run *run = context;
	struct state *s = run->state;

	if (!run->replaces)
		return run_emit(run, f);
	return replace_put(run, s->is_input_done ? s->input : source_current(run->source), f);
}

static int start(struct run *run)
{
	struct state *s = run->state;

	s->by.options.sorts_by_keys = true;
	s->by.options.by_answer = run->flag_A;
	s->by.turns_if_told = true;
	if (clustering_start(run, emit) < 0)
		return -1;
	run->takes_as_read = cluster_takes_records(s->by.cluster);
	return 0;
}

static int record(struct run *run, struct flow *f)
{
	struct state *s = run->state;

	/* One that comes long after it was written gives what its file would. */
	if (cluster_has_timers(s->by.cluster)) {
		uint64_t arrival = run_arrival(run, f), now = arrival != 0 ? arrival : flow_start(f);

		if (now != 0 && cluster_expire(s->by.cluster, &s->flows, now) < 0)
			return -1;
	}
	return cluster_add(s->by.cluster, &s->flows, f);
}

static int as_read(struct run *run, const struct shaped_records *records)
{
	struct state *s = run->state;

	return cluster_add_records(s->by.cluster, &s->flows, records);
}

static int input_done(struct run *run, size_t input)
{
	struct state *s = run->state;

	s->input = input;
	s->is_input_done = true;
	if ((s->per_input || run->replaces) && cluster_flush(s->by.cluster, &s->flows) < 0)
		return -1;
	s->is_input_done = false;
	return run->replaces ? replace_finish(run, input) : 0;
}

static void input_lost(struct run *run)
{
	struct state *s = run->state;

	cluster_forget(s->by.cluster, &s->flows);
}

static int tick(struct run *run, uint64_t now)
{
	struct state *s = run->state;

	if (!run_is_current(run))
		return 0;
	if (cluster_report(s->by.cluster, &s->flows, now) < 0)
		return -1;
	return cluster_expire(s->by.cluster, &s->flows, now);
}

static int finish(struct run *run)
{
	struct state *s = run->state;
	int result = 0;

	cluster_end(s->by.cluster);
	if (run->replaces) /* what is left is of an input that is not replaced */
		cluster_forget(s->by.cluster, &s->flows);
	else
		result = cluster_flush(s->by.cluster, &s->flows);
	cluster_free(s->by.cluster);
	return result;
}

static const struct tool racluster = {
	.name = "racluster",
	.summary = "merge the records of each flow, or of each group of flows",
	.done = "aggregated",
	.options = options,
	.modes = modes,
	.flags = TOOL_NO_EVENTS | TOOL_OWN_WINDOW,
	.state_size = sizeof(struct state),
	.start = start,
	.record = record,
	.as_read = as_read,
	.input_done = input_done,
	.input_lost = input_lost,
	.tick = tick,
	.finish = finish,
};

int main(int argc, char **argv)
{
	return tool_main(&racluster, argc, argv);
}
