/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two records merged from their bytes to those of one. Most that are merged at all differ in
 * times, counts and the state of a connection: these are merged by the rules of the table,
 * what else they say must be the same and is copied. */
#include "argus/record/dsr.h"
#include "argus/record/plain.h"
#include "common/query/merge_copy.h"
#include "common/query/merge_numbers.h"
#include "common/query/merge_stats.h"
#include "common/record/agr.h"
#include "common/record/dsr_codec.h"

_Static_assert(PAIR_MORE == AGR_SIZE, "a pair's record grows by the aggregation DSR");

__attribute__((noinline)) bool merge_find_canonical(struct merge *m, enum dsr_slot slot, const uint8_t *bytes, size_t length,
						    size_t fixed)
{
	if (fixed > CANONICAL_SIZE || !dsr_is_canonical(slot, bytes, length))
		return false;
	memcpy(m->canonical[slot], bytes, fixed);
	return true;
}

/* Copies what is the same in both: `fixed` bytes of it, for the last of a transport DSR are the
 * record's number. The length is a constant where most have that. */
static INLINED bool copy_same(struct merge *m, const uint8_t *x, const uint8_t *y, enum dsr_slot slot, size_t length,
			      size_t fixed, struct pen *pen)
{
	uint8_t *to;

	/* Keys of plain records are canonical. */
	if (!same_words(x, y, fixed) || (slot != DSR_FLOW && !is_canonical(m, slot, x, length, fixed)))
		return false;
	to = pen_room(pen, length);
	if (unlikely(to == NULL))
		return false;
	memcpy(to, x, length);
	return true;
}

static INLINED bool copy_dsr(struct merge *m, const struct plain *a, const struct plain *b, enum dsr_slot slot, size_t usual,
			     struct pen *pen)
{
	const uint8_t *x = plain_bytes(a, slot), *y = plain_bytes(b, slot);
	size_t length = plain_length(a, slot);

	if (length != plain_length(b, slot))
		return false;
	return likely(length == usual) ? copy_same(m, x, y, slot, usual, usual, pen)
				       : length <= CANONICAL_SIZE * 2 && copy_same(m, x, y, slot, length, length, pen);
}

static INLINED bool copy_transport(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	if (!(a->have & DSR_BIT(DSR_TRANSPORT)))
		return true;
	return plain_length(a, DSR_TRANSPORT) == 12 && plain_length(b, DSR_TRANSPORT) == 12 &&
	       copy_same(m, plain_bytes(a, DSR_TRANSPORT), plain_bytes(b, DSR_TRANSPORT), DSR_TRANSPORT, 12, 8, pen);
}

bool merge_is_connection(const uint8_t *key, size_t length)
{
	struct flow_key decoded;

	if ((key[2] & 0x1f) == LAYOUT_IPV4 && length == 20) { /* ports stand all at one place */
		if (get_be16(key + 14) == 0 || get_be16(key + 16) == 0)
			return false;
		if (key[12] == PROTO_TCP && key[2] == LAYOUT_IPV4)
			return true;
	}
	return dsr_table[DSR_FLOW].decode(key, length, NULL, &decoded) && merge_is_one_connection(&decoded, &decoded);
}

/* The packets that tell whether a side may have flags. */
static inline const uint64_t *packets(const struct plain *p)
{
	static const uint64_t some[2] = { 1, 1 };

	return p->is_corrected ? some : p->metric.pkts;
}

static inline bool write_network(const struct plain *a, const struct plain *b, struct pen *pen)
{
	const uint8_t *x = plain_bytes(a, DSR_NETWORK), *y = plain_bytes(b, DSR_NETWORK);
	uint8_t *to;

	if (!(a->have & DSR_BIT(DSR_NETWORK)))
		return true;
	if (a->form.has_perf != b->form.has_perf)
		return false;
	to = pen_room(pen, plain_length(a, DSR_NETWORK));
	if (unlikely(to == NULL))
		return false;
	memcpy(to, x, DSR_HEADER_SIZE);
	if (a->form.has_perf)
		merge_tcp_perf(x + DSR_HEADER_SIZE, y + DSR_HEADER_SIZE, packets(a), packets(b),
			       merge_is_connection(plain_bytes(a, DSR_FLOW), plain_length(a, DSR_FLOW)), to + DSR_HEADER_SIZE);
	return true;
}

/* What differs is merged by the rule of the table. */
static COLD void write_ruled(struct merge *m, const struct plain *a, const struct plain *b, enum dsr_slot slot, void *mine,
			     void *more, struct pen *pen)
{
	const struct dsr *dsr = &dsr_table[slot];

	dsr->decode(plain_bytes(a, slot), plain_length(a, slot), NULL, mine);
	dsr->decode(plain_bytes(b, slot), plain_length(b, slot), NULL, more);
	merge_rules[slot].both(m, mine, more);
	dsr->encode(mine, NULL, pen);
}

/* If TTL and TOS are the same they stay so, and the identification is that of the first. */
static inline void write_ipattr(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	const uint8_t *x = plain_bytes(a, DSR_IPATTR);
	struct ipattr mine, more;
	uint8_t *to;

	if (unlikely(!has_same_marks(x, plain_bytes(b, DSR_IPATTR)))) {
		write_ruled(m, a, b, DSR_IPATTR, &mine, &more, pen);
		return;
	}
	to = pen_room(pen, 12);
	if (to != NULL)
		memcpy(to, x, 12);
}

/* Whether there is nothing to be copied, or it was. */
static INLINED bool copy_any(struct merge *m, const struct plain *a, const struct plain *b, enum dsr_slot slot, size_t usual,
			     struct pen *pen)
{
	return !(a->have & DSR_BIT(slot)) || copy_dsr(m, a, b, slot, usual, pen);
}

/* A side without packets has none, so that records of one flow differ in it. */
static INLINED bool write_encaps(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	struct encaps mine, more;

	if (copy_any(m, a, b, DSR_ENCAPS, ENCAPS_SIZE, pen))
		return true;
	if (plain_length(a, DSR_ENCAPS) != ENCAPS_SIZE || plain_length(b, DSR_ENCAPS) != ENCAPS_SIZE ||
	    same_words(plain_bytes(a, DSR_ENCAPS), plain_bytes(b, DSR_ENCAPS), ENCAPS_SIZE))
		return false;
	write_ruled(m, a, b, DSR_ENCAPS, &mine, &more, pen);
	return true;
}

/* What stands behind the numbers and the network DSR. */
static inline bool write_behind(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	if (!copy_any(m, a, b, DSR_VLAN, 8, pen) || !copy_any(m, a, b, DSR_MPLS, 8, pen))
		return false;
	if (a->have & DSR_BIT(DSR_IPATTR))
		write_ipattr(m, a, b, pen);
	return copy_any(m, a, b, DSR_MAC, 20, pen) && write_encaps(m, a, b, pen);
}

static INLINED struct agr implied(float seconds)
{
	return (struct agr){ .metric = METRIC_DURATION, .count = 1, .active = { 1, seconds, seconds, 0, seconds } };
}

HOT bool merge_pair(const struct plain *a, const struct plain *b, struct pair *pair)
{
	uint64_t gaps[2];

	if (!a->is_implied || !b->is_implied || a->count != 1 || b->count != 1)
		return false;
	merge_gaps(&a->metric, &b->metric, &a->times, &b->times, gaps);
	*pair = (struct pair){ { a->seconds, b->seconds }, { (uint32_t)gaps[SRC], (uint32_t)gaps[DST] } };
	return ((gaps[SRC] | gaps[DST]) >> 32) == 0;
}

static INLINED void write_pair(const struct pair *pair, struct pen *pen)
{
	const uint64_t gaps[2] = { pair->gaps[SRC], pair->gaps[DST] };
	struct agr agr = implied(pair->seconds[0]), more = implied(pair->seconds[1]);

	merge_statistics(&agr, &more, gaps);
	agr_write(&agr, pen);
}

/* Where the counts end, behind which statistics stand. */
static INLINED size_t end_of_counts(const uint8_t *record)
{
	size_t at = RECORD_HEADER_SIZE;

	while (record[at] != TYPE_METRIC)
		at += (size_t)record[at + 3] * 4;
	return at + (size_t)record[at + 3] * 4;
}

HOT size_t merge_write_pair(const struct pair *pair, const uint8_t *record, size_t length, uint8_t *to)
{
	size_t at = end_of_counts(record);
	struct pen pen = pen_on(to + at, AGR_SIZE);

	memcpy(to, record, at);
	put_be16(to + 2, (uint16_t)((length + AGR_SIZE) / 4));
	write_pair(pair, &pen);
	memcpy(to + at + AGR_SIZE, record + at, length - at);
	return length + AGR_SIZE;
}

/* The statistics, of both as they were. Most are those of one record, its duration. */
static inline void write_statistics(const struct plain *a, const struct plain *b, struct pen *pen)
{
	struct agr agr, more;
	uint64_t gaps[2];
	struct pair pair;

	if (likely(merge_pair(a, b, &pair))) {
		write_pair(&pair, pen);
		return;
	}
	merge_gaps(&a->metric, &b->metric, &a->times, &b->times, gaps);
	plain_statistics(a, &agr);
	plain_statistics(b, &more);
	merge_agr(&agr, &more, gaps);
	agr_write(&agr, pen);
}

/* Times are written by the sum of counts. False: what is known would not be known any more when
 * the record is read again, for it may be merged again before it is put out; or a sum is
 * larger than it can be. */
static inline bool write_numbers(const struct plain *a, const struct plain *b, const struct pair *pair, struct pen *pen)
{
	struct metric metric = a->metric;
	struct times times = a->times;

	merge_stamps(&times, a->metric.pkts, &b->times, b->metric.pkts);
	merge_counts(&metric, &b->metric);
	if (unlikely(!times_stay(&times, metric.pkts) || metric.pkts[SRC] < a->metric.pkts[SRC] ||
		     metric.pkts[DST] < a->metric.pkts[DST]))
		return false;
	times_write(&times, metric.pkts, pen);
	metric_write(&metric, pen);
	if (pair == NULL)
		write_statistics(a, b, pen);
	return true;
}

HOT bool merge_plain(struct merge *m, const struct plain *a, const struct plain *b, const struct pair *pair, struct pen *pen)
{
	uint8_t *head = pen_room(pen, RECORD_HEADER_SIZE);

	if (head == NULL || ((a->have ^ b->have) & PLAIN_DSRS) != 0 || a->count == 0 || b->count == 0 ||
	    a->count + b->count < 2)
		return false;
	if (!copy_transport(m, a, b, pen) || !copy_dsr(m, a, b, DSR_FLOW, 20, pen) || !write_numbers(a, b, pair, pen) ||
	    !write_network(a, b, pen) || !write_behind(m, a, b, pen) || pen->is_full)
		return false;
	head[0] = RECORD_FAR | 3;
	head[1] = a->cause;
	put_be16(head + 2, (uint16_t)((size_t)(pen->at - head) / 4));
	return true;
}
