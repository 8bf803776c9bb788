/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/out/escape.h"

/* The bytes of the UTF-8 sequence at `p`, or 0 if there is none: RFC 3629, without
 * overlong forms, surrogates and what is beyond U+10FFFF. */
static size_t utf8_length(const uint8_t *p, size_t left)
{
	uint8_t lead = p[0], low = 0x80, high = 0xbf;
	size_t length;

	if (lead >= 0xc2 && lead <= 0xdf)
		length = 2;
	else if (lead >= 0xe0 && lead <= 0xef)
		length = 3;
	else if (lead >= 0xf0 && lead <= 0xf4)
		length = 4;
	else
		return 0;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	if (left < length || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return length;
}

static char *put(char *to, const char *text, size_t length)
{
	memcpy(to, text, length);
	return to + length;
}

/* A byte above 0x7f with what belongs to it; moves *i to its last byte. */
static char *put_utf8(char *to, const char *from, size_t length, size_t *i)
{
	size_t n = utf8_length((const uint8_t *)from + *i, length - *i);

	if (n == 0)
		return put(to, "\xef\xbf\xbd", 3);
	to = put(to, from + *i, n);
	*i += n - 1;
	return to;
}

static char *put_json_control(char *to, uint8_t c)
{
	static const char digits[] = "0123456789abcdef";
	static const char short_forms[0x20] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
	};

	*to++ = '\\';
	if (c < 0x20 && short_forms[c] != 0) {
		*to++ = short_forms[c];
		return to;
	}
	to = put(to, "u00", 3);
	*to++ = digits[c >> 4];
	*to++ = digits[c & 15];
	return to;
}

char *escape_json(char *to, const char *from, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint8_t c = (uint8_t)from[i];

		if (c == '"' || c == '\\') {
			*to++ = '\\';
			*to++ = (char)c;
		} else if (c < 0x20 || c == 0x7f) {
			to = put_json_control(to, c);
		} else if (c < 0x80) {
			*to++ = (char)c;
		} else {
			to = put_utf8(to, from, length, &i);
		}
	}
	return to;
}

char *escape_xml(char *to, const char *from, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint8_t c = (uint8_t)from[i];

		switch (c) {
		case '&':
			to = put(to, "&amp;", 5);
			break;
		case '"':
			to = put(to, "&quot;", 6);
			break;
		case '\'':
			to = put(to, "&#39;", 5);
			break;
		case '<':
			to = put(to, "&lt;", 4);
			break;
		case '>':
			to = put(to, "&gt;", 4);
			break;
		default:
			if (c >= 0x80)
				to = put_utf8(to, from, length, &i);
			else
				*to++ = c >= 0x20 ? (char)c : '.'; /* XML 1.0 has no control characters */
		}
	}
	return to;
}
