/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Networks behind sessions.  Random openings and closings of a few sessions
 * whose addresses and routes often meet: the workers' tables and the recorder
 * (which walks through everything) must take and refuse the same, and the
 * look-up must find what a walk finds.
 */

#include "base/rng.h"
#include "dp/record.h"
#include "dp/worker_int.h"
#include "tests/dp/rig.h"

#define SESSIONS	10
#define ROUNDS		20000

struct book {			/* what is open, for the walk */
	bool there, open;
	struct dp_net net;
};

static struct ipnet
net_of(const char *text)
{
	struct ipnet net;

	assert_true(ipnet_parse(text, &net));
	return net;
}

static struct ipaddr
any4(struct rng *rng)
{
	return ipaddr_v4(0x0a000000 + (rng_below(rng, 4) << 8) +
	    rng_below(rng, 24));
}

static struct ipaddr
any6(struct rng *rng)
{
	struct ipaddr a = { .family = IP_V6, .b = { 0x20, 1, 0xd, 0xb8 } };

	a.b[7] = (uint8_t)rng_below(rng, 4);
	a.b[8] = (uint8_t)(rng_below(rng, 2) << 7);
	a.b[15] = (uint8_t)rng_below(rng, 4);
	return a;
}

static struct ipnet
any_route(struct rng *rng)
{
	static const uint8_t six[] = { 48, 63, 64, 65, 126, 128 };
	struct ipnet net;

	if (rng_below(rng, 3) == 0) {
		net.addr = any6(rng);
		net.bits = six[rng_below(rng, sizeof(six))];
	} else {
		net.addr = any4(rng);
		net.bits = (uint8_t)(rng_below(rng, 12) == 0 ?
		    rng_below(rng, 25) : 26 + rng_below(rng, 7));
	}
	net.addr = ipaddr_prefix(&net.addr, net.bits);
	return net;
}

static void
open_any(struct dp *dp, struct dp *rec, struct book *b, uint32_t sess,
    struct rng *rng, unsigned *said)
{
	struct dp_net net = { .peer4 = any4(rng), .mtu = 1400,
		.route_n = rng_below(rng, 3) };
	bool ok;

	if (b->open && b->net.peer4.family != IP_NONE && rng_below(rng, 2) == 0)
		net.peer4 = b->net.peer4;
	if (rng_below(rng, 3) == 0) {
		assert_true(ipaddr_parse("2001:db8::", &net.prefix6.addr));
		net.prefix6.addr.b[7] = (uint8_t)rng_below(rng, 6);
		net.prefix6.bits = 64;
		if (rng_below(rng, 3) == 0)
			net.peer4.family = IP_NONE;
	}
	for (uint32_t i = 0; i < net.route_n; i++) {
		net.route[i] = any_route(rng);
		ok = dp_workers.sess_route_ok(dp, sess, &net.route[i]);
		assert_int_equal(dp_recorder.sess_route_ok(rec, sess,
		    &net.route[i]), ok);
		said[ok]++;
	}
	if (net.route_n > 1 && rng_below(rng, 20) == 0)
		net.route[1] = net.route[0];
	ok = dp_workers.sess_open(dp, sess, &net);
	assert_int_equal(dp_recorder.sess_open(rec, sess, &net), ok);
	assert_true(ok || !b->there || net.route_n > 0 || !b->open ||
	    net.prefix6.addr.family != IP_NONE ||
	    !ipaddr_eq(&net.peer4, &b->net.peer4));
	if (ok) {
		b->open = true;
		b->net = net;
	}
}

static void
add_or_del(struct dp *dp, struct dp *rec, struct book *b, uint32_t sess)
{
	const struct dp_sess d = { .sess = sess, .path = 1,
		.tunnel_id = 1, .session_id = (uint16_t)(sess + 1) };

	if (b->there) {
		dp_workers.sess_del(dp, sess);
		dp_recorder.sess_del(rec, sess);
		*b = (struct book){ .there = false };
		return;
	}
	assert_true(dp_workers.sess_add(dp, &d));
	assert_true(dp_recorder.sess_add(rec, &d));
	b->there = true;
}

/* The session that a walk finds, or -1. */
static int
walk(const struct book *b, const struct ipaddr *a)
{
	int best = -1, bits = -1;

	for (int i = 0; i < SESSIONS; i++) {
		if (!b[i].open)
			continue;
		if (ipaddr_eq(&b[i].net.peer4, a))
			return i;
		if (b[i].net.prefix6.addr.family != IP_NONE &&
		    ipnet_has(&b[i].net.prefix6, a) && bits < 64) {
			bits = b[i].net.prefix6.bits;
			best = i;
		}
		for (uint32_t k = 0; k < b[i].net.route_n; k++)
			if (ipnet_has(&b[i].net.route[k], a) &&
			    b[i].net.route[k].bits > bits) {
				bits = b[i].net.route[k].bits;
				best = i;
			}
	}
	return best;
}

static void
random_life(void **state)
{
	struct book b[SESSIONS] = { { .there = false } };
	struct rng rng;
	const struct dp_params params = { .workers = 1, .sas = 4,
		.sessions = SESSIONS, .rng = &rng };
	struct dp *dp, *rec = record_new(SESSIONS);
	unsigned said[2] = { 0 }, found = 0;

	(void)state;
	rng_seeded(&rng, 11);
	dp = dp_new(&params);
	assert_non_null(dp);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t sess = rng_below(&rng, SESSIONS);

		switch (rng_below(&rng, 8)) {
		case 0:
			add_or_del(dp, rec, &b[sess], sess);
			break;
		case 1:
			dp_workers.sess_shut(dp, sess);
			dp_recorder.sess_shut(rec, sess);
			b[sess].open = false;
			break;
		default:
			open_any(dp, rec, &b[sess], sess, &rng, said);
			break;
		}
		for (unsigned i = 0; i < 8; i++) {
			struct ipaddr a = i % 3 == 0 ? any6(&rng) : any4(&rng);
			const struct net *net = tables_net(&dp->tables, &a);
			int want = walk(b, &a);

			assert_int_equal(net == NULL ? -1 :
			    (int)net->sess->handle, want);
			found += want >= 0;
		}
	}
	assert_true(said[0] > 1000 && said[1] > 1000 && found > ROUNDS);
	for (uint32_t i = 0; i < SESSIONS; i++)
		if (b[i].there)
			add_or_del(dp, rec, &b[i], i);
	assert_int_equal(dp->tables.routes.used, 0);
	for (unsigned i = 0; i < 2 * ROUTES_WORDS; i++)
		assert_int_equal(dp->tables.routes.lengths[i / ROUTES_WORDS]
		    [i % ROUTES_WORDS], 0);
	for (unsigned i = 0; i < 512; i++)
		assert_false(dp->tables.routes.begins[i / 256][i % 256]);
	record_free(rec);
	dp_free(dp);
}

static void
usable(void **state)
{
	static const char *const never[] = { "0.0.0.0/0", "::/0", "0.0.0.0/1",
		"0.1.2.3", "127.0.0.1", "127.0.0.0/8", "64.0.0.0/2",
		"224.0.0.0/4", "239.1.1.1", "255.255.255.255", "128.0.0.0/1",
		"::1", "::ffff:10.0.0.0/104", "fe80::/64", "ff02::1",
		"8000::/1" };
	static const char *const fine[] = { "10.0.0.0/8", "192.0.2.1",
		"1.0.0.0/8", "223.255.255.255", "128.0.0.0/2", "2000::/3",
		"fd00::/8", "64:ff9b::/96" };
	struct ipnet bad = net_of("10.0.0.0/8");

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		struct ipnet net = net_of(never[i]);

		if (routes_usable(&net))
			fail_msg("%s", never[i]);
	}
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		struct ipnet net = net_of(fine[i]);

		if (!routes_usable(&net))
			fail_msg("%s", fine[i]);
	}
	bad.bits = 4;
	assert_false(routes_usable(&bad));
	bad = (struct ipnet){ .bits = 0 };
	assert_false(routes_usable(&bad));
}

/* Limits: of one session, of all, and what is ours. */
static void
limits(void **state)
{
	struct rng rng;
	struct dp_params params = { .workers = 1, .sas = 4, .sessions = 4,
		.routes = 9, .rng = &rng, .gateway4 = ipaddr_v4(0x0a0900fe) };
	struct dp *dp;
	struct dp_net net = { .peer4 = ipaddr_v4(0x0a090001), .mtu = 1400 };
	struct ipnet ours = net_of("10.9.0.0/24");

	(void)state;
	rng_seeded(&rng, 1);
	dp = dp_new(&params);
	assert_non_null(dp);
	for (uint32_t i = 1; i <= 3; i++)
		assert_true(dp_workers.sess_add(dp, &(struct dp_sess){
		    .sess = i, .path = 1, .tunnel_id = 1,
		    .session_id = (uint16_t)i }));
	for (uint32_t i = 0; i < DP_ROUTES_MAX; i++) {
		net.route[i] = net_of("10.1.0.0/24");
		net.route[i].addr.b[2] = (uint8_t)i;
	}
	net.route_n = DP_ROUTES_MAX + 1;
	assert_false(dp_workers.sess_open(dp, 1, &net));
	net.route_n = DP_ROUTES_MAX;
	assert_true(dp_workers.sess_open(dp, 1, &net));
	/* Its own routes do not stand in its way, nor in the table's. */
	assert_true(dp_workers.sess_open(dp, 1, &net));
	assert_int_equal(dp->tables.routes.used, DP_ROUTES_MAX);
	net.peer4 = ipaddr_v4(0x0a090002);
	net.route[0] = net_of("10.2.0.0/16");
	net.route[1] = net_of("10.3.0.0/16");
	net.route_n = 2;
	assert_false(dp_workers.sess_open(dp, 2, &net));	/* 10 of 9 */
	net.route_n = 1;
	assert_true(dp_workers.sess_open(dp, 2, &net));
	assert_false(dp_workers.sess_route_ok(dp, 3, &ours));
	assert_false(dp_workers.sess_route_ok(dp, 4, &net.route[1]));
	assert_true(dp_workers.sess_route_ok(dp, 3, &net.route[1]));
	net.peer4 = ipaddr_v4(0x0a0a0002);
	net.route[0] = ours;
	assert_false(dp_workers.sess_open(dp, 3, &net));
	dp_free(dp);
}

/* A route that nobody else's address is in, by the long way and the short. */
static void
addresses_inside(void **state)
{
	struct dp *dp = rig_dp(1, false);
	struct ipnet wide = net_of("10.20.0.0/16"), small = net_of(
	    "10.20.0.16/30");
	struct dp_net net = { .mtu = 1400 };

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		net.peer4 = ipaddr_v4(0x0a140000 + i);
		assert_true(dp_workers.sess_add(dp, &(struct dp_sess){
		    .sess = i, .path = 1, .tunnel_id = 1,
		    .session_id = (uint16_t)(i + 1) }));
		assert_true(dp_workers.sess_open(dp, i, &net));
	}
	assert_false(dp_workers.sess_route_ok(dp, 19, &wide));
	assert_false(dp_workers.sess_route_ok(dp, 19, &small));
	for (uint32_t i = 16; i < 19; i++)
		dp_workers.sess_shut(dp, i);
	assert_true(dp_workers.sess_route_ok(dp, 19, &small));	/* its own */
	assert_false(dp_workers.sess_route_ok(dp, 18, &small));
	for (uint32_t i = 0; i < 16; i++)
		dp_workers.sess_shut(dp, i);
	assert_true(dp_workers.sess_route_ok(dp, 19, &wide));
	assert_false(dp_workers.sess_route_ok(dp, 18, &wide));
	dp_free(dp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_life),
		cmocka_unit_test(usable),
		cmocka_unit_test(limits),
		cmocka_unit_test(addresses_inside),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
