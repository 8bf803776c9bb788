/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuration files: NAME=value, one a line (configuration.md 2). One reader
 * and one kind of table serve ra.conf and .rarc, argus.conf and radium.conf.
 *
 * The syntax, the same for every file:
 *
 *	- leading blanks are skipped; empty lines and lines that begin with # or !
 *	  are ignored; a line may be of any length and may end in CR LF;
 *	- a backslash at the end of a line continues it on the next one;
 *	- NAME=value, without blanks around the '=', case-sensitive;
 *	- a value that begins with '"' ends at the next '"'; what follows it may only
 *	  be a comment;
 *	- any other value ends before a blank that is followed by '//' or '#', or at
 *	  the end of the line; trailing blanks are cut;
 *	- an empty value leaves things as they are (unless its key says otherwise);
 *	- the last of several lines with one name wins; the lines of a list add up,
 *	  and the first in each file empties the list.
 *
 * A name that is not in the table is a warning with file and line, for files are
 * shared among versions. A value that does not fit, and a line without a value, is an
 * error with file and line where the table is strict and ends the reading; else a
 * warning too, and the rest of the file counts. */
#ifndef ARGUS_TOOL_RC_H
#define ARGUS_TOOL_RC_H

#include "argus/base/err.h"

enum rc_type {
	RC_TEXT,    /* any text */
	RC_BOOL,    /* yes, or anything else for no; by its first three letters, in any case */
	RC_INT,     /* a decimal number from `least` to `most` */
	RC_SECONDS, /* seconds with an optional fraction and unit (num_read_seconds); negative: -1 */
};

enum rc_flag {
	RC_LIST = 0x1,      /* several lines add up */
	RC_MAY_EMPTY = 0x2, /* an empty value is passed on */
	RC_NO_EFFECT = 0x4, /* accepted because old files have it; said so in the manual */
	RC_LENIENT = 0x8,   /* what its set has against a value is a warning in strict tables too */
};

struct rc_value {
	const char *text; /* without the quotes; borrowed for the call */
	bool is_quoted;   /* it stood in double quotes */
	bool is_first;    /* the first line of this name in this file: a list begins anew */
	bool yes;         /* RC_BOOL */
	int64_t number;   /* RC_INT */
	double seconds;   /* RC_SECONDS */
};

/* One key. With `set` NULL the value is stored at `offset` of the reader's
 * object: RC_TEXT as a char * of its own (the old one is freed), RC_BOOL as a
 * bool, RC_INT as an int, RC_SECONDS as a double. */
struct rc_key {
	const char *name;
	uint8_t type;  /* enum rc_type */
	uint8_t flags; /* enum rc_flag */
	uint16_t offset;
	int64_t least, most; /* RC_INT; both 0: whatever an int holds */
	const char *help;    /* one line, for the manual page */
	int (*set)(void *to, const struct rc_value *value, struct err *err); /* -1: the value does not fit; err says why */
};

struct rc_table {
	const struct rc_key *keys;
	size_t count;
	bool is_strict;
};

/* Is called with "FILE:LINE: TEXT" for each thing in a file that is not right and is no error. */
typedef void rc_warning(void *who, const char *text);

/* Reads a file and sets what it says in `to`. Returns -1 when the file cannot be
 * read (err: "PATH: No such file or directory"), or as rc_parse. */
int rc_read(const struct rc_table *table, const char *path, void *to, rc_warning *warn, void *who, struct err *err);

/* Reads configuration out of memory; `name` stands in the warnings. `text` need not end in
 * a newline. Returns -1 only when the table is strict (err: "NAME:LINE: TEXT"). */
int rc_parse(const struct rc_table *table, const char *name, const char *text, size_t length, void *to,
	     rc_warning *warn, void *who, struct err *err);

/* One line "NAME=value" from a command line (-o). Here an unknown name, named
 * with the nearest valid one, and a bad value are errors. */
int rc_assign(const struct rc_table *table, const char *line, void *to, struct err *err);

/* The key of that name, or NULL. */
const struct rc_key *rc_find(const struct rc_table *table, const char *name, size_t length);

/* Parts a value such as  /path "expression"  at its first blank: *first is the
 * first word, *rest what follows without the quotes around it, NULL when nothing
 * does. Both are the caller's to free. */
void rc_split(const char *text, char **first, char **rest);

#endif
