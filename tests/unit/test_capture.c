/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture files in every format and in every state of repair (probe.md 4.1), and the
 * interface specification (configuration.md 7). */
#include "tests/unit/unit.h"

#include <unistd.h>

#include <pcap/dlt.h>
#include <zlib.h>

#include "argus/base/buf.h"
#include "argus/capture.h"
#include "tests/unit/hex.h"

#define PCAP_LE "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000 "
#define PCAP_BE "a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000001 "
/* Second 1, microsecond 2, 4 of 60 bytes. */
#define PACKET_LE " 01000000 02000000 04000000 3c000000 0a0b0c0d "
#define PACKET_BE " 00000001 00000002 00000004 0000003c 0a0b0c0d "

#define SECTION_LE " 0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ff*8 1c000000 "
#define SECTION_BE " 0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ff*8 0000001c "
#define INTERFACE_LE " 01000000 14000000 0100 0000 00000000 14000000 "
/* 1000002 microseconds. */
#define ENHANCED_LE " 06000000 24000000 00000000 00000000 42420f00 04000000 3c000000 0a0b0c0d 24000000 "

struct result {
	struct capture_stats stats;
	enum capture_result end;
	uint32_t count;
	struct packet last; /* its bytes are in `bytes` */
	uint8_t bytes[16];
	struct err err;
};

static const char *write_file(const void *bytes, size_t length)
{
	static char name[64];
	int fd;

	snprintf(name, sizeof name, "/tmp/test_capture_XXXXXX");
	fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	close(fd);
	return name;
}

/* Reads the file to its end; false when it cannot be opened. */
static bool read_all(const char *name, const struct capture_options *o, struct result *r)
{
	static struct capture_batch batch;
	struct capture *c;

	memset(r, 0, sizeof *r);
	c = capture_open_file(name, o, &r->err);
	if (c == NULL)
		return false;
	while ((r->end = capture_next(c, &batch, &r->err)) == CAPTURE_PACKETS)
		for (uint32_t i = 0; i < batch.count; i++) {
			r->count++;
			r->last = batch.packets[i];
			memcpy(r->bytes, r->last.bytes, u64_min(r->last.caplen, sizeof r->bytes));
		}
	capture_statistics(c, &r->stats);
	capture_close(c);
	return true;
}

static bool read_bytes(const void *bytes, size_t length, const struct capture_options *o, struct result *r)
{
	const char *name = write_file(bytes, length);
	bool is_open = read_all(name, o, r);

	unlink(name);
	return is_open;
}

static bool read_hex(const char *text, struct result *r)
{
	static uint8_t bytes[4096];
	struct capture_options o = { 0 };

	return read_bytes(bytes, hex_bytes(text, bytes), &o, r);
}

static void assert_the_packet(const struct result *r, uint32_t count)
{
	static const uint8_t bytes[4] = { 0x0a, 0x0b, 0x0c, 0x0d };

	assert_int_equal(r->end, CAPTURE_END);
	assert_int_equal(r->count, count);
	assert_true(r->last.time == 1000002);
	assert_int_equal(r->last.caplen, 4);
	assert_int_equal(r->last.wirelen, 60);
	assert_int_equal(r->last.link, DLT_EN10MB);
	assert_memory_equal(r->bytes, bytes, 4);
}

static void pcap_is_read_in_every_variant(void **state)
{
	static const char *const files[] = {
		PCAP_LE PACKET_LE PACKET_LE,
		PCAP_BE PACKET_BE PACKET_BE,
		/* nanoseconds */
		"4d3cb2a1 0200 0400 00000000 00000000 ffff0000 01000000 01000000 d0070000 04000000 3c000000 0a0b0c0d"
		" 01000000 e7070000 04000000 3c000000 0a0b0c0d",
		"a1b23c4d 0002 0004 00000000 00000000 0000ffff 00000001 00000001 000007d0 00000004 0000003c 0a0b0c0d"
		" 00000001 000007d0 00000004 0000003c 0a0b0c0d",
		/* Kuznetsov's longer records */
		"34cdb2a1 0200 0400 00000000 00000000 ffff0000 01000000 01000000 02000000 04000000 3c000000 00*8 0a0b0c0d"
		" 01000000 02000000 04000000 3c000000 00*8 0a0b0c0d",
		/* IXIA's longer header */
		"ab01001c 0200 0400 00000000 00000000 ffff0000 01000000 00000000 " PACKET_LE PACKET_LE,
		/* version 2.3: the lengths the other way round */
		"d4c3b2a1 0200 0300 00000000 00000000 ffff0000 01000000 01000000 02000000 3c000000 04000000 0a0b0c0d" PACKET_LE,
		/* snap length 0; a length of the frame check sequence above the link type */
		"d4c3b2a1 0200 0400 00000000 00000000 00000000 01000040 " PACKET_LE PACKET_LE,
	};
	struct result r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		assert_true(read_hex(files[i], &r));
		assert_the_packet(&r, 2);
		assert_int_equal(r.stats.packets, 2);
		assert_int_equal(r.stats.bytes, 120);
	}
}

static void a_truncated_last_packet_ends_the_file_quietly(void **state)
{
	struct result r;

	(void)state;
	assert_true(read_hex(PCAP_LE PACKET_LE "01000000 02000000 04000000 3c000000 0a0b", &r));
	assert_the_packet(&r, 1);
	assert_true(r.stats.is_truncated);
	assert_true(read_hex(PCAP_LE PACKET_LE "01000000 02", &r));
	assert_the_packet(&r, 1);
	assert_true(r.stats.is_truncated);
	assert_true(read_hex(PCAP_LE, &r));
	assert_int_equal(r.end, CAPTURE_END);
	assert_int_equal(r.count, 0);
	assert_false(r.stats.is_truncated);
}

static void a_snap_length_cuts_what_is_longer(void **state)
{
	struct result r;

	(void)state;
	assert_true(read_hex("d4c3b2a1 0200 0400 00000000 00000000 02000000 01000000 " PACKET_LE, &r));
	assert_int_equal(r.last.caplen, 2);
	assert_int_equal(r.last.wirelen, 60);
}

static void an_insane_length_ends_the_file_loudly(void **state)
{
	struct result r;

	(void)state;
	assert_true(read_hex(PCAP_LE PACKET_LE "01000000 02000000 ffffff7f 3c000000 0a0b", &r));
	assert_int_equal(r.end, CAPTURE_FAILED);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.stats.damaged, 1);
	assert_int_equal(r.err.kind, ERR_DATA);
}

static void what_is_no_capture_is_refused(void **state)
{
	static const char *const files[] = { "", "68656c6c6f20776f726c64210a", "d4c3b2a1 0200", "00*100" };
	struct capture_options o = { 0 };
	struct result r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		assert_false(read_hex(files[i], &r));
		assert_int_equal(r.err.kind, ERR_DATA);
	}
	assert_false(read_all("/nonexistent", &o, &r));
	assert_int_equal(r.err.kind, ERR_SYSTEM);
}

static void packets_of_unknown_links_are_counted(void **state)
{
	struct result r;

	(void)state;
	assert_true(read_hex("d4c3b2a1 0200 0400 00000000 00000000 ffff0000 c3000000 " PACKET_LE PACKET_LE, &r));
	assert_int_equal(r.end, CAPTURE_END);
	assert_int_equal(r.stats.unlinked, 2);
	assert_int_equal(r.stats.packets, 0);
}

static void pcapng_is_read_in_every_variant(void **state)
{
	static const char *const files[] = {
		SECTION_LE INTERFACE_LE ENHANCED_LE ENHANCED_LE,
		/* the other byte order, then another section in ours */
		SECTION_BE "00000001 00000014 0001 0000 00000000 00000014"
			   " 00000006 00000024 00000000 00000000 000f4242 00000004 0000003c 0a0b0c0d 00000024 "
			   SECTION_LE INTERFACE_LE ENHANCED_LE,
		/* unknown blocks, an obsolete packet block */
		SECTION_LE "05000000 10000000 00000000 10000000" INTERFACE_LE
			   "02000000 24000000 0000 0000 00000000 42420f00 04000000 3c000000 0a0b0c0d 24000000"
			   "99000000 0c000000 0c000000" ENHANCED_LE,
		/* nanoseconds; a binary fraction (2^-20 s) and an offset of -1 second on the second interface */
		SECTION_LE "01000000 20000000 0100 0000 00000000 0900 0100 09000000 0000 0000 20000000"
			   "01000000 2c000000 0100 0000 00000000 0900 0100 94000000 0e00 0800 ffffffff ffffffff 0000 0000 2c000000"
			   "06000000 24000000 00000000 00000000 d0d19a3b 04000000 3c000000 0a0b0c0d 24000000"
			   "06000000 24000000 01000000 00000000 03002000 04000000 3c000000 0a0b0c0d 24000000",
	};
	struct result r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		assert_true(read_hex(files[i], &r));
		assert_the_packet(&r, 2);
		assert_int_equal(r.stats.damaged, 0);
	}
}

static void simple_packets_have_no_time(void **state)
{
	struct result r;

	(void)state;
	assert_true(read_hex(SECTION_LE "01000000 14000000 0100 0000 04000000 14000000"
					"03000000 14000000 3c000000 0a0b0c0d 14000000", &r));
	assert_int_equal(r.count, 1);
	assert_true(r.last.time == 0);
	assert_int_equal(r.last.caplen, 4);
	assert_int_equal(r.last.wirelen, 60);
}

static void a_damaged_block_is_skipped_and_counted(void **state)
{
	struct result r;

	(void)state;
	/* An interface that is not there; a captured length beyond the block. */
	assert_true(read_hex(SECTION_LE INTERFACE_LE
			     "06000000 24000000 07000000 00000000 42420f00 04000000 3c000000 0a0b0c0d 24000000"
			     "06000000 24000000 00000000 00000000 42420f00 05000000 3c000000 0a0b0c0d 24000000" ENHANCED_LE, &r));
	assert_the_packet(&r, 1);
	assert_int_equal(r.stats.damaged, 2);
	/* Lengths that differ: where the next block is cannot be known. */
	assert_true(read_hex(SECTION_LE INTERFACE_LE ENHANCED_LE "06000000 20000000 00*20 24000000 00*40", &r));
	assert_int_equal(r.count, 1);
	assert_int_equal(r.end, CAPTURE_FAILED);
}

static void interfaces_may_have_different_links(void **state)
{
	struct result r;

	(void)state;
	assert_true(read_hex(SECTION_LE INTERFACE_LE "01000000 14000000 6500 0000 00000000 14000000"
					"01000000 14000000 c300 0000 00000000 14000000" ENHANCED_LE
					"06000000 24000000 02000000 00000000 42420f00 04000000 3c000000 0a0b0c0d 24000000"
					"06000000 24000000 01000000 00000000 42420f00 04000000 3c000000 0a0b0c0d 24000000", &r));
	assert_int_equal(r.count, 2);
	assert_int_equal(r.stats.unlinked, 1);
	assert_int_equal(r.last.link, DLT_RAW);
	assert_int_equal(r.last.interface, 1);
}

static void snoop_erf_and_tsh_are_read(void **state)
{
	static uint8_t bytes[512];
	struct capture_options tsh = { .is_tsh = true }, none = { 0 };
	struct result r;
	const char *name;
	char erf[80];
	size_t length;

	(void)state;
	assert_true(read_hex("736e6f6f70000000 00000002 00000004"
			     " 0000003c 00000004 0000001c 00000000 00000001 00000002 0a0b0c0d", &r));
	assert_the_packet(&r, 1);
	length = hex_bytes("00000001 02 000002 45000028 00*16 03e80050 00*12", bytes);
	assert_true(read_bytes(bytes, length, &tsh, &r));
	assert_int_equal(r.count, 1);
	assert_int_equal(r.last.link, DLT_RAW);
	assert_true(r.last.time == 1000002);
	assert_int_equal(r.last.wirelen, 40);
	assert_int_equal(r.last.caplen, 36);
	/* half a second; Ethernet of 60 bytes in a record of 24 */
	length = hex_bytes("00000080 01000000 02 00 0018 0000 003c 0000 0a0b0c0d 0000", bytes);
	name = write_file(bytes, length);
	snprintf(erf, sizeof erf, "%s.erf", name);
	assert_int_equal(rename(name, erf), 0);
	assert_true(read_all(erf, &none, &r));
	unlink(erf);
	assert_int_equal(r.count, 1);
	assert_true(r.last.time == 1500000);
	assert_int_equal(r.last.wirelen, 76);
	assert_int_equal(r.last.link, DLT_ERF);
}

static void compressed_files_are_unpacked(void **state)
{
	struct capture_options o = { 0 };
	uint8_t bytes[256];
	size_t length = hex_bytes(PCAP_LE PACKET_LE PACKET_LE, bytes);
	const char *name = write_file("", 0);
	gzFile gz = gzopen(name, "wb");
	struct result r;

	(void)state;
	assert_int_equal(gzwrite(gz, bytes, (unsigned)length), length);
	gzclose(gz);
	assert_true(read_all(name, &o, &r));
	assert_the_packet(&r, 2);
	assert_int_equal(truncate(name, 30), 0);
	assert_true(read_all(name, &o, &r));
	assert_true(r.stats.is_truncated);
	unlink(name);
}

static uint32_t add_packet(struct buf *b, uint32_t number, uint32_t caplen)
{
	uint32_t header[4] = { number, 0, caplen, caplen };

	buf_add(b, header, sizeof header);
	for (uint32_t i = 0; i < caplen; i++)
		buf_char(b, (char)number);
	return caplen;
}

/* More than the buffer holds, and packets as long as they may be. */
static void a_long_file_arrives_whole(void **state)
{
	struct capture_options o = { 0 };
	static struct capture_batch batch;
	struct buf file = BUF_INIT;
	uint8_t header[24];
	struct capture *c;
	struct err err;
	uint64_t wrote = 0, got = 0;
	uint32_t count = 0;
	const char *name;

	(void)state;
	hex_bytes("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000", header);
	buf_add(&file, header, sizeof header);
	for (uint32_t n = 0; n < 3000; n++)
		wrote += add_packet(&file, n, n % 500 == 7 ? 262144 : n % 400);
	name = write_file(file.data, file.length);
	c = capture_open_file(name, &o, &err);
	assert_non_null(c);
	while (capture_next(c, &batch, &err) == CAPTURE_PACKETS)
		for (uint32_t i = 0; i < batch.count; i++) {
			const struct packet *p = &batch.packets[i];

			assert_true(p->time == (uint64_t)count * 1000000);
			for (uint32_t n = 0; n < p->caplen; n++)
				assert_int_equal(p->bytes[n], (uint8_t)count);
			got += p->caplen;
			count++;
		}
	capture_close(c);
	unlink(name);
	buf_fini(&file);
	assert_int_equal(count, 3000);
	assert_true(got == wrote);
}

#define UDP_FRAME "02000000000b 02000000000a 0800 4500001c 00070000 40110000 0a000001 0a000002 03e807d0 00080000 "
#define ARP_FRAME "02000000000b 02000000000a 0806 00*28 "

static void the_filter_and_the_window_choose_packets(void **state)
{
	static const char text[] = PCAP_LE "01000000 00000000 2a000000 2a000000 " UDP_FRAME
					   "02000000 00000000 2a000000 2a000000 " ARP_FRAME
					   "03000000 00000000 2a000000 2a000000 " UDP_FRAME
					   "04000000 00000000 2a000000 2a000000 " UDP_FRAME;
	struct capture_window window = { .first = 1, .last = 2 };
	struct capture_options o = { .filter = "udp" };
	uint8_t bytes[512];
	size_t length = hex_bytes(text, bytes);
	struct result r;

	(void)state;
	assert_true(read_bytes(bytes, length, &o, &r));
	assert_int_equal(r.count, 3);
	assert_int_equal(r.stats.filtered, 1);
	o.window = &window;
	assert_true(read_bytes(bytes, length, &o, &r));
	assert_int_equal(r.count, 1);
	assert_true(r.last.time == 3000000);
	o.filter = "no such thing";
	assert_false(read_bytes(bytes, length, &o, &r));
	assert_int_equal(r.err.kind, ERR_USER);
}

static void a_file_can_be_followed(void **state)
{
	static struct capture_batch batch;
	struct capture_options o = { .is_following = true };
	uint8_t bytes[256];
	size_t length = hex_bytes(PCAP_LE PACKET_LE PACKET_LE, bytes);
	const char *name = write_file(bytes, length - 6);
	FILE *file = fopen(name, "ab");
	struct err err;
	struct capture *c = capture_open_file(name, &o, &err);

	(void)state;
	assert_non_null(c);
	assert_int_equal(capture_next(c, &batch, &err), CAPTURE_PACKETS);
	assert_int_equal(batch.count, 1);
	assert_int_equal(capture_next(c, &batch, &err), CAPTURE_IDLE);
	fwrite(bytes + length - 6, 1, 6, file);
	fclose(file);
	assert_int_equal(capture_next(c, &batch, &err), CAPTURE_PACKETS);
	assert_int_equal(batch.count, 1);
	assert_int_equal(capture_next(c, &batch, &err), CAPTURE_IDLE);
	capture_close(c);
	unlink(name);
}

static void interface_specifications_are_understood(void **state)
{
	static struct live_spec spec;
	struct err err;

	(void)state;
	assert_int_equal(live_spec_add(&spec, "eth0(EN10MB)/\"a,b\",eth1 eth2/7", &err), 0);
	assert_int_equal(spec.count, 3);
	assert_string_equal(spec.groups[0].members[0].name, "eth0");
	assert_int_equal(spec.groups[0].members[0].dlt, DLT_EN10MB);
	assert_string_equal(spec.groups[0].srcid, "\"a,b\"");
	assert_int_equal(spec.groups[1].members[0].dlt, -1);
	assert_string_equal(spec.groups[2].srcid, "7");
	assert_int_equal(live_spec_add(&spec, "bond:en0,en1/10.0.0.1", &err), 0);
	assert_int_equal(spec.count, 4);
	assert_int_equal(spec.groups[3].count, 2);
	assert_true(spec.groups[3].is_bond);
	assert_string_equal(spec.groups[3].srcid, "10.0.0.1");
	assert_int_equal(live_spec_add(&spec, "dup:a,b", &err), 0);
	assert_true(spec.groups[4].is_dup);
	assert_int_equal(live_spec_add(&spec, "ind:a,b", &err), 0);
	assert_int_equal(spec.count, 7);
}

static void bad_interface_specifications_are_refused(void **state)
{
	static const char *const specs[] = { "", "bond:", "eth0(NOSUCH)", "eth0(EN10MB", "eth0/\"x", "dup:[bond:a,b],c" };
	static struct live_spec spec;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(specs); i++) {
		spec.count = 0;
		assert_int_equal(live_spec_add(&spec, specs[i], &err), -1);
		assert_int_equal(err.kind, ERR_USER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_is_read_in_every_variant),
		cmocka_unit_test(a_truncated_last_packet_ends_the_file_quietly),
		cmocka_unit_test(a_snap_length_cuts_what_is_longer),
		cmocka_unit_test(an_insane_length_ends_the_file_loudly),
		cmocka_unit_test(what_is_no_capture_is_refused),
		cmocka_unit_test(packets_of_unknown_links_are_counted),
		cmocka_unit_test(pcapng_is_read_in_every_variant),
		cmocka_unit_test(simple_packets_have_no_time),
		cmocka_unit_test(a_damaged_block_is_skipped_and_counted),
		cmocka_unit_test(interfaces_may_have_different_links),
		cmocka_unit_test(snoop_erf_and_tsh_are_read),
		cmocka_unit_test(compressed_files_are_unpacked),
		cmocka_unit_test(a_long_file_arrives_whole),
		cmocka_unit_test(the_filter_and_the_window_choose_packets),
		cmocka_unit_test(a_file_can_be_followed),
		cmocka_unit_test(interface_specifications_are_understood),
		cmocka_unit_test(bad_interface_specifications_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
