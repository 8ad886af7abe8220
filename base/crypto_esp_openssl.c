/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ESP engine that is always there: one packet at a time over EVP.
 *
 * Giving a context a key costs about as much as a short packet, so contexts
 * are kept for a few keys of each kind and remember whose key they hold: by
 * the key's number, not its address, which may be used again, and the
 * direction, because CBC has a key schedule for each.
 *
 * We allocate only when a context is first made.  (EVP_MAC_init() of OpenSSL
 * 3.0 makes and frees a digest state inside, at each packet; that has no
 * other public interface.)
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "base/crypto_esp_int.h"
#include "base/secret.h"

#define NEAR	8		/* contexts of a kind; a power of two */

enum kind {
	KIND_3DES,
	KIND_CBC128, KIND_CBC192, KIND_CBC256,
	KIND_GCM128, KIND_GCM192, KIND_GCM256,
	KINDS
};

static const char *const kind_evp[KINDS] = {
	[KIND_3DES] = "DES-EDE3-CBC",
	[KIND_CBC128] = "AES-128-CBC",
	[KIND_CBC192] = "AES-192-CBC",
	[KIND_CBC256] = "AES-256-CBC",
	[KIND_GCM128] = "AES-128-GCM",
	[KIND_GCM192] = "AES-192-GCM",
	[KIND_GCM256] = "AES-256-GCM",
};

#define AUTHS	(ESP_AUTH_SHA512 + 1)

static const char *const auth_evp[AUTHS] = {
	[ESP_AUTH_SHA1] = "SHA1",
	[ESP_AUTH_SHA256] = "SHA256",
	[ESP_AUTH_SHA384] = "SHA384",
	[ESP_AUTH_SHA512] = "SHA512",
};

struct cipher_near {
	EVP_CIPHER_CTX *ctx;	/* owned */
	uint64_t id;		/* of the key it holds; 0: none */
	int encrypt;		/* the direction it holds it for */
};

struct mac_near {
	EVP_MAC_CTX *ctx;	/* owned */
	uint64_t id;
};

struct engine {
	struct esp_crypt base;
	struct esp_ivs ivs;
	struct cipher_near cipher[KINDS][NEAR];
	struct mac_near mac[AUTHS][NEAR];
};

static struct engine *
engine_of(struct esp_crypt *c)
{
	return (struct engine *)(void *)c;	/* base is its first member */
}

static void
engine_drop(struct esp_crypt *c)
{
	struct engine *e = engine_of(c);

	for (unsigned i = 0; i < KINDS * NEAR; i++)
		EVP_CIPHER_CTX_free(e->cipher[i / NEAR][i % NEAR].ctx);
	for (unsigned i = 0; i < AUTHS * NEAR; i++)
		EVP_MAC_CTX_free(e->mac[i / NEAR][i % NEAR].ctx);
	esp_ivs_wipe(&e->ivs);
	wipe(e, sizeof(*e));
	free(e);
}

static const char *
engine_why_not(void)
{
	return NULL;
}

static const char *
engine_about(void)
{
	return "as configured";
}

static size_t
engine_bytes(void)
{
	return sizeof(struct engine);
}

static struct esp_crypt *
engine_make(const uint8_t seed_iv[16])
{
	struct engine *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	if (!esp_ivs_init(&e->ivs, seed_iv)) {
		free(e);
		return NULL;
	}
	return &e->base;
}

static enum kind
kind_of(const struct esp_key *k)
{
	enum kind first = k->suite.enc == ESP_ENC_AES_CBC ? KIND_CBC128 :
	    KIND_GCM128;

	if (k->suite.enc == ESP_ENC_3DES)
		return KIND_3DES;
	return first + (k->suite.key_bits - 128u) / 64;
}

static EVP_CIPHER_CTX *
cipher_make(enum kind kind, int encrypt)
{
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, kind_evp[kind], NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (c == NULL || ctx == NULL ||
	    EVP_CipherInit_ex2(ctx, c, NULL, NULL, encrypt, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_CIPHER_free(c);
	return ctx;
}

/* A context with the job's key and this IV (of the GCM: nonce) set. */
static EVP_CIPHER_CTX *
cipher_get(struct engine *e, const struct esp_key *k, const uint8_t *iv,
    int encrypt)
{
	enum kind kind = kind_of(k);
	struct cipher_near *c = &e->cipher[kind][k->id % NEAR];
	bool same = c->id == k->id && c->encrypt == encrypt;
	const uint8_t *key = same ? NULL : k->enc;

	if (c->ctx == NULL)
		c->ctx = cipher_make(kind, encrypt);
	if (c->ctx == NULL ||
	    EVP_CipherInit_ex2(c->ctx, NULL, key, iv, encrypt, NULL) != 1) {
		c->id = 0;
		return NULL;
	}
	c->id = k->id;
	c->encrypt = encrypt;
	return c->ctx;
}

static EVP_MAC_CTX *
mac_make(unsigned auth)
{
	OSSL_PARAM p[2] = { OSSL_PARAM_END, OSSL_PARAM_END };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

	EVP_MAC_free(mac);
	p[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
	    (char *)(uintptr_t)auth_evp[auth], 0);
	if (ctx != NULL && EVP_MAC_CTX_set_params(ctx, p) != 1) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

/* HMAC over head, IV and text: the whole one, before truncation. */
static bool
mac_sum(struct engine *e, const struct esp_job *j, uint8_t sum[64])
{
	const struct esp_key *k = j->key;
	struct mac_near *m = &e->mac[k->suite.auth][k->id % NEAR];
	const uint8_t *key = m->id == k->id ? NULL : k->auth;
	size_t n = (size_t)(esp_job_icv(j) - j->head);
	size_t len;

	if (m->ctx == NULL)
		m->ctx = mac_make(k->suite.auth);
	if (m->ctx == NULL || EVP_MAC_init(m->ctx, key,
	    key != NULL ? k->size.auth_key : 0, NULL) != 1) {
		m->id = 0;
		return false;
	}
	m->id = k->id;
	return EVP_MAC_update(m->ctx, j->head, n) == 1 &&
	    EVP_MAC_final(m->ctx, sum, &len, 64) == 1;
}

static bool
cbc(struct engine *e, const struct esp_job *j, int encrypt)
{
	EVP_CIPHER_CTX *ctx = cipher_get(e, j->key, esp_job_iv(j), encrypt);
	uint8_t *text = esp_job_text(j);
	int len;

	return ctx != NULL && EVP_CipherUpdate(ctx, text, &len, text,
	    (int)j->text_len) == 1 && (uint32_t)len == j->text_len;
}

static bool
seal_cbc(struct engine *e, const struct esp_job *j)
{
	uint8_t sum[64];

	if (!esp_ivs_next(&e->ivs, esp_job_iv(j), j->key->size.iv) ||
	    !cbc(e, j, 1) || !mac_sum(e, j, sum))
		return false;
	memcpy(esp_job_icv(j), sum, j->key->size.icv);
	return true;
}

static bool
open_cbc(struct engine *e, const struct esp_job *j)
{
	uint8_t sum[64];

	return mac_sum(e, j, sum) &&
	    secret_same(sum, esp_job_icv(j), j->key->size.icv) && cbc(e, j, 0);
}

/*
 * RFC 4106 §4, §5: nonce is salt and IV, the AAD is SPI and sequence number.
 * Runs the text through the cipher; the context is ready for its end.
 */
static EVP_CIPHER_CTX *
gcm(struct engine *e, const struct esp_job *j, int encrypt)
{
	uint8_t nonce[12];
	uint8_t *text = esp_job_text(j);
	EVP_CIPHER_CTX *ctx;
	int len;

	memcpy(nonce, j->key->salt, 4);
	memcpy(nonce + 4, esp_job_iv(j), 8);
	ctx = cipher_get(e, j->key, nonce, encrypt);
	if (ctx == NULL ||
	    EVP_CipherUpdate(ctx, NULL, &len, j->head, 8) != 1 ||
	    EVP_CipherUpdate(ctx, text, &len, text, (int)j->text_len) != 1)
		return NULL;
	return ctx;
}

/* RFC 4106 §3.1: the IV is the sequence number, never twice under a key. */
static bool
seal_gcm(struct engine *e, const struct esp_job *j)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t none[16];
	int len;

	memset(esp_job_iv(j), 0, 4);
	memcpy(esp_job_iv(j) + 4, j->head + 4, 4);
	ctx = gcm(e, j, 1);
	return ctx != NULL && EVP_CipherFinal_ex(ctx, none, &len) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16,
	    esp_job_icv(j)) == 1;
}

/*
 * GCM decrypts while it authenticates.  If the tag is wrong, encrypting again
 * with the same key stream puts the bytes back as they came.
 */
static bool
open_gcm(struct engine *e, const struct esp_job *j)
{
	EVP_CIPHER_CTX *ctx = gcm(e, j, 0);
	uint8_t none[16];
	int len;

	if (ctx == NULL)
		return false;
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16,
	    esp_job_icv(j)) == 1 && EVP_CipherFinal_ex(ctx, none, &len) == 1)
		return true;
	(void)gcm(e, j, 1);
	return false;
}

static void
engine_seal(struct esp_crypt *c, struct esp_job *j, unsigned n)
{
	struct engine *e = engine_of(c);

	for (unsigned i = 0; i < n; i++) {
		j[i].ok = esp_job_fits(&j[i]) &&
		    (j[i].key->suite.enc == ESP_ENC_AES_GCM16 ?
		    seal_gcm(e, &j[i]) : seal_cbc(e, &j[i]));
	}
}

static void
engine_open(struct esp_crypt *c, struct esp_job *j, unsigned n)
{
	struct engine *e = engine_of(c);

	for (unsigned i = 0; i < n; i++) {
		j[i].ok = esp_job_fits(&j[i]) &&
		    (j[i].key->suite.enc == ESP_ENC_AES_GCM16 ?
		    open_gcm(e, &j[i]) : open_cbc(e, &j[i]));
	}
}

const struct esp_crypt_ops esp_crypt_openssl = {
	.name = "openssl",
	.why_not = engine_why_not,
	.about = engine_about,
	.bytes = engine_bytes,
	.make = engine_make,
	.drop = engine_drop,
	.seal = engine_seal,
	.open = engine_open,
};
