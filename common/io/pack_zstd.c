/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zstd, by libzstd. */
#include "common/io/packing.h"

#ifdef HAVE_ZSTD
#include <zstd.h>

static void *unpack_start(void) { return ZSTD_createDStream(); }
static void unpack_stop(void *state) { ZSTD_freeDStream(state); }

static enum pack_result unpack_step(void *state, struct pack_flow *flow, bool last)
{
	ZSTD_inBuffer in = { flow->in, flow->in_left, 0 };
	ZSTD_outBuffer out = { flow->out, flow->room, 0 };
	size_t result = ZSTD_decompressStream(state, &out, &in);

	(void)last;
	pack_advance(flow, in.pos, out.pos);
	if (ZSTD_isError(result))
		return PACK_DAMAGED;
	return result == 0 ? PACK_END : PACK_MORE;
}

static void *pack_start(void)
{
	ZSTD_CStream *s = ZSTD_createCStream();

	if (s != NULL && !ZSTD_isError(ZSTD_CCtx_setParameter(s, ZSTD_c_checksumFlag, 1)))
		return s;
	ZSTD_freeCStream(s);
	return NULL;
}

static void pack_stop(void *state) { ZSTD_freeCStream(state); }

static enum pack_result pack_step(void *state, struct pack_flow *flow, bool last)
{
	ZSTD_inBuffer in = { flow->in, flow->in_left, 0 };
	ZSTD_outBuffer out = { flow->out, flow->room, 0 };
	size_t result = ZSTD_compressStream2(state, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);

	pack_advance(flow, in.pos, out.pos);
	return last && result == 0 ? PACK_END : PACK_MORE;
}

const struct pack_format zstd_unpacking = { unpack_start, unpack_step, unpack_stop };
const struct pack_format zstd_packing = { pack_start, pack_step, pack_stop };
#endif
