/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/nearest.h"

#include <ctype.h>
#include <strings.h>

/* Longer names are not compared: no option, column or key is that long. */
#define LONGEST 40

struct nearest nearest_to(const char *word, size_t length)
{
	/* One slip in four letters, and one more, is still the same word. */
	return (struct nearest){ word, length, NULL, (unsigned)(length / 4 + 2) };
}

static int lower(char c)
{
	return tolower((unsigned char)c);
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edit distance by rows; `row[2]` is two letters back, for swapped neighbours. */
static unsigned edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned row[3][LONGEST + 1];

	for (size_t j = 0; j <= b_length; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *now = row[i % 3];
		const unsigned *before = row[(i + 2) % 3], *earlier = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned change = lower(a[i - 1]) != lower(b[j - 1]);

			now[j] = least(before[j] + 1, now[j - 1] + 1, before[j - 1] + change);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
				now[j] = least(now[j], earlier[j - 2] + 1, now[j]);
		}
	}
	return row[a_length % 3][b_length];
}

void nearest_offer(struct nearest *n, const char *name)
{
	size_t length = strlen(name);
	unsigned distance;

	if (n->length > LONGEST || length > LONGEST)
		return;
	if (n->length >= 3 && length > n->length && strncasecmp(n->word, name, n->length) == 0)
		distance = 1;
	else
		distance = edit_distance(n->word, n->length, name, length);
	if (distance < n->distance) {
		n->distance = distance;
		n->best = name;
	}
}

const char *nearest_best(const struct nearest *n)
{
	return n->best;
}
