/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ARP (probe.md 14): who answered. */
#include "argus/table.h"

#define BODY 28 /* of an ARP packet between Ethernet and IPv4 addresses */
#define ETHER_HEADER 14
#define OP_REPLY 2

/* The body right behind the Ethernet header: 3.0.8 looks there and nowhere else,
 * so behind a VLAN tag nobody has answered; see the state column of its records. */
static const uint8_t *body(const struct packet *packet)
{
	size_t left;

	if (packet->ether == NULL)
		return NULL;
	left = (size_t)(packet->bytes + packet->caplen - packet->ether);
	return left >= ETHER_HEADER + BODY ? packet->ether + ETHER_HEADER : NULL;
}

void arp_update(struct step *s)
{
	const uint8_t *arp = body(s->packet);
	union small_state *state;

	s->payload = span_of(s->packet->bytes, s->packet->caplen);
	s->length = (int32_t)s->packet->base_length;
	if (arp == NULL)
		return;
	s->payload.at = arp + BODY;
	s->length -= BODY;
	if (get_be16(arp + 6) != OP_REPLY)
		return;
	state = s->flow->kind == STATE_ARP ? small_at(s->probe, s->flow)
	                                   : flow_new_state(s->probe, s->flow, STATE_ARP);
	memcpy(state->arp_mac, arp + 8, sizeof state->arp_mac);
}
