/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/split.h"

#include <sys/resource.h>

#include "argus/base/buf.h"
#include "argus/base/num.h"
#include "clients/series_name.h"

#define DEFAULT_COUNT 10000
#define MOST_OPEN_FILES 1024

static struct split_state *state_of(struct run *run) { return run->state; }

static int set_period(struct run *run, const char *text)
{
	struct split_state *s = run->state;

	if (!period_read(&s->options.period, text) ||
	    (s->options.period.count < 1 && s->options.period.unit == CLOCK_SECOND))
		return 0;
	s->options.mode = SERIES_TIME;
	s->has_mode = true;
	return 1;
}

static int mode_time(struct run *run, const char *value, struct err *err)
{
	if (set_period(run, value) == 0)
		return err_set(err, ERR_USER, "-M time: '%s' is not a period of a second or more, such as 5m, 1h or 1d", value);
	return 0;
}

static int set_amount(struct run *run, enum series_mode mode, const char *name, const char *value, struct err *err)
{
	struct split_state *s = run->state;

	s->options.mode = mode;
	s->has_mode = true;
	if (!num_read_amount(value, &s->options.amount))
		return err_set(err, ERR_USER, "-M %s: '%s' is not a number above 0", name, value);
	return 0;
}

static int mode_count(struct run *run, const char *value, struct err *err)
{
	return set_amount(run, SERIES_COUNT, "count", value, err);
}

static int mode_size(struct run *run, const char *value, struct err *err)
{
	return set_amount(run, SERIES_SIZE, "size", value, err);
}

static int mode_flow(struct run *run, const char *value, struct err *err)
{
	struct split_state *s = run->state;
	struct err why = { ERR_NONE, "" };

	filter_free(s->trigger);
	s->trigger = filter_compile(value, NULL, &why);
	s->options.mode = SERIES_FLOW;
	s->has_mode = true;
	return s->trigger != NULL ? 0 : err_set(err, ERR_USER, "-M flow: %.380s", why.text);
}

static RUN_SETTER(mode_nomodify, state_of(run)->is_whole = true)
static RUN_SETTER(mode_atomic, state_of(run)->options.is_atomic = true)

/* Words of rabins that say nothing here; old command lines have them. */
static RUN_SETTER(mode_nothing, (void)0)

const struct tool_mode split_modes[] = {
	{ "time", 3, "PERIOD: a file for each 5m, 1h, 1d, 1w, 1M, 1y (or just the period)", mode_time, MODE_WORD },
	{ "count", 3, "N: a file for every N records (10000 unless told otherwise)", mode_count, MODE_WORD },
	{ "size", 3, "N: files of at most N bytes, with k, m or b for 10^3, 10^6, 10^9", mode_size, MODE_WORD },
	{ "flow", 3, "FILTER: each record that passes begins a file", mode_flow, MODE_WORD },
	{ "nomodify", 4, "do not cut records at the ends of periods", mode_nomodify, MODE_FLAG },
	{ "atomic", 6, "files get their names when they are complete and on disk", mode_atomic, MODE_FLAG },
	{ "hard", 4, "of rabins, as the next four: no effect here", mode_nothing, MODE_FLAG },
	{ "soft", 4, "no effect", mode_nothing, MODE_FLAG },
	{ "zero", 4, "no effect", mode_nothing, MODE_FLAG },
	{ "rmon", 4, "no effect", mode_nothing, MODE_FLAG },
	{ "uni", 3, "no effect", mode_nothing, MODE_FLAG },
	{ NULL, 0, NULL, NULL, MODE_FLAG },
};

int split_mode(struct run *run, const char *word, struct err *err)
{
	(void)err;
	return set_period(run, word);
}

/* Half of what the process may have, for others need some, too. */
static size_t open_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	return (size_t)u64_min((uint64_t)limit.rlim_cur / 2, MOST_OPEN_FILES);
}

int split_start(struct run *run, series_closed *closed, void *context)
{
	struct split_state *s = run->state;

	if (run->output_count > 1)
		return err_set(&run->err, ERR_USER, "-w: %s writes to one pattern, not to %zu", run->tool->name, run->output_count);
	if (run->output_count > 0 && series_pattern_check(run->outputs[0].path, &run->err) != 0)
		return -1;
	if (!s->has_mode)
		s->options.amount = DEFAULT_COUNT;
	s->options.pattern = run->output_count > 0 ? run->outputs[0].path : "x";
	s->options.trigger = s->trigger;
	s->options.suffix_length = run->flag_a > 0 ? (unsigned)run->flag_a : 2;
	s->options.open_limit = open_limit();
	s->to_standard_output = s->options.pattern[0] == '-';
	s->series = series_new(run, &s->options, closed, context);
	return 0;
}

static int put_standard_output(struct run *run, struct flow *f, const struct mar *m)
{
	static uint8_t record[RECORD_MAX_SIZE];
	struct split_state *s = run->state;
	size_t length = MAR_SIZE;

	if (s->standard_output == NULL)
		s->standard_output = sink_open("-", run_initial_mar(run), &run->err);
	if (s->standard_output == NULL)
		return -1;
	if (m != NULL)
		mar_encode(m, record);
	else
		length = flow_write(f, record, sizeof record);
	return sink_put(s->standard_output, record, length, &run->err);
}

static int put(struct run *run, struct flow *f, const struct mar *m)
{
	struct split_state *s = run->state;

	return s->to_standard_output ? put_standard_output(run, f, m) : series_put(s->series, f, m);
}

int split_tick(struct run *run, uint64_t now)
{
	struct split_state *s = run->state;

	(void)now;
	if (s->standard_output != NULL && sink_flush(s->standard_output, &run->err) < 0)
		return -1;
	return series_tick(s->series);
}

int split_record(struct run *run, struct flow *f)
{
	struct split_state *s = run->state;
	struct split split;

	s->has_begun = true;
	if (run->output_count > 0 && !filter_match(run->outputs[0].filter, f))
		return 0;
	if (s->options.mode != SERIES_TIME || s->is_whole || f->type == RECORD_EVENT)
		return put(run, f, NULL);
	split_begin(&split, f, &s->options.period, false);
	s->cutting.pieces = 0;
	while (cutting_goes_on(&s->cutting, run, &split) && split_next(&split))
		if (put(run, f, NULL) < 0)
			return -1;
	return 0;
}

int split_mar(struct run *run, const struct mar *m)
{
	struct split_state *s = run->state;
	bool is_first = m->is_initial && !s->has_begun;

	s->has_begun = true;
	if (is_first || (run->output_count > 0 && !filter_match_mar(run->outputs[0].filter, m)))
		return 0;
	return put(run, NULL, m);
}

int split_finish(struct run *run)
{
	struct split_state *s = run->state;
	int result = series_finish(s->series);

	if (s->standard_output != NULL && sink_close(s->standard_output, &run->err) < 0)
		result = -1;
	if (series_late(s->series) > 0)
		run_message(run, "%llu records came for files that were closed",
			    (unsigned long long)series_late(s->series));
	series_free(s->series);
	filter_free(s->trigger);
	return result;
}
