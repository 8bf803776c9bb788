/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows packed for keeping. A struct flow is large because every DSR has its place in it.
 * A flow that nobody changed is kept as its record's own bytes, and decoded only if
 * something has to be merged into it. Of others the members of the DSRs that are there
 * are kept: squeezed, without their zeros, in about the size of a record, or open, one
 * behind the other, so that more can be merged into them where they lie. One that only waits to be
 * written is kept whole: with its record, from which comes what nobody changed. */
#ifndef COMMON_QUERY_PACK_H
#define COMMON_QUERY_PACK_H

#include "argus/base/buf.h"
#include "argus/base/slab.h"
#include "argus/query/merge.h"
#include "argus/record/flow.h"

enum pack_form {
	PACK_RECORD,   /* the bytes of the record */
	PACK_SQUEEZED, /* the members of struct flow without their zeros */
	PACK_OPEN,     /* the members as they are */
	PACK_WHOLE,    /* the members that were changed, without their zeros, and the record */
};

/* Whether the bytes of its record are all that is to be known of the flow. */
static inline bool pack_is_record(const struct flow *f) { return f->dirty == 0 && f->length > 0 && !f->is_merged; }

/* Packs the flow behind what `to` holds. Returns the form it has: a flow that was changed or
 * merged cannot be kept as a record, it is squeezed. What is written from any of them is the same but for
 * what is known only as it was read; with PACK_WHOLE that, too. */
enum pack_form pack_flow(struct flow *f, enum pack_form form, struct buf *to);

/* Opens what was packed. Texts and user data, and members that nobody has asked for yet,
 * stay in the packed bytes, which must outlive the flow and not change under it. */
void pack_open(struct flow *f, enum pack_form form, const uint8_t *bytes, size_t length,
	       const struct flow_reading *reading);

/* Where the members of a flow lie that was packed as PACK_OPEN, at an address that is
 * a multiple of 8, which is known until the thread asks for another; and, after something was
 * merged into them, which of them are still to be had. */
void pack_members(uint8_t *bytes, struct members *members);
void pack_set_merged(uint8_t *bytes, uint32_t have);

#endif
