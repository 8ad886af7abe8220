/* SPDX-License-Identifier: BSD-2-Clause */
/* Control connection machine: see tunnel.h. */

#include <string.h>

#include "l2tp/session.h"
#include "l2tp/tunnel.h"

#define VERSION_1_0	0x0100
#define FRAMING_BOTH	3	/* synchronous and asynchronous */

#define S(name)		(1u << TUN_##name)
#define S_ANY		(S(IDLE) | S(WAIT_REPLY) | S(WAIT_CONN) | \
			    S(ESTABLISHED))
#define E(name)		(1u << TUN_EV_##name)
#define E_SCCRQ		(E(SCCRQ_OK) | E(SCCRQ_BAD))
#define E_SCCRP		(E(SCCRP_OK) | E(SCCRP_BAD))
#define E_SCCCN		(E(SCCCN_OK) | E(SCCCN_BAD))
#define D(name)		TUN_DO_##name
#define STOP_CLEAN	(D(SEND_STOPCCN) | D(CLEAN))

/* clang-format off */
/* RFC 2661 §7.2.1, same rows, same order. */
static const struct tun_row rows[] = {
/*	state			event		action					next */
{	S(IDLE),		E(OPEN),	D(SEND_SCCRQ),				TUN_WAIT_REPLY },
{	S(IDLE),		E(SCCRQ_OK),	D(SEND_SCCRP),				TUN_WAIT_CONN },
{	S(IDLE),		E(SCCRQ_BAD),	STOP_CLEAN,				TUN_IDLE },
{	S(IDLE),		E_SCCRP,	STOP_CLEAN,				TUN_IDLE },
{	S(IDLE),		E_SCCCN,	D(CLEAN),				TUN_IDLE },
{	S(WAIT_REPLY),		E(SCCRP_OK),	D(SEND_SCCCN) | D(TELL_OPEN),		TUN_ESTABLISHED },
{	S(WAIT_REPLY),		E(SCCRP_BAD),	STOP_CLEAN,				TUN_IDLE },
{	S(WAIT_REPLY),		E(TIE_LOST),	D(CLEAN) | D(REQUEUE),			TUN_IDLE },
{	S(WAIT_REPLY),		E_SCCCN,	STOP_CLEAN,				TUN_IDLE },
{	S(WAIT_CONN),		E(SCCCN_OK),	D(TELL_OPEN),				TUN_ESTABLISHED },
{	S(WAIT_CONN),		E(SCCCN_BAD),	STOP_CLEAN,				TUN_IDLE },
{	S(WAIT_CONN),		E_SCCRP | E_SCCRQ, STOP_CLEAN,				TUN_IDLE },
{	S(ESTABLISHED),		E(OPEN),	D(TELL_OPEN),				TUN_ESTABLISHED },
{	S(ESTABLISHED),		E(CLOSE),	STOP_CLEAN,				TUN_IDLE },
{	S(ESTABLISHED),		E_SCCRQ | E_SCCRP | E_SCCCN, STOP_CLEAN,		TUN_IDLE },
{	S_ANY,			E(STOPCCN),	D(CLEAN),				TUN_IDLE },
/* Ours: a close before it is up; §4.1, §7.1: a faulty message; §5.8: no answer. */
{	S(WAIT_REPLY) | S(WAIT_CONN), E(CLOSE),	STOP_CLEAN,				TUN_IDLE },
{	S_ANY,			E(FAULT),	STOP_CLEAN,				TUN_IDLE },
{	S_ANY,			E(QUIET),	D(CLEAN),				TUN_IDLE },
};
/* clang-format on */

#define ROWS		(sizeof(rows) / sizeof(rows[0]))
#define ROWS_OURS	3

static const char *const state_names[TUN_STATES] = {
	[TUN_IDLE] = "idle",
	[TUN_WAIT_REPLY] = "wait-ctl-reply",
	[TUN_WAIT_CONN] = "wait-ctl-conn",
	[TUN_ESTABLISHED] = "established",
};

const struct tun_row *
tun_rows(unsigned *n, unsigned *rfc)
{
	*n = ROWS;
	*rfc = ROWS - ROWS_OURS;
	return rows;
}

const char *
tun_state_str(enum tun_state s)
{
	return s < TUN_STATES ? state_names[s] : "unknown";
}

static void
has(struct msg *m, enum avp_type t)
{
	m->v.has |= (uint64_t)1 << t;
}

/* SCCRQ and SCCRP say the same of their sender (RFC 2661 §6.1, §6.2). */
static void
send_start(struct l2tp *l, struct tunnel *t, enum msg_type type)
{
	const struct l2tp_params *p = l->params;
	struct msg m = { .type = (uint16_t)type };

	m.v.version = VERSION_1_0;
	m.v.framing_caps = FRAMING_BOTH;
	m.v.host_name = rd_make(p->host_name, strnlen(p->host_name,
	    sizeof(p->host_name)));
	m.v.vendor_name = rd_make(p->vendor_name, strnlen(p->vendor_name,
	    sizeof(p->vendor_name)));
	m.v.tunnel_id = t->id;
	m.v.window = p->recv_window;
	has(&m, AVP_PROTOCOL_VERSION);
	has(&m, AVP_FRAMING_CAPABILITIES);
	has(&m, AVP_HOST_NAME);
	if (rd_left(&m.v.vendor_name) > 0)
		has(&m, AVP_VENDOR_NAME);
	has(&m, AVP_ASSIGNED_TUNNEL_ID);
	has(&m, AVP_RECEIVE_WINDOW_SIZE);
	ctl_queue(l, t, 0, &m);
}

static void
send_stopccn(struct l2tp *l, struct tunnel *t, const struct cause *c)
{
	struct msg m = { .type = MSG_STOPCCN };

	m.v.tunnel_id = t->id;
	has(&m, AVP_ASSIGNED_TUNNEL_ID);
	ctl_put_result(&m, c);
	ctl_queue(l, t, 0, &m);
}

static void
send_bare(struct l2tp *l, struct tunnel *t, enum msg_type type)
{
	struct msg m = { .type = (uint16_t)type };

	ctl_queue(l, t, 0, &m);
}

bool
tun_hello(struct l2tp *l, struct tunnel *t)
{
	uint16_t ns = t->rel.end;

	send_bare(l, t, MSG_HELLO);
	if (t->broken) {
		t->broken = false;
		return false;
	}
	t->hello_ns = ns;
	t->hello_out = true;
	return true;
}

/* RFC 2661 §5.7, §5.8: kept for a full cycle, to answer repeats. */
static void
clean(struct l2tp *l, struct tunnel *t, mono_t now, const struct cause *c)
{
	t->ended = true;
	t->up = false;
	t->busy_by = MONO_NEVER;
	t->gone_at = mono_add_ms(now, l->params->linger_ms);
	l->live--;
	ctl_info_wipe(l, t);
	ctl_end_set(l, &t->end, c);
	sess_tunnel_ended(l, t);
}

/* The one setter. */
static void
set_state(struct tunnel *t, enum tun_state new)
{
	if (new == TUN_ESTABLISHED && t->state != TUN_ESTABLISHED)
		t->up = true;
	t->state = (uint8_t)new;
}

static void
perform(struct l2tp *l, struct tunnel *t, mono_t now, unsigned actions,
    const struct cause *c)
{
	if (actions & TUN_DO_SEND_SCCRQ)
		send_start(l, t, MSG_SCCRQ);
	if (actions & TUN_DO_SEND_SCCRP)
		send_start(l, t, MSG_SCCRP);
	if (actions & TUN_DO_SEND_SCCCN)
		send_bare(l, t, MSG_SCCCN);
	if (actions & TUN_DO_TELL_OPEN)
		sess_tunnel_open(l, t);
	if (actions & TUN_DO_SEND_STOPCCN)
		send_stopccn(l, t, c);
	if (actions & TUN_DO_CLEAN)
		clean(l, t, now, c);
}

bool
tun_event(struct l2tp *l, struct tunnel *t, mono_t now, enum tun_event ev,
    const struct cause *c)
{
	if (t->ended)
		return false;
	for (unsigned i = 0; i < ROWS; i++) {
		const struct tun_row *row = &rows[i];

		if (!(row->states >> t->state & 1) ||
		    !(row->events >> ev & 1))
			continue;
		perform(l, t, now, row->actions, c);
		set_state(t, row->next);
		return true;
	}
	return false;
}
