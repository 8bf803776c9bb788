/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time bins of rabins. They are found by when they begin, stay where they are, and come
 * in whatever order records do; they are sorted when they are put out. */
#ifndef CLIENTS_BIN_SET_H
#define CLIENTS_BIN_SET_H

#include "argus/base/hash.h"
#include "argus/base/slab.h"
#include "argus/query/cluster.h"

/* There may be millions, one for each window that a long record is cut in. */
struct bin {
	uint64_t start, end;
	struct cluster_group flows;
	struct bin *next; /* of the window that follows; NULL: it was not asked for yet */
};

struct bin_set {
	struct slab slab;
	struct htab table; /* by start */
	struct bin *last;  /* that was asked for; NULL: none */
	struct bin *first; /* where bin_set_begin() began last */
};

void bin_set_init(struct bin_set *b);

/* Forgets all bins, and what they have in the cluster, which may be NULL; frees both. */
void bin_set_end(struct bin_set *b, struct cluster *c);

static inline uint32_t bin_set_count(const struct bin_set *b) { return b->slab.live; }
static inline struct bin *bin_at(const struct bin_set *b, uint32_t ref) { return slab_at(&b->slab, ref); }

/* The bin that begins then, wherever it is; NULL: there is none. */
struct bin *bin_set_search(const struct bin_set *b, uint64_t start);

/* The same, or one that is made of `p`, whose window begins then. */
struct bin *bin_set_make(struct bin_set *b, uint64_t start, const struct period *p);

/* Whether it begins then. One that was put out has no end. */
static inline bool bin_is(const struct bin *bin, uint64_t start)
{
	return bin != NULL && bin->start == start && bin->end != 0;
}

/* Goes on from the bin that begins then: many records begin where the one before did. */
static inline struct bin *bin_set_begin(struct bin_set *b, uint64_t start)
{
	if (!bin_is(b->first, start))
		b->first = bin_set_search(b, start);
	return b->last = b->first;
}

/* The bin of p's window, made if need be. Most records go to the bin of the one before, most
 * pieces to the next. The window was set just before: its end is not read here, for
 * both at once would be read as one word, which has to wait for the two that were written. */
static inline struct bin *bin_set_find(struct bin_set *b, const struct period *p)
{
	struct bin *bin = b->last;
	uint64_t start = p->start;

	if (bin_is(bin, start))
		return bin;
	if (bin != NULL && likely(bin_is(bin->next, start)))
		return b->last = bin->next;
	b->last = bin_set_make(b, start, p);
	if (bin != NULL && bin->end == start)
		bin->next = b->last;
	return b->last;
}

/* From the beginning of the first to the end of the last; 0: there are none. */
uint64_t bin_set_span(const struct bin_set *b);

/* The numbers of all bins in time order, to be freed; NULL: there are none. */
uint32_t *bin_set_order(const struct bin_set *b);

/* Whether there is a bin that ended before `when`. */
bool bin_set_has_ended(const struct bin_set *b, uint64_t when);

/* Takes these bins out, which are empty. */
void bin_set_remove(struct bin_set *b, const uint32_t *refs, size_t count);

#endif
