/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/record/shape.h"

#include "argus/record/plain.h"
#include "argus/record/record.h"
#include "common/record/dsr_codec.h"

_Thread_local struct shapes shapes;

COLD const struct shape *shape_elsewhere(const uint8_t *bytes, uint32_t length)
{
	unsigned set = shape_set_of(length);

	for (unsigned i = 0; i < SHAPE_WAYS; i++) {
		struct shape *s = &shapes.shape[set * SHAPE_WAYS + i];

		if (s->length != 0 && shape_fits(s, bytes, length))
			return shapes.last[set] = s;
	}
	return NULL;
}

/* Whether a DSR's type could be the first byte of a record. The reader does not judge those. */
static bool looks_like_record(uint32_t type)
{
	return (type & 0xf0) != 0 && ((type & 0x0f) == 3 || (type & 0x0f) == 5);
}

/* A place that is not that of the shape met last, for somebody may still look at it. */
static struct shape *next_way(unsigned set)
{
	struct shape *way = &shapes.shape[set * SHAPE_WAYS];
	size_t last = shapes.last[set] != NULL ? (size_t)(shapes.last[set] - way) : SHAPE_WAYS - 1;

	return &way[(last + 1) % SHAPE_WAYS];
}

void shape_learn(const struct flow *f)
{
	unsigned set = shape_set_of(f->length);
	struct shape *s = next_way(set);
	static _Atomic uint32_t stamps; /* of all threads: what another has marked is not known here */
	uint32_t at = RECORD_HEADER_SIZE;

	s->stamp = ++stamps;
	s->length = 0;
	s->count = 0;
	for (; at < f->length; at += (s->dsr[s->count - 1].head >> 24) * 4) {
		uint32_t head = get_le32(f->bytes + at);

		if (head & 0x8080 || (head & 0x7f) == TYPE_USER || looks_like_record(head & 0x7f) || s->count == SHAPE_DSRS)
			return;
		s->dsr[s->count++] = (struct shape_dsr){ at, head };
	}
	if (s->count == 0)
		return;
	for (; s->count % SHAPE_STEP != 0; s->count++)
		s->dsr[s->count] = s->dsr[0];
	s->indexed = f->indexed;
	memcpy(s->index, f->index, sizeof s->index);
	s->length = f->length;
	s->number = (uint16_t)(s - shapes.shape);
	plain_learn(s, f->bytes);
	shapes.last[set] = s;
}
