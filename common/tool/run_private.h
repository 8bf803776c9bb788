/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What options and configuration set, and what the run loop keeps. */
#ifndef COMMON_TOOL_RUN_PRIVATE_H
#define COMMON_TOOL_RUN_PRIVATE_H

#include <signal.h>

#include "argus/base/clock.h"
#include "argus/tool/match.h"
#include "argus/tool/tool.h"

/* RA_PORT_DIRECTION. */
enum port_class { PORT_SERVICES = 0x1, PORT_WELL_KNOWN = 0x2, PORT_REGISTERED = 0x4 };

/* The command line while it is read. */
struct command {
	int argc;
	char **argv;
	int next; /* index of the word to be looked at next */
	bool is_again;              /* -X was met: only what outlives it is set */
	bool is_in_list;            /* the word is not the first of its list option */
	bool takes_signs;           /* that is an OPTION_SIGNED_LIST */
	enum source_type list_type; /* of the files of the -r being read */
};

/* own.c: which files the inputs are. */
struct own_inputs {
	struct own_input *input; /* NULL: not asked yet */
	size_t count;
};

struct run_private {
	struct run *run; /* for the setters of configuration keys, whose object this is */
	struct command *command;

	/* Where things come from decides what replaces what. */
	bool reading_config;      /* a file is being read, not the command line */
	bool inputs_from_config;  /* the first -r of the command line empties the list */
	bool outputs_from_config;
	bool inputs_lost;         /* -X took inputs away */
	bool has_directories;     /* -R was given: an empty list is an error */

	/* Text that is compiled when all options are known. */
	char *filter_text;
	char *range_text;
	char *user_regex;
	char *label_regex;
	char *time_format;
	char *reject_path; /* -E */

	/* Servers: see struct source_remote. */
	bool reliable;
	int connect_seconds, run_seconds, server_port, source_port;
	int min_ssf, max_ssf;
	char *user_auth, *password, *mechanism;

	struct rarc rc;
	struct timerange range;
	struct user_match *user_match;
	struct user_match *label_match;
	uint32_t drop_dsrs;       /* DSR_BIT of what -M dsrs= takes away */
	unsigned port_direction;  /* enum port_class */
	double pace;              /* -M rtime: stream seconds a second; 0: as fast as can be */
	bool print_events;
	bool summary;             /* -A */
	bool dump_filter;         /* -b */
	bool no_optimizer;        /* -O */
	bool daemon;              /* -d */
	bool poll;
	bool rmon;
	bool uni;
	bool is_plain;            /* nothing but the filter stands between a flow record and the tool */
	bool is_bare;             /* nothing does, and the tool may take it as it was read: */
	unsigned looks_at;        /* at most so many at once, */
	unsigned pause, pausing;  /* after so many without a look, of which these are left */
	int debug;                /* -D */

	/* The writer. */
	enum writer_form form;
	enum writer_absent absent;
	char delimiter, quote;
	bool variable_width;
	bool no_port_period;
	int titles;

	/* The run. */
	bool prints;              /* records are printed: the writer is there from the start of the loop on */
	struct writer *writer;
	struct writer_options writer_options; /* borrowed by the writer */
	uint64_t next_tick, next_renewal; /* clock_monotonic() */
	uint64_t latest;          /* run_arrival(): the end of the latest record */
	bool is_current;          /* and whether the last one was of now */
	uint64_t progress_start, next_progress;
	bool progress_shown;
	struct sink *rejects;
	uint8_t *record_room;     /* RECORD_MAX_SIZE, for records that are written */
	uint8_t initial[MAR_SIZE];
	bool has_initial;
	struct own_inputs own;
	bool stop;
	bool is_unfinished; /* the tool ended with an error, and still has what it had */
	bool has_read_all; /* then; else -N asks for no more */
	bool failed; /* while an input was waited for; run->err says why */
	bool counting;            /* first pass of -% */
	bool counting_again;      /* its second pass: errors were told */
	uint64_t in_count;        /* records for the window of -N */
	uint64_t out_count;
	uint64_t passed;          /* records that passed filter and -e, initial MARs apart */
	uint64_t initial_passed;
	uint64_t flows_read, mars_read, flow_pkts, flow_bytes;
	size_t inputs_failed;     /* could not be opened or read */
	bool has_failure;         /* run_note_failure() */
	size_t inputs_foreign;    /* are no Argus data */
	size_t servers_failed;    /* refuse the connection, do not answer, or are no Argus servers */
	size_t inputs_damaged;    /* cannot be unpacked to their end */
	uint64_t pace_stream, pace_clock; /* microseconds at the first record */
	char *spool;              /* temporary file that holds standard input for -% */
};

/* options.c: every option at its default, and what was set released. */
void options_init(struct run *run);
void options_fini(struct run *run);
void options_reset(struct run *run); /* -X */
extern const struct tool_option common_options[];
const struct tool_option *option_find(const struct tool *tool, char letter);
bool option_is_refused(const struct tool_option *option); /* without libsasl2 that is -U */
int option_apply(struct run *run, const struct tool_option *option, const char *value, struct err *err);

/* set.c: what an option and a configuration key do alike. */
int set_text(char **to, const char *value);
int set_input(struct run *run, const char *value, struct err *err);
int set_remote(struct run *run, const char *value, struct err *err);
int set_listener(struct run *run, const char *value, struct err *err);
int set_user_auth(struct run *run, const char *value, struct err *err);
int set_directory(struct run *run, const char *value, struct err *err);
int set_output(struct run *run, const char *path, const char *filter, struct err *err);
int set_window(struct run *run, const char *value, struct err *err);
int set_delimiter(struct run *run, const char *value, struct err *err);
int set_tcp_flags(struct run *run, const char *value, struct err *err);
int set_number(int *to, const char *value, int least, int most, const char *what, struct err *err);
int set_user_form(struct run *run, const char *value, struct err *err);
void add_word(struct word_list *list, const char *word);
void clear_words(struct word_list *list);

/* modes.c */
extern const struct tool_mode common_modes[];
int mode_set(struct run *run, const char *word, struct err *err);

/* command.c */
int command_read(struct run *run, int argc, char **argv, struct err *err);
bool command_has(const struct run *run, int argc, char **argv, char letter);
bool command_informs(struct run *run, int argc, char **argv); /* --help and its like were answered */

/* usage.c */
/* What a program says of itself was printed: the exit status. */
enum tool_status run_has_informed(struct run *run);
void usage_print(const struct tool *tool, const char *program, FILE *to);
void version_print(const char *program, FILE *to);
void describe_print(const struct tool *tool, FILE *to);

/* rarc.c */
int rarc_read_all(struct run *run, struct err *err);
int rarc_read_file(struct run *run, const char *path, struct err *err);

/* output.c */
int output_flow(struct run *run, struct flow *f);
int output_mar(struct run *run, const struct mar *m, const void *record, size_t length);
int output_reject(struct run *run, struct flow *f, const void *record, size_t length);
int outputs_flush(struct run *run);
int outputs_renew(struct run *run); /* at most once a second: files that somebody took away are made anew */
int outputs_close(struct run *run);

/* Whether the tool passes records on one by one, MARs too, as ra does. */
static inline bool acts_like_ra(const struct run *run)
{
	return run->tool->record == NULL || run->tool->flags & (TOOL_PASS_MARS | TOOL_MAN_BY_DEFAULT);
}

/* loop.c: reads every input once. */
int loop_run(struct run *run);

/* There is nothing to do for the moment: what was printed is shown, what was written is in its file, and
 * the tool sees to its timers. False: it is time to end. */
bool loop_wait(struct run *run);

/* record.c: what happens to one record. */
int take_flow(struct run *run, const struct record *record);
int take_mar(struct run *run, const struct record *record);

/* The next records, if the tool takes them as they were read. Returns how many, -1 if that failed. */
int take_as_read(struct run *run);

/* Once before the first record, when all options are known. */
void records_prepare(struct run *run);

/* daemon.c */
int daemon_start(struct run *run, struct err *err);
int pid_file_write(struct run *run, struct err *err);
void pid_file_remove(struct run *run);

/* signals.c */
void signals_catch(void);
extern volatile sig_atomic_t signal_flag;
static inline bool signal_came(void) { return signal_flag != 0; }
static inline bool signal_came_again(void) { return signal_flag > 1; }
int signal_debug(int level); /* the debug level after the signals that came since */

/* progress.c */
bool progress_wanted(const struct run *run);
void progress_show(struct run *run, uint64_t records); /* after two seconds, at most twice a second */
void progress_clear(void);

/* percent.c: -% reads everything twice. */
int percent_totals(struct run *run);
void percent_done(struct run *run);

#endif
