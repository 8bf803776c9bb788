/* SPDX-License-Identifier: GPL-3.0-or-later */
/* -M replace of racluster, rasort and rastrip (aggregation.md 4.5): what comes out takes the
 * place of the input that it came from, compressed as that was. */
#ifndef ARGUS_TOOL_REPLACE_H
#define ARGUS_TOOL_REPLACE_H

#include "argus/tool/tool.h"

/* The set function of the mode: run->replaces. */
int run_set_replace(struct run *run, const char *value, struct err *err);

/* Puts a flow into the file that will replace the input of that number: run->replacement, which is NULL
 * before the first. Returns -1 when that cannot be written: the input stays. */
int replace_put(struct run *run, size_t input, struct flow *f);

/* A signal or an error came before the input's end: the input stays. Every run ends with it. */
void replace_abandon(struct run *run);

/* The input is at its end: the new file takes its name. An input without flows stays
 * as it is. With -V says so. */
int replace_finish(struct run *run, size_t input);

#endif
