/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/query/aggregate.h"

#include "common/query/aggregate.h"

#define NO_LIST UINT32_MAX

struct aggregate *aggregate_new(const struct flow_reading *reading, aggregate_output *output, void *context)
{
	struct aggregate *a = xcalloc(1, sizeof *a);

	a->reading = reading;
	a->output = output;
	a->context = context;
	a->seed = hash_seed();
	htab_init(&a->table, 0);
	slab_init(&a->entries, sizeof(struct entry));
	store_init(&a->store);
	return a;
}

void aggregate_free(struct aggregate *a)
{
	if (a == NULL)
		return;
	htab_fini(&a->table);
	slab_fini(&a->entries);
	store_fini(&a->store);
	buf_fini(&a->bytes);
	buf_fini(&a->packed);
	free(a->lists);
	free(a);
}

void aggregate_limit(struct aggregate *a, size_t limit, struct err *err)
{
	/* Flows in memory grow as others are merged into them: a third is kept for that. */
	a->limit = limit / 3 * 2;
	a->err = err;
}

size_t aggregate_size(const struct aggregate *a)
{
	return a->store.held + slab_size(&a->entries) +
	       ((size_t)a->table.mask + 1) * sizeof(struct htab_slot);
}

void aggregate_list_init(struct aggregate *a, struct aggregate_list *list)
{
	uint32_t id = a->free_list;

	while (id < a->list_count && a->lists[id] != NULL)
		id++;
	if (id == a->list_count) {
		a->lists = xrealloc(a->lists, (id + 1) * 2 * sizeof(struct aggregate_list *));
		a->list_count = (id + 1) * 2;
		memset(a->lists + id, 0, (a->list_count - id) * sizeof(struct aggregate_list *));
	}
	a->lists[id] = list;
	a->free_list = id + 1;
	list->id = id;
	list->head = list->tail = 0;
	list->count = 0;
	list->parts = NULL;
}

void aggregate_list_fini(struct aggregate *a, struct aggregate_list *list)
{
	a->lists[list->id] = NULL;
	if (list->id < a->free_list)
		a->free_list = list->id;
	list->id = NO_LIST;
}

struct entry *aggregate_entry(const struct aggregate *a, uint32_t ref)
{
	return slab_at(&a->entries, ref);
}

static void link_last(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	struct entry *e = aggregate_entry(a, ref);

	e->prev = list->tail;
	e->next = 0;
	if (list->tail != 0)
		aggregate_entry(a, list->tail)->next = ref;
	else
		list->head = ref;
	list->tail = ref;
	list->count++;
}

static void unlink_entry(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	struct entry *e = aggregate_entry(a, ref);

	if (e->prev != 0)
		aggregate_entry(a, e->prev)->next = e->next;
	else
		list->head = e->next;
	if (e->next != 0)
		aggregate_entry(a, e->next)->prev = e->prev;
	else
		list->tail = e->prev;
	list->count--;
}

static void forget(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	struct entry *e = aggregate_entry(a, ref);

	unlink_entry(a, list, ref);
	if (e->flags & ENTRY_KEYED && a->table.used > 0)
		htab_remove(&a->table, aggregate_tag(e->list, e->id), ref);
	store_release(&a->store, e->body);
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
	size_t first = length;

	if (form == ENTRY_PAIR)
		first = (size_t)get_be16(bytes + 2) * 4; /* a record begins with its length */
	open_packed(a, list, f, form == ENTRY_PAIR ? PACK_RECORD : (enum pack_form)form, flags, bytes, first);
	if (first == length)
		return;
	open_packed(a, list, &a->second, PACK_RECORD, flags, bytes + first, length - first);
	merge_flow(list->merge, f, &a->second);
}

static void open_entry(struct aggregate *a, const struct aggregate_list *list, const struct entry *e, struct flow *f)
{
	aggregate_open(a, list, f, e->form, e->flags, store_at(&a->store, e->body), e->length);
}

static void open_item(struct aggregate *a, const struct item *item, struct flow *f)
{
	const uint8_t *flow = (const uint8_t *)a->bytes.data + item->flow_at;

	aggregate_open(a, item->list, f, item->form, item->flags, flow, item->length);
}

/* A record is kept with room for a second one. */
static void set_body(struct aggregate *a, struct entry *e, const void *flow, size_t length)
{
	e->body = store_alloc(&a->store, e->form == PACK_RECORD && e->flags & ENTRY_KEYED ? 2 * length + 8 : length);
	memcpy(store_at(&a->store, e->body), flow, length);
	e->length = (uint32_t)length;
}

/* Packs the flow that stands in `kept`, and may have borrowed from the entry's body,
 * into the entry. Flows of three records are many, and are kept small. Into one that is
 * merged again much will be merged yet: it is kept open. */
static void keep(struct aggregate *a, struct entry *e)
{
	struct store_ref old = e->body;

	buf_clear(&a->packed);
	e->form = (uint8_t)pack_flow(&a->kept, e->form == PACK_RECORD || e->form == ENTRY_PAIR ? PACK_SQUEEZED : PACK_OPEN, &a->packed);
	e->flags &= ENTRY_KEYED;
	if (a->packed.length <= store_room(old)) {
		memcpy(store_at(&a->store, old), a->packed.data, a->packed.length);
		e->length = (uint32_t)a->packed.length;
		return;
	}
	set_body(a, e, a->packed.data, a->packed.length);
	store_release(&a->store, old);
}

/* Whether the aggregation DSR says nothing that does not follow from the record. */
static bool is_trivial(const struct agr *agr, struct flow *f)
{
	float seconds = (float)((double)flow_duration(f) / 1e6);

	return agr->count == 1 && agr->metric == METRIC_DURATION && agr->active.n <= 1 && agr->active.mean == seconds;
}

/* A flow leaves: what 2.5 and norep say of its count of records, then the output. */
int aggregate_put_out(struct aggregate *a, struct aggregate_list *list, struct flow *f)
{
	if (flow_has(f, DSR_AGR)) {
		const struct agr *agr = flow_agr(f);

		if (!agr->is_implied && is_trivial(agr, f))
			flow_drop(f, DSR_AGR);
	}
	if (list->drops_counts) {
		flow_drop(f, DSR_AGR);
		f->agr = (struct agr){ .metric = METRIC_DURATION }; /* prints as 0 records, is not written */
	}
	return a->output(a->context, list, f);
}

static int put_out_entry(struct aggregate *a, struct aggregate_list *list, const struct entry *e)
{
	open_entry(a, list, e, &a->kept);
	return aggregate_put_out(a, list, &a->kept);
}

static uint32_t lookup(const struct aggregate *a, const struct aggregate_list *list, struct hash128 id)
{
	struct htab_probe probe = htab_start(&a->table, aggregate_tag(list->id, id));
	uint32_t ref;

	while ((ref = htab_next(&a->table, &probe)) != 0) {
		const struct entry *e = aggregate_entry(a, ref);

		if (e->id.low == id.low && e->id.high == id.high && e->list == list->id)
			break;
	}
	return ref;
}

struct hash128 aggregate_id(struct aggregate *a, const struct aggregate_list *list, struct flow *f, bool reversed)
{
	size_t length = reversed ? key_build_reversed(list->key, f, a->key) : key_build(list->key, f, a->key);

	return hash_bytes128(a->key, length, a->seed);
}

static void append(struct aggregate *a, const struct item *item)
{
	uint32_t ref = slab_alloc(&a->entries);
	struct entry *e = aggregate_entry(a, ref);

	*e = (struct entry){ .id = item->id,
			     .list = item->list->id,
			     .order = item->order,
			     .form = item->form,
			     .flags = item->flags };
	set_body(a, e, a->bytes.data + item->flow_at, item->length);
	link_last(a, item->list, ref);
	if (item->flags & ENTRY_KEYED)
		htab_add(&a->table, aggregate_tag(e->list, e->id), ref);
}

/* Turns the flow of an entry round and files it under its new key. */
static void reverse_entry(struct aggregate *a, const struct aggregate_list *list, uint32_t ref)
{
	struct entry *e = aggregate_entry(a, ref);

	open_entry(a, list, e, &a->kept);
	flow_reverse(&a->kept);
	htab_remove(&a->table, aggregate_tag(e->list, e->id), ref);
	e->id = aggregate_id(a, list, &a->kept, false);
	keep(a, e);
	htab_add(&a->table, aggregate_tag(e->list, e->id), ref);
}

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ESP = 50, PROTOCOL_ICMPV6 = 58 };

static bool saw(struct flow *f, uint32_t status)
{
	const struct tcp *tcp = flow_tcp(f);

	return tcp != NULL && (tcp->status & status) == status;
}

/* An entry holds the opposite direction of `newcomer`: 4.2 step 4 tells which of the
 * two is turned round. 0: they are different connections. */
static uint32_t match_opposite(struct aggregate *a, const struct aggregate_list *list, uint32_t ref)
{
	struct flow *r = &a->newcomer;

	if (flow_key(r)->proto == PROTOCOL_TCP) {
		open_entry(a, list, aggregate_entry(a, ref), &a->kept);
		if (saw(&a->kept, TCP_SAW_SYN) && saw(r, TCP_SAW_SYN)) {
			a->is_opposed = true;
			return 0;
		}
		if (saw(r, TCP_SAW_SYN) || saw(r, TCP_SAW_SYNACK | TCP_ESTABLISHED)) {
			reverse_entry(a, list, ref);
			return ref;
		}
	}
	flow_reverse(r);
	return ref;
}

static int complement_of(uint8_t type)
{
	static const uint8_t pairs[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 }, { 10, 9 } };

	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++)
		for (int side = 0; side < 2; side++)
			if (pairs[i][side] == type)
				return pairs[i][1 - side];
	return -1;
}

/* A lone ICMP reply belongs to its request: the same ends, or exchanged, with the
 * complementary type. */
static uint32_t find_icmp(struct aggregate *a, const struct aggregate_list *list)
{
	struct flow *r = &a->newcomer;
	struct flow_key saved = *flow_key(r), *key;
	uint32_t ref = 0;
	int type = complement_of(saved.u.ip.type);

	if (saved.layout != LAYOUT_IPV4 || saved.proto != PROTOCOL_ICMP || type < 0)
		return 0;
	for (int turned = 0; turned < 2 && ref == 0; turned++) {
		key = flow_edit(r, DSR_FLOW);
		key->u.ip.type = (uint8_t)type;
		ref = lookup(a, list, aggregate_id(a, list, r, turned));
		*key = saved;
		if (ref != 0 && turned)
			flow_reverse(r);
	}
	return ref;
}

/* The newcomer's key is not there. Looks for its opposite direction and, if there is
 * one, leaves `newcomer` opened and turned as it has to be. */
static uint32_t find_opposite(struct aggregate *a, const struct item *item)
{
	const struct flow_key *key;
	uint32_t ref;

	open_item(a, item, &a->newcomer);
	key = flow_key(&a->newcomer);
	if ((key->layout != LAYOUT_IPV4 && key->layout != LAYOUT_IPV6) || key->proto == PROTOCOL_ESP)
		return 0;
	ref = lookup(a, item->list, aggregate_id(a, item->list, &a->newcomer, true));
	return ref != 0 ? match_opposite(a, item->list, ref) : find_icmp(a, item->list);
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
	if (key->proto != PROTOCOL_UDP && key->proto != PROTOCOL_ICMP && key->proto != PROTOCOL_ICMPV6)
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
	if (!merge_in_place(list->merge, &members, newcomer))
		return false;
	pack_set_have(flow, members.have);
	return true;
}

static int merge_opened(struct aggregate *a, struct aggregate_list *list, struct entry *e, struct flow *newcomer)
{
	bool is_reported = e->flags & ENTRY_REPORTED;
	bool is_other = list->by_answer && a->is_answered != !!(e->flags & ENTRY_ANSWERED);

	open_entry(a, list, e, &a->kept);
	if (!is_reported && (is_other || (is_watched(list) && is_due(list, &a->kept, newcomer)))) {
		if (aggregate_put_out(a, list, &a->kept) < 0)
			return -1;
		open_entry(a, list, e, &a->kept); /* as it was before the output's changes */
		is_reported = true;
	}
	if (is_reported) {
		merge_zero(&a->kept);
		merge_restart(list->merge, &a->kept, newcomer);
	} else {
		merge_flow(list->merge, &a->kept, newcomer);
	}
	keep(a, e);
	e->flags |= a->is_answered ? ENTRY_ANSWERED : 0;
	return 0;
}

/* The entry is the one that was updated last. */
static void touch(struct aggregate *a, struct aggregate_list *list, uint32_t ref, uint64_t order)
{
	if (list->keeps_order)
		return;
	aggregate_entry(a, ref)->order = order;
	if (list->tail != ref) {
		unlink_entry(a, list, ref);
		link_last(a, list, ref);
	}
}

static int merge_into(struct aggregate *a, struct aggregate_list *list, uint32_t ref, struct flow *newcomer,
		      uint64_t order)
{
	struct entry *e = aggregate_entry(a, ref);

	if (!merge_packed(a, list, e, newcomer) && merge_opened(a, list, e, newcomer) < 0)
		return -1;
	touch(a, list, ref, order);
	return 0;
}

/* Puts a record beside the only one of the entry, unless something has to see what comes
 * of them. */
static bool pair_up(struct aggregate *a, struct aggregate_list *list, uint32_t ref, const struct item *item)
{
	struct entry *e = aggregate_entry(a, ref);

	if (e->form != PACK_RECORD || item->form != PACK_RECORD || e->flags != item->flags ||
	    e->length + item->length > store_room(e->body) || is_watched(list) || list->flush != NULL)
		return false;
	memcpy((uint8_t *)store_at(&a->store, e->body) + e->length, a->bytes.data + item->flow_at, item->length);
	e->length += item->length;
	e->form = ENTRY_PAIR;
	touch(a, list, ref, item->order);
	return true;
}

/* Puts the list's last flow out if its rule's filter says that it is complete. */
static int flush_complete(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	open_entry(a, list, aggregate_entry(a, ref), &a->kept);
	if (!filter_match(list->flush, &a->kept))
		return 0;
	if (aggregate_put_out(a, list, &a->kept) < 0)
		return -1;
	forget(a, list, ref);
	return 0;
}

int aggregate_work_off(struct aggregate *a, const struct item *item)
{
	struct aggregate_list *list = item->list;
	bool is_keyed = item->flags & ENTRY_KEYED;
	uint32_t ref = is_keyed ? lookup(a, list, item->id) : 0;

	a->is_opposed = false;
	a->is_answered = item->flags & ENTRY_ANSWERED;
	if (ref != 0 && pair_up(a, list, ref, item))
		return 0;
	if (ref != 0)
		open_item(a, item, &a->newcomer);
	else if (list->is_correcting && is_keyed)
		ref = find_opposite(a, item);
	if (ref == 0 && aggregate_spills(a, list, item))
		return aggregate_spill(a, list, item);
	if (ref == 0)
		append(a, item);
	else if (merge_into(a, list, ref, &a->newcomer, item->order) < 0)
		return -1;
	return list->flush != NULL ? flush_complete(a, list, ref != 0 ? ref : list->tail) : 0;
}

/* Two rounds over the batch bring in what the third needs: first the entries, whose
 * places the table tells, then the bodies, whose places the entries tell. */
static void fetch_ahead(struct aggregate *a)
{
	uint32_t refs[BATCH];

	for (unsigned i = 0; i < a->waiting; i++) {
		struct htab_probe probe = htab_start(&a->table, aggregate_tag(a->batch[i].list->id, a->batch[i].id));

		refs[i] = htab_next(&a->table, &probe);
		if (refs[i] != 0)
			__builtin_prefetch(aggregate_entry(a, refs[i]));
	}
	for (unsigned i = 0; i < a->waiting; i++) {
		const struct entry *e;
		const uint8_t *body;

		if (refs[i] == 0)
			continue;
		e = aggregate_entry(a, refs[i]);
		body = store_at(&a->store, e->body);
		for (uint32_t at = 0; at < e->length && at < 512; at += 64)
			__builtin_prefetch(body + at);
		if (e->prev != 0)
			__builtin_prefetch(aggregate_entry(a, e->prev), 1);
		if (e->next != 0)
			__builtin_prefetch(aggregate_entry(a, e->next), 1);
	}
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

/* The identity of the record as the list sees it. A record that its list changes is
 * looked at in the copy that waits. */
static struct hash128 id_of(struct aggregate *a, const struct item *item, struct flow *f)
{
	if ((item->flags & ENTRY_LOOKS) == ENTRY_PLAIN && !key_changes_flows(item->list->key))
		return aggregate_id(a, item->list, f, false);
	open_item(a, item, &a->newcomer);
	return aggregate_id(a, item->list, &a->newcomer, false);
}

int aggregate_add(struct aggregate *a, struct aggregate_list *list, struct flow *f, enum aggregate_view view)
{
	static const uint8_t looks[] = { ENTRY_PLAIN, ENTRY_PLAIN | ENTRY_RMON,
					 ENTRY_PLAIN | ENTRY_RMON | ENTRY_REVERSED };
	struct item *item = &a->batch[a->waiting];

	item->list = list;
	item->flags = looks[view] | (list->key->objects != 0 ? ENTRY_KEYED : 0);
	if (list->by_answer && is_answered(f))
		item->flags |= ENTRY_ANSWERED;
	item->order = a->orders++;
	item->flow_at = a->bytes.length;
	item->form = (uint8_t)pack_flow(f, PACK_RECORD, &a->bytes);
	item->length = (uint32_t)(a->bytes.length - item->flow_at);
	if (item->flags & ENTRY_KEYED) {
		item->id = id_of(a, item, f);
		htab_prefetch(&a->table, aggregate_tag(list->id, item->id));
	}
	return ++a->waiting < BATCH ? 0 : aggregate_drain(a);
}

static int append_prepared(struct aggregate *a, struct item *item, struct flow *f)
{
	struct aggregate_list *list = item->list;

	buf_clear(&a->bytes);
	item->form = (uint8_t)pack_flow(f, f->dirty != 0 ? PACK_OPEN : PACK_RECORD, &a->bytes);
	item->flags |= item->form == PACK_RECORD ? ENTRY_PLAIN : 0;
	item->length = (uint32_t)a->bytes.length;
	if (aggregate_spills(a, list, item))
		return aggregate_spill(a, list, item);
	append(a, item);
	return list->flush != NULL ? flush_complete(a, list, list->tail) : 0;
}

/* The flow need not wait, nor be packed, unless its key is new: what was prepared is
 * one of several pieces whose common parts are decoded already. */
int aggregate_add_prepared(struct aggregate *a, struct aggregate_list *list, struct flow *f)
{
	struct item item = { .list = list, .flags = list->key->objects != 0 ? ENTRY_KEYED : 0 };
	uint32_t ref = 0;
	int result;

	if (a->waiting > 0 && aggregate_drain(a) < 0)
		return -1;
	a->is_opposed = false;
	item.order = a->orders++;
	if (item.flags & ENTRY_KEYED) {
		item.id = aggregate_id(a, list, f, false);
		ref = lookup(a, list, item.id);
	}
	if (ref != 0) {
		result = merge_into(a, list, ref, f, item.order);
		return result == 0 && list->flush != NULL ? flush_complete(a, list, ref) : result;
	}
	result = append_prepared(a, &item, f);
	buf_clear(&a->bytes);
	return result;
}

int aggregate_expire(struct aggregate *a, struct aggregate_list *list, uint64_t now)
{
	if (list->idle == 0)
		return 0;
	if (aggregate_drain(a) < 0)
		return -1;
	while (list->head != 0) {
		const struct entry *e = aggregate_entry(a, list->head);

		open_entry(a, list, e, &a->kept);
		if (flow_last(&a->kept) + list->idle > now)
			break;
		if (!(e->flags & ENTRY_REPORTED) && aggregate_put_out(a, list, &a->kept) < 0)
			return -1;
		forget(a, list, list->head);
	}
	return 0;
}

int aggregate_report(struct aggregate *a, struct aggregate_list *list, uint64_t now)
{
	if (list->status == 0)
		return 0;
	if (aggregate_drain(a) < 0)
		return -1;
	for (uint32_t ref = list->head; ref != 0; ref = aggregate_entry(a, ref)->next) {
		struct entry *e = aggregate_entry(a, ref);

		if (e->flags & ENTRY_REPORTED)
			continue;
		open_entry(a, list, e, &a->kept);
		if (flow_start(&a->kept) + list->status > now)
			continue;
		if (aggregate_put_out(a, list, &a->kept) < 0)
			return -1;
		e->flags |= ENTRY_REPORTED;
	}
	return 0;
}

/* Forgets the flows of the only list that has any, and gives their memory back. */
void aggregate_forget_all(struct aggregate *a, struct aggregate_list *list)
{
	htab_fini(&a->table);
	htab_init(&a->table, 0);
	slab_fini(&a->entries);
	slab_init(&a->entries, sizeof(struct entry));
	store_fini(&a->store);
	store_init(&a->store);
	list->head = list->tail = 0;
	list->count = 0;
}

/* Brings in what the flows after this one will need: the entry two further on, and
 * the body of the next. */
static void fetch_next(const struct aggregate *a, const struct entry *e)
{
	const struct entry *next;
	const uint8_t *body;

	if (e->next == 0)
		return;
	next = aggregate_entry(a, e->next);
	body = store_at(&a->store, next->body);
	for (uint32_t at = 0; at < next->length && at < 512; at += 64)
		__builtin_prefetch(body + at);
	if (next->next != 0)
		__builtin_prefetch(aggregate_entry(a, next->next));
}

/* Puts out the only list that there is: its flows are forgotten all at once. */
static int flush_only(struct aggregate *a, struct aggregate_list *list)
{
	for (uint32_t ref = list->head; ref != 0;) {
		const struct entry *e = aggregate_entry(a, ref);

		fetch_next(a, e);
		if (!(e->flags & ENTRY_REPORTED) && put_out_entry(a, list, e) < 0)
			return -1;
		ref = e->next;
	}
	aggregate_forget_all(a, list);
	return 0;
}

int aggregate_flush(struct aggregate *a, struct aggregate_list *list)
{
	if (aggregate_drain(a) < 0)
		return -1;
	if (list->parts != NULL)
		return aggregate_flush_spilled(a, list);
	if (a->entries.live == list->count && list->count > 0)
		return flush_only(a, list);
	while (list->head != 0)
		if (aggregate_put(a, list, list->head) < 0)
			return -1;
	return 0;
}

int aggregate_put(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	const struct entry *e = aggregate_entry(a, ref);

	fetch_next(a, e);
	if (!(e->flags & ENTRY_REPORTED) && put_out_entry(a, list, e) < 0)
		return -1;
	forget(a, list, ref);
	return 0;
}

int aggregate_each(struct aggregate *a, struct aggregate_list *list,
		   void (*visit)(void *context, struct flow *f, uint32_t ref), void *context)
{
	if (aggregate_drain(a) < 0)
		return -1;
	for (uint32_t ref = list->head; ref != 0;) {
		struct entry *e = aggregate_entry(a, ref);

		fetch_next(a, e);
		open_entry(a, list, e, &a->kept);
		visit(context, &a->kept, ref);
		if (e->form == ENTRY_PAIR) /* it will be opened again */
			keep(a, e);
		ref = e->next;
	}
	return 0;
}

void aggregate_discard(struct aggregate *a, struct aggregate_list *list)
{
	while (list->head != 0)
		forget(a, list, list->head);
}
