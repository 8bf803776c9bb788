/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a packet does to its flow (probe.md 7.2, 8.5, 9), in this order: the
 * period, the queues, encapsulation and times, IP attributes, the protocol's
 * state, the counters, and last what is known about the payload. */
#include "argus/table.h"

#include "argus/base/buf.h"

void flow_begin_period(struct probe *p, struct probe_flow *f)
{
	struct flow_cold *cold = cold_at(p, f);

	f->flags &= (uint8_t)~(FLOW_REPORTED | FLOW_FRAGMENT);
	f->marks &= (uint8_t)~MARK_ENCAPS;
	f->ipattr &= (uint8_t)~(IPATTR_SRC_FRAGMENTS | IPATTR_DST_FRAGMENTS);
	memset(f->stamp, 0, sizeof f->stamp);
	memset(f->bytes, 0, sizeof f->bytes);
	memset(f->pkts, 0, sizeof f->pkts);
	memset(f->encaps, 0, sizeof f->encaps);
	if (cold != NULL) {
		memset(cold->app, 0, sizeof cold->app);
		memset(cold->bytes_high, 0, sizeof cold->bytes_high);
		memset(cold->pkts_high, 0, sizeof cold->pkts_high);
		memset(cold->ip_options, 0, sizeof cold->ip_options);
		cold->seen &= SEEN_MAC;
		metrics_begin_period(p, cold);
		keystroke_begin_period(p, cold);
	}
	switch (f->kind) {
	case STATE_TCP_INIT:
	case STATE_TCP: tcp_begin_period(p, f); break;
	case STATE_FRAGMENT: fragment_begin_period(p, f); break;
	default: udp_begin_period(p, f); break;
	}
}

/* 8.3: the subtype of the TIME DSR becomes 2 when a second time is stored. */
void flow_stamp(struct probe_flow *f, enum side side, uint64_t now)
{
	uint64_t stamp = now | STAMP_SET;

	if (f->stamp[side][START] == 0) {
		f->stamp[side][START] = stamp;
		if (f->stamp[!side][START] != 0)
			f->marks = (uint8_t)((f->marks & ~MARK_TIME) | 2);
	} else {
		f->stamp[side][END] = stamp;
		f->marks = (uint8_t)((f->marks & ~MARK_TIME) | 2);
	}
}

static void note_encaps(struct probe_flow *f, enum side side, uint32_t bits)
{
	uint32_t present = f->encaps[side];

	if (unlikely(present != 0 && present != bits))
		f->marks |= side == SRC ? 0x04 : 0x08;
	f->encaps[side] = present | bits;
}

static void note_tags(struct step *s)
{
	struct flow_cold *cold = flow_cold(s->probe, s->flow);

	if (s->packet->has_tci) {
		cold->seen |= (uint8_t)SEEN_VLAN(s->side);
		cold->tci[s->side] = s->packet->tci;
	}
	if (s->packet->has_mpls) {
		cold->seen |= (uint8_t)SEEN_MPLS(s->side);
		cold->label[s->side] = s->packet->mpls;
	}
}

/* 15.4. The addresses are kept as seen from SRC. */
static void note_mac(struct step *s)
{
	struct flow_cold *cold = flow_cold(s->probe, s->flow);
	const uint8_t *ether = s->packet->ether;
	bool turn = s->side == DST;
	struct mac mac = { .type = get_be16(ether + 12) };

	memcpy(mac.addr[turn ? SRC : DST], ether, 6);
	memcpy(mac.addr[turn ? DST : SRC], ether + 6, 6);
	if (!(cold->seen & SEEN_MAC)) {
		cold->mac = mac;
		cold->seen |= SEEN_MAC;
	} else if (memcmp(mac.addr, cold->mac.addr, sizeof mac.addr) != 0 || mac.type != cold->mac.type) {
		cold->mac.qualifier |= s->side == SRC ? 0x01 : 0x02;
	}
}

static void note_ip(struct step *s)
{
	const struct packet *packet = s->packet;
	struct probe_flow *f = s->flow;

	f->ip[s->side] = (struct ip_last){ packet->ttl, packet->tos, packet->ip_id };
	f->ipattr |= s->side == SRC ? IPATTR_SRC : IPATTR_DST;
	if (unlikely(packet->ip_options != 0))
		f->ipattr |= s->side == SRC ? IPATTR_SRC_OPTIONS : IPATTR_DST_OPTIONS;
	if (unlikely(f->ipattr & (s->side == SRC ? IPATTR_SRC_OPTIONS : IPATTR_DST_OPTIONS)))
		flow_cold(s->probe, f)->ip_options[s->side] = packet->ip_options;
}

void flow_touch(struct step *s)
{
	const struct packet *packet = s->packet;

	note_encaps(s->flow, s->side, packet->encaps);
	if (unlikely(packet->has_tci || packet->has_mpls))
		note_tags(s);
	flow_stamp(s->flow, s->side, s->now);
	if (s->probe->rules->mac && packet->ether != NULL)
		note_mac(s);
	if (packet->ip != NULL)
		note_ip(s);
}

static void update_protocol(struct step *s)
{
	const struct packet *packet = s->packet;

	if (unlikely(packet->is_fragment_key))
		return;
	switch (packet->net) {
	case NET_IPV4:
		switch (packet->proto) {
		case PROTO_TCP: tcp_update(s); break;
		case PROTO_ICMP: icmp_update(s); break;
		case PROTO_ESP: esp_update(s); break;
		case PROTO_UDP: /* its timeout is the class's, whatever the packet count (D4) */
		default: break;
		}
		if (unlikely(packet->more_fragments && packet->frag_offset == 0))
			fragment_first(s);
		break;
	case NET_IPV6:
		switch (packet->proto) {
		case PROTO_TCP: tcp_update(s); break;
		case PROTO_ICMP6: icmp6_update(s); break;
		case PROTO_ESP: esp_update(s); break;
		default: break;
		}
		break;
	case NET_ARP: arp_update(s); break;
	default: break;
	}
}

static void update_flow(struct step *s)
{
	struct probe_flow *f = s->flow;
	const struct packet *packet = s->packet;

	s->is_period_start = s->is_first;
	if (f->flags & FLOW_REPORTED) {
		flow_begin_period(s->probe, f);
		s->is_period_start = true;
	}
	s->side = packet->key.is_reversed == ((f->flags & FLOW_DIRECTION) != 0) ? SRC : DST;
	memcpy(s->stamp_before, f->stamp[s->side], sizeof s->stamp_before);
	flow_touch(s);
	update_protocol(s);
	flow_count(s->probe, f, s->side, 1, packet->base_length);
	metrics_tally(s);
	if (unlikely(packet->is_fragment_key)) {
		if (!fragment_update(s))
			return;
	} else if (packet->proto == PROTO_UDP && packet->ip != NULL) {
		udp_update(s);
	}
	metrics_payload(s);
}

/* 7.2, steps 4 and 5. Returns the flow, or 0 when it had no idle time and is gone. */
static uint32_t requeue(struct probe *p, uint32_t ref, const struct packet *packet)
{
	struct probe_flow *f = flow_at(p, ref);

	if (likely(f->queue == QUEUE_STATUS)) {
		if (likely((int64_t)(packet->time - f->queued) < (int64_t)p->interval))
			return ref;
		timers_expire_status(p, packet->time);
		if (unlikely(p->queue[f->idle_queue].timeout == 0))
			ref = table_find(p, &packet->key, packet->hash);
		if (ref == 0)
			return 0;
		queue_remove(p, ref);
		queue_append(p, ref, QUEUE_STATUS, packet->time);
	} else if (f->queue != QUEUE_NONE && !packet->is_fragment_key) {
		queue_remove(p, ref);
		queue_append(p, ref, QUEUE_STATUS, packet->time);
	}
	return ref;
}

void update_packet(struct probe *p, const struct packet *packet)
{
	struct step s = {
		.probe = p, .packet = packet, .now = packet->time, .payload = packet->payload, .length = packet->length,
	};

	p->now = packet->time;
	p->packets++;
	p->packet_bytes += packet->wirelen;
	if (unlikely(packet->net == NET_NONE)) {
		p->undecodable[packet->undecodable]++;
		timers_tick(p, packet->time);
		return;
	}
	s.ref = table_find(p, &packet->key, packet->hash);
	if (s.ref != 0)
		s.ref = requeue(p, s.ref, packet);
	if (s.ref == 0) {
		s.ref = table_create(p, packet, &packet->key, packet->hash);
		s.is_first = true;
		queue_append(p, s.ref, QUEUE_STATUS, packet->time);
	}
	s.flow = flow_at(p, s.ref);
	update_flow(&s);
	if (unlikely(s.is_first && p->rules->start_records))
		emit_flow(p, s.flow);
	timers_tick(p, packet->time);
}
