/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records are added: each gets its identity, and waits in the batch. */
#include "argus/record/plain.h"
#include "common/query/aggregate.h"
#include "common/query/key_plain.h"
#include "common/record/plain_key.h"

/* Whether the service of the record answered, as far as its protocol tells. A status record of a
 * connection repeats what was seen before: a reset that nothing comes back for takes that away. */
static bool is_answered(struct flow *f)
{
	static const uint32_t seen = TCP_SAW_SYNACK | TCP_ESTABLISHED | TCP_FIN | TCP_FIN_ACKED | TCP_NORMAL_CLOSE;
	const struct flow_key *key = flow_key(f);
	const struct metric *metric = flow_metric(f);
	const struct tcp *tcp = flow_tcp(f);

	if (key->layout != LAYOUT_IPV4 && key->layout != LAYOUT_IPV6)
		return true;
	if (tcp != NULL)
		return tcp->status & seen && (metric->pkts[DST] > 0 || !(tcp->status & (TCP_SRC_RESET | TCP_DST_RESET)));
	if (key->proto != PROTO_UDP && key->proto != PROTO_ICMP && key->proto != PROTO_ICMP6)
		return key->proto == PROTO_ESP || metric->pkts[DST] > 0;
	return metric->pkts[SRC] > 0 && metric->pkts[DST] > 0;
}

static void turn_round(struct plain_tuple *t)
{
	const uint8_t *addr = t->addr[SRC];
	uint16_t port = t->port[SRC];

	t->addr[SRC] = t->addr[DST];
	t->addr[DST] = addr;
	t->port[SRC] = t->port[DST];
	t->port[DST] = port;
}

/* The same as id_of(), from the bytes of a plain record. False: it has to be opened. */
static bool identify_plain(struct aggregate *a, struct item *item, struct hash128 *id)
{
	const uint8_t *bytes = aggregate_bytes_of(a, item);
	const struct key *key = item->list->key;
	const struct shape *shape;
	struct plain_tuple tuple;
	struct flow_key room;

	if (item->form != PACK_RECORD || !key_is_told_by_tuple(key) || (shape = shape_of(bytes, item->length)) == NULL ||
	    !plain_tuple(bytes, shape, a->reading, &tuple))
		return false;
	if (item->flags & ENTRY_REVERSED)
		turn_round(&tuple);
	if (!key_prepare_tuple(key, &tuple, &room) || !hash_plain_key(key, &tuple, a->seed, id))
		return false;
	item->shape = shape_mark(shape);
	return true;
}

/* The identity of the record as the list sees it. A record that its list changes is
 * looked at in the copy that waits. */
static struct hash128 id_of(struct aggregate *a, struct item *item, struct flow *f)
{
	struct hash128 id;

	if ((item->flags & ENTRY_LOOKS) == ENTRY_PLAIN && !key_changes_flows(item->list->key))
		return aggregate_id(a, item->list, f, false);
	if (identify_plain(a, item, &id))
		return id;
	aggregate_open_item(a, item, &a->newcomer);
	return aggregate_id(a, item->list, &a->newcomer, false);
}

/* The next item of the batch. */
static struct item *make_item(struct aggregate *a, struct aggregate_list *list, struct flow *f, enum aggregate_view view)
{
	static const uint8_t looks[] = { ENTRY_PLAIN, ENTRY_PLAIN | ENTRY_RMON,
					 ENTRY_PLAIN | ENTRY_RMON | ENTRY_REVERSED };
	struct item *item = &a->batch[a->waiting];

	item->list = list;
	item->read = NULL;
	item->shape.stamp = 0;
	item->flags = looks[view] | (list->key->objects != 0 ? ENTRY_KEYED : 0) | aggregate_flags_of(f);
	if (list->by_answer && is_answered(f))
		item->flags |= ENTRY_ANSWERED;
	item->flow_at = a->bytes.length;
	item->form = (uint8_t)pack_flow(f, PACK_RECORD, &a->bytes);
	item->length = (uint32_t)(a->bytes.length - item->flow_at);
	return item;
}

/* The next item of the batch, of a record whose key is told by its bytes; NULL: it has to be opened. */
static INLINED struct item *make_plain_item(struct aggregate *a, struct aggregate_list *list, const uint8_t *bytes,
					    const struct shape *shape)
{
	struct item *item = &a->batch[a->waiting];
	struct plain_tuple tuple;

	if (!read_plain_tuple(bytes, shape, a->reading, &tuple) || !hash_plain_key(list->key, &tuple, a->seed, &item->id))
		return NULL;
	item->list = list;
	item->shape = shape_mark(shape);
	item->form = PACK_RECORD;
	item->flags = ENTRY_PLAIN | ENTRY_KEYED | ENTRY_GROWS | (shape->indexed & DSR_BIT(DSR_AGR) ? ENTRY_COUNTED : 0);
	item->length = shape->length;
	item->read = bytes;
	return item;
}

/* The last `count` records, which stand where they were read, are copied, for they go on waiting. */
static COLD void copy_read(struct aggregate *a, unsigned count)
{
	for (struct item *item = a->batch + a->waiting - count; item < a->batch + a->waiting; item++) {
		item->flow_at = a->bytes.length;
		buf_add(&a->bytes, item->read, item->length);
		item->read = NULL;
	}
}

HOT int aggregate_add_records(struct aggregate *a, struct aggregate_list *list, const struct shaped_records *records)
{
	unsigned count = 0;

	for (; list->takes_records && count < records->count; count++) {
		struct item *item = make_plain_item(a, list, records->bytes[count], records->shape[count]);

		if (item == NULL)
			break;
		item->order = a->orders++;
		htab_prefetch(&list->table, aggregate_tag(item->id));
		a->waiting++;
	}
	if (likely(a->waiting >= BATCH))
		return aggregate_drain(a) == 0 ? (int)count : -1;
	copy_read(a, count);
	return (int)count;
}

int aggregate_add(struct aggregate *a, struct aggregate_list *list, struct flow *f, enum aggregate_view view)
{
	struct item *item = make_item(a, list, f, view);

	item->order = a->orders++;
	if (item->flags & ENTRY_KEYED) {
		item->id = id_of(a, item, f);
		htab_prefetch(&list->table, aggregate_tag(item->id));
	}
	return ++a->waiting < BATCH ? 0 : aggregate_drain(a);
}

void aggregate_set_order(struct aggregate *a, uint64_t order) { a->orders = order; }

/* Ports are the same in both directions, but for their order. */
static uint64_t spread_by_ports(const struct flow_key *key)
{
	uint16_t x = key->u.ip.port[SRC], y = key->u.ip.port[DST];
	uint8_t ports[] = { key->proto, (uint8_t)(u64_min(x, y) >> 8), (uint8_t)u64_min(x, y), (uint8_t)(u64_max(x, y) >> 8),
			    (uint8_t)u64_max(x, y) };

	return hash_bytes(ports, sizeof ports, hash_seed());
}

/* Both directions of a flow must come to the same share if they can be merged, and an ICMP
 * reply to that of its request. If records that agree in the key may have different opposites, what
 * each of these may be merged with in turn is not told by the key; all have the same ports, if it
 * compares them. */
uint64_t aggregate_spread(struct aggregate *a, const struct aggregate_list *list, struct flow *f, struct hash128 id)
{
	const struct flow_key *key;

	if (!list->is_correcting)
		return id.high;
	key = flow_key(f);
	if (!key_is_directed(list->key) || key->proto == PROTO_ICMP)
		return 0;
	if (key_tells_opposite(list->key))
		return id.high ^ aggregate_id(a, list, f, true).high;
	return key->proto == PROTO_TCP || key->proto == PROTO_UDP ? spread_by_ports(key) : 0;
}

unsigned aggregate_share(struct aggregate *a, const struct aggregate_list *list, struct flow *f,
			 enum aggregate_view view, unsigned shares)
{
	struct item *item;
	uint64_t spread;

	if (list->key->objects == 0)
		return 0;
	buf_clear(&a->bytes);
	item = make_item(a, (struct aggregate_list *)list, f, view);
	item->id = id_of(a, item, f);
	if (list->is_correcting)
		aggregate_open_item(a, item, &a->newcomer);
	spread = aggregate_spread(a, list, &a->newcomer, item->id);
	return (unsigned)(spread >> 32) % shares;
}
