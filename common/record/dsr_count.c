/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who reported, and how much: transport, metric, packet size, aggregation, behaviour.
 * record-format.md 8.1, 8.3, 8.4, 8.6, 8.15. When: times.c. */
#include "common/record/agr.h"
#include "common/record/dsr_codec.h"
#include "common/record/flow_turn.h"
#include "common/record/times.h"

/* ---- 8.1 transport ---- */

#define TRANSPORT_ID 0x01u
#define TRANSPORT_SEQ 0x02u
#define TRANSPORT_INF 0x10u /* qualifier, version 5 */

static const uint8_t form_codes[] = {
	[ID_NONE] = 0,    [ID_IPV4] = 0x01,  [ID_NUMBER] = 0x20, [ID_STRING] = 0x21,
	[ID_IPV6] = 0x02, [ID_ETHER] = 0x03, [ID_UUID] = 0x22,
};

uint8_t transport_form(uint8_t code)
{
	for (uint8_t form = 0; form < ARRAY_LENGTH(form_codes); form++)
		if (form_codes[form] == code)
			return form;
	return ID_NONE;
}

static size_t form_size(uint8_t form)
{
	return form == ID_ETHER ? 8 : form == ID_IPV6 || form == ID_UUID ? 16 : 4;
}

/* Version 5: what is present stands in order, so the sequence number has no fixed place. */
static void decode_transport_v5(struct span dsr, const struct dsr_head *h, struct transport *t)
{
	t->form = transport_form(h->qualifier & (uint8_t)~TRANSPORT_INF);
	t->has_id = h->subtype & TRANSPORT_ID;
	if (t->has_id)
		span_copy(&dsr, t->id, form_size(t->form));
	t->has_inf = h->qualifier & TRANSPORT_INF;
	if (t->has_inf)
		span_copy(&dsr, t->inf, sizeof t->inf);
	if (h->subtype & TRANSPORT_SEQ && span_left(&dsr) >= 4) {
		t->has_seq = true;
		t->seq = span_be32(&dsr);
	}
}

/* Both id and number, as probes of version 3 write them. */
static inline bool is_plain_transport(size_t length, const struct flow *f) { return length == 12 && f->version != 5; }

HOT bool flow_plain_source(const struct flow *f, struct plain_tuple *t)
{
	const uint8_t *bytes;

	if (f->ready & DSR_BIT(DSR_TRANSPORT) || !(f->indexed & DSR_BIT(DSR_TRANSPORT)) ||
	    !is_plain_transport(flow_raw_length(f, DSR_TRANSPORT), f))
		return false;
	bytes = flow_raw_bytes(f, DSR_TRANSPORT);
	t->source_form = transport_form(bytes[2]);
	t->source = bytes + 4;
	return true;
}

bool decode_transport(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct transport *t = to;
	struct dsr_head h;

	*t = (struct transport){ 0 };
	if (likely(is_plain_transport(length, f))) {
		t->form = transport_form(bytes[2]);
		t->has_id = t->has_seq = true;
		memcpy(t->id, bytes + 4, 4);
		t->seq = get_be32(bytes + 8);
		return true;
	}
	h = dsr_head_take(&dsr);
	if (f->version == 5) {
		decode_transport_v5(dsr, &h, t);
		return true;
	}
	t->form = transport_form(h.qualifier);
	t->has_id = h.words >= 3 || (h.words == 2 && h.subtype & TRANSPORT_ID);
	t->has_seq = h.words >= 3 || (h.words == 2 && !t->has_id && h.subtype & TRANSPORT_SEQ);
	if (t->form == ID_IPV6 && h.words >= 5) { /* none but our own imports of NetFlow have these */
		span_copy(&dsr, t->id, 16);
		t->has_seq = h.words >= 6;
	} else if (t->has_id) {
		span_copy(&dsr, t->id, 4);
	}
	if (t->has_seq)
		t->seq = span_be32(&dsr);
	return t->has_id || t->has_seq;
}

/* An id of four bytes and a number, as probes have it: most of them. */
static inline bool is_common(const struct transport *t, const struct flow *f)
{
	return f->version == 3 && f->type == RECORD_FAR && t->form != ID_IPV6 && !t->has_inf;
}

static void encode_common(const struct transport *t, struct pen *pen)
{
	uint8_t *p = dsr_whole(pen, TYPE_TRANSPORT, TRANSPORT_ID | TRANSPORT_SEQ, form_codes[t->form], 3);

	if (p == NULL)
		return;
	memcpy(p, t->id, 4);
	put_be32(p + 4, t->seq);
}

static void encode_any(const struct transport *t, const struct flow *f, struct pen *pen)
{
	unsigned qualifier = form_codes[t->form] | (t->has_inf ? TRANSPORT_INF : 0);
	/* Only imported NetFlow goes without a number (wire-protocol.md 12.1). */
	bool may_lack = f->type == RECORD_NETFLOW && (t->form == ID_IPV4 || t->form == ID_IPV6);
	unsigned seq = t->has_seq || !may_lack ? 4 : 0;
	/* Ids of version 3 have four bytes, but for our imports from exporters with IPv6. */
	size_t size = f->version == 5 || t->form == ID_IPV6 ? form_size(t->form) : 4, inf = t->has_inf ? sizeof t->inf : 0;
	uint8_t *p = dsr_whole(pen, TYPE_TRANSPORT, TRANSPORT_ID | (seq != 0 ? TRANSPORT_SEQ : 0), qualifier,
			       (unsigned)(size + inf + seq) / 4 + 1);

	if (p == NULL)
		return;
	memcpy(p, t->id, size);
	memcpy(p + size, t->inf, inf);
	if (seq != 0)
		put_be32(p + size + inf, t->seq);
}

void encode_transport(const void *from, struct flow *f, struct pen *pen)
{
	if (likely(is_common(from, f)))
		encode_common(from, pen);
	else
		encode_any(from, f, pen);
}

/* ---- 8.3 metric ---- */

enum packing_group { PACK_BOTH, PACK_SRC, PACK_DST };

/* Value number `i` of those that are packed `width` bytes each. */
static inline uint64_t packed(const uint8_t *p, unsigned width, unsigned i)
{
	switch (width) {
	case 1:
		return p[i];
	case 2:
		return get_be16(p + 2 * i);
	case 4:
		return get_be32(p + 4 * i);
	}
	return get_be64(p + 8 * i);
}

#define METRIC_MAX 48u /* six values of 64 bits */

/* The counts of the sides that packing group `group` holds. */
static INLINED void unpack_sides(struct metric *m, const uint8_t *p, unsigned group, unsigned width, bool has_app)
{
	for (int side = SRC; side <= DST; side++) {
		if (group != PACK_BOTH && group != (side == SRC ? PACK_SRC : PACK_DST))
			continue;
		m->pkts[side] = packed(p, width, 0);
		m->bytes[side] = packed(p, width, 1);
		if (has_app)
			m->appbytes[side] = packed(p, width, 2);
		p += (has_app ? 3 : 2) * width;
	}
}

/* The width is a constant in each. */
static INLINED void unpack_metric(struct metric *m, const uint8_t *p, unsigned group, unsigned width, bool has_app)
{
	switch (width) {
	case 1: unpack_sides(m, p, group, 1, has_app); break;
	case 2: unpack_sides(m, p, group, 2, has_app); break;
	case 4: unpack_sides(m, p, group, 4, has_app); break;
	default: unpack_sides(m, p, group, 8, has_app); break;
	}
}

/* What the DSR is too short for is 0. */
static COLD void unpack_short_metric(struct metric *m, const uint8_t *p, size_t left, unsigned group, unsigned width,
				     bool has_app)
{
	uint8_t room[METRIC_MAX] = { 0 };

	memcpy(room, p, u64_min(left, sizeof room));
	unpack_metric(m, room, group, width, has_app);
}

/* Packets and bytes of both sides, of the usual widths. */
static INLINED bool decode_usual_metric(const uint8_t *bytes, struct metric *m)
{
	const uint8_t *p = bytes + DSR_HEADER_SIZE;

	*m = (struct metric){ 0 };
	switch (get_be32(bytes)) {
	case (uint32_t)TYPE_METRIC << 24 | 1u << 16 | 1u << 8 | 2: unpack_sides(m, p, PACK_BOTH, 1, false); return true;
	case (uint32_t)TYPE_METRIC << 24 | 1u << 16 | 2u << 8 | 3: unpack_sides(m, p, PACK_BOTH, 2, false); return true;
	case (uint32_t)TYPE_METRIC << 24 | 1u << 16 | 3u << 8 | 5: unpack_sides(m, p, PACK_BOTH, 4, false); return true;
	default: return false;
	}
}

bool decode_metric(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct metric *m = to;
	unsigned packing = (bytes[2] & 0x0f) - 1u, group = packing >> 2, width = 1u << (packing & 3);
	bool has_app = (bytes[1] & 5) == 4;
	size_t left = length - DSR_HEADER_SIZE, need = (group == PACK_BOTH ? 2u : 1u) * (has_app ? 3u : 2u) * width;

	(void)f;
	if (likely(length == bytes[3] * 4u && decode_usual_metric(bytes, m)))
		return true;
	*m = (struct metric){ .has_appbytes = has_app };
	if (unlikely(packing > 11 || !(bytes[1] & 5)))
		return true; /* packing unknown: the counts are 0 */
	if (unlikely(width == 1 && group != PACK_BOTH && !has_app))
		return true; /* nobody writes 5 and 9 so */
	if (unlikely(left < need))
		unpack_short_metric(m, bytes + DSR_HEADER_SIZE, left, group, width, has_app);
	else
		unpack_metric(m, bytes + DSR_HEADER_SIZE, group, width, has_app);
	return true;
}

void reverse_metric(void *member)
{
	struct metric *m = member;

	SWAP(m->pkts[SRC], m->pkts[DST]);
	SWAP(m->bytes[SRC], m->bytes[DST]);
	SWAP(m->appbytes[SRC], m->appbytes[DST]);
}

static inline void put_wide(uint8_t *p, unsigned bytes, uint64_t v)
{
	switch (bytes) {
	case 1: *p = (uint8_t)v; break;
	case 2: put_be16(p, (uint16_t)v); break;
	case 4: put_be32(p, (uint32_t)v); break;
	default: put_be64(p, v); break;
	}
}

/* The counterpart of unpack_sides(). */
static INLINED void pack_sides(const struct metric *m, uint8_t *p, unsigned group, unsigned width, bool has_app)
{
	for (int side = SRC; side <= DST; side++) {
		if (group != PACK_BOTH && group != (side == SRC ? PACK_SRC : PACK_DST))
			continue;
		put_wide(p, width, m->pkts[side]);
		put_wide(p + width, width, m->bytes[side]);
		if (has_app)
			put_wide(p + 2 * width, width, m->appbytes[side]);
		p += (has_app ? 3 : 2) * width;
	}
}

static inline void pack_metric(const struct metric *m, uint8_t *p, unsigned group, unsigned width, bool has_app)
{
	switch (width) {
	case 1: pack_sides(m, p, group, 1, has_app); break;
	case 2: pack_sides(m, p, group, 2, has_app); break;
	case 4: pack_sides(m, p, group, 4, has_app); break;
	default: pack_sides(m, p, group, 8, has_app); break;
	}
}

/* The least power of two (as an exponent) of bytes that holds all the counts. */
static unsigned metric_width(const struct metric *m)
{
	uint64_t all = m->pkts[SRC] | m->pkts[DST] | m->bytes[SRC] | m->bytes[DST] | m->appbytes[SRC] | m->appbytes[DST];

	return all <= UINT8_MAX ? 0 : all <= UINT16_MAX ? 1 : all <= UINT32_MAX ? 2 : 3;
}

/* Packets and bytes of both sides, most of what is written. */
static INLINED bool write_usual_metric(const struct metric *m, struct pen *pen)
{
	uint64_t all = m->pkts[SRC] | m->pkts[DST] | m->bytes[SRC] | m->bytes[DST];
	unsigned width = all <= UINT8_MAX ? 0 : all <= UINT16_MAX ? 1 : 2;
	uint8_t *p;

	if ((m->appbytes[SRC] | m->appbytes[DST]) != 0 || m->pkts[SRC] == 0 || m->pkts[DST] == 0 || all > UINT32_MAX)
		return false;
	p = dsr_whole(pen, TYPE_METRIC, 1, width + 1, (1u << width) + 1);
	if (unlikely(p == NULL))
		return true;
	pack_metric(m, p, PACK_BOTH, 1u << width, false);
	return true;
}

static __attribute__((noinline)) void write_any_metric(const struct metric *m, struct pen *pen)
{
	bool has[2] = { (m->pkts[SRC] | m->bytes[SRC] | m->appbytes[SRC]) != 0,
			(m->pkts[DST] | m->bytes[DST] | m->appbytes[DST]) != 0 };
	bool has_app = m->appbytes[SRC] != 0 || m->appbytes[DST] != 0;
	unsigned width = metric_width(m), group = has[SRC] == has[DST] ? PACK_BOTH : has[SRC] ? PACK_SRC : PACK_DST;
	unsigned size;
	uint8_t *p;

	if (group != PACK_BOTH && width == 0)
		width = 1; /* the 8-bit forms of one side are not read everywhere */
	size = ((has_app ? 3u : 2u) * (group == PACK_BOTH ? 2u : 1u)) << width;
	p = dsr_whole(pen, TYPE_METRIC, has_app ? 4 : 1, group * 4 + width + 1, (size + 3) / 4 + 1);
	if (p == NULL)
		return;
	if (size % 4 != 0)
		put_be16(p + size, 0); /* sizes are even */
	pack_metric(m, p, group, 1u << width, has_app);
}

void metric_write(const struct metric *m, struct pen *pen)
{
	if (unlikely(!write_usual_metric(m, pen)))
		write_any_metric(m, pen);
}

void encode_metric(const void *from, struct flow *f, struct pen *pen)
{
	(void)f;
	metric_write(from, pen);
}

/* ---- 8.4 packet size ---- */

#define PSIZE_HISTOGRAM 0x04u

static void unpack_nibbles(const uint8_t *p, uint8_t bins[8])
{
	for (int i = 0; i < 8; i++)
		bins[i] = i % 2 == 0 ? p[i / 2] >> 4 : p[i / 2] & 0x0f;
}

/* Scales bins to at most 15, a bin that is not empty to at least 1. */
static void pack_nibbles(const uint8_t bins[8], uint8_t *p)
{
	unsigned most = 15;

	for (int i = 0; i < 8; i++)
		if (bins[i] > most)
			most = bins[i];
	for (int i = 0; i < 8; i++) {
		unsigned v = bins[i] * 15u / most;

		v = v == 0 && bins[i] != 0 ? 1 : v;
		p[i / 2] = (uint8_t)(i % 2 == 0 ? v << 4 : p[i / 2] | v);
	}
}

bool decode_psize(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h = dsr_head_take(&dsr);
	struct psize *z = to;
	unsigned form = h.qualifier & 0x0f;
	bool is_wide = (form & 3) == 3;
	bool stored[2] = { form < 8, form < 4 || form >= 8 };

	(void)f;
	if ((form & 3) < 2)
		return false;
	for (int side = SRC; side <= DST; side++) {
		if (!stored[side])
			continue;
		z->min[side] = is_wide ? span_be32(&dsr) : span_be16(&dsr);
		z->max[side] = is_wide ? span_be32(&dsr) : span_be16(&dsr);
		z->has[side] = !dsr.is_short && z->max[side] != 0;
	}
	if (h.subtype & PSIZE_HISTOGRAM) {
		for (int side = SRC; side <= DST; side++) {
			const uint8_t *p = stored[side] ? span_take(&dsr, 4) : NULL;

			if (p == NULL)
				continue;
			z->has_hist = true;
			unpack_nibbles(p, z->hist[side]);
		}
	}
	return z->has[SRC] || z->has[DST];
}

void reverse_psize(void *member)
{
	struct psize *z = member;

	SWAP(z->has[SRC], z->has[DST]);
	SWAP(z->min[SRC], z->min[DST]);
	SWAP(z->max[SRC], z->max[DST]);
	for (int i = 0; i < 8; i++)
		SWAP(z->hist[SRC][i], z->hist[DST][i]);
}

void encode_psize(const void *from, struct flow *f, struct pen *pen)
{
	const struct psize *z = from;
	unsigned subtype = (z->has[SRC] ? 1u : 0) | (z->has[DST] ? 2u : 0) | (z->has_hist ? PSIZE_HISTOGRAM : 0);
	uint8_t *start;

	(void)f;
	if (!z->has[SRC] && !z->has[DST])
		return;
	start = dsr_begin(pen, TYPE_PSIZE, z->has_hist ? subtype : 0, z->has[SRC] && z->has[DST] ? 2 : z->has[SRC] ? 6 : 10);
	for (int side = SRC; side <= DST; side++) {
		if (!z->has[side])
			continue;
		pen_be16(pen, (uint16_t)u64_min(z->min[side], UINT16_MAX));
		pen_be16(pen, (uint16_t)u64_min(z->max[side], UINT16_MAX));
	}
	for (int side = SRC; side <= DST && z->has_hist; side++) {
		uint8_t *to = z->has[side] ? pen_room(pen, 4) : NULL;

		if (to != NULL)
			pack_nibbles(z->hist[side], to);
	}
	dsr_end(pen, start);
}

/* ---- 8.6 aggregation ---- */

static void take_stats(struct span *dsr, struct stats *s, uint8_t hist[8])
{
	s->n = span_le32(dsr);
	s->min = span_le_f32(dsr);
	s->mean = span_le_f32(dsr);
	s->stddev = span_le_f32(dsr);
	s->max = span_le_f32(dsr);
	span_copy(dsr, hist, 8);
}

bool decode_agr(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h;
	struct agr *a = to;
	uint32_t sec;

	(void)f;
	if (likely(length >= AGR_SIZE)) {
		agr_read(bytes, a);
		return true;
	}
	h = dsr_head_take(&dsr);
	a->metric = h.subtype;
	a->count = span_be32(&dsr);
	sec = span_le32(&dsr);
	a->last_start = (uint64_t)sec * MICROSECONDS + span_le32(&dsr);
	sec = span_le32(&dsr);
	a->last_time = (uint64_t)sec * MICROSECONDS + span_le32(&dsr);
	take_stats(&dsr, &a->active, a->active_hist);
	take_stats(&dsr, &a->idle, a->idle_hist);
	return true;
}

void encode_agr(const void *from, struct flow *f, struct pen *pen)
{
	(void)f;
	agr_write(from, pen);
}

/* ---- 8.15 behaviour ---- */

bool decode_behavior(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h = dsr_head_take(&dsr);
	struct behavior *b = to;

	(void)f;
	b->subtype = h.subtype;
	b->strokes[SRC] = span_be32(&dsr);
	b->strokes[DST] = span_be32(&dsr);
	return true;
}

void reverse_behavior(void *member)
{
	struct behavior *b = member;

	SWAP(b->strokes[SRC], b->strokes[DST]);
}

void encode_behavior(const void *from, struct flow *f, struct pen *pen)
{
	const struct behavior *b = from;
	uint8_t *start = dsr_begin(pen, TYPE_BEHAVIOR, b->subtype, 0);

	(void)f;
	pen_be32(pen, b->strokes[SRC]);
	pen_be32(pen, b->strokes[DST]);
	dsr_end(pen, start);
}
