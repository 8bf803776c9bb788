/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of a list, whose places are left behind by flows that are updated or forgotten and
 * taken out when there is no room any more: after thousands of these it is that of a model that
 * moves flows about in an array. So is what timers end and filters put out on the way. */
#include "tests/unit/unit.h"

#include "tests/unit/flows.h"
#include "tests/unit/merge_kit.h"

#define SECOND 1000000ull
#define BEGIN (1000000000 * SECOND)
#define FLOWS_MAX 2000u
#define FLUSHED_AT 3u /* packets */

static const struct flow_reading reading;
static struct aggregate *cache;
static struct aggregate_list list;
static struct key key;

/* A flow, known by its port: what was seen of it since it began, or was cleared. */
struct seen {
	uint16_t port;
	bool is_reported;
	uint64_t start, last, pkts;
};

static struct {
	struct seen flow[FLOWS_MAX];
	unsigned count;
} model;

static unsigned put, forgotten, moved;

static int show(void *context, struct aggregate_list *of, struct flow *f)
{
	struct seen seen;

	(void)context;
	(void)of;
	memset(&seen, 0, sizeof seen);
	seen.port = flow_key(f)->u.ip.port[SRC];
	seen.start = flow_start(f);
	seen.last = flow_last(f);
	seen.pkts = flow_metric(f)->pkts[SRC];
	buf_add(&out, &seen, sizeof seen);
	return 0;
}

static void want(const struct seen *s)
{
	struct seen copy;

	memset(&copy, 0, sizeof copy);
	copy.port = s->port;
	copy.start = s->start;
	copy.last = s->last;
	copy.pkts = s->pkts;
	buf_add(&wanted, &copy, sizeof copy);
	put++;
}

/* ---- the model ---- */

static void model_forget(unsigned at)
{
	memmove(&model.flow[at], &model.flow[at + 1], (model.count - at - 1) * sizeof model.flow[0]);
	model.count--;
	forgotten++;
}

static unsigned model_find(uint16_t port)
{
	unsigned at = 0;

	while (at < model.count && model.flow[at].port != port)
		at++;
	return at;
}

static void restart(struct seen *s, uint64_t now)
{
	s->is_reported = false;
	s->start = s->last = now;
	s->pkts = 1;
}

static void update(struct seen *s, uint64_t now)
{
	bool is_due = (list.status != 0 && now - s->start >= list.status) ||
		      (list.idle != 0 && now - s->last >= list.idle);

	if (is_due && !s->is_reported)
		want(s);
	if (is_due || s->is_reported) {
		restart(s, now);
		return;
	}
	s->last = now;
	s->pkts++;
}

static void model_add(uint16_t port, uint64_t now)
{
	unsigned at = model_find(port);

	if (at == model.count) {
		model.flow[model.count++] = (struct seen){ .port = port };
		restart(&model.flow[at], now);
	} else {
		struct seen s = model.flow[at];

		update(&s, now);
		if (!list.keeps_order) {
			moved += at != model.count - 1;
			memmove(&model.flow[at], &model.flow[at + 1], (model.count - at - 1) * sizeof s);
			at = model.count - 1;
		}
		model.flow[at] = s;
	}
	if (list.flush != NULL && model.flow[at].pkts >= FLUSHED_AT) {
		want(&model.flow[at]);
		model_forget(at);
	}
}

static void model_expire(uint64_t now)
{
	while (model.count > 0 && model.flow[0].last + list.idle <= now) {
		if (!model.flow[0].is_reported)
			want(&model.flow[0]);
		model_forget(0);
	}
}

static void model_report(uint64_t now)
{
	for (unsigned i = 0; i < model.count; i++) {
		struct seen *s = &model.flow[i];

		if (s->is_reported || s->start + list.status > now)
			continue;
		want(s);
		s->is_reported = true;
	}
}

static void model_flush(void)
{
	for (unsigned i = 0; i < model.count; i++)
		if (!model.flow[i].is_reported)
			want(&model.flow[i]);
	model.count = 0;
}

/* ---- both ---- */

static void add(uint16_t port, uint64_t now)
{
	static uint8_t record[RECORD_MAX_SIZE];
	struct flow f;
	struct flow_key *k = flow_between(&f, PROTO_UDP, "10.0.0.1", "10.0.0.2");
	struct times *t = flow_edit(&f, DSR_TIME);

	k->u.ip.port[SRC] = port;
	k->u.ip.port[DST] = 53;
	t->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
	t->at[SRC][START] = t->at[SRC][END] = now;
	flow_open(&f, record, (uint32_t)flow_write(&f, record, sizeof record), &reading);
	assert_int_equal(aggregate_add(cache, &list, &f, VIEW_FLOW), 0);
	model_add(port, now);
}

static unsigned looked_at;

static void look(void *context, struct flow *f, uint64_t place)
{
	const struct seen *s = &model.flow[looked_at++];

	(void)context;
	(void)place;
	assert_true(looked_at <= model.count);
	assert_int_equal(flow_key(f)->u.ip.port[SRC], s->port);
	assert_int_equal(flow_metric(f)->pkts[SRC], s->pkts);
	assert_int_equal(flow_start(f), s->start);
}

/* The list's flows are in the order of the model's, and so is all that came out. */
static void they_agree(void)
{
	struct aggregate_list *lists = &list;
	struct aggregate_shares shares = { &cache, &lists, 1 };

	assert_int_equal(aggregate_drain(cache), 0);
	assert_int_equal(list.count, model.count);
	looked_at = 0;
	assert_int_equal(aggregate_each(&shares, &(struct aggregate_visitor){ .visit = look }), 0);
	assert_int_equal(looked_at, model.count);
	expect_output("%u flows", model.count);
	buf_clear(&out);
	buf_clear(&wanted);
}

static uint32_t random_state;

static uint32_t roll(uint32_t sides)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(random_state >> 8) * sides >> 24);
}

/* Most updates are of few flows, so that the others stay where they are; or of all alike. */
static uint16_t roll_port(unsigned flows, bool is_even)
{
	return (uint16_t)(1 + (is_even || roll(4) == 0 ? roll(flows) : roll(flows / 8 + 1)));
}

static void run_timers(uint64_t now)
{
	if (list.idle != 0) {
		assert_int_equal(aggregate_expire(cache, &list, now), 0);
		model_expire(now);
	}
	if (list.status != 0) {
		assert_int_equal(aggregate_report(cache, &list, now), 0);
		model_report(now);
	}
}

/* Between them the number of flows that records come of grows, and shrinks. */
static void many_records(unsigned flows, bool is_even)
{
	uint64_t now = BEGIN;

	random_state = flows + is_even;
	for (unsigned i = 0; i < 6000; i++) {
		unsigned among = i / 1000 % 2 == 0 ? flows : flows / 10 + 1;

		now += roll(2000);
		add(roll_port(among, is_even), now);
		if (i % 64 == 63)
			run_timers(now);
		if (i % 512 == 511)
			they_agree();
	}
	they_agree();
}

static void all_orders(uint64_t status, uint64_t idle, const struct filter *flush)
{
	static const unsigned flows[] = { 1, 2, 15, 16, 17, 100, 1000 };

	for (size_t i = 0; i < ARRAY_LENGTH(flows) * 4; i++) {
		cache = aggregate_new(&reading, show, NULL);
		list = (struct aggregate_list){ .key = &key,
						.status = status,
						.idle = idle,
						.flush = flush,
						.keeps_order = i & 1 };
		aggregate_list_init(cache, &list);
		model.count = 0;
		many_records(flows[i / 4], i & 2);
		assert_int_equal(aggregate_flush(cache, &list), 0);
		model_flush();
		they_agree();
		aggregate_list_fini(cache, &list);
		aggregate_free(cache);
	}
}

static void flows_are_in_the_order_of_their_updates_however_many_there_were(void **state)
{
	(void)state;
	moved = 0;
	all_orders(0, 0, NULL);
	assert_true(moved > 10000);
}

static void flows_that_timers_end_leave_the_others_in_order(void **state)
{
	(void)state;
	put = forgotten = 0;
	all_orders(0, SECOND / 3, NULL);
	assert_true(forgotten > 2000);
	all_orders(SECOND, 0, NULL);
	all_orders(SECOND / 2, SECOND / 4, NULL);
	assert_true(put > 20000);
}

static void flows_that_a_filter_puts_out_leave_the_others_in_order(void **state)
{
	struct filter *three = filter_compile("src pkts gt 2", NULL, NULL);

	(void)state;
	forgotten = 0;
	assert_non_null(three);
	all_orders(0, 0, three);
	assert_true(forgotten > 10000);
	all_orders(0, SECOND / 2, three);
	filter_free(three);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MERGE_TEST(flows_are_in_the_order_of_their_updates_however_many_there_were),
		MERGE_TEST(flows_that_timers_end_leave_the_others_in_order),
		MERGE_TEST(flows_that_a_filter_puts_out_leave_the_others_in_order),
	};

	key_init(&key);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
