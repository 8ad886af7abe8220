/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadline heap: order, ties, removal; a random walk against a plain array.
 * And mono.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/due.h"
#include "base/rng.h"

static void
moments(void **state)
{
	mono_t t = mono_us(1000), n = MONO_NEVER;

	(void)state;
	assert_true(mono_add_us(t, 5).us == 1005);
	assert_true(mono_add_ms(t, 5).us == 6000);
	assert_true(mono_add_s(t, 5).us == 5001000);
	assert_true(mono_add_us(n, 1).us == UINT64_MAX);
	assert_true(mono_add_us(mono_us(UINT64_MAX - 1), 5).us == UINT64_MAX);
	assert_true(mono_before(t, n));
	assert_false(mono_before(t, t));
	assert_true(mono_due(t, t));
	assert_true(mono_due(t, mono_us(1001)));
	assert_false(mono_due(t, mono_us(999)));
	assert_false(mono_due(n, n));
	assert_true(mono_min(t, n).us == 1000);
	assert_true(mono_min(n, t).us == 1000);
	assert_true(mono_since_us(mono_us(7000), t) == 6000);
	assert_true(mono_since_ms(mono_us(7000), t) == 6);
	assert_true(mono_since_us(t, mono_us(7000)) == 0);
}

static void
in_order(void **state)
{
	struct due d;
	uint32_t s = 99;

	(void)state;
	assert_int_equal(due_init(&d, 4), 0);
	assert_true(due_first(&d).us == UINT64_MAX);
	assert_false(due_next(&d, MONO_NEVER, &s));
	due_set(&d, 2, mono_us(30));
	due_set(&d, 0, mono_us(20));
	due_set(&d, 3, mono_us(10));
	due_set(&d, 1, mono_us(20));
	assert_true(due_first(&d).us == 10);
	assert_false(due_next(&d, mono_us(9), &s));
	assert_int_equal(s, 99);
	assert_true(due_next(&d, mono_us(20), &s));
	assert_int_equal(s, 3);
	assert_true(due_next(&d, mono_us(20), &s));
	assert_int_equal(s, 0);		/* ties: the lower slot */
	due_set(&d, 2, mono_us(5));	/* moved */
	assert_true(due_next(&d, mono_us(20), &s));
	assert_int_equal(s, 2);
	due_set(&d, 1, MONO_NEVER);	/* removed */
	due_set(&d, 1, MONO_NEVER);
	assert_false(due_next(&d, mono_us(UINT64_MAX - 1), &s));
	due_set(&d, 1, mono_us(1));
	due_clear(&d);
	assert_true(due_first(&d).us == UINT64_MAX);
	due_set(&d, 1, mono_us(2));
	assert_true(due_next(&d, mono_us(2), &s));
	assert_int_equal(s, 1);
	due_wipe(&d);
	due_wipe(&d);
}

#define SLOTS	60

static uint32_t
model_first(const uint64_t *when)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < SLOTS; i++) {
		if (when[i] < when[best])
			best = i;
	}
	return best;
}

static void
property_same_as_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint64_t when[SLOTS], now = 0;
		struct due d;
		struct rng rng;

		rng_seeded(&rng, seed);
		assert_int_equal(due_init(&d, SLOTS), 0);
		memset(when, 0xff, sizeof(when));
		for (int step = 0; step < 4000; step++) {
			uint32_t s = rng_below(&rng, SLOTS), got;
			uint32_t how = rng_below(&rng, 10), first;

			if (how < 6) {
				when[s] = now + rng_below(&rng, 40);
				due_set(&d, s, mono_us(when[s]));
			} else if (how < 8) {
				when[s] = UINT64_MAX;
				due_set(&d, s, MONO_NEVER);
			} else {
				now += rng_below(&rng, 10);
			}
			first = model_first(when);
			assert_true(due_first(&d).us == when[first]);
			while (due_next(&d, mono_us(now), &got)) {
				assert_int_equal(got, model_first(when));
				assert_true(when[got] <= now);
				when[got] = UINT64_MAX;
			}
			first = model_first(when);
			assert_true(when[first] > now);
		}
		due_wipe(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments),
		cmocka_unit_test(in_order),
		cmocka_unit_test(property_same_as_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
