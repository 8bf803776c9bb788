/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/series.h"

#include <sys/stat.h>

#include "argus/base/buf.h"
#include "argus/base/clock.h"
#include "argus/base/hash.h"
#include "clients/outfiles.h"
#include "clients/series_name.h"

#define LOOK_MASK 0xfff /* the clock is asked once in so many records */
#define IDLE_TIME (120 * CLOCK_SECOND_US)

/* A window of a series and its file, which others may share: the pattern need not tell
 * the windows apart. */
struct file {
	struct outfile *out;
	struct file *newer, *older; /* others of the same file; out->owner is the newest */
	struct member *member;
	struct file *before, *after; /* by when they were made */
	uint64_t start, end;         /* its window */
	uint64_t records, bytes;
};

/* What one set of values has. */
struct member {
	char *values; /* the pattern with its $columns filled in */
	char *suffix; /* count, size, flow: of the file that is open */
	struct file **files; /* by their windows */
	size_t count, room;
	uint32_t tag, ref; /* its entry in the table */
	uint64_t closed; /* the end of the last window that was closed for good */
};

struct series {
	struct run *run;
	struct series_options options;
	series_closed *closed;
	void *context;
	struct series_pattern pattern;
	struct htab table; /* of members: places in `members`, from 1 */
	struct member **members;
	uint32_t count, room;
	struct outfiles files;
	struct file *first, *last; /* by when they were made */
	uint64_t puts, next_look;
	uint64_t late;
	struct period window;
	struct buf name;
	uint8_t record[RECORD_MAX_SIZE];
};

struct series *series_new(struct run *run, const struct series_options *options, series_closed *closed, void *context)
{
	struct series *s = xcalloc(1, sizeof *s);

	s->run = run;
	s->options = *options;
	s->closed = closed;
	s->context = context;
	s->window = options->period;
	series_pattern_init(&s->pattern, options->pattern, options->mode == SERIES_TIME);
	outfiles_init(&s->files, options->open_limit, options->is_atomic);
	htab_init(&s->table, 0);
	return s;
}

static void member_free(struct member *m)
{
	free(m->files);
	free(m->values);
	free(m->suffix);
	free(m);
}

void series_free(struct series *s)
{
	if (s == NULL)
		return;
	for (struct file *file = s->first, *after; file != NULL; file = after) {
		after = file->after;
		free(file);
	}
	for (uint32_t i = 0; i < s->count; i++)
		member_free(s->members[i]);
	free(s->members);
	htab_fini(&s->table);
	outfiles_fini(&s->files);
	series_pattern_fini(&s->pattern);
	buf_fini(&s->name);
	free(s);
}

uint64_t series_late(const struct series *s) { return s->late; }

static struct member *add_member(struct series *s, const char *values, uint32_t tag)
{
	struct member *m = xcalloc(1, sizeof *m);

	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 16;
		s->members = xrealloc(s->members, s->room * sizeof(struct member *));
	}
	m->values = xstrdup(values);
	m->tag = tag;
	s->members[s->count++] = m;
	m->ref = s->count;
	htab_add(&s->table, tag, m->ref);
	return m;
}

static void remove_member(struct series *s, struct member *m)
{
	struct member *last = s->members[--s->count];

	htab_remove(&s->table, m->tag, m->ref);
	if (last != m) {
		htab_replace(&s->table, last->tag, last->ref, m->ref);
		last->ref = m->ref;
		s->members[m->ref - 1] = last;
	}
	member_free(m);
}

/* The member that a record belongs to; without columns there is only one. */
static struct member *find_member(struct series *s, struct flow *f)
{
	struct htab_probe probe;
	const char *values;
	uint32_t tag, ref;

	if (!s->pattern.has_columns && s->count > 0)
		return s->members[0];
	series_pattern_fill(&s->pattern, f, &s->run->style, s->options.mode == SERIES_TIME, &s->name);
	values = buf_string(&s->name);
	tag = (uint32_t)hash_bytes(values, s->name.length, hash_seed());
	probe = htab_start(&s->table, tag);
	while ((ref = htab_next(&s->table, &probe)) != 0)
		if (strcmp(s->members[ref - 1]->values, values) == 0)
			return s->members[ref - 1];
	return add_member(s, values, tag);
}

/* The place among the member's files of the first whose window does not begin before
 * `start`. Most records belong to the last. */
static size_t place_of(const struct member *m, uint64_t start)
{
	size_t low = 0, high = m->count;

	if (high > 0 && m->files[high - 1]->start <= start)
		return m->files[high - 1]->start == start ? high - 1 : high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->files[middle]->start < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How long a file is that was there before; one that is new begins with an initial MAR. */
static uint64_t size_before(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 ? (uint64_t)st.st_size : MAR_SIZE;
}

/* The name of the next file. By size it is the first that has room for a record of `length` bytes:
 * an earlier run may have written some. */
static char *next_path(const struct series *s, struct member *m, uint64_t start, size_t length, uint64_t *bytes)
{
	char *path = NULL;

	*bytes = 0;
	if (s->options.mode == SERIES_TIME)
		return clock_path(m->values, start);
	do {
		free(path);
		series_next_suffix(&m->suffix, s->options.suffix_length);
		path = xasprintf("%s%s", m->values, m->suffix);
		if (s->options.mode == SERIES_SIZE)
			*bytes = size_before(path);
	} while (*bytes > MAR_SIZE && *bytes + length > s->options.amount);
	return path;
}

static struct file *add_file(struct series *s, struct member *m, uint64_t start, uint64_t end, size_t length)
{
	struct file *file = xcalloc(1, sizeof *file);
	size_t place = place_of(m, start);

	file->out = outfiles_file(&s->files, next_path(s, m, start, length, &file->bytes));
	file->older = file->out->owner;
	if (file->older != NULL)
		file->older->newer = file;
	file->out->owner = file;
	file->member = m;
	file->start = start;
	file->end = end;
	if (m->count == m->room) {
		m->room = m->room ? m->room * 2 : 1;
		m->files = xrealloc(m->files, m->room * sizeof(struct file *));
	}
	memmove(m->files + place + 1, m->files + place, (m->count++ - place) * sizeof(struct file *));
	m->files[place] = file;
	file->before = s->last;
	*(s->last != NULL ? &s->last->after : &s->first) = file;
	s->last = file;
	return file;
}

static void remove_file(struct series *s, struct file *file)
{
	struct member *m = file->member;
	size_t place = place_of(m, file->start);

	memmove(m->files + place, m->files + place + 1, (--m->count - place) * sizeof(struct file *));
	*(file->before != NULL ? &file->before->after : &s->first) = file->after;
	*(file->after != NULL ? &file->after->before : &s->last) = file->before;
	if (file->newer != NULL)
		file->newer->older = file->older;
	else
		file->out->owner = file->older;
	if (file->older != NULL)
		file->older->newer = file->newer;
	free(file);
}

/* Ends the window. Somebody may be told of its file, by name: when all that came so far is
 * in it, and, if that takes until it is closed, when no other window needs it. */
static int close_file(struct series *s, struct file *file, bool tell)
{
	struct outfile *out = file->out;
	char *path = NULL;
	int result;

	remove_file(s, file);
	if (tell && s->closed != NULL && (out->owner == NULL || !s->options.is_atomic))
		path = xstrdup(out->path);
	result = out->owner != NULL ? outfiles_write(&s->files, out, &s->run->err) : outfiles_close(&s->files, out, &s->run->err);
	if (result == 0 && path != NULL)
		result = s->closed(s->context, path);
	free(path);
	return result;
}

/* Closes the file for good. */
static int finish_file(struct series *s, struct file *file)
{
	if (s->options.mode == SERIES_TIME)
		file->member->closed = u64_max(file->member->closed, file->end);
	return close_file(s, file, true);
}

/* The file of the window that holds `when`; NULL when it was closed for good. */
static struct file *file_by_time(struct series *s, struct member *m, uint64_t when)
{
	size_t place;

	period_find(&s->window, when);
	place = place_of(m, s->window.start);
	if (place < m->count && m->files[place]->start == s->window.start)
		return m->files[place];
	if (m->closed != 0 && s->window.end <= m->closed)
		return NULL;
	return add_file(s, m, s->window.start, s->window.end, 0);
}

/* Whether a record is one that begins a file. */
static bool triggers(const struct series *s, struct flow *f, const struct mar *m)
{
	if (s->options.mode != SERIES_FLOW)
		return false;
	return f != NULL ? filter_match(s->options.trigger, f) : filter_match_mar(s->options.trigger, m);
}

/* Whether a record needs a new file in the modes that count. */
static bool is_full(const struct series *s, const struct file *file, bool begins, size_t length)
{
	switch (s->options.mode) {
	case SERIES_COUNT: return file->records >= s->options.amount;
	case SERIES_SIZE: return file->records > 0 && file->bytes + length > s->options.amount;
	case SERIES_FLOW: return begins;
	case SERIES_TIME: break;
	}
	return false;
}

/* The file that a record goes to. */
static int choose_file(struct series *s, struct member *m, bool begins, uint64_t when, size_t length,
		       struct file **file)
{
	if (s->options.mode == SERIES_TIME) {
		*file = file_by_time(s, m, when);
		return 0;
	}
	if (m->count > 0 && is_full(s, m->files[0], begins, length) && finish_file(s, m->files[0]) < 0)
		return -1;
	if (begins && m->suffix == NULL) /* the first file is for what comes before */
		series_next_suffix(&m->suffix, s->options.suffix_length);
	*file = m->count > 0 ? m->files[0] : add_file(s, m, 0, 0, length);
	return 0;
}

static int put(struct series *s, struct member *m, bool begins, uint64_t when, const void *record, size_t length)
{
	struct file *file;

	if (choose_file(s, m, begins, when, length, &file) < 0)
		return -1;
	if (file == NULL) {
		s->late++;
		return 0;
	}
	if (unlikely(file->out->sink == NULL) && run_refuse_own_input(s->run, file->out->path) < 0)
		return -1;
	file->records++;
	file->bytes += length;
	return outfiles_put(&s->files, file->out, run_initial_mar(s->run), record, length, &s->run->err);
}

/* Whether the member is writing a file that a management record of that time belongs to. */
static bool is_writing(struct series *s, const struct member *m, uint64_t when)
{
	size_t place;

	if (s->options.mode != SERIES_TIME || m->count == 0)
		return m->count > 0;
	period_find(&s->window, when);
	place = place_of(m, s->window.start);
	return place < m->count && m->files[place]->start == s->window.start;
}

static int put_mar(struct series *s, const struct mar *m)
{
	uint8_t record[MAR_SIZE];
	bool begins = triggers(s, NULL, m);

	mar_encode(m, record);
	if (!s->pattern.has_columns)
		return put(s, find_member(s, NULL), begins, m->now, record, sizeof record);
	for (uint32_t i = 0; i < s->count; i++)
		if (is_writing(s, s->members[i], m->now) && put(s, s->members[i], begins, m->now, record, sizeof record) < 0)
			return -1;
	return 0;
}

/* A file of a window may be let go of when nothing comes any more; should something come,
 * it is gone on with. Not so one that somebody waits for, or whose records are counted. */
static bool may_let_go(const struct series *s)
{
	return s->options.mode == SERIES_TIME && s->closed == NULL;
}

static int let_go(struct series *s, struct file *file)
{
	struct member *m = file->member;
	int result = close_file(s, file, false);

	if (m->count == 0)
		remove_member(s, m);
	return result;
}

int series_tick(struct series *s)
{
	struct outfile *idle;

	if (outfiles_tick(&s->files, &s->run->err) < 0)
		return -1;
	while (may_let_go(s) && (idle = outfiles_idle(&s->files, IDLE_TIME)) != NULL)
		if (let_go(s, idle->owner) < 0)
			return -1;
	return 0;
}

/* When the input is not live there are no ticks. */
static int look(struct series *s)
{
	int result;

	if (clock_monotonic() < s->next_look)
		return 0;
	result = series_tick(s);
	s->next_look = clock_monotonic() + CLOCK_SECOND_US;
	return result;
}

int series_put(struct series *s, struct flow *f, const struct mar *m)
{
	size_t length;

	if ((++s->puts & LOOK_MASK) == 0 && look(s) < 0)
		return -1;

	if (f == NULL)
		return put_mar(s, m);
	length = flow_write(f, s->record, sizeof s->record);
	if (length == 0)
		return err_set(&s->run->err, ERR_DATA, "a record grew longer than a record can be");
	return put(s, find_member(s, f), triggers(s, f, NULL), flow_start(f), s->record, length);
}

int series_expire(struct series *s, uint64_t now, uint64_t hold)
{
	if (s->options.mode != SERIES_TIME)
		return 0;
	for (struct file *file = s->first, *after; file != NULL; file = after) {
		after = file->after;
		if (file->end + hold <= now && finish_file(s, file) < 0)
			return -1;
	}
	return 0;
}

/* One that fails does not keep the others from being completed. */
int series_finish(struct series *s)
{
	struct err first = { .kind = ERR_NONE };
	int result = 0;

	while (s->first != NULL) {
		if (finish_file(s, s->first) == 0)
			continue;
		if (result == 0)
			first = s->run->err;
		result = -1;
	}
	if (result < 0)
		s->run->err = first;
	return result;
}
