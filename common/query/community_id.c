/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Community ID, version 1, of a flow (community-id.md): the name that other
 * monitors give to it. */
#include <nettle/base64.h>
#include <nettle/sha1.h>

#include "common/query/fields_print.h"

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58, SCTP = 132 };

/* The type that answers, or is answered by, an ICMP type; -1: it goes one way. */
static int counterpart(unsigned proto, unsigned type)
{
	static const uint8_t pairs[][3] = {
		{ ICMP, 0, 8 },	     { ICMP, 9, 10 },	   { ICMP, 13, 14 },	{ ICMP, 15, 16 },
		{ ICMP, 17, 18 },    { ICMP6, 128, 129 },  { ICMP6, 130, 131 }, { ICMP6, 133, 134 },
		{ ICMP6, 135, 136 }, { ICMP6, 139, 140 }, { ICMP6, 144, 145 },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++) {
		if (pairs[i][0] != proto)
			continue;
		if (pairs[i][1] == type)
			return pairs[i][2];
		if (pairs[i][2] == type)
			return pairs[i][1];
	}
	return -1;
}

/* What stands for the ports of a protocol. */
struct ends {
	uint16_t port[2];
	bool has_ports;
	bool is_ordered; /* the lesser end comes first */
};

static struct ends ends_of(const struct flow_key *k)
{
	struct ends e = { { k->u.ip.port[SRC], k->u.ip.port[DST] }, false, true };
	int answer;

	switch (k->proto) {
	case TCP:
	case UDP:
	case SCTP:
		e.has_ports = !(k->flags & KEY_FRAGMENT);
		break;
	case ICMP:
	case ICMP6:
		answer = counterpart(k->proto, k->u.ip.type);
		e.has_ports = true;
		e.is_ordered = answer >= 0;
		e.port[SRC] = k->u.ip.type;
		e.port[DST] = answer >= 0 ? (uint16_t)answer : k->u.ip.code;
		break;
	}
	return e;
}

/* Whether the destination is the lesser end. */
static bool is_turned(const struct flow_key *k, const struct ends *e, size_t length)
{
	int order = memcmp(k->u.ip.addr[SRC], k->u.ip.addr[DST], length);

	if (!e->is_ordered)
		return false;
	return order > 0 || (order == 0 && e->port[SRC] > e->port[DST]);
}

/* Protocols without ports hash none. (Ordering them is by address alone.) */
static void hash_key(const struct flow_key *k, uint16_t seed, uint8_t digest[SHA1_DIGEST_SIZE])
{
	size_t length = k->layout == LAYOUT_IPV4 ? 4 : 16;
	struct ends e = ends_of(k);
	unsigned first = is_turned(k, &e, length) ? DST : SRC;
	uint8_t bytes[2 + 16 + 16 + 2 + 4], *p = bytes;
	struct sha1_ctx context;

	put_be16(p, seed);
	p += 2;
	memcpy(p, k->u.ip.addr[first], length);
	p += length;
	memcpy(p, k->u.ip.addr[!first], length);
	p += length;
	*p++ = k->proto;
	*p++ = 0;
	if (e.has_ports) {
		put_be16(p, e.port[first]);
		put_be16(p + 2, e.port[!first]);
		p += 4;
	}
	sha1_init(&context);
	sha1_update(&context, (size_t)(p - bytes), bytes);
	sha1_digest(&context, SHA1_DIGEST_SIZE, digest);
}

size_t print_community_id(const struct field *field, struct flow *f, const struct style *style, unsigned width,
			  char *out, size_t room)
{
	const struct flow_key *k = flow_key(f);
	uint8_t digest[SHA1_DIGEST_SIZE];

	(void)field, (void)width, (void)room;
	if (!key_is_ip(k) || k->kind != KEY_TUPLE)
		return 0;
	/* Old probes do not record the ports of SCTP: no name is better than a wrong one. */
	if (k->proto == SCTP && k->u.ip.port[SRC] == 0 && k->u.ip.port[DST] == 0)
		return 0;
	hash_key(k, style->community_seed, digest);
	memcpy(out, "1:", 2);
	base64_encode_raw(out + 2, sizeof digest, digest);
	return 2 + BASE64_ENCODE_RAW_LENGTH(sizeof digest);
}
