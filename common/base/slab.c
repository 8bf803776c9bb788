/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/slab.h"

#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include "argus/base/buf.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define PAGE_MAX ((size_t)1 << 16)
#define ARENA_FIRST ((size_t)1 << 12) /* for there may be thousands of small ones: filters of rules */
#define ARENA_CHUNK ((size_t)1 << 18)

struct arena_chunk {
	struct arena_chunk *older;
	size_t size;
};

#ifdef MADV_POPULATE_WRITE

/* What a region may cost, per huge page. With one at hand it takes a quarter of a
 * millisecond, with small pages half of one; one or two where the host of a virtual machine
 * has yet to find the memory, and six where room has to be made between small pages. */
#define SLOW_US 800u

static uint64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* All of it will be used, and soon: one call is cheaper than a fault a page. Huge pages are
 * asked for as long as the system has them at hand: it gives out first what was given back last,
 * so that behind one that had to be found there are only more of that kind. */
static void populate(void *memory, size_t size)
{
	static _Atomic bool is_slow;
	uint64_t before;

	if (is_slow) {
		madvise(memory, size, MADV_POPULATE_WRITE);
		return;
	}
	before = cpu_us();
	madvise(memory, size, MADV_HUGEPAGE);
	madvise(memory, size, MADV_POPULATE_WRITE);
	if (cpu_us() - before > size / HUGE_PAGE * SLOW_US)
		is_slow = true;
}

#else
static void populate(void *memory, size_t size) { (void)memory, (void)size; }
#endif

/* Whole pages, of any system's size. */
static size_t mapped_size(size_t size) { return (size + PAGE_MAX - 1) & ~(PAGE_MAX - 1); }

/* What was given back last: a table that grows leaves memory behind that something else asks for soon, and
 * it takes longer to get that from the system. */
#define KEPT_MAX 4u
#define KEPT_SIZE ((size_t)8 << 20)

static struct {
	pthread_mutex_t lock;
	struct region region[KEPT_MAX];
	unsigned count;
	size_t size;
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The smallest that is large enough, but not twice as large; NULL: there is none. What is too much of it goes
 * back to the system. */
static void *take_kept(size_t size)
{
	struct region region = { NULL, 2 * size };
	unsigned found = KEPT_MAX;

	pthread_mutex_lock(&kept.lock);
	for (unsigned i = 0; i < kept.count; i++)
		if (kept.region[i].size >= size && kept.region[i].size < region.size) {
			region = kept.region[i];
			found = i;
		}
	if (found < KEPT_MAX) {
		kept.size -= region.size;
		kept.region[found] = kept.region[--kept.count];
	}
	pthread_mutex_unlock(&kept.lock);
	if (region.memory != NULL && region.size > size)
		munmap((uint8_t *)region.memory + size, region.size - size);
	return region.memory;
}

/* False: there is no room for it. */
static bool keep(void *memory, size_t size)
{
	bool is_kept;

	pthread_mutex_lock(&kept.lock);
	is_kept = kept.count < KEPT_MAX && kept.size + size <= KEPT_SIZE;
	if (is_kept) {
		kept.region[kept.count++] = (struct region){ memory, size };
		kept.size += size;
	}
	pthread_mutex_unlock(&kept.lock);
	return is_kept;
}

/* What is as large as a huge page is mapped by itself, where huge pages begin, so that it can
 * go back to the system the moment it is given back. */
static void *map_aligned(size_t size)
{
	uint8_t *memory = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;

	if (memory == MAP_FAILED)
		out_of_memory();
	before = -(uintptr_t)memory & (HUGE_PAGE - 1);
	if (before > 0)
		munmap(memory, before);
	munmap(memory + before + size, HUGE_PAGE - before);
	populate(memory + before, size);
	return memory + before;
}

void *region_new(size_t size)
{
	void *memory = NULL;

	if (size >= HUGE_PAGE) {
		memory = take_kept(mapped_size(size));
		return memory != NULL ? memory : map_aligned(mapped_size(size));
	}
	if (posix_memalign(&memory, 64, size) != 0)
		out_of_memory();
	return memory;
}

void *region_new_cleared(size_t size)
{
	void *memory = NULL;

	if (size < HUGE_PAGE)
		memory = region_new(size);
	else if ((memory = take_kept(mapped_size(size))) == NULL)
		return map_aligned(mapped_size(size)); /* what is mapped comes cleared */
	return memset(memory, 0, size);
}

void region_free(void *memory, size_t size)
{
	if (size < HUGE_PAGE)
		free(memory);
	else if (!keep(memory, mapped_size(size)))
		munmap(memory, mapped_size(size));
}

void slab_init(struct slab *s, size_t item_size)
{
	*s = (struct slab){ .next = 1, .item_size = (item_size + 7) & ~(size_t)7 };
}

void slab_fini(struct slab *s)
{
	for (uint32_t i = 0; i < s->region_count; i++)
		region_free(s->regions[i].memory, s->regions[i].size);
	free(s->regions);
	free(s->chunks);
	*s = (struct slab){ 0 };
}

/* As few huge pages as chunks fill, but for a sixteenth; at most three more than the least. */
static size_t region_for(size_t chunk)
{
	size_t least = (chunk + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1), region = least;

	while (region % chunk > region / 16 && region < least + 3 * HUGE_PAGE)
		region += HUGE_PAGE;
	return region;
}

/* A slab that stays small asks for chunks one by one; one that grows asks for
 * regions full of them, which may come on huge pages. */
void slab_grow(struct slab *s)
{
	size_t chunk = s->item_size << SLAB_CHUNK_BITS, region = chunk;
	uint32_t count = 1;
	uint8_t *memory;

	if (s->held >= HUGE_PAGE / 2) {
		region = region_for(chunk);
		count = (uint32_t)(region / chunk);
	}
	memory = region_new(region);
	s->held += region;
	s->regions = xrealloc(s->regions, (s->region_count + 1) * sizeof *s->regions);
	s->regions[s->region_count++] = (struct region){ memory, region };
	s->chunks = xrealloc(s->chunks, (s->chunk_count + count) * sizeof *s->chunks);
	for (uint32_t i = 0; i < count; i++)
		s->chunks[s->chunk_count++] = memory + i * chunk;
}

/* The more is held, the more is asked for. */
static size_t arena_step(const struct arena *a)
{
	if (a->held >= 8 * ARENA_CHUNK)
		return HUGE_PAGE;
	if (a->held >= ARENA_CHUNK)
		return ARENA_CHUNK;
	return a->held >= ARENA_FIRST ? a->held : ARENA_FIRST;
}

void *arena_more(struct arena *a, size_t size)
{
	size_t want = sizeof(struct arena_chunk) + 8 + size;
	struct arena_chunk *chunk;
	uint8_t *at;

	if (want < arena_step(a))
		want = arena_step(a);
	chunk = region_new(want);
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
		region_free(chunk, chunk->size);
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
