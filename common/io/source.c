/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/io/source.h"

#include <sys/stat.h>

#include "argus/base/buf.h"
#include "argus/base/clock.h"
#include "argus/base/num.h"
#include "argus/record/record.h"
#include "common/io/directory.h"
#include "common/io/input.h"
#include "common/io/net_client.h"
#include "common/io/netflow_file.h"
#include "common/io/reader.h"

struct item {
	char *name; /* as given, without the range */
	uint64_t start, stop;
	bool has_range;
	enum source_type type;
	bool was_found; /* in a directory: silent if it is not Argus data */
	struct source_count count;
	struct stat opened;
};

#define SOURCE_AGAIN ((enum source_result)-1) /* between the functions here: nothing to return yet */

enum state { CLOSED, STARTING, READING, REMOTE };

#define WAIT_MS 200

struct source {
	struct item *items;
	size_t item_count, item_room;
	size_t current; /* the item being read, or read next */
	enum state state;
	uint64_t stop; /* records of the current input from this offset on are not wanted */
	struct input input;
	struct reader reader;
	struct netflow_file *exported; /* what is being read, if that is no file of records */
	struct net_client *net; /* NULL: no servers */
	size_t peer;            /* the server that was read last */
	struct source_count total;  /* of the files that are done */
	struct source_count shown;  /* what source_total gave out last */
	uint64_t done_size;         /* of the files that are done */
};

static ssize_t read_bytes(void *context, void *to, size_t room, struct err *err)
{
	struct source *s = context;

	return input_read(&s->input, to, room, err);
}

static ssize_t fill_from_input(void *context, void *to, size_t room, struct err *err)
{
	struct source *s = context;

	if (unlikely(s->exported != NULL)) {
		ssize_t got = netflow_file_read(s->exported, to, room, err);

		netflow_file_count(s->exported, &s->reader.count);
		return got;
	}
	return input_read(&s->input, to, room, err);
}

static void close_input(struct source *s)
{
	netflow_file_free(s->exported);
	s->exported = NULL;
	input_close(&s->input);
}

struct source *source_new(void)
{
	struct source *s = xcalloc(1, sizeof *s);

	s->input.fd = -1;
	reader_init(&s->reader, fill_from_input, s, false);
	return s;
}

void source_free(struct source *s)
{
	if (s == NULL)
		return;
	source_clear(s);
	free(s->items);
	reader_fini(&s->reader);
	free(s);
}

void source_clear_remote(struct source *s)
{
	net_client_free(s->net);
	s->net = NULL;
}

void source_clear(struct source *s)
{
	source_clear_remote(s);
	source_clear_files(s);
}

void source_clear_files(struct source *s)
{
	close_input(s);
	for (size_t i = 0; i < s->item_count; i++)
		free(s->items[i].name);
	s->item_count = s->current = 0;
	s->state = CLOSED;
	s->total = (struct source_count){ 0 };
	s->done_size = 0;
}

void source_rewind(struct source *s)
{
	close_input(s);
	s->current = 0;
	s->state = CLOSED;
	s->total = (struct source_count){ 0 };
	s->done_size = 0;
}

void source_on_wait(struct source *s, bool (*wait)(void *context), void *context)
{
	s->input.wait = wait;
	s->input.wait_context = context;
}

void source_read_ahead(struct source *s, bool ahead)
{
	s->input.reads_ahead = ahead;
}

static struct item *add_item(struct source *s, char *name_taken)
{
	if (s->item_count == s->item_room) {
		s->item_room = s->item_room ? 2 * s->item_room : 16;
		s->items = xrealloc(s->items, s->item_room * sizeof *s->items);
	}
	s->items[s->item_count] = (struct item){ .name = name_taken };
	return &s->items[s->item_count++];
}

/* Cuts ::START:STOP off a name. ::START alone is cut off too, and means nothing.
 * Anything else behind a :: is part of the name. */
static void take_range(struct item *item)
{
	char *range = NULL, *colon;
	uint64_t start, stop;

	for (char *at = item->name; (at = strstr(at, "::")) != NULL; at += 2)
		range = at;
	if (range == NULL)
		return;
	colon = strchr(range + 2, ':');
	if (colon != NULL)
		*colon = '\0';
	if (num_read_u64(range + 2, 0, INT64_MAX, &start) &&
	    (colon == NULL || num_read_u64(colon + 1, 0, INT64_MAX, &stop))) {
		*range = '\0';
		item->has_range = colon != NULL;
		item->start = start;
		item->stop = colon != NULL ? stop : 0;
	} else if (colon != NULL) {
		*colon = ':';
	}
}

void source_add_file(struct source *s, const char *path)
{
	take_range(add_item(s, xstrdup(path)));
}

void source_add_export(struct source *s, enum source_type type, const char *path)
{
	add_item(s, xstrdup(path))->type = type;
}

static void add_found(void *context, const char *path)
{
	add_item(context, xstrdup(path))->was_found = true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->name, ((const struct item *)b)->name);
}

/* Sorted are the inputs not begun yet: all of them, while the command line is read. */
int source_add_directory(struct source *s, const char *path, struct err *err)
{
	if (path[0] == '.' && path[1] != '\0' && path[1] != '/' && path[1] != '.')
		return 0;
	if (directory_walk(path, add_found, s, err) < 0) {
		if (path[0] == '\0')
			return -1;
		add_found(s, path); /* told of when its turn comes, as of a file: the others are read */
	}
	if (s->item_count > s->current)
		qsort(s->items + s->current, s->item_count - s->current, sizeof *s->items, by_name);
	return 0;
}

int source_add_remote(struct source *s, const char *address, struct err *err)
{
	if (s->net == NULL)
		s->net = net_client_new();
	return net_client_add(s->net, address, err);
}

int source_add_listener(struct source *s, const char *address, struct err *err)
{
	if (s->net == NULL)
		s->net = net_client_new();
	return net_client_add_listener(s->net, address, err);
}

static void remove_remote(struct source *s, bool listeners)
{
	if (s->net == NULL)
		return;
	net_client_remove(s->net, listeners);
	if (net_client_count(s->net) == 0)
		source_clear_remote(s);
}

void source_clear_servers(struct source *s)
{
	remove_remote(s, false);
}

void source_clear_listeners(struct source *s)
{
	remove_remote(s, true);
}

void source_set_remote(struct source *s, const struct source_remote *how)
{
	if (s->net != NULL)
		net_client_set(s->net, how);
}

void source_on_message(struct source *s, void (*message)(void *context, const char *text), void *context)
{
	if (s->net != NULL)
		net_client_on_message(s->net, message, context);
}

size_t source_input_count(const struct source *s)
{
	return s->item_count + (s->net != NULL ? net_client_count(s->net) : 0);
}

bool source_is_remote(const struct source *s, size_t input)
{
	return input >= s->item_count;
}

size_t source_current(const struct source *s)
{
	return s->state == REMOTE ? s->item_count + s->peer : s->current;
}

const char *source_input_name(const struct source *s, size_t input)
{
	if (source_is_remote(s, input))
		return net_client_name(s->net, input - s->item_count);
	return s->items[input].name;
}

void source_rename(struct source *s, size_t input, const char *path)
{
	char *name = xstrdup(path);

	free(s->items[input].name);
	s->items[input].name = name;
}

bool source_input_changed(const struct source *s, size_t input)
{
	const struct stat *then = &s->items[input].opened;
	struct stat now;

	return stat(s->items[input].name, &now) < 0 || now.st_dev != then->st_dev || now.st_ino != then->st_ino ||
	       now.st_size != then->st_size || now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != then->st_mtim.tv_nsec;
}

bool source_is_served(const struct source *s) { return s->state == REMOTE; }

bool source_is_live(const struct source *s)
{
	return source_is_served(s) || (s->state != CLOSED && s->reader.is_live);
}

void source_progress(const struct source *s, uint64_t *done, uint64_t *total)
{
	struct stat st;

	*done = s->done_size + (s->state != CLOSED ? input_raw_read(&s->input) : 0);
	*total = 0;
	if (s->net != NULL)
		return;
	for (size_t i = 0; i < s->item_count; i++) {
		if (strcmp(s->items[i].name, "-") == 0 || (stat(s->items[i].name, &st) == 0 && !S_ISREG(st.st_mode))) {
			*total = 0;
			return;
		}
		*total += (uint64_t)st.st_size;
	}
}

/* The input is used up, in whatever way. */
static void finish_input(struct source *s)
{
	struct item *item = &s->items[s->current++];

	if (s->input.is_cut && s->reader.count.truncated == 0)
		s->reader.count.truncated++;
	if (s->input.leftover > 0) {
		s->reader.count.damaged++;
		s->reader.count.damaged_bytes += s->input.leftover;
	}
	item->count = s->reader.count;
	reader_add_count(&s->total, &item->count);
	s->done_size += input_raw_read(&s->input);
	close_input(s);
	s->state = CLOSED;
}

/* Passes over whatever is left of the input being read. */
static void skip_rest(struct source *s)
{
	s->reader.at = s->reader.end;
	s->reader.is_ended = true;
}

void source_skip_input(struct source *s)
{
	if (s->state == READING)
		skip_rest(s);
}

static enum source_result fail_input(struct source *s)
{
	finish_input(s);
	return SOURCE_ERROR;
}

/* A signal came before there was anything: that is no fault of the input. */
static enum source_result end_unread(struct source *s)
{
	finish_input(s);
	return SOURCE_END_OF_INPUT;
}

static const char *const type_names[] = { [SOURCE_ARGUS] = "Argus", [SOURCE_CISCO] = "NetFlow", [SOURCE_SFLOW] = "sFlow" };

static enum source_result reject_input(struct source *s, struct err *err)
{
	const struct item *item = &s->items[s->current];
	bool is_silent = item->was_found;

	err_set(err, ERR_USER, "'%s' is not %s data", item->name, type_names[item->type]);
	netflow_file_free(s->exported);
	s->exported = NULL;
	s->input.is_cut = false;
	s->input.leftover = 0;
	s->reader.count = (struct source_count){ 0 };
	finish_input(s);
	return is_silent ? SOURCE_AGAIN : SOURCE_ERROR;
}

/* Its initial MAR was seen: goes to the start of the range. */
static enum source_result start_range(struct source *s, struct err *err)
{
	const struct item *item = &s->items[s->current];
	uint8_t version = s->reader.version;

	close_input(s);
	reader_restart(&s->reader, item->start, false);
	s->reader.version = version;
	if (input_open(&s->input, item->name, err) < 0 || input_skip_to(&s->input, item->start, err) < 0)
		return fail_input(s);
	if (!reader_at_record(&s->reader, err))
		skip_rest(s);
	return SOURCE_AGAIN;
}

/* sFlow does not say when: it came when the file was last written, or comes now. */
static uint64_t arrival_of(const struct input *in)
{
	struct stat st;

	if (!in->is_regular || fstat(in->fd, &st) < 0)
		return clock_now();
	return (uint64_t)st.st_mtim.tv_sec * CLOCK_SECOND_US + (uint64_t)st.st_mtim.tv_nsec / 1000;
}

static enum source_result open_input(struct source *s, struct err *err)
{
	struct item *item = &s->items[s->current];

	if (s->current == s->item_count) {
		if (s->net == NULL)
			return SOURCE_END;
		s->state = REMOTE;
		return SOURCE_AGAIN;
	}
	reader_restart(&s->reader, 0, false);
	if (input_open(&s->input, item->name, err) < 0)
		return s->input.is_stopped ? end_unread(s) : fail_input(s);
	item->opened = s->input.opened;
	if (item->type != SOURCE_ARGUS)
		s->exported = netflow_file_new(item->type == SOURCE_SFLOW ? NETFLOW_SFLOW : NETFLOW_CISCO, arrival_of(&s->input),
					       !s->input.is_regular, read_bytes, s);
	s->reader.is_live = !s->input.is_regular;
	s->state = STARTING;
	return SOURCE_AGAIN;
}

/* Packed data of which too little is left to say what they were. */
static bool is_cut_early(const struct source *s)
{
	return s->input.is_cut && s->reader.count.bytes < RECORD_MAGIC_SIZE;
}

/* The start of an input: its initial MAR. */
static enum source_result start_input(struct source *s, struct record *record, struct err *err)
{
	const struct item *item = &s->items[s->current];
	enum reader_result result = reader_start(&s->reader, record, err);

	if (result == READER_ERROR)
		return fail_input(s);
	if (result == READER_END && s->input.is_stopped)
		return end_unread(s);
	if (result == READER_END && s->reader.count.truncated == 0 && !is_cut_early(s))
		return reject_input(s, err);
	s->state = READING;
	s->stop = item->has_range ? item->stop : UINT64_MAX;
	if (result == READER_END) {
		skip_rest(s);
		return SOURCE_AGAIN;
	}
	if (item->has_range && item->start > 0)
		return start_range(s, err);
	return SOURCE_RECORD;
}

static inline enum source_result read_input(struct source *s, struct record *record, struct err *err)
{
	enum reader_result result = reader_next(&s->reader, record, err);

	if (likely(result == READER_RECORD)) {
		if (likely(record->offset < s->stop))
			return SOURCE_RECORD;
		s->reader.count.records--;
		result = READER_END;
	}
	if (result == READER_ERROR)
		return fail_input(s);
	finish_input(s);
	return SOURCE_END_OF_INPUT;
}

/* Until one of the servers gives something. */
static enum net_result ask_servers(struct source *s, struct record *record, struct err *err)
{
	for (int ms = 0;; ms = WAIT_MS) {
		enum net_result result = net_client_next(s->net, ms, record, &s->peer, err);

		if (likely(result != NET_WAIT))
			return result;
		if (s->input.wait != NULL && !s->input.wait(s->input.wait_context))
			net_client_stop(s->net);
	}
}

static enum source_result read_remote(struct source *s, struct record *record, struct err *err)
{
	enum net_result result = ask_servers(s, record, err);

	record->input = (uint32_t)(s->item_count + s->peer);
	switch (result) {
	case NET_RECORD:
		return SOURCE_RECORD;
	case NET_ENDED:
	case NET_FAILED:
		record->input++; /* as after a file: the number of what comes next */
		return result == NET_ENDED ? SOURCE_END_OF_INPUT : SOURCE_ERROR;
	case NET_WAIT:
	case NET_OVER:
		break;
	}
	return SOURCE_END;
}

HOT enum source_result source_next(struct source *s, struct record *record, struct err *err)
{
	enum source_result result;

	do {
		if (likely(s->state == READING))
			result = read_input(s, record, err);
		else if (s->state == REMOTE)
			return read_remote(s, record, err);
		else if (s->state == STARTING)
			result = start_input(s, record, err);
		else
			result = open_input(s, err);
	} while (unlikely(result == SOURCE_AGAIN));
	record->input = (uint32_t)s->current;
	return result;
}

void source_look(struct source *s, struct shaped_records *records, unsigned most)
{
	records->count = 0;
	if (likely(s->state == READING && s->stop == UINT64_MAX))
		reader_look(&s->reader, records, most);
}

void source_take(struct source *s, const struct shaped_records *records, unsigned count)
{
	reader_take(&s->reader, records, count);
}

const struct source_count *source_total(struct source *s)
{
	s->shown = s->total;
	if (s->state == STARTING || s->state == READING)
		reader_add_count(&s->shown, &s->reader.count);
	for (size_t i = s->item_count; i < source_input_count(s); i++)
		reader_add_count(&s->shown, net_client_counts(s->net, i - s->item_count));
	return &s->shown;
}

const struct source_count *source_input_counts(const struct source *s, size_t input)
{
	if (source_is_remote(s, input))
		return net_client_counts(s->net, input - s->item_count);
	return input == s->current && s->state != CLOSED ? &s->reader.count : &s->items[input].count;
}
