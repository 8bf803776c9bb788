/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of the cache that are pieces of a record that is kept elsewhere. */
#ifndef COMMON_QUERY_AGGREGATE_PIECE_H
#define COMMON_QUERY_AGGREGATE_PIECE_H

#include "argus/query/aggregate.h"

struct entry;

/* Makes the flow the piece that stands at `bytes` in the store: until the next is opened. */
void aggregate_open_piece(struct aggregate *a, const struct aggregate_list *list, struct flow *f, const uint8_t *bytes);

/* flow_start() of the piece. */
uint64_t aggregate_piece_start(const struct aggregate *a, const struct entry *e);

/* The record that was cut last is needed by its pieces only. */
void aggregate_end_pieces(struct aggregate *a);

/* The entry's body is about to be released. */
void aggregate_release_piece(struct aggregate *a, const struct entry *e);

/* Brings in where the list's next piece will be written. */
void aggregate_fetch_run(const struct aggregate *a, const struct aggregate_list *list);

/* Gives back what the list has taken for pieces to come. */
void aggregate_release_run(struct aggregate *a, struct aggregate_list *list);

/* Whether the flow may be written without being opened; writes it. */
bool aggregate_may_write(const struct aggregate *a, const struct entry *e);
int aggregate_write_piece(struct aggregate *a, const struct aggregate_list *list, const struct entry *e);

#endif
