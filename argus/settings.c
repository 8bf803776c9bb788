/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/settings.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <unistd.h>

#include "argus/base/num.h"

#define SNAPLEN 96
#define SNAPLEN_CONTROL 65535

void words_add(struct words *w, const char *text)
{
	w->word = xrealloc(w->word, (w->count + 1) * sizeof *w->word);
	w->word[w->count++] = xstrdup(text);
}

void words_clear(struct words *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->word[i]);
	free(w->word);
	*w = (struct words){ 0 };
}

void settings_init(struct settings *s)
{
	*s = (struct settings){
		.decode = { .flow_key = FLOW_KEY_TUPLE, .seed = hash_seed() },
		.status_seconds = 5,
		.mar_seconds = 60,
		.pid_path = xstrdup("/var/run"),
	};
	probe_rules_init(&s->rules);
	outputs_init(&s->outputs);
}

void settings_fini(struct settings *s)
{
	outputs_fini(&s->outputs);
	words_clear(&s->files);
	free(s->filter);
	free(s->chroot_dir);
	free(s->user);
	free(s->group);
	free(s->pid_path);
}

/* What -X leaves as it is: flow key and type, -Z, start records, tunnels,
 * timeouts, keystrokes, duplicates, chroot, user and group. */
void settings_reset(struct settings *s)
{
	s->is_daemon = s->wants_pid = false;
	s->id = (struct source_id){ 0 };
	outputs_clear(&s->outputs);
	s->live.count = 0;
	s->capture.is_unpromiscuous = s->capture.is_filter_unoptimised = false;
	s->status_seconds = 5;
	s->mar_seconds = 60;
	s->rules.user_length = 0;
	s->snaplen = 0;
	s->rules.jitter = s->rules.mac = s->rules.app_bytes = s->rules.four_stamps = false;
	s->rules.control_plane = false;
	free(s->filter);
	s->filter = NULL;
}

int settings_finish(struct settings *s, struct err *err)
{
	if (s->status_seconds < 0 || s->mar_seconds <= 0)
		return err_set(err, ERR_USER, "intervals must be positive");
	s->rules.status_interval = (uint64_t)(s->status_seconds * 1e6 + 0.5);
	/* Only the classic key has two ends to put in order (6.1). */
	s->decode.is_unidirectional = s->has_flow_type ? s->is_unidirectional : s->decode.flow_key != FLOW_KEY_TUPLE;
	if (!decode_makes_keys(&s->decode))
		return err_set(err, ERR_USER, "ARGUS_FLOW_KEY: no flow can be made of these fields alone");
	if (s->snaplen == 0)
		s->snaplen = s->rules.control_plane ? SNAPLEN_CONTROL : s->rules.user_length + SNAPLEN;
	s->capture.snaplen = (uint32_t)s->snaplen;
	s->capture.filter = s->filter;
	s->capture.window = s->window.last != 0 ? &s->window : NULL;
	if (s->files.count > 0 && s->replay == 0)
		s->is_daemon = false; /* reading files is no work for a daemon */
	return 0;
}

static int resolve(struct source_id *id, const char *name, struct err *err)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return err_set(err, ERR_USER, "source id %s: no such host, and neither a number nor an IPv4 address", name);
	memcpy(id->bytes, &((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr, 4);
	id->form = ID_IPV4;
	freeaddrinfo(found);
	return 0;
}

/* `hostname`: the only command that is understood, and it needs no shell. */
static int resolve_own_name(struct source_id *id, const char *text, struct err *err)
{
	char name[256] = "";
	size_t length;

	if (strcmp(text, "`hostname`") != 0)
		return err_set(err, ERR_USER, "source id %s: only `hostname` can be run", text);
	if (gethostname(name, sizeof name - 1) != 0)
		return err_system(err, "hostname");
	length = strlen(name);
	if (length > 6 && strcmp(name + length - 6, ".local") == 0)
		name[length - 6] = '\0';
	return resolve(id, name, err);
}

int settings_id(struct source_id *id, const char *text, bool is_quoted, struct err *err)
{
	struct source_id new = { 0 };
	uint64_t number;
	int status = 0;

	if (text[0] == '"') {
		text++;
		is_quoted = true;
	}
	if (is_quoted) {
		size_t length = strcspn(text, "\"");

		new.form = ID_STRING;
		memcpy(new.bytes, text, length < 4 ? length : 4);
	} else if (text[0] == '\0') {
		return err_set(err, ERR_USER, "the source id is empty");
	} else if (num_read_u64(text, 0, UINT32_MAX, &number)) {
		new.form = ID_NUMBER;
		put_be32(new.bytes, (uint32_t)number);
	} else if (strspn(text, "0123456789") == strlen(text)) {
		return err_set(err, ERR_USER, "source id %s: more than 32 bits", text);
	} else if (inet_pton(AF_INET, text, new.bytes) == 1) {
		new.form = ID_IPV4;
	} else if (text[0] == '`') {
		status = resolve_own_name(&new, text, err);
	} else {
		status = resolve(&new, text, err);
	}
	if (status == 0)
		*id = new;
	return status;
}

int settings_interface(struct settings *s, const char *text, struct err *err)
{
	return live_spec_add(&s->live, text, err);
}
