/* SPDX-License-Identifier: BSD-2-Clause */
/* Diffie-Hellman threads: order, bound, shedding, answers. */

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "l2tpd/helper.h"

#define T0	mono_us(1000000000)

static struct ike_dh
job(uint32_t tag)
{
	return (struct ike_dh){ .sa = 7, .tag = tag, .group = DH_MODP2048 };
}

/* The next answer, within 20 s. */
static struct ike_dh
answer(struct helpers *h)
{
	struct pollfd p = { .fd = helpers_fd(h), .events = POLLIN };
	struct ike_dh dh = { 0 };

	for (int i = 0; i < 100; i++) {
		if (helpers_answer(h, &dh))
			return dh;
		assert_int_equal(poll(&p, 1, 20000), 1);
	}
	fail_msg("no answer");
	return dh;
}

static void
test_pair(void **state)
{
	struct helpers *h = helpers_start(2, 4);
	struct ike_dh j = job(1), a, b;

	(void)state;
	assert_non_null(h);
	assert_true(helpers_ask(h, T0, &j));
	a = answer(h);
	assert_true(a.ok);
	assert_int_equal(a.sa, 7);
	assert_int_equal(a.tag, 1);
	/* Both sides come to the same secret. */
	j = job(2);
	j.have_peer = true;
	memcpy(j.peer, a.pub, sizeof(a.pub));
	j.peer_len = (uint16_t)dh_public_size(DH_MODP2048);
	assert_true(helpers_ask(h, T0, &j));
	b = answer(h);
	assert_true(b.ok);
	a.have_priv = a.have_peer = true;
	memcpy(a.peer, b.pub, sizeof(b.pub));
	a.peer_len = j.peer_len;
	assert_true(helpers_ask(h, T0, &a));
	a = answer(h);
	assert_true(a.ok);
	assert_memory_equal(a.shared, b.shared,
	    dh_public_size(DH_MODP2048));
	helpers_stop(h);
}

static void
test_bad_peer_is_an_answer(void **state)
{
	struct helpers *h = helpers_start(1, 4);
	struct ike_dh j = job(1);

	(void)state;
	j.have_peer = true;		/* all zero: no public value */
	j.peer_len = (uint16_t)dh_public_size(DH_MODP2048);
	assert_true(helpers_ask(h, T0, &j));
	j = answer(h);
	assert_false(j.ok);
	assert_int_equal(j.tag, 1);
	helpers_stop(h);
}

/* Without threads nothing is done: what waits can be looked at. */
static void
test_full_queue_refuses(void **state)
{
	struct helpers *h = helpers_start(0, 4);
	struct ike_dh j = job(1), a;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_true(helpers_ask(h, T0, &j));
	assert_false(helpers_ask(h, T0, &j));
	assert_false(helpers_answer(h, &a));
	helpers_stop(h);
}

static void
test_old_jobs_are_shed(void **state)
{
	struct helpers *h = helpers_start(0, 4);
	struct ike_dh j, a;

	(void)state;
	for (uint32_t i = 1; i <= 3; i++) {
		j = job(i);
		assert_true(helpers_ask(h, mono_add_s(T0, i), &j));
	}
	/* At T0 + 4 s the first two have waited 3 and 2 s, the third 1 s. */
	j = job(4);
	assert_true(helpers_ask(h, mono_add_s(T0, 4), &j));
	for (uint32_t i = 1; i <= 2; i++) {
		a = answer(h);
		assert_int_equal(a.tag, i);
		assert_false(a.ok);
	}
	assert_false(helpers_answer(h, &a));
	helpers_stop(h);
}

/* Answers nobody picked up count against the queue: none is ever lost. */
static void
test_answers_count(void **state)
{
	struct helpers *h = helpers_start(0, 2);
	struct ike_dh j = job(1), a;

	(void)state;
	assert_true(helpers_ask(h, T0, &j));
	assert_true(helpers_ask(h, T0, &j));
	assert_false(helpers_ask(h, mono_add_s(T0, 10), &j));
	a = answer(h);
	assert_false(a.ok);
	assert_true(helpers_ask(h, mono_add_s(T0, 10), &j));
	a = answer(h);
	assert_false(a.ok);
	assert_false(helpers_answer(h, &a));
	helpers_stop(h);
}

/* The first answer shows that a busy thread takes the newest next. */
static void
test_newest_first(void **state)
{
	struct helpers *h = helpers_start(0, 300);
	struct ike_dh j;

	(void)state;
	for (uint32_t i = 1; i <= 300; i++) {
		j = job(i);
		j.have_peer = true;	/* refused at once: fast */
		assert_true(helpers_ask(h, T0, &j));
	}
	helpers_more(h, 1);
	for (uint32_t i = 300; i >= 1; i--)
		assert_int_equal(answer(h).tag, i);
	helpers_stop(h);
}

static void
test_stop_with_jobs_waiting(void **state)
{
	struct helpers *h = helpers_start(2, 64);
	struct ike_dh j = job(1);

	(void)state;
	for (int i = 0; i < 64; i++)
		assert_true(helpers_ask(h, T0, &j));
	helpers_stop(h);
	helpers_stop(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pair),
		cmocka_unit_test(test_bad_peer_is_an_answer),
		cmocka_unit_test(test_full_queue_refuses),
		cmocka_unit_test(test_old_jobs_are_shed),
		cmocka_unit_test(test_answers_count),
		cmocka_unit_test(test_newest_first),
		cmocka_unit_test(test_stop_with_jobs_waiting),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
