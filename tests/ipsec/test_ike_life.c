/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens after a login: rekeys, deletes, silence, moves, freezing. */

#include "tests/ipsec/ike_world.h"

static struct world *
up(uint64_t seed, bool nat)
{
	struct world *w = world_new(seed, nat, false);
	struct ike_dial d;

	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	return w;
}

static void
rekey_child(struct world *w)
{
	ike_rekey_child(w->s[CLIENT].ike, w->now, w->s[CLIENT].sa, &w->out);
	world_take(w, CLIENT);
	world_run(w);
}

/* A newer child takes over; the old one lives until its Delete. */
static void
child_rekeyed(void **state)
{
	struct world *w = up(1, true);

	(void)state;
	world_wait(w, 10000);
	rekey_child(w);
	world_assert_pair(w, 1);
	assert_int_equal(w->s[SERVER].out_child, w->s[SERVER].kid_h[1]);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 0);
	ike_child_close(w->s[CLIENT].ike, w->now, w->s[CLIENT].kid_h[0],
	    &w->out);
	world_take(w, CLIENT);
	world_run(w);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	assert_int_equal(w->s[SERVER].kid_why, IKE_WHY_REPLACED);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_OUT], 2);
	world_free(w);
}

static bool
hook_hold_qm3(struct world *w, struct world_packet *p)
{
	return p->to != SERVER || ++w->arg != 2;
}

/* Windows: the Delete of the old SA comes between QM2 and QM3 (clients.md 23). */
static void
windows_delete_before_qm3(void **state)
{
	struct world *w = up(2, true);

	(void)state;
	world_wait(w, 10000);
	w->hook = hook_hold_qm3;	/* to the server: QM1, then QM3 lost */
	rekey_child(w);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], 2);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_OUT], 1);
	ike_child_close(w->s[CLIENT].ike, w->now, w->s[CLIENT].kid_h[0],
	    &w->out);
	world_take(w, CLIENT);
	world_run(w);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_OUT], 2);
	assert_int_equal(w->s[SERVER].out_child, w->s[SERVER].kid_h[1]);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	world_wait(w, 60000);		/* and it stays */
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	world_free(w);
}

static void
esp_proves_child(void **state)
{
	struct world *w = up(3, true);

	(void)state;
	world_wait(w, 10000);
	w->hook = hook_hold_qm3;
	rekey_child(w);
	ike_esp_seen(w->s[SERVER].ike, w->now, w->s[SERVER].kid_h[1], &w->out);
	world_take(w, SERVER);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_OUT], 2);
	ike_esp_seen(w->s[SERVER].ike, w->now, w->s[SERVER].kid_h[1], &w->out);
	world_take(w, SERVER);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_OUT], 2);
	world_wait(w, 60000);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 0);
	world_free(w);
}

/* A quick mode that ESP has proven is over, though its QM3 was lost. */
static void
proven_by_esp_is_not_in_flight(void **state)
{
	struct world *w = up(31, true);

	(void)state;
	world_wait(w, 10000);
	w->hook = hook_hold_qm3;
	for (unsigned i = 1; i < 5; i++) {
		w->arg = 0;
		rekey_child(w);
		assert_int_equal(w->s[SERVER].kids, i + 1);
		ike_esp_seen(w->s[SERVER].ike, w->now, w->s[SERVER].kid_h[i],
		    &w->out);
		world_take(w, SERVER);
		assert_int_equal(w->s[SERVER].out_child,
		    w->s[SERVER].kid_h[i]);
	}
	world_wait(w, 60000);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 0);
	world_free(w);
}

/*
 * A client that renews phase 1 and leaves the old SA alone, as strongSwan
 * does: when the old one is closed here, no child goes with it, also not one
 * that was made under it after the new one was up.
 */
static void
children_of_a_renewed_sa_live_on(void **state)
{
	struct world *w = up(32, true);
	struct world_side *srv = &w->s[SERVER];
	struct ike_dial d;
	uint32_t old = srv->sa, old_client = w->s[CLIENT].sa;

	(void)state;
	world_wait(w, 10000);
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_not_equal(srv->sa, old);
	assert_int_equal(srv->kids, 2);
	world_wait(w, 10000);
	ike_rekey_child(w->s[CLIENT].ike, w->now, old_client, &w->out);
	world_take(w, CLIENT);
	world_run(w);
	assert_int_equal(srv->kids, 3);
	ike_adopt(srv->ike, old, srv->sa);
	ike_close(srv->ike, w->now, old, &w->out);
	world_take(w, SERVER);
	world_run(w);
	assert_int_equal(srv->acts[IKE_PEER_GONE], 1);
	assert_int_equal(srv->acts[IKE_CHILD_GONE], 0);
	/* Closing the heir ends all three. */
	ike_close(srv->ike, w->now, srv->sa, &w->out);
	world_take(w, SERVER);
	assert_int_equal(srv->acts[IKE_CHILD_GONE], 3);
	world_free(w);
}

/*
 * Adopted when the heir's own child carries the traffic already: an old one that
 * is deleted then was replaced before, and nothing is to be sent on again.
 */
static void
adopted_late_is_replaced(void **state)
{
	struct world *w = up(33, true);
	struct world_side *srv = &w->s[SERVER];
	struct ike_dial d;
	uint32_t old = srv->sa, kid = w->s[CLIENT].kid_h[0];

	(void)state;
	world_wait(w, 10000);
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(srv->kids, 2);
	ike_adopt(srv->ike, old, srv->sa);
	ike_child_close(w->s[CLIENT].ike, w->now, kid, &w->out);
	world_take(w, CLIENT);
	world_run(w);
	assert_int_equal(srv->acts[IKE_CHILD_GONE], 1);
	assert_int_equal(srv->kid_why, IKE_WHY_REPLACED);
	assert_int_equal(srv->acts[IKE_SA_OUT], 2);
	world_free(w);
}

/* ESP is life, but no news of IKE; quick mode is both. */
static void
fresh_is_what_ike_said(void **state)
{
	struct world *w = up(34, true);
	struct world_side *srv = &w->s[SERVER];
	mono_t at = ike_fresh(srv->ike, srv->sa);

	(void)state;
	assert_int_not_equal(at.us, 0);
	assert_int_equal(ike_fresh(srv->ike, 4711).us, 0);
	world_wait(w, 10000);
	ike_heard(srv->ike, w->now, srv->sa);
	ike_moved(srv->ike, w->now, srv->sa, &srv->peer.local,
	    &(struct endpoint){ ipaddr_v4(1), 2 });
	assert_int_equal(ike_fresh(srv->ike, srv->sa).us, at.us);
	rekey_child(w);
	assert_int_equal(ike_fresh(srv->ike, srv->sa).us, w->now.us);
	assert_true(w->now.us >= at.us + 10000000);
	world_free(w);
}

/* Neither QM3 nor ESP ever comes: the pair goes. */
static void
child_never_proven(void **state)
{
	struct world *w = up(4, true);

	(void)state;
	world_wait(w, 10000);
	w->hook = hook_hold_qm3;
	rekey_child(w);
	world_wait(w, 60000);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	assert_int_equal(w->s[SERVER].kid_why, IKE_WHY_TIMEOUT);
	assert_int_equal(w->s[SERVER].acts[IKE_FAIL], 0);
	world_free(w);
}

/* D-14: a machine that stood still hears first what was in flight. */
static void
proven_after_a_standstill(void **state)
{
	struct world *w = up(33, true);
	struct world_side *srv = &w->s[SERVER];

	(void)state;
	world_wait(w, 10000);
	w->hook = hook_hold_qm3;
	rekey_child(w);
	w->now = mono_add_s(w->now, 600);
	world_wait(w, 10);
	assert_int_equal(srv->acts[IKE_CHILD_GONE], 0);
	ike_esp_seen(srv->ike, w->now, srv->kid_h[1], &w->out);
	world_take(w, SERVER);
	assert_int_equal(srv->out_child, srv->kid_h[1]);
	world_wait(w, 60000);
	assert_int_equal(srv->acts[IKE_CHILD_GONE], 0);
	world_free(w);
}

static void
peer_rekeyed(void **state)
{
	struct world *w = up(5, true);
	uint32_t old = w->s[CLIENT].sa, old_s = w->s[SERVER].sa;

	(void)state;
	ike_rekey_peer(w->s[CLIENT].ike, w->now, old, &w->out);
	world_take(w, CLIENT);
	world_run(w);
	assert_int_equal(w->s[CLIENT].acts[IKE_PEER_UP], 2);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_UP], 2);
	assert_int_not_equal(w->s[CLIENT].sa, old);
	assert_int_not_equal(w->s[SERVER].sa, old_s);
	assert_int_equal(w->s[CLIENT].peer.replaces, old);
	assert_int_equal(w->s[CLIENT].gone_why, IKE_WHY_REPLACED);
	assert_int_equal(w->s[SERVER].gone_why, IKE_WHY_DELETED);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 1);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 0);
	assert_false(w->s[SERVER].peer.initial_contact);
	rekey_child(w);
	world_assert_pair(w, 1);
	/* The old child belongs to the SA that is gone; its maker may delete it. */
	ike_child_close(w->s[CLIENT].ike, w->now, w->s[CLIENT].kid_h[0],
	    &w->out);
	world_take(w, CLIENT);
	world_run(w);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	world_free(w);
}

static void
closed_by_peer(void **state)
{
	struct world *w = up(6, false);
	struct ike_stats st;

	(void)state;
	ike_close(w->s[CLIENT].ike, w->now, w->s[CLIENT].sa, &w->out);
	world_take(w, CLIENT);
	assert_int_equal(w->s[CLIENT].acts[IKE_CHILD_GONE], 1);
	assert_int_equal(w->s[CLIENT].acts[IKE_PEER_GONE], 1);
	world_run(w);
	assert_int_equal(w->s[SERVER].kid_why, IKE_WHY_DELETED);
	assert_int_equal(w->s[SERVER].gone_why, IKE_WHY_DELETED);
	for (int e = 0; e < ENDS; e++) {
		ike_stats(w->s[e].ike, &st);
		assert_int_equal(st.peers + st.children + st.dh_pending +
		    st.half_open, 0);
		assert_true(ike_deadline(w->s[e].ike).us == UINT64_MAX);
	}
	world_free(w);
}

static void
closed_by_us(void **state)
{
	struct world *w = up(7, true);

	(void)state;
	ike_close(w->s[SERVER].ike, w->now, w->s[SERVER].sa, &w->out);
	world_take(w, SERVER);
	world_run(w);
	assert_int_equal(w->s[CLIENT].kid_why, IKE_WHY_DELETED);
	assert_int_equal(w->s[CLIENT].gone_why, IKE_WHY_DELETED);
	world_free(w);
}

static void
forgotten(void **state)
{
	struct world *w = up(8, true);
	unsigned sent = w->s[SERVER].sent;

	(void)state;
	ike_child_forget(w->s[SERVER].ike, w->s[SERVER].kid_h[0], &w->out);
	world_take(w, SERVER);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	ike_forget(w->s[SERVER].ike, w->s[SERVER].sa, &w->out);
	world_take(w, SERVER);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 1);
	assert_int_equal(w->s[SERVER].sent, sent);
	world_free(w);
}

/* An hour of silence: both probe, both answer, nothing goes. */
static void
dpd_keeps(void **state)
{
	struct world *w = up(9, true);

	(void)state;
	world_wait(w, 3600 * 1000);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 0);
	assert_int_equal(w->s[CLIENT].acts[IKE_PEER_GONE], 0);
	assert_true(w->s[SERVER].sent > 50);
	world_free(w);
}

static bool
hook_cut(struct world *w, struct world_packet *p)
{
	(void)w;
	(void)p;
	return false;
}

static void
dpd_finds_dead(void **state)
{
	struct world *w = up(10, true);

	(void)state;
	w->hook = hook_cut;
	world_wait(w, 100 * 1000);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 0);
	world_wait(w, 50 * 1000);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 1);
	assert_int_equal(w->s[SERVER].gone_why, IKE_WHY_DPD);
	assert_int_equal(w->s[SERVER].kid_why, IKE_WHY_DPD);
	world_free(w);
}

/* ESP proves life: no probe while it flows. */
static void
esp_puts_dpd_off(void **state)
{
	struct world *w = up(11, true);
	unsigned sent = w->s[SERVER].sent;

	(void)state;
	w->hook = hook_cut;
	for (int i = 0; i < 40; i++) {
		ike_heard(w->s[SERVER].ike, w->now, w->s[SERVER].sa);
		world_wait(w, 30 * 1000);
	}
	assert_int_equal(w->s[SERVER].sent, sent);
	world_free(w);
}

static void
lives_end(void **state)
{
	struct world *w = up(12, false);

	(void)state;
	world_wait(w, (uint64_t)28801 * 1000);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 1);
	assert_int_equal(w->s[SERVER].gone_why, IKE_WHY_EXPIRED);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 1);
	assert_int_equal(w->s[SERVER].kid_why, IKE_WHY_EXPIRED);
	world_free(w);
}

static bool
hook_new_port(struct world *w, struct world_packet *p)
{
	(void)w;
	if (p->to == SERVER)
		p->src.port = 6600;
	return true;
}

/* The NAT gives another port: the next new message moves the endpoint. */
static void
moved_by_message(void **state)
{
	struct world *w = up(13, true);

	(void)state;
	world_wait(w, 10000);
	w->hook = hook_new_port;
	rekey_child(w);
	assert_int_equal(w->s[SERVER].acts[IKE_MOVED], 1);
	assert_int_equal(w->s[SERVER].moved.port, 6600);
	world_assert_pair(w, 1);
	rekey_child(w);
	assert_int_equal(w->s[SERVER].acts[IKE_MOVED], 1);
	world_free(w);
}

static bool
hook_port_500(struct world *w, struct world_packet *p)
{
	(void)w;
	if (p->to == SERVER) {
		p->src.port = 1500;
		p->dst.port = 500;
	}
	return true;
}

/* After the float nothing on port 500 counts, or moves the path back there. */
static void
n64_port_500_after_the_float(void **state)
{
	struct world *w = up(32, true);

	(void)state;
	world_wait(w, 10000);
	w->hook = hook_port_500;
	rekey_child(w);
	assert_int_equal(w->s[SERVER].acts[IKE_MOVED], 0);
	assert_int_equal(w->s[SERVER].kids, 1);
	assert_true(world_drops(w, SERVER, DROP_IKE_SOURCE) > 0);
	w->hook = NULL;
	world_wait(w, 10000);		/* its repeat comes the right way */
	assert_int_equal(w->s[SERVER].kids, 2);
	world_assert_pair(w, 1);
	world_free(w);
}

static struct world_packet kept;

static bool
hook_keep(struct world *w, struct world_packet *p)
{
	(void)w;
	if (p->to == SERVER)
		kept = *p;
	return true;
}

/* A recording from another address moves nothing. */
static void
not_moved_by_recording(void **state)
{
	struct world *w = up(14, true);

	(void)state;
	w->hook = hook_keep;
	world_wait(w, 70 * 1000);	/* probes and their answers */
	world_wait(w, 70 * 1000);
	w->hook = NULL;
	kept.src.port = 7777;
	kept.src.addr = ipaddr_v4(0x05060708);
	world_give(w, &kept);
	assert_int_equal(w->s[SERVER].acts[IKE_MOVED], 0);
	for (int i = 0; i < 100; i++)	/* even when it is forgotten */
		world_wait(w, 70 * 1000);
	world_give(w, &kept);
	assert_int_equal(w->s[SERVER].acts[IKE_MOVED], 0);
	world_free(w);
}

static void
moved_by_command(void **state)
{
	struct world *w = up(15, true);
	struct endpoint e = { w->nat_addr, 9999 };

	(void)state;
	ike_moved(w->s[SERVER].ike, w->now, w->s[SERVER].sa,
	    &w->s[SERVER].peer.local, &e);
	ike_child_close(w->s[SERVER].ike, w->now, w->s[SERVER].kid_h[0],
	    &w->out);
	assert_int_equal(w->out.act[0].kind, IKE_SEND);
	assert_int_equal(w->out.act[0].remote.port, 9999);
	world_take(w, SERVER);
	world_free(w);
}

/* Eight children: the ninth pushes out one that was replaced. */
static void
children_limit(void **state)
{
	struct world *w = up(16, true);

	(void)state;
	for (int i = 0; i < 12; i++) {
		world_wait(w, 40 * 1000);
		rekey_child(w);
	}
	assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], 13);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 5);
	assert_int_equal(w->s[SERVER].kid_why, IKE_WHY_REPLACED);
	world_free(w);
}

static void
keepalives(void **state)
{
	struct world *w = up(17, true);

	(void)state;
	w->hook = hook_keep;
	world_wait(w, 21 * 1000);
	assert_int_equal(kept.n, 1);
	assert_int_equal(kept.b[0], 0xff);
	world_free(w);
}

static void
refreeze(struct world *w, enum world_end e)
{
	struct world_side *s = &w->s[e];
	size_t n = ike_frozen_size(s->ike);
	uint8_t *b = malloc(n), *again = malloc(n);
	struct wr wr = wr_make(b, n);
	struct rd r = rd_make(b, n);
	mono_t due = ike_deadline(s->ike);

	assert_non_null(b);
	assert_non_null(again);
	ike_freeze(s->ike, &wr);
	assert_false(wr.bad);
	assert_int_equal(wr_used(&wr), n);
	ike_free(s->ike);
	s->ike = ike_thaw(&s->p, &s->rng, &s->drops, &r);
	assert_non_null(s->ike);
	assert_true(rd_done(&r));
	assert_int_equal(ike_deadline(s->ike).us, due.us);
	assert_int_equal(ike_frozen_size(s->ike), n);
	wr = wr_make(again, n);
	ike_freeze(s->ike, &wr);
	assert_memory_equal(b, again, n);
	free(b);
	free(again);
}

static bool
hook_freeze(struct world *w, struct world_packet *p)
{
	(void)p;
	refreeze(w, CLIENT);
	refreeze(w, SERVER);
	return true;
}

/* Both engines are frozen, destroyed and thawed before every packet. */
static void
frozen_all_the_way(void **state)
{
	struct world *w = world_new(18, true, false);
	struct ike_dial d;

	(void)state;
	w->hook = hook_freeze;
	world_dial_init(w, &d);
	d.pfs_group = DH_ECP256;
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	world_wait(w, 200 * 1000);
	rekey_child(w);
	world_assert_pair(w, 1);
	ike_rekey_peer(w->s[CLIENT].ike, w->now, w->s[CLIENT].sa, &w->out);
	world_take(w, CLIENT);
	world_run(w);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_UP], 2);
	world_free(w);
}

static void
thaw_refuses_garbage(void **state)
{
	struct world *w = up(19, true);
	struct world_side *s = &w->s[SERVER];
	size_t n = ike_frozen_size(s->ike);
	uint8_t *b = malloc(n);
	struct wr wr = wr_make(b, n);

	(void)state;
	assert_non_null(b);
	ike_freeze(s->ike, &wr);
	for (size_t cut = 0; cut < n; cut += 97) {
		struct rd r = rd_make(b, cut);

		assert_null(ike_thaw(&s->p, &s->rng, &s->drops, &r));
	}
	free(b);
	world_free(w);
}

/* New keys are for new exchanges; one under way ends with the old ones. */
static bool
hook_new_psk(struct world *w, struct world_packet *p)
{
	static struct ike_params next;

	(void)p;
	if (w->seen == 4) {
		next = w->s[SERVER].p;
		(void)secret_set(&next.psk[0], "a new key for everybody here", 28);
		ike_params_set(w->s[SERVER].ike, &next);
	}
	return true;
}

static void
params_changed(void **state)
{
	struct world *w = world_new(20, true, false);
	struct ike_dial d;

	(void)state;
	w->hook = hook_new_psk;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(w->s[SERVER].why, IKE_WHY_PSK);
	assert_true(secret_set(&d.psk, "a new key for everybody here", 28));
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_UP], 2);
	world_free(w);
}

/* Probes and keepalives switched off while they run: they end, nothing spins. */
static void
timers_switched_off(void **state)
{
	struct world *w = up(22, true);

	(void)state;
	w->s[SERVER].p.dpd_idle_s = w->s[CLIENT].p.dpd_idle_s = 0;
	w->s[CLIENT].p.keepalive_s = 0;
	world_wait(w, 300 * 1000);
	assert_true(w->s[CLIENT].sent < 12);
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 0);
	world_free(w);
}

static void
limits_of_peers(void **state)
{
	struct world *w = world_new(21, true, false);
	struct ike_dial d;
	struct ike_stats st;

	(void)state;
	ike_free(w->s[SERVER].ike);
	w->s[SERVER].p.limits.peers = 1;
	w->s[SERVER].ike = ike_new(&w->s[SERVER].p, &w->s[SERVER].rng,
	    &w->s[SERVER].drops);
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(w->s[SERVER].why, IKE_WHY_LIMIT);
	ike_stats(w->s[SERVER].ike, &st);
	assert_int_equal(st.peers, 1);
	assert_int_equal(st.established, 1);
	d.p2_n = 0;
	assert_int_equal(world_dial(w, &d), 0);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(child_rekeyed),
		cmocka_unit_test(windows_delete_before_qm3),
		cmocka_unit_test(esp_proves_child),
		cmocka_unit_test(proven_by_esp_is_not_in_flight),
		cmocka_unit_test(children_of_a_renewed_sa_live_on),
		cmocka_unit_test(adopted_late_is_replaced),
		cmocka_unit_test(fresh_is_what_ike_said),
		cmocka_unit_test(child_never_proven),
		cmocka_unit_test(proven_after_a_standstill),
		cmocka_unit_test(peer_rekeyed),
		cmocka_unit_test(closed_by_peer),
		cmocka_unit_test(closed_by_us),
		cmocka_unit_test(forgotten),
		cmocka_unit_test(dpd_keeps),
		cmocka_unit_test(dpd_finds_dead),
		cmocka_unit_test(esp_puts_dpd_off),
		cmocka_unit_test(lives_end),
		cmocka_unit_test(moved_by_message),
		cmocka_unit_test(n64_port_500_after_the_float),
		cmocka_unit_test(not_moved_by_recording),
		cmocka_unit_test(moved_by_command),
		cmocka_unit_test(children_limit),
		cmocka_unit_test(keepalives),
		cmocka_unit_test(frozen_all_the_way),
		cmocka_unit_test(thaw_refuses_garbage),
		cmocka_unit_test(params_changed),
		cmocka_unit_test(timers_switched_off),
		cmocka_unit_test(limits_of_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
