/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values are taken once, as words that compare like numbers, so that sorting never
 * looks at a flow. Numbers that are missing count as 0 and texts as empty, but a flow without
 * an address or a time to live compares equal to every other: such input has no order of its
 * own, and the result is the one of a top-down merge sort, as in the reference. */
#include "argus/query/sort.h"

#include "argus/base/buf.h"
#include "argus/base/pen.h"
#include "argus/base/slab.h"
#include "argus/query/fields.h"
#include "common/query/fields_rows.h"
#include "common/query/sort_values.h"

#define TEXTS_TIDY ((size_t)4 << 20)
#define PRINTED_WIDTH 256 /* of a column that is sorted by what it shows */
#define COLUMNS_MAX 64 /* bits of a row's `missing` */

enum word_form { FORM_NUMBER, FORM_ADDRESS, FORM_TEXT, FORM_WRAPPING };

struct sort_column {
	const struct field *field;
	uint8_t prefix; /* of IPv4 addresses, but not in ARP, as in keys; 0: all bits */
	bool descending;
	bool is_ranked; /* sorted by sort_number's value */
	uint8_t form;  /* enum word_form */
	uint8_t at;    /* its first word in a row */
};

/* A flow's values. FORM_ADDRESS has three words: kind and family, and the address;
 * FORM_TEXT has one: where it stands in `texts`, and its length. */
struct row {
	uint64_t number;
	uint64_t missing; /* bit of each column without a value */
	uint64_t word[];
};

struct place {
	uint64_t word; /* of the first column, so that it can be ordered without the row */
	uint32_t row;  /* in a lean sorter, which has no rows, the flow's number */
};

struct sorter {
	struct sort_column column[COLUMNS_MAX];
	size_t columns, words;
	bool is_reversed;
	uint8_t *rows;
	size_t count, room;
	uint64_t missing; /* what any row lacks */
	struct buf texts;
	struct place *order, *spare;
	size_t order_room, spare_room;
	bool is_lean; /* one word and a small number tell everything about each flow so far */
};

struct sorter *sorter_new(void) { return xcalloc(1, sizeof(struct sorter)); }

void sorter_clear(struct sorter *s)
{
	s->count = 0;
	s->missing = 0;
	buf_clear(&s->texts);
}

void sorter_give_back(struct sorter *s)
{
	sorter_clear(s);
	free(s->order);
	region_free(s->spare, s->spare_room * sizeof *s->spare);
	free(s->rows);
	buf_fini(&s->texts);
	s->order = s->spare = NULL;
	s->rows = NULL;
	s->order_room = s->spare_room = s->room = 0;
}

void sorter_free(struct sorter *s)
{
	if (s == NULL)
		return;
	sorter_give_back(s);
	free(s);
}

size_t sorter_columns(const struct sorter *s) { return s->columns; }
bool sorter_is_by_start(const struct sorter *s)
{
	return s->columns == 1 && strcmp(s->column[0].field->name, "stime") == 0;
}

static bool is_in_tuple(const struct sort_column *column) { return column->field->get == get_address && column->prefix == 0; }

bool sorter_is_by_tuple(const struct sorter *s)
{
	for (size_t i = 0; i < s->columns; i++)
		if (!is_in_tuple(&s->column[i]))
			return false;
	return s->columns > 0;
}

size_t sorter_count(const struct sorter *s) { return s->count; }
void sorter_reverse(struct sorter *s) { s->is_reversed = true; }

static size_t row_size(const struct sorter *s) { return sizeof(struct row) + s->words * sizeof(uint64_t); }

size_t sorter_size(const struct sorter *s)
{
	return s->room * row_size(s) + s->texts.room + (s->order_room + u64_max(s->spare_room, s->count)) * sizeof(struct place);
}

static struct row *row_at(const struct sorter *s, size_t i)
{
	return (struct row *)(void *)(s->rows + i * row_size(s));
}

/* Columns of letters, pictures and captured data are sorted by what they show. */
static bool is_only_printed(const struct field *field)
{
	return field->get == NULL && field->compare == NULL;
}

/* The column whose name the word is, or begins with if it has a value. */
static const struct field *find_column(const char *word, size_t length)
{
	for (size_t n = length; n > 0; n--) {
		const struct field *field = field_by_name(word, n);

		if (field != NULL && (!is_only_printed(field) || n == length))
			return field;
	}
	return NULL;
}

static enum word_form form_of(const struct field *field)
{
	if (field->compare == compare_address)
		return FORM_ADDRESS;
	if (field->compare == compare_sequence)
		return FORM_WRAPPING;
	if (field->compare == compare_vendor || is_only_printed(field) ||
	    (field->compare == NULL && field->kind == VALUE_TEXT))
		return FORM_TEXT;
	return field->compare == NULL && field->kind == VALUE_ADDR ? FORM_ADDRESS : FORM_NUMBER;
}

int sorter_add_column(struct sorter *s, const char *word, struct err *err)
{
	const char *name = *word == '+' || *word == '-' ? word + 1 : word, *slash = strchr(name, '/');
	size_t length = slash != NULL ? (size_t)(slash - name) : strlen(name);
	const struct field *field = find_column(name, length);
	struct sort_column *column = &s->column[s->columns];
	unsigned long prefix = slash != NULL ? strtoul(slash + 1, NULL, 10) : 0;
	const char *near;

	if (field == NULL) {
		near = field_nearest(name);
		return near != NULL ? err_set(err, ERR_USER, "sort syntax error. '%s' not supported; did you mean '%s'?",
					      word, near)
				    : err_set(err, ERR_USER, "sort syntax error. '%s' not supported", word);
	}
	if (s->columns == COLUMNS_MAX)
		return err_set(err, ERR_USER, "more than %d columns to sort by", COLUMNS_MAX);
	*column = (struct sort_column){ .field = field,
					.prefix = (uint8_t)(prefix <= 32 ? prefix : 0),
					.descending = field->flags & FIELD_DESCENDING,
					.is_ranked = sort_is_rate(field),
					.form = (uint8_t)form_of(field),
					.at = (uint8_t)s->words };
	if (name != word)
		column->descending = *word == '-';
	s->words += column->form == FORM_ADDRESS ? 3 : 1;
	s->columns++;
	return 0;
}

/* A double as a word of the same order. */
static uint64_t word_of_double(double d)
{
	uint64_t bits;

	if (!(d == d) || d == 0)
		d = 0; /* no NaN, no minus zero */
	memcpy(&bits, &d, sizeof bits);
	return bits >> 63 ? ~bits : bits | 1ull << 63;
}

static bool number_word(const struct sort_column *column, struct flow *f, uint64_t *word)
{
	const struct field *field = column->field;
	struct value v;

	if (field->compare != NULL || column->is_ranked)
		return sort_number(field, f, word);
	if (!field_value(field, f, &v)) {
		*word = field->kind == VALUE_FLOAT || field->kind == VALUE_DOUBLE ? word_of_double(0) : 0;
		return field_sorts_as_zero(field);
	}
	*word = v.kind == VALUE_FLOAT || v.kind == VALUE_DOUBLE ? word_of_double(v.d) : v.u;
	return true;
}

/* As address_words(), from a tuple. */
static inline void tuple_words(const struct sort_column *column, const struct plain_tuple *t, uint64_t word[3])
{
	const uint8_t *addr = t->addr[column->field->side];
	bool is_ipv4 = t->layout == LAYOUT_IPV4;

	word[0] = (uint64_t)KEY_TUPLE << 8 | t->layout;
	word[1] = is_ipv4 ? (uint64_t)get_be32(addr) << 32 : get_be64(addr);
	word[2] = is_ipv4 ? 0 : get_be64(addr + 8);
}

/* The same of a flow, from its bytes. */
static bool plain_words(const struct sort_column *column, struct flow *f, uint64_t word[3])
{
	struct plain_tuple t;

	if (!is_in_tuple(column) || !flow_plain_tuple(f, &t))
		return false;
	tuple_words(column, &t, word);
	return true;
}

static bool address_words(const struct sort_column *column, struct flow *f, uint64_t word[3])
{
	const struct flow_key *key = flow_key(f);
	bool by_flow = column->field->compare == compare_address;
	uint8_t bytes[16] = { 0 };
	struct value v;

	word[0] = by_flow ? (uint64_t)key->kind << 8 | key->layout : 0;
	word[1] = word[2] = 0;
	if (!field_value(column->field, f, &v))
		return by_flow; /* alike among their own kind */
	if (v.kind != VALUE_ADDR) { /* the number of a link state packet of IS-IS stands in the place of an address */
		word[1] = v.u;
		return true;
	}
	memcpy(bytes, v.addr, v.addr_length < sizeof bytes ? v.addr_length : sizeof bytes);
	if (!by_flow)
		word[0] = v.addr_length;
	if (column->prefix > 0 && column->prefix < 32 && v.addr_length == 4 && !(by_flow && key->layout == LAYOUT_ARP))
		put_be32(bytes, get_be32(bytes) & ~(0xffffffffu >> column->prefix));
	word[1] = get_be64(bytes);
	word[2] = get_be64(bytes + 8);
	return true;
}

/* What the column shows; NULL when it shows nothing. */
static const char *printed(const struct field *field, struct flow *f, char *room, size_t size, size_t *length)
{
	struct style style;

	style_init(&style);
	*length = field_print(field, f, &style, PRINTED_WIDTH, room, size);
	return *length > 0 ? room : NULL;
}

static void text_word(struct sorter *s, const struct field *field, struct flow *f, uint64_t *word)
{
	char room[4 * PRINTED_WIDTH];
	const char *text;
	size_t length;
	struct value v;

	if (field->compare == compare_vendor) {
		text = sort_vendor(field, f);
		length = text != NULL ? strlen(text) : 0;
	} else if (is_only_printed(field)) {
		text = printed(field, f, room, sizeof room, &length);
	} else {
		text = field_value(field, f, &v) && v.kind == VALUE_TEXT ? v.text : NULL;
		length = text != NULL ? v.length : 0;
	}
	*word = (uint64_t)s->texts.length << 16 | (length & 0xffff);
	if (text != NULL)
		buf_add(&s->texts, text, length & 0xffff);
}

static bool take_value(struct sorter *s, const struct sort_column *column, struct flow *f, uint64_t *word)
{
	switch ((enum word_form)column->form) {
	case FORM_ADDRESS: return plain_words(column, f, word) || address_words(column, f, word);
	case FORM_TEXT: text_word(s, column->field, f, word); return true;
	case FORM_NUMBER:
	case FORM_WRAPPING: break;
	}
	return number_word(column, f, word);
}

static void make_room(struct sorter *s, size_t count)
{
	if (count <= s->room)
		return;
	s->room = s->room != 0 ? s->room + s->room / 2 : 256;
	if (s->room < count)
		s->room = count;
	s->rows = xrealloc(s->rows, s->room * row_size(s));
}

static void take_row(struct sorter *s, struct row *row, struct flow *f, uint64_t number)
{
	row->number = number;
	row->missing = 0;
	for (size_t i = 0; i < s->columns; i++) {
		uint64_t *word = row->word + s->column[i].at;

		*word = 0;
		if (!take_value(s, &s->column[i], f, word))
			row->missing |= 1ull << i;
	}
	s->missing |= row->missing;
}

static void make_order_room(struct sorter *s, size_t count)
{
	if (count <= s->order_room)
		return;
	s->order_room = u64_max(count, s->order_room != 0 ? s->order_room + s->order_room / 2 : 256);
	s->order = xrealloc(s->order, s->order_room * sizeof *s->order);
}

static bool is_down(const struct sorter *s, const struct sort_column *column) { return column->descending != s->is_reversed; }

/* Sorting by one number, or by one address if most of them are short. Asked before the first flow. */
static bool may_be_lean(const struct sorter *s)
{
	return s->columns == 1 && (s->column[0].form == FORM_NUMBER || s->column[0].form == FORM_ADDRESS);
}

/* The words of the only column as one, of the order in which it sorts. False: it is too small for them. */
static INLINED bool pack_words(const struct sorter *s, const uint64_t word[3], uint64_t *packed)
{
	const struct sort_column *column = &s->column[0];
	bool down = is_down(s, column);

	if (column->form == FORM_NUMBER) {
		*packed = down ? ~word[0] : word[0];
		return true;
	}
	*packed = word[0] << 32 | (uint32_t)(down ? ~(word[1] >> 32) : word[1] >> 32);
	return (word[0] >> 32 | (uint32_t)word[1] | word[2]) == 0;
}

static void unpack_words(const struct sorter *s, uint64_t packed, uint64_t *word)
{
	const struct sort_column *column = &s->column[0];
	bool down = is_down(s, column);

	if (column->form == FORM_NUMBER) {
		word[0] = down ? ~packed : packed;
		return;
	}
	word[0] = packed >> 32;
	word[1] = (uint64_t)(uint32_t)(down ? ~packed : packed) << 32;
	word[2] = 0;
}

static INLINED bool add_lean(struct sorter *s, const uint64_t word[3], uint64_t number)
{
	struct place place = { .row = (uint32_t)number };

	if (unlikely(number > UINT32_MAX || !pack_words(s, word, &place.word)))
		return false;
	make_order_room(s, s->count + 1);
	s->order[s->count++] = place;
	return true;
}

/* The next flow needs more: all get rows. */
static COLD void end_lean(struct sorter *s)
{
	make_room(s, s->count);
	for (size_t i = 0; i < s->count; i++) {
		struct row *row = row_at(s, i);

		row->number = s->order[i].row;
		row->missing = 0;
		unpack_words(s, s->order[i].word, row->word);
	}
	s->is_lean = false;
}

/* Whether the flow, of which the words of the only column are known, is added to a lean sorter. */
static INLINED bool took_lean(struct sorter *s, const uint64_t word[3], uint64_t number)
{
	if (s->count == 0)
		s->is_lean = may_be_lean(s);
	if (!s->is_lean)
		return false;
	if (likely(add_lean(s, word, number)))
		return true;
	end_lean(s);
	return false;
}

void sorter_add(struct sorter *s, struct flow *f, uint64_t number)
{
	uint64_t word[3] = { 0 };

	if (s->count == 0)
		s->is_lean = may_be_lean(s);
	if (s->is_lean) {
		if (take_value(s, &s->column[0], f, word) && add_lean(s, word, number))
			return;
		end_lean(s);
	}
	make_room(s, s->count + 1);
	take_row(s, row_at(s, s->count++), f, number);
}

/* A row to which nothing is missing. */
static inline struct row *next_row(struct sorter *s, uint64_t number)
{
	struct row *row;

	make_room(s, s->count + 1);
	row = row_at(s, s->count++);
	row->number = number;
	row->missing = 0;
	return row;
}

/* Returns how many are added before one that needs more. */
static size_t add_lean_starts(struct sorter *s, const struct flow_start *starts, size_t count)
{
	uint64_t turned = is_down(s, &s->column[0]) ? UINT64_MAX : 0;
	struct place *to;
	size_t i;

	make_order_room(s, s->count + count);
	to = s->order + s->count;
	for (i = 0; i < count && starts[i].number <= UINT32_MAX; i++)
		to[i] = (struct place){ .word = starts[i].start ^ turned, .row = (uint32_t)starts[i].number };
	s->count += i;
	return i;
}

void sorter_add_starts(struct sorter *s, const struct flow_start *starts, size_t count)
{
	size_t i = 0;

	if (s->count == 0)
		s->is_lean = may_be_lean(s);
	if (s->is_lean)
		i = add_lean_starts(s, starts, count);
	if (s->is_lean && i < count)
		end_lean(s);
	for (; i < count; i++)
		next_row(s, starts[i].number)->word[0] = starts[i].start;
}

void sorter_add_tuple(struct sorter *s, const struct plain_tuple *t, uint64_t number)
{
	struct row *row;
	uint64_t word[3];

	tuple_words(&s->column[0], t, word);
	if (took_lean(s, word, number))
		return;
	row = next_row(s, number);
	for (size_t i = 0; i < s->columns; i++)
		tuple_words(&s->column[i], t, row->word + s->column[i].at);
}

/* The texts of rows that were replaced are left behind until there are too many. */
static void tidy_texts(struct sorter *s)
{
	struct buf old = s->texts;

	if (old.length < TEXTS_TIDY)
		return;
	s->texts = (struct buf)BUF_INIT;
	for (size_t i = 0; i < s->count; i++)
		for (size_t c = 0; c < s->columns; c++) {
			uint64_t *word = row_at(s, i)->word + s->column[c].at;

			if (s->column[c].form != FORM_TEXT || row_at(s, i)->missing & 1ull << c)
				continue;
			buf_add(&s->texts, old.data + (*word >> 16), *word & 0xffff);
			*word = (uint64_t)(s->texts.length - (*word & 0xffff)) << 16 | (*word & 0xffff);
		}
	buf_fini(&old);
}

void sorter_set(struct sorter *s, size_t row, struct flow *f)
{
	s->is_lean = false;
	make_room(s, row + 1);
	while (s->count <= row) {
		memset(row_at(s, s->count), 0, row_size(s));
		row_at(s, s->count++)->missing = UINT64_MAX;
	}
	take_row(s, row_at(s, row), f, row);
	tidy_texts(s);
}

static int compare_words(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

static int compare_texts(const struct sorter *s, uint64_t a, uint64_t b)
{
	size_t n = a & 0xffff, m = b & 0xffff, least = n < m ? n : m;
	int order = least > 0 ? memcmp(s->texts.data + (a >> 16), s->texts.data + (b >> 16), least) : 0;

	return order != 0 ? order : compare_words(n, m);
}

/* -v does not turn round the order of families. */
static int compare_column(const struct sorter *s, const struct sort_column *column, const uint64_t *a,
			  const uint64_t *b)
{
	int order = 0;

	switch ((enum word_form)column->form) {
	case FORM_NUMBER:
		order = compare_words(a[0], b[0]);
		break;
	case FORM_WRAPPING:
		order = (int32_t)(uint32_t)(a[0] - b[0]);
		break;
	case FORM_TEXT:
		order = compare_texts(s, a[0], b[0]);
		break;
	case FORM_ADDRESS:
		if (a[0] != b[0])
			return compare_words(a[0], b[0]);
		order = a[1] != b[1] ? compare_words(a[1], b[1]) : compare_words(a[2], b[2]);
		break;
	}
	return is_down(s, column) ? -order : order;
}

static int compare_rows(const struct sorter *s, const struct row *a, const struct row *b, size_t first)
{
	uint64_t missing = a->missing | b->missing;

	for (size_t i = first; i < s->columns; i++) {
		const struct sort_column *column = &s->column[i];
		int order;

		if (missing & 1ull << i)
			continue;
		order = compare_column(s, column, a->word + column->at, b->word + column->at);
		if (order != 0)
			return order;
	}
	return 0;
}

int sorter_compare(const struct sorter *s, size_t a, size_t b)
{
	return compare_rows(s, row_at(s, a), row_at(s, b), 0);
}

static bool stands_first(const struct sorter *s, const struct place *x, const struct place *y, size_t first)
{
	return compare_rows(s, row_at(s, x->row), row_at(s, y->row), first) <= 0;
}

/* Top-down: the first half's element stands when it is not greater. */
static void merge_sort(const struct sorter *s, struct place *list, size_t count, size_t first)
{
	size_t half = count / 2, i = 0, j = half, n = 0;
	struct place *out = s->spare;

	if (count < 2)
		return;
	merge_sort(s, list, half, first);
	merge_sort(s, list + half, count - half, first);
	if (s->missing == 0 && stands_first(s, &list[half - 1], &list[half], first))
		return;
	while (i < half && j < count)
		out[n++] = stands_first(s, &list[i], &list[j], first) ? list[i++] : list[j++];
	while (i < half)
		out[n++] = list[i++];
	memcpy(list, out, n * sizeof *list); /* the rest of the second half stands where it is */
}

/* Few rows are ordered by 8 bits at a time, many by 11, for which it takes longer to
 * begin: the microseconds of a second are 20. */
#define DIGIT_MAX 11u
#define MANY_ROWS 4096u

/* If the least word is that of most rows, as where pieces begin with their bin, these go to the front and
 * the others to `spare`. Returns how many are in front, or 0, and nothing was done. */
static size_t part_least(struct sorter *s)
{
	size_t equal = 0, others = 0;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < s->count; i++) {
		equal = s->order[i].word < least ? 0 : equal;
		least = u64_min(least, s->order[i].word);
		equal += s->order[i].word == least;
	}
	if (equal <= s->count / 2)
		return 0;
	equal = 0;
	for (size_t i = 0; i < s->count; i++) {
		struct place here = s->order[i];

		s->order[equal] = s->spare[others] = here;
		equal += here.word == least;
		others += here.word != least;
	}
	return equal;
}

/* One pass by the digit that the shift and the mask tell. */
static void sort_digit(const struct place *from, struct place *to, size_t count, unsigned shift, unsigned mask)
{
	uint32_t start[1u << DIGIT_MAX], sum = 0;

	memset(start, 0, (mask + 1) * sizeof *start);
	for (size_t i = 0; i < count; i++)
		start[from[i].word >> shift & mask]++;
	for (unsigned b = 0; b <= mask; b++) {
		uint32_t here = start[b];

		start[b] = sum;
		sum += here;
	}
	for (size_t i = 0; i < count; i++)
		to[start[from[i].word >> shift & mask]++] = from[i];
}

/* Stable, by the digits of the first column's word that differ at all. */
static void radix_sort(struct sorter *s)
{
	size_t sorted = part_least(s), count = s->count - sorted;
	struct place *from = sorted > 0 ? s->spare : s->order, *to = sorted > 0 ? s->order + sorted : s->spare;
	unsigned digit = count < MANY_ROWS ? 8 : DIGIT_MAX, mask = (1u << digit) - 1;
	uint64_t varying = 0;

	for (size_t i = 1; i < count; i++)
		varying |= from[i].word ^ from[0].word;
	for (unsigned shift = 0; shift < 64; shift += digit) {
		struct place *swap = from;

		if ((varying >> shift & mask) == 0)
			continue;
		sort_digit(from, to, count, shift, mask);
		from = to;
		to = swap;
	}
	if (from != s->order + sorted) /* they do not change places: one grows, the other is a region */
		memcpy(s->order + sorted, from, count * sizeof *from);
}

/* Orders by one word of the rows, keeping the order of what is equal. */
static void sort_by_word(struct sorter *s, unsigned at, bool down)
{
	for (size_t i = 0; i < s->count; i++) {
		uint64_t word = row_at(s, s->order[i].row)->word[at];

		s->order[i].word = down ? ~word : word;
	}
	radix_sort(s);
}

/* The words of the first column in which rows differ at all, a bit each. */
static unsigned varying_words(const struct sorter *s, unsigned words)
{
	const uint64_t *first = row_at(s, 0)->word;
	unsigned varying = 0;

	for (size_t i = 1; i < s->count; i++)
		for (unsigned w = 0; w < words; w++)
			varying |= (unsigned)(row_at(s, i)->word[w] != first[w]) << w;
	return varying;
}

/* Orders by the words of the first column, the last word first, then each run of equals
 * by the other columns. */
static void sort_by_words(struct sorter *s)
{
	const struct sort_column *column = &s->column[0];
	bool is_address = column->form == FORM_ADDRESS, down = is_down(s, column);
	unsigned words = is_address ? 3 : 1, varying = varying_words(s, words);

	for (unsigned w = words; w-- > 0;)
		if (varying & 1u << w)
			sort_by_word(s, w, down && !(is_address && w == 0));
	if (s->columns == 1)
		return;
	for (size_t from = 0, to; from < s->count; from = to) {
		const uint64_t *word = row_at(s, s->order[from].row)->word;

		for (to = from + 1; to < s->count && memcmp(row_at(s, s->order[to].row)->word, word, words * sizeof *word) == 0; to++)
			continue;
		merge_sort(s, s->order + from, to - from, 1);
	}
}

void sorter_sort(struct sorter *s)
{
	make_order_room(s, s->count);
	if (s->spare_room < s->order_room) {
		region_free(s->spare, s->spare_room * sizeof *s->spare);
		s->spare = region_new(s->order_room * sizeof *s->spare);
		s->spare_room = s->order_room;
	}
	if (s->is_lean) {
		radix_sort(s);
		return;
	}
	for (size_t i = 0; i < s->count; i++)
		s->order[i].row = (uint32_t)i;
	if (s->columns == 0)
		return;
	if (s->missing == 0 && s->count > 0 && (s->column[0].form == FORM_NUMBER || s->column[0].form == FORM_ADDRESS))
		sort_by_words(s);
	else
		merge_sort(s, s->order, s->count, 0);
}

bool sorter_has_equals(const struct sorter *s)
{
	for (size_t i = 1; i < s->count; i++) {
		const struct place *a = &s->order[i - 1], *b = &s->order[i];

		if (s->is_lean ? a->word == b->word : compare_rows(s, row_at(s, a->row), row_at(s, b->row), 0) == 0)
			return true;
	}
	return false;
}

uint64_t sorter_at(const struct sorter *s, size_t place)
{
	return s->is_lean ? s->order[place].row : row_at(s, s->order[place].row)->number;
}

void sorter_fetch(const struct sorter *s, size_t place)
{
	if (!s->is_lean)
		__builtin_prefetch(row_at(s, s->order[place].row));
}

#define ROWS_AHEAD 8u

/* They take the place of what was left over when the order was found. */
const uint64_t *sorter_numbers(struct sorter *s)
{
	uint64_t *numbers = (void *)s->spare;

	for (size_t i = 0; i < s->count; i++) {
		if (i + ROWS_AHEAD < s->count)
			sorter_fetch(s, i + ROWS_AHEAD);
		numbers[i] = sorter_at(s, i);
	}
	return numbers;
}
