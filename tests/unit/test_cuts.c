/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records, plain ones and others, cut in pieces that are kept small and merged from their bytes:
 * what comes out is what comes of cutting a record with split_next(), opening each piece, and
 * merging it into the first of its flow with merge_flow(). */
#include "tests/unit/unit.h"

#include "tests/unit/merge_kit.h"
#include "tests/unit/mixed_records.h"

#define SECOND 1000000ull
#define BINS 12u
#define RECORDS_MAX 64u
#define PIECES_MAX 128u /* of one flow in one bin, or of one record */
#define FLOWS_MAX 1024u

enum way { SMALL, AHEAD, WAITING, WRITTEN, WRITTEN_AHEAD, WRITTEN_WAITING, WRITTEN_BY_PLACE, WAYS, MADE /* pieces are added as records */ };

struct setup {
	const char *words[6]; /* up to a NULL */
	bool is_blanking, drops_counts, is_hard;
	uint64_t status, idle;
	const char *flush;
};

static const struct setup setups[] = {
	{ .words = { NULL } },
	{ .words = { NULL }, .is_hard = true },
	{ .words = { NULL }, .drops_counts = true },
	{ .words = { "proto", "saddr", "daddr" }, .is_blanking = true },
	{ .words = { "saddr" }, .is_blanking = true },
	{ .words = { "saddr" }, .is_blanking = true, .is_hard = true, .drops_counts = true },
	{ .words = { "proto", "sport", "dport" }, .is_blanking = true },
	{ .words = { "proto", "sport", "daddr", "dport" }, .is_blanking = true },
	{ .words = { "saddr/31", "proto", "daddr", "sport", "dport" }, .is_blanking = true },
	{ .words = { "saddr" } },
	{ .words = { "stime", "proto", "saddr" }, .is_blanking = true },
	{ .words = { "saddr", "sport", "-proto" }, .is_blanking = true },
	{ .words = { "none" } },
};

/* What timers end, or a filter puts out, is put out while records come. */
static const struct setup watched[] = {
	{ .words = { NULL }, .status = SECOND / 4 },
	{ .words = { "saddr" }, .idle = SECOND / 8, .is_blanking = true },
	{ .words = { NULL }, .status = SECOND / 2, .idle = SECOND / 4, .drops_counts = true },
	{ .words = { NULL }, .flush = "src pkts gt 20" },
	{ .words = { "saddr" }, .flush = "src pkts gt 40", .is_blanking = true, .is_hard = true },
};

static struct mixed_record records[RECORDS_MAX];
static unsigned record_count;
static struct flow_reading reading;
static struct period period;
static struct key key;
static unsigned cut, merged; /* pieces; flows of several */

/* ---- the long way ---- */

struct model_flow {
	unsigned bin, count;
	uint8_t key[KEY_SIZE_MAX];
	size_t length;
	struct {
		unsigned record, number;
	} piece[PIECES_MAX];
};

static struct {
	struct model_flow flow[FLOWS_MAX];
	unsigned count;
} model;

/* Cuts the record up to that piece. */
static void make_piece(struct flow *f, unsigned record, unsigned number, bool is_hard)
{
	struct split split;

	flow_open(f, records[record].bytes, records[record].length, &reading);
	split_begin(&split, f, &period, is_hard);
	for (unsigned i = 0; i <= number; i++)
		assert_true(split_next(&split));
	key_prepare(&key, f);
}

static void model_piece(unsigned bin, unsigned record, unsigned number, bool is_hard)
{
	struct model_flow made = { .bin = bin }, *m = model.flow;
	struct flow f;

	make_piece(&f, record, number, is_hard);
	made.length = key_build(&key, &f, made.key);
	while (m < &model.flow[model.count] &&
	       (key.objects == 0 || m->bin != bin || m->length != made.length || memcmp(m->key, made.key, made.length) != 0))
		m++;
	if (m == &model.flow[model.count]) {
		assert_true(++model.count <= FLOWS_MAX);
		*m = made;
	}
	assert_true(m->count < PIECES_MAX);
	m->piece[m->count].record = record;
	m->piece[m->count++].number = number;
}

static unsigned bin_of_period(void)
{
	unsigned bin = (unsigned)((period.start - RECIPE_BEGIN) / SECOND);

	return bin < BINS ? bin : 0; /* records without times, which begin in the second 0 */
}

static void model_record(unsigned record, bool is_hard)
{
	struct split split;
	struct flow f;
	unsigned bins[PIECES_MAX], count = 0;

	flow_open(&f, records[record].bytes, records[record].length, &reading);
	split_begin(&split, &f, &period, is_hard);
	while (split_next(&split)) {
		assert_true(count < PIECES_MAX);
		bins[count++] = bin_of_period();
	}
	cut += count;
	for (unsigned i = 0; i < count; i++)
		model_piece(bins[i], record, i, is_hard);
}

static void put_out(struct flow *f, bool drops_counts)
{
	uint8_t record[MIXED_RECORD_MAX];

	finish_merged(f);
	if (drops_counts)
		flow_drop(f, DSR_AGR);
	buf_add(&wanted, record, flow_write(f, record, sizeof record));
}

static void put_model(const struct setup *setup)
{
	static struct flow piece[PIECES_MAX]; /* the first may borrow from the others */
	struct flow *a = &piece[0];

	for (unsigned bin = 0; bin < BINS; bin++)
		for (struct model_flow *m = model.flow; m < &model.flow[model.count]; m++) {
			if (m->bin != bin)
				continue;
			for (unsigned i = 0; i < m->count; i++) {
				make_piece(&piece[i], m->piece[i].record, m->piece[i].number, setup->is_hard);
				if (i > 0)
					merge_flow(&merge, a, &piece[i]);
			}
			put_out(a, setup->drops_counts);
			merged += m->count > 1;
		}
}

static void take_the_long_way(const struct setup *setup)
{
	buf_clear(&wanted);
	model.count = 0;
	for (unsigned i = 0; i < record_count; i++)
		model_record(i, setup->is_hard);
	put_model(setup);
}

/* ---- the short ways ---- */

/* As rabins does. */
static void add_record(struct aggregate *a, struct aggregate_list lists[BINS], unsigned record, enum way way, bool is_hard)
{
	struct split split;
	struct flow f;
	bool has_begun = false;

	flow_open(&f, records[record].bytes, records[record].length, &reading);
	split_begin(&split, &f, &period, is_hard);
	while (split_cut(&split)) {
		struct aggregate_list *list = &lists[bin_of_period()];

		if (!split.is_cut || way == MADE) {
			split_show(&split);
			assert_int_equal(aggregate_add(a, list, &f, VIEW_FLOW), 0);
			continue;
		}
		if (!has_begun)
			aggregate_begin_pieces(a, &key, &split);
		if (!has_begun && (way == AHEAD || way == WRITTEN_AHEAD))
			aggregate_keep_ahead(a, &split);
		has_begun = true;
		assert_int_equal(aggregate_add_piece(a, list, &split), 0);
	}
}

static uint64_t places[PIECES_MAX * RECORDS_MAX];
static size_t place_count;

static void note_place(void *context, struct flow *f, uint64_t place)
{
	(void)context;
	(void)f;
	assert_true(place_count < ARRAY_LENGTH(places));
	places[place_count++] = place;
}

static void note_starts(void *context, const struct flow_start *starts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		note_place(context, NULL, starts[i].number);
}

static int put_by_place(struct aggregate *a, struct aggregate_list *list)
{
	struct aggregate_visitor visitor = { .visit = note_place, .visit_starts = note_starts };
	struct aggregate_shares shares = { &a, &list, 1 };

	place_count = 0;
	return aggregate_each(&shares, &visitor) < 0 ? -1 : aggregate_put_all(&shares, places, place_count);
}

static void take_a_short_way(const struct setup *setup, enum way way)
{
	struct aggregate *a = aggregate_new(&reading, show_flow, NULL);
	struct aggregate_list lists[BINS];
	struct filter *flush = setup->flush != NULL ? filter_compile(setup->flush, NULL, NULL) : NULL;

	buf_clear(&out);
	aggregate_cuts(a, key.objects & OBJECT_BIT(OBJECT_STIME));
	if (way == WAITING || way == WRITTEN_WAITING || way == WRITTEN_BY_PLACE)
		make_wait(a);
	if (way >= WRITTEN && way <= WRITTEN_BY_PLACE)
		aggregate_writes(a, write_record, place_record, commit_records, NULL);
	for (unsigned i = 0; i < BINS; i++) {
		lists[i] = (struct aggregate_list){ .key = &key,
						    .status = setup->status,
						    .idle = setup->idle,
						    .flush = flush,
						    .keeps_order = true,
						    .drops_counts = setup->drops_counts,
						    .drops_ones = true };
		aggregate_list_init(a, &lists[i]);
	}
	for (unsigned i = 0; i < record_count; i++)
		add_record(a, lists, i, way, setup->is_hard);
	for (unsigned i = 0; i < BINS; i++) {
		assert_int_equal(way == WRITTEN_BY_PLACE ? put_by_place(a, &lists[i]) : aggregate_flush(a, &lists[i]), 0);
		aggregate_list_fini(a, &lists[i]);
	}
	aggregate_free(a);
	filter_free(flush);
}

static void all_ways_give_what_is_wanted(const struct setup *setup)
{
	for (enum way way = 0; way < WAYS; way++) {
		take_a_short_way(setup, way);
		expect_output("key %s, way %d", setup->words[0] != NULL ? setup->words[0] : "of five", way);
	}
}

static void all_ways_give_the_same(void)
{
	for (size_t i = 0; i < ARRAY_LENGTH(setups); i++) {
		read_key(&key, setups[i].words, setups[i].is_blanking);
		take_the_long_way(&setups[i]);
		all_ways_give_what_is_wanted(&setups[i]);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(watched); i++) {
		read_key(&key, watched[i].words, watched[i].is_blanking);
		take_a_short_way(&watched[i], MADE);
		want_output();
		all_ways_give_what_is_wanted(&watched[i]);
	}
}

/* Many records of few flows meet in a bin, and few of many. */
static void cut_records(unsigned odd)
{
	cut = merged = written = 0;
	for (uint32_t seed = 1; seed <= 36; seed++) {
		struct mix mix = { .random = seed * 2654435761u,
				   .flows = 1 + seed % 12,
				   .odd = odd,
				   .now = RECIPE_BEGIN + seed,
				   .step = SECOND * (1 + seed % 3) / 20,
				   .longest = seed % 5 == 0 ? SECOND : 5 * SECOND };

		record_count = 2 + seed % 9 * 5;
		reading.correct = seed % 2;
		for (unsigned i = 0; i < record_count; i++)
			records[i].length = make_mixed_record(&mix, records[i].bytes);
		all_ways_give_the_same();
	}
	assert_true(cut > 10000);
	assert_true(merged > 2000);
	assert_true(written > 4000);
}

static void pieces_of_plain_records_come_out_as_if_they_had_been_opened(void **state)
{
	(void)state;
	cut_records(0);
}

static void pieces_of_all_records_come_out_as_if_they_had_been_opened(void **state)
{
	(void)state;
	cut_records(10);
	cut_records(3);
}

static void a_flow_that_was_changed_is_cut_as_it_is(void **state)
{
	struct mix mix = { .random = 1, .flows = 1, .now = RECIPE_BEGIN, .longest = 5 * SECOND };
	struct split split;
	struct flow f;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		uint64_t pkts = 0;

		records[0].length = make_mixed_record(&mix, records[0].bytes);
		flow_open(&f, records[0].bytes, records[0].length, NULL);
		((struct metric *)flow_edit(&f, DSR_METRIC))->pkts[SRC] = 3;
		((struct metric *)flow_edit(&f, DSR_METRIC))->pkts[DST] = 8;
		for (split_begin(&split, &f, &period, false); split_next(&split);)
			pkts += flow_metric(&f)->pkts[SRC] + flow_metric(&f)->pkts[DST];
		assert_int_equal(pkts, 11);
	}
}

/* A record one of whose numbers is too large for pieces to be kept small. */
static void make_large(struct flow *f, unsigned what)
{
	static const struct {
		uint64_t bytes, appbytes, length;
		uint32_t lost;
	} large[] = {
		{ 3 << 10, 2 << 10, 3 * SECOND, 9 },
		{ UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT8_MAX },
		{ 3ull << 32, 3000, 3 * SECOND, 0 },
		{ 3000, 5ull << 32, 3 * SECOND, 0 },
		{ 3000, 3000, UINT32_MAX + 3ull, 0 },
		{ 3000, 3000, 3 * SECOND, UINT8_MAX + 3 },
	};
	struct times *times;
	struct metric *metric;
	struct network *network;

	assert_true(what < ARRAY_LENGTH(large));
	flow_blank(f, RECORD_FAR, &reading);
	times = flow_edit(f, DSR_TIME);
	*times = (struct times){ .have = 0xf, .at = { { RECIPE_BEGIN + 5, RECIPE_BEGIN + 5 + large[what].length }, { RECIPE_BEGIN + 9, RECIPE_BEGIN + 7 + SECOND } } };
	metric = flow_edit(f, DSR_METRIC);
	*metric = (struct metric){ .pkts = { 7, 5 }, .bytes = { large[what].bytes, 500 }, .appbytes = { large[what].appbytes, 50 } };
	network = flow_edit(f, DSR_NETWORK);
	network->kind = NETWORK_TCP_PERF;
	network->is_tcp = true;
	network->u.tcp.side[SRC].retrans = large[what].lost;
}

static void what_is_too_large_to_be_kept_small_is_cut_like_all_others(void **state)
{
	struct split small, large;
	struct flow f, g;

	(void)state;
	assert_true(period_read(&period, "1s"));
	for (unsigned what = 0; what < 6; what++) {
		unsigned pieces = 0;

		make_large(&f, what);
		make_large(&g, what);
		split_begin(&small, &f, &period, false);
		split_begin(&large, &g, &period, false);
		assert_int_equal(small.is_small, what < 2);
		large.is_small = false;
		for (; split_next(&small); pieces++) {
			assert_true(split_next(&large));
			assert_memory_equal(flow_times(&f), flow_times(&g), sizeof(struct times));
			assert_memory_equal(flow_metric(&f), flow_metric(&g), sizeof(struct metric));
			assert_int_equal(flow_network(&f)->u.tcp.side[SRC].retrans, flow_network(&g)->u.tcp.side[SRC].retrans);
		}
		assert_false(split_next(&large));
		assert_true(pieces > 3);
	}
}

static void make_record(struct flow *f, const struct times *t, const struct metric *m)
{
	flow_blank(f, RECORD_FAR, &reading);
	*(struct times *)flow_edit(f, DSR_TIME) = *t;
	*(struct metric *)flow_edit(f, DSR_METRIC) = *m;
}

/* Nor does it take a piece for each: there may be more of them than anybody has time for. */
static void packets_of_one_time_stay_together(void **state)
{
	const struct times times = { .have = 0xf, .at = { { RECIPE_BEGIN, RECIPE_BEGIN }, { RECIPE_BEGIN, RECIPE_BEGIN + 2 * SECOND } } };
	const struct metric metric = { .pkts = { 1000000000000, 25 }, .bytes = { 60000000000000, 2500 } };
	uint64_t pkts[2] = { 0 }, bytes[2] = { 0 };
	struct split split;
	unsigned pieces = 0;
	struct flow f;

	(void)state;
	make_record(&f, &times, &metric);
	for (split_begin(&split, &f, &period, false); split_cut(&split); pieces++)
		for (int side = SRC; side <= DST; side++) {
			pkts[side] += split.large[side].pkts;
			bytes[side] += split.large[side].bytes;
		}
	assert_int_equal(pieces, 2);
	assert_memory_equal(pkts, metric.pkts, sizeof pkts);
	assert_memory_equal(bytes, metric.bytes, sizeof bytes);
}

static void packets_that_a_direction_has_to_spare_at_its_end_go_with_the_other(void **state)
{
	static const uint64_t pkts[][2] = { { 10, 9 }, { 10, 9 }, { 11, 9 }, { 10, 9 }, { 10, 8 }, { 1, 1 } };
	const uint64_t begin = RECIPE_BEGIN - RECIPE_BEGIN % SECOND + 1166;
	const struct times times = { .have = 0xf, .at = { { begin, begin + 5013728 }, { begin, begin + 4969366 } } };
	const struct metric metric = { .pkts = { 52, 45 }, .bytes = { 4085, 3677 } };
	struct split split;
	unsigned pieces = 0;
	struct flow f;

	(void)state;
	make_record(&f, &times, &metric);
	for (split_begin(&split, &f, &period, false); split_next(&split); pieces++) {
		assert_true(pieces < ARRAY_LENGTH(pkts));
		assert_memory_equal(flow_metric(&f)->pkts, pkts[pieces], sizeof pkts[pieces]);
	}
	assert_int_equal(pieces, ARRAY_LENGTH(pkts));
	assert_int_equal(flow_metric(&f)->bytes[SRC], 81);
	assert_int_equal(flow_metric(&f)->bytes[DST], 2);
}

/* A record that was turned when it was read may have its source's packet after its destination's. */
static void a_piece_goes_to_the_window_in_which_it_starts(void **state)
{
	const struct times times = { .have = 0x5,
				     .at = { { RECIPE_BEGIN + 3 * SECOND, RECIPE_BEGIN + 3 * SECOND }, { RECIPE_BEGIN, RECIPE_BEGIN } } };
	const struct metric metric = { .pkts = { 1, 1 }, .bytes = { 60, 70 } };
	struct split split;
	unsigned pieces = 0;
	struct flow f;

	(void)state;
	for (int is_hard = 0; is_hard <= 1; is_hard++) {
		make_record(&f, &times, &metric);
		for (split_begin(&split, &f, &period, is_hard); split_next(&split); pieces++) {
			enum side side = flow_metric(&f)->pkts[SRC] == 1 ? SRC : DST;

			assert_int_equal(flow_metric(&f)->pkts[!side], 0);
			assert_true(period.start <= times.at[side][START] && times.at[side][START] < period.end);
			assert_true(!is_hard || flow_start(&f) == period.start);
		}
	}
	assert_int_equal(pieces, 4);
}

/* With bins of tenths, the end of a lone packet may lie in another one (11, step 4). */
static void a_side_without_packets_does_not_hold_the_rest_back(void **state)
{
	const struct times times = { .have = 0xf, .at = { { RECIPE_BEGIN, RECIPE_BEGIN + SECOND / 2 }, { RECIPE_BEGIN, RECIPE_BEGIN + SECOND / 2 } } };
	const struct metric metric = { .pkts = { 1, 3 }, .bytes = { 60, 180 } };
	struct period tenths = { 0 };
	struct split split;
	unsigned pieces = 0;
	struct flow f;

	(void)state;
	assert_true(period_read(&tenths, "0.1s"));
	make_record(&f, &times, &metric);
	for (split_begin(&split, &f, &tenths, false); split_next(&split); pieces++)
		assert_true(tenths.start <= flow_start(&f) && flow_last(&f) <= tenths.end);
	assert_int_equal(pieces, 3);
}

static void what_nobody_knows_is_not_cut(void **state)
{
	const struct times times = { .have = 3, .at = { { RECIPE_BEGIN, RECIPE_BEGIN + 2 * SECOND } } };
	const struct metric metric = { .pkts = { 3, 0 }, .bytes = { 300, 0 } };
	static const uint8_t unknown[8] = { 0x7e, 0, 0, 2, 1, 2, 3, 4 };
	uint8_t record[PLAIN_RECORD_MAX], piece[PLAIN_RECORD_MAX];
	struct split split;
	struct flow f;
	size_t length;

	(void)state;
	make_record(&f, &times, &metric);
	length = flow_write(&f, record, sizeof record);
	memcpy(record + length, unknown, sizeof unknown);
	put_be16(record + 2, (uint16_t)((length + sizeof unknown) / 4));
	flow_open(&f, record, (uint32_t)(length + sizeof unknown), &reading);
	assert_true(f.has_unknown);
	split_begin(&split, &f, &period, false);
	while (split_next(&split)) {
		length = flow_write(&f, piece, sizeof piece);
		assert_int_equal(get_be16(piece + 2) * 4, length);
		for (size_t at = RECORD_HEADER_SIZE; at < length; at += (size_t)piece[at + 3] * 4)
			assert_int_not_equal(piece[at], unknown[0]);
	}
	assert_true(split.is_cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MERGE_TEST(pieces_of_plain_records_come_out_as_if_they_had_been_opened),
		MERGE_TEST(pieces_of_all_records_come_out_as_if_they_had_been_opened),
		MERGE_TEST(a_flow_that_was_changed_is_cut_as_it_is),
		MERGE_TEST(what_is_too_large_to_be_kept_small_is_cut_like_all_others),
		MERGE_TEST(packets_of_one_time_stay_together),
		MERGE_TEST(a_piece_goes_to_the_window_in_which_it_starts),
		MERGE_TEST(a_side_without_packets_does_not_hold_the_rest_back),
		MERGE_TEST(what_nobody_knows_is_not_cut),
		MERGE_TEST(packets_that_a_direction_has_to_spare_at_its_end_go_with_the_other),
	};

	if (!period_read(&period, "1s"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
