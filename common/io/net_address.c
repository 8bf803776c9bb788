/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/net_address.h"

#include <strings.h>

#include "argus/base/buf.h"
#include "argus/base/num.h"

static bool is_scheme(const char *scheme, size_t length, const char *name)
{
	return strlen(name) == length && strncasecmp(scheme, name, length) == 0;
}

/* Moves past "SCHEME://". */
static int take_scheme(struct net_address *a, const char **text, struct err *err)
{
	static const struct {
		const char *name;
		enum net_scheme scheme;
	} schemes[] = { { "argus", NET_ARGUS_TCP }, { "argus-tcp", NET_ARGUS_TCP }, { "argus-udp", NET_ARGUS_UDP },
			{ "cisco", NET_CISCO },     { "jflow", NET_CISCO },         { "sflow", NET_SFLOW } };
	const char *end = strstr(*text, "://");
	size_t length = end != NULL ? (size_t)(end - *text) : 0;

	if (end == NULL)
		return 0;
	for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++) {
		if (is_scheme(*text, length, schemes[i].name)) {
			a->scheme = schemes[i].scheme;
			*text = end + 3;
			return 0;
		}
	}
	return err_set(err, ERR_USER, "%.*s:// is not read: unknown source type; there are argus, argus-tcp, argus-udp, cisco, jflow and sflow",
		       (int)length, *text);
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

/* A socket may be bound to all addresses: no host, or `any`. */
static void take_any(struct net_address *a)
{
	bool is_none = a->host[0] == '\0' && a->scheme != NET_ARGUS_TCP;

	if (!is_none && strcasecmp(a->host, "any") != 0)
		return;
	free(a->host);
	a->host = NULL;
}

static int take_host(struct net_address *a, const char *text, struct err *err)
{
	const char *colon = strchr(text, ':');

	if (*text == '[')
		return take_bracketed(a, text, err);
	if (colon != NULL && strchr(colon + 1, ':') != NULL) /* an IPv6 address without brackets, and without a port */
		colon = NULL;
	a->host = colon != NULL ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);
	if (text[0] == '\0' || (a->host[0] == '\0' && a->scheme == NET_ARGUS_TCP))
		return err_set(err, ERR_USER, "'%s' names no host", text);
	if (colon == NULL && text[strspn(text, "0123456789")] == '\0')
		return err_set(err, ERR_USER, "%s is a port only: that is for -C; a source of -S needs a host, HOST:%s", text, text);
	take_any(a);
	return colon != NULL ? take_port(a, colon + 1, err) : 0;
}

/* USER[:PASSWORD] of so many characters. What is empty was not given. */
static void take_user(struct net_address *a, const char *text, size_t length)
{
	const char *colon = memchr(text, ':', length);
	size_t user = colon != NULL ? (size_t)(colon - text) : length;

	if (user > 0)
		a->user = xstrndup(text, user);
	if (user + 1 < length)
		a->password = xstrndup(colon + 1, length - user - 1);
}

/* A password may hold a slash and an '@', so a path may hold no '@'. */
static int take_rest(struct net_address *a, const char *text, struct err *err)
{
	const char *at = strrchr(text, '@'), *slash;
	char *host;
	int result;

	if (at != NULL && a->scheme != NET_ARGUS_TCP)
		return err_set(err, ERR_USER, "'%s': who sends datagrams does not ask for a user", at + 1);
	if (at != NULL) {
		take_user(a, text, (size_t)(at - text));
		text = at + 1;
	}
	slash = strchr(text, '/');
	if (slash != NULL && a->scheme != NET_ARGUS_TCP)
		return err_set(err, ERR_USER, "'%s': datagrams are of no file", text);
	a->name = xstrdup(text);
	a->path = slash != NULL ? xstrdup(slash) : NULL;
	host = slash != NULL ? xstrndup(text, (size_t)(slash - text)) : xstrdup(text);
	result = take_host(a, host, err);
	free(host);
	return result;
}

int net_address_parse(struct net_address *a, const char *text, struct err *err)
{
	*a = (struct net_address){ 0 };
	if (take_scheme(a, &text, err) == 0 && take_rest(a, text, err) == 0)
		return 0;
	net_address_fini(a);
	return -1;
}

int net_address_parse_listener(struct net_address *a, const char *text, struct err *err)
{
	int result;

	*a = (struct net_address){ .scheme = NET_CISCO };
	if (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0') {
		a->name = xstrdup(text);
		result = take_port(a, text, err);
	} else {
		result = take_rest(a, text, err);
	}
	if (result < 0)
		net_address_fini(a);
	return result;
}

void net_address_fini(struct net_address *a)
{
	free(a->host);
	free(a->name);
	free(a->path);
	free(a->user);
	free(a->password);
	*a = (struct net_address){ 0 };
}
