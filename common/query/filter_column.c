/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparisons of columns: sload > 1M, label ~ /web/, stime >= 2011/06/27. Any row
 * of the field table will do; how it compares follows from the kind of its
 * value, and what has no value compares as it prints. */
#include "common/query/filter_tree.h"

#include <arpa/inet.h>

#include "argus/base/clock.h"
#include "argus/base/names.h"
#include "argus/base/num.h"
#include "common/query/fields_rows.h"
#include "common/query/fields_user.h"

enum { CELL_MAX = 4096, CELL_WIDTH = 2048 };

/* --- Tests --------------------------------------------------------------- */

bool filter_test_column_integer(const struct test *t, struct flow *f, enum side side)
{
	struct value v;

	(void)side;
	return field_value(t->field[SRC], f, &v) &&
	       filter_compare_integer((enum rel)t->rel, v.u > INT64_MAX ? INT64_MAX : (int64_t)v.u, t->want.number);
}

bool filter_test_column_real(const struct test *t, struct flow *f, enum side side)
{
	struct value v;

	(void)side;
	return field_value(t->field[SRC], f, &v) &&
	       filter_compare_real((enum rel)t->rel, filter_round(v.d), t->want.real);
}

/* param: the length of the address. Only addresses of one kind compare. */
bool filter_test_column_bytes(const struct test *t, struct flow *f, enum side side)
{
	struct value v;
	int order = 0;

	(void)side;
	if (!field_value(t->field[SRC], f, &v) || v.addr_length != t->param)
		return false;
	for (unsigned i = 0; i < t->param && order == 0; i++)
		order = (int)(v.addr[i] & t->want.bytes.mask[i]) - (int)t->want.bytes.addr[i];
	return filter_compare_integer((enum rel)t->rel, order, 0);
}

/* When the filter was made is when the program began, from which idle counts. */
bool filter_test_column_idle(const struct test *t, struct flow *f, enum side side)
{
	uint64_t touched = f->received != 0 ? f->received : flow_last(f);
	int64_t idle = t->want.idle.now > touched ? (int64_t)(t->want.idle.now - touched) : 0;

	(void)side;
	return filter_compare_integer((enum rel)t->rel, idle, t->want.idle.us);
}

/* User data as they print, all of them, without what a cell puts before them. */
static bool user_text(const struct field *field, struct flow *f, char *room, size_t *length)
{
	const struct user_data *user = flow_user(f, field->side);

	if (user == NULL || user->count == 0)
		return false;
	*length = user_encode(USER_ASCII, user->bytes, user->count, room, CELL_MAX);
	return true;
}

/* Pictures are drawn for a width: that of the column. */
static unsigned cell_width(const struct field *field)
{
	return field->flags & FIELD_FIXED || field->print == print_size_histogram ? field->width : CELL_WIDTH;
}

/* The column's text: its value if that is text, else what it prints, without
 * blanks at the ends. False when there is none. */
static bool cell(const struct test *t, struct flow *f, char *room, const char **text, size_t *length)
{
	static const struct style plain = { .precision = 6, .names = NAMES_PROTO, .time_format = "%Y/%m/%d.%T.%f" };
	const struct field *field = t->field[SRC];
	struct value v;

	if (field->kind == VALUE_TEXT && field->get != NULL) {
		if (!field_value(field, f, &v))
			return false;
		*text = v.text;
		*length = v.length;
		return true;
	}
	*text = room;
	if (field->print == print_user)
		return user_text(field, f, room, length);
	*length = field_print(field, f, &plain, cell_width(field), room, CELL_MAX);
	for (; *length > 0 && **text == ' '; (*text)++)
		--*length;
	while (*length > 0 && (*text)[*length - 1] == ' ')
		--*length;
	return true;
}

bool filter_test_column_text(const struct test *t, struct flow *f, enum side side)
{
	char room[CELL_MAX];
	const char *text;
	size_t length;
	int order;

	(void)side;
	if (!cell(t, f, room, &text, &length))
		return false;
	order = memcmp(text, t->want.text.at, length < t->want.text.length ? length : t->want.text.length);
	if (order == 0 && length != t->want.text.length)
		order = length < t->want.text.length ? -1 : 1;
	return filter_compare_integer((enum rel)t->rel, order, 0);
}

bool filter_test_column_regex(const struct test *t, struct flow *f, enum side side)
{
	char room[CELL_MAX];
	const char *text;
	size_t length;

	(void)side;
	if (!cell(t, f, room, &text, &length))
		return false;
	if (length > CELL_MAX - 1)
		length = CELL_MAX - 1;
	memmove(room, text, length);
	room[length] = '\0';
	return regexec(t->want.regex, room, 0, NULL, 0) == 0;
}

/* --- Values -------------------------------------------------------------- */

/* Repetitions inside each other multiply what a regular expression costs to
 * compile, and back-references what it costs to run. */
static bool regex_is_bounded(const char *text)
{
	uint64_t product = 1;
	char before = '\0';

	if (strlen(text) > FILTER_REGEX_MAX)
		return false;
	for (const char *c = text; *c != '\0'; c++) {
		if (c[0] == '\\' && c[1] >= '1' && c[1] <= '9')
			return false;
		if (c[0] == '\\' && c[1] != '\0') {
			c++;
		} else if (*c == '+' && before != '\0' && strchr(")+*?}", before) != NULL) {
			product *= 2; /* what it repeats is written out once more */
		} else if (*c == '{') {
			unsigned long low = strtoul(c + 1, NULL, 10);
			const char *comma = c + 1 + strspn(c + 1, "0123456789");
			unsigned long high = *comma == ',' ? strtoul(comma + 1, NULL, 10) : 0;

			product *= u64_max(u64_max(low, high), 1);
			if (low > 255 || high > 255)
				return false;
		}
		if (product > 1000)
			return false;
		before = *c;
	}
	return true;
}

static struct cond *bind_regex(struct binder *b, const struct parse *p)
{
	const struct token *value = &p->id.token;
	struct regex_list *entry;
	struct test *t;
	int status;
	char reason[80];

	if (!regex_is_bounded(value->text))
		return filter_fail(b->parser, value->at,
				   "the regular expression is too large (at most %u characters and 1000 repetitions, "
				   "no back-references)",
				   FILTER_REGEX_MAX);
	entry = xcalloc(1, sizeof *entry);
	status = regcomp(&entry->regex, value->text, REG_EXTENDED | REG_NOSUB);
	if (status != 0) {
		regerror(status, &entry->regex, reason, sizeof reason);
		free(entry);
		return filter_fail(b->parser, value->at, "'%s': %s", value->text, reason);
	}
	entry->next = *b->regexes;
	*b->regexes = entry;
	t = filter_cond_test(b, filter_test_column_regex, 0, COST_REGEX, "%s ~ /%s/", p->token.field->name,
			     value->text);
	t->want.regex = &entry->regex;
	t->field[SRC] = p->token.field;
	return filter_cond_of(b, t);
}

/* Up to `digits` digits as a number; moves *text past them. -1: there are none. */
static int32_t digits(const char **text, unsigned most)
{
	int32_t value = 0;
	unsigned count = 0;

	for (; **text >= '0' && **text <= '9' && count < most; (*text)++, count++)
		value = value * 10 + (**text - '0');
	return count > 0 ? value : -1;
}

/* ".5" as microseconds. */
static uint64_t fraction(const char **text)
{
	uint64_t value = 0, unit = 100000;

	if (**text != '.')
		return 0;
	for (++*text; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
		value += (uint64_t)(**text - '0') * unit;
	return value;
}

/* [.T ]hh[:mm[:ss[.f]]] */
static bool read_clock(const char **text, struct clock_civil *civil, uint64_t *us)
{
	int32_t *part[3] = { &civil->hour, &civil->minute, &civil->second };

	for (unsigned i = 0; i < 3; i++) {
		*part[i] = digits(text, 2);
		if (*part[i] < 0)
			return false;
		if (**text != ':')
			break;
		++*text;
	}
	*us = fraction(text);
	return true;
}

/* yyyy/mm/dd (or with dashes), perhaps with a time of day; local time. Or seconds
 * since 1970. Microseconds. */
static bool read_time(const char *text, int64_t *when)
{
	struct clock_civil civil = { 0 };
	uint64_t us = 0, seconds;
	char *end;

	if (text[strspn(text, "0123456789.")] == '\0') {
		seconds = strtoull(text, &end, 10);
		text = end;
		us = fraction(&text);
		*when = (int64_t)(seconds * 1000000 + us);
		return *text == '\0' && seconds <= UINT32_MAX;
	}
	civil.year = digits(&text, 4);
	if (civil.year < 1970 || (*text != '/' && *text != '-'))
		return false;
	text++;
	civil.month = digits(&text, 2);
	if (civil.month < 1 || civil.month > 12 || (*text != '/' && *text != '-'))
		return false;
	text++;
	civil.day = digits(&text, 2);
	if (civil.day < 1 || civil.day > 31)
		return false;
	if (*text == '.' || *text == 'T' || *text == ' ') {
		text++;
		if (!read_clock(&text, &civil, &us))
			return false;
	}
	*when = clock_from_civil(&civil) * 1000000 + (int64_t)us;
	return *text == '\0';
}

/* An address with an optional prefix length; its bytes are masked. The length in
 * bytes; 0 if it is none. */
static unsigned read_address(const char *text, struct test *t)
{
	char address[64];
	size_t length = strcspn(text, "/");
	uint64_t bits = UINT64_MAX;
	unsigned bytes;

	if (length >= sizeof address || (text[length] == '/' && !num_read_u64(text + length + 1, 0, 128, &bits)))
		return 0;
	memcpy(address, text, length);
	address[length] = '\0';
	if (filter_ipv4(address, t->want.bytes.addr))
		bytes = 4;
	else if (num_read_mac(address, t->want.bytes.addr))
		bytes = 6;
	else if (inet_pton(AF_INET6, address, t->want.bytes.addr) == 1)
		bytes = 16;
	else
		return 0;
	if (bits != UINT64_MAX && bits > bytes * 8)
		return 0;
	for (unsigned i = 0; i < bytes; i++) {
		uint64_t left = bits > i * 8 ? bits - i * 8 : 0;

		t->want.bytes.mask[i] = (uint8_t)(left >= 8 ? 0xff : 0xff00u >> left);
		t->want.bytes.addr[i] &= t->want.bytes.mask[i];
	}
	return bytes;
}

/* The number of a service's port: one for TCP and UDP, or for the one that has it. */
static int port_number(const char *name)
{
	int32_t tcp, udp;

	if (!names_service_ports(name, &tcp, &udp) || (tcp >= 0 && udp >= 0 && tcp != udp))
		return -1;
	return tcp >= 0 ? tcp : udp;
}

/* HIGH.LOW of an AS number. */
static int64_t dotted_number(const char *text)
{
	uint64_t high, low;
	const char *dot = strchr(text, '.');
	char part[8];

	if (dot == NULL || (size_t)(dot - text) >= sizeof part)
		return -1;
	memcpy(part, text, (size_t)(dot - text));
	part[dot - text] = '\0';
	if (!num_read_u64(part, 0, UINT16_MAX, &high) || !num_read_u64(dot + 1, 0, UINT16_MAX, &low))
		return -1;
	return (int64_t)(high << 16 | low);
}

/* What columns that print names hold for a name. -1: nothing. */
static int64_t named_number(const struct field *field, const char *text)
{
	if (field->print == print_port)
		return port_number(text);
	if (field->print == print_proto || field->print == print_tunnel_proto)
		return names_protocol_number(text);
	if (field->print == print_ethertype)
		return names_ethertype_number(text);
	if (field->print == print_ds_code)
		return names_dscp_number(text, false);
	if (field->print == print_asn)
		return dotted_number(text);
	return -1;
}

static test_function *bind_whole(struct test *t, const struct field *field, const char *text)
{
	double real;
	bool is_whole;
	char *end;

	if (text[0] == '0' && (text[1] | 0x20) == 'x') {
		t->want.number = strtoll(text, &end, 16);
		return *end == '\0' ? filter_test_column_integer : NULL;
	}
	if (filter_scaled(text, &real, &t->want.number, &is_whole) && is_whole)
		return filter_test_column_integer;
	t->want.number = named_number(field, text);
	return t->want.number >= 0 ? filter_test_column_integer : NULL;
}

static test_function *bind_idle(struct test *t, const char *text)
{
	double seconds;
	bool is_whole;

	if (!filter_scaled(text, &seconds, &(int64_t){ 0 }, &is_whole) || seconds < 0 || seconds > 1e12)
		return NULL;
	t->want.idle.us = (int64_t)(seconds * 1e6 + 0.5);
	t->want.idle.now = clock_now();
	return filter_test_column_idle;
}

static test_function *bind_value(struct test *t, const struct field *field, const char *text)
{
	double real;
	bool is_whole;

	if (field->print == print_idle)
		return bind_idle(t, text);
	if (field->get == NULL || field->print == print_encaps)
		return filter_test_column_text;
	switch ((enum value_kind)field->kind) {
	case VALUE_UINT:
	case VALUE_HEX: return bind_whole(t, field, text);
	case VALUE_FLOAT:
	case VALUE_DOUBLE:
		if (!filter_scaled(text, &real, &(int64_t){ 0 }, &is_whole))
			return NULL;
		t->want.real = filter_round(real);
		return filter_test_column_real;
	case VALUE_TIME: return read_time(text, &t->want.number) ? filter_test_column_integer : NULL;
	case VALUE_ADDR:
		t->param = read_address(text, t);
		return t->param != 0 ? filter_test_column_bytes : filter_test_column_text;
	default: return filter_test_column_text;
	}
}

/* What compares as it prints has no blanks at its ends. */
static void want_text(struct test *t, const struct field *field, const char *text)
{
	size_t length = strlen(text);

	if (field->kind != VALUE_TEXT || field->get == NULL) {
		for (; *text == ' '; text++)
			length--;
		while (length > 0 && text[length - 1] == ' ')
			length--;
	}
	t->want.text.at = text;
	t->want.text.length = length;
}

static struct cond *bind_comparison(struct binder *b, const struct parse *p, enum rel rel)
{
	const struct field *field = p->token.field;
	const struct token *value = &p->id.token;
	struct test *t = filter_cond_test(b, filter_test_column_text, 0, COST_COLUMN, "%s %s %s", field->name,
					  filter_rel_text(rel), value->text);

	t->ends = ENDS_NONE;
	t->rel = (uint8_t)rel;
	t->field[SRC] = field;
	t->run = bind_value(t, field, value->text);
	if (t->run == NULL)
		return filter_fail(b->parser, value->at, "'%s' is not a value of the column %s (%s)", value->text,
				   field->name, field->help);
	if (t->run == filter_test_column_text)
		want_text(t, field, value->text);
	return filter_cond_of(b, t);
}

/* "Not equal" is "not (equal)", as it is for the language's own words: true when
 * the record has no such value. */
struct cond *filter_bind_column(struct binder *b, const struct parse *p)
{
	const struct field *field = p->token.field;

	if (field->get == get_rank || field->get == get_relative)
		return filter_fail(b->parser, p->token.at,
				   "'%s' is not known before the record is printed: it counts from the first one that is",
				   field->name);
	switch (p->token.rel) {
	case REL_LIKE: return bind_regex(b, p);
	case REL_UNLIKE: return filter_cond_not(b, bind_regex(b, p));
	case REL_NE: return filter_cond_not(b, bind_comparison(b, p, REL_EQ));
	default: return bind_comparison(b, p, p->token.rel);
	}
}
