/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the decoders of NetFlow and sFlow share: they fill an entry, and that becomes a record. */
#ifndef COMMON_IO_NETFLOW_PRIVATE_H
#define COMMON_IO_NETFLOW_PRIVATE_H

#include "common/io/netflow.h"

/* What an entry has besides addresses, times and counts. */
enum entry_part {
	ENTRY_IPV6 = 0x1,
	ENTRY_ETHER = 0x2,     /* no IP: the key is that of the frame */
	ENTRY_TCP_FLAGS = 0x4,
	ENTRY_ICMP = 0x8,      /* type and code of their own, not in the ports */
	ENTRY_IPATTR = 0x10,   /* TTL, TOS and id of the source */
	ENTRY_DST_TOS = 0x20,
	ENTRY_MAC = 0x40,
	ENTRY_AS = 0x80,
	ENTRY_SRC_VLAN = 0x100,
	ENTRY_DST_VLAN = 0x200,
	ENTRY_SIZES = 0x400,
	ENTRY_FIRST = 0x800,   /* stamps relative to the exporter's start */
	ENTRY_LAST = 0x1000,
	ENTRY_START_MS = 0x2000, /* stamps in milliseconds since 1970 */
	ENTRY_END_MS = 0x4000,
};

/* One exported flow. All of it is the source's side: export is unidirectional. */
struct entry {
	uint32_t parts; /* enum entry_part */
	uint8_t addr[2][16];
	uint8_t proto;
	uint8_t icmp[2]; /* type, code */
	uint8_t masklen[2]; /* 0: none */
	uint16_t port[2];
	uint32_t first, last;       /* milliseconds of the exporter's clock */
	uint64_t start_ms, end_ms;
	uint64_t start, end;        /* microseconds since 1970 */
	uint64_t pkts, bytes;
	uint8_t tcp_flags, ttl, tos[2];
	uint16_t ip_id; /* as in the packet */
	uint32_t tcp_status;
	uint32_t as[2];
	uint8_t mac[2][6];
	uint8_t mac_qualifier;
	uint16_t ether_type;
	uint8_t sap[2];
	uint16_t vlan[2];
	uint16_t size_min, size_max;
};

#define MAC_IS_PORT_INDEX 0x04 /* qualifier of a MAC DSR whose addresses are interface indices */

struct template_table;

struct netflow {
	enum netflow_kind kind;
	struct netflow_count count;
	struct flow flow; /* the record that is being made */
	struct template_table *templates;
	void (*message)(void *context, const char *text);
	void *message_context;
	struct exporter *warned; /* whose version was said not to be read */
	size_t warned_count;
};

/* The time of a NetFlow header, and its start of counting. */
struct export_clock {
	uint64_t now;    /* microseconds since 1970 */
	uint32_t uptime; /* milliseconds: the same moment since the exporter's start */
};

/* The exporter's milliseconds as microseconds since 1970. */
uint64_t export_time(const struct export_clock *clock, uint32_t ms);

/* The status word of cumulative TCP flags (12.3). */
uint32_t tcp_status_of(uint8_t flags);

/* Appends the record of an entry. */
void entry_write(struct netflow *n, const struct entry *e, const struct exporter *from, struct buf *records);

/* A PDU whose version is none of ours. */
void netflow_reject_version(struct netflow *n, unsigned version, const struct exporter *from);

/* netflow_v9.c. They return false if some of it could not be read. */
bool v9_read(struct netflow *n, struct span pdu, const struct exporter *from, struct buf *records);
enum pdu_extent v9_extent(const uint8_t *at, size_t left, bool is_all, size_t *length);
struct template_table *templates_new(void);
void templates_free(struct template_table *t);

/* sflow.c */
bool sflow_read(struct netflow *n, struct span pdu, const struct exporter *from, uint64_t arrival, struct buf *records);
enum pdu_extent sflow_extent(const uint8_t *at, size_t left, bool is_all, size_t *length);

/* sflow_frame.c: what the header bytes of a packet say. `protocol` is that of sFlow's
 * raw header: 1 Ethernet, 11 IPv4, 12 IPv6. False if they say nothing that makes a flow. */
bool frame_read(struct entry *e, unsigned protocol, struct span frame);

#endif
