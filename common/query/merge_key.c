/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow keys that differ become what they have in common (aggregation.md 2.2). */
#include "common/query/merge.h"

static bool is_ip(const struct flow_key *k)
{
	return k->layout == LAYOUT_IPV4 || k->layout == LAYOUT_IPV6;
}

/* How many leading bits two addresses share, at most `limit`. */
static unsigned common_bits(const uint8_t *a, const uint8_t *b, unsigned limit)
{
	for (unsigned i = 0; i < limit; i += 8) {
		unsigned differ = a[i / 8] ^ b[i / 8];

		if (differ != 0) {
			unsigned bits = i + (unsigned)__builtin_clz(differ) - 24;
			return bits < limit ? bits : limit;
		}
	}
	return limit;
}

static void clear_below(uint8_t *address, unsigned bits, unsigned size)
{
	if (bits % 8 != 0)
		address[bits / 8] &= (uint8_t)(0xff00 >> (bits % 8));
	for (unsigned i = (bits + 7) / 8; i < size; i++)
		address[i] = 0;
}

uint32_t merge_common_prefix(uint32_t a, uint32_t b)
{
	uint32_t differ = a ^ b;

	return differ == 0 ? a : a & (uint32_t)~(0xffffffffull >> __builtin_clz(differ));
}

/* Leaves of an address what it has in common with another; returns how many bits, at most `limit`. */
static inline unsigned keep_common(uint8_t *mine, const uint8_t *other, unsigned limit, bool is_ipv4)
{
	uint32_t address = get_be32(mine), differ = address ^ get_be32(other);
	unsigned bits;

	if (unlikely(!is_ipv4)) {
		bits = common_bits(mine, other, limit);
		clear_below(mine, bits, 16);
		return bits;
	}
	bits = differ != 0 ? (unsigned)__builtin_clz(differ) : 32;
	if (bits > limit)
		bits = limit;
	put_be32(mine, address & (uint32_t)~(0xffffffffull >> bits));
	return bits;
}

static inline bool is_same_address(const uint8_t *a, const uint8_t *b, bool is_ipv4)
{
	return is_ipv4 ? get_be32(a) == get_be32(b) : memcmp(a, b, 16) == 0;
}

static inline void merge_address(struct flow_key *a, const struct flow_key *b, enum side side)
{
	bool is_ipv4 = a->layout == LAYOUT_IPV4;
	uint8_t *mine = a->u.ip.addr[side];
	const uint8_t *other = b->u.ip.addr[side];
	unsigned limit = a->u.ip.masklen[side];

	if (b->u.ip.masklen[side] < limit)
		limit = b->u.ip.masklen[side];
	if (!is_same_address(mine, other, is_ipv4)) {
		limit = keep_common(mine, other, limit, is_ipv4);
		a->flags |= KEY_MASKLEN;
	}
	a->u.ip.masklen[side] = (uint8_t)limit;
}

static void clear_addresses(struct flow_key *a)
{
	memset(a->u.ip.addr, 0, sizeof a->u.ip.addr);
	a->u.ip.masklen[SRC] = a->u.ip.masklen[DST] = 0;
	a->flags |= KEY_MASKLEN;
}

#define KEEP_IF_SAME(member)                        \
	do {                                        \
		if (a->u.ip.member != b->u.ip.member) \
			a->u.ip.member = 0;         \
	} while (0)

/* The identification of a fragment is compared as the two ports in whose place it stands. */
static uint32_t same_halves(uint32_t a, uint32_t b)
{
	return (a >> 16 == b >> 16 ? a & 0xffff0000u : 0) | ((a & 0xffff) == (b & 0xffff) ? a & 0xffff : 0);
}

static void merge_ports(struct flow_key *a, const struct flow_key *b)
{
	KEEP_IF_SAME(port[SRC]);
	KEEP_IF_SAME(port[DST]);
	/* As one number, as a source port is: a code of one type says nothing of another. */
	if (a->u.ip.type != b->u.ip.type || a->u.ip.code != b->u.ip.code)
		a->u.ip.type = a->u.ip.code = 0;
	KEEP_IF_SAME(id);
	KEEP_IF_SAME(spi);
	a->u.ip.frag_id = same_halves(a->u.ip.frag_id, b->u.ip.frag_id);
	KEEP_IF_SAME(flow_label);
}

static void merge_ip(struct flow_key *a, const struct flow_key *b)
{
	bool same_proto = a->proto == b->proto;

	if (a->layout == b->layout) {
		merge_address(a, b, SRC);
		merge_address(a, b, DST);
	} else {
		clear_addresses(a);
	}
	/* The ports of an IPv4 record without a protocol are not shown. */
	if (same_proto || a->layout != b->layout || a->layout == LAYOUT_IPV6)
		merge_ports(a, b);
	if (!same_proto)
		a->proto = 0;
}

static void merge_arp(struct flow_key *a, const struct flow_key *b)
{
	for (int side = SRC; side <= DST; side++)
		if (memcmp(a->u.arp.addr[side], b->u.arp.addr[side], 4) != 0)
			memset(a->u.arp.addr[side], 0, 4);
	if (memcmp(a->u.arp.mac, b->u.arp.mac, sizeof a->u.arp.mac) != 0)
		memset(a->u.arp.mac, 0, sizeof a->u.arp.mac);
}

static void merge_rarp(struct flow_key *a, const struct flow_key *b)
{
	for (int side = SRC; side <= DST; side++)
		if (memcmp(a->u.rarp.mac[side], b->u.rarp.mac[side], HARDWARE_ADDRESS_MAX) != 0)
			memset(a->u.rarp.mac[side], 0, HARDWARE_ADDRESS_MAX);
}

/* Of two keys that are equal, one has to be looked at. */
bool merge_is_one_connection(const struct flow_key *a, const struct flow_key *b)
{
	uint8_t whole = a->layout == LAYOUT_IPV4 ? 32 : 128;

	return is_ip(a) && a->layout == b->layout && a->proto == b->proto && a->u.ip.port[SRC] == b->u.ip.port[SRC] &&
	       a->u.ip.port[DST] == b->u.ip.port[DST] && memcmp(a->u.ip.addr, b->u.ip.addr, sizeof a->u.ip.addr) == 0 &&
	       a->u.ip.port[SRC] != 0 && a->u.ip.port[DST] != 0 && a->u.ip.masklen[SRC] == whole &&
	       a->u.ip.masklen[DST] == whole;
}

void merge_flow_key(struct flow_key *a, const struct flow_key *b)
{
	if (is_ip(a) && is_ip(b)) {
		merge_ip(a, b);
	} else if (is_ip(a)) {
		if (b->layout == LAYOUT_ARP || b->layout == LAYOUT_RARP || b->layout == LAYOUT_NONE)
			return;
		clear_addresses(a);
		a->proto = 0;
		a->u.ip.port[SRC] = a->u.ip.port[DST] = 0;
	} else if (a->layout == b->layout) {
		if (a->layout == LAYOUT_ARP)
			merge_arp(a, b);
		else if (a->layout == LAYOUT_RARP)
			merge_rarp(a, b);
	}
}
