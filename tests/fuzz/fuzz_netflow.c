/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NetFlow and sFlow from arbitrary bytes: as datagrams, cut by lengths that the input
 * gives, and as a file. Whatever comes out must be records that fill their lengths. */
#include "argus/record/record.h"
#include "common/io/netflow.h"
#include "common/io/netflow_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct exporter exporters[] = { { ID_IPV4, { 10, 0, 0, 1 } }, { ID_IPV6, { 0x20, 1 } }, { ID_NONE, { 0 } } };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_records(const struct buf *records)
{
	static struct flow f;
	const uint8_t *at = (const uint8_t *)records->data;

	for (size_t left = records->length; left > 0;) {
		uint32_t length;

		must(record_frame(at, left, &length) == FRAME_RECORD);
		if (!(at[0] & RECORD_MAR)) {
			flow_open(&f, at, length, NULL);
			must(!f.is_damaged && !f.has_unknown);
			flow_decode_all(&f);
		}
		at += length;
		left -= length;
	}
}

/* The first two bytes say how long the first datagram is, and so on. */
static void read_datagrams(enum netflow_kind kind, const uint8_t *data, size_t size)
{
	struct netflow *n = netflow_new(kind);
	struct buf records = BUF_INIT;

	for (unsigned i = 0; size >= 2; i++) {
		size_t length = u64_min(get_be16(data), size - 2);

		netflow_read(n, span_of(data + 2, length), &exporters[i % ARRAY_LENGTH(exporters)], 1000000, &records);
		data += 2 + length;
		size -= 2 + length;
	}
	check_records(&records);
	netflow_free(n);
	buf_fini(&records);
}

struct bytes {
	const uint8_t *at;
	size_t left;
};

static ssize_t give(void *context, void *to, size_t room, struct err *err)
{
	struct bytes *b = context;
	size_t length = u64_min(u64_min(b->left, room), 777);

	(void)err;
	if (length > 0)
		memcpy(to, b->at, length);
	b->at += length;
	b->left -= length;
	return (ssize_t)length;
}

static void read_file(enum netflow_kind kind, bool is_live, const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	struct netflow_file *f = netflow_file_new(kind, 1000000, is_live, give, &b);
	struct source_count count = { 0 };
	struct buf records = BUF_INIT;
	ssize_t got;

	do {
		buf_reserve(&records, 4096);
		got = netflow_file_read(f, records.data + records.length, 4096, NULL);
		must(got >= 0);
		records.length += (size_t)got;
	} while (got > 0);
	check_records(&records);
	netflow_file_count(f, &count);
	must(count.damaged_bytes <= size);
	netflow_file_free(f);
	buf_fini(&records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_datagrams(NETFLOW_CISCO, data, size);
	read_datagrams(NETFLOW_SFLOW, data, size);
	for (int is_live = 0; is_live < 2; is_live++) {
		read_file(NETFLOW_CISCO, is_live, data, size);
		read_file(NETFLOW_SFLOW, is_live, data, size);
	}
	return 0;
}
