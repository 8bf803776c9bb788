/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a key, and what a key does to a flow before it is compared. */
#include "argus/query/key.h"

#include <arpa/inet.h>
#include <strings.h>

#include "argus/base/nearest.h"

const char *const key_object_names[OBJECT_COUNT + 1] = {
	[OBJECT_SRCID] = "srcid", [OBJECT_SID] = "sid",     [OBJECT_INF] = "inf",     [OBJECT_STIME] = "stime",
	[OBJECT_SMPLS] = "smpls", [OBJECT_DMPLS] = "dmpls", [OBJECT_SVLAN] = "svlan", [OBJECT_DVLAN] = "dvlan",
	[OBJECT_SVID] = "svid",   [OBJECT_DVID] = "dvid",   [OBJECT_SVPRI] = "svpri", [OBJECT_DVPRI] = "dvpri",
	[OBJECT_ETYPE] = "etype", [OBJECT_PROTO] = "proto", [OBJECT_SADDR] = "saddr", [OBJECT_DADDR] = "daddr",
	[OBJECT_SNET] = "snet",   [OBJECT_DNET] = "dnet",   [OBJECT_SPORT] = "sport", [OBJECT_DPORT] = "dport",
	[OBJECT_STOS] = "stos",   [OBJECT_DTOS] = "dtos",   [OBJECT_STTL] = "sttl",   [OBJECT_DTTL] = "dttl",
	[OBJECT_SIPID] = "sipid", [OBJECT_DIPID] = "dipid", [OBJECT_SDSB] = "sdsb",   [OBJECT_DDSB] = "ddsb",
	[OBJECT_STCPB] = "stcpb", [OBJECT_DTCPB] = "dtcpb", [OBJECT_SMAC] = "smac",   [OBJECT_DMAC] = "dmac",
	[OBJECT_SOUI] = "soui",   [OBJECT_DOUI] = "doui",   [OBJECT_INODE] = "inode", [OBJECT_SCO] = "sco",
	[OBJECT_DCO] = "dco",     [OBJECT_SAS] = "sas",     [OBJECT_DAS] = "das",     [OBJECT_IAS] = "ias",
	[OBJECT_SVC] = "svc",
};

#define BIT OBJECT_BIT
#define FLOW_OBJECTS (BIT(OBJECT_PROTO) | BIT(OBJECT_SADDR) | BIT(OBJECT_DADDR) | BIT(OBJECT_SPORT) | BIT(OBJECT_DPORT))
#define ALL_OBJECTS (BIT(OBJECT_COUNT) - 1)

/* Words that stand for several objects, or for more than objects. Longer names
 * stand before those that they begin with. */
enum group_effect { GROUP_OBJECTS, GROUP_MATRIX, GROUP_MACMATRIX, GROUP_RMON, GROUP_NONE };

static const struct group {
	const char *name;
	uint64_t objects;
	enum group_effect effect;
} groups[] = {
	{ "macmatrix", BIT(OBJECT_SMAC) | BIT(OBJECT_DMAC), GROUP_MACMATRIX },
	{ "matrix", BIT(OBJECT_SADDR) | BIT(OBJECT_DADDR), GROUP_MATRIX },
	{ "addr", BIT(OBJECT_SADDR), GROUP_RMON },
	{ "mac", BIT(OBJECT_SMAC), GROUP_RMON },
	{ "port", BIT(OBJECT_SPORT) | BIT(OBJECT_PROTO), GROUP_RMON },
	{ "all", ALL_OBJECTS, GROUP_OBJECTS },
	{ "none", 0, GROUP_NONE },
};

void key_init(struct key *k)
{
	*k = (struct key){ .objects = BIT(OBJECT_SRCID) | FLOW_OBJECTS, .mpls_parts = { 1, 1 } };
}

void key_default_rmon(struct key *k)
{
	k->objects = BIT(OBJECT_SRCID) | BIT(OBJECT_PROTO) | BIT(OBJECT_SADDR) | BIT(OBJECT_SPORT);
}

static bool begins_with(const char *word, const char *name)
{
	return strncasecmp(word, name, strlen(name)) == 0;
}

/* The object that begins the word; OBJECT_COUNT if there is none. */
static enum key_object find_object(const char *word)
{
	for (int i = 0; i < OBJECT_COUNT; i++)
		if (begins_with(word, key_object_names[i]))
			return (enum key_object)i;
	return OBJECT_COUNT;
}

static const struct group *find_group(const char *word)
{
	for (size_t i = 0; i < ARRAY_LENGTH(groups); i++)
		if (begins_with(word, groups[i].name))
			return &groups[i];
	return NULL;
}

size_t key_word_length(const char *word)
{
	enum key_object object = find_object(word);

	return object < OBJECT_COUNT ? strlen(key_object_names[object]) : 0;
}

/* What follows '/': a prefix length, or an IPv4 mask. */
static int parse_mask(const char *text, struct key_mask *mask, struct err *err)
{
	char *end;
	unsigned long length = strtoul(text, &end, 10);
	struct in_addr dotted;

	*mask = (struct key_mask){ 0, 0 };
	if (end != text && *end == '\0' && length <= 128) {
		mask->length = (uint8_t)length;
		return 0;
	}
	if (strchr(text, '.') == NULL || inet_pton(AF_INET, text, &dotted) != 1)
		return err_set(err, ERR_USER, "'/%s' is neither a prefix length nor a mask", text);
	mask->dotted = ntohl(dotted.s_addr);
	return 0;
}

/* "[0-2,5]": which labels of an MPLS stack count. */
static int parse_parts(const char *text, uint64_t *parts, struct err *err)
{
	const char *at = text + 1;

	*parts = 0;
	for (;;) {
		char *end;
		unsigned long first = strtoul(at, &end, 10), last = first;

		if (end == at)
			break;
		at = end;
		if (*at == '-') {
			last = strtoul(at + 1, &end, 10);
			at = end;
		}
		if (last < first || last > 63)
			break;
		for (unsigned long i = first; i <= last; i++)
			*parts |= 1ull << i;
		if (*at == ']')
			return 0;
		if (*at++ != ',')
			break;
	}
	return err_set(err, ERR_USER, "'%s' does not select labels of a stack", text);
}

static int add_suffix(struct key *k, enum key_object object, const char *suffix, struct err *err)
{
	if (*suffix == '[' && (object == OBJECT_SMPLS || object == OBJECT_DMPLS))
		return parse_parts(suffix, &k->mpls_parts[object == OBJECT_DMPLS], err);
	if (*suffix != '/')
		return 0;
	switch (object) {
	case OBJECT_SADDR:
	case OBJECT_SNET:
		return parse_mask(suffix + 1, &k->source, err);
	case OBJECT_DADDR:
	case OBJECT_DNET:
		return parse_mask(suffix + 1, &k->destination, err);
	case OBJECT_INODE:
		return parse_mask(suffix + 1, &k->node, err);
	default:
		return 0;
	}
}

static int add_group(struct key *k, const struct group *group, const char *suffix, struct err *err)
{
	struct key_mask mask;

	k->objects |= group->objects;
	switch (group->effect) {
	case GROUP_OBJECTS: break;
	case GROUP_MATRIX: k->is_matrix = true; break;
	case GROUP_MACMATRIX: k->is_macmatrix = true; break;
	case GROUP_RMON: k->is_rmon = true; break;
	case GROUP_NONE: k->objects = 0; break;
	}
	if (*suffix != '/' || !(group->objects & BIT(OBJECT_SADDR)))
		return 0;
	if (parse_mask(suffix + 1, &mask, err) < 0)
		return -1;
	k->source = mask;
	if (group->objects & BIT(OBJECT_DADDR))
		k->destination = mask;
	return 0;
}

static int unknown_word(const char *word, struct err *err)
{
	struct nearest n = nearest_to(word, strlen(word));
	const char *best;

	for (int i = 0; i < OBJECT_COUNT; i++)
		nearest_offer(&n, key_object_names[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(groups); i++)
		nearest_offer(&n, groups[i].name);
	best = nearest_best(&n);
	if (best != NULL)
		return err_set(err, ERR_USER, "'%s' is no aggregation key; did you mean '%s'?", word, best);
	return err_set(err, ERR_USER, "'%s' is no aggregation key", word);
}

int key_add_word(struct key *k, const char *word, struct err *err)
{
	const char *name = *word == '+' || *word == '-' ? word + 1 : word;
	const struct group *group = find_group(name);
	enum key_object object = find_object(name);

	if (group == NULL && object == OBJECT_COUNT)
		return unknown_word(word, err);
	if (!k->is_edited && name == word)
		k->objects = 0; /* a word without a sign replaces the default */
	k->is_edited = true;
	if (*word == '-') {
		k->objects &= ~(group != NULL ? group->objects : BIT(object));
		return 0;
	}
	if (group != NULL)
		return add_group(k, group, name + strlen(group->name), err);
	k->objects |= BIT(object);
	if (object == OBJECT_SPORT || object == OBJECT_DPORT)
		k->objects |= BIT(OBJECT_PROTO);
	return add_suffix(k, object, name + strlen(key_object_names[object]), err);
}

bool key_is_directed(const struct key *k)
{
	return (k->objects & FLOW_OBJECTS) == FLOW_OBJECTS;
}

bool key_tells_opposite(const struct key *k)
{
	const uint64_t of_both = OBJECT_BIT(OBJECT_SRCID) | OBJECT_BIT(OBJECT_SID) | OBJECT_BIT(OBJECT_INF);

	return key_is_directed(k) && (k->objects & ~(FLOW_OBJECTS | of_both)) == 0 && !key_turns_or_masks(k);
}

static bool is_ip(const struct flow_key *key)
{
	return key->layout == LAYOUT_IPV4 || key->layout == LAYOUT_IPV6;
}

/* Whether a matrix has the ends in the other order. */
static bool are_exchanged(const struct flow_key *key)
{
	return is_ip(key) && memcmp(key->u.ip.addr[SRC], key->u.ip.addr[DST], 16) > 0;
}

static void order_ends(const struct key *k, struct flow *f)
{
	const struct mac *mac;

	if (k->is_matrix && are_exchanged(flow_key(f)))
		flow_reverse(f);
	if (!k->is_macmatrix)
		return;
	mac = flow_mac(f);
	if (mac != NULL && memcmp(mac->addr[SRC], mac->addr[DST], 6) > 0)
		flow_reverse(f);
}

/* Whether the mask shortens the address; then `bits` is the prefix that stays, and
 * `bytes` the mask itself. */
static bool mask_bytes(const struct key_mask *mask, const struct flow_key *key, enum side side, uint8_t bytes[16],
		       uint8_t *bits)
{
	unsigned size = key->layout == LAYOUT_IPV4 ? 4 : 16;

	memset(bytes, 0, 16);
	if (mask->dotted != 0 && size == 4) {
		uint32_t network_order = htonl(mask->dotted);

		memcpy(bytes, &network_order, 4);
		*bits = (uint8_t)u64_min(key->u.ip.masklen[side], (unsigned)__builtin_popcount(mask->dotted));
		return true;
	}
	if (mask->length == 0 || mask->length >= key->u.ip.masklen[side])
		return false;
	*bits = mask->length;
	memset(bytes, 0xff, *bits / 8u);
	if (*bits % 8 != 0)
		bytes[*bits / 8] = (uint8_t)(0xff00 >> *bits % 8);
	return true;
}

static bool has_mask(const struct key_mask *mask) { return mask->length > 0 || mask->dotted; }

/* Returns whether anything had to be done. */
static bool mask_end(const struct key_mask *mask, struct flow_key *key, enum side side)
{
	uint8_t bytes[16], bits;

	if (!has_mask(mask) || !is_ip(key) || !mask_bytes(mask, key, side, bytes, &bits))
		return false;
	for (int i = 0; i < 16; i++)
		key->u.ip.addr[side][i] &= bytes[i];
	key->u.ip.masklen[side] = bits;
	key->flags |= KEY_MASKLEN;
	return true;
}

static void blank_ends(const struct key *k, uint8_t *source, uint8_t *destination, size_t size)
{
	if (!(k->objects & BIT(OBJECT_SADDR)))
		memset(source, 0, size);
	if (!(k->objects & BIT(OBJECT_DADDR)))
		memset(destination, 0, size);
}

static void blank_ip(const struct key *k, struct flow_key *key)
{
	if (!(k->objects & BIT(OBJECT_SADDR)))
		memset(key->u.ip.addr[SRC], 0, 16);
	if (!(k->objects & BIT(OBJECT_DADDR)))
		memset(key->u.ip.addr[DST], 0, 16);
	if (!(k->objects & BIT(OBJECT_PROTO)))
		key->proto = 0;
	if (!(k->objects & BIT(OBJECT_SPORT))) {
		key->u.ip.port[SRC] = 0;
		key->u.ip.type = key->u.ip.code = 0;
	}
	if (!(k->objects & BIT(OBJECT_DPORT))) {
		key->u.ip.port[DST] = 0;
		key->u.ip.id = 0;
		key->u.ip.spi = 0;
	}
}

static void blank_ether(const struct key *k, struct flow_key *key)
{
	blank_ends(k, key->u.ether.mac[SRC], key->u.ether.mac[DST], 6);
	if (!(k->objects & BIT(OBJECT_PROTO)))
		key->u.ether.type = 0;
	if (!(k->objects & BIT(OBJECT_SPORT)))
		key->u.ether.sap[SRC] = 0;
	if (!(k->objects & BIT(OBJECT_DPORT)))
		key->u.ether.sap[DST] = 0;
}

/* Fields of the flow that are not part of the key become 0. */
static bool blank(const struct key *k, struct flow_key *key)
{
	if (!k->is_blanking || (k->objects & FLOW_OBJECTS) == FLOW_OBJECTS || key->layout == LAYOUT_NONE)
		return false;
	switch (key->layout) {
	case LAYOUT_IPV4:
	case LAYOUT_IPV6: blank_ip(k, key); break;
	case LAYOUT_ETHER: blank_ether(k, key); break;
	case LAYOUT_ARP: blank_ends(k, key->u.arp.addr[SRC], key->u.arp.addr[DST], 4); break;
	case LAYOUT_RARP: blank_ends(k, key->u.rarp.mac[SRC], key->u.rarp.mac[DST], 6); break;
	case LAYOUT_WLAN: blank_ends(k, key->u.wlan.mac[SRC], key->u.wlan.mac[DST], 6); break;
	case LAYOUT_ISIS: blank_ends(k, key->u.isis.mac[SRC], key->u.isis.mac[DST], 6); break;
	default: break;
	}
	return true;
}

/* What is done to a flow's key once it is known which end comes first. */
static bool prepare_key(const struct key *k, struct flow_key *key)
{
	bool is_changed = mask_end(&k->source, key, SRC);

	is_changed |= mask_end(&k->destination, key, DST);
	return is_changed | blank(k, key);
}

/* The sizes are constants in each call. */
static INLINED void blank_tuple(const struct key *k, uint8_t *dsr, size_t size, size_t ports)
{
	if (!(k->objects & BIT(OBJECT_SADDR)))
		memset(dsr + 4, 0, size);
	if (!(k->objects & BIT(OBJECT_DADDR)))
		memset(dsr + 4 + size, 0, size);
	if (!(k->objects & BIT(OBJECT_PROTO)))
		dsr[4 + 2 * size] = 0;
	if (!(k->objects & BIT(OBJECT_SPORT)))
		memset(dsr + ports, 0, 2);
	if (!(k->objects & BIT(OBJECT_DPORT)))
		memset(dsr + ports + 2, 0, 2);
}

void key_prepare_plain(const struct key *k, uint8_t *dsr)
{
	if (!k->is_blanking)
		return;
	if (likely((dsr[2] & 0x1f) == LAYOUT_IPV4))
		blank_tuple(k, dsr, 4, 14);
	else
		blank_tuple(k, dsr, 16, 40);
}

void key_prepare(const struct key *k, struct flow *f)
{
	if (k->is_matrix || k->is_macmatrix)
		order_ends(k, f);
	if (!has_mask(&k->source) && !has_mask(&k->destination) && !k->is_blanking)
		return;
	flow_decode(f, DSR_FLOW);
	if (prepare_key(k, &f->key))
		flow_edit(f, DSR_FLOW);
}

/* The end of a tuple as the mask leaves it; `room` is where it is put. */
static const uint8_t *masked_end(const struct key_mask *mask, const struct plain_tuple *t, enum side side, struct flow_key *room)
{
	bool is_ipv4 = t->layout == LAYOUT_IPV4;

	room->layout = t->layout;
	room->u.ip.masklen[side] = is_ipv4 ? 32 : 128;
	memcpy(room->u.ip.addr[side], t->addr[side], is_ipv4 ? 4 : 16);
	return mask_end(mask, room, side) ? room->u.ip.addr[side] : t->addr[side];
}

bool key_prepare_tuple(const struct key *k, struct plain_tuple *t, struct flow_key *room)
{
	if (k->is_matrix || k->is_macmatrix || key_blanks_ports(k))
		return false;
	if (has_mask(&k->source))
		t->addr[SRC] = masked_end(&k->source, t, SRC, room);
	if (has_mask(&k->destination))
		t->addr[DST] = masked_end(&k->destination, t, DST, room);
	return true;
}

bool key_prepare_alone(const struct key *k, struct flow_key *key)
{
	if (k->is_macmatrix || (k->is_matrix && are_exchanged(key)))
		return false;
	if (key_changes_flows(k))
		prepare_key(k, key);
	return true;
}
