/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the probe has to say, through base/log: warnings always, the rest as far as
 * -D asks for it. */
#ifndef ARGUS_LOG_H
#define ARGUS_LOG_H

#include "argus/base/compat.h"

/* One line, without a newline. */
void log_message(const char *format, ...) PRINTF_LIKE(1, 2);

/* Said only at debug level `level` (-D) and above. */
void log_debug(int level, const char *format, ...) PRINTF_LIKE(2, 3);

void log_set_level(int level);
int log_level(void);

#endif
