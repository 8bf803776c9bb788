/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A socket that datagrams come to: NetFlow, sFlow, or Argus records, one in each
 * (wire-protocol.md 5 and 10). It is bound, and joins the group if its address is a
 * multicast one. What comes out is a stream of records behind one initial MAR. */
#ifndef COMMON_IO_NET_UDP_H
#define COMMON_IO_NET_UDP_H

#include "argus/io/source.h"
#include "common/io/net_address.h"

struct net_udp;

/* Binds to the address (which must outlive it) and `port`; NULL: err (ERR_SYSTEM) says why not. */
struct net_udp *net_udp_open(const struct net_address *address, uint16_t port, struct err *err);
void net_udp_free(struct net_udp *u);

int net_udp_fd(const struct net_udp *u);

/* Where messages go that end nothing: versions that are not read, datagrams that were dropped. */
void net_udp_on_message(struct net_udp *u, void (*message)(void *context, const char *text), void *context);

/* Up to `room` bytes of records, the MAR first (of the first datagram: it names its
 * sender); READER_NOTHING_YET, or -1. */
ssize_t net_udp_read(struct net_udp *u, void *to, size_t room, struct err *err);

/* Adds what could not be read to *count. */
void net_udp_count(const struct net_udp *u, struct source_count *count);

#endif
