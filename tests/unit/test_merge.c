/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of two records of one flow (aggregation.md 2), and that it makes no
 * difference where the first of them lies. */
#include "tests/unit/unit.h"

#include "argus/query/fields.h"
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

static void an_empty_network_dsr_takes_nothing_away(void **state)
{
	struct network *n = flow_edit(&b, DSR_NETWORK);

	(void)state;
	*n = (struct network){ .kind = NETWORK_NONE };
	merge_flow(&merge, &a, &b);
	assert_non_null(flow_tcp(&a));
	assert_true(flow_tcp(&a)->status & TCP_ESTABLISHED);
	assert_int_equal(flow_tcp(&a)->synack, 69740);
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

static void a_type_and_code_of_icmp_are_compared_as_one(void **state)
{
	struct flow_key *x = flow_edit(&a, DSR_FLOW), *y = flow_edit(&b, DSR_FLOW);

	(void)state;
	x->proto = y->proto = PROTO_ICMP;
	x->u.ip.type = y->u.ip.type = 3;
	x->u.ip.code = y->u.ip.code = 10;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_key(&a)->u.ip.type, 3);
	assert_int_equal(flow_key(&a)->u.ip.code, 10);
	y = flow_edit(&b, DSR_FLOW);
	y->u.ip.code = 3;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_key(&a)->u.ip.type, 0);
	assert_int_equal(flow_key(&a)->u.ip.code, 0);
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

/* ---- one rule for each part ---- */

static void a_source_id_that_differs_is_dropped(void **state)
{
	(void)state;
	((struct transport *)flow_edit(&b, DSR_TRANSPORT))->seq = 99;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_transport(&a)->seq, 1);
	((struct transport *)flow_edit(&b, DSR_TRANSPORT))->id[0] = 10;
	merge_flow(&merge, &a, &b);
	assert_null(flow_transport(&a));
}

static void a_direction_without_times_gets_those_of_the_other_record(void **state)
{
	struct times *t = flow_edit(&a, DSR_TIME);

	(void)state;
	t->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
	t->at[DST][START] = t->at[DST][END] = 0;
	((struct metric *)flow_edit(&a, DSR_METRIC))->pkts[DST] = 0;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_times(&a)->have, 15);
	assert_int_equal(flow_times(&a)->at[DST][START], 1362692526869344u);
}

/* Both have the source's side, only b the destination's. */
static void attributes_that_differ_are_no_longer_told(void **state)
{
	struct ipattr *x = flow_edit(&a, DSR_IPATTR), *y = flow_edit(&b, DSR_IPATTR);

	(void)state;
	x->qualifier = IPATTR_SRC;
	x->side[SRC] = (struct ipattr_side){ .tos = 4, .ttl = 64, .ip_id = 7, .options = 1 };
	y->qualifier = IPATTR_SRC | IPATTR_DST | IPATTR_SRC_OPTIONS | IPATTR_SRC_FRAGMENTS;
	y->side[SRC] = (struct ipattr_side){ .tos = 8, .ttl = 60, .ip_id = 8, .options = 3 };
	y->side[DST] = (struct ipattr_side){ .tos = 2, .ttl = 50 };
	merge_flow(&merge, &a, &b);
	assert_int_equal(x->qualifier, IPATTR_SRC | IPATTR_DST | IPATTR_SRC_OPTIONS | IPATTR_SRC_FRAGMENTS);
	assert_int_equal(x->side[SRC].tos, 0);
	assert_int_equal(x->side[SRC].ttl, 60);
	assert_int_equal(x->side[SRC].ip_id, 7);
	assert_int_equal(x->side[SRC].options, 3);
	assert_int_equal(x->side[DST].tos, 2);
	assert_int_equal(x->side[DST].ttl, 50);
	y->side[SRC].ttl = 0; /* is not known */
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_ipattr(&a)->side[SRC].ttl, 60);
}

static void packet_sizes_span_both(void **state)
{
	struct psize *x = flow_edit(&a, DSR_PSIZE), *y = flow_edit(&b, DSR_PSIZE);

	(void)state;
	*x = (struct psize){ .has = { true, false }, .has_hist = true, .min = { 60 }, .max = { 100 },
			     .hist = { { 200, 2 } } };
	*y = (struct psize){ .has = { true, true }, .has_hist = true, .min = { 50, 70 }, .max = { 90, 80 },
			     .hist = { { 200, 0, 1 }, { 5 } } };
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_psize(&a)->min[SRC], 50);
	assert_int_equal(flow_psize(&a)->max[SRC], 100);
	assert_true(flow_psize(&a)->has[DST]);
	assert_int_equal(flow_psize(&a)->min[DST], 70);
	assert_int_equal(flow_psize(&a)->hist[DST][0], 5);
	/* 400, 2, 1 in cells of 255: nothing that was seen is 0 */
	assert_int_equal(flow_psize(&a)->hist[SRC][0], 255);
	assert_int_equal(flow_psize(&a)->hist[SRC][1], 1);
	assert_int_equal(flow_psize(&a)->hist[SRC][2], 1);
	assert_int_equal(flow_psize(&a)->hist[SRC][3], 0);
}

static void set_intervals(struct flow *f, enum activity activity, struct stats block)
{
	struct jitter *j = flow_edit(f, DSR_JITTER);

	j->has[SRC][activity] = true;
	j->block[SRC][activity] = block;
}

static void intervals_are_those_of_all_packets(void **state)
{
	const struct stats *s;

	(void)state;
	set_intervals(&a, ACTIVE, (struct stats){ .n = 3, .min = 100, .mean = 200, .stddev = 10, .max = 300 });
	set_intervals(&b, ACTIVE, (struct stats){ .n = 1, .min = 401, .mean = 401, .max = 401 });
	set_intervals(&b, IDLE, (struct stats){ .n = 2, .min = 5, .mean = 6, .max = 7 });
	merge_flow(&merge, &a, &b);
	s = &flow_jitter(&a)->block[SRC][ACTIVE];
	assert_int_equal(s->n, 4);
	assert_true(s->min == 100 && s->max == 401);
	assert_true(s->mean == 250);  /* 250.25, whole microseconds */
	assert_true(s->stddev == 87); /* sqrt((3*(10^2+200^2) + 401^2)/4 - 250.25^2) = 87.4 */
	s = &flow_jitter(&a)->block[SRC][IDLE];
	assert_int_equal(s->n, 2);
	assert_true(s->min == 5 && s->mean == 6 && s->max == 7);
	assert_false(flow_jitter(&a)->has[DST][ACTIVE]);
}

static void a_deviation_that_is_no_number_counts_as_none(void **state)
{
	const struct stats *s;

	(void)state;
	set_intervals(&a, ACTIVE, (struct stats){ 1, .min = 100, .mean = 100, .stddev = __builtin_nanf(""), .max = 100 });
	set_intervals(&b, ACTIVE, (struct stats){ 1, .min = 300, .mean = 300, .stddev = __builtin_inff(), .max = 300 });
	merge_flow(&merge, &a, &b);
	s = &flow_jitter(&a)->block[SRC][ACTIVE];
	assert_true(s->mean == 200 && s->stddev == 100);
}

static void the_first_hardware_addresses_stay(void **state)
{
	struct mac *x = flow_edit(&a, DSR_MAC), *y = flow_edit(&b, DSR_MAC);

	(void)state;
	x->addr[SRC][5] = 1;
	y->addr[SRC][5] = 2;
	x->addr[DST][5] = y->addr[DST][5] = 3;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_mac(&a)->addr[SRC][5], 1);
	x->subtype = y->subtype = 1; /* of Ethernet: those that differ go */
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_mac(&a)->addr[SRC][5], 0);
	assert_int_equal(flow_mac(&a)->addr[DST][5], 3);
	y->subtype = 0;
	merge_flow(&merge, &a, &b);
	assert_null(flow_mac(&a));
}

static void hardware_addresses_that_one_record_lacks_are_dropped(void **state)
{
	(void)state;
	flow_edit(&a, DSR_MAC);
	merge_flow(&merge, &a, &b);
	assert_null(flow_mac(&a));
	flow_edit(&b, DSR_MAC);
	merge_flow(&merge, &a, &b);
	assert_null(flow_mac(&a));
}

static void encapsulations_that_differ_are_marked_changed(void **state)
{
	struct encaps *e = flow_edit(&b, DSR_ENCAPS);

	(void)state;
	e->bits[DST] = ENCAPS_ETHER | ENCAPS_8021Q;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_encaps(&a)->bits[SRC], ENCAPS_ETHER);
	assert_int_equal(flow_encaps(&a)->bits[DST], ENCAPS_ETHER | ENCAPS_8021Q);
	assert_int_equal(flow_encaps(&a)->qualifier, 0x08);
}

static void countries_that_differ_are_blanked(void **state)
{
	struct cocode *y = flow_edit(&b, DSR_COCODE);

	(void)state;
	memcpy(y->code, "DEFR", 4);
	merge_flow(&merge, &a, &b);
	assert_memory_equal(flow_cocode(&a)->code, "DEFR", 4); /* a had none */
	memcpy(y->code, "DEIT", 4);
	merge_flow(&merge, &a, &b);
	assert_memory_equal(flow_cocode(&a)->code, "DE\0\0", 4);
}

static void what_only_the_newcomer_has_of_tags_and_attributes_is_taken_over(void **state)
{
	struct flow_key *k = flow_between(&a, 17, "10.0.0.1", "10.0.0.2");

	(void)state;
	*(struct vlan *)flow_edit(&b, DSR_VLAN) = (struct vlan){ { true, false }, { 100, 0 } };
	*(struct mpls *)flow_edit(&b, DSR_MPLS) = (struct mpls){ .has = { true, false }, .entry = { 5 << 12 } };
	((struct asn *)flow_edit(&b, DSR_ASN))->as[SRC] = 64512;
	*(struct ipattr *)flow_edit(&b, DSR_IPATTR) = (struct ipattr){ IPATTR_SRC, { { .ttl = 64 } } };
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_vlan(&a)->tci[SRC], 100);
	assert_int_equal(flow_mpls(&a)->entry[SRC], 5 << 12);
	assert_int_equal(flow_asn(&a)->as[SRC], 64512);
	assert_int_equal(flow_ipattr(&a)->side[SRC].ttl, 64);
	assert_null(flow_network(&a)); /* that of a TCP connection says nothing of the UDP before it */
	assert_int_equal(k->proto, 0);
}

static void nodes_keep_their_common_prefix(void **state)
{
	struct icmp_mapped *x = flow_edit(&a, DSR_ICMP), *y = flow_edit(&b, DSR_ICMP);

	(void)state;
	x->outer[SRC] = 0x0a000105;
	y->outer[SRC] = 0x0a000107;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_icmp(&a)->outer[SRC], 0x0a000104);
}

static void keystrokes_are_added(void **state)
{
	(void)state;
	((struct behavior *)flow_edit(&b, DSR_BEHAVIOR))->strokes[SRC] = 3;
	merge_flow(&merge, &a, &b);
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_behavior(&a)->strokes[SRC], 6);
}

static void user_data_are_appended_up_to_what_was_asked_for(void **state)
{
	struct user_data *x = flow_edit(&a, DSR_SUSER), *y = flow_edit(&b, DSR_SUSER);

	(void)state;
	*x = (struct user_data){ .capacity = 8, .count = 3, .bytes = (const uint8_t *)"abc" };
	*y = (struct user_data){ .capacity = 99, .count = 4, .bytes = (const uint8_t *)"defg" };
	merge_flow(&merge, &a, &b);
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_user(&a, SRC)->count, 8);
	assert_memory_equal(flow_user(&a, SRC)->bytes, "abcdefgd", 8);
}

/* Network data of both that are not TCP. */
static void set_network(uint8_t kind, struct network **x, struct network **y)
{
	*x = flow_edit(&a, DSR_NETWORK);
	*y = flow_edit(&b, DSR_NETWORK);
	**x = **y = (struct network){ .kind = kind };
}

static void drops_of_rtp_are_added_under_the_last_header(void **state)
{
	struct network *x, *y;

	(void)state;
	set_network(NETWORK_RTP, &x, &y);
	x->u.rtp.drops[SRC] = 3;
	x->u.rtp.header[SRC].seq = 10;
	y->u.rtp.drops[SRC] = 4;
	y->u.rtp.header[SRC].seq = 20;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_network(&a)->u.rtp.drops[SRC], 7);
	assert_int_equal(flow_network(&a)->u.rtp.header[SRC].seq, 20);
}

static void handshakes_of_udt_that_differ_are_no_longer_told(void **state)
{
	const struct udt *u;
	struct network *x, *y;

	(void)state;
	set_network(NETWORK_UDT, &x, &y);
	x->u.udt.handshake[0] = y->u.udt.handshake[0] = 4;
	x->u.udt.handshake[1] = 1;
	y->u.udt.handshake[1] = 2;
	x->u.udt.side[SRC].retrans = y->u.udt.side[SRC].retrans = 5;
	x->u.udt.side[SRC].solo = y->u.udt.side[SRC].solo = INT32_MAX; /* as a damaged record may say */
	y->u.udt.side[DST].drops = 6;
	y->u.udt.has_dst = true;
	merge_flow(&merge, &a, &b);
	u = &flow_network(&a)->u.udt;
	assert_int_equal(u->handshake[0], 4);
	assert_int_equal(u->handshake[1], 0);
	assert_int_equal(u->side[SRC].retrans, 10);
	assert_int_equal(u->side[SRC].solo, -2);
	assert_int_equal(u->side[DST].drops, 6);
	assert_true(u->has_dst);
}

static void losses_of_esp_are_added(void **state)
{
	struct network *x, *y;

	(void)state;
	set_network(NETWORK_ESP, &x, &y);
	x->u.esp = (struct esp){ .spi = 7, .last_seq = 10, .lost = 1 };
	y->u.esp = (struct esp){ .spi = 7, .last_seq = 30, .lost = 2 };
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_network(&a)->u.esp.spi, 7);
	assert_int_equal(flow_network(&a)->u.esp.last_seq, 30);
	assert_int_equal(flow_network(&a)->u.esp.lost, 3);
	y->u.esp.spi = 8;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_network(&a)->u.esp.spi, 0);
}

static void records_of_another_kind_of_tcp_data_keep_what_is_known(void **state)
{
	struct network *n = flow_edit(&a, DSR_NETWORK);

	(void)state;
	n->kind = NETWORK_TCP_INIT;
	n->u.tcp = (struct tcp){ .status = TCP_SAW_SYN, .side = { { .seqbase = 9000, .win = 100 } } };
	side_of(&b, SRC)->seqbase = 9000;
	side_of(&b, SRC)->seq = 9101;
	side_of(&b, SRC)->win = 200;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_network(&a)->kind, NETWORK_TCP_PERF);
	assert_int_equal(flow_tcp(&a)->synack, 69740);
	assert_int_equal(side_of(&a, SRC)->seq, 9101);
	assert_int_equal(side_of(&a, SRC)->win, 200);
	n = flow_edit(&b, DSR_NETWORK);
	n->kind = NETWORK_TCP_STATUS;
	n->u.tcp = (struct tcp){ .status = TCP_SRC_RESET };
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_network(&a)->kind, NETWORK_TCP_PERF);
	assert_int_equal(side_of(&a, SRC)->seq, 9101);
	assert_true(flow_tcp(&a)->status & TCP_SRC_RESET);
}

/* ---- keys ---- */

static void prefixes_of_ipv6_are_bitwise(void **state)
{
	static const char *const others[] = { "2001:db8:1:2::5", "2001:db8:1:3::5" };
	static const unsigned bits[] = { 125, 63 };
	struct in6_addr wanted;

	(void)state;
	flow_between(&a, 17, "2001:db8:1:2::1", "::1");
	for (int i = 0; i < 2; i++) {
		flow_between(&b, 17, others[i], "::1");
		merge_flow(&merge, &a, &b);
		assert_int_equal(flow_key(&a)->u.ip.masklen[SRC], bits[i]);
	}
	inet_pton(AF_INET6, "2001:db8:1:2::", &wanted);
	assert_memory_equal(flow_key(&a)->u.ip.addr[SRC], &wanted, 16);
}

static void addresses_of_two_families_have_nothing_in_common(void **state)
{
	(void)state;
	flow_between(&a, 17, "10.0.0.1", "10.0.0.2")->u.ip.port[SRC] = 7;
	flow_between(&b, 17, "::1", "::2")->u.ip.port[SRC] = 7;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_key(&a)->u.ip.addr[SRC][0], 0);
	assert_int_equal(flow_key(&a)->proto, 17);
	assert_int_equal(flow_key(&a)->u.ip.port[SRC], 7);
}

static void a_key_of_another_kind_leaves_an_ip_key_empty_and_arp_alone(void **state)
{
	struct flow_key *k;

	(void)state;
	k = flow_edit(&b, DSR_FLOW);
	*k = (struct flow_key){ .layout = LAYOUT_ETHER };
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_key(&a)->u.ip.addr[DST][0], 0);
	assert_int_equal(flow_key(&a)->proto, 0);
	flow_web(&a);
	k->layout = LAYOUT_ARP;
	merge_flow(&merge, &a, &b);
	assert_int_equal(flow_key(&a)->u.ip.addr[DST][0], 192);
	merge_flow(&merge, &b, &a);
	assert_int_equal(flow_key(&b)->layout, LAYOUT_ARP);
}

/* ---- where it lies ---- */

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
	pack_set_merged(bytes, members.have);
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

/* Opens a record with a DSR that nobody knows, which is written only as it was read. */
static void open_odd(struct flow *f, uint8_t *bytes, size_t size)
{
	static const uint8_t odd[] = { 0x7e, 1, 0, 2, 1, 2, 3, 4 };
	size_t length = flow_write(&a, bytes, size);

	memcpy(bytes + length, odd, sizeof odd);
	put_be16(bytes + 2, (uint16_t)((length + sizeof odd) / 4));
	flow_open(f, bytes, (uint32_t)(length + sizeof odd), NULL);
}

static void assert_whole_is_written_alike(struct flow *f)
{
	struct buf room = BUF_INIT;
	uint8_t before[2000], after[2000];
	size_t length = flow_write(f, before, sizeof before);
	struct flow opened;

	assert_int_equal(pack_flow(f, PACK_WHOLE, &room), PACK_WHOLE);
	pack_open(&opened, PACK_WHOLE, (const uint8_t *)room.data, room.length, NULL);
	assert_int_equal(flow_write(&opened, after, sizeof after), length);
	assert_memory_equal(after, before, length);
	assert_int_equal(flow_has(&opened, DSR_MAC), flow_has(f, DSR_MAC));
	assert_int_equal(flow_metric(&opened)->pkts[SRC], flow_metric(f)->pkts[SRC]);
	assert_int_equal(flow_agr(&opened)->count, flow_agr(f)->count);
	assert_int_equal(opened.is_merged, f->is_merged);
	buf_fini(&room);
}

static void what_nobody_changed_stays_as_it_was_read_in_a_whole_flow(void **state)
{
	uint8_t bytes[2000];

	(void)state;
	open_odd(&b, bytes, sizeof bytes);
	b.is_merged = true;
	assert_whole_is_written_alike(&b);
	((struct metric *)flow_edit(&b, DSR_METRIC))->pkts[SRC] = 1000;
	assert_whole_is_written_alike(&b);
	flow_drop(&b, DSR_MAC);
	assert_whole_is_written_alike(&b);
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
		TEST(an_empty_network_dsr_takes_nothing_away),
		TEST(addresses_that_differ_keep_their_common_prefix),
		TEST(a_type_and_code_of_icmp_are_compared_as_one),
		TEST(labels_are_united),
		TEST(user_data_of_a_turned_record_are_its_own),
		TEST(a_source_id_that_differs_is_dropped),
		TEST(a_direction_without_times_gets_those_of_the_other_record),
		TEST(attributes_that_differ_are_no_longer_told),
		TEST(packet_sizes_span_both),
		TEST(intervals_are_those_of_all_packets),
		TEST(a_deviation_that_is_no_number_counts_as_none),
		TEST(the_first_hardware_addresses_stay),
		TEST(hardware_addresses_that_one_record_lacks_are_dropped),
		TEST(encapsulations_that_differ_are_marked_changed),
		TEST(countries_that_differ_are_blanked),
		TEST(what_only_the_newcomer_has_of_tags_and_attributes_is_taken_over),
		TEST(nodes_keep_their_common_prefix),
		TEST(keystrokes_are_added),
		TEST(user_data_are_appended_up_to_what_was_asked_for),
		TEST(drops_of_rtp_are_added_under_the_last_header),
		TEST(handshakes_of_udt_that_differ_are_no_longer_told),
		TEST(losses_of_esp_are_added),
		TEST(records_of_another_kind_of_tcp_data_keep_what_is_known),
		TEST(prefixes_of_ipv6_are_bitwise),
		TEST(addresses_of_two_families_have_nothing_in_common),
		TEST(a_key_of_another_kind_leaves_an_ip_key_empty_and_arp_alone),
		TEST(merging_where_a_flow_was_packed_gives_the_same),
		TEST(a_part_that_has_no_room_is_not_merged_in_place),
		TEST(a_squeezed_flow_opens_as_it_was),
		TEST(what_nobody_changed_stays_as_it_was_read_in_a_whole_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
