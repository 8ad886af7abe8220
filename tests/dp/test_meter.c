/* SPDX-License-Identifier: BSD-2-Clause */
/* The token bucket: never more than it promises, never less, never stuck. */

#include "base/rng.h"
#include "dp/dp.h"
#include "dp/meter.h"
#include "tests/dp/rig.h"

#define MBIT	UINT64_C(1000000)

/* Bytes that pass at this moment, in packets of `size`. */
static uint64_t
drain(struct meter *m, uint64_t us, uint32_t size)
{
	uint64_t n = 0;

	while (n < UINT64_C(1) << 40 && meter_pass(m, mono_us(us), size))
		n += size;
	return n;
}

/* Full at the start (even of the host), then the rate; to the byte. */
static void
exact(void **state)
{
	struct meter m;

	(void)state;
	meter_init(&m, 8 * MBIT, 10000, NULL);	/* a byte each us */
	assert_int_equal(drain(&m, 0, 100), 10000 + 100);
	assert_int_equal(drain(&m, 100, 100), 100);
	assert_false(meter_pass(&m, mono_us(199), 1));
	assert_true(meter_pass(&m, mono_us(200), 1));
	assert_int_equal(drain(&m, 1000000, 1), 10000 + 1);
	assert_int_equal(drain(&m, 5000000, 1000), 10000 + 1000);
}

static void
defaults(void **state)
{
	struct meter m;

	(void)state;
	meter_init(&m, 800 * MBIT, 0, NULL);	/* 125 ms: 12.5 MB */
	assert_int_equal(drain(&m, 7, 1000), 12500000 + 1000);
	meter_init(&m, DP_RATE_MIN, 0, NULL);
	assert_int_equal(drain(&m, 7, 64), 16384 + 64);
	meter_init(&m, 0, 0, NULL);
	for (unsigned i = 0; i < 100; i++)
		assert_true(meter_pass(&m, mono_us(1), UINT32_MAX));
}

/* A super-packet larger than the bucket passes, and is paid for. */
static void
debt(void **state)
{
	struct meter m;
	uint64_t passed = 0;

	(void)state;
	meter_init(&m, 8 * MBIT, 1000, NULL);
	assert_true(meter_pass(&m, mono_us(50), 65000));
	assert_false(meter_pass(&m, mono_us(51), 1));
	assert_false(meter_pass(&m, mono_us(50 + 63999), 1));
	assert_true(meter_pass(&m, mono_us(50 + 64000), 65000));
	/* Only such ones, asked for all the time: the rate all the same. */
	for (uint64_t us = 200000; us < 10200000; us += 100)
		passed += meter_pass(&m, mono_us(us), 65000) ? 65000 : 0;
	assert_true(passed >= 10000000 - 65000 && passed <= 10000000 + 66000);
}

/* In any stretch: at most depth + rate * time + one packet; if asked for all
 * the time, no less than rate * time - one packet. */
static void
bounds(void **state)
{
	static const uint64_t rates[] = { DP_RATE_MIN, 56000, MBIT, 97 * MBIT,
		10000 * MBIT, DP_RATE_MAX };
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 5);
	for (unsigned k = 0; k < sizeof(rates) / sizeof(rates[0]); k++) {
		uint64_t us = 1 + rng_below(&rng, 1000000), from = us, n = 0;
		const uint32_t burst = 300000, big = 66000;
		double most, least;
		struct meter m;

		meter_init(&m, rates[k], burst, NULL);
		for (unsigned i = 0; i < 20000; i++) {
			uint32_t size = rng_below(&rng, 20) == 0 ?
			    rng_below(&rng, big) : 40 + rng_below(&rng, 1400);

			if (meter_pass(&m, mono_us(us), size))
				n += size;
			else
				us += 1 + rng_below(&rng, 20);
		}
		most = (double)rates[k] * (double)(us - from) / 8e6;
		least = most - big;
		most += burst + big;
		/* A tick is rounded away at each packet: 1 %. */
		assert_true((double)n <= most * 1.01);
		assert_true((double)n >= least * 0.99);
	}
}

/* An unchanged rate keeps its bucket, a changed one starts full. */
static void
carried(void **state)
{
	struct meter a, b;

	(void)state;
	meter_init(&a, 8 * MBIT, 5000, NULL);
	(void)drain(&a, 100, 100);
	meter_init(&b, 8 * MBIT, 5000, &a);
	assert_false(meter_pass(&b, mono_us(150), 100));
	assert_true(meter_pass(&b, mono_us(200), 100));
	meter_init(&b, 8 * MBIT, 5001, &a);
	assert_true(meter_pass(&b, mono_us(100), 100));
	/* A debt of the old rate is not owed at the new one. */
	meter_init(&a, DP_RATE_MIN, 0, NULL);
	assert_true(meter_pass(&a, mono_us(100), 16384));
	assert_true(meter_pass(&a, mono_us(100), 65000));
	assert_false(meter_pass(&a, mono_us(60000000), 1));
	meter_init(&b, 8 * MBIT, 0, &a);
	assert_true(meter_pass(&b, mono_us(200), 100));
}

/* Long lives and deep buckets do not wrap. */
static void
extremes(void **state)
{
	const uint64_t years = UINT64_C(10) * 365 * 86400 * 1000000;
	struct meter m;

	(void)state;
	meter_init(&m, DP_RATE_MIN, UINT32_MAX, NULL);
	assert_int_equal(drain(&m, 0, 1u << 24), UINT64_C(1) << 32);
	assert_false(meter_pass(&m, mono_us(1), 1));
	assert_true(meter_pass(&m, mono_us(years), 4000000));
	assert_true(meter_pass(&m, mono_us(years), 4000000));
	meter_init(&m, DP_RATE_MAX, UINT32_MAX, NULL);
	assert_true(meter_pass(&m, mono_us(years), 64));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),
		cmocka_unit_test(defaults),
		cmocka_unit_test(debt),
		cmocka_unit_test(bounds),
		cmocka_unit_test(carried),
		cmocka_unit_test(extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
