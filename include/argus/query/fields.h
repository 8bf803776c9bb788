/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The field table: one row for each column, and everything that the suite knows
 * about a column is in its row or follows from it. Printing, -s, sorting,
 * filtering by value, aggregation keys, JSON, XML, the manual's list and the
 * shell completion walk this table. (printing.md 2 and 4; aggregation.md 3.1, 7.) */
#ifndef ARGUS_QUERY_FIELDS_H
#define ARGUS_QUERY_FIELDS_H

#include "argus/base/err.h"
#include "argus/query/style.h"
#include "argus/record/flow.h"
#include "argus/record/mar.h"

/* What a value is. Decides how it prints, compares, filters and looks in JSON. */
enum value_kind {
	VALUE_NONE,
	VALUE_UINT,   /* u */
	VALUE_FLOAT,  /* d, but single precision: printed from the rounded value */
	VALUE_DOUBLE, /* d */
	VALUE_TIME,   /* u: microseconds since 1970 */
	VALUE_ADDR,   /* addr: IPv4, IPv6, MAC or an IS-IS id, by length */
	VALUE_TEXT,   /* text, length; borrowed from the flow or a constant table */
	VALUE_HEX,    /* u, shown as 0x%04x or so */
};

struct value {
	enum value_kind kind;
	uint64_t u;
	double d;
	uint8_t addr[32];
	uint8_t addr_length; /* 4, 16, 6 ... bytes */
	const char *text;
	size_t length;
};

/* The side of a column that speaks of both directions. */
enum { BOTH = 2 };

struct field;

/* Writes the cell's text (not padded, not cut) to `out` and returns its length;
 * it never writes more than `room` bytes and no NUL. `width` is the column's. */
typedef size_t field_printer(const struct field *field, struct flow *f, const struct style *style, unsigned width,
			     char *out, size_t room);
/* The same for a management record. */
typedef size_t field_mar_printer(const struct field *field, const struct mar *m, const struct style *style,
				 unsigned width, char *out, size_t room);

enum field_flag {
	FIELD_LEFT = 0x01,        /* left-justified */
	FIELD_NEVER_CUT = 0x02,   /* may push the line */
	FIELD_FIXED = 0x04,       /* keeps its width with a delimiter too (flgs, dir, tcpopt) */
	FIELD_TIME_WIDTH = 0x08,  /* width + precision */
	FIELD_CENTRED = 0x10,     /* title */
	FIELD_NO_TITLE = 0x20,
	FIELD_NUMBER = 0x40,      /* a JSON number */
	FIELD_V5 = 0x80,          /* a column of Argus 5 */
	FIELD_EXTRA = 0x100,      /* a column of ours */
	FIELD_ZERO = 0x200,       /* a missing value prints as 0 (JSON leaves it out all the same) */
	FIELD_ABBREVIATE = 0x400, /* -H shortens it: 6.087K */
	FIELD_DESCENDING = 0x800, /* sorts greatest first */
	FIELD_PERCENT = 0x1000,   /* -% shows it as a percentage */
	FIELD_WORD = 0x2000,      /* of a flow, without names of hosts and services, it never holds , ; | " ' or white space
				   * but blanks */
	FIELD_CODE = 0x4000,      /* text has a form of its own for it, JSON the number (AS numbers) */
	FIELD_PORT_NAME = 0x8000, /* shown by name, if it has one, until -n */
	FIELD_PROTO_NAME = 0x10000, /* the same until -nn */
	FIELD_TIES = 0x20000,       /* sorting, a missing number is like every other, and not 0 */
};

struct field {
	const char *name;  /* of -s */
	const char *title;
	const char *xml;   /* attribute; NULL: none in XML */
	const char *unit;  /* "", "s", "bytes", "packets", "bit/s", "ms", "%" ... */
	const char *help;  /* one line, for the manual, completion and schemas */
	uint8_t width;
	uint8_t kind;      /* enum value_kind */
	uint8_t side;      /* SRC, DST or BOTH, for getters that serve all */
	uint8_t param;     /* for getters that serve several columns */
	uint32_t flags;    /* enum field_flag */

	/* The value, or false when the record does not have it. NULL: the column has no value (xxx). */
	bool (*get)(const struct field *field, struct flow *f, struct value *v);
	field_printer *print;         /* NULL: by kind */
	field_mar_printer *print_mar; /* NULL: blank (printing.md 5.1) */
	/* Order for sorting, ascending; NULL: that of the value. See field_compare. */
	int (*compare)(const struct field *field, struct flow *a, struct flow *b);
};

/* All columns, in the order of the manual. */
extern const struct field field_table[];
extern const size_t field_count;

/* The row of that exact name, or NULL. Aliases (abr, svc ...) find their row. */
const struct field *field_by_name(const char *name, size_t length);

/* The name nearest to a misspelt one, or NULL if nothing is near. */
const char *field_nearest(const char *name);

/* The column's value of a flow. False, and VALUE_NONE, when there is none. */
static inline bool field_value(const struct field *field, struct flow *f, struct value *v)
{
	if (field->get != NULL && field->get(field, f, v))
		return true;
	v->kind = VALUE_NONE;
	return false;
}

/* The cell's text by the row's printer or its kind. See field_printer. */
size_t field_print(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		   size_t room);
size_t field_print_mar(const struct field *field, const struct mar *m, const struct style *style, unsigned width,
		       char *out, size_t room);

/* The title under a style (rmon, percent and -A change some). */
const char *field_title(const struct field *field, const struct style *style);

/* The order of two flows by a column, as rasort has it (aggregation.md 7):
 * negative when `a` comes first, greatest first for FIELD_DESCENDING. */
int field_compare(const struct field *field, struct flow *a, struct flow *b);

/* Whether a flow without the column's value is sorted as one with 0, or an empty text. */
bool field_sorts_as_zero(const struct field *field);

/* -1, 0, 1, ascending. A missing value equals every value (aggregation.md 7). */
int value_compare(const struct value *a, const struct value *b);

/* A list of columns as -s edits it (printing.md 2.1). */
struct column {
	const struct field *field;
	unsigned width;
	char format[16]; /* "": none */
};

struct columns {
	struct column *item;
	size_t count;
	bool is_default; /* nothing edited it yet */
	bool is_closed;  /* what edits it next is of another kind (a file, options): an item without a sign empties it first */
	size_t tail;        /* columns that were put past the end: they stay behind those appended later */
	struct column *set; /* width and format last given to a name, for its later items */
	size_t set_count;
};

/* How many characters a column takes in aligned text: its width, with the fraction
 * of a time and the frame of user data. */
unsigned column_width(const struct column *column, const struct style *style);

/* The cell of one column: field_print, but for a format of the column's own. */
size_t column_print(const struct column *column, struct flow *f, const struct style *style, char *out, size_t room);

/* Adds a flow to the sums behind -%. */
void totals_add(struct totals *totals, struct flow *f);

void columns_init(struct columns *c); /* the default list of printing.md 2.1 */
void columns_fini(struct columns *c);

/* Applies one word of -s: items separated by blanks or commas. Unknown names and
 * widths of 0 are errors that name the nearest valid one. */
int columns_edit(struct columns *c, const char *word, struct err *err);

#endif
