/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow key: record-format.md 6. The decoder gives the key as it is to be
 * shown, with the ends of an IP key exchanged when REVERSE asks for it. */
#include "common/record/dsr_codec.h"

#define PORT_DNS 53

static void swap_bytes(uint8_t *a, uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		SWAP(a[i], b[i]);
}

static bool has_ports(const struct flow_key *k)
{
	return k->proto == PROTO_TCP || k->proto == PROTO_UDP;
}

/* A key's protocol that has no room for mask lengths (6.1). */
static bool has_own_tail(const struct flow_key *k)
{
	return k->proto == PROTO_ICMP || k->proto == PROTO_IGMP || k->proto == PROTO_ESP || (k->flags & KEY_FRAGMENT);
}

/* Bytes 12 to 19 of an IPv4 key. */
static void decode_ipv4_tail(struct flow_key *k, const uint8_t *p)
{
	k->proto = p[0];
	if (k->flags & KEY_FRAGMENT) {
		k->u.ip.id = get_be16(p + 6);
		return;
	}
	switch (k->proto) {
	case PROTO_ICMP:
		k->u.ip.tp_p = p[1];
		k->u.ip.type = p[2];
		k->u.ip.code = p[3];
		k->u.ip.id = get_be16(p + 4);
		k->u.ip.seq = get_be16(p + 6);
		return;
	case PROTO_IGMP:
		k->u.ip.type = p[2];
		k->u.ip.code = p[3];
		k->u.ip.id = get_be16(p + 6);
		return;
	case PROTO_ESP:
		k->u.ip.spi = get_be32(p + 4);
		return;
	}
	k->u.ip.port[SRC] = get_be16(p + 2);
	k->u.ip.port[DST] = get_be16(p + 4);
	if (k->flags & KEY_MASKLEN) {
		k->u.ip.masklen[SRC] = p[6] != 0 && p[6] < 32 ? p[6] : 32;
		k->u.ip.masklen[DST] = p[7] != 0 && p[7] < 32 ? p[7] : 32;
	} else {
		k->u.ip.seq = get_be16(p + 6); /* a DNS transaction id, or 0 */
	}
}

static bool decode_ipv4(struct span dsr, struct flow_key *k)
{
	const uint8_t *p = span_take(&dsr, 8);

	if (p == NULL)
		return false;
	memset(k->u.ip.masklen, 32, sizeof k->u.ip.masklen);
	memcpy(k->u.ip.addr[SRC], p, 4);
	memcpy(k->u.ip.addr[DST], p + 4, 4);
	if (k->kind == KEY_L3_MATRIX) { /* native in this form */
		uint32_t src = get_le32(p), dst = get_le32(p + 4);

		put_be32(k->u.ip.addr[SRC], src);
		put_be32(k->u.ip.addr[DST], dst);
		return true;
	}
	p = span_take(&dsr, 8);
	if (p != NULL)
		decode_ipv4_tail(k, p);
	return true;
}

static void decode_ipv6_ports(struct flow_key *k, const uint8_t *p)
{
	if (k->flags & KEY_FRAGMENT)
		k->u.ip.frag_id = get_be32(p);
	else if (k->proto == PROTO_ESP)
		k->u.ip.spi = get_be32(p);
	else if (k->proto == PROTO_ICMP6 || k->proto == PROTO_IGMP) {
		k->u.ip.type = p[0];
		k->u.ip.code = p[1];
		k->u.ip.id = get_be16(p + 2);
	} else {
		k->u.ip.port[SRC] = get_be16(p);
		k->u.ip.port[DST] = get_be16(p + 2);
	}
}

static bool decode_ipv6(struct span dsr, struct flow_key *k)
{
	const uint8_t *p = span_take(&dsr, 32);
	uint16_t mask;

	if (p == NULL)
		return false;
	memset(k->u.ip.masklen, 128, sizeof k->u.ip.masklen);
	memcpy(k->u.ip.addr, p, 32);
	p = span_take(&dsr, 8);
	if (p == NULL || k->kind == KEY_L3_MATRIX)
		return true;
	k->proto = p[0];
	k->u.ip.flow_label = get_be32(p) & 0xfffff;
	decode_ipv6_ports(k, p + 4);
	p = span_take(&dsr, 4);
	if (p == NULL || !(k->flags & KEY_MASKLEN))
		return true;
	for (int side = SRC; side <= DST; side++) {
		mask = get_le16(p + 2 * side);
		k->u.ip.masklen[side] = (uint8_t)(mask != 0 && mask < 128 ? mask : 128);
	}
	return true;
}

static void reverse_ip(struct flow_key *k)
{
	swap_bytes(k->u.ip.addr[SRC], k->u.ip.addr[DST], 16);
	SWAP(k->u.ip.masklen[SRC], k->u.ip.masklen[DST]);
	if (has_ports(k))
		SWAP(k->u.ip.port[SRC], k->u.ip.port[DST]);
}

static bool decode_ip(struct span dsr, struct flow_key *k)
{
	if (!(k->layout == LAYOUT_IPV4 ? decode_ipv4(dsr, k) : decode_ipv6(dsr, k)))
		return false;
	if (k->flags & KEY_REVERSE) {
		reverse_ip(k);
		/* The identification of an IPv6 fragment stands where ports do, and is turned as they are. */
		k->u.ip.frag_id = k->u.ip.frag_id >> 16 | k->u.ip.frag_id << 16;
		k->flags &= (uint8_t)~KEY_REVERSE;
	}
	return true;
}

/* REVERSE changes nothing in a key of version 3 (section 11, step 1); Argus 5 means
 * by it what it means for IP. */
static bool decode_ether(struct span dsr, struct flow_key *k, unsigned version)
{
	span_copy(&dsr, k->u.ether.mac[DST], 6);
	span_copy(&dsr, k->u.ether.mac[SRC], 6);
	k->u.ether.type = span_be16(&dsr);
	k->u.ether.sap[DST] = span_u8(&dsr);
	k->u.ether.sap[SRC] = span_u8(&dsr);
	if (version == 5 && k->flags & KEY_REVERSE) {
		reverse_key(k);
		k->flags &= (uint8_t)~KEY_REVERSE;
	}
	return true;
}

/* As much of a hardware address as there is room and record for. */
static void take_hardware_address(struct span *dsr, uint8_t *to, size_t length)
{
	size_t n = u64_min(u64_min(length, HARDWARE_ADDRESS_MAX), span_left(dsr));
	const uint8_t *p = span_take(dsr, n);

	if (p != NULL)
		memcpy(to, p, n);
}

static bool decode_old_arp(struct span dsr, struct flow_key *k)
{
	k->u.arp.hrd = 1;
	k->u.arp.pro = 0x0800;
	k->u.arp.hln = 6;
	k->u.arp.pln = 4;
	k->u.arp.op = 1;
	span_copy(&dsr, k->u.arp.addr[SRC], 4);
	span_copy(&dsr, k->u.arp.addr[DST], 4);
	take_hardware_address(&dsr, k->u.arp.mac, 6);
	return true;
}

static bool decode_arp(struct span dsr, struct flow_key *k)
{
	if (k->kind != KEY_ARP)
		return decode_old_arp(dsr, k);
	k->u.arp.hrd = span_be16(&dsr);
	k->u.arp.pro = span_be16(&dsr);
	k->u.arp.hln = span_u8(&dsr);
	k->u.arp.pln = span_u8(&dsr);
	k->u.arp.op = span_be16(&dsr);
	span_copy(&dsr, k->u.arp.addr[SRC], 4);
	span_copy(&dsr, k->u.arp.addr[DST], 4);
	take_hardware_address(&dsr, k->u.arp.mac, k->u.arp.hln);
	return true;
}

static bool decode_rarp(struct span dsr, struct flow_key *k)
{
	if (k->kind != KEY_ARP) {
		k->u.rarp.hln = 6;
		span_copy(&dsr, k->u.rarp.target, 4);
		take_hardware_address(&dsr, k->u.rarp.mac[SRC], 6);
		take_hardware_address(&dsr, k->u.rarp.mac[DST], 6);
		return true;
	}
	k->u.rarp.hrd = span_be16(&dsr);
	k->u.rarp.pro = span_be16(&dsr);
	k->u.rarp.hln = span_u8(&dsr);
	k->u.rarp.pln = span_u8(&dsr);
	k->u.rarp.op = span_be16(&dsr);
	span_copy(&dsr, k->u.rarp.target, 4);
	if (k->flags & KEY_REVERSE) { /* two areas of 32 bytes */
		span_copy(&dsr, k->u.rarp.mac[DST], HARDWARE_ADDRESS_MAX);
		span_copy(&dsr, k->u.rarp.mac[SRC], HARDWARE_ADDRESS_MAX);
		return true;
	}
	take_hardware_address(&dsr, k->u.rarp.mac[DST], k->u.rarp.hln);
	take_hardware_address(&dsr, k->u.rarp.mac[SRC], k->u.rarp.hln);
	return true;
}

static bool decode_wlan(struct span dsr, struct flow_key *k)
{
	span_copy(&dsr, k->u.wlan.mac[DST], 6);
	span_copy(&dsr, k->u.wlan.mac[SRC], 6);
	span_copy(&dsr, k->u.wlan.bssid, 6);
	span_copy(&dsr, k->u.wlan.ssid, sizeof k->u.wlan.ssid);
	return true;
}

static bool decode_isis(struct span dsr, struct flow_key *k)
{
	k->u.isis.pdu = span_be32(&dsr);
	span_copy(&dsr, k->u.isis.mac[SRC], 6);
	span_copy(&dsr, k->u.isis.mac[DST], 6);
	k->u.isis.version = span_u8(&dsr);
	span_skip(&dsr, 3);
	span_copy(&dsr, k->u.isis.id, sizeof k->u.isis.id);
	k->u.isis.checksum = span_be32(&dsr);
	k->u.isis.sequence = get_be32(k->u.isis.id + 8);
	return true;
}

static bool decode_udt_key(struct span dsr, struct flow_key *k)
{
	span_copy(&dsr, k->u.udt.mac[DST], 6);
	span_copy(&dsr, k->u.udt.mac[SRC], 6);
	k->u.udt.type = span_be16(&dsr);
	k->u.udt.sap[DST] = span_u8(&dsr);
	k->u.udt.sap[SRC] = span_u8(&dsr);
	k->u.udt.socket = span_le32(&dsr);
	return true;
}

static uint8_t key_flags(const struct dsr_head *h)
{
	return (uint8_t)((h->subtype & FLOW_SUBTYPE_REVERSE ? KEY_REVERSE : 0) |
			 (h->qualifier & FLOW_QUALIFIER_DIRECTION ? KEY_DIRECTION : 0) |
			 (h->qualifier & FLOW_QUALIFIER_MASKLEN ? KEY_MASKLEN : 0) |
			 (h->qualifier & FLOW_QUALIFIER_FRAGMENT ? KEY_FRAGMENT : 0));
}

static inline bool decode_plain(const uint8_t *p, size_t length, struct flow_key *k)
{
	if (!is_plain_key(p, length))
		return false;
	k->kind = KEY_TUPLE;
	k->layout = LAYOUT_IPV4;
	k->flags = p[2] & FLOW_QUALIFIER_DIRECTION ? KEY_DIRECTION : 0;
	k->proto = p[12];
	memcpy(k->u.ip.addr[SRC], p + 4, 4);
	memcpy(k->u.ip.addr[DST], p + 8, 4);
	k->u.ip.port[SRC] = get_be16(p + 14);
	k->u.ip.port[DST] = get_be16(p + 16);
	k->u.ip.masklen[SRC] = k->u.ip.masklen[DST] = 32;
	k->u.ip.seq = get_be16(p + 18); /* a DNS transaction id, or 0 */
	return true;
}

bool decode_key(const uint8_t *bytes, size_t length, const struct flow *f, void *to)
{
	struct span dsr = span_of(bytes, length);
	struct flow_key *k = to;
	struct dsr_head h;

	memset(k, 0, sizeof *k);
	if (likely(decode_plain(bytes, length, k)))
		return true;
	h = dsr_head_take(&dsr);
	k->kind = h.subtype & 0x3f;
	k->layout = h.qualifier & 0x1f;
	k->flags = key_flags(&h);
	switch (k->layout) {
	case LAYOUT_IPV4:
	case LAYOUT_IPV6:
		if (decode_ip(dsr, k))
			return true;
		break;
	case LAYOUT_ETHER:
		return decode_ether(dsr, k, f->version);
	case LAYOUT_ARP:
		return decode_arp(dsr, k);
	case LAYOUT_RARP:
		return decode_rarp(dsr, k);
	case LAYOUT_WLAN:
		return decode_wlan(dsr, k);
	case LAYOUT_ISIS:
		return decode_isis(dsr, k);
	case LAYOUT_UDT:
		return decode_udt_key(dsr, k);
	}
	memset(k, 0, sizeof *k); /* a key that nobody can read */
	return false;
}

void reverse_key(void *member)
{
	struct flow_key *k = member;

	switch (k->layout) {
	case LAYOUT_IPV4:
	case LAYOUT_IPV6:
		reverse_ip(k);
		break;
	case LAYOUT_ETHER:
		swap_bytes(k->u.ether.mac[SRC], k->u.ether.mac[DST], 6);
		SWAP(k->u.ether.sap[SRC], k->u.ether.sap[DST]);
		break;
	case LAYOUT_ARP:
		swap_bytes(k->u.arp.addr[SRC], k->u.arp.addr[DST], 4);
		break;
	case LAYOUT_RARP:
		swap_bytes(k->u.rarp.mac[SRC], k->u.rarp.mac[DST], HARDWARE_ADDRESS_MAX);
		break;
	case LAYOUT_WLAN:
		swap_bytes(k->u.wlan.mac[SRC], k->u.wlan.mac[DST], 6);
		break;
	case LAYOUT_UDT:
		swap_bytes(k->u.udt.mac[SRC], k->u.udt.mac[DST], 6);
		SWAP(k->u.udt.sap[SRC], k->u.udt.sap[DST]);
		break;
	}
}

/* Mask lengths that are worth writing. */
static bool has_masks(const struct flow_key *k, uint8_t full)
{
	return k->u.ip.masklen[SRC] != full || k->u.ip.masklen[DST] != full;
}

static void encode_ipv4_tail(const struct flow_key *k, struct pen *pen)
{
	pen_u8(pen, k->proto);
	pen_u8(pen, k->u.ip.tp_p);
	if (k->flags & KEY_FRAGMENT) {
		pen_zero(pen, 4);
		pen_be16(pen, k->u.ip.id);
	} else if (k->proto == PROTO_ICMP) {
		pen_u8(pen, k->u.ip.type);
		pen_u8(pen, k->u.ip.code);
		pen_be16(pen, k->u.ip.id);
		pen_be16(pen, k->u.ip.seq);
	} else if (k->proto == PROTO_IGMP) {
		pen_u8(pen, k->u.ip.type);
		pen_u8(pen, k->u.ip.code);
		pen_be16(pen, 0);
		pen_be16(pen, k->u.ip.id);
	} else if (k->proto == PROTO_ESP) {
		pen_be16(pen, 0);
		pen_be32(pen, k->u.ip.spi);
	} else {
		pen_be16(pen, k->u.ip.port[SRC]);
		pen_be16(pen, k->u.ip.port[DST]);
		if (k->flags & KEY_MASKLEN || has_masks(k, 32)) {
			pen_u8(pen, k->u.ip.masklen[SRC]);
			pen_u8(pen, k->u.ip.masklen[DST]);
		} else {
			pen_be16(pen, k->u.ip.seq);
		}
	}
}

/* Addresses, protocol and ports, without masks: most keys. */
static bool is_plain(const struct flow_key *k)
{
	return k->layout == LAYOUT_IPV4 && k->kind != KEY_L3_MATRIX && !has_own_tail(k) && !(k->flags & (KEY_FRAGMENT | KEY_MASKLEN)) &&
	       !has_masks(k, 32);
}

static void encode_plain(const struct flow_key *k, unsigned subtype, unsigned qualifier, struct pen *pen)
{
	uint8_t *p = dsr_whole(pen, TYPE_FLOW, subtype, qualifier, 5);

	if (p == NULL)
		return;
	memcpy(p, k->u.ip.addr[SRC], 4);
	memcpy(p + 4, k->u.ip.addr[DST], 4);
	p[8] = k->proto;
	p[9] = k->u.ip.tp_p;
	put_be16(p + 10, k->u.ip.port[SRC]);
	put_be16(p + 12, k->u.ip.port[DST]);
	put_be16(p + 14, k->u.ip.seq);
}

static void encode_ipv4(const struct flow_key *k, struct pen *pen)
{
	if (k->kind == KEY_L3_MATRIX) {
		pen_le32(pen, get_be32(k->u.ip.addr[SRC]));
		pen_le32(pen, get_be32(k->u.ip.addr[DST]));
		return;
	}
	pen_bytes(pen, k->u.ip.addr[SRC], 4);
	pen_bytes(pen, k->u.ip.addr[DST], 4);
	encode_ipv4_tail(k, pen);
}

static void encode_ipv6(const struct flow_key *k, struct pen *pen)
{
	pen_bytes(pen, k->u.ip.addr, 32);
	if (k->kind == KEY_L3_MATRIX)
		return;
	pen_be32(pen, (uint32_t)k->proto << 24 | k->u.ip.flow_label);
	if (k->flags & KEY_FRAGMENT)
		pen_be32(pen, k->u.ip.frag_id);
	else if (k->proto == PROTO_ESP)
		pen_be32(pen, k->u.ip.spi);
	else if (k->proto == PROTO_ICMP6 || k->proto == PROTO_IGMP) {
		pen_u8(pen, k->u.ip.type);
		pen_u8(pen, k->u.ip.code);
		pen_be16(pen, k->u.ip.id);
	} else {
		pen_be16(pen, k->u.ip.port[SRC]);
		pen_be16(pen, k->u.ip.port[DST]);
	}
	if (k->flags & KEY_MASKLEN || has_masks(k, 128)) {
		pen_le16(pen, k->u.ip.masklen[SRC]);
		pen_le16(pen, k->u.ip.masklen[DST]);
	}
}

static void encode_ether(const struct flow_key *k, struct pen *pen)
{
	pen_bytes(pen, k->u.ether.mac[DST], 6);
	pen_bytes(pen, k->u.ether.mac[SRC], 6);
	pen_be16(pen, k->u.ether.type);
	pen_u8(pen, k->u.ether.sap[DST]);
	pen_u8(pen, k->u.ether.sap[SRC]);
}

static void encode_arp(const struct flow_key *k, struct pen *pen)
{
	uint8_t length = k->u.arp.hln < HARDWARE_ADDRESS_MAX ? k->u.arp.hln : HARDWARE_ADDRESS_MAX;

	if (k->kind == KEY_ARP) {
		pen_be16(pen, k->u.arp.hrd);
		pen_be16(pen, k->u.arp.pro);
		pen_u8(pen, k->u.arp.hln);
		pen_u8(pen, k->u.arp.pln);
		pen_be16(pen, k->u.arp.op);
	}
	pen_bytes(pen, k->u.arp.addr[SRC], 4);
	pen_bytes(pen, k->u.arp.addr[DST], 4);
	pen_bytes(pen, k->u.arp.mac, length);
}

static void encode_rarp(const struct flow_key *k, struct pen *pen)
{
	uint8_t length = k->u.rarp.hln < HARDWARE_ADDRESS_MAX ? k->u.rarp.hln : HARDWARE_ADDRESS_MAX;

	if (k->kind != KEY_ARP) {
		pen_bytes(pen, k->u.rarp.target, 4);
		pen_bytes(pen, k->u.rarp.mac[SRC], 6);
		pen_bytes(pen, k->u.rarp.mac[DST], 6);
		return;
	}
	pen_be16(pen, k->u.rarp.hrd);
	pen_be16(pen, k->u.rarp.pro);
	pen_u8(pen, k->u.rarp.hln);
	pen_u8(pen, k->u.rarp.pln);
	pen_be16(pen, k->u.rarp.op);
	pen_bytes(pen, k->u.rarp.target, 4);
	if (k->flags & KEY_REVERSE)
		length = HARDWARE_ADDRESS_MAX;
	pen_bytes(pen, k->u.rarp.mac[DST], length);
	pen_bytes(pen, k->u.rarp.mac[SRC], length);
}

static void encode_other(const struct flow_key *k, struct pen *pen)
{
	switch (k->layout) {
	case LAYOUT_ETHER:
		encode_ether(k, pen);
		break;
	case LAYOUT_WLAN:
		pen_bytes(pen, k->u.wlan.mac[DST], 6);
		pen_bytes(pen, k->u.wlan.mac[SRC], 6);
		pen_bytes(pen, k->u.wlan.bssid, 6);
		pen_bytes(pen, k->u.wlan.ssid, sizeof k->u.wlan.ssid);
		break;
	case LAYOUT_ISIS:
		pen_be32(pen, k->u.isis.pdu);
		pen_bytes(pen, k->u.isis.mac[SRC], 6);
		pen_bytes(pen, k->u.isis.mac[DST], 6);
		pen_u8(pen, k->u.isis.version);
		pen_zero(pen, 3);
		pen_bytes(pen, k->u.isis.id, sizeof k->u.isis.id);
		pen_be32(pen, k->u.isis.checksum);
		break;
	case LAYOUT_UDT:
		pen_bytes(pen, k->u.udt.mac[DST], 6);
		pen_bytes(pen, k->u.udt.mac[SRC], 6);
		pen_be16(pen, k->u.udt.type);
		pen_u8(pen, k->u.udt.sap[DST]);
		pen_u8(pen, k->u.udt.sap[SRC]);
		pen_le32(pen, k->u.udt.socket);
		break;
	}
}

static bool writes_masks(const struct flow_key *k)
{
	if (k->kind == KEY_L3_MATRIX)
		return false;
	if (k->layout == LAYOUT_IPV4)
		return !has_own_tail(k) && (k->flags & KEY_MASKLEN || has_masks(k, 32));
	return k->layout == LAYOUT_IPV6 && (k->flags & KEY_MASKLEN || has_masks(k, 128));
}

void encode_key(const void *from, struct flow *f, struct pen *pen)
{
	const struct flow_key *k = from;
	unsigned subtype = k->kind | (k->flags & KEY_REVERSE ? FLOW_SUBTYPE_REVERSE : 0);
	unsigned qualifier = k->layout;
	uint8_t *start;

	(void)f;
	if (k->layout == LAYOUT_NONE)
		return;
	qualifier |= k->flags & KEY_DIRECTION ? FLOW_QUALIFIER_DIRECTION : 0;
	if (likely(is_plain(k))) {
		encode_plain(k, subtype, qualifier, pen);
		return;
	}
	qualifier |= k->flags & KEY_FRAGMENT ? FLOW_QUALIFIER_FRAGMENT : 0;
	qualifier |= writes_masks(k) ? FLOW_QUALIFIER_MASKLEN : 0;
	start = dsr_begin(pen, TYPE_FLOW, subtype, qualifier);
	if (k->layout == LAYOUT_IPV4)
		encode_ipv4(k, pen);
	else if (k->layout == LAYOUT_IPV6)
		encode_ipv6(k, pen);
	else if (k->layout == LAYOUT_ARP)
		encode_arp(k, pen);
	else if (k->layout == LAYOUT_RARP)
		encode_rarp(k, pen);
	else
		encode_other(k, pen);
	dsr_end(pen, start);
}
