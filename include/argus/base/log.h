/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages for the user: one line on standard error, PROG[PID]: TIME TEXT
 * (printing.md 7.2), or, for daemons, the system's log. Only programs and tool/ use
 * it; the library fills a struct err. */
#ifndef ARGUS_BASE_LOG_H
#define ARGUS_BASE_LOG_H

#include <stdarg.h>

#include "argus/base/compat.h"

/* Sets what stands in front of a message: the last part of `argv0`, and the time by
 * `time_format` (clock_text; NULL: "%T.%f"). Both are borrowed. May be called again. */
void log_init(const char *argv0, const char *time_format);

/* From now on messages go to the system's log as well (facility daemon), and to
 * standard error only if `on_stderr`. */
void log_use_syslog(bool on_stderr);

/* A message of one line, without a newline. `priority` is one of syslog.h. */
void log_line(int priority, const char *format, ...) PRINTF_LIKE(2, 3);

void log_vline(int priority, const char *format, va_list args) PRINTF_LIKE(2, 0);

#endif
