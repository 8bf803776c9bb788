/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes that it takes work to get, such as those of a compressed file, got some blocks ahead
 * by a thread of its own, while the reader is busy with what it has. */
#ifndef COMMON_IO_AHEAD_H
#define COMMON_IO_AHEAD_H

#include "argus/base/err.h"

#define AHEAD_BLOCK ((size_t)256 << 10)
#define AHEAD_BLOCKS 4u

struct ahead;

/* Gives up to `room` bytes: how many, 0 at the end, -1 on errors. Not called again after
 * either. */
typedef ssize_t ahead_fill(void *context, void *to, size_t room, struct err *err);

/* From now on `context` is the thread's, until ahead_read() has told the end or an error.
 * Without `threaded`, or if there is no thread to be had, `fill` is called by ahead_read();
 * it is asked for the same bytes in the same portions. */
struct ahead *ahead_new(ahead_fill *fill, void *context, bool threaded);

/* The thread ends soon, wherever it is; what it got is thrown away. NULL is harmless. */
void ahead_free(struct ahead *a);

/* As `fill`. An error comes behind the bytes before it; it and the end come again when asked
 * again. */
ssize_t ahead_read(struct ahead *a, void *to, size_t room, struct err *err);

#endif
