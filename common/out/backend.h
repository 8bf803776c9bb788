/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the writer and its back-ends. A back-end is one row of functions that
 * put their text into the writer's buffer; the writer calls them in turn and
 * writes the buffer out. */
#ifndef COMMON_OUT_BACKEND_H
#define COMMON_OUT_BACKEND_H

#include "argus/out/writer.h"

/* A column, prepared. */
struct cell {
	const struct column *column;
	const struct field *field;
	unsigned width;    /* in aligned text */
	uint32_t length;   /* of the text of the current record, in the slot */
	char *slot;        /* where the cell is printed, before the line is put together */
	uint32_t room;     /* what its text may take */
	field_printer *print; /* the row's own, or field_print; NULL: the column has a format of its own */
	char *open;        /* what stands before the value: `"name":`, ` Name = "` */
	size_t open_length;
	bool is_left, is_never_cut, is_plain_number;
	bool is_safe;      /* delimited: its text never needs quotes */
	bool is_spacer;    /* takes no room in a line */
	bool joins;        /* a port right behind its address */
	bool is_repeated;  /* the column stands further left already: no second key or attribute */
	bool is_user;      /* user data */
	bool is_value;     /* JSON: the number is taken from the record where the text is none */
	bool is_flags;     /* flgs, whose positions mean something */
};

struct writer {
	const struct backend *backend;
	const struct writer_options *options;
	struct style style; /* as asked for, fitted to the form of output */
	struct cell *cells;
	size_t cell_count;
	struct buf out;
	char *slots;
	size_t line_room; /* what one line needs at most */
	uint64_t records; /* written so far, of all kinds */
	uint64_t ordinal; /* of the last record that counts */
	struct mar probe;
	bool has_probe;
	bool has_begun;
	bool has_origin;
	int failure; /* errno of the write that failed */
};

struct backend {
	void (*prepare)(struct writer *w);                    /* once, when the cells are there */
	void (*begin)(struct writer *w);                      /* before the first record; may be NULL */
	void (*titles)(struct writer *w);                     /* NULL: this form has none */
	void (*flow)(struct writer *w, struct flow *f);       /* one line or more, with newline */
	void (*mar)(struct writer *w, const struct mar *m);
	void (*end)(struct writer *w);                        /* if it was begun; may be NULL */
};

extern const struct backend text_backend, delimited_backend, xml_backend, json_backend;

/* The next byte to write. The line's room has been reserved. */
static inline char *out_at(struct writer *w)
{
	return w->out.data + w->out.length;
}

/* Everything before `p` has been written. */
static inline void out_upto(struct writer *w, const char *p)
{
	w->out.length = (size_t)(p - w->out.data);
}

static inline size_t cell_print(struct writer *w, const struct cell *c, struct flow *f, char *out)
{
	if (likely(c->print != NULL))
		return c->print(c->field, f, &w->style, c->column->width, out, c->room);
	return column_print(c->column, f, &w->style, out, c->room);
}

/* Prints every cell into its slot. The line is put together afterwards, in long
 * copies: a processor that is to read back at once what it wrote in small pieces
 * stalls at every cell. */
static inline void print_cells(struct writer *w, struct flow *f)
{
	struct cell *c = w->cells, *end = c + w->cell_count;

	for (; c < end; c++)
		c->length = (uint32_t)cell_print(w, c, f, c->slot);
}

static inline void print_cells_mar(struct writer *w, const struct mar *m)
{
	struct cell *c = w->cells, *end = c + w->cell_count;

	for (; c < end; c++)
		c->length = (uint32_t)field_print_mar(c->field, m, &w->style, c->column->width, c->slot, c->room);
}

/* Copies `length` bytes, and up to 32 more that do not count; both sides have room. */
static inline char *copy_text(char *to, const char *from, size_t length)
{
	if (likely(length <= 32)) {
		memcpy(to, from, 16);
		if (length > 16)
			memcpy(to + 16, from + 16, 16);
	} else {
		memcpy(to, from, length);
	}
	return to + length;
}

/* The text of a slot eight bytes at a time; in place of what lies behind its end, `fill`. */
#define EACH_BYTE(byte) (0x0101010101010101u * (uint8_t)(byte))
#define HAS_ZERO_BYTE(x) (((x) - EACH_BYTE(1)) & ~(x) & EACH_BYTE(0x80))

static inline uint64_t eight_bytes(const char *text, size_t length, size_t at, char fill)
{
	uint64_t x;

	memcpy(&x, text + at, sizeof x);
	if (length - at < 8) {
		uint64_t beyond = ~(uint64_t)0 << (length - at) * 8;

		x = (x & ~beyond) | (EACH_BYTE(fill) & beyond);
	}
	return x;
}

/* The title, cut to the column unless it is centred; returns its length. */
size_t cell_title(const struct writer *w, const struct cell *c, const char **title);

#endif
