/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ports, protocols, numbers and named values of the flow filter (filter.md 6.2,
 * 6.4, 6.5 and 6.9). */
#include "common/query/filter_parse.h"
#include "common/query/filter_tree.h"

#include <strings.h>

#include "argus/base/names.h"

bool filter_scaled(const char *text, double *real, int64_t *number, bool *is_whole)
{
	static const char units[] = "kmgt";
	char *end;
	const char *unit;
	double scale = 1;

	*real = strtod(text, &end);
	if (end == text || strspn(text, "+-0123456789.") < (size_t)(end - text))
		return false;
	if (*end != '\0') {
		unit = strchr(units, *end | 0x20);
		if (unit == NULL || end[1] != '\0')
			return false;
		for (const char *u = units; u <= unit; u++)
			scale *= 1000;
	}
	*real *= scale;
	*is_whole = *real >= -9.2e18 && *real <= 9.2e18 && (double)(int64_t)*real == *real;
	*number = *is_whole ? (int64_t)*real : 0;
	/* Beyond 2^53 a double is no longer exact. */
	if (*is_whole && scale == 1 && strchr(text, '.') == NULL)
		*number = strtoll(text, NULL, 10);
	return true;
}

static const char *dir_text(const struct head *h)
{
	return h->type != NULL && h->type->is_sideless ? "" : filter_dir_text(h->dir);
}

/* --- Ports --------------------------------------------------------------- */

/* The transports of a head: PORT_TCP, PORT_UDP or both; 0, and the error is
 * noted, when it has no ports. *network: the word that narrows UDP down. */
static unsigned port_protocols(struct binder *b, const struct head *h, const struct filter_word **network)
{
	*network = NULL;
	if (h->proto == NULL)
		return PORT_TCP | PORT_UDP;
	if (strcmp(h->proto->name, "tcp") == 0)
		return PORT_TCP;
	if (strcmp(h->proto->name, "udp") == 0)
		return PORT_UDP;
	if (strcmp(h->proto->name, "rtp") == 0 || strcmp(h->proto->name, "rtcp") == 0 ||
	    strcmp(h->proto->name, "udt") == 0) {
		*network = h->proto;
		return PORT_UDP;
	}
	filter_fail(b->parser, h->at, "illegal qualifier of 'port': '%s'", h->proto->name);
	return 0;
}

static struct cond *port_range(struct binder *b, const struct head *h, unsigned protocols, int64_t low, int64_t high)
{
	const char *proto = protocols == PORT_TCP ? "tcp " : protocols == PORT_UDP ? "udp " : "";
	struct test *t;

	if (low > high)
		return filter_cond_constant(b, false);
	if (low == high)
		t = filter_cond_test(b, filter_test_port_eq, h->dir, COST_KEY, "%s%sport %d", proto, dir_text(h),
				     (int)low);
	else
		t = filter_cond_test(b, filter_test_port, h->dir, COST_KEY, "%s%sport %d-%d", proto, dir_text(h),
				     (int)low, (int)high);
	t->want.port.low = (uint16_t)low;
	t->want.port.high = (uint16_t)high;
	t->want.port.protocols = (uint16_t)protocols;
	return filter_cond_of(b, t);
}

static struct cond *port_number(struct binder *b, const struct head *h, unsigned protocols, enum rel rel, int64_t port)
{
	switch (rel) {
	case REL_GT: return port_range(b, h, protocols, port + 1, 65535);
	case REL_GE: return port_range(b, h, protocols, port, 65535);
	case REL_LT: return port_range(b, h, protocols, 0, port - 1);
	case REL_LE: return port_range(b, h, protocols, 0, port);
	default: return port_range(b, h, protocols, port, port);
	}
}

/* "80-90": the end of the first number, or NULL if the text is none. */
static const char *port_dash(const char *text)
{
	size_t low = strspn(text, "0123456789");
	size_t high = text[low] == '-' ? strspn(text + low + 1, "0123456789") : 0;

	return low > 0 && low < 6 && high > 0 && high < 6 && text[low + 1 + high] == '\0' ? text + low : NULL;
}

static struct cond *port_span(struct binder *b, const struct head *h, unsigned protocols, const struct token *token)
{
	long low = strtol(token->text, NULL, 10), high = strtol(port_dash(token->text) + 1, NULL, 10);

	if (low > 65535 || high > 65535 || low > high)
		return filter_fail(b->parser, token->at, "'%s' is not a range of ports", token->text);
	return port_range(b, h, protocols, low, high);
}

static struct cond *port_name(struct binder *b, const struct head *h, unsigned protocols, const struct token *token)
{
	int32_t tcp = -1, udp = -1;

	if (!names_service_ports(token->text, &tcp, &udp))
		return filter_fail(b->parser, token->at, "unknown port '%s'", token->text);
	if (protocols == PORT_TCP && tcp < 0)
		return filter_fail(b->parser, token->at, "port '%s' is udp", token->text);
	if (protocols == PORT_UDP && udp < 0)
		return filter_fail(b->parser, token->at, "port '%s' is tcp", token->text);
	if (protocols == PORT_TCP || udp < 0)
		return port_range(b, h, PORT_TCP, tcp, tcp);
	if (protocols == PORT_UDP || tcp < 0)
		return port_range(b, h, PORT_UDP, udp, udp);
	if (tcp == udp)
		return port_range(b, h, PORT_TCP | PORT_UDP, tcp, tcp);
	return filter_cond_join(b, COND_OR, port_range(b, h, PORT_TCP, tcp, tcp), port_range(b, h, PORT_UDP, udp, udp));
}

struct cond *filter_bind_port(struct binder *b, const struct head *h, const struct id *id)
{
	const struct filter_word *network;
	unsigned protocols = port_protocols(b, h, &network);
	struct cond *c;

	if (protocols == 0)
		return NULL;
	if (id->suffix.text != NULL)
		return filter_fail(b->parser, id->suffix.at, "Mask syntax for networks only");
	if (id->kind == IS_NUMBER) {
		if (id->token.number < 0 || id->token.number > 65535)
			return filter_fail(b->parser, id->token.at, "port %s is not between 0 and 65535",
					   id->token.text);
		c = port_number(b, h, protocols, id->rel, id->token.number);
	} else if (id->kind == IS_NAME || id->kind == IS_STRING) {
		if (filter_equality(b, id) == REL_NONE)
			return NULL;
		c = port_dash(id->token.text) != NULL ? port_span(b, h, protocols, &id->token)
						      : port_name(b, h, protocols, &id->token);
	} else {
		return filter_fail(b->parser, id->token.at, "unknown port '%s'", id->token.text);
	}
	return network != NULL ? filter_cond_join(b, COND_AND, c, filter_bind_word(b, network, 0)) : c;
}

/* --- Protocols ----------------------------------------------------------- */

static struct cond *layout_test(struct binder *b, unsigned layout, const char *name)
{
	struct test *t = filter_cond_test(b, filter_test_layout, 0, COST_KEY, "%s", name);

	t->ends = ENDS_NONE;
	t->param = layout;
	return filter_cond_of(b, t);
}

/* The kinds of flow that have no Ethernet key, by their EtherType. */
static struct cond *bind_ether_proto(struct binder *b, const struct id *id)
{
	static const struct {
		int type;
		unsigned layout;
	} kinds[] = {
		{ 2048, LAYOUT_IPV4 },	{ 34525, LAYOUT_IPV6 }, { 2054, LAYOUT_ARP },
		{ 32821, LAYOUT_RARP }, { 131, LAYOUT_ISIS },
	};
	int64_t type = id->kind == IS_NUMBER ? id->token.number : names_ethertype_number(id->token.text);
	char shown[40];
	struct test *t;

	if (type < 0 || type > 65535)
		return filter_fail(b->parser, id->token.at, "unknown ether proto '%s'", id->token.text);
	snprintf(shown, sizeof shown, "ether proto %d", (int)type);
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (kinds[i].type == type)
			return layout_test(b, kinds[i].layout, shown);
	t = filter_cond_test(b, filter_test_ether_proto, 0, COST_KEY, "%s", shown);
	t->ends = ENDS_NONE;
	t->param = (uint32_t)type;
	return filter_cond_of(b, t);
}

struct cond *filter_bind_proto(struct binder *b, const struct head *h, const struct id *id)
{
	const char *proto = h->proto != NULL ? h->proto->name : "ip";
	int64_t number;
	struct test *t;

	if (filter_equality(b, id) == REL_NONE)
		return NULL;
	if (id->suffix.text != NULL || id->kind == IS_FLOAT || id->kind == IS_IPV4 || id->kind == IS_IPV6 ||
	    id->kind == IS_MAC || id->kind == IS_SCALED)
		return filter_fail(b->parser, id->token.at, "unknown proto '%s'", id->token.text);
	if (h->proto != NULL && h->proto->token == LINK)
		return bind_ether_proto(b, id);
	if (strcmp(proto, "arp") == 0)
		return layout_test(b, LAYOUT_ARP, "arp");
	if (strcmp(proto, "rarp") == 0)
		return filter_fail(b->parser, h->at, "rarp does not encapsulate another protocol");
	if (strcmp(proto, "ip") != 0 && strcmp(proto, "ipv4") != 0 && strcmp(proto, "ipv6") != 0)
		return filter_fail(b->parser, h->at, "'%s proto' is bogus", proto);
	number = id->kind == IS_NUMBER ? id->token.number : names_protocol_number(id->token.text);
	if (number < 0 || number > 255)
		return filter_fail(b->parser, id->token.at, "unknown proto '%s'", id->token.text);
	t = filter_cond_test(b, filter_test_ip_proto, 0, COST_KEY, "%s proto %d", proto, (int)number);
	t->ends = ENDS_NONE;
	t->param = (uint32_t)number;
	t->takes = h->proto != NULL ? (uint8_t)h->proto->param : TAKES_IPV4 | TAKES_IPV6;
	return filter_cond_of(b, t);
}

/* --- Numbers ------------------------------------------------------------- */

/* Finds the columns of a word whose values are columns. */
static bool find_columns(struct binder *b, const struct filter_word *word, struct test *t)
{
	for (unsigned side = 0; side < 2; side++) {
		const char *name = word->column[side] != NULL ? word->column[side] : word->column[SRC];

		t->field[side] = name != NULL ? field_by_name(name, strlen(name)) : NULL;
		if (name != NULL && t->field[side] == NULL) {
			filter_fail(b->parser, b->at, "'%s' needs the column %s", word->name, name);
			return false;
		}
	}
	return true;
}

static struct cond *filter_bind_integer_value(struct binder *b, const struct head *h, enum rel rel, int64_t value)
{
	const struct filter_word *word = h->type;
	struct test *t;

	if (!word->is_sideless && word->param != 0 && (value < 0 || value > word->param))
		return filter_fail(b->parser, b->at, "'%s' is a number between 0 and %u", word->name, word->param);
	t = filter_cond_test(b, filter_test_integer, h->dir, (enum cost)word->cost, "%s%s %s %lld", dir_text(h),
			     word->name, filter_rel_text(rel), (long long)value);
	if (word->is_sideless)
		t->ends = ENDS_NONE;
	t->rel = (uint8_t)(rel == REL_NONE ? REL_EQ : rel);
	t->integer = word->integer;
	t->param = word->param;
	t->want.number = value;
	return find_columns(b, word, t) ? filter_cond_of(b, t) : NULL;
}

/* H.L of an AS number. */
static bool dotted_as(const char *text, int64_t *number)
{
	char *end;
	unsigned long high = strtoul(text, &end, 10), low;

	if (text[0] < '0' || text[0] > '9' || *end != '.')
		return false;
	low = strtoul(end + 1, &end, 10);
	*number = (int64_t)(high << 16 | low);
	return *end == '\0' && high <= 65535 && low <= 65535;
}

struct cond *filter_bind_integer(struct binder *b, const struct head *h, const struct id *id)
{
	int64_t number = id->token.number;
	bool is_whole = id->kind == IS_NUMBER;
	double real;

	if (id->kind == IS_SCALED)
		filter_scaled(id->token.text, &real, &number, &is_whole);
	if (id->kind == IS_FLOAT && h->type->kind == WORD_ASN)
		is_whole = dotted_as(id->token.text, &number);
	if (!is_whole)
		return filter_fail(b->parser, id->token.at, "'%s' is compared with whole numbers, not with '%s'",
				   h->type->name, id->token.text);
	return filter_bind_integer_value(b, h, id->rel, number);
}

struct cond *filter_bind_float(struct binder *b, const struct head *h, const struct id *id)
{
	const struct filter_word *word = h->type;
	double real = (double)id->token.number;
	int64_t number;
	bool is_whole;
	struct test *t;

	if (id->kind != IS_NUMBER && id->kind != IS_FLOAT && id->kind != IS_SCALED)
		return filter_fail(b->parser, id->token.at, "'%s' is compared with numbers, not with '%s'", word->name,
				   id->token.text);
	if (id->kind != IS_NUMBER)
		filter_scaled(id->token.text, &real, &number, &is_whole);
	t = filter_cond_test(b, filter_test_real, h->dir, (enum cost)word->cost, "%s%s %s %s", dir_text(h), word->name,
			     filter_rel_text(id->rel), id->token.text);
	t->ends = word->is_sideless ? ENDS_NONE : filter_ends(h->dir, word->both_sides);
	t->rel = (uint8_t)(id->rel == REL_NONE ? REL_EQ : id->rel);
	t->real = word->real;
	t->param = word->param;
	t->want.real = filter_round(real);
	return find_columns(b, word, t) ? filter_cond_of(b, t) : NULL;
}

/* --- Named values -------------------------------------------------------- */

static int64_t encaps_bits(const char *name)
{
	static const char *const names[] = {
		"mpls",	  "eth",  "802q",  "llc", "pppoe",  "isl",  "gre",   "ah",	"ipnip",
		"ipnip6", "hdlc", "chdlc", "atm", "sll",    "fddi", "slip",  "arc",	"wlan",
		"prism",  "avs",  "lrh",   "grh", "teredo", "udt",  "ipsec", "juniper", "erspan",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return (int64_t)1 << i;
	return -1;
}

static struct cond *bind_encaps(struct binder *b, const struct head *h, const struct id *id)
{
	int64_t bits = id->kind == IS_NUMBER ? id->token.number : encaps_bits(id->token.text);
	struct test *t;

	if (filter_equality(b, id) == REL_NONE)
		return NULL;
	if (bits < 0 || bits > UINT32_MAX)
		return filter_fail(b->parser, id->token.at, "unknown encapsulation '%s'", id->token.text);
	t = filter_cond_test(b, filter_test_encaps, h->dir, COST_DSR, "%sencaps %s", dir_text(h), id->token.text);
	t->param = (uint32_t)bits;
	return filter_cond_of(b, t);
}

static struct cond *bind_dsbyte(struct binder *b, const struct head *h, const struct id *id)
{
	int code;

	if (id->kind == IS_NUMBER)
		return filter_bind_integer_value(b, h, id->rel, id->token.number);
	if (filter_equality(b, id) == REL_NONE)
		return NULL;
	code = names_dscp_number(id->token.text, false);
	if (code < 0)
		code = names_dscp_number(id->token.text, true);
	if (code < 0)
		return filter_fail(b->parser, id->token.at, "unknown DS code point '%s'", id->token.text);
	return filter_bind_integer_value(b, h, REL_EQ, code);
}

/* The classes of MAC addresses: bits of the first octet, and what they are. */
static struct cond *bind_mac_class(struct binder *b, const struct head *h, const struct id *id)
{
	static const struct {
		const char *name;
		uint8_t mask, value;
	} classes[] = {
		{ "uni", 0x01, 0x00 }, { "multi", 0x01, 0x01 }, { "uaa", 0x02, 0x00 },
		{ "laa", 0x02, 0x02 }, { "lm", 0x03, 0x03 },	{ "eli", 0x0e, 0x0a },
		{ "sai", 0x0e, 0x0e }, { "aai", 0x0e, 0x02 },	{ "res", 0x0e, 0x06 },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(classes); i++)
		if (strcmp(id->token.text, classes[i].name) == 0) {
			struct test *t = filter_cond_test(b, filter_test_mac_class, h->dir, COST_DSR, "%sclass %s",
							  dir_text(h), id->token.text);

			t->param = classes[i].mask | (uint32_t)classes[i].value << 8;
			return filter_cond_of(b, t);
		}
	return filter_fail(b->parser, id->token.at, "unknown class '%s' (uni multi uaa laa lm eli sai aai res)",
			   id->token.text);
}

static struct cond *bind_country(struct binder *b, const struct head *h, const struct id *id)
{
	struct test *t;

	if (strlen(id->token.text) < 2)
		return filter_fail(b->parser, id->token.at, "'%s' is not a country code of two letters",
				   id->token.text);
	t = filter_cond_test(b, filter_test_country, h->dir, COST_DSR, "%sco %.2s", dir_text(h), id->token.text);
	memcpy(t->want.bytes.addr, id->token.text, 2);
	return filter_cond_of(b, t);
}

static struct cond *bind_interface(struct binder *b, const struct id *id)
{
	struct test *t = filter_cond_test(b, filter_test_interface, 0, COST_DSR, "inf %s", id->token.text);

	t->ends = ENDS_NONE;
	t->mar = filter_mar_interface;
	memcpy(t->want.bytes.addr, id->token.text, strnlen(id->token.text, 4));
	return filter_cond_of(b, t);
}

/* The name that the alias table gives the source: a column's text. */
static struct cond *bind_node(struct binder *b, const struct id *id)
{
	const struct field *field = field_by_name("node", 4);
	struct test *t;

	if (field == NULL)
		return filter_fail(b->parser, b->at, "there is no column of source names");
	t = filter_cond_test(b, filter_test_column_text, 0, COST_COLUMN, "node %s", id->token.text);
	t->ends = ENDS_NONE;
	t->rel = REL_EQ;
	t->field[SRC] = field;
	t->want.text.at = id->token.text;
	t->want.text.length = strlen(id->token.text);
	return filter_cond_of(b, t);
}

struct cond *filter_bind_named(struct binder *b, const struct head *h, const struct id *id)
{
	enum word_kind kind = (enum word_kind)h->type->kind;

	if (id->suffix.text != NULL || id->kind == IS_FLOAT || id->kind == IS_IPV4 || id->kind == IS_IPV6 ||
	    id->kind == IS_MAC || id->kind == IS_SCALED)
		return filter_fail(b->parser, id->token.at, "'%s' has no value '%s'", h->type->name, id->token.text);
	if (kind == WORD_DSBYTE)
		return bind_dsbyte(b, h, id);
	if (kind == WORD_ENCAPS)
		return bind_encaps(b, h, id);
	if (filter_equality(b, id) == REL_NONE)
		return NULL;
	if (id->kind == IS_NUMBER)
		return filter_fail(b->parser, id->token.at, "'%s' takes a name, not '%s'", h->type->name,
				   id->token.text);
	switch (kind) {
	case WORD_MAC_CLASS: return bind_mac_class(b, h, id);
	case WORD_COUNTRY: return bind_country(b, h, id);
	case WORD_INTERFACE: return bind_interface(b, id);
	default: return bind_node(b, id);
	}
}
