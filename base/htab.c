/* SPDX-License-Identifier: BSD-2-Clause */
/* Hash index over pool slots, and its keyed hash: see htab.h. */

#include <stdlib.h>
#include <string.h>

#include "base/htab.h"

#define ROTL(x, k)	((x) << (k) | (x) >> (64 - (k)))

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = ROTL(v[1], 13) ^ v[0];
	v[0] = ROTL(v[0], 32);
	v[2] += v[3];
	v[3] = ROTL(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = ROTL(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = ROTL(v[1], 17) ^ v[2];
	v[2] = ROTL(v[2], 32);
}

/* Aumasson, Bernstein: SipHash.  Bytes are taken in little-endian order. */
uint64_t
hash_bytes(const struct hash_key *key, const void *p, size_t n)
{
	const uint8_t *b = p;
	uint64_t v[4] = {
		key->k[0] ^ 0x736f6d6570736575, key->k[1] ^ 0x646f72616e646f6d,
		key->k[0] ^ 0x6c7967656e657261, key->k[1] ^ 0x7465646279746573,
	};
	uint64_t m = 0;

	for (size_t i = 0; i < n; i++) {
		m |= (uint64_t)b[i] << (8 * (i & 7));
		if ((i & 7) == 7) {
			v[3] ^= m;
			sip_round(v);
			sip_round(v);
			v[0] ^= m;
			m = 0;
		}
	}
	m |= (uint64_t)n << 56;
	v[3] ^= m;
	sip_round(v);
	sip_round(v);
	v[0] ^= m;
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint32_t
buckets(uint32_t slots)
{
	uint32_t n = 1;

	while (n < slots)
		n <<= 1;
	return n;
}

size_t
htab_bytes(uint32_t slots)
{
	const struct htab *h = NULL;

	return buckets(slots) * sizeof(*h->bucket) +
	    slots * (sizeof(*h->next) + sizeof(*h->hash));
}

int
htab_init(struct htab *h, uint32_t slots)
{
	uint32_t n = buckets(slots);

	*h = (struct htab){ .mask = n - 1, .slots = slots };
	h->bucket = calloc(n, sizeof(*h->bucket));
	h->next = calloc(slots, sizeof(*h->next));
	h->hash = calloc(slots, sizeof(*h->hash));
	if (h->bucket == NULL || h->next == NULL || h->hash == NULL) {
		htab_wipe(h);
		return -1;
	}
	return 0;
}

void
htab_wipe(struct htab *h)
{
	free(h->bucket);
	free(h->next);
	free(h->hash);
	*h = (struct htab){ 0 };
}

void
htab_clear(struct htab *h)
{
	if (h->used > 0)
		memset(h->bucket, 0,
		    ((size_t)h->mask + 1) * sizeof(*h->bucket));
	h->used = 0;
}

void
htab_add(struct htab *h, uint32_t slot, uint64_t hash)
{
	uint32_t *b = &h->bucket[(uint32_t)hash & h->mask];

	h->hash[slot] = (uint32_t)hash;
	h->next[slot] = *b;
	*b = slot + 1;
	h->used++;
}

void
htab_del(struct htab *h, uint32_t slot)
{
	uint32_t *at = &h->bucket[h->hash[slot] & h->mask];

	while (*at != 0 && *at != slot + 1)
		at = &h->next[*at - 1];
	if (*at == 0)
		return;
	*at = h->next[slot];
	h->used--;
}

static uint32_t
chain_find(const struct htab *h, uint32_t at, uint32_t hash)
{
	while (at != 0 && h->hash[at - 1] != hash)
		at = h->next[at - 1];
	return at == 0 ? HTAB_NONE : at - 1;
}

uint32_t
htab_find(const struct htab *h, uint64_t hash)
{
	return chain_find(h, h->bucket[(uint32_t)hash & h->mask],
	    (uint32_t)hash);
}

uint32_t
htab_next(const struct htab *h, uint32_t slot)
{
	return chain_find(h, h->next[slot], h->hash[slot]);
}
