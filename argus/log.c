/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/log.h"

#include <stdarg.h>
#include <syslog.h>

static int level_now;
static bool is_syslog;

void log_set_level(int level)
{
	level_now = level > 0 ? level : 0;
}

int log_level(void)
{
	return level_now;
}

void log_to_syslog(void)
{
	openlog("argus", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	is_syslog = true;
}

static void say(int priority, const char *format, va_list args) PRINTF_LIKE(2, 0);
static void say(int priority, const char *format, va_list args)
{
	if (is_syslog) {
		vsyslog(priority, format, args);
		return;
	}
	fputs("argus: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void log_message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_WARNING, format, args);
	va_end(args);
}

void log_debug(int level, const char *format, ...)
{
	va_list args;

	if (level > level_now)
		return;
	va_start(args, format);
	say(LOG_DEBUG, format, args);
	va_end(args);
}
