/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/query/store.h"

#include "argus/base/buf.h"

#define REGION_SIZE ((size_t)STORE_UNIT << STORE_REGION_BITS)

#define REGIONS_MAX ((1u << (32 - STORE_REGION_BITS)) - 1)
#define REGIONS_OF_ANY (REGIONS_MAX / 2) /* beyond so many there are only runs, and boxes for all else */

struct box {
	size_t size; /* a box that was given back is linked to the next by it, and has no memory */
	void *memory;
};

void store_init(struct store *s)
{
	*s = (struct store){ 0 };
	slab_init(&s->boxes, sizeof(struct box));
}

void store_fini(struct store *s)
{
	for (uint32_t at = 1; at < s->boxes.next; at++)
		free(((struct box *)slab_at(&s->boxes, at))->memory);
	for (uint32_t i = 0; i < s->region_count; i++)
		region_free(s->regions[i], REGION_SIZE);
	free(s->regions);
	slab_fini(&s->boxes);
}

static void put_free(struct store *s, uint32_t at, uint32_t units)
{
	memcpy(store_block(s, at), &s->free[units], sizeof s->free[units]);
	s->free[units] = at;
}

/* What is left of a region is at most as large as a block, and is one. The first unit of
 * all is never handed out: 0 refers to nothing. */
static void add_region(struct store *s)
{
	if (s->end > s->next)
		put_free(s, s->next, s->end - s->next);
	s->regions = xrealloc(s->regions, (s->region_count + 1) * sizeof *s->regions);
	s->regions[s->region_count] = region_new(REGION_SIZE);
	s->next = (s->region_count << STORE_REGION_BITS) + (s->region_count == 0);
	s->end = ++s->region_count << STORE_REGION_BITS;
}

static struct store_ref alloc_box(struct store *s, size_t size)
{
	uint32_t at = slab_alloc(&s->boxes);
	struct box *box = slab_at(&s->boxes, at);

	*box = (struct box){ size, xmalloc(size) };
	s->boxed += size;
	return (struct store_ref){ at, STORE_SIZES };
}

struct store_ref store_alloc(struct store *s, size_t size)
{
	uint32_t units = (uint32_t)((size + STORE_UNIT - 1) / STORE_UNIT), at;

	if (unlikely(size > (STORE_SIZES - 1) * STORE_UNIT))
		return alloc_box(s, size);
	at = s->free[units];
	if (at != 0) {
		memcpy(&s->free[units], store_block(s, at), sizeof at);
		return (struct store_ref){ at, (uint8_t)units };
	}
	if (s->spare_units >= units) {
		at = s->spare;
		s->spare += units;
		s->spare_units -= units;
		return (struct store_ref){ at, (uint8_t)units };
	}
	if (unlikely(s->end - s->next < units)) {
		if (s->region_count >= REGIONS_OF_ANY)
			return alloc_box(s, size);
		add_region(s);
	}
	at = s->next;
	s->next += units;
	return (struct store_ref){ at, (uint8_t)units };
}

/* Of the units from `*from` to `end` takes as many blocks as fit, at most `*count`. Returns where they
 * begin; 0: not one fits. */
static uint32_t cut_run(struct store *s, uint32_t *from, uint32_t end, uint32_t units, uint32_t *count)
{
	uint32_t gap = (units & (units - 1)) == 0 ? -*from & (units - 1) : 0, at = *from + gap;

	if (end - *from < gap + units)
		return 0;
	if (gap > 0)
		put_free(s, *from, gap);
	*count = (uint32_t)u64_min(*count, (end - at) / units);
	*from = at + *count * units;
	return at;
}

uint32_t store_alloc_run(struct store *s, uint32_t units, uint32_t *count)
{
	uint32_t at = s->free[units], end = s->spare + s->spare_units;

	if (at != 0) { /* what was given back comes first */
		memcpy(&s->free[units], store_block(s, at), sizeof at);
		*count = 1;
		return at;
	}
	at = cut_run(s, &s->spare, end, units, count);
	s->spare_units = end - s->spare;
	while (at == 0 && (at = cut_run(s, &s->next, s->end, units, count)) == 0) {
		if (s->region_count == REGIONS_MAX)
			out_of_memory();
		add_region(s);
	}
	return at;
}

/* Takes a block that lies before or behind the spare ones, in the same region, to them. */
static bool join_spare(struct store *s, struct store_ref ref)
{
	if (s->spare_units == 0 || ref.at >> STORE_REGION_BITS != s->spare >> STORE_REGION_BITS)
		return false;
	if (ref.at + ref.units == s->spare)
		s->spare = ref.at;
	else if (ref.at != s->spare + s->spare_units)
		return false;
	s->spare_units += ref.units;
	return true;
}

/* The larger one of two is kept to be joined and cut. */
static void give_back(struct store *s, struct store_ref ref)
{
	if (join_spare(s, ref))
		return;
	if (ref.units <= s->spare_units) {
		put_free(s, ref.at, ref.units);
		return;
	}
	if (s->spare_units > 0)
		put_free(s, s->spare, s->spare_units);
	s->spare = ref.at;
	s->spare_units = ref.units;
}

void store_release(struct store *s, struct store_ref ref)
{
	struct box *box;

	if (likely(ref.units < STORE_SIZES)) {
		give_back(s, ref);
		return;
	}
	box = slab_at(&s->boxes, ref.at);
	s->boxed -= box->size;
	free(box->memory);
	box->memory = NULL;
	slab_release(&s->boxes, ref.at);
}

void *store_box(const struct store *s, uint32_t at)
{
	const struct box *box = slab_at(&s->boxes, at);

	return box->memory;
}
