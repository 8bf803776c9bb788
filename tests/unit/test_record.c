/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The annotated records of record-format.md 13, the corrections of section 11 and
 * the malformed input of section 10. */
#include "tests/unit/unit.h"

#include "argus/record/dsr.h"
#include "argus/record/mar.h"
#include "argus/record/record.h"
#include "tests/unit/hex.h"

static const struct flow_reading reading = { .correct = true };
static uint8_t bytes[RECORD_MAX_SIZE];

/* Opens the record written in hexadecimal; its length field is filled in. */
static struct flow *open_hex(const char *text)
{
	static struct flow f;
	size_t length = hex_bytes(text, bytes);

	put_be16(bytes + 2, (uint16_t)(length / 4));
	flow_open(&f, bytes, (uint32_t)length, &reading);
	return &f;
}

static void assert_v4(const uint8_t *addr, const char *hex)
{
	uint8_t want[4];

	hex_bytes(hex, want);
	assert_memory_equal(addr, want, 4);
}

#define DNS_FAR                                                                                      \
	"13100041 01030103 0a010203 00000001 02010105 c0a8010b d157f912 1100abbe 00353459 03021805 " \
	"658a9edd 0001f97a 658a9edd 0003f6b2 10040204 00010062 00380001 010a00e0 30000001 48000303 " \
	"4000cd59 80002d00 12000203 00620062 010a010a 50900003 00400004 59340120 50a00003 00400003 " \
	"59348500 42000005 00112233 44660011 22334455 00080000 20000003 00000002 00000002"

static void udp_record_of_13_2_is_read(void **state)
{
	struct flow *f = open_hex(DNS_FAR);
	const struct flow_key *k = flow_key(f);
	const struct metric *m = flow_metric(f);

	(void)state;
	assert_int_equal(f->type, RECORD_FAR);
	assert_int_equal(f->cause, CAUSE_START);
	assert_int_equal(flow_transport(f)->form, ID_IPV4);
	assert_int_equal(flow_transport(f)->seq, 1);
	assert_int_equal(k->proto, 17);
	assert_v4(k->u.ip.addr[SRC], "c0a8010b");
	assert_int_equal(k->u.ip.port[SRC], 43966);
	assert_int_equal(k->u.ip.port[DST], 53);
	assert_int_equal(k->u.ip.seq, 0x3459); /* the DNS id, as it lies there */
	assert_int_equal(k->u.ip.masklen[SRC], 32);
	assert_int_equal(m->pkts[SRC], 1);
	assert_int_equal(m->bytes[DST], 266);
	assert_int_equal(m->appbytes[DST], 224);
	/* One packet each way: the start is the source's, the end the destination's. */
	assert_true(flow_times(f)->at[SRC][END] == 1703583453129402u);
	assert_true(flow_times(f)->at[DST][START] == 1703583453259762u);
	assert_true(flow_duration(f) == 130360);
	assert_int_equal(flow_ipattr(f)->side[SRC].ip_id, 0xcd59);
	assert_int_equal(flow_psize(f)->max[DST], 266);
	assert_int_equal(flow_user(f, SRC)->count, 4);
	assert_int_equal(flow_user(f, DST)->count, 3);
	assert_int_equal(flow_mac(f)->type, 0x0800);
	assert_int_equal(flow_encaps(f)->bits[DST], ENCAPS_ETHER);
	assert_int_equal(flow_agr(f)->count, 1);
	assert_true(flow_agr(f)->is_implied);
	assert_false(flow_has(f, DSR_AGR));
	assert_null(flow_vlan(f));
}

static void tcp_record_of_13_3_is_read(void **state)
{
	struct flow *f = open_hex("13100034 01030003 00000000 00000001 02010105 839bd745 8974515e 0600b640 00500000 "
				  "03021805 54872e59 000e1b59 54872e5a 0000cb93 10010102 0270013c 3005001e 00000007 "
				  "00000004 04700000 0001f222 00000058 54872e5a 0000cb93 00000004 2f842acb 2f842acb "
				  "b7839f90 00*20 00d51207 54872e5a 0000cb3b 00000002 b7839f90 b7839f90 2f842acb 00*20 "
				  "20001208 48000303 4000aa29 7500441c 20000003 00002002 00002002");
	const struct tcp *t = flow_tcp(f);

	(void)state;
	assert_non_null(t);
	assert_int_equal(t->status, TCP_SAW_SYN | TCP_SAW_SYNACK | TCP_ESTABLISHED);
	assert_int_equal(t->state, 4);
	assert_int_equal(t->synack, 127522);
	assert_int_equal(t->side[SRC].seqbase, 797190859);
	assert_int_equal(t->side[SRC].win, 213);
	assert_int_equal(t->side[DST].shift, 8);
	assert_int_equal(flow_encaps(f)->bits[SRC], ENCAPS_SLL | ENCAPS_ETHER);
	/* The destination has one packet, and its stamps lie in different seconds. */
	assert_true(flow_times(f)->at[DST][END] == flow_times(f)->at[DST][START]);
}

static void icmp_arp_and_ipv6_keys_of_13_are_read(void **state)
{
	const struct flow_key *k;

	(void)state;
	k = flow_key(open_hex("13100000 02010105 0a000001 4a7de163 01000800 1c880000 10010102 01620162"));
	assert_int_equal(k->u.ip.type, 8);
	assert_int_equal(k->u.ip.id, 0x1c88);
	k = flow_key(open_hex("13100000 02060406 00010800 06040001 c0a87b02 c0a87b01 001873de 10010102 01400140"));
	assert_int_equal(k->layout, LAYOUT_ARP);
	assert_v4(k->u.arp.addr[DST], "c0a87b01");
	assert_memory_equal(k->u.arp.mac, "\x00\x18\x73\xde\x00\x00", 6);
	k = flow_key(open_hex("13100000 0241020b ff020000 00000000 00000000 00010002 fe800000 00000000 020102ff "
			      "fe030405 11000000 02230222 10010602 0002010a"));
	assert_int_equal(k->u.ip.addr[SRC][0], 0xfe); /* REVERSE: the ends are exchanged */
	assert_int_equal(k->u.ip.port[SRC], 546);
	assert_int_equal(k->u.ip.port[DST], 547);
	assert_int_equal(k->u.ip.masklen[SRC], 128);
}

static void initial_mar_of_13_1_survives_a_round_trip(void **state)
{
	uint8_t raw[MAR_SIZE], again[MAR_SIZE];
	struct mar m;

	(void)state;
	assert_int_equal(hex_bytes("83100020 00800000 e5712dcb 00*12 6b004b5f 00059b6d 6b004b5f 0005b443 03000000 "
				   "0005003c 00*24 00*32 00*16 0a010203 ffffffff",
				   raw),
			 MAR_SIZE);
	assert_true(mar_decode(&m, raw, MAR_SIZE));
	assert_true(m.is_initial);
	assert_int_equal(m.id_form, ID_IPV4);
	assert_v4(m.id, "0a010203");
	assert_int_equal(m.report_interval, 5);
	mar_encode(&m, again);
	assert_memory_equal(again, raw, MAR_SIZE);
	assert_int_equal(record_magic(raw, MAR_SIZE), 3);
	assert_false(mar_decode(&m, raw, MAR_SIZE - 4));
}

static void string_ids_of_mars_are_reversed_on_the_wire(void **state)
{
	uint8_t raw[MAR_SIZE];
	struct mar m;

	(void)state;
	mar_init(&m, CAUSE_STOP, 1700000000000000u);
	m.id_form = ID_STRING;
	memcpy(m.id, "en0x", 4);
	mar_encode(&m, raw);
	assert_memory_equal(raw + 8, "\x78\x30\x6e\x65", 4);
	assert_true(mar_decode(&m, raw, MAR_SIZE));
	assert_memory_equal(m.id, "en0x", 4);
	put_be16(raw + 104, 0x4000); /* what -U 64 looks like from a probe */
	mar_decode(&m, raw, MAR_SIZE);
	assert_int_equal(m.user_length[SRC], 64);
}

static void untouched_records_are_written_verbatim(void **state)
{
	static uint8_t out[RECORD_MAX_SIZE];
	struct flow *f = open_hex(DNS_FAR " 7f010002 deadbeef");
	size_t length = f->length;

	(void)state;
	for (int slot = 0; slot < DSR_COUNT; slot++)
		flow_decode(f, slot);
	assert_int_equal(flow_write(f, out, sizeof out), length);
	assert_memory_equal(out, bytes, length);
	assert_int_equal(flow_write(f, out, length - 1), 0);
}

static void a_change_leaves_other_dsrs_and_unknown_ones_alone(void **state)
{
	static uint8_t out[RECORD_MAX_SIZE];
	struct flow *f = open_hex(DNS_FAR " 7f010002 deadbeef"), g;
	struct metric *m = flow_edit(f, DSR_METRIC);
	size_t length;

	(void)state;
	m->pkts[SRC] = 70000;
	flow_drop(f, DSR_MAC);
	length = flow_write(f, out, sizeof out);
	assert_int_equal(length % 4, 0);
	flow_open(&g, out, (uint32_t)length, &reading);
	assert_int_equal(flow_metric(&g)->pkts[SRC], 70000);
	assert_int_equal(flow_metric(&g)->appbytes[DST], 224);
	assert_false(flow_has(&g, DSR_MAC));
	assert_int_equal(flow_user(&g, DST)->count, 3);
	assert_int_equal(flow_key(&g)->u.ip.seq, 0x3459);
	assert_true(g.has_unknown);
	assert_memory_equal(out + length - 8, "\x7f\x01\x00\x02\xde\xad\xbe\xef", 8);
}

static void every_dsr_survives_encoding_and_double_reversal(void **state)
{
	static const char *const records[] = {
		DNS_FAR,
		"13100000 02010105 01020304 05060708 06001000 20000000 10010102 01620162 40000302 007b e07b "
		"44031103 0001d140 0001e140 60040114 00000003 00*16 03000000 0000803f 00000040 0000003f 00004040 00*8 00*28",
		"13100000 02010105 01020304 05060708 06001000 20000000 10010102 01620162 "
		"46000f15 00000002 3f800000 40000000 3f000000 40400000 00000002 3f800000 40000000 3f000000 40400000 "
		"00000002 3f800000 40000000 3f000000 40400000 00000003 3f800000 40000000 3f000000 40400000",
		"13100000 02010105 01020304 05060708 06001000 20000000 10010102 01620162 64000002 55534445 "
		"66000003 73783d31 3a647900 32000003 0000fc00 00011170 54010003 00000004 00000005 62000007 01000000 "
		"02000000 03000000 04000000 05000000 06000000 34000108 03030000 01020304 05060708 090a0b0c 0d0e0f10 00*8",
		"13100000 02010105 01020304 05060708 11004000 50000000 10010102 05620562 300a010a 00010000 80086d1c "
		"000000a0 5a5a5a5a 80080001 000000a0 5b5b5b5b 00020001 00000000",
		"13100000 02010105 01020304 05060708 32000000 00001234 10010102 01620162 30380005 00000010 00001234 "
		"00000007 00000002",
		"13100000 02010810 00*56 10010102 01620162",
		"13100000 02010a0b 0000000f 00*36 10010102 01620162",
		"15100000 68000305 3f800000 40000000 40400000 40800000 6a000003 00010302 00050006 07000003 00000001 "
		"00000002 41000002 20000800 43000003 00000001 00000002 45000003 00006558 00000007 55000003 01020304 05060708",
	};
	static uint8_t out[RECORD_MAX_SIZE];
	static struct flow g;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(records); i++) {
		struct flow *f = open_hex(records[i]);
		uint32_t have = f->have;
		size_t length;

		flow_reverse(f);
		flow_reverse(f);
		length = flow_write(f, out, sizeof out);
		flow_open(&g, out, (uint32_t)length, &reading);
		assert_int_equal(g.have, have);
		for (int slot = 0; slot < DSR_COUNT; slot++) {
			flow_decode(f, slot);
			flow_decode(&g, slot);
			if (slot != DSR_TIME && slot != DSR_SUSER && slot != DSR_DUSER && slot != DSR_LABEL && flow_has(f, slot))
				assert_memory_equal(dsr_member(&g, slot), dsr_member(f, slot), dsr_table[slot].size);
		}
		assert_int_equal(f->label.length, g.label.length);
		assert_memory_equal(f->label.text ? f->label.text : "", g.label.text ? g.label.text : "", g.label.length);
	}
}

static void unusable_dsrs_are_kept_when_another_is_changed(void **state)
{
	/* RTP over a single packet says nothing (step 12), but it was in the record. */
	struct flow *f = open_hex("13100000 02010105 01020304 05060708 11004000 50000000 10010102 01620162 "
				  "300a010a 00010000 80086d1c 000000a0 5a5a5a5a 80080001 000000a0 5b5b5b5b 00020001 00000000");
	static uint8_t out[512];
	uint32_t length = f->length;

	(void)state;
	assert_null(flow_network(f));
	((struct metric *)flow_edit(f, DSR_METRIC))->pkts[SRC] = 2;
	assert_int_equal(flow_write(f, out, sizeof out), length);
	assert_memory_equal(out + 32, bytes + 32, length - 32);
}

static void reversal_exchanges_what_has_two_sides(void **state)
{
	struct flow *f = open_hex(DNS_FAR "66000003 73783d31 3a736b79");

	(void)state;
	flow_reverse(f);
	assert_int_equal(flow_key(f)->u.ip.port[SRC], 53);
	assert_int_equal(flow_metric(f)->bytes[SRC], 266);
	assert_int_equal(flow_user(f, SRC)->count, 3);
	assert_int_equal(flow_ipattr(f)->side[SRC].ttl, 128);
	assert_int_equal(flow_mac(f)->addr[SRC][5], 0x66);
	assert_true(flow_times(f)->at[SRC][START] == 1703583453259762u);
	assert_memory_equal(flow_label(f)->text, "dx=1:sky", 8); /* a word without '=' is no attribute */
}

static void tcp_without_its_syn_is_turned_to_the_client(void **state)
{
	struct flow *f = open_hex("13100000 02010105 0a000002 0a000001 06000050 07d00000 10010102 02700139 "
				  "30040003 00000106 12100000");
	static uint8_t out[512];

	(void)state;
	assert_v4(flow_key(f)->u.ip.addr[SRC], "0a000001");
	assert_int_equal(flow_key(f)->u.ip.port[DST], 80);
	assert_int_equal(flow_metric(f)->pkts[SRC], 1);
	assert_int_equal(flow_tcp(f)->status, 0x206); /* the pairs of status bits go along, the state stays */
	assert_int_equal(flow_tcp(f)->side[DST].flags, 0x12);
	/* Reading turned it; what is written is what was read. */
	assert_int_equal(flow_write(f, out, sizeof out), f->length);
	assert_memory_equal(out, bytes, f->length);
	/* Once changed, all of it is written as it is shown. */
	((struct metric *)flow_edit(f, DSR_METRIC))->pkts[SRC] = 5;
	flow_open(f, out, (uint32_t)flow_write(f, out, sizeof out), &reading);
	assert_v4(flow_key(f)->u.ip.addr[SRC], "0a000001");
	assert_int_equal(flow_metric(f)->pkts[SRC], 5);
	assert_int_equal(flow_metric(f)->pkts[DST], 2);
}

static void lone_syn_ack_stays(void **state)
{
	struct flow *f = open_hex("13100000 02010105 0a000002 0a000001 06000050 07d00000 10010602 0001 0070 "
				  "30030005 00000002 00000001 00000000 00001200");

	(void)state;
	assert_v4(flow_key(f)->u.ip.addr[SRC], "0a000002");
}

static void arp_reply_seen_first_is_turned_but_for_its_key(void **state)
{
	struct flow *f = open_hex("13100000 02460406 00010800 06040001 0a000001 0a000002 00112233 10010602 0001 0040 "
				  "40000102 007b0000");

	(void)state;
	assert_v4(flow_key(f)->u.arp.addr[SRC], "0a000001");
	assert_int_equal(flow_metric(f)->pkts[SRC], 0);
	assert_int_equal(flow_metric(f)->pkts[DST], 1);
	assert_true(flow_vlan(f)->has[DST]);
}

/* As the probe writes it: requester first, DIRECTION and REVERSE, the replier's packets as source. */
#define LONE_REPLY                                                                        \
	"13100000 02412105 0a000001 0a000009 01000800 34120100 10010602 00010062 " \
	"30340007 00000100 0900000a 0100000a 00*12"

static void icmp_reply_alone_belongs_to_who_would_have_asked(void **state)
{
	struct flow *f = open_hex(LONE_REPLY);
	const struct flow_key *k = flow_key(f);

	(void)state;
	assert_v4(k->u.ip.addr[SRC], "0a000001");
	assert_int_equal(k->u.ip.type, 0);
	assert_int_equal(flow_metric(f)->pkts[SRC], 0);
	assert_int_equal(flow_metric(f)->pkts[DST], 1);
}

/* A key that lacks an end takes it as its sender's, as it does with TCP. */
static void icmp_reply_alone_stays_its_senders_without_correction(void **state)
{
	static const struct flow_reading as_is = { .leaves_icmp = true };
	static const struct flow_reading no_tcp = { .correct = false }; /* -M nocorrect says nothing of ICMP */
	struct flow *f = open_hex(LONE_REPLY);
	const struct flow_key *k;

	(void)state;
	flow_open(f, bytes, f->length, &no_tcp);
	assert_int_equal(flow_metric(f)->pkts[DST], 1);
	flow_open(f, bytes, f->length, &as_is);
	k = flow_key(f);
	assert_v4(k->u.ip.addr[SRC], "0a000009");
	assert_int_equal(k->u.ip.type, 8);
	assert_int_equal(flow_metric(f)->pkts[SRC], 1);
	assert_int_equal(flow_metric(f)->pkts[DST], 0);
}

static void time_forms_of_8_2_are_told_apart_by_length(void **state)
{
	const struct times *t;

	(void)state;
	/* Relative: 0x7d in 6 words. */
	t = flow_times(open_hex("13100000 037d1806 00000064 00000005 0000000a fffffffb 00000014 10010102 05620562"));
	assert_true(t->at[SRC][START] == 100000005 && t->at[SRC][END] == 100000015);
	assert_true(t->at[DST][START] == 100000000 && t->at[DST][END] == 100000025);
	/* An orphan end takes its place but says nothing: 0x72 with 7 words. */
	t = flow_times(open_hex("13100000 03721807 00000001 00000001 00000064 00000000 00000065 00000000 10010a02 00050062"));
	assert_true(t->at[DST][START] == 100000000 && t->at[DST][END] == 101000000);
	assert_int_equal(t->have & TIME_BIT(SRC, START), 0);
	/* Absolute start, relative end; a second of 0 with a fraction is a time. */
	t = flow_times(open_hex("13100000 03031804 00000000 00000007 00000009 10010602 00050062"));
	assert_true(t->at[SRC][START] == 7 && t->at[SRC][END] == 16);
	/* What a probe wrote when it had seen second 0 only. */
	t = flow_times(open_hex("13100000 03021805 efffffff 00000000 00000000 00000000 10010602 00050062"));
	assert_true(t->at[SRC][START] == 0 && t->at[SRC][END] == 0);
	/* A fraction beyond its unit; nanoseconds. */
	t = flow_times(open_hex("13100000 03021805 00000064 000f4240 00000065 00000000 10010602 00050062"));
	assert_true(t->at[SRC][START] == 100999999);
	t = flow_times(open_hex("13100000 03021905 00000064 000007d0 00000065 00000000 10010602 00050062"));
	assert_true(t->at[SRC][START] == 100000002);
	/* Seconds are unsigned. */
	t = flow_times(open_hex("13100000 03021805 ffffff00 00000000 ffffff01 00000000 10010602 00050062"));
	assert_true(t->at[SRC][END] == 0xffffff01u * 1000000ull);
}

static void stamps_that_run_backwards_are_exchanged(void **state)
{
	struct flow *f = open_hex("13100000 03021805 0000006e 00000000 00000064 00000000 10010602 00050062");

	(void)state;
	assert_true(flow_start(f) == 100000000 && flow_last(f) == 110000000);
	assert_true(flow_duration(f) == 10000000);
	/* One packet each way: each side has one stamp, in the order of the pair. */
	f = open_hex("13100000 03021805 0000006e 00000000 00000064 00000000 10010102 01620162");
	assert_true(flow_times(f)->at[SRC][START] == 110000000 && flow_times(f)->at[DST][END] == 100000000);
	assert_true(flow_duration(f) == 10000000);
}

/* As what is left of a damaged record that is merged: readers would pass over a header by itself. */
static void a_flow_that_says_nothing_is_more_than_a_header(void **state)
{
	static const uint8_t wanted[] = { 0x13, 0x10, 0, 2, 0, 0, 0, 1 };
	uint8_t out[16];
	struct flow f;

	(void)state;
	flow_blank(&f, RECORD_FAR, &reading);
	assert_int_equal(flow_write(&f, out, sizeof out), sizeof wanted);
	assert_memory_equal(out, wanted, sizeof wanted);
}

static void dsrs_too_short_to_be_read_survive_a_change(void **state)
{
	static uint8_t out[256];
	struct flow *f = open_hex("13100000 03021805 00000064 00000000 00000065 00000000 10010602 00050062 40000001");
	size_t length;

	(void)state;
	((struct metric *)flow_edit(f, DSR_METRIC))->pkts[SRC] = 6;
	length = flow_write(f, out, sizeof out);
	assert_int_equal(get_be32(out + length - 4), 0x40000001);
}

static void stamps_go_to_the_sides_that_have_packets(void **state)
{
	const struct times *t;

	(void)state;
	t = flow_times(open_hex("13100000 03021805 00000064 00000000 00000066 00000000 10010102 05620162"));
	assert_true(t->at[SRC][END] == 102000000);
	assert_true(t->at[DST][END] == 100000000); /* one packet, and the seconds differ */
	t = flow_times(open_hex("13100000 03021805 00000064 00000000 00000064 00000009 10010102 05620162"));
	assert_true(t->at[DST][END] == 100000009); /* the same second: it stays */
	t = flow_times(open_hex("13100000 03021805 00000064 00000000 00000066 00000000 10010602 00010062"));
	assert_true(t->at[SRC][START] == 102000000); /* a single packet */
	t = flow_times(open_hex("13100000 03021805 00000064 00000000 00000066 00000000 10010602 00010062 34000108 03*28"));
	assert_true(t->at[SRC][START] == 100000000); /* the end is that of its ICMP error */
	t = flow_times(open_hex("13100000 03191805 00000064 00000000 00000066 00000000 10010a02 00050062"));
	assert_true(t->at[DST][START] == 100000000 && !(t->have & TIME_BIT(SRC, START)));
}

static void metric_packings_of_8_3_hold_every_width(void **state)
{
	static const struct metric counts[] = {
		{ { 1, 2 }, { 60, 120 }, { 0, 0 }, false },
		{ { 1, 2 }, { 60, 1200 }, { 0, 900 }, true },
		{ { 3, 0 }, { 200, 0 }, { 0, 0 }, false },
		{ { 0, 3 }, { 0, 200 }, { 0, 70000 }, true },
		{ { 70000, 2 }, { 60, 1200 }, { 0, 0 }, false },
		{ { 1, 2 }, { 5000000000, 1200 }, { 0, 0 }, false },
		{ { 1, 0 }, { 5000000000, 0 }, { 4999999999, 0 }, true },
		{ { 0, 1 }, { 0, 5000000000 }, { 0, 0 }, false },
		{ { 0, 0 }, { 0, 0 }, { 0, 0 }, false },
	};
	static uint8_t out[256];
	static struct flow f, g;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
		flow_blank(&f, RECORD_FAR, &reading);
		*(struct metric *)flow_edit(&f, DSR_METRIC) = counts[i];
		flow_open(&g, out, (uint32_t)flow_write(&f, out, sizeof out), &reading);
		assert_memory_equal(flow_metric(&g)->pkts, counts[i].pkts, sizeof counts[i].pkts);
		assert_memory_equal(flow_metric(&g)->bytes, counts[i].bytes, sizeof counts[i].bytes);
		assert_memory_equal(flow_metric(&g)->appbytes, counts[i].appbytes, sizeof counts[i].appbytes);
	}
	/* Packings that nobody writes give no counts, not those of another record. */
	assert_int_equal(flow_metric(open_hex("13100000 10010502 01620000"))->pkts[SRC], 0);
	assert_int_equal(flow_metric(open_hex("13100000 10010f02 01620000"))->pkts[SRC], 0);
}

static void malformed_dsrs_of_section_10_do_no_harm(void **state)
{
	struct flow *f;

	(void)state;
	f = open_hex("13100000 02010100 10010102 01620162"); /* length 0 */
	assert_int_equal(f->have, 0);
	assert_true(f->is_damaged);
	f = open_hex("13100000 10010102 01620162 02010109 01020304"); /* past the end */
	assert_int_equal(flow_metric(f)->pkts[SRC], 1);
	assert_true(f->is_damaged);
	f = open_hex("13100000 a0000102 00000001 10010102 01620162"); /* immediate data, filler */
	assert_false(f->is_damaged);
	assert_int_equal(flow_metric(f)->pkts[SRC], 1);
	f = open_hex("13100000 10010102 01620162 10010102 05620562"); /* the last one wins */
	assert_int_equal(flow_metric(f)->pkts[SRC], 5);
	f = open_hex("13100000 50900003 00400fff 41424344"); /* a count beyond its DSR */
	assert_int_equal(flow_user(f, SRC)->count, 4);
	f = open_hex("13100000 02010102 01020304 10010102 01620162"); /* too short for a key */
	assert_int_equal(flow_key(f)->layout, LAYOUT_NONE);
	f = open_hex("13100000 44031102 0001d140"); /* two nibbles, one word (8.8) */
	assert_true(flow_mpls(f)->has[SRC] && !flow_mpls(f)->has[DST]);
	f = open_hex("13100000");
	assert_int_equal(flow_start(f), 0);
	assert_int_equal(flow_metric(f)->pkts[SRC], 0);
	f = open_hex("13100000 02010105 01020304 05060708 06001000 20000000 3045000e 01000000 00*48");
	assert_null(flow_tcp(f)); /* a fragment's DSR is no TCP data */
}

static void version_5_forms_of_section_14_are_read(void **state)
{
	struct flow *f = open_hex("15100000 01032207 00112233 44556677 8899aabb ccddeeff 65746830 00000009");

	(void)state;
	assert_int_equal(flow_transport(f)->seq, 0x65746830); /* no interface flag: the word is the sequence number */
	f = open_hex("15100000 01033208 00112233 44556677 8899aabb ccddeeff 65746830 00000009 00000000");
	assert_int_equal(flow_transport(f)->form, ID_UUID);
	assert_memory_equal(flow_transport(f)->inf, "eth0", 4);
	assert_int_equal(flow_transport(f)->seq, 9);
}

static void framing_tells_records_from_padding_and_reserved_types(void **state)
{
	static const uint8_t far[] = { 0x13, 0x10, 0, 2, 0x7f, 0, 0, 1 }, none[] = { 0x13, 0x10, 0, 0 },
			     index[] = { 0x23, 0x10, 0, 2, 0, 0, 0, 0 }, empty[] = { 0x13, 0x10, 0, 1 };
	uint32_t length;

	(void)state;
	assert_int_equal(record_frame(far, sizeof far, &length), FRAME_RECORD);
	assert_int_equal(length, 8);
	assert_int_equal(record_frame(far, 7, &length), FRAME_MORE);
	assert_int_equal(record_frame(none, sizeof none, &length), FRAME_PADDING);
	assert_int_equal(record_frame(index, sizeof index, &length), FRAME_SKIP);
	assert_int_equal(record_frame(empty, sizeof empty, &length), FRAME_SKIP);
}

static void owned_flows_outlive_the_buffer(void **state)
{
	struct flow *f = open_hex(DNS_FAR);

	(void)state;
	flow_user(f, SRC);
	flow_own(f);
	memset(bytes, 0xff, 1024);
	assert_memory_equal(flow_user(f, SRC)->bytes, "\x59\x34\x01\x20", 4);
	assert_int_equal(flow_metric(f)->bytes[DST], 266);
	flow_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_record_of_13_2_is_read),
		cmocka_unit_test(tcp_record_of_13_3_is_read),
		cmocka_unit_test(icmp_arp_and_ipv6_keys_of_13_are_read),
		cmocka_unit_test(initial_mar_of_13_1_survives_a_round_trip),
		cmocka_unit_test(string_ids_of_mars_are_reversed_on_the_wire),
		cmocka_unit_test(untouched_records_are_written_verbatim),
		cmocka_unit_test(a_change_leaves_other_dsrs_and_unknown_ones_alone),
		cmocka_unit_test(every_dsr_survives_encoding_and_double_reversal),
		cmocka_unit_test(unusable_dsrs_are_kept_when_another_is_changed),
		cmocka_unit_test(reversal_exchanges_what_has_two_sides),
		cmocka_unit_test(tcp_without_its_syn_is_turned_to_the_client),
		cmocka_unit_test(lone_syn_ack_stays),
		cmocka_unit_test(arp_reply_seen_first_is_turned_but_for_its_key),
		cmocka_unit_test(icmp_reply_alone_belongs_to_who_would_have_asked),
		cmocka_unit_test(icmp_reply_alone_stays_its_senders_without_correction),
		cmocka_unit_test(time_forms_of_8_2_are_told_apart_by_length),
		cmocka_unit_test(stamps_go_to_the_sides_that_have_packets),
		cmocka_unit_test(metric_packings_of_8_3_hold_every_width),
		cmocka_unit_test(malformed_dsrs_of_section_10_do_no_harm),
		cmocka_unit_test(version_5_forms_of_section_14_are_read),
		cmocka_unit_test(framing_tells_records_from_padding_and_reserved_types),
		cmocka_unit_test(owned_flows_outlive_the_buffer),
		cmocka_unit_test(stamps_that_run_backwards_are_exchanged),
		cmocka_unit_test(a_flow_that_says_nothing_is_more_than_a_header),
		cmocka_unit_test(dsrs_too_short_to_be_read_survive_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
