/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/netflow_file.h"

/* What must be at hand to judge a PDU: the longest one, the longest behind it, and that one's end. */
#define LOOKAHEAD (2 * (size_t)NETFLOW_PDU_MAX + 64)
#define ROOM (LOOKAHEAD + ((size_t)128 << 10))
#define PDU_LEAST 72u /* version 5 with one entry: of less nobody can say what it was */
#define RECORDS_AT_ONCE ((size_t)64 << 10) /* bytes of records after which they are handed out */

struct netflow_file {
	enum netflow_kind kind;
	uint64_t arrival;
	reader_fill *fill;
	void *context;
	struct netflow *netflow;
	struct buf records; /* made; handed out up to `given` */
	size_t given;
	bool is_live;
	bool has_begun;     /* the initial MAR was made */
	bool is_ended;      /* fill has said that there are no more bytes */
	bool is_skipping;   /* between a damaged place and the next PDU */
	uint64_t damaged, damaged_bytes, truncated;
	uint64_t damaged_by_end; /* what the converter counts as damaged is the PDU that is cut off */
	size_t at, end;     /* of the bytes at hand */
	uint8_t bytes[ROOM];
};

struct netflow_file *netflow_file_new(enum netflow_kind kind, uint64_t arrival, bool is_live, reader_fill *fill, void *context)
{
	struct netflow_file *f = xcalloc(1, sizeof *f);

	f->kind = kind;
	f->arrival = arrival;
	f->is_live = is_live;
	f->fill = fill;
	f->context = context;
	f->netflow = netflow_new(kind);
	return f;
}

void netflow_file_free(struct netflow_file *f)
{
	if (f == NULL)
		return;
	netflow_free(f->netflow);
	buf_fini(&f->records);
	free(f);
}

static int refill(struct netflow_file *f, struct err *err)
{
	ssize_t got;

	memmove(f->bytes, f->bytes + f->at, f->end - f->at);
	f->end -= f->at;
	f->at = 0;
	got = f->fill(f->context, f->bytes + f->end, ROOM - f->end, err);
	if (got < 0)
		return -1;
	f->is_ended = got == 0;
	f->end += (size_t)got;
	return 0;
}

static enum pdu_extent extent(const struct netflow_file *f, size_t at, size_t *length)
{
	return netflow_extent(f->kind, f->bytes + at, f->end - at, f->is_ended, length);
}

/* Whether a PDU begins there, or nothing follows. */
static bool may_continue(const struct netflow_file *f, size_t at)
{
	size_t length;

	return at == f->end || extent(f, at, &length) != PDU_NONE;
}

/* The first place from `at` on where a whole PDU stands with another behind it, or the
 * end. Where it takes more bytes to say so, that place. */
static size_t find_pdu(const struct netflow_file *f, size_t at)
{
	for (; at < f->end; at++) {
		size_t length;
		enum pdu_extent result = extent(f, at, &length);

		if ((result == PDU_WHOLE && may_continue(f, at + length)) || (result == PDU_MORE && !f->is_ended))
			break;
	}
	return at;
}

static void move_to(struct netflow_file *f, size_t to)
{
	f->damaged_bytes += to - f->at;
	f->at = to;
}

/* Nothing can be told of a PDU here. */
static void begin_damage(struct netflow_file *f)
{
	f->damaged++;
	f->is_skipping = true;
	move_to(f, f->at + 1);
}

static void skip_damage(struct netflow_file *f)
{
	size_t length;

	move_to(f, find_pdu(f, f->at));
	f->is_skipping = f->at < f->end && extent(f, f->at, &length) != PDU_WHOLE;
}

static void take_pdu(struct netflow_file *f, size_t length)
{
	static const struct exporter nobody = { .form = ID_NONE };
	const uint8_t *pdu = f->bytes + f->at;

	if (!f->has_begun) {
		uint64_t made = netflow_time(f->kind, pdu);

		netflow_initial(RECORD_MAR | RECORD_NETFLOW, &nobody, made != 0 ? made : f->arrival, &f->records);
		f->has_begun = true;
	}
	netflow_read(f->netflow, span_of(pdu, length), &nobody, f->arrival, &f->records);
	f->at += length;
}

/* The last PDU, of which the end is missing: what there is of it counts. Unless another
 * begins inside: then it was no such thing. */
static void take_end(struct netflow_file *f)
{
	uint64_t before = netflow_counts(f->netflow)->damaged;

	if ((!f->has_begun && f->end - f->at < PDU_LEAST) || find_pdu(f, f->at + 1) < f->end) {
		begin_damage(f);
		return;
	}
	f->truncated++;
	take_pdu(f, f->end - f->at);
	f->damaged_by_end = netflow_counts(f->netflow)->damaged - before;
}

/* One step forward: a PDU, or damage. */
static void take_one(struct netflow_file *f)
{
	size_t length;

	switch (extent(f, f->at, &length)) {
	case PDU_NONE:
		begin_damage(f);
		return;
	case PDU_MORE:
		take_end(f);
		return;
	case PDU_WHOLE:
		break;
	}
	if (!may_continue(f, f->at + length) && find_pdu(f, f->at + 1) < f->at + length)
		begin_damage(f); /* its length is wrong: it reaches into the next */
	else
		take_pdu(f, length);
}

/* Whether the next step takes more bytes. */
static bool is_wanting(const struct netflow_file *f)
{
	size_t left = f->end - f->at, length;

	if (f->is_ended)
		return false;
	if (!f->is_live)
		return left < LOOKAHEAD;
	return left == 0 || extent(f, f->at, &length) == PDU_MORE;
}

/* Makes records until there are enough to hand out, or, live, there are any. */
static int convert(struct netflow_file *f, struct err *err)
{
	buf_clear(&f->records);
	f->given = 0;
	while (f->records.length < RECORDS_AT_ONCE) {
		while (is_wanting(f)) {
			if (f->is_live && f->records.length > 0)
				return 0;
			if (refill(f, err) < 0)
				return -1;
		}
		if (f->at == f->end)
			break;
		if (f->is_skipping)
			skip_damage(f);
		else
			take_one(f);
	}
	return 0;
}

ssize_t netflow_file_read(void *file, void *to, size_t room, struct err *err)
{
	struct netflow_file *f = file;
	size_t length;

	if (f->given == f->records.length && convert(f, err) < 0)
		return -1;
	length = f->records.length - f->given;
	if (length > room)
		length = room;
	if (length > 0)
		memcpy(to, f->records.data + f->given, length);
	f->given += length;
	return (ssize_t)length;
}

void netflow_file_count(const struct netflow_file *f, struct source_count *count)
{
	const struct netflow_count *n = netflow_counts(f->netflow);

	count->damaged = f->damaged + n->damaged - f->damaged_by_end;
	count->damaged_bytes = f->damaged_bytes;
	count->truncated = f->truncated;
	count->untemplated = n->untemplated;
	count->unread = n->unread;
}
