/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole logins through the concentrator's public interface. */

#include "tests/lns/rig.h"

static struct show_session
session_of(const struct rig *r)
{
	struct show_session s = { 0 };
	uint32_t cursor = 0;

	assert_true(show_session(r->l, r->now, &cursor, &s));
	return s;
}

static void
method_is(enum ppp_method m)
{
	struct rig *r = rig_begin(1);
	struct show_session s;

	r->phone[0].ppp_p.methods = (uint8_t)m;
	rig_login(r, 0);
	s = session_of(r);
	assert_int_equal(s.method, m);
	assert_true(s.up);
	assert_string_equal(s.user, "alice");
	assert_true(ipaddr_eq(&s.address, &r->phone[0].net.ours));
	assert_int_equal(r->dp->sess[0].net.mtu, s.mtu);
	rig_free(r);
}

static void
login_mschapv2(void **state)
{
	(void)state;
	method_is(PPP_MSCHAPV2);
}

static void
login_chap(void **state)
{
	(void)state;
	method_is(PPP_CHAP_MD5);
}

static void
login_pap(void **state)
{
	(void)state;
	method_is(PPP_PAP);
}

static void
login_and_logout_lines(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	rig_run(r, 60000);
	ppp_close(r->phone[0].ppp, r->now, PPP_CAUSE_CLOSED, "", &r->ppp);
	rig_phone_drain(r, 0);
	rig_run(r, 4000);
	assert_string_equal(r->log,
	    "login attempt=1 user=alice client=20.0.0.1:14500 "
	    "address=10.1.0.2 method=mschapv2 cipher=aes256-sha1 mtu=1400 "
	    "host=phone0 took_ms=0\n"
	    "logout attempt=1 user=alice client=20.0.0.1:14500 "
	    "address=10.1.0.2 up_s=66 rx_bytes=300 tx_bytes=400 "
	    "rx_packets=3 tx_packets=4 reason=\"peer\"\n");
	rig_run(r, 120000);
	rig_expect_empty(r);
	rig_free(r);
}

static void
refused_line(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_password(r, 0, "al\"ice", "wrong");
	rig_dial(r, 0);
	rig_run(r, 20000);
	assert_string_equal(r->log,
	    "login failed attempt=1 user=al\\x22ice method=mschapv2 "
	    "reason=\"unknown user\"\n"
	    "refused attempt=1 client=20.0.0.1:10500 user=al\\x22ice "
	    "stage=\"ppp link\" reason=\"unknown user\"\n");
	rig_run(r, 120000);
	rig_expect_empty(r);
	rig_free(r);
}

/* Every stage is reached in turn; the mail is cut off behind it. */
static unsigned taken;

static bool
eat_behind(struct rig *r, const struct mail *m)
{
	(void)m;
	return taken++ >= r->arg;
}

static void
stages_rise(void **state)
{
	enum attempt_stage last = ATT_MM1;
	unsigned seen = 0;

	(void)state;
	for (unsigned n = 1; last != ATT_UP && n < 60; n++) {
		struct rig *r = rig_begin(1);
		struct attempt t;

		taken = 0;
		r->arg = n;
		r->eat = eat_behind;
		rig_dial(r, 0);
		rig_run(r, 0);
		t = rig_attempt(r, 0);
		assert_true(t.stage >= last);
		seen |= 1u << t.stage;
		last = t.stage;
		/* Whoever stops there leaves nothing behind. */
		r->phone[0].deaf = true;
		rig_run(r, 400000);
		t = rig_attempt(r, 0);
		assert_true(last == ATT_UP ? t.result == ATT_SUCCESS :
		    t.result == ATT_REFUSED || last == ATT_MM1);
		assert_true(t.result == ATT_GOING || t.reason[0] != '\0');
		rig_expect_empty(r);
		rig_free(r);
	}
	assert_int_equal(last, ATT_UP);
	/* ESP ready and ESP seen, quick and ready may fall together. */
	assert_true(seen & 1u << ATT_TUNNEL);
	assert_true(seen & 1u << ATT_CALL);
	assert_true(seen & 1u << ATT_LCP);
	assert_true(seen & 1u << ATT_AUTH);
}

static void
wrong_psk_is_told(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	assert_true(secret_set(&r->phone[0].dial.psk, "another", 7));
	rig_dial(r, 0);
	rig_run(r, 60000);
	rig_expect_refused(r, ike_why_str(IKE_WHY_PSK));
	rig_run(r, 120000);
	rig_expect_empty(r);
	rig_free(r);
}

static void
two_behind_one_nat(void **state)
{
	struct rig *r = rig_begin(2);

	(void)state;
	for (int e = 0; e < 2; e++) {
		r->phone[1].out[e] = r->phone[0].out[e];
		r->phone[1].out[e].port++;
	}
	rig_login(r, 0);
	rig_login(r, 1);
	assert_true(r->phone[0].up);
	assert_int_equal(r->dp->sessions, 2);
	assert_false(ipaddr_eq(&r->phone[0].net.ours, &r->phone[1].net.ours));
	rig_free(r);
}

/* The inner packet follows from the suite: the link asks for that MRU. */
static void
mru_follows_from_the_suite(void **state)
{
	struct rig *r = rig_new(1);

	(void)state;
	r->p.outer_mtu = 1400;
	rig_start(r);
	r->phone[0].dial.p2[0] = (struct esp_suite){ ESP_ENC_AES_CBC,
		ESP_AUTH_SHA512, 256 };
	rig_login(r, 0);
	assert_int_equal(r->dp->sess[0].net.mtu, 1288);
	assert_int_equal(r->phone[0].net.peer_mru, 1288);
	rig_free(r);
}

static void
memory_may_be_short(void **state)
{
	struct rig *r = rig_new(1);

	(void)state;
	lns_free(NULL);
	rig_start(r);
	assert_true(lns_quiet(r->l));
	assert_false(lns_kill(r->l, r->now, 1));
	assert_int_equal(lns_kill_user(r->l, r->now, "alice"), 0);
	rig_free(r);
}

/*
 * N-27: a weak key that was allowed is told of at the start and each hour, for
 * days, also over a freeze; a strong one never.
 */
static void
n27_weak_psk_each_hour(void **state)
{
	static const char first[] = "pre-shared key 1 is weak";
	static const char third[] = "pre-shared key 3 is weak";
	struct rig *r = rig_new(1);
	const uint64_t minute = 60000;

	(void)state;
	r->p.weak_keys = 1u << 0 | 1u << 2;
	rig_start(r);
	rig_run(r, 1);
	assert_int_equal(rig_count(r->log, first), 1);
	assert_int_equal(rig_count(r->log, third), 1);
	assert_int_equal(rig_count(r->log, "pre-shared key"), 2);
	rig_run(r, 59 * minute);
	rig_refreeze(r);
	assert_int_equal(rig_count(r->log, first), 1);
	rig_run(r, minute);
	assert_int_equal(rig_count(r->log, first), 2);
	assert_int_equal(rig_count(r->log, third), 2);
	for (unsigned hour = 3; hour <= 49; hour++) {
		rig_run(r, 60 * minute);
		assert_int_equal(rig_count(r->log, first), hour);
	}
	assert_true(lns_quiet(r->l));
	rig_free(r);
}

static void
strong_psk_is_not_told_of(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_run(r, 5 * 3600000);
	assert_int_equal(lns_deadline(r->l).us, MONO_NEVER.us);
	assert_int_equal(rig_count(r->log, "weak"), 0);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_mschapv2),
		cmocka_unit_test(login_chap),
		cmocka_unit_test(login_pap),
		cmocka_unit_test(login_and_logout_lines),
		cmocka_unit_test(n27_weak_psk_each_hour),
		cmocka_unit_test(strong_psk_is_not_told_of),
		cmocka_unit_test(refused_line),
		cmocka_unit_test(stages_rise),
		cmocka_unit_test(wrong_psk_is_told),
		cmocka_unit_test(two_behind_one_nat),
		cmocka_unit_test(mru_follows_from_the_suite),
		cmocka_unit_test(memory_may_be_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
