/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/cutting.h"

#define VERY_MANY (256 * CUTTING_LOOK)

bool cutting_look_around(struct cutting *c, struct run *run, const struct split *split)
{
	uint64_t rest = split->side[SRC].pkts + split->side[DST].pkts;

	if (c->pieces >= VERY_MANY && !c->is_told) {
		c->is_told = true;
		run_message(run, "a record is cut in more than a million pieces (-M nomodify leaves it whole)");
	}
	if (split->is_done || rest == 0 || !run_is_interrupted(run))
		return true;
	run_message(run, "ended by a signal inside a record, whose last %llu packets are left out", (unsigned long long)rest);
	return false;
}
