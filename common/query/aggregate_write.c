/* SPDX-License-Identifier: GPL-3.0-or-later */
/* If all that is done with flows is writing them, most are made where they will be written: a piece
 * from its numbers and the two runs of bytes that its record is kept as, two records that became one
 * by adding their statistics. Several stand side by side before anybody is told. */
#include "argus/record/dsr.h"
#include "common/query/aggregate.h"
#include "common/query/aggregate_kept.h"
#include "common/record/dsr_codec.h"
#include "common/record/near.h"

#define NUMBERS_MAX 256u /* the record's head, times, counts and statistics, and what is copied too much */
#define PLACE_SIZE (WRITTEN_MAX + NUMBERS_MAX)

static size_t size_of(const struct kept_record *r) { return (size_t)r->before + r->agr + r->behind + NUMBERS_MAX; }

static __attribute__((noinline)) uint8_t *put_any_times(uint8_t *to, const struct piece *p)
{
	struct pen pen = pen_on(to, NUMBERS_MAX);
	struct metric metric;
	struct times times;

	piece_times(p, &times);
	piece_counts(p, &metric);
	times_write(&times, metric.pkts, &pen);
	return pen.at;
}

static __attribute__((noinline)) uint8_t *put_any_counts(uint8_t *to, const struct piece *p)
{
	struct pen pen = pen_on(to, NUMBERS_MAX);
	struct metric metric;

	piece_counts(p, &metric);
	metric_write(&metric, &pen);
	return pen.at;
}

/* A side without packets has no times, unless neither has any. */
static INLINED uint8_t *put_times(uint8_t *to, const struct piece *p)
{
	bool has_both = p->pkts[SRC] > 0 && p->pkts[DST] > 0;
	const bool has[2] = { (p->have & TIME_BIT(SRC, START)) && (p->pkts[SRC] > 0 || p->pkts[DST] == 0),
			      (p->have & TIME_BIT(DST, START)) && (p->pkts[DST] > 0 || p->pkts[SRC] == 0) };

	if (likely(has_both && near_is_usual(p->have, p->at)))
		return near_put_times(to, p->start, p->at);
	if (likely((has[SRC] || has[DST]) && near_is_relative(p->at)))
		return near_put_some_times(to, p->start, p->at, has);
	return put_any_times(to, p);
}

static INLINED uint8_t *put_counts(uint8_t *to, const struct piece *p)
{
	if (unlikely((p->appbytes[SRC] | p->appbytes[DST]) != 0))
		return put_any_counts(to, p);
	if (p->pkts[SRC] > 0 && p->pkts[DST] > 0)
		return near_put_counts(to, p->pkts, p->bytes);
	if (p->pkts[SRC] > 0 && p->bytes[DST] == 0)
		return near_put_side_counts(to, SRC, p->pkts[SRC], p->bytes[SRC]);
	if (p->pkts[DST] > 0 && p->bytes[SRC] == 0)
		return near_put_side_counts(to, DST, p->pkts[DST], p->bytes[DST]);
	return put_any_counts(to, p);
}

/* As aggregate_put_out() says. */
static INLINED bool has_agr(const struct aggregate_list *list, const struct piece *p)
{
	return !list->drops_counts && !(list->drops_ones && p->count == 1);
}

static INLINED uint8_t *put_agr(uint8_t *to, const struct kept_record *r, const struct piece *p)
{
	if (unlikely(r->agr > 0)) {
		memcpy(to, kept_written(r) + r->before, r->agr);
		put_be32(to + DSR_HEADER_SIZE, p->count);
		return to + r->agr;
	}
	return near_put_agr(to, p->count, r->active);
}

/* Up to a chunk more, for which there is room on both sides: what stands behind is no less. */
static INLINED uint8_t *put_chunks(uint8_t *to, const uint8_t *from, size_t size)
{
	for (size_t at = 0; at < size; at += KEPT_CHUNK)
		memcpy(to + at, from + at, KEPT_CHUNK);
	return to + size;
}

/* Returns the length of the record. */
static INLINED size_t write_piece(const struct aggregate_list *list, uint8_t *to, const struct kept_record *r, const struct piece *p)
{
	uint8_t *at = put_chunks(to + RECORD_HEADER_SIZE, kept_written(r), r->before);
	size_t length;

	at = put_counts(put_times(at, p), p);
	if (unlikely(has_agr(list, p)))
		at = put_agr(at, r, p);
	at = put_chunks(at, kept_behind(r), r->behind);
	length = (size_t)(at - to);
	memcpy(to, r->head, sizeof r->head);
	put_be16(to + 2, (uint16_t)(length / 4));
	return length;
}

/* Whether a flow that is a record is written as it is kept, but for statistics: its rule changes
 * nothing about it, and its count says something. */
static INLINED bool is_as_kept(const struct aggregate_list *list, const struct entry *e)
{
	return (e->form == PACK_RECORD || e->form == ENTRY_MERGED_PAIR) &&
	       !(e->flags & (ENTRY_RMON | ENTRY_REVERSED | ENTRY_COUNTED)) && !list->drops_counts &&
	       (!(e->flags & ENTRY_PLAIN) || !key_changes_flows(list->key));
}

/* How many bytes making it takes at most; 0: it has to be opened. */
static INLINED size_t most_of(const struct aggregate *a, const struct aggregate_list *list, const struct entry *e)
{
	if (e->form == ENTRY_PIECE) {
		const struct kept_record *r = store_at(&a->store, e->body);

		return r->is_written ? size_of(r) : 0;
	}
	return !is_as_kept(list, e) ? 0 : e->form == PACK_RECORD ? e->length : unfolded_room(e->length);
}

static INLINED size_t make(const struct aggregate *a, const struct aggregate_list *list, const struct entry *e, uint8_t *to)
{
	const void *body = store_at(&a->store, e->body);

	if (e->form == ENTRY_PIECE)
		return write_piece(list, to, body, aggregate_piece(e));
	if (likely(e->form == ENTRY_MERGED_PAIR))
		return aggregate_unfold_to(body, e->length, to);
	memcpy(to, body, e->length);
	return e->length;
}

/* There is no place for several. */
static __attribute__((noinline)) int write_one(const struct aggregate *a, const struct aggregate_list *list, const struct entry *e)
{
	uint8_t room[PLACE_SIZE];

	if (e->form == PACK_RECORD)
		return a->write(a->write_context, store_at(&a->store, e->body), e->length);
	return a->write(a->write_context, room, make(a, list, e, room));
}

void aggregate_hand_over(const struct aggregate *a, struct made *made)
{
	if (made->count > 0)
		a->commit(a->write_context, (size_t)(made->at - made->start), made->count);
	*made = (struct made){ 0 };
}

static __attribute__((noinline)) bool find_place(const struct aggregate *a, struct made *made, size_t size)
{
	aggregate_hand_over(a, made);
	if (size > PLACE_SIZE)
		return false;
	made->start = made->at = a->place(a->write_context, PLACE_SIZE);
	made->end = made->at != NULL ? made->at + PLACE_SIZE : NULL;
	return made->at != NULL;
}

static __attribute__((noinline)) int put_opened(struct aggregate *a, struct aggregate_list *list, const struct entry *e, struct made *made)
{
	aggregate_hand_over(a, made);
	aggregate_open_entry(a, list, e, &a->kept);
	return aggregate_put_out(a, list, &a->kept);
}

static INLINED int put_entry(struct aggregate *a, struct aggregate_list *list, const struct entry *e, struct made *made)
{
	size_t size = a->write != NULL ? most_of(a, list, e) : 0;

	if (unlikely(size == 0))
		return put_opened(a, list, e, made);
	if (unlikely((size_t)(made->end - made->at) < size) && !find_place(a, made, size))
		return write_one(a, list, e);
	made->at += make(a, list, e, made->at);
	made->count++;
	return 0;
}

int aggregate_put_entry(struct aggregate *a, struct aggregate_list *list, const struct entry *e, struct made *made)
{
	return put_entry(a, list, e, made);
}

/* Of a piece only what is written. */
static INLINED void fetch_body(const struct aggregate *a, uint32_t ref)
{
	const size_t from = offsetof(struct kept_record, active);
	const struct entry *e = aggregate_entry(a, ref);

	if (likely(e->form == ENTRY_PIECE))
		fetch_bytes((const uint8_t *)store_at(&a->store, e->body) + from, aggregate_body_size(e) - from);
	else
		aggregate_fetch_body(a, e, AGGREGATE_FETCH_ALL);
}

/* Writing a flow takes less time than merging one: it has to be asked for earlier. */
#define WRITE_ENTRY_AHEAD 20u
#define WRITE_BODY_AHEAD 8u

/* In sorted order flows lie anywhere in memory: their entries are brought in, then their bodies. */
static INLINED void fetch_ahead(const struct aggregate_shares *shares, const uint64_t *places, size_t i, size_t count)
{
	if (likely(i + WRITE_ENTRY_AHEAD < count))
		aggregate_fetch(shares->aggregate[places[i + WRITE_ENTRY_AHEAD] >> 32], (uint32_t)places[i + WRITE_ENTRY_AHEAD]);
	if (likely(i + WRITE_BODY_AHEAD < count))
		fetch_body(shares->aggregate[places[i + WRITE_BODY_AHEAD] >> 32], (uint32_t)places[i + WRITE_BODY_AHEAD]);
}

int aggregate_put_all(const struct aggregate_shares *shares, const uint64_t *places, size_t count)
{
	struct made made = { 0 };
	int result = 0;

	for (size_t i = 0; result == 0 && i < count; i++) {
		struct aggregate *a = shares->aggregate[places[i] >> 32];
		const struct entry *e = aggregate_entry(a, (uint32_t)places[i]);

		fetch_ahead(shares, places, i, count);
		if (!(e->flags & ENTRY_REPORTED))
			result = put_entry(a, shares->list[places[i] >> 32], e, &made);
	}
	aggregate_hand_over(shares->aggregate[0], &made);
	return result;
}
