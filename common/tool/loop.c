/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads every input once and counts what could not be read. */
#include "common/tool/run_private.h"

#define PROGRESS_MASK 0x3fff /* the clock is asked once in so many records */

void run_stop(struct run *run)
{
	run->priv->stop = true;
}

/* An input that cannot be opened is a system's error, one that holds something else
 * is the user's; the others are still read. */
static void input_failed(struct run *run, const struct err *err)
{
	struct run_private *priv = run->priv;

	if (priv->counting_again)
		return;
	if (err->kind == ERR_SYSTEM)
		priv->inputs_failed++;
	else
		priv->inputs_foreign++;
	run_message(run, "%s", err->text);
}

static int input_ended(struct run *run, size_t input)
{
	struct run_private *priv = run->priv;

	if (priv->debug >= 1)
		run_message(run, "%s: %llu records", source_input_name(run->source, input),
			    (unsigned long long)source_input_counts(run->source, input)->records);
	if (run->tool->input_done == NULL || priv->counting)
		return 0;
	return run->tool->input_done(run, input);
}

int loop_run(struct run *run)
{
	struct run_private *priv = run->priv;
	struct record record = { 0 };
	struct err err = { 0 };
	bool progress = progress_wanted(run);
	uint64_t count = 0, next = 0;
	int result = 0;

	while (result == 0 && !priv->stop && !signal_came()) {
		switch (source_next(run->source, &record, &err)) {
		case SOURCE_RECORD:
			result = take_record(run, &record);
			if (unlikely((++count & PROGRESS_MASK) == 0) && progress)
				progress_show(run, &next);
			break;
		case SOURCE_END_OF_INPUT:
			result = input_ended(run, record.input);
			priv->has_initial = false;
			break;
		case SOURCE_ERROR:
			input_failed(run, &err);
			break;
		case SOURCE_END:
			run_stop(run);
			break;
		}
	}
	if (next != 0)
		progress_clear();
	return result;
}
