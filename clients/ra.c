/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ra: reads records, selects them, prints or writes them. */
#include "argus/tool/tool.h"

static const struct tool ra = {
	.name = "ra",
	.summary = "read, select, print and write Argus records",
};

int main(int argc, char **argv)
{
	return tool_main(&ra, argc, argv);
}
