/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/net_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool is_taken; /* somebody asks */

static void tell(const struct net_ask *a, const char *text)
{
	ssize_t written = write(a->fd, text, strlen(text));

	(void)written; /* a terminal that takes nothing will not answer either */
}

enum net_ask_result net_ask_open(struct net_ask *a, const char *why)
{
	if (is_taken)
		return NET_ASK_WAIT;
	a->fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (a->fd < 0)
		return NET_ASK_NONE;
	is_taken = true;
	a->is_hidden = false;
	tell(a, why);
	tell(a, "\n");
	return NET_ASK_DONE;
}

static void show_again(struct net_ask *a)
{
	if (!a->is_hidden)
		return;
	tcsetattr(a->fd, TCSADRAIN, &a->before);
	tell(a, "\n"); /* that of the user was not shown */
	a->is_hidden = false;
}

void net_ask_close(struct net_ask *a)
{
	if (a->fd < 0)
		return;
	show_again(a);
	explicit_bzero(a->answer, sizeof a->answer);
	close(a->fd);
	a->fd = -1;
	is_taken = false;
}

void net_ask_put(struct net_ask *a, const char *question, bool is_hidden)
{
	struct termios hidden;

	a->length = 0;
	if (is_hidden && tcgetattr(a->fd, &a->before) == 0) {
		hidden = a->before;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		a->is_hidden = tcsetattr(a->fd, TCSAFLUSH, &hidden) == 0;
	}
	tell(a, question);
}

/* A line comes as a whole, but a longer one than fits is no answer. */
enum net_ask_result net_ask_look(struct net_ask *a)
{
	ssize_t got = read(a->fd, a->answer + a->length, NET_ASK_MAX - a->length);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return NET_ASK_WAIT;
	if (got <= 0)
		return NET_ASK_NONE;
	a->length += (size_t)got;
	if (a->answer[a->length - 1] != '\n')
		return a->length < NET_ASK_MAX ? NET_ASK_WAIT : NET_ASK_NONE;
	a->answer[--a->length] = '\0';
	show_again(a);
	return NET_ASK_DONE;
}
