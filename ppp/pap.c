/* SPDX-License-Identifier: BSD-2-Clause */
/* PAP, both sides (RFC 1334 §2). */

#include <string.h>

#include "ppp/auth.h"

void
pap_send_request(struct ppp *p, struct ppp_out *out)
{
	const struct ppp_params *c = p->params;
	struct ppp_packet k;
	struct wr_len len;

	/* RFC 1334 §2.2.1: the identifier changes with each request. */
	p->auth.id = ppp_next_id(p);
	k = ppp_packet_begin(out, FRAME_PAP, PAP_REQ, p->auth.id,
	    ppp_send_max(p));
	len = wr_len8(&k.w);
	wr_bytes(&k.w, c->user, strlen(c->user));
	wr_len_end(&k.w, len, 0);
	len = wr_len8(&k.w);
	wr_bytes(&k.w, c->password.b, c->password.len);
	wr_len_end(&k.w, len, 0);
	ppp_packet_end(out, &k);
}

void
pap_reply(struct ppp *p, bool ok, const char *message, struct ppp_out *out)
{
	struct auth *a = &p->auth;
	struct ppp_packet k;
	struct wr_len len;

	a->reply_code = ok ? PAP_ACK : PAP_NAK;
	a->reply_len = (uint8_t)strnlen(message, sizeof(a->reply) - 1);
	if (message != a->reply)
		memcpy(a->reply, message, a->reply_len);
	k = ppp_packet_begin(out, FRAME_PAP, a->reply_code, a->id,
	    ppp_send_max(p));
	len = wr_len8(&k.w);
	wr_bytes(&k.w, a->reply, a->reply_len);
	wr_len_end(&k.w, len, 0);
	ppp_packet_end(out, &k);
}

static enum auth_result
pap_request(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	struct auth *a = &p->auth;
	struct rd r = k->body, name, password;
	struct ppp_auth *ask;

	name = rd_sub(&r, rd_u8(&r));
	password = rd_sub(&r, rd_u8(&r));
	if (r.bad || rd_left(&name) > PPP_NAME_MAX) {
		*why = DROP_PPP_AUTH;
		return AUTH_GOING;
	}
	if (a->state == AUTH_IDLE) {
		*why = DROP_PPP_PHASE;
		return AUTH_GOING;
	}
	a->id = k->id;
	if (a->state != AUTH_WAIT) {
		/* RFC 1334 §2.2.1: a repetition gets the same code. */
		*why = DROP_PPP_REPEAT;
		if (a->state == AUTH_DONE)
			pap_reply(p, a->reply_code == PAP_ACK, a->reply, out);
		return AUTH_GOING;
	}
	auth_name(p, name);
	ask = auth_ask(p, k->id, now, out);
	if (ask != NULL)
		secret_set(&ask->password, password.p, rd_left(&password));
	return AUTH_GOING;
}

enum auth_result
pap_input(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	bool asks = k->code == PAP_REQ;

	if (k->code < PAP_REQ || k->code > PAP_NAK) {
		*why = DROP_PPP_CODE;
		return AUTH_GOING;
	}
	if (asks != (p->role == PPP_AUTHENTICATOR)) {
		*why = DROP_PPP_AUTH;
		return AUTH_GOING;
	}
	if (asks)
		return pap_request(p, k, now, out, why);
	if (p->auth.state != AUTH_WAIT || k->id != p->auth.id) {
		*why = DROP_PPP_ID;
		return AUTH_GOING;
	}
	return k->code == PAP_ACK ? AUTH_PASSED : AUTH_REFUSED;
}
