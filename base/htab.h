/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_HTAB_H
#define BASE_HTAB_H

/*
 * DOC: a hash index over the slots of a pool.
 *
 * It holds slot numbers and hashes only; the owner compares keys.  Fixed
 * memory (12 bytes a slot and 4 to 8 a bucket), no allocation after init, and
 * rebuilt from the pool after a thaw.  Hash with hash_bytes() and a key of
 * the engine's own, so that strangers cannot choose collisions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTAB_NONE	UINT32_MAX

struct htab {
	uint32_t *bucket;	/* owned; slot + 1 of the first, 0 if none */
	uint32_t *next;		/* owned; per slot: slot + 1 of the next */
	uint32_t *hash;		/* owned; per slot */
	uint32_t mask;
	uint32_t slots;
	uint32_t used;
};

struct hash_key {
	uint64_t k[2];
};

/* SipHash-2-4 of n bytes. */
uint64_t	 hash_bytes(const struct hash_key *, const void *, size_t n);

/* Bytes that htab_init() asks for. */
size_t		 htab_bytes(uint32_t slots);
int		 htab_init(struct htab *, uint32_t slots);
void		 htab_wipe(struct htab *);
void		 htab_clear(struct htab *);

/* A slot is in one place at most: delete before adding again. */
void		 htab_add(struct htab *, uint32_t slot, uint64_t hash);
void		 htab_del(struct htab *, uint32_t slot);
/* Slots whose hash is equal, one after the other; HTAB_NONE at the end. */
uint32_t	 htab_find(const struct htab *, uint64_t hash);
uint32_t	 htab_next(const struct htab *, uint32_t slot);

#endif
