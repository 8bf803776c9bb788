/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the columns with an order of their own sort by, as numbers: the same order as
 * their compare functions have. */
#include "common/query/sort_values.h"

#include "argus/base/names.h"
#include "common/query/fields_rows.h"

static uint64_t rank_port(const struct field *field, struct flow *f)
{
	const struct flow_key *key = flow_key(f);
	struct value v;

	if ((key->layout != LAYOUT_IPV4 && key->layout != LAYOUT_IPV6) ||
	    (key->proto != PROTO_TCP && key->proto != PROTO_UDP && key->proto != PROTO_ICMP6))
		return 0;
	if (key->flags & KEY_FRAGMENT && key->layout == LAYOUT_IPV6)
		return field->side == SRC ? key->u.ip.frag_id >> 16 : key->u.ip.frag_id & 0xffff;
	return field_value(field, f, &v) ? v.u : 0;
}

static uint64_t rank_proto(const struct field *field, struct flow *f)
{
	(void)field;
	return flow_key(f)->proto;
}

/* The longest untouched is the greatest. */
static uint64_t rank_idle(const struct field *field, struct flow *f)
{
	(void)field;
	return ~(f->received != 0 ? f->received : flow_last(f));
}

static uint64_t rank_label(const struct field *field, struct flow *f)
{
	struct value v;

	return field_value(field, f, &v) ? label_number(&v) + 1 : 0;
}

static uint64_t rank_sequence(const struct field *field, struct flow *f)
{
	struct value v;

	return field_value(field, f, &v) ? v.u : 0;
}

/* Loads are not negative, so that their bits compare as they do. */
static uint64_t rank_load(const struct field *field, struct flow *f)
{
	static const char *const names[2] = { "sload", "dload" };
	float load = 0;
	uint32_t bits;
	struct value v;

	(void)field;
	for (int side = SRC; side <= DST; side++)
		if (field_value(field_by_name(names[side], 5), f, &v))
			load += (float)v.d;
	memcpy(&bits, &load, sizeof bits);
	return bits;
}

/* All packets by the whole duration: not what the column shows, which leaves the first
 * packet out. */
static uint64_t rank_rate(struct flow *f)
{
	const struct metric *m = flow_metric(f);
	uint64_t duration = flow_duration(f);
	float rate = duration > 0 ? (float)((double)(m->pkts[SRC] + m->pkts[DST]) * 1e6 / (double)duration) : 0;
	uint32_t bits;

	memcpy(&bits, &rate, sizeof bits);
	return bits;
}

static const struct {
	int (*compare)(const struct field *field, struct flow *a, struct flow *b);
	uint64_t (*rank)(const struct field *field, struct flow *f);
} ranks[] = {
	{ compare_port, rank_port },         { compare_proto, rank_proto }, { compare_idle, rank_idle },
	{ compare_label_first, rank_label }, { compare_load, rank_load },   { compare_sequence, rank_sequence },
};

bool sort_is_rate(const struct field *field)
{
	return strcmp(field->name, "rate") == 0;
}

bool sort_number(const struct field *field, struct flow *f, uint64_t *word)
{
	if (sort_is_rate(field)) {
		*word = rank_rate(f);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(ranks); i++)
		if (ranks[i].compare == field->compare) {
			*word = ranks[i].rank(field, f);
			return field->compare != compare_sequence || flow_transport(f) != NULL;
		}
	return false;
}

const char *sort_vendor(const struct field *field, struct flow *f)
{
	struct value v;

	return get_mac(field, f, &v) ? names_vendor(v.addr) : NULL;
}
