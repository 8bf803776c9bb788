/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a probe measures when asked to (probe.md 15): packet sizes, the time
 * between packets, application bytes and user data. */
#include "argus/base/buf.h"
#include "argus/table.h"

#define OPENFLOW_PORT 6633
#define USER_MAX 65535u

/* Packet size: a maximum above 65535 stays there (D42). */
static void tally_size(struct flow_cold *cold, enum side side, uint32_t length)
{
	uint16_t size = (uint16_t)(length < UINT16_MAX ? length : UINT16_MAX);

	if (cold->size_max[side] == 0 || size < cold->size_min[side])
		cold->size_min[side] = size;
	if (size > cold->size_max[side])
		cold->size_max[side] = size;
}

static struct jitter_state *jitter_of(struct probe *p, struct flow_cold *cold)
{
	struct jitter_state *j;

	if (cold->jitter != 0)
		return slab_at(&p->jitter, cold->jitter);
	cold->jitter = slab_alloc(&p->jitter);
	j = slab_at(&p->jitter, cold->jitter);
	memset(j, 0, sizeof *j);
	return j;
}

/* 15.2. An interval counts only when it is shorter than two status intervals;
 * a packet that does not advance time is not remembered either. */
static void tally_interval(struct step *s, struct flow_cold *cold)
{
	struct jitter_state *j = jitter_of(s->probe, cold);
	uint64_t now = s->now | STAMP_SET, last = j->last[s->side], interval = now - last;
	struct jitter_tally *t = &j->tally[s->side][s->is_idle ? IDLE : ACTIVE];

	if (last != 0 && now <= last)
		return;
	j->last[s->side] = now;
	if (last == 0 || interval >= 2 * s->probe->rules->status_interval)
		return;
	if (t->n == 0 || interval < t->min)
		t->min = (uint32_t)interval;
	if (interval > t->max)
		t->max = (uint32_t)interval;
	t->n++;
	t->sum += (float)interval; /* single precision: the format's figures are made so */
	t->squares += interval * interval;
}

void metrics_tally(struct step *s)
{
	const struct probe_rules *rules = s->probe->rules;
	struct flow_cold *cold;

	if (likely(!rules->packet_size && !rules->jitter))
		return;
	cold = flow_cold(s->probe, s->flow);
	if (rules->packet_size)
		tally_size(cold, s->side, s->packet->base_length);
	if (rules->jitter)
		tally_interval(s, cold);
}

/* 15.6: flows whose user data is kept in full in control-plane mode. */
static bool is_control(const struct packet *packet)
{
	switch (packet->net) {
	case NET_ARP:
	case NET_ISIS:
	case NET_LCP: return true;
	case NET_IPV4:
	case NET_IPV6:
		return packet->proto == 6 && (packet->sport == OPENFLOW_PORT || packet->dport == OPENFLOW_PORT);
	default: return false;
	}
}

static uint8_t *pool_take(struct user_pool *pool)
{
	uint8_t *bytes = pool->free;

	if (bytes == NULL)
		return xmalloc(pool->size > sizeof pool->free ? pool->size : sizeof pool->free);
	memcpy(&pool->free, bytes, sizeof pool->free); /* the next free one */
	return bytes;
}

static void pool_give(struct user_pool *pool, uint8_t *bytes)
{
	memcpy(bytes, &pool->free, sizeof pool->free);
	pool->free = bytes;
}

void user_pool_fini(struct user_pool *pool)
{
	while (pool->free != NULL)
		free(pool_take(pool));
}

static void keep_user_data(struct step *s, struct flow_cold *cold, uint32_t limit)
{
	struct user_buffer *user = &cold->user[s->side];
	size_t length = (size_t)s->length, left = span_left(&s->payload);

	if (limit == 0 || length == 0)
		return;
	if (user->bytes == NULL)
		user->bytes = pool_take(&s->probe->user_pool[cold->full_user]);
	user->has_payload = true;
	if (length > left)
		length = left;
	if (length > limit - user->count)
		length = limit - user->count;
	memcpy(user->bytes + user->count, s->payload.at, length);
	user->count = (uint16_t)(user->count + length);
}

void metrics_payload(struct step *s)
{
	const struct probe_rules *rules = s->probe->rules;
	struct flow_cold *cold;

	if (likely(!rules->app_bytes && rules->user_length == 0 && !rules->control_plane))
		return;
	cold = flow_cold(s->probe, s->flow);
	if (s->is_first && rules->control_plane)
		cold->full_user = is_control(s->packet);
	if (s->length <= 0)
		return;
	if (rules->app_bytes)
		cold->app[s->side] += (uint64_t)s->length;
	keep_user_data(s, cold, cold->full_user ? USER_MAX : (uint32_t)rules->user_length);
}

void metrics_begin_period(struct probe *p, struct flow_cold *cold)
{
	memset(cold->size_max, 0, sizeof cold->size_max);
	for (int side = SRC; side <= DST; side++) {
		cold->user[side].count = 0;
		cold->user[side].has_payload = false;
	}
	if (cold->jitter != 0) {
		struct jitter_state *j = slab_at(&p->jitter, cold->jitter);

		memset(j->tally, 0, sizeof j->tally);
	}
}

void metrics_free(struct probe *p, struct flow_cold *cold)
{
	for (int side = SRC; side <= DST; side++)
		if (cold->user[side].bytes != NULL)
			pool_give(&p->user_pool[cold->full_user], cold->user[side].bytes);
	if (cold->jitter != 0)
		slab_release(&p->jitter, cold->jitter);
	if (cold->keystroke != 0)
		slab_release(&p->keystroke, cold->keystroke);
}
