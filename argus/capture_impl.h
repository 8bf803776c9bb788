/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What capture.c, the file readers and live.c share. Nobody else includes this. */
#ifndef ARGUS_CAPTURE_IMPL_H
#define ARGUS_CAPTURE_IMPL_H

#include <pcap/pcap.h>

#include "argus/capture.h"
#include "common/io/input.h"

struct capture_ops {
	enum capture_result (*next)(struct capture *c, struct capture_batch *batch, struct err *err);
	void (*update_statistics)(struct capture *c); /* or NULL */
	uint32_t (*descriptors)(const struct capture *c, int *fds);
	bool (*watch)(struct capture *c, char *text, size_t room);
	void (*local_net)(const struct capture *c, uint32_t *net, uint32_t *mask);
	void (*close)(struct capture *c);
};

/* The common part; readers embed it as their first member. */
struct capture {
	const struct capture_ops *ops;
	char *name;
	struct capture_options options;
	struct capture_stats stats;
	int link; /* DLT of the first interface, -1: not known yet */
	bool is_up;
	struct filter *filters; /* the expression compiled for each link type met */
};

struct filter {
	struct filter *next;
	int link;
	struct bpf_program program;
};

void capture_init(struct capture *c, const struct capture_ops *ops, const char *name, const struct capture_options *o);
void capture_fini(struct capture *c);

/* The filter expression compiled for packets of `link`; `*filter` is NULL without an
 * expression. -1 and `err` when it does not compile. */
int capture_filter_for(struct capture *c, int link, const struct filter **filter, struct err *err);

/* The first packets of -N that are wanted were given: nothing more will be. */
static inline bool capture_is_over(const struct capture *c)
{
	const struct capture_window *w = c->options.window;

	return w != NULL && w->last != 0 && w->seen >= w->last;
}

/* Whether the filter and the -N window let the packet through; counts it. */
static inline bool capture_accepts(struct capture *c, const struct packet *p, const struct filter *filter)
{
	struct capture_window *w = c->options.window;

	if (unlikely(filter != NULL) && bpf_filter(filter->program.bf_insns, p->bytes, p->wirelen, p->caplen) == 0) {
		c->stats.filtered++;
		return false;
	}
	if (unlikely(w != NULL) && w->last != 0) {
		if (w->seen >= w->last || ++w->seen <= w->first)
			return false;
	}
	c->stats.packets++;
	c->stats.bytes += p->wirelen;
	return true;
}

/* The bytes of a file, plain or compressed, read in large pieces into one buffer. `at`
 * to `end` are there; reading more moves them, so it is done only between batches. */
struct stream {
	struct input input;
	uint8_t *buffer;
	size_t room;
	uint8_t *at, *end;
};

enum { STREAM_ROOM = 256 * 1024 };

/* -1 and `err` when the file cannot be opened. `path` must outlive the stream. */
int stream_open(struct stream *s, const char *path, const struct capture_options *o, struct err *err);
void stream_fini(struct stream *s);

static inline size_t stream_left(const struct stream *s)
{
	return (size_t)(s->end - s->at);
}

/* Makes `need` bytes available at `at`, growing the buffer if it must. 1: they are
 * there; 0: the file ends before (or the run does); -1 and `err`: it cannot be read. */
int stream_fill(struct stream *s, size_t need, struct err *err);

/* What a parser made of the bytes at hand. */
enum parse_result {
	PARSE_PACKET,  /* `p` is filled, and `link_filter` belongs to it */
	PARSE_NOTHING, /* consumed something that is no packet */
	PARSE_MORE,    /* `need` bytes are wanted */
	PARSE_BROKEN,  /* nothing that follows can be understood; `problem` says why */
};

struct interface;

struct file_capture {
	struct capture base;
	struct stream stream;
	enum parse_result (*parse)(struct file_capture *f, struct packet *p);
	const struct filter *filter; /* of the packet that was parsed last */
	size_t need;                 /* bytes that PARSE_MORE wants */
	uint64_t skip;               /* bytes to step over before the next parse */
	const char *problem;
	bool is_swapped, is_nano;
	bool is_unlinked; /* pcap: its link type is not supported; packets are only counted */
	bool are_lengths_swapped;  /* some old files */
	uint32_t record_header;    /* pcap: bytes before each packet */
	uint32_t snaplen;
	struct interface *interfaces; /* pcapng: of the section */
	uint32_t interface_count;
};

/* Packets longer than this are a sign of damage, as libpcap has it. */
#define MAX_CAPLEN 262144u

/* pcapng.c */
bool pcapng_is(const uint8_t *magic);
enum parse_result pcapng_parse(struct file_capture *f, struct packet *p);
void pcapng_fini(struct file_capture *f);

/* The DLT of a link type as files number it. */
int link_of_file(uint32_t linktype);

#endif
