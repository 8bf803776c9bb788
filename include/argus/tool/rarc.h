/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ra.conf and .rarc say beside what options say too (configuration.md 5):
 * values that only some of the tools use. Text is NULL when it was not set. */
#ifndef ARGUS_TOOL_RARC_H
#define ARGUS_TOOL_RARC_H

#include "argus/tool/rc.h"

struct rarc {
	bool generate_bin_mars; /* RA_GENERATE_BIN_MAR_RECORDS; yes */
	bool color_support;
	bool correlate_events;
	bool set_pid;
	char *pid_path; /* NULL: /var/run */
	char *color_config;
	char *delegated_ip;
	char *local;           /* local addresses */
	char *local_direction; /* [suggest:|force:]src|dst */
	char *services_signatures;
	char *archive;
	char *ramon_mode;
	char *database, *db_table, *db_user, *db_pass, *db_host, *db_port, *db_engine;
	double update_interval;  /* seconds; 0: the tool's own */
	double timeout_interval; /* seconds; -1: none */
};

/* The keys of ra.conf. The object they set is private to common/tool. */
extern const struct rc_table rarc_table;

#endif
