/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/log.h"

#include <stdarg.h>
#include <syslog.h>

#include "argus/base/log.h"

static int level_now;

void log_set_level(int level)
{
	level_now = level > 0 ? level : 0;
}

int log_level(void)
{
	return level_now;
}

void log_message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vline(LOG_WARNING, format, args);
	va_end(args);
}

void log_debug(int level, const char *format, ...)
{
	va_list args;

	if (level > level_now)
		return;
	va_start(args, format);
	log_vline(LOG_DEBUG, format, args);
	va_end(args);
}
