/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where packets come from: files (pcapfile.c) and interfaces (live.c), behind one
 * interface. Packets come in batches and point into the reader's buffer; they are
 * valid until the next call (probe.md 4.1, 4.3; configuration.md 7). */
#ifndef ARGUS_CAPTURE_H
#define ARGUS_CAPTURE_H

#include "argus/base/err.h"
#include "argus/packet.h"

#define CAPTURE_BATCH 64
#define CAPTURE_MAX_INTERFACES 64
#define CAPTURE_TICK_MS 200 /* how long a live source may be silent before its queues are looked at */

/* -N: which of the packets that the filter accepted are handed on. Shared by all
 * sources of a run. first = 0, last = 0: all. Packets first+1 to last, from 1. */
struct capture_window {
	uint64_t first, last;
	uint64_t seen;
};

struct capture_options {
	const char *filter;            /* libpcap expression, or NULL */
	bool is_filter_unoptimised;    /* -O */
	bool is_tsh;                   /* -t: files are NLANR TSH */
	bool is_following;             /* -f: wait at the end of a file for more */
	uint32_t snaplen;              /* live */
	uint32_t buffer_size;          /* live, bytes; 0: libpcap's own */
	bool is_unpromiscuous;         /* live, -p */
	struct capture_window *window; /* or NULL */
	/* Or NULL. Called about five times a second while a pipe has nothing to give; false ends it. */
	bool (*wait)(void *context);
	void *wait_context;
};

struct capture_batch {
	uint32_t count;
	struct packet packets[CAPTURE_BATCH];
};

enum capture_result {
	CAPTURE_PACKETS, /* the batch holds at least one packet */
	CAPTURE_IDLE,    /* nothing yet: live, or a file that is followed */
	CAPTURE_END,     /* no more packets will come */
	CAPTURE_FAILED,  /* as CAPTURE_END, and `err` says why; packets before it were handed out */
};

/* Totals since the source was opened. */
struct capture_stats {
	uint64_t packets;   /* accepted by the filter */
	uint64_t bytes;     /* of these, wire length */
	uint64_t filtered;  /* not accepted */
	uint64_t dropped;   /* by kernel or interface */
	uint64_t damaged;   /* blocks or packets of a file that made no sense, and were skipped */
	uint64_t unlinked;  /* packets that were passed over because their link type is not supported */
	uint64_t untimely;  /* live: time stamps far from the clock; the packets were passed over */
	bool is_truncated;  /* the file ended within a packet */
};

struct capture;

/* Opens a capture file, which may be compressed; "-" is standard input. NULL, and `err`, when it cannot be
 * read or has no known format. Packets of a link type that is not supported are
 * passed over and counted (`unlinked`). */
struct capture *capture_open_file(const char *name, const struct capture_options *o, struct err *err);

/* One source of -i: independent interface, or the members of dup: or bond:. */
struct live_member {
	char name[64];
	int dlt; /* -1: the interface's own */
};

struct live_group {
	struct live_member members[8];
	uint32_t count;
	bool is_dup, is_bond;
	char srcid[64]; /* as written after the slash; "": the probe's own */
};

struct live_spec {
	struct live_group groups[CAPTURE_MAX_INTERFACES];
	uint32_t count;
};

/* Adds what one -i or ARGUS_INTERFACE asks for to `spec`: the grammar of
 * configuration.md 7. "any" and "all" are looked up now. -1 and `err` on bad syntax.
 * Several words after one -i are a bond: the caller joins them as "bond:a,b". */
int live_spec_add(struct live_spec *spec, const char *text, struct err *err);

/* Opens the interfaces of a group. NULL and `err` when none can be opened. When only
 * some can, those are used: the result is not NULL, err->kind is set, and its text is
 * a warning; the others are tried again by capture_watch. */
struct capture *capture_open_live(const struct live_group *group, const struct capture_options *o, struct err *err);

/* Gives the next packets. Never waits. `batch` is overwritten, also by IDLE and END. */
enum capture_result capture_next(struct capture *c, struct capture_batch *batch, struct err *err);

/* Live: puts the descriptors to poll for reading into `fds`; returns their number. */
uint32_t capture_descriptors(const struct capture *c, int fds[CAPTURE_MAX_INTERFACES]);

/* Live, at each tick: looks at the interfaces' flags and opens again what went away.
 * A change is written to `text`, one line ("interface lo is up"); returns whether
 * there was one. Call again until it returns false. */
bool capture_watch(struct capture *c, char *text, size_t room);

bool capture_is_live(const struct capture *c);
bool capture_is_up(const struct capture *c);      /* at least one interface; files: true */
int capture_link(const struct capture *c);        /* DLT of the (first) interface */
const char *capture_name(const struct capture *c);
void capture_statistics(struct capture *c, struct capture_stats *stats);

/* Live: address and mask of the (first) interface, host order; 0 when it has none. */
void capture_local_net(const struct capture *c, uint32_t *net, uint32_t *mask);

/* -b: the compiled filter in tcpdump -d style to standard output; false: there is none. */
bool capture_print_filter(const struct capture *c);

void capture_close(struct capture *c);

#endif
