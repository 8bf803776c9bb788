/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "common/io/ahead.h"

#define AHEAD_LEAST (64 << 10) /* bytes of a packed file for which a thread is worth its while */
#define RAW_SIZE ((size_t)128 << 10)
#define WAIT_MS 200

static void wait_for_input(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	poll(&wait, 1, -1);
}

/* Whether whoever waits with us wants to go on. */
static bool goes_on(struct input *in)
{
	in->is_stopped = in->wait != NULL && !in->wait(in->wait_context);
	return !in->is_stopped;
}

/* Asks whoever waits with us, while a live input has nothing to give. False: no more. */
static bool wait_together(struct input *in)
{
	struct pollfd wait = { .fd = in->fd, .events = POLLIN };

	for (int ms = 0; poll(&wait, 1, ms) <= 0; ms = WAIT_MS)
		if (!goes_on(in))
			return false;
	return true;
}

/* read() that is not stopped by a signal, nor by a standard input that somebody
 * else has made non-blocking. */
static ssize_t read_some(struct input *in, void *to, size_t room, struct err *err)
{
	ssize_t got;

	if (!in->is_regular && in->wait != NULL && !wait_together(in))
		return 0;
	while ((got = read(in->fd, to, room)) < 0 && (errno == EINTR || errno == EAGAIN))
		if (errno == EAGAIN)
			wait_for_input(in->fd);
	if (got < 0)
		return err_system(err, "read '%s'", in->name);
	in->raw_read += (uint64_t)got;
	return got;
}

static int read_head(struct input *in, struct err *err)
{
	ssize_t got = 1;

	while (in->head_length < INPUT_HEAD && got > 0) {
		got = read_some(in, in->head + in->head_length, INPUT_HEAD - in->head_length, err);
		if (got > 0)
			in->head_length += (size_t)got;
	}
	return got < 0 ? -1 : 0;
}

/* A pipe that nobody writes to yet is waited for, until a signal ends that. */
static int open_waiting(struct input *in, const char *path)
{
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR && goes_on(in));
	return fd;
}

static int open_path(struct input *in, const char *path, off_t *size, struct err *err)
{
	struct stat *st = &in->opened;

	in->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open_waiting(in, path);
	if (in->fd < 0 || fstat(in->fd, st) < 0)
		return err_system(err, "open '%s'", in->name);
	if (S_ISDIR(st->st_mode)) {
		errno = EISDIR;
		return err_system(err, "open '%s'", in->name);
	}
	in->is_regular = S_ISREG(st->st_mode);
	*size = st->st_size;
	return 0;
}

/* What is kept from input to input. */
static struct input nothing(const struct input *in)
{
	return (struct input){ .fd = -1,
			       .wait = in->wait,
			       .wait_context = in->wait_context,
			       .is_stopped = in->is_stopped,
			       .reads_ahead = in->reads_ahead };
}

static ssize_t read_packed(struct input *in, uint8_t *to, size_t room, struct err *err);

static ssize_t fill_ahead(void *context, void *to, size_t room, struct err *err)
{
	return read_packed(context, to, room, err);
}

/* Hands the file over to a thread. If there shall be none it is read in the same portions
 * all the same, so that a damaged file gives the same bytes. */
static void read_ahead(struct input *in)
{
	struct input *packed = xmalloc(sizeof *packed);

	*packed = *in;
	in->fd = -1;
	in->unpacker = NULL;
	in->raw = NULL;
	in->packed = packed;
	in->ahead = ahead_new(fill_ahead, packed, in->reads_ahead);
}

int input_open(struct input *in, const char *path, struct err *err)
{
	off_t size = 0;

	*in = nothing(in);
	in->name = path;
	if (open_path(in, path, &size, err) < 0 || read_head(in, err) < 0) {
		input_close(in);
		return -1;
	}
	in->packing = packing_of(in->head, in->head_length);
	if (in->packing == PACKING_NONE)
		return 0;
	in->unpacker = packer_new_unpacking(in->packing, err);
	if (in->unpacker == NULL) {
		input_close(in);
		return -1;
	}
	in->raw = xmalloc(RAW_SIZE);
	if (in->is_regular && size >= AHEAD_LEAST)
		read_ahead(in);
	return 0;
}

void input_close(struct input *in)
{
	ahead_free(in->ahead);
	if (in->packed != NULL)
		input_close(in->packed);
	free(in->packed);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	packer_free(in->unpacker);
	free(in->raw);
	*in = nothing(in);
}

/* File bytes, those of the head first. */
static ssize_t read_raw(struct input *in, uint8_t *to, size_t room, struct err *err)
{
	size_t head = in->head_length - in->head_at;

	if (head == 0)
		return read_some(in, to, room, err);
	if (head > room)
		head = room;
	memcpy(to, in->head + in->head_at, head);
	in->head_at += head;
	return (ssize_t)head;
}

/* Adds file bytes to the compressed ones at hand. */
static int refill(struct input *in, struct err *err)
{
	ssize_t got;

	if (in->flow.in_left > 0)
		memmove(in->raw, in->flow.in, in->flow.in_left);
	in->flow.in = in->raw;
	got = read_raw(in, in->raw + in->flow.in_left, RAW_SIZE - in->flow.in_left, err);
	if (got < 0)
		return -1;
	in->is_ended = got == 0;
	in->flow.in_left += (size_t)got;
	return 0;
}

/* Members may follow one another, with zeros between them (tar, tapes, xz padding). */
static int next_member(struct input *in, struct err *err)
{
	struct pack_flow *flow = &in->flow;

	for (;;) {
		while (flow->in_left > 0 && *flow->in == 0) {
			flow->in++;
			flow->in_left--;
		}
		if (flow->in_left >= PACKING_MAGIC_SIZE || in->is_ended)
			break;
		if (refill(in, err) < 0)
			return -1;
	}
	if (flow->in_left == 0)
		return 0;
	if (packing_of(flow->in, flow->in_left) == in->packing) {
		packer_restart(in->unpacker);
		in->is_between = false;
		return 0;
	}
	while (flow->in_left > 0) {
		in->leftover += flow->in_left;
		flow->in_left = 0;
		if (refill(in, err) < 0)
			return -1;
	}
	return 0;
}

/* A decoder that neither takes nor gives would be asked for ever. */
static enum pack_result step(struct input *in)
{
	struct pack_flow before = in->flow;
	enum pack_result result = packer_step(in->unpacker, &in->flow, false);

	if (result == PACK_MORE && before.in_left > 0 && before.in_left == in->flow.in_left && before.room == in->flow.room)
		return PACK_DAMAGED;
	return result;
}

static int damaged(const struct input *in, struct err *err)
{
	return err_set(err, ERR_DATA, "'%s': damaged %s data", in->name, packing_name(in->packing));
}

static ssize_t read_packed(struct input *in, uint8_t *to, size_t room, struct err *err)
{
	struct pack_flow *flow = &in->flow;
	enum pack_result result;

	if (in->is_damaged)
		return damaged(in, err);
	flow->out = to;
	flow->room = room;
	while (flow->room == room) {
		if (in->is_between && next_member(in, err) < 0)
			return -1;
		if (!in->is_between && flow->in_left == 0 && !in->is_ended && refill(in, err) < 0)
			return -1;
		if (in->is_between && in->is_ended)
			return 0;
		result = step(in);
		in->is_damaged = result == PACK_DAMAGED;
		if (in->is_damaged && flow->room == room)
			return damaged(in, err);
		if (in->is_damaged)
			break;
		if (result == PACK_END)
			in->is_between = true;
		else if (flow->room == room && flow->in_left == 0 && in->is_ended)
			break;
	}
	if (flow->room == room && !in->is_between)
		in->is_cut = in->packing != PACKING_COMPRESS;
	return (ssize_t)(room - flow->room);
}

/* What there is to say about the end of the file is said when the reader gets there. */
static ssize_t read_from_ahead(struct input *in, void *to, size_t room, struct err *err)
{
	ssize_t got = ahead_read(in->ahead, to, room, err);

	if (got <= 0) {
		in->is_cut = in->packed->is_cut;
		in->leftover = in->packed->leftover;
	}
	return got;
}

uint64_t input_raw_read(const struct input *in)
{
	return in->packed != NULL ? in->packed->raw_read : in->raw_read;
}

ssize_t input_read(struct input *in, void *to, size_t room, struct err *err)
{
	if (in->ahead != NULL)
		return read_from_ahead(in, to, room, err);
	if (in->unpacker != NULL)
		return read_packed(in, to, room, err);
	return read_raw(in, to, room, err);
}

int input_skip_to(struct input *in, uint64_t offset, struct err *err)
{
	uint8_t sink[4096];

	if (in->is_regular && in->packing == PACKING_NONE && in->fd != STDIN_FILENO) {
		in->head_at = in->head_length;
		return lseek(in->fd, (off_t)offset, SEEK_SET) < 0 ? err_system(err, "seek '%s'", in->name) : 0;
	}
	while (offset > 0) {
		ssize_t got = input_read(in, sink, offset < sizeof sink ? offset : sizeof sink, err);

		if (got <= 0)
			return (int)got;
		offset -= (uint64_t)got;
	}
	return 0;
}
