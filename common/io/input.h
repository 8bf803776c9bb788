/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of one input: a file or standard input, plain or compressed. */
#ifndef COMMON_IO_INPUT_H
#define COMMON_IO_INPUT_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "common/io/packing.h"

#define INPUT_HEAD 16

struct input {
	const char *name; /* borrowed, for messages */
	int fd;
	enum packing packing;
	bool is_regular;
	struct stat opened; /* what it was then */
	bool is_cut;      /* ended inside a compressed member */
	bool is_damaged;  /* not decodable from here */
	bool is_between;  /* two compressed members */
	bool is_ended;
	_Atomic uint64_t raw_read; /* bytes taken from the file so far */
	uint64_t leftover;  /* bytes behind the last compressed member that are not another */
	uint8_t head[INPUT_HEAD]; /* read to recognise it, not handed out yet */
	size_t head_at, head_length;
	struct packer *unpacker;
	uint8_t *raw; /* compressed bytes at hand */
	struct pack_flow flow;
	bool (*wait)(void *context); /* kept from input to input; see source_on_wait */
	void *wait_context;
	bool is_stopped; /* it said that nothing more is to be waited for; kept, too */
	bool reads_ahead; /* large packed files are unpacked in a thread; kept, too */
	struct ahead *ahead;  /* NULL: read as asked */
	struct input *packed; /* the same input, as the thread has it */
};

/* Opens `path`, "-" for standard input, and recognises compression. -1: err says why. */
int input_open(struct input *in, const char *path, struct err *err);
void input_close(struct input *in);

/* Up to `room` plain bytes; 0 at the end, -1 on errors: ERR_SYSTEM if it cannot
 * be read, ERR_DATA if it cannot be unpacked. */
ssize_t input_read(struct input *in, void *to, size_t room, struct err *err);

/* Bytes taken from the file so far. */
uint64_t input_raw_read(const struct input *in);

/* Moves to a plain offset ahead; the bytes between are passed over. Only before
 * the first input_read. */
int input_skip_to(struct input *in, uint64_t offset, struct err *err);

#endif
