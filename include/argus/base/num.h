/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers and addresses to text and back, without format strings: what every
 * record's line is made of.
 *
 * The writers return how many characters they wrote and add no NUL. Each says
 * how much room it needs. */
#ifndef ARGUS_BASE_NUM_H
#define ARGUS_BASE_NUM_H

#include "argus/base/compat.h"

#define NUM_INT_ROOM 20   /* num_u64, num_i64 */
#define NUM_HEX_ROOM 64   /* num_hex */
#define NUM_FIXED_ROOM 64 /* num_fixed of anything below 2^64 with at most 19 digits */
#define NUM_IPV4_ROOM 16 /* one more than the longest takes */
#define NUM_IPV6_ROOM 46
#define NUM_MAC_ROOM 17

size_t num_u64(char *to, uint64_t v);
size_t num_i64(char *to, int64_t v);

/* The last `count` (at most 20) digits of a number, with zeros in front. */
void num_digits(char *to, uint64_t v, unsigned count);

/* Lower-case hexadecimal, with zeros in front up to `width` digits (at most 64). */
size_t num_hex(char *to, uint64_t v, unsigned width);

/* Exactly what printf("%.*f", digits, v) writes, for every value: ties, -0, inf and
 * nan included. Writes at most `room` characters; what does not fit is cut. */
size_t num_fixed(char *to, size_t room, double v, unsigned digits);

/* printing.md 2.7 (-H): divided by 1000 while it is 1000 or more, three decimals
 * cut to `digits`, then the unit, a blank when nothing was divided. Needs NUM_FIXED_ROOM. */
size_t num_scaled(char *to, double v, unsigned digits);

/* Dotted decimal of an address in host order. */
size_t num_ipv4(char *to, uint32_t address);

/* The form of inet_ntop. */
size_t num_ipv6(char *to, const uint8_t address[16]);

/* xx:xx:xx:xx:xx:xx */
size_t num_mac(char *to, const uint8_t address[6]);

/* The readers take the whole text or nothing: false if it is empty, has anything
 * behind the number, or is out of range; then *v is unchanged. */

/* A decimal number from `least` to `most`. */
bool num_read_u64(const char *text, uint64_t least, uint64_t most, uint64_t *v);

/* A decimal number with an optional suffix k, m, g or t (either case). `unit` is 1000 or 1024. */
bool num_read_size(const char *text, unsigned unit, uint64_t *v);

/* How many records or bytes: above 0, with an optional suffix k, m or b (either case)
 * for thousands, millions and thousands of millions (aggregation.md 6.5). */
bool num_read_amount(const char *text, uint64_t *v);

/* A decimal fraction with an optional suffix s m h d w M y: 1, 60, 3600, 86400, 7 days,
 * 28 days, 336 days (printing.md 1.2, -B). In seconds, not negative. */
bool num_read_seconds(const char *text, double *v);

/* Six bytes as xx:xx:xx:xx:xx:xx with one or two digits each; '-' and '.' may separate too. */
bool num_read_mac(const char *text, uint8_t address[6]);

#endif
