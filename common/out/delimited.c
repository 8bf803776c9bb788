/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells separated by a character (printing.md 2.2, rule 4). A column that has
 * nothing to say keeps its place. */
#include "common/out/backend.h"

/* Whether a time stamp is made of digits and a few signs. */
static bool is_numeric_time(const struct style *style)
{
	static const char known[] = "%TFHMSmdYf.:-/_ ";

	return style->unix_time || style->time_format[strspn(style->time_format, known)] == '\0';
}

/* Whether the cell of a flow never needs quotes, whatever it says: no look at its text then. */
static bool is_safe(const struct writer *w, const struct cell *c)
{
	static const char safe_delimiters[] = ",;|\t";

	if (strchr(safe_delimiters, w->options->delimiter) == NULL || c->print == NULL)
		return false;
	if (c->field->kind == VALUE_TIME && c->field->print == NULL)
		return is_numeric_time(&w->style);
	return c->is_plain_number || (c->field->flags & FIELD_WORD && w->style.names >= NAMES_PROTO);
}

static void prepare(struct writer *w)
{
	for (size_t i = 0; i < w->cell_count; i++) {
		struct cell *c = &w->cells[i];

		c->is_safe = is_safe(w, c);
		if (!c->is_safe) /* a number may hold such delimiters as '.' */
			c->is_plain_number = false;
		if (w->style.abbreviate && c->field->flags & FIELD_ABBREVIATE) /* a blank stands for the unit of small ones */
			c->is_plain_number = false;
	}
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

/* A cell that holds the delimiter must be quoted to stay one cell, where quotes are asked for at all. */
static bool must_quote(const struct writer *w, const char *text, size_t length)
{
	return w->options->quote != 0 && has_any(text, length, w->options->delimiter, '\n', w->options->quote);
}

static inline char *put_cell(const struct writer *w, const struct cell *c, char *p, bool trusts)
{
	size_t length = c->length;

	copy_text(p, c->slot, length);
	if (c->is_plain_number)
		return p + length;
	if (c->is_flags && length > 0) {
		p[length] = ' '; /* its positions mean something, and a blank follows them */
		return p + length + 1;
	}
	while (length > 0 && c->slot[length - 1] == ' ')
		length--;
	if (unlikely(!(trusts && c->is_safe)) && length > 0 && unlikely(must_quote(w, c->slot, length)))
		return p + quote(p, length, w->options->quote);
	return p + length;
}

/* Only behind tabs, which are white space too, do the blanks of a last cell of flags go (2.2). */
static void end_line(struct writer *w, char *p)
{
	const char *start = out_at(w);

	while (p > start && p[-1] == ' ' && w->options->delimiter == '\t')
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

/* `trusts`: the cells that are safe are of a flow, of which that is known. */
static inline void put_cells(struct writer *w, bool trusts)
{
	const struct cell *c = w->cells, *end = c + w->cell_count;
	char delimiter = w->options->delimiter, *p = out_at(w);

	for (; c < end; c++) {
		p = put_cell(w, c, p, trusts);
		*p++ = delimiter;
	}
	end_line(w, w->cell_count > 0 ? p - 1 : p);
}

/* The source of an event is named by its probe, as it likes. */
static void flow(struct writer *w, struct flow *f)
{
	print_cells(w, f);
	put_cells(w, f->type != RECORD_EVENT);
}

static void mar(struct writer *w, const struct mar *m)
{
	print_cells_mar(w, m);
	put_cells(w, false);
}

const struct backend delimited_backend = {
	.prepare = prepare,
	.titles = titles,
	.flow = flow,
	.mar = mar,
};
