/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoder for compress(1) files, which no library at hand reads. */
#ifndef COMMON_IO_LZW_H
#define COMMON_IO_LZW_H

#include "common/io/packing.h"

struct lzw;

struct lzw *lzw_new(void);
void lzw_free(struct lzw *z);
enum pack_result lzw_step(struct lzw *z, struct pack_flow *flow);

#endif
