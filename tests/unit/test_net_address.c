/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What -S takes. */
#include "tests/unit/unit.h"

#include "common/io/net_address.h"

static void addresses_are_read(void **state)
{
	static const struct {
		const char *text, *host, *name;
		uint16_t port;
	} rows[] = {
		{ "probe", "probe", "probe", 0 },
		{ "probe:9561", "probe", "probe:9561", 9561 },
		{ "127.0.0.1", "127.0.0.1", "127.0.0.1", 0 },
		{ "127.0.0.1:1", "127.0.0.1", "127.0.0.1:1", 1 },
		{ "argus://probe", "probe", "probe", 0 },
		{ "ARGUS-TCP://probe:65535", "probe", "probe:65535", 65535 },
		{ "argus-tcp://me:secret@probe:561", "probe", "probe:561", 561 },
		{ "me@probe", "probe", "probe", 0 },
		{ "me:s@c/ret@probe", "probe", "probe", 0 },
		{ "[::1]:561", "::1", "[::1]:561", 561 },
		{ "[::1]", "::1", "[::1]", 0 },
		{ "::1", "::1", "::1", 0 },
		{ "me:x@[fe80::1%eth0]:5", "fe80::1%eth0", "[fe80::1%eth0]:5", 5 },
		{ "9.example", "9.example", "9.example", 0 },
	};
	struct net_address a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		assert_int_equal(net_address_parse(&a, rows[i].text, NULL), 0);
		assert_string_equal(a.host, rows[i].host);
		assert_string_equal(a.name, rows[i].name);
		assert_int_equal(a.port, rows[i].port);
		net_address_fini(&a);
	}
}

static void other_texts_are_errors_that_say_why(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "names no host" },
		{ ":561", "names no host" },
		{ "argus://", "names no host" },
		{ "9996", "port only" },
		{ "argus://9996", "port only" },
		{ "probe:", "not a port number" },
		{ "probe:0", "not a port number" },
		{ "probe:65536", "not a port number" },
		{ "probe:monitor", "not a port number" },
		{ "probe:5x", "not a port number" },
		{ "[::1", "[ADDRESS]:PORT" },
		{ "[]:1", "[ADDRESS]:PORT" },
		{ "[::1]561", "[ADDRESS]:PORT" },
		{ "[::1]:", "not a port number" },
		{ "probe/path/file", "remote archive" },
		{ "argus-udp://probe", "argus-udp://" },
		{ "cisco://probe", "cisco://" },
		{ "jflow://probe:9995", "jflow://" },
		{ "sflow://probe", "sflow://" },
		{ "ipfix-tcp://probe", "ipfix-tcp://" },
		{ "http://probe", "http://" },
		{ "://probe", "://" },
	};
	struct net_address a;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		err = (struct err){ 0 };
		assert_int_equal(net_address_parse(&a, rows[i].text, &err), -1);
		assert_int_equal(err.kind, ERR_USER);
		assert_non_null(strstr(err.text, rows[i].why));
		assert_null(a.host);
		assert_null(a.name);
	}
}

static void messages_hold_no_password(void **state)
{
	static const char *const texts[] = { "me:secret@9996", "me:secret@probe:x", "me:secret@[::1", "me:secret@probe/a", "me:secret@",
					     "cisco://me:secret@probe" };
	struct net_address a;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		assert_int_equal(net_address_parse(&a, texts[i], &err), -1);
		assert_null(strstr(err.text, "secret"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(other_texts_are_errors_that_say_why),
		cmocka_unit_test(messages_hold_no_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
