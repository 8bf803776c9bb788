/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache from inside, for what goes to disk. */
#ifndef COMMON_QUERY_AGGREGATE_H
#define COMMON_QUERY_AGGREGATE_H

#include "argus/base/hash.h"
#include "argus/query/aggregate.h"
#include "argus/record/shape.h"
#include "common/query/aggregate_piece.h"
#include "common/query/pack.h"
#include "common/query/store.h"

#define BATCH 32

enum entry_flag {
	ENTRY_REVERSED = 0x1, /* the record as kept is turned round when it is opened */
	ENTRY_PLAIN = 0x2,    /* kept as record: the key still has to prepare it */
	ENTRY_REPORTED = 0x4, /* put out by the status timer, to be cleared by the next update */
	ENTRY_RMON = 0x8,     /* its direction flags do not count */
	ENTRY_KEYED = 0x10,   /* it has a key: others may be merged into it */
	ENTRY_ANSWERED = 0x20, /* -A: the service of the last record answered */
	ENTRY_COUNTED = 0x40,  /* the record came with an aggregation DSR, which may say nothing */
	ENTRY_GROWS = 0x80,    /* the record has nothing but what plain ones have: it will be merged into */
};

/* What the flow is to be opened with. */
#define ENTRY_LOOKS (ENTRY_REVERSED | ENTRY_PLAIN | ENTRY_RMON)

/* Of a piece only the first line: in place of the others it has what cutting changed. */
struct entry {
	_Alignas(8) struct store_ref body; /* the packed flow */
	uint8_t form, flags;   /* enum pack_form, or one of the below */
	uint8_t used;          /* of a piece: what is written of the body, in units of the store; at most the most */
	struct hash128 id;     /* of its key */
	uint64_t order;        /* of the record that the list's order goes by */
	uint32_t place;        /* in its list's order */
	uint32_t length;       /* of the packed flow */
	uint32_t shape_stamp;  /* these two are the mark of the record as it was added, if that is known to have a */
	uint16_t shape;        /* plain key */
};

/* Two records, one behind the other, that are merged when somebody wants to see the flow:
 * most flows that are merged at all have two, and then go straight to the output. */
#define ENTRY_PAIR 0xff

/* Two plain records that were merged: their pair, and the record without statistics (aggregate_pair.c). */
#define ENTRY_MERGED_PAIR 0xfd

/* A piece of a record that is kept (aggregate_piece.c): the body is the record. It begins with
 * the id, which is the same for all its pieces; if it is not, it stands behind the piece. */
#define ENTRY_PIECE 0xfe

/* The record that is being cut in pieces. */
struct cut {
	const struct key *key;   /* of all its pieces */
	struct hash128 id;       /* the same */
	uint64_t order;          /* of the first of them */
	struct store_ref record; /* struct kept_record */
	uint8_t used;            /* of it, for each of its pieces */
	bool has_id;             /* false: it differs from piece to piece, or there is none */
	bool is_prepared;        /* the flow is as the key wants it; false: its bytes tell all that is asked */
	bool is_keepable, is_kept;
	bool was_needed;         /* there are pieces of the record before */
	bool is_full;            /* the cache, when this one came */
	uint32_t pieces;         /* that refer to it */
};

/* A record that waits. Its packed flow stands where it was read, or in the batch's buffer. */
struct item {
	struct aggregate_list *list;
	const uint8_t *read; /* NULL: in the buffer */
	struct shape_mark shape; /* of a record that is known to have a plain key */
	struct hash128 id;
	uint64_t order;
	size_t flow_at;
	uint32_t length;
	uint8_t form, flags;
};

struct aggregate {
	const struct flow_reading *reading;
	aggregate_output *output;
	aggregate_write *write; /* NULL: flows are not just written */
	aggregate_place *place;
	aggregate_commit *commit;
	void *write_context;
	void *context;
	uint64_t seed;

	struct store store;
	uint32_t entry_units; /* of the store: the size of an entry */
	uint32_t live;        /* entries */
	struct aggregate_run run; /* entries for flows to come that are no pieces */
	size_t tables; /* bytes of the lists' tables */
	struct merge merge;

	struct item batch[BATCH + SHAPED_MAX]; /* there is always room for so many as come at once */
	unsigned waiting;
	struct buf bytes; /* flows of the batch */
	struct buf packed;
	struct buf opened; /* the record of the piece that was opened last */
	struct buf aside;  /* the one before it, if both are looked at */
	uint8_t key[KEY_SIZE_MAX + 8]; /* hash_key() fills its last word */

	size_t limit;      /* of aggregate_size(); 0: none */
	unsigned parted;   /* lists that have files */
	unsigned away;     /* lists that are in `file` */
	struct spill *file;
	size_t patience;   /* flows; with fewer in memory it is of no use to send lists to disk */
	bool has_failed;   /* to write it */
	struct aggregate_list *lists; /* that have something */
	uint64_t orders;   /* records added so far */
	bool is_answered;  /* ENTRY_ANSWERED of the record being added */
	bool is_opposed;   /* find_opposite found an entry that is another connection */
	uint32_t prepared; /* tag of the flow that was added last, prepared */
	struct cut cut;
	bool is_ending;    /* no records come any more */
	uint64_t pieces, met; /* that were looked for, and those that met a flow (aggregate_wait.c) */
	unsigned begun;    /* lists */
	struct err *err;   /* of temporary files */
	struct flow kept, newcomer, second;
};

static inline struct entry *aggregate_entry(const struct aggregate *a, uint32_t ref)
{
	return store_block(&a->store, ref);
}

static inline size_t aggregate_entry_size(const struct aggregate *a) { return (size_t)a->entry_units * STORE_UNIT; }

static inline uint32_t aggregate_tag(struct hash128 id) { return (uint32_t)id.low; }

/* The packed flow of a record that waits. */
static inline const uint8_t *aggregate_bytes_of(const struct aggregate *a, const struct item *item)
{
	return likely(item->read != NULL) ? item->read : (const uint8_t *)a->bytes.data + item->flow_at;
}

/* Where an entry that is a piece has it. */
#define PIECE_AT offsetof(struct entry, id)
#define PIECE_ENTRY_SIZE (PIECE_AT + sizeof(struct piece))

static inline void *aggregate_piece_place(struct entry *e) { return (uint8_t *)e + PIECE_AT; }

static inline const struct piece *aggregate_piece(const struct entry *e)
{
	return (const void *)((const uint8_t *)e + PIECE_AT);
}

/* Whether pieces have ids of their own. */
static inline bool aggregate_has_piece_ids(const struct aggregate *a) { return aggregate_entry_size(a) > PIECE_ENTRY_SIZE; }

static inline struct hash128 *aggregate_piece_id(struct entry *e)
{
	return (void *)((uint8_t *)e + PIECE_ENTRY_SIZE);
}

static inline const struct hash128 *aggregate_id_of(const struct aggregate *a, const struct entry *e)
{
	if (e->form != ENTRY_PIECE)
		return &e->id;
	return aggregate_has_piece_ids(a) ? (const void *)((const uint8_t *)e + PIECE_ENTRY_SIZE) : store_at(&a->store, e->body);
}

/* Bytes of its body that putting it out needs. */
static inline size_t aggregate_body_size(const struct entry *e)
{
	return e->form == ENTRY_PIECE ? (size_t)e->used * STORE_UNIT : e->length;
}

/* aggregate_keep.c: opens what was kept as it is to be compared and merged. */
void aggregate_open(struct aggregate *a, const struct aggregate_list *list, struct flow *f, uint8_t form, uint8_t flags,
		    const uint8_t *bytes, size_t length);
void aggregate_open_entry(struct aggregate *a, const struct aggregate_list *list, const struct entry *e, struct flow *f);
void aggregate_open_item(struct aggregate *a, const struct item *item, struct flow *f);

/* Packs the flow that stands in `kept`, and may have borrowed from the entry's body, into the
 * entry: open, or squeezed if nothing more will be merged into it. */
void aggregate_keep(struct aggregate *a, struct entry *e, enum pack_form form);

/* The flow that is packed in `packed` takes the place of what the entry has. */
void aggregate_keep_packed(struct aggregate *a, struct entry *e, enum pack_form form);

/* What two plain records become is merged from their bytes if it is no longer. */
#define MERGED_MAX 1024u

/* The entry's flow becomes this record, in the place of what is there. */
void aggregate_replace_record(struct aggregate *a, struct entry *e, const void *bytes, size_t length);

/* aggregate_pair.c: a merged pair becomes the record that it stands for; that record, for as long
 * as no other is asked for; writes it where there is room for it, and returns its length. */
void aggregate_unfold(struct aggregate *a, struct entry *e);
const uint8_t *aggregate_unfolded(struct aggregate *a, const uint8_t *body, size_t length, size_t *size);
size_t aggregate_unfold_to(const uint8_t *body, size_t length, uint8_t *to);

/* The room, for a body of that length. */
static inline size_t unfolded_room(size_t length) { return length - sizeof(struct pair) + PAIR_MORE; }

/* The record of an entry that has one, be it as it was added or merged from plain ones, or the
 * first of two, without statistics. */
static inline const uint8_t *aggregate_first_record(const struct aggregate *a, const struct entry *e)
{
	return (const uint8_t *)store_at(&a->store, e->body) + (e->form == ENTRY_MERGED_PAIR ? sizeof(struct pair) : 0);
}

/* A new entry, with nothing in it yet. */
uint32_t aggregate_new_entry(struct aggregate *a);

/* The next of those that were taken ahead, of which there are some. */
static inline uint32_t aggregate_next_of(struct aggregate *a, struct aggregate_run *run)
{
	run->entries--;
	run->entry += a->entry_units;
	a->live++;
	return run->entry - a->entry_units;
}

/* The record becomes a flow of its own, the last of its list; and is filed by its key. */
uint32_t aggregate_add_waiting(struct aggregate *a, const struct item *item);
void aggregate_add_flow(struct aggregate *a, const struct item *item);

/* aggregate_piece.c: a piece of a record that is kept becomes part of the entry's flow. False: the two
 * have to be opened. */
bool aggregate_merge_piece(struct aggregate *a, uint32_t ref, struct store_ref record, const struct piece *piece);

/* aggregate_merge.c: the record becomes part of the entry's flow without being opened. False: nothing
 * was done. The same for one that was opened. */
bool aggregate_take_in(struct aggregate *a, struct aggregate_list *list, uint32_t ref, const struct item *item);
int aggregate_merge_into(struct aggregate *a, struct aggregate_list *list, uint32_t ref, struct flow *newcomer, uint64_t order);

/* The entry is the one that was updated last. */
void aggregate_touch(struct aggregate *a, struct aggregate_list *list, uint32_t ref, uint64_t order);

/* A flow to which key_prepare() was done joins the entry that has its key, or becomes one
 * if there is none (0). */
int aggregate_take_prepared(struct aggregate *a, struct item *item, uint32_t ref, struct flow *f);

/* An entry that stands in no list becomes the last of this one. Only a piece stays where it is and
 * need not know its place. */
void aggregate_append(struct aggregate *a, struct aggregate_list *list, uint32_t ref);
void aggregate_make_room(struct aggregate *a, struct aggregate_list *list);

static inline void aggregate_append_piece(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	struct aggregate_order *o = &list->order;

	if (unlikely(o->end == o->room))
		aggregate_make_room(a, list);
	o->refs[o->end++] = ref;
	list->count++;
}

/* The first entry of the list; 0: it has none. */
uint32_t aggregate_first(struct aggregate_list *list);

/* Flows that lists have in memory may have gone to memory of their own: see aggregate_compact.c. */
void aggregate_compact(struct aggregate *a);

/* A list that has flows in memory, or parts, is one of a->lists; one that has neither is not. */
void aggregate_enlist(struct aggregate *a, struct aggregate_list *list);
void aggregate_delist(struct aggregate *a, struct aggregate_list *list);

/* Empties the order without a look at the entries. */
void aggregate_clear_order(struct aggregate *a, struct aggregate_list *list);

/* Brings in what lies there, which may begin and end within a cache line. */
static INLINED void fetch_bytes(const void *from, size_t size)
{
	const uint8_t *at = from, *last = at + size - 1;

	for (; at < last; at += 64)
		__builtin_prefetch(at);
	__builtin_prefetch(last);
}

static INLINED void aggregate_fetch(const struct aggregate *a, uint32_t ref)
{
	fetch_bytes(aggregate_entry(a, ref), aggregate_entry_size(a));
}

/* The same of the entry of the flow that one with this tag will most likely be merged into, which it
 * returns; 0: none has the tag. */
static INLINED uint32_t aggregate_fetch_like(const struct aggregate *a, const struct aggregate_list *list, uint32_t tag)
{
	struct htab_probe probe = htab_start(&list->table, tag);
	uint32_t ref = htab_next(&list->table, &probe);

	if (ref != 0)
		aggregate_fetch(a, ref);
	return ref;
}

/* How many flows before its own an entry is asked for, and then what the flow is packed in. A core waits
 * for some two dozen cache lines at a time: what more is asked for is not brought in. */
#define ENTRY_AHEAD 12u
#define BODY_AHEAD 4u

#define AGGREGATE_FETCH_ALL 640 /* bytes of a flow; larger ones are rare */

static INLINED void aggregate_fetch_body(const struct aggregate *a, const struct entry *e, uint32_t size)
{
	fetch_bytes(store_at(&a->store, e->body), u64_min(aggregate_body_size(e), size));
}

static inline void aggregate_release_body(struct aggregate *a, const struct entry *e)
{
	if (e->form == ENTRY_PIECE)
		aggregate_drop_record(a, e->body);
	else
		store_release(&a->store, e->body);
}

/* An entry that has no body any more. */
static inline void aggregate_release_entry(struct aggregate *a, uint32_t ref)
{
	store_release(&a->store, (struct store_ref){ ref, (uint8_t)a->entry_units });
	a->live--;
}

static inline void aggregate_release(struct aggregate *a, uint32_t ref)
{
	aggregate_release_body(a, aggregate_entry(a, ref));
	aggregate_release_entry(a, ref);
}

void aggregate_forget(struct aggregate *a, struct aggregate_list *list, uint32_t ref);
void aggregate_drop_table(struct aggregate *a, struct aggregate_list *list);
void aggregate_grow(struct aggregate *a, struct aggregate_list *list);
void aggregate_reserve(struct aggregate *a, struct aggregate_list *list, uint32_t more); /* room for so many in the table */
int aggregate_work_off(struct aggregate *a, const struct item *item);

/* What has to see each record before it is merged: timers, -A. */
static inline bool aggregate_is_watched(const struct aggregate_list *list)
{
	return (list->status | list->idle) != 0 || list->by_answer;
}

/* What can be told of a record at a glance. */
static inline uint8_t aggregate_flags_of(const struct flow *f)
{
	return (f->indexed & DSR_BIT(DSR_AGR) ? ENTRY_COUNTED : 0) |
	       (f->indexed & ~(PLAIN_DSRS | PLAIN_NUMBERS) ? 0 : ENTRY_GROWS);
}

/* A number that is the same for all flows of the list that may be merged with `f`, whose
 * identity is `id`. */
uint64_t aggregate_spread(struct aggregate *a, const struct aggregate_list *list, struct flow *f, struct hash128 id);

/* aggregate_find.c: the identity of a flow in its list; the entry that has it, or 0; the
 * entry of the opposite direction, or 0, with `newcomer` opened and turned as it has to be. */
struct hash128 aggregate_id(struct aggregate *a, const struct aggregate_list *list, struct flow *f, bool reversed);
uint32_t aggregate_find_opposite(struct aggregate *a, struct aggregate_list *list, const struct item *item);

/* The entry that has the identity, or 0; then `probe` is where it would be filed. */
static inline uint32_t aggregate_seek(const struct aggregate *a, const struct aggregate_list *list, struct hash128 id,
				      struct htab_probe *probe)
{
	uint32_t ref;

	*probe = htab_start(&list->table, aggregate_tag(id));
	while ((ref = htab_next(&list->table, probe)) != 0) {
		const struct hash128 *here = aggregate_id_of(a, aggregate_entry(a, ref));

		if (here->low == id.low && here->high == id.high)
			break;
	}
	return ref;
}

static inline uint32_t aggregate_find(const struct aggregate *a, const struct aggregate_list *list, struct hash128 id)
{
	struct htab_probe probe;

	return aggregate_seek(a, list, id, &probe);
}

/* Files an entry under its id. */
static inline void aggregate_file(struct aggregate *a, struct aggregate_list *list, struct hash128 id, uint32_t ref)
{
	if (unlikely(htab_is_full(&list->table)))
		aggregate_grow(a, list);
	htab_add(&list->table, aggregate_tag(id), ref);
}

/* The same where the id was looked for in vain. */
static inline void aggregate_file_at(struct aggregate *a, struct aggregate_list *list, struct hash128 id,
				     const struct htab_probe *probe, uint32_t ref)
{
	if (likely(!htab_is_full(&list->table)))
		htab_add_at(&list->table, probe, ref);
	else
		aggregate_file(a, list, id, ref);
}

/* Records that were made side by side, where they are written, and nobody was told of yet. */
struct made {
	uint8_t *start, *at, *end; /* NULL: there is no place for any */
	size_t count;
};

/* aggregate_write.c: an entry's flow leaves; tells of what was made. */
int aggregate_put_entry(struct aggregate *a, struct aggregate_list *list, const struct entry *e, struct made *made);
void aggregate_hand_over(const struct aggregate *a, struct made *made);

/* aggregate_wait.c: whether a flow may wait at the end of its list's order until it is filed. */
#define PIECES_LOOKED 4096u
#define UNFILED_MAX (1u << 18)

static inline bool aggregate_may_wait(const struct aggregate *a, const struct aggregate_list *list)
{
	return a->pieces >= PIECES_LOOKED && a->met < a->pieces / 8 && !list->is_sample && list->takes_pieces && !list->is_spilled &&
	       list->unfiled < UNFILED_MAX;
}

static inline void aggregate_note_met(struct aggregate *a, bool has_met)
{
	a->pieces++;
	a->met += has_met;
}

COLD void aggregate_make_tag_room(struct aggregate *a, struct aggregate_list *list);

/* The last flow of the list's order is one that waits. */
static inline void aggregate_wait(struct aggregate *a, struct aggregate_list *list, struct hash128 id)
{
	if (unlikely(list->unfiled == list->tag_room))
		aggregate_make_tag_room(a, list);
	list->tags[list->unfiled++] = aggregate_tag(id);
}

/* None waits any more. */
void aggregate_end_waiting(struct aggregate *a, struct aggregate_list *list);

/* A record comes for a list of which some wait. False: it is not to wait, and nothing was done. */
bool aggregate_wait_too(struct aggregate *a, const struct item *item);

/* Files all that wait; or, if no more come before the list is put out, merges those of them that meet
 * others. */
int aggregate_file_all(struct aggregate *a, struct aggregate_list *list, bool is_last);

/* aggregate_out.c: a flow leaves. */
int aggregate_put_out(struct aggregate *a, struct aggregate_list *list, struct flow *f);
void aggregate_discard(struct aggregate *a, struct aggregate_list *list);

static inline size_t aggregate_held(const struct aggregate *a)
{
	return store_size(&a->store) + a->tables;
}

static inline bool aggregate_is_full(const struct aggregate *a) { return aggregate_held(a) > a->limit; }

/* aggregate_spill.c: whether a record with a new key goes to disk, or waits for flows that are there.
 * Other lists may have gone to disk instead: entries are elsewhere then, but the places in tables
 * are the same. Puts it there; puts out a list part of which is there. */
bool aggregate_parts(struct aggregate *a, struct aggregate_list *list);

static inline bool aggregate_spills(struct aggregate *a, struct aggregate_list *list)
{
	return unlikely(list->is_spilled || aggregate_is_full(a)) && aggregate_parts(a, list);
}

/* A flow on disk; the packed flow follows. */
struct spilled {
	uint64_t order;
	struct hash128 id;
	uint32_t length;
	uint8_t form, flags;
};

/* Packs the two. */
void aggregate_pack_spilled(struct aggregate *a, const struct aggregate_list *list, const struct entry *e);

/* Makes an item of the two, which stays until the next. */
struct item aggregate_unpack_spilled(struct aggregate *a, struct aggregate_list *list, const void *bytes);

/* The order of an entry, be it a piece or not. */
uint64_t aggregate_order_of(const struct aggregate *a, const struct entry *e);

/* Brings the list in the order of its entries' numbers, if it is not. */
void aggregate_sort(struct aggregate *a, struct aggregate_list *list);

/* aggregate_evict.c: other lists go to disk as aggregate_evict() says, as far as that makes room for
 * this one. A record joins a list that is there. */
#define PARTED_MAX 16u /* lists with files at the same time; a process may open so many */
int aggregate_evict_others(struct aggregate *a, struct aggregate_list *list);
bool aggregate_may_spill(const struct aggregate_list *list);

/* The parts of a list; each flow of them, part by part. */
void aggregate_drop_parts(struct aggregate *a, struct aggregate_list *list);
int aggregate_each_part(struct aggregate *a, struct aggregate_list *list,
			int put(struct aggregate *a, const void *bytes, size_t length));

/* Nothing of the list is on disk any more. */
void aggregate_return(struct aggregate *a, struct aggregate_list *list);
int aggregate_await(struct aggregate *a, const struct item *item);

int aggregate_spill(struct aggregate *a, struct aggregate_list *list, const struct item *item);
int aggregate_flush_spilled(const struct aggregate_shares *shares);

#endif
