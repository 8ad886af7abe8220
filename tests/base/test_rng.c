/* SPDX-License-Identifier: BSD-2-Clause */
/* Random sources: the seeded one repeats, both look fair. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"

static void
seeded_repeats(void **state)
{
	struct rng a, b, c;
	uint8_t x[100], y[100];

	(void)state;
	rng_seeded(&a, 1);
	rng_seeded(&b, 1);
	rng_seeded(&c, 2);
	for (size_t n = 0; n <= sizeof(x); n++) {
		assert_true(rng_fill(&a, x, n));
		assert_true(rng_fill(&b, y, n));
		assert_memory_equal(x, y, n);
	}
	assert_true(rng_u64(&a) == rng_u64(&b));
	assert_true(rng_u32(&a) == rng_u32(&b));
	assert_true(rng_u64(&a) != rng_u64(&c));
}

/* Fills exactly n bytes, none beyond. */
static void
fills_exactly(void **state)
{
	struct rng r[2];
	uint8_t b[64];

	(void)state;
	rng_seeded(&r[0], 5);
	rng_system(&r[1]);
	for (int i = 0; i < 2; i++) {
		for (size_t n = 0; n < 40; n++) {
			memset(b, 0xee, sizeof(b));
			assert_true(rng_fill(&r[i], b, n));
			for (size_t k = n; k < sizeof(b); k++)
				assert_int_equal(b[k], 0xee);
		}
	}
}

static void
fair(void **state)
{
	struct rng r[2];

	(void)state;
	rng_seeded(&r[0], 6);
	rng_system(&r[1]);
	for (int i = 0; i < 2; i++) {
		static uint8_t b[100000];
		unsigned ones = 0;

		assert_true(rng_fill(&r[i], b, sizeof(b)));
		for (size_t k = 0; k < sizeof(b); k++)
			ones += (unsigned)__builtin_popcount(b[k]);
		/* 400,000 expected; 7 sigma are 3,130 */
		assert_in_range(ones, 396870, 403130);
	}
}

static void
below(void **state)
{
	static const uint32_t tops[] = { 1, 2, 3, 10, 1000, UINT32_MAX };
	struct rng r;
	unsigned hit[10] = { 0 };

	(void)state;
	rng_seeded(&r, 7);
	for (size_t t = 0; t < sizeof(tops) / sizeof(tops[0]); t++) {
		for (int i = 0; i < 1000; i++)
			assert_true(rng_below(&r, tops[t]) < tops[t]);
	}
	for (int i = 0; i < 10000; i++)
		hit[rng_below(&r, 10)]++;
	for (int i = 0; i < 10; i++)
		assert_in_range(hit[i], 850, 1150);
}

static bool
broken(struct rng *r, void *dst, size_t n)
{
	(void)r;
	memset(dst, 0, n);
	return false;
}

static void
source_fails(void **state)
{
	struct rng r = { .fill = broken };
	uint8_t b[4] = { 1, 2, 3, 4 };

	(void)state;
	assert_false(rng_fill(&r, b, 4));
	assert_memory_equal(b, "\0\0\0\0", 4);
	assert_int_equal(rng_u32(&r), 0);
	assert_true(rng_u64(&r) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeded_repeats),
		cmocka_unit_test(fills_exactly),
		cmocka_unit_test(fair),
		cmocka_unit_test(below),
		cmocka_unit_test(source_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
