/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A server of Argus records that asks its clients who they are (wire-protocol.md 7), on
 * 127.0.0.1 and a free port, for tests:
 *
 *	saslserver [-l MECHANISMS] [-s MIN-MAX] [-k] [-c] [-d] [-q] LOG PORTFILE FILE ...
 *
 * It serves one FILE to each of so many connections, to a client that has proved to be "me",
 * whose password is "secret", and that may act as anybody. What clients say is noted in LOG, a
 * line each; the first is the mechanism, both names and the strength of the protection.
 * -l: offers this list ("{PLAIN, OTHER}") instead of what libsasl2 has. -s: that protection is
 * of this strength (0-256). -k: keeps the connection open behind the records until the client
 * ends it. -c: cuts the last byte of the stream off. -d: damages a byte inside the stream.
 * -q: hangs up, the first time, when it has offered its mechanisms. */
#include <arpa/inet.h>
#include <sasl/sasl.h>
#include <sasl/saslplug.h>
#include <sasl/saslutil.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/span.h"
#include "argus/record/mar.h"

#define USER "me"
#define PASSWORD "secret"

static const char *offer;
static unsigned min_ssf, max_ssf = 256;
static bool keep, cut, damage, quit;
static const char *log_path;

static void note(const char *what, const char *text)
{
	FILE *log = fopen(log_path, "a");

	fprintf(log, "%s%s\n", what, text);
	fclose(log);
}

/* The password of a name, with or without "@realm" behind it. Who is only acted as needs none. */
static int look_up(void *context, sasl_server_params_t *params, unsigned flags, const char *user, unsigned length)
{
	const struct propval *wanted = params->utils->prop_get(params->propctx);

	(void)context;
	if (flags & SASL_AUXPROP_AUTHZID)
		return SASL_OK;
	if (length < strlen(USER) || strncmp(user, USER, strlen(USER)) != 0 || (length > strlen(USER) && user[strlen(USER)] != '@'))
		return SASL_NOUSER;
	for (; wanted->name != NULL; wanted++)
		if (strcmp(wanted->name, "*" SASL_AUX_PASSWORD_PROP) == 0)
			params->utils->prop_set(params->propctx, wanted->name, PASSWORD, (int)strlen(PASSWORD));
	return SASL_OK;
}

static int start_passwords(const sasl_utils_t *utils, int most, int *version, sasl_auxprop_plug_t **plugin, const char *name)
{
	static char own_name[] = "test";
	static sasl_auxprop_plug_t own = { .name = own_name, .auxprop_lookup = look_up };

	(void)utils;
	(void)most;
	(void)name;
	*version = SASL_AUXPROP_PLUG_VERSION;
	*plugin = &own;
	return SASL_OK;
}

static int give_option(void *context, const char *plugin, const char *option, const char **value, unsigned *length)
{
	(void)context;
	(void)plugin;
	*value = strcmp(option, "auxprop_plugin") == 0 ? "test" : strcmp(option, "pwcheck_method") == 0 ? "auxprop" : NULL;
	if (*value != NULL && length != NULL)
		*length = (unsigned)strlen(*value);
	return *value != NULL ? SASL_OK : SASL_FAIL;
}

static int allow_all(sasl_conn_t *conn, void *context, const char *user, unsigned user_length, const char *auth,
		     unsigned auth_length, const char *realm, unsigned realm_length, struct propctx *properties)
{
	(void)conn, (void)context, (void)user, (void)user_length, (void)auth;
	(void)auth_length, (void)realm, (void)realm_length, (void)properties;
	return SASL_OK;
}

static int log_nothing(void *context, int level, const char *text)
{
	(void)context, (void)level, (void)text;
	return SASL_OK;
}

#define CALLBACK(f) (int (*)(void))(void (*)(void))(f)
static const sasl_callback_t callbacks[] = {
	{ SASL_CB_GETOPT, CALLBACK(give_option), NULL },
	{ SASL_CB_PROXY_POLICY, CALLBACK(allow_all), NULL },
	{ SASL_CB_LOG, CALLBACK(log_nothing), NULL },
	{ SASL_CB_LIST_END, NULL, NULL },
};

static bool put(int fd, const void *bytes, size_t length)
{
	for (const char *at = bytes; length > 0;) {
		ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);

		if (sent < 0)
			return false;
		at += sent;
		length -= (size_t)sent;
	}
	return true;
}

static bool put_line(int fd, const char *head, const char *payload, unsigned length)
{
	unsigned room = length / 3 * 4 + 5, encoded = 0;
	struct buf line = BUF_INIT;
	bool is_put;

	buf_text(&line, head);
	buf_reserve(&line, room);
	if (length > 0 && sasl_encode64(payload, length, line.data + line.length, room, &encoded) == SASL_OK)
		line.length += encoded;
	buf_char(&line, '\n');
	is_put = put(fd, line.data, line.length);
	buf_fini(&line);
	return is_put;
}

/* The payload of "C: ..."; false when that does not come. */
static bool hear_line(int fd, struct buf *payload)
{
	char line[8192];
	unsigned length = 0, decoded = 0;

	buf_clear(payload);
	buf_reserve(payload, sizeof line);
	while (length < sizeof line && recv(fd, line + length, 1, 0) == 1 && line[length] != '\n')
		length++;
	if (length == sizeof line || length < 3 || memcmp(line, "C: ", 3) != 0)
		return false;
	if (length > 3 && sasl_decode64(line + 3, length - 3, payload->data, sizeof line, &decoded) != SASL_OK)
		return false;
	payload->length = decoded;
	payload->data[decoded] = '\0';
	return true;
}

static bool begin(int fd, sasl_conn_t **conn)
{
	sasl_security_properties_t wishes = { .min_ssf = min_ssf, .max_ssf = max_ssf, .maxbufsize = 4096 };
	const char *list = offer;
	unsigned length;
	bool is_good;

	is_good = sasl_server_new("argus", "localhost", NULL, NULL, NULL, callbacks, 0, conn) == SASL_OK &&
		  sasl_setprop(*conn, SASL_SEC_PROPS, &wishes) == SASL_OK;
	if (is_good && list == NULL)
		is_good = sasl_listmech(*conn, NULL, "{", ", ", "}", &list, &length, NULL) == SASL_OK;
	return is_good && put_line(fd, "S: ", list, (unsigned)strlen(list));
}

static void note_client(sasl_conn_t *conn, const char *mechanism)
{
	const void *user = NULL, *auth = NULL, *ssf = NULL;
	char text[512];

	sasl_getprop(conn, SASL_USERNAME, &user);
	sasl_getprop(conn, SASL_AUTHUSER, &auth);
	sasl_getprop(conn, SASL_SSF, &ssf);
	snprintf(text, sizeof text, "%s %s/%s %u", mechanism, (const char *)user, (const char *)auth, *(const sasl_ssf_t *)ssf);
	note("", text);
}

/* True: the client is who it says. */
static bool negotiate(int fd, sasl_conn_t *conn)
{
	struct buf mechanism = BUF_INIT, heard = BUF_INIT;
	unsigned length = 0;
	const char *answer = NULL;
	int result = SASL_BADPROT;
	bool has_more;

	has_more = hear_line(fd, &mechanism) && hear_line(fd, &heard);
	if (has_more && strcmp(heard.data, "Y") == 0)
		has_more = hear_line(fd, &heard);
	else if (has_more)
		buf_fini(&heard); /* no first word is not an empty one */
	if (has_more)
		result = sasl_server_start(conn, mechanism.data, heard.data, (unsigned)heard.length, &answer, &length);
	while (has_more && result == SASL_CONTINUE) {
		has_more = put_line(fd, "S: ", answer, length) && hear_line(fd, &heard);
		if (has_more)
			result = sasl_server_step(conn, heard.data, (unsigned)heard.length, &answer, &length);
	}
	if (has_more && result == SASL_OK) {
		note_client(conn, mechanism.data);
		has_more = put_line(fd, "D: ", NULL, 0);
	} else if (has_more) {
		char head[32];
		const char *why = sasl_errdetail(conn);

		snprintf(head, sizeof head, "E: [%d] ", result);
		put_line(fd, head, why, (unsigned)strlen(why));
	} else {
		note("", "it ends the authentication");
	}
	buf_fini(&mechanism);
	buf_fini(&heard);
	return has_more && result == SASL_OK;
}

/* What the client says next; "" at its end. */
static const char *hear(int fd, sasl_conn_t *conn)
{
	static char text[65536];
	char part[16384];
	const char *clear = "";
	unsigned length = 0;
	ssize_t got;

	do {
		got = recv(fd, part, sizeof part, 0);
		if (got > 0 && sasl_decode(conn, part, (unsigned)got, &clear, &length) != SASL_OK)
			got = 0;
	} while (got > 0 && length == 0);
	snprintf(text, sizeof text, "%.*s", (int)length, clear);
	if (text[0] != '\0')
		note("", text);
	return text;
}

static void seal(sasl_conn_t *conn, const void *bytes, size_t length, struct buf *to)
{
	const char *sealed;
	unsigned sealed_length;

	if (sasl_encode(conn, bytes, (unsigned)length, &sealed, &sealed_length) == SASL_OK)
		buf_add(to, sealed, sealed_length);
}

/* One record is one message; and what is sent at once is anything. */
static void stream(int fd, sasl_conn_t *conn, const uint8_t *at, size_t left)
{
	struct buf out = BUF_INIT;

	while (left >= 4) {
		size_t length = u64_min(get_be16(at + 2) * 4u, left);

		if (length == 0) {
			fprintf(stderr, "saslserver: a record says that it has no bytes\n");
			exit(1);
		}
		seal(conn, at, length, &out);
		at += length;
		left -= length;
	}
	if (damage)
		out.data[out.length / 2] ^= 1;
	if (cut)
		out.length--;
	for (size_t sent = 0; sent < out.length; sent += 100)
		if (!put(fd, out.data + sent, u64_min(out.length - sent, 100)))
			break;
	buf_fini(&out);
}

static void serve(int fd, sasl_conn_t *conn, const struct buf *file)
{
	const uint8_t *records = (const uint8_t *)file->data;
	size_t skipped = MAR_SIZE;
	const char *said = hear(fd, conn);

	if (strncmp(said, "FILTER: ", 8) == 0) {
		put(fd, "OK", 2); /* never protected */
		said = hear(fd, conn);
	} else if (strncmp(said, "FILE: ", 6) == 0) {
		struct buf out = BUF_INIT;
		uint8_t size[4];

		put_be32(size, (uint32_t)file->length);
		seal(conn, size, sizeof size, &out);
		put(fd, out.data, out.length);
		buf_fini(&out);
		skipped = 0;
		said = hear(fd, conn);
	}
	if (strncmp(said, "START: ", 7) == 0)
		stream(fd, conn, records + skipped, file->length - skipped);
	while (keep && *hear(fd, conn) != '\0')
		;
}

static void serve_client(int fd, const char *path)
{
	struct timeval patience = { .tv_sec = 20 };
	struct buf file = BUF_INIT;
	FILE *from = fopen(path, "rb");
	sasl_conn_t *conn = NULL;
	uint8_t initial[MAR_SIZE];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	buf_reserve(&file, 1 << 20);
	file.length = from != NULL ? fread(file.data, 1, 1 << 20, from) : 0;
	if (file.length >= MAR_SIZE) {
		memcpy(initial, file.data, MAR_SIZE);
		initial[6] |= 0x10;
		if (put(fd, initial, MAR_SIZE) && begin(fd, &conn) && !quit && negotiate(fd, conn))
			serve(fd, conn, &file);
	}
	quit = false;
	sasl_dispose(&conn);
	buf_fini(&file);
	if (from != NULL)
		fclose(from);
}

static int listen_somewhere(const char *port_path)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct timeval patience = { .tv_sec = 20 };
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char *fresh = xasprintf("%s.new", port_path);
	FILE *port = fopen(fresh, "w");

	if (fd < 0 || port == NULL || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 10) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	fprintf(port, "%d", ntohs(address.sin_port));
	fclose(port);
	if (rename(fresh, port_path) < 0)
		return -1;
	free(fresh);
	return fd;
}

int main(int argc, char **argv)
{
	int letter, listener;

	while ((letter = getopt(argc, argv, "l:s:kcdq")) != -1) {
		switch (letter) {
		case 'l': offer = optarg; break;
		case 's': sscanf(optarg, "%u-%u", &min_ssf, &max_ssf); break;
		case 'k': keep = true; break;
		case 'c': cut = true; break;
		case 'd': damage = true; break;
		case 'q': quit = true; break;
		default: return 1;
		}
	}
	if (argc - optind < 3 || sasl_server_init(callbacks, "argus") != SASL_OK ||
	    sasl_auxprop_add_plugin("test", start_passwords) != SASL_OK)
		return 1;
	log_path = argv[optind];
	listener = listen_somewhere(argv[optind + 1]);
	for (int i = optind + 2; i < argc && listener >= 0; i++) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			break; /* nobody wants it */
		serve_client(fd, argv[i]);
		close(fd);
	}
	sasl_done();
	return listener < 0 ? 2 : 0;
}
