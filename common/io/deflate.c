/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packing, by the library of each format, at the level that is its own default. */
#include "common/io/packing.h"

#include <limits.h>
#include <zlib.h>
#ifdef HAVE_BZIP2
#include <bzlib.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "argus/base/buf.h"

struct deflate_format {
	bool (*start)(struct deflate *z);
	enum pack_result (*step)(struct deflate *z, struct pack_flow *flow, bool last);
	void (*stop)(struct deflate *z);
};

struct deflate {
	const struct deflate_format *format;
	union {
		z_stream gzip;
#ifdef HAVE_BZIP2
		bz_stream bzip2;
#endif
#ifdef HAVE_LZMA
		lzma_stream xz;
#endif
#ifdef HAVE_ZSTD
		ZSTD_CStream *zstd;
#endif
	} as;
};

static unsigned bounded(size_t n) { return n > UINT_MAX ? UINT_MAX : (unsigned)n; }

static void advance(struct pack_flow *flow, size_t taken, size_t given)
{
	flow->in += taken;
	flow->in_left -= taken;
	flow->out += given;
	flow->room -= given;
}

static bool gzip_start(struct deflate *z)
{
	return deflateInit2(&z->as.gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
}

static void gzip_stop(struct deflate *z) { deflateEnd(&z->as.gzip); }

static enum pack_result gzip_step(struct deflate *z, struct pack_flow *flow, bool last)
{
	z_stream *s = &z->as.gzip;
	unsigned in = bounded(flow->in_left), out = bounded(flow->room);
	int result;

	s->next_in = (Bytef *)(uintptr_t)flow->in;
	s->avail_in = in;
	s->next_out = flow->out;
	s->avail_out = out;
	result = deflate(s, last && in == flow->in_left ? Z_FINISH : Z_NO_FLUSH);
	advance(flow, in - s->avail_in, out - s->avail_out);
	return result == Z_STREAM_END ? PACK_END : PACK_MORE;
}

static const struct deflate_format gzip_format = { gzip_start, gzip_step, gzip_stop };

#ifdef HAVE_BZIP2
static bool bzip2_start(struct deflate *z) { return BZ2_bzCompressInit(&z->as.bzip2, 9, 0, 0) == BZ_OK; }
static void bzip2_stop(struct deflate *z) { BZ2_bzCompressEnd(&z->as.bzip2); }

static enum pack_result bzip2_step(struct deflate *z, struct pack_flow *flow, bool last)
{
	bz_stream *s = &z->as.bzip2;
	unsigned in = bounded(flow->in_left), out = bounded(flow->room);
	int result;

	s->next_in = (char *)(uintptr_t)flow->in;
	s->avail_in = in;
	s->next_out = (char *)flow->out;
	s->avail_out = out;
	result = BZ2_bzCompress(s, last && in == flow->in_left ? BZ_FINISH : BZ_RUN);
	advance(flow, in - s->avail_in, out - s->avail_out);
	return result == BZ_STREAM_END ? PACK_END : PACK_MORE;
}

static const struct deflate_format bzip2_format = { bzip2_start, bzip2_step, bzip2_stop };
#endif

#ifdef HAVE_LZMA
static bool xz_start(struct deflate *z)
{
	return lzma_easy_encoder(&z->as.xz, LZMA_PRESET_DEFAULT, LZMA_CHECK_CRC64) == LZMA_OK;
}

static void xz_stop(struct deflate *z) { lzma_end(&z->as.xz); }

static enum pack_result xz_step(struct deflate *z, struct pack_flow *flow, bool last)
{
	lzma_stream *s = &z->as.xz;
	lzma_ret result;

	s->next_in = flow->in;
	s->avail_in = flow->in_left;
	s->next_out = flow->out;
	s->avail_out = flow->room;
	result = lzma_code(s, last ? LZMA_FINISH : LZMA_RUN);
	advance(flow, flow->in_left - s->avail_in, flow->room - s->avail_out);
	return result == LZMA_STREAM_END ? PACK_END : PACK_MORE;
}

static const struct deflate_format xz_format = { xz_start, xz_step, xz_stop };
#endif

#ifdef HAVE_ZSTD
static bool zstd_start(struct deflate *z)
{
	z->as.zstd = ZSTD_createCStream();
	return z->as.zstd != NULL && !ZSTD_isError(ZSTD_CCtx_setParameter(z->as.zstd, ZSTD_c_checksumFlag, 1));
}

static void zstd_stop(struct deflate *z) { ZSTD_freeCStream(z->as.zstd); }

static enum pack_result zstd_step(struct deflate *z, struct pack_flow *flow, bool last)
{
	ZSTD_inBuffer in = { flow->in, flow->in_left, 0 };
	ZSTD_outBuffer out = { flow->out, flow->room, 0 };
	size_t result = ZSTD_compressStream2(z->as.zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);

	advance(flow, in.pos, out.pos);
	return last && result == 0 ? PACK_END : PACK_MORE;
}

static const struct deflate_format zstd_format = { zstd_start, zstd_step, zstd_stop };
#endif

static const struct deflate_format *const deflate_formats[] = {
	[PACKING_GZIP] = &gzip_format,
#ifdef HAVE_BZIP2
	[PACKING_BZIP2] = &bzip2_format,
#endif
#ifdef HAVE_LZMA
	[PACKING_XZ] = &xz_format,
#endif
#ifdef HAVE_ZSTD
	[PACKING_ZSTD] = &zstd_format,
#endif
	[PACKING_ZSTD + 1] = NULL,
};

struct deflate *deflate_new(enum packing packing, struct err *err)
{
	const struct deflate_format *format = deflate_formats[packing];
	struct deflate *z;

	if (format == NULL) {
		err_set(err, ERR_USER, "%s files cannot be written by this build", packing_name(packing));
		return NULL;
	}
	z = xcalloc(1, sizeof *z);
	z->format = format;
	if (!format->start(z))
		free(xmalloc(SIZE_MAX / 2)); /* only memory can be missing: ends the process with that message */
	return z;
}

enum pack_result deflate_step(struct deflate *z, struct pack_flow *flow, bool last)
{
	return z->format->step(z, flow, last);
}

void deflate_free(struct deflate *z)
{
	if (z == NULL)
		return;
	z->format->stop(z);
	free(z);
}
