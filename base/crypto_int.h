/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CRYPTO_INT_H
#define BASE_CRYPTO_INT_H

/*
 * DOC: what the crypto*.c files share: one set of OpenSSL contexts a thread.
 *
 * Fetching an algorithm and making a context are dear, so each thread does
 * them once and keeps them until it ends.  A context remembers the last key it
 * was given and nothing else; every use sets its key anew.
 */

#include <openssl/evp.h>

#include "base/crypto.h"

struct crypto_dh;		/* crypto_dh.c */

struct crypto_tls {
	EVP_MD_CTX *md_ctx;
	EVP_MD *md[HASH_ALGS];			/* fetched on first use */
	EVP_MAC_CTX *hmac[HASH_ALGS];
	EVP_CIPHER_CTX *cbc[CIPHER_ALGS];
	EVP_CIPHER_CTX *des;
	struct crypto_dh *dh;
};

/* The calling thread's contexts; NULL when memory is short. */
struct crypto_tls *crypto_tls(void);

void	crypto_dh_free(struct crypto_dh *);

/* From the legacy provider: new references, NULL if it is missing. */
EVP_MD		*crypto_old_md4(void);
EVP_CIPHER	*crypto_old_des(void);

#endif
