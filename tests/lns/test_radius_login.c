/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins that RADIUS answers: methods, refusals, outages, late answers. */

#include "lns/lns_int.h"
#include "tests/lns/radius_rig.h"

static const enum ppp_method all[] = { PPP_PAP, PPP_CHAP_MD5, PPP_MSCHAPV2,
	PPP_EAP };

#define ALL	(sizeof(all) / sizeof(all[0]))

/* The dial-in fails for this reason, and nothing of it stays. */
static void
turned_away(struct rig *r, const char *reason)
{
	rig_dial(r, 0);
	rig_run(r, 200000);
	assert_false(r->phone[0].up);
	rig_expect_refused(r, reason);
	r->phone[0].deaf = true;
	rig_run(r, 400000);
	assert_int_equal(r->dp->sessions, 0);
	assert_int_equal(rig_pool_used(r), 0);
}

static void
method_in(enum ppp_method m)
{
	struct rig *r = servers_begin(m);
	const struct kept *k;

	rig_login(r, 0);
	k = servers_kept(r, 0, 0);
	kept_is(k, ATTR_USER_NAME, "alice");
	assert_int_equal(kept_has(k, 0, ATTR_USER_PASSWORD), m == PPP_PAP);
	assert_int_equal(kept_has(k, 0, ATTR_CHAP_PASSWORD), m == PPP_CHAP_MD5);
	assert_int_equal(kept_has(k, 0, ATTR_CHAP_CHALLENGE), m == PPP_CHAP_MD5);
	assert_int_equal(kept_has(k, ATTR_MICROSOFT, ATTR_MS_CHAP2_RESPONSE),
	    m == PPP_MSCHAPV2);
	assert_int_equal(kept_has(k, 0, ATTR_EAP_MESSAGE), m == PPP_EAP);
	assert_int_equal(servers_count(r, 0), m == PPP_EAP ? 2 : 1);
	rig_expect_log(r, ppp_method_str(m));
	servers_end(r);
}

static void
login_pap(void **state)
{
	(void)state;
	method_in(PPP_PAP);
}

static void
login_chap_md5(void **state)
{
	(void)state;
	method_in(PPP_CHAP_MD5);
}

static void
login_mschapv2(void **state)
{
	(void)state;
	method_in(PPP_MSCHAPV2);
}

static void
login_eap_with_state(void **state)
{
	(void)state;
	method_in(PPP_EAP);
}

/*
 * The handle of a session's place that was used very often has its highest bit
 * set, and with it the tag of the question: no accounting record's for that.
 */
static void
login_in_a_place_used_often(void **state)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);
	uint32_t handle = 0;

	(void)state;
	while (handle >> 31 == 0) {
		assert_non_null(pool_take(&r->l->accesses, &handle));
		pool_give(&r->l->accesses, handle);
	}
	rig_login(r, 0);
	servers_end(r);
}

static void
wrong_password_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct rig *r = servers_begin(all[i]);

		rig_password(r, 0, "alice", "guess");
		turned_away(r, "the RADIUS server refused");
		servers_end(r);
	}
}

/* What the server says goes into the reason, safe for a line. */
static void
reply_message_is_told(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);

	(void)state;
	r->servers->user[0].twist = TWIST_REJECT;
	radius_put_text(&r->servers->user[0].more, ATTR_REPLY_MESSAGE,
	    "come\nback \"tomorrow\"");
	turned_away(r, "the RADIUS server refused: come\\x0aback");
	servers_end(r);
}

/* N-73: by every method, and these log in. */
static void
n73_names_go_as_octets(void **state)
{
	static const struct {
		const char *name, *shown;
	} v[] = {
		{ "/", "user=/ " }, { "../../etc/passwd",
		    "user=../../etc/passwd " },
		{ "$(reboot)`id`;%n%s", "user=$(reboot)`id`;%n%s " },
		{ "\xff\xfe\xc0\xaf", "user=\\xff\\xfe\\xc0\\xaf " },
		{ "a\nlogin user=root", "user=a\\x0alogin\\x20user=root " },
		{ "user@realm@x", "user=user@realm@x " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		for (size_t m = 0; m < ALL; m++) {
			struct rig *r = servers_begin(all[m]);

			(void)servers_user(r, v[i].name, "pw");
			rig_password(r, 0, v[i].name, "pw");
			rig_login(r, 0);
			kept_is(servers_kept(r, 0, 0), ATTR_USER_NAME,
			    v[i].name);
			rig_expect_log(r, v[i].shown);
			servers_end(r);
		}
}

/* N-73: 253 bytes are a name (RFC 2865 §5), 254 are none and ask nobody. */
static void
n73_longest_names(void **state)
{
	char name[255] = { 0 };

	(void)state;
	memset(name, 'x', 253);
	for (size_t m = 0; m < ALL; m++) {
		struct rig *r = servers_begin(all[m]);

		rig_password(r, 0, name, "pw");
		turned_away(r, "the RADIUS server refused");
		kept_is(servers_kept(r, 0, 0), ATTR_USER_NAME, name);
		servers_end(r);
	}
	name[253] = 'x';
	for (size_t m = 0; m < ALL; m++) {
		struct rig *r = servers_begin(all[m]);

		rig_password(r, 0, name, "pw");
		turned_away(r, "a user name longer than RADIUS takes");
		assert_int_equal(servers_count(r, 0), 0);
		servers_end(r);
	}
}

/* ---- answers that are not as they should be ---- */

static void
mschap2_success_has_its_form(void **state)
{
	static const enum twist bad[] = { TWIST_NO_SUCCESS,
		TWIST_NO_HEX_SUCCESS, TWIST_OTHER_IDENT, TWIST_SHORT_SUCCESS };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rig *r = servers_begin(PPP_MSCHAPV2);

		r->servers->user[0].twist = bad[i];
		/* A wrong length makes the packet one that is not looked at. */
		turned_away(r, bad[i] == TWIST_SHORT_SUCCESS ?
		    "the server did not answer in time" :
		    "lacks what the method needs: no MS-CHAP2-Success");
		servers_end(r);
	}
}

static void
n84_challenge_for_pap_is_a_refusal(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct rig *r = servers_begin(all[i]);

		r->servers->user[0].twist = TWIST_CHALLENGE;
		radius_put_text(&r->servers->user[0].more,
		    ATTR_REPLY_MESSAGE, "token?");
		turned_away(r, "asked for what this method cannot answer: "
		    "token?");
		/* Nobody answers it: no State goes back. */
		for (unsigned k = 0; k < servers_count(r, 0); k++)
			assert_false(kept_has(servers_kept(r, 0, k), 0,
			    ATTR_STATE));
		servers_end(r);
	}
}

static void
n84_unknown_service_type_is_a_refusal(void **state)
{
	static const struct { uint8_t type; uint32_t v; } bad[] = {
		{ ATTR_SERVICE_TYPE, 1 }, { ATTR_FRAMED_PROTOCOL, 2 },
		{ ATTR_TUNNEL_TYPE, 3 } };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t m = 0; m < ALL; m++) {
			struct rig *r = servers_begin(all[m]);

			radius_put_u32(&r->servers->user[0].grants,
			    bad[i].type, bad[i].v);
			turned_away(r, "cannot be obeyed");
			/* We had not let him in: no record. */
			assert_int_equal(servers_count(r, REQUEST_START), 0);
			servers_end(r);
		}
}

static void
eap_too_long_is_refused(void **state)
{
	struct rig *r = servers_begin(PPP_EAP);

	(void)state;
	r->servers->user[0].twist = TWIST_EAP_LONG;
	turned_away(r, "longer than the link takes");
	servers_end(r);
}

static void
eap_challenge_without_a_packet_is_refused(void **state)
{
	struct rig *r = servers_begin(PPP_EAP);

	(void)state;
	r->servers->user[0].twist = TWIST_EAP_NONE;
	turned_away(r, "asked for what this method cannot answer");
	servers_end(r);
}

/* ---- MS-CHAP-Error ---- */

static void
mschap_error_reaches_the_phone(void **state)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);

	(void)state;
	r->servers->user[0].twist = TWIST_ERROR;
	turned_away(r, "the RADIUS server refused: E=646 R=0");
	assert_int_equal(servers_count(r, 0), 1);
	servers_end(r);
}

static bool
un_expire(struct rig *r, const struct mail *m)
{
	/* Once the Failure is on its way the next answer is an Accept. */
	if (m->way == TO_PHONE_PPP && servers_count(r, 0) == 1)
		r->servers->user[0].twist = TWIST_NONE;
	return false;
}

/* E=648: the phone sends a Change-Password, which goes to the server whole. */
static void
expired_password_is_changed(void **state)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);
	const struct kept *k;
	struct rd v;
	unsigned parts = 0;
	struct radius_packet q;
	struct attr_walk w;
	struct attr a;
	size_t n = 0;

	(void)state;
	assert_true(secret_set(&r->phone[0].ppp_p.new_password, "fresh", 5));
	r->servers->user[0].twist = TWIST_EXPIRED;
	r->eat = un_expire;
	rig_dial(r, 0);
	rig_run(r, 5000);
	assert_int_equal(servers_count(r, 0), 2);
	k = servers_kept(r, 0, 0);
	assert_false(kept_has(k, ATTR_MICROSOFT, ATTR_MS_CHAP2_RESPONSE));
	v = kept_get(k, ATTR_MICROSOFT, ATTR_MS_CHAP2_CPW);
	assert_int_equal(rd_left(&v), 68);
	assert_int_equal(v.p[0], 7);
	v = kept_get(k, ATTR_MICROSOFT, ATTR_MS_CHAP_CHALLENGE);
	/* The server's own challenge, which its Failure gave. */
	assert_true(rd_eq(v, "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa"
	    "\xbb\xcc\xdd\xee\xff", 16));
	q = kept_packet(k);
	w = attr_walk(q.attrs);
	while (attr_next(&w, &a)) {
		if (a.vendor != ATTR_MICROSOFT ||
		    a.type != ATTR_MS_CHAP_NT_ENC_PW)
			continue;
		assert_int_equal(a.value.p[0], 6);
		assert_int_equal(a.value.p[3], ++parts);
		n += rd_left(&a.value) - 4;
	}
	assert_int_equal(parts, 3);
	assert_int_equal(n, 516);
	servers_end(r);
}

/* ---- one login, one question ---- */

static void
one_login_one_push(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct rig *r = servers_begin(all[i]);

		/* The phone repeats its response every 3 s meanwhile. */
		r->servers->server[0].delay_ms = 25000;
		rig_dial(r, 0);
		rig_run(r, 24000);
		assert_false(r->phone[0].up);
		assert_int_equal(servers_count(r, 0), 1);
		rig_run(r, 10000);
		assert_true(r->phone[0].up);
		assert_int_equal(servers_count(r, 0), 1);
		/* The client's repeats were the same bytes. */
		assert_true(r->servers->server[0].repeats > 0);
		servers_end(r);
	}
}

static void
lost_packets_are_repeated(void **state)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);

	(void)state;
	r->servers->server[0].lose = 2;
	rig_dial(r, 0);
	rig_run(r, 20000);
	assert_true(r->phone[0].up);
	assert_int_equal(servers_count(r, 0), 1);
	servers_end(r);
}

/* The login may take 30 s; the 60 s of the server do not count. */
static void
login_clock_stands_while_radius_is_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL - 1; i++) {
		struct rig *r = servers_begin(all[i]);

		r->servers->server[0].delay_ms = 60000;
		rig_dial(r, 0);
		rig_run(r, 59000);
		assert_false(r->phone[0].up);
		rig_run(r, 5000);
		assert_true(r->phone[0].up);
		servers_end(r);
	}
}

static bool
eat_ncp(struct rig *r, const struct mail *m)
{
	(void)r;
	/* IPCP of the phone gets nowhere. */
	return m->way == TO_PPP && m->n > 4 && m->b[2] == 0x80 &&
	    m->b[3] == 0x21;
}

static void
login_clock_goes_on_after_the_answer(void **state)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);

	(void)state;
	r->p.ppp.max_configure = 100;
	r->servers->server[0].delay_ms = 60000;
	r->eat = eat_ncp;
	rig_dial(r, 0);
	rig_run(r, 60000 + 29000);
	assert_int_equal(r->dp->sessions, 1);
	assert_int_equal(rig_attempt(r, 0).result, ATT_GOING);
	rig_run(r, 1500);
	rig_expect_refused(r, "gave up in IPCP: the peer did not answer (not logged in 30 s");
	servers_end(r);
}

/* Even a phone that begins LCP anew gets no more than one wait in all. */
static void
clock_of_a_server_that_never_answers(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);

	(void)state;
	r->servers->server[0].hold = true;
	rig_dial(r, 0);
	rig_run(r, 89000);
	assert_int_equal(r->dp->sessions, 1);
	rig_run(r, 10000);
	rig_expect_refused(r, "no RADIUS server answered");
	r->phone[0].deaf = true;
	rig_run(r, 400000);
	assert_int_equal(r->dp->sessions, 0);
	servers_end(r);
}

/* The phone gives up and dials anew on the same call: another question. */
static void
late_answer_to_an_older_question_is_ignored(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);

	(void)state;
	r->servers->server[0].hold = true;
	rig_dial(r, 0);
	rig_run(r, 1000);
	assert_int_equal(servers_count(r, 0), 1);
	/* LCP again, with another password, before the answer came. */
	assert_true(secret_set(&r->phone[0].ppp_p.password, "guess", 5));
	ppp_free(r->phone[0].ppp);
	r->phone[0].ppp = ppp_new(&r->phone[0].ppp_p, PPP_PEER,
	    &r->phone[0].rng, NULL);
	ppp_lower_up(r->phone[0].ppp, r->now, &r->ppp);
	rig_phone_drain(r, 0);
	rig_run(r, 1000);
	assert_int_equal(servers_count(r, 0), 2);
	assert_int_equal(r->servers->answers, 2);
	/* The old Accept comes alone. */
	r->servers->answer[0].held = false;
	rig_run(r, 1000);
	assert_false(r->phone[0].up);
	assert_int_equal(servers_count(r, 0), 2);
	servers_release(r);
	rig_run(r, 30000);
	assert_false(r->phone[0].up);
	rig_expect_refused(r, "the RADIUS server refused");
	servers_end(r);
}

static void
session_ends_while_a_question_is_out(void **state)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);

	(void)state;
	r->servers->server[0].hold = true;
	rig_dial(r, 0);
	rig_run(r, 1000);
	ppp_close(r->phone[0].ppp, r->now, PPP_CAUSE_CLOSED, "", &r->ppp);
	rig_phone_drain(r, 0);
	rig_run(r, 5000);
	assert_int_equal(r->dp->sessions, 0);
	servers_release(r);
	rig_run(r, 200000);
	assert_int_equal(servers_count(r, REQUEST_START), 0);
	assert_int_equal(servers_count(r, REQUEST_STOP), 0);
	lns_shutdown(r->l, r->now);
	rig_run(r, 5000);
	rig_expect_empty(r);
	servers_end(r);
}

/* ---- no server, local users ---- */

static void
no_server_is_told(void **state)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);

	(void)state;
	servers_die(r, true);
	turned_away(r, "no RADIUS server answered");
	rig_expect_log(r, "radius server=s0 service=auth state=down");
	/* An outage of ours is no failure of his: no delay at once after. */
	servers_die(r, false);
	rig_run(r, 120000);
	rig_expect_log(r, "radius server=s0 service=auth state=up");
	r->phone[0].deaf = false;
	rig_reset_phone(r, 0);
	rig_login(r, 0);
	servers_end(r);
}

static struct rig *
with_policy(enum aaa_local_use use)
{
	struct rig *r = servers_new(1);

	r->p.policy.local = use;
	phone_method(r, 0, PPP_MSCHAPV2);
	servers_start(r);
	return r;
}

static void
local_first_asks_nobody(void **state)
{
	struct rig *r = with_policy(AAA_LOCAL_FIRST);

	(void)state;
	rig_login(r, 0);
	assert_int_equal(servers_count(r, 0), 0);
	/* Its records go to the servers all the same: Acct-Authentic Local. */
	rig_run(r, 1000);
	assert_int_equal(kept_u32(servers_kept(r, REQUEST_START, 0),
	    ATTR_ACCT_AUTHENTIC), 2);
	servers_end(r);

	/* Who is not in the file is the server's. */
	r = with_policy(AAA_LOCAL_FIRST);
	rig_password(r, 0, "dora", "explore");
	(void)servers_user(r, "dora", "explore");
	rig_login(r, 0);
	assert_int_equal(servers_count(r, 0), 1);
	servers_end(r);
}

static void
local_never_has_no_use_for_the_file(void **state)
{
	struct rig *r = with_policy(AAA_LOCAL_NEVER);

	(void)state;
	turned_away(r, "the RADIUS server refused");
	servers_die(r, true);
	servers_end(r);
}

static void
local_fallback_when_no_server_answers(void **state)
{
	struct rig *r = with_policy(AAA_LOCAL_FALLBACK);

	(void)state;
	/* The server lives and says no: the file does not overrule it. */
	turned_away(r, "the RADIUS server refused");
	servers_end(r);

	r = with_policy(AAA_LOCAL_FALLBACK);
	servers_die(r, true);
	rig_dial(r, 0);
	rig_run(r, 95000);
	assert_true(r->phone[0].up);
	rig_expect_log(r, "radius fallback attempt=1 user=alice");
	servers_die(r, false);
	rig_run(r, 400000);
	assert_int_equal(kept_u32(servers_kept(r, REQUEST_START, 0),
	    ATTR_ACCT_AUTHENTIC), 2);
	servers_end(r);
}

/* The table of kept questions is bounded; without a copy there is no fallback. */
static void
questions_are_bounded(void **state)
{
	struct rig *r = servers_new(2);

	(void)state;
	r->p.radius.questions = 1;
	for (uint32_t i = 0; i < 2; i++)
		phone_method(r, i, PPP_PAP);
	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	r->servers->server[0].hold = true;
	rig_dial(r, 0);
	rig_run(r, 1000);
	rig_dial(r, 1);
	rig_run(r, 1000);
	assert_int_equal(servers_count(r, 0), 1);
	rig_run(r, 30000);
	rig_expect_refused(r, "no turn to ask RADIUS came in time");
	servers_end(r);
}

/* ---- names ---- */

static void
realm_picks_the_group_and_strips(void **state)
{
	struct rig *r = servers_new(2);
	const struct kept *k;

	(void)state;
	r->p.policy.realm_n = 1;
	strcpy(r->p.policy.realm[0].name, "Example.org");
	r->p.policy.realm[0].auth_group = 1;
	r->p.policy.realm[0].acct_group = 1;
	r->p.policy.realm[0].strip = true;
	phone_method(r, 0, PPP_PAP);
	phone_method(r, 1, PPP_PAP);
	(void)servers_user(r, "alice", "correct horse");
	rig_password(r, 0, "alice@example.ORG", "correct horse");
	rig_password(r, 1, "EXAMPLE.org\\alice", "correct horse");
	servers_start(r);
	/* Both groups were told that we are there. */
	assert_int_equal(servers_count(r, REQUEST_ON), 2);
	for (uint32_t i = 0; i < 2; i++) {
		rig_login(r, i);
		k = servers_kept(r, 0, 0);
		assert_int_equal(k->server, 1);
		kept_is(k, ATTR_USER_NAME, "alice");
		k = servers_kept(r, REQUEST_START, 0);
		assert_int_equal(k->server, 1);
		/* The record names him as the question did. */
		kept_is(k, ATTR_USER_NAME, "alice");
	}
	servers_end(r);
}

static void
empty_password_is_refused_here(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);

	(void)state;
	rig_password(r, 0, "alice", "");
	turned_away(r, "empty password");
	assert_int_equal(servers_count(r, 0), 0);
	servers_end(r);
}

static void
empty_name_is_refused_here(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);

	(void)state;
	rig_password(r, 0, "", "correct horse");
	turned_away(r, "empty or too long user name");
	assert_int_equal(servers_count(r, 0), 0);
	servers_end(r);
}

/* A PAP Authenticate-Request, RFC 1334 §2.2.1, with any octets as name. */
static bool
other_name(struct rig *r, const struct mail *m)
{
	static const char names[4][8] = { "a\0b", "../../x", "\xff\xfe\x80",
		"\x1b[31m\"" };
	static const size_t lens[4] = { 3, 7, 3, 6 };
	struct mail *to = (struct mail *)(uintptr_t)m;
	size_t n = r->arg < 4 ? lens[r->arg] : r->arg == 4 ? 253 : 254;
	uint8_t *b = to->b;

	if (m->way != TO_PPP || b[2] != 0xc0 || b[3] != 0x23 || b[4] != 1)
		return false;
	b[8] = (uint8_t)n;
	if (r->arg < 4)
		memcpy(b + 9, names[r->arg], n);
	else
		memset(b + 9, 'x', n);
	b[9 + n] = 5;
	memcpy(b + 10 + n, "xyzzy", 5);
	to->n = 15 + n;
	b[6] = (uint8_t)((to->n - 4) >> 8);
	b[7] = (uint8_t)(to->n - 4);
	return false;
}

static void
n73_user_names_pass_as_octets(void **state)
{
	static const char *const shown[] = { "user=a\\x00b ", "user=../../x ",
		"user=\\xff\\xfe\\x80 ", "user=\\x1b[31m\\x22 ", "user=xxxx" };

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct rig *r = servers_begin(PPP_PAP);
		const char *line;

		r->arg = i;
		r->eat = other_name;
		rig_dial(r, 0);
		rig_run(r, 5000);
		if (i == 5) {	/* 254 do not fit an attribute: nothing is sent */
			assert_int_equal(servers_count(r, 0), 0);
		} else {
			struct rd v = kept_get(servers_kept(r, 0, 0), 0,
			    ATTR_USER_NAME);
			static const size_t n[] = { 3, 7, 3, 6, 253 };

			assert_int_equal(rd_left(&v), n[i]);
			if (i == 0)
				assert_true(rd_eq(v, "a\0b", 3));
			if (i == 2)
				assert_true(rd_eq(v, "\xff\xfe\x80", 3));
			rig_expect_log(r, shown[i]);
		}
		/* Each byte of the log is a line's end or can be printed. */
		for (line = r->log; *line != '\0'; line++)
			assert_true(*line == '\n' ||
			    (*line >= ' ' && *line < 0x7f));
		assert_false(r->phone[0].up);
		servers_end(r);
	}
}

/* ---- failures and what follows ---- */

/* RADIUS said no: the next answer is kept back; nobody is asked before. */
static void
after_a_failure_the_question_waits(void **state)
{
	struct rig *r = servers_new(1);

	(void)state;
	r->p.auth_delay_s = 8;
	(void)servers_user(r, "alice", "correct horse");
	phone_method(r, 0, PPP_PAP);
	servers_start(r);
	rig_password(r, 0, "alice", "guess");
	rig_dial(r, 0);
	rig_run(r, 500);
	assert_int_equal(servers_count(r, 0), 1);
	rig_reset_phone(r, 0);
	rig_password(r, 0, "alice", "correct horse");
	rig_dial(r, 0);
	rig_run(r, 5000);
	assert_int_equal(servers_count(r, 0), 1);
	rig_run(r, 5000);
	assert_int_equal(servers_count(r, 0), 2);
	assert_true(r->phone[0].up);
	servers_end(r);
}

static void
port_limit_holds(void **state)
{
	struct rig *r = servers_new(2);

	(void)state;
	for (uint32_t i = 0; i < 2; i++)
		phone_method(r, i, PPP_MSCHAPV2);
	radius_put_u32(&servers_user(r, "alice", "correct horse")->grants,
	    ATTR_PORT_LIMIT, 1);
	servers_start(r);
	rig_login(r, 0);
	rig_dial(r, 1);
	rig_run(r, 20000);
	assert_true(r->phone[0].up);
	assert_false(r->phone[1].up);
	rig_expect_refused(r, "user has 1 sessions already");
	servers_end(r);
}

static void
unknown_pool_is_noted(void **state)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);

	(void)state;
	radius_put_text(&r->servers->user[0].grants, ATTR_FRAMED_POOL,
	    "elsewhere");
	rig_login(r, 0);
	rig_expect_log(r, "login note attempt=1 user=alice note=\"pool "
	    "elsewhere of the server's answer is not known here\"");
	servers_end(r);
}

static void
profile_reaches_the_data_plane(void **state)
{
	static const char *const pools[] = { "main", "second" };
	static const char *const acls[] = { "staff" };
	struct rig *r = servers_new(1);
	struct radius_build *b =
	    &servers_user(r, "alice", "correct horse")->grants;
	struct ipaddr dns = ipaddr_v4(0x09090909);
	const struct plane_sess *s;

	(void)state;
	r->p.pool_n = r->p.names.pool_n = 2;
	strcpy(r->p.pool[1].name, "second");
	r->p.pool[1].range_n = 1;
	r->p.pool[1].range[0] = (struct addrpool_range){ 0x0a030002,
		0x0a030003 };
	r->p.names.pool = pools;
	r->p.names.acl = acls;
	r->p.names.acl_n = 1;
	phone_method(r, 0, PPP_MSCHAPV2);
	r->phone[0].ppp_p.methods = PPP_MSCHAPV2;
	radius_put_text(b, ATTR_FRAMED_POOL, "second");
	radius_put_text(b, ATTR_FILTER_ID, "staff");
	radius_put_text(b, ATTR_FRAMED_ROUTE, "10.77.0.0/16 0.0.0.0 3");
	radius_put_text(b, ATTR_FRAMED_ROUTE, "11.0.0.0/9");
	radius_put_u32(b, ATTR_FRAMED_MTU, 1000);
	radius_put_vendor(b, ATTR_MIKROTIK, ATTR_MIKROTIK_RATE_LIMIT,
	    "1M/2M", 5);
	radius_put_vendor(b, ATTR_MICROSOFT, ATTR_MS_PRIMARY_DNS_SERVER,
	    dns.b, 4);
	servers_start(r);
	rig_login(r, 0);
	s = &r->dp->sess[0];
	assert_int_equal(ipaddr_as_v4(&s->net.peer4), 0x0a030002);
	assert_int_equal(s->policy.acl, 1);
	assert_int_equal(s->policy.rx_bps, 1000000);
	assert_int_equal(s->policy.tx_bps, 2000000);
	assert_int_equal(s->net.mtu, 1000);
	/* 11.0.0.0/9 is another's: left out, and said. */
	assert_int_equal(s->net.route_n, 1);
	assert_int_equal(s->net.route[0].bits, 16);
	rig_expect_log(r, "route refused attempt=1 user=alice "
	    "route=11.0.0.0/9");
	assert_int_equal(r->route_n, 1);
	assert_int_equal(r->route[0].bits, 16);
	assert_int_equal(r->route_metric, 3);
	assert_true(ipaddr_eq(&r->phone[0].net.dns[0], &dns));
	servers_end(r);
}

/* No room for the policy: the session does not come up without it. */
static void
no_policy_no_session(void **state)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);

	(void)state;
	radius_put_vendor(&r->servers->user[0].grants, ATTR_MIKROTIK,
	    ATTR_MIKROTIK_RATE_LIMIT, "1M", 2);
	r->dp->refuse_policy = 0;
	rig_dial(r, 0);
	rig_run(r, 5000);
	assert_false(r->phone[0].up && r->dp->sess[0].open);
	rig_expect_refused(r, "out of resources");
	servers_end(r);
}

static void
address_taken(bool take)
{
	struct rig *r = servers_new(2);
	struct ipaddr addr = ipaddr_v4(0x0a020007);

	r->p.take_address = take;
	for (uint32_t i = 0; i < 2; i++)
		phone_method(r, i, PPP_MSCHAPV2);
	radius_put_addr(&servers_user(r, "alice", "correct horse")->grants,
	    ATTR_FRAMED_IP_ADDRESS, &addr);
	radius_put_addr(&servers_user(r, "dora", "explore")->grants,
	    ATTR_FRAMED_IP_ADDRESS, &addr);
	rig_password(r, 1, "dora", "explore");
	servers_start(r);
	rig_login(r, 0);
	assert_true(ipaddr_eq(&r->phone[0].net.ours, &addr));
	rig_dial(r, 1);
	rig_run(r, 20000);
	assert_int_equal(r->phone[1].up, take);
	if (take) {
		rig_expect_log(r, "address taken over attempt=2 user=dora "
		    "address=10.2.0.7 from=alice");
		assert_int_equal(kept_u32(servers_kept(r, REQUEST_STOP, 0),
		    ATTR_ACCT_TERMINATE_CAUSE), CAUSE_PORT_PREEMPTED);
		assert_true(ipaddr_eq(&r->phone[1].net.ours, &addr));
	} else {
		rig_expect_refused(r, "static address 10.2.0.7 is in use by "
		    "alice");
		assert_int_equal(servers_count(r, REQUEST_STOP), 0);
		assert_true(r->phone[0].up);
	}
	servers_end(r);
}

static void
framed_ip_taken_is_refused(void **state)
{
	(void)state;
	address_taken(false);
}

static void
framed_ip_taken_is_taken_over(void **state)
{
	(void)state;
	address_taken(true);
}

/*
 * A server may give out addresses of our pool, too: whoever leases later gets
 * another one, and all that were passed over are free again.
 */
static void
framed_ip_of_the_pool_is_not_leased(void **state)
{
	struct rig *r = servers_new(2);
	struct ipaddr addr = ipaddr_v4(0x0a010002);

	(void)state;
	for (uint32_t i = 0; i < 2; i++)
		phone_method(r, i, PPP_MSCHAPV2);
	radius_put_addr(&servers_user(r, "alice", "correct horse")->grants,
	    ATTR_FRAMED_IP_ADDRESS, &addr);
	(void)servers_user(r, "dora", "explore");
	rig_password(r, 1, "dora", "explore");
	servers_start(r);
	rig_login(r, 0);
	assert_true(ipaddr_eq(&r->phone[0].net.ours, &addr));
	rig_login(r, 1);
	assert_int_equal(ipaddr_as_v4(&r->phone[1].net.ours), 0x0a010003);
	assert_int_equal(rig_pool_used(r), 1);
	servers_end(r);
}

/* When it is the pool's last one, there is none. */
static void
framed_ip_is_the_last_of_the_pool(void **state)
{
	struct rig *r = servers_new(2);
	struct ipaddr addr = ipaddr_v4(0x0a010002);

	(void)state;
	r->p.pool[0].range[0] = (struct addrpool_range){ 0x0a010002,
		0x0a010002 };
	for (uint32_t i = 0; i < 2; i++)
		phone_method(r, i, PPP_MSCHAPV2);
	radius_put_addr(&servers_user(r, "alice", "correct horse")->grants,
	    ATTR_FRAMED_IP_ADDRESS, &addr);
	(void)servers_user(r, "dora", "explore");
	rig_password(r, 1, "dora", "explore");
	servers_start(r);
	rig_login(r, 0);
	rig_dial(r, 1);
	rig_run(r, 20000);
	assert_false(r->phone[1].up);
	rig_expect_refused(r, "address pool main is empty");
	assert_true(r->phone[0].up);
	servers_end(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_pap),
		cmocka_unit_test(login_chap_md5),
		cmocka_unit_test(login_mschapv2),
		cmocka_unit_test(login_eap_with_state),
		cmocka_unit_test(login_in_a_place_used_often),
		cmocka_unit_test(wrong_password_is_refused),
		cmocka_unit_test(reply_message_is_told),
		cmocka_unit_test(n73_names_go_as_octets),
		cmocka_unit_test(n73_longest_names),
		cmocka_unit_test(mschap2_success_has_its_form),
		cmocka_unit_test(n84_challenge_for_pap_is_a_refusal),
		cmocka_unit_test(n84_unknown_service_type_is_a_refusal),
		cmocka_unit_test(eap_too_long_is_refused),
		cmocka_unit_test(eap_challenge_without_a_packet_is_refused),
		cmocka_unit_test(mschap_error_reaches_the_phone),
		cmocka_unit_test(expired_password_is_changed),
		cmocka_unit_test(one_login_one_push),
		cmocka_unit_test(lost_packets_are_repeated),
		cmocka_unit_test(login_clock_stands_while_radius_is_asked),
		cmocka_unit_test(login_clock_goes_on_after_the_answer),
		cmocka_unit_test(clock_of_a_server_that_never_answers),
		cmocka_unit_test(late_answer_to_an_older_question_is_ignored),
		cmocka_unit_test(session_ends_while_a_question_is_out),
		cmocka_unit_test(no_server_is_told),
		cmocka_unit_test(local_first_asks_nobody),
		cmocka_unit_test(local_never_has_no_use_for_the_file),
		cmocka_unit_test(local_fallback_when_no_server_answers),
		cmocka_unit_test(questions_are_bounded),
		cmocka_unit_test(realm_picks_the_group_and_strips),
		cmocka_unit_test(empty_password_is_refused_here),
		cmocka_unit_test(empty_name_is_refused_here),
		cmocka_unit_test(n73_user_names_pass_as_octets),
		cmocka_unit_test(after_a_failure_the_question_waits),
		cmocka_unit_test(port_limit_holds),
		cmocka_unit_test(unknown_pool_is_noted),
		cmocka_unit_test(profile_reaches_the_data_plane),
		cmocka_unit_test(no_policy_no_session),
		cmocka_unit_test(framed_ip_taken_is_refused),
		cmocka_unit_test(framed_ip_taken_is_taken_over),
		cmocka_unit_test(framed_ip_of_the_pool_is_not_leased),
		cmocka_unit_test(framed_ip_is_the_last_of_the_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
