/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/tool/replace.h"

#include "common/tool/run_private.h"

RUN_SETTER(run_set_replace, run->replaces = true)

static int open_sink(struct run *run, struct sink **sink, size_t input)
{
	const char *path = source_input_name(run->source, input);

	if (source_is_remote(run->source, input))
		return err_set(&run->err, ERR_USER, "%s: a server cannot be replaced", path);
	if (strcmp(path, "-") == 0)
		return err_set(&run->err, ERR_USER, "standard input cannot be replaced");
	*sink = sink_open_atomic(path, run_initial_mar(run), &run->err);
	return *sink != NULL ? 0 : -1;
}

void replace_abandon(struct sink **sink)
{
	if (*sink != NULL)
		sink_discard(*sink);
	*sink = NULL;
}

int replace_put(struct run *run, struct sink **sink, size_t input, struct flow *f)
{
	struct run_private *priv = run->priv;
	size_t length;

	if (*sink == NULL && open_sink(run, sink, input) < 0)
		return -1;
	if (priv->record_room == NULL)
		priv->record_room = xmalloc(RECORD_MAX_SIZE);
	length = flow_write(f, priv->record_room, RECORD_MAX_SIZE);
	if (length == 0)
		return err_set(&run->err, ERR_DATA, "a record grew longer than a record can be");
	if (sink_put(*sink, priv->record_room, length, &run->err) == 0)
		return 0;
	replace_abandon(sink);
	return -1;
}

int replace_finish(struct run *run, struct sink **sink, size_t input)
{
	int result = 0;

	if (*sink == NULL)
		return 0;
	result = sink_close(*sink, &run->err);
	*sink = NULL;
	if (result == 0 && run->flag_V)
		run_message(run, "file %s %s", source_input_name(run->source, input), run->tool->done);
	return result;
}
