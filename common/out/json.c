/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One JSON object a line (printing.md 8). Keys are the names of -s. Numbers are
 * numbers, times ISO 8601 or seconds, everything else is a string; what a record
 * does not have is left out, or "" or null if so asked. The type of a member follows
 * from the column and the options, never from the value: with names shown, a port that
 * has none is the string of its number. */
#include "argus/base/clock.h"
#include "argus/base/num.h"
#include "common/out/backend.h"
#include "common/out/escape.h"
#include "common/query/fields_print.h"
#include "common/query/fields_user.h"

/* Whether the members of a column are numbers. A format of the user's own makes text. */
static bool has_numbers(const struct cell *c, const struct style *style)
{
	const struct field *field = c->field;

	if (c->column->format[0] != '\0')
		return false;
	if (field->kind == VALUE_TIME)
		return style->unix_time;
	return field->flags & (FIELD_NUMBER | FIELD_CODE) ||
	       (field->flags & FIELD_PORT_NAME && style->names > NAMES_PORT) ||
	       (field->flags & FIELD_PROTO_NAME && style->names == NAMES_NONE);
}

static void prepare(struct writer *w)
{
	for (size_t i = 0; i < w->cell_count; i++) {
		struct cell *c = &w->cells[i];

		c->open = xasprintf(",\"%s\":%32s", c->field->name, ""); /* copy_text reads past it */
		c->open_length = strlen(c->open) - 32;
		c->is_plain_number = has_numbers(c, &w->style);
		c->is_value = c->is_plain_number && !(c->field->flags & FIELD_NUMBER) &&
			      (c->field->kind != VALUE_TIME || w->style.epoch_time);
		c->is_repeated |= strcmp(c->field->name, "type") == 0; /* every object begins with it */
	}
}

static bool is_digits(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return length > 0;
}

/* Whether the text of a slot goes as it is. */
static bool is_plain(const char *text, size_t length)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < length; i += 8) {
		uint64_t x = eight_bytes(text, length, i, 'a');

		bad |= (x & EACH_BYTE(0x80)) | ((x - EACH_BYTE(0x20)) & ~x & EACH_BYTE(0x80)); /* above 0x7f, below 0x20 */
		bad |= HAS_ZERO_BYTE(x ^ EACH_BYTE(0x7f)) | HAS_ZERO_BYTE(x ^ EACH_BYTE('"')) |
		       HAS_ZERO_BYTE(x ^ EACH_BYTE('\\'));
	}
	return bad == 0;
}

static char *put_string(char *p, const char *text, size_t length)
{
	*p++ = '"';
	p = escape_json(p, text, length);
	*p++ = '"';
	return p;
}

static char *put_key(char *p, const struct cell *c)
{
	return copy_text(p, c->open, c->open_length);
}

/* What stands for a value that there is not. */
static char *put_absent(const struct writer *w, const struct cell *c, char *p)
{
	switch (w->options->absent) {
	case ABSENT_OMIT:
		return p;
	case ABSENT_EMPTY:
		p = put_key(p, c);
		memcpy(p, "\"\"", 2);
		return p + 2;
	case ABSENT_NULL:
		p = put_key(p, c);
		memcpy(p, "null", 4);
		return p + 4;
	}
	return p;
}

/* Milliseconds since 1970, for D3 and whatever else has JavaScript's Date; microseconds
 * are their fraction. */
static char *put_millis(char *p, uint64_t at)
{
	p += num_u64(p, at / 1000);
	*p = '.';
	num_digits(p + 1, at % 1000, 3);
	return p + 4;
}

/* The number in the place of a text that is none: 0x0008, 1.10. Some protocols have a
 * name alone. */
static char *put_value(const struct writer *w, const struct cell *c, struct flow *f, char *p)
{
	struct value v;

	if (!c->field->get(c->field, f, &v))
		return put_absent(w, c, p);
	p = put_key(p, c);
	return c->field->kind == VALUE_TIME ? put_millis(p, v.u) : p + num_u64(p, v.u);
}

/* A member, from the text of its cell. */
static char *put_member(const struct writer *w, const struct cell *c, struct flow *f, char *p)
{
	const char *text = c->slot;
	size_t length = c->length;

	if (!c->is_flags)
		for (; length > 0 && text[0] == ' '; length--)
			text++;
	while (length > 0 && text[length - 1] == ' ')
		length--;
	if (length == 0)
		return put_absent(w, c, p);
	if (c->is_value && (!is_digits(text, length) || c->field->kind == VALUE_TIME)) /* -p 0 */
		return put_value(w, c, f, p);
	if (c->is_plain_number) {
		if (!is_digits(text + (length - 1), 1)) /* inf, nan */
			return put_absent(w, c, p);
		return copy_text(put_key(p, c), text, length);
	}
	p = put_key(p, c);
	if (unlikely(!is_plain(text, length)))
		return put_string(p, text, length);
	*p++ = '"';
	p = copy_text(p, text, length);
	*p++ = '"';
	return p;
}

/* Captured bytes as they are, or as -M printer= has them. */
static char *put_user(const struct writer *w, const struct cell *c, struct flow *f, char *p)
{
	const struct user_data *user = flow_user(f, c->field->side);
	size_t length;

	if (user == NULL || user->count == 0)
		return put_absent(w, c, p);
	p = put_key(p, c);
	length = user_shown(c->column->width, user);
	if (w->style.user == USER_ASCII) {
		*p++ = '"';
		p = escape_json(p, (const char *)user->bytes, length);
		*p++ = '"';
		return p;
	}
	length = user_encode(w->style.user, user->bytes, length, c->slot, c->room);
	return put_string(p, c->slot, length);
}

static const char *type_of(const struct flow *f)
{
	switch (f->type) {
	case RECORD_EVENT:
		return "{\"type\":\"event\"";
	case RECORD_NETFLOW:
		return "{\"type\":\"netflow\"";
	}
	return "{\"type\":\"flow\"";
}

static bool has_value(struct flow *f, const struct field *field)
{
	struct value v;

	/* Zeros that only stand in for a missing value are no values. */
	return !(field->flags & FIELD_ZERO) || (field->get != NULL && field->get(field, f, &v));
}

static void print_values(struct writer *w, struct flow *f)
{
	struct cell *c = w->cells, *end = c + w->cell_count;

	for (; c < end; c++)
		c->length = c->is_user || !has_value(f, c->field) ? 0 : (uint32_t)cell_print(w, c, f, c->slot);
}

static void flow(struct writer *w, struct flow *f)
{
	const struct cell *c = w->cells, *end = c + w->cell_count;
	const char *type = type_of(f);
	char *p = out_at(w);

	print_values(w, f);
	memcpy(p, type, strlen(type));
	p += strlen(type);
	for (; c < end; c++) {
		if (unlikely(c->is_repeated))
			continue;
		p = unlikely(c->is_user) ? put_user(w, c, f, p) : put_member(w, c, f, p);
	}
	memcpy(p, "}\n", 2);
	out_upto(w, p + 2);
}

/* ,"key": */
static char *mar_key(char *p, const char *key)
{
	size_t length = strlen(key);

	memcpy(p, ",\"", 2);
	memcpy(p + 2, key, length);
	memcpy(p + 2 + length, "\":", 2);
	return p + length + 4;
}

static char *mar_text(char *p, const char *key, const char *text, size_t length)
{
	return put_string(mar_key(p, key), text, length);
}

static char *mar_number(char *p, const char *key, uint64_t v)
{
	p = mar_key(p, key);
	return p + num_u64(p, v);
}

static char *mar_time(const struct writer *w, char *p, const char *key, uint64_t at)
{
	char text[CLOCK_TEXT_ROOM];
	size_t length = print_time(at, &w->style, text, sizeof text);

	if (!w->style.unix_time)
		return mar_text(p, key, text, length);
	p = mar_key(p, key);
	if (w->style.epoch_time)
		return put_millis(p, at);
	memcpy(p, text, length);
	return p + length;
}

static char *mar_counts(char *p, const struct mar *m)
{
	p = mar_number(p, "pktsRcvd", m->packets);
	p = mar_number(p, "bytesRcvd", m->bytes);
	p = mar_key(p, "drift");
	p += num_i64(p, m->drift);
	p = mar_number(p, "records", m->records);
	p = mar_number(p, "flows", m->flows);
	p = mar_number(p, "dropped", m->dropped);
	p = mar_number(p, "queue", m->queue);
	p = mar_number(p, "output", m->output);
	p = mar_number(p, "clients", m->clients);
	p = mar_number(p, "bufs", m->bufs);
	p = mar_number(p, "bytes", m->memory);
	p = mar_number(p, "suserlen", m->user_length[SRC]);
	return mar_number(p, "duserlen", m->user_length[DST]);
}

/* Everything that a management record says, under the names of Argus 5. */
static void mar(struct writer *w, const struct mar *m)
{
	const char *cause = mar_cause_text(m);
	char text[64], *p = out_at(w);
	size_t length;

	memcpy(p, "{\"type\":\"man\"", 13);
	p = mar_text(p + 13, "srcid", text, source_id_text(m->id_form, m->id, text));
	if (m->inf[0] != '\0')
		p = mar_text(p, "inf", m->inf, strnlen(m->inf, sizeof m->inf));
	p = mar_text(p, "cause", cause, strlen(cause));
	p = mar_time(w, p, "starttime", m->start);
	p = mar_time(w, p, "now", m->now);
	p = mar_number(p, "nextMrSequenceNum", m->next_seq);
	length = num_u64(text, m->major);
	text[length++] = '.';
	length += num_u64(text + length, m->minor);
	p = mar_text(p, "version", text, length);
	p = mar_number(p, "interfaceType", m->interface_type);
	p = mar_number(p, "interfaceStatus", m->interface_status);
	p = mar_text(p, "localnet", text, num_ipv4(text, m->localnet));
	p = mar_text(p, "netmask", text, num_ipv4(text, m->netmask));
	p = mar_number(p, "reportInterval", m->report_interval);
	p = mar_number(p, "argusMrInterval", m->mar_interval);
	p = mar_counts(p, m);
	memcpy(p, "}\n", 2);
	out_upto(w, p + 2);
}

const struct backend json_backend = {
	.prepare = prepare,
	.flow = flow,
	.mar = mar,
};
