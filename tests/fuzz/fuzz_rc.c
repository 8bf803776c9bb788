/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuration files with any content. */
#include "argus/base/buf.h"
#include "argus/tool/rc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct conf {
	char *text;
	bool on;
	int number;
	double seconds;
};

static int take_pair(void *to, const struct rc_value *value, struct err *err)
{
	char *first, *rest;

	(void)to;
	rc_split(value->text, &first, &rest);
	free(first);
	free(rest);
	return value->is_first ? 0 : err_set(err, ERR_USER, "'%s' again", value->text);
}

static const struct rc_key keys[] = {
	{ .name = "T", .type = RC_TEXT, .flags = RC_MAY_EMPTY, .offset = offsetof(struct conf, text) },
	{ .name = "B", .type = RC_BOOL, .offset = offsetof(struct conf, on) },
	{ .name = "N", .type = RC_INT, .least = -5, .most = 5, .offset = offsetof(struct conf, number) },
	{ .name = "S", .type = RC_SECONDS, .offset = offsetof(struct conf, seconds) },
	{ .name = "L", .type = RC_TEXT, .flags = RC_LIST, .set = take_pair },
};
static const struct rc_table table = { keys, ARRAY_LENGTH(keys), false }, strict = { keys, ARRAY_LENGTH(keys), true };

static void count_warning(void *who, const char *text)
{
	*(size_t *)who += strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf conf = { NULL, false, 0, 0 };
	struct err err = { ERR_NONE, "" };
	size_t warnings = 0;
	char *line = xstrndup((const char *)data, size);

	rc_parse(&table, "f", (const char *)data, size, &conf, count_warning, &warnings, &err);
	rc_parse(&strict, "f", (const char *)data, size, &conf, count_warning, &warnings, &err);
	rc_assign(&table, line, &conf, &err);
	if (conf.number < -5 || conf.number > 5)
		abort();
	free(line);
	free(conf.text);
	return 0;
}
