/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets: length limit, wiping, comparison. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/secret.h"

static void
set_and_wipe(void **state)
{
	struct secret s, t;
	uint8_t big[SECRET_MAX + 1];

	(void)state;
	memset(big, 0xab, sizeof(big));
	memset(&s, 0xee, sizeof(s));
	assert_true(secret_set(&s, "key", 3));
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.b, "key", 3);
	for (size_t i = 3; i < SECRET_MAX; i++)
		assert_int_equal(s.b[i], 0);
	t = s;			/* a value */
	assert_true(secret_set(&s, big, SECRET_MAX));
	assert_int_equal(s.len, SECRET_MAX);
	assert_memory_equal(s.b, big, SECRET_MAX);
	assert_false(secret_set(&s, big, SECRET_MAX + 1));
	assert_int_equal(s.len, 0);
	assert_int_equal(s.b[0], 0);
	assert_true(secret_set(&s, NULL, 0));
	assert_int_equal(s.len, 0);
	secret_wipe(&t);
	for (size_t i = 0; i < sizeof(t); i++)
		assert_int_equal(((uint8_t *)&t)[i], 0);
}

static void
wipe_exactly(void **state)
{
	uint8_t b[4] = { 1, 2, 3, 4 };

	(void)state;
	wipe(b, 0);
	assert_int_equal(b[0], 1);
	wipe(NULL, 0);
	wipe(b + 1, 2);
	assert_memory_equal(b, "\1\0\0\4", 4);
}

static void
same(void **state)
{
	uint8_t a[32], b[32];

	(void)state;
	memset(a, 0x5a, sizeof(a));
	memset(b, 0x5a, sizeof(b));
	assert_true(secret_same(a, b, 32));
	assert_true(secret_same(a, b, 0));
	for (size_t bit = 0; bit < 256; bit++) {
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(secret_same(a, b, 32));
		assert_true(secret_same(a, b, bit / 8));
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_and_wipe),
		cmocka_unit_test(wipe_exactly),
		cmocka_unit_test(same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
