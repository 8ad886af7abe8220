/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_L2TP_PIPE_H
#define TESTS_L2TP_PIPE_H

/*
 * DOC: two engines, a dialling one and an answering one, and a seeded wire
 * between them that can lose, repeat and delay.  Time moves only here.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/rng.h"
#include "l2tp/l2tp.h"

#define PIPE_PACKETS	512
#define PIPE_BYTES	1500

enum pipe_side { PIPE_LAC, PIPE_LNS };

struct pipe_packet {
	bool used;
	enum pipe_side to;
	uint32_t path;
	mono_t at;
	uint16_t len;
	uint8_t b[PIPE_BYTES];
};

struct pipe_seen {		/* what one side was told */
	unsigned tunnel_up, tunnel_down, ask, call_up, call_down, sends;
	uint32_t tunnel, session;	/* the last ones */
	struct l2tp_tunnel_info tun;
	struct l2tp_call_info call;
	struct l2tp_end call_end, tunnel_end;
};

struct pipe {
	struct l2tp_params params;
	struct rng rng, wire;
	struct drops drops[2];
	struct l2tp *end[2];
	struct pipe_seen seen[2];
	struct l2tp_out out;
	mono_t now;
	unsigned loss, repeat;	/* per cent */
	uint64_t delay_us, jitter_us;
	bool refuse;		/* the LNS refuses calls */
	struct pipe_packet packet[PIPE_PACKETS];
};

static inline struct pipe *
pipe_new(uint64_t seed)
{
	struct pipe *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	l2tp_params_default(&p->params);
	p->params.tunnels = p->params.sessions = 16;
	rng_seeded(&p->rng, seed);
	rng_seeded(&p->wire, seed ^ 0x77697265);
	p->now = mono_us(1000000);
	p->delay_us = 10000;
	for (int i = 0; i < 2; i++) {
		p->end[i] = l2tp_new(&p->params, &p->rng, &p->drops[i]);
		assert_non_null(p->end[i]);
	}
	return p;
}

static inline void
pipe_free(struct pipe *p)
{
	l2tp_free(p->end[PIPE_LAC]);
	l2tp_free(p->end[PIPE_LNS]);
	free(p);
}

static inline void
pipe_put(struct pipe *p, enum pipe_side to, uint32_t path, struct rd data,
    mono_t at)
{
	for (int i = 0; i < PIPE_PACKETS; i++) {
		struct pipe_packet *k = &p->packet[i];

		if (k->used)
			continue;
		k->used = true;
		k->to = to;
		k->path = path;
		k->at = at;
		k->len = (uint16_t)rd_left(&data);
		assert_true(k->len <= PIPE_BYTES);
		rd_copy(&data, k->b, k->len);
		return;
	}
	fail_msg("wire is full");
}

static inline void
pipe_send(struct pipe *p, enum pipe_side from, const struct l2tp_act *a)
{
	enum pipe_side to = from == PIPE_LAC ? PIPE_LNS : PIPE_LAC;
	unsigned copies = 1;

	assert_true(rd_left(&a->data) >= 12);
	if (rng_below(&p->wire, 100) < p->loss)
		copies = 0;
	else if (rng_below(&p->wire, 100) < p->repeat)
		copies = 2;
	while (copies-- > 0)
		pipe_put(p, to, a->path, a->data, mono_add_us(p->now,
		    p->delay_us + (p->jitter_us == 0 ? 0 :
		    rng_below(&p->wire, (uint32_t)p->jitter_us))));
}

static inline void pipe_drain(struct pipe *, enum pipe_side);

static inline void
pipe_act(struct pipe *p, enum pipe_side side, const struct l2tp_act *a,
    uint32_t *asked)
{
	struct pipe_seen *s = &p->seen[side];

	switch (a->kind) {
	case L2TP_SEND:
		s->sends++;
		pipe_send(p, side, a);
		return;
	case L2TP_TUNNEL_UP:
		s->tunnel_up++;
		s->tunnel = a->tunnel;
		s->tun = *a->tun;
		return;
	case L2TP_TUNNEL_DOWN:
		s->tunnel_down++;
		s->tunnel_end = *a->end;
		return;
	case L2TP_ASK_CALL:
		s->ask++;
		s->session = a->session;
		s->call = *a->call;
		*asked = a->session;
		return;
	case L2TP_CALL_UP:
		s->call_up++;
		s->tunnel = a->tunnel;
		s->session = a->session;
		s->call = *a->call;
		return;
	case L2TP_CALL_DOWN:
		s->call_down++;
		s->call_end = *a->end;
		return;
	}
}

static inline void
pipe_drain(struct pipe *p, enum pipe_side side)
{
	uint32_t asked = 0;

	for (unsigned i = 0; i < p->out.n; i++)
		pipe_act(p, side, &p->out.act[i], &asked);
	l2tp_out_reset(&p->out);
	if (asked != 0) {
		l2tp_call_done(p->end[side], p->now, asked, !p->refuse, 3, 0,
		    "not today", &p->out);
		pipe_drain(p, side);
	}
}

static inline mono_t
pipe_next(const struct pipe *p)
{
	mono_t t = mono_min(l2tp_deadline(p->end[0]), l2tp_deadline(p->end[1]));

	for (int i = 0; i < PIPE_PACKETS; i++)
		if (p->packet[i].used)
			t = mono_min(t, p->packet[i].at);
	return t;
}

/* One moment: every packet and deadline that is due at `now`. */
static inline void
pipe_step(struct pipe *p)
{
	for (int i = 0; i < PIPE_PACKETS; i++) {
		struct pipe_packet *k = &p->packet[i];

		if (!k->used || !mono_due(k->at, p->now))
			continue;
		l2tp_input(p->end[k->to], p->now, k->path,
		    rd_make(k->b, k->len), &p->out);
		k->used = false;
		pipe_drain(p, k->to);
	}
	for (int i = 0; i < 2; i++) {
		for (int n = 0; mono_due(l2tp_deadline(p->end[i]), p->now);
		    n++) {
			assert_true(n < 100);
			l2tp_expire(p->end[i], p->now, &p->out);
			pipe_drain(p, i);
		}
	}
}

/* Runs until nothing is due any more or `ms` have passed. */
static inline void
pipe_run(struct pipe *p, uint64_t ms)
{
	mono_t until = mono_add_ms(p->now, ms);
	mono_t t;

	while ((t = pipe_next(p)).us <= until.us) {
		if (mono_before(p->now, t))
			p->now = t;
		pipe_step(p);
	}
	p->now = until;
}

static inline uint32_t
pipe_dial(struct pipe *p, uint32_t path)
{
	uint32_t t = l2tp_dial(p->end[PIPE_LAC], p->now, path, &p->out);

	pipe_drain(p, PIPE_LAC);
	return t;
}

#endif
