/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for numbers, and numbers for names: printing.md 3 and appendix A,
 * filter.md 6.9. Every list is read or built when it is first asked for, once; who
 * prints numbers pays nothing. All names returned are this module's and stay.
 * One thread asks; only the host names are looked up in the background. */
#ifndef ARGUS_BASE_NAMES_H
#define ARGUS_BASE_NAMES_H

#include "argus/base/err.h"

/* The first name the system's services database has for a TCP (6) or UDP (17)
 * port; NULL if there is none, or for another protocol. */
const char *names_service(uint8_t protocol, uint16_t port);

/* The name of a link type ("EN10MB"); NULL if it has none. */
const char *names_link(uint32_t type);

/* The ports of a service, -1 where it has none. False if it has neither. */
bool names_service_ports(const char *name, int32_t *tcp, int32_t *udp);

/* Protocol names as the clients print them (printing.md 3.4); "unas" for a
 * number without one. */
const char *names_protocol(uint8_t number);

/* The number of a protocol: by the system's database, aliases included, then by
 * the names above. -1 if nobody knows it. */
int names_protocol_number(const char *name);

/* Ethertypes and 802.3 lengths (appendix A); NULL if there is no name. */
const char *names_ethertype(uint16_t number);

/* The first number of the first range with that name, exactly; -1 if there is none. */
int names_ethertype_number(const char *name);

/* LLC service access points (printing.md 3.2); NULL if there is no name. */
const char *names_sap(uint8_t sap);

/* DS code points, TOS >> 2 (printing.md 3.5); `disa`: the DISA list. NULL if there
 * is no name. The number of a name: case does not matter; -1 if there is none. */
const char *names_dscp(uint8_t code, bool disa);
int names_dscp_number(const char *name, bool disa);

/* Names of /etc/ethers; NULL, or false, if there is none. names_ethers_load reads
 * another file instead; -1 if it cannot be read. */
const char *names_ether(const uint8_t mac[6]);
bool names_ether_address(const char *name, uint8_t mac[6]);
int names_ethers_load(const char *path, struct err *err);

/* Vendors of MAC addresses, from a file in the format of Wireshark's manuf:
 * prefixes of 24, 28, 36 or 48 bits, the short name, the long name. Loading adds to
 * what is there; -1 if the file cannot be read. names_vendor gives the short
 * name, at most 16 characters, of the longest prefix that fits; NULL if none. */
int names_vendors_load(const char *path, struct err *err);
const char *names_vendor(const uint8_t mac[6]);

/* Host names. The answer for an address (4 or 16 bytes in network order) comes
 * from memory; the first question puts it to the resolver in the background.
 * Waits at most `milliseconds` for this answer (0: not at all), and no longer once such
 * waits were in vain for six seconds in all. */
enum names_answer { NAMES_FOUND, NAMES_UNKNOWN, NAMES_PENDING };
enum names_answer names_host(const uint8_t *address, size_t length, unsigned milliseconds, const char **name);

/* Waits until nothing is pending, at most `milliseconds`. Returns how many
 * lookups are still pending. */
size_t names_hosts_wait(unsigned milliseconds);

#endif
