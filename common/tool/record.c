/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to one record, in this order (filter.md 1): direction, filter, -e,
 * -M label=, -N, -t, then the tool. */
#include "argus/base/names.h"
#include "argus/record/shape.h"
#include "common/tool/run_private.h"

/* The order of printing.md 1.4: a record before the window is passed over; the
 * one after it ends the run. */
enum window_place { WINDOW_BEFORE, WINDOW_IN, WINDOW_PASSED };

static enum window_place place_in(const struct record_window *window, uint64_t *count)
{
	if (!window->given)
		return WINDOW_IN;
	if (*count >= window->last)
		return WINDOW_PASSED;
	return ++*count < window->first ? WINDOW_BEFORE : WINDOW_IN;
}

/* Whether the next record can still be inside. */
static bool window_over(const struct record_window *window, uint64_t count)
{
	return window->given && (count >= window->last || window->first > window->last);
}

static bool is_service(uint16_t port)
{
	return names_service(6, port) != NULL;
}

static bool is_registered(uint16_t port)
{
	return port >= 1024 && port < 49152;
}

/* Whether a record comes from the port that it should go to: the one of such a kind, of two the lower
 * (printing.md 4.3). A well-known port decides alone. */
static bool is_against(unsigned classes, const uint16_t port[2])
{
	uint16_t from = port[SRC], to = port[DST];

	if ((classes & PORT_WELL_KNOWN) && (from < 1024 || to < 1024))
		return from < to;
	if ((classes & PORT_SERVICES) && is_service(from) && (from < to || !is_service(to)))
		return true;
	return (classes & PORT_REGISTERED) && (is_registered(from) || is_registered(to)) && from < to;
}

/* RA_PORT_DIRECTION: a TCP record that saw no SYN goes towards the port that is more likely a server's;
 * over IPv4, as ever. Of most records their bytes tell that they do. */
static void direct_by_port(unsigned classes, struct flow *f)
{
	const struct flow_key *key;
	const struct tcp *tcp;
	struct plain_tuple t;

	if (flow_plain_tuple(f, &t) && (t.proto != 6 || !is_against(classes, t.port)))
		return;
	key = flow_key(f);
	if (key->layout != LAYOUT_IPV4 || key->kind != KEY_TUPLE || key->proto != 6 || (key->flags & KEY_DIRECTION))
		return;
	tcp = flow_tcp(f);
	if (tcp == NULL || (tcp->status & (TCP_SAW_SYN | TCP_SAW_SYNACK)))
		return;
	if (is_against(classes, key->u.ip.port))
		flow_reverse(f);
}

static void drop_parts(uint32_t parts, struct flow *f)
{
	for (parts &= f->have; parts != 0; parts &= parts - 1)
		flow_drop(f, (enum dsr_slot)__builtin_ctz(parts));
}

/* The record as it comes from the source, which may know its shape: only the first time. */
static inline void open_flow(struct run *run, const struct record *record, const struct shape *shape, struct flow *f)
{
	if (likely(shape != NULL))
		flow_open_shaped(f, record->bytes, shape, &run->reading);
	else
		flow_open(f, record->bytes, record->length, &run->reading);
	f->offset = record->offset;
	if (run->priv->port_direction != 0 && !run->priv->rmon)
		direct_by_port(run->priv->port_direction, f);
}

/* The other way round, and meant so: a reader must not correct it back. */
static void turn_round(struct flow *f)
{
	flow_reverse(f);
	if (flow_tcp(f) != NULL)
		((struct flow_key *)flow_edit(f, DSR_FLOW))->flags |= KEY_DIRECTION;
}

/* The stamps of a direction without packets say nothing (record-format.md 11.3). */
static void drop_stamps(struct flow *f, enum side side)
{
	const unsigned mine = TIME_BIT(SRC, START) | TIME_BIT(SRC, END), theirs = TIME_BIT(DST, START) | TIME_BIT(DST, END);
	unsigned drop = side == SRC ? mine : theirs, have = flow_times(f)->have;
	struct times *times;

	if ((have & drop) == 0 || (have & ~drop) == 0)
		return;
	times = flow_edit(f, DSR_TIME);
	times->have = (uint8_t)(have & ~drop);
	memset(times->at[side], 0, sizeof times->at[side]);
}

/* One record for one direction: the other's counts become 0. */
static int emit_side(struct run *run, const struct record *record, enum side side)
{
	struct flow f;
	struct metric *metric;

	open_flow(run, record, NULL, &f);
	if (run->priv->drop_dsrs != 0)
		drop_parts(run->priv->drop_dsrs, &f);
	if (flow_metric(&f)->pkts[side] == 0)
		return 0;
	if (side == DST)
		turn_round(&f);
	metric = flow_edit(&f, DSR_METRIC);
	metric->pkts[DST] = metric->bytes[DST] = metric->appbytes[DST] = 0;
	drop_stamps(&f, DST);
	return run_emit(run, &f);
}

static int emit_default(struct run *run, const struct record *record, struct flow *f)
{
	struct run_private *priv = run->priv;

	if (priv->uni) {
		if (emit_side(run, record, SRC) != 0)
			return -1;
		return emit_side(run, record, DST);
	}
	if (run_emit(run, f) != 0)
		return -1;
	if (!priv->rmon)
		return 0;
	turn_round(f);
	return run_emit(run, f);
}

/* A tool with a record() of its own gets every record, twice in rmon mode. */
static int give(struct run *run, const struct record *record, struct flow *f)
{
	struct run_private *priv = run->priv;

	if (run->tool->record == NULL)
		return emit_default(run, record, f);
	if (run->tool->record(run, f) != 0)
		return -1;
	if (!priv->rmon || priv->stop)
		return 0;
	flow_reverse(f);
	return run->tool->record(run, f);
}

static uint64_t next_rank(struct run *run)
{
	uint64_t count = ++run->priv->out_count;

	if (run->rank == 0)
		return count;
	return run->rank == NO_RANK ? NO_RANK : run->rank++;
}

int run_emit(struct run *run, struct flow *f)
{
	struct run_private *priv = run->priv;

	if (!(run->tool->flags & TOOL_OWN_WINDOW) && run->out.given) {
		enum window_place place = place_in(&run->out, &priv->out_count);

		if (window_over(&run->out, priv->out_count))
			run_stop(run);
		if (place != WINDOW_IN)
			return 0;
		f->ordinal = priv->out_count;
	} else {
		f->ordinal = next_rank(run);
	}
	return output_flow(run, f);
}

/* Waits until a record is due (-M rtime). */
static void keep_pace(struct run *run, uint64_t at)
{
	struct run_private *priv = run->priv;
	uint64_t due, now = clock_monotonic();

	if (at == 0)
		return;
	if (priv->pace_stream == 0) {
		priv->pace_stream = at;
		priv->pace_clock = now;
		return;
	}
	if (at <= priv->pace_stream)
		return;
	due = priv->pace_clock + (uint64_t)((double)(at - priv->pace_stream) / priv->pace);
	while ((now = clock_monotonic()) < due && loop_wait(run)) {
		uint64_t wait = u64_min(due - now, 200000); /* looks for signals five times a second */
		struct timespec pause = { .tv_nsec = (long)(wait * 1000) };

		nanosleep(&pause, NULL);
	}
}

static bool passes(struct run *run, struct flow *f)
{
	struct run_private *priv = run->priv;

	return (priv->user_match == NULL || user_match_flow(priv->user_match, f)) &&
	       (priv->label_match == NULL || label_match_flow(priv->label_match, f));
}

void records_prepare(struct run *run)
{
	struct run_private *priv = run->priv;

	priv->is_plain = priv->user_match == NULL && priv->label_match == NULL && !run->in.given && run->range == NULL &&
			 priv->pace <= 0 && priv->drop_dsrs == 0 && !priv->rmon && !priv->uni;
	priv->looks_at = SHAPED_MAX;
	priv->is_bare = priv->is_plain && priv->port_direction == 0 && run->filter == NULL && !priv->summary && run->takes_as_read;
}

/* For the closing lines (-A). */
static void add_to_summary(struct run_private *priv, struct flow *f)
{
	const struct metric *metric = flow_metric(f);

	priv->flow_pkts += metric->pkts[SRC] + metric->pkts[DST];
	priv->flow_bytes += metric->bytes[SRC] + metric->bytes[DST];
}

/* Only the filter stands between the record and the tool. */
static inline int take_plain(struct run *run, struct flow *f)
{
	struct run_private *priv = run->priv;

	priv->flows_read++;
	if (!filter_match(run->filter, f))
		return output_reject(run, f, NULL, 0);
	priv->passed++;
	if (priv->summary)
		add_to_summary(priv, f);
	return run->tool->record != NULL ? run->tool->record(run, f) : run_emit(run, f);
}

static __attribute__((noinline)) int take_closely(struct run *run, const struct record *record, struct flow *f)
{
	struct run_private *priv = run->priv;
	enum window_place place;

	if (f->type != RECORD_EVENT)
		priv->flows_read++;
	else if (run->tool->flags & TOOL_NO_EVENTS)
		return 0;
	if (!filter_match(run->filter, f))
		return output_reject(run, f, NULL, 0);
	if (!passes(run, f))
		return 0;
	priv->passed++;
	place = place_in(&run->in, &priv->in_count);
	if (window_over(&run->in, priv->in_count))
		run_stop(run);
	if (place != WINDOW_IN)
		return 0;
	if (run->range != NULL && !timerange_match_flow(run->range, f))
		return 0;
	if (priv->pace > 0)
		keep_pace(run, flow_start(f));
	if (priv->summary)
		add_to_summary(priv, f);
	if (priv->drop_dsrs != 0)
		drop_parts(priv->drop_dsrs, f);
	if (f->type == RECORD_EVENT && !priv->print_events && run->tool->record == NULL && run_prints(run))
		return 0;
	return give(run, record, f);
}

#define PAUSE_MAX 32u

/* Those behind the first that the tool does not take were looked at in vain: fewer are looked at next time.
 * Where it takes none, more and more go by without a look. */
static void adapt(struct run_private *priv, unsigned count, unsigned taken)
{
	if (taken > 0 && taken == count) {
		priv->looks_at = priv->looks_at < SHAPED_MAX / 2 ? priv->looks_at * 2 : SHAPED_MAX;
		priv->pause = 0;
	} else {
		priv->looks_at = taken + 1;
		priv->pause = taken > 0 || priv->pause == 0 ? 1 : priv->pause < PAUSE_MAX / 2 ? priv->pause * 2 : PAUSE_MAX;
	}
	priv->pausing = priv->pause;
}

int take_as_read(struct run *run)
{
	struct run_private *priv = run->priv;
	struct shaped_records records;
	int taken;

	if (priv->pausing > 0) {
		priv->pausing--;
		return 0;
	}
	source_look(run->source, &records, priv->looks_at);
	taken = records.count > 0 ? run->tool->as_read(run, &records) : 0;
	if (taken < 0)
		return -1;
	adapt(priv, records.count, (unsigned)taken);
	if (taken == 0)
		return 0;
	source_take(run->source, &records, (unsigned)taken);
	priv->flows_read += (unsigned)taken;
	priv->passed += (unsigned)taken;
	return taken;
}

HOT int take_flow(struct run *run, const struct record *record)
{
	struct flow f;

	open_flow(run, record, record->shape, &f);
	if (likely(run->priv->is_plain && f.type != RECORD_EVENT))
		return take_plain(run, &f);
	return take_closely(run, record, &f);
}

static void note_initial(struct run *run, const struct record *record)
{
	struct run_private *priv = run->priv;

	priv->has_initial = record->length == MAR_SIZE;
	if (priv->has_initial)
		memcpy(priv->initial, record->bytes, MAR_SIZE);
}

/* Initial MARs do not count, but are not shown before the first record that -N FIRST-LAST asks for. Those
 * of servers are for the files that begin with them; only -M poll shows them. */
static bool is_unshown(const struct run *run, const struct record *record)
{
	if (!record->is_initial || !run_prints(run))
		return false;
	return run->priv->in_count < run->in.first ||
	       (!run->priv->poll && source_is_remote(run->source, source_current(run->source)));
}

COLD int take_mar(struct run *run, const struct record *record)
{
	struct run_private *priv = run->priv;
	enum window_place place = WINDOW_IN;
	struct mar m;

	if (priv->poll && !record->is_initial)
		return 0;
	mar_decode(&m, record->bytes, record->length);
	m.offset = record->offset;
	priv->mars_read++;
	if (record->is_initial)
		note_initial(run, record);
	if (priv->poll)
		source_skip_input(run->source);
	if (record->is_initial && priv->writer != NULL)
		writer_probe(priv->writer, &m);
	if (run->tool->flags & TOOL_WANTS_MARS && run->tool->mar(run, &m) != 0)
		return -1;
	if (!filter_match_mar(run->filter, &m))
		return record->is_initial ? 0 : output_reject(run, NULL, record->bytes, record->length);
	if (priv->user_match != NULL || priv->label_match != NULL) /* nothing in it could match */
		return 0;
	if (!record->is_initial) {
		place = place_in(&run->in, &priv->in_count);
		if (window_over(&run->in, priv->in_count))
			run_stop(run);
	}
	*(record->is_initial ? &priv->initial_passed : &priv->passed) += 1;
	if (place != WINDOW_IN || (run->range != NULL && !timerange_match_mar(run->range, &m)))
		return 0;
	if (run->tool->flags & TOOL_TAKES_MARS)
		return run->tool->mar(run, &m);
	if (!acts_like_ra(run) || is_unshown(run, record))
		return 0;
	return output_mar(run, &m, record->bytes, record->length);
}
