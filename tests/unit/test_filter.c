/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow filter: what each primitive is true for, how primitives combine, and
 * what is an error (filter.md). The flows are made by hand, so that every test
 * shows what it depends on. */
#include "tests/unit/unit.h"

#include "argus/base/pen.h"
#include "argus/query/filter.h"

static struct flow flow;

/* --- Flows --------------------------------------------------------------- */

static struct flow_key *make_ip(uint8_t proto, unsigned layout)
{
	struct flow_key *key;

	flow_close(&flow);
	flow_blank(&flow, RECORD_FAR, NULL);
	key = flow_edit(&flow, DSR_FLOW);
	key->kind = KEY_TUPLE;
	key->layout = (uint8_t)layout;
	key->proto = proto;
	key->u.ip.masklen[SRC] = key->u.ip.masklen[DST] = layout == LAYOUT_IPV4 ? 32 : 128;
	return key;
}

static void set_counts(uint64_t src_pkts, uint64_t dst_pkts, uint64_t src_bytes, uint64_t dst_bytes)
{
	struct metric *m = flow_edit(&flow, DSR_METRIC);

	m->pkts[SRC] = src_pkts;
	m->pkts[DST] = dst_pkts;
	m->bytes[SRC] = src_bytes;
	m->bytes[DST] = dst_bytes;
}

/* 10.1.2.3:40000 -> 192.168.0.9:443, two seconds, established. */
static void make_tcp(void)
{
	struct flow_key *key = make_ip(6, LAYOUT_IPV4);
	struct network *n;
	struct times *times;

	put_be32(key->u.ip.addr[SRC], 0x0a010203);
	put_be32(key->u.ip.addr[DST], 0xc0a80009);
	key->u.ip.port[SRC] = 40000;
	key->u.ip.port[DST] = 443;
	set_counts(10, 8, 1000, 5000000000);
	n = flow_edit(&flow, DSR_NETWORK);
	n->kind = NETWORK_TCP_PERF;
	n->is_tcp = true;
	n->u.tcp.status = TCP_SAW_SYN | TCP_SAW_SYNACK | TCP_ESTABLISHED | TCP_DST_RETRANS;
	n->u.tcp.options = TCPOPT_MSS;
	n->u.tcp.side[SRC].flags = TH_SYN | TH_ACK | TH_PSH;
	n->u.tcp.side[DST].flags = TH_SYN | TH_ACK | TH_RST;
	n->u.tcp.side[SRC].seqbase = 3000000000u;
	times = flow_edit(&flow, DSR_TIME);
	times->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
	times->at[SRC][START] = 1309132800000000u;
	times->at[SRC][END] = 1309132802000000u;
}

/* 2001:db8::1 -> ff02::fb, port 5353 both ways. */
static void make_mdns6(void)
{
	static const uint8_t src[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	static const uint8_t dst[16] = { 0xff, 0x02, [15] = 0xfb };
	struct flow_key *key = make_ip(17, LAYOUT_IPV6);

	memcpy(key->u.ip.addr[SRC], src, 16);
	memcpy(key->u.ip.addr[DST], dst, 16);
	key->u.ip.port[SRC] = key->u.ip.port[DST] = 5353;
	set_counts(3, 0, 300, 0);
}

/* Who has 10.0.0.9? Tell 10.0.0.5. */
static void make_arp(void)
{
	struct flow_key *key = make_ip(0, LAYOUT_ARP);

	key->kind = KEY_ARP;
	key->u.arp.hln = 6;
	key->u.arp.pln = 4;
	put_be32(key->u.arp.addr[SRC], 0x0a000005);
	put_be32(key->u.arp.addr[DST], 0x0a000009);
	memcpy(key->u.arp.mac, "\x00\x1a\x11\x00\x00\x01", 6);
}

/* --- Assertions ---------------------------------------------------------- */

static bool passes(const char *text)
{
	struct err err = { ERR_NONE, "" };
	struct filter *filter = filter_compile(text, NULL, &err);
	bool result;

	if (filter == NULL)
		fail_msg("%s: %s", text, err.text);
	result = filter_match(filter, &flow);
	filter_free(filter);
	return result;
}

static void assert_passes(const char *const *texts)
{
	for (; *texts != NULL; texts++)
		if (!passes(*texts))
			fail_msg("'%s' should be true", *texts);
}

static void assert_stops(const char *const *texts)
{
	for (; *texts != NULL; texts++)
		if (passes(*texts))
			fail_msg("'%s' should be false", *texts);
}

#define TRUE_FOR_IT(...) assert_passes((const char *const[]){ __VA_ARGS__, NULL })
#define FALSE_FOR_IT(...) assert_stops((const char *const[]){ __VA_ARGS__, NULL })

static void assert_wrong(const char *text, const char *reason)
{
	struct err err = { ERR_NONE, "" };
	struct filter *filter = filter_compile(text, NULL, &err);

	if (filter != NULL)
		fail_msg("'%s' should be an error", text);
	assert_int_equal(err.kind, ERR_USER);
	assert_int_equal(strncmp(err.text, "filter syntax error: '", 22), 0);
	if (strstr(err.text, reason) == NULL)
		fail_msg("'%s': expected '%s' in: %s", text, reason, err.text);
}

/* --- Tests --------------------------------------------------------------- */

static void empty_filter_lets_everything_through(void **state)
{
	(void)state;
	make_tcp();
	TRUE_FOR_IT("", "  \t ");
	assert_true(filter_match(NULL, &flow));
}

static void protocols_are_those_of_the_key(void **state)
{
	(void)state;
	make_tcp();
	TRUE_FOR_IT("tcp", "ip", "ipv4", "proto 6", "ip proto tcp", "proto (tcp or udp)", "ether proto 2048", "far");
	FALSE_FOR_IT("udp", "ipv6", "icmp", "arp", "rarp", "isis", "esp", "ipv6 proto 6", "vlan", "mpls", "man", "event");
	make_mdns6();
	TRUE_FOR_IT("udp", "ipv6", "ip", "proto \\udp", "ether proto ipv6");
	FALSE_FOR_IT("tcp", "ipv4", "rtp", "icmp6");
	make_arp();
	TRUE_FOR_IT("arp", "arp proto 1", "ether proto 0x806", "not ip");
	FALSE_FOR_IT("ip", "tcp", "rarp");
}

static void and_and_or_have_one_precedence(void **state)
{
	(void)state;
	make_tcp();
	FALSE_FOR_IT("tcp or udp and port 53", "tcp and not tcp or udp");
	TRUE_FOR_IT("tcp or (udp and port 53)", "not udp and tcp", "not (udp or arp)", "!udp && tcp || arp", "not not tcp");
}

static void ids_inherit_the_head_before_them(void **state)
{
	(void)state;
	make_tcp();
	TRUE_FOR_IT("port 80 or 443", "tcp dst port 80 or 443", "src port gt 30000 and lt 50000", "port (80 or 443)",
		    "host 10.1.2.3 and 192.168.0.9", "host 10.1.2.3 and not 1.1.1.1", "port not 80 and not 444",
		    "host 1.1.1.1 or (10.1.2.3)", "host 10.1.2.3 and (tcp) and 192.168.0.9", "port 443 and syn and 40000");
	FALSE_FOR_IT("host 10.1.2.3 and 1.1.1.1", "src port gt 30000 and lt 40000", "not host 10.1.2.3 or 1.1.1.1");
	assert_wrong("host 10.1.2.3 and tcp and 192.168.0.9", "Put a word such as");
	assert_wrong("(host 10.1.2.3) and 192.168.0.9", "Put a word such as");
	assert_wrong("10.1.2.3", "Put a word such as");
}

static void directions_choose_the_ends(void **state)
{
	(void)state;
	make_tcp();
	TRUE_FOR_IT("src 10.1.2.3", "dst host 192.168.0.9", "src or dst port 443", "dst or src port 443", "src and dst syn",
		    "dst rst", "src and dst pkts gt 5", "tcp src port 40000");
	FALSE_FOR_IT("dst 10.1.2.3", "src and dst port 443", "src rst", "src and dst rst", "src and dst pkts gt 9");
	assert_wrong("src and src port 80", "the two ends");
	assert_wrong("src tcp port 80", "does not fit");
}

static void addresses_match_by_version_and_prefix(void **state)
{
	(void)state;
	make_tcp();
	TRUE_FOR_IT("net 10.0.0.0/8", "net 10.1.2.99/24", "net 10.1.0.0 mask 255.255.0.0", "net 10", "net 10.1", "net 10.1.2",
		    "net 0.0.0.0/0", "host 167838211", "host 10.1.02.3", "ip host 10.1.2.3", "dst net 192.168.0.8/31");
	FALSE_FOR_IT("net 10.1.2.0/32", "net 11", "arp host 10.1.2.3", "ipv6 host 10.1.2.3", "icmp host 10.1.2.3", "net ::/0",
		     "ip multicast", "ip broadcast");
	make_mdns6();
	TRUE_FOR_IT("host 2001:db8::1", "net 2001:db8::/32", "net ::/0", "dst net ff00::/8", "multicast", "ipv6 multicast",
		    "host 2001:DB8:0:0::1", "ip net ff02::/16");
	FALSE_FOR_IT("host ::", "host ::ffff:1.2.3.4", "ipv4 net ff02::/16", "ipv4 multicast", "net 0.0.0.0/0");
	make_arp();
	TRUE_FOR_IT("host 10.0.0.5", "arp dst host 10.0.0.9", "net 10.0.0.0/24", "arp host 0:1a:11:0:0:1");
	FALSE_FOR_IT("ip host 10.0.0.5", "arp src 10.0.0.9", "ether host 0:1a:11:0:0:1");
}

static void ports_belong_to_tcp_and_udp(void **state)
{
	(void)state;
	make_tcp();
	TRUE_FOR_IT("port 443", "port https", "port 0x1bb", "port 0673", "port 400-500", "port gt 442 and lt 444", "port != 80",
		    "port >= 40000", "dst port <= 443", "tcp port 443");
	FALSE_FOR_IT("udp port 443", "src port 443", "port 500-30000", "port gt 65535", "port lt 0", "port != 443");
	assert_wrong("port 65536", "not between 0 and 65535");
	assert_wrong("port -1", "not between 0 and 65535");
	assert_wrong("port 500-400", "not a range");
	assert_wrong("port nosuchservice", "unknown port 'nosuchservice'");
	assert_wrong("ip port 80", "illegal qualifier of 'port'");
	make_ip(47, LAYOUT_IPV4);
	FALSE_FOR_IT("port 0", "port lt 100");
}

static void numbers_compare_by_word_and_symbol(void **state)
{
	(void)state;
	make_tcp();
	TRUE_FOR_IT("pkts 10", "pkts eq 8", "pkts gt 9", "pkts < 9", "src pkts != 8", "pkts neq 11", "pkts (8 or 9)",
		    "dst bytes gt 4999999999", "dst bytes = 5G", "bytes >= 1k", "src pkts gt -5", "pkts gt (9)", "pkts 5 or gt 9",
		    "base gt 2147483647", "udp pkts 10", "trans 1");
	FALSE_FOR_IT("pkts 18", "pkts gt 10", "bytes gt 5000000000", "pkts != 8", "dst base gt 0", "seq gte 0", "vid gte 0");
	assert_wrong("src pkts gt 5k", "does not fit");
	assert_wrong("src pkts (gt 5)", "does not fit");
	assert_wrong("src bytes gt 1.5", "whole numbers");
	assert_wrong("vid 5000", "between 0 and 4095");
	assert_wrong("pkts 09", "octal");
	assert_wrong("pkts gt 99999999999999999999", "out of range");
}

static void fractions_round_to_six_digits(void **state)
{
	struct metric *m;
	struct jitter *j;

	(void)state;
	make_tcp();
	TRUE_FOR_IT("dur 2", "dur eq 2.0", "dur gt 1.999999", "dur eq 1.9999999", "dur 2.0000004", "dur gte 2", "dur lt 2.000001", "pcr eq -0.0",
		    "pcr lt 0", "jit 0", "dur < 0.1k");
	FALSE_FOR_IT("dur gt 2", "pcr eq 0.0", "dur not 2", "inter gt 0");
	m = flow_edit(&flow, DSR_METRIC);
	m->appbytes[SRC] = m->appbytes[DST] = 7;
	TRUE_FOR_IT("pcr eq 0.0", "pcr gte 0");
	FALSE_FOR_IT("pcr eq -0.0", "pcr lt 0");
	j = flow_edit(&flow, DSR_JITTER);
	j->has[SRC][ACTIVE] = j->is_nan[SRC][ACTIVE] = true;
	FALSE_FOR_IT("src jit 0", "src jit lt 1", "src jit gte 0");
	assert_wrong("dur gt 1e3", "does not fit");
}

static void missing_data_is_false_and_its_negation_true(void **state)
{
	(void)state;
	make_mdns6();
	FALSE_FOR_IT("ttl 0", "ttl lt 5", "vid 0", "mid 0", "asn 0", "co US", "multipath", "icmpmap", "mss", "synack", "dup",
		     "encaps eth", "nstrokes lt 5", "seq lt 5", "inode 0.0.0.0", "cocode", "syn", "ether broadcast", "lat gt -90",
		     "local");
	TRUE_FOR_IT("not ttl 0", "ttl != 5", "not mss", "asn 5 or pkts 3", "not co US and pkts 3");
}

static void side_that_saw_nothing_has_zeros(void **state)
{
	struct ipattr *a;
	struct mpls *mpls;

	(void)state;
	make_mdns6();
	a = flow_edit(&flow, DSR_IPATTR);
	a->qualifier = IPATTR_SRC;
	a->side[SRC].ttl = 255;
	a->side[SRC].tos = 0xb8;
	mpls = flow_edit(&flow, DSR_MPLS);
	mpls->has[SRC] = true;
	mpls->entry[SRC] = 16106u << 12;
	TRUE_FOR_IT("dst pkts 0", "ttl lt 64", "src ttl 255", "dst ttl 0", "dsb ef", "dsb 46", "src dsb > 40", "tos 184",
		    "mid 16106", "mpls");
	FALSE_FOR_IT("src ttl lt 64", "dst dsb ef", "ipid 0", "dst mid lt 5");
}

static void tcp_words_read_flags_status_and_options(void **state)
{
	(void)state;
	make_tcp();
	TRUE_FOR_IT("syn", "ack", "push", "rst", "reset", "src syn", "synack", "est", "con", "avail", "retrans", "dst retrans",
		    "mss", "tcpopt", "dst port 443 and rst");
	FALSE_FOR_IT("fin", "urg", "ece", "cwr", "finack", "normal", "wait", "src retrans", "wscale", "src push and fin",
		     "winshut", "ecn", "ooo", "dup", "reuse", "secn");
	assert_wrong("tcp syn", "'and' or 'or' is missing");
	assert_wrong("src mss", "does not fit");
	make_mdns6();
	FALSE_FOR_IT("con", "syn");
	set_counts(1, 1, 60, 60);
	TRUE_FOR_IT("con");
}

static void icmp_words_know_both_versions(void **state)
{
	struct flow_key *key = make_ip(1, LAYOUT_IPV4);
	struct icmp_mapped *mapped;
	struct network *n;

	(void)state;
	key->u.ip.type = 8;
	TRUE_FOR_IT("echo", "icmp");
	FALSE_FOR_IT("unreach", "timexed", "redirect");
	key = make_ip(58, LAYOUT_IPV6);
	key->u.ip.type = 128;
	TRUE_FOR_IT("echo", "icmp6", "icmpv6");
	FALSE_FOR_IT("icmp", "unreach");
	key = flow_edit(&flow, DSR_FLOW);
	key->u.ip.type = 3;
	TRUE_FOR_IT("timexed");
	FALSE_FOR_IT("echo");
	make_tcp();
	mapped = flow_edit(&flow, DSR_ICMP);
	mapped->qualifier = 1;
	mapped->type = 3;
	mapped->code = 3;
	mapped->outer[SRC] = 0x0a090909;
	TRUE_FOR_IT("unreach", "unrport", "icmpmap", "inode 10.9.9.9");
	FALSE_FOR_IT("unrhost", "redirect", "inode 10.9.9.8");
	make_ip(2, LAYOUT_IPV4);
	n = flow_edit(&flow, DSR_NETWORK);
	n->kind = NETWORK_ICMP;
	n->u.icmp.type = 0x11;
	TRUE_FOR_IT("rtr", "igmp");
	FALSE_FOR_IT("mbr", "lvg");
}

static void link_words_read_their_sections(void **state)
{
	struct mac *mac;
	struct vlan *vlan;
	struct encaps *encaps;

	(void)state;
	make_tcp();
	mac = flow_edit(&flow, DSR_MAC);
	memcpy(mac->addr[SRC], "\x34\x36\x3b\xcf\x75\x28", 6);
	memcpy(mac->addr[DST], "\xff\xff\xff\xff\xff\xff", 6);
	mac->qualifier = 2;
	vlan = flow_edit(&flow, DSR_VLAN);
	vlan->has[SRC] = true;
	vlan->tci[SRC] = 0xa014;
	encaps = flow_edit(&flow, DSR_ENCAPS);
	encaps->bits[SRC] = ENCAPS_ETHER | ENCAPS_8021Q | ENCAPS_IPV6;
	TRUE_FOR_IT("ether host 34:36:3b:cf:75:28", "ether src 34:36:3B:CF:75:28", "ether src host 34:36:3b:0:0:0/24",
		    "ether broadcast", "ether multicast", "multipath", "dst mpath", "src class uni", "dst class multi", "vid 20",
		    "vpri 10", "vlan", "dst vid 0", "encaps eth", "encaps 802q", "encaps ipnip6", "encaps 6");
	FALSE_FOR_IT("ether dst 34:36:3b:cf:75:28", "src multipath", "src class laa", "vid 21", "encaps ipnip", "dst encaps eth",
		     "encaps mpls", "src vpri gt 10");
	assert_wrong("host 34:36:3b:cf:75:28", "non-ether");
	assert_wrong("ether 34:36:3b:cf:75:28", "does not fit");
	assert_wrong("ether", "link layer");
}

static void words_of_version_5_read_its_sections(void **state)
{
	struct locality *l;
	struct tunnel *gre;
	struct correlate *c;
	struct geo *geo;

	(void)state;
	make_tcp();
	FALSE_FOR_IT("lcl host 10.1.2.3", "gre", "loc 3", "cor 0", "baseline", "match");
	l = flow_edit(&flow, DSR_LOCALITY);
	l->loc[SRC] = 4;
	l->loc[DST] = 1;
	gre = flow_edit(&flow, DSR_GRE);
	gre->key.layout = LAYOUT_IPV4;
	put_be32(gre->key.u.ip.addr[SRC], 0xac100001);
	c = flow_edit(&flow, DSR_CORRELATE);
	c->count = 2;
	c->entry[0].duration = -5000;
	geo = flow_edit(&flow, DSR_GEO);
	geo->qualifier = 1;
	geo->lat[SRC] = 48.5f;
	TRUE_FOR_IT("lcl host 10.1.2.3", "rmt port 443", "lcl or rmt port 443", "src loc 4", "loc lt 3", "gre host 172.16.0.1",
		    "gre", "cor 2", "deldur lt 0", "deldur = -5", "src lat 48.5", "count 1", "addr 10.1.2.3", "masklen 32");
	FALSE_FOR_IT("rmt host 10.1.2.3", "lcl port 443", "lcl and rmt port 443", "local", "remote", "gre host 10.1.2.3",
		     "vxlan", "geneve", "dst lat gt -91", "cor 1");
	l->loc[DST] = 3;
	TRUE_FOR_IT("local", "not remote", "local and tcp");
}

static void record_words_read_the_header(void **state)
{
	struct mar mar = { .cause = CAUSE_STOP };
	struct filter *filter;

	(void)state;
	make_tcp();
	flow.cause = CAUSE_STOP;
	TRUE_FOR_IT("stop", "far");
	FALSE_FOR_IT("start", "status", "shut", "timeout", "error", "index");
	flow_close(&flow);
	flow_blank(&flow, RECORD_EVENT, NULL);
	TRUE_FOR_IT("event", "start", "inf evt0");
	FALSE_FOR_IT("far", "ip", "pcr lt 2");
	filter = filter_compile("man and stop and inf man0 and not tcp", NULL, NULL);
	assert_true(filter_match_mar(filter, &mar));
	mar.cause = CAUSE_STATUS;
	assert_false(filter_match_mar(filter, &mar));
	filter_free(filter);
}

static void source_ids_compare_by_their_bytes(void **state)
{
	struct transport *t;
	struct mar mar = { .cause = CAUSE_STATUS, .id = "abcd" };
	struct filter *filter;

	(void)state;
	make_tcp();
	TRUE_FOR_IT("srcid 0.0.0.0");
	t = flow_edit(&flow, DSR_TRANSPORT);
	t->has_id = true;
	memcpy(t->id, "abcd", 4);
	TRUE_FOR_IT("srcid \"abcd\"", "srcid \"abcdefg\"", "srcid \"efgh\" or srcid \"abcd\"", "srcid 97.98.99.100",
		    "sid 0x61626364");
	FALSE_FOR_IT("srcid \"abc\"", "srcid 0.0.0.0");
	filter = filter_compile("status and srcid \"abcd\" and man and not start", NULL, NULL);
	assert_true(filter_match_mar(filter, &mar));
	assert_false(filter_match(filter, &flow));
	mar.id[0] = 'x';
	assert_false(filter_match_mar(filter, &mar));
	filter_free(filter);
	assert_wrong("srcid gt 1", "equality");
	assert_wrong("srcid 10.0.0.0/8", "not a source id");
}

static void every_column_can_be_compared(void **state)
{
	struct label *label;

	(void)state;
	make_tcp();
	label = flow_edit(&flow, DSR_LABEL);
	label->text = "app=web";
	label->length = 7;
	TRUE_FOR_IT("sport = 40000", "sport>39999&&tcp", "dport != 80", "dbytes > 4.9G", "label ~ /^app=(web|mail)$/",
		    "label = \"app=web\"", "label !~ /ftp/", "saddr = 10.0.0.0/8", "daddr = 192.168.0.9", "dur >= 1.5",
		    "mean = 2", "stime > 2011/06/26", "stime < 2011-06-28T12:00:00.5", "stime = 1309132800",
		    "proto ~ /^tcp$/", "state = CON", "dir = \"->\"", "flgs !~ /x/", "(sport = 40000 or sport = 1)");
	FALSE_FOR_IT("sport = 80", "label ~ /ftp/", "saddr = 11.0.0.0/8", "stime > 2011/06/28", "saddr = 2001:db8::1",
		     "label > \"b\"");
	assert_wrong("sport > abc", "not a value of the column");
	assert_wrong("stime > 2011/13/01", "not a value of the column");
	assert_wrong("label ~ /a(b/", "column 9");
	assert_wrong("label ~ /((a{200}){200}){200}/", "too large");
	assert_wrong("mean gt 1", "compared by a symbol");
}

static void constants_are_folded(void **state)
{
	struct filter *filter;
	struct buf b = BUF_INIT;

	(void)state;
	make_tcp();
	TRUE_FOR_IT("5 > 4", "5 + 4 > 8", "5 - 4 = 1", "5 & 4 = 4", "not 4 > 5", "tcp and 80 > 50");
	FALSE_FOR_IT("4 > 5", "5 != 5");
	assert_wrong("5 -4 = 1", "does not fit");
	assert_wrong("5 / 0 = 1", "out of range");
	filter = filter_compile("tcp and not (dst port 80 or 443)", NULL, NULL);
	filter_dump(filter, &b);
	assert_string_equal(buf_string(&b), "and\n"
					    "    tcp\n"
					    "    not\n"
					    "        or\n"
					    "            dst port 80\n"
					    "            dst port 443\n");
	buf_fini(&b);
	filter_free(filter);
}

static void optimizer_changes_no_answer(void **state)
{
	static const struct filter_options plain = { .no_optimizer = true };
	static const char *const texts[] = {
		"label ~ /x/ or rate gt 10 and tcp or port 80 and syn",
		"(dur gt 1 or tcp) and not (pkts 3 and ip) or host 10.1.2.3",
		"sload > 1 and tcp and pkts 10 and start",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct filter *a = filter_compile(texts[i], NULL, NULL), *b = filter_compile(texts[i], &plain, NULL);

		make_tcp();
		assert_int_equal(filter_match(a, &flow), filter_match(b, &flow));
		make_mdns6();
		assert_int_equal(filter_match(a, &flow), filter_match(b, &flow));
		filter_free(a);
		filter_free(b);
	}
}

static void long_lists_of_addresses_keep_their_meaning(void **state)
{
	static const char *const heads[] = { "host", "src host", "dst host", "src and dst host" };

	(void)state;
	for (unsigned i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		struct buf b = BUF_INIT;

		buf_printf(&b, "%s 10.1.2.3 or port 1 or %s 192.168.0.9", heads[i], heads[i]);
		for (int j = 0; j < 300; j++)
			buf_printf(&b, " or 172.16.%d.%d", j * 7 % 256, j % 250);
		make_tcp();
		assert_int_equal(passes(buf_string(&b)), i != 3);
		make_mdns6();
		assert_false(passes(buf_string(&b)));
		make_arp();
		assert_false(passes(buf_string(&b)));
		buf_text(&b, " or 10.0.0.9 or port 2");
		assert_int_equal(passes(buf_string(&b)), i == 0 || i == 2);
		buf_fini(&b);
	}
}

static void first_word_says_where_a_filter_works(void **state)
{
	static const struct filter_options display = { .display = true };
	struct filter *filter = filter_compile("local tcp and port 80", NULL, NULL);

	(void)state;
	assert_int_equal(filter_scope(filter), FILTER_LOCAL);
	assert_string_equal(filter_expression(filter), "tcp and port 80");
	filter_free(filter);
	filter = filter_compile("tcp", NULL, NULL);
	assert_int_equal(filter_scope(filter), FILTER_EVERYWHERE);
	filter_free(filter);
	make_tcp();
	TRUE_FOR_IT("display udp", "remote tcp");
	FALSE_FOR_IT("remote udp", "local and tcp", "remote");
	filter = filter_compile("display udp", &display, NULL);
	assert_int_equal(filter_scope(filter), FILTER_DISPLAY);
	assert_false(filter_match(filter, &flow));
	filter_free(filter);
	assert_wrong("tcp and local udp", "does not fit");
}

static void upper_case_is_the_probes_dialect(void **state)
{
	static const struct filter_options probe = { .upper_case = true };
	struct filter *filter = filter_compile("tcp AND NOT port GT 50000", &probe, NULL);

	(void)state;
	make_tcp();
	assert_true(filter_match(filter, &flow));
	filter_free(filter);
	assert_wrong("tcp AND udp", "did you mean 'and'");
}

static void errors_show_the_place(void **state)
{
	struct err err;

	(void)state;
	assert_null(filter_compile("host 10.8.0.1 port 80", NULL, &err));
	assert_string_equal(err.text, "filter syntax error: 'host 10.8.0.1 port 8 ...'\n"
				      "    host 10.8.0.1 port 80\n"
				      "                  ^~~~\n"
				      "    column 15: 'port' does not fit here; 'and' or 'or' is missing before it");
	assert_wrong("tcp # x", "illegal char '#'");
	assert_wrong("a", "illegal char 'a'");
	assert_wrong("tcp host 10.0.0.1", "'tcp' modifier applied to host");
	assert_wrong("tcp proto 1", "'tcp proto' is bogus");
	assert_wrong("rarp proto 1", "rarp does not encapsulate another protocol");
	assert_wrong("proto bogus", "unknown proto 'bogus'");
	assert_wrong("host 10.0.0.0/8", "Mask syntax for networks only");
	assert_wrong("host 256.1.1.1", "not an address");
	assert_wrong("net 10.0.0.0/33", "between 0 and 32");
	assert_wrong("tcp broadcast", "only ether/ip broadcast filters supported");
	assert_wrong("len > 5", "not supported on flow records");
	assert_wrong("tcp and hots 10.0.0.1", "did you mean 'host'");
	assert_wrong("tcp)", "there is no '('");
	assert_wrong("(tcp", "ends too early");
}

static void cost_of_a_hostile_text_is_bounded(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_char(&b, '(');
	assert_wrong(buf_string(&b), "filter");
	buf_clear(&b);
	for (int i = 0; i < 300; i++)
		buf_text(&b, "not ");
	buf_text(&b, "tcp");
	assert_wrong(buf_string(&b), "inside each other");
	buf_clear(&b);
	buf_text(&b, "port 1");
	for (int i = 0; i < 5000; i++)
		buf_text(&b, " or 2");
	buf_text(&b, " or 443");
	make_tcp();
	assert_true(passes(buf_string(&b)));
	for (int i = 0; i < 20000; i++)
		buf_text(&b, " or 2");
	assert_wrong(buf_string(&b), "longer than");
	buf_clear(&b);
	buf_text(&b, "port 1");
	for (int i = 0; i < 3000; i++)
		buf_text(&b, " or 2 and 3");
	assert_wrong(buf_string(&b), "alternate");
	buf_fini(&b);
}

static int close_flow(void **state)
{
	(void)state;
	flow_close(&flow);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_filter_lets_everything_through),
		cmocka_unit_test(protocols_are_those_of_the_key),
		cmocka_unit_test(and_and_or_have_one_precedence),
		cmocka_unit_test(ids_inherit_the_head_before_them),
		cmocka_unit_test(directions_choose_the_ends),
		cmocka_unit_test(addresses_match_by_version_and_prefix),
		cmocka_unit_test(ports_belong_to_tcp_and_udp),
		cmocka_unit_test(numbers_compare_by_word_and_symbol),
		cmocka_unit_test(fractions_round_to_six_digits),
		cmocka_unit_test(missing_data_is_false_and_its_negation_true),
		cmocka_unit_test(side_that_saw_nothing_has_zeros),
		cmocka_unit_test(tcp_words_read_flags_status_and_options),
		cmocka_unit_test(icmp_words_know_both_versions),
		cmocka_unit_test(link_words_read_their_sections),
		cmocka_unit_test(words_of_version_5_read_its_sections),
		cmocka_unit_test(record_words_read_the_header),
		cmocka_unit_test(source_ids_compare_by_their_bytes),
		cmocka_unit_test(every_column_can_be_compared),
		cmocka_unit_test(constants_are_folded),
		cmocka_unit_test(optimizer_changes_no_answer),
		cmocka_unit_test(long_lists_of_addresses_keep_their_meaning),
		cmocka_unit_test(first_word_says_where_a_filter_works),
		cmocka_unit_test(upper_case_is_the_probes_dialect),
		cmocka_unit_test(errors_show_the_place),
		cmocka_unit_test(cost_of_a_hostile_text_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, close_flow);
}
