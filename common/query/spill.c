/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/query/spill.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "argus/base/buf.h"

struct spill {
	int fd;
	bool reading;
	uint64_t written; /* bytes of the file */
	uint8_t *buffer;
	size_t used;     /* writing: bytes that wait; reading: bytes that are there */
	size_t at, room; /* reading */
};

/* As many files as the system allows, once the usual number was not enough. */
static bool raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max)
		return false;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static int make_file(char *path)
{
	size_t pattern = strlen(path) - strlen("XXXXXX");
	int fd = mkstemp(path);

	if (fd >= 0 || errno != EMFILE || !raise_limit())
		return fd;
	memcpy(path + pattern, "XXXXXX", 6);
	return mkstemp(path);
}

struct spill *spill_new(struct err *err)
{
	const char *directory = getenv("TMPDIR");
	char *path = xasprintf("%s/argus.XXXXXX", directory != NULL && *directory != '\0' ? directory : "/tmp");
	int fd = make_file(path);
	struct spill *s = NULL;

	if (fd < 0) {
		err_system(err, "temporary file %s", path);
	} else {
		unlink(path);
		s = xcalloc(1, sizeof *s);
		s->fd = fd;
	}
	free(path);
	return s;
}

void spill_free(struct spill *s)
{
	if (s == NULL)
		return;
	close(s->fd);
	free(s->buffer);
	free(s);
}

static int write_all(struct spill *s, const uint8_t *bytes, size_t length, struct err *err)
{
	while (length > 0) {
		ssize_t n = write(s->fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_system(err, "temporary file (TMPDIR says where)");
		bytes += n;
		length -= (size_t)n;
		s->written += (uint64_t)n;
	}
	return 0;
}

static int flush(struct spill *s, struct err *err)
{
	size_t used = s->used;

	s->used = 0;
	return write_all(s, s->buffer, used, err);
}

int spill_add(struct spill *s, const void *bytes, size_t length, struct err *err)
{
	if (s->buffer == NULL)
		s->buffer = xmalloc(SPILL_BUFFER);
	if (s->used + length > SPILL_BUFFER && flush(s, err) < 0)
		return -1;
	if (length > SPILL_BUFFER)
		return write_all(s, bytes, length, err);
	memcpy(s->buffer + s->used, bytes, length);
	s->used += length;
	return 0;
}

int spill_put(struct spill *s, const void *bytes, size_t length, struct err *err)
{
	uint32_t size = (uint32_t)length;

	if (spill_add(s, &size, sizeof size, err) < 0)
		return -1;
	return spill_add(s, bytes, length, err);
}

uint64_t spill_end(const struct spill *s) { return s->written + s->used; }

int spill_read(struct spill *s, uint64_t at, void *to, size_t length, struct err *err)
{
	uint8_t *next = to;

	if (at + length > s->written && flush(s, err) < 0)
		return -1;
	while (length > 0) {
		ssize_t n = pread(s->fd, next, length, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_system(err, "temporary file");
		if (n == 0)
			return err_set(err, ERR_SYSTEM, "temporary file: it is shorter than it was");
		next += n;
		at += (uint64_t)n;
		length -= (size_t)n;
	}
	return 0;
}

static int start_reading(struct spill *s, struct err *err)
{
	if (flush(s, err) < 0)
		return -1;
	if (lseek(s->fd, 0, SEEK_SET) < 0)
		return err_system(err, "temporary file");
	s->reading = true;
	s->room = SPILL_BUFFER;
	return 0;
}

/* Has `want` bytes in the buffer from `at` on: 1, 0 at the end of the file, -1. */
static int fill(struct spill *s, size_t want, struct err *err)
{
	if (s->used - s->at >= want)
		return 1;
	memmove(s->buffer, s->buffer + s->at, s->used - s->at);
	s->used -= s->at;
	s->at = 0;
	if (want > s->room) {
		s->room = want;
		s->buffer = xrealloc(s->buffer, s->room);
	}
	while (s->used < want) {
		ssize_t n = read(s->fd, s->buffer + s->used, s->room - s->used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_system(err, "temporary file");
		if (n == 0)
			return 0;
		s->used += (size_t)n;
	}
	return 1;
}

int spill_next(struct spill *s, const void **bytes, size_t *length, struct err *err)
{
	uint32_t size;
	int result;

	if (s->buffer == NULL)
		return 0;
	if (!s->reading && start_reading(s, err) < 0)
		return -1;
	result = fill(s, sizeof size, err);
	if (result <= 0)
		return result;
	memcpy(&size, s->buffer + s->at, sizeof size);
	result = fill(s, sizeof size + size, err);
	if (result <= 0)
		return result;
	*bytes = s->buffer + s->at + sizeof size;
	*length = size;
	s->at += sizeof size + size;
	return 1;
}
