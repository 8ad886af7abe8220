/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_POOL_H
#define BASE_POOL_H

/*
 * DOC: a fixed pool of objects named by handle, never by address.
 *
 * The capacity is given once; memory is touched only as far as it is used.
 * A handle is a slot number (20 bits) and the slot's generation (12 bits), so
 * a stale handle finds nothing.  0 is never a handle.  Objects hold no
 * pointers to each other, so a pool can be written to bytes and read back
 * (pool_freeze, pool_thaw): every handle keeps its meaning.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define POOL_SLOTS_MAX	(1u << 20)

struct pool {
	/* owned; cap slots, each a head and an object */
	uint8_t *mem;
	size_t size;		/* bytes of one object */
	size_t stride;		/* bytes of one slot */
	uint32_t cap;		/* slots */
	uint32_t high;		/* slots ever used */
	uint32_t used;		/* objects alive */
	uint32_t free_head;	/* slot + 1 of the first free one; 0 if none */
};

/* Bytes that pool_init() asks for. */
size_t		 pool_bytes(size_t object_size, uint32_t cap);
/* 0, or -1 with errno ENOMEM.  cap is at most POOL_SLOTS_MAX. */
int		 pool_init(struct pool *, size_t object_size, uint32_t cap);
void		 pool_wipe(struct pool *);	/* wipes and frees everything */

/* A zeroed object and its handle, or NULL when all are in use. */
void		*pool_take(struct pool *, uint32_t *handle);
/* Wipes the object.  A stale handle is ignored. */
void		 pool_give(struct pool *, uint32_t handle);
/* The object, borrowed until given back, or NULL. */
void		*pool_get(const struct pool *, uint32_t handle);
/* The object and its handle by slot number, or NULL if the slot is free. */
void		*pool_at(const struct pool *, uint32_t slot, uint32_t *handle);
static inline uint32_t
pool_slot(uint32_t handle)
{
	return handle & (POOL_SLOTS_MAX - 1);
}

/* Bytes that pool_freeze() will write. */
size_t		 pool_frozen_size(const struct pool *);
void		 pool_freeze(const struct pool *, struct wr *);
/*
 * Reads what pool_freeze() wrote into a pool that was initialised with the
 * same object size and at least that capacity.  False if the bytes do not fit;
 * the pool is then empty.
 */
bool		 pool_thaw(struct pool *, struct rd *);

#endif
