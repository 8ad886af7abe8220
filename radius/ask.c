/* SPDX-License-Identifier: BSD-2-Clause */
/* One question's life: see client_int.h. */

#include <string.h>

#include "radius/client_int.h"

#define JITTER_PARTS	10	/* RFC 5080 §2.2.1: RAND is within a tenth */

/* ---- lists ---- */

static struct question *
question(const struct radius_client *c, uint32_t handle)
{
	return pool_get(&c->questions, handle);
}

static void
list_add(struct radius_client *c, struct list *list, struct question *q)
{
	struct question *last = question(c, list->last);

	q->prev = list->last;
	q->next = 0;
	if (last != NULL)
		last->next = q->self;
	else
		list->first = q->self;
	list->last = q->self;
	list->n++;
}

static void
list_del(struct radius_client *c, struct list *list, struct question *q)
{
	struct question *prev = question(c, q->prev);
	struct question *next = question(c, q->next);

	if (prev != NULL)
		prev->next = q->next;
	else
		list->first = q->next;
	if (next != NULL)
		next->prev = q->prev;
	else
		list->last = q->prev;
	list->n--;
	q->prev = 0;
	q->next = 0;
}

void
ask_due(struct radius_client *c, struct question *q, mono_t when)
{
	q->due = when;
	due_set(&c->due, pool_slot(q->self), when);
}

static struct radius_health *
health(struct radius_client *c, const struct question *q)
{
	return lane_health(c, q->server, q->service);
}

/* ---- birth and end ---- */

uint32_t
ask_new(struct radius_client *c, mono_t now, const struct radius_ask *a)
{
	const struct radius_params *p = c->params;
	struct rd attrs = a->attrs, password = a->password;
	struct question *q;
	uint32_t self;

	if ((a->code != RADIUS_ACCESS_REQUEST &&
	    a->code != RADIUS_ACCOUNTING_REQUEST) ||
	    a->group >= p->group_n ||
	    (a->server >= 0 && (uint32_t)a->server >= p->server_n) ||
	    (q = pool_take(&c->questions, &self)) == NULL)
		return 0;
	*q = (struct question){
		.self = self,
		.group = a->group,
		.tag = a->tag,
		.event_ms = a->event_ms,
		.asked = now,
		.end = mono_add_ms(now, a->wait_ms > 0 ? a->wait_ms :
		    p->wait_ms),
		.lane = NO_LANE,
		.server = NO_SERVER,
		.only = a->server >= 0 ? (uint8_t)a->server : NO_SERVER,
		.code = (uint8_t)a->code,
		.service = a->code == RADIUS_ACCESS_REQUEST ? RADIUS_AUTH :
		    RADIUS_ACCT,
	};
	if (attrs.bad || rd_left(&attrs) > sizeof(q->attrs) ||
	    password.bad || rd_left(&password) > sizeof(q->password)) {
		q->ended = true;
		q->result = RADIUS_BROKEN;
	} else {
		q->attrs_n = (uint16_t)rd_left(&attrs);
		q->password_n = (uint8_t)rd_left(&password);
		rd_copy(&attrs, q->attrs, q->attrs_n);
		rd_copy(&password, q->password, q->password_n);
	}
	ask_due(c, q, now);
	return self;
}

void
ask_leave(struct radius_client *c, mono_t now, struct question *q)
{
	struct lane *l = q->lane != NO_LANE ? &c->lane[q->lane] : NULL;
	struct port *p = pool_get(&c->ports, q->port);
	mono_t until = mono_add_ms(q->sent, c->params->wait_ms);

	if (l == NULL)
		return;
	list_del(c, q->port != 0 ? &l->sent : &l->waiting, q);
	if (p != NULL && p->slot[q->id].state == SLOT_ASKED)
		radius_port_late(c, p, q->id, SLOT_LATE, until);
	if (l->trial == q->self) {
		l->trial = 0;
		l->try_at = mono_add_ms(now, lane_server(c, q->lane)->dead_ms);
	}
	q->lane = NO_LANE;
	q->port = 0;
}

enum radius_result
ask_so_far(const struct question *q)
{
	if (q->no_message_auth)
		return RADIUS_NO_MESSAGE_AUTH;
	return q->forged ? RADIUS_FORGED : RADIUS_TIMED_OUT;
}

/* What went wrong on the way says more than that there was no answer. */
static void
finish(struct radius_client *c, mono_t now, struct question *q,
    enum radius_result result)
{
	ask_leave(c, now, q);
	if (result != RADIUS_BROKEN && ask_so_far(q) != RADIUS_TIMED_OUT)
		result = ask_so_far(q);
	q->ended = true;
	q->result = (uint8_t)result;
}

static void
forget(struct radius_client *c, struct question *q)
{
	ask_due(c, q, MONO_NEVER);
	pool_give(&c->questions, q->self);
}

static struct radius_act *
done(const struct question *q, mono_t now, enum radius_result result,
    struct radius_out *o)
{
	struct radius_act *a = radius_out_add(o, RADIUS_DONE);

	a->tag = q->tag;
	a->question = q->self;
	a->result = result;
	a->server = q->server != NO_SERVER ? q->server : UINT32_MAX;
	a->service = q->service;
	a->took_us = mono_since_us(now, q->asked);
	return a;
}

void
ask_move(struct radius_client *c, mono_t now, struct question *q)
{
	uint8_t server = q->lane / RADIUS_SERVICES;

	lane_health(c, server, q->service)->moved++;
	q->tried |= (uint16_t)(1u << server);
	ask_leave(c, now, q);
	ask_due(c, q, now);
}

void
ask_again(struct radius_client *c, mono_t now, struct question *q)
{
	if (q->again && lane_tls(c, q->lane)) {
		ask_move(c, now, q);
		return;
	}
	q->again = true;
	ask_leave(c, now, q);
	ask_due(c, q, now);
}

/* ---- sending ---- */

uint64_t
ask_back_off(struct rng *rng, uint64_t before_us, uint32_t first_ms,
    uint32_t cap_ms)
{
	uint64_t cap = (uint64_t)cap_ms * 1000;
	uint64_t rt = before_us > 0 ? 2 * before_us :
	    (uint64_t)first_ms * 1000;
	/* What RAND is a part of: the RT before, or the first, or the cap. */
	uint64_t part = before_us > 0 ? before_us : rt;
	uint64_t jitter;

	if (rt > cap)
		part = rt = cap;
	/* In steps of 1/1024 of the range from -1/10 to 1/10. */
	jitter = part / JITTER_PARTS * rng_below(rng, 2049) / 1024;
	return rt - part / JITTER_PARTS + jitter;
}

static bool
put_packet(struct radius_client *c, const struct question *q, struct port *p,
    struct radius_out *o)
{
	const struct secret *key = &lane_server(c, p->lane)->secret;
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;

	radius_port_begin(p, q->id, &b, buf, sizeof(buf));
	wr_bytes(&b.w, q->attrs, q->attrs_n);
	if (q->password_n > 0)
		radius_put_password(&b, rd_make(q->password, q->password_n),
		    rd_make(key->b, key->len));
	if (q->delay)
		radius_put_u32(&b, ATTR_ACCT_DELAY_TIME, q->delay_s);
	return radius_port_send(c, p, q->id, &b, o);
}

/*
 * RFC 2866 §5.2: how long we have been trying.  As it is when the packet is
 * made; its repeats are the same bytes, so that the server knows them.
 */
static void
delay_set(const struct radius_client *c, mono_t now, struct question *q)
{
	uint64_t unix_ms = c->wall_ms + mono_since_ms(now, c->wall_at);
	uint64_t s = unix_ms > q->event_ms ?
	    (unix_ms - q->event_ms) / 1000 : 0;

	q->delay = q->event_ms != 0 && c->wall_ms != 0 &&
	    q->code == RADIUS_ACCOUNTING_REQUEST;
	q->delay_s = s < UINT32_MAX ? (uint32_t)s : UINT32_MAX;
}

/* RFC 6613 §2.6: no repeats on a connection. */
static void
repeat_set(struct radius_client *c, mono_t now, struct question *q)
{
	const struct radius_server_params *s = lane_server(c, q->lane);

	q->repeat_us = ask_back_off(c->rng, q->repeat_us, s->first_ms,
	    s->cap_ms);
	q->repeat = lane_tls(c, q->lane) ? MONO_NEVER :
	    mono_add_us(now, q->repeat_us);
	ask_due(c, q, mono_min(q->repeat, q->end));
}

static void
sent(struct radius_client *c, mono_t now, struct question *q, struct port *p)
{
	struct lane *l = &c->lane[q->lane];

	list_del(c, &l->waiting, q);
	if (l->sent.n == 0)
		l->quiet = now;		/* from now on an answer is owed */
	list_add(c, &l->sent, q);
	p->slot[q->id].question = q->self;
	p->asked++;
	if (p->asked >= c->params->port_life && !lane_tls(c, q->lane))
		p->old = true;
	q->port = p->self;
	q->sent = now;
	q->repeat_us = 0;
	health(c, q)->asked++;
	repeat_set(c, now, q);
}

/* False: it has to wait for a socket or an id. */
static bool
try_send(struct radius_client *c, mono_t now, struct question *q,
    struct radius_out *o)
{
	struct port *p = radius_port_pick(c, now, q->lane, PORT_IDS_KEPT, o);

	if (p == NULL || !radius_port_take(c, p, SLOT_ASKED,
	    (enum radius_code)q->code, &q->id))
		return false;
	delay_set(c, now, q);
	if (put_packet(c, q, p, o)) {
		sent(c, now, q, p);
		return true;
	}
	radius_port_give(c, now, p, q->id);
	finish(c, now, q, RADIUS_BROKEN);
	return true;
}

static void
enter(struct radius_client *c, mono_t now, struct question *q, uint8_t lane)
{
	struct lane *l = &c->lane[lane];

	q->lane = lane;
	q->server = lane / RADIUS_SERVICES;
	list_add(c, &l->waiting, q);
	if (!l->up) {
		l->trial = q->self;
		l->try_at = mono_add_ms(now, lane_server(c, lane)->fail_ms);
	}
}

static void
repeat(struct radius_client *c, mono_t now, struct question *q,
    struct radius_out *o)
{
	struct port *p = pool_get(&c->ports, q->port);

	if (mono_due(q->repeat, now) && p != NULL &&
	    put_packet(c, q, p, o)) {
		health(c, q)->repeated++;
		repeat_set(c, now, q);
		return;
	}
	ask_due(c, q, mono_min(q->repeat, q->end));
}

void
ask_step(struct radius_client *c, mono_t now, struct question *q,
    struct radius_out *o)
{
	uint8_t lane;

	if (!q->ended && mono_due(q->end, now)) {
		if (q->lane != NO_LANE)
			health(c, q)->timed_out++;
		finish(c, now, q, RADIUS_TIMED_OUT);
	}
	if (!q->ended && q->port != 0) {
		repeat(c, now, q, o);
		return;
	}
	if (!q->ended && q->lane == NO_LANE) {
		lane = lane_choose(c, now, q);
		if (lane != NO_LANE)
			enter(c, now, q, lane);
		else
			finish(c, now, q, RADIUS_NO_SERVER);
	}
	if (!q->ended && !try_send(c, now, q, o))
		ask_due(c, q, q->end);
	if (q->ended) {
		(void)done(q, now, (enum radius_result)q->result, o);
		forget(c, q);
	}
}

/* ---- the answer ---- */

static void
count_answer(struct radius_client *c, mono_t now, const struct question *q,
    enum radius_code code)
{
	struct radius_health *h = health(c, q);

	radius_latency_add(&h->latency, mono_since_us(now, q->sent));
	h->answered++;
	h->heard = now;
	h->accepts += code == RADIUS_ACCESS_ACCEPT;
	h->rejects += code == RADIUS_ACCESS_REJECT;
	h->challenges += code == RADIUS_ACCESS_CHALLENGE;
}

void
ask_answer(struct radius_client *c, mono_t now, struct question *q,
    const struct radius_packet *reply, struct radius_out *o)
{
	struct radius_act *a = done(q, now, RADIUS_ANSWERED, o);
	struct port *p = pool_get(&c->ports, q->port);
	struct rd whole = reply->whole;
	size_t n = rd_left(&whole);
	struct lane *l = &c->lane[q->lane];

	/* The box outlives the datagram: the same packet over a copy. */
	a->reply = *reply;
	a->reply.whole = rd_make(radius_out_copy(o, whole.p, n), n);
	a->reply.attrs = a->reply.whole;
	rd_skip(&a->reply.attrs, RADIUS_HEAD);
	if (!reply->version_11)
		a->request_auth = radius_out_copy(o, p->slot[q->id].auth,
		    RADIUS_AUTH_BYTES);
	count_answer(c, now, q, reply->code);
	list_del(c, &l->sent, q);
	radius_port_give(c, now, p, q->id);
	forget(c, q);
}
