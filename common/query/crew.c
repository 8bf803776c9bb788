/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/query/crew.h"

#include "argus/base/worker.h"
#include "common/query/pack.h"

#define BLOCK_RECORDS 512u

/* A record in a block; its packed flow stands in the block's bytes. */
struct delivery {
	struct aggregate_list *list;
	uint64_t order;
	size_t at;
	uint32_t length;
	uint8_t form; /* enum pack_form */
	uint8_t view;
};

struct block {
	struct buf bytes;
	struct delivery delivery[BLOCK_RECORDS];
	unsigned count;
};

struct member {
	struct aggregate *aggregate;
	const struct flow_reading *reading;
	struct worker *worker;
	struct block block[WORKER_BLOCKS];
	unsigned filling; /* the block that records go to */
	bool has_failed;
	struct flow flow;
};

struct crew {
	struct member *member;
	unsigned count;
	uint64_t orders; /* records added so far */
};

static void work(void *context, void *argument)
{
	struct member *m = context;
	struct block *b = argument;

	for (unsigned i = 0; i < b->count && !m->has_failed; i++) {
		const struct delivery *d = &b->delivery[i];

		pack_open(&m->flow, (enum pack_form)d->form, (const uint8_t *)b->bytes.data + d->at, d->length, m->reading);
		if (!aggregate_list_is_ready(d->list))
			aggregate_list_init(m->aggregate, d->list);
		aggregate_set_order(m->aggregate, d->order);
		if (aggregate_add(m->aggregate, d->list, &m->flow, (enum aggregate_view)d->view) < 0)
			m->has_failed = true;
	}
	if (!m->has_failed && aggregate_drain(m->aggregate) < 0)
		m->has_failed = true;
	b->count = 0;
	buf_clear(&b->bytes);
}

struct crew *crew_new(struct aggregate *const *aggregates, unsigned count, const struct flow_reading *reading)
{
	struct crew *c = xcalloc(1, sizeof *c);

	c->member = xcalloc(count, sizeof *c->member);
	for (c->count = 0; c->count < count; c->count++) {
		struct member *m = &c->member[c->count];

		m->aggregate = aggregates[c->count];
		m->reading = reading;
		m->worker = worker_new(work, m);
		if (m->worker == NULL) {
			crew_free(c);
			return NULL;
		}
	}
	return c;
}

void crew_free(struct crew *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->count; i++) {
		worker_free(c->member[i].worker);
		for (unsigned b = 0; b < WORKER_BLOCKS; b++)
			buf_fini(&c->member[i].block[b].bytes);
	}
	free(c->member);
	free(c);
}

static void give(struct member *m)
{
	worker_push(m->worker, &m->block[m->filling]);
	m->filling = (m->filling + 1) % WORKER_BLOCKS;
}

void crew_add(struct crew *c, unsigned share, struct aggregate_list *list, struct flow *f, enum aggregate_view view)
{
	struct member *m = &c->member[share];
	struct block *b = &m->block[m->filling];
	struct delivery *d = &b->delivery[b->count++];

	d->list = list;
	d->order = c->orders++;
	d->view = (uint8_t)view;
	d->at = b->bytes.length;
	d->form = (uint8_t)pack_flow(f, PACK_RECORD, &b->bytes);
	d->length = (uint32_t)(b->bytes.length - d->at);
	if (b->count == BLOCK_RECORDS)
		give(m);
}

int crew_wait(struct crew *c)
{
	int result = 0;

	for (unsigned i = 0; i < c->count; i++)
		if (c->member[i].block[c->member[i].filling].count > 0)
			give(&c->member[i]);
	for (unsigned i = 0; i < c->count; i++) {
		worker_wait(c->member[i].worker);
		if (c->member[i].has_failed)
			result = -1;
	}
	return result;
}
