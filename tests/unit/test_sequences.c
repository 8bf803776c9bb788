/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sequences of records, plain ones and others as they come, aggregated in every way there is:
 * merged from their bytes, or opened one by one since a timer has to see each (which never
 * ends); shown, or written as they are kept; in memory, or on disk. What comes out is the same
 * to the byte, and all packets and bytes are there. */
#include "tests/unit/unit.h"

#include "tests/unit/merge_kit.h"
#include "tests/unit/mixed_records.h"

#define SECOND 1000000ull
#define NEVER ((uint64_t)1 << 62)
#define RECORDS_MAX 12000u

enum way { SHOWN, WRITTEN, OPENED, SPILLED, SPILLED_WRITTEN, WAYS };

/* How a list is set up; the members are those of struct aggregate_list, and the words of -m. */
struct setup {
	const char *words[5]; /* up to a NULL */
	bool is_blanking, is_correcting, keeps_order, drops_counts, by_answer, is_rmon;
	uint64_t status, idle;
	const char *flush;
};

static const char none[] = "none";

static const struct setup setups[] = {
	{ .words = { NULL } },
	{ .words = { NULL }, .is_correcting = true },
	{ .words = { NULL }, .keeps_order = true },
	{ .words = { NULL }, .drops_counts = true },
	{ .words = { NULL }, .by_answer = true, .is_correcting = true },
	{ .words = { "saddr" } },
	{ .words = { "saddr" }, .is_blanking = true },
	{ .words = { "saddr", "daddr", "proto" }, .keeps_order = true, .drops_counts = true },
	{ .words = { "saddr/31", "dport" }, .is_blanking = true },
	{ .words = { "saddr/255.255.255.254", "daddr", "sport", "dport" } },
	{ .words = { "matrix", "proto" } },
	{ .words = { none } },
	{ .words = { "stime" } },
	{ .words = { "saddr" }, .is_rmon = true },
	{ .words = { "proto", "sport" }, .is_rmon = true, .is_blanking = true },
	{ .words = { "stime", "saddr" }, .is_rmon = true },
	{ .words = { NULL }, .idle = 3 * SECOND },
	{ .words = { NULL }, .status = 5 * SECOND },
	{ .words = { NULL }, .status = 5 * SECOND, .is_correcting = true },
	{ .words = { "saddr" }, .status = 8 * SECOND, .idle = 2 * SECOND, .drops_counts = true },
	{ .words = { NULL }, .flush = "src pkts gt 40" },
	{ .words = { "saddr" }, .flush = "src pkts gt 40", .is_blanking = true },
};

static struct mixed_record records[RECORDS_MAX];
static unsigned record_count;
static struct flow_reading reading;
static unsigned spilled;

struct sums {
	uint64_t pkts, bytes, records;
};

static void make_records(struct mix *mix, unsigned count)
{
	record_count = count;
	mix->now = RECIPE_BEGIN;
	for (unsigned i = 0; i < count; i++)
		records[i].length = make_mixed_record(mix, records[i].bytes);
}

static bool has_timer(const struct setup *setup) { return (setup->status | setup->idle) != 0; }

static void add_record(struct aggregate *a, struct aggregate_list *list, const struct setup *setup, unsigned i)
{
	struct flow f;

	flow_open(&f, records[i].bytes, records[i].length, &reading);
	assert_int_equal(aggregate_add(a, list, &f, setup->is_rmon ? VIEW_SOURCE : VIEW_FLOW), 0);
	if (setup->is_rmon)
		assert_int_equal(aggregate_add(a, list, &f, VIEW_DESTINATION), 0);
	if (setup->idle != 0 && i % 16 == 15)
		assert_int_equal(aggregate_expire(a, list, flow_start(&f)), 0);
	if (setup->status != 0 && i % 16 == 7)
		assert_int_equal(aggregate_report(a, list, flow_start(&f)), 0);
}

static void aggregate_records(const struct setup *setup, enum way way, size_t limit)
{
	struct aggregate *a = aggregate_new(&reading, show_flow, NULL);
	struct filter *flush = setup->flush != NULL ? filter_compile(setup->flush, NULL, NULL) : NULL;
	struct key key;
	struct aggregate_list list = { .key = &key,
				       .status = way == OPENED ? NEVER : setup->status,
				       .idle = setup->idle,
				       .flush = flush,
				       .by_answer = setup->by_answer,
				       .is_correcting = setup->is_correcting,
				       .keeps_order = setup->keeps_order,
				       .drops_counts = setup->drops_counts,
				       .drops_ones = true },
			      *lists = &list;
	struct err err = { 0 };

	read_key(&key, setup->words, setup->is_blanking);
	if (way == WRITTEN || way == SPILLED_WRITTEN)
		aggregate_writes(a, write_record, place_record, commit_records, NULL);
	if (way == SPILLED || way == SPILLED_WRITTEN)
		aggregate_limit(a, limit, &err);
	aggregate_list_init(a, &list);
	buf_clear(&out);
	for (unsigned i = 0; i < record_count; i++)
		add_record(a, &list, setup, i);
	assert_int_equal(aggregate_drain(a), 0);
	spilled += aggregate_is_spilled(&(struct aggregate_shares){ &a, &lists, 1 });
	assert_int_equal(aggregate_flush(a, &list), 0);
	aggregate_list_fini(a, &list);
	aggregate_free(a);
	filter_free(flush);
	assert_int_equal(err.kind, ERR_NONE);
}

static void add_sums(struct sums *sums, const uint8_t *bytes, uint32_t length, bool is_rmon)
{
	struct flow f;

	flow_open(&f, bytes, length, NULL);
	for (int side = SRC; side <= DST; side++) {
		sums->pkts += flow_metric(&f)->pkts[side] << is_rmon;
		sums->bytes += flow_metric(&f)->bytes[side] << is_rmon;
	}
	sums->records += flow_agr(&f)->count << is_rmon;
}

static void all_of_it_is_there(const struct setup *setup)
{
	struct sums in = { 0 }, sum = { 0 };
	uint32_t length;

	for (unsigned i = 0; i < record_count; i++)
		add_sums(&in, records[i].bytes, records[i].length, setup->is_rmon);
	for (size_t at = 0; at < out.length; at += length) {
		length = record_length(&out, at);
		add_sums(&sum, (const uint8_t *)out.data + at, length, false);
	}
	if (sum.pkts != in.pkts || sum.bytes != in.bytes)
		print_message("setup %d\n", (int)(setup - setups));
	assert_int_equal(sum.pkts, in.pkts);
	assert_int_equal(sum.bytes, in.bytes);
}

/* Timers, filters and -A keep a list in memory. */
static bool is_parted(const struct setup *setup, size_t limit)
{
	return limit > 0 && !has_timer(setup) && setup->flush == NULL && !setup->by_answer && setup->words[0] != none;
}

static bool is_way_of(const struct setup *setup, enum way way, size_t limit)
{
	return way <= WRITTEN || (!has_timer(setup) && (way == OPENED || is_parted(setup, limit)));
}

static void all_ways_give_the_same(const struct setup *setup, size_t limit)
{
	aggregate_records(setup, SHOWN, limit);
	all_of_it_is_there(setup);
	want_output();
	for (enum way way = WRITTEN; way < WAYS; way++) {
		if (!is_way_of(setup, way, limit))
			continue;
		aggregate_records(setup, way, limit);
		expect_output("setup %d, way %d", (int)(setup - setups), way);
	}
}

static void short_sequences(unsigned odd, unsigned turned)
{
	shown = written = spilled = 0;
	for (uint32_t seed = 1; seed <= 40; seed++) {
		struct mix mix = { .random = seed * 2654435761u,
				   .flows = 1 + seed % 9,
				   .odd = odd,
				   .turned = turned,
				   .step = seed % 4 == 0 ? SECOND / 100 : SECOND / 2,
				   .longest = seed % 3 == 0 ? SECOND : 3 * SECOND };

		make_records(&mix, 20 + seed);
		reading.correct = seed % 2;
		for (size_t i = 0; i < ARRAY_LENGTH(setups); i++)
			all_ways_give_the_same(&setups[i], 0);
	}
	assert_true(shown > 10000);
	assert_true(written > 1000);
}

static void plain_records_are_aggregated_alike_in_all_ways(void **state)
{
	(void)state;
	short_sequences(0, 0);
}

static void records_of_all_kinds_are_aggregated_alike_in_all_ways(void **state)
{
	(void)state;
	short_sequences(8, 0);
	short_sequences(3, 4);
}

/* Of a record that came with a count nobody knows whether that says something until it is opened. */
static void what_plain_records_become_is_written_without_being_opened(void **state)
{
	struct recipe r = { .proto = PROTO_UDP, .time = TIME_SIDES, .width = 1, .pkts = { 2, 2 }, .parts = PART_AGR };

	(void)state;
	record_count = 12;
	for (unsigned i = 0; i < record_count; i++) {
		r.count = 1 + i % 2;
		r.start = RECIPE_BEGIN + i * SECOND;
		records[i].length = make_plain_record(&r, records[i].bytes);
		set_mixed_key(records[i].bytes, &r, i % 4, false);
	}
	aggregate_records(&setups[0], WRITTEN, 0);
	assert_int_equal(written, 4);
	assert_int_equal(shown, 0);
}

/* Some of the flows, or few of them, fit in. */
static void what_does_not_fit_in_memory_is_aggregated_alike(void **state)
{
	static const size_t limits[] = { 1500000, 700000 };
	struct mix mix = { .random = 1, .flows = 3000, .odd = 12, .turned = 9, .step = 1000, .longest = SECOND };
	unsigned parted = 0;

	(void)state;
	spilled = 0;
	reading.correct = true;
	make_records(&mix, RECORDS_MAX);
	for (size_t i = 0; i < ARRAY_LENGTH(setups); i++) {
		if (!is_parted(&setups[i], limits[i % 2]))
			continue;
		all_ways_give_the_same(&setups[i], limits[i % 2]);
		parted++;
	}
	assert_int_equal(spilled, 2 * parted);
	assert_true(parted > 10);
	assert_true(written > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MERGE_TEST(plain_records_are_aggregated_alike_in_all_ways),
		MERGE_TEST(records_of_all_kinds_are_aggregated_alike_in_all_ways),
		MERGE_TEST(what_plain_records_become_is_written_without_being_opened),
		MERGE_TEST(what_does_not_fit_in_memory_is_aggregated_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
