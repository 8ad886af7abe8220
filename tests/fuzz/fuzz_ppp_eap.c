/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EAP in either role.  First byte: bit 0 peer, bits 1 and 2 what the peer
 * speaks inside (EAP-MD5, EAP-MSCHAPv2), bit 3 freeze before each record.
 * LCP is agreed by hand; then records:
 *	0 len16 bytes		an EAP packet comes in, as it is
 *	1 n8			n seconds pass
 *	2 how8 len16 bytes	the owner answers: bit 0 ok, bit 1 more, bit 2
 *				under an older ticket; the bytes are EAP's
 *	3 len8 bytes		an EAP packet under the right id and length
 *	4			LCP begins anew
 *
 * However it goes: the authenticator lets nobody in but by a verdict `ok` under
 * the ticket of the open question, and asks one question at a time; the peer
 * that insists on MS-CHAPv2 believes nobody, because nobody here knows the
 * password; no packet is larger than it may be.
 */

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "ppp/ppp.h"

struct world {
	struct ppp *ppp;
	struct ppp_params params;
	struct rng rng;
	struct drops drops;
	mono_t now;
	bool peer, refreeze;
	bool asked;		/* a question is open */
	bool let_in;		/* by a verdict, since LCP came up */
	bool down;
	uint32_t ticket;
	uint8_t eap_id, lcp_id;	/* of the last Request or Response sent */
	uint8_t lcp[64];	/* its last Configure-Request, from the code */
	size_t lcp_n;
	struct ppp_out out;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
sent(struct world *w, struct rd frame)
{
	uint16_t protocol;

	must(rd_left(&frame) >= 8 && rd_left(&frame) <= 4 + 1500);
	rd_skip(&frame, 2);
	protocol = rd_u16(&frame);
	if (protocol == 0xc227) {
		struct rd r = frame;

		must(rd_u8(&r) >= 1);
		w->eap_id = rd_u8(&r);
		must(rd_u16(&r) == rd_left(&frame));
	}
	if (protocol == 0xc021 && *frame.p == 1 &&
	    rd_left(&frame) <= sizeof(w->lcp)) {
		w->lcp_n = rd_left(&frame);
		rd_copy(&frame, w->lcp, w->lcp_n);
	}
}

static void
drain(struct world *w)
{
	must(w->out.n <= 8 && w->out.used <= 6144);
	for (unsigned i = 0; i < w->out.n; i++) {
		const struct ppp_act *a = &w->out.act[i];

		must(!w->down);
		switch (a->kind) {
		case PPP_SEND:
			sent(w, a->data);
			break;
		case PPP_LCP_UP:
			w->asked = w->let_in = false;
			break;
		case PPP_ASK_AUTH:
			must(!w->peer && !w->asked);
			must(a->auth->ticket > w->ticket);
			must(a->auth->eap_len >= 5 && a->auth->eap[0] == 2);
			must(a->auth->eap[1] == a->auth->id);
			must(a->auth->eap[2] << 8 == (a->auth->eap_len & ~255));
			w->ticket = a->auth->ticket;
			w->asked = true;
			break;
		case PPP_AUTH_OK:
			must(w->peer && (w->params.eap & PPP_CHAP_MD5));
			w->let_in = true;
			break;
		case PPP_ASK_ADDR:
			must(w->let_in);
			break;
		case PPP_NET_UP:
		case PPP_NET_DOWN:
		case PPP_NET6_UP:
		case PPP_NET6_DOWN:
		case PPP_IP6:
			must(false);	/* no IPCP comes here */
			break;
		case PPP_NOTE:
			break;
		case PPP_DOWN:
			w->down = true;
			break;
		}
	}
	ppp_out_reset(&w->out);
	must(ppp_authenticated(w->ppp) <= w->let_in);
}

static void
refreeze(struct world *w)
{
	size_t n = ppp_frozen_size(w->ppp);
	uint8_t *b = malloc(n);
	struct wr wr = wr_make(b, n);
	struct rd r;

	must(b != NULL);
	ppp_freeze(w->ppp, &wr);
	ppp_free(w->ppp);
	r = wr_out(&wr);
	w->ppp = ppp_thaw(&w->params, &w->rng, &w->drops, &r);
	must(w->ppp != NULL && rd_done(&r));
	free(b);
}

static void
say(struct world *w, uint16_t protocol, struct rd packet)
{
	uint8_t b[1600];
	struct wr wr = wr_make(b, sizeof(b));

	wr_u16(&wr, 0xff03);
	wr_u16(&wr, protocol);
	wr_rd(&wr, packet);
	if (wr.bad)
		return;
	ppp_input(w->ppp, w->now, wr_out(&wr), &w->out);
	drain(w);
}

static void
lcp_open(struct world *w)
{
	uint8_t theirs[] = { 1, ++w->lcp_id, 0, 4, 3, 4, 0xc2, 0x27 };

	theirs[3] = w->peer ? 8 : 4;
	say(w, 0xc021, rd_make(theirs, theirs[3]));
	w->lcp[0] = 2;
	say(w, 0xc021, rd_make(w->lcp, w->lcp_n));
}

static void
pass(struct world *w, uint64_t ms)
{
	w->now = mono_add_ms(w->now, ms);
	for (unsigned i = 0; mono_due(ppp_deadline(w->ppp), w->now); i++) {
		must(i < 16);
		ppp_expire(w->ppp, w->now, &w->out);
		drain(w);
	}
}

static void
verdict(struct world *w, struct rd *r)
{
	struct ppp_verdict v = { .ok = false };
	uint8_t how = rd_u8(r);
	struct rd eap = rd_sub(r, rd_u16(r));
	uint32_t ticket = w->ticket - (how & 4 ? 1 : 0);
	bool was = ppp_authenticated(w->ppp), asked = w->asked;

	v.ok = how & 1;
	v.more = how & 2;
	v.wait_s = (uint16_t)(how >> 3);
	if (rd_left(&eap) <= sizeof(v.eap)) {
		v.eap_len = (uint16_t)rd_left(&eap);
		rd_copy(&eap, v.eap, v.eap_len);
	}
	if (ticket == w->ticket)
		w->asked = false;
	w->let_in = w->let_in || (v.ok && asked && ticket == w->ticket);
	ppp_auth_done(w->ppp, w->now, ticket, &v, &w->out);
	if (!asked || ticket != w->ticket)
		must(ppp_authenticated(w->ppp) == was && w->out.n == 0);
	drain(w);
}

static void
honest(struct world *w, struct rd data)
{
	uint8_t b[4 + 255];
	struct wr wr = wr_make(b, sizeof(b));

	wr_u8(&wr, w->peer ? 1 : 2);
	wr_u8(&wr, (uint8_t)(w->eap_id + (w->peer ? 1 : 0)));
	wr_u16(&wr, (uint16_t)(4 + rd_left(&data)));
	wr_rd(&wr, data);
	say(w, 0xc227, wr_out(&wr));
}

static void
record(struct world *w, struct rd *r)
{
	if (w->refreeze)
		refreeze(w);
	switch (rd_u8(r) % 5) {
	case 0:
		say(w, 0xc227, rd_sub(r, rd_u16(r)));
		return;
	case 1:
		pass(w, rd_u8(r) * 1000u);
		return;
	case 2:
		verdict(w, r);
		return;
	case 3:
		honest(w, rd_sub(r, rd_u8(r)));
		return;
	case 4:
		if (!w->down)
			lcp_open(w);
		return;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_make(data, size);
	struct world *w = calloc(1, sizeof(*w));
	uint8_t how = rd_u8(&r);

	must(w != NULL && crypto_init());
	w->peer = how & 1;
	w->refreeze = how & 8;
	w->now = mono_us(1000000);
	ppp_params_default(&w->params);
	w->params.methods = PPP_EAP;
	w->params.echo_s = 0;
	w->params.eap = (uint8_t)(how & (PPP_CHAP_MD5 | PPP_MSCHAPV2));
	strcpy(w->params.user, "alice");
	secret_set(&w->params.password, "secret", 6);
	rng_seeded(&w->rng, 5);
	w->ppp = ppp_new(&w->params, w->peer ? PPP_PEER : PPP_AUTHENTICATOR,
	    &w->rng, &w->drops);
	must(w->ppp != NULL);
	ppp_lower_up(w->ppp, w->now, &w->out);
	drain(w);
	lcp_open(w);
	for (unsigned i = 0; i < 256 && !r.bad && rd_left(&r) > 0; i++)
		record(w, &r);
	pass(w, 600000);
	ppp_free(w->ppp);
	free(w);
	return 0;
}
