/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a capture file. Every packet that comes out must lie within memory
 * that may be read, and the file must come to an end. */
#include <assert.h>
#include <unistd.h>

#include "argus/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t touch(const struct capture_batch *batch)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < batch->count; i++)
		for (uint32_t n = 0; n < batch->packets[i].caplen; n++)
			sum += batch->packets[i].bytes[n];
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct capture_batch batch;
	static volatile uint32_t sink;
	char name[] = "/tmp/fuzz_capture_XXXXXX";
	struct capture_options o = { 0 };
	struct err err = { 0 };
	struct capture *c;
	int fd = mkstemp(name);

	assert(fd >= 0);
	if (write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	c = capture_open_file(name, &o, &err);
	if (c != NULL)
		while (capture_next(c, &batch, &err) == CAPTURE_PACKETS)
			sink += touch(&batch);
	capture_close(c);
	unlink(name);
	return 0;
}
