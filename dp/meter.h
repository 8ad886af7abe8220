/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_METER_H
#define DP_METER_H

/*
 * DOC: a token bucket in one word, which several workers may draw from.
 *
 * It holds the moment at which the bucket was even: since then it has filled
 * at the rate, up to its depth.  What passes moves that moment on by the time
 * that its bytes take.  A packet passes while the bucket is not in debt and
 * then costs all its bytes: so a packet (or a super-packet of 64 KB) larger
 * than the bucket passes too, and what follows waits until that is paid; in
 * any time t no more passes than depth + rate * t + one packet.
 *
 * What asks is asked once for a packet or super-packet, before it is cut: a
 * queue that holds packets back instead may stand in the same place.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"

struct meter {
	uint64_t bps;		/* bits per second; 0: everything passes */
	uint64_t depth;		/* of the bucket, in ticks (see meter.c) */
	_Atomic uint64_t even;	/* ticks */
};

/*
 * Of `bps` bits per second and `burst` bytes, 0 for 125 ms of the rate but at
 * least 16 KB.  It starts full, or as `old` is if that has the same rate and
 * burst; old may be NULL.
 */
void		 meter_init(struct meter *, uint64_t bps, uint32_t burst,
		    const struct meter *old);
/* Any worker: do so many bytes pass now? */
bool		 meter_pass(struct meter *, mono_t now, uint32_t bytes);

#endif
