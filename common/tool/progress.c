/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a long reading is, for a person at a terminal who sees nothing else. */
#include <unistd.h>

#include "common/tool/run_private.h"

#define WORTH_BYTES (64u << 20) /* smaller inputs are read before one could look */
#define EVERY_US 500000

bool progress_wanted(const struct run *run)
{
	uint64_t done, total;

	source_progress(run->source, &done, &total);
	return total >= WORTH_BYTES && isatty(STDERR_FILENO) && (!run_prints(run) || !isatty(STDOUT_FILENO));
}

void progress_show(struct run *run)
{
	uint64_t now = clock_monotonic(), done, total;

	if (now < run->priv->next_progress)
		return;
	run->priv->next_progress = now + EVERY_US;
	source_progress(run->source, &done, &total);
	if (total > 0)
		fprintf(stderr, "\r%s: %3u %% of %llu MB", run->program, (unsigned)(done * 100 / total),
			(unsigned long long)(total >> 20));
}

void progress_clear(void)
{
	fputs("\r\033[K", stderr);
}
