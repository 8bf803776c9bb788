/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow filter's inside. A text takes three steps:
 *
 *   filter_scan.l, filter_parse.y  text to the parse tree: who stands where, nothing resolved
 *   filter_bind*.c      parse tree to conditions: inherited heads, names, values
 *   filter.c            conditions to a program: folded, cheap tests first, jumps threaded
 *
 * and filter_test*.c holds the tests that the program is made of. Everything
 * lives in the filter's arena. */
#ifndef COMMON_QUERY_FILTER_TREE_H
#define COMMON_QUERY_FILTER_TREE_H

#include <regex.h>

#include "argus/base/slab.h"
#include "argus/query/fields.h"
#include "argus/query/filter.h"

/* Bounds, so that a text from a stranger costs bounded time and memory. */
#define FILTER_TEXT_MAX 65535u
#define FILTER_DEPTH_MAX 200u /* parentheses and negations inside each other */
#define FILTER_TESTS_MAX 16000u
#define FILTER_CHANGES_MAX 1000u /* of "and" to "or" and back without parentheses */
#define FILTER_REGEX_MAX 256u

/* --- Words ------------------------------------------------------------- */

/* How a word of the language is bound: filter_bind.c has one function a kind. */
enum word_kind {
	WORD_OTHER,
	WORD_UPPER, /* a word of the probe's dialect */
	WORD_HOST,
	WORD_NET,
	WORD_PORT,
	WORD_SRCID,
	WORD_INODE,
	WORD_INTEGER,
	WORD_FLOAT,
	WORD_ASN,
	WORD_DSBYTE,
	WORD_ENCAPS,
	WORD_COUNTRY,
	WORD_MAC_CLASS,
	WORD_INTERFACE,
	WORD_NODE,
};

struct test;

/* A side's value of a numeric word; false when the record does not have it. */
typedef bool integer_getter(const struct test *t, struct flow *f, enum side side, int64_t *value);
typedef bool float_getter(const struct test *t, struct flow *f, enum side side, double *value);
typedef bool test_function(const struct test *t, struct flow *f, enum side side);
typedef bool mar_function(const struct test *t, const struct mar *m);

struct filter_word {
	const char *name;
	int token;
	uint8_t kind;	  /* enum word_kind */
	uint8_t cost;	  /* of its test: enum cost */
	bool is_sideless; /* a direction before it has no meaning */
	bool both_sides;  /* no direction means both sides, not either */
	uint32_t param;	  /* for the test or the getter */
	test_function *test;
	mar_function *mar;
	integer_getter *integer;
	float_getter *real;
	const char *column[2]; /* the columns that hold the sides' values; NULL: a getter does */
};

/* What a test looks at, and so what it costs, in rising order. */
enum cost { COST_HEADER, COST_KEY, COST_DSR, COST_COLUMN, COST_REGEX };

const struct filter_word *filter_word_find(const char *name, size_t length);
/* The word or column most like a misspelt one, or NULL. */
const char *filter_word_nearest(const char *name);

/* --- The parse tree ---------------------------------------------------- */

/* A direction: the ends that are meant, and whether all of them must pass. */
#define DIR_SRC 0x01u
#define DIR_DST 0x02u
#define DIR_LOCAL 0x04u
#define DIR_REMOTE 0x08u
#define DIR_ALL 0x10u /* "and": every end named */

enum rel { REL_NONE, REL_EQ, REL_NE, REL_GT, REL_GE, REL_LT, REL_LE, REL_LIKE, REL_UNLIKE };

/* One token: its text is in the arena, NUL-terminated. */
struct token {
	const char *text;
	uint32_t at; /* offset in the filter's text */
	uint32_t length;
	const struct filter_word *word;
	const struct field *field;
	enum rel rel;
	int64_t number;
};

enum id_kind { IS_NUMBER, IS_FLOAT, IS_SCALED, IS_NAME, IS_STRING, IS_IPV4, IS_IPV6, IS_MAC, IS_WORD };

struct id {
	enum id_kind kind;
	enum rel rel;
	bool rel_is_symbol;
	struct token token;
	struct token suffix; /* prefix length, mask or interface name; text NULL: none */
};

/* What stands before an id, and what later ids inherit (filter.md 4.2). */
struct head {
	const struct filter_word *proto; /* NULL: none */
	const struct filter_word *type;	 /* NULL: none (a direction alone) */
	uint8_t dir;
	uint32_t at;
};

enum parse_kind {
	PARSE_AND,
	PARSE_OR,
	PARSE_NOT,
	PARSE_GROUP,	/* ( left ) */
	PARSE_HEAD,	/* head, with the tree of its ids on the left */
	PARSE_ID,	/* an id that takes the current head */
	PARSE_FLAG,	/* head.dir and head.proto with a flag word */
	PARSE_WORD,	/* a word that stands for itself: protocol, state, option */
	PARSE_CAST,	/* [proto] broadcast or multicast */
	PARSE_CONSTANT, /* a comparison of constants, token.number its truth */
	PARSE_COLUMN,	/* token.field token.rel value */
};

struct parse {
	enum parse_kind kind;
	struct parse *left;
	struct parse *right;
	struct head head;
	struct token token;
	struct id id;
	uint32_t depth;
};

enum filter_word_scope { SCOPE_NONE, SCOPE_WORD_LOCAL, SCOPE_WORD_REMOTE, SCOPE_WORD_DISPLAY };

/* The state of one compilation. */
struct filter_parser {
	struct arena *arena;
	const char *text;
	uint32_t length;
	uint32_t at;	/* end of the last token: where the scanner stands */
	uint32_t count; /* parse nodes */
	bool upper_case;
	bool failed;
	struct token last;     /* the token read last, for messages */
	struct token previous; /* the one before it */
	struct token before;   /* and the one before that */
	struct parse *root;
	const struct filter_word *scope; /* local, remote or display; NULL: none */
	uint32_t scope_end;		 /* where the expression behind it begins */
	struct err *err;
};

/* Notes the first error: what is wrong at `at`. Always returns NULL. */
void *filter_fail(struct filter_parser *p, uint32_t at, const char *format, ...) PRINTF_LIKE(3, 4);

struct parse *filter_parse_node(struct filter_parser *p, enum parse_kind kind, struct parse *left, struct parse *right);

/* Runs scanner and grammar over p->text; 0, or -1 and the error is noted. */
int filter_parse(struct filter_parser *p);

/* --- Conditions ---------------------------------------------------------- */

/* Which end a test looks at, resolved from the direction. */
enum ends { ENDS_NONE, ENDS_SRC, ENDS_DST, ENDS_EITHER, ENDS_BOTH, ENDS_LOCAL, ENDS_REMOTE };

/* Kinds of flow that an address test takes part in. */
#define TAKES_IPV4 0x1u
#define TAKES_IPV6 0x2u
#define TAKES_ARP 0x4u

struct test {
	test_function *run;
	mar_function *mar; /* NULL: false for management records */
	uint8_t ends;	   /* enum ends */
	uint8_t rel;	   /* enum rel */
	uint8_t takes;	   /* TAKES_... */
	uint8_t proto;	   /* IP protocol, or network kind, by test */
	uint32_t param;	   /* bit, type, offset ... by test */
	uint16_t on_true;  /* the next test, or PASS or STOP */
	uint16_t on_false;
	union {
		int64_t number;
		double real;
		struct {
			uint32_t addr, mask; /* as the bytes lie in memory */
		} v4;
		struct {
			uint8_t addr[16], mask[16];
		} bytes;
		struct {
			uint16_t low, high, protocols; /* PORT_TCP, PORT_UDP */
		} port;
		struct {
			const uint32_t *addr; /* sorted */
			size_t count;
		} set;
		struct {
			const char *at;
			size_t length;
		} text;
		struct {
			int64_t us;
			uint64_t now;
		} idle;
		regex_t *regex;
	} want;
	integer_getter *integer;
	float_getter *real;
	const struct field *field[2];
	uint8_t cost;	   /* enum cost */
	const char *shown; /* for the dump */
};

#define PORT_TCP 0x1u
#define PORT_UDP 0x2u
#define PASS 0xffffu
#define STOP 0xfffeu

enum cond_kind { COND_TEST, COND_AND, COND_OR, COND_NOT, COND_TRUE, COND_FALSE };

struct cond {
	enum cond_kind kind;
	uint8_t cost; /* of the dearest test below */
	uint32_t depth;
	uint32_t count; /* children: any number of AND and OR, one of NOT */
	struct cond *first, *last;
	struct cond *next; /* its sibling */
	struct test *test;
};

struct binder {
	struct filter_parser *parser;
	struct arena *arena;
	const struct filter_options *options;
	struct head head; /* the current one */
	bool has_head;
	uint32_t tests;
	uint32_t at;		     /* of what is being bound, for messages */
	struct regex_list **regexes; /* compiled ones, for filter_free */
};

struct regex_list {
	regex_t regex;
	struct regex_list *next;
};

/* Parse tree to condition. NULL, and the error is noted, if it means nothing. */
struct cond *filter_bind(struct binder *b, const struct parse *p);

/* Makers that the files of filter_bind share. NULL operands give NULL. */
struct cond *filter_cond_join(struct binder *b, enum cond_kind kind, struct cond *left, struct cond *right);
struct cond *filter_cond_not(struct binder *b, struct cond *c);
struct cond *filter_cond_constant(struct binder *b, bool truth);
/* A test with its ends from `dir`; the caller fills in the rest. */
struct test *filter_cond_test(struct binder *b, test_function *run, uint8_t dir, enum cost cost, const char *format,
			      ...) PRINTF_LIKE(5, 6);
struct cond *filter_cond_of(struct binder *b, struct test *t);
uint8_t filter_ends(uint8_t dir, bool both_sides);
const char *filter_dir_text(uint8_t dir);
const char *filter_rel_text(enum rel rel);

/* The files of filter_bind: an id under the current head. */
struct cond *filter_bind_host(struct binder *b, const struct head *h, const struct id *id);
struct cond *filter_bind_net(struct binder *b, const struct head *h, const struct id *id);
struct cond *filter_bind_gateway(struct binder *b, const struct head *h, const struct id *id);
struct cond *filter_bind_srcid(struct binder *b, const struct head *h, const struct id *id);
struct cond *filter_bind_inode(struct binder *b, const struct head *h, const struct id *id);
struct cond *filter_bind_port(struct binder *b, const struct head *h, const struct id *id);
struct cond *filter_bind_proto(struct binder *b, const struct head *h, const struct id *id);
struct cond *filter_bind_integer(struct binder *b, const struct head *h, const struct id *id);
struct cond *filter_bind_float(struct binder *b, const struct head *h, const struct id *id);
struct cond *filter_bind_named(struct binder *b, const struct head *h, const struct id *id);
struct cond *filter_bind_column(struct binder *b, const struct parse *p);
struct cond *filter_bind_word(struct binder *b, const struct filter_word *word, uint8_t dir);

/* The addresses of a name in `found`, at most `room`: 4 or 16 bytes each, by
 * `length`. Returns how many; 0, and the error is noted, if there is none. */
struct resolved {
	uint8_t addr[16];
	size_t length;
};
size_t filter_resolve(struct binder *b, const struct token *name, const char *what, struct resolved *found,
		      size_t room);

/* Digits and dots only. */
bool filter_is_numeric(const char *text);

/* Dotted decimal of four parts, each at most 255. */
bool filter_ipv4(const char *text, uint8_t addr[4]);

/* The relation of an id, REL_EQ when it has none; noted as an error, and
 * REL_NONE, if it orders what can only be equal. */
enum rel filter_equality(struct binder *b, const struct id *id);

/* A number of digits, perhaps with k, M, G or T: *real is set, and *number if it
 * is whole. Returns whether it is one. */
bool filter_scaled(const char *text, double *real, int64_t *number, bool *is_whole);

/* Makes sets of the addresses among the members of an "or"; the list's new length. */
size_t filter_gather(struct arena *arena, const struct cond **list, size_t length);

/* --- Tests --------------------------------------------------------------- */

bool filter_compare_integer(enum rel rel, int64_t a, int64_t b);
bool filter_compare_real(enum rel rel, double a, double b);
double filter_round(double v);

test_function filter_test_integer, filter_test_real, filter_test_host4, filter_test_host4_set, filter_test_host6, filter_test_host4_protocol,
	filter_test_mac, filter_test_arp_mac, filter_test_port, filter_test_port_eq, filter_test_srcid,
	filter_test_inode, filter_test_ether_proto, filter_test_ip_proto, filter_test_country, filter_test_encaps,
	filter_test_mac_class, filter_test_interface, filter_test_layout, filter_test_multicast, filter_test_broadcast,
	filter_test_ether_cast, filter_test_tunnel_host4, filter_test_tunnel_host6;
test_function filter_test_column_integer, filter_test_column_real, filter_test_column_bytes, filter_test_column_text,
	filter_test_column_regex, filter_test_column_idle;
mar_function filter_mar_srcid, filter_mar_interface;

#endif
