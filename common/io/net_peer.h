/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The connection to one server of records (wire-protocol.md 2): connect, initial
 * MAR, authentication if the server asks for it (7), FILTER, START, records; or FILE and
 * the bytes of a file of its archive (6); or a socket for datagrams, which streams once it
 * is bound. Nothing in it waits: every step is taken when the socket is ready for it. */
#ifndef COMMON_IO_NET_PEER_H
#define COMMON_IO_NET_PEER_H

#include <netdb.h>
#include <poll.h>

#include "argus/base/buf.h"
#include "argus/io/source.h"
#include "common/io/net_address.h"
#include "common/io/net_login.h"
#include "common/io/net_sasl.h"
#include "common/io/net_udp.h"
#include "common/io/reader.h"

enum net_result {
	NET_RECORD, /* *record is set */
	NET_WAIT,   /* nothing at the moment */
	NET_ENDED,  /* its stream has ended; said once */
	NET_FAILED, /* it cannot be read (any more), and err says why; said once */
	NET_OVER,   /* it has ended, or failed, before */
};

enum peer_state {
	PEER_PAUSING,    /* until `due`; at first that is at once */
	PEER_CONNECTING, /* to at_address, until `due` */
	PEER_GREETING,   /* waits for its initial MAR, until `due` */
	PEER_PROVING,    /* shows who we are, until `due` */
	PEER_FILTERING,  /* waits for the answer to FILTER, until `due` */
	PEER_FILING,     /* waits for the answer to FILE, until `due` */
	PEER_STARTING,   /* sends START */
	PEER_STREAMING,  /* sends records; `due`: when it counts as idle, 0: never */
	PEER_UNREACHED, /* stopped before anything came of it, which is still to be said */
	PEER_OVER,
};

struct net_peer {
	struct net_address address;
	const struct source_remote *how;
	void (*message)(void *context, const char *text); /* NULL: nobody listens */
	void *message_context;

	enum peer_state state;
	int fd;
	struct net_udp *udp;                 /* datagrams come to this socket; NULL: a connection */
	bool is_listener;                    /* of -C, not of -S */
	uint64_t due;                        /* clock_monotonic() */
	struct addrinfo *addresses, *at_address;
	uint8_t greeting[MAR_SIZE];          /* the initial MAR, which the reader gets first */
	size_t greeting_length, greeting_read;
	struct net_login login;              /* who we are, for a server that asks */
	struct net_sasl *sasl;               /* what was agreed on then; NULL: it did not ask */
	bool has_begun;                      /* the reader has had the initial MAR */
	uint8_t reply[4];
	size_t reply_length;
	uint64_t file_left;                  /* bytes of a remote file that are still to come; UINT64_MAX: unknown */
	struct buf out;                      /* to be sent, from out_sent on */
	size_t out_sent;
	bool takes_no_more;                  /* we said DONE: what is at hand is delivered, and then it ends */
	bool is_stopped;                     /* and is not connected again */
	uint64_t idle_us;                    /* without a byte for so long, it is idle; 0: never */
	struct reader reader;
	struct source_count count;           /* of the connections before this one */
	struct source_count shown;
};

void peer_init(struct net_peer *p, const struct net_address *address_taken, const struct source_remote *how);
void peer_fini(struct net_peer *p); /* says DONE and closes */

/* Goes as far as it can without waiting. */
enum net_result peer_next(struct net_peer *p, struct record *record, struct err *err);

/* Says DONE. What has arrived is still delivered; then the peer ends. */
void peer_stop(struct net_peer *p);

/* What to wait for; fd is -1 when that is only time. */
struct pollfd peer_poll(const struct net_peer *p);

/* What all its connections gave. The result is the peer's. */
const struct source_count *peer_count(struct net_peer *p);

#endif
