/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IPSEC_REPLAY_H
#define IPSEC_REPLAY_H

/*
 * DOC: the anti-replay window of RFC 4303 §3.4.3 in the form of RFC 6479.
 *
 * replay_check() is asked before the ICV is computed, replay_accept() commits
 * after it was good: no other order.  Accepting threads hold the SA's lock;
 * checking needs none.  A check that races with an accept never refuses a
 * number that is new; it may let one pass that accept then refuses.
 *
 * Extended sequence numbers (RFC 4303 §2.2.1) are never negotiated: a number
 * is 32 bits and never wraps, so after 2^32 - 1 an SA accepts nothing new.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define REPLAY_WINDOW_MIN	64	/* packets */
#define REPLAY_WINDOW_MAX	1024

struct replay {
	_Atomic uint32_t top;	/* highest number accepted; 0 at first */
	/* of the window, which is top - size + 1 .. top */
	uint32_t size;
	/* A ring of blocks, one more than the window fills: replay.c. */
	_Atomic uint64_t bits[REPLAY_WINDOW_MAX / 64 + 1];
};

/* `size` is rounded up to a multiple of 64 and kept within the limits. */
void	replay_init(struct replay *, uint32_t size);
/* Could this number be new?  0 never is. */
bool	replay_check(const struct replay *, uint32_t seq);
/*
 * Takes the number; false, and nothing changed, if it was taken before or is
 * too old.  `advanced` tells whether it moved the window's top.
 */
bool	replay_accept(struct replay *, uint32_t seq, bool *advanced);

#endif
