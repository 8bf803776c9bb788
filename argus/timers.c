/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queues (probe.md 7.2). Their order decides which records come out, and
 * when: a flow's place depends on when it entered, never on its packets. So
 * plain lists do all that a timer wheel would, in constant time, exactly. */
#include "argus/table.h"

#define TICK 200000      /* microseconds */
#define MAX_TIMEOUT 65534 /* seconds */

void timers_init(struct probe *p)
{
	uint8_t used = QUEUE_STATUS + 1;

	p->queue[QUEUE_STATUS] = (struct flow_queue){ 0 };
	for (int class = 0; class < TIMEOUT_CLASSES; class++) {
		int seconds = p->rules->timeout[class];
		uint64_t timeout = (uint64_t)(seconds < MAX_TIMEOUT ? seconds : MAX_TIMEOUT) * 1000000;
		uint8_t queue = QUEUE_STATUS + 1;

		while (queue < used && p->queue[queue].timeout != timeout)
			queue++;
		if (queue == used)
			p->queue[used++] = (struct flow_queue){ .timeout = timeout };
		p->queue_of[class] = queue;
	}
}

/* Time since the flow entered its queue; negative when time ran backwards. */
static inline int64_t age(const struct probe_flow *f, uint64_t now)
{
	return (int64_t)(now - f->queued);
}

void queue_append(struct probe *p, uint32_t ref, uint8_t queue, uint64_t now)
{
	struct flow_queue *q = &p->queue[queue];
	struct probe_flow *f = flow_at(p, ref);

	f->queue = queue;
	f->queued = now;
	f->next = 0;
	f->prev = q->last;
	if (q->last != 0)
		flow_at(p, q->last)->next = ref;
	else
		q->first = ref;
	q->last = ref;
	q->length++;
}

void queue_remove(struct probe *p, uint32_t ref)
{
	struct probe_flow *f = flow_at(p, ref);
	struct flow_queue *q = &p->queue[f->queue];

	if (f->prev != 0)
		flow_at(p, f->prev)->next = f->next;
	else
		q->first = f->next;
	if (f->next != 0)
		flow_at(p, f->next)->prev = f->prev;
	else
		q->last = f->prev;
	q->length--;
	f->queue = QUEUE_NONE;
}

/* While the first flow of a queue is reported or deleted, what that takes of the next one is brought
 * in, and the one behind it. */
static INLINED void fetch_next(const struct probe *p, const struct probe_flow *first)
{
	const struct probe_flow *f = flow_at(p, first->next);

	if (first->next == 0)
		return;
	htab_prefetch(&p->table, f->tag);
	fetch_tcp(p, f);
	if (f->cold != 0)
		fetch_two_lines(cold_at(p, f));
	if (f->next != 0)
		fetch_two_lines(flow_at(p, f->next));
}

/* The oldest flow of the status queue is reported and idles from now on. */
static void retire_first(struct probe *p, uint64_t now)
{
	uint32_t ref = p->queue[QUEUE_STATUS].first;
	struct probe_flow *f = flow_at(p, ref);

	fetch_next(p, f);
	queue_remove(p, ref);
	fragments_account(p, f, now);
	emit_flow(p, f);
	queue_append(p, ref, f->idle_queue, now);
	if (p->queue[f->idle_queue].timeout == 0)
		table_delete(p, ref);
}

static void delete_first(struct probe *p, const struct flow_queue *q)
{
	fetch_next(p, flow_at(p, q->first));
	table_delete(p, q->first);
}

void timers_expire_status(struct probe *p, uint64_t now)
{
	const struct flow_queue *q = &p->queue[QUEUE_STATUS];

	while (q->first != 0 && age(flow_at(p, q->first), now) >= (int64_t)p->interval)
		retire_first(p, now);
}

static void expire_timeouts(struct probe *p, uint64_t now)
{
	for (int i = QUEUE_STATUS + 1; i < QUEUE_COUNT; i++) {
		struct flow_queue *q = &p->queue[i];

		while (q->first != 0 && age(flow_at(p, q->first), now) >= (int64_t)q->timeout)
			delete_first(p, q);
	}
}

void timers_tick(struct probe *p, uint64_t now)
{
	int64_t late = (int64_t)(now - p->next_tick);

	if (likely(p->has_ticked && late < 0))
		return;
	timers_expire_status(p, now);
	expire_timeouts(p, now);
	if (!p->has_ticked || late > TICK)
		p->next_tick = now;
	p->next_tick += TICK;
	p->has_ticked = true;
}

static void delete_all(struct probe *p)
{
	for (int i = 0; i < QUEUE_COUNT; i++)
		while (p->queue[i].first != 0)
			delete_first(p, &p->queue[i]);
}

void timers_end(struct probe *p)
{
	/* Not by age: time may have run backwards. */
	while (p->queue[QUEUE_STATUS].first != 0)
		retire_first(p, p->now);
	delete_all(p);
}

static void shut_down(struct probe *p, uint32_t ref)
{
	struct probe_flow *f = flow_at(p, ref);

	fetch_next(p, f);
	if (!(f->flags & FLOW_REPORTED) && (f->pkts[SRC] | f->pkts[DST]) != 0)
		emit_record(p, f, CAUSE_SHUTDOWN);
	table_delete(p, ref);
}

void timers_shutdown(struct probe *p)
{
	for (int i = QUEUE_STATUS + 1; i < QUEUE_COUNT; i++)
		while (p->queue[i].first != 0)
			shut_down(p, p->queue[i].first);
	while (p->queue[QUEUE_STATUS].first != 0)
		shut_down(p, p->queue[QUEUE_STATUS].first);
}
