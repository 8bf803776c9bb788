/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rahisto: how often the values of one column occur (tools.md 6). */
#include <math.h>

#include "argus/base/buf.h"
#include "argus/query/merge.h"
#include "argus/query/sort.h"
#include "argus/tool/tool.h"
#include "clients/histogram.h"
#include "clients/statistics.h"

/* The records of a bin, merged. */
struct merged {
	struct flow flow;
	struct merge merge;
};

struct bin {
	uint64_t count;
	struct merged *merged; /* NULL: no record, or none is wanted */
};

struct state {
	struct histogram histogram;
	bool no_zero, outliers, intervals;
	double *value;
	size_t count, room;
	struct bin *bin;
	struct sorter *order; /* of no columns: records stay in theirs */
	struct sorted_records *records; /* NULL: nobody wants to see them */
	uint8_t *copy;
};

static struct state *state_of(struct run *run) { return run->state; }

static int set_histogram(struct run *run, const char *value, struct err *err)
{
	struct histogram *h = &state_of(run)->histogram;
	char *words = xstrdup(value), *rest = words, *word;
	int result = 0;

	while (result == 0 && (word = strtok_r(rest, " \t", &rest)) != NULL) {
		if (h->field == NULL && !h->absolute && strcmp(word, "abs") == 0)
			h->absolute = true;
		else if (h->field == NULL)
			result = histogram_set_metric(h, word, err);
		else if (h->bins == 0)
			result = histogram_set_bins(h, word, err);
		else
			result = err_set(err, ERR_USER, "-H: '%s' is one word too many (a filter stands behind a dash)", word);
	}
	free(words);
	return result;
}

static const struct tool_option options[] = {
	{ 'H', "[abs] metric bins[L][:from-to|:size]", true, "the column and its bins; L: logarithmic ones", set_histogram },
	{ 0, NULL, false, NULL, NULL },
};

static RUN_SETTER(mode_nozero, state_of(run)->no_zero = true)
static RUN_SETTER(mode_outlayer, state_of(run)->outliers = true)
static RUN_SETTER(mode_interval, state_of(run)->intervals = true)

static const struct tool_mode modes[] = {
	{ "nozero", 6, "leave out bins without records", mode_nozero, MODE_FLAG },
	{ "outlayer", 8, "count and show what lies below and above the range", mode_outlayer, MODE_FLAG },
	{ "interval", 8, "show where a bin ends, too", mode_interval, MODE_FLAG },
	{ "memory=", 7, "SIZE: keep no more than that of records in memory (256m, 2g)", run_set_memory, MODE_VALUE },
	{ NULL, 0, NULL, NULL, MODE_FLAG },
};

static bool wants_records(const struct run *run)
{
	return run->output_count > 0 || !run->columns.is_default;
}

static int start(struct run *run)
{
	struct state *s = run->state;

	if (s->histogram.bins == 0)
		return err_set(&run->err, ERR_USER, "-H metric bins[L][:from-to|:size] is needed, such as -H dur 10:0-5");
	if (!wants_records(run))
		return 0;
	s->order = sorter_new();
	s->records = sorted_records_new(s->order, &run->reading);
	sorted_records_limit(s->records, run_memory(run));
	s->copy = xmalloc(RECORD_MAX_SIZE);
	return 0;
}

static int record(struct run *run, struct flow *f)
{
	struct state *s = run->state;
	double v;

	if (!histogram_value(&s->histogram, f, &v))
		return 0;
	if (s->count == s->room) {
		s->room = s->room == 0 ? 1024 : 2 * s->room;
		s->value = xrealloc(s->value, s->room * sizeof *s->value);
	}
	s->value[s->count++] = v;
	return s->records != NULL ? sorted_records_add(s->records, f, &run->err) : 0;
}

static int merge_record(void *context, struct flow *f)
{
	struct run *run = context;
	struct state *s = run->state;
	struct merged *m;
	struct bin *bin;
	double v;

	histogram_value(&s->histogram, f, &v);
	bin = &s->bin[histogram_bin(&s->histogram, v)];
	if (bin->merged != NULL) {
		merge_flow(&bin->merged->merge, &bin->merged->flow, f);
		merge_settle(&bin->merged->merge, &bin->merged->flow); /* the record does not stay */
		return 0;
	}
	m = bin->merged = xmalloc(sizeof *m);
	flow_open(&m->flow, s->copy, (uint32_t)flow_write(f, s->copy, RECORD_MAX_SIZE), &run->reading);
	flow_own(&m->flow);
	merge_init(&m->merge);
	return 0;
}

/* Sorts the values, counts them, and leaves those that take part. */
static void fill_bins(struct state *s)
{
	struct histogram *h = &s->histogram;
	size_t first = 0;

	values_sort(s->value, s->count);
	if (!h->has_range && s->count > 0)
		histogram_fit(h, s->value[0], s->value[s->count - 1]);
	s->bin = xcalloc(h->bins + 2, sizeof *s->bin);
	for (size_t i = 0; i < s->count; i++)
		s->bin[histogram_bin(h, s->value[i])].count++;
	if (s->outliers)
		return;
	first = s->bin[0].count;
	s->count -= first + s->bin[h->bins + 1].count;
	if (s->count > 0)
		memmove(s->value, s->value + first, s->count * sizeof *s->value);
}

static void print_statistics(const struct run *run, char delimiter)
{
	const struct state *s = run->state;
	int precision = run->style.precision, digits = values_are_whole(s->value, s->count) ? 0 : precision, width = 0;
	int median_digits = s->count % 2 != 0 ? digits : precision; /* the middle of two need not be whole */
	struct summary sum = summarise(s->value, s->count);
	struct buf most = BUF_INIT;

	add_modes(&most, s->value, s->count, digits);
	if (delimiter != '\0') {
		printf("N=%zu%cmean=%.*f%cstddev=%.*f%cmax=%.*f%cmin=%.*f%cmedian=%.*f%c95%%=%.*f%cmode=%s\n", s->count,
		       delimiter, precision, sum.mean, delimiter, precision, sum.deviation, delimiter, digits,
		       s->value[s->count - 1], delimiter, digits, s->value[0], delimiter, median_digits, sum.median,
		       delimiter, digits, sum.high, delimiter, buf_string(&most));
	} else {
		width = snprintf(NULL, 0, "%.*f", precision, sum.mean > sum.deviation ? sum.mean : sum.deviation);
		printf(" N = %-6zu  mean = %*.*f  stddev = %*.*f  max = %.*f  min = %.*f\n", s->count, width, precision,
		       sum.mean, width, precision, sum.deviation, digits, s->value[s->count - 1], digits, s->value[0]);
		printf("           median = %*.*f     95%% = %.*f\n", width, median_digits, sum.median, digits, sum.high);
		if (most.length > 0)
			printf("             mode = %*s\n", width, buf_string(&most));
	}
	buf_fini(&most);
}

/* The columns of -s, behind the row; f NULL: their titles, or nothing in them. */
static void print_columns(const struct run *run, struct flow *f, bool are_titles, char delimiter)
{
	char text[4096];

	for (size_t i = 0; !run->columns.is_default && i < run->columns.count; i++) {
		const struct column *column = &run->columns.item[i];
		int width = (int)column_width(column, &run->style), length = 0;

		if (f != NULL)
			length = (int)column_print(column, f, &run->style, text, sizeof text);
		else if (are_titles)
			length = snprintf(text, sizeof text, "%s", field_title(column->field, &run->style));
		if (delimiter != '\0')
			printf("%c%.*s", delimiter, length, text);
		else
			printf(column->field->flags & FIELD_LEFT ? " %-*.*s" : " %*.*s", width, length, text);
	}
}

static void print_titles(const struct run *run, char delimiter)
{
	const struct state *s = run->state;
	int more = run->style.precision - 6;

	if (delimiter != '\0')
		printf("Class%cInterval%cFreq%cRel.Freq%cCum.Freq", delimiter, delimiter, delimiter, delimiter);
	else if (s->intervals)
		printf(" Class%-*s       Freq    Rel.Freq     Cum.Freq    ", 29 + 2 * more, "             Interval");
	else
		printf(" Class%-*s       Freq    Rel.Freq     Cum.Freq    ", 16 + more, "      Interval");
	print_columns(run, NULL, true, delimiter);
	printf("\n");
}

/* The first and the last bin reach from the least to the greatest value. */
static double begin_of(const struct state *s, size_t bin)
{
	if (bin > 0)
		return histogram_edge(&s->histogram, bin);
	return s->count > 0 && s->value[0] < 0 ? s->value[0] : 0;
}

static double end_of(const struct state *s, size_t bin)
{
	if (bin > s->histogram.bins)
		return s->count > 0 ? fmax(s->histogram.end, s->value[s->count - 1]) : s->histogram.end;
	return histogram_edge(&s->histogram, bin + 1);
}

static void print_bin(const struct run *run, size_t class, size_t bin, uint64_t sum, char delimiter)
{
	const struct state *s = run->state;
	double percent = 100 / (double)s->count, share = (double)s->bin[bin].count * percent;
	int precision = run->style.precision;

	printf(delimiter != '\0' ? "%zu" : "%6zu", class);
	if (delimiter != '\0')
		printf("%c%.*e", delimiter, precision, begin_of(s, bin));
	else
		printf("   % .*e", precision, begin_of(s, bin));
	if (s->intervals)
		printf("-%.*e", precision, end_of(s, bin));
	if (delimiter != '\0')
		printf("%c%llu%c%f%%%c%f%%", delimiter, (unsigned long long)s->bin[bin].count, delimiter, share, delimiter,
		       (double)sum * percent);
	else
		printf(" %10llu   %8.4f%%    %8.4f%%    ", (unsigned long long)s->bin[bin].count, share,
		       (double)sum * percent);
	print_columns(run, s->bin[bin].merged != NULL ? &s->bin[bin].merged->flow : NULL, false, delimiter);
	printf("\n");
}

static void print_histogram(const struct run *run)
{
	const struct state *s = run->state;
	size_t bins = s->histogram.bins, class = 0;
	char delimiter = run_delimiter(run);
	uint64_t sum = 0;

	print_statistics(run, delimiter);
	print_titles(run, delimiter);
	for (size_t i = s->outliers ? 0 : 1; i <= bins + (s->outliers ? 1 : 0); i++) {
		bool can_be = i > 0 || s->bin[i].count > 0 || s->histogram.start > 0;

		sum += s->bin[i].count;
		class += can_be;
		if (can_be && (s->bin[i].count > 0 || !s->no_zero))
			print_bin(run, class, i, sum, delimiter);
	}
}

static uint64_t microseconds(double seconds)
{
	return seconds > 0 && seconds < 4e9 ? (uint64_t)(seconds * 1e6) : 0;
}

/* One record a bin: its times are where the bin begins and ends, as seconds. */
static int write_bins(struct run *run)
{
	struct state *s = run->state;

	for (size_t i = s->outliers ? 0 : 1; i <= s->histogram.bins + (s->outliers ? 1 : 0); i++) {
		struct merged *m = s->bin[i].merged;
		struct times *t;

		if (m == NULL)
			continue;
		t = flow_edit(&m->flow, DSR_TIME);
		memset(t->at, 0, sizeof t->at);
		t->have = TIME_BIT(SRC, START) | TIME_BIT(SRC, END);
		t->at[SRC][START] = microseconds(begin_of(s, i));
		t->at[SRC][END] = microseconds(end_of(s, i));
		if (run_emit(run, &m->flow) < 0)
			return -1;
	}
	return 0;
}

static void free_all(struct state *s)
{
	for (size_t i = 0; s->bin != NULL && i < s->histogram.bins + 2; i++) {
		struct merged *m = s->bin[i].merged;

		if (m == NULL)
			continue;
		flow_close(&m->flow);
		merge_fini(&m->merge);
		free(m);
	}
	if (s->records != NULL) {
		sorted_records_free(s->records);
		sorter_free(s->order);
	}
	free(s->bin);
	free(s->value);
	free(s->copy);
}

static int finish(struct run *run)
{
	struct state *s = run->state;
	int result = 0;

	fill_bins(s);
	if (s->records != NULL)
		result = sorted_records_each(s->records, 1, 0, merge_record, run, &run->err);
	if (result == 0 && s->count > 0 && run->output_count == 0 && !run->quiet) {
		print_histogram(run);
		if (fflush(stdout) != 0)
			result = err_system(&run->err, "standard output");
	}
	if (result == 0 && run->output_count > 0)
		result = write_bins(run);
	free_all(s);
	return result;
}

static const struct tool rahisto = {
	.name = "rahisto",
	.summary = "show how often the values of a column occur",
	.options = options,
	.modes = modes,
	.flags = TOOL_NO_PRINT | TOOL_NO_EVENTS,
	.state_size = sizeof(struct state),
	.start = start,
	.record = record,
	.finish = finish,
};

int main(int argc, char **argv)
{
	return tool_main(&rahisto, argc, argv);
}
