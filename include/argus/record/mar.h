/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Management records (record-format.md 4; 14 for version 5). */
#ifndef ARGUS_RECORD_MAR_H
#define ARGUS_RECORD_MAR_H

#include "argus/base/pen.h"
#include "argus/base/span.h"
#include "argus/record/flow.h"

struct mar {
	uint8_t cause;   /* enum record_cause */
	uint8_t version; /* of the header: 3 or 5 */
	bool is_initial; /* carries the cookie */
	uint32_t status; /* id form bits and others */
	uint8_t id_form; /* enum id_form */
	uint8_t id[16];  /* the source id as in struct transport: strings in reading order */
	char inf[4];     /* version 5: interface name */
	uint32_t localnet, netmask;
	uint32_t next_seq;
	uint64_t start; /* microseconds since 1970: of the probe (initial), else of the previous MAR */
	uint64_t now;
	uint8_t major, minor;
	uint8_t interface_type, interface_status;
	uint16_t report_interval, mar_interval; /* seconds */
	uint64_t packets, bytes;                /* received since the last MAR */
	int64_t drift;
	uint32_t records, flows, dropped, queue, output, clients, bufs, memory;
	uint16_t user_length[2]; /* -U, each side */
	uint32_t record_len;

	/* Not in the record; set by whoever reads and prints it, 0 otherwise. */
	uint64_t offset;  /* in its uncompressed input; 0 for the initial MAR */
	uint64_t ordinal; /* rank of the flow printed before it, from 1; 0 none */
};

/* Reads a MAR. Returns false for one that is not 32 words long (opaque: skip it
 * by length); *m is then zeroed but for cause and version. */
bool mar_decode(struct mar *m, const uint8_t *bytes, uint32_t length);

/* Writes MAR_SIZE bytes to `to`, in version 3 form. An initial MAR gets the cookie. */
void mar_encode(const struct mar *m, uint8_t *to);

/* A MAR of this version, with `now` and nothing counted. */
void mar_init(struct mar *m, enum record_cause cause, uint64_t now);

#endif
