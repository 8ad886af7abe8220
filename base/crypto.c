/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests, HMAC and CBC over OpenSSL's EVP: see crypto.h. */

#include <pthread.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "base/crypto_int.h"

static const struct {
	const char *name;	/* ours */
	const char *evp;	/* OpenSSL's */
	size_t size;		/* bytes */
} hashes[HASH_ALGS] = {
	[HASH_MD5] = { "md5", "MD5", 16 },
	[HASH_SHA1] = { "sha1", "SHA1", 20 },
	[HASH_SHA256] = { "sha256", "SHA256", 32 },
	[HASH_SHA384] = { "sha384", "SHA384", 48 },
	[HASH_SHA512] = { "sha512", "SHA512", 64 },
	[HASH_MD4] = { "md4", "MD4", 16 },
};

static const struct {
	const char *evp;
	size_t key;		/* bytes */
	size_t block;		/* bytes */
} ciphers[CIPHER_ALGS] = {
	[CIPHER_3DES] = { "DES-EDE3-CBC", 24, 8 },
	[CIPHER_AES128] = { "AES-128-CBC", 16, 16 },
	[CIPHER_AES192] = { "AES-192-CBC", 24, 16 },
	[CIPHER_AES256] = { "AES-256-CBC", 32, 16 },
};

/*
 * File-scope state, allowed here only: the key that frees a thread's contexts
 * when the thread ends, and the thread's own pointer to them.
 */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;
static _Thread_local struct crypto_tls *mine;

static void
tls_free(void *arg)
{
	struct crypto_tls *t = arg;

	for (int i = 0; i < HASH_ALGS; i++) {
		EVP_MD_free(t->md[i]);
		EVP_MAC_CTX_free(t->hmac[i]);
	}
	for (int i = 0; i < CIPHER_ALGS; i++)
		EVP_CIPHER_CTX_free(t->cbc[i]);
	EVP_CIPHER_CTX_free(t->des);
	EVP_MD_CTX_free(t->md_ctx);
	crypto_dh_free(t->dh);
	free(t);
}

static void
make_key(void)
{
	if (pthread_key_create(&at_exit, tls_free) != 0)
		abort();	/* at start, before any packet */
}

struct crypto_tls *
crypto_tls(void)
{
	struct crypto_tls *t = mine;

	if (t != NULL)
		return t;
	(void)pthread_once(&once, make_key);
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->md_ctx = EVP_MD_CTX_new();
	if (t->md_ctx == NULL || pthread_setspecific(at_exit, t) != 0) {
		tls_free(t);
		return NULL;
	}
	mine = t;
	return t;
}

bool
crypto_init(void)
{
	uint8_t sum[HASH_MAX];

	(void)crypto_legacy();
	for (int i = HASH_MD5; i <= HASH_SHA512; i++) {
		if (!hash_sum((enum hash_alg)i, NULL, 0, sum))
			return false;
	}
	return true;
}

size_t
hash_size(enum hash_alg alg)
{
	return hashes[alg].size;
}

const char *
hash_str(enum hash_alg alg)
{
	return hashes[alg].name;
}

static EVP_MD *
tls_md(struct crypto_tls *t, enum hash_alg alg)
{
	if (t->md[alg] == NULL) {
		t->md[alg] = alg == HASH_MD4 ? crypto_old_md4() :
		    EVP_MD_fetch(NULL, hashes[alg].evp, NULL);
	}
	return t->md[alg];
}

bool
hash_sum(enum hash_alg alg, const struct rd *part, size_t n, uint8_t *out)
{
	struct crypto_tls *t = crypto_tls();
	EVP_MD *md = t != NULL ? tls_md(t, alg) : NULL;

	if (md == NULL || EVP_DigestInit_ex2(t->md_ctx, md, NULL) != 1)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (part[i].bad || EVP_DigestUpdate(t->md_ctx, part[i].p,
		    rd_left(&part[i])) != 1)
			return false;
	}
	return EVP_DigestFinal_ex(t->md_ctx, out, NULL) == 1;
}

/* A context whose digest is set, so that each use gives it a key only. */
static EVP_MAC_CTX *
tls_hmac(struct crypto_tls *t, enum hash_alg alg)
{
	OSSL_PARAM p[2] = { OSSL_PARAM_END, OSSL_PARAM_END };
	EVP_MAC *mac;
	EVP_MAC_CTX *ctx;

	if (t->hmac[alg] != NULL || alg == HASH_MD4)
		return t->hmac[alg];
	mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	ctx = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);	/* the context holds its own reference */
	p[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
	    (char *)(uintptr_t)hashes[alg].evp, 0);
	if (ctx == NULL || EVP_MAC_CTX_set_params(ctx, p) != 1) {
		EVP_MAC_CTX_free(ctx);
		return NULL;
	}
	t->hmac[alg] = ctx;
	return ctx;
}

bool
hmac_sum(enum hash_alg alg, struct rd key, const struct rd *part, size_t n,
    uint8_t *out)
{
	struct crypto_tls *t = crypto_tls();
	EVP_MAC_CTX *ctx = t != NULL ? tls_hmac(t, alg) : NULL;
	size_t len;

	/* An empty key still has an address: NULL would mean "the last one". */
	if (ctx == NULL || key.bad ||
	    EVP_MAC_init(ctx, key.p, rd_left(&key), NULL) != 1)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (part[i].bad || EVP_MAC_update(ctx, part[i].p,
		    rd_left(&part[i])) != 1)
			return false;
	}
	return EVP_MAC_final(ctx, out, &len, hashes[alg].size) == 1;
}

size_t
cipher_key_size(enum cipher_alg alg)
{
	return ciphers[alg].key;
}

size_t
cipher_block_size(enum cipher_alg alg)
{
	return ciphers[alg].block;
}

static EVP_CIPHER_CTX *
tls_cbc(struct crypto_tls *t, enum cipher_alg alg)
{
	EVP_CIPHER *c;
	EVP_CIPHER_CTX *ctx;

	if (t->cbc[alg] != NULL)
		return t->cbc[alg];
	c = EVP_CIPHER_fetch(NULL, ciphers[alg].evp, NULL);
	ctx = EVP_CIPHER_CTX_new();
	if (c == NULL || ctx == NULL ||
	    EVP_CipherInit_ex2(ctx, c, NULL, NULL, 1, NULL) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_CIPHER_free(c);
	t->cbc[alg] = ctx;
	return ctx;
}

static bool
cbc_run(enum cipher_alg alg, const uint8_t *key, const uint8_t *iv,
    uint8_t *data, size_t n, int encrypt)
{
	struct crypto_tls *t = crypto_tls();
	EVP_CIPHER_CTX *ctx = t != NULL ? tls_cbc(t, alg) : NULL;
	int len;

	if (ctx == NULL || n % ciphers[alg].block != 0 || n > INT32_MAX)
		return false;
	return EVP_CipherInit_ex2(ctx, NULL, key, iv, encrypt, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_CipherUpdate(ctx, data, &len, data, (int)n) == 1 &&
	    (size_t)len == n;
}

bool
cbc_encrypt(enum cipher_alg alg, const uint8_t *key, const uint8_t *iv,
    uint8_t *data, size_t n)
{
	return cbc_run(alg, key, iv, data, n, 1);
}

bool
cbc_decrypt(enum cipher_alg alg, const uint8_t *key, const uint8_t *iv,
    uint8_t *data, size_t n)
{
	return cbc_run(alg, key, iv, data, n, 0);
}
