/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/net_address.h"

#include <strings.h>

#include "argus/base/buf.h"
#include "argus/base/num.h"

static bool is_scheme(const char *scheme, size_t length, const char *name)
{
	return strlen(name) == length && strncasecmp(scheme, name, length) == 0;
}

/* Moves past "SCHEME://". Only Argus records over TCP are read. */
static int take_scheme(const char **text, struct err *err)
{
	const char *end = strstr(*text, "://");
	size_t length = end != NULL ? (size_t)(end - *text) : 0;

	if (end == NULL)
		return 0;
	if (!is_scheme(*text, length, "argus") && !is_scheme(*text, length, "argus-tcp"))
		return err_set(err, ERR_USER, "%.*s:// is not read: remote sources are argus:// and argus-tcp://", (int)length,
			       *text);
	*text = end + 3;
	return 0;
}

static int take_port(struct net_address *a, const char *text, struct err *err)
{
	uint64_t port;

	if (!num_read_u64(text, 1, UINT16_MAX, &port))
		return err_set(err, ERR_USER, "%s: format error '%s' is not a port number", a->name, text);
	a->port = (uint16_t)port;
	return 0;
}

static int take_bracketed(struct net_address *a, const char *text, struct err *err)
{
	const char *end = strchr(text, ']');

	if (end == NULL || end == text + 1 || (end[1] != '\0' && end[1] != ':'))
		return err_set(err, ERR_USER, "'%s' is not [ADDRESS]:PORT", text);
	a->host = xstrndup(text + 1, (size_t)(end - text - 1));
	return end[1] == ':' ? take_port(a, end + 2, err) : 0;
}

static int take_host(struct net_address *a, const char *text, struct err *err)
{
	const char *colon = strchr(text, ':');

	if (*text == '[')
		return take_bracketed(a, text, err);
	if (colon != NULL && strchr(colon + 1, ':') != NULL) /* an IPv6 address without brackets, and without a port */
		colon = NULL;
	a->host = colon != NULL ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);
	if (a->host[0] == '\0')
		return err_set(err, ERR_USER, "'%s' names no host", text);
	if (colon == NULL && text[strspn(text, "0123456789")] == '\0')
		return err_set(err, ERR_USER, "%s is a port only: a remote source needs a host, HOST:%s", text, text);
	return colon != NULL ? take_port(a, colon + 1, err) : 0;
}

int net_address_parse(struct net_address *a, const char *text, struct err *err)
{
	const char *at;

	*a = (struct net_address){ 0 };
	if (take_scheme(&text, err) < 0)
		return -1;
	at = strrchr(text, '@');
	if (at != NULL)
		text = at + 1;
	if (strchr(text, '/') != NULL)
		return err_set(err, ERR_USER, "'%s': files of a remote archive are not read", text);
	a->name = xstrdup(text);
	if (take_host(a, text, err) == 0)
		return 0;
	net_address_fini(a);
	return -1;
}

void net_address_fini(struct net_address *a)
{
	free(a->host);
	free(a->name);
	*a = (struct net_address){ 0 };
}
