/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time stamps as text. The text of a second is made once and kept with the places
 * of its fractions; records of the same second then cost a copy and six digits. */
#include "argus/base/clock.h"

#include "argus/base/buf.h"
#include "argus/base/num.h"
#include "common/base/zone.h"

#define FORMATS 4
#define SECONDS 16 /* remembered for a format: start and last times of neighbouring records */
#define FRACTIONS 4

struct stamp {
	uint64_t second;
	uint8_t length;
	uint8_t fractions;
	uint8_t fraction_at[FRACTIONS];
	char text[CLOCK_TEXT_ROOM];
};

struct stamps {
	char *format;
	unsigned digits;
	unsigned generation;
	struct stamp of[SECONDS];
};

static _Thread_local struct stamps remembered[FORMATS];
static _Thread_local unsigned oldest;

static void put_fraction(char *to, unsigned digits, uint32_t us)
{
	static const uint32_t drop[] = { 1000000, 100000, 10000, 1000, 100, 10, 1 };

	if (likely(digits == 6))
		num_digits(to, us, 6);
	else
		num_digits(to, us / drop[digits], digits);
}

/* +hh:mm or Z. */
static size_t zone_text(char *to, const struct tm *tm)
{
	long minutes = tm->tm_gmtoff / 60;
	long off = minutes < 0 ? -minutes : minutes;

	if (tm->tm_gmtoff == 0) {
		to[0] = 'Z';
		return 1;
	}
	return (size_t)snprintf(to, 16, "%c%02u:%02u", minutes < 0 ? '-' : '+', (unsigned)(off / 60) % 100, (unsigned)(off % 60));
}

static size_t put_time(char *to, const struct tm *tm)
{
	memcpy(to, "00:00:00", 8);
	num_digits(to, (unsigned)tm->tm_hour, 2);
	num_digits(to + 3, (unsigned)tm->tm_min, 2);
	num_digits(to + 6, (unsigned)tm->tm_sec, 2);
	return 8;
}

static size_t put_date(char *to, const struct tm *tm)
{
	memcpy(to, "0000-00-00", 10);
	num_digits(to, (unsigned)tm->tm_year + 1900, 4);
	num_digits(to + 5, (unsigned)tm->tm_mon + 1, 2);
	num_digits(to + 8, (unsigned)tm->tm_mday, 2);
	return 10;
}

static size_t put_two(char *to, int v)
{
	num_digits(to, (unsigned)v, 2);
	return 2;
}

/* The conversions that time stamps are made of, without strftime; 0: another one. */
static size_t common_conversion(char *to, char letter, const struct tm *tm)
{
	switch (letter) {
	case 'T': return put_time(to, tm);
	case 'F': return put_date(to, tm);
	case 'H': return put_two(to, tm->tm_hour);
	case 'M': return put_two(to, tm->tm_min);
	case 'S': return put_two(to, tm->tm_sec);
	case 'm': return put_two(to, tm->tm_mon + 1);
	case 'd': return put_two(to, tm->tm_mday);
	case 'Y': num_digits(to, (unsigned)tm->tm_year + 1900, 4); return 4;
	default: return 0;
	}
}

/* Writes one conversion, without its %, to `to`; returns its length, and in *used
 * how many characters of the format it was. */
static size_t conversion(char *to, size_t room, const char *at, const struct tm *tm, size_t *used)
{
	char one[16] = "%";
	size_t length = room >= 10 ? common_conversion(to, *at, tm) : 0, n;

	*used = 1;
	if (length != 0)
		return length;
	n = strspn(at, "_-0^#123456789EO:");
	if (n > sizeof one - 3)
		n = sizeof one - 3;
	memcpy(one + 1, at, n + 1);
	*used = n + (at[n] != '\0');
	if (strcmp(one, "%:z") == 0) {
		char zone[16];

		length = zone_text(zone, tm);
		length = length < room ? length : room;
		memcpy(to, zone, length);
		return length;
	}
	return strftime(to, room, one, tm);
}

static void add_fraction(struct stamp *s, unsigned digits)
{
	if (digits == 0) {
		if (s->length > 0 && s->text[s->length - 1] == '.')
			s->length--;
		return;
	}
	if (s->fractions == FRACTIONS || s->length + digits > CLOCK_TEXT_ROOM)
		return;
	s->fraction_at[s->fractions++] = s->length;
	s->length = (uint8_t)(s->length + digits);
}

static COLD void render(struct stamp *s, const char *format, unsigned digits, uint64_t second)
{
	struct tm tm;

	zone_fill_tm(second, &tm);
	s->second = second;
	s->length = s->fractions = 0;
	while (*format != '\0' && s->length < CLOCK_TEXT_ROOM) {
		size_t used = 1;

		if (*format != '%') {
			s->text[s->length++] = *format++;
			continue;
		}
		if (*++format == 'f')
			add_fraction(s, digits);
		else
			s->length = (uint8_t)(s->length + conversion(s->text + s->length, CLOCK_TEXT_ROOM - s->length, format, &tm, &used));
		if (*format == '\0')
			break;
		format += used;
	}
}

static COLD struct stamps *remember(const char *format, unsigned digits)
{
	struct stamps *s = &remembered[oldest++ % FORMATS];

	free(s->format);
	s->format = xstrdup(format);
	s->digits = digits;
	s->generation = zone_generation();
	for (int i = 0; i < SECONDS; i++)
		s->of[i].second = UINT64_MAX;
	return s;
}

static inline bool is_same(const char *a, const char *b)
{
	while (*a == *b && *a != '\0')
		a++, b++;
	return *a == *b;
}

static inline struct stamps *stamps_of(const char *format, unsigned digits)
{
	for (int i = 0; i < FORMATS; i++) {
		struct stamps *s = &remembered[i];

		if (s->format != NULL && s->digits == digits && s->generation == zone_generation() && is_same(s->format, format))
			return s;
	}
	return remember(format, digits);
}

/* memcpy for a few dozen bytes; for a length known only now gcc would use a string
 * instruction, which costs several times as much to start. */
static inline void copy_short(char *to, const char *from, size_t length)
{
	size_t i = 0;

	if (unlikely(length < 8)) {
		for (; i < length; i++)
			to[i] = from[i];
		return;
	}
	for (; i + 8 < length; i += 8)
		memcpy(to + i, from + i, 8);
	memcpy(to + length - 8, from + length - 8, 8);
}

HOT size_t clock_text(char *to, const char *format, unsigned digits, uint64_t when)
{
	uint64_t second = when / CLOCK_SECOND_US;
	struct stamp *s;

	if (digits > 6)
		digits = 6;
	s = &stamps_of(format, digits)->of[second % SECONDS];
	if (unlikely(s->second != second))
		render(s, format, digits, second);
	copy_short(to, s->text, s->length);
	for (unsigned i = 0; i < s->fractions; i++)
		put_fraction(to + s->fraction_at[i], digits, (uint32_t)(when % CLOCK_SECOND_US));
	return s->length;
}

size_t clock_unix_text(char *to, unsigned digits, uint64_t when)
{
	size_t length = num_u64(to, when / CLOCK_SECOND_US);

	if (digits == 0)
		return length;
	if (digits > 6)
		digits = 6;
	to[length++] = '.';
	put_fraction(to + length, digits, (uint32_t)(when % CLOCK_SECOND_US));
	return length + digits;
}

/* The length of the conversion that begins with the %: flags, width and modifiers as in strftime. */
static size_t conversion_length(const char *percent)
{
	size_t length = 1 + strspn(percent + 1, "_-0^#:EO123456789");

	return percent[length] != '\0' ? length + 1 : length;
}

/* What clock_text() knows and strftime does not: %f and %:z. */
static bool is_ours(const char *conversion, size_t length)
{
	return conversion[length - 1] == 'f' || memchr(conversion, ':', length) != NULL;
}

char *clock_path(const char *pattern, uint64_t when)
{
	struct buf path = BUF_INIT;
	char spec[16], text[CLOCK_TEXT_ROOM];

	while (*pattern != '\0') {
		size_t length = strcspn(pattern, "%");

		buf_add(&path, pattern, length);
		pattern += length;
		if (*pattern == '\0')
			break;
		length = conversion_length(pattern);
		if (length < sizeof spec && !is_ours(pattern, length)) {
			memcpy(spec, pattern, length);
			spec[length] = '\0';
			buf_add(&path, text, clock_text(text, spec, 0, when));
		} else {
			buf_add(&path, pattern, length);
		}
		pattern += length;
	}
	return buf_take(&path);
}
