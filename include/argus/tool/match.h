/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regular expressions on what was captured of the conversation (-e), and on
 * labels (-M label=). POSIX extended; data may hold any byte. */
#ifndef ARGUS_TOOL_MATCH_H
#define ARGUS_TOOL_MATCH_H

#include "argus/base/err.h"
#include "argus/record/flow.h"

struct user_match;

/* Compiles "[s:|d:]EXPRESSION"; s: and d: limit it to the source's or the
 * destination's data. On failure returns NULL and err says what is wrong. */
struct user_match *user_match_new(const char *text, bool ignore_case, struct err *err);

/* The same for labels: no side. */
struct user_match *label_match_new(const char *text, bool ignore_case, struct err *err);
void user_match_free(struct user_match *m);

/* Whether the user data of either side (or of the side asked for) match. */
bool user_match_flow(const struct user_match *m, struct flow *f);

/* Whether the flow's label matches; false without a label. */
bool label_match_flow(const struct user_match *m, struct flow *f);

#endif
