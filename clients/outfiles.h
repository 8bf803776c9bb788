/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many files that are written in turn, however many: few of them are open at a time, and
 * their records wait in memory, of which there is a limit, too. */
#ifndef CLIENTS_OUTFILES_H
#define CLIENTS_OUTFILES_H

#include "argus/base/hash.h"
#include "argus/io/sink.h"

struct outfile {
	char *path;
	void *owner;       /* whoever writes it may keep something here; else NULL */
	struct sink *sink; /* NULL: nothing was put yet */
	struct outfile *newer, *older; /* by when they were written out; the newest are open */
	uint64_t written; /* when that was, by clock_monotonic(); 0: not yet */
	size_t waits;     /* its place among those with records in memory, from 1; 0: none */
	uint32_t tag, ref; /* its entry in the table */
	bool is_open;
};

struct outfiles {
	size_t limit; /* of open files */
	bool is_atomic;
	size_t open, memory;
	struct outfile *newest, *oldest, *oldest_open;
	struct outfile **waiting; /* files with records in memory */
	size_t waiting_count, waiting_room;
	struct htab table; /* by path: places in `all`, from 1 */
	struct outfile **all;
	uint32_t count, room;
	uint64_t now;
};

/* `limit`: files that may be open at a time. `is_atomic`: they are sink_open_atomic(). */
void outfiles_init(struct outfiles *o, size_t limit, bool is_atomic);
void outfiles_fini(struct outfiles *o); /* gives up the files that are left */

/* The file of that path, which is taken over; there is one for each path. */
struct outfile *outfiles_file(struct outfiles *o, char *path_taken);

/* Puts a record. `initial` as of sink_open(). */
int outfiles_put(struct outfiles *o, struct outfile *f, const uint8_t *initial, const void *record, size_t length,
		 struct err *err);

/* Writes out what the file has in memory. */
int outfiles_write(struct outfiles *o, struct outfile *f, struct err *err);

/* Once a second: what was put is in its file, and a file that was moved, removed or
 * emptied by somebody is made anew (aggregation.md 6.5, 5). */
int outfiles_tick(struct outfiles *o, struct err *err);

/* A file that nothing was put to for `age` microseconds; NULL: there is none. */
struct outfile *outfiles_idle(const struct outfiles *o, uint64_t age);

/* Closes a file, or gives up what is in memory, and frees it. */
int outfiles_close(struct outfiles *o, struct outfile *f, struct err *err);
void outfiles_discard(struct outfiles *o, struct outfile *f);

#endif
