/* SPDX-License-Identifier: BSD-2-Clause */
/* The authentication phase: see auth.h. */

#include <string.h>

#include "ppp/auth.h"
#include "ppp/mschap.h"

void
auth_close(struct ppp *p)
{
	wipe(&p->auth, sizeof(p->auth));
	wipe(p->eap, p->eap_max);
	p->auth.timer = MONO_NEVER;
	p->auth.until = MONO_NEVER;
}

/* The only place where a link becomes authenticated, in either role. */
static enum auth_result
auth_settle(struct ppp *p, enum auth_result res)
{
	struct auth *a = &p->auth;

	if (res == AUTH_GOING)
		return res;
	a->timer = MONO_NEVER;
	a->until = MONO_NEVER;
	a->state = AUTH_DONE;
	a->ok = res == AUTH_PASSED;
	return res;
}

bool
auth_takes(const struct ppp *p, uint16_t protocol)
{
	if (protocol == FRAME_EAP)
		return p->auth.method == PPP_EAP;
	return p->auth.method != 0 &&
	    (protocol == FRAME_PAP || protocol == FRAME_CHAP);
}

void
auth_name(struct ppp *p, struct rd name)
{
	p->auth.name_len = (uint8_t)rd_left(&name);
	rd_copy(&name, p->auth.name, p->auth.name_len);
	p->auth.named = true;
}

struct ppp_auth *
auth_ask(struct ppp *p, uint8_t id, mono_t now, struct ppp_out *out)
{
	struct auth *a = &p->auth;
	struct ppp_auth *q = ppp_out_take(out, sizeof(*q));
	struct ppp_act *act = q != NULL ? ppp_out_add(out, PPP_ASK_AUTH) : NULL;

	if (act == NULL)
		return NULL;
	a->state = AUTH_ASKED;
	a->timer = MONO_NEVER;
	a->until = mono_add_ms(now, p->params->auth_wait_ms);
	if (++p->ticket == 0)
		p->ticket++;
	q->method = a->method;
	q->ticket = p->ticket;
	q->id = id;
	q->name_len = a->name_len;
	memcpy(q->name, a->name, a->name_len);
	act->auth = q;
	return q;
}

static enum auth_result
auth_send_eap(struct ppp *p, mono_t now, struct ppp_out *out)
{
	p->auth.timer = MONO_NEVER;
	if (p->role == PPP_PEER)
		return AUTH_GOING;
	if (p->auth.rounds == 0)
		eap_send_identity(p, out);
	else
		eap_repeat(p, out);
	p->auth.timer = eap_again(p, now);
	return AUTH_GOING;
}

/* Sends what the method sends by itself in our role. */
static enum auth_result
auth_send(struct ppp *p, mono_t now, struct ppp_out *out)
{
	struct auth *a = &p->auth;

	if (a->method == PPP_EAP)
		return auth_send_eap(p, now, out);
	a->timer = auth_again(p, now);
	if (p->role == PPP_AUTHENTICATOR) {
		if (a->method == PPP_PAP)
			return AUTH_GOING;
		return chap_send_challenge(p, out) ? AUTH_GOING :
		    AUTH_NO_RANDOM;
	}
	if (a->method == PPP_PAP)
		pap_send_request(p, out);
	else if (a->sent > 0)
		chap_send_response(p, out);
	return AUTH_GOING;
}

enum auth_result
auth_open(struct ppp *p, uint8_t method, mono_t now, struct ppp_out *out)
{
	struct auth *a = &p->auth;
	unsigned patience = p->role == PPP_AUTHENTICATOR ?
	    p->params->max_configure : AUTH_WAIT_TRIES;

	auth_close(p);
	a->state = AUTH_WAIT;
	a->method = method;
	/* Negotiating LCP anew buys no tries. */
	a->tries = p->params->auth_tries > p->refused ?
	    (uint8_t)(p->params->auth_tries - p->refused) : 0;
	a->until = mono_add_ms(now, (uint64_t)p->params->restart_ms * patience);
	return auth_settle(p, auth_send(p, now, out));
}

enum auth_result
auth_input(struct ppp *p, uint16_t protocol, struct rd packet, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	uint8_t method = p->auth.method;
	uint16_t of_it = method == PPP_PAP ? FRAME_PAP :
	    method == PPP_EAP ? FRAME_EAP : FRAME_CHAP;
	struct cp_pkt k;
	enum auth_result res;

	if (method == 0 || protocol != of_it) {
		*why = DROP_PPP_PHASE;
		return AUTH_GOING;
	}
	*why = cp_decode(packet, &k);
	if (*why != DROP_NONE)
		return AUTH_GOING;
	if (method == PPP_PAP)
		res = pap_input(p, &k, now, out, why);
	else if (method == PPP_EAP)
		res = eap_input(p, &k, now, out, why);
	else
		res = chap_input(p, &k, now, out, why);
	return auth_settle(p, res);
}

enum auth_result
auth_expire(struct ppp *p, mono_t now, struct ppp_out *out)
{
	struct auth *a = &p->auth;

	if (mono_due(a->until, now))
		return auth_settle(p, a->state == AUTH_ASKED ? AUTH_NO_OWNER :
		    AUTH_SILENT);
	if (!mono_due(a->timer, now))
		return AUTH_GOING;
	return auth_settle(p, auth_send(p, now, out));
}

mono_t
auth_deadline(const struct ppp *p)
{
	return mono_min(p->auth.timer, p->auth.until);
}

enum auth_result
auth_answer(struct ppp *p, const struct ppp_verdict *v, mono_t now,
    struct ppp_out *out)
{
	struct auth *a = &p->auth;
	bool ok = v->ok;
	enum auth_result res;

	if (p->role != PPP_AUTHENTICATOR || a->state != AUTH_ASKED)
		return AUTH_GOING;
	if (a->method == PPP_EAP) {
		res = eap_reply(p, v, now, out);
		a->unheard = res == AUTH_PASSED;
		return auth_settle(p, res);
	}
	/* An acceptance that the peer cannot check is none. */
	if (a->method == PPP_MSCHAPV2 && !mschap_success_ok(v->mschap_success))
		ok = false;
	if (a->tries > 0)
		a->tries--;
	if (!ok && p->refused < UINT8_MAX)
		p->refused++;
	if (a->method == PPP_PAP) {
		pap_reply(p, ok, v->message, out);
	} else if (chap_reply(p, v, ok, out)) {
		a->state = AUTH_WAIT;
		a->until = mono_add_s(now, PPP_WAIT_S);
		return AUTH_GOING;
	}
	a->unheard = ok && a->method != PPP_PAP;
	return auth_settle(p, ok ? AUTH_PASSED : AUTH_REFUSED);
}

void
auth_remind(struct ppp *p, struct ppp_out *out)
{
	if (!p->auth.unheard || !p->auth.ok)
		return;
	if (p->auth.method == PPP_EAP)
		eap_repeat(p, out);
	else
		chap_repeat(p, out);
}
