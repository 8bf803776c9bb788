/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The protection of the bytes behind the negotiation. */
#include "common/io/net_receive.h"
#include "common/io/net_sasl_private.h"

int net_sasl_begin_layer(struct net_sasl *s, struct err *err)
{
	const void *ssf = NULL, *most = NULL;

	if (sasl_getprop(s->conn, SASL_SSF, &ssf) != SASL_OK || *(const sasl_ssf_t *)ssf == 0)
		return 0;
	if (sasl_getprop(s->conn, SASL_MAXOUTBUF, &most) != SASL_OK || *(const unsigned *)most == 0)
		return err_set(err, ERR_SYSTEM, "%s: it takes no protected messages", s->name);
	s->layer.out_max = *(const unsigned *)most;
	return 0;
}

int net_sasl_encode(struct net_sasl *s, struct buf *b, struct err *err)
{
	struct buf sealed = BUF_INIT;

	if (s->layer.out_max == 0)
		return 0;
	for (size_t at = 0; at < b->length;) {
		unsigned part = (unsigned)u64_min(b->length - at, s->layer.out_max), length;
		const char *message;
		int result = sasl_encode(s->conn, b->data + at, part, &message, &length);

		if (result != SASL_OK) {
			buf_fini(&sealed);
			net_sasl_failed(err, ERR_SYSTEM, "%s: cannot protect what is sent: %s", s->name, net_sasl_detail(s, result));
			return -1;
		}
		buf_add(&sealed, message, length);
		at += part;
	}
	buf_fini(b);
	*b = sealed;
	return 0;
}

/* How many bytes at hand belong to the same message. */
static size_t measure_part(struct net_sasl_layer *l)
{
	const char *at = l->sealed + l->sealed_at, *from = at, *end = l->sealed + l->sealed_length;
	uint32_t part = 0;

	for (; l->length_bytes < 4 && at < end; l->length_bytes++)
		l->left = l->left << 8 | (uint8_t)*at++;
	if (l->length_bytes == 4)
		part = (uint32_t)u64_min(l->left, (uint64_t)(end - at));
	l->left -= part;
	if (l->length_bytes == 4 && l->left == 0)
		l->length_bytes = 0; /* it is whole */
	return (size_t)(at - from) + part;
}

/* More protected bytes; as net_sasl_receive(). */
static ssize_t receive_sealed(struct net_sasl *s, struct err *err)
{
	struct net_sasl_layer *l = &s->layer;
	ssize_t got = net_receive(s->fd, s->name, l->sealed, sizeof l->sealed, err);

	if (got == 0 && l->length_bytes > 0)
		return err_set(err, ERR_DATA, "%s: ends inside a protected message", s->name);
	l->sealed_at = 0;
	l->sealed_length = got > 0 ? (size_t)got : 0;
	return got;
}

/* Until something is in clear. 1: it is; else as net_sasl_receive(). */
static ssize_t decode_more(struct net_sasl *s, struct err *err)
{
	struct net_sasl_layer *l = &s->layer;

	while (l->clear_length == 0) {
		ssize_t got = l->sealed_at < l->sealed_length ? 1 : receive_sealed(s, err);
		const char *at;
		size_t part;
		int result;

		if (got <= 0)
			return got;
		at = l->sealed + l->sealed_at;
		part = measure_part(l);
		l->sealed_at += part;
		result = sasl_decode(s->conn, at, (unsigned)part, &l->clear, &l->clear_length);
		if (result != SASL_OK) {
			net_sasl_failed(err, ERR_DATA, "%s: a protected message is damaged: %s", s->name, net_sasl_detail(s, result));
			return -1;
		}
	}
	return 1;
}

ssize_t net_sasl_receive(struct net_sasl *s, void *to, size_t room, struct err *err)
{
	struct net_sasl_layer *l = &s->layer;
	ssize_t result;
	size_t part;

	if (l->out_max == 0)
		return net_receive(s->fd, s->name, to, room, err);
	result = decode_more(s, err);
	if (result <= 0)
		return result;
	part = (size_t)u64_min(room, l->clear_length);
	memcpy(to, l->clear, part);
	l->clear += part;
	l->clear_length -= (unsigned)part;
	return (ssize_t)part;
}
