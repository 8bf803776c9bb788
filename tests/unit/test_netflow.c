/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NetFlow and sFlow: what an export packet becomes, and what becomes of a damaged one. */
#include "tests/unit/unit.h"

#include "argus/record/mar.h"
#include "argus/record/record.h"
#include "common/io/netflow.h"
#include "common/io/netflow_file.h"
#include "tests/unit/hex.h"

#define ARRIVAL 1700000000250000u

static const struct exporter local = { ID_IPV4, { 127, 0, 0, 1 } };
static const struct exporter other = { ID_IPV4, { 127, 0, 0, 2 } };
static const struct flow_reading reading = { .correct = true };

/* The header of version 5 as in wire-protocol.md 12.3, with a count. */
#define V5_HEADER(count) "0005 " count " 00002710 6553f100 1dcd6500 00000007 01 02 0000 "
/* The example's flow with other flags and ports. */
#define V5_ENTRY(sport, dport, flags, proto, pkts)                                                              \
	"0a000001 0a000002 0a090909 0003 0004 " pkts " 000002bc 000003e8 00000bb8 " sport dport " 00 " flags " " \
	proto " 20 fc00 fc01 18 10 0000 "
#define V5_FLOW V5_ENTRY("04d2", "0050", "02", "06", "00000005")

#define V9_HEADER "0009 0002 00002710 6553f100 00000005 00000001 "
/* Bytes, packets, first, last, TOS, TTL, addresses, ports, protocol, flags; 34 bytes a flow. */
#define V9_TEMPLATE                                                                                        \
	"0000 0038 0100 000c 0001 0004 0002 0004 0016 0004 0015 0004 0005 0001 0034 0001 0008 0004 000c 0004 " \
	"0007 0002 000b 0002 0004 0001 0006 0001 "
#define V9_FLOW "000002bc 00000005 000003e8 00000bb8 20 40 0a000001 0a000002 04d2 0050 06 02 "
#define V9_DATA "0100 0024 " V9_FLOW

struct converted {
	struct netflow *n;
	struct buf records;
	uint8_t pdu[2048];
	size_t length; /* of the PDU */
	struct flow flow;
};

static int set_up(void **state)
{
	struct converted *c = xcalloc(1, sizeof *c);

	c->n = netflow_new(NETFLOW_CISCO);
	*state = c;
	return 0;
}

static int set_up_sflow(void **state)
{
	set_up(state);
	netflow_free(((struct converted *)*state)->n);
	((struct converted *)*state)->n = netflow_new(NETFLOW_SFLOW);
	return 0;
}

static int tear_down(void **state)
{
	struct converted *c = *state;

	netflow_free(c->n);
	buf_fini(&c->records);
	free(c);
	return 0;
}

/* Reads one PDU; only its records are there afterwards. */
static const struct netflow_count *read_from(struct converted *c, const struct exporter *from, const char *hex)
{
	c->length = hex_bytes(hex, c->pdu);
	buf_clear(&c->records);
	netflow_read(c->n, span_of(c->pdu, c->length), from, ARRIVAL, &c->records);
	return netflow_counts(c->n);
}

static const struct netflow_count *read_pdu(struct converted *c, const char *hex)
{
	return read_from(c, &local, hex);
}

static void expect_record(const struct converted *c, const char *hex)
{
	uint8_t wanted[512];
	size_t length = hex_bytes(hex, wanted);

	assert_int_equal(c->records.length, length);
	assert_memory_equal(c->records.data, wanted, length);
}

/* The record of that number as clients see it. */
static struct flow *open_record(struct converted *c, unsigned number)
{
	const uint8_t *at = (const uint8_t *)c->records.data, *end = at + c->records.length;
	uint32_t length;

	for (;; at += length) {
		assert_int_equal(record_frame(at, (size_t)(end - at), &length), FRAME_RECORD);
		if (number-- == 0)
			break;
	}
	flow_open(&c->flow, at, length, &reading);
	assert_false(c->flow.is_damaged);
	return &c->flow;
}

static void version_5_becomes_the_record_of_the_worked_example(void **state)
{
	struct converted *c = *state;

	read_pdu(c, V5_HEADER("0001") V5_FLOW);
	expect_record(c, "3320001b 01010102 7f000001 02014105 0a000001 0a000002 060004d2 00501810"
			 "031d1804 6553f0f7 0007a120 001e8480 10010602 000502bc 30040003 00000001 02000000"
			 "48000102 00200000 42000405 00000000 0004 0000 00000003 0000 0000 32000303 0000fc00 0000fc01");
}

static void its_times_are_those_of_the_worked_example(void **state)
{
	struct flow *f;

	read_pdu(*state, V5_HEADER("0001") V5_FLOW);
	f = open_record(*state, 0);
	assert_int_equal(flow_start(f), 1699999991500000);
	assert_int_equal(flow_last(f), 1699999993500000);
	assert_int_equal(flow_metric(f)->pkts[SRC], 5);
	assert_int_equal(flow_metric(f)->pkts[DST], 0);
}

static void the_initial_mar_names_the_exporter(void **state)
{
	struct converted *c = *state;
	struct mar m;

	netflow_initial(RECORD_MAR | RECORD_NETFLOW, &local, 1700000000000000, &c->records);
	assert_int_equal(c->records.length, MAR_SIZE);
	assert_int_equal((uint8_t)c->records.data[0], 0xb3);
	assert_int_equal(record_magic((const uint8_t *)c->records.data, MAR_SIZE), 3);
	assert_true(mar_decode(&m, (const uint8_t *)c->records.data, MAR_SIZE));
	assert_int_equal(m.id_form, ID_IPV4);
	assert_memory_equal(m.id, local.address, 4);
	assert_int_equal(get_be32((const uint8_t *)c->records.data + 120), 0x7f000001);
}

static void an_exporter_that_nobody_knows_gives_no_source_id(void **state)
{
	static const struct exporter nobody = { ID_NONE, { 0 } };
	static const struct exporter v6 = { ID_IPV6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } };

	read_from(*state, &nobody, V5_HEADER("0001") V5_FLOW);
	assert_null(flow_transport(open_record(*state, 0)));
	read_from(*state, &v6, V5_HEADER("0001") V5_FLOW);
	assert_int_equal(flow_transport(open_record(*state, 0))->form, ID_IPV6);
	assert_memory_equal(flow_transport(&((struct converted *)*state)->flow)->id, v6.address, 16);
	assert_false(flow_transport(&((struct converted *)*state)->flow)->has_seq);
}

static void flags_become_a_status(void **state)
{
	static const struct {
		const char *pdu;
		uint32_t status;
	} rows[] = {
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "02", "06", "00000005"), TCP_SAW_SYN },
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "12", "06", "00000005"), TCP_SAW_SYNACK },
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "12", "06", "00000001"), TCP_SAW_SYNACK | TCP_ESTABLISHED },
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "13", "06", "00000005"), TCP_SAW_SYNACK | TCP_FIN },
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "10", "06", "00000005"), TCP_ESTABLISHED },
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "20", "06", "00000005"), TCP_ESTABLISHED },
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "01", "06", "00000005"), TCP_FIN },
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "04", "06", "00000005"), TCP_SRC_RESET | TCP_DST_RESET },
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "03", "06", "00000005"), TCP_SAW_SYN | TCP_FIN },
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "00", "06", "00000005"), 0 },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		read_pdu(*state, rows[i].pdu);
		assert_int_equal(flow_tcp(open_record(*state, 0))->status, rows[i].status);
	}
}

/* Client halves of complete connections stay as they are, server halves are turned. */
static void syn_and_ack_together_go_by_the_ports(void **state)
{
	static const struct {
		const char *pdu;
		bool turned;
	} rows[] = {
		{ V5_HEADER("0001") V5_ENTRY("04d2", "0050", "1b", "06", "00000005"), false },
		{ V5_HEADER("0001") V5_ENTRY("0050", "04d2", "1b", "06", "00000005"), true },
		{ V5_HEADER("0001") V5_ENTRY("0050", "04d2", "12", "06", "00000005"), true },
		{ V5_HEADER("0001") V5_ENTRY("0050", "04d2", "02", "06", "00000005"), false },
		{ V5_HEADER("0001") V5_ENTRY("0050", "04d2", "10", "06", "00000005"), false },
		{ V5_HEADER("0001") V5_ENTRY("0050", "0016", "1b", "06", "00000005"), false },
		{ V5_HEADER("0001") V5_ENTRY("1f91", "9c40", "1b", "06", "00000005"), false },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct flow *f;

		read_pdu(*state, rows[i].pdu);
		f = open_record(*state, 0);
		assert_int_equal(flow_metric(f)->pkts[DST], rows[i].turned ? 5 : 0);
		assert_int_equal(flow_key(f)->u.ip.addr[SRC][3], rows[i].turned ? 2 : 1);
	}
}

static void other_protocols_have_what_they_have(void **state)
{
	const struct flow_key *k;

	read_pdu(*state, V5_HEADER("0003") V5_ENTRY("0000", "0305", "00", "01", "00000001")
		 V5_ENTRY("1388", "0035", "00", "11", "00000001") V5_ENTRY("0001", "0002", "12", "2f", "00000001"));
	k = flow_key(open_record(*state, 0));
	assert_int_equal(k->u.ip.type, 3);
	assert_int_equal(k->u.ip.code, 5);
	k = flow_key(open_record(*state, 1));
	assert_int_equal(k->u.ip.port[SRC], 5000);
	assert_int_equal(k->u.ip.port[DST], 53);
	k = flow_key(open_record(*state, 2));
	assert_int_equal(k->proto, 47);
	assert_int_equal(k->u.ip.port[SRC], 0);
	assert_null(flow_network(open_record(*state, 2)));
}

static void versions_1_and_7_differ_in_their_tails_only(void **state)
{
	struct flow *f;

	read_pdu(*state, "0001 0001 00002710 6553f100 1dcd6500 0a000001 0a000002 0a090909 0003 0004 00000005 000002bc"
			 "000003e8 00000bb8 04d2 0050 0000 06 20 12 00*11");
	f = open_record(*state, 0);
	assert_int_equal(flow_metric(f)->bytes[SRC], 700);
	assert_int_equal(flow_ipattr(f)->side[SRC].tos, 0x20);
	assert_int_equal(flow_tcp(f)->side[SRC].flags, 0x12);
	assert_null(flow_asn(f));
	read_pdu(*state, "0007 0002 00002710 6553f100 1dcd6500 00000007 00000000" V5_FLOW "00000000" V5_FLOW "00000000");
	f = open_record(*state, 1);
	assert_int_equal(flow_key(f)->u.ip.masklen[DST], 16);
	assert_int_equal(flow_asn(f)->as[DST], 64513);
}

static void damage_costs_only_what_it_hit(void **state)
{
	const struct netflow_count *count;

	count = read_pdu(*state, V5_HEADER("0003") V5_FLOW V5_FLOW "0a000001");
	assert_int_equal(count->flows, 2);
	assert_int_equal(count->damaged, 1);
	count = read_pdu(*state, V5_HEADER("0001") V5_FLOW V5_FLOW); /* what was not announced is no flow */
	assert_int_equal(count->flows, 3);
	count = read_pdu(*state, "0005 0001 0000");
	assert_int_equal(count->damaged, 2);
	count = read_pdu(*state, "00");
	assert_int_equal(count->damaged, 3);
	count = read_pdu(*state, V9_HEADER V9_TEMPLATE "0100 0050 " V9_FLOW "0102");
	assert_int_equal(count->flows, 4);
	assert_int_equal(count->damaged, 4);
	count = read_pdu(*state, V9_HEADER "0100 0000" V9_DATA);
	assert_int_equal(count->flows, 4);
	assert_int_equal(count->damaged, 5);
	assert_int_equal(count->pdus, 6);
}

static void count_messages(void *context, const char *text)
{
	assert_non_null(strstr(text, "127.0.0."));
	assert_non_null(strstr(text, "version 8, which is not read"));
	++*(int *)context;
}

static void other_versions_are_counted_and_told_once_an_exporter(void **state)
{
	struct converted *c = *state;
	int told = 0;

	netflow_on_message(c->n, count_messages, &told);
	read_pdu(c, "0008 0001 00*64");
	read_pdu(c, "0008 0001 00*64");
	assert_int_equal(told, 1);
	read_from(c, &other, "0008 0001 00*64");
	assert_int_equal(told, 2);
	assert_int_equal(netflow_counts(c->n)->unread, 3);
	assert_int_equal(netflow_counts(c->n)->damaged, 0);
	assert_int_equal(c->records.length, 0);
}

static void version_9_becomes_the_record_of_the_worked_example(void **state)
{
	struct converted *c = *state;

	read_pdu(c, V9_HEADER V9_TEMPLATE V9_DATA);
	expect_record(c, "33200013 01010102 7f000001 02014105 0a000001 0a000002 060004d2 00502020"
			 "031d1804 6553f0f7 00000000 001e8480 10010602 000502bc 30040003 00000001 02000000"
			 "48000102 40200000");
}

static void a_template_stays_for_its_exporter_and_source_alone(void **state)
{
	const struct netflow_count *count;

	read_pdu(*state, V9_HEADER V9_TEMPLATE);
	assert_int_equal(read_pdu(*state, V9_HEADER V9_DATA)->flows, 1);
	count = read_from(*state, &other, V9_HEADER V9_DATA);
	assert_int_equal(count->flows, 1);
	assert_int_equal(count->untemplated, 1);
	count = read_pdu(*state, "0009 0001 00002710 6553f100 00000006 00000002" V9_DATA);
	assert_int_equal(count->untemplated, 2);
	assert_int_equal(count->damaged, 0);
}

static void a_template_expires_after_half_an_hour(void **state)
{
	read_pdu(*state, V9_HEADER V9_TEMPLATE);
	assert_int_equal(read_pdu(*state, "0009 0001 00002710 6553f808 00000006 00000001" V9_DATA)->flows, 1);
	assert_int_equal(read_pdu(*state, "0009 0001 00002710 6553f809 00000006 00000001" V9_DATA)->flows, 1);
	assert_int_equal(netflow_counts(((struct converted *)*state)->n)->untemplated, 1);
}

static void a_template_is_replaced_when_it_is_sent_again(void **state)
{
	struct flow *f;

	read_pdu(*state, V9_HEADER V9_TEMPLATE "0000 0014 0100 0003 0008 0004 000c 0004 0002 0001" "0100 000d 0a000001 0a000002 07");
	f = open_record(*state, 0);
	assert_int_equal(flow_metric(f)->pkts[SRC], 7);
	assert_int_equal(flow_start(f), 1700000000000000); /* without stamps: that of the packet, a microsecond for each of its own */
	assert_int_equal(flow_last(f), 1700000000000007);
}

static void every_field_of_version_9_finds_its_place(void **state)
{
	struct flow *f;

	read_pdu(*state, V9_HEADER
		 "0000 0058 0101 0014 001b 0010 001c 0010 0007 0002 000b 0002 0004 0001 0006 0001 0001 0008 0002 0003 0010 0004 0011 0002"
		 "001d 0001 001e 0001 0037 0001 0019 0002 001a 0002 003a 0002 0038 0006 0050 0006 0098 0008 0099 0008"
		 "0101 0068 20010db8 00*11 01 20010db8 00*11 02 1f90 0050 06 1a 0000000100000000 000009 0000fde8 fc00"
		 "40 30 48 0028 05dc 0064 010203040506 0708090a0b0c 0000018bcfe56800 0000018bcfe56be8 00*9");
	f = open_record(*state, 0);
	assert_int_equal(flow_key(f)->layout, LAYOUT_IPV6);
	assert_int_equal(flow_key(f)->u.ip.addr[DST][15], 2);
	assert_int_equal(flow_key(f)->u.ip.masklen[SRC], 64);
	assert_int_equal(flow_key(f)->u.ip.masklen[DST], 48);
	assert_int_equal(flow_metric(f)->bytes[SRC], 0x100000000);
	assert_int_equal(flow_metric(f)->pkts[SRC], 9);
	assert_int_equal(flow_tcp(f)->status, TCP_ESTABLISHED); /* SYN and ACK together say nothing here */
	assert_int_equal(flow_asn(f)->as[SRC], 65000);
	assert_int_equal(flow_ipattr(f)->side[DST].tos, 0x48);
	assert_int_equal(flow_psize(f)->max[SRC], 1500);
	assert_int_equal(flow_vlan(f)->tci[SRC], 100);
	assert_false(flow_vlan(f)->has[DST]);
	assert_int_equal(flow_mac(f)->addr[SRC][0], 1);
	assert_int_equal(flow_mac(f)->addr[DST][0], 7);
	assert_int_equal(flow_start(f), 1700000000000000);
	assert_int_equal(flow_last(f), 1700000001000000);
}

static void options_are_no_flows_without_a_template(void **state)
{
	const struct netflow_count *count = read_pdu(*state, V9_HEADER "0001 0012 0102 0004 0004 0001 0004 0022 0004 0102 000c 00*8");

	assert_int_equal(count->flows + count->untemplated + count->damaged, 0);
}

static void templates_are_bounded(void **state)
{
	struct converted *c = *state;
	uint8_t pdu[20 + 12 + 24 + 8];
	size_t length = hex_bytes(V9_HEADER "0000 0010 0100 0002 0008 0004 0002 0004 0100 000c 0a000001 00000001", pdu);

	for (uint32_t source = 0; source < 10000; source++) {
		put_be32(pdu + 16, source);
		netflow_read(c->n, span_of(pdu, length), &local, 0, &c->records);
	}
	assert_int_equal(netflow_counts(c->n)->flows, 10000);
	put_be32(pdu + 16, 9999); /* the last is still known, the first is not */
	memmove(pdu + 20, pdu + 36, 12);
	netflow_read(c->n, span_of(pdu, 32), &local, 0, &c->records);
	assert_int_equal(netflow_counts(c->n)->untemplated, 0);
	put_be32(pdu + 16, 0);
	netflow_read(c->n, span_of(pdu, 32), &local, 0, &c->records);
	assert_int_equal(netflow_counts(c->n)->untemplated, 1);
}

#define ETHERNET "020000000002 020000000001 "
#define IPV4_TCP "4510 0028 1234 4000 4006 0000 0a000001 0a000002 04d2 0050 00000000 00000000 5002 0000 0000 0000 "

/* An sFlow datagram with one flow sample of rate 100 that holds one raw header of a 1500 byte frame. */
#define SFLOW(sample_length, record_length, protocol, captured, frame)                                               \
	"00000005 00000001 0a0a0a0a 00000000 00000001 00001000 00000001 00000001 " sample_length                     \
	" 00000001 00000003 00000064 00000064 00000000 00000003 00000004 00000001 00000001 " record_length " " protocol \
	" 000005dc 00000004 " captured " " frame

static void a_sampled_header_counts_as_often_as_the_rate_says(void **state)
{
	struct flow *f;
	const struct netflow_count *count =
		read_pdu(*state, SFLOW("00000070", "00000048", "00000001", "00000036", ETHERNET "0800" IPV4_TCP "0000"));

	assert_int_equal(count->flows, 1);
	assert_int_equal(count->damaged, 0);
	f = open_record(*state, 0);
	assert_int_equal(flow_transport(f)->id[0], 10);
	assert_int_equal(flow_metric(f)->pkts[SRC], 100);
	assert_int_equal(flow_metric(f)->bytes[SRC], 150000);
	assert_int_equal(flow_start(f), ARRIVAL);
	assert_int_equal(flow_last(f), ARRIVAL);
	assert_int_equal(flow_key(f)->u.ip.port[SRC], 1234);
	assert_int_equal(flow_tcp(f)->status, TCP_SAW_SYN);
	assert_int_equal(flow_ipattr(f)->side[SRC].ip_id, 0x3412);
	assert_int_equal(flow_mac(f)->addr[SRC][5], 1);
}

static void frames_of_other_kinds_are_flows_too(void **state)
{
	struct flow *f;

	read_pdu(*state, SFLOW("00000050", "00000028", "00000001", "00000018", ETHERNET "8100 0064 86dd 60000000 0000"));
	f = open_record(*state, 0);
	assert_int_equal(flow_key(f)->layout, LAYOUT_ETHER);
	assert_int_equal(flow_key(f)->u.ether.type, 0x86dd);
	assert_int_equal(flow_vlan(f)->tci[SRC], 100);
	read_pdu(*state, SFLOW("00000074", "0000004c", "0000000c", "0000003c",
			       "6c000000 0014 2c 40 20010db8 00*11 01 20010db8 00*11 02 1100 0000 00000001 1388 0035 000c 0000 00*4"));
	f = open_record(*state, 0);
	assert_int_equal(flow_key(f)->proto, 17);
	assert_int_equal(flow_key(f)->u.ip.port[DST], 53);
	assert_int_equal(flow_ipattr(f)->side[SRC].tos, 0xc0);
}

static void counters_and_unknown_samples_are_passed_over(void **state)
{
	const struct netflow_count *count = read_pdu(*state,
		"00000005 00000002 20010db8 00*11 01 00000000 00000001 00001000 00000002 00000002 00000008 00*8 00009001 00000004 00*4");

	assert_int_equal(count->flows + count->damaged, 0);
	assert_int_equal(read_pdu(*state, "00000004 00000001 0a0a0a0a 00000001")->unread, 1);
	assert_int_equal(read_pdu(*state, SFLOW("00001000", "00001000", "00000001", "00001000", "0102"))->damaged, 1);
	assert_int_equal(count->flows, 0);
}

/* ---- files ---- */

struct bytes {
	const uint8_t *at;
	size_t left;
};

/* A few bytes at a time, as a pipe gives them. */
static ssize_t give(void *context, void *to, size_t room, struct err *err)
{
	struct bytes *b = context;
	size_t length = b->left < 1000 ? b->left : 1000;

	(void)err;
	length = length < room ? length : room;
	if (length > 0)
		memcpy(to, b->at, length);
	b->at += length;
	b->left -= length;
	return (ssize_t)length;
}

/* How many flow records a file gives; *count is added to. */
static unsigned read_as(enum netflow_kind kind, bool live, const struct buf *bytes, struct source_count *count)
{
	struct bytes b = { (const uint8_t *)bytes->data, bytes->length };
	struct netflow_file *f = netflow_file_new(kind, ARRIVAL, live, give, &b);
	struct reader reader;
	struct record record;
	unsigned flows = 0;

	reader_init(&reader, netflow_file_read, f, false);
	if (reader_start(&reader, &record, NULL) == READER_RECORD)
		while (reader_next(&reader, &record, NULL) == READER_RECORD)
			flows++;
	netflow_file_count(f, count);
	assert_int_equal(reader.count.damaged + reader.count.skipped + reader.count.truncated, 0);
	reader_fini(&reader);
	netflow_file_free(f);
	return flows;
}

/* Live or not, the same comes of it. */
static unsigned read_bytes(enum netflow_kind kind, const struct buf *bytes, struct source_count *count)
{
	struct source_count again = *count;
	unsigned flows = read_as(kind, false, bytes, count);

	assert_int_equal(read_as(kind, true, bytes, &again), flows);
	assert_int_equal(again.truncated, count->truncated);
	assert_int_equal(again.unread, count->unread);
	return flows;
}

static void add_hex(struct buf *b, const char *hex)
{
	uint8_t room[2048];

	buf_add(b, room, hex_bytes(hex, room));
}

#define V5_PDU V5_HEADER("0002") V5_FLOW V5_FLOW
#define PDUS 2000

static void files_are_read_pdu_by_pdu(void **state)
{
	struct source_count count = { 0 };
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < PDUS; i++) {
		add_hex(&b, V5_PDU);
		add_hex(&b, V9_HEADER V9_TEMPLATE V9_DATA);
		add_hex(&b, "0008 0001 00002710 6553f100 1dcd6500 00000007 0102 0101 00000000 00*28");
	}
	assert_int_equal(read_bytes(NETFLOW_CISCO, &b, &count), 3 * PDUS);
	assert_int_equal(count.unread, PDUS);
	assert_int_equal(count.damaged + count.truncated, 0);
	buf_fini(&b);
}

static void damage_in_a_file_is_skipped_and_counted(void **state)
{
	struct source_count count = { 0 };
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < PDUS; i++)
		add_hex(&b, V5_PDU);
	memset(b.data + 5 * 120, 0xff, 24);        /* a header */
	put_be16((uint8_t *)b.data + 10 * 120 + 2, 6); /* reaches into others */
	memset(b.data + 1000 * 120 - 60, 0x05, 200); /* two headers */
	b.length -= 30;
	assert_int_equal(read_bytes(NETFLOW_CISCO, &b, &count), 2 * PDUS - 2 - 2 - 4 - 1);
	assert_int_equal(count.damaged, 3);
	assert_int_equal(count.damaged_bytes, 4 * 120);
	assert_int_equal(count.truncated, 1);
	buf_fini(&b);
}

static void damage_in_a_file_of_version_9_too(void **state)
{
	struct source_count count = { 0 };
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < PDUS; i++)
		add_hex(&b, V9_HEADER V9_TEMPLATE V9_DATA);
	memset(b.data + 700 * 112 + 40, 0xff, 50);
	assert_in_range(read_bytes(NETFLOW_CISCO, &b, &count), PDUS - 2, PDUS);
	assert_in_range(count.damaged, 1, 2);
	buf_fini(&b);
}

static void sflow_files_are_read_too(void **state)
{
	struct source_count count = { 0 };
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < PDUS; i++)
		add_hex(&b, SFLOW("00000070", "00000048", "00000001", "00000036", ETHERNET "0800" IPV4_TCP "0000"));
	memset(b.data + b.length / 2, 0xff, 30);
	assert_in_range(read_bytes(NETFLOW_SFLOW, &b, &count), PDUS - 2, PDUS - 1);
	assert_in_range(count.damaged, 1, 2);
	buf_fini(&b);
}

static void what_is_no_such_file_gives_nothing(void **state)
{
	static const char *const texts[] = { "", "41", "4142430a 4142430a", "0005 0001 00*8", "00*500", "ff*500" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		struct source_count count = { 0 };
		struct buf b = BUF_INIT;

		add_hex(&b, texts[i]);
		assert_int_equal(read_bytes(NETFLOW_CISCO, &b, &count), 0);
		assert_int_equal(read_bytes(NETFLOW_SFLOW, &b, &count), 0);
		buf_fini(&b);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define SFLOW_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_sflow, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(version_5_becomes_the_record_of_the_worked_example),
		TEST(its_times_are_those_of_the_worked_example),
		TEST(the_initial_mar_names_the_exporter),
		TEST(an_exporter_that_nobody_knows_gives_no_source_id),
		TEST(flags_become_a_status),
		TEST(syn_and_ack_together_go_by_the_ports),
		TEST(other_protocols_have_what_they_have),
		TEST(versions_1_and_7_differ_in_their_tails_only),
		TEST(damage_costs_only_what_it_hit),
		TEST(other_versions_are_counted_and_told_once_an_exporter),
		TEST(version_9_becomes_the_record_of_the_worked_example),
		TEST(a_template_stays_for_its_exporter_and_source_alone),
		TEST(a_template_expires_after_half_an_hour),
		TEST(a_template_is_replaced_when_it_is_sent_again),
		TEST(every_field_of_version_9_finds_its_place),
		TEST(options_are_no_flows_without_a_template),
		TEST(templates_are_bounded),
		SFLOW_TEST(a_sampled_header_counts_as_often_as_the_rate_says),
		SFLOW_TEST(frames_of_other_kinds_are_flows_too),
		SFLOW_TEST(counters_and_unknown_samples_are_passed_over),
		cmocka_unit_test(files_are_read_pdu_by_pdu),
		cmocka_unit_test(damage_in_a_file_is_skipped_and_counted),
		cmocka_unit_test(damage_in_a_file_of_version_9_too),
		cmocka_unit_test(sflow_files_are_read_too),
		cmocka_unit_test(what_is_no_such_file_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
