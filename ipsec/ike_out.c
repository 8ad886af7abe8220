/* SPDX-License-Identifier: BSD-2-Clause */
/* The out-box of the IKE engine. */

#include <string.h>

#include "ipsec/ike_int.h"

void
ike_out_reset(struct ike_out *o)
{
	wipe(o->arena, o->used);
	o->n = 0;
	o->used = 0;
}

bool
ike_out_room(const struct ike_out *o)
{
	return IKE_OUT_ACTS - o->n >= IKE_STEP_ACTS &&
	    IKE_OUT_BYTES - o->used >= IKE_STEP_BYTES;
}

void *
ike_out_alloc(struct ike_out *o, size_t n)
{
	size_t a = _Alignof(max_align_t);
	size_t need = (n + a - 1) / a * a;
	void *p;

	if (need > IKE_OUT_BYTES - o->used)
		return NULL;
	p = &o->arena[o->used];
	o->used += need;
	memset(p, 0, n);
	return p;
}

struct ike_act *
ike_out_act(struct ike_out *o, enum ike_act_kind kind, uint64_t attempt,
    uint32_t sa)
{
	struct ike_act *a;

	if (o->n == IKE_OUT_ACTS)
		return NULL;
	a = &o->act[o->n++];
	*a = (struct ike_act){ .kind = kind, .attempt = attempt, .sa = sa };
	return a;
}

/*
 * RFC 3948 §2.2: the marker stands on port 4500.  A responder answers from the
 * port it was asked on; an initiator's own port may be any.
 */
bool
ike_way_marker(const struct ike_way *w)
{
	return (w->initiator ? w->remote.port : w->local.port) == IKE_NATT_PORT;
}

void
ike_out_send(struct ike_out *o, uint64_t attempt, uint32_t sa,
    const struct ike_way *way, struct rd msg)
{
	size_t mark = ike_way_marker(way) ? 4 : 0;
	size_t n = rd_left(&msg) + mark;
	uint8_t *p = msg.bad ? NULL : ike_out_alloc(o, n);
	struct ike_act *a = p == NULL ? NULL :
	    ike_out_act(o, IKE_SEND, attempt, sa);
	struct wr w = wr_make(p, n);

	if (a == NULL)
		return;
	wr_zero(&w, mark);
	wr_rd(&w, msg);
	a->local = way->local;
	a->remote = way->remote;
	a->data = wr_out(&w);
}

void
ike_out_stage(struct ike_out *o, uint64_t attempt, uint32_t sa,
    const struct ike_way *way, enum ike_stage stage)
{
	struct ike_act *a = ike_out_act(o, IKE_STAGE, attempt, sa);

	if (a == NULL)
		return;
	a->local = way->local;
	a->remote = way->remote;
	a->stage = stage;
}

void
ike_out_fail(struct ike_out *o, uint64_t attempt, uint32_t sa,
    const struct ike_way *way, enum ike_why why, const char *text)
{
	struct ike_act *a = ike_out_act(o, IKE_FAIL, attempt, sa);
	size_t n = strlen(text) + 1;
	char *copy = ike_out_alloc(o, n);

	if (a == NULL)
		return;
	if (copy != NULL)
		memcpy(copy, text, n);
	a->local = way->local;
	a->remote = way->remote;
	a->why = why;
	a->text = copy != NULL ? copy : "";
}
