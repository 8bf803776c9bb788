/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a record and decoding what is asked for, with the corrections of
 * record-format.md section 11 in that section's order. Which of its steps turns
 * the record round is in flow_turn.c. */
#include "argus/record/flow.h"

#include "argus/base/buf.h"
#include "argus/record/dsr.h"
#include "argus/record/shape.h"
#include "common/record/dsr_codec.h"
#include "common/record/flow_turn.h"
#include "common/record/times.h"

#define RTP_LEAST_PACKETS 5

/* One step of the walk over a record's DSRs (section 5). */
struct walk {
	uint32_t at; /* of the DSR, in words from the start of the record */
	uint32_t words;
};

/* The DSR at w->at, its length in w->words; false at the end of the record or
 * where the walk cannot go on. */
static bool walk_dsr(const struct flow *f, struct walk *w)
{
	const uint8_t *p = f->bytes + (size_t)w->at * 4;
	uint32_t left = f->length / 4 - w->at;

	if (left == 0)
		return false;
	if (p[0] & 0x80)
		w->words = 1;
	else if (p[1] & 0x80)
		w->words = get_be16(p + 2);
	else
		w->words = p[3];
	return w->words != 0 && w->words <= left;
}

/* The common DSR has its length in byte 3 and one slot for its type; the walk
 * goes the long way only for the others. */
static void walk_record(struct flow *f)
{
	struct walk w = { 1, 0 };
	uint32_t end = f->length / 4;

	for (; w.at < end; w.at += w.words) {
		const uint8_t *p = f->bytes + (size_t)w.at * 4;
		struct dsr_place place = dsr_places[p[0] & 0x7f];
		int slot = place.slot - 1;

		w.words = p[3];
		if (unlikely((p[0] | p[1]) & 0x80 || place.slot == DSR_SUSER + 1)) {
			if (!walk_dsr(f, &w))
				break;
			slot = p[0] & 0x80 ? -1 : dsr_slot(p[0], p[1], p[2]);
		} else if (unlikely(w.words == 0 || w.words > end - w.at)) {
			break;
		}
		if (unlikely(slot < 0 || w.words < place.min_words)) {
			f->has_unknown = true;
			continue;
		}
		f->index[slot].words_at = (uint16_t)w.at;
		f->index[slot].words = (uint16_t)w.words;
		f->indexed |= DSR_BIT(slot);
	}
	f->is_damaged = w.at < end;
}

static void clear_head(struct flow *f, const struct flow_reading *reading)
{
	f->is_turned = false;
	f->is_merged = false;
	f->is_settled = false;
	f->is_damaged = false;
	f->has_unknown = false;
	f->shape = (struct shape_mark){ 0 };
	f->offset = f->ordinal = f->received = 0;
	f->reading = reading;
	f->have = f->indexed = f->ready = f->dirty = f->held = 0;
	f->image = NULL;
	f->owned = NULL;
}

static void open_head(struct flow *f, const uint8_t *bytes, uint32_t length, const struct flow_reading *reading)
{
	clear_head(f, reading);
	f->bytes = bytes;
	f->length = length;
	f->type = bytes[0] & 0xf0;
	f->version = bytes[0] & 0x0f;
	f->cause = bytes[1] & 0xf0;
}

static void take_shape(struct flow *f, const struct shape *s)
{
	f->shape = shape_mark(s);
	f->have = f->indexed = s->indexed;
	memcpy(f->index, s->index, sizeof f->index);
}

HOT void flow_open_shaped(struct flow *f, const uint8_t *bytes, const struct shape *shape,
			  const struct flow_reading *reading)
{
	open_head(f, bytes, shape->length, reading);
	take_shape(f, shape);
}

HOT void flow_open(struct flow *f, const uint8_t *bytes, uint32_t length, const struct flow_reading *reading)
{
	const struct shape *s = shape_of(bytes, length & ~3u);

	open_head(f, bytes, length & ~3u, reading);
	if (likely(s != NULL)) {
		take_shape(f, s);
		return;
	}
	walk_record(f);
	f->have = f->indexed;
	if (!f->is_damaged && !f->has_unknown)
		shape_learn(f);
}

void flow_blank(struct flow *f, enum record_type type, const struct flow_reading *reading)
{
	clear_head(f, reading);
	f->bytes = NULL;
	f->length = 0;
	f->type = (uint8_t)type;
	f->version = 3;
	f->cause = CAUSE_START;
	f->is_settled = true;
}

/* ---- section 11, steps 2 to 4 ---- */

static inline void correct_times(struct flow *f)
{
	struct times *t = &f->times;
	const struct metric *m;

	if (t->have == 0)
		return;
	m = flow_metric(f);
	if (unlikely(f->is_turned)) { /* the stamps are still those of the record, the counts turned */
		const uint64_t pkts[2] = { m->pkts[DST], m->pkts[SRC] };

		times_settle(t, pkts, flow_has(f, DSR_ICMP));
		dsr_table[DSR_TIME].reverse(t);
		return;
	}
	times_correct(t, m->pkts, flow_has(f, DSR_ICMP));
}

/* ---- the other corrections ---- */

/* Step 5. */
static void correct_tcp(struct flow *f, struct tcp *t)
{
	const struct metric *m = flow_metric(f);

	for (int side = SRC; side <= DST; side++) {
		if (m->pkts[side] == 0) {
			t->side[side].flags = 0;
			t->side[side].win = 0;
			t->side[side].shift = 0;
		}
	}
}

/* Step 12. */
static inline void correct_network(struct flow *f, struct network *n)
{
	if (n->is_tcp) {
		correct_tcp(f, &n->u.tcp);
	} else if (n->kind == NETWORK_RTP && !n->is_opaque) {
		const struct metric *m = flow_metric(f);

		if ((m->pkts[SRC] < RTP_LEAST_PACKETS && m->pkts[DST] < RTP_LEAST_PACKETS) ||
		    flow_key(f)->proto != PROTO_UDP)
			f->have &= ~DSR_BIT(DSR_NETWORK);
	}
}

/* Step 8. */
static void imply_agr(struct flow *f)
{
	times_imply_agr(flow_times(f), flow_metric(f)->pkts, &f->agr);
}

#define CORRECTED (DSR_BIT(DSR_TIME) | DSR_BIT(DSR_FLOW) | DSR_BIT(DSR_NETWORK))

/* What slots need once they are decoded. Times and key are turned here. */
static INLINED void correct_slots(struct flow *f, uint32_t slots)
{
	if (slots & DSR_BIT(DSR_TIME))
		correct_times(f);
	if (slots & DSR_BIT(DSR_FLOW) && unlikely(f->is_turned || f->key.flags & KEY_DIRECTION))
		flow_turn_key(f);
	if (slots & DSR_BIT(DSR_NETWORK) && flow_has(f, DSR_NETWORK))
		correct_network(f, &f->network);
}

static inline void decode_raw(struct flow *f, enum dsr_slot slot)
{
	const struct dsr *d = &dsr_table[slot];
	void *member = (uint8_t *)f + d->offset;

	if (!d->sets_all)
		memset(member, 0, d->size);
	if (unlikely(!d->decode(flow_raw_bytes(f, slot), flow_raw_length(f, slot), f, member)))
		f->have &= ~DSR_BIT(slot);
	if (unlikely(f->is_turned) && d->reverse != NULL && slot != DSR_FLOW && slot != DSR_TIME)
		d->reverse(member);
}

/* The slot is not ready yet, and it is known whether the record is turned. */
static inline void decode_slot(struct flow *f, enum dsr_slot slot)
{
	void *member = dsr_member(f, slot);

	f->ready |= DSR_BIT(slot);
	if (f->held & DSR_BIT(slot)) {
		memcpy(member, f->image + f->index[slot].image_at, f->index[slot].size);
		return;
	}
	if (likely(f->indexed & DSR_BIT(slot)))
		decode_raw(f, slot);
	else if (likely(slot == DSR_AGR))
		imply_agr(f);
	else
		memset(member, 0, dsr_table[slot].size);
	if (DSR_BIT(slot) & CORRECTED)
		correct_slots(f, DSR_BIT(slot));
}

HOT void flow_decode(struct flow *f, enum dsr_slot slot)
{
	if (f->ready & DSR_BIT(slot))
		return;
	if (!f->is_settled)
		flow_settle(f);
	decode_slot(f, slot);
}

const struct user_data *flow_user(struct flow *f, enum side side)
{
	enum dsr_slot slot = side == SRC ? DSR_SUSER : DSR_DUSER;

	if (!(f->ready & DSR_BIT(slot)))
		flow_decode(f, slot);
	return flow_has(f, slot) ? &f->user[side] : NULL;
}

/* ---- step 6 ---- */

uint64_t flow_start(struct flow *f) { return times_first(flow_times(f)); }

uint64_t flow_last(struct flow *f) { return times_last(flow_times(f)); }

uint64_t flow_duration(struct flow *f)
{
	const struct times *t = flow_times(f);
	return times_duration(t);
}

uint64_t flow_side_duration(struct flow *f, enum side side)
{
	const struct times *t = flow_times(f);

	return times_has(t, side) ? t->at[side][END] - t->at[side][START] : 0;
}

/* ---- changing ---- */

void *flow_edit(struct flow *f, enum dsr_slot slot)
{
	void *member = dsr_member(f, slot);

	flow_decode(f, slot);
	if (slot == DSR_AGR)
		f->agr.is_implied = false;
	else if (!flow_has(f, slot))
		memset(member, 0, dsr_table[slot].size);
	f->have |= DSR_BIT(slot);
	f->dirty |= DSR_BIT(slot);
	return member;
}

void flow_drop(struct flow *f, enum dsr_slot slot)
{
	flow_decode(f, slot);
	f->have &= ~DSR_BIT(slot);
	f->dirty |= DSR_BIT(slot);
	if (slot == DSR_AGR)
		imply_agr(f);
	else
		memset(dsr_member(f, slot), 0, dsr_table[slot].size);
}

/* Which side user data belong to is known when it is known whether the record is turned.
 * What stands in the record is decoded first and corrected then, by what stands beside it. */
static inline void decode_those(struct flow *f, uint32_t slots)
{
	uint32_t raw, left;

	if (!f->is_settled)
		flow_settle(f);
	raw = slots & f->have & f->indexed & ~f->ready & ~f->held;
	f->ready |= raw;
	for (left = raw; left != 0; left &= left - 1)
		decode_raw(f, (enum dsr_slot)__builtin_ctz(left));
	correct_slots(f, raw);
	while ((left = slots & f->have & ~f->ready) != 0)
		flow_decode(f, (enum dsr_slot)__builtin_ctz(left));
}

HOT void flow_decode_all(struct flow *f)
{
	decode_those(f, UINT32_MAX);
}

HOT void flow_decode_slots(struct flow *f, uint32_t slots)
{
	decode_those(f, slots);
}

/* Whether what the key says may come from the network DSR. */
static inline bool has_direction(const struct flow *f)
{
	return f->indexed & DSR_BIT(DSR_FLOW) && flow_raw_bytes(f, DSR_FLOW)[2] & FLOW_QUALIFIER_DIRECTION;
}

/* How many bytes at the end of a transport DSR are the record's number. */
static inline size_t number_size(const struct flow *f, size_t length)
{
	bool has = f->ready & DSR_BIT(DSR_TRANSPORT) ? f->transport.has_seq : length == 12 && f->version == 3;

	return has ? 4 : 0;
}

HOT uint32_t flow_same(struct flow *a, struct flow *b, uint32_t slots)
{
	if (!a->is_settled)
		flow_settle(a);
	if (!b->is_settled)
		flow_settle(b);
	if (a->is_turned || b->is_turned || a->version != b->version)
		return 0;
	slots &= a->have & a->indexed & b->indexed;
	slots &= ~(a->dirty | b->dirty | DSR_BIT(DSR_TIME) | DSR_BIT(DSR_METRIC) | DSR_BIT(DSR_NETWORK));
	if (has_direction(a))
		slots &= ~DSR_BIT(DSR_FLOW);
	for (uint32_t left = slots; left != 0; left &= left - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(left);
		size_t length = flow_raw_length(a, slot), number = slot == DSR_TRANSPORT ? number_size(a, length) : 0;

		if (length != flow_raw_length(b, slot) ||
		    !same_words(flow_raw_bytes(a, slot), flow_raw_bytes(b, slot), length - number))
			slots &= ~DSR_BIT(slot);
	}
	return slots;
}

void flow_renew(struct flow *f)
{
	if (f->have & ~(f->ready | f->held))
		decode_those(f, ~f->held);
	f->dirty |= f->have;
}

void flow_detach(struct flow *f)
{
	flow_decode_all(f);
	f->bytes = NULL;
	f->length = 0;
	f->indexed = f->held = 0;
	f->ready &= f->have;
	f->dirty = f->have;
	f->has_unknown = f->is_damaged = false;
}

void flow_reverse(struct flow *f)
{
	struct user_data user;

	flow_decode_all(f);
	flow_decode(f, DSR_FLOW);
	flow_decode(f, DSR_AGR);
	for (int slot = 0; slot < DSR_COUNT; slot++)
		if (f->have & f->ready & DSR_BIT(slot) && dsr_table[slot].reverse != NULL)
			dsr_table[slot].reverse(dsr_member(f, slot));
	f->key.flags ^= KEY_TURNED | KEY_DIRECTION;
	user = f->user[SRC];
	f->user[SRC] = f->user[DST];
	f->user[DST] = user;
	flow_swap_user(&f->have);
	flow_swap_user(&f->ready);
	f->dirty |= f->have | DSR_BIT(DSR_SUSER) | DSR_BIT(DSR_DUSER);
}

/* ---- writing ---- */

/* What has no slot, or is too short for it, goes along as it is. */
static void copy_unknown(const struct flow *f, struct pen *pen)
{
	struct walk w = { 1, 0 };

	for (; walk_dsr(f, &w); w.at += w.words) {
		const uint8_t *p = f->bytes + (size_t)w.at * 4;
		int slot = p[0] & 0x80 ? -1 : dsr_slot(p[0], p[1], p[2]);

		if (slot >= 0 ? w.words >= dsr_table[slot].min_words || (f->have | f->dirty) & DSR_BIT(slot)
			      : p[0] == 0 && w.words == 1) /* filler is not worth keeping */
			continue;
		pen_bytes(pen, p, (size_t)w.words * 4);
	}
}

static __attribute__((noinline)) void write_raw(const struct flow *f, enum dsr_slot slot, struct pen *pen)
{
	struct span raw = flow_raw(f, slot);

	pen_bytes(pen, raw.at, span_left(&raw));
}

#define FILLER 1u /* a DSR of type 0, one word long */

/* What was changed is written anew, from where it is held if nobody took it; the rest as it is. */
static inline void write_slots(struct flow *f, uint32_t slots, struct pen *pen)
{
	uint32_t anew = f->dirty, held = f->held & ~f->ready;

	if (unlikely(f->ready & f->indexed & DSR_BIT(DSR_NETWORK) && f->network.is_opaque))
		anew &= ~DSR_BIT(DSR_NETWORK);
	for (; slots != 0; slots &= slots - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(slots);
		const void *member = dsr_member(f, slot);

		if (unlikely(held & DSR_BIT(slot)))
			member = f->image + f->index[slot].image_at;
		if (likely(anew & DSR_BIT(slot)))
			dsr_table[slot].encode(member, f, pen);
		else
			write_raw(f, slot, pen);
	}
}

size_t flow_write(struct flow *f, uint8_t *to, size_t size)
{
	struct pen pen = pen_on(to, size);
	uint8_t *head;
	size_t words;

	if (f->dirty == 0 && f->bytes != NULL) {
		pen_bytes(&pen, f->bytes, f->length);
		if (!pen.is_full)
			to[1] = (uint8_t)(f->cause | (f->bytes[1] & 0x0f));
		return pen.is_full ? 0 : f->length;
	}
	if (f->is_turned) /* all in one sense: as it is shown */
		flow_renew(f);
	head = pen_room(&pen, RECORD_HEADER_SIZE);
	if (head == NULL)
		return 0;
	head[0] = f->type | f->version;
	head[1] = f->cause;
	/* A DSR that says nothing usable is written as it was, unless somebody dropped it. */
	write_slots(f, f->have | (f->indexed & ~f->dirty), &pen);
	if (f->has_unknown)
		copy_unknown(f, &pen);
	if (pen_used(&pen) == RECORD_HEADER_SIZE)
		pen_be32(&pen, FILLER); /* readers take a header by itself for damage */
	words = pen_used(&pen) / 4;
	if (pen.is_full || words > UINT16_MAX)
		return 0;
	put_be16(head + 2, (uint16_t)words);
	return words * 4;
}

/* ---- ownership ---- */

/* Moves a borrowed pointer from the reader's bytes to the copy. */
static const void *rebase(const struct flow *f, const void *at, const uint8_t *copy)
{
	const uint8_t *p = at;

	return p != NULL && p >= f->bytes && p <= f->bytes + f->length ? copy + (p - f->bytes) : at;
}

void flow_own(struct flow *f)
{
	uint8_t *copy;

	if (f->bytes == NULL || f->owned != NULL)
		return;
	copy = xmalloc(f->length);
	memcpy(copy, f->bytes, f->length);
	for (int side = SRC; side <= DST; side++) {
		if (f->ready & DSR_BIT(DSR_SUSER + side))
			f->user[side].bytes = rebase(f, f->user[side].bytes, copy);
		if (f->ready & DSR_BIT(DSR_ENCAPS))
			f->encaps.header[side] = rebase(f, f->encaps.header[side], copy);
	}
	if (f->ready & DSR_BIT(DSR_LABEL))
		f->label.text = rebase(f, f->label.text, copy);
	f->bytes = f->owned = copy;
}

void flow_close(struct flow *f)
{
	free(f->owned);
	f->owned = NULL;
}
