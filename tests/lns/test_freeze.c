/* SPDX-License-Identifier: BSD-2-Clause */
/* Freezing to bytes and thawing, at each point of a login and later. */

#include "tests/lns/rig.h"

/* Before every single input and every turn of the clock. */
static void
frozen_before_everything(void **state)
{
	static const enum ppp_method m[] = { PPP_PAP, PPP_CHAP_MD5,
		PPP_MSCHAPV2 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct rig *r = rig_begin(2);

		r->freeze = true;
		r->phone[0].ppp_p.methods = (uint8_t)m[i];
		rig_login(r, 0);
		rig_password(r, 1, "bob", "battery staple");
		rig_login(r, 1);
		rig_rekey(r, 0, 1);
		rig_rekey(r, 0, 2);
		rig_run(r, 100000);
		assert_int_equal(rig_pool_used(r), 1);
		lns_shutdown(r->l, r->now);
		rig_run(r, 5000);
		rig_expect_empty(r);
		rig_free(r);
	}
}

static bool
freeze_at(struct rig *r, const struct mail *m)
{
	if (m->way >= TO_IKE && r->arg-- == 0)
		rig_refreeze(r);
	return false;
}

/* Once, at the n-th input. */
static void
frozen_once(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 32; n++) {
		struct rig *r = rig_begin(1);

		r->arg = n;
		r->eat = freeze_at;
		rig_login(r, 0);
		assert_int_equal(rig_count(r->log, "login attempt=1"), 1);
		rig_free(r);
	}
}

/* A kept-back answer, a token bucket and a place in the pool survive. */
static void
frozen_while_waiting(void **state)
{
	struct rig *r = rig_new(3);
	struct ipaddr first;

	(void)state;
	r->p.auth_delay_s = 5;
	r->p.login_rate = 1;
	r->p.login_burst = 5;
	rig_start(r);
	rig_login(r, 2);
	first = r->phone[2].net.ours;
	r->phone[0].ppp_p.methods = PPP_PAP;
	rig_password(r, 0, "alice", "guess");
	rig_dial(r, 0);
	rig_run(r, 100);
	r->phone[0].deaf = true;
	rig_dial(r, 1);
	rig_run(r, 100);
	rig_refreeze(r);
	rig_run(r, 4000);
	assert_false(r->phone[1].up);
	rig_refreeze(r);
	rig_run(r, 3000);
	assert_true(r->phone[1].up);
	assert_int_equal(ipaddr_as_v4(&r->phone[1].net.ours),
	    ipaddr_as_v4(&first) + 1);
	assert_int_equal(lns_kill_user(r->l, r->now, "alice"), 2);
	rig_refreeze(r);
	rig_run(r, 400000);
	rig_expect_empty(r);
	rig_free(r);
}

/* Users of one name are one list, whatever order they come and go in. */
static void
frozen_lists_of_users(void **state)
{
	struct rig *r = rig_begin(4);

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		rig_login(r, i);
	rig_refreeze(r);
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t k = (i * 3 + 1) % 4;

		ppp_close(r->phone[k].ppp, r->now, PPP_CAUSE_CLOSED, "",
		    &r->ppp);
		rig_phone_drain(r, k);
		rig_run(r, 5000);
		rig_refreeze(r);
		assert_int_equal(rig_pool_used(r), 3 - i);
	}
	assert_int_equal(lns_kill_user(r->l, r->now, "alice"), 0);
	rig_free(r);
}

/* Bytes that are cut short are refused, wherever the cut is. */
static void
cut_bytes_do_not_thaw(void **state)
{
	struct rig *r = rig_begin(2);
	size_t n;
	uint8_t *b;
	struct wr w;

	(void)state;
	rig_login(r, 0);
	r->phone[1].ppp_p.methods = PPP_PAP;
	rig_password(r, 1, "alice", "guess");
	rig_dial(r, 1);
	rig_run(r, 100);
	n = lns_frozen_size(r->l);
	b = malloc(n);
	w = wr_make(b, n);
	lns_freeze(r->l, &w);
	assert_false(w.bad);
	n = wr_used(&w);
	for (size_t cut = 0; cut < n; cut += cut < 200 ? 7 : 9973) {
		struct rd rd = rd_make(b, cut);

		assert_null(lns_thaw(&r->p, &r->rng, &r->drops, &rig_ops,
		    r->dp, &rd));
	}
	r->p.attempts_kept++;
	{
		struct rd rd = rd_make(b, n);

		assert_null(lns_thaw(&r->p, &r->rng, &r->drops, &rig_ops,
		    r->dp, &rd));
	}
	r->p.attempts_kept--;
	free(b);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frozen_before_everything),
		cmocka_unit_test(frozen_once),
		cmocka_unit_test(frozen_while_waiting),
		cmocka_unit_test(frozen_lists_of_users),
		cmocka_unit_test(cut_bytes_do_not_thaw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
