/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Management records (probe.md 16), and the account of all packets that -v
 * prints: both are made of the same figures. */
#include "argus/base/clock.h"
#include "argus/log.h"
#include "argus/run.h"

void tally_source(struct tally *t, const struct source_run *source)
{
	const struct probe *p = &source->probe;
	struct capture_stats stats;

	capture_statistics(source->capture, &stats);
	t->packets += stats.packets;
	t->bytes += stats.bytes;
	t->filtered += stats.filtered;
	t->dropped += stats.dropped;
	t->damaged += stats.damaged;
	t->unlinked += stats.unlinked;
	t->truncated += stats.is_truncated;
	t->in_records += p->packets;
	for (int reason = 0; reason < UNDECODABLE_REASONS; reason++) {
		t->undecodable[reason] += p->undecodable[reason];
		t->in_records -= p->undecodable[reason];
	}
	t->records += p->records;
	t->flows += p->flows_created;
	t->queued += p->queue[QUEUE_STATUS].length;
	t->memory += probe_memory(p);
}

static void fill_id(struct mar *m, const struct source_id *id)
{
	static const uint32_t bits[] = { [ID_IPV4] = MAR_ID_IPV4, [ID_NUMBER] = MAR_ID_NUMBER, [ID_STRING] = MAR_ID_STRING };

	m->id_form = id->form;
	if (id->form != ID_NONE)
		m->status |= bits[id->form];
	memcpy(m->id, id->bytes, sizeof id->bytes);
}

static void fill_interface(struct mar *m, const struct source_run *source)
{
	m->interface_type = (uint8_t)capture_link(source->capture);
	m->interface_status = capture_is_up(source->capture);
	if (capture_is_live(source->capture))
		capture_local_net(source->capture, &m->localnet, &m->netmask);
	m->next_seq = source->probe.last_seq;
}

static uint16_t whole_seconds(double seconds)
{
	return (uint16_t)(seconds < UINT16_MAX ? seconds : UINT16_MAX);
}

struct mar run_mar(struct run *r, enum record_cause cause)
{
	uint64_t now = clock_now();
	struct tally t = r->done;
	struct mar m;

	mar_init(&m, cause, now);
	fill_id(&m, &r->s->id);
	m.is_initial = cause == CAUSE_START;
	m.start = cause == CAUSE_START ? r->started : r->last_mar;
	m.report_interval = whole_seconds(r->s->status_seconds);
	m.mar_interval = whole_seconds(r->s->mar_seconds);
	m.user_length[SRC] = m.user_length[DST] = (uint16_t)r->s->rules.user_length;
	if (cause == CAUSE_START)
		return m;
	for (uint32_t i = 0; i < r->source_count; i++)
		if (r->sources[i].capture != NULL)
			tally_source(&t, &r->sources[i]);
	if (r->source_count > 0 && r->sources[0].capture != NULL)
		fill_interface(&m, &r->sources[0]);
	m.packets = t.packets - r->reported.packets;
	m.bytes = t.bytes - r->reported.bytes;
	m.records = (uint32_t)(t.records - r->reported.records);
	m.flows = (uint32_t)(t.flows - r->reported.flows);
	m.dropped = (uint32_t)(t.dropped - r->reported.dropped);
	m.queue = (uint32_t)t.queued;
	m.clients = (uint32_t)r->s->outputs.count;
	m.memory = (uint32_t)(t.memory < UINT32_MAX ? t.memory : UINT32_MAX);
	r->reported = t;
	r->last_mar = now;
	return m;
}

static const char *const reasons[UNDECODABLE_REASONS] = {
	[UNDECODABLE_NONE] = "of no kind",
	[UNDECODABLE_SHORT] = "cut too short",
	[UNDECODABLE_LINK] = "of the link layer only",
	[UNDECODABLE_NETWORK] = "of a network protocol without a key",
	[UNDECODABLE_TRANSPORT] = "without the transport header that its key needs",
};

void tally_print(const struct tally *t)
{
	log_message("%llu packets read: %llu in records, %llu filtered out",
	            (unsigned long long)(t->packets + t->filtered), (unsigned long long)t->in_records,
	            (unsigned long long)t->filtered);
	for (int reason = 0; reason < UNDECODABLE_REASONS; reason++)
		if (t->undecodable[reason] > 0)
			log_message("%llu undecodable: %s", (unsigned long long)t->undecodable[reason], reasons[reason]);
	if (t->dropped > 0)
		log_message("%llu dropped by the kernel or the interface", (unsigned long long)t->dropped);
	if (t->damaged > 0)
		log_message("%llu damaged places skipped", (unsigned long long)t->damaged);
	if (t->unlinked > 0)
		log_message("%llu on interfaces of unsupported link types", (unsigned long long)t->unlinked);
	if (t->truncated > 0)
		log_message("%llu files end within a packet", (unsigned long long)t->truncated);
	log_message("%llu records of %llu flows written", (unsigned long long)t->records, (unsigned long long)t->flows);
}
