/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a long reading is, for a person at a terminal who sees nothing else. */
#include <unistd.h>

#include "common/tool/run_private.h"

#define AFTER_US (2 * CLOCK_SECOND_US) /* work that takes less is done before one could look */
#define EVERY_US 500000

bool progress_wanted(const struct run *run)
{
	uint64_t done, total;

	source_progress(run->source, &done, &total);
	return total > 0 && isatty(STDERR_FILENO) && (!run_prints(run) || !isatty(STDOUT_FILENO));
}

void progress_show(struct run *run, uint64_t records)
{
	struct run_private *priv = run->priv;
	uint64_t now = clock_monotonic(), done, total;

	if (priv->progress_start == 0) {
		priv->progress_start = now;
		priv->next_progress = now + AFTER_US;
	}
	if (now < priv->next_progress)
		return;
	priv->next_progress = now + EVERY_US;
	source_progress(run->source, &done, &total);
	if (total == 0)
		return;
	priv->progress_shown = true;
	fprintf(stderr, "\r%s: %llu records, %llu a second, %3u %% of %llu MB", run->program, (unsigned long long)records,
		(unsigned long long)((double)records * 1e6 / (double)(now - priv->progress_start)),
		(unsigned)(done * 100 / total), (unsigned long long)(total >> 20));
}

void progress_clear(void)
{
	fputs("\r\033[K", stderr);
}
