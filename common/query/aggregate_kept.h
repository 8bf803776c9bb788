/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records that are kept for their pieces (aggregate_piece.c, aggregate_write.c). */
#ifndef COMMON_QUERY_AGGREGATE_KEPT_H
#define COMMON_QUERY_AGGREGATE_KEPT_H

#include "argus/base/hash.h"

#define WRITTEN_MAX 8192u /* records that are longer are not kept for their pieces */

/* What the body of a piece's entry is. Followed by
 * the DSRs of its pieces as they are written - those before the times and counts, which stand
 * third and fourth, and those behind them - and by the record, if it is no plain one, without its last
 * bytes if they are the same as the DSRs behind. */
struct kept_record {
	struct hash128 id; /* first: of the key of its pieces */
	uint64_t order;    /* of its first piece; nothing else that is sorted with them comes in between */
	uint64_t offset;   /* in the input */
	uint32_t users;    /* pieces that refer to it */
	/* From here on it is needed for writing them: */
	float active;    /* what the aggregation DSR says of it: how long the record lasts */
	uint16_t length; /* of the record */
	uint16_t before; /* bytes of DSRs */
	uint16_t agr;    /* bytes of the aggregation DSR, which is next; 0: the one that is implied, with `active` */
	uint16_t behind; /* of the others */
	uint16_t shared; /* of these: the last of the record */
	uint8_t head[2]; /* of the record that is written */
	bool is_written : 1; /* the pieces' DSRs are there */
	bool is_plain : 1;   /* they are those of a plain record */
	bool has_src : 1, has_dst : 1; /* the record has packets of that side */
};

static inline const uint8_t *kept_written(const struct kept_record *r) { return (const uint8_t *)(r + 1); }
static inline const uint8_t *kept_behind(const struct kept_record *r) { return kept_written(r) + r->before + r->agr; }

#define KEPT_CHUNK 16u /* what is kept for writing is copied in such, and a little too much of it */

/* Bytes that follow: of the record, or just so many that the last chunk ends where they do. */
static inline size_t kept_rest(const struct kept_record *r)
{
	if (!r->is_plain)
		return (size_t)r->length - r->shared;
	return r->behind > 0 ? -(size_t)r->behind % KEPT_CHUNK : KEPT_CHUNK;
}

#endif
