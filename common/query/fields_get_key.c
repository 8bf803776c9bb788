/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of the columns that come from the flow key and the link layer
 * (printing.md 3 and 4.6). */
#include "common/query/fields_rows.h"

#define MAC_LENGTH 6

/* IS-IS: who speaks is the source, what is spoken about the destination. */
static bool isis_address(const struct flow_key *k, unsigned side, struct value *v)
{
	const uint8_t *id = k->u.isis.id;

	switch (k->u.isis.pdu) {
	case 15:
	case 16:
		return side == SRC ? value_addr(v, id, 6) : value_addr(v, id + 6, 7);
	case 18:
	case 20:
		return side == SRC ? value_addr(v, id, 8) : value_hex(v, k->u.isis.sequence);
	case 24:
	case 25:
	case 26:
	case 27:
		return side == SRC && value_addr(v, id, 7);
	}
	return false;
}

bool get_address(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_key *k = flow_key(f);
	unsigned side = field->side;

	switch (k->layout) {
	case LAYOUT_IPV4:
		return value_addr(v, k->u.ip.addr[side], 4);
	case LAYOUT_IPV6:
		return value_addr(v, k->u.ip.addr[side], 16);
	case LAYOUT_ARP:
		return value_addr(v, k->u.arp.addr[side], 4);
	case LAYOUT_RARP:
		return value_addr(v, k->u.rarp.mac[side], MAC_LENGTH);
	case LAYOUT_ETHER:
		return value_addr(v, k->u.ether.mac[side], MAC_LENGTH);
	case LAYOUT_WLAN:
		return value_addr(v, k->u.wlan.mac[side], MAC_LENGTH);
	case LAYOUT_UDT:
		return value_addr(v, k->u.udt.mac[side], MAC_LENGTH);
	case LAYOUT_ISIS:
		return isis_address(k, side, v);
	}
	return false;
}

/* The bytes of a class A, B, C or D address that name its network; class E: none. */
static unsigned class_bytes(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0)
		return 2;
	if (first < 0xe0)
		return 3;
	return first < 0xf0 ? 4 : 0;
}

/* The address, IPv4 without the host part of its class. */
bool get_network(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_key *k = flow_key(f);

	if (k->layout == LAYOUT_ISIS || !get_address(field, f, v))
		return false;
	if (k->layout == LAYOUT_ARP)
		memset(v->addr, 0, 4);
	else if (k->layout == LAYOUT_IPV4)
		for (unsigned i = class_bytes(v->addr[0]); i < 4; i++)
			v->addr[i] = 0;
	return true;
}

/* The end that the locality DSR calls the more local one (SRC), or the other
 * (DST). Records without it do not tell; param is enum end_param. */
bool get_local(const struct field *field, struct flow *f, struct value *v)
{
	const struct locality *l = flow_locality(f);
	struct field end = *field;

	if (l == NULL || l->loc[SRC] == l->loc[DST])
		return false;
	end.side = (uint8_t)((l->loc[SRC] > l->loc[DST] ? SRC : DST) ^ field->side);
	return field->param == END_NETWORK ? get_network(&end, f, v) : get_address(&end, f, v);
}

static bool ip_port(const struct flow_key *k, unsigned side, struct value *v)
{
	switch (k->proto) {
	case 6:
	case 17:
		return !(k->flags & KEY_FRAGMENT) && value_uint(v, k->u.ip.port[side]);
	case 1:
		if (k->layout != LAYOUT_IPV4)
			return false;
		return value_hex(v, side == SRC ? (uint64_t)k->u.ip.code << 8 | k->u.ip.type : k->u.ip.id);
	case 58:
		return k->layout == LAYOUT_IPV6 && value_hex(v, side == SRC ? k->u.ip.type : k->u.ip.code);
	case 50:
		return side == DST && value_hex(v, k->u.ip.spi);
	}
	return false;
}

/* What stands in the port columns: TCP and UDP ports, and what other protocols
 * have in their place (printing.md 3.2). */
bool get_port(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_key *k = flow_key(f);

	switch (k->layout) {
	case LAYOUT_IPV4:
	case LAYOUT_IPV6:
		return k->kind == KEY_TUPLE && ip_port(k, field->side, v);
	case LAYOUT_ETHER:
		return k->kind == KEY_TUPLE && value_uint(v, k->u.ether.sap[field->side]);
	case LAYOUT_ISIS:
		return field->side == DST && value_hex(v, k->u.isis.checksum);
	}
	return false;
}

/* The number of the IP protocol; the name is print_proto's. */
bool get_proto(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_key *k = flow_key(f);

	(void)field;
	return key_is_ip(k) && value_uint(v, k->proto);
}

bool get_mac(const struct field *field, struct flow *f, struct value *v)
{
	const struct mac *m = flow_mac(f);

	return m != NULL && value_addr(v, m->addr[field->side], MAC_LENGTH);
}

bool get_bssid(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_key *k = flow_key(f);

	(void)field;
	return k->layout == LAYOUT_WLAN && value_addr(v, k->u.wlan.bssid, MAC_LENGTH);
}

bool get_ssid(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_key *k = flow_key(f);
	size_t length;

	(void)field;
	if (k->layout != LAYOUT_WLAN)
		return false;
	length = strnlen(k->u.wlan.ssid, sizeof k->u.wlan.ssid);
	return length > 0 && value_text(v, k->u.wlan.ssid, length);
}

/* Who sent the ICMP error that this flow caused. */
bool get_inode(const struct field *field, struct flow *f, struct value *v)
{
	const struct icmp_mapped *m = flow_icmp(f);
	uint8_t addr[4];

	(void)field;
	if (m == NULL)
		return false;
	put_be32(addr, m->outer[SRC]);
	return value_addr(v, addr, sizeof addr);
}

bool get_icmpid(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_key *k = flow_key(f);

	(void)field;
	if (k->layout == LAYOUT_IPV4 && k->proto == 1)
		return value_uint(v, k->u.ip.id);
	if (k->layout == LAYOUT_IPV6 && k->proto == 58)
		return value_uint(v, __builtin_bswap16(k->u.ip.id));
	return false;
}

/* The hardware address that answered an ARP request. */
bool get_responder(const struct field *field, struct flow *f, struct value *v)
{
	const struct network *n = flow_network(f);

	(void)field;
	if (n == NULL || n->is_opaque || n->kind != NETWORK_ARP)
		return false;
	return value_addr(v, n->u.arp_mac, MAC_LENGTH);
}

/* A part of the 802.1Q tag; param is enum vlan_param. */
bool get_vlan(const struct field *field, struct flow *f, struct value *v)
{
	const struct vlan *vlan = flow_vlan(f);
	uint16_t tag;

	if (vlan == NULL || !vlan->has[field->side])
		return false;
	tag = vlan->tci[field->side];
	switch ((enum vlan_param)field->param) {
	case VLAN_TAG:
		return value_hex(v, tag);
	case VLAN_ID:
		return value_uint(v, tag & 0xfff);
	case VLAN_PRIORITY:
		return value_uint(v, tag >> 13);
	}
	return false;
}

bool get_mpls(const struct field *field, struct flow *f, struct value *v)
{
	const struct mpls *m = flow_mpls(f);

	return m != NULL && m->has[field->side] && value_uint(v, m->entry[field->side] >> 12);
}

/* The bits of the encapsulations seen; print_encaps shows their letters. */
bool get_encaps(const struct field *field, struct flow *f, struct value *v)
{
	const struct encaps *e = flow_encaps(f);

	return e != NULL && e->bits[field->side] != 0 && value_uint(v, e->bits[field->side]);
}
