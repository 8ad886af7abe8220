/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lns/limits.h"

static const struct endpoint here = {
	.addr = { .family = IP_V4, .b = { 192, 0, 2, 7 } }, .port = 4500,
};
static const struct endpoint there = {
	.addr = { .family = IP_V4, .b = { 192, 0, 2, 8 } }, .port = 4500,
};

struct rig {
	struct lns_params params;
	struct lns l;
};

static int
setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	r->params.auth_delay_s = 1;
	r->params.auth_delay_max_s = 60;
	r->l.params = &r->params;
	r->l.failures = calloc(FAILURES, sizeof(struct failure));
	*state = r;
	return r->l.failures == NULL;
}

static int
teardown(void **state)
{
	struct rig *r = *state;

	free(r->l.failures);
	free(r);
	return 0;
}

/* Seconds that an answer is kept back at `now`. */
static uint64_t
wait_s(struct rig *r, mono_t now, const char *user, const struct endpoint *e)
{
	return mono_since_us(limits_answer_at(&r->l, now, user, e), now) /
	    1000000;
}

static void
delays_double_up_to_the_cap(void **state)
{
	static const uint64_t want[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	struct rig *r = *state;
	mono_t now = mono_us(1000);

	assert_int_equal(wait_s(r, now, "u", &here), 0);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		limits_failed(&r->l, now, "u", &here);
		assert_int_equal(wait_s(r, now, "u", &here), want[i]);
		now = limits_answer_at(&r->l, now, "u", &here);
		assert_int_equal(wait_s(r, now, "u", &here), 0);
	}
}

static void
counts_user_and_prefix_apart(void **state)
{
	struct rig *r = *state;
	mono_t now = mono_us(1000);

	limits_failed(&r->l, now, "u", &here);
	assert_int_equal(wait_s(r, now, "u", &there), 1);
	assert_int_equal(wait_s(r, now, "v", &here), 1);
	assert_int_equal(wait_s(r, now, "v", &there), 0);
	limits_succeeded(&r->l, "u", &here);
	assert_int_equal(wait_s(r, now, "u", &here), 0);
	limits_succeeded(&r->l, "nobody", &there);
}

static void
forgets_after_a_while(void **state)
{
	struct rig *r = *state;
	mono_t now = mono_us(1000);

	for (int i = 0; i < 5; i++)
		limits_failed(&r->l, now, "u", &here);
	now = mono_add_s(now, 3600);
	limits_failed(&r->l, now, "u", &here);
	assert_int_equal(wait_s(r, now, "u", &here), 1);
}

static void
table_is_bounded(void **state)
{
	struct rig *r = *state;
	struct endpoint e = here;

	for (uint32_t i = 0; i < 4 * FAILURES; i++) {
		e.addr = ipaddr_v4(0x0a000000 + i);
		limits_failed(&r->l, mono_us(1000 + i), "u", &e);
	}
	assert_true(wait_s(r, mono_us(1000), "u", &here) >= 60);
}

static void
calls_are_a_bucket(void **state)
{
	struct rig *r = *state;
	mono_t now = mono_us(5000000);
	int n = 0;

	assert_true(limits_call(&r->l, now));	/* rate 0: any number */
	r->params.login_rate = 10;
	r->params.login_burst = 4;
	while (limits_call(&r->l, now) && n < 100)
		n++;
	assert_int_equal(n, 5);			/* the burst and one more */
	assert_true(limits_call(&r->l, mono_add_ms(now, 100)));
	assert_false(limits_call(&r->l, mono_add_ms(now, 100)));
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(delays_double_up_to_the_cap),
		TEST(counts_user_and_prefix_apart),
		TEST(forgets_after_a_while),
		TEST(table_is_bounded),
		TEST(calls_are_a_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
