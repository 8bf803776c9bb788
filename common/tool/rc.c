/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/tool/rc.h"

#include <errno.h>
#include <limits.h>
#include <strings.h>

#include "argus/base/buf.h"
#include "argus/base/nearest.h"
#include "argus/base/num.h"

/* A file while it is read. `seen` has one mark a key: lists begin anew once. */
struct reader {
	const struct rc_table *table;
	const char *name;
	unsigned line; /* number of the last line taken */
	bool *seen;
	void *to;
	rc_warning *warn;
	void *who;
	struct err *err;
	bool failed; /* err says why */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

const struct rc_key *rc_find(const struct rc_table *table, const char *name, size_t length)
{
	for (size_t i = 0; i < table->count; i++) {
		const char *key = table->keys[i].name;

		if (strncmp(key, name, length) == 0 && key[length] == '\0')
			return &table->keys[i];
	}
	return NULL;
}

static int unknown_key(const struct rc_table *table, const char *name, size_t length, struct err *err)
{
	struct nearest near = nearest_to(name, length);

	for (size_t i = 0; i < table->count; i++)
		nearest_offer(&near, table->keys[i].name);
	if (nearest_best(&near) == NULL)
		return err_set(err, ERR_USER, "unknown variable '%.*s'", (int)length, name);
	return err_set(err, ERR_USER, "unknown variable '%.*s' (is it %s?)", (int)length, name, nearest_best(&near));
}

/* Cuts the value out of the rest of a line, in place; it is usable whatever is returned.
 * With something to say in err, returns 1 when there is more than a value, -1 when the
 * value does not end. */
static int cut_value(char *text, struct rc_value *value, struct err *err)
{
	char *end;

	value->is_quoted = *text == '"';
	if (value->is_quoted) {
		value->text = ++text;
		end = strchr(text, '"');
		if (end == NULL)
			return err_set(err, ERR_USER, "string unterminated");
		*end++ = '\0';
		while (is_blank(*end))
			end++;
		if (*end == '\0' || *end == '#' || strncmp(end, "//", 2) == 0)
			return 0;
		err_set(err, ERR_USER, "'%s' after the closing quote is ignored", end);
		return 1;
	}
	value->text = text;
	for (end = text; *end != '\0'; end++)
		if (is_blank(*end) && (end[1] == '#' || strncmp(end + 1, "//", 2) == 0))
			break;
	while (end > text && is_blank(end[-1]))
		end--;
	*end = '\0';
	return 0;
}

static int read_bool(struct rc_value *value, struct err *err)
{
	static const char *const no[] = { "no", "n", "off", "false", "0", "none" };

	value->yes = strncasecmp(value->text, "yes", 3) == 0;
	if (value->yes)
		return 0;
	for (size_t i = 0; i < ARRAY_LENGTH(no); i++)
		if (strcasecmp(value->text, no[i]) == 0)
			return 0;
	return err_set(err, ERR_USER, "'%s' is taken as no: it is neither yes nor no", value->text);
}

static int read_int(const struct rc_key *key, struct rc_value *value, struct err *err)
{
	int64_t least = key->least, most = key->most;
	char *end;

	if (least == 0 && most == 0) {
		least = INT_MIN;
		most = INT_MAX;
	}
	errno = 0;
	value->number = strtoll(value->text, &end, 10);
	if (end == value->text || *end != '\0' || errno != 0)
		return err_set(err, ERR_USER, "'%s' is not a number", value->text);
	if (value->number < least || value->number > most)
		return err_set(err, ERR_USER, "%s is not between %lld and %lld", value->text, (long long)least,
			       (long long)most);
	return 0;
}

static int read_typed(const struct rc_key *key, struct rc_value *value, struct err *err)
{
	switch ((enum rc_type)key->type) {
	case RC_BOOL:
		return read_bool(value, err);
	case RC_INT:
		return read_int(key, value, err);
	case RC_SECONDS:
		if (value->text[0] == '-' && num_read_seconds(value->text + 1, &value->seconds)) {
			value->seconds = -1;
			return 0;
		}
		if (num_read_seconds(value->text, &value->seconds))
			return 0;
		return err_set(err, ERR_USER, "'%s' is not a time in seconds", value->text);
	case RC_TEXT:
		break;
	}
	return 0;
}

static void store(const struct rc_key *key, const struct rc_value *value, void *to)
{
	void *at = (char *)to + key->offset;

	switch ((enum rc_type)key->type) {
	case RC_BOOL:
		*(bool *)at = value->yes;
		break;
	case RC_INT:
		*(int *)at = (int)value->number;
		break;
	case RC_SECONDS:
		*(double *)at = value->seconds;
		break;
	case RC_TEXT:
		free(*(char **)at);
		*(char **)at = xstrdup(value->text);
		break;
	}
}

/* A value of the wrong type is not passed on, except a bool that is no yes: it is no. */
static int set_value(const struct rc_key *key, struct rc_value *value, void *to, struct err *err)
{
	int typed = 0;

	if (value->text[0] == '\0' && !(key->flags & RC_MAY_EMPTY))
		return 0;
	if (value->text[0] != '\0')
		typed = read_typed(key, value, err);
	if (typed != 0 && key->type != RC_BOOL)
		return -1;
	if (key->set != NULL) {
		if (key->set(to, value, err) != 0)
			return -1;
	} else if (!(key->flags & RC_NO_EFFECT)) {
		store(key, value, to);
	}
	return typed;
}

int rc_assign(const struct rc_table *table, const char *line, void *to, struct err *err)
{
	struct rc_value value = { .is_first = true };
	const char *equals = strchr(line, '=');
	const struct rc_key *key;
	char *text;
	struct err why;
	int result;

	if (equals == NULL)
		return err_set(err, ERR_USER, "'%s' is not of the form NAME=value", line);
	key = rc_find(table, line, (size_t)(equals - line));
	if (key == NULL)
		return unknown_key(table, line, (size_t)(equals - line), err);
	text = xstrdup(equals + 1);
	result = cut_value(text, &value, &why);
	if (result == 0)
		result = set_value(key, &value, to, &why);
	free(text);
	return result == 0 ? 0 : err_set(err, why.kind, "%s: %.300s", key->name, why.text);
}

/* What is wrong, with its place; the caller's. */
static char *placed(const struct reader *r, unsigned line, const char *name, const struct err *err)
{
	return xasprintf("%s:%u: %s%s%s", r->name, line, name, *name != '\0' ? ": " : "", err->text);
}

static void remark(struct reader *r, unsigned line, const char *name, const struct err *err)
{
	char *text = placed(r, line, name, err);

	r->warn(r->who, text);
	free(text);
}

/* What is an error in a strict table. */
static void offence(struct reader *r, unsigned line, const char *name, const struct err *err)
{
	char *text;

	if (!r->table->is_strict) {
		remark(r, line, name, err);
		return;
	}
	text = placed(r, line, name, err);
	r->failed = true;
	err_set(r->err, ERR_USER, "%s", text);
	free(text);
}

/* A text that is neither yes nor no is no to all versions; that is told. */
static bool is_lenient(const struct rc_key *key)
{
	return key->type == RC_BOOL || key->flags & (RC_LENIENT | RC_NO_EFFECT);
}

/* One line, continued lines joined, without its newline. `number` is where it began. */
static void take_line(struct reader *r, char *line, unsigned number)
{
	struct rc_value value = { .text = "" };
	struct err err = { 0 };
	const struct rc_key *key;
	char *equals;
	int cut;

	while (is_blank(*line))
		line++;
	if (*line == '\0' || *line == '#' || *line == '!')
		return;
	equals = strchr(line, '=');
	if (equals == NULL) {
		err_set(&err, ERR_USER, "syntax error: '%s' is not of the form NAME=value", line);
		offence(r, number, "", &err);
		return;
	}
	key = rc_find(r->table, line, (size_t)(equals - line));
	if (key == NULL) {
		unknown_key(r->table, line, (size_t)(equals - line), &err);
		remark(r, number, "", &err);
		return;
	}
	cut = cut_value(equals + 1, &value, &err);
	if (cut != 0)
		(cut < 0 ? offence : remark)(r, number, key->name, &err);
	value.is_first = !r->seen[key - r->table->keys];
	if (value.text[0] != '\0' || (key->flags & RC_MAY_EMPTY))
		r->seen[key - r->table->keys] = true;
	if (!r->failed && set_value(key, &value, r->to, &err) != 0)
		(is_lenient(key) ? remark : offence)(r, number, key->name, &err);
}

/* The next line of text, without CR LF; sets *is_continued when it ended in a backslash. */
static const char *next_line(const char *at, const char *end, struct buf *line, bool *is_continued)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));
	const char *stop = newline != NULL ? newline : end;
	const char *next = newline != NULL ? newline + 1 : end;

	if (stop > at && stop[-1] == '\r')
		stop--;
	*is_continued = stop > at && stop[-1] == '\\';
	buf_add(line, at, (size_t)(stop - at) - *is_continued);
	return next;
}

int rc_parse(const struct rc_table *table, const char *name, const char *text, size_t length, void *to,
	     rc_warning *warn, void *who, struct err *err)
{
	struct reader r = { .table = table, .name = name, .to = to, .warn = warn, .who = who, .err = err };
	const char *at = text, *end = text + length;
	struct buf line = BUF_INIT;
	unsigned began = 1;

	r.seen = xcalloc(table->count + 1, sizeof *r.seen);
	while (at < end && !r.failed) {
		bool is_continued;

		if (line.length == 0)
			began = r.line + 1;
		at = next_line(at, end, &line, &is_continued);
		r.line++;
		if (is_continued && at < end)
			continue;
		if (line.length > 0)
			take_line(&r, line.data, began);
		buf_clear(&line);
	}
	buf_fini(&line);
	free(r.seen);
	return r.failed ? -1 : 0;
}

int rc_read(const struct rc_table *table, const char *path, void *to, rc_warning *warn, void *who, struct err *err)
{
	struct buf text = BUF_INIT;
	FILE *file = fopen(path, "re");
	size_t got;
	int result;

	if (file == NULL)
		return err_system(err, "%s", path);
	do {
		buf_reserve(&text, 4096);
		got = fread(text.data + text.length, 1, 4096, file);
		text.length += got;
	} while (got > 0);
	if (ferror(file)) {
		err_system(err, "%s", path);
		fclose(file);
		buf_fini(&text);
		return -1;
	}
	fclose(file);
	result = rc_parse(table, path, buf_string(&text), text.length, to, warn, who, err);
	buf_fini(&text);
	return result;
}

void rc_split(const char *text, char **first, char **rest)
{
	size_t word = strcspn(text, " \t");
	const char *after = text + word;
	size_t length;

	*first = xstrndup(text, word);
	*rest = NULL;
	while (is_blank(*after))
		after++;
	length = strlen(after);
	if (length >= 2 && after[0] == '"' && after[length - 1] == '"') {
		after++;
		length -= 2;
	}
	if (length > 0)
		*rest = xstrndup(after, length);
}
