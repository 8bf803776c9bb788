/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/net_client.h"

#include "argus/base/clock.h"

#define TURN 1024u /* records after which the next server has its turn */

struct net_client {
	struct net_peer **peer;
	struct pollfd *wait; /* room for one each */
	size_t count;
	size_t at;     /* whose turn it is */
	unsigned turn; /* records that it gave */
	struct source_remote how;
	uint64_t end;  /* clock_monotonic() when reading ends; 0: never */
	bool is_begun;
};

struct net_client *net_client_new(void)
{
	return xcalloc(1, sizeof(struct net_client));
}

void net_client_free(struct net_client *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++) {
		peer_fini(c->peer[i]);
		free(c->peer[i]);
	}
	free(c->peer);
	free(c->wait);
	free(c);
}

static void add_peer(struct net_client *c, const struct net_address *address_taken, bool is_listener)
{
	struct net_peer *p = xmalloc(sizeof *p);

	peer_init(p, address_taken, &c->how);
	p->is_listener = is_listener;
	c->peer = xrealloc(c->peer, (c->count + 1) * sizeof(struct net_peer *));
	c->wait = xrealloc(c->wait, (c->count + 1) * sizeof *c->wait);
	c->peer[c->count++] = p;
}

int net_client_add(struct net_client *c, const char *text, struct err *err)
{
	struct net_address address;

	if (net_address_parse(&address, text, err) < 0)
		return -1;
	add_peer(c, &address, false);
	return 0;
}

int net_client_add_listener(struct net_client *c, const char *text, struct err *err)
{
	struct net_address address;

	if (net_address_parse_listener(&address, text, err) < 0)
		return -1;
	add_peer(c, &address, true);
	return 0;
}

void net_client_remove(struct net_client *c, bool listeners)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->count; i++) {
		struct net_peer *p = c->peer[i];

		if (p->is_listener != listeners) {
			c->peer[kept++] = p;
			continue;
		}
		peer_fini(p);
		free(p);
	}
	c->count = kept;
}

void net_client_set(struct net_client *c, const struct source_remote *how)
{
	c->how = *how;
}

void net_client_on_message(struct net_client *c, void (*message)(void *context, const char *text), void *context)
{
	for (size_t i = 0; i < c->count; i++) {
		c->peer[i]->message = message;
		c->peer[i]->message_context = context;
	}
}

size_t net_client_count(const struct net_client *c) { return c->count; }
const char *net_client_name(const struct net_client *c, size_t peer) { return c->peer[peer]->address.name; }
const struct source_count *net_client_counts(const struct net_client *c, size_t peer) { return peer_count(c->peer[peer]); }

void net_client_stop(struct net_client *c)
{
	for (size_t i = 0; i < c->count; i++)
		peer_stop(c->peer[i]);
}

static void begin(struct net_client *c)
{
	if (c->how.run_seconds != 0)
		c->end = clock_monotonic() + c->how.run_seconds * CLOCK_SECOND_US;
	c->is_begun = true;
}

/* Once its time is over, nothing more is read. */
static void look_at_clock(struct net_client *c)
{
	if (c->end == 0 || clock_monotonic() < c->end)
		return;
	c->end = 0;
	net_client_stop(c);
}

static void next_turn(struct net_client *c)
{
	c->at = c->at + 1 < c->count ? c->at + 1 : 0;
	c->turn = 0;
}

/* Asks each once, from the one whose turn it is. */
static enum net_result ask_all(struct net_client *c, struct record *record, size_t *peer, struct err *err)
{
	bool is_waiting = false;

	for (size_t asked = 0; asked < c->count; asked++) {
		enum net_result result = peer_next(c->peer[c->at], record, err);

		*peer = c->at;
		if (likely(result == NET_RECORD && ++c->turn < TURN))
			return result;
		next_turn(c);
		if (result == NET_RECORD)
			look_at_clock(c);
		if (result != NET_WAIT && result != NET_OVER)
			return result;
		is_waiting |= result == NET_WAIT;
	}
	return is_waiting ? NET_WAIT : NET_OVER;
}

static void wait_for_any(struct net_client *c, int ms)
{
	for (size_t i = 0; i < c->count; i++)
		c->wait[i] = peer_poll(c->peer[i]);
	poll(c->wait, c->count, ms);
}

enum net_result net_client_next(struct net_client *c, int ms, struct record *record, size_t *peer, struct err *err)
{
	struct err unheard = { 0 };
	enum net_result result;

	if (unlikely(!c->is_begun))
		begin(c);
	if (err == NULL)
		err = &unheard;
	result = ask_all(c, record, peer, err);
	if (likely(result != NET_WAIT))
		return result;
	if (ms > 0)
		wait_for_any(c, ms);
	look_at_clock(c);
	return ask_all(c, record, peer, err);
}
