/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ports and what stands in their place, and protocols (printing.md 3.2, 3.4). */
#include "argus/base/names.h"
#include "common/query/fields_print.h"

static size_t put_service(uint16_t port, uint8_t proto, char *out, size_t room)
{
	const char *name;

	if (port == 0)
		return 0;
	name = names_service(proto, port);
	return name != NULL ? put_text(out, room, name) : num_u64(out, port);
}

static size_t put_sap(uint8_t sap, char *out, size_t room)
{
	const char *name = names_sap(sap);

	if (sap == 0)
		return 0;
	return name != NULL ? put_text(out, room, name) : put_hex(out, sap, 2);
}

static size_t cut(size_t length, const struct style *style, unsigned width, char *out)
{
	return style->fixed_width ? cut_with_star(out, length, width) : length;
}

/* What may be a name is cut to the column, numbers never (printing.md 2.3). */
static size_t print_ip_port(const struct flow_key *k, const struct value *v, const struct style *style, unsigned width,
			    char *out, size_t room)
{
	bool by_name = style->names <= NAMES_PORT;

	switch (k->proto) {
	case 6:
	case 17:
		if (by_name)
			return cut(put_service((uint16_t)v->u, k->proto, out, room), style, width, out);
		return num_u64(out, v->u);
	case 58:
		return by_name ? cut(put_hex(out, v->u, 4), style, width, out) : num_u64(out, v->u);
	case 50:
		return cut(put_hex(out, v->u, style->fixed_width ? 8 : 1), style, width, out);
	}
	return by_name ? cut(put_hex(out, v->u, 4), style, width, out) : put_hex(out, v->u, 4);
}

/* Nothing is known of the ports of a fragment. In their place 3.0.8 shows 0, over
 * IPv6 the halves of the fragment's id. */
static bool fragment_port(const struct flow_key *k, unsigned side, struct value *v)
{
	if (!key_is_ip(k) || !(k->flags & KEY_FRAGMENT) || (k->proto != 6 && k->proto != 17))
		return false;
	if (k->layout == LAYOUT_IPV4)
		return value_uint(v, 0);
	return value_uint(v, side == SRC ? k->u.ip.frag_id >> 16 : k->u.ip.frag_id & 0xffff);
}

size_t print_port(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		  size_t room)
{
	const struct flow_key *k = flow_key(f);
	struct value v;

	if (!get_port(field, f, &v) && !fragment_port(k, field->side, &v))
		return 0;
	if (key_is_ip(k))
		return print_ip_port(k, &v, style, width, out, room);
	if (k->layout == LAYOUT_ISIS)
		return cut(put_hex(out, v.u, 1), style, width, out);
	if (style->names <= NAMES_PORT)
		return cut(put_sap((uint8_t)v.u, out, room), style, width, out);
	return num_u64(out, v.u);
}

/* Only TCP and UDP ports and the numbers of ICMPv6 have an order (aggregation.md 7). */
static uint64_t port_rank(const struct field *field, struct flow *f)
{
	const struct flow_key *k = flow_key(f);
	struct value v;

	if (!key_is_ip(k) || (k->proto != 6 && k->proto != 17 && k->proto != 58) || !get_port(field, f, &v))
		return 0;
	return v.u;
}

int compare_port(const struct field *field, struct flow *a, struct flow *b)
{
	uint64_t x = port_rank(field, a), y = port_rank(field, b);

	return (x > y) - (x < y);
}

int compare_proto(const struct field *field, struct flow *a, struct flow *b)
{
	uint8_t x = flow_key(a)->proto, y = flow_key(b)->proto;

	(void)field;
	return (x > y) - (x < y);
}

static size_t put_protocol(uint8_t proto, const struct style *style, char *out, size_t room)
{
	if (style->names == NAMES_NONE)
		return num_u64(out, proto);
	return put_text(out, room, names_protocol(proto));
}

static size_t put_ethertype(uint16_t type, const struct style *style, char *out, size_t room)
{
	const char *name;

	if (style->names == NAMES_NONE)
		return num_u64(out, type);
	name = names_ethertype(type);
	if (name != NULL)
		return put_text(out, room, name);
	return style->names == NAMES_PROTO ? num_u64(out, type) : put_text(out, room, "unknown");
}

/* What a UDP flow carries, if it was recognised. */
static const char *udp_application(struct flow *f, const struct flow_key *k)
{
	const struct network *n = flow_has(f, DSR_NETWORK) ? flow_network(f) : NULL;

	if (n == NULL)
		return NULL;
	switch (n->kind) {
	case NETWORK_RTP:
		return "rtp";
	case NETWORK_RTCP:
		return "rtcp";
	case NETWORK_UDT:
		return k->layout == LAYOUT_IPV4 ? "udt" : NULL;
	}
	return NULL;
}

/* A matrix of addresses has no protocol but that of its addresses. */
static const char *matrix_name(const struct flow_key *k)
{
	switch (k->layout) {
	case LAYOUT_IPV4:
	case LAYOUT_IPV6:
		return "ip";
	case LAYOUT_ETHER:
		return "ether";
	case LAYOUT_WLAN:
		return "wlan";
	case LAYOUT_ARP:
		return "arp";
	case LAYOUT_RARP:
		return "rarp";
	}
	return "";
}

size_t print_proto(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		   size_t room)
{
	const struct flow_key *k = flow_key(f);
	const char *name;

	(void)field, (void)width;
	if (f->type == RECORD_EVENT)
		return put_bytes(out, room, "evt", 3);
	if (k->kind == KEY_L2_MATRIX || k->kind == KEY_L3_MATRIX)
		return put_text(out, room, matrix_name(k));
	switch (k->layout) {
	case LAYOUT_IPV4:
	case LAYOUT_IPV6:
		name = k->proto == 17 && style->names != NAMES_NONE ? udp_application(f, k) : NULL;
		return name != NULL ? put_text(out, room, name) : put_protocol(k->proto, style, out, room);
	case LAYOUT_ETHER:
		return put_ethertype(k->u.ether.type, style, out, room);
	case LAYOUT_UDT:
		return put_ethertype(k->u.udt.type, style, out, room);
	case LAYOUT_ARP:
		return style->names == NAMES_NONE ? num_u64(out, 2054) : put_bytes(out, room, "arp", 3);
	case LAYOUT_RARP:
		return put_bytes(out, room, "rarp", 4);
	case LAYOUT_ISIS:
		return put_bytes(out, room, "isis", 4);
	case LAYOUT_WLAN:
		return put_bytes(out, room, "wlan", 4);
	}
	return 0;
}

size_t print_ethertype(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		       size_t room)
{
	struct value v;

	(void)width;
	if (!field->get(field, f, &v))
		return 0;
	if (v.u == 2048 && style->names != NAMES_NONE)
		return put_bytes(out, room, "ipv4", 4);
	return put_ethertype((uint16_t)v.u, style, out, room);
}

size_t print_tunnel_proto(const struct field *field, struct flow *f, const struct style *style, unsigned width,
			  char *out, size_t room)
{
	struct value v;

	(void)width;
	return field->get(field, f, &v) ? put_protocol((uint8_t)v.u, style, out, room) : 0;
}
