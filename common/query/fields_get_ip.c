/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of the IP attribute columns (printing.md 4.6). */
#include "common/query/fields_rows.h"

/* How many routers a packet passed, if its sender began with a power of two. */
static unsigned hops(unsigned ttl)
{
	unsigned start = 1;

	while (start < ttl)
		start <<= 1;
	return start - ttl;
}

/* One attribute of one side; param is enum attribute_param. */
bool get_attribute(const struct field *field, struct flow *f, struct value *v)
{
	static const uint8_t present[2] = { IPATTR_SRC, IPATTR_DST };
	const struct ipattr *a = flow_ipattr(f);
	const struct ipattr_side *side;

	if (a == NULL || !(a->qualifier & present[field->side]))
		return false;
	side = &a->side[field->side];
	switch ((enum attribute_param)field->param) {
	case ATTR_TOS:
		return value_uint(v, side->tos);
	case ATTR_DSB:
		return value_uint(v, side->tos >> 2);
	case ATTR_TTL:
		return value_uint(v, side->ttl);
	case ATTR_HOPS:
		return value_uint(v, hops(side->ttl));
	case ATTR_IPID:
		return value_hex(v, side->ip_id);
	}
	return false;
}
