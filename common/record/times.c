/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time DSR: record-format.md 8.2; and whose stamps they are, section 11, steps 2 to 4. */
#include "common/record/times.h"

#include "common/record/dsr_codec.h"
#include "common/record/near.h"

/* ---- 8.2 time ---- */

#define SUBTYPE_STAMP(side, edge) (0x08u << ((side) * 2 + (edge)))
#define NO_TIME_SECONDS 0xefffffffu /* what a probe wrote when it had seen second 0 only */

/* Form A: one pair that belongs to no side yet. It is left with the source;
 * flow.c hands it out. A stamp of zeros stands for the other one. */
static bool decode_form_a(const uint8_t *bytes, size_t length, struct times *t)
{
	const uint8_t *first = bytes + DSR_HEADER_SIZE, *second = first + 8, *after = bytes + length;
	uint64_t start, end;

	if (second > after)
		return false;
	start = end = time_stamp(first, t->qualifier);
	if (second + 8 <= after)
		end = time_stamp(second, t->qualifier);
	else if ((t->subtype & 7) == 3 && second + 4 <= after)
		end = start + get_be32(second);
	if (unlikely(end == 0 && get_be32(first) == NO_TIME_SECONDS))
		start = 0;
	t->at[SRC][START] = start != 0 ? start : end;
	t->at[SRC][END] = end != 0 ? end : start;
	t->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
	return true;
}

/* How many stamps the subtype announces, without ends that lack their start. */
static uint32_t count_stamps(uint8_t subtype)
{
	uint32_t n = 0;

	for (int side = SRC; side <= DST; side++)
		if (subtype & SUBTYPE_STAMP(side, START))
			n += 1 + ((subtype & SUBTYPE_STAMP(side, END)) != 0);
	return n;
}

/* Form B: absolute stamps, or the first absolute and the others microseconds
 * after it; which of the two follows from the length. */
static bool decode_form_b(struct span dsr, uint32_t words, struct times *t)
{
	uint32_t n = count_stamps(t->subtype);
	bool is_relative = n > 1 && words != 2 * n && words == n + 1;
	uint64_t first = 0;
	bool is_first = true;

	for (int place = 0; place < 4; place++) {
		int side = place / 2, edge = place % 2;
		bool is_offset = is_relative && !is_first;
		const uint8_t *p;
		uint64_t at;

		if (!(t->subtype & SUBTYPE_STAMP(side, edge)))
			continue;
		p = span_take(&dsr, is_offset ? 4 : 8);
		if (p == NULL)
			break;
		at = is_offset ? first + (uint64_t)(int64_t)(int32_t)get_be32(p) : time_stamp(p, t->qualifier);
		if (is_first)
			first = at;
		is_first = false;
		if (edge == END && !(t->have & TIME_BIT(side, START)))
			continue; /* an end without its start takes its place, but says nothing */
		t->at[side][edge] = at;
		if (edge == START)
			t->at[side][END] = at;
		t->have |= (uint8_t)TIME_BIT(side, edge);
	}
	return t->have != 0;
}

bool decode_times(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct times *t = to;
	uint32_t head = get_be32(bytes);

	(void)f;
	if (likely((head == TIMES_OF_PROBE || head == TIMES_OF_CLIENT) && length == bytes[3] * 4u &&
		   decode_usual_times(bytes, head, t)))
		return true;
	*t = (struct times){ .subtype = bytes[1], .qualifier = bytes[2] };
	if (length < 8)
		return true;
	if (!(t->subtype & (SUBTYPE_STAMP(SRC, START) | SUBTYPE_STAMP(DST, START))))
		return decode_form_a(bytes, length, t);
	return decode_form_b(span_of(bytes + DSR_HEADER_SIZE, length - DSR_HEADER_SIZE), (uint32_t)(length / 4) - 1, t);
}

void reverse_times(void *member)
{
	struct times *t = member;

	SWAP(t->at[SRC][START], t->at[DST][START]);
	SWAP(t->at[SRC][END], t->at[DST][END]);
	t->have = (uint8_t)((t->have & 3) << 2 | t->have >> 2);
}

/* Whether every stamp lies within 2^31 microseconds of the first. */
static inline bool fits_relative(const uint64_t *at, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		if (at[i] - at[0] + INT32_MAX > 2ull * INT32_MAX)
			return false;
	return true;
}

/* Adds the stamps of one side that are written: an end that equals its start is dropped.
 * Returns their bits in the subtype, and adds their number to *n. */
static inline unsigned side_stamps(const struct times *t, enum side side, uint64_t at[4], unsigned *n)
{
	uint64_t start = t->at[side][START], end = t->at[side][END];

	if (!(t->have & TIME_BIT(side, START)))
		return 0;
	at[(*n)++] = start;
	if (end == start)
		return SUBTYPE_STAMP(side, START);
	at[(*n)++] = end;
	return SUBTYPE_STAMP(side, START) | SUBTYPE_STAMP(side, END);
}

void encode_times(const void *from, struct flow *f, struct pen *pen)
{
	times_write(from, flow_metric(f)->pkts, pen);
}

/* All four stamps, three of them counted from the first: most of what is written. */
static INLINED bool write_usual(const struct times *t, const uint64_t pkts[2], struct pen *pen)
{
	const uint64_t at[4] = { t->at[SRC][START], t->at[SRC][END], t->at[DST][START], t->at[DST][END] };
	const uint32_t after[2][2] = { { 0, (uint32_t)(at[1] - at[0]) }, { (uint32_t)(at[2] - at[0]), (uint32_t)(at[3] - at[0]) } };
	uint8_t *p;

	if (t->have != ALL_STAMPS || pkts[SRC] == 0 || pkts[DST] == 0 || at[0] == at[1] || at[2] == at[3] ||
	    !fits_relative(at, 4))
		return false;
	p = pen_room(pen, 24);
	if (likely(p != NULL))
		near_put_times(p, at[0], after);
	return true;
}

void times_write(const struct times *t, const uint64_t pkts[2], struct pen *pen)
{
	unsigned n = 0, subtype = 0;
	bool is_relative;
	uint64_t at[4];
	uint8_t *p;

	if (likely(write_usual(t, pkts, pen)))
		return;
	if (pkts[SRC] > 0 || pkts[DST] == 0)
		subtype |= side_stamps(t, SRC, at, &n);
	if (pkts[DST] > 0 || pkts[SRC] == 0)
		subtype |= side_stamps(t, DST, at, &n);
	is_relative = n > 1 && fits_relative(at, n);
	subtype |= n <= 1 ? 1 : is_relative ? 5 : 2;
	p = dsr_whole(pen, TYPE_TIME, subtype, 0x18, is_relative ? n + 2 : n * 2 + 1);
	if (p == NULL || n == 0)
		return;
	times_put_stamp(p, at[0]);
	for (unsigned i = 1; i < n; i++) {
		if (is_relative)
			put_be32(p + 4 + i * 4, (uint32_t)(at[i] - at[0]));
		else
			times_put_stamp(p + i * 8, at[i]);
	}
}

/* ---- section 11, steps 2 to 4 ---- */

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
