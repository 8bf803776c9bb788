/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rabins: aggregation in bins of time (aggregation.md 6.4). */
#include "argus/base/buf.h"
#include "argus/base/num.h"
#include "argus/query/bins.h"
#include "argus/tool/rarc.h"
#include "clients/bin_set.h"
#include "clients/clustering.h"
#include "clients/cutting.h"

struct state {
	struct clustering by; /* first: clustering.c finds it here */
	struct period period; /* without one, its window is all of time */
	bool has_period, is_hard, is_whole, is_zero, is_unmerged;
	bool is_putting;          /* a bin is put out */
	uint64_t every_records, every_bytes; /* count and size modes; 0: off */
	uint64_t records, bytes;             /* since the last output */

	struct bin_set bins;
	uint64_t closed;          /* live: the end of the last bin that was put out */
	bool is_current;          /* which was when it was over */
	uint64_t late;            /* records that came for closed bins */
	uint64_t first, end;      /* of all records, for -G */
	struct cutting cutting;
	uint64_t zeros;           /* records of -M zero since the bins began to be put out */
	char **patterns;          /* of -w: names of files by the start of a bin; NULL: plain names */
};

/* A bin that is put out so long after it might have been is of a stream of now: ticks are seconds apart. */
#define CURRENT_US (10 * CLOCK_SECOND_US)

static struct state *state_of(struct run *run) { return run->state; }

static RUN_SETTER(mode_hard, state_of(run)->is_hard = true)
static RUN_SETTER(mode_soft, state_of(run)->is_hard = false)
static RUN_SETTER(mode_nomodify, state_of(run)->is_whole = true)
static RUN_SETTER(mode_zero, state_of(run)->is_zero = true)
static RUN_SETTER(mode_nomerge, state_of(run)->is_unmerged = true)

static bool take_period(struct state *s, const char *text)
{
	if (!period_read(&s->period, text))
		return false;
	period_fix(&s->period);
	s->has_period = true;
	return true;
}

static int mode_time(struct run *run, const char *value, struct err *err)
{
	if (!take_period(run->state, value))
		return err_set(err, ERR_USER, "-M time: '%s' is not a period such as 10s, 5m, 1h, 1d, 1w, 1M or 1y", value);
	return 0;
}

static int read_amount(uint64_t *to, const char *name, const char *value, struct err *err)
{
	return num_read_amount(value, to) ? 0 : err_set(err, ERR_USER, "-M %s: '%s' is not a number above 0", name, value);
}

static int mode_count(struct run *run, const char *value, struct err *err)
{
	return read_amount(&state_of(run)->every_records, "count", value, err);
}

static int mode_size(struct run *run, const char *value, struct err *err)
{
	return read_amount(&state_of(run)->every_bytes, "size", value, err);
}

static const struct tool_mode modes[] = {
	{ "time", 3, "PERIOD: bins of that length: 10s, 5m, 1h, 1d, 1w, 1M, 1y (or just the period)", mode_time, MODE_WORD },
	{ "count", 3, "N: aggregate N records, put out, start again", mode_count, MODE_WORD },
	{ "size", 3, "N: the same for every N bytes of records", mode_size, MODE_WORD },
	{ "hard", 3, "records begin and end where their bin does", mode_hard, MODE_FLAG },
	{ "soft", 3, "records keep their times (the default)", mode_soft, MODE_FLAG },
	{ "nomodify", 4, "do not cut records; they go to the bin in which they begin", mode_nomodify, MODE_FLAG },
	{ "zero", 3, "a record for every empty bin between others", mode_zero, MODE_FLAG },
	{ "nomerge", 4, "cut and sort only", mode_nomerge, MODE_FLAG },
	CLUSTERING_MODES,
	{ NULL, 0, NULL, NULL, MODE_FLAG },
};

static const struct tool_option options[] = {
	CLUSTERING_OPTIONS,
	{ 'B', "TIME", false, "on live input, or with rtime, how long a bin stays open after its end", NULL },
	{ 'G', NULL, false, "print for programs that draw: what the bins are, then rows parted by commas", run_set_graph },
	{ 'w', "PATTERN [\"FILTER\"]", false, "write the records; strftime conversions make a file for each bin", NULL },
	{ 0, NULL, false, NULL, NULL },
};

/* -M 5m */
static int mode_period(struct run *run, const char *word, struct err *err)
{
	(void)err;
	return take_period(run->state, word);
}

/* -w o.%H.%M: a file for each bin, or for each hour of them, as rasplit names files. */
static void take_patterns(struct run *run)
{
	struct state *s = run->state;

	s->patterns = xcalloc(run->output_count + 1, sizeof *s->patterns);
	for (size_t i = 0; s->has_period && i < run->output_count; i++)
		if (strchr(run->outputs[i].path, '%') != NULL)
			s->patterns[i] = xstrdup(run->outputs[i].path);
}

static void free_patterns(struct run *run)
{
	struct state *s = run->state;

	for (size_t i = 0; i < run->output_count; i++)
		free(s->patterns[i]);
	free(s->patterns);
}

/* What comes next is of the bin that begins at `from`. */
static int name_outputs(struct run *run, uint64_t from)
{
	struct state *s = run->state;

	for (size_t i = 0; i < run->output_count; i++) {
		struct run_output *out = &run->outputs[i];
		struct sink *sink = out->sink;
		char *path;

		if (s->patterns[i] == NULL)
			continue;
		path = clock_path(s->patterns[i], from);
		if (strcmp(path, out->path) == 0) {
			free(path);
			continue;
		}
		free(out->path);
		out->path = path;
		out->sink = NULL;
		if (sink != NULL && sink_close(sink, &run->err) < 0)
			return -1;
	}
	return 0;
}

static uint64_t window_start(struct period period, uint64_t when)
{
	period_find(&period, when);
	return period.start;
}

/* What flush= puts out before its bin goes to the file of that. */
static int emit(void *context, struct flow *f)
{
	struct run *run = context;
	struct state *s = run->state;

	if (s->has_period && !s->is_putting && name_outputs(run, window_start(s->period, flow_start(f))) < 0)
		return -1;
	return run_emit(run, f);
}

/* Bins are sorted by time. What is in none comes out as it came, unless something says how to merge it. */
static bool is_sorted_by_time(const struct state *s)
{
	const struct cluster_options *o = &s->by.options;

	return s->has_period || s->every_records != 0 || s->every_bytes != 0 || s->is_unmerged || o->is_rmon ||
	       o->is_correcting || o->drops_counts;
}

static int start(struct run *run)
{
	struct state *s = run->state;

	s->by.options.default_sort = is_sorted_by_time(s) ? "stime" : NULL;
	s->by.options.keeps_order = true;
	s->by.options.cuts = s->has_period && !s->is_whole;
	s->by.options.is_blanking = true;
	s->by.options.is_unmerged = s->is_unmerged;
	s->first = UINT64_MAX;
	if (!s->has_period)
		s->period = (struct period){ .start = 0, .end = UINT64_MAX };
	bin_set_init(&s->bins);
	if (clustering_start(run, emit) < 0)
		return -1;
	take_patterns(run);
	return 0;
}

#define BINS_AHEAD 3u

/* Brings in what adding a piece of the record to the bin will need. Returns the one that the next
 * piece will likely go to. */
static inline const struct bin *fetch_bin(const struct state *s, const struct bin *bin, const struct split *split, size_t rule)
{
	if (bin->start <= split->end)
		cluster_fetch(s->by.cluster, &bin->flows, rule);
	return bin->next;
}

static void fetch_next_bin(const struct state *s, const struct bin *bin, const struct split *split, size_t rule)
{
	for (unsigned i = 0; i < BINS_AHEAD && bin != NULL; i++)
		bin = bin->next;
	if (bin != NULL)
		fetch_bin(s, bin, split, rule);
}

/* The bin that a record or a piece from `first` to `last` goes to, or NULL: what bins that are closed
 * get no more is counted, and told at the end. */
static INLINED struct bin *open_bin(struct state *s, uint64_t first, uint64_t last)
{
	if (s->has_period && s->closed > 0 && s->period.end <= s->closed) {
		s->late++;
		return NULL;
	}
	s->first = u64_min(s->first, first);
	s->end = u64_max(s->end, last);
	return bin_set_find(&s->bins, &s->period);
}

static int add_whole(struct run *run, struct flow *f, struct cluster_match match)
{
	struct state *s = run->state;
	struct bin *bin = open_bin(s, flow_start(f), flow_last(f));

	return bin != NULL ? cluster_add_by(s->by.cluster, &bin->flows, f, match) : 0;
}

static int add_piece(struct run *run, struct split *split, size_t rule)
{
	struct state *s = run->state;
	struct bin *bin = open_bin(s, split->first, split->last);

	if (bin == NULL)
		return 0;
	if (cluster_add_piece(s->by.cluster, &bin->flows, split, rule) < 0)
		return -1;
	fetch_next_bin(s, bin, split, rule);
	return 0;
}

/* Before the first piece is added. False: the rule does not take pieces as they are cut. */
static bool begin_pieces(struct run *run, struct split *split, size_t rule)
{
	struct state *s = run->state;
	const struct bin *bin;

	if (!cluster_begin_pieces(s->by.cluster, split, rule))
		return false;
	bin = bin_set_begin(&s->bins, s->period.start); /* where the first piece goes */
	for (unsigned i = 0; i < BINS_AHEAD && bin != NULL; i++)
		bin = fetch_bin(s, bin, split, rule);
	cluster_keep_ahead(s->by.cluster, split);
	return true;
}

/* The rule does not take pieces as they are cut: each is a record of its own. */
static int add_shown(struct run *run, struct split *split, struct cluster_match match)
{
	split_show(split);
	return add_whole(run, split->flow, match);
}

/* Whether -t takes the piece. */
static bool is_in_range(struct run *run, struct split *split)
{
	if (run->range == NULL || !split->is_cut)
		return true;
	split_show(split);
	return timerange_match_flow(run->range, split->flow);
}

static int add_record(struct run *run, struct flow *f)
{
	struct state *s = run->state;
	struct cluster_match match = cluster_match(s->by.cluster, f);
	size_t rule = match.rule[SRC];
	struct split split;
	bool is_taken;

	if (!s->has_period)
		return add_whole(run, f, match);
	if (s->is_whole) {
		period_find(&s->period, flow_start(f));
		return add_whole(run, f, match);
	}
	cluster_take_metric(s->by.cluster, f, rule);
	split_begin(&split, f, &s->period, s->is_hard);
	/* A record that is not cut is kept as it came. */
	is_taken = split_is_due(&split) && begin_pieces(run, &split, rule);
	s->cutting.pieces = 0;
	while (cutting_goes_on(&s->cutting, run, &split) && split_cut(&split)) {
		if (!is_in_range(run, &split))
			continue;
		if ((is_taken ? add_piece(run, &split, rule) : add_shown(run, &split, match)) < 0)
			return -1;
	}
	return 0;
}

/* A bin without records. */
static int put_zero(struct run *run, uint64_t from, uint64_t to)
{
	struct times *times;
	struct flow f;

	flow_blank(&f, RECORD_FAR, &run->reading);
	times = flow_edit(&f, DSR_TIME);
	times->at[SRC][START] = from;
	times->at[SRC][END] = to;
	times->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
	return run_emit(run, &f);
}

/* Management records frame a bin in binary output, and in text if they are shown. */
static int put_frame(struct run *run, enum record_cause cause, const struct bin *bin)
{
	struct mar m;

	if (!run->rc->generate_bin_mars || !state_of(run)->has_period || !(run->output_count > 0 || run->print_man))
		return 0;
	mar_init(&m, cause, cause == CAUSE_START ? bin->start : bin->end);
	m.start = m.now;
	return run_emit_mar(run, &m);
}

static int put_bin(struct run *run, struct bin *bin)
{
	struct state *s = run->state;

	s->is_putting = true; /* after an error nothing is */
	if (name_outputs(run, bin->start) < 0 || put_frame(run, CAUSE_START, bin) < 0 ||
	    cluster_flush(s->by.cluster, &bin->flows) < 0 || put_frame(run, CAUSE_STOP, bin) < 0)
		return -1;
	s->is_putting = false;
	return 0;
}

/* The empty windows between `from` and `to`. Of very many the rest is left out when a signal comes:
 * they only say that there is nothing. */
static int put_gap(struct run *run, uint64_t from, uint64_t to)
{
	struct state *s = run->state;

	while (from < to) {
		struct period window = s->period;

		period_find(&window, from);
		if (name_outputs(run, from) < 0 || put_zero(run, from, window.end) < 0)
			return -1;
		from = window.end;
		if (++s->zeros % CUTTING_LOOK == 0 && run_is_interrupted(run)) {
			run_message(run, "ended by a signal: the other empty bins are left out");
			s->is_zero = false;
			return 0;
		}
	}
	return 0;
}

/* -t with a beginning and an end: they are those of the bins, too. */
static bool has_range(const struct run *run)
{
	return run->range != NULL && run->range->start > 0 && !run->range->negated;
}

/* Puts these bins out, which come in time order. */
static int put_each(struct run *run, const uint32_t *refs, size_t count)
{
	struct state *s = run->state;
	uint64_t expected = s->closed;

	s->zeros = 0;
	if (count > 0 && cluster_catch_up(s->by.cluster) < 0)
		return -1;
	if (s->is_zero && s->has_period && expected == 0 && has_range(run))
		expected = window_start(s->period, run->range->start); /* of the first bin of -t */
	for (size_t i = 0; i < count; i++) {
		struct bin *bin = bin_at(&s->bins, refs[i]);

		if (s->is_zero && s->has_period && expected != 0 && put_gap(run, expected, bin->start) < 0)
			return -1;
		if (put_bin(run, bin) < 0)
			return -1;
		expected = bin->end;
	}
	bin_set_remove(&s->bins, refs, count);
	return 0;
}

/* Puts out the bins that ended by then; *last becomes the end of the last of them. */
static int put_bins(struct run *run, uint64_t when, uint64_t *last)
{
	struct state *s = run->state;
	uint32_t *refs = bin_set_order(&s->bins);
	size_t count = 0;
	int result;

	for (; count < bin_set_count(&s->bins) && bin_at(&s->bins, refs[count])->end <= when; count++)
		*last = bin_at(&s->bins, refs[count])->end;
	result = put_each(run, refs, count);
	free(refs);
	return result;
}

static int record(struct run *run, struct flow *f)
{
	struct state *s = run->state;
	uint64_t last;

	if (run->bin_seconds > 0)
		run_arrival(run, f);
	s->records++;
	s->bytes += f->length;
	if (add_record(run, f) < 0)
		return -1;
	if ((s->every_records == 0 || s->records < s->every_records) && (s->every_bytes == 0 || s->bytes < s->every_bytes))
		return 0;
	if (s->every_records == 0 && s->every_bytes == 0)
		return 0;
	s->records = s->bytes = 0;
	return put_bins(run, UINT64_MAX, &last);
}

/* Live: the empty bins whose end and hold time are over by now, `when`. Not of a stream that tells of a
 * time long ago: no more may come. */
static int put_passed(struct run *run, uint64_t when)
{
	struct state *s = run->state;
	uint64_t from = s->closed, to = window_start(s->period, when);

	if (!s->is_zero || !s->is_current || to <= from)
		return 0;
	s->closed = to;
	return put_gap(run, from, to);
}

/* Live: a bin is closed when its end and the hold time of -B are over. */
static int tick(struct run *run, uint64_t now)
{
	struct state *s = run->state;
	uint64_t hold = (uint64_t)(run->bin_seconds * 1e6);
	uint64_t end;

	if (!s->has_period || run->bin_seconds <= 0 || now < hold)
		return 0;
	if (bin_set_has_ended(&s->bins, now - hold)) {
		if (put_bins(run, now - hold, &end) < 0)
			return -1;
		s->closed = end;
		s->is_current = clock_add(end, s->period.count, s->period.unit) + CURRENT_US > now - hold;
	}
	return put_passed(run, now - hold);
}

/* -G: what ragraph wants to know first. */
static void put_time(const char *name, uint64_t at)
{
	printf("%s=%llu.%05llu\n", name, (unsigned long long)(at / 1000000), (unsigned long long)(at % 1000000 / 10));
}

static int put_header(struct run *run)
{
	struct state *s = run->state;
	uint64_t size = s->has_period ? s->period.end - s->period.start : 0, from = s->first, to = s->end;
	uint64_t span = bin_set_span(&s->bins) + size;
	const char *first = run->columns.count > 0 ? run->columns.item[0].field->name : "";

	if (bin_set_count(&s->bins) == 0)
		return 0;
	if (has_range(run)) {
		from = run->range->start;
		to = run->range->end;
		span = to - from;
	}
	put_time("StartTime", from);
	put_time("StopTime", to);
	put_time("LastTime", s->end);
	printf("Seconds=%llu\nBinSize=%f\nBins=%llu\nColumns=", (unsigned long long)(span / 1000000),
	       (double)size / 1e6, (unsigned long long)(size > 0 ? (span + size - 1) / size : 1));
	for (size_t i = 0; i < run->columns.count; i++)
		printf("%s%s", i > 0 ? "," : "", field_title(run->columns.item[i].field, &run->style));
	printf("\n%s=\n\n", strcmp(first, "srcid") == 0 ? "Probes" : strcmp(first, "proto") == 0 ? "Protos" : "Objects");
	return fflush(stdout) == 0 ? 0 : err_system(&run->err, "standard output");
}

static int finish(struct run *run)
{
	struct state *s = run->state;
	uint64_t last = 0;
	int result = run->flag_G ? put_header(run) : 0;

	if (s->by.cluster != NULL)
		cluster_end(s->by.cluster);
	if (result == 0)
		result = put_bins(run, UINT64_MAX, &last);
	if (result == 0 && s->is_zero && s->has_period && has_range(run) && last != 0)
		result = put_gap(run, last, run->range->end);
	if (s->late > 0)
		run_message(run, "%llu records came for bins that were closed", (unsigned long long)s->late);
	bin_set_end(&s->bins, s->by.cluster);
	free_patterns(run);
	return result;
}

static const struct tool rabins = {
	.name = "rabins",
	.summary = "merge the records of each flow within bins of time",
	.options = options,
	.modes = modes,
	.flags = TOOL_NO_EVENTS | TOOL_OWN_WINDOW,
	.state_size = sizeof(struct state),
	.mode = mode_period,
	.start = start,
	.record = record,
	.tick = tick,
	.finish = finish,
};

int main(int argc, char **argv)
{
	return tool_main(&rabins, argc, argv);
}
