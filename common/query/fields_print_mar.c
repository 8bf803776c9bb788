/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the columns of a flow mean for a management record (printing.md 5.1). */
#include "common/query/fields_print.h"

#define MAR_PRINTER(name, expression)                                                                                \
	size_t name(const struct field *field, const struct mar *m, const struct style *style, unsigned width,       \
		    char *out, size_t room)                                                                          \
	{                                                                                                            \
		(void)field, (void)m, (void)style, (void)width, (void)room;                                          \
		return expression;                                                                                   \
	}

MAR_PRINTER(mar_now, print_time(m->now, style, out, room))
MAR_PRINTER(mar_start, print_time(m->start, style, out, room))
MAR_PRINTER(mar_duration, num_fixed(out, room, m->now > m->start ? (double)seconds_f32(m->now - m->start) : 0.0,
				    (unsigned)style->precision))
MAR_PRINTER(mar_proto, put_bytes(out, room, "man", 3))
MAR_PRINTER(mar_source, source_id_text(m->id_form, m->id, out))
MAR_PRINTER(mar_queue, num_u64(out, m->queue))
MAR_PRINTER(mar_buffers, num_u64(out, m->bufs))
MAR_PRINTER(mar_dropped, num_u64(out, m->dropped))
MAR_PRINTER(mar_clients, num_u64(out, m->clients))
MAR_PRINTER(mar_packets, num_u64(out, m->packets))
MAR_PRINTER(mar_records, num_u64(out, m->records))
MAR_PRINTER(mar_memory, num_u64(out, m->memory))
MAR_PRINTER(mar_bytes, num_u64(out, m->bytes))
MAR_PRINTER(mar_sequence, num_u64(out, m->next_seq))
MAR_PRINTER(mar_zero, num_u64(out, 0))
MAR_PRINTER(mar_zero_float, num_fixed(out, room, 0.0, (unsigned)style->precision))
MAR_PRINTER(mar_interface, put_bytes(out, room, m->inf, strnlen(m->inf, sizeof m->inf)))
MAR_PRINTER(mar_flags, put_bytes(out, room, "         ", 9))
MAR_PRINTER(mar_offset, num_u64(out, m->offset))
MAR_PRINTER(mar_rank, m->ordinal != 0 && !m->is_initial ? num_u64(out, m->ordinal) : 0)

static const struct word *state_of(const struct mar *m)
{
	static const struct word words[16] = {
		[1] = WORD("STA"), [2] = WORD("CON"), [3] = WORD("STP"), [6] = WORD("SHT"), [8] = WORD("ERR"),
	};

	return &words[m->cause >> 4];
}

const char *mar_cause_text(const struct mar *m)
{
	static const char *const words[16] = {
		[1] = "Start",	 [2] = "Status", [3] = "Stop",	 [4] = "Timeout", [5] = "Flush",
		[6] = "Shutdown", [7] = "Closed", [8] = "Error",
	};
	const char *text = words[m->cause >> 4];

	return text != NULL ? text : "Unknown";
}

MAR_PRINTER(mar_state, put_word(out, state_of(m)))
MAR_PRINTER(mar_cause, cut_bare(put_text(out, room, mar_cause_text(m)), style, width))
