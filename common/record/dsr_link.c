/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the layers below said: VLAN, MPLS, MAC, encapsulation, IP attributes,
 * jitter. record-format.md 8.7 to 8.11, 8.14. */
#include "common/record/dsr_codec.h"

/* ---- 8.7 VLAN ---- */

bool decode_vlan(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h = dsr_head_take(&dsr);
	struct vlan *v = to;

	(void)f;
	for (int side = SRC; side <= DST; side++) {
		v->tci[side] = span_be16(&dsr);
		v->has[side] = h.qualifier >> side & 1;
	}
	return v->has[SRC] || v->has[DST];
}

void reverse_vlan(void *member)
{
	struct vlan *v = member;

	SWAP(v->has[SRC], v->has[DST]);
	SWAP(v->tci[SRC], v->tci[DST]);
}

void encode_vlan(const void *from, struct flow *f, struct pen *pen)
{
	const struct vlan *v = from;
	uint8_t *start = dsr_begin(pen, TYPE_VLAN, 0, v->has[SRC] | (unsigned)v->has[DST] << 1);

	(void)f;
	pen_be16(pen, v->tci[SRC]);
	pen_be16(pen, v->tci[DST]);
	dsr_end(pen, start);
}

/* ---- 8.8 MPLS ---- */

bool decode_mpls(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h = dsr_head_take(&dsr);
	struct mpls *m = to;
	bool stored[2] = { h.qualifier >> 4 != 0, (h.qualifier & 0x0f) != 0 };

	(void)f;
	m->changed = h.subtype & 0x30;
	for (int side = SRC; side <= DST; side++) {
		if (!stored[side] || span_left(&dsr) < 4)
			continue;
		m->has[side] = true;
		m->entry[side] = span_be32(&dsr);
	}
	return m->has[SRC] || m->has[DST];
}

void reverse_mpls(void *member)
{
	struct mpls *m = member;

	SWAP(m->has[SRC], m->has[DST]);
	SWAP(m->entry[SRC], m->entry[DST]);
	m->changed = (uint8_t)swap_bit_pair(m->changed, 0x10);
}

void encode_mpls(const void *from, struct flow *f, struct pen *pen)
{
	const struct mpls *m = from;
	unsigned present = m->has[SRC] | (unsigned)m->has[DST] << 1;
	uint8_t *start = dsr_begin(pen, TYPE_MPLS, present | m->changed, (unsigned)m->has[SRC] << 4 | m->has[DST]);

	(void)f;
	for (int side = SRC; side <= DST; side++)
		if (m->has[side])
			pen_be32(pen, m->entry[side]);
	dsr_end(pen, start);
}

/* ---- 8.9 MAC ---- */

bool decode_mac(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h = dsr_head_take(&dsr);
	struct mac *m = to;

	(void)f;
	m->subtype = h.subtype;
	m->qualifier = h.qualifier;
	span_copy(&dsr, m->addr[DST], 6);
	span_copy(&dsr, m->addr[SRC], 6);
	m->type = span_le16(&dsr); /* native */
	return true;
}

void reverse_mac(void *member)
{
	struct mac *m = member;

	for (int i = 0; i < 6; i++)
		SWAP(m->addr[SRC][i], m->addr[DST][i]);
	m->qualifier = (uint8_t)swap_bit_pair(m->qualifier, 1);
}

void encode_mac(const void *from, struct flow *f, struct pen *pen)
{
	const struct mac *m = from;
	uint8_t *start = dsr_begin(pen, TYPE_MAC, m->subtype, m->qualifier);

	(void)f;
	pen_bytes(pen, m->addr[DST], 6);
	pen_bytes(pen, m->addr[SRC], 6);
	pen_le16(pen, m->type);
	pen_zero(pen, 2);
	dsr_end(pen, start);
}

/* ---- 8.10 jitter ---- */

#define JITTER_EXPONENTIAL 1
#define JITTER_LINEAR 2
#define JITTER_BIT(side, activity) (1u << ((side) * 2 + (activity)))

/* The histogram word is byte-reversed: bins 0 and 1 stand in its last byte. */
static void take_jitter_hist(struct span *dsr, uint8_t bins[8])
{
	const uint8_t *p = span_take(dsr, 4);

	for (int i = 0; p != NULL && i < 8; i++)
		bins[i] = i % 2 == 0 ? p[3 - i / 2] >> 4 : p[3 - i / 2] & 0x0f;
}

static void pen_jitter_hist(struct pen *pen, const uint8_t bins[8])
{
	unsigned most = 15;

	for (int i = 0; i < 8; i++)
		most = bins[i] > most ? bins[i] : most;
	for (int i = 6; i >= 0; i -= 2) {
		unsigned high = bins[i] * 15u / most, low = bins[i + 1] * 15u / most;

		high = high == 0 && bins[i] != 0 ? 1 : high;
		low = low == 0 && bins[i + 1] != 0 ? 1 : low;
		pen_u8(pen, (uint8_t)(high << 4 | low));
	}
}

/* A nested DSR of type 0x47: size, number of bins, bits a bin, start, bins. */
static void take_linear_hist(struct span *dsr, struct jitter *j, int side, int activity)
{
	const uint8_t *p = span_peek(dsr, 4);
	struct span nested;
	size_t words;

	if (p == NULL || (p[0] & 0x7f) != TYPE_HISTOGRAM)
		return;
	words = p[3];
	nested = span_sub(dsr, words * 4);
	span_skip(&nested, 4);
	j->linear[side][activity].size = span_be_f32(&nested);
	j->linear[side][activity].bins = span_u8(&nested);
	j->linear[side][activity].bits = span_u8(&nested);
	j->linear[side][activity].start = span_be16(&nested);
	for (unsigned i = 0; i < j->linear[side][activity].bins && i < 64; i++) {
		if (j->linear[side][activity].bits <= 4) {
			const uint8_t *byte = i % 2 == 0 ? span_peek(&nested, 1) : span_take(&nested, 1);

			j->linear[side][activity].value[i] = byte == NULL ? 0 : i % 2 == 0 ? *byte >> 4 : *byte & 0x0f;
		} else {
			j->linear[side][activity].value[i] = span_u8(&nested);
		}
	}
}

bool decode_jitter(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h = dsr_head_take(&dsr);
	struct jitter *j = to;

	(void)f;
	j->subtype = h.subtype;
	for (int side = SRC; side <= DST; side++) {
		for (int activity = ACTIVE; activity <= IDLE; activity++) {
			struct stats *s = &j->block[side][activity];

			if (!(h.qualifier & JITTER_BIT(side, activity)) || span_left(&dsr) < 20)
				continue;
			j->has[side][activity] = true;
			s->n = span_be32(&dsr);
			s->min = span_be_f32(&dsr);
			s->mean = span_be_f32(&dsr);
			s->stddev = span_be_f32(&dsr);
			s->max = span_be_f32(&dsr);
			j->is_nan[side][activity] = !(s->stddev - s->stddev == 0); /* or infinite (8.10) */
			if (j->is_nan[side][activity])
				s->stddev = 0;
			if (h.subtype == JITTER_EXPONENTIAL)
				take_jitter_hist(&dsr, j->hist[side][activity]);
			else if (h.subtype == JITTER_LINEAR)
				take_linear_hist(&dsr, j, side, activity);
		}
	}
	return true;
}

void reverse_jitter(void *member)
{
	struct jitter *j = member, old = *j;

	for (int activity = ACTIVE; activity <= IDLE; activity++) {
		for (int side = SRC; side <= DST; side++) {
			j->has[side][activity] = old.has[!side][activity];
			j->is_nan[side][activity] = old.is_nan[!side][activity];
			j->block[side][activity] = old.block[!side][activity];
			j->linear[side][activity] = old.linear[!side][activity];
			memcpy(j->hist[side][activity], old.hist[!side][activity], 8);
		}
	}
}

static void pen_linear_hist(struct pen *pen, const struct jitter *j, int side, int activity)
{
	unsigned bins = j->linear[side][activity].bins < 64 ? j->linear[side][activity].bins : 64;
	const uint8_t *value = j->linear[side][activity].value;
	uint8_t *start = dsr_begin(pen, TYPE_HISTOGRAM, 0, 0);

	pen_be_f32(pen, j->linear[side][activity].size);
	pen_u8(pen, (uint8_t)bins);
	pen_u8(pen, j->linear[side][activity].bits);
	pen_be16(pen, j->linear[side][activity].start);
	for (unsigned i = 0; i < bins; i++) {
		if (j->linear[side][activity].bits > 4)
			pen_u8(pen, value[i]);
		else if (i % 2 == 0)
			pen_u8(pen, (uint8_t)(value[i] << 4 | (i + 1 < bins ? value[i + 1] & 0x0f : 0)));
	}
	dsr_end(pen, start);
}

void encode_jitter(const void *from, struct flow *f, struct pen *pen)
{
	const struct jitter *j = from;
	unsigned qualifier = 0;
	uint8_t *start;

	(void)f;
	for (int i = 0; i < 4; i++)
		qualifier |= j->has[i / 2][i % 2] ? 1u << i : 0;
	if (qualifier == 0)
		return;
	start = dsr_begin(pen, TYPE_JITTER, j->subtype, qualifier);
	for (int side = SRC; side <= DST; side++) {
		for (int activity = ACTIVE; activity <= IDLE; activity++) {
			const struct stats *s = &j->block[side][activity];

			if (!j->has[side][activity])
				continue;
			pen_be32(pen, s->n);
			pen_be_f32(pen, s->min);
			pen_be_f32(pen, s->mean);
			pen_be_f32(pen, s->stddev);
			pen_be_f32(pen, s->max);
			if (j->subtype == JITTER_EXPONENTIAL)
				pen_jitter_hist(pen, j->hist[side][activity]);
			else if (j->subtype == JITTER_LINEAR)
				pen_linear_hist(pen, j, side, activity);
		}
	}
	dsr_end(pen, start);
}

/* ---- 8.11 IP attributes ---- */

#define IPATTR_ALL (IPATTR_SRC | IPATTR_DST | IPATTR_SRC_OPTIONS | IPATTR_DST_OPTIONS)

static inline void take_ipattr(const uint8_t *p, struct ipattr_side *s)
{
	s->ttl = p[0];
	s->tos = p[1];
	s->ip_id = get_be16(p + 2);
}

bool decode_ipattr(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	const uint8_t *p = bytes + DSR_HEADER_SIZE, *end = bytes + length;
	struct ipattr *a = to;

	(void)f;
	*a = (struct ipattr){ .qualifier = bytes[2] };
	if (likely((a->qualifier & IPATTR_ALL) == (IPATTR_SRC | IPATTR_DST) && length == 12)) {
		take_ipattr(p, &a->side[SRC]);
		take_ipattr(p + 4, &a->side[DST]);
		return true;
	}
	for (int side = SRC; side <= DST; side++) {
		if (a->qualifier & IPATTR_SRC << side && p < end) {
			take_ipattr(p, &a->side[side]);
			p += 4;
		}
		if (unlikely(a->qualifier & IPATTR_SRC_OPTIONS << side) && p < end) {
			a->side[side].options = get_be32(p);
			p += 4;
		}
	}
	return true;
}

void reverse_ipattr(void *member)
{
	struct ipattr *a = member;
	struct ipattr_side side = a->side[SRC];

	a->side[SRC] = a->side[DST];
	a->side[DST] = side;
	for (uint32_t bit = IPATTR_SRC; bit <= IPATTR_SRC_FRAGMENTS; bit <<= 2)
		a->qualifier = (uint8_t)swap_bit_pair(a->qualifier, bit);
}

static inline void put_ipattr(uint8_t *p, const struct ipattr_side *s)
{
	p[0] = s->ttl;
	p[1] = s->tos;
	put_be16(p + 2, s->ip_id);
}

void encode_ipattr(const void *from, struct flow *f, struct pen *pen)
{
	const struct ipattr *a = from;
	unsigned parts = a->qualifier;
	unsigned words = 1 + (parts & 1) + (parts >> 1 & 1) + (parts >> 2 & 1) + (parts >> 3 & 1); /* as many as parts */
	uint8_t *p = dsr_whole(pen, TYPE_IPATTR, 0, a->qualifier, words);

	(void)f;
	if (p == NULL)
		return;
	if (likely((parts & IPATTR_ALL) == (IPATTR_SRC | IPATTR_DST))) {
		put_ipattr(p, &a->side[SRC]);
		put_ipattr(p + 4, &a->side[DST]);
		return;
	}
	for (int side = SRC; side <= DST; side++) {
		if (parts & IPATTR_SRC << side) {
			put_ipattr(p, &a->side[side]);
			p += 4;
		}
		if (parts & IPATTR_SRC_OPTIONS << side) {
			put_be32(p, a->side[side].options);
			p += 4;
		}
	}
}

/* ---- 8.14 encapsulation ---- */

bool decode_encaps(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes + ENCAPS_SIZE, length - ENCAPS_SIZE); /* the table says that there is as much */
	struct encaps *e = to;

	(void)f;
	*e = (struct encaps){ .qualifier = bytes[2], .bits = { get_be32(bytes + 4), get_be32(bytes + 8) } };
	if (likely(length == ENCAPS_SIZE))
		return true;
	e->header_length[SRC] = span_be16(&dsr);
	e->header_length[DST] = span_be16(&dsr);
	for (int side = SRC; side <= DST; side++) {
		e->header[side] = span_take(&dsr, (e->header_length[side] + 3u) & ~3u);
		if (e->header[side] == NULL)
			e->header_length[side] = 0;
	}
	return true;
}

void reverse_encaps(void *member)
{
	struct encaps *e = member;

	SWAP(e->bits[SRC], e->bits[DST]);
	SWAP(e->header_length[SRC], e->header_length[DST]);
	SWAP(e->header[SRC], e->header[DST]);
	e->qualifier = (uint8_t)swap_bit_pair(swap_bit_pair(e->qualifier, 0x04), 0x10);
}

/* The headers are stored with their padding. */
static void encode_headers(const struct encaps *e, struct pen *pen)
{
	pen_be16(pen, e->header_length[SRC]);
	pen_be16(pen, e->header_length[DST]);
	for (int side = SRC; side <= DST; side++)
		if (e->header[side] != NULL)
			pen_bytes(pen, e->header[side], (e->header_length[side] + 3u) & ~3u);
}

void encode_encaps(const void *from, struct flow *f, struct pen *pen)
{
	const struct encaps *e = from;
	uint8_t *p = dsr_whole(pen, TYPE_ENCAPS, 0, e->qualifier, 3);

	(void)f;
	if (p == NULL)
		return;
	put_be32(p, e->bits[SRC]);
	put_be32(p + 4, e->bits[DST]);
	if (unlikely((e->header_length[SRC] | e->header_length[DST]) != 0)) {
		encode_headers(e, pen);
		dsr_end(pen, p - DSR_HEADER_SIZE);
	}
}
