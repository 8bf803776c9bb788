/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long lists of addresses: "host A or B or C ..." with hundreds of members becomes
 * one test that searches a sorted array. */
#include "common/query/filter_tree.h"

enum { WORTH_A_SET = 8 };

static int compare(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

bool filter_test_host4_set(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);
	const uint8_t *at;
	uint32_t addr;
	size_t low = 0, high = t->want.set.count;

	if (key->layout == LAYOUT_IPV4 && t->takes & TAKES_IPV4)
		at = key->u.ip.addr[side];
	else if (key->layout == LAYOUT_ARP && t->takes & TAKES_ARP)
		at = key->u.arp.addr[side];
	else
		return false;
	memcpy(&addr, at, sizeof addr);
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (t->want.set.addr[middle] == addr)
			return true;
		if (t->want.set.addr[middle] < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Whether a condition is "host A" of one end or of either. ("src and dst host A or
 * B" is no set: both ends must be the same one.) */
static bool is_host(const struct cond *c)
{
	return c->kind == COND_TEST && c->test->run == filter_test_host4 && c->test->want.v4.mask == UINT32_MAX &&
	       c->test->ends >= ENDS_SRC && c->test->ends <= ENDS_EITHER;
}

static bool is_alike(const struct cond *a, const struct cond *b)
{
	return is_host(a) && is_host(b) && a->test->ends == b->test->ends && a->test->takes == b->test->takes;
}

/* One condition for the `count` of the list that are like `first`. */
static const struct cond *make_set(struct arena *arena, const struct cond *const *list, size_t length,
				   const struct cond *first, size_t count)
{
	struct cond *c = arena_alloc(arena, sizeof *c);
	struct test *t = arena_alloc(arena, sizeof *t);
	uint32_t *addr = arena_alloc(arena, count * sizeof *addr);
	size_t n = 0;

	*c = *first;
	*t = *first->test;
	for (size_t i = 0; i < length; i++)
		if (is_alike(list[i], first))
			addr[n++] = list[i]->test->want.v4.addr;
	qsort(addr, n, sizeof *addr, compare);
	t->run = filter_test_host4_set;
	t->want.set.addr = addr;
	t->want.set.count = n;
	c->test = t;
	return c;
}

size_t filter_gather(struct arena *arena, const struct cond **list, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		const struct cond *first = list[i];
		size_t count = 0, kept = i + 1;

		if (!is_host(first))
			continue;
		for (size_t j = i; j < length; j++)
			count += is_alike(list[j], first);
		if (count < WORTH_A_SET)
			continue;
		list[i] = make_set(arena, list, length, first, count);
		for (size_t j = i + 1; j < length; j++)
			if (!is_alike(list[j], first))
				list[kept++] = list[j];
		length = kept;
	}
	return length;
}
