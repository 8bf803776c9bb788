/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two records as probes write most of them: several packets either way between two stamps, and
 * nothing to tell them apart but these, the counts, and the state of a connection. Of what merge_plain()
 * does this is left, without opening them. */
#include "common/query/merge_copy.h"
#include "common/record/near.h"
#include "common/record/plain_key.h"
#include "common/record/tcp_perf.h"

struct usual {
	const uint8_t *bytes;
	const struct shape *shape;
	uint64_t start, end; /* of both directions */
	uint32_t pkts[2], octets[2];
};

static inline const uint8_t *dsr_of(const struct usual *u, enum dsr_slot slot)
{
	return bytes_of_slot(u->bytes, u->shape, slot);
}

static INLINED void read_counts(struct usual *u, unsigned width)
{
	const uint8_t *at = dsr_of(u, DSR_METRIC) + DSR_HEAD;

	for (int side = SRC; side <= DST; side++, at += 2 * width) {
		u->pkts[side] = width == 1 ? at[0] : width == 2 ? get_be16(at) : get_be32(at);
		u->octets[side] = width == 1 ? at[1] : width == 2 ? get_be16(at + 2) : get_be32(at + 4);
	}
}

/* False: it is not one of those. */
static INLINED bool read_usual(struct usual *u, const uint8_t *bytes, const struct shape *s)
{
	const uint8_t *times = bytes_of_slot(bytes, s, DSR_TIME) + DSR_HEAD;

	u->bytes = bytes;
	u->shape = s;
	if (!s->plain.is_usual)
		return false;
	if (s->plain.metric_width == 1)
		read_counts(u, 1);
	else if (s->plain.metric_width == 2)
		read_counts(u, 2);
	else
		read_counts(u, 4);
	u->start = time_stamp(times, 0x18);
	u->end = time_stamp(times + 8, 0x18);
	return u->pkts[SRC] > 1 && u->pkts[DST] > 1 && u->start != 0 && u->start <= u->end &&
	       (!s->plain.has_perf || tcp_has_plain_stamps(dsr_of(u, DSR_NETWORK) + DSR_HEAD));
}

static INLINED bool is_same(struct merge *m, const struct usual *x, const struct usual *y, enum dsr_slot slot, size_t length,
			    size_t fixed)
{
	return !(x->shape->indexed & DSR_BIT(slot)) || (same_words(dsr_of(x, slot), dsr_of(y, slot), fixed) &&
							is_canonical(m, slot, dsr_of(x, slot), length, fixed));
}

static INLINED bool may_be_merged(struct merge *m, const struct usual *x, const struct usual *y)
{
	return is_same(m, x, y, DSR_TRANSPORT, 12, 8) && is_same(m, x, y, DSR_MAC, 20, 20) && is_same(m, x, y, DSR_ENCAPS, 12, 12) &&
	       (!(x->shape->indexed & DSR_BIT(DSR_IPATTR)) || has_same_marks(dsr_of(x, DSR_IPATTR), dsr_of(y, DSR_IPATTR)));
}

static INLINED uint8_t *copy(const struct usual *x, enum dsr_slot slot, size_t length, uint8_t *to)
{
	if (!(x->shape->indexed & DSR_BIT(slot)))
		return to;
	memcpy(to, dsr_of(x, slot), length);
	return to + length;
}

static INLINED uint8_t *merge_state(const struct usual *x, const struct usual *y, uint8_t *to)
{
	static const uint64_t some[2] = { 1, 1 };

	to = copy(x, DSR_NETWORK, DSR_HEAD, to);
	if (!x->shape->plain.has_perf)
		return to;
	merge_tcp_perf(dsr_of(x, DSR_NETWORK) + DSR_HEAD, dsr_of(y, DSR_NETWORK) + DSR_HEAD, some, some,
		       merge_is_connection(dsr_of(x, DSR_FLOW), IPV4_KEY_SIZE), to);
	return to + TCP_PERF_V3;
}

/* The sums, and what the statistics are made of. False: they are too large. */
static INLINED bool merge_usual_numbers(const struct usual *x, const struct usual *y, struct usual *sum, struct pair *pair)
{
	uint64_t gap = x->end > y->start ? x->end - y->start : y->start - x->end, all = gap;

	for (int side = SRC; side <= DST; side++) {
		uint64_t pkts = (uint64_t)x->pkts[side] + y->pkts[side], octets = (uint64_t)x->octets[side] + y->octets[side];

		all |= pkts | octets;
		sum->pkts[side] = (uint32_t)pkts;
		sum->octets[side] = (uint32_t)octets;
	}
	sum->start = u64_min(x->start, y->start);
	sum->end = u64_max(x->end, y->end);
	*pair = (struct pair){ { times_seconds_between(x->start, x->end), times_seconds_between(y->start, y->end) },
			       { (uint32_t)gap, (uint32_t)gap } };
	return all <= UINT32_MAX && sum->end > sum->start && sum->end - sum->start <= INT32_MAX;
}

HOT size_t merge_usual(struct merge *m, const uint8_t *a, const struct shape *s, const uint8_t *b, const struct shape *t,
		       struct pair *pair, uint8_t *to)
{
	uint8_t *at = to + RECORD_HEAD;
	struct usual x, y, sum;
	uint32_t after;

	if (s->indexed != t->indexed || s->plain.has_perf != t->plain.has_perf || m->column != NULL || !read_usual(&x, a, s) ||
	    !read_usual(&y, b, t) || !same_words(dsr_of(&x, DSR_FLOW), dsr_of(&y, DSR_FLOW), IPV4_KEY_SIZE) ||
	    !may_be_merged(m, &x, &y) || !merge_usual_numbers(&x, &y, &sum, pair))
		return 0;
	after = (uint32_t)(sum.end - sum.start);
	at = copy(&x, DSR_TRANSPORT, 12, at);
	at = copy(&x, DSR_FLOW, IPV4_KEY_SIZE, at);
	at = near_put_times(at, sum.start, (const uint32_t[2][2]){ { 0, after }, { 0, after } });
	at = near_put_counts(at, sum.pkts, sum.octets);
	at = merge_state(&x, &y, at);
	at = copy(&x, DSR_IPATTR, 12, at);
	at = copy(&x, DSR_MAC, 20, at);
	at = copy(&x, DSR_ENCAPS, 12, at);
	to[0] = RECORD_FAR | 3;
	to[1] = a[1] & 0xf0;
	put_be16(to + 2, (uint16_t)((size_t)(at - to) / 4));
	return (size_t)(at - to);
}
