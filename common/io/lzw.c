/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The format of compress(1), which no library at hand reads: codes of 9 to 16 bits, lowest
 * bit first, written in groups of eight; when the code size changes the rest of a group
 * is padding. A code stands for the string of an earlier code and one byte more. */
#include "common/io/packing.h"

#include "argus/base/buf.h"

#define FIRST_BITS 9
#define MOST_BITS 16
#define CLEAR 256u
#define NO_CODE UINT32_MAX

struct lzw {
	uint16_t prefix[1u << MOST_BITS];
	uint8_t suffix[1u << MOST_BITS];
	uint8_t stack[1u << MOST_BITS]; /* a string, last byte first */
	uint32_t stacked;
	uint32_t next;     /* the code to be defined next */
	uint32_t previous; /* NO_CODE: after the start or a clear */
	uint32_t bits, most_bits;
	uint32_t held, held_bits; /* bits of the input not used yet */
	uint32_t in_group;        /* codes taken of this group of eight */
	uint32_t to_skip;         /* padding bits */
	uint8_t first;            /* first byte of the previous string */
	uint8_t header;           /* bytes of the header seen */
	bool has_clear;
	bool is_damaged;
};

static void *start(void)
{
	struct lzw *z = xcalloc(1, sizeof *z);

	z->bits = FIRST_BITS;
	z->previous = NO_CODE;
	return z;
}

static void stop(void *state) { free(state); }

static void take_header(struct lzw *z, struct pack_flow *flow)
{
	for (; z->header < 3 && flow->in_left > 0; z->header++, flow->in++, flow->in_left--) {
		if (z->header < 2)
			continue;
		z->most_bits = *flow->in & 0x1f;
		z->has_clear = *flow->in & 0x80;
		z->next = z->has_clear ? CLEAR + 1 : CLEAR;
		z->is_damaged = z->most_bits < FIRST_BITS || z->most_bits > MOST_BITS;
	}
}

/* The next `count` bits; false if the input does not have them yet. */
static bool take_bits(struct lzw *z, struct pack_flow *flow, uint32_t count, uint32_t *value)
{
	for (; z->held_bits < count; z->held_bits += 8, flow->in_left--) {
		if (flow->in_left == 0)
			return false;
		z->held |= (uint32_t)*flow->in++ << z->held_bits;
	}
	*value = z->held & ((1u << count) - 1);
	z->held >>= count;
	z->held_bits -= count;
	return true;
}

static void set_bits(struct lzw *z, uint32_t bits)
{
	z->to_skip = (8 - z->in_group) % 8 * z->bits;
	z->in_group = 0;
	z->bits = bits;
}

static bool skip_padding(struct lzw *z, struct pack_flow *flow)
{
	uint32_t ignored;

	while (z->to_skip > 0) {
		uint32_t count = z->to_skip < 8 ? z->to_skip : 8;

		if (!take_bits(z, flow, count, &ignored))
			return false;
		z->to_skip -= count;
	}
	return true;
}

static void push(struct lzw *z, uint8_t byte) { z->stack[z->stacked++] = byte; }

/* Puts the string of a code on the stack and defines the code that it completes. */
static void expand(struct lzw *z, uint32_t code)
{
	uint32_t walk = code;

	if (code > z->next || (code == z->next && z->previous == NO_CODE) || (z->previous == NO_CODE && code > 255)) {
		z->is_damaged = true;
		return;
	}
	if (code == z->next) { /* the string that is being defined: the previous one and its own first byte */
		push(z, z->first);
		walk = z->previous;
	}
	for (; walk > 255; walk = z->prefix[walk])
		push(z, z->suffix[walk]);
	z->first = (uint8_t)walk;
	push(z, z->first);
	if (z->previous != NO_CODE && z->next < 1u << z->most_bits) {
		z->prefix[z->next] = (uint16_t)z->previous;
		z->suffix[z->next++] = z->first;
	}
	z->previous = code;
}

static void pop(struct lzw *z, struct pack_flow *flow)
{
	for (; z->stacked > 0 && flow->room > 0; flow->room--)
		*flow->out++ = z->stack[--z->stacked];
}

/* One code; false if there is none at hand. */
static bool take_code(struct lzw *z, struct pack_flow *flow)
{
	uint32_t code;

	if (!skip_padding(z, flow) || !take_bits(z, flow, z->bits, &code))
		return false;
	z->in_group = (z->in_group + 1) % 8;
	if (code == CLEAR && z->has_clear) {
		set_bits(z, FIRST_BITS);
		z->next = CLEAR + 1;
		z->previous = NO_CODE;
		return true;
	}
	expand(z, code);
	if (z->next > (1u << z->bits) - 1 && z->bits < z->most_bits)
		set_bits(z, z->bits + 1);
	return true;
}

static enum pack_result step(void *state, struct pack_flow *flow, bool last)
{
	struct lzw *z = state;

	(void)last;
	take_header(z, flow);
	for (;;) {
		pop(z, flow);
		if (z->is_damaged)
			return PACK_DAMAGED;
		if (z->stacked > 0 || z->header < 3 || !take_code(z, flow))
			return PACK_MORE;
	}
}

const struct pack_format compress_unpacking = { start, step, stop };
