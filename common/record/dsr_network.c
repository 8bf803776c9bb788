/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network DSR, what a protocol has to say: record-format.md 8.5, and the
 * mapped ICMP error of 8.13. */
#include "common/record/dsr_codec.h"
#include "common/record/tcp_perf.h"

#define QUALIFIER_MAXSEG 2

/* ---- TCP ---- */

static void decode_tcp_init(struct span *s, const struct dsr_head *h, struct tcp *t)
{
	struct tcp_side *src = &t->side[SRC];

	t->status = span_be32(s);
	src->seqbase = span_be32(s);
	t->options = span_be32(s);
	src->win = span_be16(s);
	src->flags = span_u8(s);
	src->shift = span_u8(s);
	if (h->qualifier == QUALIFIER_MAXSEG && h->words >= 6)
		src->maxseg = span_be16(s);
}

static void decode_tcp_status(struct span *s, struct tcp *t)
{
	t->status = span_be32(s);
	t->side[SRC].flags = span_u8(s);
	t->side[DST].flags = span_u8(s);
}

static inline void decode_tcp_perf(const uint8_t *bytes, size_t length, struct tcp *t, bool has_maxseg)
{
	size_t size = has_maxseg ? TCP_SIDE_V5 : TCP_SIDE_V3, src = DSR_HEADER_SIZE + TCP_HEAD, dst = src + size;

	decode_tcp_head(bytes + DSR_HEADER_SIZE, t); /* kinds[] says that it is there */
	if (likely(dst + size <= length)) {
		decode_tcp_side(bytes + src, &t->side[SRC], has_maxseg);
		decode_tcp_side(bytes + dst, &t->side[DST], has_maxseg);
		return;
	}
	memset(t->side, 0, sizeof t->side);
	if (dst <= length)
		decode_tcp_side(bytes + src, &t->side[SRC], has_maxseg);
}

static void encode_tcp_init(struct pen *pen, const struct tcp *t)
{
	const struct tcp_side *src = &t->side[SRC];

	pen_be32(pen, t->status);
	pen_be32(pen, src->seqbase);
	pen_be32(pen, t->options);
	pen_be16(pen, src->win);
	pen_u8(pen, src->flags);
	pen_u8(pen, src->shift);
}

static void encode_tcp_status(struct pen *pen, const struct tcp *t)
{
	pen_be32(pen, t->status);
	pen_u8(pen, t->side[SRC].flags);
	pen_u8(pen, t->side[DST].flags);
	pen_zero(pen, 2);
}

/* The whole DSR: these are most of what is ever written. `has_maxseg` is a constant in each. */
static INLINED void encode_tcp_perf(struct pen *pen, const struct tcp *t, bool has_maxseg)
{
	unsigned size = has_maxseg ? TCP_SIDE_V5 : TCP_SIDE_V3;
	uint8_t *p = dsr_whole(pen, TYPE_NETWORK, NETWORK_TCP_PERF, has_maxseg ? QUALIFIER_MAXSEG : 0,
			       (DSR_HEADER_SIZE + TCP_HEAD + 2 * size) / 4);

	if (p == NULL)
		return;
	encode_tcp_head(p, t);
	encode_tcp_side(p + TCP_HEAD, &t->side[SRC], has_maxseg);
	encode_tcp_side(p + TCP_HEAD + size, &t->side[DST], has_maxseg);
}

/* Every pair of bits that stands for source and destination. */
static void reverse_tcp(struct tcp *t)
{
	struct tcp_side side = t->side[SRC];

	t->side[SRC] = t->side[DST];
	t->side[DST] = side;
	for (uint32_t bit = TCP_SRC_RETRANS; bit <= TCP_SRC_DUPLICATES; bit <<= 2)
		t->status = swap_bit_pair(t->status, bit);
	t->options = swap_bit_pair(t->options, TCPOPT_SRC_ECN);
}

/* ---- the others ---- */

static void decode_icmp_network(struct span *s, struct icmp_network *i)
{
	i->type = span_u8(s);
	i->code = span_u8(s);
	i->seq = span_le16(s);
	i->outer[SRC] = span_le32(s);
	i->outer[DST] = span_le32(s);
	i->inner[SRC] = span_le32(s);
	i->inner[DST] = span_le32(s);
	i->gateway = span_le32(s);
}

static void encode_icmp_network(struct pen *pen, const struct icmp_network *i)
{
	pen_u8(pen, i->type);
	pen_u8(pen, i->code);
	pen_le16(pen, i->seq);
	pen_le32(pen, i->outer[SRC]);
	pen_le32(pen, i->outer[DST]);
	pen_le32(pen, i->inner[SRC]);
	pen_le32(pen, i->inner[DST]);
	pen_le32(pen, i->gateway);
}

static void decode_esp(struct span *s, struct esp *e)
{
	e->status = span_be32(s);
	e->spi = span_be32(s);
	e->last_seq = span_be32(s);
	e->lost = span_be32(s);
}

static void decode_rtcp(struct span *s, struct rtcp *r)
{
	span_copy(s, r->header, sizeof r->header);
	r->drops[SRC] = span_be16(s);
	r->drops[DST] = span_be16(s);
}

static void decode_rtp(struct span *s, struct rtp *r)
{
	r->state = span_be32(s);
	for (int side = SRC; side <= DST; side++) {
		r->header[side].first = span_u8(s);
		r->header[side].second = span_u8(s);
		r->header[side].seq = span_be16(s);
		r->header[side].timestamp = span_be32(s);
		r->header[side].ssrc = span_be32(s);
	}
	for (int side = SRC; side <= DST; side++)
		r->drops[side] = span_be16(s);
	for (int side = SRC; side <= DST; side++)
		r->deviation[side] = span_be16(s);
}

static void encode_rtp(struct pen *pen, const struct rtp *r)
{
	pen_be32(pen, r->state);
	for (int side = SRC; side <= DST; side++) {
		pen_u8(pen, r->header[side].first);
		pen_u8(pen, r->header[side].second);
		pen_be16(pen, r->header[side].seq);
		pen_be32(pen, r->header[side].timestamp);
		pen_be32(pen, r->header[side].ssrc);
	}
	for (int side = SRC; side <= DST; side++)
		pen_be16(pen, r->drops[side]);
	for (int side = SRC; side <= DST; side++)
		pen_be16(pen, r->deviation[side]);
}

static void reverse_rtp(struct rtp *r)
{
	struct rtp_header header = r->header[SRC];

	r->header[SRC] = r->header[DST];
	r->header[DST] = header;
	SWAP(r->drops[SRC], r->drops[DST]);
	SWAP(r->deviation[SRC], r->deviation[DST]);
	r->state = swap_bit_pair(r->state, TCP_SRC_OUT_OF_ORDER); /* the same bits as TCP's */
}

static void decode_udt_side(struct span *s, struct udt_metrics *m)
{
	m->sec = span_le32(s);
	m->usec = span_le32(s);
	m->seq = span_le32(s);
	m->tstamp = span_le32(s);
	m->ack = span_le32(s);
	m->rtt = span_le32(s);
	m->var = span_le32(s);
	m->bsize = span_le32(s);
	m->rate = span_le32(s);
	m->lcap = span_le32(s);
	m->solo = (int32_t)span_le32(s);
	m->first = (int32_t)span_le32(s);
	m->middle = (int32_t)span_le32(s);
	m->last = (int32_t)span_le32(s);
	m->drops = (int32_t)span_le32(s);
	m->retrans = (int32_t)span_le32(s);
	m->nacked = (int32_t)span_le32(s);
}

static void encode_udt_side(struct pen *pen, const struct udt_metrics *m)
{
	const uint32_t words[] = { m->sec, m->usec, m->seq, m->tstamp, m->ack, m->rtt, m->var, m->bsize, m->rate, m->lcap };
	const int32_t counts[] = { m->solo, m->first, m->middle, m->last, m->drops, m->retrans, m->nacked };

	for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
		pen_le32(pen, words[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(counts); i++)
		pen_le32(pen, (uint32_t)counts[i]);
}

static void decode_udt(struct span *s, struct udt *u)
{
	u->state = span_be32(s);
	u->status = span_be32(s);
	for (size_t i = 0; i < ARRAY_LENGTH(u->handshake); i++)
		u->handshake[i] = span_be32(s);
	decode_udt_side(s, &u->side[SRC]);
	u->has_dst = span_left(s) >= sizeof(struct udt_metrics);
	if (u->has_dst)
		decode_udt_side(s, &u->side[DST]);
}

static void encode_udt(struct pen *pen, const struct udt *u)
{
	pen_be32(pen, u->state);
	pen_be32(pen, u->status);
	for (size_t i = 0; i < ARRAY_LENGTH(u->handshake); i++)
		pen_be32(pen, u->handshake[i]);
	encode_udt_side(pen, &u->side[SRC]);
	if (u->has_dst)
		encode_udt_side(pen, &u->side[DST]);
}

static void decode_fragment(struct span *s, struct fragment *g)
{
	g->count = span_le32(s);
	g->is_client_form = span_left(s) < 40;
	if (g->is_client_form) {
		g->id = span_le32(s);
		g->total = span_le16(s);
		span_skip(s, 2);
		g->largest = span_le16(s);
		return;
	}
	span_skip(s, 8);
	g->distinct = span_le32(s);
	g->all = span_le32(s);
	g->total = span_le16(s);
	span_skip(s, 2);
	g->largest = span_le16(s);
	span_skip(s, 18);
	g->first_start = span_le32(s);
	g->first_end = span_le32(s);
}

static void encode_fragment(struct pen *pen, const struct fragment *g)
{
	pen_le32(pen, g->count);
	if (g->is_client_form) {
		pen_le32(pen, g->id);
		pen_le16(pen, g->total);
		pen_zero(pen, 2);
		pen_le16(pen, g->largest);
		pen_zero(pen, 2);
		return;
	}
	pen_zero(pen, 8);
	pen_le32(pen, g->distinct);
	pen_le32(pen, g->all);
	pen_le16(pen, g->total);
	pen_zero(pen, 2);
	pen_le16(pen, g->largest);
	pen_zero(pen, 18);
	pen_le32(pen, g->first_start);
	pen_le32(pen, g->first_end);
}

/* The least length of each kind; 0: opaque. A kind with `exact` says nothing at another length. */
static const struct {
	uint8_t words;
	bool exact;
} kinds[256] = {
	[NETWORK_TCP_INIT] = { 5, false }, [NETWORK_TCP_STATUS] = { 2, false }, [NETWORK_TCP_PERF] = { 6, false },
	[NETWORK_RTCP] = { 6, true },      [NETWORK_RTP] = { 10, true },        [NETWORK_UDT] = { 27, false },
	[NETWORK_ARP] = { 3, false },      [NETWORK_ICMP] = { 2, false },       [NETWORK_ESP] = { 5, false },
	[NETWORK_FRAGMENT] = { 4, false },
};

static inline bool is_decodable(uint8_t kind, size_t length)
{
	unsigned size = kinds[kind].words * 4u;

	return size != 0 && (kinds[kind].exact ? length == size : length >= size);
}

static void decode_other(struct span dsr, const struct dsr_head *h, struct network *n)
{
	switch (h->subtype) {
	case NETWORK_TCP_INIT:
		decode_tcp_init(&dsr, h, &n->u.tcp);
		break;
	case NETWORK_TCP_STATUS:
		decode_tcp_status(&dsr, &n->u.tcp);
		break;
	case NETWORK_ICMP:
		decode_icmp_network(&dsr, &n->u.icmp);
		break;
	case NETWORK_ESP:
		decode_esp(&dsr, &n->u.esp);
		break;
	case NETWORK_RTP:
		decode_rtp(&dsr, &n->u.rtp);
		break;
	case NETWORK_RTCP:
		decode_rtcp(&dsr, &n->u.rtcp);
		break;
	case NETWORK_UDT:
		decode_udt(&dsr, &n->u.udt);
		break;
	case NETWORK_ARP:
		span_copy(&dsr, n->u.arp_mac, sizeof n->u.arp_mac);
		break;
	case NETWORK_FRAGMENT:
		decode_fragment(&dsr, &n->u.fragment);
		break;
	}
}

bool decode_network(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct network *n = to;
	struct dsr_head h;
	struct span dsr;

	n->kind = bytes[1];
	n->qualifier = bytes[2];
	n->is_opaque = n->kind != NETWORK_NONE && !is_decodable(n->kind, length);
	n->is_tcp = !n->is_opaque && n->kind >= NETWORK_TCP_INIT && n->kind <= NETWORK_TCP_PERF;
	if (likely(n->is_tcp && n->kind == NETWORK_TCP_PERF)) {
		if (f->version == 5 && n->qualifier == QUALIFIER_MAXSEG)
			decode_tcp_perf(bytes, length, &n->u.tcp, true);
		else
			decode_tcp_perf(bytes, length, &n->u.tcp, false);
		return true;
	}
	memset(&n->u, 0, sizeof n->u);
	if (n->is_opaque || n->kind == NETWORK_NONE)
		return true;
	dsr = span_of(bytes, length);
	h = dsr_head_take(&dsr);
	decode_other(dsr, &h, n);
	return true;
}

void reverse_network(void *member)
{
	struct network *n = member;
	struct udt_metrics side;

	if (n->is_tcp) {
		reverse_tcp(&n->u.tcp);
		return;
	}
	if (n->is_opaque)
		return;
	switch (n->kind) {
	case NETWORK_RTP:
		reverse_rtp(&n->u.rtp);
		n->qualifier = (uint8_t)swap_bit_pair(n->qualifier, 1);
		break;
	case NETWORK_RTCP:
		for (size_t i = 0; i < sizeof n->u.rtcp.header[SRC]; i++)
			SWAP(n->u.rtcp.header[SRC][i], n->u.rtcp.header[DST][i]);
		SWAP(n->u.rtcp.drops[SRC], n->u.rtcp.drops[DST]);
		break;
	case NETWORK_UDT:
		if (!n->u.udt.has_dst)
			break;
		side = n->u.udt.side[SRC];
		n->u.udt.side[SRC] = n->u.udt.side[DST];
		n->u.udt.side[DST] = side;
		break;
	}
}

static void encode_network_body(const struct network *n, struct pen *pen)
{
	switch (n->kind) {
	case NETWORK_TCP_INIT:
		encode_tcp_init(pen, &n->u.tcp);
		break;
	case NETWORK_TCP_STATUS:
		encode_tcp_status(pen, &n->u.tcp);
		break;
	case NETWORK_ICMP:
		encode_icmp_network(pen, &n->u.icmp);
		break;
	case NETWORK_ESP:
		pen_be32(pen, n->u.esp.status);
		pen_be32(pen, n->u.esp.spi);
		pen_be32(pen, n->u.esp.last_seq);
		pen_be32(pen, n->u.esp.lost);
		break;
	case NETWORK_RTP:
		encode_rtp(pen, &n->u.rtp);
		break;
	case NETWORK_RTCP:
		pen_bytes(pen, n->u.rtcp.header, sizeof n->u.rtcp.header);
		pen_be16(pen, n->u.rtcp.drops[SRC]);
		pen_be16(pen, n->u.rtcp.drops[DST]);
		break;
	case NETWORK_UDT:
		encode_udt(pen, &n->u.udt);
		break;
	case NETWORK_ARP:
		pen_bytes(pen, n->u.arp_mac, sizeof n->u.arp_mac);
		break;
	case NETWORK_FRAGMENT:
		encode_fragment(pen, &n->u.fragment);
		break;
	}
}

void encode_network(const void *from, struct flow *f, struct pen *pen)
{
	const struct network *n = from;
	uint8_t *start;

	if (likely(n->is_tcp && n->kind == NETWORK_TCP_PERF)) {
		if (f->version == 5 && n->qualifier == QUALIFIER_MAXSEG)
			encode_tcp_perf(pen, &n->u.tcp, true);
		else
			encode_tcp_perf(pen, &n->u.tcp, false);
		return;
	}
	start = dsr_begin(pen, TYPE_NETWORK, n->kind, n->is_tcp ? 0 : n->qualifier);
	if (!n->is_opaque)
		encode_network_body(n, pen);
	dsr_end(pen, start);
}

/* ---- 8.13: big-endian, unlike the network DSR ---- */

bool decode_icmp(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct dsr_head h = dsr_head_take(&dsr);
	struct icmp_mapped *i = to;

	(void)f;
	i->qualifier = h.qualifier;
	i->type = span_u8(&dsr);
	i->code = span_u8(&dsr);
	i->seq = span_be16(&dsr);
	i->outer[SRC] = span_be32(&dsr);
	i->outer[DST] = span_be32(&dsr);
	i->inner[SRC] = span_be32(&dsr);
	i->inner[DST] = span_be32(&dsr);
	i->gateway = span_be32(&dsr);
	return true;
}

void encode_icmp(const void *from, struct flow *f, struct pen *pen)
{
	const struct icmp_mapped *i = from;
	uint8_t *start = dsr_begin(pen, TYPE_ICMP, 0, i->qualifier);

	(void)f;
	pen_u8(pen, i->type);
	pen_u8(pen, i->code);
	pen_be16(pen, i->seq);
	pen_be32(pen, i->outer[SRC]);
	pen_be32(pen, i->outer[DST]);
	pen_be32(pen, i->inner[SRC]);
	pen_be32(pen, i->inner[DST]);
	pen_be32(pen, i->gateway);
	pen_zero(pen, 4);
	dsr_end(pen, start);
}
