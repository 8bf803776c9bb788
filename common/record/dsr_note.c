/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was captured, or added later: user data, labels, countries, AS numbers,
 * correlation, places, and the tunnels of version 5. record-format.md 8.12,
 * 8.16 to 8.19, 14. */
#include "common/record/dsr_codec.h"

/* ---- 8.12 user data ---- */

#define USER_LONG 0x80u
#define USER_SRC 0x10u
#define USER_DST 0x20u
#define USER_COMPRESSED 0x08u

bool decode_user(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct user_data *u = to;
	struct dsr_head h = dsr_head_take(&dsr);

	(void)f;
	u->subtype = h.subtype & USER_COMPRESSED;
	u->capacity = span_be16(&dsr);
	u->count = span_be16(&dsr);
	u->count = (uint32_t)u64_min(u->count, span_left(&dsr));
	u->bytes = span_take(&dsr, u->count);
	return u->bytes != NULL;
}

void encode_user(const void *from, struct flow *f, struct pen *pen)
{
	const struct user_data *u = from;
	uint32_t count = u->count < UINT16_MAX ? u->count : UINT16_MAX;
	unsigned side = u == &f->user[DST] ? USER_DST : USER_SRC;

	pen_u8(pen, TYPE_USER);
	pen_u8(pen, (uint8_t)(USER_LONG | side | u->subtype));
	pen_be16(pen, (uint16_t)(2 + (count + 3) / 4));
	pen_be16(pen, (uint16_t)u64_min(u->capacity, UINT16_MAX));
	pen_be16(pen, (uint16_t)count);
	pen_bytes(pen, u->bytes, count);
	pen_zero(pen, -count & 3);
}

/* ---- 8.16 correlate ---- */

bool decode_correlate(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct correlate *c = to;

	(void)f;
	dsr_head_take(&dsr);
	while (c->count < CORRELATE_MAX && span_left(&dsr) >= 24) {
		struct correlation *e = &c->entry[c->count++];

		e->srcid = span_le32(&dsr);
		e->duration = (int32_t)span_le32(&dsr);
		e->start = (int32_t)span_le32(&dsr);
		e->last = (int32_t)span_le32(&dsr);
		e->pkts[SRC] = (int32_t)span_le32(&dsr);
		e->pkts[DST] = (int32_t)span_le32(&dsr);
	}
	return true;
}

void reverse_correlate(void *member)
{
	struct correlate *c = member;

	for (uint32_t i = 0; i < c->count; i++)
		SWAP(c->entry[i].pkts[SRC], c->entry[i].pkts[DST]);
}

void encode_correlate(const void *from, struct flow *f, struct pen *pen)
{
	const struct correlate *c = from;
	uint8_t *start = dsr_begin(pen, TYPE_CORRELATE, 0, 0);

	(void)f;
	for (uint32_t i = 0; i < c->count; i++) {
		const struct correlation *e = &c->entry[i];

		pen_le32(pen, e->srcid);
		pen_le32(pen, (uint32_t)e->duration);
		pen_le32(pen, (uint32_t)e->start);
		pen_le32(pen, (uint32_t)e->last);
		pen_le32(pen, (uint32_t)e->pkts[SRC]);
		pen_le32(pen, (uint32_t)e->pkts[DST]);
	}
	dsr_end(pen, start);
}

/* ---- 8.17 country code ---- */

bool decode_cocode(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct cocode *c = to;

	(void)f;
	dsr_head_take(&dsr);
	span_copy(&dsr, c->code, sizeof c->code);
	return true;
}

void reverse_cocode(void *member)
{
	struct cocode *c = member;

	for (int i = 0; i < 2; i++)
		SWAP(c->code[SRC][i], c->code[DST][i]);
}

void encode_cocode(const void *from, struct flow *f, struct pen *pen)
{
	const struct cocode *c = from;
	uint8_t *start = dsr_begin(pen, TYPE_COCODE, 0, 0);

	(void)f;
	pen_bytes(pen, c->code, sizeof c->code);
	dsr_end(pen, start);
}

/* ---- 8.18 label ---- */

bool decode_label(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct label *l = to;

	(void)f;
	dsr_head_take(&dsr);
	l->text = (const char *)dsr.at;
	l->length = (uint32_t)strnlen(l->text, u64_min(span_left(&dsr), LABEL_MAX));
	return true;
}

/* An attribute that is named after one direction changes to the other (aggregation.md 1.3). */
void reverse_label(void *member)
{
	struct label *l = member;
	bool is_name_start = true;

	if (l->text != l->room)
		memmove(l->room, l->text, l->length);
	l->text = l->room;
	for (uint32_t i = 0; i < l->length; i++) {
		if (is_name_start && (l->room[i] == 's' || l->room[i] == 'd')) {
			uint32_t end = i;

			while (end < l->length && l->room[end] != ':' && l->room[end] != '=')
				end++;
			if (end < l->length && l->room[end] == '=')
				l->room[i] = l->room[i] == 's' ? 'd' : 's';
		}
		is_name_start = l->room[i] == ':';
	}
}

void encode_label(const void *from, struct flow *f, struct pen *pen)
{
	const struct label *l = from;
	uint8_t *start = dsr_begin(pen, TYPE_LABEL, 0, 0);

	(void)f;
	pen_bytes(pen, l->text, u64_min(l->length, LABEL_MAX));
	dsr_end(pen, start);
}

/* ---- 8.19 AS number ---- */

bool decode_asn(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h = dsr_head_take(&dsr);
	struct asn *a = to;

	(void)f;
	a->subtype = h.subtype;
	a->qualifier = h.qualifier;
	a->as[SRC] = span_be32(&dsr);
	a->as[DST] = span_be32(&dsr);
	a->has_node = h.words >= 4;
	if (a->has_node)
		a->node = span_be32(&dsr);
	return true;
}

void reverse_asn(void *member)
{
	struct asn *a = member;

	SWAP(a->as[SRC], a->as[DST]);
	a->qualifier = (uint8_t)swap_bit_pair(a->qualifier, 1);
}

void encode_asn(const void *from, struct flow *f, struct pen *pen)
{
	const struct asn *a = from;
	uint8_t *start = dsr_begin(pen, TYPE_ASN, a->subtype, a->qualifier);

	(void)f;
	pen_be32(pen, a->as[SRC]);
	pen_be32(pen, a->as[DST]);
	if (a->has_node)
		pen_be32(pen, a->node);
	dsr_end(pen, start);
}

/* ---- version 5 ---- */

bool decode_geo(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h = dsr_head_take(&dsr);
	struct geo *g = to;

	(void)f;
	for (int i = 0; i < 3; i++) {
		if (!(h.qualifier & 1 << i) || span_left(&dsr) < 8)
			continue;
		g->qualifier |= (uint8_t)(1 << i);
		g->lat[i] = span_be_f32(&dsr);
		g->lon[i] = span_be_f32(&dsr);
	}
	return g->qualifier != 0;
}

void reverse_geo(void *member)
{
	struct geo *g = member;

	SWAP(g->lat[SRC], g->lat[DST]);
	SWAP(g->lon[SRC], g->lon[DST]);
	g->qualifier = (uint8_t)swap_bit_pair(g->qualifier, 1);
}

void encode_geo(const void *from, struct flow *f, struct pen *pen)
{
	const struct geo *g = from;
	uint8_t *start = dsr_begin(pen, TYPE_GEO, 0, g->qualifier);

	(void)f;
	for (int i = 0; i < 3; i++) {
		if (!(g->qualifier & 1 << i))
			continue;
		pen_be_f32(pen, g->lat[i]);
		pen_be_f32(pen, g->lon[i]);
	}
	dsr_end(pen, start);
}

bool decode_locality(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct locality *l = to;

	(void)f;
	dsr_head_take(&dsr);
	l->status = span_be16(&dsr);
	l->loc[SRC] = (int8_t)span_u8(&dsr);
	l->loc[DST] = (int8_t)span_u8(&dsr);
	l->org[SRC] = span_be16(&dsr);
	l->org[DST] = span_be16(&dsr);
	return true;
}

void reverse_locality(void *member)
{
	struct locality *l = member;

	SWAP(l->loc[SRC], l->loc[DST]);
	SWAP(l->org[SRC], l->org[DST]);
}

void encode_locality(const void *from, struct flow *f, struct pen *pen)
{
	const struct locality *l = from;
	uint8_t *start = dsr_begin(pen, TYPE_LOCALITY, 0, 0);

	(void)f;
	pen_be16(pen, l->status);
	pen_u8(pen, (uint8_t)l->loc[SRC]);
	pen_u8(pen, (uint8_t)l->loc[DST]);
	pen_be16(pen, l->org[SRC]);
	pen_be16(pen, l->org[DST]);
	dsr_end(pen, start);
}

bool decode_hash(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct flow_hash *h = to;

	(void)f;
	dsr_head_take(&dsr);
	h->hash = span_be32(&dsr);
	h->index = span_be32(&dsr);
	return true;
}

void encode_hash(const void *from, struct flow *f, struct pen *pen)
{
	const struct flow_hash *h = from;
	uint8_t *start = dsr_begin(pen, TYPE_HASH, 0, 0);

	(void)f;
	pen_be32(pen, h->hash);
	pen_be32(pen, h->index);
	dsr_end(pen, start);
}

bool decode_score(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct score *s = to;

	(void)f;
	dsr_head_take(&dsr);
	span_copy(&dsr, s->bytes, u64_min(span_left(&dsr), sizeof s->bytes));
	return true;
}

void encode_score(const void *from, struct flow *f, struct pen *pen)
{
	const struct score *s = from;
	uint8_t *start = dsr_begin(pen, TYPE_SCORE, 0, 0);

	(void)f;
	pen_bytes(pen, s->bytes, sizeof s->bytes);
	dsr_end(pen, start);
}

/* The outer key of a tunnel is a flow DSR of its own behind the tunnel's words. */
static void take_tunnel_key(struct span dsr, const struct flow *f, struct tunnel *t)
{
	const uint8_t *p = span_peek(&dsr, DSR_HEADER_SIZE);

	if (p != NULL && (p[0] & 0x7f) == TYPE_FLOW)
		decode_key(dsr.at, span_left(&dsr), f, &t->key);
}

static void reverse_tunnel(void *member)
{
	struct tunnel *t = member;

	reverse_key(&t->key);
	SWAP(t->vni[SRC], t->vni[DST]);
}

bool decode_gre(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct tunnel *t = to;

	dsr_head_take(&dsr);
	t->flags = span_be16(&dsr);
	t->protocol = span_be16(&dsr);
	take_tunnel_key(dsr, f, t);
	return true;
}

void reverse_gre(void *member) { reverse_tunnel(member); }

void encode_gre(const void *from, struct flow *f, struct pen *pen)
{
	const struct tunnel *t = from;
	uint8_t *start = dsr_begin(pen, TYPE_GRE, 0, 0);

	pen_be16(pen, t->flags);
	pen_be16(pen, t->protocol);
	encode_key(&t->key, f, pen);
	dsr_end(pen, start);
}

bool decode_vxlan(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct tunnel *t = to;

	dsr_head_take(&dsr);
	t->vni[SRC] = span_be32(&dsr);
	t->vni[DST] = span_be32(&dsr);
	take_tunnel_key(dsr, f, t);
	return true;
}

void reverse_vxlan(void *member) { reverse_tunnel(member); }

void encode_vxlan(const void *from, struct flow *f, struct pen *pen)
{
	const struct tunnel *t = from;
	uint8_t *start = dsr_begin(pen, TYPE_VXLAN, 0, 0);

	pen_be32(pen, t->vni[SRC]);
	pen_be32(pen, t->vni[DST]);
	encode_key(&t->key, f, pen);
	dsr_end(pen, start);
}

bool decode_geneve(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct tunnel *t = to;

	dsr_head_take(&dsr);
	t->flags = span_be16(&dsr); /* version and options, flags */
	t->protocol = span_be16(&dsr);
	t->vni[SRC] = span_be32(&dsr);
	take_tunnel_key(dsr, f, t);
	return true;
}

/* One network identifier for both directions. */
void reverse_geneve(void *member) { reverse_key(&((struct tunnel *)member)->key); }

void encode_geneve(const void *from, struct flow *f, struct pen *pen)
{
	const struct tunnel *t = from;
	uint8_t *start = dsr_begin(pen, TYPE_GENEVE, 0, 0);

	pen_be16(pen, t->flags);
	pen_be16(pen, t->protocol);
	pen_be32(pen, t->vni[SRC]);
	encode_key(&t->key, f, pen);
	dsr_end(pen, start);
}
