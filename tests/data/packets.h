/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds packets and capture files for samples, tests and benchmarks: frames with
 * right lengths and checksums, written to a pcap file in the order of calls. */
#ifndef TESTS_DATA_PACKETS_H
#define TESTS_DATA_PACKETS_H

#include "argus/base/pen.h"

#define FRAME_MAX 2048

/* One end of a conversation. `ip` is IPv4 when `is_v6` is false (then in its
 * first four bytes). */
struct host {
	uint8_t mac[6];
	uint8_t ip[16];
	bool is_v6;
	uint16_t vlan; /* 0: untagged */
	uint8_t ttl;
};

/* A capture being written. `now` is the time of the next packet, in microseconds. */
struct capture_file {
	FILE *file;
	uint64_t now;
	uint64_t packets;
	uint16_t ip_id; /* of the next IPv4 packet */
};

/* Opens `path` ("-": standard output) and writes the pcap header (Ethernet,
 * microseconds). Returns false if it cannot be written. */
bool capture_file_open(struct capture_file *c, const char *path, uint64_t start);
bool capture_file_close(struct capture_file *c);

/* Writes one frame at c->now. */
void capture_file_frame(struct capture_file *c, const uint8_t *frame, size_t length);

struct host host_v4(uint32_t address); /* MAC derived from the address, ttl 64 */
struct host host_v6(uint64_t high, uint64_t low);

/* A TCP segment; sequence numbers as they stand on the wire. */
struct segment {
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags; /* enum tcp_flag */
	uint16_t window;
	bool with_options; /* MSS, window scale, SACK permitted, timestamp */
	size_t length;     /* payload bytes */
	const void *data;  /* the payload, or NULL: a pattern */
};

void put_tcp(struct capture_file *c, const struct host *from, const struct host *to, const struct segment *s);
void put_udp(struct capture_file *c, const struct host *from, const struct host *to, uint16_t sport, uint16_t dport,
	     const void *data, size_t length);
void put_icmp(struct capture_file *c, const struct host *from, const struct host *to, uint8_t type, uint8_t code,
	      uint32_t rest, const void *data, size_t length);
void put_arp(struct capture_file *c, const struct host *from, const struct host *to, bool is_reply);

#endif
