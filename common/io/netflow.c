/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NetFlow versions 1, 5, 6 and 7, and the record that every exported flow becomes. */
#include "common/io/netflow_private.h"

#include "argus/base/num.h"
#include "argus/record/mar.h"

#define WARNED_MAX 64u /* exporters that are told apart in warnings */
#define RECORD_ROOM 512u /* more than any record made here */
#define SECOND_US 1000000u
#define STAMP_MAX (((uint64_t)1 << 32) * SECOND_US - 1) /* seconds of records have 32 bits */

struct netflow *netflow_new(enum netflow_kind kind)
{
	struct netflow *n = xcalloc(1, sizeof *n);

	n->kind = kind;
	n->templates = templates_new();
	return n;
}

void netflow_free(struct netflow *n)
{
	if (n == NULL)
		return;
	templates_free(n->templates);
	free(n->warned);
	free(n);
}

void netflow_on_message(struct netflow *n, void (*message)(void *context, const char *text), void *context)
{
	n->message = message;
	n->message_context = context;
}

const struct netflow_count *netflow_counts(const struct netflow *n)
{
	return &n->count;
}

static const char *name_of(const struct exporter *from, char room[NUM_IPV4_ROOM + 1])
{
	if (from->form != ID_IPV4)
		return from->form == ID_IPV6 ? "an IPv6 exporter" : "the exporter";
	room[num_ipv4(room, get_be32(from->address))] = '\0';
	return room;
}

void netflow_reject_version(struct netflow *n, unsigned version, const struct exporter *from)
{
	char text[160], name[NUM_IPV4_ROOM + 1];

	n->count.unread++;
	for (size_t i = 0; i < n->warned_count; i++)
		if (n->warned[i].form == from->form && memcmp(n->warned[i].address, from->address, sizeof from->address) == 0)
			return;
	if (n->warned_count == WARNED_MAX || n->message == NULL)
		return;
	n->warned = xrealloc(n->warned, (n->warned_count + 1) * sizeof *n->warned);
	n->warned[n->warned_count++] = *from;
	snprintf(text, sizeof text, "%s sends %s version %u, which is not read", name_of(from, name),
		 n->kind == NETFLOW_SFLOW ? "sFlow" : "NetFlow", version);
	n->message(n->message_context, text);
}

/* ---- from an entry to a record ---- */

uint32_t tcp_status_of(uint8_t flags)
{
	uint32_t status = 0;

	if (flags & TH_RST)
		status |= TCP_SRC_RESET | TCP_DST_RESET;
	if (flags & TH_FIN)
		status |= TCP_FIN;
	if (flags & (TH_ACK | TH_PSH | TH_URG))
		status |= TCP_ESTABLISHED;
	if ((flags & (TH_SYN | TH_ACK)) == TH_SYN)
		status |= TCP_SAW_SYN;
	return status;
}

/* A difference, for the two clocks may have been read in either order. */
uint64_t export_time(const struct export_clock *clock, uint32_t ms)
{
	int64_t at = (int64_t)clock->now + (int64_t)(int32_t)(ms - clock->uptime) * 1000;

	return at > 0 ? u64_min((uint64_t)at, STAMP_MAX) : 0;
}

static void set_ports(struct flow_key *k, const struct entry *e)
{
	bool is_icmp = k->proto == (e->parts & ENTRY_IPV6 ? PROTO_ICMP6 : PROTO_ICMP);

	if (k->proto == PROTO_TCP || k->proto == PROTO_UDP)
		memcpy(k->u.ip.port, e->port, sizeof k->u.ip.port);
	if (!is_icmp)
		return;
	k->u.ip.type = e->parts & ENTRY_ICMP ? e->icmp[0] : (uint8_t)(e->port[DST] >> 8);
	k->u.ip.code = e->parts & ENTRY_ICMP ? e->icmp[1] : (uint8_t)e->port[DST];
}

static void set_key(struct flow *f, const struct entry *e)
{
	struct flow_key *k = flow_edit(f, DSR_FLOW);
	uint8_t full = e->parts & ENTRY_IPV6 ? 128 : 32;

	k->kind = KEY_TUPLE;
	if (e->parts & ENTRY_ETHER) {
		k->layout = LAYOUT_ETHER;
		memcpy(k->u.ether.mac, e->mac, sizeof k->u.ether.mac);
		memcpy(k->u.ether.sap, e->sap, sizeof k->u.ether.sap);
		k->u.ether.type = e->ether_type;
		return;
	}
	k->layout = e->parts & ENTRY_IPV6 ? LAYOUT_IPV6 : LAYOUT_IPV4;
	k->flags = KEY_MASKLEN;
	k->proto = e->proto;
	memcpy(k->u.ip.addr, e->addr, sizeof k->u.ip.addr);
	for (int side = SRC; side <= DST; side++)
		k->u.ip.masklen[side] = e->masklen[side] > 0 && e->masklen[side] < full ? e->masklen[side] : full;
	set_ports(k, e);
}

/* Exporters have been seen to send the later stamp first. */
static void set_times(struct flow *f, const struct entry *e)
{
	struct times *t = flow_edit(f, DSR_TIME);

	t->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
	t->at[SRC][START] = u64_min(u64_min(e->start, e->end), STAMP_MAX);
	t->at[SRC][END] = u64_min(u64_max(e->start, e->end), STAMP_MAX);
}

static void set_tcp(struct flow *f, const struct entry *e)
{
	struct network *network = flow_edit(f, DSR_NETWORK);

	network->kind = NETWORK_TCP_STATUS;
	network->is_tcp = true;
	network->u.tcp.status = e->tcp_status;
	network->u.tcp.side[SRC].flags = e->tcp_flags;
}

static void set_vlan(struct flow *f, const struct entry *e)
{
	struct vlan *vlan = flow_edit(f, DSR_VLAN);

	vlan->has[SRC] = (e->parts & ENTRY_SRC_VLAN) != 0;
	vlan->has[DST] = (e->parts & ENTRY_DST_VLAN) != 0;
	memcpy(vlan->tci, e->vlan, sizeof vlan->tci);
}

/* Records have the id of the packet byte-reversed (record-format.md 8.11). */
static void set_ipattr(struct flow *f, const struct entry *e)
{
	struct ipattr *attr = flow_edit(f, DSR_IPATTR);

	if (e->parts & ENTRY_IPATTR) {
		attr->qualifier |= IPATTR_SRC;
		attr->side[SRC] = (struct ipattr_side){ .ttl = e->ttl, .tos = e->tos[SRC], .ip_id = __builtin_bswap16(e->ip_id) };
	}
	if (e->parts & ENTRY_DST_TOS) {
		attr->qualifier |= IPATTR_DST;
		attr->side[DST].tos = e->tos[DST];
	}
}

static void set_sizes(struct flow *f, const struct entry *e)
{
	struct psize *size = flow_edit(f, DSR_PSIZE);

	size->has[SRC] = true;
	size->min[SRC] = e->size_min;
	size->max[SRC] = e->size_max;
}

static void set_mac(struct flow *f, const struct entry *e)
{
	struct mac *mac = flow_edit(f, DSR_MAC);

	memcpy(mac->addr, e->mac, sizeof mac->addr);
	mac->qualifier = e->mac_qualifier;
	mac->type = e->ether_type;
}

static void set_as(struct flow *f, const struct entry *e)
{
	struct asn *asn = flow_edit(f, DSR_ASN);

	asn->qualifier = 0x3; /* both are there */
	memcpy(asn->as, e->as, sizeof asn->as);
}

static void set_transport(struct flow *f, const struct exporter *from)
{
	struct transport *transport = flow_edit(f, DSR_TRANSPORT);

	transport->has_id = true;
	transport->form = from->form;
	memcpy(transport->id, from->address, sizeof transport->id);
}

static void set_parts(struct flow *f, const struct entry *e)
{
	if (e->proto == PROTO_TCP && e->parts & ENTRY_TCP_FLAGS)
		set_tcp(f, e);
	if (e->parts & (ENTRY_SRC_VLAN | ENTRY_DST_VLAN))
		set_vlan(f, e);
	if (e->parts & (ENTRY_IPATTR | ENTRY_DST_TOS))
		set_ipattr(f, e);
	if (e->parts & ENTRY_SIZES)
		set_sizes(f, e);
	if (e->parts & ENTRY_MAC)
		set_mac(f, e);
	if (e->parts & ENTRY_AS)
		set_as(f, e);
}

void entry_write(struct netflow *n, const struct entry *e, const struct exporter *from, struct buf *records)
{
	struct flow *f = &n->flow;
	struct metric *metric;

	flow_blank(f, RECORD_NETFLOW, NULL);
	f->cause = CAUSE_STATUS;
	if (from->form != ID_NONE)
		set_transport(f, from);
	set_key(f, e);
	metric = flow_edit(f, DSR_METRIC);
	metric->pkts[SRC] = e->pkts;
	metric->bytes[SRC] = e->bytes;
	set_times(f, e);
	set_parts(f, e);
	buf_reserve(records, RECORD_ROOM);
	records->length += flow_write(f, (uint8_t *)records->data + records->length, RECORD_ROOM);
	n->count.flows++;
}

/* ---- versions 1, 5, 6 and 7 ---- */

/* 12.2; a length of 0: not a version that is read here. */
static const struct layout {
	uint8_t header, entry;
} layouts[] = { [1] = { 16, 52 }, [5] = { 24, 48 }, [6] = { 24, 52 }, [7] = { 24, 52 } };

#define VERSION_9 9

static const struct layout *layout_of(unsigned version)
{
	return version < ARRAY_LENGTH(layouts) && layouts[version].header != 0 ? &layouts[version] : NULL;
}

/* The status of 12.3: a SYN-ACK beside more than one packet says nothing of the handshake's end. */
static uint32_t status_of_entry(uint8_t flags, uint64_t pkts)
{
	uint32_t status = tcp_status_of(flags);

	if ((flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK)) {
		status |= TCP_SAW_SYNACK;
		if (pkts > 1)
			status &= ~(uint32_t)TCP_ESTABLISHED;
	}
	return status;
}

/* What version 1 has last, and the others have with AS numbers and masks. */
static void read_tail(struct entry *e, struct span *s, unsigned version)
{
	if (version == 1) {
		span_skip(s, 2);
		e->proto = span_u8(s);
		e->tos[SRC] = span_u8(s);
		e->tcp_flags = span_u8(s);
		return;
	}
	span_skip(s, 1);
	e->tcp_flags = span_u8(s);
	e->proto = span_u8(s);
	e->tos[SRC] = span_u8(s);
	e->as[SRC] = span_be16(s);
	e->as[DST] = span_be16(s);
	e->masklen[SRC] = span_u8(s);
	e->masklen[DST] = span_u8(s);
	e->parts |= ENTRY_AS;
}

static void read_entry(struct entry *e, struct span s, unsigned version, const struct export_clock *clock)
{
	*e = (struct entry){ .parts = ENTRY_TCP_FLAGS | ENTRY_IPATTR | ENTRY_MAC, .mac_qualifier = MAC_IS_PORT_INDEX };
	span_copy(&s, e->addr[SRC], 4);
	span_copy(&s, e->addr[DST], 4);
	span_skip(&s, 4);
	span_copy(&s, &e->mac[SRC][4], 2);
	span_copy(&s, &e->mac[DST][4], 2);
	e->pkts = span_be32(&s);
	e->bytes = span_be32(&s);
	e->start = export_time(clock, span_be32(&s));
	e->end = export_time(clock, span_be32(&s));
	e->port[SRC] = span_be16(&s);
	e->port[DST] = span_be16(&s);
	read_tail(e, &s, version);
	e->tcp_status = status_of_entry(e->tcp_flags, e->pkts);
}

/* False: there were less entries than announced. */
static bool read_fixed(struct netflow *n, struct span pdu, const struct layout *layout, const struct exporter *from,
		       struct buf *records)
{
	struct span header = span_sub(&pdu, layout->header);
	unsigned version = span_be16(&header), count = span_be16(&header);
	struct export_clock clock = { .uptime = span_be32(&header) };
	struct entry e;

	clock.now = (uint64_t)span_be32(&header) * SECOND_US;
	clock.now += span_be32(&header) / 1000;
	for (; count > 0 && span_left(&pdu) >= layout->entry; count--) {
		read_entry(&e, span_sub(&pdu, layout->entry), version, &clock);
		entry_write(n, &e, from, records);
	}
	return count == 0 && !header.is_short;
}

static bool read_cisco(struct netflow *n, struct span pdu, const struct exporter *from, struct buf *records)
{
	const uint8_t *at = span_peek(&pdu, 2);
	unsigned version = at != NULL ? get_be16(at) : 0;
	const struct layout *layout = layout_of(version);

	if (at == NULL)
		return false;
	if (version == VERSION_9)
		return v9_read(n, pdu, from, records);
	if (layout != NULL)
		return read_fixed(n, pdu, layout, from, records);
	netflow_reject_version(n, version, from);
	return true;
}

void netflow_read(struct netflow *n, struct span pdu, const struct exporter *from, uint64_t arrival, struct buf *records)
{
	bool is_whole;

	n->count.pdus++;
	if (n->kind == NETFLOW_SFLOW)
		is_whole = sflow_read(n, pdu, from, arrival, records);
	else
		is_whole = read_cisco(n, pdu, from, records);
	n->count.damaged += !is_whole;
}

/* ---- files ---- */

/* Version 8 has a layout for each way of aggregating, numbered from 1. Its PDUs are not
 * read, but passed over whole. */
static const uint8_t aggregate_entry[] = { 0, 28, 28, 32, 32, 40, 32, 40, 44, 32, 32, 32, 32, 40, 40 };
#define VERSION_8 8
#define VERSION_8_HEADER 28u

/* No exporter fills more than a jumbo frame (most stop at 30 flows). Counts above that
 * are bytes that look like a version by chance. */
#define FIXED_MAX 9216u

static size_t v8_length(const uint8_t *at, unsigned count)
{
	unsigned method = at[22];

	return method > 0 && method < ARRAY_LENGTH(aggregate_entry) ? VERSION_8_HEADER + (size_t)count * aggregate_entry[method] : 0;
}

static enum pdu_extent cisco_extent(const uint8_t *at, size_t left, bool is_all, size_t *length)
{
	unsigned version = left >= 2 ? get_be16(at) : VERSION_9, count = left >= 4 ? get_be16(at + 2) : 1;
	const struct layout *layout = layout_of(version);
	size_t header = layout != NULL ? layout->header : VERSION_8_HEADER;

	if ((layout == NULL && version != VERSION_8 && version != VERSION_9) || count == 0)
		return PDU_NONE;
	if (left >= 4 && version == VERSION_9)
		return v9_extent(at, left, is_all, length);
	if (left < header)
		return PDU_MORE;
	if (get_be32(at + 12) >= 1000000000) /* nanoseconds */
		return PDU_NONE;
	*length = layout != NULL ? header + (size_t)count * layout->entry : v8_length(at, count);
	if (*length == 0 || *length > FIXED_MAX)
		return PDU_NONE;
	return *length <= left ? PDU_WHOLE : PDU_MORE;
}

enum pdu_extent netflow_extent(enum netflow_kind kind, const uint8_t *at, size_t left, bool is_all, size_t *length)
{
	*length = 0;
	if (kind == NETFLOW_SFLOW)
		return sflow_extent(at, left, is_all, length);
	return cisco_extent(at, left, is_all, length);
}

uint64_t netflow_time(enum netflow_kind kind, const uint8_t *pdu)
{
	if (kind == NETFLOW_SFLOW)
		return 0;
	return (uint64_t)get_be32(pdu + 8) * SECOND_US + (get_be16(pdu) == VERSION_9 ? 0 : get_be32(pdu + 12) / 1000);
}

void netflow_initial(unsigned type, const struct exporter *from, uint64_t now, struct buf *records)
{
	struct mar m;

	mar_init(&m, CAUSE_START, now);
	m.start = now;
	m.id_form = from->form == ID_IPV4 ? ID_IPV4 : ID_NONE; /* version 3 has no room for others */
	memcpy(m.id, from->address, m.id_form == ID_IPV4 ? 4 : 0);
	buf_reserve(records, MAR_SIZE);
	mar_encode(&m, (uint8_t *)records->data + records->length);
	records->data[records->length] = (char)(type | 3);
	records->length += MAR_SIZE;
}
