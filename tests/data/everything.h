/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A flow with all that a record can carry, for tests that walk every column. */
#ifndef TESTS_DATA_EVERYTHING_H
#define TESTS_DATA_EVERYTHING_H

#include "argus/record/flow.h"

/* Gives a flow every part that it does not have, with values that tell the columns apart. */
static inline void fill_everything(struct flow *f)
{
	static const uint8_t data[] = "GET / HTTP/1.1\r\nHost: a \"quoted\", <b>name</b>\xff\r\n";
	struct user_data *u;
	struct label *l;

	for (unsigned slot = 0; slot < DSR_COUNT; slot++)
		if (!flow_has(f, slot))
			flow_edit(f, slot);
	f->jitter.subtype = 1;
	memset(f->jitter.has, 1, sizeof f->jitter.has);
	for (unsigned side = SRC; side <= DST; side++) {
		f->jitter.block[side][ACTIVE] = (struct stats){ 3, 10, 20, 5, 30 };
		f->jitter.block[side][IDLE] = (struct stats){ 2, 1000, 2000, 500, 3000 };
		f->jitter.hist[side][ACTIVE][1] = 9;
		f->psize.has[side] = f->vlan.has[side] = f->mpls.has[side] = true;
		f->psize.min[side] = 60;
		f->psize.max[side] = 1514;
		f->cocode.code[side][0] = 'D';
		f->cocode.code[side][1] = 'E';
		f->asn.as[side] = 70000;
	}
	f->asn.has_node = true;
	f->asn.node = 131073;
	f->psize.has_hist = true;
	f->ipattr.qualifier = 0xff;
	f->ipattr.side[SRC] = (struct ipattr_side){ 64, 0xb8, 0x9941, 0x40 };
	f->ipattr.side[DST] = (struct ipattr_side){ 128, 0x10, 0x1234, 0x40 };
	f->icmp = (struct icmp_mapped){ .qualifier = 4, .type = 11, .outer = { 0xc0000201, 0x0a000001 } };
	f->behavior = (struct behavior){ 1, { 7, 2 } };
	f->geo = (struct geo){ 7, { 52.5f, 48.25f, 1.5f }, { 13.25f, 11.5f, 2.5f } };
	f->locality = (struct locality){ .loc = { 3, 1 } };
	f->hash = (struct flow_hash){ 0x12345678, 9 };
	for (unsigned side = SRC; side <= DST; side++) {
		f->encaps.bits[side] = ENCAPS_ETHER | ENCAPS_8021Q;
		f->vlan.tci[side] = (uint16_t)(0x2064 + side);
		f->mpls.entry[side] = (29 + side) << 12;
		f->mac.addr[side][0] = 2;
		f->mac.addr[side][5] = (uint8_t)(1 + side);
	}
	f->mac.type = 0x0800;
	f->correlate.count = 1;
	f->correlate.entry[0] = (struct correlation){ .duration = -1500000, .pkts = { -3, 4 } };
	l = flow_edit(f, DSR_LABEL);
	*l = (struct label){ .text = "flow=web", .length = 8 };
	for (unsigned slot = DSR_SUSER; slot <= DSR_DUSER; slot++) {
		u = flow_edit(f, slot);
		*u = (struct user_data){ .capacity = sizeof data, .count = sizeof data - 1, .bytes = data };
	}
}

#endif
