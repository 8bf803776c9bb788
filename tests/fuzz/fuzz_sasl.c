/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a server says when it asks who we are, and what follows when it has let us in. The
 * first byte chooses the mechanism. Messages must be fit for a terminal. */
#include <sys/socket.h>
#include <unistd.h>

#include "common/io/net_sasl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libsasl2's DIGEST-MD5 leaves memory behind, some of it libcrypto's. */
const char *__lsan_default_suppressions(void) { return "leak:libdigestmd5.so\nleak:libcrypto.so\n"; }

static const char *const mechanisms[] = { NULL, "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "NTLM", "ANONYMOUS" };

static void check_message(const struct err *err)
{
	if (err->kind == ERR_NONE || err->text[0] == '\0')
		abort();
	for (const char *at = err->text; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			abort();
}

/* All that the server says is there already: what waits now waits for ever. */
static void talk(struct net_sasl *s)
{
	struct err err = { 0 };
	enum net_sasl_result result = net_sasl_step(s, &err);
	char clear[100];
	ssize_t got;

	if (result == NET_SASL_FAILED)
		check_message(&err);
	if (result != NET_SASL_DONE)
		return;
	while ((got = net_sasl_receive(s, clear, sizeof clear, &err)) > 0)
		;
	if (got == -1)
		check_message(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_address address = { .host = (char[]){ "localhost" }, .name = (char[]){ "localhost:561" } };
	struct source_remote how = { .user_auth = "me", .password = "secret", .max_ssf = 128 };
	struct net_login login = { 0 };
	struct net_sasl *s;
	int end[2];

	if (size == 0)
		return 0;
	how.mechanism = mechanisms[data[0] % ARRAY_LENGTH(mechanisms)];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, end) < 0)
		abort();
	send(end[1], data + 1, size - 1, MSG_NOSIGNAL); /* as much as the socket takes */
	shutdown(end[1], SHUT_WR);
	s = net_sasl_new(end[0], &address, &how, &login, NULL);
	if (s == NULL)
		abort();
	talk(s);
	net_sasl_free(s);
	net_login_forget(&login);
	close(end[0]);
	close(end[1]);
	return 0;
}
