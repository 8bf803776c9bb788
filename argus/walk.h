/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header walk from the inside (probe.md 5): what link.c, decode.c, tunnel.c,
 * wlan.c, ip.c and the key makers share. Nobody else includes this. */
#ifndef ARGUS_WALK_H
#define ARGUS_WALK_H

#include "argus/decode.h"

/* What comes next: an EtherType, or one of these. */
enum walk_type {
	WALK_STOP = 0,
	WALK_ETHER = 1,
	WALK_VLAN = 0x8100,
	WALK_IPV4 = 0x0800,
	WALK_ARP = 0x0806,
	WALK_RARP = 0x8035,
	WALK_TRANSPARENT_ETHER = 0x6558,
	WALK_IPV6 = 0x86dd,
	WALK_PPP = 0x880b,
	WALK_MPLS = 0x8847,
	WALK_MPLS_MULTICAST = 0x8848,
	WALK_PPPOE_DISCOVERY = 0x8863,
	WALK_PPPOE = 0x8864,
	WALK_ERSPAN_II = 0x88be,
	WALK_UDT = 0xbeef,
	WALK_IP = 0x10000, /* either version, by the first nibble */
	WALK_LLC,
	WALK_ISIS,
	WALK_LCP,
	WALK_DROP, /* no flow; p->undecodable says why */
};

struct walk {
	struct packet *p;
	const struct decode_options *o;
	struct span up;       /* captured bytes from the next header on */
	const uint8_t *wlan;  /* 802.11 header, or NULL */
	const uint8_t *frame; /* where the wire length counts from: p->bytes, unless a capture header was taken off */
	bool has_llc;         /* behind the remembered Ethernet header */
	uint8_t dsap, ssap;
};

/* The next `n` bytes, and moves past them; NULL, without moving, if there are fewer. */
static inline const uint8_t *walk_take(struct walk *w, size_t n)
{
	const uint8_t *at = span_peek(&w->up, n);

	if (at != NULL)
		w->up.at += n;
	return at;
}

/* Bytes on the wire from the next header to the end of the frame. */
static inline size_t walk_left(const struct walk *w)
{
	size_t before = (size_t)(w->up.at - w->p->bytes);

	return w->p->wirelen > before ? w->p->wirelen - before : 0;
}

/* link.c: looks at the link-layer header, sets base_length and the first
 * encapsulation bit, and returns what follows. */
int walk_link(struct walk *w);

/* decode.c */
int walk_llc(struct walk *w);      /* 5.2 */
int walk_ppp(struct walk *w);      /* optional address and control, protocol */
int walk_mpls(struct walk *w);

/* tunnel.c: what an IPv4 packet carries when it is a tunnel; WALK_STOP when it is none. */
int walk_tunnel(struct walk *w);
int walk_erspan(struct walk *w);

/* wlan.c: the 802.11 header; the data-pad flag of radiotap rounds it to 4 bytes. */
int walk_wlan(struct walk *w, bool is_padded);

/* An IP header opened as far as the transport header (ip.c). */
struct ip_view {
	const uint8_t *header; /* all fixed bytes captured: 20 or 40 */
	struct span payload;   /* captured bytes of the transport header and what follows */
	int32_t length;        /* their real length by the headers, never negative */
	uint32_t options;      /* record-format.md 8.11 */
	uint32_t frag_id;
	uint16_t frag_offset;  /* bytes */
	uint16_t id;
	uint8_t version, proto, ttl, tos;
	uint8_t frag_proto; /* the protocol that all fragments of the datagram agree on */
	bool more_fragments, has_ah;
	uint16_t sport, dport; /* TCP and UDP; set by key_ip */
};

/* Opens the header at `at`; false when it is no IP header, or not captured. `left`
 * is what is left of the frame on the wire; it bounds the length of IPv6. */
bool ip_open(struct ip_view *ip, struct span at, size_t left);

/* key.c: the key of an IP packet (6.2 to 6.5), without what FLOW_KEY adds; false
 * when the bytes that it needs were not captured. */
bool key_ip(struct probe_key *k, struct ip_view *ip, const struct decode_options *o);
void key_ip_fragment(struct probe_key *k, const struct ip_view *ip, const struct decode_options *o);

/* Starts a key: the header word of the FLOW DSR, and zeros behind it. */
void key_start(struct probe_key *k, uint8_t kind, uint8_t qualifier, uint8_t words);

/* Appends what FLOW_KEY adds (6.1), pads, and returns the hash. */
uint64_t key_finish(struct probe_key *k, const struct packet *p, const struct decode_options *o);

/* keylink.c: the keys of all that is not IP (6.6 to 6.9). `up` is at the header
 * that the key is made of. They set p->net and p->key; false: no flow. */
bool key_arp(struct walk *w);
bool key_ether(struct walk *w, uint16_t type); /* type 0: that of the header */
bool key_isis(struct walk *w);
bool key_wlan(struct walk *w);
bool key_lcp(struct walk *w);

#endif
