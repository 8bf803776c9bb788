/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of a list: an array of its entries, of which each knows its place. One that moves
 * to the end leaves a gap behind; gaps are closed when they are half of all. Walking an array,
 * one sees far ahead what has to come from memory; a chain goes from one entry to the next. */
#include "common/query/aggregate.h"
#include "common/query/aggregate_kept.h"

#define SAMPLE 64u /* of so many lists, one */

/* Lists that have something can be found. */
void aggregate_enlist(struct aggregate *a, struct aggregate_list *list)
{
	if (list->is_listed)
		return;
	list->is_listed = true;
	list->is_sample = a->begun++ % SAMPLE == 0;
	list->previous = NULL;
	list->next = a->lists;
	if (a->lists != NULL)
		a->lists->previous = list;
	a->lists = list;
}

void aggregate_delist(struct aggregate *a, struct aggregate_list *list)
{
	if (!list->is_listed || list->order.room > 0 || list->parts != NULL)
		return;
	list->is_listed = false;
	if (list->next != NULL)
		list->next->previous = list->previous;
	if (list->previous != NULL)
		list->previous->next = list->next;
	else
		a->lists = list->next;
}

#define ORDER_LEAST 4u /* of bins there may be many */

/* Takes out the places that were left behind, or, if they are few, makes room for as many more. */
COLD void aggregate_make_room(struct aggregate *a, struct aggregate_list *list)
{
	struct aggregate_order *o = &list->order;
	uint32_t to = 0, room = o->room > 0 ? o->room : ORDER_LEAST;

	if (o->room == 0)
		aggregate_enlist(a, list);
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
		if (aggregate_entry(a, o->refs[i])->form != ENTRY_PIECE)
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

uint64_t aggregate_order_of(const struct aggregate *a, const struct entry *e)
{
	return e->form == ENTRY_PIECE ? ((const struct kept_record *)store_at(&a->store, e->body))->order : e->order;
}

struct ranked {
	uint64_t order;
	uint32_t place, ref;
};

static int by_order(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

static bool is_sorted(const struct aggregate *a, const struct aggregate_order *o)
{
	uint64_t last = 0;

	for (uint32_t i = o->first; i < o->end; i++) {
		uint64_t order = o->refs[i] != 0 ? aggregate_order_of(a, aggregate_entry(a, o->refs[i])) : last;

		if (order < last)
			return false;
		last = order;
	}
	return true;
}

void aggregate_sort(struct aggregate *a, struct aggregate_list *list)
{
	struct aggregate_order *o = &list->order;
	struct ranked *ranked;
	uint32_t count = 0;

	if (likely(is_sorted(a, o)))
		return;
	ranked = xmalloc((size_t)(o->end - o->first) * sizeof *ranked);
	for (uint32_t i = o->first; i < o->end; i++)
		if (o->refs[i] != 0)
			ranked[count++] = (struct ranked){ aggregate_order_of(a, aggregate_entry(a, o->refs[i])), i, o->refs[i] };
	qsort(ranked, count, sizeof *ranked, by_order);
	for (uint32_t i = 0; i < count; i++) {
		struct entry *e = aggregate_entry(a, ranked[i].ref);

		if (e->form != ENTRY_PIECE)
			e->place = i;
		o->refs[i] = ranked[i].ref;
	}
	o->first = 0;
	o->end = count;
	free(ranked);
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
	aggregate_end_waiting(a, list);
	aggregate_delist(a, list);
}
