/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_BOUND_H
#define BASE_BOUND_H

/*
 * DOC: what a table or pool takes when it is full.
 *
 * Everything that grows with what peers do has a bound in the configuration.
 * Each engine tells from its parameters, without being made, what that comes
 * to: the bytes it asks the allocator for (threats.md 3.2.9).
 */

#include <stddef.h>

struct bound {
	const char *name;	/* "ike half-open": folder or engine, and what */
	size_t count;		/* so many at most; never 0 */
	size_t bytes;		/* all of them together, indexes included */
};

typedef void bound_fn(void *ctx, const struct bound *);

#endif
