/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records that are cut in pieces (rabins). A record is kept once, as it was read. A piece
 * only refers to it and says what cutting changed: most pieces stay alone under their
 * key, and are never made unless somebody wants to look into them. If all that is done
 * with flows is writing them, the record is also kept as its pieces are written, but
 * for times and counts, so that a written piece is these and two runs of bytes. */
#include "common/query/aggregate_piece.h"

#include "argus/record/dsr.h"
#include "argus/record/plain.h"
#include "common/query/aggregate.h"
#include "common/query/aggregate_kept.h"
#include "common/query/key_plain.h"
#include "common/query/merge_copy.h"
#include "common/record/dsr_codec.h"
#include "common/record/times.h"

#define RUN_MAX 256u

/* Users of a record as long as it is being cut: more than it will have pieces, which are counted
 * beside it until then. */
#define CUTTING (UINT32_MAX / 2)

void aggregate_cuts(struct aggregate *a, bool by_time)
{
	a->entry_units = (uint32_t)((PIECE_ENTRY_SIZE + (by_time ? sizeof(struct hash128) : 0)) / STORE_UNIT);
}

void aggregate_drop_record(struct aggregate *a, struct store_ref ref)
{
	struct kept_record *record = store_at(&a->store, ref);

	if (--record->users == 0)
		store_release(&a->store, ref);
}

void aggregate_end_piece(struct aggregate *a, struct entry *e)
{
	const struct kept_record *record = store_at(&a->store, e->body);

	e->id = *aggregate_id_of(a, e);
	e->order = record->order;
	e->place = 0; /* nobody asks for it in lists that take pieces */
	e->shape_stamp = 0;
	aggregate_drop_record(a, e->body);
}

void aggregate_end_pieces(struct aggregate *a)
{
	struct kept_record *record;

	if (!a->cut.is_kept)
		return;
	record = store_at(&a->store, a->cut.record);
	record->users -= CUTTING - a->cut.pieces;
	if (record->users == 0)
		store_release(&a->store, a->cut.record);
	a->cut.is_kept = false;
	a->cut.pieces = 0; /* others of it would be of a record of their own */
}

/* Makes the flow what its key wants, if somebody asks for the flow. */
static void prepare(struct cut *cut, struct flow *f)
{
	if (cut->is_prepared)
		return;
	cut->is_prepared = true;
	key_prepare(cut->key, f);
}

/* The identity of a plain record; false: the flow has to be asked. */
static bool identify_plain(const struct aggregate *a, const struct key *key, const struct split *split, struct hash128 *id)
{
	struct plain_tuple tuple;

	if (!split->is_plain || !key_is_of_tuple(key))
		return false;
	plain_take_tuple(&split->plain, &tuple);
	return hash_plain_key(key, &tuple, a->seed, id);
}

void aggregate_begin_pieces(struct aggregate *a, const struct key *key, struct split *split)
{
	struct cut *cut = &a->cut;
	struct flow *f = split->flow;

	aggregate_end_pieces(a);
	cut->key = key;
	cut->was_needed = cut->pieces > 0;
	cut->pieces = 0;
	cut->is_full = aggregate_held(a) > a->limit;
	cut->order = a->orders;
	cut->is_prepared = false;
	cut->has_id = key->objects != 0 && !(key->objects & OBJECT_BIT(OBJECT_STIME));
	cut->is_keepable = aggregate_entry_size(a) >= PIECE_ENTRY_SIZE && f->dirty == 0 && f->length > 0 &&
			   f->length <= WRITTEN_MAX && (cut->has_id || key->objects == 0 || aggregate_has_piece_ids(a));
	if (!identify_plain(a, key, split, &cut->id)) {
		prepare(cut, f);
		if (cut->has_id)
			cut->id = hash_key(a->key, key_build(key, f, a->key), a->seed);
	}
	a->prepared = aggregate_tag(cut->id);
}

#define BEFORE (DSR_BIT(DSR_TRANSPORT) | DSR_BIT(DSR_FLOW))
#define BETWEEN (DSR_BIT(DSR_TIME) | DSR_BIT(DSR_METRIC) | DSR_BIT(DSR_AGR))

static void write_slots(struct flow *f, uint32_t slots, struct pen *pen)
{
	for (uint32_t left = slots; left != 0; left &= left - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(left);

		dsr_table[slot].encode(dsr_member(f, slot), f, pen);
	}
}

/* The DSRs of pieces as they are written. Losses differ from piece to piece: such records
 * are left to the long way. */
static void write_pieces(struct aggregate *a, struct kept_record *r, const struct split *split, struct pen *pen)
{
	struct flow *f = split->flow;
	const struct agr *agr = &split->agr;

	prepare(&a->cut, f);
	flow_decode_all(f);
	write_slots(f, f->have & BEFORE, pen);
	r->before = (uint16_t)pen_used(pen);
	if (!agr->is_implied)
		dsr_table[DSR_AGR].encode(agr, f, pen);
	r->agr = (uint16_t)(pen_used(pen) - r->before);
	write_slots(f, f->have & ~(BEFORE | BETWEEN), pen);
	r->behind = (uint16_t)(pen_used(pen) - r->before - r->agr);
	if (r->behind < r->length && memcmp(pen->at - r->behind, f->bytes + r->length - r->behind, r->behind) == 0)
		r->shared = r->behind;
}

/* Whether the DSRs behind the numbers are the last of the record, in the order and in the bytes
 * in which they would be written. Sets where they begin. */
static bool find_behind(struct aggregate *a, const struct plain *p, size_t length, size_t *from)
{
	uint32_t slots = p->have & ~(BEFORE | BETWEEN);
	size_t at = slots != 0 ? (size_t)p->index[__builtin_ctz(slots)].words_at * 4 : length;

	*from = at;
	if (!plain_has_canonical_network(p))
		return false;
	for (; slots != 0; slots &= slots - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(slots);

		if (p->bytes + at != plain_bytes(p, slot) ||
		    (slot != DSR_NETWORK && !is_canonical_dsr(&a->merge, slot, plain_bytes(p, slot), plain_length(p, slot))))
			return false;
		at += plain_length(p, slot);
	}
	return at == length;
}

/* The flow DSR of a plain record as its key wants it. */
static void write_key(const struct aggregate *a, const struct plain *p, struct flow *f, struct pen *pen)
{
	size_t length = plain_length(p, DSR_FLOW);
	uint8_t *to;

	if (a->cut.is_prepared) {
		dsr_table[DSR_FLOW].encode(flow_key(f), f, pen);
		return;
	}
	to = pen_room(pen, length);
	if (unlikely(to == NULL))
		return;
	memcpy(to, plain_bytes(p, DSR_FLOW), length);
	key_prepare_plain(a->cut.key, to);
}

/* The same for a plain record, which has most of it in its bytes: what stands behind is not copied. */
static bool copy_pieces(struct aggregate *a, struct kept_record *r, const struct split *split, struct pen *pen)
{
	const struct plain *p = &split->plain;
	size_t from;

	if (!split->is_plain || !split->agr.is_implied || !find_behind(a, p, r->length, &from))
		return false;
	if (p->have & DSR_BIT(DSR_TRANSPORT)) {
		const uint8_t *bytes = plain_bytes(p, DSR_TRANSPORT);
		size_t length = plain_length(p, DSR_TRANSPORT);

		if (!is_canonical_dsr(&a->merge, DSR_TRANSPORT, bytes, length))
			return false;
		pen_bytes(pen, bytes, length);
	}
	write_key(a, p, split->flow, pen);
	r->before = (uint16_t)pen_used(pen);
	r->behind = r->shared = (uint16_t)(r->length - from);
	return true;
}

/* What its pieces are written with. Returns where the DSRs behind the numbers are: in the pen, or in the
 * record. */
static const uint8_t *make_written(struct aggregate *a, struct kept_record *r, const struct split *split, struct pen *pen)
{
	const struct agr *agr = &split->agr;
	bool is_copied;

	if (split->is_losing)
		return pen->at;
	is_copied = copy_pieces(a, r, split, pen);
	if (!is_copied) {
		*pen = pen_on(pen->start, (size_t)(pen->end - pen->start));
		write_pieces(a, r, split, pen);
	}
	r->active = agr->active.mean;
	r->head[0] = split->flow->type | split->flow->version;
	r->head[1] = split->flow->cause;
	r->is_written = !pen->is_full;
	r->is_plain = r->is_written && split->is_plain && agr->is_implied;
	r->has_src = split->plain.metric.pkts[SRC] > 0;
	r->has_dst = split->plain.metric.pkts[DST] > 0;
	return is_copied ? split->flow->bytes + r->length - r->behind : pen->start + r->before + r->agr;
}

static void keep_record(struct aggregate *a, const struct split *split)
{
	const struct flow *f = split->flow;
	struct kept_record record = { .id = a->cut.id,
				      .order = a->cut.order,
				      .users = CUTTING,
				      .length = (uint16_t)f->length,
				      .offset = f->offset };
	uint8_t written[WRITTEN_MAX], *at;
	struct pen pen = pen_on(written, sizeof written);
	const uint8_t *behind = make_written(a, &record, split, &pen);
	size_t first = (size_t)record.before + record.agr, size = first + record.behind, rest = kept_rest(&record);

	a->cut.record = store_alloc(&a->store, sizeof record + size + rest);
	a->cut.used = (uint8_t)u64_min((sizeof record + size + STORE_UNIT - 1) / STORE_UNIT, UINT8_MAX);
	a->cut.is_kept = true;
	at = store_at(&a->store, a->cut.record);
	memcpy(at, &record, sizeof record);
	memcpy(at + sizeof record, written, first);
	memcpy(at + sizeof record + first, behind, record.behind);
	if (!record.is_plain)
		memcpy(at + sizeof record + size, f->bytes, rest);
	store_fetch_next(&a->store, 0, sizeof record + size + rest);
}

/* It takes its time, in which the place of the first piece comes from memory. */
void aggregate_keep_ahead(struct aggregate *a, struct split *split)
{
	if (a->cut.was_needed && a->cut.is_keepable)
		keep_record(a, split);
}

static uint8_t flags_of(const struct aggregate_list *list) { return list->key->objects != 0 ? ENTRY_KEYED : 0; }

/* The pieces of a list lie side by side, for they will be looked at one after the other: each
 * list takes room for several, the more the more it has. */
static uint32_t run_size(const struct aggregate_list *list) { return (uint32_t)u64_min(list->count / 8 + 1, RUN_MAX); }

uint32_t aggregate_next_piece(struct aggregate *a, struct aggregate_list *list)
{
	struct aggregate_run *run = &list->run;

	if (run->entries == 0) {
		run->entries = run_size(list);
		run->entry = store_alloc_run(&a->store, a->entry_units, &run->entries);
	}
	return aggregate_next_of(a, run);
}

void aggregate_fetch_place(const struct aggregate *a, const struct aggregate_list *list)
{
	if (list->unfiled == 0)
		htab_prefetch(&list->table, a->prepared);
	if (list->run.entries > 0)
		__builtin_prefetch(aggregate_entry(a, list->run.entry), 1);
}

void aggregate_release_run(struct aggregate *a, struct aggregate_list *list)
{
	while (list->run.entries > 0)
		aggregate_release_entry(a, aggregate_next_piece(a, list));
}

/* A piece with a new key, if it has one, which was looked for with `probe`; NULL: it was not looked for. */
static bool append_piece(struct aggregate *a, struct aggregate_list *list, const struct split *split,
			 const struct htab_probe *probe)
{
	struct entry *e;
	uint32_t ref;

	if (!a->cut.is_keepable || !list->takes_pieces || ((a->cut.is_full || list->is_spilled) && aggregate_spills(a, list)))
		return false;
	ref = aggregate_next_piece(a, list);
	e = aggregate_entry(a, ref);
	if (!split_store(split, aggregate_piece_place(e))) {
		aggregate_release_entry(a, ref);
		return false;
	}
	if (!a->cut.is_kept)
		keep_record(a, split);
	a->cut.pieces++;
	e->body = a->cut.record;
	e->form = ENTRY_PIECE;
	e->flags = flags_of(list);
	e->used = a->cut.used;
	if (unlikely(aggregate_has_piece_ids(a)))
		*aggregate_piece_id(e) = a->cut.id;
	aggregate_append_piece(a, list, ref);
	if (e->flags & ENTRY_KEYED && probe != NULL)
		aggregate_file_at(a, list, a->cut.id, probe, ref);
	return true;
}

/* A piece of a record that is kept, and is a plain one. */
static bool open_plain(struct plain *p, const struct kept_record *r, const struct piece *piece)
{
	if (!r->is_plain)
		return false;
	plain_index(p, kept_written(r), (size_t)r->before + r->behind);
	p->cause = r->head[1];
	p->times.subtype = p->times.qualifier = 0;
	p->metric.has_appbytes = true;
	piece_times(piece, &p->times);
	piece_counts(piece, &p->metric);
	p->is_implied = true;
	p->count = piece->count;
	p->seconds = r->active;
	return true;
}

static bool open_kept(const struct aggregate *a, const struct entry *e, struct plain *p)
{
	const void *body = store_at(&a->store, e->body);

	if (e->form == ENTRY_PIECE)
		return open_plain(p, body, aggregate_piece(e));
	return e->form == PACK_RECORD && !(e->flags & ENTRY_PLAIN) && plain_open_made(p, body, e->length);
}

/* A side without packets would have no flags when what the two become is read again
 * (record-format.md 11, step 5). */
static bool has_packets(const struct plain *x, const struct plain *y, enum side side)
{
	return (x->metric.pkts[side] | y->metric.pkts[side]) != 0;
}

/* A piece is merged into another, or into what came of such, from their bytes. What comes of them is
 * a record. It keeps its place, as all flows of lists that take pieces do. */
bool aggregate_merge_piece(struct aggregate *a, uint32_t ref, struct store_ref record, const struct piece *piece)
{
	struct entry *e = aggregate_entry(a, ref);
	uint8_t room[MERGED_MAX];
	struct pen pen = pen_on(room, sizeof room);
	struct plain kept, newcomer;

	if (!open_kept(a, e, &kept) || !open_plain(&newcomer, store_at(&a->store, record), piece) || !has_packets(&kept, &newcomer, SRC) ||
	    !has_packets(&kept, &newcomer, DST) || !merge_plain(&a->merge, &kept, &newcomer, NULL, &pen))
		return false;
	if (e->form == ENTRY_PIECE) {
		aggregate_end_piece(a, e);
		e->body = store_alloc(&a->store, pen_used(&pen));
		e->form = PACK_RECORD;
	}
	aggregate_replace_record(a, e, room, pen_used(&pen));
	return true;
}

static bool merge_cut(struct aggregate *a, const struct aggregate_list *list, uint32_t ref, const struct split *split)
{
	uint8_t form = aggregate_entry(a, ref)->form;
	struct piece piece;

	if (!a->cut.is_keepable || !list->takes_pieces || (form != ENTRY_PIECE && form != PACK_RECORD) || !split_store(split, &piece))
		return false;
	if (!a->cut.is_kept)
		keep_record(a, split);
	return aggregate_merge_piece(a, ref, a->cut.record, &piece);
}

/* The piece is no small one: it is made. */
static int add_made(struct aggregate *a, struct aggregate_list *list, uint32_t ref, struct split *split, uint64_t order)
{
	struct item item = { .list = list, .order = order, .flags = flags_of(list), .id = a->cut.id };

	prepare(&a->cut, split->flow);
	split_show(split);
	return aggregate_take_prepared(a, &item, ref, split->flow);
}

/* The piece meets the flow that has its key, or is one. */
static int add_filed(struct aggregate *a, struct aggregate_list *list, struct split *split, uint64_t order)
{
	struct htab_probe probe = { 0, 0 };
	uint32_t ref = 0;

	if (list->unfiled > 0 && aggregate_file_all(a, list, false) < 0)
		return -1;
	if (list->key->objects != 0 && !a->cut.has_id) {
		split_show(split);
		a->cut.id = aggregate_id(a, list, split->flow, false);
	}
	if (list->key->objects != 0) {
		ref = aggregate_seek(a, list, a->cut.id, &probe);
		aggregate_note_met(a, ref != 0);
	}
	if (ref == 0 ? append_piece(a, list, split, &probe) : merge_cut(a, list, ref, split))
		return 0;
	return add_made(a, list, ref, split, order);
}

int aggregate_add_piece(struct aggregate *a, struct aggregate_list *list, struct split *split)
{
	uint64_t order = a->orders++;

	if (a->waiting > 0 && aggregate_drain(a) < 0)
		return -1;
	if (likely(a->cut.is_keepable && a->cut.has_id && !a->cut.is_full && aggregate_may_wait(a, list)) && append_piece(a, list, split, NULL)) {
		aggregate_wait(a, list, a->cut.id);
		return 0;
	}
	return add_filed(a, list, split, order);
}

/* A plain record is kept only as its pieces are written. */
static void show_plain(struct aggregate *a, const struct kept_record *r, const struct piece *p, struct flow *f)
{
	size_t length = RECORD_HEADER_SIZE + (size_t)r->before + r->behind;
	uint8_t head[RECORD_HEADER_SIZE] = { r->head[0], r->head[1] };
	struct metric *metric;
	struct agr *agr;

	put_be16(head + 2, (uint16_t)(length / 4));
	buf_clear(&a->opened);
	buf_add(&a->opened, head, sizeof head);
	buf_add(&a->opened, kept_written(r), (size_t)r->before + r->behind);
	flow_open(f, (const uint8_t *)a->opened.data, (uint32_t)length, a->reading);
	f->offset = r->offset;
	metric = flow_edit(f, DSR_METRIC);
	metric->pkts[SRC] = r->has_src;
	metric->pkts[DST] = r->has_dst;
	flow_network(f); /* which is corrected by the counts of the record */
	piece_counts(p, metric);
	piece_times(p, flow_edit(f, DSR_TIME));
	agr = flow_edit(f, DSR_AGR);
	implied_agr(1, r->active, agr);
	agr->count = p->count;
	agr->is_implied = false;
}

static void show_record(struct aggregate *a, const struct aggregate_list *list, const struct kept_record *r,
			const struct piece *p, struct flow *f)
{
	const uint8_t *behind = kept_behind(r);

	buf_clear(&a->opened);
	buf_add(&a->opened, behind + r->behind, (size_t)r->length - r->shared);
	buf_add(&a->opened, behind, r->shared);
	flow_open(f, (const uint8_t *)a->opened.data, r->length, a->reading);
	f->offset = r->offset;
	/* Cutting looked at the record before the key changed it: that of RTP depends on the protocol. */
	flow_network(f);
	flow_agr(f);
	key_prepare(list->key, f);
	piece_show(p, f);
}

/* The record as it was when it was cut, made the piece. */
void aggregate_show_piece(struct aggregate *a, const struct aggregate_list *list, const struct entry *e,
			  struct flow *f)
{
	const struct kept_record *record = store_at(&a->store, e->body);

	if (record->is_plain)
		show_plain(a, record, aggregate_piece(e), f);
	else
		show_record(a, list, record, aggregate_piece(e), f);
}

void aggregate_open_piece(struct aggregate *a, const struct aggregate_list *list, const struct entry *e,
			  struct flow *f)
{
	aggregate_show_piece(a, list, e, f);
	flow_detach(f);
}
