/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Framing: where one record ends and the next begins (record-format.md 2, 3, 10). */
#ifndef ARGUS_RECORD_RECORD_H
#define ARGUS_RECORD_RECORD_H

#include "argus/base/span.h"
#include "argus/record/wire.h"

enum frame {
	FRAME_RECORD,  /* a whole record that a client handles: MAR, FAR, NETFLOW, EVENT */
	FRAME_SKIP,    /* whole, but of a reserved type, or without content: skip its length, count it */
	FRAME_PADDING, /* a length of 0: skip four bytes and look again */
	FRAME_MORE,    /* the bytes at hand do not hold it whole */
};

/* Looks at the record at the start of `left` bytes. *length is set to the bytes
 * to move past (for FRAME_MORE: how many it needs; at least 4). */
static inline enum frame record_frame(const uint8_t *at, size_t left, uint32_t *length)
{
	uint32_t size;
	uint8_t type;

	*length = RECORD_HEADER_SIZE;
	if (unlikely(left < RECORD_HEADER_SIZE))
		return FRAME_MORE;
	size = (uint32_t)get_be16(at + 2) * 4;
	if (unlikely(size == 0))
		return FRAME_PADDING;
	*length = size;
	if (unlikely(size > left))
		return FRAME_MORE;
	type = at[0] & 0xf0;
	if (likely(type == RECORD_FAR))
		return size > RECORD_HEADER_SIZE ? FRAME_RECORD : FRAME_SKIP;
	if (type & RECORD_MAR)
		return FRAME_RECORD;
	if (type == RECORD_NETFLOW || type == RECORD_EVENT || (type == RECORD_DATASUP && (at[0] & 0x0f) == 5))
		return size > RECORD_HEADER_SIZE ? FRAME_RECORD : FRAME_SKIP;
	return FRAME_SKIP;
}

#define RECORD_MAGIC_SIZE 16u

/* Whether the 16 bytes or more at `at` begin an Argus file or stream (2.1): the
 * major version, 3 or 5, or 0. */
int record_magic(const uint8_t *at, size_t left);

#endif
