/* SPDX-License-Identifier: BSD-2-Clause */
/* ike_bounds() tells what ike_new() takes, to the byte; then nothing more. */

#include <stdlib.h>

#include "ipsec/ike_int.h"
#include "tests/heap.h"

static struct ike_params *
params(uint32_t half, uint32_t neg, uint32_t peers, uint32_t children)
{
	struct ike_params *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	ike_params_default(p, false);
	p->limits.half_open = half;
	p->limits.dh_pending = neg;
	p->limits.peers = peers;
	p->limits.children = children;
	return p;
}

/* Takes from the pool until it has no more. */
static void
fills(struct pool *pool, const struct ike_params *p, const char *row)
{
	struct heap_claim c = { .want = row };
	uint32_t h, n = 0;

	ike_bounds(p, heap_claim_row, &c);
	while (pool_take(pool, &h) != NULL)
		n++;
	if (n != c.found.count)
		fail_msg("%s: %u fit, %zu are claimed", row, n, c.found.count);
}

static void
exact(uint32_t half, uint32_t neg, uint32_t peers, uint32_t children)
{
	struct ike_params *p = params(half, neg, peers, children);
	struct heap_claim c = { .bytes = 0 };
	struct rng rng;
	struct ike *ike;

	rng_seeded(&rng, 1);
	ike_bounds(p, heap_claim_row, &c);
	heap_watch();
	ike = ike_new(p, &rng, NULL);
	assert_non_null(ike);
	assert_int_equal(heap_live(), c.bytes);
	fills(&ike->half, p, "ike half-open");
	fills(&ike->neg, p, "ike phase 1 under way");
	fills(&ike->qm, p, "ike phase 2 under way");
	fills(&ike->sa, p, "ike peers");
	fills(&ike->pair, p, "ike children");
	fills(&ike->dial, p, "ike own dials");
	assert_int_equal(heap_live(), c.bytes);
	ike_free(ike);
	assert_int_equal(heap_live(), 0);
	free(p);
}

static void
small(void **state)
{
	(void)state;
	exact(16, 16, 8, 12);
}

static void
uneven(void **state)
{
	(void)state;
	exact(1, 100, 33, 65);
	exact(1000, 3, 1, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small),
		cmocka_unit_test(uneven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
