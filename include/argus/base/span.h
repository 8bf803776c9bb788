/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checked cursor: the only way in which foreign bytes are read.
 *
 * A span is a run of bytes that belongs to somebody else. Reading moves it
 * forward. A read past the end yields zeros, moves the span to its end and
 * marks it short; the mark stays. So a decoder may read all its fields and ask
 * once, at the end, whether they were there. */
#ifndef ARGUS_BASE_SPAN_H
#define ARGUS_BASE_SPAN_H

#include "argus/base/compat.h"

struct span {
	const uint8_t *at;
	const uint8_t *end;
	bool is_short; /* somebody asked for more than there was */
};

static inline struct span span_of(const void *bytes, size_t length)
{
	return (struct span){ bytes, (const uint8_t *)bytes + length, false };
}

/* Bytes left. */
static inline size_t span_left(const struct span *s)
{
	return (size_t)(s->end - s->at);
}

/* The next `n` bytes, and moves past them; NULL, and short, if there are fewer. */
static inline const uint8_t *span_take(struct span *s, size_t n)
{
	const uint8_t *at = s->at;

	if (unlikely(span_left(s) < n)) {
		s->at = s->end;
		s->is_short = true;
		return NULL;
	}
	s->at += n;
	return at;
}

/* As span_take, but the span stays where it is and is never marked. */
static inline const uint8_t *span_peek(const struct span *s, size_t n)
{
	return span_left(s) < n ? NULL : s->at;
}

static inline bool span_skip(struct span *s, size_t n)
{
	return span_take(s, n) != NULL;
}

/* The next `n` bytes as a span of their own (shorter, and both marked, if there are fewer). */
static inline struct span span_sub(struct span *s, size_t n)
{
	size_t left = span_left(s);
	struct span sub = { s->at, s->at + (n < left ? n : left), n > left };

	s->at = sub.end;
	s->is_short |= sub.is_short;
	return sub;
}

/* Copies `n` bytes; what is missing becomes 0. */
static inline void span_copy(struct span *s, void *to, size_t n)
{
	const uint8_t *from = span_take(s, n);

	if (from != NULL)
		memcpy(to, from, n);
	else
		memset(to, 0, n);
}

/* Fixed-width values at an address that is known to hold them. */
static inline uint16_t get_be16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof v);
	return __builtin_bswap16(v);
}

static inline uint32_t get_be32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return __builtin_bswap32(v);
}

static inline uint64_t get_be64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return __builtin_bswap64(v);
}

static inline uint16_t get_le16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline uint32_t get_le32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline uint64_t get_le64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline float get_f32_bits(uint32_t bits)
{
	float f;
	memcpy(&f, &bits, sizeof f);
	return f;
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "span.h and pen.h are written for little-endian hosts"
#endif

/* The next value of a span, big-endian (`be`) or little-endian (`le`); 0 past the end. */
static inline uint8_t span_u8(struct span *s)
{
	const uint8_t *p = span_take(s, 1);
	return p ? p[0] : 0;
}

static inline uint16_t span_be16(struct span *s)
{
	const uint8_t *p = span_take(s, 2);
	return p ? get_be16(p) : 0;
}

static inline uint32_t span_be32(struct span *s)
{
	const uint8_t *p = span_take(s, 4);
	return p ? get_be32(p) : 0;
}

static inline uint64_t span_be64(struct span *s)
{
	const uint8_t *p = span_take(s, 8);
	return p ? get_be64(p) : 0;
}

static inline uint16_t span_le16(struct span *s)
{
	const uint8_t *p = span_take(s, 2);
	return p ? get_le16(p) : 0;
}

static inline uint32_t span_le32(struct span *s)
{
	const uint8_t *p = span_take(s, 4);
	return p ? get_le32(p) : 0;
}

static inline float span_be_f32(struct span *s) { return get_f32_bits(span_be32(s)); }
static inline float span_le_f32(struct span *s) { return get_f32_bits(span_le32(s)); }

/* Whether two runs of `length` bytes, a multiple of 4, are the same: quick for short ones, and
 * shorter still where the length is a constant. */
static inline bool same_words(const uint8_t *a, const uint8_t *b, size_t length)
{
	uint64_t different = 0;
	size_t at = 0;

	for (; at + 8 <= length; at += 8)
		different |= get_le64(a + at) ^ get_le64(b + at);
	if (at < length)
		different |= get_le32(a + at) ^ get_le32(b + at);
	return different == 0;
}

#endif
