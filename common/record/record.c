/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/record/record.h"

#define COOKIE_V3_REVERSED 0xcb2d71e5u

int record_magic(const uint8_t *at, size_t left)
{
	uint32_t cookie = left >= RECORD_MAGIC_SIZE ? get_be32(at + 8) : 0;

	if (cookie == COOKIE_V3 || cookie == COOKIE_V3_REVERSED)
		return 3;
	return cookie == COOKIE_V5 ? 5 : 0;
}
