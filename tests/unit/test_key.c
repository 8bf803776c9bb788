/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aggregation keys (aggregation.md 3): what tells flows apart, and what a key does to a
 * flow before it is compared. */
#include "tests/unit/unit.h"

#include "argus/base/buf.h"
#include "argus/query/key.h"
#include "tests/unit/flows.h"

static struct flow a, b;

static int make_two(void **state)
{
	(void)state;
	flow_web(&a);
	flow_web(&b);
	return 0;
}

static void make_key(struct key *k, const char *words)
{
	char *copy = xstrdup(words), *save = NULL;
	struct err err = { 0 };

	key_init(k);
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		assert_int_equal(key_add_word(k, w, &err), 0);
	free(copy);
}

/* Whether the two flows, prepared, are one under the key. */
static bool same_key(const char *words)
{
	uint8_t x[KEY_SIZE_MAX], y[KEY_SIZE_MAX];
	struct key k;
	size_t length;

	make_key(&k, words);
	key_prepare(&k, &a);
	key_prepare(&k, &b);
	length = key_build(&k, &a, x);
	return key_build(&k, &b, y) == length && memcmp(x, y, length) == 0;
}

static void only_what_is_in_the_key_tells_flows_apart(void **state)
{
	struct flow_key *k = flow_edit(&b, DSR_FLOW);

	(void)state;
	k->u.ip.port[SRC]++;
	assert_false(same_key(""));
	assert_false(same_key("saddr sport"));
	assert_true(same_key("saddr daddr proto"));
	assert_true(same_key("daddr dport"));
}

static void masks_make_networks_of_addresses(void **state)
{
	struct flow_key *k = flow_edit(&b, DSR_FLOW);

	(void)state;
	k->u.ip.addr[SRC][3] ^= 0x0f;
	assert_false(same_key("saddr"));
	assert_false(same_key("saddr/29"));
	assert_true(same_key("saddr/28"));
	assert_int_equal(flow_key(&a)->u.ip.masklen[SRC], 28);
}

static void a_mask_may_be_dotted(void **state)
{
	struct flow_key *k = flow_edit(&b, DSR_FLOW);

	(void)state;
	k->u.ip.addr[SRC][1] ^= 0xff;
	assert_true(same_key("saddr/255.0.0.255"));
}

static void a_matrix_knows_no_direction(void **state)
{
	(void)state;
	flow_reverse(&b);
	assert_true(same_key("matrix"));
}

static void words_that_are_no_objects_are_errors_that_name_the_nearest(void **state)
{
	struct err err = { 0 };
	struct key k;

	(void)state;
	key_init(&k);
	assert_int_equal(key_add_word(&k, "sadr", &err), -1);
	assert_non_null(strstr(err.text, "saddr"));
	assert_int_equal(key_add_word(&k, "saddr/x", &err), -1);
	assert_int_equal(key_add_word(&k, "smpls[5-2]", &err), -1);
}

static void none_is_a_key_without_objects(void **state)
{
	struct key k;

	(void)state;
	make_key(&k, "none");
	assert_int_equal(k.objects, 0);
}

/* ---- each object looks at its own part ---- */

static struct flow_key *key_of(struct flow *f) { return flow_edit(f, DSR_FLOW); }

static void set_vlan(struct flow *f, uint16_t source, uint16_t destination)
{
	*(struct vlan *)flow_edit(f, DSR_VLAN) = (struct vlan){ { true, true }, { source, destination } };
}

static void set_mpls(struct flow *f, uint32_t source, uint32_t destination)
{
	*(struct mpls *)flow_edit(f, DSR_MPLS) = (struct mpls){ { true, true }, { source, destination }, 0 };
}

static struct ipattr_side *attributes(struct flow *f, enum side side)
{
	struct ipattr *attr = flow_edit(f, DSR_IPATTR);

	attr->qualifier |= IPATTR_SRC | IPATTR_DST;
	return &attr->side[side];
}

static struct tcp_side *tcp_side(struct flow *f, enum side side)
{
	return &((struct network *)flow_edit(f, DSR_NETWORK))->u.tcp.side[side];
}

static void set_mac(struct flow *f, unsigned byte, enum side side)
{
	struct mac *mac = flow_edit(f, DSR_MAC);

	mac->addr[side][byte]++;
}

static void set_label(struct flow *f, const char *text)
{
	*(struct label *)flow_edit(f, DSR_LABEL) = (struct label){ .text = text, .length = (uint32_t)strlen(text) };
}

static void the_key_of_the_other_direction_is_that_of_the_flow_turned(void **state)
{
	static const char *const words[] = { "", "saddr dport", "smac dmac", "smac sport", "sttl stos daddr", "dvlan proto" };
	uint8_t x[KEY_SIZE_MAX], y[KEY_SIZE_MAX];
	struct key k;
	size_t length;

	(void)state;
	for (int i = 0; i < 2; i++) {
		set_mac(i == 0 ? &a : &b, 5, SRC);
		set_vlan(i == 0 ? &a : &b, 100, 200);
		attributes(i == 0 ? &a : &b, SRC)->ttl = 64;
		attributes(i == 0 ? &a : &b, DST)->tos = 8;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		make_key(&k, words[i]);
		length = key_build_reversed(&k, &a, x);
		flow_reverse(&b);
		assert_int_equal(key_build(&k, &b, y), length);
		assert_memory_equal(x, y, length);
		flow_reverse(&b);
	}
}

#define CHANGE(name, statement)             \
	static void name(struct flow *f)    \
	{                                   \
		statement;                  \
	}

CHANGE(change_source, ((struct transport *)flow_edit(f, DSR_TRANSPORT))->id[3]++)
CHANGE(change_interface, {
	((struct transport *)flow_edit(f, DSR_TRANSPORT))->has_inf = true;
	memcpy(((struct transport *)flow_edit(f, DSR_TRANSPORT))->inf, "eth0", 4);
})
CHANGE(change_start, ((struct times *)flow_edit(f, DSR_TIME))->at[SRC][START]--)
CHANGE(change_smpls, set_mpls(f, 5 << 12, 0))
CHANGE(change_dmpls, set_mpls(f, 0, 5 << 12))
CHANGE(change_svid, set_vlan(f, 0x0001, 0))
CHANGE(change_dvid, set_vlan(f, 0, 0x0001))
CHANGE(change_svpri, set_vlan(f, 0x2000, 0))
CHANGE(change_dvpri, set_vlan(f, 0, 0x2000))
CHANGE(change_etype, ((struct mac *)flow_edit(f, DSR_MAC))->type++)
CHANGE(change_proto, key_of(f)->proto = 17)
CHANGE(change_saddr, key_of(f)->u.ip.addr[SRC][3]++)
CHANGE(change_daddr, key_of(f)->u.ip.addr[DST][3]++)
CHANGE(change_sport, key_of(f)->u.ip.port[SRC]++)
CHANGE(change_dport, key_of(f)->u.ip.port[DST]++)
CHANGE(change_stos, attributes(f, SRC)->tos = 1)
CHANGE(change_dtos, attributes(f, DST)->tos = 1)
CHANGE(change_sttl, attributes(f, SRC)->ttl = 64)
CHANGE(change_dttl, attributes(f, DST)->ttl = 64)
CHANGE(change_sipid, attributes(f, SRC)->ip_id = 1)
CHANGE(change_dipid, attributes(f, DST)->ip_id = 1)
CHANGE(change_sdsb, attributes(f, SRC)->tos = 4)
CHANGE(change_ddsb, attributes(f, DST)->tos = 4)
CHANGE(change_stcpb, tcp_side(f, SRC)->seqbase++)
CHANGE(change_dtcpb, tcp_side(f, DST)->seqbase++)
CHANGE(change_smac, set_mac(f, 5, SRC))
CHANGE(change_dmac, set_mac(f, 5, DST))
CHANGE(change_soui, set_mac(f, 2, SRC))
CHANGE(change_doui, set_mac(f, 2, DST))
CHANGE(change_inode, ((struct icmp_mapped *)flow_edit(f, DSR_ICMP))->outer[SRC] = 0x0a000001)
CHANGE(change_sco, ((struct cocode *)flow_edit(f, DSR_COCODE))->code[SRC][0] = 'D')
CHANGE(change_dco, ((struct cocode *)flow_edit(f, DSR_COCODE))->code[DST][0] = 'D')
CHANGE(change_sas, ((struct asn *)flow_edit(f, DSR_ASN))->as[SRC] = 64512)
CHANGE(change_das, ((struct asn *)flow_edit(f, DSR_ASN))->as[DST] = 64512)
CHANGE(change_ias, ((struct asn *)flow_edit(f, DSR_ASN))->node = 64512)
CHANGE(change_label, set_label(f, "other"))

static const struct change {
	const char *object;
	void (*change)(struct flow *f);
	const char *also; /* objects that see the change as well */
} changes[] = {
	{ "srcid", change_source, "sid" },
	{ "inf", change_interface, "srcid" },
	{ "stime", change_start, "" },
	{ "smpls", change_smpls, "" },
	{ "dmpls", change_dmpls, "" },
	{ "svid", change_svid, "svlan" },
	{ "dvid", change_dvid, "dvlan" },
	{ "svpri", change_svpri, "svlan" },
	{ "dvpri", change_dvpri, "dvlan" },
	{ "etype", change_etype, "" },
	{ "proto", change_proto, "sport dport" },
	{ "saddr", change_saddr, "snet" },
	{ "daddr", change_daddr, "dnet" },
	{ "sport", change_sport, "" },
	{ "dport", change_dport, "" },
	{ "stos", change_stos, "" },
	{ "dtos", change_dtos, "" },
	{ "sttl", change_sttl, "" },
	{ "dttl", change_dttl, "" },
	{ "sipid", change_sipid, "" },
	{ "dipid", change_dipid, "" },
	{ "sdsb", change_sdsb, "stos" },
	{ "ddsb", change_ddsb, "dtos" },
	{ "stcpb", change_stcpb, "" },
	{ "dtcpb", change_dtcpb, "" },
	{ "smac", change_smac, "" },
	{ "dmac", change_dmac, "" },
	{ "soui", change_soui, "smac" },
	{ "doui", change_doui, "dmac" },
	{ "inode", change_inode, "" },
	{ "sco", change_sco, "" },
	{ "dco", change_dco, "" },
	{ "sas", change_sas, "" },
	{ "das", change_das, "" },
	{ "ias", change_ias, "" },
	{ "svc", change_label, "" },
};

/* Both have everything that an object may look at. */
static void make_full(void)
{
	struct flow *flows[] = { &a, &b };

	flow_web(&a);
	flow_web(&b);
	for (int i = 0; i < 2; i++) {
		set_vlan(flows[i], 0, 0);
		set_mpls(flows[i], 0, 0);
		attributes(flows[i], SRC)->tos = 0;
		((struct mac *)flow_edit(flows[i], DSR_MAC))->type = 0x0800;
		flow_edit(flows[i], DSR_ICMP);
		flow_edit(flows[i], DSR_COCODE);
		((struct asn *)flow_edit(flows[i], DSR_ASN))->has_node = true;
		set_label(flows[i], "one");
	}
}

static bool sees(const char *object, const struct change *change)
{
	return strcmp(object, change->object) == 0 || strstr(change->also, object) != NULL;
}

static void every_object_sees_its_own_part_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(changes); i++)
		for (size_t j = 0; j < ARRAY_LENGTH(changes); j++) {
			make_full();
			changes[i].change(&b);
			if (same_key(changes[j].object) == sees(changes[j].object, &changes[i]))
				fail_msg("%s, when %s was changed", changes[j].object, changes[i].object);
		}
}

static void all_sees_everything(void **state)
{
	(void)state;
	make_full();
	assert_true(same_key("all"));
	for (size_t i = 0; i < ARRAY_LENGTH(changes); i++) {
		make_full();
		changes[i].change(&b);
		if (same_key("all"))
			fail_msg("%s was changed", changes[i].object);
	}
	make_full();
	((struct metric *)flow_edit(&b, DSR_METRIC))->pkts[SRC]++; /* counts are no object */
	assert_true(same_key("all"));
}

static void a_missing_part_is_not_a_part_of_zeros(void **state)
{
	(void)state;
	set_vlan(&b, 0, 0);
	assert_false(same_key("svlan"));
	set_vlan(&a, 0, 0);
	((struct vlan *)flow_edit(&a, DSR_VLAN))->has[SRC] = false; /* a direction is */
	assert_true(same_key("svlan"));
}

static void keys_with_parts_missing_do_not_run_into_each_other(void **state)
{
	(void)state;
	change_sco(&a);
	change_sas(&b);
	assert_false(same_key("sco sas"));
}

static void ports_are_what_the_protocol_has_in_their_place(void **state)
{
	(void)state;
	flow_between(&a, 1, "10.0.0.1", "10.0.0.2")->u.ip.type = 8;
	flow_between(&b, 1, "10.0.0.1", "10.0.0.2")->u.ip.type = 0;
	assert_false(same_key("sport"));
	assert_true(same_key("dport"));
	key_of(&b)->u.ip.id = 77;
	assert_false(same_key("dport"));
	flow_between(&a, 50, "10.0.0.1", "10.0.0.2")->u.ip.spi = 1;
	flow_between(&b, 50, "10.0.0.1", "10.0.0.2")->u.ip.spi = 2;
	assert_true(same_key("sport"));
	assert_false(same_key("dport"));
	flow_between(&a, 2, "10.0.0.1", "10.0.0.2")->u.ip.type = 0x11;
	flow_between(&b, 2, "10.0.0.1", "10.0.0.2")->u.ip.type = 0x16;
	assert_true(same_key("sport dport"));
}

static void families_are_told_apart_by_addresses_only(void **state)
{
	(void)state;
	flow_between(&a, 17, "10.0.0.1", "10.0.0.2");
	flow_between(&b, 17, "::", "::1");
	assert_true(same_key("proto"));
	assert_true(same_key("sport"));
	assert_false(same_key("saddr"));
	flow_between(&b, 17, "10.0.0.1", "10.0.0.2")->layout = LAYOUT_ARP;
	assert_false(same_key("proto"));
}

/* ---- masks ---- */

/* The source of `a`, masked. */
static const char *masked(const char *address, const char *word)
{
	static char text[64];
	struct key k;

	flow_between(&a, 17, address, "::1");
	make_key(&k, word);
	key_prepare(&k, &a);
	return inet_ntop(AF_INET6, flow_key(&a)->u.ip.addr[SRC], text, sizeof text);
}

static void prefixes_of_ipv6_end_at_any_bit(void **state)
{
	static const char address[] = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff";

	(void)state;
	assert_string_equal(masked(address, "saddr/1"), "::");
	assert_string_equal(masked(address, "saddr/24"), "2001:d00::");
	assert_string_equal(masked(address, "saddr/33"), "2001:db8:8000::");
	assert_string_equal(masked(address, "saddr/48"), "2001:db8:ffff::");
	assert_string_equal(masked(address, "saddr/63"), "2001:db8:ffff:fffe::");
	assert_string_equal(masked(address, "saddr/64"), "2001:db8:ffff:ffff::");
	assert_string_equal(masked(address, "saddr/127"), "2001:db8:ffff:ffff:ffff:ffff:ffff:fffe");
	assert_int_equal(flow_key(&a)->u.ip.masklen[SRC], 127);
	assert_string_equal(masked(address, "saddr/128"), address);
	assert_string_equal(masked(address, "daddr/64"), address);
}

static void a_dotted_mask_is_for_ipv4(void **state)
{
	static const char address[] = "2001:db8::1";

	(void)state;
	assert_string_equal(masked(address, "saddr/255.255.0.0"), address);
}

static void a_longer_prefix_than_the_record_has_changes_nothing(void **state)
{
	struct key k;

	(void)state;
	key_of(&a)->u.ip.masklen[SRC] = 16;
	make_key(&k, "saddr/24");
	key_prepare(&k, &a);
	assert_int_equal(flow_key(&a)->u.ip.masklen[SRC], 16);
	assert_int_equal(flow_key(&a)->u.ip.addr[SRC][3], 5);
}

static void a_mask_belongs_to_its_address(void **state)
{
	(void)state;
	change_saddr(&b);
	assert_false(same_key("saddr daddr/24"));
	assert_true(same_key("saddr/24 daddr"));
	make_two(NULL);
	change_daddr(&b);
	change_saddr(&b);
	assert_true(same_key("matrix/24"));
}

static void an_intermediate_node_may_be_masked(void **state)
{
	struct flow *flows[] = { &a, &b };

	(void)state;
	for (int i = 0; i < 2; i++)
		((struct icmp_mapped *)flow_edit(flows[i], DSR_ICMP))->outer[SRC] = 0x0a000001u + (uint32_t)i;
	assert_false(same_key("inode"));
	assert_true(same_key("inode/24"));
	assert_true(same_key("inode/255.255.255.0"));
}

static void only_the_outermost_label_of_a_stack_is_in_a_record(void **state)
{
	(void)state;
	set_mpls(&a, 5 << 12 | 0x1ff, 0); /* what stands beside the label does not count */
	set_mpls(&b, 5 << 12, 0);
	assert_true(same_key("smpls"));
	set_mpls(&b, 6 << 12, 0);
	assert_false(same_key("smpls[0]"));
	assert_false(same_key("smpls[0-2,5]"));
	assert_true(same_key("smpls[1-2]"));
}

/* ---- words ---- */

static uint64_t objects_of(const char *words)
{
	struct key k;

	make_key(&k, words);
	return k.objects;
}

static void a_sign_changes_the_default_key(void **state)
{
	uint64_t usual = objects_of("");

	(void)state;
	assert_int_equal(objects_of("+smac"), usual | OBJECT_BIT(OBJECT_SMAC));
	assert_int_equal(objects_of("-sport -dport"), usual & ~(OBJECT_BIT(OBJECT_SPORT) | OBJECT_BIT(OBJECT_DPORT)));
	assert_int_equal(objects_of("smac"), OBJECT_BIT(OBJECT_SMAC));
}

static void words_begin_with_their_objects_in_either_case(void **state)
{
	(void)state;
	assert_int_equal(objects_of("SAddrX"), OBJECT_BIT(OBJECT_SADDR));
	assert_int_equal(objects_of("sport"), OBJECT_BIT(OBJECT_SPORT) | OBJECT_BIT(OBJECT_PROTO));
	assert_int_equal(objects_of("macmatrix"), OBJECT_BIT(OBJECT_SMAC) | OBJECT_BIT(OBJECT_DMAC));
	assert_int_equal(key_word_length("saddr/24"), 5);
	assert_int_equal(key_word_length("matrix"), 0);
}

static void some_words_look_at_both_ends(void **state)
{
	static const char *const words[] = { "addr/24", "mac", "port" };
	struct key k;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		make_key(&k, words[i]);
		assert_true(k.is_rmon);
	}
	make_key(&k, "saddr");
	assert_false(k.is_rmon);
}

static void records_are_turned_round_while_reading_only_under_a_whole_key(void **state)
{
	struct key k;

	(void)state;
	make_key(&k, "");
	assert_true(key_is_directed(&k));
	make_key(&k, "saddr daddr sport dport");
	assert_true(key_is_directed(&k));
	make_key(&k, "saddr daddr proto");
	assert_false(key_is_directed(&k));
}

/* ---- what else happens to a flow ---- */

static void what_is_outside_the_key_can_be_blanked(void **state)
{
	struct key k;

	(void)state;
	make_key(&k, "daddr dport");
	k.is_blanking = true;
	key_prepare(&k, &a);
	assert_int_equal(flow_key(&a)->u.ip.addr[SRC][0], 0);
	assert_int_equal(flow_key(&a)->u.ip.port[SRC], 0);
	assert_int_equal(flow_key(&a)->u.ip.addr[DST][0], 192);
	assert_int_equal(flow_key(&a)->u.ip.port[DST], 80);
}

static void a_matrix_of_ipv6_goes_by_the_bytes_as_they_are_sent(void **state)
{
	struct key k;

	(void)state;
	flow_between(&a, 17, "2001:db8::100:1", "2001:db8::2:2")->u.ip.port[SRC] = 1000;
	make_key(&k, "matrix");
	key_prepare(&k, &a);
	assert_int_equal(flow_key(&a)->u.ip.port[DST], 1000); /* 100:1 is behind 2:2 */
	assert_int_equal(flow_metric(&a)->pkts[DST], 1);
}

static void ends_are_ordered_before_they_are_masked(void **state)
{
	struct key k;

	(void)state;
	flow_between(&a, 17, "10.1.0.9", "10.0.0.2");
	make_key(&k, "matrix/8");
	key_prepare(&k, &a);
	assert_int_equal(flow_metric(&a)->pkts[DST], 1);
}

static void a_matrix_of_hardware_addresses_turns_the_rest_too(void **state)
{
	(void)state;
	((struct mac *)flow_edit(&a, DSR_MAC))->addr[SRC][5] = 1;
	((struct mac *)flow_edit(&b, DSR_MAC))->addr[DST][5] = 1;
	assert_true(same_key("macmatrix"));
	assert_int_equal(flow_metric(&a)->bytes[SRC], 5477);
	assert_int_equal(flow_metric(&b)->bytes[SRC], 610);
}

static void labels_are_turned_round_with_their_record(void **state)
{
	(void)state;
	set_label(&a, "x=1:sx=9:plain:dns=2:dy=3");
	flow_reverse(&a);
	assert_int_equal(flow_label(&a)->length, 25);
	assert_memory_equal(flow_label(&a)->text, "x=1:dx=9:plain:sns=2:sy=3", 25);
	flow_reverse(&a);
	assert_memory_equal(flow_label(&a)->text, "x=1:sx=9:plain:dns=2:dy=3", 25);
}

/* The key of the record as it was read, and of one that is decoded already. */
static bool same_read_and_decoded(const struct key *k, const uint8_t *bytes, uint32_t length, uint8_t *to, size_t *size)
{
	static const struct flow_reading reading = { .correct = true };
	uint8_t decoded[KEY_SIZE_MAX];

	flow_open(&a, bytes, length, &reading);
	*size = key_build(k, &a, to);
	flow_open(&b, bytes, length, &reading);
	flow_decode_all(&b);
	return key_build(k, &b, decoded) == *size && memcmp(to, decoded, *size) == 0;
}

static void bytes_give_the_key_that_the_decoded_record_gives(void **state)
{
	static const char *const keys[] = { "", "saddr", "daddr dport", "proto", "srcid saddr sport", "all" };
	uint8_t bytes[RECORD_MAX_SIZE], key[KEY_SIZE_MAX], changed[KEY_SIZE_MAX];
	size_t length = flow_write(&a, bytes, sizeof bytes), differing = 0, size, now;
	struct key k;

	(void)state;
	assert_true(length > 0);
	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
		make_key(&k, keys[i]);
		assert_true(same_read_and_decoded(&k, bytes, (uint32_t)length, key, &size));
		for (size_t at = 4; at < length; at++) { /* all but the record's own head */
			bytes[at] ^= 0x5a;
			assert_true(same_read_and_decoded(&k, bytes, (uint32_t)length, changed, &now));
			differing += i == 0 && (now != size || memcmp(key, changed, size) != 0);
			bytes[at] ^= 0x5a;
		}
	}
	assert_true(differing >= 4 + 4 + 4 + 1 + 2 + 2); /* source, addresses, protocol and ports at least */
}

#define TEST(name) cmocka_unit_test_setup(name, make_two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_what_is_in_the_key_tells_flows_apart),
		TEST(masks_make_networks_of_addresses),
		TEST(a_mask_may_be_dotted),
		TEST(a_matrix_knows_no_direction),
		TEST(the_key_of_the_other_direction_is_that_of_the_flow_turned),
		TEST(words_that_are_no_objects_are_errors_that_name_the_nearest),
		TEST(none_is_a_key_without_objects),
		TEST(every_object_sees_its_own_part_and_no_other),
		TEST(all_sees_everything),
		TEST(a_missing_part_is_not_a_part_of_zeros),
		TEST(keys_with_parts_missing_do_not_run_into_each_other),
		TEST(ports_are_what_the_protocol_has_in_their_place),
		TEST(families_are_told_apart_by_addresses_only),
		TEST(prefixes_of_ipv6_end_at_any_bit),
		TEST(a_dotted_mask_is_for_ipv4),
		TEST(a_longer_prefix_than_the_record_has_changes_nothing),
		TEST(a_mask_belongs_to_its_address),
		TEST(an_intermediate_node_may_be_masked),
		TEST(only_the_outermost_label_of_a_stack_is_in_a_record),
		TEST(a_sign_changes_the_default_key),
		TEST(words_begin_with_their_objects_in_either_case),
		TEST(some_words_look_at_both_ends),
		TEST(records_are_turned_round_while_reading_only_under_a_whole_key),
		TEST(what_is_outside_the_key_can_be_blanked),
		TEST(a_matrix_of_ipv6_goes_by_the_bytes_as_they_are_sent),
		TEST(ends_are_ordered_before_they_are_masked),
		TEST(a_matrix_of_hardware_addresses_turns_the_rest_too),
		TEST(labels_are_turned_round_with_their_record),
		TEST(bytes_give_the_key_that_the_decoded_record_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
