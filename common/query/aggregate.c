/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/query/aggregate.h"

#include "common/query/aggregate.h"
#include "common/query/spill.h"

struct aggregate *aggregate_new(const struct flow_reading *reading, aggregate_output *output, void *context)
{
	struct aggregate *a = xcalloc(1, sizeof *a);

	a->reading = reading;
	a->output = output;
	a->context = context;
	a->seed = hash_seed();
	merge_init(&a->merge);
	a->entry_units = sizeof(struct entry) / STORE_UNIT;
	store_init(&a->store);
	return a;
}

void aggregate_free(struct aggregate *a)
{
	if (a == NULL)
		return;
	merge_fini(&a->merge);
	store_fini(&a->store);
	buf_fini(&a->bytes);
	buf_fini(&a->packed);
	buf_fini(&a->opened);
	buf_fini(&a->aside);
	spill_free(a->file);
	free(a);
}

void aggregate_limit(struct aggregate *a, size_t limit, struct err *err)
{
	/* Those that are in memory may still grow: a flow that lies open takes, with the place
	 * of the records that it came from, 2.3 times as much as they did. */
	a->limit = limit / 5 * 2;
	a->err = err;
}

void aggregate_writes(struct aggregate *a, aggregate_write *write, aggregate_place *place, aggregate_commit *commit,
		      void *context)
{
	a->write = write;
	a->place = place;
	a->commit = commit;
	a->write_context = context;
}

void aggregate_end(struct aggregate *a) { a->is_ending = true; }

size_t aggregate_size(const struct aggregate *a) { return aggregate_held(a); }

void aggregate_list_init(struct aggregate *a, struct aggregate_list *list)
{
	(void)a; /* it learns of the list when this has something */
	htab_init(&list->table, 0);
	list->order = (struct aggregate_order){ 0 };
	list->count = list->told = 0;
	list->unfiled = list->whole = list->tag_room = 0;
	list->tags = NULL;
	list->parts = NULL;
	list->is_spilled = list->away != 0;
	list->run = (struct aggregate_run){ 0 };
	list->is_listed = false;
	list->is_of_flows = key_is_directed(list->key);
	list->takes_records = !list->by_answer && key_is_plain(list->key);
	/* What is looked at before it is put out is made at once. A piece does not know its place
	 * in an order that changes. */
	list->takes_pieces = list->keeps_order && (list->status | list->idle) == 0 && !list->by_answer && list->flush == NULL;
}

void aggregate_list_fini(struct aggregate *a, struct aggregate_list *list)
{
	if (!aggregate_list_is_ready(list))
		return;
	aggregate_discard(a, list);
	a->tables -= htab_size(&list->table);
	htab_fini(&list->table);
	aggregate_drop_parts(a, list);
	aggregate_return(a, list);
}

void aggregate_drop_table(struct aggregate *a, struct aggregate_list *list)
{
	a->tables -= htab_size(&list->table);
	htab_fini(&list->table);
	htab_init(&list->table, 0);
}

void aggregate_grow(struct aggregate *a, struct aggregate_list *list)
{
	a->tables -= htab_size(&list->table);
	htab_grow(&list->table);
	a->tables += htab_size(&list->table);
}

void aggregate_reserve(struct aggregate *a, struct aggregate_list *list, uint32_t more)
{
	a->tables -= htab_size(&list->table);
	htab_reserve(&list->table, more);
	a->tables += htab_size(&list->table);
}

void aggregate_forget(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	struct entry *e = aggregate_entry(a, ref);

	list->order.refs[e->place] = 0;
	list->count--;
	if (e->flags & ENTRY_KEYED)
		htab_remove(&list->table, aggregate_tag(*aggregate_id_of(a, e)), ref);
	aggregate_release(a, ref);
}

/* Puts the list's last flow out if its rule's filter says that it is complete. */
static int flush_complete(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	aggregate_open_entry(a, list, aggregate_entry(a, ref), &a->kept);
	if (!filter_match(list->flush, &a->kept))
		return 0;
	if (aggregate_put_out(a, list, &a->kept) < 0)
		return -1;
	aggregate_forget(a, list, ref);
	return 0;
}

int aggregate_work_off(struct aggregate *a, const struct item *item)
{
	struct aggregate_list *list = item->list;
	bool is_keyed = item->flags & ENTRY_KEYED;
	uint32_t ref;

	if (unlikely(list->unfiled > 0)) {
		if (aggregate_wait_too(a, item))
			return 0;
		if (aggregate_file_all(a, list, false) < 0)
			return -1;
	}
	ref = is_keyed ? aggregate_find(a, list, item->id) : 0;
	a->is_opposed = false;
	a->is_answered = item->flags & ENTRY_ANSWERED;
	if (ref != 0 && aggregate_take_in(a, list, ref, item))
		return 0;
	if (ref != 0)
		aggregate_open_item(a, item, &a->newcomer);
	else if (list->is_correcting && is_keyed)
		ref = aggregate_find_opposite(a, list, item);
	if (ref == 0 && aggregate_spills(a, list))
		return aggregate_spill(a, list, item);
	if (ref == 0)
		aggregate_add_flow(a, item);
	else if (aggregate_merge_into(a, list, ref, &a->newcomer, item->order) < 0)
		return -1;
	return list->flush != NULL ? flush_complete(a, list, ref != 0 ? ref : list->order.refs[list->order.end - 1]) : 0;
}

#define FETCH_MAX 512u

/* What the item will touch of it: its flow, with the room behind that, and its place in the order. The
 * flow may have left since the entry was asked for, and what is read here then be anything. */
static INLINED void fetch_flow(const struct aggregate *a, const struct item *item, uint32_t ref)
{
	const struct aggregate_order *order = &item->list->order;
	const struct entry *e;
	size_t size;

	if (ref == 0 || unlikely(!store_has(&a->store, ref)))
		return;
	e = aggregate_entry(a, ref);
	if (unlikely(e->body.units >= STORE_SIZES || !store_has(&a->store, e->body.at) || e->place >= order->end))
		return;
	size = e->form == PACK_RECORD ? store_room(e->body) : aggregate_body_size(e);
	fetch_bytes(store_at(&a->store, e->body), size < FETCH_MAX ? size + 1 : FETCH_MAX);
	__builtin_prefetch(&order->refs[e->place], 1);
}

/* What an item needs is brought in while those before it are worked off: first the entry, whose place the
 * table tells, then the flow, whose place the entry tells. */
HOT int aggregate_drain(struct aggregate *a)
{
	uint32_t refs[BATCH + SHAPED_MAX];
	int result = 0;

	for (unsigned i = 0; i < a->waiting + ENTRY_AHEAD && result == 0; i++) {
		unsigned body = i - (ENTRY_AHEAD - BODY_AHEAD), now = i - ENTRY_AHEAD;

		if (i < a->waiting)
			refs[i] = aggregate_fetch_like(a, a->batch[i].list, aggregate_tag(a->batch[i].id));
		if (body < a->waiting)
			fetch_flow(a, &a->batch[body], refs[body]);
		if (now < a->waiting)
			result = aggregate_work_off(a, &a->batch[now]);
	}
	a->waiting = 0;
	buf_clear(&a->bytes);
	return result;
}

static int append_prepared(struct aggregate *a, struct item *item, struct flow *f)
{
	struct aggregate_list *list = item->list;

	buf_clear(&a->bytes);
	item->form = (uint8_t)pack_flow(f, f->dirty != 0 ? PACK_OPEN : PACK_RECORD, &a->bytes);
	item->flags |= item->form == PACK_RECORD ? ENTRY_PLAIN | aggregate_flags_of(f) : 0;
	item->length = (uint32_t)a->bytes.length;
	if (aggregate_spills(a, list))
		return aggregate_spill(a, list, item);
	aggregate_add_flow(a, item);
	return list->flush != NULL ? flush_complete(a, list, list->order.refs[list->order.end - 1]) : 0;
}

/* The flow need not wait, nor be packed, unless its key is new: what was prepared is
 * one of several pieces whose common parts are decoded already. */
int aggregate_take_prepared(struct aggregate *a, struct item *item, uint32_t ref, struct flow *f)
{
	struct aggregate_list *list = item->list;
	int result;

	a->is_opposed = false;
	if (ref != 0) {
		result = aggregate_merge_into(a, list, ref, f, item->order);
		return result == 0 && list->flush != NULL ? flush_complete(a, list, ref) : result;
	}
	result = append_prepared(a, item, f);
	buf_clear(&a->bytes);
	return result;
}
