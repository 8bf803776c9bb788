/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Authentication with a server that asks for it, and the protection of the bytes behind
 * it (SASL, wire-protocol.md 7). Nothing in it waits. In a build without libsasl2 a
 * server that asks is refused. */
#ifndef COMMON_IO_NET_SASL_H
#define COMMON_IO_NET_SASL_H

#include <poll.h>
#include <sys/types.h>

#include "argus/base/buf.h"
#include "common/io/net_login.h"

struct net_sasl; /* that of one connection */

enum net_sasl_result {
	NET_SASL_WAIT,   /* for what net_sasl_poll() says */
	NET_SASL_ASKING, /* the same, but it is the user who is waited for, at the terminal */
	NET_SASL_LOST,   /* while he was asked the server hung up. His answers are in the login: connect again */
	NET_SASL_DONE,   /* we are in */
	NET_SASL_FAILED, /* err: ERR_USER, what we have or want does not do; ERR_SYSTEM, the server refuses */
};

/* Begins on a connection whose initial MAR has come. Everything is borrowed; the login
 * gets what is asked for at the terminal. NULL: err (ERR_USER) says why not. */
struct net_sasl *net_sasl_new(int fd, const struct net_address *address, const struct source_remote *how,
			      struct net_login *login, struct err *err);
void net_sasl_free(struct net_sasl *s); /* tells the server when it ends too early; NULL is nothing */

/* Goes as far as it can. */
enum net_sasl_result net_sasl_step(struct net_sasl *s, struct err *err);

/* What net_sasl_step() waits for; fd is -1 when that is only time. */
struct pollfd net_sasl_poll(const struct net_sasl *s);

/* Puts what is in the buffer, to be sent, into the form that was agreed on. -1: it cannot be. */
int net_sasl_encode(struct net_sasl *s, struct buf *b, struct err *err);

/* Bytes from the server, in clear: at most `room`. 0: its end; READER_NOTHING_YET; -1: err says
 * why, with ERR_DATA what came cannot be decoded, or ends too early. */
ssize_t net_sasl_receive(struct net_sasl *s, void *to, size_t room, struct err *err);

#endif
