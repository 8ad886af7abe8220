/* SPDX-License-Identifier: BSD-2-Clause */
/* The histogram of answers' times. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "radius/latency.h"

static void
bounds_rise(void **state)
{
	(void)state;
	assert_int_equal(radius_latency_le_ms(0), 1);
	for (unsigned i = 1; i < RADIUS_LATENCY_BUCKETS; i++)
		assert_true(radius_latency_le_ms(i) >
		    radius_latency_le_ms(i - 1));
	assert_int_equal(radius_latency_le_ms(RADIUS_LATENCY_BUCKETS - 2),
	    90000);
	assert_int_equal(radius_latency_le_ms(RADIUS_LATENCY_BUCKETS - 1),
	    RADIUS_LATENCY_ANY);
	assert_int_equal(radius_latency_le_ms(RADIUS_LATENCY_BUCKETS),
	    RADIUS_LATENCY_ANY);
}

/* What took exactly a bound belongs to it. */
static void
each_in_its_bucket(void **state)
{
	struct radius_latency l = { .sum_us = 0 };
	uint64_t sum = 0;

	(void)state;
	for (unsigned i = 0; i < RADIUS_LATENCY_BUCKETS - 1; i++) {
		uint64_t us = radius_latency_le_ms(i) * UINT64_C(1000);

		radius_latency_add(&l, us);
		radius_latency_add(&l, us + 1);
		sum += 2 * us + 1;
	}
	assert_int_equal(l.n[0], 1);
	for (unsigned i = 1; i < RADIUS_LATENCY_BUCKETS - 1; i++)
		assert_int_equal(l.n[i], 2);
	assert_int_equal(l.n[RADIUS_LATENCY_BUCKETS - 1], 1);
	assert_int_equal(l.sum_us, sum);
	assert_int_equal(radius_latency_count(&l),
	    2 * (RADIUS_LATENCY_BUCKETS - 1));
}

static void
percentiles(void **state)
{
	struct radius_latency l = { .sum_us = 0 };

	(void)state;
	assert_int_equal(radius_latency_percentile(&l, 50), 0);
	for (int i = 0; i < 98; i++)
		radius_latency_add(&l, 7000);	/* between 5 and 10 ms */
	radius_latency_add(&l, 150000);		/* between 100 and 200 */
	radius_latency_add(&l, 40000000);	/* between 30 and 60 s */
	/* The 50th of 98 that lie between 5 and 10 ms. */
	assert_int_equal(radius_latency_percentile(&l, 50),
	    5000 + 5000 * 50 / 98);
	assert_int_equal(radius_latency_percentile(&l, 98), 10000);
	assert_int_equal(radius_latency_percentile(&l, 99), 200000);
	assert_int_equal(radius_latency_percentile(&l, 100), 60000000);
	/* One beyond all bounds is told as the last of them. */
	for (int i = 0; i < 100; i++)
		radius_latency_add(&l, UINT64_C(200000000));
	assert_int_equal(radius_latency_percentile(&l, 99), 90000000);
	/* One answer is every percentile. */
	l = (struct radius_latency){ .sum_us = 0 };
	radius_latency_add(&l, 1500);
	assert_int_equal(radius_latency_percentile(&l, 1), 2000);
	assert_int_equal(radius_latency_percentile(&l, 99), 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_rise),
		cmocka_unit_test(each_in_its_bucket),
		cmocka_unit_test(percentiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
