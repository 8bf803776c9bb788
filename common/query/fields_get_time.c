/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of the time columns (printing.md 4.2; record-format.md 11, steps 2-6). */
#include "common/query/fields_rows.h"

bool get_start(const struct field *field, struct flow *f, struct value *v)
{
	(void)field;
	return value_time(v, flow_start(f));
}

bool get_last(const struct field *field, struct flow *f, struct value *v)
{
	(void)field;
	return value_time(v, flow_last(f));
}

/* One stamp of one side; param is the edge. */
bool get_stamp(const struct field *field, struct flow *f, struct value *v)
{
	const struct times *t = flow_times(f);

	if (!(t->have & TIME_BIT(field->side, START)))
		return false;
	return value_time(v, t->at[field->side][field->param]);
}

/* The source's start: print_relative counts from that of the first record. */
bool get_relative(const struct field *field, struct flow *f, struct value *v)
{
	const struct times *t = flow_times(f);

	(void)field;
	return value_time(v, t->have & TIME_BIT(SRC, START) ? t->at[SRC][START] : flow_start(f));
}

bool get_duration(const struct field *field, struct flow *f, struct value *v)
{
	(void)field;
	return value_float(v, seconds_f32(flow_duration(f)));
}

bool get_side_duration(const struct field *field, struct flow *f, struct value *v)
{
	if (!(flow_times(f)->have & TIME_BIT(field->side, START)))
		return false;
	return value_float(v, seconds_f32(flow_side_duration(f, field->side)));
}

/* Statistics of the aggregated records; param is enum stats_param. Seconds of
 * duration, unless something else was summarised. Without them the deviation is the
 * duration (printing.md 4.6). */
bool get_agr(const struct field *field, struct flow *f, struct value *v)
{
	const struct agr *a = flow_agr(f);

	if (a->count == 0)
		return field->param == STATS_STDDEV && get_duration(field, f, v);
	switch ((enum stats_param)field->param) {
	case STATS_MEAN:
		return value_float(v, a->active.mean);
	case STATS_MIN:
		return value_float(v, a->active.min);
	case STATS_MAX:
		return value_float(v, a->active.max);
	case STATS_STDDEV:
		return value_float(v, a->active.stddev);
	case STATS_SUM:
		return value_float(v, a->active.mean * (float)a->active.n);
	}
	return false;
}

bool get_trans(const struct field *field, struct flow *f, struct value *v)
{
	const struct agr *a = flow_agr(f);

	(void)field;
	return a->count != 0 && value_uint(v, a->count);
}
