/* SPDX-License-Identifier: BSD-2-Clause */
/* CHAP with MD5 (RFC 1994) and MS-CHAPv2 (RFC 2759), both sides. */

#include <stdio.h>
#include <string.h>

#include "ppp/auth.h"
#include "ppp/mschap.h"

bool
chap_send_challenge(struct ppp *p, struct ppp_out *out)
{
	const char *host = p->params->host_name;
	struct auth *a = &p->auth;
	uint8_t challenge[16];
	struct ppp_packet k;
	struct wr_len len;

	if (!rng_fill(p->rng, challenge, sizeof(challenge)))
		return false;
	/* RFC 1994 §4.1: both change each time a challenge is sent. */
	memcpy(a->challenge, challenge, sizeof(challenge));
	a->id = ppp_next_id(p);
	k = ppp_packet_begin(out, FRAME_CHAP, CHAP_CHALLENGE, a->id,
	    ppp_send_max(p));
	len = wr_len8(&k.w);
	wr_bytes(&k.w, a->challenge, sizeof(a->challenge));
	wr_len_end(&k.w, len, 0);
	wr_bytes(&k.w, host, strnlen(host, sizeof(p->params->host_name)));
	ppp_packet_end(out, &k);
	return true;
}

void
chap_repeat(struct ppp *p, struct ppp_out *out)
{
	const struct auth *a = &p->auth;
	struct ppp_packet k = ppp_packet_begin(out, FRAME_CHAP, a->reply_code,
	    a->reply_id, ppp_send_max(p));

	wr_bytes(&k.w, a->reply, a->reply_len);
	ppp_packet_end(out, &k);
}

/*
 * RFC 2759 §6: the message names the challenge for another try, which the
 * peer answers under the next id (§9.1.2).
 */
static int
chap_failure_text(struct auth *a, const struct ppp_verdict *v, bool retry)
{
	char hex[2 * sizeof(a->challenge) + 1];
	unsigned i;

	for (i = 0; i < sizeof(a->challenge); i++)
		snprintf(&hex[2 * i], 3, "%02X", a->challenge[i]);
	return snprintf(a->reply, sizeof(a->reply),
	    "E=%u R=%u C=%s V=3 M=%.128s", v->error != 0 ? v->error : 691u,
	    retry ? 1u : 0u, hex,
	    v->message[0] != '\0' ? v->message : "Access denied");
}

bool
chap_reply(struct ppp *p, const struct ppp_verdict *v, bool ok,
    struct ppp_out *out)
{
	struct auth *a = &p->auth;
	bool ms = a->method == PPP_MSCHAPV2;
	bool retry = false;
	int n;

	a->reply_code = ok ? CHAP_SUCCESS : CHAP_FAILURE;
	a->reply_id = a->id;
	/* The old challenge has had its use. */
	wipe(a->challenge, sizeof(a->challenge));
	if (!ok && ms) {
		retry = rng_fill(p->rng, a->challenge, sizeof(a->challenge)) &&
		    v->retry && a->tries > 0;
		n = chap_failure_text(a, v, retry);
	} else if (ms) {
		n = snprintf(a->reply, sizeof(a->reply), "%s M=%.128s",
		    v->mschap_success,
		    v->message[0] != '\0' ? v->message : "Access granted");
	} else {
		n = snprintf(a->reply, sizeof(a->reply), "%.128s", v->message);
	}
	a->reply_len = (uint8_t)n;
	if (retry)
		a->id++;
	chap_repeat(p, out);
	return retry;
}

static void
chap_ask(const struct ppp *p, struct rd value, struct rd name,
    struct ppp_out *out)
{
	struct ppp_auth *ask = ppp_out_take(out, sizeof(*ask));
	struct ppp_act *act = ask != NULL ?
	    ppp_out_add(out, PPP_ASK_AUTH) : NULL;

	if (act == NULL)
		return;
	ask->method = p->auth.method;
	ask->id = p->auth.id;
	ask->name_len = (uint8_t)rd_left(&name);
	rd_copy(&name, ask->name, ask->name_len);
	ask->challenge_len = sizeof(p->auth.challenge);
	memcpy(ask->challenge, p->auth.challenge, ask->challenge_len);
	ask->response_len = (uint8_t)rd_left(&value);
	rd_copy(&value, ask->response, ask->response_len);
	act->auth = ask;
}

/* The Value of a Response: 16 bytes, or 49 with flags zero (RFC 2759 §4). */
static bool
chap_value_ok(const struct auth *a, struct rd value)
{
	if (a->method == PPP_CHAP_MD5)
		return rd_left(&value) == 16;
	if (rd_left(&value) != MSCHAP_VALUE)
		return false;
	rd_skip(&value, MSCHAP_VALUE - 1);
	return rd_u8(&value) == 0;
}

static enum auth_result
chap_response(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	struct auth *a = &p->auth;
	struct rd r = k->body, value, name;

	value = rd_sub(&r, rd_u8(&r));
	name = rd_rest(&r);
	if (r.bad || !chap_value_ok(a, value) ||
	    rd_left(&name) > PPP_NAME_MAX) {
		*why = DROP_PPP_AUTH;
		return AUTH_GOING;
	}
	/* RFC 1994 §4.1: a repetition gets the same code. */
	if (a->reply_code != 0 && k->id == a->reply_id) {
		*why = DROP_PPP_REPEAT;
		chap_repeat(p, out);
		return AUTH_GOING;
	}
	if (k->id != a->id) {
		*why = DROP_PPP_ID;
		return AUTH_GOING;
	}
	if (a->state != AUTH_WAIT) {
		*why = DROP_PPP_REPEAT;
		return AUTH_GOING;
	}
	a->state = AUTH_ASKED;
	a->timer = MONO_NEVER;
	a->until = mono_add_s(now, PPP_WAIT_S);
	chap_ask(p, value, name, out);
	return AUTH_GOING;
}

void
chap_send_response(struct ppp *p, struct ppp_out *out)
{
	const struct auth *a = &p->auth;
	const char *user = p->params->user;
	struct ppp_packet k = ppp_packet_begin(out, FRAME_CHAP, CHAP_RESPONSE,
	    a->id, ppp_send_max(p));
	size_t n = a->method == PPP_MSCHAPV2 ? MSCHAP_VALUE : 16;

	wr_u8(&k.w, (uint8_t)n);
	wr_bytes(&k.w, a->response, n);
	wr_bytes(&k.w, user, strlen(user));
	ppp_packet_end(out, &k);
}

/* Computes our Value for the challenge and the proof that must come back. */
static enum auth_result
chap_compute(struct ppp *p, const uint8_t challenge[16],
    uint8_t value[MSCHAP_VALUE], char expect[MSCHAP_SUCCESS])
{
	const struct secret *pw = &p->params->password;
	struct rd name = mschap_user(rd_make(p->params->user,
	    strlen(p->params->user)));
	uint8_t hash[16], nt[24];
	bool ok;

	memset(value, 0, MSCHAP_VALUE);
	if (!rng_fill(p->rng, value, 16))
		return AUTH_NO_RANDOM;
	ok = ppp_nt_hash(rd_make(pw->b, pw->len), hash) &&
	    mschap_nt_response(hash, challenge, value, name, nt) &&
	    mschap_authenticator_response(hash, nt, value, challenge, name,
		expect);
	if (ok)
		memcpy(&value[24], nt, sizeof(nt));
	wipe(hash, sizeof(hash));
	return ok ? AUTH_GOING : AUTH_REFUSED;
}

static enum auth_result
chap_challenge(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	struct auth *a = &p->auth;
	struct rd r = k->body, value = rd_sub(&r, rd_u8(&r));
	uint8_t answer[MSCHAP_VALUE];
	char expect[MSCHAP_SUCCESS] = "";
	enum auth_result res = AUTH_GOING;
	bool ms = a->method == PPP_MSCHAPV2;
	bool again;

	if (r.bad || rd_left(&value) == 0 ||
	    (ms && rd_left(&value) != sizeof(a->challenge))) {
		*why = DROP_PPP_AUTH;
		return AUTH_GOING;
	}
	/* The same challenge once more: the same answer, with its proof. */
	again = ms && a->sent > 0 && k->id == a->id &&
	    rd_eq(value, a->challenge, sizeof(a->challenge));
	if (!again && ms)
		res = chap_compute(p, value.p, answer, expect);
	else if (!again)
		ppp_chap_md5(k->id, rd_make(p->params->password.b,
		    p->params->password.len), value, answer);
	if (res != AUTH_GOING)
		return res;
	if (!again) {
		memcpy(a->response, answer, ms ? sizeof(answer) : 16);
		memcpy(a->expect, expect, sizeof(expect));
		if (ms)
			rd_copy(&value, a->challenge, sizeof(a->challenge));
	}
	a->id = k->id;
	a->sent = 1;
	if (a->state == AUTH_WAIT)
		a->timer = auth_again(p, now);
	chap_send_response(p, out);
	return AUTH_GOING;
}

static bool
hex_same(const char *a, const uint8_t *b, size_t n)
{
	size_t i;
	int x, y;

	for (i = 0; i < n; i++) {
		x = a[i];
		y = b[i] >= 'a' && b[i] <= 'f' ? b[i] - 'a' + 'A' : b[i];
		if (x != y)
			return false;
	}
	return true;
}

/*
 * RFC 2759 §5: the authenticator proves that it knows the password too; a
 * success without the proof is none.
 */
static enum auth_result
chap_verdict(struct ppp *p, const struct cp_pkt *k, enum drop *why)
{
	struct auth *a = &p->auth;
	struct rd r = k->body;
	const uint8_t *proof;

	if (a->sent == 0 || k->id != a->id) {
		*why = DROP_PPP_ID;
		return AUTH_GOING;
	}
	if (k->code == CHAP_FAILURE) {
		char text[PPP_TEXT_MAX];

		ppp_escape(text, k->body);
		ppp_blame(p, PPP_CAUSE_AUTH, text);
		return AUTH_REFUSED;
	}
	if (a->method != PPP_MSCHAPV2)
		return AUTH_PASSED;
	proof = rd_bytes(&r, MSCHAP_SUCCESS - 1);
	if (proof == NULL || !hex_same(a->expect, proof, MSCHAP_SUCCESS - 1)) {
		ppp_blame(p, PPP_CAUSE_AUTH, "server did not prove itself");
		return AUTH_REFUSED;
	}
	return AUTH_PASSED;
}

enum auth_result
chap_input(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	bool ours = p->role == PPP_AUTHENTICATOR;

	if (p->auth.state == AUTH_IDLE) {
		*why = DROP_PPP_PHASE;
		return AUTH_GOING;
	}
	switch (k->code) {
	case CHAP_RESPONSE:
		if (ours)
			return chap_response(p, k, now, out, why);
		break;
	case CHAP_CHALLENGE:
		if (!ours)
			return chap_challenge(p, k, now, out, why);
		break;
	case CHAP_SUCCESS:
	case CHAP_FAILURE:
		if (!ours)
			return chap_verdict(p, k, why);
		break;
	default:
		*why = DROP_PPP_CODE;
		return AUTH_GOING;
	}
	*why = DROP_PPP_AUTH;
	return AUTH_GOING;
}
