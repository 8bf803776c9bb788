/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers to text: the same characters as libc writes, for whatever value. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>

#include "argus/base/num.h"

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint64_t random_u64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void check_fixed(double v, unsigned digits)
{
	char want[512], got[512];
	size_t length = num_fixed(got, sizeof got - 1, v, digits);

	got[length] = '\0';
	snprintf(want, sizeof want, "%.*f", (int)digits, v);
	assert_string_equal(got, want);
}

static void fixed_is_what_printf_writes_for_odd_values(void **state)
{
	static const double odd[] = { 0, 0.5, 1.5, 2.5, 0.125, 0.375, 0.0625, 1e15 + 0.5, 9.5, 99.5, 999999.9999995, 0.9999995,
		0.99999949999999999, 1e-5, 5e-7, 4.9e-7, 5e-324, 2.2250738585072014e-308, 1e19, 1.8446744073709552e19,
		9007199254740993.0, 4503599627370496.5, 1e22, 1e300, 1.7976931348623157e308, INFINITY, NAN };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(odd); i++)
		for (unsigned digits = 0; digits <= 24; digits++) {
			check_fixed(odd[i], digits);
			check_fixed(-odd[i], digits);
		}
}

static void fixed_is_what_printf_writes_for_random_values(void **state)
{
	(void)state;
	for (int i = 0; i < 60000; i++) {
		uint64_t bits = random_u64();
		uint32_t low = (uint32_t)bits;
		double v, tie = (double)(int64_t)(bits >> 40) / 1024;
		float f;

		memcpy(&v, &bits, sizeof v);
		memcpy(&f, &low, sizeof f);
		check_fixed(v, i % 20);
		check_fixed((double)f, i % 10);
		check_fixed(tie, i % 12);
		check_fixed((double)(float)((double)low / 1e6), 6);
		check_fixed((double)bits / 1e9, 3);
	}
}

static void fixed_is_cut_to_its_room(void **state)
{
	char got[8];

	(void)state;
	assert_int_equal(num_fixed(got, 4, 1234567.5, 1), 4);
	assert_memory_equal(got, "1234", 4);
}

static void check_integer(uint64_t v)
{
	char want[32], got[32];

	got[num_u64(got, v)] = '\0';
	snprintf(want, sizeof want, "%" PRIu64, v);
	assert_string_equal(got, want);
	got[num_i64(got, (int64_t)v)] = '\0';
	snprintf(want, sizeof want, "%" PRId64, (int64_t)v);
	assert_string_equal(got, want);
	got[num_hex(got, v, 4)] = '\0';
	snprintf(want, sizeof want, "%04" PRIx64, v);
	assert_string_equal(got, want);
}

static void integers_are_what_printf_writes(void **state)
{
	uint64_t ten = 1;

	(void)state;
	for (int i = 0; i < 20; i++, ten *= 10) {
		check_integer(ten - 1);
		check_integer(ten);
		check_integer(ten + 1);
	}
	for (int i = 0; i < 64; i++) {
		check_integer(UINT64_MAX >> i);
		check_integer((uint64_t)1 << i);
		check_integer(random_u64() >> i);
	}
	check_integer(0);
}

static void check_scaled(double v, unsigned digits, const char *want)
{
	char got[NUM_FIXED_ROOM + 1];

	got[num_scaled(got, v, digits)] = '\0';
	assert_string_equal(got, want);
}

static void scaled_values_are_cut_not_rounded(void **state)
{
	(void)state;
	check_scaled(6087, 6, "6.087K");
	check_scaled(6087, 1, "6.0K");
	check_scaled(6087, 2, "6.08K");
	check_scaled(6087, 0, "6K");
	check_scaled(14, 3, "14.000 ");
	check_scaled(125696, 3, "125.696K");
	check_scaled(-5000, 3, "-5000.000 ");
	check_scaled(1e24, 3, "1.000Y");
	check_scaled(1e28, 3, "10000.000Y");
}

static void check_ipv6(const uint8_t address[16])
{
	char want[INET6_ADDRSTRLEN], got[NUM_IPV6_ROOM + 1];

	got[num_ipv6(got, address)] = '\0';
	inet_ntop(AF_INET6, address, want, sizeof want);
	assert_string_equal(got, want);
}

static void addresses_are_what_inet_ntop_writes(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint32_t v4 = (uint32_t)random_u64(), network = htonl(v4);
		uint64_t mask = random_u64();
		char want[INET6_ADDRSTRLEN], got[NUM_IPV4_ROOM + 1];
		uint8_t v6[16];

		got[num_ipv4(got, v4)] = '\0';
		inet_ntop(AF_INET, &network, want, sizeof want);
		assert_string_equal(got, want);
		/* Words are zero, small, all ones or anything, so that every run of zeros occurs. */
		for (int w = 0; w < 8; w++, mask >>= 3) {
			uint16_t word = (mask & 7) < 4 ? 0 : (mask & 7) == 4 ? 0xffff : (uint16_t)random_u64();

			v6[2 * w] = (uint8_t)(word >> 8);
			v6[2 * w + 1] = (uint8_t)word;
		}
		check_ipv6(v6);
	}
	check_ipv6((const uint8_t[16]){ 0 });
	check_ipv6((const uint8_t[16]){ [15] = 1 });
	check_ipv6((const uint8_t[16]){ [10] = 0xff, 0xff, 10, 0, 0, 1 });
	check_ipv6((const uint8_t[16]){ [12] = 10, 0, 0, 1 });
	check_ipv6((const uint8_t[16]){ [8] = 1 });
}

static void mac_addresses_go_both_ways(void **state)
{
	static const uint8_t mac[6] = { 0, 0x1b, 0x21, 0xff, 0x0a, 9 };
	uint8_t back[6];
	char text[NUM_MAC_ROOM + 1];

	(void)state;
	text[num_mac(text, mac)] = '\0';
	assert_string_equal(text, "00:1b:21:ff:0a:09");
	assert_true(num_read_mac(text, back));
	assert_memory_equal(mac, back, 6);
	assert_true(num_read_mac("0:1B-21:ff:a:9", back));
	assert_memory_equal(mac, back, 6);
	assert_false(num_read_mac("0:1b:21:ff:a", back));
	assert_false(num_read_mac("0:1b:21:ff:a:9:1", back));
	assert_false(num_read_mac("0:1b:21:ff:a:", back));
	assert_false(num_read_mac("", back));
}

static void readers_take_all_or_nothing(void **state)
{
	uint64_t v = 7;
	double s = 7;

	(void)state;
	assert_true(num_read_u64("65535", 0, 65535, &v));
	assert_int_equal(v, 65535);
	assert_false(num_read_u64("65536", 0, 65535, &v));
	assert_false(num_read_u64("-1", 0, 65535, &v));
	assert_false(num_read_u64("1x", 0, 65535, &v));
	assert_false(num_read_u64("", 0, 65535, &v));
	assert_false(num_read_u64("18446744073709551616", 0, UINT64_MAX, &v));
	assert_int_equal(v, 65535);
	assert_true(num_read_size("3k", 1000, &v));
	assert_int_equal(v, 3000);
	assert_true(num_read_size("2G", 1024, &v));
	assert_int_equal(v, 2147483648u);
	assert_false(num_read_size("2x", 1024, &v));
	assert_false(num_read_size("2kk", 1024, &v));
	assert_false(num_read_size("99999999999T", 1024, &v));
	assert_true(num_read_amount("5b", &v));
	assert_int_equal(v, 5000000000);
	assert_false(num_read_amount("5g", &v));
	assert_false(num_read_amount("0", &v));
	assert_true(num_read_seconds("2.5m", &s));
	assert_true(s == 150);
	assert_true(num_read_seconds("1M", &s));
	assert_true(s == 28 * 86400);
	assert_false(num_read_seconds("-1", &s));
	assert_false(num_read_seconds("1q", &s));
	assert_false(num_read_seconds("nan", &s));
	assert_false(num_read_seconds("", &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_is_what_printf_writes_for_odd_values),
		cmocka_unit_test(fixed_is_what_printf_writes_for_random_values),
		cmocka_unit_test(fixed_is_cut_to_its_room),
		cmocka_unit_test(integers_are_what_printf_writes),
		cmocka_unit_test(scaled_values_are_cut_not_rounded),
		cmocka_unit_test(addresses_are_what_inet_ntop_writes),
		cmocka_unit_test(mac_addresses_go_both_ways),
		cmocka_unit_test(readers_take_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
