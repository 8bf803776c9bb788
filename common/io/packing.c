/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/packing.h"

static const struct {
	uint8_t length;
	uint8_t magic[PACKING_MAGIC_SIZE];
	const char *name;
} formats[] = {
	[PACKING_NONE] = { 0, { 0 }, "plain" },
	[PACKING_GZIP] = { 2, { 0x1f, 0x8b }, "gzip" },
	[PACKING_COMPRESS] = { 2, { 0x1f, 0x9d }, "compress" },
	[PACKING_BZIP2] = { 3, { 'B', 'Z', 'h' }, "bzip2" },
	[PACKING_XZ] = { 6, { 0xfd, '7', 'z', 'X', 'Z', 0 }, "xz" },
	[PACKING_ZSTD] = { 4, { 0x28, 0xb5, 0x2f, 0xfd }, "zstd" },
};

enum packing packing_of(const uint8_t *head, size_t length)
{
	for (size_t i = PACKING_GZIP; i < ARRAY_LENGTH(formats); i++)
		if (length >= formats[i].length && memcmp(head, formats[i].magic, formats[i].length) == 0)
			return (enum packing)i;
	return PACKING_NONE;
}

const char *packing_name(enum packing packing) { return formats[packing].name; }
