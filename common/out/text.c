/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aligned text (printing.md 2.2 to 2.4), or, with variable width, words that are
 * separated by blanks. */
#include "common/out/backend.h"
#include "common/query/fields_user.h"

#define BLOCK 16 /* bytes that are moved at once; the line has room for it */

static void prepare(struct writer *w)
{
	(void)w;
}

static char *pad(char *p, size_t count)
{
	memset(p, ' ', count);
	return p + count;
}

/* Centred titles are not quite centred: what follows depends on the column
 * (printing.md 2.4). */
static char *centred_title(const struct writer *w, const struct cell *c, const char *title, size_t length, char *p)
{
	size_t side = c->width > length + 1 ? (c->width - length) / 2 : 1, after;
	const char *start = p;

	if (c->is_user) {
		p = pad(p, user_title_indent(&w->style, c->column->width));
		memcpy(p, title, length);
		p += length;
		after = (size_t)(p - start) < c->width ? c->width - (size_t)(p - start) + 1 : 1;
		return pad(p, after);
	}
	after = side + (strcmp(c->field->name, "rank") != 0) + (c->width % 2 == 0);
	p = pad(p, side);
	memcpy(p, title, length);
	return pad(p + length, after);
}

static void titles(struct writer *w)
{
	char *p = out_at(w);

	for (size_t i = 0; i < w->cell_count; i++) {
		const struct cell *c = &w->cells[i];
		const char *title;
		size_t length = cell_title(w, c, &title);

		if (c->field->xml == NULL)
			continue; /* the spacer takes no room */
		if (c->field->flags & FIELD_CENTRED && w->style.fixed_width) {
			p = centred_title(w, c, title, length, p);
			continue;
		}
		if (w->style.fixed_width)
			p = pad(p, c->width - length);
		memcpy(p, title, length);
		p += length;
		*p++ = ' ';
	}
	*p++ = '\n';
	out_upto(w, p);
}

/* Copies up to 32 bytes in blocks, which may write past the end. The text lies
 * behind its destination, so each block is read before it is overwritten. */
static inline void copy_back(char *to, const char *from, size_t length)
{
	char first[BLOCK], second[BLOCK];

	memcpy(first, from, BLOCK);
	if (length <= BLOCK) {
		memcpy(to, first, BLOCK);
	} else if (length <= (size_t)2 * BLOCK) {
		memcpy(second, from + BLOCK, BLOCK);
		memcpy(to, first, BLOCK);
		memcpy(to + BLOCK, second, BLOCK);
	} else {
		memmove(to, from, length);
	}
}

/* Puts the text that begins at p + width where it belongs, within the width. */
static inline char *justify(char *p, size_t length, unsigned width, bool is_left, bool is_never_cut)
{
	const char *text = p + width;

	if (unlikely(length > width)) {
		if (is_never_cut) {
			memmove(p, text, length);
			return p + length;
		}
		memmove(p, text, width - 1);
		p[width - 1] = '*';
		return p + width;
	}
	if (is_left) {
		copy_back(p, text, length);
		memset(p + length, ' ', width - length);
	} else {
		copy_back(p + width - length, text, length);
		memset(p, ' ', width - length);
	}
	return p + width;
}

static char *end_line(struct writer *w, char *p)
{
	const char *start = out_at(w);

	while (p > start && p[-1] == ' ')
		p--;
	out_upto(w, p);
	return p;
}

/* One cell, of which `length` bytes were printed at p + width (with variable
 * width: at p). */
static inline char *finish_cell(const struct writer *w, const struct cell *c, char *p, size_t length, bool is_left)
{
	if (likely(w->style.fixed_width)) {
		if (unlikely(c->joins && length > 0 && is_left))
			p[-1] = '.';
		p = justify(p, length, c->width, is_left, c->is_never_cut);
	} else {
		if (c->joins && length > 0 && is_left)
			p[-1] = '.';
		p += length;
	}
	*p++ = ' ';
	return p;
}

static void dump_user_data(struct writer *w, struct flow *f)
{
	bool found = false;

	for (size_t i = 0; i < w->cell_count; i++) {
		if (!w->cells[i].is_user)
			continue;
		user_dump(w->cells[i].field, f, w->cells[i].column->width, &w->out);
		found |= flow_user(f, w->cells[i].field->side) != NULL;
	}
	if (found)
		buf_char(&w->out, '\n');
}

static void flow(struct writer *w, struct flow *f)
{
	const struct cell *c = w->cells, *end = c + w->cell_count;
	char *p = out_at(w);

	for (; c < end; c++) {
		unsigned width = w->style.fixed_width ? c->width : 0;

		if (unlikely(c->field->xml == NULL))
			continue;
		p = finish_cell(w, c, p, cell_print(w, c, f, p + width), c->is_left);
	}
	p = end_line(w, p);
	if (unlikely(w->style.user == USER_HEX))
		dump_user_data(w, f);
	buf_char(&w->out, '\n');
}

static void mar(struct writer *w, const struct mar *m)
{
	char *p = out_at(w);

	for (size_t i = 0; i < w->cell_count; i++) {
		const struct cell *c = &w->cells[i];
		unsigned width = w->style.fixed_width ? c->width : 0;

		if (c->field->xml != NULL)
			p = finish_cell(w, c, p, cell_print_mar(w, c, m, p + width), false);
	}
	end_line(w, p);
	buf_char(&w->out, '\n');
}

const struct backend text_backend = {
	.prepare = prepare,
	.titles = titles,
	.flow = flow,
	.mar = mar,
};
