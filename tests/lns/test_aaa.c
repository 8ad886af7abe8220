/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local users.  The MS-CHAPv2 numbers are RFC 2759 §9.2: user "User",
 * password "clientPass".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "lns/aaa.h"

static const uint8_t auth_challenge[16] = {
	0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e,
	0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28,
};
static const uint8_t peer_challenge[16] = {
	0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a,
	0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e,
};
static const uint8_t nt_response[24] = {
	0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e,
	0xa0, 0x8f, 0xaa, 0x39, 0x81, 0xcd, 0x83, 0x54,
	0x42, 0x33, 0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf,
};
static const uint8_t nt_hash[16] = {
	0x44, 0xeb, 0xba, 0x8d, 0x53, 0x12, 0xb8, 0xd6,
	0x11, 0x47, 0x44, 0x11, 0xf5, 0x69, 0x89, 0xae,
};
#define SUCCESS	"S=407A5589115FD0D6209F510FE9C04566932CDA56"

static struct aaa_user people[] = {
	{ .name = "User", .password = "clientPass", .password_len = 10,
	    .pool = 1, .sessions = 2 },
	{ .name = "hashed", .has_nt = true },
	{ .name = "nothing" },
	{ .name = "alice@example.org", .password = "a", .password_len = 1 },
	{ .name = "bob", .password = "b", .password_len = 1,
	    .address = { .family = IP_V4, .b = { 10, 9, 0, 7 } } },
};

static struct aaa_users users = { people, 5 };

static const struct profile_names names = { .pool_n = 0 };

static struct ppp_auth
question(const char *name, enum ppp_method method)
{
	struct ppp_auth q = { .method = method,
	    .name_len = (uint8_t)strlen(name) };

	memcpy(q.name, name, strlen(name));
	return q;
}

static struct ppp_auth
mschap(const char *name)
{
	struct ppp_auth q = question(name, PPP_MSCHAPV2);

	memcpy(q.challenge, auth_challenge, 16);
	q.challenge_len = 16;
	memcpy(q.response, peer_challenge, 16);
	memcpy(q.response + 24, nt_response, 24);
	q.response_len = 49;
	return q;
}

static enum aaa_why
ask(const struct ppp_auth *q, struct aaa_answer *a)
{
	aaa_local(&users, &names, q, a);
	assert_int_equal(a->verdict.ok, a->why == AAA_OK);
	if (a->why != AAA_OK) {		/* the peer hears the same always */
		assert_int_equal(a->verdict.error, 691);
		assert_true(a->verdict.retry);
		assert_string_equal(a->verdict.message, "access denied");
	}
	return a->why;
}

static void
mschapv2_of_rfc2759(void **state)
{
	struct ppp_auth q = mschap("User");
	struct aaa_answer a;

	(void)state;
	assert_int_equal(ask(&q, &a), AAA_OK);
	assert_string_equal(a.verdict.mschap_success, SUCCESS);
	assert_int_equal(a.profile.pool, 1);
	assert_int_equal(a.profile.sessions, 2);
	q = mschap("BIGCO\\User");		/* the hash is without domain */
	assert_int_equal(ask(&q, &a), AAA_OK);
	q = mschap("User");
	q.response[24] ^= 1;
	assert_int_equal(ask(&q, &a), AAA_WRONG_PASSWORD);
	q = mschap("User");
	q.response_len = 48;
	assert_int_equal(ask(&q, &a), AAA_WRONG_PASSWORD);
}

static void
nt_hash_is_enough_for_mschapv2_and_pap(void **state)
{
	struct ppp_auth q = question("hashed", PPP_PAP);
	struct aaa_answer a;

	(void)state;
	memcpy(people[1].nt_hash, nt_hash, 16);
	assert_true(aaa_users_sort(people, 5, &(const char *){ NULL }));
	assert_true(secret_set(&q.password, "clientPass", 10));
	assert_int_equal(ask(&q, &a), AAA_OK);
	assert_true(secret_set(&q.password, "clientpass", 10));
	assert_int_equal(ask(&q, &a), AAA_WRONG_PASSWORD);
	q = question("hashed", PPP_CHAP_MD5);
	assert_int_equal(ask(&q, &a), AAA_NO_METHOD);
	q = question("nothing", PPP_PAP);
	assert_int_equal(ask(&q, &a), AAA_NO_METHOD);
}

/* No local user can answer EAP, whatever is stored and whatever it says. */
static void
eap_needs_radius(void **state)
{
	struct ppp_auth q = question("bob", PPP_EAP);
	struct aaa_answer a;

	(void)state;
	memcpy(q.eap, "\3\1\0\4", 4);
	q.eap_len = 4;
	assert_int_equal(ask(&q, &a), AAA_NEEDS_RADIUS);
	assert_false(a.verdict.more);
	assert_int_equal(a.verdict.eap_len, 0);
	q = question("", PPP_EAP);
	assert_int_equal(ask(&q, &a), AAA_NEEDS_RADIUS);
	assert_string_equal(aaa_why_str(AAA_NEEDS_RADIUS), "EAP needs RADIUS");
}

static void
pap_and_chap_md5(void **state)
{
	struct ppp_auth q = question("bob", PPP_PAP);
	struct aaa_answer a;

	(void)state;
	assert_true(secret_set(&q.password, "b", 1));
	assert_int_equal(ask(&q, &a), AAA_OK);
	assert_int_equal(ipaddr_as_v4(&a.profile.address), 0x0a090007);
	assert_true(secret_set(&q.password, "bb", 2));
	assert_int_equal(ask(&q, &a), AAA_WRONG_PASSWORD);
	assert_true(secret_set(&q.password, "c", 1));
	assert_int_equal(ask(&q, &a), AAA_WRONG_PASSWORD);
	assert_true(secret_set(&q.password, "", 0));
	assert_int_equal(ask(&q, &a), AAA_WRONG_PASSWORD);

	q = question("bob", PPP_CHAP_MD5);
	q.id = 9;
	q.challenge_len = 16;
	q.response_len = 16;
	ppp_chap_md5(9, rd_make("b", 1), rd_make(q.challenge, 16), q.response);
	assert_int_equal(ask(&q, &a), AAA_OK);
	q.id = 10;
	assert_int_equal(ask(&q, &a), AAA_WRONG_PASSWORD);
	q.response_len = 15;
	assert_int_equal(ask(&q, &a), AAA_WRONG_PASSWORD);
}

static void
names_with_domain_and_realm(void **state)
{
	static const struct {
		const char *name;
		const char *password;
		enum aaa_why why;
	} cases[] = {
		{ "alice@example.org", "a", AAA_OK },
		{ "X\\alice@example.org", "a", AAA_OK },
		{ "alice", "a", AAA_UNKNOWN_USER },
		{ "bob@anywhere", "b", AAA_OK },
		{ "X\\bob@anywhere", "b", AAA_OK },
		{ "bob@", "b", AAA_OK },
		{ "@bob", "b", AAA_UNKNOWN_USER },
		{ "", "b", AAA_BAD_NAME },
		{ "X\\", "b", AAA_UNKNOWN_USER },
		{ "nobody", "b", AAA_UNKNOWN_USER },
	};
	struct aaa_answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ppp_auth q = question(cases[i].name, PPP_PAP);

		assert_true(secret_set(&q.password, cases[i].password, 1));
		assert_int_equal(ask(&q, &a), cases[i].why);
	}
}

static void
n73_name_with_a_nul_is_nobodys(void **state)
{
	struct ppp_auth q = question("bob", PPP_PAP);
	struct aaa_answer a;

	(void)state;
	q.name_len = 4;		/* "bob\0" */
	assert_true(secret_set(&q.password, "b", 1));
	assert_int_equal(ask(&q, &a), AAA_UNKNOWN_USER);
	q.name_len = 254;
	memset(q.name, 'x', 254);
	assert_int_equal(ask(&q, &a), AAA_UNKNOWN_USER);
}

static void
a_name_twice_is_found(void **state)
{
	struct aaa_user v[] = { { .name = "b" }, { .name = "a" },
	    { .name = "b" } };
	const char *twice = NULL;

	(void)state;
	assert_false(aaa_users_sort(v, 3, &twice));
	assert_string_equal(twice, "b");
	assert_true(aaa_users_sort(v, 0, &twice));
	for (int i = 0; i < AAA_WHY_COUNT; i++)
		assert_string_not_equal(aaa_why_str((enum aaa_why)i), "unknown");
}

/* ---- who is to answer ---- */

static struct aaa_policy
policy(enum aaa_local_use local)
{
	struct aaa_policy p = { .local = local, .auth_group = 1,
		.acct_group = 2, .realm_n = 3 };

	p.realm[0] = (struct aaa_realm){ "corp", 3, 4, false };
	p.realm[1] = (struct aaa_realm){ "example.org", 5, 6, true };
	p.realm[2] = (struct aaa_realm){ "here", AAA_NO_GROUP, 7, true };
	return p;
}

static struct rd
name_of(const char *s)
{
	return rd_make(s, strlen(s));
}

static void
realm_picks_the_servers(void **state)
{
	static const struct {
		const char *name, *sent;
		uint32_t auth, acct;
	} c[] = {
		{ "carol", "carol", 1, 2 },
		{ "carol@corp", "carol@corp", 3, 4 },
		{ "CORP\\carol", "CORP\\carol", 3, 4 },
		{ "carol@Example.ORG", "carol", 5, 6 },
		{ "EXAMPLE.org\\carol", "carol", 5, 6 },
		/* the last @ counts */
		{ "carol@corp@example.org", "carol@corp", 5, 6 },
		{ "carol@example.org@corp", "carol@example.org@corp", 3, 4 },
		{ "carol@elsewhere", "carol@elsewhere", 1, 2 },
		{ "carol@", "carol@", 1, 2 },
		{ "@corp", "@corp", 3, 4 },
		/* nothing is left when the realm goes */
		{ "@example.org", "", 5, 6 },
		{ "\\carol", "\\carol", 1, 2 },
		{ "carol@corpo", "carol@corpo", 1, 2 },
		{ "", "", 1, 2 },
	};
	struct aaa_policy p = policy(AAA_LOCAL_NEVER);
	struct aaa_choice got;

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		aaa_choose(&p, &users, name_of(c[i].name), &got);
		assert_int_equal(got.auth_group, c[i].auth);
		assert_int_equal(got.acct_group, c[i].acct);
		assert_true(rd_eq(got.user, c[i].sent, strlen(c[i].sent)));
		assert_false(got.local);
		assert_false(got.fallback);
	}
}

static void
local_first_fallback_never(void **state)
{
	static const struct {
		enum aaa_local_use use;
		const char *name;
		bool local, fallback;
	} c[] = {
		{ AAA_LOCAL_FIRST, "bob", true, false },
		/* A listed realm's namesake is somebody else. */
		{ AAA_LOCAL_FIRST, "CORP\\bob", false, false },
		{ AAA_LOCAL_FIRST, "bob@example.org", false, false },
		{ AAA_LOCAL_FIRST, "alice@example.org", true, false },
		{ AAA_LOCAL_FIRST, "ELSEWHERE\\bob", true, false },
		{ AAA_LOCAL_FIRST, "carol", false, false },
		{ AAA_LOCAL_FALLBACK, "bob", false, true },
		{ AAA_LOCAL_FALLBACK, "carol", false, true },
		{ AAA_LOCAL_NEVER, "bob", false, false },
		/* No servers for this realm: the file, whatever the policy. */
		{ AAA_LOCAL_NEVER, "bob@here", true, false },
		{ AAA_LOCAL_FALLBACK, "bob@here", true, false },
	};
	struct aaa_choice got;

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct aaa_policy p = policy(c[i].use);

		aaa_choose(&p, &users, name_of(c[i].name), &got);
		assert_int_equal(got.local, c[i].local);
		assert_int_equal(got.fallback, c[i].fallback);
	}
}

/* ---- a reply of RADIUS ---- */

struct reply {
	uint8_t buf[4096];
	struct radius_build b;
	struct radius_act act;
	struct aaa_shown shown;
};

static void
reply_open(struct reply *r, enum radius_code code, enum ppp_method m)
{
	memset(r, 0, sizeof(*r));
	radius_open_attrs(&r->b, r->buf, sizeof(r->buf));
	r->act.kind = RADIUS_DONE;
	r->act.result = RADIUS_ANSWERED;
	r->act.reply.code = code;
	r->shown = (struct aaa_shown){ m, 7 };
}

static void
reply_read(struct reply *r, struct aaa_answer *a)
{
	static const struct profile base = { .session_s = 11 };

	r->act.reply.attrs = wr_out(&r->b.w);
	assert_false(r->act.reply.attrs.bad);
	aaa_radius(&r->act, &r->shown, &names, &base, a);
	assert_int_equal(a->verdict.ok, a->why == AAA_OK);
	assert_int_equal(a->verdict.more, a->why == AAA_MORE);
	if (!a->verdict.ok && !a->verdict.more)
		assert_true(a->verdict.error != 0);
}

static void
accept_begins_with_the_base(void **state)
{
	struct reply r;
	struct aaa_answer a;

	(void)state;
	reply_open(&r, RADIUS_ACCESS_ACCEPT, PPP_PAP);
	radius_put_text(&r.b, ATTR_REPLY_MESSAGE, "hello \"you\"\n");
	reply_read(&r, &a);
	assert_int_equal(a.why, AAA_OK);
	assert_int_equal(a.profile.session_s, 11);
	assert_string_equal(a.verdict.message, "hello \"you\"?");
	reply_open(&r, RADIUS_ACCESS_ACCEPT, PPP_PAP);
	radius_put_u32(&r.b, ATTR_SESSION_TIMEOUT, 12);
	reply_read(&r, &a);
	assert_int_equal(a.profile.session_s, 12);
}

/* Each byte of the 43 counts: ident, "S=", 40 hex digits of either case. */
static void
mschap2_success_byte_by_byte(void **state)
{
	static const char good[] = "\7S=407A5589115fd0d6209F510FE9C0456693"
	    "2CDA56";
	struct reply r;
	struct aaa_answer a;

	(void)state;
	for (int i = -1; i < 43; i++) {
		char v[44];

		memcpy(v, good, sizeof(v));
		if (i >= 0)
			v[i] = i % 2 == 0 ? 'g' : '\0';
		reply_open(&r, RADIUS_ACCESS_ACCEPT, PPP_MSCHAPV2);
		radius_put_vendor(&r.b, ATTR_MICROSOFT, ATTR_MS_CHAP2_SUCCESS,
		    v, 43);
		reply_read(&r, &a);
		assert_int_equal(a.why, i < 0 ? AAA_OK : AAA_BAD_ANSWER);
		if (i < 0)
			assert_string_equal(a.verdict.mschap_success, good + 1);
	}
}

static void
reject_with_and_without_an_error(void **state)
{
	static const char e648[] = "\7E=648 R=1 V=3 M=old";
	struct reply r;
	struct aaa_answer a;

	(void)state;
	reply_open(&r, RADIUS_ACCESS_REJECT, PPP_MSCHAPV2);
	reply_read(&r, &a);
	assert_int_equal(a.why, AAA_REJECTED);
	assert_int_equal(a.verdict.error, 691);
	assert_false(a.verdict.retry);
	reply_open(&r, RADIUS_ACCESS_REJECT, PPP_MSCHAPV2);
	radius_put_vendor(&r.b, ATTR_MICROSOFT, ATTR_MS_CHAP_ERROR, e648,
	    strlen(e648));
	reply_read(&r, &a);
	assert_int_equal(a.verdict.error, 648);
	assert_true(a.verdict.retry);
	assert_string_equal(a.verdict.message, "old");
	/* Its own words come first. */
	reply_open(&r, RADIUS_ACCESS_REJECT, PPP_MSCHAPV2);
	radius_put_text(&r.b, ATTR_REPLY_MESSAGE, "go");
	radius_put_vendor(&r.b, ATTR_MICROSOFT, ATTR_MS_CHAP_ERROR, e648,
	    strlen(e648));
	reply_read(&r, &a);
	assert_string_equal(a.text, "go");
	/* Without an E= it says nothing; for PAP it means nothing. */
	reply_open(&r, RADIUS_ACCESS_REJECT, PPP_MSCHAPV2);
	radius_put_vendor(&r.b, ATTR_MICROSOFT, ATTR_MS_CHAP_ERROR, "\7M=x",
	    4);
	reply_read(&r, &a);
	assert_int_equal(a.verdict.error, 691);
	reply_open(&r, RADIUS_ACCESS_REJECT, PPP_PAP);
	radius_put_vendor(&r.b, ATTR_MICROSOFT, ATTR_MS_CHAP_ERROR, e648,
	    strlen(e648));
	reply_read(&r, &a);
	assert_int_equal(a.verdict.error, 691);
}

/* RFC 3579 §3.1, §3.3: joined in order; the server may ask for patience. */
static void
eap_is_joined_and_may_wait(void **state)
{
	static const uint32_t told[] = { 0, 30, 299, 300, 301, 0xffffffff };
	struct reply r;
	struct aaa_answer a;
	uint8_t part[253];

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		reply_open(&r, RADIUS_ACCESS_CHALLENGE, PPP_EAP);
		memset(part, 'a', sizeof(part));
		radius_put(&r.b, ATTR_EAP_MESSAGE, part, sizeof(part));
		if (told[i] != 0)
			radius_put_u32(&r.b, ATTR_SESSION_TIMEOUT, told[i]);
		radius_put(&r.b, ATTR_EAP_MESSAGE, "bc", 2);
		reply_read(&r, &a);
		assert_int_equal(a.why, AAA_MORE);
		assert_int_equal(a.verdict.eap_len, 255);
		assert_int_equal(a.verdict.eap[252], 'a');
		assert_int_equal(a.verdict.eap[254], 'c');
		assert_int_equal(a.verdict.wait_s, told[i] < 300 ? told[i] :
		    300);
	}
	reply_open(&r, RADIUS_ACCESS_REJECT, PPP_EAP);
	radius_put(&r.b, ATTR_EAP_MESSAGE, "\4\1\0\4", 4);
	reply_read(&r, &a);
	assert_int_equal(a.why, AAA_REJECTED);
	assert_int_equal(a.verdict.eap_len, 4);
}

static void
no_answer_has_its_words(void **state)
{
	struct reply r;
	struct aaa_answer a;

	(void)state;
	for (int i = RADIUS_NO_SERVER; i < RADIUS_RESULT_COUNT; i++) {
		/* What an unauthenticated packet held is not looked at. */
		reply_open(&r, RADIUS_ACCESS_ACCEPT, PPP_PAP);
		r.act.result = (enum radius_result)i;
		reply_read(&r, &a);
		assert_int_equal(a.why, AAA_UNREACHED);
		assert_string_equal(a.text,
		    radius_result_str((enum radius_result)i));
		assert_int_equal(a.verdict.error, 691);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nt_hash_is_enough_for_mschapv2_and_pap),
		cmocka_unit_test(eap_needs_radius),
		cmocka_unit_test(mschapv2_of_rfc2759),
		cmocka_unit_test(pap_and_chap_md5),
		cmocka_unit_test(names_with_domain_and_realm),
		cmocka_unit_test(n73_name_with_a_nul_is_nobodys),
		cmocka_unit_test(a_name_twice_is_found),
		cmocka_unit_test(realm_picks_the_servers),
		cmocka_unit_test(local_first_fallback_never),
		cmocka_unit_test(accept_begins_with_the_base),
		cmocka_unit_test(mschap2_success_byte_by_byte),
		cmocka_unit_test(reject_with_and_without_an_error),
		cmocka_unit_test(eap_is_joined_and_may_wait),
		cmocka_unit_test(no_answer_has_its_words),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
