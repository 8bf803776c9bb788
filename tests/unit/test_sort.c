/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorting by when flows begin, stably, whatever the numbers are like (sort.h), and by networks. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "argus/query/sort.h"
#include "tests/unit/flows.h"

#define ROWS 6000u

static struct flow_start starts[ROWS];

static int by_start(const void *x, const void *y)
{
	const struct flow_start *a = x, *b = y;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static void is_sorted_stably(size_t count, bool is_reversed)
{
	struct sorter *s = sorter_new();
	struct flow_start wanted[ROWS];

	assert_int_equal(sorter_add_column(s, "stime", NULL), 0);
	if (is_reversed)
		sorter_reverse(s);
	for (size_t i = 0; i < count; i++) {
		starts[i].number = i;
		wanted[i] = (struct flow_start){ is_reversed ? ~starts[i].start : starts[i].start, i };
	}
	qsort(wanted, count, sizeof *wanted, by_start);
	sorter_add_starts(s, starts, count);
	sorter_sort(s);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(sorter_at(s, i), wanted[i].number);
	sorter_free(s);
}

/* Of `of` numbers `least` are the same, and less than the others, which differ in the bits of the mask. */
static void fill(size_t count, unsigned least, unsigned of, uint64_t mask)
{
	uint32_t random = 1;

	for (size_t i = 0; i < count; i++) {
		random = random * 1664525u + 1013904223u;
		starts[i].start = 1000000000000000u + (i % of < least ? 0 : (1u << 24) + (random & mask));
	}
}

static void flows_are_sorted_by_their_start(void **state)
{
	static const uint64_t masks[] = { 0, 0xff, 0x700, 0xffff, 0xfffff, 0xff00ff };
	static const size_t counts[] = { 0, 1, 2, 3, 255, ROWS };

	(void)state;
	for (size_t m = 0; m < ARRAY_LENGTH(masks); m++)
		for (size_t c = 0; c < ARRAY_LENGTH(counts); c++)
			for (unsigned least = 0; least <= 4; least++) {
				fill(counts[c], least, 4, masks[m]);
				is_sorted_stably(counts[c], false);
				is_sorted_stably(counts[c], true);
			}
}

/* So many that the memory for them comes from the system by itself; and then more, after passes whose
 * number is odd and even. */
static void many_flows_are_sorted(void **state)
{
	const size_t counts[] = { 140000, 300000 };
	struct sorter *s = sorter_new();

	(void)state;
	assert_int_equal(sorter_add_column(s, "stime", NULL), 0);
	for (size_t c = 0; c < ARRAY_LENGTH(counts); c++)
		for (uint64_t step = 1; step < 100000; step *= 3000) {
			sorter_clear(s);
			for (size_t i = 0; i < counts[c]; i++)
				sorter_add_starts(s, &(struct flow_start){ (counts[c] - i) % 1000 * step, i }, 1);
			sorter_sort(s);
			for (size_t i = 0; i < counts[c]; i++)
				assert_int_equal((counts[c] - sorter_at(s, i)) % 1000, i * 1000 / counts[c]);
		}
	sorter_free(s);
}

/* Flows from 10.0.0.2 and 10.0.0.1, in this order: those of ARP have no networks. */
static void only_addresses_of_ip_are_sorted_by_network(void **state)
{
	static struct flow f;
	struct sorter *s = sorter_new();

	(void)state;
	assert_int_equal(sorter_add_column(s, "saddr/24", NULL), 0);
	for (unsigned i = 0; i < 4; i++) {
		struct flow_key *k = flow_between(&f, 17, i % 2 == 0 ? "10.0.0.2" : "10.0.0.1", "10.0.0.9");

		if (i >= 2) {
			k->kind = KEY_ARP;
			k->layout = LAYOUT_ARP;
			k->u.arp.addr[SRC][3] = i == 2 ? 2 : 1;
		}
		sorter_add(s, &f, i);
	}
	sorter_sort(s);
	assert_int_equal(sorter_at(s, 0), 0);
	assert_int_equal(sorter_at(s, 1), 1);
	assert_int_equal(sorter_at(s, 2), 3);
	assert_int_equal(sorter_at(s, 3), 2);
	sorter_free(s);
}

static int count_in_order(void *context, struct flow *f)
{
	uint64_t *seen = context;

	assert_int_equal(flow_metric(f)->pkts[SRC], *seen);
	(*seen)++;
	return 0;
}

/* Sorts so many records in memory of that size. */
static void sort_in(size_t limit, uint64_t count)
{
	static const char *const columns[] = { "+pkts", "saddr", "daddr", "sport", "dport" };
	static const struct flow_reading reading = { .correct = false };
	struct sorter *s = sorter_new();
	struct sorted_records *r = sorted_records_new(s, &reading);
	uint64_t seen = 0;
	static struct flow f;
	struct err err;

	for (size_t i = 0; i < ARRAY_LENGTH(columns); i++)
		assert_int_equal(sorter_add_column(s, columns[i], NULL), 0);
	sorted_records_limit(r, limit);
	for (uint64_t i = count; i-- > 0;) {
		flow_between(&f, 17, "10.0.0.2", "10.0.0.1");
		((struct metric *)flow_edit(&f, DSR_METRIC))->pkts[SRC] = i;
		assert_int_equal(sorted_records_add(r, &f, &err), 0);
	}
	assert_int_equal(sorted_records_each(r, 0, 0, count_in_order, &seen, &err), 0);
	assert_int_equal(seen, count);
	sorted_records_free(r);
	sorter_free(s);
}

/* Beyond the limit records are sorted in runs, a file each, which are not so many as there are records. */
static void runs_have_what_the_limit_allows(void **state)
{
	const struct rlimit few = { 100, 100 };

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (size_t limit = 1 << 20; limit < 6 << 20; limit += 400000)
		sort_in(limit, 36000);
}

static int is_behind(void *context, struct flow *f)
{
	const struct metric *m = flow_metric(f);
	uint64_t *last = context, here = m->pkts[SRC] << 32 | m->bytes[SRC];

	assert_true(here > *last);
	*last = here;
	return 0;
}

/* There may be more runs than files may be open: they become larger ones on the way, which leaves
 * records that are alike in their order. */
static void many_runs_become_few(void **state)
{
	const struct rlimit few = { 100, 100 };
	static const struct flow_reading reading = { .correct = false };
	struct sorter *s = sorter_new();
	struct sorted_records *r = sorted_records_new(s, &reading);
	uint64_t last = 0;
	static struct flow f;
	struct err err;

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(sorter_add_column(s, "+spkts", NULL), 0);
	sorted_records_limit(r, 1 << 14);
	for (uint64_t i = 1; i < 3000; i++) {
		struct metric *m;

		flow_between(&f, 17, "10.0.0.2", "10.0.0.1");
		m = flow_edit(&f, DSR_METRIC);
		m->pkts[SRC] = i % 7 + 1;
		m->bytes[SRC] = i;
		assert_int_equal(sorted_records_add(r, &f, &err), 0);
	}
	assert_int_equal(sorted_records_each(r, 0, 0, is_behind, &last, &err), 0);
	assert_int_equal(last, 7ull << 32 | 2995);
	sorted_records_free(r);
	sorter_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_are_sorted_by_their_start),
		cmocka_unit_test(many_flows_are_sorted),
		cmocka_unit_test(only_addresses_of_ip_are_sorted_by_network),
		cmocka_unit_test(runs_have_what_the_limit_allows),
		cmocka_unit_test(many_runs_become_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
