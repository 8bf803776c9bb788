/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The syntax of racluster.conf (aggregation.md 5.1, 5.2): a line is a comment, a
 * RACLUSTER_ variable, or a rule. */
#include <ctype.h>
#include <strings.h>

#include "argus/base/buf.h"
#include "argus/base/nearest.h"
#include "common/query/rules_private.h"

struct parser {
	struct rules *rules;
	const struct rules_defaults *defaults;
	struct rules_defaults now; /* as the variables so far have changed them */
	struct agr_metric metric;  /* RACLUSTER_AGG_METRIC */
	const char *path;
	unsigned line;
	struct err *err;
	struct rule *rule; /* being read */
	bool has_model;
};

static int fail(struct parser *p, const char *text)
{
	return err_set(p->err, ERR_USER, "%s: syntax error line %u: %s", p->path, p->line, text);
}

static int fail_because(struct parser *p)
{
	struct err why = *p->err;

	return err_set(p->err, ERR_USER, "%s: line %u: %.300s", p->path, p->line, why.text);
}

static void start_rule(struct parser *p)
{
	const struct rules_defaults *defaults = p->defaults;
	bool is_first = p->rules->count == 0;

	p->rule = rules_add(p->rules);
	p->rule->key = *p->now.key;
	p->rule->key.is_blanking = is_first && defaults->tells_blanking ? defaults->is_blanking : p->now.is_blanking;
	p->rule->is_correcting = is_first && defaults->tells_correcting ? defaults->is_correcting : p->now.is_correcting;
	p->has_model = false;
	p->rule->metric = p->metric;
}

static int set_filter(struct parser *p, const char *value)
{
	if (value[strspn(value, " \t")] == '\0')
		return 0;
	p->rule->filter = filter_compile(value, NULL, p->err);
	if (p->rule->filter == NULL)
		return fail_because(p);
	p->rule->filter_text = xstrdup(value);
	return 0;
}

static int set_flush(struct parser *p, const char *value)
{
	p->rule->flush = filter_compile(value, NULL, p->err);
	return p->rule->flush != NULL ? 0 : fail_because(p);
}

static int set_grep(struct parser *p, const char *value)
{
	char why[200];
	int code = regcomp(&p->rule->grep, value, REG_EXTENDED | REG_NOSUB | (p->now.ignore_case ? REG_ICASE : 0));

	if (code != 0) {
		regerror(code, &p->rule->grep, why, sizeof why);
		err_set(p->err, ERR_USER, "grep=\"%.100s\": %s", value, why);
		return fail_because(p);
	}
	p->rule->has_grep = true;
	return 0;
}

static int set_model(struct parser *p, const char *value)
{
	bool is_blanking = p->rule->key.is_blanking;
	char *words = xstrdup(value), *at = words;
	int result = 0;

	key_init(&p->rule->key);
	p->rule->key.is_blanking = is_blanking;
	p->has_model = true;
	if (words[strspn(words, " \t")] == '\0')
		p->rule->key.objects = 0;
	while (result == 0 && *(at += strspn(at, " \t")) != '\0') {
		char *end = at + strcspn(at, " \t");
		bool is_last = *end == '\0';

		*end = '\0';
		result = key_add_word(&p->rule->key, at, p->err);
		at = is_last ? end : end + 1;
	}
	free(words);
	if (p->rule->key.is_rmon && p->now.rmon_key != NULL)
		p->now.key = p->now.rmon_key;
	return result == 0 ? 0 : fail_because(p);
}

/* N[smhd]. A timer below 0 is one that is off. */
static int set_timer(struct parser *p, uint64_t *timer, const char *value)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;
	long long number = strtoll(value, &end, 10);
	int64_t factor = 1;

	if (end == value || number > INT32_MAX)
		return fail(p, value);
	for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
		if (*end == units[i].unit) {
			factor = units[i].seconds;
			end++;
		}
	if (*end != '\0')
		return fail(p, value);
	*timer = number > 0 ? (uint64_t)(number * factor) * 1000000 : 0;
	return 0;
}

static int set_status(struct parser *p, const char *value) { return set_timer(p, &p->rule->status, value); }
static int set_idle(struct parser *p, const char *value) { return set_timer(p, &p->rule->idle, value); }

static int set_label(struct parser *p, const char *value)
{
	free(p->rule->label);
	p->rule->label = xstrdup(value);
	return 0;
}

static const struct {
	const char *name;
	bool is_text; /* it stands in quotes */
	int (*set)(struct parser *p, const char *value);
} items[] = {
	{ "filter", true, set_filter }, { "grep", true, set_grep },      { "model", true, set_model },
	{ "label", true, set_label },   { "status", false, set_status }, { "idle", false, set_idle },
	{ "flush", true, set_flush },
};

static char *skip_blanks(char *at) { return at + strspn(at, " \t"); }

/* The value behind '=': quoted, or up to the next blank. Sets *next behind it; NULL if a
 * quote is not closed. */
static char *take_value(char *at, char **next, bool *is_quoted)
{
	char *end;

	*is_quoted = *at == '"';
	if (*is_quoted) {
		end = strchr(++at, '"');
		if (end == NULL)
			return NULL;
	} else {
		end = at + strcspn(at, " \t");
	}
	*next = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return at;
}

/* One item of a rule at *at, which moves past it. 1: it was cont, the rule ends. */
static int parse_item(struct parser *p, char **at)
{
	char *name = *at, *end = name + strcspn(name, " \t=\""), *equals = skip_blanks(end), *value;
	bool is_quoted;

	if (strncasecmp(name, "cont", 4) == 0 && *equals != '=') { /* or continue */
		p->rule->goes_on = true;
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(items); i++) {
		if (strlen(items[i].name) != (size_t)(end - name) || strncasecmp(name, items[i].name, (size_t)(end - name)) != 0)
			continue;
		if (*equals != '=')
			return fail(p, name);
		value = take_value(skip_blanks(equals + 1), at, &is_quoted);
		if (value == NULL)
			return fail(p, "a quote is not closed");
		if (items[i].is_text && !is_quoted)
			return fail(p, "a text needs double quotes");
		return items[i].set(p, value);
	}
	return fail(p, name);
}

static int parse_rule(struct parser *p, char *line)
{
	int result = 0;

	start_rule(p);
	for (char *at = skip_blanks(line); result == 0 && *at != '\0'; at = skip_blanks(at))
		result = parse_item(p, &at);
	return result < 0 ? -1 : 0;
}

static int unknown_variable(struct parser *p, const char *name, const char *const *names, size_t count)
{
	struct nearest n = nearest_to(name, strlen(name));

	for (size_t i = 0; i < count; i++)
		nearest_offer(&n, names[i]);
	if (nearest_best(&n) == NULL)
		return fail(p, name);
	return err_set(p->err, ERR_USER, "%s: syntax error line %u: %s; did you mean %s?", p->path, p->line, name,
		       nearest_best(&n));
}

static int parse_variable(struct parser *p, char *line)
{
	static const char *const names[] = { "RACLUSTER_MODEL_NAME",         "RACLUSTER_PRESERVE_FIELDS",
					     "RACLUSTER_REPORT_AGGREGATION", "RACLUSTER_AUTO_CORRECTION",
					     "RACLUSTER_AGG_METRIC",         "RACLUSTER_HISTOGRAM" };
	enum { NAME, PRESERVE, REPORT, CORRECTION, METRIC, HISTOGRAM } which;
	char *value = strchr(line, '=');
	bool is_quoted;

	if (value == NULL)
		return fail(p, line);
	*value++ = '\0';
	line[strcspn(line, " \t")] = '\0';
	value = skip_blanks(value);
	for (which = NAME; which <= HISTOGRAM && strcmp(line, names[which]) != 0; which++)
		continue;
	if (*value == '"')
		value = take_value(value, &line, &is_quoted);
	if (value == NULL)
		return fail(p, "a quote is not closed");
	switch (which) {
	case NAME:
	case HISTOGRAM: return 0; /* nothing depends on them */
	case PRESERVE: p->now.is_blanking = strncasecmp(value, "no", 2) == 0; return 0;
	case REPORT: p->rules->drops_counts = strncasecmp(value, "no", 2) == 0; return 0;
	case CORRECTION: p->now.is_correcting = strstr(value, "yes") != NULL; return 0;
	case METRIC:
		if (!agr_metric_find(&p->metric, value))
			return err_set(p->err, ERR_USER, "%s: line %u: RA_AGG_METRIC %s not found", p->path, p->line, value);
		return 0;
	}
	return unknown_variable(p, line, names, ARRAY_LENGTH(names));
}

static int parse_line(struct parser *p, char *line)
{
	char *at = skip_blanks(line), *end = at + strlen(at);

	while (end > at && isspace((unsigned char)end[-1]))
		*--end = '\0';
	if (*at == '\0' || *at == '#' || *at == '"' || *at == '!')
		return 0;
	return strncmp(at, "RACLUSTER_", 10) == 0 ? parse_variable(p, at) : parse_rule(p, at);
}

int rules_parse(struct rules *r, const char *path, const struct rules_defaults *defaults, struct err *err)
{
	struct parser p = { .rules = r, .defaults = defaults, .now = *defaults, .metric = AGR_METRIC_DURATION, .path = path, .err = err };
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	int result = 0;

	if (file == NULL)
		return err_system(err, "%s", path);
	while (result == 0 && getline(&line, &room, file) >= 0) {
		p.line++;
		result = parse_line(&p, line);
	}
	if (result == 0 && ferror(file))
		result = err_system(err, "%s", path);
	free(line);
	fclose(file);
	if (result == 0)
		start_rule(&p); /* the implicit last rule takes what variables are pending */
	return result;
}
