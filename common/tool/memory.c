/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of the machine a tool may use for what it keeps: -M memory=SIZE, or three
 * quarters of its memory or of that of the control group; -M threads=N, or one. */
#include <unistd.h>

#include "argus/base/num.h"
#include "argus/tool/tool.h"

#define LEAST ((uint64_t)1 << 20)
#define THREADS_MAX 64u

int run_set_memory(struct run *run, const char *value, struct err *err)
{
	if (!num_read_size(value, 1024, &run->memory) || run->memory < LEAST)
		return err_set(err, ERR_USER, "-M memory=: '%s' is not a size of a megabyte or more, such as 256m or 2g", value);
	return 0;
}

int run_set_threads(struct run *run, const char *value, struct err *err)
{
	uint64_t count;

	if (!num_read_size(value, 1024, &count) || count < 1 || count > THREADS_MAX)
		return err_set(err, ERR_USER, "-M threads=: '%s' is not a number from 1 to %u", value, THREADS_MAX);
	run->threads = (unsigned)count;
	return 0;
}

/* The limit that a file of the control group tells; none: the most there is. */
static uint64_t group_limit(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned long long limit;

	if (file == NULL)
		return UINT64_MAX;
	if (fscanf(file, "%llu", &limit) != 1) /* "max" */
		limit = UINT64_MAX;
	fclose(file);
	return limit;
}

size_t run_memory(const struct run *run)
{
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES), size = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t limit = pages * size;

	if (run->memory != 0)
		return (size_t)run->memory;
	limit = u64_min(limit, group_limit("/sys/fs/cgroup/memory.max"));
	limit = u64_min(limit, group_limit("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
	return (size_t)(limit / 4 * 3);
}
