/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The common part of packet sources: filters, counters, and the doors to the readers. */
#include "argus/capture.h"

#include "argus/base/buf.h"
#include "argus/base/worker.h"
#include "argus/capture_impl.h"

void capture_init(struct capture *c, const struct capture_ops *ops, const char *name, const struct capture_options *o)
{
	memset(c, 0, sizeof *c);
	c->ops = ops;
	c->name = xstrdup(name);
	c->options = *o;
	c->link = -1;
	c->is_up = true;
}

void capture_fini(struct capture *c)
{
	while (c->filters != NULL) {
		struct filter *filter = c->filters;

		c->filters = filter->next;
		pcap_freecode(&filter->program);
		free(filter);
	}
	free(c->name);
}

int capture_filter_for(struct capture *c, int link, const struct filter **found, struct err *err)
{
	struct filter *filter;
	pcap_t *dead;
	int status;

	*found = NULL;
	if (c->options.filter == NULL || c->options.filter[0] == '\0')
		return 0;
	for (filter = c->filters; filter != NULL; filter = filter->next)
		if (filter->link == link) {
			*found = filter;
			return 0;
		}
	dead = pcap_open_dead(link, MAX_CAPLEN);
	if (dead == NULL)
		return err_system(err, "packet filter");
	filter = xcalloc(1, sizeof *filter);
	filter->link = link;
	status = pcap_compile(dead, &filter->program, c->options.filter, !c->options.is_filter_unoptimised, 0);
	if (status != 0) {
		err_set(err, ERR_USER, "packet filter \"%s\": %s", c->options.filter, pcap_geterr(dead));
		free(filter);
	} else {
		filter->next = c->filters;
		c->filters = filter;
		*found = filter;
	}
	pcap_close(dead);
	return status == 0 ? 0 : -1;
}

enum capture_result capture_next(struct capture *c, struct capture_batch *batch, struct err *err)
{
	batch->count = 0;
	return c->ops->next(c, batch, err);
}

uint32_t capture_descriptors(const struct capture *c, int fds[CAPTURE_MAX_INTERFACES])
{
	return c->ops->descriptors != NULL ? c->ops->descriptors(c, fds) : 0;
}

bool capture_watch(struct capture *c, char *text, size_t room)
{
	return c->ops->watch != NULL && c->ops->watch(c, text, room);
}

bool capture_is_live(const struct capture *c)
{
	return c->ops->watch != NULL;
}

bool capture_is_up(const struct capture *c)
{
	return c->is_up;
}

int capture_link(const struct capture *c)
{
	return c->link;
}

const char *capture_name(const struct capture *c)
{
	return c->name;
}

void capture_statistics(struct capture *c, struct capture_stats *stats)
{
	if (c->ops->update_statistics != NULL)
		c->ops->update_statistics(c);
	*stats = c->stats;
}

void capture_local_net(const struct capture *c, uint32_t *net, uint32_t *mask)
{
	*net = *mask = 0;
	if (c->ops->local_net != NULL)
		c->ops->local_net(c, net, mask);
}

bool capture_print_filter(const struct capture *c)
{
	if (c->filters == NULL)
		return false;
	bpf_dump(&c->filters->program, 1);
	fflush(stdout);
	return true;
}

void capture_close(struct capture *c)
{
	if (c != NULL)
		c->ops->close(c);
}

int stream_open(struct stream *s, const char *path, const struct capture_options *o, struct err *err)
{
	*s = (struct stream){ .room = STREAM_ROOM };
	s->input.wait = o->wait;
	s->input.wait_context = o->wait_context;
	s->input.reads_ahead = worker_cpus() > 1;
	if (input_open(&s->input, path, err) != 0)
		return -1;
	s->buffer = xmalloc(STREAM_ROOM);
	s->at = s->end = s->buffer;
	return 0;
}

void stream_fini(struct stream *s)
{
	input_close(&s->input);
	free(s->buffer);
}

int stream_fill(struct stream *s, size_t need, struct err *err)
{
	size_t left = stream_left(s);

	if (left >= need)
		return 1;
	if (need > s->room) {
		uint8_t *buffer = xmalloc(need);

		memcpy(buffer, s->at, left);
		free(s->buffer);
		s->buffer = buffer;
		s->room = need;
	} else {
		memmove(s->buffer, s->at, left);
	}
	s->at = s->buffer;
	s->end = s->buffer + left;
	while (stream_left(s) < need) {
		ssize_t n = input_read(&s->input, s->end, s->room - stream_left(s), err);

		if (n <= 0)
			return (int)n;
		s->end += n;
	}
	return 1;
}
