/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tests of words that stand for themselves: record kind, protocol, flags,
 * options, states (filter.md 6.1, 6.2, 6.6 to 6.8). What a record does not have
 * makes a test false. */
#include "common/query/filter_words.h"

bool filter_is_never(const struct test *t, struct flow *f, enum side side)
{
	(void)t;
	(void)f;
	(void)side;
	return false;
}

bool filter_mar_is_one(const struct test *t, const struct mar *m)
{
	(void)t;
	(void)m;
	return true;
}

bool filter_is_far(const struct test *t, struct flow *f, enum side side)
{
	(void)t;
	(void)side;
	return f->type == RECORD_FAR || f->type == RECORD_NETFLOW || f->type == RECORD_DATASUP;
}

bool filter_is_type(const struct test *t, struct flow *f, enum side side)
{
	(void)side;
	return f->type == t->param;
}

bool filter_is_cause(const struct test *t, struct flow *f, enum side side)
{
	(void)side;
	return f->cause == t->param;
}

bool filter_mar_is_cause(const struct test *t, const struct mar *m)
{
	return m->cause == t->param;
}

static bool is_ip_key(const struct flow_key *key)
{
	return key->layout == LAYOUT_IPV4 || key->layout == LAYOUT_IPV6;
}

bool filter_is_ip(const struct test *t, struct flow *f, enum side side)
{
	unsigned layout = flow_key(f)->layout;

	(void)side;
	return (layout == LAYOUT_IPV4 && t->param & TAKES_IPV4) || (layout == LAYOUT_IPV6 && t->param & TAKES_IPV6);
}

bool filter_is_protocol(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	(void)side;
	return key->proto == t->param && is_ip_key(key);
}

static bool network_is(struct flow *f, uint32_t kind)
{
	const struct network *n = flow_network(f);

	return n != NULL && n->kind == kind;
}

bool filter_is_udp_network(const struct test *t, struct flow *f, enum side side)
{
	(void)side;
	return flow_key(f)->proto == 17 && network_is(f, t->param);
}

bool filter_is_network(const struct test *t, struct flow *f, enum side side)
{
	(void)side;
	return network_is(f, t->param);
}

bool filter_is_layout(const struct test *t, struct flow *f, enum side side)
{
	(void)side;
	return flow_key(f)->layout == t->param;
}

bool filter_has_section(const struct test *t, struct flow *f, enum side side)
{
	(void)side;
	return flow_has(f, (enum dsr_slot)t->param);
}

/* Localities from 3 on are inside. */
static bool ends_are(struct flow *f, bool inside)
{
	const struct locality *l = flow_locality(f);

	return l != NULL && (l->loc[SRC] >= 3) == inside && (l->loc[DST] >= 3) == inside;
}

bool filter_ends_are_local(const struct test *t, struct flow *f, enum side side)
{
	(void)t;
	(void)side;
	return ends_are(f, true);
}

bool filter_ends_are_remote(const struct test *t, struct flow *f, enum side side)
{
	(void)t;
	(void)side;
	return ends_are(f, false);
}

bool filter_saw_flag(const struct test *t, struct flow *f, enum side side)
{
	const struct tcp *tcp = flow_key(f)->proto == 6 ? flow_tcp(f) : NULL;

	return tcp != NULL && tcp->side[side].flags & t->param;
}

static bool status_has(struct flow *f, uint32_t bits)
{
	const struct tcp *tcp = flow_key(f)->proto == 6 ? flow_tcp(f) : NULL;

	return tcp != NULL && tcp->status & bits;
}

bool filter_has_status(const struct test *t, struct flow *f, enum side side)
{
	(void)side;
	return status_has(f, t->param);
}

/* The destination's bit stands above the source's. */
bool filter_has_side_status(const struct test *t, struct flow *f, enum side side)
{
	return status_has(f, t->param << side);
}

bool filter_is_retransmitting(const struct test *t, struct flow *f, enum side side)
{
	const struct network *n;

	(void)t;
	if (status_has(f, (uint32_t)TCP_SRC_RETRANS << side))
		return true;
	n = flow_network(f);
	return n != NULL && n->kind == NETWORK_ESP && !n->is_opaque && n->u.esp.status & (0x10u << side);
}

bool filter_has_fragments(const struct test *t, struct flow *f, enum side side)
{
	const struct ipattr *a = is_ip_key(flow_key(f)) ? flow_ipattr(f) : NULL;

	(void)t;
	return a != NULL && a->qualifier & ((uint32_t)IPATTR_SRC_FRAGMENTS << side);
}

bool filter_has_many_macs(const struct test *t, struct flow *f, enum side side)
{
	const struct mac *mac = flow_mac(f);

	(void)t;
	return mac != NULL && mac->qualifier & (1u << side);
}

bool filter_is_isis_pdu(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	(void)side;
	return key->layout == LAYOUT_ISIS && (key->u.isis.pdu == t->param >> 8 || key->u.isis.pdu == (t->param & 0xff));
}

/* Established, or packets both ways where there is nothing to establish. */
bool filter_is_connected(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);

	(void)t;
	(void)side;
	if (key->proto == 6 && status_has(f, TCP_ESTABLISHED))
		return true;
	return is_ip_key(key) && flow_metric(f)->pkts[SRC] > 0 && flow_metric(f)->pkts[DST] > 0;
}

bool filter_is_fragment_flow(const struct test *t, struct flow *f, enum side side)
{
	(void)t;
	(void)side;
	return flow_key(f)->flags & KEY_FRAGMENT || network_is(f, NETWORK_FRAGMENT);
}

bool filter_has_option(const struct test *t, struct flow *f, enum side side)
{
	const struct tcp *tcp = flow_key(f)->proto == 6 ? flow_tcp(f) : NULL;

	(void)side;
	return tcp != NULL && tcp->options & t->param;
}

static bool is_mapped_as(struct flow *f, unsigned qualifier)
{
	const struct icmp_mapped *mapped = qualifier != 0 ? flow_icmp(f) : NULL;

	return mapped != NULL && mapped->qualifier == qualifier;
}

/* One of two types, by version, or mapped to the flow with this qualifier alone. */
bool filter_is_icmp(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);
	unsigned type = key->u.ip.type;
	unsigned first6 = t->param >> 16 & 0xff;

	(void)side;
	if (is_ip_key(key) && key->proto == 1 && (type == (t->param & 0xff) || type == (t->param >> 8 & 0xff)))
		return true;
	if (is_ip_key(key) && key->proto == 58 && (type == first6 || type == first6 + (t->param >> 24 & 0xf)))
		return true;
	return is_mapped_as(f, t->param >> 28);
}

bool filter_is_mapped(const struct test *t, struct flow *f, enum side side)
{
	const struct icmp_mapped *mapped = flow_icmp(f);

	(void)t;
	(void)side;
	return mapped != NULL && mapped->qualifier & 7;
}

/* Mapped to the flow: type 3 with this code. */
bool filter_is_unreachable(const struct test *t, struct flow *f, enum side side)
{
	const struct icmp_mapped *mapped = flow_icmp(f);

	(void)side;
	return mapped != NULL && mapped->type == 3 && mapped->code == t->param;
}

/* The type stands in the network section; the key's byte for it is empty in records of 3.0. */
bool filter_is_igmp(const struct test *t, struct flow *f, enum side side)
{
	const struct flow_key *key = flow_key(f);
	const struct network *n;
	unsigned type;

	(void)side;
	if (key->proto != 2 || !is_ip_key(key))
		return false;
	n = flow_network(f);
	type = n != NULL && n->kind == NETWORK_ICMP && !n->is_opaque ? n->u.icmp.type : key->u.ip.type;
	switch (t->param) {
	case IGMP_QUERY: return type == 0x11;
	case IGMP_LEAVE: return type == 0x17;
	default: return type != 0x11;
	}
}

bool filter_has_country(const struct test *t, struct flow *f, enum side side)
{
	const struct cocode *co = flow_cocode(f);

	(void)t;
	(void)side;
	return co != NULL && co->code[SRC][0] != 0;
}
