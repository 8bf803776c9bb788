/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A packet on its way through the probe: capture fills the first part, decode
 * the rest, and the flow table uses it. Decoding allocates nothing and keeps
 * nothing: all pointers are into the packet's bytes, which stay valid until the
 * batch that the packet belongs to has been processed. */
#ifndef ARGUS_PACKET_H
#define ARGUS_PACKET_H

#include "argus/base/span.h"
#include "argus/record/wire.h"

/* The flow key (probe.md 6): the words of the FLOW DSR as they will stand in the
 * record, header word included (type, kind, layout and FRAGMENT qualifier, words),
 * in canonical order, then what FLOW_KEY adds (VLAN, MPLS, layer 2). So a key is
 * compared, hashed and written without being looked into. REVERSE and DIRECTION
 * are not part of it. */
#define PROBE_KEY_MAX 128

struct probe_key {
	uint16_t length;    /* bytes in use, a multiple of 8; the rest up to there is 0 */
	uint8_t dsr_length; /* bytes of it that go into the record, a multiple of 4 */
	bool is_reversed;   /* the packet went from the second to the first end */
	bool is_direction;  /* a reply was turned into its request (qualifier DIRECTION) */
	_Alignas(8) uint8_t bytes[PROBE_KEY_MAX];
};

/* What the header walk ended at (probe.md 5). */
enum packet_net {
	NET_NONE, /* no flow can be made: see `undecodable` */
	NET_IPV4,
	NET_IPV6,
	NET_ARP, /* and RARP */
	NET_ETHER,
	NET_ISIS,
	NET_WLAN,
	NET_LCP,
};

/* Why a packet made no flow; the probe counts them and says so at exit. */
enum undecodable {
	UNDECODABLE_NONE,
	UNDECODABLE_SHORT,       /* too few bytes for its link or network header */
	UNDECODABLE_LINK,        /* a link-layer frame without a network packet (keep-alives, families unknown) */
	UNDECODABLE_NETWORK,     /* an ARP operation, an IP version that has no key */
	UNDECODABLE_TRANSPORT,   /* ICMP, IGMP or ESP without the bytes that its key needs */
	UNDECODABLE_REASONS,
};

struct packet {
	/* From capture. */
	uint64_t time;        /* microseconds since 1970, as captured */
	const uint8_t *bytes;
	uint32_t caplen;
	uint32_t wirelen;
	uint16_t link;        /* DLT of its interface */
	uint16_t interface;   /* index of the source it arrived on */

	/* From decode. */
	uint8_t net;          /* enum packet_net */
	uint8_t undecodable;  /* enum undecodable */
	uint8_t proto;        /* IP protocol that the key was made of */
	uint8_t ttl, tos;     /* IPv6: hop limit, traffic class */
	uint16_t ip_id;       /* host order */
	uint32_t ip_options;  /* bits of record-format.md 8.11 */
	uint16_t frag_offset; /* bytes; IPv6 as well */
	bool more_fragments;
	bool is_fragment_key; /* the key is of the FRAGMENT kind */
	bool has_tci, has_mpls;
	uint16_t tci;         /* of the innermost tag */
	uint32_t mpls;        /* outermost label entry, all 32 bits */
	uint32_t encaps;      /* enum encaps_bit */
	uint32_t base_length; /* what goes into the byte counters (probe.md 4.2) */
	const uint8_t *ether; /* innermost Ethernet header (14 captured bytes), or NULL */
	uint16_t ether_type;
	uint8_t ether_made[14]; /* what `ether` points to on links whose header was turned into an Ethernet one */
	const uint8_t *ip;    /* the IP header that the key was made of, or NULL */

	/* From the transport header (or whatever follows the last header walked) on. */
	struct span payload;  /* captured bytes */
	int32_t length;       /* real length by the headers, without link padding; never negative */

	uint16_t sport, dport; /* as in the packet; TCP and UDP */
	struct probe_key key;
	uint64_t hash;         /* of the key; the low half is the table's tag */
};

#endif
