/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring of records: see ring.h.
 *
 * `head` and `tail` count bytes ever put and dropped; they never go back, and
 * their place in memory is the count modulo the size.  The putting thread
 * stores head with release after the record is whole; the taking thread
 * stores tail with release after it is done with the record.  So neither
 * touches bytes that the other still uses.
 */

#include <stdatomic.h>
#include <stdlib.h>

#include "base/ring.h"

#define RING_LINE	64	/* bytes of a cache line */
#define RING_MIN	256
#define RING_SKIP	UINT64_MAX /* the rest up to the end is unused */

struct ring {
	/* the putting thread's line */
	_Alignas(RING_LINE) _Atomic uint64_t head;
	uint64_t tail_known;
	uint64_t room_at;	/* where the record given out starts */
	/* the taking thread's line */
	_Alignas(RING_LINE) _Atomic uint64_t tail;
	uint64_t head_known;
	uint64_t next;		/* tail after the record being looked at */
	/* never written after ring_new() */
	_Alignas(RING_LINE) uint64_t *mem;
	uint64_t size;		/* bytes, a power of two */
};

/* Bytes of a record of n with its length in front. */
static uint64_t
ring_span(uint64_t n)
{
	return sizeof(uint64_t) + ((n + 7) & ~(uint64_t)7);
}

static uint64_t *
ring_at(const struct ring *r, uint64_t count)
{
	return &r->mem[(count & (r->size - 1)) / sizeof(uint64_t)];
}

static uint64_t
ring_size(size_t bytes)
{
	uint64_t size = RING_MIN;

	while (size < bytes)
		size *= 2;
	return size;
}

size_t
ring_bytes(size_t bytes)
{
	return sizeof(struct ring) + ring_size(bytes);
}

struct ring *
ring_new(size_t bytes)
{
	struct ring *r;
	uint64_t size = ring_size(bytes);

	r = aligned_alloc(RING_LINE, sizeof(*r));
	if (r == NULL)
		return NULL;
	*r = (struct ring){ .size = size };
	r->mem = malloc(size);
	if (r->mem == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
ring_free(struct ring *r)
{
	if (r == NULL)
		return;
	free(r->mem);
	free(r);
}

static bool
ring_fits(struct ring *r, uint64_t head, uint64_t span)
{
	if (head + span - r->tail_known <= r->size)
		return true;
	r->tail_known = atomic_load_explicit(&r->tail, memory_order_acquire);
	return head + span - r->tail_known <= r->size;
}

void *
ring_room(struct ring *r, size_t n)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	uint64_t left = r->size - (head & (r->size - 1));
	uint64_t span;

	if (n > r->size / 2 - sizeof(uint64_t))
		return NULL;
	span = ring_span(n);
	if (span > left) {
		if (!ring_fits(r, head, left + span))
			return NULL;
		*ring_at(r, head) = RING_SKIP;
		head += left;
	} else if (!ring_fits(r, head, span)) {
		return NULL;
	}
	r->room_at = head;
	return ring_at(r, head) + 1;
}

void
ring_put(struct ring *r, size_t n)
{
	*ring_at(r, r->room_at) = n;
	/* Release is enough for the record; the total order is for a caller
	 * that asks afterwards whether the taking thread sleeps. */
	atomic_store_explicit(&r->head, r->room_at + ring_span(n),
	    memory_order_seq_cst);
}

uint64_t
ring_mark(const struct ring *r)
{
	return atomic_load_explicit(&r->head, memory_order_relaxed);
}

void *
ring_peek(struct ring *r, size_t *n)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail == r->head_known) {
		r->head_known = atomic_load_explicit(&r->head,
		    memory_order_acquire);
		if (tail == r->head_known)
			return NULL;
	}
	if (*ring_at(r, tail) == RING_SKIP)
		tail += r->size - (tail & (r->size - 1));
	*n = *ring_at(r, tail);
	r->next = tail + ring_span(*n);
	return ring_at(r, tail) + 1;
}

void
ring_drop(struct ring *r)
{
	atomic_store_explicit(&r->tail, r->next, memory_order_release);
}

bool
ring_passed(const struct ring *r, uint64_t mark)
{
	return atomic_load_explicit(&r->tail, memory_order_acquire) >= mark;
}

bool
ring_empty(const struct ring *r)
{
	return atomic_load_explicit(&r->tail, memory_order_seq_cst) ==
	    atomic_load_explicit(&r->head, memory_order_seq_cst);
}
