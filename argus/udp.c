/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is recognised in UDP (probe.md 12): RTP and RTCP by their first packet,
 * UDT by its port. The packet was tallied before: nothing here makes it idle. */
#include "argus/table.h"

#define UDP_HEADER 8
#define RTP_HEADER 12
#define RTCP_HEADER 8
#define UDT_PORT 9000

enum rtcp_type { RTCP_SENDER = 200, RTCP_RECEIVER = 201 };

static bool may_be_rtp(const struct step *s)
{
	const struct packet *packet = s->packet;
	const uint8_t *h = span_peek(&s->payload, RTP_HEADER);

	return h != NULL && s->length > 0 && h[0] >> 6 == 2 && packet->sport >= 1024 && packet->dport >= 1024 &&
	       (packet->sport < 7000 || packet->sport > 7010) && (packet->dport < 7000 || packet->dport > 7010);
}

/* Whether a compound RTCP packet holds a report. */
static bool holds_report(struct span payload)
{
	const uint8_t *h;

	while ((h = span_peek(&payload, RTCP_HEADER)) != NULL) {
		size_t words = get_be16(h + 2);

		if (h[0] >> 6 == 2 && (h[1] == RTCP_SENDER || h[1] == RTCP_RECEIVER))
			return true;
		if (words == 0 || !span_skip(&payload, (words + 1) * 4))
			break;
	}
	return false;
}

static struct rtp_header rtp_header(const uint8_t *h)
{
	return (struct rtp_header){ h[0], h[1], get_be16(h + 2), get_be32(h + 4), get_be32(h + 8) };
}

static void start(struct step *s)
{
	const uint8_t *h = s->payload.at;

	if (may_be_rtp(s)) {
		if (holds_report(s->payload)) {
			/* Its length and SSRC stand byte-reversed in the record (record-format.md 8.5). */
			const uint8_t raw[8] = { h[0], h[1], h[3], h[2], h[7], h[6], h[5], h[4] };
			struct rtcp *rtcp = &((union small_state *)flow_new_state(s->probe, s->flow, STATE_RTCP))->rtcp;

			memcpy(rtcp->header[s->side], raw, sizeof raw);
		} else {
			union small_state *state = flow_new_state(s->probe, s->flow, STATE_RTP);

			state->media.rtp.header[s->side] = rtp_header(h);
		}
	} else if (s->packet->sport == UDT_PORT || s->packet->dport == UDT_PORT) {
		udt_start(s);
	}
}

/* The extension's length, as 3.0.8 reads it: byte-swapped. */
static bool has_wild_extension(const struct step *s, const uint8_t *h)
{
	size_t at = RTP_HEADER + 4u * (h[0] & 0x0f);
	const uint8_t *extension = span_peek(&s->payload, at + 4);
	int32_t length;

	if (!(h[0] & 0x10))
		return false;
	if (extension == NULL)
		return true;
	length = get_le16(extension + at + 2);
	return length > s->length || length < s->length - 4;
}

static void count_gap(struct rtp *rtp, enum side side, uint16_t seq)
{
	uint16_t last = rtp->header[side].seq;

	if (seq > last) {
		rtp->drops[side] = (uint16_t)(rtp->drops[side] + seq - last - 1);
	} else if (seq < last) {
		if (rtp->drops[side] > 0)
			rtp->drops[side]--;
		rtp->state |= side == SRC ? TCP_SRC_OUT_OF_ORDER : TCP_DST_OUT_OF_ORDER;
	}
}

/* Removes the RTP header, with contributing sources and extension, from the payload. */
static void strip_rtp(struct step *s, const uint8_t *h)
{
	int32_t csrc = 4 * (h[0] & 0x0f), header = RTP_HEADER + csrc;

	if (csrc >= s->length)
		return;
	if (h[0] & 0x10) {
		const uint8_t *extension = span_peek(&s->payload, (size_t)header + 4);

		if (extension != NULL)
			header += 4 + get_be16(extension + header + 2);
	}
	span_skip(&s->payload, (size_t)header);
	s->length -= header;
}

/* Constant-rate codecs: a payload of another size is a silence descriptor. */
static bool is_silence(uint8_t type, int32_t length)
{
	switch (type) {
	case 0:
	case 8:
	case 9:
	case 15:
	case 18: return length <= 0 || length % 10 != 0;
	case 4: return length <= 0 || length == 4;
	default: return false;
	}
}

static void follow_rtp(struct step *s)
{
	union small_state *state = small_at(s->probe, s->flow);
	struct rtp *rtp = &state->media.rtp;
	const uint8_t *h = span_peek(&s->payload, RTP_HEADER);
	struct rtp_header *mine = &rtp->header[s->side], header;

	if (h == NULL || h[0] >> 6 != 2)
		return;
	header = rtp_header(h);
	if (mine->seq == 0) {
		*mine = header;
		return;
	}
	if (header.ssrc == 0 || header.ssrc != mine->ssrc || has_wild_extension(s, h)) {
		flow_drop_state(s->probe, s->flow);
		return;
	}
	count_gap(rtp, s->side, header.seq);
	*mine = header;
	strip_rtp(s, h);
	if (is_silence(h[1] & 0x7f, s->length))
		state->media.silence |= s->side == SRC ? 0x01 : 0x02;
}

void udp_update(struct step *s)
{
	if (span_left(&s->payload) >= UDP_HEADER) {
		span_skip(&s->payload, UDP_HEADER);
		s->length -= UDP_HEADER;
	}
	if (s->is_first)
		start(s);
	else if (s->flow->kind == STATE_RTP)
		follow_rtp(s);
	else if (s->flow->kind == STATE_UDT)
		udt_update(s);
}

void udp_begin_period(struct probe *p, struct probe_flow *f)
{
	if (f->kind == STATE_RTP) {
		struct rtp *rtp = &small_at(p, f)->media.rtp;

		rtp->drops[SRC] = rtp->drops[DST] = 0;
		small_at(p, f)->media.silence = 0;
	} else if (f->kind == STATE_ESP) {
		small_at(p, f)->esp.status = small_at(p, f)->esp.lost = 0;
	}
}
