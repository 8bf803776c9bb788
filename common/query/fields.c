/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding columns by name, and what stands above them. */
#include "argus/query/fields.h"

/* Other names of the same column. */
static const struct {
	const char *alias, *name;
} aliases[] = {
	{ "svc", "label" },	 { "cid", "community_id" }, { "communityid", "community_id" },
	{ "avgdur", "mean" },	 { "mindur", "min" },	    { "maxdur", "max" },
	{ "psloss", "sploss" },	 { "pdloss", "dploss" },    { "psretrans", "spretrans" },
	{ "pdretrans", "dpretrans" }, { "sjitidle", "sjitidl" }, { "djitidle", "djitidl" },
	{ "intflow", "idlemean" }, { "intflowmin", "idlemin" }, { "intflowmax", "idlemax" },
	{ "intflowsdev", "idlestddev" },
};

static const struct field *row_by_name(const char *name, size_t length)
{
	for (size_t i = 0; i < field_count; i++)
		if (strncmp(field_table[i].name, name, length) == 0 && field_table[i].name[length] == '\0')
			return &field_table[i];
	return NULL;
}

const struct field *field_by_name(const char *name, size_t length)
{
	const struct field *field = row_by_name(name, length);

	for (size_t i = 0; field == NULL && i < ARRAY_LENGTH(aliases); i++)
		if (strncmp(aliases[i].alias, name, length) == 0 && aliases[i].alias[length] == '\0')
			field = row_by_name(aliases[i].name, strlen(aliases[i].name));
	return field;
}

#define NAME_MAX_LENGTH 24

/* Levenshtein distance: how many letters to put in, take out or change. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_LENGTH + 1], before, above;
	size_t length = strnlen(b, NAME_MAX_LENGTH);

	for (size_t j = 0; j <= length; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i] != '\0' && i < NAME_MAX_LENGTH; i++) {
		before = row[0]++;
		for (size_t j = 0; j < length; j++) {
			unsigned best = before + (a[i] != b[j]);

			above = row[j + 1];
			if (above + 1 < best)
				best = above + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			before = above;
			row[j + 1] = best;
		}
	}
	return row[length];
}

const char *field_nearest(const char *name)
{
	/* Farther than about half of its letters a name is a different word. */
	unsigned least = (unsigned)strnlen(name, NAME_MAX_LENGTH) / 2 + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < field_count; i++) {
		unsigned d = distance(name, field_table[i].name);

		if (d < least) {
			least = d;
			nearest = field_table[i].name;
		}
	}
	return nearest;
}

/* Titles that change with the style; NULL: they do not. */
static const struct special {
	const char *name;
	const char *rmon, *percent, *percent_rmon, *app, *domain;
} specials[] = {
	{ "pkts", NULL, "pTotPkts", NULL, NULL, NULL },
	{ "spkts", "OutPkts", "pSrcPkts", "pOutPkts", NULL, NULL },
	{ "dpkts", "InPkts", "pDstPkts", "pInPkts", NULL, NULL },
	{ "bytes", NULL, "pTotBytes", NULL, NULL, NULL },
	{ "sbytes", "OutBytes", "pSrcBytes", "pOutBytes", NULL, NULL },
	{ "dbytes", "InBytes", "pDstBytes", "pInBytes", NULL, NULL },
	{ "appbytes", NULL, "pAppBytes", NULL, NULL, NULL },
	{ "sappbytes", "OAppBytes", "pSAppBytes", "pOAppBytes", NULL, NULL },
	{ "dappbytes", "IAppBytes", "pDAppBytes", "pIAppBytes", NULL, NULL },
	{ "trans", NULL, "pTrans", NULL, NULL, NULL },
	{ "loss", NULL, "pLoss", NULL, NULL, NULL },
	{ "sloss", NULL, "pSrcLoss", NULL, NULL, NULL },
	{ "dloss", NULL, "pDstLoss", NULL, NULL, NULL },
	{ "retrans", NULL, "pRetrans", NULL, NULL, NULL },
	{ "sretrans", NULL, "pSrcRetrans", NULL, NULL, NULL },
	{ "dretrans", NULL, "pDstRetrans", NULL, NULL, NULL },
	{ "nacks", NULL, "pNacks", NULL, NULL, NULL },
	{ "snacks", NULL, "pSrcNacks", NULL, NULL, NULL },
	{ "dnacks", NULL, "pDstNacks", NULL, NULL, NULL },
	{ "solo", NULL, "pSolo", NULL, NULL, NULL },
	{ "ssolo", NULL, "pSrcSolo", NULL, NULL, NULL },
	{ "dsolo", NULL, "pDstSolo", NULL, NULL, NULL },
	{ "first", NULL, "pFirst", NULL, NULL, NULL },
	{ "sfirst", NULL, "pSrcFirst", NULL, NULL, NULL },
	{ "dfirst", NULL, "pDstFirst", NULL, NULL, NULL },
	{ "load", NULL, NULL, NULL, "AppLoad", NULL },
	{ "sload", NULL, NULL, NULL, "SrcAppLoad", NULL },
	{ "dload", NULL, NULL, NULL, "DstAppLoad", NULL },
	{ "saddr", "Host", NULL, NULL, NULL, "SrcDomain" },
	{ "daddr", NULL, NULL, NULL, NULL, "DstDomain" },
	{ "smac", "Mac", NULL, NULL, NULL, NULL },
	{ "soui", "Oui", NULL, NULL, NULL, NULL },
	{ "snet", "Net", NULL, NULL, NULL, NULL },
};

const char *field_title(const struct field *field, const struct style *style)
{
	for (size_t i = 0; i < ARRAY_LENGTH(specials); i++) {
		const struct special *s = &specials[i];

		if (strcmp(s->name, field->name) != 0)
			continue;
		if (style->percent && style->rmon && s->percent_rmon != NULL)
			return s->percent_rmon;
		if (style->percent && s->percent != NULL)
			return s->percent;
		if (style->domain_only && style->names == NAMES_ALL && s->domain != NULL)
			return s->domain;
		if (style->rmon && s->rmon != NULL)
			return s->rmon;
		if (style->app_rates && s->app != NULL)
			return s->app;
	}
	return field->title;
}
