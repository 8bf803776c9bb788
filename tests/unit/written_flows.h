/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes out of an aggregate, one record behind the other, in whichever way it comes. */
#ifndef TESTS_UNIT_WRITTEN_FLOWS_H
#define TESTS_UNIT_WRITTEN_FLOWS_H

#include "argus/base/buf.h"
#include "argus/query/aggregate.h"

static struct buf out;
static unsigned shown, written; /* flows that were put out, and records that were only written */

/* For aggregate_new() and aggregate_writes(). */
static inline int show_flow(void *context, struct aggregate_list *list, struct flow *f)
{
	static uint8_t record[RECORD_MAX_SIZE];

	(void)context;
	(void)list;
	shown++;
	buf_add(&out, record, flow_write(f, record, sizeof record));
	return 0;
}

static inline int write_record(void *context, const void *record, size_t length)
{
	(void)context;
	written++;
	buf_add(&out, record, length);
	return 0;
}

/* Every second one is made in a place of ours, which is as large as was asked and no larger: what
 * is written beyond it is seen by ASan. */
static inline void *place_record(void *context, size_t length)
{
	static uint8_t room[RECORD_MAX_SIZE];

	(void)context;
	return written % 2 == 0 ? room + sizeof room - length : NULL;
}

#endif
