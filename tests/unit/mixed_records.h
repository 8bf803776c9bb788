/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of a few flows in a random order, which is always the same: most are plain ones, some
 * have something that these have not. */
#ifndef TESTS_UNIT_MIXED_RECORDS_H
#define TESTS_UNIT_MIXED_RECORDS_H

#include "tests/unit/plain_records.h"

#define MIXED_RECORD_MAX 1024u

struct mixed_record {
	uint8_t bytes[MIXED_RECORD_MAX];
	uint32_t length;
};

struct mix {
	uint32_t random;
	unsigned flows;
	unsigned odd;     /* one in so many records is not plain; 0: none */
	unsigned turned;  /* one in so many is of the other direction; 0: none */
	uint64_t step;    /* each record begins within so many microseconds after the one before */
	uint64_t longest; /* microseconds that a record lasts */
	uint64_t now;
};

static inline uint32_t roll(struct mix *m, uint32_t sides) { return (uint32_t)((uint64_t)next_random(&m->random) * sides >> 24); }

/* What all records of a flow have in common. */
static inline struct recipe recipe_of_flow(unsigned flow)
{
	static const unsigned parts[] = { PART_IPATTR | PART_MAC | PART_ENCAPS | PART_TRANSPORT,
					  PART_TRANSPORT | PART_MAC,
					  PART_VLAN | PART_ENCAPS,
					  PART_ONE_IPATTR | PART_MPLS,
					  PART_IPATTR | PART_IPATTR_OPTIONS | PART_TRANSPORT,
					  PART_TRANSPORT | PART_ENCAPS_FIRST };

	return (struct recipe){ .proto = flow % 3 != 2 ? PROTO_TCP : PROTO_UDP,
				.is_ipv6 = flow % 4 == 3,
				.has_network = flow % 5 != 4,
				.status = flow % 6 == 1 ? TCP_SAW_SYNACK : TCP_SAW_SYN | TCP_SAW_SYNACK,
				.parts = parts[flow % 7 % 6] };
}

static inline struct recipe roll_recipe(struct mix *m, unsigned flow)
{
	static const uint64_t pkts[] = { 37, 2, 1, 0, 5, 3, 1, 9 };
	static const uint32_t counts[] = { 1, 2, 5 }, more[] = { TCP_ESTABLISHED, TCP_FIN, 0, TCP_FIN | TCP_FIN_ACKED };
	struct recipe r = recipe_of_flow(flow);

	r.salt = next_random(&m->random);
	r.status |= more[roll(m, 4)];
	r.time = roll(m, 2) == 0 ? TIME_SIDES : (enum time_form)roll(m, TIME_FORMS);
	r.group = roll(m, 8) != 0 ? 0 : roll(m, 3);
	r.width = roll(m, 16) == 0 ? 3 : roll(m, 3);
	r.has_appbytes = roll(m, 2);
	r.pkts[SRC] = pkts[roll(m, 8)] * (r.width == 3 ? 0x100000001ull : 1);
	r.pkts[DST] = pkts[roll(m, 8)];
	if (roll(m, 6) == 0)
		r.parts |= PART_AGR;
	r.count = counts[roll(m, 3)];
	m->now += m->step > 0 ? next_random(&m->random) % m->step : 0;
	r.start = roll(m, 64) == 0 ? 0 : m->now;
	r.length = roll(m, 4) == 0 ? 0 : (uint64_t)next_random(&m->random) * 64 % m->longest;
	return r;
}

static inline unsigned key_at(const struct recipe *r) { return r->parts & PART_TRANSPORT ? 16 : 4; }

/* The key is that of the flow: a few of them come from the same address. */
static inline void set_mixed_key(uint8_t *record, const struct recipe *r, unsigned flow, bool is_turned)
{
	uint8_t *key = record + key_at(r), was[40];
	unsigned size = r->is_ipv6 ? 16 : 4, ports = r->is_ipv6 ? 40 : 14;

	put_be16(key + 4 + size - 2, (uint16_t)(flow / 6 + 1));
	put_be16(key + ports, (uint16_t)(10000 + flow));
	if (!is_turned)
		return;
	memcpy(was, key + 4, 2 * size);
	memcpy(key + 4, was + size, size);
	memcpy(key + 4 + size, was, size);
	memcpy(was, key + ports, 4);
	memcpy(key + ports, was + 2, 2);
	memcpy(key + ports + 2, was, 2);
}

static inline void add_jitter(struct mix *m, struct flow *f)
{
	struct jitter *j = flow_edit(f, DSR_JITTER);

	*j = (struct jitter){ .subtype = 1, .has = { { true } } };
	j->block[SRC][ACTIVE] = (struct stats){ 3, 10, 20, 5, (float)(30 + roll(m, 100)) };
}

static inline void add_user(struct mix *m, struct flow *f)
{
	static const uint8_t text[] = "GET / HTTP/1.0";

	*(struct user_data *)flow_edit(f, DSR_SUSER) =
		(struct user_data){ .capacity = 32, .count = 1 + roll(m, sizeof text), .bytes = text };
}

static inline void add_label(struct mix *m, struct flow *f)
{
	static const char *const texts[] = { "a=1", "b=2", "a=1,3" };
	const char *text = texts[roll(m, 3)];

	*(struct label *)flow_edit(f, DSR_LABEL) = (struct label){ .text = text, .length = (uint32_t)strlen(text) };
}

static inline void set_tcp_form(struct mix *m, struct flow *f)
{
	struct network *n;

	if (flow_tcp(f) == NULL)
		return;
	n = flow_edit(f, DSR_NETWORK);
	n->kind = roll(m, 2) == 0 ? NETWORK_TCP_INIT : NETWORK_TCP_STATUS;
}

static inline void set_vlan(struct mix *m, struct flow *f)
{
	*(struct vlan *)flow_edit(f, DSR_VLAN) = (struct vlan){ .has = { true, true }, .tci = { (uint16_t)roll(m, 3), 300 } };
}

static inline void drop_one(struct mix *m, struct flow *f)
{
	static const enum dsr_slot slots[] = { DSR_NETWORK, DSR_MAC, DSR_TRANSPORT, DSR_ENCAPS, DSR_METRIC, DSR_TIME };

	flow_drop(f, slots[roll(m, 6)]);
}

static inline void set_direction(struct mix *m, struct flow *f)
{
	(void)m;
	((struct flow_key *)flow_edit(f, DSR_FLOW))->flags ^= KEY_DIRECTION;
}

/* Adds to the record what plain ones of its flow have not, or takes something away. */
static inline uint32_t write_odd(struct mix *m, uint8_t *record, uint32_t length)
{
	static void (*const ways[])(struct mix *, struct flow *) = { add_jitter, add_user, add_label,    set_tcp_form,
								     set_vlan,   drop_one, set_direction };
	uint8_t made[MIXED_RECORD_MAX];
	struct flow f;

	flow_open(&f, record, length, NULL);
	ways[roll(m, ARRAY_LENGTH(ways))](m, &f);
	length = (uint32_t)flow_write(&f, made, sizeof made);
	assert_true(length > 0);
	memcpy(record, made, length);
	return length;
}

#define DSRS_MAX 24u

/* Where the DSRs of the record begin; the last is its end. */
static inline unsigned find_dsrs_of(const uint8_t *record, uint32_t length, unsigned places[DSRS_MAX])
{
	unsigned count = 0;

	for (unsigned at = 4, size; at < length; at += size) {
		size = record[at + 3] * 4u;
		if (size == 0 || size > length - at || count + 1 == DSRS_MAX)
			fail_msg("DSR %u of a record says that it has %u bytes; %u are there", count, size, length - at);
		places[count++] = at;
	}
	places[count] = length;
	return count;
}

/* Two DSRs change places: two that are neighbours, or one goes to the end. */
static inline void reorder(struct mix *m, uint8_t *record, uint32_t length)
{
	unsigned places[DSRS_MAX], count = find_dsrs_of(record, length, places), first = roll(m, count - 1);
	unsigned end = roll(m, 2) == 0 ? length : places[first + 2], size = places[first + 1] - places[first];
	uint8_t moved[256];

	memcpy(moved, record + places[first], size);
	memmove(record + places[first], record + places[first + 1], end - places[first + 1]);
	memcpy(record + end - size, moved, size);
}

/* Any byte of the DSRs behind the key but their types: unknown ones are kept while a flow is a record. */
static inline void change_byte(struct mix *m, uint8_t *record, uint32_t length, unsigned key)
{
	unsigned places[DSRS_MAX], count = find_dsrs_of(record, length, places), i = roll(m, count), at;

	if (places[i] <= key)
		return;
	at = places[i] + 1 + roll(m, places[i + 1] - places[i] - 1);
	record[at] ^= (uint8_t)(1u << roll(m, 8));
}

static inline uint32_t make_odd(struct mix *m, uint8_t *record, uint32_t length, unsigned key)
{
	switch (roll(m, 6)) {
	case 0: change_byte(m, record, length, key); return length;
	case 1: reorder(m, record, length); return length;
	default: return write_odd(m, record, length);
	}
}

/* The next record of the mix; returns its length. */
static COLD uint32_t make_mixed_record(struct mix *m, uint8_t *to)
{
	static const uint8_t causes[] = { CAUSE_START, CAUSE_STATUS, CAUSE_STOP };
	unsigned flow = roll(m, m->flows);
	struct recipe r = roll_recipe(m, flow);
	uint32_t length = make_plain_record(&r, to);

	set_mixed_key(to, &r, flow, m->turned != 0 && roll(m, m->turned) == 0);
	to[1] = causes[roll(m, 3)];
	return m->odd != 0 && roll(m, m->odd) == 0 ? make_odd(m, to, length, key_at(&r)) : length;
}

#endif
