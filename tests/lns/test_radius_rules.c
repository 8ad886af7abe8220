/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What RADIUS says beyond yes and no: words for the user, whose account it is,
 * addresses of its own; and what is told of a server that cannot be believed.
 */

#include "lns/access.h"
#include "lns/path.h"
#include "lns/users.h"
#include "tests/lns/radius_rig.h"

static const enum ppp_method all[] = { PPP_PAP, PPP_CHAP_MD5, PPP_MSCHAPV2,
	PPP_EAP };

#define ALL	(sizeof(all) / sizeof(all[0]))

/* ---- what cannot be believed ---- */

/* The phone hangs up long before we stop waiting: the cause is told all the same. */
static void
leaves_early(bool unsigned_, bool other_secret, const char *reason)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);

	r->servers->server[0].unsigned_ = unsigned_;
	r->servers->server[0].other_secret = other_secret;
	r->servers->server[0].hold = !unsigned_ && !other_secret;
	rig_dial(r, 0);
	rig_run(r, 15000);
	assert_int_equal(rig_attempt(r, 0).result, ATT_GOING);
	ppp_close(r->phone[0].ppp, r->now, PPP_CAUSE_CLOSED, "", &r->ppp);
	rig_phone_drain(r, 0);
	rig_run(r, 5000);
	assert_int_equal(r->dp->sessions, 0);
	rig_expect_refused(r, reason);
	servers_end(r);
}

static void
n82_lack_is_the_cause_of_the_attempt(void **state)
{
	(void)state;
	leaves_early(true, false, "no RADIUS server answered: the server's "
	    "answers carry no Message-Authenticator");
	leaves_early(false, true, "no RADIUS server answered: only answers "
	    "with a wrong authenticator came: is the secret right?");
	leaves_early(false, false,
	    "the client left before RADIUS had answered");
}

static void
n82_relaxed_server_is_told_each_hour(void **state)
{
	static const char line[] = "radius server s1 may answer without "
	    "Message-Authenticator";
	struct rig *r = servers_new(1);

	(void)state;
	r->p.radius.server[1].require_message_authenticator = false;
	servers_start(r);
	rig_run(r, 1);
	assert_int_equal(rig_count(r->log, line), 1);
	assert_int_equal(rig_count(r->log, "may answer without"), 1);
	rig_run(r, 3600000 - 2);
	assert_int_equal(rig_count(r->log, line), 1);
	for (unsigned hour = 2; hour <= 5; hour++) {
		rig_run(r, 3600000);
		rig_refreeze(r);
		assert_int_equal(rig_count(r->log, line), hour);
	}
	servers_end(r);
}

/* A server that lives but does not answer: the file does not stand in. */
static void
slow_server_is_no_reason_to_fall_back(void **state)
{
	struct rig *r = servers_new(1);

	(void)state;
	r->p.policy.local = AAA_LOCAL_FALLBACK;
	phone_method(r, 0, PPP_MSCHAPV2);
	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	r->servers->server[0].hold = true;
	rig_dial(r, 0);
	rig_run(r, 100000);
	assert_false(r->phone[0].up);
	assert_int_equal(rig_count(r->log, "radius fallback"), 0);
	rig_expect_refused(r, "no RADIUS server answered");
	servers_end(r);
}

/* ---- words for the user ---- */

static bool
hears(struct rig *r, const struct mail *m)
{
	static const char words[] = "account expired; ask the desk";

	if (m->way == TO_PHONE_PPP &&
	    memmem(m->b, m->n, words, strlen(words)) != NULL)
		r->arg++;
	return false;
}

/* EAP has no place for it; the other methods pass it on, all parts in order. */
static void
words_of_a_reject_reach_the_phone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct rig *r = servers_begin(all[i]);
		struct server_user *u = &r->servers->user[0];

		u->twist = TWIST_REJECT;
		radius_put_text(&u->more, ATTR_REPLY_MESSAGE,
		    "account expired;");
		radius_put_text(&u->more, ATTR_REPLY_MESSAGE, "ask the desk");
		r->eat = hears;
		rig_dial(r, 0);
		rig_run(r, 20000);
		assert_false(r->phone[0].up);
		if (all[i] == PPP_EAP)
			assert_int_equal(r->arg, 0);
		else
			assert_true(r->arg > 0);
		servers_end(r);
	}
}

/* ---- whose account it is ---- */

static void
spellings(const char *first, const char *second, const char *returned,
    bool both)
{
	struct rig *r = servers_new(2);
	const char *name[2] = { first, second };
	char shown[ATT_USER_MAX];

	for (uint32_t i = 0; i < 2; i++) {
		struct radius_build *b = &servers_user(r, name[i], "sesame")->grants;

		phone_method(r, i, PPP_PAP);
		rig_password(r, i, name[i], "sesame");
		radius_put_u32(b, ATTR_PORT_LIMIT, 1);
		if (returned != NULL)
			radius_put_text(b, ATTR_USER_NAME, returned);
	}
	servers_start(r);
	r->freeze = true;
	rig_login(r, 0);
	rig_dial(r, 1);
	rig_run(r, 20000);
	assert_true(r->phone[0].up);
	assert_int_equal(r->phone[1].up, both);
	if (!both)
		rig_expect_refused(r, "user has 1 sessions already");
	/* His place is free again when he has gone. */
	(void)log_escape(shown, sizeof(shown), text_rd(first));
	assert_int_equal(lns_kill_user(r->l, r->now, shown), 1);
	rig_run(r, 10000);
	rig_reset_phone(r, 1);
	rig_dial(r, 1);
	rig_run(r, 20000);
	assert_true(r->phone[1].up);
	servers_end(r);
}

static void
sessions_are_counted_by_account(void **state)
{
	(void)state;
	spellings("alice", "ALICE", NULL, false);
	spellings("CORP\\alice", "alice@corp.example", "alice", false);
	spellings("alice", "CORP\\alice", NULL, true);
	spellings("alice", "alicf", NULL, true);
}

/* ---- addresses of RADIUS inside a pool ---- */

static void
framed_ip_is_out_of_its_pool_meanwhile(void **state)
{
	struct rig *r = servers_new(3);
	struct ipaddr addr;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		phone_method(r, i, PPP_PAP);
	/* The one that the pool would give out next. */
	addr = ipaddr_v4(r->p.pool[0].range[0].first);
	while (ipaddr_eq(&addr, &r->p.address))
		addr = ipaddr_v4(ipaddr_as_v4(&addr) + 1);
	radius_put_addr(&servers_user(r, "dora", "explore")->grants,
	    ATTR_FRAMED_IP_ADDRESS, &addr);
	(void)servers_user(r, "alice", "correct horse");
	(void)servers_user(r, "erin", "sesame");
	rig_password(r, 0, "dora", "explore");
	rig_password(r, 2, "erin", "sesame");
	servers_start(r);
	r->freeze = true;
	rig_login(r, 0);
	assert_true(ipaddr_eq(&r->phone[0].net.ours, &addr));
	rig_login(r, 1);
	rig_login(r, 2);
	assert_false(ipaddr_eq(&r->phone[1].net.ours, &addr));
	assert_false(ipaddr_eq(&r->phone[2].net.ours, &addr));
	assert_int_equal(lns_kill_user(r->l, r->now, "dora"), 1);
	rig_run(r, 10000);
	assert_int_equal(rig_pool_used(r), 2);
	servers_end(r);
}

/* ---- one of several calls ---- */

/*
 * Our phones have one call each; that the first one's peer carries the
 * second's, too, is written into its path.
 */
static void
one_of_two_calls_is_dismissed(void **state)
{
	struct rig *r = servers_new(2);
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;
	uint32_t cause, path, other;

	(void)state;
	(void)servers_user(r, "alice", "correct horse");
	(void)servers_user(r, "dora", "explore");
	rig_password(r, 1, "dora", "explore");
	for (uint32_t i = 0; i < 2; i++)
		phone_method(r, i, PPP_PAP);
	servers_start(r);
	rig_login(r, 0);
	rig_login(r, 1);
	path = access_get(r->l, users_first(r->l, "alice"))->path;
	other = users_first(r->l, "dora");
	assert_true(path_call_add(pool_get(&r->l->paths, path), other));
	coa_open(r, &b, buf, RADIUS_DISCONNECT_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_DISCONNECT_ACK);
	rig_run(r, 10000);
	assert_int_equal(r->dp->sessions, 1);
	assert_int_equal(kept_u32(servers_kept(r, REQUEST_STOP, 0),
	    ATTR_ACCT_TERMINATE_CAUSE), CAUSE_ADMIN_RESET);
	assert_true(r->phone[1].up);
	assert_non_null(pool_get(&r->l->paths, path));
	/* The last one takes its IPsec peer along. */
	assert_int_equal(lns_kill_user(r->l, r->now, "dora"), 1);
	rig_run(r, 10000);
	assert_int_equal(r->dp->sessions, 0);
	servers_end(r);
}

/* ---- a vanished phone ---- */

static void
dead_peer_is_a_lost_carrier(void **state)
{
	struct rig *r = servers_new(1);

	(void)state;
	r->p.ike.dpd_idle_s = 10;
	(void)servers_user(r, "alice", "correct horse");
	phone_method(r, 0, PPP_PAP);
	servers_start(r);
	rig_login(r, 0);
	r->phone[0].deaf = true;
	rig_run(r, 200000);
	rig_expect_log(r, "peer dead attempt=1");
	assert_int_equal(kept_u32(servers_kept(r, REQUEST_STOP, 0),
	    ATTR_ACCT_TERMINATE_CAUSE), CAUSE_LOST_CARRIER);
	servers_end(r);
}

/* ---- a long wait ---- */

/* 85 s for the server; meanwhile LCP echo and L2TP Hello go on. */
static void
nobody_is_lost_while_the_server_thinks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct rig *r = servers_new(1);

		r->p.ppp.echo_s = 10;
		r->p.ppp.echo_lost = 3;
		r->p.l2tp.hello_s = 20;
		(void)servers_user(r, "alice", "correct horse");
		phone_method(r, 0, all[i]);
		servers_start(r);
		/* EAP asks twice: what counts is the last one. */
		r->servers->server[0].delay_ms =
		    all[i] == PPP_EAP ? 42000 : 85000;
		rig_dial(r, 0);
		rig_run(r, 84000);
		assert_false(r->phone[0].up);
		rig_run(r, 6000);
		assert_true(r->phone[0].up);
		assert_int_equal(servers_count(r, 0),
		    all[i] == PPP_EAP ? 2 : 1);
		servers_end(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n82_lack_is_the_cause_of_the_attempt),
		cmocka_unit_test(n82_relaxed_server_is_told_each_hour),
		cmocka_unit_test(slow_server_is_no_reason_to_fall_back),
		cmocka_unit_test(words_of_a_reject_reach_the_phone),
		cmocka_unit_test(sessions_are_counted_by_account),
		cmocka_unit_test(framed_ip_is_out_of_its_pool_meanwhile),
		cmocka_unit_test(one_of_two_calls_is_dismissed),
		cmocka_unit_test(dead_peer_is_a_lost_carrier),
		cmocka_unit_test(nobody_is_lost_while_the_server_thinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
