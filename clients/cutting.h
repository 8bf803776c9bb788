/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a record is cut: one may claim to last a century, and make a thousand million pieces. */
#ifndef CLIENTS_CUTTING_H
#define CLIENTS_CUTTING_H

#include "argus/query/bins.h"
#include "argus/tool/tool.h"

#define CUTTING_LOOK 4096u /* of so many pieces one looks around */

struct cutting {
	uint64_t pieces; /* of the record; the tool sets it to 0 before the first */
	bool is_told;    /* that there are very many */
};

/* Says what is out of the ordinary. False: a signal came, the rest of the record is left out. */
bool cutting_look_around(struct cutting *c, struct run *run, const struct split *split);

/* Before each piece is cut. */
static inline bool cutting_goes_on(struct cutting *c, struct run *run, const struct split *split)
{
	return likely(++c->pieces % CUTTING_LOOK != 0) || cutting_look_around(c, run, split);
}

#endif
