/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dynamic authorization: the input is a list of steps: a byte that says what,
 * and for packets a 16-bit length and the packet.  A packet may be given the
 * right authenticators, so that the fuzzer gets past them.  Whatever leaves is
 * an answer that its receiver can check; what is asked can be walked.
 */

#include <stdlib.h>
#include <string.h>

#include "radius/dae.h"

#define UNIX	1700000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step { RAW, RIGHT, AGAIN, TIME, ANSWER, FREEZE, FULL, STEPS };

struct run {
	struct dae_params p;
	struct rng rng;
	struct drops drops;
	struct dae *d;
	struct dae_out out;
	struct endpoint here, there;
	mono_t now;
	uint64_t unix_s;
	uint32_t question;
	uint8_t last[RADIUS_PACKET_MAX];
	size_t last_n;
};

static struct rd
key(void)
{
	return rd_make("testing123", 10);
}

static void
look(struct run *u)
{
	if (u->out.n > DAE_OUT_ACTS || u->out.used > DAE_OUT_BYTES)
		abort();
	for (unsigned i = 0; i < u->out.n; i++) {
		const struct dae_act *a = &u->out.act[i];
		struct attr_walk w = attr_walk(a->attrs);
		struct radius_packet p;
		struct attr at;

		if (a->kind == DAE_SEND) {
			if (radius_decode(a->data, &p) != DROP_NONE ||
			    (p.code - a->code != 1 && p.code - a->code != 2) ||
			    (p.code - a->code == 2) !=
			    (attr_count(p.attrs, 0, ATTR_ERROR_CAUSE) == 1))
				abort();
			continue;
		}
		u->question = a->question;
		while (attr_next(&w, &at))
			if (attr_check(&at) != DROP_NONE)
				abort();
		if (w.why != DROP_NONE)
			abort();
	}
	dae_out_reset(&u->out);
}

static void
input(struct run *u, struct rd packet)
{
	struct rd copy = packet;

	u->last_n = rd_left(&packet) < sizeof(u->last) ? rd_left(&packet) :
	    sizeof(u->last);
	rd_copy(&copy, u->last, u->last_n);
	dae_input(u->d, u->now, u->unix_s, &u->here, &u->there,
	    rd_make(u->last, u->last_n), &u->out);
}

/* The same attributes, with the digests that make them authentic. */
static void
right(struct run *u, struct rd packet)
{
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_packet p;
	struct radius_build b;
	struct attr_walk w;
	struct attr a;
	struct rd out;

	if (radius_decode(packet, &p) != DROP_NONE)
		return;
	radius_open(&b, buf, sizeof(buf), (p.code & 1) != 0 ?
	    RADIUS_COA_REQUEST : RADIUS_DISCONNECT_REQUEST, p.id, NULL,
	    attr_count(p.attrs, 0, ATTR_MESSAGE_AUTHENTICATOR) > 0);
	w = attr_walk(p.attrs);
	while (attr_next(&w, &a)) {
		if (rd_left(&a.value) == 0 ||
		    a.type == ATTR_MESSAGE_AUTHENTICATOR)
			continue;
		if (a.vendor != 0)
			radius_put_vendor(&b, a.vendor, a.type, a.value.p,
			    rd_left(&a.value));
		else if (a.type == ATTR_EVENT_TIMESTAMP)
			radius_put_u32(&b, a.type, (uint32_t)u->unix_s +
			    (attr_u32(&a) & 511) - 255);
		else
			radius_put(&b, a.type, a.value.p, rd_left(&a.value));
	}
	if (radius_close(&b, key(), &out))
		input(u, out);
}

static void
freeze(struct run *u)
{
	size_t n = dae_frozen_size(u->d);
	uint8_t *b = malloc(n);
	struct wr w = wr_make(b, n);
	struct rd r;

	dae_freeze(u->d, &w);
	if (w.bad || wr_used(&w) != n)
		abort();
	dae_free(u->d);
	r = wr_out(&w);
	u->d = dae_thaw(&u->p, &u->rng, &u->drops, &r);
	if (u->d == NULL || !rd_done(&r))
		abort();
	free(b);
}

static void
one(struct run *u, enum step what, struct rd *r)
{
	uint16_t n;

	switch (what) {
	case RAW:
		input(u, rd_sub(r, rd_u16(r)));
		return;
	case RIGHT:
		right(u, rd_sub(r, rd_u16(r)));
		return;
	case AGAIN:
		dae_input(u->d, u->now, u->unix_s, &u->here, &u->there,
		    rd_make(u->last, u->last_n), &u->out);
		return;
	case TIME:
		n = rd_u16(r);
		u->now = mono_add_s(u->now, n % 1000);
		u->unix_s += n % 1000;
		dae_expire(u->d, u->now, &u->out);
		return;
	case ANSWER:
		dae_answer(u->d, u->now, u->question,
		    (enum dae_cause)(rd_u8(r) % 2 * 503), &u->out);
		return;
	case FREEZE:
		freeze(u);
		return;
	case FULL:
		u->out.n = DAE_OUT_ACTS;
		right(u, rd_make(u->last, u->last_n));
		dae_answer(u->d, u->now, u->question, DAE_DONE, &u->out);
		u->out.n = 0;
		return;
	case STEPS:
		return;
	}
}

static void
run_params(struct run *u)
{
	static const uint8_t change[] = { 6, 11, 25, 27, 28, 85 };

	dae_params_default(&u->p);
	u->p.remember = 8;
	u->p.questions = 2;
	u->p.source_n = 1;
	u->p.source[0].addr = ipaddr_v4(0x7f000001);
	u->p.source[0].bits = 32;
	(void)secret_set(&u->p.source[0].secret, "testing123", 10);
	u->p.change_n = sizeof(change);
	for (uint32_t i = 0; i < u->p.change_n; i++)
		u->p.change[i].type = change[i];
	u->p.change[u->p.change_n++] = (struct dae_attr){ 311, 28 };
	(void)strcpy(u->p.nas_id, "gate");
	u->here = (struct endpoint){ ipaddr_v4(0x7f000002), 3799 };
	u->there = (struct endpoint){ ipaddr_v4(0x7f000001), 4000 };
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run *u = calloc(1, sizeof(*u));
	struct rd r = rd_make(data, size);
	struct dae_state s;

	run_params(u);
	rng_seeded(&u->rng, 1);
	u->now = mono_us(1);
	u->unix_s = UNIX;
	u->d = dae_new(&u->p, &u->rng, &u->drops);
	for (int n = 0; n < 300 && rd_left(&r) > 0; n++) {
		one(u, (enum step)(rd_u8(&r) % STEPS), &r);
		look(u);
	}
	/* In the end all is answered and forgotten. */
	for (int n = 0; n < 100 && dae_deadline(u->d).us != UINT64_MAX; n++) {
		if (mono_before(u->now, dae_deadline(u->d)))
			u->now = dae_deadline(u->d);
		dae_expire(u->d, u->now, &u->out);
		look(u);
	}
	dae_state(u->d, &s);
	if (s.questions + s.remembered != 0 || s.acks + s.naks != s.requests)
		abort();
	dae_free(u->d);
	free(u);
	return 0;
}
