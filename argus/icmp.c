/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ICMP and ICMPv6 (probe.md 13): what the flow is about, and which flow an error
 * was meant for. */
#include "argus/decode.h"
#include "argus/table.h"

#define HEADER_SIZE 28 /* the ICMP header with an embedded IP header */

/* Types that ask or answer; all others are errors. */
static bool is_information(uint8_t type)
{
	return type == 0 || (type >= 8 && type <= 10) || (type >= 13 && type <= 18);
}

static bool is_reply(uint8_t type)
{
	return type == 0 || type == 14 || type == 16 || type == 18;
}

static bool read_header(const struct step *s, struct icmp_network *icmp)
{
	const uint8_t *h = span_peek(&s->packet->payload, HEADER_SIZE);
	const uint8_t *ip = s->packet->ip;

	*icmp = (struct icmp_network){ 0 };
	if (h == NULL || ip == NULL)
		return false;
	icmp->type = h[0];
	icmp->code = h[1];
	icmp->seq = get_be16(h + 6);
	icmp->outer[SRC] = get_be32(ip + 12);
	icmp->outer[DST] = get_be32(ip + 16);
	if (!is_information(icmp->type)) {
		icmp->inner[SRC] = get_be32(h + 20);
		icmp->inner[DST] = get_be32(h + 24);
		icmp->gateway = get_be32(h + 4);
	}
	return true;
}

/* What the mapped flow's DSR says: unreachable, redirect, time exceeded. */
enum mapped { MAPPED_UNREACHABLE = 1, MAPPED_REDIRECT = 2, MAPPED_EXCEEDED = 4 };

static uint8_t error_qualifier(uint8_t type)
{
	return type == 3 ? MAPPED_UNREACHABLE : type == 5 ? MAPPED_REDIRECT : type == 11 ? MAPPED_EXCEEDED : 0;
}

static uint8_t error6_qualifier(uint8_t type)
{
	return type == 1 ? MAPPED_UNREACHABLE : type == 3 ? MAPPED_EXCEEDED : 0;
}

/* Tells the flow that the error is about. Counters, queue and cause stay. */
static void map_error(struct step *s, const struct embedded *inner, const struct icmp_network *error, uint8_t qualifier)
{
	struct probe *p = s->probe;
	uint32_t ref = table_find(p, &inner->key, inner->hash);
	struct probe_flow *f;
	struct flow_cold *cold;
	uint64_t stamp = s->now | STAMP_SET;

	if (ref == 0)
		return;
	f = flow_at(p, ref);
	cold = flow_cold(p, f);
	cold->seen |= SEEN_ICMP;
	if (qualifier != 0)
		cold->icmp.qualifier = qualifier;
	cold->icmp.type = error->type;
	cold->icmp.code = error->code;
	cold->icmp.seq = error->seq;
	memcpy(cold->icmp.outer, error->outer, sizeof error->outer);
	memcpy(cold->icmp.inner, error->inner, sizeof error->inner);
	cold->icmp.gateway = error->gateway;
	if (f->stamp[SRC][START] == 0) {
		f->stamp[SRC][START] = stamp;
		f->marks = (uint8_t)((f->marks & ~MARK_TIME) | 1);
	} else {
		f->stamp[SRC][END] = stamp;
		f->marks = (uint8_t)((f->marks & ~MARK_TIME) | 2);
	}
}

static void on_error(struct step *s, const struct icmp_network *error)
{
	struct embedded inner;

	if (!decode_embedded(s->packet, s->probe->decode, &inner))
		return;
	map_error(s, &inner, error, error_qualifier(error->type));
	s->payload = inner.payload; /* what counts of an error is what it carries */
	s->length = inner.length;
}

void icmp_update(struct step *s)
{
	struct icmp_network header;
	bool is_whole = read_header(s, &header);
	const uint8_t *h = span_peek(&s->packet->payload, 1);

	if (h == NULL)
		return;
	if (s->is_first && is_whole) {
		union small_state *state = flow_new_state(s->probe, s->flow, STATE_ICMP);

		state->icmp = header;
	} else if (s->flow->kind == STATE_ICMP && is_information(h[0]) && (!is_reply(h[0]) || s->is_period_start)) {
		small_at(s->probe, s->flow)->icmp.type = h[0];
	}
	if (!is_information(h[0]))
		on_error(s, &header);
}

/* Errors are mapped like those of ICMP (D29); their addresses do not fit the DSR. */
static void map_error6(struct step *s, const uint8_t *h)
{
	struct icmp_network error = { .type = h[0], .code = h[1], .seq = get_be16(h + 6), .gateway = get_be32(h + 4) };
	struct embedded inner;

	if (decode_embedded(s->packet, s->probe->decode, &inner))
		map_error(s, &inner, &error, error6_qualifier(h[0]));
}

void icmp6_update(struct step *s)
{
	const uint8_t *h = span_peek(&s->packet->payload, 8);

	if (h == NULL)
		return;
	map_error6(s, h);
	if (!s->is_first)
		return;
	((union small_state *)flow_new_state(s->probe, s->flow, STATE_ICMP))->icmp = (struct icmp_network){
		.type = h[0], .code = h[1], .seq = get_be16(h + 2),
	};
}
