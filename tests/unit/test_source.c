/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inputs: files plain and compressed, ranges, directories, standard input. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "argus/base/hash.h"
#include "argus/io/source.h"
#include "common/io/packing.h"
#include "tests/unit/records.h"

#define MOST 5000
#define LONG 20000 /* so long that a thread is done before its end */

static char directory[] = "/tmp/source.XXXXXX";
static char path[64];
static size_t offsets[LONG + 2];

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/file", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

/* What reading everything gave. */
struct outcome {
	uint64_t records, initial, ends, errors;
	uint64_t first_offset;
	uint64_t sum;       /* over all records, and where they are */
	enum err_kind kind; /* of the last error */
	struct source_count count;
};

static uint64_t sum_record(uint64_t sum, const struct record *r)
{
	return hash_bytes(r->bytes, r->length, sum + r->offset);
}

static struct outcome read_source(struct source *s)
{
	struct outcome o = { .first_offset = UINT64_MAX };
	enum source_result result;
	struct record record;
	struct err err;

	while ((result = source_next(s, &record, &err)) != SOURCE_END) {
		if (result == SOURCE_RECORD && o.first_offset == UINT64_MAX)
			o.first_offset = record.offset;
		if (result == SOURCE_RECORD)
			o.sum = sum_record(o.sum, &record);
		o.records += result == SOURCE_RECORD;
		o.initial += result == SOURCE_RECORD && record.is_initial;
		o.ends += result == SOURCE_END_OF_INPUT;
		o.errors += result == SOURCE_ERROR;
		if (result == SOURCE_ERROR)
			o.kind = err.kind;
	}
	o.count = *source_total(s);
	source_free(s);
	return o;
}

static struct outcome read_as(const char *name, bool ahead)
{
	struct source *s = source_new();

	source_read_ahead(s, ahead);
	source_add_file(s, name);
	return read_source(s);
}

static struct outcome read_file(const char *name)
{
	struct outcome o = read_as(name, false), a = read_as(name, true);

	assert_int_equal(a.records, o.records);
	assert_int_equal(a.ends, o.ends);
	assert_int_equal(a.errors, o.errors);
	assert_int_equal(a.errors > 0 ? a.kind : 0, o.errors > 0 ? o.kind : 0);
	assert_int_equal(a.sum, o.sum);
	assert_memory_equal(&a.count, &o.count, sizeof o.count);
	return o;
}

/* `count` times what `in` holds, packed into one member each. */
static struct buf pack(enum packing packing, const struct buf *in, int count)
{
	struct buf out = BUF_INIT;
	uint8_t room[4096];

	for (int i = 0; i < count; i++) {
		struct packer *z = packer_new_packing(packing, NULL);
		struct pack_flow flow = { .in = (const uint8_t *)in->data, .in_left = in->length };
		enum pack_result result;

		if (z == NULL)
			return out;
		do {
			flow.out = room;
			flow.room = sizeof room;
			result = packer_step(z, &flow, true);
			buf_add(&out, room, sizeof room - flow.room);
		} while (result != PACK_END);
		packer_free(z);
	}
	return out;
}

static void inputs_are_read_one_after_the_other(void **state)
{
	struct buf b = make_records(MOST, 1, offsets);
	struct source *s = source_new();
	struct outcome o;

	(void)state;
	write_bytes(path, b.data, b.length);
	source_add_file(s, path);
	source_add_file(s, "/nonexistent/file");
	source_add_file(s, path);
	assert_int_equal(source_input_count(s), 3);
	assert_string_equal(source_input_name(s, 1), "/nonexistent/file");
	o = read_source(s);
	assert_int_equal(o.records, 2 * (MOST + 1));
	assert_int_equal(o.initial, 2);
	assert_int_equal(o.ends, 2);
	assert_int_equal(o.errors, 1);
	assert_int_equal(o.kind, ERR_SYSTEM);
	assert_int_equal(o.count.bytes, 2 * b.length);
	buf_fini(&b);
}

static void compressed_members_are_read_as_one_file(void **state)
{
	struct buf b = make_records(MOST, 1, offsets);

	(void)state;
	for (enum packing p = PACKING_GZIP; p <= PACKING_ZSTD; p++) {
		struct buf packed = p == PACKING_COMPRESS ? (struct buf)BUF_INIT : pack(p, &b, 2);
		struct outcome o;

		if (packed.length == 0)
			continue; /* not in this build */
		write_bytes(path, packed.data, packed.length);
		o = read_file(path);
		assert_int_equal(o.records, 2 * (MOST + 1));
		assert_int_equal(o.count.damaged + o.count.truncated, 0);
		buf_add(&packed, "\0\0\0\0", 4); /* padding is no damage, other bytes are */
		write_bytes(path, packed.data, packed.length);
		assert_int_equal(read_file(path).count.damaged, 0);
		buf_add(&packed, "junk", 4);
		write_bytes(path, packed.data, packed.length);
		o = read_file(path);
		assert_int_equal(o.records, 2 * (MOST + 1));
		assert_int_equal(o.count.damaged_bytes, 4);
		buf_fini(&packed);
	}
	buf_fini(&b);
}

static void a_cut_compressed_file_gives_what_it_holds(void **state)
{
	struct buf b = make_records(MOST, 1, offsets);

	(void)state;
	for (enum packing p = PACKING_GZIP; p <= PACKING_ZSTD; p++) {
		struct buf packed = p == PACKING_COMPRESS ? (struct buf)BUF_INIT : pack(p, &b, 1);
		struct outcome o;

		if (packed.length == 0)
			continue;
		write_bytes(path, packed.data, packed.length - 1);
		o = read_file(path);
		assert_int_equal(o.count.truncated, 1);
		write_bytes(path, packed.data, packed.length * 9 / 10);
		o = read_file(path);
		assert_true(p == PACKING_BZIP2 || p == PACKING_XZ || o.records > MOST / 2); /* those come in large blocks */
		for (size_t i = packed.length / 2; i < packed.length / 2 + 20; i++)
			packed.data[i] ^= 0x55;
		write_bytes(path, packed.data, packed.length);
		o = read_file(path);
		assert_int_equal(o.errors, 1);
		buf_fini(&packed);
	}
	buf_fini(&b);
}

/* A file that is long enough for a thread. */
static struct buf pack_long(enum packing packing, unsigned count)
{
	struct buf b = make_records(count, 1, offsets);
	struct buf packed = packing == PACKING_COMPRESS ? (struct buf)BUF_INIT : pack(packing, &b, 1);

	assert_true(packed.length == 0 || packed.length > 64 << 10);
	buf_fini(&b);
	return packed;
}

static void damage_is_the_same_wherever_it_is_unpacked(void **state)
{
	(void)state;
	for (enum packing p = PACKING_GZIP; p <= PACKING_ZSTD; p++) {
		struct buf packed = pack_long(p, 8000);

		for (size_t at = 100; at < packed.length; at += packed.length / 5) {
			packed.data[at] ^= 0x55;
			write_bytes(path, packed.data, packed.length);
			assert_int_equal(read_file(path).count.truncated, 0);
			packed.data[at] ^= 0x55;
			write_bytes(path, packed.data, at);
			read_file(path);
		}
		buf_fini(&packed);
	}
}

/* What is behind the range is nobody's business, though a thread may come to it. */
static void damage_behind_a_range_is_not_told(void **state)
{
	struct buf packed = pack_long(PACKING_GZIP, LONG);

	(void)state;
	write_bytes(path, packed.data, packed.length - 9);
	assert_int_equal(read_file(path).count.truncated, 1);
	for (unsigned from = 0; from < LONG / 2; from += LONG / 7) {
		char name[128];
		struct outcome o;

		snprintf(name, sizeof name, "%s::%zu:%zu", path, offsets[from], offsets[from + 100]);
		o = read_file(name);
		assert_int_equal(o.records, 100);
		assert_int_equal(o.first_offset, offsets[from]);
		assert_int_equal(o.count.truncated + o.count.damaged + o.errors, 0);
	}
	buf_fini(&packed);
}

/* Reads `count` records of the input that comes now. */
static uint64_t read_some_of(struct source *s, unsigned count)
{
	struct record record;
	uint64_t sum = 0;
	struct err err;

	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(source_next(s, &record, &err), SOURCE_RECORD);
		sum = sum_record(sum, &record);
	}
	return sum;
}

static void what_is_read_ahead_may_be_given_up_anywhere(void **state)
{
	static const unsigned counts[] = { 0, 1, 17, 1000, 4000, MOST + 1 };
	struct buf packed = pack_long(PACKING_GZIP, MOST);
	struct outcome whole;

	(void)state;
	write_bytes(path, packed.data, packed.length);
	whole = read_file(path);
	for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
		struct source *s = source_new();
		struct record record;
		uint64_t sum, done, total;

		source_read_ahead(s, true);
		source_add_file(s, path);
		source_add_file(s, path);
		sum = read_some_of(s, counts[i]);
		source_rewind(s);
		assert_int_equal(read_some_of(s, counts[i]), sum);
		source_progress(s, &done, &total);
		assert_true(done <= total);
		if (counts[i] > 0) {
			source_skip_input(s); /* the next one is whole */
			assert_int_equal(source_next(s, &record, NULL), SOURCE_END_OF_INPUT);
		}
		assert_int_equal(read_some_of(s, MOST + 1), whole.sum);
		source_rewind(s);
		read_some_of(s, counts[i]);
		source_free(s);
	}
	buf_fini(&packed);
}

/* A writer of compress(1) files: the table is searched, which is enough for a test. */
struct lzw_writer {
	struct buf out;
	uint32_t bits, held, held_bits, in_group;
};

static void put_code(struct lzw_writer *w, uint32_t code)
{
	w->held |= code << w->held_bits;
	for (w->held_bits += w->bits; w->held_bits >= 8; w->held_bits -= 8, w->held >>= 8)
		buf_char(&w->out, (char)w->held);
	w->in_group = (w->in_group + 1) % 8;
}

static void change_bits(struct lzw_writer *w, uint32_t bits)
{
	while (w->in_group != 0)
		put_code(w, 0);
	w->bits = bits;
}

static struct buf compress_bytes(const struct buf *in, uint32_t most_bits, size_t clear_every)
{
	static uint16_t child[1 << 16][256];
	struct lzw_writer w = { BUF_INIT, 9, 0, 0, 0 };
	uint32_t next = 257, string = (uint8_t)in->data[0];

	buf_add(&w.out, (char[]){ 0x1f, (char)0x9d, (char)(0x80 | most_bits) }, 3);
	memset(child, 0, sizeof child);
	for (size_t i = 1; i < in->length; i++) {
		uint8_t byte = (uint8_t)in->data[i];

		if (child[string][byte] != 0) {
			string = child[string][byte];
			continue;
		}
		put_code(&w, string);
		if (next < 1u << most_bits)
			child[string][byte] = (uint16_t)next++;
		/* The reader is one code behind in its table, so it changes one code later. */
		if (next - 1 > (1u << w.bits) - 1 && w.bits < most_bits)
			change_bits(&w, w.bits + 1);
		if (i % clear_every == 0) {
			put_code(&w, 256);
			change_bits(&w, 9);
			next = 257;
			memset(child, 0, sizeof child);
		}
		string = byte;
	}
	put_code(&w, string);
	buf_char(&w.out, (char)w.held);
	return w.out;
}

static void compress_files_are_read(void **state)
{
	struct buf b = make_records(MOST / 4, 1, offsets);

	(void)state;
	for (uint32_t bits = 10; bits <= 16; bits++) {
		struct buf packed = compress_bytes(&b, bits, bits % 2 ? SIZE_MAX : 30011);
		struct outcome o;

		write_bytes(path, packed.data, packed.length);
		o = read_file(path);
		assert_int_equal(o.records, MOST / 4 + 1);
		assert_int_equal(o.count.damaged + o.count.truncated + o.errors, 0);
		buf_fini(&packed);
	}
	buf_fini(&b);
}

static void ranges_begin_and_end_at_offsets(void **state)
{
	struct buf b = make_records(50, 1, offsets), packed = pack(PACKING_GZIP, &b, 1);
	char name[128];
	struct outcome o;

	(void)state;
	for (int gzip = 0; gzip < 2; gzip++) {
		if (gzip)
			write_bytes(path, packed.data, packed.length);
		else
			write_bytes(path, b.data, b.length);
		snprintf(name, sizeof name, "%s::%zu:%zu", path, offsets[10], offsets[20]);
		o = read_file(name);
		assert_int_equal(o.records, 10);
		assert_int_equal(o.first_offset, offsets[10]);
		snprintf(name, sizeof name, "%s::%zu:%zu", path, offsets[10], offsets[20] - 1);
		assert_int_equal(read_file(name).records, 10);
		snprintf(name, sizeof name, "%s::%zu:999999", path, offsets[10] + 8);
		o = read_file(name);
		assert_int_equal(o.records + o.errors + o.count.damaged, 0);
		snprintf(name, sizeof name, "%s::%zu", path, offsets[10]);
		assert_int_equal(read_file(name).records, 51);
	}
	snprintf(name, sizeof name, "%s::x", path);
	assert_int_equal(read_file(name).errors, 1); /* no range, so a name */
	buf_fini(&packed);
	buf_fini(&b);
}

static void what_is_not_argus_data_is_an_error_of_the_user(void **state)
{
	static const char *const texts[] = { "", "short", "a text file that is longer than sixteen bytes\n" };
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		write_bytes(path, texts[i], strlen(texts[i]));
		o = read_file(path);
		assert_int_equal(o.errors, 1);
		assert_int_equal(o.kind, ERR_USER);
		assert_int_equal(o.records + o.count.damaged + o.count.truncated, 0);
	}
	o = read_file(directory);
	assert_int_equal(o.kind, ERR_SYSTEM);
}

static void a_file_that_ends_in_its_initial_mar_is_truncated(void **state)
{
	struct buf b = make_records(0, 1, offsets);
	struct outcome o;

	(void)state;
	write_bytes(path, b.data, 100);
	o = read_file(path);
	assert_int_equal(o.records, 0);
	assert_int_equal(o.count.truncated, 1);
	assert_int_equal(o.ends, 1);
	buf_fini(&b);
}

static void directories_are_walked_in_order_and_in_silence(void **state)
{
	static const char *const names[] = { "b", "a", "sub/c", ".hidden", "text" };
	struct buf b = make_records(3, 1, offsets);
	struct source *s = source_new();
	char name[128];
	struct outcome o;

	(void)state;
	unlink(path);
	snprintf(name, sizeof name, "%s/sub", directory);
	assert_int_equal(mkdir(name, 0700), 0);
	snprintf(name, sizeof name, "%s/sub/circle", directory);
	assert_int_equal(symlink(directory, name), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		snprintf(name, sizeof name, "%s/%s", directory, names[i]);
		write_bytes(name, i == 4 ? "text" : b.data, i == 4 ? 4 : b.length);
	}
	assert_int_equal(source_add_directory(s, directory, NULL), 0);
	assert_int_equal(source_input_count(s), 4);
	snprintf(name, sizeof name, "%s/a", directory);
	assert_string_equal(source_input_name(s, 0), name);
	snprintf(name, sizeof name, "%s/sub/c", directory);
	assert_string_equal(source_input_name(s, 2), name);
	assert_int_equal(source_add_directory(s, "/nonexistent", NULL), 0); /* told of when it is read */
	assert_int_equal(source_add_directory(s, ".hidden", NULL), 0);
	o = read_source(s);
	assert_int_equal(o.records, 12);
	assert_int_equal(o.ends, 3);
	assert_int_equal(o.errors, 1);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		snprintf(name, sizeof name, "%s/%s", directory, names[i]);
		unlink(name);
	}
	snprintf(name, sizeof name, "%s/sub/circle", directory);
	unlink(name);
	snprintf(name, sizeof name, "%s/sub", directory);
	rmdir(name);
	buf_fini(&b);
}

/* A record is delivered when it has arrived, not when the next one has. */
static void standard_input_delivers_what_has_arrived(void **state)
{
	struct buf b = make_records(4, 1, offsets);
	int ends[2], was = dup(STDIN_FILENO);
	struct source *s = source_new();
	struct record record;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	source_add_file(s, "-");
	for (int i = 0; i < 5; i++) {
		ssize_t length = (ssize_t)(offsets[i + 1] - offsets[i]);

		assert_int_equal(write(ends[1], b.data + offsets[i], (size_t)length), length);
		assert_int_equal(source_next(s, &record, NULL), SOURCE_RECORD);
		assert_int_equal(record.offset, offsets[i]);
	}
	assert_true(source_is_live(s));
	close(ends[1]);
	assert_int_equal(source_next(s, &record, NULL), SOURCE_END_OF_INPUT);
	assert_int_equal(source_next(s, &record, NULL), SOURCE_END);
	source_free(s);
	dup2(was, STDIN_FILENO);
	close(was);
	buf_fini(&b);
}

static void the_rest_of_an_input_can_be_given_up(void **state)
{
	struct buf b = make_records(100, 1, offsets);
	struct source *s = source_new();
	struct record record;
	uint64_t done, total;

	(void)state;
	write_bytes(path, b.data, b.length);
	source_add_file(s, path);
	source_add_file(s, path);
	assert_int_equal(source_next(s, &record, NULL), SOURCE_RECORD);
	source_skip_input(s);
	assert_int_equal(source_next(s, &record, NULL), SOURCE_END_OF_INPUT);
	assert_int_equal(source_next(s, &record, NULL), SOURCE_RECORD);
	assert_int_equal(record.input, 1);
	source_progress(s, &done, &total);
	assert_int_equal(total, 2 * b.length);
	assert_true(done > b.length);
	assert_int_equal(source_input_counts(s, 0)->records, 1);
	source_clear(s);
	assert_int_equal(source_next(s, &record, NULL), SOURCE_END);
	source_free(s);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inputs_are_read_one_after_the_other),
		cmocka_unit_test(compressed_members_are_read_as_one_file),
		cmocka_unit_test(a_cut_compressed_file_gives_what_it_holds),
		cmocka_unit_test(damage_is_the_same_wherever_it_is_unpacked),
		cmocka_unit_test(damage_behind_a_range_is_not_told),
		cmocka_unit_test(what_is_read_ahead_may_be_given_up_anywhere),
		cmocka_unit_test(compress_files_are_read),
		cmocka_unit_test(ranges_begin_and_end_at_offsets),
		cmocka_unit_test(what_is_not_argus_data_is_an_error_of_the_user),
		cmocka_unit_test(a_file_that_ends_in_its_initial_mar_is_truncated),
		cmocka_unit_test(directories_are_walked_in_order_and_in_silence),
		cmocka_unit_test(standard_input_delivers_what_has_arrived),
		cmocka_unit_test(the_rest_of_an_input_can_be_given_up),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
