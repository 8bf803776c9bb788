/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Link types (probe.md 4.2): what stands before the first header that the walk
 * knows, the length that counts, and the encapsulation bit of the link. Those that
 * Argus 3.0.8 got wrong are decoded by their own definition. */
#include <pcap/dlt.h>

#include "argus/base/pen.h"
#include "argus/walk.h"

/* Names that the headers of libpcap give only on some systems. */
enum {
	LINK_RAW_FILE = 101,
	LINK_SLIP_BSDOS = 15,
	LINK_PPP_BSDOS = 16,
	LINK_IEEE802_11_AVS = 163,
};

static int drop(struct walk *w, enum undecodable why)
{
	w->p->undecodable = (uint8_t)why;
	return WALK_DROP;
}

/* Takes `size` bytes of link header that do not count. */
static const uint8_t *take_uncounted(struct walk *w, size_t size)
{
	const uint8_t *h = walk_take(w, size);

	w->p->base_length = (uint32_t)walk_left(w);
	return h;
}

static int walk_family(struct walk *w, uint32_t family)
{
	switch (family) {
	case 2:  /* AF_INET everywhere; AF_INET6 of NetBSD, FreeBSD and Darwin */
	case 24:
	case 28:
	case 30: return WALK_IP;
	default: return drop(w, UNDECODABLE_LINK);
	}
}

/* The family is in the byte order of whoever captured. */
static int link_null(struct walk *w)
{
	const uint8_t *h = take_uncounted(w, 4);
	uint32_t family;

	if (h == NULL)
		return drop(w, UNDECODABLE_SHORT);
	family = get_le32(h);
	return walk_family(w, family >> 16 ? get_be32(h) : family);
}

static int link_loop(struct walk *w)
{
	const uint8_t *h = take_uncounted(w, 4);

	return h == NULL ? drop(w, UNDECODABLE_SHORT) : walk_family(w, get_be32(h));
}

/* What may follow a PPP protocol field or a Cisco HDLC type, and nothing else. */
static int only_network(struct walk *w, uint16_t type)
{
	switch (type) {
	case 0x0021:
	case WALK_IPV4: return WALK_IPV4;
	case 0x0057:
	case WALK_IPV6: return WALK_IPV6;
	case 0x0281:
	case 0x0283:
	case WALK_MPLS:
	case WALK_MPLS_MULTICAST: return WALK_MPLS;
	case 0xc021: return WALK_LCP;
	default: return drop(w, UNDECODABLE_LINK);
	}
}

static uint16_t take_ppp_protocol(struct walk *w)
{
	const uint8_t *h = walk_take(w, 1);

	if (h == NULL || h[0] & 1)
		return h == NULL ? 0 : h[0];
	return walk_take(w, 1) != NULL ? get_be16(h) : 0;
}

static bool skip_address_control(struct walk *w)
{
	const uint8_t *h = span_peek(&w->up, 2);

	if (h == NULL || h[0] != 0xff || h[1] != 0x03)
		return false;
	w->up.at += 2;
	return true;
}

static int link_chdlc(struct walk *w)
{
	const uint8_t *h = take_uncounted(w, 4);

	w->p->encaps |= ENCAPS_CHDLC;
	if (h == NULL)
		return drop(w, UNDECODABLE_SHORT);
	return get_be16(h + 2) <= 1500 ? drop(w, UNDECODABLE_LINK) : only_network(w, get_be16(h + 2));
}

static int link_ppp_serial(struct walk *w)
{
	uint16_t protocol;

	if (!skip_address_control(w))
		return link_chdlc(w);
	w->p->encaps |= ENCAPS_HDLC | ENCAPS_PPP;
	protocol = take_ppp_protocol(w);
	w->p->base_length = (uint32_t)walk_left(w);
	return only_network(w, protocol);
}

/* Four bytes, or the FF 03 and protocol that they normally are. */
static int link_ppp(struct walk *w)
{
	struct walk inside = *w;
	uint16_t protocol;

	w->p->encaps |= ENCAPS_PPP;
	if (take_uncounted(w, 4) == NULL)
		return drop(w, UNDECODABLE_SHORT);
	if (!skip_address_control(&inside))
		return WALK_IP;
	protocol = take_ppp_protocol(&inside);
	w->up = inside.up;
	return protocol == 0x0021 || protocol == 0x0057 ? WALK_IP : only_network(w, protocol);
}

static int link_ppp_bsdos(struct walk *w)
{
	uint16_t protocol;

	w->p->encaps |= ENCAPS_PPP;
	skip_address_control(w);
	protocol = take_ppp_protocol(w);
	w->p->base_length = (uint32_t)walk_left(w);
	return protocol == 0x0021 || protocol == 0x0057 ? WALK_IP : drop(w, UNDECODABLE_LINK);
}

static int link_pppoe(struct walk *w)
{
	const uint8_t *h = walk_take(w, 6);

	w->p->encaps |= ENCAPS_PPP;
	if (h == NULL)
		return drop(w, UNDECODABLE_SHORT);
	return h[1] == 0 ? walk_ppp(w) : drop(w, UNDECODABLE_LINK);
}

static int link_slip(struct walk *w, size_t header)
{
	w->p->encaps |= ENCAPS_SLIP;
	if (walk_take(w, header) == NULL)
		return drop(w, UNDECODABLE_SHORT);
	w->p->base_length = w->p->wirelen > 16 ? w->p->wirelen - 16 : 0;
	return WALK_IP;
}

/* Makes an Ethernet header of what the link has, and goes on behind it. */
static int made_ether(struct walk *w, uint16_t type)
{
	struct packet *p = w->p;

	put_be16(p->ether_made + 12, type);
	p->ether = p->ether_made;
	p->ether_type = type;
	return type > 1500 ? type : WALK_LLC;
}

/* The destination says what is known of it: outgoing, broadcast, multicast, other. */
static void put_cooked_addresses(struct walk *w, uint16_t packet_type, const uint8_t *address)
{
	uint8_t *ether = w->p->ether_made;

	memcpy(ether + 6, address, 6);
	switch (packet_type) {
	case 1: memset(ether, 0xff, 6); break;
	case 2: ether[0] = 1; break;
	case 4: break;
	default: ether[5] = 1;
	}
}

static int link_cooked(struct walk *w)
{
	const uint8_t *h = take_uncounted(w, 16);

	w->p->encaps |= ENCAPS_SLL | ENCAPS_ETHER;
	if (h == NULL)
		return drop(w, UNDECODABLE_SHORT);
	put_cooked_addresses(w, get_be16(h), h + 6);
	return made_ether(w, get_be16(h + 14));
}

static int link_cooked2(struct walk *w)
{
	const uint8_t *h = take_uncounted(w, 20);

	w->p->encaps |= ENCAPS_SLL | ENCAPS_ETHER;
	if (h == NULL)
		return drop(w, UNDECODABLE_SHORT);
	put_cooked_addresses(w, h[10], h + 12);
	return made_ether(w, get_be16(h));
}

static uint8_t reversed_bits(uint8_t b)
{
	b = (uint8_t)(b << 4 | b >> 4);
	b = (uint8_t)((b & 0x33) << 2 | (b & 0xcc) >> 2);
	return (uint8_t)((b & 0x55) << 1 | (b & 0xaa) >> 1);
}

/* Addresses are on the wire with the bits of each byte reversed. */
static int link_fddi(struct walk *w)
{
	const uint8_t *h = walk_take(w, 13);

	w->p->encaps |= ENCAPS_FDDI;
	if (h == NULL)
		return drop(w, UNDECODABLE_SHORT);
	if ((h[0] & 0xf0) != 0x50) /* only asynchronous LLC frames carry packets */
		return drop(w, UNDECODABLE_LINK);
	for (int i = 0; i < 12; i++)
		w->p->ether_made[i] = reversed_bits(h[1 + i]);
	return made_ether(w, 0);
}

static int link_token_ring(struct walk *w)
{
	const uint8_t *h = walk_take(w, 14);
	uint8_t *ether = w->p->ether_made;

	if (h == NULL)
		return drop(w, UNDECODABLE_SHORT);
	if ((h[1] & 0xc0) != 0x40) /* LLC frames */
		return drop(w, UNDECODABLE_LINK);
	memcpy(ether, h + 2, 12);
	if (ether[6] & 0x80) { /* source routing */
		const uint8_t *route = span_peek(&w->up, 2);

		ether[6] &= 0x7f;
		if (route == NULL || walk_take(w, route[0] & 0x1f) == NULL)
			return drop(w, UNDECODABLE_SHORT);
	}
	return made_ether(w, 0);
}

/* RFC 1483: LLC and SNAP, bridged Ethernet included; some cards put an 802.6 header first. */
static int link_atm(struct walk *w)
{
	static const uint8_t snap[3] = { 0xaa, 0xaa, 0x03 };
	static const uint8_t bridged[3] = { 0x00, 0x80, 0xc2 };
	const uint8_t *h = span_peek(&w->up, 8);

	w->p->encaps |= ENCAPS_ATM;
	if (h != NULL && memcmp(h, snap, sizeof snap) != 0 && walk_take(w, 20) != NULL)
		h = span_peek(&w->up, 8);
	if (h == NULL)
		return drop(w, UNDECODABLE_SHORT);
	if (memcmp(h, snap, sizeof snap) != 0)
		return drop(w, UNDECODABLE_LINK);
	w->p->encaps |= ENCAPS_LLC;
	walk_take(w, 8);
	if (memcmp(h + 3, bridged, sizeof bridged) == 0 && (h[7] == 1 || h[7] == 7) && walk_take(w, 2) != NULL)
		return WALK_ETHER;
	return get_be16(h + 6);
}

/* Classical IP over ATM: LLC and SNAP, or the bare IP packet. */
static int link_clip(struct walk *w)
{
	const uint8_t *h = span_peek(&w->up, 3);

	if (h != NULL && h[0] == 0xaa && h[1] == 0xaa && h[2] == 0x03)
		return link_atm(w);
	w->p->encaps |= ENCAPS_ATM;
	return WALK_IP;
}

/* OpenBSD's encapsulated traffic: family, SPI and flags in the host's byte order. */
static int link_enc(struct walk *w)
{
	w->p->encaps |= ENCAPS_SPI;
	return take_uncounted(w, 12) != NULL ? WALK_IP : drop(w, UNDECODABLE_SHORT);
}

/* `header`: bytes before the type. One-byte addresses, destination second. */
static int link_arcnet(struct walk *w, size_t header)
{
	const uint8_t *h = walk_take(w, header + 1);
	uint8_t type;

	w->p->encaps |= ENCAPS_ARCNET;
	if (h == NULL)
		return drop(w, UNDECODABLE_SHORT);
	w->p->ether_made[5] = h[1];
	w->p->ether_made[11] = h[0];
	type = h[header];
	if (type != 240 && type != 241) { /* fragmentation: flag and sequence; not in the old types */
		const uint8_t *flag = walk_take(w, 3);

		if (flag != NULL && flag[0] == 0xff)
			walk_take(w, 4);
	}
	switch (type) {
	case 212:
	case 240: return made_ether(w, WALK_IPV4);
	case 213:
	case 241: return made_ether(w, WALK_ARP);
	case 214: return made_ether(w, WALK_RARP);
	case 196: return made_ether(w, WALK_IPV6);
	default: return drop(w, UNDECODABLE_LINK);
	}
}

static int link_juniper_ether(struct walk *w)
{
	const uint8_t *h = walk_take(w, 4);

	w->p->encaps |= ENCAPS_JUNIPER;
	if (h == NULL || h[0] != 'M' || h[1] != 'G' || h[2] != 'C')
		return drop(w, UNDECODABLE_LINK);
	if (h[3] & 0x80) {
		const uint8_t *extensions = walk_take(w, 2);

		if (extensions == NULL || walk_take(w, get_be16(extensions)) == NULL)
			return drop(w, UNDECODABLE_SHORT);
	}
	return WALK_ETHER;
}

/* Whether radiotap says that the 802.11 header is padded to 4 bytes: the flags field
 * stands behind the time stamp, which is aligned to 8. */
static bool is_radiotap_padded(const uint8_t *h, size_t size)
{
	struct span s = span_of(h, size);
	uint32_t present, more;
	size_t at;

	span_skip(&s, 4);
	present = more = span_le32(&s);
	while (more & 0x80000000u)
		more = span_le32(&s);
	at = size - span_left(&s);
	if (present & 1)
		at = ((at + 7) & ~(size_t)7) + 8;
	return (present & 2) && at < size && (h[at] & 0x20);
}

static int link_radiotap(struct walk *w)
{
	const uint8_t *h = span_peek(&w->up, 8);
	size_t size;

	if (h == NULL || (size = get_le16(h + 2)) < 8 || take_uncounted(w, size) == NULL) {
		w->p->encaps |= ENCAPS_WLAN;
		return drop(w, UNDECODABLE_SHORT);
	}
	return walk_wlan(w, is_radiotap_padded(h, size));
}

static int link_wlan_behind(struct walk *w, size_t header)
{
	w->p->encaps |= ENCAPS_WLAN;
	return walk_take(w, header) != NULL ? walk_wlan(w, false) : drop(w, UNDECODABLE_SHORT);
}

static int walk_dlt(struct walk *w, uint32_t dlt, int depth);

/* Per-packet information, then a packet of the link type that it names. */
static int link_ppi(struct walk *w, int depth)
{
	const uint8_t *h = span_peek(&w->up, 8);

	if (h == NULL || get_le16(h + 2) < 8 || take_uncounted(w, get_le16(h + 2)) == NULL)
		return drop(w, UNDECODABLE_SHORT);
	return depth > 0 ? drop(w, UNDECODABLE_LINK) : walk_dlt(w, get_le32(h + 4), depth + 1);
}

/* Endace: 16 bytes, extension headers while their top bit is set, then by type. */
static int link_erf(struct walk *w)
{
	const uint8_t *h = walk_take(w, 16);
	uint8_t more;

	if (h == NULL)
		return drop(w, UNDECODABLE_SHORT);
	for (more = h[8]; more & 0x80;) {
		const uint8_t *extension = walk_take(w, 8);

		if (extension == NULL)
			return drop(w, UNDECODABLE_SHORT);
		more = extension[0];
	}
	w->p->base_length = get_be16(h + 14);
	switch (h[8] & 0x7f) {
	case 2:
	case 11:
	case 16:
	case 20: return walk_take(w, 2) != NULL ? WALK_ETHER : drop(w, UNDECODABLE_SHORT); /* 2 bytes of padding */
	case 1:
	case 10:
	case 15:
	case 17: return link_ppp_serial(w);
	case 22: return WALK_IPV4;
	case 23: return WALK_IPV6;
	default: return drop(w, UNDECODABLE_LINK);
	}
}

/* The log of OpenBSD's packet filter: its first byte says how long it is, to be padded to 4. */
static int link_pflog(struct walk *w)
{
	const uint8_t *h = span_peek(&w->up, 1);

	if (h == NULL || take_uncounted(w, (h[0] + 3u) & ~3u) == NULL)
		return drop(w, UNDECODABLE_SHORT);
	return WALK_IP;
}

static int link_ether(struct walk *w)
{
	return w->p->wirelen < 14 ? drop(w, UNDECODABLE_SHORT) : WALK_ETHER;
}

static int walk_dlt(struct walk *w, uint32_t dlt, int depth)
{
	switch (dlt) {
	case DLT_EN10MB: return link_ether(w);
	case DLT_NULL: return link_null(w);
	case DLT_LOOP: return link_loop(w);
	case DLT_RAW:
	case LINK_RAW_FILE:
	case DLT_IPV4:
	case DLT_IPV6: return WALK_IP;
	case DLT_PPP: return link_ppp(w);
	case DLT_PPP_SERIAL: return link_ppp_serial(w);
	case 14:
	case LINK_PPP_BSDOS: return link_ppp_bsdos(w);
	case DLT_PPP_ETHER: return link_pppoe(w);
	case DLT_C_HDLC: return link_chdlc(w);
	case DLT_SLIP: return link_slip(w, 16);
	case LINK_SLIP_BSDOS: return link_slip(w, 24);
	case DLT_LINUX_SLL: return link_cooked(w);
	case DLT_LINUX_SLL2: return link_cooked2(w);
	case DLT_IEEE802_11: return walk_wlan(w, false);
	case DLT_IEEE802_11_RADIO: return link_radiotap(w);
	case DLT_PRISM_HEADER: return link_wlan_behind(w, 144);
	case LINK_IEEE802_11_AVS: return link_wlan_behind(w, 64);
	case DLT_PPI: return link_ppi(w, depth);
	case DLT_ERF: return link_erf(w);
	case DLT_FDDI: return link_fddi(w);
	case DLT_IEEE802: return link_token_ring(w);
	case DLT_ATM_RFC1483: return link_atm(w);
	case DLT_ATM_CLIP: return link_clip(w);
	case DLT_ENC: return link_enc(w);
	case DLT_ARCNET: return link_arcnet(w, 2);
	case DLT_ARCNET_LINUX: return link_arcnet(w, 4);
	case DLT_JUNIPER_ETHER: return link_juniper_ether(w);
	case DLT_PFLOG: return link_pflog(w);
	case DLT_IPNET: return take_uncounted(w, 24) != NULL ? WALK_IP : drop(w, UNDECODABLE_SHORT);
	case DLT_LTALK: return drop(w, UNDECODABLE_LINK); /* AppleTalk only */
	default: return -1;
	}
}

int walk_link(struct walk *w)
{
	int type;

	w->p->base_length = w->p->wirelen;
	type = walk_dlt(w, w->p->link, 0);
	return type < 0 ? drop(w, UNDECODABLE_LINK) : type;
}

bool link_is_supported(int dlt)
{
	struct packet none = { .bytes = (const uint8_t *)"" };
	struct walk w = { .p = &none, .up = span_of(none.bytes, 0) };

	return dlt >= 0 && walk_dlt(&w, (uint32_t)dlt, 0) >= 0;
}
