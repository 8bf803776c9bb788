/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tests of addresses, ports, names and ids (filter.md 6.2 to 6.5). */
#include "common/query/filter_tree.h"

static uint32_t load32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof v);
	return v;
}

static bool masked_equal(const uint8_t *a, const struct test *t, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((a[i] & t->want.bytes.mask[i]) != t->want.bytes.addr[i])
			return false;
	return true;
}

static bool key_is_host4(const struct test *t, const struct flow_key *key, enum side side)
{
	if (key->layout == LAYOUT_IPV4 && t->takes & TAKES_IPV4)
		return (load32(key->u.ip.addr[side]) & t->want.v4.mask) == t->want.v4.addr;
	if (key->layout == LAYOUT_ARP && t->takes & TAKES_ARP)
		return (load32(key->u.arp.addr[side]) & t->want.v4.mask) == t->want.v4.addr;
	return false;
}

bool filter_test_host4(const struct test *t, struct flow *f, enum side side)
{
	return !flow_lacks_ipv4(f, t->want.v4.addr, t->want.v4.mask) && key_is_host4(t, flow_key(f), side);
}

/* An IPv4 address of one protocol: icmp host A. */
bool filter_test_host4_protocol(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	return key->proto == t->proto && key_is_host4(t, key, side);
}

bool filter_test_host6(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	if (key->layout != LAYOUT_IPV6 || (t->proto != 0 && key->proto != t->proto))
		return false;
	return masked_equal(key->u.ip.addr[side], t, 16);
}

/* param: the slot of the tunnel's section. */
static const struct flow_key *tunnel_key(const struct test *t, struct flow *f)
{
	const struct tunnel *tunnel = t->param == DSR_GRE     ? flow_gre(f)
				      : t->param == DSR_VXLAN ? flow_vxlan(f)
							      : flow_geneve(f);

	return tunnel != NULL ? &tunnel->key : NULL;
}

bool filter_test_tunnel_host4(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = tunnel_key(t, f);

	return key != NULL && key_is_host4(t, key, side);
}

bool filter_test_tunnel_host6(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = tunnel_key(t, f);

	return key != NULL && key->layout == LAYOUT_IPV6 && masked_equal(key->u.ip.addr[side], t, 16);
}

bool filter_test_mac(const struct test *t, struct flow *f, enum side side)
{
	const struct mac *mac = flow_mac(f);

	return mac != NULL && masked_equal(mac->addr[side], t, 6);
}

bool filter_test_arp_mac(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	(void)side;
	return key->layout == LAYOUT_ARP && key->u.arp.hln == 6 && masked_equal(key->u.arp.mac, t, 6);
}

static bool has_ports(const struct test *t, const struct flow_key *key)
{
	if (key->layout != LAYOUT_IPV4 && key->layout != LAYOUT_IPV6)
		return false;
	return key->proto == 6	  ? t->want.port.protocols & PORT_TCP
	       : key->proto == 17 ? t->want.port.protocols & PORT_UDP
				  : false;
}

bool filter_test_port_eq(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	return key->u.ip.port[side] == t->want.port.low && has_ports(t, key);
}

/* A range; every comparison of ports is one. */
bool filter_test_port(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	return has_ports(t, key) && key->u.ip.port[side] >= t->want.port.low &&
	       key->u.ip.port[side] <= t->want.port.high;
}

/* want.text: four bytes, or sixteen of a UUID. A record without an id has that of zeros. */
bool filter_test_srcid(const struct test *t, struct flow *f, enum side side)
{
	static const uint8_t none[16];
	const struct transport *transport = flow_transport(f);

	(void)side;
	return memcmp(transport != NULL && transport->has_id ? transport->id : none, t->want.bytes.addr, t->param) == 0;
}

bool filter_mar_srcid(const struct test *t, const struct mar *m)
{
	return memcmp(m->id, t->want.bytes.addr, t->param) == 0;
}

/* The names that an interface has when the record is not a flow's (filter.md 12). */
bool filter_test_interface(const struct test *t, struct flow *f, enum side side)
{
	const struct transport *transport = flow_transport(f);

	(void)side;
	if (f->type == RECORD_EVENT && memcmp(t->want.bytes.addr, "evt0", 4) == 0)
		return true;
	return transport != NULL && transport->has_inf && memcmp(transport->inf, t->want.bytes.addr, 4) == 0;
}

bool filter_mar_interface(const struct test *t, const struct mar *m)
{
	if (memcmp(t->want.bytes.addr, "man0", 4) == 0)
		return memcmp(m->inf, "rad0", 4) != 0;
	return memcmp(m->inf, t->want.bytes.addr, 4) == 0;
}

bool filter_test_inode(const struct test *t, struct flow *f, enum side side)
{
	const struct icmp_mapped *mapped = flow_icmp(f);

	(void)side;
	return mapped != NULL && mapped->outer[SRC] == t->want.number;
}

/* takes: the versions; param: the protocol's number. */
bool filter_test_ip_proto(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	(void)side;
	if (key->proto != t->param)
		return false;
	return (key->layout == LAYOUT_IPV4 && t->takes & TAKES_IPV4) ||
	       (key->layout == LAYOUT_IPV6 && t->takes & TAKES_IPV6);
}

bool filter_test_layout(const struct test *t, struct flow *f, enum side side)
{
	(void)side;
	return flow_key(f)->layout == t->param;
}

bool filter_test_ether_proto(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	(void)side;
	return key->layout == LAYOUT_ETHER && key->u.ether.type == t->param;
}

bool filter_test_country(const struct test *t, struct flow *f, enum side side)
{
	const struct cocode *co = flow_cocode(f);

	return co != NULL && memcmp(co->code[side], t->want.bytes.addr, 2) == 0;
}

bool filter_test_encaps(const struct test *t, struct flow *f, enum side side)
{
	const struct encaps *e = flow_encaps(f);

	return e != NULL && (e->bits[side] & t->param) == t->param;
}

/* The first octet under a mask (low byte of param) is the value (next byte). */
bool filter_test_mac_class(const struct test *t, struct flow *f, enum side side)
{
	const struct mac *mac = flow_mac(f);

	return mac != NULL && (mac->addr[side][0] & t->param) == t->param >> 8;
}

bool filter_test_multicast(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	if (key->layout == LAYOUT_IPV4 && t->takes & TAKES_IPV4)
		return key->u.ip.addr[side][0] >> 4 == 0xe;
	return key->layout == LAYOUT_IPV6 && t->takes & TAKES_IPV6 && key->u.ip.addr[side][0] == 0xff;
}

bool filter_test_broadcast(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	(void)t;
	return key->layout == LAYOUT_IPV4 && load32(key->u.ip.addr[side]) == 0xffffffffu;
}

/* param 1: the group bit; 0: all bits. */
bool filter_test_ether_cast(const struct test *t, struct flow *f, enum side side)
{
	static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	const struct mac *mac = flow_mac(f);

	if (mac == NULL)
		return false;
	return t->param ? mac->addr[side][0] & 1 : memcmp(mac->addr[side], everybody, 6) == 0;
}
