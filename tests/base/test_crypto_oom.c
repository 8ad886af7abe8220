/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory runs out inside OpenSSL, at each of its allocations in turn: the call
 * says so, or manages without, and the same thread gets right answers again
 * once there is memory.  Each try is a thread of its own, with no context made.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include <openssl/crypto.h>

#include "base/crypto.h"
#include "base/crypto_esp.h"
#include "tests/base/hex.h"

#define TRIES_MAX	600

/* Of the thread under test only: others allocate as ever. */
static _Thread_local long allowed = -1;		/* -1: no limit */

static bool
refuse(void)
{
	if (allowed < 0)
		return false;
	if (allowed == 0)
		return true;
	allowed--;
	return false;
}

static void *
try_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return refuse() ? NULL : malloc(n);
}

static void *
try_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return n > 0 && refuse() ? NULL : realloc(p, n);
}

static void
give_back(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

enum { WRONG, NO, YES };	/* a true that is not true; false; true */

static int
do_hash(void)
{
	struct rd in = rd_make("abc", 3);
	uint8_t out[HASH_MAX];

	if (!hash_sum(HASH_SHA1, &in, 1, out) ||
	    !hash_sum(HASH_MD4, &in, 1, out))
		return NO;
	return memcmp(out, "\xa4\x48\x01\x7a", 4) == 0 ? YES : WRONG;
}

static int
do_hmac(void)
{
	struct rd in = rd_make("Hi There", 8);
	uint8_t key[20], out[HASH_MAX];

	memset(key, 0x0b, sizeof(key));
	if (!hmac_sum(HASH_SHA1, rd_make(key, 20), &in, 1, out))
		return NO;
	return memcmp(out, "\xb6\x17\x31\x86", 4) == 0 ? YES : WRONG;
}

static int
do_cbc(void)
{
	uint8_t key[32] = { 0 }, b[16] = { 0 };

	if (!cbc_encrypt(CIPHER_AES128, key, key, b, 16))
		return NO;
	return memcmp(b, "\x66\xe9\x4b\xd4", 4) == 0 ? YES : WRONG;
}

static int
do_des(void)
{
	uint8_t key[8] = { 0 }, out[8];

	if (!des_block7(key, key, out))
		return NO;
	return memcmp(out, "\x8c\xa6\x4d\xe9", 4) == 0 ? YES : WRONG;
}

static int
agree(enum dh_group g)
{
	struct rng rng;
	uint8_t a[66], b[66], pa[512], pb[512], sa[512], sb[512];
	size_t n = dh_public_size(g);

	rng_seeded(&rng, 1);
	if (!dh_make(g, &rng, a, pa) || !dh_make(g, &rng, b, pb) ||
	    !dh_public_ok(g, rd_make(pa, n)) ||
	    !dh_share(g, a, rd_make(pb, n), sa) ||
	    !dh_share(g, b, rd_make(pa, n), sb))
		return NO;
	return memcmp(sa, sb, dh_shared_size(g)) == 0 ? YES : WRONG;
}

static int
do_modp(void)
{
	return agree(DH_MODP1024);
}

static int
do_ecp256(void)
{
	return agree(DH_ECP256);
}

static int
do_ecp384(void)
{
	return agree(DH_ECP384);
}

/* Sealed and opened by one engine: as it was, or a refusal somewhere. */
static int
esp(uint8_t enc, uint8_t auth, uint16_t bits)
{
	const struct esp_suite s = { enc, auth, bits };
	uint8_t keymat[ESP_KEYMAT_MAX] = { 1 }, b[128] = { 0 };
	struct esp_crypt *c = esp_crypt_new(ESP_ENGINE_AUTO, keymat);
	struct esp_key *k = esp_key_new(&s, keymat);
	struct esp_job j = { k, b, 32, false };
	size_t at = 8 + esp_suite_iv(&s);
	int got = NO;

	if (c != NULL && k != NULL)
		esp_crypt_seal(c, &j, 1);
	if (j.ok) {
		got = WRONG;
		if (memcmp(b + at, keymat + 60, 32) != 0)
			got = YES;
		esp_crypt_open(c, &j, 1);
		if (got == YES && !j.ok)
			got = NO;
		else if (memcmp(b + at, keymat + 60, 32) != 0)
			got = WRONG;
	}
	esp_key_free(k);
	esp_crypt_free(c);
	return got;
}

static int
do_esp_cbc(void)
{
	return esp(ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256);
}

static int
do_esp_gcm(void)
{
	return esp(ESP_ENC_AES_GCM16, ESP_AUTH_NONE, 128);
}

struct try {
	int (*what)(void);
	long allow;
	int got, again;
	bool ran_out;
};

static void *
one_try(void *arg)
{
	struct try *t = arg;

	allowed = t->allow;
	t->got = t->what();
	t->ran_out = allowed == 0;
	allowed = -1;
	t->again = t->what();
	return NULL;
}

static void
memory_runs_out(int (*what)(void))
{
	unsigned refused = 0;

	for (long allow = 0; allow < TRIES_MAX; allow++) {
		struct try t = { .what = what, .allow = allow };
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, one_try, &t), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_not_equal(t.got, WRONG);
		assert_int_equal(t.again, YES);
		refused += t.got == NO;
		if (!t.ran_out)
			break;
	}
	assert_true(refused > 0);
}

#define CASE(f)				\
static void				\
oom_##f(void **state)			\
{					\
	(void)state;			\
	memory_runs_out(do_##f);	\
}

CASE(hash)
CASE(hmac)
CASE(cbc)
CASE(des)
CASE(modp)
CASE(ecp256)
CASE(ecp384)
CASE(esp_cbc)
CASE(esp_gcm)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oom_hash), cmocka_unit_test(oom_hmac),
		cmocka_unit_test(oom_cbc), cmocka_unit_test(oom_des),
		cmocka_unit_test(oom_modp), cmocka_unit_test(oom_ecp256),
		cmocka_unit_test(oom_ecp384), cmocka_unit_test(oom_esp_cbc),
		cmocka_unit_test(oom_esp_gcm),
	};

	if (CRYPTO_set_mem_functions(try_malloc, try_realloc, give_back) != 1)
		return 1;
	if (!crypto_init() || !crypto_legacy())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
