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

/* All packets by the whole duration: the column leaves the first packet out, and so does the order
 * of one side's, unless the flow was merged here. Rates are not negative, so that their bits compare
 * as they do. */
static uint64_t rank_rate(const struct field *field, struct flow *f)
{
	const struct metric *m = flow_metric(f);
	uint64_t bits, pkts = field->side == BOTH ? m->pkts[SRC] + m->pkts[DST] : m->pkts[field->side];
	double rate = 0, seconds = (double)seconds_f32(flow_duration(f));
	struct value v;

	if (field->side != BOTH && !f->is_merged)
		rate = field_value(field, f, &v) ? v.d : 0;
	else if (seconds > 0)
		rate = (double)pkts / seconds;
	memcpy(&bits, &rate, sizeof bits);
	return bits;
}

static const struct {
	int (*compare)(const struct field *field, struct flow *a, struct flow *b);
	uint64_t (*rank)(const struct field *field, struct flow *f);
} ranks[] = {
	{ compare_port, rank_port },         { compare_proto, rank_proto }, { compare_idle, rank_idle },
	{ compare_label_first, rank_label }, { compare_sequence, rank_sequence },
};

bool sort_is_rate(const struct field *field)
{
	return field->get == get_rate;
}

bool sort_number(const struct field *field, struct flow *f, uint64_t *word)
{
	if (sort_is_rate(field)) {
		*word = rank_rate(field, f);
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
