/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressed files: recognised by content (record-format.md 2.1), unpacked and
 * packed piece by piece. One row of functions for each format and direction. */
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
	PACK_END,     /* unpacking: the end of a compressed member, whatever follows is another;
		       * packing: the last of the input has all been put */
	PACK_DAMAGED, /* not decodable from here */
};

/* One direction of a format. */
struct pack_format {
	void *(*start)(void); /* a state; NULL when there is no memory for it */
	enum pack_result (*step)(void *state, struct pack_flow *flow, bool last);
	void (*stop)(void *state); /* frees it */
};

struct packer;

/* NULL if this build cannot do it, or for packing compress(1) files, which nobody
 * writes any more: err (ERR_USER) says so. */
struct packer *packer_new_unpacking(enum packing packing, struct err *err);
struct packer *packer_new_packing(enum packing packing, struct err *err);
void packer_free(struct packer *p);

/* `last`: the input to be packed ends with this. */
enum pack_result packer_step(struct packer *p, struct pack_flow *flow, bool last);

/* Makes ready for the next member. */
void packer_restart(struct packer *p);

/* The formats: pack_gzip.c ..., lzw.c. */
extern const struct pack_format gzip_unpacking, gzip_packing, bzip2_unpacking, bzip2_packing, xz_unpacking, xz_packing,
	zstd_unpacking, zstd_packing, compress_unpacking;

/* What a step took and gave. */
static inline void pack_advance(struct pack_flow *flow, size_t taken, size_t given)
{
	flow->in += taken;
	flow->in_left -= taken;
	flow->out += given;
	flow->room -= given;
}

/* Some libraries count in unsigned int. */
static inline unsigned pack_bounded(size_t n) { return n > UINT32_MAX ? UINT32_MAX : (unsigned)n; }

#endif
