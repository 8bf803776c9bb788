/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of the TCP columns (printing.md 4.6). */
#include "common/query/fields_rows.h"

static const struct udt *flow_udt(struct flow *f)
{
	const struct network *n = flow_network(f);

	return n != NULL && !n->is_opaque && n->kind == NETWORK_UDT ? &n->u.udt : NULL;
}

/* The window in bytes. */
static uint32_t window_of(const struct tcp *t, unsigned side)
{
	return (uint32_t)t->side[side].win << (t->side[side].shift & 31);
}

/* The window in bytes; for UDT the buffer of the source. */
bool get_window(const struct field *field, struct flow *f, struct value *v)
{
	const struct tcp *t = tcp_of(f);
	const struct metric *m = flow_metric(f);
	const struct udt *u;

	if (t != NULL) {
		if (m->pkts[SRC] == 0 || (field->side == DST && m->pkts[DST] == 0))
			return false;
		return value_uint(v, window_of(t, field->side));
	}
	u = flow_udt(f);
	return u != NULL && field->side == SRC && value_uint(v, u->side[SRC].bsize);
}

bool get_base(const struct field *field, struct flow *f, struct value *v)
{
	const struct tcp *t = tcp_of(f);

	return t != NULL && t->side[field->side].seqbase != 0 && value_uint(v, t->side[field->side].seqbase);
}

bool get_rtt(const struct field *field, struct flow *f, struct value *v)
{
	const struct tcp *t = tcp_of(f);

	(void)field;
	return t != NULL && value_double(v, ((double)t->synack + (double)t->ackdat) / 1e6);
}

bool get_synack(const struct field *field, struct flow *f, struct value *v)
{
	const struct tcp *t = tcp_of(f);

	(void)field;
	return t != NULL && value_double(v, (double)t->synack / 1e6);
}

bool get_ackdat(const struct field *field, struct flow *f, struct value *v)
{
	const struct tcp *t = tcp_of(f);

	(void)field;
	return t != NULL && value_double(v, (double)t->ackdat / 1e6);
}

/* The throughput that the other side's window allows at this round trip time,
 * kbit/s. A half of the handshake shorter than 100 us was not measured at the
 * sender, so the other half stands for it. */
bool get_tcp_max(const struct field *field, struct flow *f, struct value *v)
{
	const struct tcp *t = tcp_of(f);
	double rtt;

	if (t == NULL || flow_metric(f)->pkts[DST] == 0)
		return false;
	rtt = ((double)t->synack + (double)t->ackdat) / 1e6;
	if (t->ackdat < 100)
		rtt = (double)t->synack / 1e6;
	else if (t->synack < 100)
		rtt = (double)t->ackdat / 1e6;
	return rtt > 0 && value_double(v, (double)window_of(t, !field->side) * 8.0 / (rtt * 1000.0));
}

/* It has no gaps that anybody could see. */
static bool is_tcp_fragment(struct flow *f)
{
	const struct network *n = flow_network(f);

	return flow_key(f)->proto == 6 && n != NULL && n->kind == NETWORK_FRAGMENT;
}

/* Sequence numbers that no packet carried (bytes). */
bool get_sequence_gap(const struct field *field, struct flow *f, struct value *v)
{
	const struct tcp *t = tcp_of(f);
	const struct tcp_side *s;
	uint32_t span, gap;

	if (t == NULL)
		return is_tcp_fragment(f) && value_uint(v, 0);
	s = &t->side[field->side];
	if (flow_network(f)->kind != NETWORK_TCP_PERF || s->retrans != 0 || s->seq == 0 || s->seqbase == s->ackbytes)
		return value_uint(v, 0);
	span = s->seq - s->seqbase;
	if (span == s->bytes || span == s->bytes - s->winbytes || span < s->bytes)
		return value_uint(v, 0);
	gap = span - s->bytes;
	return value_uint(v, gap >= 0x80000000u ? 0 : gap - 1);
}

/* Version 5: the maximum segment size. */
bool get_mss(const struct field *field, struct flow *f, struct value *v)
{
	const struct tcp *t = tcp_of(f);

	return t != NULL && t->side[field->side].maxseg != 0 && value_uint(v, t->side[field->side].maxseg);
}
