/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DSR table. record-format.md 5.1 and 14. */
#include "argus/record/dsr.h"

#include <strings.h>

#include "common/record/dsr_codec.h"

#define CANONICAL_MEMBER 512u
#define CANONICAL_MAX 256u

#define ROW_OF(name, type, member, min, max, sets_all, codec, turn) \
	{ name, type, offsetof(struct flow, member), sizeof(((struct flow *)0)->member), min, max, sets_all, \
	  decode_##codec, encode_##codec, turn }
#define ROW(name, type, member, min, max, codec, turn) ROW_OF(name, type, member, min, max, false, codec, turn)
#define HOT_ROW(name, type, member, min, max, codec, turn) ROW_OF(name, type, member, min, max, true, codec, turn)

const struct dsr dsr_table[DSR_COUNT] = {
	[DSR_TRANSPORT] = HOT_ROW("trans", TYPE_TRANSPORT, transport, 1, 12, transport, NULL),
	[DSR_FLOW] = HOT_ROW("flow", TYPE_FLOW, key, 3, 19, key, reverse_key),
	[DSR_TIME] = HOT_ROW("time", TYPE_TIME, times, 1, 9, times, reverse_times),
	[DSR_METRIC] = HOT_ROW("metric", TYPE_METRIC, metric, 1, 13, metric, reverse_metric),
	[DSR_AGR] = ROW("agr", TYPE_AGR, agr, 2, 20, agr, NULL),
	[DSR_NETWORK] = HOT_ROW("net", TYPE_NETWORK, network, 1, 44, network, reverse_network),
	[DSR_VLAN] = ROW("vlan", TYPE_VLAN, vlan, 2, 2, vlan, reverse_vlan),
	[DSR_MPLS] = ROW("mpls", TYPE_MPLS, mpls, 2, 3, mpls, reverse_mpls),
	[DSR_JITTER] = ROW("jitter", TYPE_JITTER, jitter, 1, 255, jitter, reverse_jitter),
	[DSR_IPATTR] = HOT_ROW("ipattr", TYPE_IPATTR, ipattr, 1, 5, ipattr, reverse_ipattr),
	[DSR_PSIZE] = ROW("psize", TYPE_PSIZE, psize, 1, 7, psize, reverse_psize),
	[DSR_SUSER] = ROW("suser", TYPE_USER, user[SRC], 2, 65535, user, NULL),
	[DSR_DUSER] = ROW("duser", TYPE_USER, user[DST], 2, 65535, user, NULL),
	[DSR_MAC] = ROW("mac", TYPE_MAC, mac, 4, 5, mac, reverse_mac),
	[DSR_ICMP] = ROW("icmp", TYPE_ICMP, icmp, 2, 8, icmp, NULL),
	[DSR_ENCAPS] = HOT_ROW("encaps", TYPE_ENCAPS, encaps, 3, 255, encaps, reverse_encaps),
	[DSR_BEHAVIOR] = ROW("behavior", TYPE_BEHAVIOR, behavior, 3, 3, behavior, reverse_behavior),
	[DSR_CORRELATE] = ROW("cor", TYPE_CORRELATE, correlate, 1, 255, correlate, reverse_correlate),
	[DSR_COCODE] = ROW("cocode", TYPE_COCODE, cocode, 2, 2, cocode, reverse_cocode),
	[DSR_LABEL] = ROW("label", TYPE_LABEL, label, 1, 255, label, reverse_label),
	[DSR_ASN] = ROW("asn", TYPE_ASN, asn, 3, 4, asn, reverse_asn),
	[DSR_GEO] = ROW("geo", TYPE_GEO, geo, 1, 7, geo, reverse_geo),
	[DSR_LOCALITY] = ROW("local", TYPE_LOCALITY, locality, 2, 3, locality, reverse_locality),
	[DSR_HASH] = ROW("hash", TYPE_HASH, hash, 2, 3, hash, NULL),
	[DSR_VXLAN] = ROW("vxlan", TYPE_VXLAN, vxlan, 2, 255, vxlan, reverse_vxlan),
	[DSR_GRE] = ROW("gre", TYPE_GRE, gre, 2, 255, gre, reverse_gre),
	[DSR_GENEVE] = ROW("geneve", TYPE_GENEVE, geneve, 2, 255, geneve, reverse_geneve),
	[DSR_SCORE] = ROW("score", TYPE_SCORE, score, 2, 3, score, NULL),
};

const struct dsr_place dsr_places[128] = {
	[TYPE_TRANSPORT] = { DSR_TRANSPORT + 1, 1 },
	[TYPE_FLOW] = { DSR_FLOW + 1, 3 },
	[TYPE_TIME] = { DSR_TIME + 1, 1 },
	[TYPE_METRIC] = { DSR_METRIC + 1, 1 },
	[TYPE_AGR] = { DSR_AGR + 1, 2 },
	[TYPE_NETWORK] = { DSR_NETWORK + 1, 1 },
	[TYPE_VLAN] = { DSR_VLAN + 1, 2 },
	[TYPE_MPLS] = { DSR_MPLS + 1, 2 },
	[TYPE_JITTER] = { DSR_JITTER + 1, 1 },
	[TYPE_IPATTR] = { DSR_IPATTR + 1, 1 },
	[TYPE_PSIZE] = { DSR_PSIZE + 1, 1 },
	[TYPE_USER] = { DSR_SUSER + 1, 2 },
	[TYPE_MAC] = { DSR_MAC + 1, 4 },
	[TYPE_ICMP] = { DSR_ICMP + 1, 2 },
	[TYPE_ENCAPS] = { DSR_ENCAPS + 1, 3 },
	[TYPE_BEHAVIOR] = { DSR_BEHAVIOR + 1, 3 },
	[TYPE_CORRELATE] = { DSR_CORRELATE + 1, 1 },
	[TYPE_COCODE] = { DSR_COCODE + 1, 2 },
	[TYPE_LABEL] = { DSR_LABEL + 1, 1 },
	[TYPE_ASN] = { DSR_ASN + 1, 3 },
	[TYPE_GEO] = { DSR_GEO + 1, 1 },
	[TYPE_LOCALITY] = { DSR_LOCALITY + 1, 2 },
	[TYPE_HASH] = { DSR_HASH + 1, 2 },
	[TYPE_VXLAN] = { DSR_VXLAN + 1, 2 },
	[TYPE_GRE] = { DSR_GRE + 1, 2 },
	[TYPE_GENEVE] = { DSR_GENEVE + 1, 2 },
	[TYPE_SCORE] = { DSR_SCORE + 1, 2 },
};

/* The side of user data stands in the subtype, in the old form in the qualifier. */
#define USER_LONG 0x80
#define USER_DST 0x20

int dsr_slot(uint8_t type, uint8_t subtype, uint8_t qualifier)
{
	int slot = dsr_places[type & 0x7f].slot - 1;

	if (slot == DSR_SUSER && (subtype & USER_LONG ? subtype : qualifier) & USER_DST)
		return DSR_DUSER;
	return slot;
}

bool dsr_is_canonical(enum dsr_slot slot, const uint8_t *bytes, size_t length)
{
	struct flow *f = &(struct flow){ .version = 3, .type = RECORD_FAR };
	_Alignas(8) uint8_t member[CANONICAL_MEMBER], room[CANONICAL_MAX];
	struct pen pen = pen_on(room, sizeof room);

	if (dsr_table[slot].size > sizeof member || length > sizeof room)
		return false;
	memset(member, 0, dsr_table[slot].size);
	if (!dsr_table[slot].decode(bytes, length, f, member))
		return false;
	dsr_table[slot].encode(member, f, &pen);
	return !pen.is_full && pen_used(&pen) == length && memcmp(room, bytes, length) == 0;
}

int dsr_by_name(const char *name)
{
	for (int slot = 0; slot < DSR_COUNT; slot++)
		if (strncasecmp(name, dsr_table[slot].name, strlen(dsr_table[slot].name)) == 0)
			return slot;
	return -1;
}
