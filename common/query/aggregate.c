/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/query/aggregate.h"

#include "argus/record/dsr.h"
#include "argus/record/plain.h"
#include "common/query/aggregate.h"
#include "common/query/key_plain.h"
#include "common/record/plain_key.h"

struct aggregate *aggregate_new(const struct flow_reading *reading, aggregate_output *output, void *context)
{
	struct aggregate *a = xcalloc(1, sizeof *a);

	a->reading = reading;
	a->output = output;
	a->context = context;
	a->seed = hash_seed();
	merge_init(&a->merge);
	slab_init(&a->entries, sizeof(struct entry));
	store_init(&a->store);
	return a;
}

void aggregate_free(struct aggregate *a)
{
	if (a == NULL)
		return;
	merge_fini(&a->merge);
	slab_fini(&a->entries);
	store_fini(&a->store);
	buf_fini(&a->bytes);
	buf_fini(&a->packed);
	buf_fini(&a->opened);
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
	(void)a;
	htab_init(&list->table, 0);
	list->order = (struct aggregate_order){ 0 };
	list->count = list->told = 0;
	list->parts = NULL;
	list->run = (struct aggregate_run){ 0 };
	list->is_of_flows = key_is_directed(list->key);
	list->takes_records = !list->by_answer && key_is_plain(list->key);
	/* What is looked at before it is put out is made at once. A piece does not know its place
	 * in an order that changes. */
	list->takes_pieces = list->keeps_order && (list->status | list->idle) == 0 && !list->by_answer && list->flush == NULL;
}

void aggregate_list_fini(struct aggregate *a, struct aggregate_list *list)
{
	aggregate_discard(a, list);
	a->tables -= htab_size(&list->table);
	htab_fini(&list->table);
}

void aggregate_file(struct aggregate *a, struct aggregate_list *list, struct hash128 id, uint32_t ref)
{
	size_t before = htab_size(&list->table);

	htab_add(&list->table, aggregate_tag(id), ref);
	a->tables += htab_size(&list->table) - before;
}

void aggregate_forget(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	struct entry *e = aggregate_entry(a, ref);

	list->order.refs[e->place] = 0;
	list->count--;
	if (e->flags & ENTRY_KEYED)
		htab_remove(&list->table, aggregate_tag(*aggregate_id_of(a, e)), ref);
	aggregate_release_body(a, e);
	slab_release(&a->entries, ref);
}

static void open_packed(struct aggregate *a, const struct aggregate_list *list, struct flow *f, enum pack_form form,
			uint8_t flags, const uint8_t *bytes, size_t length)
{
	pack_open(f, form, bytes, length, a->reading);
	if (flags & ENTRY_REVERSED)
		flow_reverse(f);
	if (flags & ENTRY_RMON && flow_key(f)->flags & (KEY_DIRECTION | KEY_TURNED))
		((struct flow_key *)flow_edit(f, DSR_FLOW))->flags &= (uint8_t)~(KEY_DIRECTION | KEY_TURNED);
	if (flags & ENTRY_PLAIN)
		key_prepare(list->key, f);
}

/* Opens what was kept as it is to be compared and merged. */
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
	merge_flow(aggregate_merge(a, list), f, &a->second);
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

/* New flows stand one behind the other: what is this far behind one is brought in while it is written. */
#define FETCH_ENTRY 512u
#define FETCH_BODY 1024u

/* A record is kept with room for what it will be merged into, or for a second one beside it. The entry
 * may be on its way from memory still: what is written to it is not read again here. */
static void set_body(struct aggregate *a, struct entry *e, const void *flow, size_t length)
{
	size_t more = e->form != PACK_RECORD || !(e->flags & ENTRY_KEYED) ? 0 : e->flags & ENTRY_GROWS ? MERGED_MORE : length + 8;
	struct store_ref body = store_alloc(&a->store, length + more);

	e->body = body;
	e->length = (uint32_t)length;
	memcpy(store_at(&a->store, body), flow, length);
	store_fetch_next(&a->store, FETCH_BODY, length + more);
}

/* The flow that is packed in `packed` takes the place of what the entry has. */
static void keep_packed(struct aggregate *a, struct entry *e, enum pack_form form)
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
	set_body(a, e, a->packed.data, a->packed.length);
	if (!is_piece)
		store_release(&a->store, old);
}

void aggregate_keep(struct aggregate *a, struct entry *e, enum pack_form form)
{
	buf_clear(&a->packed);
	keep_packed(a, e, pack_flow(&a->kept, form, &a->packed));
}

/* The list has a new flow. */
static void show_new(struct aggregate *a, const struct item *item, uint32_t ref)
{
	const struct aggregate_visitor *visitor = item->list->visitor;
	const struct shape *shape = shape_marked(item->shape, item->length);
	struct plain_tuple tuple;

	item->list->told++;
	if (likely(shape != NULL && plain_tuple(aggregate_bytes_of(a, item), shape, a->reading, &tuple))) {
		visitor->visit_tuple(visitor->context, &tuple, ref);
		return;
	}
	aggregate_open_item(a, item, &a->newcomer);
	visitor->visit(visitor->context, &a->newcomer, ref);
}

static void append(struct aggregate *a, const struct item *item)
{
	uint32_t ref = slab_alloc(&a->entries);
	struct entry *e = aggregate_entry(a, ref);

	*e = (struct entry){ .id = item->id,
			     .order = item->order,
			     .form = item->form,
			     .flags = item->flags,
			     .shape = item->shape.number,
			     .shape_stamp = item->shape.stamp };
	set_body(a, e, aggregate_bytes_of(a, item), item->length);
	__builtin_prefetch((uint8_t *)e + FETCH_ENTRY, 1);
	aggregate_append(a, item->list, ref);
	if (item->flags & ENTRY_KEYED)
		aggregate_file(a, item->list, e->id, ref);
	if (item->list->visitor != NULL)
		show_new(a, item, ref);
}

/* Whether the service of the record answered, as far as its protocol tells. */
static bool is_answered(struct flow *f)
{
	static const uint32_t seen = TCP_ESTABLISHED | TCP_FIN | TCP_FIN_ACKED | TCP_NORMAL_CLOSE | TCP_SRC_RESET | TCP_DST_RESET;
	const struct flow_key *key = flow_key(f);
	const struct metric *metric = flow_metric(f);
	const struct tcp *tcp = flow_tcp(f);

	if (key->layout != LAYOUT_IPV4 && key->layout != LAYOUT_IPV6)
		return true;
	if (tcp != NULL)
		return tcp->status & seen;
	if (key->proto != PROTO_UDP && key->proto != PROTO_ICMP && key->proto != PROTO_ICMP6)
		return true;
	return metric->pkts[SRC] > 0 && metric->pkts[DST] > 0;
}

/* What has to see each record before it is merged: timers, -A. */
static bool is_watched(const struct aggregate_list *list)
{
	return (list->status | list->idle) != 0 || list->by_answer;
}

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

	if (e->form != PACK_OPEN || e->flags & ENTRY_REPORTED || is_watched(list))
		return false;
	pack_members(flow, &members);
	if (!merge_in_place(aggregate_merge(a, list), &members, newcomer))
		return false;
	pack_set_have(flow, members.have);
	return true;
}

static int merge_opened(struct aggregate *a, struct aggregate_list *list, struct entry *e, struct flow *newcomer)
{
	bool is_reported = e->flags & ENTRY_REPORTED;
	bool is_other = list->by_answer && a->is_answered != !!(e->flags & ENTRY_ANSWERED);

	aggregate_open_entry(a, list, e, &a->kept);
	if (!is_reported && (is_other || (is_watched(list) && is_due(list, &a->kept, newcomer)))) {
		if (aggregate_put_out(a, list, &a->kept) < 0)
			return -1;
		aggregate_open_entry(a, list, e, &a->kept); /* as it was before the output's changes */
		is_reported = true;
	}
	if (is_reported) {
		merge_zero(&a->kept);
		merge_restart(aggregate_merge(a, list), &a->kept, newcomer);
	} else {
		merge_flow(aggregate_merge(a, list), &a->kept, newcomer);
	}
	aggregate_keep(a, e, PACK_OPEN); /* more will be merged into it */
	e->flags |= a->is_answered ? ENTRY_ANSWERED : 0;
	return 0;
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

static int merge_into(struct aggregate *a, struct aggregate_list *list, uint32_t ref, struct flow *newcomer,
		      uint64_t order)
{
	struct entry *e = aggregate_entry(a, ref);

	if (!merge_packed(a, list, e, newcomer) && merge_opened(a, list, e, newcomer) < 0)
		return -1;
	aggregate_touch(a, list, ref, order);
	return 0;
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

static inline bool open_marked(const struct aggregate *a, struct plain *p, const uint8_t *bytes, uint32_t length,
			       struct shape_mark mark)
{
	const struct shape *shape = shape_marked(mark, length);

	return likely(shape != NULL) ? plain_open_tuple(p, bytes, shape) : plain_open(p, bytes, length, a->reading);
}

static inline const uint8_t *key_in(const uint8_t *bytes, const struct shape *s)
{
	return bytes + (size_t)s->index[DSR_FLOW].words_at * 4;
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
	       same_words(key_in(store_at(&a->store, e->body), kept), key_in(aggregate_bytes_of(a, item), newcomer),
			  (size_t)kept->index[DSR_FLOW].words * 4);
}

/* The entry's record becomes what it was merged to, with what its statistics are made of in front. */
static void take_merged(struct aggregate *a, struct entry *e, uint8_t form, const uint8_t *bytes, size_t length)
{
	aggregate_replace_record(a, e, bytes, length);
	e->form = form;
	e->flags &= (uint8_t)~ENTRY_COUNTED;
}

/* Most records that are merged are as probes write them. */
static bool merge_usual_records(struct aggregate *a, const struct aggregate_list *list, struct entry *e, const struct item *item)
{
	const struct shape *kept = shape_marked((struct shape_mark){ e->shape_stamp, e->shape }, e->length);
	const struct shape *newcomer = shape_marked(item->shape, item->length);
	uint8_t room[sizeof(struct pair) + MERGE_USUAL_MAX];
	struct pair pair;
	size_t length;

	if (kept == NULL || newcomer == NULL)
		return false;
	length = merge_usual(aggregate_merge(a, list), store_at(&a->store, e->body), kept, aggregate_bytes_of(a, item), newcomer,
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
	if (!merge_plain(aggregate_merge(a, list), &kept, &newcomer, is_pair ? &pair : NULL, &pen))
		return false;
	take_merged(a, e, is_pair ? ENTRY_MERGED_PAIR : PACK_RECORD, room, pen_used(&pen));
	return true;
}

/* The record is merged into the entry's, which the list leaves both as they are. */
static bool merge_bytes(struct aggregate *a, const struct aggregate_list *list, struct entry *e, const struct item *item)
{
	return !key_changes_flows(list->key) && !(e->flags & (ENTRY_RMON | ENTRY_REVERSED)) &&
	       (merge_usual_records(a, list, e, item) || merge_records(a, list, e, item));
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
	    is_watched(list) || list->flush != NULL)
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
	if (!merge_plain_in_place(aggregate_merge(a, list), &members, &newcomer, &key, is_reversed))
		return false;
	pack_set_have(image, members.have);
	return true;
}

/* The record of an entry is laid open, or the first one of a pair, and the second one merged
 * into it. False: nothing is done. */
static bool lay_open(struct aggregate *a, const struct aggregate_list *list, struct entry *e)
{
	const uint8_t *first = store_at(&a->store, e->body);
	uint32_t length = e->form == ENTRY_PAIR ? get_be16(first + 2) * 4u : e->length;

	open_packed(a, list, &a->kept, PACK_RECORD, e->flags, first, length);
	if (flow_agr(&a->kept)->count == 0)
		return false;
	flow_edit(&a->kept, DSR_AGR);
	buf_clear(&a->packed);
	pack_flow(&a->kept, PACK_OPEN, &a->packed);
	if (length < e->length && !merge_into_image(a, list, (uint8_t *)a->packed.data, e->flags, first + length,
						    e->length - length, (struct shape_mark){ 0 }))
		return false;
	keep_packed(a, e, PACK_OPEN);
	return true;
}

/* A plain record meets an entry of several, or one that is looked at otherwise, and nothing has
 * to see what comes of them. */
static bool take_in(struct aggregate *a, struct aggregate_list *list, uint32_t ref, const struct item *item)
{
	struct entry *e = aggregate_entry(a, ref);
	bool is_record = (e->form == ENTRY_PAIR || e->form == PACK_RECORD) && e->flags & ENTRY_PLAIN;

	if (item->form != PACK_RECORD || !(item->flags & ENTRY_PLAIN) || e->flags & ENTRY_REPORTED || is_watched(list) ||
	    list->flush != NULL)
		return false;
	if (e->form != PACK_OPEN && (!is_record || !lay_open(a, list, e)))
		return false;
	if (!merge_into_image(a, list, store_at(&a->store, e->body), item->flags, aggregate_bytes_of(a, item), item->length, item->shape))
		return false;
	aggregate_touch(a, list, ref, item->order);
	return true;
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
	uint32_t ref = is_keyed ? aggregate_find(a, list, item->id) : 0;

	a->is_opposed = false;
	a->is_answered = item->flags & ENTRY_ANSWERED;
	if (ref != 0 && (pair_up(a, list, ref, item) || take_in(a, list, ref, item)))
		return 0;
	if (ref != 0)
		aggregate_open_item(a, item, &a->newcomer);
	else if (list->is_correcting && is_keyed)
		ref = aggregate_find_opposite(a, list, item);
	if (ref == 0 && aggregate_spills(a, list))
		return aggregate_spill(a, list, item);
	if (ref == 0)
		append(a, item);
	else if (merge_into(a, list, ref, &a->newcomer, item->order) < 0)
		return -1;
	return list->flush != NULL ? flush_complete(a, list, ref != 0 ? ref : list->order.refs[list->order.end - 1]) : 0;
}

#define FETCH_MAX 512u

/* What the newcomer will touch of the entry: the flow that it is merged into, with the room
 * behind it, and its place in the order. */
static void fetch_flow(const struct aggregate *a, const struct entry *e, const struct item *item)
{
	size_t size = e->form == PACK_RECORD ? store_room(e->body) : aggregate_body_size(e);

	fetch_bytes(store_at(&a->store, e->body), size < FETCH_MAX ? size + 1 : FETCH_MAX);
	__builtin_prefetch(&item->list->order.refs[e->place], 1);
}

/* Two rounds over the batch bring in what the third needs: first the entries, whose
 * places the table tells, then the bodies, whose places the entries tell. */
static void fetch_ahead(struct aggregate *a)
{
	uint32_t refs[BATCH + SHAPED_MAX];

	for (unsigned i = 0; i < a->waiting; i++) {
		struct htab_probe probe = htab_start(&a->batch[i].list->table, aggregate_tag(a->batch[i].id));

		refs[i] = htab_next(&a->batch[i].list->table, &probe);
		if (refs[i] != 0)
			aggregate_fetch(a, refs[i]);
	}
	for (unsigned i = 0; i < a->waiting; i++)
		if (refs[i] != 0)
			fetch_flow(a, aggregate_entry(a, refs[i]), &a->batch[i]);
}

int aggregate_drain(struct aggregate *a)
{
	int result = 0;

	if (a->waiting > 1)
		fetch_ahead(a);
	for (unsigned i = 0; i < a->waiting && result == 0; i++)
		result = aggregate_work_off(a, &a->batch[i]);
	a->waiting = 0;
	buf_clear(&a->bytes);
	return result;
}

static void turn_round(struct plain_tuple *t)
{
	const uint8_t *addr = t->addr[SRC];
	uint16_t port = t->port[SRC];

	t->addr[SRC] = t->addr[DST];
	t->addr[DST] = addr;
	t->port[SRC] = t->port[DST];
	t->port[DST] = port;
}

/* The same as id_of(), from the bytes of a plain record. False: it has to be opened. */
static bool identify_plain(struct aggregate *a, struct item *item, struct hash128 *id)
{
	const uint8_t *bytes = aggregate_bytes_of(a, item);
	const struct key *key = item->list->key;
	const struct shape *shape;
	struct plain_tuple tuple;
	struct flow_key room;

	if (item->form != PACK_RECORD || !key_is_told_by_tuple(key) || (shape = shape_of(bytes, item->length)) == NULL ||
	    !plain_tuple(bytes, shape, a->reading, &tuple))
		return false;
	if (item->flags & ENTRY_REVERSED)
		turn_round(&tuple);
	if (!key_prepare_tuple(key, &tuple, &room) || !hash_plain_key(key, &tuple, a->seed, id))
		return false;
	item->shape = shape_mark(shape);
	return true;
}

/* The identity of the record as the list sees it. A record that its list changes is
 * looked at in the copy that waits. */
static struct hash128 id_of(struct aggregate *a, struct item *item, struct flow *f)
{
	struct hash128 id;

	if ((item->flags & ENTRY_LOOKS) == ENTRY_PLAIN && !key_changes_flows(item->list->key))
		return aggregate_id(a, item->list, f, false);
	if (identify_plain(a, item, &id))
		return id;
	aggregate_open_item(a, item, &a->newcomer);
	return aggregate_id(a, item->list, &a->newcomer, false);
}

/* What can be told of a record at a glance. */
static inline uint8_t flags_of_record(const struct flow *f)
{
	return (f->indexed & DSR_BIT(DSR_AGR) ? ENTRY_COUNTED : 0) |
	       (f->indexed & ~(PLAIN_DSRS | PLAIN_NUMBERS) ? 0 : ENTRY_GROWS);
}

/* The next item of the batch. */
static struct item *make_item(struct aggregate *a, struct aggregate_list *list, struct flow *f, enum aggregate_view view)
{
	static const uint8_t looks[] = { ENTRY_PLAIN, ENTRY_PLAIN | ENTRY_RMON,
					 ENTRY_PLAIN | ENTRY_RMON | ENTRY_REVERSED };
	struct item *item = &a->batch[a->waiting];

	item->list = list;
	item->read = NULL;
	item->shape.stamp = 0;
	item->flags = looks[view] | (list->key->objects != 0 ? ENTRY_KEYED : 0) | flags_of_record(f);
	if (list->by_answer && is_answered(f))
		item->flags |= ENTRY_ANSWERED;
	item->flow_at = a->bytes.length;
	item->form = (uint8_t)pack_flow(f, PACK_RECORD, &a->bytes);
	item->length = (uint32_t)(a->bytes.length - item->flow_at);
	return item;
}

/* The next item of the batch, of a record whose key is told by its bytes; NULL: it has to be opened. */
static INLINED struct item *make_plain_item(struct aggregate *a, struct aggregate_list *list, const uint8_t *bytes,
					    const struct shape *shape)
{
	struct item *item = &a->batch[a->waiting];
	struct plain_tuple tuple;

	if (!read_plain_tuple(bytes, shape, a->reading, &tuple) || !hash_plain_key(list->key, &tuple, a->seed, &item->id))
		return NULL;
	item->list = list;
	item->shape = shape_mark(shape);
	item->form = PACK_RECORD;
	item->flags = ENTRY_PLAIN | ENTRY_KEYED | ENTRY_GROWS | (shape->indexed & DSR_BIT(DSR_AGR) ? ENTRY_COUNTED : 0);
	item->length = shape->length;
	item->read = bytes;
	return item;
}

/* What stands where it was read is copied, for it goes on waiting. */
static COLD void copy_read(struct aggregate *a)
{
	for (struct item *item = a->batch; item < a->batch + a->waiting; item++) {
		if (item->read == NULL)
			continue;
		item->flow_at = a->bytes.length;
		buf_add(&a->bytes, item->read, item->length);
		item->read = NULL;
	}
}

HOT int aggregate_add_records(struct aggregate *a, struct aggregate_list *list, const struct shaped_records *records)
{
	unsigned count = 0;

	for (; list->takes_records && count < records->count; count++) {
		struct item *item = make_plain_item(a, list, records->bytes[count], records->shape[count]);

		if (item == NULL)
			break;
		item->order = a->orders++;
		htab_prefetch(&list->table, aggregate_tag(item->id));
		a->waiting++;
	}
	if (likely(a->waiting >= BATCH))
		return aggregate_drain(a) == 0 ? (int)count : -1;
	copy_read(a);
	return (int)count;
}

int aggregate_add(struct aggregate *a, struct aggregate_list *list, struct flow *f, enum aggregate_view view)
{
	struct item *item = make_item(a, list, f, view);

	item->order = a->orders++;
	if (item->flags & ENTRY_KEYED) {
		item->id = id_of(a, item, f);
		htab_prefetch(&list->table, aggregate_tag(item->id));
	}
	return ++a->waiting < BATCH ? 0 : aggregate_drain(a);
}

static int append_prepared(struct aggregate *a, struct item *item, struct flow *f)
{
	struct aggregate_list *list = item->list;

	buf_clear(&a->bytes);
	item->form = (uint8_t)pack_flow(f, f->dirty != 0 ? PACK_OPEN : PACK_RECORD, &a->bytes);
	item->flags |= item->form == PACK_RECORD ? ENTRY_PLAIN | flags_of_record(f) : 0;
	item->length = (uint32_t)a->bytes.length;
	if (aggregate_spills(a, list))
		return aggregate_spill(a, list, item);
	append(a, item);
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
		result = merge_into(a, list, ref, f, item->order);
		return result == 0 && list->flush != NULL ? flush_complete(a, list, ref) : result;
	}
	result = append_prepared(a, item, f);
	buf_clear(&a->bytes);
	return result;
}

void aggregate_fetch_place(const struct aggregate *a, const struct aggregate_list *list)
{
	htab_prefetch(&list->table, a->prepared);
	aggregate_fetch_run(a, list);
}

void aggregate_set_order(struct aggregate *a, uint64_t order) { a->orders = order; }

/* Both directions of a flow must come to the same share if they can be merged, and an ICMP
 * reply to that of its request. */
uint64_t aggregate_spread(struct aggregate *a, const struct aggregate_list *list, struct flow *f, struct hash128 id)
{
	if (!list->is_correcting)
		return id.high;
	if (flow_key(f)->proto == PROTO_ICMP)
		return 0;
	return id.high ^ aggregate_id(a, list, f, true).high;
}

unsigned aggregate_share(struct aggregate *a, const struct aggregate_list *list, struct flow *f,
			 enum aggregate_view view, unsigned shares)
{
	struct item *item;
	uint64_t spread;

	if (list->key->objects == 0)
		return 0;
	buf_clear(&a->bytes);
	item = make_item(a, (struct aggregate_list *)list, f, view);
	item->id = id_of(a, item, f);
	if (list->is_correcting)
		aggregate_open_item(a, item, &a->newcomer);
	spread = aggregate_spread(a, list, &a->newcomer, item->id);
	return (unsigned)(spread >> 32) % shares;
}
