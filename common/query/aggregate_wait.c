/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows that are looked for only when their list is put out. Bins of time get the pieces of many records
 * in turn: their tables, which are large together, would be filled and grow all at once, and hardly any
 * piece meets another. So pieces wait at the end of their list's order, and whole records with them, for
 * what they are merged into depends on what came before. Then one table after the other is filled, which
 * the processor has at hand.
 *
 * Where many meet that would take memory that they need not have: pieces are looked for at once until it
 * is known that they do not, and in one list of many for as long as records come. */
#include "common/query/aggregate.h"

/* Records that are whole take more room; lists that have many are better off without. */
#define WHOLE_PART 4u

#define TAGS_LEAST 16u

bool aggregate_wait_too(struct aggregate *a, const struct item *item)
{
	struct aggregate_list *list = item->list;

	if (!aggregate_may_wait(a, list) || list->whole > list->unfiled / WHOLE_PART || aggregate_is_full(a))
		return false;
	aggregate_add_waiting(a, item);
	aggregate_wait(a, list, item->id);
	list->whole++;
	return true;
}

/* The long way for a piece. Where it stands to be shown the other one may have to be shown, too. */
static int merge_shown(struct aggregate *a, struct aggregate_list *list, uint32_t ref, const struct entry *piece)
{
	struct buf other = a->aside;

	aggregate_show_piece(a, list, piece, &a->newcomer);
	a->aside = a->opened;
	a->opened = other;
	return aggregate_merge_into(a, list, ref, &a->newcomer, aggregate_order_of(a, piece));
}

static int merge_whole(struct aggregate *a, struct aggregate_list *list, uint32_t ref, const struct entry *e)
{
	struct item item = { .list = list,
			     .read = store_at(&a->store, e->body),
			     .shape = { e->shape_stamp, e->shape },
			     .id = e->id,
			     .order = e->order,
			     .length = e->length,
			     .form = e->form,
			     .flags = e->flags };

	a->is_opposed = false;
	if (aggregate_take_in(a, list, ref, &item))
		return 0;
	aggregate_open_item(a, &item, &a->newcomer);
	return aggregate_merge_into(a, list, ref, &a->newcomer, item.order);
}

/* The flow of an entry that waits becomes part of that of another, and the entry is no more. */
static int merge_waiting(struct aggregate *a, struct aggregate_list *list, uint32_t into, uint32_t ref)
{
	const struct entry *e = aggregate_entry(a, ref);
	int result = 0;

	if (e->form != ENTRY_PIECE)
		result = merge_whole(a, list, into, e);
	else if (!aggregate_merge_piece(a, into, e->body, aggregate_piece(e)))
		result = merge_shown(a, list, into, e);
	aggregate_release(a, ref);
	list->count--;
	return result;
}

COLD void aggregate_make_tag_room(struct aggregate *a, struct aggregate_list *list)
{
	uint32_t room = list->tag_room > 0 ? list->tag_room * 2 : TAGS_LEAST;

	list->tags = xrealloc(list->tags, room * sizeof *list->tags);
	a->tables += (room - list->tag_room) * sizeof *list->tags;
	list->tag_room = room;
}

void aggregate_end_waiting(struct aggregate *a, struct aggregate_list *list)
{
	a->tables -= list->tag_room * sizeof *list->tags;
	free(list->tags);
	list->tags = NULL;
	list->unfiled = list->whole = list->tag_room = 0;
}

/* Which tags came once, and which more than once: two bits for each of so many that most are alone. */
struct marks {
	uint8_t *bytes;
	uint32_t mask;
};

#define MARKS_PER_TAG 32u

static struct marks new_marks(uint64_t count)
{
	uint64_t size = 1;

	while (size < count * MARKS_PER_TAG / 4)
		size *= 2;
	return (struct marks){ xcalloc(size, 1), (uint32_t)(size - 1) };
}

static inline void mark(const struct marks *m, uint32_t tag)
{
	uint8_t *byte = &m->bytes[tag >> 2 & m->mask];
	unsigned shift = tag % 4 * 2;

	*byte |= (uint8_t)((1u | (*byte >> shift & 1u) << 1) << shift);
}

static inline bool is_marked_twice(const struct marks *m, uint32_t tag)
{
	return m->bytes[tag >> 2 & m->mask] >> tag % 4 * 2 & 2;
}

static void mark_all(const struct marks *m, const struct aggregate_list *list)
{
	for (uint32_t at = 0; list->table.used > 0 && at <= list->table.mask; at++)
		if (list->table.slots[at].ref != 0)
			mark(m, list->table.slots[at].tag);
	for (uint32_t i = 0; i < list->unfiled; i++)
		mark(m, list->tags[i]);
}

/* Of the flows that wait, by their number, those that are to be filed: all, or, if no more come, those
 * that may meet another. To be freed. */
static uint32_t *choose(const struct aggregate_list *list, bool is_last, uint32_t *count)
{
	uint32_t *chosen = xmalloc(list->unfiled * sizeof *chosen);
	struct marks m = { NULL, 0 };

	if (is_last) {
		m = new_marks((uint64_t)list->unfiled + list->table.used);
		mark_all(&m, list);
	}
	*count = 0;
	for (uint32_t i = 0; i < list->unfiled; i++) {
		chosen[*count] = i;
		*count += !is_last || is_marked_twice(&m, list->tags[i]);
	}
	free(m.bytes);
	return chosen;
}

/* The entry that has the key of this one; 0: none. Most is told by tags. */
static uint32_t find_like(const struct aggregate *a, const struct aggregate_list *list, uint32_t ref, struct htab_probe *probe)
{
	const struct hash128 *id = aggregate_id_of(a, aggregate_entry(a, ref)), *there;
	uint32_t found;

	while ((found = htab_next(&list->table, probe)) != 0) {
		there = aggregate_id_of(a, aggregate_entry(a, found));
		if (there->low == id->low && there->high == id->high)
			break;
	}
	return found;
}

static int file_waiting(struct aggregate *a, struct aggregate_list *list, uint32_t *ref, uint32_t tag)
{
	struct htab_probe probe = htab_start(&list->table, tag);
	uint32_t found = find_like(a, list, *ref, &probe);
	int result;

	aggregate_note_met(a, found != 0);
	if (found == 0) {
		htab_add_at(&list->table, &probe, *ref);
		return 0;
	}
	result = merge_waiting(a, list, found, *ref);
	*ref = 0;
	return result;
}

static INLINED void fetch_body(const struct aggregate *a, uint32_t ref)
{
	aggregate_fetch_body(a, aggregate_entry(a, ref), AGGREGATE_FETCH_ALL);
}

#define TURN 16u /* a power of two above ENTRY_AHEAD */

/* Files the flows that were chosen: each is brought in before, and so is what it may be merged into. */
static int file_chosen(struct aggregate *a, struct aggregate_list *list, uint32_t *refs, const uint32_t *chosen, uint32_t count)
{
	uint32_t like[TURN];
	int result = 0;

	for (uint32_t i = 0; i < count + ENTRY_AHEAD && result == 0; i++) {
		uint32_t body = i - (ENTRY_AHEAD - BODY_AHEAD), now = i - ENTRY_AHEAD;

		if (i < count) {
			aggregate_fetch(a, refs[chosen[i]]);
			like[i % TURN] = aggregate_fetch_like(a, list, list->tags[chosen[i]]);
		}
		if (body < count)
			fetch_body(a, refs[chosen[body]]);
		if (body < count && like[body % TURN] != 0)
			fetch_body(a, like[body % TURN]);
		if (now < count)
			result = file_waiting(a, list, &refs[chosen[now]], list->tags[chosen[now]]);
	}
	return result;
}

int aggregate_file_all(struct aggregate *a, struct aggregate_list *list, bool is_last)
{
	uint32_t *refs = list->order.refs + list->order.end - list->unfiled, count;
	uint32_t *chosen = choose(list, is_last, &count);
	int result;

	aggregate_reserve(a, list, count);
	result = file_chosen(a, list, refs, chosen, count);
	a->pieces += list->unfiled - count;
	free(chosen);
	aggregate_end_waiting(a, list);
	return result;
}
