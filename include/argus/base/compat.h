/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every file of the suite sees first: fixed-width types, attributes, and
 * the functions of libc that are banned here. */
#ifndef ARGUS_BASE_COMPAT_H
#define ARGUS_BASE_COMPAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define HOT __attribute__((hot))
#define COLD __attribute__((cold, noinline))
#define INLINED inline __attribute__((always_inline)) /* what its callers' constants make short */
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* The greater or lesser of two values; each argument is evaluated once. */
static inline uint64_t u64_max(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline uint64_t u64_min(uint64_t a, uint64_t b) { return a < b ? a : b; }

#include "argus/base/banned.h"

#endif
