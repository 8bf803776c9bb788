/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/log.h"

#include <syslog.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/clock.h"

static const char *program = "argus";
static const char *time_format = "%T.%f";
static bool use_stderr = true, use_syslog;

void log_init(const char *argv0, const char *format)
{
	const char *slash = strrchr(argv0, '/');

	program = slash != NULL ? slash + 1 : argv0;
	time_format = format != NULL ? format : "%T.%f";
}

void log_use_syslog(bool on_stderr)
{
	use_stderr = on_stderr;
	use_syslog = true;
	openlog(program, LOG_PID, LOG_DAEMON);
}

/* One write for the whole line, so that lines of several processes do not mix. What
 * cannot be written to standard error cannot be told to anybody. */
static void put(const char *at, size_t left)
{
	while (left > 0) {
		ssize_t n = write(STDERR_FILENO, at, left);

		if (n <= 0)
			return;
		at += n;
		left -= (size_t)n;
	}
}

void log_vline(int priority, const char *format, va_list args)
{
	struct buf b = BUF_INIT;
	char when[CLOCK_TEXT_ROOM];
	size_t text;

	buf_printf(&b, "%s[%ld]: ", program, (long)getpid());
	buf_add(&b, when, clock_text(when, time_format, 6, clock_now()));
	buf_char(&b, ' ');
	text = b.length;
	buf_vprintf(&b, format, args);
	if (use_syslog)
		syslog(priority, "%s", b.data + text);
	buf_char(&b, '\n');
	if (use_stderr)
		put(b.data, b.length);
	buf_fini(&b);
}

void log_line(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vline(priority, format, args);
	va_end(args);
}
