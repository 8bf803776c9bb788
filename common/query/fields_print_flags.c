/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns of letters: flgs, senc, denc, tcpopt (printing.md 4.5, 4.6). */
#include "common/query/fields_print.h"

#define FLAGS_WIDTH 9

/* The letter of each encapsulation, lowest bit first; 0: it has none but counts. */
static const char encaps_letters[27] = {
	'm', 'e', 'v', 'l', 'p', 'i', 'G', 'a', 'P', '6', 'H', 'C', 'A', 'S',
	'F', 's', 'R', 'w', 'z', 'a', 0,   0,	'T', 0,	  0,   'J', 'E',
};

size_t print_encaps(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		    size_t room)
{
	const struct encaps *e = flow_encaps(f);
	uint32_t bits = e != NULL ? e->bits[field->side] : 0;
	size_t length = 0;

	(void)style, (void)width, (void)room;
	for (; bits != 0; bits &= bits - 1) {
		unsigned bit = (unsigned)__builtin_ctz(bits);

		if (bit < ARRAY_LENGTH(encaps_letters) && encaps_letters[bit] != 0)
			out[length++] = encaps_letters[bit];
	}
	return length;
}

/* Of a pair of status bits: `both`, `src`, `dst` or a blank. */
static char pair(uint32_t status, uint32_t src_bit, char both, char src, char dst)
{
	bool s = status & src_bit, d = status & src_bit << 1;

	return s ? (d ? both : src) : d ? dst : ' ';
}

static char encaps_flag(struct flow *f)
{
	const struct encaps *e = flow_encaps(f);
	uint32_t bits;
	char letter = ' ';

	if (e != NULL) {
		bits = e->bits[SRC] | e->bits[DST];
		if (bits & (bits - 1))
			letter = '*';
		else if (bits != 0 && bits < 1u << ARRAY_LENGTH(encaps_letters))
			letter = encaps_letters[__builtin_ctz(bits)];
		if (letter == 0)
			letter = ' ';
	} else if (flow_has(f, DSR_VLAN)) {
		letter = 'v';
	} else if (flow_has(f, DSR_MAC)) {
		letter = 'e';
	} else if (flow_has(f, DSR_MPLS)) {
		letter = 'm';
	}
	if (flow_has(f, DSR_MAC)) {
		const struct mac *m = flow_mac(f);

		if (m != NULL && m->qualifier & 3)
			letter = 'M';
	}
	return letter;
}

static char icmp_flag(struct flow *f)
{
	const struct icmp_mapped *m = flow_has(f, DSR_ICMP) ? flow_icmp(f) : NULL;

	if (m == NULL)
		return ' ';
	switch (m->type) {
	case 3:
		return 'U';
	case 5:
		return 'R';
	case 11:
		return 'T';
	}
	return m->qualifier & 7 ? 'I' : ' ';
}

/* Whether a side's sequence numbers have a hole. */
static bool has_gap(struct flow *f)
{
	for (uint8_t side = SRC; side <= DST; side++) {
		struct field field = { .side = side };
		struct value v;

		if (get_sequence_gap(&field, f, &v) && v.u > 0)
			return true;
	}
	return false;
}

static void tcp_letters(struct flow *f, const struct tcp *t, char *out)
{
	out[3] = pair(t->status, TCP_SRC_RETRANS, '*', 's', 'd');
	if (out[3] == ' ' && flow_network(f)->kind == NETWORK_TCP_PERF && has_gap(f))
		out[3] = 'g';
	if (out[3] == ' ')
		out[3] = pair(t->status, TCP_SRC_OUT_OF_ORDER, '&', 'i', 'r');
	out[4] = pair(t->status, TCP_SRC_WINDOW_SHUT, '@', 'S', 'D');
	out[5] = pair(t->status, TCP_SRC_CONGESTED, 'E', 'x', 't');
}

static void udt_letters(const struct udt *u, char *out)
{
	if (u->status & (TCP_SRC_OUT_OF_ORDER | TCP_DST_OUT_OF_ORDER))
		out[3] = 'i';
	if (u->side[SRC].retrans > 0 || u->side[SRC].drops > 0)
		out[3] = 's';
	if (u->status & (TCP_SRC_WINDOW_SHUT | TCP_DST_WINDOW_SHUT))
		out[4] = 'S';
	if (u->status & (TCP_SRC_CONGESTED | TCP_DST_CONGESTED))
		out[5] = 'E';
}

static void esp_letters(const struct esp *e, char *out)
{
	char order = pair(e->status, TCP_SRC_OUT_OF_ORDER, '&', 'i', 'r');

	if (e->lost > 0)
		out[3] = pair(e->status, 0x10, '*', 's', 'd');
	if (order != ' ')
		out[3] = order;
}

static void rtp_letters(const struct network *n, char *out)
{
	const struct rtp *r = &n->u.rtp;
	uint32_t drops = (r->drops[SRC] > 0) | (r->drops[DST] > 0) << 1;

	out[3] = pair(drops, 1, '*', 's', 'd');
	out[4] = pair(n->qualifier, 1, '*', 's', 'd');
}

static void network_letters(struct flow *f, char *out)
{
	const struct network *n = flow_network(f);
	const struct tcp *t = tcp_of(f);

	if (n == NULL || n->is_opaque)
		return;
	if (t != NULL)
		tcp_letters(f, t, out);
	else if (n->kind == NETWORK_UDT)
		udt_letters(&n->u.udt, out);
	else if (n->kind == NETWORK_ESP)
		esp_letters(&n->u.esp, out);
	else if (n->kind == NETWORK_RTP)
		rtp_letters(n, out);
}

static char fragment_flag(struct flow *f)
{
	const struct flow_key *k = flow_key(f);
	const struct ipattr *a = flow_ipattr(f);
	const struct network *n = flow_network(f);

	if (n != NULL && n->kind == NETWORK_UDT)
		return ' ';
	if (n != NULL && n->kind == NETWORK_FRAGMENT)
		return 'f';
	if (a != NULL && a->qualifier & (IPATTR_SRC_FRAGMENTS | IPATTR_DST_FRAGMENTS))
		return 'F';
	if (k->flags & KEY_FRAGMENT && (a != NULL || k->layout == LAYOUT_IPV6))
		return 'F';
	return ' ';
}

static char option_flag(struct flow *f)
{
	static const char letters[8] = { 'R', 'T', '+', 'L', 'D', 'S', 'A', 'U' };
	const struct ipattr *a = flow_ipattr(f);
	uint32_t bits = 0;

	if (a == NULL)
		return ' ';
	if (a->qualifier & IPATTR_SRC_OPTIONS)
		bits |= a->side[SRC].options;
	if (a->qualifier & IPATTR_DST_OPTIONS)
		bits |= a->side[DST].options;
	bits &= 0xff;
	if (bits == 0)
		return ' ';
	return bits & (bits - 1) ? 'O' : letters[__builtin_ctz(bits)];
}

static char correlation_flag(struct flow *f)
{
	const struct correlate *c = flow_has(f, DSR_CORRELATE) ? flow_correlate(f) : NULL;

	if (c == NULL || c->count == 0)
		return ' ';
	return (char)('0' + (c->count > 9 ? 9 : c->count));
}

size_t print_flags(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		   size_t room)
{
	(void)field, (void)style, (void)width, (void)room;
	memset(out, ' ', FLAGS_WIDTH);
	if (f->type == RECORD_NETFLOW)
		out[0] = 'N';
	out[1] = encaps_flag(f);
	out[2] = icmp_flag(f);
	network_letters(f, out);
	out[6] = fragment_flag(f);
	out[7] = option_flag(f);
	out[8] = correlation_flag(f);
	return FLAGS_WIDTH;
}

size_t print_tcp_options(const struct field *field, struct flow *f, const struct style *style, unsigned width,
			 char *out, size_t room)
{
	static const char letters[12] = { 'M', 'w', 's', 'S', 'e', 'E', 'T', 'c', 'N', 'O', 'S', 'D' };
	const struct tcp *t = tcp_of(f);

	(void)field, (void)style, (void)room;
	if (t == NULL)
		return 0;
	for (unsigned i = 0; i < ARRAY_LENGTH(letters); i++)
		out[i] = t->options & (uint32_t)TCPOPT_MSS << i ? letters[i] : ' ';
	return width < ARRAY_LENGTH(letters) ? width : ARRAY_LENGTH(letters);
}
