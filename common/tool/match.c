/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/tool/match.h"

#include <regex.h>

#include "argus/base/buf.h"

struct user_match {
	regex_t regex;
	bool side[2];
};

static struct user_match *compile(const char *text, bool ignore_case, const char *what, struct err *err)
{
	struct user_match *m = xcalloc(1, sizeof *m);
	int code = regcomp(&m->regex, text, REG_EXTENDED | REG_NOSUB | (ignore_case ? REG_ICASE : 0));
	char why[200];

	if (code == 0)
		return m;
	regerror(code, &m->regex, why, sizeof why);
	free(m);
	err_set(err, ERR_USER, "%s regex error '%s': %s", what, text, why);
	return NULL;
}

struct user_match *user_match_new(const char *text, bool ignore_case, struct err *err)
{
	bool is_src = strncmp(text, "s:", 2) == 0, is_dst = strncmp(text, "d:", 2) == 0;
	struct user_match *m = compile(text + (is_src || is_dst ? 2 : 0), ignore_case, "user data", err);

	if (m != NULL) {
		m->side[SRC] = !is_dst;
		m->side[DST] = !is_src;
	}
	return m;
}

struct user_match *label_match_new(const char *text, bool ignore_case, struct err *err)
{
	return compile(text, ignore_case, "label", err);
}

void user_match_free(struct user_match *m)
{
	if (m == NULL)
		return;
	regfree(&m->regex);
	free(m);
}

/* The bytes are not terminated and may hold NULs: the ends are given. */
static bool matches(const struct user_match *m, const void *bytes, size_t length)
{
	regmatch_t ends = { .rm_so = 0, .rm_eo = (regoff_t)length };

	return regexec(&m->regex, bytes, 1, &ends, REG_STARTEND) == 0;
}

bool user_match_flow(const struct user_match *m, struct flow *f)
{
	for (int side = SRC; side <= DST; side++) {
		const struct user_data *user = m->side[side] ? flow_user(f, (enum side)side) : NULL;

		if (user != NULL && matches(m, user->bytes, user->count))
			return true;
	}
	return false;
}

bool label_match_flow(const struct user_match *m, struct flow *f)
{
	const struct label *label = flow_label(f);

	return label != NULL && matches(m, label->text, label->length);
}
