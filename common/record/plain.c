/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/record/plain.h"

#include "argus/record/shape.h"
#include "common/record/dsr_codec.h"
#include "common/record/tcp_perf.h"

#define NEEDED (DSR_BIT(DSR_FLOW) | DSR_BIT(DSR_TIME) | DSR_BIT(DSR_METRIC))
#define IPV6_KEY_SIZE 44u

/* TCP or UDP over IPv6, with nothing out of the ordinary. */
static inline bool is_plain_ipv6(const uint8_t *key, size_t length)
{
	return length == IPV6_KEY_SIZE && key[1] == KEY_TUPLE && key[2] == LAYOUT_IPV6 && (key[37] & 0xf0) == 0 &&
	       (key[36] == PROTO_TCP || key[36] == PROTO_UDP);
}

/* The key would be written in the same bytes, and the record is not turned while reading
 * (steps 9 to 12): that happens to IPv4 only, if the SYN was not seen. */
static bool has_plain_key(const struct plain *p, const struct flow_reading *reading)
{
	const uint8_t *key = plain_bytes(p, DSR_FLOW);
	size_t length = plain_length(p, DSR_FLOW);

	if (is_plain_ipv6(key, length))
		return true;
	if (!is_plain_key(key, length) || length != 20 || key[13] != 0 || key[2] & FLOW_QUALIFIER_DIRECTION)
		return false;
	return key[12] != PROTO_TCP || !(p->have & DSR_BIT(DSR_NETWORK)) || reading == NULL || !reading->correct ||
	       p->index[DSR_NETWORK].words < 2 || get_be32(plain_bytes(p, DSR_NETWORK) + 4) & TCP_SAW_SYN;
}

/* Microseconds of a side's last stamp, which are less than a second, for others would be
 * written in other bytes. */
static inline bool has_plain_last(const uint8_t *network, enum side side)
{
	return get_be32(network + DSR_HEADER_SIZE + TCP_HEAD + side * TCP_SIDE_V3 + 4) < MICROSECONDS;
}

static inline bool has_plain_network(const struct plain *p)
{
	const uint8_t *network = plain_bytes(p, DSR_NETWORK);

	if (!(p->have & DSR_BIT(DSR_NETWORK)))
		return true;
	return get_be32(network) == PLAIN_TCP_PERF ? has_plain_last(network, SRC) && has_plain_last(network, DST)
						   : get_be32(network) == PLAIN_NO_NETWORK;
}

static bool take_numbers(struct plain *p)
{
	if (!decode_metric(plain_bytes(p, DSR_METRIC), plain_length(p, DSR_METRIC), NULL, &p->metric) ||
	    !decode_times(plain_bytes(p, DSR_TIME), plain_length(p, DSR_TIME), NULL, &p->times) || p->times.have == 0)
		return false;
	times_correct(&p->times, p->metric.pkts, false);
	if (likely(!(p->have & DSR_BIT(DSR_AGR)))) {
		times_imply_agr(&p->times, p->metric.pkts, &p->agr);
		return true;
	}
	memset(&p->agr, 0, sizeof p->agr);
	return decode_agr(plain_bytes(p, DSR_AGR), plain_length(p, DSR_AGR), NULL, &p->agr) &&
	       u64_max(p->agr.last_start, p->agr.last_time) <= LAST_STAMP;
}

/* A shape that was not met lately is met now. */
static COLD const struct shape *learn_shape(const uint8_t *bytes, uint32_t length)
{
	struct flow f;

	flow_open(&f, bytes, length, NULL);
	return shape_of(bytes, length);
}

static inline bool find_dsrs(struct plain *p, const uint8_t *bytes, uint32_t length)
{
	const struct shape *s = shape_of(bytes, length);

	if (unlikely(s == NULL) && (s = learn_shape(bytes, length)) == NULL)
		return false;
	if (bytes[0] != (RECORD_FAR | 3) || (s->indexed & NEEDED) != NEEDED || s->indexed & ~(PLAIN_DSRS | PLAIN_NUMBERS))
		return false;
	p->bytes = bytes;
	memcpy(p->index, s->index, sizeof p->index);
	p->have = s->indexed;
	p->is_corrected = false;
	p->cause = bytes[1] & 0xf0;
	return has_plain_network(p);
}

HOT bool plain_open(struct plain *p, const uint8_t *bytes, uint32_t length, const struct flow_reading *reading)
{
	return find_dsrs(p, bytes, length) && has_plain_key(p, reading) && take_numbers(p);
}

bool plain_open_made(struct plain *p, const uint8_t *bytes, uint32_t length)
{
	if (!find_dsrs(p, bytes, length) || !take_numbers(p))
		return false;
	p->is_corrected = true;
	return true;
}

void plain_index(struct plain *p, const uint8_t *dsrs, size_t length)
{
	p->bytes = dsrs;
	p->is_corrected = true;
	p->have = 0;
	for (size_t at = 0; at < length; at += (size_t)dsrs[at + 3] * 4) {
		int slot = dsr_places[dsrs[at] & 0x7f].slot - 1;

		p->index[slot] = (struct dsr_index){ .words_at = (uint16_t)(at / 4), .words = dsrs[at + 3] };
		p->have |= DSR_BIT(slot);
	}
}

/* The content of the network DSR, if it is of the performance form. */
static const uint8_t *tcp_perf_of(const struct plain *p)
{
	const uint8_t *bytes = plain_bytes(p, DSR_NETWORK);

	return p->have & DSR_BIT(DSR_NETWORK) && get_be32(bytes) == PLAIN_TCP_PERF ? bytes + DSR_HEADER_SIZE : NULL;
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
