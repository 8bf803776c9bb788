/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who we are to a server that asks (wire-protocol.md 7.5). */
#ifndef COMMON_IO_NET_LOGIN_H
#define COMMON_IO_NET_LOGIN_H

#include "argus/io/source.h"
#include "common/io/net_address.h"

/* What is not known is NULL. */
struct net_login {
	char *user;     /* whose rights are wanted: the authorisation id */
	char *auth;     /* who wants them, and has the password: the authentication id */
	char *password;
	bool is_typed;  /* some of it was asked for at the terminal */
};

/* Fills in what is not known yet: from the address, else from `how`. */
void net_login_complete(struct net_login *l, const struct net_address *address, const struct source_remote *how);

void net_login_forget(struct net_login *l); /* and wipes the password */

#endif
