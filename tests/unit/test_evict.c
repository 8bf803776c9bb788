/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many lists in little memory: those that got nothing for long are on disk, whatever comes for them waits, and
 * what comes out is what would have come out of endless memory. */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "argus/query/cluster.h"
#include "common/query/aggregate.h"
#include "tests/unit/flows.h"
#include "tests/unit/merge_kit.h"

#define SECOND 1000000ull
#define BEGIN (1000000000 * SECOND)
#define LISTS 400u
#define MEMORY ((size_t)1 << 20)
#define LEAST_SHARE ((size_t)8 << 20) /* with less memory there is one thread */

static const struct flow_reading reading;

static struct aggregate *cache;
static struct aggregate_list lists[LISTS];
static struct key key;
static struct err err;

/* The n-th record of a list: of one of `flows` flows, with a duration that no sum holds exactly. */
static void make(struct flow *f, unsigned list, unsigned n, unsigned flows)
{
	static uint8_t record[RECORD_MAX_SIZE];
	unsigned flow = n * 7919u % flows;
	struct flow_key *k = flow_between(f, flow % 3 == 0 ? 6 : 17, "10.0.0.1", "10.0.0.2");
	struct metric *m = flow_edit(f, DSR_METRIC);
	struct times *t = flow_edit(f, DSR_TIME);

	((struct transport *)flow_edit(f, DSR_TRANSPORT))->form = ID_IPV4;
	k->u.ip.port[SRC] = (uint16_t)(1000 + flow);
	k->u.ip.port[DST] = 53;
	t->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
	t->at[SRC][START] = BEGIN + list * SECOND + n;
	t->at[SRC][END] = t->at[SRC][START] + (n * 7919u + list * 31) % 100003;
	m->pkts[SRC] = 1 + n % 5;
	m->bytes[SRC] = 60 * m->pkts[SRC];
	flow_open(f, record, (uint32_t)flow_write(f, record, sizeof record), &reading);
}

static void open_lists(size_t memory, bool keeps_order, bool is_correcting)
{
	static const char *const default_key[] = { NULL };

	read_key(&key, default_key, true);
	err = (struct err){ 0 };
	cache = aggregate_new(&reading, show_flow, NULL);
	aggregate_limit(cache, memory, &err);
	for (unsigned i = 0; i < LISTS; i++) {
		lists[i] = (struct aggregate_list){ .key = &key, .keeps_order = keeps_order, .is_correcting = is_correcting };
		aggregate_list_init(cache, &lists[i]);
	}
}

static void close_lists(void)
{
	for (unsigned i = 0; i < LISTS; i++)
		aggregate_list_fini(cache, &lists[i]);
	aggregate_free(cache);
}

static void add(unsigned list, unsigned n, unsigned flows)
{
	struct flow f;

	make(&f, list, n, flows);
	assert_int_equal(aggregate_add(cache, &lists[list], &f, VIEW_FLOW), 0);
}

enum order { RISING, FALLING, SHUFFLED, ORDERS };

static unsigned list_of(enum order order, unsigned i, unsigned each)
{
	switch (order) {
	case RISING:
		return i / each;
	case FALLING:
		return LISTS - 1 - i / each;
	default:
		return i * 2654435761u % 1000003 % LISTS;
	}
}

static size_t most; /* bytes that were held */
static unsigned away, parted;

static void add_all(enum order order, unsigned count, unsigned each, unsigned flows)
{
	for (unsigned i = 0; i < count; i++) {
		add(list_of(order, i, each), i, flows);
		most = aggregate_size(cache) > most ? aggregate_size(cache) : most;
	}
	assert_int_equal(aggregate_drain(cache), 0);
	for (unsigned i = 0; i < LISTS; i++) {
		away += lists[i].away != 0;
		parted += lists[i].parts != NULL;
	}
}

static void put_all(void)
{
	buf_clear(&out);
	for (unsigned i = 0; i < LISTS; i++)
		assert_int_equal(aggregate_flush(cache, &lists[i]), 0);
	assert_int_equal(err.kind, ERR_NONE);
}

static void same_with_little_memory(enum order order, bool keeps_order, bool is_correcting, unsigned count, unsigned each, unsigned flows)
{
	for (int is_limited = 0; is_limited < 2; is_limited++) {
		open_lists(is_limited ? MEMORY : 0, keeps_order, is_correcting);
		most = away = parted = 0;
		add_all(order, count, each, flows);
		put_all();
		if (!is_limited)
			want_output();
		close_lists();
	}
	expect_output("order %d, %d, %d", order, keeps_order, is_correcting);
	assert_true(wanted.length > 100000);
}

static void many_small_lists_are_on_disk(void **state)
{
	(void)state;
	for (int order = RISING; order < ORDERS; order++)
		for (int way = 0; way < 4; way++) {
			same_with_little_memory((enum order)order, way & 1, way & 2, 40 * LISTS, 40, 25);
			assert_true(away > LISTS / 2);
			assert_true(most <= MEMORY);
		}
}

/* Each is more than fits in memory, and gets more when it is on disk. */
static void lists_that_were_parted_are_on_disk(void **state)
{
	(void)state;
	for (int way = 0; way < 4; way++) {
		open_lists(0, way & 1, way & 2);
		for (unsigned turn = 0; turn < 2; turn++)
			for (unsigned list = 0; list < 20; list++)
				for (unsigned n = 0; n < 3000; n++)
					add(list, turn * 1000 + n, 5000);
		put_all();
		want_output();
		close_lists();

		open_lists(MEMORY, way & 1, way & 2);
		away = parted = 0;
		for (unsigned turn = 0; turn < 2; turn++)
			for (unsigned list = 0; list < 20; list++)
				for (unsigned n = 0; n < 3000; n++) {
					add(list, turn * 1000 + n, 5000);
					parted += n == 2999 && lists[list].parts != NULL;
				}
		for (unsigned i = 0; i < 20; i++)
			away += lists[i].away != 0;
		put_all();
		expect_output("way %d", way);
		close_lists();
		assert_true(parted > 10);
		assert_true(away > 10);
	}
}

static void what_comes_for_a_list_on_disk_waits_to_be_merged(void **state)
{
	(void)state;
	open_lists(MEMORY, true, false);
	for (unsigned n = 0; n < 10; n++)
		add(0, 7, 5);
	assert_int_equal(aggregate_drain(cache), 0);
	assert_int_equal(lists[0].count, 1);
	assert_int_equal(aggregate_evict(cache, 0), 0);
	assert_int_equal(lists[0].count, 0);
	assert_true(aggregate_list_is_away(&lists[0]));
	for (unsigned n = 0; n < 10; n++)
		add(0, 7, 5);
	assert_int_equal(aggregate_drain(cache), 0);
	assert_int_equal(lists[0].count, 10);
	assert_int_equal(aggregate_gather(cache, &lists[0]), 0);
	assert_int_equal(lists[0].count, 1);
	assert_int_equal(aggregate_flush(cache, &lists[0]), 0);
	assert_int_equal(shown, 1);
	close_lists();
}

static void a_list_on_disk_can_be_forgotten_and_found_again(void **state)
{
	uint64_t place;

	(void)state;
	open_lists(MEMORY, true, false);
	for (unsigned n = 0; n < 100; n++)
		add(0, n, 50);
	assert_int_equal(aggregate_drain(cache), 0);
	assert_int_equal(aggregate_evict(cache, 0), 0);
	place = aggregate_list_park(cache, &lists[0]);
	assert_true(place != 0);
	lists[1].away = place;
	aggregate_list_init(cache, &lists[1]);
	for (unsigned n = 0; n < 100; n++)
		add(1, n, 50);
	assert_int_equal(aggregate_flush(cache, &lists[1]), 0);
	assert_int_equal(shown, 50);
	close_lists();
}

static void all_flows_that_stay_move_to_new_memory(void **state)
{
	size_t before;

	(void)state;
	open_lists(MEMORY, false, false);
	for (unsigned i = 0; i < 2000; i++)
		add(i / 20, i, 1000);
	assert_int_equal(aggregate_drain(cache), 0);
	before = aggregate_size(cache);
	assert_int_equal(aggregate_evict(cache, 10), 0);
	assert_true(aggregate_size(cache) < before);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(lists[i].count > 0, i >= 90);
	for (unsigned i = 1800; i < 2000; i++)
		add(i / 20, i, 1000); /* each finds its flow */
	assert_int_equal(aggregate_drain(cache), 0);
	for (unsigned i = 90; i < 100; i++)
		assert_int_equal(lists[i].count, 20);
	close_lists();
}

static void a_file_that_cannot_be_made_is_an_error(void **state)
{
	struct flow f;
	int result = 0;

	(void)state;
	setenv("TMPDIR", "/nonexistent", 1);
	open_lists(MEMORY, true, false);
	for (unsigned i = 0; i < 40 * LISTS && result == 0; i++) {
		make(&f, i / 40, i, 25);
		result = aggregate_add(cache, &lists[i / 40], &f, VIEW_FLOW);
	}
	assert_int_equal(result, -1);
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_non_null(strstr(err.text, "/nonexistent/argus."));
	unsetenv("TMPDIR");
	close_lists();
}

static int put_flow(void *context, struct flow *f)
{
	return show_flow(context, NULL, f);
}

/* Groups are bins; so many that their lists alone would be too much. */
static void cluster_all(unsigned threads, size_t memory, const char *rules)
{
	static struct cluster_group groups[50 * LISTS];
	struct cluster_options options = { .threads = threads, .memory = memory, .rules_path = rules, .keeps_order = true };
	struct cluster *c = cluster_new(&options, &reading, put_flow, NULL, &err);
	unsigned parked = 0;
	struct flow f;

	assert_non_null(c);
	buf_clear(&out);
	for (unsigned i = 0; i < 3 * (unsigned)ARRAY_LENGTH(groups); i++) {
		make(&f, i % (unsigned)ARRAY_LENGTH(groups), i, 1000);
		assert_int_equal(cluster_add(c, &groups[i % ARRAY_LENGTH(groups)], &f), 0);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(groups); i++)
		parked += groups[i].lists == NULL;
	assert_int_equal(parked > ARRAY_LENGTH(groups) / 2, memory > 0);
	for (size_t i = 0; i < ARRAY_LENGTH(groups); i++)
		assert_int_equal(cluster_flush(c, &groups[i]), 0);
	assert_int_equal(out.length > 100000, 1);
	cluster_free(c);
}

static void groups_are_on_disk_by_rule_and_by_thread(void **state)
{
	char path[] = "/tmp/argus-test.XXXXXX";
	int fd = mkstemp(path);
	static const char text[] = "filter=\"udp\" model=\"saddr sport\" cont\nfilter=\"\" model=\"proto\"\n";

	(void)state;
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	for (int has_rules = 0; has_rules < 2; has_rules++) {
		cluster_all(1, 0, has_rules ? path : NULL);
		want_output();
		cluster_all(1, MEMORY, has_rules ? path : NULL);
		expect_output("one thread");
		cluster_all(2, 2 * LEAST_SHARE, has_rules ? path : NULL);
		expect_output("two threads");
	}
	unlink(path);
}

static void a_group_that_is_not_put_out_is_forgotten(void **state)
{
	struct cluster_options options = { .memory = MEMORY };
	struct cluster *c = cluster_new(&options, &reading, put_flow, NULL, &err);
	static struct cluster_group groups[LISTS];
	struct flow f;

	(void)state;
	for (unsigned i = 0; i < 2 * LISTS; i++) {
		make(&f, i % LISTS, i, 1000);
		assert_int_equal(cluster_add(c, &groups[i % LISTS], &f), 0);
	}
	for (unsigned i = 0; i < LISTS; i++) {
		cluster_forget(c, &groups[i]);
		assert_int_equal(cluster_flush(c, &groups[i]), 0);
	}
	assert_int_equal(shown, 0);
	cluster_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MERGE_TEST(many_small_lists_are_on_disk),
		MERGE_TEST(lists_that_were_parted_are_on_disk),
		MERGE_TEST(what_comes_for_a_list_on_disk_waits_to_be_merged),
		MERGE_TEST(a_list_on_disk_can_be_forgotten_and_found_again),
		MERGE_TEST(all_flows_that_stay_move_to_new_memory),
		MERGE_TEST(a_file_that_cannot_be_made_is_an_error),
		MERGE_TEST(groups_are_on_disk_by_rule_and_by_thread),
		MERGE_TEST(a_group_that_is_not_put_out_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
