/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The -M modes of every client (printing.md 1.5), one row each. */
#include <ctype.h>
#include <strings.h>

#include "argus/base/buf.h"
#include "argus/base/nearest.h"
#include "argus/base/num.h"
#include "argus/record/dsr.h"
#include "common/tool/run_private.h"

#define MODE(name) static int mode_##name(struct run *run, const char *value, struct err *err)
#define FLAG_MODE(name, statement) static RUN_SETTER(mode_##name, statement)

FLAG_MODE(man, run->print_man = true)
FLAG_MODE(noman, run->print_man = false)
FLAG_MODE(rmon, run->priv->rmon = run->style.rmon = true)
FLAG_MODE(uni, run->priv->uni = true)
FLAG_MODE(poll, run->priv->poll = true)
FLAG_MODE(disa, run->style.disa = true)
FLAG_MODE(xml, run->priv->form = WRITER_XML)
FLAG_MODE(json, run->priv->form = WRITER_JSON)
FLAG_MODE(omit, run->priv->absent = ABSENT_OMIT)
FLAG_MODE(empty, run->priv->absent = ABSENT_EMPTY)
FLAG_MODE(null, run->priv->absent = ABSENT_NULL)
FLAG_MODE(d3, run->style.epoch_time = true)
FLAG_MODE(oui, run->style.oui = true)
FLAG_MODE(zone, clock_set_zone(value))
FLAG_MODE(label, set_text(&run->priv->label_regex, value))
FLAG_MODE(correct, run->reading.correct = true)
FLAG_MODE(nocorrect, run->reading.correct = false)

MODE(printer)
{
	if (set_user_form(run, value, err) != 0)
		return err_set(err, ERR_USER, "-M printer=: '%s' is not ascii, obfuscate, hex, encode32 or encode64", value);
	return 0;
}

static int unknown_dsr(const char *name, struct err *err)
{
	struct nearest near = nearest_to(name, strlen(name));

	for (int i = 0; i < DSR_COUNT; i++)
		nearest_offer(&near, dsr_table[i].name);
	if (nearest_best(&near) == NULL)
		return err_set(err, ERR_USER, "-M dsrs=: there is no part '%s'", name);
	return err_set(err, ERR_USER, "-M dsrs=: there is no part '%s' (is it %s?)", name, nearest_best(&near));
}

/* [-|+]NAME,...: the first without a sign starts from nothing, with one from all. */
MODE(dsrs)
{
	uint32_t keep = *value == '-' || *value == '+' ? UINT32_MAX : 0;

	while (*value != '\0') {
		bool take = *value == '-';
		size_t length;
		char *name;
		int slot;

		value += *value == '-' || *value == '+';
		length = strcspn(value, ", ");
		name = xstrndup(value, length);
		slot = dsr_by_name(name);
		if (slot < 0 && length > 0 && strcmp(name, "tadj") != 0) {
			unknown_dsr(name, err);
			free(name);
			return -1;
		}
		free(name);
		if (length > 0 && slot >= 0)
			keep = take ? keep & ~DSR_BIT(slot) : keep | DSR_BIT(slot);
		value += length + (value[length] != '\0');
	}
	run->priv->drop_dsrs = ~keep;
	return 0;
}

MODE(rtime)
{
	char *end;
	double pace = *value == '\0' ? 1 : strtod(value, &end);

	if (*value != '\0' && (*end != '\0' || !(pace > 0) || pace > 1e9))
		return err_set(err, ERR_USER, "-M rtime: '%s' is not a factor above 0", value);
	run->priv->pace = pace;
	return 0;
}

#ifdef HAVE_SASL
#define SASL_HELP "NAME: authenticate to servers that ask with this mechanism"
MODE(sasl)
{
	if (*value == '\0')
		return err_set(err, ERR_USER, "-M saslmech=: needs the name of a mechanism, such as PLAIN");
	return set_text(&run->priv->mechanism, value);
}
#else
#define SASL_HELP NULL
MODE(sasl)
{
	(void)run;
	(void)value;
	return err_set(err, ERR_USER, "-M saslmech=: authentication with servers is not built in");
}
#endif

/* A row without help is not in the usage text. */
const struct tool_mode common_modes[] = {
	{ "man", 3, "print management records too", mode_man, MODE_FLAG },
	{ "noman", 5, "do not", mode_noman, MODE_FLAG },
	{ "rmon", 4, "every record twice, seen from each of its ends", mode_rmon, MODE_FLAG },
	{ "uni", 3, "ra: every record as one record a direction that has packets", mode_uni, MODE_FLAG },
	{ "dsrs=", 5, "[-|+]PART,...: only (or without, with) these parts of records", mode_dsrs, MODE_VALUE },
	{ "label=", 6, "REGEX: only records whose label matches", mode_label, MODE_VALUE },
	{ "printer=", 8, "user data as ascii, obfuscate, hex, encode32 or encode64", mode_printer, MODE_VALUE },
	{ "xml", 0, "print XML", mode_xml, MODE_FLAG },
	{ "json", 0, "print JSON, one object a line", mode_json, MODE_FLAG },
	{ "omit", 0, "JSON: leave out what a record does not have (the default)", mode_omit, MODE_FLAG },
	{ "empty", 0, "JSON: what a record does not have is \"\"", mode_empty, MODE_FLAG },
	{ "null", 0, "JSON: what a record does not have is null", mode_null, MODE_FLAG },
	{ "d3", 0, "JSON: times as milliseconds since 1970, for D3", mode_d3, MODE_FLAG },
	{ "TZ=", 3, "ZONE: local time is that of this zone", mode_zone, MODE_VALUE },
	{ "rtime", 5, "[:FACTOR]: as fast as it happened, or that many times faster", mode_rtime, MODE_OPTIONAL },
	{ "realtime", 8, "[:FACTOR]: the same", mode_rtime, MODE_OPTIONAL },
	{ "disa", 0, "names of the DISA for DS code points", mode_disa, MODE_FLAG },
	{ "oui", 3, "name the vendors of MAC addresses (RA_ETHERNET_VENDORS)", mode_oui, MODE_FLAG },
	{ "correct", 7, "turn TCP records round that began before the probe (the default)", mode_correct, MODE_FLAG },
	{ "nocorrect", 9, "do not", mode_nocorrect, MODE_FLAG },
	{ "poll", 4, "read the first management record of each input only", mode_poll, MODE_FLAG },
	{ "saslmech=", 9, SASL_HELP, mode_sasl, MODE_VALUE },
	{ NULL, 0, NULL, NULL, MODE_FLAG },
};

/* The value if `word` is this mode, else NULL. A word shorter than the name must be
 * its beginning, with at least `prefix` letters; a longer one goes on with a value, or with
 * more letters, which mean nothing. */
static const char *mode_value(const struct tool_mode *mode, const char *word)
{
	size_t length = strlen(mode->name), given = strlen(word);

	if (mode->prefix == 0)
		return strcmp(word, mode->name) == 0 ? "" : NULL;
	if (given < length)
		return given >= mode->prefix && strncasecmp(word, mode->name, given) == 0 ? "" : NULL;
	if (strncasecmp(word, mode->name, length) != 0)
		return NULL;
	if (given == length || mode->name[length - 1] == '=')
		return word + length;
	if (isalpha((unsigned char)word[length]) && (mode->kind == MODE_FLAG || mode->kind == MODE_WORD)) {
		length += strcspn(word + length, ":=");
		if (word[length] == '\0')
			return "";
	}
	return word[length] == ':' || word[length] == '=' ? word + length + 1 : NULL;
}

static int unknown_mode(const struct run *run, const char *word, struct err *err)
{
	struct nearest near = nearest_to(word, strcspn(word, "=:"));

	for (const struct tool_mode *mode = run->tool->modes; mode != NULL && mode->name != NULL; mode++)
		nearest_offer(&near, mode->name);
	for (const struct tool_mode *mode = common_modes; mode->name != NULL; mode++)
		nearest_offer(&near, mode->name);
	if (nearest_best(&near) == NULL)
		return err_set(err, ERR_USER, "unknown mode '%s' (%s -h lists them)", word, run->program);
	return err_set(err, ERR_USER, "unknown mode '%s' (is it %s?)", word, nearest_best(&near));
}

/* 1 if the table has the word, and it was set; 0 if not; -1 if it is wrong. */
static int set_from(struct run *run, const struct tool_mode *mode, const char *word, struct err *err)
{
	for (; mode != NULL && mode->name != NULL; mode++) {
		const char *value = mode_value(mode, word);

		if (value == NULL)
			continue;
		if (mode->kind == MODE_FLAG && *value != '\0')
			return err_set(err, ERR_USER, "-M %s takes no value: '%s'", mode->name, word);
		if (mode->kind == MODE_WORD && *value == '\0') {
			value = run_next_word(run);
			if (value == NULL)
				return err_set(err, ERR_USER, "-M %s needs a value", mode->name);
		}
		return mode->set(run, value, err) != 0 ? -1 : 1;
	}
	return 0;
}

int mode_set(struct run *run, const char *word, struct err *err)
{
	int result = set_from(run, run->tool->modes, word, err);

	if (result == 0)
		result = set_from(run, common_modes, word, err);
	if (result == 0 && run->tool->mode != NULL)
		result = run->tool->mode(run, word, err);
	if (result == 0)
		return unknown_mode(run, word, err);
	return result > 0 ? 0 : -1;
}
