/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Foreign text made safe for XML and JSON. Both forms are UTF-8; bytes that are
 * not become U+FFFD, the replacement character. */
#ifndef COMMON_OUT_ESCAPE_H
#define COMMON_OUT_ESCAPE_H

#include "argus/base/compat.h"

/* Each writes the escaped text of `length` bytes, at most six bytes for one, and
 * returns the end of what it wrote. `to` must not overlap `from`. */
char *escape_json(char *to, const char *from, size_t length);
char *escape_xml(char *to, const char *from, size_t length);

#endif
