/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aggregation beyond the memory that is allowed. When it is used up, and other lists have most
 * of it, they go to disk (aggregate_evict.c). Else, of the list that is added to, records whose keys
 * are in memory are still merged there; the others go to one of 16 files, chosen by
 * their key, with the records of the same key. At the end each file is aggregated by
 * itself - and parted again if need be - and the results, each in its order, are
 * merged into one. */
#include "common/query/aggregate.h"
#include "common/query/spill.h"

#define PARTS 16u
#define DEPTH_MAX 6
#define PART_BITS 4

/* The results of one round, in order. */
struct result_run {
	struct spill *file;
	const struct spilled *next; /* NULL: at its end */
};

struct result_runs {
	struct result_run *run;
	size_t count;
};

bool aggregate_may_spill(const struct aggregate_list *list)
{
	return (list->status | list->idle) == 0 && !list->by_answer && list->flush == NULL;
}

/* Whether a list that fills the memory alone can be parted. */
static bool may_part(const struct aggregate *a, const struct aggregate_list *list)
{
	if (a->is_opposed || list->depth >= DEPTH_MAX || !aggregate_may_spill(list))
		return false;
	/* What a record may be merged with is not told by its key: it must not miss what is on disk. */
	if (list->is_correcting && !key_tells_opposite(list->key))
		return false;
	/* Parting a part again does not help when it is other lists that fill the memory. */
	if (list->depth > 0 && a->live > list->count)
		return false;
	return list->parts != NULL || a->parted < PARTED_MAX;
}

bool aggregate_parts(struct aggregate *a, struct aggregate_list *list)
{
	if (a->limit == 0)
		return false;
	if (list->away != 0)
		return true;
	if (list->parts == NULL && (aggregate_evict_others(a, list) < 0 || !aggregate_is_full(a)))
		return a->has_failed;
	return may_part(a, list);
}

/* Without a key nothing is merged: what comes later is one part, which need not be read back. */
static unsigned parts_of(const struct aggregate_list *list) { return list->key->objects != 0 ? PARTS : 1; }

static int open_parts(struct aggregate *a, struct aggregate_list *list)
{
	list->parts = xcalloc(PARTS, sizeof(struct spill *));
	list->is_spilled = true;
	a->parted++;
	a->patience = 0;
	aggregate_enlist(a, list);
	for (unsigned i = 0; i < parts_of(list); i++) {
		list->parts[i] = spill_new(a->err);
		if (list->parts[i] == NULL)
			return -1;
	}
	return 0;
}

/* Each round of parting goes by other bits; none of those that the shares go by. */
static unsigned part_of(struct aggregate *a, const struct aggregate_list *list, const struct item *item)
{
	if (list->key->objects == 0)
		return 0;
	return (unsigned)(aggregate_spread(a, list, &a->newcomer, item->id) >> (list->depth * PART_BITS)) % PARTS;
}

int aggregate_spill(struct aggregate *a, struct aggregate_list *list, const struct item *item)
{
	struct spilled piece = { item->order, item->id, item->length, item->form, item->flags };
	struct spill *file;

	if (a->has_failed)
		return -1;
	if (list->away != 0)
		return aggregate_await(a, item);
	if (list->parts == NULL && open_parts(a, list) < 0)
		return -1;
	file = list->parts[part_of(a, list, item)];
	buf_clear(&a->packed);
	buf_add(&a->packed, &piece, sizeof piece);
	buf_add(&a->packed, aggregate_bytes_of(a, item), item->length);
	return spill_put(file, a->packed.data, a->packed.length, a->err);
}

void aggregate_drop_parts(struct aggregate *a, struct aggregate_list *list)
{
	a->parted -= list->parts != NULL;
	for (unsigned i = 0; list->parts != NULL && i < PARTS; i++)
		spill_free(list->parts[i]);
	free(list->parts);
	list->parts = NULL;
	list->is_spilled = list->away != 0;
	aggregate_delist(a, list);
}

int aggregate_each_part(struct aggregate *a, struct aggregate_list *list,
			int put(struct aggregate *a, const void *bytes, size_t length))
{
	const void *bytes;
	size_t length;
	int result = 0;

	for (unsigned i = 0; list->parts != NULL && i < parts_of(list) && result == 0; i++)
		while ((result = spill_next(list->parts[i], &bytes, &length, a->err)) > 0)
			if (put(a, bytes, length) < 0)
				return -1;
	return result;
}

/* A piece is packed as a flow of its own: on disk there is no record that it could refer to. */
static void pack_piece(struct aggregate *a, const struct aggregate_list *list, const struct entry *e, struct spilled *head)
{
	aggregate_open_piece(a, list, e, &a->kept);
	head->form = (uint8_t)pack_flow(&a->kept, PACK_SQUEEZED, &a->packed);
	head->flags = e->flags & ENTRY_KEYED;
}

void aggregate_pack_spilled(struct aggregate *a, const struct aggregate_list *list, const struct entry *e)
{
	struct spilled head = { .order = aggregate_order_of(a, e), .id = *aggregate_id_of(a, e), .form = e->form, .flags = e->flags };

	buf_clear(&a->packed);
	buf_add(&a->packed, &head, sizeof head);
	if (e->form == ENTRY_PIECE)
		pack_piece(a, list, e, &head);
	else
		buf_add(&a->packed, store_at(&a->store, e->body), e->length);
	head.length = (uint32_t)(a->packed.length - sizeof head);
	memcpy(a->packed.data, &head, sizeof head);
}

struct item aggregate_unpack_spilled(struct aggregate *a, struct aggregate_list *list, const void *bytes)
{
	struct spilled head;

	memcpy(&head, bytes, sizeof head);
	buf_clear(&a->bytes);
	buf_add(&a->bytes, (const uint8_t *)bytes + sizeof head, head.length);
	return (struct item){ .list = list,
			      .order = head.order,
			      .id = head.id,
			      .length = head.length,
			      .form = head.form,
			      .flags = head.flags };
}

static struct result_run *take_run(struct result_runs *runs, struct spill *file)
{
	runs->run = xrealloc(runs->run, (runs->count + 1) * sizeof *runs->run);
	runs->run[runs->count] = (struct result_run){ file, NULL };
	return &runs->run[runs->count++];
}

static struct result_run *add_run(struct aggregate *a, struct result_runs *runs)
{
	struct spill *file = spill_new(a->err);

	return file != NULL ? take_run(runs, file) : NULL;
}

/* What the list has in memory becomes a run. */
static int write_run(struct aggregate *a, struct aggregate_list *list, struct result_runs *runs)
{
	struct result_run *run = list->count > 0 ? add_run(a, runs) : NULL;
	int result = run != NULL || list->count == 0 ? 0 : -1;

	aggregate_sort(a, list);
	for (uint32_t i = list->order.first; result == 0 && i < list->order.end; i++) {
		struct entry *e = list->order.refs[i] != 0 ? aggregate_entry(a, list->order.refs[i]) : NULL;

		if (e == NULL)
			continue;
		aggregate_pack_spilled(a, list, e);
		result = spill_put(run->file, a->packed.data, a->packed.length, a->err);
	}
	aggregate_discard(a, list);
	return result;
}

/* Adds a record from a file to a list as if it came anew. */
static int replay(struct aggregate *a, struct aggregate_list *list, const uint8_t *bytes)
{
	struct item item = aggregate_unpack_spilled(a, list, bytes);

	return aggregate_work_off(a, &item);
}

static int collect(struct aggregate *a, struct aggregate_list *list, struct result_runs *runs);

static int collect_part(struct aggregate *a, const struct aggregate_list *parent, struct spill *part,
			struct result_runs *runs)
{
	struct aggregate_list list = *parent;
	const void *bytes;
	size_t length;
	int result;

	aggregate_list_init(a, &list);
	list.depth = parent->depth + 1;
	list.visitor = NULL; /* who sorts them is given the results */
	while ((result = spill_next(part, &bytes, &length, a->err)) > 0)
		if (replay(a, &list, bytes) < 0) {
			result = -1;
			break;
		}
	if (result == 0)
		result = collect(a, &list, runs);
	aggregate_list_fini(a, &list);
	return result;
}

/* Makes runs of everything that the list has, in memory and on disk. */
static int collect(struct aggregate *a, struct aggregate_list *list, struct result_runs *runs)
{
	struct spill **parts = list->parts;
	int result = write_run(a, list, runs);

	list->parts = NULL;
	list->is_spilled = false;
	a->parted -= parts != NULL;
	aggregate_delist(a, list);
	if (parts != NULL && parts[0] != NULL && list->key->objects == 0) {
		take_run(runs, parts[0]);
		parts[0] = NULL;
	}
	for (unsigned i = 0; parts != NULL && i < PARTS; i++) {
		if (result == 0 && parts[i] != NULL)
			result = collect_part(a, list, parts[i], runs);
		spill_free(parts[i]);
	}
	free(parts);
	return result;
}

static int advance(struct aggregate *a, struct result_run *run)
{
	const void *bytes;
	size_t length;
	int result = spill_next(run->file, &bytes, &length, a->err);

	run->next = result > 0 ? bytes : NULL;
	return result < 0 ? -1 : 0;
}

static uint64_t order_of(const struct result_run *run)
{
	uint64_t order;

	memcpy(&order, run->next, sizeof order);
	return order;
}

static struct result_run *first_run(struct result_runs *runs)
{
	struct result_run *first = NULL;

	for (size_t i = 0; i < runs->count; i++)
		if (runs->run[i].next != NULL && (first == NULL || order_of(&runs->run[i]) < order_of(first)))
			first = &runs->run[i];
	return first;
}

static int put_runs(struct aggregate *a, struct aggregate_list *list, struct result_runs *runs)
{
	struct result_run *run;
	struct spilled piece;

	for (size_t i = 0; i < runs->count; i++)
		if (advance(a, &runs->run[i]) < 0)
			return -1;
	while ((run = first_run(runs)) != NULL) {
		memcpy(&piece, run->next, sizeof piece);
		aggregate_open(a, list, &a->kept, piece.form, piece.flags, (const uint8_t *)run->next + sizeof piece,
			       piece.length);
		if (aggregate_put_out(a, list, &a->kept) < 0 || advance(a, run) < 0)
			return -1;
	}
	return 0;
}

int aggregate_flush_spilled(const struct aggregate_shares *shares)
{
	struct result_runs runs = { NULL, 0 };
	int result = 0;

	for (unsigned i = 0; i < shares->count; i++)
		shares->aggregate[i]->is_ending = false; /* parts are read back, one into the memory of the other */
	for (unsigned i = 0; result == 0 && i < shares->count; i++)
		result = collect(shares->aggregate[i], shares->list[i], &runs);
	if (result == 0)
		result = put_runs(shares->aggregate[0], shares->list[0], &runs);
	for (size_t i = 0; i < runs.count; i++)
		spill_free(runs.run[i].file);
	free(runs.run);
	return result;
}
