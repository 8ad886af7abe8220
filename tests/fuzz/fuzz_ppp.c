/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A link in either role, driven by a byte stream.  Head: role, methods (bit 6
 * EAP; bit 7: its server begins with EAP-MD5), how the owner answers.  Then
 * records:
 *	0 len16 bytes	a frame comes in
 *	1 n16		n * 10 ms pass
 *	2 pos8 xor8	the next frame of an honest other end comes in, one byte
 *			of it changed if xor is not 0
 *	3		the next frame of the honest end is lost
 *	4		the owner answers what was asked about the user
 *	5		the owner gives an address, and IPv6 unless bit 3 is set;
 *			with bit 4 he says which identifier it must be
 *	6		freeze and thaw
 *	7		close
 *
 * However it goes: no network before the owner has said yes (authenticator),
 * or before the server has been believed (peer, if it asked); each input adds
 * what the box promises at most; nothing comes after the end.
 */

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "ppp/ppp.h"
#include "tests/ppp/eap_server.h"

#define QUEUE	64
#define FRAME	1600

struct queued {
	size_t n;
	uint8_t b[FRAME];
};

struct end {
	struct ppp *ppp;
	struct ppp_params params;
	enum ppp_role role;
	struct rng rng;
	struct drops drops;
	bool proved;		/* since the last LCP_UP */
	bool free;		/* peer role: the server asked for nothing */
	bool up, up6, down;
	bool asked;
	struct ppp_auth auth;
	struct queued *in;	/* frames on their way here */
	unsigned head, tail;
};

struct world {
	struct end e[2];	/* [0] is under test */
	mono_t now;
	bool at_once;		/* the owner answers at once */
	bool bad_owner;		/* the owner says no */
	struct eap_server eap;	/* whom he asks about EAP */
	struct rng rng;
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
queue(struct end *to, struct rd frame)
{
	struct queued *q = &to->in[to->tail % QUEUE];

	must(rd_left(&frame) <= FRAME);
	if (to->tail - to->head >= QUEUE)
		return;
	q->n = rd_left(&frame);
	rd_copy(&frame, q->b, q->n);
	to->tail++;
}

static void
drain(struct world *w, struct end *e)
{
	struct end *other = e == &w->e[0] ? &w->e[1] : &w->e[0];
	const struct ppp_act *a;
	unsigned i;

	must(w->out.n <= 8 && w->out.used <= 6144);
	for (i = 0; i < w->out.n; i++) {
		a = &w->out.act[i];
		must(!e->down);
		switch (a->kind) {
		case PPP_SEND:
			must(rd_left(&a->data) >= 8 &&
			    rd_left(&a->data) <= 1504);
			queue(other, a->data);
			break;
		case PPP_LCP_UP:
			must(!e->up && !e->up6);
			e->proved = false;
			e->asked = false;
			e->free = e->role == PPP_PEER && a->auth->method == 0;
			break;
		case PPP_ASK_AUTH:
			must(e->role == PPP_AUTHENTICATOR && !e->proved);
			e->auth = *a->auth;
			e->asked = true;
			break;
		case PPP_AUTH_OK:
			must(e->role == PPP_PEER);
			e->proved = true;
			break;
		case PPP_ASK_ADDR:
			must(e->role == PPP_AUTHENTICATOR && e->proved);
			break;
		case PPP_NET_UP:
			must(!e->up && (e->proved || e->free));
			must(e->free || ppp_authenticated(e->ppp));
			must(a->net->ours.family == IP_V4);
			e->up = true;
			break;
		case PPP_NET_DOWN:
			must(e->up);
			e->up = false;
			break;
		case PPP_NET6_UP:
			must(!e->up6 && (e->proved || e->free));
			must(e->free || ppp_authenticated(e->ppp));
			must(a->net6->ours != 0 &&
			    a->net6->ours != a->net6->peers);
			must(e->role == PPP_PEER || a->net6->peers != 0);
			e->up6 = true;
			break;
		case PPP_NET6_DOWN:
			must(e->up6);
			e->up6 = false;
			break;
		case PPP_IP6:
			must(e->up6 && rd_left(&a->data) <= 1500);
			break;
		case PPP_NOTE:
			must(strlen(a->text) < 128);
			break;
		case PPP_DOWN:
			must(!e->up && !e->up6);
			e->down = true;
			break;
		}
	}
	ppp_out_reset(&w->out);
}

static void
verdict(struct world *w, const struct ppp_auth *q, struct ppp_verdict *v)
{
	static const char pw[] = "secret";
	struct rd password = rd_make(pw, sizeof(pw) - 1);
	uint8_t b[16];

	*v = (struct ppp_verdict){ .retry = true, .error = 691 };
	if (w->bad_owner)
		return;
	if (q->method == PPP_EAP)
		eap_server_ask(&w->eap, &w->rng, q, v);
	if (q->method == PPP_PAP)
		v->ok = q->password.len == 6 && !memcmp(q->password.b, pw, 6);
	if (q->method == PPP_CHAP_MD5) {
		ppp_chap_md5(q->id, password, rd_make(q->challenge, 16), b);
		v->ok = !memcmp(b, q->response, 16);
	}
	if (q->method == PPP_MSCHAPV2)
		v->ok = ppp_nt_hash(password, b) &&
		    ppp_mschapv2_check(b, q->challenge, q->response,
			rd_make(q->name, q->name_len), v->mschap_success);
}

static void
owner_auth(struct world *w, struct end *e)
{
	struct ppp_verdict v;

	if (!e->asked)
		return;
	verdict(w, &e->auth, &v);
	e->asked = false;
	/* A yes to what is no longer asked must do nothing. */
	e->proved = v.ok && ppp_phase(e->ppp) == PPP_AUTHENTICATE;
	ppp_auth_done(e->ppp, w->now, e->auth.ticket, &v, &w->out);
	must(e->proved == ppp_authenticated(e->ppp));
	drain(w, e);
}

static void
owner_addr(struct world *w, struct end *e, uint8_t how)
{
	struct ppp_addr a = {
		.ours = ipaddr_v4(0x0a000001),
		.peers = ipaddr_v4(0x0a000102),
		.dns = { ipaddr_v4(0x08080808) },
		.ipv6 = !(how & 8),
		.ifid = how & 16 ? UINT64_C(0x0200000000000077) : 0,
	};

	ppp_addr_done(e->ppp, w->now, &a, &w->out);
	drain(w, e);
}

static void
settle(struct world *w, struct end *e)
{
	drain(w, e);
	if (!w->at_once && e == &w->e[0])
		return;
	owner_auth(w, e);
	owner_addr(w, e, 0);
}

static void
input(struct world *w, struct end *e, const uint8_t *b, size_t n)
{
	bool was = ppp_authenticated(e->ppp);

	ppp_input(e->ppp, w->now, rd_make(b, n), &w->out);
	/* A frame alone lets nobody in. */
	if (e->role == PPP_AUTHENTICATOR && !was)
		must(!ppp_authenticated(e->ppp));
	settle(w, e);
}

/* The other end is honest: it hears everything, at once. */
static void
honest(struct world *w)
{
	struct end *o = &w->e[1];
	unsigned i;

	for (i = 0; i < QUEUE && o->head != o->tail; i++, o->head++)
		input(w, o, o->in[o->head % QUEUE].b, o->in[o->head % QUEUE].n);
}

static void
pass(struct world *w, unsigned ms)
{
	unsigned i, k;

	w->now = mono_add_ms(w->now, ms);
	for (k = 0; k < 2; k++)
		for (i = 0; mono_due(ppp_deadline(w->e[k].ppp), w->now); i++) {
			must(i < 16);
			ppp_expire(w->e[k].ppp, w->now, &w->out);
			settle(w, &w->e[k]);
		}
}

static void
refreeze(struct end *e)
{
	uint8_t b[4096];
	struct wr w = wr_make(b, sizeof(b));
	struct rd r;

	ppp_freeze(e->ppp, &w);
	ppp_free(e->ppp);
	r = wr_out(&w);
	e->ppp = ppp_thaw(&e->params, &e->rng, &e->drops, &r);
	must(e->ppp != NULL);
}

static void
next_frame(struct world *w, struct rd *r, bool lost)
{
	struct end *e = &w->e[0];
	struct queued *q;
	uint8_t pos, x;

	honest(w);
	pos = lost ? 0 : rd_u8(r);
	x = lost ? 0 : rd_u8(r);
	if (e->head == e->tail)
		return;
	q = &e->in[e->head++ % QUEUE];
	if (lost)
		return;
	if (q->n > 0)
		q->b[pos % q->n] ^= x;
	input(w, e, q->b, q->n);
}

static void
record(struct world *w, struct rd *r)
{
	struct end *e = &w->e[0];
	struct rd frame;

	uint8_t what = rd_u8(r);

	switch (what & 7) {
	case 0:
		frame = rd_sub(r, rd_u16(r));
		if (rd_left(&frame) <= FRAME)
			input(w, e, frame.p, rd_left(&frame));
		return;
	case 1:
		pass(w, rd_u16(r) * 10u);
		return;
	case 2:
		next_frame(w, r, false);
		return;
	case 3:
		next_frame(w, r, true);
		return;
	case 4:
		owner_auth(w, e);
		return;
	case 5:
		owner_addr(w, e, what);
		return;
	case 6:
		refreeze(e);
		return;
	case 7:
		ppp_close(e->ppp, w->now, PPP_CAUSE_CLOSED, "bye", &w->out);
		settle(w, e);
		return;
	}
}

static void
begin(struct world *w, struct end *e, enum ppp_role role, uint8_t methods,
    uint64_t seed)
{
	e->role = role;
	ppp_params_default(&e->params);
	e->params.methods = methods;
	e->params.ipv6 = true;
	strcpy(e->params.user, "alice");
	secret_set(&e->params.password, "secret", 6);
	rng_seeded(&e->rng, seed);
	e->ppp = ppp_new(&e->params, role, &e->rng, &e->drops);
	must(e->ppp != NULL);
	ppp_lower_up(e->ppp, w->now, &w->out);
	drain(w, e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_make(data, size);
	uint8_t how = rd_u8(&r);
	uint8_t methods = (how & 7) | (how & 64 ? PPP_EAP : 0);
	struct world *w = calloc(1, sizeof(*w));
	unsigned i;

	if (w == NULL || !crypto_init())
		abort();
	if (methods == 0)
		methods = 7;
	w->now = mono_us(1000000);
	w->at_once = how & 16;
	w->bad_owner = how & 32;
	w->eap = (struct eap_server){ .method = how & 128 ? EAP_SERVER_MD5 :
	    EAP_SERVER_MSCHAPV2, .offers = EAP_SERVER_MSCHAPV2,
	    .user = "alice", .password = "secret" };
	rng_seeded(&w->rng, 41);
	for (i = 0; i < 2; i++) {
		w->e[i].in = calloc(QUEUE, sizeof(*w->e[i].in));
		must(w->e[i].in != NULL);
	}
	begin(w, &w->e[0], how & 8 ? PPP_PEER : PPP_AUTHENTICATOR, methods, 22);
	begin(w, &w->e[1], how & 8 ? PPP_AUTHENTICATOR : PPP_PEER, methods, 37);
	for (i = 0; i < 256 && !r.bad && rd_left(&r) > 0; i++)
		record(w, &r);
	pass(w, 600000);
	for (i = 0; i < 2; i++) {
		ppp_free(w->e[i].ppp);
		free(w->e[i].in);
	}
	free(w);
	return 0;
}
