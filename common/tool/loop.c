/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads every input once and counts what could not be read. */
#include "argus/base/worker.h"
#include "argus/tool/replace.h"
#include "common/tool/run_private.h"

#define LOOK_EVERY 4096u /* records: the clock is not asked for each */

void run_stop(struct run *run)
{
	run->priv->stop = true;
}

bool run_is_interrupted(const struct run *run)
{
	(void)run;
	return signal_came();
}

bool run_is_urged(const struct run *run)
{
	(void)run;
	return signal_came_again();
}

void run_note_failure(struct run *run)
{
	run->priv->has_failure = true;
}

static int tell_done(struct run *run, size_t input)
{
	return run->tool->input_done != NULL && !run->priv->counting ? run->tool->input_done(run, input) : 0;
}

/* What a failed input gave before is not for the next one's file, nor one flow with what that has. */
static int end_failed(struct run *run, size_t input)
{
	if (!run->replaces)
		return tell_done(run, input);
	if (run->tool->input_lost != NULL)
		run->tool->input_lost(run);
	replace_abandon(run);
	return 0;
}

/* An input that cannot be opened is the system's fault, one that holds something
 * else the user's, and packed data may be damaged; the others are still read. */
static void input_failed(struct run *run, const struct err *err)
{
	struct run_private *priv = run->priv;

	if (priv->counting_again)
		return;
	if (err->kind == ERR_SYSTEM)
		priv->inputs_failed++;
	else if (err->kind == ERR_DATA)
		priv->inputs_damaged++;
	else if (source_is_live(run->source))
		priv->servers_failed++;
	else
		priv->inputs_foreign++;
	run_message(run, "%s", err->text);
}

static void say(void *context, const char *text)
{
	run_message(context, "%s", text);
}

static int input_ended(struct run *run, size_t input)
{
	struct run_private *priv = run->priv;

	if (priv->debug >= 1)
		run_message(run, "%s: %llu records", source_input_name(run->source, input),
			    (unsigned long long)source_input_counts(run->source, input)->records);
	return tell_done(run, input);
}

/* Records come when a status interval or an idle time of the probe is over: a stream whose last one ended
 * no longer ago tells of now. */
#define CURRENT_US (600 * CLOCK_SECOND_US)

uint64_t run_arrival(struct run *run, struct flow *f)
{
	struct run_private *priv = run->priv;
	uint64_t last = flow_last(f), now = source_is_live(run->source) ? clock_now() : 0;

	if (flow_start(f) == 0) /* it leaves the time as it was */
		return 0;
	if (last < now) /* one from the future is no measure */
		priv->latest = u64_max(priv->latest, last);
	priv->is_current = now != 0 && last + CURRENT_US >= now && priv->pace <= 0;
	return priv->is_current ? now : 0;
}

bool run_is_current(const struct run *run) { return run->priv->is_current; }

/* What time it is for tick(). */
static uint64_t stream_now(const struct run *run)
{
	const struct run_private *priv = run->priv;

	if (priv->pace_stream > 0)
		return priv->pace_stream + (uint64_t)((double)(clock_monotonic() - priv->pace_clock) * priv->pace);
	if (priv->is_current)
		return clock_now();
	return source_is_served(run->source) ? priv->latest : 0;
}

/* Once a second while records are live, also when somebody sets the clock back. */
static int tick(struct run *run)
{
	uint64_t now = clock_monotonic();

	if (now < run->priv->next_tick)
		return 0;
	run->priv->next_tick = now + CLOCK_SECOND_US;
	return run->tool->tick(run, stream_now(run));
}

void run_tick_soon(struct run *run)
{
	run->priv->next_tick = 0;
}

bool loop_wait(struct run *run)
{
	struct run_private *priv = run->priv;

	priv->debug = signal_debug(priv->debug);
	if (outputs_renew(run) != 0 || outputs_flush(run) != 0)
		priv->failed = true;
	if (run->tool->tick != NULL && !priv->failed && tick(run) != 0)
		priv->failed = true;
	return !signal_came() && !priv->failed;
}

/* A live input has nothing to give for the moment. */
static bool wait_for_more(void *context)
{
	return loop_wait(context);
}

/* What the source gives besides records. */
static COLD int take_other(struct run *run, enum source_result what, const struct record *record, const struct err *err)
{
	int result = 0;

	switch (what) {
	case SOURCE_END_OF_INPUT:
		result = input_ended(run, record->input - 1);
		break;
	case SOURCE_ERROR:
		input_failed(run, err);
		result = end_failed(run, record->input - 1);
		break;
	case SOURCE_RECORD:
	case SOURCE_END:
		run->priv->has_read_all = true;
		run_stop(run);
		break;
	}
	return result;
}

static inline int next_record(struct run *run, struct record *record)
{
	struct err err; /* not cleared: it is set when there is something to say */
	enum source_result what = source_next(run->source, record, &err);

	if (unlikely(what != SOURCE_RECORD))
		return take_other(run, what, record, &err);
	if (unlikely(record->bytes[0] & RECORD_MAR))
		return take_mar(run, record);
	return take_flow(run, record);
}

/* Those that the tool takes as they were read, or else one. */
static inline int next_records(struct run *run, struct record *record, uint64_t *count)
{
	int taken = likely(run->priv->is_bare) ? take_as_read(run) : 0;

	if (unlikely(taken == 0)) {
		*count += 1;
		return next_record(run, record);
	}
	*count += taken > 0 ? (unsigned)taken : 0;
	return taken > 0 ? 0 : -1;
}

/* What is done once in many records. */
static int look_around(struct run *run, bool progress, uint64_t records)
{
	run->priv->debug = signal_debug(run->priv->debug);
	if (progress)
		progress_show(run, records);
	if (!source_is_live(run->source))
		return 0;
	if (outputs_renew(run) != 0)
		return -1;
	return run->tool->tick != NULL ? tick(run) : 0;
}

/* An input that is to be replaced was not read to its end: it is, if -N asks for no more of it. */
static int end_early(struct run *run, size_t input)
{
	if (!signal_came())
		return input_ended(run, input);
	run_message(run, "%s stays as it was: ended by a signal", source_input_name(run->source, input));
	return 0;
}

int loop_run(struct run *run)
{
	struct run_private *priv = run->priv;
	struct record record = { 0 };
	bool progress = progress_wanted(run);
	uint64_t count = 0, next_look = LOOK_EVERY;
	int result = 0;

	records_prepare(run);
	source_read_ahead(run->source, run->threads != 1 && worker_cpus() > 1);
	source_on_wait(run->source, wait_for_more, run);
	source_on_message(run->source, say, run);
	while (result == 0 && !priv->stop && !signal_came()) {
		result = next_records(run, &record, &count);
		if (unlikely(count >= next_look) && result == 0) {
			next_look = count + LOOK_EVERY;
			result = look_around(run, progress, count);
		}
		if (unlikely(priv->failed))
			result = -1;
	}
	if (priv->progress_shown)
		progress_clear();
	if (result == 0 && run->replaces && !priv->has_read_all && source_current(run->source) < source_input_count(run->source))
		result = end_early(run, source_current(run->source));
	return result;
}
