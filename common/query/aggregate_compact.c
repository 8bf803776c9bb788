/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All flows that are in memory go to new memory, one behind the other, and the old is given back to the
 * system: when most lists went to disk, what they leave are holes, of sizes that may not be asked for
 * again, between the flows of others. */
#include "common/query/aggregate.h"
#include "common/query/aggregate_kept.h"

/* What has moved says where to. */
#define MOVED UINT32_MAX /* users of a record that is elsewhere; where, its order says */

static size_t record_size(const struct kept_record *r)
{
	return sizeof *r + r->before + r->agr + r->behind + kept_rest(r);
}

/* The record of a piece, which moves with the first of them. */
static struct store_ref move_record(struct aggregate *a, const struct store *old, struct store_ref ref)
{
	struct kept_record *record = store_at(old, ref), *moved;
	struct store_ref to;

	if (record->users == MOVED) {
		memcpy(&to, &record->order, sizeof to);
		moved = store_at(&a->store, to);
		moved->users++;
		return to;
	}
	to = store_alloc(&a->store, record_size(record));
	moved = store_at(&a->store, to);
	memcpy(moved, record, record_size(record));
	moved->users = 1;
	record->users = MOVED;
	memcpy(&record->order, &to, sizeof to);
	return to;
}

/* Of what an entry was, its first bytes are the reference that it has now. */
static uint32_t move_entry(struct aggregate *a, const struct store *old, struct aggregate_list *list, uint32_t from)
{
	struct entry *was = store_block(old, from);
	struct store_ref body;
	uint32_t ref;

	if (was->form == ENTRY_PIECE) {
		body = move_record(a, old, was->body);
		ref = aggregate_next_piece(a, list);
	} else {
		ref = aggregate_new_entry(a);
		body = store_alloc(&a->store, u64_max(was->length, store_room(was->body)));
		memcpy(store_at(&a->store, body), store_at(old, was->body), was->length);
	}
	memcpy(aggregate_entry(a, ref), was, aggregate_entry_size(a));
	aggregate_entry(a, ref)->body = body;
	memcpy(was, &ref, sizeof ref);
	return ref;
}

static void move_list(struct aggregate *a, const struct store *old, struct aggregate_list *list)
{
	struct aggregate_order *o = &list->order;

	list->run = (struct aggregate_run){ 0 };
	if (list->count == 0)
		return;
	list->told = 0; /* by places that are no more */
	for (uint32_t i = o->first; i < o->end; i++)
		if (o->refs[i] != 0)
			o->refs[i] = move_entry(a, old, list, o->refs[i]);
	for (uint32_t at = 0; list->table.used > 0 && at <= list->table.mask; at++) {
		struct htab_slot *slot = &list->table.slots[at];

		if (slot->ref != 0)
			memcpy(&slot->ref, store_block(old, slot->ref), sizeof slot->ref);
	}
}

void aggregate_compact(struct aggregate *a)
{
	struct store old = a->store;

	a->live = 0;
	a->run = (struct aggregate_run){ 0 };
	store_init(&a->store);
	for (struct aggregate_list *list = a->lists; list != NULL; list = list->next)
		move_list(a, &old, list);
	store_fini(&old);
}
