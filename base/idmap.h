/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_IDMAP_H
#define BASE_IDMAP_H

/*
 * DOC: a map from handle to handle, of fixed capacity: how one layer finds its
 * object for another layer's.  Open addressing, no allocation after init.
 * 0 is neither key nor value.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idmap {
	uint32_t *key;		/* owned */
	uint32_t *val;		/* owned */
	uint32_t mask;
	uint32_t cap;		/* entries that may be in use */
	uint32_t used;
};

/* Bytes that idmap_init() asks for. */
size_t		idmap_bytes(uint32_t cap);
int		idmap_init(struct idmap *, uint32_t cap);
void		idmap_wipe(struct idmap *);
void		idmap_clear(struct idmap *);

/* Adds or replaces; false if the map is full. */
bool		idmap_put(struct idmap *, uint32_t key, uint32_t val);
uint32_t	idmap_get(const struct idmap *, uint32_t key);	/* 0: none */
void		idmap_del(struct idmap *, uint32_t key);

#endif
