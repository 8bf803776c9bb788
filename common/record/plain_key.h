/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key of a plain record (plain.h) where it lies. Inlined: it is looked at in every record. */
#ifndef COMMON_RECORD_PLAIN_KEY_H
#define COMMON_RECORD_PLAIN_KEY_H

#include "argus/record/plain.h"
#include "common/record/dsr_codec.h"

#define IPV4_KEY_SIZE 20u
#define IPV6_KEY_SIZE 44u

static inline const uint8_t *bytes_of_slot(const uint8_t *bytes, const struct shape *s, enum dsr_slot slot)
{
	return bytes + (size_t)s->index[slot].words_at * 4;
}

/* TCP or UDP, with nothing out of the ordinary: the key would be written in the same bytes. */
static INLINED bool has_plain_proto(const uint8_t *key, bool is_ipv4)
{
	const uint8_t *proto = key + (is_ipv4 ? 12 : 36);

	return (proto[0] == PROTO_TCP || proto[0] == PROTO_UDP) && (proto[1] & (is_ipv4 ? 0xff : 0xf0)) == 0;
}

/* The record is not turned while reading (steps 9 to 12): that happens to IPv4 only, if the SYN
 * was not seen. */
static INLINED bool stays_as_read(const uint8_t *bytes, const struct shape *s, const uint8_t *key,
				  const struct flow_reading *reading)
{
	return !s->plain.has_perf || key[12] != PROTO_TCP || reading == NULL || !reading->correct ||
	       get_be32(bytes_of_slot(bytes, s, DSR_NETWORK) + 4) & TCP_SAW_SYN;
}

static INLINED bool has_plain_key(const uint8_t *bytes, const struct shape *s, const struct flow_reading *reading)
{
	const uint8_t *key = bytes_of_slot(bytes, s, DSR_FLOW);

	if (likely(s->plain.key_size == IPV4_KEY_SIZE))
		return has_plain_proto(key, true) && stays_as_read(bytes, s, key, reading);
	return s->plain.key_size == IPV6_KEY_SIZE && has_plain_proto(key, false);
}

static inline bool may_be_plain(const uint8_t *bytes, const struct shape *s)
{
	return likely(bytes[0] == (RECORD_FAR | 3) && s->plain.is_plain);
}

/* Packets and bytes of both sides. The width is a constant in each call. */
static INLINED void take_sides(const uint8_t *counts, unsigned width, uint64_t pkts[2], uint64_t octets[2])
{
	for (unsigned side = SRC; side <= DST; side++, counts += 2 * width) {
		pkts[side] = width == 1 ? counts[0] : width == 2 ? get_be16(counts) : get_be32(counts);
		octets[side] = width == 1 ? counts[1] : width == 2 ? get_be16(counts + 2) : get_be32(counts + 4);
	}
}

/* False: they are not all there in one of the usual widths. */
static INLINED bool take_usual_counts(const uint8_t *bytes, const struct shape *s, uint64_t pkts[2], uint64_t octets[2])
{
	const uint8_t *counts = bytes_of_slot(bytes, s, DSR_METRIC) + DSR_HEADER_SIZE;

	switch (s->plain.metric_width) {
	case 1: take_sides(counts, 1, pkts, octets); return true;
	case 2: take_sides(counts, 2, pkts, octets); return true;
	case 4: take_sides(counts, 4, pkts, octets); return true;
	default: return false;
	}
}

static INLINED void take_tuple(const uint8_t *key, const uint8_t *transport, const struct plain_shape *form,
			       struct plain_tuple *t)
{
	bool is_ipv4 = form->key_size == IPV4_KEY_SIZE;
	const uint8_t *ports = key + (is_ipv4 ? 14 : 40);

	t->layout = is_ipv4 ? LAYOUT_IPV4 : LAYOUT_IPV6;
	t->addr[SRC] = key + 4;
	t->addr[DST] = key + (is_ipv4 ? 8 : 20);
	t->proto = key[is_ipv4 ? 12 : 36];
	t->port[SRC] = get_be16(ports);
	t->port[DST] = get_be16(ports + 2);
	t->source_form = form->source_form;
	t->source = form->has_source ? transport + 4 : NULL;
}

/* What plain_tuple() does. */
static INLINED bool read_plain_tuple(const uint8_t *bytes, const struct shape *s, const struct flow_reading *reading,
				     struct plain_tuple *t)
{
	if (!may_be_plain(bytes, s) || !has_plain_key(bytes, s, reading))
		return false;
	take_tuple(bytes_of_slot(bytes, s, DSR_FLOW), bytes_of_slot(bytes, s, DSR_TRANSPORT), &s->plain, t);
	return true;
}

#endif
