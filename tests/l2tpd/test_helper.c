/* SPDX-License-Identifier: BSD-2-Clause */
/* Diffie-Hellman threads: order, bound, shares, shedding, answers. */

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

static struct ike_dh
job_of(uint64_t share, uint32_t tag)
{
	struct ike_dh j = job(tag);

	j.share = share;
	j.have_peer = true;	/* refused at once: fast */
	return j;
}

/* Is it taken, and nothing given up for it? */
static bool
ask(struct helpers *h, mono_t now, const struct ike_dh *j)
{
	struct ike_dh no = { .tag = 0 };
	bool ok = helpers_ask(h, now, j, &no);

	if (ok)
		assert_int_equal(no.tag, 0);
	else
		assert_false(no.ok);
	return ok;
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
	assert_true(ask(h, T0, &j));
	a = answer(h);
	assert_true(a.ok);
	assert_int_equal(a.sa, 7);
	assert_int_equal(a.tag, 1);
	/* Both sides come to the same secret. */
	j = job(2);
	j.have_peer = true;
	memcpy(j.peer, a.pub, sizeof(a.pub));
	j.peer_len = (uint16_t)dh_public_size(DH_MODP2048);
	assert_true(ask(h, T0, &j));
	b = answer(h);
	assert_true(b.ok);
	a.have_priv = a.have_peer = true;
	memcpy(a.peer, b.pub, sizeof(b.pub));
	a.peer_len = j.peer_len;
	assert_true(ask(h, T0, &a));
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
	assert_true(ask(h, T0, &j));
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
	j.trusted = true;
	for (int i = 0; i < 4; i++)
		assert_true(ask(h, T0, &j));
	j.tag = 5;
	j.ok = true;
	assert_false(helpers_ask(h, T0, &j, &a));
	assert_int_equal(a.tag, 5);
	assert_false(a.ok);
	assert_false(helpers_answer(h, &a));
	helpers_stop(h);
}

/* Strangers have three quarters, also while their answers wait. */
static void
test_quarter_for_the_trusted(void **state)
{
	struct helpers *h = helpers_start(0, 8);
	struct ike_dh j, a;

	(void)state;
	for (uint32_t i = 1; i <= 6; i++) {
		j = job_of(i, i);
		assert_true(ask(h, T0, &j));
	}
	j = job_of(7, 7);
	assert_false(ask(h, T0, &j));
	j.trusted = true;
	assert_true(ask(h, T0, &j));
	j = job_of(8, 8);
	assert_false(ask(h, T0, &j));
	assert_true(helpers_more(h, 1));
	for (int i = 0; i < 7; i++)
		(void)answer(h);
	assert_false(helpers_answer(h, &a));
	helpers_stop(h);

	/* Answered, they are strangers no more. */
	h = helpers_start(1, 8);
	for (uint32_t i = 1; i <= 50; i++) {
		j = job_of(i, i);
		assert_true(ask(h, T0, &j));
		assert_int_equal(answer(h).tag, i);
	}
	helpers_stop(h);
}

/* Alone a prefix has it all; others take from whoever has most. */
static void
test_share_of_a_prefix(void **state)
{
	struct helpers *h = helpers_start(0, 16);
	struct ike_dh j, no;

	(void)state;
	for (uint32_t i = 1; i <= 12; i++) {
		j = job_of(1, i);
		assert_true(ask(h, T0, &j));
	}
	/* Six of twelve each, and no more. */
	for (uint32_t i = 1; i <= 6; i++) {
		j = job_of(2, 100 + i);
		j.ok = true;
		assert_false(helpers_ask(h, T0, &j, &no));
		assert_int_equal(no.share, 1);
		assert_int_equal(no.tag, i);	/* the oldest */
		assert_false(no.ok);
	}
	for (uint32_t share = 1; share <= 2; share++) {
		j = job_of(share, 200);
		assert_false(helpers_ask(h, T0, &j, &no));
		assert_int_equal(no.tag, 200);
	}
	/* A third prefix has its place, whoever asks most. */
	for (uint32_t i = 1; i <= 4; i++) {
		j = job_of(3, 300 + i);
		assert_false(helpers_ask(h, T0, &j, &no));
		assert_true(no.share < 3);
	}
	j = job_of(3, 305);
	assert_false(helpers_ask(h, T0, &j, &no));
	assert_int_equal(no.tag, 305);
	helpers_stop(h);
}

/* What is trusted makes no way for strangers, however much it has. */
static void
test_trusted_keep_their_places(void **state)
{
	struct helpers *h = helpers_start(0, 16);
	struct ike_dh j, no;

	(void)state;
	for (uint32_t i = 1; i <= 16; i++) {
		j = job_of(1, i);
		j.trusted = true;
		assert_true(ask(h, T0, &j));
	}
	j = job_of(2, 100);
	assert_false(helpers_ask(h, T0, &j, &no));
	assert_int_equal(no.tag, 100);
	j.trusted = true;
	assert_false(helpers_ask(h, T0, &j, &no));
	assert_int_equal(no.tag, 1);
	helpers_stop(h);
}

/* Who asked a hundred times waits for who asked once. */
static void
test_prefixes_take_turns(void **state)
{
	struct helpers *h = helpers_start(0, 256);
	struct ike_dh j;

	(void)state;
	j = job_of(2, 1000);
	assert_true(ask(h, T0, &j));
	j = job_of(3, 2000);
	assert_true(ask(h, T0, &j));
	for (uint32_t i = 1; i <= 100; i++) {
		j = job_of(1, i);
		assert_true(ask(h, T0, &j));
	}
	assert_true(helpers_more(h, 1));
	assert_int_equal(answer(h).tag, 100);
	assert_int_equal(answer(h).tag, 2000);
	assert_int_equal(answer(h).tag, 1000);
	for (uint32_t i = 99; i >= 1; i--)
		assert_int_equal(answer(h).tag, i);
	helpers_stop(h);
}

static void
test_old_jobs_are_shed(void **state)
{
	struct helpers *h = helpers_start(0, 8);
	struct ike_dh j, a;

	(void)state;
	for (uint32_t i = 1; i <= 3; i++) {
		j = job(i);
		assert_true(ask(h, mono_add_s(T0, i), &j));
	}
	/* At T0 + 4 s the first two have waited 3 and 2 s, the third 1 s. */
	j = job(4);
	assert_true(ask(h, mono_add_s(T0, 4), &j));
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
	assert_true(ask(h, T0, &j));
	assert_true(ask(h, T0, &j));
	assert_false(ask(h, mono_add_s(T0, 10), &j));
	a = answer(h);
	assert_false(a.ok);
	assert_true(ask(h, mono_add_s(T0, 10), &j));
	a = answer(h);
	assert_false(a.ok);
	assert_false(helpers_answer(h, &a));
	helpers_stop(h);
}

/* The first answer shows that a busy thread takes the newest next. */
static void
test_newest_first(void **state)
{
	struct helpers *h = helpers_start(0, 400);
	struct ike_dh j;

	(void)state;
	for (uint32_t i = 1; i <= 300; i++) {
		j = job_of(0, i);
		assert_true(ask(h, T0, &j));
	}
	helpers_more(h, 1);
	for (uint32_t i = 300; i >= 1; i--)
		assert_int_equal(answer(h).tag, i);
	helpers_stop(h);
}

static void
test_stop_with_jobs_waiting(void **state)
{
	struct helpers *h = helpers_start(2, 128);
	struct ike_dh j = job(1);

	(void)state;
	for (int i = 0; i < 64; i++)
		assert_true(ask(h, T0, &j));
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
		cmocka_unit_test(test_quarter_for_the_trusted),
		cmocka_unit_test(test_share_of_a_prefix),
		cmocka_unit_test(test_trusted_keep_their_places),
		cmocka_unit_test(test_prefixes_take_turns),
		cmocka_unit_test(test_old_jobs_are_shed),
		cmocka_unit_test(test_answers_count),
		cmocka_unit_test(test_newest_first),
		cmocka_unit_test(test_stop_with_jobs_waiting),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
