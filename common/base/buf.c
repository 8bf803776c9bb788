/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/buf.h"

#include <stdarg.h>

void out_of_memory(void)
{
	fputs("out of memory\n", stderr);
	abort();
}

static void *or_die(void *memory)
{
	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *xmalloc(size_t size) { return or_die(malloc(size ? size : 1)); }
void *xcalloc(size_t count, size_t size) { return or_die(calloc(count ? count : 1, size ? size : 1)); }
void *xrealloc(void *old, size_t size) { return or_die(realloc(old, size ? size : 1)); }
char *xstrdup(const char *text) { return or_die(strdup(text)); }
char *xstrndup(const char *text, size_t length) { return or_die(strndup(text, length)); }

char *xasprintf(const char *format, ...)
{
	struct buf b = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	return buf_take(&b);
}

void buf_fini(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

COLD void buf_grow(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 64;

	while (room <= b->length + more)
		room += room / 2;
	b->data = xrealloc(b->data, room);
	b->room = room;
}

void buf_add(struct buf *b, const void *bytes, size_t length)
{
	buf_reserve(b, length);
	if (length > 0)
		memcpy(b->data + b->length, bytes, length);
	b->length += length;
	b->data[b->length] = '\0';
}

void buf_text(struct buf *b, const char *text) { buf_add(b, text, strlen(text)); }
void buf_char(struct buf *b, char c) { buf_add(b, &c, 1); }

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	if (length > 0) {
		buf_reserve(b, (size_t)length);
		vsnprintf(b->data + b->length, (size_t)length + 1, format, again);
		b->length += (size_t)length;
	}
	va_end(again);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

char *buf_take(struct buf *b)
{
	char *text = b->data != NULL ? b->data : xstrdup("");

	*b = (struct buf)BUF_INIT;
	return text;
}
