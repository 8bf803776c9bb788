/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of the probe's engine: the table, the queues, the record
 * periods, and what the protocols share. */
#ifndef ARGUS_TABLE_H
#define ARGUS_TABLE_H

#include "argus/probe.h"

/* A packet on its way through the update of its flow. */
struct step {
	struct probe *probe;
	struct probe_flow *flow;
	uint32_t ref; /* of the flow */
	const struct packet *packet;
	uint64_t now;
	enum side side;
	bool is_first; /* of the flow */
	bool is_period_start;
	bool is_idle; /* jitter: not in protocol (15.2) */
	uint64_t stamp_before[2]; /* of its side, as they were before this packet */
	/* What counts as application bytes: moves forward as headers are understood. */
	struct span payload;
	int32_t length;
};

static inline struct probe_flow *flow_at(const struct probe *p, uint32_t ref)
{
	return slab_at(&p->flows, ref);
}

static inline struct tcp_state *tcp_at(const struct probe *p, const struct probe_flow *f)
{
	return slab_at(&p->tcp, f->state);
}

static inline union small_state *small_at(const struct probe *p, const struct probe_flow *f)
{
	return slab_at(&p->small, f->state);
}

static inline struct fragment_state *fragment_at(const struct probe *p, const struct probe_flow *f)
{
	return slab_at(&p->fragment, f->state);
}

/* The cold part, or NULL. */
static inline struct flow_cold *cold_at(const struct probe *p, const struct probe_flow *f)
{
	return f->cold != 0 ? slab_at(&p->cold, f->cold) : NULL;
}

static INLINED void fetch_two_lines(const void *at)
{
	__builtin_prefetch(at, 1);
	__builtin_prefetch((const uint8_t *)at + 64, 1);
}

/* Brings in the state of a TCP flow. */
static INLINED void fetch_tcp(const struct probe *p, const struct probe_flow *f)
{
	if (f->kind == STATE_TCP || f->kind == STATE_TCP_INIT)
		fetch_two_lines(tcp_at(p, f));
}

/* table.c */
void table_init(struct probe *p);
void table_fini(struct probe *p);
uint32_t table_find(const struct probe *p, const struct probe_key *key, uint64_t hash); /* 0: none */
uint32_t table_create(struct probe *p, const struct packet *packet, const struct probe_key *key, uint64_t hash);
void table_delete(struct probe *p, uint32_t ref); /* from table and queue, with all its parts */
const uint8_t *flow_key_bytes(const struct probe *p, const struct probe_flow *f);
struct flow_cold *flow_cold(struct probe *p, struct probe_flow *f); /* allocates it if needed */
void *flow_new_state(struct probe *p, struct probe_flow *f, enum state_kind kind); /* zeroed */
void flow_drop_state(struct probe *p, struct probe_flow *f);
void flow_count(struct probe *p, struct probe_flow *f, enum side side, uint64_t pkts, uint64_t bytes);
uint64_t flow_packets(const struct probe *p, const struct probe_flow *f, enum side side);
uint64_t flow_bytes(const struct probe *p, const struct probe_flow *f, enum side side);

/* timers.c: 7.2 */
void timers_init(struct probe *p);
void queue_append(struct probe *p, uint32_t ref, uint8_t queue, uint64_t now);
void queue_remove(struct probe *p, uint32_t ref);
void timers_expire_status(struct probe *p, uint64_t now);
void timers_tick(struct probe *p, uint64_t now);
void timers_end(struct probe *p);
void timers_shutdown(struct probe *p);

/* update.c: 8.5 and 9 */
void flow_begin_period(struct probe *p, struct probe_flow *f);
void flow_touch(struct step *s); /* encapsulation, tags, time, MAC, IPATTR */
void flow_stamp(struct probe_flow *f, enum side side, uint64_t now);
void update_packet(struct probe *p, const struct packet *packet);

/* The protocols. Each is called for every packet of its flows. */
void tcp_update(struct step *s);
void tcp_begin_period(struct probe *p, struct probe_flow *f);
void icmp_update(struct step *s);
void icmp6_update(struct step *s);
void esp_update(struct step *s);
void arp_update(struct step *s);
void udp_update(struct step *s); /* after the tally: RTP, RTCP, UDT */
void udp_begin_period(struct probe *p, struct probe_flow *f);
void udt_start(struct step *s);
void udt_update(struct step *s);

/* fragment.c: 10 */
void fragment_first(struct step *s);  /* the first fragment of a datagram, a packet of its flow */
bool fragment_update(struct step *s); /* a later one, a packet of its fragment flow; false: the flow is gone */
void fragment_begin_period(struct probe *p, struct probe_flow *f);
void fragments_account(struct probe *p, struct probe_flow *parent, uint64_t now); /* before the parent is reported */
void fragments_abandon(struct probe *p, struct probe_flow *parent); /* before it is deleted */
void fragment_free(struct fragment_state *fragment);

/* metrics.c: 15 */
void metrics_tally(struct step *s);   /* jitter and sizes */
void metrics_payload(struct step *s); /* application bytes and user data */
void metrics_begin_period(struct probe *p, struct flow_cold *cold);
void metrics_free(struct probe *p, struct flow_cold *cold);
void user_pool_fini(struct user_pool *pool);

/* keystroke.c: 15.7 */
void keystroke_update(struct step *s, uint32_t seq, uint32_t ack, uint32_t length);
bool keystroke_report(struct probe *p, const struct flow_cold *cold, struct behavior *behavior);
void keystroke_begin_period(struct probe *p, const struct flow_cold *cold);
size_t keystroke_size(void);

/* emit.c: 8 */
void emit_record(struct probe *p, struct probe_flow *f, enum record_cause cause);
void emit_flow(struct probe *p, struct probe_flow *f); /* with its normal cause, if it has unreported packets */

/* jitter_state is metrics.c's, but emit.c reports it. */
struct jitter_state {
	uint64_t last[2]; /* stamp of the previous packet that advanced time */
	struct jitter_tally {
		uint32_t n;
		float sum;
		uint64_t squares;
		uint32_t min, max; /* microseconds */
	} tally[2][2]; /* [side][activity] */
};

#endif
