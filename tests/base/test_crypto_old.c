/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MD4 (RFC 1320 §A.5), DES (RFC 2759 §9.2) and RC4 (RFC 6229 §2), and a
 * machine that has no legacy provider: those fail, everything else goes on.
 */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "tests/base/hex.h"

/*
 * What stays on without the provider, told by the exit status.  Runs in a
 * child, before this process has asked for the provider.
 */
static int
without_provider(void)
{
	struct rd in = rd_make("abc", 3);
	uint8_t key[24] = { 0 }, b[HASH_MAX] = { 0 };

	if (setenv("OPENSSL_MODULES", "/nonexistent", 1) != 0)
		return 1;
	if (!crypto_init() || crypto_legacy())
		return 2;
	if (hash_sum(HASH_MD4, &in, 1, b) || des_block7(key, key, b) ||
	    rc4_crypt(key, b, sizeof(b)))
		return 3;
	if (!hash_sum(HASH_SHA1, &in, 1, b) || !hash_sum(HASH_MD5, &in, 1, b))
		return 4;
	if (!cbc_encrypt(CIPHER_3DES, key, key, b, 8))
		return 5;
	return hash_sum(HASH_MD4, &in, 1, b) ? 6 : 0;
}

static void
provider_missing(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(without_provider());
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
md4_vectors(void **state)
{
	static const char *const v[][2] = {
		{ "", "31d6cfe0d16ae931b73c59d7e0c089c0" },
		{ "a", "bde52cb31de33e46245e05fbdbd6fb24" },
		{ "abc", "a448017aaf21d8525fc10ae87aa6729d" },
		{ "message digest", "d9130a8164549fe818874806e1c7014b" },
		{ "abcdefghijklmnopqrstuvwxyz",
		    "d79e1c308aa5bbcdeea8ed63df412da9" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		    "0123456789", "043f8582f241db351ce627e153e7f0e4" },
		{ "1234567890123456789012345678901234567890"
		    "1234567890123456789012345678901234567890",
		    "e33b4ddc9c38f2199c3e7b164fcc0536" },
	};
	uint8_t out[16];

	(void)state;
	assert_true(crypto_legacy());
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct rd in = rd_make(v[i][0], strlen(v[i][0]));

		assert_true(hash_sum(HASH_MD4, &in, 1, out));
		assert_hex(out, 16, v[i][1]);
	}
}

/*
 * RFC 2759 §9.2: the challenge hash under the password hash, cut into three
 * keys of 7 bytes and padded with zeros, is the NT-Response.
 */
static void
des_vectors(void **state)
{
	uint8_t hash[21] = { 0 }, challenge[8], out[24];

	(void)state;
	(void)hex_read("44EBBA8D5312B8D611474411F56989AE", hash, 16);
	(void)hex_read("D02E4386BCE91226", challenge, 8);
	for (size_t i = 0; i < 3; i++)
		assert_true(des_block7(hash + 7 * i, challenge, out + 8 * i));
	assert_hex(out, 24, "82309ECD8D708B5EA08FAA3981CD8354"
	    "4233114A3D85D6DF");
}

/* The password hash itself: MD4 over UTF-16LE (RFC 2759 §8.3). */
static void
password_hash(void **state)
{
	static const char password[] =
	    "c\0l\0i\0e\0n\0t\0P\0a\0s\0s";		/* and a NUL */
	struct rd in = rd_make(password, sizeof(password));
	uint8_t out[16];

	(void)state;
	assert_true(hash_sum(HASH_MD4, &in, 1, out));
	assert_hex(out, 16, "44EBBA8D5312B8D611474411F56989AE");
}

/* All 56 bits count: single DES of zeros, FIPS 81's weak key 0. */
static void
des_every_bit_counts(void **state)
{
	uint8_t key[7] = { 0 }, in[8] = { 0 }, first[8], out[8];

	(void)state;
	assert_true(des_block7(key, in, first));
	assert_hex(first, 8, "8ca64de9c1b123a7");
	for (size_t bit = 0; bit < 56; bit++) {
		memset(key, 0, sizeof(key));
		key[bit / 8] = (uint8_t)(1 << bit % 8);
		assert_true(des_block7(key, in, out));
		assert_memory_not_equal(out, first, 8);
	}
	memset(key, 0xff, sizeof(key));
	assert_true(des_block7(key, in, out));
	assert_hex(out, 8, "caaaaf4deaf1dbae");
}

/* RFC 6229 §2, keys of 128 bits; what is encrypted twice is clear again. */
static void
rc4_vectors(void **state)
{
	static const uint8_t key[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
		13, 14, 15, 16 };
	uint8_t b[256 + 16] = { 0 };
	size_t i;

	(void)state;
	assert_true(rc4_crypt(key, b, sizeof(b)));
	assert_hex(b, 16, "9ac7cc9a609d1ef7b2932899cde41b97");
	assert_hex(b + 16, 16, "5248c4959014126a6e8a84f11d1a9e1c");
	assert_hex(b + 240, 16, "065902e4b620f6cc36c8589f66432f2b");
	assert_true(rc4_crypt(key, b, sizeof(b)));
	for (i = 0; i < sizeof(b); i++)
		assert_int_equal(b[i], 0);
	assert_true(rc4_crypt(key, b, 0));
	assert_false(rc4_crypt(key, b, (size_t)INT_MAX + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(provider_missing),	/* must be first */
		cmocka_unit_test(md4_vectors),
		cmocka_unit_test(des_vectors),
		cmocka_unit_test(password_hash),
		cmocka_unit_test(des_every_bit_counts),
		cmocka_unit_test(rc4_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
