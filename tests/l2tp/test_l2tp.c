/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine, both ends of it, over a wire. */

#include "tests/l2tp/pipe.h"

/*
 * LAC                     LNS
 *   SCCRQ ------------->
 *      <------------- SCCRP
 *   SCCCN, ICRQ ------->        TUNNEL_UP, ASK_CALL
 *      <------------- ICRP
 *   ICCN -------------->        CALL_UP
 *      <------------- ZLB
 */
static void
dial_in(void **state)
{
	struct pipe *p = pipe_new(1);
	struct pipe_seen *lac = &p->seen[PIPE_LAC];
	struct pipe_seen *lns = &p->seen[PIPE_LNS];

	(void)state;
	assert_int_not_equal(pipe_dial(p, 7), 0);
	pipe_run(p, 1000);
	assert_int_equal(lac->tunnel_up, 1);
	assert_int_equal(lns->tunnel_up, 1);
	assert_int_equal(lns->ask, 1);
	assert_int_equal(lac->call_up, 1);
	assert_int_equal(lns->call_up, 1);
	assert_int_equal(lac->call.tunnel_id, lns->call.peer_tunnel_id);
	assert_int_equal(lac->call.session_id, lns->call.peer_session_id);
	assert_int_equal(lns->call.tunnel_id, lac->call.peer_tunnel_id);
	assert_int_equal(lns->call.session_id, lac->call.peer_session_id);
	assert_int_equal(lns->call.serial, lac->call.serial);
	assert_string_equal(lns->tun.host_name, "l2tpd");
	assert_int_equal(lns->tun.window, 8);
	l2tp_call_close(p->end[PIPE_LAC], p->now, lac->session, 3, 0, "bye",
	    &p->out);
	pipe_drain(p, PIPE_LAC);
	l2tp_tunnel_close(p->end[PIPE_LAC], p->now, lac->tunnel, 6, 0, "",
	    &p->out);
	pipe_drain(p, PIPE_LAC);
	pipe_run(p, 1000);
	assert_int_equal(lns->call_down, 1);
	assert_int_equal(lns->call_end.why, L2TP_WHY_PEER);
	assert_int_equal(lns->call_end.result, 3);
	assert_string_equal(lns->call_end.text, "bye");
	assert_int_equal(lns->tunnel_down, 1);
	assert_int_equal(lns->tunnel_end.result, 6);
	assert_int_equal(lac->call_down, 1);
	assert_int_equal(lac->tunnel_down, 1);
	pipe_run(p, 40000);
	assert_int_equal(l2tp_deadline(p->end[0]).us, MONO_NEVER.us);
	assert_int_equal(l2tp_deadline(p->end[1]).us, MONO_NEVER.us);
	pipe_free(p);
}

static void
refused_call(void **state)
{
	struct pipe *p = pipe_new(2);
	struct pipe_seen *lac = &p->seen[PIPE_LAC];

	(void)state;
	p->refuse = true;
	assert_int_not_equal(pipe_dial(p, 7), 0);
	pipe_run(p, 1000);
	assert_int_equal(lac->call_down, 1);
	assert_int_equal(lac->call_end.why, L2TP_WHY_PEER);
	assert_int_equal(lac->call_end.result, 3);
	assert_string_equal(lac->call_end.text, "not\\x20today");
	assert_int_equal(p->seen[PIPE_LNS].call_end.why, L2TP_WHY_REFUSED);
	/* a tunnel without a call ends by itself */
	pipe_run(p, 32000);
	assert_int_equal(lac->tunnel_down, 1);
	assert_int_equal(p->seen[PIPE_LNS].tunnel_down, 1);
	pipe_free(p);
}

static void
nobody_answers(void **state)
{
	struct pipe *p = pipe_new(3);
	struct pipe_seen *lac = &p->seen[PIPE_LAC];
	struct l2tp_stats s;

	(void)state;
	p->params.setup_ms = 60000;
	p->loss = 100;
	assert_int_not_equal(pipe_dial(p, 7), 0);
	pipe_run(p, 30999);
	assert_int_equal(lac->sends, 6);
	assert_int_equal(lac->tunnel_down, 0);
	pipe_run(p, 2);
	assert_int_equal(lac->call_down, 1);
	assert_int_equal(lac->tunnel_down, 1);
	assert_int_equal(lac->tunnel_end.why, L2TP_WHY_TIMEOUT);
	assert_int_equal(lac->call_end.why, L2TP_WHY_TIMEOUT);
	l2tp_stats(p->end[PIPE_LAC], &s);
	assert_int_equal(s.retransmits, 5);
	assert_int_equal(s.tunnels, 0);
	assert_int_equal(s.sessions, 0);
	pipe_free(p);
}

static struct pipe *
up(uint64_t seed)
{
	struct pipe *p = pipe_new(seed);

	assert_int_not_equal(pipe_dial(p, 7), 0);
	pipe_run(p, 500);
	assert_int_equal(p->seen[PIPE_LAC].call_up, 1);
	assert_int_equal(p->seen[PIPE_LNS].call_up, 1);
	return p;
}

/* RFC 2661 §6.5: HELLO after a minute of silence, answered for an hour. */
static void
hour_of_silence(void **state)
{
	struct pipe *p = up(4);
	unsigned before = p->seen[0].sends + p->seen[1].sends;
	unsigned after;

	(void)state;
	pipe_run(p, 3600 * 1000);
	after = p->seen[0].sends + p->seen[1].sends;
	assert_int_equal(p->seen[0].call_down + p->seen[1].call_down, 0);
	assert_in_range(after - before, 110, 250);
	/* then the wire is cut: both ends find out */
	p->loss = 100;
	pipe_run(p, 100 * 1000);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(p->seen[i].call_end.why, L2TP_WHY_TIMEOUT);
		assert_int_equal(p->seen[i].tunnel_down, 1);
		assert_int_equal(l2tp_deadline(p->end[i]).us, MONO_NEVER.us);
	}
	pipe_free(p);
}

/* clients.md 42: no HELLO is answered, but other life is seen. */
static void
doze(void **state)
{
	struct pipe *p = up(5);
	struct pipe_seen *lns = &p->seen[PIPE_LNS];
	unsigned sends;

	(void)state;
	p->loss = 100;
	for (int s = 0; s < 600; s += 20) {
		pipe_run(p, 20000);
		l2tp_heard(p->end[PIPE_LNS], p->now, 7);
	}
	assert_int_equal(lns->call_down, 0);
	/* a HELLO is under way and never answered: other life goes on */
	pipe_run(p, 65000);
	sends = lns->sends;
	for (int s = 0; s < 600; s += 20) {
		l2tp_heard(p->end[PIPE_LNS], p->now, 7);
		pipe_run(p, 20000);
	}
	assert_int_equal(lns->call_down, 0);
	assert_true(lns->sends - sends > 20);
	pipe_run(p, 90000);
	assert_int_equal(lns->call_down, 1);
	assert_int_equal(lns->tunnel_end.why, L2TP_WHY_TIMEOUT);
	pipe_free(p);
}

static void
no_hello(void **state)
{
	struct pipe *p = up(6);
	unsigned before = p->seen[0].sends + p->seen[1].sends;

	(void)state;
	p->params.hello_s = 0;
	pipe_run(p, 70 * 1000);		/* the one that was set before */
	pipe_run(p, 3600 * 1000);
	assert_true(p->seen[0].sends + p->seen[1].sends - before <= 4);
	pipe_free(p);
}

static void
path_gone(void **state)
{
	struct pipe *p = up(7);
	struct pipe_seen *lns = &p->seen[PIPE_LNS];
	unsigned sends = lns->sends;

	(void)state;
	l2tp_path_gone(p->end[PIPE_LNS], p->now, 8, &p->out);
	assert_int_equal(p->out.n, 0);
	l2tp_path_gone(p->end[PIPE_LNS], p->now, 7, &p->out);
	pipe_drain(p, PIPE_LNS);
	assert_int_equal(lns->call_down, 1);
	assert_int_equal(lns->tunnel_down, 1);
	assert_int_equal(lns->tunnel_end.why, L2TP_WHY_PATH);
	assert_int_equal(lns->sends, sends);
	assert_int_equal(l2tp_deadline(p->end[PIPE_LNS]).us, MONO_NEVER.us);
	pipe_free(p);
}

/* The box is full: nothing is lost, all of it comes with the next calls. */
static void
full_box(void **state)
{
	struct pipe *p = up(8);
	struct pipe_seen *lns = &p->seen[PIPE_LNS];
	unsigned rounds = 0;

	(void)state;
	p->out.n = L2TP_OUT_ACTS;
	l2tp_tunnel_close(p->end[PIPE_LNS], p->now, lns->tunnel, 6, 0,
	    "shutting down", &p->out);
	assert_int_equal(p->out.n, L2TP_OUT_ACTS);
	assert_true(mono_due(l2tp_deadline(p->end[PIPE_LNS]), p->now));
	l2tp_expire(p->end[PIPE_LNS], p->now, &p->out);
	assert_int_equal(p->out.n, L2TP_OUT_ACTS);
	l2tp_out_reset(&p->out);
	while (mono_due(l2tp_deadline(p->end[PIPE_LNS]), p->now)) {
		p->out.n = L2TP_OUT_ACTS - 1;	/* room for one */
		l2tp_expire(p->end[PIPE_LNS], p->now, &p->out);
		assert_int_equal(p->out.n, L2TP_OUT_ACTS);
		p->out.act[0] = p->out.act[L2TP_OUT_ACTS - 1];
		p->out.n = 1;
		pipe_drain(p, PIPE_LNS);
		rounds++;
	}
	assert_int_equal(rounds, 3);
	assert_int_equal(lns->call_down, 1);
	assert_int_equal(lns->tunnel_down, 1);
	assert_string_equal(lns->tunnel_end.text, "shutting down");
	assert_int_equal(lns->call_end.result, 6);
	pipe_run(p, 1000);
	assert_int_equal(p->seen[PIPE_LAC].tunnel_end.result, 6);
	pipe_free(p);
}

/* Commands in any state, twice, and with handles of nobody. */
static void
commands_out_of_place(void **state)
{
	struct pipe *p = up(9);
	struct pipe_seen *lac = &p->seen[PIPE_LAC];
	struct l2tp *l = p->end[PIPE_LAC];

	(void)state;
	l2tp_call_done(l, p->now, lac->session, false, 1, 0, "", &p->out);
	l2tp_call_done(l, p->now, 12345, true, 0, 0, NULL, &p->out);
	l2tp_call_close(l, p->now, 12345, 3, 0, NULL, &p->out);
	l2tp_tunnel_close(l, p->now, 12345, 6, 0, NULL, &p->out);
	assert_int_equal(p->out.n, 0);
	l2tp_tunnel_close(l, p->now, lac->tunnel, 6, 0, NULL, &p->out);
	pipe_drain(p, PIPE_LAC);
	assert_int_equal(lac->tunnel_down, 1);
	l2tp_tunnel_close(l, p->now, lac->tunnel, 6, 0, NULL, &p->out);
	l2tp_call_close(l, p->now, lac->session, 3, 0, NULL, &p->out);
	assert_int_equal(p->out.n, 0);
	pipe_run(p, 1000);
	/* closed while it is still being dialled */
	l2tp_tunnel_close(l, p->now, pipe_dial(p, 9), 6, 0, NULL, &p->out);
	pipe_drain(p, PIPE_LAC);
	pipe_run(p, 40000);
	assert_int_equal(lac->tunnel_down, 2);
	assert_int_equal(l2tp_deadline(l).us, MONO_NEVER.us);
	pipe_free(p);
}

static void
limits(void **state)
{
	struct pipe *p = pipe_new(10);

	(void)state;
	for (uint32_t path = 1; path <= 16; path++)
		assert_int_not_equal(pipe_dial(p, path), 0);
	assert_int_equal(pipe_dial(p, 17), 0);
	pipe_run(p, 1000);
	assert_int_equal(p->seen[PIPE_LNS].call_up, 16);
	pipe_free(p);
	p = pipe_new(11);
	assert_int_not_equal(pipe_dial(p, 1), 0);
	assert_int_not_equal(pipe_dial(p, 1), 0);
	assert_int_equal(pipe_dial(p, 1), 0);
	p->params.sessions = 2;
	assert_int_equal(pipe_dial(p, 2), 0);
	pipe_free(p);
}

static bool
no_random(struct rng *r, void *dst, size_t n)
{
	(void)r;
	memset(dst, 0, n);
	return false;
}

/* A random source that fails gives no ids, so no tunnels; not id 0. */
static void
no_randomness(void **state)
{
	struct pipe *p = pipe_new(12);

	(void)state;
	p->rng.fill = no_random;
	assert_int_equal(pipe_dial(p, 1), 0);
	assert_int_equal(p->out.n, 0);
	pipe_free(p);
}

static void
names(void **state)
{
	(void)state;
	for (enum l2tp_why w = 0; w < L2TP_WHY_COUNT; w++)
		assert_string_not_equal(l2tp_why_str(w), "unknown");
	assert_string_equal(l2tp_why_str(L2TP_WHY_COUNT), "unknown");
}

/* Destroys an engine and makes it anew from its bytes. */
static void
freeze_thaw(struct pipe *p, int side)
{
	size_t n = l2tp_frozen_size(p->end[side]);
	uint8_t *b = malloc(n);
	struct wr w = wr_make(b, n);
	struct rd r;

	l2tp_freeze(p->end[side], &w);
	assert_false(w.bad);
	l2tp_free(p->end[side]);
	r = wr_out(&w);
	p->end[side] = l2tp_thaw(&p->params, &p->rng, &p->drops[side], &r);
	assert_non_null(p->end[side]);
	assert_true(rd_done(&r));
	free(b);
}

/* Loss, repeats, reordering; both ends frozen and thawed at any moment. */
static void
lossy_lives(void **state)
{
	(void)state;
	for (uint64_t seed = 100; seed < 300; seed++) {
		struct pipe *p = pipe_new(seed);

		p->loss = 20;
		p->repeat = 20;
		p->jitter_us = 400000;
		/* a third of all tries is in vain: five would be too few */
		p->params.rtx_tries = 12;
		p->params.setup_ms = 120000;
		freeze_thaw(p, 0);	/* takes the new parameters */
		freeze_thaw(p, 1);
		assert_int_not_equal(pipe_dial(p, 7), 0);
		for (int i = 0; i < 100; i++) {
			pipe_run(p, 1 + rng_below(&p->wire, 1000));
			freeze_thaw(p, (int)rng_below(&p->wire, 2));
		}
		for (int i = 0; i < 2; i++) {
			if (p->seen[i].call_up != 1)
				fail_msg("seed %u side %d: ups %u downs %u %s",
				    (unsigned)seed, i, p->seen[i].call_up,
				    p->seen[i].tunnel_down,
				    p->seen[i].tunnel_end.text);
			assert_int_equal(p->seen[i].tunnel_up, 1);
			assert_int_equal(p->seen[i].call_down, 0);
		}
		l2tp_tunnel_close(p->end[seed & 1], p->now,
		    p->seen[seed & 1].tunnel, 6, 0, "bye", &p->out);
		pipe_drain(p, seed & 1);
		for (int i = 0; i < 120; i++) {
			pipe_run(p, 2000);
			freeze_thaw(p, i & 1);
		}
		for (int i = 0; i < 2; i++) {
			struct l2tp_stats s;

			assert_int_equal(p->seen[i].call_down, 1);
			assert_int_equal(p->seen[i].tunnel_down, 1);
			l2tp_stats(p->end[i], &s);
			assert_int_equal(s.tunnels + s.sessions, 0);
			assert_int_equal(l2tp_deadline(p->end[i]).us,
			    MONO_NEVER.us);
		}
		pipe_free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dial_in),
		cmocka_unit_test(refused_call),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(hour_of_silence),
		cmocka_unit_test(doze),
		cmocka_unit_test(no_hello),
		cmocka_unit_test(path_gone),
		cmocka_unit_test(full_box),
		cmocka_unit_test(commands_out_of_place),
		cmocka_unit_test(limits),
		cmocka_unit_test(no_randomness),
		cmocka_unit_test(names),
		cmocka_unit_test(lossy_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
