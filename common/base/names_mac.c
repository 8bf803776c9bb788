/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of MAC addresses: /etc/ethers, and the vendor of a prefix. Both are one
 * table of prefixes, an ethers entry being a prefix of 48 bits. */
#include "argus/base/names.h"

#include "argus/base/buf.h"
#include "argus/base/hash.h"
#include "argus/base/num.h"
#include "argus/base/slab.h"

#define VENDOR_LENGTH 16

struct entry {
	uint64_t prefix; /* 48 bits, zeros behind the prefix */
	unsigned bits;
	const char *name;
};

struct table {
	struct htab index;
	struct slab entries;
	uint64_t lengths; /* bit n: there are prefixes of n bits */
	bool is_ready;
};

static struct table ethers, vendors;
static struct arena texts = ARENA_INIT;

static uint64_t mac_number(const uint8_t mac[6])
{
	uint64_t v = 0;

	for (int i = 0; i < 6; i++)
		v = v << 8 | mac[i];
	return v;
}

static uint64_t cut(uint64_t mac, unsigned bits)
{
	return bits == 0 ? 0 : mac >> (48 - bits) << (48 - bits);
}

static uint32_t tag_of(uint64_t prefix, unsigned bits)
{
	uint64_t key = prefix << 8 | bits;

	return (uint32_t)hash_bytes(&key, sizeof key, 0);
}

static void prepare(struct table *t)
{
	if (t->is_ready)
		return;
	htab_init(&t->index, 0);
	slab_init(&t->entries, sizeof(struct entry));
	t->is_ready = true;
}

static const struct entry *find(const struct table *t, uint64_t prefix, unsigned bits)
{
	struct htab_probe p = htab_start(&t->index, tag_of(prefix, bits));
	uint32_t ref;

	while ((ref = htab_next(&t->index, &p)) != 0) {
		const struct entry *e = slab_at(&t->entries, ref);

		if (e->prefix == prefix && e->bits == bits)
			return e;
	}
	return NULL;
}

/* The first entry for a prefix stays. */
static void add(struct table *t, uint64_t prefix, unsigned bits, const char *name, size_t length)
{
	uint32_t ref;

	prefix = cut(prefix, bits);
	if (find(t, prefix, bits) != NULL)
		return;
	ref = slab_alloc(&t->entries);
	*(struct entry *)slab_at(&t->entries, ref) = (struct entry){ prefix, bits, arena_text(&texts, name, length) };
	htab_add(&t->index, tag_of(prefix, bits), ref);
	t->lengths |= (uint64_t)1 << bits;
}

static const char *longest(const struct table *t, uint64_t mac)
{
	for (uint64_t left = t->lengths; left != 0;) {
		unsigned bits = 63u - (unsigned)__builtin_clzll(left);
		const struct entry *e = find(t, cut(mac, bits), bits);

		if (e != NULL)
			return e->name;
		left &= ~((uint64_t)1 << bits);
	}
	return NULL;
}

/* "00:00:0C", "00-1B-C5-00-00-00/36": up to six bytes and a length; without one,
 * the prefix is as long as it is written. False if it is anything else. */
static bool read_prefix(const char *text, uint64_t *prefix, unsigned *bits)
{
	char full[sizeof "xx:xx:xx:xx:xx:xx"];
	const char *slash = strchr(text, '/');
	size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
	uint64_t given = (length + 1) / 3 * 8;
	uint8_t mac[6];

	if (length % 3 != 2 || length >= sizeof full)
		return false;
	memcpy(full, text, length);
	memcpy(full + length, ":00:00:00:00:00:00", sizeof full - length - 1);
	full[sizeof full - 1] = '\0';
	if (!num_read_mac(full, mac) || (slash != NULL && !num_read_u64(slash + 1, 8, 48, &given)))
		return false;
	*prefix = mac_number(mac);
	*bits = (unsigned)given;
	return true;
}

static void read_line(struct table *t, char *line)
{
	char *rest = NULL, *address, *name;
	unsigned bits;
	uint64_t prefix;
	uint8_t mac[6];

	line[strcspn(line, "#\r\n")] = '\0';
	address = strtok_r(line, " \t", &rest);
	name = strtok_r(NULL, " \t", &rest);
	if (name == NULL)
		return;
	if (t == &ethers && num_read_mac(address, mac))
		add(t, mac_number(mac), 48, name, strlen(name));
	else if (t == &vendors && read_prefix(address, &prefix, &bits))
		add(t, prefix, bits, name, strnlen(name, VENDOR_LENGTH));
}

static int load(struct table *t, const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	int failed;

	prepare(t);
	if (file == NULL)
		return err_system(err, "open '%s'", path);
	while (getline(&line, &room, file) >= 0)
		read_line(t, line);
	failed = ferror(file);
	free(line);
	if (failed)
		err_system(err, "read '%s'", path);
	fclose(file);
	return failed ? -1 : 0;
}

int names_ethers_load(const char *path, struct err *err) { return load(&ethers, path, err); }
int names_vendors_load(const char *path, struct err *err) { return load(&vendors, path, err); }

const char *names_ether(const uint8_t mac[6])
{
	if (!ethers.is_ready)
		load(&ethers, "/etc/ethers", NULL);
	return longest(&ethers, mac_number(mac));
}

bool names_ether_address(const char *name, uint8_t mac[6])
{
	if (!ethers.is_ready)
		load(&ethers, "/etc/ethers", NULL);
	for (uint32_t ref = 1; ref < ethers.entries.next; ref++) {
		const struct entry *e = slab_at(&ethers.entries, ref);

		if (strcmp(e->name, name) != 0)
			continue;
		for (int i = 0; i < 6; i++)
			mac[i] = (uint8_t)(e->prefix >> (40 - 8 * i));
		return true;
	}
	return false;
}

const char *names_vendor(const uint8_t mac[6])
{
	return vendors.is_ready ? longest(&vendors, mac_number(mac)) : NULL;
}
