/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xz, by liblzma. */
#include "common/io/packing.h"

#ifdef HAVE_LZMA
#include <lzma.h>

#include "argus/base/buf.h"

#define MOST_MEMORY ((uint64_t)1 << 30) /* refuses files that ask for more */

/* Both directions: the stream knows its own. */
static lzma_ret run_code(lzma_stream *s, struct pack_flow *flow, lzma_action action)
{
	lzma_ret result;

	s->next_in = flow->in;
	s->avail_in = flow->in_left;
	s->next_out = flow->out;
	s->avail_out = flow->room;
	result = lzma_code(s, action);
	pack_advance(flow, flow->in_left - s->avail_in, flow->room - s->avail_out);
	return result;
}

static void *started(lzma_stream *s, lzma_ret result)
{
	if (result == LZMA_OK)
		return s;
	free(s);
	return NULL;
}

static void *unpack_start(void)
{
	lzma_stream *s = xcalloc(1, sizeof *s);

	return started(s, lzma_stream_decoder(s, MOST_MEMORY, 0));
}

static enum pack_result unpack_step(void *state, struct pack_flow *flow, bool last)
{
	lzma_ret result = run_code(state, flow, LZMA_RUN);

	(void)last;
	if (result == LZMA_STREAM_END)
		return PACK_END;
	return result == LZMA_OK || result == LZMA_BUF_ERROR ? PACK_MORE : PACK_DAMAGED;
}

static void *pack_start(void)
{
	lzma_stream *s = xcalloc(1, sizeof *s);

	return started(s, lzma_easy_encoder(s, LZMA_PRESET_DEFAULT, LZMA_CHECK_CRC64));
}

static enum pack_result pack_step(void *state, struct pack_flow *flow, bool last)
{
	return run_code(state, flow, last ? LZMA_FINISH : LZMA_RUN) == LZMA_STREAM_END ? PACK_END : PACK_MORE;
}

static void stop(void *state)
{
	lzma_end(state);
	free(state);
}

const struct pack_format xz_unpacking = { unpack_start, unpack_step, stop };
const struct pack_format xz_packing = { pack_start, pack_step, stop };
#endif
