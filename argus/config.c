/* SPDX-License-Identifier: GPL-3.0-or-later */
/* argus.conf (configuration.md 3): one row a variable. */
#include <stddef.h>

#include "argus/log.h"
#include "argus/settings.h"
#include "argus/tool/rc.h"
#include "argus/base/num.h"

static int set_id(void *to, const struct rc_value *v, struct err *err)
{
	return settings_id(&((struct settings *)to)->id, v->text, v->is_quoted, err);
}

static int set_interface(void *to, const struct rc_value *v, struct err *err)
{
	struct settings *s = to;

	if (v->is_first)
		s->live.count = 0;
	return settings_interface(s, v->text, err);
}

static int set_output(void *to, const struct rc_value *v, struct err *err)
{
	struct settings *s = to;
	char *target, *filter;
	int status;

	if (v->is_first)
		outputs_clear(&s->outputs);
	rc_split(v->text, &target, &filter);
	status = outputs_add(&s->outputs, target, filter, err);
	free(target);
	free(filter);
	return status;
}

static int set_flow_type(void *to, const struct rc_value *v, struct err *err)
{
	struct settings *s = to;

	s->is_unidirectional = strncasecmp(v->text, "uni", 3) == 0;
	if (!s->is_unidirectional && strncasecmp(v->text, "bi", 2) != 0)
		return err_set(err, ERR_USER, "neither Bidirectional nor Unidirectional");
	s->has_flow_type = true;
	return 0;
}

static const struct {
	const char *name;
	uint32_t bit;
} key_words[] = {
	{ "CLASSIC_5_TUPLE", FLOW_KEY_TUPLE },        { "LAYER_2", FLOW_KEY_L2 },
	{ "LAYER_2_MATRIX", FLOW_KEY_L2_MATRIX },     { "LAYER_3_MATRIX", FLOW_KEY_L3_MATRIX },
	{ "LOCAL_MPLS", FLOW_KEY_LOCAL_MPLS },        { "COMPLETE_MPLS", FLOW_KEY_COMPLETE_MPLS },
	{ "VLAN", FLOW_KEY_VLAN },
};

static uint32_t key_bit(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_LENGTH(key_words); i++)
		if (strlen(key_words[i].name) == length && strncasecmp(key_words[i].name, word, length) == 0)
			return key_words[i].bit;
	return 0;
}

static int set_flow_key(void *to, const struct rc_value *v, struct err *err)
{
	struct settings *s = to;
	const char *at = v->text + strspn(v->text, " \t+");

	if (v->is_first)
		s->decode.flow_key = 0;
	while (*at != '\0') {
		size_t length = strcspn(at, " \t+");
		uint32_t bit = key_bit(at, length);

		if (bit == 0)
			return err_set(err, ERR_USER, "%.*s is no field of a flow key", (int)length, at);
		s->decode.flow_key |= bit;
		at += length;
		at += strspn(at, " \t+");
	}
	return 0;
}

static int set_promiscuous(void *to, const struct rc_value *v, struct err *err)
{
	(void)err;
	((struct settings *)to)->capture.is_unpromiscuous = !v->yes;
	return 0;
}

static int set_optimizer(void *to, const struct rc_value *v, struct err *err)
{
	(void)err;
	((struct settings *)to)->capture.is_filter_unoptimised = !v->yes;
	return 0;
}

static int set_access_port(void *to, const struct rc_value *v, struct err *err)
{
	(void)to;
	if (v->number != 0)
		return err_set(err, ERR_USER, "serving clients is not part of this build; write to a file with ARGUS_OUTPUT_FILE");
	return 0;
}

static int set_buffer_size(void *to, const struct rc_value *v, struct err *err)
{
	uint64_t size;

	if (!num_read_size(v->text, 1000, &size) || size > INT32_MAX)
		return err_set(err, ERR_USER, "not a size in bytes, with K, M or G");
	((struct settings *)to)->capture.buffer_size = (uint32_t)size;
	return 0;
}

static int set_environment(void *to, const struct rc_value *v, struct err *err)
{
	char *name = xstrdup(v->text), *value = strchr(name, '=');
	int status = 0;

	(void)to;
	if (value == NULL || value == name)
		status = err_set(err, ERR_USER, "not NAME=value");
	else
		*value++ = '\0';
	if (status == 0 && setenv(name, value, 1) != 0)
		status = err_system(err, "setenv");
	free(name);
	return status;
}

static int set_keystroke(void *to, const struct rc_value *v, struct err *err)
{
	struct keystroke_rules *k = &((struct settings *)to)->rules.keystroke;

	(void)err;
	if (strncasecmp(v->text, "ssh", 3) == 0)
		k->mode = KEYSTROKE_SSH;
	else
		k->mode = strncasecmp(v->text, "yes", 3) == 0 || strncasecmp(v->text, "tcp", 3) == 0 ? KEYSTROKE_TCP
		                                                                                   : KEYSTROKE_OFF;
	return 0;
}

/* One NAME=VALUE of ARGUS_KEYSTROKE_CONF. */
static int set_keystroke_rule(struct keystroke_rules *k, const char *text, size_t length, struct err *err)
{
	const struct {
		const char *name;
		uint32_t *count;
		double *ratio;
	} rules[] = {
		{ "N_MIN=", &k->n_min, NULL },     { "DC_MIN=", &k->dc_min, NULL },   { "DC_MAX=", &k->dc_max, NULL },
		{ "GS_MAX=", &k->gs_max, NULL },   { "DS_MIN=", &k->ds_min, NULL },   { "DS_MAX=", &k->ds_max, NULL },
		{ "IC_MIN=", &k->ic_min, NULL },   { "LCS_MAX=", &k->lcs_max, NULL }, { "GPC_MAX=", &k->gpc_max, NULL },
		{ "ICR_MIN=", NULL, &k->icr_min }, { "ICR_MAX=", NULL, &k->icr_max },
	};
	char value[32];

	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
		size_t name = strlen(rules[i].name);
		char *end;

		if (length <= name || length - name >= sizeof value || strncasecmp(text, rules[i].name, name) != 0)
			continue;
		memcpy(value, text + name, length - name);
		value[length - name] = '\0';
		if (rules[i].ratio != NULL)
			*rules[i].ratio = strtod(value, &end);
		else
			*rules[i].count = (uint32_t)strtoul(value, &end, 10);
		if (end != value && *end == '\0')
			return 0;
	}
	return err_set(err, ERR_USER, "%.*s is no parameter of the keystroke model", (int)length, text);
}

static int set_keystroke_conf(void *to, const struct rc_value *v, struct err *err)
{
	const char *at = v->text;

	while (*at != '\0') {
		size_t length = strcspn(at, ";");

		if (length > 0 && set_keystroke_rule(&((struct settings *)to)->rules.keystroke, at, length, err) != 0)
			return -1;
		at += length;
		at += *at == ';';
	}
	return 0;
}

static int set_capture_length(void *to, const struct rc_value *v, struct err *err)
{
	(void)err;
	((struct settings *)to)->rules.user_length = (int)v->number;
	return 0;
}

#define AT(member) (uint16_t)offsetof(struct settings, member)
#define BOOL(key, member, text) { .name = "ARGUS_" key, .type = RC_BOOL, .offset = AT(member), .help = text }
#define TEXT(key, member, text) { .name = "ARGUS_" key, .type = RC_TEXT, .offset = AT(member), .help = text }
#define SECONDS(key, member, text) { .name = "ARGUS_" key, .type = RC_SECONDS, .offset = AT(member), .help = text }
#define TIMEOUT(key, class, text) \
	{ .name = "ARGUS_" key, .type = RC_INT, .offset = AT(rules.timeout[class]), .least = 0, .most = 65534, .help = text }
#define UNUSED(key) { .name = "ARGUS_" key, .type = RC_TEXT, .flags = RC_NO_EFFECT, .set = ignore, .help = "no effect" }

static int ignore(void *to, const struct rc_value *v, struct err *err)
{
	(void)to, (void)v, (void)err;
	return 0;
}

static const struct rc_key keys[] = {
	{ .name = "ARGUS_FLOW_TYPE", .type = RC_TEXT, .set = set_flow_type, .help = "Bidirectional or Unidirectional" },
	{ .name = "ARGUS_FLOW_KEY", .type = RC_TEXT, .flags = RC_LIST, .set = set_flow_key, .help = "fields of the flow key" },
	BOOL("DAEMON", is_daemon, "run in the background"),
	{ .name = "ARGUS_MONITOR_ID", .type = RC_TEXT, .flags = RC_MAY_EMPTY, .set = set_id, .help = "source id" },
	{ .name = "ARGUS_ACCESS_PORT", .type = RC_INT, .set = set_access_port, .help = "0" },
	{ .name = "ARGUS_INTERFACE", .type = RC_TEXT, .flags = RC_LIST, .set = set_interface, .help = "packet sources" },
	{ .name = "ARGUS_GO_PROMISCUOUS", .type = RC_BOOL, .set = set_promiscuous, .help = "promiscuous mode" },
	TEXT("CHROOT_DIR", chroot_dir, "directory to be confined to"),
	TEXT("SETUSER_ID", user, "user to become"),
	TEXT("SETGROUP_ID", group, "group to become"),
	{ .name = "ARGUS_OUTPUT_FILE", .type = RC_TEXT, .flags = RC_LIST, .set = set_output, .help = "target, and a filter" },
	BOOL("SET_PID", wants_pid, "write a pid file, as a daemon"),
	TEXT("PID_PATH", pid_path, "directory of the pid file"),
	SECONDS("FLOW_STATUS_INTERVAL", status_seconds, "seconds between the records of a flow"),
	SECONDS("MAR_STATUS_INTERVAL", mar_seconds, "seconds between management records"),
	TIMEOUT("IP_TIMEOUT", TIMEOUT_IP, "idle timeout of IP flows"),
	TIMEOUT("TCP_TIMEOUT", TIMEOUT_TCP, "idle timeout of TCP flows"),
	TIMEOUT("ICMP_TIMEOUT", TIMEOUT_ICMP, "idle timeout of ICMP flows"),
	TIMEOUT("IGMP_TIMEOUT", TIMEOUT_IGMP, "idle timeout of IGMP flows"),
	TIMEOUT("FRAG_TIMEOUT", TIMEOUT_FRAGMENT, "how long fragments wait for each other"),
	TIMEOUT("ARP_TIMEOUT", TIMEOUT_ARP, "idle timeout of ARP flows"),
	TIMEOUT("OTHER_TIMEOUT", TIMEOUT_OTHER, "idle timeout of flows that are not IP"),
	{ .name = "ARGUS_DEBUG_LEVEL", .type = RC_INT, .offset = AT(debug_level), .least = 0, .most = 9, .help = "messages" },
	BOOL("GENERATE_PACKET_SIZE", rules.packet_size, "least and largest packet size"),
	BOOL("GENERATE_JITTER_DATA", rules.jitter, "times between packets"),
	BOOL("GENERATE_MAC_DATA", rules.mac, "Ethernet addresses"),
	BOOL("GENERATE_APPBYTE_METRIC", rules.app_bytes, "application bytes"),
	BOOL("GENERATE_BIDIRECTIONAL_TIMESTAMPS", rules.four_stamps, "times of each direction"),
	BOOL("GENERATE_START_RECORDS", rules.start_records, "a record after the first packet of a flow"),
	{ .name = "ARGUS_CAPTURE_DATA_LEN", .type = RC_INT, .set = set_capture_length, .least = 0, .most = 65535,
	  .help = "bytes of user data" },
	BOOL("CAPTURE_FULL_CONTROL_DATA", rules.control_plane, "all user data of control protocols"),
	{ .name = "ARGUS_FILTER_OPTIMIZER", .type = RC_BOOL, .set = set_optimizer, .help = "optimise the packet filter" },
	TEXT("FILTER", filter, "packet filter"),
	{ .name = "ARGUS_PCAP_BUF_SIZE", .type = RC_TEXT, .set = set_buffer_size, .help = "capture buffer" },
	{ .name = "ARGUS_ENV", .type = RC_TEXT, .flags = RC_LIST, .set = set_environment, .help = "NAME=value" },
	{ .name = "ARGUS_KEYSTROKE", .type = RC_TEXT, .set = set_keystroke, .help = "no, yes or tcp, ssh" },
	{ .name = "ARGUS_KEYSTROKE_CONF", .type = RC_TEXT, .set = set_keystroke_conf, .help = "parameters of the model" },
	BOOL("TUNNEL_DISCOVERY", decode.has_tunnel_discovery, "look into Teredo"),
	BOOL("TRACK_DUPLICATES", rules.track_duplicates, "mark duplicate TCP packets"),
	UNUSED("GENERATE_RESPONSE_TIME_DATA"),
	UNUSED("GENERATE_TCP_PERF_METRIC"),
	UNUSED("JITTER_HISTOGRAM"),
	UNUSED("SELF_SYNCHRONIZE"),
	UNUSED("COLLECTOR"),
};

static void warn(void *who, const char *text)
{
	(void)who;
	log_message("%s", text);
}

int config_read(struct settings *s, const char *path, struct err *err)
{
	static const struct rc_table table = { keys, ARRAY_LENGTH(keys), false };

	return rc_read(&table, path, s, warn, NULL, err);
}
