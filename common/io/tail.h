/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef COMMON_IO_TAIL_H
#define COMMON_IO_TAIL_H

#include "argus/base/err.h"

/* Where the last whole record of an Argus file of `size` bytes ends: `size`, unless
 * the file ends inside a record; 0 if it does so inside the first, or is all zeros. Reads
 * the last part only, if it can tell from that. `fd` is open for reading; its position
 * changes. -1: it cannot be read, or (ERR_USER) is compressed or not Argus data. */
int tail_end(int fd, const char *name, uint64_t size, uint64_t *end, struct err *err);

#endif
