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
	a->want = AUTH_WANT_RESPONSE;
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
	    "E=%u R=%u C=%s V=3 M=%.128s",
	    v->error != 0 ? v->error : (unsigned)MSCHAP_E_REFUSED,
	    retry ? 1u : 0u, hex,
	    v->message[0] != '\0' ? v->message : "Access denied");
}

/*
 * The challenge for what may follow a Failure, and what that is: another try,
 * or after E=648 a new password, but nothing after one (RFC 2759 §9.1).
 */
static uint8_t
chap_allow(struct ppp *p, const struct ppp_verdict *v)
{
	struct auth *a = &p->auth;
	uint8_t want = 0;

	if (v->has_challenge)
		memcpy(a->challenge, v->challenge, sizeof(a->challenge));
	else if (!rng_fill(p->rng, a->challenge, sizeof(a->challenge)))
		return 0;
	if (a->changed)
		return 0;
	if (v->retry && a->tries > 0)
		want |= AUTH_WANT_RESPONSE;
	if (v->error == MSCHAP_E_EXPIRED)
		want |= AUTH_WANT_CHANGE;
	return want;
}

bool
chap_reply(struct ppp *p, const struct ppp_verdict *v, bool ok,
    struct ppp_out *out)
{
	struct auth *a = &p->auth;
	bool ms = a->method == PPP_MSCHAPV2;
	int n;

	a->reply_code = ok ? CHAP_SUCCESS : CHAP_FAILURE;
	a->reply_id = a->id;
	a->want = 0;
	/* The old challenge has had its use. */
	wipe(a->challenge, sizeof(a->challenge));
	if (!ok && ms) {
		a->want = chap_allow(p, v);
		n = chap_failure_text(a, v, a->want & AUTH_WANT_RESPONSE);
	} else if (ms) {
		n = snprintf(a->reply, sizeof(a->reply), "%s M=%.128s",
		    v->mschap_success,
		    v->message[0] != '\0' ? v->message : "Access granted");
	} else {
		n = snprintf(a->reply, sizeof(a->reply), "%.128s", v->message);
	}
	a->reply_len = (uint8_t)n;
	/* RFC 2759 §7, §9.1: either comes under the next one. */
	if (a->want != 0)
		a->id++;
	chap_repeat(p, out);
	return a->want != 0;
}

static struct ppp_auth *
chap_ask(struct ppp *p, mono_t now, struct ppp_out *out)
{
	struct ppp_auth *ask = auth_ask(p, p->auth.id, now, out);

	if (ask == NULL)
		return NULL;
	ask->challenge_len = sizeof(p->auth.challenge);
	memcpy(ask->challenge, p->auth.challenge, ask->challenge_len);
	return ask;
}

/* Is it an answer to the open challenge?  Answers a repetition. */
static bool
chap_fresh(struct ppp *p, uint8_t id, uint8_t want, struct ppp_out *out,
    enum drop *why)
{
	const struct auth *a = &p->auth;

	/* RFC 1994 §4.1: a repetition gets the same code. */
	if (a->reply_code != 0 && id == a->reply_id) {
		*why = DROP_PPP_REPEAT;
		chap_repeat(p, out);
	} else if (id != a->id) {
		*why = DROP_PPP_ID;
	} else if (a->state != AUTH_WAIT) {
		*why = DROP_PPP_REPEAT;
	} else if (!(a->want & want)) {
		*why = DROP_PPP_AUTH;
	}
	return *why == DROP_NONE;
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
	struct rd r = k->body, value, name;
	struct ppp_auth *ask;

	value = rd_sub(&r, rd_u8(&r));
	name = rd_rest(&r);
	if (r.bad || !chap_value_ok(&p->auth, value) ||
	    rd_left(&name) > PPP_NAME_MAX) {
		*why = DROP_PPP_AUTH;
		return AUTH_GOING;
	}
	if (!chap_fresh(p, k->id, AUTH_WANT_RESPONSE, out, why))
		return AUTH_GOING;
	auth_name(p, name);
	ask = chap_ask(p, now, out);
	if (ask == NULL)
		return AUTH_GOING;
	ask->response_len = (uint8_t)rd_left(&value);
	rd_copy(&value, ask->response, ask->response_len);
	return AUTH_GOING;
}

/* RFC 2759 §7: a new password, after we have said that the old one is out. */
static enum auth_result
chap_change(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	struct rd r = k->body;
	struct ppp_auth *ask;

	if (rd_left(&r) != PPP_CHANGE) {
		*why = DROP_PPP_AUTH;
		return AUTH_GOING;
	}
	if (!chap_fresh(p, k->id, AUTH_WANT_CHANGE, out, why))
		return AUTH_GOING;
	ask = chap_ask(p, now, out);
	if (ask == NULL)
		return AUTH_GOING;
	p->auth.changed = true;
	ask->change_len = PPP_CHANGE;
	rd_copy(&r, ask->change, PPP_CHANGE);
	return AUTH_GOING;
}

/*
 * Peer role: the packet by which a password changes.  Made anew each time it
 * is sent, because only its Value is kept; the filling differs then, which
 * nobody reads.  False if it cannot be made.
 */
static bool
chap_send_change(struct ppp *p, struct ppp_out *out)
{
	const struct secret *old = &p->params->password;
	const struct secret *new = &p->params->new_password;
	struct ppp_packet k = ppp_packet_begin(out, FRAME_CHAP, CHAP_CHANGE,
	    p->auth.id, ppp_send_max(p));
	uint8_t *block = wr_room(&k.w, MSCHAP_PWBLOCK);
	uint8_t *hash = wr_room(&k.w, 16);
	uint8_t was[16], is[16];
	bool ok;

	ok = hash != NULL && ppp_nt_hash(rd_make(old->b, old->len), was) &&
	    ppp_nt_hash(rd_make(new->b, new->len), is) &&
	    mschap_new_password(p->rng, rd_make(new->b, new->len), was,
		block) &&
	    mschap_old_hash(was, is, hash);
	/* Peer-Challenge, Reserved and NT-Response stand as in a Response. */
	wr_bytes(&k.w, p->auth.response, MSCHAP_VALUE - 1);
	wr_u16(&k.w, 0);
	if (ok)
		ppp_packet_end(out, &k);
	wipe(was, sizeof(was));
	wipe(is, sizeof(is));
	return ok;
}

void
chap_send_response(struct ppp *p, struct ppp_out *out)
{
	const struct auth *a = &p->auth;
	const char *user = p->params->user;
	size_t n = a->method == PPP_MSCHAPV2 ? MSCHAP_VALUE : 16;
	struct ppp_packet k;

	if (a->changed && a->state == AUTH_WAIT) {
		(void)chap_send_change(p, out);
		return;
	}
	k = ppp_packet_begin(out, FRAME_CHAP, CHAP_RESPONSE, a->id,
	    ppp_send_max(p));
	wr_u8(&k.w, (uint8_t)n);
	wr_bytes(&k.w, a->response, n);
	wr_bytes(&k.w, user, strlen(user));
	ppp_packet_end(out, &k);
}

enum auth_result
chap_answer(struct ppp *p, const struct secret *pw, const uint8_t challenge[16],
    uint8_t value[MSCHAP_VALUE], char expect[MSCHAP_SUCCESS])
{
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
	if (a->state == AUTH_WAIT)	/* else it was accepted */
		a->changed = false;
	/* The same challenge once more: the same answer, with its proof. */
	again = ms && a->sent > 0 && k->id == a->id &&
	    rd_eq(value, a->challenge, sizeof(a->challenge));
	if (!again && ms)
		res = chap_answer(p, a->changed ? &p->params->new_password :
		    &p->params->password, value.p, answer, expect);
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

bool
chap_proof(const struct auth *a, struct rd text)
{
	const uint8_t *proof = rd_bytes(&text, MSCHAP_SUCCESS - 1);

	return proof != NULL && hex_same(a->expect, proof, MSCHAP_SUCCESS - 1);
}

/*
 * RFC 2759 §6: our password has expired and we have another one: true if it
 * is on its way.  The user may set one for a login, not two.
 */
static bool
chap_renew(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out)
{
	const struct secret *new = &p->params->new_password;
	struct auth *a = &p->auth;
	struct ppp_verdict v;
	uint8_t value[MSCHAP_VALUE];
	char expect[MSCHAP_SUCCESS];

	if (a->method != PPP_MSCHAPV2 || new->len == 0 || a->changed ||
	    a->state != AUTH_WAIT || !ppp_mschap_error(k->body, &v) ||
	    v.error != MSCHAP_E_EXPIRED || !v.has_challenge ||
	    chap_answer(p, new, v.challenge, value, expect) != AUTH_GOING)
		return false;
	memcpy(a->response, value, sizeof(value));
	memcpy(a->expect, expect, sizeof(expect));
	a->id = (uint8_t)(k->id + 1);
	a->changed = true;
	a->timer = auth_again(p, now);
	return chap_send_change(p, out);
}

/*
 * RFC 2759 §5: the authenticator proves that it knows the password too; a
 * success without the proof is none.
 */
static enum auth_result
chap_verdict(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	struct auth *a = &p->auth;

	if (a->sent == 0 || k->id != a->id) {
		*why = DROP_PPP_ID;
		return AUTH_GOING;
	}
	if (k->code == CHAP_FAILURE) {
		char text[PPP_TEXT_MAX];

		if (chap_renew(p, k, now, out))
			return AUTH_GOING;
		ppp_escape(text, k->body);
		ppp_blame(p, PPP_CAUSE_AUTH, text);
		return AUTH_REFUSED;
	}
	if (a->method == PPP_MSCHAPV2 && !chap_proof(a, k->body)) {
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
			return chap_verdict(p, k, now, out, why);
		break;
	case CHAP_CHANGE:
		if (ours && p->auth.method == PPP_MSCHAPV2)
			return chap_change(p, k, now, out, why);
		break;
	default:
		*why = DROP_PPP_CODE;
		return AUTH_GOING;
	}
	*why = DROP_PPP_AUTH;
	return AUTH_GOING;
}
