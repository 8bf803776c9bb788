/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DSR table: one row for each kind of DSR says what it is called, how it is
 * decoded, encoded and reversed, and where it stands in struct flow. Whoever
 * has something to do for every DSR walks this table. Merging is the same idea
 * one floor up: query/merge.c has one rule a slot. */
#ifndef ARGUS_RECORD_DSR_H
#define ARGUS_RECORD_DSR_H

#include "argus/record/flow.h"

struct dsr {
	const char *name;  /* as in -M dsrs= (printing.md 1.5): "trans", "flow", "metric" ... */
	uint8_t type;      /* enum dsr_type */
	uint16_t offset;   /* of its member in struct flow */
	uint16_t size;     /* of that member */
	uint16_t min_words; /* a shorter one is absent (section 10) */
	uint16_t max_words; /* longer ones are read as far as known */
	bool sets_all;      /* decode sets the whole member, which need not be cleared before */

	/* Decodes the whole DSR, header included, into the member `to`, which is zeroed
	 * before unless `sets_all`. What the DSR is too short for stays absent. Returns false when it says nothing
	 * that can be used. `f` gives version and, for times, nothing else. */
	bool (*decode)(const uint8_t *bytes, size_t length, const struct flow *f, void *to);

	/* Writes the DSR, header included, in version 3 form (version 5 for what 3
	 * does not have). May write nothing. */
	void (*encode)(const void *from, struct flow *f, struct pen *pen);

	/* Exchanges source and destination in the member; NULL: nothing to exchange. */
	void (*reverse)(void *member);
};

/* Indexed by enum dsr_slot. */
extern const struct dsr dsr_table[DSR_COUNT];

/* The slot of a DSR on the wire; -1 for a type without a slot. */
int dsr_slot(uint8_t type, uint8_t subtype, uint8_t qualifier);

/* Whether the DSR of a record of version 3 would be written in the bytes in which it was read.
 * False also for what is too long to be tried. */
bool dsr_is_canonical(enum dsr_slot slot, const uint8_t *bytes, size_t length);

/* The slot with whose name the word begins, in any case; -1 if there is none. */
int dsr_by_name(const char *name);

/* The members of a flow that are addressed by slot. */
static inline void *dsr_member(struct flow *f, enum dsr_slot slot)
{
	return (uint8_t *)f + dsr_table[slot].offset;
}

#endif
