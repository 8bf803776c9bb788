/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client is a description: what it is called, what options and modes it has
 * beside the common ones, and what it does with a record. tool_main() does the
 * rest: configuration, command line, inputs, filter, -t, -N, -e, outputs,
 * signals, messages and exit status (printing.md 1, 6, 7).
 *
 * Usage text, completion and the option lists of the manual pages are made from
 * the description. */
#ifndef ARGUS_TOOL_TOOL_H
#define ARGUS_TOOL_TOOL_H

#include "argus/base/err.h"
#include "argus/io/sink.h"
#include "argus/io/source.h"
#include "argus/out/writer.h"
#include "argus/query/fields.h"
#include "argus/query/filter.h"
#include "argus/query/timerange.h"
#include "argus/record/flow.h"
#include "argus/record/mar.h"
#include "argus/tool/rarc.h"

/* Exit statuses (documented in every manual page). */
enum tool_status {
	STATUS_OK = 0,
	STATUS_USER = 1,   /* usage, configuration, no input is Argus data, no record passed the filter */
	STATUS_SYSTEM = 2, /* an input could not be opened, an output not written */
	STATUS_DATA = 3,   /* damaged or truncated input: what was good was processed */
};

struct run;
struct shaped_records;

/* One option of a tool that the common table does not have, or that means
 * something else there. `list`: it takes all words up to the next one that begins
 * with '-' (printing.md 1.1, rule 5); `set` is called once for each word. */
/* Whether an option takes every word up to the next one that begins with a dash; or even those that do, if the
 * rest is the name of a column or of an object of keys. */
enum option_list { OPTION_ONE = false, OPTION_LIST = true, OPTION_SIGNED_LIST };

struct tool_option {
	char letter;
	const char *argument; /* its name in the usage text; NULL: a flag */
	enum option_list list;
	const char *help;
	int (*set)(struct run *run, const char *value, struct err *err); /* NULL: as the common option of that letter */
};

enum mode_kind {
	MODE_FLAG,     /* takes no value */
	MODE_VALUE,    /* "name=": the rest of the word */
	MODE_OPTIONAL, /* what follows a ':' or '=' in the word, "" if nothing does */
	MODE_WORD,     /* the same, or else the next word of the list: -M time 5m */
};

/* One -M mode of a tool. */
struct tool_mode {
	const char *name;
	uint8_t prefix; /* letters that must match (case-insensitively); 0: the whole name, exactly */
	const char *help;
	int (*set)(struct run *run, const char *value, struct err *err);
	enum mode_kind kind;
};

/* A set function that is one statement; it sees run and value:
 *	static RUN_SETTER(mode_hard, state_of(run)->is_hard = true) */
#define RUN_SETTER(name, statement)                                                \
	int name(struct run *run, const char *value, struct err *err)              \
	{                                                                          \
		(void)run;                                                         \
		(void)value;                                                       \
		(void)err;                                                         \
		statement;                                                         \
		return 0;                                                          \
	}

enum tool_flag {
	TOOL_NO_PRINT = 0x1,      /* records are never printed by the common printer */
	TOOL_WANTS_MARS = 0x2,    /* mar() is called for every MAR, whatever is selected and printed */
	TOOL_TAKES_MARS = 0x2000, /* mar() is called for those that were selected, as records are */
	TOOL_NO_CORRECTION = 0x4, /* no TCP direction correction while reading */
	TOOL_MAN_BY_DEFAULT = 0x8, /* prints MARs unless told otherwise (rastrip, ralabel, raservices) */
	TOOL_NO_TITLES = 0x10,    /* never a title line (ragrep) */
	TOOL_OWN_WRITE = 0x20,    /* the tool writes the -w files itself (rasplit, rastream) */
	TOOL_NO_FILTER_STATUS = 0x40, /* exit 0 although nothing passed the filter */
	TOOL_OWN_WINDOW = 0x80,   /* the tool applies -N o... itself (run->out) */
	TOOL_NO_EVENTS = 0x100,   /* event records are not given to record() */
	TOOL_PASS_MARS = 0x400,   /* MARs are printed and written as ra does although there is a record() */
	TOOL_NO_WRITE = 0x800,    /* has no records to write: -w is refused (racount) */
	TOOL_NO_INPUT = 0x200,    /* reads no records at all: start() and finish() only */
	TOOL_ENDS_WELL = 0x1000,  /* finish() is called after an error, too: what is not concerned is completed */
};

struct tool {
	const char *name;
	const char *summary; /* one line */
	const char *done;    /* of tools with -M replace: what was done to a file, "sorted" */
	const struct tool_option *options; /* ended by letter 0; may be NULL */
	const struct tool_mode *modes;     /* ended by name NULL; may be NULL */
	unsigned flags;
	size_t state_size; /* bytes of zeroed state: run->state */

	/* All may be NULL. A negative return ends the run; run->err says why. */
	int (*start)(struct run *run);                    /* options are known; before the first record */
	int (*record)(struct run *run, struct flow *f);   /* a flow or event record that passed; default: print or write it */
	/* Before that, if nothing else wants to see them: records as they were read. Returns how many it
	 * took; the one behind these is opened for record(). They do not stay. */
	int (*as_read)(struct run *run, const struct shaped_records *records);
	int (*mar)(struct run *run, const struct mar *m);
	int (*input_done)(struct run *run, size_t input); /* after each input (-M ind, replace) */
	void (*input_lost)(struct run *run);              /* instead of that, where inputs are replaced: it was not read
							   * to its end, and what it gave is to be forgotten */
	int (*tick)(struct run *run, uint64_t now);       /* once a second on live sources, and with -M rtime: see run_arrival() */
	int (*finish)(struct run *run);                   /* after the last record, also after a signal; see TOOL_ENDS_WELL */

	/* A -M word that no table has, such as the 5m of -M 5m: 1 taken, 0 not known, -1 wrong. */
	int (*mode)(struct run *run, const char *word, struct err *err);
	const char *columns; /* default columns, as after -s; NULL: those of ra */
};

/* Words of a list option. */
struct word_list {
	char **word;
	size_t count;
};

/* -N: the records from `first` to `last`, counted from 1. */
struct record_window {
	bool given;
	uint64_t first, last;
};

/* -w FILE ["FILTER"]. With TOOL_OWN_WRITE the tool does with it what it likes. */
struct run_output {
	char *path;
	char *filter_text;     /* NULL: none */
	struct filter *filter; /* compiled before start() */
	struct sink *sink;     /* opened with the first record */
};

/* A run of a tool. Tools read it; the options fill it. */
struct run {
	const struct tool *tool;
	const char *program; /* last part of argv[0] */
	struct err err;
	void *state;

	struct source *source;
	struct flow_reading reading;
	struct style style;
	struct columns columns;
	struct filter *filter;
	const char *filter_text; /* NULL: none */

	/* -a ... : plain values of common options that only some tools use. */
	const char *flow_file;  /* -f */
	int flag_a;
	bool flag_A, flag_G, flag_v, flag_V;
	double bin_seconds; /* -B; 0: not given */
	bool ignore_case;   /* -i */
	bool quiet;         /* -q */

	struct word_list keys; /* -m */
	struct word_list sort; /* -P, RA_SORT_ALGORITHMS */
	struct record_window in, out; /* -N */
	const struct timerange *range; /* -t, applied to input by the run loop; NULL: none */
	struct run_output *outputs;    /* -w */
	size_t output_count;
	const struct rarc *rc; /* configuration that only some tools use */
	bool print_man;        /* -M man */
	bool percent;          /* -% */
	struct totals totals;  /* what -% divides by: a tool with a record() of its own sums up before it prints */

	uint64_t memory;          /* -M memory=; 0: not given */
	unsigned threads;         /* -M threads=; 0: not given */
	bool replaces;            /* -M replace of the tools that have it: no -w beside it */
	struct sink *replacement; /* of the input being read, if it has flows (replace.h) */
	bool takes_as_read;       /* start() says so: as_read() may take some */
	uint64_t rank;            /* of the next flow in the list that a tool puts out, or NO_RANK; 0: it has no lists */

	struct run_private *priv; /* of common/tool */
};

/* The whole life of a client; what main() returns. */
int tool_main(const struct tool *tool, int argc, char **argv);

/* Prints the flow, or writes it to every -w output whose filter it passes:
 * what `ra` does with a record. Returns -1 when the run must end. */
int run_emit(struct run *run, struct flow *f);

/* Whether that means nothing but writing it to every output: then a record may be emitted
 * as flow_write() would make it. Asked in start(). */
bool run_only_writes(const struct run *run);
int run_emit_written(struct run *run, const void *record, size_t length);

/* Where such a record of at most `length` bytes may be made, so that it need not be copied; NULL:
 * anywhere. If several were made there, side by side, they are emitted at once. */
void *run_place(struct run *run, size_t length);
void run_commit(struct run *run, size_t length, size_t count);

/* The same for a management record that the tool makes. */
int run_emit_mar(struct run *run, const struct mar *m);

/* Whether records are to be printed: no -q, no -w, no -E. */
bool run_prints(const struct run *run);

/* The character between cells (-c), for a tool with an output of its own; 0: aligned text. */
char run_delimiter(const struct run *run);

/* Writes a record, framed, to every -w output whose filter the flow (or the MAR,
 * when f is NULL) passes. Returns -1 when the run must end. */
int run_write(struct run *run, struct flow *f, const struct mar *m, const void *record, size_t length);

/* The MAR that begins an output: that of the input that is being read, or was read last; a new one
 * if no input had one. */
const uint8_t *run_initial_mar(struct run *run);

/* Fails when `path`, which is to be written ("-": standard output), is one of the input files. */
int run_refuse_own_input(struct run *run, const char *path);

/* The word after the option being set, if it does not begin with '-', and moves
 * past it; NULL otherwise. For the set function of an option with two values. */
const char *run_next_word(struct run *run);

/* For programs that draw (aggregation.md 6.4): the set function of an option that makes
 * rows that are easily taken apart. */
int run_set_graph(struct run *run, const char *value, struct err *err);

/* For the tools that keep records: the set function of their mode memory=, and how many
 * bytes they may keep, by that or by what the machine has. */
int run_set_memory(struct run *run, const char *value, struct err *err);
int run_set_threads(struct run *run, const char *value, struct err *err);
size_t run_memory(const struct run *run);

/* When a record of live input came, by the clock, if it tells of what happens now: it ended no more than ten
 * minutes ago. 0: it came long after it was written, or is that of a file, and its own times are all that counts.
 * tick() is told the time of such streams, too: with -M rtime it passes as that says, for a server it is the end
 * of its latest record, and 0, no time, for a pipe of old records, which is waited for to its end as a file is. */
uint64_t run_arrival(struct run *run, struct flow *f);

/* Whether the record that run_arrival() was asked about last was one of now: then the stream goes by the clock,
 * also when nothing comes. */
bool run_is_current(const struct run *run);

/* The next tick comes when a live input has nothing to give, or a signal came meanwhile. */
void run_tick_soon(struct run *run);

/* Ends the run after this record, as if the input were at its end. */
void run_stop(struct run *run);

/* Whether a signal has asked for the end. The tool is told by finish(); what may keep it busy for
 * very long before that, or in it, looks now and then. */
bool run_is_interrupted(const struct run *run);

/* Whether a second signal did: who asks twice does not want to wait. */
bool run_is_urged(const struct run *run);

/* Something besides the records failed, and was told: the exit status says so, too. */
void run_note_failure(struct run *run);

/* A one-line message on stderr (printing.md 7.2). Does not end anything. */
void run_message(struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
