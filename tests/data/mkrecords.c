/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes Argus records with known content to standard output, for tests of the
 * clients:
 *
 *	mkrecords [-c COUNT] [-t START] [-d SECONDS] [-a] [-e] [-l] [-m] [-x]
 *
 * The five flows below, COUNT times (1), START being the first one's start in
 * seconds since 1970 (1309144800, 2011/06/27 03:20:00 UTC); each repetition is
 * SECONDS (60) after the one before. -a: flows carry all
 * that a record can carry. -e: they are event records. -l: flows carry labels. -m: without the
 * management records at both ends. -x: a sixth flow, which lasts 90 years.
 *
 *	+0.000000 1.500000 tcp   10.0.0.1:40000 -> 10.0.0.2:80    5/4 packets, 500/4000 bytes, closed, user data
 *	+1.000000 0.020000 udp   10.0.0.3:50000 -> 10.0.0.4:53    1/1 packets, 70/140 bytes
 *	+2.000000 0.300000 icmp  10.0.0.5       -> 10.0.0.6       2/2 packets, 196/196 bytes
 *	+3.000000 2.000000 tcp   2001:db8::1:40001 -> 2001:db8::2:443  10/20 packets, 1000/20000 bytes, open
 *	+4.250000 0.000000 udp   10.0.0.7:123   -> 10.0.0.8:123   1/0 packets, 90/0 bytes
 *	+5.000000 90 years udp   10.0.0.9:9     -> 10.0.0.10:9    10^10/0 packets, 10^12/0 bytes
 */
#include <arpa/inet.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/num.h"
#include "argus/io/sink.h"
#include "argus/record/flow.h"
#include "argus/record/mar.h"
#include "tests/data/everything.h"

struct row {
	uint8_t proto;
	const char *addr[2];
	uint16_t port[2];
	uint32_t offset_us;
	uint64_t duration_us;
	uint64_t pkts[2], bytes[2];
	uint32_t tcp_status;
	const char *user[2];
	const char *label;
};

static const struct row rows[] = {
	{ 6, { "10.0.0.1", "10.0.0.2" }, { 40000, 80 }, 0, 1500000, { 5, 4 }, { 500, 4000 },
	  TCP_SAW_SYN | TCP_SAW_SYNACK | TCP_ESTABLISHED | TCP_FIN | TCP_FIN_ACKED | TCP_NORMAL_CLOSE,
	  { "GET /index.html HTTP/1.0\r\n", "HTTP/1.0 200 OK\r\n" }, "web=yes" },
	{ 17, { "10.0.0.3", "10.0.0.4" }, { 50000, 53 }, 1000000, 20000, { 1, 1 }, { 70, 140 }, 0, { NULL, NULL }, "dns=yes" },
	{ 1, { "10.0.0.5", "10.0.0.6" }, { 0, 0 }, 2000000, 300000, { 2, 2 }, { 196, 196 }, 0, { NULL, NULL }, NULL },
	{ 6, { "2001:db8::1", "2001:db8::2" }, { 40001, 443 }, 3000000, 2000000, { 10, 20 }, { 1000, 20000 },
	  TCP_SAW_SYN | TCP_SAW_SYNACK | TCP_ESTABLISHED, { NULL, NULL }, "web=yes" },
	{ 17, { "10.0.0.7", "10.0.0.8" }, { 123, 123 }, 4250000, 0, { 1, 0 }, { 90, 0 }, 0, { "a\"b<c>&\\d", NULL }, NULL },
	{ 17, { "10.0.0.9", "10.0.0.10" }, { 9, 9 }, 5000000, 90ull * 365 * 86400 * 1000000, { 10000000000, 0 }, { 1000000000000, 0 }, 0, { NULL, NULL }, NULL },
};

static const struct flow_reading reading = { .correct = false };

static void set_key(struct flow *f, const struct row *row)
{
	struct flow_key *key = flow_edit(f, DSR_FLOW);
	bool is_v6 = strchr(row->addr[SRC], ':') != NULL;

	key->kind = KEY_TUPLE;
	key->layout = is_v6 ? LAYOUT_IPV6 : LAYOUT_IPV4;
	key->proto = row->proto;
	for (int side = SRC; side <= DST; side++) {
		inet_pton(is_v6 ? AF_INET6 : AF_INET, row->addr[side], key->u.ip.addr[side]);
		key->u.ip.masklen[side] = is_v6 ? 128 : 32;
		key->u.ip.port[side] = row->port[side];
	}
	if (row->proto == 1) {
		key->u.ip.type = 8;
		key->u.ip.id = 7;
	}
}

static void set_counts(struct flow *f, const struct row *row, uint64_t base)
{
	struct times *times = flow_edit(f, DSR_TIME);
	struct metric *metric;

	for (int side = SRC; side <= DST; side++) {
		if (row->pkts[side] == 0)
			continue;
		times->have |= (uint8_t)(TIME_BIT(side, START) | TIME_BIT(side, END));
		times->at[side][START] = base + row->offset_us;
		times->at[side][END] = base + row->offset_us + row->duration_us;
	}
	metric = flow_edit(f, DSR_METRIC);
	for (int side = SRC; side <= DST; side++) {
		metric->pkts[side] = row->pkts[side];
		metric->bytes[side] = row->bytes[side];
	}
}

static void set_extras(struct flow *f, const struct row *row, bool labels)
{
	if (row->tcp_status != 0) {
		struct network *network = flow_edit(f, DSR_NETWORK);

		network->kind = NETWORK_TCP_PERF;
		network->is_tcp = true;
		network->u.tcp.status = row->tcp_status;
	}
	for (int side = SRC; side <= DST; side++) {
		struct user_data *user;

		if (row->user[side] == NULL)
			continue;
		user = flow_edit(f, side == SRC ? DSR_SUSER : DSR_DUSER);
		user->bytes = (const uint8_t *)row->user[side];
		user->count = user->capacity = (uint32_t)strlen(row->user[side]);
	}
	if (labels && row->label != NULL) {
		struct label *label = flow_edit(f, DSR_LABEL);

		label->text = row->label;
		label->length = (uint32_t)strlen(row->label);
	}
}

static void put(struct sink *sink, const void *record, size_t length)
{
	struct err err;

	if (sink_put(sink, record, length, &err) != 0) {
		fprintf(stderr, "mkrecords: %s\n", err.text);
		exit(2);
	}
}

static void put_flow(struct sink *sink, const struct row *row, uint64_t base, uint32_t seq, uint8_t type, bool labels, bool all)
{
	static uint8_t bytes[RECORD_MAX_SIZE];
	struct transport *transport;
	struct flow f;

	flow_blank(&f, type, &reading);
	transport = flow_edit(&f, DSR_TRANSPORT);
	transport->has_seq = true;
	transport->seq = seq;
	set_key(&f, row);
	set_counts(&f, row, base);
	set_extras(&f, row, labels);
	if (all)
		fill_everything(&f);
	put(sink, bytes, flow_write(&f, bytes, sizeof bytes));
	flow_close(&f);
}

static uint64_t number(const char *text)
{
	uint64_t v;

	if (!num_read_u64(text, 0, UINT32_MAX, &v)) {
		fprintf(stderr, "mkrecords: '%s' is not a number\n", text);
		exit(1);
	}
	return v;
}

int main(int argc, char **argv)
{
	uint64_t count = 1, start = 1309144800, step = 60;
	size_t flows = ARRAY_LENGTH(rows) - 1;
	bool all = false, labels = false, bare = false;
	uint8_t bytes[MAR_SIZE], type = RECORD_FAR;
	struct sink *sink;
	struct mar mar;
	uint32_t seq = 0;
	int letter;

	while ((letter = getopt(argc, argv, "c:t:d:aelmx")) != -1) {
		switch (letter) {
		case 'c': count = number(optarg); break;
		case 't': start = number(optarg); break;
		case 'd': step = number(optarg); break;
		case 'a': all = true; break;
		case 'e': type = RECORD_EVENT; break;
		case 'l': labels = true; break;
		case 'm': bare = true; break;
		case 'x': flows = ARRAY_LENGTH(rows); break;
		default: return 1;
		}
	}
	mar_init(&mar, CAUSE_START, start * 1000000);
	mar.is_initial = true;
	mar.start = mar.now;
	mar_encode(&mar, bytes);
	sink = sink_open("-", bare ? NULL : bytes, NULL);
	if (sink == NULL)
		return 2;
	for (uint64_t i = 0; i < count; i++)
		for (size_t row = 0; row < flows; row++)
			put_flow(sink, &rows[row], (start + i * step) * 1000000, ++seq, type, labels,
				 all);
	mar_init(&mar, CAUSE_STOP, (start + count * step) * 1000000);
	mar.start = start * 1000000;
	mar_encode(&mar, bytes);
	if (!bare)
		put(sink, bytes, sizeof bytes);
	return sink_close(sink, NULL) != 0 ? 2 : 0;
}
