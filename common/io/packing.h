/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressed files: recognised by content (record-format.md 2.1), unpacked and
 * packed piece by piece. One row of functions for each format. */
#ifndef COMMON_IO_PACKING_H
#define COMMON_IO_PACKING_H

#include "argus/base/err.h"

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_COMPRESS, PACKING_BZIP2, PACKING_XZ, PACKING_ZSTD };

#define PACKING_MAGIC_SIZE 6u /* bytes it takes to recognise any of them */

enum packing packing_of(const uint8_t *head, size_t length);
const char *packing_name(enum packing packing); /* as in "damaged gzip data" */

/* Where a step takes from and puts to; both move. */
struct pack_flow {
	const uint8_t *in;
	size_t in_left;
	uint8_t *out;
	size_t room;
};

enum pack_result {
	PACK_MORE,    /* all input taken, or the output is full: call again with more of either */
	PACK_END,     /* the end of a compressed member: whatever follows is another */
	PACK_DAMAGED, /* not decodable from here */
};

struct inflate;
struct deflate;

/* NULL if this build cannot do it: err (ERR_USER) says so. */
struct inflate *inflate_new(enum packing packing, struct err *err);
enum pack_result inflate_step(struct inflate *z, struct pack_flow *flow);
void inflate_free(struct inflate *z);

/* Makes a decoder ready for the next member. */
void inflate_restart(struct inflate *z);

/* compress(1) files are written by nobody any more: NULL for PACKING_COMPRESS. */
struct deflate *deflate_new(enum packing packing, struct err *err);

/* `last`: the input ends with this. PACK_END: it has all been put. */
enum pack_result deflate_step(struct deflate *z, struct pack_flow *flow, bool last);
void deflate_free(struct deflate *z);

#endif
