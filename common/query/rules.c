/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/query/rules_private.h"

#include "argus/base/buf.h"

struct rule *rules_add(struct rules *r)
{
	struct rule *rule;

	r->rule = xrealloc(r->rule, (r->count + 1) * sizeof *r->rule);
	rule = &r->rule[r->count++];
	*rule = (struct rule){ 0 };
	rule->metric = AGR_METRIC_DURATION;
	return rule;
}

static void rule_fini(struct rule *rule)
{
	filter_free(rule->filter);
	filter_free(rule->flush);
	if (rule->has_grep)
		regfree(&rule->grep);
	free(rule->filter_text);
	free(rule->label);
}

struct rules *rules_new(const char *path, const struct rules_defaults *defaults, struct err *err)
{
	struct rules *r = xcalloc(1, sizeof *r);

	if (path != NULL) {
		if (rules_parse(r, path, defaults, err) < 0) {
			rules_free(r);
			return NULL;
		}
	} else {
		struct rule *rule = rules_add(r);

		rule->key = *defaults->key;
		rule->key.is_blanking = defaults->is_blanking;
		rule->is_correcting = defaults->is_correcting;
	}
	r->index = r->count > 2 ? rules_index_new(r) : NULL;
	return r;
}

void rules_free(struct rules *r)
{
	if (r == NULL)
		return;
	rules_index_free(r->index);
	for (size_t i = 0; i < r->count; i++)
		rule_fini(&r->rule[i]);
	free(r->rule);
	free(r);
}

static bool greps(const struct rule *rule, struct flow *f)
{
	const struct label *label = flow_label(f);
	char text[4 * 256];
	size_t length;

	if (label == NULL)
		return false;
	length = label->length < sizeof text ? label->length : sizeof text - 1;
	memcpy(text, label->text, length);
	text[length] = '\0';
	return regexec(&rule->grep, text, 0, NULL, 0) == 0;
}

static bool matches(const struct rule *rule, struct flow *f)
{
	return (rule->filter == NULL || filter_match(rule->filter, f)) && (!rule->has_grep || greps(rule, f));
}

size_t rules_match(const struct rules *r, struct flow *f, size_t from)
{
	if (r->index != NULL)
		return rules_index_find(r->index, r, f, from, matches);
	while (from < r->count && !matches(&r->rule[from], f))
		from++;
	return from;
}
