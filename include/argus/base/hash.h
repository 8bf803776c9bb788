/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A seeded hash and the one hash table of the suite.
 *
 * The table maps 32-bit tags (the low half of a seeded 64-bit hash) to 32-bit
 * references: indices into a slab or offsets into an arena, never 0. It is open
 * addressed with linear probing and backward-shift deletion, eight bytes a slot,
 * and grows from the tags alone, without touching an entry. Comparing keys is
 * the caller's work, inlined into its own loop:
 *
 *	struct htab_probe p = htab_start(t, tag);
 *	while ((ref = htab_next(t, &p)) != 0)
 *		if (same_key(entry(ref), key))
 *			return entry(ref);
 */
#ifndef ARGUS_BASE_HASH_H
#define ARGUS_BASE_HASH_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "argus/base/compat.h"

/* A random value for one process, so that nobody can choose collisions. The
 * environment variable ARGUS_HASH_SEED fixes it for a test. */
uint64_t hash_seed(void);

static inline uint64_t hash_bytes(const void *bytes, size_t length, uint64_t seed)
{
	return XXH3_64bits_withSeed(bytes, length, seed);
}

/* Wide enough to stand for what was hashed: two keys with the same one do not happen. */
struct hash128 {
	uint64_t low, high;
};

static inline struct hash128 hash_bytes128(const void *bytes, size_t length, uint64_t seed)
{
	XXH128_hash_t h = XXH3_128bits_withSeed(bytes, length, seed);

	return (struct hash128){ h.low64, h.high64 };
}

struct htab_slot {
	uint32_t tag;
	uint32_t ref; /* 0: empty */
};

struct htab {
	struct htab_slot *slots;
	uint32_t mask; /* number of slots - 1; a power of two */
	uint32_t used;
};

struct htab_probe {
	uint32_t at;
	uint32_t tag;
};

/* `hint`: how many entries to make room for; with 0 it takes no memory before the first. */
void htab_init(struct htab *t, uint32_t hint);
void htab_fini(struct htab *t);
void htab_clear(struct htab *t);

/* Bytes that it takes. */
static inline size_t htab_size(const struct htab *t)
{
	return t->mask > 0 ? ((size_t)t->mask + 1) * sizeof *t->slots : 0;
}

/* Makes the table two or four times as large; htab_add calls it. */
void htab_grow(struct htab *t);

/* Room for so many more, without growing. */
void htab_reserve(struct htab *t, uint32_t more);

static INLINED void htab_prefetch(const struct htab *t, uint32_t tag)
{
	__builtin_prefetch(&t->slots[tag & t->mask]);
}

static inline struct htab_probe htab_start(const struct htab *t, uint32_t tag)
{
	return (struct htab_probe){ tag & t->mask, tag };
}

/* The next reference filed under the tag, or 0. */
static inline uint32_t htab_next(const struct htab *t, struct htab_probe *p)
{
	for (;;) {
		const struct htab_slot *slot = &t->slots[p->at];

		if (slot->ref == 0)
			return 0;
		p->at = (p->at + 1) & t->mask;
		if (slot->tag == p->tag)
			return slot->ref;
	}
}

/* Whether the next entry makes it grow. */
static inline bool htab_is_full(const struct htab *t) { return (uint64_t)t->used * 4 >= (uint64_t)t->mask * 3; }

/* Files `ref` under the probe's tag when htab_next() has just come to the end of those that
 * are there; the table must not be full. */
static inline void htab_add_at(struct htab *t, const struct htab_probe *p, uint32_t ref)
{
	t->slots[p->at] = (struct htab_slot){ p->tag, ref };
	t->used++;
}

/* Files `ref` under `tag`, beside any that are there already. */
static inline void htab_add(struct htab *t, uint32_t tag, uint32_t ref)
{
	uint32_t at;

	if (unlikely(htab_is_full(t)))
		htab_grow(t);
	for (at = tag & t->mask; t->slots[at].ref != 0; at = (at + 1) & t->mask)
		continue;
	t->slots[at] = (struct htab_slot){ tag, ref };
	t->used++;
}

/* Takes out the entry (tag, ref); false if it is not there. */
bool htab_remove(struct htab *t, uint32_t tag, uint32_t ref);

/* Changes what (tag, old) refers to; false if it is not there. */
bool htab_replace(struct htab *t, uint32_t tag, uint32_t old, uint32_t ref);

#endif
