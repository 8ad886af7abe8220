/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_KEYS_H
#define TESTS_SIM_KEYS_H

/*
 * DOC: I7 of threats.md 6.6: no key or password in what is logged, shown or
 * printed, neither as it is nor in hexadecimal digits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYS_MIN	8	/* bytes; what is shorter is in any text */
#define KEYS_BYTES	16	/* of a longer one, each part of so many counts */

struct keys;

/*
 * Watches for at most so many parts of secrets; what is beyond goes unseen.
 * NULL when memory is short.
 */
struct keys	*keys_new(uint32_t max);
void		 keys_free(struct keys *);	/* wipes them */

/* Copies it.  False: no part is long enough, or there are too many. */
bool		 keys_add(struct keys *, const void *secret, size_t len);
/* NULL, or what is wrong. */
const char	*keys_seen(const struct keys *, const char *text, size_t len);

#endif
