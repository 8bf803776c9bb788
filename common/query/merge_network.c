/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merging of transport protocol state (aggregation.md 2.3). */
#include "common/query/merge.h"

#include "common/record/tcp_perf.h"

/* A base that is earlier by no more than this is the true one; one that is farther back
 * belongs to another connection. */
#define SAME_CONNECTION 65536u

static inline bool knows_both(uint8_t kind) { return kind == NETWORK_TCP_PERF; }

/* Whether it has what the first packet of a side tells. */
static inline bool knows_first(uint8_t kind, enum side side)
{
	return kind == NETWORK_TCP_PERF || (kind == NETWORK_TCP_INIT && side == SRC);
}

/* Whether B's numbers are of the range that A's are of: they begin shortly before or
 * after them. Sequence numbers are compared as they are counted, modulo 2^32 (2.3, DNR 2). */
static inline bool is_one_range(const struct tcp_side *a, const struct tcp_side *b)
{
	uint32_t earlier = a->seqbase - b->seqbase;

	return earlier <= SAME_CONNECTION || earlier > INT32_MAX;
}

/* Bytes that the numbers passed and no packet carried, as the columns sgap and dgap count
 * them: the number before the first byte is that of the SYN. */
static inline uint32_t unseen(const struct tcp_side *s)
{
	uint32_t hole = s->seq - s->seqbase - s->bytes;

	return hole > 1 && hole <= INT32_MAX ? hole - 1 : 0;
}

/* The range of numbers of both. Of one connection: from where the earlier began to where
 * the newcomer ends. Numbers of two connections have nothing to do with each other: B's
 * are counted as if they had gone on where A's ended, so that what is missing in both is
 * the sum of what is missing in each. To be called before the bytes are added. */
static inline void merge_range(struct tcp_side *a, const struct tcp_side *b, bool is_one)
{
	if (a->seq == 0 || (is_one && is_one_range(a, b)))
		a->seq = b->seq;
	else if (b->seq != 0)
		a->seq = a->seqbase + a->bytes + b->bytes + 1 + unseen(a) + unseen(b);
}

/* Where it began: with the earlier of two records of a connection, else with A. */
static inline void merge_base(struct tcp_side *a, const struct tcp_side *b, bool is_one)
{
	if (is_one && a->seqbase - b->seqbase <= SAME_CONNECTION)
		a->seqbase = b->seqbase;
}

/* What the performance form counts of a side. */
static inline void merge_side_counts(struct tcp_side *a, const struct tcp_side *b, bool is_one)
{
	merge_range(a, b, is_one);
	a->ack = b->ack;
	a->win = b->win;
	a->winbytes = b->winbytes;
	a->winnum += b->winnum;
	a->bytes += b->bytes;
	a->retrans += b->retrans;
}

/* What only the performance form has is 0 in the others: 0 stands for "not known". The
 * kinds are those of the two DSRs. */
static INLINED void merge_tcp_side(struct tcp_side *a, const struct tcp_side *b, const uint8_t kind[2], enum side side,
				   bool is_one)
{
	a->status |= b->status;
	a->flags |= b->flags;
	if (!knows_first(kind[1], side))
		return;
	if (b->last > a->last)
		a->last = b->last;
	if (a->shift == 0)
		a->shift = b->shift;
	if (a->maxseg == 0)
		a->maxseg = b->maxseg;
	if (!knows_first(kind[0], side) || (a->seq == 0 && b->seq != 0))
		a->seqbase = b->seqbase; /* what A may have of it leads nowhere */
	if (knows_both(kind[1]))
		merge_side_counts(a, b, is_one);
	else if (b->win != 0)
		a->win = b->win;
	merge_base(a, b, is_one);
}

static INLINED void merge_tcp_head(struct tcp *a, const struct tcp *b)
{
	a->status |= b->status;
	a->state |= b->state;
	a->options |= b->options;
	if (a->synack == 0)
		a->synack = b->synack;
	if (a->ackdat == 0)
		a->ackdat = b->ackdat;
}

static void merge_tcp(struct network *a, const struct network *b, bool is_one)
{
	const uint8_t kind[2] = { a->kind, b->kind };

	merge_tcp_head(&a->u.tcp, &b->u.tcp);
	merge_tcp_side(&a->u.tcp.side[SRC], &b->u.tcp.side[SRC], kind, SRC, is_one);
	merge_tcp_side(&a->u.tcp.side[DST], &b->u.tcp.side[DST], kind, DST, is_one);
	if (a->kind != b->kind)
		a->kind = NETWORK_TCP_PERF;
}

/* A side without packets has no flags (record-format.md 11, step 5). */
static INLINED void take_side(const uint8_t *p, uint64_t pkts, struct tcp_side *side)
{
	decode_tcp_side(p, side, false);
	if (unlikely(pkts == 0)) {
		side->flags = 0;
		side->win = 0;
		side->shift = 0;
	}
}

/* Its last stamp is left as it stands, seconds above microseconds: which of two is later is told
 * by these as well. */
static INLINED void take_side_as_it_stands(const uint8_t *p, uint64_t pkts, struct tcp_side *side)
{
	take_side(p, pkts, side);
	side->last = get_be64(p);
}

HOT void merge_tcp_perf(const uint8_t *a, const uint8_t *b, const uint64_t pkts_a[2], const uint64_t pkts_b[2],
			bool is_one, uint8_t *to)
{
	static const uint8_t kind[2] = { NETWORK_TCP_PERF, NETWORK_TCP_PERF };
	struct tcp x, y;

	decode_tcp_head(a, &x);
	decode_tcp_head(b, &y);
	merge_tcp_head(&x, &y);
	encode_tcp_head(to, &x);
	for (unsigned side = SRC; side <= DST; side++) {
		size_t at = TCP_HEAD + side * TCP_SIDE_V3;
		struct tcp_side mine, more;

		take_side_as_it_stands(a + at, pkts_a[side], &mine);
		take_side_as_it_stands(b + at, pkts_b[side], &more);
		merge_tcp_side(&mine, &more, kind, (enum side)side, is_one);
		encode_tcp_side(to + at, &mine, false);
		put_be64(to + at, mine.last);
	}
}

HOT bool merge_network_perf(struct network *a, const uint8_t *b, const uint64_t pkts_b[2], bool is_one)
{
	const uint8_t kind[2] = { a->kind, NETWORK_TCP_PERF };
	struct tcp_side side;
	struct tcp head;

	if (!a->is_tcp)
		return false;
	decode_tcp_head(b, &head);
	merge_tcp_head(&a->u.tcp, &head);
	take_side(b + TCP_HEAD, pkts_b[SRC], &side);
	merge_tcp_side(&a->u.tcp.side[SRC], &side, kind, SRC, is_one);
	take_side(b + TCP_HEAD + TCP_SIDE_V3, pkts_b[DST], &side);
	merge_tcp_side(&a->u.tcp.side[DST], &side, kind, DST, is_one);
	a->kind = NETWORK_TCP_PERF;
	return true;
}

static void merge_rtp(struct rtp *a, const struct rtp *b)
{
	a->state |= b->state;
	for (int side = SRC; side <= DST; side++) {
		a->header[side] = b->header[side];
		a->drops[side] = (uint16_t)(a->drops[side] + b->drops[side]);
		a->deviation[side] = (uint16_t)(a->deviation[side] + b->deviation[side]);
	}
}

/* What a record says is any number: a sum may not fit, and then wraps as the counters of probes do. */
static inline void add_counter(int32_t *to, int32_t more) { *to = (int32_t)((uint32_t)*to + (uint32_t)more); }

static void merge_udt(struct udt *a, const struct udt *b)
{
	a->state |= b->state;
	a->status |= b->status;
	for (size_t i = 0; i < ARRAY_LENGTH(a->handshake); i++)
		if (a->handshake[i] != b->handshake[i])
			a->handshake[i] = 0;
	for (int side = SRC; side <= DST; side++) {
		struct udt_metrics *x = &a->side[side];
		const struct udt_metrics *y = &b->side[side];

		add_counter(&x->solo, y->solo);
		add_counter(&x->first, y->first);
		add_counter(&x->middle, y->middle);
		add_counter(&x->last, y->last);
		add_counter(&x->drops, y->drops);
		add_counter(&x->retrans, y->retrans);
		add_counter(&x->nacked, y->nacked);
	}
	a->has_dst |= b->has_dst;
}

static void merge_esp(struct esp *a, const struct esp *b)
{
	a->status |= b->status;
	if (a->spi != b->spi)
		a->spi = 0;
	a->last_seq = b->last_seq;
	a->lost += b->lost;
}

bool merge_network(struct network *a, const struct network *b, bool is_one)
{
	if (a->is_tcp && b->is_tcp) {
		merge_tcp(a, b, is_one);
		return true;
	}
	if (b->kind == NETWORK_NONE) /* such a DSR is there only so that one is */
		return true;
	if (a->kind != b->kind || a->is_opaque || b->is_opaque)
		return false;
	a->qualifier |= b->qualifier;
	switch (a->kind) {
	case NETWORK_RTP: merge_rtp(&a->u.rtp, &b->u.rtp); break;
	case NETWORK_UDT: merge_udt(&a->u.udt, &b->u.udt); break;
	case NETWORK_ESP: merge_esp(&a->u.esp, &b->u.esp); break;
	default: break; /* ICMP, ARP, RTCP, fragments: what was seen first */
	}
	return true;
}

bool merge_network_perf_reversed(struct network *a, const uint8_t *b, const uint64_t pkts_b[2], bool is_one)
{
	struct network turned = { .kind = NETWORK_TCP_PERF, .is_tcp = true };

	decode_tcp_head(b, &turned.u.tcp);
	take_side(b + TCP_HEAD, pkts_b[DST], &turned.u.tcp.side[SRC]);
	take_side(b + TCP_HEAD + TCP_SIDE_V3, pkts_b[SRC], &turned.u.tcp.side[DST]);
	dsr_table[DSR_NETWORK].reverse(&turned);
	return merge_network(a, &turned, is_one);
}
