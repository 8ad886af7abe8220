/* SPDX-License-Identifier: BSD-2-Clause */
/* Fixed pools with handles: see pool.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/secret.h"

#define GEN_SHIFT	20
#define GEN_MASK	0xfffu

struct slot {
	/* 1 .. 4095; changes when the object is given back */
	uint32_t gen;
	uint32_t next_free;	/* slot + 1, while free */
	bool used;
};

#define SLOT_HEAD \
	((sizeof(struct slot) + sizeof(max_align_t) - 1) / \
	    sizeof(max_align_t) * sizeof(max_align_t))

static struct slot *
slot_at(const struct pool *p, uint32_t i)
{
	return (struct slot *)(void *)(p->mem + (size_t)i * p->stride);
}

static void *
slot_object(struct slot *s)
{
	return (uint8_t *)s + SLOT_HEAD;
}

static uint32_t
slot_handle(const struct slot *s, uint32_t i)
{
	return s->gen << GEN_SHIFT | i;
}

static size_t
slot_stride(size_t object_size)
{
	size_t a = sizeof(max_align_t);

	return SLOT_HEAD + (object_size + a - 1) / a * a;
}

size_t
pool_bytes(size_t object_size, uint32_t cap)
{
	return slot_stride(object_size) * cap;
}

int
pool_init(struct pool *p, size_t object_size, uint32_t cap)
{
	*p = (struct pool){ .size = object_size, .cap = cap,
		.stride = slot_stride(object_size) };
	if (cap == 0 || cap > POOL_SLOTS_MAX) {
		errno = EINVAL;
		return -1;
	}
	/* Not touched before it is used: most of a large pool never is. */
	p->mem = malloc(pool_bytes(object_size, cap));
	return p->mem != NULL ? 0 : -1;
}

/* The next slot that was never used, all zero. */
static struct slot *
slot_first(struct pool *p)
{
	return memset(slot_at(p, p->high++), 0, p->stride);
}

void
pool_wipe(struct pool *p)
{
	if (p->mem != NULL)
		wipe(p->mem, (size_t)p->high * p->stride);
	free(p->mem);
	*p = (struct pool){ 0 };
}

void *
pool_take(struct pool *p, uint32_t *handle)
{
	uint32_t i = p->high;
	struct slot *s;

	if (p->free_head != 0) {
		i = p->free_head - 1;
		s = slot_at(p, i);
		p->free_head = s->next_free;
	} else if (p->high < p->cap) {
		s = slot_first(p);
		s->gen = 1;
	} else {
		return NULL;
	}
	s->used = true;
	p->used++;
	*handle = slot_handle(s, i);
	return slot_object(s);
}

void *
pool_at(const struct pool *p, uint32_t i, uint32_t *handle)
{
	struct slot *s;

	if (i >= p->high)
		return NULL;
	s = slot_at(p, i);
	if (!s->used)
		return NULL;
	if (handle != NULL)
		*handle = slot_handle(s, i);
	return slot_object(s);
}

void *
pool_get(const struct pool *p, uint32_t handle)
{
	uint32_t h;
	void *o = pool_at(p, pool_slot(handle), &h);

	return o != NULL && h == handle ? o : NULL;
}

void
pool_give(struct pool *p, uint32_t handle)
{
	void *o = pool_get(p, handle);
	uint32_t i = pool_slot(handle);
	struct slot *s;

	if (o == NULL)
		return;
	wipe(o, p->size);
	s = slot_at(p, i);
	s->used = false;
	s->gen = s->gen == GEN_MASK ? 1 : s->gen + 1;
	s->next_free = p->free_head;
	p->free_head = i + 1;
	p->used--;
}

size_t
pool_frozen_size(const struct pool *p)
{
	return 16 + (size_t)p->high * 9 + (size_t)p->used * p->size;
}

void
pool_freeze(const struct pool *p, struct wr *w)
{
	wr_u32(w, (uint32_t)p->size);
	wr_u32(w, p->high);
	wr_u32(w, p->used);
	wr_u32(w, p->free_head);
	for (uint32_t i = 0; i < p->high; i++) {
		struct slot *s = slot_at(p, i);

		wr_u32(w, s->gen);
		wr_u32(w, s->next_free);
		wr_u8(w, s->used);
		if (s->used)
			wr_bytes(w, slot_object(s), p->size);
	}
}

static bool
thaw_slots(struct pool *p, struct rd *r, uint32_t high, uint32_t used)
{
	uint32_t seen = 0;

	while (p->high < high) {
		struct slot *s = slot_first(p);

		s->gen = rd_u32(r);
		s->next_free = rd_u32(r);
		s->used = rd_u8(r) != 0;
		if (s->used)
			rd_copy(r, slot_object(s), p->size);
		seen += s->used;
		if (r->bad || s->gen == 0 || s->gen > GEN_MASK ||
		    s->next_free > high)
			return false;
	}
	return seen == used;
}

/* The free list must lead once through each slot that is not in use. */
static bool
thaw_free_list(const struct pool *p, uint32_t used, uint32_t head)
{
	uint32_t left = p->high - used;

	while (head != 0 && left > 0) {
		const struct slot *s = slot_at(p, head - 1);

		if (s->used)
			return false;
		head = s->next_free;
		left--;
	}
	return head == 0 && left == 0;
}

bool
pool_thaw(struct pool *p, struct rd *r)
{
	uint32_t size = rd_u32(r);
	uint32_t high = rd_u32(r);
	uint32_t used = rd_u32(r);
	uint32_t head = rd_u32(r);

	if (r->bad || size != p->size || high > p->cap || head > high)
		return false;
	p->high = 0;
	if (!thaw_slots(p, r, high, used) || !thaw_free_list(p, used, head)) {
		wipe(p->mem, (size_t)p->high * p->stride);
		p->high = 0;
		return false;
	}
	p->used = used;
	p->free_head = head;
	return true;
}
