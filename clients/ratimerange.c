/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ratimerange: the first and the last time in the data (tools.md 13). */
#include "argus/base/clock.h"
#include "argus/tool/tool.h"

struct state {
	bool is_set;
	uint64_t first, last;
};

static void widen(struct state *s, uint64_t at)
{
	if (!s->is_set || at < s->first)
		s->first = at;
	if (!s->is_set || at > s->last)
		s->last = at;
	s->is_set = true;
}

static int record(struct run *run, struct flow *f)
{
	const struct times *t = flow_times(f);

	for (int side = SRC; side <= DST; side++)
		for (int edge = START; edge <= END; edge++)
			if (t->at[side][edge] != 0)
				widen(run->state, t->at[side][edge]);
	return 0;
}

static bool is_one_day(const struct state *s)
{
	return clock_floor(s->first, 1, CLOCK_DAY) == clock_floor(s->last, 1, CLOCK_DAY);
}

/* A range of several days is of no use without the date: then it is what -t takes. */
static const char *format_of(const struct run *run)
{
	const char *format = run->style.time_format;

	return strcmp(format, "%T.%f") != 0 || is_one_day(run->state) ? format : "%Y/%m/%d.%T.%f";
}

static void print_time(const struct run *run, uint64_t at)
{
	char text[CLOCK_TEXT_ROOM];
	unsigned digits = (unsigned)run->style.precision;
	size_t length = run->style.unix_time ? clock_unix_text(text, digits, at)
					     : clock_text(text, format_of(run), digits, at);

	printf("%.*s", (int)length, text);
}

static int finish(struct run *run)
{
	const struct state *s = run->state;

	if (!s->is_set)
		return 0;
	print_time(run, s->first);
	printf(" - ");
	print_time(run, s->last);
	printf("\n");
	return fflush(stdout) == 0 ? 0 : err_system(&run->err, "standard output");
}

static const struct tool ratimerange = {
	.name = "ratimerange",
	.summary = "print the first and the last time in the data",
	.flags = TOOL_NO_PRINT | TOOL_NO_EVENTS | TOOL_NO_WRITE,
	.state_size = sizeof(struct state),
	.record = record,
	.finish = finish,
};

int main(int argc, char **argv)
{
	return tool_main(&ratimerange, argc, argv);
}
