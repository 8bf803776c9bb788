/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/out/writer.h"

#include <errno.h>
#include <unistd.h>

#include "argus/base/ending.h"
#include "common/out/backend.h"

#define FLUSH_AT (64u << 10)    /* bytes; larger writes gain nothing */
#define CELL_ROOM 1300u         /* the longest label, host name or time stamp, and some */
#define LINE_SLACK 2048u        /* what forms put around the cells */
#define SLOT_SLACK 64u          /* copy_text reads past the text */
#define USER_BYTES_MAX 65535u   /* a user data DSR holds no more */
#define ESCAPED_MAX 6u          /* a character may become six: \u0000, &quot; */

static const struct backend *const backends[] = {
	[WRITER_TEXT] = &text_backend,
	[WRITER_DELIMITED] = &delimited_backend,
	[WRITER_XML] = &xml_backend,
	[WRITER_JSON] = &json_backend,
};

/* The style that the form of output asks for, whatever the user's is. */
static void fit_style(struct writer *w)
{
	struct style *style = &w->style;
	enum writer_form form = w->options->form;

	style->fixed_width = form == WRITER_TEXT && !w->options->variable_width;
	if (form == WRITER_TEXT || form == WRITER_DELIMITED)
		return;
	style->unix_time = form == WRITER_JSON && (style->unix_time || style->epoch_time);
	style->time_format = form == WRITER_XML ? "%Y-%m-%dT%H:%M:%S.%f" : "%Y-%m-%dT%H:%M:%S.%f%:z";
	if (form == WRITER_JSON)
		style->abbreviate = false; /* 6.087K is no number */
}

static bool is_named(const struct field *field, const char *name)
{
	return strcmp(field->name, name) == 0;
}

static void prepare_cell(struct writer *w, size_t i)
{
	struct cell *c = &w->cells[i];
	const struct column *column = &w->options->columns->item[i];
	const struct field *field = column->field, *before = i > 0 ? column[-1].field : NULL;

	c->column = column;
	c->field = field;
	c->width = column_width(column, &w->style);
	c->is_user = is_named(field, "suser") || is_named(field, "duser");
	c->is_flags = is_named(field, "flgs");
	c->room = CELL_ROOM;
	if (c->is_user)
		c->room += 2 * (column->width < USER_BYTES_MAX ? column->width : USER_BYTES_MAX);
	c->is_left = field->flags & FIELD_LEFT;
	c->is_spacer = field->xml == NULL;
	if (column->format[0] == '\0')
		c->print = field->print != NULL ? field->print : field_print;
	c->is_never_cut = field->flags & FIELD_NEVER_CUT;
	c->is_plain_number = field->flags & FIELD_NUMBER;
	c->joins = before != NULL && !w->options->no_port_period &&
		   ((is_named(field, "sport") && is_named(before, "saddr")) ||
		    (is_named(field, "dport") && is_named(before, "daddr")));
	for (size_t j = 0; j < i; j++)
		c->is_repeated |= w->cells[j].field == field;
	w->line_room += c->width + (size_t)c->room * ESCAPED_MAX;
}

struct writer *writer_new(const struct writer_options *options)
{
	struct writer *w = xcalloc(1, sizeof *w);
	size_t all = SLOT_SLACK;

	ending_watch();
	w->options = options;
	w->backend = backends[options->form];
	w->style = *options->style;
	w->cell_count = options->columns->count;
	w->cells = xcalloc(w->cell_count + 1, sizeof *w->cells);
	w->line_room = LINE_SLACK;
	fit_style(w);
	for (size_t i = 0; i < w->cell_count; i++)
		prepare_cell(w, i);
	w->backend->prepare(w);
	for (size_t i = 0; i < w->cell_count; i++) {
		w->line_room += w->cells[i].open_length;
		all += w->cells[i].room;
	}
	w->slots = xmalloc(all);
	for (size_t i = 0, at = 0; i < w->cell_count; at += w->cells[i++].room)
		w->cells[i].slot = w->slots + at;
	return w;
}

void writer_probe(struct writer *w, const struct mar *initial)
{
	w->probe = *initial;
	w->has_probe = true;
}

static int fail(struct writer *w, struct err *err)
{
	if (w->failure == EPIPE)
		return err_set(err, ERR_NONE, "the reader of the output went away");
	if (w->failure == EINTR)
		return err_set(err, ERR_SYSTEM, "standard output: nobody reads it: what is left is dropped");
	errno = w->failure;
	return err_system(err, "standard output");
}

int writer_flush(struct writer *w, struct err *err)
{
	size_t at = 0;
	unsigned waits = 0;

	while (w->failure == 0 && at < w->out.length) {
		ssize_t n = ending_write(w->options->fd, w->out.data + at, w->out.length - at, &waits);

		if (n >= 0)
			at += (size_t)n;
		else
			w->failure = errno;
	}
	buf_clear(&w->out);
	return w->failure != 0 ? fail(w, err) : 0;
}

/* Headers and titles, when they are due. */
static void before_record(struct writer *w)
{
	int every = w->options->titles;

	buf_reserve(&w->out, w->line_room);
	if (unlikely(!w->has_begun)) {
		w->has_begun = true;
		if (w->backend->begin != NULL)
			w->backend->begin(w);
		buf_reserve(&w->out, w->line_room);
	}
	if (w->backend->titles != NULL && every >= 0 &&
	    (w->records == 0 || (every > 0 && w->records % (uint64_t)every == 0))) {
		w->backend->titles(w);
		buf_reserve(&w->out, w->line_room);
	}
	w->records++;
}

static int after_record(struct writer *w, struct err *err)
{
	if (likely(w->out.length < FLUSH_AT && !w->options->flush_each))
		return 0;
	return writer_flush(w, err);
}

int writer_flow(struct writer *w, struct flow *f, struct err *err)
{
	if (unlikely(w->failure != 0))
		return fail(w, err);
	if (f->ordinal == 0)
		f->ordinal = w->ordinal + 1;
	if (f->ordinal != NO_RANK)
		w->ordinal = f->ordinal;
	if (unlikely(!w->has_origin)) {
		const struct times *t = flow_times(f);

		w->style.origin = t->have & TIME_BIT(SRC, START) ? t->at[SRC][START] : flow_start(f);
		w->has_origin = true;
	}
	before_record(w);
	w->backend->flow(w, f);
	return after_record(w, err);
}

int writer_mar(struct writer *w, const struct mar *m, struct err *err)
{
	struct mar counted = *m;

	if (unlikely(w->failure != 0))
		return fail(w, err);
	counted.ordinal = w->ordinal;
	before_record(w);
	w->backend->mar(w, &counted);
	return after_record(w, err);
}

int writer_finish(struct writer *w, struct err *err)
{
	int result;

	if (w->has_begun && w->backend->end != NULL)
		w->backend->end(w);
	result = writer_flush(w, err);
	for (size_t i = 0; i < w->cell_count; i++)
		free(w->cells[i].open);
	free(w->cells);
	free(w->slots);
	buf_fini(&w->out);
	free(w);
	return result;
}

size_t cell_title(const struct writer *w, const struct cell *c, const char **title)
{
	size_t length;

	*title = field_title(c->field, &w->style);
	length = strlen(*title);
	return length > c->width && !(c->field->flags & FIELD_CENTRED) ? c->width : length;
}
