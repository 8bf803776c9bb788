/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/net_udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "argus/base/clock.h"
#include "argus/record/record.h"
#include "common/io/netflow.h"
#include "common/io/reader.h"

#define BATCH 32u /* datagrams taken with one call */
#define DATAGRAM_MAX 65536u
#define SOCKET_ROOM (8 << 20) /* bytes that the system shall hold for us */

struct net_udp {
	const struct net_address *address;
	int fd;
	struct netflow *netflow; /* NULL: datagrams are records */
	struct buf records;      /* made of the last batch; handed out up to `given` */
	size_t given;
	bool has_begun;          /* there was an initial MAR */
	uint64_t damaged, damaged_bytes, dropped;
	uint32_t dropped_seen;   /* the system's count */
	void (*message)(void *context, const char *text);
	void *message_context;
	struct mmsghdr header[BATCH];
	struct iovec vector[BATCH];
	struct sockaddr_storage from[BATCH];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(uint32_t))];
	} control[BATCH];
	uint8_t *bytes; /* DATAGRAM_MAX for each */
};

/* ---- binding ---- */

static int join_ipv4(int fd, const struct sockaddr_in *to)
{
	struct ip_mreq group = { .imr_multiaddr = to->sin_addr };
	int on = 1;

	if (!IN_MULTICAST(ntohl(to->sin_addr.s_addr)))
		return 0;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* a group has several members on one host */
	return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group);
}

static int join_ipv6(int fd, const struct sockaddr_in6 *to, bool is_wildcard)
{
	struct ipv6_mreq group = { .ipv6mr_multiaddr = to->sin6_addr, .ipv6mr_interface = to->sin6_scope_id };
	int on = 1, off = 0;

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, is_wildcard ? &off : &on, sizeof on);
	if (!IN6_IS_ADDR_MULTICAST(&to->sin6_addr))
		return 0;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group);
}

/* A large buffer, for exporters send in bursts; and the count of what it could not hold. */
static void set_up_buffer(int fd)
{
	int room = SOCKET_ROOM, on = 1;

#ifdef SO_RCVBUFFORCE
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
#endif
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
#ifdef SO_RXQ_OVFL
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
#else
	(void)on;
#endif
}

static int bind_to(const struct addrinfo *to, bool is_wildcard)
{
	int fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);
	int joined, number;

	if (fd < 0)
		return -1;
	if (to->ai_family == AF_INET6)
		joined = join_ipv6(fd, (const struct sockaddr_in6 *)(const void *)to->ai_addr, is_wildcard);
	else
		joined = join_ipv4(fd, (const struct sockaddr_in *)(const void *)to->ai_addr);
	if (joined == 0 && bind(fd, to->ai_addr, to->ai_addrlen) == 0) {
		set_up_buffer(fd);
		return fd;
	}
	number = errno;
	close(fd);
	errno = number;
	return -1;
}

/* The first address of that family that can be bound to; 0: of any. */
static int bind_first(const struct addrinfo *list, int family, bool is_wildcard)
{
	int fd = -1;

	errno = EAFNOSUPPORT;
	for (const struct addrinfo *to = list; to != NULL && fd < 0; to = to->ai_next)
		if (family == 0 || to->ai_family == family)
			fd = bind_to(to, is_wildcard);
	return fd;
}

static int open_socket(const struct net_address *address, uint16_t port, struct err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV | AI_PASSIVE };
	struct addrinfo *list;
	char service[8];
	int result, fd = -1;

	snprintf(service, sizeof service, "%u", port);
	result = getaddrinfo(address->host, service, &hints, &list);
	if (result != 0)
		return err_set(err, ERR_SYSTEM, "host %s: %s", address->name, gai_strerror(result));
	if (address->host == NULL) /* an IPv6 socket hears both families */
		fd = bind_first(list, AF_INET6, true);
	if (fd < 0)
		fd = bind_first(list, 0, false);
	if (fd < 0)
		err_system(err, "bind to %s, port %u", address->name, port);
	freeaddrinfo(list);
	return fd;
}

/* ---- the socket's life ---- */

static void prepare_batch(struct net_udp *u)
{
	u->bytes = xmalloc((size_t)BATCH * DATAGRAM_MAX);
	for (unsigned i = 0; i < BATCH; i++) {
		u->vector[i] = (struct iovec){ u->bytes + (size_t)i * DATAGRAM_MAX, DATAGRAM_MAX };
		u->header[i].msg_hdr = (struct msghdr){ .msg_name = &u->from[i], .msg_iov = &u->vector[i], .msg_iovlen = 1,
							.msg_control = &u->control[i] };
	}
}

struct net_udp *net_udp_open(const struct net_address *address, uint16_t port, struct err *err)
{
	int fd = open_socket(address, port, err);
	struct net_udp *u;

	if (fd < 0)
		return NULL;
	u = xcalloc(1, sizeof *u);
	u->address = address;
	u->fd = fd;
	if (address->scheme != NET_ARGUS_UDP)
		u->netflow = netflow_new(address->scheme == NET_SFLOW ? NETFLOW_SFLOW : NETFLOW_CISCO);
	prepare_batch(u);
	return u;
}

void net_udp_free(struct net_udp *u)
{
	if (u == NULL)
		return;
	close(u->fd);
	netflow_free(u->netflow);
	buf_fini(&u->records);
	free(u->bytes);
	free(u);
}

int net_udp_fd(const struct net_udp *u)
{
	return u->fd;
}

void net_udp_on_message(struct net_udp *u, void (*message)(void *context, const char *text), void *context)
{
	u->message = message;
	u->message_context = context;
	if (u->netflow != NULL)
		netflow_on_message(u->netflow, message, context);
}

/* ---- datagrams ---- */

/* An IPv4 address that came to an IPv6 socket is one still. */
static struct exporter exporter_of(const struct sockaddr_storage *from)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct exporter e = { .form = ID_NONE };

	if (from->ss_family == AF_INET) {
		e.form = ID_IPV4;
		memcpy(e.address, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
	} else if (from->ss_family == AF_INET6) {
		const uint8_t *at = ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr.s6_addr;
		bool is_mapped = memcmp(at, mapped, sizeof mapped) == 0;

		e.form = is_mapped ? ID_IPV4 : ID_IPV6;
		memcpy(e.address, is_mapped ? at + 12 : at, is_mapped ? 4 : 16);
	}
	return e;
}

/* Exactly one record, or it is damaged: nothing tells where else to look. */
static void take_record(struct net_udp *u, struct span datagram)
{
	static const struct exporter nobody = { .form = ID_NONE };
	uint32_t length;
	enum frame frame = record_frame(datagram.at, span_left(&datagram), &length);

	if ((frame != FRAME_RECORD && frame != FRAME_SKIP) || length != span_left(&datagram)) {
		u->damaged++;
		u->damaged_bytes += span_left(&datagram);
		return;
	}
	if (!u->has_begun && !(length == MAR_SIZE && record_magic(datagram.at, length) != 0))
		netflow_initial(RECORD_MAR, &nobody, clock_now(), &u->records);
	u->has_begun = true;
	buf_add(&u->records, datagram.at, length);
}

static void take_export(struct net_udp *u, struct span datagram, const struct exporter *from, uint64_t now)
{
	if (!u->has_begun)
		netflow_initial(RECORD_MAR | RECORD_NETFLOW, from, now, &u->records);
	u->has_begun = true;
	netflow_read(u->netflow, datagram, from, now, &u->records);
}

static void note_drops(struct net_udp *u, struct msghdr *header)
{
	char text[200];

#ifdef SO_RXQ_OVFL
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
		uint32_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
			continue;
		memcpy(&count, CMSG_DATA(c), sizeof count);
		if (count == u->dropped_seen)
			continue;
		if (u->dropped == 0 && u->message != NULL) {
			snprintf(text, sizeof text, "%s: datagrams come faster than they are read: the system drops some", u->address->name);
			u->message(u->message_context, text);
		}
		u->dropped += count - u->dropped_seen;
		u->dropped_seen = count;
	}
#else
	(void)header;
	(void)text;
	(void)u;
#endif
}

/* Takes what there is, as much as one call gives. Returns how many datagrams, or -1. */
static int receive(struct net_udp *u)
{
	for (unsigned i = 0; i < BATCH; i++) {
		u->header[i].msg_hdr.msg_namelen = sizeof u->from[i];
		u->header[i].msg_hdr.msg_controllen = sizeof u->control[i];
	}
	return recvmmsg(u->fd, u->header, BATCH, MSG_DONTWAIT, NULL);
}

static void convert(struct net_udp *u, unsigned count)
{
	uint64_t now = clock_now();

	for (unsigned i = 0; i < count; i++) {
		struct span datagram = span_of(u->vector[i].iov_base, u->header[i].msg_len);
		struct exporter from = exporter_of(&u->from[i]);

		note_drops(u, &u->header[i].msg_hdr);
		if (u->netflow == NULL)
			take_record(u, datagram);
		else
			take_export(u, datagram, &from, now);
	}
}

/* READER_NOTHING_YET also when what came made no record: others have their turn. */
static ssize_t refill(struct net_udp *u, struct err *err)
{
	int count;

	buf_clear(&u->records);
	u->given = 0;
	count = receive(u);
	if (count < 0 && errno != EAGAIN && errno != EINTR)
		return err_system(err, "%s", u->address->name);
	if (count > 0)
		convert(u, (unsigned)count);
	return u->records.length > 0 ? 0 : READER_NOTHING_YET;
}

ssize_t net_udp_read(struct net_udp *u, void *to, size_t room, struct err *err)
{
	size_t length;

	if (u->given == u->records.length) {
		ssize_t result = refill(u, err);

		if (result < 0)
			return result;
	}
	length = u->records.length - u->given;
	if (length > room)
		length = room;
	memcpy(to, u->records.data + u->given, length);
	u->given += length;
	return (ssize_t)length;
}

void net_udp_count(const struct net_udp *u, struct source_count *count)
{
	count->damaged += u->damaged;
	count->damaged_bytes += u->damaged_bytes;
	count->dropped += u->dropped;
	if (u->netflow == NULL)
		return;
	count->damaged += netflow_counts(u->netflow)->damaged;
	count->untemplated += netflow_counts(u->netflow)->untemplated;
	count->unread += netflow_counts(u->netflow)->unread;
}
