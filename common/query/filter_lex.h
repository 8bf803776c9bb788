/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the grammar needs of the scanner that flex makes. */
#ifndef COMMON_QUERY_FILTER_LEX_H
#define COMMON_QUERY_FILTER_LEX_H

#include "common/query/filter_tree.h"

union FILTER_YYSTYPE;

int filter_yylex(union FILTER_YYSTYPE *value, void *scanner);
int filter_yylex_init_extra(struct filter_parser *p, void **scanner);
int filter_yylex_destroy(void *scanner);

/* Sets the scanner on p->text. */
void filter_scan_text(struct filter_parser *p, void *scanner);

#endif
