/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain records are read, and merged, from their bytes: what comes of that is what comes of
 * opening them. All of it is tried with every byte of a record changed, for what is plain and
 * what is not any more is told by single bytes. */
#include "tests/unit/unit.h"

#include <pthread.h>

#include "argus/record/dsr.h"
#include "argus/record/plain.h"
#include "argus/record/shape.h"
#include "tests/unit/merge_kit.h"
#include "tests/unit/plain_records.h"

#define WRITTEN_MAX 2048u

static const struct flow_reading readings[2] = { { .correct = false }, { .correct = true } };
static unsigned pairs; /* that were written: */
static unsigned usual; /* of them, without being opened */

/* Recipe number `i` of a family that has all combinations of times, counts and packets; the
 * rest of it changes along. */
#define FAMILY (TIME_FORMS * 24u * 16u * 6u)

static struct recipe recipe(unsigned i)
{
	static const uint64_t pkts[4] = { 0, 1, 2, 37 };
	static const uint64_t lengths[] = { 0, 999, 700000, 2500000, 400000000 };
	static const uint32_t counts[] = { 1, 2, 5 };
	struct recipe r = { .salt = i * 2654435761u >> 4 };

	r.time = i % TIME_FORMS, i /= TIME_FORMS;
	r.group = i % 3, i /= 3;
	r.width = i % 4, i /= 4;
	r.has_appbytes = i % 2, i /= 2;
	r.pkts[SRC] = pkts[i % 4], i /= 4;
	r.pkts[DST] = pkts[i % 4], i /= 4;
	r.is_ipv6 = i % 2, i /= 2;
	r.proto = i % 3 == 0 ? PROTO_TCP : PROTO_UDP;
	r.has_network = i % 3 != 1;
	r.status = r.salt % 8 == 7 ? TCP_SAW_SYNACK | TCP_ESTABLISHED : TCP_SAW_SYN | TCP_SAW_SYNACK;
	r.parts = r.salt >> 7 & (PARTS - 1);
	if (r.salt % 3 != 0)
		r.parts &= ~(unsigned)(PART_AGR | PART_ENCAPS_FIRST);
	r.count = counts[r.salt % 3];
	r.start = RECIPE_BEGIN + r.salt % 3000000;
	r.length = lengths[r.salt % 5];
	if (r.width == 3)
		r.pkts[SRC] *= 0x100000001ull;
	return r;
}

/* What reading may make of it that plain_open() does not: a TCP connection whose SYN was not seen. */
static bool may_be_turned(const struct recipe *r)
{
	return r->proto == PROTO_TCP && r->has_network && !r->is_ipv6 && !(r->status & TCP_SAW_SYN);
}

/* A few values that a byte is changed to. */
#define CHANGES 5u

static uint8_t changed(uint8_t byte, unsigned change)
{
	const uint8_t values[CHANGES] = { byte ^ 0x01, byte ^ 0x80, 0, 0xff, (uint8_t)(byte * 5 + 77) };

	return values[change];
}

/* ---- reading ---- */

static void same_stats(const struct stats *a, const struct stats *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(&a->min, &b->min, sizeof a->min);
	assert_memory_equal(&a->mean, &b->mean, sizeof a->mean);
	assert_memory_equal(&a->stddev, &b->stddev, sizeof a->stddev);
	assert_memory_equal(&a->max, &b->max, sizeof a->max);
}

static void same_agr(const struct agr *a, const struct agr *b)
{
	assert_int_equal(a->metric, b->metric);
	assert_int_equal(a->is_implied, b->is_implied);
	assert_int_equal(a->count, b->count);
	if (a->count > 0 || !a->is_implied) /* of no record there is nothing to be told */
		same_stats(&a->active, &b->active);
	same_stats(&a->idle, &b->idle);
	assert_memory_equal(a->active_hist, b->active_hist, 8);
	assert_memory_equal(a->idle_hist, b->idle_hist, 8);
	assert_int_equal(a->last_start, b->last_start);
	assert_int_equal(a->last_time, b->last_time);
}

static void same_numbers(const struct plain *p, struct flow *f)
{
	const struct times *t = flow_times(f);
	const struct metric *m = flow_metric(f);
	struct agr agr;

	assert_int_equal(p->times.have, t->have);
	for (int side = SRC; side <= DST; side++) {
		assert_int_equal(p->times.at[side][START], t->at[side][START]);
		assert_int_equal(p->times.at[side][END], t->at[side][END]);
		assert_int_equal(p->metric.pkts[side], m->pkts[side]);
		assert_int_equal(p->metric.bytes[side], m->bytes[side]);
		assert_int_equal(p->metric.appbytes[side], m->appbytes[side]);
	}
	assert_int_equal(p->metric.has_appbytes, m->has_appbytes);
	plain_statistics(p, &agr);
	same_agr(&agr, flow_agr(f));
}

/* Whether the DSR as the flow has it would be written as it stands in the record. */
static bool is_written_alike(const struct plain *p, struct flow *f, enum dsr_slot slot)
{
	uint8_t room[WRITTEN_MAX];
	struct pen pen = pen_on(room, sizeof room);

	dsr_table[slot].encode(dsr_member(f, slot), f, &pen);
	return pen_used(&pen) == plain_length(p, slot) && memcmp(room, plain_bytes(p, slot), pen_used(&pen)) == 0;
}

static void same_rest(const struct plain *p, struct flow *f)
{
	const struct tcp *tcp;

	flow_decode_all(f);
	assert_false(f->is_turned);
	assert_int_equal(p->cause, f->cause);
	assert_int_equal(p->have, f->indexed);
	assert_int_equal(p->have & ~(PLAIN_DSRS | PLAIN_NUMBERS), 0);
	assert_true(is_written_alike(p, f, DSR_FLOW));
	tcp = flow_tcp(f);
	for (int side = SRC; side <= DST; side++)
		assert_int_equal(plain_lost(p, (enum side)side), tcp != NULL ? tcp->side[side].retrans : 0);
	if (f->have & DSR_BIT(DSR_NETWORK) && plain_has_canonical_network(p))
		assert_true(is_written_alike(p, f, DSR_NETWORK));
}

/* Whether the record is plain; if it is, it says what the opened one says. */
static bool reads_alike(const uint8_t *bytes, uint32_t length, const struct flow_reading *reading)
{
	struct plain p;
	struct flow f;

	if (!plain_open(&p, bytes, length, reading))
		return false;
	flow_open(&f, bytes, length, reading);
	same_numbers(&p, &f);
	same_rest(&p, &f);
	return true;
}

static void a_plain_record_is_read_as_if_it_had_been_opened(void **state)
{
	uint8_t bytes[PLAIN_RECORD_MAX];

	(void)state;
	for (unsigned i = 0; i < FAMILY; i++) {
		struct recipe r = recipe(i);
		uint32_t length = make_plain_record(&r, bytes);

		assert_true(reads_alike(bytes, length, NULL));
		assert_true(reads_alike(bytes, length, &readings[false]));
		assert_int_equal(reads_alike(bytes, length, &readings[true]), !may_be_turned(&r));
	}
}

static void a_record_with_any_byte_changed_is_read_alike_or_is_not_plain(void **state)
{
	uint8_t bytes[PLAIN_RECORD_MAX];
	unsigned plain = 0, other = 0;

	(void)state;
	for (unsigned i = 0; i < FAMILY; i += 89) {
		struct recipe r = recipe(i);
		uint32_t length = make_plain_record(&r, bytes);

		for (unsigned at = 0; at < length; at++) {
			uint8_t was = bytes[at];

			for (unsigned change = 0; change < CHANGES; change++) {
				bytes[at] = changed(was, change);
				if (reads_alike(bytes, length, &readings[i / 89 % 2]))
					plain++;
				else
					other++;
			}
			bytes[at] = was;
		}
	}
	assert_true(plain > 100000);
	assert_true(other > 10000);
}

/* ---- merging ---- */

struct record {
	uint8_t bytes[PLAIN_RECORD_MAX];
	uint32_t length;
};

/* The sequence of aggregate_put_out(). */
static size_t write_merged(struct flow *f, uint8_t *to)
{
	finish_merged(f);
	return flow_write(f, to, WRITTEN_MAX);
}

/* Opens the first of some records and merges the others into it. */
static size_t merge_opened(const struct record *const *records, unsigned count, const struct flow_reading *reading,
			   uint8_t *to)
{
	struct flow a, b;

	flow_open(&a, records[0]->bytes, records[0]->length, reading);
	for (unsigned i = 1; i < count; i++) {
		flow_open(&b, records[i]->bytes, records[i]->length, reading);
		merge_flow(&merge, &a, &b);
	}
	return write_merged(&a, to);
}

/* The record that was written with statistics is the one that comes of a pair. */
static void pair_says_the_same(const struct plain *a, const struct plain *b, const uint8_t *expected, size_t length)
{
	uint8_t folded[WRITTEN_MAX], got[WRITTEN_MAX];
	struct pen pen = pen_on(folded, sizeof folded);
	struct pair pair;

	if (!merge_pair(a, b, &pair))
		return;
	pairs++;
	assert_true(merge_plain(&quick, a, b, &pair, &pen));
	assert_int_equal(pen_used(&pen) + PAIR_MORE, length);
	assert_int_equal(merge_write_pair(&pair, folded, pen_used(&pen), got), length);
	assert_memory_equal(got, expected, length);
}

static bool has_plain_key(const struct record *r, const struct flow_reading *reading)
{
	struct plain_tuple t;

	return plain_find_tuple(r->bytes, r->length, reading, &t);
}

/* What is merged without being opened is what comes of the records opened, and none else is. */
static void usual_says_the_same(const struct record *x, const struct record *y, const struct flow_reading *reading)
{
	const struct shape *s, *t;
	uint8_t expected[WRITTEN_MAX], got[MERGE_USUAL_MAX];
	struct pen pen = pen_on(expected, sizeof expected);
	struct pair known, pair;
	struct plain a, b;
	size_t length;

	if (!has_plain_key(x, reading) || !has_plain_key(y, reading))
		return;
	s = shape_of(x->bytes, x->length);
	t = shape_of(y->bytes, y->length);
	if (s == NULL || t == NULL || (length = merge_usual(&quick, x->bytes, s, y->bytes, t, &pair, got)) == 0)
		return;
	usual++;
	assert_true(plain_open(&a, x->bytes, x->length, reading) && plain_open(&b, y->bytes, y->length, reading));
	assert_true(merge_pair(&a, &b, &known) && merge_plain(&quick, &a, &b, &known, &pen));
	assert_memory_equal(&pair, &known, sizeof pair);
	assert_int_equal(length, pen_used(&pen));
	assert_memory_equal(got, expected, length);
}

/* From bytes; 0: not that way. */
static size_t merge_bytes(const struct record *x, const struct record *y, const struct flow_reading *reading, uint8_t *to)
{
	struct pen pen = pen_on(to, WRITTEN_MAX);
	struct plain a, b;

	usual_says_the_same(x, y, reading);
	if (!plain_open(&a, x->bytes, x->length, reading) || !plain_open(&b, y->bytes, y->length, reading) ||
	    !merge_plain(&quick, &a, &b, NULL, &pen))
		return 0;
	pair_says_the_same(&a, &b, to, pen_used(&pen));
	return pen_used(&pen);
}

static size_t merge_either_way(const struct record *x, const struct record *y, const struct flow_reading *reading,
			       uint8_t *to)
{
	const struct record *both[2] = { x, y };
	size_t length = merge_bytes(x, y, reading, to);

	return length > 0 ? length : merge_opened(both, 2, reading, to);
}

/* Whether the first two are merged from their bytes; if they are, what comes of it, and of the
 * third merged into that, is what comes of merging all of them opened. */
static bool merges_alike(const struct record *x, const struct record *y, const struct record *z,
			 const struct flow_reading *reading)
{
	const struct record *all[3] = { x, y, z };
	uint8_t expected[WRITTEN_MAX], got[WRITTEN_MAX];
	struct record merged;
	size_t length = merge_bytes(x, y, reading, got);

	if (length == 0)
		return false;
	assert_int_equal(merge_opened(all, 2, reading, expected), length);
	assert_memory_equal(got, expected, length);
	assert_true(length <= sizeof merged.bytes);
	memcpy(merged.bytes, got, length);
	merged.length = (uint32_t)length;
	length = merge_either_way(&merged, z, reading, got);
	assert_int_equal(merge_opened(all, 3, reading, expected), length);
	assert_memory_equal(got, expected, length);
	return true;
}

static bool has_packets(const struct recipe *r)
{
	bool is_read = r->width > 0 || r->group == 0 || r->has_appbytes; /* of one side in 8 bits, without: nobody writes it */

	return is_read && (r->group != 2 ? r->pkts[SRC] & (r->width == 0 ? 0xff : r->width == 1 ? 0xffff : UINT64_MAX) : 0) +
		(r->group != 1 ? r->pkts[DST] : 0) > 0;
}

/* Records of the flow that recipe `i` is of, at other times, with other counts. */
static struct recipe another_of(unsigned i, unsigned step)
{
	struct recipe first = recipe(i), r = recipe((i + step * 12289) % FAMILY);

	r.is_ipv6 = first.is_ipv6;
	r.proto = first.proto;
	r.has_network = first.has_network;
	r.status = first.status;
	r.parts = first.parts;
	if (r.salt % 2 == 0)
		r.parts ^= PART_AGR;
	r.start += (r.salt % 7) * 900000;
	return r;
}

static void make_three(unsigned i, struct recipe recipes[3], struct record records[3])
{
	for (unsigned n = 0; n < 3; n++) {
		recipes[n] = n == 0 ? recipe(i) : another_of(i, n);
		records[n].length = make_plain_record(&recipes[n], records[n].bytes);
	}
}

static void plain_records_are_merged_from_their_bytes_as_if_they_had_been_opened(void **state)
{
	struct recipe recipes[3];
	struct record r[3];
	unsigned accepted = 0;

	(void)state;
	for (unsigned i = 0; i < FAMILY; i++) {
		bool have_packets;

		make_three(i, recipes, r);
		have_packets = has_packets(&recipes[0]) && has_packets(&recipes[1]);
		for (int correct = false; correct <= true; correct++) {
			bool is_merged = merges_alike(&r[0], &r[1], &r[2], &readings[correct]);

			if (have_packets)
				assert_int_equal(is_merged, !correct || !may_be_turned(&recipes[0]));
			accepted += is_merged;
		}
	}
	assert_true(accepted > FAMILY);
	assert_true(pairs > FAMILY / 2 && pairs < accepted);
}

/* In the first, in the second, in both. */
static unsigned every_change(struct record r[3], unsigned which, const struct flow_reading *reading)
{
	struct record *x = &r[which & 1 ? 0 : 1], *y = &r[which & 2 ? 1 : 0];
	unsigned accepted = 0;

	for (unsigned at = 0; at < x->length && at < y->length; at++) {
		uint8_t was[2] = { x->bytes[at], y->bytes[at] };

		for (unsigned change = 0; change < CHANGES; change++) {
			x->bytes[at] = y->bytes[at] = changed(was[0], change);
			accepted += merges_alike(&r[0], &r[1], &r[2], reading);
		}
		x->bytes[at] = was[0];
		y->bytes[at] = was[1];
	}
	return accepted;
}

static void records_with_any_byte_changed_are_merged_alike_or_not_from_their_bytes(void **state)
{
	struct recipe recipes[3];
	struct record r[3];
	unsigned accepted = 0;

	(void)state;
	for (unsigned i = 0; i < FAMILY; i += 41) {
		make_three(i, recipes, r);
		for (unsigned which = 1; which <= 3; which++)
			accepted += every_change(r, which, &readings[i / 41 % 2]);
	}
	assert_true(accepted > 30000);
}

/* As probes write most: packets either way between two stamps. What else they have changes with
 * `i`; some are alike in all that counts. */
static void make_usual(unsigned i, struct record records[3])
{
	static const uint64_t pkts[4] = { 2, 37, 200, 1 };
	static const uint64_t lengths[4] = { 700000, 2500000, 0, UINT32_MAX };
	struct recipe r = { .salt = i / 16 * 2654435761u >> 4 };

	r.time = 1;
	r.proto = i & 1 ? PROTO_TCP : PROTO_UDP;
	r.has_network = r.proto == PROTO_TCP || i & 2;
	r.status = TCP_SAW_SYN | TCP_SAW_SYNACK;
	r.parts = (i & 4 ? PART_TRANSPORT | PART_IPATTR : 0) | (i & 8 ? PART_MAC | PART_ENCAPS : 0);
	for (unsigned n = 0; n < 3; n++) {
		r.width = (i / 16 + n) % 3;
		r.pkts[SRC] = pkts[(i / 48 + n) % 4];
		r.pkts[DST] = pkts[(i / 192 + n * 3) % 4];
		r.start = RECIPE_BEGIN + (n + i / 16) % 3 * 900000;
		r.length = lengths[(i / 48 + n) % 4];
		records[n].length = make_plain_record(&r, records[n].bytes);
	}
}

static struct record record_of(const struct recipe *r)
{
	struct record record;

	record.length = make_plain_record(r, record.bytes);
	return record;
}

/* Two of them with one thing about them that has to be seen. */
static void usual_but(const struct recipe *one, const struct recipe *other)
{
	const struct record x = record_of(one), y = record_of(other);

	usual = 0;
	merges_alike(&x, &y, &x, &readings[false]);
	assert_int_equal(usual, 0);
}

static void what_is_out_of_the_ordinary_about_records_of_probes_is_seen(void **state)
{
	const struct recipe first = { .time = 1, .proto = PROTO_UDP, .pkts = { 5, 7 }, .width = 2, .start = RECIPE_BEGIN, .length = 1 };
	struct recipe one = first, other = first;
	struct record x, y;

	(void)state;
	usual = 0;
	x = record_of(&one);
	assert_true(merges_alike(&x, &x, &x, &readings[false]));
	assert_int_equal(usual, 1);
	one.length = other.length = 0; /* one stamp in all */
	usual_but(&one, &other);
	one = other = first;
	one.start = 0; /* no stamp */
	usual_but(&one, &other);
	one = other = first;
	one.pkts[DST] = 0; /* its stamps are those of the other side */
	usual_but(&one, &other);
	one = other = first;
	other.parts = PART_MAC;
	usual_but(&one, &other);
	one = other = first;
	one.pkts[SRC] = other.pkts[SRC] = 1u << 31; /* the sum takes more than 32 bits */
	usual_but(&one, &other);
	one = other = first;
	other.proto = PROTO_TCP;
	one.has_network = other.has_network = true;
	x = record_of(&one); /* its network DSR says nothing */
	y = record_of(&other);
	memcpy(x.bytes + 4, y.bytes + 4, 20); /* the key */
	usual = 0;
	assert_false(merges_alike(&x, &y, &x, &readings[false]));
	assert_int_equal(usual, 0);
}

static void records_as_probes_write_them_are_merged_alike(void **state)
{
	struct record r[3];
	unsigned accepted = 0;

	(void)state;
	usual = 0;
	for (unsigned i = 0; i < 16 * 48; i++) {
		make_usual(i, r);
		assert_true(merges_alike(&r[0], &r[1], &r[2], &readings[i / 16 % 2]));
	}
	assert_in_range(usual, 100, 16 * 48);
	for (unsigned i = 0; i < 16 * 48; i += 37) {
		make_usual(i, r);
		for (unsigned which = 1; which <= 3; which++)
			accepted += every_change(r, which, &readings[i / 37 % 2]);
	}
	assert_in_range(usual, 1000, accepted);
}

/* Makes both that long that they swallow what follows, up to each of the others. */
static unsigned every_length(struct record r[3], const struct flow *f, enum dsr_slot slot)
{
	unsigned at = f->index[slot].words_at, accepted = 0;

	for (unsigned other = 0; other < DSR_COUNT; other++) {
		struct record x = r[0], y = r[1];

		if (!(f->indexed & DSR_BIT(other)) || f->index[other].words_at <= at)
			continue;
		x.bytes[at * 4 + 3] = y.bytes[at * 4 + 3] =
			(uint8_t)(f->index[other].words_at + f->index[other].words - at);
		accepted += merges_alike(&x, &y, &r[2], &readings[false]);
	}
	return accepted;
}

static void dsrs_that_are_longer_than_what_they_say_are_merged_alike(void **state)
{
	struct recipe recipes[3];
	struct record r[3];
	unsigned accepted = 0;
	struct flow f;

	(void)state;
	for (unsigned i = 0; i < FAMILY; i += 7) {
		make_three(i, recipes, r);
		recipes[1] = recipes[0];
		recipes[1].salt += 1 + 5 * 6 * 7 * 8 * i;
		r[1].length = make_plain_record(&recipes[1], r[1].bytes);
		flow_open(&f, r[0].bytes, r[0].length, NULL);
		for (unsigned slot = 0; slot < DSR_COUNT; slot++)
			if (f.indexed & DSR_BIT(slot))
				accepted += every_length(r, &f, (enum dsr_slot)slot);
	}
	assert_true(accepted > 1000);
}

/* ---- shapes ---- */

struct learner {
	struct record record;
	struct shape_mark mark;        /* of the record's shape, once it is learnt */
	struct shape_mark others_mark; /* asked for then */
	bool knows_own, knows_others;
};

static void *learn(void *context)
{
	struct learner *l = context;
	struct flow f;

	flow_open(&f, l->record.bytes, l->record.length, NULL);
	l->mark = shape_mark(shape_of(l->record.bytes, l->record.length));
	l->knows_own = shape_marked(l->mark, l->record.length) != NULL && shape_marked(l->mark, l->record.length + 4) == NULL;
	l->knows_others = shape_marked(l->others_mark, l->record.length) != NULL;
	return NULL;
}

static void learn_in_a_thread(struct learner *l)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, learn, l), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(l->knows_own);
}

/* Both learn their first shape, which stands in the same place, for it is as long. */
static void what_one_thread_has_marked_another_does_not_know(void **state)
{
	struct recipe r = recipe(0);
	struct learner one = { 0 }, other = { 0 };

	(void)state;
	one.record.length = make_plain_record(&r, one.record.bytes);
	other.record = one.record;
	other.record.bytes[RECORD_HEADER_SIZE + 2] ^= 1; /* another head */
	learn_in_a_thread(&one);
	other.others_mark = one.mark;
	learn_in_a_thread(&other);
	assert_int_equal(one.mark.number, other.mark.number);
	assert_false(other.knows_others);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MERGE_TEST(a_plain_record_is_read_as_if_it_had_been_opened),
		MERGE_TEST(a_record_with_any_byte_changed_is_read_alike_or_is_not_plain),
		MERGE_TEST(plain_records_are_merged_from_their_bytes_as_if_they_had_been_opened),
		MERGE_TEST(dsrs_that_are_longer_than_what_they_say_are_merged_alike),
		MERGE_TEST(what_is_out_of_the_ordinary_about_records_of_probes_is_seen),
		MERGE_TEST(records_as_probes_write_them_are_merged_alike),
		MERGE_TEST(records_with_any_byte_changed_are_merged_alike_or_not_from_their_bytes),
		MERGE_TEST(what_one_thread_has_marked_another_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
