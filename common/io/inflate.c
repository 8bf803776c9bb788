/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unpacking, by the library of each format. */
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
#include "common/io/lzw.h"

#define XZ_MEMORY ((uint64_t)1 << 30) /* refuses files that ask for more */

struct inflate_format {
	bool (*start)(struct inflate *z);
	enum pack_result (*step)(struct inflate *z, struct pack_flow *flow);
	void (*stop)(struct inflate *z);
};

struct inflate {
	const struct inflate_format *format;
	union {
		z_stream gzip;
		struct lzw *lzw;
#ifdef HAVE_BZIP2
		bz_stream bzip2;
#endif
#ifdef HAVE_LZMA
		lzma_stream xz;
#endif
#ifdef HAVE_ZSTD
		ZSTD_DStream *zstd;
#endif
	} as;
};

/* The libraries count in unsigned int. */
static unsigned bounded(size_t n) { return n > UINT_MAX ? UINT_MAX : (unsigned)n; }

static void advance(struct pack_flow *flow, size_t in_left, size_t room)
{
	flow->in += flow->in_left - in_left;
	flow->in_left = in_left;
	flow->out += flow->room - room;
	flow->room = room;
}

static bool gzip_start(struct inflate *z) { return inflateInit2(&z->as.gzip, 15 + 16) == Z_OK; }
static void gzip_stop(struct inflate *z) { inflateEnd(&z->as.gzip); }

static enum pack_result gzip_step(struct inflate *z, struct pack_flow *flow)
{
	z_stream *s = &z->as.gzip;
	unsigned in = bounded(flow->in_left), out = bounded(flow->room);
	int result;

	s->next_in = (Bytef *)(uintptr_t)flow->in;
	s->avail_in = in;
	s->next_out = flow->out;
	s->avail_out = out;
	result = inflate(s, Z_NO_FLUSH);
	advance(flow, flow->in_left - (in - s->avail_in), flow->room - (out - s->avail_out));
	if (result == Z_STREAM_END)
		return PACK_END;
	return result == Z_OK || result == Z_BUF_ERROR ? PACK_MORE : PACK_DAMAGED;
}

static bool compress_start(struct inflate *z) { return (z->as.lzw = lzw_new()) != NULL; }
static enum pack_result compress_step(struct inflate *z, struct pack_flow *flow) { return lzw_step(z->as.lzw, flow); }
static void compress_stop(struct inflate *z) { lzw_free(z->as.lzw); }

static const struct inflate_format gzip_format = { gzip_start, gzip_step, gzip_stop };
static const struct inflate_format compress_format = { compress_start, compress_step, compress_stop };

#ifdef HAVE_BZIP2
static bool bzip2_start(struct inflate *z) { return BZ2_bzDecompressInit(&z->as.bzip2, 0, 0) == BZ_OK; }
static void bzip2_stop(struct inflate *z) { BZ2_bzDecompressEnd(&z->as.bzip2); }

static enum pack_result bzip2_step(struct inflate *z, struct pack_flow *flow)
{
	bz_stream *s = &z->as.bzip2;
	unsigned in = bounded(flow->in_left), out = bounded(flow->room);
	int result;

	s->next_in = (char *)(uintptr_t)flow->in;
	s->avail_in = in;
	s->next_out = (char *)flow->out;
	s->avail_out = out;
	result = BZ2_bzDecompress(s);
	advance(flow, flow->in_left - (in - s->avail_in), flow->room - (out - s->avail_out));
	if (result == BZ_STREAM_END)
		return PACK_END;
	return result == BZ_OK ? PACK_MORE : PACK_DAMAGED;
}

static const struct inflate_format bzip2_format = { bzip2_start, bzip2_step, bzip2_stop };
#endif

#ifdef HAVE_LZMA
static bool xz_start(struct inflate *z) { return lzma_stream_decoder(&z->as.xz, XZ_MEMORY, 0) == LZMA_OK; }
static void xz_stop(struct inflate *z) { lzma_end(&z->as.xz); }

static enum pack_result xz_step(struct inflate *z, struct pack_flow *flow)
{
	lzma_stream *s = &z->as.xz;
	lzma_ret result;

	s->next_in = flow->in;
	s->avail_in = flow->in_left;
	s->next_out = flow->out;
	s->avail_out = flow->room;
	result = lzma_code(s, LZMA_RUN);
	advance(flow, s->avail_in, s->avail_out);
	if (result == LZMA_STREAM_END)
		return PACK_END;
	return result == LZMA_OK || result == LZMA_BUF_ERROR ? PACK_MORE : PACK_DAMAGED;
}

static const struct inflate_format xz_format = { xz_start, xz_step, xz_stop };
#endif

#ifdef HAVE_ZSTD
static bool zstd_start(struct inflate *z) { return (z->as.zstd = ZSTD_createDStream()) != NULL; }
static void zstd_stop(struct inflate *z) { ZSTD_freeDStream(z->as.zstd); }

static enum pack_result zstd_step(struct inflate *z, struct pack_flow *flow)
{
	ZSTD_inBuffer in = { flow->in, flow->in_left, 0 };
	ZSTD_outBuffer out = { flow->out, flow->room, 0 };
	size_t result = ZSTD_decompressStream(z->as.zstd, &out, &in);

	advance(flow, flow->in_left - in.pos, flow->room - out.pos);
	if (ZSTD_isError(result))
		return PACK_DAMAGED;
	return result == 0 ? PACK_END : PACK_MORE;
}

static const struct inflate_format zstd_format = { zstd_start, zstd_step, zstd_stop };
#endif

static const struct inflate_format *const inflate_formats[] = {
	[PACKING_GZIP] = &gzip_format,
	[PACKING_COMPRESS] = &compress_format,
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

static void start(struct inflate *z)
{
	memset(&z->as, 0, sizeof z->as);
	if (!z->format->start(z))
		free(xmalloc(SIZE_MAX / 2)); /* only memory can be missing: ends the process with that message */
}

struct inflate *inflate_new(enum packing packing, struct err *err)
{
	const struct inflate_format *format = inflate_formats[packing];
	struct inflate *z;

	if (format == NULL) {
		err_set(err, ERR_USER, "%s files cannot be read: built without that library", packing_name(packing));
		return NULL;
	}
	z = xcalloc(1, sizeof *z);
	z->format = format;
	start(z);
	return z;
}

enum pack_result inflate_step(struct inflate *z, struct pack_flow *flow) { return z->format->step(z, flow); }

void inflate_restart(struct inflate *z)
{
	z->format->stop(z);
	start(z);
}

void inflate_free(struct inflate *z)
{
	if (z == NULL)
		return;
	z->format->stop(z);
	free(z);
}
