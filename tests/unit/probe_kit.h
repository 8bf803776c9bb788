/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the probe's engine on packets written down as text (the notation of
 * probe.md, appendix A) and keeps the records that come out.
 *
 *	t > FLAGS sSEQ aACK nLEN     TCP from A:1000 to B:80; '<' is the way back;
 *	                             other ends are written out: A:1>B:2
 *	t A:1000>B:2000 uLEN [hex]   UDP
 *	t {hex}                      a frame; E begins it with the addresses a to b,
 *	                             F with b to a, bb*n repeats a byte, wireN is its
 *	                             length on the wire
 *
 * t is a list: 0,1,2 or 0,0.1..2. Packets are separated by ';'. HS is a handshake. */
#ifndef TESTS_UNIT_PROBE_KIT_H
#define TESTS_UNIT_PROBE_KIT_H

#include "argus/base/buf.h"
#include "argus/probe.h"

#define KIT_EPOCH 1600000000u

struct kit_record {
	uint8_t *bytes;
	size_t length;
};

struct kit {
	struct probe_rules rules;
	struct decode_options decode;
	struct source_id id;
	struct probe probe;
	bool is_running;
	uint16_t link; /* DLT of the packets */
	struct kit_record *record;
	size_t count;
	struct flow flow; /* of kit_flow */
};

void kit_init(struct kit *k);   /* rules may be changed until the first kit_feed */
void kit_fini(struct kit *k);
void kit_feed(struct kit *k, const char *script);
void kit_end(struct kit *k);

/* All records: "Start 2/1 108/54 @0-0.3; Status ...", with packets and bytes of
 * both sides and the times of the first and last packet since KIT_EPOCH. */
char *kit_summary(struct kit *k);

/* A record, opened. Valid until the next call. */
struct flow *kit_flow(struct kit *k, size_t i);

#endif
