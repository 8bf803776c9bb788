/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shapes of records: which DSRs stand where (record-format.md 5). Records of one
 * probe come in few. The steps of a walk over a record's DSRs wait for each other;
 * whether it has a shape that was met before takes one comparison a DSR, and those do not
 * wait. The reader asks, to be sure of a record's extent, and tells flow_open_shaped(). */
#ifndef ARGUS_RECORD_SHAPE_H
#define ARGUS_RECORD_SHAPE_H

#include "argus/record/flow.h"

#define SHAPES 64u
#define SHAPE_DSRS 12u /* a multiple of SHAPE_STEP */
#define SHAPE_STEP 4u
#define SHAPE_MASK 0xff0080ffu /* type, "long" bit of the subtype, length, as a little-endian word */

struct shape_dsr {
	uint32_t at; /* in bytes */
	uint32_t head;
};

struct shape {
	uint32_t length;  /* of the record in bytes; 0: none yet */
	uint32_t indexed; /* DSR_BIT */
	uint32_t count;   /* of the DSRs, which fill the record, rounded up to SHAPE_STEP: the first stands in for more */
	struct shape_dsr dsr[SHAPE_DSRS];
	struct dsr_index index[DSR_COUNT];
};

/* The last shape met of each length, more or less. */
extern _Thread_local struct shape shapes[SHAPES];

static inline struct shape *shape_place(uint32_t length)
{
	return &shapes[length / 4 % SHAPES];
}

static inline uint32_t shape_differs(const uint8_t *bytes, const struct shape_dsr *d)
{
	return (get_le32(bytes + d->at) & SHAPE_MASK) ^ d->head;
}

/* The shape of the record of `length` bytes at `bytes`; NULL: not known. It stays until the
 * next flow_open() of the thread. */
static inline const struct shape *shape_of(const uint8_t *bytes, uint32_t length)
{
	const struct shape *s = shape_place(length);
	uint32_t different = 0;

	if (unlikely(s->length != length))
		return NULL;
	for (const struct shape_dsr *d = s->dsr; d < s->dsr + s->count; d += SHAPE_STEP)
		different |= shape_differs(bytes, d) | shape_differs(bytes, d + 1) | shape_differs(bytes, d + 2) |
			     shape_differs(bytes, d + 3);
	return likely(different == 0) ? s : NULL;
}

/* As flow_open(), for a record whose shape is known. */
void flow_open_shaped(struct flow *f, const uint8_t *bytes, const struct shape *shape,
		      const struct flow_reading *reading);

#endif
