/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EAP over PPP (RFC 3748), both sides.
 *
 * The authenticator passes on (RFC 3748 §2.3, RFC 3579 §2): it asks for the
 * Identity, and from then on the owner's server says what is asked.  It looks
 * at codes, identifiers and lengths, at no method, and believes the verdict
 * alone.  The peer speaks EAP-MD5 (RFC 3748 §5.4) and EAP-MSCHAPv2.
 */

#include <string.h>

#include "ppp/auth.h"
#include "ppp/mschap.h"

#define EAP_HEAD	4	/* code, id, length */
#define EAP_RESENDS	5	/* of one Request, RFC 3748 §4.3: 3 to 5 */
#define EAP_RESEND_MS	15000	/* at most between two of them */
#define EAP_ROUNDS	100	/* Requests in one login */

enum eap_mschap_op {		/* first byte of EAP-MSCHAPv2's data */
	MS_CHALLENGE = 1,
	MS_RESPONSE,
	MS_SUCCESS,
	MS_FAILURE
};

void
eap_repeat(struct ppp *p, struct ppp_out *out)
{
	struct wr w = ppp_frame_begin(out, FRAME_EAP, ppp_send_max(p));

	wr_bytes(&w, p->eap, p->auth.eap_len);
	ppp_frame_end(out, &w);
	if (p->auth.sent < UINT8_MAX)
		p->auth.sent++;
}

/* Keeps a packet and sends it for the first time. */
static void
eap_send(struct ppp *p, struct rd packet, struct ppp_out *out)
{
	struct auth *a = &p->auth;

	a->eap_len = (uint16_t)rd_left(&packet);
	rd_copy(&packet, p->eap, a->eap_len);
	a->id = p->eap[1];
	a->sent = 0;
	eap_repeat(p, out);
}

void
eap_send_identity(struct ppp *p, struct ppp_out *out)
{
	uint8_t b[EAP_HEAD + 1];
	struct wr w = wr_make(b, sizeof(b));

	wr_u8(&w, EAP_REQUEST);
	wr_u8(&w, ppp_next_id(p));
	wr_u16(&w, sizeof(b));
	wr_u8(&w, EAP_IDENTITY);
	p->auth.rounds = 1;
	eap_send(p, wr_out(&w), out);
}

mono_t
eap_again(const struct ppp *p, mono_t now)
{
	unsigned sent = p->auth.sent;
	uint64_t ms = p->params->restart_ms;

	/* Nobody types an Identity, and no server is behind it yet. */
	if (p->auth.rounds <= 1)
		return mono_add_ms(now, ms);
	if (sent == 0 || sent > EAP_RESENDS)
		return MONO_NEVER;
	ms <<= sent - 1;
	return mono_add_ms(now, ms < EAP_RESEND_MS ? ms : EAP_RESEND_MS);
}

/* RFC 3748 §4.1: of the Request's type, or a Nak where one is allowed. */
static bool
eap_type_ok(uint8_t asked, uint8_t type)
{
	return type == asked || (type == EAP_NAK && asked > EAP_NAK);
}

static enum auth_result
eap_response(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	struct auth *a = &p->auth;
	struct rd r = k->body, whole = k->whole;
	uint8_t type = rd_u8(&r);
	size_t max = ppp_send_max(p);
	struct ppp_auth *ask;

	if (r.bad)
		*why = DROP_PPP_LENGTH;
	else if (k->id != a->id)
		*why = DROP_PPP_ID;
	else if (a->state != AUTH_WAIT)
		*why = DROP_PPP_REPEAT;
	else if (!eap_type_ok(p->eap[EAP_HEAD], type) ||
	    (!a->named && rd_left(&r) > PPP_NAME_MAX))
		*why = DROP_PPP_AUTH;
	if (*why != DROP_NONE)
		return AUTH_GOING;
	if (!a->named)
		auth_name(p, r);
	ask = auth_ask(p, k->id, now, out);
	if (ask == NULL)
		return AUTH_GOING;
	ask->eap_mtu = (uint16_t)(max < p->mru ? max : p->mru);
	ask->eap_len = (uint16_t)rd_left(&whole);
	rd_copy(&whole, ask->eap, ask->eap_len);
	return AUTH_GOING;
}

/* Is what the server sent one packet of this code, and not too short? */
static bool
eap_is(const struct ppp_verdict *v, uint8_t code, size_t least)
{
	struct rd r = rd_make(v->eap, EAP_HEAD);
	uint8_t is = rd_u8(&r);

	rd_skip(&r, 1);
	return v->eap_len >= least && v->eap_len <= sizeof(v->eap) &&
	    is == code && rd_u16(&r) == v->eap_len;
}

/* The server asks on; false if its Request cannot be passed on. */
static bool
eap_more(struct ppp *p, const struct ppp_verdict *v, mono_t now,
    struct ppp_out *out)
{
	struct auth *a = &p->auth;
	uint16_t wait = v->wait_s > PPP_WAIT_S ? v->wait_s : PPP_WAIT_S;
	const char *no = NULL;

	if (!eap_is(v, EAP_REQUEST, EAP_HEAD + 1))
		no = "the server's EAP packet is malformed";
	else if (v->eap_len > ppp_send_max(p))
		no = "the server's EAP packet is larger than the link takes";
	else if (a->rounds >= EAP_ROUNDS)
		no = "EAP did not come to an end";
	if (no != NULL) {
		ppp_blame(p, PPP_CAUSE_AUTH, no);
		return false;
	}
	a->rounds++;
	a->state = AUTH_WAIT;
	eap_send(p, rd_make(v->eap, v->eap_len), out);
	a->timer = eap_again(p, now);
	a->until = mono_add_s(now, wait);
	return true;
}

enum auth_result
eap_reply(struct ppp *p, const struct ppp_verdict *v, mono_t now,
    struct ppp_out *out)
{
	uint8_t code = v->ok ? EAP_SUCCESS : EAP_FAILURE;
	uint8_t b[EAP_HEAD];
	struct wr w = wr_make(b, sizeof(b));

	if (!v->ok && v->undecided)
		return AUTH_NO_OWNER;
	if (!v->ok && v->more && eap_more(p, v, now, out))
		return AUTH_GOING;
	/* RFC 3748 §4.2: the id of the Response that it answers. */
	wr_u8(&w, code);
	wr_u8(&w, p->auth.id);
	wr_u16(&w, sizeof(b));
	/* RFC 3579 §2.6.3: what contradicts the verdict is not passed on. */
	if (eap_is(v, code, EAP_HEAD) && v->eap_len == EAP_HEAD)
		eap_send(p, rd_make(v->eap, EAP_HEAD), out);
	else
		eap_send(p, wr_out(&w), out);
	return v->ok ? AUTH_PASSED : AUTH_REFUSED;
}

/* ---- the peer ---- */

static void
eap_name(const struct ppp *p, struct wr *w)
{
	wr_bytes(w, p->params->user, strlen(p->params->user));
}

/* RFC 3748 §5.3.1: what we would speak instead, the best first; 0: nothing. */
static void
eap_nak(const struct ppp *p, struct wr *w)
{
	wr_u8(w, EAP_NAK);
	if (p->params->eap & PPP_MSCHAPV2)
		wr_u8(w, EAP_MSCHAPV2);
	if (p->params->eap & PPP_CHAP_MD5)
		wr_u8(w, EAP_MD5);
	if (!(p->params->eap & (PPP_MSCHAPV2 | PPP_CHAP_MD5)))
		wr_u8(w, 0);
}

/* RFC 3748 §5.4. */
static bool
eap_md5(struct ppp *p, uint8_t id, struct rd data, struct wr *w)
{
	struct rd value = rd_sub(&data, rd_u8(&data));
	const struct secret *pw = &p->params->password;
	uint8_t md5[16];

	if (data.bad || rd_left(&value) == 0)
		return false;
	ppp_chap_md5(id, rd_make(pw->b, pw->len), value, md5);
	wr_u8(w, EAP_MD5);
	wr_u8(w, sizeof(md5));
	wr_bytes(w, md5, sizeof(md5));
	eap_name(p, w);
	p->auth.proved = true;
	return true;
}

/* The challenge of EAP-MSCHAPv2: opcode, its id, length, then as in CHAP. */
static bool
eap_ms_challenge(struct ppp *p, uint8_t ms_id, struct rd data, struct wr *w,
    enum auth_result *res)
{
	struct rd value = rd_sub(&data, rd_u8(&data));
	struct auth *a = &p->auth;
	uint8_t answer[MSCHAP_VALUE];
	char expect[MSCHAP_SUCCESS];
	struct wr_len len;

	if (data.bad || rd_left(&value) != sizeof(a->challenge))
		return false;
	*res = chap_answer(p, &p->params->password, value.p, answer, expect);
	if (*res != AUTH_GOING)
		return true;
	memcpy(a->expect, expect, sizeof(expect));
	a->proved = false;
	wr_u8(w, EAP_MSCHAPV2);
	wr_u8(w, MS_RESPONSE);
	wr_u8(w, ms_id);
	len = wr_len16(w);
	wr_u8(w, MSCHAP_VALUE);
	wr_bytes(w, answer, sizeof(answer));
	eap_name(p, w);
	wr_len_end(w, len, EAP_HEAD);
	return true;
}

static bool
eap_mschap(struct ppp *p, struct rd data, struct wr *w, enum auth_result *res)
{
	struct auth *a = &p->auth;
	struct rd whole = data;
	uint8_t op = rd_u8(&data), ms_id = rd_u8(&data);
	char text[PPP_TEXT_MAX];

	if (rd_u16(&data) != rd_left(&whole) || data.bad)
		return false;
	if (op == MS_CHALLENGE)
		return eap_ms_challenge(p, ms_id, data, w, res);
	if (a->expect[0] == '\0' || (op != MS_SUCCESS && op != MS_FAILURE))
		return false;
	if (op == MS_SUCCESS && !chap_proof(a, data)) {
		ppp_blame(p, PPP_CAUSE_AUTH, "server did not prove itself");
		*res = AUTH_REFUSED;
	}
	if (op == MS_FAILURE) {
		ppp_escape(text, data);
		ppp_blame(p, PPP_CAUSE_AUTH, text);
	}
	a->proved = op == MS_SUCCESS && *res == AUTH_GOING;
	wr_u8(w, EAP_MSCHAPV2);
	wr_u8(w, op);
	return true;
}

/* Writes the type and data of the answer; false: the Request is no good. */
static bool
eap_answer(struct ppp *p, uint8_t id, uint8_t type, struct rd data,
    struct wr *w, enum auth_result *res)
{
	struct auth *a = &p->auth;
	uint8_t speaks = type == EAP_MD5 ? PPP_CHAP_MD5 :
	    type == EAP_MSCHAPV2 ? PPP_MSCHAPV2 : 0;

	if (type == EAP_IDENTITY || type == EAP_NOTIFICATION) {
		wr_u8(w, type);
		if (type == EAP_IDENTITY)
			eap_name(p, w);
		return true;
	}
	/* RFC 3748 §2.1: one method a conversation, and no Nak within it. */
	if (type <= EAP_NAK || (a->inner != 0 && a->inner != type))
		return false;
	if (!(p->params->eap & speaks)) {
		eap_nak(p, w);
		return true;
	}
	if (type == EAP_MD5 ? !eap_md5(p, id, data, w) :
	    !eap_mschap(p, data, w, res))
		return false;
	a->inner = type;
	return true;
}

static enum auth_result
eap_request(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	uint8_t b[EAP_HEAD + 60 + PPP_NAME_MAX];
	struct wr w = wr_make(b, sizeof(b));
	struct auth *a = &p->auth;
	struct rd r = k->body;
	uint8_t type = rd_u8(&r);
	enum auth_result res = AUTH_GOING;
	struct wr_len len;

	if (r.bad) {
		*why = DROP_PPP_LENGTH;
		return AUTH_GOING;
	}
	/* RFC 3748 §4.1: a repetition gets the same answer. */
	if (a->state != AUTH_WAIT || (a->sent > 0 && k->id == a->id)) {
		*why = DROP_PPP_REPEAT;
		if (a->state == AUTH_WAIT)
			eap_repeat(p, out);
		return AUTH_GOING;
	}
	wr_u8(&w, EAP_RESPONSE);
	wr_u8(&w, k->id);
	len = wr_len16(&w);
	if (!eap_answer(p, k->id, type, r, &w, &res)) {
		*why = DROP_PPP_AUTH;
		return AUTH_GOING;
	}
	if (res != AUTH_GOING)
		return res;
	wr_len_end(&w, len, EAP_HEAD);
	a->until = mono_add_ms(now,
	    (uint64_t)p->params->restart_ms * AUTH_WAIT_TRIES);
	eap_send(p, wr_out(&w), out);
	return AUTH_GOING;
}

/* RFC 3748 §4.2: a Success before the method is done is none. */
static enum auth_result
eap_end(struct ppp *p, const struct cp_pkt *k, enum drop *why)
{
	const struct auth *a = &p->auth;

	if (rd_left(&k->body) != 0)
		*why = DROP_PPP_LENGTH;
	else if (a->sent == 0 || k->id != a->id)
		*why = DROP_PPP_ID;
	else if (a->state != AUTH_WAIT)
		*why = DROP_PPP_REPEAT;
	else if (k->code == EAP_SUCCESS && !a->proved)
		*why = DROP_PPP_AUTH;
	if (*why != DROP_NONE)
		return AUTH_GOING;
	return k->code == EAP_SUCCESS ? AUTH_PASSED : AUTH_REFUSED;
}

enum auth_result
eap_input(struct ppp *p, const struct cp_pkt *k, mono_t now,
    struct ppp_out *out, enum drop *why)
{
	bool ours = p->role == PPP_AUTHENTICATOR;

	switch (k->code) {
	case EAP_RESPONSE:
		if (ours)
			return eap_response(p, k, now, out, why);
		break;
	case EAP_REQUEST:
		if (!ours)
			return eap_request(p, k, now, out, why);
		break;
	case EAP_SUCCESS:
	case EAP_FAILURE:
		if (!ours)
			return eap_end(p, k, why);
		break;
	default:
		*why = DROP_PPP_CODE;
		return AUTH_GOING;
	}
	*why = DROP_PPP_AUTH;
	return AUTH_GOING;
}
