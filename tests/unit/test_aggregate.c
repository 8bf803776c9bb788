/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache of flows (aggregation.md 4): which records come together, when a flow leaves,
 * and that it cannot be seen from outside how flows were kept: as records, squeezed, open,
 * on disk, by several threads. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <unistd.h>

#include "argus/query/cluster.h"
#include "common/query/store.h"
#include "tests/unit/flows.h"

#define SECOND 1000000ull
#define BEGIN (1000000000 * SECOND)

enum { ICMP = 1, TCP = 6, UDP = 17, ESP = 50 };

static const struct flow_reading reading;

/* What came out: the records, one behind the other, and of the first what a test asks for. */
static struct {
	struct buf bytes;
	unsigned count;
	struct {
		struct aggregate_list *list;
		uint16_t port;
		uint64_t pkts[2], start, last;
		uint32_t records;
		bool is_merged;
	} flow[32];
	unsigned fails_at; /* 0: never */
} out;

static struct aggregate *cache;
static struct merge merge;
static struct key key;

static void take(struct aggregate_list *list, struct flow *f)
{
	static uint8_t record[RECORD_MAX_SIZE];

	if (out.count < ARRAY_LENGTH(out.flow)) {
		out.flow[out.count].list = list;
		out.flow[out.count].port = flow_key(f)->u.ip.port[SRC];
		out.flow[out.count].pkts[SRC] = flow_metric(f)->pkts[SRC];
		out.flow[out.count].pkts[DST] = flow_metric(f)->pkts[DST];
		out.flow[out.count].start = flow_start(f);
		out.flow[out.count].last = flow_last(f);
		out.flow[out.count].records = flow_agr(f)->count;
		out.flow[out.count].is_merged = f->is_merged;
	}
	out.count++;
	buf_add(&out.bytes, record, flow_write(f, record, sizeof record));
	buf_add(&out.bytes, &f->is_merged, 1); /* which the record does not say */
}

static int put_out(void *context, struct aggregate_list *list, struct flow *f)
{
	(void)context;
	if (out.fails_at != 0 && out.count + 1 == out.fails_at)
		return -1;
	take(list, f);
	return 0;
}

static void forget_output(void)
{
	buf_clear(&out.bytes);
	out.count = out.fails_at = 0;
}

static int open_cache(void **state)
{
	(void)state;
	forget_output();
	key_init(&key);
	merge_init(&merge);
	cache = aggregate_new(&reading, put_out, NULL);
	return 0;
}

static int close_cache(void **state)
{
	(void)state;
	aggregate_free(cache);
	merge_fini(&merge);
	return 0;
}

static struct aggregate_list new_list(void)
{
	struct aggregate_list list = { .key = &key };

	aggregate_list_init(cache, &list);
	return list;
}

/* One packet, or two if they take time; `at` and `until` in tenths of a second. */
static void make(struct flow *f, uint8_t proto, uint16_t port, unsigned at, unsigned until)
{
	struct flow_key *k = flow_between(f, proto, "10.0.0.1", "10.0.0.2");
	struct times *t = flow_edit(f, DSR_TIME);
	struct transport *id = flow_edit(f, DSR_TRANSPORT);

	id->form = ID_IPV4;
	id->has_id = true;
	k->u.ip.port[SRC] = port;
	k->u.ip.port[DST] = 53;
	t->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
	t->at[SRC][START] = BEGIN + at * SECOND / 10;
	t->at[SRC][END] = BEGIN + until * SECOND / 10;
	((struct metric *)flow_edit(f, DSR_METRIC))->pkts[SRC] = until > at ? 2 : 1;
}

/* The other end's packets, as if its record began with them. */
static void turn(struct flow *f)
{
	struct flow_key *k = flow_edit(f, DSR_FLOW);
	struct flow_key was = *k;

	for (int side = SRC; side <= DST; side++) {
		memcpy(k->u.ip.addr[side], was.u.ip.addr[!side], 16);
		k->u.ip.port[side] = was.u.ip.port[!side];
	}
}

/* As a record that was read. */
static void reread(struct flow *f)
{
	static uint8_t record[RECORD_MAX_SIZE];
	size_t length = flow_write(f, record, sizeof record);

	flow_open(f, record, (uint32_t)length, &reading);
}

static void add_flow(struct aggregate_list *list, struct flow *f)
{
	reread(f);
	assert_int_equal(aggregate_add(cache, list, f, VIEW_FLOW), 0);
}

static void add(struct aggregate_list *list, uint16_t port, unsigned at, unsigned until)
{
	struct flow f;

	make(&f, UDP, port, at, until);
	add_flow(list, &f);
}

static void add_turned(struct aggregate_list *list, uint16_t port, unsigned at)
{
	struct flow f;

	make(&f, UDP, port, at, at);
	turn(&f);
	add_flow(list, &f);
}

static void add_tcp(struct aggregate_list *list, unsigned at, uint32_t status, bool is_turned)
{
	struct network *n;
	struct flow f;

	make(&f, TCP, 2000, at, at);
	n = flow_edit(&f, DSR_NETWORK);
	n->kind = NETWORK_TCP_PERF;
	n->is_tcp = true;
	if (is_turned)
		turn(&f);
	n->u.tcp.status = status;
	add_flow(list, &f);
}

static void flush(struct aggregate_list *list)
{
	assert_int_equal(aggregate_flush(cache, list), 0);
	aggregate_list_fini(cache, list);
}

static void came_out(unsigned i, uint16_t port, uint64_t pkts, uint32_t records)
{
	assert_true(i < out.count);
	assert_int_equal(out.flow[i].port, port);
	assert_int_equal(out.flow[i].pkts[SRC] + out.flow[i].pkts[DST], pkts);
	assert_int_equal(out.flow[i].records, records);
}

/* ---- finding and merging ---- */

/* However often a flow was merged, which is how it is kept: a record, two, squeezed, open. */
static void records_with_equal_keys_become_one_flow(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 6; n++) {
		struct aggregate_list list = new_list();

		forget_output();
		for (unsigned i = 0; i < n; i++) {
			add(&list, 1000, 10 * i, 10 * i);
			add(&list, 2000, 10 * i, 10 * i + 5);
		}
		flush(&list);
		assert_int_equal(out.count, 2);
		came_out(0, 1000, n, n);
		came_out(1, 2000, 2 * n, n);
		assert_true(out.flow[0].is_merged == (n > 1) && out.flow[1].is_merged == (n > 1));
		assert_int_equal(out.flow[1].start, BEGIN);
		assert_int_equal(out.flow[1].last, BEGIN + (n - 1) * SECOND + SECOND / 2);
	}
}

static void an_empty_key_merges_nothing_and_keeps_the_order(void **state)
{
	struct aggregate_list list;

	(void)state;
	key.objects = 0;
	list = new_list();
	add(&list, 1000, 0, 0);
	add(&list, 2000, 0, 0);
	add(&list, 1000, 0, 0);
	flush(&list);
	assert_int_equal(out.count, 3);
	came_out(1, 2000, 1, 1);
	came_out(2, 1000, 1, 1);
}

static void a_flow_that_nobody_changed_comes_out_as_its_record(void **state)
{
	struct aggregate_list list = new_list();
	uint8_t record[RECORD_MAX_SIZE];
	struct flow f;
	size_t length;

	(void)state;
	flow_web(&f);
	length = flow_write(&f, record, sizeof record);
	add_flow(&list, &f);
	flush(&list);
	assert_int_equal(out.bytes.length, length + 1);
	assert_memory_equal(out.bytes.data, record, length);
}

/* ---- order ---- */

/* A header of RTP is not believed of less than five packets. */
static void what_is_not_believed_does_not_come_back_when_records_are_merged(void **state)
{
	struct aggregate_list list = new_list();
	struct flow f;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		make(&f, UDP, 7, 10 * i, 10 * i + 1);
		((struct metric *)flow_edit(&f, DSR_METRIC))->pkts[SRC] = 4;
		((struct network *)flow_edit(&f, DSR_NETWORK))->kind = NETWORK_RTP;
		add_flow(&list, &f);
	}
	assert_int_equal(aggregate_flush(cache, &list), 0);
	flow_open(&f, (const uint8_t *)out.bytes.data, (uint32_t)out.bytes.length - 1, &reading);
	assert_int_equal(flow_metric(&f)->pkts[SRC], 8);
	assert_false(flow_has(&f, DSR_NETWORK));
	aggregate_list_fini(cache, &list);
}

static void flows_come_out_in_the_order_of_their_last_update(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	add(&list, 1, 0, 0);
	add(&list, 2, 1, 1);
	add(&list, 3, 2, 2);
	add(&list, 1, 3, 3);
	add(&list, 2, 4, 4);
	flush(&list);
	came_out(0, 3, 1, 1);
	came_out(1, 1, 2, 2);
	came_out(2, 2, 2, 2);
}

static void flows_of_a_bin_come_out_in_the_order_of_their_creation(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.keeps_order = true;
	add(&list, 1, 0, 0);
	add(&list, 2, 1, 1);
	add(&list, 1, 3, 3);
	flush(&list);
	came_out(0, 1, 2, 2);
	came_out(1, 2, 1, 1);
}

/* ---- the opposite direction ---- */

static void opposite_directions_are_two_flows_unless_they_are_corrected(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	add(&list, 1000, 0, 0);
	add_turned(&list, 1000, 1);
	flush(&list);
	assert_int_equal(out.count, 2);

	forget_output();
	list = new_list();
	list.is_correcting = true;
	for (unsigned i = 0; i < 5; i++) {
		add(&list, 1000, i, i);
		add_turned(&list, 1000, i);
	}
	flush(&list);
	assert_int_equal(out.count, 1);
	came_out(0, 1000, 10, 10);
	assert_int_equal(out.flow[0].pkts[DST], 5);
}

static void two_connections_that_saw_their_syn_are_never_merged(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.is_correcting = true;
	add_tcp(&list, 0, TCP_SAW_SYN | TCP_SAW_SYNACK | TCP_ESTABLISHED, false);
	add_tcp(&list, 300, TCP_SAW_SYN, true);
	flush(&list);
	assert_int_equal(out.count, 2);
}

static void the_record_with_the_syn_tells_the_direction(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.is_correcting = true;
	add_tcp(&list, 0, TCP_ESTABLISHED, true);
	add_tcp(&list, 1, TCP_SAW_SYN, false); /* turns the kept one round */
	add_tcp(&list, 2, TCP_ESTABLISHED, true);
	add_tcp(&list, 3, TCP_ESTABLISHED, false);
	flush(&list);
	assert_int_equal(out.count, 1);
	came_out(0, 2000, 4, 4);
	assert_int_equal(out.flow[0].pkts[SRC], 2);
}

static void add_icmp(struct aggregate_list *list, uint8_t type, bool is_turned)
{
	struct flow_key *k;
	struct flow f;

	make(&f, ICMP, 0, 0, 0);
	k = flow_edit(&f, DSR_FLOW);
	k->u.ip.port[DST] = 0;
	k->u.ip.type = type;
	k->u.ip.id = 77;
	if (is_turned)
		turn(&f);
	add_flow(list, &f);
}

static void a_lone_echo_reply_is_merged_with_its_request(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.is_correcting = true;
	add_icmp(&list, 8, false);
	add_icmp(&list, 0, true);
	add_icmp(&list, 13, false); /* a request of another kind is not */
	flush(&list);
	assert_int_equal(out.count, 2);
	assert_int_equal(out.flow[0].pkts[SRC], 1);
	assert_int_equal(out.flow[0].pkts[DST], 1);
}

static void an_esp_flow_has_one_direction(void **state)
{
	struct aggregate_list list = new_list();
	struct flow f;

	(void)state;
	list.is_correcting = true;
	for (int turned = 0; turned < 2; turned++) {
		make(&f, ESP, 0, 0, 0);
		if (turned)
			turn(&f);
		add_flow(&list, &f);
	}
	flush(&list);
	assert_int_equal(out.count, 2);
}

static void from_both_ends_a_record_counts_twice(void **state)
{
	struct aggregate_list list;
	struct flow f;

	(void)state;
	key.objects = OBJECT_BIT(OBJECT_SADDR);
	list = new_list();
	for (int i = 0; i < 4; i++) {
		make(&f, UDP, 1000, 0, 5);
		reread(&f);
		assert_int_equal(aggregate_add(cache, &list, &f, VIEW_SOURCE), 0);
		assert_int_equal(aggregate_add(cache, &list, &f, VIEW_DESTINATION), 0);
	}
	flush(&list);
	assert_int_equal(out.count, 2);
	assert_int_equal(out.flow[0].pkts[SRC], 8);
	assert_int_equal(out.flow[1].pkts[DST], 8);
}

/* ---- when a flow leaves before the end ---- */

static void no_flow_spans_the_status_interval(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.status = 3 * SECOND;
	for (unsigned i = 0; i < 10; i++)
		add(&list, 1000, 10 * i + 1, 10 * i + 5);
	flush(&list);
	assert_int_equal(out.count, 4);
	for (unsigned i = 0; i < 4; i++) {
		came_out(i, 1000, i < 3 ? 6 : 2, i < 3 ? 3 : 1);
		assert_int_equal(out.flow[i].start, BEGIN + SECOND / 10 + i * 3 * SECOND);
	}
}

static void a_pause_ends_a_flow(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.idle = 5 * SECOND;
	add(&list, 1000, 0, 0);
	add(&list, 1000, 49, 49);
	add(&list, 1000, 99, 99);
	flush(&list);
	assert_int_equal(out.count, 2);
	came_out(0, 1000, 2, 2);
	came_out(1, 1000, 1, 1);
}

static void idle_flows_leave_up_to_the_first_that_is_not(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.idle = 5 * SECOND;
	add(&list, 1, 0, 0);
	add(&list, 2, 10, 80);
	add(&list, 3, 20, 20); /* older, but behind it */
	assert_int_equal(aggregate_expire(cache, &list, BEGIN + 10 * SECOND), 0);
	assert_int_equal(out.count, 1);
	came_out(0, 1, 1, 1);
	assert_int_equal(list.count, 2);
	flush(&list);
	assert_int_equal(out.count, 3);
}

static void a_reported_flow_begins_anew_with_its_next_record(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.status = 5 * SECOND;
	add(&list, 1, 0, 0);
	add(&list, 2, 0, 0);
	assert_int_equal(aggregate_report(cache, &list, BEGIN + 4 * SECOND), 0);
	assert_int_equal(out.count, 0);
	assert_int_equal(aggregate_report(cache, &list, BEGIN + 5 * SECOND), 0);
	assert_int_equal(aggregate_report(cache, &list, BEGIN + 6 * SECOND), 0); /* once */
	assert_int_equal(out.count, 2);
	add(&list, 1, 65, 65);
	flush(&list);
	assert_int_equal(out.count, 3); /* nothing is left of the other to be said */
	came_out(2, 1, 1, 1);
	assert_int_equal(out.flow[2].start, BEGIN + 65 * SECOND / 10);
	assert_true(!out.flow[0].is_merged && out.flow[2].is_merged);
}

static void a_reported_flow_that_is_turned_round_is_not_put_out_again(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.status = 5 * SECOND;
	list.is_correcting = true;
	add_tcp(&list, 0, TCP_ESTABLISHED, true);
	assert_int_equal(aggregate_report(cache, &list, BEGIN + 5 * SECOND), 0);
	assert_int_equal(out.count, 1);
	add_tcp(&list, 60, TCP_SAW_SYN, false);
	flush(&list);
	assert_int_equal(out.count, 2);
	came_out(1, 2000, 1, 1);
	assert_int_equal(out.flow[1].start, BEGIN + 6 * SECOND);
}

static void a_flow_that_is_turned_round_is_as_answered_as_before(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.by_answer = list.is_correcting = true;
	add_tcp(&list, 0, TCP_ESTABLISHED, true);
	add_tcp(&list, 1, TCP_SAW_SYN | TCP_ESTABLISHED, false);
	flush(&list);
	assert_int_equal(out.count, 1);
	came_out(0, 2000, 2, 2);
}

static void a_flow_that_the_filter_finds_complete_is_put_out_at_once(void **state)
{
	struct err err = { 0 };
	struct filter *three = filter_compile("src pkts gt 2", NULL, &err);
	struct aggregate_list list = new_list();

	(void)state;
	assert_non_null(three);
	list.flush = three;
	for (unsigned i = 0; i < 7; i++)
		add(&list, 1, i, i);
	assert_int_equal(aggregate_drain(cache), 0);
	assert_int_equal(out.count, 2);
	assert_int_equal(list.count, 1);
	flush(&list);
	assert_int_equal(out.count, 3);
	came_out(0, 1, 3, 3);
	came_out(2, 1, 1, 1);
	filter_free(three);
}

static void a_flow_is_put_out_before_its_service_answers_otherwise(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.by_answer = true;
	for (unsigned i = 0; i < 6; i++)
		add_tcp(&list, i, i < 4 ? TCP_SAW_SYN | TCP_ESTABLISHED : TCP_SAW_SYN, false);
	flush(&list);
	assert_int_equal(out.count, 2);
	came_out(0, 2000, 4, 4);
	came_out(1, 2000, 2, 2);
}

static void a_service_answers_when_it_accepts_and_no_longer_when_only_a_reset_is_seen(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.by_answer = true;
	add_tcp(&list, 0, TCP_SAW_SYN, false);
	add_tcp(&list, 1, TCP_SAW_SYN | TCP_SAW_SYNACK, false);
	add_tcp(&list, 2, TCP_SAW_SYN | TCP_ESTABLISHED, false);
	add_tcp(&list, 3, TCP_SAW_SYN | TCP_ESTABLISHED | TCP_SRC_RESET, false);
	flush(&list);
	assert_int_equal(out.count, 3);
	came_out(0, 2000, 1, 1);
	came_out(1, 2000, 2, 2);
	came_out(2, 2000, 1, 1);
}

static void without_counts_a_flow_tells_of_no_records(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	list.drops_counts = true;
	add(&list, 1, 0, 0);
	add(&list, 1, 1, 1);
	flush(&list);
	came_out(0, 1, 2, 0);
}

static void a_failing_output_ends_the_run(void **state)
{
	struct aggregate_list list = new_list();

	(void)state;
	add(&list, 1, 0, 0);
	add(&list, 2, 0, 0);
	out.fails_at = 2;
	assert_int_equal(aggregate_flush(cache, &list), -1);
	assert_int_equal(out.count, 1);
	aggregate_list_fini(cache, &list);
}

/* ---- several lists ---- */

static void lists_know_nothing_of_each_other(void **state)
{
	struct aggregate_list first = new_list(), second = new_list(), third = new_list();

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		add(&first, 1, i, i);
		add(&second, 1, i, i);
		add(&second, 2, i, i);
		add(&third, 1, i, i);
	}
	assert_int_equal(aggregate_drain(cache), 0);
	aggregate_list_fini(cache, &third); /* is forgotten without a word */
	flush(&second);
	assert_int_equal(out.count, 2);
	assert_ptr_equal(out.flow[0].list, &second);
	came_out(1, 2, 4, 4);
	flush(&first);
	assert_int_equal(out.count, 3);
	assert_ptr_equal(out.flow[2].list, &first);
	came_out(2, 1, 4, 4);
}

static uint64_t places[8];
static unsigned place_count;

static void note_place(void *context, struct flow *f, uint64_t place)
{
	(void)context;
	(void)f;
	places[place_count++] = place;
}

static void flows_can_be_put_out_by_their_places(void **state)
{
	uint64_t reversed[3];
	struct aggregate_list list = new_list(), *lists = &list;
	struct aggregate_shares shares = { &cache, &lists, 1 };

	(void)state;
	for (uint16_t port = 1; port <= 3; port++)
		for (unsigned i = 0; i < port; i++)
			add(&list, port, i, i);
	place_count = 0;
	assert_int_equal(aggregate_each(&shares, &(struct aggregate_visitor){ .visit = note_place }), 0);
	assert_int_equal(place_count, 3);
	for (unsigned i = 0; i < place_count; i++)
		reversed[place_count - 1 - i] = places[i];
	assert_int_equal(aggregate_put_all(&shares, reversed, place_count), 0);
	came_out(0, 3, 3, 3);
	came_out(1, 2, 2, 2);
	came_out(2, 1, 1, 1);
	aggregate_list_fini(cache, &list);
}

static void pieces_that_were_prepared_are_merged_like_records(void **state)
{
	struct aggregate_list list = new_list();
	struct period period;
	struct split split;
	struct flow f;

	(void)state;
	assert_true(period_read(&period, "1h"));
	for (unsigned i = 0; i < 4; i++) {
		make(&f, UDP, (uint16_t)(1 + i % 2), i, i);
		split_begin(&split, &f, &period, false);
		assert_true(split_cut(&split));
		aggregate_begin_pieces(cache, list.key, &split);
		assert_int_equal(aggregate_add_piece(cache, &list, &split), 0);
	}
	flush(&list);
	assert_int_equal(out.count, 2);
	came_out(0, 1, 2, 2);
	came_out(1, 2, 2, 2);
	assert_true(out.flow[0].is_merged && out.flow[1].is_merged);
}

/* ---- memory, disk, threads ---- */

#define MANY 24000u

/* Records of flows, one to four of each, in an order that is none of theirs; some are large. */
static void make_one_of_many(struct flow *f, unsigned i)
{
	static const uint8_t letters[2500] = "GET /";
	unsigned n = i * 7919u % MANY, port = n % 2 == 0 ? n / 2 : n / 4;

	make(f, n % 3 == 0 ? TCP : UDP, (uint16_t)(port + 1), n % 100, n % 100 + n % 7);
	if (n % 97 == 0)
		*(struct user_data *)flow_edit(f, DSR_SUSER) = (struct user_data){ .count = sizeof letters, .bytes = letters };
	if (i % 4 == 3)
		turn(f);
	reread(f);
}

static void add_many(struct aggregate_list *list)
{
	struct flow f;

	for (unsigned i = 0; i < MANY; i++) {
		make_one_of_many(&f, i);
		assert_int_equal(aggregate_add(cache, list, &f, VIEW_FLOW), 0);
	}
	assert_int_equal(aggregate_drain(cache), 0);
}

static char directory[] = "/tmp/argus-test.XXXXXX";

static unsigned files_in_directory(void)
{
	DIR *dir = opendir(directory);
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2;
}

/* The bytes that come out of the many, and whether files were needed. */
static bool aggregate_many(size_t limit, bool is_correcting, bool keeps_order, struct buf *bytes)
{
	struct aggregate_list list = new_list(), *lists = &list;
	struct err err = { 0 };
	bool is_spilled;

	list.is_correcting = is_correcting;
	list.keeps_order = keeps_order;
	forget_output();
	if (limit > 0)
		aggregate_limit(cache, limit, &err);
	add_many(&list);
	is_spilled = aggregate_is_spilled(&(struct aggregate_shares){ &cache, &lists, 1 });
	flush(&list);
	assert_int_equal(err.kind, ERR_NONE);
	buf_clear(bytes);
	buf_add(bytes, out.bytes.data, out.bytes.length);
	return is_spilled;
}

static void what_does_not_fit_in_memory_comes_out_the_same(void **state)
{
	struct buf all = BUF_INIT, limited = BUF_INIT;

	(void)state;
	assert_non_null(mkdtemp(directory));
	setenv("TMPDIR", directory, 1);
	for (int way = 0; way < 4; way++) {
		assert_false(aggregate_many(0, way & 1, way & 2, &all));
		assert_true(out.count > 8000);
		assert_true(aggregate_many(1 << 20, way & 1, way & 2, &limited));
		assert_int_equal(limited.length, all.length);
		assert_memory_equal(limited.data, all.data, all.length);
		aggregate_limit(cache, 0, NULL);
	}
	assert_int_equal(files_in_directory(), 0);
	rmdir(directory);
	unsetenv("TMPDIR");
	buf_fini(&all);
	buf_fini(&limited);
}

static void lists_with_timers_stay_in_memory(void **state)
{
	struct aggregate_list list = new_list(), *lists = &list;

	(void)state;
	list.idle = 1000 * SECOND;
	aggregate_limit(cache, 1 << 20, NULL);
	add_many(&list);
	assert_false(aggregate_is_spilled(&(struct aggregate_shares){ &cache, &lists, 1 }));
	flush(&list);
}

static void memory_is_given_back(void **state)
{
	struct aggregate_list list = new_list();
	size_t empty = aggregate_size(cache);

	(void)state;
	add_many(&list);
	assert_true(aggregate_size(cache) > empty + (1 << 20));
	assert_int_equal(aggregate_flush(cache, &list), 0);
	assert_int_equal(aggregate_size(cache), empty);
	aggregate_list_fini(cache, &list);
}

/* Flows that come and go, each of which is moved when a second record makes it larger: what they leave is
 * used for those that come, so that a run of years takes no more memory than one of hours. */
static void flows_that_come_take_the_place_of_those_that_left(void **state)
{
	struct aggregate_list list = new_list();
	size_t early = 0;

	(void)state;
	list.idle = SECOND;
	for (unsigned i = 0; i < 40000; i++) {
		add(&list, (uint16_t)(i + 1), i / 100, i / 100);
		add(&list, (uint16_t)(i + 1), i / 100, i / 100 + 1);
		if (i % 100 == 0)
			assert_int_equal(aggregate_expire(cache, &list, BEGIN + i / 100 * SECOND / 10), 0);
		if (i == 20000)
			early = aggregate_size(cache);
	}
	assert_true(list.count < 2000);
	assert_true(aggregate_size(cache) < early + early / 10);
	flush(&list);
	assert_int_equal(out.count, 40000);
}

#define BLOCKS 2000u

static void fill(const struct store *s, struct store_ref ref, unsigned i)
{
	memset(store_at(s, ref), (int)(i * 7 % 251), store_room(ref));
}

static bool is_filled(const struct store *s, struct store_ref ref, unsigned i)
{
	const uint8_t *bytes = store_at(s, ref);

	for (size_t at = 0; at < store_room(ref); at++)
		if (bytes[at] != i * 7 % 251)
			return false;
	return true;
}

/* Blocks that grow one after the other, in steps of `step`, take the room of those before them. */
static size_t grow_blocks(unsigned step)
{
	struct store_ref ref[BLOCKS];
	struct store s;
	size_t size;

	store_init(&s);
	for (unsigned i = 0; i < BLOCKS; i++)
		fill(&s, ref[i] = store_alloc(&s, 200 + i % 3 * 16), i);
	for (unsigned n = 0, i = 0; n < BLOCKS; n++, i = (i + step) % BLOCKS) {
		assert_true(is_filled(&s, ref[i], i));
		store_release(&s, ref[i]);
		fill(&s, ref[i] = store_alloc(&s, 300), i);
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		assert_true(is_filled(&s, ref[i], i));
	size = store_size(&s);
	store_fini(&s);
	return size;
}

static void blocks_that_grow_take_the_room_of_those_that_grew_before(void **state)
{
	(void)state;
	assert_true(grow_blocks(1) < BLOCKS * 340);
	assert_true(grow_blocks(BLOCKS - 1) < BLOCKS * 560);
	assert_true(grow_blocks(7) < BLOCKS * 560); /* of these no two lie side by side */
}

#define RUNS 400u

struct run {
	uint32_t at, count;
	uint8_t units;
};

static struct store_ref of_run(struct run r, uint32_t i) { return (struct store_ref){ r.at + i * r.units, r.units }; }

/* Runs take what lies side by side and was given back, and leave alone what others have. A block may be given
 * back in two halves. */
static void runs_stand_between_blocks(void **state)
{
	struct store_ref blocks[RUNS];
	struct run runs[RUNS];
	struct store s;

	(void)state;
	store_init(&s);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < RUNS; i++) {
			fill(&s, blocks[i] = store_alloc(&s, 100 + i % 300 * 5), i);
			runs[i] = (struct run){ .count = i % 40 + 1, .units = (uint8_t)(3 + i % 3) };
			runs[i].at = store_alloc_run(&s, runs[i].units, &runs[i].count);
			assert_true(runs[i].at > 0 && runs[i].count > 0 && (runs[i].units != 4 || runs[i].at % 4 == 0));
			for (uint32_t k = 0; k < runs[i].count; k++)
				fill(&s, of_run(runs[i], k), i + k);
		}
		for (unsigned i = 0; i < RUNS; i++) {
			assert_true(is_filled(&s, blocks[i], i));
			store_release(&s, (struct store_ref){ blocks[i].at + 2, (uint8_t)(blocks[i].units - 2) });
			store_release(&s, (struct store_ref){ blocks[i].at, 2 });
			for (uint32_t k = 0; k < runs[i].count; k++) {
				assert_true(is_filled(&s, of_run(runs[i], k), i + k));
				store_release(&s, of_run(runs[i], k));
			}
		}
	}
	store_fini(&s);
}

static int put_cluster_out(void *context, struct flow *f)
{
	(void)context;
	take(NULL, f);
	return 0;
}

/* Of as many hosts. */
static void spread(struct flow *f, unsigned i)
{
	struct flow_key *k = flow_edit(f, DSR_FLOW);

	k->u.ip.addr[SRC][2] = (uint8_t)(i * 7919u >> 8);
	k->u.ip.addr[SRC][3] = (uint8_t)(i * 7919u);
	reread(f);
}

static bool is_directed(char *word, bool is_unmerged)
{
	struct cluster_options options = { .keys = &word, .key_count = word != NULL, .is_unmerged = is_unmerged };
	struct err err = { 0 };
	struct cluster *c = cluster_new(&options, &reading, put_cluster_out, NULL, &err);
	bool result;

	assert_non_null(c);
	result = cluster_is_directed(c);
	cluster_free(c);
	return result;
}

static void what_is_not_merged_has_the_direction_that_its_key_gives_it(void **state)
{
	char saddr[] = "saddr", none[] = "none";

	(void)state;
	assert_true(is_directed(NULL, false));
	assert_true(is_directed(NULL, true));
	assert_false(is_directed(saddr, true));
	assert_false(is_directed(none, false));
}

static void cluster_many(const struct cluster_options *options, bool is_spread, struct buf *bytes)
{
	struct cluster_group group = { NULL };
	struct err err = { 0 };
	struct cluster *c = cluster_new(options, &reading, put_cluster_out, NULL, &err);
	struct flow f;

	assert_non_null(c);
	forget_output();
	for (unsigned i = 0; i < MANY; i++) {
		make_one_of_many(&f, i);
		if (is_spread)
			spread(&f, i);
		assert_int_equal(cluster_add(c, &group, &f), 0);
	}
	if (cluster_flush(c, &group) < 0)
		fail_msg("%s", err.text);
	cluster_free(c);
	buf_clear(bytes);
	buf_add(bytes, out.bytes.data, out.bytes.length);
}

static void threads_give_the_same_bytes(void **state)
{
	char *const columns[] = { (char *)"bytes", (char *)"sport" };
	struct cluster_options options[] = {
		{ .threads = 1 },
		{ .threads = 1, .is_correcting = true },
		{ .threads = 1, .is_rmon = true },
		{ .threads = 1, .sort = columns, .sort_count = 2, .first = 10, .last = 5000 },
	};
	struct buf one = BUF_INIT, several = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
		cluster_many(&options[i], false, &one);
		assert_true(one.length > 100000);
		for (options[i].threads = 2; options[i].threads <= 4; options[i].threads += 2) {
			cluster_many(&options[i], false, &several);
			assert_int_equal(several.length, one.length);
			assert_memory_equal(several.data, one.data, one.length);
		}
	}
	buf_fini(&one);
	buf_fini(&several);
}

static void what_is_sorted_by_its_key_comes_out_the_same_from_files(void **state)
{
	char *const keys[] = { (char *)"saddr", (char *)"daddr" };
	struct cluster_options options = { .threads = 1, .keys = keys, .sorts_by_keys = true };
	struct buf whole = BUF_INIT, parts = BUF_INIT;

	(void)state;
	for (options.key_count = 1; options.key_count <= 2; options.key_count++) {
		options.memory = 0;
		cluster_many(&options, true, &whole);
		options.memory = 1 << 19;
		cluster_many(&options, true, &parts);
		assert_true(whole.length > 100000);
		assert_int_equal(parts.length, whole.length);
		assert_memory_equal(parts.data, whole.data, whole.length);
	}
	buf_fini(&whole);
	buf_fini(&parts);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_cache, close_cache)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_with_equal_keys_become_one_flow),
		TEST(an_empty_key_merges_nothing_and_keeps_the_order),
		TEST(a_flow_that_nobody_changed_comes_out_as_its_record),
		TEST(what_is_not_believed_does_not_come_back_when_records_are_merged),
		TEST(flows_come_out_in_the_order_of_their_last_update),
		TEST(flows_of_a_bin_come_out_in_the_order_of_their_creation),
		TEST(opposite_directions_are_two_flows_unless_they_are_corrected),
		TEST(two_connections_that_saw_their_syn_are_never_merged),
		TEST(the_record_with_the_syn_tells_the_direction),
		TEST(a_lone_echo_reply_is_merged_with_its_request),
		TEST(an_esp_flow_has_one_direction),
		TEST(from_both_ends_a_record_counts_twice),
		TEST(no_flow_spans_the_status_interval),
		TEST(a_pause_ends_a_flow),
		TEST(idle_flows_leave_up_to_the_first_that_is_not),
		TEST(a_reported_flow_begins_anew_with_its_next_record),
		TEST(a_reported_flow_that_is_turned_round_is_not_put_out_again),
		TEST(a_flow_that_is_turned_round_is_as_answered_as_before),
		TEST(a_flow_that_the_filter_finds_complete_is_put_out_at_once),
		TEST(a_flow_is_put_out_before_its_service_answers_otherwise),
		TEST(what_is_not_merged_has_the_direction_that_its_key_gives_it),
		TEST(a_service_answers_when_it_accepts_and_no_longer_when_only_a_reset_is_seen),
		TEST(without_counts_a_flow_tells_of_no_records),
		TEST(a_failing_output_ends_the_run),
		TEST(lists_know_nothing_of_each_other),
		TEST(flows_can_be_put_out_by_their_places),
		TEST(pieces_that_were_prepared_are_merged_like_records),
		TEST(what_does_not_fit_in_memory_comes_out_the_same),
		TEST(lists_with_timers_stay_in_memory),
		TEST(memory_is_given_back),
		TEST(flows_that_come_take_the_place_of_those_that_left),
		TEST(blocks_that_grow_take_the_room_of_those_that_grew_before),
		TEST(runs_stand_between_blocks),
		TEST(threads_give_the_same_bytes),
		TEST(what_is_sorted_by_its_key_comes_out_the_same_from_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
