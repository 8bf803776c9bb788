/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/err.h"

#include <errno.h>
#include <stdarg.h>

int err_set(struct err *e, enum err_kind kind, const char *format, ...)
{
	va_list args;

	if (e == NULL)
		return -1;
	e->kind = kind;
	va_start(args, format);
	vsnprintf(e->text, sizeof e->text, format, args);
	va_end(args);
	return -1;
}

int err_system(struct err *e, const char *format, ...)
{
	int number = errno;
	size_t used;
	va_list args;

	if (e == NULL)
		return -1;
	e->kind = ERR_SYSTEM;
	va_start(args, format);
	vsnprintf(e->text, sizeof e->text, format, args);
	va_end(args);
	used = strlen(e->text);
	snprintf(e->text + used, sizeof e->text - used, ": %s", strerror(number));
	return -1;
}
