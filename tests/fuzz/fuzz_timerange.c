/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges of time with any text, against records at some times of the ages. */
#include "argus/base/buf.h"
#include "argus/base/clock.h"
#include "argus/query/timerange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t seconds[] = { 0, 86399, 951782400, 1309181096, 1330473600, 4294967295 };
	char *text = xstrndup((const char *)data, size);
	struct timerange range;
	struct err err = { ERR_NONE, "" };

	if (timerange_parse(&range, text, 1309181096500000, &err) == 0) {
		if (range.end <= range.start)
			abort();
		for (size_t i = 0; i < ARRAY_LENGTH(seconds); i++) {
			uint64_t at = seconds[i] * CLOCK_SECOND_US;
			bool match = timerange_match(&range, at, at + 1);

			range.negated = !range.negated;
			if (timerange_match(&range, at, at + 1) == match)
				abort();
		}
	}
	free(text);
	return 0;
}
