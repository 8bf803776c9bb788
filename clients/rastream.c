/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rastream: rasplit, with a program that is run on every finished file
 * (aggregation.md 6.6). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/clock.h"
#include "clients/split.h"

#define WAIT_MS 200 /* for the end of a program that comes just before the wait for it */

/* Files that wait for the program, in the order in which they were closed. It runs on
 * one at a time. */
struct queue {
	char **path;
	size_t first, count, room;
	pid_t running; /* 0: nothing */
	char *current; /* the file that it runs on */
};

struct state {
	struct split_state split; /* first: split.c finds it here */
	struct queue queue;
};

static int enqueue(void *context, const char *path)
{
	struct run *run = context;
	struct queue *q = &((struct state *)run->state)->queue;

	if (run->flow_file == NULL)
		return 0;
	if (q->first > 0 && q->first + q->count == q->room) { /* those in front were run */
		memmove(q->path, q->path + q->first, q->count * sizeof(char *));
		q->first = 0;
	}
	if (q->count == q->room) {
		q->room = q->room ? q->room * 2 : 16;
		q->path = xrealloc(q->path, q->room * sizeof(char *));
	}
	q->path[q->first + q->count++] = xstrdup(path);
	return 0;
}

/* The program is not to take records from our standard input, nor to be deaf to signals
 * that we ignore. */
static void become(const char *program, const char *path)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		close(STDIN_FILENO);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	execl(program, program, "-r", path, (char *)NULL);
	_exit(127);
}

/* It is not of interest any more. */
static void forget_running(struct run *run, struct queue *q, bool has_failed)
{
	if (has_failed)
		run_note_failure(run);
	q->running = 0;
	free(q->current);
	q->current = NULL;
}

static void launch(struct run *run, struct queue *q)
{
	q->current = q->path[q->first++];
	if (--q->count == 0)
		q->first = 0;
	fflush(stdout);
	q->running = fork();
	if (q->running == 0)
		become(run->flow_file, q->current);
	if (q->running >= 0)
		return;
	run_message(run, "%s -r %s: cannot be started", run->flow_file, q->current);
	forget_running(run, q, true);
}

/* How a program has ended. */
static void report(struct run *run, struct queue *q, int status)
{
	if (WIFSIGNALED(status))
		run_message(run, "%s -r %s: ended by signal %d", run->flow_file, q->current, WTERMSIG(status));
	else if (WEXITSTATUS(status) == 127)
		run_message(run, "%s -r %s: cannot be run", run->flow_file, q->current);
	else if (WEXITSTATUS(status) != 0)
		run_message(run, "%s -r %s: exit status %d", run->flow_file, q->current, WEXITSTATUS(status));
	forget_running(run, q, status != 0);
}

/* Takes note of a program that has ended. */
static void collect(struct run *run, struct queue *q)
{
	pid_t pid;
	int status;

	if (q->running == 0)
		return;
	pid = waitpid(q->running, &status, WNOHANG);
	if (pid > 0) {
		report(run, q, status);
	} else if (pid < 0 && errno != EINTR) {
		run_message(run, "%s -r %s: is lost", run->flow_file, q->current);
		forget_running(run, q, true);
	}
}

/* Waits until it has ended, which a signal tells, or until we are urged. */
static void wait_for_program(struct run *run, struct queue *q)
{
	for (collect(run, q); q->running != 0 && !run_is_urged(run); collect(run, q))
		poll(NULL, 0, WAIT_MS);
	if (q->running == 0)
		return;
	run_message(run, "%s -r %s: is not waited for: a second signal came", run->flow_file, q->current);
	forget_running(run, q, true);
}

/* Works off what waits, unless we are urged. */
static void finish_queue(struct run *run, struct queue *q)
{
	wait_for_program(run, q);
	while (q->count > 0 && !run_is_urged(run)) {
		launch(run, q);
		wait_for_program(run, q);
	}
	if (q->count > 0) {
		run_message(run, "%s: is not run on %zu more files", run->flow_file, q->count);
		run_note_failure(run);
	}
	for (; q->count > 0; q->count--)
		free(q->path[q->first++]);
	free(q->path);
}

static void on_child(int number)
{
	(void)number;
}

/* The end of a program ends a wait for records, so that the next one is begun. */
static void catch_children(void)
{
	struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP };

	sigaction(SIGCHLD, &action, NULL);
}

static int start(struct run *run)
{
	if (run->flow_file != NULL && access(run->flow_file, X_OK) != 0)
		return err_system(&run->err, "-f %s", run->flow_file);
	catch_children();
	return split_start(run, enqueue, run);
}

static int record(struct run *run, struct flow *f)
{
	if (run->bin_seconds > 0)
		run_arrival(run, f);
	return split_record(run, f);
}

static int tick(struct run *run, uint64_t now)
{
	struct state *s = run->state;

	if (split_tick(run, now) < 0)
		return -1;
	collect(run, &s->queue);
	if (run->bin_seconds > 0 &&
	    series_expire(s->split.series, now, (uint64_t)(run->bin_seconds * CLOCK_SECOND_US)) < 0)
		return -1;
	if (s->queue.running == 0 && s->queue.count > 0)
		launch(run, &s->queue);
	if (s->queue.count > 0)
		run_tick_soon(run);
	return 0;
}

static int finish(struct run *run)
{
	struct state *s = run->state;
	int result = split_finish(run);

	finish_queue(run, &s->queue);
	return result;
}

static const struct tool_option options[] = {
	SPLIT_OPTIONS,
	{ 'B', "TIME", false, "on live input, or with rtime, how long a file stays open after the end of its period", NULL },
	{ 'f', "PROGRAM", false, "run PROGRAM -r FILE on every finished file", NULL },
	{ 0, NULL, false, NULL, NULL },
};

static const struct tool rastream = {
	.name = "rastream",
	.summary = "split a stream of records into files and run a program on each finished one",
	.options = options,
	.modes = split_modes,
	.flags = TOOL_NO_PRINT | TOOL_OWN_WRITE | TOOL_TAKES_MARS | TOOL_ENDS_WELL,
	.state_size = sizeof(struct state),
	.mode = split_mode,
	.start = start,
	.record = record,
	.mar = split_mar,
	.tick = tick,
	.finish = finish,
};

int main(int argc, char **argv)
{
	return tool_main(&rastream, argc, argv);
}
