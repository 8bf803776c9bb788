/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/query/agr_metric.h"

#include "argus/query/fields.h"

/* The names of 5.2 in the order of the subtypes of the aggregation DSR (8.6). */
static const char *const metrics[] = {
	"srcid", "stime", "ltime", "trans", "dur", "avgdur", "mindur", "maxdur", "smac", "dmac", "saddr", "daddr",
	"proto", "ipid", "sport", "dport", "stos", "dtos", "sttl", "dttl", "bytes", "sbytes", "dbytes", "pkts",
	"spkts", "dpkts", "appbytes", "sappbytes", "dappbytes", "load", "sload", "dload", "loss", "ploss", "rate",
	"srate", "drate", "tranref", "seq", "smpls", "dmpls", "svlan", "dvlan", "stcpb", "dtcpb", "tcprtt", "synack",
	"ackdat", "sloss", "dloss", "psloss", "pdloss", "sintpkt", "dintpkt", "sdur", "ddur", "stcpmax", "dtcpmax",
	"sintpktact", "sintpktidl", "dintpktact", "dintpktidl", "swin", "dwin", "deldur", "dlstime", "dlltime",
	"dlspkt", "dldpkt", "shops", "dhops", "retrans", "sretrans", "dretrans", "pretrans", "nacks", "snacks",
	"dnacks", "pnacks", "solo", "ssolo", "dsolo", "psolo", "first", "sfirst", "dfirst", "pfirst", "sjit", "djit",
	"sjitact", "djitact", "sjitidl", "djitidl", "smeansz", "dmeansz", "sgap", "dgap", "abr", "pcr", "sdup", "ddup",
};

bool agr_metric_find(struct agr_metric *m, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < ARRAY_LENGTH(metrics); i++) {
		if (strncmp(metrics[i], name, length) != 0)
			continue;
		m->subtype = (uint8_t)i;
		m->column = i == METRIC_DURATION ? NULL : field_by_name(metrics[i], strlen(metrics[i]));
		return i == METRIC_DURATION || m->column != NULL;
	}
	return false;
}

static float value_of(const struct field *column, struct flow *f)
{
	struct value v;

	if (!field_value(column, f, &v))
		return 0;
	return v.kind == VALUE_FLOAT || v.kind == VALUE_DOUBLE ? (float)v.d : (float)v.u;
}

bool agr_metric_take(const struct agr_metric *m, struct flow *f)
{
	struct agr *agr;
	float value;

	if (likely(m->column == NULL) || !flow_agr(f)->is_implied || flow_agr(f)->count == 0)
		return false;
	value = value_of(m->column, f);
	agr = flow_edit(f, DSR_AGR);
	agr->metric = m->subtype;
	agr->active = (struct stats){ 1, value, value, 0, value };
	return true;
}
