/* SPDX-License-Identifier: GPL-3.0-or-later */
/* -d and the pid file of clients (configuration.md 8). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/log.h"
#include "argus/base/num.h"
#include "common/tool/run_private.h"

#define CHILD_GRACE_US 20000 /* the parent waits this long to see whether the child lives */

/* Files named without a leading '/' are still to be found: the folder stays then. */
static bool has_relative_names(const struct run *run)
{
	for (size_t i = 0; i < run->output_count; i++)
		if (run->outputs[i].path[0] != '/')
			return true;
	for (size_t i = 0; i < source_input_count(run->source); i++)
		if (!source_is_remote(run->source, i) && source_input_name(run->source, i)[0] != '/')
			return true;
	return run->priv->reject_path != NULL && run->priv->reject_path[0] != '/';
}

static void leave_parent(pid_t child)
{
	int status;

	usleep(CHILD_GRACE_US);
	if (waitpid(child, &status, WNOHANG) == 0)
		_exit(STATUS_OK);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_USER);
}

int daemon_start(struct run *run, struct err *err)
{
	pid_t child;
	int null;

	run_message(run, "started");
	child = fork();
	if (child < 0)
		return err_system(err, "cannot run in the background");
	if (child > 0)
		leave_parent(child);
	setsid();
	if (!has_relative_names(run) && chdir("/") != 0)
		return err_system(err, "/");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return err_system(err, "/dev/null");
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	close(null);
	log_use_syslog(false);
	return 0;
}

static char *pid_path(const struct run *run)
{
	const char *folder = run->priv->rc.pid_path != NULL ? run->priv->rc.pid_path : "/var/run";

	return xasprintf("%s/%s.pid", folder, run->program);
}

/* The process that a pid file names, if it lives; 0 otherwise. */
static pid_t living_owner(const char *path)
{
	char text[24] = "";
	uint64_t pid = 0;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return 0;
	if (fgets(text, sizeof text, file) != NULL)
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
	if (!num_read_u64(text, 1, INT32_MAX, &pid))
		return 0;
	return kill((pid_t)pid, 0) == 0 || errno == EPERM ? (pid_t)pid : 0;
}

int pid_file_write(struct run *run, struct err *err)
{
	char *path;
	pid_t owner;
	FILE *file;
	int result = 0;

	if (!run->priv->rc.set_pid)
		return 0;
	path = pid_path(run);
	owner = living_owner(path);
	file = owner == 0 ? fopen(path, "we") : NULL;
	if (owner != 0)
		result = err_set(err, ERR_USER, "%s[%d] is already running!", run->program, (int)owner);
	else if (file == NULL || fprintf(file, "%d\n", (int)getpid()) < 0 || fclose(file) != 0)
		result = err_system(err, "%s", path);
	free(path);
	return result;
}

void pid_file_remove(struct run *run)
{
	char *path;

	if (!run->priv->rc.set_pid)
		return;
	path = pid_path(run);
	if (living_owner(path) == getpid())
		unlink(path);
	free(path);
}
