/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A signal asks for the end, but nobody reads what we write: a write that waits is woken a few
 * times, and is given up when nothing was taken all the while. Costs nothing before. */
#ifndef ARGUS_BASE_ENDING_H
#define ARGUS_BASE_ENDING_H

#include "argus/base/compat.h"

/* From the handler of a signal that asks for the end. */
void ending_begin(void);

/* Says that what is written from here on knows about ending_waited(): nothing else is woken, for
 * the C library drops what it was about to write. */
void ending_watch(void);

/* A wait was interrupted, the *waits-th time with nothing done. Whether it is to be given up. */
bool ending_waited(unsigned *waits);

/* All is written: nothing is woken any more. */
void ending_done(void);

#endif
