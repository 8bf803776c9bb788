/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record merged from its bytes into a flow whose members lie open. Where records of different
 * flows meet under one key most of what they say is lost already, and what is left is mostly
 * numbers: it would be a waste to open each of them. Members are merged by the rules of the table. */
#include "argus/record/plain.h"
#include "common/query/merge_numbers.h"
#include "common/query/merge_stats.h"
#include "common/record/dsr_codec.h"

/* Decodes the DSR and remembers it by its first `fixed` bytes. */
static __attribute__((noinline)) void learn(struct known_dsr *known, enum dsr_slot slot, const uint8_t *bytes, size_t length,
					    size_t fixed, bool is_reversed)
{
	const struct flow *f = slot == DSR_TRANSPORT ? &(struct flow){ .version = 3, .type = RECORD_FAR } : NULL;

	memset(known, 0, sizeof *known);
	if (fixed <= sizeof known->bytes)
		memcpy(known->bytes, bytes, fixed);
	known->says_nothing = !dsr_table[slot].decode(bytes, length, f, &known->member);
	if (is_reversed)
		dsr_table[slot].reverse(&known->member);
}

/* Most records of a probe have the same: in `usual` bytes, but for those behind the first `fixed`. */
static INLINED const void *decoded(struct known_dsr *known, const struct plain *b, enum dsr_slot slot, size_t usual,
				   size_t fixed, bool is_reversed)
{
	const uint8_t *bytes = plain_bytes(b, slot);
	size_t length = plain_length(b, slot);

	if (unlikely(length != usual))
		learn(known, slot, bytes, length, SIZE_MAX, is_reversed);
	else if (!same_words(known->bytes, bytes, fixed))
		learn(known, slot, bytes, length, fixed, is_reversed);
	return known->says_nothing ? NULL : &known->member;
}

/* What the flow has not need not be decoded: there would be no room for it. */
static INLINED void merge_known(struct merge *m, struct members *a, const struct plain *b, struct known_dsr *known,
				enum dsr_slot slot, size_t usual, size_t fixed, bool is_reversed)
{
	if (!(a->have & DSR_BIT(slot)))
		return;
	merge_slot(m, a, slot, b->have & DSR_BIT(slot) ? decoded(known, b, slot, usual, fixed, is_reversed) : NULL);
}

static inline void merge_attributes(struct merge *m, struct members *a, const struct plain *b, bool is_reversed)
{
	struct ipattr attributes;

	if (!(a->have & b->have & DSR_BIT(DSR_IPATTR)))
		return;
	dsr_table[DSR_IPATTR].decode(plain_bytes(b, DSR_IPATTR), plain_length(b, DSR_IPATTR), NULL, &attributes);
	if (is_reversed)
		dsr_table[DSR_IPATTR].reverse(&attributes);
	merge_slot(m, a, DSR_IPATTR, &attributes);
}

static inline void merge_transport_state(struct merge *m, struct members *a, const struct plain *b, bool is_reversed)
{
	struct network *network = member_at(a, DSR_NETWORK);
	const uint8_t *perf = plain_bytes(b, DSR_NETWORK) + DSR_HEADER_SIZE;

	if (!(a->have & b->have & DSR_BIT(DSR_NETWORK)) || !b->form.has_perf)
		return;
	if (!(is_reversed ? merge_network_perf_reversed(network, perf, b->metric.pkts, m->is_one_connection)
			  : merge_network_perf(network, perf, b->metric.pkts, m->is_one_connection)))
		a->have &= ~DSR_BIT(DSR_NETWORK);
}

/* The aggregation statistics: of the flow and the record as they were. */
static inline void merge_record_statistics(struct members *a, const struct plain *b)
{
	struct agr *sum = member_at(a, DSR_AGR), more;
	uint64_t gaps[2];

	if (unlikely(b->count == 0))
		return;
	merge_gaps(member_at(a, DSR_METRIC), &b->metric, member_at(a, DSR_TIME), &b->times, gaps);
	if (unlikely(!b->is_implied)) {
		merge_agr(sum, &b->agr, gaps);
		return;
	}
	implied_agr(1, b->seconds, &more);
	merge_statistics(sum, &more, gaps);
}

HOT bool merge_plain_in_place(struct merge *m, struct members *a, struct plain *b, const struct flow_key *key, bool is_reversed)
{
	const uint32_t needed = DSR_BIT(DSR_AGR) | DSR_BIT(DSR_METRIC) | DSR_BIT(DSR_TIME) | DSR_BIT(DSR_FLOW);
	const struct agr *sum = member_at(a, DSR_AGR);
	struct metric *metric = member_at(a, DSR_METRIC);

	if ((a->have & needed) != needed || sum->count == 0 || sum->count + b->count == 0 ||
	    !merge_has_room(a, b->have))
		return false;
	if (is_reversed) {
		dsr_table[DSR_TIME].reverse(&b->times);
		dsr_table[DSR_METRIC].reverse(&b->metric);
	}
	merge_record_statistics(a, b);
	merge_known(m, a, b, &m->transport, DSR_TRANSPORT, 12, 8, false);
	merge_slot(m, a, DSR_FLOW, key);
	merge_stamps(member_at(a, DSR_TIME), metric->pkts, &b->times, b->metric.pkts);
	merge_counts(metric, &b->metric);
	merge_transport_state(m, a, b, is_reversed);
	merge_attributes(m, a, b, is_reversed);
	merge_known(m, a, b, &m->mac[is_reversed], DSR_MAC, 20, 20, is_reversed);
	merge_known(m, a, b, &m->encaps[is_reversed], DSR_ENCAPS, 12, 12, is_reversed);
	return true;
}
