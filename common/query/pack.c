/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/query/pack.h"

#include "argus/record/dsr.h"

/* What a packed flow begins with. */
struct header {
	uint32_t have;
	uint8_t type, cause, version;
	bool is_turned;
	uint64_t offset;
};

#define WORD 4u /* bytes */
#define WORDS_A_MASK 32u
#define MASKED (WORD * WORDS_A_MASK)

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

/* Squeezes `size` bytes: for each 32 words a mask of those that are not zero, and
 * those. Returns the place behind. `to` has room for all of them, and a word more. */
static uint8_t *squeeze(const uint8_t *from, size_t size, uint8_t *to)
{
	while (size > 0) {
		unsigned words = size >= MASKED ? WORDS_A_MASK : (unsigned)(size / WORD);
		size_t rest = size >= MASKED ? 0 : size % WORD;
		uint32_t word;
		uint32_t mask = 0;
		uint8_t *out = to + sizeof mask;

		for (unsigned i = 0; i < words; i++, from += WORD) {
			memcpy(&word, from, WORD);
			memcpy(out, &word, WORD);
			mask |= (uint32_t)(word != 0) << i;
			out += word != 0 ? WORD : 0;
		}
		if (rest > 0) {
			word = 0;
			memcpy(&word, from, rest);
			memcpy(out, &word, WORD);
			mask |= (uint32_t)(word != 0) << words;
			out += word != 0 ? WORD : 0;
		}
		memcpy(to, &mask, sizeof mask);
		to = out;
		size -= size >= MASKED ? MASKED : size;
	}
	return to;
}

static const uint8_t *stretch(const uint8_t *from, uint8_t *to, size_t size)
{
	while (size > 0) {
		size_t part = size >= MASKED ? MASKED : size;
		uint32_t mask;

		memcpy(&mask, from, sizeof mask);
		from += sizeof mask;
		memset(to, 0, part);
		for (; mask != 0; mask &= mask - 1) {
			size_t at = (size_t)__builtin_ctz(mask) * WORD;

			if (likely(part - at >= WORD))
				memcpy(to + at, from, WORD);
			else
				memcpy(to + at, from, part - at);
			from += WORD;
		}
		to += part;
		size -= part;
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
		runs[0] = (struct borrowed){ encaps->header[SRC], encaps->header_length[SRC] };
		runs[1] = (struct borrowed){ encaps->header[DST], encaps->header_length[DST] };
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

static void decode_rest(struct flow *f)
{
	for (uint32_t left = f->have & ~f->ready; left != 0; left &= left - 1)
		flow_decode(f, (enum dsr_slot)__builtin_ctz(left));
}

#define BORROWERS (DSR_BIT(DSR_SUSER) | DSR_BIT(DSR_DUSER) | DSR_BIT(DSR_LABEL) | DSR_BIT(DSR_ENCAPS))

static void pack_borrowed(struct flow *f, struct buf *to)
{
	struct borrowed runs[2];

	for (uint32_t left = f->have & BORROWERS; left != 0; left &= left - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(left);
		unsigned count = borrowed_by(slot, dsr_member(f, slot), runs);

		for (unsigned i = 0; i < count; i++)
			buf_add(to, runs[i].bytes, runs[i].length);
	}
}

/* Members with borrowed bytes are packed without their pointers, which would be the
 * only thing in them that differs from run to run. */
static uint8_t *pack_member(struct flow *f, enum dsr_slot slot, uint8_t *at)
{
	const void *member = dsr_member(f, slot);
	struct borrowed runs[2];
	union {
		struct encaps encaps;
		struct user_data user;
		struct label label;
	} copy;
	unsigned count;

	if (!(DSR_BIT(slot) & BORROWERS))
		return squeeze(member, used_size(slot, member), at);
	memcpy(&copy, member, used_size(slot, member));
	count = borrowed_by(slot, member, runs);
	for (unsigned i = 0; i < count; i++)
		set_borrowed(slot, &copy, i, NULL);
	return squeeze((const uint8_t *)&copy, used_size(slot, member), at);
}

enum pack_form pack_flow(struct flow *f, bool as_record, struct buf *to)
{
	struct header header;
	uint8_t *start, *at;

	if (as_record && f->dirty == 0 && f->length > 0) {
		buf_add(to, f->bytes, f->length);
		return PACK_RECORD;
	}
	decode_rest(f);
	header = (struct header){ f->have, f->type, f->cause, f->version, f->is_turned, f->offset };
	buf_reserve(to, sizeof(struct flow) * 2);
	start = at = (uint8_t *)to->data + to->length;
	memcpy(at, &header, sizeof header);
	at += sizeof header;
	for (uint32_t left = f->have; left != 0; left &= left - 1)
		at = pack_member(f, (enum dsr_slot)__builtin_ctz(left), at);
	to->length += (size_t)(at - start);
	if (f->have & BORROWERS)
		pack_borrowed(f, to);
	return PACK_FLOW;
}

/* The size of a member may depend on its first word. */
static size_t stretched_size(enum dsr_slot slot, uint8_t *member, const uint8_t *from)
{
	uint32_t mask;

	memcpy(&mask, from, sizeof mask);
	memset(member, 0, WORD);
	if (mask & 1)
		memcpy(member, from + sizeof mask, WORD);
	return used_size(slot, member);
}

static void open_borrowed(struct flow *f, const uint8_t *at)
{
	struct borrowed runs[2];

	for (uint32_t left = f->have & BORROWERS; left != 0; left &= left - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(left);
		void *member = dsr_member(f, slot);
		unsigned count = borrowed_by(slot, member, runs);

		for (unsigned i = 0; i < count; i++) {
			set_borrowed(slot, member, i, at);
			at += runs[i].length;
		}
	}
}

void pack_open(struct flow *f, enum pack_form form, const uint8_t *bytes, size_t length,
	       const struct flow_reading *reading)
{
	struct header header;
	const uint8_t *at = bytes + sizeof header;

	if (form == PACK_RECORD) {
		flow_open(f, bytes, (uint32_t)length, reading);
		return;
	}
	memcpy(&header, bytes, sizeof header);
	flow_blank(f, (enum record_type)header.type, reading);
	f->cause = header.cause;
	f->version = header.version;
	f->offset = header.offset;
	f->is_turned = header.is_turned;
	f->is_settled = true;
	f->have = f->ready = f->dirty = header.have;
	for (uint32_t left = header.have; left != 0; left &= left - 1) {
		enum dsr_slot slot = (enum dsr_slot)__builtin_ctz(left);
		uint8_t *member = dsr_member(f, slot);

		at = stretch(at, member, stretched_size(slot, member, at));
	}
	if (f->have & BORROWERS)
		open_borrowed(f, at);
}

struct box {
	void *memory;
	size_t size;
};

void store_init(struct store *s)
{
	for (unsigned i = 0; i < STORE_CLASSES; i++)
		slab_init(&s->sizes[i], (i + 1) * STORE_STEP);
	slab_init(&s->boxes, sizeof(struct box));
	s->boxed = s->held = 0;
}

void store_fini(struct store *s)
{
	for (unsigned i = 0; i < STORE_CLASSES; i++)
		slab_fini(&s->sizes[i]);
	slab_fini(&s->boxes);
}

struct store_ref store_alloc(struct store *s, size_t size)
{
	size_t class = (size + STORE_STEP - 1) / STORE_STEP - 1;
	struct box *box;
	uint32_t at;

	if (likely(class < STORE_CLASSES)) {
		struct slab *slab = &s->sizes[class];
		size_t before = slab_size(slab);

		at = slab_alloc(slab);
		s->held += slab_size(slab) - before;
		return (struct store_ref){ at, (uint8_t)class };
	}
	at = slab_alloc(&s->boxes);
	box = slab_at(&s->boxes, at);
	*box = (struct box){ xmalloc(size), size };
	s->boxed += size;
	return (struct store_ref){ at, STORE_CLASSES };
}

void store_release(struct store *s, struct store_ref ref)
{
	struct box *box;

	if (likely(ref.size_class < STORE_CLASSES)) {
		slab_release(&s->sizes[ref.size_class], ref.at);
		return;
	}
	box = slab_at(&s->boxes, ref.at);
	s->boxed -= box->size;
	free(box->memory);
	slab_release(&s->boxes, ref.at);
}

void *store_box(const struct store *s, uint32_t at)
{
	const struct box *box = slab_at(&s->boxes, at);

	return box->memory;
}
