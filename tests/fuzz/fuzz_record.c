/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record codec over arbitrary bytes: everything is decoded, turned twice,
 * written and read again. What was written must read as what was there, and a
 * record that nobody touched must come out as it went in. */
#include "argus/base/buf.h"
#include "argus/record/dsr.h"
#include "argus/record/mar.h"
#include "argus/record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct flow_reading reading = { .correct = true };
static uint8_t out[RECORD_MAX_SIZE], again[RECORD_MAX_SIZE];

static void decode_all(struct flow *f)
{
	for (int slot = 0; slot < DSR_COUNT; slot++)
		flow_decode(f, slot);
}

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* A record that was written once is written the same way again. */
static void check_rewrite(struct flow *f)
{
	static struct flow g;
	size_t length, length_again;

	f->dirty |= f->have;
	length = flow_write(f, out, sizeof out);
	if (length == 0)
		return;
	flow_open(&g, out, (uint32_t)length, &reading);
	must(!g.is_damaged);
	decode_all(&g);
	must((g.have & ~f->have) == 0);
	must(memcmp(&g.metric, &f->metric, offsetof(struct metric, has_appbytes)) == 0);
	g.dirty |= g.have;
	length_again = flow_write(&g, again, sizeof again);
	must(length_again <= length);
}

static void check_flow(const uint8_t *data, uint32_t length)
{
	static struct flow f;

	flow_open(&f, data, length, &reading);
	decode_all(&f);
	flow_duration(&f);
	must(flow_write(&f, out, sizeof out) == length);
	must(memcmp(out + 2, data + 2, length - 2) == 0);
	flow_own(&f);
	flow_reverse(&f);
	flow_reverse(&f);
	check_rewrite(&f);
	flow_close(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mar m;
	uint32_t length;

	while (size >= RECORD_HEADER_SIZE) {
		enum frame frame = record_frame(data, size, &length);

		if (frame == FRAME_MORE)
			break;
		if (frame == FRAME_RECORD && data[0] & RECORD_MAR)
			mar_decode(&m, data, length);
		else if (frame == FRAME_RECORD)
			check_flow(data, length);
		data += length;
		size -= length;
	}
	return 0;
}
