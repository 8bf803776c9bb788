/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface specification of -i and ARGUS_INTERFACE (configuration.md 7):
 * [ind:|dup:|bond:]name[(DLT)][/srcid][,name...]. */
#include <net/if.h>
#include <pcap/pcap.h>

#include "argus/capture.h"

/* What stands at `*at` up to one of `ends`, not within double quotes; moves past it. */
static int take_word(const char **at, const char *ends, char *to, size_t room, struct err *err)
{
	size_t length = 0;
	bool is_quoted = false;

	for (; **at != '\0' && (is_quoted || strchr(ends, **at) == NULL); ++*at) {
		if (**at == '"')
			is_quoted = !is_quoted;
		if (length + 1 >= room)
			return err_set(err, ERR_USER, "interface: \"%.*s...\" is too long", (int)length, to);
		to[length++] = **at;
	}
	to[length] = '\0';
	return is_quoted ? err_set(err, ERR_USER, "interface: a quotation mark is missing in %s", to) : 0;
}

static int parse_item(const char **at, struct live_member *m, char *srcid, size_t room, struct err *err)
{
	char dlt[32];

	m->dlt = -1;
	srcid[0] = '\0';
	if (take_word(at, "(/, \t", m->name, sizeof m->name, err) != 0)
		return -1;
	if (strpbrk(m->name, "[]:") != NULL)
		return err_set(err, ERR_USER, "interface: \"%s\": groups cannot be nested", m->name);
	if (**at == '(') {
		++*at;
		if (take_word(at, ")", dlt, sizeof dlt, err) != 0)
			return -1;
		if (**at != ')')
			return err_set(err, ERR_USER, "interface %s: \")\" is missing", m->name);
		++*at;
		m->dlt = pcap_datalink_name_to_val(dlt);
		if (m->dlt < 0)
			return err_set(err, ERR_USER, "interface %s: no link type has the name %s", m->name, dlt);
	}
	if (**at == '/') {
		++*at;
		if (take_word(at, ", \t", srcid, room, err) != 0)
			return -1;
	}
	if (**at != '\0' && strchr(", \t", **at) == NULL)
		return err_set(err, ERR_USER, "interface %s: \"%s\" is not understood", m->name, *at);
	return 0;
}

static int add_member(struct live_group *g, const struct live_member *m, const char *srcid, struct err *err)
{
	if (g->count == ARRAY_LENGTH(g->members))
		return err_set(err, ERR_USER, "interface %s: a group has at most %zu members", m->name, ARRAY_LENGTH(g->members));
	g->members[g->count++] = *m;
	if (srcid[0] != '\0')
		snprintf(g->srcid, sizeof g->srcid, "%s", srcid);
	return 0;
}

/* A group of its own, or a member of the last one. */
static int place(struct live_spec *spec, struct live_group *group, const struct live_member *m, const char *srcid,
                 struct err *err)
{
	if (group != NULL)
		return add_member(group, m, srcid, err);
	if (spec->count == CAPTURE_MAX_INTERFACES)
		return err_set(err, ERR_USER, "interface %s: more than %d interfaces", m->name, CAPTURE_MAX_INTERFACES);
	spec->groups[spec->count] = (struct live_group){ 0 };
	return add_member(&spec->groups[spec->count++], m, srcid, err);
}

/* "any": the first that libpcap lists; "all": every network interface but loopback. */
static int place_wild(struct live_spec *spec, struct live_group *group, struct live_member m, const char *srcid,
                      struct err *err)
{
	bool is_all = strcmp(m.name, "all") == 0;
	char text[PCAP_ERRBUF_SIZE];
	uint32_t found = 0;
	pcap_if_t *list;
	int status = 0;

	if (pcap_findalldevs(&list, text) != 0)
		return err_set(err, ERR_SYSTEM, "interfaces cannot be listed: %s", text);
	for (pcap_if_t *i = list; i != NULL && status == 0; i = i->next) {
		if (is_all && ((i->flags & PCAP_IF_LOOPBACK) || if_nametoindex(i->name) == 0))
			continue;
		snprintf(m.name, sizeof m.name, "%s", i->name);
		status = place(spec, group, &m, srcid, err);
		found++;
		if (!is_all)
			break;
	}
	pcap_freealldevs(list);
	if (status == 0 && found == 0)
		return err_set(err, ERR_SYSTEM, "there is no interface to listen to");
	return status;
}

int live_spec_add(struct live_spec *spec, const char *text, struct err *err)
{
	struct live_group *group = NULL;
	struct live_member m;
	char srcid[sizeof group->srcid];
	bool is_dup = strncmp(text, "dup:", 4) == 0, is_bond = strncmp(text, "bond:", 5) == 0;
	uint32_t items = 0;

	if (is_dup || is_bond) {
		if (spec->count == CAPTURE_MAX_INTERFACES)
			return err_set(err, ERR_USER, "interface: more than %d interfaces", CAPTURE_MAX_INTERFACES);
		group = &spec->groups[spec->count++];
		*group = (struct live_group){ .is_dup = is_dup, .is_bond = is_bond };
	}
	if (is_dup || is_bond || strncmp(text, "ind:", 4) == 0)
		text = strchr(text, ':') + 1;
	for (;;) {
		text += strspn(text, ", \t");
		if (*text == '\0')
			break;
		if (parse_item(&text, &m, srcid, sizeof srcid, err) != 0)
			return -1;
		if (m.name[0] == '\0')
			return err_set(err, ERR_USER, "interface: a name is missing");
		if (strcmp(m.name, "any") == 0 || strcmp(m.name, "all") == 0) {
			if (place_wild(spec, group, m, srcid, err) != 0)
				return -1;
		} else if (place(spec, group, &m, srcid, err) != 0) {
			return -1;
		}
		items++;
	}
	return items > 0 ? 0 : err_set(err, ERR_USER, "interface: a name is missing");
}
