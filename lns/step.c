/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The switchboard: hands each action of an engine to its addressee, until all
 * boxes are empty.  Read it to see how a login crosses the layers:
 *
 *   IKE_PEER_UP -> path   IKE_SA_IN/OUT -> path -> dp
 *   dp note L2TP -> l2tp  L2TP_ASK_CALL/CALL_UP -> access -> ppp, dp
 *   dp note PPP  -> ppp   PPP_ASK_AUTH -> access -> aaa   PPP_ASK_ADDR -> pool
 *   PPP_ASK_AUTH -> ask -> radius   RADIUS_DONE -> ask -> access, ppp
 *   PPP_NET_UP -> access -> dp: packets flow, and account: a record
 *   ACCT_SEND -> radius   RADIUS_DONE -> account
 *   DAE_ASK -> change -> access, account, dp
 *   radtest_begin -> radius   RADIUS_DONE -> radtest
 *
 * Each engine has two boxes: while the actions in one are handed on, what they
 * cause goes into the other.  So the boxes cannot overflow: one call of an
 * engine fills at most its box; of these actions at most one (IKE_PEER_UP,
 * IKE_SA_IN) makes us give the IKE engine a command, which adds at most the
 * Deletes and ends of one ISAKMP SA's children (11 actions) to an empty box,
 * and those cause no further command.  A path that joins another one gives two
 * such commands (13 actions).  Whatever ends more than that goes one
 * object a turn (path.c).  L2TP's engine delays what has no room (l2tp.h).
 * PPP_ASK_AUTH, PPP_ASK_ADDR and PPP_NET_UP cause one call of the link each.
 */

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "lns/access.h"
#include "lns/account.h"
#include "lns/ask.h"
#include "lns/behind.h"
#include "lns/change.h"
#include "lns/ipv6.h"
#include "lns/lns_int.h"
#include "lns/path.h"
#include "lns/radtest_int.h"

static uint8_t *
out_room(struct lns_out *o, size_t n)
{
	uint8_t *at = o->arena + o->used;

	if (o->n == LNS_OUT_ACTS || n > sizeof(o->arena) - o->used)
		return NULL;
	o->used += (n + 15) & ~(size_t)15;
	if (o->used > sizeof(o->arena))
		o->used = sizeof(o->arena);
	return at;
}

static void
step_send(struct lns *l, const struct ike_act *a, struct lns_out *o)
{
	size_t n = rd_left(&a->data);
	uint8_t *at = out_room(o, n);

	if (at == NULL) {
		drop_count(l->drops, DROP_UDP_SEND);
		return;
	}
	memcpy(at, a->data.p, n);
	o->act[o->n++] = (struct lns_act){
		.kind = LNS_SEND_UDP, .local = a->local, .remote = a->remote,
		.data = rd_make(at, n),
	};
}

static void
step_dh(struct lns *l, const struct ike_act *a, struct lns_out *o)
{
	void *at = out_room(o, sizeof(*a->dh));

	if (at == NULL) {
		drop_count(l->drops, DROP_IKE_DH_QUEUE);
		return;
	}
	memcpy(at, a->dh, sizeof(*a->dh));
	o->act[o->n++] = (struct lns_act){ .kind = LNS_ASK_DH, .dh = at };
}

static void
step_server(struct lns *l, mono_t now, const struct radius_act *a)
{
	const struct radius_params *p = &l->params->radius;
	bool acct = a->service == RADIUS_ACCT ||
	    p->server[a->server].transport == RADIUS_TLS;

	log_warn("radius server=%s service=%s state=%s reason=\"%s\"",
	    p->server[a->server].name,
	    a->service == RADIUS_AUTH ? "auth" : "acct",
	    a->up ? "up" : "down", a->text);
	if (!a->up || !acct)
		return;
	/* Records that rest for want of a server need rest no longer. */
	for (uint32_t i = 0; i < p->group_n; i++)
		if (memchr(p->group[i].server, (int)a->server,
		    p->group[i].server_n) != NULL)
			acct_group_up(l->acct, now, i, l->acct_out);
}

static void
step_radius(struct lns *l, mono_t now, const struct radius_act *a,
    struct lns_out *o)
{
	struct lns_act act = { .port = a->port, .server = a->server,
		.service = a->service };
	size_t n = rd_left(&a->data);
	uint8_t *at;

	switch (a->kind) {
	case RADIUS_OPEN:
		act.kind = LNS_RADIUS_OPEN;
		break;
	case RADIUS_CLOSE:
		act.kind = LNS_RADIUS_CLOSE;
		break;
	case RADIUS_SEND:
		act.kind = LNS_RADIUS_SEND;
		break;
	case RADIUS_DONE:
		/* A login's tag begins with its access object, never 0. */
		if (a->service == RADIUS_ACCT)
			account_done(l, now, a);
		else if (a->tag >> 32 == 0)
			radtest_answered(l, now, a);
		else
			ask_answered(l, now, a);
		return;
	case RADIUS_STATE:
		step_server(l, now, a);
		return;
	}
	at = out_room(o, n);	/* has_room() has looked */
	if (n > 0)
		memcpy(at, a->data.p, n);
	act.data = rd_make(at, n);
	o->act[o->n++] = act;
}

static void
step_record(struct lns *l, mono_t now, const struct acct_act *a)
{
	struct radius_ask q = {
		.code = RADIUS_ACCOUNTING_REQUEST,
		.group = a->record.group,
		.tag = a->number,
		.attrs = a->record.attrs,
		.server = -1,
		.event_ms = a->record.event_ms,
	};

	if (radius_client_ask(l->radius, now, &q, l->radius_out) == 0)
		acct_done(l->acct, now, a->number, ACCT_FAILED, l->acct_out);
}

static void
step_acct(struct lns *l, mono_t now, const struct acct_act *a,
    struct lns_out *o)
{
	uint32_t group = a->record.group;
	size_t n = rd_left(&a->data);
	uint8_t *at;

	switch (a->kind) {
	case ACCT_SEND:
		step_record(l, now, a);
		return;
	case ACCT_LOST:
		log_warn("accounting record lost kind=%s group=%s reason=\"%s\"",
		    acct_kind_str(a->record.kind),
		    group < l->params->radius.group_n ?
		    l->params->radius.group[group].name : "-", a->text);
		return;
	case ACCT_STORE:
	case ACCT_FORGET:
		break;
	}
	at = out_room(o, n);	/* has_room() has looked */
	if (n > 0)
		memcpy(at, a->data.p, n);
	o->act[o->n++] = (struct lns_act){
		.kind = a->kind == ACCT_STORE ? LNS_SPOOL_STORE :
		    LNS_SPOOL_FORGET,
		.number = a->number, .data = rd_make(at, n),
	};
}

static void
step_dae(struct lns *l, mono_t now, const struct dae_act *a,
    struct lns_out *o)
{
	size_t n = rd_left(&a->data);
	uint8_t *at;

	if (a->kind == DAE_ASK) {
		change_ask(l, now, a);
		return;
	}
	at = out_room(o, n);	/* has_room() has looked */
	memcpy(at, a->data.p, n);
	o->act[o->n++] = (struct lns_act){
		.kind = LNS_DAE_SEND, .local = a->local, .remote = a->remote,
		.data = rd_make(at, n),
	};
}

static enum attempt_stage
stage_of(enum ike_stage s)
{
	switch (s) {
	case IKE_STAGE_MM1:
		return ATT_MM1;
	case IKE_STAGE_MM3:
		return ATT_MM3;
	case IKE_STAGE_MM5:
		return ATT_MM5;
	case IKE_STAGE_PEER:
		return ATT_IKE;
	case IKE_STAGE_QM1:
		return ATT_QUICK;
	case IKE_STAGE_CHILD:
		return ATT_ESP_READY;
	}
	return ATT_MM1;
}

static void
step_ike_fail(struct lns *l, mono_t now, const struct ike_act *a)
{
	bool more = a->text != NULL && a->text[0] != '\0';

	if (a->why == IKE_WHY_UNANSWERED) {
		attempt_lapse(&l->attempts, now, a->attempt,
		    ike_why_str(a->why));
		return;
	}
	(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
	    "%s%s%s", ike_why_str(a->why), more ? ": " : "",
	    more ? a->text : "");
}

static void
step_ike(struct lns *l, mono_t now, const struct ike_act *a,
    struct lns_out *o)
{
	switch (a->kind) {
	case IKE_SEND:
		step_send(l, a, o);
		break;
	case IKE_ASK_DH:
		step_dh(l, a, o);
		break;
	case IKE_ATTEMPT:
		attempt_begin(&l->attempts, now, a->attempt, &a->remote);
		break;
	case IKE_STAGE:
		attempt_stage(&l->attempts, a->attempt, stage_of(a->stage));
		break;
	case IKE_FAIL:
		step_ike_fail(l, now, a);
		break;
	case IKE_PEER_UP:
		path_sa_up(l, now, a->attempt, a->sa, a->peer);
		break;
	case IKE_PEER_GONE:
		path_sa_gone(l, now, a->sa, a->why);
		break;
	case IKE_SA_IN:
		path_child_in(l, now, a->attempt, a->sa, a->child, a->sa_pair);
		break;
	case IKE_SA_OUT:
		path_child_out(l, now, a->child);
		break;
	case IKE_CHILD_GONE:
		path_child_gone(l, now, a->child, a->why);
		break;
	case IKE_MOVED:
		path_moved(l, now, idmap_get(&l->path_of_sa, a->sa), &a->local,
		    &a->remote, 0);
		break;
	case IKE_CONTACT:
		path_contact(l, now, a->sa);
		break;
	}
}

static void
step_call(struct lns *l, mono_t now, const struct l2tp_act *a)
{
	const char *no = access_ask(l, now, a->path, a->session, a->call);

	/* CDN result 4, error 4: no resources for now, RFC 2661 §4.4.2. */
	l2tp_call_done(l->l2tp, now, a->session, no == NULL,
	    no != NULL ? 4 : 0, no != NULL ? 4 : 0, no != NULL ? no : "",
	    l->l2tp_out);
	if (no != NULL) {
		const struct path *p = pool_get(&l->paths, a->path);

		if (p != NULL)
			(void)attempt_end(&l->attempts, now, p->attempt,
			    ATT_REFUSED, "%s", no);
	}
}

static void
step_l2tp(struct lns *l, mono_t now, const struct l2tp_act *a)
{
	switch (a->kind) {
	case L2TP_SEND:
		l->ops->send_l2tp(l->dp, a->path, a->data);
		break;
	case L2TP_TUNNEL_UP:
		path_tunnel_up(l, now, a->path, a->tunnel, a->tun);
		break;
	case L2TP_TUNNEL_DOWN:
		path_tunnel_down(l, now, a->path, a->tunnel, a->end);
		break;
	case L2TP_ASK_CALL:
		step_call(l, now, a);
		break;
	case L2TP_CALL_UP:
		access_call_up(l, now, a->session, a->call);
		break;
	case L2TP_CALL_DOWN:
		access_call_down(l, now, a->session, a->end);
		break;
	}
}

static void
step_link(struct lns *l, mono_t now, uint32_t access, const struct ppp_act *a)
{
	switch (a->kind) {
	case PPP_SEND:
		l->ops->send_ppp(l->dp, access, a->data);
		break;
	case PPP_LCP_UP:
		access_lcp_up(l, now, access, a->auth->method);
		break;
	case PPP_ASK_AUTH:
		ask_put(l, now, access, a->auth);
		break;
	case PPP_ASK_ADDR:
		access_ask_addr(l, now, access);
		break;
	case PPP_NET_UP:
		access_net_up(l, now, access, a->net);
		break;
	case PPP_NET_DOWN:
		access_net_down(l, now, access);
		break;
	case PPP_NET6_UP:
		access_net6_up(l, now, access, a->net6);
		break;
	case PPP_NET6_DOWN:
		access_net6_down(l, now, access);
		break;
	case PPP_IP6:
		ipv6_packet(l, now, access, a->data);
		break;
	case PPP_DOWN:
		access_link_down(l, now, access, a->cause, a->text);
		break;
	case PPP_AUTH_OK:	/* the other role's */
	case PPP_NOTE:
		break;
	}
}

void
step_ppp(struct lns *l, mono_t now, uint32_t access)
{
	while (l->ppp_out->n > 0) {
		struct ppp_out *box = l->ppp_out;

		l->ppp_out = l->ppp_spare;
		l->ppp_spare = box;
		for (unsigned i = 0; i < box->n; i++)
			step_link(l, now, access, &box->act[i]);
		ppp_out_reset(box);
	}
}

static void
step_ike_box(struct lns *l, mono_t now, struct lns_out *o)
{
	struct ike_out *box = l->ike_out;

	l->ike_out = l->ike_spare;
	l->ike_spare = box;
	for (unsigned i = 0; i < box->n; i++)
		step_ike(l, now, &box->act[i], o);
	ike_out_reset(box);
}

static void
step_l2tp_box(struct lns *l, mono_t now)
{
	struct l2tp_out *box = l->l2tp_out;

	l->l2tp_out = l->l2tp_spare;
	l->l2tp_spare = box;
	for (unsigned i = 0; i < box->n; i++)
		step_l2tp(l, now, &box->act[i]);
	l2tp_out_reset(box);
}

/* Will all of this box find room in ours? */
static bool
has_room(const struct lns_out *o, unsigned acts, size_t bytes)
{
	return o->n + acts <= LNS_OUT_ACTS &&
	    o->used + bytes + 16 * (size_t)acts <= LNS_OUT_BYTES;
}

/*
 * The boxes of RADIUS wait, as a whole, until ours has room for them: a packet
 * lost here would be repeated, but a socket not opened or a record not
 * forgotten would not.  False: nothing done.
 */
static bool
step_radius_box(struct lns *l, mono_t now, struct lns_out *o)
{
	struct radius_out *box = l->radius_out;

	if (box->n == 0 || !has_room(o, box->n, box->used))
		return false;
	l->radius_out = l->radius_spare;
	l->radius_spare = box;
	for (unsigned i = 0; i < box->n; i++)
		step_radius(l, now, &box->act[i], o);
	radius_out_reset(box);
	return true;
}

static bool
step_acct_box(struct lns *l, mono_t now, struct lns_out *o)
{
	struct acct_out *box = l->acct_out;

	if (box->n == 0 || !has_room(o, box->n, box->used))
		return false;
	l->acct_out = l->acct_spare;
	l->acct_spare = box;
	for (unsigned i = 0; i < box->n; i++)
		step_acct(l, now, &box->act[i], o);
	acct_out_reset(box);
	return true;
}

static bool
step_dae_box(struct lns *l, mono_t now, struct lns_out *o)
{
	struct dae_out *box = l->dae_out;

	if (box->n == 0 || !has_room(o, box->n, box->used))
		return false;
	l->dae_out = l->dae_spare;
	l->dae_spare = box;
	for (unsigned i = 0; i < box->n; i++)
		step_dae(l, now, &box->act[i], o);
	dae_out_reset(box);
	return true;
}

void
step(struct lns *l, mono_t now, struct lns_out *o)
{
	bool more = true;

	if (l->acct != NULL && l->shutting_down && !l->off_said &&
	    l->accesses.used == 0) {
		l->off_said = true;
		account_nas(l, now, REQUEST_OFF);
	}
	while (more) {
		while (l->ike_out->n > 0 || l->l2tp_out->n > 0) {
			step_ike_box(l, now, o);
			step_l2tp_box(l, now);
		}
		more = step_radius_box(l, now, o);
		more |= step_acct_box(l, now, o);
		more |= step_dae_box(l, now, o);
	}
	radtest_tell(l, o);
	behind_tell(l, o);
}
