/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/query/merge.h"

#include "argus/query/fields.h"
#include "argus/query/label.h"
#include "argus/record/dsr.h"
#include "common/query/merge_numbers.h"
#include "common/query/merge_stats.h"

#define USER_DATA_MAX 65535u

static bool merge_transport(struct merge *m, void *member, const void *other)
{
	const struct transport *a = member, *b = other;

	(void)m;
	return a->form == b->form && a->has_id == b->has_id && memcmp(a->id, b->id, sizeof a->id) == 0 &&
	       a->has_inf == b->has_inf && memcmp(a->inf, b->inf, sizeof a->inf) == 0;
}

static bool merge_key_rule(struct merge *m, void *a, const void *b)
{
	m->is_one_connection = merge_is_one_connection(a, b);
	merge_flow_key(a, b);
	return true;
}

static bool merge_times(struct merge *m, void *a, const void *b)
{
	merge_stamps(a, m->pkts_into, b, m->pkts_from);
	return true;
}

static bool merge_metrics(struct merge *m, void *a, const void *b)
{
	(void)m;
	merge_counts(a, b);
	return true;
}

static bool merge_network_rule(struct merge *m, void *a, const void *b)
{
	return merge_network(a, b, m->is_one_connection);
}

static bool merge_jitter_rule(struct merge *m, void *a, const void *b)
{
	(void)m;
	merge_jitter(a, b);
	return true;
}

static bool merge_ipattr(struct merge *m, void *member, const void *other)
{
	static const uint8_t bits[2] = { IPATTR_SRC | IPATTR_SRC_OPTIONS | IPATTR_SRC_FRAGMENTS,
					 IPATTR_DST | IPATTR_DST_OPTIONS | IPATTR_DST_FRAGMENTS };
	static const uint8_t present[2] = { IPATTR_SRC, IPATTR_DST };
	struct ipattr *a = member;
	const struct ipattr *b = other;

	(void)m;
	for (int side = SRC; side <= DST; side++) {
		struct ipattr_side *x = &a->side[side];
		const struct ipattr_side *y = &b->side[side];

		if (!(b->qualifier & present[side]))
			continue;
		if (!(a->qualifier & present[side])) {
			*x = *y;
		} else {
			if (x->tos != y->tos)
				x->tos = 0;
			if (y->ttl != 0 && y->ttl < x->ttl)
				x->ttl = y->ttl;
			x->options |= y->options;
		}
		a->qualifier |= b->qualifier & bits[side];
	}
	return true;
}

static bool merge_psize(struct merge *m, void *member, const void *other)
{
	struct psize *a = member;
	const struct psize *b = other;

	(void)m;
	for (int side = SRC; side <= DST; side++) {
		if (!b->has[side])
			continue;
		if (!a->has[side]) {
			a->has[side] = true;
			a->min[side] = b->min[side];
			a->max[side] = b->max[side];
			memcpy(a->hist[side], b->hist[side], sizeof a->hist[side]);
			continue;
		}
		if (b->max[side] > a->max[side])
			a->max[side] = b->max[side];
		if (b->min[side] < a->min[side])
			a->min[side] = b->min[side];
		merge_histogram(a->hist[side], b->hist[side]);
	}
	a->has_hist |= b->has_hist;
	return true;
}

/* The bytes stand in the room from now on. */
static void move_user(struct buf *room, struct user_data *u)
{
	if (u->bytes == (const uint8_t *)room->data)
		return;
	buf_clear(room);
	buf_add(room, u->bytes, u->count);
	u->bytes = (const uint8_t *)room->data;
}

static bool merge_user(struct buf *room, struct user_data *a, const struct user_data *b)
{
	uint32_t limit = a->capacity < USER_DATA_MAX ? a->capacity : USER_DATA_MAX;
	uint32_t more = limit > a->count ? limit - a->count : 0;

	if (more > b->count)
		more = b->count;
	if (more == 0 || a->subtype != b->subtype)
		return true;
	move_user(room, a);
	buf_add(room, b->bytes, more);
	a->bytes = (const uint8_t *)room->data;
	a->count += more;
	return true;
}

static bool merge_suser(struct merge *m, void *a, const void *b) { return merge_user(&m->user[SRC], a, b); }
static bool merge_duser(struct merge *m, void *a, const void *b) { return merge_user(&m->user[DST], a, b); }

static bool merge_mac(struct merge *m, void *member, const void *other)
{
	struct mac *a = member;
	const struct mac *b = other;

	(void)m;
	if (a->subtype != b->subtype)
		return false;
	if (a->subtype == 0)
		return true;
	for (int side = SRC; side <= DST; side++)
		if (memcmp(a->addr[side], b->addr[side], 6) != 0)
			memset(a->addr[side], 0, 6);
	return true;
}

static bool merge_icmp(struct merge *m, void *member, const void *other)
{
	struct icmp_mapped *a = member;
	const struct icmp_mapped *b = other;

	(void)m;
	a->outer[SRC] = merge_common_prefix(a->outer[SRC], b->outer[SRC]);
	return true;
}

static bool merge_encaps(struct merge *m, void *member, const void *other)
{
	static const uint8_t changed[2] = { 0x04, 0x08 };
	struct encaps *a = member;
	const struct encaps *b = other;

	(void)m;
	for (int side = SRC; side <= DST; side++) {
		if (a->bits[side] == b->bits[side])
			continue;
		a->bits[side] |= b->bits[side];
		a->qualifier |= changed[side];
	}
	return true;
}

static bool merge_behavior(struct merge *m, void *member, const void *other)
{
	struct behavior *a = member;
	const struct behavior *b = other;

	(void)m;
	for (int side = SRC; side <= DST; side++)
		a->strokes[side] += b->strokes[side];
	return true;
}

static bool merge_cocode(struct merge *m, void *member, const void *other)
{
	struct cocode *a = member;
	const struct cocode *b = other;

	(void)m;
	for (int side = SRC; side <= DST; side++)
		if (memcmp(a->code[side], b->code[side], 2) != 0)
			memset(a->code[side], 0, 2);
	return true;
}

static bool merge_label(struct merge *m, void *member, const void *other)
{
	struct buf result = BUF_INIT;
	struct label *a = member;
	const struct label *b = other;

	if (a->length == b->length && memcmp(a->text, b->text, a->length) == 0)
		return true;
	label_union(&result, a->text, a->length, b->text, b->length);
	buf_fini(&m->label); /* a's text may stand in it */
	m->label = result;
	a->text = buf_string(&m->label);
	a->length = (uint32_t)m->label.length;
	return true;
}

const struct merge_rule merge_rules[DSR_COUNT] = {
	[DSR_TRANSPORT] = { merge_transport, KEEP, KEEP },
	[DSR_FLOW] = { merge_key_rule, KEEP, COPY },
	[DSR_TIME] = { merge_times, KEEP, COPY },
	[DSR_METRIC] = { merge_metrics, KEEP, COPY },
	[DSR_NETWORK] = { merge_network_rule, KEEP, KEEP }, /* may be of another protocol than before */
	[DSR_VLAN] = { NULL, KEEP, COPY },
	[DSR_MPLS] = { NULL, KEEP, COPY },
	[DSR_JITTER] = { merge_jitter_rule, KEEP, COPY },
	[DSR_IPATTR] = { merge_ipattr, KEEP, COPY },
	[DSR_PSIZE] = { merge_psize, KEEP, KEEP },
	[DSR_SUSER] = { merge_suser, KEEP, COPY },
	[DSR_DUSER] = { merge_duser, KEEP, COPY },
	[DSR_MAC] = { merge_mac, DROP, KEEP },
	[DSR_ICMP] = { merge_icmp, KEEP, COPY },
	[DSR_ENCAPS] = { merge_encaps, KEEP, KEEP },
	[DSR_BEHAVIOR] = { merge_behavior, KEEP, COPY },
	[DSR_CORRELATE] = { NULL, KEEP, COPY },
	[DSR_COCODE] = { merge_cocode, KEEP, COPY },
	[DSR_LABEL] = { merge_label, KEEP, COPY },
	[DSR_ASN] = { NULL, KEEP, COPY },
	[DSR_GEO] = { NULL, KEEP, COPY },
	[DSR_LOCALITY] = { NULL, KEEP, COPY },
	[DSR_HASH] = { NULL, KEEP, KEEP },
	[DSR_VXLAN] = { NULL, KEEP, COPY },
	[DSR_GRE] = { NULL, KEEP, COPY },
	[DSR_GENEVE] = { NULL, KEEP, COPY },
	[DSR_SCORE] = { NULL, KEEP, KEEP },
};

/* What counts a period and is cleared after it was put out (1.4). */
#define PERIOD_SLOTS                                                                                              \
	(DSR_BIT(DSR_NETWORK) | DSR_BIT(DSR_TIME) | DSR_BIT(DSR_METRIC) | DSR_BIT(DSR_PSIZE) | DSR_BIT(DSR_JITTER) | \
	 DSR_BIT(DSR_AGR) | DSR_BIT(DSR_SUSER) | DSR_BIT(DSR_DUSER) | DSR_BIT(DSR_ICMP))

/* Merged with one that says the same these stay as they are. So would IPATTR, but it has the
 * number of a packet. */
#define STAYING                                                                                                     \
	(DSR_BIT(DSR_TRANSPORT) | DSR_BIT(DSR_FLOW) | DSR_BIT(DSR_VLAN) | DSR_BIT(DSR_MPLS) | DSR_BIT(DSR_MAC) |     \
	 DSR_BIT(DSR_ENCAPS) | DSR_BIT(DSR_COCODE) | DSR_BIT(DSR_LABEL) | DSR_BIT(DSR_ASN) | DSR_BIT(DSR_GEO) |     \
	 DSR_BIT(DSR_LOCALITY))

void merge_init(struct merge *m)
{
	*m = (struct merge){ .label = BUF_INIT, .user = { BUF_INIT, BUF_INIT } };
}

void merge_fini(struct merge *m)
{
	buf_fini(&m->label);
	buf_fini(&m->user[SRC]);
	buf_fini(&m->user[DST]);
}

/* The aggregation statistics: of the records as they are before anything else is merged. */
static void merge_aggregation(struct flow *a, struct flow *b)
{
	const struct agr *more = flow_agr(b);
	uint64_t gaps[2];
	struct agr *sum;

	if (flow_agr(a)->count + more->count == 0)
		return;
	merge_gaps(flow_metric(a), flow_metric(b), flow_times(a), flow_times(b), gaps);
	sum = flow_edit(a, DSR_AGR);
	if (sum->count == 0)
		*sum = *more;
	else if (more->count > 0)
		merge_agr(sum, more, gaps);
	sum->is_implied = false;
}

static inline void merge_flow_slot(struct merge *m, struct members *a, struct flow *b, enum dsr_slot slot)
{
	merge_slot(m, a, slot, flow_has(b, slot) ? dsr_member(b, slot) : NULL);
}

/* Merges everything but the aggregation statistics. */
static void merge_slots(struct merge *m, struct members *a, struct flow *b, uint32_t slots)
{
	static const uint64_t none[2];

	m->pkts_into = a->have & DSR_BIT(DSR_METRIC) ? ((const struct metric *)member_at(a, DSR_METRIC))->pkts : none;
	m->pkts_from = flow_metric(b)->pkts;
	for (uint32_t left = slots & ~DSR_BIT(DSR_AGR); left != 0; left &= left - 1)
		merge_flow_slot(m, a, b, (enum dsr_slot)__builtin_ctz(left));
}

/* The flow has what merging left of its members. */
static void take_merged(struct flow *f, const struct members *members, uint32_t merged)
{
	f->dirty |= merged | (f->have ^ members->have);
	f->ready |= members->have;
	f->have = members->have;
	f->is_merged = true;
}

void merge_flow(struct merge *m, struct flow *a, struct flow *b)
{
	struct members members;
	uint32_t slots, stay;

	flow_decode_all(a);
	stay = flow_same(a, b, STAYING);
	flow_decode_slots(b, ~stay);
	merge_aggregation(a, b);
	members.flow = a;
	members.have = a->have;
	slots = a->have | b->have;
	m->is_one_connection = stay & DSR_BIT(DSR_FLOW) && merge_is_one_connection(&a->key, &a->key);
	merge_slots(m, &members, b, slots & ~stay);
	take_merged(a, &members, slots & members.have);
	a->has_unknown = false; /* what nobody knows cannot be merged */
}

void merge_settle(struct merge *m, struct flow *a)
{
	for (int side = SRC; side <= DST; side++)
		if (flow_has(a, DSR_SUSER + side))
			move_user(&m->user[side], &a->user[side]);
	if (!flow_has(a, DSR_LABEL) || a->label.text == m->label.data)
		return;
	buf_clear(&m->label);
	buf_add(&m->label, a->label.text, a->label.length);
	a->label.text = buf_string(&m->label);
}

/* DSRs whose merging may need more room than there is. */
#define GROWING (DSR_BIT(DSR_SUSER) | DSR_BIT(DSR_DUSER) | DSR_BIT(DSR_LABEL))

bool merge_has_room(const struct members *a, uint32_t have)
{
	if (a->have & have & GROWING)
		return false;
	for (uint32_t left = have & ~a->have; left != 0; left &= left - 1)
		if (merge_rules[__builtin_ctz(left)].only_b == COPY)
			return false;
	return true;
}

bool merge_in_place(struct merge *m, struct members *a, struct flow *b)
{
	const uint32_t needed = DSR_BIT(DSR_AGR) | DSR_BIT(DSR_METRIC) | DSR_BIT(DSR_TIME);
	struct agr *sum = member_at(a, DSR_AGR);
	const struct agr *more;
	uint64_t gaps[2];

	flow_decode_all(b);
	if ((a->have & needed) != needed || sum->count == 0 || !merge_has_room(a, b->have))
		return false;
	merge_gaps(member_at(a, DSR_METRIC), flow_metric(b), member_at(a, DSR_TIME), flow_times(b), gaps);
	more = flow_agr(b);
	if (sum->count + more->count == 0)
		return false; /* merge_aggregation() keeps those that there were */
	if (more->count > 0)
		merge_agr(sum, more, gaps);
	m->is_one_connection = false;
	merge_slots(m, a, b, a->have | b->have);
	return true;
}

void merge_zero(struct flow *f)
{
	flow_decode_all(f);
	for (uint32_t left = f->have & PERIOD_SLOTS; left != 0; left &= left - 1)
		flow_drop(f, (enum dsr_slot)__builtin_ctz(left));
}

void merge_restart(struct merge *m, struct flow *a, struct flow *b)
{
	struct members members;
	struct agr agr;

	flow_decode_all(a);
	flow_decode_all(b);
	agr = *flow_agr(b);
	/* What counts the period begins with the newcomer's: what `a` has of it does not count. */
	members.flow = a;
	members.have = a->have & ~(PERIOD_SLOTS & b->have);
	for (uint32_t left = b->have & PERIOD_SLOTS & ~DSR_BIT(DSR_AGR); left != 0; left &= left - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(left);

		memcpy(dsr_member(a, slot), dsr_member(b, slot), dsr_table[slot].size);
		members.have |= DSR_BIT(slot);
	}
	m->is_one_connection = false;
	merge_slots(m, &members, b, (a->have | b->have) & ~(PERIOD_SLOTS & b->have));
	take_merged(a, &members, (a->have | b->have) & members.have);
	if (agr.count > 0)
		*(struct agr *)flow_edit(a, DSR_AGR) = agr;
}

uint64_t merge_gap(struct flow *a, struct flow *b)
{
	uint64_t first = flow_start(a), first_end = flow_last(a);
	uint64_t second = flow_start(b), second_end = flow_last(b);

	if (second > first_end)
		return second - first_end;
	return first > second_end ? first - second_end : 0;
}
