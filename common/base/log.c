/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/log.h"

#include <stdarg.h>
#include <syslog.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/clock.h"
#include "argus/base/num.h"

#define FIRST_PROGRESS (2 * CLOCK_SECOND_US)
#define PROGRESS_STEP (CLOCK_SECOND_US / 4)

static const char *program = "argus";
static const char *time_format = "%T.%f";
static bool use_stderr = true, use_syslog;

static uint64_t started, shown; /* of the progress; microseconds, 0: not yet */
static bool is_shown;

void log_init(const char *argv0, const char *format)
{
	const char *slash = strrchr(argv0, '/');

	program = slash != NULL ? slash + 1 : argv0;
	if (format != NULL)
		time_format = format;
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

void log_line(int priority, const char *format, ...)
{
	struct buf b = BUF_INIT;
	char when[CLOCK_TEXT_ROOM];
	size_t text;
	va_list args;

	if (is_shown)
		log_progress_end();
	buf_printf(&b, "%s[%ld]: ", program, (long)getpid());
	buf_add(&b, when, clock_text(when, time_format, 6, clock_now()));
	buf_char(&b, ' ');
	text = b.length;
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	if (use_syslog)
		syslog(priority, "%s", b.data + text);
	buf_char(&b, '\n');
	if (use_stderr)
		put(b.data, b.length);
	buf_fini(&b);
}

bool log_has_watcher(void)
{
	static int answer = -1;

	if (answer < 0)
		answer = isatty(STDERR_FILENO);
	return answer == 1 && use_stderr;
}

static void show(uint64_t records, uint64_t done, uint64_t total, uint64_t now)
{
	struct buf b = BUF_INIT;
	double seconds = (double)(now - started) / CLOCK_SECOND_US;
	char number[NUM_FIXED_ROOM];

	buf_char(&b, '\r');
	buf_add(&b, number, num_scaled(number, (double)records, 1));
	buf_text(&b, " records, ");
	buf_add(&b, number, num_scaled(number, (double)records / seconds, 1));
	buf_text(&b, " a second");
	if (total > 0)
		buf_printf(&b, ", %u %%", (unsigned)(100.0 * (double)u64_min(done, total) / (double)total));
	buf_text(&b, "\033[K");
	put(b.data, b.length);
	buf_fini(&b);
}

void log_progress(uint64_t records, uint64_t done, uint64_t total)
{
	static unsigned calls;
	uint64_t now;

	if (likely(calls++ % 1024 != 0) || !log_has_watcher())
		return;
	now = clock_monotonic();
	if (started == 0)
		started = now;
	if (now - started < FIRST_PROGRESS || now - shown < PROGRESS_STEP)
		return;
	shown = now;
	is_shown = true;
	show(records, done, total, now);
}

void log_progress_end(void)
{
	static const char erase[] = "\r\033[K";

	if (is_shown)
		put(erase, sizeof erase - 1);
	is_shown = false;
}
