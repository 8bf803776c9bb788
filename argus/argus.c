/* SPDX-License-Identifier: GPL-3.0-or-later */
/* argus, the probe: packets in, flow records out. */
#include "argus/base/log.h"
#include "argus/daemon.h"
#include "argus/log.h"
#include "argus/run.h"

/* The exit status of an error (argus(8)). */
static int exit_status(const struct err *err)
{
	switch (err->kind) {
	case ERR_NONE: return 0;
	case ERR_USER: return 1;
	case ERR_SYSTEM: return 2;
	case ERR_DATA: return 3;
	}
	return 2;
}

/* -b: the filter as the first source would run it. */
static int print_filter(struct settings *s, struct err *err)
{
	struct capture *capture;

	if (s->files.count > 0) {
		capture = capture_open_file(s->files.word[0], &s->capture, err);
	} else {
		if (s->live.count == 0 && live_spec_add(&s->live, "any", err) != 0)
			return -1;
		capture = capture_open_live(&s->live.groups[0], &s->capture, err);
	}
	if (capture == NULL)
		return -1;
	capture_print_filter(capture);
	capture_close(capture);
	return 0;
}

/* The name that the pid file bears: that of the first interface. */
static const char *first_interface(const struct run *r)
{
	return r->source_count > 0 ? r->s->live.groups[0].members[0].name : "file";
}

/* In the order of configuration.md 8: what needs rights comes before they go. */
static int start_up(struct run *r, struct err *err)
{
	struct settings *s = r->s;
	struct identity identity;
	struct mar initial = run_mar(r, CAUSE_START);

	if (identity_find(&identity, s->user, s->group, err) != 0 || (s->is_daemon && daemon_start(err) != 0) ||
	    (s->chroot_dir != NULL && daemon_chroot(s->chroot_dir, err) != 0))
		return -1;
	if (identity_lend(&identity, err) != 0 || outputs_open(&s->outputs, &initial, err) != 0 ||
	    identity_return(&identity, err) != 0)
		return -1;
	if (s->files.count == 0 && run_open_live(r, err) != 0)
		return -1;
	if (s->is_daemon && s->wants_pid && pid_file_write(s->pid_path, first_interface(r), err) != 0)
		return -1;
	if (identity_take(&identity, err) != 0)
		return -1;
	daemon_ready();
	return 0;
}

/* Returns -1 and `err` for what has not been said yet. */
static int run(struct settings *s, struct err *err)
{
	struct run r;
	struct mar stop;

	run_init(&r, s);
	r.last_mar = r.started;
	run_catch_signals();
	if (start_up(&r, err) != 0)
		return -1;
	if (s->files.count > 0)
		run_files(&r);
	else
		run_live(&r);
	stop = run_mar(&r, CAUSE_STOP);
	outputs_mar(&s->outputs, &stop);
	pid_file_remove();
	if (s->is_verbose)
		tally_print(&r.done);
	if (outputs_close(&s->outputs, err) != 0)
		return -1;
	*err = r.err; /* said when it happened; decides the exit status */
	return 0;
}

static void work(struct settings *s, struct err *err)
{
	int status;

	if (s->prints_filter && s->filter != NULL)
		status = print_filter(s, err);
	else if (s->outputs.count == 0)
		status = err_set(err, ERR_USER, "no output: name a file with -w (- is standard output)");
	else
		status = run(s, err);
	if (status != 0)
		log_message("%s", err->text);
}

int main(int argc, char **argv)
{
	struct err err = { ERR_NONE, "" };
	struct settings settings;
	bool done;

	log_init(argc > 0 ? argv[0] : "argus", NULL);
	settings_init(&settings);
	if (options_read(&settings, argc, argv, &done, &err) != 0)
		log_message("%s", err.text);
	else if (!done)
		work(&settings, &err);
	settings_fini(&settings);
	return exit_status(&err);
}
