/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/record/plain.h"

#include "argus/record/shape.h"
#include "common/record/agr.h"
#include "common/record/dsr_codec.h"
#include "common/record/plain_key.h"
#include "common/record/tcp_perf.h"

#define NEEDED (DSR_BIT(DSR_FLOW) | DSR_BIT(DSR_TIME) | DSR_BIT(DSR_METRIC))

/* Heads of DSRs: type, subtype, qualifier, words. */
#define PERF_HEAD ((uint32_t)TYPE_NETWORK << 24 | (uint32_t)NETWORK_TCP_PERF << 16 | 30)
#define NO_NETWORK_HEAD ((uint32_t)TYPE_NETWORK << 24 | (uint32_t)NETWORK_NONE << 16 | 1)
#define IPV4_KEY_HEAD ((uint32_t)TYPE_FLOW << 24 | (uint32_t)KEY_TUPLE << 16 | (uint32_t)LAYOUT_IPV4 << 8 | IPV4_KEY_SIZE / 4)
#define IPV6_KEY_HEAD ((uint32_t)TYPE_FLOW << 24 | (uint32_t)KEY_TUPLE << 16 | (uint32_t)LAYOUT_IPV6 << 8 | IPV6_KEY_SIZE / 4)
#define METRIC_HEAD(packing, words) ((uint32_t)TYPE_METRIC << 24 | 1u << 16 | (packing) << 8 | (words))

/* ---- once a shape ---- */

static uint32_t head_in(const struct shape *s, const uint8_t *bytes, enum dsr_slot slot)
{
	return s->indexed & DSR_BIT(slot) ? get_be32(bytes + (size_t)s->index[slot].words_at * 4) : 0;
}

static uint8_t metric_width(uint32_t head)
{
	switch (head) {
	case METRIC_HEAD(1u, 2u): return 1;
	case METRIC_HEAD(2u, 3u): return 2;
	case METRIC_HEAD(3u, 5u): return 4;
	default: return 0;
	}
}

/* Whether each DSR but the counts is as long as most have it (merge_usual.c). */
static bool has_usual_lengths(const struct shape *s)
{
	static const uint8_t words[DSR_COUNT] = { [DSR_TRANSPORT] = 3, [DSR_FLOW] = IPV4_KEY_SIZE / 4, [DSR_TIME] = 5,
						  [DSR_IPATTR] = 3, [DSR_MAC] = 5, [DSR_ENCAPS] = 3 };

	for (uint32_t slots = s->indexed & ~(DSR_BIT(DSR_METRIC) | DSR_BIT(DSR_NETWORK)); slots != 0; slots &= slots - 1) {
		unsigned slot = (unsigned)__builtin_ctz(slots);

		if (s->index[slot].words != words[slot])
			return false;
	}
	return true;
}

void plain_learn(struct shape *s, const uint8_t *bytes)
{
	uint32_t network = head_in(s, bytes, DSR_NETWORK), key = head_in(s, bytes, DSR_FLOW);
	uint32_t times = head_in(s, bytes, DSR_TIME), transport = head_in(s, bytes, DSR_TRANSPORT);

	s->plain = (struct plain_shape){ .is_plain = (s->indexed & NEEDED) == NEEDED &&
						     !(s->indexed & ~(PLAIN_DSRS | PLAIN_NUMBERS)) &&
						     (network == 0 || network == PERF_HEAD || network == NO_NETWORK_HEAD),
					 .has_perf = network == PERF_HEAD,
					 .has_source = (transport & 0xff) == 3,
					 .source_form = transport_form(transport >> 8 & 0xff),
					 .key_size = key == IPV4_KEY_HEAD ? IPV4_KEY_SIZE : key == IPV6_KEY_HEAD ? IPV6_KEY_SIZE : 0,
					 .times = times == TIMES_OF_PROBE || times == TIMES_OF_CLIENT ? times : 0,
					 .metric_width = metric_width(head_in(s, bytes, DSR_METRIC)) };
	s->plain.is_usual = s->plain.is_plain && s->plain.times == TIMES_OF_PROBE && s->plain.metric_width != 0 &&
			    s->plain.key_size == IPV4_KEY_SIZE && has_usual_lengths(s);
}

/* A shape that was not met lately is met now. */
static COLD const struct shape *learn_shape(const uint8_t *bytes, uint32_t length)
{
	struct flow f;

	flow_open(&f, bytes, length, NULL);
	return shape_of(bytes, length);
}

/* ---- each record ---- */

static inline bool has_plain_network(const struct plain *p)
{
	return !p->form.has_perf || tcp_has_plain_stamps(plain_bytes(p, DSR_NETWORK) + DSR_HEADER_SIZE);
}

static INLINED bool take_counts(struct metric *m, const uint8_t *bytes, const struct shape *s)
{
	if (unlikely(!take_usual_counts(bytes, s, m->pkts, m->bytes)))
		return decode_metric(bytes_of_slot(bytes, s, DSR_METRIC), (size_t)s->index[DSR_METRIC].words * 4, NULL, m);
	m->appbytes[SRC] = m->appbytes[DST] = 0;
	m->has_appbytes = false;
	return true;
}

static inline bool take_times(struct plain *p, const struct shape *s)
{
	const uint8_t *bytes = plain_bytes(p, DSR_TIME);
	bool is_known = s->plain.times != 0 && decode_usual_times(bytes, s->plain.times, &p->times);

	if (unlikely(!is_known) &&
	    (!decode_times(bytes, plain_length(p, DSR_TIME), NULL, &p->times) || p->times.have == 0))
		return false;
	times_correct(&p->times, p->metric.pkts, false);
	return true;
}

static inline bool take_statistics(struct plain *p)
{
	p->is_implied = !(p->have & DSR_BIT(DSR_AGR));
	if (likely(p->is_implied)) {
		p->count = p->metric.pkts[SRC] + p->metric.pkts[DST] > 0;
		p->seconds = times_seconds(&p->times);
		return true;
	}
	if (plain_length(p, DSR_AGR) < AGR_SIZE)
		return false;
	agr_read(plain_bytes(p, DSR_AGR), &p->agr);
	p->count = p->agr.count;
	return u64_max(p->agr.last_start, p->agr.last_time) <= LAST_STAMP;
}

static inline bool take_numbers(struct plain *p, const struct shape *s)
{
	return take_counts(&p->metric, p->bytes, s) && take_times(p, s) && take_statistics(p);
}

static inline const struct shape *find_shape(const uint8_t *bytes, uint32_t length)
{
	const struct shape *s = shape_of(bytes, length);

	if (unlikely(s == NULL))
		s = learn_shape(bytes, length);
	return s != NULL && may_be_plain(bytes, s) ? s : NULL;
}

static INLINED bool take(struct plain *p, const uint8_t *bytes, const struct shape *s)
{
	p->bytes = bytes;
	p->index = s->index;
	p->have = s->indexed;
	p->form = s->plain;
	p->is_corrected = false;
	p->cause = bytes[1] & 0xf0;
	return has_plain_network(p) && take_numbers(p, s);
}

static INLINED bool open_shaped(struct plain *p, const uint8_t *bytes, const struct shape *s, const struct flow_reading *reading)
{
	return s != NULL && has_plain_key(bytes, s, reading) && take(p, bytes, s);
}

HOT bool plain_open(struct plain *p, const uint8_t *bytes, uint32_t length, const struct flow_reading *reading)
{
	return open_shaped(p, bytes, find_shape(bytes, length), reading);
}

HOT bool plain_open_flow(struct plain *p, const struct flow *f)
{
	const struct shape *s = shape_marked(f->shape, f->length);

	if (likely(s != NULL))
		return may_be_plain(f->bytes, s) && open_shaped(p, f->bytes, s, f->reading);
	return plain_open(p, f->bytes, f->length, f->reading);
}

HOT bool plain_open_tuple(struct plain *p, const uint8_t *bytes, const struct shape *shape)
{
	return take(p, bytes, shape);
}

HOT bool plain_tuple(const uint8_t *bytes, const struct shape *s, const struct flow_reading *reading, struct plain_tuple *t)
{
	return read_plain_tuple(bytes, s, reading, t);
}

HOT bool plain_counts(const uint8_t *bytes, const struct shape *s, const struct flow_reading *reading, struct metric *m)
{
	return may_be_plain(bytes, s) && has_plain_key(bytes, s, reading) && take_counts(m, bytes, s);
}

bool plain_find_tuple(const uint8_t *bytes, uint32_t length, const struct flow_reading *reading, struct plain_tuple *t)
{
	const struct shape *s = find_shape(bytes, length);

	return s != NULL && plain_tuple(bytes, s, reading, t);
}

void plain_take_tuple(const struct plain *p, struct plain_tuple *t)
{
	take_tuple(plain_bytes(p, DSR_FLOW), plain_bytes(p, DSR_TRANSPORT), &p->form, t);
}

bool plain_open_made(struct plain *p, const uint8_t *bytes, uint32_t length)
{
	const struct shape *s = find_shape(bytes, length);

	if (s == NULL || !take(p, bytes, s))
		return false;
	p->is_corrected = true;
	return true;
}

void plain_settle(struct plain *p)
{
	memcpy(p->own, p->index, sizeof p->own);
	p->index = p->own;
}

void plain_statistics(const struct plain *p, struct agr *agr)
{
	if (p->is_implied)
		implied_agr(p->count, p->seconds, agr);
	else
		*agr = p->agr;
}

void plain_index(struct plain *p, const uint8_t *dsrs, size_t length)
{
	p->bytes = dsrs;
	p->index = p->own;
	p->is_corrected = true;
	p->have = 0;
	for (size_t at = 0; at < length; at += (size_t)dsrs[at + 3] * 4) {
		int slot = dsr_places[dsrs[at] & 0x7f].slot - 1;

		p->own[slot] = (struct dsr_index){ .words_at = (uint16_t)(at / 4), .words = dsrs[at + 3] };
		p->have |= DSR_BIT(slot);
	}
	p->form.has_perf = p->have & DSR_BIT(DSR_NETWORK) && get_be32(plain_bytes(p, DSR_NETWORK)) == PERF_HEAD;
}

/* The content of the network DSR, if it is of the performance form. */
static const uint8_t *tcp_perf_of(const struct plain *p)
{
	return p->form.has_perf ? plain_bytes(p, DSR_NETWORK) + DSR_HEADER_SIZE : NULL;
}

uint32_t plain_lost(const struct plain *p, enum side side)
{
	const uint8_t *perf = tcp_perf_of(p);

	return perf != NULL ? get_be32(perf + TCP_HEAD + side * TCP_SIDE_V3 + TCP_RETRANS_AT) : 0;
}

bool plain_has_canonical_network(const struct plain *p)
{
	return tcp_perf_of(p) == NULL || p->is_corrected || (p->metric.pkts[SRC] > 0 && p->metric.pkts[DST] > 0);
}
