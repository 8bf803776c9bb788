/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The performance form of the TCP network DSR (record-format.md 8.5): the parts of its
 * content. Most of what is read and written is this, some of it without a struct flow. */
#ifndef COMMON_RECORD_TCP_PERF_H
#define COMMON_RECORD_TCP_PERF_H

#include "common/record/times.h"

#define TCP_HEAD 20u
#define TCP_SIDE_V3 48u
#define TCP_PERF_V3 (TCP_HEAD + 2 * TCP_SIDE_V3)
#define TCP_RETRANS_AT 32u /* in a side */
#define TCP_SIDE_V5 52u /* with the maximum segment; qualifier 2 */

/* Whether the microseconds of both sides' last stamps are less than a second: others would be
 * written in other bytes. */
static INLINED bool tcp_has_plain_stamps(const uint8_t *perf)
{
	return get_be32(perf + TCP_HEAD + 4) < MICROSECONDS && get_be32(perf + TCP_HEAD + TCP_SIDE_V3 + 4) < MICROSECONDS;
}

static inline void decode_tcp_head(const uint8_t *p, struct tcp *t)
{
	t->status = get_be32(p);
	t->state = get_be32(p + 4);
	t->options = get_be32(p + 8);
	t->synack = get_be32(p + 12);
	t->ackdat = get_be32(p + 16);
}

static inline void encode_tcp_head(uint8_t *p, const struct tcp *t)
{
	put_be32(p, t->status);
	put_be32(p + 4, t->state);
	put_be32(p + 8, t->options);
	put_be32(p + 12, t->synack);
	put_be32(p + 16, t->ackdat);
}

static INLINED void decode_tcp_side(const uint8_t *p, struct tcp_side *side, bool has_maxseg)
{
	side->last = (uint64_t)get_be32(p) * MICROSECONDS + get_be32(p + 4);
	side->status = get_be32(p + 8);
	side->seqbase = get_be32(p + 12);
	side->seq = get_be32(p + 16);
	side->ack = get_be32(p + 20);
	side->winnum = get_be32(p + 24);
	side->bytes = get_be32(p + 28);
	side->retrans = get_be32(p + 32);
	side->ackbytes = get_be32(p + 36);
	side->winbytes = get_be32(p + 40);
	side->win = get_be16(p + 44);
	side->flags = p[46];
	side->shift = p[47];
	side->maxseg = has_maxseg ? get_be16(p + 48) : 0;
}

static INLINED void encode_tcp_side(uint8_t *p, const struct tcp_side *side, bool has_maxseg)
{
	put_be32(p, (uint32_t)(side->last / MICROSECONDS));
	put_be32(p + 4, (uint32_t)(side->last % MICROSECONDS));
	put_be32(p + 8, side->status);
	put_be32(p + 12, side->seqbase);
	put_be32(p + 16, side->seq);
	put_be32(p + 20, side->ack);
	put_be32(p + 24, side->winnum);
	put_be32(p + 28, side->bytes);
	put_be32(p + 32, side->retrans);
	put_be32(p + 36, side->ackbytes);
	put_be32(p + 40, side->winbytes);
	put_be16(p + 44, side->win);
	p[46] = side->flags;
	p[47] = side->shift;
	if (has_maxseg)
		put_be32(p + 48, (uint32_t)side->maxseg << 16);
}

#endif
