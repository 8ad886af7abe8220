/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MD4, single DES and RC4, which MS-CHAP needs (RFC 2759), from OpenSSL's
 * legacy provider.  The provider lives in a library context of its own, so that
 * nothing else in the process can come by an old algorithm.
 */

#include <limits.h>
#include <pthread.h>

#include <openssl/provider.h>

#include "base/crypto_int.h"
#include "base/secret.h"

/* File-scope state, allowed here only: made once, kept until the end. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *legacy;

static void
load_legacy(void)
{
	OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();

	if (ctx != NULL && OSSL_PROVIDER_load(ctx, "legacy") != NULL)
		legacy = ctx;
	else
		OSSL_LIB_CTX_free(ctx);
}

bool
crypto_legacy(void)
{
	(void)pthread_once(&once, load_legacy);
	return legacy != NULL;
}

EVP_MD *
crypto_old_md4(void)
{
	return crypto_legacy() ? EVP_MD_fetch(legacy, "MD4", NULL) : NULL;
}

EVP_CIPHER *
crypto_old_des(void)
{
	return crypto_legacy() ? EVP_CIPHER_fetch(legacy, "DES-ECB", NULL) :
	    NULL;
}

static EVP_CIPHER_CTX *
tls_des(struct crypto_tls *t)
{
	EVP_CIPHER *c;
	EVP_CIPHER_CTX *ctx;

	if (t->des != NULL)
		return t->des;
	c = crypto_old_des();
	ctx = EVP_CIPHER_CTX_new();
	if (c == NULL || ctx == NULL ||
	    EVP_EncryptInit_ex2(ctx, c, NULL, NULL, NULL) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_CIPHER_free(c);
	t->des = ctx;
	return ctx;
}

/*
 * RFC 2759 §8.6: 56 bits become 64 by an (ignored) parity bit after each
 * seven.  DES does not look at it; it is made odd as FIPS 46 has it.
 */
static void
add_parity(const uint8_t in[7], uint8_t out[8])
{
	for (unsigned i = 0; i < 8; i++) {
		unsigned left = i > 0 ? (unsigned)in[i - 1] << (8 - i) : 0;
		unsigned right = i < 7 ? (unsigned)in[i] >> i : 0;
		uint8_t b = (uint8_t)((left | right) & 0xfe);

		out[i] = (uint8_t)(b | !__builtin_parity(b));
	}
}

bool
des_block7(const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
	struct crypto_tls *t = crypto_tls();
	EVP_CIPHER_CTX *ctx = t != NULL ? tls_des(t) : NULL;
	uint8_t k[8];
	int len;
	bool ok;

	if (ctx == NULL)
		return false;
	add_parity(key, k);
	ok = EVP_EncryptInit_ex2(ctx, NULL, k, NULL, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_EncryptUpdate(ctx, out, &len, in, 8) == 1 && len == 8;
	wipe(k, sizeof(k));
	return ok;
}

/* Rare enough (a changed password) to make its context each time. */
bool
rc4_crypt(const uint8_t key[16], uint8_t *data, size_t n)
{
	EVP_CIPHER *c = crypto_legacy() ? EVP_CIPHER_fetch(legacy, "RC4",
	    NULL) : NULL;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len;
	bool ok;

	ok = c != NULL && ctx != NULL && n <= INT_MAX &&
	    EVP_EncryptInit_ex2(ctx, c, key, NULL, NULL) == 1 &&
	    EVP_EncryptUpdate(ctx, data, &len, data, (int)n) == 1 &&
	    len == (int)n;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(c);
	return ok;
}
