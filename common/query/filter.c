/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow filter: compiling a text to a program, running it, showing it. The
 * program is an array of tests; each says where to go on when it is true and when
 * it is false, so that "and", "or" and "not" cost nothing while it runs. */
#include "argus/query/filter.h"

#include <stdarg.h>

#include "common/query/filter_tree.h"

struct filter {
	struct arena arena;
	struct test *tests;
	uint16_t entry; /* a test, or PASS or STOP */
	enum filter_scope scope;
	const char *expression; /* the text without the scope's word */
	const struct cond *root;
	struct regex_list *regexes;
};

/* --- Errors -------------------------------------------------------------- */

/* A printable copy of the text around `at`, cut to the room; returns the column in it. */
static size_t excerpt(const struct filter_parser *p, uint32_t at, char *to, size_t room)
{
	size_t from = at > room / 2 ? at - room / 2 : 0;
	size_t length = 0;

	for (; from + length < p->length && length < room - 1; length++) {
		unsigned char c = (unsigned char)p->text[from + length];

		to[length] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
	}
	to[length] = '\0';
	return at - from;
}

void *filter_fail(struct filter_parser *p, uint32_t at, const char *format, ...)
{
	char reason[160], start[21], line[64], mark[64];
	size_t column, length = 0;
	va_list args;

	if (p->failed)
		return NULL;
	p->failed = true;
	va_start(args, format);
	vsnprintf(reason, sizeof reason, format, args);
	va_end(args);
	excerpt(p, 0, start, sizeof start);
	column = excerpt(p, at, line, sizeof line);
	for (; length < column; length++)
		mark[length] = ' ';
	mark[length++] = '^';
	for (uint32_t i = 1; at == p->last.at && i < p->last.length && length < strlen(line); i++)
		mark[length++] = '~';
	mark[length] = '\0';
	err_set(p->err, ERR_USER, "filter syntax error: '%s%s'\n    %s\n    %s\n    column %u: %s", start,
		p->length > 20 ? " ..." : "", line, mark, at + 1, reason);
	return NULL;
}

struct parse *filter_parse_node(struct filter_parser *p, enum parse_kind kind, struct parse *left, struct parse *right)
{
	struct parse *n = arena_alloc(p->arena, sizeof *n);
	bool deepens = kind == PARSE_GROUP || kind == PARSE_NOT || kind == PARSE_HEAD;

	memset(n, 0, sizeof *n);
	n->kind = kind;
	n->left = left;
	n->right = right;
	n->depth = left != NULL ? left->depth : 0;
	if (right != NULL && right->depth > n->depth)
		n->depth = right->depth;
	n->depth += deepens;
	if (n->depth > FILTER_DEPTH_MAX)
		return filter_fail(p, p->last.at, "more than %u parentheses and negations inside each other",
				   FILTER_DEPTH_MAX);
	return n;
}

/* --- Program ------------------------------------------------------------- */

struct assembler {
	struct arena *arena;
	struct test *tests;
	uint16_t count;
	bool reorder;
};

/* The children in the order in which they are tested: cheap ones first, else as
 * they stand (predicates have no effects). Sets *count. */
static const struct cond **children_of(struct assembler *a, const struct cond *c, size_t *count)
{
	const struct cond **list = arena_alloc(a->arena, c->count * sizeof *list);
	size_t n = 0;

	for (unsigned cost = COST_HEADER; cost <= COST_REGEX; cost++)
		for (const struct cond *child = c->first; child != NULL; child = child->next)
			if (a->reorder ? child->cost == cost : cost == COST_HEADER)
				list[n++] = child;
	*count = a->reorder && c->kind == COND_OR ? filter_gather(a->arena, list, n) : n;
	return list;
}

/* Adds the tests of a condition, the last one first, and returns where it begins. */
static uint16_t assemble(struct assembler *a, const struct cond *c, uint16_t on_true, uint16_t on_false)
{
	const struct cond **list;
	uint16_t entry;
	size_t count;

	switch (c->kind) {
	case COND_TRUE: return on_true;
	case COND_FALSE: return on_false;
	case COND_NOT: return assemble(a, c->first, on_false, on_true);
	case COND_TEST:
		a->tests[a->count] = *c->test;
		a->tests[a->count].on_true = on_true;
		a->tests[a->count].on_false = on_false;
		return a->count++;
	default: break;
	}
	list = children_of(a, c, &count);
	entry = c->kind == COND_AND ? on_true : on_false;
	for (size_t i = count; i > 0; i--)
		entry = c->kind == COND_AND ? assemble(a, list[i - 1], entry, on_false)
					    : assemble(a, list[i - 1], on_true, entry);
	return entry;
}

static enum filter_scope scope_of(const struct filter_parser *p)
{
	if (p->scope == NULL)
		return FILTER_EVERYWHERE;
	return p->scope->param == SCOPE_WORD_LOCAL     ? FILTER_LOCAL
	       : p->scope->param == SCOPE_WORD_DISPLAY ? FILTER_DISPLAY
						       : FILTER_EVERYWHERE;
}

static int compile(struct filter *filter, struct filter_parser *p, const struct filter_options *options)
{
	struct binder b = { .parser = p, .arena = p->arena, .options = options, .regexes = &filter->regexes };
	struct assembler a = { .arena = p->arena, .reorder = options == NULL || !options->no_optimizer };
	struct cond *root;

	if (p->length > FILTER_TEXT_MAX) {
		filter_fail(p, 0, "the filter is longer than %u characters", FILTER_TEXT_MAX);
		return -1;
	}
	if (filter_parse(p) != 0)
		return -1;
	filter->scope = scope_of(p);
	filter->expression += p->scope_end;
	filter->expression += strspn(filter->expression, " \t\r\n");
	root = p->root != NULL ? filter_bind(&b, p->root) : filter_cond_constant(&b, true);
	if (root == NULL || p->failed)
		return -1;
	if (filter->scope == FILTER_DISPLAY && (options == NULL || !options->display))
		root = filter_cond_constant(&b, true);
	filter->root = root;
	filter->tests = a.tests = arena_alloc(p->arena, (b.tests + 1) * sizeof *a.tests);
	filter->entry = assemble(&a, root, PASS, STOP);
	return 0;
}

struct filter *filter_compile(const char *text, const struct filter_options *options, struct err *err)
{
	struct filter *filter = xcalloc(1, sizeof *filter);
	struct filter_parser p = { .arena = &filter->arena, .text = text, .err = err };
	size_t length = strlen(text);

	p.length = length > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)length;
	p.upper_case = options != NULL && options->upper_case;
	filter->expression = arena_text(&filter->arena, text, p.length);
	if (compile(filter, &p, options) == 0)
		return filter;
	filter_free(filter);
	return NULL;
}

void filter_free(struct filter *filter)
{
	if (filter == NULL)
		return;
	while (filter->regexes != NULL) {
		struct regex_list *next = filter->regexes->next;

		regfree(&filter->regexes->regex);
		free(filter->regexes);
		filter->regexes = next;
	}
	arena_fini(&filter->arena);
	free(filter);
}

enum filter_scope filter_scope(const struct filter *filter)
{
	return filter != NULL ? filter->scope : FILTER_EVERYWHERE;
}

const char *filter_expression(const struct filter *filter)
{
	return filter != NULL ? filter->expression : "";
}

/* --- Running ------------------------------------------------------------- */

/* The local or the remote end, by the record's localities (3 and more are inside). */
static bool at_locality(const struct test *t, struct flow *f, bool inside)
{
	const struct locality *l = flow_locality(f);

	if (l == NULL)
		return false;
	return ((l->loc[SRC] >= 3) == inside && t->run(t, f, SRC)) ||
	       ((l->loc[DST] >= 3) == inside && t->run(t, f, DST));
}

static inline bool is_true(const struct test *t, struct flow *f)
{
	switch ((enum ends)t->ends) {
	case ENDS_NONE:
	case ENDS_SRC: return t->run(t, f, SRC);
	case ENDS_DST: return t->run(t, f, DST);
	case ENDS_EITHER: return t->run(t, f, SRC) || t->run(t, f, DST);
	case ENDS_BOTH: return t->run(t, f, SRC) && t->run(t, f, DST);
	default: return at_locality(t, f, t->ends == ENDS_LOCAL);
	}
}

HOT bool filter_match(const struct filter *filter, struct flow *f)
{
	unsigned at;

	if (filter == NULL)
		return true;
	at = filter->entry;
	while (at < STOP) {
		const struct test *t = &filter->tests[at];

		at = is_true(t, f) ? t->on_true : t->on_false;
	}
	return at == PASS;
}

/* A management record has a cause and a source id; every other test is false. */
bool filter_match_mar(const struct filter *filter, const struct mar *m)
{
	unsigned at;

	if (filter == NULL)
		return true;
	at = filter->entry;
	while (at < STOP) {
		const struct test *t = &filter->tests[at];

		at = t->mar != NULL && t->mar(t, m) ? t->on_true : t->on_false;
	}
	return at == PASS;
}

/* --- Showing ------------------------------------------------------------- */

static void show(const struct cond *c, unsigned depth, struct buf *to)
{
	static const char *const words[] = { "", "and", "or", "not", "true", "false" };

	for (unsigned i = 0; i < depth; i++)
		buf_text(to, "    ");
	buf_text(to, c->kind == COND_TEST ? c->test->shown : words[c->kind]);
	buf_char(to, '\n');
	for (const struct cond *child = c->first; child != NULL; child = child->next)
		show(child, depth + 1, to);
}

void filter_dump(const struct filter *filter, struct buf *to)
{
	if (filter == NULL)
		buf_text(to, "true\n");
	else
		show(filter->root, 0, to);
}
