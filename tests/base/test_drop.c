/* SPDX-License-Identifier: BSD-2-Clause */
/* Drop reasons: each has a name of its own; counters. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/count.h"
#include "base/drop.h"

static void
names_are_unique(void **state)
{
	(void)state;
	for (int i = 0; i < DROP_COUNT; i++) {
		const char *a = drop_str((enum drop)i);

		assert_string_not_equal(a, "unknown");
		assert_true(strlen(a) > 0);
		assert_true(strspn(a, "abcdefghijklmnopqrstuvwxyz0123456789-")
		    == strlen(a));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(a, drop_str((enum drop)k));
	}
	assert_string_equal(drop_str(DROP_NONE), "none");
	assert_string_equal(drop_str(DROP_ESP_REPLAY), "esp-replay");
}

static void
no_such_reason(void **state)
{
	(void)state;
	assert_string_equal(drop_str(DROP_COUNT), "unknown");
	assert_string_equal(drop_str((enum drop)-1), "unknown");
}

static void
counting(void **state)
{
	static struct drops d;
	count_t c = 0;

	(void)state;
	drop_count(&d, DROP_ESP_ICV);
	drop_count(&d, DROP_ESP_ICV);
	drop_count(&d, DROP_LNS_LIMIT);
	drop_count(&d, DROP_NONE);
	drop_count(NULL, DROP_ESP_ICV);
	for (int i = 0; i < DROP_COUNT; i++)
		assert_int_equal(count_get(&d.n[i]), i == DROP_ESP_ICV ? 2 :
		    i == DROP_LNS_LIMIT ? 1 : 0);
	count_add(&c, UINT64_MAX);
	count_add(&c, 3);
	assert_int_equal(count_get(&c), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(no_such_reason),
		cmocka_unit_test(counting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
