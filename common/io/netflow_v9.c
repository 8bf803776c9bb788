/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NetFlow version 9 (wire-protocol.md 12.4, RFC 3954): templates, and the flows that
 * are read by them. A template is compiled to the steps that matter here. */
#include "argus/base/hash.h"
#include "common/io/netflow_private.h"

#define HEADER_SIZE 20u
#define SET_HEADER 4u
#define SET_TEMPLATES 0
#define SET_OPTIONS 1
#define SET_DATA 256 /* and above */
#define TEMPLATES_MAX 4096u /* of all exporters together */
#define TEMPLATE_SECONDS 1800
#define STEPS_MAX 40
#define SECOND_US 1000000u
#define PERMANENT_BYTES 85
#define PERMANENT_PACKETS 86

/* ---- what a field of a template sets ---- */

/* One row a field type: where in the entry it goes, and how wide that is. */
struct rule {
	uint16_t type;
	uint16_t offset;
	uint8_t size;
	bool is_bytes; /* copied as it is: needs just that length. Else a number, of 1 to 8 bytes */
	uint32_t parts;
};

#define SIZE_OF(member) sizeof(((struct entry *)0)->member)
#define NUMBER(type, member, parts) { type, offsetof(struct entry, member), SIZE_OF(member), false, parts }
#define BYTES(type, member, size, parts) { type, offsetof(struct entry, member), size, true, parts }

static const struct rule rules[] = {
	NUMBER(1, bytes, 0),
	NUMBER(2, pkts, 0),
	NUMBER(4, proto, 0),
	NUMBER(5, tos[SRC], ENTRY_IPATTR),
	NUMBER(6, tcp_flags, ENTRY_TCP_FLAGS),
	NUMBER(7, port[SRC], 0),
	BYTES(8, addr[SRC], 4, 0),
	NUMBER(9, masklen[SRC], 0),
	NUMBER(11, port[DST], 0),
	BYTES(12, addr[DST], 4, 0),
	NUMBER(13, masklen[DST], 0),
	NUMBER(16, as[SRC], ENTRY_AS),
	NUMBER(17, as[DST], ENTRY_AS),
	NUMBER(21, last, ENTRY_LAST),
	NUMBER(22, first, ENTRY_FIRST),
	NUMBER(25, size_min, ENTRY_SIZES),
	NUMBER(26, size_max, ENTRY_SIZES),
	BYTES(27, addr[SRC], 16, ENTRY_IPV6),
	BYTES(28, addr[DST], 16, ENTRY_IPV6),
	NUMBER(29, masklen[SRC], 0),
	NUMBER(30, masklen[DST], 0),
	BYTES(32, icmp, 2, ENTRY_ICMP),
	NUMBER(52, ttl, ENTRY_IPATTR),
	NUMBER(53, ttl, ENTRY_IPATTR),
	NUMBER(54, ip_id, ENTRY_IPATTR),
	NUMBER(55, tos[DST], ENTRY_DST_TOS),
	BYTES(56, mac[SRC], 6, ENTRY_MAC),
	BYTES(57, mac[DST], 6, ENTRY_MAC),
	NUMBER(58, vlan[SRC], ENTRY_SRC_VLAN),
	NUMBER(59, vlan[DST], ENTRY_DST_VLAN),
	BYTES(80, mac[DST], 6, ENTRY_MAC),
	BYTES(81, mac[SRC], 6, ENTRY_MAC),
	NUMBER(PERMANENT_BYTES, bytes, 0),
	NUMBER(PERMANENT_PACKETS, pkts, 0),
	NUMBER(152, start_ms, ENTRY_START_MS),
	NUMBER(153, end_ms, ENTRY_END_MS),
	NUMBER(176, icmp[0], ENTRY_ICMP),
	NUMBER(177, icmp[1], ENTRY_ICMP),
	NUMBER(178, icmp[0], ENTRY_ICMP),
	NUMBER(179, icmp[1], ENTRY_ICMP),
};

static const struct rule *rule_of(unsigned type, unsigned length)
{
	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
		if (rules[i].type == type)
			return length > 0 && (rules[i].is_bytes ? length == rules[i].size : length <= 8) ? &rules[i] : NULL;
	return NULL;
}

/* ---- templates ---- */

struct template_key {
	struct exporter from;
	uint16_t id;
	uint32_t source; /* the exporter's engine */
};

struct step {
	const struct rule *rule;
	uint16_t offset; /* in the flow's bytes */
	uint16_t length;
};

struct template {
	struct template_key key;
	uint32_t tag;
	uint32_t announced;   /* seconds of the exporter's clock */
	uint32_t record_size; /* 0: of options, which say nothing of flows */
	uint32_t parts;
	uint32_t step_count;
	struct step step[STEPS_MAX];
};

struct template_table {
	struct htab index; /* of numbers of templates, from 1 */
	struct template *item;
	uint32_t count, room;
	uint32_t oldest; /* the one to be replaced next once all places are taken */
};

struct template_table *templates_new(void)
{
	struct template_table *t = xcalloc(1, sizeof *t);

	htab_init(&t->index, 16);
	return t;
}

void templates_free(struct template_table *t)
{
	htab_fini(&t->index);
	free(t->item);
	free(t);
}

/* Without holes, so that it can be hashed and compared as bytes. */
static struct template_key key_of(const struct exporter *from, uint32_t source, uint16_t id)
{
	struct template_key k;

	memset(&k, 0, sizeof k);
	k.from.form = from->form;
	memcpy(k.from.address, from->address, sizeof k.from.address);
	k.source = source;
	k.id = id;
	return k;
}

static uint32_t tag_of(const struct template_key *k)
{
	return (uint32_t)hash_bytes(k, sizeof *k, hash_seed());
}

static struct template *find_template(const struct template_table *t, const struct template_key *k)
{
	struct htab_probe probe = htab_start(&t->index, tag_of(k));
	uint32_t ref;

	while ((ref = htab_next(&t->index, &probe)) != 0)
		if (memcmp(&t->item[ref - 1].key, k, sizeof *k) == 0)
			return &t->item[ref - 1];
	return NULL;
}

/* A place for a new one; when there is none left, that of the oldest. */
static uint32_t take_place(struct template_table *t)
{
	uint32_t place;

	if (t->count == TEMPLATES_MAX) {
		place = t->oldest;
		t->oldest = (t->oldest + 1) % TEMPLATES_MAX;
		htab_remove(&t->index, t->item[place].tag, place + 1);
		return place;
	}
	if (t->count == t->room) {
		t->room = t->room > 0 ? 2 * t->room : 8;
		t->item = xrealloc(t->item, t->room * sizeof *t->item);
	}
	return t->count++;
}

static struct template *have_template(struct template_table *t, const struct template_key *k)
{
	struct template *found = find_template(t, k);
	uint32_t place;

	if (found != NULL)
		return found;
	place = take_place(t);
	found = &t->item[place];
	found->key = *k;
	found->tag = tag_of(k);
	htab_add(&t->index, found->tag, place + 1);
	return found;
}

/* ---- compiling ---- */

static bool has_type(struct span fields, unsigned type)
{
	while (span_left(&fields) > 0) {
		if (span_be16(&fields) == type)
			return true;
		span_skip(&fields, 2);
	}
	return false;
}

/* Counters that are never reset stand in for those that are. */
static bool is_superseded(unsigned type, const struct span *fields)
{
	return (type == PERMANENT_BYTES && has_type(*fields, 1)) || (type == PERMANENT_PACKETS && has_type(*fields, 2));
}

/* `fields`: pairs of type and length. */
static void compile(struct template *t, const struct span fields)
{
	struct span s = fields;
	uint32_t offset = 0;

	t->step_count = t->parts = 0;
	while (span_left(&s) > 0) {
		unsigned type = span_be16(&s), length = span_be16(&s);
		const struct rule *rule = rule_of(type, length);

		if (rule != NULL && t->step_count < STEPS_MAX && offset + length <= NETFLOW_PDU_MAX && !is_superseded(type, &fields)) {
			t->step[t->step_count++] = (struct step){ rule, (uint16_t)offset, (uint16_t)length };
			t->parts |= rule->parts;
		}
		offset += length;
	}
	t->record_size = offset;
}

struct v9 {
	struct netflow *netflow;
	const struct exporter *from;
	struct buf *records;
	uint32_t source, seconds;
	struct export_clock clock;
};

/* Fewer than four bytes are padding. */
static bool read_templates(struct v9 *v, struct span set)
{
	while (span_left(&set) >= 4) {
		uint16_t id = span_be16(&set);
		size_t count = span_be16(&set);
		struct span fields = span_sub(&set, count * 4);
		struct template_key key = key_of(v->from, v->source, id);
		struct template *t;

		if (id == 0 && count == 0) /* padding of more than it should have */
			break;
		if (fields.is_short || id < SET_DATA || count == 0)
			return false;
		t = have_template(v->netflow->templates, &key);
		compile(t, fields);
		t->announced = v->seconds;
	}
	return true;
}

/* Only that there are such options is kept: their data is no flow without a template. */
static bool read_options(struct v9 *v, struct span set)
{
	while (span_left(&set) >= 6) {
		uint16_t id = span_be16(&set);
		size_t scope = span_be16(&set), option = span_be16(&set);
		struct template_key key = key_of(v->from, v->source, id);
		struct template *t;

		if (id == 0)
			break;
		if (id < SET_DATA || !span_skip(&set, scope + option))
			return false;
		t = have_template(v->netflow->templates, &key);
		t->record_size = t->step_count = t->parts = 0;
		t->announced = v->seconds;
	}
	return true;
}

/* ---- flows ---- */

static uint64_t number_at(const uint8_t *p, unsigned length)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < length; i++)
		v = v << 8 | p[i];
	return v;
}

/* What does not fit is as large as can be. */
static void store_number(uint8_t *to, unsigned size, uint64_t v)
{
	if (size < 8)
		v = u64_min(v, ((uint64_t)1 << 8 * size) - 1);
	memcpy(to, &v, size); /* little-endian, as span.h demands of its hosts */
}

static void take_steps(struct entry *e, const struct template *t, const uint8_t *flow)
{
	for (uint32_t i = 0; i < t->step_count; i++) {
		const struct step *step = &t->step[i];
		uint8_t *to = (uint8_t *)e + step->rule->offset;

		if (step->rule->is_bytes)
			memcpy(to, flow + step->offset, step->length);
		else
			store_number(to, step->rule->size, number_at(flow + step->offset, step->length));
	}
}

#define MS_MAX (UINT64_MAX / 1000)

/* A stamp of the exporter's clock comes before an absolute one; without any it is that of the PDU. */
static uint64_t stamp_of(const struct entry *e, const struct v9 *v, enum entry_part relative, uint32_t ms,
			 enum entry_part absolute, uint64_t since_1970)
{
	if (e->parts & relative)
		return export_time(&v->clock, ms);
	return e->parts & absolute ? u64_min(since_1970, MS_MAX) * 1000 : v->clock.now;
}

static void set_times(struct entry *e, const struct v9 *v)
{
	e->start = stamp_of(e, v, ENTRY_FIRST, e->first, ENTRY_START_MS, e->start_ms);
	e->end = stamp_of(e, v, ENTRY_LAST, e->last, ENTRY_END_MS, e->end_ms);
	if (e->start == e->end && e->pkts > 1)
		e->end += u64_min(e->pkts, UINT32_MAX);
}

static bool is_expired(const struct template *t, uint32_t seconds)
{
	return (int32_t)(seconds - t->announced) > TEMPLATE_SECONDS;
}

static void read_flows(struct v9 *v, uint16_t id, struct span set)
{
	struct template_key key = key_of(v->from, v->source, id);
	const struct template *t = find_template(v->netflow->templates, &key);
	const uint8_t *flow;
	struct entry e;

	if (t == NULL || is_expired(t, v->seconds)) {
		v->netflow->count.untemplated++;
		return;
	}
	if (t->record_size == 0)
		return;
	while (span_left(&set) >= t->record_size && (flow = span_take(&set, t->record_size)) != NULL) {
		e = (struct entry){ .parts = t->parts };
		take_steps(&e, t, flow);
		set_times(&e, v);
		e.tcp_status = tcp_status_of(e.tcp_flags);
		entry_write(v->netflow, &e, v->from, v->records);
	}
}

/* What there is of a set that is cut off is still read. */
static bool read_set(struct v9 *v, uint16_t id, struct span set)
{
	bool is_whole = !set.is_short;

	if (id == SET_TEMPLATES)
		return read_templates(v, set) && is_whole;
	if (id == SET_OPTIONS)
		return read_options(v, set) && is_whole;
	if (id < SET_DATA)
		return false;
	read_flows(v, id, set);
	return is_whole;
}

bool v9_read(struct netflow *n, struct span pdu, const struct exporter *from, struct buf *records)
{
	struct v9 v = { .netflow = n, .from = from, .records = records };
	bool is_whole;

	span_skip(&pdu, 4);
	v.clock.uptime = span_be32(&pdu);
	v.seconds = span_be32(&pdu);
	v.clock.now = (uint64_t)v.seconds * SECOND_US;
	span_skip(&pdu, 4);
	v.source = span_be32(&pdu);
	is_whole = !pdu.is_short;
	while (span_left(&pdu) >= SET_HEADER) {
		uint16_t id = span_be16(&pdu);
		size_t length = span_be16(&pdu);

		if (length < SET_HEADER)
			return false;
		is_whole &= read_set(&v, id, span_sub(&pdu, length - SET_HEADER));
	}
	return is_whole; /* fewer bytes than a set has are padding */
}

/* ---- files ---- */

/* Version 9 does not say how long a PDU is. It ends where no set begins: a version in
 * that place is no number of a set. (That of version 1 is; the two do not mix.) */
enum pdu_extent v9_extent(const uint8_t *at, size_t left, bool is_all, size_t *length)
{
	size_t here = HEADER_SIZE;

	while (here + SET_HEADER <= left) {
		unsigned id = get_be16(at + here), set = get_be16(at + here + 2);

		if ((id > SET_OPTIONS && id < SET_DATA) || set < SET_HEADER || here + set > NETFLOW_PDU_MAX) {
			*length = here;
			return here > HEADER_SIZE ? PDU_WHOLE : PDU_NONE;
		}
		here += set;
	}
	*length = here;
	if (is_all && here <= left && here > HEADER_SIZE)
		return PDU_WHOLE;
	return PDU_MORE;
}
