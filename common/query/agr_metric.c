/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/query/agr_metric.h"

#include "argus/query/fields.h"
#include "common/record/times.h"

/* The metrics in the order of the subtypes of the aggregation DSR (5.2, and 8.6 of the record format). */
static const char *const metrics[] = {
	"srcid", "stime", "ltime", "trans", "dur", "avgdur", "mindur", "maxdur", "smac", "dmac", "saddr", "daddr",
	"proto", "ipid", "sport", "dport", "stos", "dtos", "sttl", "dttl", "bytes", "sbytes", "dbytes", "pkts",
	"spkts", "dpkts", "appbytes", "sappbytes", "dappbytes", "load", "sload", "dload", "loss", "ploss", "rate",
	"srate", "drate", "tranref", "seq", "smpls", "dmpls", "svlan", "dvlan", "stcpb", "dtcpb", "tcprtt", "synack",
	"ackdat", "sloss", "dloss", "psloss", "pdloss", "sintpkt", "dintpkt", "sdur", "ddur", "stcpmax", "dtcpmax",
	"sintpktact", "sintpktidl", "dintpktact", "dintpktidl", "swin", "dwin", "deldur", "dlstime", "dlltime",
	"dlspkt", "dldpkt", "shops", "dhops", "retrans", "sretrans", "dretrans", "pretrans", "psretrans", "pdretrans",
	"nacks", "snacks", "dnacks", "pnacks", "psnacks", "pdnacks", "solo", "ssolo", "dsolo", "psolo", "pssolo",
	"pdsolo", "first", "sfirst", "dfirst", "pfirst", "psfirst", "pdfirst", "sjit", "sjitact", "sjitidl", "djit",
	"djitact", "djitidl", "smeansz", "dmeansz", "sgap", "dgap", "sintpktactmin", "sintpktidlmin", "sintpktactmax",
	"sintpktidlmax", "dintpktactmin", "dintpktidlmin", "dintpktactmax", "dintpktidlmax", "abr", "pcr",
};

/* Those whose values are a column of another name. Nothing has those of tranref. */
static const struct {
	const char *metric, *column;
} others[] = {
	{ "ipid", "sipid" },	  { "svlan", "svid" },	    { "dvlan", "dvid" },      { "deldur", "dldur" },
	{ "psnacks", "spnacks" }, { "pdnacks", "dpnacks" }, { "pssolo", "spsolo" },   { "pdsolo", "dpsolo" },
	{ "psfirst", "spfirst" }, { "pdfirst", "dpfirst" },
};

static const struct field *column_of(const char *metric)
{
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (strcmp(others[i].metric, metric) == 0)
			metric = others[i].column;
	return field_by_name(metric, strlen(metric));
}

bool agr_metric_find(struct agr_metric *m, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < ARRAY_LENGTH(metrics); i++) {
		if (strncmp(metrics[i], name, length) != 0)
			continue;
		m->subtype = (uint8_t)i;
		m->column = i == METRIC_DURATION ? NULL : column_of(metrics[i]);
		return i == METRIC_DURATION || m->column != NULL;
	}
	return false;
}

/* Addresses of IPv4 are numbers; those of MAC stand in the upper bits of 64. */
static float value_of_address(const struct value *v)
{
	if (v->addr_length == 4)
		return (float)get_be32(v->addr);
	return v->addr_length == 6 ? (float)((uint64_t)get_be32(v->addr) << 32 | (uint64_t)get_be16(v->addr + 4) << 16) : 0;
}

static float value_of(const struct field *column, struct flow *f)
{
	struct value v;

	if (!field_value(column, f, &v))
		return 0;
	switch (v.kind) {
	case VALUE_FLOAT:
	case VALUE_DOUBLE: return (float)v.d;
	case VALUE_TIME: return (float)((double)v.u / MICROSECONDS);
	case VALUE_ADDR: return value_of_address(&v);
	case VALUE_TEXT: return 0;
	default: return (float)v.u;
	}
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
