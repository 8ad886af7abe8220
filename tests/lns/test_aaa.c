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
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
