/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two allocators for hot paths.
 *
 * A slab hands out items of one size by 32-bit reference (never 0) and takes
 * them back; items do not move. An arena hands out memory of any size and takes
 * it all back at once. Both ask the system for large chunks. */
#ifndef ARGUS_BASE_SLAB_H
#define ARGUS_BASE_SLAB_H

#include "argus/base/compat.h"

/* Memory from the system, aligned to a cache line, or to a huge page when it is as large
 * as one. Not cleared. A few that are given back are kept for those who ask next. */
void *region_new(size_t size);
void *region_new_cleared(size_t size);
void region_free(void *memory, size_t size);

struct region {
	void *memory;
	size_t size;
};

#define SLAB_CHUNK_BITS 12 /* items a chunk, as a power of two */

struct slab {
	uint8_t **chunks; /* each of 2^SLAB_CHUNK_BITS items */
	uint32_t chunk_count;
	struct region *regions; /* what was asked of the system: one chunk, or as many as fill huge pages */
	uint32_t region_count;
	size_t held; /* bytes of all regions */
	uint32_t next; /* first reference that was never handed out */
	uint32_t free; /* head of the list of returned items, 0: none */
	uint32_t live;
	size_t item_size;
};

/* `item_size` is rounded up to a multiple of 8; a multiple of 64 keeps items on
 * cache lines of their own. */
void slab_init(struct slab *s, size_t item_size);
void slab_fini(struct slab *s);

/* Adds a chunk; slab_alloc calls it. */
void slab_grow(struct slab *s);

static inline void *slab_at(const struct slab *s, uint32_t ref)
{
	return s->chunks[ref >> SLAB_CHUNK_BITS] + (ref & ((1u << SLAB_CHUNK_BITS) - 1)) * s->item_size;
}

/* Whether it may refer to an item, though that may have been given back. */
static inline bool slab_has(const struct slab *s, uint32_t ref) { return ref >> SLAB_CHUNK_BITS < s->chunk_count; }

/* A new item's reference. Its content is whatever was there before. */
static inline uint32_t slab_alloc(struct slab *s)
{
	uint32_t ref = s->free;

	s->live++;
	if (ref != 0) {
		memcpy(&s->free, slab_at(s, ref), sizeof s->free);
		return ref;
	}
	if (unlikely(s->next >> SLAB_CHUNK_BITS >= s->chunk_count))
		slab_grow(s);
	return s->next++;
}

static inline void slab_release(struct slab *s, uint32_t ref)
{
	memcpy(slab_at(s, ref), &s->free, sizeof s->free);
	s->free = ref;
	s->live--;
}

/* Bytes held from the system. */
static inline size_t slab_size(const struct slab *s)
{
	return s->held;
}

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk; /* the newest; older ones hang behind it */
	uint8_t *at;
	uint8_t *end;
	size_t held; /* bytes held from the system */
};

#define ARENA_INIT { NULL, NULL, NULL, 0 }

void *arena_more(struct arena *a, size_t size); /* adds a chunk; arena_alloc calls it */
void arena_fini(struct arena *a);

/* Takes everything back but keeps one chunk for the next round. */
void arena_reset(struct arena *a);

/* `size` bytes aligned to 8, not cleared. They live until arena_reset or arena_fini. */
static inline void *arena_alloc(struct arena *a, size_t size)
{
	uint8_t *at = a->at;

	size = (size + 7) & ~(size_t)7;
	if (unlikely((size_t)(a->end - at) < size))
		return arena_more(a, size);
	a->at += size;
	return at;
}

/* A copy of `length` bytes, followed by a NUL. */
char *arena_text(struct arena *a, const char *text, size_t length);

#endif
