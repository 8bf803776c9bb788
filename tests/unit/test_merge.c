/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of two records of one flow (aggregation.md 2), and that it makes no
 * difference where the first of them lies. */
#include "tests/unit/unit.h"

#include "argus/query/fields.h"
#include "argus/query/key.h"
#include "argus/query/merge.h"
#include "common/query/pack.h"
#include "tests/unit/flows.h"

static struct flow a, b;
static struct merge merge;

static int make_two(void **state)
{
	(void)state;
	merge_init(&merge);
	flow_web(&a);
	flow_web(&b);
	return 0;
}

static int drop_two(void **state)
{
	(void)state;
	merge_fini(&merge);
	return 0;
}

static struct tcp_side *side_of(struct flow *f, enum side side)
{
	return &((struct network *)flow_edit(f, DSR_NETWORK))->u.tcp.side[side];
}

static void counts_are_added_and_times_span_both(void **state)
{
	struct times *t = flow_edit(&b, DSR_TIME);

	(void)state;
	t->at[SRC][START] += 1000000;
	t->at[SRC][END] += 1000000;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_metric(&a)->pkts[SRC], 14);
	assert_int_equal(flow_metric(&a)->bytes[DST], 2 * 5477);
	assert_int_equal(flow_times(&a)->at[SRC][START], 1362692526869344u);
	assert_int_equal(flow_times(&a)->at[SRC][END], 1362692526869344u + 1211628);
	assert_int_equal(flow_agr(&a)->count, 2);
	assert_int_equal(flow_agr(&a)->idle.n, 2); /* one gap a direction */
}

static void a_base_is_that_of_the_earlier_record(void **state)
{
	(void)state;
	side_of(&a, SRC)->seqbase = 5000;
	side_of(&b, SRC)->seqbase = 4000;
	side_of(&a, DST)->seqbase = 4000;
	side_of(&b, DST)->seqbase = 5000;
	merge_flow(&merge, &a, &b);
	assert_int_equal(side_of(&a, SRC)->seqbase, 4000);
	assert_int_equal(side_of(&a, DST)->seqbase, 4000);
}

static void sequence_numbers_are_compared_modulo_their_range(void **state)
{
	(void)state;
	side_of(&a, SRC)->seqbase = 100; /* after the turn of the numbers */
	side_of(&b, SRC)->seqbase = UINT32_MAX - 99;
	side_of(&a, DST)->seqbase = UINT32_MAX - 99;
	side_of(&b, DST)->seqbase = 100;
	merge_flow(&merge, &a, &b);
	assert_int_equal(side_of(&a, SRC)->seqbase, UINT32_MAX - 99);
	assert_int_equal(side_of(&a, DST)->seqbase, UINT32_MAX - 99);
	assert_int_equal(side_of(&a, SRC)->ackbytes, 0);
}

static void a_base_far_away_is_another_connection(void **state)
{
	(void)state;
	side_of(&a, SRC)->seqbase = 5000000;
	side_of(&b, SRC)->seqbase = 4000;
	merge_flow(&merge, &a, &b);
	assert_int_equal(side_of(&a, SRC)->seqbase, 5000000);
}

/* What the column says of it. */
static uint64_t gap(struct flow *f, enum side side)
{
	struct value v;

	assert_true(field_value(field_by_name(side == SRC ? "sgap" : "dgap", 4), f, &v));
	return v.u;
}

/* A side whose numbers passed `missing` bytes more than the packets brought, and a SYN. */
static void set_range(struct flow *f, enum side side, uint32_t base, uint32_t bytes, uint32_t missing)
{
	struct tcp_side *s = side_of(f, side);

	s->seqbase = base;
	s->bytes = bytes;
	s->seq = base + 1 + bytes + missing;
}

static void set_port(struct flow *f, uint16_t port)
{
	((struct flow_key *)flow_edit(f, DSR_FLOW))->u.ip.port[SRC] = port;
}

static void gaps_of_two_connections_are_added(void **state)
{
	(void)state;
	set_range(&a, SRC, 4000000000u, 1000, 100);
	set_range(&b, SRC, 5000, 2000, 30);
	set_range(&a, DST, 77, 500, 0);
	set_range(&b, DST, UINT32_MAX - 1000, 3000, 0); /* turns over */
	set_port(&b, 40000);
	merge_flow(&merge, &a, &b);
	assert_int_equal(gap(&a, SRC), 130);
	assert_int_equal(gap(&a, DST), 0);
	assert_int_equal(side_of(&a, SRC)->seqbase, 4000000000u);
	assert_int_equal(side_of(&a, DST)->seqbase, 77);
	set_port(&b, 40001);
	merge_flow(&merge, &a, &b); /* and of a third */
	assert_int_equal(gap(&a, SRC), 160);
}

static void an_old_connection_on_the_same_ports_is_another(void **state)
{
	(void)state;
	set_range(&a, SRC, 5000000, 1000, 100);
	set_range(&b, SRC, 4000, 2000, 30);
	merge_flow(&merge, &a, &b);
	assert_int_equal(gap(&a, SRC), 130);
}

static void the_gap_of_a_connection_is_that_of_its_whole_range(void **state)
{
	(void)state;
	set_range(&a, SRC, 5000, 1000, 0);
	set_range(&b, SRC, 6001, 1000, 50);
	side_of(&b, SRC)->seq--; /* a later record begins with the last number of the one before */
	merge_flow(&merge, &a, &b);
	assert_int_equal(side_of(&a, SRC)->seqbase, 5000);
	assert_int_equal(gap(&a, SRC), 50);
}

static void a_side_that_was_not_heard_gets_the_others_numbers(void **state)
{
	(void)state;
	set_range(&b, DST, 9000, 100, 7);
	set_port(&b, 40000);
	merge_flow(&merge, &a, &b);
	assert_int_equal(side_of(&a, DST)->seqbase, 9000);
	assert_int_equal(gap(&a, DST), 7);
	flow_web(&b); /* nothing is known of the numbers of this one */
	set_port(&b, 40000);
	merge_flow(&merge, &a, &b);
	assert_int_equal(gap(&a, DST), 7);
}

static void states_are_joined_and_handshake_times_stay(void **state)
{
	struct network *n = flow_edit(&b, DSR_NETWORK);

	(void)state;
	n->u.tcp.status = TCP_SRC_RESET;
	n->u.tcp.synack = 1;
	merge_flow(&merge, &a, &b);
	assert_true(flow_tcp(&a)->status & TCP_SRC_RESET);
	assert_true(flow_tcp(&a)->status & TCP_ESTABLISHED);
	assert_int_equal(flow_tcp(&a)->synack, 69740);
}

static void network_data_of_different_kinds_do_not_hold_for_both(void **state)
{
	struct network *n = flow_edit(&b, DSR_NETWORK);

	(void)state;
	*n = (struct network){ .kind = NETWORK_ESP };
	merge_flow(&merge, &a, &b);
	assert_false(flow_has(&a, DSR_NETWORK));
}

static void addresses_that_differ_keep_their_common_prefix(void **state)
{
	struct flow_key *k = flow_edit(&b, DSR_FLOW);

	(void)state;
	k->u.ip.addr[SRC][3] ^= 0x0f;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_key(&a)->u.ip.masklen[SRC], 28);
	assert_int_equal(flow_key(&a)->u.ip.addr[SRC][3], 0);
	assert_int_equal(flow_key(&a)->u.ip.masklen[DST], 32);
}

static void labels_are_united(void **state)
{
	struct label *x = flow_edit(&a, DSR_LABEL), *y = flow_edit(&b, DSR_LABEL);

	(void)state;
	*x = (struct label){ .text = "one", .length = 3 };
	*y = (struct label){ .text = "two", .length = 3 };
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_label(&a)->length, 7);
	assert_memory_equal(flow_label(&a)->text, "one:two", 7);
}

/* A record that is turned round while it is read has its user data on the other side. */
static void user_data_of_a_turned_record_are_its_own(void **state)
{
	static const struct flow_reading reading = { .correct = true };
	static uint8_t bytes[2][2000];
	struct flow *flows[2] = { &a, &b };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct network *n = flow_edit(flows[i], DSR_NETWORK);
		size_t length;

		n->u.tcp.status = TCP_SAW_SYNACK | TCP_ESTABLISHED;
		if (i == 1)
			*(struct user_data *)flow_edit(&b, DSR_SUSER) =
				(struct user_data){ .capacity = 8, .count = 4, .bytes = (const uint8_t *)"data" };
		length = flow_write(flows[i], bytes[i], sizeof bytes[i]);
		memset(flows[i], 0x5a, sizeof *flows[i]); /* nothing is to be had from what was there before */
		flow_open(flows[i], bytes[i], (uint32_t)length, &reading);
	}
	merge_flow(&merge, &a, &b);
	assert_null(flow_user(&a, SRC));
	assert_int_equal(flow_user(&a, DST)->count, 4);
	assert_memory_equal(flow_user(&a, DST)->bytes, "data", 4);
}

/* Packs `a`, merges `b` into what was packed, and opens it again. */
static bool merge_packed(struct buf *room)
{
	struct members members;
	uint8_t *bytes;
	bool done;

	buf_clear(room);
	assert_int_equal(pack_flow(&a, PACK_OPEN, room), PACK_OPEN);
	bytes = (uint8_t *)room->data;
	pack_members(bytes, &members);
	done = merge_in_place(&merge, &members, &b);
	pack_set_have(bytes, members.have);
	pack_open(&a, PACK_OPEN, bytes, room->length, NULL);
	return done;
}

static void merging_where_a_flow_was_packed_gives_the_same(void **state)
{
	struct buf room = BUF_INIT;
	uint8_t opened[2000], packed[2000];
	size_t length;

	(void)state;
	set_range(&b, SRC, 5000, 2000, 30);
	set_port(&b, 40000);
	merge_flow(&merge, &a, &b); /* there are statistics now */
	merge_flow(&merge, &a, &b);
	length = flow_write(&a, opened, sizeof opened);
	flow_web(&a);
	merge_flow(&merge, &a, &b);
	assert_true(merge_packed(&room));
	assert_int_equal(flow_write(&a, packed, sizeof packed), length);
	assert_memory_equal(packed, opened, length);
	buf_fini(&room);
}

static void a_part_that_has_no_room_is_not_merged_in_place(void **state)
{
	struct buf room = BUF_INIT;

	(void)state;
	merge_flow(&merge, &a, &b);
	((struct label *)flow_edit(&b, DSR_LABEL))->text = "";
	assert_false(merge_packed(&room));
	assert_int_equal(flow_metric(&a)->pkts[SRC], 14); /* and nothing else was */
	buf_fini(&room);
}

static void a_squeezed_flow_opens_as_it_was(void **state)
{
	static const char text[] = "a label";
	struct buf room = BUF_INIT;
	uint8_t before[2000], after[2000];
	size_t length;

	(void)state;
	*(struct label *)flow_edit(&a, DSR_LABEL) = (struct label){ .text = text, .length = sizeof text - 1 };
	length = flow_write(&a, before, sizeof before);
	assert_int_equal(pack_flow(&a, PACK_SQUEEZED, &room), PACK_SQUEEZED);
	assert_true(room.length < 400);
	pack_open(&b, PACK_SQUEEZED, (const uint8_t *)room.data, room.length, NULL);
	assert_int_equal(flow_write(&b, after, sizeof after), length);
	assert_memory_equal(after, before, length);
	buf_fini(&room);
}

/* ---- keys ---- */

static void make_key(struct key *k, const char *words)
{
	char *copy = xstrdup(words), *save = NULL;
	struct err err = { 0 };

	key_init(k);
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		assert_int_equal(key_add_word(k, w, &err), 0);
	free(copy);
}

/* Whether the two flows, prepared, are one under the key. */
static bool same_key(const char *words)
{
	uint8_t x[KEY_SIZE_MAX], y[KEY_SIZE_MAX];
	struct key k;
	size_t length;

	make_key(&k, words);
	key_prepare(&k, &a);
	key_prepare(&k, &b);
	length = key_build(&k, &a, x);
	return key_build(&k, &b, y) == length && memcmp(x, y, length) == 0;
}

static void only_what_is_in_the_key_tells_flows_apart(void **state)
{
	struct flow_key *k = flow_edit(&b, DSR_FLOW);

	(void)state;
	k->u.ip.port[SRC]++;
	assert_false(same_key(""));
	assert_false(same_key("saddr sport"));
	assert_true(same_key("saddr daddr proto"));
	assert_true(same_key("daddr dport"));
}

static void masks_make_networks_of_addresses(void **state)
{
	struct flow_key *k = flow_edit(&b, DSR_FLOW);

	(void)state;
	k->u.ip.addr[SRC][3] ^= 0x0f;
	assert_false(same_key("saddr"));
	assert_false(same_key("saddr/29"));
	assert_true(same_key("saddr/28"));
	assert_int_equal(flow_key(&a)->u.ip.masklen[SRC], 28);
}

static void a_mask_may_be_dotted(void **state)
{
	struct flow_key *k = flow_edit(&b, DSR_FLOW);

	(void)state;
	k->u.ip.addr[SRC][1] ^= 0xff;
	assert_true(same_key("saddr/255.0.0.255"));
}

static void a_matrix_knows_no_direction(void **state)
{
	(void)state;
	flow_reverse(&b);
	assert_true(same_key("matrix"));
}

static void the_key_of_the_other_direction_is_that_of_the_flow_turned(void **state)
{
	uint8_t x[KEY_SIZE_MAX], y[KEY_SIZE_MAX];
	struct key k;
	size_t length;

	(void)state;
	make_key(&k, "");
	length = key_build_reversed(&k, &a, x);
	flow_reverse(&b);
	assert_int_equal(key_build(&k, &b, y), length);
	assert_memory_equal(x, y, length);
}

static void words_that_are_no_objects_are_errors_that_name_the_nearest(void **state)
{
	struct err err = { 0 };
	struct key k;

	(void)state;
	key_init(&k);
	assert_int_equal(key_add_word(&k, "sadr", &err), -1);
	assert_non_null(strstr(err.text, "saddr"));
	assert_int_equal(key_add_word(&k, "saddr/x", &err), -1);
	assert_int_equal(key_add_word(&k, "smpls[5-2]", &err), -1);
}

static void none_is_a_key_without_objects(void **state)
{
	struct key k;

	(void)state;
	make_key(&k, "none");
	assert_int_equal(k.objects, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_two, drop_two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counts_are_added_and_times_span_both),
		TEST(a_base_is_that_of_the_earlier_record),
		TEST(sequence_numbers_are_compared_modulo_their_range),
		TEST(a_base_far_away_is_another_connection),
		TEST(gaps_of_two_connections_are_added),
		TEST(an_old_connection_on_the_same_ports_is_another),
		TEST(the_gap_of_a_connection_is_that_of_its_whole_range),
		TEST(a_side_that_was_not_heard_gets_the_others_numbers),
		TEST(states_are_joined_and_handshake_times_stay),
		TEST(network_data_of_different_kinds_do_not_hold_for_both),
		TEST(addresses_that_differ_keep_their_common_prefix),
		TEST(labels_are_united),
		TEST(user_data_of_a_turned_record_are_its_own),
		TEST(merging_where_a_flow_was_packed_gives_the_same),
		TEST(a_part_that_has_no_room_is_not_merged_in_place),
		TEST(a_squeezed_flow_opens_as_it_was),
		TEST(only_what_is_in_the_key_tells_flows_apart),
		TEST(masks_make_networks_of_addresses),
		TEST(a_mask_may_be_dotted),
		TEST(a_matrix_knows_no_direction),
		TEST(the_key_of_the_other_direction_is_that_of_the_flow_turned),
		TEST(words_that_are_no_objects_are_errors_that_name_the_nearest),
		TEST(none_is_a_key_without_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
