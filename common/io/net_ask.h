/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to the user at the terminal, without waiting for the answers. There is one
 * terminal: who asks has it to himself until he closes it. */
#ifndef COMMON_IO_NET_ASK_H
#define COMMON_IO_NET_ASK_H

#include <stddef.h>
#include <termios.h>

#include "argus/base/compat.h"

#define NET_ASK_MAX 1024u /* characters of an answer */

struct net_ask {
	int fd; /* to be polled for input; -1: closed */
	bool is_hidden;
	struct termios before; /* how the terminal is without a hidden answer */
	char answer[NET_ASK_MAX + 1];
	size_t length;
};

enum net_ask_result {
	NET_ASK_WAIT, /* not yet: nothing was typed, or somebody else asks */
	NET_ASK_DONE,
	NET_ASK_NONE, /* there is no terminal, or its user does not answer */
};

#define NET_ASK_INIT { .fd = -1 }

/* Opens /dev/tty, which is the terminal even when standard input is a pipe, and tells there why. */
enum net_ask_result net_ask_open(struct net_ask *a, const char *why);
void net_ask_close(struct net_ask *a); /* restores the terminal; may be closed already */

/* Puts a question. The answer to a hidden one is not shown while it is typed. */
void net_ask_put(struct net_ask *a, const char *question, bool is_hidden);

/* Looks whether the answer is there: DONE, in a->answer, to be wiped by who has read it. */
enum net_ask_result net_ask_look(struct net_ask *a);

#endif
