/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_PPP_RIG_H
#define TESTS_PPP_RIG_H

/*
 * Two links and the wire between them, on a clock of their own.  An end may
 * be absent: then the test plays it, packet by packet.  Included once per
 * test program, so everything is static.
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
#include "ppp/mschap.h"
#include "ppp/ppp.h"
#include "tests/ppp/eap_server.h"

#define RIG_WIRE	256
#define RIG_FRAME	1600
#define RIG_LOG		512
#define UNUSED		__attribute__((unused))

struct rig_frame {
	mono_t at;
	uint64_t seq;
	size_t n;
	bool used;
	uint8_t b[RIG_FRAME];
};

struct rig_end {
	struct ppp_params params;
	struct rng rng;
	struct drops drops;
	struct ppp *ppp;
	struct rig_frame wire[RIG_WIRE];	/* on their way to this end */
	unsigned acts[PPP_DOWN + 1];		/* how often each kind came */
	enum ppp_cause cause;
	char text[256];
	struct ppp_net net;
	struct ppp_net6 net6;
	uint8_t ip6[RIG_FRAME];			/* the last PPP_IP6 */
	size_t ip6_n;
	struct ppp_auth auth;			/* last ASK_AUTH */
	uint8_t method;
	struct ipaddr want;
	bool down;
	bool up, up6;
	unsigned most_acts;
	size_t most_bytes;
};

struct rig {
	mono_t now;
	struct rng rng;			/* the wire's */
	unsigned loss;			/* per cent */
	unsigned jitter_ms;
	uint64_t seq;
	struct rig_end a, p;		/* authenticator, peer */
	struct ppp_addr addr;
	const char *user, *password;	/* what the owner of `a` knows */
	struct eap_server eap;		/* and whom he asks about EAP */
	const char *expired;		/* the password he wants changed, or NULL */
	char changed[64];		/* what it was changed to */
	bool late_auth;			/* the test answers ASK_AUTH */
	bool late_addr;
	bool freeze;			/* freeze and thaw at random moments */
	/* Called before each frame goes in. */
	void (*probe)(struct rig *, struct rig_end *, const void *, size_t);
	struct ppp_out out;
};

UNUSED static struct rd
rig_str(const char *s)
{
	return rd_make(s, strlen(s));
}

/* What an owner with a list of passwords would say. */
UNUSED static void
rig_change(struct rig *r, const struct ppp_auth *q, struct ppp_verdict *v)
{
	uint8_t old[16], new[16], sealed[16], value[49] = { 0 }, block[516];
	struct rd c = rd_make(q->change, q->change_len);
	size_t n, i;

	assert_int_equal(q->change_len, PPP_CHANGE);
	assert_int_equal(q->response_len, 0);
	rd_copy(&c, block, sizeof(block));
	rd_copy(&c, sealed, sizeof(sealed));
	rd_copy(&c, value, 48);
	assert_true(ppp_nt_hash(rig_str(r->expired), old));
	assert_true(rc4_crypt(old, block, sizeof(block)));
	n = block[512] | (size_t)block[513] << 8;
	v->error = 709;
	if (n > 2 * (sizeof(r->changed) - 1))
		return;
	memset(r->changed, 0, sizeof(r->changed));
	for (i = 0; i < n / 2; i++)
		r->changed[i] = (char)block[512 - n + 2 * i];
	assert_true(ppp_nt_hash(rig_str(r->changed), new));
	assert_true(mschap_old_hash(old, new, block));
	v->ok = memcmp(block, sealed, 16) == 0 &&
	    ppp_mschapv2_check(new, q->challenge, value, rig_str(r->user),
		v->mschap_success);
}

UNUSED static void
rig_verdict(struct rig *r, const struct ppp_auth *q, struct ppp_verdict *v)
{
	struct rd name = rd_make(q->name, q->name_len);
	uint8_t hash[16], md5[16];

	if (q->method == PPP_EAP) {
		r->eap.user = r->user;
		r->eap.password = r->password;
		eap_server_ask(&r->eap, &r->rng, q, v);
		return;
	}
	*v = (struct ppp_verdict){ .error = 691, .retry = true };
	if (!rd_eq(name, r->user, strlen(r->user)))
		return;
	if (q->change_len != 0) {
		rig_change(r, q, v);
		return;
	}
	switch (q->method) {
	case PPP_PAP:
		v->ok = q->password.len == strlen(r->password) &&
		    memcmp(q->password.b, r->password, q->password.len) == 0;
		break;
	case PPP_CHAP_MD5:
		ppp_chap_md5(q->id, rig_str(r->password),
		    rd_make(q->challenge, q->challenge_len), md5);
		v->ok = q->response_len == 16 &&
		    memcmp(md5, q->response, 16) == 0;
		break;
	case PPP_MSCHAPV2:
		assert_int_equal(q->response_len, 49);
		assert_true(ppp_nt_hash(rig_str(r->password), hash));
		if (memchr(name.p, '\\', q->name_len) != NULL)
			while (rd_u8(&name) != '\\')
				continue;
		v->ok = ppp_mschapv2_check(hash, q->challenge, q->response,
		    name, v->mschap_success);
		if (v->ok && r->expired != NULL)
			*v = (struct ppp_verdict){ .error = 648 };
		break;
	case PPP_EAP:
		break;
	}
}

UNUSED static void
rig_put(struct rig *r, struct rig_end *to, struct rd frame)
{
	unsigned i;

	if (r->loss != 0 && rng_below(&r->rng, 100) < r->loss)
		return;
	for (i = 0; i < RIG_WIRE; i++)
		if (!to->wire[i].used)
			break;
	assert_true(i < RIG_WIRE);
	assert_true(rd_left(&frame) <= RIG_FRAME);
	to->wire[i].used = true;
	to->wire[i].seq = r->seq++;
	to->wire[i].n = rd_left(&frame);
	to->wire[i].at = mono_add_ms(r->now, 10 +
	    (r->jitter_ms != 0 ? rng_below(&r->rng, r->jitter_ms) : 0));
	rd_copy(&frame, to->wire[i].b, to->wire[i].n);
}

static void rig_drain(struct rig *, struct rig_end *);

UNUSED static void
rig_owner_auth(struct rig *r, struct rig_end *e)
{
	struct ppp_verdict v;

	rig_verdict(r, &e->auth, &v);
	ppp_out_reset(&r->out);
	ppp_auth_done(e->ppp, r->now, e->auth.ticket, &v, &r->out);
	rig_drain(r, e);
}

UNUSED static void
rig_owner_addr(struct rig *r, struct rig_end *e)
{
	ppp_out_reset(&r->out);
	ppp_addr_done(e->ppp, r->now, &r->addr, &r->out);
	rig_drain(r, e);
}

/* Does what the box says. */
static void
rig_drain(struct rig *r, struct rig_end *e)
{
	struct rig_end *other = e == &r->a ? &r->p : &r->a;
	bool ask_auth = false, ask_addr = false;
	const struct ppp_act *act;
	unsigned i;

	if (r->out.n > e->most_acts)
		e->most_acts = r->out.n;
	if (r->out.used > e->most_bytes)
		e->most_bytes = r->out.used;
	for (i = 0; i < r->out.n; i++) {
		act = &r->out.act[i];
		assert_false(e->down);
		e->acts[act->kind]++;
		switch (act->kind) {
		case PPP_SEND:
			rig_put(r, other, act->data);
			break;
		case PPP_LCP_UP:
			e->method = act->auth->method;
			break;
		case PPP_ASK_AUTH:
			e->auth = *act->auth;
			ask_auth = true;
			break;
		case PPP_ASK_ADDR:
			assert_true(ppp_authenticated(e->ppp));
			e->want = act->want;
			ask_addr = true;
			break;
		case PPP_NET_UP:
			if (e == &r->a)
				assert_true(ppp_authenticated(e->ppp));
			assert_false(e->up);
			e->up = true;
			e->net = *act->net;
			break;
		case PPP_NET_DOWN:
			assert_true(e->up);
			e->up = false;
			break;
		case PPP_NET6_UP:
			if (e == &r->a)
				assert_true(ppp_authenticated(e->ppp));
			assert_false(e->up6);
			e->up6 = true;
			e->net6 = *act->net6;
			break;
		case PPP_NET6_DOWN:
			assert_true(e->up6);
			e->up6 = false;
			break;
		case PPP_IP6:
			assert_true(e->up6);
			e->ip6_n = rd_left(&act->data);
			memcpy(e->ip6, act->data.p, e->ip6_n);
			break;
		case PPP_NOTE:
			snprintf(e->text, sizeof(e->text), "%s", act->text);
			break;
		case PPP_DOWN:
			e->down = true;
			e->cause = act->cause;
			snprintf(e->text, sizeof(e->text), "%s", act->text);
			break;
		case PPP_AUTH_OK:
			break;
		}
	}
	ppp_out_reset(&r->out);
	if (ask_auth && !r->late_auth)
		rig_owner_auth(r, e);
	if (ask_addr && !r->late_addr)
		rig_owner_addr(r, e);
}

UNUSED static void
rig_refreeze(struct rig *r, struct rig_end *e)
{
	size_t n = ppp_frozen_size(e->ppp);
	uint8_t *b = malloc(n);
	struct wr w = wr_make(b, n);
	struct rd rd;

	(void)r;
	ppp_freeze(e->ppp, &w);
	assert_false(w.bad);
	assert_int_equal(wr_used(&w), n);
	ppp_free(e->ppp);
	rd = wr_out(&w);
	e->ppp = ppp_thaw(&e->params, &e->rng, &e->drops, &rd);
	assert_non_null(e->ppp);
	assert_true(rd_done(&rd));
	free(b);
}

UNUSED static void
rig_input(struct rig *r, struct rig_end *e, const void *b, size_t n)
{
	if (r->freeze && rng_below(&r->rng, 3) == 0)
		rig_refreeze(r, e);
	if (r->probe != NULL)
		r->probe(r, e, b, n);
	ppp_out_reset(&r->out);
	ppp_input(e->ppp, r->now, rd_make(b, n), &r->out);
	rig_drain(r, e);
}

/* The earliest frame on its way to the end, or NULL. */
UNUSED static struct rig_frame *
rig_first(struct rig_end *e)
{
	struct rig_frame *best = NULL, *f;
	unsigned i;

	for (i = 0; i < RIG_WIRE; i++) {
		f = &e->wire[i];
		if (f->used && (best == NULL || mono_before(f->at, best->at) ||
		    (f->at.us == best->at.us && f->seq < best->seq)))
			best = f;
	}
	return best;
}

UNUSED static void
rig_expire(struct rig *r, struct rig_end *e)
{
	if (e->ppp == NULL || !mono_due(ppp_deadline(e->ppp), r->now))
		return;
	if (r->freeze && rng_below(&r->rng, 3) == 0)
		rig_refreeze(r, e);
	ppp_out_reset(&r->out);
	ppp_expire(e->ppp, r->now, &r->out);
	rig_drain(r, e);
}

UNUSED static bool
rig_deliver(struct rig *r, struct rig_end *e)
{
	struct rig_frame *f = rig_first(e);
	struct rig_frame copy;

	if (e->ppp == NULL || f == NULL || !mono_due(f->at, r->now))
		return false;
	copy = *f;
	f->used = false;
	rig_input(r, e, copy.b, copy.n);
	return true;
}

/* Lets the time pass until both ends are up or down, or `ms` are over. */
UNUSED static void
rig_run(struct rig *r, uint64_t ms, bool until_up)
{
	mono_t end = mono_add_ms(r->now, ms);
	struct rig_frame *f;
	mono_t next;

	for (;;) {
		while (rig_deliver(r, &r->a) || rig_deliver(r, &r->p))
			continue;
		rig_expire(r, &r->a);
		rig_expire(r, &r->p);
		if (until_up && r->a.up && r->p.up)
			return;
		if (until_up && (r->a.down || r->p.down))
			return;
		next = end;
		if ((f = rig_first(&r->a)) != NULL && r->a.ppp != NULL)
			next = mono_min(next, f->at);
		if ((f = rig_first(&r->p)) != NULL && r->p.ppp != NULL)
			next = mono_min(next, f->at);
		if (r->a.ppp != NULL)
			next = mono_min(next, ppp_deadline(r->a.ppp));
		if (r->p.ppp != NULL)
			next = mono_min(next, ppp_deadline(r->p.ppp));
		if (!mono_before(next, end)) {
			r->now = end;
			return;
		}
		if (mono_before(r->now, next))
			r->now = next;
	}
}

UNUSED static struct rig *
rig_new(uint64_t seed, uint8_t methods)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	assert_true(crypto_init());
	r->now = mono_us(1000000);
	r->user = "alice";
	r->eap.method = EAP_SERVER_MSCHAPV2;
	r->password = "correct horse";
	rng_seeded(&r->rng, seed);
	rng_seeded(&r->a.rng, seed * 3 + 1);
	rng_seeded(&r->p.rng, seed * 5 + 2);
	ppp_params_default(&r->a.params);
	ppp_params_default(&r->p.params);
	r->a.params.methods = methods;
	r->p.params.methods = methods;
	strcpy(r->p.params.user, r->user);
	secret_set(&r->p.params.password, r->password, strlen(r->password));
	r->addr.ours = ipaddr_v4(0x0a000001);
	r->addr.peers = ipaddr_v4(0x0a000102);
	r->addr.dns[0] = ipaddr_v4(0x08080808);
	r->addr.dns[1] = ipaddr_v4(0x08080404);
	return r;
}

UNUSED static void
rig_start(struct rig *r, bool a, bool p)
{
	if (a) {
		r->a.ppp = ppp_new(&r->a.params, PPP_AUTHENTICATOR, &r->a.rng,
		    &r->a.drops);
		ppp_out_reset(&r->out);
		ppp_lower_up(r->a.ppp, r->now, &r->out);
		rig_drain(r, &r->a);
	}
	if (p) {
		r->p.ppp = ppp_new(&r->p.params, PPP_PEER, &r->p.rng,
		    &r->p.drops);
		ppp_out_reset(&r->out);
		ppp_lower_up(r->p.ppp, r->now, &r->out);
		rig_drain(r, &r->p);
	}
}

UNUSED static void
rig_free(struct rig *r)
{
	ppp_free(r->a.ppp);
	ppp_free(r->p.ppp);
	free(r);
}

UNUSED static void
rig_close(struct rig *r, struct rig_end *e, enum ppp_cause cause,
    const char *text)
{
	ppp_out_reset(&r->out);
	ppp_close(e->ppp, r->now, cause, text, &r->out);
	rig_drain(r, e);
}

UNUSED static uint64_t
rig_drops(const struct rig_end *e, enum drop why)
{
	return count_get(&e->drops.n[why]);
}

/*
 * For tests that play one end.  say() sends a packet to the other; its length
 * is filled in.  heard() takes the next frame from it and compares it with hex
 * digits, `?` for any; it returns the packet's identifier.
 */
UNUSED static size_t
rig_hex(const char *hex, uint8_t *out, size_t max)
{
	size_t n = 0;
	unsigned v;

	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		assert_true(n < max);
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		out[n++] = (uint8_t)v;
		hex++;
	}
	return n;
}

UNUSED static void
say_bytes(struct rig *r, struct rig_end *to, uint16_t protocol, uint8_t code,
    uint8_t id, const void *body, size_t n)
{
	uint8_t b[RIG_FRAME];
	struct wr w = wr_make(b, sizeof(b));

	wr_u16(&w, 0xff03);
	wr_u16(&w, protocol);
	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(n + 4));
	wr_bytes(&w, body, n);
	assert_false(w.bad);
	rig_input(r, to, b, wr_used(&w));
}

UNUSED static void
say(struct rig *r, struct rig_end *to, uint16_t protocol, uint8_t code,
    uint8_t id, const char *hex)
{
	uint8_t b[RIG_FRAME];
	size_t n = rig_hex(hex, b, sizeof(b));

	say_bytes(r, to, protocol, code, id, b, n);
}

UNUSED static void
say_raw(struct rig *r, struct rig_end *to, const char *hex)
{
	uint8_t b[RIG_FRAME];
	size_t n = rig_hex(hex, b, sizeof(b));

	rig_input(r, to, b, n);
}

/* The next frame that `from` has sent; it must be there. */
UNUSED static struct rig_frame
rig_take(struct rig *r, struct rig_end *from)
{
	struct rig_end *other = from == &r->a ? &r->p : &r->a;
	struct rig_frame *f = rig_first(other), copy;

	if (f == NULL)
		fail_msg("nothing was sent");
	copy = *f;
	f->used = false;
	return copy;
}

UNUSED static bool
rig_matches(const struct rig_frame *f, const char *hex)
{
	char digit[3];
	size_t i = 0;

	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		if (*hex == '*')
			return true;
		if (i == 2 * f->n)
			return false;
		snprintf(digit, sizeof(digit), "%02x", f->b[i / 2]);
		if (*hex != '?' && *hex != digit[i % 2])
			return false;
		i++;
	}
	return i == 2 * f->n;
}

UNUSED static uint8_t
heard(struct rig *r, struct rig_end *from, const char *hex)
{
	struct rig_frame f = rig_take(r, from);
	char text[3 * RIG_FRAME + 1] = "";
	size_t i;

	if (!rig_matches(&f, hex)) {
		for (i = 0; i < f.n; i++)
			snprintf(text + 3 * i, 4, "%02x ", f.b[i]);
		fail_msg("sent  %s\nwanted %s", text, hex);
	}
	return f.b[5];
}

UNUSED static void
quiet(struct rig *r, struct rig_end *from)
{
	struct rig_end *other = from == &r->a ? &r->p : &r->a;
	struct rig_frame *f = rig_first(other);
	char text[64];
	size_t i;

	if (f == NULL)
		return;
	for (i = 0; i < f->n && i < 20; i++)
		snprintf(text + 3 * i, 4, "%02x ", f->b[i]);
	fail_msg("sent %s", text);
}

UNUSED static void
rig_forget(struct rig *r)
{
	memset(r->a.wire, 0, sizeof(r->a.wire));
	memset(r->p.wire, 0, sizeof(r->p.wire));
}

/* The authenticator's request, acked; the peer's own not yet sent. */
#define LCP_ASKS(auth) "ff03c021 01 ?? 0013 01040578 0305" auth "0506????????"

/* Brings the authenticator to its challenge, or to waiting for PAP. */
UNUSED static void
rig_lcp_open(struct rig *r)
{
	struct rig_frame f = rig_take(r, &r->a);

	assert_int_equal(f.b[4], 1);
	say_bytes(r, &r->a, 0xc021, 2, f.b[5], f.b + 8, f.n - 8);
	say(r, &r->a, 0xc021, 1, 1,
	    "01040578 020600000000 0506deadbeef 0702 0802");
	heard(r, &r->a, "ff03c021 02 01 0018 01040578 020600000000"
	    "0506deadbeef 0702 0802");
}

/* A correct MS-CHAPv2 or MD5 answer to the challenge, as a whole Response. */
UNUSED static size_t
rig_response(struct rig *r, uint8_t method, uint8_t id,
    const uint8_t *challenge, uint8_t *out)
{
	static const uint8_t peer[16] = "0123456789abcdef";
	uint8_t hash[16], *p = out;

	*p = method == PPP_MSCHAPV2 ? 49 : 16;
	if (method == PPP_MSCHAPV2) {
		memset(p + 1, 0, 49);
		memcpy(p + 1, peer, 16);
		assert_true(ppp_nt_hash(rig_str(r->password), hash));
		assert_true(mschap_nt_response(hash, challenge, peer,
		    rig_str(r->user), p + 25));
	} else {
		ppp_chap_md5(id, rig_str(r->password),
		    rd_make(challenge, 16), p + 1);
	}
	memcpy(p + 1 + *p, r->user, strlen(r->user));
	return 1u + *p + strlen(r->user);
}

/* From the challenge to the success; returns the response's identifier. */
UNUSED static uint8_t
rig_login(struct rig *r)
{
	struct rig_frame f;
	uint8_t b[512];
	size_t n;

	rig_lcp_open(r);
	if (r->a.method == PPP_PAP) {
		n = (size_t)snprintf((char *)b, sizeof(b), "%c%s%c%s",
		    (int)strlen(r->user), r->user, (int)strlen(r->password),
		    r->password);
		say_bytes(r, &r->a, 0xc023, 1, 9, b, n);
		heard(r, &r->a, "ff03c023 02 09 *");
		return 9;
	}
	f = rig_take(r, &r->a);
	assert_int_equal(f.b[4], 1);
	n = rig_response(r, r->a.method, f.b[5], f.b + 9, b);
	say_bytes(r, &r->a, 0xc223, 2, f.b[5], b, n);
	if (!r->late_auth)
		heard(r, &r->a, "ff03c223 03 *");
	return f.b[5];
}

/* All the way to NET_UP. */
UNUSED static void
rig_net_up(struct rig *r)
{
	uint8_t id;

	rig_login(r);
	say(r, &r->a, 0x8021, 1, 3, "03060a000102");
	id = heard(r, &r->a, "ff038021 01 ?? 000a 03060a000001");
	heard(r, &r->a, "ff038021 02 03 000a 03060a000102");
	say(r, &r->a, 0x8021, 2, id, "03060a000001");
	assert_true(r->a.up);
}

#endif
