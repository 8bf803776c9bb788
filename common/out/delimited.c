/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells separated by a character (printing.md 2.2, rule 4). A column that has
 * nothing to say keeps its place. */
#include "common/out/backend.h"

static void prepare(struct writer *w)
{
	char delimiter = w->options->delimiter;

	/* Only cells that may hold the delimiter are searched for it. */
	if ((delimiter >= '0' && delimiter <= '9') || delimiter == '.' || delimiter == '-')
		for (size_t i = 0; i < w->cell_count; i++)
			w->cells[i].is_plain_number = false;
}

/* Encloses the cell in quotes, doubling those within. The line has room. */
static size_t quote(char *cell, size_t length, char mark)
{
	size_t marks = 0, to;

	for (size_t i = 0; i < length; i++)
		marks += cell[i] == mark;
	to = length + marks + 2;
	cell[--to] = mark;
	for (size_t i = length; i-- > 0;) {
		cell[--to] = cell[i];
		if (cell[i] == mark)
			cell[--to] = mark;
	}
	cell[0] = mark;
	return length + marks + 2;
}

/* A cell that holds the delimiter must be quoted to stay one cell, and so must one
 * that a reader would take for quoted already. */
static size_t quote_if_needed(const struct writer *w, char *cell, size_t length)
{
	char delimiter = w->options->delimiter;
	char mark = w->options->quote;
	bool must = memchr(cell, delimiter, length) != NULL || memchr(cell, '\n', length) != NULL;

	if (mark == 0) {
		mark = delimiter == '"' ? '\'' : '"';
		must |= cell[0] == mark;
	} else {
		must |= memchr(cell, mark, length) != NULL;
	}
	return must ? quote(cell, length, mark) : length;
}

static inline char *finish_cell(const struct writer *w, const struct cell *c, char *p, size_t length)
{
	if (c->is_plain_number)
		return p + length;
	if (length > 0 && p[length - 1] == ' ') {
		/* flgs keeps its positions, and the blank behind them. */
		if (c->is_flags) {
			p[length] = ' ';
			return p + length + 1;
		}
		while (length > 0 && p[length - 1] == ' ')
			length--;
	}
	return length > 0 ? p + quote_if_needed(w, p, length) : p;
}

static void end_line(struct writer *w, char *p)
{
	const char *start = out_at(w);

	while (p > start && p[-1] == ' ' && w->options->delimiter != ' ')
		p--;
	*p++ = '\n';
	out_upto(w, p);
}

static void titles(struct writer *w)
{
	char *p = out_at(w);

	for (size_t i = 0; i < w->cell_count; i++) {
		const char *title;
		size_t length = cell_title(w, &w->cells[i], &title);

		if (i > 0)
			*p++ = w->options->delimiter;
		memcpy(p, title, length);
		p += w->options->quote != 0 ? quote(p, length, w->options->quote) : length;
	}
	end_line(w, p);
}

static void flow(struct writer *w, struct flow *f)
{
	char *p = out_at(w);

	for (size_t i = 0; i < w->cell_count; i++) {
		const struct cell *c = &w->cells[i];

		if (i > 0)
			*p++ = w->options->delimiter;
		p = finish_cell(w, c, p, cell_print(w, c, f, p));
	}
	end_line(w, p);
}

static void mar(struct writer *w, const struct mar *m)
{
	char *p = out_at(w);

	for (size_t i = 0; i < w->cell_count; i++) {
		const struct cell *c = &w->cells[i];

		if (i > 0)
			*p++ = w->options->delimiter;
		p = finish_cell(w, c, p, cell_print_mar(w, c, m, p));
	}
	end_line(w, p);
}

const struct backend delimited_backend = {
	.prepare = prepare,
	.titles = titles,
	.flow = flow,
	.mar = mar,
};
