/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

/*
 * DOC: the cryptography that engines may use: digests, HMAC, CBC, and
 * Diffie-Hellman as pure computations on bytes.  base/crypto*.c are the only
 * includers of OpenSSL.  Every function is bounded and keeps no state between
 * calls that a caller can see; per-thread OpenSSL contexts are cached inside.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rng.h"

enum hash_alg {
	HASH_MD5,		/* RADIUS and CHAP only */
	HASH_SHA1,
	HASH_SHA256,
	HASH_SHA384,
	HASH_SHA512,
	HASH_MD4,		/* MS-CHAP only; legacy provider */
	HASH_ALGS
};

#define HASH_MAX	64	/* bytes of the longest digest */

enum cipher_alg {		/* all in CBC mode */
	CIPHER_3DES,
	CIPHER_AES128,
	CIPHER_AES192,
	CIPHER_AES256,
	CIPHER_ALGS
};

#define CIPHER_KEY_MAX		32
#define CIPHER_BLOCK_MAX	16

enum dh_group {			/* IANA numbers, as on the wire */
	DH_MODP1024 = 2,
	DH_MODP1536 = 5,
	DH_MODP2048 = 14,
	DH_MODP3072 = 15,
	DH_MODP4096 = 16,
	DH_ECP256 = 19,
	DH_ECP384 = 20,
	DH_ECP521 = 21
};

#define DH_PUBLIC_MAX	512	/* bytes: MODP4096 */
#define DH_PRIVATE_MAX	66	/* bytes: ECP521; MODP uses short exponents */
#define DH_SHARED_MAX	512

/*
 * Makes ready what must exist before the first use (the library context with
 * the legacy provider).  crypto_legacy() tells whether MD4, DES, RC4 are there:
 * without them local MS-CHAPv2 users cannot be checked.
 */
bool		 crypto_init(void);
bool		 crypto_legacy(void);

size_t		 hash_size(enum hash_alg);
const char	*hash_str(enum hash_alg);
/* Digest or HMAC over the n parts, in order.  Writes hash_size(alg) bytes. */
bool		 hash_sum(enum hash_alg, const struct rd *part, size_t n,
		    uint8_t *out);
bool		 hmac_sum(enum hash_alg, struct rd key, const struct rd *part,
		    size_t n, uint8_t *out);

/* Bytes: 24, 16, 24, 32; and 8 or 16. */
size_t		 cipher_key_size(enum cipher_alg);
size_t		 cipher_block_size(enum cipher_alg);
/*
 * CBC in place, no padding; n is a multiple of the block size.  iv is read
 * only; the caller keeps the last cipher block if it chains.
 */
bool		 cbc_encrypt(enum cipher_alg, const uint8_t *key,
		    const uint8_t *iv, uint8_t *data, size_t n);
bool		 cbc_decrypt(enum cipher_alg, const uint8_t *key,
		    const uint8_t *iv, uint8_t *data, size_t n);

/* One DES block under 7 key bytes (parity added here), RFC 2759 §8.6. */
bool		 des_block7(const uint8_t key[7], const uint8_t in[8],
		    uint8_t out[8]);
/* RC4 in place under 16 key bytes, RFC 2759 §8.11; both ways the same. */
bool		 rc4_crypt(const uint8_t key[16], uint8_t *data, size_t n);

/*
 * Known group?  Sizes in bytes, 0 for an unknown one; the shared secret of an
 * ECP group is x only (RFC 5903 §7).
 */
bool		 dh_known(unsigned group);
size_t		 dh_public_size(enum dh_group);
size_t		 dh_private_size(enum dh_group);
size_t		 dh_shared_size(enum dh_group);
const char	*dh_str(enum dh_group);
/* A new key pair: dh_private_size() and dh_public_size() bytes. */
bool		 dh_make(enum dh_group, struct rng *, uint8_t *priv,
		    uint8_t *pub);
/*
 * False without any exponentiation if the peer's value has the wrong length,
 * is not 1 < y < p-1 (MODP), or is not on the curve (ECP).
 */
bool		 dh_share(enum dh_group, const uint8_t *priv, struct rd peer,
		    uint8_t *shared);
/* The check alone (cheap; also done by dh_share). */
bool		 dh_public_ok(enum dh_group, struct rd peer);

#endif
