/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache in which records with equal keys become one (aggregation.md 2 to 4).
 *
 * One aggregate holds the flows of a run, or its share of them (cluster_threads.h). What
 * belongs together in output - the flows of a rule, or of a rule in a time bin - is a
 * list, with its own key, table, timers and order. Records that are added wait in a small batch, so that
 * the memory they will need is on its way while others are worked on: whoever wants
 * to see the state calls aggregate_drain() first, and the functions here do. */
#ifndef ARGUS_QUERY_AGGREGATE_H
#define ARGUS_QUERY_AGGREGATE_H

#include "argus/base/err.h"
#include "argus/base/hash.h"
#include "argus/query/bins.h"
#include "argus/query/filter.h"
#include "argus/query/key.h"
#include "argus/query/merge.h"
#include "argus/query/sort.h"

struct aggregate;
struct shaped_records;
struct spill;

/* Room that a list has taken for pieces to come: so many entries from there on. */
struct aggregate_run {
	uint32_t entry, entries;
};

/* The flows of a list in its order: places that were left behind are 0. */
struct aggregate_order {
	uint32_t *refs;
	uint32_t first, end, room;
};

/* Who looks at the flows of a list. */
struct aggregate_visitor {
	void (*visit)(void *context, struct flow *f, uint64_t place);
	/* Instead of that: only when flows begin is asked for, and it is known of some; or NULL */
	void (*visit_starts)(void *context, const struct flow_start *starts, size_t count);
	/* Instead of visit(): when nothing but addresses is asked for, and they are known from bytes; or NULL */
	void (*visit_tuple)(void *context, const struct plain_tuple *t, uint64_t place);
	bool asks_for_key; /* only what the list's key compares is looked at, which need not be merged for it */
	void *context;
};

/* One list of flows. The first members are set by the caller before the first record
 * is added and stay; `key` and `flush` are borrowed. */
struct aggregate_list {
	const struct key *key;
	uint64_t status, idle;       /* timers, microseconds; 0: off (4.3) */
	const struct filter *flush;  /* a flow that it matches is put out at once; NULL: none */
	bool by_answer;              /* a flow is put out before a record whose service answered otherwise (-A) */
	bool is_correcting;          /* look for the opposite direction too (4.2, step 4) */
	bool keeps_order;            /* in order of creation (rabins), not of last update */
	bool drops_counts;           /* -M norep */
	bool drops_ones;             /* statistics of one record are shown, but not written (2.5) */
	bool is_sorted_later;        /* its flows wait to be sorted, by statistics, too: aggregate_hide() is called then */
	/* Is shown flows when they are new, if none is put out before all are, nor turned round; or NULL.
	 * `told` says how many it was shown. */
	const struct aggregate_visitor *visitor;

	bool is_of_flows;   /* the key is no less than a flow's */
	bool takes_records; /* aggregate_add_records() may take some */
	bool takes_pieces;  /* pieces may be kept small */
	struct htab table; /* the flows by the identity of their keys */
	struct aggregate_order order;
	uint64_t count, told;
	uint32_t unfiled; /* flows at the end of the order that are not in the table yet, but for keys that may be there */
	uint32_t whole;   /* of these, records that are no pieces */
	uint32_t *tags;   /* of the unfiled, for the table; room for `tag_room` */
	uint32_t tag_room;
	bool is_sample;   /* none waits, to see how many meet */
	bool is_spilled;      /* part of it is on disk: one of the next two */
	struct spill **parts; /* what did not fit in memory, by key; NULL: everything did */
	uint64_t away;        /* where all of it is on disk, but for what came later; 0: it is not. Set by who
				 has it from aggregate_list_park() */
	unsigned depth;       /* how often it was parted */
	struct aggregate_run run;
	struct aggregate_list *next, *previous; /* of those that have something; while it has, the list stays */
	bool is_listed; /* it is one of them */
};

/* What is done with a flow that comes out. The flow may be changed. A negative
 * return ends the run. */
typedef int aggregate_output(void *context, struct aggregate_list *list, struct flow *f);

struct aggregate *aggregate_new(const struct flow_reading *reading, aggregate_output *output, void *context);
void aggregate_free(struct aggregate *a);

/* All that is done with flows is writing them: some will come as the record that flow_write()
 * would make, in order with the others. A negative return ends the run. */
typedef int aggregate_write(void *context, const void *record, size_t length);

/* Where such a record of at most `length` bytes may be made, or several side by side; NULL: anywhere.
 * One is written then, if it is still there; several are committed, with their bytes. */
typedef void *aggregate_place(void *context, size_t length);
typedef void aggregate_commit(void *context, size_t length, size_t count);
void aggregate_writes(struct aggregate *a, aggregate_write *write, aggregate_place *place, aggregate_commit *commit,
		      void *context);

/* Beyond `limit` bytes whole lists go to a temporary file, those first that got no new flow
 * for longest. Of a list that fills the memory alone flows with new keys go to files, and are aggregated
 * from there at the end. What comes out is the same, in the same order. Lists with timers or
 * a flush filter stay in memory. `err` gets the reason when a file cannot be written. */
void aggregate_limit(struct aggregate *a, size_t limit, struct err *err);

/* No records will be added any more: memory of what is put out need not be given back
 * flow by flow. */
void aggregate_end(struct aggregate *a);

void aggregate_list_init(struct aggregate *a, struct aggregate_list *list);

/* Whether that was done. */
static inline bool aggregate_list_is_ready(const struct aggregate_list *list) { return list->table.slots != NULL; }

/* Forgets the list's flows without a word. */
void aggregate_list_fini(struct aggregate *a, struct aggregate_list *list);

/* Sends lists to disk, those first that got no new flow for longest, until no more than so many are in
 * memory. Nothing may wait. -1: a file cannot be written. */
int aggregate_evict(struct aggregate *a, size_t lists);

/* A list of which nothing is in memory is no more; the number that is returned is for one that is to go on
 * where it ended. */
bool aggregate_list_is_away(const struct aggregate_list *list);
uint64_t aggregate_list_park(struct aggregate *a, struct aggregate_list *list);

/* Works off the batch, and has all of the list in memory again, or parted by key if it is larger. Before
 * it is looked at, or put out by others than the functions here. */
int aggregate_gather(struct aggregate *a, struct aggregate_list *list);

/* How a record is looked at: as it is, or from one of its ends (rmon, 3.3). */
enum aggregate_view { VIEW_FLOW, VIEW_SOURCE, VIEW_DESTINATION };

/* Adds a record to a list. The flow is not changed and not needed afterwards. Returns
 * -1 if the output failed. */
int aggregate_add(struct aggregate *a, struct aggregate_list *list, struct flow *f, enum aggregate_view view);

/* Adds records from their bytes, up to the first about which, or about the list, something is out of
 * the ordinary: aggregate_add() has to add that. They do not stay. Returns how many were added, -1 if
 * the output failed. */
int aggregate_add_records(struct aggregate *a, struct aggregate_list *list, const struct shaped_records *records);

/* Before anything is added: records will be cut in pieces, which are to be kept small. `by_time`:
 * there are keys that compare when flows begin, and so differ from piece to piece. */
void aggregate_cuts(struct aggregate *a, bool by_time);

/* A flow is about to be cut in pieces, all of which go to lists with that key, which neither
 * correct nor look at ends: does once what is the same for all of them, as far as it is
 * needed. It must not have been shown as a piece yet. */
void aggregate_begin_pieces(struct aggregate *a, const struct key *key, struct split *split);

/* Then, while something is brought in: what the record will be kept for its pieces as is
 * made now, if that was of use with the record before. */
void aggregate_keep_ahead(struct aggregate *a, struct split *split);

/* Adds the piece that was cut off last. The flow may become it. */
int aggregate_add_piece(struct aggregate *a, struct aggregate_list *list, struct split *split);

/* Brings in the place where another list would have another piece of the flow. */
void aggregate_fetch_place(const struct aggregate *a, const struct aggregate_list *list);

/* Which of `shares` aggregates a record belongs to: all records that may be merged belong
 * to the same one. The number of the next record that is added, for aggregates that share
 * a stream: lists go by it. */
unsigned aggregate_share(struct aggregate *a, const struct aggregate_list *list, struct flow *f,
			 enum aggregate_view view, unsigned shares);
void aggregate_set_order(struct aggregate *a, uint64_t order);

/* What the list says of a flow's statistics: they may be shown only. */
void aggregate_hide(const struct aggregate_list *list, struct flow *f);

/* Works off the batch. */
int aggregate_drain(struct aggregate *a);

/* Puts out, and forgets, the flows of a list that ended `idle` before `now`, from its
 * head to the first that did not. */
int aggregate_expire(struct aggregate *a, struct aggregate_list *list, uint64_t now);

/* On live input, once a second: puts out the flows that began `status` before `now`.
 * They are cleared when they are next updated. */
int aggregate_report(struct aggregate *a, struct aggregate_list *list, uint64_t now);

/* Puts out and forgets all flows of a list, in its order. */
int aggregate_flush(struct aggregate *a, struct aggregate_list *list);

#define AGGREGATE_SHARES_MAX 64u

/* A list that several aggregates share; at most AGGREGATE_SHARES_MAX. */
struct aggregate_shares {
	struct aggregate **aggregate;
	struct aggregate_list **list;
	unsigned count;
};

int aggregate_flush_shared(const struct aggregate_shares *shares);

/* Shows each flow of a list, in its order, with a number by which it can be put out. */
int aggregate_each(const struct aggregate_shares *shares, const struct aggregate_visitor *visitor);

/* Puts out the flows with these numbers, in their order. */
int aggregate_put_all(const struct aggregate_shares *shares, const uint64_t *places, size_t count);

/* Whether part of the list is on disk; after aggregate_gather(), if it was parted. */
bool aggregate_is_spilled(const struct aggregate_shares *shares);

/* Bytes that the flows take, table included. */
size_t aggregate_size(const struct aggregate *a);

#endif
