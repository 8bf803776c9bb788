/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads that aggregate: each has an aggregate of its own, and gets the records that
 * belong to it in blocks (aggregate_share). */
#ifndef COMMON_QUERY_CREW_H
#define COMMON_QUERY_CREW_H

#include "argus/query/aggregate.h"

struct crew;

/* One thread for each of the aggregates, which are borrowed. NULL: the system has no more
 * threads. */
struct crew *crew_new(struct aggregate *const *aggregates, unsigned count, const struct flow_reading *reading);
void crew_free(struct crew *c);

/* Adds the record, which is copied, to the list in the aggregate of that number, which is initialized
 * there with its first record. Records come to it in the order of their calls. */
void crew_add(struct crew *c, unsigned share, struct aggregate_list *list, struct flow *f, enum aggregate_view view);

/* Waits until everything that was added is in the aggregates, and may be looked at. -1:
 * something went wrong there; the aggregate's err says what. */
int crew_wait(struct crew *c);

#endif
