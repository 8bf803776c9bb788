/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients/series.h"

#include <sys/stat.h>

#include "argus/base/buf.h"
#include "argus/base/hash.h"

#define RECORD_ROOM RECORD_MAX_SIZE

/* A file of a series. */
struct file {
	char *path;
	struct sink *sink; /* NULL: closed for the moment, to stay within the limit */
	uint64_t start, end; /* its window */
	uint64_t records, bytes;
	uint64_t used; /* a counter: when it was last written to */
};

/* What one set of values has. */
struct member {
	char *values; /* the pattern with its $columns filled in */
	char *suffix; /* count, size, flow: of the file that is open */
	struct file *files;
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
	uint64_t clock; /* counts writes */
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

static void member_free(struct member *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->files[i].path);
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
	char text[CLOCK_TEXT_ROOM];
	struct buf path = BUF_INIT;
	size_t length = strlen(m->values);

	if (s->options.mode != SERIES_TIME)
		return xasprintf("%s%s", m->values, m->suffix);
	buf_text(&path, m->values);
	if (strchr(m->values, '%') == NULL) {
		if (length > 0 && m->values[length - 1] != '.')
			buf_char(&path, '.');
		buf_text(&path, "%Y.%m.%d.%H.%M.%S");
	}
	length = clock_text(text, buf_string(&path), 0, start);
	buf_fini(&path);
	return xstrndup(text, length);
}

static int close_file(struct series *s, struct file *file)
{
	int result = 0;

	if (file->sink != NULL) {
		s->open--;
		result = sink_close(file->sink, &s->run->err);
		file->sink = NULL;
	}
	return result;
}

/* Closes the file for good. */
static int finish_file(struct series *s, struct member *m, size_t place)
{
	struct file file = m->files[place];
	int result = close_file(s, &file);

	memmove(m->files + place, m->files + place + 1, (m->count - place - 1) * sizeof *m->files);
	m->count--;
	if (s->options.mode == SERIES_TIME && file.end > m->closed)
		m->closed = file.end;
	if (result == 0 && s->closed != NULL)
		result = s->closed(s->context, file.path);
	free(file.path);
	return result;
}

/* Closes the file that was not used for the longest, to open another one. An atomic
 * file cannot be opened again: it stays open. */
static int make_room(struct series *s)
{
	struct file *oldest = NULL;

	if (s->open < s->options.open_limit || s->options.is_atomic)
		return 0;
	for (uint32_t i = 0; i < s->count; i++)
		for (size_t j = 0; j < s->members[i]->count; j++) {
			struct file *file = &s->members[i]->files[j];

			if (file->sink != NULL && (oldest == NULL || file->used < oldest->used))
				oldest = file;
		}
	return oldest != NULL ? close_file(s, oldest) : 0;
}

/* A file that has something in it is gone on with; others begin with a start record. */
static bool is_begun(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_size > 0;
}

static int open_file(struct series *s, struct file *file)
{
	if (file->sink != NULL)
		return 0;
	if (make_room(s) < 0)
		return -1;
	if (s->options.is_atomic)
		file->sink = sink_open_atomic(file->path, run_initial_mar(s->run), &s->run->err);
	else
		file->sink = sink_open(file->path, is_begun(file->path) ? NULL : run_initial_mar(s->run), &s->run->err);
	if (file->sink == NULL)
		return -1;
	s->open++;
	return 0;
}

static struct file *add_file(struct series *s, struct member *m, uint64_t start, uint64_t end)
{
	struct file *file;

	if (s->options.mode != SERIES_TIME)
		next_suffix(&m->suffix, s->options.suffix_length);
	m->files = xrealloc(m->files, (m->count + 1) * sizeof *m->files);
	file = &m->files[m->count++];
	*file = (struct file){ .path = file_path(s, m, start), .start = start, .end = end };
	return file;
}

/* The file of the window that holds `when`; NULL when it was closed for good. */
static struct file *file_by_time(struct series *s, struct member *m, uint64_t when)
{
	period_find(&s->window, when);
	for (size_t i = m->count; i > 0; i--)
		if (m->files[i - 1].start == s->window.start)
			return &m->files[i - 1];
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
	if (m->count > 0 && is_full(s, &m->files[0], f, length) && finish_file(s, m, 0) < 0)
		return -1;
	*file = m->count > 0 ? &m->files[0] : add_file(s, m, 0, 0);
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
	file->used = ++s->clock;
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

int series_put(struct series *s, struct flow *f, const struct mar *m)
{
	size_t length;

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
			if (m->files[j].end + hold > now)
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
