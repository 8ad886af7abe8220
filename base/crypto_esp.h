/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CRYPTO_ESP_H
#define BASE_CRYPTO_ESP_H

/*
 * DOC: ESP transforms over a batch.
 *
 * An esp_key is immutable after esp_key_new() and may be used by any thread;
 * an esp_crypt is one thread's engine with its scratch contexts.  Jobs of
 * different keys and suites may stand in one batch: an engine that works in
 * lanes fills them across all of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum esp_enc {			/* IPSEC_ESP transform ids, RFC 2407 §4.4.4 */
	ESP_ENC_3DES = 3,
	ESP_ENC_AES_CBC = 12,
	ESP_ENC_AES_GCM16 = 20
};

enum esp_auth {			/* authentication algorithms, RFC 2407 §4.5 */
	ESP_AUTH_NONE = 0,	/* with GCM only */
	ESP_AUTH_SHA1 = 2,	/* 96 bit */
	ESP_AUTH_SHA256 = 5,	/* 128 bit */
	ESP_AUTH_SHA384 = 6,	/* 192 bit */
	ESP_AUTH_SHA512 = 7	/* 256 bit */
};

struct esp_suite {
	uint8_t enc;		/* enum esp_enc */
	uint8_t auth;		/* enum esp_auth */
	uint16_t key_bits;	/* AES: 128, 192, 256; 3DES: 192 */
};

/* The longest is 32 + 64, AES-256-CBC with HMAC-SHA2-512. */
#define ESP_KEYMAT_MAX	(36 + 64)
#define ESP_IV_MAX	16
#define ESP_ICV_MAX	32

/* Is this a suite we can do at all (policy apart)? */
bool		 esp_suite_ok(const struct esp_suite *);
/* Bytes; 0 for an unknown suite.  Key material: enc key [salt] auth key. */
size_t		 esp_suite_keymat(const struct esp_suite *);
/* On the wire. */
size_t		 esp_suite_iv(const struct esp_suite *);
size_t		 esp_suite_icv(const struct esp_suite *);
/* Padding goes to a multiple of this, at least 4. */
size_t		 esp_suite_block(const struct esp_suite *);
/* "aes256-sha1", "aes128gcm16", "3des-sha256"; returns buf. */
const char	*esp_suite_str(const struct esp_suite *, char buf[24]);

struct esp_key;
size_t		 esp_key_bytes(void);	/* of one key, of the largest suite */
/* Copies esp_suite_keymat() bytes; NULL on an unknown suite or no memory. */
struct esp_key	*esp_key_new(const struct esp_suite *, const uint8_t *keymat);
/* Wipes; NULL is fine. */
void		 esp_key_free(struct esp_key *);

/*
 * One packet.  `head` is SPI and sequence number (8 bytes, covered by the ICV
 * or the AAD); IV, payload and ICV follow it in memory in the order of
 * RFC 4303 §2: head | iv | text | icv.
 */
struct esp_job {
	const struct esp_key *key;
	uint8_t *head;
	/* bytes between IV and ICV; a multiple of the block */
	uint32_t text_len;
	bool ok;		/* set by the call */
};

enum esp_engine {
	ESP_ENGINE_AUTO,	/* the fastest that this machine can run */
	ESP_ENGINE_OPENSSL,	/* one packet at a time; always there */
	ESP_ENGINE_MB		/* intel-ipsec-mb, many at a time */
};

struct esp_crypt;
/*
 * `seed_iv`: 16 random bytes from which unpredictable CBC IVs are made.
 * NULL: no memory, or just this engine was wanted and cannot run here.
 */
struct esp_crypt *esp_crypt_new(enum esp_engine, const uint8_t seed_iv[16]);
void		 esp_crypt_free(struct esp_crypt *);
/* What one takes, as far as it is ours. */
size_t		 esp_crypt_bytes(enum esp_engine);
/* "openssl", "ipsec-mb" */
const char	*esp_crypt_name(const struct esp_crypt *);
/* Why this one, or how it works: "AVX-512"; a constant. */
const char	*esp_crypt_why(const struct esp_crypt *);
/* NULL if the engine can run here, else why not: a constant. */
const char	*esp_crypt_why_not(enum esp_engine);

/*
 * Seal: writes the IV (CBC: unpredictable; GCM: the 64-bit sequence given in
 * head, unique under the key by the sequence law), encrypts, writes the ICV.
 * Open: checks the ICV in constant time before anything is decrypted;
 * ok = false leaves the text as it was.
 */
void		 esp_crypt_seal(struct esp_crypt *, struct esp_job *,
		    unsigned n);
void		 esp_crypt_open(struct esp_crypt *, struct esp_job *,
		    unsigned n);

#endif
