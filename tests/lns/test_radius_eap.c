/* SPDX-License-Identifier: BSD-2-Clause */
/* EAP with RADIUS: conversations that end half-way, servers that never say. */

#include "tests/lns/radius_rig.h"

/* A Response of EAP's MD5-Challenge never arrives. */
static bool
eat_eap(struct rig *r, const struct mail *m)
{
	const uint8_t *b = m->b + (m->b[0] == 0xff ? 2 : 0);

	if (m->way != TO_PPP || b[0] != 0xc2 || b[1] != 0x27 || b[2] != 2 ||
	    b[6] != 4)
		return false;
	r->arg = 1;
	return true;
}

/* RFC 2865 §5.24, RFC 5080 §2.1.1: State is of one conversation. */
static void
state_ends_with_its_conversation(void **state)
{
	struct rig *r = servers_begin(PPP_EAP);
	struct phone *p = &r->phone[0];

	(void)state;
	/* The Challenge with its State comes, and is not answered. */
	r->eat = eat_eap;
	rig_dial(r, 0);
	rig_run(r, 1000);
	assert_int_equal(servers_count(r, 0), 1);
	assert_int_equal(r->arg, 1);
	r->eat = NULL;
	ppp_free(p->ppp);
	p->ppp = ppp_new(&p->ppp_p, PPP_PEER, &p->rng, NULL);
	ppp_lower_up(p->ppp, r->now, &r->ppp);
	rig_phone_drain(r, 0);
	rig_run(r, 5000);
	assert_true(p->up);
	/* Two more: an Identity, which begins anew, and its answer. */
	assert_int_equal(servers_count(r, 0), 3);
	assert_false(kept_has(servers_kept(r, 0, 1), 0, ATTR_STATE));
	assert_true(kept_has(servers_kept(r, 0, 0), 0, ATTR_STATE));
	servers_end(r);
}

/* What EAP's phone hears meanwhile: Failures, and LCP's Terminate-Requests. */
static bool
count_ends(struct rig *r, const struct mail *m)
{
	const uint8_t *b = m->b;

	if (m->way != TO_PHONE_PPP || m->n < 8)
		return false;
	if (b[0] == 0xff)
		b += 2;
	if (b[0] == 0xc2 && b[1] == 0x27 && b[2] == 4)
		r->arg++;
	if (b[0] == 0xc0 && b[1] == 0x21 && b[2] == 5)
		r->arg += 0x100;
	return false;
}

/*
 * RFC 3748 §2, RFC 3579 §2.1: nobody decided, so no Failure is made up; LCP
 * ends the link.  A Reject is passed on as a Failure.
 */
static void
eap_gets_no_failure_from_a_dead_server(void **state)
{
	static const enum aaa_local_use use[] = { AAA_LOCAL_NEVER,
		AAA_LOCAL_FALLBACK };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct rig *r = servers_new(1);

		r->p.policy.local = use[i % 2];
		(void)servers_user(r, "alice", "correct horse");
		phone_method(r, 0, PPP_EAP);
		servers_start(r);
		r->eat = count_ends;
		if (i < 2)
			servers_die(r, true);
		else
			rig_password(r, 0, "alice", "guess");
		rig_dial(r, 0);
		rig_run(r, 200000);
		assert_false(r->phone[0].up);
		assert_int_equal(r->arg & 0xff, i < 2 ? 0 : 1);
		assert_true(r->arg >= 0x100);
		rig_expect_refused(r, i < 2 ? "no RADIUS server answered" :
		    "the RADIUS server refused");
		servers_end(r);
	}
}

/* Nor is one made up where nobody could be asked. */
static void
eap_gets_no_failure_for_want_of_room(void **state)
{
	struct rig *r = servers_new(2);

	(void)state;
	r->p.radius.questions = 1;
	(void)servers_user(r, "alice", "correct horse");
	for (uint32_t i = 0; i < 2; i++)
		phone_method(r, i, PPP_EAP);
	servers_start(r);
	r->servers->server[0].hold = true;
	rig_dial(r, 0);
	rig_run(r, 2000);
	r->eat = count_ends;
	rig_dial(r, 1);
	rig_run(r, 45000);
	assert_int_equal(r->arg & 0xff, 0);
	assert_true(r->arg >= 0x100);
	rig_expect_refused(r, "no turn to ask RADIUS came in time");
	servers_end(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_ends_with_its_conversation),
		cmocka_unit_test(eap_gets_no_failure_from_a_dead_server),
		cmocka_unit_test(eap_gets_no_failure_for_want_of_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
