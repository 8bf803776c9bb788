/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDT (probe.md 12.1): all of it is kept in the source's half, whatever the
 * direction, as readers of the record expect. */
#include "argus/table.h"

#define HEADER 16

enum udt_control {
	UDT_HANDSHAKE = 0,
	UDT_KEEP_ALIVE = 1,
	UDT_ACK = 2,
	UDT_NAK = 3,
	UDT_SHUTDOWN = 5,
	UDT_ACK2 = 6,
	UDT_DROP = 7,
};

static struct udt *udt_at(const struct step *s)
{
	return slab_at(&s->probe->udt, s->flow->state);
}

static bool is_known_control(const uint8_t *h)
{
	switch (get_be16(h) & 0x7fff) {
	case UDT_HANDSHAKE:
	case UDT_KEEP_ALIVE:
	case UDT_ACK:
	case UDT_NAK:
	case UDT_SHUTDOWN:
	case UDT_ACK2:
	case UDT_DROP: return true;
	default: return false;
	}
}

/* Position of the packet in its message: the upper two bits of the second word. */
static void count_position(struct udt_metrics *m, uint32_t message)
{
	switch (message >> 30) {
	case 3: m->solo++; break;
	case 2: m->first++; break;
	case 1: m->last++; break;
	default: m->middle++; break;
	}
}

static void on_data(struct udt_metrics *m, const uint8_t *h, bool is_first)
{
	uint32_t seq = get_be32(h);

	count_position(m, get_be32(h + 4));
	if (!is_first) {
		int32_t gap = (int32_t)(seq - m->seq);

		if (gap > 1)
			m->drops += gap - 1;
		else if (gap <= 0)
			m->retrans++;
	}
	m->seq = seq;
	m->tstamp = get_be32(h + 8);
}

static void on_ack(struct udt_metrics *m, struct span payload)
{
	span_skip(&payload, HEADER);
	m->ack = span_be32(&payload);
	m->rtt = span_be32(&payload);
	m->var = span_be32(&payload);
	m->bsize = span_be32(&payload);
	m->rate = span_be32(&payload);
	m->lcap = span_be32(&payload);
}

static void account(struct step *s, struct udt *udt, const uint8_t *h)
{
	struct udt_metrics *m = &udt->side[SRC];

	m->sec = (uint32_t)(s->now / 1000000);
	m->usec = (uint32_t)(s->now % 1000000);
	if (!(h[0] & 0x80)) {
		on_data(m, h, s->is_first);
		return;
	}
	switch (get_be16(h) & 0x7fff) {
	case UDT_HANDSHAKE:
		for (size_t i = 0; i < ARRAY_LENGTH(udt->handshake); i++) {
			const uint8_t *word = span_peek(&s->payload, HEADER + 4 * (i + 1));

			udt->handshake[i] = word != NULL ? get_be32(word + HEADER + 4 * i) : 0;
		}
		break;
	case UDT_ACK: on_ack(m, s->payload); break;
	case UDT_NAK: m->nacked += (s->length - HEADER) / 4; break;
	default: break;
	}
}

void udt_start(struct step *s)
{
	const uint8_t *h = span_peek(&s->payload, HEADER);
	struct udt *udt;

	if (h == NULL || ((h[0] & 0x80) && !is_known_control(h)))
		return;
	udt = flow_new_state(s->probe, s->flow, STATE_UDT);
	account(s, udt, h);
}

void udt_update(struct step *s)
{
	const uint8_t *h = span_peek(&s->payload, HEADER);

	if (h != NULL)
		account(s, udt_at(s), h);
}
