/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ra.conf and .rarc say beside what options say too (configuration.md 5):
 * values that only some of the tools use. Text is NULL when it was not set. */
#ifndef ARGUS_TOOL_RARC_H
#define ARGUS_TOOL_RARC_H

#include "argus/tool/rc.h"

struct rarc {
	bool generate_bin_mars; /* RA_GENERATE_BIN_MAR_RECORDS; yes */
	bool set_pid;
	char *pid_path; /* NULL: /var/run */
};

/* The keys of ra.conf. The object they set is private to common/tool. */
extern const struct rc_table rarc_table;

#endif
