/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What went wrong, in words a user can act on, and whose fault it was.
 *
 * The library never prints and never exits: a function that can fail returns
 * -1 or NULL and leaves its reason here. The kind decides the exit status of a
 * program (tool/ and argus/ map it): 1 user, 2 system, 3 damaged data. */
#ifndef ARGUS_BASE_ERR_H
#define ARGUS_BASE_ERR_H

#include "argus/base/compat.h"

enum err_kind {
	ERR_NONE,
	ERR_USER,   /* an option, a filter, a configuration line: exit status 1 */
	ERR_SYSTEM, /* a file, a socket, memory, a full disk: exit status 2 */
	ERR_DATA,   /* damaged or truncated input: exit status 3 */
};

struct err {
	enum err_kind kind;
	char text[400];
};

/* Sets `e` (which may be NULL) to the formatted message. Returns -1, so that a
 * caller can `return err_set(...)`. A message is one line without a newline and
 * without the name of the program. */
int err_set(struct err *e, enum err_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);

/* As err_set with ERR_SYSTEM, followed by ": " and the text of `errno`. */
int err_system(struct err *e, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
