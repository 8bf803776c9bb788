/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "argus/base/clock.h"
#include "argus/base/ending.h"
#include "argus/log.h"

#define CHECK_US 1000000u
#define FOLLOW_MS 100
#define STOP_US 200000u /* twice what the system keeps packets back for, to hand out several at once */
#define TICK_US (CAPTURE_TICK_MS * 1000u)
#define ROUNDS 16 /* batches that one interface may hand out before it is the next one's turn */

static volatile sig_atomic_t stop_signal;

static void on_stop(int signal)
{
	stop_signal = signal;
	ending_begin();
}

static void on_more(int signal)
{
	log_set_level(signal == SIGUSR1 ? log_level() + 1 : 0);
}

void run_catch_signals(void)
{
	static const int stops[] = { SIGHUP, SIGINT, SIGTERM, SIGQUIT };
	struct sigaction stop = { .sa_handler = on_stop }, more = { .sa_handler = on_more, .sa_flags = SA_RESTART };

	for (size_t i = 0; i < ARRAY_LENGTH(stops); i++)
		sigaction(stops[i], &stop, NULL);
	sigaction(SIGUSR1, &more, NULL);
	sigaction(SIGUSR2, &more, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool run_is_stopped(void)
{
	return stop_signal != 0;
}

void run_init(struct run *r, struct settings *s)
{
	uint64_t now = clock_monotonic();

	*r = (struct run){ .s = s, .started = clock_now(), .next_check = now + CHECK_US };
	r->next_mar = now + (uint64_t)(s->mar_seconds * 1e6);
}

void run_fail(struct run *r, const struct err *err)
{
	log_message("%s", err->text);
	if (r->err.kind == ERR_NONE)
		r->err = *err;
}

void run_housekeeping(struct run *r)
{
	uint64_t now = clock_monotonic();

	if (now >= r->next_mar) {
		struct mar mar = run_mar(r, CAUSE_STATUS);

		outputs_mar(&r->s->outputs, &mar);
		r->next_mar = now + (uint64_t)(r->s->mar_seconds * 1e6);
	}
	if (now >= r->next_check) {
		outputs_check(&r->s->outputs, clock_now());
		r->next_check = now + CHECK_US;
	}
}

void source_open(struct run *r, struct source_run *source, struct capture *capture, const struct source_id *id)
{
	source->capture = capture;
	probe_init(&source->probe, &r->s->rules, &r->s->decode, id, outputs_record, &r->s->outputs);
	log_debug(1, "%s: opened, link type %d", capture_name(capture), capture_link(capture));
}

/* Reports what is left, and adds the source's figures to those of the run. */
void source_close(struct run *r, struct source_run *source)
{
	if (source->capture == NULL)
		return;
	if (run_is_stopped())
		probe_shutdown(&source->probe);
	else
		probe_end(&source->probe);
	tally_source(&r->done, source);
	log_debug(1, "%s: closed after %llu packets, %zu bytes of memory", capture_name(source->capture),
	          (unsigned long long)source->probe.packets, probe_memory(&source->probe));
	r->done.memory = r->done.queued = 0;
	probe_fini(&source->probe);
	capture_close(source->capture);
	source->capture = NULL;
}

static HOT void feed(struct run *r, struct source_run *source, struct capture_batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++) {
		decode_packet(&batch->packets[i], &r->s->decode);
		probe_expect(&source->probe, &batch->packets[i]);
	}
	probe_packets(&source->probe, batch->packets, batch->count);
}

/* -T: waits until the packet is due; the first one is due at once. */
static void wait_for(struct run *r, uint64_t *origin, uint64_t *first, uint64_t time)
{
	uint64_t due, now = clock_monotonic();

	if (*origin == 0) {
		*origin = now;
		*first = time;
	}
	due = *origin + (time > *first ? (uint64_t)((double)(time - *first) * r->s->replay) : 0);
	while (!run_is_stopped() && (now = clock_monotonic()) < due) {
		uint64_t left = due - now < TICK_US ? due - now : TICK_US;

		outputs_flush(&r->s->outputs);
		run_housekeeping(r);
		poll(NULL, 0, (int)(left / 1000));
		if (left < 1000)
			break;
	}
}

static void replay(struct run *r, struct source_run *source, struct capture_batch *batch, uint64_t *origin,
                   uint64_t *first)
{
	for (uint32_t i = 0; i < batch->count && !run_is_stopped(); i++) {
		wait_for(r, origin, first, batch->packets[i].time);
		decode_packet(&batch->packets[i], &r->s->decode);
		probe_packets(&source->probe, &batch->packets[i], 1);
	}
}

static void read_file(struct run *r, struct source_run *source, struct capture_batch *batch)
{
	uint64_t origin = 0, first = 0;

	while (!run_is_stopped() && outputs_alive(&r->s->outputs)) {
		struct err err = { ERR_NONE, "" };
		enum capture_result result = capture_next(source->capture, batch, &err);

		if (result == CAPTURE_PACKETS && r->s->replay > 0) {
			replay(r, source, batch, &origin, &first);
		} else if (result == CAPTURE_PACKETS) {
			feed(r, source, batch);
		} else if (result == CAPTURE_IDLE) {
			outputs_flush(&r->s->outputs);
			poll(NULL, 0, FOLLOW_MS);
		} else {
			if (result == CAPTURE_FAILED)
				run_fail(r, &err);
			break;
		}
		run_housekeeping(r);
	}
}

/* A pipe has nothing to give for the moment. */
static bool wait_for_input(void *context)
{
	struct run *r = context;

	outputs_flush(&r->s->outputs);
	run_housekeeping(r);
	return !run_is_stopped() && outputs_alive(&r->s->outputs);
}

int run_files(struct run *r)
{
	struct capture_batch *batch = xmalloc(sizeof *batch);
	struct source_run source = { 0 };
	struct words *files = &r->s->files;

	order_files(files, &r->s->capture);
	r->sources = &source;
	r->source_count = 1;
	r->s->capture.wait = wait_for_input;
	r->s->capture.wait_context = r;
	for (size_t i = 0; i < files->count && !run_is_stopped() && outputs_alive(&r->s->outputs); i++) {
		struct err err = { ERR_NONE, "" };
		struct capture *capture = capture_open_file(files->word[i], &r->s->capture, &err);

		if (capture == NULL) {
			if (!run_is_stopped()) /* a signal that came before there was anything is no fault of the file */
				run_fail(r, &err);
			continue;
		}
		source_open(r, &source, capture, &r->s->id);
		read_file(r, &source, batch);
		source_close(r, &source);
	}
	r->source_count = 0;
	free(batch);
	if (r->done.damaged > 0 && r->err.kind == ERR_NONE)
		err_set(&r->err, ERR_DATA, "%llu damaged places skipped", (unsigned long long)r->done.damaged);
	return r->err.kind == ERR_NONE ? 0 : -1;
}

int run_open_live(struct run *r, struct err *err)
{
	struct live_spec *spec = &r->s->live;

	if (spec->count == 0 && live_spec_add(spec, "any", err) != 0)
		return -1;
	r->sources = xcalloc(spec->count, sizeof *r->sources);
	for (uint32_t i = 0; i < spec->count; i++) {
		struct capture *capture = capture_open_live(&spec->groups[i], &r->s->capture, err);
		struct source_id id = r->s->id;

		if (capture == NULL) {
			run_fail(r, err);
			continue;
		}
		if (spec->groups[i].srcid[0] != '\0' && settings_id(&id, spec->groups[i].srcid, false, err) != 0)
			return -1;
		source_open(r, &r->sources[r->source_count++], capture, &id);
	}
	if (r->source_count == 0)
		return -1;
	r->err = (struct err){ ERR_NONE, "" }; /* one that is left will do */
	return 0;
}

/* Waits for packets, at most until the next tick. */
static void wait_for_packets(struct run *r, uint64_t next_tick)
{
	struct pollfd fds[CAPTURE_MAX_INTERFACES];
	uint32_t count = 0;
	uint64_t now = clock_monotonic();

	for (uint32_t i = 0; i < r->source_count; i++) {
		int own[CAPTURE_MAX_INTERFACES];
		uint32_t n = r->sources[i].capture != NULL ? capture_descriptors(r->sources[i].capture, own) : 0;

		for (uint32_t k = 0; k < n && count < ARRAY_LENGTH(fds); k++)
			fds[count++] = (struct pollfd){ .fd = own[k], .events = POLLIN };
	}
	if (now < next_tick)
		poll(fds, count, (int)((next_tick - now + 999) / 1000));
}

/* Takes what has arrived. Returns whether the source is still alive. */
static bool drain(struct run *r, struct source_run *source, struct capture_batch *batch)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct err err = { ERR_NONE, "" };

		switch (capture_next(source->capture, batch, &err)) {
		case CAPTURE_PACKETS: feed(r, source, batch); break;
		case CAPTURE_IDLE: return true;
		case CAPTURE_FAILED: run_fail(r, &err); return false;
		case CAPTURE_END: return false;
		}
	}
	return true;
}

static void tick(struct run *r)
{
	uint64_t now = clock_now();
	char text[200];

	for (uint32_t i = 0; i < r->source_count; i++) {
		struct source_run *source = &r->sources[i];

		if (source->capture == NULL)
			continue;
		probe_tick(&source->probe, now);
		while (capture_watch(source->capture, text, sizeof text))
			log_message("%s", text);
	}
	run_housekeeping(r);
	outputs_flush(&r->s->outputs);
}

/* What had come when the signal came is not lost. On a busy interface more comes all the
 * while, so that this has an end. */
static void drain_rest(struct run *r, struct capture_batch *batch)
{
	uint64_t end = clock_monotonic() + STOP_US;

	do {
		wait_for_packets(r, end);
		for (uint32_t i = 0; i < r->source_count; i++)
			if (r->sources[i].capture != NULL && !drain(r, &r->sources[i], batch))
				source_close(r, &r->sources[i]);
	} while (clock_monotonic() < end);
}

int run_live(struct run *r)
{
	struct capture_batch *batch = xmalloc(sizeof *batch);
	uint64_t next_tick = clock_monotonic() + TICK_US;
	uint32_t alive = r->source_count;

	while (alive > 0 && !run_is_stopped() && outputs_alive(&r->s->outputs)) {
		wait_for_packets(r, next_tick);
		for (uint32_t i = 0; i < r->source_count; i++) {
			struct source_run *source = &r->sources[i];

			if (source->capture != NULL && !drain(r, source, batch)) {
				source_close(r, source);
				alive--;
			}
		}
		if (clock_monotonic() >= next_tick) {
			tick(r);
			next_tick = clock_monotonic() + TICK_US;
		}
	}
	if (run_is_stopped() && outputs_alive(&r->s->outputs))
		drain_rest(r, batch);
	for (uint32_t i = 0; i < r->source_count; i++)
		source_close(r, &r->sources[i]);
	r->source_count = 0;
	free(r->sources);
	free(batch);
	return r->err.kind == ERR_NONE ? 0 : -1;
}
