/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_LNS_PHONES_H
#define TESTS_LNS_PHONES_H

/*
 * The lower half of rig.h: the types, the data plane, the phones.
 *
 * A whole concentrator, a data plane of tables only, and phones made of the
 * same engines in the other role, all on one clock.
 *
 *   phone: ike, l2tp, ppp --- queue --- lns --- struct dp (here)
 *
 * Nothing is sealed: a control message or a frame travels if both ends have
 * the SA that would carry it.  Included once per test program, so everything
 * is static.
 */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/log.h"
#include "l2tp/msg.h"
#include "lns/lns.h"
#include "lns/show.h"

#define UNUSED		__attribute__((unused))
#define RIG_KIDS	24	/* children a phone knows of */
#define RIG_BYTES	2200
#define RIG_SERVER	0xcb007101	/* 203.0.113.1 */
#define RIG_LOG		(1 << 18)
#define RIG_ROUTES	16
#define RIG_START	1000000

enum way { TO_PHONE_IKE, TO_PHONE_L2TP, TO_PHONE_PPP, TO_IKE, TO_L2TP, TO_PPP };

struct mail {
	enum way way;
	uint32_t phone;
	struct endpoint from;
	uint16_t port;		/* IKE: the server's */
	bool first;		/* the SA's first packet */
	uint32_t sa, path, sess;
	struct dp_ids ids;
	size_t n;
	uint8_t b[RIG_BYTES];
};

struct kid {			/* the phone's half of an SA pair */
	uint32_t child;
	struct ike_child c;
	bool seen;		/* the server had a packet on it */
};

struct phone {
	struct ike_params ike_p;
	struct l2tp_params l2tp_p;
	struct ppp_params ppp_p;
	struct ike_dial dial;
	struct rng rng;
	struct ike *ike;
	struct l2tp *l2tp;
	struct ppp *ppp;
	struct endpoint in[2];	/* own: ports 500 and 4500 */
	struct endpoint out[2];	/* as the server sees them */
	uint32_t sa;
	struct kid kid[RIG_KIDS];	/* newest last */
	unsigned kids;
	uint32_t tunnel, session;
	struct l2tp_call_info call;
	bool deaf;		/* takes nothing, says nothing */
	bool no_l2tp;		/* stops when IPsec is up */
	bool no_esp;
	bool up, up6, ppp_down;
	struct ppp_net net;
	struct ppp_net6 net6;
	uint8_t ip6[256];	/* the last packet that came as a frame */
	size_t ip6_n;
	unsigned ip6s;		/* how many came */
	unsigned ups;
	unsigned got[MSG_HELLO + 32];	/* control messages by type */
	unsigned esp_deletes;	/* CHILD_GONE that came */
	struct l2tp_end tunnel_end, call_end;
	enum ppp_cause cause;
	enum ike_why why;
};

struct plane_sa {
	struct dp_sa d;
	mono_t heard;
	uint32_t limit;
	bool used;
};

struct plane_sess {
	struct dp_policy policy;
	struct dp_sess d;
	bool open;
	struct dp_net net;
};

#define PLANE_MAX	2048

struct dp {			/* the test's own */
	struct rig *r;
	struct plane_sa sa[PLANE_MAX];
	unsigned sas;
	struct plane_sess sess[PLANE_MAX];
	unsigned sessions;
	struct { uint32_t path, sa; } use[PLANE_MAX];
	unsigned uses;
	unsigned unknown;	/* commands about what is not there */
	unsigned moves, adds, reserves, joins;
	/* fail when it gets to 0; -1 never */
	int refuse_sa, refuse_sess, refuse_open, refuse_join, refuse_policy;
	struct dp_count count;	/* of every session */
	struct ipaddr taken;	/* in another session's network; IP_NONE: none */
	char text[65536];	/* what happened, in order */
};

struct rig {
	mono_t now;
	struct lns_params p;
	struct aaa_user users[8];
	struct rng rng;
	struct drops drops;
	struct lns *l;
	struct lns_out out;
	struct dp *dp;
	struct phone *phone;
	uint32_t phones;
	struct mail *q;
	size_t q_n, q_cap;
	bool freeze;		/* before each input */
	bool hold;		/* mail waits */
	/* Eats a piece of mail if it says so. */
	bool (*eat)(struct rig *, const struct mail *);
	unsigned arg;
	/* RADIUS servers and a disk, if there are any: radius_rig.h. */
	struct servers *servers;
	void (*host)(struct rig *, const struct lns_act *);
	mono_t (*host_next)(const struct rig *);
	void (*host_run)(struct rig *);
	struct ike_out ike;
	struct l2tp_out l2tp;
	struct ppp_out ppp;
	/* What the host's kernel routes to us. */
	struct ipnet route[RIG_ROUTES];
	unsigned route_n, route_acts;
	uint32_t route_metric;	/* of the last one set */
	char log[RIG_LOG];
};

/* ---- the data plane ---- */

UNUSED static void __attribute__((format(printf, 2, 3)))
dp_say(struct dp *dp, const char *fmt, ...)
{
	size_t at = strlen(dp->text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(dp->text + at, sizeof(dp->text) - at, fmt, ap);
	va_end(ap);
}

static bool
dp_refuses(int *n)
{
	return *n >= 0 && (*n)-- == 0;
}

static struct plane_sa *
dp_sa(struct dp *dp, uint32_t sa)
{
	for (unsigned i = 0; i < dp->sas; i++)
		if (dp->sa[i].d.sa == sa)
			return &dp->sa[i];
	return NULL;
}

static struct plane_sess *
dp_sess(struct dp *dp, uint32_t sess)
{
	for (unsigned i = 0; i < dp->sessions; i++)
		if (dp->sess[i].d.sess == sess)
			return &dp->sess[i];
	return NULL;
}

static bool
t_sa_add(struct dp *dp, const struct dp_sa *d)
{
	if (dp_refuses(&dp->refuse_sa))
		return false;
	assert_null(dp_sa(dp, d->sa));
	assert_true(dp->sas < PLANE_MAX);
	dp->sa[dp->sas++] = (struct plane_sa){ .d = *d, .limit = d->seq_limit };
	dp->adds++;
	dp_say(dp, "sa-add\n");
	return true;
}

static void
t_sa_use(struct dp *dp, uint32_t sa)
{
	struct plane_sa *s = dp_sa(dp, sa);
	unsigned i = 0;

	if (s == NULL) {
		dp->unknown++;
		return;
	}
	s->used = true;
	while (i < dp->uses && dp->use[i].path != s->d.path)
		i++;
	if (i == dp->uses)
		dp->uses++;
	dp->use[i].path = s->d.path;
	dp->use[i].sa = sa;
	dp_say(dp, "sa-use\n");
}

static bool
t_sa_join(struct dp *dp, uint32_t sa, uint32_t path)
{
	struct plane_sa *s = dp_sa(dp, sa);

	if (dp_refuses(&dp->refuse_join))
		return false;
	if (s == NULL) {
		dp->unknown++;
		return false;
	}
	assert_false(s->used);		/* nothing was sent on it */
	s->d.path = path;
	dp->joins++;
	return true;
}

static void
t_sa_del(struct dp *dp, uint32_t sa)
{
	struct plane_sa *s = dp_sa(dp, sa);

	if (s == NULL) {
		dp->unknown++;
		return;
	}
	*s = dp->sa[--dp->sas];
	dp_say(dp, "sa-del\n");
}

static void
t_sa_move(struct dp *dp, uint32_t sa, const struct endpoint *local,
    const struct endpoint *to)
{
	struct plane_sa *s = dp_sa(dp, sa);

	dp->moves++;
	if (s == NULL)
		dp->unknown++;
	else {
		s->d.local = *local;
		s->d.remote = *to;
	}
}

static void
t_sa_reserve(struct dp *dp, uint32_t sa, uint32_t limit)
{
	struct plane_sa *s = dp_sa(dp, sa);

	dp->reserves++;
	if (s == NULL)
		dp->unknown++;
	else
		s->limit = limit;
}

static mono_t
t_sa_heard(struct dp *dp, uint32_t sa)
{
	const struct plane_sa *s = dp_sa(dp, sa);

	return s != NULL ? s->heard : mono_us(0);
}

static bool
t_sess_add(struct dp *dp, const struct dp_sess *d)
{
	if (dp_refuses(&dp->refuse_sess))
		return false;
	assert_null(dp_sess(dp, d->sess));
	assert_true(dp->sessions < PLANE_MAX);
	dp->sess[dp->sessions++] = (struct plane_sess){ .d = *d };
	dp_say(dp, "sess-add%s\n", d->sequencing ? " sequencing" : "");
	return true;
}

static bool
t_sess_open(struct dp *dp, uint32_t sess, const struct dp_net *n)
{
	struct plane_sess *s = dp_sess(dp, sess);

	if (dp_refuses(&dp->refuse_open))
		return false;
	assert_non_null(s);
	assert_true(n->peer4.family == IP_V4 ||
	    n->prefix6.addr.family == IP_V6);
	/* I3: one address or network, one session. */
	for (unsigned i = 0; i < dp->sessions; i++) {
		const struct plane_sess *o = &dp->sess[i];

		if (o == s || !o->open)
			continue;
		assert_false(n->peer4.family != IP_NONE &&
		    ipaddr_eq(&o->net.peer4, &n->peer4));
		assert_false(n->prefix6.addr.family != IP_NONE &&
		    ipaddr_eq(&o->net.prefix6.addr, &n->prefix6.addr));
	}
	s->open = true;
	s->net = *n;
	dp_say(dp, "sess-open\n");
	return true;
}

static bool
t_sess_policy(struct dp *dp, uint32_t sess, const struct dp_policy *p)
{
	struct plane_sess *s = dp_sess(dp, sess);

	if (dp_refuses(&dp->refuse_policy))
		return false;
	assert_non_null(s);
	s->policy = p != NULL ? *p : (struct dp_policy){ .acl = 0 };
	dp_say(dp, "sess-policy\n");
	return true;
}

static bool
t_sess_route_ok(struct dp *dp, uint32_t sess, const struct ipnet *r)
{
	(void)sess;
	/* The ones that are another's. */
	return r->bits != 9 && (dp->taken.family == IP_NONE ||
	    !ipnet_has(r, &dp->taken));
}

static void
t_sess_shut(struct dp *dp, uint32_t sess)
{
	struct plane_sess *s = dp_sess(dp, sess);

	if (s == NULL)
		dp->unknown++;
	else
		s->open = false;
	dp_say(dp, "sess-shut\n");
}

static void
t_sess_del(struct dp *dp, uint32_t sess)
{
	struct plane_sess *s = dp_sess(dp, sess);

	if (s == NULL) {
		dp->unknown++;
		return;
	}
	*s = dp->sess[--dp->sessions];
	dp_say(dp, "sess-del\n");
}

static bool
t_sess_count(struct dp *dp, uint32_t sess, struct dp_count *c)
{
	*c = dp->count;
	return dp_sess(dp, sess) != NULL;
}

/* ---- mail ---- */

static struct mail *
mail_add(struct rig *r, enum way way, uint32_t phone, struct rd data)
{
	struct mail *m;

	if (r->q_n == r->q_cap) {
		r->q_cap = r->q_cap * 2 + 64;
		r->q = realloc(r->q, r->q_cap * sizeof(*r->q));
		assert_non_null(r->q);
	}
	m = &r->q[r->q_n++];
	*m = (struct mail){ .way = way, .phone = phone, .n = rd_left(&data) };
	assert_true(m->n <= sizeof(m->b));
	rd_copy(&data, m->b, m->n);
	return m;
}

static struct kid *
kid_by_spi_in(struct phone *p, uint32_t spi)
{
	for (unsigned i = 0; i < p->kids; i++)
		if (p->kid[i].c.spi_in == spi)
			return &p->kid[i];
	return NULL;
}

/* To the phone that has the other half of the path's SA. */
static void
dp_send_to(struct dp *dp, enum way way, uint32_t path, struct rd data)
{
	struct rig *r = dp->r;
	const struct plane_sa *s = NULL;

	for (unsigned i = 0; i < dp->uses; i++)
		if (dp->use[i].path == path)
			s = dp_sa(dp, dp->use[i].sa);
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < r->phones; i++)
		if (kid_by_spi_in(&r->phone[i], s->d.spi_out) != NULL)
			(void)mail_add(r, way, i, data);
}

static void
t_send_l2tp(struct dp *dp, uint32_t path, struct rd data)
{
	dp_say(dp, "send-l2tp\n");
	dp_send_to(dp, TO_PHONE_L2TP, path, data);
}

static void
t_send_ppp(struct dp *dp, uint32_t sess, struct rd data)
{
	const struct plane_sess *s = dp_sess(dp, sess);

	if (s == NULL)
		dp->unknown++;
	else
		dp_send_to(dp, TO_PHONE_PPP, s->d.path, data);
}

static const struct dp_ops rig_ops = {
	.sa_add = t_sa_add, .sa_use = t_sa_use, .sa_join = t_sa_join, .sa_del = t_sa_del,
	.sa_move = t_sa_move, .sa_reserve = t_sa_reserve,
	.sa_heard = t_sa_heard,
	.sess_add = t_sess_add, .sess_open = t_sess_open,
	.sess_shut = t_sess_shut, .sess_del = t_sess_del,
	.sess_count = t_sess_count,
	.sess_policy = t_sess_policy, .sess_route_ok = t_sess_route_ok,
	.send_l2tp = t_send_l2tp, .send_ppp = t_send_ppp,
};

/* ---- the phone ---- */

static void rig_phone_drain(struct rig *, uint32_t);

/* What the phone puts into its newest SA that the server has as well. */
static struct mail *
phone_esp(struct rig *r, uint32_t i, enum way way, struct rd data)
{
	struct phone *p = &r->phone[i];

	for (unsigned k = p->kids; k > 0 && !p->no_esp; k--) {
		struct kid *kid = &p->kid[k - 1];

		for (unsigned s = 0; s < r->dp->sas; s++) {
			struct mail *m;

			if (r->dp->sa[s].d.spi_in != kid->c.spi_out)
				continue;
			m = mail_add(r, way, i, data);
			m->first = !kid->seen;
			kid->seen = true;
			m->sa = r->dp->sa[s].d.sa;
			m->path = r->dp->sa[s].d.path;
			r->dp->sa[s].heard = r->now;
			return m;
		}
	}
	return NULL;
}

static void
phone_l2tp_begin(struct rig *r, struct phone *p)
{
	if (!p->no_l2tp && p->tunnel == 0)
		p->tunnel = l2tp_dial(p->l2tp, r->now, 1, &r->l2tp);
}

static void
phone_ike(struct rig *r, uint32_t i, const struct ike_act *a)
{
	struct phone *p = &r->phone[i];
	struct rd data = a->data;
	struct ike_dh dh;
	struct mail *m;

	switch (a->kind) {
	case IKE_SEND:
		if (rd_left(&data) == 1)
			break;		/* keepalive */
		if (a->remote.port == IKE_NATT_PORT)
			rd_skip(&data, 4);
		m = mail_add(r, TO_IKE, i, data);
		m->from = p->out[a->local.port == IKE_NATT_PORT];
		m->port = a->remote.port;
		break;
	case IKE_ASK_DH:
		dh = *a->dh;
		ike_dh_run(&dh, &p->rng);
		ike_dh_done(p->ike, r->now, &dh, &r->ike);
		break;
	case IKE_PEER_UP:
		p->sa = a->sa;
		break;
	case IKE_SA_IN:
		assert_true(p->kids < RIG_KIDS);
		p->kid[p->kids++] = (struct kid){ a->child, *a->sa_pair, false };
		break;
	case IKE_SA_OUT:
		phone_l2tp_begin(r, p);
		break;
	case IKE_CHILD_GONE:
		p->esp_deletes++;
		for (unsigned k = 0; k < p->kids; k++)
			if (p->kid[k].child == a->child) {
				memmove(&p->kid[k], &p->kid[k + 1],
				    (p->kids - k - 1) * sizeof(p->kid[0]));
				p->kids--;
				break;
			}
		break;
	case IKE_PEER_GONE:
		p->sa = p->sa == a->sa ? 0 : p->sa;
		p->why = a->why;
		break;
	case IKE_FAIL:
		p->why = a->why;
		break;
	case IKE_ATTEMPT:
	case IKE_STAGE:
	case IKE_MOVED:
	case IKE_CONTACT:
		break;
	}
}

/* Ids as the data plane would read them, RFC 2661 §3.1. */
static void
phone_control(struct rig *r, uint32_t i, struct rd data)
{
	struct mail *m = phone_esp(r, i, TO_L2TP, data);

	if (m == NULL)
		return;
	rd_skip(&data, 4);
	m->ids = (struct dp_ids){ .l2tp = true, .control = true };
	m->ids.tunnel_id = rd_u16(&data);
	m->ids.session_id = rd_u16(&data);
}

static void
phone_l2tp(struct rig *r, uint32_t i, const struct l2tp_act *a)
{
	struct phone *p = &r->phone[i];

	switch (a->kind) {
	case L2TP_SEND:
		phone_control(r, i, a->data);
		break;
	case L2TP_CALL_UP:
		p->session = a->session;
		p->call = *a->call;
		p->ppp = ppp_new(&p->ppp_p, PPP_PEER, &p->rng, NULL);
		assert_non_null(p->ppp);
		ppp_lower_up(p->ppp, r->now, &r->ppp);
		break;
	case L2TP_CALL_DOWN:
		p->session = 0;
		p->call_end = *a->end;
		break;
	case L2TP_TUNNEL_DOWN:
		p->tunnel = a->tunnel == p->tunnel ? 0 : p->tunnel;
		p->tunnel_end = *a->end;
		break;
	case L2TP_TUNNEL_UP:
	case L2TP_ASK_CALL:
		break;
	}
}

static void
phone_ppp(struct rig *r, uint32_t i, const struct ppp_act *a)
{
	struct phone *p = &r->phone[i];
	struct mail *m;

	switch (a->kind) {
	case PPP_SEND:
		m = phone_esp(r, i, TO_PPP, a->data);
		if (m == NULL)
			break;
		m->ids = (struct dp_ids){ .l2tp = true,
			.tunnel_id = p->call.peer_tunnel_id,
			.session_id = p->call.peer_session_id };
		for (unsigned k = 0; k < r->dp->sessions; k++) {
			const struct dp_sess *d = &r->dp->sess[k].d;

			if (d->path == m->path &&
			    d->tunnel_id == p->call.peer_tunnel_id &&
			    d->session_id == p->call.peer_session_id)
				m->sess = d->sess;
		}
		break;
	case PPP_NET_UP:
		p->up = true;
		p->ups++;
		p->net = *a->net;
		break;
	case PPP_NET_DOWN:
		p->up = false;
		break;
	case PPP_NET6_UP:
		p->up6 = true;
		p->net6 = *a->net6;
		break;
	case PPP_NET6_DOWN:
		p->up6 = false;
		break;
	case PPP_IP6:
		p->ip6_n = rd_left(&a->data);
		assert_true(p->ip6_n <= sizeof(p->ip6));
		memcpy(p->ip6, a->data.p, p->ip6_n);
		p->ip6s++;
		break;
	case PPP_DOWN:
		p->up = p->up6 = false;
		p->ppp_down = true;
		p->cause = a->cause;
		break;
	case PPP_LCP_UP:
	case PPP_ASK_AUTH:
	case PPP_AUTH_OK:
	case PPP_ASK_ADDR:
	case PPP_NOTE:
		break;
	}
}

static void
rig_phone_drain(struct rig *r, uint32_t i)
{
	for (unsigned k = 0; k < r->ike.n; k++)
		phone_ike(r, i, &r->ike.act[k]);
	for (unsigned k = 0; k < r->l2tp.n; k++)
		phone_l2tp(r, i, &r->l2tp.act[k]);
	for (unsigned k = 0; k < r->ppp.n; k++)
		phone_ppp(r, i, &r->ppp.act[k]);
	ike_out_reset(&r->ike);
	l2tp_out_reset(&r->l2tp);
	ppp_out_reset(&r->ppp);
	if (r->phone[i].ppp_down) {
		ppp_free(r->phone[i].ppp);
		r->phone[i].ppp = NULL;
		r->phone[i].ppp_down = false;
	}
}

#endif
