/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow filter with any text, and what it compiles to with any record. The
 * input is a filter, and behind a NUL perhaps a record for it. */
#include "argus/query/filter.h"
#include "argus/record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A TCP flow of 3.0 with transport, flow and metric sections. */
static const uint8_t sample[] = {
	0x13, 0x20, 0x00, 0x0d, 0x01, 0x03, 0x01, 0x03, 0x0a, 0x01, 0x02, 0x03, 0x00, 0x00, 0x00, 0x05, 0x02, 0x01,
	0x01, 0x05, 0x0a, 0x08, 0x00, 0x01, 0x0a, 0x08, 0x00, 0x02, 0x06, 0x00, 0x9c, 0x40, 0x01, 0xbb, 0x20, 0x20,
	0x10, 0x11, 0x00, 0x04, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static void match(const struct filter *filter, const uint8_t *bytes, size_t left)
{
	static const struct flow_reading reading = { .correct = true };
	struct flow flow;
	struct mar mar;
	uint32_t length;

	if (record_frame(bytes, left, &length) != FRAME_RECORD)
		return;
	if (bytes[0] & RECORD_MAR) {
		if (mar_decode(&mar, bytes, length))
			filter_match_mar(filter, &mar);
		return;
	}
	flow_open(&flow, bytes, length, &reading);
	filter_match(filter, &flow);
	flow_close(&flow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
	char *text = xstrndup((const char *)data, end != NULL ? (size_t)(end - data) : size);
	struct filter_options options = { .no_optimizer = size % 2, .upper_case = size % 3 == 0, .no_lookup = true };
	struct err err = { ERR_NONE, "" };
	struct buf dump = BUF_INIT;
	struct filter *filter;

	filter = filter_compile(text, &options, &err);
	free(text);
	if (filter == NULL)
		return 0;
	filter_dump(filter, &dump);
	buf_fini(&dump);
	match(filter, sample, sizeof sample);
	if (end != NULL)
		match(filter, end + 1, size - (size_t)(end + 1 - data));
	filter_free(filter);
	return 0;
}
