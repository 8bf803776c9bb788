/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/racount_addr.h"

#include "argus/base/buf.h"
#include "argus/base/hash.h"

struct ipv4_class {
	uint32_t net;
	uint8_t length;
	const char *name;
};

/* The first net that has the address tells its class. */
static const struct ipv4_class nets[] = {
	{ 0x00000000, 8, "IPv4 Unicast This Network" },
	{ 0x0a000000, 8, "IPv4 Unicast Private" },
	{ 0xac100000, 12, "IPv4 Unicast Private" },
	{ 0xc0a80000, 16, "IPv4 Unicast Private" },
	{ 0x7f000000, 8, "IPv4 Unicast LoopBack" },
	{ 0xa9fe0000, 16, "IPv4 Unicast Link Local" },
	{ 0xc0000200, 24, "IPv4 Unicast Test Net" },
	{ 0xc6336400, 24, "IPv4 Unicast Test Net" },
	{ 0xcb007100, 24, "IPv4 Unicast Test Net" },
	{ 0xf0000000, 4, "IPv4 Unicast Reserved" },
	{ 0xe0000000, 24, "IPv4 Multicast Local" },
	{ 0xe0000100, 24, "IPv4 Multicast Internet" },
	{ 0xe0020000, 16, "IPv4 Multicast SdpSap" },
	{ 0xe0030000, 26, "IPv4 Multicast Nasdaq" },
	{ 0xe0fc0000, 14, "IPv4 Multicast DisTrans" },
	{ 0xe8000000, 8, "IPv4 Multicast Src Spec" },
	{ 0xe9000000, 8, "IPv4 Multicast GLOP Blk" },
	{ 0xefc00000, 10, "IPv4 Multicast OrgLocal" }, /* 239.252 and above: below */
};

/* In the order in which they are printed. */
static const char *const names[] = {
	"IPv4 Unicast",
	"IPv4 Unicast This Network",
	"IPv4 Unicast Private",
	"IPv4 Unicast LoopBack",
	"IPv4 Unicast Link Local",
	"IPv4 Unicast Test Net",
	"IPv4 Unicast Reserved",
	"IPv4 Multicast Local",
	"IPv4 Multicast Internet",
	"IPv4 Multicast AdHoc",
	"IPv4 Multicast Reserved",
	"IPv4 Multicast SdpSap",
	"IPv4 Multicast Nasdaq",
	"IPv4 Multicast DisTrans",
	"IPv4 Multicast Src Spec",
	"IPv4 Multicast GLOP Blk",
	"IPv4 Multicast OrgLocal",
	"IPv4 Multicast SiteLocal",
	"IPv6 Unspecified",
	"IPv6 Loopback",
	"IPv6 LinkLocal",
	"IPv6 SiteLocal",
	"IPv6 Global",
	"IPv6 Multicast Node Local",
	"IPv6 Multicast Link Local",
	"IPv6 Multicast Site Local",
	"IPv6 Multicast Org  Local",
	"IPv6 Multicast Global",
};

struct seen {
	uint8_t address[16];
	uint8_t length, side;
};

struct address_count {
	uint64_t count[ARRAY_LENGTH(names)][2];
	struct htab table; /* references are places in `seen`, from 1 */
	struct seen *seen;
	uint32_t used, room;
};

struct address_count *address_count_new(void)
{
	struct address_count *c = xcalloc(1, sizeof *c);

	htab_init(&c->table, 0);
	return c;
}

void address_count_free(struct address_count *c)
{
	if (c == NULL)
		return;
	htab_fini(&c->table);
	free(c->seen);
	free(c);
}

static size_t class_of_name(const char *name)
{
	size_t i = 0;

	while (strcmp(names[i], name) != 0)
		i++;
	return i;
}

static const char *ipv4_class(uint32_t address)
{
	if (address >= 0xeffc0000u && address <= 0xefffffffu)
		return "IPv4 Multicast SiteLocal";
	for (size_t i = 0; i < ARRAY_LENGTH(nets); i++)
		if (((address ^ nets[i].net) >> (32 - nets[i].length)) == 0)
			return nets[i].name;
	if (address >> 28 != 0xe)
		return "IPv4 Unicast";
	return address >= 0xe0000200u && address <= 0xe000feffu ? "IPv4 Multicast AdHoc" : "IPv4 Multicast Reserved";
}

static const char *ipv6_class(const uint8_t *a)
{
	static const uint8_t zeros[15];

	if (memcmp(a, zeros, 15) == 0 && a[15] <= 1)
		return a[15] == 0 ? "IPv6 Unspecified" : "IPv6 Loopback";
	if (a[0] == 0xfe && (a[1] & 0xc0) == 0x80)
		return "IPv6 LinkLocal";
	if (a[0] == 0xfe && (a[1] & 0xc0) == 0xc0)
		return "IPv6 SiteLocal";
	if (a[0] != 0xff)
		return "IPv6 Global";
	switch (a[1] & 0x0f) {
	case 1: return "IPv6 Multicast Node Local";
	case 2: return "IPv6 Multicast Link Local";
	case 5: return "IPv6 Multicast Site Local";
	case 8: return "IPv6 Multicast Org  Local";
	case 0xe: return "IPv6 Multicast Global";
	default: return NULL; /* a scope that no class has */
	}
}

/* Whether the address is new on its side; remembers it. */
static bool is_new(struct address_count *c, const struct seen *s)
{
	uint32_t tag = (uint32_t)hash_bytes(s, sizeof *s, hash_seed()), ref;
	struct htab_probe probe = htab_start(&c->table, tag);

	while ((ref = htab_next(&c->table, &probe)) != 0)
		if (memcmp(&c->seen[ref - 1], s, sizeof *s) == 0)
			return false;
	if (c->used == c->room) {
		c->room = c->room ? c->room * 2 : 1024;
		c->seen = xrealloc(c->seen, c->room * sizeof *c->seen);
	}
	c->seen[c->used++] = *s;
	htab_add(&c->table, tag, c->used);
	return true;
}

static void count_address(struct address_count *c, const struct flow_key *key, enum side end, enum side as)
{
	struct seen s = { .length = key->layout == LAYOUT_IPV4 ? 4 : 16, .side = (uint8_t)as };
	const char *name;

	memcpy(s.address, key->u.ip.addr[end], s.length);
	if (!is_new(c, &s))
		return;
	name = s.length == 4 ? ipv4_class((uint32_t)s.address[0] << 24 | (uint32_t)s.address[1] << 16 |
					  (uint32_t)s.address[2] << 8 | s.address[3])
			     : ipv6_class(s.address);
	if (name != NULL)
		c->count[class_of_name(name)][as]++;
}

void address_count_add(struct address_count *c, const struct flow_key *key, bool is_rmon)
{
	if (key->layout != LAYOUT_IPV4 && key->layout != LAYOUT_IPV6)
		return;
	count_address(c, key, SRC, SRC);
	count_address(c, key, DST, is_rmon ? SRC : DST);
}

void address_count_print(const struct address_count *c, bool is_rmon)
{
	printf("Address Summary\n");
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		unsigned long long src = c->count[i][SRC], dst = c->count[i][DST];

		if (src + dst == 0)
			continue;
		if (is_rmon)
			printf("  %-25s %-10llu\n", names[i], src);
		else
			printf("  %-25s src %-10llu  dst %-10llu\n", names[i], src, dst);
	}
}
