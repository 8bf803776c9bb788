/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes of a connection, as they come. */
#ifndef COMMON_IO_NET_RECEIVE_H
#define COMMON_IO_NET_RECEIVE_H

#include <errno.h>
#include <sys/socket.h>

#include "common/io/reader.h"

/* As reader_fill, from a socket that does not wait; `name` is the server's, for a message. */
static inline ssize_t net_receive(int fd, const char *name, void *to, size_t room, struct err *err)
{
	ssize_t got = recv(fd, to, room, 0);

	if (likely(got >= 0))
		return got;
	return errno == EAGAIN || errno == EINTR ? READER_NOTHING_YET : err_system(err, "%s", name);
}

#endif
