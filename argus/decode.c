/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header walk (probe.md 5.1, 5.2), and a straight line for the packets that
 * nearly all traffic consists of. */
#include "argus/decode.h"

#include <netinet/in.h>
#include <pcap/dlt.h>

#include "argus/base/hash.h"
#include "argus/base/pen.h"
#include "argus/walk.h"

#define ETHER_HEADER 14
#define ETHER_MAX_LENGTH 1500 /* a greater type field is a type */

/* A type field: 802.3 length or EtherType. */
static int type_or_llc(uint16_t type)
{
	return type > ETHER_MAX_LENGTH ? type : WALK_LLC;
}

static int walk_ether(struct walk *w)
{
	struct packet *p = w->p;
	const uint8_t *h = walk_take(w, ETHER_HEADER);

	if (h == NULL) {
		p->undecodable = UNDECODABLE_SHORT;
		return WALK_STOP;
	}
	p->ether = h;
	p->ether_type = get_be16(h + 12);
	p->ip = NULL;
	p->encaps |= ENCAPS_ETHER;
	w->has_llc = false;
	return type_or_llc(p->ether_type);
}

static int walk_vlan(struct walk *w)
{
	const uint8_t *h = walk_take(w, 4);

	if (h == NULL)
		return WALK_STOP;
	w->p->encaps |= ENCAPS_8021Q;
	w->p->tci = get_be16(h);
	w->p->has_tci = true;
	return type_or_llc(get_be16(h + 2));
}

/* What stands behind the last label is not said anywhere: guess. */
static int guess_behind_mpls(const struct walk *w)
{
	struct span s = w->up;
	uint8_t first;
	uint16_t second, third;

	first = span_u8(&s);
	span_skip(&s, 1);
	second = span_be16(&s);
	third = span_be16(&s);
	if (first >> 4 == 4 && (first & 0x0f) >= 5 && second >= 20)
		return WALK_IPV4;
	if (first >> 4 == 6 && third <= 2048)
		return WALK_IPV6;
	if (second == WALK_IPV4 || second == WALK_IPV6)
		return WALK_VLAN;
	return WALK_ETHER;
}

int walk_mpls(struct walk *w)
{
	struct packet *p = w->p;
	const uint8_t *label;

	do {
		label = walk_take(w, 4);
		if (label == NULL)
			return WALK_STOP;
		p->encaps |= ENCAPS_MPLS;
		if (!p->has_mpls)
			p->mpls = get_be32(label);
		p->has_mpls = true;
	} while ((label[2] & 1) == 0);
	return guess_behind_mpls(w);
}

int walk_ppp(struct walk *w)
{
	const uint8_t *h = span_peek(&w->up, 2);
	uint16_t protocol;

	w->p->encaps |= ENCAPS_PPP;
	if (h != NULL && h[1] == 0x03 && (h[0] == 0xff || h[0] <= 0x01)) {
		w->up.at += 2;
		h = span_peek(&w->up, 2);
	}
	if (h == NULL)
		return WALK_STOP;
	protocol = h[0] & 1 ? h[0] : get_be16(h);
	w->up.at += h[0] & 1 ? 1 : 2;
	switch (protocol) {
	case 0x21: return WALK_IPV4;
	case 0x57: return WALK_IPV6;
	default: return WALK_STOP;
	}
}

static int walk_pppoe(struct walk *w)
{
	const uint8_t *h = span_peek(&w->up, 6);

	w->p->encaps |= ENCAPS_ETHER | ENCAPS_PPP;
	if (h == NULL || h[1] != 0)
		return WALK_STOP;
	w->up.at += 6;
	return walk_ppp(w);
}

static int walk_isl(struct walk *w)
{
	if ((w->p->ether[5] & 0xf0) != 0)
		return WALK_STOP; /* another medium than Ethernet */
	w->p->encaps |= ENCAPS_ISL;
	/* The 26 bytes of ISL begin with what was taken for an Ethernet header. */
	return walk_take(w, 26 - ETHER_HEADER) != NULL ? WALK_ETHER : WALK_STOP;
}

/* Control field and, for XID, its information: the L2 payload begins behind them. */
static int walk_other_sap(struct walk *w, const uint8_t *llc)
{
	bool is_unnumbered = (llc[2] & 3) == 3;
	bool is_xid = is_unnumbered && (llc[2] & 0xef) == 0xaf;

	if (walk_take(w, is_unnumbered ? 3 : 4) == NULL)
		return WALK_STOP;
	if (is_xid && span_peek(&w->up, 3) != NULL && w->up.at[0] == 0x81)
		walk_take(w, 3);
	return WALK_STOP;
}

int walk_llc(struct walk *w)
{
	static const uint8_t isl[5] = { 0x01, 0x00, 0x0c, 0x00, 0x00 };
	const uint8_t *ether = w->wlan == NULL ? w->p->ether : NULL;
	const uint8_t *h;

	if (ether != NULL && memcmp(ether, isl, sizeof isl) == 0)
		return walk_isl(w);
	h = span_peek(&w->up, 3);
	if (h == NULL)
		return WALK_STOP;
	w->p->encaps |= ENCAPS_LLC;
	w->has_llc = true;
	w->dsap = h[0];
	w->ssap = h[1];
	if ((h[0] == 0xff && h[1] == 0xff) || (ether != NULL && ether[0] == 0xf0 && ether[1] == 0xf0))
		return WALK_STOP; /* raw IPX; NetBEUI */
	if (h[0] == 0xfe && h[1] == 0xfe && h[2] == 0x03) {
		w->up.at += 3;
		return span_left(&w->up) > 0 && w->up.at[0] == 0x83 ? WALK_ISIS : WALK_STOP;
	}
	if (h[0] != 0xaa || h[1] != 0xaa)
		return walk_other_sap(w, h);
	if (h[2] != 0x03 || walk_take(w, 8) == NULL)
		return WALK_STOP;
	return get_be16(h + 6);
}

/* IPv4 behind EtherType 0800, whatever its version says (5.1); what is no IP header
 * leaves the one that may have been seen before. */
static int walk_ip(struct walk *w)
{
	const uint8_t *h = span_peek(&w->up, 20);
	size_t header_length;

	if (h == NULL) {
		w->p->undecodable = UNDECODABLE_SHORT;
		return WALK_STOP;
	}
	if (get_be16(h + 2) < 20 || (h[0] >> 4 != 4 && h[0] >> 4 != 6)) {
		w->p->undecodable = UNDECODABLE_NETWORK;
		return WALK_STOP;
	}
	w->p->ip = h;
	if (h[0] >> 4 == 6)
		return WALK_STOP;
	header_length = (size_t)(h[0] & 0x0f) * 4;
	if (header_length > span_left(&w->up))
		return WALK_STOP;
	w->up.at += header_length;
	return walk_tunnel(w);
}

static int walk_ip6(struct walk *w)
{
	const uint8_t *h = span_peek(&w->up, 1);

	if (h != NULL && h[0] >> 4 != 6) {
		w->p->undecodable = UNDECODABLE_NETWORK;
		return WALK_STOP;
	}
	if (span_peek(&w->up, 40) == NULL) {
		w->p->undecodable = UNDECODABLE_SHORT;
		return w->p->ip != NULL ? WALK_STOP : WALK_DROP;
	}
	w->p->ip = h;
	return WALK_STOP;
}

static int walk_either_ip(struct walk *w)
{
	const uint8_t *h = span_peek(&w->up, 1);

	return h != NULL && h[0] >> 4 == 6 ? walk_ip6(w) : walk_ip(w);
}

static int walk_udt(struct walk *w)
{
	w->p->undecodable = UNDECODABLE_LINK;
	return WALK_DROP;
}

/* One header; WALK_STOP when there is none to step over. */
static int walk_step(struct walk *w, int type)
{
	switch (type) {
	case WALK_ETHER:
	case WALK_TRANSPARENT_ETHER: return walk_ether(w);
	case WALK_LLC: return walk_llc(w);
	case WALK_VLAN: return walk_vlan(w);
	case WALK_MPLS:
	case WALK_MPLS_MULTICAST: return walk_mpls(w);
	case WALK_IPV4: return walk_ip(w);
	case WALK_IPV6: return walk_ip6(w);
	case WALK_IP: return walk_either_ip(w);
	case WALK_PPP: return walk_ppp(w);
	case WALK_PPPOE_DISCOVERY:
	case WALK_PPPOE: return walk_pppoe(w);
	case WALK_ERSPAN_II: return walk_erspan(w);
	case WALK_UDT: return walk_udt(w);
	default: return WALK_STOP;
	}
}

static bool is_last(int type)
{
	return type == WALK_ARP || type == WALK_RARP || type == WALK_ISIS || type == WALK_LCP || type == WALK_DROP;
}

/* Takes over what the flow table wants to know of the IP header. */
static void set_ip(struct packet *p, const struct ip_view *ip)
{
	p->net = ip->version == 4 ? NET_IPV4 : NET_IPV6;
	p->ip = ip->header;
	p->proto = ip->proto;
	p->ttl = ip->ttl;
	p->tos = ip->tos;
	p->ip_id = ip->id;
	p->ip_options = ip->options;
	p->frag_offset = ip->frag_offset;
	p->more_fragments = ip->more_fragments;
	p->payload = ip->payload;
	p->length = ip->length;
	p->sport = ip->sport;
	p->dport = ip->dport;
	if (ip->has_ah)
		p->encaps |= ENCAPS_AH;
}

static struct span span_from(const struct packet *p, const uint8_t *at)
{
	return (struct span){ at, p->bytes + p->caplen, false };
}

static bool open_packet_ip(const struct packet *p, struct ip_view *ip)
{
	size_t before = (size_t)(p->ip - p->bytes);

	return ip_open(ip, span_from(p, p->ip), p->wirelen > before ? p->wirelen - before : 0);
}

static bool finish_ip(struct walk *w)
{
	struct packet *p = w->p;
	struct ip_view ip;

	if (!open_packet_ip(p, &ip)) {
		p->undecodable = UNDECODABLE_SHORT;
		return false;
	}
	if (!key_ip(&p->key, &ip, w->o)) {
		p->undecodable = UNDECODABLE_TRANSPORT;
		return false;
	}
	set_ip(p, &ip);
	p->is_fragment_key = (p->key.bytes[2] & FLOW_QUALIFIER_FRAGMENT) != 0;
	if (p->is_fragment_key)
		p->payload = span_from(p, p->ip); /* user data of fragments begins there (15.5) */
	return true;
}

/* LAYER_2_MATRIX: the Ethernet addresses are the key, whatever is inside. */
static bool finish_l2_matrix(struct walk *w)
{
	struct packet *p = w->p;
	struct ip_view ip;

	if (p->ip != NULL && open_packet_ip(p, &ip))
		set_ip(p, &ip);
	p->proto = 0;
	return key_ether(w, 0);
}

/* The key of whatever the walk ended at. */
static bool finish(struct walk *w, int type)
{
	struct packet *p = w->p;

	if (unlikely(!(w->o->flow_key & FLOW_KEY_TUPLE))) {
		if (!decode_makes_keys(w->o))
			return false;
		if (!(w->o->flow_key & FLOW_KEY_L3_MATRIX) && p->ether != NULL)
			return finish_l2_matrix(w);
	}
	switch (type) {
	case WALK_ARP:
	case WALK_RARP: return key_arp(w);
	case WALK_ISIS: return w->wlan != NULL ? key_wlan(w) : key_isis(w);
	case WALK_LCP: return key_lcp(w);
	case WALK_DROP: return false;
	default: break;
	}
	if (p->ip != NULL)
		return finish_ip(w);
	return w->wlan != NULL ? key_wlan(w) : key_ether(w, 0);
}

static bool decode_general(struct packet *p, const struct decode_options *o)
{
	struct walk w = { .p = p, .o = o, .up = span_of(p->bytes, p->caplen) };
	int type = walk_link(&w);

	while (!is_last(type) && type != WALK_STOP)
		type = walk_step(&w, type);
	if (!finish(&w, type)) {
		p->net = NET_NONE;
		if (p->undecodable == UNDECODABLE_NONE)
			p->undecodable = UNDECODABLE_LINK;
		return false;
	}
	p->undecodable = UNDECODABLE_NONE;
	p->hash = key_finish(&p->key, p, o);
	return true;
}

/* The key of decode_straight, as three words that are hashed before they are stored:
 * hashing bytes that were just written in smaller pieces would wait for them. */
static inline uint64_t straight_key(struct probe_key *k, const uint8_t *b, const struct decode_options *o)
{
	uint32_t first = get_le32(b + 26), second = get_le32(b + 30); /* as they stand in the packet */
	uint16_t sport = get_be16(b + 34), dport = get_be16(b + 36);
	uint32_t src = get_be32(b + 26), dst = get_be32(b + 30);
	bool is_reversed = ((src > dst) | ((src == dst) & (sport > dport))) & !o->is_unidirectional;
	uint64_t ports = is_reversed ? get_le16(b + 36) | (uint64_t)get_le16(b + 34) << 16 : get_le32(b + 34);
	uint64_t words[3];

	words[0] = TYPE_FLOW | KEY_TUPLE << 8 | LAYOUT_IPV4 << 16 | 5u << 24 |
		   (uint64_t)(is_reversed ? second : first) << 32;
	words[1] = (is_reversed ? first : second) | (uint64_t)b[23] << 32 | ports << 48;
	words[2] = ports >> 16;
	if (unlikely((sport == 53 || dport == 53) && b[23] == IPPROTO_UDP))
		words[2] |= (uint64_t)get_be16(b + 42) << 16;
	k->length = 24;
	k->dsr_length = 20;
	k->is_reversed = is_reversed;
	k->is_direction = false;
	memcpy(k->bytes, words, sizeof words);
	return hash_bytes(words, sizeof words, o->seed);
}

/* Ethernet II, IPv4 without options, TCP or UDP, not a fragment, 5-tuple keys: the
 * same result as the general walk (a test holds them together) in one straight line. */
static inline void decode_straight(struct packet *p, const struct decode_options *o)
{
	const uint8_t *b = p->bytes;

	p->hash = straight_key(&p->key, b, o);
	p->net = NET_IPV4;
	p->undecodable = UNDECODABLE_NONE;
	p->proto = b[23];
	p->ttl = b[22];
	p->tos = b[15];
	p->ip_id = get_be16(b + 18);
	p->ip_options = 0;
	p->frag_offset = 0;
	p->more_fragments = p->is_fragment_key = p->has_tci = p->has_mpls = false;
	p->tci = 0;
	p->mpls = 0;
	p->encaps = ENCAPS_ETHER;
	p->base_length = p->wirelen;
	p->ether = b;
	p->ether_type = WALK_IPV4;
	p->ip = b + 14;
	p->payload = span_of(b + 34, p->caplen - 34);
	p->length = get_be16(b + 16) - 20;
	p->sport = get_be16(b + 34);
	p->dport = get_be16(b + 36);
}

/* Whether decode_straight will do. */
static inline bool is_straight(const struct packet *p, const struct decode_options *o)
{
	const uint8_t *b = p->bytes;

	if (p->link != DLT_EN10MB || p->caplen < 44 || p->wirelen < 44 || o->flow_key != FLOW_KEY_TUPLE)
		return false;
	if (get_be16(b + 12) != WALK_IPV4 || b[14] != 0x45 || (get_be16(b + 20) & 0x3fff) != 0)
		return false;
	if (b[23] == IPPROTO_TCP)
		return get_be16(b + 16) >= 40;
	return b[23] == IPPROTO_UDP && !o->has_tunnel_discovery && get_be16(b + 16) >= 28;
}

bool decode_packet(struct packet *p, const struct decode_options *o)
{
	if (likely(is_straight(p, o))) {
		decode_straight(p, o);
		return true;
	}
	memset(&p->net, 0, offsetof(struct packet, key.bytes) - offsetof(struct packet, net));
	p->hash = 0;
	return decode_general(p, o);
}

bool decode_makes_keys(const struct decode_options *o)
{
	return (o->flow_key & (FLOW_KEY_TUPLE | FLOW_KEY_L2_MATRIX | FLOW_KEY_L3_MATRIX)) != 0;
}

static bool is_icmp_error(const struct packet *p)
{
	uint8_t type;

	if (span_left(&p->payload) == 0 || p->frag_offset != 0)
		return false;
	type = p->payload.at[0];
	if (p->net == NET_IPV4 && p->proto == IPPROTO_ICMP)
		return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
	return p->net == NET_IPV6 && p->proto == IPPROTO_ICMPV6 && type >= 1 && type <= 4;
}

bool decode_embedded(const struct packet *p, const struct decode_options *o, struct embedded *e)
{
	struct span inner = p->payload;
	struct ip_view ip;

	if (!is_icmp_error(p) || !span_skip(&inner, 8) || !ip_open(&ip, inner, UINT16_MAX + 40))
		return false;
	if (!key_ip(&e->key, &ip, o))
		return false;
	e->hash = key_finish(&e->key, p, o);
	e->payload = ip.payload;
	e->length = ip.length;
	return true;
}

bool decode_fragment_key(const struct packet *p, const struct decode_options *o, struct probe_key *key, uint64_t *hash)
{
	struct ip_view ip;

	if (p->ip == NULL || !open_packet_ip(p, &ip))
		return false;
	key_ip_fragment(key, &ip, o);
	*hash = key_finish(key, p, o);
	return true;
}
