/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/log.h"
#include "argus/log.h"

#define PID_SLOTS 5

static int ready_pipe = -1;
static int pid_fd = -1;
static char *pid_path;

int daemon_start(struct err *err)
{
	int ends[2];
	pid_t child;
	char byte;

	if (pipe(ends) != 0 || (child = fork()) < 0)
		return err_system(err, "cannot run in the background");
	if (child > 0) {
		ssize_t n;

		close(ends[1]);
		do
			n = read(ends[0], &byte, 1);
		while (n < 0 && errno == EINTR);
		_exit(n == 1 ? 0 : 1);
	}
	close(ends[0]);
	ready_pipe = ends[1];
	fcntl(ready_pipe, F_SETFD, FD_CLOEXEC);
	setsid();
	return 0;
}

void daemon_ready(void)
{
	int null;

	if (ready_pipe < 0)
		return;
	log_use_syslog(false);
	log_message("started");
	null = open("/dev/null", O_RDWR);
	if (null >= 0) {
		for (int fd = 0; fd <= 2; fd++)
			dup2(null, fd);
		if (null > 2)
			close(null);
	}
	if (write(ready_pipe, "", 1) != 1)
		log_message("nobody waited for the start");
	close(ready_pipe);
	ready_pipe = -1;
}

int identity_find(struct identity *id, const char *user, const char *group, struct err *err)
{
	*id = (struct identity){ 0 };
	if (user != NULL) {
		const struct passwd *pw = getpwnam(user);

		if (pw == NULL)
			return err_set(err, ERR_USER, "%s: no such user", user);
		*id = (struct identity){ true, true, pw->pw_uid, pw->pw_gid };
	}
	if (group != NULL) {
		const struct group *gr = getgrnam(group);

		if (gr == NULL)
			return err_set(err, ERR_USER, "%s: no such group", group);
		id->has_group = true;
		id->gid = gr->gr_gid;
	}
	return 0;
}

int identity_lend(const struct identity *id, struct err *err)
{
	if (id->has_group && setegid(id->gid) != 0)
		return err_system(err, "cannot become the group %u", (unsigned)id->gid);
	if (id->has_user && seteuid(id->uid) != 0)
		return err_system(err, "cannot become the user %u", (unsigned)id->uid);
	return 0;
}

int identity_return(const struct identity *id, struct err *err)
{
	if ((id->has_user && seteuid(getuid()) != 0) || (id->has_group && setegid(getgid()) != 0))
		return err_system(err, "cannot take the rights back");
	return 0;
}

int identity_take(const struct identity *id, struct err *err)
{
	if ((id->has_user || id->has_group) && geteuid() == 0 && setgroups(0, NULL) != 0)
		return err_system(err, "cannot leave the supplementary groups");
	if (id->has_group && setgid(id->gid) != 0)
		return err_system(err, "cannot become the group %u", (unsigned)id->gid);
	if (id->has_user && setuid(id->uid) != 0)
		return err_system(err, "cannot become the user %u", (unsigned)id->uid);
	return 0;
}

int daemon_chroot(const char *directory, struct err *err)
{
	if (chdir(directory) != 0 || chroot(directory) != 0 || chdir("/") != 0)
		return err_system(err, "%s: cannot be confined to it", directory);
	return 0;
}

/* Whether the process whose number stands in the file still runs. */
static bool is_taken(const char *path)
{
	FILE *file = fopen(path, "re");
	long pid = 0;
	bool taken = file != NULL && fscanf(file, "%ld", &pid) == 1 && pid > 0 &&
	             (kill((pid_t)pid, 0) == 0 || errno == EPERM);

	if (file != NULL)
		fclose(file);
	return taken;
}

int pid_file_write(const char *directory, const char *name, struct err *err)
{
	const char *slash = strrchr(name, '/');

	for (int slot = 0; slot < PID_SLOTS; slot++) {
		char *path = xasprintf("%s/argus.%s.%d.pid", directory, slash != NULL ? slash + 1 : name, slot);

		if (!is_taken(path)) {
			pid_path = path;
			break;
		}
		free(path);
	}
	if (pid_path == NULL)
		return err_set(err, ERR_SYSTEM, "%s: %d probes on %s are running already", directory, PID_SLOTS, name);
	pid_fd = open(pid_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (pid_fd < 0 || dprintf(pid_fd, "%ld\n", (long)getpid()) < 0)
		return err_system(err, "%s", pid_path);
	return 0;
}

void pid_file_remove(void)
{
	if (pid_fd < 0)
		return;
	if (unlink(pid_path) != 0 && ftruncate(pid_fd, 0) != 0)
		log_message("%s: cannot be removed", pid_path);
	close(pid_fd);
	free(pid_path);
	pid_fd = -1;
	pid_path = NULL;
}
