/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/record/mar.h"

#define MICROSECONDS 1000000u
#define STATUS_ID_MASK_V5 0x00e00000u
#define STATUS_ID_IPV6_V5 0x00600000u
#define STATUS_ID_UUID_V5 0x00a00000u
#define STATUS_INF_V5 0x00100000u

static uint64_t take_time(struct span *s)
{
	uint64_t sec = span_be32(s);

	return sec * MICROSECONDS + span_be32(s);
}

static void pen_time(struct pen *pen, uint64_t at)
{
	pen_be32(pen, (uint32_t)(at / MICROSECONDS));
	pen_be32(pen, (uint32_t)(at % MICROSECONDS));
}

/* A probe writes the user data lengths in its own byte order: a value above 255
 * with an empty low byte is one of those. */
static uint16_t take_user_length(struct span *s)
{
	uint16_t v = span_be16(s);

	return v > 0xff && (v & 0xff) == 0 ? v >> 8 : v;
}

static uint8_t form_v3(uint32_t status)
{
	return status & MAR_ID_IPV4   ? ID_IPV4
	       : status & MAR_ID_NUMBER ? ID_NUMBER
	       : status & MAR_ID_STRING ? ID_STRING
					: ID_NONE;
}

/* Version 5 compares the three bits as one number (section 14). */
static uint8_t form_v5(uint32_t status)
{
	switch (status & STATUS_ID_MASK_V5) {
	case MAR_ID_IPV4:
		return ID_IPV4;
	case MAR_ID_NUMBER:
		return ID_NUMBER;
	case MAR_ID_STRING:
		return ID_STRING;
	case STATUS_ID_IPV6_V5:
		return ID_IPV6;
	case STATUS_ID_UUID_V5:
		return ID_UUID;
	}
	return ID_NONE;
}

/* A string id stands in a number that was converted with the rest: its letters
 * come out reversed. */
static void set_word_id(struct mar *m, uint32_t id)
{
	put_be32(m->id, m->id_form == ID_STRING ? __builtin_bswap32(id) : id);
}

static void decode_id_v5(struct mar *m, const uint8_t *bytes)
{
	m->id_form = form_v5(m->status);
	if (m->id_form == ID_IPV6 || m->id_form == ID_UUID || m->id_form == ID_STRING)
		memcpy(m->id, bytes + 108, m->id_form == ID_STRING ? 4 : 16);
	else
		put_be32(m->id, get_be32(bytes + 108) != 0 ? get_be32(bytes + 108) : get_be32(bytes + 120));
	if (m->status & STATUS_INF_V5)
		memcpy(m->inf, bytes + 120, sizeof m->inf);
}

bool mar_decode(struct mar *m, const uint8_t *bytes, uint32_t length)
{
	struct span s = span_of(bytes, length);
	uint32_t argusid, thisid;

	*m = (struct mar){ 0 };
	m->version = span_u8(&s) & 0x0f;
	m->cause = span_u8(&s) & 0xf0;
	if (length != MAR_SIZE)
		return false;
	span_skip(&s, 2);
	m->status = span_be32(&s);
	argusid = span_be32(&s);
	m->is_initial = argusid == COOKIE_V3 || argusid == COOKIE_V5 || argusid == __builtin_bswap32(COOKIE_V3);
	m->localnet = span_be32(&s);
	m->netmask = span_be32(&s);
	m->next_seq = span_be32(&s);
	m->start = take_time(&s);
	m->now = take_time(&s);
	m->major = span_u8(&s);
	m->minor = span_u8(&s);
	m->interface_type = span_u8(&s);
	m->interface_status = span_u8(&s);
	m->report_interval = span_be16(&s);
	m->mar_interval = span_be16(&s);
	m->packets = span_be64(&s);
	m->bytes = span_be64(&s);
	m->drift = (int64_t)span_be64(&s);
	m->records = span_be32(&s);
	m->flows = span_be32(&s);
	m->dropped = span_be32(&s);
	m->queue = span_be32(&s);
	m->output = span_be32(&s);
	m->clients = span_be32(&s);
	m->bufs = span_be32(&s);
	m->memory = span_be32(&s);
	m->user_length[SRC] = take_user_length(&s);
	m->user_length[DST] = take_user_length(&s);
	span_skip(&s, 12);
	thisid = span_be32(&s);
	m->record_len = span_be32(&s);
	m->id_form = form_v3(m->status);
	if (m->version == 5 || argusid == COOKIE_V5)
		decode_id_v5(m, bytes);
	else
		set_word_id(m, m->is_initial ? thisid : argusid);
	return true;
}

static uint32_t status_of_form(uint8_t form)
{
	return form == ID_IPV4     ? MAR_ID_IPV4
	       : form == ID_NUMBER ? MAR_ID_NUMBER
	       : form == ID_STRING ? MAR_ID_STRING
				   : 0;
}

/* Offsets 48 to 107: what was counted since the last MAR. (Inlined into one
 * function, gcc 12 sees a write past the end that the pen rules out.) */
static __attribute__((noinline)) void encode_counts(const struct mar *m, struct pen *pen)
{
	pen_be64(pen, m->packets);
	pen_be64(pen, m->bytes);
	pen_be64(pen, (uint64_t)m->drift);
	pen_be32(pen, m->records);
	pen_be32(pen, m->flows);
	pen_be32(pen, m->dropped);
	pen_be32(pen, m->queue);
	pen_be32(pen, m->output);
	pen_be32(pen, m->clients);
	pen_be32(pen, m->bufs);
	pen_be32(pen, m->memory);
	pen_be16(pen, m->user_length[SRC]);
	pen_be16(pen, m->user_length[DST]);
}

/* Offsets 0 to 47. */
static __attribute__((noinline)) void encode_identity(const struct mar *m, uint32_t id, struct pen *pen)
{
	pen_u8(pen, RECORD_MAR | 3);
	pen_u8(pen, m->cause);
	pen_be16(pen, MAR_SIZE / 4);
	pen_be32(pen, (m->status & ~(MAR_ID_IPV4 | MAR_ID_NUMBER | MAR_ID_STRING)) | status_of_form(m->id_form));
	pen_be32(pen, m->is_initial ? COOKIE_V3 : id);
	pen_be32(pen, m->localnet);
	pen_be32(pen, m->netmask);
	pen_be32(pen, m->next_seq);
	pen_time(pen, m->start);
	pen_time(pen, m->now);
	pen_u8(pen, m->major);
	pen_u8(pen, m->minor);
	pen_u8(pen, m->interface_type);
	pen_u8(pen, m->interface_status);
	pen_be16(pen, m->report_interval);
	pen_be16(pen, m->mar_interval);
}

void mar_encode(const struct mar *m, uint8_t *to)
{
	struct pen pen = pen_on(to, MAR_SIZE);
	uint32_t id = get_be32(m->id);

	if (m->id_form == ID_STRING)
		id = __builtin_bswap32(id);
	encode_identity(m, id, &pen);
	encode_counts(m, &pen);
	pen_zero(&pen, 12);
	pen_be32(&pen, m->is_initial ? id : 0);
	pen_be32(&pen, m->record_len);
}

void mar_init(struct mar *m, enum record_cause cause, uint64_t now)
{
	*m = (struct mar){ .cause = (uint8_t)cause, .version = 3, .is_initial = cause == CAUSE_START, .now = now,
			   .major = 3, .record_len = UINT32_MAX };
}
