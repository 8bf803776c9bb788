/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream of bytes cut into records (record-format.md 2, 3, 10), wherever the
 * bytes come from. Records are framed in place in a large buffer.
 *
 * A record is taken on the evidence of its header, of its DSRs, which must fill
 * it exactly, and of the header that follows. Where that fails the reader looks
 * closely: at damage it goes on at the first later place that holds a record
 * beyond reasonable doubt, also one that a wrong length would have swallowed. */
#ifndef COMMON_IO_READER_H
#define COMMON_IO_READER_H

#include "argus/io/source.h"
#include "argus/record/shape.h"

/* Gives up to `room` bytes. Returns how many; 0: there are no more; -1: error, in
 * `err`; READER_NOTHING_YET: none at the moment (a socket that does not block). */
#define READER_NOTHING_YET (-2)
typedef ssize_t reader_fill(void *context, void *to, size_t room, struct err *err);

struct reader {
	uint8_t *buffer;
	const uint8_t *at; /* bytes at hand: the first not delivered yet, and their end */
	const uint8_t *end;
	uint64_t base; /* offset in the stream of the start of the buffer */
	reader_fill *fill;
	void *context;
	bool is_live; /* bytes arrive when they like: do not wait for what follows a whole record */
	bool is_ended; /* fill has said that there are no more */
	bool is_skipping; /* between a damaged place and the next record */
	uint8_t version;
	struct source_count count;
};

enum reader_result { READER_RECORD, READER_END, READER_ERROR, READER_WAIT };

void reader_init(struct reader *r, reader_fill *fill, void *context, bool is_live);
void reader_fini(struct reader *r);

/* Sums up what was read. */
void reader_add_count(struct source_count *to, const struct source_count *from);

/* Begins a new stream in the same buffer, at `offset`. Counts start at 0. */
void reader_restart(struct reader *r, uint64_t offset, bool is_live);

/* Looks for the initial MAR at the start of the stream and delivers it. READER_END: the
 * stream is not Argus data (nothing was counted), or, counted as truncated, it is
 * shorter than its initial MAR. */
enum reader_result reader_start(struct reader *r, struct record *record, struct err *err);

/* The next record; sets all of *record but `input`. */
enum reader_result reader_next(struct reader *r, struct record *record, struct err *err);

/* Looks at the next records, as source_look() says; those are delivered of which reader_take() says so. */
void reader_look(const struct reader *r, struct shaped_records *records, unsigned most);

static inline void reader_take(struct reader *r, const struct shaped_records *records, unsigned count)
{
	r->at = records->bytes[count];
	r->count.records += count;
}

/* Whether a record begins right here. */
bool reader_at_record(struct reader *r, struct err *err);

/* Goes to the first place that surely holds a record, without counting what it
 * passes; false if there is none. */
bool reader_seek_record(struct reader *r, struct err *err);

/* The offset in the stream of what comes next. After the end: where the last
 * whole record ended. */
static inline uint64_t reader_offset(const struct reader *r)
{
	return r->base + (uint64_t)(r->at - r->buffer);
}

#endif
