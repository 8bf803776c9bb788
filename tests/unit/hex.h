/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets written down in tests: hexadecimal digits, blanks between them where they
 * help, and "bb*n" for n times the byte. */
#ifndef TESTS_UNIT_HEX_H
#define TESTS_UNIT_HEX_H

#include "argus/base/compat.h"

static inline unsigned hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Writes the bytes to `to`, which must have room; returns how many. */
static inline size_t hex_bytes(const char *text, uint8_t *to)
{
	size_t n = 0;

	while (*text != '\0') {
		if (*text == ' ') {
			text++;
			continue;
		}
		to[n++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
		text += 2;
		if (*text == '*') {
			char *end;
			unsigned long times = strtoul(text + 1, &end, 10);

			text = end;
			for (; times > 1; times--, n++)
				to[n] = to[n - 1];
		}
	}
	return n;
}

#endif
