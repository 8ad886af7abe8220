/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

/*
 * DOC: keys and passwords.  A struct secret is a value: copied by assignment,
 * wiped by its owner, compared in constant time, never given to a log line.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_MAX	255	/* bytes */

struct secret {
	uint8_t len;
	uint8_t b[SECRET_MAX];
};

/* False, and `s` empty, if n is more than SECRET_MAX. */
bool	secret_set(struct secret *s, const void *p, size_t n);
void	secret_wipe(struct secret *);
/* Overwrites n bytes in a way the compiler keeps. */
void	wipe(void *, size_t n);
/* free(), for memory that may have held a secret; NULL is fine. */
void	wipe_free(void *);
/* Constant time in the contents; n equal bytes? */
bool	secret_same(const void *, const void *, size_t n);

#endif
