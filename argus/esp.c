/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ESP (probe.md 14): sequence numbers, and what they say is missing. */
#include "argus/table.h"

#define MAX_STEP 65536

enum esp_status {
	ESP_DROPS = 0x10,
	ESP_ROLLOVER = 0x1000,
	ESP_FAILURE = 0x2000, /* freezes the counts for the period */
	ESP_DISORDER = 0x10000,
};

static void follow(struct esp *esp, uint32_t seq)
{
	int32_t step = (int32_t)(seq - esp->last_seq);

	if (step == 0 || step > MAX_STEP || step < -MAX_STEP)
		esp->status |= ESP_FAILURE;
	if (step == 0)
		return;
	if (!(esp->status & ESP_FAILURE)) {
		if (step > 1) {
			esp->status |= ESP_DROPS;
			esp->lost += (uint32_t)step - 1;
		} else if (step < 0) {
			esp->status |= ESP_DISORDER;
			esp->lost--;
		}
		if (step > 0 && seq < esp->last_seq)
			esp->status |= ESP_ROLLOVER;
	}
	esp->last_seq = seq;
}

void esp_update(struct step *s)
{
	const uint8_t *h = span_peek(&s->packet->payload, 8);

	if (h == NULL)
		return;
	if (s->is_first)
		((union small_state *)flow_new_state(s->probe, s->flow, STATE_ESP))->esp = (struct esp){
			.spi = get_be32(h), .last_seq = get_be32(h + 4),
		};
	else if (s->flow->kind == STATE_ESP)
		follow(&small_at(s->probe, s->flow)->esp, get_be32(h + 4));
}
