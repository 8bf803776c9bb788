/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What -S says: where a server of records is (wire-protocol.md 5). */
#ifndef COMMON_IO_NET_ADDRESS_H
#define COMMON_IO_NET_ADDRESS_H

#include "argus/base/err.h"

#define NET_DEFAULT_PORT 561

struct net_address {
	char *host;    /* a name or an address, without brackets */
	char *name;    /* host and port as given: for messages. Holds no password */
	uint16_t port; /* 0: none was given */
};

/* Reads [argus-tcp://|argus://][USER[:PASSWORD]@]HOST[:PORT]. HOST may be an IPv6
 * address, in brackets if a port follows. USER and PASSWORD are for servers that ask
 * for them and are not kept. -1: err (ERR_USER) says what is wrong, and *a holds nothing. */
int net_address_parse(struct net_address *a, const char *text, struct err *err);
void net_address_fini(struct net_address *a);

#endif
