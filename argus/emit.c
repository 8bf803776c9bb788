/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a flow to its record (probe.md 8). What only a probe writes is written
 * here: transport, key and times. All other DSRs are filled in and left to the
 * encoders of the record room, so that each layout stands once in the tree. */
#include "argus/record/dsr.h"
#include "argus/table.h"

struct draft {
	struct probe *p;
	struct probe_flow *f;
	const struct flow_cold *cold; /* may be NULL */
	struct pen pen;
};

static inline void encode(struct draft *d, enum dsr_slot slot, const void *member)
{
	dsr_table[slot].encode(member, d->p->scratch, &d->pen);
}

/* 8.2 */
static void put_transport(struct draft *d)
{
	static const uint8_t qualifiers[] = { [ID_NONE] = 0, [ID_IPV4] = 0x01, [ID_NUMBER] = 0x20, [ID_STRING] = 0x21 };
	const struct source_id *id = &d->p->id;
	uint8_t *to = pen_room(&d->pen, 12);

	to[0] = TYPE_TRANSPORT;
	to[1] = 0x03;
	to[2] = qualifiers[id->form];
	to[3] = 3;
	memcpy(to + 4, id->bytes, 4);
	put_be32(to + 8, d->f->seq);
}

static void put_key(struct draft *d)
{
	const struct probe_flow *f = d->f;
	uint8_t *to = pen_room(&d->pen, f->dsr_length);

	memcpy(to, flow_key_bytes(d->p, f), f->dsr_length);
	if (f->flags & FLOW_REVERSE)
		to[1] |= FLOW_SUBTYPE_REVERSE;
	if (f->flags & FLOW_TURNED)
		to[2] |= FLOW_QUALIFIER_DIRECTION;
	if (unlikely(f->kind == STATE_FRAGMENT && !(f->flags & FLOW_FRAGMENT)))
		to[2] &= (uint8_t)~FLOW_QUALIFIER_FRAGMENT;
}

static void put_stamp(uint8_t *to, uint64_t stamp)
{
	uint64_t time = stamp & ~STAMP_SET;

	put_be32(to, (uint32_t)(time / 1000000));
	put_be32(to + 4, (uint32_t)(time % 1000000));
}

/* 8.3, all four stamps */
static void put_four_times(struct draft *d)
{
	const struct probe_flow *f = d->f;
	uint8_t *to = d->pen.at;
	uint8_t words = 1, subtype = f->marks & MARK_TIME;

	for (int i = 0; i < 4; i++) {
		uint64_t stamp = f->stamp[i >> 1][i & 1];

		if (stamp == 0)
			continue;
		put_stamp(to + words * 4, stamp);
		words = (uint8_t)(words + 2);
		subtype |= (uint8_t)(0x08 << i);
	}
	pen_room(&d->pen, words * 4u);
	to[0] = TYPE_TIME;
	to[1] = subtype;
	to[2] = 0x18;
	to[3] = words;
}

/* 8.3: the first and the last of all stamps (D19: truly the first). */
static void put_times(struct draft *d)
{
	const struct probe_flow *f = d->f;
	uint64_t first = UINT64_MAX, last = 0;
	uint8_t *to;

	for (int i = 0; i < 4; i++) {
		uint64_t stamp = f->stamp[i >> 1][i & 1];

		if (stamp == 0)
			continue;
		first = u64_min(first, stamp);
		last = u64_max(last, stamp);
	}
	to = pen_room(&d->pen, first == last ? 12 : 20);
	to[0] = TYPE_TIME;
	to[1] = first == last ? f->marks & MARK_TIME : 2; /* a reader takes one stamp from kind 1 */
	to[2] = 0x18;
	to[3] = first == last ? 3 : 5;
	put_stamp(to + 4, first);
	if (first != last)
		put_stamp(to + 12, last);
}

static void put_metric(struct draft *d)
{
	const struct flow_cold *cold = d->cold;
	struct metric m = {
		.pkts = { flow_packets(d->p, d->f, SRC), flow_packets(d->p, d->f, DST) },
		.bytes = { flow_bytes(d->p, d->f, SRC), flow_bytes(d->p, d->f, DST) },
	};

	if (cold != NULL && (cold->app[SRC] | cold->app[DST]) != 0) {
		m.appbytes[SRC] = cold->app[SRC];
		m.appbytes[DST] = cold->app[DST];
		m.has_appbytes = true;
	}
	encode(d, DSR_METRIC, &m);
}

static struct tcp_side tcp_side(const struct tcp_half *h)
{
	return (struct tcp_side){
		.last = h->last, .status = h->status, .seqbase = h->seqbase, .seq = h->seq, .ack = h->ack,
		.winnum = h->winnum, .bytes = h->bytes, .retrans = h->retrans, .ackbytes = h->ackbytes,
		.winbytes = h->winbytes, .win = h->win, .flags = h->flags, .shift = h->shift,
	};
}

#define OF_SIDE (TCP_SRC_RETRANS | TCP_SRC_WINDOW_SHUT | TCP_SRC_RESET | TCP_SRC_OUT_OF_ORDER | TCP_SRC_DUPLICATES)

/* 11.1: what each side did in the period replaces the flow's own bits. */
static uint32_t period_status(const struct tcp_state *tcp)
{
	return (tcp->status & ~(uint32_t)(OF_SIDE | OF_SIDE << 1)) | (tcp->side[SRC].status & OF_SIDE) |
	       (tcp->side[DST].status & OF_SIDE << 1);
}

static void fill_tcp(const struct probe *p, const struct probe_flow *f, struct network *n)
{
	const struct tcp_state *tcp = tcp_at(p, f);
	bool is_init = f->kind == STATE_TCP_INIT;

	n->kind = is_init ? NETWORK_TCP_INIT : NETWORK_TCP_PERF;
	n->is_tcp = true;
	n->u.tcp = (struct tcp){
		.status = is_init ? tcp->status : period_status(tcp),
		.state = tcp->state,
		.options = tcp->options,
		.synack = tcp->synack,
		.ackdat = tcp->ackdat,
		.side = { tcp_side(&tcp->side[SRC]), tcp_side(&tcp->side[DST]) },
	};
	if (is_init)
		n->u.tcp.side[SRC].win = 0; /* D47: nobody has ever filled it */
}

static void put_network(struct draft *d)
{
	const struct probe *p = d->p;
	const struct probe_flow *f = d->f;
	struct network *n = &d->p->scratch->network;

	n->qualifier = 0;
	n->is_tcp = false;
	n->is_opaque = false;
	switch (f->kind) {
	case STATE_TCP_INIT:
	case STATE_TCP: fill_tcp(p, f, n); break;
	case STATE_ICMP:
		n->kind = NETWORK_ICMP;
		n->u.icmp = small_at(p, f)->icmp;
		break;
	case STATE_ESP:
		n->kind = NETWORK_ESP;
		n->u.esp = small_at(p, f)->esp;
		break;
	case STATE_RTP:
		n->kind = NETWORK_RTP;
		n->qualifier = small_at(p, f)->media.silence;
		n->u.rtp = small_at(p, f)->media.rtp;
		break;
	case STATE_RTCP:
		n->kind = NETWORK_RTCP;
		n->u.rtcp = small_at(p, f)->rtcp;
		break;
	case STATE_ARP:
		n->kind = NETWORK_ARP;
		memcpy(n->u.arp_mac, small_at(p, f)->arp_mac, sizeof n->u.arp_mac);
		break;
	case STATE_UDT:
		n->kind = NETWORK_UDT;
		n->u.udt = *(const struct udt *)slab_at(&p->udt, f->state);
		n->u.udt.has_dst = true;
		break;
	case STATE_FRAGMENT:
		n->kind = NETWORK_FRAGMENT;
		n->qualifier = fragment_at(p, f)->qualifier;
		n->u.fragment = fragment_at(p, f)->sum;
		break;
	default: pen_be32(&d->pen, (uint32_t)TYPE_NETWORK << 24 | 1); return;
	}
	encode(d, DSR_NETWORK, n);
}

static void put_ipattr(struct draft *d)
{
	const struct probe_flow *f = d->f;
	struct ipattr a = { .qualifier = f->ipattr };

	if (f->ipattr == 0)
		return;
	for (int side = SRC; side <= DST; side++)
		a.side[side] = (struct ipattr_side){
			.ttl = f->ip[side].ttl,
			.tos = f->ip[side].tos,
			.ip_id = __builtin_bswap16(f->ip[side].id), /* record-format.md 8.11 */
			.options = d->cold != NULL ? d->cold->ip_options[side] : 0,
		};
	encode(d, DSR_IPATTR, &a);
}

static void put_tags(struct draft *d)
{
	const struct flow_cold *cold = d->cold;

	if (cold->seen & (SEEN_VLAN(SRC) | SEEN_VLAN(DST))) {
		struct vlan v = { { cold->seen & SEEN_VLAN(SRC), cold->seen & SEEN_VLAN(DST) }, { 0 } };

		for (int side = SRC; side <= DST; side++)
			v.tci[side] = v.has[side] ? cold->tci[side] : 0;
		encode(d, DSR_VLAN, &v);
	}
	if (cold->seen & (SEEN_MPLS(SRC) | SEEN_MPLS(DST))) {
		struct mpls m = { { cold->seen & SEEN_MPLS(SRC), cold->seen & SEEN_MPLS(DST) },
			          { cold->label[SRC], cold->label[DST] }, 0 };

		encode(d, DSR_MPLS, &m);
	}
}

/* Newton's square root: no need of the mathematics library for a standard deviation. */
static float square_root(double x)
{
	double r = x > 1 ? x : 1;

	if (x <= 0)
		return 0;
	for (int i = 0; i < 64; i++) {
		double next = (r + x / r) / 2;

		if (next >= r)
			break;
		r = next;
	}
	return (float)r;
}

static void put_jitter(struct draft *d)
{
	const struct jitter_state *state = slab_at(&d->p->jitter, d->cold->jitter);
	struct jitter *j = &d->p->scratch->jitter;
	bool any = false;

	for (int i = 0; i < 4; i++) {
		const struct jitter_tally *t = &state->tally[i >> 1][i & 1];
		struct stats *s = &j->block[i >> 1][i & 1];

		j->has[i >> 1][i & 1] = t->n > 0;
		if (t->n == 0)
			continue;
		any = true;
		s->n = t->n;
		s->min = (float)t->min;
		s->max = (float)t->max;
		s->mean = t->sum / (float)t->n;
		/* The mean of the squares is a whole number (15.2), and never less than the square (D39). */
		s->stddev = square_root((double)(t->squares / t->n) - (double)s->mean * (double)s->mean);
	}
	if (any)
		encode(d, DSR_JITTER, j);
}

static void put_sizes(struct draft *d)
{
	const struct flow_cold *cold = d->cold;
	struct psize z = { .has = { cold->size_max[SRC] != 0, cold->size_max[DST] != 0 } };

	for (int side = SRC; side <= DST; side++) {
		z.min[side] = cold->size_min[side];
		z.max[side] = cold->size_max[side];
	}
	if (z.has[SRC] || z.has[DST])
		encode(d, DSR_PSIZE, &z);
}

static void put_user_data(struct draft *d, enum side side)
{
	const struct user_buffer *user = &d->cold->user[side];

	if (user->has_payload) {
		struct user_data u = {
			.capacity = d->cold->full_user ? UINT16_MAX : (uint32_t)d->p->rules->user_length,
			.count = user->count,
			.bytes = user->bytes,
		};

		encode(d, side == SRC ? DSR_SUSER : DSR_DUSER, &u);
	}
}

/* What stands between IPATTR and ENCAPS: only flows with a cold part have any of it. */
static void put_cold(struct draft *d)
{
	if (d->cold->size_max[SRC] | d->cold->size_max[DST])
		put_sizes(d);
	put_user_data(d, SRC);
	put_user_data(d, DST);
	if (d->cold->seen & SEEN_MAC)
		encode(d, DSR_MAC, &d->cold->mac);
	if (d->cold->seen & SEEN_ICMP)
		encode(d, DSR_ICMP, &d->cold->icmp);
}

/* In the order of record-format.md 5.1. */
static void put_dsrs(struct draft *d)
{
	const struct probe_flow *f = d->f;
	struct encaps e = { .bits = { f->encaps[SRC], f->encaps[DST] }, .qualifier = f->marks & MARK_ENCAPS };
	struct behavior b;

	put_transport(d);
	put_key(d);
	if (unlikely(d->p->rules->four_stamps))
		put_four_times(d);
	else
		put_times(d);
	put_metric(d);
	put_network(d);
	if (d->cold != NULL) {
		put_tags(d);
		if (d->cold->jitter != 0)
			put_jitter(d);
	}
	put_ipattr(d);
	if (d->cold != NULL)
		put_cold(d);
	encode(d, DSR_ENCAPS, &e);
	if (d->cold != NULL && d->cold->keystroke != 0 && keystroke_report(d->p, d->cold, &b))
		encode(d, DSR_BEHAVIOR, &b);
}

void emit_record(struct probe *p, struct probe_flow *f, enum record_cause cause)
{
	struct draft d = { p, f, cold_at(p, f), pen_on(p->record, RECORD_MAX_SIZE) };
	uint8_t *header = pen_room(&d.pen, RECORD_HEADER_SIZE);

	if (f->seq == 0 && (f->seq = ++p->last_seq) == 0)
		f->seq = p->last_seq = 1; /* 0 is never used */
	put_dsrs(&d);
	header[0] = RECORD_FAR | 3;
	header[1] = (uint8_t)cause;
	put_be16(header + 2, (uint16_t)(pen_used(&d.pen) / 4));
	f->flags |= FLOW_REPORTED | FLOW_STARTED;
	p->records++;
	p->sink(p->sink_context, p->record, pen_used(&d.pen));
}

void emit_flow(struct probe *p, struct probe_flow *f)
{
	if (!(f->flags & FLOW_REPORTED) && (f->pkts[SRC] | f->pkts[DST]) != 0)
		emit_record(p, f, f->flags & FLOW_STARTED ? CAUSE_STATUS : CAUSE_START);
}
