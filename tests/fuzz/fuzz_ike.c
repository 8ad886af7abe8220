/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole dial-in driven by bytes: each step delivers the next datagram, spoils
 * it, repeats it, loses it, lets time pass, freezes an engine, or commands one.
 *
 *	first byte: 1 NAT, 2 force NAT-T, 4 PFS, 8 another key, 16 legacy group
 *	then steps:  op = byte & 15, argument = the two bytes behind it
 */

#include "tests/ipsec/ike_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX	300

static void
refreeze(struct world *w, enum world_end e)
{
	struct world_side *s = &w->s[e];
	size_t n = ike_frozen_size(s->ike);
	uint8_t *b = malloc(n);
	struct wr wr = wr_make(b, n);
	struct rd r = rd_make(b, n);

	if (b == NULL)
		abort();
	ike_freeze(s->ike, &wr);
	if (wr.bad)
		abort();
	ike_free(s->ike);
	s->ike = ike_thaw(&s->p, &s->rng, &s->drops, &r);
	if (s->ike == NULL)
		abort();
	free(b);
}

static void
spoil(struct world *w, uint16_t arg, uint8_t how)
{
	struct world_packet p;

	if (w->n == 0)
		return;
	p = w->q[0];
	if (p.n > 0)
		p.b[arg % p.n] ^= how | 1;
	world_give(w, &p);
}

static void
cut(struct world *w, uint16_t arg)
{
	struct world_packet p;

	if (w->n == 0)
		return;
	p = w->q[0];
	if (p.n > 28) {
		p.n = 28 + arg % (p.n - 27);
		if (p.n > p.n + 1)
			return;
		p.b[26] = (uint8_t)(p.n >> 8);
		p.b[27] = (uint8_t)p.n;
	}
	world_give(w, &p);
}

static void
lose(struct world *w)
{
	if (w->n > 0)
		memmove(&w->q[0], &w->q[1], (--w->n) * sizeof(w->q[0]));
}

static void
swap(struct world *w)
{
	struct world_packet p;

	if (w->n < 2)
		return;
	p = w->q[0];
	w->q[0] = w->q[1];
	w->q[1] = p;
}

static void
wait(struct world *w, uint16_t arg)
{
	w->now = mono_add_ms(w->now, (uint64_t)arg * 10);
	for (int e = 0; e < ENDS; e++) {
		ike_expire(w->s[e].ike, w->now, &w->out);
		world_take(w, (enum world_end)e);
	}
}

static void
command(struct world *w, uint16_t arg)
{
	enum world_end e = (arg & 1) != 0 ? SERVER : CLIENT;
	struct world_side *s = &w->s[e];
	uint32_t kid = s->kids > 0 ? s->kid_h[(arg >> 4) % s->kids] : 0;
	struct endpoint to = { w->nat_addr, (uint16_t)(5000 + (arg >> 8)) };

	switch (arg >> 1 & 7) {
	case 0:
		ike_rekey_child(s->ike, w->now, s->sa, &w->out);
		break;
	case 1:
		ike_rekey_peer(s->ike, w->now, s->sa, &w->out);
		break;
	case 2:
		ike_close(s->ike, w->now, s->sa, &w->out);
		break;
	case 3:
		ike_child_close(s->ike, w->now, kid, &w->out);
		break;
	case 4:
		ike_forget(s->ike, s->sa, &w->out);
		break;
	case 5:
		ike_esp_seen(s->ike, w->now, kid, &w->out);
		break;
	case 6:
		ike_moved(s->ike, w->now, s->sa, &s->peer.local, &to);
		ike_child_moved(s->ike, kid, &s->peer.local, &to);
		break;
	case 7:
		ike_child_forget(s->ike, kid, &w->out);
		break;
	}
	world_take(w, e);
}

static void
step(struct world *w, uint8_t op, uint16_t arg)
{
	switch (op & 15) {
	case 0:
	case 1:
	case 2:
	case 3:
		(void)world_step(w);
		break;
	case 4:
		spoil(w, arg, op);
		break;
	case 5:
		lose(w);
		break;
	case 6:
		if (w->n > 0)
			world_give(w, &w->q[0]);
		break;
	case 7:
		swap(w);
		break;
	case 8:
		wait(w, arg);
		break;
	case 9:
		refreeze(w, (arg & 1) != 0 ? SERVER : CLIENT);
		break;
	case 10:
		cut(w, arg);
		break;
	case 11:
		command(w, arg);
		break;
	case 12:
		if (w->n > 0)
			w->q[0].src.port = arg;
		break;
	case 13:
		world_run(w);
		break;
	default:
		wait(w, 200);
		break;
	}
}

/* What must hold however the bytes fall. */
static void
check(const struct world *w)
{
	for (int e = 0; e < ENDS; e++) {
		const struct world_side *s = &w->s[e];
		struct ike_stats st;

		ike_stats(s->ike, &st);
		if (st.peers > s->p.limits.peers ||
		    st.children > s->p.limits.children ||
		    s->acts[IKE_SA_IN] < s->acts[IKE_CHILD_GONE] ||
		    st.children != s->acts[IKE_SA_IN] - s->acts[IKE_CHILD_GONE])
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_make(data, size);
	uint8_t flags = rd_u8(&r);
	struct world *w = world_new(flags, (flags & 1) != 0, true);
	struct ike_dial d;

	w->s[CLIENT].p.limits.peers = w->s[SERVER].p.limits.peers = 64;
	world_dial_init(w, &d);
	d.force_natt = (flags & 2) != 0;
	d.pfs_group = (flags & 4) != 0 ? DH_ECP256 : 0;
	if ((flags & 8) != 0)
		d.psk.b[0] ^= 1;
	if ((flags & 16) != 0)
		d.p1[0].group = DH_MODP1024;
	(void)world_dial(w, &d);
	for (int i = 0; i < STEPS_MAX && rd_left(&r) > 0; i++) {
		uint8_t op = rd_u8(&r);
		uint16_t arg = rd_u16(&r);

		step(w, op, arg);
		check(w);
	}
	world_run(w);
	wait(w, UINT16_MAX);
	check(w);
	world_free(w);
	return 0;
}
