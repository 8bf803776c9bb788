/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/packets.h"

#include "argus/record/wire.h"

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ICMP6 58

bool capture_file_open(struct capture_file *c, const char *path, uint64_t start)
{
	uint8_t header[24];
	struct pen p = pen_on(header, sizeof header);

	*c = (struct capture_file){ .now = start, .ip_id = 1 };
	c->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
	if (c->file == NULL)
		return false;
	setvbuf(c->file, NULL, _IOFBF, 1 << 20);
	pen_le32(&p, 0xa1b2c3d4);
	pen_le16(&p, 2);
	pen_le16(&p, 4);
	pen_zero(&p, 8);
	pen_le32(&p, 65535);
	pen_le32(&p, 1);
	return fwrite(header, sizeof header, 1, c->file) == 1;
}

bool capture_file_close(struct capture_file *c)
{
	bool is_good = fflush(c->file) == 0 && !ferror(c->file);

	if (c->file != stdout)
		is_good &= fclose(c->file) == 0;
	return is_good;
}

void capture_file_frame(struct capture_file *c, const uint8_t *frame, size_t length)
{
	uint8_t header[16];
	struct pen p = pen_on(header, sizeof header);

	pen_le32(&p, (uint32_t)(c->now / 1000000));
	pen_le32(&p, (uint32_t)(c->now % 1000000));
	pen_le32(&p, (uint32_t)length);
	pen_le32(&p, (uint32_t)length);
	fwrite(header, sizeof header, 1, c->file);
	fwrite(frame, length, 1, c->file);
	c->packets++;
}

struct host host_v4(uint32_t address)
{
	struct host h = { .mac = { 0x02, 0x00 }, .ttl = 64 };

	put_be32(h.mac + 2, address);
	put_be32(h.ip, address);
	return h;
}

struct host host_v6(uint64_t high, uint64_t low)
{
	struct host h = { .mac = { 0x02, 0x06 }, .ttl = 64, .is_v6 = true };
	struct pen p = pen_on(h.ip, sizeof h.ip);

	pen_be64(&p, high);
	pen_be64(&p, low);
	put_be32(h.mac + 2, (uint32_t)low);
	return h;
}

static uint32_t sum_words(const uint8_t *bytes, size_t length, uint32_t sum)
{
	for (; length > 1; bytes += 2, length -= 2)
		sum += (uint32_t)bytes[0] << 8 | bytes[1];
	return length > 0 ? sum + ((uint32_t)bytes[0] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void link_header(struct pen *p, const struct host *from, const uint8_t *to, uint16_t type)
{
	pen_bytes(p, to, 6);
	pen_bytes(p, from->mac, 6);
	if (from->vlan != 0) {
		pen_be16(p, 0x8100);
		pen_be16(p, from->vlan);
	}
	pen_be16(p, type);
}

static void ip_header(struct pen *p, struct capture_file *c, const struct host *from, const struct host *to,
		      uint8_t proto, size_t length)
{
	uint8_t *start = p->at;

	if (from->is_v6) {
		pen_be32(p, 6u << 28);
		pen_be16(p, (uint16_t)length);
		pen_u8(p, proto);
		pen_u8(p, from->ttl);
		pen_bytes(p, from->ip, 16);
		pen_bytes(p, to->ip, 16);
		return;
	}
	pen_be16(p, 0x4500);
	pen_be16(p, (uint16_t)(20 + length));
	pen_be16(p, c->ip_id++);
	pen_be16(p, 0x4000);
	pen_u8(p, from->ttl);
	pen_u8(p, proto);
	pen_be16(p, 0);
	pen_bytes(p, from->ip, 4);
	pen_bytes(p, to->ip, 4);
	put_be16(start + 10, fold(sum_words(start, 20, 0)));
}

/* Fills in the transport checksum at `at` of `length` bytes from `start`. */
static void transport_checksum(const struct host *from, const struct host *to, uint8_t proto, uint8_t *start,
			       size_t length, uint8_t *at)
{
	size_t width = from->is_v6 ? 16 : 4;
	uint32_t sum = proto + (uint32_t)length;

	sum = sum_words(from->ip, width, sum);
	sum = sum_words(to->ip, width, sum);
	put_be16(at, fold(sum_words(start, length, sum)));
}

static void payload(struct pen *p, const void *data, size_t length)
{
	if (data != NULL) {
		pen_bytes(p, data, length);
		return;
	}
	for (size_t i = 0; i < length; i++)
		pen_u8(p, (uint8_t)("The quick brown fox jumps over the lazy dog. "[i % 45]));
}

static void finish(struct capture_file *c, struct pen *p)
{
	if (pen_used(p) < 60)
		pen_zero(p, 60 - pen_used(p)); /* the least that Ethernet carries */
	capture_file_frame(c, p->start, pen_used(p));
}

static void tcp_options(struct pen *p, const struct capture_file *c)
{
	static const uint8_t fixed[] = { 2, 4, 5, 0xb4, 4, 2, 8, 10 };

	pen_bytes(p, fixed, sizeof fixed);
	pen_be32(p, (uint32_t)(c->now / 1000));
	pen_be32(p, 0);
	pen_bytes(p, "\1\3\3\7", 4);
}

void put_tcp(struct capture_file *c, const struct host *from, const struct host *to, const struct segment *s)
{
	uint8_t frame[FRAME_MAX];
	struct pen p = pen_on(frame, sizeof frame);
	size_t header = s->with_options ? 40 : 20;
	uint8_t *start;

	link_header(&p, from, to->mac, from->is_v6 ? 0x86dd : 0x0800);
	ip_header(&p, c, from, to, PROTO_TCP, header + s->length);
	start = p.at;
	pen_be16(&p, s->sport);
	pen_be16(&p, s->dport);
	pen_be32(&p, s->seq);
	pen_be32(&p, s->ack);
	pen_u8(&p, (uint8_t)(header / 4 << 4));
	pen_u8(&p, s->flags);
	pen_be16(&p, s->window);
	pen_be32(&p, 0);
	if (s->with_options)
		tcp_options(&p, c);
	payload(&p, s->data, s->length);
	transport_checksum(from, to, PROTO_TCP, start, header + s->length, start + 16);
	finish(c, &p);
}

void put_udp(struct capture_file *c, const struct host *from, const struct host *to, uint16_t sport, uint16_t dport,
	     const void *data, size_t length)
{
	uint8_t frame[FRAME_MAX];
	struct pen p = pen_on(frame, sizeof frame);
	uint8_t *start;

	link_header(&p, from, to->mac, from->is_v6 ? 0x86dd : 0x0800);
	ip_header(&p, c, from, to, PROTO_UDP, 8 + length);
	start = p.at;
	pen_be16(&p, sport);
	pen_be16(&p, dport);
	pen_be16(&p, (uint16_t)(8 + length));
	pen_be16(&p, 0);
	payload(&p, data, length);
	transport_checksum(from, to, PROTO_UDP, start, 8 + length, start + 6);
	finish(c, &p);
}

void put_icmp(struct capture_file *c, const struct host *from, const struct host *to, uint8_t type, uint8_t code,
	      uint32_t rest, const void *data, size_t length)
{
	uint8_t frame[FRAME_MAX];
	struct pen p = pen_on(frame, sizeof frame);
	uint8_t proto = from->is_v6 ? PROTO_ICMP6 : PROTO_ICMP;
	uint8_t *start;

	link_header(&p, from, to->mac, from->is_v6 ? 0x86dd : 0x0800);
	ip_header(&p, c, from, to, proto, 8 + length);
	start = p.at;
	pen_u8(&p, type);
	pen_u8(&p, code);
	pen_be16(&p, 0);
	pen_be32(&p, rest);
	payload(&p, data, length);
	if (from->is_v6)
		transport_checksum(from, to, proto, start, 8 + length, start + 2);
	else
		put_be16(start + 2, fold(sum_words(start, 8 + length, 0)));
	finish(c, &p);
}

void put_arp(struct capture_file *c, const struct host *from, const struct host *to, bool is_reply)
{
	static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t nobody[6] = { 0 };
	uint8_t frame[FRAME_MAX];
	struct pen p = pen_on(frame, sizeof frame);

	link_header(&p, from, is_reply ? to->mac : everybody, 0x0806);
	pen_be16(&p, 1);
	pen_be16(&p, 0x0800);
	pen_u8(&p, 6);
	pen_u8(&p, 4);
	pen_be16(&p, is_reply ? 2 : 1);
	pen_bytes(&p, from->mac, 6);
	pen_bytes(&p, from->ip, 4);
	pen_bytes(&p, is_reply ? to->mac : nobody, 6);
	pen_bytes(&p, to->ip, 4);
	finish(c, &p);
}
