/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records as probes write most of them, made byte by byte from a recipe: in every form in which
 * times and counts can stand in one, with and without what may stand beside them. */
#ifndef TESTS_UNIT_PLAIN_RECORDS_H
#define TESTS_UNIT_PLAIN_RECORDS_H

#include "argus/base/pen.h"
#include "argus/record/flow.h"

#define PLAIN_RECORD_MAX 512u
#define RECIPE_SECOND 1000000ull
#define RECIPE_BEGIN (1000000000 * RECIPE_SECOND)

enum time_form {
	TIME_ONE,          /* one stamp that belongs to no side */
	TIME_TWO,          /* two */
	TIME_OFFSET,       /* the second counted from the first */
	TIME_SIDES,        /* start and end of each side */
	TIME_SIDES_OFFSET, /* counted from the first */
	TIME_SRC,          /* of the source only */
	TIME_DST,
	TIME_STARTS,       /* the starts of both sides */
	TIME_FORMS,
};

enum part {
	PART_TRANSPORT = 0x1,
	PART_AGR = 0x2,
	PART_VLAN = 0x4,
	PART_MPLS = 0x8,
	PART_IPATTR = 0x10,
	PART_ONE_IPATTR = 0x20,    /* of the source only */
	PART_IPATTR_OPTIONS = 0x40,
	PART_MAC = 0x80,
	PART_ENCAPS = 0x100,
	PART_ENCAPS_FIRST = 0x200, /* not where clients write it */
	PARTS = 0x400,
};

struct recipe {
	bool is_ipv6;
	uint8_t proto;
	bool has_network;    /* TCP: the performance form; else the one that says nothing */
	enum time_form time;
	unsigned group, width; /* how counts are packed: both sides, the source's, the destination's; 1 << width bytes */
	bool has_appbytes;
	uint64_t pkts[2];
	uint32_t status;     /* of TCP */
	unsigned parts;      /* enum part */
	uint32_t count;      /* of records, in the aggregation DSR */
	uint64_t start, length; /* microseconds */
	uint32_t salt;       /* of all numbers that nothing depends on */
};

static inline uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static inline void put_head(struct pen *p, uint8_t type, unsigned subtype, unsigned qualifier, unsigned words)
{
	pen_be32(p, (uint32_t)type << 24 | subtype << 16 | qualifier << 8 | words);
}

static inline void put_recipe_key(struct pen *p, const struct recipe *r)
{
	static const uint8_t net[15] = { 0x20, 0x01, 0x0d, 0xb8 };

	put_head(p, TYPE_FLOW, KEY_TUPLE, r->is_ipv6 ? LAYOUT_IPV6 : LAYOUT_IPV4, r->is_ipv6 ? 11 : 5);
	if (r->is_ipv6) {
		for (uint8_t side = 1; side <= 2; side++) {
			pen_bytes(p, net, sizeof net);
			pen_u8(p, side);
		}
		pen_be32(p, (uint32_t)r->proto << 24 | 0x12345);
		pen_be32(p, 40000u << 16 | 443);
		return;
	}
	pen_be32(p, 0x0a000001);
	pen_be32(p, 0x0a000002);
	pen_be32(p, (uint32_t)r->proto << 24 | 40000);
	pen_be32(p, (r->proto == PROTO_TCP ? 443u : 53u) << 16 | (r->proto == PROTO_TCP ? 0 : 77));
}

static inline void put_stamp(struct pen *p, uint64_t at)
{
	pen_be32(p, (uint32_t)(at / RECIPE_SECOND));
	pen_be32(p, (uint32_t)(at % RECIPE_SECOND));
}

/* The destination's packets begin a little later, and end a little earlier. */
static inline void put_recipe_times(struct pen *p, const struct recipe *r)
{
	static const uint8_t words[TIME_FORMS] = { 3, 5, 4, 9, 6, 5, 5, 5 };
	static const uint8_t subtypes[TIME_FORMS] = { 1, 2, 3, 0x7a, 0x7d, 0x1a, 0x62, 0x2a };
	const uint64_t at[4] = { r->start, r->start + r->length, r->start + r->length / 8,
				 r->start + r->length / 8 + r->length / 2 };

	put_head(p, TYPE_TIME, subtypes[r->time], 0x18, words[r->time]);
	put_stamp(p, r->time == TIME_DST ? at[2] : at[0]);
	switch (r->time) {
	case TIME_TWO:
	case TIME_SRC: put_stamp(p, at[1]); break;
	case TIME_OFFSET: pen_be32(p, (uint32_t)(at[1] - at[0])); break;
	case TIME_DST: put_stamp(p, at[3]); break;
	case TIME_STARTS: put_stamp(p, at[2]); break;
	case TIME_SIDES:
		for (int i = 1; i < 4; i++)
			put_stamp(p, at[i]);
		break;
	case TIME_SIDES_OFFSET:
		for (int i = 1; i < 4; i++)
			pen_be32(p, (uint32_t)(at[i] - at[0]));
		break;
	default: break;
	}
}

static inline void put_count(struct pen *p, unsigned width, uint64_t v)
{
	for (unsigned byte = 1u << width; byte-- > 0;)
		pen_u8(p, (uint8_t)(v >> 8 * byte));
}

static inline void put_recipe_counts(struct pen *p, const struct recipe *r)
{
	unsigned sides = r->group == 0 ? 2 : 1, values = r->has_appbytes ? 3 : 2;
	unsigned size = sides * values << r->width;
	uint64_t most = r->width == 3 ? UINT64_MAX : (1ull << (8u << r->width)) - 1;

	put_head(p, TYPE_METRIC, r->has_appbytes ? 4 : 1, r->group * 4 + r->width + 1, (size + 3) / 4 + 1);
	for (unsigned side = 0; side < 2; side++) {
		uint64_t bytes = r->pkts[side] * (70 + r->salt % 50);

		if (r->group != 0 && side != r->group - 1)
			continue;
		bytes = bytes > most ? most : bytes;
		put_count(p, r->width, r->pkts[side]);
		put_count(p, r->width, bytes);
		if (r->has_appbytes)
			put_count(p, r->width, r->salt % 3 == 0 ? 0 : bytes / 2);
	}
	for (; size % 4 != 0; size++)
		pen_u8(p, 0);
}

static inline void put_recipe_stats(struct pen *p, uint32_t n, float mean)
{
	const float values[] = { mean / 2, mean, mean / 4, mean * 1.5f };

	pen_le32(p, n);
	for (int i = 0; i < 4; i++)
		pen_le_f32(p, values[i]);
	pen_be32(p, n << 24);
	pen_be32(p, 0);
}

/* What a client wrote of several records; of one record, what follows from it. */
static inline void put_recipe_agr(struct pen *p, const struct recipe *r)
{
	float seconds = (float)((double)r->length / 1e6);

	put_head(p, TYPE_AGR, 4, 1, 20);
	pen_be32(p, r->count);
	for (int i = 0; i < 4; i++)
		pen_le32(p, r->count > 1 ? 1000000000u + (i % 2 == 0 ? 0 : 7u) : 0);
	if (r->count > 1) {
		put_recipe_stats(p, r->count, seconds);
		put_recipe_stats(p, r->count - 1, 250000);
		return;
	}
	pen_le32(p, 1);
	pen_le_f32(p, seconds);
	pen_le_f32(p, seconds);
	pen_le_f32(p, 0);
	pen_le_f32(p, seconds);
	pen_zero(p, 8 + 28);
}

static inline void put_recipe_tcp(struct pen *p, const struct recipe *r)
{
	uint32_t state = r->salt;

	put_head(p, TYPE_NETWORK, NETWORK_TCP_PERF, 0, 30);
	pen_be32(p, r->status);
	pen_be32(p, 10);
	pen_be32(p, TCPOPT_MSS | (r->salt % 2 ? TCPOPT_SACK_OK : 0));
	pen_be32(p, r->salt % 3 == 0 ? 0 : 500 + r->salt % 7);
	pen_be32(p, r->salt % 5 == 0 ? 0 : 200 + r->salt % 7);
	for (unsigned side = SRC; side <= DST; side++) {
		uint32_t base = 0xfffff000u + next_random(&state) % 8192, bytes = next_random(&state) % 5000;

		put_stamp(p, r->start + r->length / (side + 1));
		pen_be32(p, (r->salt % 4 == 0) << (8 + side)); /* retransmissions */
		pen_be32(p, base);
		pen_be32(p, r->salt % 6 == 1 ? 0 : base + bytes + 1 + next_random(&state) % 40);
		pen_be32(p, next_random(&state));
		pen_be32(p, next_random(&state) % 9);
		pen_be32(p, bytes);
		pen_be32(p, r->salt % 4 == 0 ? 1 + r->salt % 3 : 0);
		pen_be32(p, bytes / 2);
		pen_be32(p, next_random(&state));
		pen_be32(p, (next_random(&state) & 0xffff) << 16 | (TH_ACK | (r->salt & 0x0f)) << 8 | r->salt % 8);
	}
}

/* Of a side without packets there is none. */
static inline void put_recipe_encaps(struct pen *p, const struct recipe *r)
{
	put_head(p, TYPE_ENCAPS, 0, 0, 3);
	pen_be32(p, r->pkts[SRC] > 0 ? ENCAPS_ETHER : 0);
	pen_be32(p, r->pkts[DST] > 0 ? ENCAPS_ETHER | ENCAPS_8021Q : 0);
}

static inline void put_recipe_ipattr(struct pen *p, const struct recipe *r)
{
	bool has_options = r->parts & PART_IPATTR_OPTIONS, is_one = r->parts & PART_ONE_IPATTR;

	put_head(p, TYPE_IPATTR, 0, IPATTR_SRC | (is_one ? 0 : IPATTR_DST) | (has_options ? IPATTR_SRC_OPTIONS : 0),
		 3 - is_one + has_options);
	pen_be32(p, 64u << 24 | (r->salt % 5 == 4 ? 0x08u : 0) << 16 | (r->salt & 0xffff));
	if (has_options)
		pen_be32(p, 1u << r->salt % 4);
	if (!is_one)
		pen_be32(p, (r->salt % 7 == 6 ? 57u : 58u) << 24 | (r->salt * 3 & 0xffff));
}

/* What the layers below say: the same in all records of a flow, but for IPATTR and ENCAPS. */
static inline void put_recipe_parts(struct pen *p, const struct recipe *r)
{
	if (r->parts & PART_VLAN) {
		put_head(p, TYPE_VLAN, 0, 3, 2);
		pen_be32(p, 100u << 16 | 200);
	}
	if (r->parts & PART_MPLS) {
		put_head(p, TYPE_MPLS, 1, 0x10, 2);
		pen_be32(p, 5u << 12 | 0x1ff);
	}
	if (r->parts & (PART_IPATTR | PART_ONE_IPATTR | PART_IPATTR_OPTIONS))
		put_recipe_ipattr(p, r);
	if (r->parts & PART_MAC) {
		put_head(p, TYPE_MAC, 0, 0, 5);
		pen_be32(p, 0x02000000);
		pen_be32(p, 0x00010200);
		pen_be32(p, 0x00000002);
		pen_be32(p, 0x00080000);
	}
	if (r->parts & PART_ENCAPS)
		put_recipe_encaps(p, r);
}

/* Returns the record's length in bytes, at most PLAIN_RECORD_MAX. */
static inline uint32_t make_plain_record(const struct recipe *r, uint8_t *to)
{
	struct pen pen = pen_on(to, PLAIN_RECORD_MAX), *p = &pen;

	pen_be32(p, (uint32_t)(RECORD_FAR | 3) << 24 | CAUSE_STATUS << 16);
	if (r->parts & PART_TRANSPORT) {
		put_head(p, TYPE_TRANSPORT, 3, 1, 3);
		pen_be32(p, 0x0a090807);
		pen_be32(p, r->salt);
	}
	put_recipe_key(p, r);
	if (r->parts & PART_ENCAPS_FIRST)
		put_recipe_encaps(p, r);
	put_recipe_times(p, r);
	put_recipe_counts(p, r);
	if (r->parts & PART_AGR)
		put_recipe_agr(p, r);
	if (r->has_network && r->proto == PROTO_TCP)
		put_recipe_tcp(p, r);
	else if (r->has_network)
		put_head(p, TYPE_NETWORK, NETWORK_NONE, 0, 1);
	put_recipe_parts(p, r);
	put_be16(to + 2, (uint16_t)(pen_used(p) / 4));
	return (uint32_t)pen_used(p);
}

#endif
