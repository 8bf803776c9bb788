/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live capture through libpcap (probe.md 4.3): one or several interfaces that feed
 * one source. libpcap gives a block of its ring back as soon as the last packet in it
 * was handed out, so packets are copied once, into an arena that lasts a batch. */
#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/capture_impl.h"
#include "argus/decode.h"

#define READ_TIMEOUT_MS 100
#define REOPEN_AFTER 0.5 /* seconds */
/* Ethernet packets farther from the clock than this are not believed. */
#define MAX_PAST 30
#define MAX_FUTURE 300

enum { MAX_MEMBERS = sizeof((struct live_group *)0)->members / sizeof(struct live_member) };

struct live_interface {
	const struct live_member *member;
	pcap_t *pcap; /* NULL: closed, because it went away */
	int link;
	bool is_up;
	uint32_t dropped;       /* as pcap_stats counted it last */
	struct timespec closed; /* when it was closed, or opening failed last */
};

struct live_capture {
	struct capture base;
	struct live_group group;
	struct live_interface interfaces[MAX_MEMBERS];
	int probe_socket;    /* to ask for interface flags */
	uint32_t turn;       /* the interface that is read first */
	uint8_t *arena;      /* CAPTURE_BATCH packets of the snap length */
	size_t arena_used;
	struct capture_batch *batch; /* while libpcap calls back */
	uint16_t index;              /* of the interface that is read */
	uint64_t now;                /* seconds; looked up once a batch */
};

static int pcap_problem(pcap_t *pcap, const char *name, int status, struct err *err)
{
	const char *detail = pcap_geterr(pcap);
	const char *reason = status == PCAP_ERROR || detail[0] != '\0' ? detail : pcap_statustostr(status);

	return err_set(err, ERR_SYSTEM, "interface %s: %s", name, reason);
}

static int set_up(struct live_capture *l, struct live_interface *i, struct err *err)
{
	const struct capture_options *o = &l->base.options;
	const char *name = i->member->name;
	const struct filter *filter;
	int status;

	pcap_set_snaplen(i->pcap, (int)o->snaplen);
	pcap_set_promisc(i->pcap, !o->is_unpromiscuous);
	pcap_set_timeout(i->pcap, READ_TIMEOUT_MS);
	if (o->buffer_size > 0)
		pcap_set_buffer_size(i->pcap, (int)o->buffer_size);
	status = pcap_activate(i->pcap);
	if (status < 0)
		return pcap_problem(i->pcap, name, status, err);
	if (i->member->dlt >= 0 && pcap_set_datalink(i->pcap, i->member->dlt) != 0)
		return pcap_problem(i->pcap, name, PCAP_ERROR, err);
	i->link = pcap_datalink(i->pcap);
	if (!link_is_supported(i->link))
		return err_set(err, ERR_DATA, "interface %s: link type %d is not supported", name, i->link);
	if (capture_filter_for(&l->base, i->link, &filter, err) != 0)
		return -1;
	/* The kernel runs the filter, so packets it rejects are not even counted. */
	if (filter != NULL && pcap_setfilter(i->pcap, (struct bpf_program *)&filter->program) != 0)
		return pcap_problem(i->pcap, name, PCAP_ERROR, err);
	if (pcap_setnonblock(i->pcap, 1, err->text) != 0)
		return pcap_problem(i->pcap, name, PCAP_ERROR, err);
	return 0;
}

static void close_interface(struct live_interface *i)
{
	if (i->pcap != NULL)
		pcap_close(i->pcap);
	i->pcap = NULL;
	i->dropped = 0;
	clock_gettime(CLOCK_MONOTONIC, &i->closed);
}

static int open_interface(struct live_capture *l, struct live_interface *i, struct err *err)
{
	char text[PCAP_ERRBUF_SIZE];

	i->pcap = pcap_create(i->member->name, text);
	if (i->pcap == NULL)
		return err_set(err, ERR_SYSTEM, "interface %s: %s", i->member->name, text);
	if (set_up(l, i, err) == 0)
		return 0;
	close_interface(i);
	return -1;
}

static bool is_untimely(const struct live_capture *l, const struct packet *p)
{
	uint64_t second = p->time / 1000000;

	return p->link == DLT_EN10MB && (second + MAX_PAST < l->now || second > l->now + MAX_FUTURE);
}

static void take_packet(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct live_capture *l = (struct live_capture *)user;
	struct packet *p = &l->batch->packets[l->batch->count];
	uint32_t caplen = h->caplen < l->base.options.snaplen ? h->caplen : l->base.options.snaplen;

	if (l->batch->count == CAPTURE_BATCH || capture_is_over(&l->base))
		return;
	p->time = (uint64_t)h->ts.tv_sec * 1000000 + (uint64_t)h->ts.tv_usec;
	p->bytes = l->arena + l->arena_used;
	p->caplen = caplen;
	p->wirelen = h->len;
	p->link = (uint16_t)l->interfaces[l->index].link;
	p->interface = l->index;
	if (is_untimely(l, p)) {
		l->base.stats.untimely++;
		return;
	}
	memcpy(l->arena + l->arena_used, bytes, caplen);
	if (!capture_accepts(&l->base, p, NULL))
		return;
	l->arena_used += caplen;
	l->batch->count++;
}

static enum capture_result live_next(struct capture *c, struct capture_batch *batch, struct err *err)
{
	struct live_capture *l = (struct live_capture *)c;
	uint32_t members = l->group.count;

	(void)err;
	if (capture_is_over(c))
		return CAPTURE_END;
	l->batch = batch;
	l->arena_used = 0;
	l->now = (uint64_t)time(NULL);
	for (uint32_t n = 0; n < members && batch->count < CAPTURE_BATCH; n++) {
		struct live_interface *i;

		l->index = (uint16_t)((l->turn + n) % members);
		i = &l->interfaces[l->index];
		if (i->pcap == NULL)
			continue;
		if (pcap_dispatch(i->pcap, (int)(CAPTURE_BATCH - batch->count), take_packet, (u_char *)l) < 0)
			close_interface(i); /* it went down or away; live_watch looks after it */
	}
	l->turn = (l->turn + 1) % members; /* so that a busy interface does not starve the others */
	return batch->count > 0 ? CAPTURE_PACKETS : CAPTURE_IDLE;
}

static void live_statistics(struct capture *c)
{
	struct live_capture *l = (struct live_capture *)c;

	for (uint32_t n = 0; n < l->group.count; n++) {
		struct live_interface *i = &l->interfaces[n];
		struct pcap_stat stat;
		uint32_t dropped;

		if (i->pcap == NULL || pcap_stats(i->pcap, &stat) != 0)
			continue;
		dropped = stat.ps_drop + stat.ps_ifdrop;
		c->stats.dropped += dropped - i->dropped; /* libpcap counts in 32 bits, and they wrap */
		i->dropped = dropped;
	}
}

static uint32_t live_descriptors(const struct capture *c, int *fds)
{
	const struct live_capture *l = (const struct live_capture *)c;
	uint32_t count = 0;

	for (uint32_t n = 0; n < l->group.count; n++) {
		int fd = l->interfaces[n].pcap != NULL ? pcap_get_selectable_fd(l->interfaces[n].pcap) : -1;

		if (fd >= 0)
			fds[count++] = fd;
	}
	return count;
}

/* Whether the system says that the interface is up. What is no network interface
 * (libpcap has some) is up while it is open. */
static bool ask_flags(const struct live_capture *l, const struct live_interface *i)
{
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof request.ifr_name, "%.*s", IFNAMSIZ - 1, i->member->name);
	if (ioctl(l->probe_socket, SIOCGIFFLAGS, &request) != 0)
		return i->pcap != NULL && if_nametoindex(i->member->name) == 0 && errno != ENODEV;
	return (request.ifr_flags & IFF_UP) != 0;
}

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

static void open_again(struct live_capture *l, struct live_interface *i)
{
	struct err ignored;

	if (i->pcap == NULL && seconds_since(&i->closed) >= REOPEN_AFTER)
		open_interface(l, i, &ignored);
}

static bool live_watch(struct capture *c, char *text, size_t room)
{
	struct live_capture *l = (struct live_capture *)c;
	bool has_changed = false;

	c->is_up = false;
	for (uint32_t n = 0; n < l->group.count; n++) {
		struct live_interface *i = &l->interfaces[n];
		bool is_up;

		open_again(l, i);
		is_up = i->pcap != NULL && ask_flags(l, i);
		if (is_up != i->is_up && !has_changed) {
			has_changed = true;
			i->is_up = is_up;
			snprintf(text, room, "interface %s is %s", i->member->name, is_up ? "up" : "down");
		}
		c->is_up = c->is_up || i->is_up;
	}
	return has_changed;
}

static void live_local_net(const struct capture *c, uint32_t *net, uint32_t *mask)
{
	const struct live_capture *l = (const struct live_capture *)c;
	char text[PCAP_ERRBUF_SIZE];
	bpf_u_int32 n, m;

	if (pcap_lookupnet(l->group.members[0].name, &n, &m, text) != 0)
		return;
	*net = __builtin_bswap32(n);
	*mask = __builtin_bswap32(m);
}

static void live_close(struct capture *c)
{
	struct live_capture *l = (struct live_capture *)c;

	for (uint32_t n = 0; n < l->group.count; n++)
		close_interface(&l->interfaces[n]);
	if (l->probe_socket >= 0)
		close(l->probe_socket);
	free(l->arena);
	capture_fini(c);
	free(l);
}

static const struct capture_ops live_ops = {
	.next = live_next,
	.update_statistics = live_statistics,
	.descriptors = live_descriptors,
	.watch = live_watch,
	.local_net = live_local_net,
	.close = live_close,
};

/* Opens every member; the ones that cannot be opened now are tried again by live_watch.
 * Returns how many are open; a filter that does not compile is -1. */
static int open_members(struct live_capture *l, struct err *err)
{
	int open = 0;

	for (uint32_t n = 0; n < l->group.count; n++) {
		struct live_interface *i = &l->interfaces[n];

		i->member = &l->group.members[n];
		if (open_interface(l, i, err) != 0) {
			if (err->kind == ERR_USER)
				return -1;
			continue;
		}
		open++;
		i->is_up = ask_flags(l, i);
		l->base.is_up |= i->is_up;
		if (l->base.link < 0)
			l->base.link = i->link;
	}
	return open;
}

struct capture *capture_open_live(const struct live_group *group, const struct capture_options *o, struct err *err)
{
	struct live_capture *l = xcalloc(1, sizeof *l);

	err->kind = ERR_NONE;
	capture_init(&l->base, &live_ops, group->members[0].name, o);
	if (l->base.options.snaplen == 0 || l->base.options.snaplen > MAX_CAPLEN)
		l->base.options.snaplen = MAX_CAPLEN;
	l->base.is_up = false;
	l->group = *group;
	l->arena = xmalloc((size_t)CAPTURE_BATCH * l->base.options.snaplen);
	l->probe_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (open_members(l, err) <= 0) {
		live_close(&l->base);
		return NULL;
	}
	return &l->base;
}
