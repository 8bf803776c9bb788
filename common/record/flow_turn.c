/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/record/flow_turn.h"

#include "argus/record/dsr.h"
#include "common/record/dsr_codec.h"

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PORT_FTP_DATA 20
#define WELL_KNOWN 1024
#define STATUS_TURNS (TCP_ESTABLISHED | TCP_FIN | TCP_FIN_ACKED | TCP_NORMAL_CLOSE)

/* What the header of the flow DSR says. */
struct raw_key {
	const uint8_t *p; /* the DSR; at least its header, and what `is_ipv4` and `is_ipv6` need */
	bool is_reverse, is_direction, is_ipv4, is_arp, is_ipv6;
};

/* The ports of a key of either kind of IP, and its protocol. */
static uint16_t raw_port(const struct raw_key *k, enum side side)
{
	bool is_second = (side == DST) != k->is_reverse;

	return get_be16(k->p + (k->is_ipv6 ? 40 : 14) + (is_second ? 2 : 0));
}

static uint8_t raw_proto(const struct raw_key *k)
{
	return k->p[k->is_ipv6 ? 36 : 12];
}

static inline bool read_raw_key(const struct flow *f, struct raw_key *k)
{
	size_t length = flow_raw_length(f, DSR_FLOW);
	uint8_t layout, kind;

	if (!(f->indexed & DSR_BIT(DSR_FLOW)))
		return false;
	k->p = flow_raw_bytes(f, DSR_FLOW);
	layout = k->p[2] & 0x1f;
	kind = k->p[1] & 0x3f;
	k->is_reverse = k->p[1] & FLOW_SUBTYPE_REVERSE;
	k->is_direction = k->p[2] & FLOW_QUALIFIER_DIRECTION;
	k->is_arp = layout == LAYOUT_ARP || layout == LAYOUT_RARP;
	k->is_ipv4 = layout == LAYOUT_IPV4 && kind == KEY_TUPLE && length >= 20;
	k->is_ipv6 = layout == LAYOUT_IPV6 && kind == KEY_TUPLE && length >= 44;
	return true;
}

void flow_raw_metric(const struct flow *f, struct metric *m)
{
	if (!(f->indexed & DSR_BIT(DSR_METRIC)) || !decode_metric(flow_raw_bytes(f, DSR_METRIC), flow_raw_length(f, DSR_METRIC), f, m))
		*m = (struct metric){ 0 };
}

/* Step 10, what only the performance form can tell. Step 5 comes before it: a
 * side without packets has no flags. */
static bool perf_turns(const struct flow *f, struct span raw, bool is_v5)
{
	size_t side = is_v5 && raw.at[2] == 2 ? 52 : 48, flags_at = 24 + 46;
	const uint8_t *p = span_peek(&raw, 24 + side), *both = span_peek(&raw, 24 + 2 * side);
	struct metric m;
	uint8_t src, dst;

	flow_raw_metric(f, &m);
	src = p != NULL && m.pkts[SRC] > 0 ? p[flags_at] : 0;
	dst = both != NULL && m.pkts[DST] > 0 ? both[flags_at + side] : 0;
	if (!(src & TH_SYN) || dst & TH_RST)
		return false;
	if (m.pkts[SRC] > 5 && m.pkts[DST] > 5)
		return true;
	return src & TH_FIN && m.pkts[DST] == 0 && m.bytes[SRC] / m.pkts[SRC] > 60;
}

/* Step 10, last part: the service's side is the destination. */
static bool service_turns(const struct flow *f, const struct raw_key *k)
{
	uint16_t sport = raw_port(k, SRC), dport = raw_port(k, DST);

	return sport <= WELL_KNOWN && sport != PORT_FTP_DATA && dport > WELL_KNOWN && f->reading->is_tcp_service != NULL &&
	       f->reading->is_tcp_service(sport);
}

static bool is_service(const struct flow *f, uint16_t port)
{
	return port < WELL_KNOWN || (f->reading->is_tcp_service != NULL && f->reading->is_tcp_service(port));
}

/* Flags of exported flows are those of all packets: SYN and ACK are what either side of
 * a connection shows. There only the ports tell (wire-protocol.md 12.3). */
static bool export_turns(const struct flow *f, const struct raw_key *k)
{
	struct span raw = flow_raw(f, DSR_NETWORK);
	const uint8_t *p = span_peek(&raw, 12);
	uint16_t sport = raw_port(k, SRC), dport = raw_port(k, DST);

	return p != NULL && p[1] == NETWORK_TCP_STATUS && (p[8] & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK) && sport < dport &&
	       is_service(f, sport) && !is_service(f, dport);
}

/* Step 10: the SYN-ACK was seen but not the SYN. */
static bool tcp_turns(const struct flow *f, const struct raw_key *k)
{
	struct span raw = flow_raw(f, DSR_NETWORK);
	const uint8_t *p = span_peek(&raw, 8);
	uint32_t status;

	if (p == NULL || p[1] < NETWORK_TCP_INIT || p[1] > NETWORK_TCP_PERF)
		return false;
	status = get_be32(p + 4);
	if (p[1] != NETWORK_TCP_INIT && (status & (TCP_SAW_SYN | TCP_SAW_SYNACK)) == TCP_SAW_SYNACK) {
		if (status & STATUS_TURNS)
			return true;
		if (p[1] == NETWORK_TCP_PERF && perf_turns(f, raw, f->version == 5))
			return true;
	}
	return f->reading->well_known && !(status & (TCP_SAW_SYN | TCP_SAW_SYNACK)) && service_turns(f, k);
}

/* Step 11: a reply that nobody asked for belongs to the one who would have asked. */
static bool icmp_turns(const struct flow *f)
{
	struct span raw = flow_raw(f, DSR_NETWORK);
	const uint8_t *p = span_peek(&raw, 8);
	struct metric m;

	flow_raw_metric(f, &m);
	if (p == NULL || p[1] != NETWORK_ICMP || m.pkts[SRC] == 0 || m.pkts[DST] != 0)
		return false;
	return p[4] == 0 || p[4] == 14 || p[4] == 16 || p[4] == 18;
}

/* Step 12. */
static bool rtcp_turns(const struct flow *f, const struct raw_key *k)
{
	struct span raw = flow_raw(f, DSR_NETWORK);
	const uint8_t *p = span_peek(&raw, 4);
	uint16_t first = get_be16(k->p + 40), second = get_be16(k->p + 42);

	return p != NULL && p[1] == NETWORK_RTCP && span_left(&raw) == 24 && k->p[36] == PROTO_UDP &&
	       (k->is_reverse ? second > first : first > second);
}

static inline bool is_turned(const struct flow *f)
{
	struct raw_key k;

	if (unlikely(!read_raw_key(f, &k)))
		return false;
	if (unlikely(f->type == RECORD_NETFLOW && (k.is_ipv4 || k.is_ipv6) && raw_proto(&k) == PROTO_TCP))
		return f->reading != NULL && f->reading->correct && !k.is_direction && export_turns(f, &k);
	if (likely(k.is_ipv4)) {
		if (k.p[12] == PROTO_TCP) /* Argus 5 has done it before it wrote the record */
			return f->reading != NULL && f->reading->correct && f->version != 5 && !k.is_direction &&
			       tcp_turns(f, &k);
		return k.p[12] == PROTO_ICMP && k.is_direction && icmp_turns(f);
	}
	if (k.is_arp)
		return k.is_reverse;
	return k.is_ipv6 && rtcp_turns(f, &k);
}

HOT void flow_settle(struct flow *f)
{
	uint16_t at, words;

	f->is_settled = true;
	f->is_turned = is_turned(f);
	if (likely(!f->is_turned))
		return;
	flow_swap_user(&f->have);
	flow_swap_user(&f->indexed);
	at = f->index[DSR_SUSER].words_at;
	words = f->index[DSR_SUSER].words;
	f->index[DSR_SUSER] = f->index[DSR_DUSER];
	f->index[DSR_DUSER].words_at = at;
	f->index[DSR_DUSER].words = words;
}

/* Step 11 for keys that are not turned as well: type and code are those of the
 * first packet, which the network DSR has. */
static void take_icmp_type(struct flow *f, struct flow_key *k)
{
	struct span raw = flow_raw(f, DSR_NETWORK);
	const uint8_t *p = span_peek(&raw, 8);
	struct metric m;

	flow_raw_metric(f, &m);
	if (p == NULL || p[1] != NETWORK_ICMP || m.pkts[SRC] == 0 || m.pkts[DST] != 0)
		return;
	k->u.ip.type = p[4];
	k->u.ip.code = p[5];
}

void flow_turn_key(struct flow *f)
{
	struct flow_key *k = &f->key;

	if (k->layout == LAYOUT_IPV4 && k->proto == PROTO_ICMP && k->flags & KEY_DIRECTION && k->kind == KEY_TUPLE)
		take_icmp_type(f, k);
	if (!f->is_turned)
		return;
	if (k->layout == LAYOUT_ARP || k->layout == LAYOUT_RARP) {
		k->flags &= (uint8_t)~KEY_REVERSE; /* the key stays, everything else was turned */
		return;
	}
	dsr_table[DSR_FLOW].reverse(k);
	k->flags |= KEY_DIRECTION | KEY_TURNED;
}
