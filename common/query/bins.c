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
	p->fixed = size > 0 && SECOND % size == 0 ? size : 0; /* the same in all zones */
	return true;
}

void period_fix(struct period *p)
{
	if (p->unit <= CLOCK_MINUTE)
		p->fixed = clock_add(0, p->count, p->unit);
}

/* A window of hours within which the clocks change ends where the next one begins: it is shorter or
 * longer than others. */
static uint64_t end_of(const struct period *p, uint64_t when)
{
	uint64_t end = clock_add(p->start, p->count, p->unit), next;

	if (p->unit > CLOCK_HOUR)
		return u64_max(end, when + 1);
	next = clock_floor(end, p->count, p->unit);
	if (next <= p->start)
		end = clock_floor(clock_add(end, p->count, p->unit), p->count, p->unit);
	else if (next > when)
		end = next;
	return u64_max(end, when + 1);
}

static __attribute__((noinline)) void move_window(struct period *p, uint64_t when)
{
	if (p->fixed != 0) {
		p->start = when - when % p->fixed;
		p->end = p->start + p->fixed;
		return;
	}
	p->start = clock_floor(when, p->count, p->unit);
	p->end = end_of(p, when);
}

static INLINED void find_window(struct period *p, uint64_t when)
{
	if (when >= p->start && when < p->end)
		return;
	if (likely(when - p->end < p->fixed)) { /* mostly the next */
		p->start = p->end;
		p->end = p->start + p->fixed;
		return;
	}
	move_window(p, when);
}

void period_find(struct period *p, uint64_t when) { find_window(p, when); }

static INLINED uint64_t rest_start(const struct split *s)
{
	const struct split_side *a = &s->side[SRC], *b = &s->side[DST];

	if (a->has_time && b->has_time)
		return u64_min(a->start, b->start);
	return a->has_time ? a->start : b->has_time ? b->start : 0;
}

static INLINED uint64_t rest_end(const struct split *s)
{
	uint64_t end = 0;

	for (int side = SRC; side <= DST; side++)
		if (s->side[side].has_time)
			end = u64_max(end, s->side[side].end);
	return end;
}

static INLINED uint64_t rest_pkts(const struct split *s) { return s->side[SRC].pkts + s->side[DST].pkts; }

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
	s->is_plain = f->dirty == 0 && f->bytes != NULL && plain_open_flow(&s->plain, f) &&
		      (plain_lost(&s->plain, SRC) | plain_lost(&s->plain, DST)) == 0;
	if (likely(s->is_plain)) {
		plain_settle(&s->plain);
		plain_statistics(&s->plain, &s->agr);
		return NULL;
	}
	s->plain.times = *flow_times(f);
	s->plain.metric = *flow_metric(f);
	s->agr = *flow_agr(f);
	return flow_network(f);
}

/* Whether no piece of the record can be too large to be kept small, for the record is not. */
static bool is_small(const struct split *s)
{
	const struct split_side *a = &s->side[SRC], *b = &s->side[DST];

	return !s->is_hard && (a->pkts | b->pkts | a->bytes | b->bytes | a->appbytes | b->appbytes) <= UINT32_MAX &&
	       (a->lost | b->lost) <= UINT8_MAX && s->end - rest_start(s) <= UINT32_MAX;
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
		s->side[i] = (struct split_side){ .has_time = s->plain.times.have & TIME_BIT(i, START),
						  .start = s->plain.times.at[i][START],
						  .end = u64_max(s->plain.times.at[i][END], s->plain.times.at[i][START]),
						  .pkts = s->plain.metric.pkts[i],
						  .bytes = s->plain.metric.bytes[i],
						  .appbytes = s->plain.metric.appbytes[i],
						  .lost = network != NULL ? read_loss(network, (enum side)i) : 0 };
	s->end = rest_end(s);
	s->is_losing = (s->side[SRC].lost | s->side[DST].lost) != 0;
	if (s->is_losing)
		s->network = *network;
	s->is_small = is_small(s);
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
		if (side->appbytes != 0)
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

/* Of a side's share of a whole window, what the piece gets that takes `t` of `r` microseconds. The
 * product of a single precision number and less than 2^29 is exact, and so is it divided again. */
static INLINED double part_of(float share, uint64_t t, uint64_t r)
{
	return likely(t == r && t < 1u << 29) ? (double)share : (double)share * (double)t / (double)r;
}

/* Step 7. What is left was `before` at the start of this round. */
static INLINED void cut_counts(uint64_t size, struct split_side *rest, const struct split_side *before,
			       struct split_piece *piece)
{
	uint64_t t = u64_min(piece->end - piece->start, size), r = u64_min(before->end - before->start, size);
	double wanted, packets;

	if (!piece->has_time || before->pkts == 0)
		return;
	if (r == 0) { /* all at one time, which is in this window */
		piece->pkts = rest->pkts;
		piece->bytes = rest->bytes;
		piece->appbytes = rest->appbytes;
		return;
	}
	wanted = part_of(rest->pkts_share + rest->carry, t, r);
	piece->pkts = wanted < 1 ? 1 : (uint64_t)wanted;
	if (piece->pkts > before->pkts)
		piece->pkts = before->pkts;
	packets = (double)piece->pkts;
	rest->carry = (float)(rest->carry + (part_of(rest->pkts_share, t, r) - packets));
	packets /= (double)rest->pkts_share;
	piece->bytes = u64_min((uint64_t)(rest->bytes_share * packets), rest->bytes);
	if (rest->appbytes != 0)
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

/* Step 4. Two packets: one each, or two of one direction. The source's goes first even if it is the
 * later one, of a record that was turned: to its own window. */
static __attribute__((noinline)) void cut_two(struct split *s, struct split_piece piece[2])
{
	int side = s->side[SRC].pkts == 2 ? SRC : s->side[DST].pkts == 2 ? DST : -1;

	piece[SRC] = piece[DST] = (struct split_piece){ 0 };
	if (side < 0) {
		piece[SRC] = all_of(&s->side[SRC]);
		piece[SRC].end = piece[SRC].start;
		s->side[SRC] = (struct split_side){ 0 };
		if (piece[SRC].has_time)
			find_window(s->period, piece[SRC].start);
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

/* Returns the packets that the piece was meant to have. */
static INLINED uint64_t cut_side(const struct split *s, struct split_side *rest, struct split_piece *piece)
{
	const struct split_side before = *rest;
	uint64_t shared;

	cut_times(rest, piece, s->period->end);
	cut_counts(s->size, rest, &before, piece);
	shared = piece->pkts;
	subtract(rest, piece);
	share_loss(rest, piece);
	if (rest->pkts == 1 && rest->has_time) /* step 12 */
		rest->start = rest->end;
	rest->has_time &= rest->pkts > 0 || shared == 0; /* the rest begins where there are packets */
	return shared;
}

/* A direction that ended with packets to spare gives them to the next piece; if that of the other has
 * none, at its end, for 3.0.8 forgets them. */
static INLINED void keep_spare(struct split *s)
{
	const struct split_side *a = &s->side[SRC], *b = &s->side[DST];

	if (likely((a->has_time && a->pkts > 0) || (b->has_time && b->pkts > 0)))
		return;
	for (int side = SRC; side <= DST; side++)
		if (s->side[side].pkts > 0 && s->side[side].end > 0) {
			s->side[side].has_time = true;
			s->side[side].start = s->side[side].end;
		}
}

static INLINED void cut_many(struct split *s, struct split_piece *src, struct split_piece *dst)
{
	uint64_t all = rest_pkts(s), shared;

	if (!s->has_shares)
		take_shares(s);
	shared = cut_side(s, &s->side[SRC], src);
	shared += cut_side(s, &s->side[DST], dst);
	keep_spare(s);
	s->piece_count = share_count(s, shared, all);
	if (src->pkts + dst->pkts == 1) { /* step 11 */
		src->end = src->start;
		dst->end = dst->start;
	}
}

static void put_large(const struct split *s, struct times *times, struct metric *metric)
{
	times->have = 0;
	for (int i = SRC; i <= DST; i++) {
		const struct split_piece *piece = &s->large[i];

		times->at[i][START] = piece->start;
		times->at[i][END] = piece->end;
		if (piece->has_time)
			times->have |= (uint8_t)TIME_BIT(i, START);
		if (piece->end > piece->start)
			times->have |= (uint8_t)TIME_BIT(i, END);
		metric->pkts[i] = piece->pkts;
		metric->bytes[i] = piece->bytes;
		metric->appbytes[i] = piece->appbytes;
	}
}

static void put_losses(const struct split *s)
{
	struct network *network = flow_edit(s->flow, DSR_NETWORK);

	*network = s->network;
	for (int i = SRC; i <= DST; i++)
		if (read_loss(&s->network, (enum side)i) > 0)
			write_loss(network, (enum side)i, s->is_small ? s->small.lost[i] : s->large[i].lost);
}

/* The flow becomes the piece. */
static void put_piece(const struct split *s)
{
	struct metric *metric;
	struct times *times;
	struct agr *agr;

	flow_network(s->flow); /* which is corrected by the counts of the record */
	times = flow_edit(s->flow, DSR_TIME);
	*times = s->plain.times;
	metric = flow_edit(s->flow, DSR_METRIC);
	if (s->is_small) {
		piece_times(&s->small, times);
		piece_counts(&s->small, metric);
	} else {
		put_large(s, times, metric);
	}
	agr = flow_edit(s->flow, DSR_AGR);
	*agr = s->agr;
	agr->count = s->is_small ? s->small.count : s->piece_count;
	agr->is_implied = false;
	if (s->is_losing)
		put_losses(s);
	s->flow->has_unknown = false; /* nobody knows how to cut it */
}

static void make_hard(const struct split *s)
{
	struct times *times;

	if (flow_agr(s->flow)->count > 0)
		flow_edit(s->flow, DSR_AGR); /* statistics go on being those of the record, not of its bin */
	times = flow_edit(s->flow, DSR_TIME);
	for (int i = SRC; i <= DST; i++) {
		times->at[i][START] = s->period->start;
		times->at[i][END] = s->period->end;
	}
	times->have = 0xf;
}

/* The rest is the last piece. */
static INLINED void take_rest(struct split *s, struct split_piece *src, struct split_piece *dst)
{
	s->is_done = true;
	*src = all_of(&s->side[SRC]);
	*dst = all_of(&s->side[DST]);
	s->piece_count = s->count;
}

/* A direction of which the piece has no packets has no times either, unless the record has none. */
static INLINED void settle_side(struct split_piece *piece, uint64_t pkts)
{
	piece->has_time &= piece->pkts != 0 || pkts == 0;
	if (!piece->has_time)
		piece->start = piece->end = 0;
}

/* Two numbers that stand side by side, as one word (piece_copy()). */
static INLINED void put_pair(uint32_t to[2], uint64_t first, uint64_t second)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t pair = first | second << 32;
#else
	uint64_t pair = first << 32 | second;
#endif
	memcpy(to, &pair, sizeof pair);
}

static INLINED void put_stamps(uint32_t to[2], const struct split_piece *piece, uint64_t first)
{
	put_pair(to, piece->has_time ? piece->start - first : 0, piece->has_time ? piece->end - first : 0);
}

static INLINED unsigned stamps_of(const struct split_piece *piece, enum side side)
{
	return piece->has_time * TIME_BIT(side, START) | (piece->end > piece->start) * TIME_BIT(side, END);
}

/* A piece of which nothing is too large. */
static INLINED void store_small(struct split *s, const struct split_piece *src, const struct split_piece *dst)
{
	struct piece *p = &s->small;

	p->start = s->first;
	put_stamps(p->at[SRC], src, s->first);
	put_stamps(p->at[DST], dst, s->first);
	put_pair(p->pkts, src->pkts, dst->pkts);
	put_pair(p->bytes, src->bytes, dst->bytes);
	put_pair(p->appbytes, src->appbytes, dst->appbytes);
	p->count = s->piece_count;
	p->lost[SRC] = (uint8_t)src->lost;
	p->lost[DST] = (uint8_t)dst->lost;
	p->have = (uint8_t)(stamps_of(src, SRC) | stamps_of(dst, DST));
}

/* What was cut off is the piece. */
static INLINED void settle(struct split *s, struct split_piece *src, struct split_piece *dst)
{
	settle_side(src, s->plain.metric.pkts[SRC]);
	settle_side(dst, s->plain.metric.pkts[DST]);
	s->first = src->has_time && dst->has_time ? u64_min(src->start, dst->start) : src->start | dst->start;
	s->last = u64_max(src->end, dst->end);
	if (likely(s->is_small)) {
		store_small(s, src, dst);
		return;
	}
	s->large[SRC] = *src;
	s->large[DST] = *dst;
	if (s->is_hard) {
		s->first = s->period->start;
		s->last = s->period->end;
	}
}

static INLINED bool is_due(struct split *s)
{
	find_window(s->period, rest_start(s));
	return rest_pkts(s) > 1 && rest_end(s) > s->period->end;
}

bool split_is_due(struct split *s) { return is_due(s); }

bool split_cut(struct split *s)
{
	uint64_t pkts = rest_pkts(s);
	struct split_piece src, dst;

	if (s->is_done || (pkts == 0 && s->is_cut))
		return false;
	if (!is_due(s)) {
		take_rest(s, &src, &dst);
	} else if (pkts == 2) {
		s->is_cut = true;
		s->piece_count = 1;
		cut_two(s, s->large);
		src = s->large[SRC];
		dst = s->large[DST];
	} else {
		s->is_cut = true;
		cut_many(s, &src, &dst);
	}
	settle(s, &src, &dst);
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
		const struct split_piece *piece = &s->large[i];
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

bool split_store_large(const struct split *s, struct piece *p)
{
	const struct split_piece *a = &s->large[SRC], *b = &s->large[DST];

	if (((a->pkts | b->pkts | a->bytes | b->bytes | a->appbytes | b->appbytes) > UINT32_MAX) ||
	    (a->lost | b->lost) > UINT8_MAX || !store_times(s, p))
		return false;
	for (int i = SRC; i <= DST; i++) {
		p->pkts[i] = (uint32_t)s->large[i].pkts;
		p->bytes[i] = (uint32_t)s->large[i].bytes;
		p->appbytes[i] = (uint32_t)s->large[i].appbytes;
		p->lost[i] = (uint8_t)s->large[i].lost;
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
	s.is_small = true;
	s.small = *p;
	put_piece(&s);
}
