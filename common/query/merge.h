/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The merge rules that are long enough for files of their own. `a` is the member
 * of the record that stays, `b` that of the one merged into it. */
#ifndef COMMON_QUERY_MERGE_H
#define COMMON_QUERY_MERGE_H

#include "argus/query/merge.h"
#include "argus/record/dsr.h"

/* What becomes of a DSR that only one of the two records has. */
enum alone { KEEP, DROP, COPY };

struct merge_rule {
	/* Both have it. False: it holds no longer, drop it. NULL: that of `a` stays. */
	bool (*both)(struct merge *m, void *a, const void *b);
	uint8_t only_a; /* KEEP or DROP */
	uint8_t only_b; /* KEEP (a stays without it) or COPY */
};

/* merge.c: the table. AGR is merged apart, before times and counts change; so it has no row. */
extern const struct merge_rule merge_rules[DSR_COUNT];

static inline void *member_at(const struct members *m, enum dsr_slot slot)
{
	return m->flow != NULL ? dsr_member(m->flow, slot) : m->image + m->at[slot];
}

/* Merges the newcomer's DSR; NULL: it has none. */
static inline void merge_slot(struct merge *m, struct members *a, enum dsr_slot slot, const void *b)
{
	const struct merge_rule *rule = &merge_rules[slot];

	if (b == NULL) {
		if (rule->only_a == DROP)
			a->have &= ~DSR_BIT(slot);
	} else if (!(a->have & DSR_BIT(slot))) {
		if (rule->only_b == KEEP)
			return;
		memcpy(member_at(a, slot), b, dsr_table[slot].size);
		a->have |= DSR_BIT(slot);
	} else if (rule->both != NULL && !rule->both(m, member_at(a, slot), b)) {
		a->have &= ~DSR_BIT(slot);
	}
}

/* Whether there is room among the members, where they lie, for what a record with these DSRs
 * makes of them. */
bool merge_has_room(const struct members *a, uint32_t have);

/* Whether equal keys in their bytes are those of one connection. */
bool merge_is_connection(const uint8_t *key, size_t length);

/* merge_key.c: 2.2 */
void merge_flow_key(struct flow_key *a, const struct flow_key *b);
/* Whether the records are of one connection: of the same two ports of the same two hosts,
 * neither of them masked, blanked or merged with others. To be asked before merging keys. */
bool merge_is_one_connection(const struct flow_key *a, const struct flow_key *b);
uint32_t merge_common_prefix(uint32_t a, uint32_t b); /* IPv4 addresses as numbers */

/* merge_network.c: 2.3. False: the DSR no longer says anything and is dropped. */
bool merge_network(struct network *a, const struct network *b, bool is_one_connection);

/* The same for two DSRs of the performance form as version 3 has it, from the bytes of their
 * contents to those of the result. Packets as the records have them. */
void merge_tcp_perf(const uint8_t *a, const uint8_t *b, const uint64_t pkts_a[2], const uint64_t pkts_b[2],
		    bool is_one_connection, uint8_t *to);

/* The same for a record whose DSR is of that form, into a flow. Packets as the record has them. */
bool merge_network_perf(struct network *a, const uint8_t *b, const uint64_t pkts_b[2], bool is_one_connection);

/* The same, and the record's ends are exchanged; its packets are as they are then. */
bool merge_network_perf_reversed(struct network *a, const uint8_t *b, const uint64_t pkts_b[2], bool is_one_connection);

/* merge_stats.c: 2.4 to 2.6 */
void merge_agr(struct agr *a, const struct agr *b, const uint64_t gaps[2]);
void merge_jitter(struct jitter *a, const struct jitter *b);

#endif
