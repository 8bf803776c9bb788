/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/tool/replace.h"

#include <sys/stat.h>

#include "common/tool/run_private.h"

RUN_SETTER(run_set_replace, run->replaces = true)

static int open_sink(struct run *run, size_t input)
{
	const char *path = source_input_name(run->source, input);
	struct stat st;

	if (source_is_remote(run->source, input))
		return err_set(&run->err, ERR_USER, "%s: a server cannot be replaced", path);
	if (strcmp(path, "-") == 0)
		return err_set(&run->err, ERR_USER, "standard input cannot be replaced");
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(&run->err, ERR_USER, "%s: only a file can be replaced", path);
	run->replacement = sink_open_atomic(path, run_initial_mar(run), &run->err);
	return run->replacement != NULL ? 0 : -1;
}

void replace_abandon(struct run *run)
{
	if (run->replacement != NULL)
		sink_discard(run->replacement);
	run->replacement = NULL;
}

int replace_put(struct run *run, size_t input, struct flow *f)
{
	struct run_private *priv = run->priv;
	size_t length;

	if (run->replacement == NULL && open_sink(run, input) < 0)
		return -1;
	if (priv->record_room == NULL)
		priv->record_room = xmalloc(RECORD_MAX_SIZE);
	length = flow_write(f, priv->record_room, RECORD_MAX_SIZE);
	if (length == 0)
		return err_set(&run->err, ERR_DATA, "a record grew longer than a record can be");
	return sink_put(run->replacement, priv->record_room, length, &run->err);
}

/* Somebody still writes to the input: what came since would be lost. */
static int keep_changed(struct run *run, size_t input)
{
	replace_abandon(run);
	run->priv->inputs_failed++;
	run_message(run, "%s stays as it was: it was written to meanwhile", source_input_name(run->source, input));
	return 0;
}

int replace_finish(struct run *run, size_t input)
{
	int result;

	if (run->replacement == NULL)
		return 0;
	if (source_input_changed(run->source, input))
		return keep_changed(run, input);
	result = sink_close(run->replacement, &run->err);
	run->replacement = NULL;
	if (result == 0 && run->flag_V)
		run_message(run, "file %s %s", source_input_name(run->source, input), run->tool->done);
	return result;
}
