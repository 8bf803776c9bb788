/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of columns, and how -s edits it (printing.md 2.1). */
#include <ctype.h>

#include "argus/base/buf.h"
#include "argus/base/clock.h"
#include "common/query/fields_rows.h"
#include "common/query/fields_user.h"

#define COLUMNS_MAX 256
#define RANK_MAX 255
#define WIDTH_MAX 65535
#define DISA_WIDTH 8 /* of DS code points with -M disa */

void columns_init(struct columns *c)
{
	static const char *const names[] = { "stime", "flgs", "proto", "saddr", "sport", "dir",
					     "daddr", "dport", "pkts", "bytes", "state" };

	*c = (struct columns){ .item = xcalloc(COLUMNS_MAX, sizeof *c->item), .is_default = true, .is_closed = true };
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		const struct field *field = field_by_name(names[i], strlen(names[i]));

		c->item[c->count++] = (struct column){ .field = field, .width = field->width };
	}
}

void columns_fini(struct columns *c)
{
	free(c->item);
	free(c->set);
	*c = (struct columns){ .item = NULL };
}

unsigned column_width(const struct column *column, const struct style *style)
{
	const struct field *field = column->field;
	unsigned digits = (unsigned)style->precision;

	if (field->print == print_user)
		return user_width(field, style, column->width);
	if (field->print == print_ds_code && style->disa && column->width == field->width)
		return DISA_WIDTH;
	if (!(field->flags & FIELD_TIME_WIDTH))
		return column->width;
	/* A format of the user's own makes the column as wide as what it writes. */
	if (column->width == field->width && !style->unix_time && strcmp(style->time_format, "%T.%f") != 0) {
		char sample[CLOCK_TEXT_ROOM];
		size_t length = clock_text(sample, style->time_format, digits > 6 ? 6 : digits, clock_now());

		return (unsigned)u64_max(length, 1);
	}
	return column->width + digits;
}

/* One item, taken apart: [sign[rank]] name [ '[' ... ']' ] [ ':' width [ ':' format ] ]. */
struct item {
	char sign; /* '+', '-' or 0 */
	bool has_rank;
	unsigned long rank;
	const struct field *field; /* NULL: `rec`, which is for databases */
	unsigned width;		   /* 0: not given */
	char format[16];
};

static int unknown_name(const char *name, size_t length, struct err *err)
{
	char text[64];
	const char *nearest;

	if (length >= sizeof text)
		length = sizeof text - 1;
	memcpy(text, name, length);
	text[length] = '\0';
	nearest = field_nearest(text);
	if (nearest == NULL)
		return err_set(err, ERR_USER, "-s %s: there is no such column", text);
	return err_set(err, ERR_USER, "-s %s: there is no such column; did you mean %s?", text, nearest);
}

/* A format may hold one conversion of an integer, and no length modifier. */
static bool is_safe_format(const char *format)
{
	const char *p = strchr(format, '%');

	if (p == NULL)
		return false;
	p += 1 + strspn(p + 1, "-+ #0");
	if (strspn(p, "0123456789") > 3)
		return false;
	p += strspn(p, "0123456789");
	if (*p == '.') {
		p++;
		if (strspn(p, "0123456789") > 3)
			return false;
		p += strspn(p, "0123456789");
	}
	return *p != '\0' && strchr("diouxX", *p) != NULL && strchr(p, '%') == NULL;
}

static int read_width(struct item *item, const char *text, struct err *err)
{
	const char *colon = strchr(text, ':');
	unsigned long width;
	char *end;

	width = strtoul(text, &end, 10);
	if (*end != '\0' && *end != ':')
		return err_set(err, ERR_USER, "-s %s:%s the width is not a number", item->field->name, text);
	if (end != text) {
		if (width == 0 || *text == '-')
			return err_set(err, ERR_USER, "-s %s:%s length must be greater than 0", item->field->name, text);
		item->width = width > WIDTH_MAX ? WIDTH_MAX : (unsigned)width;
	}
	if (colon == NULL)
		return 0;
	if (strlen(colon + 1) >= sizeof item->format || !is_safe_format(colon + 1))
		return err_set(err, ERR_USER, "-s %s: the format '%s' must be one conversion of an integer, such as %%x",
			       item->field->name, colon + 1);
	memcpy(item->format, colon + 1, strlen(colon + 1) + 1);
	return 0;
}

static int read_item(struct item *item, const char *text, struct err *err)
{
	size_t length;
	char *end;

	*item = (struct item){ .sign = 0 };
	if (*text == '+' || *text == '-')
		item->sign = *text++;
	if (item->sign == '+' && isdigit((unsigned char)*text)) {
		item->rank = strtoul(text, &end, 10);
		item->has_rank = item->rank <= RANK_MAX;
		text = end;
	}
	length = strcspn(text, "[:");
	if (length == 3 && strncmp(text, "rec", 3) == 0)
		return 0;
	item->field = field_by_name(text, length);
	if (item->field == NULL)
		return unknown_name(text, length, err);
	text += length;
	if (*text == '[') { /* a range of array elements, which no column has */
		text = strchr(text, ']');
		if (text == NULL)
			return err_set(err, ERR_USER, "-s %s: ']' is missing", item->field->name);
		text++;
	}
	return *text == ':' ? read_width(item, text + 1, err) : 0;
}

static int insert(struct columns *c, const struct column *column, size_t at, struct err *err)
{
	if (c->count == COLUMNS_MAX)
		return err_set(err, ERR_USER, "number of -s options exceeds %d", COLUMNS_MAX);
	if (at > c->count)
		at = c->count;
	memmove(c->item + at + 1, c->item + at, (c->count - at) * sizeof *c->item);
	c->item[at] = *column;
	c->count++;
	return 0;
}

static void take_out(struct columns *c, const struct field *field)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->item[i].field != field)
			continue;
		c->count--;
		memmove(c->item + i, c->item + i + 1, (c->count - i) * sizeof *c->item);
		return;
	}
}

/* Columns that were put past the end stay behind those that are appended later. */
static size_t end_of_appended(const struct columns *c)
{
	return c->count - u64_min(c->count, c->tail);
}

/* Width and format stick to the name for later items of the same run. */
static struct column column_of(struct columns *c, const struct item *item)
{
	struct column column = { .field = item->field, .width = item->field->width };

	for (size_t i = 0; i < c->set_count; i++)
		if (c->set[i].field == item->field)
			column = c->set[i];
	if (item->width != 0)
		column.width = item->width;
	if (item->format[0] != '\0')
		memcpy(column.format, item->format, sizeof column.format);
	return column;
}

static void remember(struct columns *c, const struct column *column)
{
	for (size_t i = 0; i < c->set_count; i++) {
		if (c->set[i].field == column->field) {
			c->set[i] = *column;
			return;
		}
	}
	c->set = xrealloc(c->set, (c->set_count + 1) * sizeof *c->set);
	c->set[c->set_count++] = *column;
}

static int apply(struct columns *c, const char *text, struct err *err)
{
	struct item item;
	struct column column;

	if (read_item(&item, text, err) < 0)
		return -1;
	if (c->is_closed && item.sign == 0)
		c->count = c->tail = 0;
	c->is_default = c->is_closed = false;
	if (item.field == NULL)
		return 0;
	if (item.sign == '-') {
		take_out(c, item.field);
		return 0;
	}
	column = column_of(c, &item);
	remember(c, &column);
	if (!item.has_rank)
		return insert(c, &column, end_of_appended(c), err);
	if (item.rank >= c->count)
		c->tail++;
	return insert(c, &column, item.rank, err);
}

int columns_edit(struct columns *c, const char *word, struct err *err)
{
	char item[128];

	while (*word != '\0') {
		size_t length = strcspn(word, ", \t\n");

		if (length >= sizeof item)
			return err_set(err, ERR_USER, "-s %.40s: too long", word);
		if (length > 0) {
			memcpy(item, word, length);
			item[length] = '\0';
			if (apply(c, item, err) < 0)
				return -1;
		}
		word += length + (word[length] != '\0');
	}
	return 0;
}
