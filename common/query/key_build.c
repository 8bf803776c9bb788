/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The byte string of a key. Each object is its length and its bytes, so that a
 * missing element never equals a present one and keys cannot run into each other. */
#include "common/query/key_plain.h"

#define LABEL_KEY_MAX 255

static inline uint8_t *put(uint8_t *to, const void *bytes, size_t length)
{
	*to++ = (uint8_t)length;
	memcpy(to, bytes, length);
	return to + length;
}

static uint8_t *put_u16(uint8_t *to, uint16_t v) { return put(to, &v, sizeof v); }
static uint8_t *put_u32(uint8_t *to, uint32_t v) { return put(to, &v, sizeof v); }

static uint8_t *put_nothing(uint8_t *to)
{
	*to = 0;
	return to + 1;
}

static uint8_t *put_source(enum key_object object, struct flow *f, uint8_t *to)
{
	const struct transport *t = flow_transport(f);
	uint8_t *at = to + 1;

	if (t == NULL)
		return put_nothing(to);
	if (object != OBJECT_INF && t->has_id) {
		*at++ = t->form;
		memcpy(at, t->id, sizeof t->id);
		at += id_size(t->form);
	}
	if (object != OBJECT_SID && t->has_inf) {
		memcpy(at, t->inf, sizeof t->inf);
		at += sizeof t->inf;
	}
	*to = (uint8_t)(at - to - 1);
	return at;
}

static uint8_t *put_mpls(const struct key *k, struct flow *f, enum side side, uint8_t *to)
{
	const struct mpls *mpls = flow_mpls(f);

	if (mpls == NULL || !mpls->has[side] || !(k->mpls_parts[side] & 1))
		return put_nothing(to);
	return put_u32(to, mpls->entry[side] >> 12);
}

/* A direction that is missing in a DSR that is there counts as 0. */
static uint8_t *put_vlan(struct flow *f, enum side side, unsigned shift, uint16_t mask, uint8_t *to)
{
	const struct vlan *vlan = flow_vlan(f);

	if (vlan == NULL)
		return put_nothing(to);
	return put_u16(to, (uint16_t)(vlan->has[side] ? vlan->tci[side] >> shift & mask : 0));
}

/* Kinds of flows have numbers of their own, IPv4 and IPv6 the same. */
static uint8_t *put_proto(const struct flow_key *key, uint8_t *to)
{
	uint8_t bytes[3] = { key->layout, 0, 0 };

	switch (key->layout) {
	case LAYOUT_IPV4:
	case LAYOUT_IPV6:
		bytes[0] = LAYOUT_IPV4;
		bytes[1] = key->proto;
		break;
	case LAYOUT_ETHER:
	case LAYOUT_UDT:
		bytes[1] = (uint8_t)(key->u.ether.type >> 8);
		bytes[2] = (uint8_t)key->u.ether.type;
		break;
	case LAYOUT_ISIS:
		bytes[1] = (uint8_t)key->u.isis.pdu;
		break;
	default:
		break;
	}
	return put(to, bytes, sizeof bytes);
}

static uint8_t *put_address(const struct flow_key *key, enum side side, uint8_t *to)
{
	switch (key->layout) {
	case LAYOUT_IPV4: return put(to, key->u.ip.addr[side], 4);
	case LAYOUT_IPV6: return put(to, key->u.ip.addr[side], 16);
	case LAYOUT_ARP: return put(to, key->u.arp.addr[side], 4);
	case LAYOUT_RARP:
		if (side == DST)
			return put(to, key->u.rarp.target, 4);
		return put(to, key->u.rarp.mac[side], 6);
	case LAYOUT_ETHER: return put(to, key->u.ether.mac[side], 6);
	case LAYOUT_WLAN: return put(to, key->u.wlan.mac[side], 6);
	case LAYOUT_ISIS: return put(to, key->u.isis.mac[side], 6);
	case LAYOUT_UDT: return put(to, key->u.udt.mac[side], 6);
	default: return put_nothing(to);
	}
}

static uint8_t *put_port(const struct flow_key *key, enum side side, uint8_t *to)
{
	if (key->layout == LAYOUT_WLAN)
		return side == SRC ? put(to, key->u.wlan.ssid, sizeof key->u.wlan.ssid)
				   : put(to, key->u.wlan.bssid, sizeof key->u.wlan.bssid);
	if (key->layout != LAYOUT_IPV4 && key->layout != LAYOUT_IPV6)
		return put_nothing(to);
	/* The identification of an IPv6 fragment stands in the place of its ports. */
	if (key->flags & KEY_FRAGMENT && key->layout == LAYOUT_IPV6)
		return put_u16(to, (uint16_t)(side == SRC ? key->u.ip.frag_id >> 16 : key->u.ip.frag_id));
	switch (key->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
		return put_u16(to, key->u.ip.port[side]);
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return put_u16(to, (uint16_t)(side == SRC ? key->u.ip.type << 8 | key->u.ip.code : key->u.ip.id));
	case PROTO_ESP:
		return side == SRC ? put_nothing(to) : put_u32(to, key->u.ip.spi);
	default:
		return put_nothing(to);
	}
}

static uint8_t *put_ipattr(struct flow *f, enum key_object object, uint8_t *to)
{
	const struct ipattr *attr = flow_ipattr(f);
	const struct ipattr_side *side;

	if (attr == NULL)
		return put_nothing(to);
	side = &attr->side[(object - OBJECT_STOS) & 1];
	if (!(attr->qualifier & ((object - OBJECT_STOS) & 1 ? IPATTR_DST : IPATTR_SRC)))
		return put_u16(to, 0);
	switch (object) {
	case OBJECT_STOS:
	case OBJECT_DTOS: return put_u16(to, side->tos);
	case OBJECT_STTL:
	case OBJECT_DTTL: return put_u16(to, side->ttl);
	case OBJECT_SIPID:
	case OBJECT_DIPID: return put_u16(to, side->ip_id);
	default: return put_u16(to, side->tos >> 2);
	}
}

static uint8_t *put_tcp_base(struct flow *f, enum side side, uint8_t *to)
{
	const struct tcp *tcp = flow_tcp(f);

	return tcp != NULL ? put_u32(to, tcp->side[side].seqbase) : put_nothing(to);
}

static uint8_t *put_mac(struct flow *f, enum side side, size_t length, uint8_t *to)
{
	const struct mac *mac = flow_mac(f);

	return mac != NULL ? put(to, mac->addr[side], length) : put_nothing(to);
}

static uint8_t *put_node(const struct key *k, struct flow *f, uint8_t *to)
{
	const struct icmp_mapped *icmp = flow_icmp(f);
	uint32_t node;

	if (icmp == NULL)
		return put_nothing(to);
	node = icmp->outer[SRC];
	if (k->node.dotted)
		node &= k->node.dotted;
	else if (k->node.length > 0 && k->node.length < 32)
		node &= ~(0xffffffffu >> k->node.length);
	return put_u32(to, node);
}

static uint8_t *put_country(struct flow *f, enum side side, uint8_t *to)
{
	const struct cocode *cocode = flow_cocode(f);

	return cocode != NULL ? put(to, cocode->code[side], 2) : put_nothing(to);
}

static uint8_t *put_as(struct flow *f, enum key_object object, uint8_t *to)
{
	const struct asn *asn = flow_asn(f);

	if (asn == NULL || (object == OBJECT_IAS && !asn->has_node))
		return put_nothing(to);
	return put_u32(to, object == OBJECT_IAS ? asn->node : asn->as[object == OBJECT_DAS]);
}

static uint8_t *put_label(struct flow *f, uint8_t *to)
{
	const struct label *label = flow_label(f);

	if (label == NULL)
		return put_nothing(to);
	return put(to, label->text, label->length < LABEL_KEY_MAX ? label->length : LABEL_KEY_MAX);
}

static uint8_t *put_ethertype(struct flow *f, const struct flow_key *key, uint8_t *to)
{
	const struct mac *mac;

	if (key->layout == LAYOUT_ETHER)
		return put_u16(to, key->u.ether.type);
	mac = flow_mac(f);
	return mac != NULL ? put_u16(to, mac->type) : put_nothing(to);
}

static uint8_t *put_start(struct flow *f, uint8_t *to)
{
	uint64_t start = flow_start(f);

	return put(to, &start, sizeof start);
}

/* Objects that come in pairs stand beside each other, source first: the side of an
 * object is its distance from the first of its pair. */
static uint8_t *put_object(const struct key *k, struct flow *f, const struct flow_key *key, enum key_object object,
			   uint8_t *to)
{
	switch (object) {
	case OBJECT_SRCID:
	case OBJECT_SID:
	case OBJECT_INF: return put_source(object, f, to);
	case OBJECT_STIME: return put_start(f, to);
	case OBJECT_SMPLS:
	case OBJECT_DMPLS: return put_mpls(k, f, (enum side)(object - OBJECT_SMPLS), to);
	case OBJECT_SVLAN:
	case OBJECT_DVLAN: return put_vlan(f, (enum side)(object - OBJECT_SVLAN), 0, 0xffff, to);
	case OBJECT_SVID:
	case OBJECT_DVID: return put_vlan(f, (enum side)(object - OBJECT_SVID), 0, 0x0fff, to);
	case OBJECT_SVPRI:
	case OBJECT_DVPRI: return put_vlan(f, (enum side)(object - OBJECT_SVPRI), 13, 0x7, to);
	case OBJECT_ETYPE: return put_ethertype(f, key, to);
	case OBJECT_PROTO: return put_proto(key, to);
	case OBJECT_SADDR:
	case OBJECT_DADDR: return put_address(key, (enum side)(object - OBJECT_SADDR), to);
	case OBJECT_SNET:
	case OBJECT_DNET: return put_address(key, (enum side)(object - OBJECT_SNET), to);
	case OBJECT_SPORT:
	case OBJECT_DPORT: return put_port(key, (enum side)(object - OBJECT_SPORT), to);
	case OBJECT_STOS: case OBJECT_DTOS: case OBJECT_STTL: case OBJECT_DTTL:
	case OBJECT_SIPID: case OBJECT_DIPID: case OBJECT_SDSB: case OBJECT_DDSB:
		return put_ipattr(f, object, to);
	case OBJECT_STCPB:
	case OBJECT_DTCPB: return put_tcp_base(f, (enum side)(object - OBJECT_STCPB), to);
	case OBJECT_SMAC:
	case OBJECT_DMAC: return put_mac(f, (enum side)(object - OBJECT_SMAC), 6, to);
	case OBJECT_SOUI:
	case OBJECT_DOUI: return put_mac(f, (enum side)(object - OBJECT_SOUI), 3, to);
	case OBJECT_INODE: return put_node(k, f, to);
	case OBJECT_SCO:
	case OBJECT_DCO: return put_country(f, (enum side)(object - OBJECT_SCO), to);
	case OBJECT_SAS: case OBJECT_DAS: case OBJECT_IAS: return put_as(f, object, to);
	case OBJECT_SVC: return put_label(f, to);
	case OBJECT_COUNT: break;
	}
	return to;
}

static size_t write_words(const struct plain_key *key, uint8_t *to)
{
	memcpy(to, key->word, key->size);
	return key->size;
}

/* What is left is of the tuple: of TCP and UDP over IPv4 it is made in one go. */
static size_t put_tuple(uint64_t objects, const struct flow_key *key, uint8_t *to)
{
	const struct plain_tuple t = { .addr = { key->u.ip.addr[SRC], key->u.ip.addr[DST] },
				       .port = { key->u.ip.port[SRC], key->u.ip.port[DST] },
				       .proto = key->proto };
	struct plain_key words = { .size = 0 };

	add_tuple(&words, objects, &t, true);
	return write_words(&words, to);
}

static size_t build(const struct key *k, struct flow *f, const struct flow_key *key, uint8_t *to)
{
	uint64_t left = k->objects;
	uint8_t *at = to;

	if (left & ADDRESSES) {
		*at++ = key->layout;
		*at++ = key->kind;
	}
	/* Only objects that stand before the tuple's are left to the loop, or all. */
	for (; left != 0; left &= left - 1) {
		if ((left & ~TUPLE) == 0 && key->layout == LAYOUT_IPV4 && (key->proto == PROTO_TCP || key->proto == PROTO_UDP)) {
			at += put_tuple(left, key, at);
			break;
		}
		at = put_object(k, f, key, (enum key_object)__builtin_ctzll(left), at);
	}
	return (size_t)(at - to);
}

bool key_is_told_by_tuple(const struct key *k)
{
	return k->objects != 0 && !(k->objects & ~(TUPLE | BIT(OBJECT_SRCID)));
}

bool key_is_of_tuple(const struct key *k) { return key_is_told_by_tuple(k) && !key_turns_or_masks(k) && !key_blanks_ports(k); }

bool key_is_plain(const struct key *k) { return key_is_of_tuple(k) && !k->is_blanking; }

/* Whether the key is told by the bytes of a record that is not decoded yet. */
static bool find_tuple(const struct key *k, struct flow *f, struct plain_tuple *t)
{
	return (k->objects & ~(TUPLE | BIT(OBJECT_SRCID))) == 0 && flow_plain_tuple(f, t) &&
	       (!(k->objects & BIT(OBJECT_SRCID)) || flow_plain_source(f, t));
}

size_t key_build(const struct key *k, struct flow *f, uint8_t *to)
{
	struct plain_key words;
	struct plain_tuple t;

	if (!find_tuple(k, f, &t))
		return build(k, f, flow_key(f), to);
	make_plain_key(&words, k->objects, &t, true, id_size(t.source_form));
	return write_words(&words, to);
}

/* What has no side, or has it in the flow DSR. */
#define OF_FLOW                                                                                                      \
	(TUPLE | BIT(OBJECT_SRCID) | BIT(OBJECT_SID) | BIT(OBJECT_INF) | BIT(OBJECT_STIME) | BIT(OBJECT_ETYPE) |      \
	 BIT(OBJECT_SNET) | BIT(OBJECT_DNET) | BIT(OBJECT_INODE) | BIT(OBJECT_IAS))

size_t key_build_reversed(const struct key *k, struct flow *f, uint8_t *to)
{
	const struct flow_key *key = flow_key(f);
	struct flow_key turned = *key;
	size_t length;

	if (k->objects & ~OF_FLOW) { /* MAC addresses, tags, ... are exchanged, too */
		flow_reverse(f);
		length = key_build(k, f, to);
		flow_reverse(f);
		return length;
	}
	if (key->layout == LAYOUT_IPV4 || key->layout == LAYOUT_IPV6) {
		memcpy(turned.u.ip.addr[SRC], key->u.ip.addr[DST], 16);
		memcpy(turned.u.ip.addr[DST], key->u.ip.addr[SRC], 16);
		if (key->proto == PROTO_TCP || key->proto == PROTO_UDP) {
			turned.u.ip.port[SRC] = key->u.ip.port[DST];
			turned.u.ip.port[DST] = key->u.ip.port[SRC];
		}
	}
	return build(k, f, &turned, to);
}
