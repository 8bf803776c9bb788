/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captured user data (printing.md 4.7). */
#include <ctype.h>

#include <nettle/base64.h>

#include "common/query/fields_print.h"
#include "common/query/fields_user.h"

size_t user_shown(unsigned width, const struct user_data *user)
{
	return user->count < width ? user->count : width;
}

static size_t put_ascii(const uint8_t *bytes, size_t count, char *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	return count;
}

/* Masks what follows each PASS, to the end of its line: a password may hold
 * anything else. */
static void mask_passwords(const uint8_t *bytes, size_t count, char *out)
{
	for (size_t i = 0; i + 5 < count; i++) {
		if (memcmp(bytes + i, "PASS", 4) != 0)
			continue;
		for (i += 5; i < count && bytes[i] != '\r' && bytes[i] != '\n'; i++)
			out[i] = 'x';
	}
}

static size_t put_hex_bytes(const uint8_t *bytes, size_t count, const char digits[16], char *out)
{
	for (size_t i = 0; i < count; i++) {
		out[i * 2] = digits[bytes[i] >> 4];
		out[i * 2 + 1] = digits[bytes[i] & 15];
	}
	return count * 2;
}

size_t user_encode(enum user_form form, const uint8_t *bytes, size_t count, char *out, size_t room)
{
	switch (form) {
	case USER_ASCII:
		return put_ascii(bytes, count > room ? room : count, out);
	case USER_OBFUSCATE:
		count = put_ascii(bytes, count > room ? room : count, out);
		mask_passwords(bytes, count, out);
		return count;
	case USER_HEX:
		return put_hex_bytes(bytes, count * 2 > room ? room / 2 : count, "0123456789abcdef", out);
	case USER_ENCODE32:
		return put_hex_bytes(bytes, count * 2 > room ? room / 2 : count, "0123456789ABCDEF", out);
	case USER_ENCODE64:
		if (BASE64_ENCODE_RAW_LENGTH(count) > room)
			count = room / 4 * 3;
		base64_encode_raw(out, count, bytes);
		return BASE64_ENCODE_RAW_LENGTH(count);
	}
	return 0;
}

#define USER_PREFIX_ROOM 24 /* s[N]= */

size_t print_user(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		  size_t room)
{
	const struct user_data *user = flow_user(f, field->side);
	char prefix[USER_PREFIX_ROOM];
	size_t length, data;

	if (user == NULL || user->count == 0)
		return 0;
	/* The prefix holds the length of what follows it, so the data come first. */
	data = user_encode(style->user, user->bytes, user_shown(width, user), out + USER_PREFIX_ROOM,
			   room - USER_PREFIX_ROOM);
	prefix[0] = field->side == SRC ? 's' : 'd';
	prefix[1] = '[';
	length = 2 + num_u64(prefix + 2, style->user == USER_ENCODE32 ? (data + 3) & ~(size_t)3 : data); /* in fours, as ever */
	prefix[length++] = ']';
	prefix[length++] = '=';
	memcpy(out, prefix, length);
	memmove(out + length, out + USER_PREFIX_ROOM, data);
	return length + data;
}

unsigned user_width(const struct field *field, const struct style *style, unsigned width)
{
	unsigned data = style->user == USER_ENCODE32 || style->user == USER_ENCODE64 ? width * 2 : width;

	if (field->side == SRC)
		return data + 8 + (width >= 10) + (width >= 100);
	return data + 8 + (width > 10);
}

unsigned user_title_indent(const struct style *style, unsigned width)
{
	unsigned data = style->user == USER_ENCODE32 || style->user == USER_ENCODE64 ? width * 2 : width;
	unsigned indent = (data + (width > 10)) / 2;

	return indent > 0 ? indent : 1;
}

void user_dump(const struct field *field, struct flow *f, unsigned width, struct buf *to)
{
	const struct user_data *user = flow_user(f, field->side);
	size_t count;

	if (user == NULL)
		return;
	buf_char(to, '\n');
	count = user_shown(width, user);
	for (size_t at = 0; at < count; at += 16) {
		size_t part = count - at < 16 ? count - at : 16;
		char line[80], *p = line;

		p += put_bytes(p, sizeof line, "      0x", 8);
		p += num_hex(p, at, 4);
		p += put_bytes(p, 2, "\t ", 2);
		for (size_t i = 0; i < 16; i++) {
			if (i < part)
				put_hex_bytes(user->bytes + at + i, 1, "0123456789abcdef", p);
			else
				memset(p, ' ', 2);
			p += 2;
			if (i % 2 == 1 && i != 15)
				*p++ = ' ';
		}
		*p++ = '\t';
		for (size_t i = 0; i < part; i++)
			*p++ = isgraph(user->bytes[at + i]) && user->bytes[at + i] < 0x7f ? (char)user->bytes[at + i] : '.';
		*p++ = '\n';
		buf_add(to, line, (size_t)(p - line));
	}
}

/* Version 5: the bytes of the encapsulating headers. */
size_t print_encaps_buffer(const struct field *field, struct flow *f, const struct style *style, unsigned width,
			   char *out, size_t room)
{
	const struct encaps *e = flow_encaps(f);

	(void)style, (void)width;
	if (e == NULL || e->header[field->side] == NULL)
		return 0;
	return user_encode(USER_HEX, e->header[field->side], e->header_length[field->side], out, room);
}
