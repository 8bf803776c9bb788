/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rows of the field table are made of: getters, printers, and the
 * parameters that tell one column of a family from the next. Only the files of
 * the table include this. */
#ifndef COMMON_QUERY_FIELDS_ROWS_H
#define COMMON_QUERY_FIELDS_ROWS_H

#include "argus/query/fields.h"

/* The families' parameters (struct field: param). */
enum count_param { COUNT_PKTS, COUNT_BYTES, COUNT_APPBYTES, COUNT_TRANS };
enum stats_param { STATS_MEAN, STATS_MIN, STATS_MAX, STATS_STDDEV, STATS_SUM };
enum udt_param { UDT_RETRANS, UDT_NACKS, UDT_SOLO, UDT_FIRST };
enum attribute_param { ATTR_TOS, ATTR_DSB, ATTR_TTL, ATTR_HOPS, ATTR_IPID };
enum vlan_param { VLAN_TAG, VLAN_ID, VLAN_PRIORITY };
enum activity_param { GAPS_ACTIVE = ACTIVE, GAPS_IDLE = IDLE, GAPS_ALL };
#define GAPS(activity, what) ((activity) << 4 | (what)) /* enum activity_param, enum stats_param */
enum behaviour_param { DELTA_DURATION, DELTA_START, DELTA_LAST };
enum end_param { END_PLAIN, END_NETWORK };

typedef bool field_getter(const struct field *field, struct flow *f, struct value *v);

/* Each sets *v and returns true, so that a getter can return it. */
static inline bool value_uint(struct value *v, uint64_t u)
{
	v->kind = VALUE_UINT;
	v->u = u;
	return true;
}

static inline bool value_hex(struct value *v, uint64_t u)
{
	v->kind = VALUE_HEX;
	v->u = u;
	return true;
}

static inline bool value_time(struct value *v, uint64_t at)
{
	v->kind = VALUE_TIME;
	v->u = at;
	return true;
}

static inline bool value_double(struct value *v, double d)
{
	v->kind = VALUE_DOUBLE;
	v->d = d;
	return true;
}

/* Single precision: what the reference keeps as float prints from the rounded value. */
static inline bool value_float(struct value *v, float d)
{
	v->kind = VALUE_FLOAT;
	v->d = (double)d;
	return true;
}

static inline bool value_addr(struct value *v, const uint8_t *addr, uint8_t length)
{
	v->kind = VALUE_ADDR;
	v->addr_length = length;
	memcpy(v->addr, addr, length);
	return true;
}

static inline bool value_text(struct value *v, const char *text, size_t length)
{
	v->kind = VALUE_TEXT;
	v->text = text;
	v->length = length;
	return true;
}

static inline bool key_is_ip(const struct flow_key *k)
{
	return k->layout == LAYOUT_IPV4 || k->layout == LAYOUT_IPV6;
}

/* A duration in microseconds as the single precision seconds that 3.0.8 keeps. */
static inline float seconds_f32(uint64_t us)
{
	return (float)((double)us / 1e6);
}

/* fields_get_time.c */
field_getter get_start, get_last, get_stamp, get_duration, get_side_duration, get_agr, get_trans, get_relative;
/* fields_get_key.c */
field_getter get_address, get_network, get_local, get_port, get_proto, get_mac, get_bssid, get_ssid, get_inode,
	get_icmpid, get_responder, get_vlan, get_mpls, get_encaps;
/* fields_get_count.c */
field_getter get_count, get_total, get_pcr, get_efficiency, get_rate, get_load, get_total_load, get_loss,
	get_loss_percent, get_udt, get_udt_percent, get_mean_size, get_packet_size;
/* fields_get_ip.c */
field_getter get_attribute;
/* fields_get_jitter.c */
field_getter get_gap_mean, get_gap_edge, get_jitter;
/* fields_get_tcp.c */
field_getter get_window, get_base, get_rtt, get_synack, get_ackdat, get_tcp_max, get_sequence_gap, get_mss;
/* fields_get_misc.c */
field_getter get_sequence, get_rank, get_offset, get_label, get_country, get_asn, get_strokes, get_delta,
	get_delta_packets, get_correlated, get_geo, get_locality, get_vni, get_tunnel_address, get_tunnel_proto,
	get_hash, get_index, get_interface, get_ethertype, get_score, get_source_id, get_pause;
/* community_id.c */

/* Printers that no kind of value covers. */
/* fields_print_addr.c */
field_printer print_address, print_mac, print_vendor, print_mac_class, print_mac_oui, print_source_id;
/* fields_print_port.c */
field_printer print_port, print_proto, print_ethertype, print_tunnel_proto;
/* fields_print_state.c */
field_printer print_state, print_cause, print_direction;
/* fields_print_flags.c */
field_printer print_flags, print_encaps, print_tcp_options;
/* fields_print_time.c */
field_printer print_idle, print_relative, print_gap;
/* fields_print_hist.c */
field_printer print_size_histogram, print_gap_histogram;
/* fields_print_user.c */
field_printer print_user, print_encaps_buffer;
/* fields_print_misc.c */
field_printer print_lost, print_base, print_ds_code, print_asn, print_strokes, print_delta_packets, print_record_type, print_dsrs;
/* community_id.c */
field_printer print_community_id;

/* fields_print_mar.c */
field_mar_printer mar_now, mar_start, mar_duration, mar_source, mar_proto, mar_state, mar_cause, mar_queue,
	mar_buffers, mar_dropped, mar_clients, mar_packets, mar_records, mar_memory, mar_bytes, mar_sequence, mar_zero,
	mar_zero_float, mar_rank, mar_offset, mar_interface, mar_flags;

/* A source id as text, without a NUL; `out` has room for 45 characters. */
size_t source_id_text(unsigned form, const uint8_t id[16], char *out);
/* What TCP tells of a flow of TCP, or NULL: one that was merged of several protocols may still have
 * that DSR of its first record, and then it is not for the columns. */
static inline const struct tcp *tcp_of(struct flow *f)
{
	return flow_key(f)->proto == PROTO_TCP ? flow_tcp(f) : NULL;
}

/* The cause of a management record. */
const char *mar_cause_text(const struct mar *m);

int compare_address(const struct field *field, struct flow *a, struct flow *b);
int compare_port(const struct field *field, struct flow *a, struct flow *b);
int compare_proto(const struct field *field, struct flow *a, struct flow *b);
int compare_idle(const struct field *field, struct flow *a, struct flow *b);
int compare_sequence(const struct field *field, struct flow *a, struct flow *b);
uint64_t label_number(const struct value *v);
int compare_label_first(const struct field *field, struct flow *a, struct flow *b);
int compare_vendor(const struct field *field, struct flow *a, struct flow *b);

#endif
