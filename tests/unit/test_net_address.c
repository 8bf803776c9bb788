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

static void assert_text(const char *text, const char *wanted)
{
	if (wanted == NULL)
		assert_null(text);
	else
		assert_string_equal(text, wanted);
}

static void who_we_are_stands_before_the_last_at_sign(void **state)
{
	static const struct {
		const char *text, *user, *password;
	} rows[] = {
		{ "probe", NULL, NULL },
		{ "me@probe:561", "me", NULL },
		{ "argus://me:secret@probe", "me", "secret" },
		{ "me:s:e@c/ret@[::1]:5", "me", "s:e@c/ret" },
		{ "me:@probe", "me", NULL },
		{ ":secret@probe", NULL, "secret" },
		{ "@probe", NULL, NULL },
	};
	struct net_address a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		assert_int_equal(net_address_parse(&a, rows[i].text, NULL), 0);
		assert_text(a.user, rows[i].user);
		assert_text(a.password, rows[i].password);
		net_address_fini(&a);
	}
}

static void schemes_of_datagrams_are_read(void **state)
{
	static const struct {
		const char *text, *host, *name;
		uint16_t port;
		enum net_scheme scheme;
	} rows[] = {
		{ "argus-udp://probe", "probe", "probe", 0, NET_ARGUS_UDP },
		{ "cisco://probe:2055", "probe", "probe:2055", 2055, NET_CISCO },
		{ "JFLOW://[ff02::1%lo]:2055", "ff02::1%lo", "[ff02::1%lo]:2055", 2055, NET_CISCO },
		{ "sflow://any", NULL, "any", 0, NET_SFLOW },
		{ "cisco://:2055", NULL, ":2055", 2055, NET_CISCO },
		{ "argus://Any:561", NULL, "Any:561", 561, NET_ARGUS_TCP },
	};
	struct net_address a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		assert_int_equal(net_address_parse(&a, rows[i].text, NULL), 0);
		if (rows[i].host != NULL)
			assert_string_equal(a.host, rows[i].host);
		else
			assert_null(a.host);
		assert_string_equal(a.name, rows[i].name);
		assert_int_equal(a.port, rows[i].port);
		assert_int_equal(a.scheme, rows[i].scheme);
		net_address_fini(&a);
	}
}

static void listeners_are_a_port_and_perhaps_a_host(void **state)
{
	struct net_address a;
	struct err err;

	(void)state;
	assert_int_equal(net_address_parse_listener(&a, "9996", &err), 0);
	assert_null(a.host);
	assert_int_equal(a.port, 9996);
	assert_int_equal(a.scheme, NET_CISCO);
	net_address_fini(&a);
	assert_int_equal(net_address_parse_listener(&a, "any:9996", &err), 0);
	assert_null(a.host);
	net_address_fini(&a);
	assert_int_equal(net_address_parse_listener(&a, "10.0.0.1:9996", &err), 0);
	assert_string_equal(a.host, "10.0.0.1");
	net_address_fini(&a);
	assert_int_equal(net_address_parse_listener(&a, "0", &err), -1);
	assert_int_equal(net_address_parse_listener(&a, "", &err), -1);
	assert_int_equal(net_address_parse_listener(&a, "10.0.0.1:", &err), -1);
}

static void a_path_is_that_of_a_file(void **state)
{
	struct net_address a;
	struct err err;

	(void)state;
	assert_int_equal(net_address_parse(&a, "me:se@c/ret@probe:562/2024/a", &err), 0);
	assert_string_equal(a.host, "probe");
	assert_int_equal(a.port, 562);
	assert_string_equal(a.path, "/2024/a");
	assert_string_equal(a.name, "probe:562/2024/a");
	net_address_fini(&a);
	assert_int_equal(net_address_parse(&a, "probe", &err), 0);
	assert_null(a.path);
	net_address_fini(&a);
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
		{ "cisco://9996", "port only" },
		{ "cisco://", "names no host" },
		{ "sflow://probe:x", "not a port number" },
		{ "cisco://me@probe", "does not ask for a user" },
		{ "argus-udp://me:secret@probe:1", "does not ask for a user" },
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
		{ "cisco://probe/path/file", "of no file" },
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
	static const char *const texts[] = { "me:secret@9996", "me:secret@probe:x", "me:secret@[::1", "me:secret@probe:x/a", "me:secret@",
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
		cmocka_unit_test(schemes_of_datagrams_are_read),
		cmocka_unit_test(listeners_are_a_port_and_perhaps_a_host),
		cmocka_unit_test(a_path_is_that_of_a_file),
		cmocka_unit_test(other_texts_are_errors_that_say_why),
		cmocka_unit_test(messages_hold_no_password),
		cmocka_unit_test(who_we_are_stands_before_the_last_at_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
