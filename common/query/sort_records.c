/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records that wait to be sorted: in memory, and beyond a limit in runs on disk. */
#include "argus/base/buf.h"
#include "argus/base/slab.h"
#include "argus/query/sort.h"
#include "common/query/pack.h"
#include "common/query/spill.h"

#define FETCHED 256 /* bytes of a record that are brought in ahead: most are not longer */

/* In front of each record's bytes. */
struct kept {
	uint32_t length;
	uint8_t form;
};

/* A sorted run: one of what was in memory, or of runs of the level below. */
struct run {
	struct spill *file;
	unsigned level;
};

struct sorted_records {
	struct sorter *sorter;
	const struct flow_reading *reading;
	struct arena memory;
	struct buf packed;
	size_t limit;
	struct run *runs; /* in the order in which their records came */
	size_t run_count;
	struct flow flow;
};

struct sorted_records *sorted_records_new(struct sorter *s, const struct flow_reading *reading)
{
	struct sorted_records *r = xcalloc(1, sizeof *r);

	r->sorter = s;
	r->reading = reading;
	return r;
}

static void drop_runs(struct sorted_records *r)
{
	for (size_t i = 0; i < r->run_count; i++)
		spill_free(r->runs[i].file);
	free(r->runs);
	r->runs = NULL;
	r->run_count = 0;
}

void sorted_records_free(struct sorted_records *r)
{
	if (r == NULL)
		return;
	drop_runs(r);
	arena_fini(&r->memory);
	buf_fini(&r->packed);
	free(r);
}

/* A part is kept for sorting, and for what is read ahead of each run. */
void sorted_records_limit(struct sorted_records *r, size_t limit) { r->limit = limit / 5 * 4; }

static const struct kept *kept_at(const struct sorted_records *r, size_t place)
{
	return (const struct kept *)(uintptr_t)sorter_at(r->sorter, place);
}

/* No memory is kept for those to come: the limit counts what is held, and with that alone it might be
 * reached, so that each of them would become a run. */
static void clear(struct sorted_records *r)
{
	sorter_give_back(r->sorter);
	arena_fini(&r->memory);
}

/* In a run it may lie anywhere. */
static void open_kept(struct sorted_records *r, const void *kept)
{
	struct kept k;

	memcpy(&k, kept, sizeof k);
	pack_open(&r->flow, (enum pack_form)k.form, (const uint8_t *)kept + sizeof k, k.length, r->reading);
}

struct window {
	uint64_t first, last, rank;
};

/* 1: put out, 0: not yet, -1: over. */
static int place_in(struct window *w)
{
	w->rank++;
	if (w->last == 0)
		return 1;
	return w->rank > w->last ? -1 : w->rank >= w->first;
}

/* In sorted order records lie anywhere in memory: first the row is brought in that tells
 * where, then the record. */
static void fetch_ahead(const struct sorted_records *r, size_t i, size_t count)
{
	if (i + 32 < count)
		sorter_fetch(r->sorter, i + 32);
	if (i + 12 < count) {
		const uint8_t *bytes = (const uint8_t *)kept_at(r, i + 12);

		for (size_t at = 0; at < FETCHED; at += 64)
			__builtin_prefetch(bytes + at);
	}
}

static int each_in_memory(struct sorted_records *r, struct window *w, int (*emit)(void *context, struct flow *f),
			  void *context)
{
	size_t count = sorter_count(r->sorter);

	sorter_sort(r->sorter);
	for (size_t i = 0; i < count; i++) {
		int place = place_in(w);

		fetch_ahead(r, i, count);
		if (place < 0)
			break;
		if (place == 0)
			continue;
		open_kept(r, kept_at(r, i));
		if (emit(context, &r->flow) < 0)
			return -1;
	}
	return 0;
}

/* Merging: each run's next record has its values in the sorter's row of the run's
 * number. The heap holds the runs that have one, the least first; an earlier run's
 * record comes first when both are alike, so that the order stays stable. */
struct merging {
	struct sorted_records *r;
	const struct run *runs;
	size_t run_count;
	uint32_t *heap;
	size_t count;
	const void **next; /* of each run: a struct kept */
	int (*put)(struct merging *m, const void *kept);
	int (*emit)(void *context, struct flow *f); /* put_out() */
	void *context;
	struct spill *file; /* put_into() */
	struct err *err;
};

static int put_out(struct merging *m, const void *kept)
{
	open_kept(m->r, kept);
	return m->emit(m->context, &m->r->flow);
}

static int put_into(struct merging *m, const void *kept)
{
	struct kept k;

	memcpy(&k, kept, sizeof k);
	return spill_put(m->file, kept, sizeof k + k.length, m->err);
}

static bool comes_first(const struct merging *m, uint32_t a, uint32_t b)
{
	int order = sorter_compare(m->r->sorter, a, b);

	return order < 0 || (order == 0 && a < b);
}

static void sift_down(struct merging *m, size_t at)
{
	for (;;) {
		size_t least = at, child = 2 * at + 1;
		uint32_t swap;

		for (size_t i = child; i < child + 2 && i < m->count; i++)
			if (comes_first(m, m->heap[i], m->heap[least]))
				least = i;
		if (least == at)
			return;
		swap = m->heap[at];
		m->heap[at] = m->heap[least];
		m->heap[least] = swap;
		at = least;
	}
}

/* Reads the run's next record. 1, 0 at its end, -1. */
static int advance(struct merging *m, uint32_t run)
{
	const void *bytes;
	size_t length;
	int result = spill_next(m->runs[run].file, &bytes, &length, m->err);

	if (result <= 0)
		return result;
	m->next[run] = bytes;
	open_kept(m->r, bytes);
	sorter_set(m->r->sorter, run, &m->r->flow);
	return 1;
}

static int start_merging(struct merging *m)
{
	sorter_clear(m->r->sorter);
	for (uint32_t i = 0; i < m->run_count; i++) {
		int result = advance(m, i);

		if (result < 0)
			return -1;
		if (result > 0)
			m->heap[m->count++] = i;
	}
	for (size_t i = m->count; i > 0; i--)
		sift_down(m, i - 1);
	return 0;
}

static int merge_next(struct merging *m, struct window *w)
{
	int place;

	while (m->count > 0 && (place = place_in(w)) >= 0) {
		uint32_t run = m->heap[0];
		int more;

		if (place > 0 && m->put(m, m->next[run]) < 0)
			return -1;
		more = advance(m, run);
		if (more < 0)
			return -1;
		if (more == 0)
			m->heap[0] = m->heap[--m->count];
		sift_down(m, 0);
	}
	return 0;
}

static int merge_runs(struct merging *m, struct window *w)
{
	int result;

	m->heap = xcalloc(m->run_count, sizeof *m->heap);
	m->next = xcalloc(m->run_count, sizeof *m->next);
	result = start_merging(m);
	if (result == 0)
		result = merge_next(m, w);
	free(m->heap);
	free(m->next);
	return result;
}

static void add_run(struct sorted_records *r, struct spill *file, unsigned level)
{
	r->runs = xrealloc(r->runs, (r->run_count + 1) * sizeof *r->runs);
	r->runs[r->run_count++] = (struct run){ file, level };
}

#define LEAST_ALIKE 16u
#define MOST_ALIKE 256u

/* Of so many runs what is read ahead has its place in the limit. */
static size_t most_alike(const struct sorted_records *r)
{
	size_t most = r->limit / 4 / SPILL_BUFFER;

	return most < LEAST_ALIKE ? LEAST_ALIKE : u64_min(most, MOST_ALIKE);
}

/* As many runs of a level as may be read at once become one of the next, or there would be more of them
 * than files may be open. */
static int join_runs(struct sorted_records *r, struct err *err)
{
	size_t most = most_alike(r);

	while (r->run_count >= most && r->runs[r->run_count - most].level == r->runs[r->run_count - 1].level) {
		struct run *first = &r->runs[r->run_count - most];
		struct merging m = { .r = r, .runs = first, .run_count = most, .put = put_into, .file = spill_new(err), .err = err };
		unsigned level = first->level + 1;

		if (m.file == NULL || merge_runs(&m, &(struct window){ 0 }) < 0) {
			spill_free(m.file);
			return -1;
		}
		for (size_t i = 0; i < most; i++)
			spill_free(first[i].file);
		r->run_count -= most;
		add_run(r, m.file, level);
		clear(r);
	}
	return 0;
}

/* What is in memory becomes a run. */
static int write_run(struct sorted_records *r, struct err *err)
{
	struct spill *file = spill_new(err);

	if (file == NULL)
		return -1;
	add_run(r, file, 0);
	sorter_sort(r->sorter);
	for (size_t i = 0; i < sorter_count(r->sorter); i++) {
		const struct kept *k = kept_at(r, i);

		if (spill_put(file, k, sizeof *k + k->length, err) < 0)
			return -1;
	}
	clear(r);
	return join_runs(r, err);
}

int sorted_records_add(struct sorted_records *r, struct flow *f, struct err *err)
{
	struct kept *k;
	const void *bytes = f->bytes;
	size_t length = f->length;
	enum pack_form form = PACK_RECORD;

	if (!pack_is_record(f)) {
		buf_clear(&r->packed);
		form = pack_flow(f, PACK_WHOLE, &r->packed);
		bytes = r->packed.data;
		length = r->packed.length;
	}
	if (r->limit > 0 && sorter_size(r->sorter) + r->memory.held > r->limit && sorter_count(r->sorter) > 0 &&
	    write_run(r, err) < 0)
		return -1;
	k = arena_alloc(&r->memory, sizeof *k + length);
	*k = (struct kept){ (uint32_t)length, (uint8_t)form };
	memcpy(k + 1, bytes, length);
	sorter_add(r->sorter, f, (uintptr_t)k);
	return 0;
}

void sorted_records_forget(struct sorted_records *r)
{
	drop_runs(r);
	clear(r);
}

int sorted_records_each(struct sorted_records *r, uint64_t first, uint64_t last,
			int (*emit)(void *context, struct flow *f), void *context, struct err *err)
{
	struct window w = { first, last, 0 };
	int result;

	if (r->run_count == 0) {
		result = each_in_memory(r, &w, emit, context);
	} else {
		struct merging m = { .r = r, .put = put_out, .emit = emit, .context = context, .err = err };

		result = sorter_count(r->sorter) > 0 ? write_run(r, err) : 0;
		m.runs = r->runs;
		m.run_count = r->run_count;
		if (result == 0)
			result = merge_runs(&m, &w);
		drop_runs(r);
	}
	clear(r);
	return result;
}
