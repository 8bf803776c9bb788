/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kept flow a record belongs to (aggregation.md 4.2). */
#include "common/query/aggregate.h"
#include "common/query/key_plain.h"

struct hash128 aggregate_id(struct aggregate *a, const struct aggregate_list *list, struct flow *f, bool reversed)
{
	size_t length = reversed ? key_build_reversed(list->key, f, a->key) : key_build(list->key, f, a->key);

	return hash_key(a->key, length, a->seed);
}

/* Turns the flow of an entry round and files it under its new key. */
static void reverse_entry(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	struct entry *e = aggregate_entry(a, ref);
	uint8_t state = e->flags & (ENTRY_REPORTED | ENTRY_ANSWERED);

	aggregate_open_entry(a, list, e, &a->kept);
	flow_reverse(&a->kept);
	((struct flow_key *)flow_edit(&a->kept, DSR_FLOW))->flags ^= KEY_BACKWARD;
	htab_remove(&list->table, aggregate_tag(e->id), ref);
	e->id = aggregate_id(a, list, &a->kept, false);
	aggregate_keep(a, e, PACK_OPEN);
	e->flags |= state;
	aggregate_file(a, list, e->id, ref);
}

static bool saw(struct flow *f, uint32_t status)
{
	const struct tcp *tcp = flow_tcp(f);

	return tcp != NULL && (tcp->status & status) == status;
}

/* An entry holds the opposite direction of `newcomer`: 4.2 step 4 tells which of the
 * two is turned round. 0: they are different connections. */
static uint32_t match_opposite(struct aggregate *a, struct aggregate_list *list, uint32_t ref)
{
	struct flow *r = &a->newcomer;

	if (flow_key(r)->proto == PROTO_TCP) {
		aggregate_open_entry(a, list, aggregate_entry(a, ref), &a->kept);
		if (saw(&a->kept, TCP_SAW_SYN) && saw(r, TCP_SAW_SYN)) {
			a->is_opposed = true;
			return 0;
		}
		if (saw(r, TCP_SAW_SYN) || saw(r, TCP_SAW_SYNACK | TCP_ESTABLISHED)) {
			reverse_entry(a, list, ref);
			return ref;
		}
	}
	flow_reverse(r);
	return ref;
}

static int complement_of(uint8_t type)
{
	static const uint8_t pairs[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 }, { 10, 9 } };

	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++)
		for (int side = 0; side < 2; side++)
			if (pairs[i][side] == type)
				return pairs[i][1 - side];
	return -1;
}

/* A lone ICMP reply belongs to its request: the same ends, or exchanged, with the
 * complementary type. */
static uint32_t find_icmp(struct aggregate *a, const struct aggregate_list *list)
{
	struct flow *r = &a->newcomer;
	struct flow_key saved = *flow_key(r), *key;
	uint32_t ref = 0;
	int type = complement_of(saved.u.ip.type);

	if (saved.layout != LAYOUT_IPV4 || saved.proto != PROTO_ICMP || type < 0)
		return 0;
	for (int turned = 0; turned < 2 && ref == 0; turned++) {
		key = flow_edit(r, DSR_FLOW);
		key->u.ip.type = (uint8_t)type;
		ref = aggregate_find(a, list, aggregate_id(a, list, r, turned));
		*key = saved;
		if (ref != 0 && turned)
			flow_reverse(r);
	}
	return ref;
}

/* The newcomer's key is not there. Looks for its opposite direction and, if there is
 * one, leaves `newcomer` opened and turned as it has to be. */
uint32_t aggregate_find_opposite(struct aggregate *a, struct aggregate_list *list, const struct item *item)
{
	const struct flow_key *key;
	uint32_t ref;

	aggregate_open_item(a, item, &a->newcomer);
	key = flow_key(&a->newcomer);
	if ((key->layout != LAYOUT_IPV4 && key->layout != LAYOUT_IPV6) || key->proto == PROTO_ESP)
		return 0;
	ref = aggregate_find(a, list, aggregate_id(a, list, &a->newcomer, true));
	return ref != 0 ? match_opposite(a, list, ref) : find_icmp(a, list);
}
