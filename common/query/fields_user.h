/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captured user data for printers and back-ends (printing.md 4.7). */
#ifndef COMMON_QUERY_FIELDS_USER_H
#define COMMON_QUERY_FIELDS_USER_H

#include "argus/base/buf.h"
#include "argus/query/fields.h"

/* How many of the captured bytes a column of this width shows. */
size_t user_shown(unsigned width, const struct user_data *user);

/* The bytes in one of the forms; returns the length, at most `room`. */
size_t user_encode(enum user_form form, const uint8_t *bytes, size_t count, char *out, size_t room);

/* Width of the cell, and the blanks before its title. */
unsigned user_width(const struct field *field, const struct style *style, unsigned width);
unsigned user_title_indent(const struct style *style, unsigned width);

/* -M printer=hex in text: a newline, and the lines of the column's data. Nothing without data. */
void user_dump(const struct field *field, struct flow *f, unsigned width, struct buf *to);

#endif
