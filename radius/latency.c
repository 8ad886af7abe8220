/* SPDX-License-Identifier: BSD-2-Clause */
/* Histogram of answers' times: see latency.h. */

#include "radius/latency.h"

static const uint32_t bounds_ms[RADIUS_LATENCY_BUCKETS] = {
	1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000,
	60000, 90000, RADIUS_LATENCY_ANY
};

uint32_t
radius_latency_le_ms(unsigned bucket)
{
	return bucket < RADIUS_LATENCY_BUCKETS ? bounds_ms[bucket] :
	    RADIUS_LATENCY_ANY;
}

static uint64_t
bound_us(unsigned bucket)
{
	return bounds_ms[bucket] * UINT64_C(1000);
}

void
radius_latency_add(struct radius_latency *l, uint64_t us)
{
	unsigned i = 0;

	while (i < RADIUS_LATENCY_BUCKETS - 1 && us > bound_us(i))
		i++;
	l->n[i]++;
	l->sum_us += us;
}

uint64_t
radius_latency_count(const struct radius_latency *l)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < RADIUS_LATENCY_BUCKETS; i++)
		all += l->n[i];
	return all;
}

uint64_t
radius_latency_percentile(const struct radius_latency *l, unsigned percent)
{
	uint64_t all = radius_latency_count(l), below = 0, low, want;

	/* The answer that so many of a hundred do not exceed, rounded up. */
	want = (all * percent + 99) / 100;
	for (unsigned i = 0; i < RADIUS_LATENCY_BUCKETS - 1; i++) {
		low = i > 0 ? bound_us(i - 1) : 0;
		if (l->n[i] > 0 && below + l->n[i] >= want)
			return low + (bound_us(i) - low) * (want - below) /
			    l->n[i];
		below += l->n[i];
	}
	return all > 0 ? bound_us(RADIUS_LATENCY_BUCKETS - 2) : 0;
}
