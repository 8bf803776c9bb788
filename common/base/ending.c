/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/ending.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#define TICK_US 250000
#define TICKS 4u /* a second in which nothing is taken is enough */

static volatile sig_atomic_t is_asked, is_watched;

static void on_tick(int number)
{
	(void)number;
}

/* A timer that goes on, since one signal might come just before the write that waits. */
static void tick(long us)
{
	struct itimerval timer = { { 0, us }, { 0, us } };
	struct sigaction action = { .sa_handler = on_tick }; /* no SA_RESTART */

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

void ending_begin(void)
{
	if (is_asked)
		return;
	is_asked = 1;
	if (is_watched)
		tick(TICK_US);
}

void ending_watch(void)
{
	if (is_watched)
		return;
	is_watched = 1;
	if (is_asked) /* the handler of one that comes here has seen is_watched */
		tick(TICK_US);
}

/* A wait was interrupted once more with nothing done. Whether it is to be given up. */
static bool is_over(unsigned *waits)
{
	return waits != NULL && is_asked && ++*waits > TICKS;
}

/* Until an output that does not block takes more. */
static int wait_for(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	return poll(&wait, 1, -1);
}

ssize_t ending_write(int fd, const void *bytes, size_t length, unsigned *waits)
{
	ssize_t put = write(fd, bytes, length);

	if (put < 0 && errno == EAGAIN)
		put = wait_for(fd) < 0 ? -1 : 0;
	if (put < 0 && errno == EINTR && !is_over(waits))
		return 0;
	if (put > 0 && waits != NULL)
		*waits = 0;
	return put;
}

void ending_done(void)
{
	if (is_asked && is_watched)
		tick(0);
}
