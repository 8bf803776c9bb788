/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two records merged from their bytes to those of one. Most that are merged at all differ in
 * times, counts and the state of a connection: these are merged by the rules of the table,
 * what else they say must be the same and is copied. */
#include "argus/record/dsr.h"
#include "argus/record/plain.h"
#include "common/query/merge.h"

#define RECORD_HEAD 4u
#define DSR_HEAD 4u
#define HEAD_IPATTR ((uint32_t)TYPE_IPATTR << 24 | (IPATTR_SRC | IPATTR_DST) << 8 | 3)

/* Stays as it is, if it is the same in both. */
#define COPIED                                                                                          \
	(DSR_BIT(DSR_TRANSPORT) | DSR_BIT(DSR_FLOW) | DSR_BIT(DSR_VLAN) | DSR_BIT(DSR_MPLS) | DSR_BIT(DSR_MAC) | \
	 DSR_BIT(DSR_ENCAPS))

static inline bool same_words(const uint8_t *a, const uint8_t *b, size_t length)
{
	uint64_t different = 0;
	size_t at = 0;

	for (; at + 8 <= length; at += 8)
		different |= get_le64(a + at) ^ get_le64(b + at);
	if (at < length)
		different |= get_le32(a + at) ^ get_le32(b + at);
	return different == 0;
}

/* Whether the bytes, the first of a DSR, are those of the last one of its kind that was found
 * to be written as it was read. */
static bool is_known(struct merge *m, enum dsr_slot slot, const uint8_t *bytes, size_t length)
{
	return length <= CANONICAL_SIZE && same_words(m->canonical[slot], bytes, length);
}

static COLD bool find_out(struct merge *m, enum dsr_slot slot, const uint8_t *bytes, size_t length, size_t fixed)
{
	if (fixed > CANONICAL_SIZE || !dsr_is_canonical(slot, bytes, length))
		return false;
	memcpy(m->canonical[slot], bytes, fixed);
	return true;
}

/* The number of a record in its transport DSR is that of the first. */
static inline bool copy_dsr(struct merge *m, const struct plain *a, const struct plain *b, enum dsr_slot slot,
			    struct pen *pen)
{
	size_t length = plain_length(a, slot), fixed = length;
	const uint8_t *bytes = plain_bytes(a, slot);

	if (slot == DSR_TRANSPORT) {
		if (length != 12)
			return false;
		fixed = 8;
	}
	if (length != plain_length(b, slot) || !same_words(bytes, plain_bytes(b, slot), fixed))
		return false;
	if (slot != DSR_FLOW && !is_known(m, slot, bytes, fixed) && !find_out(m, slot, bytes, length, fixed))
		return false;
	pen_bytes(pen, bytes, length);
	return true;
}

/* Whether equal keys are those of one connection: ports of IPv4 keys stand all at one place. */
static bool is_one_connection(const struct plain *p)
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

static bool write_network(const struct plain *a, const struct plain *b, struct pen *pen)
{
	const uint8_t *x = plain_bytes(a, DSR_NETWORK), *y = plain_bytes(b, DSR_NETWORK);
	uint8_t *to;

	if (get_be32(x) != get_be32(y))
		return false;
	to = pen_room(pen, plain_length(a, DSR_NETWORK));
	if (to == NULL)
		return false;
	memcpy(to, x, DSR_HEAD);
	if (get_be32(x) == PLAIN_TCP_PERF)
		merge_tcp_perf(x + DSR_HEAD, y + DSR_HEAD, a->metric.pkts, b->metric.pkts, is_one_connection(a), to + DSR_HEAD);
	return true;
}

/* If TTL and TOS are the same they stay so, and the identification is that of the first. */
static bool write_ipattr(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	const uint8_t *x = plain_bytes(a, DSR_IPATTR), *y = plain_bytes(b, DSR_IPATTR);
	const uint32_t marks = 0xffff0000;
	struct ipattr mine, more;

	if (get_be32(x) == HEAD_IPATTR && get_be32(y) == HEAD_IPATTR &&
	    (((get_be32(x + 4) ^ get_be32(y + 4)) | (get_be32(x + 8) ^ get_be32(y + 8))) & marks) == 0) {
		pen_bytes(pen, x, 12);
		return true;
	}
	dsr_table[DSR_IPATTR].decode(x, plain_length(a, DSR_IPATTR), NULL, &mine);
	dsr_table[DSR_IPATTR].decode(y, plain_length(b, DSR_IPATTR), NULL, &more);
	merge_rules[DSR_IPATTR].both(m, &mine, &more);
	dsr_table[DSR_IPATTR].encode(&mine, NULL, pen);
	return true;
}

/* Times and counts, and the statistics, which need both as they were. */
static void write_numbers(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	struct metric metric = a->metric;
	struct times times = a->times;
	struct agr agr = a->agr;
	uint64_t gaps[2];

	merge_gaps(&a->metric, &b->metric, &a->times, &b->times, gaps);
	merge_agr(&agr, &b->agr, gaps);
	m->pkts_into = a->metric.pkts;
	m->pkts_from = b->metric.pkts;
	merge_rules[DSR_TIME].both(m, &times, &b->times);
	merge_rules[DSR_METRIC].both(m, &metric, &b->metric);
	plain_write_times(&times, &metric, pen);
	plain_write_metric(&metric, pen);
	plain_write_agr(&agr, pen);
}

static bool write_others(struct merge *m, const struct plain *a, const struct plain *b, uint32_t slots, struct pen *pen)
{
	for (; slots != 0; slots &= slots - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(slots);
		bool is_done = DSR_BIT(slot) & COPIED      ? copy_dsr(m, a, b, slot, pen)
			       : slot == DSR_IPATTR ? write_ipattr(m, a, b, pen)
						    : write_network(a, b, pen);

		if (!is_done)
			return false;
	}
	return true;
}

#define FIRST (DSR_BIT(DSR_TRANSPORT) | DSR_BIT(DSR_FLOW))

HOT bool merge_plain(struct merge *m, const struct plain *a, const struct plain *b, struct pen *pen)
{
	uint8_t *head = pen_room(pen, RECORD_HEAD);

	if (head == NULL || ((a->have ^ b->have) & PLAIN_DSRS) != 0 || a->agr.count == 0 || b->agr.count == 0 ||
	    m->column != NULL)
		return false;
	if (!write_others(m, a, b, a->have & FIRST, pen))
		return false;
	write_numbers(m, a, b, pen);
	if (!write_others(m, a, b, a->have & ~(FIRST | PLAIN_NUMBERS), pen) || pen->is_full)
		return false;
	head[0] = RECORD_FAR | 3;
	head[1] = a->cause;
	put_be16(head + 2, (uint16_t)((size_t)(pen->at - head) / 4));
	return true;
}
