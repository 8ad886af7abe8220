/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks behind sessions: when the host is told to route them. */

#include "tests/lns/rig.h"

#define NET(a, b, bits)	{ { IP_V4, { a, b } }, bits }

/* One group for everybody, with what is behind its users. */
static struct rig *
begin(uint32_t phones, uint32_t n, const struct ipnet *net)
{
	struct rig *r = rig_new(phones);
	struct profile *g = &r->p.group[0].grants;

	strcpy(r->p.group[0].name, "branch");
	g->route_n = n;
	memcpy(g->route, net, n * sizeof(net[0]));
	g->metric[0] = 5;
	r->p.names = (struct profile_names){ .group = r->p.group, .group_n = 1 };
	r->users[0].group = r->users[1].group = 1;
	rig_start(r);
	return r;
}

static const struct ipnet two[] = { NET(10, 66, 16), NET(10, 67, 24) };

static void
test_open_and_closed(void **state)
{
	struct rig *r = begin(1, 2, two);

	(void)state;
	rig_dial(r, 0);
	assert_int_equal(r->route_n, 0);
	rig_run(r, 3000);
	assert_true(r->phone[0].up);
	assert_int_equal(r->route_n, 2);
	assert_int_equal(r->route_acts, 2);
	assert_int_equal(r->route[0].bits, 16);
	assert_int_equal(r->route[1].bits, 24);
	/* A rekey is no reason to touch them. */
	rig_rekey(r, 0, 1);
	rig_rekey(r, 0, 2);
	rig_run(r, 3000);
	assert_int_equal(r->route_acts, 2);
	assert_int_equal(lns_kill_user(r->l, r->now, "alice"), 1);
	rig_run(r, 5000);
	assert_int_equal(r->route_n, 0);
	assert_int_equal(r->route_acts, 4);
	rig_expect_empty(r);
	rig_free(r);
}

/* The link goes back to its start: no packets, no route, until it is up. */
static void
test_renegotiation(void **state)
{
	struct rig *r = begin(1, 2, two);

	(void)state;
	rig_login(r, 0);
	ppp_free(r->phone[0].ppp);
	r->phone[0].up = false;
	r->phone[0].ppp = ppp_new(&r->phone[0].ppp_p, PPP_PEER,
	    &r->phone[0].rng, NULL);
	ppp_lower_up(r->phone[0].ppp, r->now, &r->ppp);
	rig_phone_drain(r, 0);
	rig_run(r, 4000);
	assert_true(r->phone[0].up);
	assert_int_equal(r->route_n, 2);
	assert_int_equal(r->route_acts, 6);
	rig_free(r);
}

/* What is one of the old session's goes before it is the new one's. */
static void
test_takeover(void **state)
{
	struct rig *r = begin(2, 2, two);

	(void)state;
	rig_login(r, 0);
	r->phone[0].deaf = true;
	strcpy(r->phone[1].l2tp_p.host_name, "phone0");
	rig_login(r, 1);
	rig_run(r, 100);
	assert_int_equal(r->route_n, 2);
	assert_int_equal(r->route_acts, 6);
	lns_shutdown(r->l, r->now);
	rig_run(r, 5000);
	assert_int_equal(r->route_n, 0);
	rig_expect_empty(r);
	rig_free(r);
}

/* One the data plane has refused, one with the client in it, one twice. */
static void
test_left_out(void **state)
{
	struct rig *r = rig_new(1);
	struct ipnet net[4] = { NET(11, 0, 9), NET(10, 67, 24),
		NET(10, 67, 24), { ipaddr_v4(0), 24 } };

	(void)state;
	net[3].addr = ipaddr_prefix(&r->phone[0].out[0].addr, 24);
	rig_free(r);
	r = begin(1, 4, net);
	rig_login(r, 0);
	assert_int_equal(r->route_n, 1);
	assert_int_equal(r->route[0].bits, 24);
	assert_true(ipaddr_eq(&r->route[0].addr, &net[1].addr));
	rig_expect_log(r, "route refused attempt=1 user=alice route=11.0.0.0/9");
	rig_expect_log(r, "route not set attempt=1 user=alice");
	rig_expect_log(r, "reason=\"the client's own address is in it\"");
	rig_free(r);
}

/* The data plane has no room for the session: the host hears nothing. */
static void
test_not_opened(void **state)
{
	struct rig *r = begin(1, 2, two);

	(void)state;
	r->dp->refuse_open = 0;
	rig_dial(r, 0);
	rig_run(r, 3000);
	assert_false(r->phone[0].up);
	assert_int_equal(r->route_acts, 0);
	rig_free(r);
}

/* Who comes after a thaw is told all, and takes it away at the end. */
static void
test_thaw(void **state)
{
	struct rig *r = begin(1, 2, two);

	(void)state;
	rig_login(r, 0);
	rig_refreeze(r);
	r->route_n = r->route_acts = 0;
	rig_run(r, 1);
	assert_int_equal(r->route_n, 2);
	assert_int_equal(r->route_acts, 2);
	assert_int_equal(r->route_metric, 0);	/* of the second */
	rig_refreeze(r);
	lns_shutdown(r->l, r->now);
	rig_run(r, 5000);
	assert_int_equal(r->route_n, 0);
	rig_expect_empty(r);
	rig_free(r);
}

/*
 * All at once: more than half a box of what there is to say.  It is said in
 * turns, and in order.
 */
static void
test_many(void **state)
{
	enum { PHONES = 30 };
	struct ipnet net[DP_ROUTES_MAX];
	struct rig *r;

	(void)state;
	for (int i = 0; i < DP_ROUTES_MAX; i++)
		net[i] = (struct ipnet){ { IP_V4, { 30, (uint8_t)i } }, 16 };
	r = begin(PHONES, DP_ROUTES_MAX, net);
	for (uint32_t i = 0; i < PHONES; i++)
		rig_login(r, i);
	assert_int_equal(r->route_acts, PHONES * DP_ROUTES_MAX);
	rig_refreeze(r);
	rig_run(r, 1);
	assert_int_equal(r->route_acts, 2 * PHONES * DP_ROUTES_MAX);
	rig_free(r);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_and_closed),
		cmocka_unit_test(test_renegotiation),
		cmocka_unit_test(test_takeover),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_not_opened),
		cmocka_unit_test(test_thaw),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
