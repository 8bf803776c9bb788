/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/series.h"

#include "argus/base/buf.h"
#include "argus/base/hash.h"

#define RECORD_ROOM RECORD_MAX_SIZE
#define LOOK_MASK 0xfff /* the clock is asked once in so many records */

/* A file of a series. */
struct file {
	char *path;
	struct sink *sink; /* NULL: nothing was written yet */
	uint64_t start, end; /* its window */
	uint64_t records, bytes;
	bool is_open;              /* else it rests, to stay within the limit */
	struct file *newer, *older; /* open files, by when they were written to */
};

/* What one set of values has. */
struct member {
	char *values; /* the pattern with its $columns filled in */
	char *suffix; /* count, size, flow: of the file that is open */
	struct file **files;
	size_t count;
	uint64_t closed; /* the end of the last window that was closed for good */
};

struct series {
	struct run *run;
	struct series_options options;
	series_closed *closed;
	void *context;
	struct htab table; /* of members: places in `members`, from 1 */
	struct member **members;
	uint32_t count, room;
	size_t open;
	struct file *newest, *oldest; /* of the open files */
	uint64_t puts, next_look;
	uint64_t late;
	struct period window;
	struct buf name;
	uint8_t record[RECORD_ROOM];
};

struct series *series_new(struct run *run, const struct series_options *options, series_closed *closed, void *context)
{
	struct series *s = xcalloc(1, sizeof *s);

	s->run = run;
	s->options = *options;
	s->closed = closed;
	s->context = context;
	s->window = options->period;
	htab_init(&s->table, 0);
	return s;
}

static void file_free(struct file *file)
{
	if (file->sink != NULL)
		sink_discard(file->sink);
	free(file->path);
	free(file);
}

static void member_free(struct member *m)
{
	for (size_t i = 0; i < m->count; i++)
		file_free(m->files[i]);
	free(m->files);
	free(m->values);
	free(m->suffix);
	free(m);
}

void series_free(struct series *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->count; i++)
		member_free(s->members[i]);
	free(s->members);
	htab_fini(&s->table);
	buf_fini(&s->name);
	free(s);
}

uint64_t series_late(const struct series *s) { return s->late; }

/* The longest column whose name begins the text. */
static const struct field *column_at(const char *text)
{
	size_t length = 0;

	while (text[length] >= 'a' && text[length] <= 'z')
		length++;
	for (; length > 0; length--) {
		const struct field *field = field_by_name(text, length);

		if (field != NULL)
			return field;
	}
	return NULL;
}

/* A cell as part of a file name: without blanks around it, and without slashes. */
static void add_cell(struct series *s, const struct field *field, struct flow *f)
{
	struct style style = s->run->style;
	char cell[1024], *at = cell;
	size_t length;

	style.fixed_width = false;
	length = field_print(field, f, &style, 64, cell, sizeof cell);
	for (; length > 0 && *at == ' '; at++)
		length--;
	while (length > 0 && at[length - 1] == ' ')
		length--;
	for (size_t i = 0; i < length; i++)
		if (at[i] == '/')
			at[i] = '_';
	buf_add(&s->name, at, length);
}

/* The pattern with its $columns filled in, in s->name. A % in a value stands for itself. */
static void fill_values(struct series *s, struct flow *f)
{
	bool has_time = s->options.mode == SERIES_TIME;

	buf_clear(&s->name);
	for (const char *at = s->options.pattern; *at != '\0';) {
		const struct field *field = *at == '$' ? column_at(at + 1) : NULL;
		size_t from = s->name.length;

		if (field == NULL) {
			buf_char(&s->name, *at++);
			continue;
		}
		add_cell(s, field, f);
		for (size_t i = from; has_time && i < s->name.length; i++)
			if (s->name.data[i] == '%')
				s->name.data[i] = '_';
		at += 1 + strlen(field->name);
	}
}

static struct member *find_member(struct series *s)
{
	const char *values = buf_string(&s->name);
	uint32_t tag = (uint32_t)hash_bytes(values, s->name.length, hash_seed()), ref;
	struct htab_probe probe = htab_start(&s->table, tag);
	struct member *m;

	while ((ref = htab_next(&s->table, &probe)) != 0)
		if (strcmp(s->members[ref - 1]->values, values) == 0)
			return s->members[ref - 1];
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 16;
		s->members = xrealloc(s->members, s->room * sizeof(struct member *));
	}
	m = xcalloc(1, sizeof *m);
	m->values = xstrdup(values);
	s->members[s->count++] = m;
	htab_add(&s->table, tag, s->count);
	return m;
}

/* aa ... az ba ... yz zaa ... zyz zzaa: like a counter; before the first letter would
 * become z, a z is put in front of all a's of the counting part (6.5, 2). */
static void next_suffix(char **suffix, unsigned length)
{
	size_t size, from = 0;
	char *text = *suffix;

	if (text == NULL) {
		*suffix = xmalloc(length + 1);
		memset(*suffix, 'a', length);
		(*suffix)[length] = '\0';
		return;
	}
	size = strlen(text);
	while (from < size && text[from] == 'z')
		from++;
	for (size_t i = size; i > from;) {
		if (text[--i] != 'z') {
			text[i]++;
			if (i == from && text[i] == 'z' && size - from > 1)
				break;
			return;
		}
		text[i] = 'a';
	}
	/* The leading letter has become z: one more letter follows the z's. */
	*suffix = xmalloc(size + 2);
	memset(*suffix, 'z', from + 1);
	memset(*suffix + from + 1, 'a', size - from);
	(*suffix)[size + 1] = '\0';
	free(text);
}

/* The name of a member's file for a window. */
static char *file_path(struct series *s, struct member *m, uint64_t start)
{
	struct buf path = BUF_INIT;
	size_t length = strlen(m->values);
	char *result;

	if (s->options.mode != SERIES_TIME)
		return xasprintf("%s%s", m->values, m->suffix);
	buf_text(&path, m->values);
	if (strchr(m->values, '%') == NULL) {
		if (length > 0 && m->values[length - 1] != '.')
			buf_char(&path, '.');
		buf_text(&path, "%Y.%m.%d.%H.%M.%S");
	}
	result = clock_path(buf_string(&path), start);
	buf_fini(&path);
	return result;
}

static void unlink_open(struct series *s, struct file *file)
{
	*(file->newer != NULL ? &file->newer->older : &s->newest) = file->older;
	*(file->older != NULL ? &file->older->newer : &s->oldest) = file->newer;
	file->newer = file->older = NULL;
}

static void link_newest(struct series *s, struct file *file)
{
	file->older = s->newest;
	*(s->newest != NULL ? &s->newest->newer : &s->oldest) = file;
	s->newest = file;
}

static void leave_open(struct series *s, struct file *file)
{
	if (!file->is_open)
		return;
	unlink_open(s, file);
	file->is_open = false;
	s->open--;
}

/* Closes the file for good. */
static int finish_file(struct series *s, struct member *m, size_t place)
{
	struct file *file = m->files[place];
	int result = 0;

	leave_open(s, file);
	if (file->sink != NULL)
		result = sink_close(file->sink, &s->run->err);
	file->sink = NULL;
	memmove(m->files + place, m->files + place + 1, (m->count - place - 1) * sizeof(struct file *));
	m->count--;
	if (s->options.mode == SERIES_TIME && file->end > m->closed)
		m->closed = file->end;
	if (result == 0 && s->closed != NULL)
		result = s->closed(s->context, file->path);
	file_free(file);
	return result;
}

/* The file that was not used for the longest rests while others are written. An atomic
 * file cannot be opened again: it stays open. */
static int make_room(struct series *s)
{
	struct file *file = s->oldest;

	if (s->open < s->options.open_limit || s->options.is_atomic || file == NULL)
		return 0;
	leave_open(s, file);
	return sink_rest(file->sink, &s->run->err);
}

static int open_sink(struct series *s, struct file *file)
{
	const uint8_t *initial = run_initial_mar(s->run);

	file->sink = s->options.is_atomic ? sink_open_atomic(file->path, initial, &s->run->err)
					  : sink_open(file->path, initial, &s->run->err);
	if (file->sink == NULL)
		return -1;
	sink_continue(file->sink);
	return 0;
}

/* Makes the file the newest of the open ones. */
static int open_file(struct series *s, struct file *file)
{
	if (file == s->newest)
		return 0;
	if (file->is_open) {
		unlink_open(s, file);
	} else {
		if (make_room(s) < 0 || (file->sink == NULL && open_sink(s, file) < 0))
			return -1;
		file->is_open = true;
		s->open++;
	}
	link_newest(s, file);
	return 0;
}

static struct file *add_file(struct series *s, struct member *m, uint64_t start, uint64_t end)
{
	struct file *file = xcalloc(1, sizeof *file);

	if (s->options.mode != SERIES_TIME)
		next_suffix(&m->suffix, s->options.suffix_length);
	file->path = file_path(s, m, start);
	file->start = start;
	file->end = end;
	m->files = xrealloc(m->files, (m->count + 1) * sizeof(struct file *));
	m->files[m->count++] = file;
	return file;
}

/* The file of the window that holds `when`; NULL when it was closed for good. */
static struct file *file_by_time(struct series *s, struct member *m, uint64_t when)
{
	period_find(&s->window, when);
	for (size_t i = m->count; i > 0; i--)
		if (m->files[i - 1]->start == s->window.start)
			return m->files[i - 1];
	if (m->closed != 0 && s->window.end <= m->closed)
		return NULL;
	return add_file(s, m, s->window.start, s->window.end);
}

/* Whether a record needs a new file in the modes that count. */
static bool is_full(const struct series *s, const struct file *file, struct flow *f, size_t length)
{
	switch (s->options.mode) {
	case SERIES_COUNT: return file->records >= s->options.amount;
	case SERIES_SIZE: return file->records > 0 && file->bytes + length > s->options.amount;
	case SERIES_FLOW: return f != NULL && filter_match(s->options.trigger, f);
	case SERIES_TIME: break;
	}
	return false;
}

/* The file that a record goes to. */
static int choose_file(struct series *s, struct member *m, struct flow *f, uint64_t when, size_t length,
		       struct file **file)
{
	if (s->options.mode == SERIES_TIME) {
		*file = file_by_time(s, m, when);
		return 0;
	}
	if (m->count > 0 && is_full(s, m->files[0], f, length) && finish_file(s, m, 0) < 0)
		return -1;
	*file = m->count > 0 ? m->files[0] : add_file(s, m, 0, 0);
	return 0;
}

static int put(struct series *s, struct member *m, struct flow *f, uint64_t when, const void *record, size_t length)
{
	struct file *file;

	if (choose_file(s, m, f, when, length, &file) < 0)
		return -1;
	if (file == NULL) {
		s->late++;
		return 0;
	}
	if (open_file(s, file) < 0)
		return -1;
	if (file->records == 0)
		file->bytes = MAR_SIZE;
	file->records++;
	file->bytes += length;
	return sink_put(file->sink, record, length, &s->run->err);
}

static int put_mar(struct series *s, const struct mar *m)
{
	uint8_t record[MAR_SIZE];

	mar_encode(m, record);
	if (s->count == 0 && strchr(s->options.pattern, '$') == NULL) {
		fill_values(s, NULL);
		find_member(s);
	}
	for (uint32_t i = 0; i < s->count; i++)
		if (put(s, s->members[i], NULL, m->now, record, sizeof record) < 0)
			return -1;
	return 0;
}

int series_tick(struct series *s)
{
	for (struct file *file = s->oldest; file != NULL; file = file->newer)
		if (sink_renew(file->sink, &s->run->err) < 0 || sink_flush(file->sink, &s->run->err) < 0)
			return -1;
	return 0;
}

/* When the input is not live there are no ticks. */
static int look(struct series *s)
{
	uint64_t now = clock_monotonic();

	if (now < s->next_look)
		return 0;
	s->next_look = now + CLOCK_SECOND_US;
	return series_tick(s);
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
	fill_values(s, f);
	return put(s, find_member(s), f, flow_start(f), s->record, length);
}

int series_expire(struct series *s, uint64_t now, uint64_t hold)
{
	for (uint32_t i = 0; i < s->count; i++) {
		struct member *m = s->members[i];

		for (size_t j = 0; j < m->count;) {
			if (m->files[j]->end + hold > now)
				j++;
			else if (finish_file(s, m, j) < 0)
				return -1;
		}
	}
	return 0;
}

int series_finish(struct series *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		while (s->members[i]->count > 0)
			if (finish_file(s, s->members[i], 0) < 0)
				return -1;
	return 0;
}
