/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aggregation beyond the memory that is allowed. When it is used up, records whose keys
 * are in memory are still merged there; the others go to one of 16 files, chosen by
 * their key, with the records of the same key. At the end each file is aggregated by
 * itself - and parted again if need be - and the results, each in its order, are
 * merged into one. */
#include "common/query/aggregate.h"
#include "common/query/spill.h"

#define PARTS 16u
#define DEPTH_MAX 6
#define PARTED_MAX 16u /* lists with files at the same time; a process may open so many */
#define PART_BITS 4

/* A record on disk; its packed flow follows. */
struct spilled {
	uint64_t order;
	struct hash128 id;
	uint32_t length;
	uint8_t form, flags;
};

/* The results of one round, in order. */
struct result_run {
	struct spill *file;
	const struct spilled *next; /* NULL: at its end */
};

struct result_runs {
	struct result_run *run;
	size_t count;
};

bool aggregate_parts(const struct aggregate *a, const struct aggregate_list *list)
{
	if (a->limit == 0 || list->key->objects == 0 || a->is_opposed || list->depth >= DEPTH_MAX ||
	    (list->status | list->idle) != 0 || list->by_answer || list->flush != NULL)
		return false;
	/* Parting a part again does not help when it is other lists that fill the memory. */
	if (list->depth > 0 && a->entries.live > list->count)
		return false;
	return list->parts != NULL || (a->parted < PARTED_MAX && aggregate_size(a) > a->limit);
}

static int open_parts(struct aggregate *a, struct aggregate_list *list)
{
	list->parts = xcalloc(PARTS, sizeof(struct spill *));
	a->parted++;
	for (unsigned i = 0; i < PARTS; i++) {
		list->parts[i] = spill_new(a->err);
		if (list->parts[i] == NULL)
			return -1;
	}
	return 0;
}

/* Each round of parting goes by other bits; none of those that the shares go by. */
static unsigned part_of(struct aggregate *a, const struct aggregate_list *list, const struct item *item)
{
	return (unsigned)(aggregate_spread(a, list, &a->newcomer, item->id) >> (list->depth * PART_BITS)) % PARTS;
}

int aggregate_spill(struct aggregate *a, struct aggregate_list *list, const struct item *item)
{
	struct spilled piece = { item->order, item->id, item->length, item->form, item->flags };
	struct spill *file;

	if (list->parts == NULL && open_parts(a, list) < 0)
		return -1;
	file = list->parts[part_of(a, list, item)];
	buf_clear(&a->packed);
	buf_add(&a->packed, &piece, sizeof piece);
	buf_add(&a->packed, aggregate_bytes_of(a, item), item->length);
	return spill_put(file, a->packed.data, a->packed.length, a->err);
}

static struct result_run *add_run(struct aggregate *a, struct result_runs *runs)
{
	runs->run = xrealloc(runs->run, (runs->count + 1) * sizeof *runs->run);
	runs->run[runs->count] = (struct result_run){ spill_new(a->err), NULL };
	return runs->run[runs->count].file != NULL ? &runs->run[runs->count++] : NULL;
}

/* What the list has in memory becomes a run. */
static int write_run(struct aggregate *a, struct aggregate_list *list, struct result_runs *runs)
{
	struct result_run *run = list->count > 0 ? add_run(a, runs) : NULL;
	int result = run != NULL || list->count == 0 ? 0 : -1;

	for (uint32_t i = list->order.first; result == 0 && i < list->order.end; i++) {
		struct entry *e = list->order.refs[i] != 0 ? aggregate_entry(a, list->order.refs[i]) : NULL;
		struct spilled piece;

		if (e == NULL)
			continue;
		if (e->form == ENTRY_PIECE) { /* on disk there is no record that it could refer to */
			aggregate_open_entry(a, list, e, &a->kept);
			aggregate_keep(a, e, PACK_SQUEEZED);
		}
		piece = (struct spilled){ e->order, e->id, e->length, e->form, e->flags };
		buf_clear(&a->packed);
		buf_add(&a->packed, &piece, sizeof piece);
		buf_add(&a->packed, store_at(&a->store, e->body), e->length);
		result = spill_put(run->file, a->packed.data, a->packed.length, a->err);
	}
	aggregate_discard(a, list);
	return result;
}

/* Adds a record from a file to a list as if it came anew. */
static int replay(struct aggregate *a, struct aggregate_list *list, const uint8_t *bytes)
{
	struct item item = { .list = list };
	struct spilled piece;

	memcpy(&piece, bytes, sizeof piece);
	buf_clear(&a->bytes);
	buf_add(&a->bytes, bytes + sizeof piece, piece.length);
	item.order = piece.order;
	item.id = piece.id;
	item.length = piece.length;
	item.form = piece.form;
	item.flags = piece.flags;
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
	a->parted -= parts != NULL;
	for (unsigned i = 0; parts != NULL && i < PARTS; i++) {
		if (result == 0)
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
