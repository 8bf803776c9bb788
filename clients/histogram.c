/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/histogram.h"

#include <math.h>

#define BINS_MAX 1000000ul

static bool is_number(const struct field *field)
{
	return field->get != NULL && (field->kind == VALUE_UINT || field->kind == VALUE_FLOAT ||
				      field->kind == VALUE_DOUBLE || field->kind == VALUE_TIME);
}

/* The column of that name, or the first numeric one whose name begins so. */
int histogram_set_metric(struct histogram *h, const char *word, struct err *err)
{
	const struct field *field = field_by_name(word, strlen(word));

	for (size_t i = 0; field == NULL && i < field_count; i++)
		if (is_number(&field_table[i]) && strncmp(field_table[i].name, word, strlen(word)) == 0)
			field = &field_table[i];
	if (field == NULL && field_nearest(word) != NULL)
		return err_set(err, ERR_USER, "-H: there is no metric '%s' (is it %s?)", word, field_nearest(word));
	if (field == NULL)
		return err_set(err, ERR_USER, "-H: there is no metric '%s'", word);
	if (!is_number(field))
		return err_set(err, ERR_USER, "-H: '%s' is no number", field->name);
	h->field = field;
	return 0;
}

/* What a suffix stands for; 0: it is none. */
static double unit_of(const struct histogram *h, const char *suffix)
{
	if (*suffix == '\0')
		return 1;
	if (suffix[1] != '\0')
		return 0;
	switch (*suffix) {
	case 'u': return 1e-6;
	case 'm': return 1e-3;
	case 's': return 1;
	case 'K': return 1e3;
	case 'M': return strcmp(h->field->unit, "s") == 0 ? 60 : 1e6;
	case 'G': return 1e9;
	case 'H': return 3600;
	case 'D': return 86400;
	default: return 0;
	}
}

/* FROM-TO or SIZE; a suffix at the end counts for both, unless the first has its own. */
static bool read_range(struct histogram *h, const char *text)
{
	char *rest, own[2] = "";
	double first = strtod(text, &rest), last, unit;

	if (rest == text)
		return false;
	h->has_range = true;
	h->start = 0;
	h->end = first * unit_of(h, rest) * (double)h->bins;
	if (*rest != '\0' && *rest != '-' && rest[1] == '-')
		own[0] = *rest++;
	if (*rest == '-') {
		text = rest + 1;
		last = strtod(text, &rest);
		if (rest == text)
			return false;
		unit = unit_of(h, rest);
		h->start = first * (own[0] != '\0' ? unit_of(h, own) : unit);
		h->end = last * unit;
	}
	return isfinite(h->start) && isfinite(h->end) && h->end > h->start;
}

static void set_log_start(struct histogram *h)
{
	if (h->logarithmic && h->start <= 0)
		h->start = 1;
}

int histogram_set_bins(struct histogram *h, const char *word, struct err *err)
{
	char *rest;
	unsigned long bins = strtoul(word, &rest, 10);

	if (rest == word || *word == '-' || bins == 0 || bins > BINS_MAX)
		return err_set(err, ERR_USER, "-H: '%s' is no number of bins from 1 to %lu", word, BINS_MAX);
	h->bins = bins;
	h->logarithmic = *rest == 'L';
	rest += h->logarithmic;
	if (*rest == '\0')
		return 0;
	if (*rest != ':' || !read_range(h, rest + 1))
		return err_set(err, ERR_USER, "-H: '%s' is not bins[L][:from-to|:size], such as 10:0-5 or 10L:1-1M", word);
	set_log_start(h);
	if (h->end <= h->start)
		return err_set(err, ERR_USER, "-H: '%s': logarithmic bins begin at 1 or above 0, and end above that", word);
	return 0;
}

/* Up to two digits: 0.0123 is 0.013. Widths of 10 and more become whole. */
static double round_width(double width)
{
	double scale = 1;

	while (width * scale < 10)
		scale *= 10;
	return ceil(width * scale) / scale;
}

void histogram_fit(struct histogram *h, double least, double greatest)
{
	h->start = least < 0 ? least : 0;
	set_log_start(h);
	h->end = greatest > h->start ? greatest : h->start + 1;
	if (!h->logarithmic)
		h->end = h->start + round_width((h->end - h->start) / (double)h->bins) * (double)h->bins;
}

bool histogram_value(const struct histogram *h, struct flow *f, double *v)
{
	struct value value;

	*v = 0;
	if (!field_value(h->field, f, &value))
		return (h->field->flags & FIELD_ZERO) != 0;
	switch (value.kind) {
	case VALUE_UINT: *v = (double)value.u; break;
	case VALUE_TIME: *v = (double)value.u / 1e6; break;
	case VALUE_FLOAT:
	case VALUE_DOUBLE: *v = value.d; break;
	default: return false;
	}
	if (h->absolute)
		*v = fabs(*v);
	return isfinite(*v);
}

double histogram_edge(const struct histogram *h, size_t bin)
{
	double part = (double)(bin - 1) / (double)h->bins;

	if (bin > h->bins)
		return h->end;
	return h->logarithmic ? pow(10, log10(h->start) + part * (log10(h->end) - log10(h->start)))
			      : h->start + part * (h->end - h->start);
}

/* A bin holds the value at which it begins, and the last one that at which it ends. */
size_t histogram_bin(const struct histogram *h, double v)
{
	double part;
	size_t bin;

	if (v < h->start)
		return 0;
	if (v >= h->end)
		return v > h->end ? h->bins + 1 : h->bins;
	part = h->logarithmic ? log10(v / h->start) / log10(h->end / h->start) : (v - h->start) / (h->end - h->start);
	bin = (size_t)(part * (double)h->bins) + 1;
	if (bin > h->bins)
		bin = h->bins;
	if (bin > 1 && v < histogram_edge(h, bin)) /* rounding */
		bin--;
	else if (bin < h->bins && v >= histogram_edge(h, bin + 1))
		bin++;
	return bin;
}
