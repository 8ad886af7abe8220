/* SPDX-License-Identifier: BSD-2-Clause */
/* The client: questions, ids, repeats, servers that fail. */

#include "tests/radius/world.h"

/* A question, an answer; each once. */
static void
login(void **state)
{
	struct world w;
	struct radius_health h;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].delay_ms = 30;
	assert_true(world_ask(&w, 7, -1) != 0);
	world_run(&w, 1000);
	assert_int_equal(w.told[7].n, 1);
	assert_int_equal(w.told[7].result, RADIUS_ANSWERED);
	assert_int_equal(w.told[7].code, RADIUS_ACCESS_ACCEPT);
	assert_int_equal(w.told[7].took_us, 30000);
	assert_int_equal(w.fake[0].pushes, 1);
	assert_int_equal(w.fake[0].repeats, 0);
	h = world_health(&w, 0, RADIUS_AUTH);
	assert_true(h.up);
	assert_int_equal(h.answered, 1);
	assert_int_equal(h.accepts, 1);
	assert_int_equal(h.latency.n[5], 1);	/* within 50 ms */
	assert_int_equal(h.latency.sum_us, 30000);
	assert_int_equal(h.waiting, 0);
	w.fake[0].says = RADIUS_ACCESS_REJECT;
	(void)world_ask(&w, 8, -1);
	w.fake[0].says = RADIUS_ACCESS_CHALLENGE;
	(void)world_ask(&w, 9, 0);
	world_run(&w, 1000);
	h = world_health(&w, 0, RADIUS_AUTH);
	assert_int_equal(h.rejects, 1);
	assert_int_equal(h.challenges, 1);
	assert_int_equal(radius_client_waiting(w.c), 0);
	assert_int_equal(radius_client_deadline(w.c).us, UINT64_MAX);
	world_end(&w);
}

/* RFC 5080 §2.2.1: 2, 4, 8, 16, 16 s, each with a tenth of jitter. */
static void
repeats(void **state)
{
	static const uint64_t want[] = { 2000, 4000, 8000, 16000, 16000 };
	struct world w;
	mono_t before;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_STATUS_ONLY;
	(void)world_ask(&w, 1, -1);
	before = w.now;
	for (size_t i = 0; i < 5; i++) {
		uint64_t took;

		while (w.fake[0].repeats == i)
			world_run(&w, 1);
		took = mono_since_ms(w.now, before);
		before = w.now;
		/* A doubled RT carries the jitter of the one before. */
		assert_in_range(took, want[i] * 7 / 10, want[i] * 13 / 10);
	}
	assert_int_equal(w.fake[0].pushes, 1);	/* all the same bytes */
	world_run(&w, 90000);
	assert_int_equal(w.told[1].result, RADIUS_TIMED_OUT);
	assert_in_range(w.told[1].took_us, 90000000, 90001000);
	assert_int_equal(world_health(&w, 0, RADIUS_AUTH).timed_out, 1);
	world_end(&w);
}

/* An answer after 60 s, as with a push to a phone: one push, no move. */
static void
slow_but_alive(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	world_start(&w);
	w.fake[0].delay_ms = 60000;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 70000);
	assert_int_equal(w.told[1].result, RADIUS_ANSWERED);
	assert_int_equal(w.told[1].took_us, 60000000);
	assert_int_equal(w.told[1].server, 0);
	assert_int_equal(w.fake[0].pushes, 1);
	assert_int_equal(w.fake[1].pushes + w.fake[1].probes, 0);
	assert_in_range(w.fake[0].probes, 5, 15);
	assert_int_equal(w.states, 0);
	world_end(&w);
}

/* A dead server: probed after quiet_ms, failed after fail_ms, moved once. */
static void
fails_over(void **state)
{
	struct world w;
	struct radius_health h;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 4900);
	assert_int_equal(w.fake[0].probes, 0);
	world_run(&w, 8000);
	assert_in_range(w.fake[0].probes, 3, 5);
	assert_int_equal(w.fake[1].pushes, 0);
	world_run(&w, 200);
	assert_int_equal(w.told[1].result, RADIUS_ANSWERED);
	assert_int_equal(w.told[1].server, 1);
	assert_int_equal(w.fake[0].pushes, 1);
	assert_int_equal(w.fake[1].pushes, 1);
	assert_int_equal(w.states, 1);
	h = world_health(&w, 0, RADIUS_AUTH);
	assert_false(h.up);
	assert_int_equal(h.moved, 1);
	/* Accounting is another service: it has failed nobody yet. */
	assert_true(world_health(&w, 0, RADIUS_ACCT).up);

	/* Nobody goes there in its dead time; then a probe decides. */
	(void)world_ask(&w, 2, -1);
	world_run(&w, 100);
	assert_int_equal(w.told[2].server, 1);
	w.fake[0].mood = MOOD_ALIVE;
	world_run(&w, 18000);
	assert_int_equal(w.states, 1);
	world_run(&w, 4000);
	assert_int_equal(w.states, 2);
	(void)world_ask(&w, 3, -1);
	world_run(&w, 100);
	assert_int_equal(w.told[3].server, 0);
	world_end(&w);
}

/* A late answer to a question that moved: no answer, but a sign of life. */
static void
late_answer_revives(void **state)
{
	struct world w;
	struct radius_packet q;
	uint32_t port;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	w.fake[1].mood = MOOD_STATUS_ONLY;
	(void)world_ask(&w, 1, -1);
	q = world_last(&w);
	memcpy(q.auth, w.last + 4, 16);
	port = w.last_port;
	world_run(&w, 14000);
	assert_false(world_health(&w, 0, RADIUS_AUTH).up);
	assert_int_equal(w.fake[1].pushes, 1);
	world_reply(&w, port, &q, RADIUS_ACCESS_ACCEPT, true, WORLD_SECRET, 0);
	world_run(&w, 10);
	assert_int_equal(w.told[1].n, 0);
	assert_int_equal(world_drops(&w, DROP_RADIUS_LATE), 1);
	assert_true(world_health(&w, 0, RADIUS_AUTH).up);
	/* It does not go back. */
	world_run(&w, 60000);
	assert_int_equal(w.fake[0].pushes, 1);
	world_end(&w);
}

/* A State belongs to its server: such a question ends with it. */
static void
sticky_ends(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, 0);
	world_run(&w, 14000);
	assert_int_equal(w.told[1].result, RADIUS_NO_SERVER);
	assert_int_equal(w.fake[1].pushes, 0);
	(void)world_ask(&w, 2, 0);	/* and at once while it is down */
	assert_int_equal(w.told[2].result, RADIUS_NO_SERVER);
	(void)world_ask(&w, 3, 1);
	world_run(&w, 100);
	assert_int_equal(w.told[3].server, 1);
	world_end(&w);
}

/* All down: said at once; one that answers anything is up again. */
static void
all_down(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = w.fake[1].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 30000);
	assert_int_equal(w.told[1].result, RADIUS_NO_SERVER);
	assert_int_equal(w.fake[0].pushes, 1);	/* each server once */
	assert_int_equal(w.fake[1].pushes, 1);
	(void)world_ask(&w, 2, -1);
	assert_int_equal(w.told[2].result, RADIUS_NO_SERVER);
	assert_int_equal(w.told[2].server, UINT32_MAX);
	w.fake[1].mood = MOOD_ALIVE;
	world_run(&w, 23000);
	(void)world_ask(&w, 3, -1);
	world_run(&w, 100);
	assert_int_equal(w.told[3].server, 1);
	world_end(&w);
}

/* A question is never at a server twice, even if that one is up again. */
static void
each_server_once(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	w.params.server[0].dead_ms = 3000;
	world_start(&w);
	w.fake[0].mood = w.fake[1].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 14000);
	assert_int_equal(w.fake[1].pushes, 1);
	w.fake[0].mood = MOOD_STATUS_ONLY;
	world_run(&w, 6000);
	assert_true(world_health(&w, 0, RADIUS_AUTH).up);
	world_run(&w, 10000);
	assert_int_equal(w.told[1].result, RADIUS_NO_SERVER);
	assert_int_equal(w.fake[0].pushes, 1);
	assert_int_equal(w.fake[1].pushes, 1);
	world_end(&w);
}

/* A wrong secret: nothing valid comes, and the operator is told why. */
static void
wrong_secret(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_OTHER_SECRET;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 20000);
	assert_int_equal(w.told[1].result, RADIUS_FORGED);
	assert_true(world_health(&w, 0, RADIUS_AUTH).forged > 1);
	assert_false(world_health(&w, 0, RADIUS_AUTH).up);
	world_end(&w);
}

/* Nobody listens: probed at once, failed no earlier than with silence. */
static void
refused(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_REFUSED;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 100);
	assert_int_equal(w.fake[0].probes, 1);
	world_run(&w, 7800);
	assert_int_equal(w.told[1].n, 0);
	world_run(&w, 200);
	assert_int_equal(w.told[1].server, 1);
	/* Forged errors do no harm to one that lives. */
	for (int i = 0; i < 1000; i++) {
		radius_client_port_error(w.c, w.now, w.last_port, &w.out);
		world_settle(&w);
		world_run(&w, 20);
	}
	assert_true(world_health(&w, 1, RADIUS_AUTH).up);
	world_end(&w);
}

/* Without probes: silence for fail_ms; then one question is the probe. */
static void
without_probes(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	w.params.server[0].probe = w.params.server[1].probe =
	    RADIUS_PROBE_NONE;
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 8100);
	assert_int_equal(w.told[1].server, 1);
	/* Dead time over: exactly one question goes there. */
	world_run(&w, 20000);
	for (uint64_t tag = 2; tag < 6; tag++)
		(void)world_ask(&w, tag, -1);
	world_run(&w, 100);
	assert_int_equal(w.fake[0].pushes, 2);
	assert_int_equal(w.told[2].n, 0);
	assert_int_equal(w.told[5].server, 1);
	world_run(&w, 8000);
	assert_int_equal(w.told[2].server, 1);
	world_run(&w, 21000);
	w.fake[0].mood = MOOD_ALIVE;
	(void)world_ask(&w, 6, -1);
	world_run(&w, 10);
	assert_int_equal(w.told[6].server, 0);
	assert_true(world_health(&w, 0, RADIUS_AUTH).up);
	assert_int_equal(w.fake[0].probes, 0);
	world_end(&w);
}

/* Equal priorities share by what is under way; lower ones rest. */
static void
sharing(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 3, RADIUS_UDP);
	w.params.server[1].priority = 0;
	world_start(&w);
	w.fake[0].delay_ms = w.fake[1].delay_ms = 1000;
	for (uint64_t tag = 1; tag <= 100; tag++)
		(void)world_ask(&w, tag, -1);
	assert_int_equal(w.fake[0].pushes, 50);
	assert_int_equal(w.fake[1].pushes, 50);
	world_run(&w, 2000);
	for (uint64_t tag = 101; tag <= 300; tag++) {
		(void)world_ask(&w, tag, -1);	/* one after the other */
		world_run(&w, 2000);
	}
	assert_in_range(w.fake[0].pushes, 50 + 60, 50 + 140);
	assert_int_equal(w.fake[0].pushes + w.fake[1].pushes, 300);
	assert_int_equal(w.fake[2].pushes, 0);
	world_end(&w);
}

/* Ids: the one that rested longest first, none before its answer. */
static void
ids(void **state)
{
	struct world w;
	uint8_t seen[256] = { 0 };

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	w.params.port_life = 100000;
	world_start(&w);
	for (uint64_t tag = 1; tag <= 256; tag++) {
		(void)world_ask(&w, tag, -1);
		seen[world_last(&w).id]++;
		world_run(&w, 5);
	}
	for (int i = 0; i < 256; i++)
		assert_int_equal(seen[i], 1);
	assert_int_equal(w.opened, 1);
	world_end(&w);
}

/* More questions than ids: a bounded number of sockets, the rest waits. */
static void
crowd(void **state)
{
	struct world w;
	struct radius_health h;
	uint64_t n = 0;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	w.params.server[0].ports = 2;
	w.params.questions = 1000;
	world_start(&w);
	w.fake[0].delay_ms = 2500;
	for (uint64_t tag = 1; tag <= 1000; tag++)
		assert_true(world_ask(&w, tag, -1) != 0);
	assert_int_equal(world_ask(&w, 1001, -1), 0);
	assert_int_equal(world_drops(&w, DROP_RADIUS_LIMIT), 1);
	assert_int_equal(w.fake[0].pushes, 480);
	h = world_health(&w, 0, RADIUS_AUTH);
	assert_int_equal(h.waiting, 1000);
	assert_int_equal(h.ports, 2);
	world_run(&w, 12000);
	for (uint64_t tag = 1; tag <= 1000; tag++)
		n += w.told[tag].result == RADIUS_ANSWERED &&
		    w.told[tag].n == 1;
	assert_int_equal(n, 1000);
	assert_int_equal(w.open_most, 2);
	world_end(&w);
}

/* A cancelled question says nothing more, but keeps its id. */
static void
cancelled(void **state)
{
	struct world w;
	uint32_t q[240];

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	w.params.server[0].ports = 1;
	world_start(&w);
	w.fake[0].delay_ms = 50000;
	for (uint64_t i = 0; i < 240; i++)
		q[i] = world_ask(&w, i + 1, -1);
	for (uint64_t i = 0; i < 240; i++)
		radius_client_cancel(w.c, w.now, q[i]);
	radius_client_cancel(w.c, w.now, q[0]);		/* stale */
	assert_int_equal(radius_client_waiting(w.c), 0);
	w.fake[0].delay_ms = 100;
	(void)world_ask(&w, 300, -1);
	assert_int_equal(w.fake[0].pushes, 240);	/* no id is free */
	world_run(&w, 50100);
	assert_int_equal(world_drops(&w, DROP_RADIUS_LATE), 240);
	assert_int_equal(w.fake[0].pushes, 241);
	assert_int_equal(w.told[1].n, 0);
	world_run(&w, 200);
	assert_int_equal(w.told[300].result, RADIUS_ANSWERED);

	/* Without an answer they are free after the wait. */
	w.fake[0].mood = MOOD_STATUS_ONLY;
	for (uint64_t i = 0; i < 240; i++)
		q[i] = world_ask(&w, i + 1000, -1);
	for (uint64_t i = 0; i < 240; i++)
		radius_client_cancel(w.c, w.now, q[i]);
	world_run(&w, 89000);
	w.fake[0].mood = MOOD_ALIVE;
	w.fake[0].delay_ms = 0;
	(void)world_ask(&w, 301, -1);
	assert_int_equal(w.told[301].n, 0);
	world_run(&w, 2000);
	assert_int_equal(w.told[301].result, RADIUS_ANSWERED);
	world_end(&w);
}

/* Sockets are replaced after their life, never more than allowed. */
static void
port_life(void **state)
{
	struct world w;

	(void)state;
	for (uint32_t ports = 1; ports <= 3; ports++) {
		world_new(&w, 1, RADIUS_UDP);
		w.params.port_life = 10;
		w.params.server[0].ports = ports;
		world_start(&w);
		w.fake[0].delay_ms = 100;
		for (uint64_t tag = 1; tag <= 1000; tag++) {
			(void)world_ask(&w, tag, -1);
			world_run(&w, tag % 50 == 0 ? 200 : 30);
		}
		world_run(&w, 1000);
		assert_int_equal(w.fake[0].pushes, 1000);
		assert_in_range(w.opened, ports == 1 ? 15 : 80, 101);
		assert_true(w.open_most <= ports);
		assert_true(w.open <= 1);
		world_end(&w);
	}
}

/* A socket that cannot be opened, now and then, and then never. */
static void
no_socket(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, -1);
	world_closed(&w, w.last_port);
	radius_client_port_down(w.c, w.now, w.last_port, "no descriptor",
	    &w.out);
	world_settle(&w);
	assert_int_equal(w.open, 0);
	w.fake[0].mood = MOOD_ALIVE;
	world_run(&w, 1100);
	assert_int_equal(w.told[1].result, RADIUS_ANSWERED);
	assert_int_equal(w.opened, 2);
	radius_client_port_down(w.c, w.now, w.last_port + 999, "?", &w.out);
	world_settle(&w);
	world_end(&w);
}

/* Acct-Delay-Time is of the moment, but repeats are the same bytes. */
static void
accounting_delay(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	world_run(&w, 5000);
	(void)world_account(&w, 1);
	assert_int_equal(w.fake[0].last_delay, 5);
	world_run(&w, 12000);
	assert_true(w.fake[0].repeats > 0);
	assert_int_equal(w.fake[0].accounted, 1);
	assert_int_equal(w.fake[0].last_delay, 5);
	world_run(&w, 2000);
	assert_int_equal(w.fake[1].last_delay, 18);
	assert_int_equal(w.told[1].result, RADIUS_ANSWERED);
	world_end(&w);
}

/* What a caller may get wrong. */
static void
bad_asks(void **state)
{
	static const uint8_t big[RADIUS_PACKET_MAX] = { 1, 255 };
	struct world w;
	struct radius_health h;
	struct radius_ask a = { .code = RADIUS_ACCESS_REQUEST, .server = -1 };

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	w.params.server[0].at[RADIUS_ACCT].port = 0;
	world_start(&w);
	a.tag = 1;
	a.attrs = rd_make(big, sizeof(big));
	assert_true(radius_client_ask(w.c, w.now, &a, &w.out) != 0);
	world_settle(&w);
	assert_int_equal(w.told[1].result, RADIUS_BROKEN);
	a.tag = 2;		/* fits, but not with the signature */
	a.attrs = rd_make(big, RADIUS_ATTRS_BYTES);
	assert_true(radius_client_ask(w.c, w.now, &a, &w.out) != 0);
	world_settle(&w);
	assert_int_equal(w.told[2].result, RADIUS_BROKEN);
	a.code = RADIUS_STATUS_SERVER;
	assert_int_equal(radius_client_ask(w.c, w.now, &a, &w.out), 0);
	a.code = RADIUS_ACCESS_REQUEST;
	a.group = 1;
	assert_int_equal(radius_client_ask(w.c, w.now, &a, &w.out), 0);
	a.group = 0;
	a.server = 1;
	assert_int_equal(radius_client_ask(w.c, w.now, &a, &w.out), 0);
	assert_int_equal(world_drops(&w, DROP_RADIUS_LIMIT), 3);
	(void)world_account(&w, 3);	/* nobody does accounting */
	assert_int_equal(w.told[3].result, RADIUS_NO_SERVER);
	assert_false(radius_client_health(w.c, 0, RADIUS_ACCT, &h));
	assert_false(radius_client_health(w.c, 1, RADIUS_AUTH, &h));
	assert_false(radius_client_health(w.c, 0, RADIUS_SERVICES, &h));
	world_end(&w);
}

static void
bad_params(void **state)
{
	struct world w;
	struct radius_params good;

	(void)state;
	world_new(&w, 2, RADIUS_UDP);
	good = w.params;
	world_start(&w);
#define REFUSED(change) do {						\
		w.params = good;					\
		change;							\
		assert_null(radius_client_new(&w.params, &w.rng,	\
		    &w.drops));						\
	} while (0)
	REFUSED(secret_wipe(&w.params.server[1].secret));
	REFUSED(w.params.server_n = RADIUS_SERVERS_MAX + 1);
	REFUSED(w.params.group_n = RADIUS_GROUPS_MAX + 1);
	REFUSED(w.params.questions = 0);
	REFUSED(w.params.wait_ms = 0);
	REFUSED(w.params.port_life = 0);
	REFUSED(w.params.server[0].ports = 0);
	REFUSED(w.params.server[0].ports = RADIUS_PORTS_MAX + 1);
	REFUSED(w.params.server[0].first_ms = 0);
	REFUSED(w.params.server[0].cap_ms = 1);
	REFUSED(w.params.server[0].fail_ms = 0);
	REFUSED(w.params.group[0].server[1] = 2);
	REFUSED(w.params.group[0].server_n = RADIUS_SERVERS_MAX + 1);
	REFUSED(memset(w.params.nas_identifier, 'x', RADIUS_NAME_MAX));
#undef REFUSED
	w.params = good;
	for (int i = 0; i < RADIUS_RESULT_COUNT; i++)
		assert_true(strlen(radius_result_str(
		    (enum radius_result)i)) > 3);
	assert_string_equal(radius_result_str(RADIUS_RESULT_COUNT), "?");
	world_end(&w);
}

/* The box: what does not fit waits; a packet without room is lost. */
static void
full_box(void **state)
{
	struct world w;
	struct radius_ask a = { .code = RADIUS_ACCESS_REQUEST, .server = -1 };
	struct radius_packet q;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	a.attrs = rd_make(NULL, 0);
	a.password = rd_make(NULL, 0);
	for (a.tag = 1; a.tag <= 100; a.tag++)
		assert_true(radius_client_ask(w.c, w.now, &a, &w.out) != 0);
	assert_true(w.out.n <= RADIUS_OUT_ACTS && w.out.n > 20);
	assert_true(mono_due(radius_client_deadline(w.c), w.now));
	radius_client_input(w.c, w.now, w.out.act[1].port,
	    w.out.act[1].data, &w.out);
	assert_int_equal(world_drops(&w, DROP_RADIUS_LIMIT), 1);
	world_settle(&w);
	assert_int_equal(w.fake[0].pushes, 100);
	q = world_last(&w);
	world_reply(&w, w.last_port, &q, RADIUS_ACCESS_ACCEPT, true,
	    WORLD_SECRET, 0);
	world_run(&w, 1);
	assert_int_equal(w.told[100].n, 1);
	/* The server fails: a hundred questions end through a small box. */
	world_run(&w, 20000);
	for (uint64_t tag = 1; tag < 100; tag++)
		assert_int_equal(w.told[tag].result, RADIUS_NO_SERVER);
	world_end(&w);
}

static bool
no_fill(struct rng *r, void *dst, size_t n)
{
	(void)r;
	memset(dst, 0, n);
	return false;
}

/* RFC 2865 §3: no packet with an authenticator that can be foretold. */
static void
no_randomness(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.rng.fill = no_fill;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 91000);
	assert_int_equal(w.sent, 0);
	assert_int_equal(w.told[1].result, RADIUS_TIMED_OUT);
	world_end(&w);
}

/* The wait of one question alone. */
static void
own_wait(void **state)
{
	struct world w;
	struct radius_ask a = { .code = RADIUS_ACCESS_REQUEST, .server = -1,
		.tag = 1, .wait_ms = 3000 };

	(void)state;
	world_new(&w, 1, RADIUS_UDP);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	a.attrs = rd_make(NULL, 0);
	a.password = rd_make(NULL, 0);
	(void)radius_client_ask(w.c, w.now, &a, &w.out);
	world_settle(&w);
	world_run(&w, 3100);
	assert_int_equal(w.told[1].result, RADIUS_TIMED_OUT);
	assert_int_equal(w.told[1].took_us, 3000000);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login),
		cmocka_unit_test(repeats),
		cmocka_unit_test(slow_but_alive),
		cmocka_unit_test(fails_over),
		cmocka_unit_test(late_answer_revives),
		cmocka_unit_test(sticky_ends),
		cmocka_unit_test(all_down),
		cmocka_unit_test(each_server_once),
		cmocka_unit_test(wrong_secret),
		cmocka_unit_test(refused),
		cmocka_unit_test(without_probes),
		cmocka_unit_test(sharing),
		cmocka_unit_test(ids),
		cmocka_unit_test(crowd),
		cmocka_unit_test(cancelled),
		cmocka_unit_test(port_life),
		cmocka_unit_test(no_socket),
		cmocka_unit_test(accounting_delay),
		cmocka_unit_test(bad_asks),
		cmocka_unit_test(bad_params),
		cmocka_unit_test(full_box),
		cmocka_unit_test(no_randomness),
		cmocka_unit_test(own_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
