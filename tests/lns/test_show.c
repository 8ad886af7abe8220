/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots, and the concentrator's own defaults. */

#include "tests/lns/rig.h"

static void
sessions_are_walked(void **state)
{
	struct rig *r = rig_begin(3);
	struct show_session s;
	struct show_path p;
	uint32_t cursor = 0, n = 0;

	(void)state;
	assert_false(show_session(r->l, r->now, &cursor, &s));
	for (uint32_t i = 0; i < 3; i++)
		rig_login(r, i);
	/* One goes between two calls. */
	cursor = 0;
	assert_true(show_session(r->l, r->now, &cursor, &s));
	assert_string_equal(s.host_name, "phone0");
	assert_string_equal(s.vendor_name, "l2tpd");
	assert_true(s.encap);
	assert_int_equal(s.p1.group, DH_ECP256);
	assert_int_equal(s.suite.auth, ESP_AUTH_SHA1);
	assert_int_equal(s.count.rx_bytes, 300);
	assert_int_equal(s.up_s, 9);
	assert_true(show_path(r->l, s.path, &p));
	assert_int_equal(p.attempt, s.attempt);
	assert_int_equal(p.isakmp_sas, 1);
	assert_int_equal(p.children, 1);
	assert_int_equal(p.tunnels, 1);
	assert_int_equal(p.calls, 1);
	assert_false(show_path(r->l, 0, &p));
	assert_true(lns_kill(r->l, r->now, s.session));
	rig_run(r, 100);
	assert_false(show_session_one(r->l, r->now, s.session, &s));
	while (show_session(r->l, r->now, &cursor, &s))
		n++;
	assert_int_equal(n, 2);
	rig_free(r);
}

/* A session on its way in is shown as such. */
static bool
eat_ppp(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_PPP;
}

static void
half_way_in(void **state)
{
	struct rig *r = rig_begin(1);
	struct show_session s;
	uint32_t cursor = 0;

	(void)state;
	r->eat = eat_ppp;
	rig_dial(r, 0);
	rig_run(r, 1000);
	assert_true(show_session(r->l, r->now, &cursor, &s));
	assert_false(s.up);
	assert_int_equal(s.up_s, 0);
	assert_string_equal(s.user, "");
	assert_int_equal(s.address.family, IP_NONE);
	rig_free(r);
}

static void
status_counts(void **state)
{
	struct rig *r = rig_begin(2);
	struct show_status s;

	(void)state;
	rig_login(r, 0);
	assert_true(secret_set(&r->phone[1].dial.psk, "another", 7));
	rig_dial(r, 1);
	rig_run(r, 100);
	show_status(r->l, &s);
	assert_int_equal(s.half_open, 1);
	assert_int_equal(s.peers, 1);
	assert_int_equal(s.children, 1);
	assert_int_equal(s.paths, 1);
	assert_int_equal(s.tunnels, 1);
	assert_int_equal(s.sessions, 1);
	assert_int_equal(s.attempts, 2);
	assert_int_equal(s.logins, 1);
	assert_int_equal(s.refused, 1);
	assert_false(s.shutting_down);
	rig_free(r);
}

static void
pools_and_attempts(void **state)
{
	struct rig *r = rig_new(1);
	struct show_pool p;
	struct attempt t;
	uint32_t cursor = 0;

	(void)state;
	r->p.pool_n = 2;
	strcpy(r->p.pool[1].name, "other");
	r->p.pool[1].range_n = 1;
	r->p.pool[1].range[0] = (struct addrpool_range){ 0x0a030001,
		0x0a0300fe };
	r->p.keep_out[0] = ipaddr_v4(0x0a030001);
	r->p.keep_out_n = 1;
	r->p.attempts_kept = 2;
	rig_start(r);
	assert_false(show_attempt(r->l, &cursor, &t));
	assert_true(show_pool(r->l, &cursor, &p));
	assert_string_equal(p.name, "main");
	assert_true(show_pool(r->l, &cursor, &p));
	assert_string_equal(p.name, "other");
	assert_int_equal(p.size, 253);
	assert_false(show_pool(r->l, &cursor, &p));
	for (int i = 0; i < 4; i++) {
		rig_reset_phone(r, 0);
		rig_login(r, 0);
	}
	cursor = 0;
	assert_true(show_attempt(r->l, &cursor, &t));
	assert_int_equal(t.id, 4);
	assert_true(show_attempt(r->l, &cursor, &t));
	assert_int_equal(t.id, 3);
	assert_false(show_attempt(r->l, &cursor, &t));
	rig_free(r);
}

static void
names_of_stages(void **state)
{
	(void)state;
	assert_string_equal(attempt_stage_str(ATT_UP), "up");
	assert_string_equal(attempt_result_str(ATT_GOING), "going");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_are_walked),
		cmocka_unit_test(half_way_in),
		cmocka_unit_test(status_counts),
		cmocka_unit_test(pools_and_attempts),
		cmocka_unit_test(names_of_stages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
