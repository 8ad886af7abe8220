/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine: the input is a list of steps.  Each is one byte that says what
 * (low nibble) and over which path (high nibble), and for messages a 16-bit
 * length and the message.  Messages may be given the right ids and numbers,
 * so that the fuzzer gets past the handshake.
 */

#include <stdlib.h>
#include <string.h>

#include "l2tp/l2tp.h"
#include "l2tp/l2tp_int.h"
#include "l2tp/msg.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step { RAW, FITTING, TIME, ACCEPT, REFUSE, CLOSE_CALL, CLOSE_TUNNEL,
	DIAL, GONE, HEARD, FREEZE, FULL, STEPS };

struct run {
	struct l2tp_params params;
	struct rng rng;
	struct drops drops;
	struct l2tp *l;
	struct l2tp_out out;
	mono_t now;
	uint32_t session, tunnel;
};

static void
look(struct run *f)
{
	if (f->out.n > L2TP_OUT_ACTS || f->out.used > L2TP_OUT_BYTES)
		abort();
	for (unsigned i = 0; i < f->out.n; i++) {
		const struct l2tp_act *a = &f->out.act[i];
		struct rd r = a->data;
		struct msg_head h;
		struct msg m;

		f->tunnel = a->tunnel;
		if (a->session != 0)
			f->session = a->session;
		if (a->kind != L2TP_SEND)
			continue;
		/* what we say is sound and says so */
		if (msg_head_decode(&r, &h) != DROP_NONE)
			abort();
		if (rd_left(&r) > 0 && msg_decode(r, &m) != DROP_NONE)
			abort();
	}
	l2tp_out_reset(&f->out);
}

/* The header of a message as the newest tunnel of the path expects it. */
static void
fitting(const struct run *f, uint32_t path, struct rd body)
{
	uint8_t p[2048];
	struct wr w = wr_make(p, sizeof(p));
	struct msg_head h = { 0 };
	struct run *mine = (struct run *)(uintptr_t)f;

	for (uint32_t i = f->l->tunnels.high; i > 0; i--) {
		const struct tunnel *t = pool_at(&f->l->tunnels, i - 1, NULL);
		const struct session *s;

		if (t == NULL || t->path != path || t->ended)
			continue;
		s = pool_get(&f->l->sessions, t->sessions);
		h = (struct msg_head){ t->id, s != NULL ? s->id : 0,
		    t->rel.nr, t->rel.sent };
		break;
	}
	msg_head_encode(&w, &h, body);
	if (!w.bad)
		l2tp_input(mine->l, mine->now, path, wr_out(&w), &mine->out);
}

static void
freeze(struct run *f)
{
	size_t n = l2tp_frozen_size(f->l);
	uint8_t *b = malloc(n);
	struct wr w = wr_make(b, n);
	struct rd r;

	l2tp_freeze(f->l, &w);
	if (w.bad || wr_used(&w) != n)
		abort();
	l2tp_free(f->l);
	r = wr_out(&w);
	f->l = l2tp_thaw(&f->params, &f->rng, &f->drops, &r);
	if (f->l == NULL || !rd_done(&r))
		abort();
	free(b);
}

static void
one(struct run *f, enum step what, uint32_t path, struct rd *r)
{
	struct rd msg;

	switch (what) {
	case RAW:
	case FITTING:
		msg = rd_sub(r, rd_u16(r));
		if (msg.bad)
			return;
		if (what == FITTING)
			fitting(f, path, msg);
		else
			l2tp_input(f->l, f->now, path, msg, &f->out);
		return;
	case TIME:
		f->now = mono_add_ms(f->now, rd_u16(r));
		l2tp_expire(f->l, f->now, &f->out);
		return;
	case ACCEPT:
	case REFUSE:
		l2tp_call_done(f->l, f->now, f->session, what == ACCEPT, 3, 0,
		    "text", &f->out);
		return;
	case CLOSE_CALL:
		l2tp_call_close(f->l, f->now, f->session, 3, 0, "text",
		    &f->out);
		return;
	case CLOSE_TUNNEL:
		l2tp_tunnel_close(f->l, f->now, f->tunnel, 6, 0, "text",
		    &f->out);
		return;
	case DIAL:
		(void)l2tp_dial(f->l, f->now, path, &f->out);
		return;
	case GONE:
		l2tp_path_gone(f->l, f->now, path, &f->out);
		return;
	case HEARD:
		l2tp_heard(f->l, f->now, path);
		return;
	case FREEZE:
		freeze(f);
		return;
	case FULL:
		f->out.n = L2TP_OUT_ACTS;
		l2tp_expire(f->l, f->now, &f->out);
		fitting(f, path, rd_make(NULL, 0));
		f->out.n = 0;
		return;
	case STEPS:
		return;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run *f = calloc(1, sizeof(*f));
	struct rd r = rd_make(data, size);
	struct l2tp_stats s;

	l2tp_params_default(&f->params);
	f->params.tunnels = f->params.sessions = 4;
	f->params.sessions_per_tunnel = 2;
	f->now = mono_us(1);
	rng_seeded(&f->rng, 1);
	f->l = l2tp_new(&f->params, &f->rng, &f->drops);
	for (int n = 0; n < 500 && rd_left(&r) > 0; n++) {
		uint8_t b = rd_u8(&r);

		one(f, (enum step)(b & 15) % STEPS, b >> 4, &r);
		look(f);
	}
	/* in the end all is forgotten */
	for (int n = 0; n < 2000 && l2tp_deadline(f->l).us != UINT64_MAX;
	    n++) {
		if (mono_before(f->now, l2tp_deadline(f->l)))
			f->now = l2tp_deadline(f->l);
		l2tp_expire(f->l, f->now, &f->out);
		look(f);
		if (n > 30)
			for (uint32_t p = 0; p < 16; p++) {
				l2tp_path_gone(f->l, f->now, p, &f->out);
				look(f);
			}
	}
	l2tp_stats(f->l, &s);
	if (s.tunnels + s.sessions != 0 ||
	    f->l->slots.used + f->l->tunnels.used != 0 ||
	    l2tp_deadline(f->l).us != UINT64_MAX)
		abort();
	l2tp_free(f->l);
	free(f);
	return 0;
}
