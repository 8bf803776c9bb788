/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rasort: puts records in order (aggregation.md 7). */
#include "argus/base/buf.h"
#include "argus/query/fields.h"
#include "argus/query/sort.h"
#include "argus/tool/replace.h"
#include "argus/tool/tool.h"

struct state {
	struct sorter *sorter;
	struct sorted_records *records;
	size_t input; /* that is done */
};

static const struct tool_option options[] = {
	{ 'm', "COLUMN ...", OPTION_SIGNED_LIST, "what to sort by, each in its own direction; +COLUMN ascends, -COLUMN descends", NULL },
	{ 'P', "COLUMN ...", OPTION_SIGNED_LIST, "the same; as many of them as -m has give way to those", NULL },
	{ 'v', NULL, false, "the other way round", NULL },
	{ 'V', NULL, false, "tell which inputs -M replace has replaced", NULL },
	{ 0, NULL, false, NULL, NULL },
};

/* Records are not counted for each end a second time. */
static RUN_SETTER(mode_rmon, run->style.rmon = true)

static const struct tool_mode modes[] = {
	{ "rmon", 4, "titles of columns as for records of one end, which others have made", mode_rmon, MODE_FLAG },
	{ "replace", 7, "sort each input by itself and put the result in its place", run_set_replace, MODE_FLAG },
	{ "memory=", 7, "SIZE: keep no more than that in memory (256m, 2g); the rest goes to files in $TMPDIR", run_set_memory, MODE_VALUE },
	{ NULL, 0, NULL, NULL, MODE_FLAG },
};

static int add_columns(struct run *run, struct sorter *sorter, const struct word_list *words, size_t from)
{
	for (size_t i = from; i < words->count; i++)
		if (sorter_add_column(sorter, words->word[i], &run->err) < 0)
			return -1;
	return 0;
}

static int start(struct run *run)
{
	struct state *s = run->state;

	s->sorter = sorter_new();
	if (add_columns(run, s->sorter, &run->keys, 0) < 0 || add_columns(run, s->sorter, &run->sort, run->keys.count) < 0) {
		sorter_free(s->sorter);
		return -1;
	}
	if (run->flag_v)
		sorter_reverse(s->sorter);
	s->records = sorted_records_new(s->sorter, &run->reading);
	sorted_records_limit(s->records, run_memory(run));
	return 0;
}

static int record(struct run *run, struct flow *f)
{
	struct state *s = run->state;

	if (run->percent)
		totals_add(&run->totals, f);
	return sorted_records_add(s->records, f, &run->err);
}

static int emit(void *context, struct flow *f)
{
	struct run *run = context;
	struct state *s = run->state;

	return run->replaces ? replace_put(run, s->input, f) : run_emit(run, f);
}

/* Records of each input in order, or of all: -N oA-B counts among them. */
static int put_out(struct run *run)
{
	struct state *s = run->state;

	run->rank = u64_max(run->out.first, 1);
	return sorted_records_each(s->records, run->out.first, run->out.last, emit, run, &run->err);
}

static int input_done(struct run *run, size_t input)
{
	struct state *s = run->state;

	if (!run->replaces)
		return 0;
	s->input = input;
	if (put_out(run) < 0)
		return -1;
	return replace_finish(run, input);
}

static void input_lost(struct run *run)
{
	struct state *s = run->state;

	sorted_records_forget(s->records);
}

static int finish(struct run *run)
{
	struct state *s = run->state;
	int result = run->replaces ? 0 : put_out(run);

	sorted_records_free(s->records);
	sorter_free(s->sorter);
	return result;
}

static const struct tool rasort = {
	.name = "rasort",
	.summary = "put records in order",
	.done = "sorted",
	.options = options,
	.modes = modes,
	.flags = TOOL_OWN_WINDOW,
	.state_size = sizeof(struct state),
	.start = start,
	.record = record,
	.input_done = input_done,
	.input_lost = input_lost,
	.finish = finish,
};

int main(int argc, char **argv)
{
	return tool_main(&rasort, argc, argv);
}
