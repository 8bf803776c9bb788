/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where records go: a file, standard output, later a socket. Writes are large
 * and end at a record boundary. */
#ifndef ARGUS_IO_SINK_H
#define ARGUS_IO_SINK_H

#include "argus/base/err.h"

struct sink;

/* Appends to `path` ("-": standard output). The file is opened, and made with its
 * missing directories, only when the first record is put. `initial` (MAR_SIZE
 * bytes, copied) is written before the first record, into an existing file too,
 * as the reference appends whole streams. NULL: no initial MAR.
 *
 * If an existing file ends inside a record, that torn record is cut off before
 * anything is appended (sink_cut says how much). Appending to a compressed file is
 * refused: what came after would be lost to its readers. */
struct sink *sink_open(const char *path, const void *initial, struct err *err);

/* Writes a whole new file: under a temporary name beside `path`, then, on close,
 * synced to disk and renamed to it, with the permissions of the file that it
 * replaces. A compressed file is replaced by one compressed in the same way. NULL
 * if this build cannot do that, or for compress(1) files. */
struct sink *sink_open_atomic(const char *path, const void *initial, struct err *err);

/* Puts one record. Returns -1 when the file cannot be written: nothing of a write
 * that failed stays behind in a file, and the records are kept for the next
 * attempt. Error kinds: ERR_NONE, the reader of a pipe went away (end quietly);
 * ERR_USER, the path is a compressed file; else ERR_SYSTEM. */
int sink_put(struct sink *s, const void *record, size_t length, struct err *err);

/* Where the next record will stand, if there is room for `length` bytes: one that is made there
 * is not copied by sink_put(). NULL: there is not, make it elsewhere. */
void *sink_place(struct sink *s, size_t length);

/* Several were made there, side by side: `length` bytes of `count` records. */
void sink_commit(struct sink *s, size_t length, size_t count);

/* Creates the file although nothing was put yet, with its initial MAR. */
int sink_touch(struct sink *s, struct err *err);

/* Writes out what is buffered. (A compressed file keeps some until it is closed.) */
int sink_flush(struct sink *s, struct err *err);

/* For what is no whole stream, for its MARs were not selected: the initial MAR is for a file that is
 * new or empty. Before the first record. */
void sink_append(struct sink *s);

/* For a writer of many files: a file that has something in it already is gone on with, so
 * that the initial MAR is for empty files only; and it is opened not when the first record
 * is put, but when something is written out. One that is written whole begins with what the
 * file has that it will replace. Before the first record. */
void sink_continue(struct sink *s);

/* Writes out what is buffered, and lets go of the file and of the memory. After
 * sink_continue() the file is opened again only when something is written out. */
int sink_rest(struct sink *s, struct err *err);

bool sink_is_open(const struct sink *s);
size_t sink_memory(const struct sink *s); /* bytes of its buffer */

/* For a writer of one that others may rotate (aggregation.md 6.5, 5; configuration.md 9): if
 * the file was moved, removed or emptied since it was opened, the records to come go to a
 * new one of that name, behind the initial MAR. Nothing that was put is lost but what was in
 * a file that is gone. Costs a few system calls. */
int sink_renew(struct sink *s, struct err *err);

/* Flushes, closes and frees. Returns -1 if the last write, the sync or the rename
 * failed. An atomic sink that nothing was put to leaves no file. */
int sink_close(struct sink *s, struct err *err);

/* Closes and frees without writing what is buffered; an atomic file is given up. */
void sink_discard(struct sink *s);

const char *sink_path(const struct sink *s);
uint64_t sink_records(const struct sink *s); /* put so far, without the initial MAR */
uint64_t sink_bytes(const struct sink *s);   /* of these records */
uint64_t sink_cut(const struct sink *s);     /* bytes of a torn record that were cut off */

/* Whether the file behind the sink was renamed or removed since it was opened
 * (the probe re-creates it: probe.md 18). */
bool sink_moved(const struct sink *s);

#endif
