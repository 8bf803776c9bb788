/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of the packet, byte, rate and loss columns (printing.md 4.6). */
#include "common/query/fields_rows.h"

static const uint64_t *counts(const struct metric *m, unsigned param)
{
	switch (param) {
	case COUNT_BYTES:
		return m->bytes;
	case COUNT_APPBYTES:
		return m->appbytes;
	default:
		return m->pkts;
	}
}

/* One side's packets, bytes or application bytes; param is enum count_param. */
bool get_count(const struct field *field, struct flow *f, struct value *v)
{
	if (!flow_has(f, DSR_METRIC))
		return false;
	return value_uint(v, counts(flow_metric(f), field->param)[field->side]);
}

bool get_total(const struct field *field, struct flow *f, struct value *v)
{
	const uint64_t *n;

	if (!flow_has(f, DSR_METRIC))
		return false;
	n = counts(flow_metric(f), field->param);
	return value_uint(v, n[SRC] + n[DST]);
}

/* Producer/consumer ratio. Minus zero says that there were no application bytes. */
bool get_pcr(const struct field *field, struct flow *f, struct value *v)
{
	const struct metric *m = flow_metric(f);
	double src = (double)m->appbytes[SRC], dst = (double)m->appbytes[DST];

	(void)field;
	return value_double(v, src + dst > 0 ? (src - dst) / (src + dst) : -0.0);
}

/* Application bytes as a part of all bytes. */
bool get_efficiency(const struct field *field, struct flow *f, struct value *v)
{
	const struct metric *m = flow_metric(f);
	uint64_t app = m->appbytes[SRC] + m->appbytes[DST], all = m->bytes[SRC] + m->bytes[DST];

	if (field->side != BOTH) {
		app = m->appbytes[field->side];
		all = m->bytes[field->side];
	}
	return value_float(v, all != 0 ? (float)((double)app / (double)all) : -0.0f);
}

/* The seconds that a side's rates are reckoned over: its own, or the record's. */
static float side_seconds(struct flow *f, unsigned side)
{
	uint64_t us = side == BOTH ? 0 : flow_side_duration(f, side);

	return seconds_f32(us != 0 ? us : flow_duration(f));
}

/* Packets a second. The first packet starts the clock and does not count. */
bool get_rate(const struct field *field, struct flow *f, struct value *v)
{
	const struct metric *m = flow_metric(f);
	uint64_t n = field->side == BOTH ? m->pkts[SRC] + m->pkts[DST] : m->pkts[field->side];
	float seconds = side_seconds(f, field->side);

	if (!flow_has(f, DSR_METRIC))
		return false;
	return value_float(v, n > 1 && seconds > 0 ? (float)((double)(n - 1) / (double)seconds) : 0.0f);
}

/* Bits a second of what was merged here: all of one side's, by the whole duration (aggregation.md 2.1). */
static float merged_load(struct flow *f, unsigned side)
{
	float seconds = seconds_f32(flow_duration(f));

	return seconds > 0 ? (float)((double)flow_metric(f)->bytes[side] * 8.0 / (double)seconds) : 0.0f;
}

/* Bits a second of one side, without its mean packet, which starts the clock. */
static float side_load(struct flow *f, unsigned side)
{
	const struct metric *m = flow_metric(f);
	uint64_t n = m->pkts[side], bytes = m->bytes[side];
	float seconds;

	if (f->is_merged)
		return merged_load(f, side);
	if (n < 2)
		return 0.0f;
	seconds = side_seconds(f, side);
	return seconds > 0 ? (float)((double)(bytes - bytes / n) * 8.0 / (double)seconds) : 0.0f;
}

bool get_load(const struct field *field, struct flow *f, struct value *v)
{
	if (!flow_has(f, DSR_METRIC))
		return false;
	return value_float(v, side_load(f, field->side));
}

/* Both loads, each weighted with the time that it lasted. */
bool get_total_load(const struct field *field, struct flow *f, struct value *v)
{
	float seconds = seconds_f32(flow_duration(f));
	float bits;

	(void)field;
	if (!flow_has(f, DSR_METRIC))
		return false;
	bits = side_load(f, SRC) * side_seconds(f, SRC) + side_load(f, DST) * side_seconds(f, DST);
	return value_float(v, seconds > 0 ? bits / seconds : 0.0f);
}

/* Lost or retransmitted packets of one side, or of both; false when the protocol
 * does not tell. */
static bool lost_packets(struct flow *f, unsigned side, uint64_t *lost)
{
	const struct network *n = flow_network(f);
	const struct metric *m = flow_metric(f);
	const struct tcp *t = tcp_of(f);

	if (n == NULL || n->is_opaque)
		return false;
	*lost = 0;
	if (t != NULL) {
		if (t->state == 0)
			return true;
		if (side != BOTH)
			*lost = m->pkts[side] > 0 ? t->side[side].retrans : 0;
		else if (m->pkts[SRC] > 0)
			*lost = (uint64_t)t->side[SRC].retrans + t->side[DST].retrans;
		return true;
	}
	switch (n->kind) {
	case NETWORK_RTP:
		*lost = side == BOTH ? (uint64_t)n->u.rtp.drops[SRC] + n->u.rtp.drops[DST] : n->u.rtp.drops[side];
		return true;
	case NETWORK_UDT:
		*lost = side == DST || n->u.udt.side[SRC].drops < 0 ? 0 : (uint64_t)n->u.udt.side[SRC].drops;
		return true;
	case NETWORK_ESP:
		*lost = flow_key(f)->layout == LAYOUT_IPV4 && m->pkts[SRC] > 0 ? n->u.esp.lost : 0;
		return true;
	}
	return false;
}

bool get_loss(const struct field *field, struct flow *f, struct value *v)
{
	uint64_t lost;

	return lost_packets(f, field->side, &lost) && value_uint(v, lost);
}

static uint64_t side_packets(struct flow *f, unsigned side)
{
	const struct metric *m = flow_metric(f);

	return side == BOTH ? m->pkts[SRC] + m->pkts[DST] : m->pkts[side];
}

bool get_loss_percent(const struct field *field, struct flow *f, struct value *v)
{
	uint64_t lost, sent = side_packets(f, field->side);

	if (!lost_packets(f, field->side, &lost))
		return false;
	return value_double(v, lost > 0 ? (double)lost * 100.0 / (double)(sent + lost) : 0.0);
}

/* What UDT counts; the reference knows the source's side only. param is enum udt_param. */
static bool udt_count(const struct field *field, struct flow *f, uint64_t *count)
{
	const struct network *n = flow_network(f);
	const struct udt_metrics *m;
	int32_t value = 0;

	if (n == NULL || n->is_opaque || n->kind != NETWORK_UDT)
		return false;
	m = &n->u.udt.side[SRC];
	if (field->side != DST) {
		switch ((enum udt_param)field->param) {
		case UDT_RETRANS:
			value = m->retrans;
			break;
		case UDT_NACKS:
			value = m->nacked;
			break;
		case UDT_SOLO:
			value = m->solo;
			break;
		case UDT_FIRST:
			value = m->first;
			break;
		}
	}
	*count = value > 0 ? (uint64_t)value : 0;
	return true;
}

bool get_udt(const struct field *field, struct flow *f, struct value *v)
{
	uint64_t n;

	return udt_count(field, f, &n) && value_uint(v, n);
}

bool get_udt_percent(const struct field *field, struct flow *f, struct value *v)
{
	uint64_t n, sent = side_packets(f, field->side);

	if (!udt_count(field, f, &n))
		return false;
	return value_double(v, sent > 0 ? (double)n * 100.0 / (double)sent : 0.0);
}

bool get_mean_size(const struct field *field, struct flow *f, struct value *v)
{
	const struct metric *m = flow_metric(f);
	uint64_t n = m->pkts[field->side];

	return n > 0 && value_float(v, (float)m->bytes[field->side] / (float)n);
}

/* The least or greatest packet; param is STATS_MIN or STATS_MAX. */
bool get_packet_size(const struct field *field, struct flow *f, struct value *v)
{
	const struct psize *p = flow_psize(f);
	uint32_t size;

	if (p == NULL || !p->has[field->side])
		return false;
	size = field->param == STATS_MIN ? p->min[field->side] : p->max[field->side];
	return size != 0 && value_uint(v, size);
}
