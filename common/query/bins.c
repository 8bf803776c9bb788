/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting a record in pieces by time (aggregation.md 6.2, whose steps are named). What
 * is single and what double precision follows the reference: the results are the same
 * to the packet and byte, and always add up to the record's. */
#include "argus/query/bins.h"

#include <math.h>

bool period_read(struct period *p, const char *text)
{
	*p = (struct period){ 0 };
	return clock_read_period(text, &p->count, &p->unit);
}

void period_find(struct period *p, uint64_t when)
{
	if (when >= p->start && when < p->end)
		return;
	p->start = clock_floor(when, p->count, p->unit);
	p->end = clock_add(p->start, p->count, p->unit);
}

static uint64_t rest_start(const struct split *s)
{
	const struct split_side *a = &s->side[SRC], *b = &s->side[DST];

	if (a->has_time && b->has_time)
		return u64_min(a->start, b->start);
	return a->has_time ? a->start : b->has_time ? b->start : 0;
}

static uint64_t rest_end(const struct split *s)
{
	uint64_t end = 0;

	for (int side = SRC; side <= DST; side++)
		if (s->side[side].has_time)
			end = u64_max(end, s->side[side].end);
	return end;
}

/* The loss counter of a direction; NULL when the protocol has none. */
static void *loss_counter(struct network *n, enum side side, bool *is_short)
{
	*is_short = false;
	if (n->is_tcp)
		return &n->u.tcp.side[side].retrans;
	if (n->is_opaque)
		return NULL;
	switch (n->kind) {
	case NETWORK_RTP: *is_short = true; return &n->u.rtp.drops[side];
	case NETWORK_UDT: return &n->u.udt.side[side].retrans;
	case NETWORK_ESP: return side == SRC ? &n->u.esp.lost : NULL;
	default: return NULL;
	}
}

static uint64_t read_loss(struct network *n, enum side side)
{
	bool is_short;
	const void *counter = loss_counter(n, side, &is_short);

	if (counter == NULL)
		return 0;
	return is_short ? *(const uint16_t *)counter : *(const uint32_t *)counter;
}

static void write_loss(struct network *n, enum side side, uint64_t lost)
{
	static const uint32_t flags[2] = { TCP_SRC_RETRANS, TCP_DST_RETRANS };
	bool is_short;
	void *counter = loss_counter(n, side, &is_short);

	if (is_short)
		*(uint16_t *)counter = (uint16_t)lost;
	else
		*(uint32_t *)counter = (uint32_t)lost;
	if (lost == 0 && n->is_tcp) {
		n->u.tcp.status &= ~flags[side];
		n->u.tcp.side[side].status &= ~(TCP_SRC_RETRANS | TCP_DST_RETRANS);
	}
}

void split_begin(struct split *s, struct flow *f, struct period *period, bool is_hard)
{
	const struct network *network = flow_network(f);

	*s = (struct split){ .flow = f, .period = period, .is_hard = is_hard };
	s->times = *flow_times(f);
	s->metric = *flow_metric(f);
	s->agr = *flow_agr(f);
	s->count = s->agr.count;
	if (network != NULL)
		s->network = *network;
	for (int i = SRC; i <= DST; i++) {
		struct split_side *side = &s->side[i];

		side->has_time = s->times.have & TIME_BIT(i, START);
		side->start = s->times.at[i][START];
		side->end = u64_max(s->times.at[i][END], side->start);
		side->pkts = s->metric.pkts[i];
		side->bytes = s->metric.bytes[i];
		side->appbytes = s->metric.appbytes[i];
		side->lost = network != NULL ? read_loss(&s->network, (enum side)i) : 0;
	}
}

/* Step 5: what a whole window gets; at most all. */
static void take_shares(struct split *s)
{
	s->has_shares = true;
	s->size = s->period->end - s->period->start;
	for (int i = SRC; i <= DST; i++) {
		struct split_side *side = &s->side[i];
		double windows = (double)(side->end - side->start) / (double)s->size;

		if (windows < 1)
			windows = 1;
		side->pkts_share = (float)((double)side->pkts / windows);
		side->bytes_share = (float)((double)side->bytes / windows);
		side->appbytes_share = (float)((double)side->appbytes / windows);
	}
}

/* Step 6. */
static void cut_times(struct split_side *rest, struct split_side *piece, uint64_t end)
{
	*piece = (struct split_side){ 0 };
	if (!rest->has_time || rest->start > end)
		return;
	piece->has_time = true;
	piece->start = rest->start;
	if (rest->end > end) {
		piece->end = end;
		rest->start = end;
	} else {
		piece->end = rest->end;
		rest->has_time = false;
	}
}

/* Step 7. `before` is the remainder as it was at the start of this round. */
static void cut_counts(const struct split *s, struct split_side *rest, const struct split_side *before,
		       struct split_side *piece)
{
	double t, r, wanted, packets;

	if (!piece->has_time || before->pkts == 0)
		return;
	t = (double)u64_min(piece->end - piece->start, s->size);
	r = (double)u64_min(before->end - before->start, s->size);
	wanted = r > 0 ? (double)(float)(rest->pkts_share + rest->carry) * t / r : 0;
	piece->pkts = wanted < 1 ? 1 : (uint64_t)wanted;
	if (piece->pkts > before->pkts)
		piece->pkts = before->pkts;
	packets = (double)piece->pkts;
	if (r > 0)
		rest->carry = (float)(rest->carry + (rest->pkts_share * t / r - packets));
	packets /= (double)rest->pkts_share;
	piece->bytes = u64_min((uint64_t)(rest->bytes_share * packets), before->bytes);
	piece->appbytes = u64_min((uint64_t)(rest->appbytes_share * packets), before->appbytes);
}

/* Steps 9 and 10: the rest loses what the piece has; no bytes without a packet. */
static void subtract(struct split_side *rest, struct split_side *piece)
{
	rest->pkts -= piece->pkts;
	rest->bytes -= piece->bytes;
	rest->appbytes -= piece->appbytes;
	if (rest->pkts > 0 || (rest->bytes == 0 && rest->appbytes == 0))
		return;
	if (piece->pkts > 1) {
		piece->pkts--;
		rest->pkts++;
		return;
	}
	piece->bytes += rest->bytes;
	piece->appbytes += rest->appbytes;
	rest->bytes = rest->appbytes = 0;
}

/* Step 13. */
static void share_loss(struct split_side *rest, struct split_side *piece)
{
	if (rest->lost == 0 || piece->pkts + rest->pkts == 0)
		return;
	piece->lost = (uint64_t)rint((double)rest->lost * (double)piece->pkts / (double)(piece->pkts + rest->pkts));
	rest->lost -= piece->lost;
}

/* Step 8. */
static uint32_t share_count(struct split *s, uint64_t piece, uint64_t all)
{
	uint32_t count = s->count;

	if (count <= 1 || all == 0)
		return count;
	count = (uint32_t)((double)count * ((double)piece / (double)all));
	if (count == 0)
		count = 1;
	s->count -= count < s->count ? count : s->count - 1;
	return count;
}

/* Step 4. Two packets: one each, or two of one direction. */
static void cut_two(struct split *s, struct split_side piece[2])
{
	int side = s->side[SRC].pkts == 2 ? SRC : s->side[DST].pkts == 2 ? DST : -1;

	piece[SRC] = piece[DST] = (struct split_side){ 0 };
	if (side < 0) {
		piece[SRC] = s->side[SRC];
		piece[SRC].end = piece[SRC].start;
		s->side[SRC] = (struct split_side){ 0 };
	} else {
		struct split_side *rest = &s->side[side];

		piece[side] = *rest;
		piece[side].pkts = 1;
		piece[side].bytes = (rest->bytes + 1) / 2;
		piece[side].appbytes = (rest->appbytes + 1) / 2;
		piece[side].lost = 0;
		piece[side].end = piece[side].start;
		rest->pkts = 1;
		rest->bytes -= piece[side].bytes;
		rest->appbytes -= piece[side].appbytes;
		rest->start = rest->end;
		share_loss(rest, &piece[side]);
	}
	s->count = 1;
}

static void cut_many(struct split *s, struct split_side piece[2], uint32_t *count)
{
	struct split_side before[2] = { s->side[SRC], s->side[DST] };

	if (!s->has_shares)
		take_shares(s);
	for (int i = SRC; i <= DST; i++) {
		cut_times(&s->side[i], &piece[i], s->period->end);
		cut_counts(s, &s->side[i], &before[i], &piece[i]);
	}
	*count = share_count(s, piece[SRC].pkts + piece[DST].pkts, before[SRC].pkts + before[DST].pkts);
	for (int i = SRC; i <= DST; i++) {
		subtract(&s->side[i], &piece[i]);
		/* A direction that ended with packets to spare gives them at its end. */
		if (s->side[i].pkts > 0 && !s->side[i].has_time && before[i].has_time) {
			s->side[i].has_time = true;
			s->side[i].start = s->side[i].end = before[i].end;
		}
		share_loss(&s->side[i], &piece[i]);
		if (s->side[i].pkts == 1 && s->side[i].has_time) /* step 12 */
			s->side[i].start = s->side[i].end;
	}
	if (piece[SRC].pkts + piece[DST].pkts == 1) /* step 11 */
		for (int i = SRC; i <= DST; i++)
			piece[i].end = piece[i].start;
}

static void put_times(struct split *s, const struct split_side piece[2])
{
	struct times *times = flow_edit(s->flow, DSR_TIME);

	*times = s->times;
	times->have = 0;
	for (int i = SRC; i <= DST; i++) {
		bool has = piece[i].has_time && (piece[i].pkts > 0 || s->metric.pkts[i] == 0);

		times->at[i][START] = has ? piece[i].start : 0;
		times->at[i][END] = has ? piece[i].end : 0;
		if (has)
			times->have |= (uint8_t)TIME_BIT(i, START);
		if (has && piece[i].end > piece[i].start)
			times->have |= (uint8_t)TIME_BIT(i, END);
	}
}

/* The flow becomes the piece. */
static void put_piece(struct split *s, const struct split_side piece[2], uint32_t count)
{
	struct metric *metric;
	struct agr *agr;

	put_times(s, piece);
	metric = flow_edit(s->flow, DSR_METRIC);
	for (int i = SRC; i <= DST; i++) {
		metric->pkts[i] = piece[i].pkts;
		metric->bytes[i] = piece[i].bytes;
		metric->appbytes[i] = piece[i].appbytes;
	}
	agr = flow_edit(s->flow, DSR_AGR);
	*agr = s->agr;
	agr->count = count;
	agr->is_implied = false;
	if (read_loss(&s->network, SRC) + read_loss(&s->network, DST) > 0) {
		struct network *network = flow_edit(s->flow, DSR_NETWORK);

		*network = s->network;
		for (int i = SRC; i <= DST; i++)
			if (read_loss(&s->network, (enum side)i) > 0)
				write_loss(network, (enum side)i, piece[i].lost);
	}
}

static void make_hard(struct split *s)
{
	struct times *times = flow_edit(s->flow, DSR_TIME);

	for (int i = SRC; i <= DST; i++) {
		times->at[i][START] = s->period->start;
		times->at[i][END] = s->period->end;
	}
	times->have = 0xf;
}

/* The rest is the last piece. */
static void put_rest(struct split *s)
{
	s->is_done = true;
	if (s->is_cut)
		put_piece(s, s->side, s->count);
}

bool split_next(struct split *s)
{
	struct split_side piece[2];
	uint32_t count = 1;
	uint64_t pkts = s->side[SRC].pkts + s->side[DST].pkts;

	if (s->is_done || (pkts == 0 && s->is_cut))
		return false;
	period_find(s->period, rest_start(s));
	if (pkts <= 1 || rest_end(s) <= s->period->end) {
		put_rest(s);
	} else {
		if (pkts == 2)
			cut_two(s, piece);
		else
			cut_many(s, piece, &count);
		s->is_cut = true;
		put_piece(s, piece, count);
	}
	if (s->is_hard)
		make_hard(s);
	return true;
}
