/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow keys of what is not IP: ARP and RARP, IS-IS, Ethernet, 802.11, LCP
 * (probe.md 6.6 to 6.9, record-format.md 6.3 to 6.6). */
#include "argus/base/pen.h"
#include "argus/walk.h"

enum { ETHER_WORDS = 5, ISIS_WORDS = 11, WLAN_WORDS = 14, LCP_WORDS = 2 };

#define ARP_MAX_HARDWARE 32 /* longer hardware addresses are cut */
#define ISIS_FALLBACK_TYPE 131

enum arp_operation { ARP_REQUEST = 1, ARP_REPLY = 2, RARP_REQUEST = 3, RARP_REPLY = 4 };

/* The fixed part of an ARP packet and its four addresses; what was not captured is 0. */
struct arp {
	uint8_t hardware_size, protocol_size;
	uint16_t operation;
	uint8_t sender_mac[ARP_MAX_HARDWARE], target_mac[ARP_MAX_HARDWARE];
	uint8_t sender_ip[4], target_ip[4];
};

static void take_address(struct span *s, void *to, size_t room, size_t length)
{
	struct span address = span_sub(s, length);

	span_copy(&address, to, length < room ? length : room);
}

static void read_arp(struct arp *a, struct span s)
{
	memset(a, 0, sizeof *a);
	span_skip(&s, 4);
	a->hardware_size = span_u8(&s);
	a->protocol_size = span_u8(&s);
	a->operation = span_be16(&s);
	take_address(&s, a->sender_mac, sizeof a->sender_mac, a->hardware_size);
	take_address(&s, a->sender_ip, sizeof a->sender_ip, a->protocol_size);
	take_address(&s, a->target_mac, sizeof a->target_mac, a->hardware_size);
	take_address(&s, a->target_ip, sizeof a->target_ip, a->protocol_size);
	if (a->hardware_size > ARP_MAX_HARDWARE)
		a->hardware_size = ARP_MAX_HARDWARE;
}

/* A request and its reply have one key: that of the request. */
static void put_arp(struct probe_key *k, const struct arp *a, const uint8_t *header, bool is_reply)
{
	uint8_t words = (uint8_t)(5 + (a->hardware_size + 3) / 4);

	key_start(k, KEY_ARP, LAYOUT_ARP, words);
	memcpy(k->bytes + 4, header, 6);
	k->bytes[8] = a->hardware_size;
	k->bytes[11] = ARP_REQUEST;
	memcpy(k->bytes + 12, is_reply ? a->target_ip : a->sender_ip, 4);
	memcpy(k->bytes + 16, is_reply ? a->sender_ip : a->target_ip, 4);
	memcpy(k->bytes + 20, is_reply ? a->target_mac : a->sender_mac, a->hardware_size);
	k->is_reversed = is_reply;
}

/* A reply belongs to the request of its target, who normally asked for itself. */
static void put_rarp(struct probe_key *k, const struct arp *a, const uint8_t *header, bool is_reply)
{
	uint8_t words = (uint8_t)(4 + (2 * a->hardware_size + 3) / 4);

	key_start(k, KEY_ARP, LAYOUT_RARP, words);
	memcpy(k->bytes + 4, header, 6);
	k->bytes[8] = a->hardware_size;
	k->bytes[11] = RARP_REQUEST;
	memcpy(k->bytes + 16, a->target_mac, a->hardware_size);
	memcpy(k->bytes + 16 + a->hardware_size, is_reply ? a->target_mac : a->sender_mac, a->hardware_size);
	k->is_reversed = is_reply;
}

bool key_arp(struct walk *w)
{
	struct packet *p = w->p;
	const uint8_t *header = span_peek(&w->up, 8);
	struct arp arp;
	bool is_reply;

	if (header == NULL) {
		p->undecodable = UNDECODABLE_SHORT;
		return false;
	}
	read_arp(&arp, w->up);
	is_reply = arp.operation == ARP_REPLY || arp.operation == RARP_REPLY;
	switch (arp.operation) {
	case ARP_REQUEST:
	case ARP_REPLY: put_arp(&p->key, &arp, header, is_reply); break;
	case RARP_REQUEST:
	case RARP_REPLY: put_rarp(&p->key, &arp, header, is_reply); break;
	default: p->undecodable = UNDECODABLE_NETWORK; return false;
	}
	p->net = NET_ARP;
	p->payload = w->up; /* from the body on, which is not counted in `length` */
	p->length = (int32_t)p->base_length;
	if (p->ether != NULL && span_peek(&w->up, 28) != NULL && p->length >= 28)
		p->length -= 28;
	return true;
}

bool key_ether(struct walk *w, uint16_t type)
{
	struct packet *p = w->p;
	struct probe_key *k = &p->key;
	bool is_swapped;

	if (p->ether == NULL)
		return false;
	is_swapped = !w->o->is_unidirectional && memcmp(p->ether + 6, p->ether, 6) > 0;
	key_start(k, KEY_TUPLE, LAYOUT_ETHER, ETHER_WORDS);
	memcpy(k->bytes + 4, p->ether + (is_swapped ? 6 : 0), 6);
	memcpy(k->bytes + 10, p->ether + (is_swapped ? 0 : 6), 6);
	if (type == 0 && !w->has_llc)
		type = p->ether_type;
	put_be16(k->bytes + 16, type);
	if (w->has_llc) {
		k->bytes[18] = is_swapped ? w->ssap : w->dsap;
		k->bytes[19] = is_swapped ? w->dsap : w->ssap;
	}
	k->is_reversed = is_swapped;
	p->net = NET_ETHER;
	p->payload = w->up;
	p->length = (int32_t)p->base_length;
	return true;
}

/* The sum that makes a changed PDU a new flow (6.7). */
static uint32_t isis_sum(const struct walk *w, size_t length)
{
	bool is_even = (w->up.at - w->p->bytes) % 2 == 0;
	struct span s = w->up;
	uint32_t c0 = 0, c1 = 0;

	if (length <= 8 || span_left(&s) < length)
		return 0;
	s.end = s.at + length;
	span_skip(&s, is_even ? 8 : 7);
	for (size_t n = (length - 8 + 1) / 2; n > 0; n--) {
		uint32_t word = (uint32_t)span_u8(&s) << 8;

		word |= span_u8(&s);
		c0 = (c0 + word) % 65535;
		c1 = (c1 + c0) % 65535;
	}
	return c0 | c1;
}

/* The fields of the PDU that belong to the key; false when it is not one of ours. */
static bool put_isis(struct probe_key *k, const struct walk *w, size_t length)
{
	struct span s = w->up;
	const uint8_t *h = span_peek(&s, 8);
	uint8_t type;

	if (h == NULL || h[2] != 1 || h[5] != 1 || (h[3] != 0 && h[3] != 6))
		return false;
	type = h[4] & 0x1f;
	span_skip(&s, 8);
	put_be32(k->bytes + 4, type);
	k->bytes[20] = h[5];
	switch (type) {
	case 15:
	case 16:
		if (h[1] != 27)
			return false;
		span_skip(&s, 1);
		span_copy(&s, k->bytes + 24, 6);
		span_skip(&s, 5);
		span_copy(&s, k->bytes + 30, 7);
		put_be32(k->bytes + 38, isis_sum(w, length));
		return !s.is_short;
	case 18:
	case 20: {
		uint32_t sequence;

		if (h[1] != 27)
			return false;
		span_skip(&s, 4);
		span_copy(&s, k->bytes + 24, 8);
		sequence = span_be32(&s);
		memcpy(k->bytes + 32, &sequence, sizeof sequence); /* little-endian, as the original's */
		put_be32(k->bytes + 38, span_be16(&s));
		return !s.is_short;
	}
	case 24:
	case 25:
	case 26:
	case 27:
		if (h[1] != (type <= 25 ? 33 : 17))
			return false;
		span_skip(&s, 2);
		span_copy(&s, k->bytes + 24, 7);
		put_be32(k->bytes + 38, isis_sum(w, length));
		return !s.is_short;
	default:
		return false;
	}
}

bool key_isis(struct walk *w)
{
	struct packet *p = w->p;
	size_t length = walk_left(w);

	if (p->ether == NULL)
		return false;
	key_start(&p->key, KEY_TUPLE, LAYOUT_ISIS, ISIS_WORDS);
	memcpy(p->key.bytes + 8, p->ether + 6, 6);
	memcpy(p->key.bytes + 14, p->ether, 6);
	if (put_isis(&p->key, w, length)) {
		p->net = NET_ISIS;
		p->payload = w->up;
	} else if (!key_ether(w, ISIS_FALLBACK_TYPE)) {
		return false;
	}
	p->length = (int32_t)length;
	return true;
}

/* The SSID element of a management frame's body, if there is one. */
static void put_ssid(struct probe_key *k, struct span s, uint8_t subtype)
{
	static const uint8_t fixed[16] = { [0] = 4, [2] = 10, [5] = 12, [8] = 12 };

	if (subtype != 0 && subtype != 2 && subtype != 4 && subtype != 5 && subtype != 8)
		return;
	span_skip(&s, 24u + fixed[subtype]);
	while (span_left(&s) >= 2) {
		uint8_t id = span_u8(&s);
		uint8_t length = span_u8(&s);
		struct span element = span_sub(&s, length);

		if (id != 0)
			continue;
		if (!element.is_short && length <= 32)
			span_copy(&element, k->bytes + 22, length);
		return;
	}
}

bool key_wlan(struct walk *w)
{
	struct packet *p = w->p;
	struct span s = { w->wlan, w->up.end, false };

	key_start(&p->key, KEY_TUPLE, LAYOUT_WLAN, WLAN_WORDS);
	if (span_left(&s) > 4) {
		struct span addresses = { w->wlan + 4, w->up.end, false };
		size_t length = span_left(&addresses);

		span_copy(&addresses, p->key.bytes + 4, length < 18 ? length : 18);
	}
	if ((w->wlan[0] & 0x0c) == 0)
		put_ssid(&p->key, s, w->wlan[0] >> 4);
	p->net = NET_WLAN;
	p->payload = s;
	p->length = (int32_t)p->base_length;
	return true;
}

/* Link control of a serial line: code and identifier. */
bool key_lcp(struct walk *w)
{
	const uint8_t *lcp = span_peek(&w->up, 2);

	if (lcp == NULL) {
		w->p->undecodable = UNDECODABLE_SHORT;
		return false;
	}
	key_start(&w->p->key, KEY_TUPLE, LAYOUT_LCP, LCP_WORDS);
	memcpy(w->p->key.bytes + 4, lcp, 2);
	w->p->net = NET_LCP;
	w->p->payload = w->up;
	w->p->length = (int32_t)walk_left(w);
	return true;
}
