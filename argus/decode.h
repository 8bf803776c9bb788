/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From captured bytes to a flow key: probe.md 4.2, 5 and 6. Decoding allocates
 * nothing, prints nothing and reads nothing behind the captured bytes. */
#ifndef ARGUS_DECODE_H
#define ARGUS_DECODE_H

#include "argus/packet.h"

/* The words of ARGUS_FLOW_KEY (6.1). */
enum flow_key_bit {
	FLOW_KEY_TUPLE = 0x01,
	FLOW_KEY_L2 = 0x02,
	FLOW_KEY_L2_MATRIX = 0x04,
	FLOW_KEY_L3_MATRIX = 0x08,
	FLOW_KEY_LOCAL_MPLS = 0x10,
	FLOW_KEY_COMPLETE_MPLS = 0x20,
	FLOW_KEY_VLAN = 0x40,
};

struct decode_options {
	uint32_t flow_key;         /* FLOW_KEY_* bits; normally FLOW_KEY_TUPLE */
	bool is_unidirectional;    /* keys as sent, no canonical order */
	bool has_tunnel_discovery; /* Teredo is looked into */
	uint64_t seed;             /* hash_seed() */
};

/* What an ICMP error carries: the header of the packet that it complains about,
 * keyed like a packet (13). Counters of the error refer to the embedded header. */
struct embedded {
	struct probe_key key;
	uint64_t hash;
	struct span payload; /* from the embedded transport header on */
	int32_t length;      /* of the embedded IP payload, by its header */
};

/* Whether packets of the link type (DLT_*) can be decoded, and its name. */
bool link_is_supported(int dlt);

/* Fills the decode part of `p`; its capture part must be set. Returns whether the
 * packet has a key; if not, p->undecodable says why, and p->base_length is set. */
bool decode_packet(struct packet *p, const struct decode_options *o);

/* The embedded header of a decoded ICMP or ICMPv6 error (ICMP 3, 4, 5, 11, 12;
 * ICMPv6 1 to 4); false when `p` is no such error or too little was captured. */
bool decode_embedded(const struct packet *p, const struct decode_options *o, struct embedded *e);

/* The key of the fragments that follow `p`, a first fragment (offset 0, more
 * fragments), as decode_packet makes it for the later ones (6.4, 6.5); false when
 * `p` is no IP packet. `hash` may not be NULL. */
bool decode_fragment_key(const struct packet *p, const struct decode_options *o, struct probe_key *key, uint64_t *hash);

/* Checks the FLOW_KEY set (6.1): whether any key can be made of it. */
bool decode_makes_keys(const struct decode_options *o);

#endif
