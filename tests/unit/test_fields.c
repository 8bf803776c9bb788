/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The field table as a whole, and cells one by one. */
#include "tests/unit/unit.h"

#include <ctype.h>

#include "argus/query/agr_metric.h"
#include "argus/query/fields.h"
#include "tests/data/everything.h"
#include "tests/unit/flows.h"

#define ROOM 4096

/* Every column of Argus 3.0.8. */
static const char *const names_of_3[] = {
	"stime", "ltime", "sstime", "dstime", "sltime", "dltime", "rtime", "dur", "sdur", "ddur", "trans", "mean", "min", "max",
	"stddev", "sum", "runtime", "idle", "seq", "srcid", "rank", "offset", "autoid", "cause", "srng", "erng", "bins", "binnum",
	"label", "saddr", "daddr", "snet", "dnet", "laddr", "raddr", "lnet", "rnet", "proto", "sport", "dport", "dir", "state",
	"flgs", "smac", "dmac", "soui", "doui", "bssid", "ssid", "senc", "denc", "svlan", "dvlan", "svid", "dvid", "svpri",
	"dvpri", "smpls", "dmpls", "inode", "icmpid", "resp", "sco", "dco", "ico", "sas", "das", "ias", "cor", "pkts", "spkts",
	"dpkts", "bytes", "sbytes", "dbytes", "appbytes", "sappbytes", "dappbytes", "pcr", "abr", "tf", "stf", "dtf", "rate",
	"srate", "drate", "sload", "dload", "load", "loss", "sloss", "dloss", "ploss", "sploss", "dploss", "retrans", "sretrans",
	"dretrans", "pretrans", "spretrans", "dpretrans", "nacks", "snacks", "dnacks", "pnacks", "spnacks", "dpnacks", "solo",
	"ssolo", "dsolo", "psolo", "spsolo", "dpsolo", "first", "sfirst", "dfirst", "pfirst", "spfirst", "dpfirst", "sgap",
	"dgap", "stos", "dtos", "sdsb", "ddsb", "sttl", "dttl", "shops", "dhops", "sipid", "dipid", "smeansz", "dmeansz",
	"smaxsz", "sminsz", "dmaxsz", "dminsz", "spktsz", "dpktsz", "sintpkt", "dintpkt", "sintpktact", "dintpktact",
	"sintpktidl", "dintpktidl", "sintpktmax", "sintpktmin", "dintpktmax", "dintpktmin", "sintpktactmax", "sintpktactmin",
	"dintpktactmax", "dintpktactmin", "sintpktidlmax", "sintpktidlmin", "dintpktidlmax", "dintpktidlmin", "sjit", "djit",
	"sjitact", "djitact", "sjitidl", "djitidl", "sintdist", "dintdist", "sintdistact", "dintdistact", "sintdistidl",
	"dintdistidl", "swin", "dwin", "stcpb", "dtcpb", "tcprtt", "synack", "ackdat", "stcpmax", "dtcpmax", "tcpopt", "tcpext",
	"nstroke", "snstroke", "dnstroke", "dldur", "dlstime", "dlltime", "dlspkt", "dldpkt", "dspkts", "ddpkts", "dsbytes",
	"ddbytes", "pdspkts", "pddpkts", "pdsbytes", "pddbytes", "jdelay", "ldelay", "xxx", "suser", "duser",
};

static void every_column_of_argus_3_is_there(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_LENGTH(names_of_3), 201);
	for (size_t i = 0; i < ARRAY_LENGTH(names_of_3); i++)
		assert_non_null(field_by_name(names_of_3[i], strlen(names_of_3[i])));
}

static bool is_xml_name(const char *name)
{
	if (!isalpha((unsigned char)name[0]))
		return false;
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name))
			return false;
	return true;
}

static void every_row_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < field_count; i++) {
		const struct field *field = &field_table[i];

		assert_ptr_equal(field_by_name(field->name, strlen(field->name)), field);
		assert_true(field->width > 0);
		assert_non_null(field->unit);
		assert_true(strlen(field->help) > 3 && strlen(field->help) < 80);
		assert_int_equal(field->title[0] == '\0', (field->flags & FIELD_NO_TITLE) != 0);
		assert_true(field->xml == NULL || is_xml_name(field->xml));
		assert_null(strpbrk(field->help, "\"\\<>&\n"));
	}
}

/* Columns that share an attribute must be the same column by another name. */
static void attributes_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < field_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct field *a = &field_table[i], *b = &field_table[j];

			if (a->xml != NULL && b->xml != NULL && strcmp(a->xml, b->xml) == 0) {
				assert_ptr_equal(a->get, b->get);
				assert_ptr_equal(a->print, b->print);
				assert_int_equal(a->side, b->side);
			}
		}
}

static void a_name_is_found_whole_or_not_at_all(void **state)
{
	(void)state;
	assert_null(field_by_name("sadd", 4));
	assert_null(field_by_name("saddrs", 6));
	assert_null(field_by_name("SADDR", 5));
	assert_string_equal(field_by_name("saddr:12", 5)->name, "saddr");
	assert_string_equal(field_by_name("psloss", 6)->name, "sploss");
}

static void the_nearest_name_is_offered(void **state)
{
	(void)state;
	assert_string_equal(field_nearest("sadr"), "saddr");
	assert_string_equal(field_nearest("srcaddr"), "saddr");
	assert_string_equal(field_nearest("durr"), "dur");
	assert_null(field_nearest("zzzzzzzzzzzz"));
}

/* A connection that has every part that a record can have. */
static void flow_everything(struct flow *f)
{
	flow_web(f);
	fill_everything(f);
}

static void for_all_forms(void (*check)(struct flow *f, const struct style *style), struct flow *f)
{
	struct style style;

	for (enum names_level names = NAMES_PORT; names <= NAMES_NONE; names++)
		for (enum tcp_state_form state = STATE_WORDS; state <= STATE_FLAGS_BAD; state++)
			for (enum user_form user = USER_ASCII; user <= USER_ENCODE64; user++) {
				style_init(&style);
				style.names = names;
				style.state = state;
				style.user = user;
				style.abbreviate = user & 1;
				style.percent = user & 2;
				style.cidr = (enum cidr)(user % 3);
				style.asn = (enum asn_format)(user % 3);
				style.fixed_width = state & 1;
				style.unix_time = names & 1;
				check(f, &style);
			}
}

/* A cell stays within its room and holds no NUL. */
static void check_all_cells(struct flow *f, const struct style *style)
{
	static char text[ROOM + 1];

	for (size_t i = 0; i < field_count; i++)
		for (unsigned width = 1; width < 40; width += 13) {
			size_t length;

			memset(text, '#', sizeof text);
			length = field_print(&field_table[i], f, style, width, text, ROOM);
			assert_true(length <= ROOM);
			assert_null(memchr(text, '\0', length));
			assert_int_equal(text[ROOM], '#');
		}
}

static void every_column_prints_for_a_full_flow(void **state)
{
	static struct flow f;

	(void)state;
	flow_everything(&f);
	for_all_forms(check_all_cells, &f);
	flow_reverse(&f);
	for_all_forms(check_all_cells, &f);
}

static void every_column_prints_for_an_empty_flow(void **state)
{
	static struct flow f;

	(void)state;
	flow_blank(&f, RECORD_FAR, NULL);
	for_all_forms(check_all_cells, &f);
	flow_blank(&f, RECORD_EVENT, NULL);
	for_all_forms(check_all_cells, &f);
}

static void every_column_prints_for_a_management_record(void **state)
{
	struct style style;
	struct mar m;
	char text[ROOM];

	(void)state;
	style_init(&style);
	mar_init(&m, CAUSE_STATUS, 1362692526869344u);
	for (size_t i = 0; i < field_count; i++)
		assert_true(field_print_mar(&field_table[i], &m, &style, 10, text, sizeof text) < 64);
}

static struct style plain;

static void expect_with(const struct style *style, struct flow *f, const char *name, unsigned width, const char *want)
{
	const struct field *field = field_by_name(name, strlen(name));
	char text[ROOM];

	assert_non_null(field);
	text[field_print(field, f, style, width != 0 ? width : field->width, text, sizeof text - 1)] = '\0';
	if (strcmp(text, want) != 0)
		fail_msg("%s: '%s', not '%s'", name, text, want);
}

static void expect(struct flow *f, const char *name, const char *want)
{
	expect_with(&plain, f, name, 0, want);
}

static void a_connection_prints_as_the_manual_says(void **state)
{
	static struct flow f;

	(void)state;
	flow_web(&f);
	expect(&f, "stime", "21:42:06.869344");
	expect(&f, "ltime", "21:42:07.080972");
	expect(&f, "dur", "0.211628");
	expect(&f, "flgs", " e       ");
	expect(&f, "proto", "tcp");
	expect(&f, "saddr", "141.142.228.5");
	expect(&f, "snet", "141.142.0.0");
	expect(&f, "dnet", "192.150.187.0");
	expect(&f, "sport", "59856");
	expect(&f, "dir", "   ->");
	expect(&f, "pkts", "14");
	expect(&f, "bytes", "6087");
	expect(&f, "state", "FIN");
	expect(&f, "rate", "61.428543");
	expect(&f, "srate", "28.351635");
	expect(&f, "sload", "19770.541016");
	expect(&f, "dload", "177481.234375");
	expect(&f, "load", "197251.781250");
	expect(&f, "smeansz", "87.142860");
	expect(&f, "dmeansz", "782.428589");
	expect(&f, "tcprtt", "0.070034");
	expect(&f, "synack", "0.069740");
	expect(&f, "ackdat", "0.000294");
	expect(&f, "tcpopt", "Mws   T     ");
	expect(&f, "loss", "0");
	expect(&f, "ploss", "0.000000");
	expect(&f, "srcid", "0.0.0.0");
	expect(&f, "seq", "1");
	expect(&f, "offset", "128");
	expect(&f, "cause", "Start");
	expect(&f, "senc", "e");
	expect(&f, "pcr", "-0.000000");
}

static void a_flow_of_several_protocols_shows_nothing_of_tcp(void **state)
{
	static struct flow f;
	struct flow_key *k;
	struct network *n;

	(void)state;
	flow_web(&f);
	n = flow_edit(&f, DSR_NETWORK);
	n->u.tcp.side[SRC].retrans = 3;
	n->u.tcp.status |= TCP_SRC_RETRANS;
	expect(&f, "sloss", "3");
	expect(&f, "flgs", " e s     ");
	k = flow_edit(&f, DSR_FLOW);
	k->proto = 0;
	for (size_t i = 0; i < 4; i++)
		expect(&f, (const char *const[]){ "swin", "dwin", "stcpb", "sgap" }[i], "");
	expect(&f, "tcpopt", "");
	expect(&f, "tcprtt", "0.000000");
	expect(&f, "synack", "0.000000");
	expect(&f, "sloss", "0");
	expect(&f, "flgs", " e       ");
}

static void precision_and_abbreviation(void **state)
{
	static struct flow f;
	struct style s;

	(void)state;
	flow_web(&f);
	style_init(&s);
	s.precision = 12;
	expect_with(&s, &f, "dur", 20, "0.211628004909");
	s.precision = 0;
	expect_with(&s, &f, "stime", 12, "21:42:06");
	expect_with(&s, &f, "dur", 12, "0");
	s.precision = 6;
	s.abbreviate = true;
	expect_with(&s, &f, "bytes", 10, "6.087K");
	expect_with(&s, &f, "sload", 10, "19.771K");
	expect_with(&s, &f, "pkts", 10, "14.000 ");
	expect_with(&s, &f, "dur", 10, "0.211628");
	s.precision = 1;
	expect_with(&s, &f, "bytes", 10, "6.0K");
	s.precision = 6;
	s.unix_time = true;
	expect_with(&s, &f, "stime", 12, "1362692526.869344");
}

static void tcp_states_as_letters_and_flags(void **state)
{
	static struct flow f;
	struct style s;

	(void)state;
	flow_web(&f);
	style_init(&s);
	s.state = STATE_LETTERS;
	expect_with(&s, &f, "state", 5, "sSEfF");
	s.state = STATE_FLAGS_BOTH;
	expect_with(&s, &f, "state", 5, "FSPA_FSPA");
	s.state = STATE_FLAGS_SRC;
	expect_with(&s, &f, "state", 5, "FSPA");
	s.state = STATE_FLAGS_BAD;
	expect_with(&s, &f, "state", 5, "");
}

static void ports_are_cut_as_names_and_never_as_numbers(void **state)
{
	static struct flow f;
	struct style s;

	(void)state;
	flow_web(&f);
	style_init(&s);
	expect_with(&s, &f, "sport", 3, "59*");
	s.names = NAMES_PROTO;
	expect_with(&s, &f, "sport", 3, "59856");
	expect_with(&s, &f, "dport", 6, "80");
	s.names = NAMES_NONE;
	expect_with(&s, &f, "proto", 6, "6");
}

static void other_protocols_have_other_ports(void **state)
{
	struct flow f;
	struct flow_key *k;

	(void)state;
	k = flow_between(&f, 1, "192.168.2.1", "192.168.2.2");
	k->u.ip.type = 8;
	k->u.ip.id = 2;
	expect(&f, "sport", "0x0008");
	expect(&f, "dport", "0x0002");
	expect(&f, "icmpid", "2");
	expect(&f, "state", "ECO");
	k->u.ip.type = 3;
	k->u.ip.code = 3;
	expect(&f, "sport", "0x0303");
	expect(&f, "state", "URP");
	k = flow_between(&f, 50, "192.168.2.1", "192.168.2.2");
	k->u.ip.spi = 0x20205678;
	expect(&f, "sport", "");
	expect(&f, "dport", "0x202*");
	expect_with(&plain, &f, "dport", 12, "0x20205678");
	k = flow_between(&f, 89, "192.168.2.1", "192.168.2.2");
	expect(&f, "sport", "");
	expect(&f, "proto", "ospf");
	k = flow_between(&f, 58, "2001:db8::1", "2001:db8::2");
	k->u.ip.type = 128;
	expect(&f, "saddr", "2001:db8::1");
	expect(&f, "sport", "0x0080");
	expect(&f, "state", "ECO");
}

static void masks_print_as_configured(void **state)
{
	static struct flow f;
	struct flow_key *k;
	struct style s;

	(void)state;
	flow_web(&f);
	style_init(&s);
	s.cidr = CIDR_YES;
	expect_with(&s, &f, "saddr", 18, "141.142.228.5");
	s.cidr = CIDR_STRICT;
	expect_with(&s, &f, "saddr", 18, "141.142.228.5/32");
	k = flow_edit(&f, DSR_FLOW);
	k->u.ip.masklen[SRC] = 16;
	s.cidr = CIDR_YES;
	expect_with(&s, &f, "saddr", 18, "141.142.228.5/16");
}

static void as_numbers_print_as_configured(void **state)
{
	static struct flow f;
	struct style s;
	struct asn *a;

	(void)state;
	flow_blank(&f, RECORD_FAR, NULL);
	a = flow_edit(&f, DSR_ASN);
	*a = (struct asn){ .as = { 64512, 70000 }, .has_node = true, .node = 131073 };
	style_init(&s);
	expect_with(&s, &f, "sas", 6, "64512");
	expect_with(&s, &f, "das", 6, "70000");
	expect_with(&s, &f, "ias", 6, "2.1");
	s.asn = ASN_DOT;
	expect_with(&s, &f, "sas", 6, "64512");
	expect_with(&s, &f, "das", 6, "1.4464");
	s.asn = ASN_DOT_PLUS;
	expect_with(&s, &f, "sas", 6, "0.64512");
}

static void user_data_print_in_every_form(void **state)
{
	static const uint8_t text[] = "GET /download/CHANGES";
	static const uint8_t login[] = "PASS me@example.com\r\nSYST";
	static struct flow f;
	struct user_data *u;
	struct style s;

	(void)state;
	flow_blank(&f, RECORD_FAR, NULL);
	u = flow_edit(&f, DSR_SUSER);
	*u = (struct user_data){ .count = sizeof text - 1, .bytes = text };
	style_init(&s);
	expect_with(&s, &f, "suser", 20, "s[20]=GET /download/CHANGE");
	expect_with(&s, &f, "duser", 20, "");
	s.user = USER_ENCODE32;
	expect_with(&s, &f, "suser", 20, "s[40]=474554202F646F776E6C6F61642F4348414E4745");
	s.user = USER_ENCODE64;
	expect_with(&s, &f, "suser", 20, "s[28]=R0VUIC9kb3dubG9hZC9DSEFOR0U=");
	s.user = USER_OBFUSCATE;
	*u = (struct user_data){ .count = sizeof login - 1, .bytes = login };
	expect_with(&s, &f, "suser", 40, "s[25]=PASS xxxxxxxxxxxxxx..SYST");
}

static void a_missing_value_counts_as_none_or_equals_every_value(void **state)
{
	static struct flow a, b;
	const struct field *ttl = field_by_name("sttl", 4), *bytes = field_by_name("sbytes", 6);
	const struct field *start = field_by_name("stime", 5), *greatest = field_by_name("smaxsz", 6);

	(void)state;
	flow_web(&a);
	flow_between(&b, 17, "10.0.0.1", "10.0.0.2");
	*(struct ipattr *)flow_edit(&a, DSR_IPATTR) = (struct ipattr){ IPATTR_SRC, { { .ttl = 64 } } };
	*(struct psize *)flow_edit(&a, DSR_PSIZE) = (struct psize){ .has[SRC] = true, .max[SRC] = 60 };
	assert_int_equal(field_compare(ttl, &a, &b), 0);
	assert_true(field_compare(greatest, &a, &b) < 0);
	assert_true(field_compare(bytes, &a, &b) < 0); /* greatest first */
	assert_true(field_compare(bytes, &b, &a) > 0);
	assert_true(field_compare(start, &a, &b) > 0);
}

/* Others know a metric by the number of its name (record-format.md 8.6). */
static void metrics_have_the_numbers_of_argus_3(void **state)
{
	static const struct {
		const char *name;
		uint8_t subtype;
		const char *column;
	} wanted[] = {
		{ "srcid", 0, "srcid" },    { "dur", 4, NULL },         { "mindur", 6, "min" },      { "ip", 13, "sipid" },
		{ "svlan", 41, "svid" },    { "deldur", 64, "dldur" },  { "pretrans", 74, "pretrans" }, { "psretrans", 75, "spretrans" },
		{ "nacks", 77, "nacks" },   { "pdnacks", 82, "dpnacks" }, { "solo", 83, "solo" },    { "pdfirst", 94, "dpfirst" },
		{ "sjitidl", 97, "sjitidl" }, { "djit", 98, "djit" },   { "dgap", 104, "dgap" },     { "sintpktactm", 105, "sintpktactmin" },
		{ "dintpktidlmax", 112, "dintpktidlmax" }, { "pcr", 114, "pcr" },
	};
	struct agr_metric m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
		assert_true(agr_metric_find(&m, wanted[i].name));
		assert_int_equal(m.subtype, wanted[i].subtype);
		if (wanted[i].column == NULL)
			assert_null(m.column);
		else
			assert_string_equal(m.column->name, wanted[i].column);
	}
	assert_false(agr_metric_find(&m, "tranref"));
}

static int set_zone(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	style_init(&plain);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_column_of_argus_3_is_there),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(attributes_are_unique),
		cmocka_unit_test(a_name_is_found_whole_or_not_at_all),
		cmocka_unit_test(the_nearest_name_is_offered),
		cmocka_unit_test(every_column_prints_for_a_full_flow),
		cmocka_unit_test(every_column_prints_for_an_empty_flow),
		cmocka_unit_test(every_column_prints_for_a_management_record),
		cmocka_unit_test(a_connection_prints_as_the_manual_says),
		cmocka_unit_test(a_flow_of_several_protocols_shows_nothing_of_tcp),
		cmocka_unit_test(precision_and_abbreviation),
		cmocka_unit_test(tcp_states_as_letters_and_flags),
		cmocka_unit_test(ports_are_cut_as_names_and_never_as_numbers),
		cmocka_unit_test(other_protocols_have_other_ports),
		cmocka_unit_test(masks_print_as_configured),
		cmocka_unit_test(as_numbers_print_as_configured),
		cmocka_unit_test(user_data_print_in_every_form),
		cmocka_unit_test(a_missing_value_counts_as_none_or_equals_every_value),
		cmocka_unit_test(metrics_have_the_numbers_of_argus_3),
	};

	return cmocka_run_group_tests_name("fields", tests, set_zone, NULL);
}
