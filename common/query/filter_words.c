/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of the flow filter, one row each (filter.md 6 and 12): what the
 * grammar takes a word for, how it is bound, and what its test looks at. */
#include "common/query/filter_words.h"

#include "argus/base/nearest.h"
#include "common/query/filter_parse.h"

/* Rows of one shape are written with one of these. */
#define PROTO_ROW(name_, test_, param_) \
	{ .name = name_, .token = PROTO, .cost = COST_KEY, .is_sideless = true, .param = param_, .test = test_ }
#define LINK_ROW(name_) { .name = name_, .token = LINK }
#define STATE_ROW(name_, test_, param_, cost_) \
	{ .name = name_, .token = STATE, .cost = cost_, .is_sideless = true, .param = param_, .test = test_ }
#define RECORD_ROW(name_, test_, mar_, param_) \
	{ .name = name_, .token = STATE, .cost = COST_HEADER, .is_sideless = true, .param = param_, \
	  .test = test_, .mar = mar_ }
#define FLAG_ROW(name_, test_, param_) \
	{ .name = name_, .token = FLAG, .cost = COST_DSR, .param = param_, .test = test_ }
#define TYPE_ROW(name_, kind_) { .name = name_, .token = TYPE, .kind = kind_, .cost = COST_KEY }
#define NAMED_ROW(name_, kind_) { .name = name_, .token = NAMED, .kind = kind_, .cost = COST_DSR }
/* param: the greatest value, 0: any */
#define INTEGER_ROW(name_, getter, param_) \
	{ .name = name_, .token = TYPE, .kind = WORD_INTEGER, .cost = COST_DSR, .param = param_, \
	  .integer = getter }
#define WHOLE_ROW(name_, getter, param_) \
	{ .name = name_, .token = TYPE, .kind = WORD_INTEGER, .cost = COST_DSR, .is_sideless = true, \
	  .param = param_, .integer = getter }
#define FLOAT_ROW(name_, getter, param_, sideless, both) \
	{ .name = name_, .token = TYPE, .kind = WORD_FLOAT, .cost = COST_DSR, .is_sideless = sideless, \
	  .both_sides = both, .param = param_, .real = getter }
#define COLUMN_ROW(name_, kind_, sideless, getter, src, dst) \
	{ .name = name_, .token = TYPE, .kind = kind_, .cost = COST_COLUMN, .is_sideless = sideless, \
	  .integer = getter, .column = { src, dst } }
#define REAL_COLUMN_ROW(name_, sideless, src, dst) \
	{ .name = name_, .token = TYPE, .kind = WORD_FLOAT, .cost = COST_COLUMN, .is_sideless = sideless, \
	  .real = filter_get_real_column, .column = { src, dst } }
#define OPERATOR_ROW(name_, token_, rel) { .name = name_, .token = token_, .param = rel }
#define UPPER_ROW(name_, token_, rel) { .name = name_, .token = token_, .kind = WORD_UPPER, .param = rel }
#define DIR_ROW(name_, bits) { .name = name_, .token = DIR, .param = bits }
#define BAD_ROW(name_) { .name = name_, .token = UNSUPPORTED }

static const struct filter_word words[] = {
	/* 3: operators; in capitals only where the probe's dialect is spoken (1.2) */
	OPERATOR_ROW("and", AND, REL_NONE),
	OPERATOR_ROW("or", OR, REL_NONE),
	OPERATOR_ROW("not", NOT, REL_NONE),
	OPERATOR_ROW("mask", MASK, REL_NONE),
	OPERATOR_ROW("eq", REL, REL_EQ),
	OPERATOR_ROW("equal", REL, REL_EQ),
	OPERATOR_ROW("neq", REL, REL_NE),
	OPERATOR_ROW("notequal", REL, REL_NE),
	OPERATOR_ROW("gt", REL, REL_GT),
	OPERATOR_ROW("greater", REL, REL_GT),
	OPERATOR_ROW("gte", REL, REL_GE),
	OPERATOR_ROW("lt", REL, REL_LT),
	OPERATOR_ROW("less", REL, REL_LT),
	OPERATOR_ROW("lte", REL, REL_LE),
	UPPER_ROW("AND", AND, REL_NONE),
	UPPER_ROW("OR", OR, REL_NONE),
	UPPER_ROW("NOT", NOT, REL_NONE),
	UPPER_ROW("EQ", REL, REL_EQ),
	UPPER_ROW("GT", REL, REL_GT),
	UPPER_ROW("GREATER", REL, REL_GT),
	UPPER_ROW("GTE", REL, REL_GE),
	UPPER_ROW("LT", REL, REL_LT),
	UPPER_ROW("LESS", REL, REL_LT),
	UPPER_ROW("LTE", REL, REL_LE),

	DIR_ROW("src", DIR_SRC),
	DIR_ROW("dst", DIR_DST),
	DIR_ROW("lcl", DIR_LOCAL),
	DIR_ROW("rmt", DIR_REMOTE),
	DIR_ROW("rem", DIR_REMOTE),

	/* 6.1: what the record is */
	RECORD_ROW("man", filter_is_never, filter_mar_is_one, 0),
	RECORD_ROW("mar", filter_is_never, filter_mar_is_one, 0),
	RECORD_ROW("far", filter_is_far, NULL, 0),
	RECORD_ROW("event", filter_is_type, NULL, RECORD_EVENT),
	RECORD_ROW("index", filter_is_type, NULL, RECORD_INDEX),
	RECORD_ROW("start", filter_is_cause, filter_mar_is_cause, CAUSE_START),
	RECORD_ROW("status", filter_is_cause, filter_mar_is_cause, CAUSE_STATUS),
	RECORD_ROW("stop", filter_is_cause, filter_mar_is_cause, CAUSE_STOP),
	RECORD_ROW("shut", filter_is_cause, filter_mar_is_cause, CAUSE_SHUTDOWN),
	RECORD_ROW("timeout", filter_is_cause, filter_mar_is_cause, CAUSE_TIMEOUT),
	RECORD_ROW("error", filter_is_cause, filter_mar_is_cause, CAUSE_ERROR),

	/* 6.2: protocols */
	PROTO_ROW("ip", filter_is_ip, TAKES_IPV4 | TAKES_IPV6),
	PROTO_ROW("ipv4", filter_is_ip, TAKES_IPV4),
	PROTO_ROW("ipv6", filter_is_ip, TAKES_IPV6),
	PROTO_ROW("tcp", filter_is_protocol, 6),
	PROTO_ROW("udp", filter_is_protocol, 17),
	PROTO_ROW("icmp", filter_is_protocol, 1),
	PROTO_ROW("icmp6", filter_is_protocol, 58),
	PROTO_ROW("icmpv6", filter_is_protocol, 58),
	PROTO_ROW("igmp", filter_is_protocol, 2),
	PROTO_ROW("esp", filter_is_protocol, 50),
	PROTO_ROW("rtp", filter_is_udp_network, NETWORK_RTP),
	PROTO_ROW("rtcp", filter_is_udp_network, NETWORK_RTCP),
	PROTO_ROW("udt", filter_is_network, NETWORK_UDT),
	PROTO_ROW("arp", filter_is_layout, LAYOUT_ARP),
	PROTO_ROW("rarp", filter_is_layout, LAYOUT_RARP),
	PROTO_ROW("isis", filter_is_layout, LAYOUT_ISIS),
	PROTO_ROW("mpls", filter_has_section, DSR_MPLS),
	PROTO_ROW("vlan", filter_has_section, DSR_VLAN),
	PROTO_ROW("vxlan", filter_has_section, DSR_VXLAN),
	PROTO_ROW("gre", filter_has_section, DSR_GRE),
	PROTO_ROW("geneve", filter_has_section, DSR_GENEVE),
	LINK_ROW("ether"),
	LINK_ROW("link"),
	LINK_ROW("ppp"),
	LINK_ROW("slip"),
	LINK_ROW("fddi"),
	{ .name = "proto", .token = PROTOCOL, .cost = COST_KEY, .is_sideless = true },
	{ .name = "gateway", .token = GATEWAY, .cost = COST_DSR, .is_sideless = true },
	{ .name = "broadcast", .token = CAST, .cost = COST_DSR, .is_sideless = true },
	{ .name = "multicast", .token = CAST, .cost = COST_DSR, .is_sideless = true, .param = 1 },
	{ .name = "local",
	  .token = SCOPE,
	  .cost = COST_DSR,
	  .is_sideless = true,
	  .param = SCOPE_WORD_LOCAL,
	  .test = filter_ends_are_local },
	{ .name = "remote",
	  .token = SCOPE,
	  .cost = COST_DSR,
	  .is_sideless = true,
	  .param = SCOPE_WORD_REMOTE,
	  .test = filter_ends_are_remote },
	{ .name = "display", .token = SCOPE, .is_sideless = true, .param = SCOPE_WORD_DISPLAY },

	/* 6.3, 6.4: addresses and ports */
	TYPE_ROW("host", WORD_HOST),
	TYPE_ROW("addr", WORD_HOST),
	TYPE_ROW("net", WORD_NET),
	TYPE_ROW("port", WORD_PORT),
	TYPE_ROW("srcid", WORD_SRCID),
	TYPE_ROW("sid", WORD_SRCID),
	TYPE_ROW("inode", WORD_INODE),
	NAMED_ROW("inf", WORD_INTERFACE),
	NAMED_ROW("node", WORD_NODE),

	/* 6.5: numbers */
	INTEGER_ROW("pkts", filter_get_packets, 0),
	INTEGER_ROW("pkt", filter_get_packets, 0),
	INTEGER_ROW("bytes", filter_get_bytes, 0),
	INTEGER_ROW("byte", filter_get_bytes, 0),
	INTEGER_ROW("appbytes", filter_get_appbytes, 0),
	INTEGER_ROW("appbyte", filter_get_appbytes, 0),
	INTEGER_ROW("data", filter_get_appbytes, 0),
	INTEGER_ROW("ttl", filter_get_ttl, 0),
	INTEGER_ROW("tos", filter_get_tos, 0),
	INTEGER_ROW("ipid", filter_get_ip_id, 0),
	WHOLE_ROW("seq", filter_get_sequence, 0),
	WHOLE_ROW("trans", filter_get_count, 0),
	WHOLE_ROW("count", filter_get_count, 0),
	INTEGER_ROW("tcpb", filter_get_tcp_base, 0),
	INTEGER_ROW("base", filter_get_tcp_base, 0),
	INTEGER_ROW("maxseg", filter_get_maxseg, 0),
	INTEGER_ROW("vid", filter_get_vlan_id, 0xfff),
	INTEGER_ROW("vpri", filter_get_vlan_priority, 15),
	INTEGER_ROW("mid", filter_get_mpls_label, 0xfffff),
	INTEGER_ROW("nstroke", filter_get_keystrokes, 0),
	INTEGER_ROW("nstrokes", filter_get_keystrokes, 0),
	INTEGER_ROW("loc", filter_get_locality, 0),
	INTEGER_ROW("masklen", filter_get_masklen, 0),
	INTEGER_ROW("mlen", filter_get_masklen, 0),
	WHOLE_ROW("spi", filter_get_spi, 0),
	WHOLE_ROW("deldur", filter_get_correlation, CORRELATION_DURATION),
	WHOLE_ROW("delstime", filter_get_correlation, CORRELATION_LAST),
	WHOLE_ROW("delltime", filter_get_correlation, CORRELATION_LAST),
	WHOLE_ROW("cor", filter_get_correlation, CORRELATION_COUNT),
	WHOLE_ROW("corolated", filter_get_correlation, CORRELATION_COUNT),
	{ .name = "asn", .token = TYPE, .kind = WORD_ASN, .cost = COST_DSR, .integer = filter_get_as },
	{ .name = "as", .token = TYPE, .kind = WORD_ASN, .cost = COST_DSR, .integer = filter_get_as },
	{ .name = "dsb", .token = NAMED, .kind = WORD_DSBYTE, .cost = COST_DSR, .integer = filter_get_dsb },
	{ .name = "dsbyte", .token = NAMED, .kind = WORD_DSBYTE, .cost = COST_DSR, .integer = filter_get_dsb },
	COLUMN_ROW("loss", WORD_INTEGER, false, filter_get_integer_column, "sloss", "dloss"),
	REAL_COLUMN_ROW("ploss", false, "sploss", "dploss"),
	REAL_COLUMN_ROW("rate", false, "srate", "drate"),
	REAL_COLUMN_ROW("load", false, "sload", "dload"),
	REAL_COLUMN_ROW("tcprtt", true, "tcprtt", NULL),
	FLOAT_ROW("avgdur", filter_get_mean_duration, 0, true, false),
	FLOAT_ROW("dur", filter_get_duration, 0, true, false),
	FLOAT_ROW("pcr", filter_get_pcr, 0, true, false),
	FLOAT_ROW("pcratio", filter_get_pcr, 0, true, false),
	FLOAT_ROW("abr", filter_get_pcr, 0, true, false),
	FLOAT_ROW("abratio", filter_get_pcr, 0, true, false),
	FLOAT_ROW("inter", filter_get_jitter, JITTER_MEAN | ACTIVE, false, true),
	FLOAT_ROW("intpkt", filter_get_jitter, JITTER_MEAN | ACTIVE, false, true),
	FLOAT_ROW("intpktact", filter_get_jitter, JITTER_MEAN | ACTIVE, false, true),
	FLOAT_ROW("intpktidle", filter_get_jitter, JITTER_MEAN | IDLE, false, true),
	FLOAT_ROW("jit", filter_get_jitter, ACTIVE, false, true),
	FLOAT_ROW("jitter", filter_get_jitter, ACTIVE, false, true),
	FLOAT_ROW("jitact", filter_get_jitter, ACTIVE, false, true),
	FLOAT_ROW("jitidle", filter_get_jitter, IDLE, false, true),
	FLOAT_ROW("intflow", filter_get_flow_gap, 0, true, false),
	FLOAT_ROW("intflowsdev", filter_get_flow_gap, 1, true, false),
	FLOAT_ROW("lat", filter_get_position, 0, false, false),
	FLOAT_ROW("lon", filter_get_position, 1, false, false),
	NAMED_ROW("co", WORD_COUNTRY),
	NAMED_ROW("encaps", WORD_ENCAPS),
	NAMED_ROW("class", WORD_MAC_CLASS),

	/* 6.6: flags; with a direction */
	FLAG_ROW("syn", filter_saw_flag, TH_SYN),
	FLAG_ROW("fin", filter_saw_flag, TH_FIN),
	FLAG_ROW("ack", filter_saw_flag, TH_ACK),
	FLAG_ROW("push", filter_saw_flag, TH_PSH),
	FLAG_ROW("urg", filter_saw_flag, TH_URG),
	FLAG_ROW("rst", filter_saw_flag, TH_RST),
	FLAG_ROW("reset", filter_saw_flag, TH_RST),
	FLAG_ROW("ece", filter_saw_flag, TH_ECE),
	FLAG_ROW("cwr", filter_saw_flag, TH_CWR),
	FLAG_ROW("retrans", filter_is_retransmitting, 0),
	FLAG_ROW("drop", filter_is_retransmitting, 0),
	FLAG_ROW("outoforder", filter_has_side_status, TCP_SRC_OUT_OF_ORDER),
	FLAG_ROW("ooo", filter_has_side_status, TCP_SRC_OUT_OF_ORDER),
	FLAG_ROW("winshut", filter_has_side_status, TCP_SRC_WINDOW_SHUT),
	FLAG_ROW("ecn", filter_has_side_status, TCP_SRC_CONGESTED),
	FLAG_ROW("dup", filter_has_side_status, TCP_SRC_DUPLICATES),
	FLAG_ROW("frag", filter_has_fragments, 0),
	FLAG_ROW("multipath", filter_has_many_macs, 0),
	FLAG_ROW("mpath", filter_has_many_macs, 0),
	/* 6.8: IS-IS; a direction is taken and has no meaning */
	{ .name = "hello",
	  .token = FLAG,
	  .cost = COST_KEY,
	  .is_sideless = true,
	  .param = ISIS_PDU(15, 16),
	  .test = filter_is_isis_pdu },
	{ .name = "lsp",
	  .token = FLAG,
	  .cost = COST_KEY,
	  .is_sideless = true,
	  .param = ISIS_PDU(18, 20),
	  .test = filter_is_isis_pdu },
	{ .name = "csnp",
	  .token = FLAG,
	  .cost = COST_KEY,
	  .is_sideless = true,
	  .param = ISIS_PDU(24, 25),
	  .test = filter_is_isis_pdu },
	{ .name = "psnp",
	  .token = FLAG,
	  .cost = COST_KEY,
	  .is_sideless = true,
	  .param = ISIS_PDU(26, 27),
	  .test = filter_is_isis_pdu },

	/* 6.6: state; without */
	STATE_ROW("synack", filter_has_status, TCP_SAW_SYNACK, COST_DSR),
	STATE_ROW("finack", filter_has_status, TCP_FIN_ACKED, COST_DSR),
	STATE_ROW("normal", filter_has_status, TCP_NORMAL_CLOSE, COST_DSR),
	STATE_ROW("wait", filter_has_status, TCP_CLOSE_WAITING, COST_DSR),
	STATE_ROW("reuse", filter_has_status, TCP_PORT_REUSE, COST_DSR),
	STATE_ROW("est", filter_is_connected, 0, COST_DSR),
	STATE_ROW("con", filter_is_connected, 0, COST_DSR),
	STATE_ROW("avail", filter_is_connected, 0, COST_DSR),
	STATE_ROW("fragonly", filter_is_fragment_flow, 0, COST_DSR),

	/* 6.7: TCP options */
	STATE_ROW("tcpopt", filter_has_option, 0xfff00000u, COST_DSR),
	STATE_ROW("mss", filter_has_option, TCPOPT_MSS, COST_DSR),
	STATE_ROW("wscale", filter_has_option, TCPOPT_WSCALE, COST_DSR),
	STATE_ROW("selackok", filter_has_option, TCPOPT_SACK_OK, COST_DSR),
	STATE_ROW("selack", filter_has_option, TCPOPT_SACK, COST_DSR),
	STATE_ROW("tcpecho", filter_has_option, TCPOPT_ECHO, COST_DSR),
	STATE_ROW("tcpechoreply", filter_has_option, TCPOPT_ECHO_REPLY, COST_DSR),
	STATE_ROW("tcptimestamp", filter_has_option, TCPOPT_TIMESTAMP, COST_DSR),
	STATE_ROW("tcpcc", filter_has_option, TCPOPT_CC, COST_DSR),
	STATE_ROW("tcpccnew", filter_has_option, TCPOPT_CC_NEW, COST_DSR),
	STATE_ROW("tcpccecho", filter_has_option, TCPOPT_CC_ECHO, COST_DSR),
	STATE_ROW("secn", filter_has_option, TCPOPT_SRC_ECN, COST_DSR),
	STATE_ROW("decn", filter_has_option, TCPOPT_DST_ECN, COST_DSR),

	/* 6.8: ICMP and IGMP; types of IPv4, types of IPv6, mapped qualifier */
	STATE_ROW("echo", filter_is_icmp, ICMP_TYPES(8, 0, 128, 129, 0), COST_KEY),
	STATE_ROW("unreach", filter_is_icmp, ICMP_TYPES(3, 3, 1, 1, 1), COST_DSR),
	STATE_ROW("unr", filter_is_icmp, ICMP_TYPES(3, 3, 1, 1, 1), COST_DSR),
	STATE_ROW("redirect", filter_is_icmp, ICMP_TYPES(5, 5, 137, 137, 2), COST_DSR),
	STATE_ROW("timexed", filter_is_icmp, ICMP_TYPES(11, 11, 3, 3, 4), COST_DSR),
	STATE_ROW("icmpmap", filter_is_mapped, 0, COST_DSR),
	STATE_ROW("unrnet", filter_is_unreachable, 0, COST_DSR),
	STATE_ROW("unrhost", filter_is_unreachable, 1, COST_DSR),
	STATE_ROW("unrproto", filter_is_unreachable, 2, COST_DSR),
	STATE_ROW("unrport", filter_is_unreachable, 3, COST_DSR),
	STATE_ROW("unrfrag", filter_is_unreachable, 4, COST_DSR),
	STATE_ROW("unrsrcfail", filter_is_unreachable, 5, COST_DSR),
	STATE_ROW("unrnetunk", filter_is_unreachable, 6, COST_DSR),
	STATE_ROW("unrhostunk", filter_is_unreachable, 7, COST_DSR),
	STATE_ROW("unriso", filter_is_unreachable, 8, COST_DSR),
	STATE_ROW("unrnetpro", filter_is_unreachable, 9, COST_DSR),
	STATE_ROW("unrhostpro", filter_is_unreachable, 10, COST_DSR),
	STATE_ROW("unrnettos", filter_is_unreachable, 11, COST_DSR),
	STATE_ROW("unrhosttos", filter_is_unreachable, 12, COST_DSR),
	STATE_ROW("unrfilter", filter_is_unreachable, 13, COST_DSR),
	STATE_ROW("unrhostpre", filter_is_unreachable, 14, COST_DSR),
	STATE_ROW("unrnetpre", filter_is_unreachable, 15, COST_DSR),
	STATE_ROW("rtr", filter_is_igmp, IGMP_QUERY, COST_DSR),
	STATE_ROW("mbr", filter_is_igmp, IGMP_MEMBER, COST_DSR),
	STATE_ROW("lvg", filter_is_igmp, IGMP_LEAVE, COST_DSR),
	STATE_ROW("cocode", filter_has_country, 0, COST_DSR),
	/* Marks that rabaseline and match operations of 5.0 leave; no record of ours carries one. */
	STATE_ROW("baseline", filter_is_never, 0, COST_HEADER),
	STATE_ROW("match", filter_is_never, 0, COST_HEADER),

	/* 6.10, D6, D7, D17: words without a meaning for a flow record */
	BAD_ROW("anon"),
	BAD_ROW("svc"),
	BAD_ROW("gap"),
	BAD_ROW("len"),
	BAD_ROW("inbound"),
	BAD_ROW("outbound"),
	BAD_ROW("auth"),
	BAD_ROW("recurs"),
	BAD_ROW("req"),
	BAD_ROW("rsp"),
	BAD_ROW("decnet"),
	BAD_ROW("moprc"),
	BAD_ROW("mopdl"),
};

const struct filter_word *filter_word_find(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
		if (strncmp(words[i].name, name, length) == 0 && words[i].name[length] == '\0')
			return &words[i];
	return NULL;
}

const char *filter_word_nearest(const char *name)
{
	struct nearest nearest = nearest_to(name, strlen(name));

	for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
		if (words[i].token != UNSUPPORTED && words[i].kind != WORD_UPPER)
			nearest_offer(&nearest, words[i].name);
	return nearest_best(&nearest);
}
