/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The getters and tests that rows of the word table name, and what their
 * parameter means. They are in filter_test.c and filter_value.c. */
#ifndef COMMON_QUERY_FILTER_WORDS_H
#define COMMON_QUERY_FILTER_WORDS_H

#include "common/query/filter_tree.h"

/* filter_get_correlation */
enum { CORRELATION_DURATION, CORRELATION_LAST, CORRELATION_COUNT };
/* filter_get_jitter: this, or the deviation; with enum activity */
#define JITTER_MEAN 0x10u
/* filter_is_isis_pdu: two types */
#define ISIS_PDU(a, b) ((uint32_t)(a) << 8 | (b))
/* filter_is_icmp: two types of ICMP, two of ICMPv6 (in 8, 8, 8 and 4 bits of the
 * difference to the first), and the qualifier of a mapped section; 0: none */
#define ICMP_TYPES(a, b, a6, b6, mapped)                                                                               \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(a6) << 16 | (uint32_t)((b6) - (a6)) << 24 |                   \
	 (uint32_t)(mapped) << 28)
enum { IGMP_QUERY, IGMP_MEMBER, IGMP_LEAVE };

integer_getter filter_get_packets, filter_get_bytes, filter_get_appbytes, filter_get_ttl, filter_get_tos,
	filter_get_dsb, filter_get_ip_id, filter_get_sequence, filter_get_count, filter_get_tcp_base, filter_get_maxseg,
	filter_get_vlan_id, filter_get_vlan_priority, filter_get_mpls_label, filter_get_keystrokes, filter_get_locality,
	filter_get_masklen, filter_get_spi, filter_get_correlation, filter_get_as, filter_get_integer_column;
float_getter filter_get_duration, filter_get_mean_duration, filter_get_pcr, filter_get_jitter, filter_get_flow_gap,
	filter_get_position, filter_get_real_column;

test_function filter_is_never, filter_is_far, filter_is_type, filter_is_cause, filter_is_ip, filter_is_protocol,
	filter_is_udp_network, filter_is_network, filter_is_layout, filter_has_section, filter_ends_are_local,
	filter_ends_are_remote, filter_saw_flag, filter_is_retransmitting, filter_has_side_status, filter_has_status,
	filter_has_fragments, filter_has_many_macs, filter_is_isis_pdu, filter_is_connected, filter_is_fragment_flow,
	filter_has_option, filter_is_icmp, filter_is_mapped, filter_is_unreachable, filter_is_igmp, filter_has_country;
mar_function filter_mar_is_one, filter_mar_is_cause;

#endif
