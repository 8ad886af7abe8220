/* SPDX-License-Identifier: BSD-2-Clause */
/* l2tp_bounds() tells what l2tp_new() takes, to the byte; then nothing more. */

#include <stdlib.h>

#include "l2tp/l2tp_int.h"
#include "tests/heap.h"

static void
fills(struct pool *pool, const struct l2tp_params *p, const char *row)
{
	struct heap_claim c = { .want = row };
	uint32_t h, n = 0;

	l2tp_bounds(p, heap_claim_row, &c);
	while (pool_take(pool, &h) != NULL)
		n++;
	if (n != c.found.count)
		fail_msg("%s: %u fit, %zu are claimed", row, n, c.found.count);
}

static void
exact(uint32_t tunnels, uint32_t sessions)
{
	struct heap_claim c = { .bytes = 0 };
	struct l2tp_params p;
	struct rng rng;
	struct l2tp *l;

	l2tp_params_default(&p);
	p.tunnels = tunnels;
	p.sessions = sessions;
	rng_seeded(&rng, 1);
	l2tp_bounds(&p, heap_claim_row, &c);
	heap_watch();
	l = l2tp_new(&p, &rng, NULL);
	assert_non_null(l);
	assert_int_equal(heap_live(), c.bytes);
	fills(&l->tunnels, &p, "l2tp tunnels");
	fills(&l->sessions, &p, "l2tp sessions");
	fills(&l->slots, &p, "l2tp messages kept");
	assert_int_equal(heap_live(), c.bytes);
	l2tp_free(l);
	assert_int_equal(heap_live(), 0);
}

static void
small(void **state)
{
	(void)state;
	exact(8, 8);
}

static void
uneven(void **state)
{
	(void)state;
	exact(1, 100);
	exact(129, 1);
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
