/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms as hexadecimal digits, a bin each (printing.md 4.6). */
#include "common/query/fields_print.h"

#define BINS 8
#define TWO_DIGITS_WIDTH 16 /* columns this wide show two digits a bin */

static size_t put_bins(const uint8_t bins[BINS], unsigned digits, char *out)
{
	for (unsigned i = 0; i < BINS; i++)
		num_hex(out + (size_t)i * digits, bins[i], digits);
	return (size_t)BINS * digits;
}

/* Packet sizes. The greatest class is shown as 15 or 255 when it is above, and
 * no class that has packets vanishes. */
size_t print_size_histogram(const struct field *field, struct flow *f, const struct style *style, unsigned width,
			    char *out, size_t room)
{
	unsigned digits = width < TWO_DIGITS_WIDTH ? 1 : 2, top = digits == 1 ? 15 : 255, most = 0;
	const struct psize *p = flow_psize(f);
	uint8_t bins[BINS];

	(void)style, (void)room;
	if (p == NULL || !p->has_hist)
		return 0;
	memset(bins, 0, sizeof bins);
	if (p->has[field->side])
		memcpy(bins, p->hist[field->side], BINS);
	for (unsigned i = 0; i < BINS; i++)
		most = bins[i] > most ? bins[i] : most;
	for (unsigned i = 0; most > top && i < BINS; i++)
		if (bins[i] != 0)
			bins[i] = (uint8_t)u64_max(1, (uint64_t)bins[i] * top / most);
	return put_bins(bins, digits, out);
}

/* Linear histograms: one or two digits a bin, by the bits that a bin has. */
static size_t put_linear(const struct jitter *j, unsigned side, unsigned activity, char *out, size_t room)
{
	unsigned count = j->linear[side][activity].bins, digits = j->linear[side][activity].bits > 4 ? 2 : 1;
	size_t length = 0;

	if (count > sizeof j->linear[side][activity].value)
		count = sizeof j->linear[side][activity].value;
	for (unsigned i = 0; i < count && length + digits <= room; i++)
		length += num_hex(out + length, j->linear[side][activity].value[i], digits);
	return length;
}

/* Gaps between packets; param is enum activity_param. All gaps are the sum of the
 * active and the idle ones. */
size_t print_gap_histogram(const struct field *field, struct flow *f, const struct style *style, unsigned width,
			   char *out, size_t room)
{
	const struct jitter *j = flow_jitter(f);
	unsigned sums[BINS] = { 0 }, most = 0, side = field->side;
	uint8_t bins[BINS];
	bool found = false;

	(void)style, (void)width;
	if (j == NULL || j->subtype == 0)
		return 0;
	for (unsigned activity = ACTIVE; activity <= IDLE; activity++) {
		if (!j->has[side][activity] || (field->param != GAPS_ALL && field->param != activity))
			continue;
		if (j->subtype == 2)
			return put_linear(j, side, activity, out, room);
		for (unsigned i = 0; i < BINS; i++)
			sums[i] += j->hist[side][activity][i];
		found = true;
	}
	if (!found)
		return 0;
	for (unsigned i = 0; i < BINS; i++)
		most = sums[i] > most ? sums[i] : most;
	for (unsigned i = 0; i < BINS; i++)
		bins[i] = (uint8_t)(most > 15 ? sums[i] * 15 / most : sums[i]);
	return put_bins(bins, 1, out);
}
