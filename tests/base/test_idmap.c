/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handle to handle: full, replaced, deleted; a random walk against a plain
 * array.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/idmap.h"
#include "base/rng.h"

static void
put_get_del(void **state)
{
	struct idmap m;

	(void)state;
	assert_int_equal(idmap_init(&m, 3), 0);
	assert_int_equal(idmap_get(&m, 5), 0);
	assert_int_equal(idmap_get(&m, 0), 0);
	assert_true(idmap_put(&m, 5, 50));
	assert_true(idmap_put(&m, UINT32_MAX, 60));
	assert_true(idmap_put(&m, 7, 70));
	assert_false(idmap_put(&m, 8, 80));	/* full */
	assert_true(idmap_put(&m, 5, 51));	/* replaced */
	assert_int_equal(m.used, 3);
	assert_int_equal(idmap_get(&m, 5), 51);
	assert_int_equal(idmap_get(&m, UINT32_MAX), 60);
	assert_int_equal(idmap_get(&m, 8), 0);
	idmap_del(&m, 8);
	idmap_del(&m, 0);
	assert_int_equal(m.used, 3);
	idmap_del(&m, 5);
	idmap_del(&m, 5);
	assert_int_equal(m.used, 2);
	assert_int_equal(idmap_get(&m, 5), 0);
	assert_true(idmap_put(&m, 8, 80));
	idmap_clear(&m);
	assert_int_equal(m.used, 0);
	assert_int_equal(idmap_get(&m, 8), 0);
	idmap_wipe(&m);
	idmap_wipe(&m);
}

#define CAP	40
#define KEYS	90

/* Keys of which many share a place, so that chains form and shift back. */
static void
property_same_as_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint32_t key[KEYS], val[KEYS] = { 0 }, used = 0;
		struct idmap m;
		struct rng rng;

		rng_seeded(&rng, seed);
		assert_int_equal(idmap_init(&m, CAP), 0);
		for (uint32_t i = 0; i < KEYS; i++)
			key[i] = seed % 2 == 0 ? i + 1 :
			    (i + 1) * 0x01000193u;
		for (int step = 0; step < 4000; step++) {
			uint32_t i = rng_below(&rng, KEYS);
			uint32_t v = 1 + rng_below(&rng, 1000);

			if (rng_below(&rng, 2) == 0) {
				bool fits = val[i] != 0 || used < CAP;

				assert_int_equal(idmap_put(&m, key[i], v),
				    fits);
				if (fits) {
					used += val[i] == 0;
					val[i] = v;
				}
			} else {
				idmap_del(&m, key[i]);
				used -= val[i] != 0;
				val[i] = 0;
			}
			assert_int_equal(m.used, used);
			for (uint32_t k = 0; k < KEYS; k++)
				assert_int_equal(idmap_get(&m, key[k]), val[k]);
		}
		idmap_wipe(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(put_get_del),
		cmocka_unit_test(property_same_as_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
