/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run of the probe was asked to do: argus.conf and the command line
 * (probe.md 2 and 3, configuration.md 3) fill it, the rest of the program reads it. */
#ifndef ARGUS_SETTINGS_H
#define ARGUS_SETTINGS_H

#include "argus/base/buf.h"
#include "argus/base/err.h"
#include "argus/capture.h"
#include "argus/output.h"
#include "argus/probe.h"

struct words {
	char **word;
	size_t count;
};

struct settings {
	struct probe_rules rules;
	struct decode_options decode;
	struct capture_options capture;
	struct capture_window window; /* -N */
	struct live_spec live;
	struct words files; /* -r */
	struct outputs outputs;
	struct source_id id;

	double status_seconds, mar_seconds; /* -S, -M */
	double replay;                      /* -T: factor of real time, 0: as fast as possible */
	int snaplen;                        /* -s; 0: what the other options ask for */
	char *filter;                       /* packet filter, or NULL */
	char *chroot_dir, *user, *group, *pid_path;
	bool is_unidirectional, has_flow_type;
	bool is_daemon, wants_pid, is_verbose, prints_filter;
	int debug_level;
};

void settings_init(struct settings *s);
void settings_fini(struct settings *s);
void settings_reset(struct settings *s); /* -X */

/* What follows from the settings as a whole, once they are complete. */
int settings_finish(struct settings *s, struct err *err);

/* Values that options and configuration share (section 6 of configuration.md).
 * `is_quoted`: the text stood in double quotes and is a string id. */
int settings_id(struct source_id *id, const char *text, bool is_quoted, struct err *err);
int settings_interface(struct settings *s, const char *text, struct err *err);

void words_add(struct words *w, const char *text);
void words_clear(struct words *w);

/* config.c: argus.conf. What is wrong in it is reported through log_message. */
int config_read(struct settings *s, const char *path, struct err *err);

/* options.c. Returns -1 on an error; *done is set when the program has nothing
 * more to do (-h, --version). */
int options_read(struct settings *s, int argc, char **argv, bool *done, struct err *err);

#endif
