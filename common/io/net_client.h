/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several servers read at once, in the order in which records arrive. */
#ifndef COMMON_IO_NET_CLIENT_H
#define COMMON_IO_NET_CLIENT_H

#include "common/io/net_peer.h"

struct net_client;

struct net_client *net_client_new(void);
void net_client_free(struct net_client *c); /* ends every connection in order */

/* Adds a server; nothing is opened yet. -1: the text is not an address (net_address.h). */
int net_client_add(struct net_client *c, const char *text, struct err *err);

/* Adds a socket for NetFlow: [HOST:]PORT. */
int net_client_add_listener(struct net_client *c, const char *text, struct err *err);

/* Takes out what the one of these functions added, or the other. Before anything is read. */
void net_client_remove(struct net_client *c, bool listeners);

/* How they are read; copied, apart from the text of the filter. */
void net_client_set(struct net_client *c, const struct source_remote *how);

/* Where messages go that end nothing, such as a failed attempt to connect. */
void net_client_on_message(struct net_client *c, void (*message)(void *context, const char *text), void *context);

size_t net_client_count(const struct net_client *c);
const char *net_client_name(const struct net_client *c, size_t peer);
const struct source_count *net_client_counts(const struct net_client *c, size_t peer);

/* The next record of any of them; waits `ms` at most. *peer says which it was. NET_OVER: all are at their end. */
enum net_result net_client_next(struct net_client *c, int ms, struct record *record, size_t *peer, struct err *err);

/* Ends all of them in order: what has arrived is still delivered. */
void net_client_stop(struct net_client *c);

#endif
