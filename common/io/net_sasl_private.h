/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What net_sasl.c and net_sasl_layer.c share. */
#ifndef COMMON_IO_NET_SASL_PRIVATE_H
#define COMMON_IO_NET_SASL_PRIVATE_H

#include <sasl/sasl.h>

#include "common/io/net_ask.h"
#include "common/io/net_sasl.h"

#define SEALED_SIZE 65536u /* bytes read at once */

/* The layer behind the negotiation: each message in both directions is its length, four
 * bytes, and that many bytes which only libsasl2 can read (RFC 4422, 3.7). It gets them
 * message by message, so that one that is damaged does not take those before it along. */
struct net_sasl_layer {
	unsigned out_max;       /* bytes in clear that make one message; 0: there is no layer */
	char sealed[SEALED_SIZE];
	size_t sealed_at, sealed_length; /* what is not decoded yet ends at sealed_length */
	unsigned length_bytes;  /* that have come of the length of the message at hand; 0: none is */
	uint32_t left;          /* its length, as far as those go; and then what is still to come */
	const char *clear;      /* decoded and not given yet; libsasl2's */
	unsigned clear_length;
};

struct net_sasl {
	int fd;
	const char *name;       /* of the server, for messages */
	const char *wanted;     /* the mechanism of -M saslmech=; NULL: libsasl2 picks */
	const char *mechanism;  /* that was picked; said by libsasl2 once, also when it has questions then */
	sasl_conn_t *conn;
	struct net_sasl_layer layer;

	struct buf line;        /* of the server, as far as it has come */
	struct buf out;         /* to be sent, from out_sent on */
	size_t out_sent;
	struct buf heard;       /* what the last line says: the mechanisms, and then a challenge */
	bool has_started;       /* a mechanism was picked */
	bool is_proven;         /* our side has all it needs, the server's proof too where there is one */
	bool is_over;           /* the server has said so */

	struct net_login *login;
	struct net_ask ask;
	bool has_asked;         /* and some of the login is new */
	bool is_put;            /* the question at `question` is, at the terminal */
	sasl_interact_t *questions, *question; /* libsasl2's, and the one that is next; NULL: there are none */
	struct buf realm;       /* the answer to one of them */
};

/* Sets err, which may be NULL. A message may hold what a server says: a terminal would take no
 * orders from it, as all that is not ASCII text is shown as '?'. */
enum net_sasl_result net_sasl_failed(struct err *err, enum err_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);

/* libsasl2's reason for its last result. */
const char *net_sasl_detail(const struct net_sasl *s, int result);

/* Takes up the layer if one was agreed on. */
int net_sasl_begin_layer(struct net_sasl *s, struct err *err);

#endif
