/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows of two plain records: the record that these became, without statistics, stands behind what
 * the statistics are made of. That is a fifth less to be kept, and it is written as fast. Most flows
 * that are merged at all have two records; a third one finds the record as it would be written. */
#include "common/query/aggregate.h"

static size_t unfolded_size(size_t length) { return length - sizeof(struct pair) + PAIR_MORE; }

/* Writes the record to `to`, which has room for it. */
static size_t unfold(const uint8_t *body, size_t length, uint8_t *to)
{
	struct pen pen = pen_on(to, unfolded_size(length));
	struct pair pair;

	memcpy(&pair, body, sizeof pair);
	merge_write_pair(&pair, body + sizeof pair, length - sizeof pair, &pen);
	return pen_used(&pen);
}

void aggregate_unfold(struct aggregate *a, struct entry *e)
{
	uint8_t room[MERGED_MAX + PAIR_MORE];

	aggregate_replace_record(a, e, room, unfold(store_at(&a->store, e->body), e->length, room));
	e->form = PACK_RECORD;
}

const uint8_t *aggregate_unfolded(struct aggregate *a, const uint8_t *body, size_t length, size_t *size)
{
	buf_clear(&a->opened);
	buf_reserve(&a->opened, unfolded_size(length));
	*size = unfold(body, length, (uint8_t *)a->opened.data);
	return (const uint8_t *)a->opened.data;
}

int aggregate_write_pair(struct aggregate *a, const struct entry *e)
{
	uint8_t room[MERGED_MAX + PAIR_MORE], *place = a->place(a->write_context, unfolded_size(e->length));
	uint8_t *record = place != NULL ? place : room;

	return a->write(a->write_context, record, unfold(store_at(&a->store, e->body), e->length, record));
}
