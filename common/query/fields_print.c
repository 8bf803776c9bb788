/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells by the kind of their value, and the order of values. */
#include "common/query/fields_print.h"

static unsigned digits_of_style(const struct style *style)
{
	return style->precision > 0 ? (unsigned)style->precision : 0;
}

/* What a value of such a column adds up to, for -%; 0 when nothing was counted. */
static uint64_t total_of(const struct field *field, const struct totals *t)
{
	const uint64_t *n;

	switch (field->param) {
	case COUNT_TRANS:
		return t->trans;
	case COUNT_BYTES:
		n = t->bytes;
		break;
	case COUNT_APPBYTES:
		n = t->appbytes;
		break;
	default:
		n = t->pkts;
		break;
	}
	return field->side == BOTH ? n[SRC] + n[DST] : n[field->side];
}

static bool has_sums(const struct totals *t)
{
	return t != NULL && (t->trans | t->pkts[SRC] | t->pkts[DST] | t->bytes[SRC] | t->bytes[DST]) != 0;
}

/* Transactions in double precision, the others in single, as in the reference. What a timer has put out
 * before there are sums is shown as it is. */
static size_t print_percent(const struct field *field, uint64_t u, const struct style *style, char *out, size_t room)
{
	uint64_t total;
	double percent;

	if (!has_sums(style->totals))
		return num_u64(out, u);
	total = total_of(field, style->totals);
	percent = total != 0 ? (double)u * 100.0 / (double)total : 0;
	if (field->param != COUNT_TRANS)
		percent = (double)(float)percent;
	return num_fixed(out, room, percent, digits_of_style(style));
}

static size_t print_addr(const struct value *v, char *out)
{
	switch (v->addr_length) {
	case 4:
		return num_ipv4(out, get_be32(v->addr));
	case 16:
		return num_ipv6(out, v->addr);
	case 6:
		return num_mac(out, v->addr);
	}
	return 0;
}

size_t value_print(const struct field *field, const struct value *v, const struct style *style, char *out, size_t room)
{
	switch (v->kind) {
	case VALUE_NONE:
		return 0;
	case VALUE_UINT:
		if (unlikely(style->percent) && field->flags & FIELD_PERCENT)
			return print_percent(field, v->u, style, out, room);
		if (unlikely(style->abbreviate) && field->flags & FIELD_ABBREVIATE)
			return num_scaled(out, (double)v->u, digits_of_style(style));
		return num_u64(out, v->u);
	case VALUE_FLOAT:
	case VALUE_DOUBLE:
		if (unlikely(style->abbreviate) && field->flags & FIELD_ABBREVIATE)
			return num_scaled(out, v->d, digits_of_style(style));
		return num_fixed(out, room, v->d, digits_of_style(style));
	case VALUE_TIME:
		return print_time(v->u, style, out, room);
	case VALUE_ADDR:
		return print_addr(v, out);
	case VALUE_TEXT:
		return put_bytes(out, room, v->text, v->length);
	case VALUE_HEX:
		return put_hex(out, v->u, 4);
	}
	return 0;
}

static const struct value zeros[] = {
	[VALUE_UINT] = { .kind = VALUE_UINT },
	[VALUE_FLOAT] = { .kind = VALUE_FLOAT },
	[VALUE_DOUBLE] = { .kind = VALUE_DOUBLE },
	[VALUE_TIME] = { .kind = VALUE_TIME },
	[VALUE_HEX] = { .kind = VALUE_HEX },
	[VALUE_TEXT] = { .kind = VALUE_TEXT, .text = "" },
};

size_t field_print(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		   size_t room)
{
	struct value v;

	if (field->print != NULL)
		return field->print(field, f, style, width, out, room);
	if (likely(field_value(field, f, &v)))
		return value_print(field, &v, style, out, room);
	if (field->flags & FIELD_ZERO)
		return value_print(field, &zeros[field->kind], style, out, room);
	return 0;
}

size_t field_print_mar(const struct field *field, const struct mar *m, const struct style *style, unsigned width,
		       char *out, size_t room)
{
	return field->print_mar != NULL ? field->print_mar(field, m, style, width, out, room) : 0;
}

/* One conversion of an integer by a column's own printf format, which
 * columns_edit has checked. `v` is at most 32 bits wide. */
static size_t print_formatted(const char *format, uint64_t v, char *out, size_t room)
{
	char text[CELL_ROOM * 4];
	int length;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	length = snprintf(text, sizeof text, format, (unsigned)v);
#pragma GCC diagnostic pop
	if (length < 0)
		return 0;
	return put_bytes(out, room, text, u64_min((uint64_t)length, sizeof text - 1));
}

static size_t put_hex128(const uint8_t number[16], char *out)
{
	size_t length = put_hex(out, get_be64(number), 16);

	return length + num_hex(out + length, get_be64(number + 8), 16);
}

/* Divides by ten, a byte at a time, until nothing is left. */
static size_t put_decimal128(uint8_t number[16], char *out)
{
	char digits[39]; /* 2^128 has no more */
	size_t at = sizeof digits;
	unsigned left;

	do {
		unsigned rest = 0;

		left = 0;
		for (unsigned i = 0; i < 16; i++) {
			rest = rest << 8 | number[i];
			number[i] = (uint8_t)(rest / 10);
			rest %= 10;
			left |= number[i];
		}
		digits[--at] = (char)('0' + rest);
	} while (left != 0);
	memcpy(out, digits + at, sizeof digits - at);
	return sizeof digits - at;
}

/* An IPv6 address has 128 bits, which no conversion takes: all digits in hexadecimal, or a decimal number. */
static size_t print_ipv6_number(const char *format, const uint8_t addr[16], char *out)
{
	const char *conversion = strpbrk(strchr(format, '%'), "diouxX");
	uint8_t number[16];

	if (*conversion == 'x' || *conversion == 'X')
		return put_hex128(addr, out);
	memcpy(number, addr, sizeof number);
	return put_decimal128(number, out);
}

/* Ports keep their own form while they print as names. */
static bool is_formatted(const struct column *column, const struct style *style)
{
	if (column->format[0] == '\0')
		return false;
	return column->field->get != get_port || style->names >= NAMES_PROTO;
}

size_t column_print(const struct column *column, struct flow *f, const struct style *style, char *out, size_t room)
{
	struct value v;

	if (unlikely(is_formatted(column, style)) && field_value(column->field, f, &v)) {
		if (v.kind == VALUE_ADDR && v.addr_length == 4)
			return print_formatted(column->format, get_be32(v.addr), out, room);
		if (v.kind == VALUE_ADDR && v.addr_length == 16)
			return print_ipv6_number(column->format, v.addr, out);
		if ((v.kind == VALUE_UINT || v.kind == VALUE_HEX) && column->field->kind != VALUE_ADDR) /* IS-IS has no addresses */
			return print_formatted(column->format, v.u, out, room);
	}
	return field_print(column->field, f, style, column->width, out, room);
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int value_compare(const struct value *a, const struct value *b)
{
	size_t least;
	int order;

	if (a->kind == VALUE_NONE || b->kind == VALUE_NONE || a->kind != b->kind)
		return 0;
	switch (a->kind) {
	case VALUE_NONE:
		break;
	case VALUE_UINT:
	case VALUE_TIME:
	case VALUE_HEX:
		return compare_u64(a->u, b->u);
	case VALUE_FLOAT:
	case VALUE_DOUBLE:
		return (a->d > b->d) - (a->d < b->d);
	case VALUE_ADDR:
		if (a->addr_length != b->addr_length)
			return a->addr_length < b->addr_length ? -1 : 1;
		return memcmp(a->addr, b->addr, a->addr_length);
	case VALUE_TEXT:
		least = a->length < b->length ? a->length : b->length;
		order = memcmp(a->text, b->text, least);
		return order != 0 ? order : compare_u64(a->length, b->length);
	}
	return 0;
}

bool field_sorts_as_zero(const struct field *field)
{
	return field->kind != VALUE_NONE && field->kind != VALUE_ADDR && !(field->flags & FIELD_TIES);
}

/* The value that a column sorts by. */
static void sort_value(const struct field *field, struct flow *f, struct value *v)
{
	if (!field_value(field, f, v) && field_sorts_as_zero(field))
		*v = zeros[field->kind];
}

int field_compare(const struct field *field, struct flow *a, struct flow *b)
{
	struct value x, y;
	int order;

	if (field->compare != NULL) {
		order = field->compare(field, a, b);
	} else {
		sort_value(field, a, &x);
		sort_value(field, b, &y);
		order = value_compare(&x, &y);
	}
	return field->flags & FIELD_DESCENDING ? -order : order;
}

void totals_add(struct totals *totals, struct flow *f)
{
	const struct metric *m = flow_metric(f);

	for (unsigned side = SRC; side <= DST; side++) {
		totals->pkts[side] += m->pkts[side];
		totals->bytes[side] += m->bytes[side];
		totals->appbytes[side] += m->appbytes[side];
	}
	totals->trans += flow_agr(f)->count;
}
