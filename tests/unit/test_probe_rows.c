/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worked scenarios of probe.md's appendix A, one test a row. */
#include "tests/unit/unit.h"

#include "tests/unit/probe_kit.h"
#include "tests/unit/probe_rows.h"

static void packets_make_these_records(void **state)
{
	const struct probe_row *row = *state;
	struct kit *k = xmalloc(sizeof *k);
	char *summary;

	kit_init(k);
	k->link = row->link;
	k->rules.status_interval = (uint64_t)(row->status_interval * 1e6 + 0.5);
	kit_feed(k, row->packets);
	kit_end(k);
	summary = kit_summary(k);
	assert_string_equal(summary, row->records);
	free(summary);
	kit_fini(k);
	free(k);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LENGTH(probe_rows)];

	for (size_t i = 0; i < ARRAY_LENGTH(probe_rows); i++)
		tests[i] = (struct CMUnitTest){ probe_rows[i].name, packets_make_these_records, NULL, NULL,
			                        (void *)&probe_rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
