/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aggregation keys: which columns must agree for records to be one flow
 * (aggregation.md 3). A key is parsed once from the words of -m or model= and
 * then turns flows into short byte strings that are equal exactly when the
 * flows belong together. */
#ifndef ARGUS_QUERY_KEY_H
#define ARGUS_QUERY_KEY_H

#include "argus/base/err.h"
#include "argus/record/flow.h"

/* The objects in the order in which they stand in a key. */
enum key_object {
	OBJECT_SRCID, OBJECT_SID, OBJECT_INF, OBJECT_STIME,
	OBJECT_SMPLS, OBJECT_DMPLS, OBJECT_SVLAN, OBJECT_DVLAN, OBJECT_SVID, OBJECT_DVID, OBJECT_SVPRI, OBJECT_DVPRI,
	OBJECT_ETYPE, OBJECT_PROTO, OBJECT_SADDR, OBJECT_DADDR, OBJECT_SNET, OBJECT_DNET, OBJECT_SPORT, OBJECT_DPORT,
	OBJECT_STOS, OBJECT_DTOS, OBJECT_STTL, OBJECT_DTTL, OBJECT_SIPID, OBJECT_DIPID, OBJECT_SDSB, OBJECT_DDSB,
	OBJECT_STCPB, OBJECT_DTCPB, OBJECT_SMAC, OBJECT_DMAC, OBJECT_SOUI, OBJECT_DOUI, OBJECT_INODE,
	OBJECT_SCO, OBJECT_DCO, OBJECT_SAS, OBJECT_DAS, OBJECT_IAS, OBJECT_SVC,
	OBJECT_COUNT,
};

#define OBJECT_BIT(object) (1ull << (object))

/* A mask behind an address object. */
struct key_mask {
	uint8_t length; /* prefix length; 0: the whole address */
	uint32_t dotted; /* IPv4 mask as a number; 0: by length */
};

#define KEY_SIZE_MAX 640

struct key {
	uint64_t objects; /* OBJECT_BIT; 0: nothing is merged (none) */
	struct key_mask source, destination, node;
	uint64_t mpls_parts[2]; /* labels of the stack that count; bit 0 is the one that records have */
	bool is_edited;    /* a word was given: it is not the default key any more */
	bool is_rmon;      /* addr, mac, port: every end for itself */
	bool is_matrix;    /* turn records so that the lesser address comes first */
	bool is_macmatrix;
	bool is_blanking;  /* flow fields outside the key become 0 */
};

/* The default: srcid proto saddr sport daddr dport; with rmon srcid proto saddr sport (3.1). */
void key_init(struct key *k);
void key_default_rmon(struct key *k);

/* Adds one word: an object, with /length or /mask; matrix, macmatrix, addr, mac, port,
 * all, none; +object or -object. Unknown words are errors that name the nearest. */
int key_add_word(struct key *k, const char *word, struct err *err);

/* The name of an object that begins the word, as a sort column sees it: its length, or 0. */
size_t key_word_length(const char *word);

/* Whether it has all of proto, saddr, sport, daddr, dport: then, and only then, TCP
 * records may be turned round while they are read (1.2). */
bool key_is_directed(const struct key *k);

/* Whether all records that agree in the key have the same opposite direction. */
bool key_tells_opposite(const struct key *k);

/* Does to the flow what the key asks for before records are compared: turns it round
 * for a matrix, masks addresses, blanks what is outside the key (3.2). */
void key_prepare(const struct key *k, struct flow *f);

/* The same for a flow of which only the key matters, which is given. False: more of it does, or
 * it would have to be turned round. */
bool key_prepare_alone(const struct key *k, struct flow_key *key);

/* The same for the tuple of a plain record of which only what the key compares matters; what has
 * to be put elsewhere stands in `room`. */
bool key_prepare_tuple(const struct key *k, struct plain_tuple *t, struct flow_key *room);

/* What key_prepare() may do to a flow besides blanking; and whether it may change it at all. */
static inline bool key_turns_or_masks(const struct key *k)
{
	return k->is_matrix || k->is_macmatrix || k->source.length > 0 || k->source.dotted || k->destination.length > 0 ||
	       k->destination.dotted;
}

static inline bool key_changes_flows(const struct key *k) { return key_turns_or_masks(k) || k->is_blanking; }

/* Whether it compares ports of a protocol that is blanked, which say nothing. */
static inline bool key_blanks_ports(const struct key *k)
{
	return k->is_blanking && !(k->objects & OBJECT_BIT(OBJECT_PROTO)) &&
	       k->objects & (OBJECT_BIT(OBJECT_SPORT) | OBJECT_BIT(OBJECT_DPORT));
}

/* Whether it compares nothing but what a plain record (plain.h) has in its tuple. */
bool key_is_told_by_tuple(const struct key *k);

/* Whether it is made of nothing but what a plain record (plain.h) has in its tuple, as it is; and
 * whether it leaves the rest of that as it is, too. */
bool key_is_of_tuple(const struct key *k);
bool key_is_plain(const struct key *k);

/* What key_prepare() does, if it is made of the tuple, to the flow DSR of a plain record in its bytes. */
void key_prepare_plain(const struct key *k, uint8_t *dsr);

/* Writes the key of a prepared flow (at most KEY_SIZE_MAX bytes); returns its length. */
size_t key_build(const struct key *k, struct flow *f, uint8_t *to);

/* The same for the flow with its ends exchanged: the key of the opposite direction. */
size_t key_build_reversed(const struct key *k, struct flow *f, uint8_t *to);

/* The names of the objects, for usage texts; NULL at the end. */
extern const char *const key_object_names[];

#endif
