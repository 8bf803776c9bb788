/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of a list: an array of its entries, of which each knows its place. One that moves
 * to the end leaves a gap behind; gaps are closed when they are half of all. Walking an array,
 * one sees far ahead what has to come from memory; a chain goes from one entry to the next. */
#include "common/query/aggregate.h"

#define ORDER_LEAST 4u /* of bins there may be many */

/* Takes out the places that were left behind, or, if they are few, makes room for as many more. */
COLD void aggregate_make_room(struct aggregate *a, struct aggregate_list *list)
{
	struct aggregate_order *o = &list->order;
	uint32_t to = 0, room = o->room > 0 ? o->room : ORDER_LEAST;

	if (list->count > room / 2 || o->room == 0) {
		room = o->room > 0 ? o->room * 2 : room;
		o->refs = xrealloc(o->refs, room * sizeof *o->refs);
		a->tables += (room - o->room) * sizeof *o->refs;
		o->room = room;
		return;
	}
	for (uint32_t i = o->first; i < o->end; i++) {
		if (o->refs[i] == 0)
			continue;
		aggregate_entry(a, o->refs[i])->place = to;
		o->refs[to++] = o->refs[i];
	}
	o->first = 0;
	o->end = to;
}

void aggregate_append(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	aggregate_append_piece(a, list, ref);
	aggregate_entry(a, ref)->place = list->order.end - 1;
}

uint32_t aggregate_first(struct aggregate_list *list)
{
	struct aggregate_order *o = &list->order;

	while (o->first < o->end && o->refs[o->first] == 0)
		o->first++;
	return o->first < o->end ? o->refs[o->first] : 0;
}

void aggregate_clear_order(struct aggregate *a, struct aggregate_list *list)
{
	a->tables -= list->order.room * sizeof *list->order.refs;
	free(list->order.refs);
	list->order = (struct aggregate_order){ 0 };
	list->count = 0;
}
