/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Periods of time, and records cut at their boundaries (aggregation.md 6). */
#ifndef ARGUS_QUERY_BINS_H
#define ARGUS_QUERY_BINS_H

#include "argus/base/clock.h"
#include "argus/record/flow.h"

/* A period that repeats: 5s, 2.5s, 1h, 1d, 1M ... */
struct period {
	double count;
	enum clock_unit unit;
	uint64_t start, end; /* the window that was asked for last, microseconds */
};

/* "5m", "1M" ...; false if it is anything else. */
bool period_read(struct period *p, const char *text);

/* Moves p->start and p->end to the window that holds `when`. */
void period_find(struct period *p, uint64_t when);

/* One direction of what is still to be cut. */
struct split_side {
	bool has_time;
	uint64_t start, end;
	uint64_t pkts, bytes, appbytes;
	float pkts_share, bytes_share, appbytes_share; /* of a whole window */
	float carry;
	uint64_t lost; /* of the loss counter, as far as it is not given to a piece */
};

/* A record being cut. */
struct split {
	struct flow *flow;
	struct period *period;
	bool is_hard;   /* pieces begin and end where their window does */
	bool has_shares, is_cut, is_done;
	uint64_t size;  /* of the first window */
	uint32_t count; /* of the aggregation DSR */
	struct split_side side[2];
	struct network network; /* as it was */
	struct times times;
	struct metric metric;
	struct agr agr;
};

/* Begins to cut the flow, which must stay. */
void split_begin(struct split *s, struct flow *f, struct period *period, bool is_hard);

/* Makes the flow the next piece: its times, counts and losses. p->start and p->end are
 * its window. False when there are no more. A record that ends in the window in which
 * it starts is its only piece, unchanged. */
bool split_next(struct split *s);

#endif
