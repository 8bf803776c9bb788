/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/output.h"

#include "argus/base/buf.h"
#include "argus/log.h"
#include "argus/query/filter.h"

void outputs_init(struct outputs *o)
{
	*o = (struct outputs){ 0 };
}

void outputs_clear(struct outputs *o)
{
	for (size_t i = 0; i < o->count; i++) {
		struct output *out = &o->output[i];

		if (out->sink != NULL)
			sink_close(out->sink, NULL);
		filter_free(out->filter);
		free(out->filter_text);
		free(out->path);
	}
	free(o->output);
	o->output = NULL;
	o->count = 0;
}

void outputs_fini(struct outputs *o)
{
	outputs_clear(o);
	free(o->flow);
	o->flow = NULL;
}

int outputs_add(struct outputs *o, const char *target, const char *filter, struct err *err)
{
	struct output out = { 0 };

	if (strstr(target, "://") != NULL)
		return err_set(err, ERR_USER, "%s: records are written to files and standard output only", target);
	if (filter != NULL && filter[0] != '\0') {
		out.filter = filter_compile(filter, NULL, err);
		if (out.filter == NULL)
			return -1;
		out.filter_text = xstrdup(filter);
	}
	out.path = xstrdup(target);
	o->output = xrealloc(o->output, (o->count + 1) * sizeof *o->output);
	o->output[o->count++] = out;
	return 0;
}

static int open_output(struct outputs *o, struct output *out, struct err *err)
{
	uint8_t initial[MAR_SIZE];

	mar_encode(&o->initial, initial);
	out->sink = sink_open(out->path, initial, err);
	return out->sink == NULL ? -1 : sink_touch(out->sink, err);
}

int outputs_open(struct outputs *o, const struct mar *initial, struct err *err)
{
	o->initial = *initial;
	o->flow = xcalloc(1, sizeof *o->flow);
	for (size_t i = 0; i < o->count; i++)
		if (open_output(o, &o->output[i], err) != 0)
			return -1;
	return 0;
}

/* Nothing more can be written there: said once, and the others go on. */
static void give_up(struct outputs *o, struct output *out, const struct err *err)
{
	log_message("%s", err->text);
	if (o->err.kind == ERR_NONE)
		o->err = *err;
	sink_close(out->sink, NULL);
	out->sink = NULL;
}

static void put(struct outputs *o, struct output *out, const uint8_t *record, size_t length)
{
	struct err err = { ERR_NONE, "" };

	if (unlikely(sink_put(out->sink, record, length, &err) != 0))
		give_up(o, out, &err);
}

HOT void outputs_record(void *context, const uint8_t *record, size_t length)
{
	struct outputs *o = context;

	for (size_t i = 0; i < o->count; i++) {
		struct output *out = &o->output[i];

		if (out->sink == NULL)
			continue;
		if (out->filter != NULL) {
			flow_open(o->flow, record, (uint32_t)length, NULL);
			if (!filter_match(out->filter, o->flow))
				continue;
		}
		put(o, out, record, length);
	}
}

void outputs_mar(struct outputs *o, const struct mar *mar)
{
	uint8_t bytes[MAR_SIZE];

	mar_encode(mar, bytes);
	for (size_t i = 0; i < o->count; i++) {
		struct output *out = &o->output[i];

		if (out->sink != NULL && filter_match_mar(out->filter, mar))
			put(o, out, bytes, sizeof bytes);
	}
}

bool outputs_alive(const struct outputs *o)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->output[i].sink != NULL)
			return true;
	return o->count == 0;
}

void outputs_check(struct outputs *o, uint64_t now)
{
	for (size_t i = 0; i < o->count; i++) {
		struct output *out = &o->output[i];
		struct err err = { ERR_NONE, "" };

		if (out->sink == NULL || !sink_moved(out->sink))
			continue;
		log_debug(1, "%s was moved away: a new file is begun", out->path);
		o->initial.now = now;
		if (sink_close(out->sink, &err) != 0)
			log_message("%s", err.text);
		out->sink = NULL;
		if (open_output(o, out, &err) != 0) {
			log_message("%s", err.text);
			o->err = err;
		}
	}
}

void outputs_flush(struct outputs *o)
{
	for (size_t i = 0; i < o->count; i++) {
		struct err err = { ERR_NONE, "" };

		if (o->output[i].sink != NULL && sink_flush(o->output[i].sink, &err) != 0)
			give_up(o, &o->output[i], &err);
	}
}

int outputs_close(struct outputs *o, struct err *err)
{
	int status = 0;

	for (size_t i = 0; i < o->count; i++) {
		struct err own = { ERR_NONE, "" };
		struct sink *sink = o->output[i].sink;

		o->output[i].sink = NULL;
		if (sink == NULL || sink_close(sink, &own) == 0)
			continue;
		if (status != 0) /* each is told, the last one by who asked */
			log_message("%s", err->text);
		*err = own;
		status = -1;
	}
	if (status == 0 && o->err.kind != ERR_NONE) {
		*err = o->err;
		status = -1;
	}
	return status;
}
