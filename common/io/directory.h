/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef COMMON_IO_DIRECTORY_H
#define COMMON_IO_DIRECTORY_H

#include "argus/base/err.h"

/* Calls `found` with the path of every plain file at and below `path`. Entries
 * that begin with a dot are passed over, symbolic links are followed, but no
 * directory is entered from within itself. What cannot be opened below `path` is
 * found as well, so that reading it says why. Returns -1 if `path` itself cannot
 * be read. */
int directory_walk(const char *path, void (*found)(void *context, const char *path), void *context, struct err *err);

#endif
