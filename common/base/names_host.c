/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host names. What is known lies in a table that only the asking thread touches;
 * questions go to a few workers through one list and answers come back through
 * another, so that a slow name server never holds up the records. */
#include "argus/base/names.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "argus/base/buf.h"
#include "argus/base/clock.h"
#include "argus/base/hash.h"
#include "argus/base/slab.h"

#define WORKERS 8
#define PATIENCE (6 * CLOCK_SECOND_US) /* what may be lost on waiting for names that do not come in time */

struct host {
	uint8_t address[16];
	uint32_t length;
	bool is_known;
	const char *name; /* NULL: it has none */
};

struct question {
	struct question *next;
	uint32_t ref;
	uint32_t length;
	uint8_t address[16];
	char *name;
};

static struct htab index_of = { 0 };
static struct slab hosts;
static size_t pending; /* asked and not taken back yet */
static uint64_t waited_in_vain; /* microseconds */

/* Between the threads: */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t asked = PTHREAD_COND_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;
static struct question *questions, **last_question = &questions, *answers;
static atomic_bool has_answers;
static unsigned workers, idle_workers;

static char *look_up(const uint8_t *address, uint32_t length)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	const struct sockaddr *to = length == 4 ? (const void *)&four : (const void *)&six;
	char name[NI_MAXHOST];

	if (length == 4)
		memcpy(&four.sin_addr, address, 4);
	else
		memcpy(&six.sin6_addr, address, 16);
	if (getnameinfo(to, length == 4 ? sizeof four : sizeof six, name, sizeof name, NULL, 0, NI_NAMEREQD) != 0)
		return NULL;
	return xstrdup(name);
}

static struct question *next_question(void)
{
	struct question *q;

	pthread_mutex_lock(&lock);
	idle_workers++;
	while (questions == NULL)
		pthread_cond_wait(&asked, &lock);
	idle_workers--;
	q = questions;
	questions = q->next;
	if (questions == NULL)
		last_question = &questions;
	pthread_mutex_unlock(&lock);
	return q;
}

static void *work(void *unused)
{
	(void)unused;
	for (;;) {
		struct question *q = next_question();

		q->name = look_up(q->address, q->length);
		pthread_mutex_lock(&lock);
		q->next = answers;
		answers = q;
		atomic_store_explicit(&has_answers, true, memory_order_release);
		pthread_cond_signal(&answered);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

/* Signals are the main thread's. Called with the lock held. */
static void start_worker(void)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attributes, work, NULL) == 0)
		workers++;
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void ask(const struct host *h, uint32_t ref)
{
	struct question *q = xcalloc(1, sizeof *q);

	q->ref = ref;
	q->length = h->length;
	memcpy(q->address, h->address, sizeof q->address);
	pthread_mutex_lock(&lock);
	if (idle_workers == 0 && workers < WORKERS)
		start_worker();
	if (workers > 0) {
		*last_question = q;
		last_question = &q->next;
		pending++;
		pthread_cond_signal(&asked);
		q = NULL;
	}
	pthread_mutex_unlock(&lock);
	if (q != NULL) { /* no thread could be had: the address has no name */
		((struct host *)slab_at(&hosts, ref))->is_known = true;
		free(q);
	}
}

static void take_answers(void)
{
	struct question *q;

	if (!atomic_load_explicit(&has_answers, memory_order_acquire))
		return;
	pthread_mutex_lock(&lock);
	q = answers;
	answers = NULL;
	atomic_store_explicit(&has_answers, false, memory_order_relaxed);
	pthread_mutex_unlock(&lock);
	while (q != NULL) {
		struct question *next = q->next;
		struct host *h = slab_at(&hosts, q->ref);

		h->name = q->name;
		h->is_known = true;
		pending--;
		free(q);
		q = next;
	}
}

/* Sleeps until there are answers or the time (of clock_now) has come. */
static void wait_until(uint64_t end)
{
	struct timespec when = { (time_t)(end / CLOCK_SECOND_US), (long)(end % CLOCK_SECOND_US) * 1000 };

	pthread_mutex_lock(&lock);
	while (answers == NULL && pthread_cond_timedwait(&answered, &lock, &when) == 0)
		continue;
	pthread_mutex_unlock(&lock);
	take_answers();
}

static struct host *host_of(const uint8_t *address, size_t length)
{
	uint32_t tag = (uint32_t)hash_bytes(address, length, hash_seed()), ref;
	struct htab_probe p;
	struct host *h;

	if (index_of.slots == NULL) {
		htab_init(&index_of, 1024);
		slab_init(&hosts, sizeof(struct host));
	}
	p = htab_start(&index_of, tag);
	while ((ref = htab_next(&index_of, &p)) != 0) {
		h = slab_at(&hosts, ref);
		if (h->length == length && memcmp(h->address, address, length) == 0)
			return h;
	}
	ref = slab_alloc(&hosts);
	h = slab_at(&hosts, ref);
	*h = (struct host){ .length = (uint32_t)length };
	memcpy(h->address, address, length);
	htab_add(&index_of, tag, ref);
	ask(h, ref);
	return h;
}

/* Waits for one name, as long as name servers have not used up the patience of the run:
 * one that does not answer would take it for every new address. */
static void wait_for_name(const struct host *h, unsigned milliseconds)
{
	uint64_t begun = clock_now(), end = begun + (uint64_t)milliseconds * 1000;

	if (waited_in_vain >= PATIENCE)
		return;
	while (!h->is_known && clock_now() < end)
		wait_until(end);
	if (!h->is_known)
		waited_in_vain += clock_now() - begun;
}

enum names_answer names_host(const uint8_t *address, size_t length, unsigned milliseconds, const char **name)
{
	struct host *h = host_of(address, length);

	take_answers();
	if (!h->is_known && milliseconds > 0)
		wait_for_name(h, milliseconds);
	*name = h->name;
	if (!h->is_known)
		return NAMES_PENDING;
	return h->name != NULL ? NAMES_FOUND : NAMES_UNKNOWN;
}

size_t names_hosts_wait(unsigned milliseconds)
{
	uint64_t end = clock_now() + (uint64_t)milliseconds * 1000;

	take_answers();
	while (pending > 0 && clock_now() < end)
		wait_until(end);
	return pending;
}
