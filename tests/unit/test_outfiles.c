/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many output files at once: few are open, what waits in memory is bounded, and each
 * file has its records in the order in which they were put. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <sys/stat.h>

#include "argus/io/source.h"
#include "clients/outfiles.h"
#include "tests/unit/records.h"

#define FILES 300u
#define LIMIT 7u

static char directory[] = "/tmp/outfiles.XXXXXX";
static uint8_t initial[MAR_SIZE];
static struct outfiles files;
static struct outfile *file[FILES];
static uint32_t put_count[FILES];
static struct err err;

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	make_mar(initial, CAUSE_START);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(directory);
}

static char *path_of(unsigned which) { return xasprintf("%s/%03u", directory, which); }

static void begin(bool is_atomic)
{
	outfiles_init(&files, LIMIT, is_atomic);
	memset(put_count, 0, sizeof put_count);
	for (unsigned i = 0; i < FILES; i++)
		file[i] = outfiles_file(&files, path_of(i));
}

static void put(unsigned which, unsigned shape)
{
	struct buf b = BUF_INIT;

	add_far(&b, ++put_count[which], shape);
	assert_int_equal(outfiles_put(&files, file[which], initial, b.data, b.length, &err), 0);
	buf_fini(&b);
}

/* How many files of the directory this process has open. */
static unsigned open_files(void)
{
	DIR *all = opendir("/proc/self/fd");
	struct dirent *entry;
	unsigned count = 0;

	if (all == NULL)
		return 0;
	while ((entry = readdir(all)) != NULL) {
		char name[64], target[256];
		ssize_t length;

		snprintf(name, sizeof name, "/proc/self/fd/%.20s", entry->d_name);
		length = readlink(name, target, sizeof target - 1);
		count += length > 0 && strncmp(target, directory, strlen(directory)) == 0;
	}
	closedir(all);
	return count;
}

/* Every record, each once, in order, behind one initial MAR. */
static void check(unsigned which)
{
	struct source *s = source_new();
	struct record record;
	char *path = path_of(which);
	uint32_t seen = 0;

	source_add_file(s, path);
	while (source_next(s, &record, &err) == SOURCE_RECORD) {
		if (record.is_initial)
			assert_int_equal(seen, 0);
		else
			assert_int_equal(get_be32(record.bytes + 12), ++seen);
	}
	assert_int_equal(seen, put_count[which]);
	assert_int_equal(source_total(s)->records, seen + 1);
	assert_int_equal(source_total(s)->damaged + source_total(s)->truncated, 0);
	source_free(s);
	free(path);
}

static void finish(void)
{
	for (unsigned i = 0; i < FILES; i++) {
		char *path = path_of(i);

		assert_int_equal(outfiles_close(&files, file[i], &err), 0);
		if (put_count[i] > 0)
			check(i);
		unlink(path);
		free(path);
	}
	assert_int_equal(files.memory + files.open + files.waiting_count + files.count, 0);
	outfiles_fini(&files);
}

static void few_files_are_open_and_all_keep_their_order(void **state)
{
	(void)state;
	for (int is_atomic = 0; is_atomic <= 1; is_atomic++) {
		begin(is_atomic);
		for (unsigned i = 0; i < 4000; i++) {
			put(i * 7919 % FILES, i % 200);
			if (i % 500 == 499) {
				assert_int_equal(outfiles_tick(&files, &err), 0);
				assert_true(open_files() <= LIMIT);
			}
		}
		finish();
	}
}

static void a_tick_leaves_nothing_in_memory(void **state)
{
	(void)state;
	begin(false);
	for (unsigned i = 0; i < 5 * FILES; i++)
		put(i % FILES, 0);
	assert_int_equal(open_files(), 0);
	assert_int_equal(outfiles_tick(&files, &err), 0);
	for (unsigned i = 0; i < FILES; i++)
		check(i);
	finish();
}

static void memory_is_bounded(void **state)
{
	size_t most = 0;

	(void)state;
	begin(false);
	for (unsigned i = 0; i < 80000; i++) { /* 90 MB */
		put(i % FILES, 260);
		most = files.memory > most ? files.memory : most;
	}
	assert_true(most > 60u << 20);
	assert_true(most <= (64u << 20));
	assert_true(open_files() <= LIMIT + 1);
	finish();
}

static void idle_files_can_be_found_and_gone_on_with(void **state)
{
	struct outfile *idle;
	unsigned which;

	(void)state;
	begin(false);
	for (unsigned i = 0; i < FILES; i++)
		put(i, i);
	assert_null(outfiles_idle(&files, 0)); /* all wait to be written */
	assert_int_equal(outfiles_tick(&files, &err), 0);
	assert_null(outfiles_idle(&files, 3600ull * 1000000));
	for (unsigned i = 0; i < 9; i++) {
		idle = outfiles_idle(&files, 0);
		assert_non_null(idle);
		for (which = 0; file[which] != idle; which++)
			continue;
		assert_int_equal(outfiles_close(&files, idle, &err), 0);
		file[which] = outfiles_file(&files, path_of(which));
		put(which, 1);
		assert_int_equal(outfiles_tick(&files, &err), 0);
	}
	finish();
}

static void a_path_is_one_file(void **state)
{
	(void)state;
	begin(false);
	for (unsigned i = 0; i < FILES; i++)
		assert_ptr_equal(outfiles_file(&files, path_of(i)), file[i]);
	finish();
}

static void what_is_discarded_is_not_written(void **state)
{
	(void)state;
	begin(false);
	for (unsigned i = 0; i < FILES; i++) {
		put(i, 0);
		if (i % 2)
			outfiles_discard(&files, file[i]);
	}
	assert_int_equal(files.waiting_count, FILES / 2);
	outfiles_fini(&files); /* tear_down finds the directory empty */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_files_are_open_and_all_keep_their_order),
		cmocka_unit_test(a_tick_leaves_nothing_in_memory),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(idle_files_can_be_found_and_gone_on_with),
		cmocka_unit_test(a_path_is_one_file),
		cmocka_unit_test(what_is_discarded_is_not_written),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
