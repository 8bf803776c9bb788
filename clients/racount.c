/* SPDX-License-Identifier: GPL-3.0-or-later */
/* racount: counts records, packets and bytes (aggregation.md 8). */
#include "argus/base/buf.h"
#include "argus/base/names.h"
#include "argus/record/plain.h"
#include "argus/tool/tool.h"
#include "clients/racount_addr.h"

#define ETHERTYPES 65536u
#define FIRST_UNPRINTED 0x1000u /* Ethernet types that the reference leaves out begin here */

struct count {
	uint64_t records, pkts[2], bytes[2];
};

/* Protocols in the order in which they are listed: IP protocols, Ethernet types, and
 * the kinds of flows that have neither. */
enum other_kind { OTHER_ARP, OTHER_RARP, OTHER_WLAN, OTHER_ISIS, OTHER_UNKNOWN, OTHER_COUNT };

struct state {
	bool by_proto, by_address, is_rmon;
	struct count sum;
	struct count ip[256];
	struct count *ether; /* by type */
	struct count other[OTHER_COUNT];
	struct address_count *addresses;
};

static struct state *state_of(struct run *run) { return run->state; }

static RUN_SETTER(mode_addr, state_of(run)->by_address = true)
static RUN_SETTER(mode_proto, state_of(run)->by_proto = true)
static RUN_SETTER(mode_rmon, state_of(run)->is_rmon = run->style.rmon = true)

static const struct tool_mode modes[] = {
	{ "addr", 4, "count addresses by class", mode_addr, MODE_FLAG },
	{ "proto", 5, "count by protocol", mode_proto, MODE_FLAG },
	{ "rmon", 4, "count every flow for each of its ends", mode_rmon, MODE_FLAG },
	{ NULL, 0, NULL, NULL, MODE_FLAG },
};

static int start(struct run *run)
{
	struct state *s = run->state;

	if (s->by_proto)
		s->ether = xcalloc(ETHERTYPES, sizeof *s->ether);
	if (s->by_address)
		s->addresses = address_count_new();
	run->takes_as_read = !s->by_proto && !s->by_address;
	return 0;
}

static void add(struct count *to, uint64_t records, const struct metric *m)
{
	to->records += records;
	for (int side = SRC; side <= DST; side++) {
		to->pkts[side] += m->pkts[side];
		to->bytes[side] += m->bytes[side];
	}
}

/* Each end has sent and received what both did: every flow counts a second time, turned round. */
static void double_count(struct count *c)
{
	c->records *= 2;
	c->pkts[SRC] = c->pkts[DST] = c->pkts[SRC] + c->pkts[DST];
	c->bytes[SRC] = c->bytes[DST] = c->bytes[SRC] + c->bytes[DST];
}

static void double_counts(struct state *s)
{
	double_count(&s->sum);
	for (unsigned i = 0; i < ARRAY_LENGTH(s->ip); i++)
		double_count(&s->ip[i]);
	for (unsigned i = 0; s->ether != NULL && i < ETHERTYPES; i++)
		double_count(&s->ether[i]);
	for (unsigned i = 0; i < OTHER_COUNT; i++)
		double_count(&s->other[i]);
}

static struct count *count_of(struct state *s, const struct flow_key *key)
{
	switch (key->layout) {
	case LAYOUT_IPV4:
	case LAYOUT_IPV6: return &s->ip[key->proto];
	case LAYOUT_ETHER:
	case LAYOUT_UDT: return &s->ether[key->u.ether.type];
	case LAYOUT_ARP: return &s->other[OTHER_ARP];
	case LAYOUT_RARP: return &s->other[OTHER_RARP];
	case LAYOUT_WLAN: return &s->other[OTHER_WLAN];
	case LAYOUT_ISIS: return &s->other[OTHER_ISIS];
	default: return &s->other[OTHER_UNKNOWN];
	}
}

static int record(struct run *run, struct flow *f)
{
	struct state *s = run->state;
	const struct metric *m = flow_metric(f);

	add(&s->sum, 1, m);
	if (s->by_proto)
		add(count_of(s, flow_key(f)), flow_agr(f)->count, m);
	if (s->by_address)
		address_count_add(s->addresses, flow_key(f), s->is_rmon);
	return 0;
}

static int as_read(struct run *run, const struct shaped_records *records)
{
	struct state *s = run->state;
	struct metric m;
	unsigned count = 0;

	for (; count < records->count && plain_counts(records->bytes[count], records->shape[count], &run->reading, &m); count++)
		add(&s->sum, 1, &m);
	return (int)count;
}

static void print_counts(const struct count *c)
{
	printf("%-11llu %-14llu %-14llu %-14llu %-18llu %-18llu %-18llu\n", (unsigned long long)c->records,
	       (unsigned long long)(c->pkts[SRC] + c->pkts[DST]), (unsigned long long)c->pkts[SRC],
	       (unsigned long long)c->pkts[DST], (unsigned long long)(c->bytes[SRC] + c->bytes[DST]),
	       (unsigned long long)c->bytes[SRC], (unsigned long long)c->bytes[DST]);
}

static void print_line(const char *name, const struct count *c)
{
	if (c->records == 0)
		return;
	if (strlen(name) < 8)
		printf("%7s   ", name);
	else
		printf("%.8s  ", name);
	print_counts(c);
}

/* The name of a protocol as the column shows it. */
static void print_number(struct run *run, const char *name, unsigned number, const struct count *c)
{
	char text[16];

	if (run->style.names != NAMES_NONE && name != NULL) {
		print_line(name, c);
		return;
	}
	snprintf(text, sizeof text, "%u", number);
	print_line(text, c);
}

/* The reference calls every type without a name `unknown`, a row for each, unless -n asks for
 * its number, and so do we, for its rows are compared. Those from 0x1000 on it does not print at
 * all: they have their numbers, by which they can be told apart. */
static const char *ethertype_name(const struct run *run, unsigned type, char *room, size_t size)
{
	const char *name = names_ethertype((uint16_t)type);

	if (type == 0)
		return "llc";
	if (name != NULL || run->style.names >= NAMES_PROTO)
		return name;
	if (type < FIRST_UNPRINTED)
		return "unknown";
	snprintf(room, size, "0x%04x", type);
	return room;
}

static void print_protocols(struct run *run)
{
	static const char *const names[OTHER_COUNT] = { "arp", "rarp", "wlan", "isis", "unkwn" };
	struct state *s = run->state;
	char number[16];

	printf("Protocol Summary\n");
	for (unsigned i = 0; i < ARRAY_LENGTH(s->ip); i++)
		print_number(run, names_protocol((uint8_t)i), i, &s->ip[i]);
	for (unsigned i = 0; i < ETHERTYPES; i++)
		if (s->ether[i].records > 0)
			print_number(run, ethertype_name(run, i, number, sizeof number), i, &s->ether[i]);
	for (unsigned i = 0; i < OTHER_COUNT; i++)
		print_line(names[i], &s->other[i]);
}

static int finish(struct run *run)
{
	struct state *s = run->state;

	if (s->is_rmon)
		double_counts(s);
	printf("racount   records     total_pkts     src_pkts       dst_pkts       total_bytes        src_bytes          dst_bytes\n");
	printf("    sum   ");
	print_counts(&s->sum);
	if (s->by_proto)
		print_protocols(run);
	if (s->by_address)
		address_count_print(s->addresses, s->is_rmon);
	address_count_free(s->addresses);
	free(s->ether);
	return fflush(stdout) == 0 ? 0 : err_system(&run->err, "standard output");
}

static const struct tool racount = {
	.name = "racount",
	.summary = "count records, packets and bytes",
	.modes = modes,
	.flags = TOOL_NO_PRINT | TOOL_NO_EVENTS | TOOL_NO_WRITE,
	.state_size = sizeof(struct state),
	.start = start,
	.record = record,
	.as_read = as_read,
	.finish = finish,
};

int main(int argc, char **argv)
{
	return tool_main(&racount, argc, argv);
}
