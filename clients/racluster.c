/* SPDX-License-Identifier: GPL-3.0-or-later */
/* racluster: merges records of the same flow (aggregation.md 4). */
#include "argus/base/clock.h"
#include "argus/query/cluster.h"
#include "argus/tool/replace.h"
#include "argus/tool/tool.h"

struct state {
	struct cluster_options options;
	struct cluster *cluster;
	struct cluster_group flows;
	struct totals totals;
	bool per_input, replaces;
	bool is_input_done;
	size_t input; /* that is done */
	struct sink *replacement; /* of the input being read */
};

static struct state *state_of(struct run *run) { return run->state; }

#define MODE(name, statement)                                                           \
	static int mode_##name(struct run *run, const char *value, struct err *err)     \
	{                                                                               \
		(void)value;                                                            \
		(void)err;                                                              \
		statement;                                                              \
		return 0;                                                               \
	}

MODE(correct, state_of(run)->options.is_correcting = true)
MODE(nocorrect, state_of(run)->options.is_correcting = false)
MODE(preserve, state_of(run)->options.is_blanking = false)
MODE(nopreserve, state_of(run)->options.is_blanking = true)
MODE(norep, state_of(run)->options.drops_counts = true)
MODE(rmon, state_of(run)->options.is_rmon = run->style.rmon = true)
MODE(ind, state_of(run)->per_input = true)
MODE(replace, state_of(run)->replaces = state_of(run)->per_input = true)

static const struct tool_mode modes[] = {
	{ "correct", 7, "merge opposite directions of a connection", mode_correct, false },
	{ "nocorrect", 9, "do not (the default)", mode_nocorrect, false },
	{ "preserve", 8, "keep flow fields outside the key as far as records agree (the default)", mode_preserve, false },
	{ "nopreserve", 10, "blank them", mode_nopreserve, false },
	{ "norep", 5, "leave out how many records were merged", mode_norep, false },
	{ "rmon", 4, "count every flow for each of its ends", mode_rmon, false },
	{ "ind", 3, "aggregate each input by itself", mode_ind, false },
	{ "replace", 7, "the same, and put the result in the place of the input", mode_replace, false },
	{ "memory=", 7, "SIZE: keep no more than that in memory (256m, 2g); the rest goes to files in $TMPDIR", run_set_memory, false },
	{ NULL, 0, NULL, NULL, false },
};

static int emit(void *context, struct flow *f)
{
	struct run *run = context;
	struct state *s = run->state;

	if (!s->replaces)
		return run_emit(run, f);
	return replace_put(run, &s->replacement, s->is_input_done ? s->input : source_current(run->source), f);
}

static void take_options(struct run *run, struct cluster_options *options)
{
	struct state *s = run->state;

	options->rules_path = run->flow_file;
	options->keys = run->keys.word;
	options->key_count = run->keys.count;
	options->sort = run->sort.word;
	options->sort_count = run->sort.count;
	options->sorts_by_keys = true;
	options->is_reversed = run->flag_v;
	options->ignore_case = run->ignore_case;
	options->first = run->out.first;
	options->last = run->out.last;
	options->memory = run_memory(run);
	if (run->percent)
		run->style.totals = options->totals = &s->totals;
}

static int start(struct run *run)
{
	struct state *s = run->state;
	bool corrects = s->options.is_correcting;

	if (s->replaces && run->output_count > 0)
		return err_set(&run->err, ERR_USER, "replace mode and -w option are incompatible");
	take_options(run, &s->options);
	s->cluster = cluster_new(&s->options, &run->reading, emit, run, &run->err);
	if (s->cluster == NULL)
		return -1;
	run->reading.correct = corrects || (cluster_is_directed(s->cluster) && !cluster_is_rmon(s->cluster));
	run->style.rmon |= cluster_is_rmon(s->cluster);
	return 0;
}

static int record(struct run *run, struct flow *f)
{
	struct state *s = run->state;

	if (cluster_has_idle(s->cluster)) {
		uint64_t start = source_is_live(run->source) ? clock_now() : flow_start(f);

		if (start != 0 && cluster_expire(s->cluster, &s->flows, start) < 0)
			return -1;
	}
	return cluster_add(s->cluster, &s->flows, f);
}

static int input_done(struct run *run, size_t input)
{
	struct state *s = run->state;

	s->input = input;
	s->is_input_done = true;
	if (s->per_input && cluster_flush(s->cluster, &s->flows) < 0)
		return -1;
	s->is_input_done = false;
	return s->replaces ? replace_finish(run, &s->replacement, input) : 0;
}

static int tick(struct run *run, uint64_t now)
{
	struct state *s = run->state;

	return cluster_report(s->cluster, &s->flows, now);
}

static int finish(struct run *run)
{
	struct state *s = run->state;
	int result = cluster_flush(s->cluster, &s->flows);

	cluster_free(s->cluster);
	return result;
}

static const struct tool racluster = {
	.name = "racluster",
	.summary = "merge the records of each flow, or of each group of flows",
	.modes = modes,
	.flags = TOOL_NO_EVENTS | TOOL_OWN_WINDOW,
	.state_size = sizeof(struct state),
	.start = start,
	.record = record,
	.input_done = input_done,
	.tick = tick,
	.finish = finish,
};

int main(int argc, char **argv)
{
	return tool_main(&racluster, argc, argv);
}
