/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CRYPTO_ESP_INT_H
#define BASE_CRYPTO_ESP_INT_H

/*
 * DOC: what the ESP engines share: the key as they see it, the source of CBC
 * IVs, and the operations an engine consists of.
 */

#include <openssl/evp.h>

#include "base/crypto_esp.h"

struct esp_layout {		/* bytes */
	uint8_t enc_key;
	uint8_t salt;
	uint8_t auth_key;
	uint8_t iv;
	uint8_t icv;
	uint8_t block;
};

/* False for a suite that is not in the tables. */
bool	esp_layout_get(const struct esp_suite *, struct esp_layout *);

struct esp_key {
	uint64_t id;		/* never given twice in a process; not 0 */
	struct esp_suite suite;
	struct esp_layout size;
	uint8_t enc[32];
	uint8_t salt[4];
	uint8_t auth[64];
	void *wide;		/* owned: for the engine in lanes; or NULL */
};

/* The parts of a packet. */
static inline uint8_t *
esp_job_iv(const struct esp_job *j)
{
	return j->head + 8;
}

static inline uint8_t *
esp_job_text(const struct esp_job *j)
{
	return j->head + 8 + j->key->size.iv;
}

static inline uint8_t *
esp_job_icv(const struct esp_job *j)
{
	return esp_job_text(j) + j->text_len;
}

/* Is the length one that the suite's cipher can work on? */
static inline bool
esp_job_fits(const struct esp_job *j)
{
	return j->text_len != 0 && j->text_len <= 65535 &&
	    j->text_len % j->key->size.block == 0;
}

#define ESP_IVS		64	/* made at a time */

/*
 * Unpredictable IVs (RFC 3602 §3: never the last cipher block of the packet
 * before): a counter encrypted under a random key that nobody else has.
 */
struct esp_ivs {
	EVP_CIPHER_CTX *aes;	/* owned */
	uint64_t count;		/* blocks made */
	unsigned left;		/* not yet used, at the end of pool */
	uint8_t pool[ESP_IVS * ESP_IV_MAX];
};

bool	esp_ivs_init(struct esp_ivs *, const uint8_t seed[16]);
void	esp_ivs_wipe(struct esp_ivs *);
/* Writes n bytes, at most ESP_IV_MAX; false if the cipher failed. */
bool	esp_ivs_next(struct esp_ivs *, uint8_t *iv, size_t n);

struct esp_crypt_ops {
	const char *name;
	/* NULL if it can run here, else why not; a constant. */
	const char *(*why_not)(void);
	/* How it works here; a constant. */
	const char *(*about)(void);
	size_t (*bytes)(void);		/* of one engine */
	/* NULL: it cannot run here, or no memory. */
	struct esp_crypt *(*make)(const uint8_t seed_iv[16]);
	void (*drop)(struct esp_crypt *);
	void (*seal)(struct esp_crypt *, struct esp_job *, unsigned n);
	void (*open)(struct esp_crypt *, struct esp_job *, unsigned n);
	/* What it needs beside the key's bytes; NULL, all three: nothing. */
	size_t (*key_bytes)(void);		/* at most */
	bool (*key_widen)(struct esp_key *);	/* false: no memory */
	void (*key_narrow)(struct esp_key *);
};

struct esp_crypt {		/* first member of each engine's own struct */
	const struct esp_crypt_ops *ops;
	const char *why;	/* this one, and not another; a constant */
};

extern const struct esp_crypt_ops esp_crypt_openssl;
#ifdef HAVE_IPSEC_MB
extern const struct esp_crypt_ops esp_crypt_mb;
#endif

#endif
