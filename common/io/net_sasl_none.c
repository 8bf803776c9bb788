/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Authentication in a build without libsasl2: there is none. */
#include "common/io/net_sasl.h"

#include "common/io/reader.h"

struct net_sasl *net_sasl_new(int fd, const struct net_address *address, const struct source_remote *how,
			      struct net_login *login, struct err *err)
{
	(void)fd;
	(void)how;
	(void)login;
	err_set(err, ERR_USER, "%s: source requesting unsupported authentication (SASL)", address->name);
	return NULL;
}

/* None of these is reached without a session. */
void net_sasl_free(struct net_sasl *s) { (void)s; }

enum net_sasl_result net_sasl_step(struct net_sasl *s, struct err *err)
{
	(void)s;
	(void)err;
	return NET_SASL_FAILED;
}

struct pollfd net_sasl_poll(const struct net_sasl *s)
{
	(void)s;
	return (struct pollfd){ .fd = -1 };
}

int net_sasl_encode(struct net_sasl *s, struct buf *b, struct err *err)
{
	(void)s;
	(void)b;
	(void)err;
	return -1;
}

ssize_t net_sasl_receive(struct net_sasl *s, void *to, size_t room, struct err *err)
{
	(void)s;
	(void)to;
	(void)room;
	(void)err;
	return READER_NOTHING_YET;
}
