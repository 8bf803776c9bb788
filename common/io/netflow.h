/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow export of other makers turned into Argus records: Cisco NetFlow versions 1, 5,
 * 6, 7 and 9, and sFlow version 5 (wire-protocol.md 12 and 13). One export datagram, a
 * PDU, goes in; one record of type NETFLOW for each of its flows comes out. Whatever is
 * wrong with a PDU is counted, and what was good in it is kept. */
#ifndef COMMON_IO_NETFLOW_H
#define COMMON_IO_NETFLOW_H

#include "argus/base/buf.h"
#include "argus/base/span.h"
#include "argus/record/flow.h"

enum netflow_kind { NETFLOW_CISCO, NETFLOW_SFLOW };

/* Who sent a PDU: its records carry that as their source id. */
struct exporter {
	uint8_t form; /* ID_NONE (a file does not tell), ID_IPV4 or ID_IPV6 */
	uint8_t address[16];
};

struct netflow_count {
	uint64_t pdus;        /* looked at, whatever became of them */
	uint64_t flows;       /* records made */
	uint64_t damaged;     /* PDUs of which something could not be read */
	uint64_t untemplated; /* version 9: sets of flows without a template to read them by */
	uint64_t unread;      /* PDUs of versions that are not read */
};

struct netflow;

struct netflow *netflow_new(enum netflow_kind kind);
void netflow_free(struct netflow *n);

/* Where it is told, once for each exporter, that a version is not read. */
void netflow_on_message(struct netflow *n, void (*message)(void *context, const char *text), void *context);

/* Appends the records of one PDU. `arrival`, microseconds since 1970, is the time of
 * sFlow samples, which carry none. */
void netflow_read(struct netflow *n, struct span pdu, const struct exporter *from, uint64_t arrival, struct buf *records);

const struct netflow_count *netflow_counts(const struct netflow *n);

/* Appends an initial MAR that is made up for a source without one: of this type, MAR or
 * MAR and NETFLOW, made at `now`, with the id of an IPv4 exporter. */
void netflow_initial(unsigned type, const struct exporter *from, uint64_t now, struct buf *records);

#define NETFLOW_PDU_MAX 65535u

enum pdu_extent {
	PDU_WHOLE,
	PDU_MORE, /* it may be one; that takes more bytes to say */
	PDU_NONE, /* no PDU begins here */
};

/* Where PDUs stand one behind the other, as in a file: whether one begins at `at`, and
 * its *length, at most NETFLOW_PDU_MAX. `is_all`: nothing follows the `left` bytes; a
 * PDU that they cut off is PDU_MORE all the same. */
enum pdu_extent netflow_extent(enum netflow_kind kind, const uint8_t *at, size_t left, bool is_all, size_t *length);

/* The time that a PDU says it was made, microseconds since 1970; 0 for sFlow, which
 * does not say. The PDU must be PDU_WHOLE. */
uint64_t netflow_time(enum netflow_kind kind, const uint8_t *pdu);

#endif
