/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_COUNT_H
#define BASE_COUNT_H

/*
 * DOC: counters of one thread, read by others.  One writer, so an increment is
 * a relaxed load and a relaxed store: no lock prefix, no torn value.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/drop.h"

typedef _Atomic uint64_t count_t;

struct drops {			/* one per thread; owned by the thread's host */
	count_t n[DROP_COUNT];
};

static inline void
count_add(count_t *c, uint64_t n)
{
	atomic_store_explicit(c,
	    atomic_load_explicit(c, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

static inline uint64_t
count_get(const count_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

/* Counts one drop; DROP_NONE and a NULL set count nothing. */
static inline void
drop_count(struct drops *d, enum drop why)
{
	if (d != NULL && why != DROP_NONE)
		count_add(&d->n[why], 1);
}

#endif
