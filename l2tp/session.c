/* SPDX-License-Identifier: BSD-2-Clause */
/* Call machines: see session.h. */

#include "l2tp/session.h"

#define ID_TRIES	64	/* random picks before giving up */
#define TX_SPEED	100000000	/* what phones say */

#define S(name)		(1u << SESS_##name)
#define E(name)		(1u << SESS_EV_##name)
#define E_ICRQ		(E(ICRQ_OK) | E(ICRQ_BAD))
#define E_ICRP		(E(ICRP_OK) | E(ICRP_BAD))
#define E_ICCN		(E(ICCN_OK) | E(ICCN_BAD))
#define D(name)		SESS_DO_##name
#define CDN_CLEAN	(D(SEND_CDN) | D(CLEAN))

/* clang-format off */
/* RFC 2661 §7.4.1, same rows, same order. */
static const struct sess_row lac_rows[] = {
/*	state			event				action			next */
{	S(IDLE),		E(RING),			D(TUNNEL_OPEN),		SESS_WAIT_TUNNEL },
{	S(IDLE),		E_ICCN | E_ICRP | E(CDN),	D(CLEAN),		SESS_IDLE },
{	S(WAIT_TUNNEL),		E(CLOSE),			D(CLEAN),		SESS_IDLE },
{	S(WAIT_TUNNEL),		E(TUNNEL_OPEN),			D(SEND_ICRQ),		SESS_WAIT_REPLY },
{	S(WAIT_REPLY),		E(ICRP_OK),			D(SEND_ICCN),		SESS_ESTABLISHED },
{	S(WAIT_REPLY),		E(ICRP_BAD),			CDN_CLEAN,		SESS_IDLE },
{	S(WAIT_REPLY),		E_ICRQ,				CDN_CLEAN,		SESS_IDLE },
{	S(WAIT_REPLY),		E(CDN) | E_ICCN,		D(CLEAN),		SESS_IDLE },
{	S(WAIT_REPLY),		E(CLOSE),			CDN_CLEAN,		SESS_IDLE },
{	S(ESTABLISHED),		E(CDN),				D(CLEAN),		SESS_IDLE },
{	S(ESTABLISHED),		E_ICRQ | E_ICRP | E_ICCN,	CDN_CLEAN,		SESS_IDLE },
{	S(ESTABLISHED),		E(CLOSE),			CDN_CLEAN,		SESS_IDLE },
};

/* RFC 2661 §7.4.2, same rows, same order. */
static const struct sess_row lns_rows[] = {
/*	state			event				action			next */
{	S(IDLE),		E(ICRQ_OK),			D(SEND_ICRP),		SESS_WAIT_CONNECT },
{	S(IDLE),		E(ICRQ_BAD),			CDN_CLEAN,		SESS_IDLE },
{	S(IDLE),		E_ICRP,				CDN_CLEAN,		SESS_IDLE },
{	S(IDLE),		E_ICCN,				D(CLEAN),		SESS_IDLE },
{	S(WAIT_CONNECT),	E(ICCN_OK),			D(PREPARE),		SESS_ESTABLISHED },
{	S(WAIT_CONNECT),	E(ICCN_BAD),			CDN_CLEAN,		SESS_IDLE },
{	S(WAIT_CONNECT),	E_ICRQ | E_ICRP,		CDN_CLEAN,		SESS_IDLE },
{	S(IDLE) | S(WAIT_CONNECT) | S(ESTABLISHED), E(CDN),	D(CLEAN),		SESS_IDLE },
{	S(WAIT_CONNECT) | S(ESTABLISHED), E(CLOSE),		CDN_CLEAN,		SESS_IDLE },
{	S(ESTABLISHED),		E_ICRQ | E_ICRP | E_ICCN,	CDN_CLEAN,		SESS_IDLE },
};
/* clang-format on */

static const char *const state_names[SESS_STATES] = {
	[SESS_IDLE] = "idle",
	[SESS_WAIT_TUNNEL] = "wait-tunnel",
	[SESS_WAIT_REPLY] = "wait-reply",
	[SESS_WAIT_CONNECT] = "wait-connect",
	[SESS_ESTABLISHED] = "established",
};

const struct sess_row *
sess_rows(enum l2tp_role role, unsigned *n)
{
	bool lac = role == L2TP_LAC;

	*n = lac ? sizeof(lac_rows) / sizeof(lac_rows[0]) :
	    sizeof(lns_rows) / sizeof(lns_rows[0]);
	return lac ? lac_rows : lns_rows;
}

const char *
sess_state_str(enum sess_state s)
{
	return s < SESS_STATES ? state_names[s] : "unknown";
}

static struct session *
first(const struct l2tp *l, const struct tunnel *t)
{
	return pool_get(&l->sessions, t->sessions);
}

static struct session *
next(const struct l2tp *l, const struct session *s)
{
	return pool_get(&l->sessions, s->next);
}

struct session *
sess_find(const struct l2tp *l, const struct tunnel *t, uint16_t id)
{
	struct session *s = first(l, t);

	while (s != NULL && (s->id != id || s->ended))
		s = next(l, s);
	return s;
}

struct session *
sess_find_peer(const struct l2tp *l, const struct tunnel *t, uint16_t peer_id)
{
	struct session *s = first(l, t);

	if (peer_id == 0)
		return NULL;
	while (s != NULL && (s->peer_id != peer_id || s->ended))
		s = next(l, s);
	return s;
}

unsigned
sess_count(const struct l2tp *l, const struct tunnel *t)
{
	unsigned n = 0;

	for (struct session *s = first(l, t); s != NULL; s = next(l, s))
		n += !s->ended;
	return n;
}

/* RFC 2661 §9.1: unpredictable; §5.3: never 0.  0 if the source fails. */
static uint16_t
pick_id(struct l2tp *l, const struct tunnel *t)
{
	for (int i = 0; i < ID_TRIES; i++) {
		uint16_t id = (uint16_t)rng_u32(l->rng);

		if (id != 0 && sess_find(l, t, id) == NULL)
			return id;
	}
	return 0;
}

struct session *
sess_new(struct l2tp *l, struct tunnel *t, enum l2tp_role role, mono_t now)
{
	uint16_t id;
	uint32_t handle;
	struct session *s;

	if (sess_count(l, t) >= l->params->sessions_per_tunnel ||
	    l->sessions.used >= l->params->sessions ||
	    (id = pick_id(l, t)) == 0 ||
	    (s = pool_take(&l->sessions, &handle)) == NULL)
		return NULL;
	s->self = handle;
	s->tunnel = t->self;
	s->id = id;
	s->role = (uint8_t)role;
	s->born = now;
	s->next = t->sessions;
	t->sessions = handle;
	return s;
}

static void
put_u16(struct msg *m, enum avp_type t, uint16_t *member, uint16_t v)
{
	*member = v;
	m->v.has |= (uint64_t)1 << t;
}

static void
put_u32(struct msg *m, enum avp_type t, uint32_t *member, uint32_t v)
{
	*member = v;
	m->v.has |= (uint64_t)1 << t;
}

static void
send_icrq(struct l2tp *l, struct tunnel *t, struct session *s)
{
	struct msg m = { .type = MSG_ICRQ };

	s->serial = ++l->serial;
	put_u16(&m, AVP_ASSIGNED_SESSION_ID, &m.v.session_id, s->id);
	put_u32(&m, AVP_CALL_SERIAL_NUMBER, &m.v.serial, s->serial);
	ctl_queue(l, t, 0, &m);
}

static void
send_icrp(struct l2tp *l, struct tunnel *t, const struct session *s)
{
	struct msg m = { .type = MSG_ICRP };

	put_u16(&m, AVP_ASSIGNED_SESSION_ID, &m.v.session_id, s->id);
	ctl_queue(l, t, s->peer_id, &m);
}

/* RFC 2661 §4.4.3: no framing that the peer did not advertise. */
static void
send_iccn(struct l2tp *l, struct tunnel *t, struct session *s)
{
	struct msg m = { .type = MSG_ICCN };

	s->tx_speed = TX_SPEED;
	put_u32(&m, AVP_TX_CONNECT_SPEED, &m.v.tx_speed, s->tx_speed);
	put_u32(&m, AVP_FRAMING_TYPE, &m.v.framing_type,
	    t->framing == 2 ? 2 : 1);
	ctl_queue(l, t, s->peer_id, &m);
}

void
sess_refuse(struct l2tp *l, struct tunnel *t, uint16_t id, uint16_t peer_id,
    const struct cause *c)
{
	struct msg m = { .type = MSG_CDN };

	if (id == 0 && (id = pick_id(l, t)) == 0) {
		t->broken = true;
		return;
	}
	put_u16(&m, AVP_ASSIGNED_SESSION_ID, &m.v.session_id, id);
	ctl_put_result(&m, c);
	ctl_queue(l, t, peer_id, &m);
}

/* The one setter. */
static void
set_state(struct session *s, enum sess_state new)
{
	if (new == SESS_ESTABLISHED)
		s->up = true;
	s->state = (uint8_t)new;
}

static void
perform(struct l2tp *l, struct tunnel *t, struct session *s, unsigned actions,
    const struct cause *c)
{
	if (actions & SESS_DO_SEND_ICRQ)
		send_icrq(l, t, s);
	if (actions & SESS_DO_SEND_ICRP)
		send_icrp(l, t, s);
	if (actions & SESS_DO_SEND_ICCN)
		send_iccn(l, t, s);
	if (actions & SESS_DO_SEND_CDN)
		sess_refuse(l, t, s->id, s->peer_id, c);
	if (actions & SESS_DO_CLEAN) {
		s->ended = true;
		ctl_end_set(l, &s->end, c);
	}
}

bool
sess_event(struct l2tp *l, struct tunnel *t, struct session *s,
    enum sess_event ev, const struct cause *c)
{
	unsigned n;
	const struct sess_row *row = sess_rows(s->role, &n);

	if (s->ended)
		return false;
	for (; n > 0; n--, row++) {
		if (!(row->states >> s->state & 1) ||
		    !(row->events >> ev & 1))
			continue;
		perform(l, t, s, row->actions, c);
		set_state(s, row->next);
		return true;
	}
	return false;
}

void
sess_tunnel_open(struct l2tp *l, struct tunnel *t)
{
	for (struct session *s = first(l, t); s != NULL; s = next(l, s))
		(void)sess_event(l, t, s, SESS_EV_TUNNEL_OPEN, NULL);
}

/* RFC 2661 §5.7: a StopCCN clears all calls without a word about each. */
void
sess_tunnel_ended(struct l2tp *l, struct tunnel *t)
{
	for (struct session *s = first(l, t); s != NULL; s = next(l, s)) {
		if (s->ended)
			continue;
		s->ended = true;
		s->with_tunnel = true;
		set_state(s, SESS_IDLE);
	}
}
