/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/query/pack.h"

#include "argus/record/dsr.h"

/* What a packed flow begins with. Its image follows, squeezed or not: the sizes of its
 * members, and they, each from a multiple of 8 on; then what they borrow; then its record, if
 * that is kept, too. */
struct header {
	uint32_t have; /* DSR_BIT */
	uint32_t laid; /* of the members that follow: some of them may have been dropped since */
	uint32_t dirty;  /* beside a record: what was changed or dropped */
	uint32_t record; /* bytes of it; 0: none */
	uint64_t offset;
	uint32_t size; /* of the image as it is when it is open */
	uint8_t type, cause, version;
	bool is_turned : 1;
	bool borrows : 1; /* bytes stand behind the image */
	bool is_merged : 1;
};

#define ALIGNED(size) (((size) + 7u) & ~(size_t)7)
#define IMAGE_MAX (sizeof(struct flow) + DSR_COUNT * (sizeof(uint16_t) + 8))
#define WORD sizeof(uint64_t)
#define WORDS_A_MASK 64u

/* How much of a member says something: unions and arrays stand at the end of theirs. */
static size_t used_size(enum dsr_slot slot, const void *member)
{
	const struct flow_key *key = member;
	const struct network *network = member;
	const struct correlate *correlate = member;

	switch (slot) {
	case DSR_FLOW:
		if (key->layout == LAYOUT_IPV4 || key->layout == LAYOUT_IPV6)
			return offsetof(struct flow_key, u) + sizeof key->u.ip;
		return key->layout == LAYOUT_ETHER ? offsetof(struct flow_key, u) + sizeof key->u.ether : sizeof *key;
	case DSR_NETWORK:
		return network->is_tcp ? offsetof(struct network, u) + sizeof network->u.tcp : sizeof *network;
	case DSR_JITTER:
		return ((const struct jitter *)member)->subtype == 2 ? sizeof(struct jitter) : offsetof(struct jitter, linear);
	case DSR_LABEL:
		return offsetof(struct label, room);
	case DSR_CORRELATE:
		return offsetof(struct correlate, entry) + correlate->count * sizeof correlate->entry[0];
	default:
		return dsr_table[slot].size;
	}
}

/* An image being squeezed: for each 64 words a mask of those that are not zero, and
 * those. An image is mostly small numbers, so that words of 4 bytes would leave a fifth
 * less, at twice the price. */
struct squeezer {
	uint8_t *mask_at, *at;
	uint64_t mask, bit;
};

static struct squeezer squeezer_on(uint8_t *to) { return (struct squeezer){ to, to + sizeof(uint64_t), 0, 1 }; }

static inline void put_word(struct squeezer *s, uint64_t word)
{
	memcpy(s->at, &word, WORD);
	s->at += word != 0 ? WORD : 0;
	s->mask |= word != 0 ? s->bit : 0;
	s->bit <<= 1;
	if (unlikely(s->bit == 0)) {
		memcpy(s->mask_at, &s->mask, sizeof s->mask);
		*s = squeezer_on(s->at);
	}
}

static uint8_t *squeezer_end(struct squeezer *s)
{
	if (s->bit == 1)
		return s->mask_at;
	memcpy(s->mask_at, &s->mask, sizeof s->mask);
	return s->at;
}

static const uint8_t *stretch(const uint8_t *from, uint8_t *to, size_t size)
{
	memset(to, 0, size);
	for (size_t at = 0; at < size; at += WORDS_A_MASK * WORD) {
		uint64_t mask;

		memcpy(&mask, from, sizeof mask);
		from += sizeof mask;
		for (; mask != 0; mask &= mask - 1, from += WORD)
			memcpy(to + at + (size_t)__builtin_ctzll(mask) * WORD, from, WORD);
	}
	return from;
}

/* The runs of bytes that a member borrows and that are kept behind the members. */
struct borrowed {
	const void *bytes;
	size_t length;
};

static unsigned borrowed_by(enum dsr_slot slot, const void *member, struct borrowed runs[2])
{
	const struct user_data *user = member;
	const struct label *label = member;
	const struct encaps *encaps = member;

	switch (slot) {
	case DSR_SUSER:
	case DSR_DUSER:
		runs[0] = (struct borrowed){ user->bytes, user->count };
		return 1;
	case DSR_LABEL:
		runs[0] = (struct borrowed){ label->text, label->length };
		return 1;
	case DSR_ENCAPS:
		/* They are written with what fills their last words. */
		runs[0] = (struct borrowed){ encaps->header[SRC], (encaps->header_length[SRC] + 3u) & ~3u };
		runs[1] = (struct borrowed){ encaps->header[DST], (encaps->header_length[DST] + 3u) & ~3u };
		return 2;
	default:
		return 0;
	}
}

static void set_borrowed(enum dsr_slot slot, void *member, unsigned run, const uint8_t *bytes)
{
	if (slot == DSR_SUSER || slot == DSR_DUSER)
		((struct user_data *)member)->bytes = bytes;
	else if (slot == DSR_LABEL)
		((struct label *)member)->text = (const char *)bytes;
	else
		((struct encaps *)member)->header[run] = bytes;
}

#define BORROWERS (DSR_BIT(DSR_SUSER) | DSR_BIT(DSR_DUSER) | DSR_BIT(DSR_LABEL) | DSR_BIT(DSR_ENCAPS))

/* Whether members, all of them decoded, borrow bytes. Nearly all records have ENCAPS; only those of version 5
 * have headers there. */
static bool has_borrowers(const struct flow *f, uint32_t laid)
{
	return (laid & BORROWERS & ~DSR_BIT(DSR_ENCAPS)) != 0 ||
	       (laid & DSR_BIT(DSR_ENCAPS) && (f->encaps.header_length[SRC] | f->encaps.header_length[DST]) != 0);
}

static void pack_borrowed(struct flow *f, uint32_t laid, struct buf *to)
{
	struct borrowed runs[2];

	for (uint32_t left = laid & BORROWERS; left != 0; left &= left - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(left);
		unsigned count = borrowed_by(slot, dsr_member(f, slot), runs);

		for (unsigned i = 0; i < count; i++)
			buf_add(to, runs[i].bytes, runs[i].length);
	}
}

static size_t sizes_size(uint32_t laid) { return ALIGNED((size_t)__builtin_popcount(laid) * sizeof(uint16_t)); }

/* The sizes of the members; returns that of the image. */
static uint32_t measure(struct flow *f, uint32_t laid, uint16_t sizes[DSR_COUNT])
{
	size_t image = sizes_size(laid);

	memset(sizes, 0, image);
	for (uint32_t left = laid; left != 0; left &= left - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(left);
		size_t size = used_size(slot, dsr_member(f, slot));

		*sizes++ = (uint16_t)size;
		image += ALIGNED(size);
	}
	return (uint32_t)image;
}

static uint8_t *lay(struct flow *f, uint32_t laid, const uint16_t *sizes, uint8_t *at)
{
	memcpy(at, sizes, sizes_size(laid));
	at += sizes_size(laid);
	for (uint32_t left = laid; left != 0; left &= left - 1, sizes++) {
		memcpy(at, dsr_member(f, (enum dsr_slot)__builtin_ctz(left)), *sizes);
		at += ALIGNED((size_t)*sizes);
	}
	return at;
}

/* The last word of a member may reach beyond it: what stands there does not matter. */
static uint8_t *squeeze(struct flow *f, uint32_t laid, const uint16_t *sizes, uint8_t *at)
{
	struct squeezer s = squeezer_on(at);
	uint64_t word;

	for (size_t i = 0; i < sizes_size(laid); i += WORD) {
		memcpy(&word, (const uint8_t *)sizes + i, WORD);
		put_word(&s, word);
	}
	for (uint32_t left = laid; left != 0; left &= left - 1, sizes++) {
		const uint8_t *member = dsr_member(f, (enum dsr_slot)__builtin_ctz(left));

		for (size_t i = 0; i < *sizes; i += WORD) {
			memcpy(&word, member + i, WORD);
			put_word(&s, word);
		}
	}
	return squeezer_end(&s);
}

/* One that was turned is written anew as a whole if anything is. */
static bool keeps_record(const struct flow *f, enum pack_form form)
{
	return form == PACK_WHOLE && f->length > 0 && (f->dirty == 0 || !f->is_turned);
}

/* What is decoded by what stands beside it stays as it was decoded. */
#define DEPENDENT (DSR_BIT(DSR_FLOW) | DSR_BIT(DSR_TIME) | DSR_BIT(DSR_NETWORK))

static uint32_t members_of(const struct flow *f, bool has_record)
{
	if (!has_record)
		return f->have;
	return f->dirty == 0 ? 0 : f->have & (f->dirty | (f->ready & DEPENDENT));
}

enum pack_form pack_flow(struct flow *f, enum pack_form form, struct buf *to)
{
	bool has_record = keeps_record(f, form);
	_Alignas(8) uint16_t sizes[DSR_COUNT];
	struct header header;
	uint8_t *start, *end;
	uint32_t laid;

	if (likely(form == PACK_RECORD && pack_is_record(f))) {
		buf_reserve(to, f->length);
		memcpy(to->data + to->length, f->bytes, f->length);
		to->length += f->length;
		return PACK_RECORD;
	}
	if (!has_record)
		flow_decode_all(f);
	laid = members_of(f, has_record);
	header = (struct header){ f->have, laid, f->dirty, has_record ? f->length : 0, f->offset, measure(f, laid, sizes), f->type,
				  f->cause, f->version, f->is_turned, has_borrowers(f, laid), f->is_merged };
	buf_reserve(to, sizeof header + IMAGE_MAX);
	start = (uint8_t *)to->data + to->length;
	memcpy(start, &header, sizeof header);
	start += sizeof header;
	end = form == PACK_OPEN ? lay(f, laid, sizes, start) : squeeze(f, laid, sizes, start);
	to->length += sizeof header + (size_t)(end - start);
	if (header.borrows)
		pack_borrowed(f, laid, to);
	if (has_record)
		buf_add(to, f->bytes, f->length);
	return form == PACK_RECORD ? PACK_SQUEEZED : form;
}

static void open_borrowed(struct flow *f, uint32_t laid, const uint8_t *at)
{
	struct borrowed runs[2];

	for (uint32_t left = laid & BORROWERS; left != 0; left &= left - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(left);
		void *member = dsr_member(f, slot);
		unsigned count = borrowed_by(slot, member, runs);

		for (unsigned i = 0; i < count; i++) {
			set_borrowed(slot, member, i, at);
			at += runs[i].length;
		}
	}
}

/* Takes the members out of an image; `laid` says which. */
static void take_members(struct flow *f, uint32_t laid, const uint8_t *image)
{
	const uint8_t *sizes = image, *at = image + sizes_size(laid);
	uint16_t size;

	for (uint32_t left = laid; left != 0; left &= left - 1, sizes += sizeof size) {
		memcpy(&size, sizes, sizeof size);
		memcpy(dsr_member(f, (enum dsr_slot)__builtin_ctz(left)), at, size);
		at += ALIGNED((size_t)size);
	}
}

/* The members stay where they are until they are asked for. */
static void hold_members(struct flow *f, const struct header *header, const uint8_t *image)
{
	const uint8_t *sizes = image;
	size_t at = sizes_size(header->laid);
	uint16_t size;

	f->image = image;
	for (uint32_t left = header->laid; left != 0; left &= left - 1, sizes += sizeof size) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(left);

		memcpy(&size, sizes, sizeof size);
		if (header->have & DSR_BIT(slot))
			flow_hold(f, slot, at, size);
		at += ALIGNED((size_t)size);
	}
}

/* The flow as it is without its members. */
static void open_head(struct flow *f, const struct header *header, const uint8_t *record, const struct flow_reading *reading)
{
	if (header->record == 0) {
		flow_blank(f, (enum record_type)header->type, reading);
		f->is_turned = header->is_turned;
	} else {
		flow_open(f, record, header->record, reading);
		f->indexed &= ~(header->dirty & ~header->have); /* what was dropped */
		f->is_settled = header->dirty != 0;             /* and not turned */
	}
	f->cause = header->cause;
	f->version = header->version;
	f->offset = header->offset;
	f->is_merged = header->is_merged;
}

/* Which members it has: those that follow, and what its record has besides. */
static void open_members(struct flow *f, const struct header *header)
{
	bool is_unchanged = header->record > 0 && header->dirty == 0;

	f->ready = header->record > 0 ? header->laid : header->have;
	f->dirty = header->record > 0 ? header->dirty : header->have;
	f->have = is_unchanged ? f->have : header->have;
}

void pack_open(struct flow *f, enum pack_form form, const uint8_t *bytes, size_t length,
	       const struct flow_reading *reading)
{
	_Alignas(8) uint8_t image[IMAGE_MAX];
	const uint8_t *body = bytes + sizeof(struct header);
	struct header header;

	if (form == PACK_RECORD) {
		flow_open(f, bytes, (uint32_t)length, reading);
		return;
	}
	memcpy(&header, bytes, sizeof header);
	open_head(f, &header, bytes + length - header.record, reading);
	/* Members are used where they lie only if they lie as structures must. */
	if (form == PACK_OPEN && !header.borrows && (uintptr_t)body % WORD == 0) {
		hold_members(f, &header, body);
		return;
	}
	open_members(f, &header);
	if (form == PACK_OPEN) {
		take_members(f, header.laid, body);
		body += header.size;
	} else {
		body = stretch(body, image, header.size);
		take_members(f, header.laid, image);
	}
	if (header.borrows)
		open_borrowed(f, header.laid, body);
}

/* Where the members of images lie, of which many are laid out alike. */
struct layout {
	uint32_t laid;
	uint32_t sizes_size;
	_Alignas(8) uint16_t sizes[DSR_COUNT];
	uint16_t at[DSR_COUNT]; /* from the image on */
};

#define LAYOUTS 16u

static _Thread_local struct layout layouts[LAYOUTS];

static const struct layout *learn_layout(struct layout *l, uint32_t laid, const uint8_t *image)
{
	size_t at = sizes_size(laid);
	const uint16_t *size = l->sizes;

	l->laid = laid;
	l->sizes_size = (uint32_t)at;
	memcpy(l->sizes, image, at);
	for (uint32_t left = laid; left != 0; left &= left - 1) {
		l->at[__builtin_ctz(left)] = (uint16_t)at;
		at += ALIGNED((size_t)*size++);
	}
	return l;
}

static inline const struct layout *layout_of(const struct header *header, const uint8_t *image)
{
	uint32_t laid = header->laid;
	struct layout *l = &layouts[(laid ^ laid >> 5 ^ laid >> 10 ^ header->size / WORD) % LAYOUTS];

	if (likely(l->laid == laid && same_words((const uint8_t *)l->sizes, image, l->sizes_size)))
		return l;
	return learn_layout(l, laid, image);
}

HOT void pack_members(uint8_t *bytes, struct members *members)
{
	struct header *header = (struct header *)bytes;

	members->have = header->have;
	members->flow = NULL;
	members->image = (uint8_t *)(header + 1);
	members->at = layout_of(header, members->image)->at;
}

void pack_set_merged(uint8_t *bytes, uint32_t have)
{
	struct header *header = (struct header *)bytes;

	header->have = have;
	header->is_merged = true;
}
