/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns that say in a word what a flow is doing: state, cause, dir
 * (printing.md 4.3 and 4.4). */
#include "common/query/fields_print.h"

static const struct word con = WORD("CON"), interrupted = WORD("INT"), responding = WORD("RSP"), requested = WORD("REQ");

/* Packets of either side: bit 0 source, bit 1 destination. */
static unsigned pattern(struct flow *f)
{
	const struct metric *m = flow_metric(f);

	return (m->pkts[SRC] > 0) | (m->pkts[DST] > 0) << 1;
}

static const struct word *tcp_word(struct flow *f, uint32_t status)
{
	static const struct word rst = WORD("RST"), fin = WORD("FIN"), clo = WORD("CLO"), tim = WORD("TIM"),
				 acc = WORD("ACC");

	if (status & (TCP_SRC_RESET | TCP_DST_RESET))
		return &rst;
	if (status & (TCP_FIN | TCP_FIN_ACKED))
		return &fin;
	if (status & TCP_NORMAL_CLOSE)
		return &clo;
	if (f->cause & CAUSE_TIMEOUT)
		return &tim;
	if (status & TCP_ESTABLISHED)
		return &con;
	if (status & TCP_SAW_SYNACK)
		return &acc;
	if (status & TCP_SAW_SYN)
		return &requested;
	if (status != 0)
		return &con;
	return pattern(f) == 3 ? &con : &interrupted;
}

/* -z: one letter for each step of the connection. */
static size_t tcp_letters(uint32_t status, char *out)
{
	static const struct {
		uint32_t bits;
		char letter;
	} steps[] = {
		{ TCP_SAW_SYN, 's' },	    { TCP_SAW_SYNACK, 'S' },   { TCP_ESTABLISHED, 'E' },
		{ TCP_FIN, 'f' },	    { TCP_FIN_ACKED, 'F' },    { TCP_NORMAL_CLOSE, 'C' },
		{ TCP_SRC_RESET | TCP_DST_RESET, 'R' },
	};
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++)
		if (status & steps[i].bits)
			out[length++] = steps[i].letter;
	return length;
}

/* -Z: the TCP flags that a side sent. */
static size_t tcp_flags(unsigned flags, char *out)
{
	size_t length = 0;

	for (unsigned bit = 0; bit < 8; bit++)
		if (flags & 1u << bit)
			out[length++] = "FSRPAUEC"[bit];
	return length;
}

static size_t print_tcp_state(struct flow *f, const struct style *style, char *out)
{
	const struct tcp *t = flow_tcp(f);
	unsigned src = t != NULL ? t->side[SRC].flags : 0, dst = t != NULL ? t->side[DST].flags : 0;
	size_t length;

	switch (style->state) {
	case STATE_WORDS:
		return put_word(out, tcp_word(f, t != NULL ? t->status : 0));
	case STATE_LETTERS:
		return t != NULL ? tcp_letters(t->status, out) : 0;
	case STATE_FLAGS_SRC:
		return tcp_flags(src, out);
	case STATE_FLAGS_DST:
		return tcp_flags(dst, out);
	case STATE_FLAGS_BOTH:
		length = tcp_flags(src, out);
		out[length++] = '_';
		return length + tcp_flags(dst, out + length);
	case STATE_FLAGS_BAD:
		break;
	}
	return 0;
}

static const struct word unknown_icmp = WORD("UNK");

static const struct word *icmp_word(unsigned type)
{
	static const struct word words[46] = {
		[0] = WORD("ECR"),  [1] = WORD(""),	[2] = WORD(""),	    [3] = WORD("UR"),	[4] = WORD("SRC"),
		[5] = WORD("RED"),  [6] = WORD("AHA"),	[7] = WORD(""),	    [8] = WORD("ECO"),	[9] = WORD("RTA"),
		[10] = WORD("RTS"), [11] = WORD("TXD"), [12] = WORD("PAR"), [13] = WORD("TST"), [14] = WORD("TSR"),
		[15] = WORD("IRQ"), [16] = WORD("IRR"), [17] = WORD("MAS"), [18] = WORD("MSR"), [19] = WORD("SEC"),
		[20] = WORD("ROB"), [21] = WORD("ROB"), [22] = WORD("ROB"), [23] = WORD("ROB"), [24] = WORD("ROB"),
		[25] = WORD("ROB"), [26] = WORD("ROB"), [27] = WORD("ROB"), [28] = WORD("ROB"), [29] = WORD("ROB"),
		[30] = WORD("TRC"), [31] = WORD("DCE"), [32] = WORD("MHR"), [33] = WORD("WAY"), [34] = WORD("IAH"),
		[35] = WORD("MRQ"), [36] = WORD("MRP"), [37] = WORD("DNQ"), [38] = WORD("DNP"), [39] = WORD("SKP"),
		[40] = WORD("PHO"), [41] = WORD("NRS"), [42] = WORD("NRA"), [43] = WORD("NNS"), [44] = WORD("NNA"),
		[45] = WORD("PTB"),
	};

	return type < ARRAY_LENGTH(words) ? &words[type] : &unknown_icmp;
}

static size_t print_icmp_state(struct flow *f, char *out)
{
	static const struct word why[16] = {
		WORD("N"),    WORD("H"),    WORD("O"),	  WORD("P"),	WORD("F"),   WORD("S"),	  WORD("NU"),  WORD("HU"),
		WORD("ISO"),  WORD("NPRO"), WORD("HPRO"), WORD("NTOS"), WORD("HTOS"), WORD("FIL"), WORD("PRE"), WORD("CUT"),
	};
	const struct icmp_mapped *mapped = flow_icmp(f);
	const struct flow_key *k = flow_key(f);
	unsigned type = mapped != NULL ? mapped->type : k->u.ip.type;
	unsigned code = mapped != NULL ? mapped->code : k->u.ip.code;
	size_t length = put_word(out, icmp_word(type));

	if (type == 3 && code < ARRAY_LENGTH(why))
		length += put_word(out + length, &why[code]);
	return length;
}

static const struct word *icmp6_word(unsigned type, unsigned code)
{
	static const struct word unreachable[] = { WORD("URNR"), WORD("URAD"), WORD("URBS"), WORD("URAR"),
						   WORD("URP"),	 WORD("URSF"), WORD("URRR"), WORD("URES") };
	static const struct word exceeded[] = { WORD("TXT"), WORD("TXR") };
	static const struct word parameter[] = { WORD("PPH"), WORD("PPNH"), WORD("PPO") };
	static const struct word too_big = WORD("PTB"), mhr = WORD("MHR");
	static const struct word from_128[] = { WORD("ECO"), WORD("ECR"), WORD("MRQ"), WORD("MHR"), WORD("UNK"),
						WORD("NRS"), WORD("NRA"), WORD("NNS"), WORD("NNA"), WORD("RED") };

	if (type == 1 && code < ARRAY_LENGTH(unreachable))
		return &unreachable[code];
	if (type == 2)
		return &too_big;
	if (type == 3 && code < ARRAY_LENGTH(exceeded))
		return &exceeded[code];
	if (type == 4 && code < ARRAY_LENGTH(parameter))
		return &parameter[code];
	if (type >= 128 && type - 128 < ARRAY_LENGTH(from_128))
		return &from_128[type - 128];
	return type == 143 ? &mhr : &unknown_icmp;
}

static const struct word *isis_word(unsigned pdu)
{
	static const struct word words[28] = {
		[15] = WORD("L1-IIH"),	[16] = WORD("L2-IIH"),	[18] = WORD("L1-LSP"),	[20] = WORD("L2-LSP"),
		[24] = WORD("L1-CSNP"), [25] = WORD("L2-CSNP"), [26] = WORD("L1-PSNP"), [27] = WORD("L2-PSNP"),
	};

	return pdu < ARRAY_LENGTH(words) && words[pdu].length > 0 ? &words[pdu] : NULL;
}

/* Protocols of which nothing but the packets is known. In rmon mode, where every
 * record is seen from both ends, nobody is called the responder. */
static const struct word *packet_word(struct flow *f, const struct style *style)
{
	switch (pattern(f)) {
	case 2:
		if (!style->rmon)
			return &responding;
		/* fall through */
	case 1:
		return f->cause & CAUSE_START ? &interrupted : &requested;
	case 3:
		return &con;
	}
	return &interrupted;
}

static const struct word *arp_word(struct flow *f, const struct style *style)
{
	switch (pattern(f)) {
	case 2:
		return style->rmon ? &interrupted : &responding;
	case 3:
		return &con;
	}
	return &interrupted;
}

size_t print_state(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		   size_t room)
{
	static const struct word error = WORD("ERR");
	const struct flow_key *k = flow_key(f);
	const struct word *w;

	(void)field, (void)width, (void)room;
	if (f->type == RECORD_EVENT || k->layout == LAYOUT_NONE)
		return 0;
	if (f->cause == CAUSE_ERROR)
		return put_word(out, &error);
	if (k->kind != KEY_TUPLE && k->kind != KEY_ARP)
		return put_word(out, &unknown_icmp);
	switch (k->layout) {
	case LAYOUT_IPV4:
	case LAYOUT_IPV6:
		if (k->proto == 6)
			return print_tcp_state(f, style, out);
		if (k->proto == 1 && k->layout == LAYOUT_IPV4)
			return print_icmp_state(f, out);
		if (k->proto == 58 && k->layout == LAYOUT_IPV6)
			return put_word(out, icmp6_word(k->u.ip.type, k->u.ip.code));
		break;
	case LAYOUT_ARP:
	case LAYOUT_RARP:
		return put_word(out, arp_word(f, style));
	case LAYOUT_ISIS:
		w = isis_word(k->u.isis.pdu);
		if (w != NULL)
			return put_word(out, w);
		break;
	}
	return put_word(out, packet_word(f, style));
}

size_t print_cause(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		   size_t room)
{
	static const struct word words[16] = {
		[1] = WORD("Start"),	[2] = WORD("Status"), [3] = WORD("Stop"),
		[4] = WORD("Timeout"), [6] = WORD("Shutdown"), [8] = WORD("Error"),
	};
	static const struct word unknown = WORD("Unknown");
	const struct word *w = &words[f->cause >> 4];

	(void)field, (void)room;
	return cut_bare(put_word(out, w->length > 0 ? w : &unknown), style, width);
}

/* The arrow of a flow whose packets alone tell the direction. */
static const struct word *packet_arrow(struct flow *f)
{
	static const struct word arrows[4] = { WORD("   "), WORD(" ->"), WORD("<- "), WORD("<->") };

	return &arrows[pattern(f)];
}

static const struct word *tcp_arrow(struct flow *f)
{
	static const struct word arrows[4] = { WORD(" ? "), WORD(" ?>"), WORD("<? "), WORD("<?>") };
	static const struct word forward = WORD(" ->"), backward = WORD("<- ");
	const struct tcp *t = flow_tcp(f);

	if (t == NULL)
		return packet_arrow(f);
	if ((t->status & (TCP_SAW_SYN | TCP_SAW_SYNACK)) == 0)
		return &arrows[pattern(f)];
	return flow_key(f)->flags & KEY_BACKWARD ? &backward : &forward;
}

/* Right-justified to the column's width in every form of output, and cut
 * without a mark (printing.md 2.2). */
static size_t put_arrow(const struct word *w, unsigned width, char *out, size_t room)
{
	size_t length = width < w->length ? width : w->length, pad = width - length;

	if (pad > room - length)
		pad = room - length;
	memset(out, ' ', pad);
	memcpy(out + pad, w->text, length);
	return pad + length;
}

size_t print_direction(const struct field *field, struct flow *f, const struct style *style, unsigned width, char *out,
		       size_t room)
{
	static const struct word who = WORD("who"), tell = WORD("tel");
	const struct flow_key *k = flow_key(f);
	const struct word *w;

	(void)field, (void)style;
	if (!flow_has(f, DSR_METRIC))
		return 0;
	if (k->layout == LAYOUT_ARP)
		w = &who;
	else if (k->layout == LAYOUT_RARP)
		w = k->kind == KEY_ARP ? &who : &tell;
	else if (key_is_ip(k) && k->proto == 6)
		w = tcp_arrow(f);
	else
		w = packet_arrow(f);
	return put_arrow(w, width, out, room);
}
