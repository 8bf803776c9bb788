/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aligned text (printing.md 2.2 to 2.4), or, with variable width, words that are
 * separated by blanks. */
#include "common/out/backend.h"
#include "common/query/fields_user.h"

#define BLANKS 32 /* written at once; what is too much is written over */

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

		if (c->is_spacer)
			continue;
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

/* A cell that does not fit, cut with a mark or let through, or one wider than
 * what is copied at once. */
static COLD char *put_rare(char *p, const struct cell *c, bool is_left)
{
	if (c->length > c->width) {
		if (c->is_never_cut)
			return copy_text(p, c->slot, c->length);
		memcpy(p, c->slot, c->width - 1);
		p[c->width - 1] = '*';
		return p + c->width;
	}
	memset(p, ' ', c->width);
	memcpy(is_left ? p : p + c->width - c->length, c->slot, c->length);
	return p + c->width;
}

/* The cell, padded to its width. Blanks are always as many, and written over by
 * what follows; of the slot no more is read than the text needs, for what lies
 * behind it was written a moment ago, in pieces. */
static inline char *put_aligned(char *p, const struct cell *c, bool is_left)
{
	if (unlikely(c->length > c->width || c->width > BLANKS))
		return put_rare(p, c, is_left);
	if (is_left) {
		memset(copy_text(p, c->slot, c->length), ' ', BLANKS);
	} else {
		memset(p, ' ', BLANKS);
		copy_text(p + c->width - c->length, c->slot, c->length);
	}
	return p + c->width;
}

static void end_line(struct writer *w, char *p)
{
	const char *start = out_at(w);

	while (p > start && p[-1] == ' ')
		p--;
	out_upto(w, p);
}

static inline void put_cells(struct writer *w, bool is_flow)
{
	const struct cell *c = w->cells, *end = c + w->cell_count;
	bool is_aligned = w->style.fixed_width, is_dumped = w->style.user == USER_HEX;
	char *p = out_at(w);

	for (; c < end; c++) {
		if (unlikely(c->is_spacer || (c->is_user && is_dumped))) /* what is dumped follows the line */
			continue;
		if (c->joins && is_flow && c->length > 0)
			p[-1] = '.';
		if (likely(is_aligned))
			p = put_aligned(p, c, c->is_left && is_flow);
		else
			p = copy_text(p, c->slot, c->length);
		*p++ = ' ';
	}
	end_line(w, p);
}

static void dump_user_data(struct writer *w, struct flow *f)
{
	for (size_t i = 0; i < w->cell_count; i++)
		if (w->cells[i].is_user)
			user_dump(w->cells[i].field, f, w->cells[i].column->width, &w->out);
}

static void flow(struct writer *w, struct flow *f)
{
	print_cells(w, f);
	put_cells(w, true);
	if (unlikely(w->style.user == USER_HEX))
		dump_user_data(w, f);
	buf_char(&w->out, '\n');
}

static void mar(struct writer *w, const struct mar *m)
{
	print_cells_mar(w, m);
	put_cells(w, false);
	buf_char(&w->out, '\n');
}

const struct backend text_backend = {
	.prepare = prepare,
	.titles = titles,
	.flow = flow,
	.mar = mar,
};
