/* SPDX-License-Identifier: BSD-2-Clause */
/* Handle to handle: see idmap.h.  Deletion shifts back, so no tombstones. */

#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"

static uint32_t
home(const struct idmap *m, uint32_t key)
{
	return (uint32_t)(key * 0x9e3779b97f4a7c15u >> 32) & m->mask;
}

static uint32_t
places(uint32_t cap)
{
	uint32_t n = 16;

	while (n < cap + cap / 2)
		n <<= 1;
	return n;
}

size_t
idmap_bytes(uint32_t cap)
{
	const struct idmap *m = NULL;

	return places(cap) * (sizeof(*m->key) + sizeof(*m->val));
}

int
idmap_init(struct idmap *m, uint32_t cap)
{
	uint32_t n = places(cap);

	*m = (struct idmap){ .mask = n - 1, .cap = cap };
	m->key = calloc(n, sizeof(*m->key));
	m->val = calloc(n, sizeof(*m->val));
	if (m->key == NULL || m->val == NULL) {
		idmap_wipe(m);
		return -1;
	}
	return 0;
}

void
idmap_wipe(struct idmap *m)
{
	free(m->key);
	free(m->val);
	*m = (struct idmap){ 0 };
}

void
idmap_clear(struct idmap *m)
{
	memset(m->key, 0, ((size_t)m->mask + 1) * sizeof(*m->key));
	m->used = 0;
}

/* The place of the key, or the free one where it would stand. */
static uint32_t
seek(const struct idmap *m, uint32_t key)
{
	uint32_t at = home(m, key);

	while (m->key[at] != 0 && m->key[at] != key)
		at = (at + 1) & m->mask;
	return at;
}

bool
idmap_put(struct idmap *m, uint32_t key, uint32_t val)
{
	uint32_t at = seek(m, key);

	if (m->key[at] == 0) {
		if (m->used >= m->cap)
			return false;
		m->used++;
	}
	m->key[at] = key;
	m->val[at] = val;
	return true;
}

uint32_t
idmap_get(const struct idmap *m, uint32_t key)
{
	uint32_t at = seek(m, key);

	return key != 0 && m->key[at] == key ? m->val[at] : 0;
}

void
idmap_del(struct idmap *m, uint32_t key)
{
	uint32_t hole = seek(m, key);

	if (key == 0 || m->key[hole] == 0)
		return;
	for (uint32_t at = (hole + 1) & m->mask; m->key[at] != 0;
	    at = (at + 1) & m->mask) {
		uint32_t reach = (at - home(m, m->key[at])) & m->mask;

		if (reach < ((at - hole) & m->mask))
			continue;	/* it may not move before its home */
		m->key[hole] = m->key[at];
		m->val[hole] = m->val[at];
		hole = at;
	}
	m->key[hole] = 0;
	m->used--;
}
