/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pcapng: sections of either byte order, interfaces of different link types and time
 * resolutions, enhanced, simple and obsolete packet blocks. Other blocks are stepped
 * over; a damaged one is counted, as long as the next can be found. */
#include "argus/base/buf.h"
#include "argus/capture_impl.h"
#include "argus/decode.h"

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_OLD_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_PACKET = 6,
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define MAX_BLOCK (16u * 1024 * 1024)
#define MAX_INTERFACES 65536u

enum { OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

struct interface {
	int link;
	uint32_t snaplen;
	bool is_supported;
	const struct filter *filter;
	/* Microseconds = ticks * multiply / divide, or, for binary fractions, of ticks / 2^shift seconds. */
	uint64_t multiply, divide;
	uint8_t shift;
	int64_t offset; /* microseconds */
};

bool pcapng_is(const uint8_t *magic)
{
	return get_be32(magic) == BLOCK_SECTION;
}

static uint16_t ng_u16(const struct file_capture *f, const uint8_t *at)
{
	return f->is_swapped ? get_be16(at) : get_le16(at);
}

static uint32_t ng_u32(const struct file_capture *f, const uint8_t *at)
{
	return f->is_swapped ? get_be32(at) : get_le32(at);
}

static enum parse_result broken(struct file_capture *f, const char *problem)
{
	f->problem = problem;
	return PARSE_BROKEN;
}

static enum parse_result damaged(struct file_capture *f)
{
	f->base.stats.damaged++;
	return PARSE_NOTHING;
}

static void set_resolution(struct interface *i, uint8_t resolution)
{
	i->multiply = i->divide = 1;
	i->shift = 0;
	if (resolution & 0x80) {
		i->shift = resolution & 0x7f;
		return;
	}
	for (; resolution < 6; resolution++)
		i->multiply *= 10;
	for (; resolution > 6 && i->divide < UINT64_MAX / 10; resolution--)
		i->divide *= 10;
}

static uint64_t microseconds(const struct interface *i, uint64_t ticks)
{
	uint64_t time;

	if (likely(i->shift == 0))
		time = i->divide == 1 ? ticks * i->multiply : ticks / i->divide;
	else if (i->shift < 64)
		time = (uint64_t)((unsigned __int128)ticks * 1000000 >> i->shift);
	else
		time = 0;
	return time + (uint64_t)i->offset;
}

static void read_interface_options(const struct file_capture *f, struct interface *i, struct span s)
{
	while (span_left(&s) >= 4) {
		uint16_t code = ng_u16(f, span_take(&s, 2));
		uint16_t length = ng_u16(f, span_take(&s, 2));
		const uint8_t *value = span_take(&s, length);

		if (code == 0 || value == NULL)
			return;
		if (code == OPTION_TSRESOL && length >= 1)
			set_resolution(i, value[0]);
		if (code == OPTION_TSOFFSET && length >= 8) {
			uint64_t seconds = f->is_swapped ? get_be64(value) : get_le64(value);

			i->offset = (int64_t)(seconds * 1000000);
		}
		span_skip(&s, (size_t)(-length & 3));
	}
}

static enum parse_result add_interface(struct file_capture *f, struct span body)
{
	const uint8_t *h = span_take(&body, 8);
	struct err ignored;
	struct interface *i;

	if (h == NULL || f->interface_count >= MAX_INTERFACES)
		return damaged(f);
	if ((f->interface_count & (f->interface_count + 1)) == 0)
		f->interfaces = xrealloc(f->interfaces, (2 * (size_t)f->interface_count + 1) * sizeof *f->interfaces);
	i = &f->interfaces[f->interface_count++];
	*i = (struct interface){ .link = link_of_file(ng_u16(f, h)), .snaplen = ng_u32(f, h + 4) };
	set_resolution(i, 6);
	read_interface_options(f, i, body);
	i->is_supported = link_is_supported(i->link);
	/* An expression that this link type cannot have (no MAC addresses, say) lets nothing through. */
	if (i->is_supported && capture_filter_for(&f->base, i->link, &i->filter, &ignored) != 0)
		i->is_supported = false;
	if (f->base.link < 0)
		f->base.link = i->link;
	return PARSE_NOTHING;
}

/* The captured bytes of a packet block that follow in `body`. */
static enum parse_result hand_on(struct file_capture *f, struct packet *p, uint32_t index, struct span *body, uint32_t caplen,
                                 uint32_t wirelen)
{
	const struct interface *i;

	if (index >= f->interface_count || caplen > MAX_CAPLEN)
		return damaged(f);
	i = &f->interfaces[index];
	p->bytes = span_take(body, caplen);
	if (p->bytes == NULL)
		return damaged(f);
	if (!i->is_supported) {
		f->base.stats.unlinked++;
		return PARSE_NOTHING;
	}
	p->caplen = i->snaplen != 0 && caplen > i->snaplen ? i->snaplen : caplen;
	p->wirelen = wirelen;
	p->link = (uint16_t)i->link;
	p->interface = (uint16_t)index;
	f->filter = i->filter;
	return PARSE_PACKET;
}

static enum parse_result packet_block(struct file_capture *f, struct packet *p, struct span body, bool is_old)
{
	const uint8_t *h = span_take(&body, 20);
	enum parse_result result;
	uint32_t index;

	if (h == NULL)
		return damaged(f);
	index = is_old ? ng_u16(f, h) : ng_u32(f, h);
	result = hand_on(f, p, index, &body, ng_u32(f, h + 12), ng_u32(f, h + 16));
	if (result == PARSE_PACKET)
		p->time = microseconds(&f->interfaces[index], (uint64_t)ng_u32(f, h + 4) << 32 | ng_u32(f, h + 8));
	return result;
}

/* No time, no interface, no captured length: that is in the interface's snap length. */
static enum parse_result simple_block(struct file_capture *f, struct packet *p, struct span body)
{
	const uint8_t *h = span_take(&body, 4);
	uint32_t wirelen, caplen;

	if (h == NULL || f->interface_count == 0)
		return damaged(f);
	wirelen = caplen = ng_u32(f, h);
	if (f->interfaces[0].snaplen != 0 && caplen > f->interfaces[0].snaplen)
		caplen = f->interfaces[0].snaplen;
	p->time = 0;
	return hand_on(f, p, 0, &body, caplen, wirelen);
}

static enum parse_result start_section(struct file_capture *f, const uint8_t *block)
{
	f->is_swapped = get_be32(block + 8) == BYTE_ORDER_MAGIC;
	f->interface_count = 0;
	return PARSE_NOTHING;
}

static enum parse_result parse_body(struct file_capture *f, struct packet *p, const uint8_t *block, uint32_t length)
{
	struct span body = span_of(block + 8, length - 12);

	switch (ng_u32(f, block)) {
	case BLOCK_SECTION: return start_section(f, block);
	case BLOCK_INTERFACE: return add_interface(f, body);
	case BLOCK_PACKET: return packet_block(f, p, body, false);
	case BLOCK_OLD_PACKET: return packet_block(f, p, body, true);
	case BLOCK_SIMPLE_PACKET: return simple_block(f, p, body);
	default: return PARSE_NOTHING;
	}
}

/* Only blocks that are understood have to fit into the buffer. */
static bool is_known(uint32_t type)
{
	return type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_PACKET || type == BLOCK_OLD_PACKET ||
	       type == BLOCK_SIMPLE_PACKET;
}

enum parse_result pcapng_parse(struct file_capture *f, struct packet *p)
{
	const uint8_t *block = f->stream.at;
	size_t left = stream_left(&f->stream);
	uint32_t length;

	f->need = 12;
	if (left < 12)
		return PARSE_MORE;
	if (get_be32(block) == BLOCK_SECTION) {
		if (get_be32(block + 8) != BYTE_ORDER_MAGIC && get_le32(block + 8) != BYTE_ORDER_MAGIC)
			return broken(f, "a section without byte order");
		f->is_swapped = get_be32(block + 8) == BYTE_ORDER_MAGIC;
	}
	length = ng_u32(f, block + 4);
	if (length < 12 || (length & 3) != 0)
		return broken(f, "a block with an impossible length");
	if (!is_known(ng_u32(f, block))) {
		f->skip = length;
		return PARSE_NOTHING;
	}
	if (length > MAX_BLOCK)
		return broken(f, "a block with an impossible length");
	f->need = length;
	if (left < length)
		return PARSE_MORE;
	if (ng_u32(f, block + length - 4) != length)
		return broken(f, "a block whose two lengths differ");
	f->stream.at += length;
	return parse_body(f, p, block, length);
}

void pcapng_fini(struct file_capture *f)
{
	free(f->interfaces);
}
