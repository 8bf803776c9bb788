/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing records: a file always ends with a whole record. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "argus/io/sink.h"
#include "argus/io/source.h"
#include "tests/unit/records.h"

#define MOST 700

static char directory[] = "/tmp/sink.XXXXXX";
static char path[64];
static uint8_t initial[MAR_SIZE];

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/file", directory);
	make_mar(initial, CAUSE_START);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static size_t size_of(const char *file)
{
	struct stat st;

	return stat(file, &st) < 0 ? 0 : (size_t)st.st_size;
}

/* Puts flow records first .. first + count - 1. */
static int put_records(struct sink *s, uint32_t first, uint32_t count, struct err *err)
{
	struct buf b = BUF_INIT;
	int result = 0;

	for (uint32_t i = first; i < first + count && result == 0; i++) {
		buf_clear(&b);
		add_far(&b, i, i % 8);
		result = sink_put(s, b.data, b.length, err);
	}
	buf_fini(&b);
	return result;
}

static void read_counts(const char *file, struct source_count *count)
{
	struct source *s = source_new();
	struct record record;
	struct err err;

	source_add_file(s, file);
	while (source_next(s, &record, &err) != SOURCE_END)
		continue;
	*count = *source_total(s);
	source_free(s);
}

static void check_records(const char *file, uint64_t records)
{
	struct source_count count;

	read_counts(file, &count);
	assert_int_equal(count.records, records);
	assert_int_equal(count.damaged + count.truncated + count.skipped, 0);
}

static void nothing_put_leaves_no_file(void **state)
{
	(void)state;
	assert_int_equal(sink_close(sink_open(path, initial, NULL), NULL), 0);
	assert_int_equal(sink_close(sink_open_atomic(path, initial, NULL), NULL), 0);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void a_touched_file_holds_its_initial_mar(void **state)
{
	struct sink *s = sink_open(path, initial, NULL);

	(void)state;
	assert_int_equal(sink_touch(s, NULL), 0);
	assert_int_equal(size_of(path), MAR_SIZE);
	assert_int_equal(sink_close(s, NULL), 0);
	assert_int_equal(size_of(path), MAR_SIZE);
	unlink(path);
}

static void records_are_appended_as_whole_streams(void **state)
{
	struct sink *s;

	(void)state;
	for (int run = 1; run <= 2; run++) {
		s = sink_open(path, initial, NULL);
		assert_int_equal(put_records(s, 1, 3000, NULL), 0);
		assert_int_equal(sink_records(s), 3000);
		assert_int_equal(sink_cut(s), 0);
		assert_int_equal(sink_close(s, NULL), 0);
		check_records(path, (uint64_t)run * 3001);
	}
	unlink(path);
}

static void missing_directories_are_made(void **state)
{
	char deep[128];
	struct sink *s;

	(void)state;
	snprintf(deep, sizeof deep, "%s/a/b/c", directory);
	s = sink_open(deep, initial, NULL);
	assert_int_equal(put_records(s, 1, 1, NULL), 0);
	assert_int_equal(sink_close(s, NULL), 0);
	check_records(deep, 2);
	for (size_t end = strlen(deep); end > strlen(directory); deep[end] = '\0') {
		remove(deep);
		end = (size_t)(strrchr(deep, '/') - deep);
	}
}

static void a_torn_tail_is_cut_before_appending(void **state)
{
	size_t offsets[MOST + 2];
	struct buf b = make_records(3, 1, offsets);

	(void)state;
	for (size_t length = 16; length < b.length; length++) {
		size_t whole = 0;
		struct sink *s;

		while (offsets[whole + 1] <= length)
			whole++;
		write_bytes(path, b.data, length);
		s = sink_open(path, initial, NULL);
		assert_int_equal(put_records(s, 10, 2, NULL), 0);
		assert_int_equal(sink_cut(s), length - offsets[whole]);
		assert_int_equal(sink_close(s, NULL), 0);
		check_records(path, whole + 3);
	}
	unlink(path);
	buf_fini(&b);
}

static void a_torn_tail_of_a_large_file_is_found_from_its_end(void **state)
{
	struct buf b = BUF_INIT;
	struct source_count count;
	struct sink *s;

	(void)state;
	add_mar(&b, CAUSE_START);
	for (uint32_t i = 0; b.length < 3u << 20; i++)
		add_far(&b, i, i % 8);
	write_bytes(path, b.data, b.length - 17);
	s = sink_open(path, initial, NULL);
	assert_int_equal(put_records(s, 10, 1, NULL), 0);
	assert_true(sink_cut(s) > 0);
	assert_int_equal(sink_close(s, NULL), 0);
	read_counts(path, &count);
	assert_int_equal(count.damaged + count.truncated, 0);
	unlink(path);
	buf_fini(&b);
}

static void foreign_files_are_left_as_they_are(void **state)
{
	struct err err;
	struct sink *s;

	(void)state;
	write_bytes(path, "\x1f\x8b\x08\0\0\0\0\0\0\0", 10);
	s = sink_open(path, initial, NULL);
	assert_int_equal(put_records(s, 1, 1, &err), -1);
	assert_int_equal(err.kind, ERR_USER);
	sink_discard(s);
	assert_int_equal(size_of(path), 10);
	write_bytes(path, "text that is no record", 22);
	s = sink_open(path, initial, NULL);
	assert_int_equal(put_records(s, 1, 1, &err), -1);
	assert_int_equal(err.kind, ERR_USER);
	sink_discard(s);
	assert_int_equal(size_of(path), 22);
	unlink(path);
}

static void a_failed_write_leaves_whole_records(void **state)
{
	struct rlimit before, limit;
	struct err err = { 0 };
	struct sink *s;
	size_t size;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 1500001; /* no multiple of a record's size */
	s = sink_open(path, initial, NULL);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(put_records(s, 1, 100000, &err), -1);
	assert_int_equal(err.kind, ERR_SYSTEM);
	size = size_of(path);
	assert_true(size > 0 && size <= 1500001);
	setrlimit(RLIMIT_FSIZE, &before);
	/* There is room again: what was kept is written after all. */
	assert_int_equal(sink_flush(s, &err), 0);
	check_records(path, sink_records(s) + 1);
	assert_int_equal(sink_close(s, &err), 0);
	unlink(path);
}

static void a_full_device_and_a_closed_pipe_are_told_apart(void **state)
{
	struct err err = { 0 };
	struct sink *s;
	char name[32];
	int ends[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (access("/dev/full", W_OK) == 0) {
		s = sink_open("/dev/full", initial, NULL);
		assert_int_equal(put_records(s, 1, 1, &err), 0);
		assert_int_equal(sink_close(s, &err), -1);
		assert_int_equal(err.kind, ERR_SYSTEM);
	}
	assert_int_equal(pipe(ends), 0);
	snprintf(name, sizeof name, "/dev/fd/%d", ends[1]);
	s = sink_open(name, initial, NULL);
	assert_int_equal(put_records(s, 1, 1, &err), 0);
	close(ends[0]);
	assert_int_equal(sink_flush(s, &err), -1);
	assert_int_equal(err.kind, ERR_NONE);
	sink_discard(s);
	close(ends[1]);
}

static void an_atomic_file_appears_when_it_is_closed(void **state)
{
	struct sink *s;

	(void)state;
	write_bytes(path, "old", 3);
	chmod(path, 0640);
	s = sink_open_atomic(path, initial, NULL);
	assert_int_equal(put_records(s, 1, 9, NULL), 0);
	assert_int_equal(sink_flush(s, NULL), 0);
	assert_int_equal(size_of(path), 3);
	assert_int_equal(sink_close(s, NULL), 0);
	check_records(path, 10);
	s = sink_open_atomic(path, initial, NULL);
	assert_int_equal(put_records(s, 1, 1, NULL), 0);
	sink_discard(s);
	check_records(path, 10);
	unlink(path); /* tear_down finds the directory empty: nothing temporary was left */
}

static void what_a_killed_run_left_is_not_written_over(void **state)
{
	const char *slash = strrchr(path, '/') + 1;
	char left[128];
	struct sink *s;

	(void)state;
	snprintf(left, sizeof left, "%.*s.%s.%ld", (int)(slash - path), path, slash, (long)getpid());
	write_bytes(left, "all there is", 12);
	for (int i = 0; i < 2; i++) {
		s = sink_open_atomic(path, initial, NULL);
		assert_int_equal(put_records(s, 1, 9, NULL), 0);
		assert_int_equal(sink_close(s, NULL), 0);
		check_records(path, 10);
		assert_int_equal(size_of(left), 12);
	}
	unlink(left);
	unlink(path);
}

static void a_compressed_file_is_replaced_by_one_like_it(void **state)
{
	static const char magics[][8] = { "\x1f\x8b", "BZh9", "\xfd" "7zXZ", "\x28\xb5\x2f\xfd" };
	static const size_t lengths[] = { 2, 4, 6, 4 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(magics); i++) {
		char head[8] = { 0 };
		struct err err;
		struct sink *s;
		int fd;

		write_bytes(path, magics[i], lengths[i]);
		s = sink_open_atomic(path, initial, &err);
		if (s == NULL) {
			assert_int_equal(err.kind, ERR_USER); /* not in this build */
			continue;
		}
		assert_int_equal(put_records(s, 1, 9000, NULL), 0);
		assert_int_equal(sink_close(s, NULL), 0);
		fd = open(path, O_RDONLY);
		assert_int_equal(read(fd, head, lengths[i]), lengths[i]);
		close(fd);
		assert_memory_equal(head, magics[i], lengths[i]);
		check_records(path, 9001);
	}
	write_bytes(path, "\x1f\x9d\x90", 3);
	assert_null(sink_open_atomic(path, initial, NULL));
	unlink(path);
}

static void a_compressed_file_that_failed_replaces_nothing(void **state)
{
	struct rlimit before, limit;
	struct err err = { 0 };
	struct sink *s;

	(void)state;
	write_bytes(path, "\x1f\x8b", 2);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 100000;
	s = sink_open_atomic(path, initial, NULL);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(put_records(s, 1, 30000, &err), -1);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(sink_close(s, &err), -1);
	assert_int_equal(size_of(path), 2);
	unlink(path);
}

static void a_moved_file_is_noticed(void **state)
{
	struct sink *s = sink_open(path, initial, NULL);
	char other[80];

	(void)state;
	snprintf(other, sizeof other, "%s.1", path);
	assert_false(sink_moved(s));
	assert_int_equal(sink_touch(s, NULL), 0);
	assert_false(sink_moved(s));
	assert_int_equal(rename(path, other), 0);
	assert_true(sink_moved(s));
	write_bytes(path, "", 0);
	assert_true(sink_moved(s));
	assert_int_equal(sink_close(s, NULL), 0);
	unlink(other);
	unlink(path);
}

static void a_sink_that_rests_goes_on_where_it_was(void **state)
{
	struct sink *s = sink_open(path, initial, NULL);

	(void)state;
	sink_continue(s);
	for (uint32_t i = 1; i <= 3; i++) {
		assert_int_equal(put_records(s, i, 1, NULL), 0);
		assert_int_equal(sink_rest(s, NULL), 0);
		check_records(path, 1 + i);
	}
	assert_int_equal(sink_close(s, NULL), 0);
	s = sink_open(path, initial, NULL);
	sink_continue(s);
	assert_int_equal(put_records(s, 4, 1, NULL), 0);
	assert_int_equal(sink_close(s, NULL), 0);
	check_records(path, 5);
	unlink(path);
}

static void a_sink_that_goes_on_opens_its_file_when_it_writes(void **state)
{
	struct sink *s = sink_open(path, initial, NULL);

	(void)state;
	sink_continue(s);
	assert_int_equal(put_records(s, 1, 50, NULL), 0);
	assert_false(sink_is_open(s));
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(sink_flush(s, NULL), 0);
	assert_true(sink_is_open(s));
	check_records(path, 51);
	assert_int_equal(put_records(s, 51, 20000, NULL), 0); /* more than is kept */
	assert_true(sink_memory(s) <= 1 << 20);
	assert_int_equal(sink_rest(s, NULL), 0);
	assert_false(sink_is_open(s));
	assert_int_equal(sink_memory(s), 0);
	assert_int_equal(put_records(s, 20051, 1, NULL), 0);
	assert_false(sink_is_open(s));
	assert_int_equal(sink_close(s, NULL), 0);
	check_records(path, 20052);
	unlink(path);
}

static void an_atomic_sink_may_rest(void **state)
{
	static const char head[] = "\x1f\x8b"; /* packed as well */
	size_t length;

	(void)state;
	for (uint32_t old = 0; old <= 2; old += 2) { /* records that the file has already, packed */
		const uint32_t all = old + (old == 0) + 3;
		struct sink *s;

		write_bytes(path, head, old);
		if (old > 0) {
			s = sink_open_atomic(path, initial, NULL);
			assert_int_equal(put_records(s, 1, old - 1, NULL), 0);
			assert_int_equal(sink_close(s, NULL), 0);
		}
		length = size_of(path);
		s = sink_open_atomic(path, initial, NULL);
		sink_continue(s);
		for (uint32_t i = 1; i <= 3; i++) {
			assert_int_equal(put_records(s, i, 1, NULL), 0);
			assert_int_equal(sink_rest(s, NULL), 0);
			assert_int_equal(size_of(path), length);
		}
		assert_int_equal(sink_close(s, NULL), 0);
		check_records(path, all);
		s = sink_open_atomic(path, initial, NULL);
		assert_int_equal(put_records(s, 1, 1, NULL), 0);
		assert_int_equal(sink_rest(s, NULL), 0);
		sink_discard(s);
		check_records(path, all);
		unlink(path); /* tear_down finds nothing that is temporary */
	}
}

/* 6.5, 5: rotated away, removed, emptied; each time with records that wait and without. */
static void a_file_that_others_rotate_is_made_anew(void **state)
{
	struct sink *s = sink_open(path, initial, NULL);
	char other[80];

	(void)state;
	snprintf(other, sizeof other, "%s.1", path);
	sink_continue(s);
	assert_int_equal(put_records(s, 1, 1, NULL), 0);
	assert_int_equal(sink_flush(s, NULL), 0);
	assert_int_equal(put_records(s, 2, 1, NULL), 0);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(sink_renew(s, NULL), 0); /* the two belong to what was moved */
	check_records(other, 3);
	assert_int_equal(put_records(s, 3, 1, NULL), 0);
	assert_int_equal(sink_flush(s, NULL), 0);
	check_records(path, 2);

	assert_int_equal(put_records(s, 4, 1, NULL), 0);
	unlink(path);
	assert_int_equal(sink_renew(s, NULL), 0); /* the one that waits is not lost */
	assert_int_equal(sink_flush(s, NULL), 0);
	check_records(path, 2);

	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(put_records(s, 5, 1, NULL), 0);
	assert_int_equal(sink_renew(s, NULL), 0);
	assert_int_equal(sink_renew(s, NULL), 0); /* one initial record */
	assert_int_equal(sink_close(s, NULL), 0);
	check_records(path, 2);
	unlink(other);
	unlink(path);
}

static void a_file_that_others_empty_begins_anew(void **state)
{
	struct sink *s = sink_open(path, initial, NULL);

	(void)state;
	assert_int_equal(put_records(s, 1, 10, NULL), 0);
	assert_int_equal(sink_flush(s, NULL), 0);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(put_records(s, 11, 3, NULL), 0);
	assert_int_equal(sink_flush(s, NULL), 0);
	check_records(path, 4);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(put_records(s, 14, 20000, NULL), 0); /* more than is kept */
	assert_int_equal(sink_close(s, NULL), 0);
	check_records(path, 20001);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_put_leaves_no_file),
		cmocka_unit_test(a_touched_file_holds_its_initial_mar),
		cmocka_unit_test(records_are_appended_as_whole_streams),
		cmocka_unit_test(missing_directories_are_made),
		cmocka_unit_test(a_torn_tail_is_cut_before_appending),
		cmocka_unit_test(a_torn_tail_of_a_large_file_is_found_from_its_end),
		cmocka_unit_test(foreign_files_are_left_as_they_are),
		cmocka_unit_test(a_failed_write_leaves_whole_records),
		cmocka_unit_test(a_full_device_and_a_closed_pipe_are_told_apart),
		cmocka_unit_test(an_atomic_file_appears_when_it_is_closed),
		cmocka_unit_test(what_a_killed_run_left_is_not_written_over),
		cmocka_unit_test(a_compressed_file_is_replaced_by_one_like_it),
		cmocka_unit_test(a_compressed_file_that_failed_replaces_nothing),
		cmocka_unit_test(a_moved_file_is_noticed),
		cmocka_unit_test(a_sink_that_rests_goes_on_where_it_was),
		cmocka_unit_test(a_sink_that_goes_on_opens_its_file_when_it_writes),
		cmocka_unit_test(an_atomic_sink_may_rest),
		cmocka_unit_test(a_file_that_others_rotate_is_made_anew),
		cmocka_unit_test(a_file_that_others_empty_begins_anew),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
