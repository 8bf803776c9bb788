/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows of two plain records: the record that these became, without statistics, stands behind what
 * the statistics are made of. That is a fifth less to be kept, and it is written as fast. Most flows
 * that are merged at all have two records; a third one finds the record as it would be written. */
#include "common/query/aggregate.h"

HOT size_t aggregate_unfold_to(const uint8_t *body, size_t length, uint8_t *to)
{
	struct pair pair;

	memcpy(&pair, body, sizeof pair);
	return merge_write_pair(&pair, body + sizeof pair, length - sizeof pair, to);
}

void aggregate_unfold(struct aggregate *a, struct entry *e)
{
	uint8_t room[MERGED_MAX + PAIR_MORE];

	aggregate_replace_record(a, e, room, aggregate_unfold_to(store_at(&a->store, e->body), e->length, room));
	e->form = PACK_RECORD;
}

const uint8_t *aggregate_unfolded(struct aggregate *a, const uint8_t *body, size_t length, size_t *size)
{
	buf_clear(&a->opened);
	buf_reserve(&a->opened, unfolded_room(length));
	*size = aggregate_unfold_to(body, length, (uint8_t *)a->opened.data);
	return (const uint8_t *)a->opened.data;
}
