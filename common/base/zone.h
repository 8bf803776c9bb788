/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The local zone, between clock.c and clock_text.c. */
#ifndef COMMON_BASE_ZONE_H
#define COMMON_BASE_ZONE_H

#include "argus/base/compat.h"

struct zone {
	uint64_t from, until; /* seconds since 1970 for which the rest holds */
	unsigned generation;
	int32_t offset; /* seconds east of UTC */
	int is_dst;
	const char *name;
};

/* Changes when the zone is set anew: what was remembered before is void. */
unsigned zone_generation(void);

const struct zone *zone_at(uint64_t second);

/* The local time, as localtime_r gives it. */
void zone_fill_tm(uint64_t second, struct tm *tm);

#endif
