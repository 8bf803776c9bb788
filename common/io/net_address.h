/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What -S and -C say: where records come from (wire-protocol.md 5). */
#ifndef COMMON_IO_NET_ADDRESS_H
#define COMMON_IO_NET_ADDRESS_H

#include "argus/base/err.h"

#define NET_DEFAULT_PORT 561
#define NET_CISCO_PORT 9995
#define NET_SFLOW_PORT 6343

/* The first is connected to; the others are datagrams, for which a socket is bound. */
enum net_scheme { NET_ARGUS_TCP, NET_ARGUS_UDP, NET_CISCO, NET_SFLOW };

struct net_address {
	enum net_scheme scheme;
	char *host;    /* a name or an address, without brackets; NULL: any, that is all of this host's */
	char *name;    /* host, port and path as given: for messages. Holds no password */
	char *path;    /* of a file in the archive of that radium, with its first slash; NULL: what it sends now */
	char *user, *password; /* for a server that asks; NULL: none was given */
	uint16_t port; /* 0: none was given */
};

/* Reads [SCHEME://][USER[:PASSWORD]@]HOST[:PORT][/PATH]: argus and argus-tcp (the default),
 * argus-udp, cisco and jflow, sflow. HOST may be an IPv6 address, in brackets if a port
 * follows, or `any`. USER and PASSWORD, which begins behind the first ':', are for
 * servers that ask for them; datagrams have none, and no path. A PATH holds no '@'.
 * -1: err (ERR_USER) says what is wrong, and *a holds nothing. */
int net_address_parse(struct net_address *a, const char *text, struct err *err);

/* Reads [HOST:]PORT, where NetFlow is to come (-C). */
int net_address_parse_listener(struct net_address *a, const char *text, struct err *err);

void net_address_fini(struct net_address *a);

#endif
