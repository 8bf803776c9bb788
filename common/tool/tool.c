/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a client: configuration, command line, inputs, run, end. */
#include "argus/tool/tool.h"

#include <errno.h>
#include <stdarg.h>
#include <syslog.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "argus/base/ending.h"
#include "argus/base/log.h"
#include "argus/base/names.h"
#include "argus/tool/replace.h"
#include "common/tool/run_private.h"

void run_message(struct run *run, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	log_init(run->program, run->style.time_format);
	va_start(args, format);
	log_vline(LOG_WARNING, format, args);
	va_end(args);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static enum tool_status status_of(enum err_kind kind)
{
	switch (kind) {
	case ERR_NONE:
		return STATUS_OK;
	case ERR_USER:
		return STATUS_USER;
	case ERR_SYSTEM:
		return STATUS_SYSTEM;
	case ERR_DATA:
		break;
	}
	return STATUS_DATA;
}

static struct filter *compile_filter(struct run *run, const char *text)
{
	const struct filter_options options = { .no_optimizer = run->priv->no_optimizer };

	return filter_compile(text, &options, &run->err);
}

static int compile_filters(struct run *run)
{
	struct run_private *priv = run->priv;

	if (priv->filter_text != NULL && priv->filter_text[strspn(priv->filter_text, " \t\n")] != '\0') {
		run->filter_text = priv->filter_text;
		run->filter = compile_filter(run, run->filter_text);
		if (run->filter == NULL)
			return -1;
	}
	for (size_t i = 0; i < run->output_count; i++) {
		struct run_output *out = &run->outputs[i];

		if (out->filter_text == NULL)
			continue;
		out->filter = compile_filter(run, out->filter_text);
		if (out->filter == NULL) {
			struct err why = run->err;

			return err_set(&run->err, why.kind, "-w %s: %.300s", out->path, why.text);
		}
	}
	return 0;
}

static int compile_texts(struct run *run)
{
	struct run_private *priv = run->priv;

	if (priv->range_text != NULL) {
		if (timerange_parse(&priv->range, priv->range_text, run->style.now, &run->err) != 0)
			return -1;
		run->range = &priv->range;
	}
	if (priv->user_regex != NULL) {
		priv->user_match = user_match_new(priv->user_regex, run->ignore_case, &run->err);
		if (priv->user_match == NULL)
			return -1;
	}
	if (priv->label_regex != NULL) {
		priv->label_match = label_match_new(priv->label_regex, run->ignore_case, &run->err);
		if (priv->label_match == NULL)
			return -1;
	}
	return compile_filters(run);
}

static bool is_tcp_service(uint16_t port)
{
	return names_service(6, port) != NULL;
}

/* With -c ' ' every column of words keeps its width, as in the reference, unless quotes tell them apart. */
static bool parts_by_blanks(const struct run_private *priv)
{
	return priv->delimiter == ' ' && priv->quote == '\0';
}

static void settle_style(struct run *run)
{
	struct run_private *priv = run->priv;

	if (priv->time_format != NULL)
		run->style.time_format = priv->time_format;
	run->style.totals = run->percent ? &run->totals : NULL;
	run->style.fixed_width = priv->delimiter == '\0' && !priv->variable_width;
	if (priv->form == WRITER_TEXT && priv->delimiter != '\0' && !parts_by_blanks(priv))
		priv->form = WRITER_DELIMITED;
	if (priv->form == WRITER_XML)
		run->style.iso_time = true;
	if (priv->form == WRITER_XML || priv->form == WRITER_JSON)
		run->style.fixed_width = false;
	run->reading.well_known = run->style.names == NAMES_ALL;
	run->reading.is_tcp_service = is_tcp_service;
}

static void open_writer(struct run *run)
{
	struct run_private *priv = run->priv;

	priv->writer_options = (struct writer_options){
		.form = priv->form,
		.columns = &run->columns,
		.style = &run->style,
		.delimiter = priv->delimiter,
		.quote = priv->quote,
		.titles = run->tool->flags & TOOL_NO_TITLES ? -1 : priv->titles,
		.variable_width = priv->variable_width || priv->delimiter != '\0',
		.no_port_period = priv->no_port_period || priv->delimiter != '\0',
		.absent = priv->absent,
		.program = run->program,
		.fd = STDOUT_FILENO,
		.flush_each = isatty(STDOUT_FILENO) || priv->pace > 0,
	};
	if (priv->prints)
		priv->writer = writer_new(&priv->writer_options);
}

/* No input named: standard input. A list that was emptied is an error. */
static int settle_inputs(struct run *run)
{
	struct run_private *priv = run->priv;

	if (run->tool->flags & TOOL_NO_INPUT || source_input_count(run->source) > 0)
		return 0;
	if (priv->has_directories || priv->inputs_lost)
		return err_set(&run->err, ERR_USER, "no input files");
	source_add_file(run->source, "-");
	return 0;
}

/* What servers are asked for. With -E what the filter rejects is wanted too. */
static void settle_remote(struct run *run)
{
	const struct run_private *priv = run->priv;
	bool is_sent = run->filter != NULL && filter_scope(run->filter) == FILTER_EVERYWHERE && priv->reject_path == NULL;
	struct source_remote how = {
		.filter = is_sent ? filter_expression(run->filter) : NULL,
		.poll = priv->poll,
		.reliable = priv->reliable,
		.connect_seconds = (uint32_t)priv->connect_seconds,
		.run_seconds = (uint32_t)priv->run_seconds,
		.default_port = (uint16_t)priv->server_port,
		.local_port = (uint16_t)priv->source_port,
		.user_auth = priv->user_auth,
		.password = priv->password,
		.mechanism = priv->mechanism,
		.min_ssf = (uint32_t)priv->min_ssf,
		.max_ssf = (uint32_t)priv->max_ssf,
	};

	source_set_remote(run->source, &how);
}

static int refuse_own_inputs(struct run *run)
{
	for (size_t i = 0; i < run->output_count; i++)
		if (run_refuse_own_input(run, run->outputs[i].path) != 0)
			return -1;
	if (run->output_count == 0 && !run->quiet && run_refuse_own_input(run, "-") != 0)
		return -1;
	return run->priv->reject_path != NULL ? run_refuse_own_input(run, run->priv->reject_path) : 0;
}

static int check_outputs(struct run *run)
{
	if (run->tool->flags & TOOL_NO_WRITE && run->output_count > 0)
		return err_set(&run->err, ERR_USER, "-w: %s has no records to write", run->tool->name);
	if (run->replaces && run->output_count > 0)
		return err_set(&run->err, ERR_USER, "replace mode and -w option are incompatible");
	return acts_like_ra(run) ? refuse_own_inputs(run) : 0;
}

static int dump_filter(struct run *run)
{
	struct buf text = BUF_INIT;

	filter_dump(run->filter, &text);
	fputs(buf_string(&text), stdout);
	buf_fini(&text);
	if (fflush(stdout) != 0)
		return err_system(&run->err, "standard output");
	return 0;
}

/* -D 2: what the command line came to. */
static void tell_settings(struct run *run)
{
	if (run->filter != NULL)
		run_message(run, "filter: %s", run->filter_text);
	if (run->range != NULL && run->range->from.wild == 0)
		run_message(run, "range: %llu.%06u to %llu.%06u", (unsigned long long)(run->range->start / CLOCK_SECOND_US),
			    (unsigned)(run->range->start % CLOCK_SECOND_US),
			    (unsigned long long)(run->range->end / CLOCK_SECOND_US),
			    (unsigned)(run->range->end % CLOCK_SECOND_US));
	for (size_t i = 0; i < source_input_count(run->source); i++)
		run_message(run, "input: %s", source_input_name(run->source, i));
	for (size_t i = 0; i < run->output_count; i++)
		run_message(run, "output: %s", run->outputs[i].path);
}

static int start(struct run *run)
{
	run->style.now = clock_now();
	settle_style(run);
	if (compile_texts(run) != 0 || settle_inputs(run) != 0 || check_outputs(run) != 0)
		return -1;
	settle_remote(run);
	if (((run->in.given && run->in.last == 0) || (run->out.given && run->out.last == 0)) && !(run->tool->flags & TOOL_NO_INPUT))
		return err_set(&run->err, ERR_USER, "-N: no records are asked for");
	if (run->priv->daemon && daemon_start(run, &run->err) != 0)
		return -1;
	if (pid_file_write(run, &run->err) != 0)
		return -1;
	run->priv->prints = run->output_count == 0 && run->priv->reject_path == NULL && !run->quiet &&
			    !(run->tool->flags & TOOL_NO_PRINT);
	if (run->priv->debug >= 2)
		tell_settings(run);
	signals_catch();
	if (run->tool->start != NULL && run->tool->start(run) != 0)
		return -1;
	open_writer(run); /* takes the style and the columns as the tool has left them */
	return 0;
}

/* After an error. That is what is told, not what it leads to. */
static void finish_rest(struct run *run)
{
	struct err first = run->err;

	run->tool->finish(run);
	run->err = first;
}

static int process(struct run *run)
{
	int result = 0;

	if (!(run->tool->flags & TOOL_NO_INPUT)) {
		if (run->percent && run->tool->record == NULL && percent_totals(run) != 0)
			return -1;
		result = loop_run(run);
	}
	if (result == 0 && run->tool->finish != NULL)
		result = run->tool->finish(run);
	else if (result < 0 && run->tool->flags & TOOL_ENDS_WELL)
		finish_rest(run);
	else
		run->priv->is_unfinished = result < 0;
	replace_abandon(run);
	return result;
}

static void report_input(struct run *run, const char *name, const struct source_count *count)
{
	if (count->damaged > 0 && count->damaged_bytes == 0)
		run_message(run, "%s: damaged in %llu places", name, (unsigned long long)count->damaged);
	else if (count->damaged > 0)
		run_message(run, "%s: damaged in %llu places, %llu bytes skipped", name, (unsigned long long)count->damaged,
			    (unsigned long long)count->damaged_bytes);
	if (count->truncated > 0 && !signal_came())
		run_message(run, "%s: ends inside a record", name);
	if (count->skipped > 0)
		run_message(run, "%s: %llu records of unknown types skipped", name, (unsigned long long)count->skipped);
	if (count->unread > 0)
		run_message(run, "%s: %llu export packets of versions that are not read skipped", name,
			    (unsigned long long)count->unread);
	if (count->untemplated > 0)
		run_message(run, "%s: %llu sets of flows skipped, whose template was not sent before", name,
			    (unsigned long long)count->untemplated);
	if (count->dropped > 0)
		run_message(run, "%s: %llu datagrams dropped by the system, which came faster than they were read", name,
			    (unsigned long long)count->dropped);
}

/* What could not be read, an input a line. Returns whether something is damaged. */
static bool report_damage(struct run *run)
{
	const struct source_count *total = source_total(run->source);

	for (size_t i = 0; i < source_input_count(run->source); i++) {
		const struct source_count *count = source_input_counts(run->source, i);

		if (count != NULL)
			report_input(run, source_input_name(run->source, i), count);
	}
	return total->damaged > 0 || (total->truncated > 0 && !signal_came());
}

/* printing.md 5.5. */
static void print_summary(const struct run *run)
{
	const struct run_private *priv = run->priv;

	printf(" Totalrecords %-8llu  TotalManRecords %-8llu  TotalFarRecords %-8llu TotalPkts %-8llu TotalBytes %-8llu\n",
	       (unsigned long long)(priv->passed + priv->initial_passed), (unsigned long long)priv->mars_read,
	       (unsigned long long)priv->flows_read, (unsigned long long)priv->flow_pkts,
	       (unsigned long long)priv->flow_bytes);
}

/* The worst of what happened: a failed file, damaged data, nothing that passed. */
static enum tool_status final_status(struct run *run)
{
	struct run_private *priv = run->priv;
	bool damaged = report_damage(run);
	bool selective = run->filter != NULL || priv->user_match != NULL;
	bool foreign = priv->inputs_foreign > 0 && priv->inputs_foreign == source_input_count(run->source);

	if (priv->inputs_failed > 0 || priv->has_failure)
		return STATUS_SYSTEM;
	if (damaged || priv->inputs_damaged > 0)
		return STATUS_DATA;
	if (foreign || priv->servers_failed > 0 || (selective && priv->passed == 0 && !(run->tool->flags & TOOL_NO_FILTER_STATUS) && !signal_came()))
		return STATUS_USER;
	return STATUS_OK;
}

static enum tool_status finish(struct run *run, int result)
{
	struct run_private *priv = run->priv;
	enum tool_status status;

	if (outputs_close(run) != 0)
		result = -1;
	ending_done();
	if (result == 0 && priv->summary && acts_like_ra(run)) {
		print_summary(run);
		if (fflush(stdout) != 0 && errno != EPIPE)
			result = err_system(&run->err, "standard output");
	}
	percent_done(run);
	pid_file_remove(run);
	status = final_status(run);
	if (result != 0) {
		if (run->err.kind != ERR_NONE)
			run_message(run, "%s", run->err.text);
		if (run->err.kind == ERR_SYSTEM && run->source != NULL && source_total(run->source)->records > 0)
			run_message(run, "ended after %llu records",
				    (unsigned long long)source_total(run->source)->records);
		status = status_of(run->err.kind);
	}
	return status;
}

enum tool_status run_has_informed(struct run *run)
{
	if (fflush(stdout) == 0)
		return STATUS_OK;
	err_system(&run->err, "standard output");
	run_message(run, "%s", run->err.text);
	return STATUS_SYSTEM;
}

static int configure(struct run *run, int argc, char **argv)
{
	if (!command_has(run, argc, argv, 'X') && rarc_read_all(run, &run->err) < 0)
		return -1;
	return command_read(run, argc, argv, &run->err);
}

static enum tool_status run_tool(struct run *run, int argc, char **argv)
{
	int result;

	if (command_informs(run, argc, argv))
		return run_has_informed(run);
	result = configure(run, argc, argv);
	if (result == 0 && run->priv->dump_filter && run->priv->filter_text != NULL) {
		result = compile_filters(run);
		if (result == 0)
			result = dump_filter(run);
	} else {
		if (result == 0)
			result = start(run);
		if (result == 0)
			result = process(run);
		return finish(run, result);
	}
	if (result == 0)
		return STATUS_OK;
	run_message(run, "%s", run->err.text);
	return status_of(run->err.kind);
}

/* What a tool still has that could not end in good order is the system's to take back; leak checkers
 * find it here. */
static void *volatile left_behind;

int tool_main(const struct tool *tool, int argc, char **argv)
{
	struct run run = { .tool = tool, .program = last_part(argc > 0 ? argv[0] : tool->name) };
	enum tool_status status;

	run.priv = xcalloc(1, sizeof *run.priv);
	run.state = tool->state_size > 0 ? xcalloc(1, tool->state_size) : NULL;
	options_init(&run);
	status = run_tool(&run, argc, argv);
	options_fini(&run);
	if (status == STATUS_OK && !run.priv->is_unfinished)
		free(run.state);
	else
		left_behind = run.state;
	free(run.priv->own.input);
	free(run.priv->record_room);
	free(run.priv);
	return (int)status;
}
