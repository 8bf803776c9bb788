/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules: which records are aggregated how (racluster.conf, aggregation.md 5). A
 * list of rules always ends with one that takes every record. */
#ifndef ARGUS_QUERY_RULES_H
#define ARGUS_QUERY_RULES_H

#include <regex.h>

#include "argus/base/err.h"
#include "argus/query/agr_metric.h"
#include "argus/query/filter.h"
#include "argus/query/key.h"

struct rule {
	char *filter_text;
	struct filter *filter; /* NULL: every record */
	regex_t grep;          /* searched for in the label */
	bool has_grep;
	struct key key;
	uint64_t status, idle; /* microseconds; 0: off */
	struct filter *flush;  /* a merged flow that passes is put out at once; NULL: none */
	char *label;           /* added to the records; NULL: none */
	bool goes_on;          /* cont: later rules see the record too */
	bool is_correcting;    /* opposite directions are merged */
	struct agr_metric metric;
};

/* What rules have that do not say otherwise. */
struct rules_defaults {
	const struct key *key;      /* of -m, or the default key */
	const struct key *rmon_key; /* of rules behind one whose model counts each end; NULL: the same */
	bool is_correcting;
	bool is_blanking;  /* flow fields outside the key become 0 */
	bool tells_correcting, tells_blanking; /* of the first rule, whatever a variable says (4.1) */
	bool ignore_case;  /* of grep= */
};

struct rules_index;

struct rules {
	struct rule *rule;
	size_t count;
	bool drops_counts; /* RACLUSTER_REPORT_AGGREGATION=no */
	struct rules_index *index;
};

/* Reads a file of rules; `path` NULL: only the last rule. NULL on failure: err names
 * file, line and what is wrong with it. */
struct rules *rules_new(const char *path, const struct rules_defaults *defaults, struct err *err);
void rules_free(struct rules *r);

/* The first rule from number `from` on that the record matches. The last one always
 * does. Rules with a constant host or net among their conditions are found by the
 * record's addresses; only the others are tried one by one. */
size_t rules_match(const struct rules *r, struct flow *f, size_t from);

#endif
