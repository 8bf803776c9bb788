/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rastrip: takes parts out of records (tools.md 11). */
#include <strings.h>

#include "argus/base/buf.h"
#include "argus/base/nearest.h"
#include "argus/record/dsr.h"
#include "argus/tool/replace.h"
#include "argus/tool/tool.h"

#define ALL_PARTS UINT32_MAX
#define BASIC_PARTS (DSR_BIT(DSR_TIME) | DSR_BIT(DSR_FLOW) | DSR_BIT(DSR_METRIC) | DSR_BIT(DSR_NETWORK))

struct state {
	uint32_t plain, added, removed; /* DSR_BITs by the word's sign */
	uint32_t drop;
	struct buf mars; /* of this input, that came before its first flow */
};

static const struct tool_option options[] = {
	{ 'V', NULL, false, "tell which inputs -M replace has replaced", NULL },
	{ 0, NULL, false, NULL, NULL },
};

static const struct tool_mode modes[] = {
	{ "replace", 7, "put the result in the place of each input", run_set_replace, MODE_FLAG },
	{ NULL, 0, NULL, NULL, MODE_FLAG },
};

/* A word that is near to the name of a part is none of the modes of all tools. */
static int unknown_part(const char *word, struct err *err)
{
	const char *name = word + (*word == '-' || *word == '+');
	struct nearest near = nearest_to(name, strlen(name));

	for (int slot = 0; slot < DSR_COUNT; slot++)
		nearest_offer(&near, dsr_table[slot].name);
	if (nearest_best(&near) == NULL)
		return 0;
	return err_set(err, ERR_USER, "-M %s: there is no such part (is it %s?)", word, nearest_best(&near));
}

/* NAME, +NAME, -NAME: the parts of records are no rows of the table of modes, they
 * are those of the DSR table. */
static int mode(struct run *run, const char *word, struct err *err)
{
	struct state *s = run->state;
	uint32_t *set = *word == '-' ? &s->removed : *word == '+' ? &s->added : &s->plain;
	int slot = dsr_by_name(word + (*word == '-' || *word == '+'));

	if (slot < 0)
		return unknown_part(word, err);
	*set |= DSR_BIT(slot);
	return 1;
}

static uint32_t parts_kept(const struct state *s)
{
	uint32_t keep = BASIC_PARTS;

	if (s->plain != 0)
		keep = s->plain;
	else if (s->added == 0 && s->removed != 0)
		keep = ALL_PARTS;
	return (keep | s->added) & ~s->removed;
}

static int start(struct run *run)
{
	struct state *s = run->state;

	if (run->replaces)
		run->print_man = false;
	s->drop = ~parts_kept(s);
	return 0;
}

static int put_mars(struct run *run, struct state *s)
{
	for (size_t at = 0; at < s->mars.length; at += MAR_SIZE)
		if (sink_put(run->replacement, s->mars.data + at, MAR_SIZE, &run->err) < 0)
			return -1;
	s->mars.length = 0;
	return 0;
}

static int record(struct run *run, struct flow *f)
{
	struct state *s = run->state;

	for (uint32_t parts = s->drop & f->have; parts != 0; parts &= parts - 1)
		flow_drop(f, (enum dsr_slot)__builtin_ctz(parts));
	if (!run->replaces)
		return run_emit(run, f);
	if (replace_put(run, source_current(run->source), f) < 0)
		return -1;
	return put_mars(run, s);
}

/* A replaced file keeps its management records. It is not made for their sake: an
 * input of which no flow passes the filter stays as it is. */
static int mar(struct run *run, const struct mar *m)
{
	struct state *s = run->state;
	uint8_t bytes[MAR_SIZE];

	if (!run->replaces || m->is_initial)
		return 0;
	mar_encode(m, bytes);
	buf_add(&s->mars, bytes, sizeof bytes);
	return run->replacement != NULL ? put_mars(run, s) : 0;
}

static int input_done(struct run *run, size_t input)
{
	struct state *s = run->state;

	s->mars.length = 0;
	return run->replaces ? replace_finish(run, input) : 0;
}

static void input_lost(struct run *run)
{
	struct state *s = run->state;

	s->mars.length = 0;
}

static int finish(struct run *run)
{
	struct state *s = run->state;

	buf_fini(&s->mars);
	return 0;
}

static const struct tool rastrip = {
	.name = "rastrip",
	.summary = "take parts out of records",
	.done = "stripped",
	.options = options,
	.modes = modes,
	.flags = TOOL_MAN_BY_DEFAULT | TOOL_PASS_MARS | TOOL_WANTS_MARS,
	.state_size = sizeof(struct state),
	.start = start,
	.record = record,
	.mar = mar,
	.input_done = input_done,
	.input_lost = input_lost,
	.finish = finish,
	.mode = mode,
};

static bool is_part(const char *name)
{
	for (int slot = 0; slot < DSR_COUNT; slot++)
		if (strcasecmp(name, dsr_table[slot].name) == 0)
			return true;
	return false;
}

/* -M -suser -duser: -duser looks like an option. Between -M and the next option the
 * name of a part with a dash gets a -M of its own. */
static char **with_modes(int *argc, char **argv)
{
	static char mode_option[] = "-M";
	char **words = xcalloc(2 * (size_t)*argc + 1, sizeof *words);
	bool in_list = false;
	int count = 0;

	for (int i = 0; i < *argc; i++) {
		const char *word = argv[i];

		if (in_list && word[0] == '-' && is_part(word + 1) && strcmp(argv[i - 1], mode_option) != 0)
			words[count++] = mode_option;
		else if (word[0] == '-')
			in_list = strncmp(word, mode_option, 2) == 0 ||
				  (in_list && strcmp(argv[i - 1], mode_option) == 0);
		words[count++] = argv[i];
	}
	*argc = count;
	return words;
}

int main(int argc, char **argv)
{
	char **words = with_modes(&argc, argv);
	int status = tool_main(&rastrip, argc, words);

	free(words);
	return status;
}
