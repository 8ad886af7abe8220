/* SPDX-License-Identifier: BSD-2-Clause */
/* Vectors of RFC 2759 §9.2 and §9.3, and what surrounds them. */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
#include <string.h>

#include "base/crypto.h"
#include "ppp/mschap.h"
#include "ppp/ppp.h"

/* clang-format off */
static const uint8_t auth_challenge[16] = {
	0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e,
	0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28 };
static const uint8_t peer_challenge[16] = {
	0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a,
	0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e };
static const uint8_t challenge[8] = {
	0xd0, 0x2e, 0x43, 0x86, 0xbc, 0xe9, 0x12, 0x26 };
static const uint8_t nt_hash[16] = {
	0x44, 0xeb, 0xba, 0x8d, 0x53, 0x12, 0xb8, 0xd6,
	0x11, 0x47, 0x44, 0x11, 0xf5, 0x69, 0x89, 0xae };
static const uint8_t nt_response[24] = {
	0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e,
	0xa0, 0x8f, 0xaa, 0x39, 0x81, 0xcd, 0x83, 0x54,
	0x42, 0x33, 0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf };
/* clang-format on */
static const char success[] = "S=407A5589115FD0D6209F510FE9C04566932CDA56";

static struct rd
str(const char *s)
{
	return rd_make(s, strlen(s));
}

static void
rfc2759_9_2(void **state)
{
	uint8_t out[24];
	char s[MSCHAP_SUCCESS];

	(void)state;
	assert_true(ppp_nt_hash(str("clientPass"), out));
	assert_memory_equal(out, nt_hash, 16);
	assert_true(mschap_challenge_hash(peer_challenge, auth_challenge,
	    str("User"), out));
	assert_memory_equal(out, challenge, 8);
	assert_true(mschap_challenge_response(challenge, nt_hash, out));
	assert_memory_equal(out, nt_response, 24);
	assert_true(mschap_nt_response(nt_hash, auth_challenge, peer_challenge,
	    str("User"), out));
	assert_memory_equal(out, nt_response, 24);
	assert_true(mschap_authenticator_response(nt_hash, nt_response,
	    peer_challenge, auth_challenge, str("User"), s));
	assert_string_equal(s, success);
}

/*
 * No RFC has vectors for these; the sealed hash was made with openssl(1)'s
 * md4 and des-ecb from the words of RFC 2759 §8.12 and §8.13.
 */
static void
rfc2759_8_9_to_8_13(void **state)
{
	static const uint8_t sealed[16] = {
		0x26, 0x6d, 0xd8, 0x70, 0x7a, 0x5a, 0x6b, 0x37,
		0x0e, 0xdf, 0x8f, 0xcb, 0x42, 0x05, 0x3d, 0x8f };
	static const uint8_t unicode[14] = "n\0e\0w\0P\0a\0s\0s";
	uint8_t new_hash[16], out[16], a[MSCHAP_PWBLOCK], b[MSCHAP_PWBLOCK];
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 1);
	assert_true(ppp_nt_hash(str("newPass"), new_hash));
	assert_true(mschap_old_hash(nt_hash, new_hash, out));
	assert_memory_equal(out, sealed, 16);
	assert_true(mschap_new_password(&rng, str("newPass"), nt_hash, a));
	assert_true(mschap_new_password(&rng, str("newPass"), nt_hash, b));
	assert_memory_not_equal(a, b, 64);
	assert_true(rc4_crypt(nt_hash, a, sizeof(a)));
	assert_memory_equal(a + 512 - 14, unicode, 14);
	assert_memory_equal(a + 512, "\x0e\0\0", 4);
	assert_false(mschap_new_password(&rng, str("\xff"), nt_hash, a));
	assert_int_equal(a[0] | a[515], 0);
}

static void
check(void **state)
{
	uint8_t value[49] = { 0 }, bad[49], hash[16];
	char s[43];
	unsigned i;

	(void)state;
	memcpy(value, peer_challenge, 16);
	memcpy(value + 24, nt_response, 24);
	assert_true(ppp_mschapv2_check(nt_hash, auth_challenge, value,
	    str("User"), s));
	assert_string_equal(s, success);
	assert_true(mschap_success_ok(s));
	for (i = 0; i < 48; i++) {
		if (i >= 16 && i < 24)
			continue;
		memcpy(bad, value, sizeof(bad));
		bad[i] ^= 1;
		assert_false(ppp_mschapv2_check(nt_hash, auth_challenge, bad,
		    str("User"), s));
		assert_string_equal(s, "");
	}
	memcpy(hash, nt_hash, sizeof(hash));
	hash[15] ^= 1;
	assert_false(ppp_mschapv2_check(hash, auth_challenge, value,
	    str("User"), s));
	assert_false(ppp_mschapv2_check(nt_hash, auth_challenge, value,
	    str("user"), s));
}

/* MD4 of "" and of UTF-16LE; published NT hashes. */
static void
nt_hashes(void **state)
{
	static const uint8_t empty[16] = { 0x31, 0xd6, 0xcf, 0xe0, 0xd1, 0x6a,
		0xe9, 0x31, 0xb7, 0x3c, 0x59, 0xd7, 0xe0, 0xc0, 0x89, 0xc0 };
	static const uint8_t password[16] = { 0x88, 0x46, 0xf7, 0xea, 0xee,
		0x8f, 0xb1, 0x17, 0xad, 0x06, 0xbd, 0xd8, 0x30, 0xb7, 0x58,
		0x6c };
	/* U+00E9, U+20AC, U+1F600 as UTF-16LE: e900 ac20 3dd8 00de */
	static const uint8_t wide[] = { 0xe9, 0x00, 0xac, 0x20, 0x3d, 0xd8,
		0x00, 0xde };
	struct rd part = rd_make(wide, sizeof(wide));
	uint8_t out[16], want[HASH_MAX];

	(void)state;
	assert_true(ppp_nt_hash(str(""), out));
	assert_memory_equal(out, empty, 16);
	assert_true(ppp_nt_hash(str("password"), out));
	assert_memory_equal(out, password, 16);
	assert_true(hash_sum(HASH_MD4, &part, 1, want));
	assert_true(ppp_nt_hash(str("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
	    out));
	assert_memory_equal(out, want, 16);
}

static void
bad_utf8(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
		"\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x28\xa1", "a\xff" };
	uint8_t out[16], zero[16] = { 0 }, big[256];
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(ppp_nt_hash(str(bad[i]), out));
		assert_memory_equal(out, zero, 16);
	}
	memset(big, 'a', sizeof(big));
	assert_true(ppp_nt_hash(rd_make(big, 255), out));
	assert_false(ppp_nt_hash(rd_make(big, 256), out));
}

static void
user_part(void **state)
{
	(void)state;
	assert_true(rd_eq(mschap_user(str("DOMAIN\\user")), "user", 4));
	assert_true(rd_eq(mschap_user(str("user@realm")), "user@realm", 10));
	assert_true(rd_eq(mschap_user(str("user")), "user", 4));
	assert_true(rd_eq(mschap_user(str("a\\b\\c")), "b\\c", 3));
	assert_true(rd_eq(mschap_user(str("D\\")), "", 0));
	assert_true(rd_eq(mschap_user(str("")), "", 0));
}

static void
success_form(void **state)
{
	char s[64];

	(void)state;
	assert_true(mschap_success_ok(success));
	assert_false(mschap_success_ok(""));
	strcpy(s, success);
	s[0] = 's';
	assert_false(mschap_success_ok(s));
	strcpy(s, success);
	s[1] = ' ';
	assert_false(mschap_success_ok(s));
	strcpy(s, success);
	s[41] = 'G';
	assert_false(mschap_success_ok(s));
	s[41] = '\0';
	assert_false(mschap_success_ok(s));
}

/* RFC 1994 §4.1: MD5 over id, secret, challenge; RFC 1321's MD5("abc"). */
static void
chap_md5(void **state)
{
	static const uint8_t abc[16] = { 0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2,
		0x4f, 0xb0, 0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72 };
	uint8_t out[16];

	(void)state;
	ppp_chap_md5('a', str("b"), str("c"), out);
	assert_memory_equal(out, abc, 16);
}

static int
setup(void **state)
{
	(void)state;
	return crypto_init() && crypto_legacy() ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc2759_9_2),
		cmocka_unit_test(rfc2759_8_9_to_8_13),
		cmocka_unit_test(check),
		cmocka_unit_test(nt_hashes),
		cmocka_unit_test(bad_utf8),
		cmocka_unit_test(user_part),
		cmocka_unit_test(success_form),
		cmocka_unit_test(chap_md5),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
