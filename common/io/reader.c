/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/reader.h"

#include "argus/base/buf.h"
#include "argus/record/record.h"
#include "argus/record/shape.h"

/* A chunk stays in the second-level cache between the kernel's copy and our look
 * at it. The buffer also holds what must be at hand to judge a record: the
 * longest one and the longest one behind it. */
#define CHUNK ((size_t)128 << 10)
#define LOOKAHEAD (2 * (size_t)RECORD_MAX_SIZE + 2 * RECORD_HEADER_SIZE)
#define ROOM (LOOKAHEAD + CHUNK)

/* What the first byte of a record or a DSR can be. */
enum { PLAIN = 0, RECORD_LIKE = 1, IMMEDIATE = 2 };
static const uint8_t kind_of[256] = {
	[0x13] = RECORD_LIKE, [0x33] = RECORD_LIKE, [0x43] = RECORD_LIKE, [0x83] = RECORD_LIKE, [0xb3] = RECORD_LIKE,
	[0x15] = RECORD_LIKE, [0x35] = RECORD_LIKE, [0x45] = RECORD_LIKE, [0x55] = RECORD_LIKE, [0x85] = RECORD_LIKE,
	[0x80 ... 0x82] = IMMEDIATE, [0x84] = IMMEDIATE, [0x86 ... 0xb2] = IMMEDIATE, [0xb4 ... 0xff] = IMMEDIATE,
};

void reader_init(struct reader *r, reader_fill *fill, void *context, bool is_live)
{
	*r = (struct reader){ .buffer = xmalloc(ROOM), .fill = fill, .context = context };
	reader_restart(r, 0, is_live);
}

void reader_fini(struct reader *r)
{
	free(r->buffer);
	*r = (struct reader){ 0 };
}

void reader_restart(struct reader *r, uint64_t offset, bool is_live)
{
	r->at = r->end = r->buffer;
	r->base = offset;
	r->is_live = is_live;
	r->is_ended = r->is_skipping = false;
	r->version = 3;
	r->count = (struct source_count){ 0 };
}

void reader_add_count(struct source_count *to, const struct source_count *from)
{
	to->records += from->records;
	to->bytes += from->bytes;
	to->skipped += from->skipped;
	to->damaged += from->damaged;
	to->damaged_bytes += from->damaged_bytes;
	to->truncated += from->truncated;
	to->untemplated += from->untemplated;
	to->unread += from->unread;
	to->dropped += from->dropped;
}

static size_t left_of(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

static uint32_t length_at(const uint8_t *at)
{
	return (uint32_t)get_be16(at + 2) * 4;
}

/* Moves what is left to the start of the buffer and reads behind it. */
static enum reader_result fill(struct reader *r, size_t want, struct err *err)
{
	size_t left = left_of(r), room;
	ssize_t got;

	memmove(r->buffer, r->at, left);
	r->base += (uint64_t)(r->at - r->buffer);
	r->at = r->buffer;
	r->end = r->buffer + left;
	room = (want > CHUNK ? want : CHUNK) - left;
	got = r->fill(r->context, r->buffer + left, room, err);
	if (got == READER_NOTHING_YET)
		return READER_WAIT;
	if (got < 0)
		return READER_ERROR;
	r->is_ended = got == 0;
	r->end += got;
	r->count.bytes += (uint64_t)got;
	return READER_RECORD;
}

/* Tries to have `want` bytes at hand. READER_RECORD: there are, or the stream has
 * ended before. */
static enum reader_result ensure(struct reader *r, size_t want, struct err *err)
{
	while (left_of(r) < want && !r->is_ended) {
		enum reader_result result = fill(r, want, err);

		if (result != READER_RECORD)
			return result;
	}
	return READER_RECORD;
}

/* Whether DSRs fill the record exactly. A DSR that looks like the header of a
 * record is not judged here: the answer is then no. */
static inline bool is_filled(const uint8_t *at, uint32_t length)
{
	uint32_t here = RECORD_HEADER_SIZE;

	while (here < length) {
		const uint8_t *dsr = at + here;
		uint32_t words = dsr[3];

		if (unlikely(dsr[1] & 0x80))
			words |= (uint32_t)dsr[2] << 8;
		if (unlikely(kind_of[dsr[0]] != PLAIN || words == 0))
			return false;
		here += words * 4;
	}
	return here == length && length > RECORD_HEADER_SIZE;
}

/* Whether a record may begin here, by its header alone. */
static inline bool may_begin(const uint8_t *at)
{
	uint8_t first = at[0];

	return (kind_of[first] == RECORD_LIKE) && get_be16(at + 2) != 0;
}

/* The common case: a sound record with the header of another behind it. What has a shape
 * that is known is filled exactly by DSRs. */
static INLINED bool is_fine(const uint8_t *at, size_t left, const struct shape **shape)
{
	uint32_t length;

	*shape = NULL;
	if (unlikely(left < RECORD_HEADER_SIZE))
		return false;
	length = length_at(at);
	if (unlikely(left < (size_t)length + RECORD_HEADER_SIZE || kind_of[at[0]] != RECORD_LIKE || length == 0 ||
		     !may_begin(at + length)))
		return false;
	if (unlikely(at[0] & RECORD_MAR))
		return length == MAR_SIZE;
	*shape = shape_of(at, length);
	return likely(*shape != NULL) || is_filled(at, length);
}

static bool has_plausible_dsr(const uint8_t *at, uint32_t length)
{
	uint32_t words;

	if (length < 2 * RECORD_HEADER_SIZE || at[4] == 0 || at[4] > TYPE_LOCALITY)
		return false;
	words = at[5] & 0x80 ? get_be16(at + 6) : at[7];
	return words != 0 && RECORD_HEADER_SIZE + words * 4 <= length;
}

static bool has_plausible_header(const uint8_t *at)
{
	return may_begin(at) && at[1] >= CAUSE_START && at[1] <= (CAUSE_SUPPLEMENTAL | 0x0f);
}

/* Whether a record begins here beyond reasonable doubt: its header, its extent
 * within the bytes up to `end`, and either its whole content or its first DSR and
 * the header behind it. */
static bool surely_begins(const uint8_t *at, const uint8_t *end)
{
	size_t left = (size_t)(end - at);
	uint32_t length;

	if (left < RECORD_HEADER_SIZE || !has_plausible_header(at))
		return false;
	length = length_at(at);
	if (length > left)
		return false;
	if (at[0] & RECORD_MAR)
		return length == MAR_SIZE;
	if (is_filled(at, length))
		return true;
	if (!has_plausible_dsr(at, length))
		return false;
	return left == length || (left >= length + RECORD_HEADER_SIZE && may_begin(at + length));
}

/* Whether it takes more bytes to say so. */
static bool is_undecided(const uint8_t *at, const uint8_t *end)
{
	size_t left = (size_t)(end - at);

	return left < RECORD_HEADER_SIZE || (has_plausible_header(at) && length_at(at) > left);
}

/* The first sure record from `at` up to, not including, `stop`; NULL: none. */
static const uint8_t *find_record(const uint8_t *at, const uint8_t *stop, const uint8_t *end)
{
	for (; at < stop; at++)
		if (kind_of[*at] == RECORD_LIKE && surely_begins(at, end))
			return at;
	return NULL;
}

/* The first place where a record begins, or may turn out to begin. */
static const uint8_t *find_candidate(const uint8_t *at, const uint8_t *end)
{
	while (at < end && !surely_begins(at, end) && !is_undecided(at, end))
		at++;
	return at;
}

/* As is_filled, but judges DSRs of unusual types: an immediate one is a word
 * long, and one that looks like a record's header may be just that, reached
 * because the length of this record is wrong. */
static bool is_filled_closely(const uint8_t *at, uint32_t length, const uint8_t *end)
{
	uint32_t here = RECORD_HEADER_SIZE;

	while (here < length) {
		const uint8_t *dsr = at + here;
		uint32_t words = dsr[1] & 0x80 ? get_be16(dsr + 2) : dsr[3];

		if (kind_of[dsr[0]] == RECORD_LIKE && surely_begins(dsr, end))
			return false;
		if (dsr[0] & 0x80)
			words = 1;
		if (words == 0)
			return false;
		here += words * 4;
	}
	return here == length;
}

static inline enum reader_result deliver(struct reader *r, struct record *record, uint32_t length,
					 const struct shape *shape)
{
	record->bytes = r->at;
	record->length = length;
	record->offset = reader_offset(r);
	record->shape = shape;
	record->is_initial = false;
	if (unlikely(r->at[0] & RECORD_MAR)) {
		int version = record_magic(r->at, length);

		if (version != 0)
			r->version = (uint8_t)version;
	}
	record->version = r->version;
	r->at += length;
	r->count.records++;
	return READER_RECORD;
}

static enum reader_result move_past_damage(struct reader *r, const uint8_t *to)
{
	r->count.damaged_bytes += (uint64_t)(to - r->at);
	r->at = to;
	return READER_RECORD;
}

/* Goes from a damaged place to the next sure record, or to the end. What it passes
 * is one damage, also when it has to wait for bytes in between. */
static enum reader_result skip_damage(struct reader *r, struct err *err)
{
	while (left_of(r) > 0 || !r->is_ended) {
		const uint8_t *found = r->is_ended ? find_record(r->at, r->end, r->end) : find_candidate(r->at, r->end);
		enum reader_result result;

		move_past_damage(r, found != NULL ? found : r->end);
		if (found != NULL && surely_begins(found, r->end))
			break;
		result = r->is_ended ? READER_RECORD : fill(r, left_of(r) + CHUNK, err);
		if (result != READER_RECORD)
			return result;
	}
	r->is_skipping = false;
	return READER_RECORD;
}

static enum reader_result begin_damage(struct reader *r, struct err *err)
{
	r->count.damaged++;
	r->is_skipping = true;
	move_past_damage(r, r->at + 1);
	return skip_damage(r, err);
}

/* The stream ends within the record at r->at, if its length is right. If it is
 * not, other records may follow before the end. */
static enum reader_result end_inside(struct reader *r, struct err *err)
{
	if (find_record(r->at + 1, r->end, r->end) != NULL)
		return begin_damage(r, err);
	r->count.truncated++;
	return READER_END;
}

static bool may_end_at(const struct reader *r, const uint8_t *next)
{
	return (size_t)(r->end - next) < RECORD_HEADER_SIZE || surely_begins(next, r->end) || (r->is_live && may_begin(next));
}

/* The record at r->at is whole, and what follows is at hand if anything does.
 * Whether it is one, on a close look. */
static bool is_credible(const struct reader *r, uint32_t length)
{
	const uint8_t *next = r->at + length, *inside;

	if (r->at[0] & RECORD_MAR ? length == MAR_SIZE : is_filled_closely(r->at, length, r->end)) {
		if (may_end_at(r, next) || may_begin(next))
			return true;
		/* Either what follows is damaged, or bytes of this one are missing and it
		 * reaches into the next, which then begins inside and ends behind it. */
		inside = find_record(r->at + 1, next, r->end);
		return inside == NULL || inside + length_at(inside) <= next;
	}
	/* Its content is odd. It stands if no other record begins inside it and one begins behind it. */
	return find_record(r->at + 1, next, r->end) == NULL && may_end_at(r, next);
}

/* What clients handle: reserved types, empty records and management records of
 * other sizes are passed over, except for the refusal of a probe. */
static bool is_wanted(const uint8_t *at, enum frame frame, uint32_t length)
{
	if (frame == FRAME_SKIP)
		return false;
	return !(at[0] & RECORD_MAR) || length == MAR_SIZE || (at[1] & 0xf0) == CAUSE_ERROR;
}

/* Looks closely at r->at. READER_RECORD: *length is set, to 0 if bytes were passed
 * over and the caller must look again. */
static enum reader_result look(struct reader *r, uint32_t *length, struct err *err)
{
	uint32_t size;
	enum frame frame = record_frame(r->at, left_of(r), &size);

	*length = 0;
	if (frame == FRAME_MORE)
		return end_inside(r, err);
	if (frame == FRAME_PADDING || !is_credible(r, size))
		return begin_damage(r, err);
	if (is_wanted(r->at, frame, size)) {
		*length = size;
		return READER_RECORD;
	}
	r->count.skipped++;
	r->at += size;
	return READER_RECORD;
}

/* Has the record at r->at at hand, and what is behind it if that is to be had. */
static enum reader_result have_record(struct reader *r, struct err *err)
{
	enum reader_result result = ensure(r, RECORD_HEADER_SIZE, err);
	const struct shape *shape;
	uint32_t length;

	if (result != READER_RECORD || left_of(r) < RECORD_HEADER_SIZE)
		return result;
	length = length_at(r->at);
	result = ensure(r, r->is_live ? length : length + RECORD_HEADER_SIZE, err);
	if (result != READER_RECORD || r->is_live || is_fine(r->at, left_of(r), &shape))
		return result;
	return ensure(r, LOOKAHEAD, err);
}

static COLD enum reader_result next_slowly(struct reader *r, struct record *record, struct err *err)
{
	for (;;) {
		enum reader_result result = r->is_skipping ? skip_damage(r, err) : READER_RECORD;
		uint32_t length;

		if (result == READER_RECORD)
			result = have_record(r, err);
		if (result != READER_RECORD)
			return result;
		if (left_of(r) == 0)
			return READER_END;
		result = look(r, &length, err);
		if (result != READER_RECORD)
			return result;
		if (length != 0)
			return deliver(r, record, length, NULL);
	}
}

HOT enum reader_result reader_next(struct reader *r, struct record *record, struct err *err)
{
	const struct shape *shape;

	if (likely(is_fine(r->at, left_of(r), &shape)))
		return deliver(r, record, length_at(r->at), shape);
	return next_slowly(r, record, err);
}

HOT void reader_look(const struct reader *r, struct shaped_records *records, unsigned most)
{
	const uint8_t *at = r->at;
	const struct shape *shape;
	unsigned count = 0;

	for (; count < most && is_fine(at, (size_t)(r->end - at), &shape) && shape != NULL; at += shape->length) {
		records->bytes[count] = at;
		records->shape[count++] = shape;
	}
	records->bytes[count] = at;
	records->count = count;
}

/* An initial MAR whose cookie is damaged: everything else about it is right. */
static bool is_mar_without_cookie(const struct reader *r)
{
	const uint8_t *at = r->at;

	if (left_of(r) <= MAR_SIZE || (at[0] != 0x83 && at[0] != 0x85) || length_at(at) != MAR_SIZE)
		return false;
	return at[1] == CAUSE_START && get_be32(at + 124) == UINT32_MAX && surely_begins(at + MAR_SIZE, r->end);
}

enum reader_result reader_start(struct reader *r, struct record *record, struct err *err)
{
	enum reader_result result = ensure(r, MAR_SIZE, err);
	int version;

	if (result != READER_RECORD)
		return result;
	version = record_magic(r->at, left_of(r));
	if (version == 0 && !r->is_live)
		result = ensure(r, LOOKAHEAD, err);
	if (result != READER_RECORD)
		return result;
	if (version == 0 && is_mar_without_cookie(r)) {
		version = r->at[0] & 0x0f;
		r->count.damaged++;
		r->count.damaged_bytes += 4;
	}
	if (version == 0)
		return READER_END;
	if (left_of(r) < MAR_SIZE) {
		r->count.truncated++;
		return READER_END;
	}
	r->version = (uint8_t)version;
	deliver(r, record, MAR_SIZE, NULL);
	record->is_initial = true;
	return READER_RECORD;
}

bool reader_at_record(struct reader *r, struct err *err)
{
	return ensure(r, LOOKAHEAD, err) == READER_RECORD && surely_begins(r->at, r->end);
}

bool reader_seek_record(struct reader *r, struct err *err)
{
	struct source_count before = r->count;
	bool found = reader_at_record(r, err) || (begin_damage(r, err) == READER_RECORD && left_of(r) > 0);

	before.bytes = r->count.bytes;
	r->count = before;
	return found;
}
