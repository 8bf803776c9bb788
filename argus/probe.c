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

/* The flow that the packet will most likely belong to, by tag alone. */
static inline struct probe_flow *candidate(const struct probe *p, const struct packet *packet)
{
	struct htab_probe probe = htab_start(&p->table, (uint32_t)packet->hash);
	uint32_t ref = htab_next(&p->table, &probe);

	return ref != 0 ? flow_at(p, ref) : NULL;
}

/* Memory is asked for in rounds, so that the misses of a batch overlap: table
 * slots (probe_expect), then flows, then the state of TCP flows. */
HOT void probe_packets(struct probe *p, const struct packet *batch, size_t count)
{
	struct probe_flow *likely_flow[PROBE_BATCH];

	while (count > 0) {
		size_t n = count < PROBE_BATCH ? count : PROBE_BATCH;

		for (size_t i = 0; i < n; i++) {
			struct probe_flow *f = likely_flow[i] = candidate(p, &batch[i]);

			if (f != NULL) {
				__builtin_prefetch(f, 1);
				__builtin_prefetch((const uint8_t *)f + 64, 1);
			}
		}
		for (size_t i = 0; i < n; i++) {
			const struct probe_flow *f = likely_flow[i];

			if (f != NULL && (f->kind == STATE_TCP || f->kind == STATE_TCP_INIT)) {
				const uint8_t *tcp = (const uint8_t *)tcp_at(p, f);

				__builtin_prefetch(tcp, 1);
				__builtin_prefetch(tcp + 64, 1);
			}
		}
		for (size_t i = 0; i < n; i++)
			update_packet(p, &batch[i]);
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
