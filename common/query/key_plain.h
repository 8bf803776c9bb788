/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys that are made of the tuple of a plain record (plain.h): most keys of most records. Their bytes
 * are those that the objects would give one by one (key_build.c). Inlined: one is made of every record. */
#ifndef COMMON_QUERY_KEY_PLAIN_H
#define COMMON_QUERY_KEY_PLAIN_H

#include "argus/base/hash.h"
#include "argus/query/key.h"

#define BIT OBJECT_BIT
#define ADDRESSES (BIT(OBJECT_SADDR) | BIT(OBJECT_DADDR) | BIT(OBJECT_SNET) | BIT(OBJECT_DNET))
#define TUPLE (BIT(OBJECT_PROTO) | BIT(OBJECT_SADDR) | BIT(OBJECT_DADDR) | BIT(OBJECT_SPORT) | BIT(OBJECT_DPORT))
#define PLAIN_KEY_WORDS 9u

/* A key as it grows, in whole words, for bytes that are written one by one would have to be waited
 * for when they are hashed. */
struct plain_key {
	uint64_t word[PLAIN_KEY_WORDS];
	unsigned size; /* in bytes */
};

static INLINED void add_number(struct plain_key *k, uint64_t number, unsigned size)
{
	unsigned at = k->size / 8, shift = k->size % 8 * 8;

	k->word[at] |= number << shift;
	if (shift + size * 8 > 64)
		k->word[at + 1] |= number >> (64 - shift);
	k->size += size;
}

/* An object with the number that stands for it. */
static INLINED void add_object(struct plain_key *k, uint64_t number, unsigned size)
{
	add_number(k, size, 1);
	add_number(k, number, size);
}

static INLINED void add_address(struct plain_key *k, const uint8_t *addr, bool is_ipv4)
{
	if (is_ipv4) {
		add_object(k, get_le32(addr), 4);
		return;
	}
	add_number(k, 16, 1);
	add_number(k, get_le64(addr), 8);
	add_number(k, get_le64(addr + 8), 8);
}

/* Ids of the short forms have four bytes. */
static inline unsigned id_size(uint8_t form)
{
	return form <= ID_STRING ? 4 : 16;
}

/* Of a longer id the record has the first four bytes. */
static INLINED void add_source(struct plain_key *k, const struct plain_tuple *t, unsigned id)
{
	add_number(k, 1 + id, 1);
	add_number(k, t->source_form, 1);
	add_number(k, get_le32(t->source), 4);
	k->size += id - 4;
}

static INLINED void add_tuple(struct plain_key *k, uint64_t objects, const struct plain_tuple *t, bool is_ipv4)
{
	if (objects & BIT(OBJECT_PROTO))
		add_object(k, LAYOUT_IPV4 | (uint64_t)t->proto << 8, 3);
	for (int side = SRC; side <= DST; side++)
		if (objects & (side == SRC ? BIT(OBJECT_SADDR) : BIT(OBJECT_DADDR)))
			add_address(k, t->addr[side], is_ipv4);
	for (int side = SRC; side <= DST; side++)
		if (objects & (side == SRC ? BIT(OBJECT_SPORT) : BIT(OBJECT_DPORT)))
			add_object(k, t->port[side], 2);
}

/* The key of a tuple that has what the objects ask for; `id`: bytes of the source's. */
static INLINED void make_plain_key(struct plain_key *k, uint64_t objects, const struct plain_tuple *t, bool is_ipv4, unsigned id)
{
	*k = (struct plain_key){ .size = 0 };
	if (objects & ADDRESSES)
		add_number(k, (is_ipv4 ? LAYOUT_IPV4 : LAYOUT_IPV6) | (uint64_t)KEY_TUPLE << 8, 2);
	if (objects & BIT(OBJECT_SRCID))
		add_source(k, t, id);
	add_tuple(k, objects, t, is_ipv4);
}

/* What identifies a key, with zeros behind it to the end of a word: none is the beginning of another. */
static INLINED struct hash128 hash_key_words(const void *words, size_t length, uint64_t seed)
{
	return hash_bytes128(words, (length + 7) & ~(size_t)7, seed);
}

static inline struct hash128 hash_key(uint8_t key[static KEY_SIZE_MAX + 8], size_t length, uint64_t seed)
{
	memset(key + length, 0, 8);
	return hash_key_words(key, length, seed);
}

static INLINED struct hash128 hash_usual_key(uint64_t objects, const struct plain_tuple *t, uint64_t seed)
{
	struct plain_key key;

	make_plain_key(&key, objects, t, true, 4);
	return hash_key_words(key.word, key.size, seed);
}

/* The usual keys, of IPv4. Flattened, for then their length is known and most of the hash is gone. */
static __attribute__((flatten, noinline)) struct hash128 hash_flow_key(const struct plain_tuple *t, uint64_t seed)
{
	return hash_usual_key(TUPLE | BIT(OBJECT_SRCID), t, seed);
}

static __attribute__((flatten, noinline)) struct hash128 hash_source_key(const struct plain_tuple *t, uint64_t seed)
{
	return hash_usual_key(BIT(OBJECT_SADDR), t, seed);
}

/* Makes the key of any plain record. False: the source has to be asked for. */
static INLINED bool make_any_key(struct plain_key *key, uint64_t objects, const struct plain_tuple *t)
{
	if (objects & BIT(OBJECT_SRCID) && unlikely(t->source == NULL))
		return false;
	make_plain_key(key, objects, t, t->layout == LAYOUT_IPV4, id_size(t->source_form));
	return true;
}

/* The identity of a plain record's key. */
static INLINED bool hash_plain_key(const struct key *k, const struct plain_tuple *t, uint64_t seed, struct hash128 *id)
{
	struct plain_key key;

	if (likely(t->layout == LAYOUT_IPV4)) {
		if (k->objects == (TUPLE | BIT(OBJECT_SRCID)) && t->source != NULL && id_size(t->source_form) == 4) {
			*id = hash_flow_key(t, seed);
			return true;
		}
		if (k->objects == BIT(OBJECT_SADDR)) {
			*id = hash_source_key(t, seed);
			return true;
		}
	}
	if (!make_any_key(&key, k->objects, t))
		return false;
	*id = hash_key_words(key.word, key.size, seed);
	return true;
}

#endif
