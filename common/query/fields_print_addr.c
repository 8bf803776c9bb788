/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses and source ids (printing.md 3.3). */
#include "argus/base/names.h"
#include "common/query/fields_print.h"

/* xxxx.xxxx.xxxx, and .yy of a node, and -zz of an LSP. */
static size_t put_isis(const uint8_t *id, unsigned length, char *out)
{
	char *p = out;

	for (unsigned i = 0; i < length; i++) {
		if (i == 7)
			*p++ = '-';
		else if (i > 0 && i % 2 == 0)
			*p++ = '.';
		p += num_hex(p, id[i], 2);
	}
	return (size_t)(p - out);
}

/* Whether an IPv4 address names a host rather than a network or everybody. */
static bool names_a_host(uint32_t address)
{
	uint8_t last = (uint8_t)address;

	return last != 0 && last != 0xff;
}

/* The host's name in the domain system; 0 when it has none or is not wanted. */
static size_t put_host(const struct value *v, const struct style *style, char *out, size_t room)
{
	const char *name = NULL, *dot;

	if (v->addr_length == 4 && !names_a_host(get_be32(v->addr)))
		return 0;
	if (names_host(v->addr, v->addr_length, style->resolve_ms, &name) != NAMES_FOUND)
		name = NULL;
	if (!style->domain_only)
		return name != NULL ? put_text(out, room, name) : 0;
	dot = name != NULL ? strchr(name, '.') : NULL;
	return put_text(out, room, dot != NULL ? dot + 1 : "not resolved");
}

static size_t put_masklen(const struct flow_key *k, unsigned side, const struct style *style, char *out)
{
	unsigned full = k->layout == LAYOUT_IPV4 ? 32 : 128;
	unsigned bits = k->flags & KEY_FRAGMENT ? full : k->u.ip.masklen[side];
	size_t length;

	if (style->cidr == CIDR_YES && (bits == 0 || bits == full))
		return 0;
	out[0] = '/';
	length = num_u64(out + 1, bits);
	return length + 1;
}

static size_t put_ip(const struct value *v, const struct style *style, char *out, size_t room)
{
	size_t length;

	if (unlikely(style->names == NAMES_ALL)) {
		length = put_host(v, style, out, room);
		if (length > 0)
			return length;
	}
	return v->addr_length == 4 ? num_ipv4(out, get_be32(v->addr)) : num_ipv6(out, v->addr);
}

size_t print_address(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		     size_t room)
{
	const struct flow_key *k = flow_key(f);
	struct value v;
	size_t length;

	(void)width;
	if (f->type == RECORD_EVENT && field->side == SRC) {
		const struct transport *t = flow_transport(f);

		return t != NULL ? source_id_text(t->form, t->id, out) : 0;
	}
	if (!field->get(field, f, &v))
		return 0;
	if (v.kind == VALUE_HEX)
		return put_hex(out, v.u, 8);
	if (k->layout == LAYOUT_ISIS)
		return put_isis(v.addr, v.addr_length, out);
	if (v.addr_length == 6)
		return num_mac(out, v.addr);
	length = put_ip(&v, style, out, room);
	if (unlikely(style->cidr != CIDR_NO) && key_is_ip(k) && field->get == get_address)
		length += put_masklen(k, field->side, style, out + length);
	return length;
}

size_t print_mac(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		 size_t room)
{
	static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	const char *name;
	struct value v;
	size_t length;

	(void)width;
	if (!field->get(field, f, &v))
		return 0;
	if (style->names != NAMES_NONE) {
		if (memcmp(v.addr, broadcast, sizeof broadcast) == 0)
			return put_bytes(out, room, "Broadcast", 9);
		name = names_ether(v.addr);
		if (name != NULL)
			return put_text(out, room, name);
	}
	length = num_mac(out, v.addr);
	if (style->oui && (name = names_vendor(v.addr)) != NULL) {
		/* The vendor takes the place of the first three bytes. */
		size_t shown = put_bytes(out, 8, name, u64_min(strlen(name), 8));

		out[shown++] = '_';
		memmove(out + shown, out + 9, length - 9);
		return shown + length - 9;
	}
	return length;
}

#define VENDOR_MAX 16

size_t print_vendor(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		    size_t room)
{
	const char *name;
	struct value v;

	(void)style, (void)width, (void)room;
	if (!get_mac(field, f, &v) || (name = names_vendor(v.addr)) == NULL)
		return 0;
	return put_bytes(out, VENDOR_MAX, name, strlen(name));
}

/* Version 5: universal or local administration, and who is addressed. */
size_t print_mac_class(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		       size_t room)
{
	struct value v;

	(void)style, (void)width;
	if (!get_mac(field, f, &v))
		return 0;
	return put_bytes(out, room, v.addr[0] & 2 ? "LAA" : "UAA", 3);
}

size_t print_mac_oui(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		     size_t room)
{
	struct value v;

	(void)style, (void)width, (void)room;
	if (!get_mac(field, f, &v))
		return 0;
	num_mac(out, v.addr);
	return 8;
}

static size_t put_uuid(const uint8_t id[16], char *out)
{
	char *p = out;

	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p += num_hex(p, id[i], 2);
	}
	return (size_t)(p - out);
}

size_t source_id_text(unsigned form, const uint8_t id[16], char *out)
{
	switch ((enum id_form)form) {
	case ID_NONE:
	case ID_IPV4:
		return num_ipv4(out, get_be32(id));
	case ID_NUMBER:
		return num_u64(out, get_be32(id));
	case ID_STRING:
		return put_bytes(out, 4, (const char *)id, strnlen((const char *)id, 4));
	case ID_IPV6:
		return num_ipv6(out, id);
	case ID_ETHER:
		return num_mac(out, id);
	case ID_UUID:
		return put_uuid(id, out);
	}
	return 0;
}

size_t print_source_id(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		       size_t room)
{
	const struct transport *t = flow_transport(f);

	(void)field, (void)style, (void)width, (void)room;
	return t != NULL && t->has_id ? source_id_text(t->form, t->id, out) : 0;
}

/* First by kind and family, then by the address (aggregation.md 7). */
int compare_address(const struct field *field, struct flow *a, struct flow *b)
{
	const struct flow_key *j = flow_key(a), *k = flow_key(b);
	struct value x, y;

	if (j->kind != k->kind)
		return j->kind < k->kind ? -1 : 1;
	if (j->layout != k->layout)
		return j->layout < k->layout ? -1 : 1;
	field_value(field, a, &x);
	field_value(field, b, &y);
	return value_compare(&x, &y);
}

int compare_vendor(const struct field *field, struct flow *a, struct flow *b)
{
	const char *x, *y;
	struct value v;

	x = get_mac(field, a, &v) ? names_vendor(v.addr) : NULL;
	y = get_mac(field, b, &v) ? names_vendor(v.addr) : NULL;
	return x != NULL && y != NULL ? strcmp(x, y) : 0;
}
