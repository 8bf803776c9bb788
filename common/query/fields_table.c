/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of columns (printing.md 4.6, 5.1 and 8; aggregation.md 7 for the
 * order of sorting). A row holds, in this order:
 *
 *	name, title, XML attribute, unit, help,
 *	width, kind of value, side, parameter, flags,
 *	getter, printer, printer for management records, order
 *
 * A getter or printer of NULL and what follows from it is told in fields.h. XML
 * attributes that 3.0.8 gave to two columns, or to none, have names of their own
 * here, so that a record with all columns is well-formed. */
#include "common/query/fields_rows.h"

#define UINT VALUE_UINT
#define F32 VALUE_FLOAT
#define F64 VALUE_DOUBLE
#define TIME VALUE_TIME
#define ADDR VALUE_ADDR
#define TEXT VALUE_TEXT
#define HEX VALUE_HEX

#define NUM FIELD_NUMBER
#define WORD FIELD_WORD
#define LEFT FIELD_LEFT
#define DOWN FIELD_DESCENDING
#define ZERO FIELD_ZERO
#define SHORT FIELD_ABBREVIATE
#define PERCENT FIELD_PERCENT
#define V5 FIELD_V5

/* The two columns of a pair, "s..." and "d...". */
#define PAIR(name, src_title, dst_title, xml, unit, help, ...)                           \
	{ "s" name, src_title, "Src" xml, unit, help ", source", PAIR_REST(SRC, __VA_ARGS__) }, \
	{ "d" name, dst_title, "Dst" xml, unit, help ", destination", PAIR_REST(DST, __VA_ARGS__) }
#define PAIR_REST(side, width, kind, param, flags, get, print, mar, compare) \
	width, kind, side, param, flags, get, print, mar, compare

/* A total and its two sides, and their percentages, of packets lost in some way. */
#define LOSS(name, title, xml, help, width, side_width, param, get, get_percent, mar_total)                               \
	{ name, title, xml, "packets", help, width, UINT, BOTH, param, NUM | ZERO | PERCENT | DOWN, get, print_lost,      \
	  mar_total, NULL },                                                                                              \
	{ "s" name, "Src" title, "Src" xml, "packets", help ", source", side_width, UINT, SRC, param,                     \
	  NUM | ZERO | PERCENT | DOWN, get, print_lost, mar_zero, NULL },                                                 \
	{ "d" name, "Dst" title, "Dst" xml, "packets", help ", destination", side_width, UINT, DST, param,                \
	  NUM | ZERO | PERCENT | DOWN, get, print_lost, mar_zero, NULL }
#define LOSS_PERCENT(name, title, xml, help, width, side_width, param, get)                                               \
	{ "p" name, "p" title, "Pct" xml, "%", help ", percent", width, F64, BOTH, param, NUM | ZERO | DOWN, get, NULL,   \
	  mar_zero_float, NULL },                                                                                         \
	{ "sp" name, "pSrc" title, "SrcPct" xml, "%", help ", percent, source", side_width, F64, SRC, param,              \
	  NUM | ZERO | DOWN, get, NULL, mar_zero_float, NULL },                                                           \
	{ "dp" name, "pDst" title, "DstPct" xml, "%", help ", percent, destination", side_width, F64, DST, param,         \
	  NUM | ZERO | DOWN, get, NULL, mar_zero_float, NULL }

/* Columns that never hold anything; they keep their place in old scripts. */
#define EMPTY(name, title, xml, width) \
	{ name, title, xml, "", "Kept for old scripts; always empty", width, VALUE_NONE, BOTH, 0, 0, NULL, NULL, NULL, NULL }

const struct field field_table[] = {
	/* Times */
	{ "stime", "StartTime", "StartTime", "time", "When the record begins", 12, TIME, BOTH, 0, FIELD_TIME_WIDTH,
	  get_start, NULL, mar_now, NULL },
	{ "ltime", "LastTime", "LastTime", "time", "When the record ends", 12, TIME, BOTH, 0, FIELD_TIME_WIDTH, get_last,
	  NULL, mar_start, NULL },
	{ "sstime", "SrcStartTime", "SrcStartTime", "time", "First packet of the source", 12, TIME, SRC, START,
	  FIELD_TIME_WIDTH | ZERO, get_stamp, NULL, mar_start, NULL },
	{ "dstime", "DstStartTime", "DstStartTime", "time", "First packet of the destination", 12, TIME, DST, START,
	  FIELD_TIME_WIDTH | ZERO, get_stamp, NULL, mar_start, NULL },
	{ "sltime", "SrcLastTime", "SrcLastTime", "time", "Last packet of the source", 12, TIME, SRC, END,
	  FIELD_TIME_WIDTH | ZERO, get_stamp, NULL, mar_now, NULL },
	{ "dltime", "DstLastTime", "DstLastTime", "time", "Last packet of the destination", 12, TIME, DST, END,
	  FIELD_TIME_WIDTH | ZERO, get_stamp, NULL, mar_now, NULL },
	{ "rtime", "RelTime", "RelativeDate", "s", "Start, relative to the first record printed", 12, F64, SRC, 0, NUM,
	  get_relative, print_relative, NULL, NULL },
	{ "dur", "Dur", "Duration", "s", "Duration of the record", 10, F32, BOTH, 0, NUM, get_duration, NULL, mar_duration,
	  NULL },
	PAIR("dur", "SrcDur", "DstDur", "Duration", "s", "Duration of what one side sent", 10, F32, 0, NUM | ZERO,
	     get_side_duration, NULL, mar_duration, NULL),
	{ "trans", "Trans", "Trans", "records", "Records that were merged into this one", 6, UINT, BOTH, COUNT_TRANS,
	  NUM | ZERO | PERCENT | DOWN, get_trans, NULL, NULL, NULL },
	{ "mean", "Mean", "Mean", "s", "Mean duration of the merged records", 10, F32, BOTH, STATS_MEAN, NUM | ZERO, get_agr,
	  NULL, NULL, NULL },
	{ "min", "Min", "Min", "s", "Shortest duration of the merged records", 10, F32, BOTH, STATS_MIN, NUM, get_agr, NULL,
	  NULL, NULL },
	{ "max", "Max", "Max", "s", "Longest duration of the merged records", 10, F32, BOTH, STATS_MAX, NUM, get_agr, NULL,
	  NULL, NULL },
	{ "stddev", "StdDev", "StdDev", "s", "Standard deviation of the merged durations", 10, F32, BOTH, STATS_STDDEV,
	  NUM | ZERO, get_agr, NULL, NULL, NULL },
	{ "sum", "Sum", "Sum", "s", "Sum of the merged durations", 10, F32, BOTH, STATS_SUM, NUM | ZERO, get_agr, NULL, NULL,
	  NULL },
	{ "runtime", "RunTime", "Run", "s", "Sum of the merged durations", 10, F32, BOTH, STATS_SUM, NUM | ZERO, get_agr,
	  NULL, NULL, NULL },
	{ "idle", "IdleTime", "Idle", "s", "Time since the record was last touched", 10, VALUE_NONE, BOTH, 0, NUM, NULL,
	  print_idle, NULL, compare_idle },

	/* The record itself */
	{ "seq", "Seq", "SeqNumber", "", "Sequence number that the probe gave to the flow", 12, UINT, BOTH, 0,
	  NUM | FIELD_CENTRED, get_sequence, NULL, mar_sequence, compare_sequence },
	{ "srcid", "SrcId", "SourceId", "", "Id of the probe", 18, ADDR, BOTH, 0, 0, get_source_id, print_source_id,
	  mar_source, NULL },
	{ "rank", "Rank", "Rank", "", "Place of the record in the output, or in its bin's or rule's part of it, from 1", 6, UINT,
	  BOTH, 0, NUM | FIELD_CENTRED, get_rank, NULL, mar_rank, NULL },
	{ "offset", "Offset", "ByteOffset", "bytes", "Where the record stands in its uncompressed file", 12, UINT, BOTH, 0,
	  NUM, get_offset, NULL, mar_offset, NULL },
	{ "autoid", "AutoId", "AutoId", "", "Id of the record in a database", 6, UINT, BOTH, 0, NUM | ZERO, NULL, NULL,
	  mar_zero, NULL },
	{ "cause", "Cause", "Cause", "", "Why the record was written", 7, TEXT, BOTH, 0, 0, NULL, print_cause, mar_cause,
	  NULL },
	EMPTY("srng", "SRange", "StartRange", 6),
	EMPTY("erng", "ERange", "EndRange", 6),
	{ "bins", "Bins", "Bins", "", "Kept for old scripts; always empty", 6, VALUE_NONE, BOTH, 0, FIELD_CENTRED, NULL, NULL,
	  NULL, NULL },
	{ "binnum", "Bin", "BinNum", "", "Kept for old scripts; always empty", 6, VALUE_NONE, BOTH, 0, FIELD_CENTRED, NULL,
	  NULL, NULL, NULL },
	{ "label", "Label", "Label", "", "Labels that were put on the flow", 5, TEXT, BOTH, 0, 0, get_label, NULL, NULL,
	  NULL },

	/* Flow key and addresses */
	{ "saddr", "SrcAddr", "SrcAddr", "", "Source address", 18, ADDR, SRC, 0, WORD, get_address, print_address, mar_queue,
	  compare_address },
	{ "daddr", "DstAddr", "DstAddr", "", "Destination address", 18, ADDR, DST, 0, WORD, get_address, print_address,
	  mar_buffers, compare_address },
	PAIR("net", "SrcNet", "DstNet", "Net", "", "Network of the address by its class", 18, ADDR, 0, 0, get_network,
	     print_address, mar_queue, compare_address),
	{ "laddr", "LocalAddr", "LocalAddr", "", "Address of the local end, if the record tells", 18, ADDR, SRC, END_PLAIN, 0,
	  get_local, print_address, NULL, compare_address },
	{ "raddr", "RemoteAddr", "RemoteAddr", "", "Address of the remote end, if the record tells", 18, ADDR, DST, END_PLAIN,
	  0, get_local, print_address, NULL, compare_address },
	{ "lnet", "LocalNet", "LocalNet", "", "Network of the local end, if the record tells", 18, ADDR, SRC, END_NETWORK, 0,
	  get_local, print_address, NULL, compare_address },
	{ "rnet", "RemoteNet", "RemoteNet", "", "Network of the remote end, if the record tells", 18, ADDR, DST, END_NETWORK,
	  0, get_local, print_address, NULL, compare_address },
	{ "proto", "Proto", "Proto", "", "Protocol", 6, UINT, BOTH, 0, DOWN | WORD | FIELD_PROTO_NAME, get_proto, print_proto,
	  mar_proto, compare_proto },
	{ "sport", "Sport", "SrcPort", "", "Source port, or what the protocol has in its place", 6, UINT, SRC, 0,
	  LEFT | FIELD_NEVER_CUT | WORD | FIELD_PORT_NAME, get_port, print_port, mar_dropped, compare_port },
	{ "dport", "Dport", "DstPort", "", "Destination port, or what the protocol has in its place", 6, UINT, DST, 0,
	  LEFT | FIELD_NEVER_CUT | WORD | FIELD_PORT_NAME, get_port, print_port, mar_clients, compare_port },
	{ "dir", "Dir", "Dir", "", "Direction of the flow", 5, TEXT, BOTH, 0, FIELD_FIXED | WORD, NULL, print_direction, NULL,
	  NULL },
	{ "state", "State", "State", "", "What the flow is doing", 5, TEXT, BOTH, 0, WORD, NULL, print_state, mar_state, NULL },
	{ "flgs", "Flgs", "Flags", "", "One letter for each special thing that was seen", 9, TEXT, BOTH, 0, FIELD_FIXED, NULL,
	  print_flags, mar_flags, NULL },
	PAIR("mac", "SrcMac", "DstMac", "MacAddr", "", "MAC address", 18, ADDR, 0, 0, get_mac, print_mac, NULL, NULL),
	PAIR("oui", "SrcOui", "DstOui", "Oui", "", "Vendor of the MAC address", 9, TEXT, 0, 0, NULL, print_vendor, NULL,
	     compare_vendor),
	{ "bssid", "Bssid", "Bssid", "", "Base station of a wireless flow", 18, ADDR, BOTH, 0, 0, get_bssid, NULL, NULL,
	  NULL },
	{ "ssid", "Ssid", "Ssid", "", "Network name of a wireless flow", 9, TEXT, BOTH, 0, 0, get_ssid, NULL, NULL, NULL },
	PAIR("enc", "sEnc", "dEnc", "Encaps", "", "Letters of the encapsulations seen", 12, UINT, 0, 0, get_encaps,
	     print_encaps, NULL, NULL),
	PAIR("vlan", "sVlan", "dVlan", "Vlan", "", "802.1Q tag", 8, HEX, VLAN_TAG, DOWN, get_vlan, NULL, NULL,
	     compare_label_first),
	PAIR("vid", "sVid", "dVid", "VlanId", "", "VLAN id", 6, UINT, VLAN_ID, NUM | DOWN, get_vlan, NULL, NULL,
	     compare_label_first),
	PAIR("vpri", "sVpri", "dVpri", "VlanPri", "", "VLAN priority", 6, UINT, VLAN_PRIORITY, NUM | DOWN, get_vlan, NULL,
	     NULL, compare_label_first),
	PAIR("mpls", "sMpls", "dMpls", "Mpls", "", "MPLS label", 8, UINT, 0, NUM | DOWN, get_mpls, NULL, NULL,
	     compare_label_first),
	{ "inode", "Inode", "InodeAddr", "", "Who sent the ICMP error that the flow caused", 18, ADDR, BOTH, 0, 0, get_inode,
	  print_address, NULL, NULL },
	{ "icmpid", "IcmpId", "IcmpId", "", "ICMP identifier", 6, UINT, BOTH, 0, NUM, get_icmpid, NULL, NULL, NULL },
	{ "resp", "Response", "Response", "", "MAC address that answered an ARP request", 12, ADDR, BOTH, 0, 0, get_responder,
	  NULL, NULL, NULL },
	PAIR("co", "sCo", "dCo", "CoCode", "", "Country of the address", 3, TEXT, 0, DOWN, get_country, NULL, NULL, NULL),
	{ "ico", "iCo", "InodeCoCode", "", "Country of the intermediate node", 3, TEXT, BOTH, 0, DOWN, get_country, NULL, NULL,
	  NULL },
	PAIR("as", "sAS", "dAS", "ASNum", "", "AS number of the address", 6, UINT, 0, FIELD_CODE, get_asn, print_asn, NULL, NULL),
	{ "ias", "iAS", "InodeASNum", "", "AS number of the intermediate node", 5, UINT, BOTH, 0, FIELD_CODE, get_asn,
	  print_asn, NULL, NULL },
	{ "cor", "Cor", "Cor", "", "Probe of the last record correlated with this one", 12, ADDR, BOTH, 0, 0, get_correlated,
	  NULL, NULL, NULL },
	{ "community_id", "CommunityId", "CommunityId", "", "Community ID, the flow's name in other monitors", 30, TEXT, BOTH,
	  0, FIELD_EXTRA, NULL, print_community_id, NULL, NULL },

	/* Packets and bytes */
	{ "pkts", "TotPkts", "Pkts", "packets", "Packets both ways", 8, UINT, BOTH, COUNT_PKTS, NUM | SHORT | PERCENT | DOWN,
	  get_total, NULL, mar_packets, NULL },
	{ "spkts", "SrcPkts", "SrcPkts", "packets", "Packets of the source", 8, UINT, SRC, COUNT_PKTS,
	  NUM | SHORT | PERCENT | DOWN, get_count, NULL, mar_packets, NULL },
	{ "dpkts", "DstPkts", "DstPkts", "packets", "Packets of the destination", 8, UINT, DST, COUNT_PKTS,
	  NUM | SHORT | PERCENT | DOWN, get_count, NULL, mar_records, NULL },
	{ "bytes", "TotBytes", "Bytes", "bytes", "Bytes both ways, link headers included", 10, UINT, BOTH, COUNT_BYTES,
	  NUM | SHORT | PERCENT | DOWN, get_total, NULL, mar_memory, NULL },
	{ "sbytes", "SrcBytes", "SrcBytes", "bytes", "Bytes of the source, link headers included", 12, UINT, SRC, COUNT_BYTES,
	  NUM | SHORT | PERCENT | DOWN, get_count, NULL, mar_bytes, NULL },
	{ "dbytes", "DstBytes", "DstBytes", "bytes", "Bytes of the destination, link headers included", 12, UINT, DST,
	  COUNT_BYTES, NUM | SHORT | PERCENT | DOWN, get_count, NULL, mar_dropped, NULL },
	{ "appbytes", "TotAppBytes", "AppBytes", "bytes", "Application bytes both ways", 10, UINT, BOTH, COUNT_APPBYTES,
	  NUM | SHORT | PERCENT | DOWN, get_total, NULL, mar_memory, NULL },
	{ "sappbytes", "SAppBytes", "SrcAppBytes", "bytes", "Application bytes of the source", 12, UINT, SRC, COUNT_APPBYTES,
	  NUM | SHORT | PERCENT | DOWN, get_count, NULL, mar_buffers, NULL },
	{ "dappbytes", "DAppBytes", "DstAppBytes", "bytes", "Application bytes of the destination", 12, UINT, DST,
	  COUNT_APPBYTES, NUM | SHORT | PERCENT | DOWN, get_count, NULL, mar_queue, NULL },
	{ "pcr", "PCRatio", "PCR", "", "Producer/consumer ratio: 1 sends only, -1 receives only", 10, F64, BOTH, 0, NUM | DOWN,
	  get_pcr, NULL, NULL, NULL },
	{ "abr", "ABRatio", "ABRatio", "", "Application byte ratio; the same as pcr", 10, F64, BOTH, 0, NUM | DOWN, get_pcr,
	  NULL, NULL, NULL },
	{ "tf", "TF", "TransEff", "", "Application bytes as a part of all bytes", 12, F32, BOTH, 0, NUM | DOWN, get_efficiency,
	  NULL, NULL, NULL },
	{ "stf", "STF", "SrcTransEff", "", "Application bytes as a part of all bytes, source", 12, F32, SRC, 0, NUM | DOWN,
	  get_efficiency, NULL, NULL, NULL },
	{ "dtf", "DTF", "DstTransEff", "", "Application bytes as a part of all bytes, destination", 12, F32, DST, 0,
	  NUM | DOWN, get_efficiency, NULL, NULL, NULL },

	/* Rates */
	{ "rate", "Rate", "Rate", "packets/s", "Packets a second", 12, F32, BOTH, 0, NUM | ZERO | SHORT | DOWN, get_rate, NULL,
	  mar_zero_float, NULL },
	PAIR("rate", "SrcRate", "DstRate", "Rate", "packets/s", "Packets a second", 12, F32, 0, NUM | ZERO | SHORT | DOWN,
	     get_rate, NULL, mar_zero_float, NULL),
	{ "load", "Load", "Load", "bit/s", "Bits a second", 8, F32, BOTH, 0, NUM | ZERO | SHORT | DOWN, get_total_load, NULL,
	  mar_zero_float, NULL },
	PAIR("load", "SrcLoad", "DstLoad", "Load", "bit/s", "Bits a second", 8, F32, 0, NUM | ZERO | SHORT | DOWN, get_load,
	     NULL, mar_zero_float, NULL),

	/* Losses */
	LOSS("loss", "Loss", "Loss", "Packets lost or sent again", 10, 10, 0, get_loss, get_loss_percent, mar_dropped),
	LOSS_PERCENT("loss", "Loss", "Loss", "Packets lost or sent again", 8, 10, 0, get_loss_percent),
	LOSS("retrans", "Retrans", "Retrans", "Packets sent again (UDT)", 7, 8, UDT_RETRANS, get_udt, get_udt_percent, mar_zero),
	LOSS_PERCENT("retrans", "Retrans", "Retrans", "Packets sent again (UDT)", 7, 8, UDT_RETRANS, get_udt_percent),
	LOSS("nacks", "Nacks", "Nacks", "Packets reported lost (UDT)", 7, 8, UDT_NACKS, get_udt, get_udt_percent, mar_zero),
	LOSS_PERCENT("nacks", "Nacks", "Nacks", "Packets reported lost (UDT)", 7, 8, UDT_NACKS, get_udt_percent),
	LOSS("solo", "Solo", "Solo", "Packets that stand alone (UDT)", 7, 8, UDT_SOLO, get_udt, get_udt_percent, mar_zero),
	LOSS_PERCENT("solo", "Solo", "Solo", "Packets that stand alone (UDT)", 7, 8, UDT_SOLO, get_udt_percent),
	LOSS("first", "First", "First", "Packets that begin a message (UDT)", 7, 8, UDT_FIRST, get_udt, get_udt_percent, mar_zero),
	LOSS_PERCENT("first", "First", "First", "Packets that begin a message (UDT)", 7, 8, UDT_FIRST, get_udt_percent),
	PAIR("gap", "SrcGap", "DstGap", "Gap", "bytes", "TCP bytes that no packet carried", 8, UINT, 0, NUM | SHORT | DOWN,
	     get_sequence_gap, NULL, NULL, compare_label_first),

	/* IP attributes and sizes */
	PAIR("tos", "sTos", "dTos", "Tos", "", "Type of service byte", 5, UINT, ATTR_TOS, NUM | DOWN, get_attribute, NULL, NULL,
	     NULL),
	PAIR("dsb", "sDSb", "dDSb", "DSByte", "", "DS code point", 5, UINT, ATTR_DSB, DOWN | FIELD_PROTO_NAME, get_attribute,
	     print_ds_code, NULL, NULL),
	PAIR("ttl", "sTtl", "dTtl", "Ttl", "hops", "Time to live of the last packet", 4, UINT, ATTR_TTL, NUM | FIELD_TIES, get_attribute,
	     NULL, NULL, NULL),
	PAIR("hops", "sHops", "dHops", "Hops", "hops", "Routers passed, by the time to live", 5, UINT, ATTR_HOPS, NUM,
	     get_attribute, NULL, NULL, NULL),
	PAIR("ipid", "sIpId", "dIpId", "IpId", "", "IP identification of the last packet", 7, HEX, ATTR_IPID, DOWN,
	     get_attribute, NULL, NULL, NULL),
	PAIR("meansz", "sMeanPktSz", "dMeanPktSz", "MeanPktSize", "bytes", "Mean packet size", 12, F32, 0,
	     NUM | ZERO | SHORT | DOWN, get_mean_size, NULL, mar_zero_float, NULL),
	PAIR("maxsz", "sMaxPktSz", "dMaxPktSz", "MaxPktSize", "bytes", "Greatest packet", 12, UINT, STATS_MAX, NUM | DOWN,
	     get_packet_size, NULL, NULL, NULL),
	PAIR("minsz", "sMinPktSz", "dMinPktSz", "MinPktSize", "bytes", "Least packet", 12, UINT, STATS_MIN, NUM,
	     get_packet_size, NULL, NULL, NULL),
	PAIR("pktsz", "sPktSz", "dPktSz", "PktSize", "", "Histogram of packet sizes", 12, TEXT, 0, 0, NULL,
	     print_size_histogram, NULL, NULL),

	/* Gaps between packets, and their jitter */
	PAIR("intpkt", "SIntPkt", "DIntPkt", "IntPkt", "ms", "Mean gap between packets", 12, F64, GAPS(GAPS_ALL, STATS_MEAN),
	     NUM | ZERO, get_gap_mean, print_gap, NULL, NULL),
	PAIR("intpktact", "SIntPktAct", "DIntPktAct", "ActiveIntPkt", "ms", "Mean gap while active", 12, F64,
	     GAPS(GAPS_ACTIVE, STATS_MEAN), NUM | ZERO, get_gap_mean, print_gap, NULL, NULL),
	PAIR("intpktidl", "SIntPktIdl", "DIntPktIdl", "IdleIntPkt", "ms", "Mean gap while idle", 12, F64,
	     GAPS(GAPS_IDLE, STATS_MEAN), NUM | ZERO, get_gap_mean, print_gap, NULL, NULL),
	PAIR("intpktmax", "SIntPktMax", "DIntPktMax", "IntPktMax", "ms", "Greatest gap between packets", 12, F64,
	     GAPS(GAPS_ALL, STATS_MAX), NUM | ZERO, get_gap_edge, print_gap, NULL, NULL),
	PAIR("intpktmin", "SIntPktMin", "DIntPktMin", "IntPktMin", "ms", "Least gap between packets", 12, F64,
	     GAPS(GAPS_ALL, STATS_MIN), NUM | ZERO, get_gap_edge, print_gap, NULL, NULL),
	PAIR("intpktactmax", "SIPActMax", "DIPActMax", "ActIntPktMax", "ms", "Greatest gap while active", 12, F64,
	     GAPS(GAPS_ACTIVE, STATS_MAX), NUM | ZERO, get_gap_edge, print_gap, NULL, NULL),
	PAIR("intpktactmin", "SIPActMin", "DIPActMin", "ActIntPktMin", "ms", "Least gap while active", 12, F64,
	     GAPS(GAPS_ACTIVE, STATS_MIN), NUM | ZERO, get_gap_edge, print_gap, NULL, NULL),
	PAIR("intpktidlmax", "SIPIdlMax", "DIPIdlMax", "IdlIntPktMax", "ms", "Greatest gap while idle", 12, F64,
	     GAPS(GAPS_IDLE, STATS_MAX), NUM | ZERO, get_gap_edge, print_gap, NULL, NULL),
	PAIR("intpktidlmin", "SIPIdlMin", "DIPIdlMin", "IdlIntPktMin", "ms", "Least gap while idle", 12, F64,
	     GAPS(GAPS_IDLE, STATS_MIN), NUM | ZERO, get_gap_edge, print_gap, NULL, NULL),
	PAIR("jit", "SrcJitter", "DstJitter", "Jitter", "ms", "Standard deviation of the gaps", 12, F64,
	     GAPS(GAPS_ALL, STATS_STDDEV), NUM, get_jitter, NULL, NULL, NULL),
	PAIR("jitact", "SrcJitAct", "DstJitAct", "JitAct", "ms", "Standard deviation of the gaps while active", 12, F64,
	     GAPS(GAPS_ACTIVE, STATS_STDDEV), NUM, get_jitter, NULL, NULL, NULL),
	PAIR("jitidl", "SrcJitIdl", "DstJitIdl", "JitIdl", "ms", "Standard deviation of the gaps while idle", 12, F64,
	     GAPS(GAPS_IDLE, STATS_STDDEV), NUM, get_jitter, NULL, NULL, NULL),
	PAIR("intdist", "SIntDist", "DIntDist", "IntDist", "", "Histogram of the gaps", 8, TEXT, GAPS_ALL, 0, NULL,
	     print_gap_histogram, NULL, NULL),
	PAIR("intdistact", "SIntActDist", "DIntActDist", "IntActDist", "", "Histogram of the gaps while active", 11, TEXT,
	     GAPS_ACTIVE, 0, NULL, print_gap_histogram, NULL, NULL),
	PAIR("intdistidl", "SIntIdlDist", "DIntIdlDist", "IntIdlDist", "", "Histogram of the gaps while idle", 11, TEXT,
	     GAPS_IDLE, 0, NULL, print_gap_histogram, NULL, NULL),

	/* TCP */
	PAIR("win", "SrcWin", "DstWin", "Win", "bytes", "TCP window", 6, UINT, 0, NUM | SHORT | DOWN, get_window, NULL, NULL,
	     NULL),
	PAIR("tcpb", "SrcTCPBase", "DstTCPBase", "TCPBase", "", "First TCP sequence number", 12, UINT, 0, NUM | ZERO | DOWN, get_base,
	     print_base, NULL, NULL),
	{ "tcprtt", "TcpRtt", "TcpRtt", "s", "TCP round trip: synack and ackdat together", 12, F64, BOTH, 0,
	  NUM | ZERO | SHORT | DOWN, get_rtt, NULL, mar_zero_float, NULL },
	{ "synack", "SynAck", "TcpSynAck", "s", "Time from SYN to SYN-ACK", 12, F64, BOTH, 0, NUM | ZERO | SHORT | DOWN,
	  get_synack, NULL, mar_zero_float, NULL },
	{ "ackdat", "AckDat", "TcpAckDat", "s", "Time from SYN-ACK to ACK", 12, F64, BOTH, 0, NUM | ZERO | SHORT | DOWN,
	  get_ackdat, NULL, mar_zero_float, NULL },
	{ "stcpmax", "STcpMax", "SrcTcpMax", "kbit/s", "What the destination's window lets the source send", 10, F64, SRC, 0,
	  NUM | ZERO | SHORT | DOWN, get_tcp_max, NULL, mar_zero_float, NULL },
	{ "dtcpmax", "DTcpMax", "DstTcpMax", "kbit/s", "What the source's window lets the destination send", 10, F64, DST, 0,
	  NUM | ZERO | SHORT | DOWN, get_tcp_max, NULL, mar_zero_float, NULL },
	{ "tcpopt", "TcpOpt", "TcpOptions", "", "TCP options seen, a letter each", 12, TEXT, BOTH, 0, FIELD_FIXED, NULL,
	  print_tcp_options, NULL, NULL },
	{ "tcpext", "", "TcpExt", "", "Kept for old scripts; always empty", 12, VALUE_NONE, BOTH, 0, FIELD_NO_TITLE, NULL, NULL,
	  NULL, NULL },

	/* Behaviour, correlation, placeholders, user data */
	{ "nstroke", "NStrok", "KeyStrokeNStroke", "strokes", "Key strokes both ways", 9, UINT, BOTH, 0, NUM | DOWN,
	  get_strokes, print_strokes, NULL, NULL },
	{ "snstroke", "sNStrok", "KeyStrokeSrcNStroke", "strokes", "Key strokes of the source", 9, UINT, SRC, 0, NUM | DOWN,
	  get_strokes, print_strokes, NULL, NULL },
	{ "dnstroke", "dNStrok", "KeyStrokeDstNStroke", "strokes", "Key strokes of the destination", 9, UINT, DST, 0,
	  NUM | DOWN, get_strokes, print_strokes, NULL, NULL },
	{ "dldur", "dlDur", "DeltaDuration", "s", "Correlated record: difference of the durations", 12, F64, BOTH,
	  DELTA_DURATION, NUM, get_delta, NULL, NULL, NULL },
	{ "dlstime", "dlsTime", "DeltaStartTime", "s", "Correlated record: difference of the starts", 12, F64, BOTH,
	  DELTA_START, NUM, get_delta, NULL, NULL, NULL },
	{ "dlltime", "dllTime", "DeltaLastTime", "s", "Correlated record: difference of the ends", 12, F64, BOTH, DELTA_LAST,
	  NUM, get_delta, NULL, NULL, NULL },
	{ "dlspkt", "dsPkts", "DeltaSrcPkts", "packets", "Correlated record: difference of the source's packets", 6, F64, SRC,
	  0, NUM, get_delta_packets, print_delta_packets, NULL, NULL },
	{ "dldpkt", "ddPkts", "DeltaDstPkts", "packets", "Correlated record: difference of the destination's packets", 6, F64,
	  DST, 0, NUM, get_delta_packets, print_delta_packets, NULL, NULL },
	{ "dspkts", "dsPkts", "DeltaSrcPkts", "packets", "Correlated record: difference of the source's packets", 12, F64, SRC,
	  0, NUM, get_delta_packets, print_delta_packets, NULL, NULL },
	{ "ddpkts", "ddPkts", "DeltaDstPkts", "packets", "Correlated record: difference of the destination's packets", 12, F64,
	  DST, 0, NUM, get_delta_packets, print_delta_packets, NULL, NULL },
	EMPTY("dsbytes", "dsBytes", "DeltaSrcBytes", 12),
	EMPTY("ddbytes", "ddBytes", "DeltaDstBytes", 12),
	EMPTY("pdspkts", "pdsPkt", "PctDeltaSrcPkts", 12),
	EMPTY("pddpkts", "pddPkt", "PctDeltaDstPkts", 12),
	EMPTY("pdsbytes", "pdsByte", "PctDeltaSrcBytes", 12),
	EMPTY("pddbytes", "pddByte", "PctDeltaDstBytes", 12),
	EMPTY("jdelay", "JDelay", "JDelay", 12),
	EMPTY("ldelay", "LDelay", "LDelay", 12),
	{ "xxx", "", NULL, "", "A spacer; prints nothing", 12, VALUE_NONE, BOTH, 0, FIELD_NO_TITLE, NULL, NULL, NULL, NULL },
	{ "suser", "srcUdata", "SrcUserData", "", "User data captured from the source", 16, TEXT, SRC, 0,
	  LEFT | FIELD_CENTRED, NULL, print_user, NULL, NULL },
	{ "duser", "dstUdata", "DstUserData", "", "User data captured from the destination", 16, TEXT, DST, 0,
	  LEFT | FIELD_CENTRED, NULL, print_user, NULL, NULL },

	/* Argus 5 */
	{ "type", "Type", "Type", "", "Kind of record", 4, TEXT, BOTH, 0, V5, NULL, print_record_type, mar_proto, NULL },
	{ "sid", "Sid", "Sid", "", "Id of the probe", 18, ADDR, BOTH, 0, V5, get_source_id, print_source_id, mar_source, NULL },
	{ "inf", "Inf", "Inf", "", "Interface of the probe", 4, TEXT, BOTH, 0, V5, get_interface, NULL, mar_interface, NULL },
	{ "etype", "Etype", "EtherType", "", "Ethertype seen on the wire", 8, UINT, BOTH, 0, V5 | FIELD_PROTO_NAME, get_ethertype,
	  print_ethertype, NULL, NULL },
	PAIR("macclass", "SrcMacClass", "DstMacClass", "MacClass", "", "Administration of the MAC address", 5, TEXT, 0, V5, NULL,
	     print_mac_class, NULL, NULL),
	PAIR("macoui", "SrcMacOui", "DstMacOui", "MacOui", "", "First three bytes of the MAC address", 7, TEXT, 0, V5, NULL,
	     print_mac_oui, NULL, NULL),
	PAIR("mss", "SrcMss", "DstMss", "Mss", "bytes", "TCP maximum segment size", 6, UINT, 0, NUM | DOWN | V5, get_mss, NULL,
	     NULL, NULL),
	PAIR("vnid", "SrcVnid", "DstVnid", "Vnid", "", "VXLAN or GENEVE network", 6, UINT, 0, NUM | V5, get_vni, NULL, NULL,
	     NULL),
	PAIR("genaddr", "gSrcAddr", "gDstAddr", "GeneveAddr", "", "Outer address of a GENEVE tunnel", 18, ADDR, 0, V5,
	     get_tunnel_address, NULL, NULL, NULL),
	{ "genproto", "gProto", "GeneveProto", "", "Outer protocol of a GENEVE tunnel", 6, UINT, BOTH, 0, V5 | FIELD_PROTO_NAME,
	  get_tunnel_proto, print_tunnel_proto, NULL, NULL },
	PAIR("greaddr", "GSrcAddr", "GDstAddr", "GreAddr", "", "Outer address of a GRE tunnel", 18, ADDR, 1, V5,
	     get_tunnel_address, NULL, NULL, NULL),
	{ "greproto", "GProto", "GreProto", "", "Outer protocol of a GRE tunnel", 6, UINT, BOTH, 1, V5 | FIELD_PROTO_NAME,
	  get_tunnel_proto, print_tunnel_proto, NULL, NULL },
	PAIR("encbuf", "sEncBuf", "dEncBuf", "EncapsBuf", "", "Bytes of the encapsulating headers", 12, TEXT, 0, V5, NULL,
	     print_encaps_buffer, NULL, NULL),
	PAIR("lat", "sLat", "dLat", "Latitude", "degrees", "Latitude of the address", 3, F32, 0, NUM | V5, get_geo, NULL, NULL,
	     NULL),
	{ "ilat", "iLat", "InodeLatitude", "degrees", "Latitude of the intermediate node", 3, F32, BOTH, 0, NUM | V5, get_geo,
	  NULL, NULL, NULL },
	PAIR("lon", "sLon", "dLon", "Longitude", "degrees", "Longitude of the address", 3, F32, 1, NUM | V5, get_geo, NULL, NULL,
	     NULL),
	{ "ilon", "iLon", "InodeLongitude", "degrees", "Longitude of the intermediate node", 3, F32, BOTH, 1, NUM | V5, get_geo,
	  NULL, NULL, NULL },
	PAIR("loc", "sLoc", "dLoc", "Locality", "", "How local the address is", 3, UINT, 0, NUM | V5, get_locality, NULL, NULL,
	     NULL),
	{ "loc", "Loc", "Locality", "", "How local the more local address is", 3, UINT, BOTH, 0, NUM | V5, get_locality, NULL,
	  NULL, NULL },
	{ "idlemean", "IdlMean", "IdleMean", "s", "Mean pause between the merged records", 8, F64, BOTH, STATS_MEAN, NUM | V5,
	  get_pause, NULL, NULL, NULL },
	{ "idlemin", "IdlMin", "IdleMin", "s", "Shortest pause between the merged records", 8, F64, BOTH, STATS_MIN, NUM | V5,
	  get_pause, NULL, NULL, NULL },
	{ "idlemax", "IdlMax", "IdleMax", "s", "Longest pause between the merged records", 8, F64, BOTH, STATS_MAX, NUM | V5,
	  get_pause, NULL, NULL, NULL },
	{ "idlestddev", "IdlStdDev", "IdleStdDev", "s", "Standard deviation of the pauses", 8, F64, BOTH, STATS_STDDEV,
	  NUM | V5, get_pause, NULL, NULL, NULL },
	{ "hash", "Hash", "Hash", "", "Hash that the probe gave to the flow", 4, UINT, BOTH, 0, NUM | V5, get_hash, NULL, NULL,
	  NULL },
	{ "ind", "Ind", "Ind", "", "Index that the probe gave to the flow", 4, UINT, BOTH, 0, NUM | V5, get_index, NULL, NULL,
	  NULL },
	{ "score", "Score", "Score", "", "Score of the flow", 5, UINT, BOTH, 0, NUM | V5, get_score, NULL, NULL, NULL },
	{ "dsrs", "Dsrs", "Dsrs", "", "Parts that the record has", 32, TEXT, BOTH, 0, V5, NULL, print_dsrs, NULL, NULL },
};

const size_t field_count = ARRAY_LENGTH(field_table);
