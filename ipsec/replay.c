/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The anti-replay window: see replay.h.
 *
 * RFC 6479: the bitmap is a ring of 64-bit blocks.  Moving the window clears
 * whole blocks instead of shifting bits, and because the ring has one block
 * more than the window, clearing the block that the top enters never touches
 * a number that is still in the window.
 *
 *	      too old | window: size numbers       | new
 *	 ------.------|------.------.------.------T|-----.------
 *	        block   block  block  block  block   each 64 numbers
 *
 * Accepting clears blocks first and moves the top last (release), so that
 * whoever sees the new top (acquire) also sees its blocks clean.  Whoever
 * still sees an old top may look at a block that has been taken over since,
 * but then every number it held before has become too old: refusing is right.
 */

#include "ipsec/replay.h"

#define BLOCK_BITS	64

/* Blocks in use: those of the window and one. */
static uint32_t
blocks(const struct replay *r)
{
	return r->size / BLOCK_BITS + 1;
}

static uint64_t
mask(uint32_t seq)
{
	return (uint64_t)1 << (seq % BLOCK_BITS);
}

/* Where the number's bit stands. */
static uint32_t
slot(const struct replay *r, uint32_t seq)
{
	return seq / BLOCK_BITS % blocks(r);
}

static bool
too_old(const struct replay *r, uint32_t seq, uint32_t top)
{
	return seq <= top && top - seq >= r->size;
}

void
replay_init(struct replay *r, uint32_t size)
{
	if (size > REPLAY_WINDOW_MAX)
		size = REPLAY_WINDOW_MAX;
	if (size < REPLAY_WINDOW_MIN)
		size = REPLAY_WINDOW_MIN;
	r->size = (size + BLOCK_BITS - 1) / BLOCK_BITS * BLOCK_BITS;
	atomic_init(&r->top, 0);
	for (uint32_t i = 0; i < REPLAY_WINDOW_MAX / BLOCK_BITS + 1; i++)
		atomic_init(&r->bits[i], 0);
}

bool
replay_check(const struct replay *r, uint32_t seq)
{
	uint32_t top = atomic_load_explicit(&r->top, memory_order_acquire);

	if (seq > top)
		return true;
	/* RFC 4303 §3.3.3: the first packet has number 1. */
	if (seq == 0 || too_old(r, seq, top))
		return false;
	return (atomic_load_explicit(&r->bits[slot(r, seq)],
	    memory_order_relaxed) & mask(seq)) == 0;
}

/* Clears the blocks that the window enters when its top moves to seq. */
static void
clear_ahead(struct replay *r, uint32_t top, uint32_t seq)
{
	uint32_t n = seq / BLOCK_BITS - top / BLOCK_BITS;

	if (n > blocks(r))
		n = blocks(r);
	for (uint32_t i = 0; i < n; i++) {
		atomic_store_explicit(&r->bits[slot(r, seq - i * BLOCK_BITS)],
		    0, memory_order_relaxed);
	}
}

bool
replay_accept(struct replay *r, uint32_t seq, bool *advanced)
{
	uint32_t top = atomic_load_explicit(&r->top, memory_order_relaxed);
	uint64_t bits;

	*advanced = false;
	if (!replay_check(r, seq))
		return false;
	if (seq > top)
		clear_ahead(r, top, seq);
	bits = atomic_load_explicit(&r->bits[slot(r, seq)],
	    memory_order_relaxed);
	atomic_store_explicit(&r->bits[slot(r, seq)], bits | mask(seq),
	    memory_order_relaxed);
	if (seq > top) {
		atomic_store_explicit(&r->top, seq, memory_order_release);
		*advanced = true;
	}
	return true;
}
