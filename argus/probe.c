/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/probe.h"

#include "argus/base/buf.h"
#include "argus/table.h"

void probe_rules_init(struct probe_rules *rules)
{
	*rules = (struct probe_rules){
		.status_interval = 5000000,
		.timeout = {
			[TIMEOUT_IP] = 30, [TIMEOUT_TCP] = 60, [TIMEOUT_ICMP] = 5, [TIMEOUT_IGMP] = 30,
			[TIMEOUT_FRAGMENT] = 2, [TIMEOUT_ARP] = 5, [TIMEOUT_OTHER] = 30,
		},
		.keystroke = {
			.n_min = 23, .dc_min = 48, .dc_max = 128, .gs_max = 3, .ds_min = 24, .ds_max = 256,
			.gpc_max = 3, .lcs_max = 50000, .ic_min = 50000, .icr_min = 0.892, .icr_max = 1.122,
		},
	};
}

void probe_init(struct probe *p, const struct probe_rules *rules, const struct decode_options *decode,
                const struct source_id *id, probe_sink *sink, void *context)
{
	*p = (struct probe){
		.rules = rules, .decode = decode, .id = *id, .sink = sink, .sink_context = context,
		.interval = rules->status_interval,
		.record = xmalloc(RECORD_MAX_SIZE),
		.scratch = xcalloc(1, sizeof *p->scratch),
		.user_pool = { { .size = (uint32_t)rules->user_length }, { .size = UINT16_MAX } },
	};
	p->scratch->version = 3;
	table_init(p);
	timers_init(p);
}

void probe_fini(struct probe *p)
{
	for (int i = 0; i < QUEUE_COUNT; i++)
		while (p->queue[i].first != 0)
			table_delete(p, p->queue[i].first);
	table_fini(p);
	user_pool_fini(&p->user_pool[0]);
	user_pool_fini(&p->user_pool[1]);
	free(p->record);
	free(p->scratch);
}

/* How many packets before its own a flow is asked for, and then the state of a TCP flow. A core
 * waits for some two dozen cache lines at a time: what more is asked for is not brought in. */
#define FLOW_AHEAD 12u
#define TCP_AHEAD 6u

/* The flow that the packet will most likely belong to, by tag alone; 0: none. */
static INLINED uint32_t fetch_flow(const struct probe *p, const struct packet *packet)
{
	struct htab_probe probe = htab_start(&p->table, (uint32_t)packet->hash);
	uint32_t ref = htab_next(&p->table, &probe);

	if (ref != 0)
		fetch_two_lines(flow_at(p, ref));
	return ref;
}

/* What a packet will touch is brought in while those before it are accounted: its slot of the table
 * (probe_expect), its flow, the state of a TCP flow. */
static INLINED void account(struct probe *p, const struct packet *batch, size_t n)
{
	uint32_t ref[PROBE_BATCH];

	for (size_t i = 0; i < n + FLOW_AHEAD; i++) {
		size_t tcp = i - (FLOW_AHEAD - TCP_AHEAD), now = i - FLOW_AHEAD;

		if (i < n)
			ref[i] = fetch_flow(p, &batch[i]);
		if (tcp < n && ref[tcp] != 0)
			fetch_tcp(p, flow_at(p, ref[tcp]));
		if (now < n)
			update_packet(p, &batch[now]);
	}
}

HOT void probe_packets(struct probe *p, const struct packet *batch, size_t count)
{
	while (count > 0) {
		size_t n = count < PROBE_BATCH ? count : PROBE_BATCH;

		account(p, batch, n);
		batch += n;
		count -= n;
	}
}

void probe_tick(struct probe *p, uint64_t now)
{
	p->now = now;
	timers_tick(p, now);
}

void probe_end(struct probe *p)
{
	timers_end(p);
}

void probe_shutdown(struct probe *p)
{
	timers_shutdown(p);
}

size_t probe_memory(const struct probe *p)
{
	const struct slab *slabs[] = { &p->flows, &p->cold, &p->tcp, &p->small, &p->fragment,
		                       &p->udt, &p->jitter, &p->keystroke, &p->keys };
	size_t sum = ((size_t)p->table.mask + 1) * sizeof(struct htab_slot);

	for (size_t i = 0; i < ARRAY_LENGTH(slabs); i++)
		sum += slab_size(slabs[i]);
	return sum;
}
