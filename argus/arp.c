/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ARP (probe.md 14): who answered. */
#include "argus/table.h"

#define BODY 28 /* of an ARP packet between Ethernet and IPv4 addresses */
#define OP_REPLY 2

void arp_update(struct step *s)
{
	const uint8_t *arp = span_peek(&s->payload, BODY);
	union small_state *state;

	if (arp != NULL && get_be16(arp + 6) == OP_REPLY) {
		state = s->flow->kind == STATE_ARP ? small_at(s->probe, s->flow)
		                                   : flow_new_state(s->probe, s->flow, STATE_ARP);
		memcpy(state->arp_mac, arp + 8, sizeof state->arp_mac);
	}
	/* What follows the body is user data; decode has left the body out of the length. */
	span_skip(&s->payload, BODY);
}
