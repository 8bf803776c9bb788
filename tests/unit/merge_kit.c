/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "tests/unit/merge_kit.h"

struct merge merge, quick;
struct buf out, wanted;
unsigned shown, written;

int begin_merge_test(void **state)
{
	(void)state;
	merge_init(&merge);
	merge_init(&quick);
	shown = written = 0;
	return 0;
}

int end_merge_test(void **state)
{
	(void)state;
	merge_fini(&merge);
	merge_fini(&quick);
	buf_fini(&out);
	buf_fini(&wanted);
	return 0;
}

void read_key(struct key *key, const char *const words[], bool is_blanking)
{
	key_init(key);
	for (; *words != NULL; words++)
		assert_int_equal(key_add_word(key, *words, NULL), 0);
	key->is_blanking = is_blanking;
}

uint32_t record_length(const struct buf *records, size_t at)
{
	size_t left = records->length - at;
	uint32_t length = left >= RECORD_HEADER_SIZE ? get_be16((const uint8_t *)records->data + at + 2) * 4u : 0;

	if (length == 0 || length > left)
		fail_msg("a record says that it has %u bytes; %zu are there", length, left);
	return length;
}

static void take_record(const void *record, size_t length)
{
	size_t at = out.length;

	buf_add(&out, record, length);
	if (record_length(&out, at) != length)
		fail_msg("a record of %zu bytes says that it has %u", length, record_length(&out, at));
}

int show_flow(void *context, struct aggregate_list *list, struct flow *f)
{
	static uint8_t record[RECORD_MAX_SIZE];

	(void)context;
	(void)list;
	shown++;
	take_record(record, flow_write(f, record, sizeof record));
	return 0;
}

int write_record(void *context, const void *record, size_t length)
{
	(void)context;
	written++;
	take_record(record, length);
	return 0;
}

static uint8_t room[RECORD_MAX_SIZE];
static uint8_t *placed; /* where records were to be made last */

/* Every second one is made in a place of ours, which is as large as was asked and no larger: what
 * is written beyond it is seen by ASan. */
void *place_record(void *context, size_t length)
{
	(void)context;
	placed = room + sizeof room - length;
	return written % 2 == 0 ? placed : NULL;
}

void commit_records(void *context, size_t length, size_t count)
{
	const uint8_t *at = placed, *end = placed + length;

	(void)context;
	written += (unsigned)count;
	for (; at < end && count > 0; count--) {
		size_t before = out.length;

		take_record(at, (size_t)get_be16(at + 2) * 4);
		at += out.length - before;
	}
	assert_true(at == end && count == 0);
}

void finish_merged(struct flow *f)
{
	if (f->dirty != 0)
		flow_renew(f);
	if (flow_has(f, DSR_AGR) && flow_agr(f)->count == 1)
		flow_drop(f, DSR_AGR);
}

void make_wait(struct aggregate *a)
{
	a->pieces = UINT64_MAX / 2; /* of which none met another */
	a->begun = 1;
}

void want_output(void)
{
	buf_clear(&wanted);
	buf_add(&wanted, out.data, out.length);
}

void expect_output(const char *of, ...)
{
	va_list args;

	if (out.length == wanted.length && (out.length == 0 || memcmp(out.data, wanted.data, out.length) == 0))
		return;
	va_start(args, of);
	vprint_message(of, args);
	va_end(args);
	print_message(": other records than wanted\n");
	assert_int_equal(out.length, wanted.length);
	assert_memory_equal(out.data, wanted.data, wanted.length);
}
