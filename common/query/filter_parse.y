/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grammar of the flow filter (filter.md 4). "and" and "or" are of equal
 * precedence and associate to the left; ids without a head take the head of the
 * term before them, which filter_bind.c sees to. */
%code top {
/* bison's own code is not written for this warning. */
#pragma GCC diagnostic ignored "-Wconversion"
}
%code requires {
#include "common/query/filter_tree.h"
#ifndef FILTER_YY_SCANNER_T
#define FILTER_YY_SCANNER_T
typedef void *filter_scanner_t;
#endif
}
%define api.pure full
%define api.prefix {filter_yy}
%define parse.error custom
%define parse.lac full
%param { filter_scanner_t scanner }
%parse-param { struct filter_parser *p }

%union {
	struct token token;
	struct parse *parse;
	struct head head;
	struct id id;
	uint8_t dir;
	int64_t number;
}

%token FINISH 0 "the end of the filter"
%token <token> AND "'and'" OR "'or'" NOT "'not'"
%token <token> DIR "a direction" PROTO "a protocol" TYPE "a field" NAMED "a field with names" PROTOCOL "'proto'"
%token <token> GATEWAY "'gateway'" FLAG "a flag word" STATE "a state word" CAST "'broadcast' or 'multicast'"
%token <token> SCOPE "'local' or 'remote'" LINK "'ether'" UNSUPPORTED "an unsupported word"
%token <token> REL "a comparison word" SYMBOL "a comparison" EQUALS "'='"
%token <token> NUMBER "a number" FLOAT "a fraction" SCALED "a number with a unit" NAME "a name" STRING "a string"
%token <token> IPV4 "an address" IPV6 "an IPv6 address" MAC "a MAC address"
%token <token> COLUMN "a column" COLUMN_OP "a comparison of a column" COLUMN_VALUE "a value"
%token <token> MASK "'mask'"
%token <token> OPEN "'('" CLOSE "')'" BRACKET "'['" SLASH "'/'" ARITH "an operator"
%token BAD "an unknown character"

%type <parse> expr item term hid list first nid nlist nfirst arith_term
%type <head> head named_head
%type <id> id value plain
%type <dir> dir
%type <number> arith
%type <token> rel symbol name keyword op

%{
#include "common/query/filter_lex.h"

static struct parse *node(struct filter_parser *p, enum parse_kind kind, struct parse *left, struct parse *right);
static struct parse *id_node(struct filter_parser *p, struct id id);
static struct parse *head_node(struct filter_parser *p, struct head head, struct parse *ids);
static struct parse *word_node(struct filter_parser *p, enum parse_kind kind, struct head head, struct token word);
static struct parse *column_node(struct filter_parser *p, struct token column, struct token op, struct token value);
static struct parse *constant_node(struct filter_parser *p, int64_t a, struct token rel, int64_t b);
static struct head make_head(const struct token *proto, uint8_t dir, const struct token *type, uint32_t at);
static struct id make_id(enum id_kind kind, struct token token, const struct token *suffix);
static uint8_t join_dir(struct filter_parser *p, struct token a, struct token b, bool all);
static int64_t calculate(struct filter_parser *p, int64_t a, struct token op, int64_t b);
static void filter_yyerror(filter_scanner_t scanner, struct filter_parser *p, const char *message);

#define CHECK(x) do { if ((x) == NULL || p->failed) YYABORT; } while (0)
%}

%%

filter:
	  %empty                       { p->root = NULL; }
	| expr                         { p->root = $1; }
	| scope expr                   { p->root = $2; }
	;

scope: SCOPE                           { p->scope = $1.word; p->scope_end = $1.at + $1.length; }
	;

expr:
	  item
	| expr AND item                { CHECK($$ = node(p, PARSE_AND, $1, $3)); }
	| expr OR item                 { CHECK($$ = node(p, PARSE_OR, $1, $3)); }
	;

item:
	  term
	| id                           { CHECK($$ = id_node(p, $1)); }
	| NOT item                     { CHECK($$ = node(p, PARSE_NOT, $2, NULL)); }
	;

term:
	  head hid                     { CHECK($$ = head_node(p, $1, $2)); }
	| named_head nid               { CHECK($$ = head_node(p, $1, $2)); }
	| OPEN expr CLOSE              { CHECK($$ = node(p, PARSE_GROUP, $2, NULL)); }
	| dir FLAG                     { CHECK($$ = word_node(p, PARSE_FLAG, make_head(NULL, $1, NULL, $2.at), $2)); }
	| PROTO dir FLAG               { CHECK($$ = word_node(p, PARSE_FLAG, make_head(&$1, $2, NULL, $3.at), $3)); }
	| LINK dir FLAG                { CHECK($$ = word_node(p, PARSE_FLAG, make_head(&$1, $2, NULL, $3.at), $3)); }
	| FLAG                         { CHECK($$ = word_node(p, PARSE_FLAG, make_head(NULL, 0, NULL, $1.at), $1)); }
	| PROTO                        { CHECK($$ = word_node(p, PARSE_WORD, make_head(NULL, 0, NULL, $1.at), $1)); }
	| STATE                        { CHECK($$ = word_node(p, PARSE_WORD, make_head(NULL, 0, NULL, $1.at), $1)); }
	| SCOPE                        { CHECK($$ = word_node(p, PARSE_WORD, make_head(NULL, 0, NULL, $1.at), $1)); }
	| CAST                         { CHECK($$ = word_node(p, PARSE_CAST, make_head(NULL, 0, NULL, $1.at), $1)); }
	| PROTO CAST                   { CHECK($$ = word_node(p, PARSE_CAST, make_head(&$1, 0, NULL, $2.at), $2)); }
	| LINK CAST                    { CHECK($$ = word_node(p, PARSE_CAST, make_head(&$1, 0, NULL, $2.at), $2)); }
	| LINK                         { filter_fail(p, $1.at, "link layer applied in wrong context: '%s' alone", $1.text);
	                                 YYABORT; }
	| UNSUPPORTED                  { filter_fail(p, $1.at, "'%s' is not supported on flow records", $1.text);
	                                 YYABORT; }
	| PROTO BRACKET                { filter_fail(p, $2.at, "packet bytes, '%s[...]', are not supported on flow records",
	                                             $1.text); YYABORT; }
	| COLUMN COLUMN_OP COLUMN_VALUE { CHECK($$ = column_node(p, $1, $2, $3)); }
	| arith_term
	;

arith_term:
	  arith symbol arith           { CHECK($$ = constant_node(p, $1, $2, $3)); }
	| arith REL arith              { CHECK($$ = constant_node(p, $1, $2, $3)); }
	;

arith:
	  NUMBER                       { $$ = $1.number; }
	| arith op NUMBER              { $$ = calculate(p, $1, $2, $3.number); if (p->failed) YYABORT; }
	;

op: ARITH | SLASH ;

dir:
	  DIR                          { $$ = (uint8_t)$1.word->param; }
	| DIR AND DIR                  { $$ = join_dir(p, $1, $3, true); if (p->failed) YYABORT; }
	| DIR OR DIR                   { $$ = join_dir(p, $1, $3, false); if (p->failed) YYABORT; }
	;

head:
	  dir                          { $$ = make_head(NULL, $1, NULL, p->last.at); }
	| dir TYPE                     { $$ = make_head(NULL, $1, &$2, $2.at); }
	| TYPE                         { $$ = make_head(NULL, 0, &$1, $1.at); }
	| PROTO dir                    { $$ = make_head(&$1, $2, NULL, $1.at); }
	| PROTO dir TYPE               { $$ = make_head(&$1, $2, &$3, $1.at); }
	| PROTO TYPE                   { $$ = make_head(&$1, 0, &$2, $1.at); }
	| LINK dir                     { $$ = make_head(&$1, $2, NULL, $1.at); }
	| LINK dir TYPE                { $$ = make_head(&$1, $2, &$3, $1.at); }
	| LINK TYPE                    { $$ = make_head(&$1, 0, &$2, $1.at); }
	| GATEWAY                      { $$ = make_head(NULL, 0, &$1, $1.at); }
	| PROTO GATEWAY                { $$ = make_head(&$1, 0, &$2, $1.at); }
	;

named_head:
	  PROTOCOL                     { $$ = make_head(NULL, 0, &$1, $1.at); }
	| PROTO PROTOCOL               { $$ = make_head(&$1, 0, &$2, $1.at); }
	| LINK PROTOCOL                { $$ = make_head(&$1, 0, &$2, $1.at); }
	| NAMED                        { $$ = make_head(NULL, 0, &$1, $1.at); }
	| dir NAMED                    { $$ = make_head(NULL, $1, &$2, $2.at); }
	| PROTO NAMED                  { $$ = make_head(&$1, 0, &$2, $1.at); }
	| PROTO dir NAMED              { $$ = make_head(&$1, $2, &$3, $1.at); }
	| LINK NAMED                   { $$ = make_head(&$1, 0, &$2, $1.at); }
	| LINK dir NAMED               { $$ = make_head(&$1, $2, &$3, $1.at); }
	;

/* What follows a head: an id, or a list of ids in parentheses. */
hid:
	  id                           { CHECK($$ = id_node(p, $1)); }
	| NOT hid                      { CHECK($$ = node(p, PARSE_NOT, $2, NULL)); }
	| OPEN list CLOSE              { $$ = $2; }
	;

list:
	  first
	| list AND hid                 { CHECK($$ = node(p, PARSE_AND, $1, $3)); }
	| list OR hid                  { CHECK($$ = node(p, PARSE_OR, $1, $3)); }
	;

first:
	  plain                        { CHECK($$ = id_node(p, $1)); }
	| NOT hid                      { CHECK($$ = node(p, PARSE_NOT, $2, NULL)); }
	| OPEN list CLOSE              { $$ = $2; }
	;

/* The same where a keyword can only be a name: proto tcp, encaps mpls. */
nid:
	  id                           { CHECK($$ = id_node(p, $1)); }
	| symbol keyword               { struct id id = make_id(IS_WORD, $2, NULL); id.rel = $1.rel;
	                                 id.rel_is_symbol = true; CHECK($$ = id_node(p, id)); }
	| keyword                      { CHECK($$ = id_node(p, make_id(IS_WORD, $1, NULL))); }
	| NOT nid                      { CHECK($$ = node(p, PARSE_NOT, $2, NULL)); }
	| OPEN nlist CLOSE             { $$ = $2; }
	;

nlist:
	  nfirst
	| nlist AND nid                { CHECK($$ = node(p, PARSE_AND, $1, $3)); }
	| nlist OR nid                 { CHECK($$ = node(p, PARSE_OR, $1, $3)); }
	;

nfirst:
	  plain                        { CHECK($$ = id_node(p, $1)); }
	| keyword                      { CHECK($$ = id_node(p, make_id(IS_WORD, $1, NULL))); }
	| NOT nid                      { CHECK($$ = node(p, PARSE_NOT, $2, NULL)); }
	| OPEN nlist CLOSE             { $$ = $2; }
	;

keyword: PROTO | LINK | FLAG | STATE | UNSUPPORTED ;

id:
	  plain
	| rel value                    { $$ = $2; $$.rel = $1.rel; }
	| symbol value                 { $$ = $2; $$.rel = $1.rel; $$.rel_is_symbol = true; }
	| symbol SCALED                { $$ = make_id(IS_SCALED, $2, NULL); $$.rel = $1.rel; $$.rel_is_symbol = true; }
	| symbol name                  { $$ = make_id(IS_NAME, $2, NULL); $$.rel = $1.rel; $$.rel_is_symbol = true; }
	| symbol STRING                { $$ = make_id(IS_STRING, $2, NULL); $$.rel = $1.rel; $$.rel_is_symbol = true; }
	| symbol IPV4                  { $$ = make_id(IS_IPV4, $2, NULL); $$.rel = $1.rel; $$.rel_is_symbol = true; }
	| symbol IPV6                  { $$ = make_id(IS_IPV6, $2, NULL); $$.rel = $1.rel; $$.rel_is_symbol = true; }
	| symbol MAC                   { $$ = make_id(IS_MAC, $2, NULL); $$.rel = $1.rel; $$.rel_is_symbol = true; }
	;

rel: REL ;
symbol: SYMBOL | EQUALS ;

value:
	  NUMBER                       { $$ = make_id(IS_NUMBER, $1, NULL); }
	| FLOAT                        { $$ = make_id(IS_FLOAT, $1, NULL); }
	| OPEN value CLOSE             { $$ = $2; }
	;

plain:
	  NUMBER                       { $$ = make_id(IS_NUMBER, $1, NULL); }
	| FLOAT                        { $$ = make_id(IS_FLOAT, $1, NULL); }
	| name                         { $$ = make_id(IS_NAME, $1, NULL); }
	| SCALED                       { $$ = make_id(IS_NAME, $1, NULL); }
	| STRING                       { $$ = make_id(IS_STRING, $1, NULL); }
	| name SLASH STRING            { $$ = make_id(IS_NAME, $1, &$3); }
	| IPV4                         { $$ = make_id(IS_IPV4, $1, NULL); }
	| IPV4 SLASH NUMBER            { $$ = make_id(IS_IPV4, $1, &$3); }
	| IPV4 MASK IPV4               { $$ = make_id(IS_IPV4, $1, &$3); }
	| IPV6                         { $$ = make_id(IS_IPV6, $1, NULL); }
	| IPV6 SLASH NUMBER            { $$ = make_id(IS_IPV6, $1, &$3); }
	| MAC                          { $$ = make_id(IS_MAC, $1, NULL); }
	| MAC SLASH NUMBER             { $$ = make_id(IS_MAC, $1, &$3); }
	;

name: NAME ;

%%

static struct parse *node(struct filter_parser *p, enum parse_kind kind, struct parse *left, struct parse *right)
{
	return filter_parse_node(p, kind, left, right);
}

static struct parse *id_node(struct filter_parser *p, struct id id)
{
	struct parse *n = node(p, PARSE_ID, NULL, NULL);

	if (n != NULL)
		n->id = id;
	return n;
}

static struct parse *head_node(struct filter_parser *p, struct head head, struct parse *ids)
{
	struct parse *n = node(p, PARSE_HEAD, ids, NULL);

	if (n != NULL)
		n->head = head;
	return n;
}

static struct parse *word_node(struct filter_parser *p, enum parse_kind kind, struct head head, struct token word)
{
	struct parse *n = node(p, kind, NULL, NULL);

	if (n != NULL) {
		n->head = head;
		n->token = word;
	}
	return n;
}

static struct parse *column_node(struct filter_parser *p, struct token column, struct token op, struct token value)
{
	struct parse *n = node(p, PARSE_COLUMN, NULL, NULL);

	if (n != NULL) {
		n->token = column;
		n->token.rel = op.rel;
		n->id.kind = value.word == NULL ? IS_NAME : IS_STRING;
		n->id.token = value;
	}
	return n;
}

static struct parse *constant_node(struct filter_parser *p, int64_t a, struct token rel, int64_t b)
{
	struct parse *n = node(p, PARSE_CONSTANT, NULL, NULL);

	if (n != NULL) {
		n->token = rel;
		n->token.number = filter_compare_integer(rel.rel, a, b);
	}
	return n;
}

static struct head make_head(const struct token *proto, uint8_t dir, const struct token *type, uint32_t at)
{
	struct head h = { .dir = dir, .at = at };

	if (proto != NULL)
		h.proto = proto->word;
	if (type != NULL)
		h.type = type->word;
	return h;
}

static struct id make_id(enum id_kind kind, struct token token, const struct token *suffix)
{
	struct id id = { .kind = kind, .token = token };

	if (suffix != NULL)
		id.suffix = *suffix;
	return id;
}

/* src with dst, lcl with rmt; anything else is a slip. */
static uint8_t join_dir(struct filter_parser *p, struct token a, struct token b, bool all)
{
	uint8_t dir = (uint8_t)(a.word->param | b.word->param);

	if (dir != (DIR_SRC | DIR_DST) && dir != (DIR_LOCAL | DIR_REMOTE))
		filter_fail(p, b.at, "'%s' and '%s' are not the two ends of a flow", a.text, b.text);
	return dir | (all ? DIR_ALL : 0);
}

static int64_t calculate(struct filter_parser *p, int64_t a, struct token op, int64_t b)
{
	int64_t result = 0;
	bool overflow = false;

	switch (op.text[0]) {
	case '+': overflow = __builtin_add_overflow(a, b, &result); break;
	case '-': overflow = __builtin_sub_overflow(a, b, &result); break;
	case '*': overflow = __builtin_mul_overflow(a, b, &result); break;
	case '&': result = a & b; break;
	case '|': result = a | b; break;
	default:
		overflow = b == 0 || (a == INT64_MIN && b == -1);
		result = overflow ? 0 : a / b;
	}
	if (overflow)
		filter_fail(p, op.at, "the result of '%s' is out of range", op.text);
	return result;
}

static void filter_yyerror(filter_scanner_t scanner, struct filter_parser *p, const char *message)
{
	(void)scanner;
	filter_fail(p, p->last.at, "%s", message);
}

/* What could have stood there: named if the choice is small. */
static void say_expected(const yypcontext_t *context, const struct filter_parser *p, struct buf *text)
{
	enum { SHOWN = 4 };
	yysymbol_kind_t expected[YYNTOKENS];
	int count = yypcontext_expected_tokens(context, expected, YYNTOKENS);

	if (count <= SHOWN) {
		for (int i = 0; i < count; i++)
			buf_printf(text, "%s%s", i == 0 ? "; expected " : i == count - 1 ? " or " : ", ",
				   yysymbol_name(expected[i]));
		return;
	}
	for (int i = 0; i < count; i++) {
		if (p->last.length == 0 || expected[i] != YYSYMBOL_AND)
			continue;
		buf_text(text, yypcontext_token(context) == YYSYMBOL_CLOSE ? "; there is no '(' for it"
									     : "; 'and' or 'or' is missing before it");
		return;
	}
	for (int i = 0; i < count; i++)
		if (expected[i] == YYSYMBOL_DIR) {
			buf_text(text, "; expected a primitive such as 'tcp', 'port 80' or 'host 10.0.0.1'");
			return;
		}
	buf_printf(text, "; expected a value for '%s'", p->previous.text != NULL ? p->previous.text : "");
}

/* A word that is misspelt is taken for a name, and it is what follows that does
 * not fit; likewise a column that is not followed by a symbol. */
static bool say_misspelt(struct filter_parser *p, const struct token *token)
{
	const struct filter_word *word = filter_word_find(token->text, token->length);
	const char *hint;

	if (token->length < 2 || (token->text[0] | 0x20) < 'a' || (word != NULL && word->kind != WORD_UPPER))
		return false;
	if (field_by_name(token->text, token->length) != NULL) {
		filter_fail(p, token->at, "the column '%s' is compared by a symbol: = != < <= > >= ~ !~", token->text);
		return true;
	}
	hint = filter_word_nearest(token->text);
	if (hint != NULL)
		filter_fail(p, token->at, "unknown word '%s' (did you mean '%s'?)", token->text, hint);
	return hint != NULL;
}

/* Whether a name behind the token is a value, and so need not be a word. */
static bool takes_value(const struct token *token)
{
	const struct filter_word *word = token->length > 0 ? filter_word_find(token->text, token->length) : NULL;

	return word != NULL && (word->token == TYPE || word->token == NAMED || word->token == PROTOCOL ||
				word->token == GATEWAY || word->token == REL);
}

static int yyreport_syntax_error(const yypcontext_t *context, filter_scanner_t scanner, struct filter_parser *p)
{
	struct buf text = BUF_INIT;

	(void)scanner;
	if ((!takes_value(&p->before) && p->previous.length > 0 && say_misspelt(p, &p->previous)) ||
	    say_misspelt(p, &p->last))
		return 0;
	if (p->last.length == 0)
		buf_text(&text, "the filter ends too early");
	else
		buf_printf(&text, "'%.40s' does not fit here", p->last.text);
	say_expected(context, p, &text);
	filter_fail(p, p->last.at, "%s", buf_string(&text));
	buf_fini(&text);
	return 0;
}

int filter_parse(struct filter_parser *p)
{
	filter_scanner_t scanner;
	int failed;

	if (filter_yylex_init_extra(p, &scanner) != 0) {
		filter_fail(p, 0, "out of memory");
		return -1;
	}
	filter_scan_text(p, scanner);
	failed = filter_yyparse(scanner, p);
	filter_yylex_destroy(scanner);
	if (failed == 2)
		filter_fail(p, p->last.at, "the filter is nested too deeply");
	return failed || p->failed ? -1 : 0;
}
