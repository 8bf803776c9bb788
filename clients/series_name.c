/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/series_name.h"

/* The longest column whose name begins the text. */
static const struct field *column_at(const char *text)
{
	size_t length = 0;

	while (text[length] >= 'a' && text[length] <= 'z')
		length++;
	for (; length > 0; length--) {
		const struct field *field = field_by_name(text, length);

		if (field != NULL)
			return field;
	}
	return NULL;
}

int series_pattern_check(const char *text, struct err *err)
{
	for (const char *at = text; (at = strchr(at, '$')) != NULL; at++) {
		char name[64];
		const char *near;
		size_t length = 0;

		while (length < sizeof name - 1 && at[1 + length] >= 'a' && at[1 + length] <= 'z')
			length++;
		if (length == 0 || column_at(at + 1) != NULL)
			continue;
		memcpy(name, at + 1, length);
		name[length] = '\0';
		near = field_nearest(name);
		if (near == NULL)
			return err_set(err, ERR_USER, "-w %s: there is no column '%s'", text, name);
		return err_set(err, ERR_USER, "-w %s: there is no column '%s'; did you mean %s?", text, name, near);
	}
	return 0;
}

static void add_piece(struct series_pattern *p, const struct field *field, const char *text, size_t length)
{
	if (field == NULL && length == 0)
		return;
	p->pieces = xrealloc(p->pieces, (p->count + 1) * sizeof *p->pieces);
	p->pieces[p->count++] = (struct series_piece){ field, text, length };
}

/* What is added to a pattern that says nothing of the time. */
#define TIME_SUFFIX ".%Y.%m.%d.%H.%M.%S"

void series_pattern_init(struct series_pattern *p, const char *text, bool has_time)
{
	const char *from = text;
	size_t length = strlen(text);

	*p = (struct series_pattern){ 0 };
	for (const char *at = text; *at != '\0';) {
		const struct field *field = *at == '$' ? column_at(at + 1) : NULL;

		if (field == NULL) {
			at++;
			continue;
		}
		add_piece(p, NULL, from, (size_t)(at - from));
		add_piece(p, field, NULL, 0);
		p->has_columns = true;
		from = at += 1 + strlen(field->name);
	}
	add_piece(p, NULL, from, strlen(from));
	if (has_time && strchr(text, '%') == NULL) {
		const char *suffix = length > 0 && text[length - 1] != '.' ? TIME_SUFFIX : &TIME_SUFFIX[1];

		add_piece(p, NULL, suffix, strlen(suffix));
	}
}

void series_pattern_fini(struct series_pattern *p)
{
	free(p->pieces);
}

/* How long a part of a path may get with a cell. A file system's limit is 255; the letters and the
 * time of the pattern, and the name that a file has until it is complete, come on top. */
#define PART_MAX 192u

static size_t part_length(const struct buf *name)
{
	size_t length = 0;

	while (length < name->length && name->data[name->length - 1 - length] != '/')
		length++;
	return length;
}

/* Records come from elsewhere: what they say is no path, and leads to no other folder. */
static bool is_harmless(const struct buf *name, const char *cell, size_t i, char stop)
{
	unsigned char c = (unsigned char)cell[i];

	if (c == '.' && i == 0)
		return name->length > 0 && name->data[name->length - 1] != '/' && name->data[name->length - 1] != '.';
	return c != '/' && c != (unsigned char)stop && c >= ' ' && c != 0x7f;
}

/* A cell as part of a file name: without blanks around it, and without slashes. */
static void add_cell(const struct field *field, struct flow *f, const struct style *run_style, char stop, struct buf *name)
{
	struct style style = *run_style;
	char cell[1024], *at = cell;
	size_t length, part = part_length(name);

	style.fixed_width = false;
	length = field_print(field, f, &style, 64, cell, sizeof cell);
	for (; length > 0 && *at == ' '; at++)
		length--;
	while (length > 0 && at[length - 1] == ' ')
		length--;
	length = u64_min(length, part < PART_MAX ? PART_MAX - part : 0);
	for (size_t i = 0; i < length; i++)
		if (!is_harmless(name, at, i, stop))
			at[i] = '_';
	buf_add(name, at, length);
}

void series_pattern_fill(const struct series_pattern *p, struct flow *f, const struct style *style, bool has_time,
			 struct buf *name)
{
	buf_clear(name);
	for (size_t i = 0; i < p->count; i++) {
		const struct series_piece *piece = &p->pieces[i];

		if (piece->field != NULL)
			add_cell(piece->field, f, style, has_time ? '%' : '/', name);
		else
			buf_add(name, piece->text, piece->length);
	}
}

/* aa ... az ba ... yz zaa ... zyz zzaa: like a counter; before the first letter would
 * become z, a z is put in front of all a's of the counting part (6.5, 2). */
void series_next_suffix(char **suffix, unsigned length)
{
	size_t size, from = 0;
	char *text = *suffix;

	if (text == NULL) {
		*suffix = xmalloc(length + 1);
		memset(*suffix, 'a', length);
		(*suffix)[length] = '\0';
		return;
	}
	size = strlen(text);
	while (from < size && text[from] == 'z')
		from++;
	for (size_t i = size; i > from;) {
		if (text[--i] != 'z') {
			text[i]++;
			if (i == from && text[i] == 'z')
				break;
			return;
		}
		text[i] = 'a';
	}
	/* The leading letter has become z: one more letter follows the z's. */
	*suffix = xmalloc(size + 2);
	memset(*suffix, 'z', from + 1);
	memset(*suffix + from + 1, 'a', size - from);
	(*suffix)[size + 1] = '\0';
	free(text);
}
