/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What records say beyond their counts: TCP's state, fragments, mapped errors,
 * the optional measurements, and one record byte by byte. */
#include "tests/unit/unit.h"

#include "tests/unit/probe_kit.h"

#define HS "0 > S s100 a0; 0.1 < SA s500 a101; 0.2 > A s101 a501"

static int start(void **state)
{
	struct kit *k = xmalloc(sizeof *k);

	kit_init(k);
	*state = k;
	return 0;
}

static int stop(void **state)
{
	kit_fini(*state);
	free(*state);
	return 0;
}

/* Feeds the packets, ends the input, and returns the record `i`. */
static struct flow *record_of(struct kit *k, const char *packets, size_t i)
{
	struct flow *f;

	kit_feed(k, packets);
	kit_end(k);
	f = kit_flow(k, i);
	assert_non_null(f);
	return f;
}

static void assert_tcp(void **state, const char *packets, uint32_t status, uint32_t machine, uint32_t retrans)
{
	const struct tcp *t = flow_tcp(record_of(*state, packets, 0));

	assert_non_null(t);
	assert_int_equal(t->status, status);
	assert_int_equal(t->state, machine);
	assert_int_equal(t->side[SRC].retrans + t->side[DST].retrans, retrans);
}

static void a_closed_connection_ends_in_fin_wait_2(void **state)
{
	assert_tcp(state, HS "; 0.4 > PA s101 a501 n100; 0.5 < A s501 a201; 0.6 < PA s501 a201 n200; 0.7 > A s201 a701; "
	                     "0.8 > FA s201 a701; 0.9 < FA s701 a202; 1 > A s202 a702", 0x1f, 9, 0);
}

static void a_handshake_is_timed(void **state)
{
	const struct tcp *t = flow_tcp(record_of(*state, HS, 0));

	assert_int_equal(t->synack, 100000);
	assert_int_equal(t->ackdat, 100000);
	assert_int_equal(t->side[SRC].seqbase, 100);
	assert_int_equal(t->side[DST].seqbase, 500);
	assert_int_equal(t->side[DST].ack, 100);
}

static void data_sent_twice_is_a_retransmission(void **state)
{
	assert_tcp(state, HS "; 0.3 > PA s101 a501 n100 id2; 0.5 > PA s101 a501 n100 id3; 0.6 < A s501 a201", 0x107, 4, 1);
}

static void a_hole_filled_later_is_disorder(void **state)
{
	assert_tcp(state, HS "; 0.3 > PA s101 a501 n100 id2; 0.4 > PA s301 a501 n100 id3; 0.45 > PA s201 a501 n100 id4; "
	                     "0.5 < A s501 a401", 0x10007, 4, 0);
}

static void a_hole_is_told_by_the_sequence_numbers(void **state)
{
	const struct tcp *t = flow_tcp(record_of(*state,
		HS "; 0.3 > PA s101 a501 n100 id2; 0.4 > PA s301 a501 n100 id3; 0.5 < A s501 a201", 0));

	assert_int_equal(t->side[SRC].seq - t->side[SRC].seqbase, 301);
	assert_int_equal(t->side[SRC].bytes, 200);
}

static void sequence_numbers_may_wrap(void **state)
{
	const struct tcp *t = flow_tcp(record_of(*state,
		"0 > S s4294967246 a0; 0.1 < SA s500 a4294967247; 0.2 > A s4294967247 a501; "
		"0.3 > PA s4294967247 a501 n100 id2; 0.4 < A s501 a51; 0.5 > PA s51 a501 n100 id3; 0.6 < A s501 a151", 0));

	assert_int_equal(t->status, 0x7);
	assert_int_equal(t->side[SRC].seqbase, 51);
	assert_int_equal(t->side[SRC].seq, 151);
	assert_int_equal(t->side[SRC].bytes, 200);
}

static void both_ends_may_open(void **state)
{
	assert_tcp(state, "0 > S s100 a0; 0.05 < S s500 a0; 0.1 > SA s100 a501; 0.15 < SA s500 a101", 0x203, 3, 2);
}

static void a_closed_window_is_seen(void **state)
{
	assert_tcp(state, HS "; 0.3 > PA s101 a501 n100 id2; 0.4 < A s501 a201 w0; 0.8 < A s501 a201 w100", 0x807, 4, 0);
}

static void an_ecn_handshake_is_a_handshake(void **state)
{
	const struct tcp *t = flow_tcp(record_of(*state,
		"0 > SEC s100 a0; 0.1 < SAE s500 a101; 0.2 > A s101 a501; 0.3 > PA s101 a501 n10; 0.4 < AE s501 a111", 0));

	assert_int_equal(t->status & 0x7, 0x7);
	assert_int_equal(t->status & TCP_DST_CONGESTED, TCP_DST_CONGESTED);
	assert_int_equal(t->synack, 100000);
	assert_true(t->options & TCPOPT_SRC_ECN);
}

static void options_are_collected(void **state)
{
	const struct tcp *t = flow_tcp(record_of(*state,
		"0 > S s100 a0 o020405b40402080a000000010000000001030307; 0.1 < SA s500 a101 o020405b403030200", 0));

	assert_int_equal(t->options, 0x04700000);
	assert_int_equal(t->side[SRC].shift, 7);
	assert_int_equal(t->side[DST].shift, 2);
}

static void a_syn_after_a_close_begins_anew(void **state)
{
	struct kit *k = *state;
	char *summary;

	kit_feed(k, HS "; 0.3 > FA s101 a501; 0.4 < FA s501 a102; 0.5 > A s102 a502; 3 > S s9000 a0; 3.1 < SA s9500 a9001");
	kit_end(k);
	summary = kit_summary(k);
	assert_string_equal(summary, "Stop 4/2 216/108 @0-0.5; Start 1/1 54/54 @3-3.1");
	free(summary);
}

static void the_opener_of_a_new_connection_is_its_source(void **state)
{
	const struct flow_key *key = flow_key(record_of(*state, HS "; 0.3 > FA s101 a501; 1 < S s9000 a0; 1.1 > SA s9500 a9001", 1));

	assert_int_equal(key->u.ip.port[SRC], 80);
	assert_int_equal(key->u.ip.port[DST], 1000);
}

static void a_short_tcp_header_has_no_state(void **state)
{
	struct flow *f = record_of(*state,
		"0 {E 08004500002800010000400666cd0a0000010a00000203e80050000000640000000050022000 wire54}", 0);

	assert_null(flow_tcp(f));
	assert_int_equal(flow_key(f)->u.ip.port[DST], 80);
}

static void a_first_packet_makes_this_record(void **state)
{
	static const uint8_t expected[96] =
		"\x13\x10\x00\x18\x01\x03\x00\x03\x00\x00\x00\x00\x00\x00\x00\x01\x02\x01\x01\x05\x0a\x00\x00\x01\x0a\x00"
		"\x00\x02\x06\x00\x03\xe8\x00\x50\x00\x00\x03\x01\x18\x03\x5f\x5e\x10\x00\x00\x00\x00\x00\x10\x01\x06\x02"
		"\x00\x01\x00\x36\x30\x03\x00\x05\x00\x00\x00\x01\x00\x00\x00\x64\x00\x00\x00\x00\x00\x00\x02\x00\x48\x00"
		"\x01\x02\x40\x00\x01\x00\x20\x00\x00\x03\x00\x00\x00\x02\x00\x00\x00";
	struct kit *k = *state;

	record_of(k, "0 > S s100 a0", 0);
	assert_int_equal(k->record[0].length, sizeof expected);
	assert_memory_equal(k->record[0].bytes, expected, sizeof expected);
}

static void an_icmp_error_marks_the_flow_it_is_about(void **state)
{
	struct flow *f = record_of(*state,
		"0 > S s100 a0; 0.1 {F 08004500004400010000400165ba0a0000fe0a000001030d11100000000045000028000100003c066acd"
		"0a0000010a00000203e8005000000064000000005002200077440000}; 1 > S s100 a0", 0);
	const struct icmp_mapped *m = flow_icmp(f);

	assert_non_null(m);
	assert_int_equal(m->qualifier, 1);
	assert_int_equal(m->type, 3);
	assert_int_equal(m->code, 13);
	assert_int_equal(m->outer[SRC], 0x0a0000fe);
	assert_int_equal(flow_metric(f)->pkts[SRC], 2);
}

static void an_icmpv6_error_marks_it_too(void **state)
{
	struct flow *f = record_of(*state,
		"0 {E 86dd60000000001211402001 00*13 012001 00*13 0203e807d0001259b3 78*10}; "
		"0.1 {E 86dd6000000000423a402001 00*13 022001 00*13 0101044d4b0000000060000000001211402001 00*13 012001 00*13 "
		"0203e807d0001259b3 78*10}", 0);

	assert_non_null(flow_icmp(f));
	assert_int_equal(flow_icmp(f)->qualifier, 1);
}

#define FRAGMENT_1 "{E 0800450005dc00632000401140ac0a0000010a00000203e807d00bc0e6d1 78*1472}"
#define FRAGMENT_2 "{E 0800450005dc006320b940113ff30a0000010a000002 78*1480}"
#define FRAGMENT_3 "{E 08004500004400630172401164d20a0000010a000002 78*48}"

static void assert_joined(struct kit *k, const char *packets)
{
	struct flow *f = record_of(k, packets, 0);

	assert_int_equal(k->count, 1);
	assert_int_equal(flow_metric(f)->pkts[SRC], 3);
	assert_int_equal(flow_metric(f)->bytes[SRC], 3110);
	assert_int_equal(flow_ipattr(f)->qualifier & IPATTR_SRC_FRAGMENTS, IPATTR_SRC_FRAGMENTS);
	assert_int_equal(flow_last(f) - flow_start(f), 20000);
	assert_int_equal(k->probe.fragment.live, 0);
}

static void fragments_join_in_order(void **state)
{
	assert_joined(*state, "0 " FRAGMENT_1 "; 0.01 " FRAGMENT_2 "; 0.02 " FRAGMENT_3);
}

static void fragments_join_backwards(void **state)
{
	assert_joined(*state, "0 " FRAGMENT_3 "; 0.01 " FRAGMENT_2 "; 0.02 " FRAGMENT_1);
}

static void fragments_join_the_first_one_last_but_one(void **state)
{
	assert_joined(*state, "0 " FRAGMENT_2 "; 0.01 " FRAGMENT_1 "; 0.02 " FRAGMENT_3);
}

static void a_fragment_seen_twice_is_counted_and_named(void **state)
{
	struct kit *k = *state;
	struct flow *f = record_of(k, "0,0.1 " FRAGMENT_2, 0);
	const struct network *n = flow_network(f);

	assert_int_equal(n->kind, NETWORK_FRAGMENT);
	assert_int_equal(n->qualifier, 0x10);
	assert_int_equal(n->u.fragment.count, 2);
	assert_int_equal(n->u.fragment.distinct, 1480);
	assert_int_equal(n->u.fragment.all, 2960);
	assert_int_equal(flow_metric(f)->pkts[SRC], 2);
}

/* Every eighth byte of a datagram, in no order: the ranges outgrow their first place. */
static void many_ranges_of_a_datagram_are_kept(void **state)
{
	struct kit *k = *state;
	char packet[200];

	for (unsigned i = 0; i < 200; i++) {
		snprintf(packet, sizeof packet, "0 {E 08004500001c00632%03x4011000000000a0000010a000002 78*8}", 2 + (i * 77 % 200) * 2);
		kit_feed(k, packet);
	}
	kit_end(k);
	assert_int_equal(k->count, 1);
	assert_int_equal(flow_network(kit_flow(k, 0))->u.fragment.distinct, 1600);
	assert_int_equal(flow_metric(kit_flow(k, 0))->pkts[SRC], 200);
}

static void a_signal_reports_what_is_left(void **state)
{
	struct kit *k = *state;
	char *summary;

	kit_feed(k, "0 A:1>B:1 u10; 6 A:2>B:2 u10; 6.1 A:1>B:1 u10");
	probe_shutdown(&k->probe);
	summary = kit_summary(k);
	assert_string_equal(summary, "Start 1/0 52/0 @0; Shutdown 1/0 52/0 @6; Shutdown 1/0 52/0 @6.1");
	free(summary);
	assert_int_equal(k->probe.flows.live, 0);
}

static void idle_timeouts_are_the_configured_ones(void **state)
{
	struct kit *k = *state;
	char *summary;

	k->rules.timeout[TIMEOUT_TCP] = 3;
	kit_feed(k, "0 > S s1 a0; 6,9 N:9>M:9 u10; 9.5 > S s1 a0");
	kit_end(k);
	summary = kit_summary(k);
	assert_string_equal(summary, "Start 1/0 54/0 @0; Start 2/0 104/0 @6-9; Start 1/0 54/0 @9.5");
	free(summary);
}

static void an_idle_timeout_of_nothing_keeps_nothing(void **state)
{
	struct kit *k = *state;

	k->rules.timeout[TIMEOUT_IP] = 0;
	kit_feed(k, "0,6,7 A:1>B:1 u10");
	assert_int_equal(k->probe.flows.live, 1);
	assert_int_equal(k->count, 1);
	kit_end(k);
	assert_int_equal(kit_flow(k, 1)->cause, CAUSE_START);
}

static void start_records_are_extra(void **state)
{
	struct kit *k = *state;
	char *summary;

	k->rules.start_records = true;
	kit_feed(k, "0,1,2 A:1>B:1 u10");
	kit_end(k);
	summary = kit_summary(k);
	assert_string_equal(summary, "Start 1/0 52/0 @0; Status 2/0 104/0 @1-2");
	free(summary);
}

static void times_between_packets_are_measured(void **state)
{
	struct kit *k = *state;
	const struct jitter *j;

	k->rules.jitter = true;
	j = flow_jitter(record_of(k, "0,0.1,0.3,0.6 A:1>B:1 u10", 0));
	assert_true(j->has[SRC][ACTIVE]);
	assert_false(j->has[SRC][IDLE]);
	assert_int_equal(j->block[SRC][ACTIVE].n, 3);
	assert_float_equal(j->block[SRC][ACTIVE].min, 100000, 0);
	assert_float_equal(j->block[SRC][ACTIVE].mean, 200000, 0);
	assert_float_equal(j->block[SRC][ACTIVE].stddev, 81649.66, 0.01);
	assert_float_equal(j->block[SRC][ACTIVE].max, 300000, 0);
}

static void packet_sizes_are_measured(void **state)
{
	struct kit *k = *state;
	const struct psize *z;

	k->rules.packet_size = true;
	z = flow_psize(record_of(k, "0 A:1>B:1 u10; 1 A:1>B:1 u100; 2 A:1>B:1 u50", 0));
	assert_int_equal(z->min[SRC], 52);
	assert_int_equal(z->max[SRC], 142);
	assert_false(z->has[DST]);
}

static void user_data_is_kept_to_its_limit(void **state)
{
	struct kit *k = *state;
	const struct user_data *u;
	struct flow *f;

	k->rules.user_length = 6;
	k->rules.app_bytes = true;
	f = record_of(k, "0 A:1>B:1 u4 [61626364]; 1 A:1>B:1 u4 [65666768]; 2 B:1>A:1 u0", 0);
	u = flow_user(f, SRC);
	assert_int_equal(u->capacity, 6);
	assert_int_equal(u->count, 6);
	assert_memory_equal(u->bytes, "abcdef", 6);
	assert_null(flow_user(f, DST));
	assert_int_equal(flow_metric(f)->appbytes[SRC], 8);
}

static void ethernet_addresses_are_those_of_the_source(void **state)
{
	struct kit *k = *state;
	const struct mac *m;

	k->rules.mac = true;
	m = flow_mac(record_of(k, "0 < S s1 a0; 1 > SA s1 a2", 0));
	assert_int_equal(m->addr[SRC][5], 0x0b);
	assert_int_equal(m->addr[DST][5], 0x0a);
	assert_int_equal(m->qualifier, 0);
}

static void all_four_stamps_can_be_had(void **state)
{
	struct kit *k = *state;
	const struct times *t;

	k->rules.four_stamps = true;
	t = flow_times(record_of(k, "0 A:1>B:1 u10; 1 B:1>A:1 u10; 2 A:1>B:1 u10; 3 B:1>A:1 u10", 0));
	assert_int_equal(t->have, 0xf);
	assert_int_equal(t->at[DST][START] - t->at[SRC][START], 1000000);
	assert_int_equal(t->at[DST][END] - t->at[SRC][END], 1000000);
}

/* Few losses: with many, readers take the flow for something else. */
static void rtp_is_recognised_and_losses_are_counted(void **state)
{
	struct kit *k = *state;
	const struct network *n;
	char packet[100];

	for (unsigned seq = 1; seq <= 40; seq++) {
		if (seq == 20)
			continue;
		snprintf(packet, sizeof packet, "0.%02u A:4000>B:4002 u172 [8000%04x 00*6 1234 70*160]", seq, seq);
		kit_feed(k, packet);
	}
	kit_end(k);
	n = flow_network(kit_flow(k, 0));
	assert_non_null(n);
	assert_int_equal(n->kind, NETWORK_RTP);
	assert_int_equal(n->u.rtp.drops[SRC], 1);
	assert_int_equal(n->u.rtp.header[SRC].seq, 40);
	assert_int_equal(n->u.rtp.header[SRC].ssrc, 0x1234);
}

static void another_synchronisation_source_is_no_rtp(void **state)
{
	const struct network *n = flow_network(record_of(*state,
		"0 A:4000>B:4002 u172 [80000001 00*7 01 70*160]; 0.02 A:4000>B:4002 u172 [80000002000000a000000002 70*160]", 0));

	assert_true(n == NULL || n->kind == NETWORK_NONE);
}

static void esp_losses_are_counted(void **state)
{
	const struct network *n = flow_network(record_of(*state,
		"0.1 {E 08004500004400010000403266850a0000010a0000020000100100000001 65*40}; "
		"0.2 {E 08004500004400010000403266850a0000010a0000020000100100000002 65*40}; "
		"0.5 {E 08004500004400010000403266850a0000010a0000020000100100000005 65*40}", 0));

	assert_int_equal(n->kind, NETWORK_ESP);
	assert_int_equal(n->u.esp.spi, 0x1001);
	assert_int_equal(n->u.esp.last_seq, 5);
	assert_int_equal(n->u.esp.lost, 2);
	assert_int_equal(n->u.esp.status, 0x10);
}

static void an_arp_answer_is_found_behind_a_tag(void **state)
{
	const struct network *n = flow_network(record_of(*state,
		"0 {ff*6 02000000000a810000050806000108000604000102000000000a0a000001 00*6 0a000002}; "
		"0.1 {F 810000050806000108000604000202000000000b0a00000202000000000a0a000001}", 0));

	assert_int_equal(n->kind, NETWORK_ARP);
	assert_int_equal(n->u.arp_mac[5], 0x0b);
}

static void counts_beyond_32_bits_are_kept(void **state)
{
	struct kit *k = *state;
	struct flow *f;

	kit_feed(k, "0 A:1>B:1 u10");
	((struct probe_flow *)slab_at(&k->probe.flows, 1))->bytes[SRC] = UINT32_MAX;
	kit_feed(k, "1 A:1>B:1 u10");
	kit_end(k);
	f = kit_flow(k, 0);
	assert_int_equal(flow_metric(f)->bytes[SRC], (uint64_t)UINT32_MAX + 52);
	assert_int_equal(flow_metric(f)->pkts[SRC], 2);
}

/* More flows than a chunk of the slab, found again each, and all given back. */
static void many_flows_are_found_again(void **state)
{
	struct kit *k = *state;
	char packet[64];
	uint64_t packets = 0;

	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < 6000; i++) {
			snprintf(packet, sizeof packet, "%d A:%u>B:80 u10", round, i + 1);
			kit_feed(k, packet);
		}
	assert_int_equal(k->probe.flows.live, 6000);
	kit_end(k);
	assert_int_equal(k->count, 6000);
	for (size_t i = 0; i < k->count; i++)
		packets += flow_metric(kit_flow(k, i))->pkts[SRC];
	assert_int_equal(packets, 12000);
	assert_int_equal(k->probe.flows.live, 0);
	assert_int_equal(k->probe.table.used, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_closed_connection_ends_in_fin_wait_2),
		TEST(a_handshake_is_timed),
		TEST(data_sent_twice_is_a_retransmission),
		TEST(a_hole_filled_later_is_disorder),
		TEST(a_hole_is_told_by_the_sequence_numbers),
		TEST(sequence_numbers_may_wrap),
		TEST(both_ends_may_open),
		TEST(a_closed_window_is_seen),
		TEST(an_ecn_handshake_is_a_handshake),
		TEST(options_are_collected),
		TEST(a_syn_after_a_close_begins_anew),
		TEST(the_opener_of_a_new_connection_is_its_source),
		TEST(a_short_tcp_header_has_no_state),
		TEST(a_first_packet_makes_this_record),
		TEST(an_icmp_error_marks_the_flow_it_is_about),
		TEST(an_icmpv6_error_marks_it_too),
		TEST(fragments_join_in_order),
		TEST(fragments_join_backwards),
		TEST(fragments_join_the_first_one_last_but_one),
		TEST(a_fragment_seen_twice_is_counted_and_named),
		TEST(many_ranges_of_a_datagram_are_kept),
		TEST(a_signal_reports_what_is_left),
		TEST(idle_timeouts_are_the_configured_ones),
		TEST(an_idle_timeout_of_nothing_keeps_nothing),
		TEST(start_records_are_extra),
		TEST(times_between_packets_are_measured),
		TEST(packet_sizes_are_measured),
		TEST(user_data_is_kept_to_its_limit),
		TEST(ethernet_addresses_are_those_of_the_source),
		TEST(all_four_stamps_can_be_had),
		TEST(rtp_is_recognised_and_losses_are_counted),
		TEST(another_synchronisation_source_is_no_rtp),
		TEST(esp_losses_are_counted),
		TEST(an_arp_answer_is_found_behind_a_tag),
		TEST(counts_beyond_32_bits_are_kept),
		TEST(many_flows_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
