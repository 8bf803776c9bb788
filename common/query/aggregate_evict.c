/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole lists on disk. When the memory is used up and there are many lists - time bins - those that
 * got no new flow for longest go to one file, one behind the other, until half of the flows are left.
 * These go to memory of their own, so that all of the old is given back, not holes in it.
 *
 * A list that is away does not know its keys, and what comes for it must not be merged with others
 * before it meets the flows on disk: statistics are sums of fractions, which depend on their order. So
 * it waits, in the list's order, and goes to disk in its turn, behind what is there. Before the list is
 * put out it is brought back: its flows become those that they were, and what waited is added as if it
 * came only now. That costs a record that comes late one way to the disk and back, however many lists
 * there are and in whatever order records come; bringing lists back for each of them would not. */
#include "common/query/aggregate.h"
#include "common/query/spill.h"

#define LEAST_FLOWS 64u /* fewer are not worth it: what is held then is not theirs */

/* Flows of a list that lie in the file side by side: this stands behind them. */
struct stretch {
	uint64_t before;   /* where the one before it stands; 0: it is the first */
	uint64_t from;     /* where its flows begin */
	uint64_t is_waiting; /* they have yet to be added */
};

static int add_packed(struct aggregate *a, const void *bytes, size_t length)
{
	return spill_add(a->file, bytes, length, a->err);
}

/* What was written since `from` is the list's next stretch. */
static int end_stretch(struct aggregate *a, struct aggregate_list *list, uint64_t from, bool is_waiting)
{
	struct stretch s = { list->away, from, is_waiting };
	uint64_t at = spill_end(a->file);

	if (at == from)
		return 0;
	if (list->away == 0)
		a->away++;
	list->away = at;
	return spill_add(a->file, &s, sizeof s, a->err);
}

static int write_flows(struct aggregate *a, struct aggregate_list *list, uint32_t first, uint32_t end, bool are_waiting)
{
	uint64_t from = spill_end(a->file);

	for (uint32_t i = first; i < end; i++) {
		uint32_t ref = list->order.refs[i];

		if (ref == 0)
			continue;
		aggregate_pack_spilled(a, list, aggregate_entry(a, ref));
		if (add_packed(a, a->packed.data, a->packed.length) < 0)
			return -1;
	}
	return end_stretch(a, list, from, are_waiting);
}

/* What the list has in memory. */
static int write_all(struct aggregate *a, struct aggregate_list *list)
{
	const struct aggregate_order *o = &list->order;
	uint32_t filed = o->end - list->unfiled;

	if (write_flows(a, list, o->first, filed, list->away != 0) < 0)
		return -1;
	return write_flows(a, list, filed, o->end, true);
}

/* Of a list that was parted, flows have the keys that were the first, and the records of others,
 * which are in the parts, wait. */
static int write_parts(struct aggregate *a, struct aggregate_list *list)
{
	uint64_t from = spill_end(a->file);

	if (aggregate_each_part(a, list, add_packed) < 0)
		return -1;
	aggregate_drop_parts(a, list);
	return end_stretch(a, list, from, true);
}

static int send_away(struct aggregate *a, struct aggregate_list *list)
{
	if (a->file == NULL)
		a->file = spill_new(a->err);
	if (a->file == NULL || write_all(a, list) < 0 || write_parts(a, list) < 0) {
		a->has_failed = true;
		return -1;
	}
	list->is_spilled = true;
	aggregate_discard(a, list);
	return 0;
}

/* A list and when it got its last new flow. */
struct candidate {
	struct aggregate_list *list;
	uint64_t order;
};

static uint64_t last_order(const struct aggregate *a, const struct aggregate_list *list)
{
	for (uint32_t i = list->order.end; i > list->order.first; i--)
		if (list->order.refs[i - 1] != 0)
			return aggregate_order_of(a, aggregate_entry(a, list->order.refs[i - 1]));
	return 0;
}

static int latest_first(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	return (a->order < b->order) - (a->order > b->order);
}

static bool is_candidate(const struct aggregate_list *list)
{
	return (list->count > 0 || list->parts != NULL) && list->depth == 0 && list->visitor == NULL && aggregate_may_spill(list);
}

/* All that may go but `stays`, to be freed. */
static struct candidate *find_candidates(const struct aggregate *a, const struct aggregate_list *stays, size_t *count)
{
	struct candidate *all = NULL;

	*count = 0;
	for (int round = 0; round < 2; round++) {
		size_t at = 0;

		for (struct aggregate_list *list = a->lists; list != NULL; list = list->next) {
			if (list == stays || !is_candidate(list))
				continue;
			if (round > 0)
				all[at] = (struct candidate){ list, last_order(a, list) };
			at++;
		}
		if (round == 0)
			all = xcalloc(at + 1, sizeof *all);
		*count = at;
	}
	qsort(all, *count, sizeof *all, latest_first);
	return all;
}

/* Lists but `stays` go until there are only so many, with so many flows. Those that were parted go in
 * any case: they fill the memory by themselves, and have files that others may need. */
static int evict(struct aggregate *a, const struct aggregate_list *stays, size_t lists, uint64_t flows)
{
	struct candidate *all;
	uint64_t kept = 0;
	size_t count, left = 0;
	int result = 0;

	aggregate_end_pieces(a);
	all = find_candidates(a, stays, &count);
	for (size_t i = 0; i < count && result == 0; i++) {
		struct aggregate_list *list = all[i].list;

		if (list->parts == NULL && left < lists && kept + list->count <= flows) {
			kept += list->count;
			left++;
		} else {
			lists = left; /* none that is older stays */
			result = send_away(a, list);
		}
	}
	free(all);
	if (result == 0)
		aggregate_compact(a);
	a->patience = aggregate_is_full(a) ? a->live + a->live / 4 : 0;
	return result;
}

int aggregate_evict(struct aggregate *a, size_t lists) { return evict(a, NULL, lists, UINT64_MAX); }

/* Whether there are flows enough in memory for it to be of use. */
static bool is_worth_it(const struct aggregate *a)
{
	return a->live >= LEAST_FLOWS && a->live >= a->patience;
}

/* Flows of lists that may go. */
static uint64_t flows_of_others(const struct aggregate *a, const struct aggregate_list *list)
{
	uint64_t count = 0;

	for (const struct aggregate_list *other = a->lists; other != NULL; other = other->next)
		if (other != list && is_candidate(other))
			count += other->count;
	return count;
}

int aggregate_evict_others(struct aggregate *a, struct aggregate_list *list)
{
	uint64_t half = a->live / 2;

	if (!is_worth_it(a))
		return 0;
	if (flows_of_others(a, list) < half / 2 && a->parted < PARTED_MAX) {
		a->patience = a->live + half / 2;
		return 0;
	}
	return evict(a, list, SIZE_MAX, list->count < half ? half - list->count : 0);
}

int aggregate_await(struct aggregate *a, const struct item *item)
{
	if (aggregate_is_full(a) && is_worth_it(a) && evict(a, NULL, SIZE_MAX, a->live / 2) < 0)
		return -1;
	aggregate_add_waiting(a, item);
	return 0;
}

/* The last list that has something in the file takes it along. */
static void leave_file(struct aggregate *a)
{
	if (--a->away > 0)
		return;
	spill_free(a->file);
	a->file = NULL;
}

void aggregate_return(struct aggregate *a, struct aggregate_list *list)
{
	if (list->away == 0)
		return;
	list->away = 0;
	list->is_spilled = list->parts != NULL;
	leave_file(a);
}

bool aggregate_list_is_away(const struct aggregate_list *list) { return list->count == 0 && list->parts == NULL; }

uint64_t aggregate_list_park(struct aggregate *a, struct aggregate_list *list)
{
	uint64_t away = list->away;

	list->away = 0;
	aggregate_list_fini(a, list);
	return away;
}

/* A flow becomes what it was, if there is room for it: others with its key come later. */
static int put_back(struct aggregate *a, const struct item *item)
{
	a->is_opposed = false;
	if (item->list->is_correcting)
		aggregate_open_item(a, item, &a->newcomer);
	if (aggregate_spills(a, item->list))
		return aggregate_spill(a, item->list, item);
	aggregate_add_flow(a, item);
	return 0;
}

#define READ_SIZE ((size_t)64 << 10)

/* Reads what lies from `from` to `to`, flow by flow. */
static int read_stretch(struct aggregate *a, struct aggregate_list *list, uint64_t from, uint64_t to, bool is_waiting)
{
	struct buf read = BUF_INIT;
	size_t at = 0;
	int result = 0;

	while (result == 0 && (from < to || at < read.length)) {
		struct spilled head = { .length = 0 };
		size_t left = read.length - at, more;

		if (left >= sizeof head)
			memcpy(&head, read.data + at, sizeof head);
		if (left >= sizeof head + head.length && left >= sizeof head) {
			struct item item = aggregate_unpack_spilled(a, list, read.data + at);

			at += sizeof head + head.length;
			result = is_waiting ? aggregate_work_off(a, &item) : put_back(a, &item);
			continue;
		}
		more = (size_t)u64_min(u64_max(READ_SIZE, head.length), to - from);
		buf_reserve(&read, more);
		memmove(read.data, read.data + at, left);
		at = 0;
		read.length = left;
		result = spill_read(a->file, from, read.data + left, more, a->err);
		read.length += more;
		from += more;
	}
	buf_fini(&read);
	return result;
}

/* The list's stretches, the last one first, each with its own place in that of the one before. */
static int find_stretches(struct aggregate *a, uint64_t at, struct buf *stretches)
{
	struct stretch s;

	for (uint64_t before; at != 0; at = before) {
		if (spill_read(a->file, at, &s, sizeof s, a->err) < 0)
			return -1;
		before = s.before;
		s.before = at;
		buf_add(stretches, &s, sizeof s);
	}
	return 0;
}

/* What waits in memory goes to the others first, so that all of it is read in one way. */
static int bring_back(struct aggregate *a, struct aggregate_list *list)
{
	struct buf stretches = BUF_INIT;
	int result = list->count > 0 ? send_away(a, list) : 0;

	if (result == 0)
		result = find_stretches(a, list->away, &stretches);
	list->away = 0; /* what is added is no longer to wait */
	list->is_spilled = false;
	for (size_t at = stretches.length; result == 0 && at > 0; at -= sizeof(struct stretch)) {
		struct stretch s;

		memcpy(&s, stretches.data + at - sizeof s, sizeof s);
		result = read_stretch(a, list, s.from, s.before, s.is_waiting);
	}
	buf_fini(&stretches);
	leave_file(a);
	aggregate_sort(a, list);
	return result;
}

int aggregate_gather(struct aggregate *a, struct aggregate_list *list)
{
	int result = 0;

	if (aggregate_drain(a) < 0)
		return -1;
	if (unlikely(list->away != 0))
		result = bring_back(a, list);
	else if (list->unfiled > 0)
		result = aggregate_file_all(a, list, true);
	if (a->is_ending && list->parts == NULL) /* nothing is looked for in it any more */
		aggregate_drop_table(a, list);
	return result;
}
