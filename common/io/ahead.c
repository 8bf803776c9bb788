/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/ahead.h"

#include <stdatomic.h>

#include "argus/base/buf.h"
#include "argus/base/worker.h"

_Static_assert(AHEAD_BLOCKS <= WORKER_QUEUE, "all blocks can wait to be filled");

struct block {
	uint8_t *bytes;
	size_t at, length;
	ssize_t result; /* 0: the end comes behind these bytes; -1: an error */
	struct err err;
};

/* Blocks go round: the worker fills them in order, the reader gives each back when it has
 * read it. */
struct ahead {
	ahead_fill *fill;
	void *context;
	struct worker *worker; /* NULL: filled when they are wanted */
	struct block block[AHEAD_BLOCKS];
	bool is_over;     /* the worker's: fill() has nothing more */
	atomic_bool stop; /* nobody wants more */
	/* The reader's: */
	unsigned current;
	bool has_current;
	uint64_t taken; /* blocks so far */
};

static void fill_block(void *context, void *argument)
{
	struct ahead *a = context;
	struct block *b = argument;

	b->at = b->length = 0;
	b->result = 1;
	while (b->length < AHEAD_BLOCK && !a->is_over && !atomic_load_explicit(&a->stop, memory_order_relaxed)) {
		b->result = a->fill(a->context, b->bytes + b->length, AHEAD_BLOCK - b->length, &b->err);
		if (b->result > 0)
			b->length += (size_t)b->result;
		else
			a->is_over = true;
	}
}

struct ahead *ahead_new(ahead_fill *fill, void *context, bool threaded)
{
	struct ahead *a = xcalloc(1, sizeof *a);

	a->fill = fill;
	a->context = context;
	atomic_init(&a->stop, false);
	if (threaded)
		a->worker = worker_new(fill_block, a);
	for (unsigned i = 0; i < (a->worker != NULL ? AHEAD_BLOCKS : 1); i++)
		a->block[i].bytes = xmalloc(AHEAD_BLOCK);
	for (unsigned i = 0; i < AHEAD_BLOCKS && a->worker != NULL; i++)
		worker_push(a->worker, &a->block[i]);
	return a;
}

void ahead_free(struct ahead *a)
{
	if (a == NULL)
		return;
	atomic_store(&a->stop, true);
	worker_free(a->worker);
	for (unsigned i = 0; i < AHEAD_BLOCKS; i++)
		free(a->block[i].bytes);
	free(a);
}

/* The block with what comes next. */
static struct block *current_block(struct ahead *a)
{
	struct block *b = &a->block[a->current];

	if (a->has_current)
		return b;
	if (a->worker != NULL)
		worker_wait_for(a->worker, ++a->taken);
	else
		fill_block(a, b);
	a->has_current = true;
	return b;
}

/* It was read to its end. */
static void give_back(struct ahead *a)
{
	a->has_current = false;
	if (a->worker == NULL)
		return;
	worker_push(a->worker, &a->block[a->current]);
	a->current = (a->current + 1) % AHEAD_BLOCKS;
}

ssize_t ahead_read(struct ahead *a, void *to, size_t room, struct err *err)
{
	struct block *b = current_block(a);

	while (b->at == b->length && b->result > 0) {
		give_back(a);
		b = current_block(a);
	}
	if (b->at == b->length) {
		if (b->result < 0 && err != NULL)
			*err = b->err;
		return b->result;
	}
	if (room > b->length - b->at)
		room = b->length - b->at;
	memcpy(to, b->bytes + b->at, room);
	b->at += room;
	return (ssize_t)room;
}
