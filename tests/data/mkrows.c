/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads rows of text, writes the records that print as them, to standard output:
 *
 *	stime,ltime,dur,trans,proto,saddr,sport,dir,daddr,dport,spkts,dpkts,sbytes,dbytes,sappbytes,dappbytes,state
 *
 * TCP records know of their connection what direction and state tell; of ACC the SYN was
 * missed, so that readers turn it. The records' stamps are what a probe leaves of them: one
 * pair for both sides. Behind the state may stand more, NAME=VALUE each: srcid=, and of either
 * side, with the s or d of its columns, stos= sttl= svlan= smpls= smac= suser= ssize=MIN-MAX
 * sintpkt=MS (one interval) sloss= stcpb=. */
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
	if (key->proto == 1) {
		/* The columns show two bytes each as a little-endian number. */
		uint16_t type = (uint16_t)number(cell[SPORT]);

		key->u.ip.type = (uint8_t)type;
		key->u.ip.code = (uint8_t)(type >> 8);
		key->u.ip.id = __builtin_bswap16((uint16_t)number(cell[DPORT]));
	}
	for (int side = SRC; side <= DST; side++) {
		inet_pton(is_v6 ? AF_INET6 : AF_INET, cell[side == SRC ? SADDR : DADDR], key->u.ip.addr[side]);
		if (key->proto != 1)
			key->u.ip.port[side] = (uint16_t)number(cell[side == SRC ? SPORT : DPORT]);
		key->u.ip.masklen[side] = is_v6 ? 128 : 32;
	}
}

static struct tcp_side *tcp_side(struct flow *f, enum side side)
{
	return &((struct network *)flow_edit(f, DSR_NETWORK))->u.tcp.side[side];
}

static struct ipattr_side *attributes(struct flow *f, enum side side)
{
	struct ipattr *attr = flow_edit(f, DSR_IPATTR);

	attr->qualifier |= (uint8_t)(side == SRC ? IPATTR_SRC : IPATTR_DST);
	return &attr->side[side];
}

static void set_tos(struct flow *f, enum side side, const char *v) { attributes(f, side)->tos = (uint8_t)number(v); }
static void set_ttl(struct flow *f, enum side side, const char *v) { attributes(f, side)->ttl = (uint8_t)number(v); }

static void set_vlan(struct flow *f, enum side side, const char *v)
{
	struct vlan *vlan = flow_edit(f, DSR_VLAN);

	vlan->has[side] = true;
	vlan->tci[side] = (uint16_t)number(v);
}

static void set_mpls(struct flow *f, enum side side, const char *v)
{
	struct mpls *mpls = flow_edit(f, DSR_MPLS);

	mpls->has[side] = true;
	mpls->entry[side] = (uint32_t)number(v) << 12;
}

/* A MAC address by its last byte, behind 02:00:00:00:00; with a + if the side used several. */
static void set_mac(struct flow *f, enum side side, const char *v)
{
	struct mac *mac = flow_edit(f, DSR_MAC);

	mac->type = 0x0800;
	mac->qualifier |= (uint8_t)((strchr(v, '+') != NULL) << side);
	mac->addr[side][0] = 2;
	mac->addr[side][5] = (uint8_t)number(v);
}

/* What a probe keeps that was asked for 16 bytes. */
static void set_user(struct flow *f, enum side side, const char *v)
{
	struct user_data *user = flow_edit(f, side == SRC ? DSR_SUSER : DSR_DUSER);

	*user = (struct user_data){ .capacity = 16, .count = (uint32_t)strlen(v), .bytes = (const uint8_t *)v };
}

static void set_size(struct flow *f, enum side side, const char *v)
{
	struct psize *psize = flow_edit(f, DSR_PSIZE);
	char *end;

	psize->has[side] = true;
	psize->min[side] = (uint32_t)strtoul(v, &end, 10);
	psize->max[side] = (uint32_t)number(end + 1);
}

static void set_interval(struct flow *f, enum side side, const char *v)
{
	struct jitter *jitter = flow_edit(f, DSR_JITTER);
	float us = (float)number(v) * 1000;

	jitter->has[side][ACTIVE] = true;
	jitter->block[side][ACTIVE] = (struct stats){ .n = 1, .min = us, .mean = us, .max = us };
}

static void set_loss(struct flow *f, enum side side, const char *v)
{
	struct network *network = flow_edit(f, DSR_NETWORK);

	tcp_side(f, side)->retrans = (uint32_t)number(v);
	network->u.tcp.status |= (uint32_t)TCP_SRC_RETRANS << side;
}

/* Every byte came once. */
static void set_base(struct flow *f, enum side side, const char *v)
{
	struct tcp_side *tcp = tcp_side(f, side);

	tcp->seqbase = (uint32_t)number(v);
	tcp->bytes = (uint32_t)flow_metric(f)->appbytes[side];
	tcp->seq = tcp->seqbase + tcp->bytes;
}

static const struct {
	const char *name; /* of the column, without its s or d */
	void (*set)(struct flow *f, enum side side, const char *v);
} parts[] = {
	{ "tos", set_tos },   { "ttl", set_ttl },   { "vlan", set_vlan }, { "mpls", set_mpls },
	{ "mac", set_mac },   { "user", set_user }, { "size", set_size }, { "intpkt", set_interval },
	{ "loss", set_loss }, { "tcpb", set_base },
};

/* NAME=VALUE. Returns -1 if there is no such part. */
static int set_part(struct flow *f, const char *cell)
{
	size_t length = strcspn(cell, "=");
	const char *value = cell + length + 1;

	if (cell[length] != '=')
		return -1;
	if (length == 5 && strncmp(cell, "srcid", length) == 0) {
		inet_pton(AF_INET, value, ((struct transport *)flow_edit(f, DSR_TRANSPORT))->id);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		if (length == strlen(parts[i].name) + 1 && strncmp(cell + 1, parts[i].name, length - 1) == 0) {
			parts[i].set(f, *cell == 'd' ? DST : SRC, value);
			return 0;
		}
	return -1;
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
	tcp->state = 4; /* established */
	if (strcmp(cell[STATE], "REQ") == 0)
		tcp->status = TCP_SAW_SYN;
	else if (strcmp(cell[STATE], "ACC") == 0)
		tcp->status = TCP_SAW_SYNACK | TCP_ESTABLISHED;
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

/* The next cell of the line. */
static char *cut(char **line)
{
	char *cell = *line;

	*line += strcspn(cell, ",\n");
	if (**line != '\0')
		*(*line)++ = '\0';
	return cell;
}

static int put_row(struct sink *sink, char *line, uint32_t seq, struct err *err)
{
	static const struct flow_reading reading;
	static uint8_t record[RECORD_MAX_SIZE];
	char *cell[CELLS];
	struct flow f;
	size_t length;

	for (int i = 0; i < CELLS; i++)
		cell[i] = cut(&line);
	flow_blank(&f, RECORD_FAR, &reading);
	f.cause = strcmp(cell[STATE], "INT") == 0 ? CAUSE_START : CAUSE_STATUS;
	set_flow(&f, cell, seq);
	while (*line != '\0') {
		const char *part = cut(&line);

		if (set_part(&f, part) < 0)
			return err_set(err, ERR_USER, "'%s' is no part of a record", part);
	}
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
