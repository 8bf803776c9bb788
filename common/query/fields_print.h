/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How printers put text into a cell: never past its room, never a NUL. */
#ifndef COMMON_QUERY_FIELDS_PRINT_H
#define COMMON_QUERY_FIELDS_PRINT_H

#include "argus/base/num.h"
#include "common/query/fields_rows.h"

/* Every cell has at least this much room, so that what is known to be shorter
 * (numbers, addresses, words) is written without asking. */
#define CELL_ROOM 80

/* A text whose length is known when it is compiled. */
struct word {
	const char *text;
	uint8_t length;
};
#define WORD(literal) { literal, sizeof(literal) - 1 }

static inline size_t put_bytes(char *out, size_t room, const char *text, size_t length)
{
	if (unlikely(length > room))
		length = room;
	memcpy(out, text, length);
	return length;
}

static inline size_t put_word(char *out, const struct word *w)
{
	memcpy(out, w->text, w->length);
	return w->length;
}

static inline size_t put_text(char *out, size_t room, const char *text)
{
	return put_bytes(out, room, text, strlen(text));
}

/* A value by its kind. */
size_t value_print(const struct field *field, const struct value *v, const struct style *style, char *out, size_t room);

/* 0x and `digits` hexadecimal digits or more. */
static inline size_t put_hex(char *out, uint64_t v, unsigned digits)
{
	memcpy(out, "0x", 2);
	return 2 + num_hex(out + 2, v, digits);
}

/* Exactly what the cell of a port or an address says when text does not fit. */
static inline size_t cut_with_star(char *out, size_t length, unsigned width)
{
	if (length <= width)
		return length;
	out[width - 1] = '*';
	return width;
}

/* The length of a cell that is cut to its column without a mark. */
static inline size_t cut_bare(size_t length, const struct style *style, unsigned width)
{
	return style->fixed_width && length > width ? width : length;
}

/* A time of day or a date by the style (printing.md 2.5). */
size_t print_time(uint64_t at, const struct style *style, char *out, size_t room);

#endif
