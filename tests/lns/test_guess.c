/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole logins that fail, are locked out and let in again. */

#include "lns/lns_int.h"
#include "tests/lns/radius_rig.h"

#define RIGHT	"correct horse"

static const enum ppp_method all[] = { PPP_PAP, PPP_CHAP_MD5, PPP_MSCHAPV2,
	PPP_EAP };

static struct show_status
status(const struct rig *r)
{
	struct show_status s;

	show_status(r->l, &s);
	return s;
}

static uint64_t
drops(const struct rig *r)
{
	return count_get(&r->drops.n[DROP_LNS_LOCKED]);
}

static struct rig *
guarded(enum ppp_method m)
{
	struct rig *r = servers_new(2);

	r->p.lockout_user = 2;
	(void)servers_user(r, "alice", RIGHT);
	for (uint32_t i = 0; i < 2; i++)
		phone_method(r, i, m);
	servers_start(r);
	return r;
}

/* Dials once more, with this password, and waits for what comes of it. */
static void
try(struct rig *r, uint32_t i, const char *password)
{
	rig_reset_phone(r, i);
	rig_password(r, i, "alice", password);
	rig_dial(r, i);
	rig_run(r, 12000);
}

static void
lock(struct rig *r)
{
	try(r, 0, "guess");
	try(r, 0, "another");
	assert_int_equal(status(r).locked, 1);
	assert_int_equal(status(r).lockouts, 1);
	assert_int_equal(status(r).failed, 2);
}

/* Wrong twice: then right does not help, and RADIUS is not asked. */
static void
locked_until_unlocked(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		struct rig *r = guarded(all[i % 4]);
		unsigned asked;

		r->freeze = i >= 4;
		lock(r);
		rig_expect_log(r, "lockout kind=pair user=alice source=20.0.0.1"
		    " failures=2 for_s=900");
		asked = servers_count(r, 0);
		try(r, 0, RIGHT);
		assert_false(r->phone[0].up);
		assert_int_equal(servers_count(r, 0), asked);
		rig_expect_refused(r, "user locked out after 2 failed logins"
		    " from 20.0.0.1 until 22:2");
		rig_expect_refused(r, " UTC: l2tpctl unlock alice");
		assert_true(status(r).locked_out > 0);
		assert_int_equal(status(r).failed, 2);
		assert_true(drops(r) > 0 || r->freeze);
		/* Elsewhere he is let in. */
		rig_dial(r, 1);
		rig_run(r, 12000);
		assert_true(r->phone[1].up);
		assert_int_equal(lns_unlock(r->l, "bob"), 0);
		try(r, 0, RIGHT);
		assert_false(r->phone[0].up);
		assert_int_equal(lns_unlock(r->l, "alice"), 1);
		try(r, 0, RIGHT);
		assert_true(r->phone[0].up);
		servers_end(r);
	}
}

static void
lock_ends_by_itself(void **state)
{
	struct rig *r = guarded(PPP_MSCHAPV2);

	(void)state;
	lock(r);
	rig_run(r, 900000);
	assert_int_equal(status(r).locked, 0);
	rig_expect_log(r, "lockout ended kind=pair user=alice");
	try(r, 0, RIGHT);
	assert_true(r->phone[0].up);
	servers_end(r);
}

/* ---- no oracle ---- */

static char heard[4096];	/* what the phone was told of its login */

static bool
listen_to_auth(struct rig *r, const struct mail *m)
{
	size_t at = strlen(heard);

	if (m->way == TO_PHONE_PPP && m->phone == 0 && m->n >= 8 &&
	    m->b[2] == 0xc2 && (m->b[3] == 0x23 ? m->b[4] == 4 :
	    m->b[4] == 4 || m->b[4] == 3))
		(void)snprintf(heard + at, sizeof(heard) - at,
		    "code %u length %zu text %.*s\n", m->b[4], m->n,
		    m->n >= 13 ? 5 : 0, (const char *)m->b + 8);
	(void)r;
	return false;
}

static bool
listen_to_pap(struct rig *r, const struct mail *m)
{
	size_t at = strlen(heard);

	if (m->way == TO_PHONE_PPP && m->phone == 0 && m->n > 8 &&
	    m->b[2] == 0xc0 && m->b[3] == 0x23)
		(void)snprintf(heard + at, sizeof(heard) - at,
		    "code %u length %zu\n", m->b[4], m->n);
	(void)r;
	return false;
}

/* Right, wrong and "locked" sound alike. */
static void
locked_sounds_like_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct rig *r = guarded(all[i]);
		char wrong[sizeof(heard)];

		lock(r);
		lns_unlock(r->l, NULL);
		r->eat = all[i] == PPP_PAP ? listen_to_pap : listen_to_auth;
		memset(heard, 0, sizeof(heard));
		try(r, 0, "guess");
		memcpy(wrong, heard, sizeof(wrong));
		assert_true(strlen(wrong) > 0);
		try(r, 0, "guess");
		assert_int_equal(status(r).locked, 1);
		memset(heard, 0, sizeof(heard));
		try(r, 0, "guess");
		assert_string_equal(heard, wrong);
		memset(heard, 0, sizeof(heard));
		try(r, 0, RIGHT);
		assert_string_equal(heard, wrong);
		assert_true(status(r).locked_out >= 2);
		servers_end(r);
	}
}

/* Who is locked out waits as one who is wrong does. */
static void
locked_waits_like_wrong(void **state)
{
	struct rig *r = guarded(PPP_PAP);

	(void)state;
	lock(r);
	memset(heard, 0, sizeof(heard));
	r->eat = listen_to_pap;
	rig_run(r, 60000);
	rig_reset_phone(r, 0);
	rig_password(r, 0, "alice", RIGHT);
	rig_dial(r, 0);
	rig_run(r, 900);
	assert_string_equal(heard, "");
	rig_run(r, 300);
	assert_true(strlen(heard) > 0);
	servers_end(r);
}

/* ---- what counts ---- */

static void
outages_lock_nobody_out(void **state)
{
	struct rig *r = guarded(PPP_MSCHAPV2);

	(void)state;
	servers_die(r, true);
	for (int i = 0; i < 4; i++) {
		try(r, 0, "guess");
		rig_run(r, 200000);
	}
	assert_int_equal(status(r).failed, 0);
	assert_int_equal(status(r).locked, 0);
	servers_end(r);
}

static void
wrong_keys_lock_nobody_out(void **state)
{
	struct rig *r = guarded(PPP_MSCHAPV2);

	(void)state;
	assert_true(secret_set(&r->phone[0].dial.psk, "not the key at all", 18));
	for (int i = 0; i < 4; i++)
		try(r, 0, "guess");
	assert_int_equal(status(r).failed, 0);
	servers_end(r);
}

static void
an_expired_password_is_no_failure(void **state)
{
	struct rig *r = guarded(PPP_MSCHAPV2);

	(void)state;
	r->servers->user[0].twist = TWIST_EXPIRED;
	assert_true(secret_set(&r->phone[0].ppp_p.new_password, "fresh", 5));
	for (int i = 0; i < 4; i++)
		try(r, 0, RIGHT);
	assert_true(servers_count(r, 0) > 4);
	assert_int_equal(status(r).failed, 0);
	assert_int_equal(status(r).locked, 0);
	servers_end(r);
}

static bool
eat_eap_proof(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_PPP && m->n > 9 && m->b[2] == 0xc2 &&
	    m->b[3] == 0x27 && m->b[8] == 4;
}

/* What it learned in the conversation we cannot know. */
static void
eap_that_is_broken_off_counts(void **state)
{
	struct rig *r = guarded(PPP_EAP);

	(void)state;
	r->eat = eat_eap_proof;
	for (unsigned i = 1; i <= 2; i++) {
		try(r, 0, RIGHT);
		assert_false(r->phone[0].up);
		ppp_close(r->phone[0].ppp, r->now, PPP_CAUSE_CLOSED, "",
		    &r->ppp);
		rig_phone_drain(r, 0);
		rig_run(r, 5000);
		assert_int_equal(status(r).failed, i);
	}
	assert_int_equal(status(r).locked, 1);
	servers_end(r);
}

static void
users_of_the_file_are_locked_out(void **state)
{
	struct rig *r = rig_new(2);

	(void)state;
	r->p.lockout_user = 2;
	rig_start(r);
	lock(r);
	try(r, 0, RIGHT);
	assert_false(r->phone[0].up);
	rig_expect_refused(r, "user locked out after 2 failed logins");
	assert_true(drops(r) > 0);
	assert_int_equal(lns_unlock(r->l, "20.0.0.1"), 1);
	try(r, 0, RIGHT);
	assert_true(r->phone[0].up);
	rig_free(r);
}

/* ---- turns ---- */

/* One question a second: the second phone waits, also when frozen. */
static void
radius_is_asked_in_turn(void **state)
{
	struct rig *r = servers_new(3);

	(void)state;
	r->p.auth_rate = 1;
	(void)servers_user(r, "alice", RIGHT);
	for (uint32_t i = 0; i < 3; i++)
		phone_method(r, i, PPP_PAP);
	servers_start(r);
	r->freeze = true;
	for (uint32_t i = 0; i < 3; i++)
		rig_dial(r, i);
	rig_run(r, 500);
	assert_int_equal(servers_count(r, 0), 1);
	assert_int_equal(status(r).waiting, 2);
	rig_run(r, 1000);
	assert_int_equal(servers_count(r, 0), 2);
	rig_run(r, 1000);
	assert_int_equal(servers_count(r, 0), 3);
	rig_run(r, 5000);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(r->phone[i].up);
	assert_int_equal(status(r).waiting, 0);
	servers_end(r);
}

/* Who gave up, or was locked out meanwhile, takes no turn. */
static void
turns_are_not_taken_in_vain(void **state)
{
	struct rig *r = servers_new(2);

	(void)state;
	r->p.auth_rate = 1;
	r->p.radius.questions = 16;
	(void)servers_user(r, "alice", RIGHT);
	for (uint32_t i = 0; i < 2; i++)
		phone_method(r, i, PPP_PAP);
	servers_start(r);
	rig_dial(r, 0);
	rig_run(r, 100);
	rig_dial(r, 1);
	rig_run(r, 100);
	assert_int_equal(status(r).waiting, 1);
	assert_int_equal(lns_kill_user(r->l, r->now, "alice"), 2);
	rig_run(r, 5000);
	assert_int_equal(status(r).waiting, 0);
	assert_int_equal(servers_count(r, 0), 1);
	servers_end(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locked_until_unlocked),
		cmocka_unit_test(lock_ends_by_itself),
		cmocka_unit_test(locked_sounds_like_wrong),
		cmocka_unit_test(locked_waits_like_wrong),
		cmocka_unit_test(outages_lock_nobody_out),
		cmocka_unit_test(wrong_keys_lock_nobody_out),
		cmocka_unit_test(an_expired_password_is_no_failure),
		cmocka_unit_test(eap_that_is_broken_off_counts),
		cmocka_unit_test(users_of_the_file_are_locked_out),
		cmocka_unit_test(radius_is_asked_in_turn),
		cmocka_unit_test(turns_are_not_taken_in_vain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
