/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The addresses of a host's name, by the system's resolver. RA_FILTER_TIMEOUT, in
 * seconds, bounds how long one name may take (filter.md D29). */
#include "common/query/filter_tree.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>


/* One question, shared with the thread that asks it. Who lets go last frees it:
 * a resolver that hangs cannot be stopped, only left. */
struct lookup {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	unsigned holders;
	bool is_done;
	int status; /* of getaddrinfo */
	struct addrinfo *list;
	char *name;
};

bool filter_is_numeric(const char *text)
{
	return text[strspn(text, "0123456789.")] == '\0';
}

static int ask(const char *name, struct addrinfo **list)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };

	return getaddrinfo(name, NULL, &hints, list);
}

static void release(struct lookup *l)
{
	bool is_last;

	pthread_mutex_lock(&l->lock);
	is_last = --l->holders == 0;
	pthread_mutex_unlock(&l->lock);
	if (!is_last)
		return;
	if (l->list != NULL)
		freeaddrinfo(l->list);
	pthread_cond_destroy(&l->answered);
	pthread_mutex_destroy(&l->lock);
	free(l->name);
	free(l);
}

static void *ask_in_thread(void *arg)
{
	struct lookup *l = arg;
	struct addrinfo *list = NULL;
	int status = ask(l->name, &list);

	pthread_mutex_lock(&l->lock);
	l->status = status;
	l->list = status == 0 ? list : NULL;
	l->is_done = true;
	pthread_cond_signal(&l->answered);
	pthread_mutex_unlock(&l->lock);
	release(l);
	return NULL;
}

/* Takes the answer out, waiting until `seconds` have passed. EAI_AGAIN: there is none. */
static int wait_for(struct lookup *l, double seconds, struct addrinfo **list)
{
	struct timespec until;
	int status;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)seconds;
	until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&l->lock);
	while (!l->is_done && pthread_cond_timedwait(&l->answered, &l->lock, &until) == 0)
		continue;
	status = l->is_done ? l->status : EAI_AGAIN;
	*list = l->list;
	l->list = NULL;
	pthread_mutex_unlock(&l->lock);
	return status;
}

static int ask_within(const char *name, double seconds, struct addrinfo **list)
{
	struct lookup *l = xcalloc(1, sizeof *l);
	pthread_t thread;
	int status;

	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->answered, NULL);
	l->name = xstrdup(name);
	l->holders = 2;
	if (pthread_create(&thread, NULL, ask_in_thread, l) != 0) {
		l->holders = 1;
		release(l);
		return ask(name, list);
	}
	pthread_detach(thread);
	status = wait_for(l, seconds, list);
	release(l);
	return status;
}

static int resolve(const char *name, struct addrinfo **list)
{
	const char *limit = getenv("RA_FILTER_TIMEOUT");
	double seconds = limit != NULL ? strtod(limit, NULL) : 0;

	return seconds > 0 && seconds < 3600 ? ask_within(name, seconds, list) : ask(name, list);
}

static size_t collect(const struct addrinfo *list, struct resolved *found, size_t room)
{
	size_t count = 0;

	for (; list != NULL && count < room; list = list->ai_next) {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;

		if (list->ai_family == AF_INET && list->ai_addrlen >= sizeof v4) {
			memcpy(&v4, list->ai_addr, sizeof v4);
			memcpy(found[count].addr, &v4.sin_addr, 4);
			found[count++].length = 4;
		} else if (list->ai_family == AF_INET6 && list->ai_addrlen >= sizeof v6) {
			memcpy(&v6, list->ai_addr, sizeof v6);
			memcpy(found[count].addr, &v6.sin6_addr, 16);
			found[count++].length = 16;
		}
	}
	return count;
}

/* The short dotted forms of inet_aton. Two parts are a fraction to the language. */
static bool read_short(const char *text, struct resolved *found)
{
	struct in_addr address;

	if (!filter_is_numeric(text) || strchr(text, '.') == strrchr(text, '.') || !inet_aton(text, &address))
		return false;
	memcpy(found->addr, &address, 4);
	found->length = 4;
	return true;
}

size_t filter_resolve(struct binder *b, const struct token *name, const char *what, struct resolved *found, size_t room)
{
	struct addrinfo *list = NULL;
	size_t count;
	int status;

	if (read_short(name->text, found))
		return 1;
	if (b->options != NULL && b->options->no_lookup) {
		filter_fail(b->parser, name->at, "%s %s: names are not looked up here", what, name->text);
		return 0;
	}
	/* Digits and dots only are never a host's name: no resolver is asked. */
	status = filter_is_numeric(name->text) ? EAI_NONAME : resolve(name->text, &list);
	if (status != 0) {
		filter_fail(b->parser, name->at, status == EAI_AGAIN ? "%s %s: name server error" : "%s %s unknown", what,
			    name->text);
		return 0;
	}
	count = collect(list, found, room);
	freeaddrinfo(list);
	if (count == 0)
		filter_fail(b->parser, name->at, "%s %s has no IP address", what, name->text);
	return count;
}
