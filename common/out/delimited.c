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

/* Whether one of three characters stands in the text of a slot. */
static bool has_any(const char *text, size_t length, char a, char b, char c)
{
	uint64_t found = 0;

	for (size_t i = 0; i < length; i += 8) {
		uint64_t x = eight_bytes(text, length, i, 0);

		found |= HAS_ZERO_BYTE(x ^ EACH_BYTE(a)) | HAS_ZERO_BYTE(x ^ EACH_BYTE(b)) | HAS_ZERO_BYTE(x ^ EACH_BYTE(c));
	}
	return found != 0;
}

/* A cell that holds the delimiter must be quoted to stay one cell, and so must one
 * that a reader would take for quoted already. */
static bool must_quote(const struct writer *w, const char *text, size_t length, char *mark)
{
	char delimiter = w->options->delimiter;

	*mark = w->options->quote;
	if (*mark != 0)
		return has_any(text, length, delimiter, '\n', *mark);
	*mark = delimiter == '"' ? '\'' : '"';
	return has_any(text, length, delimiter, '\n', '\n') || text[0] == *mark;
}

static inline char *put_cell(const struct writer *w, const struct cell *c, char *p, bool quotes)
{
	size_t length = c->length;
	char mark;

	copy_text(p, c->slot, length);
	if (c->is_plain_number)
		return p + length;
	if (c->is_flags && length > 0) {
		p[length] = ' '; /* its positions mean something, and a blank follows them */
		return p + length + 1;
	}
	while (length > 0 && c->slot[length - 1] == ' ')
		length--;
	if (quotes && length > 0 && unlikely(must_quote(w, c->slot, length, &mark)))
		return p + quote(p, length, mark);
	return p + length;
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

static char *put_row(const struct writer *w, char *p, bool quotes)
{
	const struct cell *c = w->cells, *end = c + w->cell_count;

	for (; c < end; c++) {
		p = put_cell(w, c, p, quotes);
		*p++ = w->options->delimiter;
	}
	return p;
}

/* How many bytes of `x` are 0. */
static inline unsigned zero_bytes(uint64_t x)
{
	const uint64_t low = EACH_BYTE(0x7f);
	uint64_t zero = ~(((x & low) + low) | x | low) >> 7;

	return (unsigned)(zero * EACH_BYTE(1) >> 56);
}

/* Whether the row, written without quotes, needs none: there is a delimiter for each
 * cell, and nothing else that a reader would stumble over. One look at a row instead
 * of one at each cell. */
static bool needs_no_quotes(const struct writer *w, const char *row, size_t length)
{
	char delimiter = w->options->delimiter, mark = delimiter == '"' ? '\'' : '"';
	uint64_t found = 0;
	size_t delimiters = 0;

	for (size_t i = 0; i < length; i += 8) {
		uint64_t x = eight_bytes(row, length, i, 0);

		delimiters += zero_bytes(x ^ EACH_BYTE(delimiter));
		found |= HAS_ZERO_BYTE(x ^ EACH_BYTE('\n')) | HAS_ZERO_BYTE(x ^ EACH_BYTE(mark));
	}
	return found == 0 && delimiters == w->cell_count;
}

static void put_cells(struct writer *w)
{
	char *start = out_at(w), *p = start;
	bool is_done = false;

	if (w->options->quote == 0) {
		p = put_row(w, start, false);
		is_done = needs_no_quotes(w, start, (size_t)(p - start));
	}
	if (unlikely(!is_done))
		p = put_row(w, start, true);
	end_line(w, w->cell_count > 0 ? p - 1 : p);
}

static void flow(struct writer *w, struct flow *f)
{
	print_cells(w, f);
	put_cells(w);
}

static void mar(struct writer *w, const struct mar *m)
{
	print_cells_mar(w, m);
	put_cells(w);
}

const struct backend delimited_backend = {
	.prepare = prepare,
	.titles = titles,
	.flow = flow,
	.mar = mar,
};
