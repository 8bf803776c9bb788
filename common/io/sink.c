/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/io/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/ending.h"
#include "argus/base/span.h"
#include "argus/record/wire.h"
#include "common/io/packing.h"
#include "common/io/tail.h"

/* Holds the longest record. So large since a file system takes what comes in large pieces faster: it
 * begins anew with small pages where each of them ends. */
#define BUFFER_SIZE ((size_t)1 << 20)
#define FIRST_SIZE ((size_t)1 << 10) /* a buffer begins with, and grows from */
#define PACKED_SIZE ((size_t)256 << 10)
#define NAME_KEPT 220u /* of the 255 bytes of a name: a dot, the process and a number are added */
#define TO_APPEND (O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY)

struct sink {
	char *path;
	char *temporary; /* of an atomic sink: what is written instead of path */
	int fd;          /* -1: not open yet */
	bool is_regular;
	bool is_empty; /* nothing is in the file yet */
	bool was_open; /* the end of the file is ours: whole records */
	bool has_initial;
	bool continues; /* sink_continue() */
	bool appends;   /* sink_append() */
	uint8_t initial[MAR_SIZE];
	uint8_t *buffer; /* whole records: room for `size` bytes and an initial MAR */
	size_t size, used;
	struct packer *packer;
	uint8_t *packed; /* PACKED_SIZE bytes for what packer gives */
	bool is_broken;  /* compressed bytes were lost: there is no going on */
	bool is_stalled; /* given up: nobody reads, and a signal asked for the end */
	uint64_t records, bytes, cut, dropped;
	dev_t device;
	ino_t inode;
};

struct sink *sink_open(const char *path, const void *initial, struct err *err)
{
	struct sink *s = xcalloc(1, sizeof *s);

	(void)err;
	s->path = xstrdup(path);
	s->fd = -1;
	if (initial != NULL) {
		memcpy(s->initial, initial, MAR_SIZE);
		s->has_initial = true;
	}
	return s;
}

static void sink_free(struct sink *s)
{
	packer_free(s->packer);
	free(s->packed);
	free(s->buffer);
	free(s->temporary);
	free(s->path);
	free(s);
}

/* The packing of the file at `path`; none if there is no such file. */
static enum packing packing_of_file(const char *path)
{
	uint8_t head[PACKING_MAGIC_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t got = 0;

	if (fd >= 0) {
		got = pread(fd, head, sizeof head, 0);
		close(fd);
	}
	return got > 0 ? packing_of(head, (size_t)got) : PACKING_NONE;
}

/* How much of a name can stand in that of a temporary file; no character is cut. */
static int part_of(const char *name)
{
	size_t length = strlen(name);

	if (length <= NAME_KEPT)
		return (int)length;
	for (length = NAME_KEPT; length > 0 && ((uint8_t)name[length] & 0xc0) == 0x80; length--)
		;
	return (int)length;
}

/* A name beside `path` that begins with a dot, so that nobody who walks the
 * directory takes it for a record file. */
static char *temporary_beside(const char *path, unsigned attempt)
{
	const char *slash = strrchr(path, '/');
	int directory = slash != NULL ? (int)(slash - path) + 1 : 0, part = part_of(path + directory);

	if (attempt > 0)
		return xasprintf("%.*s.%.*s.%ld.%u", directory, path, part, path + directory, (long)getpid(), attempt);
	return xasprintf("%.*s.%.*s.%ld", directory, path, part, path + directory, (long)getpid());
}

struct sink *sink_open_atomic(const char *path, const void *initial, struct err *err)
{
	/* What a symbolic link points to is replaced, not the link. */
	char *real = realpath(path, NULL);
	struct sink *s = sink_open(real != NULL ? real : path, initial, err);
	enum packing packing = packing_of_file(s->path);

	free(real);
	s->temporary = temporary_beside(s->path, 0);
	if (packing == PACKING_NONE)
		return s;
	s->packed = xmalloc(PACKED_SIZE);
	s->packer = packer_new_packing(packing, err);
	if (s->packer == NULL) {
		sink_free(s);
		return NULL;
	}
	return s;
}

/* Returns why the first that could not be made was not, or 0. */
static int make_directories(const char *path)
{
	char *part = xstrdup(path);
	int why = 0;

	for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST && why == 0)
			why = errno;
		*slash = '/';
	}
	free(part);
	return why;
}

static int open_or_make(const char *path, int flags)
{
	int fd = open(path, flags, 0666), why;

	if (fd < 0 && errno == ENOENT) {
		why = make_directories(path);
		fd = open(path, flags, 0666);
		if (fd < 0 && errno == ENOENT && why != 0)
			errno = why;
	}
	return fd;
}

/* Cuts off a record that the last writer of the file did not finish. */
static int repair(struct sink *s, uint64_t size, struct err *err)
{
	int fd = open(s->path, O_RDONLY | O_CLOEXEC);
	uint64_t end;
	int result;

	if (fd < 0)
		return 0; /* we may write but not read it: append as it is */
	result = tail_end(fd, s->path, size, &end, err);
	close(fd);
	if (result < 0 || end == size)
		return result;
	if (ftruncate(s->fd, (off_t)end) < 0)
		return err_system(err, "truncate '%s'", s->path);
	s->cut = size - end;
	s->is_empty = end == 0;
	return 0;
}

/* The new file looks to others as the one it will replace. */
static void copy_permissions(const struct sink *s)
{
	struct stat old;

	if (stat(s->path, &old) < 0)
		return;
	if (fchown(s->fd, old.st_uid, old.st_gid) < 0 && errno != EPERM)
		return;
	fchmod(s->fd, old.st_mode & 0777);
}

/* One that was killed may have had our number; what it has left may be all there is of its records. */
static int make_temporary(struct sink *s)
{
	int fd;

	for (unsigned attempt = 1;; attempt++) {
		fd = open_or_make(s->temporary, TO_APPEND | O_EXCL);
		if (fd >= 0 || errno != EEXIST)
			return fd;
		free(s->temporary);
		s->temporary = temporary_beside(s->path, attempt);
	}
}

static int open_file(struct sink *s, struct err *err)
{
	struct stat st;

	ending_watch(); /* a pipe that nobody reads yet is waited for, until a signal ends that */
	if (strcmp(s->path, "-") == 0)
		s->fd = STDOUT_FILENO;
	else if (s->temporary != NULL)
		s->fd = s->was_open ? open_or_make(s->temporary, TO_APPEND) : make_temporary(s);
	else
		s->fd = open_or_make(s->path, TO_APPEND);
	s->is_stalled = s->fd < 0 && errno == EINTR;
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return err_system(err, "open '%s'", s->path);
	s->is_regular = S_ISREG(st.st_mode);
	s->is_empty = st.st_size == 0;
	s->device = st.st_dev;
	s->inode = st.st_ino;
	if (s->temporary != NULL)
		copy_permissions(s);
	else if (s->is_regular && s->fd != STDOUT_FILENO && !s->is_empty && !s->was_open)
		return repair(s, (uint64_t)st.st_size, err);
	return 0;
}

static void close_file(struct sink *s)
{
	if (s->fd > STDOUT_FILENO)
		close(s->fd);
	s->fd = -1;
}

static void set_size(struct sink *s, size_t size)
{
	s->size = size;
	s->buffer = xrealloc(s->buffer, size + MAR_SIZE);
}

/* Puts the initial MAR in front of what is buffered. */
static void put_initial(struct sink *s)
{
	if (!s->has_initial)
		return;
	if (s->size == 0)
		set_size(s, FIRST_SIZE);
	memmove(s->buffer + MAR_SIZE, s->buffer, s->used);
	memcpy(s->buffer, s->initial, MAR_SIZE);
	s->used += MAR_SIZE;
}

static int fail_write(struct sink *s, struct err *err)
{
	if (errno != EPIPE)
		return err_system(err, "write '%s'", s->path);
	err_set(err, ERR_NONE, "write '%s': the reader went away", s->path);
	return -1;
}

static int write_some(struct sink *s, const uint8_t **at, size_t *left, unsigned *waits)
{
	ssize_t put = ending_write(s->fd, *at, *left, s->is_regular ? NULL : waits);

	s->is_stalled = put < 0 && errno == EINTR;
	if (put < 0)
		return -1;
	*at += put;
	*left -= (size_t)put;
	return 0;
}

/* Counts the records of the buffer that are not among the first `written` bytes, and forgets them. */
static COLD void drop(struct sink *s, size_t written)
{
	size_t length = MAR_SIZE;

	for (size_t at = 0; at < s->used && length > 0; at += length) {
		length = get_be16(s->buffer + at + 2) * (size_t)4;
		if (at + length > written && memcmp(s->buffer + at, s->initial, MAR_SIZE < length ? MAR_SIZE : length) != 0)
			s->dropped++;
	}
	s->used = 0;
}

/* All or nothing: after a failure a file is as long as it was before. */
static int write_whole(struct sink *s, const uint8_t *bytes, size_t length, struct err *err)
{
	const uint8_t *first = bytes;
	unsigned waits = 0;
	off_t before;

	s->is_empty &= length == 0;
	while (length > 0) {
		if (write_some(s, &bytes, &length, &waits) == 0)
			continue;
		if (s->is_stalled) {
			drop(s, (size_t)(bytes - first));
			return -1;
		}
		fail_write(s, err);
		before = s->is_regular && bytes > first ? lseek(s->fd, first - bytes, SEEK_CUR) : -1;
		if (before >= 0 && ftruncate(s->fd, before) < 0)
			return err_system(err, "truncate '%s' after a failed write", s->path);
		return -1;
	}
	return 0;
}

/* Where the whole records of an old file end; packed ones are taken as they are. */
static int old_end(struct sink *s, int fd, uint64_t *end, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_system(err, "open '%s'", s->path);
	*end = (uint64_t)st.st_size;
	if (s->packer != NULL || !S_ISREG(st.st_mode))
		return 0;
	if (tail_end(fd, s->path, *end, end, err) < 0)
		return -1;
	s->cut = (uint64_t)st.st_size - *end;
	return 0;
}

static int copy_bytes(struct sink *s, int fd, uint64_t count, struct err *err)
{
	uint8_t *bytes = xmalloc(BUFFER_SIZE);
	off_t at = 0;
	int result = 0;

	while (result == 0 && count > 0) {
		ssize_t got = pread(fd, bytes, u64_min(count, BUFFER_SIZE), at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			result = err_system(err, "read '%s'", s->path);
		else if (got == 0)
			result = err_set(err, ERR_SYSTEM, "'%s' became shorter while it was read", s->path);
		else
			result = write_whole(s, bytes, (size_t)got, err);
		count -= (uint64_t)got;
		at += got;
	}
	free(bytes);
	return result;
}

/* What the file that goes on has already comes first in the one that will replace it. */
static int copy_old(struct sink *s, struct err *err)
{
	int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), result;
	uint64_t end;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_system(err, "open '%s'", s->path);
	result = old_end(s, fd, &end, err);
	if (result == 0)
		result = copy_bytes(s, fd, end, err);
	close(fd);
	return result;
}

/* Whether the file that was just opened begins with the initial MAR. What is packed may
 * not have reached the file yet. */
static bool wants_initial(const struct sink *s)
{
	if (s->continues)
		return s->is_empty && (s->temporary == NULL || !s->was_open);
	return !s->was_open && (s->is_empty || !s->appends || !s->is_regular || s->fd == STDOUT_FILENO);
}

/* Opens the file; its initial MAR is the first thing in the buffer. */
static COLD int begin(struct sink *s, struct err *err)
{
	if (open_file(s, err) < 0) {
		close_file(s);
		return -1;
	}
	if (s->continues && s->temporary != NULL && !s->was_open && copy_old(s, err) < 0) {
		unlink(s->temporary);
		close_file(s);
		return -1;
	}
	if (wants_initial(s))
		put_initial(s);
	s->was_open = true;
	return 0;
}

static int write_packed(struct sink *s, bool last, struct err *err)
{
	struct pack_flow flow = { .in = s->buffer, .in_left = s->used };
	enum pack_result result;

	if (s->is_broken)
		return err_set(err, ERR_SYSTEM, "write '%s': failed before", s->path);
	do {
		flow.out = s->packed;
		flow.room = PACKED_SIZE;
		result = packer_step(s->packer, &flow, last);
		s->is_broken = write_whole(s, s->packed, PACKED_SIZE - flow.room, err) < 0;
		if (s->is_broken)
			return -1;
	} while (flow.in_left > 0 || flow.room == 0 || (last && result != PACK_END));
	s->used = 0;
	return 0;
}

/* Whether there is something to be done with the file of a sink that is not open. */
static bool is_needed(const struct sink *s, bool last)
{
	return s->used > 0 || (last && s->temporary != NULL && s->was_open);
}

/* Somebody emptied the file: what comes begins it once more. */
static void look_for_emptied(struct sink *s)
{
	struct stat st;

	if (s->is_empty || !s->is_regular || s->fd == STDOUT_FILENO || s->temporary != NULL)
		return;
	if (fstat(s->fd, &st) == 0 && st.st_size == 0) {
		put_initial(s);
		s->is_empty = true;
	}
}

/* Its end says how many records that were. */
static int drop_rest(struct sink *s)
{
	drop(s, 0);
	return 0;
}

static int write_out(struct sink *s, bool last, struct err *err)
{
	if (s->is_stalled)
		return drop_rest(s);
	if (s->fd < 0 && !is_needed(s, last))
		return 0;
	if (s->fd < 0 && begin(s, err) < 0)
		return s->is_stalled ? drop_rest(s) : -1;
	if (s->packer != NULL)
		return write_packed(s, last, err);
	if (s->used > 0)
		look_for_emptied(s);
	if (s->used > 0 && write_whole(s, s->buffer, s->used, err) < 0)
		return s->is_stalled ? drop_rest(s) : -1;
	s->used = 0;
	return 0;
}

int sink_flush(struct sink *s, struct err *err) { return write_out(s, false, err); }

void sink_continue(struct sink *s) { s->continues = true; }

void sink_append(struct sink *s) { s->appends = true; }

int sink_rest(struct sink *s, struct err *err)
{
	if (write_out(s, false, err) < 0)
		return -1;
	close_file(s);
	free(s->buffer);
	s->buffer = NULL;
	s->size = 0;
	return 0;
}

int sink_renew(struct sink *s, struct err *err)
{
	struct stat st;
	bool is_removed;

	if (s->fd <= STDOUT_FILENO || !s->is_regular || s->temporary != NULL || fstat(s->fd, &st) < 0)
		return 0;
	is_removed = st.st_nlink == 0;
	if (!is_removed && !sink_moved(s)) {
		look_for_emptied(s);
		return 0;
	}
	/* What is buffered belongs to a file that was moved, but not to one that is gone. */
	if (!is_removed && write_out(s, false, err) < 0)
		return -1;
	close_file(s);
	s->was_open = false;
	return s->used > 0 ? begin(s, err) : 0;
}

int sink_touch(struct sink *s, struct err *err)
{
	if (s->fd < 0 && !s->is_stalled && begin(s, err) < 0)
		return s->is_stalled ? 0 : -1;
	return write_out(s, false, err);
}

/* Room for a record of `length` bytes: the buffer grows while it is small, and then is
 * written out. */
static COLD int make_room(struct sink *s, size_t length, struct err *err)
{
	size_t size = s->size > 0 ? 2 * s->size : FIRST_SIZE;

	if (s->fd < 0 && !s->continues && !s->is_stalled && begin(s, err) < 0 && !s->is_stalled)
		return -1;
	if (s->used + length <= s->size)
		return 0;
	if (s->size == BUFFER_SIZE)
		return write_out(s, false, err);
	while (size < s->used + length && size < BUFFER_SIZE)
		size *= 2;
	set_size(s, size);
	return s->used + length <= size ? 0 : write_out(s, false, err);
}

HOT int sink_put(struct sink *s, const void *record, size_t length, struct err *err)
{
	if (unlikely(s->used + length > s->size) && make_room(s, length, err) < 0)
		return -1;
	if (record != s->buffer + s->used)
		memcpy(s->buffer + s->used, record, length);
	s->used += length;
	s->records++;
	s->bytes += length;
	return 0;
}

void *sink_place(struct sink *s, size_t length) { return s->used + length <= s->size ? s->buffer + s->used : NULL; }

void sink_commit(struct sink *s, size_t length, size_t count)
{
	s->used += length;
	s->records += count;
	s->bytes += length;
}

/* The directory entry is on disk, too, when the name of the new file stays. */
static void sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash == NULL ? xstrdup(".") : xstrndup(path, (size_t)(slash - path) + 1);
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(directory);
}

static int replace(struct sink *s, struct err *err)
{
	if (fsync(s->fd) < 0)
		return err_system(err, "sync '%s'", s->path);
	if (rename(s->temporary, s->path) < 0)
		return err_system(err, "rename '%s' to '%s'", s->temporary, s->path);
	sync_directory(s->path);
	return 0;
}

int sink_close(struct sink *s, struct err *err)
{
	int result = write_out(s, true, err);

	if (s->is_stalled)
		result = err_set(err, ERR_SYSTEM, "write '%s': nobody reads it: %llu records dropped", s->path,
				 (unsigned long long)s->dropped);
	if (s->temporary != NULL && s->was_open && (result < 0 || (result = replace(s, err)) < 0))
		unlink(s->temporary);
	close_file(s);
	sink_free(s);
	return result;
}

void sink_discard(struct sink *s)
{
	if (s->temporary != NULL && s->was_open)
		unlink(s->temporary);
	close_file(s);
	sink_free(s);
}

const char *sink_path(const struct sink *s) { return s->path; }
uint64_t sink_records(const struct sink *s) { return s->records; }
uint64_t sink_bytes(const struct sink *s) { return s->bytes; }
uint64_t sink_cut(const struct sink *s) { return s->cut; }
bool sink_is_open(const struct sink *s) { return s->fd >= 0; }
size_t sink_memory(const struct sink *s) { return s->size; }

bool sink_moved(const struct sink *s)
{
	struct stat st;

	if (s->fd < 0 || s->fd == STDOUT_FILENO || !s->is_regular || s->temporary != NULL)
		return false;
	return stat(s->path, &st) < 0 || st.st_dev != s->device || st.st_ino != s->inode;
}
