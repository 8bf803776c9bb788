/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows made by hand, for tests of what is done with flows. */
#ifndef TESTS_UNIT_FLOWS_H
#define TESTS_UNIT_FLOWS_H

#include <arpa/inet.h>

#include "argus/record/flow.h"

/* A TCP connection to a web server, 14 packets long, as printing.md prints it. */
static inline void flow_web(struct flow *f)
{
	static const uint8_t client[4] = { 141, 142, 228, 5 }, server[4] = { 192, 150, 187, 43 };
	static const uint64_t start = 1362692526869344u;
	struct flow_key *k;
	struct times *t;
	struct metric *m;
	struct network *n;
	struct encaps *e;
	struct transport *id;

	flow_blank(f, RECORD_FAR, NULL);
	f->cause = CAUSE_START;
	f->offset = 128;
	id = flow_edit(f, DSR_TRANSPORT);
	*id = (struct transport){ .form = ID_IPV4, .has_id = true, .has_seq = true, .seq = 1 };
	k = flow_edit(f, DSR_FLOW);
	k->kind = KEY_TUPLE;
	k->layout = LAYOUT_IPV4;
	k->proto = 6;
	memcpy(k->u.ip.addr[SRC], client, sizeof client);
	memcpy(k->u.ip.addr[DST], server, sizeof server);
	k->u.ip.masklen[SRC] = k->u.ip.masklen[DST] = 32;
	k->u.ip.port[SRC] = 59856;
	k->u.ip.port[DST] = 80;
	t = flow_edit(f, DSR_TIME);
	t->have = 15;
	t->at[SRC][START] = t->at[DST][START] = start;
	t->at[SRC][END] = t->at[DST][END] = start + 211628;
	m = flow_edit(f, DSR_METRIC);
	m->pkts[SRC] = m->pkts[DST] = 7;
	m->bytes[SRC] = 610;
	m->bytes[DST] = 5477;
	n = flow_edit(f, DSR_NETWORK);
	n->kind = NETWORK_TCP_PERF;
	n->is_tcp = true;
	n->u.tcp.status = TCP_SAW_SYN | TCP_SAW_SYNACK | TCP_ESTABLISHED | TCP_FIN | TCP_FIN_ACKED;
	n->u.tcp.state = 10;
	n->u.tcp.options = TCPOPT_MSS | TCPOPT_WSCALE | TCPOPT_SACK_OK | TCPOPT_TIMESTAMP;
	n->u.tcp.synack = 69740;
	n->u.tcp.ackdat = 294;
	n->u.tcp.side[SRC].flags = n->u.tcp.side[DST].flags = TH_FIN | TH_SYN | TH_PSH | TH_ACK;
	e = flow_edit(f, DSR_ENCAPS);
	e->bits[SRC] = e->bits[DST] = ENCAPS_ETHER;
}

/* A UDP or other IP flow of one packet between two addresses in text form. */
static inline struct flow_key *flow_between(struct flow *f, uint8_t proto, const char *src, const char *dst)
{
	struct metric *m;
	struct flow_key *k;
	int family = strchr(src, ':') != NULL ? AF_INET6 : AF_INET;

	flow_blank(f, RECORD_FAR, NULL);
	m = flow_edit(f, DSR_METRIC);
	m->pkts[SRC] = 1;
	m->bytes[SRC] = 60;
	k = flow_edit(f, DSR_FLOW);
	k->kind = KEY_TUPLE;
	k->layout = family == AF_INET ? LAYOUT_IPV4 : LAYOUT_IPV6;
	k->proto = proto;
	inet_pton(family, src, k->u.ip.addr[SRC]);
	inet_pton(family, dst, k->u.ip.addr[DST]);
	k->u.ip.masklen[SRC] = k->u.ip.masklen[DST] = family == AF_INET ? 32 : 128;
	return k;
}

#endif
