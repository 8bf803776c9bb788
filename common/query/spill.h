/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Temporary files for what does not fit in memory: in $TMPDIR (or /tmp), unlinked at
 * once; written piece by piece first, and then read from the beginning; or written as they come, and
 * read anywhere in between. */
#ifndef COMMON_QUERY_SPILL_H
#define COMMON_QUERY_SPILL_H

#include "argus/base/err.h"

#define SPILL_BUFFER ((size_t)32 << 10) /* bytes that each has in memory: there may be hundreds */

struct spill;

/* NULL, with the reason, when no file can be made. */
struct spill *spill_new(struct err *err);
void spill_free(struct spill *s);

/* Appends one piece. -1 when it cannot be written (full disk). */
int spill_put(struct spill *s, const void *bytes, size_t length, struct err *err);

/* The next piece, from the first on: 1, and *bytes stays until the next call; 0 at the
 * end; -1 when it cannot be read. The first call ends writing. */
int spill_next(struct spill *s, const void **bytes, size_t *length, struct err *err);

/* Appends bytes, which lie where the file ended before. -1 when they cannot be written. */
int spill_add(struct spill *s, const void *bytes, size_t length, struct err *err);
uint64_t spill_end(const struct spill *s);

/* Reads bytes that are there. -1 when they cannot be read. */
int spill_read(struct spill *s, uint64_t at, void *to, size_t length, struct err *err);

#endif
