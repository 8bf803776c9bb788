/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output layer: records to text, delimited text, XML or JSON (printing.md 2, 5).
 * A back-end is one row of functions; tools call the writer only. */
#ifndef ARGUS_OUT_WRITER_H
#define ARGUS_OUT_WRITER_H

#include "argus/base/buf.h"
#include "argus/base/err.h"
#include "argus/query/fields.h"

enum writer_form { WRITER_TEXT, WRITER_DELIMITED, WRITER_XML, WRITER_JSON };
enum writer_absent { ABSENT_OMIT, ABSENT_EMPTY, ABSENT_NULL }; /* JSON: -M omit (default), empty, null */

struct writer_options {
	enum writer_form form;
	const struct columns *columns;
	const struct style *style;
	char delimiter;          /* WRITER_DELIMITED */
	char quote;              /* RA_FIELD_QUOTED: '"', '\'' or 0 */
	int titles;              /* -L: -1 never, 0 once, n before every n records */
	bool variable_width;     /* RA_FIELD_WIDTH=variable without a delimiter */
	bool no_port_period;     /* RA_SEPARATE_ADDR_FROM_PORT_WITH_PERIOD=no */
	enum writer_absent absent;
	const char *program;     /* named in the XML header */
	int fd;                  /* 1: standard output */
	bool flush_each;         /* after each record (live sources, terminals) */
};

struct writer;

/* The options are borrowed for the writer's life; style and columns must not
 * change once the first record was written. */
struct writer *writer_new(const struct writer_options *options);

/* What the XML header tells about the probe, before the first record; optional. */
void writer_probe(struct writer *w, const struct mar *initial);

/* One record: a flow or an event, or a management record. Titles, headers and
 * openings are written before the first. A flow without an ordinal gets the next.
 * Returns -1 when the output cannot be written (then errno's reason is in err;
 * a broken pipe has kind ERR_NONE: the reader went away, end quietly). */
int writer_flow(struct writer *w, struct flow *f, struct err *err);
int writer_mar(struct writer *w, const struct mar *m, struct err *err);
int writer_flush(struct writer *w, struct err *err);

/* Closes what was opened (the XML document), flushes and frees. */
int writer_finish(struct writer *w, struct err *err);

#endif
