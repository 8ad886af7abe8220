/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadline heap: see due.h.  Ties go to the lower slot, so runs repeat. */

#include <stdlib.h>
#include <string.h>

#include "base/due.h"

size_t
due_bytes(uint32_t slots)
{
	const struct due *d = NULL;

	return slots * (sizeof(*d->when) + sizeof(*d->heap) + sizeof(*d->pos));
}

int
due_init(struct due *d, uint32_t slots)
{
	*d = (struct due){ .slots = slots };
	d->when = calloc(slots, sizeof(*d->when));
	d->heap = calloc(slots, sizeof(*d->heap));
	d->pos = calloc(slots, sizeof(*d->pos));
	if (d->when == NULL || d->heap == NULL || d->pos == NULL) {
		due_wipe(d);
		return -1;
	}
	return 0;
}

void
due_wipe(struct due *d)
{
	free(d->when);
	free(d->heap);
	free(d->pos);
	*d = (struct due){ 0 };
}

void
due_clear(struct due *d)
{
	for (uint32_t i = 0; i < d->used; i++)
		d->pos[d->heap[i]] = 0;
	d->used = 0;
}

static bool
earlier(const struct due *d, uint32_t a, uint32_t b)
{
	if (d->when[a].us != d->when[b].us)
		return mono_before(d->when[a], d->when[b]);
	return a < b;
}

static void
place(struct due *d, uint32_t at, uint32_t slot)
{
	d->heap[at] = slot;
	d->pos[slot] = at + 1;
}

static uint32_t
sift_up(struct due *d, uint32_t at, uint32_t slot)
{
	while (at > 0 && earlier(d, slot, d->heap[(at - 1) / 2])) {
		place(d, at, d->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	return at;
}

static uint32_t
sift_down(struct due *d, uint32_t at, uint32_t slot)
{
	for (;;) {
		uint32_t kid = 2 * at + 1;

		if (kid + 1 < d->used &&
		    earlier(d, d->heap[kid + 1], d->heap[kid]))
			kid++;
		if (kid >= d->used || !earlier(d, d->heap[kid], slot))
			return at;
		place(d, at, d->heap[kid]);
		at = kid;
	}
}

static void
settle(struct due *d, uint32_t at, uint32_t slot)
{
	at = sift_up(d, at, slot);
	place(d, sift_down(d, at, slot), slot);
}

static void
due_remove(struct due *d, uint32_t slot)
{
	uint32_t at = d->pos[slot];
	uint32_t last;

	if (at == 0)
		return;
	d->pos[slot] = 0;
	last = d->heap[--d->used];
	if (last != slot)
		settle(d, at - 1, last);
}

void
due_set(struct due *d, uint32_t slot, mono_t when)
{
	if (when.us == UINT64_MAX) {
		due_remove(d, slot);
		return;
	}
	d->when[slot] = when;
	if (d->pos[slot] == 0)
		place(d, d->used++, slot);
	settle(d, d->pos[slot] - 1, slot);
}

mono_t
due_first(const struct due *d)
{
	return d->used > 0 ? d->when[d->heap[0]] : MONO_NEVER;
}

bool
due_next(struct due *d, mono_t now, uint32_t *slot)
{
	if (!mono_due(due_first(d), now))
		return false;
	*slot = d->heap[0];
	due_remove(d, *slot);
	return true;
}
