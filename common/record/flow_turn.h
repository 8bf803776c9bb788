/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which records are turned round while reading: record-format.md section 11,
 * steps 9 to 12. */
#ifndef COMMON_RECORD_FLOW_TURN_H
#define COMMON_RECORD_FLOW_TURN_H

#include "argus/record/flow.h"

/* Finds out whether the record is turned, from its bytes alone, and exchanges the
 * places of the two user data DSRs if it is. Sets is_settled. */
void flow_settle(struct flow *f);

/* Gives a freshly decoded key the flags and the direction of a turned record. */
void flow_turn_key(struct flow *f);

/* The bytes of one DSR that the record has, and how many. */
static inline const uint8_t *flow_raw_bytes(const struct flow *f, enum dsr_slot slot)
{
	return f->bytes + (size_t)f->index[slot].words_at * 4;
}

static inline size_t flow_raw_length(const struct flow *f, enum dsr_slot slot)
{
	return (size_t)f->index[slot].words * 4;
}

/* The same as a span; empty if the record does not have it. */
static inline struct span flow_raw(const struct flow *f, enum dsr_slot slot)
{
	static const uint8_t nothing[1];

	if (!(f->indexed & DSR_BIT(slot)))
		return span_of(nothing, 0);
	return span_of(flow_raw_bytes(f, slot), flow_raw_length(f, slot));
}

/* The counts as the record has them, before any turn. */
void flow_raw_metric(const struct flow *f, struct metric *m);

/* Exchanges the bits of the two user data slots. */
static inline void flow_swap_user(uint32_t *bits)
{
	uint32_t s = *bits >> DSR_SUSER & 1, d = *bits >> DSR_DUSER & 1;

	*bits = (*bits & ~(DSR_BIT(DSR_SUSER) | DSR_BIT(DSR_DUSER))) | d << DSR_SUSER | s << DSR_DUSER;
}

#endif
