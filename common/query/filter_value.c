/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbers that a flow filter can compare: one getter a value (filter.md 5
 * and 6.5). A getter is false when the record does not have the value; a
 * direction that saw nothing has the value 0. */
#include "common/query/filter_words.h"

#include <math.h>

static int64_t clamp(uint64_t v)
{
	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static const struct flow_key *ip_key(struct flow *f)
{
	const struct flow_key *key = flow_key(f);

	return key->layout == LAYOUT_IPV4 || key->layout == LAYOUT_IPV6 ? key : NULL;
}

bool filter_get_packets(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	(void)t;
	*value = clamp(flow_metric(f)->pkts[side]);
	return flow_has(f, DSR_METRIC);
}

bool filter_get_bytes(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	(void)t;
	*value = clamp(flow_metric(f)->bytes[side]);
	return flow_has(f, DSR_METRIC);
}

bool filter_get_appbytes(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	(void)t;
	*value = clamp(flow_metric(f)->appbytes[side]);
	return flow_has(f, DSR_METRIC);
}

static const struct ipattr_side *ip_attributes(struct flow *f, enum side side)
{
	const struct ipattr *a = ip_key(f) != NULL ? flow_ipattr(f) : NULL;

	return a != NULL ? &a->side[side] : NULL;
}

bool filter_get_ttl(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct ipattr_side *a = ip_attributes(f, side);

	(void)t;
	*value = a != NULL ? a->ttl : 0;
	return a != NULL;
}

bool filter_get_tos(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct ipattr_side *a = ip_attributes(f, side);

	(void)t;
	*value = a != NULL ? a->tos : 0;
	return a != NULL;
}

bool filter_get_dsb(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct ipattr_side *a = ip_attributes(f, side);

	(void)t;
	*value = a != NULL ? a->tos >> 2 : 0;
	return a != NULL;
}

bool filter_get_ip_id(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct ipattr_side *a = flow_key(f)->layout == LAYOUT_IPV4 ? ip_attributes(f, side) : NULL;

	(void)t;
	*value = a != NULL ? a->ip_id : 0;
	return a != NULL;
}

bool filter_get_sequence(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct transport *transport = flow_transport(f);

	(void)t;
	(void)side;
	if (transport == NULL || !transport->has_seq)
		return false;
	*value = transport->seq;
	return true;
}

bool filter_get_count(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	(void)t;
	(void)side;
	*value = flow_agr(f)->count;
	return *value != 0;
}

bool filter_get_tcp_base(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct tcp *tcp = flow_tcp(f);

	(void)t;
	*value = tcp != NULL ? tcp->side[side].seqbase : 0;
	return tcp != NULL;
}

bool filter_get_maxseg(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct tcp *tcp = flow_tcp(f);

	(void)t;
	*value = tcp != NULL ? tcp->side[side].maxseg : 0;
	return tcp != NULL;
}

bool filter_get_vlan_id(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct vlan *vlan = flow_vlan(f);

	(void)t;
	*value = vlan != NULL && vlan->has[side] ? vlan->tci[side] & 0xfff : 0;
	return vlan != NULL;
}

bool filter_get_vlan_priority(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct vlan *vlan = flow_vlan(f);

	(void)t;
	*value = vlan != NULL && vlan->has[side] ? vlan->tci[side] >> 12 : 0;
	return vlan != NULL;
}

/* The one value that a silent direction misses (filter.md 5, rule 3). */
bool filter_get_mpls_label(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct mpls *mpls = flow_mpls(f);

	(void)t;
	if (mpls == NULL || !mpls->has[side])
		return false;
	*value = mpls->entry[side] >> 12;
	return true;
}

bool filter_get_keystrokes(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct behavior *b = flow_behavior(f);

	(void)t;
	*value = b != NULL ? b->strokes[side] : 0;
	return b != NULL;
}

bool filter_get_locality(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct locality *l = flow_locality(f);

	(void)t;
	*value = l != NULL ? l->loc[side] : 0;
	return l != NULL;
}

bool filter_get_masklen(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct flow_key *key = ip_key(f);

	(void)t;
	*value = key != NULL ? key->u.ip.masklen[side] : 0;
	return key != NULL;
}

bool filter_get_spi(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct flow_key *key = ip_key(f);

	(void)t;
	(void)side;
	if (key == NULL || key->proto != 50)
		return false;
	*value = key->u.ip.spi;
	return true;
}

bool filter_get_correlation(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct correlate *c = flow_correlate(f);

	(void)side;
	if (c == NULL)
		return false;
	if (t->param == CORRELATION_COUNT) {
		*value = c->count;
		return true;
	}
	if (c->count == 0)
		return false;
	*value = (t->param == CORRELATION_DURATION ? c->entry[0].duration : c->entry[0].last) / 1000;
	return true;
}

bool filter_get_as(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	const struct asn *asn = flow_asn(f);

	(void)t;
	*value = asn != NULL ? asn->as[side] : 0;
	return asn != NULL;
}

/* The value of a side is a column of the field table. */
bool filter_get_integer_column(const struct test *t, struct flow *f, enum side side, int64_t *value)
{
	struct value v;

	if (!field_value(t->field[side], f, &v))
		return false;
	*value = clamp(v.u);
	return true;
}

/* Rates, loads and percentages of a side that has too few packets for one are 0. */
bool filter_get_real_column(const struct test *t, struct flow *f, enum side side, double *value)
{
	struct value v;

	*value = 0;
	if (!field_value(t->field[side], f, &v))
		return t->ends != ENDS_NONE && flow_has(f, DSR_METRIC);
	*value = v.d;
	return true;
}

/* Durations are single precision, as they print. */
static double seconds(uint64_t microseconds)
{
	return (float)((double)microseconds / 1e6);
}

bool filter_get_duration(const struct test *t, struct flow *f, enum side side, double *value)
{
	(void)t;
	(void)side;
	*value = seconds(flow_duration(f));
	return flow_has(f, DSR_TIME);
}

bool filter_get_mean_duration(const struct test *t, struct flow *f, enum side side, double *value)
{
	const struct agr *agr = flow_agr(f);

	(void)t;
	(void)side;
	*value = agr->active.mean;
	return agr->count != 0;
}

/* The share of application bytes: -0 when nobody sent any. */
bool filter_get_pcr(const struct test *t, struct flow *f, enum side side, double *value)
{
	const struct metric *m = flow_metric(f);
	double src = (double)m->appbytes[SRC], dst = (double)m->appbytes[DST];

	(void)t;
	(void)side;
	if (f->type == RECORD_EVENT || !flow_has(f, DSR_METRIC))
		return false;
	*value = src + dst > 0 ? (src - dst) / (src + dst) : -0.0;
	return true;
}

/* Milliseconds; 0 without the section or the block (filter.md 5, rule 3), but no
 * number where the record says so. */
bool filter_get_jitter(const struct test *t, struct flow *f, enum side side, double *value)
{
	const struct jitter *j = flow_jitter(f);
	unsigned activity = t->param & ~JITTER_MEAN;
	const struct stats *s;

	*value = 0;
	if (j == NULL || !j->has[side][activity])
		return true;
	s = &j->block[side][activity];
	if (t->param & JITTER_MEAN)
		*value = (double)s->mean / 1000;
	else
		*value = j->is_nan[side][activity] ? (double)NAN : (double)s->stddev / 1000;
	return true;
}

/* Milliseconds between the records of an aggregate. */
bool filter_get_flow_gap(const struct test *t, struct flow *f, enum side side, double *value)
{
	const struct agr *agr = flow_agr(f);

	(void)side;
	if (agr->is_implied || agr->count == 0)
		return false;
	*value = (double)(t->param == 0 ? agr->idle.mean : agr->idle.stddev) / 1000;
	return true;
}

bool filter_get_position(const struct test *t, struct flow *f, enum side side, double *value)
{
	const struct geo *geo = flow_geo(f);

	if (geo == NULL || !(geo->qualifier & (side == SRC ? 1 : 2)))
		return false;
	*value = t->param == 0 ? geo->lat[side] : geo->lon[side];
	return true;
}

bool filter_compare_integer(enum rel rel, int64_t a, int64_t b)
{
	switch (rel) {
	case REL_NE: return a != b;
	case REL_GT: return a > b;
	case REL_GE: return a >= b;
	case REL_LT: return a < b;
	case REL_LE: return a <= b;
	default: return a == b;
	}
}

/* To the six digits that a column shows. */
double filter_round(double v)
{
	return isfinite(v) && fabs(v) < 1e9 ? round(v * 1e6) / 1e6 : v;
}

/* -1, 0, 1 for a rounded value and a rounded operand; 2 when one is no number.
 * Zero is signed: -0 < +0 (filter.md 5, rule 5). */
static int real_order(double a, double b)
{
	if (isnan(a) || isnan(b))
		return 2;
	if (a == 0 && b == 0)
		return (int)!!signbit(b) - (int)!!signbit(a);
	if (a == b || fabs(a - b) <= 1e-7)
		return 0;
	return a < b ? -1 : 1;
}

bool filter_compare_real(enum rel rel, double a, double b)
{
	int order = real_order(a, b);

	if (order == 2)
		return false;
	return filter_compare_integer(rel, order, 0);
}

bool filter_test_integer(const struct test *t, struct flow *f, enum side side)
{
	int64_t value;

	return t->integer(t, f, side, &value) && filter_compare_integer((enum rel)t->rel, value, t->want.number);
}

bool filter_test_real(const struct test *t, struct flow *f, enum side side)
{
	double value;

	return t->real(t, f, side, &value) && filter_compare_real((enum rel)t->rel, filter_round(value), t->want.real);
}
