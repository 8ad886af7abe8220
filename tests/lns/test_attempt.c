/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "lns/attempt.h"

static const struct endpoint who = {
	.addr = { .family = IP_V4, .b = { 192, 0, 2, 7 } }, .port = 4500,
};

struct heard {
	int lines;
	char last[512];
};

static void
hear(void *ctx, enum log_level level, const char *line)
{
	struct heard *h = ctx;

	(void)level;
	h->lines++;
	(void)snprintf(h->last, sizeof(h->last), "%s", line);
}

static void
refusal_is_one_line_with_its_reason(void **state)
{
	struct heard h = { 0 };
	struct attempts a;

	(void)state;
	log_sink_set(hear, &h, LOG_DEBUG_);
	assert_int_equal(attempts_init(&a, 8), 0);
	attempt_begin(&a, mono_us(5), 1, &who);
	attempt_stage(&a, 1, ATT_MM3);
	attempt_stage(&a, 1, ATT_MM1);		/* never falls */
	attempt_user(&a, 1, "alice");
	assert_true(attempt_end(&a, mono_us(9), 1, ATT_REFUSED, "no %s", "key"));
	assert_false(attempt_end(&a, mono_us(9), 1, ATT_REFUSED, "later"));
	assert_false(attempt_end(&a, mono_us(9), 1, ATT_SUCCESS, "later"));
	assert_int_equal(h.lines, 1);
	assert_string_equal(h.last, "refused attempt=1 client=192.0.2.7:4500 "
	    "user=alice stage=\"key exchange\" reason=\"no key\"");
	assert_int_equal(a.refused, 1);
	assert_int_equal(attempt_find(&a, 1)->result, ATT_REFUSED);
	log_sink_set(NULL, NULL, LOG_DEBUG_);
	attempts_wipe(&a);
}

/* Strangers cannot fill the log; the record is over all the same. */
static void
lapse_is_not_a_line(void **state)
{
	struct heard h = { 0 };
	struct attempts a;

	(void)state;
	log_sink_set(hear, &h, LOG_DEBUG_);
	assert_int_equal(attempts_init(&a, 8), 0);
	attempt_begin(&a, mono_us(5), 1, &who);
	attempt_lapse(&a, mono_us(9), 1, "no answer");
	assert_int_equal(attempt_find(&a, 1)->result, ATT_REFUSED);
	assert_int_equal(attempt_find(&a, 1)->ended.us, 9);
	assert_string_equal(attempt_find(&a, 1)->reason, "no answer");
	attempt_begin(&a, mono_us(5), 2, &who);
	assert_true(attempt_end(&a, mono_us(6), 2, ATT_SUCCESS, "logged in"));
	attempt_lapse(&a, mono_us(9), 2, "no answer");
	assert_int_equal(attempt_find(&a, 2)->result, ATT_SUCCESS);
	attempt_lapse(&a, mono_us(9), 3, "no such attempt");
	assert_int_equal(h.lines, 0);
	assert_int_equal(a.refused, 0);
	log_sink_set(NULL, NULL, LOG_DEBUG_);
	attempts_wipe(&a);
}

static void
noted_reason_goes_before_what_follows_from_it(void **state)
{
	struct attempts a;

	(void)state;
	assert_int_equal(attempts_init(&a, 8), 0);
	attempt_begin(&a, mono_us(5), 3, &who);
	attempt_note(&a, 3, "wrong password");
	assert_true(attempt_end(&a, mono_us(6), 3, ATT_REFUSED, "hung up"));
	assert_string_equal(attempt_find(&a, 3)->reason, "wrong password");
	attempt_begin(&a, mono_us(5), 4, &who);
	attempt_note(&a, 4, "wrong password");
	assert_true(attempt_end(&a, mono_us(6), 4, ATT_SUCCESS, "logged in"));
	assert_string_equal(attempt_find(&a, 4)->reason, "logged in");
	attempts_wipe(&a);
}

static void
goes_on_with_the_next_login(void **state)
{
	struct attempts a;
	const struct attempt *t;

	(void)state;
	assert_int_equal(attempts_init(&a, 8), 0);
	attempt_begin(&a, mono_us(5), 3, &who);
	attempt_user(&a, 3, "bob");
	attempt_stage(&a, 3, ATT_LCP);
	attempt_again(&a, mono_us(6), 3);	/* it goes on: nothing happens */
	t = attempt_find(&a, 3);
	assert_string_equal(t->user, "bob");
	assert_int_equal(t->began.us, 5);
	assert_true(attempt_end(&a, mono_us(7), 3, ATT_SUCCESS, "logged in"));
	attempt_again(&a, mono_us(8), 3);
	assert_int_equal(t->result, ATT_GOING);
	assert_int_equal(t->stage, ATT_ESP);
	assert_int_equal(t->began.us, 8);
	assert_int_equal(t->ended.us, 0);
	assert_string_equal(t->user, "");
	assert_string_equal(t->reason, "");
	assert_true(endpoint_eq(&t->remote, &who));
	assert_true(attempt_end(&a, mono_us(9), 3, ATT_REFUSED, "unknown"));
	attempt_again(&a, mono_us(10), 3);
	assert_int_equal(t->result, ATT_GOING);
	attempt_again(&a, mono_us(10), 4);	/* no such attempt */
	assert_null(attempt_find(&a, 4));
	attempts_wipe(&a);
}

static void
keeps_the_last_ones(void **state)
{
	struct attempts a;

	(void)state;
	assert_int_equal(attempts_init(&a, 4), 0);
	for (uint64_t id = 1; id <= 6; id++)
		attempt_begin(&a, mono_us(id), id, &who);
	assert_null(attempt_find(&a, 2));
	assert_non_null(attempt_find(&a, 3));
	assert_null(attempt_find(&a, 0));
	attempt_begin(&a, mono_us(9), 0, &who);
	assert_int_equal(a.last, 6);
	attempt_stage(&a, 2, ATT_UP);		/* gone: nothing happens */
	assert_int_equal(attempt_find(&a, 6)->stage, ATT_MM1);
	attempts_wipe(&a);
}

static void
every_stage_and_result_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < ATT_STAGES; i++)
		assert_string_not_equal(
		    attempt_stage_str((enum attempt_stage)i), "unknown");
	assert_string_equal(attempt_stage_str(ATT_STAGES), "unknown");
	assert_string_equal(attempt_result_str(ATT_GOING), "going");
	assert_string_equal(attempt_result_str(ATT_SUCCESS), "up");
	assert_string_equal(attempt_result_str(ATT_REFUSED), "refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusal_is_one_line_with_its_reason),
		cmocka_unit_test(lapse_is_not_a_line),
		cmocka_unit_test(noted_reason_goes_before_what_follows_from_it),
		cmocka_unit_test(goes_on_with_the_next_login),
		cmocka_unit_test(keeps_the_last_ones),
		cmocka_unit_test(every_stage_and_result_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
