/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins for trial: what they say, and that they leave nothing behind. */

#include "lns/radtest.h"
#include "tests/lns/radius_rig.h"

static const enum ppp_method all[] = { PPP_PAP, PPP_CHAP_MD5, PPP_MSCHAPV2,
	PPP_EAP };

#define ALL	(sizeof(all) / sizeof(all[0]))
#define WAIT_MS	100000

/* A rig with "alice" and no phone that matters. */
static struct rig *
begin(void)
{
	struct rig *r = servers_new(1);

	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	return r;
}

static uint32_t
put_at(struct rig *r, const char *user, const char *password,
    enum ppp_method m, const char *server, const char **why)
{
	struct radtest_ask a = { .user = text_rd(user),
		.password = text_rd(password), .method = m,
		.server = server };
	uint32_t test = radtest_begin(r->l, r->now, &a, why);

	return test;
}

static uint32_t
put(struct rig *r, const char *user, const char *password, enum ppp_method m)
{
	const char *why;
	uint32_t test = put_at(r, user, password, m, NULL, &why);

	if (test == 0)
		fail_msg("no test: %s", why);
	assert_null(why);
	return test;
}

/* Until it is told; a copy of the answer, and the test is over. */
static struct radtest_answer
get(struct rig *r, uint32_t test)
{
	unsigned told = r->servers->tested;
	struct radtest_answer a;

	rig_run(r, WAIT_MS);
	assert_int_equal(r->servers->tested, told + 1);
	assert_int_equal(r->servers->test[told], test);
	assert_non_null(radtest_answer(r->l, test));
	a = *radtest_answer(r->l, test);
	radtest_end(r->l, r->now, test);
	assert_null(radtest_answer(r->l, test));
	return a;
}

static struct radtest_answer
try(struct rig *r, const char *password, enum ppp_method m)
{
	return get(r, put(r, "alice", password, m));
}

static void
says(const struct radtest_answer *a, enum radtest_result result,
    const char *part)
{
	if (a->result != result || strstr(a->why, part) == NULL)
		fail_msg("%s \"%s\", wanted %s \"%s\"",
		    radtest_result_str(a->result), a->why,
		    radtest_result_str(result), part);
}

static void
each_method_is_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct rig *r = begin();
		struct radtest_answer a;

		r->servers->server[0].delay_ms = 30;
		a = try(r, "correct horse", all[i]);
		says(&a, RADTEST_ACCEPTED, "");
		assert_string_equal(a.why, "");
		assert_int_equal(a.method, all[i]);
		assert_int_equal(a.server, 0);
		assert_int_equal(a.rounds, all[i] == PPP_EAP ? 2 : 1);
		assert_int_equal(a.took_us, a.rounds * UINT64_C(30000));
		assert_string_equal(a.offers, all[i] == PPP_EAP ? "MD5" : "");
		assert_int_equal(servers_count(r, 0), a.rounds);
		rig_expect_log(r, "radius test user=alice");
		assert_null(strstr(r->log, "correct"));
		servers_end(r);
	}
}

/* The question is a login's, but for what only a session has. */
static void
the_question_names_no_session(void **state)
{
	struct rig *r = begin();
	const struct kept *k;

	(void)state;
	(void)try(r, "correct horse", PPP_PAP);
	k = servers_kept(r, 0, 0);
	kept_is(k, ATTR_USER_NAME, "alice");
	kept_is(k, ATTR_NAS_IDENTIFIER, "nas1");
	kept_is(k, ATTR_CONNECT_INFO, "radius test");
	assert_true(kept_has(k, 0, ATTR_SERVICE_TYPE));
	assert_true(kept_has(k, 0, ATTR_MESSAGE_AUTHENTICATOR));
	assert_false(kept_has(k, 0, ATTR_CALLING_STATION_ID));
	assert_false(kept_has(k, 0, ATTR_CALLED_STATION_ID));
	assert_false(kept_has(k, 0, ATTR_TUNNEL_CLIENT_ENDPOINT));
	assert_false(kept_has(k, 0, ATTR_ACCT_SESSION_ID));
	assert_false(kept_has(k, ATTR_L2TPD, ATTR_L2TPD_ATTEMPT));
	servers_end(r);
}

/*
 * No session, no record, no attempt, no address; and a failure delays no
 * login of the user.
 */
static void
nothing_is_left(void **state)
{
	struct rig *r = begin();
	struct show_status s;
	unsigned records = servers_count(r, REQUEST_ON);
	struct radtest_answer a;

	(void)state;
	phone_method(r, 0, PPP_PAP);
	for (int i = 0; i < 5; i++) {
		a = try(r, "guess", PPP_PAP);
		says(&a, RADTEST_REFUSED, "");
	}
	a = try(r, "correct horse", PPP_PAP);
	says(&a, RADTEST_ACCEPTED, "");
	show_status(r->l, &s);
	assert_int_equal(s.sessions, 0);
	assert_int_equal(s.attempts, 0);
	assert_int_equal(s.refused, 0);
	assert_int_equal(rig_pool_used(r), 0);
	assert_int_equal(servers_count(r, REQUEST_ON), records);
	assert_int_equal(servers_count(r, REQUEST_START), 0);
	assert_int_equal(servers_count(r, REQUEST_STOP), 0);
	servers_end(r);
	r = servers_begin(PPP_PAP);
	a = try(r, "guess", PPP_PAP);
	says(&a, RADTEST_REFUSED, "");
	rig_login(r, 0);		/* at once */
	servers_end(r);
}

static void
wrong_password_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct rig *r = begin();
		struct radtest_answer a;

		radius_put_text(&r->servers->user[0].more, ATTR_REPLY_MESSAGE,
		    "go\naway");
		a = try(r, "guess", all[i]);
		says(&a, RADTEST_REFUSED, "the server's own log knows why");
		assert_string_equal(a.message, "go\\x0aaway");
		servers_end(r);
	}
}

static void
errors_of_mschap_are_named(void **state)
{
	struct rig *r = begin();
	struct radtest_answer a;

	(void)state;
	r->servers->user[0].twist = TWIST_EXPIRED;
	a = try(r, "correct horse", PPP_MSCHAPV2);
	says(&a, RADTEST_REFUSED, "the password has expired");
	r->servers->user[0].twist = TWIST_ERROR;
	a = try(r, "correct horse", PPP_MSCHAPV2);
	says(&a, RADTEST_REFUSED, "not at this hour");
	servers_end(r);
}

static void
grants_are_told(void **state)
{
	struct rig *r = begin();
	struct radius_build *g = &r->servers->user[0].grants;
	struct ipaddr addr = ipaddr_v4(0x0a000007);
	struct radtest_answer a;

	(void)state;
	radius_put_addr(g, ATTR_FRAMED_IP_ADDRESS, &addr);
	radius_put_u32(g, ATTR_SESSION_TIMEOUT, 3600);
	radius_put_text(g, ATTR_REPLY_MESSAGE, "welcome");
	a = try(r, "correct horse", PPP_MSCHAPV2);
	says(&a, RADTEST_ACCEPTED, "");
	assert_true(ipaddr_eq(&a.granted.address, &addr));
	assert_int_equal(a.granted.session_s, 3600);
	assert_string_equal(a.message, "welcome");
	assert_int_equal(rig_pool_used(r), 0);
	servers_end(r);
}

/* What a login would fail by fails the test, and is named. */
static void
useless_answers_are_named(void **state)
{
	static const struct {
		enum ppp_method method;
		enum twist twist;
		enum radtest_result result;
		const char *part;
	} rows[] = {
		{ PPP_PAP, TWIST_UNSIGNED, RADTEST_UNUSABLE,
		    "carry no Message-Authenticator" },
		{ PPP_PAP, TWIST_SECRET, RADTEST_UNUSABLE,
		    "the secret there is another one" },
		{ PPP_PAP, TWIST_CHALLENGE, RADTEST_CHALLENGED,
		    "asked for what this method cannot answer" },
		{ PPP_MSCHAPV2, TWIST_NO_SUCCESS, RADTEST_UNUSABLE,
		    "no MS-CHAP2-Success" },
		{ PPP_MSCHAPV2, TWIST_FALSE_SUCCESS, RADTEST_UNUSABLE,
		    "a phone would hang up: server did not prove itself" },
		{ PPP_EAP, TWIST_EAP_PEAP, RADTEST_CHALLENGED,
		    "the server offers EAP by PEAP" },
		{ PPP_EAP, TWIST_EAP_NONE, RADTEST_CHALLENGED, "" },
		{ PPP_EAP, TWIST_EAP_LONG, RADTEST_UNUSABLE,
		    "longer than the link takes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *r = begin();
		struct radtest_answer a;

		r->servers->user[0].twist = rows[i].twist;
		a = try(r, "correct horse", rows[i].method);
		says(&a, rows[i].result, rows[i].part);
		assert_true(a.took_us <= UINT64_C(1000) *
		    r->p.radius.wait_ms);
		servers_end(r);
	}
}

/* RFC 2865 §1.1: an Accept that grants what we do not do. */
static void
n84_a_grant_that_cannot_be_obeyed(void **state)
{
	struct rig *r = begin();
	struct radtest_answer a;

	(void)state;
	radius_put_text(&r->servers->user[0].grants, ATTR_FILTER_ID, "none");
	a = try(r, "correct horse", PPP_PAP);
	says(&a, RADTEST_UNUSABLE, "cannot be obeyed");
	servers_end(r);
}

static void
silence_has_an_end(void **state)
{
	struct rig *r = begin();
	struct radtest_answer a;
	uint32_t test;

	(void)state;
	servers_die(r, true);
	a = try(r, "correct horse", PPP_EAP);
	says(&a, RADTEST_NO_ANSWER, "no server is up; s0 is down (");
	says(&a, RADTEST_NO_ANSWER, "With another secret");
	assert_int_equal(a.server, 0);
	/* A server that lives and says nothing to this. */
	servers_die(r, false);
	rig_run(r, 60000);
	r->servers->server[0].hold = true;
	test = put(r, "alice", "correct horse", PPP_PAP);
	a = get(r, test);
	says(&a, RADTEST_NO_ANSWER, "did not answer in time; s0 is up");
	assert_null(strstr(a.why, "secret"));
	assert_int_equal(a.took_us, UINT64_C(1000) * r->p.radius.wait_ms);
	servers_end(r);
}

/* EAP in several rounds has one wait for all. */
static void
rounds_share_one_wait(void **state)
{
	struct rig *r = begin();
	struct radtest_answer a;
	uint32_t test;

	(void)state;
	r->servers->server[0].delay_ms = 60000;
	test = put(r, "alice", "correct horse", PPP_EAP);
	a = get(r, test);
	says(&a, RADTEST_NO_ANSWER, "in time");
	assert_int_equal(a.rounds, 2);
	assert_int_equal(a.took_us, UINT64_C(1000) * r->p.radius.wait_ms);
	servers_end(r);
}

static void
realms_and_servers_are_chosen(void **state)
{
	struct rig *r = servers_new(1);
	struct radtest_answer a;
	const char *why;
	uint32_t test;

	(void)state;
	(void)servers_user(r, "alice", "correct horse");
	(void)servers_user(r, "alice@example.org", "correct horse");
	r->p.policy.realm_n = 1;
	r->p.policy.realm[0] = (struct aaa_realm){ .name = "example.org",
		.auth_group = 1, .acct_group = 1, .strip = true };
	servers_start(r);
	a = get(r, put(r, "alice@example.org", "correct horse", PPP_PAP));
	says(&a, RADTEST_ACCEPTED, "");
	assert_int_equal(a.server, 1);
	kept_is(servers_kept(r, 0, 0), ATTR_USER_NAME, "alice");
	/* By name, whatever the policy says. */
	test = put_at(r, "alice", "correct horse", PPP_CHAP_MD5, "s1", &why);
	assert_int_not_equal(test, 0);
	a = get(r, test);
	says(&a, RADTEST_ACCEPTED, "");
	assert_int_equal(a.server, 1);
	assert_int_equal(put_at(r, "alice", "x", PPP_PAP, "s9", &why), 0);
	assert_string_equal(why, "no such server");
	servers_end(r);
}

static void
what_is_no_test(void **state)
{
	struct rig *r = begin(), *local = rig_new(1);
	char name[300];
	const char *why;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	assert_int_equal(put_at(r, "", "x", PPP_PAP, NULL, &why), 0);
	assert_non_null(strstr(why, "no name"));
	assert_int_equal(put_at(r, name, "x", PPP_PAP, NULL, &why), 0);
	assert_non_null(strstr(why, "no name"));
	name[254] = '\0';
	assert_int_equal(put_at(r, name, "x", PPP_PAP, NULL, &why), 0);
	assert_non_null(strstr(why, "too long"));
	memset(name, 'p', 256);
	name[256] = '\0';
	assert_int_equal(put_at(r, "alice", name, PPP_PAP, NULL, &why), 0);
	assert_non_null(strstr(why, "no password"));
	assert_int_equal(put_at(r, "alice", "", PPP_EAP, NULL, &why), 0);
	assert_non_null(strstr(why, "no password"));
	servers_end(r);
	/* No servers at all, and names that the file answers. */
	rig_start(local);
	assert_int_equal(put_at(local, "alice", "x", PPP_PAP, NULL, &why), 0);
	assert_string_equal(why, "there is no RADIUS server");
	rig_free(local);
	r = servers_new(1);
	r->p.policy.local = AAA_LOCAL_FIRST;
	(void)servers_user(r, r->p.users.v[0].name, "correct horse");
	servers_start(r);
	assert_int_equal(put_at(r, r->p.users.v[0].name, "correct horse",
	    PPP_PAP, NULL, &why), 0);
	assert_non_null(strstr(why, "a local user answers"));
	servers_end(r);
}

/* Four at once; who waits no longer makes room. */
static void
tests_are_bounded(void **state)
{
	struct rig *r = begin();
	uint32_t test[RADTESTS];
	const char *why;
	struct radtest_answer a;

	(void)state;
	r->servers->server[0].hold = true;
	for (int i = 0; i < RADTESTS; i++)
		test[i] = put(r, "alice", "correct horse", PPP_PAP);
	assert_int_equal(put_at(r, "alice", "x", PPP_PAP, NULL, &why), 0);
	assert_non_null(strstr(why, "too many"));
	assert_null(radtest_answer(r->l, test[0]));
	rig_run(r, 100);
	radtest_end(r->l, r->now, test[0]);
	radtest_end(r->l, r->now, test[0]);	/* twice is no harm */
	test[0] = put(r, "alice", "guess", PPP_PAP);
	rig_run(r, 100);
	/* The answer to the one given up comes, and is nobody's. */
	servers_release(r);
	rig_run(r, 1000);
	assert_int_equal(r->servers->tested, RADTESTS);
	for (int i = 0; i < RADTESTS; i++) {
		a = *radtest_answer(r->l, test[i]);
		says(&a, i == 0 ? RADTEST_REFUSED : RADTEST_ACCEPTED, "");
		radtest_end(r->l, r->now, test[i]);
	}
	assert_int_equal(count_get(&r->drops.n[DROP_RADIUS_LATE]), 1);
	servers_end(r);
}

/* The question lives on in the client; its answer finds nobody. */
static void
no_test_outlives_a_freeze(void **state)
{
	struct rig *r = begin();
	uint32_t test;
	struct radtest_answer a;

	(void)state;
	r->servers->server[0].hold = true;
	test = put(r, "alice", "correct horse", PPP_PAP);
	rig_run(r, 10);
	rig_refreeze(r);
	assert_null(radtest_answer(r->l, test));
	test = put(r, "alice", "correct horse", PPP_MSCHAPV2);
	servers_release(r);
	rig_run(r, 1000);
	assert_int_equal(r->servers->tested, 1);
	a = *radtest_answer(r->l, test);
	says(&a, RADTEST_ACCEPTED, "");
	assert_int_equal(a.method, PPP_MSCHAPV2);
	servers_end(r);
}

/* A login at the same time gets its own answer. */
static void
logins_are_not_disturbed(void **state)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);
	uint32_t test[2];
	struct radtest_answer a;

	(void)state;
	(void)servers_user(r, "bob", "builder");
	r->servers->server[0].delay_ms = 200;
	rig_dial(r, 0);
	test[0] = put(r, "bob", "guess", PPP_MSCHAPV2);
	test[1] = put(r, "bob", "builder", PPP_EAP);
	rig_run(r, 3000);
	assert_true(r->phone[0].up);
	a = *radtest_answer(r->l, test[0]);
	says(&a, RADTEST_REFUSED, "");
	a = *radtest_answer(r->l, test[1]);
	says(&a, RADTEST_ACCEPTED, "");
	servers_end(r);
}

/* lns_free() with one under way: nothing leaks (the sanitizer looks). */
static void
the_end_of_all(void **state)
{
	struct rig *r = begin();

	(void)state;
	r->servers->server[0].hold = true;
	(void)put(r, "alice", "correct horse", PPP_EAP);
	rig_run(r, 10);
	servers_end(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_method_is_accepted),
		cmocka_unit_test(the_question_names_no_session),
		cmocka_unit_test(nothing_is_left),
		cmocka_unit_test(wrong_password_is_refused),
		cmocka_unit_test(errors_of_mschap_are_named),
		cmocka_unit_test(grants_are_told),
		cmocka_unit_test(useless_answers_are_named),
		cmocka_unit_test(n84_a_grant_that_cannot_be_obeyed),
		cmocka_unit_test(silence_has_an_end),
		cmocka_unit_test(rounds_share_one_wait),
		cmocka_unit_test(realms_and_servers_are_chosen),
		cmocka_unit_test(what_is_no_test),
		cmocka_unit_test(tests_are_bounded),
		cmocka_unit_test(no_test_outlives_a_freeze),
		cmocka_unit_test(logins_are_not_disturbed),
		cmocka_unit_test(the_end_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
