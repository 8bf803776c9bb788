/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records cut in pieces (aggregation.md 6.2) that are kept small: whatever they are kept as,
 * what comes out is the same to the byte. */
#include "tests/unit/unit.h"

#include "tests/unit/flows.h"
#include "tests/unit/merge_kit.h"

#define SECOND 1000000ull
#define HOUR (3600 * SECOND)
#define BEGIN (1000000800 * SECOND) /* of an hour */
#define BINS 8u
#define RECORDS 60u
#define LIMIT 717000u /* about half of the pieces fit in */

enum { TCP = 6, UDP = 17 };

/* How pieces are added, and how they come out. */
enum way { MADE, SMALL, WAITING, WRITTEN, SPILLED, SPILLED_WAITING, SENT_AWAY, SENT_WAITING, WAYS };

static const struct flow_reading reading;
static struct aggregate *cache;
static struct aggregate_list lists[BINS];
static struct key key;
static uint64_t window = SECOND; /* into which records are cut */
static bool drops_ones;
static unsigned spilled; /* lists part of which was on disk */

static void add_times(struct flow *f, unsigned i)
{
	struct times *t = flow_edit(f, DSR_TIME);
	uint64_t start = BEGIN + i % 7 * window / 3, length = i % 5 * window + i % 11 * 1000;

	t->have = i % 3 == 0 ? 3 : 15;
	t->at[SRC][START] = start;
	t->at[SRC][END] = start + length;
	if (i % 3 != 0) {
		t->at[DST][START] = start + 250;
		t->at[DST][END] = start + length / 2 + 300;
	}
}

static void add_counts(struct flow *f, unsigned i)
{
	struct metric *m = flow_edit(f, DSR_METRIC);

	m->pkts[SRC] = 1 + i * 13 % 40;
	m->bytes[SRC] = m->pkts[SRC] * (i % 15 == 7 ? 1000000000 : 100) + i; /* some have pieces of more than 2^32 */
	m->appbytes[SRC] = i % 2 == 0 ? m->pkts[SRC] * 50 : 0;
	m->pkts[DST] = i % 3 == 0 ? 0 : 2 + i % 9;
	m->bytes[DST] = m->pkts[DST] * (i % 4 == 0 ? 70000 : 70);
	if (i % 9 == 0)
		m->bytes[DST] = 70; /* of no packet */
	if (i == 33) { /* pieces of one side, as large as fits in two bytes */
		m->pkts[SRC] = 2;
		m->bytes[SRC] = 2 * UINT16_MAX;
	}
}

/* What the protocol says: TCP with and without losses, RTP, whose part goes when its key
 * is not that of UDP, and something that nobody can decode. */
static void add_network(struct flow *f, unsigned i)
{
	struct network *n = flow_edit(f, DSR_NETWORK);

	if (flow_key(f)->proto == TCP) {
		n->kind = NETWORK_TCP_PERF;
		n->is_tcp = true;
		n->u.tcp.status = TCP_SAW_SYN | TCP_SAW_SYNACK | TCP_SRC_RETRANS;
		n->u.tcp.side[SRC].retrans = i % 4 == 1 ? i % 300 : 0;
		n->u.tcp.side[DST].retrans = i % 8 == 1 ? 400 : 0;
	} else if (i % 4 < 2) {
		n->kind = NETWORK_RTP;
		n->u.rtp.drops[SRC] = (uint16_t)(i % 4);
	} else {
		n->kind = 0x6f;
		n->is_opaque = true;
	}
}

static void add_rest(struct flow *f, unsigned i)
{
	static const uint8_t text[] = "GET / HTTP/1.0";
	struct user_data *user;
	struct agr *agr;

	if (i % 3 == 0) {
		user = flow_edit(f, DSR_SUSER);
		*user = (struct user_data){ .capacity = 32, .count = sizeof text, .bytes = text };
	}
	if (i % 4 == 0)
		return;
	agr = flow_edit(f, DSR_AGR);
	agr->count = i % 4;
	agr->metric = METRIC_DURATION;
	agr->active = (struct stats){ .n = i % 2 + 1, .mean = i % 2 == 0 ? 0.25f : 1, .min = 0.25f, .max = 1 };
}

/* Record number i, as if it was read from a file. */
static void open_record(struct flow *f, unsigned i)
{
	static uint8_t record[RECORD_MAX_SIZE];
	struct flow made;
	struct flow_key *k = flow_between(&made, i % 2 == 0 ? TCP : UDP, "10.0.0.1", "10.0.0.2");
	struct transport *id = flow_edit(&made, DSR_TRANSPORT);

	*id = (struct transport){ .form = ID_IPV4, .has_id = true, .has_seq = true, .seq = i };
	k->u.ip.addr[SRC][3] = (uint8_t)(i % 25); /* some are merged with others, which are pieces or whole */
	k->u.ip.port[SRC] = (uint16_t)(1000 + i);
	add_times(&made, i);
	add_counts(&made, i);
	add_network(&made, i);
	add_rest(&made, i);
	flow_open(f, record, (uint32_t)flow_write(&made, record, sizeof record), &reading);
	f->offset = i;
}

/* Cuts a record, and adds each piece as a record of its own. */
static void add_made(struct flow *f, struct period *period, bool is_hard)
{
	struct split split;

	split_begin(&split, f, period, is_hard);
	while (split_next(&split))
		assert_int_equal(aggregate_add(cache, &lists[(period->start - BEGIN) / window], f, VIEW_FLOW), 0);
}

static void add_small(struct flow *f, struct period *period, bool is_hard)
{
	struct split split;
	bool is_due;

	split_begin(&split, f, period, is_hard);
	is_due = split_is_due(&split);
	if (is_due)
		aggregate_begin_pieces(cache, &key, &split);
	while (split_cut(&split)) {
		struct aggregate_list *list = &lists[(period->start - BEGIN) / window];

		assert_int_equal(split.is_cut, is_due);
		if (!split.is_cut) {
			split_show(&split);
			assert_int_equal(aggregate_add(cache, list, f, VIEW_FLOW), 0);
			continue;
		}
		assert_int_equal(aggregate_add_piece(cache, list, &split), 0);
	}
}

static void take_all(enum way way, bool is_hard)
{
	static struct err err; /* the cache stays */
	struct period period;
	struct flow f;

	assert_true(period_read(&period, window == HOUR ? "1h" : "1s"));
	buf_clear(&out);
	cache = aggregate_new(&reading, show_flow, NULL);
	if (way != MADE)
		aggregate_cuts(cache, key.objects & OBJECT_BIT(OBJECT_STIME));
	if (way == WRITTEN)
		aggregate_writes(cache, write_record, place_record, commit_records, NULL);
	if (way == WAITING || way == SPILLED_WAITING || way == SENT_WAITING)
		make_wait(cache);
	if (way >= SPILLED)
		aggregate_limit(cache, way >= SENT_AWAY ? SIZE_MAX : LIMIT, &err);
	for (unsigned i = 0; i < BINS; i++) {
		lists[i] = (struct aggregate_list){ .key = &key, .keeps_order = true, .drops_ones = drops_ones };
		aggregate_list_init(cache, &lists[i]);
	}
	for (unsigned i = 0; i < RECORDS; i++) {
		open_record(&f, i);
		if (way == MADE)
			add_made(&f, &period, is_hard);
		else
			add_small(&f, &period, is_hard);
		if (way >= SENT_AWAY && i % 20 == 19)
			assert_int_equal(aggregate_evict(cache, 0), 0);
	}
}

static void note_spilled(void)
{
	for (unsigned i = 0; i < BINS; i++)
		spilled += lists[i].is_spilled;
}

static void put_all(void)
{
	note_spilled();
	for (unsigned i = 0; i < BINS; i++) {
		assert_int_equal(aggregate_flush(cache, &lists[i]), 0);
		aggregate_list_fini(cache, &lists[i]);
	}
	aggregate_free(cache);
}

static void set_key(const char *word) { read_key(&key, (const char *const[]){ word, NULL }, true); }

static void all_ways_give_the_same(const char *word, bool is_hard)
{
	set_key(word);
	take_all(MADE, is_hard);
	put_all();
	want_output();
	assert_true(wanted.length > 1000);
	for (int way = SMALL; way < WAYS; way++) {
		take_all((enum way)way, is_hard);
		put_all();
		expect_output("key %s, way %d", word != NULL ? word : "of five", way);
	}
}

static void small_pieces_come_out_as_if_they_had_been_made(void **state)
{
	static const char *const words[] = { NULL, "saddr", "saddr/28", "proto", "none", "stime" };

	(void)state;
	spilled = 0;
	for (size_t i = 0; i < 2 * ARRAY_LENGTH(words); i++) {
		drops_ones = i % 2;
		all_ways_give_the_same(words[i / 2], false);
		all_ways_give_the_same(words[i / 2], true);
	}
	assert_true(written > 300);
	assert_true(spilled > 10);
}

/* In 2^31 microseconds there are 36 minutes. */
static void long_pieces_come_out_as_if_they_had_been_made(void **state)
{
	(void)state;
	window = HOUR;
	all_ways_give_the_same(NULL, false);
	all_ways_give_the_same("saddr", true);
	window = SECOND;
}

static size_t flush_bin(unsigned bin)
{
	assert_int_equal(aggregate_flush(cache, &lists[bin]), 0);
	return aggregate_size(cache);
}

static void a_record_is_kept_as_long_as_there_is_a_piece_of_it(void **state)
{
	size_t empty;

	(void)state;
	set_key("saddr");
	cache = aggregate_new(&reading, show_flow, NULL);
	for (unsigned i = 0; i < BINS; i++)
		aggregate_list_init(cache, &lists[i]);
	empty = aggregate_size(cache);
	put_all();
	take_all(SMALL, false);
	for (unsigned i = 0; i + 1 < BINS; i++)
		flush_bin(i);
	assert_int_equal(flush_bin(BINS - 1), empty);
	want_output();
	put_all();
	expect_output("nothing is left");
}

static unsigned visits, starts;

static void visit(void *context, struct flow *f, uint64_t place)
{
	(void)context;
	(void)f;
	(void)place;
	visits++;
}

static void visit_starts(void *context, const struct flow_start *item, size_t count)
{
	(void)context;
	for (size_t i = 0; i < count; i++)
		assert_true(item[i].start >= BEGIN + 2 * SECOND && item[i].start <= BEGIN + 3 * SECOND);
	starts += (unsigned)count;
}

static void the_start_of_a_piece_is_known_without_making_it(void **state)
{
	struct aggregate_list *list = &lists[2];
	struct aggregate_shares shares = { &cache, &list, 1 };
	struct aggregate_visitor visitor = { .visit = visit, .visit_starts = visit_starts };

	(void)state;
	set_key("sport");
	take_all(SMALL, false);
	visits = starts = 0;
	assert_int_equal(aggregate_each(&shares, &visitor), 0);
	assert_int_equal(visits + starts, list->count);
	assert_true(starts > visits);
	put_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MERGE_TEST(small_pieces_come_out_as_if_they_had_been_made),
		MERGE_TEST(long_pieces_come_out_as_if_they_had_been_made),
		MERGE_TEST(a_record_is_kept_as_long_as_there_is_a_piece_of_it),
		MERGE_TEST(the_start_of_a_piece_is_known_without_making_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
