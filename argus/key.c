/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow keys of IP packets: the words of the FLOW DSR in canonical order (probe.md
 * 6.1 to 6.5, record-format.md 6). Some fields are little-endian in the record,
 * because the original wrote its host's order there and a reader cannot tell
 * the two apart: ICMP id and sequence, the DNS id, the IP id of a fragment. */
#include <netinet/in.h>

#include "argus/base/hash.h"
#include "argus/base/pen.h"
#include "argus/walk.h"

#define TCP_HEADER 20
#define UDP_HEADER 8
#define DNS_PORT 53

enum { IP4_WORDS = 5, IP6_WORDS = 11, IP4_MATRIX_WORDS = 3, IP6_MATRIX_WORDS = 9 };

void key_start(struct probe_key *k, uint8_t kind, uint8_t qualifier, uint8_t words)
{
	memset(k, 0, sizeof *k);
	k->dsr_length = (uint8_t)(words * 4);
	k->length = k->dsr_length;
	k->bytes[0] = TYPE_FLOW;
	k->bytes[1] = kind;
	k->bytes[2] = qualifier;
	k->bytes[3] = words;
}

/* Both addresses of an Ethernet header in canonical order, and its type. */
static void append_ether(struct probe_key *k, const struct packet *p, bool is_ordered)
{
	uint8_t *to = k->bytes + k->length;

	k->length += 16;
	if (p->ether == NULL)
		return;
	memcpy(to, p->ether, 14);
	if (is_ordered && memcmp(p->ether + 6, p->ether, 6) > 0) {
		memcpy(to, p->ether + 6, 6);
		memcpy(to + 6, p->ether, 6);
	}
}

uint64_t key_finish(struct probe_key *k, const struct packet *p, const struct decode_options *o)
{
	if (unlikely(o->flow_key & FLOW_KEY_VLAN)) {
		put_be32(k->bytes + k->length, p->has_tci ? p->tci & 0xfffu : 0);
		k->length += 4;
	}
	if (unlikely(o->flow_key & (FLOW_KEY_LOCAL_MPLS | FLOW_KEY_COMPLETE_MPLS))) {
		put_be32(k->bytes + k->length, p->has_mpls ? p->mpls : 0);
		k->length += 4;
	}
	if (unlikely(o->flow_key & (FLOW_KEY_L2 | FLOW_KEY_L2_MATRIX)))
		append_ether(k, p, !o->is_unidirectional);
	k->length = (uint16_t)((k->length + 7) & ~7);
	return hash_bytes(k->bytes, k->length, o->seed);
}

/* The two ends of an IPv4 flow: the lower address first, then the lower port. */
static void put_ends4(struct probe_key *k, const struct ip_view *ip, bool is_ordered)
{
	const uint8_t *src = ip->header + 12, *dst = ip->header + 16;
	int order = memcmp(src, dst, 4);

	k->is_reversed = is_ordered && (order > 0 || (order == 0 && ip->sport > ip->dport));
	memcpy(k->bytes + 4, k->is_reversed ? dst : src, 4);
	memcpy(k->bytes + 8, k->is_reversed ? src : dst, 4);
	put_be16(k->bytes + 14, k->is_reversed ? ip->dport : ip->sport);
	put_be16(k->bytes + 16, k->is_reversed ? ip->sport : ip->dport);
}

/* IPv6: the numerically higher address first; between equal ones the lower port. */
static void put_ends6(struct probe_key *k, const struct ip_view *ip, bool is_ordered)
{
	const uint8_t *src = ip->header + 8, *dst = ip->header + 24;
	int order = memcmp(src, dst, 16);

	k->is_reversed = is_ordered && (order < 0 || (order == 0 && ip->sport > ip->dport));
	memcpy(k->bytes + 4, k->is_reversed ? dst : src, 16);
	memcpy(k->bytes + 20, k->is_reversed ? src : dst, 16);
}

static void read_ports(struct ip_view *ip)
{
	const uint8_t *ports = span_peek(&ip->payload, 4);
	int32_t need = ip->proto == IPPROTO_TCP ? TCP_HEADER : UDP_HEADER;

	if (ip->proto != IPPROTO_TCP && ip->proto != IPPROTO_UDP)
		return;
	if (ports == NULL || (ip->version == 4 && ip->length < need))
		return;
	ip->sport = get_be16(ports);
	ip->dport = get_be16(ports + 2);
}

static void key_tuple4(struct probe_key *k, struct ip_view *ip, bool is_ordered)
{
	read_ports(ip);
	put_ends4(k, ip, is_ordered);
	k->bytes[12] = ip->proto;
	/* A DNS transaction is a flow of its own: the id stands where masks do. */
	if (ip->proto == IPPROTO_UDP && (ip->sport == DNS_PORT || ip->dport == DNS_PORT)) {
		const uint8_t *udp = span_peek(&ip->payload, UDP_HEADER + 2);

		if (udp != NULL)
			put_le16(k->bytes + 18, get_be16(udp + UDP_HEADER));
	}
}

/* The request that an ICMP message answers, or the type itself. */
static uint8_t icmp_request(uint8_t type)
{
	switch (type) {
	case 0: return 8;
	case 14: return 13;
	case 16: return 15;
	case 18: return 17;
	default: return type;
	}
}

/* What an unreachable or a redirect adds to its key, from the header that it embeds. */
static void put_icmp_embedded(struct probe_key *k, struct span icmp, uint8_t type, uint8_t code)
{
	const uint8_t *inner;

	if (span_peek(&icmp, 8 + 20) == NULL)
		return;
	span_skip(&icmp, 8);
	inner = icmp.at;
	if (type == 3 && code == 2) {
		put_le16(k->bytes + 16, inner[9]);
	} else if (type == 3 && code == 3) {
		k->bytes[13] = inner[9];
		span_skip(&icmp, (size_t)(inner[0] & 0x0f) * 4 + 2);
		put_le16(k->bytes + 16, span_be16(&icmp));
	} else if (code <= 1) {
		memcpy(k->bytes + 16, inner + 16, 4);
	} else if (type == 5 && code <= 3) {
		k->bytes[13] = inner[1];
	}
}

/* A reply is keyed as its request, also when keys are otherwise as sent. */
static bool key_icmp4(struct probe_key *k, const struct ip_view *ip)
{
	struct span icmp = ip->payload;
	uint8_t type, request;

	if (span_left(&icmp) == 0)
		return false;
	type = icmp.at[0];
	request = icmp_request(type);
	k->is_reversed = k->is_direction = request != type;
	memcpy(k->bytes + 4, ip->header + (k->is_reversed ? 16 : 12), 4);
	memcpy(k->bytes + 8, ip->header + (k->is_reversed ? 12 : 16), 4);
	k->bytes[12] = ip->proto;
	k->bytes[14] = request;
	switch (type) {
	case 0:
	case 8:
		if (span_peek(&icmp, 6) != NULL)
			put_le16(k->bytes + 16, get_be16(icmp.at + 4));
		if (span_peek(&icmp, 8) != NULL)
			put_le16(k->bytes + 18, get_be16(icmp.at + 6));
		break;
	case 9:
	case 10:
	case 13:
	case 14:
	case 15:
	case 16:
	case 17:
	case 18:
		break;
	default:
		k->bytes[15] = span_left(&icmp) > 1 ? icmp.at[1] : 0;
		if (type == 3 || type == 5)
			put_icmp_embedded(k, icmp, type, k->bytes[15]);
	}
	return true;
}

/* The group of the message is the destination, but for a version 3 report, which names
 * none, and a general query. The IP id is not part of the key: it made every packet a flow. */
static bool key_igmp4(struct probe_key *k, const struct ip_view *ip)
{
	const uint8_t *igmp = span_peek(&ip->payload, 8);

	if (igmp == NULL)
		return false;
	memcpy(k->bytes + 4, ip->header + 12, 8);
	if (igmp[0] != 0x22 && (igmp[0] != 0x11 || get_be32(igmp + 4) != 0))
		memcpy(k->bytes + 8, igmp + 4, 4);
	k->bytes[12] = ip->proto;
	k->bytes[14] = igmp[0];
	k->bytes[15] = igmp[1];
	return true;
}

/* One flow for each direction and SPI, whichever the version: `to` is where the SPI goes. */
static bool key_esp(struct probe_key *k, const struct ip_view *ip, uint8_t *to)
{
	const uint8_t *esp = span_peek(&ip->payload, 8);
	size_t size = ip->version == 4 ? 4 : 16;

	if (esp == NULL)
		return false;
	memcpy(k->bytes + 4, ip->header + (ip->version == 4 ? 12 : 8), 2 * size);
	k->bytes[4 + 2 * size] = ip->proto;
	memcpy(to, esp, 4);
	return true;
}

static bool key_ip4(struct probe_key *k, struct ip_view *ip, const struct decode_options *o)
{
	key_start(k, KEY_TUPLE, LAYOUT_IPV4, IP4_WORDS);
	switch (ip->proto) {
	case IPPROTO_ICMP: return key_icmp4(k, ip);
	case IPPROTO_IGMP: return key_igmp4(k, ip);
	case IPPROTO_ESP: return key_esp(k, ip, k->bytes + 16);
	default: key_tuple4(k, ip, !o->is_unidirectional); return true;
	}
}

static uint8_t icmp6_request(uint8_t type)
{
	switch (type) {
	case 129: return 128;
	case 131: return 130;
	case 132: return 130;
	case 134: return 133;
	case 136: return 135;
	case 145: return 144;
	default: return type;
	}
}

static bool key_ip6(struct probe_key *k, struct ip_view *ip, const struct decode_options *o)
{
	const uint8_t *icmp;

	key_start(k, KEY_TUPLE, LAYOUT_IPV6, IP6_WORDS);
	if (ip->proto == IPPROTO_ESP)
		return key_esp(k, ip, k->bytes + 40);
	read_ports(ip);
	put_ends6(k, ip, !o->is_unidirectional);
	k->bytes[36] = ip->proto;
	if (ip->proto == IPPROTO_ICMPV6 || ip->proto == IPPROTO_IGMP) {
		icmp = span_peek(&ip->payload, 8);
		if (icmp == NULL)
			return false;
		k->bytes[40] = ip->proto == IPPROTO_ICMPV6 ? icmp6_request(icmp[0]) : icmp[0];
		k->bytes[41] = icmp[1];
		return true;
	}
	put_be16(k->bytes + 40, k->is_reversed ? ip->dport : ip->sport);
	put_be16(k->bytes + 42, k->is_reversed ? ip->sport : ip->dport);
	return true;
}

void key_ip_fragment(struct probe_key *k, const struct ip_view *ip, const struct decode_options *o)
{
	struct ip_view ends = *ip;

	ends.sport = ends.dport = 0;
	if (ip->version == 4) {
		key_start(k, KEY_TUPLE, LAYOUT_IPV4 | FLOW_QUALIFIER_FRAGMENT, IP4_WORDS);
		put_ends4(k, &ends, !o->is_unidirectional);
		k->bytes[12] = ip->frag_proto;
		put_le16(k->bytes + 18, (uint16_t)ip->frag_id);
	} else {
		key_start(k, KEY_TUPLE, LAYOUT_IPV6 | FLOW_QUALIFIER_FRAGMENT, IP6_WORDS);
		put_ends6(k, &ends, !o->is_unidirectional);
		k->bytes[36] = ip->frag_proto;
		put_le32(k->bytes + 40, ip->frag_id);
	}
	k->is_direction = k->is_reversed && ip->version == 4; /* as the original marks them */
}

/* Addresses only. Argus 3 clients take IPv4 addresses of this kind in their host's order. */
static void key_matrix(struct probe_key *k, const struct ip_view *ip, const struct decode_options *o)
{
	struct ip_view ends = *ip;

	ends.sport = ends.dport = 0;
	if (ip->version == 6) {
		key_start(k, KEY_L3_MATRIX, LAYOUT_IPV6, IP6_MATRIX_WORDS);
		put_ends6(k, &ends, !o->is_unidirectional);
		return;
	}
	key_start(k, KEY_L3_MATRIX, LAYOUT_IPV4, IP4_MATRIX_WORDS);
	put_ends4(k, &ends, !o->is_unidirectional);
	put_le32(k->bytes + 4, get_be32(k->bytes + 4));
	put_le32(k->bytes + 8, get_be32(k->bytes + 8));
}

bool key_ip(struct probe_key *k, struct ip_view *ip, const struct decode_options *o)
{
	if (unlikely(!(o->flow_key & FLOW_KEY_TUPLE))) {
		key_matrix(k, ip, o);
		return true;
	}
	if (unlikely(ip->frag_offset > 0)) {
		key_ip_fragment(k, ip, o);
		return true;
	}
	return ip->version == 4 ? key_ip4(k, ip, o) : key_ip6(k, ip, o);
}
