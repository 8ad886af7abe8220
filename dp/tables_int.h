/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_TABLES_INT_H
#define DP_TABLES_INT_H

/* DOC: what the tables of dp/ share: hashes, and the lock-free hash table. */

#include <stdint.h>
#include <string.h>

#include "base/endpoint.h"
#include "base/rcu.h"

/*
 * Keys are ours (SPIs, ids and addresses that we gave), so nobody chooses
 * collisions; the seed keeps the order of tables from being guessed.
 */
static inline unsigned long
tables_hash(uint64_t seed, uint64_t key)
{
	uint64_t x = (key ^ seed) * 0x9e3779b97f4a7c15u;

	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	return (unsigned long)(x ^ x >> 29);
}

static inline uint64_t
tables_addr_word(const struct ipaddr *a)
{
	uint64_t w[2];

	memcpy(w, a->b, sizeof(w));
	return w[0] ^ w[1] * 0xc2b2ae3d27d4eb4fu ^ a->family;
}

static inline unsigned long
tables_buckets(uint32_t cap)
{
	unsigned long size = 64;

	while (size < cap)
		size *= 2;
	return size;
}

static inline struct cds_lfht *
tables_make(uint32_t cap)
{
	unsigned long size = tables_buckets(cap);

	return cds_lfht_new(size, size, size, 0, NULL);
}

/* Its bytes: a bucket of a table that never grows is one node. */
static inline size_t
tables_index(uint32_t cap)
{
	return tables_buckets(cap) * sizeof(struct cds_lfht_node);
}

static inline struct cds_lfht_node *
tables_find(struct cds_lfht *ht, unsigned long hash, cds_lfht_match_fct match,
    const void *key)
{
	struct cds_lfht_iter iter;

	cds_lfht_lookup(ht, hash, match, key, &iter);
	return cds_lfht_iter_get_node(&iter);
}

static inline void
tables_put(struct cds_lfht *ht, unsigned long hash, struct cds_lfht_node *node)
{
	rcu_publish(node);
	cds_lfht_add(ht, hash, node);
}

#endif
