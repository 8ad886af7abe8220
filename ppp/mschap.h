/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_MSCHAP_H
#define PPP_MSCHAP_H

/*
 * DOC: MS-CHAPv2 as pure computations, RFC 2759 §8.  False: the password is no
 * UTF-8, or MD4 and DES are not to be had.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rng.h"

#define MSCHAP_VALUE	49	/* bytes of a Response's Value, RFC 2759 §4 */
#define MSCHAP_SUCCESS	43	/* "S=" and 40 hex digits, with the NUL */
#define MSCHAP_PWBLOCK	516	/* bytes of an Encrypted-Password, §7 */

enum mschap_error {		/* E= of a Failure, §6 */
	MSCHAP_E_EXPIRED = 648,
	MSCHAP_E_REFUSED = 691
};

/* §8.2: the first eight bytes of SHA1(peer's challenge, ours, name). */
bool	mschap_challenge_hash(const uint8_t peer[16], const uint8_t ours[16],
	    struct rd name, uint8_t out[8]);
/* §8.5: three DES encryptions of the challenge under the hash. */
bool	mschap_challenge_response(const uint8_t challenge[8],
	    const uint8_t nt_hash[16], uint8_t out[24]);
/* §8.1: what the peer sends. */
bool	mschap_nt_response(const uint8_t nt_hash[16], const uint8_t ours[16],
	    const uint8_t peer[16], struct rd name, uint8_t out[24]);
/* §8.7: what the authenticator proves with. */
bool	mschap_authenticator_response(const uint8_t nt_hash[16],
	    const uint8_t nt_response[24], const uint8_t peer[16],
	    const uint8_t ours[16], struct rd name, char out[MSCHAP_SUCCESS]);
/*
 * §8.9, §8.10: the new password, behind random bytes, under the old one's
 * hash.  False also without randomness.
 */
bool	mschap_new_password(struct rng *, struct rd password_utf8,
	    const uint8_t old_hash[16], uint8_t out[MSCHAP_PWBLOCK]);
/* §8.12: the old password's hash under the new one's. */
bool	mschap_old_hash(const uint8_t old_hash[16], const uint8_t new_hash[16],
	    uint8_t out[16]);
/* The name without what stands before a backslash: what is hashed. */
struct rd mschap_user(struct rd name);
/* Is it "S=" and 40 hex digits? */
bool	mschap_success_ok(const char *);

#endif
