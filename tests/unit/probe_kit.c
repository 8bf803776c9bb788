/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/probe_kit.h"

#define HANDSHAKE "0 > S s100 a0; 0.1 < SA s500 a101; 0.2 > A s101 a501"
#define DLT_ETHERNET 1

static const struct flow_reading as_ra = { .correct = true };

/* A frame being made. */
struct frame {
	uint8_t bytes[4096];
	size_t length, wire; /* wire 0: as captured */
};

static void take_record(void *context, const uint8_t *record, size_t length)
{
	struct kit *k = context;

	k->record = xrealloc(k->record, (k->count + 1) * sizeof *k->record);
	k->record[k->count] = (struct kit_record){ xmalloc(length), length };
	memcpy(k->record[k->count++].bytes, record, length);
}

void kit_init(struct kit *k)
{
	*k = (struct kit){ .decode = { .flow_key = FLOW_KEY_TUPLE, .seed = 1 }, .link = DLT_ETHERNET };
	probe_rules_init(&k->rules);
}

void kit_fini(struct kit *k)
{
	if (k->is_running)
		probe_fini(&k->probe);
	for (size_t i = 0; i < k->count; i++)
		free(k->record[i].bytes);
	free(k->record);
}

void kit_end(struct kit *k)
{
	probe_end(&k->probe);
}

static void start(struct kit *k)
{
	if (!k->is_running)
		probe_init(&k->probe, &k->rules, &k->decode, &k->id, take_record, k);
	k->is_running = true;
}

static void put(struct frame *f, const void *bytes, size_t length)
{
	memcpy(f->bytes + f->length, bytes, length);
	f->length += length;
}

static void put_hex(struct frame *f, const char *text, const char *end)
{
	while (text < end) {
		char digits[3] = { 0 };
		uint8_t byte;
		long times = 1;

		if (*text == ' ') {
			text++;
			continue;
		}
		if (*text == 'E' || *text == 'F') {
			bool is_forward = *text++ == 'E';
			const uint8_t macs[12] = { 2, 0, 0, 0, 0, is_forward ? 0x0b : 0x0a, 2, 0, 0, 0, 0, is_forward ? 0x0a : 0x0b };

			put(f, macs, sizeof macs);
			continue;
		}
		if (*text == 'w') { /* wireN */
			f->wire = strtoul(text + 4, NULL, 10);
			return;
		}
		memcpy(digits, text, 2);
		byte = (uint8_t)strtoul(digits, NULL, 16);
		text += 2;
		if (*text == '*')
			times = strtol(text + 1, (char **)&text, 10);
		while (times-- > 0)
			put(f, &byte, 1);
	}
}

/* A host's address by its letter in the notation, or dotted. */
static uint32_t address(const char **at)
{
	unsigned a, b, c, d;
	int used = 0;

	switch (*(*at)++) {
	case 'A': return 0x0a000001;
	case 'B': return 0x0a000002;
	case 'R': return 0x0a0000fe;
	case 'N': return 0x0a090909;
	case 'M': return 0x0a090908;
	default: (*at)--;
	}
	if (sscanf(*at, "%u.%u.%u.%u%n", &a, &b, &c, &d, &used) != 4)
		abort();
	*at += used;
	return a << 24 | b << 16 | c << 8 | d;
}

struct ends {
	uint32_t from, to;
	uint16_t sport, dport;
};

static struct ends read_ends(const char **at)
{
	struct ends e;

	e.from = address(at);
	e.sport = (uint16_t)strtoul(*at + 1, (char **)at, 10);
	(*at)++; /* > */
	e.to = address(at);
	e.dport = (uint16_t)strtoul(*at + 1, (char **)at, 10);
	return e;
}

static void put_ip(struct frame *f, const struct ends *e, uint8_t proto, size_t length, uint16_t id, uint8_t tos)
{
	bool is_back = e->from == 0x0a000002;
	const uint8_t ether[14] = { 2, 0, 0, 0, 0, is_back && proto == 6 ? 0x0a : 0x0b,
		                    2, 0, 0, 0, 0, is_back && proto == 6 ? 0x0b : 0x0a, 8, 0 };
	uint8_t ip[20] = { 0x45, tos, 0, 0, 0, 0, 0, 0, is_back && proto == 6 ? 60 : 64, proto };

	put_be16(ip + 2, (uint16_t)(20 + length));
	put_be16(ip + 4, id);
	put_be32(ip + 12, e->from);
	put_be32(ip + 16, e->to);
	put(f, ether, sizeof ether);
	put(f, ip, sizeof ip);
}

static void put_payload(struct frame *f, size_t length)
{
	memset(f->bytes + f->length, 'x', length);
	f->length += length;
}

static uint8_t tcp_flags(const char **at)
{
	static const char letters[] = "FSRPAUEC";
	uint8_t flags = 0;

	for (; **at != ' ' && **at != '\0' && **at != ';'; (*at)++) {
		const char *found = strchr(letters, **at);

		if (found != NULL)
			flags |= (uint8_t)(1 << (found - letters));
	}
	return flags;
}

/* FLAGS sSEQ aACK nLEN idN wN oHEX */
static void put_tcp_packet(struct frame *f, const struct ends *e, const char *at, const char *end)
{
	uint8_t tcp[20] = { 0 }, flags;
	struct frame options = { .length = 0 };
	unsigned long seq = 0, ack = 0, length = 0, id = 1, win = 8192;

	flags = tcp_flags(&at);
	while (at < end) {
		char *next = (char *)at + 1;

		if (*at == 's')
			seq = strtoul(at + 1, &next, 10);
		else if (*at == 'a')
			ack = strtoul(at + 1, &next, 10);
		else if (*at == 'n')
			length = strtoul(at + 1, &next, 10);
		else if (*at == 'w')
			win = strtoul(at + 1, &next, 10);
		else if (*at == 'i')
			id = strtoul(at + 2, &next, 10);
		else if (*at == 'o') {
			next = (char *)at + 1 + strcspn(at + 1, " ;");
			put_hex(&options, at + 1, next);
		}
		at = next;
	}
	put_be16(tcp, e->sport);
	put_be16(tcp + 2, e->dport);
	put_be32(tcp + 4, (uint32_t)seq);
	put_be32(tcp + 8, (uint32_t)ack);
	tcp[12] = (uint8_t)((20 + options.length) / 4 << 4);
	tcp[13] = flags;
	put_be16(tcp + 14, (uint16_t)win);
	put_ip(f, e, 6, 20 + options.length + length, (uint16_t)id, 0);
	put(f, tcp, sizeof tcp);
	put(f, options.bytes, options.length);
	put_payload(f, length);
}

/* uLEN [payload] tosN idN */
static void put_udp_packet(struct frame *f, const struct ends *e, const char *at, const char *end)
{
	size_t length = strtoul(at + 1, NULL, 10);
	const char *tos = strstr(at, "tos"), *payload = strchr(at, '[');
	uint8_t udp[8] = { 0 };

	put_be16(udp, e->sport);
	put_be16(udp + 2, e->dport);
	put_be16(udp + 4, (uint16_t)(8 + length));
	put_ip(f, e, 17, 8 + length, 7, tos != NULL && tos < end ? (uint8_t)strtoul(tos + 3, NULL, 10) : 0);
	put(f, udp, sizeof udp);
	if (payload != NULL && payload < end)
		put_hex(f, payload + 1, strchr(payload, ']'));
	else
		put_payload(f, length);
}

static void make_frame(struct frame *f, const char *at, const char *end)
{
	static const struct ends forward = { 0x0a000001, 0x0a000002, 1000, 80 };
	static const struct ends back = { 0x0a000002, 0x0a000001, 80, 1000 };

	*f = (struct frame){ .length = 0 };
	if (*at == '{') {
		put_hex(f, at + 1, strchr(at, '}'));
	} else if ((*at == '>' || *at == '<') && at[1] == ' ') {
		put_tcp_packet(f, *at == '>' ? &forward : &back, at + 2, end);
	} else {
		struct ends e = read_ends(&at);

		at += strspn(at, " ");
		if (*at == 'u')
			put_udp_packet(f, &e, at, end);
		else
			put_tcp_packet(f, &e, at, end);
	}
	if (f->wire == 0)
		f->wire = f->length;
}

static void send_frame(struct kit *k, const struct frame *f, double time)
{
	struct packet packet = {
		.time = (uint64_t)(((double)KIT_EPOCH + time) * 1e6 + 0.5),
		.bytes = f->bytes,
		.caplen = (uint32_t)f->length,
		.wirelen = (uint32_t)f->wire,
		.link = k->link,
	};

	start(k);
	decode_packet(&packet, &k->decode);
	probe_packets(&k->probe, &packet, 1);
}

/* 0,1,2 or 0,0.1..2: sends the frame at each time. */
static void send_at(struct kit *k, const struct frame *f, const char *times)
{
	double last = 0, step = 0;
	char *end = (char *)times;

	for (;;) {
		double t = strtod(end, &end);

		if (step != 0) {
			for (int i = 1; last + i * step < t + step / 2; i++)
				send_frame(k, f, last + i * step);
			step = 0;
		} else {
			send_frame(k, f, t);
		}
		if (end[0] == '.' && end[1] == '.') {
			step = t - last;
			last = t;
			end += 2;
		} else if (*end == ',') {
			last = t;
			end++;
		} else {
			return;
		}
	}
}

void kit_feed(struct kit *k, const char *script)
{
	struct frame *f = xmalloc(sizeof *f);

	start(k);
	while (*script != '\0') {
		const char *end = script + strcspn(script, ";"), *times;

		script += strspn(script, " ");
		if (strncmp(script, "HS", 2) == 0) {
			kit_feed(k, HANDSHAKE);
		} else {
			times = script;
			script += strcspn(script, " ");
			make_frame(f, script + strspn(script, " "), end);
			send_at(k, f, times);
		}
		script = *end == ';' ? end + 1 : end;
	}
	free(f);
}

struct flow *kit_flow(struct kit *k, size_t i)
{
	if (i >= k->count)
		return NULL;
	flow_open(&k->flow, k->record[i].bytes, (uint32_t)k->record[i].length, &as_ra);
	return &k->flow;
}

static const char *cause_name(uint8_t cause)
{
	switch (cause) {
	case CAUSE_START: return "Start";
	case CAUSE_STATUS: return "Status";
	case CAUSE_STOP: return "Stop";
	case CAUSE_TIMEOUT: return "Timeout";
	case CAUSE_SHUTDOWN: return "Shutdown";
	default: return "?";
	}
}

static void add_time(struct buf *b, uint64_t time)
{
	char text[32];
	size_t length;

	snprintf(text, sizeof text, "%.6f", (double)(time - KIT_EPOCH * 1000000ull) / 1e6);
	for (length = strlen(text); text[length - 1] == '0'; length--)
		continue;
	if (text[length - 1] == '.')
		length--;
	buf_add(b, text, length);
}

char *kit_summary(struct kit *k)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < k->count; i++) {
		struct flow *f = kit_flow(k, i);
		const struct metric *m = flow_metric(f);

		buf_printf(&b, "%s%s %llu/%llu %llu/%llu @", i > 0 ? "; " : "", cause_name(f->cause),
		           (unsigned long long)m->pkts[SRC], (unsigned long long)m->pkts[DST],
		           (unsigned long long)m->bytes[SRC], (unsigned long long)m->bytes[DST]);
		add_time(&b, flow_start(f));
		if (flow_last(f) != flow_start(f)) {
			buf_char(&b, '-');
			add_time(&b, flow_last(f));
		}
	}
	if (k->count == 0)
		buf_text(&b, "none");
	return buf_take(&b);
}
