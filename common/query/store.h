/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory for packed flows: blocks of any size by 32-bit reference, cut from large regions
 * one behind the other. What is given back waits in a list of its size for the next block
 * that is as large; but blocks that lie side by side, and are given back one after the other,
 * for flows grow in the order in which they began, become one from which others are cut. */
#ifndef COMMON_QUERY_STORE_H
#define COMMON_QUERY_STORE_H

#include "argus/base/slab.h"

#define STORE_UNIT 16u
#define STORE_REGION_BITS 17 /* units a region, as a power of two: 2 MB */
#define STORE_SIZES 128u     /* in units; larger blocks lie in memory of their own */

struct store {
	uint8_t **regions;
	uint32_t region_count;
	uint32_t next, end;         /* units: what is left of the newest region */
	uint32_t spare, spare_units; /* what was given back side by side */
	uint32_t free[STORE_SIZES]; /* heads of the lists of returned blocks; 0: none */
	struct slab boxes;          /* struct box */
	size_t boxed;               /* bytes behind them */
};

/* Packed, for there are many: what holds one has its last three bytes for other things. */
struct store_ref {
	uint32_t at;
	uint8_t units; /* its size; STORE_SIZES: a box */
} __attribute__((packed));

void store_init(struct store *s);
void store_fini(struct store *s);

/* A block aligned to 16 bytes, not cleared. */
struct store_ref store_alloc(struct store *s, size_t size);

/* `*count` blocks of so many units side by side, or fewer, then `*count` says how many: where the first one
 * is. They are never boxes, and stand at multiples of their size if this is a power of two. */
uint32_t store_alloc_run(struct store *s, uint32_t units, uint32_t *count);
void store_release(struct store *s, struct store_ref ref);
void *store_box(const struct store *s, uint32_t at);

/* Bytes of what was ever handed out. */
static inline size_t store_size(const struct store *s)
{
	return ((size_t)s->region_count << STORE_REGION_BITS) * STORE_UNIT - (size_t)(s->end - s->next) * STORE_UNIT +
	       s->boxed;
}

/* What is no box. */
static inline void *store_block(const struct store *s, uint32_t at)
{
	return s->regions[at >> STORE_REGION_BITS] + (size_t)(at & ((1u << STORE_REGION_BITS) - 1)) * STORE_UNIT;
}

/* Brings in where blocks will be cut from next, but for the first `skip` bytes, for writing. */
static inline void store_fetch_next(const struct store *s, size_t skip, size_t size)
{
	const uint8_t *next;

	if (s->next == s->end)
		return;
	next = (const uint8_t *)store_block(s, s->next) + skip;
	for (size_t at = 0; at < size; at += 64)
		__builtin_prefetch(next + at, 1);
}

/* How many bytes fit where `ref` is. */
static inline size_t store_room(struct store_ref ref)
{
	return ref.units < STORE_SIZES ? (size_t)ref.units * STORE_UNIT : 0;
}

/* Whether a block may be there, which may have been given back. */
static inline bool store_has(const struct store *s, uint32_t at) { return at >> STORE_REGION_BITS < s->region_count; }

static inline void *store_at(const struct store *s, struct store_ref ref)
{
	return likely(ref.units < STORE_SIZES) ? store_block(s, ref.at) : store_box(s, ref.at);
}

#endif
