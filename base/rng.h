/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_RNG_H
#define BASE_RNG_H

/*
 * DOC: injected randomness.  The daemon gives engines the system's generator;
 * tests give a seeded one, so that a run can be repeated.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	/* False if the source failed; `dst` is then all zero. */
	bool (*fill)(struct rng *, void *dst, size_t n);
	uint64_t s[4];		/* state of the seeded generator */
};

void		 rng_system(struct rng *);		/* getrandom(2) */
void		 rng_seeded(struct rng *, uint64_t seed); /* tests only */
bool		 rng_fill(struct rng *, void *dst, size_t n);
uint32_t	 rng_u32(struct rng *);
uint64_t	 rng_u64(struct rng *);
uint32_t	 rng_below(struct rng *, uint32_t n);	/* 0 .. n-1, n > 0 */

#endif
