/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a record goes: to the writer, to the files of -w whose filter it passes,
 * or to that of -E. Files appear with their first record and begin with the MAR of
 * the input that was read last (printing.md 1.3). */
#include <errno.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "common/tool/run_private.h"

char run_delimiter(const struct run *run)
{
	return run->priv->delimiter;
}

bool run_prints(const struct run *run)
{
	return run->priv->prints;
}

const uint8_t *run_initial_mar(struct run *run)
{
	struct run_private *priv = run->priv;

	if (!priv->has_initial) {
		struct mar mar;

		mar_init(&mar, CAUSE_START, clock_now());
		mar.start = mar.now;
		mar.is_initial = true;
		mar_encode(&mar, priv->initial);
		priv->has_initial = true;
	}
	return priv->initial;
}

/* A reader that went away ends the run quietly; everything else is an error. */
static int write_failed(struct run *run, const char *path)
{
	if (errno == EPIPE && strcmp(path, "-") == 0)
		run->err.kind = ERR_NONE;
	return -1;
}

static int put(struct run *run, struct sink **sink, const char *path, const void *record, size_t length)
{
	if (*sink == NULL) {
		*sink = sink_open(path, run_initial_mar(run), &run->err);
		if (*sink == NULL)
			return -1;
		sink_append(*sink);
	}
	errno = 0;
	if (sink_put(*sink, record, length, &run->err) != 0)
		return write_failed(run, path);
	return 0;
}

int run_write(struct run *run, struct flow *f, const struct mar *m, const void *record, size_t length)
{
	for (size_t i = 0; i < run->output_count; i++) {
		struct run_output *out = &run->outputs[i];

		if (f != NULL ? !filter_match(out->filter, f) : !filter_match_mar(out->filter, m))
			continue;
		if (put(run, &out->sink, out->path, record, length) != 0)
			return -1;
	}
	return 0;
}

static int write_flow(struct run *run, struct flow *f)
{
	struct run_private *priv = run->priv;
	size_t length;

	if (run->output_count == 0)
		return 0;
	if (priv->record_room == NULL)
		priv->record_room = xmalloc(RECORD_MAX_SIZE);
	length = flow_write(f, priv->record_room, RECORD_MAX_SIZE);
	if (length == 0)
		return err_set(&run->err, ERR_DATA, "a record grew longer than a record can be");
	return run_write(run, f, NULL, priv->record_room, length);
}

bool run_only_writes(const struct run *run)
{
	if (run_prints(run) || run->percent || run->output_count == 0 || !(run->tool->flags & TOOL_OWN_WINDOW))
		return false;
	for (size_t i = 0; i < run->output_count; i++)
		if (run->outputs[i].filter != NULL)
			return false;
	return true;
}

int run_emit_written(struct run *run, const void *record, size_t length)
{
	run->priv->out_count++;
	for (size_t i = 0; i < run->output_count; i++)
		if (put(run, &run->outputs[i].sink, run->outputs[i].path, record, length) != 0)
			return -1;
	return 0;
}

void *run_place(struct run *run, size_t length)
{
	return run->output_count == 1 && run->outputs[0].sink != NULL ? sink_place(run->outputs[0].sink, length) : NULL;
}

void run_commit(struct run *run, size_t length, size_t count)
{
	run->priv->out_count += count;
	sink_commit(run->outputs[0].sink, length, count);
}

int output_flow(struct run *run, struct flow *f)
{
	struct run_private *priv = run->priv;

	if (priv->counting) {
		totals_add(&run->totals, f);
		return 0;
	}
	if (run_prints(run))
		return writer_flow(priv->writer, f, &run->err);
	return write_flow(run, f);
}

/* The initial MAR of an input is the beginning of a file that this input begins,
 * not a record of it. */
static int write_mar(struct run *run, const struct mar *m, const void *record, size_t length)
{
	for (size_t i = 0; i < run->output_count; i++) {
		struct run_output *out = &run->outputs[i];
		bool begins = out->sink == NULL && m->cause == CAUSE_START;

		if (!filter_match_mar(out->filter, m))
			continue;
		if (!begins) {
			if (put(run, &out->sink, out->path, record, length) != 0)
				return -1;
			continue;
		}
		out->sink = sink_open(out->path, run_initial_mar(run), &run->err);
		if (out->sink == NULL || sink_touch(out->sink, &run->err) != 0)
			return -1;
	}
	return 0;
}

int output_mar(struct run *run, const struct mar *m, const void *record, size_t length)
{
	if (run->priv->counting)
		return 0;
	if (run_prints(run))
		return run->print_man ? writer_mar(run->priv->writer, m, &run->err) : 0;
	return write_mar(run, m, record, length);
}

int output_reject(struct run *run, struct flow *f, const void *record, size_t length)
{
	struct run_private *priv = run->priv;

	if (priv->reject_path == NULL || priv->counting)
		return 0;
	if (f != NULL) {
		if (priv->record_room == NULL)
			priv->record_room = xmalloc(RECORD_MAX_SIZE);
		length = flow_write(f, priv->record_room, RECORD_MAX_SIZE);
		record = priv->record_room;
	}
	return put(run, &priv->rejects, priv->reject_path, record, length);
}

static int flush_sink(struct run *run, struct sink *sink, const char *path)
{
	errno = 0;
	return sink != NULL && sink_flush(sink, &run->err) != 0 ? write_failed(run, path) : 0;
}

int outputs_flush(struct run *run)
{
	struct run_private *priv = run->priv;
	int result = 0;

	for (size_t i = 0; i < run->output_count && result == 0; i++)
		result = flush_sink(run, run->outputs[i].sink, run->outputs[i].path);
	if (result == 0)
		result = flush_sink(run, priv->rejects, priv->reject_path);
	if (result == 0 && run_prints(run))
		result = writer_flush(priv->writer, &run->err);
	return result;
}

static int renew_sink(struct run *run, struct sink *sink, const char *path)
{
	errno = 0;
	return sink != NULL && sink_renew(sink, &run->err) != 0 ? write_failed(run, path) : 0;
}

int outputs_renew(struct run *run)
{
	struct run_private *priv = run->priv;
	uint64_t now = clock_monotonic();
	int result = 0;

	if (now < priv->next_renewal)
		return 0;
	priv->next_renewal = now + CLOCK_SECOND_US;
	for (size_t i = 0; i < run->output_count && result == 0; i++)
		result = renew_sink(run, run->outputs[i].sink, run->outputs[i].path);
	return result == 0 ? renew_sink(run, priv->rejects, priv->reject_path) : result;
}

static int close_sink(struct run *run, struct sink **sink, const char *path)
{
	int result = 0;

	errno = 0;
	if (*sink != NULL && sink_close(*sink, &run->err) != 0)
		result = write_failed(run, path);
	*sink = NULL;
	return result;
}

int outputs_close(struct run *run)
{
	struct run_private *priv = run->priv;
	int result = 0;

	if (!(run->tool->flags & TOOL_OWN_WRITE))
		for (size_t i = 0; i < run->output_count; i++)
			result |= close_sink(run, &run->outputs[i].sink, run->outputs[i].path);
	result |= close_sink(run, &priv->rejects, priv->reject_path);
	if (priv->writer != NULL && writer_finish(priv->writer, &run->err) != 0)
		result = -1;
	priv->writer = NULL;
	return result;
}

int run_emit_mar(struct run *run, const struct mar *m)
{
	uint8_t record[MAR_SIZE];

	if (run_prints(run))
		return run->print_man ? writer_mar(run->priv->writer, m, &run->err) : 0;
	mar_encode(m, record);
	return run_write(run, NULL, m, record, sizeof record);
}
