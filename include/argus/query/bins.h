/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Periods of time, and records cut at their boundaries (aggregation.md 6). */
#ifndef ARGUS_QUERY_BINS_H
#define ARGUS_QUERY_BINS_H

#include "argus/base/clock.h"
#include "argus/record/flow.h"
#include "argus/record/plain.h"

/* A period that repeats: 5s, 2.5s, 1h, 1d, 1M ... */
struct period {
	double count;
	enum clock_unit unit;
	uint64_t fixed;      /* its size in microseconds, if windows begin at multiples of it in UTC; else 0 */
	uint64_t start, end; /* the window that was asked for last, microseconds */
};

/* "5m", "1M" ...; false if it is anything else. */
bool period_read(struct period *p, const char *text);

/* Windows of seconds and minutes begin at multiples of their size since 1970 in UTC from now on, not in
 * local time: so do bins, but not files (aggregation.md 6.1). Others stay as they are. */
void period_fix(struct period *p);

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

/* One direction of a piece that was cut off. */
struct split_piece {
	bool has_time; /* without it, the stamps are 0 */
	uint64_t start, end;
	uint64_t pkts, bytes, appbytes;
	uint64_t lost;
};

/* A piece kept small: what cutting changed. */
struct piece {
	uint64_t start;    /* microseconds since 1970; the stamps are counted from here */
	uint32_t at[2][2]; /* [side][edge] */
	uint32_t pkts[2], bytes[2], appbytes[2];
	uint32_t count;    /* of the aggregation DSR */
	uint8_t lost[2];
	uint8_t have;      /* TIME_BIT of each stamp that is present */
};

/* A record being cut. */
struct split {
	struct flow *flow;
	struct period *period;
	bool is_hard;   /* pieces begin and end where their window does */
	bool has_shares, is_cut, is_done;
	bool is_losing; /* packets of the record were lost */
	bool is_small;  /* the record is, and so are its pieces */
	uint64_t end;   /* of the record */
	uint64_t size;  /* of the first window */
	uint32_t count, piece_count; /* of the aggregation DSR */
	struct split_side side[2];   /* the rest */
	struct piece small;          /* the piece, if the record is small */
	struct split_piece large[2]; /* or else its sides */
	uint64_t first, last;        /* flow_start() and flow_last() of the piece */
	struct network network; /* as it was, if the record is losing */
	bool is_plain;          /* the flow is the record that this shows as it was read */
	struct plain plain;     /* its times and counts are the record's in any case */
	struct agr agr;
};

/* Begins to cut the flow, which must stay. */
void split_begin(struct split *s, struct flow *f, struct period *period, bool is_hard);

/* Whether what is left will be cut: it does not end in the window in which it starts. Moves the
 * period to that window. */
bool split_is_due(struct split *s);

/* Cuts off the next piece. p->start and p->end are its window. False when there are no
 * more. A record that ends in the window in which it starts is its only piece, and
 * is_cut remains false. */
bool split_cut(struct split *s);

/* Makes the flow that piece: its times, counts and losses. */
void split_show(struct split *s);

/* Both. */
bool split_next(struct split *s);

/* The piece that was cut off last, kept small. False: it is too large for that. */
bool split_store_large(const struct split *s, struct piece *p);

/* A copy of a piece that was made just now. Word by word: the processor has what was stored last at
 * hand for loads that are no wider, and waits for it with others. */
static inline void piece_copy(struct piece *to, const struct piece *from)
{
	typedef uint64_t __attribute__((may_alias)) word;
	const volatile word *words = (const volatile word *)from;

	for (size_t i = 0; i < offsetof(struct piece, count) / sizeof *words; i++)
		((word *)to)[i] = words[i];
	to->count = from->count;
	to->lost[SRC] = from->lost[SRC];
	to->lost[DST] = from->lost[DST];
	to->have = from->have;
}

static inline bool split_store(const struct split *s, struct piece *p)
{
	if (unlikely(!s->is_small))
		return split_store_large(s, p);
	piece_copy(p, &s->small);
	return true;
}

/* Makes the record from which the piece was cut, as it was before, the piece again. */
void piece_show(const struct piece *p, struct flow *f);

/* The members of DSR_METRIC and DSR_TIME of the piece, but for what cutting leaves. */
void piece_counts(const struct piece *p, struct metric *m);
void piece_times(const struct piece *p, struct times *t);

#endif
