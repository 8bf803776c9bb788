/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses, networks and source ids of the flow filter (filter.md 6.3). */
#include "common/query/filter_parse.h"
#include "common/query/filter_tree.h"

#include <arpa/inet.h>
#include <netdb.h>

#include "argus/base/names.h"
#include "argus/base/num.h"
#include "argus/base/pen.h"
#include "argus/base/span.h"

enum { RESOLVED_MAX = 32 };

bool filter_ipv4(const char *text, uint8_t addr[4])
{
	for (unsigned part = 0; part < 4; part++) {
		unsigned value = 0;

		for (; *text >= '0' && *text <= '9' && value < 256; text++)
			value = value * 10 + (unsigned)(*text - '0');
		if (value > 255 || *text != (part < 3 ? '.' : '\0'))
			return false;
		addr[part] = (uint8_t)value;
		text++;
	}
	return true;
}

/* Where the addresses of a head are looked for. */
struct place {
	uint8_t takes; /* TAKES_... of IPv4 and ARP addresses */
	bool takes_ipv6;
	uint8_t proto;	 /* 0: any */
	uint32_t tunnel; /* slot; 0: the flow itself */
};

static bool find_place(struct binder *b, const struct head *h, const char *what, struct place *place)
{
	const char *proto = h->proto != NULL ? h->proto->name : "";

	*place = (struct place){ .takes = TAKES_IPV4 | TAKES_ARP, .takes_ipv6 = true };
	if (*proto == '\0')
		return true;
	if (strcmp(proto, "ip") == 0) {
		place->takes = TAKES_IPV4;
	} else if (strcmp(proto, "ipv4") == 0) {
		*place = (struct place){ .takes = TAKES_IPV4 };
	} else if (strcmp(proto, "ipv6") == 0) {
		place->takes = 0;
	} else if (strcmp(proto, "arp") == 0) {
		*place = (struct place){ .takes = TAKES_ARP };
	} else if (strcmp(proto, "icmp") == 0) {
		*place = (struct place){ .takes = TAKES_IPV4, .proto = 1 };
	} else if (strncmp(proto, "icmp", 4) == 0) {
		*place = (struct place){ .takes_ipv6 = true, .proto = 58 };
	} else if (strcmp(proto, "gre") == 0 || strcmp(proto, "vxlan") == 0 || strcmp(proto, "geneve") == 0) {
		*place = (struct place){ .takes = TAKES_IPV4, .takes_ipv6 = true, .tunnel = h->proto->param };
	} else {
		filter_fail(b->parser, h->at, "'%s' modifier applied to %s", proto, what);
		return false;
	}
	return true;
}

static void describe(const struct head *h, char *text, size_t room)
{
	snprintf(text, room, "%s%s%s%s", h->proto != NULL ? h->proto->name : "", h->proto != NULL ? " " : "",
		 filter_dir_text(h->dir), h->type != NULL ? h->type->name : "host");
}

/* An IPv4 address under a mask of `bits`, at the place of the head. */
static struct cond *host4(struct binder *b, const struct head *h, const struct place *place, const uint8_t addr[4],
			  uint32_t mask)
{
	char head[64], shown[INET_ADDRSTRLEN];
	struct test *t;

	if (place->takes == 0)
		return filter_cond_constant(b, false);
	describe(h, head, sizeof head);
	inet_ntop(AF_INET, addr, shown, sizeof shown);
	t = filter_cond_test(b,
			     place->tunnel  ? filter_test_tunnel_host4
			     : place->proto ? filter_test_host4_protocol
					    : filter_test_host4,
			     h->dir, COST_KEY, "%s %s/%d", head, shown, __builtin_popcount(mask));
	t->takes = place->takes;
	t->proto = place->proto;
	t->param = place->tunnel;
	t->want.v4.mask = mask;
	memcpy(&t->want.v4.addr, addr, 4);
	t->want.v4.addr &= mask;
	return filter_cond_of(b, t);
}

/* Sets the first `bits` of the mask and takes the rest off the address. */
static void set_prefix(struct test *t, const uint8_t *addr, size_t length, unsigned bits)
{
	for (size_t i = 0; i < length; i++) {
		unsigned left = bits > i * 8 ? bits - (unsigned)i * 8 : 0;

		t->want.bytes.mask[i] = (uint8_t)(left >= 8 ? 0xff : 0xff00u >> left);
		t->want.bytes.addr[i] = addr[i] & t->want.bytes.mask[i];
	}
}

static struct cond *host6(struct binder *b, const struct head *h, const struct place *place, const uint8_t addr[16],
			  unsigned bits)
{
	char head[64], shown[INET6_ADDRSTRLEN];
	struct test *t;

	if (!place->takes_ipv6)
		return filter_cond_constant(b, false);
	describe(h, head, sizeof head);
	inet_ntop(AF_INET6, addr, shown, sizeof shown);
	t = filter_cond_test(b, place->tunnel ? filter_test_tunnel_host6 : filter_test_host6, h->dir, COST_KEY,
			     "%s %s/%u", head, shown, bits);
	t->proto = place->proto;
	t->param = place->tunnel;
	set_prefix(t, addr, 16, bits);
	return filter_cond_of(b, t);
}

/* A prefix length from 0 to `most`; -1, and the error is noted. */
static int prefix_length(struct binder *b, const struct token *suffix, unsigned most)
{
	if (suffix->text == NULL)
		return (int)most;
	if (suffix->number >= 0 && suffix->number <= most)
		return (int)suffix->number;
	filter_fail(b->parser, suffix->at, "the prefix length '%s' is not between 0 and %u", suffix->text, most);
	return -1;
}

static struct cond *bind_mac(struct binder *b, const struct head *h, const struct id *id)
{
	bool is_link = h->proto != NULL && h->proto->token == LINK;
	uint8_t addr[6];
	int bits = prefix_length(b, &id->suffix, 48);
	struct test *t;

	if (!is_link && (h->proto == NULL || strcmp(h->proto->name, "arp") != 0))
		return filter_fail(b->parser, id->token.at, "ethernet address used in non-ether expression");
	if (bits < 0)
		return NULL;
	if (id->kind == IS_MAC ? !num_read_mac(id->token.text, addr) : !names_ether_address(id->token.text, addr))
		return filter_fail(b->parser, id->token.at, "unknown ether host: %s", id->token.text);
	t = filter_cond_test(b, is_link ? filter_test_mac : filter_test_arp_mac, h->dir, is_link ? COST_DSR : COST_KEY,
			     "%s %shost %s/%d", h->proto->name, filter_dir_text(h->dir), id->token.text, bits);
	set_prefix(t, addr, 6, (unsigned)bits);
	return filter_cond_of(b, t);
}

static struct cond *bind_host_name(struct binder *b, const struct head *h, const struct place *place,
				   const struct token *name)
{
	struct resolved found[RESOLVED_MAX];
	size_t count = filter_resolve(b, name, "host", found, RESOLVED_MAX);
	struct cond *c = NULL;

	for (size_t i = 0; i < count; i++) {
		struct cond *one = found[i].length == 4 ? host4(b, h, place, found[i].addr, 0xffffffffu)
							: host6(b, h, place, found[i].addr, 128);

		c = i == 0 ? one : filter_cond_join(b, COND_OR, c, one);
	}
	return c;
}

static struct cond *bind_host6(struct binder *b, const struct head *h, const struct place *place, const struct id *id,
			       unsigned bits)
{
	uint8_t addr[16];

	if (inet_pton(AF_INET6, id->token.text, addr) != 1)
		return filter_fail(b->parser, id->token.at, "'%s' is not an IPv6 address", id->token.text);
	return host6(b, h, place, addr, bits);
}

static struct cond *bad_address(struct binder *b, const struct token *token)
{
	return filter_fail(b->parser, token->at, "'%s' is not an address", token->text);
}

struct cond *filter_bind_host(struct binder *b, const struct head *h, const struct id *id)
{
	struct place place;
	uint8_t addr[4];

	if (filter_equality(b, id) == REL_NONE)
		return NULL;
	if (id->kind == IS_MAC ||
	    (h->proto != NULL && h->proto->token == LINK && (id->kind == IS_NAME || id->kind == IS_STRING)))
		return bind_mac(b, h, id);
	if (id->suffix.text != NULL)
		return filter_fail(b->parser, id->suffix.at, "Mask syntax for networks only");
	if (!find_place(b, h, "host", &place))
		return NULL;
	switch (id->kind) {
	case IS_IPV4:
		return filter_ipv4(id->token.text, addr) ? host4(b, h, &place, addr, 0xffffffffu)
							 : bad_address(b, &id->token);
	case IS_IPV6: return bind_host6(b, h, &place, id, 128);
	case IS_NUMBER:
		if (id->token.number < 0 || id->token.number > UINT32_MAX)
			return bad_address(b, &id->token);
		put_be32(addr, (uint32_t)id->token.number);
		return host4(b, h, &place, addr, 0xffffffffu);
	case IS_NAME:
	case IS_STRING: return bind_host_name(b, h, &place, &id->token);
	default: return bad_address(b, &id->token);
	}
}

/* 10, 10.8 and 10.8.0, padded with zeros; the bits given. 0: it is none of them. */
static unsigned partial_network(const char *text, uint8_t addr[4])
{
	char whole[24];
	unsigned parts = 1;

	for (const char *c = text; *c != '\0'; c++)
		parts += *c == '.';
	if (parts > 3 || !filter_is_numeric(text) || strlen(text) > 11)
		return 0;
	snprintf(whole, sizeof whole, "%s%s", text, parts == 1 ? ".0.0.0" : parts == 2 ? ".0.0" : ".0");
	return filter_ipv4(whole, addr) ? parts * 8 : 0;
}

static uint32_t mask_of(unsigned bits)
{
	return bits == 0 ? 0 : __builtin_bswap32(0xffffffffu << (32 - bits));
}

static struct cond *bind_net4(struct binder *b, const struct head *h, const struct place *place, const struct id *id)
{
	uint8_t addr[4], mask_bytes[4];
	uint32_t mask;
	int bits;

	if (!filter_ipv4(id->token.text, addr))
		return bad_address(b, &id->token);
	if (id->suffix.text != NULL && strchr(id->suffix.text, '.') != NULL) {
		if (!filter_ipv4(id->suffix.text, mask_bytes))
			return bad_address(b, &id->suffix);
		memcpy(&mask, mask_bytes, 4);
		return host4(b, h, place, addr, mask);
	}
	bits = prefix_length(b, &id->suffix, 32);
	return bits < 0 ? NULL : host4(b, h, place, addr, mask_of((unsigned)bits));
}

/* The networks database; zero octets in front of a number are shifted out. */
static struct cond *bind_net_name(struct binder *b, const struct head *h, const struct place *place,
				  const struct token *name)
{
	const struct netent *net = getnetbyname(name->text);
	uint32_t number = net != NULL && net->n_addrtype == AF_INET ? net->n_net : 0;
	unsigned bits = 32;
	uint8_t addr[4];

	if (number == 0)
		return filter_fail(b->parser, name->at, "net %s unknown", name->text);
	for (; (number & 0xff000000u) == 0; number <<= 8)
		bits -= 8;
	put_be32(addr, number);
	return host4(b, h, place, addr, mask_of(bits));
}

struct cond *filter_bind_net(struct binder *b, const struct head *h, const struct id *id)
{
	struct place place;
	uint8_t addr[4];
	unsigned bits;
	int length;

	if (filter_equality(b, id) == REL_NONE || !find_place(b, h, "net", &place))
		return NULL;
	switch (id->kind) {
	case IS_IPV4: return bind_net4(b, h, &place, id);
	case IS_IPV6:
		length = prefix_length(b, &id->suffix, 128);
		return length < 0 ? NULL : bind_host6(b, h, &place, id, (unsigned)length);
	case IS_NUMBER:
	case IS_FLOAT:
	case IS_NAME:
	case IS_STRING:
		bits = partial_network(id->token.text, addr);
		if (bits != 0)
			return host4(b, h, &place, addr, mask_of(bits));
		return id->kind == IS_NAME || id->kind == IS_STRING ? bind_net_name(b, h, &place, &id->token)
								    : bad_address(b, &id->token);
	default: return bad_address(b, &id->token);
	}
}

/* Through the machine, but not to it: its MAC address and none of its IP addresses. */
struct cond *filter_bind_gateway(struct binder *b, const struct head *h, const struct id *id)
{
	static const struct filter_word ether = { .name = "ether", .token = LINK };
	struct head link = { .proto = &ether, .at = h->at };
	struct head plain = { .at = h->at };
	struct place place = { .takes = TAKES_IPV4, .takes_ipv6 = true };
	struct cond *mac;

	if (id->kind != IS_NAME && id->kind != IS_STRING)
		return filter_fail(b->parser, id->token.at, "'gateway' requires a name");
	mac = bind_mac(b, &link, id);
	return mac == NULL ? NULL
			   : filter_cond_join(b, COND_AND, mac,
					      filter_cond_not(b, bind_host_name(b, &plain, &place, &id->token)));
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool read_uuid(const char *text, uint8_t id[16])
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	unsigned digit = 0;

	if (strlen(text) != sizeof form - 1)
		return false;
	memset(id, 0, 16);
	for (size_t i = 0; form[i] != '\0'; i++) {
		int c = text[i] | 0x20;

		if (form[i] == '-' ? text[i] != '-' : strchr("0123456789abcdef", c) == NULL)
			return false;
		if (form[i] == '-')
			continue;
		id[digit / 2] = (uint8_t)(id[digit / 2] << 4 | (c <= '9' ? c - '0' : c - 'a' + 10));
		digit++;
	}
	return true;
}

/* The first IPv4 address of a name; false, and the error is noted, if it has none. */
static bool first_ipv4(struct binder *b, const struct token *name, const char *what, uint8_t addr[4])
{
	struct resolved found[RESOLVED_MAX];
	size_t count = filter_resolve(b, name, what, found, RESOLVED_MAX);

	for (size_t i = 0; i < count; i++)
		if (found[i].length == 4) {
			memcpy(addr, found[i].addr, 4);
			return true;
		}
	filter_fail(b->parser, name->at, "%s %s has no IPv4 address", what, name->text);
	return false;
}

/* The id's bytes in a record, and how many of them are compared; 0 on error. */
static unsigned srcid_bytes(struct binder *b, const struct id *id, uint8_t bytes[16])
{
	memset(bytes, 0, 16);
	switch (id->kind) {
	case IS_IPV4: return id->suffix.text == NULL && filter_ipv4(id->token.text, bytes) ? 4 : 0;
	case IS_NUMBER:
		if (id->token.number < 0 || id->token.number > UINT32_MAX)
			return 0;
		put_be32(bytes, (uint32_t)id->token.number);
		return 4;
	case IS_STRING: memcpy(bytes, id->token.text, strnlen(id->token.text, 4)); return 4;
	case IS_IPV6: return id->suffix.text == NULL && inet_pton(AF_INET6, id->token.text, bytes) == 1 ? 16 : 0;
	case IS_MAC: return id->suffix.text == NULL && num_read_mac(id->token.text, bytes) ? 6 : 0;
	case IS_NAME:
		if (read_uuid(id->token.text, bytes))
			return 16;
		return first_ipv4(b, &id->token, "srcid", bytes) ? 4 : 0;
	default: return 0;
	}
}

struct cond *filter_bind_srcid(struct binder *b, const struct head *h, const struct id *id)
{
	uint8_t bytes[16];
	unsigned length;
	struct test *t;
	struct cond *c;

	(void)h;
	if (filter_equality(b, id) == REL_NONE)
		return NULL;
	length = srcid_bytes(b, id, bytes);
	if (length == 0)
		return filter_fail(b->parser, id->token.at, "'%s' is not a source id", id->token.text);
	t = filter_cond_test(b, filter_test_srcid, 0, COST_DSR, "srcid %s", id->token.text);
	t->ends = ENDS_NONE;
	t->mar = filter_mar_srcid;
	t->param = length;
	memcpy(t->want.bytes.addr, bytes, 16);
	c = filter_cond_of(b, t);
	if (id->suffix.text == NULL)
		return c;
	t = filter_cond_test(b, filter_test_interface, 0, COST_DSR, "inf %s", id->suffix.text);
	t->ends = ENDS_NONE;
	t->mar = filter_mar_interface;
	memcpy(t->want.bytes.addr, id->suffix.text, strnlen(id->suffix.text, 4));
	return filter_cond_join(b, COND_AND, c, filter_cond_of(b, t));
}

struct cond *filter_bind_inode(struct binder *b, const struct head *h, const struct id *id)
{
	uint8_t addr[4];
	struct test *t;

	(void)h;
	if (filter_equality(b, id) == REL_NONE)
		return NULL;
	if (id->suffix.text != NULL || (id->kind != IS_IPV4 && id->kind != IS_NAME && id->kind != IS_STRING))
		return bad_address(b, &id->token);
	if (id->kind == IS_IPV4) {
		if (!filter_ipv4(id->token.text, addr))
			return bad_address(b, &id->token);
	} else if (!first_ipv4(b, &id->token, "host", addr)) {
		return NULL;
	}
	t = filter_cond_test(b, filter_test_inode, 0, COST_DSR, "inode %s", id->token.text);
	t->ends = ENDS_NONE;
	t->want.number = get_be32(addr);
	return filter_cond_of(b, t);
}
