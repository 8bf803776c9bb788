/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP (probe.md 11). All sequence arithmetic is on unsigned 32-bit values with
 * plain comparison, wrap included: that is how the format's figures are made. */
#include "argus/table.h"

/* Side words carry both bits of a pair; the record takes its side's one. */
#define BOTH_RETRANS (TCP_SRC_RETRANS | TCP_DST_RETRANS)
#define BOTH_SHUT (TCP_SRC_WINDOW_SHUT | TCP_DST_WINDOW_SHUT)
#define BOTH_RESET (TCP_SRC_RESET | TCP_DST_RESET)
#define BOTH_DISORDER (TCP_SRC_OUT_OF_ORDER | TCP_DST_OUT_OF_ORDER)
#define BOTH_DUPLICATES (TCP_SRC_DUPLICATES | TCP_DST_DUPLICATES)

#define HEADER_SIZE 20
#define MAX_ID_STEP_BACK 5000

enum tcp_machine {
	CLOSED = 0,
	LISTEN = 1,
	SYN_SENT = 2,
	SYN_RECEIVED = 3,
	ESTABLISHED = 4,
	FIN_WAIT_1 = 6,
	CLOSING = 7,
	FIN_WAIT_2 = 9,
};

/* A segment, as far as it was captured. */
struct segment {
	uint32_t seq, ack;
	uint32_t length; /* payload */
	uint16_t win, id;
	uint8_t flags;
	uint8_t kind; /* the flags without ECE and CWR, which say nothing about the connection (D31) */
	struct span options;
};

/* The flow and the packet at hand: S sends, D receives. */
struct exchange {
	struct step *step;
	struct tcp_state *tcp;
	struct tcp_half *s, *d;
	const struct segment *seg;
};

static bool read_segment(const struct step *s, struct segment *seg)
{
	const uint8_t *h = span_peek(&s->packet->payload, HEADER_SIZE);
	int32_t header, length;

	if (h == NULL)
		return false;
	header = (h[12] >> 4) * 4;
	length = s->packet->length - header;
	seg->seq = get_be32(h + 4);
	seg->ack = get_be32(h + 8);
	seg->flags = h[13];
	seg->kind = h[13] & 0x3f;
	seg->win = get_be16(h + 14);
	seg->length = length > 0 ? (uint32_t)length : 0;
	seg->id = s->packet->ip_id;
	seg->options = s->packet->payload;
	span_skip(&seg->options, HEADER_SIZE);
	if (header > HEADER_SIZE)
		seg->options = span_sub(&seg->options, (size_t)header - HEADER_SIZE);
	else
		seg->options.end = seg->options.at;
	return true;
}

/* One option; false when the list ends with it. */
static bool read_option(struct span *o, uint32_t *options, uint8_t *shift)
{
	static const uint32_t bits[] = {
		[2] = TCPOPT_MSS,   [3] = TCPOPT_WSCALE,     [4] = TCPOPT_SACK_OK,
		[5] = TCPOPT_SACK,  [6] = TCPOPT_ECHO,       [7] = TCPOPT_ECHO_REPLY,
		[8] = TCPOPT_TIMESTAMP, [11] = TCPOPT_CC,    [12] = TCPOPT_CC_NEW,
		[13] = TCPOPT_CC_ECHO,
	};
	uint8_t kind = span_u8(o), length;

	if (kind == 0)
		return false;
	if (kind == 1)
		return true;
	if (span_left(o) == 0)
		return false;
	length = span_u8(o);
	if (length < 2)
		return false;
	if (kind < ARRAY_LENGTH(bits))
		*options |= bits[kind];
	if (kind == 3 && span_left(o) > 0)
		*shift = o->at[0];
	return span_skip(o, length - 2u);
}

static void read_options(struct tcp_state *tcp, struct tcp_half *s, struct span options)
{
	while (span_left(&options) > 0 && read_option(&options, &tcp->options, &s->shift))
		continue;
}

/* 11.2: the first packet of a connection. */
static void start(struct exchange *x)
{
	const struct segment *seg = x->seg;
	struct tcp_state *tcp = x->tcp;
	struct tcp_half *s = x->s;
	uint8_t flags = seg->kind;
	bool src_ecn = (seg->flags & (TH_ECE | TH_CWR)) == (TH_ECE | TH_CWR);

	s->seqbase = seg->seq - 1;
	s->seq = seg->seq + seg->length;
	s->win = seg->win;
	if (flags & TH_RST) {
		tcp->status = s->status = BOTH_RESET;
		tcp->state = LISTEN;
		if (seg->seq == 0)
			s->seqbase = s->seq = seg->ack - 1;
		s->win = 0;
		x->d->ack = seg->ack - 1;
	} else if (flags == TH_SYN) {
		tcp->status = TCP_SAW_SYN;
		tcp->state = SYN_SENT;
		s->seqbase = s->seq = seg->seq;
		if (src_ecn)
			tcp->options |= TCPOPT_SRC_ECN;
	} else if (flags == (TH_SYN | TH_ACK)) {
		tcp->status = TCP_SAW_SYNACK;
		tcp->state = SYN_RECEIVED;
		s->seqbase = s->seq = seg->seq;
		x->d->ack = seg->ack - 1;
		if ((seg->flags & TH_ECE) && !(seg->flags & TH_CWR))
			tcp->options |= TCPOPT_DST_ECN;
	} else if (flags != 0 && !(flags & ~(TH_ACK | TH_PSH | TH_URG))) {
		tcp->status = TCP_ESTABLISHED;
		tcp->state = ESTABLISHED;
		if (flags & TH_ACK)
			x->d->ack = seg->ack - 1;
	} else if ((flags & ~TH_ACK) == TH_FIN) {
		tcp->status = TCP_FIN;
		tcp->state = FIN_WAIT_1;
	} else {
		tcp->status = TCP_ESTABLISHED;
		tcp->state = CLOSING;
	}
	s->bytes += seg->length;
	s->flags |= seg->flags;
	s->last = x->step->now;
	read_options(tcp, s, seg->options);
}

/* 11.6: a SYN begins the connection anew. The packet is no part of the record
 * that goes out (D33). */
static void reopen(struct exchange *x)
{
	struct step *s = x->step;
	struct probe_flow *f = s->flow;

	if ((f->pkts[SRC] | f->pkts[DST]) != 0) {
		memcpy(f->stamp[s->side], s->stamp_before, sizeof s->stamp_before);
		emit_record(s->probe, f, CAUSE_STOP);
	}
	flow_begin_period(s->probe, f);
	f->flags &= (uint8_t)~FLOW_STARTED;
	memset(x->tcp, 0, sizeof *x->tcp);
	f->kind = STATE_TCP_INIT;
	queue_remove(s->probe, s->ref);
	queue_append(s->probe, s->ref, QUEUE_STATUS, s->now);
	if (s->side == DST) {
		/* The SYN's sender is the source from now on (D28: and is named as such). */
		f->flags ^= FLOW_DIRECTION;
		f->flags = (uint8_t)((f->flags & ~FLOW_REVERSE) | (f->flags & FLOW_DIRECTION ? FLOW_REVERSE : 0));
	}
	s->side = SRC;
	s->is_period_start = true;
	flow_touch(s);
	x->s = &x->tcp->side[SRC];
	x->d = &x->tcp->side[DST];
	start(x);
}

static void retransmitted(struct exchange *x)
{
	x->s->retrans++;
	x->s->status |= BOTH_RETRANS;
}

/* 11.4 d, for a segment with payload and a receiver with a window. */
static void place_data(struct exchange *x, uint32_t end)
{
	const struct segment *seg = x->seg;
	struct tcp_half *s = x->s, *d = x->d;
	uint16_t last_id = x->tcp->last_id[x->step->side];
	uint32_t next;
	int step;

	if (seg->seq < d->ack) {
		if (d->ack - seg->seq < (uint32_t)(s->win >> (s->shift & 31))) {
			retransmitted(x);
			s->winbytes -= seg->length;
			x->step->is_idle = true;
		}
		return;
	}
	next = end > s->seq ? end : s->seq;
	step = (int)seg->id - (int)last_id;
	if (s->win != 0) {
		if (last_id != 0 && step < 0 && step > -MAX_ID_STEP_BACK) {
			s->status |= BOTH_DISORDER;
		} else if (s->winbytes > next - 1 - d->ack) {
			retransmitted(x);
			s->winbytes -= seg->length;
			x->step->is_idle = true;
		} else if (end < s->seq) {
			if (seg->seq == d->ack + 1) {
				retransmitted(x);
				s->winbytes -= seg->length;
			} else {
				s->status |= BOTH_DISORDER;
			}
		}
	}
	s->seq = next;
}

/* 11.4 e */
static void acknowledge(struct exchange *x)
{
	const struct segment *seg = x->seg;
	struct tcp_half *s = x->s, *d = x->d;
	uint32_t acked = seg->ack - 1;

	if (s->ack != 0 && d->seq > s->ack)
		d->winbytes = d->seq - 1 - s->ack;
	if (s->ack == acked)
		return;
	if (s->ack == 0 || d->seq == seg->ack) {
		d->winbytes = 0;
		if (d->seq == seg->ack)
			d->winnum++;
	} else if (!(seg->flags & TH_SYN)) {
		uint32_t step = acked - s->ack;

		d->winbytes -= d->winbytes < step ? d->winbytes : step;
		d->winnum++;
	}
	s->ack = acked;
}

/* 11.4 b and c: windows, bytes, and whether the packet is idle. */
static void account_window(struct exchange *x)
{
	const struct segment *seg = x->seg;
	struct tcp_half *s = x->s;

	if (!(seg->flags & (TH_FIN | TH_RST))) {
		if (seg->win == 0) {
			s->status |= BOTH_SHUT;
			x->step->is_idle = true;
		} else {
			s->win = seg->win;
		}
	}
	if (seg->length == 0 || x->d->win == 0) {
		x->step->is_idle = true;
		return;
	}
	s->bytes += seg->length;
	if (s->winbytes == 0)
		x->step->is_idle = true;
	if (s->flags & TH_FIN) {
		if (seg->seq < s->seq)
			retransmitted(x);
		else if (!(seg->flags & TH_FIN))
			s->status |= BOTH_DISORDER;
	}
	if (!(seg->flags & TH_SYN))
		s->winbytes += seg->length;
}

/* 11.4. Returns whether the segment is a duplicate that a second tap saw. */
static bool update_sequence(struct exchange *x)
{
	const struct segment *seg = x->seg;
	struct tcp_half *s = x->s;
	uint16_t *last_id = &x->tcp->last_id[x->step->side];
	uint32_t end = seg->seq + seg->length;

	if (seg->kind == TH_SYN)
		return false;
	account_window(x);
	if (end < seg->seq) {
		s->ackbytes += s->seq - s->seqbase;
		s->seqbase = s->seq = end;
	} else if (s->seqbase == 0) {
		s->seqbase = seg->seq;
		s->seq = end;
	} else if (seg->length > 0) {
		if (x->step->probe->rules->track_duplicates && seg->id != 0 && seg->id == *last_id) {
			(x->step->side == SRC ? s : x->d)->status |= BOTH_DUPLICATES;
			return true;
		}
		if (x->d->win != 0)
			place_data(x, end);
		*last_id = seg->id;
	}
	if ((seg->flags & TH_ACK) && seg->ack != 0)
		acknowledge(x);
	return false;
}

static void saw(struct exchange *x, uint32_t bits)
{
	x->tcp->status |= bits;
	x->s->status |= bits;
}

/* Clocks of two directions may disagree: an absolute difference. */
static uint32_t elapsed(const struct exchange *x)
{
	uint64_t now = x->step->now, then = x->d->last;

	return (uint32_t)(now > then ? now - then : then - now);
}

static enum tcp_machine on_reset(struct exchange *x)
{
	const struct segment *seg = x->seg;
	struct tcp_half *s = x->s;

	saw(x, BOTH_RESET);
	if (x->tcp->state == SYN_SENT)
		return x->d->seq == s->ack ? LISTEN : CLOSING;
	return seg->seq >= s->ack && seg->seq < s->ack + (uint32_t)(s->win >> (s->shift & 31)) ? CLOSED : CLOSING;
}

static enum tcp_machine in_syn_sent(struct exchange *x)
{
	uint8_t flags = x->seg->kind;

	if (flags == TH_SYN) {
		retransmitted(x);
	} else if (flags == (TH_SYN | TH_ACK)) {
		if (x->s->status & TCP_SAW_SYN)
			return LISTEN;
		saw(x, TCP_SAW_SYNACK);
		if (x->d->seq == x->s->ack)
			x->tcp->synack = elapsed(x);
		return SYN_RECEIVED;
	} else if (flags & TH_FIN) {
		saw(x, TCP_FIN);
		return FIN_WAIT_1;
	} else if (flags & TH_ACK) {
		saw(x, TCP_ESTABLISHED);
		return ESTABLISHED;
	}
	return SYN_SENT;
}

static enum tcp_machine in_syn_received(struct exchange *x)
{
	uint8_t flags = x->seg->flags;

	if (flags & TH_FIN) {
		saw(x, TCP_FIN);
		return FIN_WAIT_1;
	}
	if (!(flags & TH_SYN) && (flags & TH_ACK)) {
		saw(x, TCP_ESTABLISHED);
		if (x->s->seq == x->d->ack)
			x->tcp->ackdat = elapsed(x);
		return ESTABLISHED;
	}
	if (flags & TH_SYN)
		retransmitted(x);
	return SYN_RECEIVED;
}

static enum tcp_machine in_established(struct exchange *x)
{
	uint8_t flags = x->seg->flags;

	if (flags & TH_FIN) {
		saw(x, TCP_FIN);
		return FIN_WAIT_1;
	}
	if (flags & TH_SYN) {
		retransmitted(x);
		if (flags & TH_ACK)
			x->tcp->status |= TCP_SAW_SYNACK | TCP_ESTABLISHED;
	}
	return ESTABLISHED;
}

/* The three rows are tried in turn, each on its own. */
static enum tcp_machine in_fin_wait(struct exchange *x)
{
	uint8_t flags = x->seg->flags;
	enum tcp_machine state = x->tcp->state;

	if ((flags & (TH_SYN | TH_ACK)) == TH_SYN) /* after a normal close too (D27) */
		return LISTEN;
	if ((flags & TH_FIN) && !(flags & TH_ACK) && (x->d->status & TCP_FIN_ACKED))
		retransmitted(x);
	if ((flags & (TH_FIN | TH_ACK)) == (TH_FIN | TH_ACK))
		saw(x, TCP_FIN);
	if ((flags & TH_ACK) && x->seg->length == 0 && (x->d->status & TCP_FIN) && x->d->seq == x->s->ack) {
		x->tcp->status |= TCP_FIN_ACKED;
		x->d->status |= TCP_FIN_ACKED;
		return FIN_WAIT_2;
	}
	return state;
}

/* 11.5: the state after the segment; LISTEN: it begins a connection anew. */
static enum tcp_machine next_state(struct exchange *x)
{
	uint8_t flags = x->seg->flags;
	bool is_opening = (flags & (TH_SYN | TH_ACK)) == TH_SYN;

	if (flags & TH_RST)
		return on_reset(x);
	switch (x->tcp->state) {
	case SYN_SENT: return in_syn_sent(x);
	case SYN_RECEIVED: return in_syn_received(x);
	case ESTABLISHED: return in_established(x);
	case FIN_WAIT_1:
	case FIN_WAIT_2: return in_fin_wait(x);
	case CLOSING:
		if (is_opening)
			return LISTEN;
		return (flags & TH_ACK) && x->s->seq == x->s->ack && x->d->seq == x->s->ack ? CLOSED : CLOSING;
	default: return is_opening ? LISTEN : CLOSED;
	}
}

/* 11.3: a packet of a flow that has seen others. */
static void follow(struct exchange *x)
{
	struct step *step = x->step;
	struct tcp_state *tcp = x->tcp;
	const struct segment *seg = x->seg;
	enum tcp_machine state;

	if (tcp->state == LISTEN) {
		enum side side = step->side;

		if (seg->flags & TH_SYN)
			reopen(x);
		tcp->side[side].flags |= seg->flags; /* the side it had before (D28) */
		return;
	}
	step->flow->kind = STATE_TCP;
	read_options(tcp, x->s, seg->options);
	x->s->flags |= seg->flags;
	if ((tcp->options & (TCPOPT_SRC_ECN | TCPOPT_DST_ECN)) && (seg->flags & TH_ECE) && (seg->flags & TH_ACK))
		tcp->status |= step->side == SRC ? TCP_SRC_CONGESTED : TCP_DST_CONGESTED;
	if (!update_sequence(x)) {
		state = next_state(x);
		if (state == LISTEN) {
			if (seg->kind == TH_SYN) {
				x->s->bytes -= seg->length;
				reopen(x);
				return;
			}
		} else {
			tcp->state = (uint8_t)state;
			if (state == CLOSED && !(tcp->status & BOTH_RESET))
				tcp->status |= TCP_NORMAL_CLOSE;
		}
	}
	x->s->last = step->now;
}

/* What follows the header counts as application bytes. */
static void strip_header(struct step *s)
{
	const uint8_t *h = span_peek(&s->payload, HEADER_SIZE);
	int32_t header;

	if (h == NULL)
		return;
	header = (h[12] >> 4) * 4;
	span_skip(&s->payload, (size_t)header);
	s->length -= header;
}

void tcp_update(struct step *s)
{
	struct segment seg;
	struct exchange x = { .step = s, .seg = &seg };

	if (!read_segment(s, &seg))
		return;
	if (s->is_first) {
		x.tcp = flow_new_state(s->probe, s->flow, STATE_TCP_INIT);
	} else if (s->flow->kind == STATE_TCP || s->flow->kind == STATE_TCP_INIT) {
		x.tcp = tcp_at(s->probe, s->flow);
	} else {
		/* Its first packet was cut too short: a flow like that of any other protocol. */
		strip_header(s);
		return;
	}
	x.s = &x.tcp->side[s->side];
	x.d = &x.tcp->side[!s->side];
	if (s->is_first)
		start(&x);
	else
		follow(&x);
	if (unlikely(s->probe->rules->keystroke.mode != KEYSTROKE_OFF))
		keystroke_update(s, seg.seq, seg.ack, seg.length);
	strip_header(s);
}

/* 8.5: what a record period begins with. The state of the connection stays. */
void tcp_begin_period(struct probe *p, struct probe_flow *f)
{
	struct tcp_state *tcp = tcp_at(p, f);

	for (int side = SRC; side <= DST; side++) {
		struct tcp_half *h = &tcp->side[side];

		h->status &= ~(uint32_t)(BOTH_RESET | BOTH_RETRANS | BOTH_SHUT | BOTH_DISORDER);
		h->retrans = h->bytes = h->winbytes = h->ackbytes = 0;
		h->flags = 0;
		h->seqbase = h->seq;
		tcp->last_id[side] = 0;
	}
}
