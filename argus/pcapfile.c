/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture files, read in place: pcap and its relatives, snoop, ERF, TSH (probe.md
 * 4.1); pcapng is in pcapng.c. Packets of a batch point into the stream's buffer,
 * which is filled again only when none of them is in use any more. */
#include <strings.h>

#include "argus/base/buf.h"
#include "argus/capture_impl.h"
#include "argus/decode.h"

enum { PCAP_HEADER = 24, SNOOP_HEADER = 16, SNOOP_RECORD = 24, ERF_HEADER = 16, TSH_RECORD = 44, TSH_CAPLEN = 36 };

int link_of_file(uint32_t linktype)
{
	linktype &= 0x03ffffff; /* above it: length of the frame check sequence */
	switch (linktype) {
	case 100: return DLT_ATM_RFC1483;
	case 101: return DLT_RAW;
	case 102: return DLT_SLIP_BSDOS;
	case 103: return DLT_PPP_BSDOS;
	case 106: return DLT_ATM_CLIP;
	default: return (int)linktype;
	}
}

static inline enum parse_result want(struct file_capture *f, size_t need)
{
	f->need = need;
	return PARSE_MORE;
}

static enum parse_result broken(struct file_capture *f, const char *problem)
{
	f->problem = problem;
	return PARSE_BROKEN;
}

/* pcap */

static inline uint32_t pcap_u32(const struct file_capture *f, const uint8_t *at)
{
	return unlikely(f->is_swapped) ? get_be32(at) : get_le32(at);
}

static enum parse_result pcap_parse(struct file_capture *f, struct packet *p)
{
	const uint8_t *h = f->stream.at;
	size_t left = stream_left(&f->stream);
	uint32_t caplen, wirelen, fraction;

	if (left < f->record_header)
		return want(f, f->record_header);
	caplen = pcap_u32(f, h + 8);
	wirelen = pcap_u32(f, h + 12);
	if (unlikely(f->are_lengths_swapped) && caplen > wirelen) {
		uint32_t other = caplen;

		caplen = wirelen;
		wirelen = other;
	}
	if (unlikely(caplen > MAX_CAPLEN))
		return broken(f, "a packet longer than any can be");
	if (unlikely(left < f->record_header + caplen))
		return want(f, f->record_header + caplen);
	fraction = pcap_u32(f, h + 4);
	p->time = (uint64_t)pcap_u32(f, h) * 1000000 + (unlikely(f->is_nano) ? fraction / 1000 : fraction);
	p->bytes = h + f->record_header;
	p->caplen = caplen < f->snaplen ? caplen : f->snaplen;
	p->wirelen = wirelen;
	p->link = (uint16_t)f->base.link;
	p->interface = 0;
	f->stream.at += f->record_header + caplen;
	return PARSE_PACKET;
}

/* The relatives of pcap differ in magic number and header sizes. */
static const struct pcap_kind {
	uint32_t magic;
	uint8_t file_header, record_header;
	bool is_nano;
} pcap_kinds[] = {
	{ 0xa1b2c3d4, PCAP_HEADER, 16, false },
	{ 0xa1b23c4d, PCAP_HEADER, 16, true },
	{ 0xa1b2cd34, PCAP_HEADER, 24, false },     /* Kuznetsov's */
	{ 0xa12b3c4d, PCAP_HEADER, 16, false },     /* Navtel */
	{ 0x1c0001ac, PCAP_HEADER + 4, 16, true },  /* IXIA, hardware */
	{ 0x1c0001ab, PCAP_HEADER + 4, 16, false }, /* IXIA, software */
};

static const struct pcap_kind *pcap_kind(const uint8_t *magic, bool *is_swapped)
{
	for (size_t i = 0; i < ARRAY_LENGTH(pcap_kinds); i++) {
		*is_swapped = get_be32(magic) == pcap_kinds[i].magic;
		if (*is_swapped || get_le32(magic) == pcap_kinds[i].magic)
			return &pcap_kinds[i];
	}
	return NULL;
}

static int set_link(struct file_capture *f, int link, struct err *err)
{
	f->base.link = link;
	f->is_unlinked = !link_is_supported(link);
	if (f->is_unlinked)
		return 0;
	return capture_filter_for(&f->base, link, &f->filter, err);
}

static int start_pcap(struct file_capture *f, const struct pcap_kind *kind, struct err *err)
{
	const uint8_t *h;
	uint16_t minor;

	if (stream_fill(&f->stream, kind->file_header, err) != 1)
		return err_set(err, ERR_DATA, "%s: the file ends within its header", f->base.name);
	h = f->stream.at;
	minor = f->is_swapped ? get_be16(h + 6) : get_le16(h + 6);
	f->are_lengths_swapped = minor <= 3; /* version 2.3 and before: some wrote the lengths the other way round */
	f->snaplen = pcap_u32(f, h + 16);
	if (f->snaplen == 0 || f->snaplen > MAX_CAPLEN)
		f->snaplen = MAX_CAPLEN;
	f->is_nano = kind->is_nano;
	f->record_header = kind->record_header;
	f->parse = pcap_parse;
	f->stream.at += kind->file_header;
	return set_link(f, link_of_file(pcap_u32(f, h + 20)), err);
}

/* snoop (RFC 1761) */

static enum parse_result snoop_parse(struct file_capture *f, struct packet *p)
{
	const uint8_t *h = f->stream.at;
	size_t left = stream_left(&f->stream);
	uint32_t caplen, record;

	if (left < SNOOP_RECORD)
		return want(f, SNOOP_RECORD);
	caplen = get_be32(h + 4);
	record = get_be32(h + 8);
	if (caplen > MAX_CAPLEN || record < SNOOP_RECORD + caplen || record > SNOOP_RECORD + MAX_CAPLEN + 4)
		return broken(f, "a record with impossible lengths");
	if (left < record)
		return want(f, record);
	p->time = (uint64_t)get_be32(h + 16) * 1000000 + get_be32(h + 20);
	p->bytes = h + SNOOP_RECORD;
	p->caplen = caplen;
	p->wirelen = get_be32(h);
	p->link = (uint16_t)f->base.link;
	p->interface = 0;
	f->stream.at += record;
	return PARSE_PACKET;
}

static int start_snoop(struct file_capture *f, struct err *err)
{
	uint32_t link;

	if (stream_fill(&f->stream, SNOOP_HEADER, err) != 1)
		return err_set(err, ERR_DATA, "%s: the file ends within its header", f->base.name);
	link = get_be32(f->stream.at + 12);
	f->stream.at += SNOOP_HEADER;
	f->parse = snoop_parse;
	switch (link) {
	case 0:
	case 4: return set_link(f, DLT_EN10MB, err);
	case 2: return set_link(f, DLT_IEEE802, err);
	case 8: return set_link(f, DLT_FDDI, err);
	default: return err_set(err, ERR_DATA, "%s: snoop data link %u is not supported", f->base.name, link);
	}
}

/* ERF: records without a file header; the packet is handed on with its ERF header. */

static enum parse_result erf_parse(struct file_capture *f, struct packet *p)
{
	const uint8_t *h = f->stream.at;
	size_t left = stream_left(&f->stream);
	uint32_t record, headers = ERF_HEADER;
	uint64_t stamp;
	uint8_t more;

	if (left < ERF_HEADER)
		return want(f, ERF_HEADER);
	record = get_be16(h + 10);
	if (record < ERF_HEADER)
		return broken(f, "a record shorter than its header");
	if (left < record)
		return want(f, record);
	for (more = h[8]; (more & 0x80) && headers + 8 <= record; headers += 8)
		more = h[headers];
	stamp = get_le64(h);
	p->time = (stamp >> 32) * 1000000 + (((stamp & 0xffffffff) * 1000000 + 0x80000000u) >> 32);
	p->bytes = h;
	p->caplen = record;
	p->wirelen = headers + get_be16(h + 14);
	p->link = DLT_ERF;
	p->interface = h[9] & 3;
	f->stream.at += record;
	return PARSE_PACKET;
}

/* TSH: seconds, interface and microseconds, IP header, 16 bytes of TCP. */

static enum parse_result tsh_parse(struct file_capture *f, struct packet *p)
{
	const uint8_t *h = f->stream.at;

	if (stream_left(&f->stream) < TSH_RECORD)
		return want(f, TSH_RECORD);
	p->time = (uint64_t)get_be32(h) * 1000000 + (get_be32(h + 4) & 0xffffff);
	p->bytes = h + TSH_RECORD - TSH_CAPLEN;
	p->caplen = TSH_CAPLEN;
	p->wirelen = get_be16(p->bytes + 2);
	p->link = DLT_RAW;
	p->interface = h[4];
	f->stream.at += TSH_RECORD;
	return PARSE_PACKET;
}

/* The common part */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length > tail && strcasecmp(text + length - tail, end) == 0;
}

static int start(struct file_capture *f, struct err *err)
{
	const struct pcap_kind *kind;
	int status = stream_fill(&f->stream, 8, err);

	if (status < 0)
		return -1;
	if (stream_left(&f->stream) == 0)
		return err_set(err, ERR_DATA, "%s: the file is empty", f->base.name);
	if (f->base.options.is_tsh) {
		f->parse = tsh_parse;
		return set_link(f, DLT_RAW, err);
	}
	if (ends_with(f->base.name, ".erf")) {
		f->parse = erf_parse;
		return set_link(f, DLT_ERF, err);
	}
	if (status == 1) {
		kind = pcap_kind(f->stream.at, &f->is_swapped);
		if (kind != NULL)
			return start_pcap(f, kind, err);
		if (memcmp(f->stream.at, "snoop\0\0", 8) == 0)
			return start_snoop(f, err);
		if (pcapng_is(f->stream.at)) {
			f->parse = pcapng_parse;
			return 0;
		}
	}
	return err_set(err, ERR_DATA, "%s: not a capture file (pcap, pcapng, snoop; ERF by its name, TSH by option -t)",
	               f->base.name);
}

/* Steps over what a parser does not want to see. */
static void skip_some(struct file_capture *f)
{
	size_t left = stream_left(&f->stream);
	size_t n = f->skip < left ? (size_t)f->skip : left;

	f->stream.at += n;
	f->skip -= n;
}

/* Reads more; says what to return when there is no more. */
static bool get_more(struct file_capture *f, size_t need, enum capture_result *end, struct err *err)
{
	int status = stream_fill(&f->stream, need, err);

	if (status == 1)
		return true;
	*end = CAPTURE_END;
	if (status < 0) {
		*end = CAPTURE_FAILED;
	} else if (f->base.options.is_following && f->stream.input.packing == PACKING_NONE) {
		*end = CAPTURE_IDLE;
	} else if (!f->stream.input.is_stopped && (stream_left(&f->stream) > 0 || f->skip > 0 || f->stream.input.is_cut)) {
		f->base.stats.is_truncated = true;
	}
	return false;
}

static enum capture_result file_next(struct capture *c, struct capture_batch *batch, struct err *err)
{
	struct file_capture *f = (struct file_capture *)c;
	enum capture_result end;

	while (batch->count < CAPTURE_BATCH) {
		struct packet *p = &batch->packets[batch->count];

		if (unlikely(capture_is_over(c)))
			return batch->count > 0 ? CAPTURE_PACKETS : CAPTURE_END;
		if (unlikely(f->skip > 0)) {
			skip_some(f);
			if (f->skip > 0) {
				if (batch->count > 0)
					break;
				if (!get_more(f, 1, &end, err))
					return end;
				continue;
			}
		}
		switch (f->parse(f, p)) {
		case PARSE_PACKET:
			if (unlikely(f->is_unlinked))
				c->stats.unlinked++;
			else if (capture_accepts(c, p, f->filter))
				batch->count++;
			break;
		case PARSE_NOTHING:
			break;
		case PARSE_MORE:
			if (batch->count > 0)
				return CAPTURE_PACKETS;
			if (!get_more(f, f->need, &end, err))
				return end;
			break;
		case PARSE_BROKEN:
			if (batch->count > 0)
				return CAPTURE_PACKETS;
			c->stats.damaged++;
			err_set(err, ERR_DATA, "%s: %s", c->name, f->problem);
			return CAPTURE_FAILED;
		}
	}
	return CAPTURE_PACKETS;
}

static void file_close(struct capture *c)
{
	struct file_capture *f = (struct file_capture *)c;

	pcapng_fini(f);
	stream_fini(&f->stream);
	capture_fini(c);
	free(f);
}

static const struct capture_ops file_ops = { .next = file_next, .close = file_close };

struct capture *capture_open_file(const char *name, const struct capture_options *o, struct err *err)
{
	struct file_capture *f = xcalloc(1, sizeof *f);

	capture_init(&f->base, &file_ops, name, o);
	if (stream_open(&f->stream, f->base.name, o, err) != 0 || start(f, err) != 0) {
		file_close(&f->base);
		return NULL;
	}
	return &f->base;
}
