/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two records merged from their bytes to those of one. Most that are merged at all differ in
 * times, counts and the state of a connection: these are merged by the rules of the table,
 * what else they say must be the same and is copied. */
#include "argus/record/dsr.h"
#include "argus/record/plain.h"
#include "common/query/merge_stats.h"
#include "common/record/times.h"

#define RECORD_HEAD 4u
#define DSR_HEAD 4u
#define HEAD_IPATTR ((uint32_t)TYPE_IPATTR << 24 | (IPATTR_SRC | IPATTR_DST) << 8 | 3)

/* Finds out whether a DSR would be written in the bytes in which it was read, and remembers
 * the first of them. */
static COLD bool find_out(struct merge *m, enum dsr_slot slot, const uint8_t *bytes, size_t length, size_t fixed)
{
	if (fixed > CANONICAL_SIZE || !dsr_is_canonical(slot, bytes, length))
		return false;
	memcpy(m->canonical[slot], bytes, fixed);
	return true;
}

static INLINED bool is_canonical(struct merge *m, enum dsr_slot slot, const uint8_t *bytes, size_t length, size_t fixed)
{
	return likely(fixed <= CANONICAL_SIZE && same_words(m->canonical[slot], bytes, fixed)) ||
	       find_out(m, slot, bytes, length, fixed);
}

bool merge_is_canonical(struct merge *m, enum dsr_slot slot, const uint8_t *bytes, size_t length)
{
	size_t fixed = slot == DSR_TRANSPORT && length == 12 ? 8 : length;

	if (slot == DSR_IPATTR && get_be32(bytes) == HEAD_IPATTR) /* each has its own */
		return true;
	return is_canonical(m, slot, bytes, length, fixed);
}

/* Copies a DSR of `length` bytes, a constant where most have that length, if it is the same in
 * both; of `fixed` bytes, for the rest may differ. */
static INLINED bool copy_same(struct merge *m, const struct plain *a, const struct plain *b, enum dsr_slot slot,
			      size_t length, size_t fixed, struct pen *pen)
{
	const uint8_t *bytes = plain_bytes(a, slot);
	uint8_t *to;

	if (!same_words(bytes, plain_bytes(b, slot), fixed))
		return false;
	/* Keys of plain records are canonical. */
	if (slot != DSR_FLOW && !is_canonical(m, slot, bytes, length, fixed))
		return false;
	to = pen_room(pen, length);
	if (unlikely(to == NULL))
		return false;
	memcpy(to, bytes, length);
	return true;
}

static INLINED bool copy_dsr(struct merge *m, const struct plain *a, const struct plain *b, enum dsr_slot slot, size_t usual,
			     struct pen *pen)
{
	size_t length = plain_length(a, slot);

	if (!(a->have & DSR_BIT(slot)))
		return true;
	if (length != plain_length(b, slot))
		return false;
	return likely(length == usual) ? copy_same(m, a, b, slot, usual, usual, pen)
				       : length <= CANONICAL_SIZE * 2 && copy_same(m, a, b, slot, length, length, pen);
}

/* Its last word is the record's number. */
static INLINED bool copy_transport(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	if (!(a->have & DSR_BIT(DSR_TRANSPORT)))
		return true;
	return plain_length(a, DSR_TRANSPORT) == 12 && plain_length(b, DSR_TRANSPORT) == 12 &&
	       copy_same(m, a, b, DSR_TRANSPORT, 12, 8, pen);
}

/* Whether equal keys are those of one connection: ports of IPv4 keys stand all at one place. */
static inline bool is_one_connection(const struct plain *p)
{
	const uint8_t *key = plain_bytes(p, DSR_FLOW);
	struct flow_key decoded;

	if ((key[2] & 0x1f) == LAYOUT_IPV4 && plain_length(p, DSR_FLOW) == 20) {
		if (get_be16(key + 14) == 0 || get_be16(key + 16) == 0)
			return false;
		if (key[12] == PROTO_TCP && key[2] == LAYOUT_IPV4)
			return true;
	}
	return dsr_table[DSR_FLOW].decode(key, plain_length(p, DSR_FLOW), NULL, &decoded) &&
	       merge_is_one_connection(&decoded, &decoded);
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
	if (get_be32(x) != get_be32(y))
		return false;
	to = pen_room(pen, plain_length(a, DSR_NETWORK));
	if (unlikely(to == NULL))
		return false;
	memcpy(to, x, DSR_HEAD);
	if (get_be32(x) == PLAIN_TCP_PERF)
		merge_tcp_perf(x + DSR_HEAD, y + DSR_HEAD, packets(a), packets(b), is_one_connection(a), to + DSR_HEAD);
	return true;
}

/* If TTL and TOS are the same they stay so, and the identification is that of the first. */
static inline void write_ipattr(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	const uint8_t *x = plain_bytes(a, DSR_IPATTR), *y = plain_bytes(b, DSR_IPATTR);
	const uint32_t marks = 0xffff0000;
	struct ipattr mine, more;
	uint8_t *to;

	if (!(a->have & DSR_BIT(DSR_IPATTR)))
		return;
	if (likely(get_be32(x) == HEAD_IPATTR && get_be32(y) == HEAD_IPATTR &&
		   (((get_be32(x + 4) ^ get_be32(y + 4)) | (get_be32(x + 8) ^ get_be32(y + 8))) & marks) == 0)) {
		to = pen_room(pen, 12);
		if (to != NULL)
			memcpy(to, x, 12);
		return;
	}
	dsr_table[DSR_IPATTR].decode(x, plain_length(a, DSR_IPATTR), NULL, &mine);
	dsr_table[DSR_IPATTR].decode(y, plain_length(b, DSR_IPATTR), NULL, &more);
	merge_rules[DSR_IPATTR].both(m, &mine, &more);
	dsr_table[DSR_IPATTR].encode(&mine, NULL, pen);
}

/* The statistics, of both as they were. Most are those of one record, its duration. */
static inline void write_statistics(const struct plain *a, const struct plain *b, struct pen *pen)
{
	uint64_t gaps[2];
	struct agr agr;

	merge_gaps(&a->metric, &b->metric, &a->times, &b->times, gaps);
	if (likely(a->agr.is_implied && b->agr.is_implied)) {
		float x = a->agr.active.mean, y = b->agr.active.mean;
		const struct agr more = { .metric = METRIC_DURATION, .count = 1, .active = { 1, y, y, 0, y } };

		agr = (struct agr){ .metric = METRIC_DURATION, .count = 1, .active = { 1, x, x, 0, x } };
		merge_statistics(&agr, &more, gaps);
	} else {
		agr = a->agr;
		merge_agr(&agr, &b->agr, gaps);
	}
	dsr_table[DSR_AGR].encode(&agr, NULL, pen);
}

/* Times are written by the sum of counts. False: what is known would not be known any more when
 * the record is read again, for it may be merged again before it is put out; or a sum is
 * larger than it can be. */
static inline bool write_numbers(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	struct metric metric = a->metric;
	struct times times = a->times;

	m->pkts_into = a->metric.pkts;
	m->pkts_from = b->metric.pkts;
	merge_rules[DSR_TIME].both(m, &times, &b->times);
	merge_rules[DSR_METRIC].both(m, &metric, &b->metric);
	if (unlikely(!times_stay(&times, metric.pkts) || metric.pkts[SRC] < a->metric.pkts[SRC] ||
		     metric.pkts[DST] < a->metric.pkts[DST]))
		return false;
	times_write(&times, metric.pkts, pen);
	dsr_table[DSR_METRIC].encode(&metric, NULL, pen);
	write_statistics(a, b, pen);
	return true;
}

HOT bool merge_plain(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	uint8_t *head = pen_room(pen, RECORD_HEAD);
	uint32_t count = a->agr.count + b->agr.count;

	if (head == NULL || ((a->have ^ b->have) & PLAIN_DSRS) != 0 || a->agr.count == 0 || b->agr.count == 0 || count < 2 ||
	    m->column != NULL)
		return false;
	if (!copy_transport(m, a, b, pen) || !copy_dsr(m, a, b, DSR_FLOW, 20, pen) || !write_numbers(m, a, b, pen) ||
	    !write_network(a, b, pen) || !copy_dsr(m, a, b, DSR_VLAN, 8, pen) || !copy_dsr(m, a, b, DSR_MPLS, 8, pen))
		return false;
	write_ipattr(m, a, b, pen);
	if (!copy_dsr(m, a, b, DSR_MAC, 20, pen) || !copy_dsr(m, a, b, DSR_ENCAPS, 12, pen) || pen->is_full)
		return false;
	head[0] = RECORD_FAR | 3;
	head[1] = a->cause;
	put_be16(head + 2, (uint16_t)((size_t)(pen->at - head) / 4));
	return true;
}
