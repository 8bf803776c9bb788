/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine of the probe: packets in, records out (probe.md 7 to 15). One
 * struct probe is one source with a flow table and sequence numbers of its own.
 * It knows no capture and no file: records go to the function it was given. */
#ifndef ARGUS_PROBE_H
#define ARGUS_PROBE_H

#include "argus/base/hash.h"
#include "argus/base/slab.h"
#include "argus/decode.h"
#include "argus/flow.h"

enum timeout_class {
	TIMEOUT_IP,
	TIMEOUT_TCP,
	TIMEOUT_ICMP,
	TIMEOUT_IGMP,
	TIMEOUT_FRAGMENT,
	TIMEOUT_ARP,
	TIMEOUT_OTHER,
	TIMEOUT_CLASSES,
};

enum keystroke_mode { KEYSTROKE_OFF, KEYSTROKE_TCP, KEYSTROKE_SSH };

/* Parameters of the keystroke model (15.7). */
struct keystroke_rules {
	uint8_t mode; /* enum keystroke_mode */
	uint32_t n_min, dc_min, dc_max, gs_max, ds_min, ds_max, gpc_max;
	uint32_t lcs_max; /* microseconds; part of the configuration, not of the model */
	uint32_t ic_min;  /* microseconds */
	double icr_min, icr_max;
};

/* How records are to be made. Shared by all sources, constant while they run. */
struct probe_rules {
	uint64_t status_interval;          /* microseconds */
	int timeout[TIMEOUT_CLASSES];      /* seconds, not negative */
	int user_length;                   /* -U: bytes a side, at most 65535 */
	bool app_bytes, jitter, packet_size, mac; /* -A -J -Z -m */
	bool control_plane;                /* -C */
	bool start_records, four_stamps, track_duplicates;
	struct keystroke_rules keystroke;
};

void probe_rules_init(struct probe_rules *rules);

struct source_id {
	uint8_t form; /* enum id_form: none, IPv4, number, string */
	uint8_t bytes[4];
};

/* Takes a finished record. It stays the probe's. */
typedef void probe_sink(void *context, const uint8_t *record, size_t length);

/* A queue of flows, oldest first. Queue 0 is the status queue, each other one
 * is for one idle timeout. */
#define QUEUE_STATUS 0
#define QUEUE_NONE 0xff /* fragment flows that hang on a parent */
#define QUEUE_COUNT (TIMEOUT_CLASSES + 1)

struct flow_queue {
	uint32_t first, last;
	uint64_t timeout; /* microseconds */
	uint32_t length;
};

struct probe {
	const struct probe_rules *rules;
	const struct decode_options *decode;
	struct source_id id;
	probe_sink *sink;
	void *sink_context;

	struct htab table;
	struct slab flows, cold, tcp, small, fragment, udt, jitter, keystroke, keys;
	struct flow_queue queue[QUEUE_COUNT];
	uint8_t queue_of[TIMEOUT_CLASSES]; /* classes of equal timeout share a queue */

	uint64_t now;       /* time of the last packet */
	uint64_t next_tick;
	bool has_ticked;
	uint64_t interval;  /* status interval in force; 0 when the end has come */

	uint32_t last_seq;
	uint64_t records, flows_created, packets, packet_bytes;
	uint64_t undecodable[UNDECODABLE_REASONS];

	uint8_t *record;         /* scratch of RECORD_MAX_SIZE */
	struct flow *scratch;    /* members for the DSR encoders */
	struct user_pool {
		uint8_t *free;
		uint32_t size;
	} user_pool[2];
};

void probe_init(struct probe *p, const struct probe_rules *rules, const struct decode_options *decode,
                const struct source_id *id, probe_sink *sink, void *context);
void probe_fini(struct probe *p);

/* Says that the packet will come with the next batch: its place in the table is
 * fetched from memory while the packets after it are decoded. */
static inline void probe_expect(const struct probe *p, const struct packet *packet)
{
	htab_prefetch(&p->table, (uint32_t)packet->hash);
}

/* Accounts a batch of decoded packets in order. */
#define PROBE_BATCH 64
void probe_packets(struct probe *p, const struct packet *batch, size_t count);

/* Lets time pass without a packet (live sources): `now` as a packet time. */
void probe_tick(struct probe *p, uint64_t now);

/* The end of input: all flows are reported, oldest first, with their normal cause (7.3). */
void probe_end(struct probe *p);

/* The end on a signal: what is unreported is reported with cause SHUTDOWN (7.3). */
void probe_shutdown(struct probe *p);

/* Bytes held from the system for flows. */
size_t probe_memory(const struct probe *p);

#endif
