/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running in the background, with few rights (configuration.md 8). */
#ifndef ARGUS_DAEMON_H
#define ARGUS_DAEMON_H

#include <sys/types.h>

#include "argus/base/err.h"

/* Forks. The parent waits until daemon_ready() is called and exits 0, or 1 if the
 * child ends before; only the child returns. */
int daemon_start(struct err *err);

/* The start-up is done: standard input, output and error go to /dev/null, the
 * messages to syslog, and the parent is told. Harmless when not a daemon. */
void daemon_ready(void);

/* Whom to become. */
struct identity {
	bool has_user, has_group;
	uid_t uid;
	gid_t gid;
};

/* Looks the names up; either may be NULL. A user's own group is taken when none is named. */
int identity_find(struct identity *id, const char *user, const char *group, struct err *err);

/* For what has to belong to the user: effective ids only, and back. */
int identity_lend(const struct identity *id, struct err *err);
int identity_return(const struct identity *id, struct err *err);

/* For good: supplementary groups too. */
int identity_take(const struct identity *id, struct err *err);

int daemon_chroot(const char *directory, struct err *err);

/* Writes DIRECTORY/argus.NAME.N.pid, N the first of 0 to 4 whose process is gone. */
int pid_file_write(const char *directory, const char *name, struct err *err);

/* Removes it, or empties it when the right to remove was given up. */
void pid_file_remove(void);

#endif
