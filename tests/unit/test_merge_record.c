/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of all kinds of flows are merged, one after the other, into a flow that lies open:
 * plain ones from their bytes. What comes of that is what comes of opening them, to the byte. */
#include "tests/unit/unit.h"

#include "argus/record/dsr.h"
#include "argus/record/plain.h"
#include "common/query/pack.h"
#include "tests/unit/merge_kit.h"
#include "tests/unit/mixed_records.h"

#define SEQUENCES 3000u
#define RECORDS 8u

static struct flow opened, first, newcomer, again;
static struct buf image; /* the same as `opened`, from bytes */

/* How many records were merged from their bytes, and of which kinds. */
static struct {
	unsigned all, ipv6, other_layout, other_proto, other_address, other_ports, other_mac, other_attributes, without_mac, reversed;
} merged;

/* The content of a DSR of the record that was opened last; NULL: it has none, or a short one. */
static uint8_t *content(uint8_t *record, enum dsr_slot slot, unsigned words)
{
	const struct dsr_index *at = &newcomer.index[slot];

	return newcomer.indexed & DSR_BIT(slot) && at->words >= words ? record + (size_t)at->words_at * 4 + 4 : NULL;
}

/* Other ends, other cards, another way through the network. */
static void vary(struct mix *mix, uint8_t *record, uint32_t length)
{
	uint8_t *key, *mac, *attributes;

	flow_open(&newcomer, record, length, NULL);
	key = content(record, DSR_FLOW, 5);
	mac = content(record, DSR_MAC, 5);
	attributes = content(record, DSR_IPATTR, 2);
	if (key != NULL && roll(mix, 2) == 0)
		key[roll(mix, 8)] ^= (uint8_t)(1u << roll(mix, 8));
	if (mac != NULL && roll(mix, 4) == 0)
		mac[roll(mix, 12)] ^= (uint8_t)(1u << roll(mix, 8));
	if (attributes != NULL && roll(mix, 2) == 0)
		attributes[roll(mix, 2)] = (uint8_t)(1 + roll(mix, 64));
}

/* Looks at the newcomer, opened, and the flow as it is before they are merged. */
static void count(void)
{
	const struct flow_key *a = flow_key(&opened), *b = flow_key(&newcomer);
	const struct ipattr *x = flow_ipattr(&opened), *y = flow_ipattr(&newcomer);
	const struct mac *mine = flow_mac(&opened), *other = flow_mac(&newcomer);

	merged.all++;
	merged.ipv6 += b->layout == LAYOUT_IPV6;
	merged.other_layout += a->layout != b->layout;
	merged.other_proto += a->proto != b->proto;
	merged.other_address += memcmp(a->u.ip.addr[SRC], b->u.ip.addr[SRC], 16) != 0;
	merged.other_ports += a->u.ip.port[SRC] != b->u.ip.port[SRC];
	merged.other_mac += mine != NULL && other != NULL && memcmp(mine->addr, other->addr, sizeof mine->addr) != 0;
	merged.other_attributes += x != NULL && y != NULL && x->side[SRC].ttl > y->side[SRC].ttl;
	merged.without_mac += mine != NULL && other == NULL;
}

static bool merge_bytes(const uint8_t *bytes, uint32_t length, const struct flow_reading *reading, bool is_reversed)
{
	struct members members;
	struct plain p;
	struct flow_key key;

	if (!plain_open(&p, bytes, length, reading))
		return false;
	assert_true(dsr_table[DSR_FLOW].decode(plain_bytes(&p, DSR_FLOW), plain_length(&p, DSR_FLOW), NULL, &key));
	if (is_reversed)
		dsr_table[DSR_FLOW].reverse(&key);
	pack_members((uint8_t *)image.data, &members);
	if (!merge_plain_in_place(&quick, &members, &p, &key, is_reversed))
		return false;
	pack_set_merged((uint8_t *)image.data, members.have);
	return true;
}

static void same_bytes(void)
{
	pack_open(&again, PACK_OPEN, (const uint8_t *)image.data, image.length, NULL);
	flow_renew(&opened);
	buf_clear(&out);
	show_flow(NULL, NULL, &opened);
	want_output();
	buf_clear(&out);
	show_flow(NULL, NULL, &again);
	expect_output("record %u", merged.all);
}

/* A record that is not merged from its bytes leaves the image alone, and ends the sequence. */
static void merge_sequence(struct mix *mix, const struct flow_reading *reading)
{
	static uint8_t records[RECORDS][MIXED_RECORD_MAX];
	uint32_t lengths[RECORDS];

	for (unsigned i = 0; i < RECORDS; i++) {
		lengths[i] = make_mixed_record(mix, records[i]);
		vary(mix, records[i], lengths[i]);
	}
	flow_open(&first, records[0], lengths[0], reading);
	if (flow_agr(&first)->count == 0)
		return;
	flow_edit(&first, DSR_AGR);
	buf_clear(&image);
	assert_int_equal(pack_flow(&first, PACK_OPEN, &image), PACK_OPEN);
	flow_open(&opened, records[0], lengths[0], reading);
	flow_edit(&opened, DSR_AGR);
	for (unsigned i = 1; i < RECORDS; i++) {
		bool is_reversed = roll(mix, 3) == 0;

		if (!merge_bytes(records[i], lengths[i], reading, is_reversed))
			break;
		flow_open(&newcomer, records[i], lengths[i], reading);
		if (is_reversed)
			flow_reverse(&newcomer);
		merged.reversed += is_reversed;
		count();
		merge_flow(&merge, &opened, &newcomer);
		same_bytes();
	}
}

static void sequences(unsigned flows, unsigned odd)
{
	for (unsigned i = 0; i < SEQUENCES; i++) {
		const struct flow_reading reading = { .correct = i % 2 };
		struct mix mix = { .random = i * 2654435761u + flows,
				   .flows = flows,
				   .odd = odd,
				   .turned = 5,
				   .step = i % 4 == 0 ? 1000 : 500000,
				   .longest = 3000000,
				   .now = RECIPE_BEGIN };

		merge_sequence(&mix, &reading);
	}
}

static void plain_records_of_different_flows_are_merged_from_their_bytes_as_if_they_had_been_opened(void **state)
{
	(void)state;
	memset(&merged, 0, sizeof merged);
	sequences(40, 0);
	sequences(3, 0);
	assert_true(merged.all > 5000);
	assert_true(merged.ipv6 > 200);
	assert_true(merged.other_layout > 200);
	assert_true(merged.other_proto > 200);
	assert_true(merged.other_address > 1000);
	assert_true(merged.other_ports > 200);
	assert_true(merged.other_mac > 200);
	assert_true(merged.other_attributes > 50);
	assert_true(merged.without_mac > 50);
	assert_true(merged.reversed > 1000);
}

static void records_are_merged_from_their_bytes_into_flows_of_all_kinds(void **state)
{
	(void)state;
	memset(&merged, 0, sizeof merged);
	sequences(20, 3);
	assert_true(merged.all > 2000);
}

static void a_part_for_which_there_is_no_room_is_not_merged_from_its_bytes(void **state)
{
	struct recipe r = { .proto = PROTO_UDP, .time = TIME_SIDES, .width = 1, .pkts = { 2, 2 }, .start = RECIPE_BEGIN };
	uint8_t records[2][PLAIN_RECORD_MAX];
	uint32_t lengths[2];

	(void)state;
	lengths[0] = make_plain_record(&r, records[0]);
	r.parts = PART_VLAN;
	lengths[1] = make_plain_record(&r, records[1]);
	flow_open(&first, records[0], lengths[0], NULL);
	flow_edit(&first, DSR_AGR);
	buf_clear(&image);
	pack_flow(&first, PACK_OPEN, &image);
	flow_open(&opened, records[0], lengths[0], NULL);
	flow_edit(&opened, DSR_AGR);
	assert_false(merge_bytes(records[1], lengths[1], NULL, false));
	same_bytes();
	assert_true(merge_bytes(records[0], lengths[0], NULL, false));
}

static int free_image(void **state)
{
	(void)state;
	buf_fini(&image);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MERGE_TEST(plain_records_of_different_flows_are_merged_from_their_bytes_as_if_they_had_been_opened),
		MERGE_TEST(records_are_merged_from_their_bytes_into_flows_of_all_kinds),
		MERGE_TEST(a_part_for_which_there_is_no_room_is_not_merged_from_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, free_image);
}
