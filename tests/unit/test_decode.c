/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From bytes to keys: every link type and every kind of key, in hand-made packets
 * (probe.md 4.2, 5, 6), and the two ways of decoding held together. */
#include "tests/unit/unit.h"

#include <pcap/dlt.h>

#include "argus/base/pen.h"
#include "argus/decode.h"
#include "tests/unit/hex.h"

#define MAC_A " 02000000000a "
#define MAC_B " 02000000000b "
#define E MAC_B MAC_A /* from a to b */
#define F MAC_A MAC_B
#define ADDRESSES " 0a000001 0a000002 "
#define UDP_IP " 45000026 00070000 40110000 " ADDRESSES
#define UDP UDP_IP "03e807d0 00120000 78*10"
#define UDP_KEY "02010105 0a000001 0a000002 110003e8 07d00000"
#define V6_A " 2001 00*13 01 "
#define V6_B " 2001 00*13 02 "
#define UDP6 " 60000000 0012 11 40 " V6_A V6_B "03e807d0 00120000 78*10"
#define UDP6_KEY "0201020b " V6_B V6_A "11000000 07d003e8"
#define LLC_SNAP " aaaa03 000000 "
#define WLAN_DATA " 0801 0000 02000000000c " MAC_A MAC_B "1000 "

enum { R = 1, D = 2 }; /* reversed, direction */

struct row {
	const char *name;
	uint16_t link;
	const char *bytes;
	const char *key; /* NULL: none */
	int flags;
	int base; /* less than the frame */
	int length, payload;
	uint32_t encaps;
};

static const struct row link_rows[] = {
	{ "Ethernet", 1, E "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ETHER },
	{ "Ethernet, IPv6", 1, E "86dd" UDP6, UDP6_KEY, R, 0, 18, 18, ENCAPS_ETHER },
	{ "NULL", 0, "02000000" UDP, UDP_KEY, 0, 4, 18, 18, 0 },
	{ "NULL, other byte order", 0, "00000002" UDP, UDP_KEY, 0, 4, 18, 18, 0 },
	{ "NULL, IPv6", 0, "1e000000" UDP6, UDP6_KEY, R, 4, 18, 18, 0 },
	{ "NULL, AppleTalk", 0, "10000000" UDP, NULL, 0, 4, 0, 0, 0 },
	{ "LOOP", 108, "00000002" UDP, UDP_KEY, 0, 4, 18, 18, 0 },
	{ "RAW", 12, UDP, UDP_KEY, 0, 0, 18, 18, 0 },
	{ "RAW, IPv6", 101, UDP6, UDP6_KEY, R, 0, 18, 18, 0 },
	{ "RAW, no IP", 12, "35000026 00*40", NULL, 0, 0, 0, 0, 0 },
	{ "IPV4", 228, UDP, UDP_KEY, 0, 0, 18, 18, 0 },
	{ "IPV6", 229, UDP6, UDP6_KEY, R, 0, 18, 18, 0 },
	{ "PPP", 9, "ff030021" UDP, UDP_KEY, 0, 4, 18, 18, ENCAPS_PPP },
	{ "PPP, four bytes of anything", 9, "00000000" UDP, UDP_KEY, 0, 4, 18, 18, ENCAPS_PPP },
	{ "PPP_SERIAL", 50, "ff030021" UDP, UDP_KEY, 0, 4, 18, 18, ENCAPS_PPP | ENCAPS_HDLC },
	{ "PPP_SERIAL, short protocol", 50, "ff0321" UDP, UDP_KEY, 0, 3, 18, 18, ENCAPS_PPP | ENCAPS_HDLC },
	{ "PPP_SERIAL, HDLC", 50, "0f000800" UDP, UDP_KEY, 0, 4, 18, 18, ENCAPS_CHDLC },
	{ "PPP_SERIAL, MPLS", 50, "ff030281 00064140" UDP, UDP_KEY, 0, 4, 18, 18,
	  ENCAPS_PPP | ENCAPS_HDLC | ENCAPS_MPLS },
	{ "PPP_SERIAL, LCP", 50, "ff03c021 01050004", "02010902 01050000", 0, 4, 4, 4, ENCAPS_PPP | ENCAPS_HDLC },
	{ "PPP_BSDOS", 16, "ff030021" UDP, UDP_KEY, 0, 4, 18, 18, ENCAPS_PPP },
	{ "PPP_ETHER", 51, "1100 0001 0028 0021" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_PPP },
	{ "C_HDLC", 104, "0f000800" UDP, UDP_KEY, 0, 4, 18, 18, ENCAPS_CHDLC },
	{ "C_HDLC, keep-alive", 104, "8f008035 00*18", NULL, 0, 4, 0, 0, ENCAPS_CHDLC },
	{ "SLIP", 8, "00*16" UDP, UDP_KEY, 0, 16, 18, 18, ENCAPS_SLIP },
	{ "SLIP_BSDOS", 15, "00*24" UDP, UDP_KEY, 0, 16, 18, 18, ENCAPS_SLIP },
	{ "LINUX_SLL", 113, "0004 0001 0006 0200000000aa 0000 0800" UDP, UDP_KEY, 0, 16, 18, 18,
	  ENCAPS_SLL | ENCAPS_ETHER },
	{ "LINUX_SLL, LLC", 113, "0002 0001 0006 0200000000aa 0000 0004 424203 00*43",
	  "02010305 0200000000aa 01 00*5 0000 4242", R, 16, 46, 43, ENCAPS_SLL | ENCAPS_ETHER | ENCAPS_LLC },
	{ "LINUX_SLL2", 276, "0800 0000 00000002 0001 04 06 0200000000aa 0000" UDP, UDP_KEY, 0, 20, 18, 18,
	  ENCAPS_SLL | ENCAPS_ETHER },
	{ "802.11", 105, WLAN_DATA LLC_SNAP "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_WLAN | ENCAPS_LLC },
	{ "802.11 with QoS", 105, "88" "01 0000 02000000000c " MAC_A MAC_B "1000 0000" LLC_SNAP "0800" UDP, UDP_KEY, 0, 0, 18,
	  18, ENCAPS_WLAN | ENCAPS_LLC },
	{ "802.11, EAPOL", 105, WLAN_DATA LLC_SNAP "888e 00*20",
	  "0201080e 02000000000c" MAC_A MAC_B "00*34", 0, 0, 52, 52, ENCAPS_WLAN | ENCAPS_LLC },
	{ "802.11, beacon", 105, "80000000 ff*6" MAC_B MAC_B "1000 00*8 6400 0104 0004 74657374 010182",
	  "0201080e ff*6" MAC_B MAC_B "74657374 00*30", 0, 0, 45, 45, ENCAPS_WLAN },
	{ "802.11, acknowledgement", 105, "d4000000" MAC_A, "0201080e" MAC_A "00*46", 0, 0, 10, 10, ENCAPS_WLAN },
	{ "802.11, protected", 105, "0841 0000 02000000000c " MAC_A MAC_B "1000 00*30",
	  "0201080e 02000000000c" MAC_A MAC_B "00*34", 0, 0, 54, 54, ENCAPS_WLAN },
	{ "radiotap", 127, "0000 0800 00000000" WLAN_DATA LLC_SNAP "0800" UDP, UDP_KEY, 0, 8, 18, 18,
	  ENCAPS_WLAN | ENCAPS_LLC },
	{ "radiotap, padded header", 127,
	  "0000 0900 02000000 20 8801 0000 02000000000c " MAC_A MAC_B "1000 0000 0000" LLC_SNAP "0800" UDP, UDP_KEY, 0, 9, 18,
	  18, ENCAPS_WLAN | ENCAPS_LLC },
	{ "Prism", 119, "00*144" WLAN_DATA LLC_SNAP "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_WLAN | ENCAPS_LLC },
	{ "AVS", 163, "00*64" WLAN_DATA LLC_SNAP "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_WLAN | ENCAPS_LLC },
	{ "PPI, Ethernet", 192, "0000 0800 01000000" E "0800" UDP, UDP_KEY, 0, 8, 18, 18, ENCAPS_ETHER },
	{ "PPI in PPI", 192, "0000 0800 c0000000 0000 0800 01000000" E "0800" UDP, NULL, 0, 16, 0, 0, 0 },
	{ "ERF, Ethernet", 197, "00*8 02 00 0046 0000 0034 0000" E "0800" UDP, UDP_KEY, 0, 18, 18, 18, ENCAPS_ETHER },
	{ "ERF, Ethernet, extension header", 197, "00*8 82 00 004e 0000 0034 00*8 0000" E "0800" UDP, UDP_KEY, 0, 26, 18,
	  18, ENCAPS_ETHER },
	{ "FDDI", 10, "50 4000000000d0 400000000050" LLC_SNAP "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_FDDI | ENCAPS_LLC },
	{ "token ring", 6, "1040" E LLC_SNAP "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_LLC },
	{ "token ring, source route", 6, "1040" MAC_B "82000000000a 0600 0000 0000" LLC_SNAP "0800" UDP, UDP_KEY, 0, 0, 18, 18,
	  ENCAPS_LLC },
	{ "ATM, SNAP", 11, LLC_SNAP "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ATM | ENCAPS_LLC },
	{ "ATM, 802.6 header first", 11, "00*20" LLC_SNAP "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ATM | ENCAPS_LLC },
	{ "ATM, bridged Ethernet", 11, "aaaa03 0080c2 0007 0000" E "0800" UDP, UDP_KEY, 0, 0, 18, 18,
	  ENCAPS_ATM | ENCAPS_LLC | ENCAPS_ETHER },
	{ "ATM_CLIP, bare", 19, UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ATM },
	{ "ENC", 109, "02000000 00000077 00000000" UDP, UDP_KEY, 0, 12, 18, 18, ENCAPS_SPI },
	{ "ARCNET", 7, "0102 d4 00 0000" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ARCNET },
	{ "ARCNET, old type", 7, "0102 f0" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ARCNET },
	{ "ARCNET_LINUX, old type", 129, "0102 0000 f0" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ARCNET },
	{ "ARCNET_LINUX", 129, "0102 0000 d4 00 0000" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ARCNET },
	{ "JUNIPER_ETHER", 178, "4d4743 00" E "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_JUNIPER | ENCAPS_ETHER },
	{ "JUNIPER_ETHER, extensions", 178, "4d4743 80 0003 010203" E "0800" UDP, UDP_KEY, 0, 0, 18, 18,
	  ENCAPS_JUNIPER | ENCAPS_ETHER },
	{ "PFLOG", 117, "3d 02 00*62" UDP, UDP_KEY, 0, 64, 18, 18, 0 },
	{ "IPNET", 226, "00*24" UDP, UDP_KEY, 0, 24, 18, 18, 0 },
	{ "LTALK", 114, "00*40", NULL, 0, 0, 0, 0, 0 },
	{ "unknown", 9999, "00*40", NULL, 0, 0, 0, 0, 0 },
};

static const struct row walk_rows[] = {
	{ "802.1Q", 1, E "8100 6005 0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ETHER | ENCAPS_8021Q },
	{ "802.1Q in 802.1Q", 1, E "8100 0005 8100 6007 0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ETHER | ENCAPS_8021Q },
	{ "802.1ad is not looked into", 1, E "88a8 0005 8100 0007 0800" UDP, "02010305" MAC_B MAC_A "88a80000", 0, 0, 60,
	  46, ENCAPS_ETHER },
	{ "tagged LLC", 1, "0180c2000000" MAC_A "8100 0005 0026 424203 00*43", "02010305" MAC_A "0180c2000000 0000 4242", R, 0,
	  64, 43, ENCAPS_ETHER | ENCAPS_8021Q | ENCAPS_LLC },
	{ "MPLS", 1, E "8847 00064040 000c8140" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ETHER | ENCAPS_MPLS },
	{ "MPLS, IPv6", 1, E "8847 00064140" UDP6, UDP6_KEY, R, 0, 18, 18, ENCAPS_ETHER | ENCAPS_MPLS },
	{ "MPLS, Ethernet", 1, E "8848 00064140" E "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ETHER | ENCAPS_MPLS },
	{ "PPPoE", 1, E "8864 1100 0001 0028 0021" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ETHER | ENCAPS_PPP },
	{ "PPPoE, LCP", 1, E "8864 1100 0001 0008 c021 00*40", "02010305" MAC_B MAC_A "88640000", 0, 0, 62, 40,
	  ENCAPS_ETHER | ENCAPS_PPP },
	{ "PPPoE, discovery", 1, E "8863 1109 0000 0004 00*44", "02010305" MAC_B MAC_A "88630000", 0, 0, 64, 50,
	  ENCAPS_ETHER | ENCAPS_PPP },
	{ "SNAP", 1, E "002e" LLC_SNAP "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ETHER | ENCAPS_LLC },
	{ "SNAP, CDP", 1, "01000ccccccc" MAC_A "0028 aaaa03 00000c 2000 63*32", "02010305" MAC_A "01000ccccccc 0000 aaaa", R, 0,
	  54, 32, ENCAPS_ETHER | ENCAPS_LLC },
	{ "raw IPX", 1, E "0028 ffff 00*44", "02010305" MAC_B MAC_A "0000 ffff", 0, 0, 60, 46, ENCAPS_ETHER | ENCAPS_LLC },
	{ "ISL", 1, "01000c000000" MAC_A "0040 aaaa03 00*9" E "0800" UDP, UDP_KEY, 0, 0, 18, 18, ENCAPS_ETHER | ENCAPS_ISL },
	{ "GRE", 1, E "0800 45000040 00010000 402f0000 c0a80001 c0a80002 00000800" UDP, UDP_KEY, 0, 0, 18, 18,
	  ENCAPS_ETHER | ENCAPS_GRE },
	{ "GRE with a key", 1, E "0800 45000040 00010000 402f0000 c0a80001 c0a80002 20000800 00000005" UDP, UDP_KEY, 0, 0, 18,
	  18, ENCAPS_ETHER | ENCAPS_GRE },
	{ "GRE 1, PPP", 1, E "0800 45000040 00010000 402f0000 c0a80001 c0a80002 3001880b 002e0005 00000001 ff030021" UDP,
	  UDP_KEY, 0, 0, 18, 18, ENCAPS_ETHER | ENCAPS_GRE | ENCAPS_PPP },
	{ "GRE of something", 1, E "0800 4500002c 00010000 402f0000" ADDRESSES "00001234 78*20",
	  "02010105 0a000001 0a000002 2f000000 00000000", 0, 0, 24, 24, ENCAPS_ETHER | ENCAPS_GRE },
	{ "ARP in GRE", 1,
	  E "0800 45000034 00010000 402f0000" ADDRESSES "00000806 0001 0800 06 04 0001" MAC_A "0a000001 00*6 0a000002",
	  "02060407 0001 0800 06 04 0001 0a000001 0a000002" MAC_A "0000", 0, 0, 38, 28, ENCAPS_ETHER | ENCAPS_GRE },
	{ "later fragment of GRE", 1, E "0800 45000040 00010008 402f0000" ADDRESSES "00000800" UDP,
	  "02018105 0a000001 0a000002 2f000000 0000 0100", 0, 0, 44, 62, ENCAPS_ETHER },
	{ "ERSPAN II", 1, E "0800 45000058 00010000 402f0000 c0a80001 c0a80002 100088be 00000001 10010001 00000000" E "0800" UDP,
	  UDP_KEY, 0, 0, 18, 18, ENCAPS_ETHER | ENCAPS_GRE | ENCAPS_ERSPAN_II },
	{ "UDT over Ethernet", 1, E "beef 00*60", NULL, 0, 0, 0, 0, ENCAPS_ETHER },
	{ "cut IP header", 1, E "0800 450003e8 00070000 40110000", "02010305" MAC_B MAC_A "08000000", 0, 0, 26, 12,
	  ENCAPS_ETHER },
	{ "IP length 0", 1, E "0800 45000000 00010000 40060000" ADDRESSES "00*20", "02010305" MAC_B MAC_A "08000000", 0, 0, 54,
	  40, ENCAPS_ETHER },
	{ "IP version 5", 1, E "0800 55000026 00070000 40110000" ADDRESSES "00*20", "02010305" MAC_B MAC_A "08000000", 0, 0, 54,
	  40, ENCAPS_ETHER },
	{ "cut Ethernet header", 1, "02000000000b02000000", NULL, 0, 0, 0, 0, 0 },
};

static const struct row key_rows[] = {
	{ "UDP, reversed", 1, F "0800 45000026 00070000 40110000 0a000002 0a000001 07d003e8 00120000 78*10", UDP_KEY, R, 0, 18,
	  18, ENCAPS_ETHER },
	{ "UDP, same address", 1, E "0800 45000026 00070000 40110000 0a000001 0a000001 07d003e8 00120000 78*10",
	  "02010105 0a000001 0a000001 110003e8 07d00000", R, 0, 18, 18, ENCAPS_ETHER },
	{ "UDP, padded", 1, E "0800" UDP " 50*8", UDP_KEY, 0, 0, 18, 26, ENCAPS_ETHER },
	{ "UDP, two bytes captured", 1, E "0800" UDP_IP "03e8", "02010105 0a000001 0a000002 11000000 00000000", 0, 0, 18, 2,
	  ENCAPS_ETHER },
	{ "DNS", 1, E "0800 45000028 00070000 40110000" ADDRESSES "0fa00035 00140000 1234 00*10",
	  "02010105 0a000001 0a000002 11000fa0 0035 3412", 0, 0, 20, 20, ENCAPS_ETHER },
	{ "TCP", 1, E "0800 45000028 00010000 40060000" ADDRESSES "03e80050 00*8 5002 2000 00000000",
	  "02010105 0a000001 0a000002 060003e8 00500000", 0, 0, 20, 20, ENCAPS_ETHER },
	{ "TCP, too short by its IP header", 1, E "0800 45000024 00010000 40060000" ADDRESSES "03e80050 00*16",
	  "02010105 0a000001 0a000002 06000000 00000000", 0, 0, 16, 20, ENCAPS_ETHER },
	{ "IP options", 1, E "0800 46000020 00010000 40110000" ADDRESSES "07030400 00010002 00080000",
	  "02010105 0a000001 0a000002 11000001 00020000", 0, 0, 8, 8, ENCAPS_ETHER },
	{ "protocol 99", 1, E "0800 45000028 00010000 40630000 0a000002 0a000001 78*20",
	  "02010105 0a000001 0a000002 63000000 00000000", R, 0, 20, 20, ENCAPS_ETHER },
	{ "AH of 24 bytes", 1, E "0800 45000040 00010000 40330000" ADDRESSES "06040000 00000077 00000001 01*12 03e80050 00*16",
	  "02010105 0a000001 0a000002 060003e8 00500000", 0, 0, 20, 20, ENCAPS_ETHER | ENCAPS_AH },
	{ "echo", 1, E "0800 4500001c 00010000 40010000" ADDRESSES "08000000 00050001",
	  "02010105 0a000001 0a000002 01000800 0500 0100", 0, 0, 8, 8, ENCAPS_ETHER },
	{ "echo reply", 1, F "0800 4500001c 00010000 40010000 0a000002 0a000001 00000000 00050001",
	  "02010105 0a000001 0a000002 01000800 0500 0100", R | D, 0, 8, 8, ENCAPS_ETHER },
	{ "timestamp reply", 1, F "0800 45000028 00010000 40010000 0a000002 0a000001 0e000000 00050001 00*12",
	  "02010105 0a000001 0a000002 01000d00 00000000", R | D, 0, 20, 20, ENCAPS_ETHER },
	{ "port unreachable", 1, F "0800 45000042 00010000 40010000 0a000002 0a000001 03030000 00000000" UDP,
	  "02010105 0a000002 0a000001 01110303 d007 0000", 0, 0, 46, 46, ENCAPS_ETHER },
	{ "protocol unreachable", 1, F "0800 45000042 00010000 40010000 0a000002 0a000001 03020000 00000000" UDP,
	  "02010105 0a000002 0a000001 01000302 1100 0000", 0, 0, 46, 46, ENCAPS_ETHER },
	{ "host unreachable", 1, F "0800 45000042 00010000 40010000 0a000002 0a000001 03010000 00000000" UDP,
	  "02010105 0a000002 0a000001 01000301 0a000002", 0, 0, 46, 46, ENCAPS_ETHER },
	{ "redirect", 1, F "0800 45000042 00010000 40010000 0a000002 0a000001 05010000 0a0000fd" UDP,
	  "02010105 0a000002 0a000001 01000501 0a000002", 0, 0, 46, 46, ENCAPS_ETHER },
	{ "unreachable, header cut", 1, F "0800 45000020 00010000 40010000 0a000002 0a000001 03030000 00000000 4500001c",
	  "02010105 0a000002 0a000001 01000303 00000000", 0, 0, 12, 12, ENCAPS_ETHER },
	{ "ICMP without a byte", 1, E "0800 4500001c 00010000 40010000" ADDRESSES, NULL, 0, 0, 0, 0, ENCAPS_ETHER },
	{ "IGMP report", 1, E "0800 4500001c 00020000 40020000 0a000002 ef010101 16000000 ef010101",
	  "02010105 0a000002 ef010101 02001600 00000000", 0, 0, 8, 8, ENCAPS_ETHER },
	{ "IGMP general query", 1, E "0800 4500001c 00020000 40020000 0a000002 e0000001 11000000 00000000",
	  "02010105 0a000002 e0000001 02001100 00000000", 0, 0, 8, 8, ENCAPS_ETHER },
	{ "IGMPv3 report", 1, E "0800 4500001c 00020000 40020000 0a000002 e0000016 22000000 00000001",
	  "02010105 0a000002 e0000016 02002200 00000000", 0, 0, 8, 8, ENCAPS_ETHER },
	{ "ESP", 1, E "0800 45000044 00010000 40320000 0a000002 0a000001 00001001 00000001 65*40",
	  "02010105 0a000002 0a000001 32000000 00001001", 0, 0, 48, 48, ENCAPS_ETHER },
	{ "ESP, cut", 1, E "0800 45000044 00010000 40320000" ADDRESSES "00001001", NULL, 0, 0, 0, 0, ENCAPS_ETHER },
	{ "later fragment", 1, F "0800 45000028 006320b9 40110000 0a000002 0a000001 78*20",
	  "02018105 0a000001 0a000002 11000000 0000 6300", R | D, 0, 20, 40, ENCAPS_ETHER },
	{ "IPv6, padded", 1, E "86dd 60000000 000c 11 40" V6_A V6_B "03e807d0 000c0000 41424344 50*10", UDP6_KEY, R, 0, 12, 22,
	  ENCAPS_ETHER },
	{ "IPv6, one address", 1, E "86dd 60000000 0008 11 40" V6_A V6_A "07d003e8 00080000",
	  "0201020b" V6_A V6_A "11000000 03e807d0", R, 0, 8, 8, ENCAPS_ETHER },
	{ "IPv6, extension headers", 1, E "86dd 60000000 0018 00 40" V6_A V6_B "3c00 0104 00000000 1100 0104 00000000 03e807d0 00080000",
	  UDP6_KEY, R, 0, 8, 8, ENCAPS_ETHER },
	{ "IPv6, extension header cut", 1, E "86dd 60000000 0018 00 40" V6_A V6_B "3c00 0104",
	  "0201020b" V6_B V6_A "3c000000 00000000", R, 0, 0, 0, ENCAPS_ETHER },
	{ "IPv6, ESP", 1, E "86dd 60000000 0010 32 40" V6_A V6_B "00001001 00000001 65*8",
	  "0201020b" V6_A V6_B "32000000 00001001", 0, 0, 16, 16, ENCAPS_ETHER },
	{ "IPv6, later fragment", 1, E "86dd 60000000 0010 2c 40" V6_A V6_B "1100 04d0 00000005 78*8",
	  "0201820b" V6_B V6_A "11000000 05000000", R, 0, 8, 56, ENCAPS_ETHER },
	{ "IPv6, first fragment", 1, E "86dd 60000000 0010 2c 40" V6_A V6_B "1100 0001 00000005 03e807d0 00080000", UDP6_KEY, R,
	  0, 8, 8, ENCAPS_ETHER },
	{ "ICMPv6 echo reply", 1, E "86dd 60000000 0008 3a 40" V6_B V6_A "81000000 00050001",
	  "0201020b" V6_B V6_A "3a000000 80000000", 0, 0, 8, 8, ENCAPS_ETHER },
	{ "IPv6 of 39 bytes", 1, E "86dd 60000000 0000 3a 40" V6_B "2001 00*13", NULL, 0, 0, 0, 0, ENCAPS_ETHER },
	{ "ARP request", 1, "ff*6" MAC_A "0806 0001 0800 06 04 0001" MAC_A "0a000001 00*6 0a000002",
	  "02060407 0001 0800 06 04 0001 0a000001 0a000002" MAC_A "0000", 0, 0, 14, 28, ENCAPS_ETHER },
	{ "ARP reply, tagged", 1, F "8100 0005 0806 0001 0800 06 04 0002" MAC_B "0a000002" MAC_A "0a000001",
	  "02060407 0001 0800 06 04 0001 0a000001 0a000002" MAC_A "0000", R, 0, 18, 28, ENCAPS_ETHER | ENCAPS_8021Q },
	{ "RARP request", 1, "ff*6" MAC_A "8035 0001 0800 06 04 0003" MAC_A "00000000" MAC_A "00000000",
	  "02060507 0001 0800 06 04 0003 00000000" MAC_A MAC_A, 0, 0, 14, 28, ENCAPS_ETHER },
	{ "RARP reply", 1, F "8035 0001 0800 06 04 0004" MAC_B "0a000002" MAC_A "0a000001",
	  "02060507 0001 0800 06 04 0003 00000000" MAC_A MAC_A, R, 0, 14, 28, ENCAPS_ETHER },
	{ "InARP", 1, E "0806 0001 0800 06 04 0008" MAC_A "0a000001 00*6 0a000002", NULL, 0, 0, 0, 0, ENCAPS_ETHER },
	{ "ARP with addresses of 200 bytes", 1, E "0806 0001 0800 c8 04 0001 07*200 0a000001",
	  "0206040d 0001 0800 20 04 0001 0a000001 00000000 07*32", 0, 0, 198, 212, ENCAPS_ETHER },
	{ "IS-IS hello", 1, "0180c2000014" MAC_A "002e fefe03 831b01000f010000 01 020202020202 001e 001b 40 03030303030304",
	  "02010a0b 0000000f" MAC_A "0180c2000014 01000000 020202020202 03030303030304 00 00004fdd 0000", 0, 0, 27, 27,
	  ENCAPS_ETHER | ENCAPS_LLC },
	{ "IS-IS link state", 1,
	  "0180c2000014" MAC_A "002e fefe03 831b010012010000 001b 04af 0202020202020000 0000000f 9b5a 03",
	  "02010a0b 00000012" MAC_A "0180c2000014 01000000 0202020202020000 0f000000 0000 00009b5a 0000", 0, 0, 27, 27,
	  ENCAPS_ETHER | ENCAPS_LLC },
	{ "IS-IS of another kind", 1, "0180c2000014" MAC_A "002e fefe03 831b010011010000 00*19",
	  "02010305" MAC_A "0180c2000014 0083 fefe", R, 0, 27, 27, ENCAPS_ETHER | ENCAPS_LLC },
};

static const struct decode_options plain = { .flow_key = FLOW_KEY_TUPLE, .seed = 1 };

static void fill(struct packet *p, uint8_t *room, uint16_t link, const char *text)
{
	*p = (struct packet){ .bytes = room, .link = link };
	p->caplen = p->wirelen = (uint32_t)hex_bytes(text, room);
}

/* The bytes stand at the very end of an allocation, so that the sanitizer sees a read too far. */
static uint8_t *decode_row(struct packet *p, uint16_t link, const char *text, const struct decode_options *o, bool *has_key)
{
	uint8_t room[2048], *exact;

	fill(p, room, link, text);
	exact = malloc(p->caplen + 1);
	memcpy(exact, room, p->caplen);
	exact = realloc(exact, p->caplen);
	p->bytes = exact;
	*has_key = decode_packet(p, o);
	return exact;
}

static void check_row(const struct row *row)
{
	struct packet p;
	uint8_t want[PROBE_KEY_MAX];
	bool has_key;
	uint8_t *bytes = decode_row(&p, row->link, row->bytes, &plain, &has_key);
	size_t length;

	if (has_key != (row->key != NULL))
		fail_msg("%s: %s", row->name, has_key ? "has a key" : "has no key");
	if (p.base_length != p.wirelen - (uint32_t)row->base)
		fail_msg("%s: base length %u of %u", row->name, p.base_length, p.wirelen);
	if (p.encaps != row->encaps)
		fail_msg("%s: encapsulation %#x", row->name, p.encaps);
	if (row->key != NULL) {
		length = hex_bytes(row->key, want);
		if (p.key.dsr_length != length || memcmp(p.key.bytes, want, length) != 0)
			fail_msg("%s: wrong key", row->name);
		if (p.key.is_reversed != ((row->flags & R) != 0) || p.key.is_direction != ((row->flags & D) != 0))
			fail_msg("%s: wrong direction", row->name);
		if (p.length != row->length || span_left(&p.payload) != (size_t)row->payload)
			fail_msg("%s: length %d, payload %zu", row->name, p.length, span_left(&p.payload));
		assert_int_equal(p.key.length % 8, 0);
		assert_int_equal(p.undecodable, UNDECODABLE_NONE);
	} else {
		assert_int_not_equal(p.undecodable, UNDECODABLE_NONE);
		assert_int_equal(p.net, NET_NONE);
	}
	free(bytes);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i]);
}

static void every_link_type_leads_to_its_packet(void **state)
{
	(void)state;
	check_rows(link_rows, ARRAY_LENGTH(link_rows));
}

static void the_walk_ends_at_the_innermost_header_it_knows(void **state)
{
	(void)state;
	check_rows(walk_rows, ARRAY_LENGTH(walk_rows));
}

static void keys_are_the_words_of_the_flow_dsr(void **state)
{
	(void)state;
	check_rows(key_rows, ARRAY_LENGTH(key_rows));
}

/* Every row cut at every byte: nothing but the captured bytes may be read. */
static void cut_packets_do_no_harm(void **state)
{
	static const struct { const struct row *rows; size_t count; } all[] = {
		{ link_rows, ARRAY_LENGTH(link_rows) },
		{ walk_rows, ARRAY_LENGTH(walk_rows) },
		{ key_rows, ARRAY_LENGTH(key_rows) },
	};
	struct packet p;
	struct embedded embedded;
	uint8_t room[2048];

	(void)state;
	for (size_t a = 0; a < ARRAY_LENGTH(all); a++)
		for (size_t i = 0; i < all[a].count; i++) {
			fill(&p, room, all[a].rows[i].link, all[a].rows[i].bytes);
			for (uint32_t cut = 0; cut <= p.wirelen; cut++) {
				uint8_t *exact = malloc(cut > 0 ? cut : 1);

				memcpy(exact, room, cut);
				p.bytes = exact;
				p.caplen = cut;
				if (decode_packet(&p, &plain)) {
					assert_true(p.payload.end <= exact + cut && p.payload.at >= exact);
					decode_embedded(&p, &plain, &embedded);
				}
				free(exact);
			}
		}
}

static void flow_key_adds_to_the_key(void **state)
{
	static const char tagged[] = F "8100 6005 0800 45000026 00070000 40110000 0a000002 0a000001 07d003e8 00120000 78*10";
	struct decode_options o = { .flow_key = FLOW_KEY_TUPLE | FLOW_KEY_VLAN | FLOW_KEY_LOCAL_MPLS | FLOW_KEY_L2, .seed = 1 };
	uint8_t want[PROBE_KEY_MAX];
	struct packet p;
	bool has_key;
	uint8_t *bytes = decode_row(&p, DLT_EN10MB, tagged, &o, &has_key);

	(void)state;
	assert_true(has_key);
	hex_bytes(UDP_KEY "00000005 00000000" MAC_B MAC_A "8100 0000 00*8", want);
	assert_int_equal(p.key.dsr_length, 20);
	assert_int_equal(p.key.length, 48);
	assert_memory_equal(p.key.bytes, want, 48);
	assert_int_equal(p.tci, 0x6005);
	free(bytes);
	o.is_unidirectional = true;
	o.flow_key = FLOW_KEY_TUPLE;
	bytes = decode_row(&p, DLT_EN10MB, tagged, &o, &has_key);
	assert_false(p.key.is_reversed);
	hex_bytes("02010105 0a000002 0a000001 110007d0 03e80000", want);
	assert_memory_equal(p.key.bytes, want, 20);
	free(bytes);
}

static void matrix_keys_are_addresses_only(void **state)
{
	struct decode_options o = { .flow_key = FLOW_KEY_L3_MATRIX, .seed = 1 };
	uint8_t want[PROBE_KEY_MAX];
	struct packet p;
	bool has_key;
	uint8_t *bytes = decode_row(&p, DLT_EN10MB, E "0800" UDP, &o, &has_key);

	(void)state;
	hex_bytes("02030103 0100000a 0200000a", want);
	assert_int_equal(p.key.dsr_length, 12);
	assert_memory_equal(p.key.bytes, want, 12);
	free(bytes);
	o.flow_key = FLOW_KEY_L2_MATRIX;
	bytes = decode_row(&p, DLT_EN10MB, E "0800" UDP, &o, &has_key);
	hex_bytes("02010305" MAC_B MAC_A "08000000", want);
	assert_int_equal(p.net, NET_ETHER);
	assert_int_equal(p.ttl, 64);
	assert_memory_equal(p.key.bytes, want, 20);
	free(bytes);
	o.flow_key = FLOW_KEY_VLAN;
	bytes = decode_row(&p, DLT_EN10MB, E "0800" UDP, &o, &has_key);
	assert_false(has_key);
	free(bytes);
}

static void teredo_is_looked_into_on_demand(void **state)
{
	static const char teredo[] = E "0800 45000060 00070000 40110000" ADDRESSES "0fa00dd8 00440000 0000f227 0a000001" UDP6;
	struct decode_options o = { .flow_key = FLOW_KEY_TUPLE, .has_tunnel_discovery = true, .seed = 1 };
	struct packet p;
	bool has_key;
	uint8_t *bytes = decode_row(&p, DLT_EN10MB, teredo, &plain, &has_key);

	(void)state;
	assert_int_equal(p.net, NET_IPV4);
	free(bytes);
	bytes = decode_row(&p, DLT_EN10MB, teredo, &o, &has_key);
	assert_int_equal(p.net, NET_IPV6);
	assert_int_equal(p.encaps, ENCAPS_ETHER | ENCAPS_TEREDO);
	assert_int_equal(p.sport, 1000);
	free(bytes);
}

static void errors_embed_the_key_of_their_flow(void **state)
{
	static const char error[] = F "0800 45000042 00010000 40010000 0a000002 0a000001 03030000 00000000" UDP;
	static const char error6[] = F "86dd 60000000 0042 3a 40" V6_B V6_A "01040000 00000000" UDP6;
	struct packet flow, p;
	struct embedded e;
	bool has_key;
	uint8_t *flow_bytes = decode_row(&flow, DLT_EN10MB, E "0800" UDP, &plain, &has_key);
	uint8_t *bytes = decode_row(&p, DLT_EN10MB, error, &plain, &has_key);

	(void)state;
	assert_true(decode_embedded(&p, &plain, &e));
	assert_int_equal(e.key.length, flow.key.length);
	assert_memory_equal(e.key.bytes, flow.key.bytes, flow.key.length);
	assert_true(e.hash == flow.hash);
	assert_int_equal(e.length, 18);
	assert_false(decode_embedded(&flow, &plain, &e));
	free(flow_bytes);
	free(bytes);
	flow_bytes = decode_row(&flow, DLT_EN10MB, E "86dd" UDP6, &plain, &has_key);
	bytes = decode_row(&p, DLT_EN10MB, error6, &plain, &has_key);
	assert_true(decode_embedded(&p, &plain, &e));
	assert_true(e.hash == flow.hash);
	free(flow_bytes);
	free(bytes);
}

static void all_fragments_have_one_key(void **state)
{
	static const char *const pairs[][2] = {
		{ F "0800 45000028 00632000 40110000 0a000002 0a000001 03e807d0 78*16",
		  F "0800 45000028 006320b9 40110000 0a000002 0a000001 78*20" },
		{ E "86dd 60000000 0010 2c 40" V6_A V6_B "1100 0001 00000005 03e807d0 00080000",
		  E "86dd 60000000 0010 2c 40" V6_A V6_B "1100 04d0 00000005 78*8" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++) {
		struct packet first, later;
		struct probe_key key;
		uint64_t hash;
		bool has_key;
		uint8_t *a = decode_row(&first, DLT_EN10MB, pairs[i][0], &plain, &has_key);
		uint8_t *b = decode_row(&later, DLT_EN10MB, pairs[i][1], &plain, &has_key);

		assert_false(first.is_fragment_key);
		assert_true(first.more_fragments && later.is_fragment_key);
		assert_true(decode_fragment_key(&first, &plain, &key, &hash));
		assert_int_equal(key.length, later.key.length);
		assert_memory_equal(key.bytes, later.key.bytes, key.length);
		assert_true(hash == later.hash);
		assert_int_equal(key.is_reversed, later.key.is_reversed);
		free(a);
		free(b);
	}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Ethernet, IPv4 and a transport header, mostly sound. */
static void random_packet(struct packet *p, uint8_t *room, uint32_t *seed)
{
	static const uint8_t protocols[] = { 6, 17, 6, 17, 1, 47 };
	static const uint8_t ports[] = { 53, 80, 81, 53 };

	for (size_t i = 0; i < 128; i++)
		room[i] = (uint8_t)next_random(seed);
	put_be16(room + 12, next_random(seed) % 16 ? 0x0800 : 0x86dd);
	room[14] = next_random(seed) % 8 ? 0x45 : (uint8_t)next_random(seed);
	put_be16(room + 16, (uint16_t)(next_random(seed) % 100));
	put_be16(room + 20, next_random(seed) % 4 ? 0x4000 : (uint16_t)next_random(seed));
	room[23] = protocols[next_random(seed) % ARRAY_LENGTH(protocols)];
	put_be32(room + 26, 0x0a000000 + next_random(seed) % 3);
	put_be32(room + 30, 0x0a000000 + next_random(seed) % 3);
	put_be16(room + 34, ports[next_random(seed) % 4]);
	put_be16(room + 36, ports[next_random(seed) % 4]);
	*p = (struct packet){ .bytes = room, .link = DLT_EN10MB };
	p->caplen = next_random(seed) % 129;
	p->wirelen = next_random(seed) % 4 ? p->caplen : next_random(seed) % 200;
}

static void the_straight_line_gives_what_the_walk_gives(void **state)
{
	uint32_t seed = 7;
	uint8_t room[128];

	(void)state;
	for (int n = 0; n < 20000; n++) {
		/* A bit that means nothing keeps the second packet off the straight line. */
		struct decode_options fast = { .flow_key = FLOW_KEY_TUPLE, .is_unidirectional = n % 7 == 0, .seed = 1 };
		struct decode_options slow = fast;
		struct packet a, b;

		slow.flow_key |= 0x8000;
		random_packet(&a, room, &seed);
		b = a;
		assert_int_equal(decode_packet(&a, &fast), decode_packet(&b, &slow));
		assert_memory_equal(&a.net, &b.net, offsetof(struct packet, payload) - offsetof(struct packet, net));
		assert_ptr_equal(a.payload.at, b.payload.at);
		assert_ptr_equal(a.payload.end, b.payload.end);
		assert_int_equal(a.length, b.length);
		assert_int_equal(a.sport, b.sport);
		assert_int_equal(a.dport, b.dport);
		assert_int_equal(a.key.length, b.key.length);
		assert_int_equal(a.key.is_reversed, b.key.is_reversed);
		assert_memory_equal(a.key.bytes, b.key.bytes, a.key.length);
		assert_true(a.hash == b.hash);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_link_type_leads_to_its_packet),
		cmocka_unit_test(the_walk_ends_at_the_innermost_header_it_knows),
		cmocka_unit_test(keys_are_the_words_of_the_flow_dsr),
		cmocka_unit_test(cut_packets_do_no_harm),
		cmocka_unit_test(flow_key_adds_to_the_key),
		cmocka_unit_test(matrix_keys_are_addresses_only),
		cmocka_unit_test(teredo_is_looked_into_on_demand),
		cmocka_unit_test(errors_embed_the_key_of_their_flow),
		cmocka_unit_test(all_fragments_have_one_key),
		cmocka_unit_test(the_straight_line_gives_what_the_walk_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
