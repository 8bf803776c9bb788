/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of how records are merged: rules of merging, what comes out, record behind record, in
 * whichever way it comes, and what should have come out. A record that does not end where it says
 * fails the test as it comes. */
#ifndef TESTS_UNIT_MERGE_KIT_H
#define TESTS_UNIT_MERGE_KIT_H

#include "argus/base/buf.h"
#include "argus/query/aggregate.h"
#include "argus/query/merge.h"
#include "common/query/aggregate.h"

extern struct merge merge, quick; /* the second for what is merged from bytes, beside the first */
extern struct buf out, wanted;
extern unsigned shown, written; /* flows that were put out, and records that were only written */

/* Of each test that is made with MERGE_TEST(): nothing came out so far. */
int begin_merge_test(void **state);
int end_merge_test(void **state);

#define MERGE_TEST(name) cmocka_unit_test_setup_teardown(name, begin_merge_test, end_merge_test)

/* The key of these words of -m, up to a NULL; of none of them: the default. */
void read_key(struct key *key, const char *const words[], bool is_blanking);

/* For aggregate_new() and aggregate_writes(). */
int show_flow(void *context, struct aggregate_list *list, struct flow *f);
int write_record(void *context, const void *record, size_t length);
void *place_record(void *context, size_t length);
void commit_records(void *context, size_t length, size_t count);

/* What aggregate_put_out() does with a flow that was merged, before it is written. */
void finish_merged(struct flow *f);

/* Pieces wait from the first on until they are filed. */
void make_wait(struct aggregate *a);

/* The length of the record that begins `at` bytes into the buffer; the test fails if it has none,
 * or one that is not there. */
uint32_t record_length(const struct buf *records, size_t at);

/* What came out is wanted from now on. */
void want_output(void);

/* Fails, and says of what, unless what came out is what is wanted. */
void expect_output(const char *of, ...) PRINTF_LIKE(1, 2);

#endif
