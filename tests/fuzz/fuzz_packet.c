/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a packet of any link type: the first two bytes choose the link type,
 * the third the options. What decode_packet promises of its results is checked. */
#include <assert.h>

#include "argus/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct packet *p)
{
	const uint8_t *end = p->bytes + p->caplen;

	assert(p->key.length <= PROBE_KEY_MAX && p->key.length % 8 == 0 && p->key.dsr_length <= p->key.length);
	assert(p->payload.at >= p->bytes && p->payload.at <= p->payload.end && p->payload.end <= end);
	assert(p->length >= 0);
	assert(p->ip == NULL || p->ip + 20 <= end);
	assert(p->ether == NULL || p->ether == p->ether_made || p->ether + 14 <= end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decode_options o = { .flow_key = FLOW_KEY_TUPLE, .seed = 1 };
	struct packet p = { 0 };
	struct embedded embedded;
	struct probe_key key;
	uint64_t hash;

	if (size < 3)
		return 0;
	p.link = get_be16(data);
	o.flow_key = data[2] & 0x40 ? data[2] & 0x7fu : FLOW_KEY_TUPLE;
	o.has_tunnel_discovery = (data[2] & 0x80) != 0;
	p.bytes = data + 3;
	p.caplen = p.wirelen = (uint32_t)size - 3;
	if (!decode_packet(&p, &o)) {
		assert(p.undecodable != UNDECODABLE_NONE);
		return 0;
	}
	check(&p);
	if (decode_embedded(&p, &o, &embedded))
		assert(embedded.key.length <= PROBE_KEY_MAX && embedded.length >= 0);
	decode_fragment_key(&p, &o, &key, &hash);
	return 0;
}
