/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages for the user: one line on standard error, PROG[PID]: TIME TEXT
 * (printing.md 7.2), and, for daemons, the system's log; and a progress line while
 * somebody watches. Only programs and tool/ use it; the library fills a struct err. */
#ifndef ARGUS_BASE_LOG_H
#define ARGUS_BASE_LOG_H

#include "argus/base/compat.h"

/* Sets what stands in front of a message: the last part of `argv0`, and the time by
 * `time_format` (clock_text; NULL: "%T.%f"). Both are borrowed. */
void log_init(const char *argv0, const char *time_format);

/* From now on messages go to the system's log as well (facility daemon), and to
 * standard error only if `on_stderr`. */
void log_use_syslog(bool on_stderr);

/* A message of one line, without a newline. `priority` is one of syslog.h. */
void log_line(int priority, const char *format, ...) PRINTF_LIKE(2, 3);

/* Shows how far a program is: records so far, records a second, and the share
 * of `total` when that is not 0. It may be called often: it looks at the clock
 * once in 1024 calls, writes only to a terminal, after two seconds, four times a second. */
void log_progress(uint64_t records, uint64_t done, uint64_t total);

/* Whether log_progress would ever write. */
bool log_has_watcher(void);

/* Takes the progress line away. Messages do that by themselves. */
void log_progress_end(void);

#endif
