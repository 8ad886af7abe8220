/* SPDX-License-Identifier: BSD-2-Clause */
/* Control messages and actions on their way out: see ctl.h. */

#include <stdio.h>
#include <string.h>

#include "l2tp/ctl.h"

#define ACT_BYTES	512	/* arena bytes that any one action fits in */
#define ARENA_ALIGN	_Alignof(max_align_t)
#define EARLY_MAX	16	/* early messages of one tunnel */
#define QUEUE_MIN	16	/* messages that may wait for one peer */
#define QUEUE_MAX	4096

_Static_assert(sizeof(struct l2tp_tunnel_info) <= REL_BODY_MAX &&
    L2TP_TEXT_MAX <= REL_BODY_MAX, "a slot holds either");
_Static_assert(MSG_HEAD + REL_BODY_MAX <= ACT_BYTES &&
    sizeof(struct l2tp_end) <= ACT_BYTES, "an action fits");

static uint16_t
at_most(uint64_t n, uint16_t max)
{
	return n < max ? (uint16_t)n : max;
}

struct rel_params
ctl_rel(const struct l2tp *l)
{
	const struct l2tp_params *p = l->params;

	return (struct rel_params){
		.first_ms = p->rtx_first_ms,
		.cap_ms = p->rtx_cap_ms,
		.tries = at_most(p->rtx_tries, UINT16_MAX),
		.queue = at_most(QUEUE_MIN + 2ull * p->sessions_per_tunnel,
		    QUEUE_MAX),
		.early = at_most(p->recv_window, EARLY_MAX),
	};
}

void
ctl_queue(struct l2tp *l, struct tunnel *t, uint16_t session,
    const struct msg *m)
{
	uint8_t body[REL_BODY_MAX];
	struct wr w = wr_make(body, sizeof(body));
	struct rel_params rel = ctl_rel(l);

	if (!msg_encode(&w, m) ||
	    !rel_push(&t->rel, &rel, &l->slots, session, wr_out(&w)))
		t->broken = true;
}

void
ctl_put_result(struct msg *m, const struct cause *c)
{
	m->v.result.code = c->result;
	m->v.result.error = c->error;
	m->v.result.text = rd_make(c->text, strnlen(c->text,
	    L2TP_TEXT_MAX - 1));
	m->v.has |= (uint64_t)1 << AVP_RESULT_CODE;
}

void
ctl_end_set(struct l2tp *l, struct ending *e, const struct cause *c)
{
	struct rel_slot *s;

	e->why = (uint8_t)c->why;
	e->result = c->result;
	e->error = c->error;
	if (c->text[0] == '\0' ||
	    (s = pool_take(&l->slots, &e->text)) == NULL)
		return;
	(void)snprintf((char *)s->body, L2TP_TEXT_MAX, "%s", c->text);
}

void
ctl_end_wipe(struct l2tp *l, struct ending *e)
{
	pool_give(&l->slots, e->text);
	e->text = 0;
}

static void
end_get(const struct l2tp *l, const struct ending *e, struct l2tp_end *end)
{
	const struct rel_slot *s = pool_get(&l->slots, e->text);

	*end = (struct l2tp_end){
		.why = e->why,
		.result = e->result,
		.error = e->error,
	};
	if (s != NULL)
		memcpy(end->text, s->body, sizeof(end->text));
}

void
ctl_info_set(struct l2tp *l, struct tunnel *t,
    const struct l2tp_tunnel_info *info)
{
	struct rel_slot *s;

	if (t->info == 0 && pool_take(&l->slots, &t->info) == NULL)
		return;
	if ((s = pool_get(&l->slots, t->info)) != NULL)
		memcpy(s->body, info, sizeof(*info));
}

void
ctl_info_get(const struct l2tp *l, const struct tunnel *t,
    struct l2tp_tunnel_info *info)
{
	const struct rel_slot *s = pool_get(&l->slots, t->info);

	*info = (struct l2tp_tunnel_info){ 0 };
	if (s != NULL)
		memcpy(info, s->body, sizeof(*info));
	info->id = t->id;
	info->peer_id = t->peer_id;
	info->window = t->rel.window;
}

void
ctl_info_wipe(struct l2tp *l, struct tunnel *t)
{
	pool_give(&l->slots, t->info);
	t->info = 0;
}

static bool
has_room(const struct l2tp_out *o)
{
	return o->n < L2TP_OUT_ACTS &&
	    o->used + ACT_BYTES + ARENA_ALIGN <= L2TP_OUT_BYTES;
}

/* Arena bytes of the box, aligned for anything; there is room (has_room). */
static void *
take(struct l2tp_out *o, size_t n)
{
	void *p;

	o->used = (o->used + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	p = o->arena + o->used;
	o->used += n;
	return p;
}

static struct l2tp_act *
add(struct l2tp_out *o, enum l2tp_act_kind kind, const struct tunnel *t,
    uint32_t session)
{
	struct l2tp_act *a = &o->act[o->n++];

	*a = (struct l2tp_act){
		.kind = kind,
		.path = t->path,
		.tunnel = t->self,
		.session = session,
	};
	return a;
}

/* RFC 2661 §5.8: a repeat carries the same Ns and a fresh Nr. */
static void
send_packet(struct tunnel *t, const struct rel_slot *s, struct l2tp_out *o)
{
	struct l2tp_act *a = add(o, L2TP_SEND, t, 0);
	size_t len = s != NULL ? s->len : 0;
	struct wr w = wr_make(take(o, MSG_HEAD + len), MSG_HEAD + len);
	struct msg_head h = {
		.tunnel_id = t->peer_id,
		.session_id = s != NULL ? s->tag : 0,
		.ns = s != NULL ? s->ns : t->rel.nxt,
		.nr = t->rel.nr,
	};

	msg_head_encode(&w, &h, rd_make(s != NULL ? s->body : NULL, len));
	a->data = wr_out(&w);
}

static void
flush_packets(struct l2tp *l, struct tunnel *t, mono_t now,
    struct l2tp_out *o)
{
	struct rel_params rel = ctl_rel(l);
	const struct rel_slot *s;
	bool again;

	while (has_room(o) && (s = rel_send(&t->rel, &rel, &l->slots, now,
	    &again)) != NULL) {
		l->retransmits += again;
		send_packet(t, s, o);
	}
	if (t->rel.ack_due && has_room(o)) {
		send_packet(t, NULL, o);
		rel_ack_sent(&t->rel);
	}
}

static void
tell_tunnel_up(struct l2tp *l, struct tunnel *t, struct l2tp_out *o)
{
	struct l2tp_tunnel_info *info = take(o, sizeof(*info));

	ctl_info_get(l, t, info);
	ctl_info_wipe(l, t);
	add(o, L2TP_TUNNEL_UP, t, 0)->tun = info;
	t->up = false;
}

static void
tell_call(struct tunnel *t, struct session *s, enum l2tp_act_kind kind,
    struct l2tp_out *o)
{
	struct l2tp_call_info *info = take(o, sizeof(*info));

	*info = (struct l2tp_call_info){
		.tunnel_id = t->id,
		.session_id = s->id,
		.peer_tunnel_id = t->peer_id,
		.peer_session_id = s->peer_id,
		.serial = s->serial,
		.tx_speed = s->tx_speed,
		.sequencing = s->sequencing,
	};
	add(o, kind, t, s->self)->call = info;
	s->told = true;
}

static void
tell_down(struct l2tp *l, struct tunnel *t, struct session *s,
    struct l2tp_out *o)
{
	bool call = s != NULL;
	struct l2tp_end *end = take(o, sizeof(*end));
	struct l2tp_act *a = add(o, call ? L2TP_CALL_DOWN : L2TP_TUNNEL_DOWN,
	    t, call ? s->self : 0);

	end_get(l, call && !s->with_tunnel ? &s->end : &t->end, end);
	a->end = end;
}

/* False if the box is full: the rest waits. */
static bool
tell_session(struct l2tp *l, struct tunnel *t, struct session *s,
    struct l2tp_out *o)
{
	if (s->ended)
		s->ask = s->up = false;
	if (!(s->ask || s->up || (s->ended && s->told)))
		return true;
	if (!has_room(o))
		return false;
	if (s->ended) {
		tell_down(l, t, s, o);
		s->told = false;
		return true;
	}
	if (s->ask)
		tell_call(t, s, L2TP_ASK_CALL, o);
	else
		tell_call(t, s, L2TP_CALL_UP, o);
	s->ask = s->up = false;
	return true;
}

/* All sessions in turn; those that ended and were told leave the chain. */
static bool
flush_sessions(struct l2tp *l, struct tunnel *t, struct l2tp_out *o)
{
	uint32_t *link = &t->sessions;
	struct session *s;

	while ((s = pool_get(&l->sessions, *link)) != NULL) {
		if (!tell_session(l, t, s, o))
			return false;
		if (!s->ended) {
			link = &s->next;
			continue;
		}
		ctl_end_wipe(l, &s->end);
		uint32_t gone = *link;
		*link = s->next;
		pool_give(&l->sessions, gone);
	}
	return true;
}

void
ctl_flush(struct l2tp *l, struct tunnel *t, mono_t now, struct l2tp_out *o)
{
	t->late = true;
	flush_packets(l, t, now, o);
	if (t->rel.ack_due || rel_may_send(&t->rel))
		return;
	if (t->up) {
		if (!has_room(o))
			return;
		tell_tunnel_up(l, t, o);
	}
	if (!flush_sessions(l, t, o))
		return;
	if (t->ended && !t->told_down) {
		if (!has_room(o))
			return;
		tell_down(l, t, NULL, o);
		ctl_end_wipe(l, &t->end);
		t->told_down = true;
	}
	t->late = false;
}
