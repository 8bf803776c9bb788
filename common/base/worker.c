/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/worker.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "argus/base/buf.h"

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t has_work, has_room;
	void *queue[WORKER_QUEUE];
	unsigned first, count;
	uint64_t done; /* blocks worked off so far */
	bool is_busy, is_over;
	void (*work)(void *context, void *block);
	void *context;
};

/* Called with the lock held; NULL: there will be no more. */
static void *take_block(struct worker *w)
{
	void *block;

	while (w->count == 0 && !w->is_over)
		pthread_cond_wait(&w->has_work, &w->lock);
	if (w->count == 0)
		return NULL;
	block = w->queue[w->first];
	w->first = (w->first + 1) % WORKER_QUEUE;
	w->count--;
	w->is_busy = true;
	return block;
}

static void *run(void *argument)
{
	struct worker *w = argument;
	void *block;

	pthread_mutex_lock(&w->lock);
	while ((block = take_block(w)) != NULL) {
		pthread_cond_signal(&w->has_room);
		pthread_mutex_unlock(&w->lock);
		w->work(w->context, block);
		pthread_mutex_lock(&w->lock);
		w->is_busy = false;
		w->done++;
		pthread_cond_signal(&w->has_room);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct worker *worker_new(void (*work)(void *context, void *block), void *context)
{
	struct worker *w = xcalloc(1, sizeof *w);
	sigset_t all, before;
	int result;

	w->work = work;
	w->context = context;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->has_work, NULL);
	pthread_cond_init(&w->has_room, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result == 0)
		return w;
	free(w);
	return NULL;
}

void worker_push(struct worker *w, void *block)
{
	pthread_mutex_lock(&w->lock);
	while (w->count == WORKER_QUEUE)
		pthread_cond_wait(&w->has_room, &w->lock);
	w->queue[(w->first + w->count++) % WORKER_QUEUE] = block;
	pthread_cond_signal(&w->has_work);
	pthread_mutex_unlock(&w->lock);
}

void worker_wait(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->count > 0 || w->is_busy)
		pthread_cond_wait(&w->has_room, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

void worker_wait_for(struct worker *w, uint64_t count)
{
	pthread_mutex_lock(&w->lock);
	while (w->done < count)
		pthread_cond_wait(&w->has_room, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

void worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->is_over = true;
	pthread_cond_signal(&w->has_work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->has_room);
	pthread_cond_destroy(&w->has_work);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

unsigned worker_cpus(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);
#ifdef CPU_COUNT
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		count = CPU_COUNT(&set);
#endif
	return count > 0 ? (unsigned)count : 1;
}
