/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parse tree to conditions: which head an id takes (filter.md 4.2), and the
 * words that need no id. */
#include "common/query/filter_parse.h"
#include "common/query/filter_tree.h"

#include <stdarg.h>

static void *allocate(struct binder *b, size_t size)
{
	void *at = arena_alloc(b->arena, size);

	memset(at, 0, size);
	return at;
}

uint8_t filter_ends(uint8_t dir, bool both_sides)
{
	switch (dir) {
	case 0: return both_sides ? ENDS_BOTH : ENDS_EITHER;
	case DIR_SRC: return ENDS_SRC;
	case DIR_DST: return ENDS_DST;
	case DIR_LOCAL: return ENDS_LOCAL;
	case DIR_REMOTE: return ENDS_REMOTE;
	default: return dir & DIR_ALL ? ENDS_BOTH : ENDS_EITHER;
	}
}

const char *filter_dir_text(uint8_t dir)
{
	switch (dir) {
	case 0: return "";
	case DIR_SRC: return "src ";
	case DIR_DST: return "dst ";
	case DIR_LOCAL: return "lcl ";
	case DIR_REMOTE: return "rmt ";
	default: return dir & DIR_ALL ? "src and dst " : "src or dst ";
	}
}

const char *filter_rel_text(enum rel rel)
{
	static const char *const text[] = { "=", "=", "!=", ">", ">=", "<", "<=", "~", "!~" };

	return text[rel];
}

struct test *filter_cond_test(struct binder *b, test_function *run, uint8_t dir, enum cost cost, const char *format,
			      ...)
{
	struct test *t = allocate(b, sizeof *t);
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	t->run = run;
	t->ends = filter_ends(dir, false);
	t->cost = (uint8_t)cost;
	t->shown = arena_text(b->arena, text, strlen(text));
	return t;
}

struct cond *filter_cond_of(struct binder *b, struct test *t)
{
	struct cond *c;

	if (t == NULL)
		return NULL;
	if (++b->tests > FILTER_TESTS_MAX)
		return filter_fail(b->parser, b->at, "the filter has more than %u tests", FILTER_TESTS_MAX);
	c = allocate(b, sizeof *c);
	c->kind = COND_TEST;
	c->test = t;
	c->cost = t->cost;
	return c;
}

struct cond *filter_cond_constant(struct binder *b, bool truth)
{
	struct cond *c = allocate(b, sizeof *c);

	c->kind = truth ? COND_TRUE : COND_FALSE;
	return c;
}

static void adopt(struct cond *parent, struct cond *first, struct cond *last, uint32_t count)
{
	if (parent->last != NULL)
		parent->last->next = first;
	else
		parent->first = first;
	parent->last = last;
	parent->count += count;
}

/* Chains of the same kind become one condition with many children. */
struct cond *filter_cond_join(struct binder *b, enum cond_kind kind, struct cond *left, struct cond *right)
{
	struct cond *c = left;

	if (left == NULL || right == NULL)
		return NULL;
	if (left->kind != kind) {
		c = allocate(b, sizeof *c);
		c->kind = kind;
		c->depth = left->depth + 1;
		c->cost = left->cost;
		adopt(c, left, left, 1);
	}
	if (right->kind == kind)
		adopt(c, right->first, right->last, right->count);
	else
		adopt(c, right, right, 1);
	if (right->depth >= c->depth)
		c->depth = right->depth + (right->kind != kind);
	if (right->cost > c->cost)
		c->cost = right->cost;
	if (c->depth > FILTER_CHANGES_MAX)
		return filter_fail(b->parser, b->at, "'and' and 'or' alternate more than %u times", FILTER_CHANGES_MAX);
	return c;
}

struct cond *filter_cond_not(struct binder *b, struct cond *child)
{
	struct cond *c;

	if (child == NULL)
		return NULL;
	if (child->kind == COND_TRUE || child->kind == COND_FALSE)
		return filter_cond_constant(b, child->kind == COND_FALSE);
	c = allocate(b, sizeof *c);
	c->kind = COND_NOT;
	c->depth = child->depth + 1;
	c->cost = child->cost;
	adopt(c, child, child, 1);
	return c;
}

enum rel filter_equality(struct binder *b, const struct id *id)
{
	if (id->rel == REL_NONE || id->rel == REL_EQ)
		return REL_EQ;
	filter_fail(b->parser, id->token.at, "'%s' can only be compared for equality here", id->token.text);
	return REL_NONE;
}

/* A word that is a test by itself. */
struct cond *filter_bind_word(struct binder *b, const struct filter_word *word, uint8_t dir)
{
	struct test *t;

	if (word->test == NULL)
		return filter_fail(b->parser, b->at, "'%s' must be the first word of a filter", word->name);
	t = filter_cond_test(b, word->test, dir, (enum cost)word->cost, "%s%s",
			     word->is_sideless ? "" : filter_dir_text(dir), word->name);
	t->param = word->param;
	t->mar = word->mar;
	if (word->is_sideless)
		t->ends = ENDS_NONE;
	return filter_cond_of(b, t);
}

static struct cond *bind_cast(struct binder *b, const struct parse *p)
{
	const struct filter_word *proto = p->head.proto;
	bool multicast = p->token.word->param != 0;
	struct test *t;

	if (proto != NULL && proto->token == LINK) {
		t = filter_cond_test(b, filter_test_ether_cast, 0, COST_DSR, "ether %s", p->token.text);
		t->param = multicast;
		return filter_cond_of(b, t);
	}
	if (multicast && (proto == NULL || strncmp(proto->name, "ip", 2) == 0)) {
		t = filter_cond_test(b, filter_test_multicast, 0, COST_KEY, "%s multicast",
				     proto != NULL ? proto->name : "ip");
		t->takes = proto != NULL ? (uint8_t)proto->param : TAKES_IPV4 | TAKES_IPV6;
		return filter_cond_of(b, t);
	}
	if (!multicast && proto != NULL && strcmp(proto->name, "ip") == 0)
		return filter_cond_of(b, filter_cond_test(b, filter_test_broadcast, 0, COST_KEY, "ip broadcast"));
	return filter_fail(b->parser, p->token.at, "only ether/ip %s filters supported", p->token.text);
}

static struct cond *bind_by_kind(struct binder *b, const struct head *h, const struct id *id)
{
	if (h->type == NULL)
		return filter_bind_host(b, h, id);
	if (h->type->token == PROTOCOL)
		return filter_bind_proto(b, h, id);
	if (h->type->token == GATEWAY)
		return filter_bind_gateway(b, h, id);
	switch ((enum word_kind)h->type->kind) {
	case WORD_HOST: return filter_bind_host(b, h, id);
	case WORD_NET: return filter_bind_net(b, h, id);
	case WORD_PORT: return filter_bind_port(b, h, id);
	case WORD_SRCID: return filter_bind_srcid(b, h, id);
	case WORD_INODE: return filter_bind_inode(b, h, id);
	case WORD_INTEGER:
	case WORD_ASN: return filter_bind_integer(b, h, id);
	case WORD_FLOAT: return filter_bind_float(b, h, id);
	default: return filter_bind_named(b, h, id);
	}
}

/* An id under the current head. "Not equal" is "not (equal)": no side is equal. */
static struct cond *bind_id(struct binder *b, const struct id *given)
{
	struct id id = *given;
	const char *hint;

	b->at = id.token.at;
	if (!b->has_head) {
		hint = id.kind == IS_NAME ? filter_word_nearest(id.token.text) : NULL;
		if (hint != NULL)
			return filter_fail(b->parser, id.token.at, "unknown word '%s' (did you mean '%s'?)",
					   id.token.text, hint);
		return filter_fail(b->parser, id.token.at,
				   "what is '%s'? Put a word such as 'host', 'port' or 'pkts' before it",
				   id.token.text);
	}
	if (id.rel != REL_NE)
		return bind_by_kind(b, &b->head, &id);
	id.rel = REL_EQ;
	return filter_cond_not(b, bind_by_kind(b, &b->head, &id));
}

/* A word that clears the head (filter.md 4.2). */
static struct cond *bind_clearing(struct binder *b, const struct parse *p)
{
	b->has_head = false;
	switch (p->kind) {
	case PARSE_WORD: return filter_bind_word(b, p->token.word, 0);
	case PARSE_CAST: return bind_cast(b, p);
	case PARSE_COLUMN: return filter_bind_column(b, p);
	default: return filter_cond_constant(b, p->token.number != 0);
	}
}

/* A parenthesis takes the head from outside and gives none back. */
static struct cond *bind_group(struct binder *b, const struct parse *p)
{
	struct head head = b->head;
	bool has_head = b->has_head;
	struct cond *c = filter_bind(b, p->left);

	b->head = head;
	b->has_head = has_head;
	return c;
}

static struct cond *bind_one(struct binder *b, const struct parse *p)
{
	switch (p->kind) {
	case PARSE_NOT: return filter_cond_not(b, filter_bind(b, p->left));
	case PARSE_GROUP: return bind_group(b, p);
	case PARSE_HEAD:
		b->head = p->head;
		b->has_head = true;
		return filter_bind(b, p->left);
	case PARSE_ID: return bind_id(b, &p->id);
	case PARSE_FLAG: b->at = p->token.at; return filter_bind_word(b, p->token.word, p->head.dir);
	default: b->at = p->token.at; return bind_clearing(b, p);
	}
}

/* Chains lean to the left and can be thousands long: their spine is walked, not
 * descended into. Right sides are as deep as the text's parentheses. */
struct cond *filter_bind(struct binder *b, const struct parse *p)
{
	const struct parse **spine;
	const struct parse *at = p;
	size_t length = 0;
	struct cond *c;

	for (; at->kind == PARSE_AND || at->kind == PARSE_OR; at = at->left)
		length++;
	spine = arena_alloc(b->arena, (length + 1) * sizeof *spine);
	at = p;
	for (size_t i = length; i > 0; i--, at = at->left)
		spine[i - 1] = at;
	c = bind_one(b, at);
	for (size_t i = 0; i < length && c != NULL; i++)
		c = filter_cond_join(b, spine[i]->kind == PARSE_AND ? COND_AND : COND_OR, c,
				     bind_one(b, spine[i]->right));
	return c;
}
