/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What IPv4 packets carry other packets in (probe.md 5.1): GRE, ERSPAN, Teredo and
 * Juniper's mirror protocol. Other tunnels are flows of their outer addresses. */
#include <netinet/in.h>

#include "argus/walk.h"

#define PROTO_JUNIPER_TTP 84
#define IP6_HEADER 40

static int walk_gre(struct walk *w)
{
	const uint8_t *h = walk_take(w, 4);
	size_t options = 0;

	if (h == NULL)
		return WALK_STOP;
	w->p->encaps |= ENCAPS_GRE;
	if ((h[1] & 7) == 0) {
		options += (h[0] & 0xc0) ? 4 : 0; /* checksum or routing */
		options += (h[0] & 0x20) ? 4 : 0; /* key */
		options += (h[0] & 0x10) ? 4 : 0; /* sequence */
	} else if ((h[1] & 7) == 1) {
		options += (h[0] & 0x20) ? 4 : 0;
		options += (h[0] & 0x10) ? 4 : 0;
		options += (h[1] & 0x80) ? 4 : 0; /* acknowledgement */
	}
	if (walk_take(w, options) == NULL)
		return WALK_STOP;
	if ((h[1] & 7) == 0 && (h[0] & 0x40)) {
		/* Source routes: family, offset and length each; the list ends with length 0. */
		const uint8_t *route;

		while ((route = walk_take(w, 4)) != NULL && route[3] != 0)
			if (walk_take(w, route[3]) == NULL)
				return WALK_STOP;
	}
	return get_be16(h + 2);
}

int walk_erspan(struct walk *w)
{
	const uint8_t *h = span_peek(&w->up, 9);

	if (h == NULL || h[0] >> 4 != 1)
		return WALK_STOP;
	w->up.at += 8;
	w->p->encaps |= ENCAPS_ERSPAN_II;
	return WALK_ETHER;
}

/* IPv6 behind a UDP header, perhaps behind Teredo's authentication and origin headers. */
static int walk_teredo(struct walk *w)
{
	struct span s = w->up;
	const uint8_t *udp = span_take(&s, 8), *h;

	if (udp == NULL || get_be16(udp) == 53 || get_be16(udp + 2) == 53)
		return WALK_STOP;
	for (int headers = 0; headers < 2; headers++) {
		h = span_peek(&s, 4);
		if (h == NULL || h[0] != 0 || h[1] > 1)
			break;
		if (h[1] == 0)
			span_skip(&s, 8);
		else
			span_skip(&s, 13u + h[2] + h[3]);
	}
	h = span_peek(&s, IP6_HEADER);
	if (h == NULL || h[0] >> 4 != 6)
		return WALK_STOP;
	w->up = s;
	w->p->encaps |= ENCAPS_TEREDO;
	return WALK_IPV6;
}

static int walk_juniper_ttp(struct walk *w)
{
	const uint8_t *h = walk_take(w, 20);

	if (h == NULL)
		return WALK_STOP;
	switch (h[0]) {
	case 1:
	case 2: return WALK_ETHER;
	case 3:
	case 4: return WALK_IP;
	default: return WALK_STOP;
	}
}

int walk_tunnel(struct walk *w)
{
	const uint8_t *ip = w->p->ip;

	if (get_be16(ip + 6) & 0x1fff)
		return WALK_STOP; /* a later fragment has no tunnel header */
	switch (ip[9]) {
	case IPPROTO_GRE: return walk_gre(w);
	case IPPROTO_UDP: return w->o->has_tunnel_discovery ? walk_teredo(w) : WALK_STOP;
	case PROTO_JUNIPER_TTP: return walk_juniper_ttp(w);
	default: return WALK_STOP;
	}
}
