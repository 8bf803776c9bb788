/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the capture that ./quickstart shows: some minutes of a small office.
 * usage: mksample FILE
 *
 * Web sessions with losses and retransmissions, a server that refuses, one that
 * resets in the middle, name lookups, pings with a host that does not answer,
 * address resolution, IPv6, a tagged network, a port scan. Always the same bytes. */
#include "argus/record/wire.h"
#include "tests/data/packets.h"

#define START 1700000000000000u /* 2023-11-14 22:13:20 UTC */

static uint64_t random_state = 20231114;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % below;
}

/* A TCP connection as both ends see it. */
struct connection {
	struct capture_file *capture;
	struct host end[2];
	uint16_t port[2];
	uint32_t seq[2];
	uint32_t round_trip; /* microseconds */
};

static struct connection connection(struct capture_file *c, struct host client, struct host server, uint16_t dport)
{
	static uint16_t port = 49152;

	return (struct connection){ c, { client, server }, { port++, dport }, { draw(1u << 31), draw(1u << 31) },
				    500 + draw(60000) };
}

/* One segment from end `who`; sequence numbers advance unless `is_repeat`. */
static void send(struct connection *k, int who, uint8_t flags, size_t length, bool is_repeat)
{
	struct segment s = { k->port[who], k->port[!who], k->seq[who], 0, flags, 64240, (flags & TH_SYN) != 0, length,
			     NULL };

	if (flags & TH_ACK)
		s.ack = k->seq[!who];
	put_tcp(k->capture, &k->end[who], &k->end[!who], &s);
	if (!is_repeat)
		k->seq[who] += (uint32_t)length + ((flags & (TH_SYN | TH_FIN)) != 0);
	k->capture->now += k->round_trip / 4 + draw(200);
}

static void shake_hands(struct connection *k)
{
	send(k, 0, TH_SYN, 0, false);
	send(k, 1, TH_SYN | TH_ACK, 0, false);
	send(k, 0, TH_ACK, 0, false);
}

static void say_goodbye(struct connection *k)
{
	send(k, 0, TH_FIN | TH_ACK, 0, false);
	send(k, 1, TH_FIN | TH_ACK, 0, false);
	send(k, 0, TH_ACK, 0, false);
}

/* A request and `segments` of answer; each `loss`th segment is sent twice. */
static void exchange(struct connection *k, size_t request, int segments, int loss)
{
	send(k, 0, TH_PSH | TH_ACK, request, false);
	for (int i = 1; i <= segments; i++) {
		bool is_last = i == segments;
		size_t length = is_last ? 300 + draw(1000) : 1448;

		if (loss != 0 && i % loss == 0)
			send(k, 1, TH_ACK, length, true);
		send(k, 1, is_last ? TH_PSH | TH_ACK : TH_ACK, length, false);
		if (i % 2 == 0)
			send(k, 0, TH_ACK, 0, false);
	}
	send(k, 0, TH_ACK, 0, false);
}

static void look_up(struct capture_file *c, const struct host *client, const struct host *server)
{
	uint8_t query[40] = { 0 };
	uint16_t port = (uint16_t)(32768 + draw(28000));

	put_be16(query, (uint16_t)draw(65536));
	put_be16(query + 2, 0x0100);
	put_be16(query + 4, 1);
	memcpy(query + 12, "\3www\7example\3org\0\0\1\0\1", 21);
	put_udp(c, client, server, port, 53, query, 33);
	c->now += 900 + draw(20000);
	put_be16(query + 2, 0x8180);
	put_udp(c, server, client, 53, port, query, 40);
	c->now += 300;
}

static void browse(struct capture_file *c, const struct host *client, const struct host *resolver)
{
	uint32_t server = 0xc6336400u + 1 + draw(60); /* 198.51.100.0/24 */
	struct connection k = connection(c, *client, host_v4(server), draw(4) ? 443 : 80);

	look_up(c, client, resolver);
	shake_hands(&k);
	for (uint32_t requests = 1 + draw(3); requests > 0; requests--)
		exchange(&k, 120 + draw(500), (int)(2 + draw(30)), draw(3) ? 0 : 7);
	say_goodbye(&k);
}

static void browse_v6(struct capture_file *c)
{
	struct host client = host_v6(0x20010db800010000u, 0x10 + draw(8));
	struct host server = host_v6(0x20010db8ffff0000u, 0x80 + draw(4));
	struct connection k = connection(c, client, server, 443);

	shake_hands(&k);
	exchange(&k, 517, (int)(3 + draw(12)), 0);
	say_goodbye(&k);
}

/* A service that is not there, and one that breaks off. */
static void refuse(struct capture_file *c, const struct host *client)
{
	struct connection k = connection(c, *client, host_v4(0xcb007105), 8080);

	send(&k, 0, TH_SYN, 0, false);
	send(&k, 1, TH_RST | TH_ACK, 0, false);
	k = connection(c, *client, host_v4(0xcb007106), 25);
	shake_hands(&k);
	exchange(&k, 60, 2, 0);
	send(&k, 1, TH_RST, 0, false);
}

static void ping(struct capture_file *c, const struct host *client, const struct host *server, bool answers)
{
	uint32_t id = draw(65536);

	for (uint32_t seq = 1; seq <= 4; seq++) {
		put_icmp(c, client, server, 8, 0, id << 16 | seq, NULL, 56);
		if (answers) {
			c->now += 800 + draw(3000);
			put_icmp(c, server, client, 0, 0, id << 16 | seq, NULL, 56);
		}
		c->now += 1000000;
	}
}

static void resolve_address(struct capture_file *c, const struct host *client, const struct host *router)
{
	put_arp(c, client, router, false);
	c->now += 150;
	put_arp(c, router, client, true);
	c->now += 400;
}

/* Eighty ports of one host in a second; two are open. */
static void scan(struct capture_file *c)
{
	struct host from = host_v4(0xcb007142), to = host_v4(0x0a000014);

	for (uint16_t port = 20; port < 100; port++) {
		struct connection k = connection(c, from, to, port);

		k.round_trip = 8000;
		send(&k, 0, TH_SYN, 0, false);
		if (port == 22 || port == 80) {
			send(&k, 1, TH_SYN | TH_ACK, 0, false);
			send(&k, 0, TH_RST, 0, false);
		} else if (port % 3 != 0) {
			send(&k, 1, TH_RST | TH_ACK, 0, false);
		}
	}
}

/* The warehouse, on VLAN 42. */
static void warehouse(struct capture_file *c)
{
	struct host client = host_v4(0x0a002a0a), server = host_v4(0x0a002a01);
	struct connection k;

	client.vlan = server.vlan = 42;
	resolve_address(c, &client, &server);
	k = connection(c, client, server, 5432);
	shake_hands(&k);
	exchange(&k, 90, 3, 0);
	say_goodbye(&k);
}

static void clock_query(struct capture_file *c, const struct host *client)
{
	struct host server = host_v4(0xc0000202);

	put_udp(c, client, &server, 123, 123, NULL, 48);
	c->now += 15000;
	put_udp(c, &server, client, 123, 123, NULL, 48);
}

static void desks(struct capture_file *c, uint32_t minute)
{
	struct host router = host_v4(0x0a000001), resolver = host_v4(0x0a000002);

	for (uint32_t desk = 0; desk < 6; desk++) {
		struct host client = host_v4(0x0a00000a + desk);

		resolve_address(c, &client, &router);
		browse(c, &client, &resolver);
		if (desk % 2 == 0)
			browse(c, &client, &resolver);
		if (desk == minute)
			clock_query(c, &client);
		c->now += draw(4000000);
	}
}

static void troubles(struct capture_file *c)
{
	struct host client = host_v4(0x0a00000b), router = host_v4(0x0a000001), silent = host_v4(0x0a000063);

	ping(c, &client, &router, true);
	ping(c, &client, &silent, false);
	refuse(c, &client);
}

int main(int argc, char **argv)
{
	struct capture_file c;

	if (argc != 2) {
		fputs("usage: mksample FILE\n", stderr);
		return 1;
	}
	if (!capture_file_open(&c, argv[1], START)) {
		perror(argv[1]);
		return 2;
	}
	for (uint32_t minute = 0; minute < 4; minute++) {
		desks(&c, minute);
		warehouse(&c);
		browse_v6(&c);
		if (minute == 1)
			scan(&c);
		if (minute == 2)
			troubles(&c);
		c.now += 20000000;
	}
	if (!capture_file_close(&c)) {
		perror(argv[1]);
		return 2;
	}
	fprintf(stderr, "%s: %llu packets\n", argv[1], (unsigned long long)c.packets);
	return 0;
}
