/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of the remaining columns: the record itself, labels, correlation, and
 * what Argus 5 adds (printing.md 4.6 and 8). */
#include "common/query/fields_rows.h"

bool get_sequence(const struct field *field, struct flow *f, struct value *v)
{
	const struct transport *t = flow_transport(f);

	(void)field;
	return t != NULL && t->has_seq && value_uint(v, t->seq);
}

bool get_rank(const struct field *field, struct flow *f, struct value *v)
{
	(void)field;
	return f->ordinal != 0 && f->ordinal != NO_RANK && value_uint(v, f->ordinal);
}

bool get_offset(const struct field *field, struct flow *f, struct value *v)
{
	(void)field;
	return value_uint(v, f->offset);
}

bool get_label(const struct field *field, struct flow *f, struct value *v)
{
	const struct label *l = flow_label(f);

	(void)field;
	return l != NULL && l->length > 0 && value_text(v, l->text, l->length);
}

bool get_country(const struct field *field, struct flow *f, struct value *v)
{
	const struct cocode *c = flow_cocode(f);

	if (c == NULL || field->side == BOTH || c->code[field->side][0] == '\0')
		return false;
	return value_text(v, c->code[field->side], 2);
}

/* An AS number: of an end, or (BOTH) of the node between them. */
bool get_asn(const struct field *field, struct flow *f, struct value *v)
{
	const struct asn *a = flow_asn(f);

	if (a == NULL)
		return false;
	if (field->side == BOTH)
		return a->has_node && a->node != 0 && value_uint(v, a->node);
	return a->as[field->side] != 0 && value_uint(v, a->as[field->side]);
}

bool get_strokes(const struct field *field, struct flow *f, struct value *v)
{
	const struct behavior *b = flow_behavior(f);

	if (b == NULL)
		return false;
	if (field->side == BOTH)
		return value_uint(v, (uint64_t)b->strokes[SRC] + b->strokes[DST]);
	return value_uint(v, b->strokes[field->side]);
}

/* The last record that was correlated with this one, or NULL. */
static const struct correlation *last_correlated(struct flow *f)
{
	const struct correlate *c = flow_correlate(f);

	return c != NULL && c->count > 0 ? &c->entry[c->count - 1] : NULL;
}

/* A difference in time between the correlated records, seconds; param is enum behaviour_param. */
bool get_delta(const struct field *field, struct flow *f, struct value *v)
{
	const struct correlation *c = last_correlated(f);

	if (c == NULL)
		return false;
	switch ((enum behaviour_param)field->param) {
	case DELTA_DURATION:
		return value_double(v, c->duration / 1e6);
	case DELTA_START:
		return value_double(v, c->start / 1e6);
	case DELTA_LAST:
		return value_double(v, c->last / 1e6);
	}
	return false;
}

/* A difference in packets; it may be negative. */
bool get_delta_packets(const struct field *field, struct flow *f, struct value *v)
{
	const struct correlation *c = last_correlated(f);

	return c != NULL && value_double(v, c->pkts[field->side]);
}

bool get_correlated(const struct field *field, struct flow *f, struct value *v)
{
	const struct correlation *c = last_correlated(f);
	uint8_t addr[4];

	(void)field;
	if (c == NULL)
		return false;
	put_be32(addr, c->srcid);
	return value_addr(v, addr, sizeof addr);
}

/* Latitude (param 0) or longitude (1) of an end or (BOTH) of the node between. */
bool get_geo(const struct field *field, struct flow *f, struct value *v)
{
	const struct geo *g = flow_geo(f);

	if (g == NULL || !(g->qualifier & (1u << field->side)))
		return false;
	return value_float(v, field->param == 0 ? g->lat[field->side] : g->lon[field->side]);
}

bool get_locality(const struct field *field, struct flow *f, struct value *v)
{
	const struct locality *l = flow_locality(f);
	int8_t loc;

	if (l == NULL)
		return false;
	loc = field->side == BOTH ? (l->loc[SRC] > l->loc[DST] ? l->loc[SRC] : l->loc[DST]) : l->loc[field->side];
	return loc >= 0 && value_uint(v, (uint64_t)loc);
}

bool get_vni(const struct field *field, struct flow *f, struct value *v)
{
	const struct tunnel *t = flow_vxlan(f);

	if (t == NULL)
		t = flow_geneve(f);
	return t != NULL && value_uint(v, t->vni[field->side]);
}

/* The outer key of a GENEVE (param 0) or GRE (1) tunnel, or NULL. */
static const struct flow_key *outer_key(const struct field *field, struct flow *f)
{
	const struct tunnel *t = field->param == 0 ? flow_geneve(f) : flow_gre(f);

	return t != NULL && key_is_ip(&t->key) ? &t->key : NULL;
}

bool get_tunnel_address(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_key *k = outer_key(field, f);

	return k != NULL && value_addr(v, k->u.ip.addr[field->side], k->layout == LAYOUT_IPV4 ? 4 : 16);
}

bool get_tunnel_proto(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_key *k = outer_key(field, f);

	return k != NULL && value_uint(v, k->proto);
}

bool get_hash(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_hash *h = flow_hash(f);

	(void)field;
	return h != NULL && value_uint(v, h->hash);
}

bool get_index(const struct field *field, struct flow *f, struct value *v)
{
	const struct flow_hash *h = flow_hash(f);

	(void)field;
	return h != NULL && value_uint(v, h->index);
}

bool get_interface(const struct field *field, struct flow *f, struct value *v)
{
	const struct transport *t = flow_transport(f);

	(void)field;
	return t != NULL && t->has_inf && value_text(v, t->inf, strnlen(t->inf, sizeof t->inf));
}

/* The EtherType of what was seen on the wire. */
bool get_ethertype(const struct field *field, struct flow *f, struct value *v)
{
	const struct mac *m = flow_mac(f);

	(void)field;
	return m != NULL && value_uint(v, m->type);
}

/* The first byte of the score DSR is the score. */
bool get_score(const struct field *field, struct flow *f, struct value *v)
{
	const struct score *s = flow_score(f);

	(void)field;
	return s != NULL && value_uint(v, s->bytes[0]);
}

/* The id's bytes, which are in the order of its numbers. */
bool get_source_id(const struct field *field, struct flow *f, struct value *v)
{
	const struct transport *t = flow_transport(f);

	(void)field;
	if (t == NULL || !t->has_id)
		return false;
	return value_addr(v, t->id, t->form >= ID_IPV6 ? 16 : 4);
}

/* Statistics of the pauses between merged records, seconds; param is enum stats_param. */
bool get_pause(const struct field *field, struct flow *f, struct value *v)
{
	const struct stats *s = &flow_agr(f)->idle;

	if (s->n == 0)
		return false;
	switch ((enum stats_param)field->param) {
	case STATS_MEAN:
	case STATS_SUM:
		return value_double(v, (double)s->mean / 1e6);
	case STATS_MIN:
		return value_double(v, (double)s->min / 1e6);
	case STATS_MAX:
		return value_double(v, (double)s->max / 1e6);
	case STATS_STDDEV:
		return value_double(v, (double)s->stddev / 1e6);
	}
	return false;
}

int compare_sequence(const struct field *field, struct flow *a, struct flow *b)
{
	struct value x, y;
	int32_t ahead;

	if (!field_value(field, a, &x) || !field_value(field, b, &y))
		return 0;
	ahead = (int32_t)(uint32_t)(x.u - y.u); /* numbers wrap */
	return (ahead > 0) - (ahead < 0);
}

/* What flows with such a number are sorted by; of an 802.1Q tag it is the VLAN id. */
uint64_t label_number(const struct value *v) { return v->kind == VALUE_HEX ? v->u & 0xfff : v->u; }

/* Flows without a label, a tag or sequence numbers count as less than any. */
int compare_label_first(const struct field *field, struct flow *a, struct flow *b)
{
	struct value x, y;
	bool has_x = field_value(field, a, &x), has_y = field_value(field, b, &y);

	uint64_t a_is = has_x ? label_number(&x) + 1 : 0, b_is = has_y ? label_number(&y) + 1 : 0;

	return (a_is > b_is) - (a_is < b_is);
}
