/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/record/times.h"

/* Both sides have packets but one pair of stamps came. */
static void share_one_side(struct times *t, enum side side, const uint64_t pkts[2])
{
	uint64_t start = t->at[side][START], end = t->at[side][END];

	if (pkts[SRC] == 1 && pkts[DST] == 1 && side == DST)
		share_pair(t, end, start, pkts);
	else
		share_pair(t, start, end, pkts);
}

/* Step 2: no duration may fall below 0. The original orders form A too, once
 * its pair is given to the sides. */
static void order_stamps(struct times *t)
{
	for (int side = SRC; side <= DST; side++) {
		if (t->at[side][START] > t->at[side][END]) {
			uint64_t end = t->at[side][START];

			t->at[side][START] = t->at[side][END];
			t->at[side][END] = end;
		}
	}
}

static void settle_form_b(struct times *t, const uint64_t pkts[2])
{
	for (int side = SRC; side <= DST; side++)
		if (times_has(t, side))
			t->have |= (uint8_t)TIME_BIT(side, END);
	for (int side = SRC; side <= DST; side++) {
		int other = !side;

		if (pkts[SRC] > 0 && pkts[DST] > 0) {
			if (times_has(t, side) && !times_has(t, other)) {
				share_one_side(t, side, pkts);
				return;
			}
		} else if (pkts[side] > 0 && times_has(t, other)) {
			if (!times_has(t, side))
				set_stamps(t, side, t->at[other][START], t->at[other][END]);
			clear_stamps(t, other);
		}
	}
}

/* Step 4: the stamps of sides with one packet. */
static void settle_lone_packets(struct times *t, const uint64_t pkts[2], bool has_icmp)
{
	if (pkts[SRC] + pkts[DST] == 1) {
		enum side side = pkts[SRC] > 0 ? SRC : DST;

		if (times_has(t, side) && !(side == SRC && has_icmp))
			t->at[side][START] = t->at[side][END];
		return;
	}
	if (pkts[SRC] == 0 || pkts[DST] == 0 || (pkts[SRC] == 1 && pkts[DST] == 1))
		return;
	for (int side = SRC; side <= DST; side++)
		if (pkts[side] == 1 && t->at[side][START] / MICROSECONDS != t->at[side][END] / MICROSECONDS)
			t->at[side][END] = t->at[side][START];
}

void times_settle(struct times *t, const uint64_t pkts[2], bool has_icmp)
{
	if (is_form_b(t)) {
		order_stamps(t);
		settle_form_b(t, pkts);
	} else {
		share_pair(t, t->at[SRC][START], t->at[SRC][END], pkts);
		order_stamps(t);
	}
	if (!has_several(pkts))
		settle_lone_packets(t, pkts, has_icmp);
}
