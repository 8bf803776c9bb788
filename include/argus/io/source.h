/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where records come from: a list of files, read one after the other, and then
 * servers on the network, read all at once. Both are inputs; servers are numbered after
 * the files. */
#ifndef ARGUS_IO_SOURCE_H
#define ARGUS_IO_SOURCE_H

#include "argus/base/err.h"
#include "argus/base/span.h"
#include "argus/record/wire.h"

struct shape;
struct shaped_records;

/* A record as it was framed. The bytes are the source's and stay until the next call. */
struct record {
	const uint8_t *bytes;
	const struct shape *shape; /* of its DSRs (shape.h); NULL: not known. For the next flow_open_shaped() */
	uint32_t length;
	uint32_t input;     /* index of the input it came from */
	uint64_t offset;    /* in the uncompressed input */
	bool is_initial;    /* the MAR at the start of an input */
	uint8_t version;    /* of the input: 3 or 5 */
};

/* What was read, and what was not (record-format.md 10). One for each input and
 * one for all. */
struct source_count {
	uint64_t records;      /* delivered, initial MARs included */
	uint64_t bytes;        /* read, uncompressed */
	uint64_t skipped;      /* whole records of reserved types or without content */
	uint64_t damaged;      /* places where bytes had to be skipped to find the next record */
	uint64_t damaged_bytes;
	uint64_t truncated;    /* inputs that end inside a record */
	uint64_t untemplated;  /* NetFlow 9: sets of flows whose template was not seen */
	uint64_t unread;       /* NetFlow and sFlow: export packets of versions that are not read */
	uint64_t dropped;      /* datagrams that the system dropped because we were late */
};

struct source;

enum source_result {
	SOURCE_RECORD, /* *record is set */
	SOURCE_END_OF_INPUT, /* an input is used up; the next call goes on with the next one */
	SOURCE_END,    /* all inputs are used up */
	SOURCE_ERROR,  /* an input failed, and err says how: ERR_SYSTEM, it cannot be opened or read; ERR_DATA, its
			* compressed data is damaged (what was good was delivered); ERR_USER, it is not Argus data. The next
			* call goes on with the next input; there is no SOURCE_END_OF_INPUT for this one. */
};

struct source *source_new(void);
void source_free(struct source *s);

/* Adds a file: a path, or "-" for standard input, optionally followed by
 * ::START:STOP, a range of offsets in the uncompressed file (printing.md 1.3): the
 * first record is that at START, or there is none if no record begins there; the
 * last one is the last before STOP. Nothing is opened yet. */
void source_add_file(struct source *s, const char *path);

/* What a file holds, or a socket gets. */
enum source_type { SOURCE_ARGUS, SOURCE_CISCO, SOURCE_SFLOW };

/* Adds a file of NetFlow or sFlow, one export packet behind the other, compressed or
 * not; "-" is standard input. Its flows come as records of type NETFLOW after an initial
 * MAR that is made up (wire-protocol.md 12 and 13). There are no ranges of offsets. */
void source_add_export(struct source *s, enum source_type type, const char *path);

/* Adds what a directory holds, all levels, without entries that begin with a
 * dot, and then sorts the whole list by path (-R of printing.md 1.3). A plain
 * file is added as it is; a path that begins with a dot (but not ./ or ..) is
 * passed over. Inputs found this way that are not Argus data are passed over
 * silently. A path that cannot be read is added too, so that reading it says why.
 * Returns -1 if it is empty. */
int source_add_directory(struct source *s, const char *path, struct err *err);

/* How servers are read (wire-protocol.md 2, 4 and 7). All zero is a good choice. */
struct source_remote {
	const char *filter;       /* sent to them, without "man or"; NULL: none. Borrowed */
	bool poll;                /* only their initial MARs are wanted */
	bool reliable;            /* what cannot be reached, or is lost, is tried again, for ever */
	uint32_t connect_seconds; /* patience with one address; 0: 5, or 10 when reliable */
	uint32_t run_seconds;     /* reading ends so long after it began; 0: never */
	uint16_t default_port;    /* 0: that of the service `monitor`, or 561 */
	uint16_t local_port;      /* that connections come from; 0: any */

	/* For servers that ask who we are. Texts are borrowed; NULL: not given. */
	const char *user_auth;    /* USER or USER/AUTH, where the address has no user */
	const char *password;     /* where the address has none */
	const char *mechanism;    /* of SASL, instead of the one that libsasl2 picks */
	uint32_t min_ssf, max_ssf; /* strength of the protection of streams: 0 none, 1 integrity, else bits of a key.
				    * min_ssf binds connections to servers that do not ask, too */
};

/* Adds a server: [argus-tcp://|argus://][USER[:PASSWORD]@]HOST[:PORT][/PATH], an IPv6
 * address in brackets, with a path a file of a radium's archive; or an address of this
 * host to which datagrams come: argus-udp://, cisco://, jflow:// or sflow://HOST[:PORT].
 * Nothing is opened yet. Returns -1 (ERR_USER) if it is none. Servers are read after the
 * files, together, records in the order in which they arrive. */
int source_add_remote(struct source *s, const char *address, struct err *err);

/* Adds a socket for NetFlow: [HOST:]PORT. It counts as a server. */
int source_add_listener(struct source *s, const char *address, struct err *err);

/* How the servers added so far are read. */
void source_set_remote(struct source *s, const struct source_remote *how);

/* Where messages about servers go that end nothing, such as a failed attempt to connect. */
void source_on_message(struct source *s, void (*message)(void *context, const char *text), void *context);

/* Whether the input of that number is a server. */
bool source_is_remote(const struct source *s, size_t input);

/* Forgets every input (the first -r of a command line does that). */
void source_clear(struct source *s);
void source_clear_files(struct source *s);  /* all but the servers */
void source_clear_remote(struct source *s); /* the servers alone, listeners too */
void source_clear_servers(struct source *s);   /* what source_add_remote added */
void source_clear_listeners(struct source *s); /* what source_add_listener added */

/* Begins anew with the first input; what was counted is forgotten. Not with servers among them. */
void source_rewind(struct source *s);

/* While an input that is no plain file has nothing to read, `wait` is called: at
 * once, and then about every 200 ms. When it returns false the input ends there, or
 * all servers. */
void source_on_wait(struct source *s, bool (*wait)(void *context), void *context);

/* Whether packed files are unpacked ahead of the reader, in a thread of their own. The
 * records and counts are the same. */
void source_read_ahead(struct source *s, bool ahead);

size_t source_input_count(const struct source *s);
const char *source_input_name(const struct source *s, size_t input);
size_t source_current(const struct source *s); /* the number of the input being read */

/* Whether a file that was opened is no longer what it was then: written to, or another one. */
bool source_input_changed(const struct source *s, size_t input);

/* Another path for a file that was not begun: of what it was copied to. */
void source_rename(struct source *s, size_t input, const char *path);

/* The input being read is a pipe, a terminal or a server: records come when they come. */
bool source_is_live(const struct source *s);
bool source_is_served(const struct source *s); /* it is a server */

/* Gives up the rest of the file being read (-M poll). */
void source_skip_input(struct source *s);

/* Sizes for a progress display: bytes of the compressed or plain files read so
 * far, and of all files (0 if one of them cannot tell). */
void source_progress(const struct source *s, uint64_t *done, uint64_t *total);

/* The next record. Files are recognised by content: Argus 3 and 5, plain or
 * compressed with gzip, compress, bzip2, xz or zstd, also on standard input.
 * Damage is skipped and counted: after a record that cannot be framed the
 * source looks for the next plausible one (common/io/reader.h says how). Every
 * input with records is followed by one SOURCE_END_OF_INPUT. */
enum source_result source_next(struct source *s, struct record *record, struct err *err);

/* Looks at what source_next() would give next: at most so many records (SHAPED_MAX) of a file, as far
 * as they are at hand, of known shapes, and none of them an MAR; there may be none. Those are given
 * of which source_take() says so. They stay until any other call. */
void source_look(struct source *s, struct shaped_records *records, unsigned most);
void source_take(struct source *s, const struct shaped_records *records, unsigned count);

/* The result is the source's and changes with the next call. */
const struct source_count *source_total(struct source *s);
const struct source_count *source_input_counts(const struct source *s, size_t input);

#endif
