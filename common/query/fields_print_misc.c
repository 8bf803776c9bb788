/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Printers of single columns. */
#include "argus/base/names.h"
#include "argus/record/dsr.h"
#include "common/query/fields_print.h"

/* -% shows what was lost as a percentage of the packets. */
size_t print_lost(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		  size_t room)
{
	struct value v;

	(void)width;
	if (style->percent) {
		if (!(field->get == get_loss ? get_loss_percent : get_udt_percent)(field, f, &v))
			value_double(&v, 0);
	} else if (!field->get(field, f, &v)) {
		value_uint(&v, 0);
	}
	return v.kind == VALUE_UINT ? num_u64(out, v.u) : num_fixed(out, room, v.d, (unsigned)style->precision);
}

/* Where gaps were looked at at all, a kind that did not occur shows 0; but not the
 * mean of everything that a destination sent. */
size_t print_gap(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		 size_t room)
{
	struct value v;

	(void)width;
	if (!field->get(field, f, &v)) {
		if (flow_jitter(f) == NULL || (field->side == DST && field->param == GAPS(GAPS_ALL, STATS_MEAN)))
			return 0;
		value_double(&v, 0);
	}
	return num_fixed(out, room, v.d, (unsigned)style->precision);
}

/* The destination of a TCP flow over IPv6 shows a missing number as 0. */
size_t print_base(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		  size_t room)
{
	struct value v;

	(void)style, (void)width, (void)room;
	if (get_base(field, f, &v))
		return num_u64(out, v.u);
	return field->side == DST && flow_key(f)->layout == LAYOUT_IPV6 && tcp_of(f) != NULL ? num_u64(out, 0) : 0;
}

size_t print_ds_code(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		     size_t room)
{
	struct value v;
	const char *name;

	(void)width;
	if (!get_attribute(field, f, &v))
		return 0;
	name = style->names != NAMES_NONE ? names_dscp((uint8_t)v.u, style->disa) : NULL;
	if (name != NULL)
		return put_text(out, room, name);
	out[0] = ' '; /* two places, as ever */
	return v.u < 10 ? 1 + num_u64(out + 1, v.u) : num_u64(out, v.u);
}

/* AS numbers: plain, or high.low, always or above 65535 only (RFC 5396). The
 * node's is always in the last form (printing.md 4.6). */
size_t print_asn(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		 size_t room)
{
	enum asn_format form = field->side == BOTH ? ASN_DOT : style->asn;
	struct value v;
	size_t length;

	(void)width, (void)room;
	if (!get_asn(field, f, &v))
		return 0;
	if (form == ASN_PLAIN || (form == ASN_DOT && v.u < 65536))
		return num_u64(out, v.u);
	length = num_u64(out, v.u >> 16);
	out[length++] = '.';
	return length + num_u64(out + length, v.u & 0xffff);
}

/* The reference leaves a blank behind the count. */
size_t print_strokes(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		     size_t room)
{
	struct value v;
	size_t length;

	(void)width, (void)room;
	if (!get_strokes(field, f, &v))
		return 0;
	length = num_u64(out, v.u);
	if (style->fixed_width)
		out[length++] = ' ';
	return length;
}

size_t print_delta_packets(const struct field *field, struct flow *f, const struct style *style, unsigned width,
			   char *out, size_t room)
{
	struct value v;

	(void)style, (void)width, (void)room;
	return get_delta_packets(field, f, &v) ? num_i64(out, (int64_t)v.d) : 0;
}

size_t print_record_type(const struct field *field, struct flow *f, const struct style *style, unsigned width,
			 char *out, size_t room)
{
	(void)field, (void)style, (void)width;
	switch (f->type) {
	case RECORD_EVENT:
		return put_bytes(out, room, "event", 5);
	case RECORD_NETFLOW:
		return put_bytes(out, room, "netflow", 7);
	}
	return put_bytes(out, room, "flow", 4);
}

/* The names of the DSRs that the record has. */
size_t print_dsrs(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		  size_t room)
{
	size_t length = 0;

	(void)field, (void)style, (void)width;
	for (unsigned slot = 0; slot < DSR_COUNT; slot++) {
		if (!flow_has(f, slot))
			continue;
		if (length > 0)
			length += put_bytes(out + length, room - length, ",", 1);
		length += put_text(out + length, room - length, dsr_table[slot].name);
	}
	return length;
}
