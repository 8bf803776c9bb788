/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keystroke model (probe.md 15.7): small client packets that a server echoes
 * in the rhythm of the client. */
#include "argus/table.h"

#define SLOTS 8

struct keystroke_slot {
	uint64_t time;
	uint64_t interval; /* since the last accepted client keystroke, microseconds */
	uint32_t ack;      /* what the echo will acknowledge */
	uint32_t number;   /* packet of the flow */
	bool is_used, is_tentative;
};

struct keystroke {
	uint32_t packets, strokes, last_number;
	bool is_out; /* ssh: a length that no cipher block has */
	uint64_t last_client, last_server; /* of the last accepted keystroke */
	struct keystroke_slot slot[SLOTS];
};

size_t keystroke_size(void)
{
	return sizeof(struct keystroke);
}

static struct keystroke *keystroke_at(struct probe *p, const struct flow_cold *cold)
{
	return cold != NULL && cold->keystroke != 0 ? slab_at(&p->keystroke, cold->keystroke) : NULL;
}

static struct keystroke *keystroke_of(struct step *s)
{
	struct flow_cold *cold = flow_cold(s->probe, s->flow);
	struct keystroke *k;

	if (cold->keystroke == 0) {
		cold->keystroke = slab_alloc(&s->probe->keystroke);
		k = slab_at(&s->probe->keystroke, cold->keystroke);
		memset(k, 0, sizeof *k);
		return k;
	}
	return slab_at(&s->probe->keystroke, cold->keystroke);
}

/* A free slot, else the oldest that is not tentative, else the first. */
static struct keystroke_slot *choose_slot(struct keystroke *k)
{
	struct keystroke_slot *oldest = NULL;

	for (int i = 0; i < SLOTS; i++) {
		struct keystroke_slot *slot = &k->slot[i];

		if (!slot->is_used)
			return slot;
		if (!slot->is_tentative && (oldest == NULL || slot->time < oldest->time))
			oldest = slot;
	}
	return oldest != NULL ? oldest : &k->slot[0];
}

static uint32_t clear_tentative(struct keystroke *k)
{
	uint32_t count = 0;

	for (int i = 0; i < SLOTS; i++)
		if (k->slot[i].is_used && k->slot[i].is_tentative) {
			k->slot[i] = (struct keystroke_slot){ 0 };
			count++;
		}
	return count;
}

static bool is_echo(const struct keystroke_rules *r, const struct keystroke *k, const struct keystroke_slot *slot,
                    uint32_t length, uint64_t now)
{
	double ratio, gap = (double)(now - k->last_server);

	if (k->packets - slot->number > r->gs_max || length < r->ds_min || length > r->ds_max ||
	    slot->interval < r->ic_min || gap <= 0)
		return false;
	ratio = (double)slot->interval / gap;
	return ratio >= r->icr_min && ratio <= r->icr_max;
}

static void on_server(const struct keystroke_rules *r, struct keystroke *k, uint32_t ack, uint32_t length, uint64_t now)
{
	struct keystroke_slot *slot = NULL, found;

	for (int i = 0; i < SLOTS && slot == NULL; i++)
		if (k->slot[i].is_used && !k->slot[i].is_tentative && k->slot[i].ack == ack)
			slot = &k->slot[i];
	if (slot == NULL)
		return;
	found = *slot;
	if (!is_echo(r, k, slot, length, now)) {
		clear_tentative(k);
		*slot = (struct keystroke_slot){ 0 };
		return;
	}
	if (found.number - k->last_number <= r->gpc_max) {
		k->strokes += 1 + clear_tentative(k);
		*slot = (struct keystroke_slot){ 0 };
	} else {
		clear_tentative(k);
		slot->is_tentative = true;
	}
	k->last_client = found.time;
	k->last_server = now;
	k->last_number = found.number;
}

void keystroke_update(struct step *s, uint32_t seq, uint32_t ack, uint32_t length)
{
	const struct keystroke_rules *r = &s->probe->rules->keystroke;
	struct keystroke *k = keystroke_of(s);

	if (k->is_out)
		return;
	if (r->mode == KEYSTROKE_SSH && length % 4 != 0) {
		k->is_out = true;
		return;
	}
	k->packets++;
	if (k->packets < r->n_min || length == 0)
		return;
	if (s->side == DST) {
		on_server(r, k, ack, length, s->now);
	} else if (length >= r->dc_min && length <= r->dc_max) {
		*choose_slot(k) = (struct keystroke_slot){
			.time = s->now,
			.interval = s->now - k->last_client,
			.ack = seq + length,
			.number = k->packets,
			.is_used = true,
		};
	}
}

bool keystroke_report(struct probe *p, const struct flow_cold *cold, struct behavior *behavior)
{
	const struct keystroke *k = keystroke_at(p, cold);

	if (k == NULL || k->packets < p->rules->keystroke.n_min)
		return false;
	*behavior = (struct behavior){
		.subtype = p->rules->keystroke.mode == KEYSTROKE_SSH ? 2 : 1,
		.strokes = { k->strokes, 0 },
	};
	return true;
}

void keystroke_begin_period(struct probe *p, const struct flow_cold *cold)
{
	struct keystroke *k = keystroke_at(p, cold);

	if (k != NULL)
		k->strokes = 0;
}
