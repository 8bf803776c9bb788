/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two records as probes write most of them: packets either way between two stamps, and nothing to
 * tell them apart but these, the counts, and the state of a connection. Of what merge_plain() does
 * this is left, without opening them. */
#include "common/query/merge_copy.h"
#include "common/query/merge_numbers.h"
#include "common/record/near.h"
#include "common/record/plain_key.h"
#include "common/record/tcp_perf.h"

struct usual {
	const uint8_t *bytes;
	const struct shape *shape;
	struct times times;
	uint64_t pkts[2], octets[2];
};

static inline const uint8_t *dsr_of(const struct usual *u, enum dsr_slot slot)
{
	return bytes_of_slot(u->bytes, u->shape, slot);
}

/* What times_correct() makes of them. False: one is missing, or they are out of order. */
static INLINED bool read_times(struct usual *u)
{
	const uint8_t *at = dsr_of(u, DSR_TIME) + DSR_HEADER_SIZE;
	uint64_t start = time_stamp(at, 0x18), end = time_stamp(at + 8, 0x18);

	share_pair(&u->times, start, end, u->pkts);
	if (unlikely(!has_several(u->pkts)))
		settle_lone_packets(&u->times, u->pkts, false);
	return start != 0 && start <= end;
}

/* False: it is not one of those. */
static INLINED bool read_usual(struct usual *u, const uint8_t *bytes, const struct shape *s)
{
	u->bytes = bytes;
	u->shape = s;
	return s->plain.is_usual && take_usual_counts(bytes, s, u->pkts, u->octets) && u->pkts[SRC] > 0 && u->pkts[DST] > 0 && read_times(u) &&
	       (!s->plain.has_perf || tcp_has_plain_stamps(dsr_of(u, DSR_NETWORK) + DSR_HEADER_SIZE));
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

	to = copy(x, DSR_NETWORK, DSR_HEADER_SIZE, to);
	if (!x->shape->plain.has_perf)
		return to;
	merge_tcp_perf(dsr_of(x, DSR_NETWORK) + DSR_HEADER_SIZE, dsr_of(y, DSR_NETWORK) + DSR_HEADER_SIZE, some, some,
		       merge_is_connection(dsr_of(x, DSR_FLOW), IPV4_KEY_SIZE), to);
	return to + TCP_PERF_V3;
}

/* What the statistics are made of. False: that is too large. */
static INLINED bool make_pair(const struct usual *x, const struct usual *y, struct pair *pair)
{
	uint64_t gaps[2];

	for (int side = SRC; side <= DST; side++)
		gaps[side] = merge_gap_between(x->times.at[side][END], y->times.at[side][START]);
	*pair = (struct pair){ { times_seconds(&x->times), times_seconds(&y->times) }, { (uint32_t)gaps[SRC], (uint32_t)gaps[DST] } };
	return ((gaps[SRC] | gaps[DST]) >> 32) == 0;
}

/* The sums, and where they end; NULL: they are not written as most are. */
static INLINED uint8_t *put_sums(const struct usual *x, const struct usual *y, uint8_t *to)
{
	struct times times = x->times;
	uint32_t after[2][2], pkts[2], octets[2];
	uint64_t first, all = 0;

	merge_stamps(&times, x->pkts, &y->times, y->pkts);
	first = times_first(&times);
	for (int side = SRC; side <= DST; side++) {
		uint64_t p = x->pkts[side] + y->pkts[side], o = x->octets[side] + y->octets[side];
		uint64_t start = times.at[side][START] - first, end = times.at[side][END] - first;

		if (start == end)
			return NULL;
		all |= p | o | end << 1;
		pkts[side] = (uint32_t)p;
		octets[side] = (uint32_t)o;
		after[side][START] = (uint32_t)start;
		after[side][END] = (uint32_t)end;
	}
	if (all > UINT32_MAX)
		return NULL;
	return near_put_counts(near_put_times(to, first, (const uint32_t(*)[2])after), pkts, octets);
}

HOT size_t merge_usual(struct merge *m, const uint8_t *a, const struct shape *s, const uint8_t *b, const struct shape *t,
		       struct pair *pair, uint8_t *to)
{
	uint8_t *at = to + RECORD_HEADER_SIZE;
	struct usual x, y;

	if (s->indexed != t->indexed || s->plain.has_perf != t->plain.has_perf || !read_usual(&x, a, s) ||
	    !read_usual(&y, b, t) || !same_words(dsr_of(&x, DSR_FLOW), dsr_of(&y, DSR_FLOW), IPV4_KEY_SIZE) ||
	    !may_be_merged(m, &x, &y) || !make_pair(&x, &y, pair))
		return 0;
	at = copy(&x, DSR_TRANSPORT, 12, at);
	at = put_sums(&x, &y, copy(&x, DSR_FLOW, IPV4_KEY_SIZE, at));
	if (unlikely(at == NULL))
		return 0;
	at = merge_state(&x, &y, at);
	at = copy(&x, DSR_IPATTR, 12, at);
	at = copy(&x, DSR_MAC, 20, at);
	at = copy(&x, DSR_ENCAPS, 12, at);
	to[0] = RECORD_FAR | 3;
	to[1] = a[1] & 0xf0;
	put_be16(to + 2, (uint16_t)((size_t)(at - to) / 4));
	return (size_t)(at - to);
}
