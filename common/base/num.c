/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/base/num.h"

#include <errno.h>
#include <math.h>

static const char pairs[201] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";
static const char hex[] = "0123456789abcdef";

static const uint64_t powers[20] = {
	1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u,
	10000000000u, 100000000000u, 1000000000000u, 10000000000000u, 100000000000000u,
	1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u,
	10000000000000000000u,
};

void num_digits(char *to, uint64_t v, unsigned count)
{
	while (count >= 2) {
		count -= 2;
		memcpy(to + count, pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (count != 0)
		to[0] = (char)('0' + v % 10);
}

static unsigned digits_of(uint64_t v)
{
	/* 1233/4096 is just above log10(2); powers[] decides between the two candidates. */
	unsigned guess = (64u - (unsigned)__builtin_clzll(v | 1)) * 1233 >> 12;

	return guess + (v >= powers[guess]) + (v == 0);
}

/* 100 to 99,999: what most counts and ports are. */
static inline size_t num_short(char *to, uint32_t v)
{
	uint32_t high = v / 100;
	size_t count;

	if (high < 10) {
		to[0] = (char)('0' + high);
		count = 1;
	} else if (high < 100) {
		memcpy(to, pairs + high * 2, 2);
		count = 2;
	} else {
		to[0] = (char)('0' + high / 100);
		memcpy(to + 1, pairs + high % 100 * 2, 2);
		count = 3;
	}
	memcpy(to + count, pairs + v % 100 * 2, 2);
	return count + 2;
}

size_t num_u64(char *to, uint64_t v)
{
	unsigned count;

	if (v < 10) {
		to[0] = (char)('0' + v);
		return 1;
	}
	if (v < 100) {
		memcpy(to, pairs + v * 2, 2);
		return 2;
	}
	if (v < 100000)
		return num_short(to, (uint32_t)v);
	count = digits_of(v);
	num_digits(to, v, count);
	return count;
}

size_t num_i64(char *to, int64_t v)
{
	if (v >= 0)
		return num_u64(to, (uint64_t)v);
	to[0] = '-';
	return 1 + num_u64(to + 1, 0 - (uint64_t)v);
}

size_t num_hex(char *to, uint64_t v, unsigned width)
{
	unsigned count = (67u - (unsigned)__builtin_clzll(v | 1)) / 4;

	if (count < width)
		count = width;
	for (unsigned i = count; i-- > 0; v >>= 4)
		to[i] = hex[v & 15];
	return count;
}

/* A double taken apart: v = mantissa * 2^-shift, exactly. */
struct parts {
	uint64_t mantissa; /* below 2^53 */
	int shift;
	bool negative;
};

static struct parts take_apart(double v)
{
	struct parts p;
	uint64_t bits;
	int exponent;

	memcpy(&bits, &v, sizeof bits);
	exponent = (int)(bits >> 52 & 0x7ff);
	p.negative = bits >> 63;
	p.mantissa = bits & (((uint64_t)1 << 52) - 1);
	if (exponent != 0)
		p.mantissa |= (uint64_t)1 << 52;
	p.shift = 1075 - (exponent != 0 ? exponent : 1);
	return p;
}

/* Rounds `scaled` / 2^shift to an integer, ties to even, as printf does. shift is 1 to 127. */
static uint64_t round_shift(unsigned __int128 scaled, int shift)
{
	unsigned __int128 half = (unsigned __int128)1 << (shift - 1);
	unsigned __int128 rest = scaled & (half * 2 - 1);
	uint64_t whole = (uint64_t)(scaled >> shift);

	return whole + (rest > half || (rest == half && (whole & 1)));
}

/* Splits |v| < 2^64 into its integer part and its fraction in units of
 * 10^-digits, rounded. A mantissa of 53 bits times 10^19 stays below 2^117, so
 * a shift above 127 leaves less than half a unit. */
static void split(const struct parts *p, unsigned digits, uint64_t *whole, uint64_t *fraction)
{
	uint64_t below = p->mantissa;

	*fraction = 0;
	*whole = 0;
	if (p->shift <= 0) {
		*whole = p->mantissa << -p->shift;
		return;
	}
	if (p->shift < 64) {
		*whole = p->mantissa >> p->shift;
		below = p->mantissa & (((uint64_t)1 << p->shift) - 1);
	}
	if (digits == 0 && p->shift < 64)
		*whole = round_shift(p->mantissa, p->shift);
	else if (p->shift < 128)
		*fraction = round_shift((unsigned __int128)below * powers[digits], p->shift);
	if (digits != 0 && *fraction == powers[digits]) {
		*fraction = 0;
		++*whole;
	}
}

static COLD size_t fixed_by_printf(char *to, size_t room, double v, unsigned digits)
{
	char text[512];
	int length;

	if (digits > 100)
		digits = 100;
	length = snprintf(text, sizeof text, "%.*f", (int)digits, v);
	if ((size_t)length > room)
		length = (int)room;
	memcpy(to, text, (size_t)length);
	return (size_t)length;
}

size_t num_fixed(char *to, size_t room, double v, unsigned digits)
{
	struct parts p = take_apart(v);
	uint64_t whole, fraction;
	char *at = to;

	/* A shift below -11 is a value of 2^64 or more, or not a number. */
	if (unlikely(p.shift < -11 || digits > 19 || room < NUM_FIXED_ROOM))
		return fixed_by_printf(to, room, v, digits);
	split(&p, digits, &whole, &fraction);
	if (p.negative)
		*at++ = '-';
	at += num_u64(at, whole);
	if (digits != 0) {
		*at++ = '.';
		num_digits(at, fraction, digits);
		at += digits;
	}
	return (size_t)(at - to);
}

size_t num_scaled(char *to, double v, unsigned digits)
{
	static const char units[] = " KMGTPEZY";
	unsigned unit = 0;
	size_t length;

	while (v >= 1000 && unit < sizeof units - 2) {
		v /= 1000;
		unit++;
	}
	length = num_fixed(to, NUM_FIXED_ROOM, v, 3);
	if (digits < 3 && isfinite(v))
		length -= digits == 0 ? 4 : 3 - digits;
	to[length] = units[unit];
	return length + 1;
}

/* The numbers 0 to 255, each with a dot behind it, and four bytes wide. */
#define OCTETS(tens, pad)                                                                                       \
	tens "0." pad tens "1." pad tens "2." pad tens "3." pad tens "4." pad tens "5." pad tens "6." pad tens "7." pad \
	tens "8." pad tens "9." pad
static const char octets[] =
	OCTETS("", "  ") OCTETS("1", " ") OCTETS("2", " ") OCTETS("3", " ") OCTETS("4", " ") OCTETS("5", " ")
	OCTETS("6", " ") OCTETS("7", " ") OCTETS("8", " ") OCTETS("9", " ") OCTETS("10", "") OCTETS("11", "")
	OCTETS("12", "") OCTETS("13", "") OCTETS("14", "") OCTETS("15", "") OCTETS("16", "") OCTETS("17", "")
	OCTETS("18", "") OCTETS("19", "") OCTETS("20", "") OCTETS("21", "") OCTETS("22", "") OCTETS("23", "")
	OCTETS("24", "") OCTETS("25", "");

/* Writes four bytes, of which only the number and its dot count. */
static inline char *put_octet(char *to, uint32_t v)
{
	memcpy(to, octets + (size_t)v * 4, 4);
	return to + 2 + (v >= 10) + (v >= 100);
}

size_t num_ipv4(char *to, uint32_t address)
{
	char *at = put_octet(to, address >> 24);

	at = put_octet(at, address >> 16 & 255);
	at = put_octet(at, address >> 8 & 255);
	return (size_t)(put_octet(at, address & 255) - to - 1);
}

/* The longest run of two or more zero words, the first of equals. */
static void find_zeros(const uint16_t word[8], int *start, int *count)
{
	*start = -1;
	*count = 1;
	for (int i = 0; i < 8; i++) {
		int j = i;

		while (j < 8 && word[j] == 0)
			j++;
		if (j - i > *count) {
			*start = i;
			*count = j - i;
		}
		if (j > i)
			i = j;
	}
}

size_t num_ipv6(char *to, const uint8_t address[16])
{
	uint16_t word[8];
	int start, count;
	char *at = to;

	for (int i = 0; i < 8; i++)
		word[i] = (uint16_t)(address[2 * i] << 8 | address[2 * i + 1]);
	find_zeros(word, &start, &count);
	for (int i = 0; i < 8; i++) {
		if (i == start) {
			*at++ = ':';
			i += count - 1;
			if (i == 7)
				*at++ = ':';
			continue;
		}
		if (i != 0)
			*at++ = ':';
		if (i == 6 && start == 0 && (count == 6 || (count == 5 && word[5] == 0xffff)))
			return (size_t)(at - to) + num_ipv4(at, (uint32_t)word[6] << 16 | word[7]);
		at += num_hex(at, word[i], 1);
	}
	return (size_t)(at - to);
}

size_t num_mac(char *to, const uint8_t address[6])
{
	for (int i = 0; i < 6; i++) {
		to[3 * i] = hex[address[i] >> 4];
		to[3 * i + 1] = hex[address[i] & 15];
		if (i < 5)
			to[3 * i + 2] = ':';
	}
	return NUM_MAC_ROOM;
}

/* The digits at *text as a number; false if there are none or they overflow. */
static bool read_digits(const char **text, uint64_t *v)
{
	const char *at = *text;
	uint64_t sum = 0;

	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, (uint64_t)(*at - '0'), &sum))
			return false;
	if (at == *text)
		return false;
	*text = at;
	*v = sum;
	return true;
}

bool num_read_u64(const char *text, uint64_t least, uint64_t most, uint64_t *v)
{
	uint64_t got;

	if (!read_digits(&text, &got) || *text != '\0' || got < least || got > most)
		return false;
	*v = got;
	return true;
}

/* A number and perhaps one suffix out of pairs of letters, each `unit` times the one before. */
static bool read_suffixed(const char *text, const char *suffixes, unsigned unit, uint64_t *v)
{
	const char *suffix;
	uint64_t got;

	if (!read_digits(&text, &got))
		return false;
	if (*text != '\0') {
		suffix = strchr(suffixes, *text);
		if (suffix == NULL || text[1] != '\0')
			return false;
		for (ptrdiff_t i = 0; i <= (suffix - suffixes) / 2; i++)
			if (__builtin_mul_overflow(got, unit, &got))
				return false;
	}
	*v = got;
	return true;
}

bool num_read_size(const char *text, unsigned unit, uint64_t *v) { return read_suffixed(text, "kKmMgGtT", unit, v); }

bool num_read_amount(const char *text, uint64_t *v)
{
	uint64_t got;

	if (!read_suffixed(text, "kKmMbB", 1000, &got) || got == 0)
		return false;
	*v = got;
	return true;
}

static double suffix_seconds(char suffix)
{
	switch (suffix) {
	case '\0':
	case 's': return 1;
	case 'm': return 60;
	case 'h': return 3600;
	case 'd': return 86400;
	case 'w': return 7 * 86400;
	case 'M': return 28 * 86400;
	case 'y': return 336 * 86400;
	default: return -1;
	}
}

bool num_read_seconds(const char *text, double *v)
{
	char *end;
	double got, unit;

	if ((*text < '0' || *text > '9') && *text != '.')
		return false;
	errno = 0;
	got = strtod(text, &end);
	unit = suffix_seconds(*end);
	if (end == text || errno == ERANGE || unit < 0 || (*end != '\0' && end[1] != '\0') || !isfinite(got))
		return false;
	*v = got * unit;
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool num_read_mac(const char *text, uint8_t address[6])
{
	uint8_t got[6];

	for (int i = 0; i < 6; i++) {
		int high = hex_value(*text), low;

		if (high < 0)
			return false;
		low = hex_value(*++text);
		got[i] = (uint8_t)(low < 0 ? high : high << 4 | low);
		if (low >= 0)
			text++;
		if (i < 5 && *text != ':' && *text != '-' && *text != '.')
			return false;
		text += i < 5;
	}
	if (*text != '\0')
		return false;
	memcpy(address, got, sizeof got);
	return true;
}
