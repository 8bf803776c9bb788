/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/outfiles.h"

#include "argus/base/buf.h"
#include "argus/base/clock.h"

/* Of all buffers together. Of ten thousand files each then has room for some dozens of
 * records, and is opened once for all of these. */
#define MEMORY_LIMIT ((size_t)64 << 20)

void outfiles_init(struct outfiles *o, size_t limit, bool is_atomic)
{
	*o = (struct outfiles){ .limit = limit > 0 ? limit : 1, .is_atomic = is_atomic, .now = clock_monotonic() };
	htab_init(&o->table, 0);
}

void outfiles_fini(struct outfiles *o)
{
	while (o->count > 0)
		outfiles_discard(o, o->all[o->count - 1]);
	free(o->waiting);
	free(o->all);
	htab_fini(&o->table);
}

struct outfile *outfiles_file(struct outfiles *o, char *path)
{
	uint32_t tag = (uint32_t)hash_bytes(path, strlen(path), hash_seed()), ref;
	struct htab_probe probe = htab_start(&o->table, tag);
	struct outfile *f;

	while ((ref = htab_next(&o->table, &probe)) != 0)
		if (strcmp(o->all[ref - 1]->path, path) == 0) {
			free(path);
			return o->all[ref - 1];
		}
	if (o->count == o->room) {
		o->room = o->room ? o->room * 2 : 16;
		o->all = xrealloc(o->all, o->room * sizeof(struct outfile *));
	}
	f = xcalloc(1, sizeof *f);
	f->path = path;
	f->tag = tag;
	o->all[o->count++] = f;
	f->ref = o->count;
	htab_add(&o->table, tag, f->ref);
	return f;
}

/* Files stand in the order in which they were written out. To be written out is to be
 * opened, and it is the first of those that are open that is closed to make room: so
 * these are always the newest ones, and one more pointer tells where they begin. */
static void unlink_file(struct outfiles *o, struct outfile *f)
{
	if (f->written == 0)
		return;
	if (o->oldest_open == f)
		o->oldest_open = f->newer;
	*(f->newer != NULL ? &f->newer->older : &o->newest) = f->older;
	*(f->older != NULL ? &f->older->newer : &o->oldest) = f->newer;
	f->newer = f->older = NULL;
	f->written = 0;
	o->open -= f->is_open;
	f->is_open = false;
}

static void link_newest(struct outfiles *o, struct outfile *f)
{
	f->older = o->newest;
	*(o->newest != NULL ? &o->newest->newer : &o->oldest) = f;
	o->newest = f;
	if (o->oldest_open == NULL)
		o->oldest_open = f;
	f->written = o->now;
	f->is_open = true;
	o->open++;
}

/* Writes out what the file has in memory, and closes it. */
static int rest(struct outfiles *o, struct outfile *f, struct err *err)
{
	size_t memory = sink_memory(f->sink);

	if (sink_rest(f->sink, err) < 0)
		return -1;
	o->memory -= memory;
	return 0;
}

static int close_oldest(struct outfiles *o, struct err *err)
{
	struct outfile *f = o->oldest_open;

	if (rest(o, f, err) < 0)
		return -1;
	f->is_open = false;
	o->open--;
	o->oldest_open = f->newer;
	return 0;
}

/* The file is about to be written out. */
static int open_file(struct outfiles *o, struct outfile *f, struct err *err)
{
	unlink_file(o, f);
	while (o->open >= o->limit)
		if (close_oldest(o, err) < 0)
			return -1;
	link_newest(o, f);
	return 0;
}

static void add_waiting(struct outfiles *o, struct outfile *f)
{
	if (o->waiting_count == o->waiting_room) {
		o->waiting_room = o->waiting_room ? o->waiting_room * 2 : 64;
		o->waiting = xrealloc(o->waiting, o->waiting_room * sizeof(struct outfile *));
	}
	o->waiting[o->waiting_count++] = f;
	f->waits = o->waiting_count;
}

static void remove_waiting(struct outfiles *o, struct outfile *f)
{
	struct outfile *last;

	if (f->waits == 0)
		return;
	last = o->waiting[--o->waiting_count];
	o->waiting[f->waits - 1] = last;
	last->waits = f->waits;
	f->waits = 0;
}

int outfiles_write(struct outfiles *o, struct outfile *f, struct err *err)
{
	if (f->waits == 0)
		return 0;
	if (open_file(o, f, err) < 0 || sink_flush(f->sink, err) < 0)
		return -1;
	remove_waiting(o, f);
	return 0;
}

/* Writes out all that waits. */
static int write_all(struct outfiles *o, struct err *err)
{
	while (o->waiting_count > 0)
		if (outfiles_write(o, o->waiting[o->waiting_count - 1], err) < 0)
			return -1;
	return 0;
}

/* The memory is full: nothing of it is kept. */
static int rest_all(struct outfiles *o, struct err *err)
{
	if (write_all(o, err) < 0)
		return -1;
	while (o->open > 0)
		if (close_oldest(o, err) < 0)
			return -1;
	return 0;
}

static int open_sink(struct outfiles *o, struct outfile *f, const uint8_t *initial, struct err *err)
{
	f->sink = o->is_atomic ? sink_open_atomic(f->path, initial, err) : sink_open(f->path, initial, err);
	if (f->sink == NULL)
		return -1;
	sink_continue(f->sink);
	return 0;
}

HOT int outfiles_put(struct outfiles *o, struct outfile *f, const uint8_t *initial, const void *record, size_t length,
		     struct err *err)
{
	size_t before;

	if (unlikely(f->sink == NULL) && open_sink(o, f, initial, err) < 0)
		return -1;
	before = sink_memory(f->sink);
	if (sink_put(f->sink, record, length, err) < 0)
		return -1;
	o->memory += sink_memory(f->sink) - before;
	if (unlikely(f->waits == 0))
		add_waiting(o, f);
	if (unlikely(o->memory > MEMORY_LIMIT))
		return rest_all(o, err);
	if (unlikely(!f->is_open && sink_is_open(f->sink))) /* its buffer was full */
		return open_file(o, f, err);
	return 0;
}

int outfiles_tick(struct outfiles *o, struct err *err)
{
	o->now = clock_monotonic();
	for (struct outfile *f = o->oldest_open; f != NULL; f = f->newer)
		if (sink_renew(f->sink, err) < 0)
			return -1;
	return write_all(o, err);
}

struct outfile *outfiles_idle(const struct outfiles *o, uint64_t age)
{
	struct outfile *f = o->oldest;

	return f != NULL && f->waits == 0 && o->now - f->written >= age ? f : NULL;
}

static void forget(struct outfiles *o, struct outfile *f)
{
	struct outfile *last = o->all[--o->count];

	unlink_file(o, f);
	remove_waiting(o, f);
	htab_remove(&o->table, f->tag, f->ref);
	if (last != f) {
		htab_replace(&o->table, last->tag, last->ref, f->ref);
		last->ref = f->ref;
		o->all[f->ref - 1] = last;
	}
	free(f->path);
	free(f);
}

int outfiles_close(struct outfiles *o, struct outfile *f, struct err *err)
{
	int result = 0;

	if (f->sink != NULL) {
		if (!f->is_open && (f->waits > 0 || o->is_atomic)) /* there is something left to be written */
			result = open_file(o, f, err);
		o->memory -= sink_memory(f->sink);
		if (sink_close(f->sink, err) < 0)
			result = -1;
	}
	forget(o, f);
	return result;
}

void outfiles_discard(struct outfiles *o, struct outfile *f)
{
	if (f->sink != NULL)
		sink_discard(f->sink);
	forget(o, f);
}
