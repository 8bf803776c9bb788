/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose stamps are they? record-format.md section 11, steps 2 to 4, 6 and 8: what a decoded time
 * DSR says of the two sides, given their packets. Written and read in times.c. */
#ifndef COMMON_RECORD_TIMES_H
#define COMMON_RECORD_TIMES_H

#include "argus/record/flow.h"

#define MICROSECONDS 1000000u
#define LAST_STAMP ((uint64_t)UINT32_MAX * MICROSECONDS + MICROSECONDS - 1) /* that can be written */

#define ALL_STAMPS (TIME_BIT(SRC, START) | TIME_BIT(SRC, END) | TIME_BIT(DST, START) | TIME_BIT(DST, END))

static inline void set_stamps(struct times *t, enum side side, uint64_t start, uint64_t end)
{
	t->at[side][START] = start;
	t->at[side][END] = end;
	t->have |= (uint8_t)(TIME_BIT(side, START) | TIME_BIT(side, END));
}

static inline void clear_stamps(struct times *t, enum side side)
{
	t->at[side][START] = t->at[side][END] = 0;
	t->have &= (uint8_t)~(TIME_BIT(side, START) | TIME_BIT(side, END));
}

/* Step 3: a pair that belongs to no side. */
static inline void share_pair(struct times *t, uint64_t start, uint64_t end, const uint64_t pkts[2])
{
	t->have = 0;
	if (pkts[SRC] == 1 && pkts[DST] == 1) {
		set_stamps(t, SRC, start, start);
		set_stamps(t, DST, end, end);
	} else if (pkts[SRC] > 0 && pkts[DST] > 0) {
		set_stamps(t, SRC, start, end);
		set_stamps(t, DST, start, end);
	} else if (pkts[DST] > 0) {
		set_stamps(t, DST, start, end);
		clear_stamps(t, SRC);
	} else {
		set_stamps(t, SRC, start, end);
		clear_stamps(t, DST);
	}
}

#define FORM_B 0x28u /* the bits of starts */

static inline bool is_form_b(const struct times *t) { return t->subtype & FORM_B; }

/* Several packets on either side: only what stamps are missing, or out of order, is to be settled. */
static inline bool has_several(const uint64_t pkts[2]) { return pkts[SRC] > 1 && pkts[DST] > 1; }

static inline bool is_in_order(const struct times *t)
{
	return t->have == ALL_STAMPS && t->at[SRC][START] <= t->at[SRC][END] && t->at[DST][START] <= t->at[DST][END];
}

static inline void times_put_stamp(uint8_t *p, uint64_t at)
{
	uint32_t seconds = (uint32_t)(at / MICROSECONDS);

	put_be32(p, seconds);
	put_be32(p + 4, (uint32_t)(at - at / MICROSECONDS * MICROSECONDS));
}

#define TIME_NANOSECONDS 0x19

static inline uint64_t time_stamp(const uint8_t *p, uint8_t qualifier)
{
	uint32_t fraction = get_be32(p + 4);

	if (unlikely(qualifier == TIME_NANOSECONDS))
		fraction /= 1000;
	if (unlikely(fraction >= MICROSECONDS))
		fraction = MICROSECONDS - 1;
	return (uint64_t)get_be32(p) * MICROSECONDS + fraction;
}

/* The heads of what probes write most: two stamps in microseconds, of form A. And of what clients
 * do: four stamps of form B, three of them counted from the first. */
#define TIMES_OF_PROBE ((uint32_t)TYPE_TIME << 24 | 2u << 16 | 0x18u << 8 | 5)
#define TIMES_OF_CLIENT ((uint32_t)TYPE_TIME << 24 | 0x7du << 16 | 0x18u << 8 | 6)

static INLINED uint64_t stamp_after(uint64_t first, const uint8_t *offset)
{
	return first + (uint64_t)(int64_t)(int32_t)get_be32(offset);
}

/* Decodes either of them. False: a stamp is not there (0). */
static INLINED bool decode_usual_times(const uint8_t *bytes, uint32_t head, struct times *t)
{
	uint64_t first = time_stamp(bytes + 4, 0x18);

	t->subtype = (uint8_t)(head >> 16);
	t->qualifier = 0x18;
	t->at[SRC][START] = first;
	if (head == TIMES_OF_CLIENT) {
		t->at[SRC][END] = stamp_after(first, bytes + 12);
		t->at[DST][START] = stamp_after(first, bytes + 16);
		t->at[DST][END] = stamp_after(first, bytes + 20);
		t->have = ALL_STAMPS;
		return true;
	}
	t->at[SRC][END] = time_stamp(bytes + 12, 0x18);
	t->at[DST][START] = t->at[DST][END] = 0;
	t->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
	return first != 0 && t->at[SRC][END] != 0;
}

static inline bool times_has(const struct times *t, enum side side)
{
	return t->have & TIME_BIT(side, START);
}

/* Step 4: the stamps of sides with one packet. */
static INLINED void settle_lone_packets(struct times *t, const uint64_t pkts[2], bool has_icmp)
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

/* Writes them as clients do (8.2): a side without packets is left out. */
void times_write(const struct times *t, const uint64_t pkts[2], struct pen *pen);

/* The long way: what is missing, out of order, or of a side with one packet. */
void times_settle(struct times *t, const uint64_t pkts[2], bool has_icmp);

/* Steps 2 to 4. The packets are those of the record, before it is turned. */
static inline void times_correct(struct times *t, const uint64_t pkts[2], bool has_icmp)
{
	if (likely(!is_form_b(t) && has_several(pkts) && t->at[SRC][START] <= t->at[SRC][END]))
		share_pair(t, t->at[SRC][START], t->at[SRC][END], pkts);
	else if (!is_form_b(t) || !has_several(pkts) || !is_in_order(t))
		times_settle(t, pkts, has_icmp);
}

/* Whether they are the same when they are read again from the record that they are written to. */
static inline bool times_stay(const struct times *t, const uint64_t pkts[2])
{
	struct times again;

	if (unlikely(u64_max(t->at[SRC][END], t->at[DST][END]) > LAST_STAMP))
		return false;
	if (likely(has_several(pkts) && is_in_order(t)))
		return true;
	again = *t;
	again.subtype = FORM_B;
	times_correct(&again, pkts, false);
	return ((again.have ^ t->have) & (TIME_BIT(SRC, START) | TIME_BIT(DST, START))) == 0 &&
	       memcmp(again.at, t->at, sizeof t->at) == 0;
}

/* Step 6. */
static inline uint64_t times_first(const struct times *t)
{
	uint64_t start = UINT64_MAX;

	if (likely(t->have == ALL_STAMPS))
		return u64_min(t->at[SRC][START], t->at[DST][START]);
	for (int side = SRC; side <= DST; side++)
		if (times_has(t, side))
			start = u64_min(start, t->at[side][START]);
	return start != UINT64_MAX ? start : 0;
}

static inline uint64_t times_last(const struct times *t)
{
	uint64_t last = 0;

	if (likely(t->have == ALL_STAMPS))
		return u64_max(t->at[SRC][END], t->at[DST][END]);
	for (int side = SRC; side <= DST; side++)
		if (times_has(t, side))
			last = u64_max(last, t->at[side][END]);
	return last;
}

/* A record that starts in the second 0 has no duration (aggregation.md 1.1, rule 6). */
static inline uint64_t times_between(uint64_t start, uint64_t last) { return start >= MICROSECONDS ? last - start : 0; }

static inline uint64_t times_duration(const struct times *t) { return times_between(times_first(t), times_last(t)); }

static inline float times_seconds_between(uint64_t start, uint64_t last)
{
	return (float)((double)times_between(start, last) / MICROSECONDS);
}

static inline float times_seconds(const struct times *t) { return times_seconds_between(times_first(t), times_last(t)); }

/* Step 8: the aggregation statistics of a record that has none, or, without packets, of no record. */
static inline void implied_agr(uint32_t count, float seconds, struct agr *agr)
{
	*agr = (struct agr){ .metric = METRIC_DURATION, .is_implied = true };
	if (unlikely(count == 0))
		return;
	agr->count = count;
	agr->active = (struct stats){ 1, seconds, seconds, 0, seconds };
}

static inline void times_imply_agr(const struct times *t, const uint64_t pkts[2], struct agr *agr)
{
	implied_agr(pkts[SRC] + pkts[DST] > 0, times_seconds(t), agr);
}

#endif
