/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where records go: a file, standard output, later a socket. Writes are large
 * and end at a record boundary. */
#ifndef ARGUS_IO_SINK_H
#define ARGUS_IO_SINK_H

#include "argus/base/err.h"

struct sink;

/* Opens `path` for appending ("-": standard output). The file is made, with
 * missing directories, only when the first record is put. `initial` (MAR_SIZE
 * bytes, copied) is written before the first record, into an existing file too,
 * as the reference appends whole streams. NULL: no initial MAR. */
struct sink *sink_open(const char *path, const void *initial, struct err *err);

/* Atomic files: written under a temporary name beside `path`, then, on close,
 * synced to disk and renamed to it. */
struct sink *sink_open_atomic(const char *path, const void *initial, struct err *err);

/* Puts one record. Returns -1 when the file cannot be written (full disk, broken
 * pipe): nothing of that write stays behind in a file. */
int sink_put(struct sink *s, const void *record, size_t length, struct err *err);

/* Creates the file although nothing was put yet, with its initial MAR. */
int sink_touch(struct sink *s, struct err *err);

/* Writes out what is buffered. */
int sink_flush(struct sink *s, struct err *err);

/* Flushes, closes and frees. Returns -1 if the last write, the sync or the rename failed. */
int sink_close(struct sink *s, struct err *err);

const char *sink_path(const struct sink *s);
uint64_t sink_records(const struct sink *s); /* put so far, without the initial MAR */
uint64_t sink_bytes(const struct sink *s);

/* Whether the file behind the sink was renamed or removed since it was opened
 * (the probe re-creates it: probe.md 18). */
bool sink_moved(const struct sink *s);

#endif
