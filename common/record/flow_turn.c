/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/record/flow_turn.h"

#include "argus/record/dsr.h"
#include "common/record/dsr_codec.h"

#define PORT_FTP_DATA 20
#define WELL_KNOWN 1024
#define STATUS_TURNS (TCP_ESTABLISHED | TCP_FIN | TCP_FIN_ACKED | TCP_NORMAL_CLOSE)

/* What the header of the flow DSR says, whose bytes these are. */
static inline uint8_t layout_of(const uint8_t *key) { return key[2] & 0x1f; }
static inline bool is_tuple(const uint8_t *key) { return (key[1] & 0x3f) == KEY_TUPLE; }
static inline bool is_reverse(const uint8_t *key) { return key[1] & FLOW_SUBTYPE_REVERSE; }
static inline bool is_direction(const uint8_t *key) { return key[2] & FLOW_QUALIFIER_DIRECTION; }

/* The ports of a key of either kind of IP, and its protocol. */
static uint16_t port_of(const uint8_t *key, enum side side)
{
	bool is_second = (side == DST) != is_reverse(key);

	return get_be16(key + (layout_of(key) == LAYOUT_IPV6 ? 40 : 14) + (is_second ? 2 : 0));
}

static uint8_t proto_of(const uint8_t *key)
{
	return key[layout_of(key) == LAYOUT_IPV6 ? 36 : 12];
}

void flow_raw_metric(const struct flow *f, struct metric *m)
{
	if (!(f->indexed & DSR_BIT(DSR_METRIC)) || !decode_metric(flow_raw_bytes(f, DSR_METRIC), flow_raw_length(f, DSR_METRIC), f, m))
		*m = (struct metric){ 0 };
}

/* Step 10, what only the performance form can tell. Step 5 comes before it: a
 * side without packets has no flags. */
static COLD bool perf_turns(const struct flow *f, struct span raw)
{
	const size_t side = 48, flags_at = 24 + 46;
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
static COLD bool service_turns(const struct flow *f, const uint8_t *key)
{
	uint16_t sport = port_of(key, SRC), dport = port_of(key, DST);

	return sport <= WELL_KNOWN && sport != PORT_FTP_DATA && dport > WELL_KNOWN && f->reading->is_tcp_service != NULL &&
	       f->reading->is_tcp_service(sport);
}

static bool is_service(const struct flow *f, uint16_t port)
{
	return port < WELL_KNOWN || (f->reading->is_tcp_service != NULL && f->reading->is_tcp_service(port));
}

/* Flags of exported flows are those of all packets: SYN and ACK are what either side of
 * a connection shows. There only the ports tell (wire-protocol.md 12.3). */
static COLD bool export_turns(const struct flow *f, const uint8_t *key)
{
	struct span raw = flow_raw(f, DSR_NETWORK);
	const uint8_t *p = span_peek(&raw, 12);
	uint16_t sport = port_of(key, SRC), dport = port_of(key, DST);

	if (is_direction(key) || f->reading == NULL || !f->reading->correct)
		return false;
	return p != NULL && p[1] == NETWORK_TCP_STATUS && (p[8] & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK) && sport < dport &&
	       is_service(f, sport) && !is_service(f, dport);
}

/* Step 10, without a SYN. */
static COLD bool unopened_turns(const struct flow *f, const uint8_t *key, const uint8_t *network)
{
	uint32_t status = get_be32(network + 4);

	if (network[1] < NETWORK_TCP_INIT || network[1] > NETWORK_TCP_PERF)
		return false;
	if (network[1] != NETWORK_TCP_INIT && status & TCP_SAW_SYNACK) {
		if (status & STATUS_TURNS)
			return true;
		if (network[1] == NETWORK_TCP_PERF && perf_turns(f, flow_raw(f, DSR_NETWORK)))
			return true;
	}
	return f->reading->well_known && !(status & TCP_SAW_SYNACK) && service_turns(f, key);
}

/* Step 10: the SYN-ACK was seen but not the SYN. Argus 5 has done it before it wrote the record. */
static inline bool tcp_turns(const struct flow *f, const uint8_t *key)
{
	const uint8_t *network;

	if (is_direction(key) || f->version == 5 || f->reading == NULL || !f->reading->correct ||
	    !(f->indexed & DSR_BIT(DSR_NETWORK)) || f->index[DSR_NETWORK].words < 2)
		return false;
	network = flow_raw_bytes(f, DSR_NETWORK);
	return unlikely(!(get_be32(network + 4) & TCP_SAW_SYN)) && unopened_turns(f, key, network);
}

/* Step 11 as well is for those who tell all of a flow's ends apart: to others a lone reply
 * is what its sender sent. */
static bool corrects_icmp(const struct flow *f)
{
	return f->reading == NULL || !f->reading->leaves_icmp;
}

/* Step 11: a reply that nobody asked for belongs to the one who would have asked. */
static COLD bool icmp_turns(const struct flow *f)
{
	struct span raw = flow_raw(f, DSR_NETWORK);
	const uint8_t *p = span_peek(&raw, 8);
	struct metric m;

	flow_raw_metric(f, &m);
	if (!corrects_icmp(f) || p == NULL || p[1] != NETWORK_ICMP || m.pkts[SRC] == 0 || m.pkts[DST] != 0)
		return false;
	return p[4] == 0 || p[4] == 14 || p[4] == 16 || p[4] == 18;
}

/* Step 12. */
static bool rtcp_turns(const struct flow *f, const uint8_t *key)
{
	struct span raw = flow_raw(f, DSR_NETWORK);
	const uint8_t *p = span_peek(&raw, 4);

	return p != NULL && p[1] == NETWORK_RTCP && span_left(&raw) == 24 && proto_of(key) == PROTO_UDP &&
	       port_of(key, SRC) > port_of(key, DST);
}

/* Keys of other layouts than IPv4. */
static COLD bool other_turns(const struct flow *f, const uint8_t *key)
{
	if (layout_of(key) == LAYOUT_ARP || layout_of(key) == LAYOUT_RARP)
		return is_reverse(key);
	if (layout_of(key) != LAYOUT_IPV6 || !is_tuple(key) || f->index[DSR_FLOW].words < 11)
		return false;
	if (f->type == RECORD_NETFLOW && proto_of(key) == PROTO_TCP)
		return export_turns(f, key);
	return rtcp_turns(f, key);
}

static inline bool is_turned(const struct flow *f)
{
	const uint8_t *key;

	if (unlikely(!(f->indexed & DSR_BIT(DSR_FLOW))))
		return false;
	key = flow_raw_bytes(f, DSR_FLOW);
	if (unlikely(layout_of(key) != LAYOUT_IPV4))
		return other_turns(f, key);
	if (!is_tuple(key) || f->index[DSR_FLOW].words < 5)
		return false;
	if (key[12] == PROTO_TCP)
		return unlikely(f->type == RECORD_NETFLOW) ? export_turns(f, key) : tcp_turns(f, key);
	return unlikely(key[12] == PROTO_ICMP) && is_direction(key) && icmp_turns(f);
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

HOT bool flow_plain_tuple(struct flow *f, struct plain_tuple *t)
{
	const uint8_t *p;

	if (f->ready & DSR_BIT(DSR_FLOW) || !(f->indexed & DSR_BIT(DSR_FLOW)))
		return false;
	if (!f->is_settled)
		flow_settle(f);
	p = flow_raw_bytes(f, DSR_FLOW);
	if (f->is_turned || !is_plain_key(p, flow_raw_length(f, DSR_FLOW)))
		return false;
	t->addr[SRC] = p + 4;
	t->addr[DST] = p + 8;
	t->proto = p[12];
	t->layout = LAYOUT_IPV4;
	t->port[SRC] = get_be16(p + 14);
	t->port[DST] = get_be16(p + 16);
	return true;
}

/* Step 11 for keys that are not turned as well: type and code are those of the
 * first packet, which the network DSR has. */
static void take_icmp_type(struct flow *f, struct flow_key *k)
{
	struct span raw = flow_raw(f, DSR_NETWORK);
	const uint8_t *p = span_peek(&raw, 8);
	struct metric m;

	flow_raw_metric(f, &m);
	if (!corrects_icmp(f) || p == NULL || p[1] != NETWORK_ICMP || m.pkts[SRC] == 0 || m.pkts[DST] != 0)
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
