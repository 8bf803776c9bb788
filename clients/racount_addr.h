/* SPDX-License-Identifier: GPL-3.0-or-later */
/* racount's count of addresses by class. */
#ifndef CLIENTS_RACOUNT_ADDR_H
#define CLIENTS_RACOUNT_ADDR_H

#include "argus/record/flow.h"

struct address_count;

struct address_count *address_count_new(void);
void address_count_free(struct address_count *c);

/* Counts both addresses of an IP flow; with rmon each as a source too. An address is
 * counted once for each side that it is seen on. */
void address_count_add(struct address_count *c, const struct flow_key *key, bool is_rmon);

/* The summary: a line for each class that was seen. */
void address_count_print(const struct address_count *c, bool is_rmon);

#endif
