/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several files are read in the order of their first packets' times, whatever
 * their names: so a rotated capture comes out as one history. */
#include <sys/stat.h>

#include "argus/run.h"

struct file_start {
	char *name;
	uint64_t time; /* 0: no packet, or a pipe, which is read but once */
};

static uint64_t first_time(const char *name, const struct capture_options *options)
{
	struct capture_options peek = { .is_tsh = options->is_tsh };
	struct capture_batch *batch;
	struct capture *capture;
	struct stat st;
	uint64_t time = 0;

	if (strcmp(name, "-") == 0 || stat(name, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	capture = capture_open_file(name, &peek, NULL);
	if (capture == NULL)
		return 0; /* said when its turn comes */
	batch = xmalloc(sizeof *batch);
	if (capture_next(capture, batch, NULL) == CAPTURE_PACKETS)
		time = batch->packets[0].time;
	free(batch);
	capture_close(capture);
	return time;
}

static int compare(const void *left, const void *right)
{
	const struct file_start *a = left, *b = right;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return strcmp(a->name, b->name);
}

void order_files(struct words *files, const struct capture_options *options)
{
	struct file_start *starts;

	if (files->count < 2)
		return;
	starts = xcalloc(files->count, sizeof *starts);
	for (size_t i = 0; i < files->count; i++)
		starts[i] = (struct file_start){ files->word[i], first_time(files->word[i], options) };
	qsort(starts, files->count, sizeof *starts, compare);
	for (size_t i = 0; i < files->count; i++)
		files->word[i] = starts[i].name;
	free(starts);
}
