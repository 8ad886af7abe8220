/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_L2TP_LAB_H
#define TESTS_L2TP_LAB_H

/*
 * DOC: one engine and a hand that feeds it messages byte by byte and looks
 * at what it answers.
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
#include "l2tp/msg.h"
#include "tests/l2tp/phones.h"

struct lab {
	struct l2tp_params params;
	struct rng rng;
	struct drops drops;
	struct l2tp *l;
	struct l2tp_out out;
	mono_t now;
	uint32_t path;
	uint16_t tid;		/* the engine's tunnel id, from its SCCRP */
	uint16_t sid;		/* its session id, from its ICRP */
	uint32_t session;	/* handle of the last call asked for */
};

static inline struct lab *
lab_new(uint32_t tunnels)
{
	struct lab *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	l2tp_params_default(&b->params);
	b->params.tunnels = b->params.sessions = tunnels;
	rng_seeded(&b->rng, 42);
	b->l = l2tp_new(&b->params, &b->rng, &b->drops);
	assert_non_null(b->l);
	b->now = mono_us(1000000);
	b->path = 1;
	return b;
}

static inline void
lab_free(struct lab *b)
{
	l2tp_free(b->l);
	free(b);
}

/* Feeds a message with this header; the box is emptied first. */
static inline void
lab_feed(struct lab *b, const char *msg, size_t len, uint16_t tid,
    uint16_t sid, uint16_t ns, uint16_t nr)
{
	uint8_t p[1500];
	struct wr w = wr_make(p, sizeof(p));
	struct msg_head h = { tid, sid, ns, nr };

	msg_head_encode(&w, &h, rd_make(msg + MSG_HEAD, len - MSG_HEAD));
	l2tp_out_reset(&b->out);
	l2tp_input(b->l, b->now, b->path, wr_out(&w), &b->out);
}

static inline void
lab_zlb(struct lab *b, uint16_t tid, uint16_t ns, uint16_t nr)
{
	lab_feed(b, bare_hello, MSG_HEAD, tid, 0, ns, nr);
}

static inline const struct l2tp_act *
lab_find(const struct lab *b, enum l2tp_act_kind kind)
{
	for (unsigned i = 0; i < b->out.n; i++)
		if (b->out.act[i].kind == kind)
			return &b->out.act[i];
	return NULL;
}

static inline unsigned
lab_count(const struct lab *b, enum l2tp_act_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->out.n; i++)
		n += b->out.act[i].kind == kind;
	return n;
}

/* The message of this type that the engine sent (0: a ZLB); NULL if none. */
static inline const struct l2tp_act *
lab_sent(const struct lab *b, unsigned type, struct msg_head *h,
    struct msg *m)
{
	for (unsigned i = 0; i < b->out.n; i++) {
		const struct l2tp_act *a = &b->out.act[i];
		struct rd r = a->data;

		if (a->kind != L2TP_SEND)
			continue;
		assert_int_equal(msg_head_decode(&r, h), DROP_NONE);
		*m = (struct msg){ 0 };
		if (rd_left(&r) > 0)
			assert_int_equal(msg_decode(r, m), DROP_NONE);
		if (m->type == type)
			return a;
	}
	return NULL;
}

static inline bool
lab_said(const struct lab *b, unsigned type)
{
	struct msg_head h;
	struct msg m;

	return lab_sent(b, type, &h, &m) != NULL;
}

/* A StopCCN or CDN with these codes. */
static inline void
lab_said_end(const struct lab *b, unsigned type, unsigned result,
    unsigned error)
{
	struct msg_head h;
	struct msg m;

	assert_non_null(lab_sent(b, type, &h, &m));
	assert_int_equal(m.v.result.code, result);
	assert_int_equal(m.v.result.error, error);
}

static inline void
lab_expire(struct lab *b, uint64_t ms)
{
	b->now = mono_add_ms(b->now, ms);
	l2tp_out_reset(&b->out);
	l2tp_expire(b->l, b->now, &b->out);
}

/* SCCRQ, SCCRP, SCCCN.  The next Ns of ours is 2, the engine's 1. */
static inline void
lab_tunnel(struct lab *b, const char *sccrq, size_t len)
{
	struct msg_head h;
	struct msg m;

	lab_feed(b, sccrq, len, 0, 0, 0, 0);
	assert_non_null(lab_sent(b, MSG_SCCRP, &h, &m));
	assert_int_equal(h.ns, 0);
	assert_int_equal(h.nr, 1);
	b->tid = m.v.tunnel_id;
	lab_feed(b, PHONE(bare_scccn), b->tid, 0, 1, 1);
	assert_non_null(lab_find(b, L2TP_TUNNEL_UP));
	assert_true(lab_said(b, 0));
}

/* ICRQ, ICRP, ICCN.  The next Ns of ours is 4, the engine's 2. */
static inline void
lab_call(struct lab *b)
{
	struct msg_head h;
	struct msg m;

	lab_feed(b, PHONE(android_icrq), b->tid, 0, 2, 1);
	assert_non_null(lab_find(b, L2TP_ASK_CALL));
	assert_true(lab_said(b, 0));
	b->session = lab_find(b, L2TP_ASK_CALL)->session;
	l2tp_out_reset(&b->out);
	l2tp_call_done(b->l, b->now, b->session, true, 0, 0, NULL, &b->out);
	assert_non_null(lab_sent(b, MSG_ICRP, &h, &m));
	b->sid = m.v.session_id;
	lab_feed(b, PHONE(android_iccn), b->tid, b->sid, 3, 2);
	assert_non_null(lab_find(b, L2TP_CALL_UP));
}

/* The engine's state as bytes; free() it. */
static inline struct rd
lab_dump(const struct lab *b)
{
	size_t n = l2tp_frozen_size(b->l);
	struct wr w = wr_make(malloc(n), n);

	l2tp_freeze(b->l, &w);
	assert_int_equal(wr_used(&w), n);
	return wr_out(&w);
}

#endif
