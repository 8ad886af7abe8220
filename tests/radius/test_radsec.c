/* SPDX-License-Identifier: BSD-2-Clause */
/* The client over TLS, and RADIUS/1.1: RFC 6613, RFC 6614, RFC 9765. */

#include "tests/radius/world.h"

#define TOKENS	600	/* a connection has 256 slots */

/* One connection for both services; what is asked waits until it is up. */
static void
waits_for_the_connection(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1, RADIUS_TLS);
	world_start(&w);
	(void)world_ask(&w, 1, -1);
	(void)world_account(&w, 2);
	assert_int_equal(w.opened, 1);
	assert_int_equal(w.sent, 0);
	assert_int_equal(world_health(&w, 0, RADIUS_ACCT).waiting, 2);
	world_run(&w, 100);
	assert_int_equal(w.told[1].code, RADIUS_ACCESS_ACCEPT);
	assert_int_equal(w.told[2].code, RADIUS_ACCOUNTING_RESPONSE);
	assert_int_equal(w.opened, 1);
	assert_int_equal(world_health(&w, 0, RADIUS_AUTH).answered, 1);
	assert_int_equal(world_health(&w, 0, RADIUS_ACCT).answered, 1);
	world_end(&w);
}

/* RFC 6613 §2.6: nothing is repeated; a slow server keeps its question. */
static void
no_repeats(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_TLS);
	world_start(&w);
	w.fake[0].delay_ms = 60000;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 61000);
	assert_int_equal(w.told[1].server, 0);
	assert_int_equal(w.fake[0].pushes, 1);
	assert_int_equal(w.fake[0].repeats, 0);
	assert_true(w.fake[0].probes >= 5);
	assert_int_equal(w.fake[1].pushes, 0);
	world_end(&w);
}

/* RFC 6613 §2.6, RFC 3539 §3.4: an idle connection is watched. */
static void
watchdog(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1, RADIUS_TLS);
	world_start(&w);
	(void)world_ask(&w, 1, -1);
	world_run(&w, 29000);
	assert_int_equal(w.fake[0].probes, 0);
	world_run(&w, 271000);
	assert_in_range(w.fake[0].probes, 8, 10);
	assert_int_equal(w.states, 0);
	/* Half-open: found out without any question. */
	w.fake[0].mood = MOOD_DEAD;
	world_run(&w, 40000);
	assert_false(world_health(&w, 0, RADIUS_AUTH).up);
	assert_false(world_health(&w, 0, RADIUS_ACCT).up);
	assert_int_equal(w.states, 1);
	/* It lives again: a new connection, a probe over it, then up. */
	world_run(&w, 60000);
	w.fake[0].mood = MOOD_ALIVE;
	world_run(&w, 60000);
	assert_true(world_health(&w, 0, RADIUS_AUTH).up);
	assert_int_equal(w.states, 2);
	assert_int_equal(w.open, 1);
	world_end(&w);
}

/* No connection: the next server, at once; none comes about: after fail_ms. */
static void
no_connection(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_TLS);
	world_start(&w);
	w.fake[0].refuses = true;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 20);
	assert_int_equal(w.told[1].server, 1);
	assert_false(world_health(&w, 0, RADIUS_AUTH).up);
	world_end(&w);

	world_new(&w, 2, RADIUS_TLS);
	world_start(&w);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 7900);
	assert_int_equal(w.told[1].n, 0);
	world_run(&w, 200);
	assert_int_equal(w.told[1].server, 1);
	assert_int_equal(w.open, 1);
	/* Tried again and again, one socket at a time. */
	world_run(&w, 3600000);
	assert_int_equal(w.open_most, 2);
	assert_in_range(w.opened, 60, 200);
	world_end(&w);
}

/* One that takes connections and reads, but never answers. */
static void
reads_only(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_TLS);
	world_start(&w);
	w.fake[0].mute = true;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 13200);
	assert_int_equal(w.told[1].server, 1);
	assert_int_equal(w.fake[0].pushes, 1);
	/* A connection and one probe each dead time, then closed again. */
	world_run(&w, 3600000);
	assert_false(world_health(&w, 0, RADIUS_AUTH).up);
	assert_in_range(w.fake[0].probes, 3600 / 40, 3600 / 20);
	assert_int_equal(w.open_most, 2);
	assert_int_equal(w.states, 1);
	w.fake[0].mute = false;
	world_run(&w, 30000);
	assert_true(world_health(&w, 0, RADIUS_AUTH).up);
	world_end(&w);
}

/* One that takes the connection and drops it at the first question. */
static void
drops_connections(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_TLS);
	world_start(&w);
	w.fake[0].closes = true;
	for (uint64_t tag = 1; tag <= 100; tag++) {
		(void)world_ask(&w, tag, -1);
		world_run(&w, 1000);
		assert_int_equal(w.told[tag].server, 1);
	}
	assert_true(w.opened < 20);
	assert_true(w.fake[0].pushes < 20);
	world_end(&w);
}

/* A connection that had worked and is lost: once more, to the same server. */
static void
connection_lost(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2, RADIUS_TLS);
	world_start(&w);
	(void)world_ask(&w, 1, -1);
	world_run(&w, 100);
	w.fake[0].mood = MOOD_STATUS_ONLY;
	(void)world_ask(&w, 2, -1);
	world_run(&w, 10);
	world_closed(&w, w.last_port);
	w.fake[0].mood = MOOD_ALIVE;
	radius_client_port_down(w.c, w.now, w.last_port, "reset", &w.out);
	world_settle(&w);
	world_run(&w, 100);
	assert_int_equal(w.told[2].server, 0);
	assert_int_equal(w.fake[0].pushes, 3);
	assert_true(world_health(&w, 0, RADIUS_AUTH).up);
	/* Lost twice: the next server. */
	w.fake[0].mood = MOOD_STATUS_ONLY;
	(void)world_ask(&w, 3, -1);
	for (int i = 0; i < 2; i++) {
		world_run(&w, 6000);	/* a probe is answered */
		world_closed(&w, w.last_port);
		radius_client_port_down(w.c, w.now, w.last_port, "reset",
		    &w.out);
		world_settle(&w);
	}
	world_run(&w, 100);
	assert_int_equal(w.told[3].server, 1);
	assert_int_equal(w.fake[0].pushes, 5);
	assert_true(world_health(&w, 0, RADIUS_AUTH).up);
	world_end(&w);
}

/* The host may learn of a loss before it is told to close. */
static void
lost_while_closing(void **state)
{
	struct world w;
	uint32_t port;

	(void)state;
	world_new(&w, 1, RADIUS_TLS);
	world_start(&w);
	(void)world_ask(&w, 1, -1);
	world_run(&w, 100);
	port = w.last_port;
	w.out.n = RADIUS_OUT_ACTS;	/* a full box: nothing can be told */
	w.fake[0].mood = MOOD_DEAD;
	w.now = mono_add_ms(w.now, 31000);
	radius_client_expire(w.c, w.now, &w.out);
	w.now = mono_add_ms(w.now, 9000);
	radius_client_expire(w.c, w.now, &w.out);
	assert_int_equal(radius_client_deadline(w.c).us, 0);
	w.out.n = 0;
	world_closed(&w, port);
	radius_client_port_down(w.c, w.now, port, "reset", &w.out);
	world_settle(&w);
	assert_int_equal(w.states, 1);
	assert_int_equal(w.open, 0);
	world_end(&w);
}

/* Without probes the connection is the proof. */
static void
without_probes(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1, RADIUS_TLS);
	w.params.server[0].probe = RADIUS_PROBE_NONE;
	world_start(&w);
	(void)world_ask(&w, 1, -1);
	world_run(&w, 100);
	w.fake[0].mood = MOOD_DEAD;
	(void)world_ask(&w, 2, -1);
	world_run(&w, 8200);
	assert_int_equal(w.told[2].result, RADIUS_NO_SERVER);
	w.fake[0].mood = MOOD_ALIVE;
	world_run(&w, 21000);
	assert_true(world_health(&w, 0, RADIUS_AUTH).up);
	assert_int_equal(w.fake[0].probes, 0);
	world_end(&w);
}

/* More than one connection when the ids of one are used up. */
static void
two_connections(void **state)
{
	struct world w;
	uint64_t n = 0;

	(void)state;
	world_new(&w, 1, RADIUS_TLS);
	w.params.server[0].ports = 2;
	world_start(&w);
	w.fake[0].delay_ms = 3000;
	for (uint64_t tag = 1; tag <= 700; tag++) {
		(void)world_ask(&w, tag, -1);
		world_run(&w, 1);
	}
	assert_int_equal(w.open, 2);
	assert_int_equal(w.fake[0].pushes, 480);
	/* The newer one is lost before it said anything: the other stays. */
	world_closed(&w, w.last_port);
	radius_client_port_down(w.c, w.now, w.last_port, "reset", &w.out);
	world_settle(&w);
	assert_true(world_health(&w, 0, RADIUS_AUTH).up);
	assert_int_equal(w.open, 1);
	world_run(&w, 12000);
	for (uint64_t tag = 1; tag <= 700; tag++)
		n += w.told[tag].result == RADIUS_ANSWERED &&
		    w.told[tag].n == 1;
	assert_int_equal(n, 700);
	/* One of two is lost: its questions go through the other. */
	(void)world_ask(&w, 701, -1);
	world_closed(&w, w.last_port);
	radius_client_port_down(w.c, w.now, w.last_port, "reset", &w.out);
	world_settle(&w);
	world_run(&w, 4000);
	assert_int_equal(w.told[701].result, RADIUS_ANSWERED);
	world_end(&w);
}

/* ---- RADIUS/1.1 ---- */

/* The packet byte by byte: token, nothing reserved set, nothing hidden. */
static void
v11_packet(void **state)
{
	static const uint8_t password[] = { ATTR_USER_PASSWORD, 12, 'a', 'r',
		'c', 't', 'a', 'n', 'g', 'e', 'n', 't' };
	struct world w;
	uint32_t token[3];

	(void)state;
	world_new(&w, 1, RADIUS_TLS);
	w.version_11 = true;
	world_start(&w);
	for (uint64_t tag = 0; tag < 3; tag++) {
		(void)world_ask(&w, tag, -1);
		world_run(&w, 100);
		assert_int_equal(w.told[tag].result, RADIUS_ANSWERED);
		token[tag] = world_last(&w).token;
	}
	assert_int_equal(w.last[0], RADIUS_ACCESS_REQUEST);
	assert_int_equal(w.last[1], 0);
	assert_int_equal(w.last_n, 20 + 6 + 12);
	for (int i = 8; i < 20; i++)
		assert_int_equal(w.last[i], 0);
	assert_memory_equal(w.last + 26, password, sizeof(password));
	assert_int_not_equal(token[0], token[1]);
	assert_int_not_equal(token[1], token[2]);
	(void)world_account(&w, 4);
	world_run(&w, 100);
	assert_int_equal(w.told[4].result, RADIUS_ANSWERED);
	for (int i = 8; i < 20; i++)	/* no digest either */
		assert_int_equal(w.last[i], 0);
	world_end(&w);
}

/* Another token for each packet of a connection, also from a slot used anew. */
static void
v11_tokens(void **state)
{
	struct world w;
	uint32_t token[TOKENS];

	(void)state;
	world_new(&w, 1, RADIUS_TLS);
	w.version_11 = true;
	world_start(&w);
	for (unsigned n = 0; n < TOKENS; n++) {
		(void)world_ask(&w, n, -1);
		world_run(&w, 20);
		token[n] = world_last(&w).token;
		for (unsigned i = 0; i < n; i++)
			assert_int_not_equal(token[i], token[n]);
	}
	assert_int_equal(w.opened, 1);
	world_end(&w);
}

/* Replies: reserved bytes and Message-Authenticator ignored, token not. */
static void
v11_replies(void **state)
{
	struct world w;
	struct radius_packet q;
	struct radius_build b;
	struct rd out;
	uint8_t buf[128];

	(void)state;
	world_new(&w, 1, RADIUS_TLS);
	w.version_11 = true;
	world_start(&w);
	w.fake[0].mood = MOOD_STATUS_ONLY;
	(void)world_ask(&w, 1, -1);
	world_run(&w, 100);
	q = world_last(&w);
	for (unsigned bit = 0; bit < 32; bit++) {
		radius_open_11(&b, buf, sizeof(buf), RADIUS_ACCESS_ACCEPT,
		    q.token ^ UINT32_C(1) << bit);
		assert_true(radius_close(&b, world_text(""), &out));
		radius_client_input(w.c, w.now, w.last_port, out, &w.out);
	}
	assert_int_equal(world_drops(&w, DROP_RADIUS_ID), 32);
	radius_open_11(&b, buf, sizeof(buf), RADIUS_ACCOUNTING_RESPONSE,
	    q.token);
	assert_true(radius_close(&b, world_text(""), &out));
	radius_client_input(w.c, w.now, w.last_port, out, &w.out);
	assert_int_equal(world_drops(&w, DROP_RADIUS_ANSWER), 1);
	world_settle(&w);
	assert_int_equal(w.told[1].n, 0);

	radius_open_11(&b, buf, sizeof(buf), RADIUS_ACCESS_ACCEPT, q.token);
	radius_put(&b, ATTR_MESSAGE_AUTHENTICATOR, "0123456789abcdef", 16);
	radius_put(&b, ATTR_TUNNEL_PASSWORD, "short", 5);
	radius_put_vendor(&b, ATTR_MICROSOFT, ATTR_MS_MPPE_SEND_KEY,
	    "sixteen byte key", 16);
	assert_true(radius_close(&b, world_text(""), &out));
	buf[1] = 0xff;
	memset(buf + 8, 0xff, 12);
	radius_client_input(w.c, w.now, w.last_port, out, &w.out);
	world_settle(&w);
	assert_int_equal(w.told[1].result, RADIUS_ANSWERED);
	world_end(&w);
}

/* No value may be empty, hidden or not; the same bytes are none in 1.0. */
static void
v11_values(void **state)
{
	uint8_t buf[64];
	struct radius_build b;
	struct radius_packet p;
	struct rd out;

	(void)state;
	radius_open_11(&b, buf, sizeof(buf), RADIUS_ACCESS_ACCEPT, 5);
	radius_put(&b, ATTR_TUNNEL_PASSWORD, "short", 5);
	assert_true(radius_close(&b, world_text(""), &out));
	assert_int_equal(radius_decode(out, &p), DROP_RADIUS_ATTR_VALUE);
	assert_int_equal(radius_decode_11(out, &p), DROP_NONE);
	assert_true(p.version_11);
	assert_int_equal(p.token, 5);
	buf[21] = 2;
	buf[22] = 1;
	buf[23] = 5;
	assert_int_equal(radius_decode_11(out, &p), DROP_RADIUS_ATTR_VALUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_the_connection),
		cmocka_unit_test(no_repeats),
		cmocka_unit_test(watchdog),
		cmocka_unit_test(no_connection),
		cmocka_unit_test(reads_only),
		cmocka_unit_test(drops_connections),
		cmocka_unit_test(connection_lost),
		cmocka_unit_test(lost_while_closing),
		cmocka_unit_test(without_probes),
		cmocka_unit_test(two_connections),
		cmocka_unit_test(v11_packet),
		cmocka_unit_test(v11_tokens),
		cmocka_unit_test(v11_replies),
		cmocka_unit_test(v11_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
