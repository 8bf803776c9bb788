/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the aggregating tools have in common: rules, a cache, and output in order
 * (aggregation.md 4). The flows of a run may be kept in several groups, such as time
 * bins, each with lists of its own for every rule. */
#ifndef ARGUS_QUERY_CLUSTER_H
#define ARGUS_QUERY_CLUSTER_H

#include "argus/query/aggregate.h"
#include "argus/query/fields.h"
#include "argus/query/rules.h"
#include "argus/query/sort.h"

typedef int cluster_write(void *context, const void *record, size_t length);
typedef void *cluster_place(void *context, size_t length);
typedef void cluster_commit(void *context, size_t length, size_t count);
typedef void cluster_rank(void *context, uint64_t rank);

struct cluster_options {
	cluster_write *write;      /* all that is done with flows is writing them: gets some as the record that
				      flow_write() would make, in order with the others; or NULL */
	cluster_place *place;      /* with `write`: where such a record of at most `length` bytes may be made, or
				      several side by side, or NULL */
	cluster_commit *commit;    /* several were made there */
	cluster_rank *rank;        /* told the rank of a list's first flow before it is put out, and NO_RANK behind it; or NULL */
	const char *rules_path;    /* -f; NULL: none */
	char *const *keys;         /* words of -m */
	size_t key_count;
	char *const *sort;         /* words of -P */
	size_t sort_count;
	const char *default_sort;  /* NULL: in the lists' order */
	bool sorts_by_keys;        /* -m words that are columns are sorted by first */
	bool is_reversed;          /* -v */
	bool is_correcting;        /* merge opposite directions */
	bool is_blanking;          /* nopreserve */
	bool tells_correcting, tells_blanking; /* as rules_defaults have it: a mode was given */
	bool is_rmon;
	bool is_unmerged;          /* nothing is merged, whatever the keys */
	bool drops_counts;         /* norep */
	bool by_answer;            /* -A: a flow ends before a record whose service answered otherwise */
	bool keeps_order;          /* in order of creation */
	bool cuts;                 /* records will be added in pieces */
	bool ignore_case;
	uint64_t first, last;      /* -N o: ranks of each list that are put out; 0, 0: all */
	size_t memory;             /* bytes beyond which flows go to temporary files; 0: none */
	unsigned threads;          /* that aggregate; 0 or 1: the caller's */
	struct totals *totals;     /* -%: set to the sums of a list before it is put out; or NULL */
};

struct cluster;

/* One group of flows: a list for each rule. It stays where it is until it is flushed. */
struct cluster_group {
	struct aggregate_list *lists; /* NULL until a record was added, and while all are on disk */
	union {
		uint64_t one;   /* where a list is on disk */
		uint64_t *each; /* if there are several */
	} away; /* 0 or NULL: nowhere */
};

typedef int cluster_output(void *context, struct flow *f);

/* The words are not needed afterwards. NULL: err says which of them is wrong; it stays,
 * for what temporary files meet. */
struct cluster *cluster_new(const struct cluster_options *options, const struct flow_reading *reading,
			    cluster_output *output, void *context, struct err *err);
void cluster_free(struct cluster *c);

/* Whether every key has all five fields, so that directions may be corrected while
 * records are read (1.2). */
bool cluster_is_directed(const struct cluster *c);

/* Whether records are counted for each end: by option, or because the key of any rule asks for it. */
bool cluster_is_rmon(const struct cluster *c);

/* The first rule that takes the record; as it is, and, if it is counted for each end, turned round. */
struct cluster_match {
	size_t rule[2];
};

/* For tools that cut records before they add them. */
struct cluster_match cluster_match(const struct cluster *c, struct flow *f);

/* A record that is to be cut gets the value of that rule's metric as its statistics, if it has none. */
void cluster_take_metric(const struct cluster *c, struct flow *f, size_t rule);

/* Adds the record to the group, by every rule that it comes to. */
int cluster_add(struct cluster *c, struct cluster_group *group, struct flow *f);

/* Whether it does what follows at all. */
bool cluster_takes_records(const struct cluster *c);

/* Adds records from their bytes, as far as that is enough: the one behind those that were added, whose
 * number it returns, is to be opened, for cluster_add(). With idle timers that is the first. */
int cluster_add_records(struct cluster *c, struct cluster_group *group, const struct shaped_records *records);

/* Adds it, or a piece of it, by the rules that took it. */
int cluster_add_by(struct cluster *c, struct cluster_group *group, struct flow *f, struct cluster_match match);

/* For tools that cut a record in pieces: before the first is shown, does once what is the same
 * for all of them. Then the pieces are added as they are cut. False: the rule does not
 * allow it, add them by cluster_add_by(). */
bool cluster_begin_pieces(struct cluster *c, struct split *split, size_t rule);
void cluster_keep_ahead(struct cluster *c, struct split *split);
int cluster_add_piece(struct cluster *c, struct cluster_group *group, struct split *split, size_t rule);

/* Brings in what adding another piece of that flow to another group will need. */
void cluster_fetch(const struct cluster *c, const struct cluster_group *group, size_t rule);

/* Idle timers, before a record is added and once a second on live input: the stream is at `now`. */
int cluster_expire(struct cluster *c, struct cluster_group *group, uint64_t now);

/* Status timers, once a second on live input. */
int cluster_report(struct cluster *c, struct cluster_group *group, uint64_t now);

/* Merges what was added and still waits, of all groups: what rules with flush= then put out comes before
 * what is put out next. */
int cluster_catch_up(struct cluster *c);

/* All groups are put out now, and nothing comes any more. */
void cluster_end(struct cluster *c);

/* Puts the group out, rule by rule, each sorted, and forgets it. */
int cluster_flush(struct cluster *c, struct cluster_group *group);

/* Forgets what a group has without a word. */
void cluster_forget(struct cluster *c, struct cluster_group *group);

/* Whether a rule has idle= or status=. */
bool cluster_has_timers(const struct cluster *c);

#endif
