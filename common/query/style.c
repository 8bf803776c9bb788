/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/query/style.h"

#define RESOLVE_MS 3000 /* a name server that is slower than this would hold up every line */

void style_init(struct style *style)
{
	*style = (struct style){
		.precision = 6,
		.names = NAMES_PORT,
		.time_format = "%T.%f",
		.fixed_width = true,
		.resolve_ms = RESOLVE_MS,
	};
}
