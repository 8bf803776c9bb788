/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A byte string that grows. `data` is always followed by a NUL that is not
 * counted, so it can be used as text. Out of memory ends the process (as every
 * allocation here does, through xalloc): there is nothing better to do. */
#ifndef ARGUS_BASE_BUF_H
#define ARGUS_BASE_BUF_H

#include <stdarg.h>

#include "argus/base/compat.h"

struct buf {
	char *data; /* NULL until something is added */
	size_t length;
	size_t room;
};

#define BUF_INIT { NULL, 0, 0 }

/* Ends the process with a message. */
_Noreturn void out_of_memory(void);

/* malloc, calloc, realloc and strdup that do not return without memory. The
 * result is the caller's, to be freed with free(). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t length);
char *xasprintf(const char *format, ...) PRINTF_LIKE(1, 2);

void buf_fini(struct buf *b);
void buf_grow(struct buf *b, size_t more); /* for buf_reserve() */
void buf_add(struct buf *b, const void *bytes, size_t length);
void buf_text(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* Room for `more` further bytes. */
static inline void buf_reserve(struct buf *b, size_t more)
{
	if (unlikely(b->room - b->length <= more))
		buf_grow(b, more);
}

static inline void buf_clear(struct buf *b)
{
	b->length = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/* The text; "" when nothing was added. */
static inline const char *buf_string(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

/* Gives the text away; the caller frees it. The buffer is empty afterwards. */
char *buf_take(struct buf *b);

#endif
