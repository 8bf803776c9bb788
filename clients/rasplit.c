/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rasplit: writes a stream of records to many files (aggregation.md 6.5). */
#include "clients/split.h"

static int start(struct run *run)
{
	return split_start(run, NULL, NULL);
}

static const struct tool_option options[] = {
	SPLIT_OPTIONS,
	{ 0, NULL, false, NULL, NULL },
};

static const struct tool rasplit = {
	.name = "rasplit",
	.summary = "split a stream of records into files by time, size, count, event or content",
	.options = options,
	.modes = split_modes,
	.flags = TOOL_NO_PRINT | TOOL_OWN_WRITE | TOOL_TAKES_MARS | TOOL_ENDS_WELL,
	.state_size = sizeof(struct split_state),
	.mode = split_mode,
	.start = start,
	.record = split_record,
	.mar = split_mar,
	.tick = split_tick,
	.finish = split_finish,
};

int main(int argc, char **argv)
{
	return tool_main(&rasplit, argc, argv);
}
