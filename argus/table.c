/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/table.h"

#include "argus/base/buf.h"

#define LONG_KEY(f, ref) memcpy(&(ref), (f)->key, sizeof(ref))

void table_init(struct probe *p)
{
	htab_init(&p->table, 1024);
	slab_init(&p->flows, sizeof(struct probe_flow));
	slab_init(&p->cold, sizeof(struct flow_cold));
	slab_init(&p->tcp, 128);
	slab_init(&p->small, sizeof(union small_state));
	slab_init(&p->fragment, sizeof(struct fragment_state));
	slab_init(&p->udt, sizeof(struct udt));
	slab_init(&p->jitter, sizeof(struct jitter_state));
	slab_init(&p->keystroke, keystroke_size());
	slab_init(&p->keys, PROBE_KEY_MAX);
}

void table_fini(struct probe *p)
{
	htab_fini(&p->table);
	slab_fini(&p->flows);
	slab_fini(&p->cold);
	slab_fini(&p->tcp);
	slab_fini(&p->small);
	slab_fini(&p->fragment);
	slab_fini(&p->udt);
	slab_fini(&p->jitter);
	slab_fini(&p->keystroke);
	slab_fini(&p->keys);
}

const uint8_t *flow_key_bytes(const struct probe *p, const struct probe_flow *f)
{
	uint32_t ref;

	if (likely(!(f->flags & FLOW_LONG_KEY)))
		return f->key;
	LONG_KEY(f, ref);
	return slab_at(&p->keys, ref);
}

static inline bool same_key(const struct probe *p, const struct probe_flow *f, const struct probe_key *key)
{
	if (f->key_length != key->length)
		return false;
	if (likely(key->length <= SHORT_KEY)) /* keys of one length differ in what they hold, never in where it ends */
		return memcmp(f->key, key->bytes, SHORT_KEY) == 0;
	return memcmp(flow_key_bytes(p, f), key->bytes, key->length) == 0;
}

uint32_t table_find(const struct probe *p, const struct probe_key *key, uint64_t hash)
{
	struct htab_probe probe = htab_start(&p->table, (uint32_t)hash);
	uint32_t ref;

	while ((ref = htab_next(&p->table, &probe)) != 0)
		if (likely(same_key(p, flow_at(p, ref), key)))
			break;
	return ref;
}

static void store_key(struct probe *p, struct probe_flow *f, const struct probe_key *key)
{
	f->key_length = (uint8_t)key->length;
	f->dsr_length = key->dsr_length;
	if (key->length <= SHORT_KEY) {
		memcpy(f->key, key->bytes, SHORT_KEY);
	} else {
		uint32_t ref = slab_alloc(&p->keys);

		memcpy(slab_at(&p->keys, ref), key->bytes, key->length);
		memcpy(f->key, &ref, sizeof ref);
		f->flags |= FLOW_LONG_KEY;
	}
}

static enum timeout_class timeout_class(const struct packet *packet)
{
	switch (packet->net) {
	case NET_IPV4:
	case NET_IPV6:
		switch (packet->is_fragment_key ? 0 : packet->proto) {
		case 1:
		case 58: return TIMEOUT_ICMP;
		case 2: return TIMEOUT_IGMP;
		case 6: return TIMEOUT_TCP;
		default: return TIMEOUT_IP;
		}
	case NET_ARP: return TIMEOUT_ARP;
	default: return TIMEOUT_OTHER;
	}
}

uint32_t table_create(struct probe *p, const struct packet *packet, const struct probe_key *key, uint64_t hash)
{
	uint32_t ref = slab_alloc(&p->flows);
	struct probe_flow *f = flow_at(p, ref);

	memset(f, 0, sizeof *f);
	store_key(p, f, key);
	f->tag = (uint32_t)hash;
	f->queue = QUEUE_NONE;
	f->idle_queue = p->queue_of[timeout_class(packet)];
	f->marks = 1;
	if (key->is_reversed)
		f->flags |= FLOW_DIRECTION | FLOW_REVERSE;
	if (key->is_direction)
		f->flags |= FLOW_TURNED;
	htab_add(&p->table, f->tag, ref);
	p->flows_created++;
	return ref;
}

void table_delete(struct probe *p, uint32_t ref)
{
	struct probe_flow *f = flow_at(p, ref);
	struct flow_cold *cold = cold_at(p, f);

	if (cold != NULL) {
		if (cold->fragments != 0)
			fragments_abandon(p, f);
		metrics_free(p, cold);
		slab_release(&p->cold, f->cold);
	}
	flow_drop_state(p, f);
	if (f->flags & FLOW_LONG_KEY) {
		uint32_t key;

		LONG_KEY(f, key);
		slab_release(&p->keys, key);
	}
	if (f->queue != QUEUE_NONE)
		queue_remove(p, ref);
	htab_remove(&p->table, f->tag, ref);
	slab_release(&p->flows, ref);
}

struct flow_cold *flow_cold(struct probe *p, struct probe_flow *f)
{
	struct flow_cold *cold;

	if (f->cold != 0)
		return slab_at(&p->cold, f->cold);
	f->cold = slab_alloc(&p->cold);
	cold = slab_at(&p->cold, f->cold);
	memset(cold, 0, sizeof *cold);
	return cold;
}

static struct slab *state_slab(struct probe *p, enum state_kind kind)
{
	switch (kind) {
	case STATE_NONE: return NULL;
	case STATE_TCP_INIT:
	case STATE_TCP: return &p->tcp;
	case STATE_FRAGMENT: return &p->fragment;
	case STATE_UDT: return &p->udt;
	default: return &p->small;
	}
}

void *flow_new_state(struct probe *p, struct probe_flow *f, enum state_kind kind)
{
	struct slab *slab = state_slab(p, kind);
	void *state;

	f->kind = (uint8_t)kind;
	f->state = slab_alloc(slab);
	state = slab_at(slab, f->state);
	memset(state, 0, slab->item_size);
	return state;
}

void flow_drop_state(struct probe *p, struct probe_flow *f)
{
	struct slab *slab = state_slab(p, f->kind);

	if (slab == NULL)
		return;
	if (f->kind == STATE_FRAGMENT)
		fragment_free(fragment_at(p, f));
	slab_release(slab, f->state);
	f->kind = STATE_NONE;
	f->state = 0;
}

/* Counts of more than 32 bits are rare enough to live in the cold part. */
static void add(uint32_t *low, uint32_t *high, uint64_t n)
{
	uint64_t sum = (uint64_t)*low + (uint32_t)n;

	*low = (uint32_t)sum;
	*high += (uint32_t)(sum >> 32) + (uint32_t)(n >> 32);
}

static COLD void count_far(struct probe *p, struct probe_flow *f, enum side side, uint64_t pkts, uint64_t bytes)
{
	struct flow_cold *cold = flow_cold(p, f);

	add(&f->pkts[side], &cold->pkts_high[side], pkts);
	add(&f->bytes[side], &cold->bytes_high[side], bytes);
}

void flow_count(struct probe *p, struct probe_flow *f, enum side side, uint64_t pkts, uint64_t bytes)
{
	uint64_t all_pkts = f->pkts[side] + pkts, all_bytes = f->bytes[side] + bytes;

	if (unlikely((all_pkts | all_bytes) >> 32)) {
		count_far(p, f, side, pkts, bytes);
		return;
	}
	f->pkts[side] = (uint32_t)all_pkts;
	f->bytes[side] = (uint32_t)all_bytes;
}

uint64_t flow_packets(const struct probe *p, const struct probe_flow *f, enum side side)
{
	const struct flow_cold *cold = cold_at(p, f);

	return f->pkts[side] | (cold != NULL ? (uint64_t)cold->pkts_high[side] << 32 : 0);
}

uint64_t flow_bytes(const struct probe *p, const struct probe_flow *f, enum side side)
{
	const struct flow_cold *cold = cold_at(p, f);

	return f->bytes[side] | (cold != NULL ? (uint64_t)cold->bytes_high[side] << 32 : 0);
}
