/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thousands of rules begin with a constant host or net. Where a rule's filter is a
 * plain conjunction - no or, not, parentheses - one such term decides whether it can
 * match an IPv4 flow at all, and the rule is filed under it. */
#include "argus/base/buf.h"
#include "argus/base/hash.h"
#include "common/query/rules_private.h"

#include <arpa/inet.h>
#include <strings.h>

#define ENDS 3 /* source, destination, either */
enum { EITHER = 2 };

/* Rules that ask for the same net at the same end, in order. */
struct bucket {
	uint32_t net;
	uint8_t length, end;
	uint32_t *rules;
	uint32_t count;
};

struct rules_index {
	uint32_t *always; /* rules that are filed under nothing */
	size_t always_count;
	struct bucket *buckets; /* 0 is not used */
	size_t count;
	struct htab table;
	bool has[ENDS][33]; /* whether there are nets of that length */
};

static uint32_t mask_of(unsigned length)
{
	return length == 0 ? 0 : ~0u << (32 - length);
}

static uint32_t tag_of(uint32_t net, unsigned length, unsigned end)
{
	uint32_t key[2] = { net, length << 8 | end };

	return (uint32_t)hash_bytes(key, sizeof key, 0);
}

static uint32_t find_bucket(const struct rules_index *index, uint32_t net, unsigned length, unsigned end)
{
	struct htab_probe probe = htab_start(&index->table, tag_of(net, length, end));
	uint32_t ref;

	while ((ref = htab_next(&index->table, &probe)) != 0) {
		const struct bucket *b = &index->buckets[ref];

		if (b->net == net && b->length == length && b->end == end)
			return ref;
	}
	return 0;
}

static void file_rule(struct rules_index *index, const struct bucket *term, uint32_t rule)
{
	uint32_t ref = find_bucket(index, term->net, term->length, term->end);
	struct bucket *b;

	if (ref == 0) {
		ref = (uint32_t)++index->count;
		index->buckets = xrealloc(index->buckets, (index->count + 1) * sizeof *index->buckets);
		index->buckets[ref] = *term;
		htab_add(&index->table, tag_of(term->net, term->length, term->end), ref);
		index->has[term->end][term->length] = true;
	}
	b = &index->buckets[ref];
	b->rules = xrealloc(b->rules, (b->count + 1) * sizeof *b->rules);
	b->rules[b->count++] = rule;
}

/* "1.2.3.4" or "10.0.0.0/8". */
static bool parse_net(const char *word, bool is_net, struct bucket *term)
{
	char text[INET_ADDRSTRLEN];
	size_t length = strcspn(word, "/");
	struct in_addr address;
	char *end;

	if (length >= sizeof text)
		return false;
	memcpy(text, word, length);
	text[length] = '\0';
	if (inet_pton(AF_INET, text, &address) != 1)
		return false;
	term->length = 32;
	if (word[length] == '/') {
		unsigned long bits = strtoul(word + length + 1, &end, 10);

		if (*end != '\0' || bits > 32)
			return false;
		term->length = (uint8_t)bits;
	} else if (is_net) {
		return false; /* what a net without a length means is the filter's affair */
	}
	term->net = ntohl(address.s_addr) & mask_of(term->length);
	return true;
}

struct words {
	char *text, *next;
};

static char *next_word(struct words *w)
{
	char *word = w->next + strspn(w->next, " \t");

	if (*word == '\0')
		return NULL;
	w->next = word + strcspn(word, " \t");
	if (*w->next != '\0')
		*w->next++ = '\0';
	return word;
}

/* Whether the filter has only terms joined by "and". */
static bool is_conjunction(const char *filter)
{
	struct words w = { xstrdup(filter), NULL };
	bool plain = strpbrk(filter, "()!|&<>=\"") == NULL;
	char *word;

	w.next = w.text;
	while (plain && (word = next_word(&w)) != NULL)
		plain = strcasecmp(word, "or") != 0 && strcasecmp(word, "not") != 0;
	free(w.text);
	return plain;
}

/* The first term [src|dst] host A, or net A/N, that stands alone between "and"s. */
static bool find_term(const char *filter, struct bucket *term)
{
	struct words w = { xstrdup(filter), NULL };
	bool is_start = true, found = false;
	char *word;

	w.next = w.text;
	while (!found && (word = next_word(&w)) != NULL) {
		bool at_start = is_start;

		is_start = strcasecmp(word, "and") == 0;
		if (!at_start)
			continue;
		*term = (struct bucket){ .end = EITHER };
		if (strcasecmp(word, "src") == 0 || strcasecmp(word, "dst") == 0) {
			term->end = strcasecmp(word, "dst") == 0 ? DST : SRC;
			word = next_word(&w);
		}
		if (word == NULL || (strcasecmp(word, "host") != 0 && strcasecmp(word, "net") != 0))
			continue;
		found = strcasecmp(word, "net") == 0 ? ((word = next_word(&w)) != NULL && parse_net(word, true, term))
						     : ((word = next_word(&w)) != NULL && parse_net(word, false, term));
	}
	free(w.text);
	return found;
}

struct rules_index *rules_index_new(const struct rules *r)
{
	struct rules_index *index = xcalloc(1, sizeof *index);
	struct bucket term;

	htab_init(&index->table, (uint32_t)r->count);
	index->always = xcalloc(r->count, sizeof *index->always);
	for (uint32_t i = 0; i < r->count; i++) {
		const char *filter = r->rule[i].filter_text;

		if (filter != NULL && is_conjunction(filter) && find_term(filter, &term))
			file_rule(index, &term, i);
		else
			index->always[index->always_count++] = i;
	}
	return index;
}

void rules_index_free(struct rules_index *index)
{
	if (index == NULL)
		return;
	for (size_t i = 1; i <= index->count; i++)
		free(index->buckets[i].rules);
	free(index->buckets);
	free(index->always);
	htab_fini(&index->table);
	free(index);
}

/* A sorted list of rules and how far it is read. */
struct cursor {
	const uint32_t *at, *end;
};

#define CURSORS_MAX (1 + 4 * 33)

static size_t add_cursor(struct cursor *cursors, size_t n, const uint32_t *list, size_t count, size_t from)
{
	const uint32_t *end = list + count;

	while (list < end && *list < from)
		list++;
	if (list == end)
		return n;
	cursors[n] = (struct cursor){ list, end };
	return n + 1;
}

static size_t add_end(const struct rules_index *index, struct cursor *cursors, size_t n, unsigned end, uint32_t address,
		      size_t from)
{
	for (unsigned length = 0; length <= 32; length++) {
		const struct bucket *b;
		uint32_t ref;

		if (!index->has[end][length])
			continue;
		ref = find_bucket(index, address & mask_of(length), length, end);
		if (ref == 0)
			continue;
		b = &index->buckets[ref];
		n = add_cursor(cursors, n, b->rules, b->count, from);
	}
	return n;
}

/* The least number under the cursors, which all move past it; SIZE_MAX at the end. */
static size_t next_candidate(struct cursor *cursors, size_t n)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < n; i++)
		if (cursors[i].at < cursors[i].end && *cursors[i].at < least)
			least = *cursors[i].at;
	for (size_t i = 0; i < n; i++)
		if (cursors[i].at < cursors[i].end && *cursors[i].at == least)
			cursors[i].at++;
	return least;
}

size_t rules_index_find(const struct rules_index *index, const struct rules *r, struct flow *f, size_t from,
			bool (*matches)(const struct rule *rule, struct flow *f))
{
	const struct flow_key *key = flow_key(f);
	struct cursor cursors[CURSORS_MAX];
	size_t n, rule;

	/* ARP has addresses that hosts are compared with, too; others, such as IPv6, have none. */
	if (key->layout == LAYOUT_ARP) {
		while (from < r->count && !matches(&r->rule[from], f))
			from++;
		return from;
	}
	n = add_cursor(cursors, 0, index->always, index->always_count, from);
	for (unsigned side = SRC; side <= DST && key->layout == LAYOUT_IPV4; side++) {
		uint32_t address = get_be32(key->u.ip.addr[side]);

		n = add_end(index, cursors, n, side, address, from);
		n = add_end(index, cursors, n, EITHER, address, from);
	}
	while ((rule = next_candidate(cursors, n)) != SIZE_MAX)
		if (matches(&r->rule[rule], f))
			return rule;
	return r->count;
}
