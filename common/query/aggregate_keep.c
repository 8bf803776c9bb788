/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How flows are kept: as the record that they came as, as two, or open; and how they are opened
 * again to be compared, merged and put out. */
#include "argus/record/plain.h"
#include "common/query/aggregate.h"
#include "common/record/plain_key.h"

static void open_packed(struct aggregate *a, const struct aggregate_list *list, struct flow *f, enum pack_form form,
			uint8_t flags, const uint8_t *bytes, size_t length)
{
	pack_open(f, form, bytes, length, a->reading);
	/* Records that are merged from their bytes get statistics that they did not come with. */
	if (form == PACK_RECORD && !(flags & ENTRY_COUNTED))
		f->is_merged = f->indexed & DSR_BIT(DSR_AGR);
	if (flags & ENTRY_REVERSED)
		flow_reverse(f);
	if (flags & ENTRY_RMON && flow_key(f)->flags & (KEY_DIRECTION | KEY_TURNED))
		((struct flow_key *)flow_edit(f, DSR_FLOW))->flags &= (uint8_t)~(KEY_DIRECTION | KEY_TURNED);
	if (flags & ENTRY_PLAIN)
		key_prepare(list->key, f);
}

void aggregate_open(struct aggregate *a, const struct aggregate_list *list, struct flow *f, uint8_t form,
		    uint8_t flags, const uint8_t *bytes, size_t length)
{
	size_t first;

	if (form == ENTRY_MERGED_PAIR) {
		bytes = aggregate_unfolded(a, bytes, length, &length);
		form = PACK_RECORD;
	}
	first = length;
	if (form == ENTRY_PAIR)
		first = (size_t)get_be16(bytes + 2) * 4; /* a record begins with its length */
	open_packed(a, list, f, form == ENTRY_PAIR ? PACK_RECORD : (enum pack_form)form, flags, bytes, first);
	if (first == length)
		return;
	open_packed(a, list, &a->second, PACK_RECORD, flags, bytes + first, length - first);
	merge_flow(&a->merge, f, &a->second);
}

void aggregate_open_entry(struct aggregate *a, const struct aggregate_list *list, const struct entry *e, struct flow *f)
{
	if (e->form == ENTRY_PIECE)
		aggregate_open_piece(a, list, e, f);
	else
		aggregate_open(a, list, f, e->form, e->flags, store_at(&a->store, e->body), e->length);
}

void aggregate_open_item(struct aggregate *a, const struct item *item, struct flow *f)
{
	aggregate_open(a, item->list, f, item->form, item->flags, aggregate_bytes_of(a, item), item->length);
}

/* What merging adds to a plain record that is its like: the pair, a stamp, and wider counts. */
#define MERGED_MORE (sizeof(struct pair) + 8)

/* A record is kept with room for what it will be merged into, or for a second one beside it. */
static INLINED size_t room_for(uint8_t form, uint8_t flags, size_t length)
{
	if (form != PACK_RECORD || !(flags & ENTRY_KEYED))
		return length;
	return length + (flags & ENTRY_GROWS ? MERGED_MORE : length + 8);
}

void aggregate_keep_packed(struct aggregate *a, struct entry *e, enum pack_form form)
{
	bool is_piece = e->form == ENTRY_PIECE;
	struct store_ref old = e->body;

	if (is_piece)
		aggregate_end_piece(a, e);
	e->form = (uint8_t)form;
	e->flags &= ENTRY_KEYED;
	if (!is_piece && a->packed.length <= store_room(old)) {
		memcpy(store_at(&a->store, old), a->packed.data, a->packed.length);
		e->length = (uint32_t)a->packed.length;
		return;
	}
	e->body = store_alloc(&a->store, room_for(e->form, e->flags, a->packed.length));
	e->length = (uint32_t)a->packed.length;
	memcpy(store_at(&a->store, e->body), a->packed.data, a->packed.length);
	if (!is_piece)
		store_release(&a->store, old);
}

void aggregate_keep(struct aggregate *a, struct entry *e, enum pack_form form)
{
	buf_clear(&a->packed);
	aggregate_keep_packed(a, e, pack_flow(&a->kept, form, &a->packed));
}

/* The list has a new flow. */
static void show_new(struct aggregate *a, const struct item *item, uint32_t ref)
{
	const struct aggregate_visitor *visitor = item->list->visitor;
	const struct shape *shape = shape_marked(item->shape, item->length);
	struct plain_tuple tuple;

	item->list->told++;
	if (likely(shape != NULL)) {
		const uint8_t *bytes = aggregate_bytes_of(a, item);

		take_tuple(bytes_of_slot(bytes, shape, DSR_FLOW), bytes_of_slot(bytes, shape, DSR_TRANSPORT), &shape->plain, &tuple);
		visitor->visit_tuple(visitor->context, &tuple, ref);
		return;
	}
	aggregate_open_item(a, item, &a->newcomer);
	visitor->visit(visitor->context, &a->newcomer, ref);
}

/* So many entries lie side by side, with the bodies that they get behind them: mostly on one page, for to find
 * out where another is takes as long as to bring in what is there. And bodies are not apart, so that what they
 * leave when they move becomes room for larger ones. */
#define ENTRY_RUN 4u

uint32_t aggregate_new_entry(struct aggregate *a)
{
	struct aggregate_run *run = &a->run;

	if (run->entries == 0) {
		run->entries = ENTRY_RUN;
		run->entry = store_alloc_run(&a->store, a->entry_units, &run->entries);
	}
	return aggregate_next_of(a, run);
}

/* New flows stand one behind the other: what is this far behind one is brought in while it is written. */
#define FETCH_NEXT 1024u

uint32_t aggregate_add_waiting(struct aggregate *a, const struct item *item)
{
	size_t room = room_for(item->form, item->flags, item->length);
	uint32_t ref = aggregate_new_entry(a);
	struct store_ref body = store_alloc(&a->store, room);

	*aggregate_entry(a, ref) = (struct entry){ .body = body,
						   .form = item->form,
						   .flags = item->flags,
						   .id = item->id,
						   .order = item->order,
						   .length = item->length,
						   .shape_stamp = item->shape.stamp,
						   .shape = item->shape.number };
	memcpy(store_at(&a->store, body), aggregate_bytes_of(a, item), item->length);
	store_fetch_next(&a->store, FETCH_NEXT, room);
	aggregate_append(a, item->list, ref);
	return ref;
}

void aggregate_add_flow(struct aggregate *a, const struct item *item)
{
	uint32_t ref = aggregate_add_waiting(a, item);

	if (item->flags & ENTRY_KEYED)
		aggregate_file(a, item->list, item->id, ref);
	if (item->list->visitor != NULL)
		show_new(a, item, ref);
}

void aggregate_touch(struct aggregate *a, struct aggregate_list *list, uint32_t ref, uint64_t order)
{
	struct entry *e = aggregate_entry(a, ref);

	if (list->keeps_order)
		return;
	e->order = order;
	if (e->place == list->order.end - 1)
		return;
	list->order.refs[e->place] = 0;
	list->count--;
	aggregate_append(a, list, ref);
}

void aggregate_replace_record(struct aggregate *a, struct entry *e, const void *bytes, size_t length)
{
	if (length > store_room(e->body)) {
		store_release(&a->store, e->body);
		e->body = store_alloc(&a->store, length);
	}
	memcpy(store_at(&a->store, e->body), bytes, length);
	e->length = (uint32_t)length;
	e->shape_stamp = 0;
}
