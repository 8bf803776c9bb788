/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A flow (or event) record, opened: what every client works on.
 *
 * flow_open() looks at the record's framing only and indexes its DSRs. A DSR is
 * decoded the first time somebody asks for it, through the accessors at the end,
 * and then stands in the member of struct flow that belongs to it, corrected as
 * record-format.md section 11 asks: relative to the flow's source and
 * destination as they are to be shown, whatever the record says. Nobody reads
 * those members without the accessor.
 *
 * Everything with two directions is an array of two, indexed by enum side, so
 * that reversing is swapping. Absent values are marked absent, never 0.
 *
 * flow_edit() announces a change. flow_write() copies the record verbatim if
 * nothing was changed, and unchanged DSRs verbatim if something was, so that
 * unknown DSRs survive. (A record that section 11 turned round while reading is
 * not changed by that: what is written is what was read.) */
#ifndef ARGUS_RECORD_FLOW_H
#define ARGUS_RECORD_FLOW_H

#include "argus/base/err.h"
#include "argus/base/pen.h"
#include "argus/base/span.h"
#include "argus/record/wire.h"

enum side { SRC, DST };
enum edge { START, END };

/* A place for each kind of DSR, in the order in which they are written
 * (record-format.md 5.1 and 14). */
enum dsr_slot {
	DSR_TRANSPORT,
	DSR_FLOW,
	DSR_TIME,
	DSR_METRIC,
	DSR_AGR,
	DSR_NETWORK,
	DSR_VLAN,
	DSR_MPLS,
	DSR_JITTER,
	DSR_IPATTR,
	DSR_PSIZE,
	DSR_SUSER,
	DSR_DUSER,
	DSR_MAC,
	DSR_ICMP,
	DSR_ENCAPS,
	DSR_BEHAVIOR,
	DSR_CORRELATE,
	DSR_COCODE,
	DSR_LABEL,
	DSR_ASN,
	DSR_GEO,
	DSR_LOCALITY,
	DSR_HASH,
	DSR_VXLAN,
	DSR_GRE,
	DSR_GENEVE,
	DSR_SCORE,
	DSR_COUNT,
};

#define DSR_BIT(slot) (1u << (slot))

/* 8.1. The form of a source id. */
enum id_form { ID_NONE, ID_IPV4, ID_NUMBER, ID_STRING, ID_IPV6, ID_ETHER, ID_UUID };

struct transport {
	uint8_t form; /* enum id_form */
	bool has_id;
	bool has_seq;
	bool has_inf;   /* version 5: interface name */
	uint8_t id[16]; /* as on the wire: IPv4 and number are big-endian in the first four */
	char inf[4];
	uint32_t seq;
};

/* 6. The flow key. Addresses are in network order; an IPv4 address is the first
 * four bytes of its array, the rest 0. */
#define KEY_REVERSE 0x01u   /* the record stores the ends in the other order (cleared for IP keys once swapped, 11.1) */
#define KEY_DIRECTION 0x02u /* qualifier 0x20 */
#define KEY_MASKLEN 0x04u   /* the mask lengths are the record's own */
#define KEY_FRAGMENT 0x08u
#define KEY_TURNED 0x10u /* a client reversed it after reading (section 11 steps 9-11, or flow_reverse) */
#define KEY_BACKWARD 0x20u /* it was reversed for the sake of a later record: dir shows it, records do not */

#define HARDWARE_ADDRESS_MAX 32

struct flow_key {
	uint8_t kind;   /* enum key_kind */
	uint8_t layout; /* enum key_layout; 0: no flow DSR that can be read */
	uint8_t flags;  /* KEY_... */
	uint8_t proto;  /* IP protocol; 0 unless IPv4 or IPv6 */
	union {
		struct {
			uint8_t addr[2][16];
			uint8_t masklen[2]; /* prefix lengths, always valid here: 32 or 128 by default */
			uint16_t port[2];   /* TCP, UDP; 0 for others. Matrix keys: 0 */
			uint8_t tp_p;       /* IPv4 ICMP: inner protocol or TOS; UDP port 53 keeps 0 */
			uint8_t type, code; /* ICMP, ICMPv6, IGMP */
			uint8_t pad;
			uint16_t id;      /* ICMP, ICMPv6 id, as the record's bytes read big-endian; IGMP, fragment: IP id */
			uint16_t seq;     /* ICMP sequence; UDP port 53: DNS id; as the record's bytes read big-endian */
			uint32_t spi;     /* ESP */
			uint32_t frag_id; /* IPv6 FRAGMENT, as the record's bytes read big-endian */
			uint32_t flow_label;
		} ip;
		struct {
			uint8_t mac[2][6];
			uint16_t type;  /* EtherType; 0: LLC */
			uint8_t sap[2]; /* [SRC] ssap, [DST] dsap */
		} ether;
		struct {
			uint16_t hrd, pro, op;
			uint8_t hln, pln;
			uint8_t addr[2][4]; /* [SRC] sender, [DST] target, network order */
			uint8_t mac[HARDWARE_ADDRESS_MAX]; /* of the requester; hln bytes, as far as present */
		} arp;
		struct {
			uint16_t hrd, pro, op;
			uint8_t hln, pln;
			uint8_t target[4];
			uint8_t mac[2][HARDWARE_ADDRESS_MAX];
		} rarp;
		struct {
			uint8_t mac[2][6];
			uint8_t bssid[6];
			char ssid[32]; /* not terminated */
		} wlan;
		struct {
			uint32_t pdu; /* 15 .. 27 */
			uint8_t mac[2][6];
			uint8_t version;
			uint8_t id[14];    /* hello: system id, LAN id; LSP: LSP id; CSNP, PSNP: source id */
			uint32_t sequence; /* LSP, as the record's bytes read big-endian */
			uint32_t checksum;
		} isis;
		struct {
			uint8_t mac[2][6];
			uint16_t type;
			uint8_t sap[2];
			uint32_t socket;
		} udt;
	} u;
};

/* 8.2. Stamps in microseconds since 1970 (seconds are unsigned 32 bit). */
#define TIME_BIT(side, edge) (1u << ((side) * 2 + (edge)))

struct times {
	uint8_t have; /* TIME_BIT of each stamp that is present; an end that equals its start may be absent */
	uint8_t subtype;
	uint8_t qualifier;
	uint64_t at[2][2]; /* [side][edge]; a present start without its end: the end equals it here too */
};

/* 8.3 */
struct metric {
	uint64_t pkts[2];
	uint64_t bytes[2];
	uint64_t appbytes[2];
	bool has_appbytes; /* subtype 4 on the wire */
};

/* 8.6. n, mean, stddev, min and max of a sample. */
struct stats {
	uint32_t n;
	float min, mean, stddev, max;
};

#define METRIC_DURATION 4 /* what the aggregation DSR summarises unless told otherwise */

struct agr {
	uint8_t metric; /* subtype: what was summarised */
	bool is_implied; /* there is no such DSR: section 11 step 8 */
	uint32_t count;
	struct stats active; /* of the metric; seconds for durations */
	struct stats idle;   /* gaps, microseconds */
	uint8_t active_hist[8];
	uint8_t idle_hist[8];
	uint64_t last_start, last_time; /* microseconds since 1970 */
};

/* 8.5 */
struct tcp_side {
	uint64_t last; /* microseconds since 1970 */
	uint32_t status;
	uint32_t seqbase, seq, ack;
	uint32_t winnum;
	uint32_t bytes;
	uint32_t retrans;
	uint32_t ackbytes;
	uint32_t winbytes;
	uint16_t win; /* unscaled */
	uint8_t flags;
	uint8_t shift;
	uint16_t maxseg; /* version 5, else 0 */
};

struct tcp {
	uint32_t status; /* enum tcp_status */
	uint32_t state;
	uint32_t options;
	uint32_t synack; /* microseconds */
	uint32_t ackdat;
	struct tcp_side side[2]; /* INIT and STATUS fill what they have (aggregation.md 1.1, rule 8) */
};

struct icmp_network {
	uint8_t type, code;
	uint16_t seq; /* IPv4: sequence; IPv6: checksum; bytes read little-endian */
	uint32_t outer[2], inner[2], gateway; /* IPv4 addresses as numbers (bytes read little-endian) */
};

struct esp {
	uint32_t status, spi, last_seq, lost;
};

struct rtp_header {
	uint8_t first, second; /* version, padding, extension, cc; marker, payload type */
	uint16_t seq;
	uint32_t timestamp, ssrc;
};

struct rtp {
	uint32_t state;
	struct rtp_header header[2];
	uint16_t drops[2];
	uint16_t deviation[2];
};

struct rtcp {
	uint8_t header[2][8]; /* raw */
	uint16_t drops[2];
};

struct udt_metrics {
	uint32_t sec, usec, seq, tstamp, ack, rtt, var, bsize, rate, lcap;
	int32_t solo, first, middle, last, drops, retrans, nacked;
};

struct udt {
	uint32_t state, status;
	uint32_t handshake[7]; /* raw, read big-endian */
	struct udt_metrics side[2];
	bool has_dst;
};

struct fragment {
	uint32_t count, id, distinct, all;
	uint16_t total, largest;
	uint32_t first_start, first_end;
	bool is_client_form; /* 5 words */
};

struct network {
	uint8_t kind; /* enum network_kind */
	uint8_t qualifier;
	bool is_opaque; /* not decoded: unknown subtype, or too short to be of use */
	bool is_tcp;    /* kind is one of the three TCP kinds and was decoded */
	union {
		struct tcp tcp;
		struct icmp_network icmp;
		struct esp esp;
		struct rtp rtp;
		struct rtcp rtcp;
		struct udt udt;
		struct fragment fragment;
		uint8_t arp_mac[6]; /* who answered */
	} u;
};

/* 8.7 */
struct vlan {
	bool has[2];
	uint16_t tci[2];
};

/* 8.8. One label entry a side: label 31-12, experimental 11-9, bottom 8, TTL 7-0. */
struct mpls {
	bool has[2];
	uint32_t entry[2];
	uint8_t changed; /* subtype 0x10, 0x20 */
};

/* 8.10 */
enum activity { ACTIVE, IDLE };

struct jitter {
	uint8_t subtype;   /* 0 none, 1 exponential histogram, 2 linear */
	bool has[2][2];    /* [side][activity] */
	bool is_nan[2][2]; /* the record's deviation is no number; here it is 0 */
	struct stats block[2][2]; /* microseconds */
	uint8_t hist[2][2][8];    /* subtype 1: bins in order, 0-15 */
	struct {
		float size;
		uint8_t bins, bits;
		uint16_t start;
		uint8_t value[64]; /* one value a bin */
	} linear[2][2]; /* subtype 2 */
};

/* 8.11 */
struct ipattr_side {
	uint8_t ttl, tos;
	uint16_t ip_id; /* the record's bytes read big-endian */
	uint32_t options;
};

struct ipattr {
	uint8_t qualifier; /* enum ipattr_bit */
	struct ipattr_side side[2];
};

/* 8.4 */
struct psize {
	bool has[2];
	bool has_hist;
	uint32_t min[2], max[2];
	uint8_t hist[2][8]; /* bins in order, 0-255 in memory, scaled to 15 on the wire */
};

/* 8.12. The bytes are borrowed from the record, or belong to flow_edit's caller. */
struct user_data {
	uint32_t capacity; /* the capture limit */
	uint32_t count;
	const uint8_t *bytes;
	uint8_t subtype; /* 0x08: compressed with zlib (events) */
};

/* 8.9 */
struct mac {
	uint8_t addr[2][6];
	uint16_t type; /* EtherType */
	uint8_t qualifier; /* 0x01 source, 0x02 destination used several */
	uint8_t subtype;
};

/* 8.13 */
struct icmp_mapped {
	uint8_t qualifier; /* 1 unreachable, 2 redirect, 4 time exceeded */
	uint8_t type, code;
	uint16_t seq;
	uint32_t outer[2], inner[2], gateway; /* IPv4 addresses as numbers */
};

/* 8.14 */
struct encaps {
	uint32_t bits[2]; /* enum encaps_bit */
	uint8_t qualifier; /* 0x04 source changed, 0x08 destination; 0x10, 0x20 other interface */
	uint16_t header_length[2]; /* version 5; the headers are borrowed from the record */
	const uint8_t *header[2];
};

/* 8.15 */
struct behavior {
	uint8_t subtype; /* 1 TCP keystrokes, 2 SSH keystrokes */
	uint32_t strokes[2];
};

/* 8.16. Entries are borrowed from the record: six little-endian words each. */
struct correlation {
	uint32_t srcid;
	int32_t duration, start, last; /* microseconds */
	int32_t pkts[2];
};

#define CORRELATE_MAX 42
struct correlate {
	uint32_t count;
	struct correlation entry[CORRELATE_MAX];
};

/* 8.17: two letters, or zeros. */
struct cocode {
	char code[2][2];
};

/* 8.18. Borrowed from the record, or from flow_edit's caller, who may keep it in
 * `room`; not terminated. */
#define LABEL_MAX 1016

struct label {
	const char *text;
	uint32_t length;
	char room[LABEL_MAX];
};

/* 8.19 */
struct asn {
	uint8_t subtype, qualifier;
	bool has_node;
	uint32_t as[2];
	uint32_t node;
};

/* 14 (version 5) */
struct geo {
	uint8_t qualifier; /* 1 source, 2 destination, 4 node */
	float lat[3], lon[3]; /* [SRC], [DST], [2] node */
};

struct locality {
	uint16_t status;
	int8_t loc[2];
	uint16_t org[2];
};

struct flow_hash {
	uint32_t hash, index;
};

/* A tunnel of version 5: GRE, VXLAN or GENEVE, with the outer flow key. */
struct tunnel {
	uint16_t flags, protocol;
	uint32_t vni[2];
	struct flow_key key; /* layout 0: none */
};

struct score {
	uint8_t bytes[8];
};

/* How records are to be read (section 11). One of these lives as long as the
 * flows that were opened with it. */
struct flow_reading {
	bool correct;        /* step 10: TCP direction correction (on unless the key lacks a field) */
	bool leaves_icmp;    /* step 11 is left out, for keys that lack a field */
	bool well_known;     /* step 10, last part: -nnn */
	bool (*is_tcp_service)(uint16_t port); /* asked for well_known, and of NETFLOW records; may be NULL */
};

/* Where a DSR stands in its record; or its member in the image, in bytes. */
struct dsr_index {
	union {
		uint16_t words_at; /* from the start of the record, in words */
		uint16_t image_at;
	};
	union {
		uint16_t words;
		uint16_t size;
	};
};

/* A shape (shape.h) to come back to, in the thread that has it: others do not know it. */
struct shape_mark {
	uint32_t stamp; /* 0: none */
	uint16_t number;
};

#define NO_RANK UINT64_MAX /* it is in no list */

struct flow {
	/* The record as it came. */
	const uint8_t *bytes;
	uint32_t length;
	uint8_t type;    /* enum record_type */
	uint8_t cause;   /* high nibble only */
	uint8_t version; /* 3 or 5 */
	bool is_turned;  /* steps 9-11 reversed everything but the key's REVERSE bit */
	bool is_settled; /* whether is_turned is known yet */
	bool is_damaged; /* a DSR of length 0 or past the end ended the walk */
	bool is_merged;  /* here, not by who wrote the record: its loads are reckoned otherwise */
	struct shape_mark shape; /* that it was opened with */

	/* Where it came from; set by the reader, shown by columns. */
	uint64_t offset;   /* in its uncompressed input */
	uint64_t ordinal;  /* rank among printed records, or those of its list, from 1; 0 unknown; NO_RANK */
	uint64_t received; /* clock when it was last touched, microseconds; 0 unknown */
	const struct flow_reading *reading;

	uint32_t have;    /* DSR_BIT of what the flow has (in the record or decoded) */
	uint32_t indexed; /* DSR_BIT of what stands in the record's bytes */
	uint32_t ready;   /* DSR_BIT of what is decoded below */
	uint32_t dirty;   /* DSR_BIT of what was changed since */
	uint32_t held;    /* DSR_BIT of what stands, decoded already, in `image` (flow_hold) */
	const uint8_t *image;
	bool has_unknown; /* the record has DSRs that have no slot; they are kept on writing */
	uint8_t *owned;   /* bytes that flow_own() allocated */
	struct dsr_index index[DSR_COUNT];

	/* The decoded DSRs. Use the accessors. */
	struct transport transport;
	struct flow_key key;
	struct times times;
	struct metric metric;
	struct agr agr;
	struct network network;
	struct vlan vlan;
	struct mpls mpls;
	struct jitter jitter;
	struct ipattr ipattr;
	struct psize psize;
	struct user_data user[2];
	struct mac mac;
	struct icmp_mapped icmp;
	struct encaps encaps;
	struct behavior behavior;
	struct correlate correlate;
	struct cocode cocode;
	struct label label;
	struct asn asn;
	struct geo geo;
	struct locality locality;
	struct flow_hash hash;
	struct tunnel vxlan, gre, geneve;
	struct score score;
};

/* Opens the record of `length` bytes at `bytes` (borrowed: they must outlive the
 * flow's use, or flow_own() is called). The record must be framed (record.h) and
 * of type FAR, NETFLOW or EVENT (version 5: AFLOW too). Indexes its DSRs by the
 * rules of sections 5 and 10; never fails, an empty record has no DSR. The struct
 * need not be cleared before: nothing but this call initialises it. */
void flow_open(struct flow *f, const uint8_t *bytes, uint32_t length, const struct flow_reading *reading);

/* A flow that comes from nowhere (an imported NetFlow entry, a bin without
 * records): no DSR, cause START. Fill it through flow_edit(). */
void flow_blank(struct flow *f, enum record_type type, const struct flow_reading *reading);

/* Tells a blank flow that it has a DSR, whose member lies decoded at image + at, `size` bytes
 * of it that say something. It is taken when it is asked for; until then the image,
 * which is borrowed, must stay as it is. */
static inline void flow_hold(struct flow *f, enum dsr_slot slot, size_t at, size_t size)
{
	f->index[slot].image_at = (uint16_t)at;
	f->index[slot].size = (uint16_t)size;
	f->held |= DSR_BIT(slot);
	f->have |= DSR_BIT(slot);
	f->dirty |= DSR_BIT(slot);
}

/* Decodes one slot, with what it depends on. The accessors call it. */
void flow_decode(struct flow *f, enum dsr_slot slot);

/* Decodes everything that the flow has, or what it has of some slots (DSR_BIT); a DSR that
 * says nothing is gone afterwards. */
void flow_decode_all(struct flow *f);
void flow_decode_slots(struct flow *f, uint32_t slots);

/* Which of the slots both records have as they were read, in the same bytes, and so say the
 * same, as far as it can be told so: of TIME, METRIC and NETWORK, which depend on others, it is
 * not. The number of a record in its transport DSR is not looked at. */
uint32_t flow_same(struct flow *a, struct flow *b, uint32_t slots);

/* The decoded DSR, or NULL when the flow does not have one. flow_key() is never
 * NULL (its layout is 0 when there is no readable key), nor are flow_times(),
 * flow_metric() and flow_agr(): times without a time DSR are 0, counts without a
 * metric DSR are 0 (ask flow_has() to tell), an absent aggregation DSR is implied
 * (step 8) and absent (count 0) only if there are no packets. */
#define FLOW_ACCESSOR(name, type, member, slot)                        \
	static inline const struct type *flow_##name(struct flow *f)   \
	{                                                              \
		if (!(f->have & DSR_BIT(slot)))                        \
			return NULL;                                   \
		if (unlikely(!(f->ready & DSR_BIT(slot))))             \
			flow_decode(f, slot);                          \
		return f->have & DSR_BIT(slot) ? &f->member : NULL;    \
	}
#define FLOW_ACCESSOR_ALWAYS(name, type, member, slot)                 \
	static inline const struct type *flow_##name(struct flow *f)   \
	{                                                              \
		if (unlikely(!(f->ready & DSR_BIT(slot))))             \
			flow_decode(f, slot);                          \
		return &f->member;                                     \
	}
FLOW_ACCESSOR(transport, transport, transport, DSR_TRANSPORT)
FLOW_ACCESSOR_ALWAYS(key, flow_key, key, DSR_FLOW)
FLOW_ACCESSOR_ALWAYS(times, times, times, DSR_TIME)
FLOW_ACCESSOR_ALWAYS(metric, metric, metric, DSR_METRIC)
FLOW_ACCESSOR_ALWAYS(agr, agr, agr, DSR_AGR)
FLOW_ACCESSOR(network, network, network, DSR_NETWORK)
FLOW_ACCESSOR(vlan, vlan, vlan, DSR_VLAN)
FLOW_ACCESSOR(mpls, mpls, mpls, DSR_MPLS)
FLOW_ACCESSOR(jitter, jitter, jitter, DSR_JITTER)
FLOW_ACCESSOR(ipattr, ipattr, ipattr, DSR_IPATTR)
FLOW_ACCESSOR(psize, psize, psize, DSR_PSIZE)
FLOW_ACCESSOR(mac, mac, mac, DSR_MAC)
FLOW_ACCESSOR(icmp, icmp_mapped, icmp, DSR_ICMP)
FLOW_ACCESSOR(encaps, encaps, encaps, DSR_ENCAPS)
FLOW_ACCESSOR(behavior, behavior, behavior, DSR_BEHAVIOR)
FLOW_ACCESSOR(correlate, correlate, correlate, DSR_CORRELATE)
FLOW_ACCESSOR(cocode, cocode, cocode, DSR_COCODE)
FLOW_ACCESSOR(label, label, label, DSR_LABEL)
FLOW_ACCESSOR(asn, asn, asn, DSR_ASN)
FLOW_ACCESSOR(geo, geo, geo, DSR_GEO)
FLOW_ACCESSOR(locality, locality, locality, DSR_LOCALITY)
FLOW_ACCESSOR(hash, flow_hash, hash, DSR_HASH)
FLOW_ACCESSOR(vxlan, tunnel, vxlan, DSR_VXLAN)
FLOW_ACCESSOR(gre, tunnel, gre, DSR_GRE)
FLOW_ACCESSOR(geneve, tunnel, geneve, DSR_GENEVE)
FLOW_ACCESSOR(score, score, score, DSR_SCORE)

/* The user data of one side, or NULL. */
const struct user_data *flow_user(struct flow *f, enum side side);

/* The TCP part of the network DSR, or NULL when the flow has none (step 12). */
static inline const struct tcp *flow_tcp(struct flow *f)
{
	const struct network *n = flow_network(f);

	return n != NULL && n->is_tcp ? &n->u.tcp : NULL;
}

/* Whether the flow has such a DSR, in the record or set by flow_edit. */
static inline bool flow_has(const struct flow *f, enum dsr_slot slot)
{
	return (f->have & DSR_BIT(slot)) != 0;
}

/* Whether the record's key is of IPv4, and neither of its addresses is `addr` under `mask`
 * (network order): whichever way the record is turned, it need not be decoded to say so.
 * False: it has to be. */
static inline bool flow_lacks_ipv4(const struct flow *f, uint32_t addr, uint32_t mask)
{
	const struct dsr_index *at = &f->index[DSR_FLOW];
	const uint8_t *key;

	if (f->ready & DSR_BIT(DSR_FLOW) || !(f->indexed & DSR_BIT(DSR_FLOW)) || at->words < 3)
		return false;
	key = f->bytes + (size_t)at->words_at * 4;
	return (key[1] & 0x3f) == KEY_TUPLE && (key[2] & 0x1f) == LAYOUT_IPV4 &&
	       (get_le32(key + 4) & mask) != addr && (get_le32(key + 8) & mask) != addr;
}

/* The ends of a flow of TCP or UDP over IP, and its source. Addresses, in network order, and the
 * id are borrowed from the record. */
struct plain_tuple {
	const uint8_t *addr[2];
	uint16_t port[2];
	uint8_t proto;
	uint8_t layout;     /* LAYOUT_IPV4 or LAYOUT_IPV6 */
	uint8_t source_form; /* enum id_form of: */
	const uint8_t *source; /* four bytes; NULL: there is no such id, ask flow_transport() */
};

/* Takes them from the record's bytes, as flow_key() would show them, if there is nothing
 * out of the ordinary about its key, it is not decoded yet, and it is of IPv4. False: ask
 * flow_key(). The source is not looked at. */
bool flow_plain_tuple(struct flow *f, struct plain_tuple *t);

/* The same of its source. */
bool flow_plain_source(const struct flow *f, struct plain_tuple *t);

/* Derived times (step 6), microseconds since 1970 and microseconds. A record
 * without any stamp starts and ends at 0. */
uint64_t flow_start(struct flow *f);
uint64_t flow_last(struct flow *f);
uint64_t flow_duration(struct flow *f);
uint64_t flow_side_duration(struct flow *f, enum side side); /* end - start, 0 if the side has no stamps */

/* Announces a change of one DSR and returns the member of struct flow to change
 * (for DSR_SUSER and DSR_DUSER, user[SRC] and user[DST]). A DSR that the flow
 * did not have is zeroed first, and the flow has it from now on. */
void *flow_edit(struct flow *f, enum dsr_slot slot);

/* Has everything written anew that the flow has, whether it was changed or not. */
void flow_renew(struct flow *f);

/* Decodes everything and forgets the record that it came from: it is as if it had been made
 * by hand. Texts and user data remain borrowed. */
void flow_detach(struct flow *f);

/* Takes a DSR out of the flow. */
void flow_drop(struct flow *f, enum dsr_slot slot);

/* Exchanges source and destination of everything (aggregation.md 1.3). */
void flow_reverse(struct flow *f);

/* Writes the record: verbatim if nothing is dirty, else re-encoded where it is.
 * Returns its length in bytes (a multiple of 4), or 0 if it did not fit in `size`
 * or is longer than a record can be. RECORD_MAX_SIZE always suffices. */
size_t flow_write(struct flow *f, uint8_t *to, size_t size);

/* Makes the flow independent of the reader's buffer: copies the record's bytes
 * to memory of its own. flow_close() releases it (and is harmless otherwise). */
void flow_own(struct flow *f);
void flow_close(struct flow *f);

#endif
