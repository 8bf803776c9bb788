/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shapes of records: which DSRs stand where, and what their heads say (record-format.md 5).
 * Records of one probe come in few. The steps of a walk over a record's DSRs wait for each
 * other; whether it has a shape that was met before takes one comparison a DSR, and those do
 * not wait. What follows from the heads is found out once a shape. The reader asks, to be sure
 * of a record's extent, and tells flow_open_shaped(). */
#ifndef ARGUS_RECORD_SHAPE_H
#define ARGUS_RECORD_SHAPE_H

#include "argus/record/flow.h"

#define SHAPE_SETS 64u
#define SHAPE_WAYS 4u
#define SHAPE_DSRS 12u /* a multiple of SHAPE_STEP */
#define SHAPE_STEP 4u

struct shape_dsr {
	uint32_t at; /* in bytes */
	uint32_t head; /* as a little-endian word */
};

/* What the heads tell of records with nothing out of the ordinary (plain.h). */
struct plain_shape {
	bool is_plain; /* whether such records have it, but for the key */
	bool has_perf; /* a network DSR, of the performance form of TCP */
	bool has_source;      /* an id of four bytes, whose enum id_form is: */
	uint8_t source_form;
	uint8_t key_size;     /* in bytes, of IPv4 or IPv6; 0: not a plain key */
	uint8_t metric_width; /* bytes a count, where there are packets and bytes of both sides in 1, 2 or 4; or 0 */
	bool is_usual;        /* all that is the case, but for a source, and no DSR is longer than most have it */
	uint32_t times;       /* head of the time DSR, if it is one of the usual; or 0 */
};

struct shape {
	uint32_t length;  /* of the record in bytes; 0: none yet, as that of no record is */
	uint32_t indexed; /* DSR_BIT */
	uint32_t count;   /* of the DSRs, which fill the record, rounded up to SHAPE_STEP: the first stands in for more */
	uint32_t stamp;   /* another one for each shape that was learnt by any thread, but 0 */
	uint16_t number;  /* of the place */
	struct plain_shape plain;
	struct shape_dsr dsr[SHAPE_DSRS];
	struct dsr_index index[DSR_COUNT];
};

/* The shapes that were met last, in sets by length, more or less: SHAPE_WAYS side by side. */
struct shapes {
	struct shape shape[SHAPE_SETS * SHAPE_WAYS];
	struct shape *last[SHAPE_SETS]; /* met of a set; NULL: none */
};

extern _Thread_local struct shapes shapes;

static inline struct shape_mark shape_mark(const struct shape *s) { return (struct shape_mark){ s->stamp, s->number }; }

/* That of a record of `length` bytes; NULL: it is not known any more. */
static inline const struct shape *shape_marked(struct shape_mark m, uint32_t length)
{
	const struct shape *s = &shapes.shape[m.number];

	return likely(s->stamp == m.stamp && s->length == length) ? s : NULL;
}

static inline unsigned shape_set_of(uint32_t length) { return length / 4 % SHAPE_SETS; }

static inline uint32_t shape_differs(const uint8_t *bytes, const struct shape_dsr *d)
{
	return get_le32(bytes + d->at) ^ d->head;
}

static INLINED bool shape_fits(const struct shape *s, const uint8_t *bytes, uint32_t length)
{
	const struct shape_dsr *d = s->dsr, *end = d + s->count;
	uint32_t different = 0;

	if (unlikely(s->length != length))
		return false;
	do
		different |= shape_differs(bytes, d) | shape_differs(bytes, d + 1) | shape_differs(bytes, d + 2) |
			     shape_differs(bytes, d + 3);
	while ((d += SHAPE_STEP) < end);
	return likely(different == 0);
}

/* Among those of its set that were not met last. */
const struct shape *shape_elsewhere(const uint8_t *bytes, uint32_t length);

/* The shape of the record of `length` bytes at `bytes`; NULL: not known. It and the one that
 * was met before stay until the next flow_open() of the thread. */
static inline const struct shape *shape_of(const uint8_t *bytes, uint32_t length)
{
	const struct shape *s = shapes.last[shape_set_of(length)];

	if (likely(s != NULL && shape_fits(s, bytes, length)))
		return s;
	return shape_elsewhere(bytes, length);
}

/* Keeps the shape of a record that was walked over and is sound, if there is nothing out of
 * the ordinary about it. */
void shape_learn(const struct flow *f);

#define SHAPED_MAX 32u

/* Records of known shapes, one behind the other as they were read. Shapes stay until the next
 * flow_open() of the thread. */
struct shaped_records {
	unsigned count;
	const uint8_t *bytes[SHAPED_MAX + 1]; /* the one behind the last is where that ends */
	const struct shape *shape[SHAPED_MAX];
};

/* As flow_open(), for a record whose shape is known. */
void flow_open_shaped(struct flow *f, const uint8_t *bytes, const struct shape *shape,
		      const struct flow_reading *reading);

#endif
