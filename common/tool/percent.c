/* SPDX-License-Identifier: GPL-3.0-or-later */
/* -%: the first pass adds up what the second will print. Standard input can be
 * read once only and is kept in a temporary file meanwhile. */
#include <unistd.h>

#include "argus/base/buf.h"
#include "common/tool/run_private.h"

static int copy_stdin(int to, struct err *err)
{
	char *bytes = xmalloc(1 << 16);
	ssize_t got;

	while ((got = read(STDIN_FILENO, bytes, 1 << 16)) > 0)
		for (ssize_t done = 0, put; done < got; done += put)
			if ((put = write(to, bytes + done, (size_t)(got - done))) < 0) {
				free(bytes);
				return err_system(err, "-%%: temporary file");
			}
	free(bytes);
	return got < 0 ? err_system(err, "standard input") : 0;
}

static int spool_stdin(struct run *run)
{
	const char *folder = getenv("TMPDIR");
	char *path = xasprintf("%s/%s.XXXXXX", folder != NULL ? folder : "/tmp", run->program);
	int fd = mkstemp(path), result;

	if (fd < 0) {
		err_system(&run->err, "%s", path);
		free(path);
		return -1;
	}
	run->priv->spool = path;
	result = copy_stdin(fd, &run->err);
	if (close(fd) != 0 && result == 0)
		result = err_system(&run->err, "%s", path);
	return result;
}

static void replace_stdin(struct run *run)
{
	for (size_t i = 0; i < source_input_count(run->source); i++)
		if (strcmp(source_input_name(run->source, i), "-") == 0)
			source_rename(run->source, i, run->priv->spool);
}

static void start_over(struct run *run)
{
	struct run_private *priv = run->priv;

	source_rewind(run->source);
	priv->stop = priv->counting = priv->has_initial = false;
	priv->counting_again = true;
	priv->in_count = priv->out_count = priv->passed = priv->initial_passed = 0;
	priv->flows_read = priv->mars_read = priv->flow_pkts = priv->flow_bytes = 0;
}

int percent_totals(struct run *run)
{
	struct run_private *priv = run->priv;
	bool from_stdin = false;
	size_t count = source_input_count(run->source);

	if (count > 0 && source_is_remote(run->source, count - 1))
		return err_set(&run->err, ERR_USER, "-%%: a server cannot be read twice");
	for (size_t i = 0; i < count; i++)
		from_stdin = from_stdin || strcmp(source_input_name(run->source, i), "-") == 0;
	if (from_stdin) {
		if (spool_stdin(run) != 0)
			return -1;
		replace_stdin(run);
	}
	priv->counting = true;
	if (loop_run(run) != 0)
		return -1;
	start_over(run);
	return 0;
}

void percent_done(struct run *run)
{
	if (run->priv->spool == NULL)
		return;
	unlink(run->priv->spool);
	free(run->priv->spool);
	run->priv->spool = NULL;
}
