/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Framing: whatever is wrong with some bytes, every record whose own bytes are
 * right is delivered from its own place. */
#include "tests/unit/unit.h"

#include "common/io/reader.h"
#include "tests/unit/records.h"

#define MOST 700

struct memory {
	const uint8_t *bytes;
	size_t length, at;
	size_t most; /* bytes a read gives at most */
};

static ssize_t fill_from_memory(void *context, void *to, size_t room, struct err *err)
{
	struct memory *m = context;
	size_t n = m->length - m->at;

	(void)err;
	if (n > room)
		n = room;
	if (n > m->most)
		n = m->most;
	memcpy(to, m->bytes + m->at, n);
	m->at += n;
	return (ssize_t)n;
}

static struct reader reader;
static struct memory memory;
static uint8_t seen[1 << 16]; /* by offset / 4: a record was delivered from there */
static size_t seen_count;

static int set_up(void **state)
{
	(void)state;
	reader_init(&reader, fill_from_memory, &memory, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	reader_fini(&reader);
	return 0;
}

static bool looks; /* what is at hand with nothing out of the ordinary is taken as it lies: */
static size_t taken;

static void note(const uint8_t *bytes, uint64_t offset, size_t length)
{
	assert_true(offset + length <= memory.length);
	assert_memory_equal(bytes, memory.bytes + offset, length);
	if (offset % 4 == 0)
		seen[offset / 4] = 1;
	seen_count++;
}

/* Takes half of what is at hand, so that the rest is looked at again, or is the next record. */
static unsigned take_some(void)
{
	struct shaped_records records;
	uint64_t offset = reader_offset(&reader);
	unsigned count;

	reader_look(&reader, &records, 5);
	assert_true(records.count <= 5);
	count = (records.count + 1) / 2;
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *bytes = records.bytes[i];

		assert_int_equal(bytes[0] & RECORD_MAR, 0);
		assert_int_equal(records.shape[i]->length, get_be16(bytes + 2) * 4);
		note(bytes, offset + (uint64_t)(bytes - records.bytes[0]), records.shape[i]->length);
	}
	reader_take(&reader, &records, count);
	taken += count;
	return count;
}

/* Reads the next record, whose shape is known then, behind those that are taken as they lie. */
static enum reader_result read_next(struct record *record)
{
	static struct flow flow;
	enum reader_result result;

	while (looks && take_some() > 0)
		continue;
	result = reader_next(&reader, record, NULL);
	if (looks && result == READER_RECORD && !(record->bytes[0] & RECORD_MAR))
		flow_open(&flow, record->bytes, record->length, NULL);
	return result;
}

/* Reads all of it and notes where records were. */
static void read_all(const void *bytes, size_t length, bool is_live, size_t most)
{
	struct record record;
	enum reader_result result;

	memory = (struct memory){ bytes, length, 0, most };
	reader_restart(&reader, 0, is_live);
	memset(seen, 0, length / 4 + 1);
	seen_count = 0;
	for (result = reader_start(&reader, &record, NULL); result == READER_RECORD; result = read_next(&record))
		note(record.bytes, record.offset, record.length);
	assert_int_equal(result, READER_END);
	assert_int_equal(reader.count.records, seen_count);
}

static void a_sound_file_is_delivered_whole(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 4, 7, 100, 4096, SIZE_MAX };
	size_t offsets[MOST + 2];
	struct buf b = make_records(300, 1, offsets);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(steps) * 2; i++) {
		read_all(b.data, b.length, i % 2, steps[i / 2]);
		assert_int_equal(seen_count, 301);
		assert_int_equal(reader.count.damaged + reader.count.skipped + reader.count.truncated, 0);
		assert_int_equal(reader.count.bytes, b.length);
		for (int r = 0; r <= 300; r++)
			assert_true(seen[offsets[r] / 4]);
	}
	assert_true((taken > 0) == looks);
	buf_fini(&b);
}

static void a_truncated_file_gives_its_whole_records(void **state)
{
	size_t offsets[MOST + 2];
	struct buf b = make_records(5, 3, offsets);

	(void)state;
	for (size_t length = 0; length < b.length; length++) {
		size_t whole = 0;

		while (whole < 6 && offsets[whole + 1] <= length)
			whole++;
		read_all(b.data, length, length % 2, SIZE_MAX);
		assert_int_equal(seen_count, whole);
		assert_int_equal(reader.count.truncated, length >= 16 && offsets[whole] != length);
		assert_int_equal(reader.count.damaged, 0);
	}
	buf_fini(&b);
}

/* Every record none of whose bytes differ from the original must have been seen. */
static void check_undamaged(const struct buf *was, const uint8_t *now, const size_t *offsets, size_t count)
{
	for (size_t r = 0; r < count; r++) {
		if (memcmp(was->data + offsets[r], now + offsets[r], offsets[r + 1] - offsets[r]) != 0)
			continue;
		if (!seen[offsets[r] / 4])
			fail_msg("record %zu at %zu was lost", r, offsets[r]);
	}
}

static void check_single_changes(uint32_t step)
{
	static const uint8_t values[] = { 0, 1, 2, 3, 4, 0x10, 0x13, 0x20, 0x2f, 0x30, 0x33, 0x43, 0x4b, 0x50, 0x80, 0x83, 0x90, 0xff };
	size_t offsets[MOST + 2];
	struct buf b = make_records(5, step, offsets);

	for (size_t at = 0; at < b.length; at++)
		for (size_t v = 0; v < ARRAY_LENGTH(values) + 8; v++) {
			uint8_t was = (uint8_t)b.data[at];
			struct buf original = b;

			b.data[at] = (char)(v < 8 ? was ^ (1 << v) : values[v - 8]);
			read_all(b.data, b.length, v & 1, SIZE_MAX);
			original.data = xmalloc(b.length);
			memcpy(original.data, b.data, b.length);
			original.data[at] = (char)was;
			check_undamaged(&original, (const uint8_t *)b.data, offsets, 6);
			free(original.data);
			b.data[at] = (char)was;
		}
	buf_fini(&b);
}

static void one_changed_byte_costs_no_other_record(void **state)
{
	(void)state;
	check_single_changes(1);
	check_single_changes(5); /* without consecutive sequence numbers */
}

/* Every length that a record's header can claim. */
static void a_wrong_length_swallows_no_other_record(void **state)
{
	size_t offsets[MOST + 2];
	struct buf b = make_records(9, 2, offsets), copy = BUF_INIT;

	(void)state;
	buf_add(&copy, b.data, b.length);
	for (unsigned words = 0; words < b.length / 4 + 40; words++)
		for (int r = 1; r <= 9; r++) {
			put_be16((uint8_t *)copy.data + offsets[r] + 2, (uint16_t)words);
			read_all(copy.data, copy.length, words & 1, SIZE_MAX);
			check_undamaged(&b, (const uint8_t *)copy.data, offsets, 10);
			memcpy(copy.data + offsets[r], b.data + offsets[r], 4);
		}
	buf_fini(&b);
	buf_fini(&copy);
}

static void random_changes_cost_no_other_record(void **state)
{
	uint64_t random = 42;
	size_t offsets[MOST + 2];
	struct buf b = make_records(20, 1, offsets), copy = BUF_INIT;

	(void)state;
	buf_add(&copy, b.data, b.length);
	for (int i = 0; i < 10000; i++) {
		int changes = 1 + i % 4;

		for (int c = 0; c < changes; c++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			copy.data[(random >> 33) % b.length] = (char)(random >> 25);
		}
		/* The cookie decides whether it is Argus data at all. */
		memcpy(copy.data, b.data, 12);
		read_all(copy.data, copy.length, i & 1, SIZE_MAX);
		check_undamaged(&b, (const uint8_t *)copy.data, offsets, 21);
		memcpy(copy.data, b.data, b.length);
	}
	buf_fini(&b);
	buf_fini(&copy);
}

static void lost_bytes_cost_only_their_record(void **state)
{
	size_t offsets[MOST + 2];
	struct buf b = make_records(8, 1, offsets), copy = BUF_INIT;

	(void)state;
	/* Bytes are missing in the middle, as after a torn write that was appended to. */
	for (size_t missing = 1; missing < 60; missing++) {
		buf_clear(&copy);
		buf_add(&copy, b.data, offsets[5] - missing);
		buf_add(&copy, b.data + offsets[5], b.length - offsets[5]);
		read_all(copy.data, copy.length, missing & 1, SIZE_MAX);
		assert_int_equal(seen_count, 9 - 1);
		assert_int_equal(reader.count.damaged, 1);
		assert_int_equal(reader.count.damaged_bytes, offsets[5] - missing - offsets[4]);
	}
	buf_fini(&b);
	buf_fini(&copy);
}

static void add_words(struct buf *b, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t word[4];

		put_be32(word, words[i]);
		buf_add(b, word, 4);
	}
}

/* The malformed items of record-format.md 10, each between two good records. */
static void malformed_items_are_treated_as_specified(void **state)
{
	static const struct { uint32_t words[16]; size_t count; size_t delivered, skipped, damaged; } cases[] = {
		{ { 0x13100000 }, 1, 0, 0, 1 },                                     /* length 0 */
		{ { 0x00000000, 0, 0 }, 3, 0, 0, 1 },                               /* padding */
		{ { 0x23100003, 1, 2 }, 3, 0, 1, 0 },                               /* reserved type */
		{ { 0x73100002, 0x01000002 }, 2, 0, 1, 0 },                         /* reserved type */
		{ { 0x83200001 }, 1, 0, 1, 0 },                                     /* MAR of 1 word */
		{ { 0x83200004, 0, 0, 0 }, 4, 0, 1, 0 },                            /* MAR of 4 words */
		{ { 0x83820001 }, 1, 1, 0, 0 },                                     /* refusal of a probe */
		{ { 0x13100001 }, 1, 0, 1, 0 },                                     /* FAR without DSRs */
		{ { 0x13100003, 0x03000000, 0 }, 3, 1, 0, 0 },                      /* DSR length 0 */
		{ { 0x13100003, 0x03000009, 0 }, 3, 1, 0, 0 },                      /* DSR past the end */
		{ { 0x13100004, 0x79000002, 0, 0x00000001 }, 4, 1, 0, 0 },          /* unknown type, filler */
		{ { 0x13100003, 0xa0000102, 0x02010101 }, 3, 1, 0, 0 },             /* immediate DSR */
		{ { 0x17100003, 0x02010102, 7 }, 3, 1, 0, 0 },                      /* version nibble 7 */
		{ { 0x43200003, 0x03000002, 7 }, 3, 1, 0, 0 },                      /* event */
		{ { 0x33200003, 0x03000002, 7 }, 3, 1, 0, 0 },                      /* netflow */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases) * 2; i++) {
		struct buf b = BUF_INIT;

		add_mar(&b, CAUSE_START);
		add_far(&b, 1, 0);
		add_words(&b, cases[i / 2].words, cases[i / 2].count);
		add_far(&b, 2, 3);
		read_all(b.data, b.length, i % 2, SIZE_MAX);
		assert_int_equal(seen_count, 3 + cases[i / 2].delivered);
		assert_int_equal(reader.count.skipped, cases[i / 2].skipped);
		assert_int_equal(reader.count.damaged, cases[i / 2].damaged);
		buf_fini(&b);
	}
}

static void a_damaged_cookie_does_not_lose_a_file(void **state)
{
	size_t offsets[MOST + 2];
	struct buf b = make_records(3, 1, offsets);

	(void)state;
	b.data[9] ^= 1;
	read_all(b.data, b.length, false, SIZE_MAX);
	assert_int_equal(seen_count, 4);
	assert_int_equal(reader.count.damaged, 1);
	read_all(b.data + offsets[1], b.length - offsets[1], false, SIZE_MAX);
	assert_int_equal(seen_count, 0); /* without an initial MAR it is not Argus data */
	buf_fini(&b);
}

static void the_longest_record_fits(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	add_mar(&b, CAUSE_START);
	for (uint32_t i = 0; i < 12; i++)
		add_far(&b, i, i % 2 ? 65504 : 3);
	add_mar(&b, CAUSE_STOP);
	assert_true(b.length > 6 * 262000);
	for (int live = 0; live < 2; live++) {
		struct record record;
		size_t count = 1;

		memory = (struct memory){ (const uint8_t *)b.data, b.length, 0, 100000 };
		reader_restart(&reader, 0, live);
		assert_int_equal(reader_start(&reader, &record, NULL), READER_RECORD);
		for (; reader_next(&reader, &record, NULL) == READER_RECORD; count++)
			assert_memory_equal(record.bytes, b.data + record.offset, record.length);
		assert_int_equal(count, 14);
		assert_int_equal(reader.count.damaged, 0);
	}
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_file_is_delivered_whole),
		cmocka_unit_test(a_truncated_file_gives_its_whole_records),
		cmocka_unit_test(one_changed_byte_costs_no_other_record),
		cmocka_unit_test(a_wrong_length_swallows_no_other_record),
		cmocka_unit_test(random_changes_cost_no_other_record),
		cmocka_unit_test(lost_bytes_cost_only_their_record),
		cmocka_unit_test(malformed_items_are_treated_as_specified),
		cmocka_unit_test(a_damaged_cookie_does_not_lose_a_file),
		cmocka_unit_test(the_longest_record_fits),
	};

	int failed = cmocka_run_group_tests(tests, set_up, tear_down);

	looks = true;
	return failed + cmocka_run_group_tests(tests, set_up, tear_down);
}
