/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A signal asks for the end, but nobody reads what we write: a write that waits is woken a few
 * times, and is given up when nothing was taken all the while. Costs nothing before. */
#ifndef ARGUS_BASE_ENDING_H
#define ARGUS_BASE_ENDING_H

#include <sys/types.h>

#include "argus/base/compat.h"

/* From the handler of a signal that asks for the end. */
void ending_begin(void);

/* Says that what is written from here on is written by ending_write(): nothing else is woken, for
 * the C library drops what it was about to write. */
void ending_watch(void);

/* write(2) that waits for the reader. Returns how much was taken, 0 to be called again, or -1 with errno: EINTR
 * when it is given up. `waits` counts since the reader took something last, and is 0 at first; NULL: a
 * file, which is never given up. */
ssize_t ending_write(int fd, const void *bytes, size_t length, unsigned *waits);

/* All is written: nothing is woken any more. */
void ending_done(void);

#endif
