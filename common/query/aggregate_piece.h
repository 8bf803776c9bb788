/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of the cache that are pieces of a record that is kept elsewhere. */
#ifndef COMMON_QUERY_AGGREGATE_PIECE_H
#define COMMON_QUERY_AGGREGATE_PIECE_H

#include "argus/query/aggregate.h"
#include "common/query/store.h"

struct entry;

/* Makes the flow the piece, until the next is: only to be looked at, or for everything. */
void aggregate_show_piece(struct aggregate *a, const struct aggregate_list *list, const struct entry *e,
			  struct flow *f);
void aggregate_open_piece(struct aggregate *a, const struct aggregate_list *list, const struct entry *e,
			  struct flow *f);

/* The record that was cut last is needed by its pieces only. */
void aggregate_end_pieces(struct aggregate *a);

/* A piece of the record is no more. */
void aggregate_drop_record(struct aggregate *a, struct store_ref record);

/* The piece becomes an entry of the other kind, which has yet to get a form and a body. */
void aggregate_end_piece(struct aggregate *a, struct entry *e);

/* The next of the entries that the list takes for pieces to come. */
uint32_t aggregate_next_piece(struct aggregate *a, struct aggregate_list *list);

/* Gives back what the list has taken for pieces to come. */
void aggregate_release_run(struct aggregate *a, struct aggregate_list *list);

#endif
