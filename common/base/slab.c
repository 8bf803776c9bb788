/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/slab.h"

#include <sys/mman.h>

#include "argus/base/buf.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define ARENA_CHUNK ((size_t)1 << 18)

struct arena_chunk {
	struct arena_chunk *older;
	size_t size;
};

/* Memory for a chunk, aligned to a cache line, or to a huge page when it is as
 * large as one. */
static void *chunk_new(size_t size)
{
	size_t align = size >= HUGE_PAGE ? HUGE_PAGE : 64;
	void *memory = NULL;

	if (posix_memalign(&memory, align, size) != 0)
		out_of_memory();
#ifdef MADV_HUGEPAGE
	if (align == HUGE_PAGE)
		madvise(memory, size, MADV_HUGEPAGE);
#endif
	return memory;
}

void slab_init(struct slab *s, size_t item_size)
{
	*s = (struct slab){ .next = 1, .item_size = (item_size + 7) & ~(size_t)7 };
}

void slab_fini(struct slab *s)
{
	for (uint32_t i = 0; i < s->region_count; i++)
		free(s->regions[i]);
	free(s->regions);
	free(s->chunks);
	*s = (struct slab){ 0 };
}

/* A slab that stays small asks for chunks one by one; one that grows asks for
 * huge pages full of them, so that a flow costs one miss of the address cache
 * less, and the system's first touch of its memory next to nothing. */
void slab_grow(struct slab *s)
{
	size_t chunk = s->item_size << SLAB_CHUNK_BITS, region = chunk;
	uint32_t count = 1;
	uint8_t *memory;

	if (s->held >= HUGE_PAGE / 2) {
		region = (chunk + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
		count = (uint32_t)(region / chunk);
	}
	memory = chunk_new(region);
	s->held += region;
	s->regions = xrealloc(s->regions, (s->region_count + 1) * sizeof *s->regions);
	s->regions[s->region_count++] = memory;
	s->chunks = xrealloc(s->chunks, (s->chunk_count + count) * sizeof *s->chunks);
	for (uint32_t i = 0; i < count; i++)
		s->chunks[s->chunk_count++] = memory + i * chunk;
}

void *arena_more(struct arena *a, size_t size)
{
	size_t want = sizeof(struct arena_chunk) + 8 + size;
	struct arena_chunk *chunk;
	uint8_t *at;

	if (want < ARENA_CHUNK)
		want = a->held >= 8 * ARENA_CHUNK ? HUGE_PAGE : ARENA_CHUNK;
	chunk = chunk_new(want);
	chunk->older = a->chunk;
	chunk->size = want;
	a->chunk = chunk;
	a->held += want;
	at = (uint8_t *)(chunk + 1);
	a->at = at + size;
	a->end = (uint8_t *)chunk + want;
	return at;
}

static void free_older(struct arena *a, struct arena_chunk *keep)
{
	struct arena_chunk *chunk = keep != NULL ? keep->older : a->chunk;

	while (chunk != NULL) {
		struct arena_chunk *older = chunk->older;

		a->held -= chunk->size;
		free(chunk);
		chunk = older;
	}
}

void arena_fini(struct arena *a)
{
	free_older(a, NULL);
	*a = (struct arena)ARENA_INIT;
}

void arena_reset(struct arena *a)
{
	if (a->chunk == NULL)
		return;
	free_older(a, a->chunk);
	a->chunk->older = NULL;
	a->at = (uint8_t *)(a->chunk + 1);
}

char *arena_text(struct arena *a, const char *text, size_t length)
{
	char *copy = arena_alloc(a, length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}
