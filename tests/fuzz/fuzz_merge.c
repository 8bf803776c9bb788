/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merging over arbitrary bytes: up to three records that stand one behind the other become
 * one, once from their bytes as far as that is taken on, into a record or into a flow that lies
 * open, once opened. All must be written alike. The first byte says whether directions are
 * corrected, and whether the second record is turned round. */
#include "argus/query/merge.h"
#include "argus/record/dsr.h"
#include "argus/record/plain.h"
#include "argus/record/record.h"
#include "common/query/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORDS 3u
#define WRITTEN_MAX 4096u

struct piece_of_input {
	const uint8_t *bytes;
	uint32_t length;
};

static struct merge opened, plain;
static struct flow a, b, again;

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* The records of the input that can be flows. */
static unsigned find_records(const uint8_t *data, size_t size, struct piece_of_input found[RECORDS])
{
	unsigned count = 0;
	uint32_t length;

	while (size >= RECORD_HEADER_SIZE && count < RECORDS) {
		enum frame frame = record_frame(data, size, &length);

		if (frame == FRAME_MORE)
			break;
		if (frame == FRAME_RECORD && !(data[0] & RECORD_MAR))
			found[count++] = (struct piece_of_input){ data, length };
		data += length;
		size -= length;
	}
	return count;
}

/* What the cache does with a flow that was merged opened, but for statistics that say nothing:
 * those of two records always do. */
static size_t write_opened(struct flow *f, uint8_t *to)
{
	if (f->dirty != 0)
		flow_renew(f);
	return flow_write(f, to, WRITTEN_MAX);
}

static const struct shape *plain_shape_of(const struct piece_of_input *x, const struct flow_reading *reading)
{
	struct plain_tuple t;

	return plain_find_tuple(x->bytes, x->length, reading, &t) ? shape_of(x->bytes, x->length) : NULL;
}

/* What is merged as it was read comes out as what is opened for it. */
static void check_usual(const struct piece_of_input *x, const struct piece_of_input *y, const struct flow_reading *reading)
{
	static uint8_t usual[MERGE_USUAL_MAX], expected[WRITTEN_MAX];
	const struct shape *s = plain_shape_of(x, reading), *t = plain_shape_of(y, reading);
	struct pen pen = pen_on(expected, sizeof expected);
	struct pair pair, known;
	struct plain one, other;
	size_t length;

	if (s == NULL || t == NULL || s != shape_of(x->bytes, x->length))
		return;
	length = merge_usual(&plain, x->bytes, s, y->bytes, t, &pair, usual);
	if (length == 0)
		return;
	must(plain_open(&one, x->bytes, x->length, reading) && plain_open(&other, y->bytes, y->length, reading));
	must(merge_pair(&one, &other, &known) && memcmp(&pair, &known, sizeof pair) == 0);
	must(merge_plain(&plain, &one, &other, &pair, &pen) && pen_used(&pen) == length && memcmp(usual, expected, length) == 0);
}

/* As merge_flow(), from the bytes, the result in `to`; 0: that is not taken on. */
static size_t merge_bytes(const struct piece_of_input *x, const struct piece_of_input *y, const struct flow_reading *reading,
			  uint8_t *to)
{
	static uint8_t folded[WRITTEN_MAX], written[WRITTEN_MAX];
	struct pen pen = pen_on(to, WRITTEN_MAX), room = pen_on(folded, sizeof folded);
	struct plain one, other;
	struct pair pair;

	check_usual(x, y, reading);
	if (!plain_open(&one, x->bytes, x->length, reading) || !plain_open(&other, y->bytes, y->length, reading) ||
	    !merge_plain(&plain, &one, &other, NULL, &pen))
		return 0;
	if (merge_pair(&one, &other, &pair)) {
		must(merge_plain(&plain, &one, &other, &pair, &room));
		must(merge_write_pair(&pair, folded, pen_used(&room), written) == pen_used(&pen) &&
		     memcmp(written, to, pen_used(&pen)) == 0);
	}
	return pen_used(&pen);
}

static void merge_into(struct flow *f, const struct piece_of_input *y, const struct flow_reading *reading)
{
	flow_open(&b, y->bytes, y->length, reading);
	merge_flow(&opened, f, &b);
}

static void check(const struct piece_of_input *records, unsigned count, const struct flow_reading *reading)
{
	static uint8_t first[WRITTEN_MAX], second[WRITTEN_MAX], expected[WRITTEN_MAX];
	size_t length = merge_bytes(&records[0], &records[1], reading, first), more;

	if (length == 0)
		return;
	flow_open(&a, records[0].bytes, records[0].length, reading);
	must(!a.is_turned);
	merge_into(&a, &records[1], reading);
	must(write_opened(&a, expected) == length && memcmp(first, expected, length) == 0);
	if (count < RECORDS)
		return;
	merge_into(&a, &records[2], reading);
	more = merge_bytes(&(struct piece_of_input){ first, (uint32_t)length }, &records[2], reading, second);
	if (more == 0) { /* the result is read again, and nothing is lost by that */
		flow_open(&again, first, (uint32_t)length, reading);
		merge_into(&again, &records[2], reading);
		more = write_opened(&again, second);
	}
	must(write_opened(&a, expected) == more && memcmp(second, expected, more) == 0);
}

static bool merge_into_image(struct buf *image, const struct piece_of_input *y, const struct flow_reading *reading,
			     bool is_reversed)
{
	struct members members;
	struct flow_key key;
	struct plain p;

	if (!plain_open(&p, y->bytes, y->length, reading))
		return false;
	must(dsr_table[DSR_FLOW].decode(plain_bytes(&p, DSR_FLOW), plain_length(&p, DSR_FLOW), NULL, &key));
	if (is_reversed)
		dsr_table[DSR_FLOW].reverse(&key);
	pack_members((uint8_t *)image->data, &members);
	if (!merge_plain_in_place(&plain, &members, &p, &key, is_reversed))
		return false;
	pack_set_merged((uint8_t *)image->data, members.have);
	return true;
}

/* The first record, of whatever kind, lies open. */
static void check_open(const struct piece_of_input *records, unsigned count, const struct flow_reading *reading, bool is_reversed)
{
	static uint8_t expected[WRITTEN_MAX], got[WRITTEN_MAX];
	struct buf image = BUF_INIT;
	size_t length;

	flow_open(&a, records[0].bytes, records[0].length, reading);
	if (flow_agr(&a)->count == 0)
		return;
	flow_edit(&a, DSR_AGR);
	pack_flow(&a, PACK_OPEN, &image);
	flow_detach(&a); /* DSRs that say nothing are not packed */
	for (unsigned i = 1; i < count && merge_into_image(&image, &records[i], reading, is_reversed && i == 1); i++) {
		flow_open(&b, records[i].bytes, records[i].length, reading);
		if (is_reversed && i == 1)
			flow_reverse(&b);
		merge_flow(&opened, &a, &b);
		pack_open(&again, PACK_OPEN, (const uint8_t *)image.data, image.length, NULL);
		flow_renew(&a);
		length = flow_write(&a, expected, sizeof expected);
		must(flow_write(&again, got, sizeof got) == length && memcmp(got, expected, length) == 0);
	}
	buf_fini(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow_reading reading = { .correct = size > 0 && data[0] & 1 };
	struct piece_of_input records[RECORDS];
	unsigned count = size > 0 ? find_records(data + 1, size - 1, records) : 0;

	if (count < 2)
		return 0;
	merge_init(&opened);
	merge_init(&plain);
	check(records, count, &reading);
	check_open(records, count, &reading, data[0] & 2);
	merge_fini(&opened);
	merge_fini(&plain);
	return 0;
}
