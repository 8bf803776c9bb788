/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes input A of the benchmarks: many small packets in many flows.
 * usage: mkinput FILE [PACKETS [FLOWS]]
 *
 * 5.0 million packets of 60-128 bytes in 200,000 bidirectional flows unless told
 * otherwise, 80 % TCP, popularity skewed (a tenth of the flows has half of the
 * packets), 500,000 packets a second. Always the same bytes. */
#include "argus/base/buf.h"
#include "argus/record/wire.h"
#include "tests/data/packets.h"

struct flow_state {
	struct host end[2];
	uint16_t port[2];
	uint32_t seq[2];
	uint32_t packets;
	bool is_tcp;
};

static uint64_t random_state = 42;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((random_state >> 32) * below >> 32);
}

static void make_flow(struct flow_state *f, uint32_t number)
{
	static const uint16_t ports[] = { 80, 443, 22, 53, 25, 8080, 3306, 123 };

	f->end[0] = host_v4(0x0a000000u + number + 1);
	f->end[1] = host_v4(0xac100000u + draw(5000) + 1);
	f->is_tcp = number % 5 != 0;
	f->port[0] = (uint16_t)(1024 + number % 64000);
	f->port[1] = ports[draw(ARRAY_LENGTH(ports))];
	f->seq[0] = draw(UINT32_MAX);
	f->seq[1] = draw(UINT32_MAX);
}

/* The next packet of a TCP flow: a handshake, then data and acknowledgements. */
static void put_next_tcp(struct capture_file *c, struct flow_state *f)
{
	static const uint8_t opening[] = { TH_SYN, TH_SYN | TH_ACK, TH_ACK };
	int who = (f->packets & 1) != 0;
	struct segment s = { f->port[who], f->port[!who], f->seq[who], f->seq[!who], TH_ACK, 8192, false, 0, NULL };

	if (f->packets < 3) {
		s.flags = opening[f->packets];
		if (f->packets == 0)
			s.ack = 0;
	} else {
		s.length = draw(60);
		s.flags = s.length > 0 ? TH_ACK | TH_PSH : TH_ACK;
	}
	put_tcp(c, &f->end[who], &f->end[!who], &s);
	f->seq[who] += (uint32_t)s.length + ((s.flags & TH_SYN) != 0);
}

static void put_next(struct capture_file *c, struct flow_state *f)
{
	int who = (f->packets & 1) != 0;

	if (f->is_tcp)
		put_next_tcp(c, f);
	else
		put_udp(c, &f->end[who], &f->end[!who], f->port[who], f->port[!who], NULL, 18 + draw(60));
	f->packets++;
}

int main(int argc, char **argv)
{
	struct capture_file c;
	struct flow_state *flows;
	uint64_t packets = argc > 2 ? strtoull(argv[2], NULL, 10) : 5000000;
	uint32_t count = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 200000;

	if (argc < 2 || packets == 0 || count < 10) {
		fputs("usage: mkinput FILE [PACKETS [FLOWS]]\n", stderr);
		return 1;
	}
	if (!capture_file_open(&c, argv[1], 1700000000000000u)) {
		perror(argv[1]);
		return 2;
	}
	flows = xcalloc(count, sizeof *flows);
	for (uint32_t i = 0; i < count; i++)
		make_flow(&flows[i], i);
	for (uint64_t i = 0; i < packets; i++) {
		put_next(&c, &flows[draw(2) ? draw(count / 10) : draw(count)]);
		c.now += 2;
	}
	free(flows);
	if (!capture_file_close(&c)) {
		perror(argv[1]);
		return 2;
	}
	return 0;
}
