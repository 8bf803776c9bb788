/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/query/label.h"

#define MAX_VALUES 32 /* of one item that merging adds to */

struct item {
	const char *text;
	size_t length;
	size_t name; /* length of the part before '=', or of all */
};

/* The next item of the label that ends at `end`; false at its end. */
static bool next_item(const char **at, const char *end, struct item *item)
{
	const char *stop, *equals;

	while (*at < end && **at == ':')
		(*at)++;
	if (*at >= end)
		return false;
	stop = memchr(*at, ':', (size_t)(end - *at));
	if (stop == NULL)
		stop = end;
	item->text = *at;
	item->length = (size_t)(stop - *at);
	equals = memchr(*at, '=', item->length);
	item->name = equals != NULL ? (size_t)(equals - *at) : item->length;
	*at = stop;
	return true;
}

static bool same_name(const struct item *a, const struct item *b)
{
	return a->name == b->name && (a->name == a->length) == (b->name == b->length) &&
	       memcmp(a->text, b->text, a->name) == 0;
}

static bool find_item(const char *label, size_t length, const struct item *like, struct item *found)
{
	const char *at = label;

	while (next_item(&at, label + length, found))
		if (same_name(found, like))
			return true;
	return false;
}

/* The next of an item's comma separated values. */
static bool next_value(const struct item *item, size_t *at, const char **value, size_t *length)
{
	const char *start = item->text + *at, *stop;

	if (*at >= item->length)
		return false;
	stop = memchr(start, ',', item->length - *at);
	*value = start;
	*length = stop != NULL ? (size_t)(stop - start) : item->length - *at;
	*at += *length + 1;
	return true;
}

static bool has_value(const struct item *item, const char *value, size_t length)
{
	size_t at = item->name + 1, other_length;
	const char *other;

	while (next_value(item, &at, &other, &other_length))
		if (other_length == length && memcmp(other, value, length) == 0)
			return true;
	return false;
}

static unsigned count_values(const struct item *item)
{
	size_t at = item->name + 1, length;
	const char *value;
	unsigned count = 0;

	while (next_value(item, &at, &value, &length))
		count++;
	return count;
}

static void add_item(struct buf *to, const struct item *item)
{
	if (to->length > 0)
		buf_char(to, ':');
	buf_add(to, item->text, item->length);
}

/* `more` has the same name and a value list too. */
static void add_values(struct buf *to, const struct item *item, const struct item *more)
{
	unsigned count = count_values(item);
	size_t at = more->name + 1, length;
	const char *value;

	while (count < MAX_VALUES && next_value(more, &at, &value, &length)) {
		if (has_value(item, value, length))
			continue;
		buf_char(to, ',');
		buf_add(to, value, length);
		count++;
	}
}

void label_union(struct buf *to, const char *a, size_t a_length, const char *b, size_t b_length)
{
	const char *at = a;
	struct item item, other;

	buf_clear(to);
	if (a_length == b_length && memcmp(a, b, a_length) == 0) {
		buf_add(to, a, a_length);
		return;
	}
	while (next_item(&at, a + a_length, &item)) {
		add_item(to, &item);
		if (item.name < item.length && find_item(b, b_length, &item, &other))
			add_values(to, &item, &other);
	}
	at = b;
	while (next_item(&at, b + b_length, &item))
		if (!find_item(a, a_length, &item, &other))
			add_item(to, &item);
}
