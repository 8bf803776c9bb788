/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/tail.h"

#include <errno.h>
#include <unistd.h>

#include "argus/record/record.h"
#include "common/io/packing.h"
#include "common/io/reader.h"

#define WINDOW ((uint64_t)1 << 20)

static ssize_t fill_from_file(void *context, void *to, size_t room, struct err *err)
{
	ssize_t got;

	do
		got = read(*(const int *)context, to, room);
	while (got < 0 && errno == EINTR);
	return got < 0 ? err_system(err, "read") : got;
}

/* Reads the records from `start` to the end. False: no record was found there. */
static bool read_from(struct reader *r, int fd, uint64_t start, struct err *err)
{
	struct record record;
	bool found;

	if (lseek(fd, (off_t)start, SEEK_SET) < 0)
		return false;
	reader_restart(r, start, false);
	found = start == 0 ? reader_start(r, &record, err) == READER_RECORD || r->count.truncated > 0 : reader_seek_record(r, err);
	while (found && r->count.truncated == 0 && reader_next(r, &record, err) == READER_RECORD)
		continue;
	return found;
}

/* A file system that lost its power may give back a file of nothing but zeros. */
static bool is_zero(int fd, uint64_t size)
{
	uint8_t bytes[4096];
	ssize_t got = 1;

	for (uint64_t at = 0; got > 0 && at < size; at += (uint64_t)got) {
		got = pread(fd, bytes, sizeof bytes, (off_t)at);
		for (ssize_t i = 0; i < got; i++)
			if (bytes[i] != 0)
				return false;
	}
	return got > 0;
}

/* What stands there is the beginning of the first record that was cut off, or nothing was ever there. */
static bool is_begun(int fd, const uint8_t *head, uint64_t size)
{
	return (size < RECORD_MAGIC_SIZE && (head[0] & RECORD_MAR) != 0) || is_zero(fd, size);
}

int tail_end(int fd, const char *name, uint64_t size, uint64_t *end, struct err *err)
{
	uint8_t head[MAR_SIZE];
	ssize_t got = pread(fd, head, sizeof head, 0);
	struct reader r;

	*end = size;
	if (got < 0)
		return err_system(err, "read '%s'", name);
	if (packing_of(head, (size_t)got) != PACKING_NONE)
		return err_set(err, ERR_USER, "'%s' is a compressed file: records cannot be appended to it", name);
	if (got > 0 && record_magic(head, (size_t)got) == 0) {
		if (!is_begun(fd, head, size))
			return err_set(err, ERR_USER, "'%s' is not Argus data: records cannot be appended to it", name);
		*end = 0;
		return 0;
	}
	reader_init(&r, fill_from_file, &fd, false);
	if ((size > WINDOW && read_from(&r, fd, size - WINDOW, err)) || read_from(&r, fd, 0, err))
		if (r.count.truncated > 0)
			*end = reader_offset(&r);
	reader_fini(&r);
	return 0;
}
