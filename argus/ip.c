/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an IP header to the transport header: options, extension headers, AH. */
#include <netinet/in.h>

#include "argus/walk.h"

#define IP4_HEADER 20
#define IP6_HEADER 40

/* The bit of an IPv4 option in the options word (record-format.md 8.11). */
static uint32_t option_bit(uint8_t option)
{
	switch (option) {
	case 7: return 0x01;   /* record route */
	case 68: return 0x02;  /* timestamp */
	case 130: return 0x04; /* security */
	case 131: return 0x08; /* loose source route */
	case 136: return 0x10; /* stream id */
	case 137: return 0x20; /* strict source route */
	case 148: return 0x40; /* router alert */
	default: return 0;
	}
}

/* End-of-list does not end the walk, as in Argus 3 (section 9). */
static uint32_t read_options(struct span s)
{
	uint32_t bits = 0;

	while (span_left(&s) > 0) {
		uint8_t option = span_u8(&s);
		uint8_t length;

		if (option <= 1)
			continue;
		bits |= option_bit(option);
		length = span_u8(&s);
		if (length < 2 || !span_skip(&s, (size_t)length - 2))
			break;
	}
	return bits;
}

/* Steps over the authentication header; the protocol becomes the one inside. An AH
 * of which the fixed part is not captured stays the protocol itself. */
static bool skip_ah(struct ip_view *ip)
{
	const uint8_t *ah = span_peek(&ip->payload, 12);
	size_t size;

	if (ah == NULL)
		return false;
	size = ((size_t)ah[1] + 2) * 4;
	ip->proto = ah[0];
	ip->has_ah = true;
	ip->length -= (int32_t)size;
	span_skip(&ip->payload, size);
	return true;
}

static bool open_ip4(struct ip_view *ip, struct span at)
{
	const uint8_t *h = span_peek(&at, IP4_HEADER);
	size_t header_length;
	uint16_t total, frag;

	if (h == NULL || (total = get_be16(h + 2)) < IP4_HEADER)
		return false;
	header_length = (size_t)(h[0] & 0x0f) * 4; /* taken as it stands, also below 20 */
	frag = get_be16(h + 6);
	*ip = (struct ip_view){
		.header = h,
		.version = 4,
		.proto = h[9],
		.frag_proto = h[9],
		.ttl = h[8],
		.tos = h[1],
		.id = get_be16(h + 4),
		.frag_id = get_be16(h + 4),
		.frag_offset = (uint16_t)((frag & 0x1fff) * 8),
		.more_fragments = (frag & 0x2000) != 0,
		.length = (int32_t)total - (int32_t)header_length,
	};
	if (unlikely(header_length > IP4_HEADER)) {
		struct span options = at;

		span_skip(&options, IP4_HEADER);
		ip->options = read_options(span_sub(&options, header_length - IP4_HEADER));
	}
	span_skip(&at, header_length);
	ip->payload = at;
	if (ip->proto == IPPROTO_AH && ip->frag_offset == 0)
		skip_ah(ip);
	ip->payload.is_short = false;
	if (ip->length < 0)
		ip->length = 0;
	return true;
}

/* Steps over one extension header; false when the transport header is reached, or
 * the captured bytes end: then the protocol is the last one that was read. */
static bool skip_extension(struct ip_view *ip)
{
	struct span s = ip->payload;
	size_t size = 8;
	uint8_t next, length;

	if (ip->proto == IPPROTO_AH)
		return skip_ah(ip);
	if (ip->proto != IPPROTO_HOPOPTS && ip->proto != IPPROTO_DSTOPTS && ip->proto != IPPROTO_ROUTING &&
	    ip->proto != IPPROTO_FRAGMENT)
		return false;
	if (span_left(&s) == 0)
		return false;
	next = span_u8(&s);
	length = span_u8(&s);
	if (ip->proto == IPPROTO_FRAGMENT) {
		uint16_t offset = span_be16(&s);

		ip->frag_offset = offset & 0xfff8;
		ip->more_fragments = (offset & 1) != 0;
		ip->frag_id = span_be32(&s);
		ip->frag_proto = next;
	} else {
		size = ((size_t)length + 1) * 8;
	}
	ip->proto = next;
	ip->length -= (int32_t)size;
	span_skip(&ip->payload, size);
	return ip->frag_offset == 0;
}

static bool open_ip6(struct ip_view *ip, struct span at, size_t left)
{
	const uint8_t *h = span_peek(&at, IP6_HEADER);
	size_t length;

	if (h == NULL)
		return false;
	length = get_be16(h + 4);
	left = left > IP6_HEADER ? left - IP6_HEADER : 0;
	if (length == 0 || length > left) /* 0: jumbo, or segmentation left to the network card */
		length = left;
	*ip = (struct ip_view){
		.header = h,
		.version = 6,
		.proto = h[6],
		.frag_proto = h[6],
		.ttl = h[7],
		.tos = (uint8_t)(h[0] << 4 | h[1] >> 4),
		.length = (int32_t)length,
	};
	span_skip(&at, IP6_HEADER);
	ip->payload = at;
	while (skip_extension(ip))
		continue;
	ip->payload.is_short = false;
	if (ip->length < 0)
		ip->length = 0;
	return true;
}

bool ip_open(struct ip_view *ip, struct span at, size_t left)
{
	const uint8_t *h = span_peek(&at, 1);

	if (h == NULL)
		return false;
	switch (h[0] >> 4) {
	case 4: return open_ip4(ip, at);
	case 6: return open_ip6(ip, at, left);
	default: return false;
	}
}
