/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows packed for keeping. A struct flow is large because every DSR has its
 * place in it; a packed flow holds the DSRs that are there, without their zeros,
 * in about the size of a record. A flow that nobody changed is kept as its record's
 * own bytes instead, and decoded only if something has to be merged into it. */
#ifndef COMMON_QUERY_PACK_H
#define COMMON_QUERY_PACK_H

#include "argus/base/buf.h"
#include "argus/base/slab.h"
#include "argus/record/flow.h"

enum pack_form {
	PACK_RECORD, /* the bytes of the record */
	PACK_FLOW,   /* squeezed members */
};

/* Packs the flow behind what `to` holds. Returns the form it chose: PACK_RECORD when
 * nothing was changed and `as_record` allows it. */
enum pack_form pack_flow(struct flow *f, bool as_record, struct buf *to);

/* Opens what was packed. Texts and user data stay in the packed bytes, which must
 * outlive the flow. */
void pack_open(struct flow *f, enum pack_form form, const uint8_t *bytes, size_t length,
	       const struct flow_reading *reading);

/* Memory for packed flows: a slab for each size class, reused as flows come and go. */
#define STORE_STEP 32
#define STORE_CLASSES 64 /* up to 2 KB; larger ones lie in memory of their own */

struct store {
	struct slab sizes[STORE_CLASSES];
	struct slab boxes; /* struct { void *memory; size_t size; } */
	size_t boxed;      /* bytes behind them */
	size_t held;       /* bytes of all slabs */
};

struct store_ref {
	uint32_t at;
	uint8_t size_class; /* STORE_CLASSES: a box */
};

void store_init(struct store *s);
void store_fini(struct store *s);
struct store_ref store_alloc(struct store *s, size_t size);
void store_release(struct store *s, struct store_ref ref);
void *store_box(const struct store *s, uint32_t at);

/* How many bytes fit where `ref` is. */
static inline size_t store_room(struct store_ref ref)
{
	return ref.size_class < STORE_CLASSES ? (size_t)(ref.size_class + 1) * STORE_STEP : 0;
}

static inline void *store_at(const struct store *s, struct store_ref ref)
{
	if (likely(ref.size_class < STORE_CLASSES))
		return slab_at(&s->sizes[ref.size_class], ref.at);
	return store_box(s, ref.at);
}

#endif
