/* SPDX-License-Identifier: BSD-2-Clause */
/* ESP suites, keys, IVs and the choice of an engine: see crypto_esp.h. */

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto_esp_int.h"
#include "base/secret.h"

/* clang-format off */
static const struct enc_row {
	enum esp_enc enc;
	uint16_t key_bits;
	bool aead;
	uint8_t key, salt, iv, icv, block;	/* bytes */
	const char *name;
} encs[] = {
/*	transform		bits	aead	key salt iv icv block  name	*/
	{ ESP_ENC_3DES,		192,	false,	24,  0,  8,  0,  8, "3des" },	/* RFC 2451 */
	{ ESP_ENC_AES_CBC,	128,	false,	16,  0, 16,  0, 16, "aes128" },	/* RFC 3602 */
	{ ESP_ENC_AES_CBC,	192,	false,	24,  0, 16,  0, 16, "aes192" },
	{ ESP_ENC_AES_CBC,	256,	false,	32,  0, 16,  0, 16, "aes256" },
	{ ESP_ENC_AES_GCM16,	128,	true,	16,  4,  8, 16,  4, "aes128gcm16" }, /* RFC 4106 */
	{ ESP_ENC_AES_GCM16,	192,	true,	24,  4,  8, 16,  4, "aes192gcm16" },
	{ ESP_ENC_AES_GCM16,	256,	true,	32,  4,  8, 16,  4, "aes256gcm16" },
};

static const struct auth_row {
	enum esp_auth auth;
	uint8_t key, icv;			/* bytes */
	const char *name;
} auths[] = {
	{ ESP_AUTH_SHA1,	20, 12, "sha1" },	/* RFC 2404 */
	{ ESP_AUTH_SHA256,	32, 16, "sha256" },	/* RFC 4868 §2.6 */
	{ ESP_AUTH_SHA384,	48, 24, "sha384" },
	{ ESP_AUTH_SHA512,	64, 32, "sha512" },
};
/* clang-format on */

#define ROWS(t)	(sizeof(t) / sizeof((t)[0]))

/* Best first; the last one always works. */
static const struct engine_row {
	enum esp_engine which;
	const struct esp_crypt_ops *ops;	/* NULL: not built in */
} engines[] = {
#ifdef HAVE_IPSEC_MB
	{ ESP_ENGINE_MB, &esp_crypt_mb },
#else
	{ ESP_ENGINE_MB, NULL },
#endif
	{ ESP_ENGINE_OPENSSL, &esp_crypt_openssl },
};

/* File-scope state, allowed here only: the number of the last key made. */
static _Atomic uint64_t last_id;

static const struct enc_row *
enc_find(const struct esp_suite *s)
{
	for (size_t i = 0; i < ROWS(encs); i++) {
		if ((unsigned)encs[i].enc == s->enc &&
		    encs[i].key_bits == s->key_bits)
			return &encs[i];
	}
	return NULL;
}

static const struct auth_row *
auth_find(const struct esp_suite *s)
{
	for (size_t i = 0; i < ROWS(auths); i++) {
		if ((unsigned)auths[i].auth == s->auth)
			return &auths[i];
	}
	return NULL;
}

bool
esp_layout_get(const struct esp_suite *s, struct esp_layout *l)
{
	const struct enc_row *e = enc_find(s);
	const struct auth_row *a = auth_find(s);

	*l = (struct esp_layout){ 0 };
	if (e == NULL || (e->aead ? s->auth != ESP_AUTH_NONE : a == NULL))
		return false;
	l->enc_key = e->key;
	l->salt = e->salt;
	l->auth_key = e->aead ? 0 : a->key;
	l->iv = e->iv;
	l->icv = e->aead ? e->icv : a->icv;
	l->block = e->block;
	return true;
}

bool
esp_suite_ok(const struct esp_suite *s)
{
	struct esp_layout l;

	return esp_layout_get(s, &l);
}

size_t
esp_suite_keymat(const struct esp_suite *s)
{
	struct esp_layout l;

	(void)esp_layout_get(s, &l);
	return (size_t)l.enc_key + l.salt + l.auth_key;
}

size_t
esp_suite_iv(const struct esp_suite *s)
{
	struct esp_layout l;

	(void)esp_layout_get(s, &l);
	return l.iv;
}

size_t
esp_suite_icv(const struct esp_suite *s)
{
	struct esp_layout l;

	(void)esp_layout_get(s, &l);
	return l.icv;
}

size_t
esp_suite_block(const struct esp_suite *s)
{
	struct esp_layout l;

	(void)esp_layout_get(s, &l);
	return l.block;
}

const char *
esp_suite_str(const struct esp_suite *s, char buf[24])
{
	const struct enc_row *e = enc_find(s);
	const struct auth_row *a = auth_find(s);

	if (!esp_suite_ok(s))
		(void)snprintf(buf, 24, "unknown");
	else if (e->aead)
		(void)snprintf(buf, 24, "%s", e->name);
	else
		(void)snprintf(buf, 24, "%s-%s", e->name, a->name);
	return buf;
}

size_t
esp_key_bytes(void)
{
	size_t n = sizeof(struct esp_key);

	for (size_t i = 0; i < ROWS(engines); i++)
		if (engines[i].ops != NULL &&
		    engines[i].ops->key_bytes != NULL)
			n += engines[i].ops->key_bytes();
	return n;
}

struct esp_key *
esp_key_new(const struct esp_suite *s, const uint8_t *keymat)
{
	struct esp_layout l;
	struct esp_key *k;

	if (!esp_layout_get(s, &l))
		return NULL;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return NULL;
	k->id = atomic_fetch_add_explicit(&last_id, 1,
	    memory_order_relaxed) + 1;
	k->suite = *s;
	k->size = l;
	memcpy(k->enc, keymat, l.enc_key);
	memcpy(k->salt, keymat + l.enc_key, l.salt);
	memcpy(k->auth, keymat + l.enc_key + l.salt, l.auth_key);
	for (size_t i = 0; i < ROWS(engines); i++) {
		const struct esp_crypt_ops *ops = engines[i].ops;

		if (ops == NULL || ops->key_widen == NULL ||
		    ops->key_widen(k))
			continue;
		esp_key_free(k);
		return NULL;
	}
	return k;
}

void
esp_key_free(struct esp_key *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < ROWS(engines); i++)
		if (engines[i].ops != NULL &&
		    engines[i].ops->key_narrow != NULL)
			engines[i].ops->key_narrow(k);
	wipe(k, sizeof(*k));
	free(k);
}

bool
esp_ivs_init(struct esp_ivs *v, const uint8_t seed[16])
{
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	bool ok;

	*v = (struct esp_ivs){ .aes = EVP_CIPHER_CTX_new() };
	ok = c != NULL && v->aes != NULL &&
	    EVP_EncryptInit_ex2(v->aes, c, seed, NULL, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(v->aes, 0) == 1;
	EVP_CIPHER_free(c);
	if (!ok)
		esp_ivs_wipe(v);
	return ok;
}

void
esp_ivs_wipe(struct esp_ivs *v)
{
	EVP_CIPHER_CTX_free(v->aes);
	wipe(v, sizeof(*v));
}

bool
esp_ivs_next(struct esp_ivs *v, uint8_t *iv, size_t n)
{
	struct wr w = wr_make(v->pool, sizeof(v->pool));
	int len;

	if (v->left == 0) {
		for (unsigned i = 0; i < ESP_IVS; i++) {
			wr_u64(&w, 0);
			wr_u64(&w, v->count++);
		}
		if (EVP_EncryptUpdate(v->aes, v->pool, &len, v->pool,
		    sizeof(v->pool)) != 1)
			return false;
		v->left = ESP_IVS;
	}
	memcpy(iv, v->pool + (size_t)(ESP_IVS - v->left--) * ESP_IV_MAX, n);
	return true;
}

static const char *
engine_why_not(const struct engine_row *row)
{
	if (row->ops == NULL)
		return "built without intel-ipsec-mb";
	return row->ops->why_not();
}

const char *
esp_crypt_why_not(enum esp_engine which)
{
	for (size_t i = 0; i < ROWS(engines); i++)
		if (engines[i].which == which)
			return engine_why_not(&engines[i]);
	return NULL;
}

size_t
esp_crypt_bytes(enum esp_engine which)
{
	for (size_t i = 0; i < ROWS(engines); i++)
		if ((which == ESP_ENGINE_AUTO || which == engines[i].which) &&
		    engine_why_not(&engines[i]) == NULL)
			return engines[i].ops->bytes();
	return 0;
}

struct esp_crypt *
esp_crypt_new(enum esp_engine which, const uint8_t seed_iv[16])
{
	const char *why = NULL;		/* not a better one */

	for (size_t i = 0; i < ROWS(engines); i++) {
		const struct engine_row *row = &engines[i];
		struct esp_crypt *c;

		if (which != ESP_ENGINE_AUTO && which != row->which)
			continue;
		if (engine_why_not(row) != NULL) {
			why = engine_why_not(row);
			continue;
		}
		c = row->ops->make(seed_iv);
		if (c == NULL)
			return NULL;
		c->ops = row->ops;
		c->why = why != NULL ? why : row->ops->about();
		return c;
	}
	return NULL;
}

void
esp_crypt_free(struct esp_crypt *c)
{
	if (c != NULL)
		c->ops->drop(c);
}

const char *
esp_crypt_name(const struct esp_crypt *c)
{
	return c->ops->name;
}

const char *
esp_crypt_why(const struct esp_crypt *c)
{
	return c->why;
}

void
esp_crypt_seal(struct esp_crypt *c, struct esp_job *j, unsigned n)
{
	c->ops->seal(c, j, n);
}

void
esp_crypt_open(struct esp_crypt *c, struct esp_job *j, unsigned n)
{
	c->ops->open(c, j, n);
}
