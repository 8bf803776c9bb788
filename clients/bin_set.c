/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/bin_set.h"

#include "argus/base/buf.h"

void bin_set_init(struct bin_set *b)
{
	*b = (struct bin_set){ .last = NULL };
	slab_init(&b->slab, sizeof(struct bin));
	htab_init(&b->table, 0);
}

static void free_all(struct bin_set *b)
{
	slab_fini(&b->slab);
	htab_fini(&b->table);
}

void bin_set_end(struct bin_set *b, struct cluster *c)
{
	for (uint32_t ref = 1; c != NULL && ref < b->slab.next; ref++)
		if (bin_at(b, ref)->end != 0)
			cluster_forget(c, &bin_at(b, ref)->flows);
	cluster_free(c);
	free_all(b);
}

static uint32_t tag_of(uint64_t start) { return (uint32_t)hash_bytes(&start, sizeof start, hash_seed()); }

struct bin *bin_set_search(const struct bin_set *b, uint64_t start)
{
	struct htab_probe probe = htab_start(&b->table, tag_of(start));
	uint32_t ref;

	while ((ref = htab_next(&b->table, &probe)) != 0)
		if (bin_at(b, ref)->start == start)
			return bin_at(b, ref);
	return NULL;
}

COLD struct bin *bin_set_make(struct bin_set *b, uint64_t start, const struct period *p)
{
	struct bin *bin = bin_set_search(b, start);
	uint32_t ref;

	if (bin != NULL)
		return bin;
	ref = slab_alloc(&b->slab);
	bin = bin_at(b, ref);
	*bin = (struct bin){ .start = start, .end = p->end };
	htab_add(&b->table, tag_of(start), ref);
	return bin;
}

bool bin_set_has_ended(const struct bin_set *b, uint64_t when)
{
	for (uint32_t ref = 1; ref < b->slab.next; ref++)
		if (bin_at(b, ref)->end != 0 && bin_at(b, ref)->end <= when)
			return true;
	return false;
}

uint64_t bin_set_span(const struct bin_set *b)
{
	uint64_t from = UINT64_MAX, to = 0;

	for (uint32_t ref = 1; ref < b->slab.next; ref++)
		if (bin_at(b, ref)->end != 0) {
			from = u64_min(from, bin_at(b, ref)->start);
			to = u64_max(to, bin_at(b, ref)->end);
		}
	return from < to ? to - from : 0;
}

static int by_start(const void *x, const void *y, void *set)
{
	const struct bin *a = bin_at(set, *(const uint32_t *)x), *b = bin_at(set, *(const uint32_t *)y);

	return (a->start > b->start) - (a->start < b->start);
}

uint32_t *bin_set_order(const struct bin_set *b)
{
	size_t count = bin_set_count(b), at = 0;
	uint32_t *refs = count > 0 ? xmalloc(count * sizeof *refs) : NULL;

	for (uint32_t ref = 1; ref < b->slab.next; ref++)
		if (bin_at(b, ref)->end != 0)
			refs[at++] = ref;
	if (count > 1)
		qsort_r(refs, count, sizeof *refs, by_start, (void *)b);
	return refs;
}

void bin_set_remove(struct bin_set *b, const uint32_t *refs, size_t count)
{
	if (count == bin_set_count(b)) {
		free_all(b);
		bin_set_init(b);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct bin *bin = bin_at(b, refs[i]);

		htab_remove(&b->table, tag_of(bin->start), refs[i]);
		bin->end = 0;
		slab_release(&b->slab, refs[i]);
	}
	b->last = b->first = NULL;
}
