/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/hash.h"

#include <sys/random.h>

#include "argus/base/slab.h"

#define MIN_SLOTS 8

/* All tables that have no entry yet share this one slot. It counts as full, and so is never written. */
static struct htab_slot nothing;

uint64_t hash_seed(void)
{
	static uint64_t seed;
	const char *fixed;

	if (seed != 0)
		return seed;
	fixed = getenv("ARGUS_HASH_SEED");
	if (fixed != NULL)
		seed = strtoull(fixed, NULL, 0);
	else if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u;
	seed |= 1; /* 0 stands for "not drawn yet" */
	return seed;
}

static size_t size_of(const struct htab *t) { return ((size_t)t->mask + 1) * sizeof *t->slots; }

static void free_slots(struct htab *t)
{
	if (t->slots != NULL && t->slots != &nothing)
		region_free(t->slots, size_of(t));
}

static void set_slots(struct htab *t, uint64_t count)
{
	t->slots = region_new_cleared(count * sizeof *t->slots);
	t->mask = (uint32_t)(count - 1);
}

void htab_init(struct htab *t, uint32_t hint)
{
	uint64_t count = MIN_SLOTS;

	*t = (struct htab){ .slots = &nothing };
	if (hint == 0)
		return;
	while (count * 3 < (uint64_t)hint * 4)
		count *= 2;
	set_slots(t, count);
}

void htab_fini(struct htab *t)
{
	free_slots(t);
	*t = (struct htab){ 0 };
}

void htab_clear(struct htab *t)
{
	if (t->slots != &nothing)
		memset(t->slots, 0, size_of(t));
	t->used = 0;
}

static void resize(struct htab *t, uint64_t count)
{
	struct htab old = *t;

	set_slots(t, count);
	for (uint64_t i = 0; i <= old.mask; i++) {
		uint32_t at = old.slots[i].tag & t->mask;

		if (old.slots[i].ref == 0)
			continue;
		while (t->slots[at].ref != 0)
			at = (at + 1) & t->mask;
		t->slots[at] = old.slots[i];
	}
	free_slots(&old);
}

static uint64_t slots_of(const struct htab *t) { return t->slots == &nothing ? 0 : (uint64_t)t->mask + 1; }

/* A table that is no longer small is likely to grow more than once: by four, it is filled anew half as often. */
#define GROWS_FROM ((uint64_t)1 << 12) /* slots; of smaller tables there may be thousands */
#define GROWS_TO ((uint64_t)1 << 18)

void htab_grow(struct htab *t)
{
	uint64_t count = slots_of(t);

	if (count == 0)
		count = MIN_SLOTS;
	else
		count *= count >= GROWS_FROM && count < GROWS_TO ? 4 : 2;
	resize(t, count);
}

void htab_reserve(struct htab *t, uint32_t more)
{
	uint64_t count = u64_max(slots_of(t), MIN_SLOTS);

	while ((count - 1) * 3 <= ((uint64_t)t->used + more) * 4)
		count *= 2;
	if (count > slots_of(t))
		resize(t, count);
}

static struct htab_slot *find(const struct htab *t, uint32_t tag, uint32_t ref)
{
	for (uint32_t at = tag & t->mask; t->slots[at].ref != 0; at = (at + 1) & t->mask)
		if (t->slots[at].ref == ref)
			return &t->slots[at];
	return NULL;
}

bool htab_remove(struct htab *t, uint32_t tag, uint32_t ref)
{
	struct htab_slot *slot = find(t, tag, ref);
	uint32_t hole, at;

	if (slot == NULL)
		return false;
	/* Backward shift: move up every later entry of the run that may stand in the hole. */
	hole = at = (uint32_t)(slot - t->slots);
	for (;;) {
		at = (at + 1) & t->mask;
		if (t->slots[at].ref == 0)
			break;
		if (((at - t->slots[at].tag) & t->mask) >= ((at - hole) & t->mask)) {
			t->slots[hole] = t->slots[at];
			hole = at;
		}
	}
	t->slots[hole] = (struct htab_slot){ 0, 0 };
	t->used--;
	return true;
}

bool htab_replace(struct htab *t, uint32_t tag, uint32_t old, uint32_t ref)
{
	struct htab_slot *slot = find(t, tag, old);

	if (slot == NULL)
		return false;
	slot->ref = ref;
	return true;
}
