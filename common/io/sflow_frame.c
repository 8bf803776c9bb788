/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the first bytes of a packet to a flow: as little of Ethernet, IP and transport as
 * its key needs. */
#include "common/io/netflow_private.h"

#define RAW_ETHERNET 1
#define RAW_IPV4 11
#define RAW_IPV6 12
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_8021Q 0x8100
#define TYPE_8021AD 0x88a8
#define TYPE_LEAST 0x0600 /* below it is a length, and LLC follows */
#define EXTENSIONS_MAX 8

static void read_ports(struct entry *e, struct span *s)
{
	e->port[SRC] = span_be16(s);
	e->port[DST] = span_be16(s);
}

/* What is cut off is 0. */
static void read_transport(struct entry *e, struct span s)
{
	switch (e->proto) {
	case PROTO_TCP:
		read_ports(e, &s);
		span_skip(&s, 9);
		e->tcp_flags = span_u8(&s);
		if (s.is_short)
			break;
		e->parts |= ENTRY_TCP_FLAGS;
		e->tcp_status = tcp_status_of(e->tcp_flags);
		if ((e->tcp_flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK)) /* of one packet: the answer itself */
			e->tcp_status = (e->tcp_status & ~(uint32_t)TCP_ESTABLISHED) | TCP_SAW_SYNACK;
		break;
	case PROTO_UDP:
		read_ports(e, &s);
		break;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		e->parts |= ENTRY_ICMP;
		span_copy(&s, e->icmp, 2);
		break;
	}
}

static bool read_ipv4(struct entry *e, struct span s)
{
	const uint8_t *p = span_peek(&s, 20);
	size_t header = p != NULL ? (size_t)(p[0] & 0x0f) * 4 : 0;

	if (p == NULL || p[0] >> 4 != 4 || header < 20)
		return false;
	e->parts |= ENTRY_IPATTR;
	e->tos[SRC] = p[1];
	e->ip_id = get_be16(p + 4);
	e->ttl = p[8];
	e->proto = p[9];
	memcpy(e->addr[SRC], p + 12, 4);
	memcpy(e->addr[DST], p + 16, 4);
	if (span_skip(&s, header) && (get_be16(p + 6) & 0x1fff) == 0) /* a first fragment, or the whole */
		read_transport(e, s);
	return true;
}

static bool is_extension(uint8_t proto)
{
	return proto == 0 || proto == 43 || proto == 44 || proto == 51 || proto == 60;
}

/* Moves behind the extension headers. False: what follows is not the start of a transport header. */
static bool skip_extensions(struct entry *e, struct span *s)
{
	for (int i = 0; i < EXTENSIONS_MAX && is_extension(e->proto); i++) {
		const uint8_t *p = span_peek(s, 8);
		uint8_t proto = e->proto;

		if (p == NULL)
			return false;
		e->proto = p[0];
		if (proto == 44 && get_be16(p + 2) >> 3 != 0)
			return false;
		if (!span_skip(s, proto == 44 ? 8 : proto == 51 ? ((size_t)p[1] + 2) * 4 : ((size_t)p[1] + 1) * 8))
			return false;
	}
	return !is_extension(e->proto);
}

static bool read_ipv6(struct entry *e, struct span s)
{
	const uint8_t *p = span_take(&s, 40);

	if (p == NULL || p[0] >> 4 != 6)
		return false;
	e->parts |= ENTRY_IPV6 | ENTRY_IPATTR;
	e->tos[SRC] = (uint8_t)(get_be16(p) >> 4);
	e->proto = p[6];
	e->ttl = p[7];
	memcpy(e->addr[SRC], p + 8, 16);
	memcpy(e->addr[DST], p + 24, 16);
	if (skip_extensions(e, &s))
		read_transport(e, s);
	return true;
}

/* The innermost tag counts, as in the probe. */
static uint16_t skip_tags(struct entry *e, uint16_t type, struct span *s)
{
	while ((type == TYPE_8021Q || type == TYPE_8021AD) && span_peek(s, 4) != NULL) {
		e->parts |= ENTRY_SRC_VLAN;
		e->vlan[SRC] = span_be16(s);
		type = span_be16(s);
	}
	return type;
}

static bool read_ethernet(struct entry *e, struct span s)
{
	uint16_t type;

	span_copy(&s, e->mac[DST], 6);
	span_copy(&s, e->mac[SRC], 6);
	type = span_be16(&s);
	if (s.is_short)
		return false;
	e->parts |= ENTRY_MAC;
	type = skip_tags(e, type, &s);
	e->ether_type = type >= TYPE_LEAST ? type : 0;
	if ((type == TYPE_IPV4 && read_ipv4(e, s)) || (type == TYPE_IPV6 && read_ipv6(e, s)))
		return true;
	e->parts |= ENTRY_ETHER;
	if (type < TYPE_LEAST) {
		e->sap[DST] = span_u8(&s);
		e->sap[SRC] = span_u8(&s);
	}
	return true;
}

bool frame_read(struct entry *e, unsigned protocol, struct span frame)
{
	switch (protocol) {
	case RAW_ETHERNET:
		return read_ethernet(e, frame);
	case RAW_IPV4:
		return read_ipv4(e, frame);
	case RAW_IPV6:
		return read_ipv6(e, frame);
	}
	return false;
}
