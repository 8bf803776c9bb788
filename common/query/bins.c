/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting a record in pieces by time (aggregation.md 6.2, whose steps are named). What
 * is single and what double precision follows the reference: the results are the same
 * to the packet and byte, and always add up to the record's. */
#include "argus/query/bins.h"

#include <math.h>

#define SECOND 1000000u

bool period_read(struct period *p, const char *text)
{
	uint64_t size;

	*p = (struct period){ 0 };
	if (!clock_read_period(text, &p->count, &p->unit))
		return false;
	size = p->unit <= CLOCK_HOUR ? clock_add(0, p->count, p->unit) : 0;
	p->fraction = size > 0 && SECOND % size == 0 ? size : 0;
	return true;
}

void period_find(struct period *p, uint64_t when)
{
	if (when >= p->start && when < p->end)
		return;
	if (p->fraction != 0) { /* where its windows begin does not depend on clocks that change by the second */
		p->start = when - p->end < p->fraction ? p->end : when - when % p->fraction; /* mostly the next */
		p->end = p->start + p->fraction;
		return;
	}
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

/* Where the loss counter of a direction stands in the member; 0: the protocol has none. */
static size_t loss_counter(const struct network *n, enum side side, bool *is_short)
{
	*is_short = false;
	if (n->is_tcp)
		return side == SRC ? offsetof(struct network, u.tcp.side[SRC].retrans)
				   : offsetof(struct network, u.tcp.side[DST].retrans);
	if (n->is_opaque)
		return 0;
	switch (n->kind) {
	case NETWORK_RTP:
		*is_short = true;
		return side == SRC ? offsetof(struct network, u.rtp.drops[SRC]) : offsetof(struct network, u.rtp.drops[DST]);
	case NETWORK_UDT:
		return side == SRC ? offsetof(struct network, u.udt.side[SRC].retrans)
				   : offsetof(struct network, u.udt.side[DST].retrans);
	case NETWORK_ESP:
		return side == SRC ? offsetof(struct network, u.esp.lost) : 0;
	default:
		return 0;
	}
}

static uint64_t read_loss(const struct network *n, enum side side)
{
	bool is_short;
	size_t at = loss_counter(n, side, &is_short);
	uint32_t wide = 0;
	uint16_t narrow = 0;

	if (at == 0)
		return 0;
	if (is_short)
		memcpy(&narrow, (const uint8_t *)n + at, sizeof narrow);
	else
		memcpy(&wide, (const uint8_t *)n + at, sizeof wide);
	return is_short ? narrow : wide;
}

static void write_loss(struct network *n, enum side side, uint64_t lost)
{
	static const uint32_t flags[2] = { TCP_SRC_RETRANS, TCP_DST_RETRANS };
	bool is_short;
	size_t at = loss_counter(n, side, &is_short);
	uint32_t wide = (uint32_t)lost;
	uint16_t narrow = (uint16_t)lost;

	if (is_short)
		memcpy((uint8_t *)n + at, &narrow, sizeof narrow);
	else
		memcpy((uint8_t *)n + at, &wide, sizeof wide);
	if (lost == 0 && n->is_tcp) {
		n->u.tcp.status &= ~flags[side];
		n->u.tcp.side[side].status &= ~(TCP_SRC_RETRANS | TCP_DST_RETRANS);
	}
}

/* The numbers of the record, and its losses. Those of most records, which have none, are read
 * from its bytes. */
static const struct network *take_numbers(struct split *s, struct flow *f)
{
	s->is_plain = f->dirty == 0 && f->bytes != NULL && plain_open(&s->plain, f->bytes, f->length, f->reading) &&
		      (plain_lost(&s->plain, SRC) | plain_lost(&s->plain, DST)) == 0;
	if (likely(s->is_plain)) {
		s->times = s->plain.times;
		s->metric = s->plain.metric;
		plain_settle(&s->plain);
		plain_statistics(&s->plain, &s->agr);
		return NULL;
	}
	s->times = *flow_times(f);
	s->metric = *flow_metric(f);
	s->agr = *flow_agr(f);
	return flow_network(f);
}

void split_begin(struct split *s, struct flow *f, struct period *period, bool is_hard)
{
	const struct network *network = take_numbers(s, f);

	s->flow = f;
	s->period = period;
	s->is_hard = is_hard;
	s->has_shares = s->is_cut = s->is_done = false;
	s->count = s->agr.count;
	for (int i = SRC; i <= DST; i++)
		s->side[i] = (struct split_side){ .has_time = s->times.have & TIME_BIT(i, START),
						  .start = s->times.at[i][START],
						  .end = u64_max(s->times.at[i][END], s->times.at[i][START]),
						  .pkts = s->metric.pkts[i],
						  .bytes = s->metric.bytes[i],
						  .appbytes = s->metric.appbytes[i],
						  .lost = network != NULL ? read_loss(network, (enum side)i) : 0 };
	s->end = rest_end(s);
	s->is_losing = (s->side[SRC].lost | s->side[DST].lost) != 0;
	if (s->is_losing)
		s->network = *network;
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
static INLINED void cut_times(struct split_side *rest, struct split_piece *piece, uint64_t end)
{
	*piece = (struct split_piece){ 0 };
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

/* The remainder as it was at the start of this round. */
struct rest_before {
	uint64_t start, end, pkts;
	bool has_time;
};

/* Step 7. */
static INLINED void cut_counts(const struct split *s, struct split_side *rest, const struct rest_before *before,
			       struct split_piece *piece)
{
	double t, r, wanted, packets;

	if (!piece->has_time || before->pkts == 0)
		return;
	t = (double)u64_min(piece->end - piece->start, s->size);
	r = (double)u64_min(before->end - before->start, s->size);
	if (r <= 0) { /* all at one time, which is in this window */
		piece->pkts = rest->pkts;
		piece->bytes = rest->bytes;
		piece->appbytes = rest->appbytes;
		return;
	}
	wanted = (double)(float)(rest->pkts_share + rest->carry) * t / r;
	piece->pkts = wanted < 1 ? 1 : (uint64_t)wanted;
	if (piece->pkts > before->pkts)
		piece->pkts = before->pkts;
	packets = (double)piece->pkts;
	rest->carry = (float)(rest->carry + (rest->pkts_share * t / r - packets));
	packets /= (double)rest->pkts_share;
	piece->bytes = u64_min((uint64_t)(rest->bytes_share * packets), rest->bytes);
	piece->appbytes = u64_min((uint64_t)(rest->appbytes_share * packets), rest->appbytes);
}

/* Steps 9 and 10: the rest loses what the piece has; no bytes without a packet. */
static INLINED void subtract(struct split_side *rest, struct split_piece *piece)
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
static inline void share_loss(struct split_side *rest, struct split_piece *piece)
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

static struct split_piece all_of(const struct split_side *rest)
{
	return (struct split_piece){ .has_time = rest->has_time,
				     .start = rest->start,
				     .end = rest->end,
				     .pkts = rest->pkts,
				     .bytes = rest->bytes,
				     .appbytes = rest->appbytes,
				     .lost = rest->lost };
}

/* Step 4. Two packets: one each, or two of one direction. */
static void cut_two(struct split *s, struct split_piece piece[2])
{
	int side = s->side[SRC].pkts == 2 ? SRC : s->side[DST].pkts == 2 ? DST : -1;

	piece[SRC] = piece[DST] = (struct split_piece){ 0 };
	if (side < 0) {
		piece[SRC] = all_of(&s->side[SRC]);
		piece[SRC].end = piece[SRC].start;
		s->side[SRC] = (struct split_side){ 0 };
	} else {
		struct split_side *rest = &s->side[side];

		piece[side] = all_of(rest);
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

static void cut_many(struct split *s, struct split_piece piece[2], uint32_t *count)
{
	struct rest_before before[2];

	if (!s->has_shares)
		take_shares(s);
	for (int i = SRC; i <= DST; i++) {
		const struct split_side *rest = &s->side[i];

		before[i] = (struct rest_before){ rest->start, rest->end, rest->pkts, rest->has_time };
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

static void put_times(const struct split *s)
{
	struct times *times = flow_edit(s->flow, DSR_TIME);

	*times = s->times;
	times->have = 0;
	for (int i = SRC; i <= DST; i++) {
		const struct split_piece *piece = &s->piece[i];

		times->at[i][START] = piece->start;
		times->at[i][END] = piece->end;
		if (piece->has_time)
			times->have |= (uint8_t)TIME_BIT(i, START);
		if (piece->end > piece->start)
			times->have |= (uint8_t)TIME_BIT(i, END);
	}
}

static void put_losses(const struct split *s)
{
	struct network *network = flow_edit(s->flow, DSR_NETWORK);

	*network = s->network;
	for (int i = SRC; i <= DST; i++)
		if (read_loss(&s->network, (enum side)i) > 0)
			write_loss(network, (enum side)i, s->piece[i].lost);
}

/* The flow becomes the piece. */
static void put_piece(const struct split *s)
{
	struct metric *metric;
	struct agr *agr;

	flow_network(s->flow); /* which is corrected by the counts of the record */
	put_times(s);
	metric = flow_edit(s->flow, DSR_METRIC);
	for (int i = SRC; i <= DST; i++) {
		metric->pkts[i] = s->piece[i].pkts;
		metric->bytes[i] = s->piece[i].bytes;
		metric->appbytes[i] = s->piece[i].appbytes;
	}
	agr = flow_edit(s->flow, DSR_AGR);
	*agr = s->agr;
	agr->count = s->piece_count;
	agr->is_implied = false;
	if (s->is_losing)
		put_losses(s);
}

static void make_hard(const struct split *s)
{
	struct times *times = flow_edit(s->flow, DSR_TIME);

	for (int i = SRC; i <= DST; i++) {
		times->at[i][START] = s->period->start;
		times->at[i][END] = s->period->end;
	}
	times->have = 0xf;
}

/* The rest is the last piece. */
static void take_rest(struct split *s)
{
	s->is_done = true;
	s->piece[SRC] = all_of(&s->side[SRC]);
	s->piece[DST] = all_of(&s->side[DST]);
	s->piece_count = s->count;
}

/* A direction of which the piece has no packets has no times either, unless the record has none. */
static INLINED void settle_times(struct split *s)
{
	s->first = s->last = 0;
	for (int i = SRC; i <= DST; i++) {
		struct split_piece *piece = &s->piece[i];

		if (!piece->has_time || (piece->pkts == 0 && s->metric.pkts[i] != 0)) {
			piece->has_time = false;
			piece->start = piece->end = 0;
			continue;
		}
		s->first = i == SRC || !s->piece[SRC].has_time ? piece->start : u64_min(s->first, piece->start);
		s->last = u64_max(s->last, piece->end);
	}
	if (s->is_hard) {
		s->first = s->period->start;
		s->last = s->period->end;
	}
}

static uint64_t rest_pkts(const struct split *s) { return s->side[SRC].pkts + s->side[DST].pkts; }

bool split_is_due(struct split *s)
{
	period_find(s->period, rest_start(s));
	return rest_pkts(s) > 1 && rest_end(s) > s->period->end;
}

bool split_cut(struct split *s)
{
	uint64_t pkts = rest_pkts(s);

	if (s->is_done || (pkts == 0 && s->is_cut))
		return false;
	if (!split_is_due(s)) {
		take_rest(s);
		settle_times(s);
		return true;
	}
	s->is_cut = true;
	s->piece_count = 1;
	if (pkts == 2)
		cut_two(s, s->piece);
	else
		cut_many(s, s->piece, &s->piece_count);
	settle_times(s);
	return true;
}

void split_show(struct split *s)
{
	if (s->is_cut)
		put_piece(s);
	if (s->is_hard)
		make_hard(s);
}

bool split_next(struct split *s)
{
	if (!split_cut(s))
		return false;
	split_show(s);
	return true;
}

/* ---- pieces kept small ---- */

/* All stamps of a piece of -M hard are those of its window. */
static bool store_window(const struct split *s, struct piece *p)
{
	uint64_t size = s->last - s->first;

	for (int i = SRC; i <= DST; i++) {
		p->at[i][START] = 0;
		p->at[i][END] = (uint32_t)size;
	}
	p->have = 0xf;
	return size <= UINT32_MAX;
}

/* A stamp that lies before the start becomes too large. */
static INLINED bool store_times(const struct split *s, struct piece *p)
{
	uint64_t all = 0;
	unsigned have = 0;

	p->start = s->first;
	if (unlikely(s->is_hard))
		return store_window(s, p);
	for (int i = SRC; i <= DST; i++) {
		const struct split_piece *piece = &s->piece[i];
		uint64_t start = piece->has_time ? piece->start - s->first : 0;
		uint64_t end = piece->has_time ? piece->end - s->first : 0;

		all |= start | end;
		p->at[i][START] = (uint32_t)start;
		p->at[i][END] = (uint32_t)end;
		have |= piece->has_time ? TIME_BIT(i, START) : 0;
		have |= end > start ? TIME_BIT(i, END) : 0;
	}
	p->have = (uint8_t)have;
	return all <= UINT32_MAX;
}

bool split_store(const struct split *s, struct piece *p)
{
	const struct split_piece *a = &s->piece[SRC], *b = &s->piece[DST];

	if (((a->pkts | b->pkts | a->bytes | b->bytes | a->appbytes | b->appbytes) > UINT32_MAX) ||
	    (a->lost | b->lost) > UINT8_MAX || !store_times(s, p))
		return false;
	for (int i = SRC; i <= DST; i++) {
		p->pkts[i] = (uint32_t)s->piece[i].pkts;
		p->bytes[i] = (uint32_t)s->piece[i].bytes;
		p->appbytes[i] = (uint32_t)s->piece[i].appbytes;
		p->lost[i] = (uint8_t)s->piece[i].lost;
	}
	p->count = s->piece_count;
	return true;
}

void piece_counts(const struct piece *p, struct metric *m)
{
	for (int i = SRC; i <= DST; i++) {
		m->pkts[i] = p->pkts[i];
		m->bytes[i] = p->bytes[i];
		m->appbytes[i] = p->appbytes[i];
	}
}

void piece_times(const struct piece *p, struct times *t)
{
	for (int i = SRC; i <= DST; i++) {
		bool has = p->have & TIME_BIT(i, START);

		t->at[i][START] = has ? p->start + p->at[i][START] : 0;
		t->at[i][END] = has ? p->start + p->at[i][END] : 0;
	}
	t->have = p->have;
}

void piece_show(const struct piece *p, struct flow *f)
{
	struct split s;

	split_begin(&s, f, NULL, false);
	for (int i = SRC; i <= DST; i++)
		s.piece[i] = (struct split_piece){ .pkts = p->pkts[i],
						  .bytes = p->bytes[i],
						  .appbytes = p->appbytes[i],
						  .lost = p->lost[i] };
	s.piece_count = p->count;
	put_piece(&s);
	piece_times(p, flow_edit(f, DSR_TIME));
}
