/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What two records say alike is copied, if it would be written in the bytes in which it was read. */
#ifndef COMMON_QUERY_MERGE_COPY_H
#define COMMON_QUERY_MERGE_COPY_H

#include "common/query/merge.h"
#include "common/record/dsr_codec.h"

#define HEAD_IPATTR ((uint32_t)TYPE_IPATTR << 24 | (IPATTR_SRC | IPATTR_DST) << 8 | 3)

/* Finds out whether a DSR would be written in the bytes in which it was read, and remembers
 * the first of them. */
bool merge_find_canonical(struct merge *m, enum dsr_slot slot, const uint8_t *bytes, size_t length, size_t fixed);

static INLINED bool is_canonical(struct merge *m, enum dsr_slot slot, const uint8_t *bytes, size_t length, size_t fixed)
{
	return likely(fixed <= CANONICAL_SIZE && same_words(m->canonical[slot], bytes, fixed)) ||
	       merge_find_canonical(m, slot, bytes, length, fixed);
}

/* The same of one by itself. */
static INLINED bool is_canonical_dsr(struct merge *m, enum dsr_slot slot, const uint8_t *bytes, size_t length)
{
	size_t fixed = slot == DSR_TRANSPORT && length == 12 ? 8 : length;

	if (slot == DSR_IPATTR && get_be32(bytes) == HEAD_IPATTR) /* each has its own */
		return true;
	return is_canonical(m, slot, bytes, length, fixed);
}

/* Whether TTL and TOS of both directions are the same in two DSRs. */
static INLINED bool has_same_marks(const uint8_t *x, const uint8_t *y)
{
	const uint32_t marks = 0xffff0000;

	return get_be32(x) == HEAD_IPATTR && get_be32(y) == HEAD_IPATTR &&
	       (((get_be32(x + 4) ^ get_be32(y + 4)) | (get_be32(x + 8) ^ get_be32(y + 8))) & marks) == 0;
}

#endif
