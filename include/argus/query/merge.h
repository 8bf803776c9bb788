/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merging one flow record into another (aggregation.md 2): one rule for each
 * kind of DSR, in one table. What is added up, what is kept, what is dropped
 * because it no longer holds for both. */
#ifndef ARGUS_QUERY_MERGE_H
#define ARGUS_QUERY_MERGE_H

#include "argus/base/buf.h"
#include "argus/record/flow.h"

struct plain;
struct shape;

/* The decoded DSRs of a flow: in its struct, or where they were packed. */
struct members {
	uint32_t have;      /* DSR_BIT of those that are there */
	struct flow *flow;  /* NULL: they are in the image, */
	uint8_t *image;
	const uint16_t *at; /* each at this place */
};

#define CANONICAL_SIZE 32

/* A DSR of a plain record as it was decoded last. */
struct known_dsr {
	uint8_t bytes[CANONICAL_SIZE]; /* without a record's number */
	bool says_nothing;
	union {
		struct transport transport;
		struct mac mac;
		struct encaps encaps;
	} member;
};

/* What merging needs beside the two records. */
struct merge {
	/* Where texts and user data go that merging makes. They belong to the merged
	 * record until the next merge. */
	struct buf label;
	struct buf user[2];
	const uint64_t *pkts_into, *pkts_from; /* of both sides, while merging */
	bool is_one_connection; /* told by the keys, before they are merged */
	/* Of each kind the DSR, without a record's number, that was found last to be written in the
	 * bytes in which it was read: those of a probe are mostly the same. */
	uint8_t canonical[DSR_COUNT][CANONICAL_SIZE];
	/* The same of those that were merged into flows that lie open. */
	struct known_dsr transport, mac[2], encaps[2]; /* the second ones with their ends exchanged */
};

void merge_init(struct merge *m);
void merge_fini(struct merge *m);

/* Merges `b` into `a`. Both are left opened; `b` is not changed, but decoded as far as is needed. Texts and
 * user data that only `b` has are borrowed from it. */
void merge_flow(struct merge *m, struct flow *a, struct flow *b);

/* For a flow that others are merged into, one after the other: it borrows nothing from the last of them
 * any more. The merge's memory is its own then. */
void merge_settle(struct merge *m, struct flow *a);

/* What the statistics of two records are made of that had none: how long each lasts, and the
 * microseconds between them, a direction. A fifth of the DSR that says it. */
struct pair {
	float seconds[2];
	uint32_t gaps[2];
};

#define PAIR_MORE 80u /* bytes by which the record grows when it is written with its statistics */

/* False: theirs are more than that. */
bool merge_pair(const struct plain *a, const struct plain *b, struct pair *pair);

/* Merges two records as merge_flow() does and writes what flow_write() would make of the
 * result, from bytes to bytes, but without statistics if they are a pair's. False: that has to be
 * done the long way. */
bool merge_plain(struct merge *m, const struct plain *a, const struct plain *b, const struct pair *pair, struct pen *pen);

#define MERGE_USUAL_MAX 256u

/* The same for two records whose keys are plain (plain_tuple()), as they were read, if they are as
 * probes write most of them. Returns how many bytes it wrote, at most MERGE_USUAL_MAX; 0: they
 * have to be opened. */
size_t merge_usual(struct merge *m, const uint8_t *a, const struct shape *s, const uint8_t *b, const struct shape *t,
		   struct pair *pair, uint8_t *to);

/* Writes the record that came of a pair with its statistics, which makes it PAIR_MORE longer; returns
 * its length. */
size_t merge_write_pair(const struct pair *pair, const uint8_t *record, size_t length, uint8_t *to);

/* As merge_flow() for a flow whose members lie where it was packed, which saves unpacking it.
 * False, and nothing is changed: there is no room for what the newcomer has, unpack it. */
bool merge_in_place(struct merge *m, struct members *a, struct flow *b);

/* The same for a plain record, from its bytes, whose ends are exchanged before if `is_reversed`.
 * Its key is given: decoded, exchanged, and prepared as the flow's is. */
bool merge_plain_in_place(struct merge *m, struct members *a, struct plain *b, const struct flow_key *key, bool is_reversed);

/* Clears what counts a period, after the record was put out (1.4). The next merge
 * goes through merge_restart(), which takes over what the newcomer has. */
void merge_zero(struct flow *f);
void merge_restart(struct merge *m, struct flow *a, struct flow *b);

/* The interval between two records, microseconds; 0 if they overlap (4.3). */
uint64_t merge_gap(struct flow *a, struct flow *b);

#endif
