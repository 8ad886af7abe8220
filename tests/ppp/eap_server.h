/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_PPP_EAP_SERVER_H
#define TESTS_PPP_EAP_SERVER_H

/*
 * A small EAP server for tests: what stands behind RADIUS.  A question of a
 * link goes in, a verdict comes out; the state of one login is a value that
 * the caller keeps.  Speaks EAP-MD5 (RFC 3748 §5.4) and EAP-MSCHAPv2
 * (draft-kamath-pppext-eap-mschapv2).  Included where it is used, so static.
 */

#include <stdio.h>
#include <string.h>

#include "ppp/ppp.h"

enum eap_server_method { EAP_SERVER_MD5 = 4, EAP_SERVER_MSCHAPV2 = 26 };

struct eap_server {
	uint8_t method;		/* enum eap_server_method: asked for first */
	uint8_t offers;		/* another one, if the peer's Nak names it; 0 */
	const char *user, *password;
	uint8_t step;		/* 0: nothing asked; then: method is out */
	bool good;		/* the peer has proved itself */
	uint8_t challenge[16];
	unsigned questions;
};

#define EAP_SERVER_FN	__attribute__((unused)) static

/* Begins a packet of this code; the length is filled in by _end. */
EAP_SERVER_FN struct wr
eap_server_begin(struct ppp_verdict *v, uint8_t code, uint8_t id)
{
	struct wr w = wr_make(v->eap, sizeof(v->eap));

	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, 0);
	return w;
}

EAP_SERVER_FN void
eap_server_end(struct ppp_verdict *v, const struct wr *w)
{
	v->eap_len = (uint16_t)wr_used(w);
	v->eap[2] = (uint8_t)(v->eap_len >> 8);
	v->eap[3] = (uint8_t)v->eap_len;
}

EAP_SERVER_FN void
eap_server_over(struct ppp_verdict *v, uint8_t id, bool ok)
{
	struct wr w = eap_server_begin(v, ok ? 3 : 4, id);

	v->ok = ok;
	v->more = false;
	eap_server_end(v, &w);
}

EAP_SERVER_FN void
eap_server_challenge(struct eap_server *s, struct rng *rng, uint8_t id,
    struct ppp_verdict *v)
{
	struct wr w = eap_server_begin(v, 1, id);

	(void)rng_fill(rng, s->challenge, sizeof(s->challenge));
	s->step = 1;
	s->good = false;
	wr_u8(&w, s->method);
	if (s->method == EAP_SERVER_MSCHAPV2) {
		wr_u8(&w, 1);
		wr_u8(&w, (uint8_t)(id + 100));
		wr_u16(&w, 4 + 1 + 16 + 6);
	}
	wr_u8(&w, sizeof(s->challenge));
	wr_bytes(&w, s->challenge, sizeof(s->challenge));
	wr_bytes(&w, "server", 6);
	eap_server_end(v, &w);
	v->more = true;
}

/* The second half of EAP-MSCHAPv2: our proof, or why not, to be confirmed. */
EAP_SERVER_FN void
eap_server_mschap(struct eap_server *s, const struct ppp_auth *q, struct rd r,
    struct ppp_verdict *v)
{
	struct wr w = eap_server_begin(v, 1, (uint8_t)(q->id + 1));
	uint8_t hash[16], value[49] = { 0 }, ms_id;
	char success[43] = "", text[64];
	struct rd user;
	bool ok = rd_u8(&r) == 2;

	ms_id = rd_u8(&r);
	rd_skip(&r, 2);
	ok = ok && rd_u8(&r) == sizeof(value);
	rd_copy(&r, value, sizeof(value));
	user = rd_make(s->user, strlen(s->user));
	s->good = ok && !r.bad && rd_eq(rd_rest(&r), s->user,
	    strlen(s->user)) &&
	    ppp_nt_hash(rd_make(s->password, strlen(s->password)), hash) &&
	    ppp_mschapv2_check(hash, s->challenge, value, user, success);
	s->step = 2;
	(void)snprintf(text, sizeof(text), "%s", s->good ? success :
	    "E=691 R=0");
	wr_u8(&w, EAP_SERVER_MSCHAPV2);
	wr_u8(&w, s->good ? 3 : 4);
	wr_u8(&w, ms_id);
	wr_u16(&w, (uint16_t)(4 + strlen(text)));
	wr_bytes(&w, text, strlen(text));
	eap_server_end(v, &w);
	v->more = true;
}

/* The verdict about one question (method PPP_EAP). */
EAP_SERVER_FN void
eap_server_ask(struct eap_server *s, struct rng *rng, const struct ppp_auth *q,
    struct ppp_verdict *v)
{
	struct rd r = rd_make(q->eap, q->eap_len), wish;
	uint8_t type, md5[16];

	memset(v, 0, sizeof(*v));
	s->questions++;
	rd_skip(&r, 4);
	type = rd_u8(&r);
	wish = r;
	if (s->step == 0 || (s->step == 1 && type == 3)) {
		if (type == 3 && (s->offers == 0 || rd_u8(&wish) !=
		    s->offers)) {
			eap_server_over(v, q->id, false);
			return;
		}
		if (type == 3)
			s->method = s->offers;
		eap_server_challenge(s, rng, (uint8_t)(q->id + 1), v);
		return;
	}
	if (s->step == 1 && s->method == EAP_SERVER_MSCHAPV2 && type == 26) {
		eap_server_mschap(s, q, r, v);
		return;
	}
	if (s->step == 1 && s->method == EAP_SERVER_MD5) {
		ppp_chap_md5(q->id, rd_make(s->password, strlen(s->password)),
		    rd_make(s->challenge, 16), md5);
		s->good = rd_u8(&r) == 16 && rd_eq(rd_sub(&r, 16), md5, 16) &&
		    rd_eq(rd_rest(&r), s->user, strlen(s->user));
	} else if (s->step == 2) {
		s->good = s->good && rd_u8(&r) == 3;
	}
	eap_server_over(v, q->id, s->good && q->name_len == strlen(s->user) &&
	    memcmp(q->name, s->user, q->name_len) == 0);
	s->step = 0;
}

#endif
