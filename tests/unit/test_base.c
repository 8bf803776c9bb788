/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The containers of floor 0: what the checked cursor promises, and that the hash
 * table keeps every entry through growth and deletion. */
#include "tests/unit/unit.h"

#include "argus/base/buf.h"
#include "argus/base/hash.h"
#include "argus/base/pen.h"
#include "argus/base/slab.h"
#include "argus/base/span.h"

static void span_never_reads_past_its_end(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5 };
	struct span s = span_of(bytes, sizeof bytes);

	(void)state;
	assert_int_equal(span_be32(&s), 0x01020304);
	assert_false(s.is_short);
	assert_int_equal(span_be16(&s), 0);
	assert_true(s.is_short);
	assert_int_equal(span_left(&s), 0);
	assert_null(span_take(&s, 1));
}

static void sub_span_is_short_with_its_parent(void **state)
{
	static const uint8_t bytes[4] = { 9, 8, 7, 6 };
	struct span s = span_of(bytes, sizeof bytes);
	struct span sub = span_sub(&s, 3);

	(void)state;
	assert_int_equal(span_u8(&sub), 9);
	assert_int_equal(span_left(&sub), 2);
	sub = span_sub(&s, 2);
	assert_true(sub.is_short);
	assert_true(s.is_short);
	assert_int_equal(span_left(&sub), 1);
}

static void pen_is_the_inverse_of_span(void **state)
{
	uint8_t room[24];
	struct pen p = pen_on(room, sizeof room);
	struct span s;

	(void)state;
	pen_be16(&p, 0x1234);
	pen_le32(&p, 0xdeadbeef);
	pen_be64(&p, 0x0102030405060708);
	pen_be_f32(&p, 1.5f);
	pen_align(&p);
	assert_int_equal(pen_used(&p), 20);
	s = span_of(room, pen_used(&p));
	assert_int_equal(span_be16(&s), 0x1234);
	assert_int_equal(span_le32(&s), 0xdeadbeef);
	assert_true(span_be64(&s) == 0x0102030405060708);
	assert_true(span_be_f32(&s) == 1.5f);
	pen_be64(&p, 1);
	assert_true(p.is_full);
	assert_int_equal(pen_used(&p), 20);
}

static bool is_filed(const struct htab *t, uint32_t tag, uint32_t ref)
{
	struct htab_probe p = htab_start(t, tag);
	uint32_t found;

	while ((found = htab_next(t, &p)) != 0)
		if (found == ref)
			return true;
	return false;
}

static void hash_table_keeps_what_it_was_given(void **state)
{
	enum { COUNT = 5000 };
	struct htab t;

	(void)state;
	htab_init(&t, 0);
	/* Tags that collide in long runs, the worst for backward shifting. */
	for (uint32_t ref = 1; ref <= COUNT; ref++)
		htab_add(&t, ref / 7 * 3, ref);
	for (uint32_t ref = 1; ref <= COUNT; ref += 2)
		assert_true(htab_remove(&t, ref / 7 * 3, ref));
	assert_false(htab_remove(&t, 0, 1));
	for (uint32_t ref = 1; ref <= COUNT; ref++)
		assert_int_equal(is_filed(&t, ref / 7 * 3, ref), ref % 2 == 0);
	assert_true(htab_replace(&t, 2 / 7 * 3, 2, COUNT + 2));
	assert_true(is_filed(&t, 2 / 7 * 3, COUNT + 2));
	assert_int_equal(t.used, COUNT / 2);
	htab_fini(&t);
}

static void an_empty_table_takes_no_memory(void **state)
{
	struct htab t, other;

	(void)state;
	htab_init(&t, 0);
	htab_init(&other, 0);
	assert_int_equal(htab_size(&t), 0);
	assert_true(htab_is_full(&t));
	htab_clear(&t);
	assert_false(is_filed(&t, 0, 1));
	assert_false(htab_remove(&t, 0, 1));
	assert_false(htab_replace(&t, 0, 1, 2));
	htab_add(&t, 0, 1);
	assert_true(htab_size(&t) > 0);
	assert_true(is_filed(&t, 0, 1));
	assert_false(is_filed(&other, 0, 1));
	htab_fini(&t);
	htab_fini(&other);
}

static void what_was_looked_for_in_vain_is_filed_where_the_search_ended(void **state)
{
	enum { COUNT = 1000 };
	struct htab t;

	(void)state;
	htab_init(&t, 0);
	for (uint32_t ref = 1; ref <= COUNT; ref++) {
		struct htab_probe probe;

		if (htab_is_full(&t))
			htab_grow(&t);
		probe = htab_start(&t, ref / 7 * 3);
		while (htab_next(&t, &probe) != 0)
			continue;
		htab_add_at(&t, &probe, ref);
	}
	for (uint32_t ref = 1; ref <= COUNT; ref++)
		assert_true(is_filed(&t, ref / 7 * 3, ref));
	assert_int_equal(t.used, COUNT);
	htab_fini(&t);
}

#define MB ((size_t)1 << 20)

/* Some of the memory may be that of one before. */
static void regions_that_were_given_back_come_cleared(void **state)
{
	static const size_t sizes[] = { 2 * MB, 4 * MB, 3 * MB + 100, 9 * MB, 2 * MB, 2 * MB + 1, 4 * MB, 1 * MB, 2 * MB, 3 * MB };
	uint8_t *held = region_new(2 * MB), *region;

	(void)state;
	memset(held, 7, 2 * MB);
	for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
		region = region_new_cleared(sizes[i]);
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(region[at], 0);
		memset(region, 0xff, sizes[i]);
		region_free(region, sizes[i]);
		region = region_new(sizes[i]);
		memset(region, 0xee, sizes[i]);
		region_free(region, sizes[i]);
	}
	for (size_t at = 0; at < 2 * MB; at++)
		assert_int_equal(held[at], 7);
	region_free(held, 2 * MB);
}

static void slab_items_stay_in_place_and_are_reused(void **state)
{
	struct slab s;
	uint32_t first, ref;
	void *at;

	(void)state;
	slab_init(&s, 24);
	first = slab_alloc(&s);
	at = slab_at(&s, first);
	for (int i = 0; i < 10000; i++)
		memset(slab_at(&s, slab_alloc(&s)), i, 24);
	assert_ptr_equal(slab_at(&s, first), at);
	slab_release(&s, first);
	ref = slab_alloc(&s);
	assert_int_equal(ref, first);
	assert_int_equal(s.live, 10001);
	slab_fini(&s);
}

static void arena_keeps_texts_until_reset(void **state)
{
	struct arena a = ARENA_INIT;
	char *text = arena_text(&a, "one", 3);

	(void)state;
	for (int i = 0; i < 1000; i++)
		memset(arena_alloc(&a, 1000), i, 1000);
	assert_string_equal(text, "one");
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 3 << 20));
	arena_fini(&a);
}

static void buf_grows_and_stays_text(void **state)
{
	struct buf b = BUF_INIT;
	char *text;

	(void)state;
	assert_string_equal(buf_string(&b), "");
	for (int i = 0; i < 200; i++)
		buf_printf(&b, "%03d,", i);
	buf_char(&b, '.');
	assert_int_equal(b.length, 801);
	assert_int_equal(strlen(buf_string(&b)), 801);
	text = buf_take(&b);
	assert_memory_equal(text, "000,001,", 8);
	free(text);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(span_never_reads_past_its_end),
		cmocka_unit_test(sub_span_is_short_with_its_parent),
		cmocka_unit_test(pen_is_the_inverse_of_span),
		cmocka_unit_test(hash_table_keeps_what_it_was_given),
		cmocka_unit_test(an_empty_table_takes_no_memory),
		cmocka_unit_test(what_was_looked_for_in_vain_is_filed_where_the_search_ended),
		cmocka_unit_test(slab_items_stay_in_place_and_are_reused),
		cmocka_unit_test(regions_that_were_given_back_come_cleared),
		cmocka_unit_test(arena_keeps_texts_until_reset),
		cmocka_unit_test(buf_grows_and_stays_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
