/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small record files for tests: an initial MAR, then flow records of several lengths. */
#ifndef TESTS_UNIT_RECORDS_H
#define TESTS_UNIT_RECORDS_H

#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/pen.h"
#include "argus/record/wire.h"

static inline void make_mar(uint8_t mar[MAR_SIZE], uint8_t cause)
{
	const uint8_t head[] = { 0x83, cause, 0, MAR_SIZE / 4 };

	memset(mar, 0, MAR_SIZE);
	memcpy(mar, head, sizeof head);
	if (cause == CAUSE_START)
		put_be32(mar + 8, COOKIE_V3);
	put_be32(mar + 24, 1700000000);
	mar[40] = 3;
	put_be32(mar + 124, UINT32_MAX);
}

static inline void add_mar(struct buf *b, uint8_t cause)
{
	uint8_t mar[MAR_SIZE];

	make_mar(mar, cause);
	buf_add(b, mar, sizeof mar);
}

static inline void add_dsr(struct pen *p, uint32_t header, unsigned words, uint32_t salt)
{
	pen_be32(p, header | words);
	for (unsigned i = 1; i < words; i++)
		pen_be32(p, salt * 2654435761u + i);
}

/* A flow record with the sequence number `seq`. Its length depends on `shape`:
 * optional DSRs by its bits, and user data of `shape` words from 16 on. */
static inline void add_far(struct buf *b, uint32_t seq, unsigned shape)
{
	static uint8_t room[RECORD_MAX_SIZE];
	struct pen p = pen_on(room, sizeof room);

	pen_be32(&p, 0x13200000);
	pen_be32(&p, 0x01030103);
	pen_be32(&p, 0x0a000001);
	pen_be32(&p, seq);
	add_dsr(&p, 0x02010100, 5, seq);
	add_dsr(&p, 0x030a1900, 5, seq + 1);
	add_dsr(&p, 0x10020300, 4, seq + 2);
	add_dsr(&p, 0x30040000, 6, seq + 3);
	if (shape & 1)
		add_dsr(&p, 0x48000300, 4, seq + 4);
	if (shape & 2)
		add_dsr(&p, 0x12000000, 2, seq + 5);
	if (shape & 4)
		add_dsr(&p, 0x42000000, 5, seq + 6);
	if (shape >= 16)
		add_dsr(&p, 0x50900000, shape, seq + 7);
	add_dsr(&p, 0x20000300, 3, seq + 8);
	put_be16(room + 2, (uint16_t)(pen_used(&p) / 4));
	buf_add(b, room, pen_used(&p));
}

/* An initial MAR and `count` flow records; offsets[i] is where record i begins (the
 * MAR is record 0), offsets[count + 1] the size. */
static inline struct buf make_records(unsigned count, uint32_t step, size_t *offsets)
{
	struct buf b = BUF_INIT;

	offsets[0] = 0;
	add_mar(&b, CAUSE_START);
	for (unsigned i = 0; i < count; i++) {
		offsets[i + 1] = b.length;
		add_far(&b, 1 + i * step, i % 8 == 5 ? 24 : i % 8);
	}
	offsets[count + 1] = b.length;
	return b;
}

static inline void write_bytes(const char *path, const void *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

#endif
