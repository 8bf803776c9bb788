/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bzip2, by libbz2. */
#include "common/io/packing.h"

#ifdef HAVE_BZIP2
#include <bzlib.h>

#include "argus/base/buf.h"

/* Both directions: `code` is decompress or BZ2_bzCompress. */
static int run_code(bz_stream *s, struct pack_flow *flow, int (*code)(bz_stream *, int), int action)
{
	unsigned in = pack_bounded(flow->in_left), out = pack_bounded(flow->room);
	int result;

	s->next_in = (char *)(uintptr_t)flow->in;
	s->avail_in = in;
	s->next_out = (char *)flow->out;
	s->avail_out = out;
	result = code(s, action);
	pack_advance(flow, in - s->avail_in, out - s->avail_out);
	return result;
}

static int decompress(bz_stream *s, int action)
{
	(void)action;
	return BZ2_bzDecompress(s);
}

static void *started(bz_stream *s, int result)
{
	if (result == BZ_OK)
		return s;
	free(s);
	return NULL;
}

static void *unpack_start(void)
{
	bz_stream *s = xcalloc(1, sizeof *s);

	return started(s, BZ2_bzDecompressInit(s, 0, 0));
}

static enum pack_result unpack_step(void *state, struct pack_flow *flow, bool last)
{
	int result = run_code(state, flow, decompress, BZ_RUN);

	(void)last;
	if (result == BZ_STREAM_END)
		return PACK_END;
	return result == BZ_OK ? PACK_MORE : PACK_DAMAGED;
}

static void unpack_stop(void *state)
{
	BZ2_bzDecompressEnd(state);
	free(state);
}

static void *pack_start(void)
{
	bz_stream *s = xcalloc(1, sizeof *s);

	return started(s, BZ2_bzCompressInit(s, 9, 0, 0));
}

static enum pack_result pack_step(void *state, struct pack_flow *flow, bool last)
{
	bool is_all = last && pack_bounded(flow->in_left) == flow->in_left;

	return run_code(state, flow, BZ2_bzCompress, is_all ? BZ_FINISH : BZ_RUN) == BZ_STREAM_END ? PACK_END : PACK_MORE;
}

static void pack_stop(void *state)
{
	BZ2_bzCompressEnd(state);
	free(state);
}

const struct pack_format bzip2_unpacking = { unpack_start, unpack_step, unpack_stop };
const struct pack_format bzip2_packing = { pack_start, pack_step, pack_stop };
#endif
