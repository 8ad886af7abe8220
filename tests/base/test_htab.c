/* SPDX-License-Identifier: BSD-2-Clause */
/* Hash index: published hash values; a random walk against a plain list. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/htab.h"
#include "base/rng.h"

/* SipHash-2-4, reference vectors: key 00..0f, message 00 01 02 ... */
static void
siphash_vectors(void **state)
{
	const struct hash_key key = {
		{ 0x0706050403020100, 0x0f0e0d0c0b0a0908 }
	};
	uint8_t m[64];

	(void)state;
	for (size_t i = 0; i < sizeof(m); i++)
		m[i] = (uint8_t)i;
	assert_true(hash_bytes(&key, m, 0) == 0x726fdb47dd0e0e31);
	assert_true(hash_bytes(&key, m, 1) == 0x74f839c593dc67fd);
	assert_true(hash_bytes(&key, m, 7) == 0xab0200f58b01d137);
	assert_true(hash_bytes(&key, m, 8) == 0x93f5f5799a932462);
	assert_true(hash_bytes(&key, m, 15) == 0xa129ca6149be45e5);
	assert_true(hash_bytes(&key, m, 63) == 0x958a324ceb064572);
}

static void
add_find_del(void **state)
{
	struct htab h;

	(void)state;
	assert_int_equal(htab_init(&h, 5), 0);
	assert_int_equal(htab_find(&h, 7), HTAB_NONE);
	htab_add(&h, 0, 7);
	htab_add(&h, 4, 7);
	htab_add(&h, 2, 15);		/* same bucket, another hash */
	assert_int_equal(h.used, 3);
	assert_int_equal(htab_find(&h, 15), 2);
	assert_int_equal(htab_next(&h, 2), HTAB_NONE);
	assert_int_equal(htab_find(&h, 7), 4);
	assert_int_equal(htab_next(&h, 4), 0);
	assert_int_equal(htab_next(&h, 0), HTAB_NONE);
	htab_del(&h, 4);
	assert_int_equal(htab_find(&h, 7), 0);
	htab_del(&h, 4);		/* twice is fine */
	htab_del(&h, 1);		/* never added */
	assert_int_equal(h.used, 2);
	htab_add(&h, 4, 15);
	assert_int_equal(htab_find(&h, 7), 0);
	htab_clear(&h);
	assert_int_equal(h.used, 0);
	assert_int_equal(htab_find(&h, 7), HTAB_NONE);
	assert_int_equal(htab_find(&h, 15), HTAB_NONE);
	htab_clear(&h);
	htab_wipe(&h);
	htab_wipe(&h);
}

#define SLOTS	37

/* Does the index yield exactly the slots that the model has under this hash? */
static void
compare(const struct htab *h, const int *model, int hash)
{
	bool seen[SLOTS] = { false };
	unsigned n = 0, want = 0;

	for (uint32_t s = htab_find(h, (uint64_t)hash); s != HTAB_NONE;
	    s = htab_next(h, s)) {
		assert_true(s < SLOTS);
		assert_int_equal(model[s], hash);
		assert_false(seen[s]);
		seen[s] = true;
		n++;
	}
	for (int s = 0; s < SLOTS; s++)
		want += model[s] == hash;
	assert_int_equal(n, want);
}

static void
property_same_as_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		int model[SLOTS];
		struct htab h;
		struct rng rng;

		rng_seeded(&rng, seed);
		assert_int_equal(htab_init(&h, SLOTS), 0);
		for (int i = 0; i < SLOTS; i++)
			model[i] = -1;
		for (int step = 0; step < 3000; step++) {
			uint32_t s = rng_below(&rng, SLOTS);
			/* few hashes, many of them in one bucket */
			int hash = (int)(64 * rng_below(&rng, 5) +
			    rng_below(&rng, 3));

			if (model[s] >= 0) {
				htab_del(&h, s);
				model[s] = -1;
			} else {
				htab_add(&h, s, (uint64_t)hash);
				model[s] = hash;
			}
			compare(&h, model, hash);
			if (step == 1500) {
				htab_clear(&h);
				for (int i = 0; i < SLOTS; i++)
					model[i] = -1;
			}
		}
		htab_wipe(&h);
	}
}

/* The index looks at 32 bits of a hash: the upper half may differ. */
static void
one_slot(void **state)
{
	struct htab h;

	(void)state;
	assert_int_equal(htab_init(&h, 1), 0);
	htab_add(&h, 0, 0xffffffff00000005);
	assert_int_equal(htab_find(&h, 5), 0);
	assert_int_equal(htab_find(&h, 4), HTAB_NONE);
	htab_del(&h, 0);
	assert_int_equal(htab_find(&h, 5), HTAB_NONE);
	htab_wipe(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_vectors),
		cmocka_unit_test(add_find_del),
		cmocka_unit_test(property_same_as_model),
		cmocka_unit_test(one_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
