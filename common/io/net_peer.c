/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/net_peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "argus/base/clock.h"
#include "argus/record/record.h"
#include "common/io/net_receive.h"

#define CONNECT_SECONDS 5u
#define CONNECT_SECONDS_RELIABLE 10u
#define RETRY_US (5 * CLOCK_SECOND_US)       /* after an attempt that failed */
#define RECONNECT_US (CLOCK_SECOND_US / 2)   /* after a stream that was there */
#define MAGIC_SIZE 16u                       /* bytes by which a server is recognised */
#define REFUSED_ACCESS 1
#define REFUSED_LIMIT 2

#define NET_AGAIN ((enum net_result)-1) /* between the functions here: look at the new state */

static ssize_t fill_from_socket(void *context, void *to, size_t room, struct err *err);

void peer_init(struct net_peer *p, const struct net_address *address_taken, const struct source_remote *how)
{
	*p = (struct net_peer){ .address = *address_taken, .how = how, .fd = -1 };
	reader_init(&p->reader, fill_from_socket, p, true);
}

static void tell(const struct net_peer *p, const char *text)
{
	if (p->message != NULL)
		p->message(p->message_context, text);
}

static void close_datagrams(struct net_peer *p)
{
	net_udp_count(p->udp, &p->count);
	net_udp_free(p->udp);
	p->udp = NULL;
	p->fd = -1;
}

static void hang_up(struct net_peer *p)
{
	if (p->udp != NULL)
		close_datagrams(p);
	net_sasl_free(p->sasl);
	p->sasl = NULL;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	if (p->addresses != NULL)
		freeaddrinfo(p->addresses);
	p->addresses = p->at_address = NULL;
}

/* The server frees what it holds for us at once; if it does not get to read this, when we close. */
static void say_done(const struct net_peer *p)
{
	struct buf text = BUF_INIT;

	buf_text(&text, "DONE: ");
	if (p->sasl == NULL || net_sasl_encode(p->sasl, &text, NULL) == 0)
		send(p->fd, text.data, text.length, MSG_NOSIGNAL);
	buf_fini(&text);
}

void peer_stop(struct net_peer *p)
{
	p->is_stopped = true;
	if (p->state != PEER_STREAMING) {
		hang_up(p);
		if (p->state != PEER_OVER)
			p->state = p->count.records > 0 ? PEER_OVER : PEER_UNREACHED;
	} else if (!p->takes_no_more) {
		if (p->udp == NULL)
			say_done(p);
		p->takes_no_more = true;
	}
}

void peer_fini(struct net_peer *p)
{
	peer_stop(p);
	hang_up(p);
	reader_fini(&p->reader);
	buf_fini(&p->out);
	net_login_forget(&p->login);
	net_address_fini(&p->address);
}

static void pause_for(struct net_peer *p, uint64_t us)
{
	p->state = PEER_PAUSING;
	p->due = clock_monotonic() + us;
}

/* It did not come to a stream, or that broke: told, and tried again if so wished. */
static enum net_result fail(struct net_peer *p, struct err *err)
{
	hang_up(p);
	if (!p->how->reliable || (p->address.path != NULL && p->has_begun)) { /* not the same records again */
		p->state = PEER_OVER;
		return NET_FAILED;
	}
	tell(p, err->text);
	pause_for(p, RETRY_US);
	return NET_WAIT;
}

static uint64_t patience(const struct net_peer *p)
{
	uint32_t seconds = p->how->connect_seconds;

	if (seconds == 0)
		seconds = p->how->reliable ? CONNECT_SECONDS_RELIABLE : CONNECT_SECONDS;
	return clock_monotonic() + seconds * CLOCK_SECOND_US;
}

/* That of the address, of the configuration, or of the service `monitor`. */
static uint16_t port_of(const struct net_peer *p)
{
	const struct servent *service;

	if (p->address.port != 0)
		return p->address.port;
	if (p->address.scheme == NET_CISCO || p->address.scheme == NET_SFLOW)
		return p->address.scheme == NET_CISCO ? NET_CISCO_PORT : NET_SFLOW_PORT;
	if (p->how->default_port != 0)
		return p->how->default_port;
	service = getservbyname("monitor", p->address.scheme == NET_ARGUS_TCP ? "tcp" : "udp");
	return service != NULL ? ntohs((uint16_t)service->s_port) : NET_DEFAULT_PORT;
}

static int resolve(struct net_peer *p, struct err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	char port[8];
	int result;

	snprintf(port, sizeof port, "%u", port_of(p));
	result = getaddrinfo(p->address.host, port, &hints, &p->addresses);
	if (result == 0)
		return 0;
	p->addresses = NULL;
	if (result == EAI_NONAME || result == EAI_FAIL)
		return err_set(err, ERR_SYSTEM, "host %s unknown", p->address.host != NULL ? p->address.host : "any");
	return err_set(err, ERR_SYSTEM, "host %s: %s", p->address.name, gai_strerror(result));
}

static int connect_failed(const struct net_peer *p, int number, struct err *err)
{
	const struct addrinfo *to = p->at_address;
	char host[INET6_ADDRSTRLEN + 16] = "?", port[8] = "?";
	bool is_v6 = to->ai_family == AF_INET6;

	getnameinfo(to->ai_addr, to->ai_addrlen, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
	return err_set(err, ERR_USER, "connect to %s%s%s:%s failed '%s'", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port,
		       strerror(number));
}

static int bind_port(int fd, int family, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (family == AF_INET6)
		return bind(fd, (const struct sockaddr *)&v6, sizeof v6);
	return bind(fd, (const struct sockaddr *)&v4, sizeof v4);
}

/* Begins to connect to at_address. */
static int open_socket(struct net_peer *p, struct err *err)
{
	const struct addrinfo *to = p->at_address;
	int on = 1;

	p->fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);
	if (p->fd < 0)
		return connect_failed(p, errno, err);
	setsockopt(p->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	if (p->how->local_port != 0 && bind_port(p->fd, to->ai_family, p->how->local_port) < 0)
		return connect_failed(p, errno, err);
	if (connect(p->fd, to->ai_addr, to->ai_addrlen) < 0 && errno != EINPROGRESS)
		return connect_failed(p, errno, err);
	return 0;
}

/* One address of a name after the other; only the last says why it failed. */
static enum net_result try_addresses(struct net_peer *p, struct err *err)
{
	for (; p->at_address != NULL; p->at_address = p->at_address->ai_next) {
		if (open_socket(p, err) == 0) {
			p->state = PEER_CONNECTING;
			p->due = patience(p);
			return NET_AGAIN;
		}
		if (p->fd >= 0)
			close(p->fd);
		p->fd = -1;
	}
	return fail(p, err);
}

static enum net_result open_datagrams(struct net_peer *p, struct err *err)
{
	p->udp = net_udp_open(&p->address, port_of(p), err);
	if (p->udp == NULL)
		return fail(p, err);
	net_udp_on_message(p->udp, p->message, p->message_context);
	p->fd = net_udp_fd(p->udp);
	p->idle_us = p->due = 0;
	reader_restart(&p->reader, 0, true);
	p->state = PEER_STREAMING;
	return NET_AGAIN;
}

static enum net_result end_pause(struct net_peer *p, struct err *err)
{
	if (p->due != 0 && clock_monotonic() < p->due)
		return NET_WAIT;
	p->greeting_length = p->greeting_read = p->reply_length = p->out_sent = 0;
	p->takes_no_more = p->has_begun = false;
	buf_clear(&p->out);
	if (p->address.scheme != NET_ARGUS_TCP)
		return open_datagrams(p, err);
	if (resolve(p, err) < 0)
		return fail(p, err);
	p->at_address = p->addresses;
	return try_addresses(p, err);
}

static enum net_result see_connection(struct net_peer *p, struct err *err)
{
	struct pollfd ready = { .fd = p->fd, .events = POLLOUT };
	int number = 0;
	socklen_t size = sizeof number;

	if (poll(&ready, 1, 0) > 0)
		getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &number, &size);
	else if (clock_monotonic() >= p->due)
		number = ETIMEDOUT;
	else
		return NET_WAIT;
	if (number == 0) {
		p->state = PEER_GREETING;
		p->due = patience(p);
		return NET_AGAIN;
	}
	connect_failed(p, number, err);
	close(p->fd);
	p->fd = -1;
	p->at_address = p->at_address->ai_next;
	return try_addresses(p, err);
}

/* Up to `room` bytes of the connection, in clear; as reader_fill. The answer to FILTER is
 * not protected even where all else is. */
static ssize_t receive(struct net_peer *p, void *to, size_t room, struct err *err)
{
	if (p->sasl != NULL && p->state != PEER_FILTERING)
		return net_sasl_receive(p->sasl, to, room, err);
	return net_receive(p->fd, p->address.name, to, room, err);
}

/* Up to `room` bytes during the handshake; 0: none yet. At the end of the stream,
 * and when it takes too long, -1. */
static ssize_t hear(struct net_peer *p, void *to, size_t room, struct err *err)
{
	ssize_t got = receive(p, to, room, err);

	if (got > 0 || got == -1)
		return got;
	if (got == 0)
		return err_set(err, ERR_SYSTEM, "%s connection closed", p->address.name);
	if (clock_monotonic() < p->due)
		return 0;
	return err_set(err, ERR_USER, "%s does not answer", p->address.name);
}

/* What has come of the greeting. -1: it is none, and err says what instead. */
static int judge_greeting(const struct net_peer *p, struct err *err)
{
	const uint8_t *at = p->greeting;
	const char *name = p->address.name;

	if (p->greeting_length < RECORD_HEADER_SIZE)
		return 0;
	if ((at[0] & 0xf0) == RECORD_MAR && (at[1] & 0xf0) == CAUSE_ERROR) {
		if ((at[1] & 0x0f) == REFUSED_ACCESS)
			return err_set(err, ERR_SYSTEM, "%s: remote access denied", name);
		if ((at[1] & 0x0f) == REFUSED_LIMIT)
			return err_set(err, ERR_SYSTEM, "%s: remote exceed listen error: it has too many clients", name);
		return err_set(err, ERR_SYSTEM, "%s: the server refuses", name);
	}
	if (p->greeting_length >= MAGIC_SIZE && record_magic(at, p->greeting_length) == 0)
		return err_set(err, ERR_USER, "%s is not an Argus 3 server", name);
	return 0;
}

/* Has the text in `out` sent, and the answer waited for in that state. */
static enum net_result say(struct net_peer *p, enum peer_state state, struct err *err)
{
	if (p->sasl != NULL && net_sasl_encode(p->sasl, &p->out, err) < 0)
		return fail(p, err);
	p->out_sent = 0;
	p->state = state;
	p->due = patience(p);
	return NET_AGAIN;
}

static enum net_result say_start(struct net_peer *p, struct err *err)
{
	buf_clear(&p->out);
	buf_text(&p->out, "START: ");
	return say(p, PEER_STARTING, err);
}

static void begin_stream(struct net_peer *p)
{
	p->idle_us = p->address.path == NULL ? 2 * get_be16(p->greeting + 46) * CLOCK_SECOND_US : 0;
	p->due = p->idle_us != 0 ? clock_monotonic() + p->idle_us : 0;
	reader_restart(&p->reader, 0, true);
	p->state = PEER_STREAMING;
}

static enum net_result ask_for_records(struct net_peer *p, struct err *err)
{
	if (p->how->poll) {
		begin_stream(p);
		peer_stop(p);
		return NET_AGAIN;
	}
	/* A file takes the place of the stream, with an initial MAR of its own, and is not filtered there. */
	if (p->address.path != NULL) {
		buf_printf(&p->out, "FILE: %s", p->address.path);
		return say(p, PEER_FILING, err);
	}
	if (p->how->filter != NULL) {
		buf_printf(&p->out, "FILTER: man or (%s)", p->how->filter);
		return say(p, PEER_FILTERING, err);
	}
	return say_start(p, err);
}

static enum net_result answer_greeting(struct net_peer *p, struct err *err)
{
	if (get_be32(p->greeting + 4) & MAR_SASL) {
		p->sasl = net_sasl_new(p->fd, &p->address, p->how, &p->login, err);
		if (p->sasl == NULL)
			return fail(p, err);
		p->state = PEER_PROVING;
		p->due = patience(p);
		return NET_AGAIN;
	}
	if (p->how->min_ssf == 0)
		return ask_for_records(p, err);
	err_set(err, ERR_USER, "%s does not protect its records, as RA_MIN_SSF demands", p->address.name);
	return fail(p, err);
}

static enum net_result show_who_we_are(struct net_peer *p, struct err *err)
{
	switch (net_sasl_step(p->sasl, err)) {
	case NET_SASL_DONE:
		return ask_for_records(p, err);
	case NET_SASL_WAIT:
		if (clock_monotonic() < p->due)
			return NET_WAIT;
		err_set(err, ERR_USER, "%s does not answer", p->address.name);
		return fail(p, err);
	case NET_SASL_ASKING: /* the server's time begins with the answer */
		p->due = patience(p);
		return NET_WAIT;
	case NET_SASL_LOST:
		hang_up(p);
		p->state = PEER_PAUSING;
		p->due = 0;
		return NET_AGAIN;
	case NET_SASL_FAILED:
		break;
	}
	return fail(p, err);
}

static enum net_result take_greeting(struct net_peer *p, struct err *err)
{
	ssize_t got = hear(p, p->greeting + p->greeting_length, MAR_SIZE - p->greeting_length, err);

	if (got == 0)
		return NET_WAIT;
	if (got > 0)
		p->greeting_length += (size_t)got;
	if (got < 0 || judge_greeting(p, err) < 0)
		return fail(p, err);
	return p->greeting_length == MAR_SIZE ? answer_greeting(p, err) : NET_AGAIN;
}

/* Sends what is to be sent. NET_AGAIN: all of it is. */
static enum net_result send_out(struct net_peer *p, struct err *err)
{
	while (p->out_sent < p->out.length) {
		ssize_t sent = send(p->fd, p->out.data + p->out_sent, p->out.length - p->out_sent, MSG_NOSIGNAL);

		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			return NET_WAIT;
		if (sent < 0) {
			err_system(err, "%s", p->address.name);
			return fail(p, err);
		}
		p->out_sent += (size_t)sent;
	}
	return NET_AGAIN;
}

static int judge_reply(const struct net_peer *p, struct err *err)
{
	const char *name = p->address.name;

	if (memcmp(p->reply, "OK", 2) == 0)
		return 0;
	if (memcmp(p->reply, "SY", 2) == 0)
		return err_set(err, ERR_SYSTEM, "%s: remote filter syntax error. Filters after the word local are not sent.", name);
	if (memcmp(p->reply, "TI", 2) == 0)
		return err_set(err, ERR_SYSTEM, "%s: remote filter compiler timed out.", name);
	return err_set(err, ERR_SYSTEM, "%s: remote filter error", name);
}

/* Up to `size` bytes of the answer to what was sent. NET_AGAIN: some have come. */
static enum net_result hear_reply(struct net_peer *p, size_t size, struct err *err)
{
	enum net_result result = send_out(p, err);
	ssize_t got;

	if (result != NET_AGAIN)
		return result;
	got = hear(p, p->reply + p->reply_length, size - p->reply_length, err);
	if (got == 0)
		return NET_WAIT;
	if (got < 0)
		return fail(p, err);
	p->reply_length += (size_t)got;
	return NET_AGAIN;
}

static enum net_result take_reply(struct net_peer *p, struct err *err)
{
	enum net_result result = hear_reply(p, 2, err);

	if (result != NET_AGAIN || p->reply_length < 2)
		return result;
	if (judge_reply(p, err) < 0)
		return fail(p, err);
	return say_start(p, err);
}

#define SIZE_UNKNOWN UINT32_MAX /* the file is larger than 32 bits can say */

/* Two bytes are a refusal, four the file's size, even one that begins with the same letters. */
static enum net_result take_file_size(struct net_peer *p, struct err *err)
{
	enum net_result result = hear_reply(p, 4, err);
	uint32_t size;

	if (result != NET_AGAIN)
		return result;
	if (p->reply_length == 2 && memcmp(p->reply, "KO", 2) == 0) {
		err_set(err, ERR_SYSTEM, "%s: remote file error: the server does not give this file", p->address.name);
		return fail(p, err);
	}
	if (p->reply_length < 4)
		return NET_AGAIN;
	size = get_be32(p->reply);
	p->file_left = size == SIZE_UNKNOWN ? UINT64_MAX : size;
	return say_start(p, err);
}

static enum net_result finish_start(struct net_peer *p, struct err *err)
{
	enum net_result result = send_out(p, err);

	if (result == NET_AGAIN)
		begin_stream(p);
	return result;
}

static ssize_t when_nothing_came(struct net_peer *p)
{
	char text[256];

	if (p->due == 0 || clock_monotonic() < p->due)
		return READER_NOTHING_YET;
	snprintf(text, sizeof text, "%s: idle stream: closing", p->address.name);
	tell(p, text);
	say_done(p);
	p->takes_no_more = true;
	return 0;
}

/* The same of datagrams, whose initial MAR comes with the first. */
static ssize_t fill_from_datagrams(struct net_peer *p, void *to, size_t room, struct err *err)
{
	bool is_last = p->how->poll;
	ssize_t got;

	if (p->takes_no_more)
		return 0;
	got = net_udp_read(p->udp, to, is_last ? MAR_SIZE : room, err);
	if (got <= 0)
		return got;
	p->takes_no_more = is_last;
	return got;
}

/* The bytes of a remote file, as many as the server has said there are. */
static ssize_t fill_from_file(struct net_peer *p, void *to, size_t room, struct err *err)
{
	ssize_t got;

	if (p->takes_no_more)
		return 0;
	if (p->file_left == 0) {
		say_done(p);
		return 0;
	}
	got = receive(p, to, u64_min(room, p->file_left), err);
	if (got < 0)
		return got == READER_NOTHING_YET ? when_nothing_came(p) : got;
	if (got == 0 && p->file_left != UINT64_MAX)
		return err_set(err, ERR_SYSTEM, "%s: the server closed the connection %llu bytes before the end of the file",
			       p->address.name, (unsigned long long)p->file_left);
	if (p->file_left != UINT64_MAX)
		p->file_left -= (uint64_t)got;
	return got;
}

/* The stream as the reader sees it: the initial MAR, and then what the server sends. */
static ssize_t fill_from_socket(void *context, void *to, size_t room, struct err *err)
{
	struct net_peer *p = context;
	size_t left = MAR_SIZE - p->greeting_read;
	ssize_t got;

	if (p->udp != NULL)
		return fill_from_datagrams(p, to, room, err);
	if (p->address.path != NULL && !p->how->poll)
		return fill_from_file(p, to, room, err);
	if (left > 0) {
		left = left < room ? left : room;
		memcpy(to, p->greeting + p->greeting_read, left);
		p->greeting_read += left;
		return (ssize_t)left;
	}
	if (p->takes_no_more)
		return 0;
	got = receive(p, to, room, err);
	if (got < 0)
		return got == READER_NOTHING_YET ? when_nothing_came(p) : got;
	if (p->idle_us != 0)
		p->due = clock_monotonic() + p->idle_us;
	return got;
}

/* A stream that we gave up may end anywhere. */
static enum net_result end_stream(struct net_peer *p)
{
	char text[256];

	if (p->takes_no_more)
		p->reader.count.truncated = 0;
	reader_add_count(&p->count, &p->reader.count);
	hang_up(p);
	p->state = PEER_OVER;
	if (!p->how->reliable || p->is_stopped || p->address.path != NULL)
		return NET_ENDED;
	snprintf(text, sizeof text, "%s connection closed: connecting again", p->address.name);
	tell(p, text);
	pause_for(p, RECONNECT_US);
	return NET_WAIT;
}

/* The connection broke. One that gave records is there again sooner than one that never did. */
static enum net_result lose_stream(struct net_peer *p, struct err *err)
{
	enum net_result result;

	if (p->has_begun && p->reader.at < p->reader.end)
		p->reader.count.truncated++;
	reader_add_count(&p->count, &p->reader.count);
	result = fail(p, err);
	if (result == NET_WAIT && p->has_begun)
		pause_for(p, RECONNECT_US);
	return result;
}

static enum net_result read_stream(struct net_peer *p, struct record *record, struct err *err)
{
	enum reader_result result;

	if (likely(p->has_begun))
		result = reader_next(&p->reader, record, err);
	else
		result = reader_start(&p->reader, record, err);
	if (likely(result == READER_RECORD)) {
		p->has_begun = true;
		return NET_RECORD;
	}
	if (result == READER_WAIT)
		return NET_WAIT;
	if (result == READER_END && (p->has_begun || p->address.path == NULL || p->reader.count.truncated > 0))
		return end_stream(p);
	if (result == READER_END)
		err_set(err, ERR_USER, "%s: not Argus data", p->address.name);
	return lose_stream(p, err);
}

enum net_result peer_next(struct net_peer *p, struct record *record, struct err *err)
{
	enum net_result result = NET_AGAIN;

	if (likely(p->state == PEER_STREAMING))
		return read_stream(p, record, err);
	while (result == NET_AGAIN) {
		switch (p->state) {
		case PEER_PAUSING:
			result = end_pause(p, err);
			break;
		case PEER_CONNECTING:
			result = see_connection(p, err);
			break;
		case PEER_GREETING:
			result = take_greeting(p, err);
			break;
		case PEER_PROVING:
			result = show_who_we_are(p, err);
			break;
		case PEER_FILTERING:
			result = take_reply(p, err);
			break;
		case PEER_FILING:
			result = take_file_size(p, err);
			break;
		case PEER_STARTING:
			result = finish_start(p, err);
			break;
		case PEER_STREAMING:
			result = read_stream(p, record, err);
			break;
		case PEER_UNREACHED:
			err_set(err, ERR_USER, "%s was not reached", p->address.name);
			p->state = PEER_OVER;
			return NET_FAILED;
		case PEER_OVER:
			result = NET_OVER;
			break;
		}
	}
	return result;
}

struct pollfd peer_poll(const struct net_peer *p)
{
	struct pollfd wait = { .fd = p->fd, .events = POLLIN };

	if (p->state == PEER_PROVING)
		return net_sasl_poll(p->sasl);
	if (p->state == PEER_CONNECTING || p->state == PEER_STARTING ||
	    ((p->state == PEER_FILTERING || p->state == PEER_FILING) && p->out_sent < p->out.length))
		wait.events = POLLOUT;
	return wait;
}

const struct source_count *peer_count(struct net_peer *p)
{
	p->shown = p->count;
	if (p->state == PEER_STREAMING)
		reader_add_count(&p->shown, &p->reader.count);
	if (p->udp != NULL)
		net_udp_count(p->udp, &p->shown);
	return &p->shown;
}
