/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names: which entry wins, and that asking for one never waits for a name server. */
#include "tests/unit/unit.h"

#include <netdb.h>
#include <pcap/pcap.h>
#include <sys/socket.h>
#include <unistd.h>

#include "argus/base/names.h"

static void protocols_are_the_clients_own(void **state)
{
	(void)state;
	assert_string_equal(names_protocol(6), "tcp");
	assert_string_equal(names_protocol(58), "ipv6-icmp");
	assert_string_equal(names_protocol(253), "ib");
	assert_string_equal(names_protocol(200), "unas");
	assert_int_equal(names_protocol_number("udp"), 17);
	assert_int_equal(names_protocol_number("swipe"), 53);
	assert_int_equal(names_protocol_number("nosuch"), -1);
}

static void link_types_are_called_as_libpcap_calls_them(void **state)
{
	(void)state;
	assert_string_equal(names_link(DLT_EN10MB), "EN10MB");
	assert_null(names_link(100000));
	for (uint32_t type = 0; type < 300; type++)
		if (names_link(type) != NULL && pcap_datalink_val_to_name((int)type) != NULL)
			assert_string_equal(names_link(type), pcap_datalink_val_to_name((int)type));
}

static void later_ethertypes_override_earlier_ones(void **state)
{
	(void)state;
	assert_string_equal(names_ethertype(0), "llc");
	assert_string_equal(names_ethertype(5), "802.3");
	assert_string_equal(names_ethertype(131), "isis");
	assert_string_equal(names_ethertype(1500), "802.3");
	assert_null(names_ethertype(1501));
	assert_string_equal(names_ethertype(300), "exp");
	assert_string_equal(names_ethertype(33104), "ratnl");
	assert_string_equal(names_ethertype(65535), "*");
	assert_string_equal(names_ethertype(2054), "arp");
}

static void the_first_ethertype_of_a_name_counts(void **state)
{
	(void)state;
	assert_int_equal(names_ethertype_number("ipv6"), 34525);
	assert_int_equal(names_ethertype_number("isis"), 131);
	assert_int_equal(names_ethertype_number("ipx"), 100);
	assert_int_equal(names_ethertype_number("pppoe"), 34915);
	assert_int_equal(names_ethertype_number("IPV6"), -1);
}

static void code_points_have_two_lists(void **state)
{
	(void)state;
	assert_string_equal(names_dscp(46, false), "ef");
	assert_string_equal(names_dscp(46, true), "Voice");
	assert_null(names_dscp(1, false));
	assert_int_equal(names_dscp_number("AF31", false), 26);
	assert_int_equal(names_dscp_number("smms", true), 26);
	assert_int_equal(names_dscp_number("BEEF", true), -1);
	assert_string_equal(names_sap(0xaa), "snap");
	assert_null(names_sap(0x01));
}

static void services_are_the_systems(void **state)
{
	int32_t tcp, udp;

	(void)state;
	if (getservbyname("http", "tcp") == NULL)
		skip();
	assert_string_equal(names_service(6, 80), "http");
	assert_null(names_service(6, 0));
	assert_null(names_service(1, 80));
	assert_true(names_service_ports("http", &tcp, &udp));
	assert_int_equal(tcp, 80);
	assert_false(names_service_ports("80k", &tcp, &udp));
}

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void the_longest_vendor_prefix_wins(void **state)
{
	char path[] = "/tmp/names.XXXXXX";
	struct err err;

	(void)state;
	write_file(path, "# list\n00:00:0C\tCisco\tCisco Systems, Inc\n00:1B:C5\tIEEERegi\n"
			 "00:1B:C5:00:10:00/36\tOpenRB\tOpenRB.com\n01-00-0C-CC-CC-CC\tCDP/VTP\nbroken line\n00:00:0c\tSecond\n"
			 "00:00:0D\tANameThatIsMuchTooLong\n\n");
	assert_null(names_vendor((const uint8_t[6]){ 0, 0, 0x0c, 1, 2, 3 }));
	assert_int_equal(names_vendors_load(path, &err), 0);
	assert_string_equal(names_vendor((const uint8_t[6]){ 0, 0, 0x0c, 1, 2, 3 }), "Cisco");
	assert_string_equal(names_vendor((const uint8_t[6]){ 0, 0x1b, 0xc5, 0, 0x10, 3 }), "OpenRB");
	assert_string_equal(names_vendor((const uint8_t[6]){ 0, 0x1b, 0xc5, 0, 0x20, 3 }), "IEEERegi");
	assert_string_equal(names_vendor((const uint8_t[6]){ 1, 0, 0xc, 0xcc, 0xcc, 0xcc }), "CDP/VTP");
	assert_string_equal(names_vendor((const uint8_t[6]){ 0, 0, 0x0d, 1, 2, 3 }), "ANameThatIsMuchT");
	assert_null(names_vendor((const uint8_t[6]){ 9, 9, 9, 9, 9, 9 }));
	unlink(path);
	assert_int_equal(names_vendors_load(path, &err), -1);
	assert_int_equal(err.kind, ERR_SYSTEM);
}

static void ethers_go_both_ways(void **state)
{
	static const uint8_t want[6] = { 8, 0, 0x20, 0, 0x61, 0xca };
	char path[] = "/tmp/names.XXXXXX";
	uint8_t mac[6];

	(void)state;
	write_file(path, "08:00:20:00:61:ca pinocchio # the first\n8:0:20:0:61:cb geppetto\n");
	assert_int_equal(names_ethers_load(path, NULL), 0);
	assert_string_equal(names_ether(want), "pinocchio");
	assert_true(names_ether_address("geppetto", mac));
	assert_int_equal(mac[5], 0xcb);
	assert_false(names_ether_address("nobody", mac));
	unlink(path);
}

static void hosts_are_asked_once_and_in_the_background(void **state)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	const char *name = NULL;
	struct hostent *local = gethostbyaddr(loopback, 4, AF_INET);

	(void)state;
	if (local == NULL)
		skip();
	names_host(loopback, sizeof loopback, 0, &name);
	assert_int_equal(names_hosts_wait(10000), 0);
	assert_int_equal(names_host(loopback, sizeof loopback, 0, &name), NAMES_FOUND);
	assert_string_equal(name, gethostbyaddr(loopback, 4, AF_INET)->h_name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protocols_are_the_clients_own),
		cmocka_unit_test(later_ethertypes_override_earlier_ones),
		cmocka_unit_test(the_first_ethertype_of_a_name_counts),
		cmocka_unit_test(code_points_have_two_lists),
		cmocka_unit_test(services_are_the_systems),
		cmocka_unit_test(link_types_are_called_as_libpcap_calls_them),
		cmocka_unit_test(the_longest_vendor_prefix_wins),
		cmocka_unit_test(ethers_go_both_ways),
		cmocka_unit_test(hosts_are_asked_once_and_in_the_background),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
