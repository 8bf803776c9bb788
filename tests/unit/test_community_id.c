/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "argus/query/fields.h"
#include "tests/unit/flows.h"

/* The values that the Community ID specification publishes. */
static const struct {
	uint8_t proto;
	const char *src, *dst;
	uint16_t a, b; /* ports, or type and counterpart or code */
	const char *id;
} published[] = {
	{ 58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
	{ 58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
	{ 58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 0, "1:zavyT/cezQr1fmImYCwYnMXbgck=" },
	{ 58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 136, 0, "1:zavyT/cezQr1fmImYCwYnMXbgck=" },
	{ 58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=" },
	{ 58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4, "1:hLZd0XGWojozrvxqE0dWB1iM6R0=" },
	{ 58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 0, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=" },
	{ 58, "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 0, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=" },
	{ 58, "fe80::200:86ff:fe05:80da", "ff02::2", 133, 0, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=" },
	{ 58, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0, "1:pkvHqCL88/tg1k4cPigmZXUtL00=" },
	{ 1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
	{ 1, "192.168.0.1", "192.168.0.89", 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
	{ 1, "10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM=" },
	{ 6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
	{ 6, "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887", 25, 63943, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
	{ 132, "192.168.170.8", "192.168.170.56", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
	{ 132, "192.168.170.56", "192.168.170.8", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
	{ 6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ 6, "66.35.250.204", "128.232.110.120", 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ 17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ 17, "8.8.8.8", "192.168.1.52", 53, 54585, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ 46, "10.1.12.1", "10.1.12.2", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=" },
	{ 46, "10.1.12.2", "10.1.12.1", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=" },
};

static size_t print_id(struct flow *f, uint16_t seed, char *out, size_t room)
{
	struct style style;

	style_init(&style);
	style.community_seed = seed;
	return field_print(field_by_name("community_id", 12), f, &style, 30, out, room);
}

static void both_directions_have_the_published_id(void **state)
{
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(published); i++) {
		struct flow f;
		struct flow_key *k = flow_between(&f, published[i].proto, published[i].src, published[i].dst);

		if (k->proto == 1 || k->proto == 58) {
			k->u.ip.type = (uint8_t)published[i].a;
			k->u.ip.code = (uint8_t)published[i].b;
		} else {
			k->u.ip.port[SRC] = published[i].a;
			k->u.ip.port[DST] = published[i].b;
		}
		text[print_id(&f, 0, text, sizeof text)] = '\0';
		assert_string_equal(text, published[i].id);
	}
}

static void another_seed_gives_another_id(void **state)
{
	char text[256];
	struct flow f;
	struct flow_key *k = flow_between(&f, 6, "128.232.110.120", "66.35.250.204");

	(void)state;
	k->u.ip.port[SRC] = 34855;
	k->u.ip.port[DST] = 80;
	text[print_id(&f, 1, text, sizeof text)] = '\0';
	assert_string_not_equal(text, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
}

static void a_flow_without_ip_has_none(void **state)
{
	char text[256];
	struct flow f;
	struct flow_key *k;

	(void)state;
	flow_blank(&f, RECORD_FAR, NULL);
	assert_int_equal(print_id(&f, 0, text, sizeof text), 0);
	k = flow_edit(&f, DSR_FLOW);
	k->kind = KEY_ARP;
	k->layout = LAYOUT_ARP;
	assert_int_equal(print_id(&f, 0, text, sizeof text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_have_the_published_id),
		cmocka_unit_test(another_seed_gives_another_id),
		cmocka_unit_test(a_flow_without_ip_has_none),
	};

	return cmocka_run_group_tests_name("community_id", tests, NULL, NULL);
}
