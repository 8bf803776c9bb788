/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/packing.h"

#include "argus/base/buf.h"

static const struct {
	uint8_t length;
	uint8_t magic[PACKING_MAGIC_SIZE];
	const char *name;
	const struct pack_format *unpacking, *packing; /* NULL: not of this build */
} formats[] = {
	[PACKING_NONE] = { 0, { 0 }, "plain", NULL, NULL },
	[PACKING_GZIP] = { 2, { 0x1f, 0x8b }, "gzip", &gzip_unpacking, &gzip_packing },
	[PACKING_COMPRESS] = { 2, { 0x1f, 0x9d }, "compress", &compress_unpacking, NULL },
#ifdef HAVE_BZIP2
	[PACKING_BZIP2] = { 3, { 'B', 'Z', 'h' }, "bzip2", &bzip2_unpacking, &bzip2_packing },
#else
	[PACKING_BZIP2] = { 3, { 'B', 'Z', 'h' }, "bzip2", NULL, NULL },
#endif
#ifdef HAVE_LZMA
	[PACKING_XZ] = { 6, { 0xfd, '7', 'z', 'X', 'Z', 0 }, "xz", &xz_unpacking, &xz_packing },
#else
	[PACKING_XZ] = { 6, { 0xfd, '7', 'z', 'X', 'Z', 0 }, "xz", NULL, NULL },
#endif
#ifdef HAVE_ZSTD
	[PACKING_ZSTD] = { 4, { 0x28, 0xb5, 0x2f, 0xfd }, "zstd", &zstd_unpacking, &zstd_packing },
#else
	[PACKING_ZSTD] = { 4, { 0x28, 0xb5, 0x2f, 0xfd }, "zstd", NULL, NULL },
#endif
};

enum packing packing_of(const uint8_t *head, size_t length)
{
	for (size_t i = PACKING_GZIP; i < ARRAY_LENGTH(formats); i++)
		if (length >= formats[i].length && memcmp(head, formats[i].magic, formats[i].length) == 0)
			return (enum packing)i;
	return PACKING_NONE;
}

const char *packing_name(enum packing packing) { return formats[packing].name; }

struct packer {
	const struct pack_format *format;
	void *state;
};

static void start(struct packer *p)
{
	p->state = p->format->start();
	if (p->state == NULL)
		free(xmalloc(SIZE_MAX / 2)); /* only memory can be missing: ends the process with that message */
}

static struct packer *new_of(const struct pack_format *format)
{
	struct packer *p = xcalloc(1, sizeof *p);

	p->format = format;
	start(p);
	return p;
}

struct packer *packer_new_unpacking(enum packing packing, struct err *err)
{
	if (formats[packing].unpacking != NULL)
		return new_of(formats[packing].unpacking);
	err_set(err, ERR_USER, "%s files cannot be read: built without that library", packing_name(packing));
	return NULL;
}

struct packer *packer_new_packing(enum packing packing, struct err *err)
{
	if (formats[packing].packing != NULL)
		return new_of(formats[packing].packing);
	err_set(err, ERR_USER, "%s files cannot be written by this build", packing_name(packing));
	return NULL;
}

enum pack_result packer_step(struct packer *p, struct pack_flow *flow, bool last)
{
	return p->format->step(p->state, flow, last);
}

void packer_restart(struct packer *p)
{
	p->format->stop(p->state);
	start(p);
}

void packer_free(struct packer *p)
{
	if (p == NULL)
		return;
	p->format->stop(p->state);
	free(p);
}
