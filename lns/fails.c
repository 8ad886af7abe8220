/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool, an index by key, and a list for each class: see fails.h. */

#include "lns/fails.h"

#define KEPT	16	/* a class that may go keeps this part of the table */

size_t
fails_bytes(uint32_t entries)
{
	return pool_bytes(sizeof(struct fail), entries) + htab_bytes(entries);
}

int
fails_init(struct fails *t, uint32_t entries)
{
	*t = (struct fails){ .pool = { .mem = NULL } };
	return pool_init(&t->pool, sizeof(struct fail), entries) == 0 &&
	    htab_init(&t->by_key, entries) == 0 ? 0 : -1;
}

void
fails_wipe(struct fails *t)
{
	pool_wipe(&t->pool);
	htab_wipe(&t->by_key);
}

/* ---- lists ---- */

static struct fail *
fail_at(const struct fails *t, uint32_t link)
{
	return link != 0 ? pool_at(&t->pool, link - 1, NULL) : NULL;
}

static uint32_t
link_of(const struct fails *t, const struct fail *f)
{
	const struct fail *before = fail_at(t, f->prev);

	return before != NULL ? before->next : t->first[f->class];
}

static void
list_add(struct fails *t, struct fail *f, uint32_t link, enum fail_class c)
{
	struct fail *before = fail_at(t, t->last[c]);

	f->class = c;
	f->prev = t->last[c];
	f->next = 0;
	if (before != NULL)
		before->next = link;
	else
		t->first[c] = link;
	t->last[c] = link;
	t->n[c]++;
}

/* Its own link is returned. */
static uint32_t
list_del(struct fails *t, const struct fail *f)
{
	uint32_t link = link_of(t, f);
	struct fail *before = fail_at(t, f->prev);
	struct fail *after = fail_at(t, f->next);

	if (before != NULL)
		before->next = f->next;
	else
		t->first[f->class] = f->next;
	if (after != NULL)
		after->prev = f->prev;
	else
		t->last[f->class] = f->prev;
	t->n[f->class]--;
	return link;
}

/* ---- entries ---- */

struct fail *
fails_find(const struct fails *t, uint64_t key)
{
	if (key == 0)
		return NULL;
	for (uint32_t i = htab_find(&t->by_key, key); i != HTAB_NONE;
	    i = htab_next(&t->by_key, i)) {
		struct fail *f = pool_at(&t->pool, i, NULL);

		if (f != NULL && f->key == key)
			return f;
	}
	return NULL;
}

void
fails_drop(struct fails *t, struct fail *f)
{
	uint32_t slot = list_del(t, f) - 1;
	uint32_t handle;

	htab_del(&t->by_key, slot);
	if (pool_at(&t->pool, slot, &handle) != NULL)
		pool_give(&t->pool, handle);
}

/* Who makes room: see fails.h. */
static struct fail *
fails_victim(const struct fails *t, mono_t stale)
{
	static const enum fail_class counts[] = { FAIL_ONCE, FAIL_OFTEN };

	for (int i = 0; i < 2; i++) {
		struct fail *f = fail_at(t, t->first[counts[i]]);

		if (f != NULL && mono_before(f->touched, stale))
			return f;
	}
	for (int c = 0; c < FAIL_LOCKED; c++)
		if (t->n[c] > t->pool.cap / KEPT)
			return fail_at(t, t->first[c]);
	return fail_at(t, t->first[FAIL_LOCKED]);
}

struct fail *
fails_take(struct fails *t, mono_t now, mono_t stale, uint64_t key)
{
	struct fail *f = fails_find(t, key);
	uint32_t handle = 0;

	if (f != NULL) {
		if (f->class != FAIL_LOCKED)
			fails_touch(t, now, f, f->class);
		return f;
	}
	if (t->pool.used == t->pool.cap)
		fails_drop(t, fails_victim(t, stale));
	f = pool_take(&t->pool, &handle);
	f->key = key;
	f->touched = now;
	htab_add(&t->by_key, pool_slot(handle), key);
	list_add(t, f, pool_slot(handle) + 1, FAIL_ONCE);
	return f;
}

void
fails_touch(struct fails *t, mono_t now, struct fail *f, enum fail_class c)
{
	uint32_t link = list_del(t, f);

	f->touched = now;
	list_add(t, f, link, c);
}

struct fail *
fails_first_locked(const struct fails *t)
{
	return fail_at(t, t->first[FAIL_LOCKED]);
}

/* ---- freezing ---- */

size_t
fails_frozen_size(const struct fails *t)
{
	return pool_frozen_size(&t->pool) + (size_t)FAIL_CLASSES * 12;
}

void
fails_freeze(const struct fails *t, struct wr *w)
{
	pool_freeze(&t->pool, w);
	for (int c = 0; c < FAIL_CLASSES; c++) {
		wr_u32(w, t->first[c]);
		wr_u32(w, t->last[c]);
		wr_u32(w, t->n[c]);
	}
}

/* Does each list hold what it says, linked both ways? */
static bool
lists_ok(const struct fails *t)
{
	uint32_t all = 0;

	for (int c = 0; c < FAIL_CLASSES; c++) {
		uint32_t link = t->first[c], prev = 0;

		for (uint32_t i = 0; i < t->n[c]; i++) {
			const struct fail *f = link <= t->pool.high ?
			    fail_at(t, link) : NULL;

			if (f == NULL || f->class != (enum fail_class)c ||
			    f->prev != prev)
				return false;
			prev = link;
			link = f->next;
		}
		if (link != 0 || t->last[c] != prev)
			return false;
		all += t->n[c];
	}
	return all == t->pool.used;
}

bool
fails_thaw(struct fails *t, struct rd *r)
{
	if (!pool_thaw(&t->pool, r))
		return false;
	for (int c = 0; c < FAIL_CLASSES; c++) {
		t->first[c] = rd_u32(r);
		t->last[c] = rd_u32(r);
		t->n[c] = rd_u32(r);
	}
	for (uint32_t i = 0; i < t->pool.high; i++) {
		const struct fail *f = pool_at(&t->pool, i, NULL);

		if (f != NULL)
			htab_add(&t->by_key, i, f->key);
	}
	return !r->bad && lists_ok(t);
}
