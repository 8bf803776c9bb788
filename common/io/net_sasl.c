/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The negotiation: lines of base64 in both directions, each with a letter that says what
 * it is. Which bytes are in them is libsasl2's affair. */
#include "common/io/net_sasl_private.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sasl/saslutil.h>
#include <strings.h>
#include <sys/socket.h>

#define LINE_MOST 65536u   /* bytes of a line; tickets of Kerberos are the longest that there are */
#define BUFFER_MOST 65536u /* bytes of a protected message that we take */
#define ADDRESS_SIZE (INET6_ADDRSTRLEN + 32)

enum net_sasl_result net_sasl_failed(struct err *err, enum err_kind kind, const char *format, ...)
{
	va_list args;
	char text[sizeof err->text];

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	for (char *at = text; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	err_set(err, kind, "%s", text);
	return NET_SASL_FAILED;
}

const char *net_sasl_detail(const struct net_sasl *s, int result)
{
	const char *detail = sasl_errdetail(s->conn);

	return detail != NULL && *detail != '\0' ? detail : sasl_errstring(result, NULL, NULL);
}

/* What libsasl2 would tell the system's log is in its results too. */
static int log_nothing(void *context, int level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
	return SASL_OK;
}

/* Without a function libsasl2 hands us its questions. */
static const sasl_callback_t callbacks[] = {
	{ SASL_CB_LOG, (int (*)(void))(void (*)(void))log_nothing, NULL },
	{ SASL_CB_USER, NULL, NULL },
	{ SASL_CB_AUTHNAME, NULL, NULL },
	{ SASL_CB_PASS, NULL, NULL },
	{ SASL_CB_GETREALM, NULL, NULL },
	{ SASL_CB_LIST_END, NULL, NULL },
};

/* "ADDRESS;PORT" of an end of the connection; false if it has none. */
static bool name_end(int fd, int (*get)(int, struct sockaddr *, socklen_t *), char text[ADDRESS_SIZE])
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	char host[INET6_ADDRSTRLEN + 16], port[8];

	if (get(fd, (struct sockaddr *)&address, &size) < 0 || (address.ss_family != AF_INET && address.ss_family != AF_INET6) ||
	    getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return false;
	snprintf(text, ADDRESS_SIZE, "%s;%s", host, port);
	return true;
}

static int peer_name(int fd, struct sockaddr *to, socklen_t *size) { return getpeername(fd, to, size); }
static int own_name(int fd, struct sockaddr *to, socklen_t *size) { return getsockname(fd, to, size); }

static int connect_library(struct net_sasl *s, const struct net_address *address, const struct source_remote *how)
{
	static bool is_ready;
	sasl_security_properties_t wishes = { .min_ssf = how->min_ssf, .max_ssf = how->max_ssf, .maxbufsize = BUFFER_MOST };
	char local[ADDRESS_SIZE], remote[ADDRESS_SIZE];
	bool has_local = name_end(s->fd, own_name, local), has_remote = name_end(s->fd, peer_name, remote);
	int result = is_ready ? SASL_OK : sasl_client_init(callbacks);

	is_ready |= result == SASL_OK;
	if (result == SASL_OK)
		result = sasl_client_new("argus", address->host != NULL ? address->host : "localhost", has_local ? local : NULL,
					 has_remote ? remote : NULL, callbacks, 0, &s->conn);
	if (result == SASL_OK)
		result = sasl_setprop(s->conn, SASL_SEC_PROPS, &wishes);
	return result;
}

struct net_sasl *net_sasl_new(int fd, const struct net_address *address, const struct source_remote *how,
			      struct net_login *login, struct err *err)
{
	struct net_sasl *s;
	int result;

	if (how->min_ssf > how->max_ssf) {
		err_set(err, ERR_USER, "%s: RA_MIN_SSF, %u, is above RA_MAX_SSF, %u", address->name, how->min_ssf, how->max_ssf);
		return NULL;
	}
	s = xcalloc(1, sizeof *s);
	s->fd = fd;
	s->name = address->name;
	s->wanted = s->mechanism = how->mechanism;
	s->login = login;
	s->ask = (struct net_ask)NET_ASK_INIT;
	net_login_complete(login, address, how);
	result = connect_library(s, address, how);
	if (result == SASL_OK)
		return s;
	err_set(err, ERR_USER, "%s: no authentication: libsasl2: %s", address->name, sasl_errstring(result, NULL, NULL));
	s->is_over = true; /* nothing has begun */
	net_sasl_free(s);
	return NULL;
}

void net_sasl_free(struct net_sasl *s)
{
	if (s == NULL)
		return;
	if (!s->is_over)
		send(s->fd, "N: \n", 4, MSG_NOSIGNAL);
	net_ask_close(&s->ask);
	free(s->questions);
	sasl_dispose(&s->conn);
	buf_fini(&s->line);
	buf_fini(&s->out);
	buf_fini(&s->heard);
	buf_fini(&s->realm);
	free(s);
}

/* By the server. Not all wait as long as it takes to type. */
static enum net_sasl_result closed(struct net_sasl *s, struct err *err)
{
	s->is_over = true;
	if (s->has_asked)
		return NET_SASL_LOST;
	return net_sasl_failed(err, ERR_SYSTEM, "%s connection closed during authentication", s->name);
}

/* What send() or recv() could not do. */
static enum net_sasl_result no_bytes(struct net_sasl *s, struct err *err)
{
	if (errno == EAGAIN || errno == EINTR)
		return NET_SASL_WAIT;
	if (errno == ECONNRESET || errno == EPIPE)
		return closed(s, err);
	err_system(err, "%s", s->name);
	return NET_SASL_FAILED;
}

static void say(struct net_sasl *s, const char *bytes, unsigned length)
{
	unsigned room = length / 3 * 4 + 5, encoded;

	buf_text(&s->out, "C: ");
	buf_reserve(&s->out, room);
	if (length > 0 && sasl_encode64(bytes, length, s->out.data + s->out.length, room, &encoded) == SASL_OK)
		s->out.length += encoded;
	buf_char(&s->out, '\n');
}

/* DONE: all is sent. */
static enum net_sasl_result send_out(struct net_sasl *s, struct err *err)
{
	while (s->out_sent < s->out.length) {
		ssize_t sent = send(s->fd, s->out.data + s->out_sent, s->out.length - s->out_sent, MSG_NOSIGNAL);

		if (sent < 0)
			return no_bytes(s, err);
		s->out_sent += (size_t)sent;
	}
	s->out_sent = 0;
	buf_clear(&s->out);
	return NET_SASL_DONE;
}

/* Takes what has come of a line, and not a byte from behind it: those may be protected. */
static enum net_sasl_result hear_part(struct net_sasl *s, struct err *err)
{
	char part[2048];
	ssize_t got = recv(s->fd, part, sizeof part, MSG_PEEK);
	const char *newline = got > 0 ? memchr(part, '\n', (size_t)got) : NULL;

	if (newline != NULL)
		got = newline + 1 - part;
	if (got > 0)
		got = recv(s->fd, part, (size_t)got, 0);
	if (got == 0)
		return closed(s, err);
	if (got < 0)
		return no_bytes(s, err);
	buf_add(&s->line, part, (size_t)got);
	return NET_SASL_DONE;
}

/* WAIT: the line is not whole yet; DONE: it is, without its newline. */
static enum net_sasl_result hear_line(struct net_sasl *s, struct err *err)
{
	while (s->line.length == 0 || s->line.data[s->line.length - 1] != '\n') {
		enum net_sasl_result result = hear_part(s, err);

		if (result != NET_SASL_DONE)
			return result;
		if (s->line.length > LINE_MOST)
			return net_sasl_failed(err, ERR_SYSTEM, "%s: authentication: a line of the server has no end", s->name);
	}
	while (s->line.length > 0 && isspace((unsigned char)s->line.data[s->line.length - 1]))
		s->line.data[--s->line.length] = '\0';
	return NET_SASL_DONE;
}

/* The payload of a line into s->heard. */
static bool decode(struct net_sasl *s, const char *text)
{
	unsigned length = (unsigned)strlen(text), decoded = 0;
	bool is_good;

	buf_clear(&s->heard);
	buf_reserve(&s->heard, length + 4);
	is_good = length == 0 || sasl_decode64(text, length, s->heard.data, length + 4, &decoded) == SASL_OK;
	s->heard.length = is_good ? decoded : 0;
	s->heard.data[s->heard.length] = '\0';
	return is_good;
}

static enum net_sasl_result library_failed(struct net_sasl *s, int result, struct err *err)
{
	bool is_ours = result == SASL_NOMECH || result == SASL_TOOWEAK || result == SASL_ENCRYPT;

	if (result == SASL_NOMECH && !s->has_started)
		return net_sasl_failed(err, ERR_USER, "%s: no way of authentication in common within RA_MIN_SSF and RA_MAX_SSF; the server offers %s",
				       s->name, buf_string(&s->heard));
	return net_sasl_failed(err, is_ours ? ERR_USER : ERR_SYSTEM, "%s: authentication failed: %s", s->name, net_sasl_detail(s, result));
}

/* Whether the list {ONE, TWO} has the mechanism. */
static bool is_offered(const char *list, const char *mechanism)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t length = strlen(mechanism), word;

	for (const char *at = list; *at != '\0'; at += word > 0 ? word : 1) {
		word = strspn(at, letters);
		if (word == length && strncasecmp(at, mechanism, length) == 0)
			return true;
	}
	return false;
}

/* Has libsasl2 take a step with what was heard, and says what it wants to say. Its
 * questions come first: then it takes the same step again. */
static enum net_sasl_result advance(struct net_sasl *s, struct err *err)
{
	const char *answer = NULL;
	unsigned length = 0;
	int result;

	if (s->has_started)
		result = sasl_client_step(s->conn, buf_string(&s->heard), (unsigned)s->heard.length, &s->questions, &answer, &length);
	else
		result = sasl_client_start(s->conn, s->wanted != NULL ? s->wanted : buf_string(&s->heard), &s->questions, &answer,
					   &length, &s->mechanism);
	s->question = result == SASL_INTERACT ? s->questions : NULL;
	if (result == SASL_INTERACT)
		return NET_SASL_DONE;
	if (result != SASL_OK && result != SASL_CONTINUE)
		return library_failed(s, result, err);
	s->is_proven = result == SASL_OK;
	if (!s->has_started) {
		say(s, s->mechanism, (unsigned)strlen(s->mechanism));
		say(s, answer != NULL ? "Y" : "N", 1);
	}
	if (s->has_started || answer != NULL)
		say(s, answer, length);
	s->has_started = true;
	return NET_SASL_DONE;
}

static enum net_sasl_result take_data(struct net_sasl *s, const char *text, struct err *err)
{
	if (!decode(s, text))
		return net_sasl_failed(err, ERR_SYSTEM, "%s: authentication: what the server says is not base64", s->name);
	if (!s->has_started && s->wanted != NULL && !is_offered(buf_string(&s->heard), s->wanted))
		return net_sasl_failed(err, ERR_USER, "%s: the server does not offer %s; it offers %s", s->name, s->wanted, buf_string(&s->heard));
	return advance(s, err);
}

static enum net_sasl_result take_success(struct net_sasl *s, struct err *err)
{
	if (!s->is_proven)
		return net_sasl_failed(err, ERR_SYSTEM, "%s: authentication: the server lets us in before it has shown who it is", s->name);
	s->is_over = true;
	return net_sasl_begin_layer(s, err) < 0 ? NET_SASL_FAILED : NET_SASL_DONE;
}

/* [CODE] TEXT. */
static enum net_sasl_result take_refusal(struct net_sasl *s, const char *text, struct err *err)
{
	const char *end = *text == '[' ? strchr(text, ']') : NULL;
	int code = end != NULL ? (int)strtol(text + 1, NULL, 10) : SASL_FAIL;
	const char *reason = sasl_errstring(code, NULL, NULL);

	s->is_over = true;
	if (s->login->is_typed)
		net_login_forget(s->login); /* and the user is asked again, if there is another time */
	if (decode(s, end != NULL ? end + 1 + strspn(end + 1, " ") : "") && s->heard.length > 0)
		reason = buf_string(&s->heard);
	return net_sasl_failed(err, ERR_SYSTEM, "%s: the server refuses us: %s [%d]", s->name, reason, code);
}

static enum net_sasl_result take_line(struct net_sasl *s, struct err *err)
{
	const char *text = buf_string(&s->line), *colon = strchr(text, ':');
	const char *payload = colon != NULL ? colon + 1 + strspn(colon + 1, " ") : "";

	if (strlen(text) != s->line.length)
		text = ""; /* what has a NUL is no text */
	if (strncmp(text, "S:", 2) == 0)
		return take_data(s, payload, err);
	if (strncmp(text, "D:", 2) == 0)
		return take_success(s, err);
	if (strncmp(text, "E:", 2) == 0)
		return take_refusal(s, payload, err);
	return net_sasl_failed(err, ERR_SYSTEM, "%s: authentication: not what a server says: '%.60s'", s->name, buf_string(&s->line));
}

/* The first of {ONE, TWO}, if the library has no better idea. */
static const char *pick_realm(struct net_sasl *s)
{
	const char *list = s->question->challenge != NULL ? s->question->challenge : "";

	if (s->question->defresult != NULL && *s->question->defresult != '\0')
		return s->question->defresult;
	list += strspn(list, "{ ");
	buf_clear(&s->realm);
	buf_add(&s->realm, list, strcspn(list, ",}"));
	return buf_string(&s->realm);
}

/* What we know without asking; NULL: nothing. */
static const char *known_answer(struct net_sasl *s)
{
	switch (s->question->id) {
	case SASL_CB_USER:
		return s->login->user;
	case SASL_CB_AUTHNAME:
		return s->login->auth;
	case SASL_CB_PASS:
		return s->login->password;
	case SASL_CB_GETREALM:
		return pick_realm(s);
	default:
		return NULL;
	}
}

static void keep_answer(struct net_sasl *s)
{
	struct net_login *l = s->login;
	const char *text = s->ask.answer;

	if (s->question->id == SASL_CB_USER)
		l->user = xstrdup(text);
	else if (s->question->id == SASL_CB_AUTHNAME)
		l->auth = xstrdup(*text == '\0' && l->user != NULL ? l->user : text);
	else
		l->password = xstrdup(text);
	l->is_typed = s->has_asked = true;
	explicit_bzero(s->ask.answer, sizeof s->ask.answer);
}

static void put_question(struct net_sasl *s)
{
	unsigned long id = s->question->id;

	net_ask_put(&s->ask, id == SASL_CB_USER ? "Username: " : id == SASL_CB_AUTHNAME ? "Authname: " : "Password: ",
		    id == SASL_CB_PASS);
	s->is_put = true;
}

/* Asks at the terminal. DONE: the answer is in the login. */
static enum net_sasl_result ask(struct net_sasl *s, struct err *err)
{
	enum net_ask_result result = NET_ASK_DONE;
	char why[256];

	if (s->ask.fd < 0) {
		snprintf(why, sizeof why, "%s asks who you are", s->name);
		result = net_ask_open(&s->ask, why);
	}
	if (result == NET_ASK_DONE && !s->is_put)
		put_question(s);
	if (result == NET_ASK_DONE)
		result = net_ask_look(&s->ask);
	if (result == NET_ASK_WAIT)
		return NET_SASL_ASKING;
	if (result == NET_ASK_NONE && s->question->id == SASL_CB_PASS)
		return net_sasl_failed(err, ERR_USER, "%s asks for a password: RA_AUTH_PASS or USER:PASSWORD@ says it", s->name);
	if (result == NET_ASK_NONE)
		return net_sasl_failed(err, ERR_USER, "%s asks who you are: -U, RA_USER_AUTH or USER@ says it", s->name);
	keep_answer(s);
	s->is_put = false;
	return NET_SASL_DONE;
}

/* Answers libsasl2's questions: what is known at once, the rest from the terminal; and takes its step again. */
static enum net_sasl_result answer_questions(struct net_sasl *s, struct err *err)
{
	while (s->question->id != SASL_CB_LIST_END) {
		const char *answer = known_answer(s);

		if (answer == NULL) {
			enum net_sasl_result result = ask(s, err);

			if (result != NET_SASL_DONE)
				return result;
			continue;
		}
		s->question->result = answer;
		s->question->len = (unsigned)strlen(answer);
		s->question++;
	}
	net_ask_close(&s->ask);
	return advance(s, err);
}

static enum net_sasl_result take_next_line(struct net_sasl *s, struct err *err)
{
	enum net_sasl_result result = send_out(s, err);

	if (result == NET_SASL_DONE)
		result = hear_line(s, err);
	if (result != NET_SASL_DONE)
		return result;
	result = take_line(s, err);
	buf_clear(&s->line);
	return result;
}

enum net_sasl_result net_sasl_step(struct net_sasl *s, struct err *err)
{
	enum net_sasl_result result = NET_SASL_DONE;

	while (result == NET_SASL_DONE && !s->is_over)
		result = s->question != NULL ? answer_questions(s, err) : take_next_line(s, err);
	return result;
}

struct pollfd net_sasl_poll(const struct net_sasl *s)
{
	if (s->question != NULL)
		return (struct pollfd){ .fd = s->ask.fd, .events = POLLIN };
	return (struct pollfd){ .fd = s->fd, .events = s->out.length > s->out_sent ? POLLOUT : POLLIN };
}
