/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_IPSEC_IKE_WORLD_H
#define TESTS_IPSEC_IKE_WORLD_H

/*
 * DOC: two IKE engines and a wire between them, for tests.
 *
 *   client 10.0.0.2 ----[ NAT 198.51.100.7 ]---- server 203.0.113.1
 *
 * Datagrams wait in one queue; world_run() delivers them until it is empty.
 * A hook sees each one first and may change or eat it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipsec/ike.h"

#define WORLD_PACKETS	64
#define WORLD_BYTES	2100
#define WORLD_KIDS	16

enum world_end { CLIENT, SERVER, ENDS };

struct world_packet {
	enum world_end to;
	struct endpoint src, dst;	/* as the receiver sees them */
	bool marker;
	size_t n;
	uint8_t b[WORLD_BYTES];
};

struct world_side {
	struct ike_params p;
	struct rng rng;
	struct drops drops;
	struct ike *ike;
	unsigned acts[IKE_CONTACT + 1];	/* how many of each kind */
	uint32_t sa;			/* of the last PEER_UP */
	struct ike_peer peer;
	unsigned kids;
	uint32_t kid_h[WORLD_KIDS];
	struct ike_child kid[WORLD_KIDS];
	uint32_t out_child;		/* of the last SA_OUT */
	enum ike_why why, gone_why, kid_why;
	enum ike_stage stage;
	char text[IKE_TEXT_MAX];
	struct endpoint moved;
	struct ike_dh job;		/* the last one, if held */
	unsigned jobs;
	unsigned bytes_out, sent;
	char log[8192];			/* names of actions, in order */
};

struct world {
	mono_t now;
	struct world_side s[ENDS];
	bool nat;
	bool hold_dh;			/* jobs wait in side.job */
	struct ipaddr addr[ENDS], nat_addr;
	unsigned n;
	struct world_packet q[WORLD_PACKETS];
	/* Returns false to eat the packet. */
	bool (*hook)(struct world *, struct world_packet *);
	unsigned seen;			/* packets that the hook saw */
	unsigned arg;			/* for hooks */
	struct ike_out out;
};

static const char *const world_act_names[] = {
	"SEND", "ASK_DH", "ATTEMPT", "STAGE", "FAIL", "PEER_UP", "PEER_GONE",
	"SA_IN", "SA_OUT", "CHILD_GONE", "MOVED", "CONTACT"
};

static inline void world_take(struct world *, enum world_end);

static inline void
world_send(struct world *w, enum world_end from, const struct ike_act *a)
{
	struct world_packet *p = &w->q[w->n];
	struct rd r = a->data;

	w->s[from].sent++;
	w->s[from].bytes_out += (unsigned)rd_left(&r);
	if (w->n == WORLD_PACKETS)
		return;
	w->n++;
	memset(p, 0, sizeof(*p));
	p->to = from == CLIENT ? SERVER : CLIENT;
	p->src = a->local;
	p->dst = a->remote;
	if (w->nat && from == CLIENT) {
		p->src.addr = w->nat_addr;
		p->src.port = p->src.port == 500 ? 1500 : 5500;
	}
	if (w->nat && from == SERVER) {
		p->dst.addr = w->addr[CLIENT];
		p->dst.port = p->dst.port == 1500 ? 500 : 4500;
	}
	p->n = rd_left(&r);
	if (p->n > sizeof(p->b))
		p->n = sizeof(p->b);
	rd_copy(&r, p->b, p->n);
	if (p->n > 4 && (p->dst.port == 4500 || p->src.port == 4500) &&
	    memcmp(p->b, "\0\0\0\0", 4) == 0) {
		p->marker = true;
		p->n -= 4;
		memmove(p->b, p->b + 4, p->n);
	}
}

static inline void
world_note(struct world_side *s, const struct ike_act *a)
{
	s->acts[a->kind]++;
	if (strlen(s->log) + 16 < sizeof(s->log)) {
		strcat(s->log, world_act_names[a->kind]);
		strcat(s->log, " ");
	}
	switch (a->kind) {
	case IKE_STAGE:
		s->stage = a->stage;
		break;
	case IKE_FAIL:
		s->why = a->why;
		(void)snprintf(s->text, sizeof(s->text), "%s", a->text);
		break;
	case IKE_PEER_UP:
		s->sa = a->sa;
		s->peer = *a->peer;
		break;
	case IKE_PEER_GONE:
		s->gone_why = a->why;
		break;
	case IKE_SA_IN:
		if (s->kids < WORLD_KIDS) {
			s->kid_h[s->kids] = a->child;
			s->kid[s->kids++] = *a->sa_pair;
		}
		break;
	case IKE_SA_OUT:
		s->out_child = a->child;
		break;
	case IKE_CHILD_GONE:
		s->kid_why = a->why;
		break;
	case IKE_MOVED:
		s->moved = a->remote;
		break;
	case IKE_SEND:
	case IKE_ASK_DH:
	case IKE_ATTEMPT:
	case IKE_CONTACT:
		break;
	}
}

/* Carries out what is in the box, DH jobs included. */
static inline void
world_take(struct world *w, enum world_end e)
{
	struct world_side *s = &w->s[e];
	struct ike_dh jobs[8];
	unsigned n = 0;

	for (unsigned i = 0; i < w->out.n; i++) {
		const struct ike_act *a = &w->out.act[i];

		world_note(s, a);
		if (a->kind == IKE_SEND)
			world_send(w, e, a);
		if (a->kind == IKE_ASK_DH && n < 8)
			jobs[n++] = *a->dh;
	}
	ike_out_reset(&w->out);
	for (unsigned i = 0; i < n; i++) {
		s->jobs++;
		s->job = jobs[i];
		if (w->hold_dh)
			continue;
		ike_dh_run(&jobs[i], &s->rng);
		ike_dh_done(s->ike, w->now, &jobs[i], &w->out);
		world_take(w, e);
	}
}

static inline void
world_give(struct world *w, const struct world_packet *p)
{
	ike_input(w->s[p->to].ike, w->now, &p->dst, &p->src,
	    rd_make(p->b, p->n), &w->out);
	world_take(w, p->to);
}

/* Delivers one; false when there is none. */
static inline bool
world_step(struct world *w)
{
	struct world_packet p;

	if (w->n == 0)
		return false;
	p = w->q[0];
	memmove(&w->q[0], &w->q[1], (--w->n) * sizeof(p));
	w->seen++;
	if (w->hook == NULL || w->hook(w, &p))
		world_give(w, &p);
	return true;
}

static inline void
world_run(struct world *w)
{
	while (world_step(w))
		;
}

/* Lets time pass, stopping at each deadline. */
static inline void
world_wait(struct world *w, uint64_t ms)
{
	mono_t end = mono_add_ms(w->now, ms);

	for (;;) {
		mono_t a = ike_deadline(w->s[CLIENT].ike);
		mono_t b = ike_deadline(w->s[SERVER].ike);
		mono_t t = mono_min(mono_min(a, b), end);

		if (mono_before(w->now, t))
			w->now = t;
		for (int e = 0; e < ENDS; e++) {
			ike_expire(w->s[e].ike, w->now, &w->out);
			world_take(w, (enum world_end)e);
		}
		world_run(w);
		if (!mono_before(w->now, end) &&
		    mono_before(end, mono_min(ike_deadline(w->s[CLIENT].ike),
		    ike_deadline(w->s[SERVER].ike))))
			return;
	}
}

static inline void
world_params(struct ike_params *p, bool legacy)
{
	memset(p, 0, sizeof(*p));
	ike_params_default(p, legacy);
	p->limits.peers = 64;
	p->limits.half_open = 64;
	p->limits.prefixes = 4096;
	p->limits.dh_pending = 32;
	p->limits.children = 128;
	(void)secret_set(&p->psk[0], "a shared key of good length", 27);
	p->psk_n = 1;
}

/* legacy: allow-legacy-dh at the server. */
static inline struct world *
world_new(uint64_t seed, bool nat, bool legacy)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_true(crypto_init());
	w->now = mono_us(1000000);
	w->nat = nat;
	w->addr[CLIENT] = ipaddr_v4(0x0a000002);
	w->addr[SERVER] = ipaddr_v4(0xcb007101);
	w->nat_addr = ipaddr_v4(0xc6336407);
	for (int e = 0; e < ENDS; e++) {
		struct world_side *s = &w->s[e];

		rng_seeded(&s->rng, seed * 2 + (uint64_t)e);
		world_params(&s->p, legacy);
		s->ike = ike_new(&s->p, &s->rng, &s->drops);
		assert_non_null(s->ike);
	}
	return w;
}

static inline void
world_free(struct world *w)
{
	for (int e = 0; e < ENDS; e++)
		ike_free(w->s[e].ike);
	free(w);
}

static inline void
world_dial_init(const struct world *w, struct ike_dial *d)
{
	memset(d, 0, sizeof(*d));
	d->local = (struct endpoint){ w->addr[CLIENT], 500 };
	d->remote = (struct endpoint){ w->addr[SERVER], 500 };
	d->psk = w->s[CLIENT].p.psk[0];
	d->p1[0] = (struct ike_p1){ CIPHER_AES256, HASH_SHA256, DH_ECP256 };
	d->p1_n = 1;
	d->p2[0] = (struct esp_suite){ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 };
	d->p2_n = 1;
	d->p1_life_s = 28800;
	d->p2_life_s = 3600;
	d->p2_life_kb = 250000;
	d->port = 1701;
}

static inline uint32_t
world_dial(struct world *w, const struct ike_dial *d)
{
	uint32_t sa = ike_dial(w->s[CLIENT].ike, w->now, d, &w->out);

	world_take(w, CLIENT);
	return sa;
}

/* Both ends have the same pair, each the other's way round. */
static inline void
world_assert_pair(const struct world *w, unsigned i)
{
	const struct ike_child *c = &w->s[CLIENT].kid[i];
	const struct ike_child *s = &w->s[SERVER].kid[i];
	size_t n = esp_suite_keymat(&c->suite);

	assert_true(w->s[CLIENT].kids > i);
	assert_true(w->s[SERVER].kids > i);
	assert_int_equal(c->spi_in, s->spi_out);
	assert_int_equal(c->spi_out, s->spi_in);
	assert_true(c->spi_in > 255 && c->spi_out > 255);
	assert_int_equal(c->suite.enc, s->suite.enc);
	assert_int_equal(c->suite.auth, s->suite.auth);
	assert_int_equal(c->suite.key_bits, s->suite.key_bits);
	assert_memory_equal(c->keys_in, s->keys_out, n);
	assert_memory_equal(c->keys_out, s->keys_in, n);
	assert_true(memcmp(c->keys_in, c->keys_out, n) != 0);
	assert_int_equal(c->encap, s->encap);
}

static inline void
world_assert_up(const struct world *w)
{
	assert_int_equal(w->s[CLIENT].acts[IKE_PEER_UP], 1);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_UP], 1);
	assert_int_equal(w->s[CLIENT].acts[IKE_SA_OUT], 1);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_OUT], 1);
	world_assert_pair(w, 0);
}

static inline uint64_t
world_drops(const struct world *w, enum world_end e, enum drop why)
{
	return count_get(&w->s[e].drops.n[why]);
}

#endif
