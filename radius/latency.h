/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RADIUS_LATENCY_H
#define RADIUS_LATENCY_H

/*
 * DOC: how long answers took, as a histogram with fixed bounds.
 *
 * A bucket counts the answers up to its bound and above the one before; the
 * last has none.  Bounds go as far as a user takes to confirm on his telephone.
 */

#include <stdint.h>

#define RADIUS_LATENCY_BUCKETS	17
#define RADIUS_LATENCY_ANY	UINT32_MAX

struct radius_latency {
	uint64_t n[RADIUS_LATENCY_BUCKETS];
	uint64_t sum_us;
};

/* The bucket's bound in ms; RADIUS_LATENCY_ANY: none. */
uint32_t radius_latency_le_ms(unsigned bucket);
void	radius_latency_add(struct radius_latency *, uint64_t us);
/* How many there are in all. */
uint64_t radius_latency_count(const struct radius_latency *);
/*
 * So many in a hundred took no longer than this, in us, estimated as if the
 * answers of a bucket lay evenly in it; 0 without answers.  Beyond the last
 * bound it says that bound.
 */
uint64_t radius_latency_percentile(const struct radius_latency *,
	    unsigned percent);

#endif
