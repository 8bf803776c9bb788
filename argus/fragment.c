/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPv4 fragments (probe.md 10). The first fragment is a packet of its flow, the
 * parent. The later ones are packets of a fragment flow, which hangs on the
 * parent once the first fragment was seen and is added to it when complete, or
 * when the parent is reported. IPv6 fragments are kept apart from their first
 * one, as in 3.0.8 (D25): joining them would change what every reader of such
 * records has seen so far. */
#include "argus/base/buf.h"
#include "argus/decode.h"
#include "argus/table.h"

enum fragment_qualifier {
	FRAGMENT_OVERLAP = 0x02,
	FRAGMENT_DUPLICATE = 0x10,
};

static struct fragment_range *ranges(struct fragment_state *fs)
{
	return fs->more != NULL ? fs->more : fs->range;
}

void fragment_free(struct fragment_state *fs)
{
	free(fs->more);
	fs->more = NULL;
}

static void make_room(struct fragment_state *fs)
{
	uint32_t room = fs->more != NULL ? fs->range_room : FRAGMENT_RANGES;

	if (fs->range_count < room)
		return;
	fs->range_room = room * 2;
	if (fs->more == NULL) {
		fs->more = xmalloc(fs->range_room * sizeof *fs->more);
		memcpy(fs->more, fs->range, sizeof fs->range);
	} else {
		fs->more = xrealloc(fs->more, fs->range_room * sizeof *fs->more);
	}
}

/* Adds [start, end) to the ranges; returns how many bytes of it were new. */
static uint32_t add_range(struct fragment_state *fs, uint32_t start, uint32_t end)
{
	struct fragment_range *r;
	uint32_t i = 0, n, fresh = end - start, low = start, high = end;

	make_room(fs);
	r = ranges(fs);
	while (i < fs->range_count && r[i].end < start)
		i++;
	for (n = i; n < fs->range_count && r[n].start <= end; n++) {
		uint32_t from = r[n].start > start ? r[n].start : start;
		uint32_t to = r[n].end < end ? r[n].end : end;

		fresh -= to - from;
		low = r[n].start < low ? r[n].start : low;
		high = r[n].end > high ? r[n].end : high;
	}
	/* Ranges i to n-1 become one. */
	memmove(&r[i + 1], &r[n], (fs->range_count - n) * sizeof *r);
	r[i] = (struct fragment_range){ low, high };
	fs->range_count = fs->range_count - (n - i) + 1;
	return fresh;
}

static void add_fragment(struct fragment_state *fs, const struct packet *packet)
{
	uint32_t length = (uint32_t)packet->length, start = packet->frag_offset, fresh;

	fresh = length > 0 ? add_range(fs, start, start + length) : 0;
	if (fresh == 0)
		fs->qualifier |= FRAGMENT_DUPLICATE;
	else if (fresh < length)
		fs->qualifier |= FRAGMENT_OVERLAP;
	fs->sum.count++;
	fs->sum.distinct += fresh;
	fs->sum.all += length;
	if (length > fs->sum.largest)
		fs->sum.largest = (uint16_t)length;
	if (!packet->more_fragments) {
		fs->sum.total = (uint16_t)(start + length);
		fs->knows_total = true;
	}
	if (fs->range_count > 0) {
		fs->sum.first_start = ranges(fs)[0].start;
		fs->sum.first_end = ranges(fs)[0].end;
	}
}

static bool is_complete(const struct fragment_state *fs)
{
	return fs->knows_total && (uint16_t)fs->sum.distinct == fs->sum.total;
}

static void mark_fragments(struct probe_flow *f, enum side side)
{
	f->ipattr |= side == SRC ? IPATTR_SRC_FRAGMENTS : IPATTR_DST_FRAGMENTS;
}

/* The times of one side take in those of the fragments (D23: the latest end). */
static void merge_times(struct probe_flow *parent, enum side to, const struct probe_flow *f, enum side from)
{
	uint64_t start = f->stamp[from][START], end = f->stamp[from][END];
	uint64_t *mine = parent->stamp[to];

	if (start == 0)
		return;
	if (end == 0)
		end = start;
	if (mine[START] == 0) {
		mine[START] = start;
		mine[END] = end;
	} else {
		uint64_t last = mine[END] != 0 ? mine[END] : mine[START];

		mine[END] = last > end ? last : end;
		mine[START] = mine[START] < start ? mine[START] : start;
	}
	parent->marks = (uint8_t)((parent->marks & ~MARK_TIME) | 2);
}

/* Adds what the fragment flow has counted to its parent, once. */
static void merge(struct probe *p, struct probe_flow *parent, struct probe_flow *f)
{
	bool is_across = (parent->flags & FLOW_DIRECTION) != (f->flags & FLOW_DIRECTION);

	if ((f->flags & FLOW_REPORTED) || (f->pkts[SRC] | f->pkts[DST]) == 0)
		return;
	if (parent->flags & FLOW_REPORTED)
		flow_begin_period(p, parent);
	for (int from = SRC; from <= DST; from++) {
		enum side to = is_across ? !from : (enum side)from;

		if (f->pkts[from] == 0)
			continue;
		flow_count(p, parent, to, flow_packets(p, f, from), flow_bytes(p, f, from));
		mark_fragments(parent, to);
		merge_times(parent, to, f, from);
		f->pkts[from] = f->bytes[from] = 0;
	}
	memset(f->stamp, 0, sizeof f->stamp);
}

static void unhang(struct probe *p, struct probe_flow *parent, uint32_t ref)
{
	struct flow_cold *cold = cold_at(p, parent);
	uint32_t *link = &cold->fragments;

	while (*link != ref)
		link = &fragment_at(p, flow_at(p, *link))->sibling;
	*link = fragment_at(p, flow_at(p, ref))->sibling;
}

static void hang(struct probe *p, struct probe_flow *parent, uint32_t parent_ref, uint32_t ref, uint64_t now)
{
	struct fragment_state *fs = fragment_at(p, flow_at(p, ref));
	struct flow_cold *cold = flow_cold(p, parent);

	fs->parent = parent_ref;
	fs->hung = now;
	fs->sibling = cold->fragments;
	cold->fragments = ref;
}

static uint32_t create(struct step *s, const struct probe_key *key, uint64_t hash)
{
	struct probe *p = s->probe;
	uint32_t ref = table_create(p, s->packet, key, hash);
	struct probe_flow *f = flow_at(p, ref);

	f->idle_queue = p->queue_of[TIMEOUT_IP];
	f->flags |= FLOW_FRAGMENT;
	f->stamp[SRC][START] = s->now | STAMP_SET;
	flow_new_state(p, f, STATE_FRAGMENT);
	return ref;
}

void fragment_first(struct step *s)
{
	struct probe *p = s->probe;
	struct probe_key key;
	struct probe_flow *f;
	uint64_t hash;
	uint32_t ref;

	if (!decode_fragment_key(s->packet, p->decode, &key, &hash))
		return;
	ref = table_find(p, &key, hash);
	if (ref == 0)
		ref = create(s, &key, hash);
	f = flow_at(p, ref);
	mark_fragments(s->flow, s->side);
	if (fragment_at(p, f)->parent == 0) {
		if (f->queue != QUEUE_NONE)
			queue_remove(p, ref);
		hang(p, s->flow, s->ref, ref, s->now);
	}
	add_fragment(fragment_at(p, f), s->packet);
	if (is_complete(fragment_at(p, f))) {
		struct probe_flow *parent = flow_at(p, fragment_at(p, f)->parent);

		merge(p, parent, f);
		unhang(p, parent, ref);
		table_delete(p, ref);
	}
}

bool fragment_update(struct step *s)
{
	struct probe *p = s->probe;
	struct probe_flow *f = s->flow;
	struct fragment_state *fs;

	if (s->is_first) {
		f->flags |= FLOW_FRAGMENT;
		flow_new_state(p, f, STATE_FRAGMENT);
	} else if (f->kind != STATE_FRAGMENT) {
		return true;
	}
	fs = fragment_at(p, f);
	add_fragment(fs, s->packet);
	if (!is_complete(fs))
		return true;
	if (fs->parent == 0) {
		emit_record(p, f, CAUSE_STOP);
		return true;
	}
	merge(p, flow_at(p, fs->parent), f);
	unhang(p, flow_at(p, fs->parent), s->ref);
	table_delete(p, s->ref);
	return false;
}

void fragment_begin_period(struct probe *p, struct probe_flow *f)
{
	struct fragment_state *fs = fragment_at(p, f);

	fs->sum = (struct fragment){ 0 };
	fs->qualifier = 0;
	fs->knows_total = false;
	fs->range_count = 0;
}

void fragments_account(struct probe *p, struct probe_flow *parent, uint64_t now)
{
	struct flow_cold *cold = cold_at(p, parent);
	uint64_t limit = (uint64_t)p->rules->timeout[TIMEOUT_FRAGMENT] * 1000000;
	uint32_t *link;

	if (likely(cold == NULL || cold->fragments == 0))
		return;
	link = &cold->fragments;
	while (*link != 0) {
		uint32_t ref = *link;
		struct probe_flow *f = flow_at(p, ref);
		struct fragment_state *fs = fragment_at(p, f);

		merge(p, parent, f);
		if ((int64_t)(now - fs->hung) >= (int64_t)limit) {
			*link = fs->sibling;
			table_delete(p, ref);
		} else {
			link = &fs->sibling;
		}
	}
}

void fragments_abandon(struct probe *p, struct probe_flow *parent)
{
	struct flow_cold *cold = cold_at(p, parent);

	while (cold->fragments != 0) {
		uint32_t ref = cold->fragments;
		struct probe_flow *f = flow_at(p, ref);

		cold->fragments = fragment_at(p, f)->sibling;
		if (!(f->flags & FLOW_REPORTED) && (f->pkts[SRC] | f->pkts[DST]) != 0)
			emit_record(p, f, CAUSE_TIMEOUT);
		table_delete(p, ref);
	}
}
