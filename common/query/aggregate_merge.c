/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record meets the flow that has its key: they are merged from their bytes, if that can be, or
 * opened. */
#include "argus/record/dsr.h"
#include "argus/record/plain.h"
#include "common/query/aggregate.h"
#include "common/record/plain_key.h"

/* Whether a timer ends the period of the kept flow before the newcomer (4.3). */
static bool is_due(const struct aggregate_list *list, struct flow *kept, struct flow *newcomer)
{
	uint64_t start = u64_min(flow_start(kept), flow_start(newcomer));
	uint64_t last = u64_max(flow_last(kept), flow_last(newcomer));

	return (list->status != 0 && last - start >= list->status) ||
	       (list->idle != 0 && merge_gap(kept, newcomer) >= list->idle);
}

/* The common case: the entry's flow lies open already, and no timer has to see it. */
static bool merge_packed(struct aggregate *a, const struct aggregate_list *list, const struct entry *e,
			 struct flow *newcomer)
{
	uint8_t *flow = store_at(&a->store, e->body);
	struct members members;

	if (e->form != PACK_OPEN || e->flags & ENTRY_REPORTED || aggregate_is_watched(list))
		return false;
	pack_members(flow, &members);
	if (!merge_in_place(&a->merge, &members, newcomer))
		return false;
	pack_set_merged(flow, members.have);
	return true;
}

static int merge_opened(struct aggregate *a, struct aggregate_list *list, struct entry *e, struct flow *newcomer)
{
	bool is_reported = e->flags & ENTRY_REPORTED;
	bool is_other = list->by_answer && a->is_answered != !!(e->flags & ENTRY_ANSWERED);

	aggregate_open_entry(a, list, e, &a->kept);
	if (!is_reported && (is_other || (aggregate_is_watched(list) && is_due(list, &a->kept, newcomer)))) {
		if (aggregate_put_out(a, list, &a->kept) < 0)
			return -1;
		aggregate_open_entry(a, list, e, &a->kept); /* as it was before the output's changes */
		is_reported = true;
	}
	if (is_reported) {
		merge_zero(&a->kept);
		merge_restart(&a->merge, &a->kept, newcomer);
	} else {
		merge_flow(&a->merge, &a->kept, newcomer);
	}
	aggregate_keep(a, e, PACK_OPEN); /* more will be merged into it */
	e->flags |= a->is_answered ? ENTRY_ANSWERED : 0;
	return 0;
}

int aggregate_merge_into(struct aggregate *a, struct aggregate_list *list, uint32_t ref, struct flow *newcomer,
			 uint64_t order)
{
	struct entry *e = aggregate_entry(a, ref);

	if (!merge_packed(a, list, e, newcomer) && merge_opened(a, list, e, newcomer) < 0)
		return -1;
	aggregate_touch(a, list, ref, order);
	return 0;
}

static inline bool open_marked(const struct aggregate *a, struct plain *p, const uint8_t *bytes, uint32_t length,
			       struct shape_mark mark)
{
	const struct shape *shape = shape_marked(mark, length);

	return likely(shape != NULL) ? plain_open_tuple(p, bytes, shape) : plain_open(p, bytes, length, a->reading);
}

/* Under a key that is less than a flow's, records that meet are seldom of one: their bytes tell. */
static inline bool may_be_one_flow(const struct aggregate *a, const struct aggregate_list *list, const struct entry *e,
				   const struct item *item)
{
	const struct shape *kept, *newcomer;

	if (list->is_of_flows)
		return true;
	kept = shape_marked((struct shape_mark){ e->shape_stamp, e->shape }, e->length);
	newcomer = shape_marked(item->shape, item->length);
	if (kept == NULL || newcomer == NULL)
		return true;
	return kept->index[DSR_FLOW].words == newcomer->index[DSR_FLOW].words &&
	       same_words(bytes_of_slot(store_at(&a->store, e->body), kept, DSR_FLOW),
			  bytes_of_slot(aggregate_bytes_of(a, item), newcomer, DSR_FLOW), (size_t)kept->index[DSR_FLOW].words * 4);
}

/* The entry's record becomes what it was merged to, with what its statistics are made of in front. */
static void take_merged(struct aggregate *a, struct entry *e, uint8_t form, const uint8_t *bytes, size_t length)
{
	aggregate_replace_record(a, e, bytes, length);
	e->form = form;
	e->flags &= (uint8_t)~ENTRY_COUNTED;
}

/* Most records that are merged are as probes write them. */
static bool merge_usual_records(struct aggregate *a, struct entry *e, const struct item *item)
{
	const struct shape *kept = shape_marked((struct shape_mark){ e->shape_stamp, e->shape }, e->length);
	const struct shape *newcomer = shape_marked(item->shape, item->length);
	uint8_t room[sizeof(struct pair) + MERGE_USUAL_MAX];
	struct pair pair;
	size_t length;

	if (kept == NULL || newcomer == NULL)
		return false;
	length = merge_usual(&a->merge, store_at(&a->store, e->body), kept, aggregate_bytes_of(a, item), newcomer,
			     &pair, room + sizeof pair);
	if (length == 0)
		return false;
	memcpy(room, &pair, sizeof pair);
	take_merged(a, e, ENTRY_MERGED_PAIR, room, sizeof pair + length);
	return true;
}

/* Others are merged from their bytes into the entry's, too, and the result is a record. */
static bool merge_records(struct aggregate *a, const struct aggregate_list *list, struct entry *e, const struct item *item)
{
	uint8_t room[MERGED_MAX];
	struct pen pen = pen_on(room, sizeof room);
	struct plain kept, newcomer;
	struct shape_mark mark = { e->shape_stamp, e->shape };
	bool is_pair;
	struct pair pair;

	if (!may_be_one_flow(a, list, e, item) || !open_marked(a, &kept, store_at(&a->store, e->body), e->length, mark) ||
	    !open_marked(a, &newcomer, aggregate_bytes_of(a, item), item->length, item->shape))
		return false;
	is_pair = merge_pair(&kept, &newcomer, &pair);
	if (is_pair)
		pen_bytes(&pen, &pair, sizeof pair);
	if (!merge_plain(&a->merge, &kept, &newcomer, is_pair ? &pair : NULL, &pen))
		return false;
	take_merged(a, e, is_pair ? ENTRY_MERGED_PAIR : PACK_RECORD, room, pen_used(&pen));
	return true;
}

/* The record is merged into the entry's, which the list leaves both as they are. */
static bool merge_bytes(struct aggregate *a, const struct aggregate_list *list, struct entry *e, const struct item *item)
{
	return !key_changes_flows(list->key) && !(e->flags & (ENTRY_RMON | ENTRY_REVERSED)) &&
	       (merge_usual_records(a, e, item) || merge_records(a, list, e, item));
}

/* Puts a record beside the only one of the entry. */
static void put_beside(struct aggregate *a, struct entry *e, const uint8_t *bytes, uint32_t length)
{
	struct store_ref old = e->body;

	if (e->length + length > store_room(old)) {
		e->body = store_alloc(&a->store, e->length + length);
		memcpy(store_at(&a->store, e->body), store_at(&a->store, old), e->length);
		store_release(&a->store, old);
	}
	memcpy((uint8_t *)store_at(&a->store, e->body) + e->length, bytes, length);
	e->length += length;
	e->form = ENTRY_PAIR;
}

/* A record meets the only one of the entry, and nothing has to see what comes of them: they are
 * merged, or lie side by side until somebody wants to see the flow. */
static bool pair_up(struct aggregate *a, struct aggregate_list *list, uint32_t ref, const struct item *item)
{
	struct entry *e = aggregate_entry(a, ref);

	if (e->form == ENTRY_MERGED_PAIR)
		aggregate_unfold(a, e);
	if (e->form != PACK_RECORD || item->form != PACK_RECORD || ((e->flags ^ item->flags) & ENTRY_LOOKS) != 0 ||
	    aggregate_is_watched(list) || list->flush != NULL)
		return false;
	if (!merge_bytes(a, list, e, item))
		put_beside(a, e, aggregate_bytes_of(a, item), item->length);
	aggregate_touch(a, list, ref, item->order);
	return true;
}

/* Merges a record from its bytes into a flow that lies open in `image`. */
static bool merge_into_image(struct aggregate *a, const struct aggregate_list *list, uint8_t *image, uint8_t flags,
			     const uint8_t *bytes, uint32_t length, struct shape_mark mark)
{
	bool is_reversed = flags & ENTRY_REVERSED;
	struct members members;
	struct plain newcomer;
	struct flow_key key;

	if (!open_marked(a, &newcomer, bytes, length, mark))
		return false;
	dsr_table[DSR_FLOW].decode(plain_bytes(&newcomer, DSR_FLOW), plain_length(&newcomer, DSR_FLOW), NULL, &key);
	if (is_reversed)
		dsr_table[DSR_FLOW].reverse(&key);
	if (key_changes_flows(list->key) && !key_prepare_alone(list->key, &key))
		return false;
	pack_members(image, &members);
	if (!merge_plain_in_place(&a->merge, &members, &newcomer, &key, is_reversed))
		return false;
	pack_set_merged(image, members.have);
	return true;
}

/* The record of an entry is laid open, or the first one of a pair, and the second one merged
 * into it. False: nothing is done. */
static bool lay_open(struct aggregate *a, const struct aggregate_list *list, struct entry *e)
{
	const uint8_t *first = store_at(&a->store, e->body);
	uint32_t length = e->form == ENTRY_PAIR ? get_be16(first + 2) * 4u : e->length;

	aggregate_open(a, list, &a->kept, PACK_RECORD, e->flags, first, length);
	if (flow_agr(&a->kept)->count == 0)
		return false;
	flow_edit(&a->kept, DSR_AGR);
	buf_clear(&a->packed);
	pack_flow(&a->kept, PACK_OPEN, &a->packed);
	if (length < e->length && !merge_into_image(a, list, (uint8_t *)a->packed.data, e->flags, first + length,
						    e->length - length, (struct shape_mark){ 0 }))
		return false;
	aggregate_keep_packed(a, e, PACK_OPEN);
	return true;
}

/* A plain record meets an entry of several, or one that is looked at otherwise, and nothing has
 * to see what comes of them. */
static bool take_in(struct aggregate *a, struct aggregate_list *list, uint32_t ref, const struct item *item)
{
	struct entry *e = aggregate_entry(a, ref);
	bool is_record = (e->form == ENTRY_PAIR || e->form == PACK_RECORD) && e->flags & ENTRY_PLAIN;

	if (item->form != PACK_RECORD || !(item->flags & ENTRY_PLAIN) || e->flags & ENTRY_REPORTED || aggregate_is_watched(list) ||
	    list->flush != NULL)
		return false;
	if (e->form != PACK_OPEN && (!is_record || !lay_open(a, list, e)))
		return false;
	if (!merge_into_image(a, list, store_at(&a->store, e->body), item->flags, aggregate_bytes_of(a, item), item->length, item->shape))
		return false;
	aggregate_touch(a, list, ref, item->order);
	return true;
}

bool aggregate_take_in(struct aggregate *a, struct aggregate_list *list, uint32_t ref, const struct item *item)
{
	return pair_up(a, list, ref, item) || take_in(a, list, ref, item);
}
