/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The counterpart of a span: writes fixed-width values into a bounded buffer.
 * A write past the end is dropped and marks the pen full; the mark stays. */
#ifndef ARGUS_BASE_PEN_H
#define ARGUS_BASE_PEN_H

#include "argus/base/compat.h"

struct pen {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool is_full; /* something did not fit */
};

static inline struct pen pen_on(void *buffer, size_t size)
{
	return (struct pen){ buffer, buffer, (uint8_t *)buffer + size, false };
}

/* Bytes written so far. */
static inline size_t pen_used(const struct pen *p)
{
	return (size_t)(p->at - p->start);
}

/* Room for the next `n` bytes, and moves past them; NULL, and full, if there is none. */
static inline uint8_t *pen_room(struct pen *p, size_t n)
{
	uint8_t *at = p->at;

	if (unlikely((size_t)(p->end - p->at) < n)) {
		p->is_full = true;
		return NULL;
	}
	p->at += n;
	return at;
}

static inline void put_be16(uint8_t *to, uint16_t v)
{
	v = __builtin_bswap16(v);
	memcpy(to, &v, sizeof v);
}

static inline void put_be32(uint8_t *to, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(to, &v, sizeof v);
}

static inline void put_be64(uint8_t *to, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(to, &v, sizeof v);
}

static inline void put_le16(uint8_t *to, uint16_t v) { memcpy(to, &v, sizeof v); }
static inline void put_le32(uint8_t *to, uint32_t v) { memcpy(to, &v, sizeof v); }

static inline void put_float(uint8_t *to, float v) { memcpy(to, &v, sizeof v); } /* little-endian */

static inline void pen_bytes(struct pen *p, const void *from, size_t n)
{
	uint8_t *to = pen_room(p, n);
	if (to != NULL)
		memcpy(to, from, n);
}

static inline void pen_zero(struct pen *p, size_t n)
{
	uint8_t *to = pen_room(p, n);
	if (to != NULL)
		memset(to, 0, n);
}

static inline void pen_u8(struct pen *p, uint8_t v) { pen_bytes(p, &v, 1); }
static inline void pen_le16(struct pen *p, uint16_t v) { pen_bytes(p, &v, 2); }
static inline void pen_le32(struct pen *p, uint32_t v) { pen_bytes(p, &v, 4); }

static inline void pen_be16(struct pen *p, uint16_t v) { pen_le16(p, __builtin_bswap16(v)); }
static inline void pen_be32(struct pen *p, uint32_t v) { pen_le32(p, __builtin_bswap32(v)); }

static inline void pen_be64(struct pen *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	pen_bytes(p, &v, 8);
}

static inline void pen_be_f32(struct pen *p, float v)
{
	uint32_t bits;
	memcpy(&bits, &v, sizeof bits);
	pen_be32(p, bits);
}

static inline void pen_le_f32(struct pen *p, float v) { pen_bytes(p, &v, 4); }

/* Zeros up to the next multiple of 4 bytes from the start of the buffer. */
static inline void pen_align(struct pen *p)
{
	pen_zero(p, (size_t)(-(intptr_t)pen_used(p) & 3));
}

#endif
