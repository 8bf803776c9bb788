/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gzip, by zlib. */
#include "common/io/packing.h"

#include <zlib.h>

#include "argus/base/buf.h"

#define WINDOW (15 + 16) /* the greatest, in gzip's framing */

/* Both directions: `code` is inflate or deflate. */
static int run_code(z_stream *s, struct pack_flow *flow, int (*code)(z_streamp, int), int action)
{
	unsigned in = pack_bounded(flow->in_left), out = pack_bounded(flow->room);
	int result;

	s->next_in = (Bytef *)(uintptr_t)flow->in;
	s->avail_in = in;
	s->next_out = flow->out;
	s->avail_out = out;
	result = code(s, action);
	pack_advance(flow, in - s->avail_in, out - s->avail_out);
	return result;
}

static void *started(z_stream *s, int result)
{
	if (result == Z_OK)
		return s;
	free(s);
	return NULL;
}

static void *unpack_start(void)
{
	z_stream *s = xcalloc(1, sizeof *s);

	return started(s, inflateInit2(s, WINDOW));
}

static enum pack_result unpack_step(void *state, struct pack_flow *flow, bool last)
{
	int result = run_code(state, flow, inflate, Z_NO_FLUSH);

	(void)last;
	if (result == Z_STREAM_END)
		return PACK_END;
	return result == Z_OK || result == Z_BUF_ERROR ? PACK_MORE : PACK_DAMAGED;
}

static void unpack_stop(void *state)
{
	inflateEnd(state);
	free(state);
}

static void *pack_start(void)
{
	z_stream *s = xcalloc(1, sizeof *s);

	return started(s, deflateInit2(s, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW, 8, Z_DEFAULT_STRATEGY));
}

static enum pack_result pack_step(void *state, struct pack_flow *flow, bool last)
{
	bool is_all = last && pack_bounded(flow->in_left) == flow->in_left;

	return run_code(state, flow, deflate, is_all ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END ? PACK_END : PACK_MORE;
}

static void pack_stop(void *state)
{
	deflateEnd(state);
	free(state);
}

const struct pack_format gzip_unpacking = { unpack_start, unpack_step, unpack_stop };
const struct pack_format gzip_packing = { pack_start, pack_step, pack_stop };
