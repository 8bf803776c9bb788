/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of NetFlow or sFlow, PDU behind PDU, read as a stream of Argus records. Around
 * damage PDUs are found again as records are: by a header that another follows. */
#ifndef COMMON_IO_NETFLOW_FILE_H
#define COMMON_IO_NETFLOW_FILE_H

#include "common/io/netflow.h"
#include "common/io/reader.h"

struct netflow_file;

/* The bytes come from `fill`; `is_live`: when they like, and a PDU is not kept waiting for
 * what follows it (but for version 9, whose end only the next one tells). `arrival`: the
 * time of samples, microseconds since 1970. */
struct netflow_file *netflow_file_new(enum netflow_kind kind, uint64_t arrival, bool is_live, reader_fill *fill, void *context);
void netflow_file_free(struct netflow_file *f);

/* Up to `room` bytes of records, an initial MAR first (a reader_fill). A file without any
 * PDU gives none. */
ssize_t netflow_file_read(void *file, void *to, size_t room, struct err *err);

/* Says in *count what could not be read so far; the rest of it is left as it is. */
void netflow_file_count(const struct netflow_file *f, struct source_count *count);

#endif
