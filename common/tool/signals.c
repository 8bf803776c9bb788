/* SPDX-License-Identifier: GPL-3.0-or-later */
/* INT, TERM, QUIT and HUP end the run in good order: what is held is printed, the
 * outputs are closed (printing.md 6). A read that waits is interrupted. An INT behind that ends it at
 * once: who asks twice does not want to wait for what is held. The others do not wait for a reader of
 * ours that takes nothing any more. */
#include <signal.h>

#include "argus/base/ending.h"
#include "common/tool/run_private.h"

volatile sig_atomic_t signal_flag;
static volatile sig_atomic_t debug_steps; /* SIGUSR1 adds one; SIGUSR2 makes it a large negative number */

#define DEBUG_OFF (-1000)

static void on_end(int number)
{
	if (number == SIGINT && signal_flag) {
		signal(SIGINT, SIG_DFL);
		raise(SIGINT); /* comes when this returns */
	}
	signal_flag = signal_flag ? 2 : 1;
	if (number != SIGINT)
		ending_begin();
}

static void on_debug(int number)
{
	debug_steps = number == SIGUSR1 ? (debug_steps < 0 ? 0 : debug_steps) + 1 : DEBUG_OFF;
}

int signal_debug(int level)
{
	int steps = debug_steps;

	debug_steps = 0;
	return steps < 0 ? 0 : level + steps;
}

void signals_catch(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };
	struct sigaction action = { .sa_handler = on_end }; /* no SA_RESTART */

	for (size_t i = 0; i < ARRAY_LENGTH(ends); i++)
		sigaction(ends[i], &action, NULL);
	action.sa_handler = on_debug;
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	action.sa_handler = SIG_IGN; /* a write says EPIPE instead, or EFBIG */
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL);
}
