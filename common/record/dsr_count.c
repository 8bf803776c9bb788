/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who reported, when, and how much: transport, time, metric, packet size,
 * aggregation, behaviour. record-format.md 8.1 to 8.4, 8.6, 8.15. */
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

static uint8_t form_of_code(uint8_t code)
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
	t->form = form_of_code(h->qualifier & (uint8_t)~TRANSPORT_INF);
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

HOT bool flow_plain_source(const struct flow *f, uint8_t *form, const uint8_t **id)
{
	const uint8_t *bytes;

	if (f->ready & DSR_BIT(DSR_TRANSPORT) || !(f->indexed & DSR_BIT(DSR_TRANSPORT)) ||
	    !is_plain_transport(flow_raw_length(f, DSR_TRANSPORT), f))
		return false;
	bytes = flow_raw_bytes(f, DSR_TRANSPORT);
	*form = form_of_code(bytes[2]);
	*id = bytes + 4;
	return true;
}

bool decode_transport(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct transport *t = to;
	struct dsr_head h;

	*t = (struct transport){ 0 };
	if (likely(is_plain_transport(length, f))) {
		t->form = form_of_code(bytes[2]);
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
	t->form = form_of_code(h.qualifier);
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

/* ---- 8.2 time ---- */

#define TIME_NANOSECONDS 0x19
#define SUBTYPE_STAMP(side, edge) (0x08u << ((side) * 2 + (edge)))
#define NO_TIME_SECONDS 0xefffffffu /* what a probe wrote when it had seen second 0 only */

static inline uint64_t stamp(const uint8_t *p, uint8_t qualifier)
{
	uint32_t fraction = get_be32(p + 4);

	if (unlikely(qualifier == TIME_NANOSECONDS))
		fraction /= 1000;
	if (unlikely(fraction >= MICROSECONDS))
		fraction = MICROSECONDS - 1;
	return (uint64_t)get_be32(p) * MICROSECONDS + fraction;
}

/* Form A: one pair that belongs to no side yet. It is left with the source;
 * flow.c hands it out. A stamp of zeros stands for the other one. */
static bool decode_form_a(const uint8_t *bytes, size_t length, struct times *t)
{
	const uint8_t *first = bytes + DSR_HEADER_SIZE, *second = first + 8, *after = bytes + length;
	uint64_t start, end;

	if (second > after)
		return false;
	start = end = stamp(first, t->qualifier);
	if (second + 8 <= after)
		end = stamp(second, t->qualifier);
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
		at = is_offset ? first + (uint64_t)(int64_t)(int32_t)get_be32(p) : stamp(p, t->qualifier);
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

/* What probes write most: two stamps in microseconds, of form A. And what clients do: four stamps
 * of form B, three of them counted from the first. */
#define HEAD_PROBE ((uint32_t)TYPE_TIME << 24 | 2u << 16 | 0x18u << 8 | 5)
#define HEAD_CLIENT ((uint32_t)TYPE_TIME << 24 | 0x7du << 16 | 0x18u << 8 | 6)

static INLINED uint64_t after(uint64_t first, const uint8_t *offset)
{
	return first + (uint64_t)(int64_t)(int32_t)get_be32(offset);
}

/* False: neither of them, or a stamp is not there (0). */
static INLINED bool decode_usual(const uint8_t *bytes, struct times *t)
{
	uint32_t head = get_be32(bytes);
	uint64_t first;

	if (head != HEAD_PROBE && head != HEAD_CLIENT)
		return false;
	first = stamp(bytes + 4, bytes[2]);
	*t = (struct times){ .subtype = bytes[1], .qualifier = bytes[2], .at[SRC][START] = first };
	if (head == HEAD_CLIENT) {
		t->at[SRC][END] = after(first, bytes + 12);
		t->at[DST][START] = after(first, bytes + 16);
		t->at[DST][END] = after(first, bytes + 20);
		t->have = ALL_STAMPS;
		return true;
	}
	t->at[SRC][END] = stamp(bytes + 12, bytes[2]);
	t->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
	return first != 0 && t->at[SRC][END] != 0;
}

bool decode_times(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct times *t = to;

	(void)f;
	if (likely(length == bytes[3] * 4u && decode_usual(bytes, t)))
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

static inline void put_stamp(uint8_t *p, uint64_t at)
{
	uint32_t seconds = (uint32_t)(at / MICROSECONDS);

	put_be32(p, seconds);
	put_be32(p + 4, (uint32_t)(at - at / MICROSECONDS * MICROSECONDS));
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
	uint8_t *p;

	if (t->have != ALL_STAMPS || pkts[SRC] == 0 || pkts[DST] == 0 || at[0] == at[1] || at[2] == at[3] ||
	    !fits_relative(at, 4))
		return false;
	p = pen_room(pen, 24);
	if (unlikely(p == NULL))
		return true;
	put_be32(p, HEAD_CLIENT);
	put_stamp(p + 4, at[0]);
	for (int i = 1; i < 4; i++)
		put_be32(p + 8 + i * 4, (uint32_t)(at[i] - at[0]));
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
	put_stamp(p, at[0]);
	for (unsigned i = 1; i < n; i++) {
		if (is_relative)
			put_be32(p + 4 + i * 4, (uint32_t)(at[i] - at[0]));
		else
			put_stamp(p + i * 8, at[i]);
	}
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

void encode_metric(const void *from, struct flow *f, struct pen *pen)
{
	const struct metric *m = from;
	bool has[2] = { (m->pkts[SRC] | m->bytes[SRC] | m->appbytes[SRC]) != 0,
			(m->pkts[DST] | m->bytes[DST] | m->appbytes[DST]) != 0 };
	bool has_app = m->appbytes[SRC] != 0 || m->appbytes[DST] != 0;
	unsigned width = metric_width(m), group = has[SRC] == has[DST] ? PACK_BOTH : has[SRC] ? PACK_SRC : PACK_DST;
	unsigned size;
	uint8_t *p;

	(void)f;
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

static uint8_t *put_stats(uint8_t *p, const struct stats *s, const uint8_t hist[8])
{
	memcpy(p, s, sizeof *s); /* n, min, mean, stddev, max: little-endian, as they stand */
	memcpy(p + sizeof *s, hist, 8);
	return p + sizeof *s + 8;
}

bool decode_agr(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h = dsr_head_take(&dsr);
	struct agr *a = to;
	uint32_t sec;

	(void)f;
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

#define AGR_WORDS 20

void encode_agr(const void *from, struct flow *f, struct pen *pen)
{
	const struct agr *a = from;
	uint8_t *p = dsr_whole(pen, TYPE_AGR, a->metric, 1, AGR_WORDS);

	(void)f;
	if (p == NULL)
		return;
	put_be32(p, a->count);
	put_le32(p + 4, (uint32_t)(a->last_start / MICROSECONDS));
	put_le32(p + 8, (uint32_t)(a->last_start % MICROSECONDS));
	put_le32(p + 12, (uint32_t)(a->last_time / MICROSECONDS));
	put_le32(p + 16, (uint32_t)(a->last_time % MICROSECONDS));
	put_stats(put_stats(p + 20, &a->active, a->active_hist), &a->idle, a->idle_hist);
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
