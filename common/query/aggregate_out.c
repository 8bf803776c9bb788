/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows leave the cache: by timers, at the end, in their list's order. */
#include "argus/record/plain.h"
#include "common/query/aggregate.h"
#include "common/record/times.h"

/* They are shown, but not written. */
static void hide_statistics(struct flow *f, struct agr shown)
{
	flow_drop(f, DSR_AGR);
	f->agr = shown;
}

/* It must not be seen whether a flow came from memory or from a file, where most have no record any
 * more: of one that was changed no part of the record is left that it does not say itself. */
static void forget_record(struct flow *f)
{
	flow_renew(f);
	f->bytes = NULL;
	f->length = 0;
	f->indexed = 0;
	f->has_unknown = false;
}

void aggregate_hide(const struct aggregate_list *list, struct flow *f)
{
	if (list->drops_counts)
		hide_statistics(f, (struct agr){ .metric = METRIC_DURATION }); /* 0 records */
	else if (list->drops_ones && flow_has(f, DSR_AGR) && flow_agr(f)->count == 1)
		hide_statistics(f, *flow_agr(f));
}

/* A flow leaves: what 2.5 and norep say of its count of records, then the output. */
int aggregate_put_out(struct aggregate *a, struct aggregate_list *list, struct flow *f)
{
	if (f->dirty != 0)
		forget_record(f);
	if (!list->is_sorted_later)
		aggregate_hide(list, f);
	return a->output(a->context, list, f);
}

int aggregate_expire(struct aggregate *a, struct aggregate_list *list, uint64_t now)
{
	uint32_t ref;

	if (list->idle == 0)
		return 0;
	if (aggregate_drain(a) < 0)
		return -1;
	while ((ref = aggregate_first(list)) != 0) {
		const struct entry *e = aggregate_entry(a, ref);

		aggregate_open_entry(a, list, e, &a->kept);
		if (flow_last(&a->kept) + list->idle > now)
			break;
		if (!(e->flags & ENTRY_REPORTED) && aggregate_put_out(a, list, &a->kept) < 0)
			return -1;
		aggregate_forget(a, list, ref);
	}
	return 0;
}

int aggregate_report(struct aggregate *a, struct aggregate_list *list, uint64_t now)
{
	if (list->status == 0)
		return 0;
	if (aggregate_drain(a) < 0)
		return -1;
	for (uint32_t i = list->order.first; i < list->order.end; i++) {
		uint32_t ref = list->order.refs[i];
		struct entry *e = ref != 0 ? aggregate_entry(a, ref) : NULL;

		if (e == NULL || e->flags & ENTRY_REPORTED)
			continue;
		aggregate_open_entry(a, list, e, &a->kept);
		if (flow_start(&a->kept) + list->status > now)
			continue;
		if (aggregate_put_out(a, list, &a->kept) < 0)
			return -1;
		e->flags |= ENTRY_REPORTED;
	}
	return 0;
}

/* The only list that has flows gives all memory back at once. */
static void forget_all(struct aggregate *a, struct aggregate_list *list)
{
	a->live = 0;
	a->run = (struct aggregate_run){ 0 };
	store_fini(&a->store);
	store_init(&a->store);
	aggregate_clear_order(a, list);
}

/* The list's table is new again afterwards. */
void aggregate_discard(struct aggregate *a, struct aggregate_list *list)
{
	aggregate_end_pieces(a);
	if (list->count == 0) {
		aggregate_clear_order(a, list);
		return;
	}
	if (a->is_ending && a->parted == 0 && a->away == 0) {
		aggregate_clear_order(a, list);
		list->run = (struct aggregate_run){ 0 };
		return;
	}
	aggregate_release_run(a, list);
	aggregate_drop_table(a, list);
	/* Many small lists may be brought back one after the other: asking the system for memory for each of
	 * them would take longer than all else. */
	if (a->live == list->count && (a->away == 0 || aggregate_held(a) > a->limit / 4 * 3)) {
		forget_all(a, list);
		return;
	}
	for (uint32_t i = list->order.first; i < list->order.end; i++) {
		if (list->order.refs[i] != 0)
			aggregate_release(a, list->order.refs[i]);
	}
	aggregate_clear_order(a, list);
}

#define FETCH_HEAD 256 /* when only a few of its columns will be looked at: most begin here */

/* A walk over a list that may be shared, in its order. */
struct walk {
	const struct aggregate_shares *shares;
	uint32_t next[AGGREGATE_SHARES_MAX]; /* places in the orders of the lists */
	unsigned share; /* of the flow that the walk is at */
	uint32_t fetched; /* bytes of each flow */
};

/* Brings in what the flows further on in a list will need. */
static INLINED void fetch_ahead(const struct aggregate *a, const struct aggregate_order *o, uint32_t place, uint32_t size)
{
	const struct entry *e;

	if (likely(place + ENTRY_AHEAD < o->end) && o->refs[place + ENTRY_AHEAD] != 0)
		aggregate_fetch(a, o->refs[place + ENTRY_AHEAD]);
	if (place + BODY_AHEAD >= o->end || o->refs[place + BODY_AHEAD] == 0)
		return;
	e = aggregate_entry(a, o->refs[place + BODY_AHEAD]);
	if (e->form != ENTRY_PIECE || size == AGGREGATE_FETCH_ALL) /* few want to see more of a piece than it has itself */
		aggregate_fetch_body(a, e, size);
}

static void walk_begin(struct walk *w, const struct aggregate_shares *shares, uint32_t fetched)
{
	w->shares = shares;
	w->share = 0;
	w->fetched = fetched;
	for (unsigned i = 0; i < shares->count; i++)
		w->next[i] = shares->list[i]->order.first;
}

/* The first entry of a share that the walk has yet to come to; NULL: none. */
static inline struct entry *peek(struct walk *w, unsigned share)
{
	const struct aggregate_order *o = &w->shares->list[share]->order;
	uint32_t *next = &w->next[share];

	while (*next < o->end && o->refs[*next] == 0)
		fetch_ahead(w->shares->aggregate[share], o, (*next)++, w->fetched);
	return *next < o->end ? aggregate_entry(w->shares->aggregate[share], o->refs[*next]) : NULL;
}

/* Of several shares the one whose entry comes first. */
static COLD struct entry *peek_shares(struct walk *w)
{
	struct entry *first = NULL;

	for (unsigned i = 0; i < w->shares->count; i++) {
		struct entry *e = peek(w, i);

		if (e != NULL && (first == NULL || e->order < first->order)) {
			first = e;
			w->share = i;
		}
	}
	return first;
}

/* The next flow's entry; NULL at the end. */
static inline struct entry *walk_next(struct walk *w, uint32_t *ref)
{
	struct entry *first = likely(w->shares->count == 1) ? peek(w, 0) : peek_shares(w);

	if (first == NULL)
		return NULL;
	*ref = w->shares->list[w->share]->order.refs[w->next[w->share]];
	fetch_ahead(w->shares->aggregate[w->share], &w->shares->list[w->share]->order, w->next[w->share]++, w->fetched);
	return first;
}

static int drain_all(const struct aggregate_shares *shares)
{
	for (unsigned i = 0; i < shares->count; i++)
		if (aggregate_gather(shares->aggregate[i], shares->list[i]) < 0)
			return -1;
	return 0;
}

bool aggregate_is_spilled(const struct aggregate_shares *shares)
{
	for (unsigned i = 0; i < shares->count; i++)
		if (shares->list[i]->parts != NULL)
			return true;
	return false;
}

int aggregate_flush_shared(const struct aggregate_shares *shares)
{
	struct made made = { 0 };
	const struct entry *e;
	struct walk w;
	int result = 0;
	uint32_t ref;

	if (drain_all(shares) < 0)
		return -1;
	if (aggregate_is_spilled(shares))
		return aggregate_flush_spilled(shares);
	walk_begin(&w, shares, AGGREGATE_FETCH_ALL);
	while (result == 0 && (e = walk_next(&w, &ref)) != NULL)
		if (!(e->flags & ENTRY_REPORTED))
			result = aggregate_put_entry(shares->aggregate[w.share], shares->list[w.share], e, &made);
	aggregate_hand_over(shares->aggregate[0], &made);
	if (result < 0)
		return -1;
	for (unsigned i = 0; i < shares->count; i++)
		aggregate_discard(shares->aggregate[i], shares->list[i]);
	return 0;
}

int aggregate_flush(struct aggregate *a, struct aggregate_list *list)
{
	return aggregate_flush_shared(&(struct aggregate_shares){ &a, &list, 1 });
}

/* The first of two records that lie side by side, of which only what the key compares is asked. */
static void open_first(struct aggregate *a, const struct aggregate_list *list, const struct entry *e)
{
	const uint8_t *bytes = store_at(&a->store, e->body);

	aggregate_open(a, list, &a->kept, PACK_RECORD, e->flags, bytes, (size_t)get_be16(bytes + 2) * 4);
}

/* What the key compares is that of the first of the entry's records, if this is a plain one that the
 * list leaves as it is. */
static bool find_tuple(const struct aggregate *a, const struct aggregate_list *list, const struct entry *e,
		       struct plain_tuple *t)
{
	const uint8_t *bytes = aggregate_first_record(a, e);

	if ((e->form != PACK_RECORD && e->form != ENTRY_PAIR && e->form != ENTRY_MERGED_PAIR) || e->flags & (ENTRY_RMON | ENTRY_REVERSED) ||
	    key_changes_flows(list->key))
		return false;
	return plain_find_tuple(bytes, (uint32_t)get_be16(bytes + 2) * 4, a->reading, t);
}

static void visit_opened(struct aggregate *a, const struct aggregate_list *list, struct entry *e, uint64_t place,
			 const struct aggregate_visitor *visitor)
{
	bool is_pair = e->form == ENTRY_PAIR;

	if (is_pair && visitor->asks_for_key)
		open_first(a, list, e);
	else if (e->form == ENTRY_PIECE)
		aggregate_show_piece(a, list, e, &a->kept);
	else
		aggregate_open_entry(a, list, e, &a->kept);
	visitor->visit(visitor->context, &a->kept, place);
	if (is_pair && !visitor->asks_for_key) /* it will be opened again */
		aggregate_keep(a, e, PACK_SQUEEZED);
}

/* flow_start() of the piece. */
static inline uint64_t start_of(const struct piece *p)
{
	return p->have & (TIME_BIT(SRC, START) | TIME_BIT(DST, START)) ? p->start : 0;
}

/* Of flows that follow each other in a list, and have yet to be shown. */
struct starts {
	struct flow_start item[64];
	size_t count;
};

/* The same of an entry that is a piece, or a plain record, as it was read or as pieces were merged to. */
static bool find_start(const struct aggregate *a, const struct entry *e, uint64_t *start)
{
	const uint8_t *bytes = store_at(&a->store, e->body);
	struct plain p;

	if (e->form == ENTRY_PIECE) {
		*start = start_of(aggregate_piece(e));
		return true;
	}
	if (e->form != PACK_RECORD ||
	    !(e->flags & ENTRY_PLAIN ? plain_open(&p, bytes, e->length, a->reading) : plain_open_made(&p, bytes, e->length)))
		return false;
	*start = times_first(&p.times);
	return true;
}

static void show_starts(struct starts *starts, const struct aggregate_visitor *visitor)
{
	if (starts->count > 0)
		visitor->visit_starts(visitor->context, starts->item, starts->count);
	starts->count = 0;
}

static INLINED void take_start(struct starts *starts, uint64_t start, uint64_t place, const struct aggregate_visitor *visitor)
{
	if (unlikely(starts->count == ARRAY_LENGTH(starts->item)))
		show_starts(starts, visitor);
	starts->item[starts->count++] = (struct flow_start){ start, place };
}

static INLINED void visit_entry(struct aggregate *a, const struct aggregate_list *list, struct entry *e, uint64_t place,
				const struct aggregate_visitor *visitor, struct starts *starts)
{
	struct plain_tuple tuple;
	uint64_t start;

	if (visitor->visit_starts != NULL && find_start(a, e, &start)) {
		take_start(starts, start, place, visitor);
		return;
	}
	show_starts(starts, visitor);
	if (visitor->visit_tuple != NULL && find_tuple(a, list, e, &tuple))
		visitor->visit_tuple(visitor->context, &tuple, place);
	else
		visit_opened(a, list, e, place, visitor);
}

#define RUN_AHEAD 64u /* entries; so little is done for each */

/* Pieces of a list mostly lie side by side: from the one at place `i` on as many as do. Returns
 * where they end. */
static uint32_t take_starts(const struct aggregate *a, const struct aggregate_order *o, uint32_t i, struct starts *starts,
			    const struct aggregate_visitor *visitor)
{
	uint32_t ref = o->refs[i], region = ref >> STORE_REGION_BITS;
	const struct entry *e = aggregate_entry(a, ref);
	size_t size = aggregate_entry_size(a);

	do {
		__builtin_prefetch((const uint8_t *)e + RUN_AHEAD * size);
		take_start(starts, start_of(aggregate_piece(e)), ref, visitor);
		e = (const void *)((const uint8_t *)e + size);
		ref += a->entry_units;
		i++;
	} while (i < o->end && o->refs[i] == ref && ref >> STORE_REGION_BITS == region && e->form == ENTRY_PIECE);
	return i;
}

/* A list that is not shared is walked straight on. */
static void visit_list(struct aggregate *a, const struct aggregate_list *list, const struct aggregate_visitor *visitor)
{
	const struct aggregate_order *o = &list->order;
	struct starts starts = { .count = 0 };

	for (uint32_t i = o->first; i < o->end;) {
		struct entry *e = o->refs[i] != 0 ? aggregate_entry(a, o->refs[i]) : NULL;

		fetch_ahead(a, o, i, FETCH_HEAD);
		if (e != NULL && e->form == ENTRY_PIECE && visitor->visit_starts != NULL) {
			i = take_starts(a, o, i, &starts, visitor);
			continue;
		}
		if (e != NULL)
			visit_entry(a, list, e, o->refs[i], visitor, &starts);
		i++;
	}
	show_starts(&starts, visitor);
}

static void visit_shares(const struct aggregate_shares *shares, const struct aggregate_visitor *visitor)
{
	struct starts starts = { .count = 0 };
	struct entry *e;
	struct walk w;
	uint32_t ref;

	walk_begin(&w, shares, FETCH_HEAD);
	while ((e = walk_next(&w, &ref)) != NULL)
		visit_entry(shares->aggregate[w.share], shares->list[w.share], e, (uint64_t)w.share << 32 | ref, visitor, &starts);
	show_starts(&starts, visitor);
}

int aggregate_each(const struct aggregate_shares *shares, const struct aggregate_visitor *visitor)
{
	if (drain_all(shares) < 0)
		return -1;
	if (likely(shares->count == 1))
		visit_list(shares->aggregate[0], shares->list[0], visitor);
	else
		visit_shares(shares, visitor);
	return 0;
}
