/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads rows of text, writes the records that print as them, to standard output:
 *
 *	stime,ltime,dur,trans,proto,saddr,sport,dir,daddr,dport,spkts,dpkts,sbytes,dbytes,sappbytes,dappbytes,state
 *
 * TCP records know of their connection what direction and state tell. The records'
 * stamps are what a probe leaves of them: one pair for both sides. */
#include <arpa/inet.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/io/sink.h"
#include "argus/record/flow.h"
#include "argus/record/mar.h"

enum { STIME, LTIME, DUR, TRANS, PROTO, SADDR, SPORT, DIR, DADDR, DPORT, SPKTS, DPKTS, SBYTES, DBYTES, SAPP, DAPP, STATE,
       CELLS };

static uint64_t microseconds(const char *text)
{
	const char *point = strchr(text, '.');

	return strtoull(text, NULL, 10) * 1000000 + (point != NULL ? strtoull(point + 1, NULL, 10) : 0);
}

static uint64_t number(const char *text) { return strtoull(text, NULL, 0); }

static void set_key(struct flow *f, char *const cell[CELLS])
{
	struct flow_key *key = flow_edit(f, DSR_FLOW);
	bool is_v6 = strchr(cell[SADDR], ':') != NULL;

	key->kind = KEY_TUPLE;
	key->layout = is_v6 ? LAYOUT_IPV6 : LAYOUT_IPV4;
	key->proto = (uint8_t)number(cell[PROTO]);
	for (int side = SRC; side <= DST; side++) {
		inet_pton(is_v6 ? AF_INET6 : AF_INET, cell[side == SRC ? SADDR : DADDR], key->u.ip.addr[side]);
		key->u.ip.port[side] = (uint16_t)number(cell[side == SRC ? SPORT : DPORT]);
		key->u.ip.masklen[side] = is_v6 ? 128 : 32;
	}
}

/* The pair belongs to both sides; a single packet takes no time. */
static void set_times(struct flow *f, char *const cell[CELLS], const uint64_t pkts[2])
{
	struct times *times = flow_edit(f, DSR_TIME);
	uint64_t start = microseconds(cell[STIME]), end = microseconds(cell[LTIME]);
	bool one_each = pkts[SRC] == 1 && pkts[DST] == 1;

	for (int side = SRC; side <= DST; side++) {
		if (pkts[side] == 0)
			continue;
		times->at[side][START] = one_each && side == DST ? end : start;
		times->at[side][END] = one_each && side == SRC ? start : end;
		if (!one_each && pkts[side] == 1 && pkts[!side] > 0 && start / 1000000 != end / 1000000)
			times->at[side][END] = start;
		times->have |= (uint8_t)(TIME_BIT(side, START) | TIME_BIT(side, END));
	}
}

static void set_tcp(struct flow *f, char *const cell[CELLS])
{
	struct network *network = flow_edit(f, DSR_NETWORK);
	struct tcp *tcp = &network->u.tcp;

	network->kind = NETWORK_TCP_PERF;
	network->is_tcp = true;
	if (strcmp(cell[STATE], "REQ") == 0)
		tcp->status = TCP_SAW_SYN;
	else if (strchr(cell[DIR], '?') != NULL)
		tcp->status = TCP_ESTABLISHED;
	else
		tcp->status = TCP_SAW_SYN | TCP_SAW_SYNACK | TCP_ESTABLISHED;
	if (strcmp(cell[STATE], "FIN") == 0)
		tcp->status |= TCP_FIN | TCP_FIN_ACKED;
	for (int side = SRC; side <= DST; side++)
		tcp->side[side].seqbase = tcp->side[side].seq = 1000;
}

static void set_flow(struct flow *f, char *const cell[CELLS], uint32_t seq)
{
	struct transport *transport = flow_edit(f, DSR_TRANSPORT);
	struct metric *metric = flow_edit(f, DSR_METRIC);

	transport->form = ID_IPV4;
	transport->has_id = transport->has_seq = true;
	transport->seq = seq;
	for (int side = SRC; side <= DST; side++) {
		metric->pkts[side] = number(cell[side == SRC ? SPKTS : DPKTS]);
		metric->bytes[side] = number(cell[side == SRC ? SBYTES : DBYTES]);
		metric->appbytes[side] = number(cell[side == SRC ? SAPP : DAPP]);
	}
	metric->has_appbytes = true;
	set_key(f, cell);
	set_times(f, cell, metric->pkts);
	if (number(cell[PROTO]) == 6)
		set_tcp(f, cell);
}

static int put_row(struct sink *sink, char *line, uint32_t seq, struct err *err)
{
	static const struct flow_reading reading;
	static uint8_t record[RECORD_MAX_SIZE];
	char *cell[CELLS];
	struct flow f;
	size_t length;

	for (int i = 0; i < CELLS; i++) {
		cell[i] = line;
		line += strcspn(line, ",\n");
		if (*line != '\0')
			*line++ = '\0';
	}
	flow_blank(&f, RECORD_FAR, &reading);
	f.cause = strcmp(cell[STATE], "INT") == 0 ? CAUSE_START : CAUSE_STATUS;
	set_flow(&f, cell, seq);
	length = flow_write(&f, record, sizeof record);
	return sink_put(sink, record, length, err);
}

int main(void)
{
	uint8_t initial[MAR_SIZE];
	struct err err = { 0 };
	struct sink *sink;
	char *line = NULL;
	size_t room = 0;
	uint32_t seq = 0;
	struct mar m;

	mar_init(&m, CAUSE_START, 1000000000ull * 1000000);
	m.is_initial = true;
	mar_encode(&m, initial);
	sink = sink_open("-", initial, &err);
	while (sink != NULL && getline(&line, &room, stdin) > 0)
		if (put_row(sink, line, ++seq, &err) < 0)
			break;
	free(line);
	if (sink == NULL || sink_close(sink, &err) < 0 || err.kind != ERR_NONE) {
		fprintf(stderr, "mkrows: %s\n", err.text);
		return 1;
	}
	return 0;
}
