/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records with nothing out of the ordinary about them, looked at where they lie: TCP and UDP
 * over IP in version 3, as probes write most of them. There is nothing to correct in these but
 * times (record-format.md 11), so that what is only passed on need not be decoded. */
#ifndef ARGUS_RECORD_PLAIN_H
#define ARGUS_RECORD_PLAIN_H

#include "argus/record/shape.h"

struct plain {
	const uint8_t *bytes;           /* borrowed; what the index counts from */
	const struct dsr_index *index;  /* of the slots that it has; that of a shape, or `own` */
	uint32_t have;                  /* DSR_BIT: some of PLAIN_DSRS, and of numbers */
	struct plain_shape form;        /* of the record as it was read; of made ones only has_perf counts */
	uint8_t cause;
	bool is_corrected;  /* TCP flags need no look at the packets any more (step 5) */
	bool is_implied;    /* the statistics are those of one record, of its duration, or of none (step 8): */
	uint32_t count;     /* records */
	float seconds;
	struct times times; /* corrected */
	struct metric metric;
	struct agr agr;     /* the record's own statistics, if they are not implied */
	struct dsr_index own[DSR_COUNT];
};

/* What such a record has: numbers, and no others than these. Of network DSRs those that say
 * nothing, and the performance form of TCP. */
#define PLAIN_NUMBERS (DSR_BIT(DSR_TIME) | DSR_BIT(DSR_METRIC) | DSR_BIT(DSR_AGR))
#define PLAIN_DSRS                                                                                             \
	(DSR_BIT(DSR_TRANSPORT) | DSR_BIT(DSR_FLOW) | DSR_BIT(DSR_NETWORK) | DSR_BIT(DSR_VLAN) | DSR_BIT(DSR_MPLS) | \
	 DSR_BIT(DSR_IPATTR) | DSR_BIT(DSR_MAC) | DSR_BIT(DSR_ENCAPS))

/* False: the record is not of that kind. What it says may only be had through flow_open(). Where
 * it has what stays known until two other records are opened. */
bool plain_open(struct plain *p, const uint8_t *bytes, uint32_t length, const struct flow_reading *reading);

/* The same for the record of a flow that was not changed. */
bool plain_open_flow(struct plain *p, const struct flow *f);

/* Looks at the key alone, of a record whose shape is known: false if the record is not plain by
 * that. If it is, plain_open_tuple() does what is left of plain_open(). */
bool plain_tuple(const uint8_t *bytes, const struct shape *shape, const struct flow_reading *reading, struct plain_tuple *t);
bool plain_open_tuple(struct plain *p, const uint8_t *bytes, const struct shape *shape);

/* Of a record that is plain by its key: packets and bytes alone. */
bool plain_counts(const uint8_t *bytes, const struct shape *shape, const struct flow_reading *reading, struct metric *m);

/* The key of a record whose shape is not known. */
bool plain_find_tuple(const uint8_t *bytes, uint32_t length, const struct flow_reading *reading, struct plain_tuple *t);

/* The tuple of an open one that was not made. */
void plain_take_tuple(const struct plain *p, struct plain_tuple *t);

/* The same for a record that was made of such records, whose key may have been changed since. */
bool plain_open_made(struct plain *p, const uint8_t *bytes, uint32_t length);

/* Where the record has what stays known as long as its bytes stay. */
void plain_settle(struct plain *p);

/* The statistics as flow_agr() gives them. */
void plain_statistics(const struct plain *p, struct agr *agr);

/* The packets that a side lost, as its protocol counts them. */
uint32_t plain_lost(const struct plain *p, enum side side);

/* Whether the network DSR would be written in the bytes in which it was read. */
bool plain_has_canonical_network(const struct plain *p);

/* Indexes DSRs without numbers that were written from such a record: `length` bytes of them. */
void plain_index(struct plain *p, const uint8_t *dsrs, size_t length);

/* Finds out whether records of a shape, of which these are the bytes of one, may be plain. */
void plain_learn(struct shape *s, const uint8_t *bytes);

static inline const uint8_t *plain_bytes(const struct plain *p, enum dsr_slot slot)
{
	return p->bytes + (size_t)p->index[slot].words_at * 4;
}

static inline size_t plain_length(const struct plain *p, enum dsr_slot slot)
{
	return (size_t)p->index[slot].words * 4;
}

#endif
