/* SPDX-License-Identifier: BSD-2-Clause */
/* A token bucket in one word: see meter.h. */

#include <stdatomic.h>
#include <stddef.h>

#include "dp/meter.h"

/*
 * A tick is 1/2^14 of a microsecond, fine enough for 64 bytes at 100 Gbit/s.
 * Moments are counted from long before the host's start, so that even the
 * deepest bucket (2^32 bytes at 8 kbit/s: 2^42 us) is full at the start; the
 * sum stays below 2^63.
 */
#define TICK_BITS	14
#define START_US	(UINT64_C(1) << 43)
#define BYTE_US		UINT64_C(8000000)	/* of one byte at 1 bit/s */
#define BURST_MIN	16384u			/* bytes */
#define BURST_PART	(8 * 8u)		/* 125 ms of the rate in bytes */

static uint64_t
meter_ticks(mono_t now)
{
	return (START_US + now.us) << TICK_BITS;
}

void
meter_init(struct meter *m, uint64_t bps, uint32_t burst,
    const struct meter *old)
{
	uint64_t bytes = burst;

	if (burst == 0)
		bytes = bps / BURST_PART < BURST_MIN ? BURST_MIN :
		    bps / BURST_PART;
	m->bps = bps;
	m->depth = bps == 0 ? 0 : (bytes * BYTE_US / bps) << TICK_BITS;
	atomic_init(&m->even, 0);
	if (old != NULL && old->bps == m->bps && old->depth == m->depth)
		atomic_init(&m->even, atomic_load_explicit(&old->even,
		    memory_order_relaxed));
}

bool
meter_pass(struct meter *m, mono_t now, uint32_t bytes)
{
	uint64_t t = meter_ticks(now), full = t - m->depth;
	uint64_t even = atomic_load_explicit(&m->even, memory_order_relaxed);
	uint64_t cost, next;

	if (m->bps == 0)
		return true;
	cost = bytes * (BYTE_US << TICK_BITS) / m->bps;
	do {
		if (even > t)
			return false;
		next = (even < full ? full : even) + cost;
	} while (!atomic_compare_exchange_weak_explicit(&m->even, &even, next,
	    memory_order_relaxed, memory_order_relaxed));
	return true;
}
