/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's out-box: see client.h. */

#include <stdalign.h>
#include <string.h>

#include "radius/client_int.h"

/* OPEN and SEND, or DONE; one packet and a few words. */
#define STEP_ACTS	2
#define STEP_BYTES	(RADIUS_PACKET_MAX + 256)

void
radius_out_reset(struct radius_out *o)
{
	wipe(o->arena, o->used);
	memset(o->act, 0, o->n * sizeof(o->act[0]));
	o->n = 0;
	o->used = 0;
}

bool
radius_out_room(const struct radius_out *o)
{
	return o->n + STEP_ACTS <= RADIUS_OUT_ACTS &&
	    o->used + STEP_BYTES <= RADIUS_OUT_BYTES;
}

struct radius_act *
radius_out_add(struct radius_out *o, enum radius_act_kind kind)
{
	struct radius_act *a = &o->act[o->n++];

	*a = (struct radius_act){ .kind = kind, .text = "" };
	return a;
}

const uint8_t *
radius_out_copy(struct radius_out *o, const void *p, size_t n)
{
	size_t a = alignof(max_align_t);
	size_t at = (o->used + a - 1) / a * a;

	o->used = at + n;
	memcpy(&o->arena[at], p, n);
	return &o->arena[at];
}
