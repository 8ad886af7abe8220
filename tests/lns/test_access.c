/* SPDX-License-Identifier: BSD-2-Clause */
/* Subscribers: who gets in, with which address, and what is given back. */

#include "tests/lns/rig.h"

static struct show_status
status(const struct rig *r)
{
	struct show_status s;

	show_status(r->l, &s);
	return s;
}

/* The phone is turned away for this reason and nothing of it is left. */
static void
turned_away(struct rig *r, uint32_t i, const char *reason)
{
	rig_dial(r, i);
	rig_run(r, 40000);
	assert_false(r->phone[i].up);
	rig_expect_refused(r, reason);
	r->phone[i].deaf = true;
	rig_run(r, 400000);
}

static void
wrong_password(void **state)
{
	static const enum ppp_method m[] = { PPP_PAP, PPP_CHAP_MD5,
		PPP_MSCHAPV2 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct rig *r = rig_begin(1);

		r->phone[0].ppp_p.methods = (uint8_t)m[i];
		rig_password(r, 0, "alice", "guess");
		turned_away(r, 0, "wrong password");
		assert_int_equal(rig_attempt(r, 0).stage, ATT_LCP);
		rig_expect_empty(r);
		rig_free(r);
	}
}

/* The phone may speak EAP and it is allowed: it needs a server behind. */
static void
eap_without_radius(void **state)
{
	struct rig *r = rig_new(1);

	(void)state;
	r->p.ppp.methods |= PPP_EAP;
	r->phone[0].ppp_p.methods |= PPP_EAP;
	rig_start(r);
	turned_away(r, 0, "EAP needs RADIUS");
	assert_string_equal(rig_attempt(r, 0).user, "alice");
	rig_expect_empty(r);
	rig_free(r);

	/* One that does not speak it logs in as before. */
	r = rig_new(1);
	r->p.ppp.methods |= PPP_EAP;
	rig_start(r);
	rig_login(r, 0);
	rig_free(r);
}

static void
unknown_user(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_password(r, 0, "mallory", "correct horse");
	turned_away(r, 0, "unknown user");
	assert_string_equal(rig_attempt(r, 0).user, "mallory");
	rig_expect_empty(r);
	rig_free(r);
}

static void
hash_cannot_answer_chap(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->phone[0].ppp_p.methods = PPP_CHAP_MD5;
	rig_password(r, 0, "carol", "anything");
	turned_away(r, 0, "the stored NT hash cannot answer");
	rig_expect_empty(r);
	rig_free(r);
}

static void
pool_is_empty(void **state)
{
	struct rig *r = rig_new(2);

	(void)state;
	r->p.pool[0].range[0].last = r->p.pool[0].range[0].first;
	rig_start(r);
	rig_login(r, 0);
	turned_away(r, 1, "address pool main is empty");
	assert_int_equal(status(r).sessions, 1);
	assert_int_equal(rig_pool_used(r), 1);
	rig_free(r);
}

static void
no_pool_at_all(void **state)
{
	struct rig *r = rig_new(1);

	(void)state;
	r->p.pool_n = 0;
	rig_start(r);
	turned_away(r, 0, "address pool - is empty");
	rig_expect_empty(r);
	rig_free(r);
}

static void
static_address(void **state)
{
	struct rig *r = rig_new(2);

	(void)state;
	r->users[1].sessions = 2;
	rig_start(r);
	rig_password(r, 0, "bob", "battery staple");
	rig_password(r, 1, "bob", "battery staple");
	rig_login(r, 0);
	assert_int_equal(ipaddr_as_v4(&r->phone[0].net.ours), 0x0a020005);
	assert_int_equal(rig_pool_used(r), 0);
	turned_away(r, 1, "static address 10.2.0.5 is in use");
	assert_int_equal(status(r).sessions, 1);
	lns_shutdown(r->l, r->now);
	rig_run(r, 5000);
	rig_expect_empty(r);
	rig_free(r);
}

static void
user_session_limit(void **state)
{
	struct rig *r = rig_begin(2);

	(void)state;
	rig_password(r, 0, "bob", "battery staple");
	rig_password(r, 1, "bob", "battery staple");
	rig_login(r, 0);
	turned_away(r, 1, "user has 1 sessions already, which is the limit");
	assert_true(r->phone[0].up);
	rig_free(r);
}

static bool
eat_failure(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_PHONE_PPP && m->phone == 0 && m->b[2] == 0xc2 &&
	    m->b[4] == 4;
}

/* Who only says that he is bob does not keep bob out. */
static void
claimed_names_do_not_count(void **state)
{
	struct rig *r = rig_begin(2);

	(void)state;
	r->p.auth_delay_s = 0;
	r->eat = eat_failure;
	rig_password(r, 0, "bob", "guess");
	rig_password(r, 1, "bob", "battery staple");
	r->phone[0].ppp_p.methods = PPP_MSCHAPV2;	/* it may retry */
	rig_dial(r, 0);
	rig_run(r, 1000);
	assert_int_equal(status(r).sessions, 1);
	rig_dial(r, 1);
	rig_run(r, 3000);
	assert_true(r->phone[1].up);
	assert_int_equal(lns_kill_user(r->l, r->now, "bob"), 2);
	rig_run(r, 5000);
	rig_expect_empty(r);
	rig_free(r);
}

static void
session_limit(void **state)
{
	struct rig *r = rig_new(2);

	(void)state;
	r->p.sessions = 1;
	rig_start(r);
	rig_login(r, 0);
	turned_away(r, 1, "session limit reached");
	assert_true(r->phone[0].up);
	rig_free(r);
}

static void
login_rate(void **state)
{
	struct rig *r = rig_new(3);

	(void)state;
	r->p.login_rate = 1;
	r->p.login_burst = 0;
	rig_start(r);
	rig_dial(r, 0);
	rig_pump(r);
	rig_dial(r, 1);
	rig_pump(r);
	rig_expect_refused(r, "too many logins at once");
	rig_run(r, 5000);
	assert_int_equal(status(r).sessions, 1);
	rig_free(r);
}

/* ---- takeover ---- */

/* The same device dials from elsewhere while its old session stands. */
static void
takeover(void **state)
{
	struct rig *r = rig_begin(2);
	struct ipaddr was;

	(void)state;
	rig_login(r, 0);
	was = r->phone[0].net.ours;
	r->phone[0].deaf = true;
	strcpy(r->phone[1].l2tp_p.host_name, "phone0");
	rig_login(r, 1);
	assert_true(ipaddr_eq(&r->phone[1].net.ours, &was));
	rig_expect_log(r, "reason=\"taken over by a newer login");
	rig_run(r, 100);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(r->dp->sas, 1);
	assert_int_equal(rig_pool_used(r), 1);
	lns_shutdown(r->l, r->now);
	rig_run(r, 5000);
	rig_expect_empty(r);
	rig_free(r);
}

static void
takeover_of_a_static_address(void **state)
{
	struct rig *r = rig_begin(2);

	(void)state;
	rig_password(r, 0, "bob", "battery staple");
	rig_password(r, 1, "bob", "battery staple");
	strcpy(r->phone[1].l2tp_p.host_name, "phone0");
	rig_login(r, 0);
	r->phone[0].deaf = true;
	rig_login(r, 1);	/* though one session is his limit */
	assert_int_equal(ipaddr_as_v4(&r->phone[1].net.ours), 0x0a020005);
	rig_run(r, 100);
	assert_int_equal(status(r).sessions, 1);
	rig_free(r);
}

/* A name that says nothing needs the same public address; a stranger's none. */
static void
no_takeover_of_strangers(void **state)
{
	struct rig *r = rig_begin(3);

	(void)state;
	for (int i = 0; i < 2; i++)
		strcpy(r->phone[i].l2tp_p.host_name, "anonymous");
	strcpy(r->phone[2].l2tp_p.host_name, "anonymous");
	r->phone[2].out[0] = r->phone[0].out[0];
	r->phone[2].out[1] = r->phone[0].out[1];
	r->phone[2].out[0].port++;
	r->phone[2].out[1].port++;
	rig_login(r, 0);
	rig_login(r, 1);
	rig_run(r, 1000);
	assert_int_equal(status(r).sessions, 2);
	rig_login(r, 2);
	rig_run(r, 1000);
	assert_int_equal(status(r).sessions, 2);	/* that of phone 0 went */
	assert_true(r->phone[1].up);
	rig_free(r);
}

/* ---- time ---- */

/* 1, 2, 4 ... s: when the verdict reaches the phone. */
static void
answers_are_kept_back(void **state)
{
	struct rig *r = rig_new(6);
	static const uint64_t wait_ms[] = { 0, 1000, 2000, 4000 };

	(void)state;
	r->p.login_ms = 30000;
	rig_start(r);
	for (uint32_t i = 0; i < 4; i++) {
		mono_t began = r->now;
		unsigned n = rig_count(r->log, "login failed");

		r->phone[i].ppp_p.methods = PPP_PAP;
		rig_password(r, i, "alice", "guess");
		r->phone[i].ppp_p.auth_tries = 1;
		rig_dial(r, i);
		rig_pump(r);
		while (rig_count(r->log, "login failed") == n)
			rig_run(r, 10);
		assert_in_range(mono_since_ms(r->now, began), wait_ms[i],
		    wait_ms[i] + 20);
		r->phone[i].deaf = true;
	}
	/* A right password waits as well, and then is good. */
	rig_dial(r, 4);
	rig_run(r, 7900);
	assert_false(r->phone[4].up);
	rig_run(r, 2200);
	assert_true(r->phone[4].up);
	/* And the next one does not wait. */
	rig_dial(r, 5);
	rig_run(r, 1500);
	assert_true(r->phone[5].up);
	rig_free(r);
}

/* The clock of the login stands while the answer is ours to give. */
static void
the_clock_stands(void **state)
{
	struct rig *r = rig_new(2);

	(void)state;
	r->p.login_ms = 10000;
	r->p.auth_delay_s = 25;
	rig_start(r);
	r->phone[0].ppp_p.methods = PPP_PAP;
	rig_password(r, 0, "alice", "guess");
	rig_dial(r, 0);
	rig_run(r, 1000);
	r->phone[0].deaf = true;
	rig_dial(r, 1);
	rig_run(r, 23000);
	assert_false(r->phone[1].up);
	rig_run(r, 5000);
	assert_true(r->phone[1].up);
	rig_free(r);
}

static bool
eat_auth(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_PPP && m->b[2] == 0xc2;
}

static bool
eat_pap(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_PPP && m->b[2] == 0xc0 && m->b[3] == 0x23;
}

static bool
is_lcp(const struct mail *m)
{
	return m->way == TO_PPP && m->b[2] == 0xc0 && m->b[3] == 0x21;
}

static bool
eat_lcp(struct rig *r, const struct mail *m)
{
	(void)r;
	return is_lcp(m);
}

static bool
eat_lcp_requests(struct rig *r, const struct mail *m)
{
	(void)r;
	return is_lcp(m) && m->b[4] == 1;
}

static bool
eat_lcp_answers(struct rig *r, const struct mail *m)
{
	(void)r;
	return is_lcp(m) && m->b[4] == 2;
}

static bool
small_mru(struct rig *r, const struct mail *m)
{
	(void)r;
	/* Its first option becomes an MRU of 64, whatever we said. */
	if (is_lcp(m) && m->b[4] == 1 && m->b[8] == 1) {
		((uint8_t *)(uintptr_t)m->b)[10] = 0;
		((uint8_t *)(uintptr_t)m->b)[11] = 64;
	}
	return false;
}

static bool
eat_icrq(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_L2TP && m->n > 20 && m->b[19] == 10;
}

/* 30 s from the SCCRQ; then the SAs go, however often the phone tries. */
static void
login_takes_too_long(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = eat_icrq;
	rig_dial(r, 0);
	rig_run(r, 29900);
	assert_int_equal(status(r).paths, 1);
	rig_run(r, 5000);
	rig_expect_refused(r, "gave up: nobody logged in 30 s after");
	rig_expect_empty(r);
	rig_free(r);
}

static bool
eat_ipcp(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_PPP && m->b[2] == 0x80;
}

static void
address_takes_too_long(void **state)
{
	struct rig *r = rig_new(1);

	(void)state;
	r->p.login_ms = 9000;
	rig_start(r);
	r->eat = eat_ipcp;
	rig_dial(r, 0);
	rig_run(r, 8900);
	assert_int_equal(rig_pool_used(r), 1);
	rig_run(r, 9000);
	rig_expect_refused(r, "gave up in IPCP: the peer did not answer "
	    "(not logged in 9 s after the call)");
	assert_int_equal(rig_attempt(r, 0).stage, ATT_AUTH);
	assert_int_equal(rig_pool_used(r), 0);
	r->phone[0].deaf = true;
	rig_run(r, 400000);
	rig_expect_empty(r);
	rig_free(r);
}

static void
authentication_takes_too_long(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = eat_auth;
	turned_away(r, 0, "gave up in the login: the peer did not answer "
	    "(mschapv2)");
	assert_int_equal(rig_attempt(r, 0).stage, ATT_LCP);
	rig_expect_empty(r);
	rig_free(r);

	r = rig_new(1);
	r->p.ppp.methods = PPP_PAP;
	rig_start(r);
	r->phone[0].ppp_p.methods = PPP_PAP;
	r->eat = eat_pap;
	turned_away(r, 0, "gave up in the login: the peer sent no name and "
	    "password (pap)");
	rig_expect_empty(r);
	rig_free(r);
}

/* The phone never says a word of PPP; its L2TP lives. */
static void
silent_in_lcp(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = eat_lcp;
	turned_away(r, 0, "gave up in LCP: the peer did not answer");
	assert_int_equal(rig_attempt(r, 0).stage, ATT_CALL);
	rig_expect_empty(r);
	rig_free(r);

	/* Our own patience may be shorter than the limit of the login. */
	r = rig_new(1);
	r->p.ppp.max_configure = 3;
	rig_start(r);
	r->eat = eat_lcp;
	turned_away(r, 0, "gave up in LCP: the peer did not answer");
	assert_null(strstr(rig_attempt(r, 0).reason, "after the call"));
	rig_expect_empty(r);
	rig_free(r);
}

/* It answers our requests and sends none of its own, or the reverse. */
static void
half_of_lcp(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = eat_lcp_requests;
	turned_away(r, 0, "gave up in LCP: the peer asks for nothing itself");
	rig_free(r);
	r = rig_begin(1);
	r->eat = eat_lcp_answers;
	turned_away(r, 0, "gave up in LCP: the peer does not answer our "
	    "request");
	assert_int_equal(rig_attempt(r, 0).stage, ATT_CALL);
	rig_free(r);
}

/* It insists on an MRU that we cannot have. */
static void
no_agreement_in_lcp(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = small_mru;
	turned_away(r, 0, "gave up in LCP: no agreement on MRU (option 1, the "
	    "peer insists)");
	assert_int_equal(rig_attempt(r, 0).stage, ATT_CALL);
	rig_expect_empty(r);
	rig_free(r);
}

static void
no_method_in_common(void **state)
{
	struct rig *r = rig_new(1);

	(void)state;
	r->p.ppp.methods = PPP_MSCHAPV2 | PPP_CHAP_MD5;
	rig_start(r);
	r->phone[0].ppp_p.methods = PPP_PAP;
	turned_away(r, 0, "no login method in common: the peer offered pap, "
	    "allowed are mschapv2 chap-md5");
	assert_int_equal(rig_attempt(r, 0).stage, ATT_CALL);
	rig_expect_empty(r);
	rig_free(r);

	/* One that will not log in at all. */
	r = rig_begin(1);
	r->phone[0].ppp_p.methods = 0;
	turned_away(r, 0, "the peer refuses to log in: allowed are ");
	rig_expect_empty(r);
	rig_free(r);
}

/* It ends the link itself before it is in. */
static void
hangs_up_early(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = eat_auth;
	rig_dial(r, 0);
	rig_run(r, 2000);
	ppp_close(r->phone[0].ppp, r->now, PPP_CAUSE_CLOSED, "no time",
	    &r->ppp);
	rig_phone_drain(r, 0);
	rig_run(r, 5000);
	rig_expect_refused(r, "the client hung up before it was logged in: "
	    "no time");
	rig_free(r);
}

/* ---- the link begins anew ---- */

static void
lcp_anew(struct rig *r, struct phone *p)
{
	ppp_free(p->ppp);
	p->up = false;
	p->ppp = ppp_new(&p->ppp_p, PPP_PEER, &p->rng, NULL);
	ppp_lower_up(p->ppp, r->now, &r->ppp);
	rig_phone_drain(r, 0);
}

static void
renegotiation_keeps_the_address(void **state)
{
	static const char *const who[] = { "alice", "bob" };
	static const char *const pass[] = { "correct horse", "battery staple" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rig *r = rig_begin(1);
		struct ipaddr was;

		rig_password(r, 0, who[i], pass[i]);
		rig_login(r, 0);
		was = r->phone[0].net.ours;
		for (int k = 0; k < 3; k++) {
			lcp_anew(r, &r->phone[0]);
			rig_run(r, 4000);
			assert_true(r->phone[0].up);
			assert_true(ipaddr_eq(&r->phone[0].net.ours, &was));
			assert_true(r->dp->sess[0].open);
		}
		assert_int_equal(rig_count(r->log, "login attempt"), 1);
		assert_int_equal(rig_pool_used(r), i == 0 ? 1 : 0);
		lns_shutdown(r->l, r->now);
		rig_run(r, 5000);
		rig_expect_empty(r);
		rig_free(r);
	}
}

/* N-69: again in full, and only as who he was. */
static void
n69_renegotiation_as_another(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	rig_password(r, 0, "bob", "battery staple");
	lcp_anew(r, &r->phone[0]);
	rig_run(r, 4000);
	assert_false(r->phone[0].up);
	assert_int_equal(r->dp->sessions, 0);
	rig_expect_log(r, "logout attempt=1 user=alice");
	rig_free(r);
}

static void
renegotiation_that_never_ends(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	r->eat = eat_ipcp;
	lcp_anew(r, &r->phone[0]);
	rig_run(r, 29000);
	assert_int_equal(r->dp->sessions, 1);
	assert_false(r->dp->sess[0].open);
	rig_run(r, 10000);
	assert_int_equal(r->dp->sessions, 0);
	rig_free(r);
}

/* A question kept back is of no interest once LCP began anew. */
static void
stale_question(void **state)
{
	struct rig *r = rig_new(2);

	(void)state;
	r->p.auth_delay_s = 8;
	rig_start(r);
	r->phone[1].ppp_p.methods = PPP_PAP;
	rig_password(r, 1, "alice", "guess");
	rig_dial(r, 1);
	rig_run(r, 100);
	r->phone[1].deaf = true;
	rig_dial(r, 0);
	rig_run(r, 2000);
	assert_false(r->phone[0].up);
	lcp_anew(r, &r->phone[0]);
	rig_run(r, 2000);
	rig_password(r, 0, "alice", "another");
	lcp_anew(r, &r->phone[0]);
	rig_run(r, 20000);
	assert_false(r->phone[0].up);
	assert_int_equal(rig_pool_used(r), 0);
	rig_free(r);
}

/* ---- order and kinds ---- */

static void
session_before_icrp(void **state)
{
	struct rig *r = rig_begin(1);
	const char *add, *send;

	(void)state;
	rig_login(r, 0);
	add = strstr(r->dp->text, "sess-add\n");
	assert_non_null(add);
	/* SCCRP and the ack of SCCCN before, ICRP after. */
	send = strstr(add, "send-l2tp\n");
	assert_non_null(send);
	assert_null(strstr(add + 1, "sess-add"));
	rig_free(r);
}

static bool
ask_sequencing(struct rig *r, const struct mail *m)
{
	static const uint8_t avp[] = { 0x80, 6, 0, 0, 0, 39 };
	struct mail *edit = (struct mail *)(uintptr_t)m;

	if (m->way != TO_L2TP || m->n < 20 || m->b[18] != 0 || m->b[19] != 12)
		return false;
	memcpy(edit->b + m->n, avp, sizeof(avp));
	edit->n += sizeof(avp);
	edit->b[3] = (uint8_t)edit->n;
	if (r->arg == 1)
		r->dp->refuse_sess = 0;
	return false;
}

static void
sequencing(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = ask_sequencing;
	rig_login(r, 0);
	assert_true(r->dp->sess[0].d.sequencing);
	assert_int_equal(rig_count(r->dp->text, "sess-add"), 2);
	rig_free(r);
}

static void
sequencing_without_room(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = ask_sequencing;
	r->arg = 1;
	rig_dial(r, 0);
	rig_run(r, 1000);
	assert_int_equal(r->dp->sessions, 0);
	assert_int_equal(status(r).sessions, 0);
	rig_expect_refused(r, "out of resources");
	assert_int_equal(r->dp->unknown, 0);
	rig_free(r);
}

static void
no_room_for_a_session(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->dp->refuse_sess = 0;
	rig_dial(r, 0);
	rig_run(r, 500);
	rig_expect_refused(r, "out of resources");
	assert_int_equal(status(r).sessions, 0);
	r->phone[0].deaf = true;
	rig_run(r, 400000);
	rig_expect_empty(r);
	rig_free(r);
}

static void
no_room_to_open(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->dp->refuse_open = 0;
	rig_dial(r, 0);
	rig_run(r, 5000);
	rig_expect_refused(r, "out of resources");
	assert_int_equal(rig_pool_used(r), 0);
	assert_int_equal(status(r).logins, 0);
	r->phone[0].deaf = true;
	rig_run(r, 400000);
	rig_expect_empty(r);
	rig_free(r);
}

/* (h): why an SCCRQ was refused stands in the attempt. */
static bool
ask_secret(struct rig *r, const struct mail *m)
{
	static const uint8_t avp[] = { 0x80, 10, 0, 0, 0, 11, 1, 2, 3, 4 };
	struct mail *edit = (struct mail *)(uintptr_t)m;

	(void)r;
	if (m->way != TO_L2TP || m->n < 20 || m->b[19] != 1)
		return false;
	memcpy(edit->b + m->n, avp, sizeof(avp));
	edit->n += sizeof(avp);
	edit->b[3] = (uint8_t)edit->n;
	return false;
}

static void
refused_sccrq_is_explained(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = ask_secret;
	rig_dial(r, 0);
	rig_run(r, 100);
	rig_expect_refused(r, "clear the L2TP secret field");
	r->phone[0].deaf = true;
	rig_run(r, 100000);
	rig_expect_empty(r);
	rig_free(r);
}

/* A phone that gives its first tunnel up for a second one gets in. */
static bool
eat_first_scccn(struct rig *r, const struct mail *m)
{
	return m->way == TO_PHONE_L2TP && r->arg == 0;
}

static void
second_tunnel_gets_in(void **state)
{
	struct rig *r = rig_begin(1);
	struct phone *p = &r->phone[0];

	(void)state;
	r->eat = eat_first_scccn;
	rig_dial(r, 0);
	rig_run(r, 300);
	l2tp_path_gone(p->l2tp, r->now, 1, &r->l2tp);
	rig_phone_drain(r, 0);
	for (int i = 0; i < 2; i++) {
		p->tunnel = 0;
		p->tunnel = l2tp_dial(p->l2tp, r->now, 1, &r->l2tp);
		rig_phone_drain(r, 0);
		rig_run(r, 1500);
		r->arg = (unsigned)i;
	}
	l2tp_path_gone(p->l2tp, r->now, 1, &r->l2tp);
	rig_phone_drain(r, 0);
	p->tunnel = l2tp_dial(p->l2tp, r->now, 1, &r->l2tp);
	rig_phone_drain(r, 0);
	rig_run(r, 4000);
	assert_true(p->up);
	assert_int_equal(rig_attempt(r, 0).result, ATT_SUCCESS);
	rig_free(r);
}

/* The record of a dial-in goes on with the next login over the same SAs. */
static void
dials_again(struct rig *r, const char *user, const char *password)
{
	struct phone *p = &r->phone[0];

	if (p->ppp != NULL)
		ppp_close(p->ppp, r->now, PPP_CAUSE_CLOSED, "", &r->ppp);
	rig_phone_drain(r, 0);
	rig_run(r, 10000);
	l2tp_path_gone(p->l2tp, r->now, 1, &r->l2tp);
	rig_phone_drain(r, 0);
	rig_password(r, 0, user, password);
	p->tunnel = l2tp_dial(p->l2tp, r->now, 1, &r->l2tp);
	rig_phone_drain(r, 0);
	rig_run(r, 9000);
}

static void
next_login_over_the_same_sas(void **state)
{
	struct rig *r = rig_begin(1);
	struct attempt a;

	(void)state;
	rig_login(r, 0);
	assert_int_equal(rig_attempt(r, 0).result, ATT_SUCCESS);
	dials_again(r, "mallory", "guess");
	a = rig_attempt(r, 0);
	assert_int_equal(a.id, 1);
	assert_int_equal(a.result, ATT_REFUSED);
	assert_string_equal(a.user, "mallory");
	assert_string_equal(a.reason, "unknown user");
	assert_int_equal(a.stage, ATT_LCP);
	dials_again(r, "alice", "correct horse");
	a = rig_attempt(r, 0);
	assert_int_equal(a.id, 1);
	assert_int_equal(a.result, ATT_SUCCESS);
	assert_string_equal(a.user, "alice");
	assert_string_equal(a.reason, "logged in");
	/* Since it was dialled, not since the first IKE packet. */
	assert_true(mono_since_ms(a.ended, a.began) < 9000);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_password),
		cmocka_unit_test(eap_without_radius),
		cmocka_unit_test(unknown_user),
		cmocka_unit_test(hash_cannot_answer_chap),
		cmocka_unit_test(pool_is_empty),
		cmocka_unit_test(no_pool_at_all),
		cmocka_unit_test(static_address),
		cmocka_unit_test(user_session_limit),
		cmocka_unit_test(claimed_names_do_not_count),
		cmocka_unit_test(session_limit),
		cmocka_unit_test(login_rate),
		cmocka_unit_test(takeover),
		cmocka_unit_test(takeover_of_a_static_address),
		cmocka_unit_test(no_takeover_of_strangers),
		cmocka_unit_test(answers_are_kept_back),
		cmocka_unit_test(the_clock_stands),
		cmocka_unit_test(login_takes_too_long),
		cmocka_unit_test(address_takes_too_long),
		cmocka_unit_test(authentication_takes_too_long),
		cmocka_unit_test(silent_in_lcp),
		cmocka_unit_test(half_of_lcp),
		cmocka_unit_test(no_agreement_in_lcp),
		cmocka_unit_test(no_method_in_common),
		cmocka_unit_test(hangs_up_early),
		cmocka_unit_test(renegotiation_keeps_the_address),
		cmocka_unit_test(n69_renegotiation_as_another),
		cmocka_unit_test(renegotiation_that_never_ends),
		cmocka_unit_test(stale_question),
		cmocka_unit_test(session_before_icrp),
		cmocka_unit_test(sequencing),
		cmocka_unit_test(sequencing_without_room),
		cmocka_unit_test(no_room_for_a_session),
		cmocka_unit_test(no_room_to_open),
		cmocka_unit_test(refused_sccrq_is_explained),
		cmocka_unit_test(second_tunnel_gets_in),
		cmocka_unit_test(next_login_over_the_same_sas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
