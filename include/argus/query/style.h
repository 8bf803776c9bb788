/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How values are shown: everything about printing that is not a property of a
 * column (printing.md 2, 3). Set from options and configuration, read only while
 * printing. (It stands on floor 3, not in out/, because printing a field needs it.) */
#ifndef ARGUS_QUERY_STYLE_H
#define ARGUS_QUERY_STYLE_H

#include "argus/base/compat.h"

/* printing.md 3.1: 0 everything by name, 1 ports and protocols, 2 protocols, 3 numbers. */
enum names_level { NAMES_ALL, NAMES_PORT, NAMES_PROTO, NAMES_NONE };
enum cidr { CIDR_NO, CIDR_YES, CIDR_STRICT };
enum asn_format { ASN_PLAIN, ASN_DOT, ASN_DOT_PLUS };
enum user_form { USER_ASCII, USER_OBFUSCATE, USER_HEX, USER_ENCODE32, USER_ENCODE64 };
enum tcp_state_form { STATE_WORDS, STATE_LETTERS, STATE_FLAGS_SRC, STATE_FLAGS_DST, STATE_FLAGS_BOTH, STATE_FLAGS_BAD };

/* Sums over everything that is printed, for -% (pass one). */
struct totals {
	uint64_t pkts[2], bytes[2], appbytes[2];
	uint64_t trans;
};

struct style {
	int precision;           /* -p; 6 */
	enum names_level names;  /* -n; NAMES_PORT */
	bool unix_time;          /* -u */
	const char *time_format; /* RA_TIME_FORMAT; "%T.%f" */
	bool abbreviate;         /* -H */
	enum tcp_state_form state;
	enum cidr cidr;
	enum asn_format asn;
	enum user_form user;
	bool domain_only;        /* RA_PRINT_DOMAINONLY */
	bool disa;               /* -M disa */
	bool oui;                /* -M oui */
	bool rmon;               /* -M rmon: titles */
	bool percent;            /* -%: titles, values */
	bool app_rates;          /* -A: titles of the load columns */
	bool fixed_width;        /* aligned text; otherwise cells are as long as their text */
	bool iso_time;           /* XML, JSON: %Y-%m-%dT%H:%M:%S.%f */
	bool epoch_time;         /* JSON by option */
	uint64_t now;            /* microseconds; for idle */
	uint64_t origin;         /* microseconds; what rtime counts from: the writer sets it */
	uint16_t community_seed; /* of community_id; 0 */
	unsigned resolve_ms;     /* how long a cell waits for a host name; 0: not at all (what is known already shows) */
	const struct totals *totals; /* of pass one, for -%; NULL */
};

/* The defaults (those of -X). */
void style_init(struct style *style);

#endif
