/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 802.11 frames (probe.md 5.3): open data frames lead to LLC, all others are flows
 * of their three addresses. */
#include "argus/walk.h"

enum { WLAN_MANAGEMENT = 0, WLAN_CONTROL = 1, WLAN_DATA = 2 };

#define SUBTYPE_NULL 0x4 /* a data frame without data */
#define SUBTYPE_QOS 0x8
#define FLAG_TO_FROM_DS 0x03
#define FLAG_PROTECTED 0x40

int walk_wlan(struct walk *w, bool is_padded)
{
	const uint8_t *h = span_peek(&w->up, 2);
	size_t size = 24;
	uint8_t subtype;

	w->p->encaps |= ENCAPS_WLAN;
	if (h == NULL) {
		w->p->undecodable = UNDECODABLE_SHORT;
		return WALK_DROP;
	}
	w->wlan = w->up.at;
	subtype = h[0] >> 4;
	if ((h[0] >> 2 & 3) != WLAN_DATA || (subtype & SUBTYPE_NULL) || (h[1] & FLAG_PROTECTED))
		return WALK_STOP;
	if ((h[1] & FLAG_TO_FROM_DS) == FLAG_TO_FROM_DS)
		size += 6;
	if (subtype & SUBTYPE_QOS)
		size += 2;
	if (is_padded)
		size = (size + 3) & ~(size_t)3;
	return walk_take(w, size) != NULL ? WALK_LLC : WALK_STOP;
}
