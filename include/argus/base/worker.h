/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread that works off blocks in the order in which they are given to it. A block is
 * many records, so that the lock is taken rarely. */
#ifndef ARGUS_BASE_WORKER_H
#define ARGUS_BASE_WORKER_H

#include "argus/base/compat.h"

#define WORKER_QUEUE 4u /* blocks that may wait */

/* Blocks that a giver goes round in: when it comes to one again, it has been worked off. */
#define WORKER_BLOCKS (WORKER_QUEUE + 2)

struct worker;

/* Starts the thread. `work` is called with `context` and one block after the other. NULL:
 * the system has no more threads. Signals are left to the thread that starts it. */
struct worker *worker_new(void (*work)(void *context, void *block), void *context);

/* Gives a block to the worker; waits while WORKER_QUEUE blocks do. */
void worker_push(struct worker *w, void *block);

/* Waits until all blocks are worked off: what the worker changed can be looked at. */
void worker_wait(struct worker *w);

/* Waits until `count` blocks are worked off, of all that were ever given: what the worker
 * changed in these can be looked at. */
void worker_wait_for(struct worker *w, uint64_t count);

/* Waits as well, and ends the thread. NULL is harmless. */
void worker_free(struct worker *w);

/* The processors that this process may run on. */
unsigned worker_cpus(void);

#endif
