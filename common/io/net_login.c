/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/net_login.h"

#include "argus/base/buf.h"

/* USER/AUTH; one word is both. */
static void take_user_auth(struct net_login *l, const char *text)
{
	const char *slash = strchr(text, '/');

	l->user = slash != NULL ? xstrndup(text, (size_t)(slash - text)) : xstrdup(text);
	l->auth = xstrdup(slash != NULL ? slash + 1 : text);
}

void net_login_complete(struct net_login *l, const struct net_address *address, const struct source_remote *how)
{
	const char *password = address->password != NULL ? address->password : how->password;

	if (l->user == NULL && l->auth == NULL && address->user != NULL) {
		l->user = xstrdup(address->user);
		l->auth = xstrdup(address->user);
	} else if (l->user == NULL && l->auth == NULL && how->user_auth != NULL) {
		take_user_auth(l, how->user_auth);
	}
	if (l->password == NULL && password != NULL)
		l->password = xstrdup(password);
}

void net_login_forget(struct net_login *l)
{
	free(l->user);
	free(l->auth);
	if (l->password != NULL)
		explicit_bzero(l->password, strlen(l->password));
	free(l->password);
	*l = (struct net_login){ 0 };
}
