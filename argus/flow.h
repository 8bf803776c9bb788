/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A flow in the probe's table. What every packet touches fills exactly two
 * cache lines; the rest stands in slabs of its own and is allocated when used.
 *
 * Sides are as in the record: SRC is the first sender. A stamp is microseconds
 * since 1970 with STAMP_SET, or 0. */
#ifndef ARGUS_FLOW_H
#define ARGUS_FLOW_H

#include "argus/packet.h"
#include "argus/record/flow.h"

#define STAMP_SET ((uint64_t)1 << 63)
#define SHORT_KEY 24 /* the longest key that is kept in the flow itself */

/* What `state` refers to. */
enum state_kind {
	STATE_NONE,
	STATE_TCP_INIT, /* one packet seen, or the first one was a reset */
	STATE_TCP,
	STATE_FRAGMENT,
	STATE_UDT,
	STATE_ICMP, /* this one and those below: union small_state */
	STATE_ESP,
	STATE_RTP,
	STATE_RTCP,
	STATE_ARP,
};

enum flow_flag {
	FLOW_REPORTED = 0x01,  /* a record was emitted since the last packet: the next one begins a period */
	FLOW_STARTED = 0x02,   /* has had a record: the next cause is STATUS */
	FLOW_DIRECTION = 0x04, /* the first sender is the second end of the key */
	FLOW_REVERSE = 0x08,   /* FLOW DSR: subtype bit REVERSE */
	FLOW_TURNED = 0x10,    /* FLOW DSR: qualifier bit DIRECTION */
	FLOW_FRAGMENT = 0x20,  /* FLOW DSR: qualifier bit FRAGMENT, in its first record only */
	FLOW_LONG_KEY = 0x40,  /* key[] holds a reference to the key */
};

#define MARK_TIME 0x03u   /* marks: subtype of the TIME DSR, sticky */
#define MARK_ENCAPS 0x0cu /* marks: qualifier of the ENCAPS DSR */

struct ip_last {
	uint8_t ttl, tos;
	uint16_t id;
};

struct probe_flow {
	uint8_t key[SHORT_KEY];
	uint64_t queued; /* packet time at which it entered its queue */
	uint32_t tag;    /* of the hash table */
	uint32_t next, prev;
	uint32_t seq;   /* transport sequence number; 0 before the first record */
	uint32_t state; /* protocol state, 0: none */
	uint32_t cold;  /* struct flow_cold, 0: none */
	uint8_t queue;  /* the queue it is in */
	uint8_t idle_queue; /* the queue it will idle in */
	uint8_t key_length; /* bytes */
	uint8_t dsr_length; /* bytes of the key that go into the record */
	uint8_t kind;    /* enum state_kind */
	uint8_t ipattr;  /* enum ipattr_bit: presence is never taken back */
	uint8_t marks;
	uint8_t flags;   /* enum flow_flag */

	uint64_t stamp[2][2]; /* [side][edge] of the record period */
	uint32_t bytes[2];    /* low halves; see flow_cold */
	uint32_t pkts[2];
	struct ip_last ip[2]; /* of the last packet */
	uint32_t encaps[2];
};

_Static_assert(sizeof(struct probe_flow) == 128, "a flow is two cache lines");

struct user_buffer {
	uint8_t *bytes; /* NULL: no payload yet */
	uint16_t count;
	bool has_payload; /* in this period, by length */
};

#define SEEN_VLAN(side) (0x01u << (side))
#define SEEN_MPLS(side) (0x04u << (side))
#define SEEN_ICMP 0x10u
#define SEEN_MAC 0x20u /* for the life of the flow */

/* What few flows have, or only flows of a probe that was asked for it. */
struct flow_cold {
	uint64_t app[2];
	uint32_t bytes_high[2], pkts_high[2]; /* what did not fit into the 32 bits of the flow */
	uint32_t ip_options[2];
	uint32_t label[2];
	uint16_t tci[2];
	uint16_t size_min[2], size_max[2];
	struct icmp_mapped icmp;
	struct mac mac;
	struct user_buffer user[2];
	uint32_t jitter;    /* struct jitter_state */
	uint32_t keystroke; /* struct keystroke */
	uint32_t fragments; /* first of the fragment flows that hang here */
	uint8_t seen;
	bool full_user;     /* control plane: 65535 bytes of user data */
};

struct tcp_half {
	uint64_t last;
	uint32_t status, seqbase, seq, ack;
	uint32_t winnum, bytes, retrans, ackbytes, winbytes;
	uint16_t win;
	uint8_t flags, shift;
};

struct tcp_state {
	uint32_t status;
	uint32_t options;
	uint32_t synack, ackdat; /* microseconds */
	uint16_t last_id[2];     /* of the previous data packet, as it lies in memory */
	uint8_t state;
	struct tcp_half side[2];
};

_Static_assert(sizeof(struct tcp_state) <= 128, "TCP state is two cache lines");

union small_state {
	struct icmp_network icmp;
	struct esp esp;
	struct {
		struct rtp rtp;
		uint8_t silence; /* qualifier of the NETWORK DSR */
	} media;
	struct rtcp rtcp;
	uint8_t arp_mac[6];
};

struct fragment_range {
	uint32_t start, end;
};

/* probe.md 10. The ranges are disjoint and sorted. Few are enough for what
 * networks do; a hostile datagram may hold thousands. */
#define FRAGMENT_RANGES 4
struct fragment_state {
	struct fragment sum; /* as it will stand in the record */
	uint32_t parent;     /* flow it hangs on, 0: orphan */
	uint32_t sibling;    /* next fragment flow of that parent */
	uint64_t hung;       /* when it was hung there */
	uint8_t qualifier;   /* of the NETWORK DSR */
	bool knows_total;
	uint32_t range_count, range_room; /* room of `more` */
	struct fragment_range range[FRAGMENT_RANGES];
	struct fragment_range *more; /* all of them, when there are more than fit */
};

#endif
