/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sFlow version 5 (wire-protocol.md 13): each sampled packet header is a flow, counted
 * as many times as the sampling rate says. */
#include "common/io/netflow_private.h"

#define SFLOW_VERSION 5
#define ADDRESS_IPV4 1
#define ADDRESS_IPV6 2
#define FLOW_SAMPLE 1
#define FLOW_SAMPLE_EXPANDED 3
#define RAW_HEADER 1
#define SAMPLES_MAX 8192u /* of eight bytes in a datagram at least */

static void read_raw_header(struct netflow *n, struct span s, uint32_t rate, const struct exporter *agent, uint64_t arrival,
			    struct buf *records)
{
	struct entry e = { .start = arrival, .end = arrival, .pkts = rate };
	unsigned protocol = span_be32(&s);
	uint32_t length = span_be32(&s), captured;

	span_skip(&s, 4);
	captured = span_be32(&s);
	e.bytes = (uint64_t)rate * length;
	if (!s.is_short && frame_read(&e, protocol, span_sub(&s, captured)))
		entry_write(n, &e, agent, records);
}

/* False: it ends before what it announces. */
static bool read_sample(struct netflow *n, struct span s, bool is_expanded, const struct exporter *agent, uint64_t arrival,
			struct buf *records)
{
	uint32_t rate, count;

	span_skip(&s, is_expanded ? 12 : 8); /* number; source class and index */
	rate = span_be32(&s);
	span_skip(&s, is_expanded ? 24 : 16); /* pool, drops, interfaces */
	for (count = span_be32(&s); count > 0 && span_left(&s) > 0; count--) {
		uint32_t format = span_be32(&s), length = span_be32(&s);
		struct span record = span_sub(&s, length);

		if (format == RAW_HEADER)
			read_raw_header(n, record, rate, agent, arrival, records);
	}
	return count == 0 && !s.is_short;
}

static bool read_agent(struct span *s, struct exporter *agent)
{
	uint32_t type = span_be32(s);

	if (type != ADDRESS_IPV4 && type != ADDRESS_IPV6)
		return false;
	*agent = (struct exporter){ .form = type == ADDRESS_IPV4 ? ID_IPV4 : ID_IPV6 };
	span_copy(s, agent->address, type == ADDRESS_IPV4 ? 4 : 16);
	return true;
}

bool sflow_read(struct netflow *n, struct span pdu, const struct exporter *from, uint64_t arrival, struct buf *records)
{
	struct exporter agent;
	uint32_t version = span_be32(&pdu), count;
	bool is_whole = true;

	if (pdu.is_short)
		return false;
	if (version != SFLOW_VERSION) {
		netflow_reject_version(n, version, from);
		return true;
	}
	if (!read_agent(&pdu, &agent))
		return false;
	span_skip(&pdu, 12); /* sub-agent, number, uptime */
	for (count = span_be32(&pdu); count > 0 && span_left(&pdu) > 0; count--) {
		uint32_t tag = span_be32(&pdu), length = span_be32(&pdu);
		struct span sample = span_sub(&pdu, length);

		if (tag == FLOW_SAMPLE || tag == FLOW_SAMPLE_EXPANDED)
			is_whole &= read_sample(n, sample, tag == FLOW_SAMPLE_EXPANDED, &agent, arrival, records);
	}
	return is_whole && count == 0 && !pdu.is_short;
}

enum pdu_extent sflow_extent(const uint8_t *at, size_t left, bool is_all, size_t *length)
{
	struct span s = span_of(at, left);
	uint32_t version = span_be32(&s), count;
	struct exporter agent;

	(void)is_all;
	if (span_left(&s) >= 4 && (version != SFLOW_VERSION || !read_agent(&s, &agent)))
		return PDU_NONE;
	span_skip(&s, 12);
	count = span_be32(&s);
	if (!s.is_short && (count == 0 || count > SAMPLES_MAX))
		return PDU_NONE;
	for (; count > 0 && !s.is_short; count--) {
		uint32_t size;

		span_skip(&s, 4);
		size = span_be32(&s);
		if (size % 4 != 0 || (size_t)(s.at - at) + size > NETFLOW_PDU_MAX)
			return PDU_NONE;
		span_skip(&s, size);
	}
	*length = (size_t)(s.at - at);
	return s.is_short ? PDU_MORE : PDU_WHOLE;
}
