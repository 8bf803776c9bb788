/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decoders, encoders and reversals that the DSR table is made of. One file a
 * family; only dsr.c and the nested keys of tunnels use these by name. */
#ifndef COMMON_RECORD_DSR_CODEC_H
#define COMMON_RECORD_DSR_CODEC_H

#include "argus/record/dsr.h"

#define DSR_HEADER_SIZE 4u
#define ENCAPS_SIZE 12u /* without the headers that version 5 has */

#define DSR_CODEC(name)                                                        \
	bool decode_##name(const uint8_t *bytes, size_t length, const struct flow *f, void *to); \
	void encode_##name(const void *from, struct flow *f, struct pen *pen); \
	void reverse_##name(void *member)

DSR_CODEC(transport);
uint8_t transport_form(uint8_t code); /* enum id_form; the code is the qualifier of version 3 */
DSR_CODEC(key);
DSR_CODEC(times);
DSR_CODEC(metric);
void metric_write(const struct metric *m, struct pen *pen); /* what encode_metric() does */
DSR_CODEC(agr);
DSR_CODEC(network);
DSR_CODEC(vlan);
DSR_CODEC(mpls);
DSR_CODEC(jitter);
DSR_CODEC(ipattr);
DSR_CODEC(psize);
DSR_CODEC(user);
DSR_CODEC(mac);
DSR_CODEC(icmp);
DSR_CODEC(encaps);
DSR_CODEC(behavior);
DSR_CODEC(correlate);
DSR_CODEC(cocode);
DSR_CODEC(label);
DSR_CODEC(asn);
DSR_CODEC(geo);
DSR_CODEC(locality);
DSR_CODEC(hash);
DSR_CODEC(vxlan);
DSR_CODEC(gre);
DSR_CODEC(geneve);
DSR_CODEC(score);

/* What the walk over a record needs to know of a type: its slot + 1 (0: none; user
 * data has a second one), and the least length that can be read. */
struct dsr_place {
	uint8_t slot;
	uint8_t min_words;
};

extern const struct dsr_place dsr_places[128];

/* The header of a DSR and its content, side by side. */
struct dsr_head {
	uint8_t type, subtype, qualifier;
	uint32_t words; /* including the header */
};

/* Reads the four header bytes of a DSR that the index holds. */
static inline struct dsr_head dsr_head_take(struct span *dsr)
{
	uint32_t words = (uint32_t)(span_left(dsr) / 4);
	const uint8_t *p = span_take(dsr, DSR_HEADER_SIZE);

	return p != NULL ? (struct dsr_head){ p[0] & 0x7f, p[1], p[2], words } : (struct dsr_head){ 0 };
}

/* Begins a DSR with a one-byte length, which dsr_end fills in; so the subtype must
 * not have the bit that announces a longer one, though a record read may. */
static inline uint8_t *dsr_begin(struct pen *pen, uint8_t type, unsigned subtype, unsigned qualifier)
{
	uint8_t *start = pen->at, *head = pen_room(pen, DSR_HEADER_SIZE);

	if (head != NULL) {
		head[0] = type;
		head[1] = (uint8_t)(subtype & 0x7f);
		head[2] = (uint8_t)qualifier;
		head[3] = 0;
	}
	return start;
}

static inline void dsr_end(struct pen *pen, uint8_t *start)
{
	while ((pen->at - start) % 4 != 0 && !pen->is_full)
		pen_u8(pen, 0);
	if (!pen->is_full)
		start[3] = (uint8_t)((pen->at - start) / 4);
}

/* The header of a DSR whose length is known beforehand, and room for its content: one
 * look at the room for all of it. NULL: there is none. */
static inline uint8_t *dsr_whole(struct pen *pen, uint8_t type, unsigned subtype, unsigned qualifier, unsigned words)
{
	uint8_t *head = pen_room(pen, (size_t)words * 4);

	if (unlikely(head == NULL))
		return NULL;
	put_be32(head, (uint32_t)type << 24 | (subtype & 0x7f) << 16 | (qualifier & 0xff) << 8 | words);
	return head + DSR_HEADER_SIZE;
}

#define SWAP(a, b)                      \
	do {                            \
		__typeof__(a) t_ = (a); \
		(a) = (b);              \
		(b) = t_;               \
	} while (0)

/* Exchanges two neighbouring bits of a word: `low` and the one above it. */
static inline uint32_t swap_bit_pair(uint32_t word, uint32_t low)
{
	uint32_t pair = word & (low | low << 1);

	return (word & ~(low | low << 1)) | (pair & low) << 1 | (pair >> 1 & low);
}

/* TCP or UDP over IPv4, all of it there, with nothing out of the ordinary (neither
 * reversed nor with masks nor a fragment): most keys. */
static inline bool is_plain_key(const uint8_t *p, size_t length)
{
	const uint32_t looked_at = 0x7fu << 16 | (0xffu & ~FLOW_QUALIFIER_DIRECTION) << 8;
	const uint32_t plain = KEY_TUPLE << 16 | LAYOUT_IPV4 << 8;

	return length >= 20 && (get_be32(p) & looked_at) == plain && (p[12] == PROTO_TCP || p[12] == PROTO_UDP);
}

#endif
